//! One raft-rs node that says what it does: `raft-rs-node NAME LISTEN DATA TICK ELECTION HEARTBEAT PRE-VOTE CHECK-QUORUM PEER=ADDRESS...`
//! TICK, ELECTION and HEARTBEAT are in milliseconds.
//!
//! The library does nothing by itself: one thread gives it a tick or a message, and carries out what it is then `ready` for. So that thread
//! looks at all fields at once, and does it in the order that the contract asks for: persist, print, send.

#[path = "../../helpers/interregnum.rs"]
mod interregnum;

mod disk;
mod network;

use std::collections::HashMap;
use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{channel, RecvTimeoutError};
use std::sync::Arc;
use std::time::{Duration, Instant};

use disk::Disk;
use network::Peer;
use raft::prelude::Message;
use raft::storage::MemStorage;
use raft::{Config, RawNode, StateRole};
use slog::{o, Discard, Logger};

type Node = RawNode<MemStorage>;

/// `n3` is 3; the library keeps 0 for nobody.
fn id(name: &str) -> u64 {
    name.strip_prefix('n').and_then(|id| id.parse().ok()).expect("nodes are called n1, n2 and so on")
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, listen, data, tick, election, heartbeat, pre_vote, check_quorum, rest @ ..] = arguments.as_slice()
    else {
        panic!("raft-rs-node NAME LISTEN DATA TICK ELECTION HEARTBEAT PRE-VOTE CHECK-QUORUM PEER=ADDRESS...");
    };
    let me = id(name);
    let peers: HashMap<u64, &str> =
        rest.iter().filter_map(|peer| peer.split_once('=')).map(|(peer, at)| (id(peer), at)).collect();
    let mut voters: Vec<u64> = peers.keys().copied().chain([me]).collect();
    voters.sort_unstable();
    let time = |text: &str| text.parse::<usize>().expect("a time in milliseconds");
    let ticks = |text| time(text) / time(tick);
    let config = Config {
        id: me,
        election_tick: ticks(election),
        heartbeat_tick: ticks(heartbeat),
        pre_vote: pre_vote == "true",
        check_quorum: check_quorum == "true",
        max_size_per_msg: 1 << 20,
        ..Config::default()
    };
    let disk = Disk::open(data.as_ref());
    let memory = disk.load(voters);
    let mut node = Node::new(&config, memory, &Logger::root(Discard, o!())).expect("a configuration that raft can use");

    tell(&node);
    let (inbox, messages) = channel();
    network::serve(listen, inbox);
    let peers: HashMap<u64, Peer> = peers.into_iter().map(|(id, address)| (id, Peer::new(address))).collect();
    let stop = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGTERM, stop.clone()).expect("a signal can be waited for");

    let tick = Duration::from_millis(time(tick) as u64);
    let mut next = Instant::now() + tick;
    while !stop.load(Ordering::Relaxed) {
        match messages.recv_timeout(next.saturating_duration_since(Instant::now())) {
            // A message that the library refuses is as good as lost.
            Ok(message) => drop(node.step(message)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => panic!("nobody listens any more"),
        }
        carry_out(&mut node, &disk, &peers);
        if next <= Instant::now() {
            node.tick();
            carry_out(&mut node, &disk, &peers);
            // A process that was paused does not make up for the ticks that it missed.
            next = (next + tick).max(Instant::now());
        }
    }
}

/// Says what the node is, all fields in one look.
fn tell(node: &Node) {
    let raft = &node.raft;
    let role = match raft.state {
        StateRole::Follower => "follower",
        StateRole::PreCandidate => "precandidate",
        StateRole::Candidate => "candidate",
        StateRole::Leader => "leader",
    };
    let name = |id: u64| (id != 0).then(|| format!("n{id}"));
    interregnum::say(role, raft.term, Some(name(raft.vote).as_deref()), Some(name(raft.leader_id).as_deref()));
}

/// Does what one tick or message has led to: persist, print, send.
fn carry_out(node: &mut Node, disk: &Disk, peers: &HashMap<u64, Peer>) {
    let send = |messages: Vec<Message>| {
        for message in messages {
            if let Some(peer) = peers.get(&message.to) {
                peer.send(message);
            }
        }
    };
    while node.has_ready() {
        let mut ready = node.ready();
        {
            let mut memory = node.store().wl();
            if ready.snapshot().get_metadata().index != 0 {
                memory.apply_snapshot(ready.snapshot().clone()).expect("a snapshot that is newer");
            }
            memory.append(ready.entries()).expect("entries that follow");
            if let Some(state) = ready.hs() {
                memory.set_hardstate(state.clone());
            }
        }
        if ready.must_sync() {
            disk.save(node.store());
        }
        tell(node);
        send(ready.take_messages());
        send(ready.take_persisted_messages());
        // Entries hold nothing, for elections are tested here: there is nothing to apply.
        let mut light = node.advance(ready);
        if let Some(commit) = light.commit_index() {
            node.store().wl().mut_hard_state().commit = commit;
        }
        tell(node);
        send(light.take_messages());
    }
}
