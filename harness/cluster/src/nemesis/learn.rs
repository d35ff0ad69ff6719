//! Learning the operations that an election makes on disks, and what crash points make of it.
//!
//! What the node does that campaigned and won, what a voter does and what the old leader does are three lists of texts. A crash
//! point drawn as "the third of a voter" gets the text of its operation before it is carried out and recorded. So a replay finds
//! it again without having to learn.

use std::collections::BTreeMap;
use std::time::Duration;

use history::entry::Expect;
use history::{Expectation, Record, Role, Span};
use workloads::condition::Since;
use workloads::fault::Part;
use workloads::{Condition, Fault, NodeView, StepId, View};

use super::Nemesis;
use crate::disk::{is_meant, without_temporary_names};

/// What is done in so long, before anything happens, is done anyway.
const LULL: Duration = Duration::from_millis(500);

/// So long without any operation, an election is over.
const QUIET: Duration = Duration::from_millis(150);

/// A node that writes all the time is not waited for any longer once all agree.
const RESTLESS: Duration = Duration::from_secs(1);

/// An election makes fewer operations than a crash point counts.
#[derive(Debug, thiserror::Error)]
#[error("an election was learnt to make {count} operations on the disk of a {}", part.word())]
pub(super) struct NotLearnt {
    part: Part,
    count: usize,
}

/// What is known of the operations of each part.
#[derive(Debug, Default)]
pub(super) struct Learnt(BTreeMap<Part, Vec<String>>);

impl Learnt {
    /// One more election. Where one of several took longer, as with a split vote, the other counts.
    fn add(&mut self, part: Part, operations: Vec<String>) {
        if operations.is_empty() {
            return;
        }
        let known = self.0.entry(part).or_default();
        if known.is_empty() || operations.len() < known.len() {
            *known = operations;
        }
    }

    /// The operation with which a candidacy begins; empty where it is unknown.
    pub(super) fn opening(&self) -> &str {
        self.0.get(&Part::Candidate).and_then(|operations| operations.first()).map_or("", String::as_str)
    }

    /// A fault as it is meant: a crash point by the text of its operation. The error says why there is none.
    pub(super) fn meant(&self, fault: &Fault) -> Result<Fault, NotLearnt> {
        let mut meant = fault.clone();
        if let Fault::CrashAt { part: Some(part), learnt: learnt @ true, operation, nth, .. } = &mut meant {
            let operations = self.0.get(part).map_or(&[][..], Vec::as_slice);
            let place = usize::try_from(*nth).unwrap_or(usize::MAX);
            let (Some(text), true) = (operations.get(place.saturating_sub(1)), place > 0) else {
                return Err(NotLearnt { part: *part, count: operations.len() });
            };
            let same = operations[..place].iter().filter(|other| is_meant(other, text)).count();
            (*learnt, *nth) = (false, u32::try_from(same).unwrap_or(u32::MAX));
            operation.clone_from(text);
        }
        Ok(meant)
    }
}

impl Nemesis {
    /// Learns what is done on disks until there is a leader of a new term.
    pub(super) async fn learn(&self, id: StepId, within: Duration) {
        let begun = self.recorder.clock().now();
        let over = tokio::time::Instant::now() + within;
        let before = self.recorder.view();
        self.cluster.note_operations();
        self.unless_given_up(tokio::time::sleep(LULL)).await;
        let anyway = self.cluster.noted();
        let won = self.unless_given_up(self.new_leader(&before, within)).await.flatten();
        if won.is_some() {
            self.unless_given_up(self.quiet(over)).await;
        }
        let noted = self.cluster.take_noted();
        let mut told = Vec::new();
        if let Some(winner) = won.filter(|winner| !before.node(winner).is_some_and(leads)) {
            let noted = noted.into_iter().zip(anyway).map(|(texts, anyway)| of_the_election(&texts, anyway)).collect();
            for (part, operations) in sorted(&before, &winner, noted) {
                told.extend(operations.iter().map(|text| format!("{}: {text}", part.word())));
                self.learnt().add(part, operations);
            }
        }
        let outcome = if told.is_empty() { Expectation::Unmet } else { Expectation::Met };
        let span = Span::new(begun, self.recorder.clock().now());
        self.recorder.record(Record::during(span, Expect::lesson(id, told, outcome)));
    }

    /// Waits for a leader of a term that is higher than that of any leader before.
    async fn new_leader(&self, before: &View, within: Duration) -> Option<String> {
        let (now, mut changes) = self.recorder.follow();
        // The step that it is compared with is this one.
        let condition = Condition::NewLeader { since: 0 };
        let since = Since { before: before.clone(), highest_term: before.highest_term(), highest_led: before.led };
        if let Some(met) = condition.holds(&now, &since) {
            return met.trigger;
        }
        let seen = async {
            while let Some(change) = changes.recv().await {
                if let Some(met) = condition.holds(&change.after, &since) {
                    return met.trigger;
                }
            }
            None
        };
        tokio::time::timeout(within, seen).await.ok().flatten()
    }

