//! Within what time a cluster owes a leader, derived from its settings.
//!
//! A guessed bound is either too short, and an honest cluster is called broken once in a thousand windows; or too long, and a
//! broken one passes. So it is derived. An election round splits its vote with some probability p (dissertation, chapter 9),
//! rounds are independent, and k rounds in a row all split with probability pᵏ. We choose the chance ε that an honest cluster may
//! exceed the bound in one window; k = ⌈ln ε / ln p⌉ follows, and
//!
//! ```text
//! bound = heartbeat + k (T_max + 2d + persist) + R   (+ T_max with CheckQuorum)
//! ```
//!
//! where d is the delay of a link one way, `persist` the time to make a vote durable, and R the time that TCP needs to
//! carry bytes again after a heal (zero where the window's clock starts only then). A campaign of a thousand runs has some
//! 50,000 windows: ε = 10⁻⁹ lets it cry wolf once in twenty thousand campaigns.
//!
//! The derivation takes the worst case that still owes a leader, as many nodes down as may be. For five nodes at 150–300 ms that
//! is p = 27 %, k = 16 and about five seconds: the time that the MIT lab allows.

use std::time::Duration;

/// What the bound depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How many nodes vote.
    pub nodes: usize,
    /// How many of them may be down; at most a minority.
    pub down: usize,
    /// The shortest election timeout.
    pub timeout_min: Duration,
    /// The longest election timeout.
    pub timeout_max: Duration,
    /// The time between heartbeats.
    pub heartbeat: Duration,
    /// The delay of a link, one way.
    pub delay: Duration,
    /// The time to make a granted vote durable.
    pub persist: Duration,
    /// The time that TCP needs to carry bytes again after a heal; zero where the clock starts only then.
    pub recovery: Duration,
    /// A leader that has not heard of a majority for an election timeout steps down.
    pub check_quorum: bool,
    /// The chance that an honest cluster exceeds the bound in one window; above 0 and below 1.
    pub epsilon: f64,
}

impl Default for Settings {
    /// The reference node's: five nodes, two of them down, 150–300 ms, and a broadcast time of 15 ms. That time holds a disk
    /// write, as in the Raft paper's experiment.
    fn default() -> Self {
        Self {
            nodes: 5,
            down: 2,
            timeout_min: Duration::from_millis(150),
            timeout_max: Duration::from_millis(300),
            heartbeat: Duration::from_millis(50),
            delay: Duration::from_micros(2500),
            persist: Duration::from_millis(10),
            recovery: Duration::ZERO,
            check_quorum: false,
            epsilon: 1e-9,
        }
    }
}

impl Settings {
    /// The same settings for a cluster of so many nodes, with the largest minority of them down.
    pub fn for_nodes(self, nodes: usize) -> Self {
        Self { nodes, down: nodes.saturating_sub(1) / 2, ..self }
    }
}

/// A bound, and what it was derived from, as the history's header records it.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// Within this time a leader is owed: [`Bound::exact`] to the nearest half second (k was rounded up already), and
    /// never less than half a second.
    pub bound: Duration,
    /// What the formula says.
    pub exact: Duration,
    /// Rounds allowed.
    pub k: u32,
    /// The chance that one round splits.
    pub p: f64,
    /// The delay of a link, one way.
    pub d: Duration,
    /// The chance that an honest cluster exceeds the bound in one window.
    pub epsilon: f64,
    /// The derivation in words.
    pub how: String,
}

/// No bound follows from some settings.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NoBound {
    /// Fewer than a majority are up, or there are no nodes.
    #[error("no bound can be derived: with {down} of {nodes} nodes down no majority is left")]
    NoMajority {
        /// Nodes in all.
        nodes: usize,
        /// Nodes down.
        down: usize,
    },
    /// Every round may split.
    #[error(
        "no bound can be derived: election timeouts from {min:?} to {max:?} are not spread wider than the {latency:?} that \
         a vote takes. So every round may split; widen the range or give the claim `reelection` a time"
    )]
    NoSpread {
        /// The shortest timeout.
        min: Duration,
        /// The longest timeout.
        max: Duration,
        /// The time that a vote takes.
        latency: Duration,
    },
    /// ε is not a chance.
    #[error("no bound can be derived: the chance {0} to exceed it is not above 0 and below 1")]
    NoChance(f64),
}

