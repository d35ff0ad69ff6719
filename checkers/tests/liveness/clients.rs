//! What clients saw stands beside the verdict and changes none.

use serde_json::json;

use super::story::Story;

const MS: u64 = 1_000_000;

/// A leader is killed at 10 s, and the next one led from 10.434 s on.
fn crash() -> Story {
    let mut story = Story::begun(3);
    story.fault(1, "inject", "kill", "n1", (10_000, 10_000)).node(1, "exit", 10_000);
    story.elected_by(2, 2, 10_424, &[3]).with("claims", json!({"judged": ["election-safety", "re-election"]}))
}

/// Attempts of the probe that ended so.
fn probe(story: &mut Story, (from, to): (u64, u64), outcome: &str, attempts: u64) {
    let span = [from * MS, to * MS];
    let line = json!({"type": "probe", "span": span, "outcome": outcome, "attempts": attempts}).to_string();
    story.raw(to, line.trim_matches(['{', '}']));
}

#[test]
fn the_sentence_says_how_long_clients_failed_and_how_long_there_was_no_leader() {
    let said = |story: &mut Story| story.end(20_000).outcome().sentence;
    let mut failed = crash();
    probe(&mut failed, (0, 200), "failed", 1);
    probe(&mut failed, (320, 321), "answered", 1);
    probe(&mut failed, (350, 9_980), "answered", 190);
    probe(&mut failed, (10_010, 10_210), "failed", 1);
    probe(&mut failed, (10_250, 10_500), "failed", 2);
    probe(&mut failed, (10_550, 10_551), "answered", 1);
    probe(&mut failed, (10_600, 19_000), "answered", 160);
    let sentence = said(&mut failed.clone());
    assert!(sentence.ends_with("; clients failed for 490 ms; no leader for 434 ms."), "{sentence}");
    let clients = failed.end(20_000).outcome().measures.clients.unwrap();
    assert_eq!((clients.failed, clients.failed_in_faults, clients.failures), (490 * MS, 490 * MS, 3));

    let mut patient = crash();
    probe(&mut patient, (320, 19_000), "answered", 300);
    probe(&mut patient, (19_000, 19_050), "answered", 1);
    assert!(
        said(&mut patient).ends_with("with a majority; clients never failed."),
        "all before the first answer is not counted"
    );

    let mut late = crash();
    probe(&mut late, (320, 12_000), "failed", 90);
    probe(&mut late, (12_050, 19_000), "answered", 90);
    let sentence = said(&mut late);
    let first = "; clients were first answered after ";
    assert!(sentence.contains(first) && sentence.contains("; then clients never failed"), "{sentence}");

    let mut never = crash();
    probe(&mut never, (320, 19_000), "failed", 90);
    assert!(said(&mut never).ends_with("; clients were never answered."));

    let mut stalled = crash();
    probe(&mut stalled, (320, 321), "answered", 1);
    probe(&mut stalled, (12_000, 12_200), "failed", 1);
    probe(&mut stalled, (12_250, 12_251), "answered", 1);
    stalled.stall(11_900, 12_300);
    let sentence = said(&mut stalled);
    assert!(sentence.contains("clients failed only while the machine stalled"), "{sentence}");
}

#[test]
fn no_probe_whatever_it_sees_changes_a_verdict() {
    let plain = crash().end(20_000).outcome();
    let mut failing = crash();
    probe(&mut failing, (320, 19_999), "failed", 99);
    let mut foreign = crash();
    probe(&mut foreign, (320, 19_999), "shrugged", 99);
    foreign.raw(19_999, r#""type":"probe","outcome":"failed","node":"nobody""#);
    for probed in [&mut failing, &mut foreign] {
        let probed = probed.end(20_000).outcome();
        assert_eq!((probed.verdict, &probed.checkers), (plain.verdict, &plain.checkers));
        assert_eq!(probed.reservations, plain.reservations);
        assert!(plain.measures.clients.is_none() && probed.measures.clients.is_some());
    }
}
