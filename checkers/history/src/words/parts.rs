//! Parts of sentences: moments, lists of names, circumstances.

use crate::Role;
use crate::finding::{Belief, Circumstance};

use crate::numbers::list;

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
