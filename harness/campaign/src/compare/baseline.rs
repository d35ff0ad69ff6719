//! A baseline: election times that were good, in a few kilobytes, to be committed; and whether runs are certainly worse.
//!
//! A bound catches an election that never comes, not one that takes ten times as long: it must be far beyond the slowest honest
//! one. So a project keeps its own times. Runs of then and of now are not pairs, and the machine may be another, so three things are
//! different from a comparison in pairs:
//!
//! - Runs are dealt into groups anew ([`checkers::stats::permuted_above`]), an exact test. Of builds that are alike at most one
//!   in twenty is called worse. In truth it is far fewer, for worse means worse by more than the tolerance.
//! - Each side has a [`Machine`]: how long a piece of work takes, and a step of an election (wake up, send, make durable). Where
//!   the machine of now is slower, times of now are made shorter by as much before they may convict. They are never made longer:
//!   most of an election is a timeout, and no machine shortens that.
//! - For the same reason nothing is called good by shortened times. What is worse as it stands and not worse when shortened cannot be
//!   told: 2.

mod sound;

use std::collections::BTreeMap;
use std::path::Path;

use crate::results::{Entry, UNKNOWN_KIND};
use checkers::stats::permuted_above;
use serde::{Deserialize, Serialize};

use super::times::{after, is_to_win, of_run};
use super::{Answer, Side};
use reports::text::{by_percent, clean, count};

/// The version of a baseline.
pub(super) const SCHEMA: u32 = 1;
/// The fewest runs with elections of a kind that say anything.
pub const LEAST_RUNS: usize = 5;
/// The most runs that are kept, and the most elections of each: a few kilobytes.
const MOST: usize = 24;
/// The chance to call builds that are alike worse.
const ALPHA: f64 = 0.05;
/// So many steps one after the other are in an election: to ask for votes, to grant them, to lead, to be followed.
const STEPS: u64 = 4;
/// `base`, so that the same files give the same answer.
const SEED: u64 = 0x6261_7365;

/// How fast a machine was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// How long a fixed piece of work took one processor, nanoseconds.
    pub work: u64,
    /// How long a step takes: to be woken, to exchange a message on loopback, to make a page durable. Nanoseconds.
    pub step: u64,
}

/// The contents of a baseline. Times are microseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Its version, 1.
    pub schema: u32,
    pub system: String,
    /// The version of its program, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The workloads, in alphabetical order.
    pub workloads: Vec<String>,
    /// How many nodes, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<usize>,
    pub networks: Vec<String>,
    /// When it was saved, RFC 3339.
    pub saved: String,
    /// The machine that it was measured on.
    pub machine: Machine,
    /// Election times by the kind of fault.
    pub kinds: BTreeMap<String, Times>,
}

/// Election times after faults of one kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// To the win, because the system does not show which nodes follow.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub to_win: bool,
    /// Of each run, microseconds.
    pub runs: Vec<Vec<u32>>,
}

/// Why a baseline cannot be used: a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// It is no baseline of this version.
    #[error("{0}")]
    Schema(String),
    /// It is of other runs.
    #[error("it is of {what} {of}, and these runs are of {now}; save one of these with --save-baseline")]
    Other {
        /// `the system` or `the workload`.
        what: &'static str,
        /// What it is of.
        of: String,
        /// What is run.
        now: String,
    },
    /// There is too little to save.
    #[error(
        "no kind of fault has timed elections from {LEAST_RUNS} runs; give more seeds, or a workload that takes leaders away"
    )]
    TooLittle,
}

