use history::Verdict;
use serde_json::json;

use crate::histories::History;

const CHECKER: &str = "process";

fn running() -> History {
    History::of(3).start("n1").node("n1", "ready", json!({}))
}

#[test]
fn a_node_that_dies_unasked_is_rejected() {
    running()
        .node("n1", "exit", json!({"signal": 6}))
        .end()
        .rejected_by(CHECKER, "n1 was ended by signal 6, and no fault had asked for it.");
    running().node("n1", "exit", json!({"status": 101})).end().rejected_by(CHECKER, "n1 exited with status 101");
}

#[test]
fn a_node_that_was_observed_was_ready() {
    let history = History::of(3).start("n1").says("n1", "follower 0 - -").node("n1", "exit", json!({"status": 0}));
    history.rejected_by(CHECKER, "n1 exited with status 0");
}

#[test]
fn a_node_that_dies_before_it_is_ready_is_a_failure_of_the_harness() {
    let judgement = History::of(3).start("n1").node("n1", "exit", json!({"status": 1})).end().asked(CHECKER);
    assert_eq!(judgement.verdict, Verdict::Unknown);
    assert_eq!(judgement.sentence, "harness failure: n1 exited with status 1 before it was ready.");
}

#[test]
fn a_node_that_forked_away_has_not_died_and_is_a_failure_of_the_harness_though_it_was_ready() {
    let exit = json!({"status": 0, "reason": "forked away"});
    let judgement = running().node("n1", "exit", exit).end().asked(CHECKER);
    assert_eq!(judgement.verdict, Verdict::Unknown);
    assert_eq!(judgement.sentence, "harness failure: n1 forked away; run it in the foreground.");
}

#[test]
fn a_node_that_died_when_its_machine_had_run_out_of_something_is_a_failure_of_the_machine() {
    for (reason, said) in [
        ("out of memory", "harness failure: n1 was ended by signal 9 when the machine had run out of memory."),
        ("disk full", "harness failure: n1 was ended by signal 9 when there was no room left on the disk."),
    ] {
        let judgement = running().node("n1", "exit", json!({"signal": 9, "reason": reason})).end().asked(CHECKER);
        assert_eq!((judgement.verdict, judgement.sentence.as_str()), (Verdict::Unknown, said));
    }
    let death = running().node("n1", "exit", json!({"signal": 9, "reason": "out of sorts"})).end().asked(CHECKER);
    assert_eq!(death.verdict, Verdict::Invalid, "a reason that means nothing excuses nothing");
}

#[test]
fn a_death_that_was_asked_for_is_accepted() {
    running().killed("n1").end().accepted_by(CHECKER);
    running()
        .node("n1", "exit", json!({"signal": 9}))
        .inject(1, "kill", json!({"nodes": ["n1"], "span": [2_500_000, 4_000_000]}))
        .end()
        .accepted_by(CHECKER);
    running().inject(1, "restart-all", json!({})).node("n1", "exit", json!({"signal": 9})).end().accepted_by(CHECKER);
}

#[test]
fn a_kill_that_may_have_been_carried_out_excuses_and_one_that_was_skipped_does_not() {
    let killed = |outcome: &str| {
        running()
            .inject(1, "kill", json!({"nodes": ["n1"], "outcome": outcome}))
            .node("n1", "exit", json!({"signal": 9}))
            .end()
    };
    killed("indeterminate").accepted_by(CHECKER);
    killed("skipped").rejected_by(CHECKER, "signal 9");
}

#[test]
fn a_pause_and_the_kill_of_another_excuse_nothing() {
    for kind in ["pause", "stutter", "cut", "degrade"] {
        running()
            .inject(1, kind, json!({"nodes": ["n1"]}))
            .inject(2, "kill", json!({"nodes": ["n2"]}))
            .node("n1", "exit", json!({"signal": 11}))
            .end()
            .rejected_by(CHECKER, "signal 11");
    }
}

#[test]
fn a_kill_excuses_no_later_incarnation() {
    running()
        .inject(1, "kill", json!({"nodes": ["n1"]}))
        .killed("n1")
        .start("n1#2")
        .node("n1#2", "ready", json!({}))
        .node("n1#2", "exit", json!({"signal": 11}))
        .end()
        .rejected_by(CHECKER, "n1 (incarnation 2) was ended by signal 11");
}

#[test]
fn a_death_before_the_kill_is_not_excused_by_it() {
    running()
        .node("n1", "exit", json!({"signal": 11}))
        .inject(1, "kill", json!({"nodes": ["n1"]}))
        .end()
        .rejected_by(CHECKER, "signal 11");
}

