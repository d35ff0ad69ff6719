use history::Verdict;
use serde_json::json;

use crate::histories::History;

const CHECKER: &str = "coverage";

fn requires(what: serde_json::Value) -> History {
    History::of(3).header("coverage", what).says("n1", "candidate 1 n1 -").says("n1", "leader 1 n1 n1")
}

#[track_caller]
fn lacks(history: &History, what: &str) {
    let judgement = history.asked(CHECKER);
    assert_eq!(judgement.verdict, Verdict::Unknown, "{judgement:#?}");
    assert!(judgement.sentence.contains(what), "{}", judgement.sentence);
}

#[test]
fn what_is_not_required_is_not_missed() {
    let history = History::of(3).says("n1", "follower 1");
    history.accepted_by(CHECKER);
    assert_eq!(history.asked(CHECKER).sentence, "nothing was required");
}

#[test]
fn elections_are_terms_with_a_leader() {
    let history = requires(json!({"elections": 2})).says("n1", "leader 1 n1 n1");
    lacks(&history, "1 of at least 2 elections");
    history.says("n2", "leader 2 n2 n2").accepted_by(CHECKER);
}

#[test]
fn a_fault_that_was_skipped_was_not_injected() {
    let history = requires(json!({"faults": 1}));
    lacks(&history.clone().inject(1, "kill", json!({"nodes": ["n2"], "outcome": "skipped"})), "0 of at least 1 faults");
    history.inject(1, "kill", json!({"nodes": ["n2"]})).accepted_by(CHECKER);
}

#[test]
fn a_leader_is_hit_by_a_fault_of_its_process_or_its_links() {
    let history = requires(json!({"leader-hits": 1}));
    lacks(&history.clone().inject(1, "kill", json!({"nodes": ["n2"]})), "0 of at least 1 leader hits");
    lacks(&history.clone().inject(1, "cut", json!({"nodes": ["n1"], "links": ["n2->n3"]})), "leader hits");
    history.clone().inject(1, "kill", json!({"nodes": ["n1"]})).accepted_by(CHECKER);
    history.clone().inject(1, "cut", json!({"links": ["n2->n1"]})).accepted_by(CHECKER);
    lacks(&history.says("n1", "follower 2 - -").inject(1, "pause", json!({"nodes": ["n1"]})), "leader hits");
}

#[test]
fn the_leader_is_the_one_at_the_time_of_the_fault_not_of_its_line() {
    let late = json!({"nodes": ["n1"], "links": ["n1->n2"], "span": [2_000_000, 2_100_000]});
    requires(json!({"leader-hits": 1})).says("n1", "follower 2 - -").inject(1, "cut", late).accepted_by(CHECKER);
}

#[test]
fn a_pause_in_which_the_process_wrote_is_none() {
    let pause = json!({"nodes": ["n1"], "span": [2_000_000, 2_100_000]});
    let paused = |history: History| history.inject(1, "pause", pause.clone());
    paused(requires(json!({"leader-hits": 1}))).accepted_by(CHECKER);
    lacks(&paused(requires(json!({"leader-hits": 1})).says("n1", "follower 2 - -")), "0 of at least 1 leader hits");
}

#[test]
fn a_cut_is_proved_by_counters_of_every_link_of_which_one_carried_something_at_another_time() {
    let cut = || requires(json!({"cuts-proven": true})).inject(1, "cut", json!({"links": ["n1->n2", "n2->n1"]}));
    let counter = |link: &str, passed: u64, span: [u64; 2]| json!({"type": "link", "link": link, "span": span, "rule": "cut", "passed": passed});
    let during = [3_000_000, 4_000_000];
    lacks(&cut(), "0 of 1 cuts proved");
    lacks(&cut().line(counter("n1->n2", 0, during)).lift(1), "0 of 1 cuts proved");
    lacks(&cut().line(counter("n1->n2", 0, during)).line(counter("n2->n1", 17, during)).lift(1), "0 of 1");
    let zero = |history: History| history.line(counter("n1->n2", 0, during)).line(counter("n2->n1", 0, during)).lift(1);
    let open = |passed: u64, span: [u64; 2]| json!({"type": "link", "link": "n2->n1", "span": span, "rule": "open", "passed": passed});
    zero(cut()).line(open(9, [4_000_000, 5_000_000])).accepted_by(CHECKER);
    zero(cut().line(open(9, [0, 3_000_000]))).accepted_by(CHECKER);
    lacks(&zero(cut()), "0 of 1 cuts proved");
    lacks(&zero(cut()).line(open(0, [4_000_000, 5_000_000])), "0 of 1 cuts proved");
    let earlier = [0, 1_000_000];
    lacks(&cut().line(counter("n1->n2", 0, earlier)).line(counter("n2->n1", 0, earlier)).lift(1), "0 of 1");
}

