//! What shows that a message crossed a link: a vote, above all.
//!
//! Whoever voted for a candidate has heard from it, after the candidacy began. So a vote for a term that began inside a cut, shown
//! before its end, says that the cut did not hold, just as a line of a process speaks against its pause. A vote that was counted
//! says it of both directions. And whoever voted was running.
//!
//! Such a vote speaks against the whole fault, and not only against one link of it: it was not installed as told, or the line of its
//! end is missing and another's was taken for it.
//!
//! Where the record does not tell that a fault was lifted, less is enough: after what came through later, nobody knows whether it
//! was still in force, nor since when not. There an answer counts that nobody saw arrive; there also counts who names a leader of a term that began later, and who came to
//! such a term and does not say how. (Of a leader one may hear from others, so that this proves nothing against a cut of which both ends
//! are told.)

use std::collections::BTreeMap;

use history::{Name, Observation, Role, Span};

use super::fault::Fault;
use super::index::Least;
use super::signs::Life;

/// How much a line shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// It names the leader.
    Leader,
    Vote,
}

#[derive(Debug, Clone, Copy)]
struct Heard {
    from: Name,
    to: Name,
    /// The campaign that was heard of, or whose votes were counted.
    of: (u64, Name),
    latest: u64,
    shows: Shows,
}

/// A node did something because of a campaign, and its own line is no sign of life.
#[derive(Debug, Clone, Copy)]
struct Acted {
    node: Name,
    of: (u64, Name),
    latest: u64,
    line: u64,
}

/// What was shown last, so that lines which repeat it cost nothing.
type Shown = (Option<Role>, u64, Option<Option<Name>>, Option<Option<Name>>, usize);

/// When the last campaign may have begun of which something crossed, and what votes say: see [`Crossed`].
type Came = (u64, Vec<(u64, u64)>);

/// All contacts of a run.
#[derive(Debug, Clone)]
pub(crate) struct Contacts {
    /// When anybody first showed a campaign (its term and its candidate): the earliest instant at which that can have been, and
    /// the earliest at which it certainly had.
    campaigns: BTreeMap<(u64, Name), Span>,
    heard: Vec<Heard>,
    acted: Vec<Acted>,
    /// Whoever was at a term and did not say how it came there.
    reached: Vec<(u64, Name)>,
    last: Vec<Option<Shown>>,
}

impl Contacts {
    pub(crate) fn new(nodes: usize) -> Self {
        let (campaigns, last) = (BTreeMap::new(), vec![None; nodes]);
        Self { campaigns, heard: Vec::new(), acted: Vec::new(), reached: Vec::new(), last }
    }

    pub(crate) fn observe(&mut self, seen: &Observation, line: u64) {
        let (Some(term), Some(last)) = (seen.term, self.last.get_mut(seen.node.0 as usize)) else { return };
        let now = (seen.role, term, seen.vote, seen.leader, seen.counted.len());
        if last.replace(now) == Some(now) {
            return;
        }
        let (node, latest) = (seen.node, seen.span.latest);
        let campaigns = matches!(seen.role, Some(Role::Candidate | Role::Leader));
        if campaigns {
            self.campaign((term, node), seen.span);
        }
        let vote = seen.vote.flatten().map(|candidate| (candidate, Shows::Vote));
        let leader = seen.leader.flatten().map(|leader| (leader, Shows::Leader));
        for (from, shows) in vote.into_iter().chain(leader).filter(|(from, _)| *from != node) {
            let of = (term, from);
            self.campaign(of, seen.span);
            self.heard.push(Heard { from, to: node, of, latest, shows });
            if !seen.alive {
                self.acted.push(Acted { node, of, latest, line });
            }
        }
        for &voter in seen.counted.iter().filter(|voter| **voter != node) {
            let of = (term, node);
            self.campaign(of, seen.span);
            for (from, to) in [(node, voter), (voter, node)] {
                self.heard.push(Heard { from, to, of, latest, shows: Shows::Vote });
            }
            self.acted.push(Acted { node: voter, of, latest, line });
        }
        if !campaigns && seen.vote.is_none() && leader.is_none() {
            self.reached.push((term, node));
        }
    }

    fn campaign(&mut self, of: (u64, Name), span: Span) {
        let first = self.campaigns.entry(of).or_insert(span);
        *first = Span { earliest: first.earliest.min(span.earliest), latest: first.latest.min(span.latest) };
    }

    fn began(&self, of: (u64, Name)) -> Span {
        self.campaigns.get(&of).copied().unwrap_or(Span::at(0))
    }

    /// Who did something was running at some instant.
    pub(crate) fn sign(&self, lives: &mut [Life]) {
        for &Acted { node, of, latest, line } in &self.acted {
            if let Some(life) = lives.get_mut(node.0 as usize) {
                life.acted(Span::new(self.began(of).earliest, latest), line);
            }
        }
    }

    /// What crossed each link.
    pub(crate) fn crossed(&self) -> BTreeMap<(Name, Name), Crossed> {
        let mut pairs: BTreeMap<(Name, Name), Came> = BTreeMap::new();
        for heard in &self.heard {
            let began = self.began(heard.of);
            // Whoever heard may have answered.
            let (last, _) = pairs.entry((heard.to, heard.from)).or_default();
            *last = began.latest.max(*last);
            let (last, votes) = pairs.entry((heard.from, heard.to)).or_default();
            *last = began.latest.max(*last);
            if heard.shows == Shows::Vote {
                votes.push((began.earliest, heard.latest));
            }
        }
        for &(term, to) in &self.reached {
            let of_term = self.campaigns.range((term, Name(0))..=(term, Name(u32::MAX)));
            for (&(_, from), &began) in of_term.filter(|((_, from), _)| *from != to) {
                for link in [(from, to), (to, from)] {
                    let (last, _) = pairs.entry(link).or_default();
                    *last = began.latest.max(*last);
                }
            }
        }
        pairs.into_iter().map(|(link, (last, votes))| (link, Crossed { last, votes: Least::new(votes) })).collect()
    }
}

/// What crossed a link.
#[derive(Debug, Clone)]
pub(crate) struct Crossed {
    /// When the last campaign may have begun of which something may have crossed.
    last: u64,
    /// When campaigns began, and by when their votes were shown.
    votes: Least<u64>,
}

impl Crossed {
    /// It speaks against this cut of the link.
    pub(crate) fn refutes(&self, cut: &Fault) -> bool {
        match &cut.lift {
            None => self.last > cut.inject.latest,
            Some(lift) => self.within(cut.inject.latest, lift.span.earliest),
        }
    }

    /// A vote crossed: its campaign began after `from`, and it was shown before `to`.
    pub(crate) fn within(&self, from: u64, to: u64) -> bool {
        from.checked_add(1).and_then(|from| self.votes.from(from)).is_some_and(|shown| shown < to)
    }
}
