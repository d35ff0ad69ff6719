//! A place for one test: a folder, the binary run in it, and what is left of it in /proc.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use history::entry::{Described, Fault, Harness, Link, Observe};
use history::{EndReason, Entry, Header, Record, Span};
use serde_json::Value;
use tempfile::TempDir;

use crate::skipped::skipped;

/// Long enough for a loaded machine; nothing waits so long when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A node in a line of shell: the leader of a cluster of one, for ever.
pub(crate) const LEADER: &str = r#"printf '{"role":"leader","term":1,"vote":"n1","leader":"n1"}\n'"#;

/// A folder of its own, whose path is in the command line of every process that the test starts.
pub(crate) struct Place {
    dir: TempDir,
}

/// How an invocation ended.
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A history that was recorded.
pub(crate) struct History(String);

impl History {
    /// Of a run's folder.
    pub(crate) fn of(run: &Path) -> Self {
        Self(fs::read_to_string(run.join("history.jsonl")).unwrap())
    }

    pub(crate) fn header(&self) -> Header {
        serde_json::from_str(self.0.lines().next().unwrap()).unwrap()
    }

    /// Its lines.
    pub(crate) fn records(&self) -> impl DoubleEndedIterator<Item = Record<'_>> {
        let mut lines = self.0.lines();
        lines.next();
        lines.map(|line| Record::read(line).unwrap_or_else(|error| panic!("{error}: {line}")))
    }

    /// What was seen of nodes.
    pub(crate) fn observed(&self) -> impl DoubleEndedIterator<Item = Observe<'_>> {
        self.records().filter_map(|record| match record.entry {
            Entry::Observe(seen) => Some(seen),
            _ => None,
        })
    }

    /// What was done to the cluster.
    pub(crate) fn faults(&self) -> impl Iterator<Item = Fault<'_>> {
        self.records().filter_map(|record| match record.entry {
            Entry::Fault(fault) => Some(fault),
            _ => None,
        })
    }

    /// The first line of a fault of this kind.
    pub(crate) fn fault(&self, kind: &str) -> Fault<'_> {
        let of = |fault: &Fault<'_>| fault.fault.as_ref().and_then(Described::kind) == Some(kind);
        self.faults().find(of).unwrap_or_else(|| panic!("no {kind}: {}", self.0))
    }

    /// What crossed links, each with its span.
    pub(crate) fn links(&self) -> impl Iterator<Item = (Span, Link<'_>)> {
        self.records().filter_map(|record| match record.entry {
            Entry::Link(link) => Some((record.span.unwrap(), link)),
            _ => None,
        })
    }

    /// How the run ended.
    pub(crate) fn end(&self) -> Option<EndReason> {
        match self.records().next_back()?.entry {
            Entry::Harness(Harness::End { reason }) => reason?.known(),
            _ => None,
        }
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        let node = Path::new(env!("CARGO_BIN_EXE_interregnum")).with_file_name("interregnum-node");
        assert!(node.exists(), "{} is not built: cargo build --workspace --bins", node.display());
        let dir = tempfile::Builder::new().prefix("interregnum-cli-").tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
        Self { dir }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.path().join("out")
    }

    /// Writes a file and answers its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// A system of one node that is this shell script; answers the path of its file.
    pub(crate) fn system(&self, script: &str) -> String {
        let program = self.file("node.sh", &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
        self.file("system.toml", &system_text("1", r#"["./node.sh", "{data}", "{listen.peer}"]"#))
    }

    /// `interregnum ARGS --out OUT`, in this folder, outside any CI.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.bare(args);
        command.arg("--out").arg(self.out());
        command
    }

    /// `interregnum ARGS`, in this folder.
    pub(crate) fn bare(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_interregnum"));
        command.args(args).current_dir(self.path()).stdin(Stdio::null());
        let own = ["NO_COLOR", "INTERREGNUM_OUT", "INTERREGNUM_SANDBOX", "INTERREGNUM_BATCH"];
        for variable in own.into_iter().chain(["CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"]) {
            command.env_remove(variable);
        }
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Done {
        finish(self.command(args))
    }

    pub(crate) fn run_bare(&self, args: &[&str]) -> Done {
        finish(self.bare(args))
    }

    /// `check --from SYSTEM n1=LOG n2=LOG …`: the logs of the nodes, in their order.
    pub(crate) fn check_logs(&self, from: &str, logs: &[String]) -> Done {
        let file = |(log, number): (&String, u32)| format!("n{number}={}", self.file(&format!("n{number}.log"), log));
        let files: Vec<String> = logs.iter().zip(1..).map(file).collect();
        let arguments = ["check", "--from", from].into_iter().chain(files.iter().map(String::as_str));
        self.run_bare(&arguments.collect::<Vec<_>>())
    }

    /// The folder of the newest invocation.
    pub(crate) fn latest(&self) -> PathBuf {
        self.out().join("latest").canonicalize().unwrap()
    }

    pub(crate) fn json(&self, file: &str) -> Value {
        let path = self.latest().join(file);
        serde_json::from_str(&fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
            .unwrap()
    }

    /// The history of the newest run.
    pub(crate) fn history(&self) -> History {
        History::of(&self.latest())
    }

    /// The processes that have this place in their command lines.
    pub(crate) fn processes(&self) -> Vec<(u32, String)> {
        let mark = self.path().display().to_string();
        let all = fs::read_dir("/proc").unwrap().flatten();
        all.filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let line = fs::read(entry.path().join("cmdline")).ok()?;
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            line.contains(&mark).then_some((pid, line))
        })
        .collect()
    }

    /// No process of this place is left, or will be in a moment.
    pub(crate) fn assert_empty(&self) {
        await_that("every process is gone", || self.processes().is_empty());
    }

    /// Waits until a run of this place has recorded a line that contains this.
    pub(crate) fn await_recorded(&self, what: &str) {
        await_that(&format!("{what} is recorded"), || {
            fs::read_to_string(self.out().join("latest/history.jsonl")).is_ok_and(|text| text.contains(what))
        });
    }
}

/// Puts the run in a mount namespace with a file system of its own that is this small; none where this user may not.
pub(crate) fn on_a_small_disk(place: &Place, kilobytes: u32, args: &[&str]) -> Option<Done> {
    let disk = place.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]);
        command.stdin(Stdio::null()).env_remove("INTERREGNUM_OUT").env_remove("CI");
        command
    };
    let mount = format!("mount -t tmpfs -o size={kilobytes}k tmpfs {}", disk.display());
    if !unshare(&mount).stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        skipped("this user may not mount");
        return None;
    }
    let mut command = unshare(&format!(
        "{mount} && \"$@\"; code=$?; cp {0}/out/latest/*.jsonl {1}; exit $code",
        disk.display(),
        place.path().display()
    ));
    command.arg(env!("CARGO_BIN_EXE_interregnum")).args(args).arg("--out").arg(disk.join("out"));
    Some(finish(command))
}

