//! The tables of the strategies' page.

use std::collections::BTreeSet;

use crate::strategies::plan::{NOTES, STRATEGIES, TIMERS};
use checkers::stats::shown_quantile;
use maud::{Markup, html};

use super::claims::{Claim, Finding};
use super::results::Results;
use super::{RPC, Strategies};
use reports::page::badge;
use reports::page::parts::{table, time};
use reports::text::{LONGEST, clean, count, grouped};

/// The lab's tests.
pub(super) const TESTS: [&str; 3] = ["initial-election", "re-election", "many-elections"];
const WAYS: [&str; 3] = ["cut", "pause", "kill"];
const SIZES: [&str; 2] = ["3", "5"];

/// The claims that runs say something to, of so many in all.
pub(super) fn claims(claims: &[&Claim], all: usize) -> Markup {
    html! {
        (table(&["Claim", "Finding", "Because", "Measured on", "Rule"], html! {
            @for claim in claims {
                tr {
                    td { (claim.claim) }
                    td.keep { (finding(claim.finding)) }
                    td { (claim.because) }
                    td.muted { (claim.measured) }
                    td.keep.muted { (claim.rule) }
                }
            }
        }))
        @if claims.len() < all {
            p.muted { (count((all - claims.len()) as u64, "claim")) " more: no run of their cells says anything." }
        }
        p.muted.small {
            "The rules: " em { "always passes" } " is refuted by the first failure, and confirmed when the exact one-sided 95 % bound on \
             failures is below 1 %. " em { "Sometimes fails" } " is confirmed when the exact 95 % interval of the share of failures lies above \
             0.1 %, and refuted when it lies below 1 %. " em { "Passes more often" } " is confirmed by Fisher's exact test (p < 5 %), and \
             refuted by a difference the other way or one within a point of zero (95 %, Newcombe). " em { "Is faster" } " is confirmed when \
             the 95 % bootstrap interval of the difference of the medians, whole runs drawn again, lies below zero, and refuted when it \
             lies above, or within 5 % of the median. Everything else is not resolved: more trials may."
        }
    }
}

fn finding(finding: Finding) -> Markup {
    let verdict = match finding {
        Finding::Confirmed => history::Verdict::Valid,
        Finding::Refuted => history::Verdict::Invalid,
        Finding::NotResolved => history::Verdict::Unknown,
    };
    badge(Some(verdict), finding.words())
}

/// The rows of the tables: strategy, timer and RPC timeout.
fn rows() -> Vec<(&'static str, &'static str, &'static str)> {
    let usual = STRATEGIES.into_iter().flat_map(|strategy| TIMERS.map(|timer| (strategy, timer, RPC[0])));
    usual.chain(STRATEGIES.map(|strategy| (strategy, TIMERS[0], RPC[1]))).collect()
}

fn exactly(page: &Strategies, row: (&str, &str, &str), test: &str, by: &str, nodes: &str) -> Results {
    page.all(|key| {
        (key.strategy.as_str(), key.timer.as_str(), key.rpc.as_str()) == row
            && (key.test.as_str(), key.by.as_str(), key.nodes.as_str()) == (test, by, nodes)
    })
}

/// `100 of 100`, and the interval below it.
fn share(results: &Results) -> Markup {
    let (low, high) = results.interval();
    let share = results.share();
    let class = if share.of < share.all { "num is-bad" } else { "num" };
    html! {
        td class=(class) {
            @if share.all == 0 && results.stalled == 0 { span.muted { "–" } } @else {
                @match results.first.as_ref().and_then(|(folder, _)| folder.as_deref()) {
                    Some(folder) => { a href={ (clean(folder, 200)) "/report.html" } title=(first(results)) { (grouped(share.of)) " of " (grouped(share.all)) } }
                    None => span title=(first(results)) { (grouped(share.of)) " of " (grouped(share.all)) },
                }
                br;
                span.muted.small { (format!("{:.1}–{:.1} %", low * 100.0, high * 100.0)) }
                @if results.stalled > 0 { br; span.muted.small { "+ " (results.stalled) " stalled" } }
            }
        }
    }
}

fn first(results: &Results) -> String {
    results.first.as_ref().map(|(_, said)| clean(said, LONGEST)).unwrap_or_default()
}

