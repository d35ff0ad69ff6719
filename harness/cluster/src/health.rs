//! Watching the harness and its machine, so that what a busy machine got wrong is no finding.
//!
//! A leader that is late because its host had no CPU for it looks like a broken one. Three watches tell them apart,
//! each on a thread of its own, since a runtime that stalls cannot report its own stall:
//!
//! - *the timer*: sleeps of 5 ms; one that overshoots by more than 50 ms says that the harness did not run;
//! - *the run queue*: every 50 ms, how long each thread of each node was ready to run and had no CPU (from schedstat). More than
//!   50 ms between two looks says that the node did not run. The figure is that of the worst thread, not the sum: thirty threads
//!   that wait 2 ms each are an ordinary Go program;
//! - *many small waits*: a machine can be so busy that nothing waits for 50 ms and everything waits for 20. Where that goes
//!   on for a second and a mean wait is longer than the bound allows ([`Processor`]), the whole second is a stall;
//! - *simulated disks*: the harness serves them itself. Their threads' run queues are looked at like those of nodes, and an answer
//!   that takes longer than the canary may is a stall of the disk ([`Health::of_disks`]);
//! - *the canary*: every second a byte is written in the run's folder and made durable as a node's vote is, with two syncs. Where
//!   that takes longer than the bound allows ([`Disk`]), nodes that persist votes fared no better.
//!
//! Each finding is a span that certainly contains the stall and says nothing about its cause. Pressure is sampled
//! every second for the record. What is done about it is the checker's matter (`harness-health`).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::awake::Awake;
use crate::clock::Clock;
use crate::process::Waited;

/// How long the timer sleeps.
const TIMER: Duration = Duration::from_millis(5);

/// How late the timer may be, and how long a thread may have waited for a CPU between two looks.
pub const STALL: Duration = Duration::from_millis(50);

/// The time between two looks at the run queues. As long as a stall. The figure is a sum, and over a longer time many short
/// waits, which delay nothing by much, would add up to one long one.
const LOOK: Duration = STALL;

/// The time between two samples of pressure, and at most between two saves of the canary.
const SECOND: Duration = Duration::from_secs(1);

/// The time between two saves of which the first was slow: what is slow varies, and is looked at closely.
const AGAIN: Duration = Duration::from_millis(100);

/// What was noticed.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// Something did not run for a while.
    Stall(Stall),
    /// How busy the machine was.
    Pressure(Pressure),
}

/// A time in which something did not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stall {
    /// From when to when at most, nanoseconds since the run's zero.
    pub span: [u64; 2],
    pub cause: Cause,
}

/// What did not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The harness itself.
    Timer,
    /// A node, by the name it is followed under.
    RunQueue(String),
    Fsync,
    /// The simulated disk of a node, by the name of that.
    Simulated(String),
}

/// The share of the last second in which something waited, 0 to 1; none where the kernel does not tell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pressure {
    /// When it was sampled, nanoseconds since the run's zero.
    pub at: u64,
    /// For a CPU.
    pub cpu: Option<f64>,
    /// For a disk.
    pub io: Option<f64>,
    /// The share of the host's processors that had nothing to do.
    pub idle: Option<f64>,
}

/// How long each thread has waited for a CPU; see [`crate::process::Process::run_queue`].
type Probe = Box<dyn FnMut() -> Option<Vec<(u32, Waited)>> + Send>;

/// The watches. They end when this is dropped.
#[must_use = "dropping the watch ends it"]
pub struct Health {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    /// What can be done against stalls is done as long as they are watched for.
    _awake: Option<Awake>,
}

struct Shared {
    clock: Clock,
    disk: Disk,
    processor: Processor,
    over: AtomicBool,
    /// When the fsync that is under way began, plus one; 0: there is none.
    fsync_begun: AtomicU64,
    followed: Mutex<Vec<Followed>>,
    tell: Box<dyn Fn(Finding) + Send + Sync>,
}

