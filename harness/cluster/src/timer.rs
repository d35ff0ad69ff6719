//! A timer that keeps its word: timerfd, not the runtime's wheel.
//!
//! Tokio's timer rounds to whole milliseconds, and a 2.5 ms sleep overshoots by 1.6 ms at the median. A timerfd fires on a
//! high-resolution kernel timer. It wakes the runtime as any other file descriptor does, in tens of microseconds on an idle
//! machine. Polls, duty cycles and the instants of faults are kept by this one.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::net::unix::pipe::Receiver;

use crate::clock::Clock;

/// A precise timer for asynchronous code, used again and again.
#[derive(Debug)]
pub struct Timer {
    clock: Clock,
    /// Its file descriptor, which nothing else may own: it is armed through `Receiver`'s.
    timer: Receiver,
}

impl Timer {
    /// A timer that reads instants as nanoseconds since the zero of `clock`. Panics outside a runtime with I/O enabled,
    /// as every socket of the runtime does.
    ///
    /// # Errors
    /// When no file descriptor is left.
    pub fn new(clock: Clock) -> io::Result<Self> {
        // A timerfd is read as a pipe is, eight bytes at a time. The runtime's own wrapper for any file descriptor,
        // `AsyncFd`, can no longer be made without unsafe code.
        Ok(Self { clock, timer: Receiver::from_owned_fd_unchecked(unarmed()?)? })
    }

    /// Waits until an instant, nanoseconds since the clock's zero; at once if it has passed. If the future is dropped
    /// the timer can be used again.
    ///
    /// # Errors
    /// When the kernel refuses the timer.
    pub async fn until(&mut self, instant: u64) -> io::Result<()> {
        if self.clock.now() < instant {
            arm(&self.timer, self.clock, instant)?;
        }
        while self.clock.now() < instant {
            self.timer.readable().await?;
            match self.timer.try_read(&mut [0; 8]) {
                Err(error) if !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                    return Err(error);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Waits for a while.
    ///
    /// # Errors
    /// When the kernel refuses the timer.
    pub async fn sleep(&mut self, duration: Duration) -> io::Result<()> {
        let duration = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.until(self.clock.now().saturating_add(duration)).await
    }
}

/// A non-blocking timerfd that does not run yet.
///
/// # Errors
/// When no file descriptor is left.
pub(crate) fn unarmed() -> io::Result<OwnedFd> {
    Ok(timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?)
}

/// Lets a timer fire once, at an instant of the clock. What it had fired before is forgotten.
///
/// # Errors
/// When the kernel refuses the timer.
pub(crate) fn arm(timer: impl AsFd, clock: Clock, instant: u64) -> io::Result<()> {
    // All zeros would disarm it.
    let absolute = Duration::from_nanos(clock.zero().saturating_add(instant).max(1));
    let it_value = Timespec::try_from(absolute).map_err(|_| io::ErrorKind::InvalidInput)?;
    let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value };
    timerfd_settime(timer, TimerfdTimerFlags::ABSTIME, &once)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap()
    }

    #[test]
    fn a_sleep_is_never_short_and_mostly_precise() {
        let clock = Clock::start();
        let mut overshoots = runtime().block_on(async {
            let mut timer = Timer::new(clock).unwrap();
            let mut overshoots = Vec::new();
            for _ in 0..101 {
                let due = clock.now() + 2_500_000;
                timer.until(due).await.unwrap();
                overshoots.push(clock.now().checked_sub(due).unwrap());
            }
            overshoots
        });
        overshoots.sort_unstable();
        // The best of many is the timer's own precision, whatever else the machine is doing.
        assert!(overshoots[10] < 1_000_000, "a tenth of the sleeps overshot by more than {} ns", overshoots[10]);
    }

    #[test]
    fn a_moment_that_has_passed_is_not_waited_for() {
        let clock = Clock::start();
        runtime().block_on(async { Timer::new(clock).unwrap().until(0).await }).unwrap();
        assert!(clock.now() < 1_000_000_000);
    }

    #[test]
    fn a_timer_can_be_used_again_after_its_future_was_dropped() {
        let clock = Clock::start();
        runtime().block_on(async {
            let mut timer = Timer::new(clock).unwrap();
            let soon = clock.now() + 20_000_000;
            tokio::select! { biased; _ = timer.sleep(Duration::from_secs(60)) => {}, () = std::future::ready(()) => {} }
            timer.until(soon).await.unwrap();
            assert!(clock.now() >= soon && clock.now() < soon + 30_000_000_000);
        });
    }
}
