//! What the pages of all experiments have in common: the header, and the table of cells at the end.

use campaign::plan::{CellCount, Experiment, ExperimentAnswer, ExperimentFacts};
use history::Verdict;
use maud::{Markup, html};

use crate::pages::Drawn;
use reports::page::parts::{head, table, tally};
use reports::page::whole;
use reports::text::{LONGEST, clean, count, duration, grouped};

/// So many cells that could not be carried out are named in the header.
const NAMED: usize = 5;

/// `report.html`.
pub(super) fn page(
    experiment: &Experiment,
    answer: &ExperimentAnswer,
    drawn: &Drawn,
    told: &ExperimentFacts,
) -> String {
    let body = html! {
        (top(experiment, answer, told))
        (drawn.body)
        h2 id="cells" { "Cells" }
        (cells(experiment, answer))
        footer {
            "Written by interregnum " (clean(&answer.version, 40)) "; the same in numbers: " a href="results.json" { "results.json" }
            ", every run: " a href="runs.jsonl" { "runs.jsonl" } "."
        }
    };
    whole(&format!("{} · {}", experiment.name, experiment.about), &body)
}

fn top(experiment: &Experiment, answer: &ExperimentAnswer, told: &ExperimentFacts) -> Markup {
    let (verdict, word) = match (answer.alarms.is_empty(), answer.complete) {
        (false, _) => (Verdict::Invalid, "ALARM"),
        (true, true) => (Verdict::Valid, "DONE"),
        (true, false) => (Verdict::Unknown, "INCOMPLETE"),
    };
    let troubled: Vec<&CellCount> = answer.cells.iter().filter(|cell| cell.failed > 0).collect();
    let asks = format!("{}: {}", clean(&experiment.name, 60), clean(&experiment.about, LONGEST));
    head(
        verdict,
        word,
        asks,
        html! {
            @for alarm in &answer.alarms { p { strong { "Alarm: " } (clean(alarm, LONGEST)) } }
            @for sentence in &answer.sentences { p { (clean(sentence, LONGEST)) } }
            p.muted {
                (count(answer.done, "run")) " of " (grouped(answer.wanted)) " · " (count(answer.trials, "trial")) " · seeds from "
                (answer.seed) " · " (duration(u64::try_from(told.spent.as_nanos()).unwrap_or(u64::MAX)))
            }
            @if let Some(why) = &told.cut_short { p { strong { "Ended before its time: " } (clean(why, LONGEST)) } }
            @if told.running { p { strong { "Note: " } "This page was written while the experiment was running." } }
            @if answer.failed > 0 {
                p {
                    strong { "Not carried out: " } (count(answer.failed, "run")) ", which count nowhere: "
                    @for (index, cell) in troubled.iter().take(NAMED).enumerate() {
                        @if index > 0 { "; " }
                        (clean(&cell.id, 60)) " " (grouped(cell.failed)) "×"
                        @if let Some(trouble) = &cell.trouble { " (" (clean(trouble, 160)) ")" }
                    }
                    @if troubled.len() > NAMED { "; and " (troubled.len() - NAMED) " more cells" }
                    "."
                }
            }
            @for note in told.notes.iter().take(20) { p { strong { "Note: " } (clean(note, LONGEST)) } }
        },
    )
}

fn cells(experiment: &Experiment, answer: &ExperimentAnswer) -> Markup {
    html! {
        p.muted { "Every cell with its runs and their verdicts; what a verdict means here is said above." }
        (table(&["Cell", "Settings", "#Nodes", "#Runs", "#Valid", "#Invalid", "#Unknown", "#Not carried out"], html! {
            @for (cell, counted) in experiment.cells.iter().zip(&answer.cells) {
                tr {
                    td { code { (clean(&cell.id, 100)) } }
                    td { code { (clean(&cell.settings.join(" "), 200)) } }
                    td.num { (cell.nodes) }
                    td.num { (grouped(counted.done)) " of " (grouped(counted.wanted)) }
                    td.num { (grouped(counted.valid)) }
                    (tally(counted.invalid, "is-bad"))
                    (tally(counted.unknown, "is-unsure"))
                    (tally(counted.failed, "is-unsure"))
                }
            }
        }))
    }
}
