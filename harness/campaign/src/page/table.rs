//! What the terminal shows when a campaign is done: the same story as the page in thirty lines.

use crate::results::Ending;

use super::CampaignVerdict;
use super::summary::FailureGroup;
use crate::columns::{coloured, lines, time};
use history::Verdict;
use reports::text::{clean, count, grouped, name};

/// More failures of a kind than this are left to the page.
const MOST: usize = 8;

/// The summary of a campaign. With `colour` the verdict is coloured by ANSI escapes (the caller asks the terminal and
/// `NO_COLOR`).
pub fn table(verdict: &CampaignVerdict, colour: bool) -> String {
    let mut out = String::new();
    if !verdict.cells.is_empty() {
        cells(&mut out, verdict);
        out.push('\n');
    }
    failures(&mut out, "Failures", &verdict.failures);
    failures(&mut out, "Failures of the harness", &verdict.harness);
    failures(&mut out, "Not judged", &verdict.unknowns);
    let word = verdict.verdict.as_str().to_uppercase();
    let word = if colour { coloured(&word, of_exit(verdict.exit)) } else { word };
    out.push_str(&format!("{word}: {}\n", clean(&verdict.sentence, 400)));
    out.push_str(&format!("{}\n", clean(&verdict.statistics, 400)));
    if let Some(distinct) = &verdict.situations {
        out.push_str(&format!("{}\n", distinct.sentence()));
    }
    if let Some(why) = &verdict.cut_short {
        out.push_str(&format!("Ended before its time: {}\n", clean(why, 200)));
    }
    out
}

fn cells(out: &mut String, verdict: &CampaignVerdict) {
    let mut rows: Vec<[String; 9]> = vec![
        ["WORKLOAD", "SYSTEM", "RUNS", "INVALID", "UNKNOWN", "HARNESS", "JUDGED", "P50", "P99"].map(str::to_owned),
    ];
    rows.extend(verdict.cells.iter().take(40).map(|cell| {
        [
            name(&cell.workload),
            name(&cell.system),
            grouped(cell.runs),
            grouped(cell.ended(Ending::Invalid)),
            grouped(cell.ended(Ending::Unknown)),
            grouped(cell.ended(Ending::Harness)),
            grouped(cell.judged),
            time(cell.election_times.p50),
            time(cell.election_times.p99),
        ]
    }));
    for line in lines(&rows, 2, |_, _, text| text.to_owned()) {
        out.push_str(&line);
        out.push('\n');
    }
    if verdict.cells.len() > 40 {
        out.push_str(&format!("and {} more on the page\n", verdict.cells.len() - 40));
    }
}

fn failures(out: &mut String, title: &str, found: &[FailureGroup]) {
    if found.is_empty() {
        return;
    }
    out.push_str(&format!("{title}:\n"));
    for one in found.iter().take(MOST) {
        out.push_str(&format!(
            "  {} in {}, {}: {}\n    {}\n",
            clean(&one.signature.checker, 60),
            count(one.runs, "run"),
            one.rate_words(),
            clean(&one.first.sentence, 160),
            clean(one.shrunk.as_ref().map_or(&one.first.command, |shrunk| &shrunk.command), 300),
        ));
    }
    if found.len() > MOST {
        out.push_str(&format!("  and {} more on the page\n", found.len() - MOST));
    }
    out.push('\n');
}

fn of_exit(exit: u8) -> Option<Verdict> {
    match exit {
        0 => Some(Verdict::Valid),
        1 => Some(Verdict::Invalid),
        _ => None,
    }
}
