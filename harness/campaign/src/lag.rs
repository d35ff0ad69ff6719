//! How late the campaign itself is: the machine's lag, as far as one sleeping thread can feel it.
//!
//! The same 5 ms timer with which each run watches itself (`cluster::health`), for the campaign's process. It notices an
//! overloaded machine at once; the runs under way report their stalls only when they end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const SLEEP: Duration = Duration::from_millis(5);

/// A thread that measures. It ends when this is dropped.
#[must_use = "dropping it ends the measurement"]
pub(crate) struct Lag {
    worst: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Lag {
    /// Begins to measure.
    ///
    /// # Errors
    /// No thread can be started.
    pub(crate) fn watch() -> io::Result<Self> {
        let (worst, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let lag = Self { worst: Arc::clone(&worst), over: Arc::clone(&over) };
        thread::Builder::new().name("campaign-lag".to_owned()).spawn(move || {
            let mut before = Instant::now();
            while !over.load(Ordering::Relaxed) {
                thread::sleep(SLEEP);
                let late = before.elapsed().saturating_sub(SLEEP);
                worst.fetch_max(u64::try_from(late.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
                before = Instant::now();
            }
        })?;
        Ok(lag)
    }

    /// By how much the timer was late at worst since this was asked last.
    pub(crate) fn take(&self) -> Duration {
        Duration::from_nanos(self.worst.swap(0, Ordering::Relaxed))
    }
}

impl Drop for Lag {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_lag_is_told_once() {
        let lag = Lag { worst: Arc::new(AtomicU64::new(7)), over: Arc::default() };
        assert_eq!(lag.take(), Duration::from_nanos(7));
        assert_eq!(lag.take(), Duration::ZERO);
    }
}
