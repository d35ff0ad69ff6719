//! The detection score: does a green run mean anything?
//!
//! The reference node has bugs that can be planted, one rule broken each ([`DEFECTS`]). The plan runs the same fixed mix of
//! workloads ([`mix`]) against every one of them and against the unbroken node. It passes the name of the bug to the node only:
//! neither the schedules nor the checkers know which one they face. What finds them must be what every user gets. So a part of
//! the mix is a named workload and settings that users have for their systems: an even number of nodes, PreVote and CheckQuorum,
//! sticky votes, logs of unequal length, a slow disk, nodes far apart, tight timeouts. Only `pre-vote-lag` and
//! `cut-after-prevote` are each made for one kind of mistake with PreVote; etcd#8243 and rabbitmq/ra#439 are of the first kind.
//!
//! *Why not all in one.* Variants exclude each other: PreVote hides what inflated terms show, and without it no node owes what
//! PreVote promises. A broken rule that nothing depends on is no bug. So each needs some system in which it matters; a few
//! systems cover all of them.
//!
//! Each bug is scored twice ([`SHOWN`]). The first score is with everything that the node prints, where it may confess (it shows
//! the vote that it has cleared). The second is with role and term alone, which is what a foreign program logs.
//!
//! *Disks.* Some bugs show only where a disk forgets what was not synced, or where a node crashes between two writes. The parts for
//! them have [simulated disks](Part::disks); where none can be mounted they are left out, and the page says which parts there were.
//!
//! A trial is one run of each part of the mix for each bug. The unbroken node gets [`UNBROKEN`] times as many: a false
//! alarm is worse than a miss, and rarer.

use std::time::Duration;

use crate::registry::NamedExperiment;
use campaign::plan::{Cell, Experiment, Work};
use history::run;
use workloads::workload::{By, Parameters};

/// What a bug breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breaks {
    /// What must never happen.
    Safety,
    /// What must come about.
    Liveness,
}

/// A bug that can be planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defect {
    /// As the parameter `defect` takes it.
    pub name: &'static str,
    /// What it breaks.
    pub breaks: Breaks,
    /// The claim under which it is judged.
    pub claim: &'static str,
    /// The checker that should find it.
    pub checker: &'static str,
    /// Why random faults hardly reach it, where that is so.
    pub reach: Option<&'static str>,
}

/// The node without a bug.
pub const NONE: &str = "none";

/// How many runs the unbroken node gets for one of a broken one.
pub(crate) const UNBROKEN: u64 = 10;

/// How many clusters at once, unless the user says another number. As many as the machine carries are too many here: where
/// the final phase of a run is stalled it is not judged, and a bug that shows only there is missed.
const JOBS: usize = 12;

/// How much the node shows of itself: the parameter `show`.
pub const SHOWN: [&str; 2] = ["all", "role-and-term"];

const fn safety(name: &'static str, checker: &'static str) -> Defect {
    Defect { name, breaks: Breaks::Safety, claim: "election-safety", checker, reach: None }
}

const fn liveness(name: &'static str, claim: &'static str, checker: &'static str) -> Defect {
    Defect { name, breaks: Breaks::Liveness, claim, checker, reach: None }
}

/// A bug that only a simulated disk shows.
const fn on_disk(name: &'static str, checker: &'static str) -> Defect {
    let reach = Some("shown only by a power cut of a simulated disk, which not every machine can mount");
    Defect { reach, claim: "survives a power cut", ..safety(name, checker) }
}

