//! What may be believed, and why: what each checker judged, and whether enough happened.

use std::collections::BTreeMap;

use checkers::judge::Descriptor;
use history::verdict::Outcome;
use maud::{Markup, html};

use crate::model::RunModel;
use crate::page::badge;
use crate::page::parts::table;
use crate::text::{LONGEST, clean, grouped};

/// What each checker judged, and what it said.
pub(super) fn checkers(outcome: &Outcome) -> Markup {
    html! {
        (table(&["Checker", "Kind", "Says", "What it judged", "Counted"], html! {
            @for judgement in &outcome.checkers {
                tr {
                    td.keep title=[claims(&judgement.checker)] { (clean(&judgement.checker, 60)) }
                    td.keep.muted { (judgement.kind.as_str()) }
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
        }))
    }
}

/// What the workload demanded of the run, beside what its coverage checker counted.
pub(super) fn coverage(model: &RunModel, outcome: &Outcome) -> Markup {
    let Some(required) = &model.header.coverage else { return html! {} };
    let counts = outcome
        .checkers
        .iter()
        .find(|judgement| judgement.checker == checkers::judge::coverage::NAME)
        .map(|j| &j.counts);
    let rows = [
        ("leader-hits", "faults that hit a leader", required.leader_hits),
        ("elections", "terms that got a leader", required.elections),
        ("windows-passed", "re-election windows passed", required.windows),
        ("faults-installed", "faults installed", required.faults),
        ("expectations-met", "expectations met", required.expectations),
    ];
    html! {
        h3 id="coverage" { "Coverage" }
        div.scroll tabindex="0" {
            table {
                thead { tr { th { "The workload requires" } th.num { "at least" } th.num { "there were" } td.rest {} } }
                tbody {
                    @for (key, what, least) in rows.into_iter().filter(|(_, _, least)| *least > 0) {
                        @let seen = count_of(counts, key);
                        tr {
                            td { (what) }
                            td.num { (least) }
                            td.num { @match seen { Some(seen) => (grouped(seen)), None => "–" } }
                            td { @if seen.is_some_and(|seen| seen < u64::from(least)) { (badge(Some(history::Verdict::Unknown), "too few")) } }
                        }
                    }
                    @if required.cuts_proven {
                        @let (cuts, proven) = (count_of(counts, "cuts"), count_of(counts, "cuts-proven"));
                        tr {
                            td { "cuts proved by their counters (no byte passed)" }
                            td.num { @match cuts { Some(cuts) => (grouped(cuts)), None => "all" } }
                            td.num { @match proven { Some(proven) => (grouped(proven)), None => "–" } }
                            td { @if proven < cuts { (badge(Some(history::Verdict::Unknown), "too few")) } }
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

/// The promise that a checker watches over, where it is known.
fn claims(checker: &str) -> Option<&'static str> {
    Descriptor::of(checker).map(|checker| checker.claims)
}