#[test]
fn an_expectation_that_was_not_met_counts_even_if_none_was_required() {
    let met = json!({"type": "expect", "id": 3, "outcome": "met"});
    let unmet = json!({"type": "expect", "id": 4, "outcome": "unmet"});
    let history = requires(json!({"expectations": 1}));
    lacks(&history, "0 of at least 1 expectations met");
    history.clone().line(met.clone()).accepted_by(CHECKER);
    lacks(&history.line(met).line(unmet.clone()), "1 expectation not met");
    lacks(&History::of(3).says("n1", "follower 1").line(unmet), "1 expectation not met");
}

/// A system whose leaders lead on occasion, and a workload that asks for all that one can.
fn occasional() -> History {
    let all = json!({"leader-hits": 2, "elections": 3, "windows": 4, "faults": 3, "expectations": 7});
    requires(all).header("claims", json!({"judged": ["election-safety"], "occasional-leaders": true}))
}

#[test]
fn occasional_leaders_are_held_to_elections_after_a_fault_instead_of_to_leaders_that_stand() {
    lacks(&occasional(), "0 of at least 1 faults installed, 0 of at least 2 elections after the first fault");
    let unmet = json!({"type": "expect", "id": 4, "outcome": "unmet"});
    let hit = occasional().inject(1, "kill", json!({"nodes": ["n2"]})).line(unmet);
    lacks(&hit.clone().says("n1", "leader 1 n1 n1"), "0 of at least 2 elections after");
    let once = hit.says("n3", "leader 2 n3 n3");
    lacks(&once, "1 of at least 2 elections after");
    once.says("n2", "leader 3 n2 n2").accepted_by(CHECKER);
}

#[test]
fn polls_of_an_occasional_leader_are_no_elections() {
    let hit = occasional().inject(1, "kill", json!({"nodes": ["n2"]}));
    let atomic = hit.clone().says("n3", "leader 2 n3 n3").says("n2", "leader 3 n2 n2");
    atomic.accepted_by(CHECKER);
    lacks(
        &hit.seen("status", "n3", "leader 2 n3 n3").seen("status", "n2", "leader 3 n2 n2"),
        "0 of at least 2 elections after",
    );
}

#[test]
fn occasional_leaders_are_not_judged_by_what_needs_a_leader_that_stands() {
    let history = occasional().header("claims", json!({"occasional-leaders": true}));
    let outcome = history.judge();
    for word in ["re-election", "stability", "final-leader"] {
        assert!(outcome.checkers.iter().all(|judgement| judgement.checker != word), "{word} was judged");
    }
    let two = occasional().inject(1, "kill", json!({"nodes": ["n3"]})).says("n2", "leader 1 n2 n2");
    assert_eq!(two.judge().verdict, Verdict::Invalid, "two leaders of one term are no occasion");
}

#[test]
fn windows_are_owed_only_where_re_election_is_judged() {
    let history = requires(json!({"windows": 3}));
    lacks(&history, "0 of at least 3 re-election windows passed");
    history.header("claims", json!({"judged": ["election-safety"]})).accepted_by(CHECKER);
}

#[test]
fn a_wait_in_vain_counts_for_nothing_where_the_schedule_only_waits() {
    let unmet = json!({"type": "expect", "id": 4, "outcome": "unmet"});
    let led = |coverage| requires(coverage).says("n3", "leader 2 n3 n3").line(unmet.clone());
    lacks(&led(json!({"elections": 1})), "1 expectation");
    led(json!({"elections": 1, "waits-in-vain": true})).accepted_by(CHECKER);
    lacks(&led(json!({"elections": 3, "waits-in-vain": true})), "2 of at least 3 elections");
}
