use proptest::prelude::*;

use super::super::odds;
use super::super::signature::tests::{found, judgement, outcome};
use super::*;
use crate::results::{Cause, Lost};
use history::finding::{Trouble, safety};
use history::verdict::Outcome;

/// A run that began `began` seconds after an evening's eight o'clock.
fn entry(number: u64, began: u64, exit: u8, outcome: Option<&Outcome>, last_words: &str) -> Entry {
    let lost = Lost::new(Trouble::Overdue, last_words);
    let unit = RunId { number, system: "reference".to_owned(), workload: "chaos".to_owned(), seed: number ^ 64 };
    let moment = UNIX_EPOCH + std::time::Duration::from_secs(1_795_377_600 + began);
    let began = humantime::format_rfc3339_seconds(moment).to_string();
    Entry::of(
        unit,
        format!("chaos-{number}"),
        began,
        4_000_000_000,
        exit,
        outcome,
        (!last_words.is_empty()).then_some(&lost),
    )
}

fn double_vote(nodes: [&str; 2], term: u64, faults: &[&str]) -> Outcome {
    let finding = safety::Finding::TwoLeadersInOneTerm { term, leaders: nodes.map(str::to_owned) }.into();
    let circumstance = history::finding::Circumstance::Paused { nodes: vec!["n3".to_owned()] };
    let mut judgement = found("election-safety", Verdict::Invalid, &[(finding, faults)]);
    judgement.violations[0].circumstances = vec![circumstance];
    let mut outcome = outcome(Verdict::Invalid, vec![judgement]);
    history::words::tell(&mut outcome);
    outcome
}

fn tally<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Tally {
    let mut tally = Tally::default();
    entries.into_iter().for_each(|entry| tally.add(entry));
    tally
}

#[test]
fn three_hundred_failures_of_one_bug_are_one_line_with_their_first_seed() {
    let kinds = [&["cut"][..], &["kill", "pause"], &[]];
    let failed = |n: u64| {
        let nodes = [["n1", "n4"], ["n5", "n2"]][n as usize % 2];
        let outcome = double_vote(nodes, 7 * n, kinds[n as usize % 3]);
        Entry {
            folder: n.is_multiple_of(2).then(|| format!("runs/chaos-{n}")),
            ..entry(n + 11, n, 1, Some(&outcome), "")
        }
    };
    let entries: Vec<Entry> = (0..300).map(failed).collect();
    let tally = tally(entries.iter().rev());
    let groups = tally.groups(FailureClass::Invalid);
    assert_eq!(groups.len(), 1, "{groups:?}");
    let group = groups[0].1;
    assert_eq!((group.runs, group.count, group.first.unit.number), (300, 300, 11));
    assert_eq!(group.first.sentence, "n1 and n4 were both elected leader of term 0; n3 was paused.");
    assert_eq!(group.kept.as_ref().and_then(|kept| kept.folder.as_deref()), Some("runs/chaos-0"));
    let faults: Vec<(&str, u64)> = group.faults.iter().map(|(kind, &runs)| (kind.as_str(), runs)).collect();
    assert_eq!(faults, [("cut", 100), ("kill", 100), ("none", 100), ("pause", 100)]);
    assert_eq!((tally.exit(), tally.verdict()), (1, Verdict::Invalid));
}

