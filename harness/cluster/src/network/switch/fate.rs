//! What becomes of one packet on a link with an effect: lost, late, twice, out of order, damaged. Pure: chance comes
//! from a seeded generator, time from the caller.
//!
//! A rate is a queue with one server. A packet leaves when those before it have left. One that finds more than [`room`] waiting
//! is dropped at the tail, as in a router. Delay is added after that and costs no bandwidth. Jitter shifts it evenly to either
//! side without changing the order. A share of packets out of order is an effect of its own (`reorder`). Such a packet is spared
//! the delay and so overtakes those that wait. Where there is no delay, it is held back for [`STEP_BACK`], so that others
//! overtake it.

use std::time::Duration;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use workloads::Effect;

/// How long a packet steps back to be overtaken where there is no delay.
const STEP_BACK: u64 = 2_000_000;

/// What is between a packet and its destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is dropped by chance.
    Lost,
    /// It is dropped because too much waits for a link with a rate.
    Full,
    /// It arrives at this time, nanoseconds on the clock of `now`.
    Arrives {
        due: u64,
        /// A second one of it arrives too.
        twice: bool,
        /// A bit of it is flipped, chosen by this number.
        flip: Option<u64>,
    },
}

/// The chances and the pace of one direction of a link.
#[derive(Debug)]
pub(super) struct Fates {
    random: ChaCha8Rng,
    /// When the last packet so far has left a link with a rate.
    free_at: u64,
    /// No packet that keeps the order is due before this.
    latest: u64,
}

impl Fates {
    pub(super) fn new(seed: u64, link: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(link);
        Self { random, free_at: 0, latest: 0 }
    }

    /// The rule has changed: nothing that waited under the old one holds up the new.
    pub(super) fn forget(&mut self) {
        (self.free_at, self.latest) = (0, 0);
    }

    /// What becomes of a packet of so many bytes that arrives now.
    pub(super) fn next(&mut self, effect: &Effect, now: u64, bytes: usize) -> Fate {
        if self.happens(effect.loss) {
            return Fate::Lost;
        }
        let twice = self.happens(effect.duplicate);
        let overtakes = self.happens(effect.reorder);
        let flip = self.happens(effect.corrupt).then(|| self.random.next_u64());
        let mut leaves = now;
        if effect.rate > 0 {
            let begins = self.free_at.max(now);
            if begins - now > nanos(room(effect.rate)) {
                return Fate::Full;
            }
            let takes = u128::from(bytes as u64) * 1_000_000_000 / u128::from(effect.rate);
            leaves = begins.saturating_add(u64::try_from(takes).unwrap_or(u64::MAX));
            self.free_at = leaves;
        }
        let (delay, jitter) = (nanos(effect.delay), nanos(effect.jitter));
        let least = leaves.saturating_add(delay).saturating_sub(jitter).max(leaves);
        let most = leaves.saturating_add(delay).saturating_add(jitter);
        let due = match (overtakes, most > leaves) {
            (true, true) => leaves,
            (true, false) => leaves.saturating_add(STEP_BACK),
            (false, _) => {
                let drawn = if most > least { self.random.random_range(least..=most) } else { most };
                self.latest = self.latest.max(drawn);
                self.latest
            }
        };
        Fate::Arrives { due, twice, flip }
    }

    fn happens(&mut self, share: f64) -> bool {
        share > 0.0 && self.random.random::<f64>() < share
    }
}

/// How much of its time a link with a rate keeps waiting before it drops: a quarter of a second's worth. For the slowest links it
/// is the time of the sixteen largest packets.
fn room(rate: u64) -> Duration {
    Duration::from_millis(250).max(Duration::from_secs_f64(16.0 * 65_535.0 / rate as f64))
}

/// No packet that arrives now is due later than this.
pub(super) fn latest(effect: &Effect, now: u64) -> u64 {
    if effect.rate > 0 {
        return u64::MAX;
    }
    now.saturating_add(nanos(effect.delay)).saturating_add(nanos(effect.jitter))
}

