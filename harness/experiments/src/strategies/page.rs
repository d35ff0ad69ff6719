//! The strategies' page: which of the lab's tests does each pass, how fast does it elect, and which of the claims holds.
//!
//! The question is the lab's, so *passed* means what the lab means. Everything that a test expects came about in its time, and no
//! two nodes led one term. What our own checkers find besides is shown beside it; for the lab notes that is the point, for they
//! pass much and promise little. The claims and the rules by which they are judged are in [`claims`].

mod claims;
mod results;
mod tables;

use std::collections::BTreeMap;

use crate::strategies::plan::{NOTES, STRATEGIES, TIMERS};
use campaign::plan::{Cell, Experiment};
use campaign::results::Entry;
use maud::{PreEscaped, html};
use serde_json::json;

use self::claims::Claim;
use self::results::Results;
use crate::curves;
use crate::pages::{Drawn, Page};
use reports::file::ReportError;
use reports::plot::Plot;
use reports::text::count;

/// The RPC timeouts, the lab's first.
const RPC: [&str; 2] = ["100ms", "1s"];

/// What a cell is, by its axes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    strategy: String,
    timer: String,
    rpc: String,
    test: String,
    by: String,
    nodes: String,
}

impl Key {
    fn of(cell: &Cell) -> Self {
        let axis = |name| cell.axis(name).unwrap_or_default().to_owned();
        Self {
            strategy: axis("strategy"),
            timer: axis("timer"),
            rpc: axis("rpc"),
            test: axis("test"),
            by: axis("by"),
            nodes: axis("nodes"),
        }
    }

    fn is_note(&self) -> bool {
        NOTES.contains(&self.strategy.as_str())
    }

    /// A strategy under the lab's conditions, which all but the patient cells are.
    fn is_usual(&self) -> bool {
        !self.is_note() && self.rpc == RPC[0]
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Strategies {
    cells: BTreeMap<Key, Results>,
}

impl Strategies {
    /// What all cells that `fit` came to together.
    fn all(&self, fits: impl Fn(&Key) -> bool) -> Results {
        let mut all = Results::default();
        self.cells.iter().filter(|(key, _)| fits(key)).for_each(|(_, results)| all.take_in(results));
        all
    }

    fn claims(&self) -> Vec<Claim> {
        let usual = |strategy: &'static str, test: &'static str| {
            self.all(move |key| key.is_usual() && key.strategy == strategy && key.test == test)
        };
        let silent = |strategy: &'static str, rpc: &'static str| {
            self.all(move |key| {
                key.strategy == strategy && key.rpc == rpc && key.test == "re-election" && key.by != "kill"
            })
        };
        let usually = "re-election by cut, pause and kill, 3 and 5 nodes, both timers, RPC timeout 100 ms";
        let re_election = |strategy| usual(strategy, "re-election");
        let [rare, patient] = RPC.map(|rpc| silent("sequential", rpc));
        let claim = |claim: &str, measured: String, answer: claims::Answer, rule| Claim {
            claim: claim.to_owned(),
            measured,
            finding: answer.finding,
            because: answer.because,
            runs: answer.runs,
            rule,
        };
        let silent_peers = |rpc: &str| {
            let timers = if rpc == RPC[0] { "both timers" } else { "native timer" };
            format!("re-election by cut and pause, 3 and 5 nodes, {timers}, RPC timeout {rpc}")
        };
        let fails = "sequential: re-election fails sometimes, for it is not done in time when a peer does not answer";
        vec![
            claim(
                "sequential: elects a first leader",
                "initial-election, 3 and 5 nodes, both timers".into(),
                claims::always_passes(&usual("sequential", "initial-election")),
                "always passes",
            ),
            claim(fails, silent_peers(RPC[0]), claims::sometimes_fails(&rare), "sometimes fails"),
            claim(fails, silent_peers(RPC[1]), claims::sometimes_fails(&patient), "sometimes fails"),
            claim(
                "concurrent: re-election passes more often (than with sequential)",
                usually.into(),
                claims::passes_more_often(&re_election("concurrent"), &re_election("sequential")),
                "passes more often",
            ),
            claim(
                "concurrent: re-election passes more often (than with sequential)",
                silent_peers(RPC[1]),
                claims::passes_more_often(&silent("concurrent", RPC[1]), &patient),
                "passes more often",
            ),
            claim(
                "early: re-election always passes",
                usually.into(),
                claims::always_passes(&re_election("early")),
                "always passes",
            ),
            claim(
                "early: re-election always passes",
                silent_peers(RPC[1]),
                claims::always_passes(&silent("early", RPC[1])),
                "always passes",
            ),
            claim(
                "speculative, as built (three futures made ready, one kept): may improve further (on early)",
                usually.into(),
                claims::is_faster(&re_election("speculative"), &re_election("early")),
                "is faster",
            ),
        ]
        .into_iter()
        .chain(self.claims_of_the_notes())
        .collect()
    }

    /// The same, and that they pass the lab's tests, of the notes' own code.
    fn claims_of_the_notes(&self) -> Vec<Claim> {
        let of = |note: &'static str, test: Option<&'static str>| {
            self.all(move |key| key.strategy == note && test.is_none_or(|test| key.test == test))
        };
        let [sync, at_once, early, second] = NOTES;
        let claim = |claim: &str, measured: &str, answer: claims::Answer, rule| Claim {
            claim: claim.to_owned(),
            measured: format!("{measured}, as the note stands"),
            finding: answer.finding,
            because: answer.because,
            runs: answer.runs,
            rule,
        };
        let re_elections = "re-election by cut, pause and kill, 3 and 5 nodes";
        let re_election = |note| of(note, Some("re-election"));
        vec![
            claim(
                "lab-note-1:sync: elects a first leader",
                "initial-election, 3 and 5 nodes",
                claims::always_passes(&of(sync, Some("initial-election"))),
                "always passes",
            ),
            claim(
                "lab-note-1:sync: re-election fails sometimes",
                re_elections,
                claims::sometimes_fails(&re_election(sync)),
                "sometimes fails",
            ),
            claim(
                "lab-note-1:async: re-election passes more often (than with sync)",
                re_elections,
                claims::passes_more_often(&re_election(at_once), &re_election(sync)),
                "passes more often",
            ),
            claim(
                "lab-note-1:early: re-election always passes",
                re_elections,
                claims::always_passes(&re_election(early)),
                "always passes",
            ),
            claim(
                "lab-note-2: passes the lab's tests",
                "all three tests, 3, 5 and 7 nodes",
                claims::always_passes(&of(second, None)),
                "always passes",
            ),
        ]
    }

    /// What was not planned: a node without a defect that broke a promise of safety, under any strategy; or one that failed a
    /// test though it waits for no peer.
    fn alarms(&self) -> Vec<String> {
        let mut alarms = Vec::new();
        for (key, results) in self.cells.iter().filter(|(key, _)| !key.is_note()) {
            let waits = key.strategy == "sequential" || key.strategy == "concurrent";
            let invalid = results.found.values().max().copied().unwrap_or(0);
            let (what, runs) = match () {
                () if results.unsafe_runs > 0 => ("broke a promise that no strategy may break", results.unsafe_runs),
                () if !waits && results.failed > 0 => ("failed the lab's test", results.failed),
                () if !waits && invalid > 0 => ("broke a promise", invalid),
                () => continue,
            };
            let Key { strategy, timer, test, by, nodes, .. } = key;
            let way = if by == "none" { String::new() } else { format!(" by {by}") };
            let said = results.first.as_ref().map(|(_, said)| format!(": {said}")).unwrap_or_default();
            alarms.push(format!(
                "the unbroken node ({strategy}, {timer} timer) {what} in {} of {test}{way} on {nodes} nodes{said}",
                count(runs, "run")
            ));
        }
        alarms
    }

    fn plots(&self) -> Result<Vec<Plot>, ReportError> {
        let by_strategy = |name: &'static str, rpc: &'static str| {
            let of = |strategy: &'static str| {
                let all = self.all(|key| key.strategy == strategy && key.rpc == rpc && key.test == "re-election");
                (format!("{strategy} ({})", all.times.iter().map(Vec::len).sum::<usize>()), all.sorted())
            };
            let timers = if rpc == RPC[0] { "both timers" } else { "native timer" };
            let caption = format!(
                "For how long a majority is without a leader when the first is isolated or stopped: re-election by cut, pause and kill. On 3 \
                 and 5 nodes, {timers}, RPC timeout {rpc}; in brackets how many times."
            );
            curves::plot(name, caption, &STRATEGIES.map(of))
        };
        let of_timer = |timer: &'static str| {
            let all = self.all(|key| key.is_usual() && key.timer == timer && key.test == "re-election");
            (format!("{timer} ({})", all.times.iter().map(Vec::len).sum::<usize>()), all.sorted())
        };
        let caption = "The same times by timer, over all strategies, RPC timeout 100ms.".to_owned();
        Ok(vec![
            by_strategy("times", RPC[0])?,
            by_strategy("times-patient", RPC[1])?,
            curves::plot("timers", caption, &TIMERS.map(of_timer))?,
        ])
    }
}

