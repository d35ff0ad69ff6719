//! The summary of the lines that nodes printed: how many were understood, which were not, and which names in them belong to no
//! node.
//!
//! Read from the logs that a run keeps, by the same code that read them live, so nothing of the run pays for it. Lines
//! that differ only in digits have one shape.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use history::entry::State;

use super::print;
use cluster::observe::events::{self, Reading};
use cluster::observe::ids::Ids;
use cluster::observe::rules::{Interpreter, Meaning};
use cluster::system::{Observe, ObserverKind, Source, System};

/// How many shapes are shown.
const SHAPES: usize = 12;

/// How many lines of each log `--grep` shows.
const FOUND: usize = 200;

/// Words of elections: lines that hold one are shown first.
const WORDS: [&str; 11] =
    ["leader", "term", "epoch", "vote", "candidate", "follower", "elect", "raft", "quorum", "master", "primary"];

/// How much of an example is shown, characters.
const WIDTH: usize = 140;

/// How many, and the first of them.
type Counted = BTreeMap<String, (u64, String)>;

/// Lines by what became of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) understood: u64,
    pub(super) unreadable: u64,
    /// By shape.
    pub(super) gaps: Counted,
    /// By shape.
    pub(super) unmatched: Counted,
    /// Names that no node is known by.
    pub(super) strangers: Counted,
}

impl Tally {
    /// Counts what a line says.
    fn understood(&mut self, said: &State<'_>) {
        self.understood += 1;
        for (name, field) in [(&said.vote_id, "vote"), (&said.leader_id, "leader")] {
            let Some(name) = name else { continue };
            count(&mut self.strangers, format!("{field} {name:?}"), || format!("{field} {name:?}"));
        }
    }

    fn unreadable(&mut self, why: &str) {
        self.unreadable += 1;
        count(&mut self.gaps, shape(why), || example(why));
    }

    pub(super) fn take(&mut self, interpreter: &mut Interpreter, text: &[u8]) {
        for line in lines(text) {
            let meanings = interpreter.read_line(line);
            if meanings.is_empty() {
                let line = String::from_utf8_lossy(line);
                count(&mut self.unmatched, shape(&line), || example(&line));
            }
            for meaning in meanings {
                match meaning {
                    Meaning::Said(said, _) => self.understood(&said),
                    Meaning::Unreadable(why) => self.unreadable(&why),
                    Meaning::Nothing => {}
                }
            }
        }
    }

    fn take_events(&mut self, (observer, ids): (&str, &Ids), text: &[u8]) {
        for reading in lines(text).flat_map(events::read_line) {
            match reading {
                Reading::Event(said, _) => self.understood(&events::named(said, observer, ids)),
                Reading::Unreadable(why) => self.unreadable(&why),
                Reading::Ordinary => {}
            }
        }
    }

    fn tell(self, observer: &str, by_rules: bool) {
        let (understood, unreadable) = (self.understood, self.unreadable);
        let unmatched: u64 = self.unmatched.values().map(|(count, _)| count).sum();
        let unmatched = if by_rules { format!(", {unmatched} not matched") } else { String::new() };
        print(format!("{observer}: {understood} lines understood, {unreadable} unreadable{unmatched}"));
        let strangers: u64 = self.strangers.values().map(|(count, _)| count).sum();
        show(most_frequent(self.gaps), "unreadable: ");
        if !self.unmatched.is_empty() {
            print(format!("{observer}: not matched, lines with a word of elections first, then the rarest:"));
        }
        show(rarest(self.unmatched), "");
        if strangers > 0 {
            print(format!(
                "{observer}: {strangers} times a name stood there that no node is known by; `none` in [[observe]] says what means nobody"
            ));
            show(most_frequent(self.strangers), "");
        }
    }
}

fn count(counted: &mut Counted, key: String, example: impl FnOnce() -> String) {
    counted.entry(key).or_insert_with(|| (0, example())).0 += 1;
}

fn most_frequent(counted: Counted) -> Vec<(u64, String)> {
    let mut shapes: Vec<_> = counted.into_values().collect();
    shapes.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    shapes
}

/// What happens seldom is more likely to be an election than what happens all the time.
fn rarest(counted: Counted) -> Vec<(u64, String)> {
    let mut shapes: Vec<_> = counted.into_values().collect();
    shapes.sort_by_key(|(count, example)| {
        let example = example.to_lowercase();
        (!WORDS.iter().any(|word| example.contains(word)), *count)
    });
    shapes
}

fn show(shapes: Vec<(u64, String)>, what: &str) {
    for (count, example) in shapes.into_iter().take(SHAPES) {
        print(format!("{count:>6} × {what}{example}"));
    }
}

/// The lines of a log. What stands behind the last newline was never a whole line.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(&[][..], |end| &text[..end]);
    whole.split(|&byte| byte == b'\n').filter(move |_| !whole.is_empty())
}

fn example(line: &str) -> String {
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WIDTH).collect()
}

