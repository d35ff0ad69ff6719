//! **vote-once**: invalid when a node shows two different votes in one term, or a printed null after a vote in that
//! term; across incarnations only for `durable` observers.
//!
//! Each server votes for at most one candidate in a given term (Raft paper, section 5.2), and `votedFor` is
//! persistent: a node that forgets its vote can be asked again. Null is *known to be none*, so null after a vote is
//! a vote forgotten, even if no second vote is ever cast. Null before the vote is how every term begins, and an
//! absent field says nothing.
//!
//! What another node counted is a vote that was sent, whether or not it was durable: see [`witness`].
//!
//! A node that was killed after its vote was durable and before it was printed shows, in its next incarnation, a
//! vote that no line of the last one has: that is lawful, and the only thing that matters is that votes differ.

mod witness;

use std::collections::BTreeMap;

use super::drawn::Easel;
use super::finding::{Findings, KEPT, Seen, not_judged};
use super::streams::Streams;
use super::{Broken, Checker, Descriptor, Kind, Make};
use history::finding::Unjudged;
use history::finding::safety::{Finding, Statement};
use history::verdict::{Judgement, Violation};
use history::{Body, EndReason, Event, Evidence, Name, Names, Span};
use witness::{Course, Proof, Witnesses};

/// The checker's name.
pub const NAME: &str = "vote-once";

/// What is to be known of it.
pub const CHECKER: Descriptor = Descriptor {
    name: NAME,
    kind: Kind::Safety,
    needs: "atomic evidence of votes",
    claims: "a node votes for one candidate a term",
    told_first: false,
    make: Make::Fed(|_| Box::new(VoteOnce::new())),
};

/// The checker; its definition is the module's.
#[derive(Debug, Clone, Default)]
pub struct VoteOnce {
    streams: Streams<Life>,
    broken: Vec<Broke>,
    votes: u64,
    /// A vote was shown with its term, or that there was none.
    shows_votes: bool,
    witnesses: Witnesses,
    ended: bool,
    easel: Easel,
}

/// The ballots of one incarnation in one stream.
#[derive(Debug, Clone, Default)]
struct Life {
    durable: bool,
    /// How many holes the stream has had so far.
    holes: u32,
    course: Course,
    term: u64,
    /// The ballot of `term`; the others are in `past`.
    ballot: Ballot,
    past: BTreeMap<u64, Ballot>,
}

/// What one incarnation showed of its vote in one term.
#[derive(Debug, Clone, Copy, Default)]
struct Ballot {
    vote: Option<(Name, Seen)>,
    /// How many holes the stream had before the vote.
    holes: u32,
    /// The first null that does not come after the vote.
    null: Option<Seen>,
    two_told: bool,
    null_told: bool,
}

#[derive(Debug, Clone, Copy)]
struct Broke {
    node: Name,
    term: u64,
    first: (Name, Seen),
    /// The second vote; none: null.
    second: (Option<Name>, Seen),
    restarted: bool,
    /// Lines are missing between the two.
    holed: bool,
}

impl VoteOnce {
    /// The checker before the first event.
    pub fn new() -> Self {
        Self::default()
    }

    /// What breaks the promise only when incarnations are put side by side.
    fn across(&self) -> Vec<Broke> {
        let mut broken = Vec::new();
        for (node, lives) in self.streams.iter() {
            // For each term the first vote of an earlier incarnation.
            let mut before: BTreeMap<u64, (Name, Seen)> = BTreeMap::new();
            if lives.len() < 2 {
                continue;
            }
            for (_, life) in lives.iter().filter(|(_, life)| life.durable) {
                for (term, ballot) in life.ballots() {
                    if let Some(first) = before.get(&term).copied() {
                        let null = ballot.null.map(|seen| (None, seen));
                        let other = ballot.vote.filter(|(vote, _)| *vote != first.0);
                        let second = null.or(other.map(|(vote, seen)| (Some(vote), seen)));
                        if let Some(second) = second.filter(|_| broken.len() < KEPT) {
                            broken.push(Broke { node, term, first, second, restarted: true, holed: false });
                        }
                    } else if let Some(vote) = ballot.vote {
                        before.insert(term, vote);
                    }
                }
            }
        }
        broken
    }
}

impl VoteOnce {
    /// What other nodes' lines prove.
    fn witnessed(&self, findings: &mut Findings, names: &Names, recorded: bool) {
        let nodes = self.easel.get().map_or(0, |picture| picture.nodes());
        for (term, voter, proof) in self.witnesses.proofs(self.streams.iter(), (nodes, self.ended)) {
            let node = names.text(voter).to_owned();
            let (found, lines) = match proof {
                Proof::CountedTwice { candidates: [first, second] } => {
                    let candidates = [first.0, second.0].map(|candidate| names.text(candidate).to_owned());
                    (Finding::VoteCountedTwice { node, term, candidates }, vec![first.1, second.1])
                }
                Proof::Lost { candidate, shown, after, below, other } => {
                    let vote = names.text(candidate.0).to_owned();
                    let other = other.map(|other| names.text(other).to_owned());
                    let found = Finding::CountedVoteLost { node, term, vote, below, other, faults_known: recorded };
                    (found, vec![shown, candidate.1, after])
                }
            };
            let latest = lines.iter().map(|seen| seen.span.latest).max().unwrap_or(0);
            let span = Span { earliest: lines[lines.len() - 1].span.earliest, latest };
            findings.push(names, found, span, &[voter], Some(term), lines);
        }
    }
}