impl Page for Strategies {
    fn add(&mut self, cell: &Cell, entry: &Entry) {
        self.cells.entry(Key::of(cell)).or_default().add(entry);
    }

    fn draw(&self, experiment: &Experiment) -> Result<Drawn, ReportError> {
        let (claims, plots) = (self.claims(), self.plots()?);
        // Where only some cells were asked for, the page is about these.
        let asked: Vec<&Claim> = claims.iter().filter(|claim| claim.runs > 0).collect();
        let of_strategies = self.cells.keys().any(|key| !key.is_note());
        let body = html! {
            h2 id="claims" { "The claims" }
            (tables::claims(&asked, claims.len()))
            h2 id="passed" { "How often each test is passed" }
            p.muted {
                "Passed: all that the lab's test expects came about in its time, and no two nodes led one term. The interval is \
                 Wilson's, 95 %. A run that failed while the machine stalled counts nowhere."
            }
            @if !of_strategies { p.muted { "No run of the strategies by themselves yet." } }
            @else {
                @for test in tables::TESTS { (tables::passed(self, test)) }
                h2 id="times" { "How long a re-election takes" }
                div.plots {
                    @for plot in &plots { figure.card.plot { (PreEscaped(&plot.svg)) figcaption { (plot.caption) } } }
                }
                (tables::times(self))
            }
            h2 id="notes" { "The two lab notes as they stand" }
            (tables::notes(self))
        };
        let sentences = asked
            .iter()
            .map(|claim| format!("{}: {} ({})", claim.finding.words(), claim.claim, claim.because))
            .collect();
        let cells = experiment.cells.iter().filter_map(|cell| {
            let results = self.cells.get(&Key::of(cell))?;
            let mut numbers = results.numbers();
            numbers["id"] = cell.id.clone().into();
            numbers["axes"] = cell
                .axes
                .iter()
                .map(|(axis, value)| (*axis, value.as_str()))
                .collect::<BTreeMap<_, _>>()
                .into_iter()
                .collect();
            Some(numbers)
        });
        let numbers = json!({ "claims": claims, "cells": cells.collect::<Vec<_>>() });
        Ok(Drawn { body, sentences, alarms: self.alarms(), numbers, plots })
    }
}

#[cfg(test)]
mod tests;