impl Baseline {
    /// Reads one.
    ///
    /// # Errors
    /// It is none, or of another schema; or it holds what no measurement gives.
    pub fn read(text: &str) -> Result<Self, BaselineError> {
        let schema = |why: String| BaselineError::Schema(format!("{why}; save one with --save-baseline"));
        let json: serde_json::Value =
            serde_json::from_str(text).map_err(|error| schema(format!("it is no baseline ({error})")))?;
        match json.get("schema").and_then(serde_json::Value::as_u64) {
            Some(found) if found == u64::from(SCHEMA) => {}
            Some(found) => {
                return Err(schema(format!("it is a baseline of schema {found}, and this reads schema {SCHEMA}")));
            }
            None => return Err(schema("it is no baseline, for it has no schema".to_owned())),
        }
        let baseline: Self =
            serde_json::from_value(json).map_err(|error| schema(format!("it is no baseline ({error})")))?;
        sound::unsound(&baseline).map_or(Ok(baseline), |wrong| Err(schema(wrong)))
    }

    /// Whether it is of such runs.
    ///
    /// # Errors
    /// It is of another system, other workloads or another number of nodes.
    pub fn fits(&self, system: &str, workloads: &[String], nodes: Option<usize>) -> Result<(), BaselineError> {
        let other = |what, of: &str, now: &str| BaselineError::Other { what, of: clean(of, 80), now: clean(now, 80) };
        if self.system != system {
            return Err(other("the system", &self.system, system));
        }
        if self.workloads != workloads {
            return Err(other("the workload", &self.workloads.join(", "), &workloads.join(", ")));
        }
        let number =
            |nodes: Option<usize>| nodes.map_or("as many as the system has".to_owned(), |nodes| nodes.to_string());
        if self.nodes != nodes {
            return Err(other("nodes, by number,", &number(self.nodes), &number(nodes)));
        }
        Ok(())
    }

    /// Of runs that were good.
    ///
    /// # Errors
    /// There are too few elections.
    pub fn of(
        side: &Side,
        system: &str,
        workloads: Vec<String>,
        nodes: Option<usize>,
        machine: Machine,
        saved: String,
    ) -> Result<Self, BaselineError> {
        let mut kinds = BTreeMap::new();
        for kind in side.timed().flat_map(|run| run.digest.by_fault.keys()).filter(|kind| *kind != UNKNOWN_KIND) {
            if !kinds.contains_key(kind) {
                let to_win = is_to_win(side, side, kind);
                let runs: Vec<Vec<u32>> = of_kind(side, kind, to_win).into_iter().take(MOST).collect();
                kinds.insert(kind.clone(), Times { to_win, runs });
            }
        }
        kinds.retain(|_, times| times.runs.len() >= LEAST_RUNS);
        if kinds.is_empty() {
            return Err(BaselineError::TooLittle);
        }
        let version = side.runs.iter().find_map(|run| run.version.clone());
        let networks = networks(&side.runs);
        Ok(Self {
            schema: SCHEMA,
            system: system.to_owned(),
            version,
            workloads,
            nodes,
            networks,
            saved,
            machine,
            kinds,
        })
    }
}

/// The times of each run that has any, at most so many of each. None is 0, for a time is at least as long as its unit.
fn of_kind(side: &Side, kind: &str, to_win: bool) -> Vec<Vec<u32>> {
    let times = side
        .timed()
        .map(|run| of_run(run, kind, to_win).iter().map(|&time| time.max(1)).take(MOST).collect::<Vec<u32>>());
    times.filter(|times| !times.is_empty()).collect()
}

fn networks(runs: &[Entry]) -> Vec<String> {
    let mut networks: Vec<String> = runs.iter().map(|run| run.network.clone()).filter(|one| !one.is_empty()).collect();
    networks.sort();
    networks.dedup();
    networks
}

/// The name of the file that says what runs are beside a baseline.
pub const AGAINST: &str = "baseline.json";

/// What runs are beside a baseline: the contents of `baseline.json` in their folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Against {
    /// Its version, 1.
    pub schema: u32,
    /// Whether they are worse.
    pub answer: Answer,
    pub sentence: String,
    /// By how much election times may be longer.
    pub tolerance: f64,
    /// How much slower the machine of now is at work: 1 where it is not.
    pub slower: f64,
    /// By how much an election is later for the machine's slower steps, nanoseconds.
    pub later: u64,
    /// Each kind of fault that both have.
    pub kinds: Vec<AgainstKind>,
}

