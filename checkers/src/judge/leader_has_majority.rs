//! **leader-has-majority**: for `complete` and `durable` nodes, a voter supports leader L of term t only if a line of
//! it with term t and vote L was written no later than L's leader line; it is *out* once its stream has passed that
//! moment, or ended, without one (a gap keeps it open); invalid when fewer than a majority remain.
//!
//! A candidate wins with votes from a majority of the servers for the same term (Raft paper, section 5.2), and by
//! the node contract a vote is durable and printed before it is sent. So each vote that was counted stands in its
//! voter's stream, at an earlier instant than the leader's line. A node that was killed between making a vote
//! durable and printing it has sent nothing, and its vote was not counted.
//!
//! Which instant a line was written at is known only as a span, and the file orders lines of different nodes by
//! their receipt. So a vote counts for the leader if it *can* have been written before the latest instant of the
//! leader's line, wherever it stands in the file, and a voter is out only when nothing of it that could be such a
//! vote can still be missing. Everything that is not known keeps a voter open: an observer that does not show every
//! change or not only what is durable, a line of that term without a vote, lost lines whose terms can have
//! been this one, a stream of which nothing later was recorded.
//!
//! What was never watched cannot have been missing. A voter is *watched for term t* only if, before any line of it of t or
//! above, a complete and durable observer had a line of it at a lower term, or at t with a vote known to be none: a record that
//! begins late, or of which one node's lines were not kept, does not show that a vote was not there. (A vote for another in that
//! term, in the node's first life, shows it as well.)
//!
//! The voters that remain must be a quorum of no configuration that may have been in force when the leader won, and not of
//! what the leader itself believed ([`crate::world::membership`]).
//!
//! That is decided when the history is at its end, because an old incarnation's lines may come late; what must be
//! kept for it is one vote for each voter and term.

use super::drawn::WholePicture;
use super::finding::{Findings, Seen, not_judged};
use super::{Broken, Checker, Descriptor, Kind, Make};
use crate::kept::{Finder, Map, row};
use crate::world::Picture;
use crate::world::membership::Configurations;
use history::finding::Unjudged;
use history::finding::safety::{Finding, OtherVote, Statement};
use history::verdict::{Judgement, Violation};
use history::{Body, Event, Evidence, ExitReason, Header, Life, Name, Names, NodeEvent, Observation, Role};
use workloads::fault;

/// The checker's name.
pub const NAME: &str = "leader-has-majority";

/// What is to be known of it.
pub const CHECKER: Descriptor = Descriptor {
    name: NAME,
    kind: Kind::Safety,
    needs: "an observer that is `complete` and `durable`, with votes",
    claims: "a leader has the votes of a majority",
    told_first: false,
    make: Make::Fed(|header| Box::new(LeaderHasMajority::new(header))),
};

/// The checker; its definition is the module's.
#[derive(Debug, Clone)]
pub struct LeaderHasMajority {
    /// All nodes, in order.
    voters: Vec<Voter>,
    whole: WholePicture,
    /// The first line of each leader of each term, and the incarnation that wrote it.
    leaders: Map<(u64, Name), (u32, Seen)>,
    last_leader: Option<(u64, Name, u32)>,
    ended: bool,
    /// A fault may have taken a node's memory.
    forgetful: bool,
}

/// A vote for another is told beside a finding if it is of this term or of one of so many before.
const TERMS_BACK: u64 = 64;

/// Why a leader cannot have had a majority.
struct Lacking {
    of: Configurations,
    /// Those whose votes for it were seen.
    given: Vec<Name>,
    /// Those that had certainly not voted for it.
    out: Vec<Name>,
    /// The newest votes that are known of these: whose, for whom, in which term.
    others: Vec<(Name, Name, u64)>,
    /// The lines that prove it.
    evidence: Vec<Seen>,
}

