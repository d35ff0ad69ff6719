//! What every node sent and received, as a file that Wireshark opens (`--pcap`).
//!
//! # What is in it
//! Each node has an interface, and at it stands every packet that the node sent (outbound) and every packet that it received
//! (inbound). So a packet that crosses stands there twice, with the time of each. What a rule does to a packet is written beside
//! it as a comment when it is sent: `dropped: cut`, `delayed 20 ms`, `duplicated`, `corrupted`. A packet may be dropped only
//! later: a cut begins while it waits in a delay, or its destination's device refuses it. Its first entry cannot say that. So it
//! stands there once more, at the interface it was for, without a direction, since it was never received. So every drop that the
//! counters of a link know has exactly one comment that begins with `dropped`. Every packet that passed is inbound exactly once.
//! The harness has no interface; its packets stand at the nodes'.
//!
//! # The trade-off
//! The thread that carries packets must not wait for a disk. It puts a packet into bytes, and hands over what came together in a
//! turn; a thread of its own ([`writer`]) does the rest. Between them at most [`ROOM`] bytes wait. A packet that finds no room is
//! missing from the file, and never silently. The next packet at that interface says how many are missing (`epb_dropcount`, and a
//! comment). So do the statistics at the end of the file, and the history.
//!
//! Times are those of the history, laid on the wall clock as it was when the run began. Setting the clock changes nothing.

mod pcapng;
#[cfg(test)]
mod tests;
mod writer;

use std::fmt::Write;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Thread};
use std::time::Duration;

use workloads::Effect;

use self::pcapng::{Direction, Packet};
use self::writer::Writer;
use super::addresses::HostAddress;
use super::fate::Fate;
use super::links::NodePair;
use crate::clock::Clock;

/// How many bytes may wait for the disk.
const ROOM: u64 = 64 << 20;

/// How long the end of a run waits for the rest of the file.
const PATIENCE: Duration = Duration::from_secs(10);

/// A capture that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// The file, which must not exist.
    pub file: PathBuf,
    /// The names of the nodes, in order; those that have none are called `n1`, `n2` ….
    pub names: Vec<String>,
    /// What it is a capture of, such as the name of a run.
    pub about: String,
}

/// What becomes of a packet, as far as it is known when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    /// It goes its way.
    Plain,
    /// It is dropped, for this reason.
    Dropped(&'static str),
    /// Something is done to it.
    Treated {
        /// For so many nanoseconds it waits.
        delay: u64,
        twice: bool,
        corrupted: bool,
        mended: bool,
    },
}

/// What the switch and the writer both know.
#[derive(Debug)]
struct Shared {
    clock: Clock,
    counts: Vec<Count>,
    /// Bytes that were handed over and not written.
    waiting: AtomicU64,
    /// Nothing can be written any more.
    broken: AtomicBool,
}

/// Packets of one interface.
#[derive(Debug, Default)]
struct Count {
    had: AtomicU64,
    lost: AtomicU64,
}

impl Shared {
    /// A time of the run as nanoseconds since 1970.
    fn wall(&self, at: u64) -> u64 {
        self.clock.wall_zero().saturating_add(at)
    }
}

/// Where the switch's thread leaves its packets. Without a capture it does nothing, and costs a branch.
#[derive(Debug, Default)]
pub(super) struct Tap(Option<Recorder>);

#[derive(Debug)]
struct Recorder {
    shared: Arc<Shared>,
    batch: Vec<u8>,
    batches: Sender<Vec<u8>>,
    /// How many packets in a row did not find room, for each interface.
    missing: Vec<u64>,
    comment: String,
}

/// The last turn is handed over as well, also where it ends with the order to close.
impl Drop for Recorder {
    fn drop(&mut self) {
        if !self.batch.is_empty() {
            self.hand_over();
        }
    }
}

/// The file that is being written.
#[derive(Debug)]
pub(super) struct Recording {
    file: PathBuf,
    shared: Arc<Shared>,
    thread: Thread,
    done: Mutex<Option<Receiver<io::Result<()>>>>,
    problem: Mutex<Option<String>>,
}

/// Begins a capture of nodes at these places.
pub(super) fn begin(capture: &Capture, clock: Clock, places: &[HostAddress]) -> io::Result<(Tap, Recording)> {
    begin_in(File::create_new(&capture.file)?, capture, clock, places)
}

fn begin_in(file: File, capture: &Capture, clock: Clock, places: &[HostAddress]) -> io::Result<(Tap, Recording)> {
    let shared = Arc::new(Shared {
        clock,
        counts: places.iter().map(|_| Count::default()).collect(),
        waiting: AtomicU64::new(0),
        broken: AtomicBool::new(false),
    });
    let mut head = Vec::new();
    pcapng::section(&mut head, &about(&capture.about, &shared));
    for (node, place) in places.iter().enumerate() {
        let name = capture.names.get(node).cloned().unwrap_or_else(|| format!("n{}", node + 1));
        pcapng::interface(&mut head, &name, place.address, place.netmask);
    }
    shared.waiting.store(head.len() as u64, Ordering::Relaxed);
    let (batches, inbox) = mpsc::channel();
    let writer = Writer { file, batches: inbox, shared: Arc::clone(&shared), whole: 0, gathered: head };
    let (tell, done) = mpsc::channel();
    let thread = thread::Builder::new().name("capture".into()).spawn(move || {
        let _ = tell.send(writer.run());
    })?;
    let missing = vec![0; places.len()];
    let recorder =
        Recorder { shared: Arc::clone(&shared), batch: Vec::new(), batches, missing, comment: String::new() };
    let recording = Recording {
        file: capture.file.clone(),
        shared,
        thread: thread.thread().clone(),
        done: Mutex::new(Some(done)),
        problem: Mutex::default(),
    };
    Ok((Tap(Some(recorder)), recording))
}

