//! `request-term-reread`: The term of a vote request is read anew when it is sent, a moment after the candidacy began (here a
//! millisecond, so that it happens at all). By then it may be another's. Seen in the second lab note. Exposed by two candidates at once; by itself it
//! costs a vote here and there, since a grant that comes back counts for no candidacy.

use std::time::Duration;

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "request-term-reread",
    row: None,
    rule: "a candidate asks for votes in the term of its candidacy",
    property: "a leader is elected within the bound",
    claim: "re-election",
    checker: "re-election",
    needs: &[],
    rules: Ok(|| Box::new(RequestTermReread)),
};

#[derive(Debug)]
pub(crate) struct RequestTermReread;

impl Rules for RequestTermReread {
    fn asks_after(&self) -> Option<Duration> {
        Some(Duration::from_millis(1))
    }
}
