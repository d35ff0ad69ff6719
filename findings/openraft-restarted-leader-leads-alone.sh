#!/usr/bin/env bash
# openraft 0.9.25: a leader that is restarted says that it leads its old term, also if no other member is alive.
#
# Expected: every node starts as a follower (figure 2 of the Raft paper), and whoever leads was elected since, by a majority. So a member that
#   is started alone, one of three, is follower or candidate for as long as it is alone.
# Seen: openraft stores with the vote whether a majority granted it. A node that finds its own granted vote starts as leader of that term,
#   asks nobody, and its metrics say Leader. It stays so without any contact; nothing gives the leadership up.
# Why it matters: `state: Leader` in its metrics is no evidence of an election, nor of a majority. A checker that wants an election before
#   a leader convicts it, one that waits for a *new* leader after a restart waits in vain, and a count of leaders by metrics finds one in
#   a minority of one. The term stays unique, so terms are what a checker must go by; `millis_since_quorum_ack` says the rest.
set -uo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cannot() { echo "not tried: $*"; exit 75; }

mkdir -p "$folder/src" && cd "$folder" || exit 75
cat >Cargo.toml <<'TOML'
[package]
name = "alone"
version = "0.1.0"
edition = "2021"
[dependencies]
openraft = "=0.9.25"
openraft-memstore = "=0.9.25"
tokio = { version = "1", features = ["rt", "macros", "time"] }
[profile.dev]
debug = false
[workspace]
TOML
cat >src/main.rs <<'RUST'
use std::{collections::BTreeMap, sync::{Arc, Mutex}, time::Duration};

use openraft::error::{InstallSnapshotError, RPCError, RaftError, Unreachable};
use openraft::network::RPCOption;
use openraft::raft::*;
use openraft::storage::Adaptor;
use openraft::{Config, Raft, RaftNetwork, RaftNetworkFactory, ServerState};
use openraft_memstore::{MemStore, TypeConfig};

type Node = Raft<TypeConfig>;
type Failed<E = RaftError<u64>> = RPCError<u64, (), E>;

/// Who is alive, by id: messages are calls.
#[derive(Clone, Default)]
struct Alive(Arc<Mutex<BTreeMap<u64, Node>>>);
struct Link(Alive, u64);

impl RaftNetworkFactory<TypeConfig> for Alive {
    type Network = Link;
    async fn new_client(&mut self, target: u64, _: &()) -> Link { Link(self.clone(), target) }
}

fn gone<E: std::error::Error>() -> Failed<E> {
    RPCError::Unreachable(Unreachable::new(&std::io::Error::from(std::io::ErrorKind::ConnectionRefused)))
}

impl Link {
    fn node<E: std::error::Error>(&self) -> Result<Node, Failed<E>> { self.0.0.lock().unwrap().get(&self.1).cloned().ok_or_else(gone) }
}

impl RaftNetwork<TypeConfig> for Link {
    async fn append_entries(&mut self, request: AppendEntriesRequest<TypeConfig>, _: RPCOption) -> Result<AppendEntriesResponse<u64>, Failed> {
        self.node()?.append_entries(request).await.map_err(|_| gone())
    }
    async fn vote(&mut self, request: VoteRequest<u64>, _: RPCOption) -> Result<VoteResponse<u64>, Failed> {
        self.node()?.vote(request).await.map_err(|_| gone())
    }
    async fn install_snapshot(&mut self, _: InstallSnapshotRequest<TypeConfig>, _: RPCOption)
        -> Result<InstallSnapshotResponse<u64>, Failed<RaftError<u64, InstallSnapshotError>>> { Err(gone()) }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let config = Arc::new(Config::default().validate().unwrap());
    let stores: BTreeMap<u64, Arc<MemStore>> = (1..=3).map(|id| (id, Arc::new(MemStore::new()))).collect();
    let alive = Alive::default();
    for (id, store) in &stores {
        let (log, machine) = Adaptor::new(store.clone());
        let node = Node::new(*id, config.clone(), alive.clone(), log, machine).await.unwrap();
        alive.0.lock().unwrap().insert(*id, node);
    }
    let nodes = alive.0.lock().unwrap().clone();
    nodes[&1].initialize((1..=3).map(|id| (id, ())).collect::<BTreeMap<u64, ()>>()).await.unwrap();
    nodes[&1].wait(Some(Duration::from_secs(20))).state(ServerState::Leader, "a first leader").await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let term = nodes[&1].metrics().borrow().current_term;
    println!("three of three: n1 is Leader of term {term}");
    // All end; what they stored stays.
    alive.0.lock().unwrap().clear();
    for node in nodes.values() { node.shutdown().await.unwrap(); }
    let (log, machine) = Adaptor::new(stores[&1].clone());
    let node = Node::new(1, config, alive, log, machine).await.unwrap();
    let mut found = true;
    for second in [1, 5, 10] {
        tokio::time::sleep(Duration::from_secs(if second == 1 { 1 } else { 5 })).await;
        let metrics = node.metrics().borrow().clone();
        println!("n1 alone, {second} s after its start: {:?} of term {}, heard from a majority: {}",
            metrics.state, metrics.current_term, metrics.millis_since_quorum_ack.map_or("never".to_owned(), |ago| format!("{ago} ms ago")));
        found &= metrics.state == ServerState::Leader && metrics.current_term == term;
    }
    println!("{}", if found { "as found" } else { "changed" });
    std::process::exit(i32::from(!found));
}
RUST
cargo build -q 2>build.log || { tail -5 build.log; cannot "openraft 0.9.25 and openraft-memstore 0.9.25 cannot be built"; }
./target/debug/alone
