//! What /proc tells about a node and those around it: the rest of its group, what left the group, waits for a CPU.
//!
//! All of it is an extra on top of what the kernel confirms through the pidfd, and all of it is left out where /proc
//! belongs to another PID namespace (see [`crate::sandbox`]): there a number names some other process.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::sandbox::proc_is_ours;

/// Whether all descendants of a process that are in its group are stopped; true when that cannot be known.
pub(super) fn others_stopped(leader: u32) -> bool {
    if !proc_is_ours() {
        return true;
    }
    let mut pending = children(leader);
    while let Some(pid) = pending.pop() {
        if let Some(stat) = Stat::of(&format!("/proc/{pid}/stat"))
            && stat.group == leader
        {
            if stat.alive() && !threads(pid).iter().all(|thread| stopped(pid, *thread)) {
                return false;
            }
            pending.extend(children(pid));
        }
    }
    true
}

/// Whether a group has a member that is more than a zombie waiting to be reaped; true when that cannot be known.
pub(super) fn any_alive(group: u32) -> bool {
    let member =
        |pid: u32| Stat::of(&format!("/proc/{pid}/stat")).is_some_and(|stat| stat.group == group && stat.alive());
    !proc_is_ours() || numbers("/proc").into_iter().any(member)
}

/// Kills every process whose environment carries a mark; says how many there were. This process and those of `others`, of
/// whom it is known whose they are, need not be looked at.
pub(super) fn kill_marked(mark: &str, others: &BTreeSet<u32>) -> usize {
    if !proc_is_ours() {
        return 0;
    }
    let strangers = |pid: &u32| *pid != std::process::id() && !others.contains(pid);
    let killed = |pid: &u32| kill_if_marked(*pid, mark.as_bytes()) == Some(true);
    numbers("/proc").into_iter().filter(strangers).filter(killed).count()
}

/// The command line of a process whose environment carries a mark, if there is one.
pub(super) fn marked(mark: &str) -> Option<String> {
    if !proc_is_ours() {
        return None;
    }
    let carries = |pid: &u32| {
        let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environ.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
    };
    let pid = numbers("/proc").into_iter().find(carries)?;
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line).replace('\0', " ");
    Some(line.trim_end().chars().filter(|c| !c.is_control()).take(200).collect())
}

/// The pidfd comes first, so that what is looked at is what is killed.
fn kill_if_marked(pid: u32, mark: &[u8]) -> Option<bool> {
    let environ = || fs::read(format!("/proc/{pid}/environ")).ok();
    let marked = |environ: Vec<u8>| environ.split(|byte| *byte == 0).any(|variable| variable == mark);
    if !marked(environ()?) {
        return None;
    }
    let pidfd = pidfd_open(Pid::from_raw(i32::try_from(pid).ok()?)?, PidfdFlags::empty()).ok()?;
    Some(marked(environ()?) && pidfd_send_signal(&pidfd, Signal::KILL).is_ok())
}

/// What the kernel knows of the run queues of one process. The files stay open between two looks: a look is then little
/// more than a read for each thread, and leaves the kernel nothing to clear away when the process ends.
#[derive(Debug, Default)]
pub(super) struct RunQueues {
    /// The folder with an entry for each thread.
    task: Option<File>,
    /// Its links when it was last listed: two and one for each thread.
    links: u64,
    threads: BTreeMap<u32, File>,
}

impl RunQueues {
    /// For each thread of the process, how long it has been ready to run without a CPU; none when that is not known.
    pub(super) fn delays(&mut self, pid: u32) -> Option<Vec<(u32, Duration)>> {
        if !proc_is_ours() {
            return None;
        }
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

    fn read(&self) -> Vec<(u32, Duration)> {
        self.threads.iter().filter_map(|(thread, file)| Some((*thread, waited(file)?))).collect()
    }
}

/// The second field of a schedstat file.
fn waited(file: &File) -> Option<Duration> {
    let mut line = [0; 128];
    let length = file.read_at(&mut line, 0).ok()?;
    let waited = std::str::from_utf8(&line[..length]).ok()?.split_whitespace().nth(1)?.parse().ok()?;
    Some(Duration::from_nanos(waited))
}

fn children(pid: u32) -> Vec<u32> {
    let of_thread = |thread: u32| fs::read_to_string(format!("/proc/{pid}/task/{thread}/children")).unwrap_or_default();
    threads(pid)
        .into_iter()
        .flat_map(|thread| of_thread(thread).split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

fn threads(pid: u32) -> Vec<u32> {
    numbers(&format!("/proc/{pid}/task"))
}

/// The entries of a folder that are numbers: processes, or threads.
pub(crate) fn numbers(dir: &str) -> Vec<u32> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn stopped(pid: u32, thread: u32) -> bool {
    Stat::of(&format!("/proc/{pid}/task/{thread}/stat")).is_none_or(|stat| !stat.alive() || stat.state == 'T')
}

/// The fields of /proc/PID/stat that matter here.
pub(crate) struct Stat {
    /// `R`, `S`, `D`, `T`, `Z` …
    pub(crate) state: char,
    /// The parent.
    pub(crate) parent: u32,
    /// The process group.
    pub(crate) group: u32,
}

impl Stat {
    pub(crate) fn of(path: &str) -> Option<Self> {
        Self::parse(&fs::read_to_string(path).ok()?)
    }

    /// The program's name, in parentheses, may itself hold spaces and parentheses: fields are counted after the last.
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?.chars().next()?;
        Some(Self { state, parent: fields.next()?.parse().ok()?, group: fields.next()?.parse().ok()? })
    }

    fn alive(&self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }
}

#[cfg(test)]
mod tests {
    use super::Stat;

    #[test]
    fn a_name_with_spaces_and_parentheses_does_not_shift_the_fields() {
        let stat = Stat::parse("4711 (a) b (c)) T 12 34 34 0 -1").unwrap();
        assert_eq!((stat.state, stat.parent, stat.group), ('T', 12, 34));
    }
}
