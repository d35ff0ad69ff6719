//! What a campaign proves, said honestly.
//!
//! That nothing was found in so many trials does not mean that there is nothing. If a failure came once in X trials, then fewer
//! than about 3·X trials would have missed it more than once in twenty times. That is the rule of three; exactly, it is Clopper
//! and Pearson's one-sided bound. So "no violation in 41,000 elections" is worth "fewer than 1 in 13,700", at 95 %, and no more.
//!
//! It is said twice: for elections, which is what one wants to know, and for runs, which is what the mathematics holds for. The
//! elections of one run share a cluster, a schedule and a machine. If bad luck comes by the run, a thousand elections in ten runs
//! are ten trials and not a thousand. Runs that were not judged count for nothing, and so do those that a search drew: it does
//! not draw by chance.

use history::numbers::{count, grouped, rate as percent};

use super::{Ending, Tally};
use checkers::stats;

/// How sure one wants to be.
const CONFIDENCE: f64 = 0.95;
/// The two-sided quantile of the normal distribution for that.
pub(crate) const Z: f64 = 1.96;

/// A share of runs with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// Both ends of the 95 % interval of Wilson for the share, 0 to 1.
    pub interval: (f64, f64),
}

impl Rate {
    /// So many of so many.
    pub(crate) fn of(count: u64, of: u64) -> Self {
        Self { count, of, interval: stats::wilson(count, of, Z) }
    }

    /// The share, 0 to 1; none of none is 0.
    pub(crate) fn share(&self) -> f64 {
        if self.of == 0 { 0.0 } else { self.count as f64 / self.of as f64 }
    }
}

/// What a campaign proves, one or two sentences.
pub(crate) fn sentence(tally: &Tally) -> String {
    let (runs, invalid) = (tally.runs.decided(), tally.runs.ended(Ending::Invalid));
    let judged = tally.runs.judged;
    let left_out = tally.runs.total() - runs;
    let mut out = match (runs, invalid) {
        (0, _) => "No run was judged, so nothing can be said.".to_owned(),
        (_, 0) if judged == 0 => {
            format!("No violation in {}: at 95 %, fewer than {}.", count(runs, "run"), one_in(runs))
        }
        (_, 0) => format!(
            "No violation in {}: at 95 %, fewer than {}; by runs, whose elections are not independent of each other, none in \
             {}, fewer than {}.",
            count(judged, "election"),
            one_in(judged),
            grouped(runs),
            one_in(runs),
        ),
        _ => {
            let rate = Rate::of(invalid, runs);
            format!(
                "{} of {} had a violation: {}, at 95 % between {} and {}.",
                grouped(invalid),
                count(runs, "run"),
                percent(rate.share()),
                percent(rate.interval.0),
                percent(rate.interval.1),
            )
        }
    };
    if left_out > 0 {
        out.push_str(&format!(
            " {} {} not judged and not counted.",
            count(left_out, "run"),
            if left_out == 1 { "was" } else { "were" }
        ));
    }
    let searched = tally.searched.total();
    if searched > 0 {
        out.insert_str(0, "Drawn blind: ");
        let found = tally.searched.ended(Ending::Invalid);
        let found =
            if found > 0 { format!(", though {} of them had a violation", grouped(found)) } else { String::new() };
        out.push_str(&format!(" The {} of the search count for none of this{found}.", count(searched, "run")));
    }
    out
}

/// `1 in 13,700`: the upper bound of a rate of which nothing was seen, to three digits.
fn one_in(trials: u64) -> String {
    let bound = 1.0 / stats::none_found(trials, CONFIDENCE);
    if bound < 2.0 {
        return format!("{:.0} in 100", 100.0 / bound);
    }
    let unit = 10f64.powi((bound.log10().floor() as i32 - 2).max(0));
    format!("1 in {}", grouped(((bound / unit).round() * unit) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_found_is_said_with_the_rule_of_three() {
        assert_eq!(one_in(41_000), "1 in 13,700");
        assert_eq!(one_in(300), "1 in 101");
        assert_eq!(one_in(10), "1 in 4");
        assert_eq!(one_in(1), "95 in 100");
    }
}
