use history::Verdict;
use history::verdict::Judgement;

use super::story::{Story, between};

fn judge(story: &Story) -> Judgement {
    story.judged("re-election")
}

/// n1 of three is killed at 10 s; nobody follows it.
fn leader_dies() -> Story {
    let mut story = Story::begun(3);
    story.node(1, "exit", 10_000).fault(1, "inject", "kill", "n1", (9_999, 10_001));
    story
}

#[test]
fn a_leader_that_is_followed_passes() {
    let judgement = judge(Story::begun(3).end(20_000));
    assert_eq!((judgement.verdict, judgement.counts["windows-passed"]), (Verdict::Valid, 1), "{judgement:?}");
}

#[test]
fn a_majority_without_a_leader_for_longer_than_the_bound_is_found() {
    let judgement = judge(leader_dies().end(16_000));
    assert_eq!(judgement.verdict, Verdict::Invalid);
    let violation = &judgement.violations[0];
    assert_eq!(violation.nodes, ["n2", "n3"]);
    assert!(violation.sentence.contains("although n2 and n3 were up and linked"), "{}", violation.sentence);
    assert!(!violation.evidence.is_empty());
}

#[test]
fn a_window_shorter_than_the_bound_is_untested() {
    let judgement = judge(leader_dies().end(14_000));
    assert_eq!((judgement.verdict, judgement.counts["windows-untested"]), (Verdict::Valid, 1), "{judgement:?}");
}

#[test]
fn a_new_leader_in_time_passes_both_windows() {
    let judgement = judge(leader_dies().elected_by(2, 2, 10_400, &[3]).end(20_000));
    assert_eq!((judgement.verdict, judgement.counts["windows-passed"]), (Verdict::Valid, 2), "{judgement:?}");
}

#[test]
fn a_leader_that_comes_after_the_bound_is_too_late() {
    let judgement = judge(leader_dies().elected_by(2, 2, 15_400, &[3]).end(20_000));
    assert_eq!(judgement.verdict, Verdict::Invalid);
}

#[test]
fn a_node_that_is_just_being_elected_is_told_by_what_it_had_shown() {
    let mut story = leader_dies();
    story.says(3, 15_000, "follower", 1, None).says(2, 15_100, "candidate", 2, None);
    // It leads from some instant between the two on, and its follower names it within them too.
    story.shows("events", 2, (15_390, 15_400), "leader", 2, Some(Some(2)));
    story.shows("events", 3, (15_391, 15_401), "follower", 2, Some(Some(2)));
    let judgement = judge(story.end(20_000));
    assert_eq!(judgement.verdict, Verdict::Invalid);
    let sentence = &judgement.violations[0].sentence;
    assert!(sentence.ends_with("; n2 was candidate in term 2, n3 was follower in term 1"), "{sentence}");
}

#[test]
fn a_heal_inside_ends_the_window_though_both_parts_exceed_the_bound_together() {
    let mut story = leader_dies();
    // The link is lifted and cut again at one instant: the majority changed, however shortly.
    let link = between(&[2], &[3]);
    story.fault(2, "inject", "cut", &link, (13_000, 13_000)).fault(2, "lift", "cut", &link, (13_000, 13_000));
    let judgement = judge(story.end(16_500));
    assert_eq!((judgement.verdict, judgement.counts["windows-untested"]), (Verdict::Valid, 2), "{judgement:?}");
}

#[test]
fn a_restart_at_one_instant_ends_a_window() {
    let mut story = leader_dies();
    story.node(3, "exit", 13_000).node(3, "start", 13_000).says(3, 13_001, "follower", 1, None);
    assert_eq!(judge(story.end(16_500)).verdict, Verdict::Valid);
}

#[test]
fn no_majority_owes_nothing() {
    let mut story = leader_dies();
    story.node(2, "exit", 10_000);
    let judgement = judge(story.end(60_000));
    assert_eq!((judgement.verdict, judgement.counts["windows"]), (Verdict::Valid, 1), "{judgement:?}");
}

