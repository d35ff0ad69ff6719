//! Faults of disks: what they excuse, what they do not, and that a node has to come back.

use history::Verdict;
use serde_json::{Value, json};

use crate::histories::History;

fn survives(word: &str) -> Value {
    json!({"survives": [word]})
}

fn cut(history: History) -> History {
    history.inject(1, "power-cut", json!({"nodes": ["n1"]})).says("n1#1", "follower 5").says("n1#2", "follower 0")
}

#[test]
fn a_term_that_falls_over_a_power_cut_is_the_system_s_fault_only_where_it_claims_to_survive_one() {
    cut(History::of(3).header("claims", survives("power-cut"))).rejected_by("term-monotonic", "term 5");
    let judgement = cut(History::of(3)).asked("term-monotonic");
    assert_eq!(judgement.verdict, Verdict::Unknown);
    assert!(judgement.sentence.starts_with("unknown (assumption broken)"), "{}", judgement.sentence);
}

#[test]
fn a_disk_that_keeps_what_posix_promises_and_no_more_convicts_nobody() {
    for claims in [survives("power-cut"), json!({})] {
        let judgement =
            cut(History::of(3).header("claims", claims).header("disk", json!("strict"))).asked("term-monotonic");
        assert_eq!(judgement.verdict, Verdict::Unknown);
        assert!(judgement.sentence.starts_with("unknown (not promised by POSIX)"), "{}", judgement.sentence);
    }
    let torn = History::of(3).header("claims", survives("power-cut")).header("disk", json!("torn"));
    cut(torn).rejected_by("term-monotonic", "term 5");
}

#[test]
fn a_crash_at_an_operation_excuses_no_lost_term_unless_the_power_was_gone_as_well() {
    let crashed = |power: bool| {
        let fault = json!({"nodes": ["n1"], "fault": {"kind": "crash-at", "power_cut": power}});
        History::of(3).inject(1, "crash-at", fault).says("n1#1", "follower 5").says("n1#2", "follower 0")
    };
    crashed(false).rejected_by("term-monotonic", "term 5");
    assert_eq!(crashed(true).asked("term-monotonic").verdict, Verdict::Unknown);
}

/// `n1` was ready, was ended by this fault, and its next incarnation ended before it was ready.
fn gone(history: History, kind: &str, more: Value) -> History {
    let history = history.start("n1").node("n1", "ready", json!({})).inject(1, kind, more);
    history.killed("n1").start("n1#2").node("n1#2", "exit", json!({"status": 65}))
}

#[test]
fn a_node_that_does_not_come_back_after_a_crash_of_its_disk_did_that_by_itself() {
    let claims = || History::of(3).header("claims", survives("power-cut"));
    let said = "n1 (incarnation 2) exited with status 65 before it was ready, after a `power-cut` of its disk.";
    gone(claims(), "power-cut", json!({"nodes": ["n1"]})).end().rejected_by("process", said);
    gone(History::of(3), "crash-at", json!({"nodes": ["n1"]})).end().rejected_by("process", "after a `crash-at`");
}

#[test]
fn a_node_that_does_not_come_back_is_no_certain_finding_where_its_disk_lost_what_it_does_not_claim_to_do_without() {
    let judgement = gone(History::of(3), "power-cut", json!({"nodes": ["n1"]})).end().asked("process");
    assert_eq!(judgement.verdict, Verdict::Unknown, "{judgement:#?}");
    assert!(
        judgement.sentence.contains("did not") || judgement.sentence.contains("power-cut"),
        "{}",
        judgement.sentence
    );
    let killed = gone(History::of(3), "kill", json!({"nodes": ["n1"]})).end().asked("process");
    assert!(killed.sentence.starts_with("harness failure"), "{}", killed.sentence);
    let other = gone(History::of(3), "power-cut", json!({"nodes": ["n2"]})).end().asked("process");
    assert!(other.sentence.starts_with("harness failure"), "{}", other.sentence);
}

