//! The page from top to bottom: static parts in full, and for each live part the place where the script puts it.

use std::collections::BTreeMap;

use history::Installed;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::glossary::glossary;
use super::logs::Logs;
use super::{assets, banner, crashes, facts, findings, pack, trust};
use crate::export::EXPORTS;
use crate::model::{Fault, RunModel};
use crate::page::parts::{table, time};
use crate::page::style;
use crate::plot::Plot;
use crate::text::{bytes, clean, count, grouped, moment, name};
use crate::verdict::headline;

/// Elections and faults that a reader without script sees.
const STILL_ROWS: usize = 40;

/// Skipped faults of one reason are told once when they are so many; `faults.js` does the same.
const TOLD_ONCE: usize = 3;

/// The whole page; `data` is the packed document.
pub(super) fn whole(model: &RunModel, plots: &[Plot], logs: &Logs, data: &str) -> String {
    let words = model.outcome.as_ref().map_or_else(|| "NO VERDICT".to_owned(), headline);
    let script = script();
    let sheet = format!("{}{}", style::sheet(), assets::STYLE);
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        pack::source(&script),
        pack::source(&sheet)
    );
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (words) " · " (clean(&model.header.run, 80)) }
                style { (PreEscaped(&sheet)) }
            }
            body {
                main {
                    (banner::banner(model))
                    p.small.muted id="script-note" {
                        "The timeline, the network and the tables of this page need a script. Without one, everything that decides the verdict is here all the same: the findings with their proof, the checkers, the numbers and the plots."
                    }
                    (live("map", "The whole run"))
                    (live("lanes", "Who led when"))
                    (live("network", "The network at the cursor"))
                    section id="elections" {
                        h2 { "Elections" }
                        div.live id="elections-view" hidden {}
                        div.still { (elections(model)) }
                    }
                    section id="faults" {
                        h2 { "Faults" }
                        div.live id="faults-view" hidden {}
                        div.still { (faults(model)) }
                        (glossary(model))
                    }
                    (crashes::section(model))
                    section id="events" {
                        h2 { "Events" }
                        (left_out(model))
                        div.live id="events-view" hidden {}
                    }
                    (log_section(logs))
                    @if !model.findings.is_empty() {
                        section id="findings" { h2 { "Findings" } (findings::all(model)) }
                    }
                    section id="trust" {
                        h2 { "What was judged, and on what" }
                        @if let Some(outcome) = &model.outcome { (trust::checkers(outcome)) (trust::coverage(model, outcome)) }
                        @else { p { "Nothing was judged." } }
                        h3 { "Numbers" }
                        (facts::numbers(model))
                        h3 { "Facts" }
                        (facts::facts(model))
                    }
                    section.still id="plots" { h2 { "Plots" } (figures(plots)) }
                    footer {
                        "Times are seconds since the run began. Written by interregnum from "
                        a href="history.jsonl" { "history.jsonl" } "; also here: "
                        a href="verdict.json" { "verdict.json" }
                        @for export in EXPORTS {
                            ", " a href=(export.file()) { (export.file()) }
                            @if let Some(hint) = export.hint() { " (" (hint) ")" }
                        }
                        @for plot in plots { ", " a href={ "plots/" (plot.name) ".svg" } { (plot.name) ".svg" } }
                        "."
                    }
                }
                script type="application/octet-stream" id="data" { (PreEscaped(data)) }
                script { (PreEscaped(&script)) }
            }
        }
    }
    .into_string()
}

/// The parts of the script in one scope.
pub(super) fn script() -> String {
    format!("\"use strict\";(()=>{{\n{}\n}})();", assets::script())
}

/// A section whose whole content is the script's; it is hidden with its heading where there is no script.
fn live(id: &str, heading: &str) -> Markup {
    html! {
        section.live id=(id) hidden {
            h2 { (heading) }
            div id={ (id) "-view" } {}
            @if id == "lanes" { div id="lanes-now" aria-live="polite" {} }
        }
    }
}

/// What the table does not have, and where it is.
fn left_out(model: &RunModel) -> Markup {
    let rows = model.rows.len() as u64;
    html! {
        p.small.muted {
            (grouped(rows)) " of " (count(model.end.lines.saturating_sub(1), "event")) ": answers that said nothing new are left out"
            @if rows < model.changes {
                ", and of " (grouped(model.changes)) " changes " (grouped(model.changes - rows))
                " that weigh least (what happened around findings, faults, processes and leaders are kept first)"
            }
            ". Everything is in " a href="history.jsonl" { "history.jsonl" } "."
        }
    }
}

fn log_section(logs: &Logs) -> Markup {
    html! {
        section id="logs" {
            h2 { "Logs" }
            div.live id="logs-view" hidden {}
            @if logs.files.is_empty() {
                p.muted id="logs-files" { "The run's folder holds no logs of nodes." }
            } @else {
                p.small id="logs-files" {
                    "Whole logs: "
                    @for (index, file) in logs.files.iter().enumerate() {
                        @if index > 0 { " · " }
                        a href=(file.href) { (file.node) " " (file.stream) } span.muted { " (" (bytes(file.bytes)) ")" }
                    }
                }
            }
        }
    }
}

