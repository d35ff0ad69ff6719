//! The score card: which planted bugs the default mix finds, by which checker, how soon, and how often it cries wolf.
//!
//! *Found* means that some checker called a run invalid. A run that could not be judged found nothing. The checker that found it
//! is shown beside the one that was expected. A bug of safety often shows another of its traces first, and that is as
//! good. *How soon* is the question of a user who has a node with this bug and starts the mix. After how many runs, in random
//! order, has it been found in half of all cases? It is computed from the runs, whatever the order in which they were carried
//! out. The wall time is that many runs of the mean length, divided by the number of clusters that the experiment had at once.
//!
//! A finding on the unbroken node is an alarm.

mod score;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::detection::plan::{Breaks, DEFECTS, Defect, NONE, NOT_RUN, SHOWN, mix};
use campaign::plan::{Cell, Experiment};
use campaign::results::Entry;
use checkers::stats::none_found;
use maud::{Markup, html};
use serde_json::json;

use self::score::Score;
use crate::pages::{Drawn, Page};
use reports::file::ReportError;
use reports::page::parts::table;
use reports::text::{LONGEST, clean, count, duration, grouped, percent};

/// Within this time a bug of safety is to be found in half of all cases, nanoseconds.
const SOON: u64 = 300_000_000_000;

/// So many parts of the mix are listed in a row of the table; of more it says how many.
const PARTS_SHOWN: usize = 4;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Detection {
    /// By how much is shown, then by bug.
    scores: BTreeMap<(String, String), Score>,
    /// When runs began and ended, nanoseconds since 1970.
    busy: Vec<(u64, u64)>,
}

impl Page for Detection {
    fn add(&mut self, cell: &Cell, entry: &Entry) {
        let axis = |name| cell.axis(name).unwrap_or_default().to_owned();
        self.scores.entry((axis("shown"), axis("defect"))).or_default().add(&axis("part"), entry);
        let began = humantime::parse_rfc3339_weak(&entry.began).ok();
        let began = began.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok()).unwrap_or(Duration::ZERO);
        let began = u64::try_from(began.as_nanos()).unwrap_or(u64::MAX);
        self.busy.push((began, began.saturating_add(entry.duration)));
    }

    fn draw(&self, experiment: &Experiment) -> Result<Drawn, ReportError> {
        let at_once = self.at_once();
        let mut drawn = Drawn { body: self.body(experiment, at_once), ..Drawn::default() };
        for shown in SHOWN {
            let Some(unbroken) = self.score(shown, NONE) else { continue };
            if unbroken.found > 0 {
                let said = unbroken.first.as_ref().map(|(_, said)| clean(said, LONGEST)).unwrap_or_default();
                let runs = count(unbroken.runs, "run");
                drawn
                    .alarms
                    .push(format!("{} of {runs} of the unbroken node are invalid ({shown}): {said}", unbroken.found));
            }
        }
        drawn.sentences = SHOWN.into_iter().filter_map(|shown| self.sentence(shown, at_once)).collect();
        let row = |shown: &str, name: &str| {
            self.score(shown, name)
                .map(|score| json!({"shown": shown, "defect": name, "score": score.numbers(at_once)}))
        };
        let names = || std::iter::once(NONE).chain(DEFECTS.iter().map(|defect| defect.name));
        let rows: Vec<_> = SHOWN.iter().flat_map(|shown| names().filter_map(move |name| row(shown, name))).collect();
        drawn.numbers = json!({"clusters-at-once": at_once, "scores": rows});
        Ok(drawn)
    }
}

impl Detection {
    fn score(&self, shown: &str, name: &str) -> Option<&Score> {
        self.scores.get(&(shown.to_owned(), name.to_owned()))
    }

    /// How many clusters there were at once, on average, while there was any.
    fn at_once(&self) -> f64 {
        let mut busy = self.busy.clone();
        busy.sort_unstable();
        let (mut any, mut sum, mut until) = (0, 0, 0);
        for (from, to) in busy {
            sum += to - from;
            any += to.saturating_sub(from.max(until));
            until = until.max(to);
        }
        if any == 0 { 1.0 } else { sum as f64 / any as f64 }
    }

    fn sentence(&self, shown: &str, at_once: f64) -> Option<String> {
        let of = |breaks: Breaks| {
            let run: Vec<&Score> = DEFECTS
                .iter()
                .filter(|defect| defect.breaks == breaks)
                .filter_map(|defect| self.score(shown, defect.name))
                .collect();
            let found = run.iter().filter(|score| score.found > 0).count();
            (found, run.len())
        };
        let soon = |defect: &&Defect| {
            let time = self.score(shown, defect.name).and_then(|score| score.median_time(at_once));
            defect.breaks == Breaks::Safety && time.is_some_and(|time| time <= SOON)
        };
        let ((safe, all_safe), (live, all_live)) = (of(Breaks::Safety), of(Breaks::Liveness));
        let soon = DEFECTS.iter().filter(soon).count();
        let unbroken = self.score(shown, NONE).filter(|score| score.runs > 0)?;
        let words = if shown == SHOWN[0] { "With all that the node prints" } else { "With role and term alone" };
        Some(format!(
            "{words}: {safe} of {all_safe} bugs of safety found, {soon} of them in a median of at most {}; {live} of {all_live} \
             of liveness; {} on {} of the unbroken node.",
            duration(SOON),
            if unbroken.found == 0 { "no false alarm".to_owned() } else { count(unbroken.found, "false alarm") },
            count(unbroken.runs, "run"),
        ))
    }

