use std::collections::BTreeSet;

use crate::results::{Cause, Digest, Entry, Failure, RunId, Signature};
use history::Verdict;

use super::*;

/// Runs of elections with a mood of the run's own; `slower` stretches them.
pub(crate) fn runs(seed: u64, count: u64, elections: u64, slower: f64) -> Vec<Entry> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    (0..count)
        .map(|number| {
            let mood = draw(30_000);
            let time = |drawn: u64| ((150_000 + mood + drawn) as f64 * slower) as u32;
            let election_times: Vec<u32> = (0..elections).map(|_| time(draw(150_000))).collect();
            let digest = Digest { interregna: election_times.clone(), election_times, ..Digest::default() };
            run(number, 0, digest)
        })
        .collect()
}

pub(super) fn run(number: u64, exit: u8, digest: Digest) -> Entry {
    let verdict = match exit {
        0 => Some(Verdict::Valid),
        1 => Some(Verdict::Invalid),
        2 => Some(Verdict::Unknown),
        _ => None,
    };
    let signature = Signature {
        system: "reference".into(),
        checker: "election-safety".into(),
        faults: vec![],
        cause: Cause::Told("two nodes were elected <leader> of one term".into()),
    };
    let failure =
        Failure { signature, verdict: Verdict::Invalid, count: 1, sentence: "n1 and n2".into(), faults: vec![] };
    Entry {
        search: None,
        unit: RunId { number, system: "reference".into(), workload: "chaos".into(), seed: number },
        run: format!("chaos-{number}"),
        cell: String::new(),
        began: String::new(),
        duration: 1,
        exit,
        verdict,
        sentence: String::new(),
        gist: Default::default(),
        network: "switch".into(),
        version: None,
        failures: if exit == 1 { vec![failure] } else { vec![] },
        digest,
        folder: None,
    }
}

pub(crate) fn side(label: &str, runs: Vec<Entry>, facts: &[(&str, &str)]) -> Side {
    let facts = facts.iter().map(|(what, value)| ((*what).into(), BTreeSet::from([(*value).into()]))).collect();
    Side { label: label.into(), facts, runs }
}

fn failing(mut runs: Vec<Entry>, failed: usize) -> Vec<Entry> {
    for (number, old) in runs.iter_mut().enumerate().take(failed) {
        *old = run(number as u64, 1, old.digest.clone());
    }
    runs
}

fn ask(a: Vec<Entry>, b: Vec<Entry>) -> Comparison {
    let a = side("one", a, &[("program", "1.0")]);
    compare(&a, &side("two", b, &[("program", "1.1")]), &Question::default())
}

#[test]
fn equals_are_not_shown_to_be_worse_and_the_sentence_claims_no_more() {
    let comparison = ask(runs(1, 30, 40, 1.0), runs(2, 30, 40, 1.0));
    assert_eq!(comparison.answer, Answer::NotWorse, "{}", comparison.sentence);
    assert!(comparison.sentence.starts_with("B is not shown to be worse than A: 0 of 30 runs against 0 of 30 runs"));
    assert_eq!(comparison.elections.judged().count(), 3);
    assert_eq!(comparison.elections.drawn, Redrawn::Runs);
    assert!(comparison.elections.confidence > 0.98, "three intervals that hold together");
}

#[test]
fn a_slower_b_is_worse_and_a_faster_one_is_not() {
    let slower = ask(runs(1, 30, 40, 1.0), runs(2, 30, 40, 1.5));
    assert_eq!(slower.answer, Answer::Worse);
    assert!(
        slower.sentence.contains("p50 of the election time") && slower.sentence.contains("10.0 %"),
        "{}",
        slower.sentence
    );
    let median = &slower.elections.quantiles[0];
    let [Some(low), Some(high)] = median.relative else { panic!("{median:?}") };
    assert!(low > 0.3 && high < 0.7 && low < median.ratio() && median.ratio() < high, "{median:?}");
    assert_eq!(ask(runs(2, 30, 40, 1.5), runs(1, 30, 40, 1.0)).answer, Answer::NotWorse);
}