#[test]
fn under_degrade_and_stutter_nothing_is_owed() {
    for (kind, what) in
        [("degrade", between(&[2], &[3])), ("stutter", "n2".to_owned()), ("freeze-clock", "n2".to_owned())]
    {
        let mut story = leader_dies();
        story.fault(2, "inject", kind, &what, (10_000, 10_000));
        let judgement = judge(story.end(60_000));
        assert_eq!((judgement.verdict, judgement.counts["windows"]), (Verdict::Valid, 1), "{kind}: {judgement:?}");
    }
}

#[test]
fn under_a_fault_of_an_unknown_kind_nothing_is_owed_of_whom_it_names_until_it_is_certainly_lifted() {
    let under = |what: &str, lift: Option<&str>| {
        let mut story = leader_dies();
        story.fault(7, "inject", "meteor", what, (10_000, 10_000));
        if let Some(outcome) = lift {
            story.fault_ended(7, "lift", "meteor", what, (20_000, 20_000), outcome);
        }
        judge(story.end(60_000)).verdict
    };
    for what in ["n2", "n3", "", "n2->n3", "n1->n2"] {
        assert_eq!(under(what, None), Verdict::Valid, "{what}");
        assert_eq!(under(what, Some("indeterminate")), Verdict::Valid, "{what}");
        assert_eq!(under(what, Some("skipped")), Verdict::Valid, "{what}");
        assert_eq!(under(what, Some("installed")), Verdict::Invalid, "{what}");
    }
    // The others owe a leader all the same, where they are a majority without it and outsiders may do as they like.
    let mut story = Story::begun(5).with("claims", serde_json::json!({"grade": "clique"}));
    story.node(1, "exit", 10_000).fault(1, "inject", "kill", "n1", (9_999, 10_001));
    story.fault(7, "inject", "meteor", "n5", (10_000, 10_000));
    assert_eq!(judge(story.clone().end(60_000)).verdict, Verdict::Invalid);
    story.fault(8, "inject", "meteor", "n4", (10_000, 10_000));
    assert_eq!(judge(story.end(60_000)).verdict, Verdict::Valid);
}

#[test]
fn a_restart_does_not_end_what_an_unknown_fault_may_do() {
    let mut story = leader_dies();
    story.fault(7, "inject", "meteor", "n2", (10_000, 10_000)).node(2, "exit", 11_000).node(2, "start", 12_000);
    story.says(2, 12_001, "follower", 1, None);
    assert_eq!(judge(story.end(60_000)).verdict, Verdict::Valid);
}

#[test]
fn an_indeterminate_cut_is_no_certainty_and_a_skipped_one_is_no_cut() {
    for (outcome, verdict) in [("indeterminate", Verdict::Valid), ("skipped", Verdict::Invalid)] {
        let mut story = leader_dies();
        story.fault_ended(2, "inject", "cut", &between(&[2], &[3]), (10_000, 10_000), outcome);
        assert_eq!(judge(story.end(60_000)).verdict, verdict, "{outcome}");
    }
}

#[test]
fn a_stale_leader_of_an_older_term_is_no_effective_leader() {
    // n1 goes on leading term 1 in the minority; n2 and n3 are at term 2 with no leader.
    let mut story = Story::begun(3);
    story.fault(1, "inject", "cut", &between(&[1], &[2, 3]), (10_000, 10_000));
    story.says(2, 10_300, "candidate", 2, None).says(3, 10_301, "follower", 2, None);
    assert_eq!(judge(story.end(16_000)).verdict, Verdict::Invalid);
}

#[test]
fn a_leader_that_its_followers_name_but_that_is_cut_off_is_none() {
    let mut story = Story::begun(3);
    story.fault(1, "inject", "cut", &between(&[1], &[2, 3]), (10_000, 10_000));
    assert_eq!(judge(story.end(16_000)).verdict, Verdict::Invalid);
}

