use checkers::measure::Interregnum;

use super::story::{Story, between};

const MS: u64 = 1_000_000;

#[test]
fn an_election_after_a_kill_is_taken_apart() {
    let mut story = Story::begun(3);
    story.fault(7, "inject", "kill", "n1", (10_000, 10_002)).node(1, "exit", 10_002);
    // Term 2 is split, n3 wins term 3.
    story.says(2, 10_200, "candidate", 2, None);
    let measures = story.elected_by(3, 3, 10_500, &[2]).end(20_000).outcome().measures;
    let election = &measures.elections[1];
    assert_eq!((election.term, election.leader.as_str(), election.fault), (3, "n3", Some(7)));
    assert_eq!(election.fault_at, Some(10_000 * MS));
    assert_eq!(election.detection, Some(200 * MS));
    assert_eq!(election.campaign, Some(300 * MS));
    assert!(election.adoption.unwrap().abs_diff(10 * MS) < 10, "{election:?}");
    assert!(election.total.unwrap().abs_diff(510 * MS) < 10, "{election:?}");
    assert_eq!((election.split_rounds, measures.split_terms, measures.term_inflation), (1, 1, 1));
    assert_eq!(measures.needless_changes, 0);
    assert_eq!(measures.tenures, [(10_002 - 300) * MS, 9_500 * MS]);
    assert_eq!(measures.fault_to_effect[0].delay, 2 * MS);
}

#[test]
fn time_without_a_leader_counts_only_while_a_majority_exists() {
    let mut story = Story::begun(3);
    story.node(1, "exit", 10_000).node(2, "exit", 10_400).node(2, "start", 12_000);
    story.says(2, 12_001, "follower", 1, None);
    let measures = story.elected_by(3, 2, 12_100, &[2]).end(20_000).outcome().measures;
    let near = |i: &Interregnum, start: u64, end: u64, censored: bool| {
        assert!(i.start.abs_diff(start * MS) < 10 && i.end.abs_diff(end * MS) < 10, "{i:?}");
        assert_eq!(i.censored, censored, "{i:?}");
    };
    assert_eq!(measures.interregna.len(), 3, "{:?}", measures.interregna);
    near(&measures.interregna[0], 0, 310, false);
    near(&measures.interregna[1], 10_000, 10_400, true);
    near(&measures.interregna[2], 12_000, 12_110, false);
    let quantiles = measures.interregnum_quantiles.unwrap();
    assert_eq!((quantiles.n, quantiles.censored), (3, 1));
    assert!(measures.majority_time.abs_diff((20_000 - 1_600) * MS) < 10);
    let led = (20_000.0 - 1_600.0 - 310.0 - 400.0 - 110.0) / (20_000.0 - 1_600.0);
    assert!((measures.availability.unwrap() - led).abs() < 1e-6);
}

#[test]
fn a_change_that_nothing_forced_is_needless() {
    let measures = Story::begun(3).elects(2, 2, 9_000).end(12_000).outcome().measures;
    assert_eq!(measures.needless_changes, 1);
}

#[test]
fn two_claimants_in_different_terms_are_timed() {
    let mut story = Story::begun(3);
    story.fault(1, "inject", "cut", &between(&[1], &[2, 3]), (5_000, 5_001));
    let mut story = story.elected_by(2, 2, 5_300, &[3]);
    story.says(1, 8_300, "follower", 2, Some(2));
    let measures = story.end(12_000).outcome().measures;
    assert!(measures.two_claimants.abs_diff(3_000 * MS) < 10, "{}", measures.two_claimants);
}

#[test]
fn the_first_byte_after_a_heal_is_timed() {
    let mut story = Story::begun(3);
    let cut = between(&[1], &[2]);
    story.fault(1, "inject", "cut", &cut, (5_000, 5_000)).fault(1, "lift", "cut", &cut, (6_000, 6_000));
    story.link("n1->n2", (5_000, 6_000), "cut", 0).link("n1->n2", (6_100, 6_450), "open", 10);
    let heals = story.end(12_000).outcome().measures.heal_to_first_byte;
    assert_eq!(heals.len(), 1);
    assert_eq!((heals[0].link.as_str(), heals[0].lifted, heals[0].first_byte), ("n1->n2", 6_000 * MS, 450 * MS));
}
