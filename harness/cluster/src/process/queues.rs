//! How long each thread of a node has been ready to run and had no processor.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::{Duration, Instant};

use super::members::Members;
use super::proc::numbers;
use crate::sandbox::proc_is_ours;

/// How often it is looked for what else belongs to the node.
const AGAIN: Duration = Duration::from_millis(500);

/// How long a thread has been ready to run and had no processor, since it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waited {
    /// All its waits together.
    pub time: Duration,
    /// How often it was given a processor.
    pub times: u64,
}

/// The same for all processes of a node: of a wrapper and what it wraps, the second is the node.
#[derive(Debug, Default)]
pub(super) struct AllQueues {
    looked: Option<Instant>,
    processes: BTreeMap<u32, RunQueues>,
}

impl AllQueues {
    /// For each thread, how long it has been ready to run without a CPU; none when that is not known.
    pub(super) fn delays(&mut self, members: &Members) -> Option<Vec<(u32, Waited)>> {
        if !proc_is_ours() {
            return None;
        }
        if self.looked.is_none_or(|looked| looked.elapsed() >= AGAIN) {
            self.looked = Some(Instant::now());
            let there: Vec<u32> = members.look().unwrap_or_default().iter().map(|one| one.number).collect();
            self.processes.retain(|number, _| *number == members.leader || there.contains(number));
            for number in there.into_iter().chain([members.leader]) {
                self.processes.entry(number).or_default();
            }
        }
        let delays: Vec<_> =
            self.processes.iter_mut().filter_map(|(number, queues)| queues.delays(*number)).flatten().collect();
        if delays.is_empty() { None } else { Some(delays) }
    }
}

/// What the kernel knows of the run queues of one process. The files stay open between two looks. A look is then little more than
/// a read for each thread, and leaves the kernel nothing to clear away when the process ends.
#[derive(Debug, Default)]
struct RunQueues {
    /// The folder with an entry for each thread.
    task: Option<File>,
    /// Its links when it was last listed: two and one for each thread.
    links: u64,
    threads: BTreeMap<u32, File>,
}

impl RunQueues {
    /// For each thread of the process, how long it has been ready to run without a CPU; none when that is not known.
    fn delays(&mut self, pid: u32) -> Option<Vec<(u32, Waited)>> {
        if self.task.is_none() {
            self.task = File::open(format!("/proc/{pid}/task")).ok();
        }
        let links = self.task.as_ref()?.metadata().ok()?.nlink();
        let mut delays = self.read();
        // As many threads as before may still be others: then one of them can be read no more.
        if links != self.links || delays.len() < self.threads.len() || delays.is_empty() {
            self.list(pid);
            self.links = links;
            delays = self.read();
        }
        if delays.is_empty() { None } else { Some(delays) }
    }

    fn list(&mut self, pid: u32) {
        let there = threads(pid);
        self.threads.retain(|thread, file| there.contains(thread) && waited(file).is_some());
        for thread in there {
            if let Entry::Vacant(vacant) = self.threads.entry(thread)
                && let Ok(file) = File::open(format!("/proc/{pid}/task/{thread}/schedstat"))
            {
                vacant.insert(file);
            }
        }
    }

    fn read(&self) -> Vec<(u32, Waited)> {
        self.threads.iter().filter_map(|(thread, file)| Some((*thread, waited(file)?))).collect()
    }
}

/// The second and the third field of a schedstat file.
fn waited(file: &File) -> Option<Waited> {
    let mut line = [0; 128];
    let length = file.read_at(&mut line, 0).ok()?;
    let mut fields = std::str::from_utf8(&line[..length]).ok()?.split_whitespace().skip(1);
    let time = Duration::from_nanos(fields.next()?.parse().ok()?);
    // What the kernel does not count is once: the mean is then the whole.
    Some(Waited { time, times: fields.next().and_then(|times| times.parse().ok()).unwrap_or(1) })
}

/// A probe of how long one thread of this process has waited for a CPU; none when that is not known.
pub(crate) fn of_own_thread(thread: u32) -> impl FnMut() -> Option<Vec<(u32, Waited)>> + Send {
    let file = proc_is_ours().then(|| File::open(format!("/proc/self/task/{thread}/schedstat")).ok()).flatten();
    move || Some(vec![(thread, waited(file.as_ref()?)?)])
}

fn threads(pid: u32) -> Vec<u32> {
    numbers(&format!("/proc/{pid}/task"))
}
