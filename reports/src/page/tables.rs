//! The tables: checkers, coverage, elections, faults, events. Each is bounded, and says what it leaves out.

use std::collections::{BTreeMap, BTreeSet};

use checkers::verdict::Outcome;
use maud::{Markup, html};

use super::badge;
use crate::model::{Row, RowKind, RunModel};
use crate::text::{LONGEST, clean, count, duration, grouped, moment, name};
use crate::verdict::Kind;

/// Rows of the event table.
const EVENTS: usize = 5000;
/// Rows of the tables of elections and faults.
const ROWS: usize = 1000;

/// What each checker judged, and what it said.
pub(super) fn checkers(outcome: &Outcome) -> Markup {
    html! {
        div.scroll {
            table {
                thead { tr { th { "Checker" } th { "Kind" } th { "Says" } th { "What it judged" } th { "Counted" } } }
                tbody {
                    @for judgement in &outcome.checkers {
                        tr {
                            td.keep { (clean(&judgement.checker, 60)) }
                            td.keep.muted { (Kind::of(&judgement.checker).as_str()) }
                            td.keep {
                                @if judgement.judged { (badge(Some(judgement.verdict), judgement.verdict.as_str())) }
                                @else { (badge(None, "not judged")) }
                            }
                            td { (clean(&judgement.sentence, LONGEST)) }
                            td.small.muted {
                                @for (index, (what, number)) in judgement.counts.iter().enumerate() {
                                    @if index > 0 { ", " }
                                    (clean(what, 40).replace('-', " ")) " " (grouped(*number))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What the workload demanded of the run, beside what its coverage checker counted.
pub(super) fn coverage(model: &RunModel, outcome: &Outcome) -> Markup {
    let Some(required) = &model.header.coverage else { return html! {} };
    let counts = outcome.checkers.iter().find(|judgement| judgement.checker == "coverage").map(|j| &j.counts);
    let rows = [
        ("leader-hits", "faults that hit a leader", required.leader_hits),
        ("elections", "terms that got a leader", required.elections),
        ("windows-passed", "re-election windows passed", required.windows),
        ("faults-installed", "faults installed", required.faults),
        ("expectations-met", "expectations met", required.expectations),
    ];
    html! {
        h2 id="coverage" { "Coverage" }
        div.scroll {
            table {
                thead { tr { th { "The workload requires" } th.num { "at least" } th.num { "there were" } th style="width:50%" {} } }
                tbody {
                    @for (key, what, least) in rows.into_iter().filter(|(_, _, least)| *least > 0) {
                        @let seen = count_of(counts, key);
                        tr {
                            td { (what) }
                            td.num { (least) }
                            td.num { @match seen { Some(seen) => (grouped(seen)), None => "–" } }
                            td { @if seen.is_some_and(|seen| seen < u64::from(least)) { (badge(Some(checkers::Verdict::Unknown), "too few")) } }
                        }
                    }
                    @if required.cuts_proven {
                        @let (cuts, proven) = (count_of(counts, "cuts"), count_of(counts, "cuts-proven"));
                        tr {
                            td { "cuts proved by their counters (no byte passed)" }
                            td.num { @match cuts { Some(cuts) => (grouped(cuts)), None => "all" } }
                            td.num { @match proven { Some(proven) => (grouped(proven)), None => "–" } }
                            td { @if proven < cuts { (badge(Some(checkers::Verdict::Unknown), "too few")) } }
                        }
                    }
                }
            }
        }
    }
}

fn count_of(counts: Option<&BTreeMap<String, u64>>, key: &str) -> Option<u64> {
    counts.and_then(|counts| counts.get(key)).copied()
}

/// Every election with its parts.
pub(super) fn elections(model: &RunModel) -> Markup {
    let time = |value: Option<u64>| value.map_or("–".to_owned(), duration);
    let listed = listed_faults(model);
    let over = |value: Option<u64>| matches!((value, model.header.bound), (Some(v), Some(b)) if v > b);
    html! {
        div.scroll {
            table {
                thead { tr {
                    th.num { "Term" } th { "Leader" } th.num { "Won at" } th { "After fault" } th.num { "Detection" }
                    th.num { "Campaign" } th.num { "Adoption" } th.num { "In all" } th.num { "Split rounds" }
                } }
                tbody {
                    @for (index, election) in model.elections.iter().take(ROWS).enumerate() {
                        tr {
                            td.num { (election.term) }
                            td.keep { (name(&election.leader)) }
                            td.num { a href={ "#t-e" (index) } { (moment(election.won)) } }
                            td.keep { @if let Some(fault) = election.fault.filter(|fault| listed.contains(fault)) { a href={ "#f-" (fault) } { "fault " (fault) } } @else { span.muted { "–" } } }
                            td.num { (time(election.detection)) }
                            td.num { (time(election.campaign)) }
                            td.num { (time(election.adoption)) }
                            td.num { @if over(election.total) { strong { (time(election.total)) } } @else { (time(election.total)) } }
                            td.num { (election.split_rounds) }
                        }
                    }
                }
            }
        }
        @if model.elections.len() > ROWS {
            p.small.muted { "The first " (grouped(ROWS as u64)) " of " (grouped(model.elections.len() as u64)) "; the rest is in " a href="verdict.json" { "verdict.json" } "." }
        }
        p.small.muted { "Detection: fault to first candidate. Campaign: to the win. Adoption: until a majority follows." }
    }
}

/// The faults that have a row of their own, so that others may link to them.
pub(super) fn listed_faults(model: &RunModel) -> BTreeSet<u32> {
    model.faults.iter().take(ROWS).map(|fault| fault.id).collect()
}

/// Every fault, with what became of it.
pub(super) fn faults(model: &RunModel) -> Markup {
    let mut known = BTreeSet::new();
    html! {
        div.scroll {
            table {
                thead { tr {
                    th.num { "Fault" } th { "What" } th { "Nodes" } th.num { "Begun at" } th.num { "In force after" }
                    th.num { "Lifted at" } th { "Outcome" }
                } }
                tbody {
                    @for fault in model.faults.iter().take(ROWS) {
                        @let first = known.insert(fault.id);
                        tr.skip[!fault.happened()] id=[first.then(|| format!("f-{}", fault.id))] {
                            td.num { (fault.id) }
                            td { (fault.words) }
                            td { (fault.nodes.iter().take(12).cloned().collect::<Vec<_>>().join(" ")) }
                            td.num { (moment(fault.begin)) }
                            td.num { @if fault.happened() { (duration(fault.in_force.saturating_sub(fault.begin))) } @else { "–" } }
                            td.num { @match fault.end { Some(end) => (moment(end)), None => "–" } }
                            td {
                                (fault.outcome)
                                @if let Some(lifted) = fault.lifted.as_ref().filter(|lifted| *lifted != "installed") { ", lift " (lifted) }
                                @if let Some(reason) = &fault.reason { span.muted { " — " (reason) } }
                            }
                        }
                    }
                }
            }
        }
        @if model.faults.len() > ROWS {
            p.small.muted { "The first " (grouped(ROWS as u64)) " of " (grouped(model.faults.len() as u64)) "; the rest is in " a href="history.jsonl" { "history.jsonl" } "." }
        }
    }
}

/// The event table.
pub(super) fn events(model: &RunModel) -> Markup {
    let rows = selection(model);
    let cited = cited(model);
    html! {
        p.small.muted {
            (grouped(rows.len() as u64)) " of " (count(model.end.lines.saturating_sub(1), "event")) ": "
            "answers that said nothing new are left out"
            @if rows.len() < model.rows.len() {
                ", and of " (grouped(model.rows.len() as u64)) " changes only those that weigh most (evidence, faults, processes, leaders) are here"
            }
            ". Everything is in " a href="history.jsonl" { "history.jsonl" } "."
        }
        div.scroll {
            table {
                thead { tr { th.num { "Line" } th.num { "Time" } th { "Kind" } th { "Who" } th { "What" } } }
                tbody {
                    @for row in rows {
                        tr id={ "e-" (row.line) } {
                            td.num { (row.line) }
                            td.num { (moment(row.t)) }
                            td { (row.kind.as_str()) }
                            td { (row.node) }
                            td {
                                @if let Some(number) = cited.iter().find(|(line, _)| *line == row.line).map(|(_, number)| number) {
                                    strong { a href={ "#v" (number) } { "evidence" } } " "
                                }
                                (row.text)
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Lines cited as evidence, with the finding that cites them first; bounded as the findings' own display is.
fn cited(model: &RunModel) -> Vec<(u64, usize)> {
    model
        .findings
        .iter()
        .take(200)
        .flat_map(|finding| finding.violation.evidence.iter().take(30).map(|line| (line.line, finding.number)))
        .collect()
}

/// The lines that the event table has, so that others may link to them.
pub(super) fn shown_lines(model: &RunModel) -> BTreeSet<u64> {
    selection(model).iter().map(|row| row.line).collect()
}

/// The rows that weigh most, in the order of the file.
fn selection(model: &RunModel) -> Vec<&Row> {
    if model.rows.len() <= EVENTS {
        return model.rows.iter().collect();
    }
    let cited: BTreeSet<u64> = cited(model).into_iter().map(|(line, _)| line).collect();
    let weight = |row: &Row| match row.kind {
        _ if cited.contains(&row.line) => 0,
        RowKind::Harness => 1,
        RowKind::Fault | RowKind::Node | RowKind::Expect | RowKind::Strange => 2,
        RowKind::State if row.text.starts_with("leader") => 3,
        RowKind::State => 4,
        RowKind::Link | RowKind::Miss => 5,
    };
    let mut rows: Vec<&Row> = model.rows.iter().collect();
    rows.sort_by_key(|row| (weight(row), row.line));
    rows.truncate(EVENTS);
    rows.sort_by_key(|row| row.line);
    rows
}
