//! How what a node has started is known again: by a resource limit that nothing uses.
//!
//! A process group is left with one call (`setsid`, a shell's `set -m`, Python's `start_new_session`). An environment is emptied
//! with one word (`env -i`), and a parent may be gone. Every process inherits its soft limit of file locks, and no program ever
//! changes it. The kernel hands limits down through every fork and exec, into every session and namespace, and shows them to all.
//! It has not looked at this one since 2003 (RLIMIT_LOCKS in setrlimit(2)). So each process that is launched is given a number
//! there that no other has, and what carries that number belongs to it.
//!
//! A limit is a property of the whole harness, which has it for the moment in which it starts the process. One lock guards
//! that moment: whatever else the harness starts must be started [`apart`], or it would be born with the mark of a node.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Bits of a mark that count the launches of one harness. A command that is run every 50 ms does not use them up in years.
const COUNTED: u32 = 32;

static BIRTHS: Mutex<()> = Mutex::new(());

/// What the marks of this harness begin with: large, so that no program means it as a limit, and drawn by lot.
static OURS: LazyLock<u64> = LazyLock::new(|| (1 << 62) | (rand::random::<u64>() >> 2 << COUNTED) & (u64::MAX >> 2));

static LAUNCHED: AtomicU64 = AtomicU64::new(0);

/// A number that one launch has and no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark(u64);

impl Mark {
    /// The next one; none where limits of file locks are so low that no process may be given it.
    pub(super) fn next() -> Option<Self> {
        let mark = *OURS | LAUNCHED.fetch_add(1, Ordering::Relaxed) & ((1 << COUNTED) - 1);
        getrlimit(Resource::Locks).maximum.is_none_or(|most| mark <= most).then_some(Self(mark))
    }

    /// The mark as the limit that it is.
    pub(super) fn limit(self) -> u64 {
        self.0
    }
}

/// Starts a process that is born with a mark. The answer is none for the mark if it could not be given.
pub(super) fn marked<T>(mark: Option<Mark>, start: impl FnOnce() -> io::Result<T>) -> io::Result<(T, Option<Mark>)> {
    let _alone = BIRTHS.lock().unwrap_or_else(PoisonError::into_inner);
    let lent = mark.and_then(LimitGuard::lend);
    Ok((start()?, mark.filter(|_| lent.is_some())))
}

/// Starts what is no node's.
pub(crate) fn apart<T>(start: impl FnOnce() -> T) -> T {
    let _alone = BIRTHS.lock().unwrap_or_else(PoisonError::into_inner);
    start()
}

/// The harness has the limit of a node as long as this lives.
struct LimitGuard(Rlimit);

impl LimitGuard {
    fn lend(mark: Mark) -> Option<Self> {
        let own = getrlimit(Resource::Locks);
        setrlimit(Resource::Locks, Rlimit { current: Some(mark.0), maximum: own.maximum }).ok()?;
        Some(Self(own))
    }
}

impl Drop for LimitGuard {
    fn drop(&mut self) {
        // It cannot fail: a soft limit may be anything up to the hard one.
        let _ = setrlimit(Resource::Locks, Rlimit { current: self.0.current, maximum: self.0.maximum });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_lent_for_a_birth_and_no_longer() {
        let before = getrlimit(Resource::Locks).current;
        let mark = Mark::next();
        let (seen, given) = marked(mark, || Ok(getrlimit(Resource::Locks).current)).unwrap();
        assert_eq!((seen, given), (mark.map(Mark::limit), mark));
        assert!(mark.is_some() && apart(|| getrlimit(Resource::Locks).current) == before);
        assert_ne!(mark, Mark::next(), "the next launch has another");
    }
}
