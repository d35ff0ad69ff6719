#!/usr/bin/env bash
# openraft 0.9.25: a member draws its election timeout once, when it starts, and keeps it for every campaign.
#
# Expected: a member waits a new random time before each campaign (section 5.2 of the Raft paper), so that two that tied once do not tie
#   again. The configuration has `election_timeout_min` and `election_timeout_max`, 150 and 300 ms by default.
# Seen: one number of that range is drawn when `Raft` is made. A member of three that is alone campaigns again and again, always after the
#   same time. And it looks whether that time is over every 76 ms only, so that starts have the same waits, 228 or 305 ms, more often
#   than not.
# Why it matters: two members of the same wait tie in each term, until something else moves their clocks. With the third member down there is
#   then no leader, though a majority is alive. A pause of all members at once makes ties likelier, since all go on at one instant.
#   Tests of leader loss see it in some of many failovers, and call it noise. It is fixed for 0.10 alone (databendlabs/openraft#1838).
set -uo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cannot() { echo "not tried: $*"; exit 75; }

mkdir -p "$folder/src" && cd "$folder" || exit 75
cat >Cargo.toml <<'TOML'
[package]
name = "timeouts"
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
use std::{collections::BTreeMap, sync::{Arc, Mutex}, time::{Duration, Instant}};

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
    // All end; what they stored stays. From now on n2 is alone, and started four times.
    alive.0.lock().unwrap().clear();
    for node in nodes.values() { node.shutdown().await.unwrap(); }
    println!("timeouts from {} to {} ms are configured", config.election_timeout_min, config.election_timeout_max);
    let mut found = true;
    for start in 1..=4 {
        let (log, machine) = Adaptor::new(stores[&2].clone());
        let node = Node::new(2, config.clone(), alive.clone(), log, machine).await.unwrap();
        let mut metrics = node.metrics();
        let mut campaigns = Vec::new();
        let mut term = metrics.borrow().current_term;
        while campaigns.len() < 21 {
            metrics.changed().await.unwrap();
            let now = metrics.borrow().current_term;
            if now > term { campaigns.push(Instant::now()); }
            term = now;
        }
        let mut waits: Vec<u128> = campaigns.windows(2).map(|two| (two[1] - two[0]).as_millis()).collect();
        waits.sort_unstable();
        // A machine that is busy may delay a few.
        let (low, middle, high) = (waits[2], waits[10], waits[17]);
        println!("start {start}: 20 waits, the middle one {middle} ms, sixteen of twenty between {low} and {high} ms");
        found &= high - low <= 25;
        node.shutdown().await.unwrap();
    }
    println!("{}", if found { "as found" } else { "changed" });
    std::process::exit(i32::from(!found));
}
RUST
cargo build -q 2>build.log || { tail -5 build.log; cannot "openraft 0.9.25 and openraft-memstore 0.9.25 cannot be built"; }
./target/debug/timeouts
