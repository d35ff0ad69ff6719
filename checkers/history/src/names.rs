//! Names as small numbers.
//!
//! A history names nodes by text on every line; judges compare them millions of times. So each name becomes a
//! [`Name`] once: its place in the header's `nodes`, then `voters`, and beyond those whatever else an observation
//! mentions. The numbering of the header's names depends on the header alone, so a checker that was built from the
//! header and the reader that feeds it agree without talking to each other.

use std::collections::HashMap;

use super::{Header, Name, Voters};

/// Up to so many names a scan is faster than a hash.
const SCAN: usize = 12;

/// The names of a history and their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    all: Vec<String>,
    index: HashMap<String, Name>,
}

impl Names {
    /// The header's names: `nodes` in order, then any `voters` that are not among them.
    pub fn of(header: &Header) -> Self {
        let mut names = Self::default();
        let voters = match &header.voters {
            Some(Voters::Listed(voters)) => voters.as_slice(),
            _ => &[],
        };
        for name in header.nodes.iter().chain(voters) {
            names.intern(name);
        }
        names
    }

    /// The number of a name, known so far.
    pub fn get(&self, text: &str) -> Option<Name> {
        if self.all.len() <= SCAN {
            return self.all.iter().position(|known| known == text).map(|at| Name(at as u32));
        }
        self.index.get(text).copied()
    }

    /// The number of a name, which is made known if it was not.
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(name) = self.get(text) {
            return name;
        }
        let name = Name(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.all.push(text.to_owned());
        self.index.insert(text.to_owned(), name);
        name
    }

    /// The text of a name; `?` for a number that no history gave out.
    pub fn text(&self, name: Name) -> &str {
        self.all.get(name.0 as usize).map_or("?", String::as_str)
    }

    /// How many names are known.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// No name is known.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}