#[test]
fn what_is_within_the_tolerance_is_not_worse_and_the_tolerance_is_the_users() {
    let (a, b) = (side("a", runs(1, 40, 40, 1.0), &[]), side("b", runs(1, 40, 40, 1.2), &[]));
    let with = |tolerance| compare(&a, &b, &Question { tolerance, ..Question::default() }).answer;
    assert_eq!(with(0.05), Answer::Worse);
    assert_eq!(with(0.30), Answer::NotWorse);
}

#[test]
fn more_failures_are_worse_only_beyond_chance() {
    let many = ask(runs(1, 30, 40, 1.0), failing(runs(2, 30, 40, 1.0), 7));
    assert_eq!(many.answer, Answer::Worse);
    assert!(many.sentence.contains("7 of 30 runs failed against 0 of 30 runs of A (p = 0.01"), "{}", many.sentence);
    assert_eq!(many.because, [Reason::FailsMoreOften]);
    assert_eq!((many.rates.findings.len(), many.rates.findings[0].rate.b.of), (1, 7));
    let few = ask(runs(1, 30, 40, 1.0), failing(runs(2, 30, 40, 1.0), 3));
    assert_eq!(few.answer, Answer::NotWorse, "{}", few.sentence);
    let fewer = ask(failing(runs(1, 30, 40, 1.0), 9), runs(2, 30, 40, 1.0));
    assert_eq!(fewer.answer, Answer::NotWorse, "a B that fails less often is not worse");
}

#[test]
fn one_run_each_is_shown_and_decides_only_when_it_is_told_to() {
    let (a, b) = (side("a", runs(1, 1, 60, 1.0), &[]), side("b", runs(1, 1, 60, 2.0), &[]));
    let comparison = compare(&a, &b, &Question::default());
    assert_eq!(comparison.answer, Answer::Unknown);
    assert_eq!(comparison.elections.drawn, Redrawn::Stretches);
    assert!(comparison.elections.quantiles[0].relative[0].is_some_and(|low| low > 0.5));
    assert!(comparison.sentence.contains("--within-runs"), "{}", comparison.sentence);
    assert!(comparison.warnings.iter().any(|warning| warning.contains("nothing about other runs")));
    let within = compare(&a, &b, &Question { within_runs: true, ..Question::default() });
    assert_eq!(within.answer, Answer::Worse, "{}", within.sentence);
}

#[test]
fn one_failure_in_one_run_proves_nothing() {
    let comparison = ask(runs(1, 1, 60, 1.0), failing(runs(1, 1, 60, 1.0), 1));
    assert_eq!(comparison.answer, Answer::Unknown);
    assert_eq!(comparison.rates.failed.p, 1.0);
}

#[test]
fn too_few_elections_or_runs_without_verdict_are_unknown() {
    let few = ask(runs(1, 9, 3, 1.0), runs(2, 9, 3, 1.0));
    assert_eq!(few.answer, Answer::Unknown);
    let too_few = ["A", "B"].map(|side| Reason::TooFewElections { side: side.to_owned() });
    assert_eq!(few.because[..2], too_few, "{:?}", few.reasons);
    assert!(few.sentence.contains("A has 27 elections after a fault, fewer than 30"), "{}", few.sentence);
    let broken = (0..30).map(|number| run(number, 70, Digest::default())).collect();
    let broken = ask(runs(1, 30, 40, 1.0), broken);
    assert_eq!(broken.answer, Answer::Unknown);
    assert!(broken.sentence.contains("no run of B was judged"), "{}", broken.sentence);
    let mut half = runs(2, 30, 40, 1.0);
    half.iter_mut().take(15).for_each(|old| *old = run(old.unit.number, 2, old.digest.clone()));
    let half = ask(runs(1, 30, 40, 1.0), half);
    assert_eq!(half.answer, Answer::Unknown);
    assert!(half.sentence.contains("15 of 30 runs could not be judged"), "{}", half.sentence);
    assert_eq!(ask(vec![], vec![]).answer, Answer::Unknown);
}

