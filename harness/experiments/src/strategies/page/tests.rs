use campaign::results::Digest;

use super::*;
use crate::pages::write;
use crate::tests::entry;
use campaign::plan::{ExperimentAnswer, ExperimentFacts};

/// Every cell has `each` runs: what `digest` says and the checkers that `invalid` names.
fn carried_out(
    each: u64,
    digest: impl Fn(&Cell, u64) -> Digest,
    invalid: impl Fn(&Cell) -> &'static [&'static str],
) -> (ExperimentAnswer, String) {
    let experiment = crate::find("strategies").unwrap().experiment(each);
    let mut entries = Vec::new();
    for cell in &experiment.cells {
        for run in 0..each {
            entries.push(crate::tests::entry(&cell.id, entries.len() as u64, digest(cell, run), invalid(cell)));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let answer = write(folder.path(), &experiment, entries, &ExperimentFacts::default()).unwrap();
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    (answer, page)
}

fn good(run: u64) -> Digest {
    let time = |n: u64| 150_000 + ((run * 4 + n) * 7919 % 150) as u32 * 1000;
    Digest { expectations_met: 9, interregna: (0..4).map(time).collect(), ..Digest::default() }
}

fn findings(answer: &ExperimentAnswer) -> Vec<String> {
    answer.sentences.iter().map(|said| said.split(':').next().unwrap().to_owned()).collect()
}

#[test]
fn when_all_pass_the_claims_of_failing_are_refuted_and_nothing_is_an_alarm() {
    let (answer, page) = carried_out(60, |_, run| good(run), |_| &[]);
    assert_eq!(findings(&answer)[1], "refuted", "{:?}", answer.sentences);
    assert_eq!(findings(&answer)[5], "confirmed", "{:?}", answer.sentences);
    assert_eq!(findings(&answer)[7], "refuted", "no faster: {:?}", answer.sentences);
    assert!(answer.alarms.is_empty() && answer.complete);
    assert!(page.contains("60 of 60") && page.contains("94.0–100.0 %"), "Wilson of 60 of 60");
    assert_eq!(answer.answer["cells"].as_array().unwrap().len(), answer.cells.len());
}

#[test]
fn what_is_timed_is_the_re_election_and_not_the_wait_for_a_majority() {
    // The first election, the re-election, and what is left to wait when a majority is back: early is faster only in the last.
    let times = |cell: &Cell, run: u64| {
        let last = if cell.axis("strategy") == Some("early") { 1_000 } else { 150_000 };
        let one = good(run).interregna[1];
        Digest { interregna: vec![190_000, one, last], election_times: vec![one, 2_200_000], ..good(run) }
    };
    let (answer, page) = carried_out(60, times, |_| &[]);
    let of = |id: &str| {
        let cells = answer.answer["cells"].as_array().unwrap();
        cells.iter().find(|cell| cell["id"] == id).unwrap()["re_election_times"].clone()
    };
    let (early, speculative) = (of("early-native/re-election-cut/3"), of("speculative-native/re-election-cut/3"));
    assert_eq!(early, speculative);
    assert!(early["count"] == 60 && early["max"].as_u64() < Some(300_000_000), "{early}");
    assert_eq!(findings(&answer)[7], "refuted", "no faster: {:?}", answer.sentences);
    assert!(page.contains("early (720)"), "60 runs of 12 cells");
}

#[test]
fn a_strategy_that_waits_too_long_confirms_the_claim_and_is_no_alarm() {
    let late = |cell: &Cell, run: u64| {
        let waits = cell.axis("strategy") == Some("sequential") && cell.axis("rpc") == Some("1s") && run < 20;
        Digest { expectations_unmet: u64::from(waits), ..good(run) }
    };
    let (answer, _) = carried_out(40, late, |_| &[]);
    assert_eq!(findings(&answer)[2], "confirmed", "{:?}", answer.sentences);
    assert_eq!(findings(&answer)[4], "confirmed", "{:?}", answer.sentences);
    assert!(answer.alarms.is_empty(), "{:?}", answer.alarms);
}

#[test]
fn an_unbroken_node_that_fails_is_an_alarm_and_stands_first() {
    let early = |cell: &Cell| cell.id == "early-native/re-election-cut/3";
    let late = |cell: &Cell, run: u64| Digest { expectations_unmet: u64::from(early(cell) && run == 3), ..good(run) };
    let (answer, page) = carried_out(8, late, |_| &[]);
    assert_eq!(answer.alarms.len(), 1, "{:?}", answer.alarms);
    assert!(
        answer.alarms[0].contains("early, native timer") && answer.alarms[0].contains("1 run of re-election by cut")
    );
    assert!(page.contains("ALARM"));
    let safety = |cell: &Cell| if cell.axis("strategy") == Some("sequential") { &["vote-once"][..] } else { &[] };
    let (answer, _) = carried_out(1, |_, run| good(run), safety);
    assert!(!answer.alarms.is_empty(), "safety is owed by every strategy");
}

#[test]
fn a_failure_on_a_machine_that_stalled_counts_nowhere() {
    let stalled = |_: &Cell, run: u64| match run {
        0 => Digest { expectations_unmet: 1, stalls: 1, ..good(run) },
        _ => Digest { stalls: 1, ..good(run) },
    };
    let (answer, page) = carried_out(4, stalled, |_| &[]);
    assert!(answer.alarms.is_empty(), "{:?}", answer.alarms);
    assert!(page.contains("3 of 3") && page.contains("+ 1 stalled"));
}

#[test]
fn a_note_that_passes_and_is_found_out_is_shown_as_both_and_is_no_alarm() {
    let is_note = |cell: &Cell| cell.axis("strategy") == Some("lab-note-1:early") && cell.axis("by") == Some("kill");
    let (answer, page) =
        carried_out(5, |_, run| good(run), |cell| if is_note(cell) { &["term-monotonic"] } else { &[] });
    assert!(answer.alarms.is_empty(), "{:?}", answer.alarms);
    assert!(page.contains("term-monotonic 5 of 5"));
    let two = |cell: &Cell| if is_note(cell) { &["election-safety"][..] } else { &[] };
    let (_, page) = carried_out(5, |_, run| good(run), two);
    assert!(page.contains("0 of 5"), "two leaders of one term fail the lab's test");
}

#[test]
fn the_first_failure_that_was_kept_is_linked() {
    let mut results = Results::default();
    let late = Digest { expectations_unmet: 1, ..good(0) };
    results.add(&entry("x", 0, late.clone(), &[]));
    results.add(&Entry { folder: Some("runs/x-1".into()), ..entry("x", 1, late, &[]) });
    assert_eq!(results.first.unwrap().0.as_deref(), Some("runs/x-1"));
}

#[test]
fn what_was_not_asked_is_neither_answered_nor_drawn() {
    let experiment = crate::find("strategies").unwrap().experiment(1);
    let notes: Vec<_> = experiment.cells.iter().filter(|cell| Key::of(cell).is_note()).collect();
    let entries: Vec<_> = (0u64..).zip(&notes).map(|(run, cell)| entry(&cell.id, run, good(run), &[])).collect();
    let folder = tempfile::tempdir().unwrap();
    let answer = write(folder.path(), &experiment, entries, &ExperimentFacts::default()).unwrap();
    assert_eq!(answer.sentences.len(), 5, "the claims of the notes: {:?}", answer.sentences);
    assert!(answer.sentences.iter().all(|said| said.contains("lab-note")), "{:?}", answer.sentences);
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("8 claims more") && !page.contains("of 0 runs") && !page.contains("No election was timed"));
}