/// Shows the lines of nodes that an expression matches: `=` before those that a rule understands.
pub(super) fn grep(system: &System, names: &[String], nodes: &Path, wanted: &regex::Regex) {
    let ids = Arc::new(Ids::seen_by(names.to_vec(), &system.observers));
    for node in names {
        let logs = std::fs::read_dir(nodes.join(node)).into_iter().flatten().flatten();
        let mut logs: Vec<_> = logs.map(|log| log.path()).collect();
        logs.sort();
        for log in logs {
            let text = std::fs::read(&log).unwrap_or_default();
            let name = log.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut readers: Vec<_> = system
                .observers
                .iter()
                .filter_map(|observe| match &observe.kind {
                    ObserverKind::Lines(lines) if is_source(lines, &name) => {
                        let wrapper = (lines.message.as_deref(), lines.time.as_deref());
                        Some(Interpreter::new((node, &observe.name), wrapper, &lines.rules, &ids))
                    }
                    _ => None,
                })
                .collect();
            let found = lines(&text).filter(|line| wanted.is_match(&String::from_utf8_lossy(line)));
            for line in found.take(FOUND) {
                let understood = readers.iter_mut().any(|reader| !reader.read_line(line).is_empty());
                let mark = if understood { '=' } else { ' ' };
                print(format!("{mark} {node} {name}: {}", example(&String::from_utf8_lossy(line))));
            }
        }
    }
}

fn is_source(lines: &cluster::system::observer::Lines, log: &str) -> bool {
    match (&lines.source, log) {
        (Source::Stdout, _) => log == "stdout.log",
        (Source::Stderr, _) => log == "stderr.log",
        (Source::File(_), "stdout.log" | "stderr.log") => false,
        // A name that is put together from a parameter may be any of them.
        (Source::File(path), _) => path.file_name().is_none_or(|name| name == log),
    }
}

/// Tells it for every observer of what nodes print. `nodes` is the folder of the nodes' logs. Whether names stood there that
/// no node is known by.
pub(super) fn tell(system: &System, names: &[String], nodes: &Path) -> bool {
    let mut strangers = false;
    for observe in &system.observers {
        let ids = Arc::new(Ids::seen_by(names.to_vec(), &system.observers));
        match &observe.kind {
            ObserverKind::Lines(_) => {
                // Once to learn the ids: a node may be named before it has said its id.
                tally(observe, names, nodes, &ids);
                let tally = tally(observe, names, nodes, &ids);
                strangers |= !tally.strangers.is_empty();
                tally.tell(&observe.name, true);
            }
            ObserverKind::Events => {
                let tally = tally(observe, names, nodes, &ids);
                strangers |= !tally.strangers.is_empty();
                tally.tell(&observe.name, false);
            }
            ObserverKind::Status { .. }
            | ObserverKind::Http { .. }
            | ObserverKind::Exec { .. }
            | ObserverKind::Whole { .. } => {}
        }
    }
    strangers
}

fn tally(observe: &Observe, names: &[String], nodes: &Path, ids: &Arc<Ids>) -> Tally {
    let mut tally = Tally::default();
    for node in names {
        let logs = std::fs::read_dir(nodes.join(node)).into_iter().flatten().flatten();
        let texts = logs.map(|log| (log.file_name(), std::fs::read(log.path()).unwrap_or_default()));
        match &observe.kind {
            ObserverKind::Lines(lines) => {
                let wrapper = (lines.message.as_deref(), lines.time.as_deref());
                let mut interpreter = Interpreter::new((node, &observe.name), wrapper, &lines.rules, ids);
                for (name, text) in texts {
                    if is_source(lines, &name.to_string_lossy()) {
                        tally.take(&mut interpreter, &text);
                    }
                }
            }
            _ => {
                for (_, text) in texts.filter(|(name, _)| name.to_str() == Some("stdout.log")) {
                    tally.take_events((&observe.name, ids), &text);
                }
            }
        }
    }
    tally
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
        tally.take(&mut interpreter, b"term 3\nterm x\ntook 17 ms\ntook 4 ms\nhello\nhal");
        assert_eq!((tally.understood, tally.unreadable), (1, 1));
        let unmatched: Vec<_> = tally.unmatched.clone().into_iter().collect();
        let expected = [("hello", 1, "hello"), ("took # ms", 2, "took 17 ms")];
        assert_eq!(tally.gaps.len(), 1);
        assert_eq!(unmatched, expected.map(|(shape, count, first)| (shape.to_owned(), (count, first.to_owned()))));
    }

    #[test]
    fn gaps_are_quoted_and_names_that_no_node_has_are_counted() {
        let ids = Ids::new(vec!["n1".to_owned()]);
        let event = |vote: &str| format!("{{\"role\":\"follower\",\"term\":1,\"vote\":\"{vote}\"}}\n");
        let text = [event("n1"), event("N1"), event(""), event("N1"), "{\"role\":\"lea\nhello\n".to_owned()].concat();
        let mut tally = Tally::default();
        tally.take_events(("events", &ids), text.as_bytes());
        assert_eq!((tally.understood, tally.unreadable), (4, 1));
        assert!(tally.gaps.values().next().unwrap().1.ends_with("{\"role\":\"lea"), "{tally:?}");
        let strangers: Vec<_> = tally.strangers.into_values().collect();
        assert_eq!(strangers, [(1, "vote \"\"".to_owned()), (2, "vote \"N1\"".to_owned())]);
    }
}
