//! Nodes with one broken rule, to prove that a harness notices.
//!
//! A defect is an election bug that real projects had: an implementation of [`Rules`] that overrides exactly one method.
//! Each file here holds the ways to break the rules of one kind, in the order in which [`crate::rules`] states them. The
//! [`catalogue`] is the one table of them all. A row says which rule is broken, what that can violate, under which
//! claim it is judged and which checker should find it. So a harness can score itself from `interregnum-node
//! --list-defects --format json` without knowing any of them.
//!
//! Some bugs have no place in a running node: they take a lost disk. They are listed too, as such.
//!
//! The rest of the crate knows [`rules`] and [`listed`], and nothing of the files here. Only the [lab
//! notes](crate::lab_notes) put several of the broken rules together.

mod catalogue;
pub(crate) mod disk;
pub(crate) mod majority;
pub(crate) mod request;
pub(crate) mod tenure;
pub(crate) mod term;
pub(crate) mod timer;
pub(crate) mod vote;
pub(crate) mod win;

use serde::Serialize;

pub use catalogue::CATALOGUE;

use crate::rules::{Figure2, Rules};

/// The rules with one broken, or why no run can show the bug.
pub type Broken = Result<fn() -> Box<dyn Rules>, &'static str>;

/// A rule that can be broken: a row of the [`CATALOGUE`].
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Defect {
    /// As `--defect` takes it.
    pub name: &'static str,
    /// Its row in the table of bugs that real projects had (`docs/architecture.md`), where it has one.
    pub row: Option<u8>,
    /// The rule that it breaks, as it should be.
    pub rule: &'static str,
    /// What it can violate, and when that is judged.
    #[serde(flatten)]
    pub promise: Promise,
    /// The checker that should find it.
    pub checker: &'static str,
    /// Without these arguments of `interregnum test` it breaks a rule that nothing depends on.
    pub needs: &'static [&'static str],
    /// The rules so broken.
    #[serde(skip)]
    pub rules: Broken,
}

/// What a broken rule can violate.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Promise {
    /// What should hold.
    pub property: &'static str,
    /// The claim of a system under which that is judged; `clique` is a grade, which PreVote and CheckQuorum raise.
    pub claim: &'static str,
}

/// A defect as it is listed.
#[derive(Debug, Serialize)]
pub struct Listed {
    #[serde(flatten)]
    defect: Defect,
    /// Whether `--defect` takes it.
    runnable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}

impl std::fmt::Display for Listed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Defect { name, checker, rule, .. } = self.defect;
        match self.why {
            None => write!(f, "{name:28} {checker:20} {rule}"),
            Some(why) => write!(f, "{name:28} {:20} {why}", "(cannot be run)"),
        }
    }
}

/// All of the catalogue, as it is listed.
pub fn listed() -> Vec<Listed> {
    let list = |defect: &Defect| Listed { defect: *defect, runnable: defect.rules.is_ok(), why: defect.rules.err() };
    CATALOGUE.iter().map(list).collect()
}

/// The defects that `--defect` takes.
pub fn runnable() -> impl Iterator<Item = &'static Defect> {
    CATALOGUE.iter().filter(|defect| defect.rules.is_ok())
}

/// The rules under a defect's name; `none` is the correct node. An error is a sentence.
pub fn rules(name: &str) -> Result<Box<dyn Rules>, String> {
    if name == "none" {
        return Ok(Box::new(Figure2));
    }
    let known = CATALOGUE.iter().find(|defect| defect.name == name);
    let defect = known.ok_or_else(|| format!("there is no defect {name:?}; --list-defects lists them"))?;
    let broken = defect.rules.map_err(|why| format!("the defect {name} cannot be run: {why}"))?;
    Ok(broken())
}

#[cfg(test)]
mod tests;
