//! What two lab notes claim of the strategies, and what the runs say to it.
//!
//! Every verdict follows from a rule that was written before the runs were looked at, of one of four kinds:
//!
//! - *always passes*: refuted by the first failure that no stall of the machine excuses. Confirmed when the exact one-sided 95 %
//!   bound on the share of failures is below 1 % (300 runs without one). Else not resolved.
//! - *sometimes fails*: confirmed when the lower end of the exact 95 % interval of the share of failures is above 0.1 %. (One
//!   failure in a thousand runs may be anything.) Refuted when its upper end is below 1 %. Else not resolved.
//! - *passes more often*: confirmed when Fisher's exact test finds a difference (p < 5 %) in that direction. Refuted when it
//!   finds one in the other direction. Also refuted when the 95 % interval of the difference (Newcombe) lies within one per cent
//!   of zero, so that no difference is worth a name. Else not resolved.
//! - *is faster*: confirmed when the 95 % bootstrap interval of the difference of the median re-election times, with whole runs
//!   drawn again, lies below zero. Refuted when it lies above, or within 5 % of the median. Else not resolved.
//!
//! Where more than one run in a hundred failed while the machine stalled, a rule finds failures and never their absence.

use checkers::stats::{Sample, Share, bootstrap, clopper_pearson, fisher, newcombe, none_found};
use serde::Serialize;

use super::results::{Results, Z};
use reports::text::{duration, percent};

/// Below this share of failures a test is passed always, above it, it is worth a name.
const RARE: f64 = 0.01;
/// Above this share failures are no accident.
const ACCIDENT: f64 = 0.001;
/// A change of the median by less is none.
const SLIGHT: f64 = 0.05;
/// `strategy`, so that the same runs give the same page.
const SEED: u64 = 0x7374_7261_7465_6779;

/// What the runs say to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Finding {
    /// It holds.
    Confirmed,
    /// It does not.
    Refuted,
    /// There are too few runs to say.
    NotResolved,
}

impl Finding {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Refuted => "refuted",
            Self::NotResolved => "not resolved",
        }
    }
}

/// What a rule says.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) finding: Finding,
    /// The numbers that it follows from.
    pub(super) because: String,
    /// How many runs it rests on; of two sides, the fewer.
    pub(super) runs: u64,
}

/// A claim and what became of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Claim {
    /// What is claimed.
    pub(super) claim: String,
    /// Where it was looked for.
    pub(super) measured: String,
    /// What the runs say.
    pub(super) finding: Finding,
    /// The numbers that it follows from.
    pub(super) because: String,
    /// How many runs it rests on. None: it was not asked.
    pub(super) runs: u64,
    /// The kind of the rule.
    pub(super) rule: &'static str,
}

/// Failures on a machine that stalled were left out, and not so many that what they hide could decide.
fn is_whole(runs: &Results) -> bool {
    runs.stalled as f64 <= RARE * (runs.passed + runs.failed + runs.stalled) as f64
}

pub(super) fn always_passes(runs: &Results) -> Answer {
    let Share { of, all } = runs.share();
    let failed = all - of;
    if failed > 0 {
        let (low, high) = clopper_pearson(failed, all, 0.95);
        let because = format!("{failed} of {all} runs failed ({} to {})", percent(low), percent(high));
        return Answer { finding: Finding::Refuted, because, runs: all };
    }
    let bound = none_found(all, 0.95);
    let finding = if all > 0 && bound < RARE && is_whole(runs) { Finding::Confirmed } else { Finding::NotResolved };
    let because = format!("none of {all} runs failed: at most {} do, with 95 % confidence", percent(bound));
    Answer { finding, because, runs: all }
}

pub(super) fn sometimes_fails(runs: &Results) -> Answer {
    let Share { of, all } = runs.share();
    let (low, high) = clopper_pearson(all - of, all, 0.95);
    let finding = match () {
        () if low > ACCIDENT => Finding::Confirmed,
        () if high < RARE && is_whole(runs) => Finding::Refuted,
        () => Finding::NotResolved,
    };
    let because = format!("{} of {all} runs failed ({} to {})", all - of, percent(low), percent(high));
    Answer { finding, because, runs: all }
}

/// Whether `runs` pass more often than `than`.
pub(super) fn passes_more_often(runs: &Results, than: &Results) -> Answer {
    let (a, b) = (runs.share(), than.share());
    let p = fisher(a, b);
    let (low, high) = newcombe(a, b, Z);
    // Compared without division: a/all against b/all.
    let (left, right) = (u128::from(a.of) * u128::from(b.all), u128::from(b.of) * u128::from(a.all));
    let left_out = runs.stalled + than.stalled;
    let whole = is_whole(runs) && is_whole(than);
    let finding = match () {
        () if a.all == 0 || b.all == 0 => Finding::NotResolved,
        () if !whole && passes_more_often_at_worst(runs, than) => Finding::Confirmed,
        () if !whole => Finding::NotResolved,
        () if p < 0.05 && left > right => Finding::Confirmed,
        () if p < 0.05 || (low > -RARE && high < RARE) => Finding::Refuted,
        () => Finding::NotResolved,
    };
    let mut because = format!(
        "{} of {} against {} of {}: a difference of {:+.1} to {:+.1} points, p = {}",
        a.of,
        a.all,
        b.of,
        b.all,
        low * 100.0,
        high * 100.0,
        if p < 0.0001 { "less than 0.0001".to_owned() } else { format!("{p:.4}") }
    );
    if !whole {
        because += &match finding {
            Finding::Confirmed => {
                format!(", and more often also if all {left_out} that failed in a stall spoke against it")
            }
            _ => format!("; {left_out} that failed in a stall could decide"),
        };
    }
    Answer { finding, because, runs: a.all.min(b.all) }
}

