//! Four ways to talk to peers, two timers, two lab notes: which of the lab's tests does each pass, and how fast does it elect?
//!
//! Two notes on a course's lab make three claims. A candidate which asks its peers one after the other fails re-election
//! sometimes. One which asks all at once fails less often. One which leads at the moment of the majority never does. The plan
//! runs the lab's three tests for every strategy and timer, on 3 and on 5 nodes. Nodes are isolated or stopped by cut, pause and
//! kill.
//!
//! - `initial-election` isolates or stops no node, so it is run once and not three times.
//! - `many-elections` has seven nodes in the lab. Here it is run on 3 and 5 like the others, with a minority of one and two.
//! - **What a silent peer costs** is the heart of the claims, and it is the RPC timeout. In the lab a call to a server that is
//!   away comes back after at most 100 ms, which is the node's default. A program that never thought about it waits for longer,
//!   so `re-election` is run with a timeout of 1 s as well (`rpc=1s`, native timer).
//! - The lab notes as they stand, the first one at each of its stages, are run on 3 and on 5 nodes as well. `many-elections` also
//!   runs on the lab's own 7, and there the unbroken node runs beside them. They have their own times, and are owed as long as a
//!   node with such times needs ([`Who::bound`]).
//!
//! A trial is one run of each cell.

use std::time::Duration;

use crate::registry::NamedExperiment;
use campaign::plan::{Cell, Experiment, Work};
use workloads::bound::{self, Settings};
use workloads::workload::{By, Parameters};

/// The strategies, from the simplest on.
pub(crate) const STRATEGIES: [&str; 4] = ["sequential", "concurrent", "early", "speculative"];
/// How the election timer waits.
pub(crate) const TIMERS: [&str; 2] = ["native", "sliced"];
/// Nodes as the notes' authors wrote them, and the stages of the first.
pub const NOTES: [&str; 4] = ["lab-note-1:sync", "lab-note-1:async", "lab-note-1:early", "lab-note-2"];
/// The sizes of the clusters.
const SIZES: [usize; 2] = [3, 5];
/// The size that `many-elections` has in the lab.
const LABS_OWN: usize = 7;
/// How long a node waits for an answer: as in the lab, and as one that did not think of it.
const RPC: [&str; 2] = ["100ms", "1s"];
/// [`RPC`]'s first.
const RPC_TIMEOUT: Duration = Duration::from_millis(100);

const WAYS: [(&str, By); 3] = [("cut", By::Cut), ("pause", By::Pause), ("kill", By::Kill)];

pub(crate) struct Strategies;

impl NamedExperiment for Strategies {
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
        // What the lab runs on 7: the notes, and the unbroken node beside them.
        let labs_own = || lab([LABS_OWN; 3]).filter(|test| test.name == "many-elections");
        let unbroken = Who { strategy: "early", timer: TIMERS[0], rpc: RPC[0] };
        cells.extend(labs_own().map(|test| cell(&unbroken, &test, trials)));
        for note in NOTES {
            let who = Who { strategy: note, timer: "its own", rpc: RPC[0] };
            let tests = SIZES.into_iter().flat_map(|nodes| lab([nodes; 3])).chain(labs_own());
            cells.extend(tests.map(|test| cell(&who, &test, trials)));
        }
        Experiment { name: self.name().into(), about: self.about().into(), trials, jobs: None, cells, hunt: None }
    }
}

/// The node that is tested.
#[derive(Clone, Copy)]
struct Who {
    /// Or the name of a lab note.
    strategy: &'static str,
    timer: &'static str,
    rpc: &'static str,
}

impl Who {
    fn is_note(&self) -> bool {
        NOTES.contains(&self.strategy)
    }

