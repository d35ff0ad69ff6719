//! What stands between a disk and the requests of its node: what is let through, held, slowed, failed or counted.
//!
//! A request that is held has no answer yet, and its thread sleeps in the kernel, where not even SIGKILL wakes it. So the code that
//! kills a node says so afterwards ([`Gate::killed`]): what was held is answered then, and by a process that never returns.

use std::collections::BinaryHeap;
use std::time::{Duration, SystemTime};

use nix::errno::Errno;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use workloads::fault::Moment;

use super::operation::{Operation, OperationWatch};
use super::store::{Ills, Now, Store};

/// What a request is to a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestClass {
    /// It reads, and finds what it needs in memory.
    Look,
    /// It changes something.
    Change,
    /// It waits until something is durable.
    Sync,
    /// The kernel writes back what a process had changed in mapped memory, or closes a file.
    Behind,
}

/// The answer to a request, ready to be sent.
pub(super) type Answer = Box<dyn FnOnce() + Send>;

/// A request: what it does to a store, or what it answers where there is none for it.
pub(super) type RequestJob = Box<dyn FnOnce(Result<(&mut Store, Now), Errno>) -> Answer + Send>;

enum Held {
    Job(RequestJob),
    Answer(Answer),
}

/// Whether requests are let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Admission {
    /// They are, as far as the disk does not hang.
    Open,
    /// The power is gone, or a crash point is reached: none is, until the node has been killed.
    Frozen,
    /// The node has been killed: all fail.
    Dead,
    /// The node of a hanging disk has been killed: what would hang fails.
    Dying,
}

/// What is wrong with a disk, apart from what it refuses by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults {
    /// What it refuses.
    pub ills: Ills,
    /// Nothing that changes or syncs is answered.
    pub hangs: bool,
    /// An fsync takes so much longer at the mean; the times are distributed exponentially.
    pub slow: Option<Duration>,
}

/// A request that was reached and that a crash point had named.
pub(super) type Reached = Box<dyn FnOnce(Operation) + Send>;

/// The disk of one node, with what is done to its requests.
pub(super) struct Gate {
    pub(super) store: Store,
    zero: std::time::Instant,
    admission: Admission,
    faults: Faults,
    held: Vec<Held>,
    slowed: BinaryHeap<Slowed>,
    rng: ChaCha8Rng,
    watch: Option<(OperationWatch, Reached)>,
    /// How often anything was done to it from outside.
    changes: u64,
    /// The texts of operations since they were asked for.
    noted: Option<Vec<String>>,
}

/// So many operations are noted at most.
const NOTED: usize = 1000;

struct Slowed {
    due: std::time::Instant,
    job: RequestJob,
}

impl PartialEq for Slowed {
    fn eq(&self, other: &Self) -> bool {
        self.due == other.due
    }
}

impl Eq for Slowed {}

impl PartialOrd for Slowed {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Slowed {
    /// The one that is due first is the greatest.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.due.cmp(&self.due)
    }
}

impl Gate {
    pub(super) fn new(store: Store, rng: ChaCha8Rng) -> Self {
        Self {
            store,
            zero: std::time::Instant::now(),
            admission: Admission::Open,
            faults: Faults::default(),
            held: Vec::new(),
            slowed: BinaryHeap::new(),
            rng,
            watch: None,
            changes: 0,
            noted: None,
        }
    }

    pub(super) fn now(&self) -> Now {
        Now { since: self.zero.elapsed(), wall: SystemTime::now() }
    }

    /// Takes a request. Answers when to [look again](Self::due), where that is new.
    pub(super) fn take(
        &mut self,
        class: RequestClass,
        what: impl FnOnce(&Store) -> Option<Operation>,
        job: RequestJob,
    ) -> Option<std::time::Instant> {
        match self.admission {
            Admission::Dead => {
                job(Err(Errno::EIO))();
                return None;
            }
            Admission::Dying if matches!(class, RequestClass::Change | RequestClass::Sync) => {
                job(Err(Errno::EIO))();
                return None;
            }
            // The kernel may write back in the name of the last process that holds the node's memory. That can be the harness
            // itself, which is to kill the node. The cut treats it as all that no fsync covered, and no node learns of it.
            Admission::Frozen if class == RequestClass::Behind => {
                self.run(job)();
                return None;
            }
            Admission::Frozen => {
                self.held.push(Held::Job(job));
                return None;
            }
            Admission::Open | Admission::Dying => {}
        }
        if (self.watch.is_some() || self.noted.is_some())
            && let Some(operation) = what(&self.store)
        {
            if let Some(noted) = self.noted.as_mut().filter(|noted| noted.len() < NOTED) {
                noted.push(operation.text.clone());
            }
            match self.watch.as_mut().and_then(|(watch, _)| watch.meets(&operation)) {
                Some(Moment::Before) => {
                    self.reach(operation, Held::Job(job));
                    return None;
                }
                Some(Moment::After) => {
                    let answer = self.run(job);
                    self.reach(operation, Held::Answer(answer));
                    return None;
                }
                None => {}
            }
        }
        if self.faults.hangs && matches!(class, RequestClass::Change | RequestClass::Sync) {
            self.held.push(Held::Job(job));
            return None;
        }
        if let Some(mean) = self.faults.slow.filter(|_| class == RequestClass::Sync) {
            let wait = mean.mul_f64(-self.rng.random_range(f64::MIN_POSITIVE..1.0).ln());
            let due = std::time::Instant::now() + wait;
            self.slowed.push(Slowed { due, job });
            return Some(due);
        }
        self.run(job)();
        None
    }

