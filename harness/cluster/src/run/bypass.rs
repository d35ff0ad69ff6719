//! Nodes that talk to each other past the network.
//!
//! On `proxy` a link is an address that one node is told for another. A node that is told where its peer listens, and not where
//! it is to dial, reaches it as well, past the proxy. Then no cut cuts anything, and the counters of every link prove it with a
//! zero. The nodes are accused of what they did behind the harness's back. There is a sure sign. A node follows a leader, which
//! it can only know from a message, and nothing at all has ever reached it over its links.

use std::collections::BTreeSet;

use history::Role;
use workloads::View;

use crate::network::Network;

/// A sentence, if a node follows a leader although nothing has crossed any link to it.
pub(super) fn found(network: &dyn Network, view: &View) -> Option<String> {
    let silent: BTreeSet<_> = network.silent().into_iter().collect();
    if silent.is_empty() {
        return None;
    }
    // Auxiliary processes stand behind the nodes: who hears of a leader from them hears over a link.
    let all: BTreeSet<usize> = silent.iter().flat_map(|(from, to)| [*from, *to]).collect();
    let hears_nothing = |node: usize| {
        let others = (0..view.nodes.len()).chain(all.iter().copied()).filter(|other| *other != node);
        others.clone().count() > 0 && others.into_iter().all(|other| silent.contains(&(other, node)))
    };
    let leads = |leader: &str, term: Option<u64>| {
        view.nodes.iter().position(|node| {
            let same = term.is_none() || node.term.is_none() || node.term == term;
            node.name == leader && node.is(Role::Leader) && same
        })
    };
    let mut followed = Vec::new();
    for (at, node) in view.nodes.iter().enumerate() {
        let Some(leader) = node.leader.as_ref().and_then(Option::as_deref).filter(|leader| *leader != node.name) else {
            continue;
        };
        if leads(leader, node.term).is_some() && hears_nothing(at) {
            followed.push((leader, node.name.as_str()));
        }
    }
    let links: Vec<_> = followed.iter().map(|(leader, node)| format!("{leader}->{node}")).collect();
    let (leader, node) = followed.first()?;
    Some(format!(
        "no byte has crossed {} on the network `{}`, and yet {node} follows {leader}: the nodes talk past the network. So \
         faults of their links have no effect. Give each node the addresses of its peers by {{dial.PORT}} and not by \
         {{listen.PORT}}, or use --network switch",
        links.join(", "),
        network.name()
    ))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use workloads::{Capabilities, NodeView};

    use super::*;
    use crate::network::{Interval, NodeIndex, Rules};

    /// A network of three on which these links were never used.
    struct Silent(Vec<(NodeIndex, NodeIndex)>);

    impl Network for Silent {
        fn name(&self) -> &'static str {
            "proxy"
        }
        fn capabilities(&self) -> Capabilities {
            Capabilities::default()
        }
        fn listen(&self, _: NodeIndex, _: &str) -> Option<SocketAddr> {
            None
        }
        fn dial(&self, _: Option<NodeIndex>, _: NodeIndex, _: &str) -> Option<SocketAddr> {
            None
        }
        fn set_alive(&self, _: NodeIndex, _: bool) -> std::io::Result<()> {
            Ok(())
        }
        fn apply(&self, _: Rules) -> [u64; 2] {
            [0, 0]
        }
        fn take_intervals(&self) -> Vec<Interval> {
            Vec::new()
        }
        fn close(&self) {}
        fn silent(&self) -> Vec<(NodeIndex, NodeIndex)> {
            self.0.clone()
        }
    }

    fn node(name: &str, role: Role, leader: Option<&str>) -> NodeView {
        let leader = Some(leader.map(str::to_owned));
        NodeView { name: name.into(), up: true, role: Some(role.into()), term: Some(4), leader, ..NodeView::default() }
    }

    fn three() -> View {
        let nodes = vec![
            node("n1", Role::Leader, Some("n1")),
            node("n2", Role::Follower, Some("n1")),
            node("n3", Role::Follower, None),
        ];
        View { nodes, ..View::default() }
    }

    const ALL: [(NodeIndex, NodeIndex); 6] = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)];

    #[test]
    fn a_leader_that_is_followed_over_links_that_never_carried_anything_is_told_with_the_remedy() {
        let said = found(&Silent(ALL.to_vec()), &three()).unwrap();
        for part in ["n1->n2", "`proxy`", "n2 follows n1", "{dial.PORT}", "{listen.PORT}", "--network switch"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!said.contains("n3"), "it follows nobody: {said}");
    }

    #[test]
    fn a_node_that_hears_of_its_leader_from_anybody_is_not_complained_of() {
        let but = |used: (NodeIndex, NodeIndex)| Silent(ALL.into_iter().filter(|link| *link != used).collect());
        assert_eq!(found(&but((0, 1)), &three()), None, "from the leader");
        assert_eq!(found(&but((2, 1)), &three()), None, "from another node");
        assert_eq!(found(&Silent(Vec::new()), &three()), None);
        let leaderless = View {
            nodes: vec![node("n1", Role::Candidate, None), node("n2", Role::Follower, None)],
            ..View::default()
        };
        assert_eq!(found(&Silent(vec![(0, 1), (1, 0)]), &leaderless), None);
    }
}
