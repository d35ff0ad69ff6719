//! What ends a run although no checker has said anything: a node forked away, or could not be started again.
//!
//! *Programs that fork away.* What was started ends with status 0, and its work goes on in a process that left. A daemon does
//! this by design, and the harness can then neither pause nor kill the node it believes to have, nor see it die. To a naive
//! reader it looks like a node that died, which would be a false accusation. Evidence is what belongs to the node and still runs
//! when the process itself has ended. Where that cannot be known, it is a pipe that a process still holds ([`super::end`]). A
//! status other than 0, and an end that was asked for, are ends like any other: helpers may well outlive a crash for a while.

use history::finding::Lost;
use tokio::sync::watch;

use super::{Asked, Cluster};
use crate::process::Exit;

/// Where it is reported what went wrong first.
#[derive(Debug, Clone)]
pub(super) struct FirstTrouble(watch::Sender<Option<Lost>>);

impl Default for FirstTrouble {
    fn default() -> Self {
        Self(watch::channel(None).0)
    }
}

impl FirstTrouble {
    /// Something went wrong.
    pub(super) fn tell(&self, lost: Lost) {
        self.0.send_if_modified(|told| {
            let first = told.is_none();
            told.get_or_insert(lost);
            first
        });
    }

    /// A node has forked away; `stray` is the command line of what went on, where it is known.
    pub(super) fn forked(&self, node: &str, stray: Option<&str>) {
        let stray = stray.map_or("something that it had started".to_owned(), |line| format!("`{line}`"));
        self.tell(Lost::forked_away(format!(
            "{node} forked away: what was started has exited with status 0, and {stray} continued without it. Run it in \
             the foreground, so that it can be paused and killed"
        )));
    }
}

impl Cluster {
    /// What went wrong so far and is not the nodes' doing.
    pub fn told(&self) -> Option<Lost> {
        self.trouble.0.borrow().clone()
    }

    /// Resolves with the first thing that went wrong and is not the nodes' doing, if anything does.
    pub async fn trouble(&self) -> Lost {
        let mut told = self.trouble.0.subscribe();
        match told.wait_for(Option::is_some).await.map(|told| told.clone()) {
            Ok(Some(lost)) => lost,
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

/// Whether an end is one by which a process may have forked away.
pub(super) fn may_have_forked(exit: Exit, asked: Asked) -> bool {
    exit == Exit::Status(0) && matches!(asked, Asked::NoOne)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_end_with_status_0_that_nobody_asked_for_may_be_a_fork() {
        assert!(may_have_forked(Exit::Status(0), Asked::NoOne));
        assert!(!may_have_forked(Exit::Status(1), Asked::NoOne));
        assert!(!may_have_forked(Exit::Signal(9), Asked::NoOne));
        assert!(!may_have_forked(Exit::Status(0), Asked::Teardown));
        assert!(!may_have_forked(Exit::Status(0), Asked::Fault { id: 3, at: 0 }));
    }
}
