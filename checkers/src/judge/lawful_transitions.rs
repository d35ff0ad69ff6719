//! **lawful-transitions**: for `complete` observers, invalid when a candidate or leader did not vote for itself; a
//! follower became leader without candidacy (unless it is the only node); a leader's term changed while it led; or,
//! for `durable` ones, the leader of a term leads it again in a later incarnation.
//!
//! The state diagram of the Raft paper (Figure 4) with the rules for candidates of Figure 2: to stand for election
//! is to raise the term and to vote for oneself, in one step; leader is what only a candidate of that very term
//! becomes; a leader that learns of a higher term is a follower first; and what a leader was is not persistent, so
//! that after a restart it must win a new term.
//!
//! A node that may be the only voter, as far as it is known who votes, needs no candidacy; and where nobody knows what was done
//! to the nodes, one that led a term again may have lost its memory.
//!
//! A line without a term convicts nobody. Programs without terms, such as VRRP's, have leaders that never were candidates.
//!
//! An observer that shows every change lets the line before be compared with this one. Where lines were lost (a
//! gap) or a role is not known the comparison begins anew, and so it does in every incarnation.

use super::drawn::WholePicture;
use super::finding::{Findings, KEPT, Seen, not_judged};
use super::streams::Streams;
use super::{Broken, Checker, Descriptor, Kind, Make};
use crate::kept::{Map, row};
use crate::world::Picture;
use history::finding::Unjudged;
use history::finding::safety::{Finding, Statement};
use history::verdict::{Judgement, Violation};
use history::{Body, Event, Evidence, Header, Life, Name, Names, Observation, Role, Span};

/// The checker's name.
pub const NAME: &str = "lawful-transitions";

/// What is to be known of it.
pub const CHECKER: Descriptor = Descriptor {
    name: NAME,
    kind: Kind::Safety,
    needs: "a `complete` observer that shows terms",
    claims: "roles change as Figure 2 allows",
    told_first: false,
    make: Make::Fed(|header| Box::new(LawfulTransitions::new(header))),
};

/// The checker; its definition is the module's.
#[derive(Debug, Clone)]
pub struct LawfulTransitions {
    /// The only voter, if the header lists only one.
    alone: Option<Name>,
    whole: WholePicture,
    previous: Streams<Option<Previous>>,
    /// The leader of each term, and in which incarnation.
    led: Map<(u64, Name), (u32, Seen)>,
    broken: Vec<Broke>,
    judged: bool,
}

/// The line before.
#[derive(Debug, Clone, Copy)]
struct Previous {
    role: Role,
    term: Option<u64>,
    voted_for_other: bool,
    seen: Seen,
}

row!(Previous { role: Role, term: Option<u64>, voted_for_other: bool, seen: Seen });

#[derive(Debug, Clone)]
struct Broke {
    node: Name,
    term: Option<u64>,
    rule: Rule,
    before: Option<Seen>,
    here: Seen,
}

/// Which rule was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    VotedForOther { role: Role, vote: Option<Name> },
    NoCandidacy,
    WonAnotherTerm { candidate_of: u64 },
    TermChanged { from: u64 },
    LedAgain,
}

impl LawfulTransitions {
    /// The checker before the first event.
    pub fn new(header: &Header) -> Self {
        let names = Names::of(header);
        let alone = match header.listed_voters() {
            Some([only]) => names.get(only),
            _ => None,
        };
        Self {
            alone,
            whole: WholePicture::default(),
            previous: Streams::default(),
            led: Map::default(),
            broken: Vec::new(),
            judged: false,
        }
    }

    fn observe(&mut self, seen: &Observation, here: Seen) {
        let alone = self.alone == Some(seen.node);
        let slot = self.previous.of(seen);
        let Some(role) = seen.role else {
            *slot = None;
            return;
        };
        self.judged |= seen.term.is_some();
        let stands = matches!(role, Role::Candidate | Role::Leader);
        let vote = seen.vote.filter(|vote| stands && seen.term.is_some() && *vote != Some(seen.node));
        let now = Previous { role, term: seen.term, voted_for_other: vote.is_some(), seen: here };
        let before = slot.replace(now);

        let mut rules: Vec<(Rule, Option<Seen>)> = Vec::new();
        if let Some(vote) = vote {
            let told = before.is_some_and(|before| before.voted_for_other && before.term == seen.term);
            if !told {
                rules.push((Rule::VotedForOther { role, vote }, None));
            }
        }
        if let Some(before) = before.filter(|_| role == Role::Leader) {
            let terms = before.term.zip(seen.term).filter(|(then, now)| then != now);
            let rule = match (before.role, terms) {
                (Role::Follower | Role::Precandidate, _) if !alone && seen.term.is_some() => Some(Rule::NoCandidacy),
                (Role::Candidate, Some((candidate_of, _))) => Some(Rule::WonAnotherTerm { candidate_of }),
                (Role::Leader, Some((from, _))) => Some(Rule::TermChanged { from }),
                _ => None,
            };
            rules.extend(rule.map(|rule| (rule, Some(before.seen))));
        }
        let known = before.is_some_and(|before| before.role == Role::Leader && before.term == seen.term);
        if let (Role::Leader, true, false, Some(term)) = (role, seen.durable, known, seen.term) {
            let (incarnation, first) = *self.led.or_insert((term, seen.node), (seen.incarnation, here));
            if incarnation != seen.incarnation {
                rules.push((Rule::LedAgain, Some(first)));
            }
        }
        for (rule, before) in rules {
            if self.broken.len() < KEPT {
                self.broken.push(Broke { node: seen.node, term: seen.term, rule, before, here });
            }
        }
    }
}

