//! The index page of a batch.

use history::Verdict;
use maud::{Markup, html};

use super::{BatchFacts, BatchRow, BatchVerdict, worst_first};
use crate::compare::{Against, beside};
use reports::page::parts::{head, table, tile, time};
use reports::page::{badge, whole};
use reports::text::{LONGEST, clean, count, duration, grouped, name};

/// Rows of the table; the worst come first, so what is left out is valid unless thousands are not.
const ROWS: usize = 5000;

pub(super) fn page(batch: &BatchVerdict, about: Option<&BatchFacts>, against: Option<&Against>) -> String {
    let word = batch.verdict.as_str().to_uppercase();
    let rows = worst_first(&batch.runs);
    let elections: u64 = batch.runs.iter().map(|row| row.elections).sum();
    let windows: u64 = batch.runs.iter().map(|row| row.windows_passed).sum();
    let body = html! {
        @if let Some(about) = about { (purpose(about)) }
        (head(batch.verdict, &word, &batch.sentence, html! {
            @let failed: Vec<&&BatchRow> = rows.iter().filter(|row| row.verdict != Some(Verdict::Valid)).collect();
            @if !failed.is_empty() {
                ol.found {
                    @for row in failed.iter().take(10) { li { (link(row)) ": " (clean(&row.sentence, LONGEST)) } }
                }
                @if failed.len() > 10 { p { "and " (failed.len() - 10) " more below" } }
            }
        }))
        @match against { Some(against) => (beside::line(against)), None => (beside::mark()) }
        h2 { "Numbers" }
        div.tiles {
            (tile(grouped(batch.runs.len() as u64), "runs"))
            (tile(grouped(elections), "terms that got a leader"))
            (tile(grouped(windows), "re-election windows passed"))
            (times(batch))
        }
        h2 { "Runs" }
        (table(&[
            "Run", "Verdict", "Workload", "System", "Network", "#Seed", "#Elections", "#Windows", "#p50", "#p99",
            "#Longest", "#Took", "#Exit"
        ], html! {
            @for row in rows.iter().take(ROWS) { (line(row)) }
        }))
        @if rows.len() > ROWS {
            p.small.muted { "The first " (grouped(ROWS as u64)) " of " (grouped(rows.len() as u64)) ", worst first; all are in " a href="verdict.json" { "verdict.json" } "." }
        }
        footer { "Written by interregnum. The merged verdict: " a href="verdict.json" { "verdict.json" } "." }
    };
    whole(&format!("{word} · {}", batch.sentence), &body)
}

fn times(batch: &BatchVerdict) -> Markup {
    let times = &batch.election_times;
    let of = count(times.n, "re-election");
    let time = |time: Option<u64>, what: &str| time.map(|time| tile(duration(time), what));
    html! {
        @let median = format!("election time, median of {of}: a majority without a leader");
        @let longest = format!("longest of {of}: a majority without a leader");
        @for tile in [time(times.p50, &median), time(times.p99, "election time, p99"), time(times.max, &longest)] {
            @if let Some(tile) = tile { (tile) }
        }
    }
}

fn line(row: &BatchRow) -> Markup {
    html! {
        tr {
            td { (link(row)) }
            td.keep { (badge(row.verdict, row.verdict.map_or("none", Verdict::as_str))) }
            td { (name(&row.workload)) }
            td { (name(&row.system)) }
            td { (name(&row.network)) }
            td.num { @match row.seed { Some(seed) => (seed), None => "–" } }
            td.num { (grouped(row.elections)) }
            td.num { (grouped(row.windows_passed)) }
            td.num { (time(row.p50)) }
            td.num { (time(row.p99)) }
            td.num { (time(row.longest)) }
            td.num { (duration(row.duration)) }
            td.num { (row.exit) }
        }
    }
}

fn purpose(about: &BatchFacts) -> Markup {
    html! {
        section.shrunk {
            h1.sentence { (clean(&about.title, LONGEST)) }
            @for line in &about.lines { p { (clean(line, LONGEST)) } }
            @if !about.steps.is_empty() { ol.found { @for step in about.steps.iter().take(60) { li { (clean(step, 200)) } } } }
            pre.command { code { (clean(&about.command, 1000)) } }
        }
        h2 { "Repetitions" }
    }
}

fn link(row: &BatchRow) -> Markup {
    html! { a href=(href(&row.folder)) { (clean(&row.name, 80)) } }
}

/// A relative link to the run's report, each part percent-encoded, so that no name can become a scheme or a query.
pub(crate) fn href(folder: &std::path::Path) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    let mut out = String::from("./");
    for byte in folder.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' => out.push(char::from(*byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    if !out.ends_with('/') {
        out.push('/');
    }
    out + "report.html"
}
