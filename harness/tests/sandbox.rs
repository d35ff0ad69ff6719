//! The sandbox and the warden, seen from outside: what is left when one of the three processes is killed.

#![allow(clippy::unwrap_used)]

mod skipped;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use skipped::skipped;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// How the example is started.
#[derive(Clone, Copy, PartialEq, Debug)]
enum How {
    Root,
    User,
    Warden,
}

impl How {
    /// All ways that this user and this machine have. The warden is always one.
    fn all() -> Vec<Self> {
        static ALL: OnceLock<Vec<How>> = OnceLock::new();
        let ways = || [Self::Root, Self::User, Self::Warden].into_iter().filter(|how| how.possible()).collect();
        ALL.get_or_init(ways).clone()
    }

    /// Whether util-linux, which knows nothing of ours, can make the same namespaces.
    fn possible(self) -> bool {
        let root = rustix::process::geteuid().is_root();
        let mut unshare = Command::new("unshare");
        match self {
            Self::Warden => return true,
            Self::Root if !root => return false,
            Self::Root => {}
            Self::User => {
                unshare.args(["--user", "--map-root-user"]);
                if root {
                    unshare.uid(65534).gid(65534);
                }
            }
        }
        unshare.args(["--pid", "--net", "--mount", "--ipc", "--fork", "true"]).current_dir("/").stderr(Stdio::null());
        let possible = unshare.status().is_ok_and(|status| status.success());
        if !possible {
            skipped(format!("`unshare` cannot make the namespaces either: {self:?}"));
        }
        possible
    }
}

struct Run {
    mark: String,
    outer: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    said: Vec<String>,
    _copy: tempfile::TempDir,
}

impl Run {
    fn start(how: How, command: &str) -> Self {
        let mark = format!("mark-{}-{}-x", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        // A copy in a folder that an ordinary user can reach.
        let dir = tempfile::Builder::new().permissions(public()).tempdir_in("/tmp").unwrap();
        let program = dir.path().join("sandboxed");
        fs::copy(example(), &program).unwrap();
        let mut start = Command::new(&program);
        start.args([&mark, command]).process_group(0).env_remove("INTERREGNUM_SANDBOX").current_dir("/");
        if how == How::Warden {
            start.env("INTERREGNUM_SANDBOX", "off");
        }
        if how == How::User && rustix::process::geteuid().is_root() {
            start.uid(65534).gid(65534);
        }
        let mut outer = spawn(start.stdin(Stdio::piped()).stdout(Stdio::piped()));
        let (input, output) = (outer.stdin.take().unwrap(), BufReader::new(outer.stdout.take().unwrap()));
        let mut run = Self { mark, outer, input, output, said: vec![], _copy: dir };
        while run.said.last().is_none_or(|line| line != "ready") {
            let line = run.line();
            run.said.push(line);
        }
        run
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.output.read_line(&mut line).unwrap() > 0, "it ended early, after {:?}", self.said);
        line.trim_end().to_owned()
    }

    fn said(&self, word: &str) -> &str {
        self.said.iter().find_map(|line| line.strip_prefix(word)).unwrap().trim()
    }

    /// outer, the middle process and the harness.
    fn three(&self) -> [u32; 3] {
        let outer = self.outer.id();
        let child_of = |parent: u32| {
            let mut children = marked(&self.mark).into_iter().filter(|pid| stat(*pid).is_some_and(|s| s.1 == parent));
            children.next().unwrap_or_else(|| panic!("{parent} has no child"))
        };
        let middle = child_of(outer);
        [outer, middle, child_of(middle)]
    }

    fn signal_outer(&self, signal: Signal) {
        kill_process(pid(self.outer.id()), signal).unwrap();
    }

    /// Waits for outer, and for everything with the mark to be gone.
    fn end(mut self) -> std::process::ExitStatus {
        let status = self.outer.wait().unwrap();
        eventually(|| marked(&self.mark).is_empty(), || format!("left running: {:?}", marked(&self.mark)));
        status
    }
}

/// Another test may be forking while the copy was open for writing: the kernel then says "text file busy" for a moment.
fn spawn(command: &mut Command) -> Child {
    loop {
        match command.spawn() {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
            other => return other.unwrap(),
        }
    }
}

fn example() -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.join("examples/sandboxed")
}

fn public() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o755)
}

fn pid(number: u32) -> Pid {
    Pid::from_raw(i32::try_from(number).unwrap()).unwrap()
}

/// State and parent.
fn stat(pid: u32) -> Option<(char, u32)> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = line.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// All living processes with the mark in their arguments.
fn marked(mark: &str) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let has_mark = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(mark) && stat(*pid).is_some_and(|stat| !matches!(stat.0, 'Z' | 'X'))
    };
    pids.filter(has_mark).collect()
}

