//! Time, and waiting for it.
//!
//! The runtime's own timers rest on a wheel of one millisecond and overshoot a wait of 2.5 ms by half. At election timeouts of 12
//! to 24 ms that would be seen in every curve. `native` is a timerfd, which wakes within a few tens of microseconds on an idle
//! machine. The older ways of two lab notes are kept for comparison. `sliced` looks at a flag every 10 ms, and `counted` counts
//! sleeps of 1 ms and looks at no clock. RPC timeouts are coarse by nature and use the runtime's.

use std::io;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use tokio::time::{Interval, MissedTickBehavior, interval};

/// The tick of [`Kind::Sliced`].
const TICK: Duration = Duration::from_millis(10);
/// A sleep of [`Kind::Counted`].
const SLICE: Duration = Duration::from_millis(1);

/// CLOCK_MONOTONIC, which all processes of a host share.
pub fn now() -> Duration {
    clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).unwrap_or_default()
}

/// A time as the nanoseconds that are printed.
pub fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// How the election timer waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// The operating system's timer, to the microsecond.
    Native,
    /// A flag looked at every 10 ms.
    Sliced,
    /// So many sleeps of 1 ms: what each takes too long adds up.
    Counted,
}

/// The election timer.
#[derive(Debug)]
pub enum Timer {
    /// See [`Kind::Native`].
    Native(native::Native),
    /// See [`Kind::Sliced`].
    Sliced(Interval),
    /// See [`Kind::Counted`].
    Counted(Counted),
}

/// Sleeps that are counted.
#[derive(Debug)]
pub struct Counted {
    timer: native::Native,
    /// What it waits for, and how many sleeps are left until then.
    wait: Option<(Duration, u64)>,
    /// When the present sleep is over.
    wakes_at: Option<Duration>,
}

impl Timer {
    /// A timer; fails only when the system grants no more descriptors. Must be called within the runtime.
    pub fn new(kind: Kind) -> io::Result<Self> {
        Ok(match kind {
            Kind::Native => Self::Native(native::Native::new()?),
            Kind::Counted => Self::Counted(Counted { timer: native::Native::new()?, wait: None, wakes_at: None }),
            Kind::Sliced => {
                let mut ticks = interval(TICK);
                ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
                Self::Sliced(ticks)
            }
        })
    }

    /// Returns once [`now`] is `deadline` or later. May be dropped and called anew.
    pub async fn until(&mut self, deadline: Duration) -> io::Result<()> {
        match self {
            Self::Native(timer) => timer.until(deadline).await,
            Self::Sliced(ticks) => {
                while now() < deadline {
                    ticks.tick().await;
                }
                Ok(())
            }
            Self::Counted(counted) => counted.until(deadline).await,
        }
    }
}

impl Counted {
    /// As many sleeps as there were whole milliseconds until `deadline` when it was first heard of.
    async fn until(&mut self, deadline: Duration) -> io::Result<()> {
        let mut left = match self.wait {
            Some((known, left)) if known == deadline => left,
            _ => {
                self.wakes_at = None;
                let time = deadline.saturating_sub(now());
                u64::try_from(time.as_nanos().div_ceil(SLICE.as_nanos())).unwrap_or(u64::MAX)
            }
        };
        while left > 0 {
            self.wait = Some((deadline, left));
            let wakes_at = *self.wakes_at.get_or_insert_with(|| now() + SLICE);
            self.timer.until(wakes_at).await?;
            self.wakes_at = None;
            left -= 1;
        }
        self.wait = Some((deadline, 0));
        Ok(())
    }
}

#[cfg(target_os = "linux")]
mod native {
    use std::io;
    use std::os::fd::{AsFd, AsRawFd, RawFd};
    use std::time::Duration;

    use nix::sys::time::TimeSpec;
    use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
    use tokio::io::unix::AsyncFd;

    #[derive(Debug)]
    struct Descriptor(TimerFd);

    impl AsRawFd for Descriptor {
        fn as_raw_fd(&self) -> RawFd {
            self.0.as_fd().as_raw_fd()
        }
    }

    /// A timerfd and the deadline that it is set to.
    #[derive(Debug)]
    pub struct Native {
        fd: AsyncFd<Descriptor>,
        set: Option<Duration>,
    }

    impl Native {
        #[expect(
            deprecated,
            reason = "its successor is unsafe; Descriptor keeps what that asks: one fd, open while it lives"
        )]
        pub(super) fn new() -> io::Result<Self> {
            let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
            let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?;
            Ok(Self { fd: AsyncFd::new(Descriptor(timer))?, set: None })
        }

        pub(super) async fn until(&mut self, deadline: Duration) -> io::Result<()> {
            if self.set != Some(deadline) {
                let at = Expiration::OneShot(TimeSpec::from_duration(deadline.max(Duration::from_nanos(1))));
                self.fd.get_ref().0.set(at, TimerSetTimeFlags::TFD_TIMER_ABSTIME)?;
                self.set = Some(deadline);
            }
            while super::now() < deadline {
                let mut ready = self.fd.readable().await?;
                // Its count is of no interest; an early or repeated wake-up only looks at the clock again.
                let _ = self.fd.get_ref().0.wait();
                ready.clear_ready();
            }
            Ok(())
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod native {
    use std::io;
    use std::time::Duration;

    /// The runtime's timer: best effort where there is no timerfd.
    #[derive(Debug)]
    pub struct Native;

    impl Native {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(super) async fn until(&mut self, deadline: Duration) -> io::Result<()> {
            tokio::time::sleep(deadline.saturating_sub(super::now())).await;
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_timer_ever_wakes_early() {
        for kind in [Kind::Native, Kind::Sliced, Kind::Counted] {
            let mut timer = Timer::new(kind).unwrap();
            for micros in [0, 300, 2500, 11_000] {
                let deadline = now() + Duration::from_micros(micros);
                timer.until(deadline).await.unwrap();
                assert!(now() >= deadline, "{kind:?} {micros} µs");
            }
        }
    }
}
