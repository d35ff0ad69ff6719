//! Programs that fork away: what was started ends with status 0, and its work goes on in a process that left.
//!
//! A daemon does this by design, and the harness can then neither pause nor kill the node it believes to have, nor
//! see it die. To a naive reader it looks like a node that died, which would be a false accusation. Evidence is what
//! carries the mark of the incarnation in its environment when the process itself has ended, or, where
//! /proc is not ours or the mark was wiped, a pipe that somebody still holds ([`super::await_end`]). A status other than 0,
//! and an end that somebody asked for, are ends like any other: helpers may well outlive a crash for a while.

use tokio::sync::watch;

use super::{Asked, Cluster};
use crate::process::{Exit, Process};

/// Where it is told which node forked away first: a whole sentence.
#[derive(Debug, Clone)]
pub(super) struct Forked(watch::Sender<Option<String>>);

impl Default for Forked {
    fn default() -> Self {
        Self(watch::channel(None).0)
    }
}

impl Forked {
    /// A node has forked away; `stray` is the command line of what went on, where it is known.
    pub(super) fn tell(&self, node: &str, stray: Option<&str>) {
        let stray = stray.map_or("something that it had started".to_owned(), |line| format!("`{line}`"));
        self.0.send_if_modified(|told| {
            let first = told.is_none();
            told.get_or_insert_with(|| {
                format!(
                    "{node} forked away: what was started has exited with status 0, and {stray} went on without it; \
                     have it run in the foreground, so that it can be paused and killed"
                )
            });
            first
        });
    }
}

impl Cluster {
    /// Resolves with a sentence about the first node that forked away, if one does.
    pub async fn forked_away(&self) -> String {
        let mut told = self.forked.0.subscribe();
        match told.wait_for(Option::is_some).await.map(|told| told.clone()) {
            Ok(Some(sentence)) => sentence,
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

/// Whether an end is one by which a process may have forked away.
pub(super) fn may_have(exit: Exit, asked: Asked) -> bool {
    exit == Exit::Status(0) && matches!(asked, Asked::NoOne)
}

/// What a process that has ended left running, which is killed; its command line.
pub(super) fn stray(process: &Process) -> Option<String> {
    let stray = process.stray();
    if stray.is_some() {
        process.kill_strays();
    }
    stray
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_end_with_status_0_that_nobody_asked_for_may_be_a_fork() {
        assert!(may_have(Exit::Status(0), Asked::NoOne));
        assert!(!may_have(Exit::Status(1), Asked::NoOne));
        assert!(!may_have(Exit::Signal(9), Asked::NoOne));
        assert!(!may_have(Exit::Status(0), Asked::Teardown));
        assert!(!may_have(Exit::Status(0), Asked::Fault { id: 3, at: 0 }));
    }
}
