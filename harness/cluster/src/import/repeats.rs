//! Lines that say the same again and again.
//!
//! A program may say its role with each heartbeat, or in turn that it lost a leader and found it. What is kept must grow with
//! nodes and terms, and not with lines. So where many lines in a row say few different things, and each of them was said in this
//! row before, only the last line for each is kept. A line that says something else begins a new row: what follows it is kept
//! again.

use std::collections::{BTreeMap, HashMap};

use super::read::KeptLine;

/// So many lines of a row are kept whatever they say.
const ROW: usize = 16;

/// So many different things a row may say.
const DIFFERENT: usize = 16;

/// The lines that are kept of a file.
#[derive(Default)]
pub(super) struct KeptLines {
    all: Vec<KeptLine>,
    /// How many lines the row has.
    row: usize,
    /// What was said in it; the number in the row of the last line that said it, if that is one of `last`.
    said: HashMap<Said, Option<u64>>,
    /// The last line that said each thing, of those beyond the first ones of the row.
    last: BTreeMap<u64, KeptLine>,
}

/// What a line says, and of which node.
type Said = (u64, Option<u64>, Option<String>, bool);

impl KeptLines {
    /// Takes a line.
    pub(super) fn push(&mut self, kept: KeptLine) {
        let said = kept
            .says
            .filter(|_| kept.hole.is_none())
            .map(|says| (says, kept.process, kept.node.clone(), kept.stamp.is_some()));
        let Some(said) = said else {
            self.settle();
            return self.all.push(kept);
        };
        let known = self.said.contains_key(&said);
        if !known && (self.row >= ROW || self.said.len() >= DIFFERENT) {
            self.settle();
        }
        self.row += 1;
        let number = self.row as u64;
        let before = self.said.insert(said, (self.row > ROW).then_some(number));
        if self.row <= ROW {
            return self.all.push(kept);
        }
        if let Some(Some(before)) = before {
            self.last.remove(&before);
        }
        self.last.insert(number, kept);
    }

    /// The row is over.
    fn settle(&mut self) {
        self.all.extend(std::mem::take(&mut self.last).into_values());
        self.said.clear();
        self.row = 0;
    }

    /// All that is kept, in order.
    pub(super) fn all(mut self) -> Vec<KeptLine> {
        self.settle();
        self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(said: &[u64]) -> Vec<(u64, u64)> {
        let mut all = KeptLines::default();
        for (says, line) in said.iter().zip(1..) {
            let (text, says) = (says.to_string(), Some(*says));
            all.push(KeptLine { line, text, stamp: None, fine: None, process: None, hole: None, node: None, says });
        }
        all.all().into_iter().map(|kept| (kept.line, kept.says.unwrap())).collect()
    }

    #[test]
    fn of_few_things_said_in_turn_the_first_lines_and_the_last_ones_are_kept() {
        for different in [1, 2, 3, 16] {
            let said: Vec<u64> = (0..10_000).map(|at| at % different).collect();
            let kept = kept(&said);
            assert!(kept.len() <= ROW + DIFFERENT, "{different}: {}", kept.len());
            assert_eq!(kept.first(), Some(&(1, 0)));
            let last: Vec<u64> = kept.iter().rev().take(different as usize).map(|(line, _)| *line).collect();
            assert_eq!(last, (0..different).map(|at| 10_000 - at).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_says_something_else_is_kept_and_so_is_what_follows_it() {
        let mut said = vec![5; 1000];
        said.extend([6, 5, 5]);
        said.extend(vec![7; 200]);
        let kept = kept(&said);
        let numbers: Vec<u64> = kept.iter().map(|(line, _)| *line).collect();
        for line in [1, 16, 1000, 1001, 1002, 1003, 1004, 1203] {
            assert!(numbers.contains(&line), "{line}: {numbers:?}");
        }
        assert!(numbers.len() < 200, "{}", numbers.len());
        assert!(numbers.is_sorted());
    }

    #[test]
    fn of_many_things_each_line_is_kept() {
        let said: Vec<u64> = (0..1000).map(|at| at % 40).collect();
        assert_eq!(kept(&said).len(), 1000);
    }
}
