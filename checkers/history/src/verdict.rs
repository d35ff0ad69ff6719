//! What is said of a run: the contents of `verdict.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::{Circumstance, Finding, Kind, Reservation, Safety, Statement};
use crate::measures::Measures;
use crate::vocabulary::EndReason;
use crate::word::Word;

/// The version of `verdict.json` that this crate writes.
pub const SCHEMA: u32 = 1;

/// What is said of a run, or by one checker of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing is wrong, and enough happened to say so.
    Valid,
    /// It cannot be said.
    Unknown,
    /// A promise was certainly broken.
    Invalid,
}

impl Verdict {
    /// `invalid` over `unknown` over `valid`.
    pub fn merge(self, other: Self) -> Self {
        self.max(other)
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Unknown => "unknown",
            Self::Invalid => "invalid",
        }
    }
}

/// The contents of `verdict.json`: a function of the history alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The name of the run.
    pub run: String,
    /// The system.
    pub system: String,
    /// The version of its program, where the program told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The workload.
    pub workload: String,
    /// The seed.
    pub seed: Option<u64>,
    /// The network.
    pub network: String,
    /// The nodes, as the header names them. Empty in outcomes of versions that did not write it.
    #[serde(default)]
    pub nodes: Vec<String>,
    /// All checkers merged.
    pub verdict: Verdict,
    /// Whether promises of safety were judged. Where no atomic evidence was seen they were not, and the verdict is never
    /// `valid`.
    pub safety: Safety,
    /// One sentence that a person would say.
    pub sentence: String,
    /// What the sentence is about; none if nothing was found. Read it with [`Outcome::headline`].
    #[serde(default)]
    pub headline: Option<Headline>,
    /// How many promises were judged.
    #[serde(default)]
    pub promises: u64,
    /// What must be said beside the verdict.
    #[serde(default)]
    pub reservations: Vec<Reservation>,
    /// Whether the history has its end, and what the end says.
    pub history: HistoryFacts,
    /// What each checker said, in the order of the table in `docs/checkers.md`.
    pub checkers: Vec<Judgement>,
    /// The numbers of the run.
    pub measures: Measures,
}

/// What can be said of the history as a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HistoryFacts {
    /// Events read.
    pub events: u64,
    /// The time of the last event, nanoseconds.
    pub length: u64,
    /// It has an `end` line.
    pub ended: bool,
    /// The reason that the `end` line gives.
    pub end_reason: Option<Word<'static, EndReason>>,
    /// Its last line is torn.
    pub torn: bool,
}

/// What a sentence is about: a judgement, and perhaps one of its violations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headline {
    /// The checker.
    pub checker: String,
    /// The place of the violation among the judgement's, from 0; none if the judgement is not about one.
    #[serde(default)]
    pub violation: Option<usize>,
}

impl Outcome {
    /// What the run's sentence is about. In an outcome of a version that did not write it, by the same rule.
    pub fn headline(&self) -> Option<Headline> {
        match &self.headline {
            Some(headline) => Some(headline.clone()),
            None => self.first_told(Judgement::unwritten_rank),
        }
    }

    /// The judgement that the run's sentence is about, and the violation, if it is about one.
    pub fn spoken(&self) -> Option<(&Judgement, Option<&Violation>)> {
        let headline = self.headline()?;
        let judgement = self.checkers.iter().find(|one| one.judged && one.checker == headline.checker)?;
        Some((judgement, headline.violation.and_then(|at| judgement.violations.get(at))))
    }

    /// What a checker counted; 0 if it did not.
    pub fn counted(&self, checker: &str, what: &str) -> u64 {
        let judgement = self.checkers.iter().find(|judgement| judgement.checker == checker);
        judgement.and_then(|judgement| judgement.counts.get(what).copied()).unwrap_or(0)
    }

    /// The run's sentence in codes.
    pub fn gist(&self) -> Gist {
        let spoken = self.spoken();
        let code = spoken.and_then(|(judgement, violation)| {
            violation.and_then(|violation| violation.finding.code()).or(judgement.statement.code())
        });
        Gist {
            checker: spoken.map(|(judgement, _)| judgement.checker.clone()),
            kind: spoken.map(|(judgement, _)| judgement.kind),
            code: code.map(str::to_owned),
            reservations: self.reservations.iter().filter_map(Reservation::code).map(str::to_owned).collect(),
        }
    }

    /// What is told first of what was found: the worst verdict, and of equals the lowest `rank`. None if no checker objects.
    pub fn first_told(&self, rank: impl Fn(&Judgement) -> u8) -> Option<Headline> {
        let judged = || self.checkers.iter().filter(|judgement| judgement.judged);
        let worst = judged().map(|judgement| judgement.verdict).max().filter(|worst| *worst != Verdict::Valid)?;
        let first = judged().filter(|judgement| judgement.verdict == worst).min_by_key(|judgement| rank(judgement))?;
        Some(Headline { checker: first.checker.clone(), violation: first.headline() })
    }
}

