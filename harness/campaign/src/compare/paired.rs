//! Two versions that are run for this comparison, in pairs: one run of each, on the same schedule and at the same time.
//!
//! A pair takes away what the sides share: the schedule, the machine and the moment. What is left is the ratio of their election
//! times, and whether one of the two failed. After each pair a test asks whether that is enough to answer. Its bets stay honest
//! however often one looks ([`checkers::stats::evidence_above`]), so no user has to guess beforehand how many runs it takes.
//!
//! *The ratio of a pair* is that of the geometric means of the election times of its two runs. Both means are of the same number
//! of elections, the first of each run. Elections of one run are not independent of each other; pairs are.
//!
//! *The chance to err* is one in twenty for everything together. A fifth of it is for failures. The rest is for times, in equal
//! parts for each kind of fault that the schedules are known to have before anything is measured.

use std::collections::BTreeMap;

use crate::results::{Ending, Entry, UNKNOWN_KIND};
use checkers::stats::{Ends, ends, evidence_above, evidence_below};
use serde::{Deserialize, Serialize};

use super::decide::signed;
use super::rates::{Rates, rates};
use super::times::{after, is_to_win, of_run, timed_after};
use super::{Answer, Comparison, Difference, Question, Reason, Side, compare};
use reports::text::{by_percent, count, duration};

/// The chance to call B worse, or not worse, and to be wrong.
const ALPHA: f64 = 0.05;
/// As much of it as goes to failures.
const OF_FAILURES: f64 = 0.2;

/// What is reported of pairs besides their runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PairFacts {
    /// The kinds of faults that take leaders, as the schedules have them.
    pub kinds: u64,
    /// How long it may take, nanoseconds.
    pub budget: u64,
    /// How long it took.
    pub spent: u64,
    /// Why it ended before there was an answer.
    pub unfinished: Option<Unfinished>,
    /// What the sides promise, show and print differently, sentences.
    pub notes: Vec<String>,
    /// Commands that do it again.
    pub commands: Vec<String>,
}

/// Why a comparison ended without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Unfinished {
    /// The budget was spent.
    Budget,
    /// It was interrupted.
    Interrupted,
    /// No run of a side comes about.
    DoesNotRun {
        /// `A` or `B`.
        side: String,
        /// What its last run said.
        why: String,
    },
}

/// What pairs say, in `compare.json`. Times are nanoseconds; ratios are of B to A.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// Pairs of which both runs ended, before the first of which one did not.
    pub pairs: u64,
    /// The chance to err.
    pub alpha: f64,
    /// How long it may take.
    pub budget: u64,
    /// How long it took.
    pub spent: u64,
    /// Why there is no answer, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfinished: Option<Unfinished>,
    /// Election times by the kind of fault.
    pub kinds: Vec<KindOfPairs>,
    /// Pairs in which A failed and B did not.
    pub only_a_failed: u64,
    /// Pairs in which B failed and A did not.
    pub only_b_failed: u64,
    /// The evidence that B fails more often; enough from [`Self::failures_wanted`] on.
    pub failures_evidence: f64,
    /// What is enough.
    pub failures_wanted: f64,
    /// What the sides promise, show and print differently.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Commands that do it again.
    #[serde(default)]
    pub commands: Vec<String>,
}

/// What pairs say of elections after one kind of fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KindOfPairs {
    /// The kind.
    pub fault: String,
    /// Timed to the win.
    pub to_win: bool,
    /// Pairs in which both sides have an election.
    pub pairs: u64,
    /// Elections of A that were timed, in whichever run.
    pub in_a: u64,
    /// Elections of B that were timed.
    pub in_b: u64,
    /// How many times as long an election of B takes: the mean over the pairs.
    pub ratio: f64,
    /// It is not below this; none: nothing is known.
    pub low: Option<f64>,
    /// It is not above this.
    pub high: Option<f64>,
    /// What follows: worse, not worse, or nothing yet.
    pub answer: Answer,
}

/// The answer as it stands. `pairs` are complete, in the order in which they were begun, up to the first that is not.
pub fn compare_pairs(a: &Side, b: &Side, question: &Question, told: PairFacts) -> Comparison {
    let mut comparison = compare(a, b, question);
    let paired = weigh(a, b, question, told);
    let (answer, because) = answer(&paired, &comparison.rates);
    let sentence = sentence(answer, &because, &paired, &comparison, question);
    comparison.answer = answer;
    comparison.reasons = because.iter().map(|_| sentence.clone()).collect();
    comparison.because = because;
    comparison.sentence = sentence;
    comparison.paired = Some(paired);
    comparison
}