struct Followed {
    name: String,
    probe: Probe,
    last: Option<BTreeMap<u32, Waited>>,
    /// What each thread had waited when the second began.
    second: Option<BTreeMap<u32, Waited>>,
}

impl Health {
    /// Starts the watches. `tell` is called from their threads and must not block. `folder` is the run's. `bound` is the time
    /// within which a leader is owed; an fsync there may take its share of it before it counts as a stall.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written, or threads cannot be started.
    pub fn watch(
        clock: Clock,
        folder: &Path,
        bound: Duration,
        tell: impl Fn(Finding) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let canary = tempfile::tempfile_in(folder)?;
        let shared = Arc::new(Shared {
            clock,
            disk: Disk::of(bound),
            processor: Processor::of(bound),
            over: AtomicBool::new(false),
            fsync_begun: AtomicU64::new(0),
            followed: Mutex::default(),
            tell: Box::new(tell),
        });
        let mut health = Self { shared: Arc::clone(&shared), threads: vec![], _awake: Awake::hold().ok() };
        let begun = clock.now();
        health.start("health-timer", move |shared| shared.watch_timer(begun))?;
        health.start("health-looks", Shared::look)?;
        // Not joined: a disk that hangs must not hang the harness.
        thread::Builder::new().name("health-canary".to_owned()).spawn(move || shared.watch_fsync(canary))?;
        Ok(health)
    }

    fn start(&mut self, name: &str, work: impl FnOnce(&Shared) + Send + 'static) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        self.threads.push(thread::Builder::new().name(name.to_owned()).spawn(move || work(&shared))?);
        Ok(())
    }

    /// The harness calls this when an answer of a node's simulated disk took so long, with the name of the node. It counts like a
    /// slow fsync. Nothing is reported once the watch has ended. The canary may hold its share a moment longer: see
    /// [`Health::watch`].
    pub fn of_disks(&self) -> impl Fn(&str, Duration) + Send + Sync + 'static {
        let shared = Arc::downgrade(&self.shared);
        move |name, took| {
            let Some(shared) = shared.upgrade() else { return };
            if shared.over() || took <= shared.disk.stall {
                return;
            }
            let now = shared.clock.now();
            shared.stall([now.saturating_sub(nanos(took)), now], Cause::Simulated(name.to_owned()));
        }
    }

    /// Follows a node's run queue until the probe answers none.
    pub fn follow(&self, name: &str, probe: impl FnMut() -> Option<Vec<(u32, Waited)>> + Send + 'static) {
        let followed = Followed { name: name.to_owned(), probe: Box::new(probe), last: None, second: None };
        self.shared.followed.lock().unwrap_or_else(PoisonError::into_inner).push(followed);
    }
}

impl Drop for Health {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            thread.thread().unpark();
            let _ = thread.join();
        }
        if let Some(begun) = self.shared.fsync_begun.swap(0, Ordering::Relaxed).checked_sub(1) {
            let now = self.shared.clock.now();
            if self.shared.disk.judge(None, [begun, now]).is_some() {
                self.shared.stall([begun, now], Cause::Fsync);
            }
        }
    }
}

impl Shared {
    fn over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn stall(&self, span: [u64; 2], cause: Cause) {
        (self.tell)(Finding::Stall(Stall { span, cause }));
    }

    /// Accounts for every instant since `before`: what does not run between two sleeps does not run either.
    fn watch_timer(&self, mut before: u64) {
        let (mut second, mut late) = (before, Waited::default());
        while !self.over() {
            thread::sleep(TIMER);
            let after = self.clock.now();
            let overshot = Duration::from_nanos(after - before).saturating_sub(TIMER);
            if overshot > STALL {
                self.stall([before, after], Cause::Timer);
            }
            late = Waited { time: late.time + overshot, times: late.times + 1 };
            if after - second >= nanos(SECOND) {
                if self.processor.is_busy(late) {
                    self.stall([second, after], Cause::Timer);
                }
                (second, late) = (after, Waited::default());
            }
            before = after;
        }
    }

