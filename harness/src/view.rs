//! What the recorded lines say of the cluster *now*: the only picture on which the nemesis acts.

use history::Line;
use tokio::sync::mpsc;
use workloads::{Descriptor, Link, NodeView, View};

/// One node's picture changed.
#[derive(Debug, Clone)]
pub struct Change {
    /// The cluster after it.
    pub after: View,
}

/// The picture, kept up to date line by line.
pub(crate) struct Live {
    nodes: Vec<NodeView>,
    atomic: Vec<bool>,
    alive: Vec<bool>,
    paused: Vec<bool>,
    cuts: Vec<(u32, Vec<Link>)>,
    led: Option<u64>,
    followers: Vec<mpsc::UnboundedSender<Change>>,
}

impl Live {
    pub(crate) fn new(names: &[String]) -> Self {
        let nodes: Vec<_> = names.iter().map(|name| NodeView { name: name.clone(), ..NodeView::default() }).collect();
        let n = nodes.len();
        let none = || vec![false; n];
        Self {
            nodes,
            atomic: none(),
            alive: none(),
            paused: none(),
            cuts: Vec::new(),
            led: None,
            followers: Vec::new(),
        }
    }

    pub(crate) fn view(&self) -> View {
        View { nodes: self.nodes.clone(), led: self.led, trigger: None }
    }

    pub(crate) fn follow(&mut self) -> (View, mpsc::UnboundedReceiver<Change>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.followers.push(sender);
        (self.view(), receiver)
    }

    pub(crate) fn take(&mut self, line: &Line<'_>) {
        self.followers.retain(|follower| !follower.is_closed());
        let before = (!self.followers.is_empty()).then(|| self.view());
        match &*line.kind {
            "observe" => self.observe(line),
            "node" => self.process(line),
            "fault" => self.fault(line),
            _ => return,
        }
        let Some(before) = before else { return };
        let after = self.view();
        if before != after {
            let change = Change { after };
            self.followers.retain(|follower| follower.send(change.clone()).is_ok());
        }
    }

    fn index(&self, name: Option<&str>) -> Option<usize> {
        name.and_then(|name| self.nodes.iter().position(|node| node.name == name))
    }

    /// Where a node gives atomic evidence, polls no longer count: they may be older than what it said.
    fn observe(&mut self, line: &Line<'_>) {
        let Some(index) = self.index(line.node.as_deref()) else { return };
        if line.evidence.as_deref() == Some("atomic") {
            self.atomic[index] = true;
        } else if self.atomic[index] {
            return;
        }
        let node = &mut self.nodes[index];
        if line.term.is_some() && line.term != node.term {
            node.vote = None;
            node.leader = None;
        }
        // Who takes another role, or another leader, and does not say in which term, may have left the one it said last.
        let role_changed = line.role.as_deref().is_some_and(|role| node.role.as_deref() != Some(role));
        let leader_changed = line
            .leader
            .as_ref()
            .is_some_and(|leader| node.leader.as_ref().and_then(Option::as_deref) != leader.as_deref());
        let kept = node.term.filter(|_| !role_changed && !leader_changed);
        node.term = line.term.or(kept);
        node.role = line.role.as_deref().map(str::to_owned).or_else(|| node.role.take());
        if node.is("leader") {
            self.led = self.led.max(node.term);
        }
        if let Some(vote) = &line.vote {
            node.vote = vote.as_deref().map(str::to_owned);
        }
        if let Some(leader) = &line.leader {
            node.leader = Some(leader.as_deref().map(str::to_owned));
        }
    }

    fn process(&mut self, line: &Line<'_>) {
        let Some(index) = self.index(line.node.as_deref()) else { return };
        match line.event.as_deref() {
            Some("start") => {
                let name = std::mem::take(&mut self.nodes[index].name);
                self.nodes[index] = NodeView { name, ..NodeView::default() };
                (self.alive[index], self.paused[index], self.atomic[index]) = (true, false, false);
            }
            Some("exit") => {
                self.alive[index] = false;
                self.nodes[index].role = None;
            }
            Some("stop") => self.paused[index] = true,
            Some("continue") => self.paused[index] = false,
            _ => {}
        }
        self.nodes[index].up = self.alive[index] && !self.paused[index];
        self.isolate();
    }

    fn fault(&mut self, line: &Line<'_>) {
        let (Some(id), Some(outcome)) = (line.id, line.outcome.as_deref()) else { return };
        match line.stage.as_deref() {
            Some("lift") => self.cuts.retain(|(cut, _)| *cut != id),
            Some("inject") if outcome == "installed" => {
                let kind = line.fault.as_ref().and_then(|fault| fault.get("kind")).and_then(|kind| kind.as_str());
                let cuts = kind.is_some_and(|kind| Descriptor::of(kind).cuts());
                if let (true, Some(links)) = (cuts, &line.links) {
                    self.cuts.push((id, links.iter().filter_map(|link| link.parse().ok()).collect()));
                }
            }
            _ => {}
        }
        self.isolate();
    }