fn elections(model: &RunModel) -> Markup {
    let mut slowest: Vec<_> = model.elections.iter().collect();
    slowest.sort_by_key(|election| (std::cmp::Reverse(election.without_leader), election.won));
    html! {
        @if slowest.is_empty() { p.muted { "No term got a leader." } } @else {
            (table(&[
                "#Term", "Leader", "#Won at", "#After fault", "#Detection", "#Campaign", "#Adoption", "#From the fault",
                "#Without a leader", "#Split rounds"
            ], html! {
                @for election in slowest.iter().take(STILL_ROWS) {
                    tr {
                        td.num { (election.term) }
                        td.keep { (name(&election.leader)) }
                        td.num { (moment(election.won)) }
                        td.num { @match election.fault { Some(fault) => (fault), None => "–" } }
                        td.num { (time(election.detection)) }
                        td.num { (time(election.campaign)) }
                        td.num { (time(election.adoption)) }
                        td.num { (time(election.total)) }
                        td.num { (time(election.without_leader)) }
                        td.num { (election.split_rounds) }
                    }
                }
            }))
            (rest(slowest.len(), "election", "the slowest first", "verdict.json"))
        }
    }
}

/// The faults that have a row, and the reasons that stand for many skipped ones.
fn folded(model: &RunModel) -> (Vec<&Fault>, BTreeMap<&str, usize>) {
    let skipped = |fault: &Fault| !fault.happened();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in model.faults.iter().filter(|fault| skipped(fault)).filter_map(|fault| fault.reason.as_deref()) {
        *reasons.entry(reason).or_default() += 1;
    }
    reasons.retain(|_, count| *count >= TOLD_ONCE);
    let told = |fault: &&Fault| skipped(fault) && fault.reason.as_deref().is_some_and(|why| reasons.contains_key(why));
    (model.faults.iter().filter(|fault| !told(fault)).collect(), reasons)
}

fn faults(model: &RunModel) -> Markup {
    let (rows, reasons) = folded(model);
    html! {
        @if model.faults.is_empty() { p.muted { "No fault was injected." } } @else {
            (table(&["#Fault", "What", "#Begun at", "#Lifted at", "Outcome"], html! {
                @for fault in rows.iter().take(STILL_ROWS) {
                    tr.skip[!fault.happened()] {
                        td.num { (fault.id) }
                        td { (fault.label()) }
                        td.num { (moment(fault.begin)) }
                        td.num { @match fault.end { Some(end) => (moment(end)), None => "–" } }
                        td {
                            (fault.outcome)
                            @if let Some(lifted) = fault.lifted.as_ref().filter(|lifted| !lifted.is(Installed::Installed)) { ", lift " (lifted) }
                            @if let Some(reason) = &fault.reason { span.muted { " — " (reason) } }
                        }
                    }
                }
            }))
            (rest(rows.len(), "fault", "the first", "history.jsonl"))
            @for (reason, count) in reasons { p.small.muted { (count) " faults were skipped: " (reason) "." } }
        }
    }
}

fn rest(all: usize, noun: &str, which: &str, file: &str) -> Markup {
    html! {
        @if all > STILL_ROWS {
            p.small.muted { (STILL_ROWS) " of " (count(all as u64, noun)) ", " (which) "; all are in " a href=(file) { (file) } "." }
        }
    }
}

fn figures(plots: &[Plot]) -> Markup {
    html! {
        div.plots {
            @for plot in plots {
                figure.card.plot { (PreEscaped(&plot.svg)) figcaption { (plot.caption) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sample::{MS, Sample};

    #[test]
    fn what_was_skipped_many_times_for_one_reason_is_told_once() {
        let page = |skipped: u32| {
            let mut s = Sample::new(3);
            s.fault(500 * MS, 1, json!({"kind": "kill"}), &["n1"], &[], "installed");
            for id in 2..2 + skipped {
                s.skip(600 * MS, id, json!({"kind": "pause"}), "its moment never came");
            }
            s.skip(700 * MS, 99, json!({"kind": "stop"}), "no node fits");
            s.end(3_000 * MS, "complete");
            faults(&RunModel::from_history(s.text().as_bytes(), None).unwrap()).into_string()
        };
        let (many, few) = (page(3), page(2));
        assert!(many.contains("3 faults were skipped: its moment never came."), "{many}");
        assert_eq!(many.matches("its moment never came").count(), 1);
        assert!(many.contains("kill (n1)") && many.contains("no node fits"), "{many}");
        assert!(few.matches("its moment never came").count() == 2 && !few.contains("were skipped"), "{few}");
    }
}