/// All that must be known of a voter.
#[derive(Debug, Clone)]
struct Voter {
    node: Name,
    /// Its first line whose observer shows every change and only what is durable.
    first: Option<First>,
    /// The highest term of another observer's lines before that.
    before: Option<u64>,
    /// What it showed of its vote in each term, each distinct vote with its earliest line.
    shown: Map<(u64, Vote), Shown>,
    last_shown: Option<(u64, Shown)>,
    /// Incarnation and term of the last complete line.
    at: Option<(u32, u64)>,
    /// Terms of which lines may be missing.
    gaps: Vec<(u64, u64)>,
    /// Gaps whose end is not known: the incarnation, and the term before.
    open_gaps: Vec<(u32, u64)>,
    /// The lowest term before a gap that only a later incarnation ended.
    crossing: Option<u64>,
    /// The line (or the start) with the greatest earliest instant: so far the stream has certainly got.
    latest: Option<Seen>,
    /// The same of lines alone.
    latest_line: Option<Seen>,
    /// The highest incarnation of which anything is known.
    incarnation: u32,
    /// The end of the highest incarnation that ended.
    exit: Option<(u32, Seen)>,
    /// An incarnation with a pipe at its end.
    eof: Option<(u32, Seen)>,
}

/// The first complete and durable line of a voter.
#[derive(Debug, Clone, Copy)]
struct First {
    incarnation: u32,
    term: u64,
    /// The line says that the voter had not voted in that term.
    had_not_voted: bool,
}

/// For whom; `None`: the line does not say, and could agree.
type Vote = Option<Name>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shown {
    vote: Vote,
    /// It was durable, in a life before which there was none: the vote of this term, and no other.
    only: bool,
    seen: Seen,
}

row!(Shown { vote: Vote, only: bool, seen: Seen });

/// What is known of one voter's support for one leader.
enum Support {
    Given(Seen),
    Open,
    /// With the lines that prove it.
    Out(Vec<Seen>),
}

impl LeaderHasMajority {
    /// The checker before the first event.
    pub fn new(header: &Header) -> Self {
        let voters = (0..header.nodes.len()).map(|node| Voter::new(crate::world::name(node))).collect();
        Self {
            voters,
            whole: WholePicture::default(),
            leaders: Map::default(),
            last_leader: None,
            ended: false,
            forgetful: false,
        }
    }

    fn voter(&mut self, node: Name) -> Option<&mut Voter> {
        self.voters.get_mut(node.0 as usize)
    }

