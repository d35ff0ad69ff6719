//! Everything that belongs to a node, looked for in /proc and signalled.
//!
//! What is found is held by its folder in /proc, which is as good as a pidfd. A signal sent through it reaches the process that
//! was looked at or none, even if another process has its number by then. It also works where /proc is not that of the sandbox's
//! own PID namespace, and shows processes under other numbers. So numbers are compared with each other here, and with nothing
//! else.
//!
//! *Two looks.* Processes are born while others are looked at. A look finds every process that was running before it began. So
//! when two looks in a row find all stopped (or none alive), no process was left that could have started another.
//!
//! *From the top down, and up again.* A process that starts another sits in `vfork`. It cannot stop until its child has come as
//! far as `exec`, which a stopped child never does. So a process is stopped only when its parent is. They are continued the other
//! way round: a shell that finds its job stopped stops waiting for it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;

use rustix::fs::{Mode, OFlags, openat};
use rustix::process::{Signal, pidfd_send_signal};

use super::mark::Mark;
use super::proc::{Stat, numbers};
use crate::sandbox::{self, proc_is_ours};

/// How a process is known to belong to a node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Members {
    /// The number of the process that was launched.
    pub(super) leader: u32,
    /// What it and all that it starts is born with.
    pub(super) mark: Option<Mark>,
    /// The network namespace that only the node lives in, by its inode.
    pub(super) namespace: Option<u64>,
}

/// It cannot be known who belongs to a node.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unseen {
    #[error("what the node has started cannot be found: /proc cannot be read ({0})")]
    Proc(io::Error),
    #[error(
        "what the node has started outside its process group cannot be found: the limit of file locks (`ulimit -Hx`) is too \
         low for it to be marked; raise it"
    )]
    Unmarked,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) number: u32,
    parent: u32,
    state: State,
    folder: OwnedFd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    /// Every thread of it.
    Stopped,
}

impl Members {
    /// Every process that is alive.
    pub(super) fn look(&self) -> Result<Vec<Member>, Unseen> {
        let own = fs::read_link("/proc/self").map_err(Unseen::Proc)?;
        let own: Option<u32> = own.to_str().and_then(|number| number.parse().ok());
        let others = numbers("/proc").into_iter().filter(|number| Some(*number) != own);
        Ok(others.filter_map(|number| self.member(number)).collect())
    }

    /// Whether a look finds every process.
    pub(super) fn certain(&self) -> Result<(), Unseen> {
        if self.mark.is_some() || self.namespace.is_some() { Ok(()) } else { Err(Unseen::Unmarked) }
    }

    /// Stops who runs and whose parent does not; says how many still ran.
    pub(super) fn stop(&self) -> Result<usize, Unseen> {
        let all = self.look()?;
        let running: BTreeSet<u32> =
            all.iter().filter(|one| one.state == State::Running).map(|one| one.number).collect();
        for one in all.iter().filter(|one| running.contains(&one.number) && !running.contains(&one.parent)) {
            one.signal(Signal::STOP);
        }
        Ok(running.len())
    }

    /// Continues every process, children before their parents; says how many had been stopped.
    pub(super) fn resume(&self) -> Result<usize, Unseen> {
        let mut all = self.look()?;
        let parents: BTreeMap<u32, u32> = all.iter().map(|one| (one.number, one.parent)).collect();
        let depth = |one: &Member| {
            let up = std::iter::successors(Some(one.number), |number| parents.get(number).copied());
            up.take(parents.len() + 1).count()
        };
        all.sort_by_key(|one| std::cmp::Reverse(depth(one)));
        all.iter().for_each(|one| one.signal(Signal::CONT));
        Ok(all.iter().filter(|one| one.state == State::Stopped).count())
    }

    /// Kills every process; says which were alive, by command lines. That of one which is about to be gone is empty.
    pub(super) fn kill(&self) -> Result<Vec<String>, Unseen> {
        let all = self.look()?;
        let killed = |one: &Member| {
            let command = one.command();
            one.signal(Signal::KILL);
            command
        };
        Ok(all.iter().map(killed).collect())
    }

    /// Sends a signal to who is not in the process group that was launched.
    pub(super) fn signal_outside_the_group(&self, signal: Signal) -> Result<(), Unseen> {
        let all = self.look()?;
        let group = |one: &Member| one.stat().map(|stat| stat.group);
        let launched = all.iter().find(|one| self.is_leader(one)).and_then(group);
        all.iter().filter(|one| launched.is_none() || group(one) != launched).for_each(|one| one.signal(signal));
        Ok(())
    }

    /// What lives beside the process that was launched and does not descend from it any more: daemons.
    pub(super) fn daemons(&self) -> Vec<String> {
        let all = self.look().unwrap_or_default();
        let known: BTreeSet<u32> = all.iter().map(|one| one.number).collect();
        all.iter()
            .filter(|one| !known.contains(&one.parent) && !self.is_leader(one))
            .map(Member::command)
            .filter(|command| !command.is_empty())
            .collect()
    }

