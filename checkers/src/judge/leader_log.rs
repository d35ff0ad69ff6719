//! **leader-log**: where logs are observed, invalid when a leader's last log is older than that of a node which
//! voted for it.
//!
//! A voter denies its vote if its own log is more up-to-date than the candidate's: the later last term wins, and
//! with equal last terms the longer log (Raft paper, section 5.4.1). The voter's first line that shows the vote shows
//! the log that it compared; the leader's first line as leader shows a log at least as new as the one it asked with.
//!
//! It is the vote *before* the win that counts. A node may learn of a leader first, take entries from it, and only
//! then show a vote for it (some implementations record the leader they follow as their vote). So the vote counts
//! if its line was certainly written before the leader's, or can have been and says that the voter knew of no leader
//! in that term. And a voter whose observer does not show every change, or that lost lines of that term, may show
//! a log that has grown since: it is not judged.
//!
//! That a voter knows of no leader says so only of a node that was *watched* as it cast the vote: the line before it, in the
//! same life and with nothing missing between, had a lower term or no vote. A restart forgets the leader and keeps the vote and
//! the log, and so does a record that begins late.
//!
//! A line that shows a granted vote may show the candidate's log (`candidate_log`) beside the voter's own. Then nothing else is
//! needed: an older log should not have had the vote.

use super::finding::{Findings, KEPT, Seen, not_judged};
use super::{Broken, Checker, Descriptor, Kind, Make};
use crate::kept::{Map, row};
use history::finding::Unjudged;
use history::finding::safety::{Finding, Statement};
use history::verdict::{Judgement, Violation};
use history::{Body, Event, Evidence, Life, Name, Names, Observation, Role, Span};

/// Last term, then last index: in this order they compare as section 5.4.1 says.
type Log = (u64, u64);

/// The checker's name.
pub const NAME: &str = "leader-log";

/// What is to be known of it.
pub const CHECKER: Descriptor = Descriptor {
    name: NAME,
    kind: Kind::Safety,
    needs: "atomic evidence with `log`",
    claims: "a leader's log is as new as its voters'",
    told_first: false,
    make: Make::Fed(|_| Box::new(LeaderLog::new())),
};

/// The checker; its definition is the module's.
#[derive(Debug, Clone, Default)]
pub struct LeaderLog {
    /// For each term and leader its log and line when it was first seen to lead; the log is none if not shown.
    leaders: Map<(u64, Name), (Option<Log>, Seen)>,
    /// For each term and voter the incarnation and line that first can have shown its vote; the vote is none if the
    /// line did not show it, or not reliably.
    votes: Map<(u64, Name), (u32, Option<Vote>)>,
    nodes: Vec<Node>,
    /// Votes whose own line shows that the candidate's log was older.
    older: Vec<Older>,
    compared: bool,
}

/// A node granted its vote to a candidate with an older log.
#[derive(Debug, Clone, Copy)]
struct Older {
    voter: Name,
    candidate: Name,
    term: u64,
    log: Log,
    candidate_log: Log,
    seen: Seen,
}

#[derive(Debug, Clone, Copy, Default)]
struct Node {
    /// Term and incarnation whose vote has been noted: nothing later of them matters.
    noted: Option<(u64, u32)>,
    /// Lines were lost since the last one.
    lost: bool,
    /// The last complete line: its incarnation, its term, and whether it says that the node had not voted in it.
    before: Option<(u32, u64, bool)>,
}

#[derive(Debug, Clone, Copy)]
struct Vote {
    candidate: Name,
    log: Log,
    knew_no_leader: bool,
    seen: Seen,
}

row!(Vote { candidate: Name, log: Log, knew_no_leader: bool, seen: Seen });

impl LeaderLog {
    /// The checker before the first event.
    pub fn new() -> Self {
        Self::default()
    }

    /// The line that shows a granted vote may show both logs that were compared.
    fn compare(&mut self, seen: &Observation, term: u64, here: Seen) {
        let (Some(Some(candidate)), Some(log), Some(candidate_log)) = (seen.vote, seen.log, seen.candidate_log) else {
            return;
        };
        self.compared = true;
        let known = |older: &Older| (older.voter, older.term, older.candidate) == (seen.node, term, candidate);
        if candidate != seen.node && candidate_log < log && self.older.len() < KEPT && !self.older.iter().any(known) {
            self.older.push(Older { voter: seen.node, candidate, term, log, candidate_log, seen: here });
        }
    }