#[test]
fn a_stall_turns_a_finding_into_doubt_and_leaves_a_pass() {
    let mut story = leader_dies();
    let judgement = judge(story.stall(12_000, 12_300).end(16_000));
    assert_eq!((judgement.verdict, judgement.counts["findings-stalled"]), (Verdict::Unknown, 1), "{judgement:?}");
    let mut story = Story::begun(3);
    let judgement = judge(story.stall(12_000, 12_300).end(16_000));
    assert_eq!((judgement.verdict, judgement.counts["windows-passed"]), (Verdict::Valid, 1), "{judgement:?}");
}

#[test]
fn the_clock_waits_for_the_links_to_carry_but_not_for_ever() {
    let cut = between(&[1, 2, 3], &[1, 2, 3]).split(' ').filter(|l| l[1..2] != l[5..6]).collect::<Vec<_>>().join(" ");
    let healed = |network: &str| {
        let mut story = Story::begun(3).with("network", serde_json::json!(network));
        for node in 1..=3 {
            story.says(node, 5_000, "follower", 2, None);
        }
        story.fault(1, "inject", "cut", &cut, (4_000, 4_000)).fault(1, "lift", "cut", &cut, (8_000, 8_000));
        story
    };
    // On `switch` a cut of 4 s may need 4 s to heal: the bound of 5 s is up at 17 s.
    assert_eq!(judge(healed("switch").end(16_900)).verdict, Verdict::Valid);
    assert_eq!(judge(healed("switch").end(17_100)).verdict, Verdict::Invalid);
    // On `proxy` connections resume within a second.
    assert_eq!(judge(healed("proxy").end(13_900)).verdict, Verdict::Valid);
    assert_eq!(judge(healed("proxy").end(14_100)).verdict, Verdict::Invalid);
    // Bytes were seen on all links at 8.2 s.
    let mut story = healed("switch");
    for link in cut.split(' ') {
        story.link(link, (8_100, 8_200), "open", 12);
    }
    assert_eq!(judge(story.clone().end(13_100)).verdict, Verdict::Valid);
    assert_eq!(judge(story.end(13_300)).verdict, Verdict::Invalid);
}

#[test]
fn a_node_outside_with_a_link_into_the_majority_makes_it_a_matter_of_grade() {
    for (grade, verdict) in [("clean", Verdict::Valid), ("clique", Verdict::Invalid)] {
        // n3 reaches n2 but not the leader n1, and disrupts: terms rise for ever.
        let mut story = Story::begun(3).with("claims", serde_json::json!({"grade": grade}));
        story.fault(1, "inject", "cut", &between(&[1], &[3]), (1_000, 1_000));
        for round in 0..40 {
            let at = 1_100 + round * 200;
            story.says(3, at, "candidate", 2 + round, None);
            story.says(2, at + 1, "follower", 2 + round, None).says(1, at + 2, "follower", 2 + round, None);
        }
        assert_eq!(judge(story.end(9_000)).verdict, verdict, "{grade}");
    }
}

#[test]
fn only_a_hub_claim_owes_a_leader_to_a_chain() {
    for (grade, verdict) in [("clique", Verdict::Valid), ("hub", Verdict::Invalid)] {
        // A star of five around n1.
        let mut story = Story::begun(5).with("claims", serde_json::json!({"grade": grade}));
        let cuts = [between(&[2], &[3, 4, 5]), between(&[3], &[4, 5]), between(&[4], &[5])].join(" ");
        story.fault(1, "inject", "cut", &cuts, (1_000, 1_000));
        for node in 1..=5 {
            story.says(node, 1_200, "follower", 2, None);
        }
        assert_eq!(judge(story.end(9_000)).verdict, verdict, "{grade}");
    }
}