    fn run(&mut self, job: RequestJob) -> Answer {
        let now = self.now();
        job(Ok((&mut self.store, now)))
    }

    fn reach(&mut self, operation: Operation, held: Held) {
        self.admission = Admission::Frozen;
        self.held.push(held);
        if let Some((_, reached)) = self.watch.take() {
            reached(operation);
        }
    }

    /// Does what is due of what was slowed. Answers when the next of it is.
    pub(super) fn due(&mut self) -> Option<std::time::Instant> {
        loop {
            let next = self.slowed.peek()?.due;
            if next > std::time::Instant::now() {
                return Some(next);
            }
            let job = self.slowed.pop()?.job;
            match self.admission {
                Admission::Open if self.faults.hangs => self.held.push(Held::Job(job)),
                Admission::Open => self.run(job)(),
                Admission::Frozen => self.held.push(Held::Job(job)),
                Admission::Dead | Admission::Dying => job(Err(Errno::EIO))(),
            }
        }
    }

    /// The power is gone: nothing is answered any more.
    pub(super) fn freeze(&mut self) {
        self.changes += 1;
        self.admission = Admission::Frozen;
    }

    /// The node has been sent SIGKILL: a thread that waits for an answer gets one, or would stay.
    pub(super) fn killed(&mut self) {
        self.watch = None;
        self.changes += 1;
        self.admission = match self.admission {
            Admission::Frozen | Admission::Dead => Admission::Dead,
            Admission::Open | Admission::Dying => Admission::Dying,
        };
        self.fail_held();
    }

    fn fail_held(&mut self) {
        let slowed = std::mem::take(&mut self.slowed).into_iter().map(|slowed| Held::Job(slowed.job));
        for held in std::mem::take(&mut self.held).into_iter().chain(slowed) {
            match held {
                Held::Job(job) => job(Err(Errno::EIO))(),
                Held::Answer(answer) => answer(),
            }
        }
    }

    /// A new incarnation of the node is about to start.
    pub(super) fn open(&mut self) {
        self.fail_held();
        self.changes += 1;
        self.admission = Admission::Open;
    }

    /// Says what is wrong from now on. What was held because the disk hung is done when it does not any more.
    pub(super) fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
        self.changes += 1;
        self.store.set_ills(faults.ills);
        if self.admission == Admission::Open && !faults.hangs {
            for held in std::mem::take(&mut self.held) {
                match held {
                    Held::Job(job) => self.run(job)(),
                    Held::Answer(answer) => answer(),
                }
            }
        }
        if self.admission == Admission::Open && faults.slow.is_none() {
            for slowed in std::mem::take(&mut self.slowed).into_sorted_vec().into_iter().rev() {
                self.run(slowed.job)();
            }
        }
    }

    /// Waits for an operation: it will be reached once.
    pub(super) fn watch_for(&mut self, watch: OperationWatch, reached: Reached) {
        self.watch = Some((watch, reached));
    }

    /// Waits for no operation any more. Answers whether one was waited for.
    pub(super) fn watch_for_nothing(&mut self) -> bool {
        self.watch.take().is_some()
    }

    /// A number that stays the same for as long as nothing is wrong; none while something is.
    pub(super) fn soundness(&self) -> Option<u64> {
        let sound = self.admission == Admission::Open && self.faults == Faults::default() && !self.store.overflowed();
        sound.then_some(self.changes)
    }

    /// Notes what is done from now on.
    pub(super) fn note(&mut self) {
        self.noted = Some(Vec::new());
    }

    /// How much has been noted.
    pub(super) fn noted(&self) -> usize {
        self.noted.as_ref().map_or(0, Vec::len)
    }

    /// What was done since; nothing is noted any more.
    pub(super) fn take_noted(&mut self) -> Vec<String> {
        self.noted.take().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use rand::SeedableRng;

    use super::*;
    use crate::disk::image::Attributes;
    use history::run::Model;

    /// Takes a request; answers with what it is answered at once, if it is.
    fn answered(gate: &mut Gate, class: RequestClass) -> Option<Result<(), Errno>> {
        let seen = Arc::new(Mutex::new(None));
        let tell = Arc::clone(&seen);
        let job: RequestJob = Box::new(move |done| {
            let done = done.map(drop);
            Box::new(move || *tell.lock().unwrap() = Some(done))
        });
        gate.take(class, |_| None, job);
        *seen.lock().unwrap()
    }

    #[test]
    fn without_power_only_what_the_kernel_writes_behind_is_taken_and_after_the_kill_all_fails() {
        let began = SystemTime::UNIX_EPOCH;
        let root = Attributes { mode: 0o755, uid: 0, gid: 0, read: began, written: began, changed: began };
        let mut gate = Gate::new(Store::new(Model::Journal, root), ChaCha8Rng::seed_from_u64(1));
        gate.freeze();
        assert_eq!(answered(&mut gate, RequestClass::Behind), Some(Ok(())));
        for class in [RequestClass::Look, RequestClass::Change, RequestClass::Sync] {
            assert_eq!(answered(&mut gate, class), None, "{class:?}");
        }
        gate.killed();
        for class in [RequestClass::Look, RequestClass::Change, RequestClass::Sync, RequestClass::Behind] {
            assert_eq!(answered(&mut gate, class), Some(Err(Errno::EIO)), "{class:?}");
        }
    }
}