    /// A node is isolated when it can exchange messages with no other.
    fn isolate(&mut self) {
        let names: Vec<_> = self.nodes.iter().map(|node| node.name.clone()).collect();
        let is_cut = |from: &str, to: &str| {
            self.cuts.iter().any(|(_, links)| links.iter().any(|link| link.from == from && link.to == to))
        };
        let isolated: Vec<bool> = names
            .iter()
            .map(|name| {
                let mut others = names.iter().filter(|other| *other != name).peekable();
                others.peek().is_some() && others.all(|other| is_cut(name, other) || is_cut(other, name))
            })
            .collect();
        for (node, isolated) in self.nodes.iter_mut().zip(isolated) {
            node.isolated = isolated;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(live: &mut Live, json: &str) {
        live.take(&serde_json::from_str(json).unwrap());
    }

    #[test]
    fn a_poll_does_not_override_what_a_node_said_itself() {
        let mut live = Live::new(&["n1".into(), "n2".into()]);
        take(&mut live, r#"{"type":"node","node":"n1","incarnation":1,"event":"start"}"#);
        take(&mut live, r#"{"type":"observe","node":"n1","evidence":"atomic","role":"leader","term":3}"#);
        take(&mut live, r#"{"type":"observe","node":"n1","evidence":"sampled","role":"follower","term":2}"#);
        let node = &live.view().nodes[0];
        assert!(node.up);
        assert_eq!((node.role.as_deref(), node.term), (Some("leader"), Some(3)));
    }

    #[test]
    fn a_change_without_a_term_leaves_the_term_unknown() {
        let mut live = Live::new(&["n1".into()]);
        for line in [r#""role":"leader","term":3"#, r#""vote":"n1""#] {
            take(&mut live, &format!(r#"{{"type":"observe","node":"n1","evidence":"atomic",{line}}}"#));
        }
        assert_eq!(live.view().nodes[0].term, Some(3));
        take(&mut live, r#"{"type":"observe","node":"n1","evidence":"atomic","role":"follower"}"#);
        assert_eq!(live.view().nodes[0].term, None);
    }

    #[test]
    fn a_node_is_isolated_only_while_every_link_of_it_is_cut() {
        let mut live = Live::new(&["n1".into(), "n2".into(), "n3".into()]);
        let cut = |id: u32, links: &str| {
            format!(
                r#"{{"type":"fault","id":{id},"stage":"inject","outcome":"installed","fault":{{"kind":"cut"}},"links":{links}}}"#
            )
        };
        take(&mut live, &cut(1, r#"["n1->n2","n2->n1"]"#));
        assert!(!live.view().nodes[0].isolated);
        take(&mut live, &cut(2, r#"["n3->n1"]"#));
        assert!(live.view().nodes[0].isolated, "a link needs both directions");
        assert!(!live.view().nodes[1].isolated);
        take(&mut live, r#"{"type":"fault","id":1,"stage":"lift","outcome":"installed"}"#);
        assert!(!live.view().nodes[0].isolated);
    }

    #[test]
    fn the_highest_led_term_is_one_that_had_a_leader_and_outlives_him() {
        let mut live = Live::new(&["n1".into(), "n2".into()]);
        for (node, role, term) in [("n1", "leader", 3), ("n1", "follower", 4), ("n2", "candidate", 9)] {
            let line = format!(r#""node":"{node}","evidence":"atomic","role":"{role}","term":{term}"#);
            take(&mut live, &format!(r#"{{"type":"observe",{line}}}"#));
        }
        assert_eq!((live.view().led, live.view().highest_term()), (Some(3), Some(9)));
    }

    #[test]
    fn a_follower_of_the_view_sees_every_change_in_order() {
        let mut live = Live::new(&["n1".into()]);
        let (before, mut changes) = live.follow();
        assert_eq!(before.nodes[0].role, None);
        for role in ["candidate", "leader"] {
            take(&mut live, &format!(r#"{{"type":"observe","node":"n1","evidence":"atomic","role":"{role}"}}"#));
        }
        let roles: Vec<_> =
            std::iter::from_fn(|| changes.try_recv().ok()).map(|c| c.after.nodes[0].role.clone()).collect();
        assert_eq!(roles, [Some("candidate".into()), Some("leader".into())]);
    }
}
