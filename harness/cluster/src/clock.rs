//! Time as the harness tells it: nanoseconds since the run's zero on CLOCK_MONOTONIC.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// How far the wall clock may drift from CLOCK_MONOTONIC during a run before its times are no longer believed. It is also how
/// much a believed time may be wrong. Nanoseconds.
const DRIFT: u64 = 5_000_000;

/// A run's clock. All processes of a host share CLOCK_MONOTONIC, so a node's `at` can be compared with it.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    zero: u64,
    /// What the wall clock shows when CLOCK_MONOTONIC shows 0, as it was when the run began.
    wall: u64,
}

impl Clock {
    /// A clock whose zero is now.
    pub fn start() -> Self {
        Self { zero: absolute(), wall: wall_offset() }
    }

    /// CLOCK_MONOTONIC at zero, nanoseconds.
    pub fn zero(&self) -> u64 {
        self.zero
    }

    /// What the wall clock showed at zero, nanoseconds since 1970.
    pub(crate) fn wall_zero(&self) -> u64 {
        self.zero.saturating_add(self.wall)
    }

    /// Nanoseconds since zero.
    pub fn now(&self) -> u64 {
        absolute() - self.zero
    }

    /// What CLOCK_MONOTONIC showed as `absolute`, as nanoseconds since zero; none if that was before zero.
    pub(crate) fn since_zero(&self, absolute: u64) -> Option<u64> {
        absolute.checked_sub(self.zero)
    }

    /// A moment, nanoseconds since zero, before which the wall clock cannot have shown `wall` (nanoseconds since 1970).
    /// None if it was before zero, or if the clock was set since the run began.
    pub(crate) fn since_wall(&self, wall: u64) -> Option<u64> {
        let offset = wall_offset();
        if offset.abs_diff(self.wall) > DRIFT {
            return None;
        }
        wall.checked_sub(offset)?.checked_sub(DRIFT)?.checked_sub(self.zero)
    }

    /// How long until the next multiple of a period. All that wait for that wake together: a
    /// thousand of them then cost the machine as many wake-ups as one.
    pub(crate) fn until_next(&self, period: Duration) -> Duration {
        let period = u64::try_from(period.as_nanos()).unwrap_or(u64::MAX).max(1);
        Duration::from_nanos(period - self.now() % period)
    }

    /// How long until an instant of this clock; zero if it has passed.
    pub fn until(&self, instant: u64) -> Duration {
        Duration::from_nanos(instant.saturating_sub(self.now()))
    }
}

fn absolute() -> u64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}

/// What the wall clock shows, less what CLOCK_MONOTONIC shows.
fn wall_offset() -> u64 {
    let monotonic = absolute();
    let wall = clock_gettime(ClockId::CLOCK_REALTIME).map(Duration::from).unwrap_or_default();
    u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX).saturating_sub(monotonic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_multiple_is_never_now_and_never_further_than_a_period() {
        let clock = Clock::start();
        for period in [Duration::ZERO, Duration::from_millis(20), Duration::MAX] {
            let left = clock.until_next(period);
            assert!(left > Duration::ZERO && left <= period.max(Duration::from_nanos(1)), "{left:?} of {period:?}");
        }
    }

    #[test]
    fn a_time_of_the_wall_clock_is_a_lower_bound_and_one_of_another_clock_is_none() {
        let clock = Clock::start();
        let before = clock.now();
        let shown = clock_gettime(ClockId::CLOCK_REALTIME).map(Duration::from).unwrap();
        let shown = u64::try_from(shown.as_nanos()).unwrap();
        let after = clock.now();
        let bound = clock.since_wall(shown + 10_000_000).unwrap();
        assert!(bound <= after + 10_000_000, "{bound} against {after}");
        assert!(bound + 2 * DRIFT + 1_000_000 >= before + 10_000_000, "{bound} against {before}");
        assert_eq!(clock.since_wall(1), None);
        let set = Clock { wall: clock.wall + 2 * DRIFT, ..clock };
        assert_eq!(set.since_wall(shown + 10_000_000), None, "the clock has been set");
    }
}
