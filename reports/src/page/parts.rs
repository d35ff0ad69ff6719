//! Parts that pages of one run and of many have in common: the head with the verdict, tables, tiles.

use history::Verdict;
use maud::{Markup, Render, html};

use super::badge;
use crate::text::{duration, grouped};

/// The head of a page: the verdict in its colour, the sentence, and what else is said first.
pub fn head(verdict: Verdict, word: &str, sentence: impl Render, more: impl Render) -> Markup {
    html! {
        header.card.verdict.(class(Some(verdict))) {
            (badge(Some(verdict), word))
            h1.sentence { (sentence) }
            (more)
        }
    }
}

/// The class that gives a verdict its colour.
pub fn class(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Valid) => "ok",
        Some(Verdict::Invalid) => "bad",
        Some(Verdict::Unknown) => "unsure",
        None => "none",
    }
}

/// A table that scrolls by itself, also by the keyboard. A head that begins with `#` is that of a column of numbers, one that
/// begins with `=` is not broken over lines. An empty head is no head.
pub fn table(heads: &[&str], rows: impl Render) -> Markup {
    html! {
        div.scroll tabindex="0" { table {
            thead { tr { @for head in heads {
                @if head.is_empty() { td {} }
                @else if let Some(head) = head.strip_prefix('#') { th.num { (head) } }
                @else if let Some(head) = head.strip_prefix('=') { th.keep { (head) } }
                @else { th { (head) } }
            } } }
            tbody { (rows) }
        } }
    }
}

/// A number with what it counts.
pub fn tile(value: impl Render, what: &str) -> Markup {
    html! { div.tile { b { (value) } span { (what) } } }
}

/// A time in a table.
pub fn time(value: Option<u64>) -> String {
    value.map_or("–".to_owned(), duration)
}

/// A cell with a number, in this class unless it is zero.
pub fn tally(value: u64, class: &str) -> Markup {
    html! { td class={ "num " (if value > 0 { class } else { "muted" }) } { (grouped(value)) } }
}