#[test]
fn elections_that_a_stall_overlapped_are_left_out_and_not_their_runs_and_that_is_said() {
    let mut stalled = runs(2, 30, 40, 1.0);
    for old in stalled.iter_mut().take(10) {
        old.digest.stalls = 1;
        old.digest.times_stalled = old.digest.election_times.drain(..4).count() as u64;
    }
    let comparison = ask(runs(1, 30, 40, 1.0), stalled);
    assert_eq!(comparison.answer, Answer::NotWorse, "{}", comparison.sentence);
    assert_eq!((comparison.elections.in_b, comparison.elections.runs_in_b), (1160, 30));
    assert!(comparison.warnings.iter().any(|warning| warning.contains("In 10 of 30 runs of B")
        && warning.contains("40 elections that a stall overlapped are left out")));
    assert!(comparison.cautions.contains(&Caution::Stalled { side: "B".to_owned() }));
    assert!(comparison.cautions.contains(&Caution::StalledMoreOften));
    assert!(comparison.warnings.iter().any(|warning| warning.contains("Significantly more runs of B stalled")));
}

#[test]
fn stalls_that_overlapped_no_election_are_no_reason_for_a_note() {
    let mut stalled = runs(2, 30, 40, 1.0);
    stalled.iter_mut().take(3).for_each(|run| run.digest.stalls = 1);
    let comparison = ask(runs(1, 30, 40, 1.0), stalled);
    assert_eq!(comparison.b.stalled, 3);
    assert!(!comparison.cautions.iter().any(|caution| matches!(caution, Caution::Stalled { .. })));
    assert!(!comparison.warnings.iter().any(|warning| warning.contains("left out")), "{:?}", comparison.warnings);
    assert!(!text(&comparison).contains(" 0 elections"), "{}", text(&comparison));
}

#[test]
fn a_tolerance_of_more_than_all_is_told_as_it_is() {
    let tolerant = Question { tolerance: 8.0, ..Question::default() };
    let (a, b) = (side("a", runs(1, 30, 40, 1.0), &[]), side("b", runs(2, 30, 40, 20.0), &[]));
    let comparison = compare(&a, &b, &tolerant);
    assert_eq!(comparison.answer, Answer::Worse);
    assert!(comparison.sentence.contains("by more than 800.0 %"), "{}", comparison.sentence);
    assert!(page::page(&comparison, &[], None).contains("lies above 800.0 %"));
}

#[test]
fn a_p99_of_few_elections_is_not_shown() {
    let mut b = runs(2, 10, 10, 1.0);
    b.iter_mut().for_each(|run| run.digest.election_times[0] = 9_000_000);
    let comparison = ask(runs(1, 10, 10, 1.0), b);
    let shown: Vec<f64> = comparison.elections.quantiles.iter().map(|quantile| quantile.q).collect();
    assert_eq!(shown, [0.5, 0.9]);
    assert!(!text(&comparison).contains("p99"), "{}", text(&comparison));
}

#[test]
fn runs_that_differ_only_in_how_long_the_majority_is_away_are_not_worse() {
    let digest = |away: u64, seed: u64| {
        let election = |n: u64| {
            let time = (150 + (n * 37 + seed * 11) % 150) * 1_000_000;
            serde_json::json!({"fault": 1, "adoption": 0, "total": time + away, "without_leader": time})
        };
        let outcome = serde_json::json!({
            "schema": 1, "run": "r", "system": "reference", "workload": "chaos", "network": "switch", "verdict": "valid",
            "safety": "judged", "sentence": "", "checkers": [],
            "history": {"events": 0, "length": 0, "ended": true, "end_reason": "complete", "torn": false},
            "measures": {"elections": (0..30).map(election).collect::<Vec<_>>()},
        });
        Digest::of(&serde_json::from_value(outcome).unwrap())
    };
    let side = |away: u64| -> Vec<Entry> { (0..12).map(|seed| run(seed, 0, digest(away, seed))).collect() };
    let comparison = ask(side(200_000_000), side(9_000_000_000));
    assert_eq!(comparison.answer, Answer::NotWorse, "{}", comparison.sentence);
    assert_eq!(comparison.elections.distance, Some(0.0));
}