/// Every bug that can be planted, as `interregnum-node --list-defects` has them.
pub const DEFECTS: [Defect; 43] = [
    safety("vote-cleared-by-heartbeat", "vote-once"),
    safety("vote-cleared-on-step-down", "vote-once"),
    safety("vote-not-persisted", "term-monotonic"),
    Defect {
        reach: Some(
            "shown only by a kill between two writes: microseconds apart, milliseconds on a slow disk; crash points of a \
             simulated disk place it there",
        ),
        ..safety("term-and-vote-apart", "vote-once")
    },
    safety("stale-grants", "leader-has-majority"),
    safety("duplicate-grants", "leader-has-majority"),
    safety("no-own-vote", "lawful-transitions"),
    safety("term-lowered", "term-monotonic"),
    safety("connected-quorum", "leader-has-majority"),
    safety("even-quorum", "leader-has-majority"),
    Defect {
        reach: Some("shown only when a newer term reaches the winner within 10 ms of its last vote"),
        ..safety("late-win", "leader-has-majority")
    },
    safety("leader-keeps-leading", "lawful-transitions"),
    safety("logs-not-compared", "leader-log"),
    safety("half-quorum", "leader-has-majority"),
    liveness("unanimous-quorum", "re-election", "re-election"),
    safety("double-vote", "vote-once"),
    liveness("fixed-timeout", "re-election", "re-election"),
    liveness("timer-reset-by-refusal", "re-election", "re-election"),
    liveness("timer-kept-on-grant", "re-election", "re-election"),
    Defect {
        reach: Some(
            "matters only while an old leader is heard and hears nothing, one way; then no grade demands a leader, and with \
             CheckQuorum the old leader soon falls silent",
        ),
        ..liveness("timer-reset-by-stale-leader", "re-election", "re-election")
    },
    liveness("candidate-ignores-leader", "re-election", "final-leader"),
    liveness("leader-ignores-reply-term", "re-election", "final-leader"),
    liveness("disruptive-rejoin", "clique", "stability"),
    liveness("isolated-leader-stays", "clique", "re-election"),
    liveness("pre-vote-reply-lags", "re-election", "re-election"),
    liveness("waits-for-all", "re-election", "re-election"),
    liveness("peer-left-busy", "re-election", "re-election"),
    liveness("abdicates", "stability", "stability"),
    safety("vote-not-stored", "leader-has-majority"),
    safety("vote-means-leader", "vote-once"),
    safety("vote-cleared-on-timeout", "vote-once"),
    liveness("no-leader-means-candidate", "re-election", "re-election"),
    safety("lost-candidacy-wins", "leader-has-majority"),
    liveness("steps-down-unacknowledged", "stability", "stability"),
    safety("own-vote-not-persisted", "term-monotonic"),
    Defect {
        reach: Some(
            "costs a vote here and there: a grant of a term in which its node does not campaign counts for no candidacy",
        ),
        ..liveness("request-term-reread", "re-election", "re-election")
    },
    liveness("reply-term-ignored", "re-election", "final-leader"),
    liveness("last-log-always-zero", "re-election", "re-election"),
    liveness("fixed-wait-short-slices", "re-election", "re-election"),
    on_disk("no-fsync", "term-monotonic"),
    on_disk("no-dir-fsync", "term-monotonic"),
    on_disk("vote-after-answer", "term-monotonic"),
    on_disk("rename-without-fsync", "process"),
];

/// Bugs of the catalogue that cannot be run, and why.
pub const NOT_RUN: [(&str, &str); 3] = [
    ("term-lost-on-recovery", "needs a lost disk, which breaks Raft's model; the fault `wipe` loses it for any node"),
    ("wiped-node-rejoins", "needs a lost disk, which breaks Raft's model; the fault `wipe` loses it for any node"),
    ("slow-disk", "is no bug of a node: with a disk slower than its timeout every Raft campaigns for ever"),
];

/// A part of the mix: a workload on a system with some settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Its name, unique in the mix.
    pub name: &'static str,
    /// What kind of system it stands for.
    pub about: &'static str,
    pub workload: &'static str,
    /// What `--by` and `--rounds` set.
    pub parameters: Parameters,
    /// How many nodes.
    pub nodes: usize,
    /// What `--set` sets.
    pub settings: &'static [&'static str],
    /// The delay of every link, one way, all the time.
    pub link_delay: Option<Duration>,
    /// The time within which a leader is owed, where it cannot be derived from the settings.
    pub bound: Option<Duration>,
    /// Nodes have simulated disks.
    pub disks: bool,
    /// What of these survives a power cut, where it is not as usual.
    pub disk_model: Option<&'static str>,
}

/// The mix, the same for every bug.
pub fn mix() -> Vec<Part> {
    let by = |by| Parameters { by: Some(by), ..Parameters::default() };
    let rounds = |rounds| Parameters { rounds: Some(rounds), ..Parameters::default() };
    let chaos = |name, about, nodes, settings| part(name, about, "chaos", nodes, settings);
    let lab =
        |name, workload, nodes, way| Part { parameters: by(way), ..part(name, "as in the lab", workload, nodes, &[]) };
    let mut all = vec![
        chaos("chaos-5", "as it comes", 5, &[]),
        chaos("chaos-4", "an even number of nodes", 4, &[]),
        chaos("chaos-pv-5", "PreVote and CheckQuorum", 5, &["prevote=true", "check-quorum=true"]),
        chaos("chaos-pv-4", "the same, an even number of nodes", 4, &["prevote=true", "check-quorum=true"]),
        chaos("chaos-sticky", "CheckQuorum and sticky votes", 5, &["check-quorum=true", "sticky=true"]),
        Part {
            // Derived for five nodes that all draw from n1's narrow range it would be 21 s; two others elect within 5.5.
            bound: Some(Duration::from_secs(8)),
            ..chaos(
                "chaos-logs",
                "one log is behind, and its node is impatient",
                5,
                &["log=1/5", "n1.log=1/2", "election=200ms..400ms", "n1.election=100ms..150ms", "heartbeat=25ms"],
            )
        },
        chaos("chaos-disk", "a slow disk", 5, &["persist-delay=10ms", "persist-delay-on=all"]),
        lab("re-election-cut", "re-election", 3, By::Cut),
        lab("re-election-pause", "re-election", 3, By::Pause),
        lab("re-election-kill", "re-election", 3, By::Kill),
        lab("many-elections-cut", "many-elections", 7, By::Cut),
        lab("many-elections-pause", "many-elections", 7, By::Pause),
        lab("many-elections-kill", "many-elections", 7, By::Kill),
        Part {
            about: "the lab's with CheckQuorum and sticky votes",
            settings: &["check-quorum=true", "sticky=true"],
            ..lab("many-elections-sticky", "many-elections", 7, By::Cut)
        },
        part("pre-vote-lag", "PreVote, and a term that lags", "pre-vote-lag", 5, &["prevote=true"]),
        Part {
            link_delay: Some(Duration::from_millis(20)),
            ..part(
                "cut-after-prevote",
                "PreVote, and links that take some time",
                "cut-after-prevote",
                5,
                &["prevote=true"],
            )
        },
        Part { parameters: rounds(4), ..part("leader-crash", "as it comes", "leader-crash", 5, &[]) },
        Part {
            // An answer takes longer than the timeout of a request. Undisturbed, one round in nine fails with all five up.
            link_delay: Some(Duration::from_millis(55)),
            bound: Some(Duration::from_secs(5)),
            ..part("far-apart", "nodes far apart", "calm", 5, &[])
        },
        Part {
            // A vote and the first heartbeat are under way for as long as a timeout lasts: a voter must wait for them. Of 400
            // honest elections with all but one up the longest took 1.3 s, and one in a hundred more than 1.1 s.
            link_delay: Some(Duration::from_millis(70)),
            bound: Some(Duration::from_secs(3)),
            parameters: rounds(8),
            ..part(
                "tight-timeouts",
                "many nodes, and timeouts little longer than a round trip",
                "leader-crash",
                11,
                &[],
            )
        },
    ];
    all.extend(with_disks());
    all
}

