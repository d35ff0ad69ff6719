//! A cluster of etcd whose data is replaced by a snapshot that etcd itself has made and restored: in the logs of its members there are two
//! leaders of one term, and no node broke a promise. Whatever part of each log is left, it convicts no node.

use std::fs::{File, OpenOptions};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::real::is_installed;
use crate::skipped::skipped;

/// Three members, their ports and what they print.
struct Members {
    folder: PathBuf,
    ports: Vec<[u16; 2]>,
    running: Vec<Child>,
}

impl Members {
    fn new(folder: &Path) -> Self {
        let free: Vec<TcpListener> = (0..6).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ports: Vec<u16> = free.iter().map(|port| port.local_addr().unwrap().port()).collect();
        let ports = ports.chunks(2).map(|pair| [pair[0], pair[1]]).collect();
        Self { folder: folder.to_owned(), ports, running: Vec::new() }
    }

    fn url(&self, at: usize, port: usize) -> String {
        format!("http://127.0.0.1:{}", self.ports[at][port])
    }

    fn all(&self) -> String {
        (0..3).map(|at| format!("n{}={}", at + 1, self.url(at, 0))).collect::<Vec<_>>().join(",")
    }

    fn log(&self, at: usize) -> PathBuf {
        self.folder.join(format!("n{}.log", at + 1))
    }

    fn data(&self, at: usize, life: usize) -> String {
        self.folder.join(format!("data-{life}-{at}")).display().to_string()
    }

    fn start(&mut self, life: usize) {
        for at in 0..3 {
            let log: File = OpenOptions::new().create(true).append(true).open(self.log(at)).unwrap();
            let child = Command::new("etcd")
                .args([format!("--name=n{}", at + 1), format!("--data-dir={}", self.data(at, life))])
                .args([
                    format!("--listen-peer-urls={}", self.url(at, 0)),
                    format!("--listen-client-urls={}", self.url(at, 1)),
                ])
                .args([
                    format!("--initial-advertise-peer-urls={}", self.url(at, 0)),
                    format!("--advertise-client-urls={}", self.url(at, 1)),
                    format!("--initial-cluster={}", self.all()),
                ])
                .args(["--logger=zap", "--log-outputs=stderr"])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .spawn();
            self.running.push(child.unwrap());
        }
    }

    /// Waits until each has named a leader so often.
    fn elected(&self, times: usize) {
        let patience = Instant::now() + Duration::from_secs(60);
        let named =
            |at: usize| std::fs::read_to_string(self.log(at)).unwrap_or_default().matches(" elected leader ").count();
        while (0..3).any(|at| named(at) < times) {
            assert!(Instant::now() < patience, "no leader in a minute");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn kill(&mut self) {
        for mut child in self.running.drain(..) {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn ctl(&self, arguments: &[&str]) -> Output {
        Command::new("etcdctl").env("ETCDCTL_API", "3").args(arguments).output().unwrap()
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        self.running.iter_mut().for_each(|child| {
            let _ = child.kill();
            let _ = child.wait();
        });
    }
}

fn check(files: &[(usize, String)], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interregnum"));
    command.args(["check", "--from", "etcd"]).env_remove("CI");
    for (at, log) in files {
        let path = folder.join(format!("part-{at}.log"));
        std::fs::write(&path, log).unwrap();
        command.arg(format!("n{}={}", at + 1, path.display()));
    }
    command.output().unwrap()
}

#[test]
fn logs_over_a_snapshot_that_etcd_restored_convict_nobody_and_neither_do_their_parts() {
    let ctl = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|folder| folder.join("etcdctl").is_file());
    if !is_installed("etcd") {
        return;
    }
    if !ctl {
        return skipped("etcdctl is not on PATH; Debian has a package of it (etcd-client)");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut members = Members::new(folder.path());
    let snapshot = folder.path().join("snapshot").display().to_string();
    members.start(0);
    members.elected(1);
    let saved = members.ctl(&[&format!("--endpoints={}", members.url(0, 1)), "snapshot", "save", &snapshot]);
    assert!(saved.status.success(), "{saved:?}");
    members.kill();
    for at in 0..3 {
        let restored = members.ctl(&[
            "snapshot",
            "restore",
            &snapshot,
            &format!("--name=n{}", at + 1),
            &format!("--data-dir={}", members.data(at, 1)),
            &format!("--initial-cluster={}", members.all()),
            &format!("--initial-advertise-peer-urls={}", members.url(at, 0)),
        ]);
        if !restored.status.success() {
            return skipped("this etcdctl restores no snapshot; one of 3.4 or 3.5 does");
        }
    }
    members.start(1);
    members.elected(2);
    members.kill();
    let logs = [0, 1, 2].map(|at| std::fs::read_to_string(members.log(at)).unwrap());
    let begins = logs.each_ref().map(|log| {
        let starts = log.match_indices("\"msg\":\"configuring peer listeners\"");
        let at = starts.map(|(at, _)| at).last().unwrap();
        log[..at].rfind('\n').unwrap() + 1
    });
    // Of each log all, what was before, or what was afterwards; or there is none.
    for choice in 0..64usize {
        let part = |at: usize| match choice >> (2 * at) & 3 {
            0 => Some(logs[at].clone()),
            1 => Some(logs[at][..begins[at]].to_owned()),
            2 => Some(logs[at][begins[at]..].to_owned()),
            _ => None,
        };
        let files: Vec<(usize, String)> = (0..3).filter_map(|at| Some((at, part(at)?))).collect();
        if files.is_empty() {
            continue;
        }
        let done = check(&files, folder.path());
        assert!(matches!(done.status.code(), Some(0 | 2)), "{choice}: {done:?}");
    }
}