/// Elections after faults of one kind, beside a baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgainstKind {
    /// The kind.
    pub fault: String,
    /// Runs of the baseline.
    pub runs_then: u64,
    /// Runs of now.
    pub runs_now: u64,
    /// How many times as long an election takes now, as it stands.
    pub ratio: f64,
    /// The p-value of "not worse by more than the tolerance", times shortened by what the machine is slower.
    pub p_worse: f64,
    /// The p-value of "worse by more than the tolerance", times as they stand.
    pub p_not_worse: f64,
    /// What follows.
    pub answer: Answer,
}

impl Against {
    /// Reads what a folder of runs says of them; none where they were compared with no baseline.
    pub fn read(folder: &Path) -> Option<Self> {
        let json = std::fs::read(folder.join(AGAINST)).ok()?;
        serde_json::from_slice(&json).ok().filter(|against: &Self| against.schema == SCHEMA)
    }
}

/// Compares runs with a baseline.
pub fn against(baseline: &Baseline, side: &Side, machine: Machine, tolerance: f64) -> Against {
    let slower = (machine.work as f64 / baseline.machine.work.max(1) as f64).max(1.0);
    let later = STEPS * machine.step.saturating_sub(baseline.machine.step);
    let shorten = |micros: f64| (micros / slower - later as f64 / 1000.0).max(1.0);
    let by = (1.0 + tolerance).ln();
    let alpha = ALPHA / baseline.kinds.len().max(1) as f64;
    let mut kinds = Vec::new();
    for (fault, then) in &baseline.kinds {
        let now = of_kind(side, fault, then.to_win);
        let a: Vec<f64> = then.runs.iter().filter(|run| !run.is_empty()).map(|run| mean_log(run, |t| t)).collect();
        let b: Vec<f64> = now.iter().map(|run| mean_log(run, |t| t)).collect();
        let shortened: Vec<f64> = now.iter().map(|run| mean_log(run, shorten)).collect();
        let (p_worse, p_not_worse) = (permuted_above(&a, &shortened, by, SEED), permuted_above(&b, &a, -by, SEED));
        let enough = a.len().min(b.len()) >= LEAST_RUNS;
        let answer = match enough {
            true if p_worse <= alpha => Answer::Worse,
            true if p_not_worse <= alpha => Answer::NotWorse,
            _ => Answer::Unknown,
        };
        let mean = |logs: &[f64]| logs.iter().sum::<f64>() / logs.len().max(1) as f64;
        kinds.push(AgainstKind {
            fault: fault.clone(),
            runs_then: a.len() as u64,
            runs_now: b.len() as u64,
            ratio: if b.is_empty() { 0.0 } else { (mean(&b) - mean(&a)).exp() },
            p_worse,
            p_not_worse,
            answer,
        });
    }
    let elsewhere = networks(&side.runs) != baseline.networks;
    let answer = match () {
        () if elsewhere => Answer::Unknown,
        () if kinds.iter().any(|kind| kind.answer == Answer::Worse) => Answer::Worse,
        () if !kinds.is_empty() && kinds.iter().all(|kind| kind.answer == Answer::NotWorse) => Answer::NotWorse,
        () => Answer::Unknown,
    };
    let mut against = Against { schema: SCHEMA, answer, sentence: String::new(), tolerance, slower, later, kinds };
    against.sentence = if elsewhere {
        let (then, now) = (baseline.networks.join(", "), networks(&side.runs).join(", "));
        format!(
            "It is not certain whether elections are worse than the baseline's: it was measured on the network {then}, these on {now}."
        )
    } else {
        sentence(&against)
    };
    against
}

fn mean_log(micros: &[u32], shorten: impl Fn(f64) -> f64) -> f64 {
    micros.iter().map(|&time| shorten(f64::from(time.max(1))).ln()).sum::<f64>() / micros.len().max(1) as f64
}

