//! The Python node that `docs/examples` shows to readers: it runs under its system file, elects a leader, and elects
//! another when that one is killed. Where there is no Python on PATH there is nothing to prove.

#![allow(clippy::unwrap_used)]

mod skipped;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use cluster::network::NodeIndex;
use cluster::system::{Addresses, NodePlan, Planner, Settings, System};

use skipped::skipped;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples/pynode.toml");

/// Every node listens at a port of its own, and everyone finds it there.
struct Direct(Vec<SocketAddr>);

impl Addresses for Direct {
    fn listen(&self, node: NodeIndex, _port: &str) -> Option<SocketAddr> {
        self.0.get(node).copied()
    }

    fn dial(&self, _from: Option<NodeIndex>, to: NodeIndex, port: &str) -> Option<SocketAddr> {
        self.listen(to, port)
    }
}

/// Killed when the test is over, however it ends.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Ports below the ephemeral range, where no outgoing connection can take one.
fn free_ports(n: usize) -> Vec<SocketAddr> {
    let from = 20_000 + u16::try_from(std::process::id() % 5_000).unwrap();
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    (from..32_000).map(local).filter(|&address| TcpListener::bind(address).is_ok()).take(n).collect()
}

fn start(system: &System, plan: &NodePlan, seen: &Sender<(String, String)>) -> Node {
    let program = system.locate(&plan.argv[0], cluster::system::Whose::Node).unwrap();
    std::fs::create_dir_all(&plan.data_dir).unwrap();
    let mut child = Command::new(program)
        .args(&plan.argv[1..])
        .envs(&plan.env)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (name, stdout, seen) = (plan.name.clone(), child.stdout.take().unwrap(), seen.clone());
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _ = seen.send((name.clone(), line));
        }
    });
    Node(child)
}

/// Reads until a node other than `but` leads a term above `above` and a majority of three names it; checks on the
/// way that no node breaks the rules.
fn leader(
    seen: &Receiver<(String, String)>,
    known: &mut BTreeMap<u64, String>,
    but: &str,
    above: u64,
) -> (String, u64) {
    let until = Instant::now() + Duration::from_secs(30);
    let mut followers = 0;
    let mut last = None;
    loop {
        let wait = until.saturating_duration_since(Instant::now());
        let (node, line) = seen.recv_timeout(wait).expect("no leader within 30 s");
        let line: serde_json::Value = serde_json::from_str(&line).expect("a line of the node contract");
        let term = line["term"].as_u64().expect("a term");
        if line["role"] == "leader" {
            assert_eq!(line["vote"], node.as_str(), "a leader voted for itself");
            let first = known.entry(term).or_insert_with(|| node.clone());
            assert_eq!(*first, node, "two leaders of term {term}");
            if node != but && term > above {
                last = Some((node, term));
                followers = 0;
            }
        } else if let Some((leader, of)) = &last
            && line["leader"] == leader.as_str()
            && term == *of
        {
            followers += 1;
        }
        if let (Some(found), 1..) = (&last, followers) {
            return found.clone();
        }
    }
}

#[test]
fn the_python_node_elects_a_leader_and_another_when_it_is_killed() {
    if Command::new("python3").arg("--version").output().is_err() {
        skipped("python3 is not on PATH");
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let system = System::load(FILE).unwrap();
    let addresses = Direct(free_ports(3));
    let plans = Planner::plan(&system, 3, &Settings::default(), &addresses, data.path()).unwrap();
    let (sender, seen) = channel();
    let mut nodes: BTreeMap<String, Node> =
        plans.iter().map(|plan| (plan.name.clone(), start(&system, plan, &sender))).collect();
    let mut known = BTreeMap::new();
    let (first, term) = leader(&seen, &mut known, "", 0);
    nodes.remove(&first);
    let (second, later) = leader(&seen, &mut known, &first, term);
    assert!(second != first && later > term);
}
