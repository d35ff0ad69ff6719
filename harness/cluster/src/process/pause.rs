//! Pausing a node, and continuing it.

use std::time::Instant;

use rustix::io::Errno;
use rustix::process::{Signal, pidfd_send_signal};
use tokio::signal::unix::{SignalKind, signal};

use super::{ChangeOutcome, Inner, PAUSE_LIMIT, Process, TICK, shortly};

/// So many looks in a row must find nothing that runs.
const LOOKS: u32 = 2;

/// So many looks are taken at least, however long each takes. On a busy machine two looks can take longer than the limit, and
/// then the limit says nothing of the node.
const AT_LEAST: u32 = 5;

impl Process {
    /// Stops every thread of all that belongs to it with SIGSTOP, and returns when the last one has stopped. The launched process
    /// comes first, as the kernel tells, and the rest as two looks find it.
    pub async fn pause(&self) -> ChangeOutcome {
        let begun = self.inner.clock.now();
        // The listener comes first: a stop that happens before it is missed only until the next tick.
        let mut children = signal(SignalKind::child()).ok();
        match self.inner.stop_leader() {
            Ok(true) => {}
            Ok(false) => return ChangeOutcome::Exited(self.exited().await),
            Err(error) => return self.indeterminate(begun, format!("SIGSTOP could not be sent: {error}")),
        }
        let limit = Instant::now() + PAUSE_LIMIT;
        let (mut stopped, mut clean, mut looks) = (None, 0, 0);
        loop {
            if let Some(end) = self.ended() {
                return ChangeOutcome::Exited(end);
            }
            if self.inner.stopped() {
                stopped.get_or_insert_with(Instant::now);
                looks += 1;
                clean = match self.inner.members.stop() {
                    Ok(0) => clean + 1,
                    Ok(_) => 0,
                    Err(unseen) => {
                        let _ = self.inner.signal(Signal::STOP);
                        return self.indeterminate(begun, unseen.to_string());
                    }
                };
                if clean >= LOOKS {
                    return self.as_certain(begun);
                }
            }
            if Instant::now() > limit && (looks >= AT_LEAST || !self.inner.stopped()) {
                return self
                    .indeterminate(begun, format!("not every thread had stopped {PAUSE_LIMIT:?} after SIGSTOP"));
            }
            match (stopped, &mut children) {
                (Some(since), _) => shortly(since).await,
                (None, Some(children)) => {
                    tokio::select! { _ = children.recv() => {}, () = tokio::time::sleep(TICK) => {} }
                }
                (None, None) => tokio::time::sleep(TICK).await,
            }
        }
    }

    /// Continues all that belongs to it with SIGCONT. The kernel does that before the call returns; what is found stopped
    /// again and again was stopped by something else.
    pub async fn resume(&self) -> ChangeOutcome {
        let begun = self.inner.clock.now();
        if let Some(end) = self.ended() {
            return ChangeOutcome::Exited(end);
        }
        let asked = Instant::now();
        let (mut clean, mut looks) = (0, 0);
        while clean < LOOKS {
            looks += 1;
            clean = match self.inner.members.resume() {
                Ok(0) => clean + 1,
                Ok(_) => 0,
                Err(unseen) => {
                    let _ = self.inner.signal(Signal::CONT);
                    return self.indeterminate(begun, unseen.to_string());
                }
            };
            if let Some(end) = self.ended() {
                return ChangeOutcome::Exited(end);
            }
            if asked.elapsed() > PAUSE_LIMIT && looks >= AT_LEAST {
                return self.indeterminate(begun, "it was stopped again, by something else".to_owned());
            }
            shortly(asked).await;
        }
        self.as_certain(begun)
    }

    /// Done, if every process that it should have reached can be found at all.
    pub(super) fn as_certain(&self, begun: u64) -> ChangeOutcome {
        match self.inner.members.certain() {
            Ok(()) => ChangeOutcome::Installed([begun, self.inner.clock.now()]),
            Err(unseen) => self.indeterminate(begun, unseen.to_string()),
        }
    }
}

impl Inner {
    /// Sends SIGSTOP to the launched process alone; false when it has been reaped.
    fn stop_leader(&self) -> std::io::Result<bool> {
        match pidfd_send_signal(&self.pidfd, Signal::STOP) {
            Ok(()) => Ok(true),
            Err(Errno::SRCH) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
