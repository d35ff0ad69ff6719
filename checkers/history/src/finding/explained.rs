//! What a code means to who meets it for the first time: why it matters, what usually causes it, and where to look.
//!
//! The texts stand in `docs/findings.md` and nowhere else. The page is part of the program: the report, the terminal
//! (`interregnum explain`) and JUnit files tell it from here. Only what can be a violation is explained: a statement says
//! itself what it means.

use std::sync::LazyLock;

/// The explanation of one code. All texts are plain sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// The code of the finding, such as `term-fell`.
    pub code: &'static str,
    /// What goes wrong in a system that does this.
    pub why: &'static str,
    /// What usually causes it.
    pub causes: &'static str,
    /// Where to look first.
    pub look: &'static str,
}

/// The page.
const PAGE: &str = include_str!("../../../../docs/findings.md");

static EXPLANATIONS: LazyLock<Vec<Explanation>> = LazyLock::new(|| PAGE.split("\n## ").filter_map(read).collect());

/// The explanation of a code; none for one that is no violation, or of another version.
pub fn explanation(code: &str) -> Option<&'static Explanation> {
    explanations().iter().find(|explanation| explanation.code == code)
}

/// All of them: safety, liveness, trust.
pub fn explanations() -> &'static [Explanation] {
    &EXPLANATIONS
}

/// One section of the page: the code, and a line for each text. What stands before the first code is none.
fn read(section: &'static str) -> Option<Explanation> {
    let (code, rest) = section.split_once('\n')?;
    let text = |mark: &str| rest.lines().find_map(|line| line.strip_prefix(mark));
    let (why, causes) = (text("- **Why it matters.** ")?, text("- **Usual causes.** ")?);
    Some(Explanation { code, why, causes, look: text("- **Where to look.** ")? })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::finding::Finding;

    #[test]
    fn every_code_of_a_violation_is_explained_once_and_in_short_sentences() {
        let explained: Vec<&str> = explanations().iter().map(|one| one.code).collect();
        let known: BTreeSet<&str> = Finding::codes().collect();
        assert_eq!(explained.iter().copied().collect::<BTreeSet<_>>(), known);
        assert_eq!(explained.len(), known.len(), "each once");
        for one in explanations() {
            for text in [one.why, one.causes, one.look] {
                assert!(text.ends_with('.') && !text.contains("  "), "{}: {text}", one.code);
                let long = text.split(['.', ':', '?']).find(|sentence| sentence.split_whitespace().count() > 25);
                assert_eq!(long, None, "{}", one.code);
            }
        }
    }

    #[test]
    fn what_is_no_violation_is_not_explained() {
        assert_eq!(explanation("term-fell").map(|one| one.code), Some("term-fell"));
        assert_eq!(explanation("terms-rose"), None);
        assert_eq!(explanation(""), None);
    }
}