fn nanos(duration: Duration) -> u64 {
    // No delay is longer than a century, so that sums of a few never overflow.
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).min(3_000_000_000_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn dues(effect: &Effect, count: u64) -> Vec<u64> {
        let mut fates = Fates::new(1, 0);
        let fate = |fate| if let Fate::Arrives { due, .. } = fate { Some(due) } else { None };
        (0..count).filter_map(|index| fate(fates.next(effect, index * MS, 100))).collect()
    }

    /// Out of 10,000 packets.
    fn share(effect: &Effect, of: impl Fn(Fate) -> bool) -> usize {
        let mut fates = Fates::new(7, 3);
        (0..10_000).filter(|_| of(fates.next(effect, 0, 100))).count()
    }

    #[test]
    fn every_share_is_kept() {
        let lost = share(&Effect { loss: 0.1, ..Effect::default() }, |fate| fate == Fate::Lost);
        let twice = share(&Effect { duplicate: 0.2, ..Effect::default() }, |fate| {
            matches!(fate, Fate::Arrives { twice: true, .. })
        });
        let flipped = share(&Effect { corrupt: 0.3, ..Effect::default() }, |fate| {
            matches!(fate, Fate::Arrives { flip: Some(_), .. })
        });
        let delay = Duration::from_millis(5);
        let early = share(&Effect { reorder: 0.4, delay, ..Effect::default() }, |fate| {
            matches!(fate, Fate::Arrives { due: 0, .. })
        });
        for (count, expected) in [(lost, 1000), (twice, 2000), (flipped, 3000), (early, 4000)] {
            assert!(count.abs_diff(expected) < 250, "{count} of 10,000, and not {expected}");
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_fates_and_another_link_others() {
        let effect = Effect { loss: 0.5, jitter: Duration::from_millis(1), ..Effect::default() };
        let draw = |link| {
            let mut fates = Fates::new(9, link);
            (0..100).map(|now| fates.next(&effect, now, 1)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn a_delay_is_added_whole() {
        let effect = Effect { delay: Duration::from_millis(10), ..Effect::default() };
        assert!(dues(&effect, 100).iter().zip(0..).all(|(due, index)| *due == index * MS + 10 * MS));
    }

    #[test]
    fn jitter_stays_in_its_band_and_keeps_the_order() {
        let effect = Effect { delay: Duration::from_millis(10), jitter: Duration::from_millis(8), ..Effect::default() };
        let dues = dues(&effect, 5000);
        assert!(dues.is_sorted());
        let late: Vec<u64> = dues.iter().zip(0..).map(|(due, index)| due - index * MS).collect();
        assert!(late.iter().all(|late| (2 * MS..=18 * MS).contains(late)));
        assert!(late.iter().any(|late| *late > 17 * MS));
    }

    #[test]
    fn reordering_changes_the_order_with_a_delay_and_without() {
        for delay in [Duration::ZERO, Duration::from_millis(10)] {
            let dues = dues(&Effect { delay, reorder: 0.1, ..Effect::default() }, 100);
            assert!(!dues.is_sorted(), "{delay:?}");
        }
    }

    #[test]
    fn a_rate_spaces_packets_and_drops_at_the_tail() {
        let effect = Effect { rate: 1_000_000, ..Effect::default() };
        let mut fates = Fates::new(1, 0);
        let arrives = |fate| matches!(fate, Fate::Arrives { .. });
        assert_eq!(fates.next(&effect, 0, 1000), Fate::Arrives { due: MS, twice: false, flip: None });
        assert_eq!(fates.next(&effect, 0, 1000), Fate::Arrives { due: 2 * MS, twice: false, flip: None });
        let kept = (0..10_000).filter(|_| arrives(fates.next(&effect, 0, 1000))).count();
        assert!((1000..1100).contains(&kept), "a little more than a second's worth: {kept}");
        assert_eq!(
            fates.next(&effect, 5000 * MS, 1000),
            Fate::Arrives { due: 5001 * MS, twice: false, flip: None },
            "what was not used is not saved up"
        );
    }

    #[test]
    fn absurd_effects_do_not_overflow() {
        let effect = Effect { delay: Duration::MAX, jitter: Duration::MAX, rate: 1, ..Effect::default() };
        assert!(matches!(Fates::new(1, 0).next(&effect, 1 << 60, usize::MAX), Fate::Arrives { .. }));
        assert_eq!(latest(&effect, u64::MAX), u64::MAX);
    }
}
