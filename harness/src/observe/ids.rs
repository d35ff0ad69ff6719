//! Which node is meant by a name that a system made up itself.
//!
//! Many systems name their members by ids that nobody chose: etcd by a hash, NATS by eight letters, Redis Sentinel by
//! forty hexadecimal digits. Which node has which id is seen only when a node speaks of itself, so a rule says where:
//! what its group `self` matches in a line of n1 is n1's id from then on, for that observer, in every incarnation.
//!
//! A guess here would turn into a false accusation (a vote for somebody else), so there is none: an id that has not
//! been learnt yet leaves the field *unknown*, and one that two nodes have claimed belongs to nobody from then on. So does
//! a name that is almost a node's (`N2`), and an address: whoever printed it may have meant something else. What stood
//! there is kept beside the field as `vote-id` or `leader-id`.
//!
//! Nor is it guessed what means *nobody*. A zero or an empty text may be the value of a field that was never set, and
//! there are systems whose first node has the id 0. Each observer says what means nobody where it looks (`none` in a
//! system file).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use history::Known;

use crate::system::Observe;

/// How many ids one observer may learn; a rule that matches something else than ids must not fill the memory.
const MOST: usize = 1000;

/// The longest id, bytes.
const LONGEST: usize = 256;

/// The ids of one cluster, as its observers have learnt them.
#[derive(Debug, Default)]
pub struct Ids {
    nodes: Vec<String>,
    /// What means nobody, by observer.
    none: BTreeMap<String, Vec<String>>,
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
        Self { nodes, none: BTreeMap::new(), learnt: Mutex::default() }
    }

    /// For a cluster of these nodes, as these observers see it.
    pub fn seen_by<'a>(nodes: Vec<String>, observers: impl IntoIterator<Item = &'a Observe>) -> Self {
        observers.into_iter().fold(Self::new(nodes), |ids, observe| ids.none(&observe.name, &observe.none))
    }

    /// For `observer`, these texts mean nobody.
    #[must_use]
    pub fn none(mut self, observer: &str, texts: &[String]) -> Self {
        self.none.insert(observer.to_owned(), texts.to_vec());
        self
    }

    /// Through `observer`, `node` was seen to call itself `id`.
    pub fn learn(&self, observer: &str, id: &str, node: &str) {
        if id.is_empty() || self.is_none(observer, id) || id.len() > LONGEST || self.is_node(id) {
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
        if self.is_none(observer, text) {
            return Some(None);
        }
        let learnt = self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
        match learnt.get(&(observer.to_owned(), text.to_owned())) {
            Some(Owner::Node(node)) => Some(Some(node.clone())),
            Some(Owner::Contested) | None => None,
        }
    }

    fn is_none(&self, observer: &str, text: &str) -> bool {
        self.none.get(observer).is_some_and(|texts| texts.iter().any(|none| none == text))
    }

    fn is_node(&self, text: &str) -> bool {
        self.nodes.iter().any(|node| node == text)
    }
}