pub(super) fn passed(page: &Strategies, test: &str) -> Markup {
    let ways: &[&str] = if test == TESTS[0] { &["none"] } else { &WAYS };
    let shown: Vec<_> = rows()
        .into_iter()
        .filter(|row| {
            page.cells
                .keys()
                .any(|key| key.test == test && (key.strategy.as_str(), key.timer.as_str(), key.rpc.as_str()) == *row)
        })
        .collect();
    html! {
        h3 { (test) }
        @if shown.is_empty() { p.muted { "No run of it yet." } } @else {
            div.scroll tabindex="0" { table {
                thead { tr {
                    th { "Strategy" } th { "Timer" } th { "RPC timeout" }
                    @for nodes in SIZES { @for way in ways { th.num { @if *way != "none" { (way) ", " } (nodes) " nodes" } } }
                } }
                tbody { @for row in shown { tr {
                    td { (row.0) } td { (row.1) } td { (row.2) }
                    @for nodes in SIZES { @for way in ways { (share(&exactly(page, row, test, way, nodes))) } }
                } } }
            } }
        }
    }
}

pub(super) fn times(page: &Strategies) -> Markup {
    let of = |(strategy, timer, rpc): (&str, &str, &str)| {
        page.all(|key| {
            (key.strategy.as_str(), key.timer.as_str(), key.rpc.as_str()) == (strategy, timer, rpc)
                && key.test == "re-election"
        })
        .sorted()
    };
    html! {
        (table(&["re-election", "Timer", "RPC timeout", "#Times", "#p50", "#p90", "#p99", "#Longest"], html! {
            @for row in rows() {
                @let sorted = of(row);
                @if !sorted.is_empty() {
                    tr {
                        td { (row.0) } td { (row.1) } td { (row.2) } td.num { (grouped(sorted.len() as u64)) }
                        @for q in [0.5, 0.9, 0.99] { td.num { (time(shown_quantile(&sorted, q))) } }
                        td.num { (time(sorted.last().copied())) }
                    }
                }
            }
        }))
    }
}

/// What the notes pass, beside the unbroken node on clusters of the same sizes; and what finds them out.
pub(super) fn notes(page: &Strategies) -> Markup {
    let tests: BTreeSet<(usize, usize, &str, &str)> = page
        .cells
        .keys()
        .filter(|key| key.is_note())
        .map(|key| (place(&TESTS, &key.test), place(&WAYS, &key.by), key.by.as_str(), key.nodes.as_str()))
        .collect();
    let title = |&(test, _, by, nodes): &(usize, usize, &str, &str)| {
        let way = if by == "none" { String::new() } else { format!(" by {by}") };
        format!("{}{way}, {nodes} nodes", TESTS.get(test).copied().unwrap_or_default())
    };
    let cell = |strategy: &str, test: &(usize, usize, &str, &str)| {
        let (test, _, by, nodes) = *test;
        page.all(|key| {
            key.strategy == strategy
                && (key.is_note() || (key.timer == TIMERS[0] && key.rpc == RPC[0]))
                && (Some(key.test.as_str()), key.by.as_str(), key.nodes.as_str())
                    == (TESTS.get(test).copied(), by, nodes)
        })
    };
    let has_runs = |strategy: &&str| page.cells.keys().any(|key| key.strategy == **strategy);
    let who = || NOTES.into_iter().chain(["early"]).filter(has_runs);
    html! {
        p {
            "Each note's strategy, timer, times and mistakes (" code { "--set as=lab-note-1" } "), the first one at each of its stages, beside the unbroken node (early, native). A note may pass the lab's test and be found out all the same: below is which checker finds something, under which fault, in how many runs."
        }
        @if tests.is_empty() { p.muted { "No run of them yet." } } @else {
            div.scroll tabindex="0" { table {
                thead { tr { th { "Passes" } @for strategy in who() { th.num { (strategy) } } } }
                tbody { @for test in &tests { tr {
                    td { (title(test)) }
                    @for strategy in who() { (share(&cell(strategy, test))) }
                } } }
            } }
            div.scroll tabindex="0" { table {
                thead { tr { th { "Found by" } @for strategy in who() { th { (strategy) } } } }
                tbody { @for test in &tests { tr {
                    td { (title(test)) }
                    @for strategy in who() { (found(&cell(strategy, test))) }
                } } }
            } }
        }
    }
}

fn found(results: &Results) -> Markup {
    let runs = results.passed + results.failed + results.stalled;
    html! {
        td.small {
            @if runs == 0 { span.muted { "–" } }
            @else if results.found.is_empty() { span.muted { "nothing" } }
            @else {
                @for (index, (checker, found)) in results.found.iter().enumerate() {
                    @if index > 0 { br; }
                    (clean(checker, 40)) " " (grouped(*found)) " of " (grouped(runs))
                }
            }
        }
    }
}

/// Where a word stands in a list; what is not in it comes first.
fn place(list: &[&str], word: &str) -> usize {
    list.iter().position(|known| *known == word).unwrap_or_default()
}
