//! Operations by their texts, so that a crash point can be found again when a run is repeated.
//!
//! A text names what is done and to which file, and not the bytes: `write state.new`, `fsync state.new`,
//! `rename state.new state`, `fsync .`. What differs between two runs of the same program would not find itself again.

use workloads::fault::Moment;

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

/// The operation that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// Its text contains this; all do where it is empty.
    pub text: String,
    /// It is the so many-eth of these, from 1.
    pub nth: u32,
    /// Before or after it.
    pub moment: Moment,
}

impl Watch {
    /// Whether this operation is it; counts.
    pub(super) fn meets(&mut self, operation: &Operation) -> Option<Moment> {
        if !operation.text.contains(&self.text) {
            return None;
        }
        self.nth = self.nth.saturating_sub(1);
        (self.nth == 0).then_some(self.moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_rename_is_the_second_whose_text_says_so() {
        let mut watch = Watch { text: "rename ".into(), nth: 2, moment: Moment::After };
        let rename = Operation::new("rename", &["state.new", "state"]);
        assert_eq!(rename.text, "rename state.new state");
        assert_eq!(watch.meets(&rename), None);
        assert_eq!(watch.meets(&Operation::new("fsync", &["."])), None);
        assert_eq!(watch.meets(&rename), Some(Moment::After));
    }
}
