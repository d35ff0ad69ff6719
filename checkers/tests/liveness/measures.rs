use history::measures::Interregnum;

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
    assert!(election.without_leader.unwrap().abs_diff(510 * MS) < 10, "{election:?}");
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
    let led: Vec<[u64; 2]> = measures.led.unwrap().iter().map(|led| led.map(|at| (at + MS / 2) / MS)).collect();
    assert_eq!(led, [[310, 10_000], [12_110, 20_000]], "and no time without a majority counts as led");
    let quantiles = measures.interregnum_quantiles.unwrap();
    // The first leader's is another thing than what follows.
    assert_eq!((quantiles.n, quantiles.censored, quantiles.p50), (2, 1, None));
    assert!(measures.majority_time.abs_diff((20_000 - 1_600) * MS) < 10);
    let led = (20_000.0 - 1_600.0 - 310.0 - 400.0 - 110.0) / (20_000.0 - 1_600.0);
    assert!((measures.availability.unwrap() - led).abs() < 1e-6);
}

#[test]
fn an_election_time_does_not_hold_the_time_in_which_a_fault_left_no_majority() {
    let away = |lasts: u64| {
        let mut story = Story::begun(3);
        let back = 10_000 + lasts;
        for node in [1, 2] {
            story.fault(1, "inject", "kill", "n1 n2", (10_000, 10_000)).node(node, "exit", 10_000);
        }
        story.node(2, "start", back).says(2, back + 1, "follower", 1, None);
        let measures = story.elected_by(3, 2, back + 200, &[2]).end(back + 9_000).outcome().measures;
        let election = measures.elections[1].clone();
        (election.fault, election.total.unwrap() / MS, election.without_leader.unwrap() / MS)
    };
    assert_eq!(away(2_000), (Some(1), 2_210, 210));
    assert_eq!(away(60_000), (Some(1), 60_210, 210), "it does not matter for how long");
}

#[test]
fn a_majority_that_is_lost_again_begins_the_election_time_anew() {
    let mut story = Story::begun(3);
    story.fault(1, "inject", "kill", "n1", (10_000, 10_000)).node(1, "exit", 10_000);
    story.node(2, "exit", 10_300).node(2, "start", 14_000).says(2, 14_001, "follower", 1, None);
    let measures = story.elected_by(3, 2, 14_100, &[2]).end(20_000).outcome().measures;
    assert_eq!(measures.elections[1].without_leader.unwrap() / MS, 110, "{:?}", measures.elections);
}

#[test]
fn an_election_time_does_not_begin_while_the_old_leader_still_leads() {
    // The fault hits one link of the leader, which goes on with the others; it steps down 8 s later.
    let mut story = Story::begun(5);
    story.fault(1, "inject", "cut", &between(&[1], &[2]), (2_000, 2_000));
    for node in 1..=5 {
        story.says(node, 10_000, "follower", 2, None);
    }
    let measures = story.elects(3, 3, 10_300).end(15_000).outcome().measures;
    let election = &measures.elections[1];
    assert_eq!((election.fault, election.without_leader.unwrap() / MS), (Some(1), 310), "{election:?}");
}