    /// A note's own times, where it has any: the first one's 300 ms and 120 ms. The second has a tick of 10 ms, which its
    /// timer is.
    fn times(&self) -> &'static [&'static str] {
        if self.is_first() { &["election=150ms..300ms", "heartbeat=120ms"] } else { &[] }
    }

    fn is_first(&self) -> bool {
        self.strategy.starts_with("lab-note-1")
    }

    /// Within what time a note owes a leader, by what it really does; for the unbroken node the settings say it.
    ///
    /// The first note's follower waits in 200 sleeps of 1 ms, each of which takes up to a quarter longer. Only then, as a
    /// candidate, does it wait for a time that is drawn as others draw it. A node that then loses knows no leader, and draws again
    /// without the first wait: so that comes once, and the rounds are as every node's. A round of the stages that wait for all takes
    /// as much longer as silent peers are waited for. The second note's tick makes each of its waits longer.
    fn bound(&self, nodes: usize) -> Option<Duration> {
        if !self.is_note() {
            return None;
        }
        let plain = Settings::default().for_nodes(nodes);
        let (first_wait, heartbeat, tick) = if self.is_first() {
            (Duration::from_millis(250), Duration::from_millis(120), Duration::ZERO)
        } else {
            (Duration::ZERO, plain.heartbeat, Duration::from_millis(10))
        };
        let awaited = match self.strategy {
            "lab-note-1:sync" => RPC_TIMEOUT * u32::try_from(plain.down).unwrap_or(u32::MAX),
            "lab-note-1:async" => RPC_TIMEOUT,
            _ => Duration::ZERO,
        };
        let longer = awaited + tick;
        let settings = Settings {
            timeout_min: plain.timeout_min + longer,
            timeout_max: plain.timeout_max + longer,
            heartbeat,
            recovery: first_wait,
            ..plain
        };
        bound::reelection(&settings).ok().map(|bound| bound.bound)
    }
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
    let is_note = who.is_note();
    let way = test.by.map_or("none", |(word, _)| word);
    let mut id = if is_note { strategy.replace(':', "-") } else { format!("{strategy}-{timer}") };
    if *rpc != RPC[0] {
        id += &format!("-rpc{rpc}");
    }
    id += &format!("/{}{}/{}", test.name, test.by.map(|(word, _)| format!("-{word}")).unwrap_or_default(), test.nodes);
    let parameters = Parameters { by: test.by.map(|(_, by)| by), ..Parameters::default() };
    let mut cell = Cell::new(id, test.nodes, Work::Workload { name: test.name.into(), parameters }, runs);
    cell.settings = if is_note {
        std::iter::once(format!("as={strategy}")).chain(who.times().iter().map(|time| (*time).to_owned())).collect()
    } else {
        vec![format!("strategy={strategy}"), format!("timer={timer}"), format!("rpc-timeout={rpc}")]
    };
    cell.bound = who.bound(test.nodes);
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
    fn the_notes_are_run_as_they_stand_on_the_same_sizes_and_on_the_labs_own() {
        let experiment = Strategies.experiment(1);
        for note in NOTES {
            let cells: Vec<&Cell> =
                experiment.cells.iter().filter(|cell| cell.axis("strategy") == Some(note)).collect();
            let as_note = format!("as={note}");
            assert!(cells.iter().all(|cell| cell.settings[0] == as_note));
            let sizes: Vec<usize> = cells.iter().map(|cell| cell.nodes).collect();
            assert_eq!(sizes, [[3; 7].as_slice(), &[5; 7], &[7; 3]].concat());
        }
        assert!(experiment.find("early-native/many-elections-kill/7").is_some());
    }

    #[test]
    fn a_note_has_its_own_times_and_a_bound_by_what_it_does() {
        let experiment = Strategies.experiment(1);
        let cell = |id: &str| experiment.cells.iter().find(|cell| cell.id == id).unwrap();
        let bound = |id: &str| cell(id).bound.map(|bound| bound.as_millis());
        let first = cell("lab-note-1-sync/re-election-cut/5");
        assert_eq!(first.settings, ["as=lab-note-1:sync", "election=150ms..300ms", "heartbeat=120ms"]);
        assert_eq!(bound("early-native/re-election-cut/5"), None, "by its settings");
        assert_eq!(bound("lab-note-1-early/re-election-cut/5"), Some(5_500), "16 rounds of 315 ms, 250 and 120 ms");
        assert_eq!(bound("lab-note-1-async/re-election-cut/5"), Some(7_000));
        assert_eq!(bound("lab-note-1-sync/re-election-cut/5"), Some(8_500));
        assert_eq!(bound("lab-note-2/re-election-cut/5"), Some(5_500), "16 rounds of 325 ms and 50 ms");
    }

    #[test]
    fn ids_are_unique_and_have_nothing_that_a_list_of_them_would_not_take() {
        let experiment = Strategies.experiment(1);
        let ids: std::collections::BTreeSet<&str> = experiment.cells.iter().map(|cell| cell.id.as_str()).collect();
        assert_eq!(ids.len(), experiment.cells.len());
        assert!(ids.iter().all(|id| !id.contains([':', ',', ' '])));
    }
}
