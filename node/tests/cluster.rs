//! Real processes on loopback: what a harness would see of the node.

#![allow(clippy::unwrap_used, reason = "every function here is part of a test")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use node::raft::{Role, State};
use tempfile::TempDir;

/// Far longer than any election; only a broken node waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interregnum-node"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A process, and the lines it has printed; killed when dropped.
struct Node {
    child: Child,
    lines: Receiver<State>,
    last: Option<State>,
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Node {
    fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::inherit()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(line) = line else { return };
                if send.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, last: None }
    }

    fn next(&mut self) -> State {
        let state = self.lines.recv_timeout(PATIENCE).expect("a line");
        self.last = Some(state.clone());
        state
    }

    fn last(&mut self) -> Option<&State> {
        while let Ok(state) = self.lines.try_recv() {
            self.last = Some(state);
        }
        self.last.as_ref()
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    fn exit(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < end, "it did not exit");
            std::thread::yield_now();
        }
    }
}

/// A port below the range from which outgoing connections take theirs, so that none steals it between two starts.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 10_000 + u16::try_from((std::process::id() * 37 + step) % 20_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

struct Cluster {
    directory: TempDir,
    ports: Vec<u16>,
    nodes: Vec<Option<Node>>,
    more: &'static [&'static str],
}

impl Cluster {
    fn start(size: usize) -> Self {
        Self::with(size, &[])
    }