#[test]
fn outsiders_that_only_hear_do_not_matter() {
    // n5 hears the others but cannot speak to them; it comes and goes. The other four lose their leader.
    let mut story = Story::begun(5);
    story.fault(1, "inject", "cut", "n5->n1 n5->n2 n5->n3 n5->n4", (1_000, 1_000));
    for node in 1..=4 {
        story.says(node, 2_000, "follower", 2, None);
    }
    story.node(5, "exit", 4_000).node(5, "start", 5_000);
    assert_eq!(judge(story.end(8_000)).verdict, Verdict::Invalid);
}

#[test]
fn role_and_term_alone_are_enough_to_pass_and_to_fail() {
    let mut story = Story::of(3);
    for node in 1..=3 {
        story.node(node, "start", 0).shows("events", node, (1, 1), "follower", 0, None);
    }
    story.shows("events", 1, (300, 300), "candidate", 1, None).shows("events", 1, (305, 305), "leader", 1, None);
    story.shows("events", 2, (310, 310), "follower", 1, None).shows("events", 3, (310, 310), "follower", 1, None);
    let judgement = judge(story.clone().end(9_000));
    assert_eq!((judgement.verdict, judgement.counts["windows-passed"]), (Verdict::Valid, 1), "{judgement:?}");
    story.shows("events", 1, (700, 700), "follower", 2, None);
    assert_eq!(judge(story.end(9_000)).verdict, Verdict::Invalid);
}

#[test]
fn a_leader_that_may_be_named_is_neither_found_nor_missed() {
    // n2 and n3 show whom they follow at other times, but not in term 2.
    let mut story = Story::begun(3);
    story.says(1, 400, "candidate", 2, None).says(1, 405, "leader", 2, Some(1));
    for node in [2, 3] {
        story.shows("events", node, (410, 410), "follower", 2, None);
    }
    story.node(3, "stop", 500).node(3, "continue", 600);
    let judgement = judge(story.end(9_000));
    assert_eq!((judgement.verdict, judgement.counts["windows-undecided"]), (Verdict::Unknown, 1), "{judgement:?}");
}

#[test]
fn polls_that_agree_pass_and_polls_that_differ_decide_nothing() {
    let poll = |story: &mut Story, at: u64, term: u64, leader: Option<usize>| {
        for node in 1..=3 {
            let role = if leader == Some(node) { "leader" } else { "follower" };
            story.shows("status", node, (at, at + 2), role, term, Some(leader));
        }
    };
    let mut story = Story::of(3);
    (0..200).for_each(|i| poll(&mut story, 100 + 50 * i, 1, Some(1)));
    assert_eq!(judge(story.clone().end(10_200)).counts["windows-passed"], 1);
    let mut story = Story::of(3);
    (0..200).for_each(|i| poll(&mut story, 100 + 50 * i, i, None));
    assert_eq!(judge(story.end(10_200)).verdict, Verdict::Unknown);
    let mut story = Story::of(3);
    (0..200).for_each(|i| poll(&mut story, 100 + 50 * i, 4, None));
    assert_eq!(judge(story.end(10_200)).verdict, Verdict::Invalid);
}

#[test]
fn a_poll_in_another_order_proves_no_less_doubt() {
    let mut story = Story::of(3);
    for i in 0..120 {
        for node in 1..=3 {
            story.shows("status", node, (100 + 50 * i, 102 + 50 * i), "follower", 4, Some(None));
        }
    }
    // One poll in the middle saw a leader; the file has it last.
    for node in 1..=3 {
        let role = if node == 1 { "leader" } else { "follower" };
        story.shows("status", node, (3_120, 3_130), role, 5, Some(Some(1)));
    }
    assert_ne!(judge(story.end(6_200)).verdict, Verdict::Invalid);
}

#[test]
fn widened_spans_never_convict() {
    for wide in [0, 500, 1_200, 3_000] {
        let mut story = Story::begun(3);
        story.fault(1, "inject", "kill", "n1", (10_000 - wide, 10_000 + wide)).node(1, "exit", 10_000 + wide);
        story.shows("events", 2, (10_300, 10_300 + wide), "candidate", 2, Some(None));
        story.shows("events", 2, (10_301, 10_301 + wide), "leader", 2, Some(Some(2)));
        story.shows("events", 3, (10_305, 10_305 + wide), "follower", 2, Some(Some(2)));
        assert_ne!(judge(story.end(20_000)).verdict, Verdict::Invalid, "{wide}");
    }
}

