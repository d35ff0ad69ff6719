//! The pure core in a hostile world: what Raft promises must hold there, and must not for a node with a broken rule.

mod judge;
mod lab_notes;
mod liveness;
mod single;
mod strategies;
mod world;

use std::time::Duration;

use clap::ValueEnum;
use judge::Violation;
use node::strategy::Strategy;
use proptest::prelude::*;
use world::{Scenario, World};

/// Long enough for a healed cluster to elect: some ten rounds.
const CALM: Duration = Duration::from_secs(4);

prop_compose! {
    fn plans()(
        nodes in 1..=7_usize,
        seed in any::<u64>(),
        options in any::<[bool; 4]>(),
        strategy in prop::sample::select(Strategy::value_variants()),
        loss in 0.0..0.4,
        duplication in 0.0..0.3,
        delay in 1..400_u64,
        crash in 0.0..0.05,
        cut in 0.0..0.6,
    ) -> Scenario {
        let [prevote, check_quorum, sticky, unequal_logs] = options;
        let rough = Scenario::rough(nodes, seed, "none");
        Scenario { prevote, check_quorum, sticky, unequal_logs, strategy, loss, duplication, delay, crash, cut, ..rough }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_correct_node_is_safe_in_any_world_and_elects_once_it_is_healed(scenario in plans()) {
        let world = World::run(scenario, CALM);
        prop_assert!(world.judge.violations.is_empty(), "{:?}", world.judge.violations);
        prop_assert!(world.judge.agreed().is_some(), "no agreement {:?} after the heal: {:?}", CALM, world.judge);
    }

    #[test]
    fn the_same_seed_gives_the_same_world(seed in any::<u64>()) {
        let run = || World::run(Scenario { faults: 2000, ..Scenario::rough(3, seed, "none") }, Duration::ZERO);
        prop_assert_eq!(format!("{:?}", run().judge), format!("{:?}", run().judge));
    }
}

/// The first seed under which the node with `defect` violates as expected; the correct node must not, under any of them.
fn caught(defect: &'static str, expected: &[Violation], shape: impl Fn(Scenario) -> Scenario) {
    for seed in 0..400 {
        let nodes = [3, 4, 5][seed as usize % 3];
        let broken = World::run(shape(Scenario::rough(nodes, seed, defect)), Duration::ZERO);
        let right = World::run(shape(Scenario::rough(nodes, seed, "none")), Duration::ZERO);
        assert!(right.judge.violations.is_empty(), "seed {seed}: {:?}", right.judge.violations);
        if expected.iter().any(|violation| broken.judge.violations.contains(violation)) {
            eprintln!("{defect}: caught with seed {seed}: {:?}", broken.judge.violations);
            return;
        }
    }
    panic!("{defect} was never caught");
}

macro_rules! catches {
    ($($test:ident: $defect:literal by $($violation:ident)|+ $(with $field:ident = $value:expr)*;)*) => { $(
        #[test]
        fn $test() {
            caught($defect, &[$(Violation::$violation),+], |scenario| Scenario { $($field: $value,)* ..scenario });
        }
    )* };
}

catches! {
    a_vote_that_is_not_persisted_is_caught: "vote-not-persisted" by TermFell | VotedTwice;
    stale_grants_are_caught: "stale-grants" by NoMajority;
    half_a_quorum_is_caught: "half-quorum" by TwoLeaders with crash = 0.0;
    a_double_vote_is_caught: "double-vote" by VotedTwice with crash = 0.0;
    a_vote_cleared_by_a_heartbeat_is_caught: "vote-cleared-by-heartbeat" by VotedTwice with crash = 0.0;
    a_vote_cleared_on_stepping_down_is_caught: "vote-cleared-on-step-down" by VotedTwice with check_quorum = true;
    grants_counted_twice_are_caught: "duplicate-grants" by NoMajority with crash = 0.0;
    a_candidate_without_its_own_vote_is_caught: "no-own-vote" by VotedTwice | NoMajority;
    a_lowered_term_is_caught: "term-lowered" by TermFell with crash = 0.0;
    a_leader_that_keeps_leading_is_caught: "leader-keeps-leading" by NoMajority with crash = 0.0;
    a_vote_written_before_its_term_is_caught: "term-and-vote-apart" by VotedTwice with crash = 0.05;
    a_majority_of_the_connected_is_caught: "connected-quorum" by NoMajority | TwoLeaders with crash = 0.0 with cut = 0.5;
    half_of_four_is_caught: "even-quorum" by NoMajority | TwoLeaders with crash = 0.0 with nodes = 4;
    a_win_after_stepping_down_is_caught: "late-win" by NoMajority | TwoLeaders with crash = 0.0;
    a_vote_that_is_not_stored_is_caught: "vote-not-stored" by NoMajority with crash = 0.0;
    a_vote_that_means_the_leader_is_caught: "vote-means-leader" by VotedTwice with crash = 0.0;
    a_vote_cleared_on_a_timeout_is_caught: "vote-cleared-on-timeout" by VotedTwice with prevote = true with crash = 0.0;
    a_lost_candidacy_that_wins_is_caught: "lost-candidacy-wins" by NoMajority with crash = 0.0;
    a_candidate_that_is_not_persisted_is_caught: "own-vote-not-persisted" by TermFell | VotedTwice;
    the_first_lab_note_is_caught: "lab-note-1" by TermFell | VotedTwice;
    the_first_lab_note_is_caught_without_a_crash: "lab-note-1" by NoMajority with crash = 0.0;
    its_first_stage_is_caught_too: "lab-note-1:sync" by NoMajority with crash = 0.0;
    its_second_stage_is_caught_too: "lab-note-1:async" by NoMajority with crash = 0.0;
    the_second_lab_note_is_caught: "lab-note-2" by TermFell | VotedTwice;
    the_second_lab_note_is_caught_without_a_crash: "lab-note-2" by NoMajority with crash = 0.0;
    logs_that_are_not_compared_are_caught: "logs-not-compared" by OlderLog with unequal_logs = true;
}

/// Nodes that last heard the same heartbeat, on links as fast as each other, with a fixed timeout: no round succeeds.
#[test]
fn a_fixed_timeout_never_elects_and_the_correct_node_does() {
    let scenario = |defect| Scenario {
        loss: 0.0,
        duplication: 0.0,
        crash: 0.0,
        cut: 0.0,
        faults: 1,
        ..Scenario::rough(5, 1, defect)
    };
    assert_eq!(World::run(scenario("fixed-timeout"), CALM).judge.elections, 0);
    assert!(World::run(scenario("none"), CALM).judge.agreed().is_some());
}

/// A new defect without a test would be a claim without a proof.
#[test]
fn every_defect_has_a_test_that_names_it() {
    let tests =
        [include_str!("main.rs"), include_str!("liveness.rs"), include_str!("single.rs"), include_str!("lab_notes.rs")]
            .concat();
    // A disk that loses power is nothing that the simulation has.
    let tests = tests + include_str!("../../../harness/tests/cli/disks.rs");
    for defect in node::defects::runnable() {
        assert!(tests.contains(&format!("\"{}\"", defect.name)), "no test names {}", defect.name);
    }
}

#[test]
fn the_list_of_defects_has_every_row_of_the_catalogue_and_says_what_cannot_be_run() {
    let listed = serde_json::to_value(node::defects::listed()).expect("a list");
    let listed = listed.as_array().expect("a list");
    let rows: std::collections::BTreeSet<u64> = listed.iter().filter_map(|defect| defect["row"].as_u64()).collect();
    assert_eq!(rows, (1..=29).collect());
    for defect in listed {
        let text = |key: &str| defect[key].as_str().unwrap_or_default().to_owned();
        for key in ["name", "rule", "property", "claim", "checker"] {
            assert!(!text(key).is_empty(), "{defect} has no {key}");
        }
        let runnable = node::defects::rules(&text("name")).is_ok();
        assert_eq!(defect["runnable"].as_bool(), Some(runnable), "{defect}");
        assert_eq!(text("why").is_empty(), runnable, "{defect}");
    }
}

#[test]
fn the_page_of_the_node_shows_every_defect_with_its_rule_and_checker() {
    let page = include_str!("../../../docs/node.md");
    for defect in node::defects::runnable() {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", defect.name)));
        let row = row.unwrap_or_else(|| panic!("{} is not shown", defect.name));
        assert!(row.contains(defect.rule) && row.contains(&format!("`{}`", defect.checker)), "{row}");
        assert!(row.contains(&defect.needs.join(" ")), "{row}");
    }
}

#[test]
fn the_page_of_the_architecture_has_each_bug_in_its_row_with_its_defect() {
    let page = include_str!("../../../docs/architecture.md");
    for defect in node::defects::CATALOGUE.iter() {
        let Some(row) = defect.row else { continue };
        let line = page.lines().find(|line| line.starts_with(&format!("| {row} | ")) && line.ends_with("` |"));
        let line = line.unwrap_or_else(|| panic!("row {row} is not shown"));
        assert!(line.contains(&format!("`{}`", defect.name)), "{}: {line}", defect.name);
    }
}