    /// What is wrong with a leader, if anything is.
    fn lacking(
        &self,
        picture: &Picture,
        shown: &mut [Finder<'_, (u64, Vote), Shown>],
        (term, leader): (u64, Name),
        won: Seen,
    ) -> Option<Lacking> {
        let membership = &picture.membership;
        let of = membership.of(leader.0 as usize, won.span.earliest, won.span.latest);
        let proofs = Proofs { moment: won.span.latest, ended: self.ended, holed: picture.holed };
        let (mut given, mut out, mut evidence) = (Vec::new(), Vec::new(), vec![won]);
        // The lowest vote is none.
        let (low, high) = ((term, None), (term, Some(Name(u32::MAX))));
        for voter in membership.voters(of) {
            let (Some(voter), Some(shown)) = (self.voters.get(voter), shown.get_mut(voter)) else { continue };
            let shown: Vec<Shown> = shown.range(low, high).into_iter().map(|(_, shown)| shown).collect();
            match voter.support(&shown, (leader, term), proofs) {
                Support::Given(seen) => {
                    given.push(voter.node);
                    evidence.push(seen);
                }
                Support::Open => {}
                Support::Out(proof) => {
                    out.push(voter.node);
                    evidence.extend(proof);
                }
            }
        }
        if !membership.denied(of, |node| !out.contains(&crate::world::name(node))) {
            return None;
        }
        let vote = |voter: &Name| {
            let (vote, of) = newest_vote(shown.get_mut(voter.0 as usize)?, term, won.span.earliest)?;
            Some((*voter, vote, of))
        };
        let others = out.iter().filter_map(vote).filter(|(_, vote, of)| (*vote, *of) != (leader, term)).collect();
        Some(Lacking { of, given, out, others, evidence })
    }

    fn note_leader(&mut self, seen: &Observation, term: u64, here: Seen) {
        let now = (term, seen.node, seen.incarnation);
        if self.last_leader.replace(now) == Some(now) {
            return;
        }
        let first = self.leaders.or_insert((term, seen.node), (seen.incarnation, here));
        if seen.incarnation < first.0 {
            *first = (seen.incarnation, here);
        }
    }
}

/// The newest vote, not above the term, that a voter showed certainly before a moment.
fn newest_vote(shown: &mut Finder<'_, (u64, Vote), Shown>, term: u64, moment: u64) -> Option<(Name, u64)> {
    let known = shown.range((term.saturating_sub(TERMS_BACK), None), (term, Some(Name(u32::MAX))));
    let mut before = known.into_iter().rev().filter(|(_, shown)| shown.seen.span.latest <= moment);
    before.find_map(|((term, vote), _)| Some((vote?, term)))
}

/// How it is proved that nothing of a stream is missing up to a moment.
#[derive(Debug, Clone, Copy)]
struct Proofs {
    moment: u64,
    /// The history is at its end.
    ended: bool,
    /// Lines are missing somewhere, so that some may be at the end of a stream, where nobody sees it.
    holed: bool,
}

impl Voter {
    fn new(node: Name) -> Self {
        Self {
            node,
            first: None,
            before: None,
            shown: Map::default(),
            last_shown: None,
            at: None,
            gaps: Vec::new(),
            open_gaps: Vec::new(),
            crossing: None,
            latest: None,
            latest_line: None,
            incarnation: 0,
            exit: None,
            eof: None,
        }
    }

    fn observe(&mut self, seen: &Observation, here: Seen) {
        self.incarnation = self.incarnation.max(seen.incarnation);
        let could_be_a_vote = seen.vote != Some(None);
        if let (Some(term), true) = (seen.term, could_be_a_vote) {
            let only = seen.durable && seen.told && seen.incarnation == 1;
            self.show(term, Shown { vote: seen.vote.flatten(), only, seen: here });
        }
        let earlier = self.first.is_none_or(|first| seen.incarnation < first.incarnation);
        if !(seen.complete && seen.durable) {
            self.before = self.before.max(seen.term.filter(|_| earlier));
            return;
        }
        if let (true, Some(term)) = (earlier, seen.term) {
            let had_not_voted = seen.vote == Some(None);
            self.first = Some(First { incarnation: seen.incarnation, term, had_not_voted });
        }
        self.passes(here);
        later(&mut self.latest_line, here);
        match seen.term {
            Some(term) => {
                if !self.open_gaps.is_empty() {
                    self.close_gaps(seen.incarnation, term);
                }
                self.at = Some((seen.incarnation, term));
            }
            // A line of an unknown term is as good as a lost one.
            None if could_be_a_vote => self.gap(seen.incarnation),
            None => {}
        }
    }

    fn show(&mut self, term: u64, now: Shown) {
        let same = |(at, last): (u64, Shown)| {
            at == term && last.vote == now.vote && last.seen.span.earliest <= now.seen.span.earliest
        };
        if self.last_shown.is_some_and(same) {
            return;
        }
        self.last_shown = Some((term, now));
        let known = self.shown.or_insert((term, now.vote), now);
        if now.seen.span.earliest < known.seen.span.earliest {
            *known = now;
        }
    }

    /// The stream has got as far as this line.
    fn passes(&mut self, here: Seen) {
        later(&mut self.latest, here);
    }

    fn gap(&mut self, incarnation: u32) {
        let before = match self.at {
            Some((at, term)) if at <= incarnation => term,
            _ => 0,
        };
        if self.open_gaps.last() != Some(&(incarnation, before)) {
            self.open_gaps.push((incarnation, before));
        }
    }

