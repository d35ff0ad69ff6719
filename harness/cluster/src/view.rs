//! What the recorded lines say of the cluster *now*: the only picture on which the nemesis acts.

use history::entry::{Described, Fault, Node, Observe, State};
use history::{Entry, Evidence, Fate, Header, Installed, Record, Role, Span, Stage, Word};
use tokio::sync::mpsc;
use workloads::fault::Descriptor;
use workloads::{Link, NodeView, View};

/// One node's picture changed.
#[derive(Debug, Clone)]
pub struct Change {
    /// The cluster after it.
    pub after: View,
}

/// The picture, kept up to date line by line.
pub(crate) struct Live {
    nodes: Vec<NodeView>,
    voters: Option<Vec<String>>,
    /// The observers that show every change.
    complete: Vec<String>,
    told: Vec<Option<SelfReport>>,
    unread: Vec<Option<String>>,
    alive: Vec<bool>,
    paused: Vec<bool>,
    cuts: Vec<(u32, Vec<Link>)>,
    led: Option<u64>,
    followers: Vec<mpsc::UnboundedSender<Change>>,
}

/// What a node said itself in this life, in atomic evidence.
#[derive(Debug, Clone, Copy)]
struct SelfReport {
    /// It had been so by then, nanoseconds since the run's zero.
    by: u64,
    /// The highest term.
    term: Option<u64>,
    /// An observer that shows every change said some of it.
    complete: bool,
}

impl Live {
    pub(crate) fn new(header: &Header) -> Self {
        let complete = header.observers.iter().filter(|observer| observer.complete);
        let complete = complete.map(|observer| observer.name.clone()).collect();
        let nodes: Vec<_> =
            header.nodes.iter().map(|name| NodeView { name: name.clone(), ..NodeView::default() }).collect();
        let n = nodes.len();
        let none = || vec![false; n];
        Self {
            nodes,
            voters: header.listed_voters().map(<[String]>::to_vec),
            complete,
            told: vec![None; n],
            unread: vec![None; n],
            alive: none(),
            paused: none(),
            cuts: Vec::new(),
            led: None,
            followers: Vec::new(),
        }
    }

    pub(crate) fn view(&self) -> View {
        View { nodes: self.nodes.clone(), voters: self.voters.clone(), led: self.led, trigger: None }
    }

    pub(crate) fn follow(&mut self) -> (View, mpsc::UnboundedReceiver<Change>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.followers.push(sender);
        (self.view(), receiver)
    }

