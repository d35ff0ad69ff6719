//! Four ways to talk to peers, two timers, two lab notes: which of the lab's tests does each pass, and how fast does it elect?
//!
//! Two notes on a course's lab claim that a candidate which asks its peers one after the other fails re-election sometimes,
//! that one which asks all at once fails less often, and that one which leads at the moment of the majority never does. The
//! plan runs the lab's three tests for every strategy and timer, on 3 and on 5 nodes, with nodes taken away by cut, pause
//! and kill.
//!
//! - `initial-election` takes nobody away, so it is run once and not three times.
//! - `many-elections` has seven nodes in the lab; here it is run on 3 and 5 like the others, with a minority of one and two.
//! - **What a silent peer costs** is the heart of the claims, and it is the RPC timeout: in the lab a call to a server that
//!   is away comes back after at most 100 ms, which is the node's default. A program that never thought about it waits for
//!   longer, so `re-election` is run with a timeout of 1 s as well (`rpc=1s`, native timer).
//! - The lab notes as they stand are run as in the lab, on 3 nodes and on 7, and beside them the unbroken node.
//!
//! A trial is one run of each cell.

use super::{Cell, Experiment, Plan, Work};
use crate::workload::{By, Parameters};

/// The strategies, from the simplest on.
pub const STRATEGIES: [&str; 4] = ["sequential", "concurrent", "early", "speculative"];
/// How the election timer waits.
pub const TIMERS: [&str; 2] = ["native", "sliced"];
/// Nodes as somebody wrote them.
pub const NOTES: [&str; 2] = ["lab-note-1", "lab-note-2"];
/// The sizes of the clusters.
const SIZES: [usize; 2] = [3, 5];
/// How long a node waits for an answer: as in the lab, and as one that did not think of it.
const RPC: [&str; 2] = ["100ms", "1s"];

const WAYS: [(&str, By); 3] = [("cut", By::Cut), ("pause", By::Pause), ("kill", By::Kill)];

/// The plan.
pub(super) struct Strategies;

impl Plan for Strategies {
    fn name(&self) -> &'static str {
        "strategies"
    }

    fn about(&self) -> &'static str {
        "how a candidate talks to its peers: four strategies, two timers and two lab notes in the lab's three tests"
    }

    fn trials(&self) -> u64 {
        100
    }

    fn experiment(&self, trials: u64) -> Experiment {
        let mut cells = Vec::new();
        for strategy in STRATEGIES {
            for timer in TIMERS {
                for nodes in SIZES {
                    let who = Who { strategy, timer, rpc: RPC[0] };
                    cells.extend(lab([nodes; 3]).map(|test| cell(&who, &test, trials)));
                    if timer == TIMERS[0] {
                        let patient = Who { rpc: RPC[1], ..who };
                        let re_elections = lab([nodes; 3]).filter(|test| test.name == "re-election");
                        cells.extend(re_elections.map(|test| cell(&patient, &test, trials)));
                    }
                }
            }
        }
        // The lab's own sizes: the notes, and the unbroken node where it was not run above.
        let sizes = [3, 3, 7];
        let unbroken = Who { strategy: "early", timer: TIMERS[0], rpc: RPC[0] };
        let new = lab(sizes).filter(|test| !SIZES.contains(&test.nodes));
        cells.extend(new.map(|test| cell(&unbroken, &test, trials)));
        for note in NOTES {
            let who = Who { strategy: note, timer: "its own", rpc: RPC[0] };
            cells.extend(lab(sizes).map(|test| cell(&who, &test, trials)));
        }
        Experiment { name: self.name().into(), about: self.about().into(), trials, jobs: None, cells }
    }
}

/// Who is tested.
#[derive(Clone, Copy)]
struct Who {
    /// Or the name of a lab note.
    strategy: &'static str,
    timer: &'static str,
    rpc: &'static str,
}

/// One of the lab's tests, and how it takes nodes away.
struct Test {
    name: &'static str,
    by: Option<(&'static str, By)>,
    nodes: usize,
}

/// The lab's tests, on so many nodes each.
fn lab([initial, re_election, many]: [usize; 3]) -> impl Iterator<Item = Test> {
    let by_ways = move |name, nodes| WAYS.into_iter().map(move |way| Test { name, by: Some(way), nodes });
    std::iter::once(Test { name: "initial-election", by: None, nodes: initial })
        .chain(by_ways("re-election", re_election))
        .chain(by_ways("many-elections", many))
}

fn cell(who: &Who, test: &Test, runs: u64) -> Cell {
    let Who { strategy, timer, rpc } = who;
    let is_note = NOTES.contains(strategy);
    let way = test.by.map_or("none", |(word, _)| word);
    let mut id = if is_note { (*strategy).to_owned() } else { format!("{strategy}-{timer}") };
    if *rpc != RPC[0] {
        id += &format!("-rpc{rpc}");
    }
    id += &format!("/{}{}/{}", test.name, test.by.map(|(word, _)| format!("-{word}")).unwrap_or_default(), test.nodes);
    let parameters = Parameters { by: test.by.map(|(_, by)| by), ..Parameters::default() };
    let mut cell = Cell::new(id, test.nodes, Work::Workload { name: test.name.into(), parameters }, runs);
    cell.settings = if is_note {
        vec![format!("as={strategy}")]
    } else {
        vec![format!("strategy={strategy}"), format!("timer={timer}"), format!("rpc-timeout={rpc}")]
    };
    cell.axes = vec![
        ("strategy", (*strategy).to_owned()),
        ("timer", (*timer).to_owned()),
        ("rpc", (*rpc).to_owned()),
        ("test", test.name.to_owned()),
        ("by", way.to_owned()),
        ("nodes", test.nodes.to_string()),
    ];
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strategy_and_timer_does_the_labs_tests_on_three_and_five_nodes() {
        let experiment = Strategies.experiment(100);
        for strategy in STRATEGIES {
            for timer in TIMERS {
                for nodes in ["3", "5"] {
                    let of = |cell: &&Cell| {
                        cell.axis("strategy") == Some(strategy)
                            && cell.axis("timer") == Some(timer)
                            && cell.axis("nodes") == Some(nodes)
                            && cell.axis("rpc") == Some("100ms")
                    };
                    let cells: Vec<&Cell> = experiment.cells.iter().filter(of).collect();
                    assert_eq!(cells.len(), 7, "{strategy} {timer} {nodes}");
                    assert!(cells.iter().all(|cell| cell.runs == 100));
                }
            }
        }
    }

    #[test]
    fn the_notes_are_run_as_they_stand_on_the_labs_own_sizes() {
        let experiment = Strategies.experiment(1);
        for note in NOTES {
            let cells: Vec<&Cell> =
                experiment.cells.iter().filter(|cell| cell.axis("strategy") == Some(note)).collect();
            assert_eq!(cells.len(), 7);
            assert!(cells.iter().all(|cell| cell.settings == [format!("as={note}")]));
            let sizes: Vec<usize> = cells.iter().map(|cell| cell.nodes).collect();
            assert_eq!(sizes, [3, 3, 3, 3, 7, 7, 7]);
        }
        assert!(experiment.find("early-native/many-elections-kill/7").is_some());
    }
}
