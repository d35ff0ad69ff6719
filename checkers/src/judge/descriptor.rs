//! What is to be known of a checker without running it.
//!
//! Each checker's file has its row, and [`CHECKERS`] puts the rows in order. Lists, tables of the documentation,
//! headlines and groups of failures are made of these; nobody else has a list of checkers, and the panel knows none by name.

use history::Header;
use history::finding::Kind;
use history::header::Claims;
use history::verdict::Judgement;

use super::{CHECKERS, Checker};
use crate::world::Picture;

/// All that is to be known of a checker.
#[derive(Debug, Clone, Copy)]
pub struct Descriptor {
    /// Its name, in kebab-case.
    pub name: &'static str,
    /// Which kind of promise it watches over.
    pub kind: Kind,
    /// What must be in a history for it to judge anything, in words.
    pub needs: &'static str,
    /// The promise, in one line.
    pub claims: &'static str,
    /// What checkers of liveness find may follow from what it finds, so that this is told first.
    pub told_first: bool,
    /// How it comes to be.
    pub make: Make,
}

/// How a checker comes to be.
#[derive(Debug, Clone, Copy)]
pub enum Make {
    /// It is fed event by event.
    Fed(fn(&Header) -> Box<dyn Checker>),
    /// It judges the picture of the whole run.
    Drawn(fn(&Picture) -> Judgement),
    /// Likewise, and only where the system claims something that not every system does.
    Claimed(fn(&Picture) -> Judgement, fn(&Claims) -> bool),
}

impl Descriptor {
    /// Of the checker with this name; none where there is no such checker.
    pub fn of(name: &str) -> Option<&'static Self> {
        CHECKERS.iter().copied().find(|checker| checker.name == name)
    }

    /// The kind of the checker with this name; of one that is not known here, trust.
    pub fn kind_of(name: &str) -> Kind {
        Self::of(name).map_or(Kind::Trust, |checker| checker.kind)
    }

    /// Its place in the order in which findings are told: a broken promise of safety, then what explains findings of
    /// liveness, then the rest. A checker that is not known here belongs to the rest.
    pub(super) fn rank(name: &str) -> u8 {
        match Self::of(name) {
            Some(checker) if checker.kind == Kind::Safety => 0,
            Some(checker) if checker.told_first => 1,
            _ => 2,
        }
    }
}

/// How many checkers there are of a kind.
pub(super) const fn count(kind: Kind) -> usize {
    let (mut at, mut found) = (0, 0);
    while at < CHECKERS.len() {
        if CHECKERS[at].kind as u8 == kind as u8 {
            found += 1;
        }
        at += 1;
    }
    found
}

/// The names of the checkers of a kind, in order.
pub(super) const fn names<const N: usize>(kind: Kind) -> [&'static str; N] {
    let mut names = [""; N];
    let (mut at, mut found) = (0, 0);
    while at < CHECKERS.len() {
        if CHECKERS[at].kind as u8 == kind as u8 {
            names[found] = CHECKERS[at].name;
            found += 1;
        }
        at += 1;
    }
    names
}