#[test]
fn an_election_without_a_certain_majority_before_it_has_no_time() {
    let mut story = Story::begun(3);
    story.fault(1, "inject", "kill", "n1", (10_000, 10_000)).node(1, "exit", 10_000);
    let slow = between(&[2], &[3]);
    story.fault(2, "inject", "degrade", &slow, (9_000, 9_000)).fault(2, "lift", "degrade", &slow, (14_000, 14_000));
    let outcome = story.elected_by(3, 2, 10_500, &[2]).end(20_000).outcome();
    let election = &outcome.measures.elections[1];
    assert_eq!((election.adoption.is_some(), election.without_leader), (true, None), "{election:?}");
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

#[test]
fn a_fault_hits_the_role_that_its_target_certainly_had() {
    let mut story = Story::begun(3);
    story.fault(1, "inject", "kill", "n1", (10_000, 10_002)).node(1, "exit", 10_002);
    story.fault(2, "inject", "pause", "n2 n3", (10_100, 10_101)).fault(2, "lift", "pause", "n2 n3", (10_150, 10_151));
    // n2 may have become candidate before it was paused or after.
    story.shows("events", 2, (10_200, 10_210), "candidate", 2, Some(None));
    story.fault(3, "inject", "pause", "n2", (10_205, 10_206)).fault(3, "lift", "pause", "n2", (10_300, 10_301));
    story.fault_ended(4, "inject", "kill", "n3", (10_400, 10_401), "skipped");
    story.fault_ended(5, "inject", "kill", "n3", (10_400, 10_401), "indeterminate");
    // A node that is dead has no role.
    story.fault(6, "inject", "kill", "n1", (10_500, 10_501));
    let hits = story.end(20_000).outcome().measures.hits;
    let expected = [("kill leader", 1), ("kill unknown", 1), ("pause follower", 2), ("pause unknown", 1)];
    assert_eq!(hits, expected.map(|(what, count)| (what.to_owned(), count)).into());
}

#[test]
fn an_exit_that_is_told_with_a_wide_span_is_still_that_of_its_fault() {
    let mut story = Story::begun(3);
    story.fault(1, "inject", "kill", "n1", (10_000, 10_002));
    story.raw(
        10_003,
        r#""type":"node","node":"n1","event":"exit","fault":1,"signal":9,"span":[9950000000,10001000000]"#,
    );
    let hits = story.end(20_000).outcome().measures.hits;
    assert_eq!(hits, [("kill leader".to_owned(), 1)].into());
}

#[test]
fn a_cut_counts_for_the_one_node_that_it_isolates() {
    let mut story = Story::begun(3);
    let mut at = 5_000;
    let mut id = 0;
    for links in [
        between(&[1], &[2, 3]),
        "n1->n2 n1->n3".to_owned(),
        "n2->n1 n3->n1".to_owned(),
        between(&[2], &[1, 3]),
        between(&[1], &[2]),
        "n2->n3".to_owned(),
    ] {
        story.fault(id, "inject", "cut", &links, (at, at)).fault(id, "lift", "cut", &links, (at + 10, at + 10));
        (at, id) = (at + 100, id + 1);
    }
    let hits = story.end(12_000).outcome().measures.hits;
    let expected = [("cut follower", 1), ("cut leader", 3), ("cut links", 2)];
    assert_eq!(hits, expected.map(|(what, count)| (what.to_owned(), count)).into());
}

#[test]
fn faults_overlap_only_while_both_are_certainly_in_force() {
    let mut story = Story::begun(3);
    let cut = between(&[1], &[2, 3]);
    story.fault(1, "inject", "cut", &cut, (5_000, 5_001));
    story.fault(2, "inject", "kill", "n2", (5_100, 5_101)).fault(3, "inject", "kill", "n3", (5_200, 5_201));
    story.fault(2, "lift", "kill", "n2", (6_000, 6_010)).fault(1, "lift", "cut", &cut, (6_000, 6_010));
    // This pause may have begun before the cut was lifted, and need not.
    story.fault(4, "inject", "pause", "n1", (5_999, 6_020)).fault(4, "lift", "pause", "n1", (6_100, 6_100));
    let overlaps = story.end(12_000).outcome().measures.overlaps;
    let expected = [("cut + kill", 2), ("kill + kill", 1), ("kill + pause", 1)];
    assert_eq!(overlaps, expected.map(|(what, count)| (what.to_owned(), count)).into());
}

#[test]
fn an_election_counts_as_after_a_kill_only_when_the_effective_leader_before_was_killed() {
    let killed = |kind: &str, whom: &str, outcome: &str, at: u64| {
        let mut story = Story::begun(3);
        story.fault_ended(1, "inject", kind, whom, (at, at + 1), outcome);
        let outcome = story.elected_by(2, 2, 10_500, &[3]).end(20_000).outcome();
        outcome.measures.elections.iter().map(|election| election.after_kill).collect::<Vec<_>>()
    };
    assert_eq!(killed("kill", "n1", "installed", 10_000), [false, true]);
    assert_eq!(killed("kill", "n3", "installed", 10_000), [false, false], "a follower");
    assert_eq!(killed("kill", "n1", "skipped", 10_000), [false, false]);
    assert_eq!(killed("kill", "n1", "indeterminate", 10_000), [false, false]);
    assert_eq!(killed("pause", "n1", "installed", 10_000), [false, false]);
    assert_eq!(killed("kill", "n1", "installed", 200), [false, false], "before it led");
    assert_eq!(killed("kill", "n1", "installed", 15_000), [false, false], "after it was replaced");
}

#[test]
fn a_violation_names_the_kinds_of_faults_that_may_have_been_in_force() {
    let mut story = Story::begun(3);
    let cut = between(&[3], &[1, 2]);
    story.fault(1, "inject", "pause", "n3", (2_000, 2_001)).fault(1, "lift", "pause", "n3", (2_500, 2_501));
    story.fault(2, "inject", "cut", &cut, (3_000, 3_001));
    story.fault_ended(3, "inject", "degrade", "n1->n2", (3_000, 3_001), "indeterminate");
    story.fault_ended(4, "inject", "stutter", "n1", (3_000, 3_001), "skipped");
    story.fault_ended(2, "lift", "cut", &cut, (3_500, 3_501), "indeterminate");
    story.fault(3, "lift", "degrade", "n1->n2", (9_000, 9_050));
    let outcome = story.elected_by(2, 1, 9_040, &[]).end(12_000).outcome();
    let violation = outcome.checkers.iter().find_map(|judgement| judgement.violations.first()).expect("two leaders");
    assert_eq!(violation.faults, ["cut", "degrade"]);
}

#[test]
fn the_sentence_of_a_valid_run_says_what_was_asked_and_how_it_went() {
    let said = |story: Story| {
        let claims = serde_json::json!({"judged": ["election-safety", "re-election"]});
        story.with("claims", claims).outcome().sentence
    };
    let mut story = Story::begun(3);
    story.fault(1, "inject", "kill", "n1", (10_000, 10_000)).node(1, "exit", 10_000);
    let mut story = story.elected_by(2, 2, 10_424, &[3]);
    story.end(20_000);
    let expected = "once a leader was lost; the next led after at most 435 ms (5 s were allowed); a leader for 96 % of the \
                    time with a majority.";
    assert_eq!(said(story.clone()), expected);
    let mut quiet = Story::begun(3);
    quiet.end(20_000);
    assert_eq!(said(quiet), "no leader was replaced; a leader for 98 % of the time with a majority.");
    // A user who asked for no leaders is told how much was asked.
    let claims = serde_json::json!({"judged": ["election-safety"]});
    let told = story.with("claims", claims).outcome().sentence;
    assert!(told.starts_with("1 promise judged, none broken"), "{told}");
}

#[test]
fn a_run_with_other_names_shows_the_same_situations_and_one_with_other_links_shows_others() {
    let killed = |leader: usize, next: usize, cut: &[usize]| {
        let mut story = Story::of(3);
        for node in 1..=3 {
            story.node(node, "start", 0);
            story.says(node, 1, "follower", 0, None);
        }
        let mut story = story.elects(leader, 1, 300);
        let last = 6 - leader - next;
        if let [a, b] = cut {
            story.fault(1, "inject", "cut", &between(&[*a], &[*b]), (5_000, 5_000));
        }
        story.fault(2, "inject", "kill", &format!("n{leader}"), (10_000, 10_001)).node(leader, "exit", 10_001);
        story.elected_by(next, 2, 10_500, &[last]).end(20_000).outcome().measures.situations
    };
    let seen = killed(1, 2, &[]);
    assert_eq!(seen.len(), 2, "a kill, and its answer");
    assert_eq!(killed(3, 1, &[]), seen);
    let parted = killed(1, 2, &[2, 3]);
    assert!(seen.iter().all(|key| !parted.contains(key)), "{seen:?} {parted:?}");
    assert_eq!(killed(2, 3, &[1, 3]), parted);
}

#[test]
fn a_split_vote_is_a_situation() {
    let story = Story::begun(3);
    let undisturbed = story.clone().end(12_000).outcome().measures.situations;
    assert!(undisturbed.is_empty());
    let mut split = story;
    split.says(2, 5_000, "candidate", 2, None);
    assert_eq!(split.elects(3, 3, 5_500).end(12_000).outcome().measures.situations.len(), 1);
}
