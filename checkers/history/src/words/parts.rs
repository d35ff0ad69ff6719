//! Parts of sentences: moments, lists of names, circumstances.

use crate::Role;
use crate::finding::{Belief, Circumstance};

pub(crate) use super::asked::percent;

/// What was so at the time: `; n4 was cut off from n1 and n2 at the time; n3 was paused`.
pub(crate) fn circumstances(all: &[Circumstance]) -> String {
    let one = |circumstance: &Circumstance| match circumstance {
        Circumstance::CutOff { node, from } => Some(format!("; {node} was cut off from {} at the time", list(from))),
        Circumstance::Paused { nodes } => {
            Some(format!("; {} {} paused", list(nodes), if nodes.len() == 1 { "was" } else { "were" }))
        }
        Circumstance::Believed { .. } | Circumstance::Foreign(_) => None,
    };
    all.iter().filter_map(one).collect()
}

/// What some nodes believed: `n1 was candidate in term 7, n2 was not seen`.
pub(crate) fn beliefs(all: &[Circumstance]) -> String {
    let one = |circumstance: &Circumstance| match circumstance {
        Circumstance::Believed { node, state: None } => Some(format!("{node} was not seen")),
        Circumstance::Believed { node, state: Some(Belief { role, term, leader }) } => {
            let role = role.map_or(String::new(), |role: Role| format!(" {}", role.as_str()));
            let term = term.map_or(String::new(), |term| format!(" in term {term}"));
            let leader = leader.as_ref().map_or(String::new(), |leader| format!(" naming {leader}"));
            Some(format!("{node} was{role}{term}{leader}"))
        }
        _ => None,
    };
    all.iter().filter_map(one).collect::<Vec<_>>().join(", ")
}

/// A time or a duration given in nanoseconds, in seconds: `12.301 s`.
pub(crate) fn seconds(nanoseconds: u64) -> String {
    let milliseconds = nanoseconds.saturating_add(500_000) / 1_000_000;
    let text = format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

/// `n1`, `n1 and n2`, `n1, n2 and n3`.
pub(crate) fn list(names: &[String]) -> String {
    match names {
        [] => "nobody".to_owned(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
