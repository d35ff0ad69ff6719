//! Names as small numbers.
//!
//! A history of two million lines says the same few names over and over; the model keeps each once. A file may hold anything, so
//! the table is bounded. Beyond its end every new name is the same "and others", and a name is kept as a page shows it, cleaned
//! and short.

use std::collections::HashMap;

use crate::text;

/// More names than that are not a cluster.
const MOST: usize = 20_000;
/// A longer key is looked up by what is shown of it.
const LONGEST_KEY: usize = 200;

/// A name, or that there is none, or that nothing is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(u32);

impl Name {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self(0);
    /// Known to be none.
    pub const NONE: Self = Self(1);

    /// Its place in the table.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug, Clone)]
pub struct Names {
    all: Vec<String>,
    index: HashMap<String, Name>,
}

impl Default for Names {
    fn default() -> Self {
        Self { all: vec![String::new(), "none".to_owned()], index: HashMap::new() }
    }
}

impl Names {
    /// The number of a name, which may be new.
    pub fn intern(&mut self, raw: &str) -> Name {
        if let Some(known) = self.index.get(raw) {
            return *known;
        }
        let key = if raw.len() > LONGEST_KEY { text::name(raw) } else { raw.to_owned() };
        if let Some(known) = self.index.get(&key) {
            return *known;
        }
        let full = self.all.len() >= MOST;
        let shown = if full { "and others".to_owned() } else { text::name(raw) };
        if full
            && let Some(last) = self.all.last()
            && *last == shown
        {
            return Name(self.all.len() as u32 - 1);
        }
        let name = Name(self.all.len() as u32);
        self.all.push(shown);
        if !full {
            self.index.insert(key, name);
        }
        name
    }

    /// The number of what a line may leave out.
    pub fn of(&mut self, field: Option<&str>) -> Name {
        field.map_or(Name::UNKNOWN, |raw| self.intern(raw))
    }

    /// The number of what a line may leave out, or say to be none.
    pub fn known(&mut self, field: Option<Option<&str>>) -> Name {
        match field {
            None => Name::UNKNOWN,
            Some(None) => Name::NONE,
            Some(Some(raw)) => self.intern(raw),
        }
    }

    /// The name, cleaned; empty if unknown, `none` if there is none.
    pub fn get(&self, name: Name) -> &str {
        self.all.get(name.index()).map_or("", String::as_str)
    }

    /// All of them; the first is empty, the second `none`.
    pub fn all(&self) -> &[String] {
        &self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once_and_unknown_is_not_none() {
        let mut names = Names::default();
        let n1 = names.intern("n1");
        assert_eq!(names.intern("n1"), n1);
        assert_eq!(names.get(n1), "n1");
        assert_ne!(names.of(None), names.known(Some(None)));
    }

    #[test]
    fn a_million_names_are_a_bounded_table() {
        let mut names = Names::default();
        for n in 0..100_000 {
            names.intern(&format!("ghost-{n}"));
        }
        assert!(names.all().len() <= MOST + 1);
        assert_eq!(names.get(names.clone().intern("one more")), "and others");
    }
}
