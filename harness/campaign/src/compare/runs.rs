//! The runs of a comparison in pairs, each with its page.

use std::path::Path;

use maud::{Markup, html};

use super::Side;
use crate::results::{Ending, Entry};
use reports::page::parts;
use reports::text::grouped;

/// The most pairs that are listed.
const ROWS: usize = 500;

/// A line for each pair; those in which a run is not valid first.
pub(super) fn table(folder: &Path, a: &Side, b: &Side) -> Markup {
    let mut pairs: Vec<(&Entry, &Entry)> = a.runs.iter().zip(&b.runs).collect();
    pairs.sort_by_key(|(a, b)| a.ending() == Ending::Valid && b.ending() == Ending::Valid);
    let run = |run: &Entry| {
        html! { td.keep { @match page(folder, run) {
            Some(page) => a href=(page) { (run.ending().as_str()) },
            None => (run.ending().as_str()),
        } } }
    };
    html! {
        (parts::table(&["schedule", "#seed", "=A", "=B"], html! {
            @for (a, b) in pairs.iter().take(ROWS) { tr {
                td { (reports::text::name(&a.run)) } td.num { (a.unit.seed) } (run(a)) (run(b))
            } }
        }))
        @if pairs.len() > ROWS { p.small.muted { (grouped(ROWS as u64)) " of " (grouped(pairs.len() as u64)) " pairs." } }
        p.small.muted { "A run without a link is valid and has no page yet; " code { "interregnum report FOLDER" } " writes it." }
    }
}

/// The page of a run, as a link from the comparison's own.
fn page(folder: &Path, run: &Entry) -> Option<String> {
    let page = Path::new(run.folder.as_ref()?).join("report.html");
    let below = page.strip_prefix(folder).ok()?;
    page.is_file().then(|| below.display().to_string())
}
