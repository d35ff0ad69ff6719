//! `vote-after-answer`: What changed is shown and answered first and made durable afterwards: a crash in
//! between forgets a vote that counts. Exposed by a crash before the first operation on the disk.

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "vote-after-answer",
    row: None,
    rule: "what is persisted is durable before it is shown or sent",
    property: "term and vote survive, across crashes",
    claim: "survives a power cut",
    checker: "term-monotonic",
    needs: &["--faults", "+power-cut,+crash-at"],
    rules: Ok(|| Box::new(VoteAfterAnswer)),
};

#[derive(Debug)]
pub(crate) struct VoteAfterAnswer;

impl Rules for VoteAfterAnswer {
    fn persists_first(&self) -> bool {
        false
    }
}