#[test]
fn in_the_teardown_and_after_the_end_nodes_may_die() {
    running()
        .line(json!({"type": "harness", "event": "phase", "phase": "teardown"}))
        .node("n1", "exit", json!({"signal": 9}))
        .end()
        .accepted_by(CHECKER);
    running().end().node("n1", "exit", json!({"signal": 15})).accepted_by(CHECKER);
}

#[test]
fn a_death_before_the_teardown_that_is_written_down_in_it_is_rejected() {
    let died = |span: [u64; 2]| {
        running()
            .line(json!({"type": "harness", "event": "phase", "phase": "teardown", "t": 50_000_000}))
            .node("n1", "exit", json!({"t": 90_000_000, "span": span, "status": 0}))
            .end()
    };
    died([30_000_000, 40_000_000]).rejected_by(CHECKER, "n1 exited with status 0");
    died([30_000_000, 60_000_000]).accepted_by(CHECKER);
}

#[test]
fn a_closed_pipe_is_no_death() {
    running().node("n1", "eof", json!({})).end().accepted_by(CHECKER);
}

/// n1 ends by itself under a fault of this kind.
fn died_under(kind: &str, fault: serde_json::Value) -> History {
    running().inject(7, kind, fault).node("n1", "exit", json!({"signal": 11}))
}

#[track_caller]
fn suspected(history: History) {
    let judgement = history.end().asked(CHECKER);
    assert_eq!((judgement.verdict, judgement.judged), (Verdict::Unknown, true), "{judgement:#?}");
    assert_eq!(judgement.violations.len(), 1, "{judgement:#?}");
    assert_eq!(judgement.violations[0].evidence.len(), 2, "the exit and the fault");
    assert!(judgement.sentence.contains("under a fault \"meteor\""), "{}", judgement.sentence);
}

#[test]
fn a_death_under_a_fault_of_an_unknown_kind_is_a_suspicion_and_neither_excused_nor_convicted() {
    suspected(died_under("meteor", json!({"nodes": ["n1"]})));
    suspected(died_under("meteor", json!({"nodes": ["n1"], "outcome": "indeterminate"})));
    suspected(died_under("meteor", json!({})));
    suspected(died_under("meteor", json!({"links": ["n2->n3"]})));
}

#[test]
fn a_fault_of_an_unknown_kind_excuses_nobody_else_and_nothing_that_was_over_before_it_or_begun_after_it() {
    died_under("meteor", json!({"nodes": ["n2"]})).end().rejected_by(CHECKER, "signal 11");
    died_under("meteor", json!({"nodes": ["n1"], "outcome": "skipped"})).end().rejected_by(CHECKER, "signal 11");
    running()
        .node("n1", "exit", json!({"signal": 11}))
        .inject(7, "meteor", json!({"nodes": ["n1"]}))
        .end()
        .rejected_by(CHECKER, "signal 11");
    History::of(3)
        .inject(7, "meteor", json!({"nodes": ["n1"]}))
        .lift(7)
        .start("n1")
        .node("n1", "ready", json!({}))
        .node("n1", "exit", json!({"signal": 11}))
        .end()
        .rejected_by(CHECKER, "signal 11");
}

#[test]
fn who_lived_under_a_fault_of_an_unknown_kind_is_suspected_after_its_lift_too_and_in_every_incarnation_under_it() {
    suspected(running().inject(7, "meteor", json!({"nodes": ["n1"]})).lift(7).node(
        "n1",
        "exit",
        json!({"signal": 11}),
    ));
    suspected(
        running()
            .inject(7, "meteor", json!({"nodes": ["n1"]}))
            .killed("n1")
            .start("n1#2")
            .node("n1#2", "ready", json!({}))
            .node("n1#2", "exit", json!({"signal": 11})),
    );
}

#[test]
fn beside_a_fault_of_an_unknown_kind_a_kill_excuses_and_a_certain_death_convicts() {
    let both = died_under("meteor", json!({"nodes": ["n1"]})).start("n2").node("n2", "ready", json!({}));
    both.node("n2", "exit", json!({"status": 3})).end().rejected_by(CHECKER, "n2 exited with status 3");
    let killed = json!({"nodes": ["n1"], "span": [1_000_000, 9_000_000]});
    died_under("meteor", json!({"nodes": ["n1"]})).inject(8, "kill", killed).end().accepted_by(CHECKER);
}

#[test]
fn a_fault_of_a_disk_excuses_an_exit_unless_the_system_claims_to_survive_it() {
    let died = |claims: &str| {
        died_under("lost-writes", json!({"nodes": ["n1"]})).header("claims", json!({"survives": [claims]})).end()
    };
    died("wipe").accepted_by(CHECKER);
    died("lost-writes").rejected_by(CHECKER, "signal 11");
}
