//! How many repetitions does it take to tell a rate that is good enough from one that is not?
//!
//! A test with a number fixed beforehand wastes most of its repetitions: what always happens is clear after two, what
//! never happens after ten. Wald's sequential probability ratio test looks at the sum so far after each repetition and
//! stops as soon as one of two rates is that much likelier than the other ("Sequential Tests of Statistical Hypotheses",
//! Annals of Mathematical Statistics 16, 1945; the bounds (1−β)/α and β/(1−α) are his). Of all tests with the same
//! error rates none needs fewer repetitions on average when either rate is the true one. In between it answers one or
//! the other, as it should: there either answer will do.
//!
//! Repetitions that run at the same time set a trap. What succeeds may end sooner than what fails (a run is stopped once
//! it has shown what was looked for), so that in the order of their *ends* successes come first, and a test that
//! counted them so would be biased towards them. So the order here is that of their *beginnings*. One that has not ended
//! is a gap in the row; the row is decided as soon as no way to fill its gaps could decide it otherwise.

/// What a row of repetitions comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The rate is good enough: not the lower one, as far as the test can err.
    Accepted,
    /// It is not: not the higher one, as far as the test can err.
    Rejected,
    /// More repetitions are needed.
    Open,
}

/// A test between two rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sprt {
    success: f64,
    failure: f64,
    upper: f64,
    lower: f64,
    most: usize,
}

impl Sprt {
    /// A test that accepts a rate of `low` or less with a probability of at most about `alpha`, and rejects one of
    /// `high` or more with a probability of at most about `beta`; all are shares between 0 and 1, and `low < high`. After
    /// `most` repetitions it answers what is likelier by then.
    ///
    /// Values out of range are moved into it: a rate of 0 or 1 would let one repetition prove what none can.
    pub fn new(low: f64, high: f64, alpha: f64, beta: f64, most: usize) -> Self {
        let inside = |share: f64| share.clamp(1e-4, 1.0 - 1e-4);
        let (low, alpha, beta) = (inside(low).min(0.99), inside(alpha).min(0.49), inside(beta).min(0.49));
        let high = inside(high).max(low + 1e-4);
        Self {
            success: (high / low).ln(),
            failure: ((1.0 - high) / (1.0 - low)).ln(),
            upper: ((1.0 - beta) / alpha).ln(),
            lower: (beta / (1.0 - alpha)).ln(),
            most: most.max(1),
        }
    }

    /// What repetitions come to, in the order in which they were begun; `None` is one that has not ended.
    pub fn decide(&self, row: &[Option<bool>]) -> Decision {
        // The worst that the gaps can hold, and the best. Where both lead to the same end, so does all between them:
        // a success in place of a failure never lowers the sum anywhere in the row.
        let worst = self.walk(row.iter().map(|outcome| outcome.unwrap_or(false)));
        let best = self.walk(row.iter().map(|outcome| outcome.unwrap_or(true)));
        match (worst, best) {
            (Decision::Accepted, _) => Decision::Accepted,
            (_, Decision::Rejected) => Decision::Rejected,
            _ => Decision::Open,
        }
    }

    /// How many more repetitions could decide the row at the soonest, once its gaps are filled; 0 when those alone
    /// could. More than these need not run at once.
    pub fn soonest(&self, row: &[Option<bool>]) -> usize {
        let filled = |with: bool| row.iter().map(move |outcome| outcome.unwrap_or(with));
        let more = |with: bool| {
            (0..self.most).find(|more| {
                let row = filled(with).chain(std::iter::repeat_n(with, *more));
                self.walk(row) != Decision::Open
            })
        };
        more(true).into_iter().chain(more(false)).min().unwrap_or(0)
    }

    fn walk(&self, row: impl Iterator<Item = bool>) -> Decision {
        let mut sum = 0.0;
        for (place, succeeded) in row.enumerate() {
            sum += if succeeded { self.success } else { self.failure };
            let last = place + 1 >= self.most;
            if sum >= self.upper || (last && sum > 0.0) {
                return Decision::Accepted;
            }
            if sum <= self.lower || last {
                return Decision::Rejected;
            }
        }
        Decision::Open
    }
}

#[cfg(test)]
mod tests;
