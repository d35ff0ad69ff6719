//! A correct cluster is never called broken.
//!
//! A simulated Raft-election cluster ([`cluster`]) goes through random faults and is written down as a recorder would
//! write it ([`writer`]). No checker may call any of these histories invalid. `MODEL_HISTORIES` sets how many are
//! tried, `MODEL_FIRST` the first seed.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod cluster;
mod damage;
mod disturb;
mod writer;

use checkers::world::effective::sweep;
use checkers::world::{Picture, World};
use history::Reader;
use history::{Outcome, Verdict};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn judged(seed: u64, text: &str) -> Outcome {
    let outcome = checkers::judge::judge(Reader::new(text.as_bytes()).unwrap()).unwrap();
    if let Some(judgement) = outcome.checkers.iter().find(|judgement| judgement.verdict == Verdict::Invalid) {
        let path = std::env::temp_dir().join(format!("model-{seed}.jsonl"));
        std::fs::write(&path, text).unwrap();
        panic!("seed {seed}, kept as {}: {judgement:#?}", path.display());
    }
    outcome
}

#[test]
fn wider_spans_and_shuffled_polls_never_convict() {
    let (first, count) = (number("MODEL_FIRST", 1), number("MODEL_HISTORIES", 150) / 2);
    for seed in first..first + count {
        let text = disturb::disturbed(&writer::history(seed), seed);
        assert_ne!(judged(seed, &text).verdict, Verdict::Invalid);
    }
}

#[test]
fn no_history_of_a_correct_cluster_is_invalid() {
    let (first, count) = (number("MODEL_FIRST", 1), number("MODEL_HISTORIES", 150));
    let mut totals = std::collections::BTreeMap::<String, u64>::new();
    for seed in first..first + count {
        let text = writer::history(seed);
        for judgement in &judged(seed, &text).checkers {
            *totals.entry(format!("{} {}", judgement.checker, judgement.verdict.as_str())).or_default() += 1;
            for (what, count) in &judgement.counts {
                *totals.entry(format!("{} {what}", judgement.checker)).or_default() += count;
            }
        }
    }
    println!("{totals:#?}");
    // The histories must be worth judging.
    assert!(totals["re-election windows-passed"] > count, "{totals:#?}");
    assert!(totals["no-leader-without-quorum wins"] > count, "{totals:#?}");
}

fn picture(text: &str) -> Picture {
    let mut reader = Reader::new(text.as_bytes()).unwrap();
    let mut world = World::new(reader.header());
    while let Some(event) = reader.next_event().unwrap() {
        world.feed(&event);
    }
    world.close()
}

/// For how long some node was certainly linked to a majority within `[from, to)`.
fn with_majority(picture: &Picture, from: u64, to: u64) -> u64 {
    let mut time = 0;
    sweep(picture, from, to, |from, to, view| {
        time += if view.majority_exists() { to - from } else { 0 };
        true
    });
    time
}

#[test]
fn no_election_time_is_longer_than_the_time_with_a_majority_in_its_interval() {
    let (first, count) = (number("MODEL_FIRST", 1), number("MODEL_HISTORIES", 150));
    let (mut timed, mut shorter) = (0, 0);
    for seed in first..first + count {
        let text = disturb_every_third(seed);
        let picture = picture(&text);
        for election in checkers::measure::measure(&picture).elections {
            let Some(time) = election.without_leader else { continue };
            let adopted = election.won + election.adoption.unwrap();
            let most = with_majority(&picture, election.fault_at.unwrap_or(0), adopted);
            assert!(time <= most, "seed {seed}: {most} ns with a majority: {election:?}");
            timed += 1;
            shorter += u64::from(election.total.is_some_and(|total| total > time));
        }
    }
    assert!(timed > count && shorter > 0, "worth a property: {timed} timed, {shorter} shorter than from the fault");
}

fn disturb_every_third(seed: u64) -> String {
    let text = writer::history(seed);
    if seed.is_multiple_of(3) { disturb::disturbed(&text, seed) } else { text }
}

#[test]
fn less_evidence_never_convicts() {
    let (first, count) = (number("MODEL_FIRST", 1), number("MODEL_HISTORIES", 150) / 5);
    let mut convicted = Vec::new();
    for seed in first..first + count {
        let whole = writer::whole(seed);
        judged(seed, &whole);
        for damage in damage::Damage::ALL {
            let text = damage.done_to(&whole, seed);
            // What nobody can see to be missing is not missing.
            if damage == damage::Damage::HalfNumbered && !damage::has_a_hole(&text) {
                continue;
            }
            let Ok(outcome) = Reader::new(text.as_bytes()).and_then(checkers::judge::judge) else { continue };
            if let Some(judgement) = outcome.checkers.iter().find(|judgement| judgement.verdict == Verdict::Invalid) {
                let path = std::env::temp_dir().join(format!("damaged-{seed}-{damage:?}.jsonl"));
                std::fs::write(&path, &text).unwrap();
                convicted.push(format!("seed {seed}, {damage:?}: {}: {}", judgement.checker, judgement.sentence));
            }
        }
    }
    assert!(convicted.is_empty(), "{} false alarms:\n{}", convicted.len(), convicted.join("\n"));
}
