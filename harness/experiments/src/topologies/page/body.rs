//! The page.

use crate::topologies::plan::{HELD, STALL, TOPOLOGIES, VARIANTS};
use maud::{Markup, PreEscaped, html};

use super::Results;
use super::cell::{CellResult, Mean};
use reports::page::parts::table;
use reports::plot::Plot;
use reports::text::{duration, grouped, percent};

pub(super) fn body(results: &Results, plots: &[Plot]) -> Markup {
    html! {
        h2 { "What becomes of a leader" }
        (matrix(&results.cells))
        p.small.muted {
            "Measured, and below it what a model expects. ✓ agrees: " b { "stable" } " is a leader for 99 % of the time and at most one new leader a minute; "
            b { "flapping" } " is availability within five points of what is expected, and new leaders a minute between two thirds and one and a half of it; "
            b { "deadlock" } " is no leader for the last half of the time, in three quarters of the runs; " b { "recovers" } " is no deadlock in any run, at most "
            "two new leaders a minute, and a recovery between half and twice of what is expected. Of four or more runs the 95 % interval has to touch such a range, of fewer "
            "the mean has to lie in it."
        }
        (disagreements(&results.cells))
        @for plot in plots {
            h2 { "Availability hides livelock" }
            figure.card.plot { (PreEscaped(&plot.svg)) figcaption { (plot.caption) " " a href={ "plots/" (plot.name) ".svg" } { "SVG" } } }
        }
        h2 { "All numbers" }
        (numbers(&results.cells))
        p.small.muted {
            "Means over runs with 95 % intervals (Student). Tenure: time with a leader over the number of leaders. Recovery: until the first effective leader, over the "
            "runs that had one; nothing where the old one led on. Two claimants: runs in which two nodes said at once that they lead, in different terms, which is lawful. "
            "Left out: runs in which another node led when the links broke, or in which the machine was stalled for "
            (duration(u64::try_from(STALL.as_nanos()).unwrap_or(u64::MAX))) " or longer in all: then a timer runs out under any leader, and what was locked comes loose."
        }
        h2 { "How it was measured" }
        p { "Five processes (three in the chain), election timeouts of 150 to 300 ms, heartbeats every 50 ms. The wanted leader has a head start; when it leads and all "
            "agree, the links break and stay broken for " (duration(u64::try_from(HELD.as_nanos()).unwrap_or(u64::MAX)))
            ". The model has one-way delays of 1 to 3 ms; loopback is faster. Messages lost one way (deaf, mute) are measured on the proxy network, with connections that "
            "are never replaced; the rest on packets where the machine can do that." }
        p { "An " em { "effective" } " leader leads a term that a majority, linked to it both ways, is at and names it for. A deaf leader whose heartbeats all others hear is none." }
    }
}

fn cell_of<'a>(cells: &'a [CellResult], topology: &str, variant: &str) -> Option<&'a CellResult> {
    cells.iter().find(|cell| cell.topology == topology && cell.variant == variant)
}

fn matrix(cells: &[CellResult]) -> Markup {
    html! {
        div.scroll tabindex="0" { table {
            thead { tr { th { "Topology" } @for variant in VARIANTS { th.keep { (variant.title) } } } }
            tbody { @for row in &TOPOLOGIES {
                tr {
                    td { (row.title) }
                    @for variant in VARIANTS { td { @if let Some(cell) = cell_of(cells, row.id, variant.name) { (square(cell)) } } }
                }
            } }
        } }
    }
}

fn square(cell: &CellResult) -> Markup {
    let (class, sign) = match cell.agrees {
        Some(true) => ("badge ok", "✓"),
        Some(false) => ("badge bad", "✗"),
        None => ("badge", "–"),
    };
    html! {
        span class=(class) { (sign) } " " (summary(cell))
        br; span.small.muted { "expected: " (cell.expected) }
        @if cell.agrees == Some(false) { " " a.small href={ "#" (cell.topology) "-" (cell.variant) } { "why" } }
    }
}

/// What was measured, in the terms of what can be expected.
fn summary(cell: &CellResult) -> String {
    let (Some(availability), Some(leaders)) = (cell.availability, cell.leaders) else {
        return "not measured".to_owned();
    };
    if 4 * cell.deadlocks >= 3 * cell.runs {
        return format!("deadlock ({} of {})", cell.deadlocks, cell.runs);
    }
    let some =
        if cell.deadlocks > 0 { format!(", deadlock {} of {}", cell.deadlocks, cell.runs) } else { String::new() };
    let recovery = cell.recovery.filter(|recovery| recovery.mean >= 1.0 && leaders.mean <= 2.0);
    match recovery {
        Some(recovery) => format!("recovers, {:.0} ms{some}", recovery.mean),
        None if availability.mean >= 0.99 && leaders.mean <= 1.0 => format!("stable{some}"),
        None => format!("{}, {:.0} leaders/min{some}", percent(availability.mean), leaders.mean),
    }
}

fn disagreements(cells: &[CellResult]) -> Markup {
    let against: Vec<&CellResult> = cells.iter().filter(|cell| cell.agrees == Some(false)).collect();
    html! {
        @if !against.is_empty() {
            h2 { "Cells that disagree" }
            p.small.muted { "Each explanation was written after the measurement, and nothing was tuned." }
            @for cell in against {
                p id={ (cell.topology) "-" (cell.variant) } {
                    strong { (cell.topology) ", " (cell.variant) ": " } "measured " (summary(cell)) ", expected " (cell.expected) ". "
                    @match cell.explained { Some(why) => (why), None => em { "Not explained." } }
                }
            }
        }
    }
}

fn numbers(cells: &[CellResult]) -> Markup {
    html! {
        (table(&[
            "Topology", "Variant", "#Runs", "#Left out", "#Availability", "#New leaders a minute", "#Tenure",
            "#Terms a minute", "#Recovery", "#Deadlocks", "#Two claimants"
        ], html! {
            @for cell in cells {
                tr {
                    td.keep { (cell.topology) }
                    td.keep { (cell.variant) }
                    td.num { (grouped(cell.runs)) }
                    td.num { (grouped(cell.unfit + cell.stalled)) }
                    td.num { (interval(cell.availability, &|share| format!("{:.1}", share.min(1.0) * 100.0))) " %" }
                    td.num { (interval(cell.leaders, &|leaders| format!("{leaders:.1}"))) }
                    td.num { (interval(cell.tenure, &time)) }
                    td.num { (interval(cell.terms, &|terms| format!("{terms:.1}"))) }
                    td.num { (interval(cell.recovery, &time)) }
                    td.num { (cell.deadlocks) " of " (cell.runs) }
                    td.num { (cell.two_claimants) " of " (cell.runs) }
                }
            }
        }))
    }
}

fn time(ms: f64) -> String {
    duration((ms * 1e6) as u64)
}

fn interval(mean: Option<Mean>, show: &dyn Fn(f64) -> String) -> String {
    match mean {
        None => "–".to_owned(),
        Some(Mean { mean, runs: 1, .. }) => show(mean),
        Some(Mean { mean, low, high, .. }) => format!("{} [{}, {}]", show(mean), show(low), show(high)),
    }
}