    fn look(&self) {
        let mut before = self.clock.now();
        let mut sampled = (before, pressure("cpu"), pressure("io"));
        let mut ticks = processors();
        while !self.over() {
            thread::park_timeout(LOOK);
            let now = self.clock.now();
            let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
            followed.retain_mut(|node| match (node.probe)() {
                None => false,
                Some(delays) => {
                    if let Some(waited) = node.waited(delays).filter(|waited| *waited > STALL) {
                        // A wait is counted when it ends, and may have begun before the last look.
                        let span = [before.min(now.saturating_sub(nanos(waited))), now];
                        self.stall(span, Cause::RunQueue(node.name.clone()));
                    }
                    true
                }
            });
            before = now;
            let second = now - sampled.0 >= nanos(SECOND);
            if second {
                for node in followed.iter_mut() {
                    if node.begun_anew().into_iter().any(|waited| self.processor.is_busy(waited)) {
                        self.stall([sampled.0, now], Cause::RunQueue(node.name.clone()));
                    }
                }
            }
            drop(followed);
            if second {
                let (cpu, io) = (pressure("cpu"), pressure("io"));
                let ticked = processors();
                let share = |before: Option<Duration>, after: Option<Duration>| {
                    let waited = after?.checked_sub(before?)?;
                    Some((waited.as_secs_f64() * 1e9 / (now - sampled.0) as f64).clamp(0.0, 1.0))
                };
                (self.tell)(Finding::Pressure(Pressure {
                    at: now,
                    cpu: share(sampled.1, cpu),
                    io: share(sampled.2, io),
                    idle: idle(ticks, ticked),
                }));
                ticks = ticked;
                sampled = (now, cpu, io);
            }
        }
    }

    fn watch_fsync(&self, mut canary: File) {
        let mut slow_since = None;
        while !self.over() {
            let begun = self.clock.now();
            self.fsync_begun.store(begun + 1, Ordering::Relaxed);
            for _ in 0..2 {
                // A full disk is found by those who write what matters.
                let _ = canary.write_all(b"x").and_then(|()| canary.sync_all());
            }
            // The one that takes the mark away reports: this, or the end of the watch.
            if self.fsync_begun.swap(0, Ordering::Relaxed) != 0 {
                let save = [begun, self.clock.now()];
                if let Some(span) = self.disk.judge(slow_since, save) {
                    self.stall(span, Cause::Fsync);
                }
                slow_since = self.disk.is_slow(save).then_some(begun);
            }
            let next = self.clock.now() + nanos(if slow_since.is_some() { AGAIN } else { self.disk.pace });
            while !self.over() && self.clock.now() < next {
                thread::sleep(AGAIN);
            }
        }
    }
}

impl Followed {
    /// How long the worst thread has waited since the last look; none at the first. A new thread began at zero.
    fn waited(&mut self, delays: Vec<(u32, Waited)>) -> Option<Duration> {
        let now: BTreeMap<u32, Waited> = delays.into_iter().collect();
        let last = self.last.replace(now)?;
        grown(&last, self.last.as_ref()?).map(|waited| waited.time).max()
    }

    /// What each thread waited in the second that ends; none in the first, which may be a part of one.
    fn begun_anew(&mut self) -> Vec<Waited> {
        let before = std::mem::replace(&mut self.second, self.last.clone());
        match (&before, &self.last) {
            (Some(before), Some(now)) => grown(before, now).collect(),
            _ => Vec::new(),
        }
    }
}

/// What each thread has waited between two looks.
fn grown(before: &BTreeMap<u32, Waited>, now: &BTreeMap<u32, Waited>) -> impl Iterator<Item = Waited> {
    now.iter().map(|(thread, now)| {
        let before = before.get(thread).copied().unwrap_or_default();
        Waited { time: now.time.saturating_sub(before.time), times: now.times.saturating_sub(before.times) }
    })
}

/// How long a thread may wait for a processor again and again where a leader is owed within a bound.
///
/// A round of an election has some eight waits one after the other: candidate, network and voter each way, and their disks. With
/// timeouts of 150 to 300 ms and a bound of 5 s, a mean wait of 10 ms takes half of the shortest timeout. Votes are then split
/// that would not be. That is a 512th of the bound. A few long waits are not many: they are stalls by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Processor {
    mean: Duration,
}