#[test]
fn a_run_without_verdict_is_a_failure_of_the_harness_and_grouped_by_its_trouble() {
    let killed = entry(1, 0, 70, None, "the run did not end within 300 s and was killed");
    assert_eq!((killed.ending(), killed.verdict), (Ending::Harness, None));
    let other = entry(2, 0, 70, None, "the run did not end within 45 s and was killed");
    let silent = entry(3, 0, 101, None, "");
    assert_eq!(silent.sentence, "ended with exit code 101");
    let tally = tally([&killed, &other, &silent]);
    let groups = tally.groups(FailureClass::Harness);
    assert_eq!(groups.iter().map(|(_, group)| group.runs).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(groups[0].0.cause.code(), Some("overdue"));
    assert_eq!(groups[1].0.cause.title(), "the harness or its environment failed (exit-101)");
    assert_eq!((tally.exit(), tally.verdict()), (70, Verdict::Unknown));
}

#[test]
fn a_verdict_and_an_exit_code_that_do_not_go_together_count_as_the_worse() {
    let valid = outcome(Verdict::Valid, Vec::new());
    for (exit, ending) in [
        (0, Ending::Valid),
        (1, Ending::Harness),
        (2, Ending::Unknown),
        (70, Ending::Harness),
        (130, Ending::Interrupted),
    ] {
        assert_eq!(entry(0, 0, exit, Some(&valid), "").ending(), ending, "exit {exit}");
    }
    let invalid = double_vote(["n1", "n2"], 3, &[]);
    for exit in [0, 1, 2, 70, 130] {
        assert_eq!(entry(0, 0, exit, Some(&invalid), "").ending(), Ending::Invalid, "exit {exit}");
    }
    assert_eq!(entry(0, 0, 1, None, "boom").ending(), Ending::Harness);
}

#[test]
fn nothing_and_only_unknown_runs_prove_nothing() {
    let empty = Tally::default();
    assert_eq!((empty.exit(), empty.verdict()), (2, Verdict::Unknown));
    assert_eq!(odds::sentence(&empty), "No run was judged, so nothing can be said.");
    let lacking = history::verdict::Judgement {
        sentence: "the run did too little to be judged: 0 of at least 3 leader hits".to_owned(),
        ..judgement("coverage", Verdict::Unknown, &[])
    };
    let unknown = outcome(Verdict::Unknown, vec![lacking]);
    let entries: Vec<Entry> = (0..20).map(|n| entry(n, n, 2, Some(&unknown), "")).collect();
    let tally = tally(&entries);
    assert_eq!((tally.exit(), tally.groups(FailureClass::Unknown).len()), (2, 1));
    assert_eq!(
        odds::sentence(&tally),
        "No run was judged, so nothing can be said. 20 runs were not judged and not counted."
    );
}

#[test]
fn the_statistical_sentence_is_honest_about_runs() {
    let mut entries: Vec<Entry> =
        (0..1000).map(|n| entry(n, n, 0, Some(&outcome(Verdict::Valid, Vec::new())), "")).collect();
    assert_eq!(odds::sentence(&tally(&entries)), "No violation in 1,000 runs: at 95 %, fewer than 1 in 334.");
    entries.iter_mut().for_each(|entry| entry.digest.judged = 41);
    assert_eq!(
        odds::sentence(&tally(&entries)),
        "No violation in 41,000 elections: at 95 %, fewer than 1 in 13,700; by runs, whose elections are not independent of \
         each other, none in 1,000, fewer than 1 in 334."
    );
    entries.push(entry(1000, 0, 1, Some(&double_vote(["n1", "n2"], 3, &[])), ""));
    entries.push(entry(1001, 0, 70, None, "no"));
    assert_eq!(
        odds::sentence(&tally(&entries)),
        "1 of 1,001 runs had a violation: 0.100 %, at 95 % between 0.018 % and 0.56 %. 1 run was not judged and not counted."
    );
}

#[test]
fn a_hundred_thousand_runs_take_no_more_room_than_five_thousand() {
    let mut tally = Tally::default();
    let valid = outcome(Verdict::Valid, Vec::new());
    let mut sample = entry(0, 0, 0, Some(&valid), "");
    let failed = entry(77_777, 0, 1, Some(&double_vote(["n1", "n2"], 3, &[])), "");
    for number in 0..100_000 {
        sample.unit.number = number;
        tally.add(if number == 77_777 { &failed } else { &sample });
    }
    assert!(tally.grid.iter().count() <= PLACES);
    let places: u64 = tally.grid.iter().flat_map(|(_, place)| place.endings.values()).sum();
    assert_eq!(places, 100_000);
    let worst = tally.grid.iter().find(|(_, place)| place.worst.0 == Ending::Invalid).expect("the failure has a place");
    assert_eq!(worst.1.worst.1.unit.number, 77_777);
}

#[test]
fn the_night_is_told_in_few_stretches_and_one_wrong_clock_does_not_spoil_it() {
    let valid = outcome(Verdict::Valid, Vec::new());
    let mut entries: Vec<Entry> = (0..5000).map(|n| entry(n, n * 6, 0, Some(&valid), "")).collect();
    entries[7].began = "1970-01-01T00:00:00Z".to_owned();
    entries[8].began = "yesterday".to_owned();
    let tally = tally(&entries);
    let stretches = tally.timeline.iter().count();
    assert!((STRETCHES / 2..=STRETCHES).contains(&stretches), "{stretches} of {} s", tally.timeline.width() * STRETCH);
    assert_eq!(tally.runs.total(), 5000);
}

#[test]
fn hostile_names_and_sentences_stay_bounded() {
    let evil = "\u{1b}]0;x\u{7}<script>\u{202e}".repeat(10_000);
    let mut bad = outcome(Verdict::Invalid, vec![judgement(&evil, Verdict::Invalid, &[(&evil, &[&evil])])]);
    bad.sentence = evil.clone();
    bad.network = evil.clone();
    bad.nodes = vec![String::new(), evil.clone()];
    bad.measures.hits.insert(evil.clone(), u64::MAX);
    let entry = entry(u64::MAX, 0, 1, Some(&bad), &evil);
    let line = serde_json::to_string(&entry).unwrap();
    assert!(line.len() < 20_000, "{} bytes", line.len());
    assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), entry);
    let tally = tally([&entry, &entry]);
    assert_eq!(tally.hits.iter().map(|(_, &count)| count).collect::<Vec<_>>(), [u64::MAX]);
    assert_eq!(tally.groups(FailureClass::Invalid)[0].1.runs, 2);
}

