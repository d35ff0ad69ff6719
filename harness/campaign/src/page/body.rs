//! `report.html` of a campaign.

use std::time::{Duration, UNIX_EPOCH};

use crate::compare::beside;
use crate::results::{Ending, Shard, Tally};
use history::numbers;
use maud::{Markup, PreEscaped, html};

use super::summary::SummaryLine;
use super::{CampaignVerdict, Extras, coverage, failures, findability, grid, situations};
use reports::page::parts::{head, table, tally, tile, time};
use reports::page::whole;
use reports::plot::Plot;
use reports::text::{LONGEST, clean, count, duration, grouped, name};

pub(super) fn page(verdict: &CampaignVerdict, tally: &Tally, extras: &Extras, [plot, curve]: [&Plot; 2]) -> String {
    let word = verdict.verdict.as_str().to_uppercase();
    let body = html! {
        (top(verdict, &word))
        (beside::mark())
        (failures::all(verdict))
        h2 id="numbers" { "Numbers" }
        (searched(verdict))
        (tiles(&verdict.totals))
        h2 id="night" { "Over the night" }
        figure.card.plot { (PreEscaped(&plot.svg)) figcaption { (plot.caption) } }
        @if let Some(distinct) = &verdict.situations {
            h2 id="situations" { "Situations" }
            (situations::section(distinct, curve))
        }
        h2 id="cells" { "By workload" }
        (cells(&verdict.cells))
        h2 id="runs" { "Runs" }
        (grid::grid(tally))
        h2 id="coverage" { "Coverage" }
        (coverage::coverage(verdict))
        h2 id="findability" { "What so many runs would have found" }
        (findability::section(verdict))
        h2 id="health" { "The machine" }
        (health(&verdict.totals))
        h2 id="campaign" { "Campaign" }
        (facts(verdict, extras))
        footer {
            "Times of elections run from the fault until a majority follows the new leader. Written by interregnum "
            (clean(&verdict.campaign.version, 40)) "; the same in numbers: " a href="verdict.json" { "verdict.json" } ", every run: "
            a href="runs.jsonl" { "runs.jsonl" } "."
        }
    };
    whole(&format!("{word} · {}", verdict.sentence), &body)
}

fn top(verdict: &CampaignVerdict, word: &str) -> Markup {
    head(
        verdict.verdict,
        word,
        clean(&verdict.sentence, LONGEST),
        html! {
            p { (verdict.statistics) }
            p.muted { (about(verdict)) }
            @if !verdict.failures.is_empty() {
                ol.found {
                    @for (index, found) in verdict.failures.iter().take(5).enumerate() {
                        li {
                            a href={ "#f" (index + 1) } { (clean(&found.signature.checker, 60)) }
                            " in " (count(found.runs, "run")) ": " (clean(&found.first.sentence, 200))
                        }
                    }
                }
                @if verdict.failures.len() > 5 { p { a href="#failures" { "and " (verdict.failures.len() - 5) " more" } } }
            }
            @if !verdict.missing.is_empty() { p { strong { "Incomplete: " } (missing(verdict)) } }
            @if let Some(why) = &verdict.cut_short { p { strong { "Ended before its time: " } (clean(why, LONGEST)) } }
            @for note in verdict.notes.iter().take(20) { p { strong { "Note: " } (clean(note, LONGEST)) } }
        },
    )
}

