//! The rows of the event table as columns.

use serde::Serialize;

use super::super::columns::{Delta, Strings, micros, safe};
use crate::model::{Name, RowContent, RunModel};

#[derive(Debug, Default, Serialize)]
pub(super) struct Events {
    total: i64,
    changes: i64,
    line: Vec<i64>,
    t: Vec<i64>,
    kind: Vec<i64>,
    node: Vec<i64>,
    text: Vec<i64>,
    state: States,
}

#[derive(Debug, Default, Serialize)]
struct States {
    role: Vec<u8>,
    term: Vec<i64>,
    vote: Vec<i64>,
    leader: Vec<i64>,
    log: Vec<i64>,
    observer: Vec<i64>,
    atomic: Vec<u8>,
}

pub(super) fn events(model: &RunModel, strings: &mut Strings) -> Events {
    let names: Vec<i64> = model.names.all().iter().map(|text| strings.add(text)).collect();
    let named = |name: Name| names.get(name.index()).copied().unwrap_or(0);
    let mut events = Events {
        total: safe(model.end.lines.saturating_sub(1)),
        changes: safe(model.changes),
        line: Delta::of(model.rows.iter().map(|row| row.line)),
        t: Delta::of(model.rows.iter().map(|row| micros(row.t))),
        ..Events::default()
    };
    let mut term = Delta::default();
    for row in &model.rows {
        events.kind.push(strings.add(row.kind.as_str()));
        events.node.push(named(row.node));
        match &row.what {
            RowContent::Text(text) => events.text.push(strings.add(text)),
            RowContent::State(state) => {
                events.text.push(0);
                let states = &mut events.state;
                states.role.push(state.rank());
                term.push(state.term.map_or(0, |term| term.saturating_add(1)));
                states.vote.push(named(state.vote));
                states.leader.push(named(state.leader));
                states.log.push(named(state.log));
                states.observer.push(named(state.observer));
                states.atomic.push(u8::from(state.atomic));
            }
        }
    }
    events.state.term = term.column;
    events
}