/// Whether that holds even if of the runs that were left out those of `runs` had failed and those of `than` passed.
fn passes_more_often_at_worst(runs: &Results, than: &Results) -> bool {
    let (mut a, mut b) = (runs.share(), than.share());
    a.all += runs.stalled;
    b.all += than.stalled;
    b.of += than.stalled;
    fisher(a, b) < 0.05 && u128::from(a.of) * u128::from(b.all) > u128::from(b.of) * u128::from(a.all)
}

/// Whether the re-elections of `runs` are faster than those of `than`.
pub(super) fn is_faster(runs: &Results, than: &Results) -> Answer {
    let sample = |of: &Results| {
        let blocks: Vec<Vec<(u64, bool)>> =
            of.times.iter().map(|run| run.iter().map(|&time| (time, false)).collect()).collect();
        Sample::new(&blocks)
    };
    // Few runs give intervals that promise more than they hold.
    let timed = runs.times.len().min(than.times.len());
    let enough = timed >= 8;
    let change = bootstrap(&sample(than), &sample(runs), &[0.5], 0.95, SEED).into_iter().next().flatten();
    let Some(change) = change else {
        return Answer { finding: Finding::NotResolved, because: "no elections were timed".into(), runs: 0 };
    };
    let (low, high) = (change.difference.low, change.difference.high);
    let slight = SLIGHT * change.a as f64;
    let finding = match () {
        () if !enough => Finding::NotResolved,
        () if high < 0.0 => Finding::Confirmed,
        () if low > 0.0 || (low > -slight && high < slight) => Finding::Refuted,
        () => Finding::NotResolved,
    };
    let because = format!(
        "the median is {} against {}: a change of {:+.1} to {:+.1} ms",
        duration(change.b),
        duration(change.a),
        low / 1e6,
        high / 1e6
    );
    Answer { finding, because, runs: timed as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(passed: u64, failed: u64) -> Results {
        Results { passed, failed, ..Results::default() }
    }

    fn timed(times: impl Fn(u64) -> u64) -> Results {
        Results {
            times: (0..60).map(|run| (0..4).map(|n| times(run * 4 + n)).collect()).collect(),
            ..Results::default()
        }
    }

    #[test]
    fn one_failure_refutes_always_and_three_hundred_runs_without_one_confirm_it() {
        assert_eq!(always_passes(&runs(300, 0)).finding, Finding::Confirmed);
        assert_eq!(always_passes(&runs(100, 0)).finding, Finding::NotResolved);
        assert_eq!(always_passes(&runs(299, 1)).finding, Finding::Refuted);
        assert_eq!(always_passes(&runs(0, 0)).finding, Finding::NotResolved);
    }

    #[test]
    fn one_failure_in_a_thousand_runs_is_no_habit() {
        assert_eq!(sometimes_fails(&runs(990, 10)).finding, Finding::Confirmed);
        assert_eq!(sometimes_fails(&runs(1200, 0)).finding, Finding::Refuted);
        assert_eq!(sometimes_fails(&runs(999, 1)).finding, Finding::Refuted);
        assert_eq!(sometimes_fails(&runs(100, 0)).finding, Finding::NotResolved);
        assert_eq!(sometimes_fails(&runs(0, 0)).finding, Finding::NotResolved);
    }

    #[test]
    fn failures_that_were_left_out_are_not_taken_for_passes() {
        let busy = Results { stalled: 20, ..runs(1200, 0) };
        assert_eq!(always_passes(&busy).finding, Finding::NotResolved);
        assert_eq!(sometimes_fails(&busy).finding, Finding::NotResolved);
        assert_eq!(passes_more_often(&busy, &runs(1200, 0)).finding, Finding::NotResolved);
        let (most, few) = (Results { stalled: 15, ..runs(113, 32) }, Results { stalled: 35, ..runs(4, 121) });
        let Answer { finding, because, .. } = passes_more_often(&most, &few);
        assert!(finding == Finding::Confirmed && because.contains("all 50"), "the stalls cannot decide: {because}");
        let few = Results { stalled: 120, ..runs(4, 36) };
        let Answer { finding, because, .. } = passes_more_often(&most, &few);
        assert!(finding == Finding::NotResolved && because.contains("135"), "the stalls could: {because}");
        assert_eq!(sometimes_fails(&Results { stalled: 20, ..runs(100, 5) }).finding, Finding::Confirmed);
    }

    #[test]
    fn a_difference_of_rates_has_a_direction_and_a_size() {
        assert_eq!(passes_more_often(&runs(600, 0), &runs(560, 40)).finding, Finding::Confirmed);
        assert_eq!(passes_more_often(&runs(560, 40), &runs(600, 0)).finding, Finding::Refuted);
        assert_eq!(passes_more_often(&runs(600, 0), &runs(600, 0)).finding, Finding::Refuted);
        assert_eq!(passes_more_often(&runs(20, 0), &runs(20, 0)).finding, Finding::NotResolved);
        assert_eq!(passes_more_often(&runs(0, 0), &runs(20, 0)).finding, Finding::NotResolved);
    }

    #[test]
    fn faster_means_that_the_median_is_lower_by_more_than_chance() {
        let base = |n: u64| 150_000_000 + (n * 7919 % 150) * 1_000_000;
        let (slow, same, fast) = (timed(|n| base(n) + 40_000_000), timed(base), timed(|n| base(n + 3)));
        assert_eq!(is_faster(&same, &slow).finding, Finding::Confirmed);
        assert_eq!(is_faster(&slow, &same).finding, Finding::Refuted);
        assert_ne!(is_faster(&fast, &same).finding, Finding::Confirmed);
        assert_eq!(is_faster(&Results::default(), &same).finding, Finding::NotResolved);
    }
}
