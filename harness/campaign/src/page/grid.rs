//! The grid: every run as a small square in the order of the units, worst colour and a letter for those who do not see it.

use crate::results::tally::GridSquare;
use crate::results::{Ending, Tally};
use maud::{Markup, html};

use super::failures::href;
use reports::text::{clean, count, grouped};

/// The grid with its legend.
pub(super) fn grid(tally: &Tally) -> Markup {
    let width = tally.grid.width();
    html! {
        div.card.squares {
            @for (from, place) in tally.grid.iter() { (square(from, width, place)) }
        }
        div.legend {
            @for ending in Ending::ALL {
                @if tally.ended(ending) > 0 {
                    span { i class={ "sq " (ending.as_str()) } { (letter(ending)) } " " (words(ending)) " " (grouped(tally.ended(ending))) }
                }
            }
            @if width > 1 { span { "each square is " (grouped(width)) " neighbouring runs and shows the worst of them" } }
        }
    }
}

fn square(from: u64, width: u64, place: &GridSquare) -> Markup {
    let (ending, example) = &place.worst;
    let runs: u64 = place.endings.values().sum();
    let title = match runs {
        1 if example.sentence.is_empty() => format!("{}: {}", clean(&example.run, 60), ending.as_str()),
        1 => format!("{}: {}: {}", clean(&example.run, 60), ending.as_str(), clean(&example.sentence, 120)),
        _ => {
            let parts: Vec<String> = place
                .endings
                .iter()
                .rev()
                .map(|(ending, runs)| format!("{} {}", grouped(*runs), ending.as_str()))
                .collect();
            let upto = from.saturating_add(width - 1);
            format!("units {from} to {upto}: {}: {}; {}", count(runs, "run"), parts.join(", "), clean(&example.run, 60))
        }
    };
    html! {
        @match &example.folder {
            Some(folder) => { a class={ "sq " (ending.as_str()) } href=(href(folder)) title=(title) { (letter(*ending)) } }
            None => { i class={ "sq " (ending.as_str()) } title=(title) { (letter(*ending)) } }
        }
    }
}

fn letter(ending: Ending) -> &'static str {
    match ending {
        Ending::Valid => "·",
        Ending::Interrupted => "I",
        Ending::Unknown => "?",
        Ending::Harness => "H",
        Ending::Invalid => "✗",
    }
}

fn words(ending: Ending) -> &'static str {
    match ending {
        Ending::Harness => "failed for the harness",
        other => other.as_str(),
    }
}
