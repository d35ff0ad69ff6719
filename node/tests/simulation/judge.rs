//! What must hold in every world, judged from what nodes persist and print.

use std::collections::{BTreeMap, BTreeSet};

use node::raft::{HardState, LogEnd, Name, Role, State, Term};

/// How Raft can be violated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Violation {
    TwoLeaders,
    TermFell,
    VotedTwice,
    NoMajority,
    OlderLog,
    /// A line was printed whose term and vote were not durable.
    NotDurable,
}

/// Sees everything, remembers what it needs.
#[derive(Debug)]
pub(crate) struct Judge {
    nodes: usize,
    last: Vec<Option<State>>,
    disks: Vec<HardState>,
    logs: BTreeMap<Name, LogEnd>,
    leaders: BTreeMap<Term, Name>,
    votes: BTreeMap<(Term, usize), Name>,
    durable: BTreeMap<(Term, Name), BTreeSet<usize>>,
    pub(crate) violations: BTreeSet<Violation>,
    pub(crate) elections: usize,
}

impl Judge {
    pub(crate) fn new(nodes: usize) -> Self {
        Self {
            nodes,
            last: vec![None; nodes],
            disks: vec![HardState::default(); nodes],
            logs: BTreeMap::new(),
            leaders: BTreeMap::new(),
            votes: BTreeMap::new(),
            durable: BTreeMap::new(),
            violations: BTreeSet::new(),
            elections: 0,
        }
    }

    pub(crate) fn persisted(&mut self, i: usize, state: &HardState) {
        if let Some(vote) = &state.vote {
            self.durable.entry((state.term, vote.clone())).or_default().insert(i);
        }
        self.disks[i] = state.clone();
    }

    pub(crate) fn printed(&mut self, i: usize, state: &State) {
        let name = Name(format!("n{}", i + 1));
        self.logs.insert(name.clone(), state.log);
        if (self.disks[i].term, &self.disks[i].vote) != (state.term, &state.vote) {
            self.violations.insert(Violation::NotDurable);
        }
        if self.last[i].as_ref().is_some_and(|last| last.term > state.term) {
            self.violations.insert(Violation::TermFell);
        }
        if let Some(vote) = &state.vote
            && self.votes.insert((state.term, i), vote.clone()).is_some_and(|before| before != *vote)
        {
            self.violations.insert(Violation::VotedTwice);
        }
        let led = self.last[i].as_ref().is_some_and(|last| last.role == Role::Leader && last.term == state.term);
        if state.role == Role::Leader && !led {
            self.won(&name, state);
        }
        self.last[i] = Some(state.clone());
    }

    fn won(&mut self, name: &Name, state: &State) {
        self.elections += 1;
        if self.leaders.insert(state.term, name.clone()).is_some_and(|before| before != *name) {
            self.violations.insert(Violation::TwoLeaders);
        }
        let voters = self.durable.get(&(state.term, name.clone())).cloned().unwrap_or_default();
        if voters.len() < self.nodes / 2 + 1 {
            self.violations.insert(Violation::NoMajority);
        }
        for voter in voters {
            if self.logs.get(&Name(format!("n{}", voter + 1))).is_some_and(|log| *log > state.log) {
                self.violations.insert(Violation::OlderLog);
            }
        }
    }

    /// The leader that every node names, in one term.
    pub(crate) fn agreed(&self) -> Option<Name> {
        let first = self.last[0].as_ref()?;
        let leader = first.leader.clone()?;
        let same = |s: &Option<State>| s.as_ref().is_some_and(|s| s.term == first.term && s.leader == first.leader);
        self.last.iter().all(same).then_some(leader)
    }
}
