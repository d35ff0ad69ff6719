//! Which node is meant by a name that a system made up itself.
//!
//! Many systems name their members by ids that nobody chose: etcd by a hash, NATS by eight letters, Redis Sentinel by
//! forty hexadecimal digits. Which node has which id is seen only when a node speaks of itself, so a rule says where:
//! what its group `self` matches in a line of n1 is n1's id from then on, for that observer, in every incarnation.
//!
//! A guess here would turn into a false accusation (a vote for somebody else), so there is none: an id that has not
//! been learnt yet leaves the field *unknown*, and one that two nodes have claimed belongs to nobody from then on.
//! What was captured is kept beside the field as `vote-id` or `leader-id`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use history::line::Known;

/// How many ids one observer may learn; a rule that matches something else than ids must not fill the memory.
const MOST: usize = 1000;

/// The longest id, bytes.
const LONGEST: usize = 256;

/// The ids of one cluster, as its observers have learnt them.
#[derive(Debug, Default)]
pub struct Ids {
    nodes: Vec<String>,
    learnt: Mutex<BTreeMap<(String, String), Owner>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Owner {
    Node(String),
    Contested,
}

impl Ids {
    /// For a cluster of these nodes; nothing is learnt yet.
    pub fn new(nodes: Vec<String>) -> Self {
        Self { nodes, learnt: Mutex::default() }
    }

    /// Through `observer`, `node` was seen to call itself `id`.
    pub fn learn(&self, observer: &str, id: &str, node: &str) {
        if is_none(id) || id.len() > LONGEST || self.is_node(id) {
            return;
        }
        let mut learnt = self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
        let full = learnt.len() >= MOST;
        match learnt.get_mut(&(observer.to_owned(), id.to_owned())) {
            Some(Owner::Node(owner)) if owner == node => {}
            Some(owner) => *owner = Owner::Contested,
            None if full => {}
            None => {
                learnt.insert((observer.to_owned(), id.to_owned()), Owner::Node(node.to_owned()));
            }
        }
    }

    /// The node that a text means: unknown, none, or its name.
    pub fn resolve(&self, observer: &str, text: &str) -> Known<String> {
        if self.is_node(text) {
            return Some(Some(text.to_owned()));
        }
        if is_none(text) {
            return Some(None);
        }
        let learnt = self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
        match learnt.get(&(observer.to_owned(), text.to_owned())) {
            Some(Owner::Node(node)) => Some(Some(node.clone())),
            Some(Owner::Contested) | None => None,
        }
    }

    fn is_node(&self, text: &str) -> bool {
        self.nodes.iter().any(|node| node == text)
    }
}

/// Nobody: how systems write the id of no one.
fn is_none(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'0')
}
