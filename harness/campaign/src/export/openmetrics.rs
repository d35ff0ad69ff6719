//! A campaign in the OpenMetrics text format, for users who watch it with Prometheus.
//!
//! A pure function of the [`Tally`] and of a few gauges of the moment. The campaign writes its result into a file; the node
//! exporter's textfile collector or any web server does the rest. The format is that of OpenMetrics 1.0. A family is one block
//! with its type, unit and help before its samples. Counters end in `_total`, and the file ends in `# EOF`. Label values come
//! from system files and from last words of processes, so they are cleaned, bounded and escaped.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::results::tally::{OTHERS, Runs};
use crate::results::{Ending, FailureClass, Group, Identity, Tally};

use reports::text::clean;

/// What a campaign says of the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Live {
    /// How many runs are on at once.
    pub jobs: u64,
    /// By how much the harness's own timer is late, nanoseconds.
    pub lag: u64,
    /// What is left of the disk, bytes.
    pub disk_left: u64,
}

/// The whole file.
pub fn text(identity: &Identity, tally: &Tally, live: Option<&Live>) -> String {
    let mut page = Page { out: String::new(), told: BTreeSet::new() };
    // A gauge, though OpenMetrics has a type for it. The node exporter's parser knows only the types of Prometheus's own format,
    // and refuses a whole file that has any other.
    page.family("interregnum_campaign_info", "gauge", None, "The campaign that these numbers are of.");
    page.sample("interregnum_campaign_info", &[("id", &identity.id), ("version", &identity.version)], "1");

    page.family("interregnum_runs", "counter", None, "Runs finished, by how they ended.");
    cells(tally, |labels, runs| {
        for ending in Ending::ALL {
            let labels = [labels[0], labels[1], ("ending", ending.as_str())];
            page.sample("interregnum_runs_total", &labels, &runs.ended(ending).to_string());
        }
    });
    type Count = fn(&Runs) -> u64;
    let counters: [(&str, &str, Count); 8] = [
        ("elections", "Terms that got a leader.", |runs| runs.elections),
        (
            "elections_judged",
            "Elections after an installed kill of the leader before, in valid runs without a stall.",
            |runs| runs.judged,
        ),
        ("split_terms", "Terms without a leader though a node was a candidate.", |runs| runs.split_terms),
        ("windows_passed", "Re-election windows passed.", |runs| runs.windows_passed),
        ("windows_untested", "Re-election windows that ended untested.", |runs| runs.windows_untested),
        ("stalls", "Stalls of the machine or the harness.", |runs| runs.stalls),
        ("client_attempts", "Attempts of the probe, from its first answer on.", |runs| runs.clients.attempts),
        ("client_failures", "Attempts of the probe that failed.", |runs| runs.clients.failures),
    ];
    for (what, help, of) in counters {
        let family = format!("interregnum_{what}");
        page.family(&family, "counter", None, help);
        cells(tally, |labels, runs| page.sample(&format!("{family}_total"), &labels, &of(runs).to_string()));
    }
    for (what, help, of) in [
        ("run_seconds", "How long runs took.", (|runs| runs.duration) as Count),
        ("stalled_seconds", "For how long the machine or the harness stalled.", |runs| runs.stalled),
        ("client_probed_seconds", "For how long the probe asked, from its first answer on.", |runs| {
            runs.clients.probed
        }),
        ("client_failed_seconds", "For how long its attempts failed, stalls left out.", |runs| runs.clients.failed),
    ] {
        let family = format!("interregnum_{what}");
        page.family(&family, "counter", Some("seconds"), help);
        cells(tally, |labels, runs| page.sample(&format!("{family}_total"), &labels, &seconds(of(runs))));
    }

    let family = "interregnum_election_seconds";
    page.family(family, "summary", Some("seconds"), "For how long a majority was without a leader in elections after a fault; no quantile with fewer than five beyond it.");
    cells(tally, |labels, runs| {
        for (quantile, q) in [("0.5", 0.5), ("0.9", 0.9), ("0.99", 0.99)] {
            if let Some(micros) = runs.times.shown_quantile(q) {
                let labels = [labels[0], labels[1], ("quantile", quantile)];
                page.sample(family, &labels, &seconds(u64::from(micros) * 1000));
            }
        }
        page.sample(&format!("{family}_sum"), &labels, &seconds(runs.times.sum().saturating_mul(1000)));
        page.sample(&format!("{family}_count"), &labels, &runs.times.total().to_string());
    });

    failures(
        &mut page,
        tally,
        "interregnum_failures",
        "Runs that failed, or could not be judged, by signature.",
        |group| group.runs.saturating_sub(group.searched),
    );
    if tally.searched.total() > 0 {
        searched(&mut page, tally);
    }
    if tally.situations.distinct() > 0 {
        let distinct = tally.situations.distinct().to_string();
        page.gauge("interregnum_situations", None, "Distinct situations that the runs showed.", distinct);
    }

    if let Some(live) = live {
        page.gauge("interregnum_jobs", None, "Runs that are on at once.", live.jobs.to_string());
        page.gauge(
            "interregnum_lag_seconds",
            Some("seconds"),
            "By how much the harness's timer is late.",
            seconds(live.lag),
        );
        page.gauge(
            "interregnum_disk_left_bytes",
            Some("bytes"),
            "What is left of the disk.",
            live.disk_left.to_string(),
        );
    }
    page.out.push_str("# EOF\n");
    page.out
}