impl Checker for LawfulTransitions {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_blind_to_samples(&self) -> bool {
        true
    }

    fn feed(&mut self, event: &Event) {
        match &event.body {
            Body::Observe(seen) if seen.evidence == Evidence::Atomic && seen.complete => {
                self.observe(seen, Seen::new(event, seen.span));
            }
            Body::Node(node) if node.what == Life::Gap => {
                self.previous.of_incarnation(node.node, node.incarnation, |previous| *previous = None);
            }
            _ => {}
        }
    }

    fn look_at(&mut self, picture: &WholePicture) {
        self.whole = picture.clone();
    }

    fn finish(&mut self, names: &Names) -> Judgement {
        if !self.judged {
            return not_judged(self.name(), Unjudged::NoCompleteRole);
        }
        let Some(picture) = self.whole.get().filter(|picture| picture.faults_recorded || picture.knows_voters()) else {
            return not_judged(self.name(), Unjudged::FaultsAndVotersUnknown);
        };
        let mut findings = Findings::default();
        let lawful = |broke: &&Broke| broke.may_be_lawful(picture);
        for Broke { node, term, rule, before, here } in self.broken.iter().filter(|broke| !lawful(broke)) {
            let found = rule.finding(names.text(*node), *term, names);
            let latest = before.map_or(0, |before| before.span.latest).max(here.span.latest);
            let span = Span { earliest: here.span.earliest, latest };
            findings.push(names, found, span, &[*node], *term, before.iter().copied().chain([*here]));
        }
        findings.judge(self.name(), Statement::LawfulMoves)
    }

    /// A node that forgot the term it led may win it again; nothing else here needs a memory.
    fn could_be_caused(&self, by: &Broken, violation: &Violation, names: &Names) -> bool {
        let again = |broke: &Broke| {
            let lines = [broke.before.map(|seen| seen.line), Some(broke.here.line)];
            broke.rule == Rule::LedAgain
                && violation.evidence.iter().all(|evidence| lines.contains(&Some(evidence.line)))
        };
        self.broken.iter().any(again) && violation.nodes.iter().any(|node| by.concerns(node, names))
    }
}

impl Broke {
    /// What the record leaves open allows it: who votes, or whether a node lost its memory.
    fn may_be_lawful(&self, picture: &Picture) -> bool {
        if self.before.is_some() && picture.is_confused(self.node) {
            return true;
        }
        match self.rule {
            Rule::NoCandidacy => {
                let node = self.node.0 as usize;
                let from = self.before.map_or(0, |before| before.span.earliest).min(self.here.span.earliest);
                let of = picture.membership.of(node, from, self.here.span.latest);
                picture.membership.may_be_alone(of, node)
            }
            Rule::LedAgain => !picture.faults_recorded,
            Rule::VotedForOther { .. } | Rule::WonAnotherTerm { .. } | Rule::TermChanged { .. } => false,
        }
    }
}

impl Rule {
    fn finding(self, node: &str, term: Option<u64>, names: &Names) -> Finding {
        let node = node.to_owned();
        match self {
            Self::VotedForOther { role, vote } => {
                let vote = vote.map(|vote| names.text(vote).to_owned());
                Finding::VotedForAnother { node, term, role, vote }
            }
            Self::NoCandidacy => Finding::LeaderWithoutCandidacy { node, term },
            Self::WonAnotherTerm { candidate_of } => Finding::WonAnotherTerm { node, candidate_of, term },
            Self::TermChanged { from } => Finding::TermChangedWhileLeading { node, from, term },
            Self::LedAgain => Finding::LedAgain { node, term },
        }
    }
}
