//! Time as the harness tells it: nanoseconds since the run's zero on CLOCK_MONOTONIC.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// A run's clock. All processes of a host share CLOCK_MONOTONIC, so a node's `at` can be compared with it.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    zero: u64,
}

impl Clock {
    /// A clock whose zero is now.
    pub fn start() -> Self {
        Self { zero: absolute() }
    }

    /// CLOCK_MONOTONIC at zero, nanoseconds.
    pub fn zero(&self) -> u64 {
        self.zero
    }

    /// Nanoseconds since zero.
    pub fn now(&self) -> u64 {
        absolute() - self.zero
    }

    /// What CLOCK_MONOTONIC showed as `absolute`, as nanoseconds since zero; none if that was before zero.
    pub fn since_zero(&self, absolute: u64) -> Option<u64> {
        absolute.checked_sub(self.zero)
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
