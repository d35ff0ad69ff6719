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

use super::drawn::WholePicture;
use super::finding::{Findings, KEPT, Seen, not_judged};
use super::streams::Streams;
use super::{Broken, Checker, Descriptor, Kind, Make};
use crate::kept::{Map, row};
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
    ballots: Ballots,
    broken: Vec<Broke>,
    votes: u64,
    /// A vote was shown with its term, or that there was none.
    shows_votes: bool,
    witnesses: Witnesses,
    ended: bool,
    whole: WholePicture,
}

/// For each node and observer the ballots, by incarnation and term.
type Ballots = BTreeMap<(Name, u16), Map<(u32, u64), Ballot>>;

/// One incarnation in one stream.
#[derive(Debug, Clone, Copy, Default)]
struct Life {
    durable: bool,
    /// How many holes the stream has had so far.
    holes: u32,
    course: Course,
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
    /// A line of this term does not show the vote.
    untold: bool,
}

row!(Life { durable: bool, holes: u32, course: Course });

row!(Ballot { vote: Option<(Name, Seen)>, holes: u32, null: Option<Seen>, two_told: bool, null_told: bool, untold: bool });

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
        for (node, observer, lives) in self.streams.iter().filter(|(.., lives)| lives.len() > 1) {
            // For each term the first vote of an earlier incarnation.
            let mut before: Map<u64, Option<(Name, Seen)>> = Map::default();
            let durable = |incarnation: u32| {
                lives.binary_search_by_key(&incarnation, |life| life.0).is_ok_and(|at| lives[at].1.durable)
            };
            let ballots = self.ballots.get(&(node, observer)).into_iter().flat_map(Map::iter);
            for ((_, term), ballot) in ballots.filter(|((incarnation, _), _)| durable(*incarnation)) {
                let Some(first) = *before.or_insert(term, None) else {
                    *before.or_insert(term, None) = ballot.vote;
                    continue;
                };
                let null = ballot.null.map(|seen| (None, seen));
                let other = ballot.vote.filter(|(vote, _)| *vote != first.0);
                let second = null.or(other.map(|(vote, seen)| (Some(vote), seen)));
                if let Some(second) = second.filter(|_| broken.len() < KEPT) {
                    broken.push(Broke { node, term, first, second, restarted: true, holed: false });
                }
            }
        }
        broken
    }
}

impl VoteOnce {
    /// What other nodes' lines prove.
    fn witnessed(&self, findings: &mut Findings, names: &Names, recorded: bool) {
        let nodes = self.whole.get().map_or(0, |picture| picture.nodes());
        for (term, voter, proof) in self.witnesses.proofs(&self.streams, &self.ballots, (nodes, self.ended)) {
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

impl Checker for VoteOnce {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_blind_to_samples(&self) -> bool {
        true
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
        let node = seen.node;
        let life = self.streams.of(seen);
        life.course.feed(term, here);
        let holes = life.holes;
        let ballots = self.ballots.entry((node, seen.observer)).or_default();
        let ballot = ballots.or_insert((seen.incarnation, term), Ballot::default());
        let Some(vote) = seen.vote else {
            ballot.untold = true;
            return;
        };
        life.durable = seen.durable;
        self.shows_votes = true;
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

    fn look_at(&mut self, picture: &WholePicture) {
        self.whole = picture.clone();
    }

    fn finish(&mut self, names: &Names) -> Judgement {
        if self.votes == 0 && !self.shows_votes && self.witnesses.is_empty() {
            return not_judged(self.name(), Unjudged::NoVoteWithTerm);
        }
        let mut findings = Findings::default();
        let across = self.across();
        // Where nobody knows what was done to a node, it may have lost its memory wherever it may have been started again.
        let picture = self.whole.get();
        let recorded = picture.is_some_and(|picture| picture.faults_recorded);
        let confused = |node: Name| picture.is_some_and(|picture| picture.is_confused(node));
        let proved = |broke: &&Broke| (recorded || !(broke.restarted || broke.holed)) && !confused(broke.node);
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