    fn observe(&mut self, seen: &Observation, term: u64, here: Seen) {
        self.compare(seen, term, here);
        if seen.role == Some(Role::Leader) {
            self.leaders.or_insert((term, seen.node), (seen.log, here));
        }
        if !seen.complete {
            return;
        }
        let node = self.node(seen.node);
        if seen.hole.is_some() {
            *node = Node { lost: true, ..Node::default() };
        }
        let before = node.before.replace((seen.incarnation, term, seen.vote == Some(None)));
        if node.noted == Some((term, seen.incarnation)) {
            return;
        }
        let lost = std::mem::take(&mut node.lost);
        if seen.vote == Some(None) {
            return;
        }
        node.noted = Some((term, seen.incarnation));
        let watched = before.is_some_and(|(incarnation, last, had_not_voted)| {
            incarnation == seen.incarnation && (last < term || (last == term && had_not_voted))
        });
        let vote = match (lost, seen.vote, seen.log) {
            (false, Some(Some(candidate)), Some(log)) => {
                Some(Vote { candidate, log, knew_no_leader: watched && seen.leader == Some(None), seen: here })
            }
            _ => None,
        };
        let noted = self.votes.or_insert((term, seen.node), (seen.incarnation, vote));
        if seen.incarnation < noted.0 {
            *noted = (seen.incarnation, vote);
        }
    }

    fn node(&mut self, node: Name) -> &mut Node {
        let at = node.0 as usize;
        if self.nodes.len() <= at {
            self.nodes.resize(at + 1, Node::default());
        }
        &mut self.nodes[at]
    }
}

impl Checker for LeaderLog {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_blind_to_samples(&self) -> bool {
        true
    }

    fn feed(&mut self, event: &Event) {
        match &event.body {
            Body::Observe(seen) if seen.evidence == Evidence::Atomic => match seen.term {
                Some(term) => self.observe(seen, term, Seen::new(event, seen.span)),
                None => {
                    let node = self.node(seen.node);
                    (node.lost, node.before) = (true, None);
                }
            },
            Body::Node(node) if node.what == Life::Gap => {
                *self.node(node.node) = Node { lost: true, ..Node::default() };
            }
            _ => {}
        }
    }

    fn finish(&mut self, names: &Names) -> Judgement {
        let mut findings = Findings::default();
        let mut leaders = self.leaders.finder();
        for ((term, voter), (_, vote)) in self.votes.iter() {
            let Some(vote) = vote.filter(|vote| vote.candidate != voter) else { continue };
            let Some((Some(log), won)) = leaders.get((term, vote.candidate)) else { continue };
            self.compared = true;
            let possibly_before = vote.seen.span.earliest <= won.span.latest;
            let before = vote.seen.span.latest <= won.span.earliest || (possibly_before && vote.knew_no_leader);
            if !before || log >= vote.log {
                continue;
            }
            let found = Finding::LeaderWithOlderLog {
                leader: names.text(vote.candidate).to_owned(),
                term,
                log: log.into(),
                voter: names.text(voter).to_owned(),
                voter_log: vote.log.into(),
            };
            let latest = won.span.latest.max(vote.seen.span.latest);
            let span = Span { earliest: won.span.earliest, latest };
            findings.push(names, found, span, &[vote.candidate, voter], Some(term), [vote.seen, won]);
        }
        for older in &self.older {
            let Older { voter, candidate, term, log, candidate_log, seen } = *older;
            let found = Finding::VoteForOlderLog {
                node: names.text(voter).to_owned(),
                term,
                candidate: names.text(candidate).to_owned(),
                log: log.into(),
                candidate_log: candidate_log.into(),
            };
            findings.push(names, found, seen.span, &[voter, candidate], Some(term), [seen]);
        }
        if !self.compared {
            return not_judged(self.name(), Unjudged::NoLogs);
        }
        findings.judge(self.name(), Statement::NewestLogs)
    }

    /// The lines show the logs that were compared, whatever was forgotten before.
    fn could_be_caused(&self, _: &Broken, _: &Violation, _: &Names) -> bool {
        false
    }
}
