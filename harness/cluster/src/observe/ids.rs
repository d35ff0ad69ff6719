//! Which node is meant by a name that a system made up itself.
//!
//! Many systems name their members by ids that were not chosen: etcd by a hash, NATS by eight letters, Redis Sentinel by forty
//! hexadecimal digits. Which node has which id is seen only when a node speaks of itself, so a rule says where. What its group
//! `self` matches in a line of n1 is n1's id from then on, for that observer, in every incarnation.
//!
//! A guess here would turn into a false accusation (a vote for another node), so there is none. An id that has not been learnt
//! yet leaves the field *unknown*. One that two nodes have claimed belongs to neither from then on. So does a name that is almost
//! a node's (`N2`), and an address: the program that printed it may have meant something else. What stood there is kept beside the field
//! as `vote-id` or `leader-id`.
//!
//! A node may be named before it has said which id it has: n1 votes, and a moment later n2's first line says that the vote was
//! n2's. So an observer of lines keeps the last line of each node as long as an id in it is not known ([`Ids::hand_on`]). When it
//! is learnt, and the node has said nothing since, the line is handed on once more with the name in it, and with its own span.
//! The line tells when the node came into this state, whenever that is understood. A line that another has followed stays as it
//! is; the verdict counts it.
//!
//! Nor is it guessed what means *no node*. A zero or an empty text may be the value of a field that was never set. There are
//! systems whose first node has the id 0. Each observer says what means no node where it looks (`none` in a system file).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use history::entry::{self, State};
use history::{Known, Span};

use super::Sink;
use crate::system::Observe;

/// How many ids one observer may learn; a rule that matches something else than ids must not fill the memory.
const MOST: usize = 1000;

/// The longest id, bytes.
const LONGEST: usize = 256;

/// The ids of one cluster, as its observers have learnt them.
#[derive(Debug, Default)]
pub struct Ids {
    nodes: Vec<String>,
    /// What means no node, by observer.
    none: BTreeMap<String, Vec<String>>,
    learnt: Mutex<BTreeMap<(String, String), Owner>>,
    /// By observer and node: the last line, if an id in it is not known.
    open: Mutex<BTreeMap<(String, String), (Span, entry::Observe<'static>)>>,
    /// Something was learnt since the open lines were last looked through.
    news: AtomicBool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Owner {
    Node(String),
    Contested,
}

impl Ids {
    /// For a cluster of these nodes; nothing is learnt yet.
    pub fn new(nodes: Vec<String>) -> Self {
        Self { nodes, ..Self::default() }
    }

    /// For a cluster of these nodes, as these observers see it.
    pub fn seen_by<'a>(nodes: Vec<String>, observers: impl IntoIterator<Item = &'a Observe>) -> Self {
        observers.into_iter().fold(Self::new(nodes), |ids, observe| ids.none(&observe.name, &observe.none))
    }

    /// For `observer`, these texts mean no node.
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
                self.news.store(true, Ordering::Release);
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

    /// Hands on what a line of a node says. No two of one observer's are handed on at once, so that none that is completed
    /// later can come after one that followed it.
    pub(super) fn hand_on(&self, sink: &dyn Sink, span: Span, seen: entry::Observe<'static>) {
        let mut open = self.open();
        let key = (seen.observer.as_deref().unwrap_or_default().to_owned(), seen.node.clone().into_owned());
        if is_open(&seen.state) {
            open.insert(key, (span, seen.clone()));
        } else {
            open.remove(&key);
        }
        sink.sighting(span, seen);
    }

    /// Hands on once more the open lines whose ids have been learnt since.
    pub(super) fn complete(&self, sink: &dyn Sink) {
        if !self.news.swap(false, Ordering::AcqRel) {
            return;
        }
        let mut open = self.open();
        for ((observer, _), (span, seen)) in &mut *open {
            if self.name(observer, &mut seen.state) {
                sink.sighting(*span, seen.clone());
            }
        }
        open.retain(|_, (_, seen)| is_open(&seen.state));
    }

    /// A life of a node is over: its last line is not completed any more.
    pub(super) fn forget(&self, observer: &str, node: &str) {
        self.open().remove(&(observer.to_owned(), node.to_owned()));
    }

    /// Names the nodes that the ids mean; true where one was known.
    fn name(&self, observer: &str, state: &mut State<'static>) -> bool {
        let mut found = false;
        let State { vote, vote_id, leader, leader_id, .. } = state;
        for (name, id) in [(vote, vote_id), (leader, leader_id)] {
            let Some(known) = id.as_deref().and_then(|id| self.resolve(observer, id)) else { continue };
            (*name, *id, found) = (Some(known.map(Into::into)), None, true);
        }
        found
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<(String, String), (Span, entry::Observe<'static>)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_none(&self, observer: &str, text: &str) -> bool {
        self.none.get(observer).is_some_and(|texts| texts.iter().any(|none| none == text))
    }

    fn is_node(&self, text: &str) -> bool {
        self.nodes.iter().any(|node| node == text)
    }
}

fn is_open(state: &State<'_>) -> bool {
    state.vote_id.is_some() || state.leader_id.is_some()
}