    fn close_gaps(&mut self, incarnation: u32, term: u64) {
        let gaps = &mut self.gaps;
        self.open_gaps.retain(|(since, before)| {
            let closed = incarnation >= *since;
            if incarnation > *since {
                self.crossing = Some(self.crossing.map_or(*before, |lowest| lowest.min(*before)));
            }
            if closed {
                let (from, to) = (term.min(*before), term.max(*before));
                match gaps.last_mut() {
                    Some(last) if from <= last.1 && last.0 <= to => *last = (last.0.min(from), last.1.max(to)),
                    _ => gaps.push((from, to)),
                }
            }
            !closed
        });
    }

    fn live(&mut self, event: &NodeEvent, here: Seen) {
        self.incarnation = self.incarnation.max(event.incarnation);
        match event.what {
            Life::Start => self.passes(here),
            // A process that forked away goes on where nobody sees it.
            Life::Gap | Life::Exit { reason: Some(ExitReason::Forked), .. } => self.gap(event.incarnation),
            Life::Exit { .. } => self.ends(event.incarnation, here),
            // Both pipes are at their end: nothing more can come.
            Life::Eof if self.eof.is_some_and(|(last, _)| last == event.incarnation) => {
                self.ends(event.incarnation, here);
            }
            Life::Eof => self.eof = Some((event.incarnation, here)),
            _ => {}
        }
    }

    fn ends(&mut self, incarnation: u32, here: Seen) {
        if self.exit.is_none_or(|(last, _)| last < incarnation) {
            self.exit = Some((incarnation, here));
        }
    }

    /// When all lines are known: the gaps in order, for [`Self::lost`]. `kept`: nodes certainly kept their terms from one
    /// incarnation to the next. Otherwise what a gap hides at the end of one may have been of any term.
    fn settle(&mut self, kept: bool) {
        self.gaps.extend(self.crossing.filter(|_| !kept).map(|before| (before, u64::MAX)));
        self.gaps.extend(self.open_gaps.drain(..).map(|(_, before)| (before, u64::MAX)));
        self.gaps.sort_unstable();
        self.gaps.dedup_by(|next, last| {
            let joins = next.0 <= last.1;
            if joins {
                last.1 = last.1.max(next.1);
            }
            joins
        });
    }

    /// What it showed of `term` is all that there was.
    fn watched(&self, term: u64) -> bool {
        let before = |first: First| first.term < term || (first.term == term && first.had_not_voted);
        self.first.is_some_and(before) && self.before.is_none_or(|before| before < term)
    }

    /// Lines of this term may be missing.
    fn lost(&self, term: u64) -> bool {
        let begun = self.gaps.partition_point(|gap| gap.0 <= term);
        begun.checked_sub(1).is_some_and(|last| term <= self.gaps[last].1)
    }

    /// Proof that the stream holds nothing more from the time up to the moment.
    fn over(&self, proofs: Proofs) -> Option<Seen> {
        let line = self.latest_line.filter(|latest| latest.span.earliest > proofs.moment);
        if line.is_some() || proofs.holed {
            return line;
        }
        let passed = self.latest.filter(|latest| latest.span.earliest > proofs.moment);
        let ended = |end: &(u32, Seen)| end.0 >= self.incarnation;
        passed
            .or_else(|| self.exit.filter(ended).map(|(_, seen)| seen))
            .or_else(|| self.eof.filter(ended).filter(|_| proofs.ended).map(|(_, seen)| seen))
    }