/// What was run and when, in one line.
fn about(verdict: &CampaignVerdict) -> String {
    let mut parts = vec![some(&verdict.campaign.workloads), some(&verdict.campaign.systems)];
    parts.push(verdict.networks.keys().map(|network| name(network)).collect::<Vec<_>>().join(", "));
    if let (Some(began), Some(ended)) = (verdict.began, verdict.ended) {
        let length = duration(ended.saturating_sub(began).saturating_mul(1_000_000_000));
        parts.push(format!("{} to {} UTC ({length})", moment(began), moment(ended)));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// A list of names that does not run over.
fn some(names: &[String]) -> String {
    let mut shown: Vec<String> = names.iter().take(8).map(|one| name(one)).collect();
    if names.len() > 8 {
        shown.push(format!("and {} more", names.len() - 8));
    }
    shown.join(", ")
}

/// `2026-11-22 04:20`.
fn moment(seconds: u64) -> String {
    // Beyond the year 9999 there is no RFC 3339.
    let at = UNIX_EPOCH + Duration::from_secs(seconds.min(253_402_300_799));
    humantime::format_rfc3339_seconds(at).to_string().replace('T', " ").chars().take(16).collect()
}

fn missing(verdict: &CampaignVerdict) -> String {
    let missing = &verdict.missing;
    let mut parts = Vec::new();
    if !missing.shards.is_empty() {
        let said = if missing.shards.len() == 1 { "shard" } else { "shards" };
        parts.push(format!("nothing is here of {said} {}", shards(&missing.shards)));
    }
    if missing.units > 0 {
        let first: Vec<String> = missing.first.iter().take(10).map(u64::to_string).collect();
        let more = if missing.units > first.len() as u64 { " …" } else { "" };
        let units = if first.is_empty() { String::new() } else { format!(" (units {}{more})", first.join(", ")) };
        parts.push(format!("{} did not finish{units}", count(missing.units, "run")));
    }
    format!("{}. What was not run was not judged.", parts.join("; "))
}

fn shards(shards: &[Shard]) -> String {
    let mut words: Vec<String> = shards.iter().take(40).map(|shard| format!("{}/{}", shard.number, shard.of)).collect();
    if shards.len() > 40 {
        words.push(format!("and {} more", shards.len() - 40));
    }
    words.join(", ")
}

fn tiles(totals: &SummaryLine) -> Markup {
    html! {
        div.tiles {
            (tile(grouped(totals.runs), "runs"))
            (tile(grouped(totals.judged), "elections judged: an effective leader after a fault that took the one before, in a valid run without a stall"))
            (tile(grouped(totals.elections), "terms that got a leader"))
            @if let Some(p50) = totals.election_times.p50 {
                (tile(duration(p50), "median time of an election after a fault: a majority without a leader"))
            }
            @if let Some(p99) = totals.election_times.p99 { (tile(duration(p99), "99th percentile of it")) }
            @if let Some(max) = totals.election_times.max { (tile(duration(max), "longest of them")) }
            @if totals.times_stalled + totals.untimed > 0 {
                (tile(grouped(totals.times_stalled + totals.untimed), "elections after a fault without a time: a stall overlapped them, or no majority was certain before"))
            }
            @if let Some(p99) = totals.interregna.p99 {
                (tile(duration(p99), "99th percentile of the times without a leader that ended with one"))
            }
            @if totals.clients.attempts > 0 {
                (tile(duration(totals.clients.failed), &format!("in which clients failed, of {} that they were asked for", duration(totals.clients.probed))))
            }
            (tile(grouped(totals.windows_passed), "re-election windows passed"))
            (tile(grouped(totals.windows_untested), "re-election windows that ended untested"))
            (tile(grouped(totals.split_terms), "terms without a leader though a node was a candidate"))
        }
    }
}

/// What stands above the numbers where a search drew some of the runs.
fn searched(verdict: &CampaignVerdict) -> Markup {
    html! {
        @if let Some(searched) = &verdict.searched {
            p {
                "All rates, quantiles and numbers below are of the " (count(verdict.totals.runs, "run")) " that were drawn blind. "
                "What was found and what was covered is of all. The search drew " (count(searched.runs, "run")) ": "
                (grouped(searched.ended(Ending::Valid))) " valid, " (grouped(searched.ended(Ending::Invalid))) " invalid, "
                (grouped(searched.elections)) " elections. How often something happened in them says nothing."
            }
        }
    }
}

fn cells(cells: &[SummaryLine]) -> Markup {
    html! {
        (table(&[
            "Workload", "System", "#Runs", "#Valid", "#Invalid", "#Unknown", "#Harness", "#Elections", "#Judged", "#p50",
            "#p90", "#p99", "#Longest"
        ], html! {
            @for cell in cells {
                tr {
                    td { (name(&cell.workload)) }
                    td { (name(&cell.system)) }
                    td.num { (grouped(cell.runs)) }
                    td.num { (grouped(cell.ended(Ending::Valid))) }
                    (tally(cell.ended(Ending::Invalid), "is-bad"))
                    (tally(cell.ended(Ending::Unknown) + cell.ended(Ending::Interrupted), "is-unsure"))
                    (tally(cell.ended(Ending::Harness), "is-unsure"))
                    td.num { (grouped(cell.elections)) }
                    td.num { (grouped(cell.judged)) }
                    td.num { (time(cell.election_times.p50)) }
                    td.num { (time(cell.election_times.p90)) }
                    td.num { (time(cell.election_times.p99)) }
                    td.num { (time(cell.election_times.max)) }
                }
            }
        }))
    }
}

fn health(totals: &SummaryLine) -> Markup {
    let share = totals.stalled as f64 / totals.duration.max(1) as f64;
    html! {
        @if totals.stalls == 0 {
            p { "The harness was never stalled." }
        } @else {
            p {
                "The harness stalled " (count(totals.stalls, "time")) " in " (count(totals.stalled_runs, "run")) ", for "
                (duration(totals.stalled)) " in all (" (numbers::rate(share)) " of the time of all runs). Time inside a stall \
                 is no time without a leader; a run with one has no elections that count as judged; it excuses no broken promise of safety."
            }
        }
        @if totals.censored > 0 {
            p.muted { (count(totals.censored, "time")) " without a leader " @if totals.censored == 1 { "was" } @else { "were" } " cut off by a fault or the end of the run before one was elected." }
        }
    }
}

fn facts(verdict: &CampaignVerdict, extras: &Extras) -> Markup {
    let campaign = &verdict.campaign;
    html! {
        dl.facts.card {
            dt { "Campaign" } dd { code { (clean(&campaign.id, 80)) } }
            dt { "Folder" } dd { code { (clean(&extras.folder.to_string_lossy(), LONGEST)) } }
            dt { "Systems" } dd { (some(&campaign.systems)) }
            dt { "Workloads" } dd { (some(&campaign.workloads)) }
            @if !campaign.options.is_empty() { dt { "Options" } dd { code { (clean(&campaign.options.join(" "), LONGEST)) } } }
            dt { "First seed" } dd { (campaign.seed) }
            dt { "Runs asked for" } dd { @match campaign.runs { Some(runs) => (grouped(runs)), None => "as many as there is time for" } }
            @if let Some(shard) = campaign.shard { dt { "Shard" } dd { (shard.number) " of " (shard.of) } }
            @if !verdict.shards.is_empty() { dt { "Shards here" } dd { (shards(&verdict.shards)) } }
            @if !verdict.missing.shards.is_empty() { dt { "Shards missing" } dd { (shards(&verdict.missing.shards)) } }
        }
    }
}
