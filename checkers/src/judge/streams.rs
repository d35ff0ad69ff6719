//! The lines of one node as one observer saw them, in the order in which the node wrote them.
//!
//! A node's lines are ordered by (incarnation, position in the stream), and nothing else orders them: an old
//! incarnation's last lines may stand in the file after the first lines of the next. So what a checker remembers of
//! a stream it remembers by incarnation, and compares incarnations when it has seen all of them.

use history::{Name, Observation};

use crate::kept::{Map, Row};

/// For each node, observer and incarnation what a checker remembers.
#[derive(Debug, Clone)]
pub(super) struct Streams<T> {
    nodes: Vec<Vec<Stream<T>>>,
}

/// One node as one observer saw it.
#[derive(Debug, Clone)]
pub(super) struct Stream<T> {
    observer: u16,
    /// By incarnation.
    lives: Map<u32, T>,
}

impl<T> Default for Streams<T> {
    fn default() -> Self {
        Self { nodes: Vec::new() }
    }
}

impl<T: Default + Row> Streams<T> {
    /// What is remembered of the incarnation, node and observer of this observation.
    pub(super) fn of(&mut self, seen: &Observation) -> &mut T {
        let at = seen.node.0 as usize;
        if self.nodes.len() <= at {
            self.nodes.resize_with(at + 1, Vec::new);
        }
        let streams = &mut self.nodes[at];
        let at = match streams.iter().position(|stream| stream.observer == seen.observer) {
            Some(at) => at,
            None => {
                streams.push(Stream { observer: seen.observer, lives: Map::default() });
                streams.len() - 1
            }
        };
        streams[at].lives.or_insert(seen.incarnation, T::default())
    }

    /// Calls `change` for each observer's memory of one incarnation of a node.
    pub(super) fn of_incarnation(&mut self, node: Name, incarnation: u32, mut change: impl FnMut(&mut T)) {
        for stream in self.nodes.get_mut(node.0 as usize).into_iter().flatten() {
            if let Some(life) = stream.lives.get_mut(incarnation) {
                change(life);
            }
        }
    }

    /// Each node's streams, with their observers, each as its incarnations in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Name, u16, Vec<(u32, T)>)> + '_ {
        self.nodes.iter().enumerate().flat_map(|(node, streams)| {
            streams.iter().map(move |stream| (Name(node as u32), stream.observer, stream.lives.iter().collect()))
        })
    }

    /// Nothing is remembered.
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.iter().all(Vec::is_empty)
    }
}
