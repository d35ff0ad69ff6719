//! Is B worse? The rule, to the letter.
//!
//! *Worse*: B's share of `invalid` among the judged runs is higher, with p < 0.05 in Fisher's exact test. Or the lower end of the
//! interval of a judged quantile's relative change lies above the tolerance. *Unknown*: not worse, and a side has too few runs or
//! elections to be judged, or significantly more of B's runs could not be judged. *Not worse*: neither.

use serde::{Deserialize, Serialize};

use super::times::LEAST_RUNS;
use super::{ComparedRate, Difference, OfKind, QuantileChange, Question, Rates, Redrawn, Side};
use reports::text::{by_percent, count, duration};

/// Whether B is worse than A.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It was not shown to be.
    NotWorse,
    /// There is too little to say.
    Unknown,
    /// It certainly is, by more than the tolerance.
    Worse,
}

/// Why a comparison has its answer. The numbers stand in the comparison itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Reason {
    /// Worse: more of B's judged runs broke a promise.
    FailsMoreOften,
    /// Worse: a quantile of the election times is longer.
    Slower {
        /// Which, such as `p50`.
        quantile: String,
        /// What took the leader, `kill` for example.
        #[serde(default)]
        fault: String,
    },
    /// Unknown: no run of a side was judged.
    NothingJudged {
        /// `A` or `B`.
        side: String,
    },
    /// Unknown: a side has too few elections.
    TooFewElections {
        /// `A` or `B`.
        side: String,
    },
    /// Unknown: too few runs show how much runs differ among themselves.
    TooFewRuns,
    /// Unknown: pairs were run, and there are not enough of them yet.
    NotYet,
    /// Unknown: more of B's runs could not be judged.
    UndecidedMoreOften,
    /// One of another version.
    #[serde(untagged)]
    Foreign(serde_json::Value),
}

/// What keeps a comparison from meaning more than it says. The numbers stand in the comparison itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Caution {
    /// The sides were set up alike as far as is known.
    SetUpAlike,
    /// They differ in more than one thing.
    SeveralDifferences,
    /// The intervals hold within the runs at hand.
    WithinRuns,
    /// In runs of a side the machine or the harness stalled, and times of elections are left out for it.
    Stalled {
        /// `A` or `B`.
        side: String,
    },
    /// Elections of a side have no time.
    Untimed {
        /// `A` or `B`.
        side: String,
    },
    /// More of B's runs stalled.
    StalledMoreOften,
    /// Elections after faults of a kind are timed to the win, because a side does not show which nodes follow.
    ToWin {
        /// The kind.
        fault: String,
    },
    /// Elections after faults of a kind are too few to be judged.
    TooFewOfKind {
        /// The kind.
        fault: String,
    },
    /// One of another version.
    #[serde(untagged)]
    Foreign(serde_json::Value),
}

/// Values, each with its sentence.
type WithSentence<T> = Vec<(T, String)>;

pub(super) struct Decision {
    pub(super) answer: Answer,
    pub(super) sentence: String,
    pub(super) reasons: WithSentence<Reason>,
}

fn sentences<T>(told: &[(T, String)]) -> String {
    told.iter().map(|(_, sentence)| sentence.as_str()).collect::<Vec<_>>().join("; ")
}

pub(super) fn decide(rates: &Rates, kinds: &[OfKind], question: &Question) -> Decision {
    let worse = proofs(rates, kinds, question.tolerance);
    if !worse.is_empty() {
        let sentence = format!("B is worse than A: {}.", sentences(&worse));
        return Decision { answer: Answer::Worse, sentence, reasons: worse };
    }
    let lacking = lacking(rates, kinds, question);
    if !lacking.is_empty() {
        let sentence = format!("It is not certain whether B is worse than A: {}.", sentences(&lacking));
        return Decision { answer: Answer::Unknown, sentence, reasons: lacking };
    }
    let judged = kinds.iter().flat_map(|kind| kind.times.judged().map(move |quantile| (kind, quantile)));
    let open: Vec<String> = judged.filter_map(|(kind, quantile)| still_possible(kind, quantile, question)).collect();
    let open = if open.is_empty() { String::new() } else { format!("; it may still be: {}", open.join(", ")) };
    let sentence = format!(
        "B is not shown to be worse than A: {} against {} failed, {}{open}.",
        tally(&rates.failed, false),
        tally(&rates.failed, true),
        changes(kinds)
    );
    Decision { answer: Answer::NotWorse, sentence, reasons: Vec::new() }
}