impl Life {
    fn ballots(&self) -> impl Iterator<Item = (u64, Ballot)> + '_ {
        self.past.iter().map(|(term, ballot)| (*term, *ballot)).chain([(self.term, self.ballot)])
    }

    /// The ballot of a term, made the current one.
    fn turn_to(&mut self, term: u64) -> &mut Ballot {
        if term != self.term {
            let fresh = self.past.remove(&term).unwrap_or_default();
            let old = std::mem::replace(&mut self.ballot, fresh);
            if old.vote.is_some() || old.null.is_some() {
                self.past.insert(self.term, old);
            }
            self.term = term;
        }
        &mut self.ballot
    }
}

impl Checker for VoteOnce {
    fn name(&self) -> &'static str {
        NAME
    }

    fn feed(&mut self, event: &Event) {
        let seen = match &event.body {
            Body::Observe(seen) => seen,
            Body::Node(node) if node.what == history::Life::Gap => {
                return self.streams.of_incarnation(node.node, node.incarnation, |life| life.holes += 1);
            }
            Body::End { reason } => {
                self.ended = reason.is(EndReason::Complete);
                return;
            }
            _ => return,
        };
        let Evidence::Atomic = seen.evidence else { return };
        if seen.hole.is_some() {
            self.streams.of(seen).holes += 1;
        }
        let Some(term) = seen.term else { return };
        let here = Seen::new(event, seen.span);
        self.witnesses.feed(seen, term, here);
        self.streams.of(seen).course.feed(term, seen.vote.is_some(), here);
        let Some(vote) = seen.vote else { return };
        self.shows_votes = true;
        let node = seen.node;
        let life = self.streams.of(seen);
        life.durable = seen.durable;
        let holes = life.holes;
        let ballot = life.turn_to(term);
        let Some(first) = ballot.vote else {
            match vote {
                Some(vote) => {
                    ballot.vote = Some((vote, here));
                    ballot.holes = holes;
                    self.votes += 1;
                }
                None if ballot.null.is_none() => ballot.null = Some(here),
                None => {}
            }
            return;
        };
        let told = match vote {
            Some(vote) if vote == first.0 => return,
            Some(_) => &mut ballot.two_told,
            None => &mut ballot.null_told,
        };
        let again = std::mem::replace(told, true);
        if !again && self.broken.len() < KEPT {
            let holed = ballot.holes != holes;
            self.broken.push(Broke { node, term, first, second: (vote, here), restarted: false, holed });
        }
    }

    fn look_at(&mut self, picture: &Easel) {
        self.easel = picture.clone();
    }

    fn finish(&mut self, names: &Names) -> Judgement {
        if self.votes == 0 && !self.shows_votes && self.witnesses.is_empty() {
            return not_judged(self.name(), Unjudged::NoVoteWithTerm);
        }
        let mut findings = Findings::default();
        let across = self.across();
        // Where nobody knows what was done to a node, it may have lost its memory wherever it may have been started again.
        let recorded = self.easel.get().is_some_and(|picture| picture.faults_recorded);
        let proved = |broke: &&Broke| recorded || !(broke.restarted || broke.holed);
        for Broke { node, term, first, second, restarted, .. } in self.broken.iter().chain(&across).filter(proved) {
            let (voter, vote) = (names.text(*node).to_owned(), names.text(first.0).to_owned());
            let (term, restarted) = (*term, *restarted);
            let found = match second.0 {
                Some(second) => {
                    let votes = [vote, names.text(second).to_owned()];
                    Finding::TwoVotesInOneTerm { node: voter, term, votes, restarted }
                }
                None => Finding::VoteForgotten { node: voter, term, vote, restarted },
            };
            let seen = second.1;
            let span = Span { earliest: seen.span.earliest, latest: seen.span.latest.max(first.1.span.latest) };
            findings.push(names, found, span, &[*node], Some(term), [first.1, seen]);
        }
        self.witnessed(&mut findings, names, recorded);
        let mut judgement = findings.judge(self.name(), Statement::VotesKept);
        judgement.counts.insert("votes".to_owned(), self.votes);
        judgement
    }

    /// Only the node that forgot may vote again.
    fn could_be_caused(&self, by: &Broken, violation: &Violation, names: &Names) -> bool {
        violation.nodes.iter().any(|node| by.concerns(node, names))
    }
}
