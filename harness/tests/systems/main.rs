//! The built-in systems against logs of the real programs (`logs/`, recorded by hand with Debian's packages): what is
//! understood of them, and the traps in which a checker that believed everything would cry wolf.

#![allow(clippy::unwrap_used)]

mod etcd;
mod imported;
mod nats;
mod real;
mod restored;
mod sentinel;
#[path = "../skipped/mod.rs"]
mod skipped;

use std::path::Path;
use std::sync::Arc;

use checkers::judge::judge;
use cluster::observe::ids::Ids;
use cluster::observe::rules::{Interpreter, Meaning};
use cluster::system::{ObserverKind, System};
use history::build::Builder;
use history::entry::{Observe, State};
use history::header::{Faults, Observer};
use history::verdict::{Outcome, Verdict};
use history::{Evidence, Header, Reader, SCHEMA, Voters, Word};

/// A recorded file.
fn recorded(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/systems/logs").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The ids of a cluster of three of which nothing is known yet.
fn three() -> Arc<Ids> {
    Arc::new(Ids::new(["n1", "n2", "n3"].map(str::to_owned).to_vec()))
}

/// What the built-in system's observer `lines` understands of a log of one life of `node`: every line that means
/// something, and how many mean nothing.
fn understood(system: &str, node: &str, log: &str, ids: &Arc<Ids>) -> (Vec<State<'static>>, usize) {
    let system = System::load(system).unwrap();
    let found = system.observers.iter().find_map(|observe| match &observe.kind {
        ObserverKind::Lines(lines) => Some((observe, lines)),
        _ => None,
    });
    let (observe, lines) = found.unwrap();
    let wrapper = (lines.message.as_deref(), lines.time.as_deref());
    let mut interpreter = Interpreter::new((node, &observe.name), wrapper, &lines.rules, ids);
    let (mut all, mut nothing) = (Vec::new(), 0);
    for line in recorded(log).lines() {
        match interpreter.read(line.as_bytes()) {
            Meaning::Said(said, _) => all.push(said),
            Meaning::Nothing => nothing += 1,
            Meaning::Unreadable(why) => panic!("{line}: {why}"),
        }
    }
    (all, nothing)
}

/// Role and term of what was understood, where both are.
fn terms(all: &[State<'_>], role: &str) -> Vec<u64> {
    all.iter().filter(|said| said.role.as_ref().map(Word::text) == Some(role)).filter_map(|said| said.term).collect()
}

/// Judges a history of what was seen: (node, incarnation, what), by one observer of this worth.
fn judged(seen: &[(&str, u32, &State<'static>)], evidence: Evidence, durable: bool) -> Outcome {
    let fields = ["role", "term", "vote", "leader"].map(str::to_owned).to_vec();
    let observer = Observer { name: "seen".to_owned(), fields, evidence, durable, ..Observer::default() };
    let nodes = ["n1", "n2", "n3"].map(str::to_owned).to_vec();
    let mut history = Builder::new(&Header {
        schema: SCHEMA,
        voters: Some(Voters::Listed(nodes.clone())),
        nodes,
        faults: Some(Faults::Recorded),
        bound: Some(5_000_000_000),
        observers: vec![observer],
        ..Header::default()
    });
    let mut t = 0;
    for &(node, incarnation, said) in seen {
        t += 1_000_000;
        let state = State { other: Default::default(), ..said.clone() };
        let seen = Observe {
            node: node.into(),
            incarnation: Some(incarnation),
            observer: Some("seen".into()),
            evidence: Some(evidence.into()),
            seq: None,
            state,
        };
        history.at(t, seen);
    }
    history.complete(t + 1);
    judge(Reader::new(history.text().as_bytes()).unwrap()).unwrap()
}

/// What one checker says.
fn verdict(outcome: &Outcome, checker: &str) -> Verdict {
    outcome.checkers.iter().find(|judgement| judgement.checker == checker).unwrap().verdict
}
