//! Members that were removed and do not know it, and records that begin after the members had changed.

use history::Verdict;
use serde_json::json;

use super::story::Story;

fn believes(story: &mut Story, node: usize, at: u64, voters: &[&str]) {
    let (voters, ns) = (json!(voters), at * 1_000_000);
    let text = format!(r#""type":"voters","node":"n{node}","span":[{ns},{ns}],"evidence":"atomic","voters":{voters}"#);
    story.raw(at, &text);
}

/// n3 unseats the leader three times; n1 and n2 elect another one each time.
fn disturbs(story: &mut Story) {
    for (round, term) in [(1, 2), (2, 4), (3, 6)] {
        let at = 10_000 + 2_000 * round;
        story.says(3, at, "candidate", term, None).says(1, at + 1, "follower", term, None);
        story.says(2, at + 1, "follower", term, None).says(2, at + 200, "candidate", term + 1, None);
        story.says(2, at + 210, "leader", term + 1, Some(2)).says(1, at + 220, "follower", term + 1, Some(2));
    }
}

fn removed(knows: &[usize], told: bool) -> Story {
    let mut story = Story::begun(3);
    for node in 1..=3 {
        believes(&mut story, node, 1_000, &["n1", "n2", "n3"]);
    }
    if told {
        knows.iter().for_each(|&node| believes(&mut story, node, 5_000, &["n1", "n2"]));
    }
    disturbs(&mut story);
    story.end(40_000).clone()
}

#[track_caller]
fn ends(story: &Story, checker: &str, verdict: Verdict) {
    let judgement = story.judged(checker);
    assert_eq!(judgement.verdict, verdict, "{}", judgement.sentence);
}

#[test]
fn a_member_that_was_removed_and_has_not_heard_of_it_disturbs_lawfully() {
    ends(&removed(&[1, 2], true), "stability", Verdict::Valid);
    ends(&removed(&[1, 2], false), "stability", Verdict::Invalid);
}

#[test]
fn a_node_that_does_not_vote_and_stands_for_election_disturbs_the_others() {
    let two = |lines: fn(&mut Story)| {
        let mut story = Story::begun(3).with("voters", json!(["n1", "n2"]));
        lines(&mut story);
        story.end(40_000).clone()
    };
    ends(&two(disturbs), "stability", Verdict::Valid);
    // It follows, and the voters disturb each other.
    let alone = |story: &mut Story| {
        *story =
            (2..6).fold(story.clone(), |story, term| story.elects(1 + term as usize % 2, term, 5_000 + 1_000 * term));
    };
    ends(&two(alone), "stability", Verdict::Invalid);
}

#[test]
fn in_a_record_that_begins_late_nobody_knows_what_was_believed_before_the_first_line_of_it() {
    // The members were n1 alone for a while; n1 led then, and n2 and n3 were not up.
    let record = |whole: bool| {
        let mut story = Story::of(3).with("voters", json!(["n1", "n2", "n3"]));
        if whole {
            (1..=3).for_each(|node| {
                story.node(node, "start", 0);
            });
        }
        for node in 1..=3 {
            story.says(node, 1_000, "follower", 1, None);
        }
        story.node(2, "exit", 2_000).node(3, "exit", 2_000);
        story.fault(1, "inject", "kill", "n2 n3", (1_990, 2_010));
        story.says(1, 5_000, "candidate", 2, None).says(1, 5_001, "leader", 2, Some(1));
        believes(&mut story, 1, 9_000, &["n1"]);
        story.end(12_000).clone()
    };
    ends(&record(true), "no-leader-without-quorum", Verdict::Invalid);
    ends(&record(false), "no-leader-without-quorum", Verdict::Valid);
}
