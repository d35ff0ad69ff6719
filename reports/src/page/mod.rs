//! What all pages share: self-contained HTML that opens from disk, offline. Only the page of a run has a script
//! ([`crate::run::interactive`]); the others have none.
//!
//! A page loads nothing (its content security policy forbids it), and every string goes through maud, which escapes
//! it. What it needs of interaction it has from HTML itself: anchors, `title` tooltips, scroll boxes.

pub mod parts;
pub mod style;

use history::Verdict;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A whole page around `body`.
pub fn whole(title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(style::sheet())) }
            }
            body { main { (body) } }
        }
    }
    .into_string()
}

/// The verdict as a badge: a sign, the words, and a colour for readers who see it.
pub fn badge(verdict: Option<Verdict>, words: &str) -> Markup {
    let sign = match verdict {
        Some(Verdict::Valid) => "✓",
        Some(Verdict::Invalid) => "✗",
        Some(Verdict::Unknown) => "?",
        None => "–",
    };
    html! { span class={ "badge " (parts::class(verdict)) } { span aria-hidden="true" { (sign) } " " (words) } }
}

#[cfg(test)]
mod tests;
