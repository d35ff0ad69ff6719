use serde_json::json;

use crate::histories::History;

#[test]
fn a_stall_is_told_and_does_no_harm_by_itself() {
    let history = History::of(3)
        .says("n1", "follower 1")
        .line(json!({"type": "harness", "event": "stall", "span": [1_000_000, 81_000_000]}))
        .end();
    history.accepted_by("harness-health");
    let judgement = history.asked("harness-health");
    assert_eq!(judgement.counts["stalls"], 1);
    assert!(judgement.sentence.contains("stalled 1 time, 80 ms in all"), "{}", judgement.sentence);
}

#[test]
fn a_stall_never_excuses_safety() {
    History::of(3)
        .line(json!({"type": "harness", "event": "stall", "span": [0, 81_000_000]}))
        .says("n1", "leader 5 n1 n1")
        .says("n2", "leader 5 n2 n2")
        .rejected_by("election-safety", "term 5");
}
