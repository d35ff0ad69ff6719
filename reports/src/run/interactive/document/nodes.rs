//! The lanes as columns.

use serde::Serialize;

use super::super::columns::{Delta, Spans, Strings, micros, safe};
use crate::model::{Held, Lane, Life, Name, Role, RunModel, pieces};
use crate::text::name;

/// So many intervals of roles in all lanes together; see [`pieces`].
const MOST: usize = 120_000;

#[derive(Debug, Serialize)]
pub(super) struct Node {
    name: i64,
    atomic: bool,
    starts: u32,
    life: Lives,
    roles: Roles,
}

#[derive(Debug, Serialize)]
struct Lives {
    gap: Vec<i64>,
    length: Vec<i64>,
    what: Vec<u8>,
}

#[derive(Debug, Serialize)]
struct Roles {
    gap: Vec<i64>,
    length: Vec<i64>,
    slack: Vec<i64>,
    what: Vec<u8>,
    term: Vec<i64>,
    vote: Vec<i64>,
    leader: Vec<i64>,
    line: Vec<i64>,
    states: Vec<u32>,
}

pub(super) fn nodes(model: &RunModel, strings: &mut Strings) -> Vec<Node> {
    let threshold = pieces::threshold(model.lanes.iter().map(|lane| lane.roles.as_slice()), MOST);
    let names: Vec<i64> = model.names.all().iter().map(|text| strings.add(text)).collect();
    model
        .lanes
        .iter()
        .map(|lane| Node {
            name: strings.add(&name(&lane.node)),
            atomic: lane.atomic,
            starts: lane.starts,
            life: lives(lane),
            roles: roles(pieces::pieces(&lane.roles, threshold), &names),
        })
        .collect()
}

fn lives(lane: &Lane) -> Lives {
    let mut spans = Spans::default();
    let mut what = Vec::new();
    for held in &lane.process {
        spans.push(held.start, held.end);
        what.push(match held.what {
            Life::Unknown => 0,
            Life::Up => 1,
            Life::Paused => 2,
            Life::Down => 3,
        });
    }
    Lives { gap: spans.gap, length: spans.length, what }
}

fn roles(pieces: impl Iterator<Item = Held<Role>>, names: &[i64]) -> Roles {
    let (mut spans, mut term, mut line) = (Spans::default(), Delta::default(), Delta::default());
    let (mut slack, mut what, mut vote, mut leader, mut states) = (vec![], vec![], vec![], vec![], vec![]);
    let named = |name: Name| names.get(name.index()).copied().unwrap_or(0);
    for held in pieces {
        spans.push(held.start, held.end);
        slack.push(safe(micros(held.what.slack)));
        what.push(held.what.rank());
        term.push(held.what.term.map_or(0, |term| term.saturating_add(1)));
        vote.push(named(held.what.vote));
        leader.push(named(held.what.leader));
        line.push(held.what.line);
        states.push(held.what.states);
    }
    Roles {
        gap: spans.gap,
        length: spans.length,
        slack,
        what,
        term: term.column,
        vote,
        leader,
        line: line.column,
        states,
    }
}