#[test]
fn a_sick_disk_excuses_the_end_of_its_node_unless_the_system_claims_to_survive_just_that() {
    for kind in ["fsync-fails", "disk-full", "disk-hangs", "read-only"] {
        let died = |history: History| {
            let history = history.start("n1").node("n1", "ready", json!({})).inject(1, kind, json!({"nodes": ["n1"]}));
            history.node("n1", "exit", json!({"status": 1})).end()
        };
        died(History::of(3)).accepted_by("process");
        died(History::of(3).header("claims", survives(kind))).rejected_by("process", "n1 exited with status 1");
    }
}

/// `n1` was seen, lost its power, and its next incarnation ran from 100 to 2200 ms without a sign of life. The bound is 2 s.
fn hung(history: History, more: impl FnOnce(History) -> History) -> History {
    let history = history.header("bound", json!(2_000_000_000_u64));
    let history = history.start("n1").says("n1", "follower 5").inject(1, "power-cut", json!({"nodes": ["n1"]}));
    let history = more(history.killed("n1").start("n1#2").lift(1));
    history.node("n1#2@100..2200", "silent", json!({})).says("n2@2300..2300", "follower 5").end()
}

#[test]
fn a_node_that_hangs_after_a_power_cut_did_not_come_back() {
    let claims = || History::of(3).header("claims", survives("power-cut"));
    let found = hung(claims(), |history| history).rejected_by("process", "n1 (incarnation 2) hung before it was ready");
    assert_eq!(found.violations[0].finding.code(), Some("did-not-come-back"));
    let judgement = hung(History::of(3), |history| history).asked("process");
    assert_eq!(judgement.verdict, Verdict::Unknown, "it does not claim to survive a power cut: {judgement:#?}");
}

#[test]
fn a_node_that_hangs_is_not_accused_where_anything_else_may_be_to_blame() {
    let claims = || History::of(3).header("claims", survives("power-cut"));
    let pause = |history: History| history.inject(2, "pause", json!({"nodes": ["n1"]}));
    hung(claims(), pause).accepted_by("process");
    let cut = |history: History| history.inject(2, "cut", json!({"nodes": ["n2"], "links": ["n2->n3"]}));
    hung(claims(), cut).accepted_by("process");
    let stall =
        json!({"type": "harness", "event": "stall", "cause": "processor", "span": [500_000_000_u64, 600_000_000_u64]});
    hung(claims(), |history| history.line(stall)).accepted_by("process");
    hung(claims(), |history| history.says("n1#2@90..90", "follower 5")).accepted_by("process");
    // A line that tells of less than the bound.
    hung(claims(), |history| history).header("bound", json!(3_000_000_000_u64)).accepted_by("process");
    // What prints only its changes prints nothing while it waits; a poll, or whoever prints its start, shows it.
    let shown = |observer: Value| claims().header("observers", json!([observer]));
    let prints = json!({"name": "events", "evidence": "atomic", "durable": true});
    hung(shown(prints), |history| history).accepted_by("process");
    let polled = json!({"name": "events", "evidence": "sampled", "period": 50_000_000_u64});
    hung(shown(polled), |history| history).rejected_by("process", "hung before it was ready");
    // Nothing was ever seen of it: there may be nothing to be seen.
    let blind = claims().header("bound", json!(2_000_000_000_u64)).start("n1");
    let blind = blind.inject(1, "power-cut", json!({"nodes": ["n1"]})).killed("n1").start("n1#2").lift(1);
    blind.node("n1#2@100..2200", "silent", json!({})).says("n2@2300..2300", "follower 5").end().accepted_by("process");
    // It was killed, and its disk is as it was.
    let killed = claims().header("bound", json!(2_000_000_000_u64)).start("n1").says("n1", "follower 5");
    let killed = killed.inject(1, "kill", json!({"nodes": ["n1"]})).killed("n1").start("n1#2").lift(1);
    killed.node("n1#2@100..2200", "silent", json!({})).says("n2@2300..2300", "follower 5").end().accepted_by("process");
}