fn sentence(against: &Against) -> String {
    let words = |wanted: Option<Answer>| {
        let of = against.kinds.iter().filter(|kind| wanted.is_none_or(|answer| kind.answer == answer));
        let one = |kind: &AgainstKind| match kind.runs_now {
            0 => format!("no election{} was timed", after(&kind.fault)),
            runs => format!(
                "{:.2} times the baseline's{} ({}, {} then)",
                kind.ratio,
                after(&kind.fault),
                count(runs, "run"),
                kind.runs_then
            ),
        };
        of.map(one).collect::<Vec<_>>().join("; ")
    };
    let tolerance = by_percent(against.tolerance);
    let machine = match against.slower {
        slower if slower > 1.05 => {
            format!("; this machine is {slower:.2} times as slow, and that is taken into account")
        }
        _ => String::new(),
    };
    match against.answer {
        Answer::Worse => {
            format!(
                "Election times are worse than the baseline's by more than {tolerance}: {}{machine}.",
                words(Some(Answer::Worse))
            )
        }
        Answer::NotWorse => {
            format!("Election times are not worse than the baseline's by more than {tolerance}: {}.", words(None))
        }
        Answer::Unknown => format!(
            "It is not certain whether election times are worse than the baseline's by more than {tolerance}: {}{machine}; more seeds \
             tell more.",
            words(Some(Answer::Unknown))
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::results::FaultTimes;

    use super::super::tests::{run, side};
    use super::*;

    const MACHINE: Machine = Machine { work: 10_000_000, step: 200_000 };

    /// Runs of four elections of 150 to 300 ms after a kill, each run with a mood of its own.
    fn runs(seed: u64, count: u64, slower: f64) -> Side {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let entries = (0..count).map(|number| {
            let mood = 1.0 + draw(100) as f64 / 1000.0;
            let times = (0..4).map(|_| ((150_000 + draw(150_000)) as f64 * mood * slower) as u32).collect();
            let mut entry = run(number, 0, Default::default());
            entry.digest.by_fault.insert("kill".into(), FaultTimes { without_leader: times, ..FaultTimes::default() });
            entry
        });
        side("now", entries.collect(), &[])
    }

    fn saved(seed: u64) -> Baseline {
        Baseline::of(&runs(seed, 8, 1.0), "reference", vec!["leader-crash".into()], None, MACHINE, "now".into())
            .unwrap()
    }

    #[test]
    fn a_factor_of_three_is_found_with_eight_runs_and_equals_are_called_worse_in_none_of_a_hundred_reruns() {
        for seed in 0..5 {
            let baseline = saved(seed);
            assert_eq!(against(&baseline, &runs(seed + 50, 8, 3.0), MACHINE, 0.25).answer, Answer::Worse);
            let answers: Vec<Answer> = (0..20)
                .map(|rerun| against(&baseline, &runs(1000 + 20 * seed + rerun, 8, 1.0), MACHINE, 0.25).answer)
                .collect();
            let worse = answers.iter().filter(|answer| **answer == Answer::Worse).count();
            let good = answers.iter().filter(|answer| **answer == Answer::NotWorse).count();
            assert!(worse == 0 && good >= 17, "{answers:?}");
        }
    }

    #[test]
    fn what_is_slower_by_exactly_the_tolerance_is_called_worse_no_more_often_than_it_may_be() {
        let wrong = (0..40).filter(|&seed| {
            let answer = against(&saved(seed), &runs(seed + 500, 8, 1.25), MACHINE, 0.25).answer;
            answer == Answer::Worse
        });
        assert!(wrong.count() <= 5);
    }

    #[test]
    fn a_slower_machine_convicts_nobody_and_a_faster_one_hides_nothing() {
        let baseline = saved(1);
        let slow = Machine { work: 3 * MACHINE.work, ..MACHINE };
        let tired = against(&baseline, &runs(60, 8, 3.0), slow, 0.25);
        assert_eq!(tired.answer, Answer::Unknown, "{}", tired.sentence);
        assert!(tired.sentence.contains("3.00 times as slow"), "{}", tired.sentence);
        let fast = Machine { work: MACHINE.work / 3, step: 1 };
        assert_eq!(against(&baseline, &runs(60, 8, 1.0), fast, 0.25).answer, Answer::NotWorse);
        assert_eq!(against(&baseline, &runs(60, 8, 3.0), fast, 0.25).answer, Answer::Worse);
        let disk = Machine { step: MACHINE.step + 100_000_000, ..MACHINE };
        assert_eq!(against(&baseline, &runs(60, 8, 2.0), disk, 0.25).answer, Answer::Unknown);
    }

    #[test]
    fn a_tolerance_of_more_than_all_is_told_as_it_is() {
        let against = against(&saved(1), &runs(60, 8, 3.0), MACHINE, 8.0);
        assert_eq!(against.answer, Answer::NotWorse);
        assert!(against.sentence.contains("by more than 800.0 %"), "{}", against.sentence);
    }

    #[test]
    fn few_runs_and_other_networks_say_nothing() {
        let baseline = saved(1);
        assert_eq!(against(&baseline, &runs(60, 4, 3.0), MACHINE, 0.25).answer, Answer::Unknown);
        assert_eq!(against(&baseline, &side("now", vec![], &[]), MACHINE, 0.25).answer, Answer::Unknown);
        let mut elsewhere = runs(60, 8, 3.0);
        elsewhere.runs.iter_mut().for_each(|run| run.network = "proxy".into());
        assert!(
            against(&baseline, &elsewhere, MACHINE, 0.25).sentence.contains("on the network switch, these on proxy")
        );
        let empty = Baseline { kinds: BTreeMap::new(), ..saved(1) };
        assert_eq!(against(&empty, &runs(60, 8, 1.0), MACHINE, 0.25).answer, Answer::Unknown);
        let few = Baseline::of(&runs(1, 4, 1.0), "reference", vec![], None, MACHINE, String::new());
        assert_eq!(few, Err(BaselineError::TooLittle));
    }

    #[test]
    fn a_time_below_a_microsecond_is_saved_so_that_it_can_be_read() {
        let mut quick = runs(1, 8, 1.0);
        quick.runs.iter_mut().for_each(|run| run.digest.by_fault.get_mut("kill").unwrap().without_leader[0] = 0);
        let saved = Baseline::of(&quick, "reference", vec![], None, MACHINE, String::new()).unwrap();
        assert_eq!(saved.kinds["kill"].runs[0][0], 1);
        assert_eq!(Baseline::read(&serde_json::to_string(&saved).unwrap()), Ok(saved));
    }

    #[test]
    fn a_baseline_is_small_is_read_again_and_one_of_another_kind_is_refused_in_a_sentence() {
        let big =
            Baseline::of(&runs(1, 300, 1.0), "etcd", vec!["leader-crash".into()], None, MACHINE, "now".into()).unwrap();
        let text = serde_json::to_string(&big).unwrap();
        assert!(text.len() < 8000, "{}", text.len());
        assert_eq!(Baseline::read(&text).unwrap(), big);
        let fits =
            |system, workload: &str| big.fits(system, &[workload.to_owned()], None).map_err(|error| error.to_string());
        assert!(fits("etcd", "leader-crash").is_ok());
        assert!(fits("nats", "leader-crash").unwrap_err().contains("of the system etcd, and these runs are of nats"));
        assert!(fits("etcd", "chaos").unwrap_err().contains("of the workload leader-crash"));
        let later = text.replace("\"schema\":1", "\"schema\":9");
        assert!(Baseline::read(&later).unwrap_err().to_string().contains("schema 9"));
        for none in ["", "[]", "{}", "{\"schema\":1}", "{\"schema\":\"x\"}"] {
            assert!(Baseline::read(none).unwrap_err().to_string().contains("no baseline"), "{none}");
        }
    }
}