impl Processor {
    /// Fewer waits in a second than this say nothing of the others.
    const MANY: u64 = 8;

    /// For a bound.
    pub fn of(bound: Duration) -> Self {
        Self { mean: bound / 512 }
    }

    /// Whether this was waited in a second by the threads of a machine that is too busy.
    pub fn is_busy(&self, second: Waited) -> bool {
        u32::try_from(second.times).is_ok_and(|times| u64::from(times) >= Self::MANY && second.time > self.mean * times)
    }
}

/// How slow the disk may be where a leader is owed within a bound. It is a matter of the bound and not of what disks do.
///
/// A candidate saves term and vote before it asks, and a voter before it answers. A node that times out while these two saves are
/// under way is a candidate too, and the votes are split. The bound has room for some 16 rounds, of which about every fourth may
/// be split (the dissertation's ch. 9 with two of five nodes down: 27 %); with timeouts of 150 to 300 ms and a bound of 5 s that
/// is so as long as a save takes up to 20 ms. At 80 ms three rounds of four are split, and at 150 every one is. Such a disk makes
/// every Raft loop, and that is no fault of the node's. So one save of a 64th of the bound is a stall, and so are two of a 256th
/// in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    /// A save that takes longer is slow.
    slow: Duration,
    /// One that takes longer is a stall by itself.
    stall: Duration,
    /// The time between two saves of the canary, as long as they are quick.
    pace: Duration,
}

impl Disk {
    /// For a bound.
    pub fn of(bound: Duration) -> Self {
        Self { slow: bound / 256, stall: bound / 64, pace: (bound / 5).clamp(AGAIN, SECOND) }
    }

    /// Whether runs do not suffer from a disk whose saves take so long at the median and at worst.
    pub fn bears(&self, median: Duration, worst: Duration) -> bool {
        median <= self.slow && worst <= self.stall
    }

    /// Whether a save was slow.
    pub fn is_slow(&self, save: [u64; 2]) -> bool {
        save[1] - save[0] > nanos(self.slow)
    }

    /// The stall that a save proves, if the one before it was slow and began at `slow_since`.
    pub fn judge(&self, slow_since: Option<u64>, save: [u64; 2]) -> Option<[u64; 2]> {
        if self.is_slow(save)
            && let Some(since) = slow_since
        {
            return Some([since, save[1]]);
        }
        (save[1] - save[0] > nanos(self.stall)).then_some(save)
    }
}

/// The time since boot in which some task waited for a resource (`cpu`, `io`, `memory`), from /proc/pressure.
pub fn pressure(resource: &str) -> Option<Duration> {
    let text = std::fs::read_to_string(format!("/proc/pressure/{resource}")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("some "))?;
    let total = line.split_whitespace().find_map(|field| field.strip_prefix("total="))?;
    total.parse().ok().map(Duration::from_micros)
}

/// The ticks that the host's processors were idle, and all of them, since boot, from /proc/stat.
pub fn processors() -> Option<(u64, u64)> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    let ticks = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
    // user, nice, system, idle, iowait, irq, softirq, steal; what guests took is counted under user.
    let ticks: Vec<u64> = ticks.split_whitespace().take(8).map_while(|ticks| ticks.parse().ok()).collect();
    Some((ticks.get(3)? + ticks.get(4).unwrap_or(&0), ticks.iter().sum()))
}

/// The share that was idle between two readings of [`processors`], 0 to 1.
pub fn idle(before: Option<(u64, u64)>, after: Option<(u64, u64)>) -> Option<f64> {
    let ((idle_before, all_before), (idle_after, all_after)) = (before?, after?);
    let (idle, all) = (idle_after.checked_sub(idle_before)?, all_after.checked_sub(all_before)?);
    (all > 0).then(|| (idle as f64 / all as f64).clamp(0.0, 1.0))
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
