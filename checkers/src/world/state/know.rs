//! What is known of a node's state at an instant.

use super::{ANY_TERM, Agrees, NO_TERM, NOT_SHOWN, State, UNKNOWN, is_foreign};
use crate::kept::{Packer, Row, Unpacker};

/// What is known of a node's state at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Know {
    /// Nothing.
    Nothing,
    /// Its term is in this range, both ends included; nothing else.
    Terms(u64, u64),
    /// It is in one of these two.
    OneOf(State, State),
    /// It is in this one.
    Exact(State),
}

impl Know {
    /// The state, where it is known exactly.
    pub fn exact(&self) -> Option<&State> {
        match self {
            Self::Exact(state) => Some(state),
            _ => None,
        }
    }

    /// The states that it may be, where they are known.
    pub(crate) fn states(&self) -> impl Iterator<Item = &State> {
        let (a, b) = match self {
            Self::Nothing | Self::Terms(..) => (None, None),
            Self::OneOf(a, b) => (Some(a), Some(b)),
            Self::Exact(state) => (Some(state), None),
        };
        a.into_iter().chain(b)
    }

    /// How far it agrees, given how each state does, and for a range of terms whether `term` lies in it.
    pub(crate) fn agrees(&self, term: u64, of: impl Fn(&State) -> Agrees) -> Agrees {
        match self {
            Self::Nothing => Agrees::Perhaps,
            Self::Terms(low, high) if (*low..=*high).contains(&term) || term == ANY_TERM => Agrees::Perhaps,
            Self::Terms(..) => Agrees::No,
            Self::OneOf(a, b) => match (of(a), of(b)) {
                (a, b) if a == b => a,
                (Agrees::No, Agrees::No) => Agrees::No,
                _ => Agrees::Perhaps,
            },
            Self::Exact(state) => of(state),
        }
    }

    /// The lowest terms at which something new may begin to agree: what a search for a possible term has to try.
    pub(crate) fn low_terms(&self) -> [Option<u64>; 2] {
        let shown = |state: &State| (state.term != NO_TERM).then_some(state.term);
        match self {
            Self::Nothing => [None, None],
            Self::Terms(low, _) => [Some(*low), None],
            Self::OneOf(a, b) => [shown(a), shown(b)],
            Self::Exact(state) => [shown(state), None],
        }
    }

    /// Whether `state` is not excluded by what is known here.
    pub(super) fn allows(&self, state: &State) -> bool {
        let alike = |known: &State| {
            (known.role.is_none() || known.role == state.role)
                && (known.term >= ANY_TERM || known.term == state.term)
                && (matches!(known.leader, UNKNOWN | NOT_SHOWN)
                    || is_foreign(known.leader)
                    || known.leader == state.leader)
        };
        match self {
            Self::Nothing => true,
            Self::Terms(low, high) => (*low..=*high).contains(&state.term),
            Self::OneOf(a, b) => alike(a) || alike(b),
            Self::Exact(known) => alike(known),
        }
    }
}

impl Row for Know {
    const NUMBERS: usize = 1 + 2 + 2 * State::NUMBERS;

    fn put(self, out: &mut Packer) {
        match self {
            Self::Nothing => {
                out.put(0);
                out.pass(Self::NUMBERS - 1);
            }
            Self::Terms(low, high) => {
                out.put(1);
                (low, high).put(out);
                out.pass(2 * State::NUMBERS);
            }
            Self::OneOf(a, b) => {
                out.put(2);
                out.pass(2);
                (a, b).put(out);
            }
            Self::Exact(state) => {
                out.put(3);
                out.pass(2);
                state.put(out);
                out.pass(State::NUMBERS);
            }
        }
    }

    fn take(from: &mut Unpacker<'_>) -> Self {
        match from.take() {
            1 => {
                let (low, high) = Row::take(from);
                from.pass(2 * State::NUMBERS);
                Self::Terms(low, high)
            }
            2 => {
                from.pass(2);
                let (a, b) = Row::take(from);
                Self::OneOf(a, b)
            }
            3 => {
                from.pass(2);
                let state = State::take(from);
                from.pass(State::NUMBERS);
                Self::Exact(state)
            }
            _ => {
                from.pass(Self::NUMBERS - 1);
                Self::Nothing
            }
        }
    }
}

/// Knowledge and the line of the history that it comes from.
pub type Known = (Know, u64);
