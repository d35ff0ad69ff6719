//! A small model of a correct cluster: terms, votes and restarts, nothing of networks. What it writes is true.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::{History, MS};

#[derive(Clone)]
struct Node {
    incarnation: u32,
    up: bool,
    term: u64,
    vote: Option<usize>,
    role: &'static str,
    leader: Option<usize>,
}

/// A history of `n` nodes and `rounds` things that happen, all of them lawful.
pub(crate) fn history(seed: u64, n: usize, rounds: usize) -> History {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let fresh = Node { incarnation: 1, up: true, term: 0, vote: None, role: "follower", leader: None };
    let mut nodes = vec![fresh; n];
    // Its nodes campaign without end, as no timer would let them: lawful, and not what a stable system does.
    let mut history = History::of(n).header("claims", json!({"stability": 1_000_000}));
    for at in 0..n {
        history = history.start(&who(&nodes, at));
        history = print(history, &nodes, at);
    }
    for _ in 0..rounds {
        let at = rng.random_range(0..n);
        history = match rng.random_range(0..10) {
            0 => restart(history, &mut nodes, at, &mut rng),
            1 => poll(history, &nodes, at),
            _ if nodes[at].up => elect(history, &mut nodes, at, &mut rng),
            _ => restart(history, &mut nodes, at, &mut rng),
        };
    }
    history.end()
}

fn who(nodes: &[Node], at: usize) -> String {
    format!("n{}#{}", at + 1, nodes[at].incarnation)
}

fn name(node: Option<usize>) -> String {
    node.map_or("-".to_owned(), |at| format!("n{}", at + 1))
}

fn state(nodes: &[Node], at: usize) -> String {
    let node = &nodes[at];
    format!("{} {} {} {} 0/0", node.role, node.term, name(node.vote), name(node.leader))
}

fn print(history: History, nodes: &[Node], at: usize) -> History {
    history.says(&who(nodes, at), &state(nodes, at))
}

fn poll(history: History, nodes: &[Node], at: usize) -> History {
    if nodes[at].up { history.seen("status", &who(nodes, at), &state(nodes, at)) } else { history }
}

fn restart(mut history: History, nodes: &mut [Node], at: usize, rng: &mut ChaCha8Rng) -> History {
    if nodes[at].up {
        nodes[at].up = false;
        // Killed between making a vote durable and printing it.
        if rng.random_bool(0.3) {
            let candidate = rng.random_range(0..nodes.len());
            let term = nodes[at].term + 1;
            nodes[at] = Node { term, vote: Some(candidate), ..nodes[at].clone() };
        }
        history = history.inject(1, "kill", json!({"nodes": [format!("n{}", at + 1)]}));
        return history.killed(&who(nodes, at));
    }
    let node = &mut nodes[at];
    *node = Node { incarnation: node.incarnation + 1, up: true, role: "follower", leader: None, ..node.clone() };
    history = history.start(&who(nodes, at));
    print(history, nodes, at)
}

/// A node stands for election; each of the others hears of it or not.
fn elect(mut history: History, nodes: &mut [Node], at: usize, rng: &mut ChaCha8Rng) -> History {
    let term = nodes[at].term + 1;
    nodes[at] = Node { role: "candidate", term, vote: Some(at), leader: None, ..nodes[at].clone() };
    history = print(history, nodes, at);
    let mut votes = 1;
    for other in (0..nodes.len()).filter(|other| *other != at) {
        if !nodes[other].up || rng.random_bool(0.3) || nodes[other].term > term {
            continue;
        }
        if nodes[other].term < term {
            nodes[other] = Node { role: "follower", term, vote: None, leader: None, ..nodes[other].clone() };
            history = print(history, nodes, other);
        }
        if nodes[other].vote.is_none() {
            nodes[other].vote = Some(at);
            history = print(history, nodes, other);
            votes += u32::from(rng.random_bool(0.9)); // the reply may be lost
        }
    }
    if votes as usize <= nodes.len() / 2 {
        return history;
    }
    nodes[at] = Node { role: "leader", leader: Some(at), ..nodes[at].clone() };
    history = print(history, nodes, at);
    for other in (0..nodes.len()).filter(|other| *other != at) {
        if nodes[other].up && nodes[other].term <= term && rng.random_bool(0.7) {
            let vote = if nodes[other].term == term { nodes[other].vote } else { None };
            nodes[other] = Node { role: "follower", term, vote, leader: Some(at), ..nodes[other].clone() };
            history = print(history, nodes, other);
        }
    }
    history
}

/// Widens every span of an observation by up to `ms` to either side, as its observer might have.
pub(crate) fn widen(history: &mut History, seed: u64, ms: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for line in history.lines_mut().iter_mut().filter(|line| line["type"] == "observe") {
        let [before, after] = [rng.random_range(0..=ms * MS), rng.random_range(0..=ms * MS)];
        let [a, b] = [0, 1].map(|at| line["span"][at].as_u64().unwrap());
        line["span"] = json!([a.saturating_sub(before), b + after]);
    }
}

/// Moves each poll to another place in the file; its span says when it was.
pub(crate) fn shuffle_polls(history: &mut History, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let lines = history.lines_mut();
    let polls: Vec<_> = lines.extract_if(.., |line| line["observer"] == "status").collect();
    for poll in polls {
        let end = lines.len() - 1;
        lines.insert(rng.random_range(0..=end), poll);
    }
}