#[test]
fn times_of_an_older_version_are_left_out_and_that_is_said() {
    let mut old = runs(2, 30, 40, 1.0);
    for run in &mut old {
        run.digest.old_times = std::mem::take(&mut run.digest.election_times);
    }
    let comparison = ask(runs(1, 30, 40, 1.0), old);
    assert_eq!((comparison.answer, comparison.elections.in_b), (Answer::Unknown, 0));
    assert!(
        comparison.warnings.iter().any(|warning| warning.starts_with("1200 elections are of B")),
        "{:?}",
        comparison.warnings
    );
}

#[test]
fn whatever_else_differs_is_said_and_so_is_that_nothing_does() {
    let facts = [("program", "1.0"), ("workload", "chaos")];
    let a = side("a", runs(1, 10, 40, 1.0), &facts);
    let alike = compare(&a, &side("b", runs(2, 10, 40, 1.0), &facts), &Question::default());
    assert_eq!(alike.cautions, [Caution::SetUpAlike]);
    assert!(alike.differences.is_empty() && alike.warnings[0].contains("set up alike"));
    let one = compare(
        &a,
        &side("b", runs(2, 10, 40, 1.0), &[("program", "1.1"), ("workload", "chaos")]),
        &Question::default(),
    );
    assert!(one.warnings.is_empty(), "{:?}", one.warnings);
    let two = side("b", runs(2, 10, 40, 1.0), &[("program", "1.1"), ("workload", "calm")]);
    let two = compare(&a, &two, &Question::default());
    assert_eq!(two.cautions, [Caution::SeveralDifferences]);
    assert!(
        two.warnings[0].contains("program (1.0 in A, 1.1 in B); workload (chaos in A, calm in B)"),
        "{:?}",
        two.warnings
    );
}

#[test]
fn what_clients_saw_is_a_row_of_its_own_and_decides_nothing() {
    let seen = |failed| {
        let mut runs = runs(1, 10, 40, 1.0);
        let clients = crate::results::ClientTimes {
            probed: 10_000_000_000,
            attempts: 200,
            failures: 2,
            failed,
            longest: failed / 2,
            outages: 2,
        };
        runs.iter_mut().for_each(|run| run.digest.clients = Some(clients));
        runs
    };
    let comparison = ask(seen(100_000_000), seen(5_000_000_000));
    assert_eq!(comparison.answer, Answer::NotWorse);
    let printed = text(&comparison);
    assert!(printed.contains("clients failed for 1.00 s of 100.0 s, in 20 outages, the longest 50 ms"), "{printed}");
    assert!(!text(&ask(runs(1, 10, 40, 1.0), runs(1, 10, 40, 1.0))).contains("clients"));
}

#[test]
fn the_same_folders_give_the_same_bytes() {
    let json = || serde_json::to_string(&ask(runs(1, 12, 40, 1.0), runs(2, 12, 40, 1.0))).unwrap();
    assert_eq!(json(), json());
    let back: Comparison = serde_json::from_str(&json()).unwrap();
    assert_eq!((back.answer, back.elections.in_b), (Answer::NotWorse, 480), "{}", back.sentence);
}

#[test]
fn what_is_written_is_whole_escapes_what_is_hostile_and_says_the_same_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let a = side("<script>a", failing(runs(1, 20, 40, 1.0), 2), &[("program", "<b>")]);
    let b = side("b\u{1b}[31m", runs(2, 20, 40, 1.6), &[("program", "1.1")]);
    let comparison = compare(&a, &b, &Question::default());
    let written = write(folder.path(), &a, &b, &comparison).unwrap();
    let page = std::fs::read_to_string(written.report).unwrap();
    assert!(!page.contains("<script>") && !page.contains("<b>&lt;") && !page.contains('\u{1b}'));
    assert!(page.contains("WORSE") && page.contains("&lt;script&gt;a"));
    let json: Comparison = serde_json::from_slice(&std::fs::read(written.json).unwrap()).unwrap();
    assert_eq!(json.sentence, comparison.sentence);
    assert!(text(&comparison).starts_with(&comparison.sentence));
    let svg = std::fs::read_to_string(folder.path().join("plots/elections.svg")).unwrap();
    let svg = roxmltree::Document::parse(&svg).unwrap();
    assert!(svg.descendants().filter(|node| node.has_tag_name("polyline")).count() >= 4);
}