/// What a reader of the file should know first.
fn about(run: &str, shared: &Shared) -> String {
    let zero = shared.wall(0);
    format!(
        "{run}: time 0 of its history is {}.{:09} here. A packet that crosses is at two interfaces: outbound at its \
         sender's, inbound at its receiver's. One that is dropped says why in a comment; dropped on its way, it is at \
         its receiver's interface without a direction.",
        zero / 1_000_000_000,
        zero % 1_000_000_000
    )
}

impl Tap {
    /// A node sends a packet, and this becomes of it.
    #[inline]
    pub(super) fn sent(&mut self, node: usize, packet: &[u8], note: Note) {
        if let Some(recorder) = &mut self.0 {
            recorder.comment.clear();
            note.describe(&mut recorder.comment);
            recorder.record(node, Direction::Outbound, packet);
        }
    }

    /// A packet has come to the end of its way, and was taken there or was not.
    #[inline]
    pub(super) fn arrived(&mut self, way: NodePair, packet: &[u8], taken: bool) {
        if let Some(recorder) = &mut self.0 {
            if taken {
                recorder.comment.clear();
                recorder.record(way.1, Direction::Inbound, packet);
            } else {
                recorder.dropped(way, packet, "its receiver's device did not take it");
            }
        }
    }

    /// A packet that was sent before is dropped on its way.
    #[inline]
    pub(super) fn dropped(&mut self, way: NodePair, packet: &[u8], why: &str) {
        if let Some(recorder) = &mut self.0 {
            recorder.dropped(way, packet, why);
        }
    }

    /// A turn is over: what it recorded goes to the writer.
    #[inline]
    pub(super) fn hand_over(&mut self) {
        if let Some(recorder) = &mut self.0
            && !recorder.batch.is_empty()
        {
            recorder.hand_over();
        }
    }
}

impl Recorder {
    fn dropped(&mut self, (from, to): NodePair, packet: &[u8], why: &str) {
        self.comment.clear();
        let _ = write!(self.comment, "dropped: {why}");
        // What was for the harness is at the sender's: there is no other interface.
        self.record(if to < self.missing.len() { to } else { from }, Direction::None, packet);
    }

    /// Records a packet at a node's interface, with the comment that was prepared. The harness has none.
    fn record(&mut self, node: usize, direction: Direction, packet: &[u8]) {
        let (Some(missing), Some(count)) = (self.missing.get_mut(node), self.shared.counts.get(node)) else { return };
        count.had.fetch_add(1, Ordering::Relaxed);
        let waiting = self.shared.waiting.load(Ordering::Relaxed) + self.batch.len() as u64;
        if waiting + packet.len() as u64 > ROOM || self.shared.broken.load(Ordering::Relaxed) {
            *missing += 1;
            count.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let packet = Packet {
            interface: u32::try_from(node).unwrap_or(u32::MAX),
            at: self.shared.wall(self.shared.clock.now()),
            direction,
            bytes: packet,
            comment: &self.comment,
            missing: std::mem::take(missing),
        };
        pcapng::packet(&mut self.batch, &packet);
    }

    fn hand_over(&mut self) {
        self.shared.waiting.fetch_add(self.batch.len() as u64, Ordering::Relaxed);
        // The writer takes everything until the switch ends, unless the disk is broken: then it is reported as missing.
        let _ = self.batches.send(std::mem::take(&mut self.batch));
    }
}

impl Note {
    /// What an effect does to a packet that is sent now.
    pub(super) fn of(fate: Fate, effect: &Effect, now: u64) -> Self {
        match fate {
            Fate::Lost => Self::Dropped("loss"),
            Fate::Full => Self::Dropped("queue full"),
            Fate::Arrives { due, twice, flip } => Self::Treated {
                delay: due.saturating_sub(now),
                twice,
                corrupted: flip.is_some(),
                mended: effect.mended,
            },
        }
    }

    fn describe(&self, to: &mut String) {
        match *self {
            Self::Plain => {}
            Self::Dropped(why) => {
                let _ = write!(to, "dropped: {why}");
            }
            Self::Treated { delay, twice, corrupted, mended } => {
                let late = (delay > 0).then(|| format!("delayed {} ms", delay as f64 / 1e6));
                let twice = twice.then(|| "duplicated".to_owned());
                let corrupted =
                    corrupted.then(|| if mended { "corrupted, its checksum mended" } else { "corrupted" }.to_owned());
                *to = [late, twice, corrupted].into_iter().flatten().collect::<Vec<_>>().join(", ");
            }
        }
    }
}

impl Recording {
    /// Waits for the end of the file. The switch's thread must be over.
    pub(super) fn finish(&self) {
        let Some(done) = self.done.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        self.thread.unpark();
        let lost: u64 = self.shared.counts.iter().map(|count| count.lost.load(Ordering::Relaxed)).sum();
        let why = match done.recv_timeout(PATIENCE) {
            Ok(Ok(())) if lost == 0 => return,
            Ok(Ok(())) => format!("{lost} packets are missing, because the disk was too slow for them"),
            Ok(Err(error)) => format!("{error}; it ends there"),
            Err(_) => format!("the disk did not take the rest of it within {} s", PATIENCE.as_secs()),
        };
        let name = self.file.file_name().map(Path::new).unwrap_or(&self.file).display();
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(format!("{name} is not whole: {why}"));
    }

    /// Why the file is not whole, if it has ended and is not.
    pub(super) fn problem(&self) -> Option<String> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
