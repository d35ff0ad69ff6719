//! Operations by their texts, so that a crash point can be found again when a run is repeated.
//!
//! A text names what is done and to which file, and not the bytes: `write state.new`, `fsync state.new`, `rename state.new
//! state`, `fsync .`. A text that differs between two runs of the same program would not be found again. So a number in a text,
//! which may well be that of a process or of a segment, stands for any number. A `*` stands for whatever is no space: `write
//! sentinel.conf*`.

use std::sync::{Arc, Mutex, PoisonError};

use workloads::fault::{Moment, Part};

/// One change of a disk, in words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Operation {
    /// What is done: `write`, `fsync`, `rename`, `create`, `remove`, `truncate`, `link`, `allocate`.
    pub verb: &'static str,
    /// All of it.
    pub text: String,
}

impl Operation {
    pub(super) fn new(verb: &'static str, paths: &[&str]) -> Self {
        Self { verb, text: [&[verb], paths].concat().join(" ") }
    }
}

/// A text with the same number in the place of every number.
fn without_numbers(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '0'..='9' if plain.ends_with('0') => {}
            '0'..='9' => plain.push('0'),
            letter => plain.push(letter),
        }
    }
    plain
}

/// An operation of this text is one of those that this part of a text means.
pub fn is_meant(text: &str, by: &str) -> bool {
    let (text, by) = (without_numbers(text), without_numbers(by));
    let (first, rest) = by.split_once('*').map_or((by.as_str(), None), |(first, rest)| (first, Some(rest)));
    let Some(rest) = rest else { return text.contains(first) };
    text.match_indices(first).any(|(at, found)| follows(&text[at + found.len()..], rest))
}

/// Whether this is what stands behind a `*`, after letters that are no spaces, if any.
fn follows(text: &str, by: &str) -> bool {
    let (first, rest) = by.split_once('*').map_or((by, None), |(first, rest)| (first, Some(rest)));
    let skipped = text.find(' ').unwrap_or(text.len());
    let places = text.match_indices(first).filter(|(at, _)| *at <= skipped);
    places.into_iter().any(|(at, found)| rest.is_none_or(|rest| follows(&text[at + found.len()..], rest)))
}

