//! One openraft node that says what it does: `openraft-node NAME LISTEN DATA PEER=ADDRESS...`
//!
//! Whatever a node is, openraft writes into its vote before anything is sent that depends on it: for whom it voted in which term,
//! and whether a majority did. So the one place to tell it is where that vote is saved, in `disk`.

#[path = "../../helpers/interregnum.rs"]
mod interregnum;

mod disk;
mod network;

use std::collections::{BTreeMap, HashMap};
use std::io::Cursor;
use std::sync::Arc;
use std::{env, process};

use openraft::{Config, Membership, Raft, SnapshotPolicy};
use tokio::signal::unix::{signal, SignalKind};

openraft::declare_raft_types!(
    /// Entries hold nothing: elections are tested here.
    pub Types: D = (), R = (), Node = openraft::EmptyNode
);

/// `n3` is 3.
fn id(name: &str) -> u64 {
    name.strip_prefix('n').and_then(|id| id.parse().ok()).expect("nodes are called n1, n2 and so on")
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, listen, data, rest @ ..] = arguments.as_slice() else {
        panic!("openraft-node NAME LISTEN DATA PEER=ADDRESS...");
    };
    let mut peers = HashMap::new();
    for peer in rest {
        let (other, address) = peer.split_once('=').expect("PEER=ADDRESS");
        peers.insert(id(other), address.to_owned());
    }
    let config = Config { snapshot_policy: SnapshotPolicy::Never, ..Config::default() };
    let me = id(name);
    let members: BTreeMap<u64, openraft::EmptyNode> =
        peers.keys().chain([&me]).map(|id| (*id, openraft::EmptyNode {})).collect();
    let voters = members.keys().copied().collect();
    let log = disk::Log::open(me, data.as_ref(), Membership::new(vec![voters], members));
    let machine = disk::Machine::default();
    let config = Arc::new(config.validate().expect("times that openraft can use"));
    let mut terminate = signal(SignalKind::terminate()).expect("a signal can be waited for");

    log.tell();
    let raft =
        Raft::<Types>::new(me, config, network::Peers(Arc::new(peers)), log, machine).await.expect("openraft starts");
    tokio::spawn(network::serve(listen.clone(), raft.clone()));

    // It ends when it is asked to. A library that has given up must not look like a node that is alive.
    let mut metrics = raft.server_metrics();
    let core = tokio::spawn(async move { while metrics.changed().await.is_ok() {} });
    tokio::select! {
        _ = terminate.recv() => process::exit(0),
        _ = core => panic!("openraft has ended"),
    }
}