fn proofs(rates: &Rates, kinds: &[OfKind], tolerance: f64) -> WithSentence<Reason> {
    let mut proofs = Vec::new();
    if rates.failed.worse() {
        let sentence = format!(
            "{} failed against {} of A ({})",
            tally(&rates.failed, false),
            tally(&rates.failed, true),
            equation(rates.failed.p)
        );
        proofs.push((Reason::FailsMoreOften, sentence));
    }
    for (kind, quantile) in kinds.iter().flat_map(|kind| kind.times.judged().map(move |quantile| (kind, quantile))) {
        if quantile.relative[0].is_some_and(|low| low > tolerance) {
            let sentence = format!(
                "{} of the election time{} is longer by {} ({} to {}), by more than {} with 95 % confidence",
                quantile.name(),
                kind.after(),
                format_args!("{:.1} %", quantile.ratio() * 100.0),
                duration(quantile.a),
                duration(quantile.b),
                by_percent(tolerance)
            );
            proofs.push((Reason::Slower { quantile: quantile.name(), fault: kind.fault.clone() }, sentence));
        }
    }
    proofs
}

fn lacking(rates: &Rates, kinds: &[OfKind], question: &Question) -> WithSentence<Reason> {
    let mut lacking = Vec::new();
    for (side, tally) in [("A", &rates.failed.a), ("B", &rates.failed.b)] {
        if tally.all == 0 {
            lacking.push((Reason::NothingJudged { side: side.to_owned() }, format!("no run of {side} was judged")));
        }
    }
    // The kind with the most: where it has too few, every kind has.
    let (in_a, in_b) = kinds.first().map_or((0, 0), |kind| (kind.times.in_a, kind.times.in_b));
    for (side, elections) in [("A", in_a), ("B", in_b)] {
        if elections < question.elections {
            let least = question.elections;
            let after = kinds.first().map(OfKind::after).filter(|after| !after.is_empty());
            let after = after.unwrap_or_else(|| " after a fault".to_owned());
            let sentence = format!("{side} has {}{after}, fewer than {least}", count(elections, "election"));
            lacking.push((Reason::TooFewElections { side: side.to_owned() }, sentence));
        }
    }
    let stretches = kinds.first().is_none_or(|kind| kind.times.drawn == Redrawn::Stretches);
    if stretches && !question.within_runs {
        let (a, b) = kinds.first().map_or((0, 0), |kind| (kind.times.runs_in_a, kind.times.runs_in_b));
        let sentence = format!(
            "elections come from {} of A and {} of B, and fewer than {LEAST_RUNS} do not show how much runs differ \
             among themselves (--within-runs decides for these very runs)",
            count(a, "run"),
            count(b, "run")
        );
        lacking.push((Reason::TooFewRuns, sentence));
    }
    if rates.undecided.worse() {
        let sentence = format!(
            "{} could not be judged against {} of A ({})",
            tally(&rates.undecided, false),
            tally(&rates.undecided, true),
            equation(rates.undecided.p)
        );
        lacking.push((Reason::UndecidedMoreOften, sentence));
    }
    lacking
}