/// What a sentence is about, in codes and without parameters: short enough for a line of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gist {
    /// The checker that objects; none if none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checker: Option<String>,
    /// Which kind of promise it watches over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The code of what it says: of the finding, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The codes of what must be said beside it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reservations: Vec<String>,
}

impl Gist {
    /// There is nothing to tell.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What one checker said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredJudgement")]
pub struct Judgement {
    /// The checker's name.
    pub checker: String,
    /// Which kind of promise it watches over.
    pub kind: Kind,
    /// What it says.
    pub verdict: Verdict,
    /// Whether there was evidence for it to judge. When not, `verdict` is `valid` and does not count.
    pub judged: bool,
    /// What it says as a value: a code with its parameters.
    #[serde(flatten)]
    pub statement: Statement,
    /// Which of the violations the sentence is about, from 0; none if it is about none. Read it with
    /// [`Judgement::headline`].
    pub headline: Option<usize>,
    /// One sentence: what it judged, or why it could not. Rendered by [`crate::words`].
    pub sentence: String,
    /// What it found, each with its proof. Findings of an `unknown` judgement are suspicions.
    pub violations: Vec<Violation>,
    /// What it counted, for example `windows-passed`.
    pub counts: BTreeMap<String, u64>,
}

impl Judgement {
    /// What a checker found or did not find; it was judged. The sentences come later: see [`crate::words::tell`].
    pub fn new(checker: &str, verdict: Verdict, statement: Statement, violations: Vec<Violation>) -> Self {
        let headline = (statement.tells_of_a_violation() && !violations.is_empty()).then_some(0);
        let mut judgement = Self {
            checker: checker.to_owned(),
            kind: Kind::unwritten(checker),
            verdict,
            judged: true,
            statement,
            headline,
            sentence: String::new(),
            violations,
            counts: BTreeMap::new(),
        };
        judgement.own();
        judgement
    }

    /// The same, of a checker that watches over promises of this kind.
    pub fn watching(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self.own();
        self
    }

    /// The rule for what is told first, in files of versions that did not write it.
    fn unwritten_rank(&self) -> u8 {
        match self.kind {
            Kind::Safety => 0,
            _ if self.checker == "process" => 1,
            _ => 2,
        }
    }

    /// A checker that had nothing to judge.
    pub fn not_judged(checker: &str, statement: Statement) -> Self {
        Self { judged: false, ..Self::new(checker, Verdict::Valid, statement, Vec::new()) }
    }

    /// Each violation says whose it is.
    fn own(&mut self) {
        for violation in &mut self.violations {
            violation.checker.clone_from(&self.checker);
            violation.kind = self.kind;
        }
    }

    /// Which of the violations its sentence is about, from 0. In a judgement of a version that did not write it: the
    /// first, if there is any.
    pub fn headline(&self) -> Option<usize> {
        let unwritten = matches!(&self.statement, Statement::Foreign(foreign) if foreign.code.is_none());
        let first = (unwritten && !self.violations.is_empty()).then_some(0);
        self.headline.or(first).filter(|at| *at < self.violations.len())
    }

    /// The violation that its sentence is about.
    pub fn told(&self) -> Option<&Violation> {
        self.violations.get(self.headline()?)
    }
}

/// A judgement as files have it: those of earlier versions lack what came later.
#[derive(Deserialize)]
struct StoredJudgement {
    checker: String,
    kind: Option<Kind>,
    verdict: Verdict,
    judged: bool,
    #[serde(flatten)]
    statement: Statement,
    #[serde(default)]
    headline: Option<usize>,
    sentence: String,
    violations: Vec<Violation>,
    counts: BTreeMap<String, u64>,
}

impl From<StoredJudgement> for Judgement {
    fn from(stored: StoredJudgement) -> Self {
        let StoredJudgement { checker, kind, verdict, judged, statement, headline, sentence, violations, counts } =
            stored;
        let kind = kind.unwrap_or_else(|| Kind::unwritten(&checker));
        let mut judgement = Self { checker, kind, verdict, judged, statement, headline, sentence, violations, counts };
        judgement.own();
        judgement
    }
}

/// A promise that was broken, with its proof.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Violation {
    /// The checker that found it.
    pub checker: String,
    /// Which kind of promise that checker watches over.
    pub kind: Kind,
    /// What broke it, as a value: a code with its parameters.
    #[serde(flatten)]
    pub finding: Finding,
    /// What was so at the time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub circumstances: Vec<Circumstance>,
    /// One sentence that a person understands. Rendered by [`crate::words`].
    pub sentence: String,
    /// When, `[earliest, latest]`, nanoseconds since the run's zero.
    pub span: [u64; 2],
    /// The nodes concerned.
    pub nodes: Vec<String>,
    /// The term concerned.
    pub term: Option<u64>,
    /// The kinds of the faults that may have been in force in the span: injected, and not certainly lifted before it.
    /// Sorted, each once. Filled in by `checkers::judge::Panel::finish`.
    pub faults: Vec<String>,
    /// The lines of the history that prove it.
    pub evidence: Vec<Evidence>,
}

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its number; the header is line 1.
    pub line: u64,
    /// The line itself. Filled in by `checkers::judge::quote`, empty until then.
    pub text: String,
}