fn weigh(a: &Side, b: &Side, question: &Question, told: PairFacts) -> Paired {
    let pairs: Vec<(&Entry, &Entry)> = a.runs.iter().zip(&b.runs).collect();
    let for_times = ALPHA * (1.0 - OF_FAILURES) / told.kinds.max(1) as f64;
    let failed = |run: &Entry| f64::from(u8::from(run.ending() == Ending::Invalid));
    let judged = |run: &Entry| matches!(run.ending(), Ending::Valid | Ending::Invalid | Ending::Unknown);
    let failures: Vec<f64> =
        pairs.iter().filter(|(a, b)| judged(a) && judged(b)).map(|(a, b)| failed(b) - failed(a)).collect();
    let mut kinds: BTreeMap<&str, bool> = BTreeMap::new();
    for kind in pairs.iter().flat_map(|(a, b)| a.digest.by_fault.keys().chain(b.digest.by_fault.keys())) {
        kinds.entry(kind).or_insert_with(|| is_to_win(a, b, kind));
    }
    kinds.remove(UNKNOWN_KIND);
    let mut kinds: Vec<KindOfPairs> =
        kinds.into_iter().map(|(kind, to_win)| of_kind((a, b), kind, to_win, for_times, question)).collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.in_a.min(kind.in_b)));
    Paired {
        pairs: pairs.len() as u64,
        alpha: ALPHA,
        budget: told.budget,
        spent: told.spent,
        unfinished: told.unfinished,
        kinds,
        only_a_failed: failures.iter().filter(|one| **one < 0.0).count() as u64,
        only_b_failed: failures.iter().filter(|one| **one > 0.0).count() as u64,
        failures_evidence: evidence_above(&failures, 0.0),
        failures_wanted: 1.0 / (ALPHA * OF_FAILURES),
        notes: told.notes,
        commands: told.commands,
    }
}

fn of_kind((a, b): (&Side, &Side), kind: &str, to_win: bool, alpha: f64, question: &Question) -> KindOfPairs {
    let [in_a, in_b] = timed_after(a, b, kind);
    let mut logs = Vec::new();
    for (a, b) in a.runs.iter().zip(&b.runs).filter(|(a, b)| has_times(a) && has_times(b)) {
        let (times_a, times_b) = (of_run(a, kind, to_win), of_run(b, kind, to_win));
        let both = times_a.len().min(times_b.len());
        if both > 0 {
            logs.push(mean_log(&times_b[..both]) - mean_log(&times_a[..both]));
        }
    }
    let Ends { low, high } = ends(&logs, alpha);
    let tolerance = (1.0 + question.tolerance).ln();
    let enough = in_a.min(in_b) >= question.elections;
    let answer = match enough {
        true if evidence_above(&logs, tolerance) >= 1.0 / alpha => Answer::Worse,
        true if evidence_below(&logs, tolerance) >= 1.0 / alpha => Answer::NotWorse,
        _ => Answer::Unknown,
    };
    let mean = logs.iter().sum::<f64>() / logs.len().max(1) as f64;
    let finite = |end: f64| end.is_finite().then(|| end.exp());
    KindOfPairs {
        fault: kind.to_owned(),
        to_win,
        pairs: logs.len() as u64,
        in_a,
        in_b,
        ratio: mean.exp(),
        low: finite(low),
        high: finite(high),
        answer,
    }
}

fn has_times(run: &Entry) -> bool {
    matches!(run.ending(), Ending::Valid | Ending::Invalid | Ending::Unknown)
}

fn mean_log(micros: &[u32]) -> f64 {
    micros.iter().map(|&time| f64::from(time.max(1)).ln()).sum::<f64>() / micros.len().max(1) as f64
}

/// The answer that the pairs give already; none while more are needed.
pub fn answer_of_pairs(a: &Side, b: &Side, question: &Question, kinds: u64) -> Option<Answer> {
    let paired = weigh(a, b, question, PairFacts { kinds, ..PairFacts::default() });
    let (answer, _) = answer(&paired, &rates(a, b));
    (answer != Answer::Unknown).then_some(answer)
}

fn answer(paired: &Paired, rates: &Rates) -> (Answer, Vec<Reason>) {
    let mut worse = Vec::new();
    if paired.failures_evidence >= paired.failures_wanted {
        worse.push(Reason::FailsMoreOften);
    }
    let slower = paired.kinds.iter().filter(|kind| kind.answer == Answer::Worse);
    worse.extend(slower.map(|kind| Reason::Slower { quantile: "mean".to_owned(), fault: kind.fault.clone() }));
    if !worse.is_empty() {
        return (Answer::Worse, worse);
    }
    if rates.undecided.worse() {
        return (Answer::Unknown, vec![Reason::UndecidedMoreOften]);
    }
    // A kind that takes a leader now and then only is no reason to go on for ever.
    let awaited: Vec<&KindOfPairs> = paired.kinds.iter().filter(|kind| 4 * kind.pairs >= paired.pairs).collect();
    if !awaited.is_empty() && awaited.iter().all(|kind| kind.answer == Answer::NotWorse) {
        return (Answer::NotWorse, Vec::new());
    }
    if let Some(Unfinished::DoesNotRun { side, .. }) = &paired.unfinished {
        return (Answer::Unknown, vec![Reason::NothingJudged { side: side.clone() }]);
    }
    (Answer::Unknown, vec![Reason::NotYet])
}

