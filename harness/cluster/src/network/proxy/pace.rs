//! When a byte that has arrived may go on: delay, jitter and rate as one pure function.
//!
//! A rate is a queue with one server shared by all connections of the link: a byte leaves when those before it have left. Delay
//! is added after that and takes nothing from the bandwidth: any number of bytes may be on their way at once. Jitter shifts the
//! delay evenly to either side. The queue keeps the order, as TCP would, so a late message makes those behind it in the stream
//! late too.
//!
//! What a queue may hold follows from that. With a delay it must hold bandwidth × delay. So the bound is set for 4 GB/s, more
//! than one thread can forward, up to half a gigabyte for each direction of a connection. With a rate the sender must feel it, so
//! the bound is a tenth of a second's worth beyond the delay.

use std::time::Duration;

use workloads::Effect;

/// What a queue may hold of bytes that could go on if only the receiver took them.
pub(super) const BACKLOG: usize = 256 << 10;
const FASTEST: u64 = 4_000_000_000;
const MOST: u64 = 512 << 20;
const LEAST: u64 = 4 << 20;

/// The pace of one direction of a link.
#[derive(Debug)]
pub(super) struct Pace {
    /// When the last byte so far has left a link with a rate.
    free_at: u64,
    random: u64,
}

impl Pace {
    pub(super) fn new(seed: u64) -> Self {
        Self { free_at: 0, random: seed }
    }

    /// When `bytes` that arrive now may go on, nanoseconds on the clock of `now`.
    pub(super) fn due(&mut self, effect: &Effect, now: u64, bytes: usize) -> u64 {
        let mut leaves = now;
        if effect.rate > 0 {
            let takes = u128::from(bytes as u64) * 1_000_000_000 / u128::from(effect.rate);
            leaves = self.free_at.max(now).saturating_add(u64::try_from(takes).unwrap_or(u64::MAX));
            self.free_at = leaves;
        }
        let jitter = nanos(effect.jitter);
        let least = leaves.saturating_add(nanos(effect.delay)).saturating_sub(jitter);
        let shifted = if jitter == 0 { least } else { least.saturating_add(self.random() % (jitter * 2 + 1)) };
        shifted.max(leaves)
    }

    /// Forgets what a rate that is no longer in force still had to send.
    pub(super) fn forget(&mut self) {
        self.free_at = 0;
    }

    /// Steele, Lea and Flood's SplitMix64: small, fast, and good enough to spread delays.
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Bytes go on as soon as they arrive.
pub(super) fn is_immediate(effect: &Effect) -> bool {
    effect.delay.is_zero() && effect.jitter.is_zero() && effect.rate == 0
}

/// No byte that arrives now is due later than this.
pub(super) fn latest(effect: &Effect, now: u64) -> u64 {
    now.saturating_add(nanos(effect.delay)).saturating_add(nanos(effect.jitter))
}

/// How many bytes may get one due time: with a rate a hundredth of a second's worth.
pub(super) fn chunk(effect: &Effect) -> usize {
    if effect.rate == 0 { usize::MAX } else { usize::try_from(effect.rate / 100).unwrap_or(usize::MAX).max(64) }
}

/// How many bytes a queue may hold that are not due yet.
pub(super) fn bound(effect: &Effect) -> usize {
    let way = effect.delay.saturating_add(effect.jitter);
    let bytes = if effect.rate > 0 {
        worth(effect.rate, way.saturating_mul(2).saturating_add(Duration::from_millis(100))).clamp(BACKLOG as u64, MOST)
    } else {
        worth(FASTEST, way).clamp(LEAST, MOST)
    };
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn worth(rate: u64, time: Duration) -> u64 {
    u64::try_from(u128::from(rate) * time.as_nanos() / 1_000_000_000).unwrap_or(u64::MAX)
}

fn nanos(duration: Duration) -> u64 {
    // No delay is longer than a century, so that sums of a few never overflow.
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).min(3_000_000_000_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn a_delay_is_added_whole_and_takes_no_bandwidth() {
        let effect = Effect { delay: Duration::from_millis(10), ..Effect::default() };
        let mut pace = Pace::new(1);
        for _ in 0..1000 {
            assert_eq!(pace.due(&effect, 5 * MS, 1 << 20), 15 * MS);
        }
    }

    #[test]
    fn jitter_stays_within_its_band_and_uses_all_of_it() {
        let effect = Effect { delay: Duration::from_millis(10), jitter: Duration::from_millis(4), ..Effect::default() };
        let mut pace = Pace::new(1);
        let dues: Vec<u64> = (0..10_000).map(|_| pace.due(&effect, 0, 100)).collect();
        assert!(dues.iter().all(|due| (6 * MS..=14 * MS).contains(due)));
        assert!(dues.iter().any(|&due| due < 6 * MS + MS / 10) && dues.iter().any(|&due| due > 14 * MS - MS / 10));
    }

    #[test]
    fn a_jitter_larger_than_its_delay_never_goes_back_in_time() {
        let effect = Effect { jitter: Duration::from_millis(4), ..Effect::default() };
        let mut pace = Pace::new(1);
        assert!((0..1000).all(|_| pace.due(&effect, 100 * MS, 1) >= 100 * MS));
    }

    #[test]
    fn a_rate_is_one_server_for_all_who_share_it() {
        let effect = Effect { rate: 1_000_000, ..Effect::default() };
        let mut pace = Pace::new(1);
        assert_eq!(pace.due(&effect, 0, 1000), MS);
        assert_eq!(pace.due(&effect, 0, 1000), 2 * MS);
        assert_eq!(pace.due(&effect, 50 * MS, 1000), 51 * MS, "what was not used is not saved up");
    }

    #[test]
    fn absurd_effects_do_not_overflow() {
        let effect = Effect { delay: Duration::MAX, jitter: Duration::MAX, rate: 1, ..Effect::default() };
        assert!(Pace::new(1).due(&effect, 1 << 60, usize::MAX) >= 1 << 60);
        assert!(latest(&effect, u64::MAX) == u64::MAX);
    }
}