/// What keeps a comparison from meaning more than it says.
pub(super) fn warnings(
    a: &Side,
    b: &Side,
    differences: &[Difference],
    rates: &Rates,
    kinds: &[OfKind],
) -> WithSentence<Caution> {
    let mut warnings = Vec::new();
    match differences {
        // The set-up of no run is unknown.
        [] if a.runs.is_empty() || b.runs.is_empty() => {}
        [] => warnings.push((
            Caution::SetUpAlike,
            "A and B were set up alike as far as they say, so what differs is chance, the machine, or something that \
             they do not record."
                .to_owned(),
        )),
        [_] => {}
        several => {
            let words: Vec<String> = several.iter().map(Difference::words).collect();
            let sentence = format!(
                "A and B differ in more than one thing, and nothing can tell which of them made the difference: {}.",
                words.join("; ")
            );
            warnings.push((Caution::SeveralDifferences, sentence));
        }
    }
    if kinds.iter().any(|kind| kind.times.drawn == Redrawn::Stretches && !kind.times.quantiles.is_empty()) {
        let sentence = "The intervals come from stretches of consecutive elections within the runs at hand: they say how sure the \
             difference between these runs is, and nothing about other runs of the same systems.";
        warnings.push((Caution::WithinRuns, sentence.to_owned()));
    }
    for kind in kinds.iter().filter(|kind| kind.to_win) {
        let sentence = format!(
            "Elections{} are timed to the win on both sides, not until a majority follows: one of the sides does not show who \
             follows.",
            kind.after()
        );
        warnings.push((Caution::ToWin { fault: kind.fault.clone() }, sentence));
    }
    for kind in kinds.iter().skip(1).filter(|kind| kind.times.judged().next().is_none()) {
        let (a, b) = (kind.times.in_a, kind.times.in_b);
        let sentence = format!("Elections{} are too few to be judged: {a} of A and {b} of B.", kind.after());
        warnings.push((Caution::TooFewOfKind { fault: kind.fault.clone() }, sentence));
    }
    let to_win = kinds.iter().any(|kind| kind.to_win);
    for (side, name) in [(a, "A"), (b, "B")] {
        let left_out = if to_win { side.wins_stalled() } else { side.times_stalled() };
        if left_out > 0 {
            let all = side.runs.len() as u64;
            let sentence = format!(
                "In {} of {} of {name} the machine or the harness stalled; the times of {} that a stall overlapped \
                 are left out.",
                side.stalled(),
                count(all, "run"),
                count(left_out, "election")
            );
            warnings.push((Caution::Stalled { side: name.to_owned() }, sentence));
        }
        let untimed = side.untimed();
        if untimed > 0 && !to_win {
            let sentence = format!(
                "{} of {name} after a fault without a time: no majority was certain before the leader was followed, or \
                 an older version recorded times that contain the fault.",
                if untimed == 1 { "1 election is".to_owned() } else { format!("{untimed} elections are") }
            );
            warnings.push((Caution::Untimed { side: name.to_owned() }, sentence));
        }
    }
    if rates.stalled.worse() {
        let sentence = format!(
            "Significantly more runs of B stalled ({}): B may need more of the machine, or it ran on a busier one.",
            equation(rates.stalled.p)
        );
        warnings.push((Caution::StalledMoreOften, sentence));
    }
    warnings
}

fn still_possible(kind: &OfKind, quantile: &QuantileChange, question: &Question) -> Option<String> {
    let high = quantile.relative[1];
    if high.is_some_and(|high| high <= question.tolerance) {
        return None;
    }
    let by = high.map_or("any amount".to_owned(), |high| format!("{:.1} %", high * 100.0));
    Some(format!("{}{} longer by up to {by}", quantile.name(), kind.after()))
}

fn changes(kinds: &[OfKind]) -> String {
    let words: Vec<String> = kinds
        .iter()
        .filter_map(|kind| {
            let words: Vec<String> = kind
                .times
                .judged()
                .map(|quantile| format!("{} {}", quantile.name(), signed(quantile.ratio())))
                .collect();
            (!words.is_empty()).then(|| format!("election times{} {}", kind.after(), words.join(", ")))
        })
        .collect();
    if words.is_empty() { "no quantile can be judged".to_owned() } else { words.join("; ") }
}

fn tally(rate: &ComparedRate, of_a: bool) -> String {
    let tally = if of_a { &rate.a } else { &rate.b };
    format!("{} of {}", tally.of, count(tally.all, "run"))
}

/// `+12.0 %`.
pub(super) fn signed(share: f64) -> String {
    format!("{:+.1} %", share * 100.0).replace('-', "−")
}

/// A p-value in a sentence.
fn equation(p: f64) -> String {
    if p < 0.0001 { "p < 0.0001".to_owned() } else { format!("p = {}", probability(p)) }
}

/// A p-value in a table.
pub(super) fn probability(p: f64) -> String {
    if p < 0.0001 { "less than 0.0001".to_owned() } else { format!("{p:.4}") }
}