#[test]
fn a_fault_line_that_comes_late_still_counts_from_when_it_was() {
    let mut story = Story::begun(3);
    story.says(2, 10_300, "candidate", 2, None).says(3, 10_301, "follower", 2, None);
    // n3 was paused all the time; the file says so only at the end.
    story.fault(1, "inject", "pause", "n3", (10_302, 10_303)).fault(1, "lift", "pause", "n3", (16_000, 16_001));
    story.node(1, "exit", 10_000);
    assert_eq!(judge(story.end(16_500)).verdict, Verdict::Valid);
}

#[test]
fn histories_with_only_faults_or_only_node_lines_are_understood() {
    let mut faults = Story::of(3);
    let mut nodes = Story::of(3);
    for story in [&mut faults, &mut nodes] {
        for node in 1..=3 {
            story.says(node, 1, "follower", 0, None);
        }
    }
    let mut faults = faults.elects(1, 1, 300);
    faults.fault(1, "inject", "kill", "n1", (10_000, 10_001));
    let mut nodes = nodes.elects(1, 1, 300);
    nodes.node(1, "exit", 10_000);
    for mut story in [faults, nodes] {
        assert_eq!(judge(story.clone().end(14_000)).verdict, Verdict::Valid);
        assert_eq!(judge(story.end(16_000)).verdict, Verdict::Invalid);
    }
}