/// The chance that an election round splits its vote, with `up` of `nodes` servers up and equal logs. The candidate that times
/// out first is joined, before its requests arrive, by so many others that none has a majority.
///
/// `l` is the latency of a vote as a share of the range of timeouts. With c = up − ⌊nodes/2⌋ + 1,
/// p = Σ C(up, k) lᵏ (1−l)^(up−k) for k from c − 1 to `up` (dissertation, chapter 9).
pub fn split_vote(nodes: usize, up: usize, l: f64) -> f64 {
    let l = l.clamp(0.0, 1.0);
    let least = up.saturating_sub(nodes / 2);
    let mut ways = 1.0;
    let mut p = 0.0;
    for k in 0..=up {
        if k >= least {
            p += ways * l.powf(k as f64) * (1.0 - l).powf((up - k) as f64);
        }
        ways *= (up - k) as f64 / (k + 1) as f64;
    }
    p.clamp(0.0, 1.0)
}

/// The number of rounds after which an honest cluster is still without a leader with a chance of at most `epsilon`. One round
/// splits with the chance `p`: ⌈ln ε / ln p⌉, at least 1. None when that is no finite number.
pub fn rounds(p: f64, epsilon: f64) -> Option<u32> {
    if p <= 0.0 {
        return Some(1);
    }
    let k = (epsilon.ln() / p.ln()).ceil().max(1.0);
    (p < 1.0 && k.is_finite() && k <= f64::from(u32::MAX)).then_some(k as u32)
}

/// Derives the re-election bound.
///
/// # Errors
/// When no majority is left, when the timeouts are not spread wider than a vote takes, or when ε is not a chance.
pub fn reelection(settings: &Settings) -> Result<Bound, NoBound> {
    let Settings { nodes, down, timeout_min: min, timeout_max: max, epsilon, .. } = *settings;
    let up = nodes.saturating_sub(down);
    if up <= nodes / 2 {
        return Err(NoBound::NoMajority { nodes, down });
    }
    if !(epsilon > 0.0 && epsilon < 1.0) {
        return Err(NoBound::NoChance(epsilon));
    }
    let latency = settings.delay.saturating_mul(2).saturating_add(settings.persist);
    let range = max.saturating_sub(min);
    let no_spread = NoBound::NoSpread { min, max, latency };
    // A single node votes for itself; no other node can split its vote.
    let p = if nodes == 1 {
        0.0
    } else if range.is_zero() {
        return Err(no_spread);
    } else {
        split_vote(nodes, up, latency.as_secs_f64() / range.as_secs_f64())
    };
    let k = rounds(p, epsilon).ok_or(no_spread)?;
    let steps_down = if settings.check_quorum { max } else { Duration::ZERO };
    let round = max.saturating_add(latency);
    let exact = settings.heartbeat.saturating_add(round.saturating_mul(k));
    let exact = exact.saturating_add(settings.recovery).saturating_add(steps_down);
    let bound = to_half_seconds(exact);
    let how = format!(
        "heartbeat {:?} + {k} rounds of (T_max {max:?} + 2 x {:?} + persist {:?}) + recovery {:?}{} = {exact:?}, to the \
         nearest half second {bound:?}; {k} = ceil(ln {epsilon:e} / ln {p:.3}), {up} of {nodes} nodes up",
        settings.heartbeat,
        settings.delay,
        settings.persist,
        settings.recovery,
        if settings.check_quorum { " + T_max (CheckQuorum)" } else { "" },
    );
    Ok(Bound { bound, exact, k, p, d: settings.delay, epsilon, how })
}

fn to_half_seconds(exact: Duration) -> Duration {
    let halves = (exact.as_secs_f64() * 2.0).round().max(1.0);
    Duration::try_from_secs_f64(halves / 2.0).unwrap_or(exact)
}

#[cfg(test)]
mod tests;