fn eventually(mut holds: impl FnMut() -> bool, otherwise: impl Fn() -> String) {
    let limit = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < limit, "{}", otherwise());
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn the_kind_is_told_and_the_loopback_works() {
    for how in How::all() {
        let run = Run::start(how, "exit:0");
        assert_eq!(run.said("kind"), if how == How::Warden { "warden" } else { "sandbox" });
        assert_eq!(run.said("about").contains("INTERREGNUM_SANDBOX=off"), how == How::Warden);
        assert_eq!(run.said("loopback"), "true");
        let ports = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap();
        assert_eq!(run.said("ports"), ports.trim());
        assert_eq!(run.said("delay"), run.said("proc"));
        assert_eq!(run.end().code(), Some(0));
    }
}

#[test]
fn the_exit_code_is_the_harness_s_and_its_nodes_end_with_it() {
    for how in How::all() {
        assert_eq!(Run::start(how, "exit:42").end().code(), Some(42));
    }
}

#[test]
fn a_harness_that_is_killed_makes_exit_code_70_and_leaves_nothing() {
    for how in How::all() {
        assert_eq!(Run::start(how, "die").end().code(), Some(70));
    }
}

#[test]
fn kill_9_of_any_of_the_three_leaves_nothing_running() {
    for how in How::all() {
        for victim in 0..3 {
            let run = Run::start(how, "wait");
            // Three of ours, and the nodes: the plain one, the wrapper, and what forked away from it.
            eventually(|| marked(&run.mark).len() == 6, || format!("{how:?} runs {:?}", marked(&run.mark)));
            kill_process(pid(run.three()[victim]), Signal::KILL).unwrap();
            let status = run.end();
            let expected = if victim == 0 { (None, Some(9)) } else { (Some(70), None) };
            assert_eq!((status.code(), status.signal()), expected, "{how:?}, victim {victim}");
        }
    }
}

#[test]
fn kill_9_of_the_whole_process_group_leaves_nothing_running() {
    for how in How::all() {
        let run = Run::start(how, "wait");
        kill_process_group(pid(run.outer.id()), Signal::KILL).unwrap();
        assert_eq!(run.end().signal(), Some(9));
    }
}

#[test]
fn a_signal_to_outer_reaches_the_harness_once() {
    for how in How::all() {
        let mut run = Run::start(how, "wait");
        let all = [(Signal::INT, "INT"), (Signal::TERM, "TERM"), (Signal::HUP, "HUP"), (Signal::QUIT, "QUIT")];
        for (signal, word) in all.into_iter().filter(|(signal, _)| !ignored(*signal)) {
            run.signal_outer(signal);
            assert_eq!(run.line(), format!("got {word}"));
        }
        finish(run);
    }
}

#[test]
fn a_signal_to_the_whole_group_reaches_the_sandboxed_harness_once() {
    for how in How::all().into_iter().filter(|how| *how != How::Warden) {
        for (signal, word) in [(Signal::INT, "INT"), (Signal::QUIT, "QUIT")].repeat(3) {
            let mut run = Run::start(how, "wait");
            kill_process_group(pid(run.outer.id()), signal).unwrap();
            assert_eq!(run.line(), format!("got {word}"));
            finish(run);
        }
    }
}

/// These tests were started so that this signal is ignored, as `nohup` does; a program that is started then is to ignore it as well.
fn ignored(signal: Signal) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap().trim();
    u64::from_str_radix(mask, 16).unwrap() >> (signal.as_raw() - 1) & 1 == 1
}

/// Nothing more is said, for longer than a signal could be held back, and the harness ends in peace.
fn finish(mut run: Run) {
    std::thread::sleep(Duration::from_millis(100));
    run.input.write_all(b"x\nend\n").unwrap();
    assert_eq!(run.line(), "got line");
    assert_eq!(run.end().code(), Some(0));
}

/// Starts a program at a terminal of its own, presses Ctrl-C when it is ready, types `end`, and prints what it said.
const AT_A_TERMINAL: &str = r"
import os, pty, sys
child, terminal = pty.fork()
if child == 0: os.execv(sys.argv[1], sys.argv[1:])
said = b''
def until(word):
    global said
    while word not in said: said += os.read(terminal, 4096)
until(b'ready'); os.write(terminal, b'\x03')
until(b'got INT'); os.write(terminal, b'x\n')
until(b'got line'); os.write(terminal, b'end\n')
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(said.count(b'got INT'), code)
";

#[test]
fn ctrl_c_at_a_terminal_reaches_the_harness_once() {
    for switch in ["on", "off"] {
        let mark = format!("mark-{}-terminal-x", std::process::id());
        let mut start = Command::new("python3");
        start.args(["-c", AT_A_TERMINAL]).arg(example()).args([&mark, "wait"]).env("INTERREGNUM_SANDBOX", switch);
        let said = start.output().unwrap();
        assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), "1 0", "INTERREGNUM_SANDBOX={switch}");
        eventually(|| marked(&mark).is_empty(), || format!("left running: {:?}", marked(&mark)));
    }
}

#[test]
fn a_process_with_threads_is_refused() {
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || held.recv());
    let refused = cluster::sandbox::enter();
    drop(hold);
    assert!(matches!(refused, Err(cluster::sandbox::SandboxError::Threads(2..))));
    assert!(thread.join().is_ok_and(|end| end.is_err()));
}
