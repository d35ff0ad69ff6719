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
use crate::kept::{List, Map, row};

/// What was shown of one campaign at one other node.
#[derive(Debug, Clone, Copy, Default)]
struct Touch {
    /// When that node had voted for it, by its own lines: the least of their ends.
    voted: Option<u64>,
    /// The same of the candidate's lines that count its vote.
    counted: Option<u64>,
    /// That node did something because of it, and a line that is no sign of life says so: the least end, and its line.
    acted: Option<(u64, u64)>,
}

row!(Touch { voted: Option<u64>, counted: Option<u64>, acted: Option<(u64, u64)> });

impl Touch {
    fn acted(&mut self, latest: u64, line: u64) {
        let now = (latest, line);
        self.acted = Some(self.acted.map_or(now, |before| before.min(now)));
    }
}

/// The least of what was known and what is told now.
fn least(known: &mut Option<u64>, now: u64) {
    *known = Some(known.map_or(now, |known| known.min(now)));
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
    campaigns: Map<(u64, Name), Span>,
    /// What was shown of a campaign (its term and its candidate) at another node.
    touched: Map<(u64, Name, Name), Touch>,
    /// Whoever was at a term and did not say how it came there.
    reached: List<(u64, Name)>,
    last: Vec<Option<Shown>>,
}

impl Contacts {
    pub(crate) fn new(nodes: usize) -> Self {
        let (campaigns, touched, reached) = Default::default();
        Self { campaigns, touched, reached, last: vec![None; nodes] }
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
        let vote = seen.vote.flatten().map(|candidate| (candidate, true));
        let leader = seen.leader.flatten().map(|leader| (leader, false));
        for (from, votes) in vote.into_iter().chain(leader).filter(|(from, _)| *from != node) {
            self.campaign((term, from), seen.span);
            let touch = self.touched.or_insert((term, from, node), Touch::default());
            if votes {
                least(&mut touch.voted, latest);
            }
            if !seen.alive {
                touch.acted(latest, line);
            }
        }
        for &voter in seen.counted.iter().filter(|voter| **voter != node) {
            self.campaign((term, node), seen.span);
            let touch = self.touched.or_insert((term, node, voter), Touch::default());
            least(&mut touch.counted, latest);
            touch.acted(latest, line);
        }
        if !campaigns && seen.vote.is_none() && leader.is_none() {
            self.reached.push((term, node));
        }
    }

    fn campaign(&mut self, of: (u64, Name), span: Span) {
        let first = self.campaigns.or_insert(of, span);
        *first = Span { earliest: first.earliest.min(span.earliest), latest: first.latest.min(span.latest) };
    }

    /// All that was shown of campaigns at other nodes: the campaign, when it began, the other node.
    fn touches(&self) -> impl Iterator<Item = ((u64, Name, Name), Span, Touch)> + '_ {
        let mut campaigns = self.campaigns.finder();
        self.touched.iter().map(move |(of, touch)| {
            let began = campaigns.get((of.0, of.1)).unwrap_or(Span::at(0));
            (of, began, touch)
        })
    }

    /// Who did something was running at some instant.
    pub(crate) fn sign(&self, lives: &mut [Life]) {
        for ((_, _, node), began, touch) in self.touches() {
            if let (Some((latest, line)), Some(life)) = (touch.acted, lives.get_mut(node.0 as usize)) {
                life.acted(Span::new(began.earliest, latest), line);
            }
        }
    }

    /// What crossed each link.
    pub(crate) fn crossed(&self) -> BTreeMap<(Name, Name), Crossed> {
        let mut pairs: BTreeMap<(Name, Name), Came> = BTreeMap::new();
        for ((_, from, to), began, touch) in self.touches() {
            let there = touch.voted.into_iter().chain(touch.counted).min();
            // Whoever heard may have answered.
            for (link, shown) in [((from, to), there), ((to, from), touch.counted)] {
                let (last, votes) = pairs.entry(link).or_default();
                *last = began.latest.max(*last);
                votes.extend(shown.map(|latest| (began.earliest, latest)));
            }
        }
        let mut campaigns = self.campaigns.finder();
        for (term, to) in self.reached.iter() {
            let of_term = campaigns.range((term, Name(0)), (term, Name(u32::MAX)));
            for ((_, from), began) in of_term.into_iter().filter(|((_, from), _)| *from != to) {
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
