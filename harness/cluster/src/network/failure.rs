//! A network whose thread has ended although it was not closed.
//!
//! It holds, drops and counts nothing any more, and nothing it was told since is in force. An injection of a fault must
//! not take its silence for consent, and a run must not go on as if it had a network.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use crate::shortage::Shortage;

/// Where a network's thread says that it lacks something without which it is no network.
#[derive(Debug, Clone, Default)]
pub(super) struct Lack(Arc<OnceLock<Shortage>>);

impl Lack {
    /// Takes note of an error, if it is one of something that has run out.
    pub(super) fn note(&self, error: &io::Error) {
        if let Some(shortage) = Shortage::of(error).filter(|shortage| *shortage != Shortage::Processes) {
            let _ = self.0.set(shortage);
        }
    }
}

/// Whether a network's thread has left an order unanswered, is gone, or lacks something.
#[derive(Debug)]
pub(super) struct Failure {
    network: &'static str,
    unanswered: AtomicBool,
    lack: Lack,
}

impl Failure {
    pub(super) fn new(network: &'static str) -> Self {
        Self { network, unanswered: AtomicBool::new(false), lack: Lack::default() }
    }

    /// For the thread.
    pub(super) fn lack(&self) -> Lack {
        self.lack.clone()
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
        if let Some(shortage) = self.lack.0.get() {
            return Some(format!(
                "the network `{}` could not carry what the nodes sent, so that nothing can be said of them: {}",
                self.network,
                shortage.remedy()
            ));
        }
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
