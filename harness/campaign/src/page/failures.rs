//! Failures by signature, each as a card: what happened, how often, and what to type.

use maud::{Markup, html};

use super::summary::{FailureGroup, FailureRate, First};
use super::{CampaignVerdict, Shrunk};
use reports::page::parts::table;
use reports::text::{LONGEST, clean, count, grouped, name};

/// More cards than this are a list of lines.
const CARDS: usize = 25;
/// More lines than this are left to `verdict.json`.
const LINES: usize = 200;

/// The three lists, apart.
pub(super) fn all(verdict: &CampaignVerdict) -> Markup {
    html! {
        @if !verdict.failures.is_empty() {
            h2 id="failures" { "Failures" }
            p.muted.small {
                "Grouped by what happened, so that one bug is one entry. Rates are of the runs of that system that were judged, with 95 % intervals (Wilson)."
            }
            (list(&verdict.failures, "finding", "f"))
        }
        @if !verdict.harness.is_empty() {
            h2 id="harness" { "Failures of the harness" }
            p.muted.small { "These say nothing of the system: the run left no verdict, or its environment failed." }
            (list(&verdict.harness, "finding suspicion", "h"))
        }
        @if !verdict.unknowns.is_empty() {
            h2 id="unknowns" { "Not judged" }
            p.muted.small { "Runs that ended, and nobody can say whether they kept every promise." }
            (list(&verdict.unknowns, "finding suspicion", "u"))
        }
    }
}

fn list(found: &[FailureGroup], class: &str, prefix: &str) -> Markup {
    let (cards, rest) = found.split_at(found.len().min(CARDS));
    html! {
        @for (index, one) in cards.iter().enumerate() { (card(one, class, prefix, index + 1)) }
        @if !rest.is_empty() {
            (table(&["Checker", "#Runs", "What", "First"], html! {
                @for one in rest.iter().take(LINES) {
                    tr {
                        td.keep { (clean(&one.signature.checker, 40)) }
                        td.num { (grouped(one.runs)) }
                        td { (clean(&one.first.sentence, 200)) }
                        td { (run(&one.first)) }
                    }
                }
            }))
            @if rest.len() > LINES {
                p.small.muted { "and " (grouped((rest.len() - LINES) as u64)) " more in " a href="verdict.json" { "verdict.json" } }
            }
        }
    }
}

fn card(found: &FailureGroup, class: &str, prefix: &str, number: usize) -> Markup {
    let signature = &found.signature;
    html! {
        section id={ (prefix) (number) } class={ "card " (class) } {
            h3 {
                (clean(&signature.checker, 60)) " · " (name(&signature.system))
                span.muted { " · " (count(found.runs, "run")) ", " (found.rate_words()) }
            }
            p { (clean(&found.first.sentence, LONGEST)) }
            dl.facts.small {
                dt { "Signature" }
                dd {
                    (clean(&signature.cause.label(), LONGEST))
                    @if let Some(code) = signature.cause.code() { " " code { (clean(code, 80)) } }
                    @if !signature.faults.is_empty() { " with faults of " (clean(&signature.faults.join(" and "), 60)) " in force" }
                }
                dt { "First" }
                dd { (run(&found.first)) ", " (name(&found.first.workload)) ", seed " (found.first.seed) }
                @if let Some(kept) = &found.kept {
                    dt { "First kept" }
                    dd { (run(kept)) ", seed " (kept.seed) }
                }
                dt { "Faults in force" }
                dd { (faults(found)) }
                @if found.count > found.runs { dt { "In all" } dd { (count(found.count, "time")) } }
            }
            pre.command { code { (clean(&found.first.command, 1000)) } }
            @if let Some(kept) = &found.kept { pre.command { code { (clean(&kept.command, 1000)) } } }
            @if let Some(shrunk) = &found.shrunk { (smallest(shrunk)) }
        }
    }
}

fn run(first: &First) -> Markup {
    let label = clean(&first.run, 80);
    html! {
        @match &first.folder {
            Some(folder) => { a href=(href(folder)) { (label) } }
            None => { span title="its artifacts were not kept" { (label) } }
        }
    }
}

/// `cut in 212 runs, none in 31`: the kinds that were in force most often come first.
fn faults(found: &FailureGroup) -> String {
    let mut kinds: Vec<(&String, &u64)> = found.faults.iter().collect();
    kinds.sort_by_key(|(kind, runs)| (std::cmp::Reverse(**runs), kind.as_str()));
    let words: Vec<String> =
        kinds.iter().take(12).map(|(kind, runs)| format!("{} in {}", name(kind), grouped(**runs))).collect();
    format!("{} of {}", words.join(", "), count(found.runs, "run"))
}

fn smallest(shrunk: &Shrunk) -> Markup {
    let (failed, of) = shrunk.rate;
    html! {
        div.shrunk {
            p {
                strong { "Shrunk" } " from " (count(shrunk.steps_before, "fault")) " to " (grouped(shrunk.steps_after))
                "; fails the same way in " (grouped(failed)) " of " (count(of, "repetition")) ": " (FailureRate::of(failed, of).words()) ". "
                @if !shrunk.folder.as_os_str().is_empty() { a href=(href(&shrunk.folder.to_string_lossy())) { "Its run" } }
            }
            @if !shrunk.steps.is_empty() {
                ol.found { @for step in shrunk.steps.iter().take(40) { li { (clean(step, 200)) } } }
            }
            pre.command { code { (clean(&shrunk.command, 1000)) } }
        }
    }
}

/// A relative link to a run's report, each part percent-encoded, so that no name can become a scheme or a query.
pub(super) fn href(folder: &str) -> String {
    crate::batch::href(std::path::Path::new(folder))
}