/// Entries with few or very many signatures, cells, faults and moments.
fn any_entry() -> impl Strategy<Value = Entry> {
    let kinds = prop::collection::vec(prop::sample::select(vec!["cut", "kill", "pause"]), 0..3);
    let times = prop::collection::vec(0..3_000_000u32, 0..4);
    (0..2_000u64, 0..200_000u64, 0..6u8, 0..900u32, kinds, times, any::<bool>()).prop_map(
        |(number, began, ending, what, kinds, times, kept)| {
            let what = format!("broken {}", char::from_u32(0x4e00 + what).unwrap());
            let checker = if number % 2 == 0 { "vote-once" } else { "re-election" };
            let found = [(what.as_str(), kinds.as_slice())];
            let invalid = outcome(Verdict::Invalid, vec![judgement(checker, Verdict::Invalid, &found)]);
            let mut entry = match ending {
                0 | 1 => entry(number, began, 1, Some(&invalid), ""),
                2 => {
                    let mut entry = entry(number, began, 70, None, &what);
                    let detail = vec![what.clone()];
                    entry.failures[0].signature.cause = Cause::Coded { code: "failed".to_owned(), details: detail };
                    entry
                }
                3 => entry(number, began, 2, Some(&outcome(Verdict::Unknown, Vec::new())), ""),
                _ => entry(number, began, 0, Some(&outcome(Verdict::Valid, Vec::new())), ""),
            };
            entry.unit.workload = format!("chaos-{}", number % 300);
            entry.folder = kept.then(|| format!("runs/{number}"));
            entry.digest.hits = kinds.iter().map(|kind| (format!("{kind} {}", number % 400), 1)).collect();
            entry.digest.election_times = times;
            entry.digest.stalls = u64::from(number.is_multiple_of(7));
            entry
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_sums_do_not_depend_on_the_order_even_where_there_is_too_much_to_keep(
        (entries, shuffled) in prop::collection::vec(any_entry(), 0..1500)
            .prop_flat_map(|entries| (Just(entries.clone()), Just(entries).prop_shuffle()))
    ) {
        let (a, b) = (tally(&entries), tally(&shuffled));
        prop_assert!(a == b);
        let groups: u64 = [FailureClass::Invalid, FailureClass::Harness, FailureClass::Unknown]
            .into_iter()
            .flat_map(|class| {
                let own = a.groups(class).into_iter().map(|(_, group)| group.runs).collect::<Vec<_>>();
                own.into_iter().chain(a.others(class).map(|(_, group)| group.runs)).collect::<Vec<_>>()
            })
            .sum();
        prop_assert_eq!(groups + a.rest.as_ref().map_or(0, |rest| rest.runs), entries.iter().map(|e| e.failures.len() as u64).sum::<u64>());
    }
}