/// The parts whose nodes have simulated disks.
fn with_disks() -> Vec<Part> {
    let power_cuts =
        || Parameters { faults: vec!["+power-cut".to_owned(), "+crash-at".to_owned()], ..Parameters::default() };
    let chaos = |name, about, nodes, settings| part(name, about, "chaos", nodes, settings);
    vec![
        Part {
            parameters: power_cuts(),
            disks: true,
            ..chaos("power-cuts", "disks that forget what was not synced", 5, &[])
        },
        Part {
            parameters: power_cuts(),
            disks: true,
            disk_model: Some(run::Model::Torn.as_str()),
            ..chaos("torn-disks", "the same, and of what was not synced some survives", 5, &[])
        },
        Part {
            parameters: Parameters { rounds: Some(12), ..Parameters::default() },
            disks: true,
            ..part("crash-points", "crashes at every operation of an election", "crash-points", 3, &[])
        },
    ]
}

/// A part in which nothing is set that not all have.
fn part(
    name: &'static str,
    about: &'static str,
    workload: &'static str,
    nodes: usize,
    settings: &'static [&'static str],
) -> Part {
    Part {
        name,
        about,
        workload,
        parameters: Parameters::default(),
        nodes,
        settings,
        link_delay: None,
        bound: None,
        disks: false,
        disk_model: None,
    }
}

pub(crate) struct Detection;

impl NamedExperiment for Detection {
    fn name(&self) -> &'static str {
        "detection"
    }

    fn about(&self) -> &'static str {
        "planted bugs: which does the default mix of workloads find, how soon, and does it ever cry wolf"
    }

    fn trials(&self) -> u64 {
        5
    }

    fn experiment(&self, trials: u64) -> Experiment {
        let names = std::iter::once(NONE).chain(DEFECTS.iter().map(|defect| defect.name));
        let rows = SHOWN.into_iter().flat_map(|shown| names.clone().map(move |name| (shown, name)));
        let parts = mix();
        let cells =
            rows.flat_map(|(shown, name)| parts.iter().map(move |part| cell(part, name, shown, trials))).collect();
        Experiment { name: self.name().into(), about: self.about().into(), trials, jobs: Some(JOBS), cells, hunt: None }
    }
}

/// The cell of a bug and a part of the mix.
pub(crate) fn cell(part: &Part, defect: &str, shown: &str, trials: u64) -> Cell {
    let runs = if defect == NONE { trials.saturating_mul(UNBROKEN) } else { trials };
    let work = Work::Workload { name: part.workload.to_owned(), parameters: part.parameters.clone() };
    let mut cell = Cell::new(format!("{defect}/{shown}/{}", part.name), part.nodes, work, runs);
    let given = [format!("defect={defect}"), format!("show={shown}")];
    cell.settings = part.settings.iter().map(|setting| (*setting).to_owned()).chain(given).collect();
    cell.link_delay = part.link_delay;
    cell.bound = part.bound;
    (cell.disks, cell.disk_model) = (part.disks, part.disk_model);
    cell.axes = vec![("defect", defect.to_owned()), ("shown", shown.to_owned()), ("part", part.name.to_owned())];
    cell
}

#[cfg(test)]
mod tests;
