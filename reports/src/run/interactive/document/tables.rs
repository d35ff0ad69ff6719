//! The tables of fault kinds and of checkers, for the page's script: it has no list of its own.

use serde::Serialize;
use workloads::fault::{Colour, Descriptor, KINDS, UNKNOWN};

#[derive(Debug, Serialize)]
pub(super) struct Kind {
    /// Every word that a history may have for it; empty for the kinds that have no row.
    words: Vec<&'static str>,
    about: &'static str,
    colour: &'static str,
    cuts: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Class {
    name: &'static str,
    legend: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Checker {
    name: &'static str,
    kind: &'static str,
    claims: &'static str,
}

impl Kind {
    fn of(kind: &Descriptor) -> Self {
        let words = [kind.word].into_iter().chain(kind.also.iter().copied()).filter(|word| !word.is_empty()).collect();
        Self { words, about: kind.about, colour: kind.colour.name(), cuts: kind.cuts() }
    }
}

/// All kinds, and last what is said of those that have no row.
pub(super) fn kinds() -> Vec<Kind> {
    KINDS.iter().chain([&UNKNOWN]).map(Kind::of).collect()
}

/// The classes of colour of faults, in the order of legends.
pub(super) fn colours() -> Vec<Class> {
    Colour::ALL.iter().map(|colour| Class { name: colour.name(), legend: colour.legend() }).collect()
}

/// All checkers, in order.
pub(super) fn checkers() -> Vec<Checker> {
    let of = |checker: &&checkers::judge::Descriptor| Checker {
        name: checker.name,
        kind: checker.kind.as_str(),
        claims: checker.claims,
    };
    checkers::judge::CHECKERS.iter().map(of).collect()
}