    fn with(size: usize, more: &'static [&'static str]) -> Self {
        let ports = (0..size).map(|_| free_port()).collect();
        let nodes = (0..size).map(|_| None).collect();
        let mut cluster = Self { directory: TempDir::new().unwrap(), ports, nodes, more };
        (0..size).for_each(|i| cluster.start_node(i));
        cluster
    }

    fn start_node(&mut self, i: usize) {
        let mut command = command();
        command.arg(format!("--name=n{}", i + 1));
        command.arg(format!("--listen=127.0.0.1:{}", self.ports[i]));
        command.arg(format!("--data={}", self.directory.path().join(i.to_string()).display()));
        for (j, port) in self.ports.iter().enumerate().filter(|(j, _)| *j != i) {
            command.arg(format!("--peer=n{}=127.0.0.1:{port}", j + 1));
        }
        command.args(self.more);
        self.nodes[i] = Some(Node::start(command));
    }

    /// The leader that all `members` name at one term, newer than `after`.
    fn leader(&mut self, members: &[usize], after: u64) -> (usize, u64) {
        let end = Instant::now() + PATIENCE;
        loop {
            let mut states = members.iter().map(|i| self.nodes[*i].as_mut().unwrap().last().cloned());
            if let Some(Some(first)) = states.next()
                && let Some(leader) = &first.leader
                && first.term > after
                && states.all(|s| s.is_some_and(|s| s.term == first.term && s.leader == first.leader))
            {
                return (leader.0[1..].parse::<usize>().unwrap() - 1, first.term);
            }
            assert!(Instant::now() < end, "no leader after term {after} among {members:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A member that says that it leads, at this term or a newer one. More cannot be asked of a lab note: two of its nodes may win
/// one term, and then their followers never agree.
fn some_leader(cluster: &mut Cluster, members: &[usize], from: u64) -> (usize, u64) {
    let end = Instant::now() + PATIENCE;
    loop {
        for &member in members {
            let state = cluster.nodes[member].as_mut().unwrap().last();
            if let Some(state) = state.filter(|state| state.role == Role::Leader && state.term >= from) {
                return (member, state.term);
            }
        }
        assert!(Instant::now() < end, "nobody led term {from} or a later one among {members:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn others(leader: usize) -> Vec<usize> {
    (0..3).filter(|i| *i != leader).collect()
}

#[test]
fn three_processes_elect_again_after_a_kill_and_the_dead_one_comes_back_with_its_state() {
    let mut cluster = Cluster::start(3);
    let (first, term) = cluster.leader(&[0, 1, 2], 0);
    cluster.nodes[first].as_ref().unwrap().signal(Signal::SIGKILL);
    cluster.nodes[first].as_mut().unwrap().exit();
    let died_at = cluster.nodes[first].as_mut().unwrap().last().cloned().unwrap();
    let (second, newer) = cluster.leader(&others(first), term);
    assert_ne!(second, first);

    cluster.start_node(first);
    let came_back = cluster.nodes[first].as_mut().unwrap().next();
    assert_eq!((came_back.term, &came_back.vote), (died_at.term, &died_at.vote));
    assert_eq!(came_back.leader, None);
    let (_, last) = cluster.leader(&[0, 1, 2], term);
    assert!(last >= newer);
}

#[test]
fn every_strategy_and_lab_note_elects_and_elects_again_after_a_kill_and_after_a_pause() {
    let ways: [&'static [&'static str]; 8] = [
        &["--strategy=sequential"],
        &["--strategy=concurrent", "--timer=sliced"],
        &["--strategy=early", "--as="],
        &["--strategy=speculative", "--prevote=true"],
        &["--as=lab-note-1", "--heartbeat=120ms"],
        &["--as=lab-note-1:async", "--heartbeat=120ms"],
        &["--as=lab-note-1:sync", "--heartbeat=120ms"],
        &["--as=lab-note-2"],
    ];
    for way in ways {
        for signal in [Signal::SIGKILL, Signal::SIGSTOP] {
            let mut cluster = Cluster::with(3, way);
            let is_note = way[0].starts_with("--as=lab-note");
            let (first, term) =
                if is_note { some_leader(&mut cluster, &[0, 1, 2], 1) } else { cluster.leader(&[0, 1, 2], 0) };
            cluster.nodes[first].as_ref().unwrap().signal(signal);
            if is_note {
                some_leader(&mut cluster, &others(first), term);
            } else {
                let (second, newer) = cluster.leader(&others(first), term);
                assert!(second != first && newer > term, "{way:?} {signal}");
            }
        }
    }
}

#[test]
fn at_debug_level_a_node_says_what_it_does_in_the_words_of_the_lab_notes() {
    let dir = TempDir::new().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut child = command()
        .args(["--name=n1", "--listen=127.0.0.1:0", "--strategy=speculative", "--log-level=debug"])
        .args(["--election=500ms..600ms", "--rpc-timeout=20ms"])
        .arg(format!("--peer=n2={}", silent.local_addr().unwrap()))
        .arg(format!("--data={}", dir.path().display()))
        .spawn()
        .unwrap();
    let wanted = [
        "[Peer 1 Candidate term 1] sending vote request to peer 2",
        "[Peer 1 Candidate term 1] preparing to lead, to follow and to campaign again",
        "[Peer 1 Candidate term 1] received no answer from peer 2",
    ];
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok).take(500);
    let told: Vec<String> = lines.filter(|line| wanted.contains(&line.as_str())).take(wanted.len()).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(told, wanted);
}

#[test]
fn a_paused_leader_is_replaced_and_follows_when_it_wakes() {
    let mut cluster = Cluster::start(3);
    let (first, term) = cluster.leader(&[0, 1, 2], 0);
    cluster.nodes[first].as_ref().unwrap().signal(Signal::SIGSTOP);
    let (_, newer) = cluster.leader(&others(first), term);
    cluster.nodes[first].as_ref().unwrap().signal(Signal::SIGCONT);
    let (_, last) = cluster.leader(&[0, 1, 2], term);
    assert!(last >= newer);
}

#[test]
fn the_status_answer_is_the_line_last_printed_and_nonsense_ends_the_connection() {
    let mut cluster = Cluster::start(1);
    let (_, term) = cluster.leader(&[0], 0);
    let ask = |text: &[u8]| {
        let mut stream = TcpStream::connect(("127.0.0.1", cluster.ports[0])).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // A node that refuses what it has read so far may reset the connection in the middle.
        let _ = stream.write_all(text);
        let mut answer = String::new();
        let _ = BufReader::new(stream).read_line(&mut answer);
        answer
    };
    let answer: State = serde_json::from_str(&ask(b"{\"type\":\"status\"}\n")).unwrap();
    assert_eq!((answer.term, answer.leader), (term, Some("n1".into())));
    assert_eq!(ask(b"GET / HTTP/1.1\n"), "");
    assert_eq!(ask(&vec![b'x'; 1 << 20]), "");
    let stranger =
        br#"{"id":1,"request":{"type":"RequestVote","term":99,"candidateId":"x","lastLogIndex":0,"lastLogTerm":0}}"#;
    assert_eq!(ask(&[stranger, &b"\n"[..]].concat()), "");
    let node = cluster.nodes[0].as_mut().unwrap();
    node.signal(Signal::SIGTERM);
    assert_eq!(node.exit().code(), Some(0));
    assert_eq!(node.last().map(|state| state.term), Some(term));
}

#[test]
fn a_single_node_is_a_candidate_before_it_leads() {
    let mut cluster = Cluster::start(1);
    let node = cluster.nodes[0].as_mut().unwrap();
    let told: Vec<String> = (0..3).map(|_| format!("{:?}", node.next().role)).collect();
    assert_eq!(told, ["Follower", "Candidate", "Leader"]);
}

/// Runs a node that should fail at once; gives its exit code and its one sentence.
fn failure(data: &Path, more: &[&str]) -> (Option<i32>, String) {
    let mut child = command().args(["--name=n1", &format!("--data={}", data.display())]).args(more).spawn().unwrap();
    let mut sentence = String::new();
    child.stderr.take().unwrap().read_to_string(&mut sentence).unwrap();
    (child.wait().unwrap().code(), sentence)
}

#[test]
fn a_torn_state_file_is_a_sentence_that_names_it_and_exit_70() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("state"), "interregnum-node state 1\n{\"node\":\"n1\",\"te").unwrap();
    let (code, sentence) = failure(dir.path(), &["--listen=127.0.0.1:0"]);
    assert_eq!(code, Some(70));
    assert!(sentence.contains("state") && sentence.contains("torn") && sentence.lines().count() == 1, "{sentence}");
}

#[test]
fn a_taken_port_is_a_sentence_and_exit_71() {
    let dir = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, sentence) = failure(dir.path(), &[&format!("--listen={address}")]);
    assert_eq!(code, Some(71));
    assert!(sentence.contains(&address) && sentence.lines().count() == 1, "{sentence}");
}

#[test]
fn what_is_not_built_or_not_sensible_is_a_usage_error() {
    let dir = TempDir::new().unwrap();
    for wrong in [
        "--strategy=telepathic",
        "--defect=none-such",
        "--defect=slow-disk",
        "--as=me",
        "--reconnect=soon",
        "--reconnect=0s",
        "--election=9ms..1ms",
        "--peer=n1=127.0.0.1:1",
    ] {
        let (code, sentence) = failure(dir.path(), &["--listen=127.0.0.1:0", wrong]);
        assert_eq!(code, Some(64), "{wrong}: {sentence}");
    }
}

#[test]
fn a_node_whose_output_nobody_reads_ends() {
    let dir = TempDir::new().unwrap();
    let mut child = command()
        .args(["--name=n1", "--listen=127.0.0.1:0", "--peer=n2=127.0.0.1:1"])
        .arg(format!("--data={}", dir.path().display()))
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut sentence = String::new();
    child.stderr.take().unwrap().read_to_string(&mut sentence).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(74));
    assert_eq!(sentence.lines().count(), 1, "{sentence}");
}
