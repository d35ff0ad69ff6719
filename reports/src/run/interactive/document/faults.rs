//! Faults, and what they did to links, as columns.

use std::collections::HashMap;

use history::Word;
use serde::Serialize;

use super::super::columns::{Delta, Strings, micros, optional, safe};
use crate::model::RunModel;
use crate::text::name;

#[derive(Debug, Serialize)]
pub(super) struct Faults {
    id: Vec<i64>,
    kind: Vec<i64>,
    label: Vec<i64>,
    nodes: Vec<i64>,
    links: Vec<i64>,
    begin: Vec<i64>,
    rise: Vec<i64>,
    length: Vec<i64>,
    outcome: Vec<i64>,
    lifted: Vec<i64>,
    reason: Vec<i64>,
    line: Vec<i64>,
}

#[derive(Debug, Serialize)]
pub(super) struct Link {
    name: i64,
    from: i64,
    to: i64,
    rules: Rules,
}

#[derive(Debug, Serialize)]
struct Rules {
    start: Vec<i64>,
    length: Vec<i64>,
    rule: Vec<i64>,
    passed: Vec<i64>,
    held: Vec<i64>,
    dropped: Vec<i64>,
}

pub(super) fn faults(model: &RunModel, strings: &mut Strings) -> Faults {
    let all = &model.faults;
    Faults {
        id: Delta::of(all.iter().map(|fault| u64::from(fault.id))),
        kind: all.iter().map(|fault| strings.add(&fault.kind)).collect(),
        label: all.iter().map(|fault| strings.add(&fault.label())).collect(),
        nodes: all.iter().map(|fault| strings.set(fault.nodes.iter())).collect(),
        links: all.iter().map(|fault| strings.set(fault.links.iter())).collect(),
        begin: Delta::of(all.iter().map(|fault| micros(fault.begin))),
        rise: all.iter().map(|fault| safe(micros(fault.in_force.saturating_sub(fault.begin)))).collect(),
        length: all.iter().map(|fault| optional(fault.end.map(|end| end.saturating_sub(fault.begin)))).collect(),
        outcome: all.iter().map(|fault| strings.add(fault.outcome.text())).collect(),
        lifted: all.iter().map(|fault| strings.add(fault.lifted.as_ref().map_or("", Word::text))).collect(),
        reason: all.iter().map(|fault| strings.add(fault.reason.as_deref().unwrap_or(""))).collect(),
        line: Delta::of(all.iter().map(|fault| fault.line)),
    }
}

pub(super) fn links(model: &RunModel, strings: &mut Strings) -> Vec<Link> {
    let index: HashMap<String, i64> =
        model.lanes.iter().enumerate().map(|(number, lane)| (name(&lane.node), number as i64)).collect();
    model
        .links
        .iter()
        .map(|lane| {
            let (from, to) = lane.link.split_once("->").unwrap_or(("", ""));
            let node = |end: &str| index.get(end).copied().unwrap_or(-1);
            let count = |value: Option<u64>| value.map_or(-1, safe);
            Link {
                name: strings.add(&lane.link),
                from: node(from),
                to: node(to),
                rules: Rules {
                    start: Delta::of(lane.rules.iter().map(|held| micros(held.start))),
                    length: lane.rules.iter().map(|held| safe(micros(held.length()))).collect(),
                    rule: lane.rules.iter().map(|held| strings.add(&held.what.rule)).collect(),
                    passed: lane.rules.iter().map(|held| count(held.what.passed)).collect(),
                    held: lane.rules.iter().map(|held| count(held.what.held)).collect(),
                    dropped: lane.rules.iter().map(|held| count(held.what.dropped)).collect(),
                },
            }
        })
        .collect()
}
