//! `report.html` of one run: the verdict first, then what a reader asks next, in that order.

use checkers::Verdict;
use maud::{Markup, PreEscaped, html};

use super::{badge, findings, summary, tables, timeline, whole};
use crate::model::RunModel;
use crate::plot::Plot;
use crate::text::{LONGEST, clean, count, duration, moment, name, shell};
use crate::verdict::headline;

/// The page of a run, with its plots embedded.
pub fn page(model: &RunModel, plots: &[Plot]) -> String {
    let header = &model.header;
    let words = model.outcome.as_ref().map_or_else(|| "NO VERDICT".to_owned(), headline);
    let title = format!("{words} · {}", clean(&header.run, 80));
    let body = html! {
        (top(model, &words))
        h2 id="facts" { "Facts" }
        (summary::facts(model))
        h2 id="numbers" { "Numbers" }
        (summary::numbers(model))
        h2 id="timeline" { "Timeline" }
        (overview(model, plots))
        (timeline::timeline(model))
        @if !model.findings.is_empty() {
            h2 id="violations" { "Findings" }
            (findings::all(model))
        }
        @if let Some(outcome) = &model.outcome {
            h2 id="checkers" { "Checkers" }
            (tables::checkers(outcome))
            (tables::coverage(model, outcome))
        }
        @if !model.elections.is_empty() {
            h2 id="elections" { "Elections" }
            (tables::elections(model))
        }
        @if !model.faults.is_empty() {
            h2 id="faults" { "Faults" }
            (tables::faults(model))
        }
        h2 id="plots" { "Plots" }
        (figures(plots))
        h2 id="events" { "Events" }
        (tables::events(model))
        h2 id="replay" { "Again" }
        (replay(model))
        footer {
            "Times are seconds since the run began. Written by interregnum from "
            a href="history.jsonl" { "history.jsonl" } "; also here: "
            a href="verdict.json" { "verdict.json" } ", " a href="trace.json" { "trace.json" }
            " (opens in ui.perfetto.dev), " a href="junit.xml" { "junit.xml" } "."
        }
    };
    whole(&title, &body)
}

fn top(model: &RunModel, words: &str) -> Markup {
    let verdict = model.outcome.as_ref().map(|outcome| outcome.verdict);
    let class = match verdict {
        Some(Verdict::Valid) => "ok",
        Some(Verdict::Invalid) => "bad",
        Some(Verdict::Unknown) => "unsure",
        None => "none",
    };
    let sentence = match &model.outcome {
        Some(outcome) => clean(&outcome.sentence, 2 * LONGEST),
        None => clean(model.unjudged.as_deref().unwrap_or("This run was not judged."), 2 * LONGEST),
    };
    html! {
        header.card.verdict.(class) {
            (badge(verdict, words))
            h1.sentence { (sentence) }
            p.muted { (about(model)) }
            @if !model.findings.is_empty() {
                ol.found {
                    @for finding in model.findings.iter().take(5) {
                        li {
                            a href={ "#v" (finding.number) } { (clean(&finding.checker, 60)) }
                            @if !finding.certain { " (suspected)" }

                            @if model.findings.len() > 1 || finding.violation.sentence != sentence {
                                ": " (clean(&finding.violation.sentence, LONGEST))
                            } @else {
                                " at " (moment(finding.violation.span[1])) ", with the lines that prove it"
                            }
                        }
                    }
                }
                @if model.findings.len() > 5 {
                    p { a href="#violations" { "and " (model.findings.len() - 5) " more" } }
                }
            }
            @for warning in warnings(model) { p { strong { "Note: " } (warning) } }
        }
    }
}

/// Which run this is, in one line.
fn about(model: &RunModel) -> String {
    let header = &model.header;
    let mut parts = vec![clean(&header.run, 80)];
    parts.extend([&header.workload, &header.system, &header.network].map(|word| name(word)));
    parts.extend(header.seed.map(|seed| format!("seed {seed}")));
    parts.push(count(header.nodes.len() as u64, "node"));
    parts.push(duration(model.length));
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// What makes the file less than whole, each one sentence.
fn warnings(model: &RunModel) -> Vec<String> {
    let mut out = Vec::new();
    match &model.end.reason {
        None => out.push(
            "the history has no end line: the harness was cut off, and what is shown stops where the file does."
                .to_owned(),
        ),
        Some(reason) if reason != "complete" => out.push(format!("the run did not complete: {reason}.")),
        Some(_) => {}
    }
    if model.end.torn {
        out.push("the last line of the history is torn; it was left out.".to_owned());
    }
    if model.end.unreadable > 0 {
        out.push(format!("{} of the history could not be read as events.", count(model.end.unreadable, "line")));
    }
    if model.outcome.as_ref().is_some_and(|outcome| outcome.safety != "judged") {
        out.push("safety was not judged, so nothing here says that it held.".to_owned());
    }
    out
}

/// The whole run at a glance, where the timeline is wider than a screen.
fn overview(model: &RunModel, plots: &[Plot]) -> Markup {
    let wide = timeline::width(model) > timeline::SCREEN;
    html! {
        @for plot in plots.iter().filter(|plot| plot.name == "timeline" && wide) {
            figure.card.plot style="margin-bottom:14px" { (PreEscaped(&plot.svg)) figcaption { (plot.caption) } }
        }
    }
}

fn figures(plots: &[Plot]) -> Markup {
    html! {
        div.plots {
            @for plot in plots.iter().filter(|plot| plot.name != "timeline") {
                figure.card.plot {
                    (PreEscaped(&plot.svg))
                    figcaption { (plot.caption) " " a href={ "plots/" (plot.name) ".svg" } { "SVG" } }
                }
            }
        }
    }
}

fn replay(model: &RunModel) -> Markup {
    let folder = shell(&model.folder.to_string_lossy());
    html! {
        @if model.schedule {
            p { "The same schedule, step by step, on a new cluster (real processes: the same faults at the same times, not the same interleaving):" }
            pre.command { code { "interregnum replay " (folder) } }
        }
        @if let Some(command) = &model.command {
            p { "The command that made this run:" }
            pre.command { code { (command) } }
        } @else if !model.schedule {
            p { "The same workload and seed, as far as the history tells how they were asked for:" }
            pre.command { code { (test_command(model)) } }
        }
        p { "This history, judged again:" }
        pre.command { code { "interregnum check " (folder) } }
    }
}

/// The command that would make such a run, from what the header knows.
fn test_command(model: &RunModel) -> String {
    let header = &model.header;
    let mut words = vec!["interregnum".to_owned(), "test".to_owned(), shell(&header.workload)];
    if !header.system.is_empty() {
        words.extend(["--system".to_owned(), shell(&header.system)]);
    }
    words.extend(["--nodes".to_owned(), header.nodes.len().to_string()]);
    if !header.network.is_empty() {
        words.extend(["--network".to_owned(), shell(&header.network)]);
    }
    if let Some(seed) = header.seed {
        words.extend(["--seed".to_owned(), seed.to_string()]);
    }
    words.join(" ")
}
