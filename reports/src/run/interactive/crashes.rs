//! The table of crash points: at which operation of its disk a node crashed, and what came of it.

use maud::{Markup, html};

use crate::model::{Fault, Finding, RunModel};
use crate::page::parts::table;
use crate::text::{clean, moment};

/// So many crash points are shown.
const ROWS: usize = 200;

/// One node that crashed at one operation, or would have: nothing of the kind came.
struct Crash<'a> {
    fault: &'a Fault,
    node: Option<&'a str>,
    operation: &'a str,
}

/// The crash points of a run in the order in which they were to be reached.
fn crashes(model: &RunModel) -> Vec<Crash<'_>> {
    let of = |fault: &'_ Fault| -> Vec<(usize, usize)> {
        let places = fault.operations.iter().enumerate();
        places.filter_map(|(at, text)| Some((at, text.find(": ")?))).collect()
    };
    let crash = |fault, (at, end): (usize, usize)| -> Crash<'_> {
        let fault: &Fault = fault;
        let text: &str = &fault.operations[at];
        Crash { fault, node: Some(&text[..end]), operation: &text[end + 2..] }
    };
    let missed = |fault: &'_ Fault| !fault.happened() && fault.awaited.is_some();
    let crashes = |fault| -> Vec<Crash<'_>> {
        let fault: &Fault = fault;
        match &fault.awaited {
            Some((operation, _)) if missed(fault) => vec![Crash { fault, node: None, operation }],
            _ => of(fault).into_iter().map(|place| crash(fault, place)).collect(),
        }
    };
    model.faults.iter().flat_map(crashes).collect()
}

/// The operation in words: where several of one crash have the same text, which of them.
fn operation(crash: &Crash<'_>) -> String {
    let text = clean(crash.operation, 120);
    match crash.fault.awaited {
        Some((_, nth)) if nth > 1 => format!("{text} (no. {nth})"),
        _ => text,
    }
}

/// What was found of this node after the crash and before its next one.
fn found<'a>(model: &'a RunModel, crash: &Crash<'_>, until: u64) -> Option<&'a Finding> {
    model.findings.iter().find(|finding| {
        let span = finding.violation.span;
        let in_time = span[1] >= crash.fault.begin && span[1] < until;
        in_time && finding.violation.nodes.iter().any(|node| Some(node.as_str()) == crash.node)
    })
}

/// The section; nothing where no node crashed at an operation.
pub(super) fn section(model: &RunModel) -> Markup {
    let crashes = crashes(model);
    let until = |at: usize| {
        let next = crashes[at + 1..].iter().find(|next| next.node.is_some() && next.node == crashes[at].node);
        next.map_or(u64::MAX, |next| next.fault.begin)
    };
    html! {
        @if !crashes.is_empty() {
            section id="crash-points" {
                h2 { "Crash points" }
                p.small.muted { "At which operations of their disks nodes crashed, and what came of it." }
                (table(&["Operation", "Crash", "Part", "Node", "#At", "#Fault", "What came of it"], html! {
                    @for (at, crash) in crashes.iter().enumerate().take(ROWS) {
                        tr {
                            td.keep { (operation(crash)) }
                            td { (crash.fault.moment.as_deref().unwrap_or("before")) @if crash.fault.unplugged { ", power cut" } }
                            td { (crash.fault.part.as_deref().unwrap_or("–")) }
                            td.keep { (clean(crash.node.unwrap_or("–"), 40)) }
                            td.num { (moment(crash.fault.begin)) }
                            td.num { (crash.fault.id) }
                            td { (outcome(model, crash, until(at))) }
                        }
                    }
                }))
                @if crashes.len() > ROWS {
                    p.small.muted { (ROWS) " of " (crashes.len()) ", the first; all are in " a href="history.jsonl" { "history.jsonl" } "." }
                }
            }
        }
    }
}

fn outcome(model: &RunModel, crash: &Crash<'_>, until: u64) -> Markup {
    html! {
        @match found(model, crash, until) {
            _ if crash.node.is_none() => "it was not reached",
            Some(finding) => {
                a href={ "#v" (finding.number) } { (clean(&finding.checker, 60)) }
                @if !finding.certain { " (suspected)" }
            }
            None if crash.fault.end.is_some() => "it came back, and nothing was found",
            None => "it was not started again",
        }
        @for lost in &crash.fault.lost { span.muted { " — " (lost) } }
    }
}