/// `B takes 3.10 times as long to elect after a kill (2.71 to 3.55)`.
fn ratio_words(kind: &KindOfPairs) -> String {
    let to_win = if kind.to_win { ", timed to the win," } else { "" };
    let what = format!("elections{}{to_win}", after(&kind.fault));
    if kind.pairs == 0 {
        return format!("no pair of runs has {what} on both sides");
    }
    let interval = match (kind.low, kind.high) {
        (Some(low), Some(high)) => format!("{low:.2} to {high:.2}; "),
        (Some(low), None) => format!("at least {low:.2}; "),
        (None, Some(high)) => format!("at most {high:.2}; "),
        (None, None) => String::new(),
    };
    let (ratio, in_a, in_b) = (kind.ratio, count(kind.in_a, "election"), kind.in_b);
    format!("{what} take {ratio:.2} times as long with B ({interval}{in_a} and {in_b})")
}

fn sentence(
    answer: Answer,
    because: &[Reason],
    paired: &Paired,
    comparison: &Comparison,
    question: &Question,
) -> String {
    let what = match comparison.differences.as_slice() {
        [one] => format!(" ({})", Difference::words(one)),
        _ => String::new(),
    };
    let tolerance = by_percent(question.tolerance);
    let kinds = |wanted: Option<Answer>| {
        let of = paired.kinds.iter().filter(|kind| wanted.is_none_or(|answer| kind.answer == answer));
        of.map(ratio_words).collect::<Vec<_>>().join("; ")
    };
    let failures = match (paired.only_a_failed, paired.only_b_failed) {
        (0, 0) => format!("no run failed on one side only in {}", count(paired.pairs, "pair")),
        (a, b) => format!("in {} only A failed {a} times and only B {b} times", count(paired.pairs, "pair")),
    };
    match answer {
        Answer::Worse => {
            let mut why = Vec::new();
            if because.contains(&Reason::FailsMoreOften) {
                why.push(failures);
            }
            if because.iter().any(|reason| matches!(reason, Reason::Slower { .. })) {
                why.push(format!("{}, by more than {tolerance}", kinds(Some(Answer::Worse))));
            }
            format!("B is worse than A{what}: {}.", why.join("; "))
        }
        Answer::NotWorse => {
            format!(
                "B is not worse than A by more than {tolerance}{what}: {}; {failures}.",
                kinds(Some(Answer::NotWorse))
            )
        }
        Answer::Unknown => {
            let why = match &paired.unfinished {
                Some(Unfinished::DoesNotRun { side, why }) => format!("{side} does not run: {why}"),
                _ if because.contains(&Reason::UndecidedMoreOften) => "more runs of B could not be judged".to_owned(),
                other => {
                    let seen = kinds(None);
                    let seen = if seen.is_empty() { "no election was timed on both sides".to_owned() } else { seen };
                    let pairs = count(paired.pairs, "pair");
                    let ended = match other {
                        Some(Unfinished::Interrupted) => format!("it was interrupted after {pairs}"),
                        // A pair that would not end in time is not begun.
                        _ if paired.spent < paired.budget - paired.budget / 20 => {
                            format!("after {pairs} too little is left of {} for another", duration(paired.budget))
                        }
                        _ => format!("{} are spent after {pairs}", duration(paired.spent)),
                    };
                    let few =
                        paired.kinds.iter().any(|kind| kind.pairs > 0 && kind.in_a.min(kind.in_b) < question.elections);
                    let needs = match few {
                        true => format!("; an answer needs {} timed elections on each side", question.elections),
                        false => String::new(),
                    };
                    format!("{ended}, and {seen}{needs}")
                }
            };
            format!("It is not certain whether B is worse than A by more than {tolerance}{what}: {why}.")
        }
    }
}

impl KindOfPairs {
    /// What the interval says, for the table.
    pub(super) fn change(&self) -> String {
        let end = |end: Option<f64>| end.map_or("?".to_owned(), |end| signed(end - 1.0));
        format!("{} [{}, {}]", signed(self.ratio - 1.0), end(self.low), end(self.high))
    }
}

#[cfg(test)]
mod tests;
