//! What is owed while a cluster grows or shrinks.

use history::Verdict;

use super::story::Story;

/// These nodes come to believe at `at` that the first `voters` nodes vote.
fn believe(story: &mut Story, nodes: std::ops::RangeInclusive<usize>, at: u64, voters: usize) {
    let voters: Vec<String> = (1..=voters).map(|node| format!("n{node}")).collect();
    let (voters, ns) = (serde_json::json!(voters), at * 1_000_000);
    for node in nodes {
        let text =
            format!(r#""type":"voters","node":"n{node}","span":[{ns},{ns}],"evidence":"atomic","voters":{voters}"#);
        story.raw(at, &text);
    }
}

/// Ten nodes, of which the first five vote; all follow n1, and at 10 s n1 dies for good.
fn leader_dies(then: impl Fn(&mut Story)) -> Story {
    let mut story = Story::begun(10).with("voters", serde_json::json!(["n1", "n2", "n3", "n4", "n5"]));
    believe(&mut story, 1..=10, 1_000, 5);
    then(&mut story);
    story.node(1, "exit", 10_000);
    story
}

#[track_caller]
fn judged(story: &Story, checker: &str, verdict: Verdict) {
    let judgement = story.judged(checker);
    assert_eq!(judgement.verdict, verdict, "{}", judgement.sentence);
}

#[test]
fn a_majority_of_the_new_members_owes_a_leader_and_one_of_the_old_alone_does_not() {
    // n6 to n10 are down as well: of five voters four are up, and of ten no majority.
    let half_down = |story: &mut Story| {
        (6..=10).for_each(|node| {
            story.node(node, "exit", 9_000);
        });
    };
    judged(leader_dies(half_down).end(60_000), "re-election", Verdict::Invalid);
    let grown = |story: &mut Story| believe(story, 1..=10, 5_000, 10);
    judged(
        leader_dies(|story| {
            grown(story);
            half_down(story)
        })
        .end(60_000),
        "re-election",
        Verdict::Valid,
    );
    judged(leader_dies(grown).end(60_000), "re-election", Verdict::Invalid);
    // Some believe in the new members and some do not: what is a majority of both owes a leader, and nothing else.
    let some = |story: &mut Story| believe(story, 1..=3, 5_000, 10);
    judged(
        leader_dies(|story| {
            some(story);
            half_down(story)
        })
        .end(60_000),
        "re-election",
        Verdict::Valid,
    );
    judged(leader_dies(some).end(60_000), "re-election", Verdict::Invalid);
}

#[test]
fn a_majority_of_those_that_are_left_owes_a_leader_when_the_others_are_gone() {
    let shrunk = |tell: bool| {
        let mut story = Story::begun(5);
        believe(&mut story, 1..=5, 1_000, 5);
        if tell {
            believe(&mut story, 1..=3, 5_000, 3);
        }
        story.node(4, "exit", 6_000).node(5, "exit", 6_000).node(1, "exit", 10_000);
        story.end(60_000).clone()
    };
    // Of five voters two are no majority; of three they are.
    judged(&shrunk(false), "re-election", Verdict::Valid);
    judged(&shrunk(true), "re-election", Verdict::Invalid);
}

#[test]
fn nobody_wins_whom_no_configuration_lets_win() {
    let wins = |grown: usize, up: std::ops::RangeInclusive<usize>| {
        let mut story = Story::begun(10).with("voters", serde_json::json!(["n1", "n2", "n3", "n4", "n5"]));
        believe(&mut story, 1..=10, 1_000, 5);
        believe(&mut story, 1..=grown, 5_000, 10);
        for node in (2..=10).filter(|node| !up.contains(node)) {
            story.node(node, "exit", 9_000);
        }
        story.says(1, 11_000, "candidate", 2, None).says(1, 11_050, "leader", 2, Some(1));
        story.end(12_000).clone()
    };
    judged(&wins(10, 2..=6), "no-leader-without-quorum", Verdict::Valid);
    judged(&wins(10, 2..=5), "no-leader-without-quorum", Verdict::Invalid);
    judged(&wins(3, 2..=3), "no-leader-without-quorum", Verdict::Invalid);
    // n3 still believes in the five.
    judged(&wins(2, 2..=3), "no-leader-without-quorum", Verdict::Valid);
}