#[test]
fn sides_without_elections_have_a_page_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let empty = side("a", vec![], &[]);
    let comparison = compare(&empty, &empty, &Question::default());
    let written = write(folder.path(), &empty, &empty, &comparison).unwrap();
    let page = std::fs::read_to_string(written.report).unwrap();
    assert!(page.contains("too few for a quantile") && page.contains("No election after a fault was timed"));
}

#[test]
fn each_sentence_of_compare_json_has_its_value_beside_it_and_that_of_another_version_is_read() {
    let mut slower = failing(runs(2, 9, 3, 2.0), 9);
    slower.iter_mut().for_each(|run| run.digest.stalls = 1);
    let comparison = ask(runs(1, 9, 3, 1.0), slower);
    let mut json = serde_json::to_value(&comparison).unwrap();
    for (sentences, values) in [("reasons", "because"), ("warnings", "cautions")] {
        let values = json[values].as_array().unwrap();
        assert!(!values.is_empty() && values.len() == json[sentences].as_array().unwrap().len(), "{json:#}");
        assert!(values.iter().all(|value| value["code"].is_string()), "{json:#}");
    }
    assert_eq!(serde_json::from_value::<Comparison>(json.clone()).unwrap(), comparison);
    json["because"][0] = serde_json::json!({"code": "a-later-reason", "why": 1});
    let later: Comparison = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(later).unwrap()["because"], json["because"]);
    for later in ["because", "cautions"] {
        json.as_object_mut().unwrap().remove(later);
    }
    assert!(serde_json::from_value::<Comparison>(json).unwrap().because.is_empty(), "of before there were values");
}

#[test]
fn another_program_with_another_version_is_one_difference_and_it_is_the_version_that_is_named() {
    let facts = |version: &'static str, program: &'static str| {
        [("version", version), ("program", program), ("parameter program", program), ("workload", "leader-crash")]
    };
    let ask = |a: &[(&str, &str)], b: &[(&str, &str)]| {
        let sides = (side("a", runs(1, 10, 40, 1.0), a), side("b", runs(2, 10, 40, 1.0), b));
        compare(&sides.0, &sides.1, &Question::default())
    };
    let old = facts("2.9.10", "/usr/sbin/nats-server (852696c3)");
    let new = facts("2.15.1", "/opt/nats-server (00000001)");
    let two = ask(&old, &new);
    assert_eq!(two.differences.len(), 1, "{:?}", two.differences);
    assert_eq!(two.differences[0].words(), "version 2.9.10 against 2.15.1");
    assert!(!two.cautions.contains(&Caution::SeveralDifferences));
    let shown = page::page(&two, &[], None);
    let (_, same) = shown.split_once("The same on both sides: ").unwrap();
    let (same, _) = same.split_once("</p>").unwrap();
    assert!(same.contains("workload leader-crash") && !same.contains("nats-server"), "{same}");
    assert!(shown.contains("/opt/nats-server"), "the other side's program is shown");
    let moved = ask(&old, &facts("2.9.10", "/opt/nats-server (852696c3)"));
    assert!(moved.differences.is_empty(), "the same bytes in another place: {:?}", moved.differences);
    let rebuilt = ask(&old, &facts("2.9.10", "/opt/nats-server (00000002)"));
    assert_eq!(rebuilt.differences[0].words(), "program (/usr/sbin/nats-server in A, /opt/nats-server in B)");
    let place =
        |name: &str| format!("/home/somebody/a/folder/that/is/very/very/far/away/from/the/root/{name} (0000{name})");
    let [long, other] = ["old", "new"].map(|name| vec![("version", "1"), ("program", place(name).leak() as &str)]);
    let far = ask(&long, &other).differences[0].words();
    assert!(far.contains("from/the/root/old in A, …") && far.ends_with("from/the/root/new in B)"), "{far}");
    let untold = ask(&old[1..], &new[1..]);
    assert_eq!((untold.differences.len(), untold.differences[0].what.as_str()), (1, "program"));
}