#[test]
fn the_silence_of_a_torn_history_is_cut_short() {
    let mut story = leader_dies();
    story.raw(15_050, r#""type":"miss","node":"n2""#);
    assert_eq!(judge(&story).verdict, Verdict::Valid);
    assert_eq!(judge(story.raw(15_200, r#""type":"miss","node":"n2""#)).verdict, Verdict::Invalid);
}

#[test]
fn what_happens_in_the_teardown_is_not_judged() {
    let mut story = leader_dies();
    assert_eq!(judge(story.phase("teardown", 14_000).end(30_000)).verdict, Verdict::Valid);
}

#[test]
fn lost_lines_leave_doubt() {
    let mut story = leader_dies();
    story.node(2, "gap", 10_100).node(3, "gap", 10_100);
    assert_eq!(judge(story.end(16_000)).verdict, Verdict::Unknown);
}

#[test]
fn without_a_bound_nothing_is_judged() {
    let judgement = judge(leader_dies().with("bound", serde_json::Value::Null).end(60_000));
    assert!(!judgement.judged);
}

/// Of a passing history the new leader's lines are taken out one by one: without its win there is a finding.
#[test]
fn a_passing_history_without_its_election_is_caught() {
    let mut story = leader_dies().elected_by(2, 2, 10_400, &[3]);
    story.end(20_000);
    assert_eq!(judge(&story).verdict, Verdict::Valid);
    let win = story.lines().iter().position(|line| line["role"] == "leader" && line["term"] == 2).unwrap();
    story.lines().remove(win);
    assert_eq!(judge(&story).verdict, Verdict::Invalid);
}

#[test]
fn who_only_prints_transitions_is_told_to_add_a_poll_and_a_poll_passes_the_window() {
    let observers = |names: &[(&str, &str)]| {
        let one = |&(name, evidence): &(&str, &str)| serde_json::json!({"name": name, "evidence": evidence, "fields": ["role", "term"]});
        serde_json::Value::from(names.iter().map(one).collect::<Vec<_>>())
    };
    let told = |observers: serde_json::Value, polled: bool| {
        let mut story = Story::of(3).with("observers", observers);
        for node in 1..=3 {
            story.node(node, "start", 0);
            let role = if node == 1 { "leader" } else { "follower" };
            story.shows("log", node, (300, 300), role, 4, None);
            for at in (500..12_000).step_by(50).filter(|_| polled) {
                story.shows("status", node, (at, at + 2), role, 4, None);
            }
        }
        judge(story.end(12_000))
    };
    let judgement = told(observers(&[("log", "atomic")]), false);
    assert_eq!(judgement.verdict, Verdict::Unknown, "{judgement:?}");
    assert!(judgement.sentence.contains("Add a poll"), "{}", judgement.sentence);
    let judgement = told(observers(&[("log", "atomic"), ("status", "sampled")]), true);
    assert_eq!((judgement.verdict, judgement.counts["windows-passed"]), (Verdict::Valid, 1), "{judgement:?}");
}

/// Of a step that expects `condition`, which was met.
fn met(story: &mut Story, condition: &str, [from, to]: [u64; 2]) {
    let (earliest, latest) = (from * 1_000_000, to * 1_000_000);
    let what =
        format!(r#""type":"expect","id":1,"span":[{earliest},{latest}],"condition":{condition},"outcome":"met""#);
    story.raw(to, &what);
}

/// A system that prints transitions only: n1 is killed at 2 s, n2 leads from 3 s on. A leader is expected at the beginning, and
/// this after the death.
fn transitions(expected: Option<(&str, u64)>) -> Judgement {
    let log = serde_json::json!([{"name": "log", "evidence": "atomic", "fields": ["role", "term", "leader"]}]);
    let mut story = Story::of(3).with("observers", log);
    for node in 1..=3 {
        story.node(node, "start", 0);
        let role = if node == 1 { "leader" } else { "follower" };
        story.shows("log", node, (300, 300), role, 4, Some(Some(1)));
    }
    met(&mut story, r#""leader""#, [100, 400]);
    story.fault(1, "inject", "kill", "n1", (2000, 2000)).node(1, "exit", 2000);
    if let Some((condition, at)) = expected.filter(|(_, at)| *at < 3000) {
        met(&mut story, condition, [2000, at]);
    }
    story.shows("log", 2, (3000, 3000), "leader", 5, Some(Some(2)));
    story.shows("log", 3, (3010, 3010), "follower", 5, Some(Some(2)));
    if let Some((condition, at)) = expected.filter(|(_, at)| *at >= 3000) {
        met(&mut story, condition, [2000, at]);
    }
    judge(story.end(12_000))
}

#[test]
fn an_expectation_that_was_met_in_a_window_passes_it_for_who_only_prints_transitions() {
    let judgement = transitions(Some((r#"{"new-leader":{"since":1}}"#, 3020)));
    assert_eq!((judgement.verdict, judgement.counts["windows-passed"]), (Verdict::Valid, 2), "{judgement:?}");

    let judgement = transitions(None);
    assert_eq!((judgement.verdict, judgement.counts["windows-undecided"]), (Verdict::Unknown, 1), "{judgement:?}");
    assert!(judgement.sentence.contains("expectation of a leader"), "{}", judgement.sentence);
}

#[test]
fn what_is_expected_beside_a_leader_or_was_printed_before_the_window_passes_none() {
    for (condition, at) in [(r#""terms-agree""#, 3020), (r#""no-leader""#, 2010), (r#""leader""#, 2500)] {
        let judgement = transitions(Some((condition, at)));
        assert_eq!(judgement.verdict, Verdict::Unknown, "{condition} {at}: {judgement:?}");
    }
}

#[test]
fn an_expectation_that_was_met_excuses_no_time_without_a_leader() {
    let mut story = Story::begun(3);
    met(&mut story, r#""leader""#, [0, 400]);
    story.fault(1, "inject", "kill", "n1", (2000, 2000)).node(1, "exit", 2000);
    met(&mut story, r#""leader""#, [2000, 2100]);
    let judgement = judge(story.says(2, 2200, "follower", 1, Some(1)).end(12_000));
    assert_eq!(judgement.verdict, Verdict::Invalid, "{judgement:?}");
}
