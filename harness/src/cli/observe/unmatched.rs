//! What the rules of a system file did not match: counted, and the most frequent shapes with an example of each.
//!
//! Read from the logs that a run keeps, by the same code that read them live, so nothing of the run pays for it. Lines
//! that differ only in digits have one shape.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::print;
use crate::observe::ids::Ids;
use crate::observe::rules::{Interpreter, Meaning};
use crate::system::{ObserverKind, Source, System};

/// How many shapes are shown.
const SHAPES: usize = 6;

/// How much of an example is shown, characters.
const WIDTH: usize = 140;

/// Lines by what became of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) understood: u64,
    pub(super) unreadable: u64,
    /// By shape: how many, and the first of them.
    pub(super) unmatched: BTreeMap<String, (u64, String)>,
}

impl Tally {
    pub(super) fn take(&mut self, interpreter: &mut Interpreter, text: &str) {
        for line in text.lines() {
            match interpreter.read(line.as_bytes()) {
                Meaning::Said(..) => self.understood += 1,
                Meaning::Unreadable(_) => self.unreadable += 1,
                Meaning::Nothing => {
                    let example = || line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WIDTH).collect();
                    let (count, _) = self.unmatched.entry(shape(line)).or_insert_with(|| (0, example()));
                    *count += 1;
                }
            }
        }
    }
}

/// Tells it for every observer with rules over lines. `nodes` is the folder of the nodes' logs.
pub(super) fn tell(system: &System, names: &[String], nodes: &Path) {
    for observe in &system.observers {
        let ObserverKind::Lines(lines) = &observe.kind else { continue };
        let ids = Arc::new(Ids::new(names.to_vec()));
        let mut tally = Tally::default();
        for node in names {
            let wrapper = (lines.message.as_deref(), lines.time.as_deref());
            let mut interpreter = Interpreter::new((node, &observe.name), wrapper, &lines.rules, &ids);
            for entry in std::fs::read_dir(nodes.join(node)).into_iter().flatten().flatten() {
                let source = match entry.file_name().to_str() {
                    Some("stdout.log") => lines.source == Source::Stdout,
                    Some("stderr.log") => lines.source == Source::Stderr,
                    _ => matches!(lines.source, Source::File(_)),
                };
                if let (true, Ok(text)) = (source, std::fs::read(entry.path())) {
                    tally.take(&mut interpreter, &String::from_utf8_lossy(&text));
                }
            }
        }
        let unmatched: u64 = tally.unmatched.values().map(|(count, _)| count).sum();
        let (understood, unreadable) = (tally.understood, tally.unreadable);
        print(format!(
            "{}: {understood} lines understood, {unreadable} unreadable, {unmatched} not matched",
            observe.name
        ));
        let mut shapes: Vec<_> = tally.unmatched.into_values().collect();
        shapes.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        for (count, example) in shapes.into_iter().take(SHAPES) {
            print(format!("{count:>6} × {example}"));
        }
    }
}

/// A line without its digits, which are what changes from one to the next.
fn shape(line: &str) -> String {
    let mut shape = String::new();
    for c in line.chars().take(WIDTH) {
        let c = if c.is_ascii_digit() { '#' } else { c };
        if !(c == '#' && shape.ends_with('#')) {
            shape.push(c);
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_rule_matches_is_counted_by_its_shape_with_an_example() {
        let text = "schema = 1\nname = \"x\"\n[cluster]\nnodes = 1\n[node]\ncommand = [\"x\"]\n[[observe]]\n\
                    kind = \"lines\"\nsource = \"stderr\"\nrules = [{ re = 'term (?P<term>\\S+)' }]\n";
        let system = System::parse("x.toml", text).unwrap();
        let ObserverKind::Lines(lines) = &system.observers[0].kind else { panic!("{system:?}") };
        let ids = Arc::new(Ids::new(vec!["n1".to_owned()]));
        let mut interpreter = Interpreter::new(("n1", "lines"), (None, None), &lines.rules, &ids);
        let mut tally = Tally::default();
        tally.take(&mut interpreter, "term 3\nterm x\ntook 17 ms\ntook 4 ms\nhello\n");
        assert_eq!((tally.understood, tally.unreadable), (1, 1));
        let unmatched: Vec<_> = tally.unmatched.into_iter().collect();
        let expected = [("hello", 1, "hello"), ("took # ms", 2, "took 17 ms")];
        assert_eq!(unmatched, expected.map(|(shape, count, first)| (shape.to_owned(), (count, first.to_owned()))));
    }
}