    /// Whether this is the process that was launched.
    fn is_leader(&self, one: &Member) -> bool {
        if proc_is_ours() { one.number == self.leader } else { one.number_inside() == Some(self.leader) }
    }

    fn member(&self, number: u32) -> Option<Member> {
        if !self.may_belong(number) {
            return None;
        }
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::RDONLY;
        let folder = openat(rustix::fs::CWD, format!("/proc/{number}"), flags, Mode::empty()).ok()?;
        // Looked at once more through the folder: the number may have gone to another process in between.
        if !self.belongs(&folder) {
            return None;
        }
        let stat = Stat::parse(&read(&folder, "stat").ok()?)?;
        let state = state(&folder, &stat)?;
        Some(Member { number, parent: stat.parent, state, folder })
    }

    /// A first look at a process, which is cheap: most are strangers.
    fn may_belong(&self, number: u32) -> bool {
        let table = || fs::read_to_string(format!("/proc/{number}/limits")).ok().and_then(|table| in_table(&table));
        let limit = || match sandbox::file_locks(number) {
            Ok(limit) => Some(limit),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => table(),
            Err(_) => None,
        };
        let marked = |mark: Mark| if proc_is_ours() { limit() } else { table() } == Some(mark.limit());
        let inside =
            |namespace: u64| fs::metadata(format!("/proc/{number}/ns/net")).is_ok_and(|about| about.ino() == namespace);
        match (self.mark, self.namespace) {
            (None, None) => true,
            (mark, namespace) => mark.is_some_and(marked) || namespace.is_some_and(inside),
        }
    }

    fn belongs(&self, folder: &OwnedFd) -> bool {
        let marked = |mark: Mark| file_locks(folder) == Some(mark.limit());
        let inside = |namespace: u64| {
            rustix::fs::statat(folder, "ns/net", rustix::fs::AtFlags::empty())
                .is_ok_and(|stat| stat.st_ino == namespace)
        };
        let group = || read(folder, "stat").ok().and_then(|line| Stat::parse(&line)).map(|stat| stat.group);
        match (self.mark, self.namespace) {
            (None, None) => proc_is_ours() && group() == Some(self.leader),
            (mark, namespace) => mark.is_some_and(marked) || namespace.is_some_and(inside),
        }
    }
}

impl Member {
    pub(super) fn signal(&self, signal: Signal) {
        // It fails only where the process is gone, or is not to be signalled by us: both are found at the next look.
        let _ = pidfd_send_signal(&self.folder, signal);
    }

    fn stat(&self) -> Option<Stat> {
        Stat::parse(&read(&self.folder, "stat").ok()?)
    }

    /// Its command line, for people.
    pub(super) fn command(&self) -> String {
        let line = read(&self.folder, "cmdline").unwrap_or_default().replace('\0', " ");
        line.trim_end().chars().filter(|c| !c.is_control()).take(200).collect()
    }

    /// Its number in the innermost PID namespace that it lives in.
    fn number_inside(&self) -> Option<u32> {
        let status = read(&self.folder, "status").ok()?;
        let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
        numbers.split_whitespace().next_back()?.parse().ok()
    }
}

/// The soft limit of file locks, out of the table of limits.
fn file_locks(folder: &OwnedFd) -> Option<u64> {
    in_table(&read(folder, "limits").ok()?)
}

fn in_table(table: &str) -> Option<u64> {
    let limit = table.lines().find_map(|line| line.strip_prefix("Max file locks"))?;
    limit.split_whitespace().next()?.parse().ok()
}

/// None: it is dead.
fn state(folder: &OwnedFd, stat: &Stat) -> Option<State> {
    if stat.threads <= 1 {
        return of_thread(stat);
    }
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::RDONLY;
    let tasks = openat(folder, "task", flags, Mode::empty()).and_then(rustix::fs::Dir::new).ok()?;
    let names = tasks.filter_map(|entry| entry.ok()?.file_name().to_str().ok()?.parse::<u32>().ok());
    let stat = |thread: u32| Stat::parse(&read(folder, &format!("task/{thread}/stat")).ok()?);
    let states: Vec<_> = names.filter_map(|thread| of_thread(&stat(thread)?)).collect();
    let running = states.contains(&State::Running);
    states.first().map(|_| if running { State::Running } else { State::Stopped })
}

fn of_thread(stat: &Stat) -> Option<State> {
    match stat.state {
        'Z' | 'X' => None,
        'T' => Some(State::Stopped),
        _ => Some(State::Running),
    }
}

fn read(folder: &OwnedFd, name: &str) -> io::Result<String> {
    // Enough for one read: between two of them a process may end, and the second would find nothing more.
    let mut bytes = Vec::with_capacity(8192);
    let file = openat(folder, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    File::from(file).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