    pub(crate) fn take(&mut self, record: &Record<'_>) {
        self.followers.retain(|follower| !follower.is_closed());
        let before = (!self.followers.is_empty()).then(|| self.view());
        match &record.entry {
            Entry::Observe(seen) => {
                // One that does not say when may be as late as can be, and is later than nothing.
                let by = record.span.map(|span| span.latest).or(record.t).unwrap_or(u64::MAX);
                self.observe(seen, record.span.unwrap_or(Span { earliest: 0, latest: by }));
            }
            Entry::Node(node) => self.process(node),
            Entry::Fault(fault) => self.fault(fault),
            _ => return,
        }
        let Some(before) = before else { return };
        let after = self.view();
        if before != after {
            let change = Change { after };
            self.followers.retain(|follower| follower.send(change.clone()).is_ok());
        }
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.name == name)
    }

    /// What a node said itself counts for more than what it was polled for. A poll may be older, or put together from what was
    /// never true at once. So a poll counts only if it was sent when all that the node had said was over, and is of no lower
    /// term. Where every change is said, a poll only fills in what is never said, such as a term.
    fn observe(&mut self, seen: &Observe<'_>, span: Span) {
        let Some(index) = self.index(&seen.node) else { return };
        let state = &seen.state;
        if seen.evidence.as_ref().is_some_and(|evidence| evidence.is(Evidence::Atomic)) {
            let complete = seen.observer.as_deref().is_some_and(|name| self.complete.iter().any(|known| known == name));
            let before = self.told[index].unwrap_or(SelfReport { by: 0, term: None, complete });
            self.told[index] = Some(SelfReport {
                by: before.by.max(span.latest),
                term: before.term.max(state.term),
                complete: before.complete || complete,
            });
            return self.change(index, state);
        }
        let Some(told) = self.told[index] else { return self.change(index, state) };
        let is_lower = state.term.is_some() && state.term < told.term;
        if span.earliest < told.by || is_lower {
            return;
        }
        if told.complete { self.fill(index, state) } else { self.change(index, state) }
    }

    /// What is not known of a node, and what a poll that contradicts nothing says of it.
    fn fill(&mut self, index: usize, state: &State<'_>) {
        let node = &mut self.nodes[index];
        let role = state.role.clone().map(Word::into_owned);
        let differs = role.is_some() && node.role.is_some() && role != node.role;
        let other_term = state.term.is_some() && node.term.is_some() && state.term != node.term;
        if other_term || differs {
            return;
        }
        node.term = node.term.or(state.term);
        node.role = node.role.take().or(role);
        node.vote = node.vote.take().or_else(|| state.vote.as_ref()?.as_deref().map(str::to_owned));
        let leader = || state.leader.as_ref().map(|leader| leader.as_deref().map(str::to_owned));
        node.leader = node.leader.take().or_else(leader);
        self.note_leader(index);
    }

    fn change(&mut self, index: usize, state: &State<'_>) {
        let node = &mut self.nodes[index];
        if state.term.is_some() && state.term != node.term {
            node.vote = None;
            node.leader = None;
        }
        // A node that takes another role or leader, and does not say in which term, may have left the one it said last.
        let role = state.role.clone().map(Word::into_owned);
        let role_changed = role.is_some() && role != node.role;
        let leader_changed = state
            .leader
            .as_ref()
            .is_some_and(|leader| node.leader.as_ref().and_then(Option::as_deref) != leader.as_deref());
        let kept = node.term.filter(|_| !role_changed && !leader_changed);
        node.term = state.term.or(kept);
        // A node that follows another does not lead.
        let follows = state.leader.as_ref().and_then(Option::as_deref).is_some_and(|leader| leader != node.name);
        let kept = node.role.take().filter(|role| !(follows && role.is(Role::Leader)));
        node.role = role.or(kept);
        if let Some(vote) = &state.vote {
            node.vote = vote.as_deref().map(str::to_owned);
        }
        if let Some(leader) = &state.leader {
            node.leader = Some(leader.as_deref().map(str::to_owned));
        }
        self.note_leader(index);
    }

    fn note_leader(&mut self, index: usize) {
        if self.nodes[index].is(Role::Leader) {
            self.led = self.led.max(self.nodes[index].term);
        }
    }

    /// The last thing that a node printed and that could not be read, with the reason.
    pub(crate) fn unread(&self, name: &str) -> Option<String> {
        self.index(name).and_then(|index| self.unread[index].clone())
    }

    fn process(&mut self, line: &Node<'_>) {
        let Some(index) = self.index(&line.node) else { return };
        match line.event.known() {
            Some(Fate::Start) => {
                let name = std::mem::take(&mut self.nodes[index].name);
                self.nodes[index] = NodeView { name, ..NodeView::default() };
                (self.alive[index], self.paused[index]) = (true, false);
                (self.told[index], self.unread[index]) = (None, None);
            }
            Some(Fate::Exit) => {
                self.alive[index] = false;
                self.nodes[index].role = None;
            }
            Some(Fate::Gap) => self.unread[index] = line.reason.as_deref().map(str::to_owned),
            Some(Fate::Stop) => self.paused[index] = true,
            Some(Fate::Continue) => self.paused[index] = false,
            _ => {}
        }
        self.nodes[index].up = self.alive[index] && !self.paused[index];
        self.isolate();
    }

    fn fault(&mut self, line: &Fault<'_>) {
        match (line.stage.known(), line.outcome.as_ref().and_then(Word::known)) {
            (Some(Stage::Lift), Some(_)) => self.cuts.retain(|(cut, _)| *cut != line.id),
            (Some(Stage::Inject), Some(Installed::Installed)) => {
                let kind = line.fault.as_ref().and_then(Described::kind);
                let cuts = kind.is_some_and(|kind| Descriptor::of(kind).cuts());
                if let (true, Some(links)) = (cuts, &line.links) {
                    self.cuts.push((line.id, links.clone()));
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

    /// A view of these nodes, whose observer `log` is not complete.
    fn live(names: &[&str]) -> Live {
        let header = serde_json::json!({"schema": 1, "nodes": names, "observers": [
            {"name": "log", "evidence": "atomic", "complete": false},
            {"name": "events", "evidence": "atomic", "complete": true},
        ]});
        Live::new(&serde_json::from_value(header).unwrap())
    }

    fn take(live: &mut Live, json: &str) {
        live.take(&history::Record::read(json).unwrap());
    }

    #[test]
    fn a_poll_does_not_override_what_a_node_said_itself() {
        let mut live = live(&["n1", "n2"]);
        take(&mut live, r#"{"type":"node","node":"n1","incarnation":1,"event":"start"}"#);
        take(&mut live, r#"{"type":"observe","node":"n1","evidence":"atomic","role":"leader","term":3}"#);
        take(&mut live, r#"{"type":"observe","node":"n1","evidence":"sampled","role":"follower","term":2}"#);
        let node = &live.view().nodes[0];
        assert!(node.up);
        assert_eq!((node.role.as_ref().map(Word::text), node.term), (Some("leader"), Some(3)));
    }

    /// A line of n1: from when to when, by which observer, and what.
    fn seen(live: &mut Live, span: [u64; 2], observer: &str, what: &str) {
        let evidence = if observer == "status" { "sampled" } else { "atomic" };
        let [from, to] = span;
        let head = format!(r#""type":"observe","node":"n1","observer":"{observer}","evidence":"{evidence}""#);
        take(live, &format!(r#"{{{head},"t":{to},"span":[{from},{to}],{what}}}"#));
    }

    #[test]
    fn a_leader_whose_log_shows_no_term_is_seen_by_the_polls_after_it() {
        let mut live = live(&["n1"]);
        seen(&mut live, [10, 20], "log", r#""role":"leader""#);
        seen(&mut live, [15, 30], "status", r#""role":"leader","term":4"#);
        assert_eq!(live.view().nodes[0].term, None, "sent before the line was read");
        seen(&mut live, [20, 40], "status", r#""role":"leader","term":5"#);
        let view = live.view();
        assert_eq!(
            (view.nodes[0].role.as_ref().map(Word::text), view.nodes[0].term, view.led),
            (Some("leader"), Some(5), Some(5))
        );
    }

    #[test]
    fn a_log_that_tells_only_some_changes_does_not_hide_the_others() {
        let mut live = live(&["n1"]);
        seen(&mut live, [10, 20], "log", r#""role":"follower","term":3"#);
        seen(&mut live, [30, 40], "status", r#""role":"leader","term":2"#);
        assert_eq!(live.view().nodes[0].role.as_ref().map(Word::text), Some("follower"), "a lower term is none of now");
        seen(&mut live, [50, 60], "status", r#""role":"leader","term":4,"leader":"n1""#);
        assert_eq!(live.view().nodes[0].role.as_ref().map(Word::text), Some("leader"));
        seen(&mut live, [70, 80], "status", r#""leader":"n2","term":4"#);
        assert_eq!(live.view().nodes[0].role, None, "it follows another");
    }

    #[test]
    fn a_poll_never_overrides_who_tells_every_change_and_fills_in_what_is_not_told() {
        let mut live = live(&["n1"]);
        seen(&mut live, [10, 20], "events", r#""role":"follower","term":3"#);
        seen(&mut live, [30, 40], "status", r#""role":"leader","term":4"#);
        seen(&mut live, [50, 60], "status", r#""role":"follower","term":3,"leader":"n2""#);
        let node = &live.view().nodes[0];
        let leader = node.leader.as_ref().and_then(Option::as_deref);
        assert_eq!((node.role.as_ref().map(Word::text), node.term, leader), (Some("follower"), Some(3), Some("n2")));
    }

    #[test]
    fn a_change_without_a_term_leaves_the_term_unknown() {
        let mut live = live(&["n1"]);
        for line in [r#""role":"leader","term":3"#, r#""vote":"n1""#] {
            take(&mut live, &format!(r#"{{"type":"observe","node":"n1","evidence":"atomic",{line}}}"#));
        }
        assert_eq!(live.view().nodes[0].term, Some(3));
        take(&mut live, r#"{"type":"observe","node":"n1","evidence":"atomic","role":"follower"}"#);
        assert_eq!(live.view().nodes[0].term, None);
    }

    #[test]
    fn a_node_is_isolated_only_while_every_link_of_it_is_cut() {
        let mut live = live(&["n1", "n2", "n3"]);
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
        let mut live = live(&["n1", "n2"]);
        for (node, role, term) in [("n1", "leader", 3), ("n1", "follower", 4), ("n2", "candidate", 9)] {
            let line = format!(r#""node":"{node}","evidence":"atomic","role":"{role}","term":{term}"#);
            take(&mut live, &format!(r#"{{"type":"observe",{line}}}"#));
        }
        assert_eq!((live.view().led, live.view().highest_term()), (Some(3), Some(9)));
    }

    #[test]
    fn a_follower_of_the_view_sees_every_change_in_order() {
        let mut live = live(&["n1"]);
        let (before, mut changes) = live.follow();
        assert_eq!(before.nodes[0].role, None);
        for role in ["candidate", "leader"] {
            take(&mut live, &format!(r#"{{"type":"observe","node":"n1","evidence":"atomic","role":"{role}"}}"#));
        }
        let roles: Vec<_> =
            std::iter::from_fn(|| changes.try_recv().ok()).map(|c| c.after.nodes[0].role.clone()).collect();
        assert_eq!(roles, [Some(Role::Candidate.into()), Some(Role::Leader.into())]);
    }
}
