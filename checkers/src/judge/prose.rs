//! What the judges of the whole picture share.

use crate::world::Picture;
use crate::world::state::Know;
use history::finding::{Belief, Circumstance, Statement, Unjudged};
use history::verdict::{Evidence, Judgement, Verdict, Violation};

/// The names of some nodes.
pub(crate) fn names(picture: &Picture, nodes: &[usize]) -> Vec<String> {
    nodes.iter().map(|&node| picture.name(node).to_owned()).collect()
}

/// What some nodes were last seen to believe between `from` and an instant.
///
/// A wait often ends with a leader that is just being elected. Then a node's state is between two at that instant; what it had
/// shown before is what says how the wait was.
pub(crate) fn beliefs(picture: &Picture, members: &[usize], from: u64, instant: u64) -> Vec<Circumstance> {
    let one = |&member: &usize| {
        let mut last = None;
        for (_, _, (know, _)) in picture.known[member].between(from, instant.saturating_add(1)) {
            match know {
                Know::Exact(state) => last = Some(state),
                // Its process is not known to run, or it has just been started.
                Know::Nothing => last = None,
                Know::Terms(..) | Know::OneOf(..) => {}
            }
        }
        let state = last.map(|state| {
            let named = state.leader().filter(|leader| leader.0 as usize != member);
            let leader = named.map(|leader| picture.name(leader.0 as usize).to_owned());
            Belief { role: state.role(), term: state.term(), leader }
        });
        Circumstance::Believed { node: picture.name(member).to_owned(), state }
    };
    members.iter().map(one).collect()
}

/// Lines as evidence: in order, each once, without text.
pub(crate) fn evidence(mut lines: Vec<u64>) -> Vec<Evidence> {
    lines.sort_unstable();
    lines.dedup();
    lines.into_iter().map(|line| Evidence { line, text: String::new() }).collect()
}

/// A checker that had nothing to judge.
pub(crate) fn not_judged(checker: &str, why: Unjudged) -> Judgement {
    Judgement::not_judged(checker, Statement::NotJudged { why })
}

/// A judgement from its parts.
pub(crate) fn judgement(
    checker: &str,
    verdict: Verdict,
    judged: bool,
    statement: impl Into<Statement>,
    violations: Vec<Violation>,
    counts: &[(&str, u64)],
) -> Judgement {
    let counts = counts.iter().map(|&(name, count)| (name.to_owned(), count)).collect();
    Judgement { judged, counts, ..Judgement::new(checker, verdict, statement.into(), violations) }
}