    /// `shown`: what it showed of its vote in the term.
    fn support(&self, shown: &[Shown], (leader, term): (Name, u64), proofs: Proofs) -> Support {
        let in_time = |shown: &&Shown| shown.seen.span.earliest <= proofs.moment;
        if let Some(given) = shown.iter().filter(in_time).find(|shown| shown.vote == Some(leader)) {
            return Support::Given(given.seen);
        }
        let could_agree = shown.iter().filter(in_time).any(|shown| shown.vote.is_none());
        let voted_for_another = shown.iter().any(|shown| shown.only && shown.vote.is_some_and(|vote| vote != leader));
        if could_agree || self.lost(term) || !(self.watched(term) || voted_for_another) {
            return Support::Open;
        }
        match self.over(proofs) {
            None => Support::Open,
            Some(proof) => Support::Out(shown.iter().map(|shown| shown.seen).chain([proof]).collect()),
        }
    }
}

fn later(latest: &mut Option<Seen>, here: Seen) {
    if latest.is_none_or(|latest| latest.span.earliest < here.span.earliest) {
        *latest = Some(here);
    }
}

impl Checker for LeaderHasMajority {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_blind_to_samples(&self) -> bool {
        true
    }

    fn feed(&mut self, event: &Event) {
        match &event.body {
            Body::Observe(seen) if seen.evidence == Evidence::Atomic => {
                let here = Seen::new(event, seen.span);
                if let (Some(Role::Leader), Some(term)) = (seen.role, seen.term) {
                    self.note_leader(seen, term, here);
                }
                if let Some(voter) = self.voter(seen.node) {
                    voter.observe(seen, here);
                }
            }
            Body::Node(node) => {
                let here = Seen::new(event, node.span);
                if let Some(voter) = self.voter(node.node) {
                    voter.live(node, here);
                }
            }
            Body::Fault(done) => {
                self.forgetful |= done.kind.is_empty() || fault::Descriptor::of(&done.kind).breaks.is_some();
            }
            Body::End { .. } => self.ended = true,
            _ => {}
        }
    }

    fn look_at(&mut self, picture: &WholePicture) {
        self.whole = picture.clone();
    }

    fn finish(&mut self, names: &Names) -> Judgement {
        if !self.voters.iter().any(|voter| voter.first.is_some()) {
            return not_judged(self.name(), Unjudged::NoCompleteDurableObserver);
        }
        let whole = self.whole.clone();
        let Some(picture) = whole.get().filter(|picture| picture.knows_voters()) else {
            return not_judged(self.name(), Unjudged::VotersUnknown);
        };
        let kept = picture.faults_recorded && !self.forgetful;
        self.voters.iter_mut().for_each(|voter| voter.settle(kept));
        let mut findings = Findings::default();
        let mut shown: Vec<_> = self.voters.iter().map(|voter| voter.shown.finder()).collect();
        for ((term, leader), (_, won)) in self.leaders.iter() {
            let lacking = self.lacking(picture, &mut shown, (term, leader), won);
            let Some(Lacking { of, given, out, others, evidence }) = lacking else { continue };
            let sizes = || picture.membership.configs(of).map(|config| config.voters.size() as u64);
            let text = |name: Name| names.text(name).to_owned();
            let voters = sizes().min().unwrap_or(0);
            let found = Finding::LeaderWithoutMajority {
                leader: text(leader),
                term,
                voters,
                configurations: sizes().count() as u64,
                needed: voters / 2 + 1,
                votes: given.into_iter().map(text).collect(),
                without_vote: out.iter().copied().map(text).collect(),
                other_votes: others
                    .into_iter()
                    .map(|(node, vote, term)| OtherVote { node: text(node), vote: text(vote), term })
                    .collect(),
            };
            let nodes: Vec<Name> = std::iter::once(leader).chain(out).collect();
            findings.push(names, found, won.span, &nodes, Some(term), evidence);
        }
        let fine = Statement::MajoritiesPossible { leaders: self.leaders.len() as u64 };
        let mut judgement = findings.judge(self.name(), fine);
        judgement.counts.insert("leaders".to_owned(), self.leaders.len() as u64);
        judgement
    }

    /// Lines that were printed stay printed: a lost memory takes no vote from a leader.
    fn could_be_caused(&self, _: &Broken, _: &Violation, _: &Names) -> bool {
        false
    }
}