    fn body(&self, experiment: &Experiment, at_once: f64) -> Markup {
        html! {
            @for shown in SHOWN {
                h2 id=(shown) { @if shown == SHOWN[0] { "With all that the node prints" } @else { "With role and term alone" } }
                (self.table(shown, at_once))
            }
            p.muted.small {
                "A run finds a bug when a checker calls it invalid; in brackets the 95 % interval (Wilson) of the share of runs that \
                 do. Median: after so many runs of the mix, in random order, it has been found in half of all cases; the time is that \
                 of so many runs of the mean length with " (format!("{at_once:.1}")) " clusters at once, as there were here."
            }
            h2 id="mix" { "The mix" }
            p.muted { "The same for every bug. Only the node gets the name of the bug." }
            (mix_table(experiment))
            h2 id="not-run" { "Not run" }
            (table(&["Bug", "Why it cannot be run"], html! {
                @for (name, why) in NOT_RUN { tr { td { code { (name) } } td { (why) } } }
            }))
        }
    }

    fn table(&self, shown: &str, at_once: f64) -> Markup {
        html! {
            (table(&[
                "Bug", "Breaks", "Claim", "#Found in", "By", "#Median runs", "#Median time", "In", "Faults in force"
            ], html! {
                @for defect in &DEFECTS { (row(Some(defect), self.score(shown, defect.name), at_once)) }
                (row(None, self.score(shown, NONE), at_once))
            }))
        }
    }
}

/// One bug; without one, the unbroken node.
fn row(defect: Option<&Defect>, score: Option<&Score>, at_once: f64) -> Markup {
    let nothing = Score::default();
    let score = score.unwrap_or(&nothing);
    let class = match (defect.is_some(), score.found > 0) {
        _ if score.runs == 0 => "muted",
        (true, true) | (false, false) => "",
        (true, false) | (false, true) => "is-bad",
    };
    html! {
        tr {
            td.keep {
                @match defect { Some(defect) => code { (defect.name) }, None => strong { "unbroken node" } }
            }
            td.keep { @match defect.map(|defect| defect.breaks) {
                Some(Breaks::Safety) => "safety", Some(Breaks::Liveness) => "liveness", None => "–",
            } }
            td.keep { (defect.map_or("–", |defect| defect.claim)) }
            td class={ "num " (class) } { (found(score)) }
            td { (by(defect, score)) }
            td.num { @match score.median_runs() { Some(runs) => (grouped(runs)), None => span.muted { "–" } } }
            td.num { @match score.median_time(at_once) { Some(time) => (duration(time)), None => span.muted { "–" } } }
            td.small { (found_in(score)) }
            td.small {
                (listed(Score::most(&score.faults).into_iter().take(4).map(|(fault, _)| html! { (clean(fault, 40)) })))
            }
        }
        @if let Some(reach) = defect.and_then(|defect| defect.reach) { tr { td {} td.muted.small colspan="8" { (reach) } } }
    }
}

fn found(score: &Score) -> Markup {
    let (low, high) = score.interval();
    let said = score.first.as_ref().map(|(_, said)| clean(said, LONGEST)).unwrap_or_default();
    html! {
        @if score.runs == 0 { "–" } @else {
            @match score.first.as_ref().and_then(|(folder, _)| folder.as_deref()) {
                Some(folder) => a href={ (clean(folder, 200)) "/report.html" } title=(said) { (grouped(score.found)) " of " (grouped(score.runs)) },
                None => span title=(said) { (grouped(score.found)) " of " (grouped(score.runs)) },
            }
            br;
            span.muted.small {
                @if score.found == 0 { "below " (percent(none_found(score.runs, 0.95))) }
                @else { "[" (percent(low)) ", " (percent(high)) "]" }
                @if score.unknown > 0 { ", " (grouped(score.unknown)) " unknown" }
            }
        }
    }
}

/// Items with commas between them, broken into lines only between two: a comma stays with the item before it.
fn listed(items: impl Iterator<Item = Markup>) -> Markup {
    let mut items = items.peekable();
    html! {
        @while let Some(item) = items.next() {
            span.whole { (item) @if items.peek().is_some() { "," } } " "
        }
    }
}

/// The parts of the mix that found it; a long list only where it is asked for.
fn found_in(score: &Score) -> Markup {
    let parts: Vec<_> = score.parts.iter().filter(|(_, (found, _))| *found > 0).collect();
    let list = listed(parts.iter().map(|(part, (found, runs))| html! { (clean(part, 40)) " " (found) "/" (runs) }));
    html! {
        @if parts.len() > PARTS_SHOWN {
            details { summary { (parts.len()) " of " (score.parts.len()) " parts" } (list) }
        } @else { (list) }
    }
}

fn by(defect: Option<&Defect>, score: &Score) -> Markup {
    let expected = defect.map_or("", |defect| defect.checker);
    html! {
        (listed(Score::most(&score.checkers).into_iter().map(|(checker, runs)| html! {
            @if checker == expected { strong { (clean(checker, 40)) } } @else { (clean(checker, 40)) }
            " " (runs)
        })))
        @if !expected.is_empty() && !score.checkers.contains_key(expected) {
            @if !score.checkers.is_empty() { br; }
            span.muted.small.whole { "expected: " (expected) }
        }
    }
}

fn mix_table(experiment: &Experiment) -> Markup {
    html! {
        (table(&["Part", "Workload", "#Nodes", "Settings", "Stands for", "#Runs a bug"], html! {
            @for part in mix() {
                tr {
                    td { code { (part.name) } }
                    td { (part.workload) }
                    td.num { (part.nodes) }
                    td.small {
                        code { (part.settings.join(" ")) }
                        @if let Some(delay) = part.link_delay { " links " (duration(u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX))) " one way" }
                        @if let Some(bound) = part.bound { ", bound " (duration(u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX))) }
                    }
                    td { (part.about) }
                    td.num { (experiment.trials) }
                }
            }
        }))
    }
}

#[cfg(test)]
mod tests;