/// A system file.
pub(crate) fn system_text(nodes: &str, command: &str) -> String {
    format!(
        r#"schema = 1
name = "mine"
[cluster]
nodes = {nodes}
ports = {{ peer = 7000 }}
addressing = "per-link"
[node]
command = {command}
stop = {{ signal = "TERM", grace = "1s" }}
[ready]
timeout = "1s"
[[observe]]
kind = "events"
"#
    )
}

/// Runs to the end; a run that does not end is a failed test.
pub(crate) fn finish(mut command: Command) -> Done {
    reap(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

/// Waits for the end of something spawned with pipes.
pub(crate) fn reap(mut child: Child) -> Done {
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let until = Instant::now() + PATIENCE;
    let code = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.code().unwrap_or(-1);
        }
        if Instant::now() > until {
            let _ = child.kill();
            let _ = child.wait();
            panic!("it did not end: {} {}", stdout.join().unwrap(), stderr.join().unwrap());
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Done { code, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

fn drain(pipe: Option<impl std::io::Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Polls until something is so.
pub(crate) fn await_that(what: &str, mut so: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < until, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Done {
    /// It ended with one of these codes, and printed all of this.
    #[track_caller]
    pub(crate) fn ends(&self, codes: &[i32], parts: &[&str]) {
        assert!(codes.contains(&self.code), "{codes:?}: {self:?}");
        for part in parts {
            assert!(self.stdout.contains(part) || self.stderr.contains(part), "{part:?} is missing: {self:?}");
        }
    }

    /// It ended with this code, and said one sentence on standard error that contains all of this.
    pub(crate) fn refused(&self, code: i32, says: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        let lines: Vec<_> = self.stderr.lines().filter(|line| !line.trim().is_empty()).collect();
        assert_eq!(lines.len(), 1, "one sentence: {self:?}");
        assert!(lines[0].starts_with("interregnum: "), "{self:?}");
        for part in says {
            assert!(self.stderr.contains(part), "{part:?} is missing: {self:?}");
        }
        assert!(!self.stderr.contains("bug of the harness"), "{self:?}");
    }

    /// It failed for a reason of the machine's, which it tells; what else could not be written are warnings.
    pub(crate) fn failed(&self, says: &[&str]) {
        assert_eq!(self.code, 70, "{self:?}");
        assert!(!self.stdout.contains("INVALID") && !self.stderr.contains("bug of the harness"), "{self:?}");
        let lines: Vec<_> = self.stderr.lines().filter(|line| !line.trim().is_empty()).collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| line.starts_with("interregnum: ")), "{self:?}");
        for part in says {
            assert!(self.stderr.contains(part), "{part:?} is missing: {self:?}");
        }
    }

    /// The verdict is `valid`; or `unknown`, where the harness found itself starved: these tests may share a machine.
    pub(crate) fn valid(&self) {
        let starved = self.code == 2 && self.stdout.contains("stall");
        assert!(self.code == 0 || starved, "{self:?}");
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl std::fmt::Debug for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit code {}\nstdout: {}\nstderr: {}", self.code, self.stdout, self.stderr)
    }
}
