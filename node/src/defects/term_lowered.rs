//! `term-lowered`: The term of a reply is taken whatever it is. Seen in eliben/raft#14, nats-server#5671. Exposed by inflating the terms of two
//! nodes unequally and healing the higher first.

use super::Defect;
use crate::raft::{Role, Term};
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "term-lowered",
    row: Some(9),
    rule: "the higher term is kept",
    property: "a node's term never falls",
    claim: "election-safety",
    checker: "term-monotonic",
    needs: &[],
    rules: Ok(|| Box::new(TermLowered)),
};

#[derive(Debug)]
pub(crate) struct TermLowered;

impl Rules for TermLowered {
    fn term_after_reply(&self, _: Role, _: Term, reply: Term) -> Term {
        reply
    }
}
