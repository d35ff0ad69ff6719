//! What a checker found, on its way to a [`Judgement`].

use history::finding::{Circumstance, Finding, Statement, Unjudged};
use history::verdict::{Evidence, Judgement, Verdict, Violation};
use history::{Event, Name, Names, Span};

use crate::kept::row;

/// A broken cluster breaks its promise in every term; so many violations of one checker are kept, all are counted.
pub(super) const KEPT: usize = 1000;

/// A line that was seen, to be shown as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Its number in the file.
    pub(super) line: u64,
    /// When what it tells was so.
    pub(super) span: Span,
}

impl Seen {
    pub(super) fn new(event: &Event, span: Span) -> Self {
        Self { line: event.line, span }
    }
}

row!(Seen { line: u64, span: Span });

/// A finding, and what was so at the time.
#[derive(Debug, Clone)]
pub(super) struct Found {
    finding: Finding,
    circumstances: Vec<Circumstance>,
}

impl<F: Into<Finding>> From<F> for Found {
    fn from(finding: F) -> Self {
        Self { finding: finding.into(), circumstances: Vec::new() }
    }
}

impl Found {
    /// A finding, and what was so at the time.
    pub(super) fn with(finding: impl Into<Finding>, circumstances: Vec<Circumstance>) -> Self {
        Self { finding: finding.into(), circumstances }
    }
}

/// The violations that one checker found.
#[derive(Debug, Clone, Default)]
pub(super) struct Findings {
    kept: Vec<Violation>,
    total: u64,
}

impl Findings {
    /// Adds one. `span` is when the promise was broken: its latest must not be before the latest of any line that
    /// the finding depends on, since what an assumption broken later can have caused is decided by it.
    pub(super) fn push(
        &mut self,
        names: &Names,
        found: impl Into<Found>,
        span: Span,
        nodes: &[Name],
        term: Option<u64>,
        evidence: impl IntoIterator<Item = Seen>,
    ) {
        self.total += 1;
        if self.kept.len() == KEPT {
            return;
        }
        let mut lines: Vec<u64> = evidence.into_iter().map(|seen| seen.line).collect();
        lines.sort_unstable();
        lines.dedup();
        let Found { finding, circumstances } = found.into();
        self.kept.push(Violation {
            finding,
            circumstances,
            span: [span.earliest, span.latest],
            nodes: nodes.iter().map(|node| names.text(*node).to_owned()).collect(),
            term,
            evidence: lines.into_iter().map(|line| Evidence { line, text: String::new() }).collect(),
            ..Violation::default()
        });
    }

    /// Nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// `invalid` if there is any, else `valid` with `fine`; violations in the order of time.
    pub(super) fn judge(mut self, checker: &str, fine: impl Into<Statement>) -> Judgement {
        self.kept.sort_by_key(|violation| (violation.span, violation.evidence.first().map(|line| line.line)));
        let (verdict, statement) =
            if self.is_empty() { (Verdict::Valid, fine.into()) } else { (Verdict::Invalid, Statement::Broken) };
        let mut judgement = Judgement::new(checker, verdict, statement, self.kept);
        judgement.counts.insert("violations".to_owned(), self.total);
        judgement
    }
}

/// There was no evidence to judge; `why` says what was missing.
pub(super) fn not_judged(checker: &str, why: Unjudged) -> Judgement {
    Judgement::not_judged(checker, Statement::NotJudged { why })
}
