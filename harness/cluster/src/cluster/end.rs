//! The end of an incarnation: waited for, explained, and recorded when nothing of it can follow any more.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use history::entry::Node;
use history::finding::{Lost, Trouble};
use history::{ExitReason, Fate, Record, Span};
use tokio::sync::watch;

use super::{Asked, PIPES, helpers, trouble};
use crate::disk::Disk;
use crate::network::{Network, NodeIndex};
use crate::observe::{Stream, Watch};
use crate::process::{Ended, Exit, Process};
use crate::record::Recorder;
use crate::shortage;

/// An end is noticed within this many nanoseconds, or a stall of the harness is on record (`harness-health`).
const NOTICE: u64 = 50_000_000;

/// The signal of a death by SIGKILL.
const KILLED: i32 = nix::libc::SIGKILL;

/// What is waited for, and where it is reported.
pub(super) struct End {
    pub(super) name: String,
    pub(super) node: NodeIndex,
    pub(super) incarnation: u32,
    pub(super) process: Arc<Process>,
    pub(super) watched: Watch,
    pub(super) asked: Arc<Mutex<Asked>>,
    pub(super) network: Arc<dyn Network>,
    pub(super) recorder: Recorder,
    pub(super) trouble: trouble::FirstTrouble,
    pub(super) surroundings: Surroundings,
    /// Its simulated disk, if it has one.
    pub(super) disk: Option<Disk>,
    pub(super) over: watch::Sender<bool>,
}

/// What of its machine a node can die for want of.
#[derive(Debug, Clone)]
pub(super) struct Surroundings {
    /// How many processes the kernel had killed for want of memory when the run began.
    pub(super) killed_for_memory: Option<u64>,
    /// A folder on the run's disk.
    pub(super) folder: PathBuf,
}

impl Surroundings {
    /// As they are when a run begins.
    pub(super) fn at_first(folder: PathBuf) -> Self {
        Self { killed_for_memory: shortage::killed_for_memory(), folder }
    }

    /// What the machine had run out of when a process ended unasked, if that may have ended it.
    fn lacked(&self, exit: Exit) -> Option<ExitReason> {
        let more = || shortage::killed_for_memory() > self.killed_for_memory;
        match exit {
            Exit::Signal(KILLED) if more() => Some(ExitReason::OutOfMemory),
            _ => shortage::disk_is_full(&self.folder).then_some(ExitReason::DiskFull),
        }
    }
}

/// The first moment at which a process can have ended. One that SIGKILL ended on our behalf ran when it was sent.
fn earliest_end(ended: &Ended, asked: Asked) -> u64 {
    let noticed = ended.noticed.saturating_sub(NOTICE);
    match asked {
        Asked::Fault { at, .. } if ended.exit == Exit::Signal(KILLED) => noticed.max(at).min(ended.at),
        _ => noticed,
    }
}

impl End {
    /// Waits for the end of the incarnation and records it.
    pub(super) async fn await_and_record(mut self) {
        let ended = self.process.exited().await;
        let _ = self.network.set_alive(self.node, false);
        self.watched.stop_polls();
        let left_open = self.await_pipes().await;
        self.watched.end_of_files().await;
        let asked = *self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let (status, signal) = match ended.exit {
            Exit::Status(status) => (Some(status), None),
            Exit::Signal(signal) => (None, Some(signal)),
        };
        let reason = self.explain(ended.exit, asked, left_open).map(|reason| reason.as_str().into());
        let fault = if let Asked::Fault { id, .. } = asked { Some(id) } else { None };
        let exit = Node { status, signal, fault, reason, ..Node::new(&self.name, self.incarnation, Fate::Exit) };
        self.recorder.record(Record::during(Span::new(earliest_end(&ended, asked), ended.at), exit));
        let _ = self.over.send(true);
    }

    /// Waits until both pipes are at their end; answers whether a process still holds one.
    async fn await_pipes(&mut self) -> bool {
        let mut left_open = false;
        let patience = tokio::time::Instant::now() + PIPES;
        for stream in [Stream::Stdout, Stream::Stderr] {
            let event = match tokio::time::timeout_at(patience, self.watched.end_of(stream)).await {
                Ok(_) => Fate::Eof,
                Err(_) => {
                    left_open = true;
                    Fate::Gap
                }
            };
            let reason = Some(stream.as_str().into());
            self.recorder.record(Record::now(Node { reason, ..Node::new(&self.name, self.incarnation, event) }));
        }
        left_open
    }

    /// Why it ended, as far as the harness knows; what needs to be known beyond is reported.
    fn explain(&self, exit: Exit, asked: Asked, left_open: bool) -> Option<ExitReason> {
        match asked {
            Asked::Fault { .. } => return None,
            Asked::Teardown => return Some(ExitReason::Teardown),
            Asked::NoOne => {}
        }
        let left = self.process.left();
        if trouble::may_have_forked(exit, asked) && (!left.is_empty() || left_open) {
            self.trouble.forked(&self.name, left.first().map(String::as_str));
            return Some(ExitReason::Forked);
        }
        for what in left {
            let place = (self.name.as_str(), self.incarnation);
            self.recorder.record(helpers::told(place, None, &what, "was killed when that ended"));
        }
        if self.disk.as_ref().is_some_and(Disk::overflowed) {
            // The run ends with a sentence about it.
            return Some(ExitReason::DiskFull);
        }
        let lacked = self.surroundings.lacked(exit)?;
        let what = match lacked {
            ExitReason::OutOfMemory => {
                "when this machine had run out of memory; use fewer nodes, or end what else runs"
            }
            _ => "when there was no room left on the disk; free some, or name another place with --out",
        };
        self.trouble.tell(Lost::new(Trouble::OutOfResources, format!("{} {exit} {what}", self.name)));
        Some(lacked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(exit: Exit) -> Ended {
        Ended { exit, noticed: 100_000_000, at: 100_000_000 }
    }

    #[test]
    fn who_was_killed_for_a_fault_ran_until_it_asked() {
        let fault = Asked::Fault { id: 3, at: 99_000_000 };
        assert_eq!(earliest_end(&ended(Exit::Signal(KILLED)), fault), 99_000_000);
        assert_eq!(earliest_end(&ended(Exit::Signal(KILLED)), Asked::Fault { id: 3, at: 20_000_000 }), 50_000_000);
    }

    #[test]
    fn a_death_by_sigkill_is_the_machine_s_where_the_kernel_has_killed_for_memory_meanwhile() {
        let Some(now) = shortage::killed_for_memory() else { return };
        let folder = std::env::temp_dir();
        let since = |killed| Surroundings { killed_for_memory: Some(killed), folder: folder.clone() };
        if now > 0 {
            assert_eq!(since(now - 1).lacked(Exit::Signal(KILLED)), Some(ExitReason::OutOfMemory));
            assert_eq!(since(now - 1).lacked(Exit::Status(1)), None);
        }
        assert_eq!(since(now).lacked(Exit::Signal(KILLED)), None);
    }

    #[test]
    fn who_ended_in_another_way_may_have_ended_before_anyone_asked() {
        let fault = Asked::Fault { id: 3, at: 99_000_000 };
        assert_eq!(earliest_end(&ended(Exit::Status(1)), fault), 50_000_000);
        assert_eq!(earliest_end(&ended(Exit::Signal(KILLED)), Asked::NoOne), 50_000_000);
    }
}