    /// Waits until all run and go along with the leader, and nothing is done on disks any more.
    async fn quiet(&self, over: tokio::time::Instant) {
        let (mut last, mut agreed) = (self.cluster.noted(), None);
        while tokio::time::Instant::now() < over {
            tokio::time::sleep(QUIET).await;
            let now = self.cluster.noted();
            if all_agree(&self.recorder.view()) {
                let since = *agreed.get_or_insert_with(tokio::time::Instant::now);
                if now == last || since.elapsed() >= RESTLESS {
                    return;
                }
            }
            last = now;
        }
    }
}

fn leads(node: &NodeView) -> bool {
    node.is(Role::Leader)
}

/// All nodes run and go along with one leader.
fn all_agree(view: &View) -> bool {
    let leader = Condition::Leader.holds(view, &Since::default()).and_then(|met| met.trigger);
    let leader = leader.as_deref().and_then(|name| view.node(name));
    leader.is_some_and(|leader| view.nodes.iter().all(|node| node.connected() && node.goes_along(leader)))
}

/// What a node did for the election: the operations after the first `anyway` that are not of their kind. If nothing is left of
/// these, all operations after the first.
fn of_the_election(texts: &[String], anyway: usize) -> Vec<String> {
    let texts = without_temporary_names(texts);
    let (before, after) = texts.split_at(anyway.min(texts.len()));
    let rest: Vec<String> = after.iter().filter(|text| !before.contains(text)).cloned().collect();
    if rest.is_empty() { after.to_vec() } else { rest }
}

/// What was noted of each node, by the part that it took. Of several voters the one that did most counts.
fn sorted(before: &View, winner: &str, noted: Vec<Vec<String>>) -> BTreeMap<Part, Vec<String>> {
    let mut parts: BTreeMap<Part, Vec<String>> = BTreeMap::new();
    for (node, operations) in before.nodes.iter().zip(noted) {
        let part = match node {
            node if node.name == winner => Part::Candidate,
            node if leads(node) => Part::Leader,
            _ => Part::Voter,
        };
        let known = parts.entry(part).or_default();
        if operations.len() > known.len() {
            *known = operations;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use workloads::Choice;
    use workloads::fault::Moment;

    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn point(part: Part, nth: u32) -> Fault {
        Fault::CrashAt {
            target: Choice::Followers.into(),
            part: Some(part),
            learnt: true,
            operation: String::new(),
            nth,
            moment: Moment::After,
            power_cut: false,
            within: Duration::from_secs(1),
        }
    }

    #[test]
    fn a_learnt_operation_is_meant_by_its_text_and_the_shorter_election_counts() {
        let mut learnt = Learnt::default();
        learnt.add(Part::Voter, texts(&["write a", "fsync a", "write a", "fsync a", "write a", "fsync a"]));
        learnt.add(Part::Voter, texts(&["write a", "fsync a", "write a", "fsync a"]));
        learnt.add(Part::Voter, Vec::new());
        let Ok(Fault::CrashAt { learnt: false, operation, nth, .. }) = learnt.meant(&point(Part::Voter, 4)) else {
            panic!("it is a crash point by text")
        };
        assert_eq!((operation.as_str(), nth), ("fsync a", 2));
        let why = learnt.meant(&point(Part::Voter, 5)).unwrap_err().to_string();
        assert!(why.contains("4 operations") && why.contains("voter"), "{why}");
        assert!(learnt.meant(&point(Part::Leader, 1)).is_err());
    }

    #[test]
    fn what_is_done_anyway_is_not_the_election_s() {
        let noted = texts(&["write db", "fsync db", "write wal", "fsync wal", "write db", "write wal"]);
        assert_eq!(of_the_election(&noted, 2), ["write wal", "fsync wal", "write wal"]);
        assert_eq!(of_the_election(&noted, 0), noted);
        assert_eq!(of_the_election(&noted, 4), ["write db", "write wal"], "it may be the same all the time");
    }

    #[test]
    fn who_led_before_who_won_and_who_voted_are_told_apart() {
        let node =
            |name: &str, role: Role| NodeView { name: name.to_owned(), role: Some(role.into()), ..NodeView::default() };
        let before = View {
            nodes: vec![
                node("n1", Role::Leader),
                node("n2", Role::Follower),
                node("n3", Role::Follower),
                node("n4", Role::Follower),
            ],
            ..View::default()
        };
        let noted = vec![texts(&["a"]), texts(&["b", "b"]), texts(&["c"]), texts(&["d", "d", "d"])];
        let parts = sorted(&before, "n3", noted);
        assert_eq!(parts[&Part::Leader], ["a"]);
        assert_eq!(parts[&Part::Candidate], ["c"]);
        assert_eq!(parts[&Part::Voter], ["d", "d", "d"]);
    }
}
