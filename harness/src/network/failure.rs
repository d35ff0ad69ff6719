//! A network whose thread has ended although nobody closed it.
//!
//! It holds, drops and counts nothing any more, and nothing it was told since is in force. Whoever injects a fault must
//! not take its silence for consent, and a run must not go on as if it had a network.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

/// Whether a network's thread has left an order unanswered, or is gone.
#[derive(Debug)]
pub(super) struct Failure {
    network: &'static str,
    unanswered: AtomicBool,
}

impl Failure {
    pub(super) fn new(network: &'static str) -> Self {
        Self { network, unanswered: AtomicBool::new(false) }
    }

    /// Passes an answer on; if there is none, that is remembered.
    pub(super) fn expect<T>(&self, answer: Option<T>) -> Option<T> {
        if answer.is_none() {
            self.unanswered.store(true, Ordering::Release);
        }
        answer
    }

    /// A sentence, if the thread has failed. A network that was closed has no thread, and has not failed.
    pub(super) fn found<T>(&self, thread: &Mutex<Option<JoinHandle<T>>>) -> Option<String> {
        let thread = thread.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = thread.as_ref()?.is_finished();
        (gone || self.unanswered.load(Ordering::Acquire)).then(|| {
            format!(
                "the network `{}` stopped working in the middle of the run, so that its faults cannot be trusted; \
                 check `ulimit -n`, and run it again",
                self.network
            )
        })
    }
}