/// The texts of operations, with a `*` in the names of files that are made to be renamed into their places. The rest of such a
/// name is often drawn.
pub fn without_temporary_names(texts: &[String]) -> Vec<String> {
    let renames = texts.iter().filter_map(|text| text.strip_prefix("rename ")?.split_once(' '));
    let made = |name: &str| texts.iter().any(|text| text.strip_prefix("create ") == Some(name));
    let drawn = |(from, to): &(&str, &str)| from.len() > to.len() && from.starts_with(to) && made(from);
    let places: Vec<(&str, &str)> = renames.filter(drawn).collect();
    let starred = |text: &String| {
        let words = text.split(' ').map(|word| match places.iter().find(|(name, _)| *name == word) {
            Some((_, place)) => format!("{place}*"),
            None => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    texts.iter().map(starred).collect()
}

/// The disks of several nodes of which one is to crash, by the part that it takes in the next election.
#[derive(Debug)]
pub struct Race {
    part: Part,
    /// The operation with which a candidacy begins; empty: any.
    opening: String,
    state: Mutex<Runners>,
}

#[derive(Debug, Default)]
struct Runners {
    /// The node that made the opening first, and so is the candidate.
    candidate: Option<usize>,
    /// A node has crashed.
    over: bool,
}

impl Race {
    /// No node has begun yet.
    pub fn new(part: Part, opening: &str) -> Self {
        Self { part, opening: opening.to_owned(), state: Mutex::default() }
    }

    /// Whether this operation of this node counts: it is one of a node that takes the part.
    fn counts(&self, node: usize, text: &str) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.candidate.is_none() && is_meant(text, &self.opening) {
            state.candidate = Some(node);
        }
        match self.part {
            _ if state.over => false,
            Part::Candidate => state.candidate == Some(node),
            Part::Voter => state.candidate.is_some_and(|candidate| candidate != node),
            Part::Leader => true,
        }
    }

    /// Whether no node has crashed yet; from now on one has.
    fn win(&self) -> bool {
        !std::mem::replace(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner).over, true)
    }
}

/// The operation that is waited for.
#[derive(Debug, Clone)]
pub struct OperationWatch {
    /// Its text contains this; all do where it is empty.
    pub text: String,
    /// It is the so many-eth of these, from 1.
    pub nth: u32,
    /// Before or after it.
    pub moment: Moment,
    /// Others wait for it too, and only one of them is to crash; and the number of this node.
    pub race: Option<(usize, Arc<Race>)>,
}

impl OperationWatch {
    /// Whether this operation is it; counts.
    pub(super) fn meets(&mut self, operation: &Operation) -> Option<Moment> {
        let counts = self.race.as_ref().is_none_or(|(node, race)| race.counts(*node, &operation.text));
        if self.nth == 0 || !counts || !is_meant(&operation.text, &self.text) {
            return None;
        }
        self.nth -= 1;
        let wins = self.nth == 0 && self.race.as_ref().is_none_or(|(_, race)| race.win());
        wins.then_some(self.moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(text: &str, nth: u32, race: Option<(usize, Arc<Race>)>) -> OperationWatch {
        OperationWatch { text: text.to_owned(), nth, moment: Moment::After, race }
    }

    #[test]
    fn the_second_rename_is_the_second_whose_text_says_so() {
        let mut watch = watch("rename ", 2, None);
        let rename = Operation::new("rename", &["state.new", "state"]);
        assert_eq!(rename.text, "rename state.new state");
        assert_eq!(watch.meets(&rename), None);
        assert_eq!(watch.meets(&Operation::new("fsync", &["."])), None);
        assert_eq!(watch.meets(&rename), Some(Moment::After));
        assert_eq!(watch.meets(&rename), None, "it was met");
    }

    #[test]
    fn a_number_in_a_text_stands_for_any_number() {
        assert!(is_meant("write wal/0000000000000012-00af.wal", "wal/7-8af.wal"));
        assert!(is_meant("rename conf-4711.tmp conf", "rename conf-12.tmp conf"));
        assert!(!is_meant("write state.tmp", "write state1.tmp"));
        assert!(is_meant("fsync .", ""));
    }

    #[test]
    fn a_star_stands_for_the_rest_of_a_name_and_not_for_the_next() {
        assert!(is_meant("write conf.zKQ46j", "write conf*"));
        assert!(is_meant("rename conf.zKQ46j conf", "rename conf* conf"));
        assert!(is_meant("rename conf.a.b conf", "rename *.b conf"));
        assert!(!is_meant("rename conf other", "rename conf*other"));
        assert!(!is_meant("create x conf", "create *conf"));
    }

    #[test]
    fn a_file_that_is_made_to_be_renamed_has_a_name_that_may_be_drawn() {
        let texts =
            ["create conf.zKQ", "write conf.zKQ", "rename conf.zKQ conf", "fsync .", "create log", "write state.tmp"];
        let texts = without_temporary_names(&texts.map(str::to_owned));
        assert_eq!(
            texts,
            ["create conf*", "write conf*", "rename conf* conf", "fsync .", "create log", "write state.tmp"]
        );
    }

    #[test]
    fn the_first_who_opens_is_the_candidate_and_the_other_is_a_voter_and_one_of_them_crashes() {
        let [write, sync] = [Operation::new("write", &["state"]), Operation::new("fsync", &["state"])];
        let race = Arc::new(Race::new(Part::Voter, "write state"));
        let mut runners = [1, 2, 3].map(|node| watch("", 1, Some((node, Arc::clone(&race)))));
        assert_eq!(runners[2].meets(&sync), None, "nobody has opened");
        assert_eq!(runners[0].meets(&write), None, "this is the candidate");
        assert_eq!(runners[0].meets(&sync), None);
        assert_eq!(runners[1].meets(&sync), Some(Moment::After));
        assert_eq!(runners[2].meets(&sync), None, "one is enough");

        let race = Arc::new(Race::new(Part::Candidate, "write state"));
        let mut runners = [1, 2].map(|node| watch("", 2, Some((node, Arc::clone(&race)))));
        assert_eq!(runners[0].meets(&sync), None, "that is from before");
        assert_eq!(runners[0].meets(&write), None);
        assert_eq!(runners[1].meets(&write), None);
        assert_eq!(runners[1].meets(&sync), None);
        assert_eq!(runners[0].meets(&sync), Some(Moment::After));
    }
}
