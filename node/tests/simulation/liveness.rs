//! Clusters in which only the faults of the test happen: what a broken rule costs, and what the right one does instead.

use std::time::Duration;

use node::raft::Role;

use crate::judge::Violation;
use crate::world::{Scenario, World};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A cluster of three that has just elected; `None` when it has not.
pub(crate) fn elected(scenario: Scenario) -> Option<(World, usize)> {
    let mut world = World::new(scenario);
    world.advance(ms(3000));
    let leader = world.leader()?;
    Some((world, leader))
}

fn term(world: &World, i: usize) -> u64 {
    world.state(i).expect("it runs").term
}

/// Whether two of three elect once the third is dead.
fn two_of_three_elect(defect: &'static str) -> bool {
    let mut world = World::new(Scenario::calm(3, 7, defect));
    world.advance(ms(1));
    world.kill(2);
    world.advance(ms(5000));
    world.leader().is_some()
}

#[test]
fn a_node_that_needs_or_awaits_everyone_elects_nobody_once_one_is_dead() {
    assert!(two_of_three_elect("none"));
    assert!(!two_of_three_elect("unanimous-quorum"));
    assert!(!two_of_three_elect("waits-for-all"));
}

#[test]
fn a_peer_left_busy_is_never_asked_again() {
    let agreed = |defect| {
        let (mut world, leader) = elected(Scenario::calm(3, 1, defect)).expect("a first leader");
        let follower = (leader + 1) % 3;
        world.cut_off(follower, true);
        world.advance(ms(700));
        world.join();
        world.advance(ms(4000));
        world.judge.agreed().is_some()
    };
    assert!(agreed("none"));
    assert!(!agreed("peer-left-busy"));
}

#[test]
fn a_node_that_was_isolated_unseats_nobody_when_it_asks_first() {
    let needless = |defect| {
        let scenario = Scenario { prevote: true, check_quorum: true, ..Scenario::calm(3, 2, defect) };
        let (mut world, leader) = elected(scenario).expect("a first leader");
        let before = term(&world, leader);
        world.cut_off((leader + 1) % 3, true);
        world.advance(ms(2000));
        world.join();
        world.advance(ms(1000));
        term(&world, leader) - before
    };
    assert_eq!(needless("none"), 0);
    assert!(needless("disruptive-rejoin") > 1);
}

/// A leader that hears no node, and that all others hear.
#[test]
fn a_deaf_leader_steps_down_unless_the_check_is_left_out() {
    let replaced = |defect| {
        let scenario = Scenario { prevote: true, check_quorum: true, ..Scenario::calm(3, 3, defect) };
        let (mut world, leader) = elected(scenario).expect("a first leader");
        world.cut_off(leader, false);
        world.advance(ms(3000));
        world.state(leader).is_some_and(|state| state.role != Role::Leader)
            && world.leader().is_some_and(|other| other != leader)
    };
    assert!(replaced("none"));
    assert!(!replaced("isolated-leader-stays"));
}

/// One node sleeps while the terms of the others rise; then it and one of those are all that is left.
#[test]
fn two_nodes_of_unequal_terms_elect_only_if_pre_vote_replies_carry_the_right_term() {
    let elects = |defect| {
        let scenario = Scenario { prevote: true, ..Scenario::calm(3, 4, defect) };
        let (mut world, leader) = elected(scenario).expect("a first leader");
        let lagging = (leader + 1) % 3;
        world.kill(lagging);
        for _ in 0..3 {
            let leader = world.leader().expect("two of three have one");
            world.kill(leader);
            world.advance(ms(400));
            world.revive(leader);
            world.advance(ms(2000));
        }
        let leader = world.leader().expect("two of three have one");
        world.kill(leader);
        world.revive(lagging);
        world.advance(ms(5000));
        world.leader().is_some()
    };
    assert!(elects("none"));
    assert!(!elects("pre-vote-reply-lags"));
}

#[test]
fn an_isolated_node_that_counts_only_who_is_connected_elects_itself() {
    let wins = |defect| {
        let (mut world, leader) = elected(Scenario::calm(3, 5, defect)).expect("a first leader");
        let isolated = (leader + 1) % 3;
        world.cut_off(isolated, true);
        world.advance(ms(2000));
        assert_eq!(world.judge.violations.contains(&Violation::NoMajority), defect != "none");
        world.state(isolated).is_some_and(|state| state.role == Role::Leader)
    };
    assert!(!wins("none"));
    assert!(wins("connected-quorum"));
}
