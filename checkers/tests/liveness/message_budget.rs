use history::Verdict;
use history::verdict::Judgement;
use serde_json::json;

use super::story::Story;

const NAME: &str = "message-budget";

/// Three nodes that claim the lab's budget; `before` messages have crossed when n1 wins term `term` at 300 ms.
fn begun(before: u64, term: u64) -> Story {
    let mut story = Story::of(3).with("claims", json!({"messages": {"idle": 60, "first": 30}}));
    for node in 1..=3 {
        story.raw(0, &format!(r#""type":"node","node":"n{node}","incarnation":1,"event":"start""#));
        story.says(node, 1, "follower", 0, None);
    }
    counted(&mut story, 250, before);
    story.elects(1, term, 300)
}

fn counted(story: &mut Story, at: u64, passed: u64) {
    let ns = at * 1_000_000;
    story.raw(at, &format!(r#""type":"harness","event":"messages","span":[{ns},{ns}],"passed":{passed}"#));
}

/// Counts every tenth of a second from `from` to `to`, so many messages a second.
fn steady(story: &mut Story, (from, to): (u64, u64), a_second: u64, so_far: u64) -> u64 {
    let mut passed = so_far;
    for at in (from..to).step_by(100) {
        counted(story, at, passed);
        passed += a_second / 10;
    }
    passed
}

fn judged(mut story: Story) -> Judgement {
    story.end(10_000).judged(NAME)
}

#[test]
fn forty_calls_in_an_idle_second_are_allowed_and_seventy_are_not() {
    for (calls, verdict) in [(40, Verdict::Valid), (60, Verdict::Valid), (70, Verdict::Invalid)] {
        let mut story = begun(8, 1);
        steady(&mut story, (400, 9_000), 2 * calls, 8);
        let judgement = judged(story);
        assert_eq!((judgement.verdict, judgement.judged), (verdict, true), "{calls}");
        assert_eq!(judgement.counts["most-calls-a-second"], calls, "{calls}");
        assert!(judgement.counts["idle-seconds"] >= 7, "{calls}");
    }
}

#[test]
fn thirty_calls_up_to_the_first_leader_are_allowed_and_forty_are_not() {
    for (calls, verdict) in [(30, Verdict::Valid), (40, Verdict::Invalid)] {
        let judgement = judged(begun(2 * calls, 1));
        assert_eq!((judgement.verdict, judgement.counts["calls-to-first-leader"]), (verdict, calls));
    }
}

#[test]
fn of_a_record_that_may_lack_its_beginning_no_first_leader_is_known() {
    let mut late = begun(80, 1);
    late.lines().retain(|line| line["event"] != "start");
    let judgement = judged(late);
    assert_eq!((judgement.verdict, judgement.counts.get("calls-to-first-leader")), (Verdict::Valid, None));
}

#[test]
fn rounds_that_are_split_excuse_the_requests_that_they_take() {
    assert_eq!(
        judged(begun(80, 4)).verdict,
        Verdict::Valid,
        "four rounds of three candidates may take 24 calls, and as many again"
    );
    assert_eq!(judged(begun(80, 3)).verdict, Verdict::Invalid);
}

#[test]
fn a_second_with_a_stall_a_fault_or_an_election_in_it_is_not_idle() {
    let busy = |disturb: fn(&mut Story)| {
        let mut story = begun(8, 1);
        let so_far = steady(&mut story, (400, 3_000), 80, 8);
        disturb(&mut story);
        let so_far = steady(&mut story, (3_000, 3_500), 2_000, so_far);
        steady(&mut story, (3_500, 9_000), 80, so_far);
        judged(story).verdict
    };
    assert_eq!(busy(|_| ()), Verdict::Invalid, "nothing happened");
    assert_eq!(busy(|story| _ = story.stall(2_950, 3_550)), Verdict::Valid);
    assert_eq!(busy(|story| _ = story.node(3, "stop", 2_990).node(3, "continue", 3_490)), Verdict::Valid);
    assert_eq!(busy(|story| *story = story.clone().elects(2, 2, 3_000)), Verdict::Valid);
}

#[test]
fn without_a_claim_it_is_not_asked_and_without_counts_it_says_so() {
    let story = begun(800, 1).with("claims", json!({}));
    assert!(story.clone().end(10_000).outcome().checkers.iter().all(|checker| checker.checker != NAME));
    let mut nothing = Story::begun(3).with("claims", json!({"messages": {"idle": 60, "first": 30}}));
    let judgement = nothing.end(10_000).judged(NAME);
    assert_eq!((judgement.verdict, judgement.judged), (Verdict::Valid, false));
}