/// What a search drew, apart: all other families are of the runs that were drawn blind.
fn searched(page: &mut Page, tally: &Tally) {
    page.family(
        "interregnum_searched_runs",
        "counter",
        None,
        "Runs that a search drew, by how they ended; in no other family.",
    );
    for ending in Ending::ALL {
        let runs = tally.searched.ended(ending).to_string();
        page.sample("interregnum_searched_runs_total", &[("ending", ending.as_str())], &runs);
    }
    let help = "Runs that a search drew and that failed, or could not be judged, by signature.";
    failures(page, tally, "interregnum_searched_failures", help, |group| group.searched);
}

fn failures(page: &mut Page, tally: &Tally, family: &str, help: &str, of: impl Fn(&Group) -> u64) {
    page.family(family, "counter", None, help);
    let name = format!("{family}_total");
    for class in [FailureClass::Invalid, FailureClass::Harness, FailureClass::Unknown] {
        let mut sample = |system: &str, checker: &str, faults: &str, [code, text]: [&str; 2], runs: u64| {
            let labels = [
                ("class", class.as_str()),
                ("system", system),
                ("checker", checker),
                ("faults", faults),
                ("code", code),
                ("signature", text),
            ];
            page.sample(&name, &labels, &runs.to_string());
        };
        for (signature, group) in tally.groups(class) {
            let what = [signature.cause.code().unwrap_or_default(), &signature.cause.label()];
            sample(&signature.system, &signature.checker, &signature.faults.join("+"), what, of(group));
        }
        for (checker, group) in tally.others(class) {
            sample(OTHERS, checker, "", [OTHERS; 2], of(group));
        }
    }
}

type Label<'a> = (&'a str, &'a str);

fn cells(tally: &Tally, mut each: impl FnMut([Label<'_>; 2], &Runs)) {
    for (cell, runs) in tally.cells.iter() {
        each([("system", &cell.system), ("workload", &cell.workload)], runs);
    }
    if let Some(runs) = &tally.other_cells {
        each([("system", OTHERS), ("workload", OTHERS)], runs);
    }
}

fn seconds(nanoseconds: u64) -> String {
    format!("{}.{:09}", nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000)
}

struct Page {
    out: String,
    /// The series already written. Two names that are equal once they are cleaned would be one series twice, which no reader of the
    /// format accepts: the first stands.
    told: BTreeSet<String>,
}

impl Page {
    fn family(&mut self, name: &str, kind: &str, unit: Option<&str>, help: &str) {
        let _ = writeln!(self.out, "# TYPE {name} {kind}");
        if let Some(unit) = unit {
            let _ = writeln!(self.out, "# UNIT {name} {unit}");
        }
        let _ = writeln!(self.out, "# HELP {name} {}", escaped(help));
    }

    fn gauge(&mut self, name: &str, unit: Option<&str>, help: &str, value: String) {
        self.family(name, "gauge", unit, help);
        self.sample(name, &[], &value);
    }

    fn sample(&mut self, name: &str, labels: &[Label<'_>], value: &str) {
        let labels: Vec<String> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(&clean(value, 300)))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        if self.told.insert(format!("{name}{labels}")) {
            let _ = writeln!(self.out, "{name}{labels} {value}");
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests;
