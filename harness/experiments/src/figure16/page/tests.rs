use campaign::results::{Digest, RunId};
use history::Verdict;

use super::published::{ONGARO, sample};
use super::*;

fn experiment() -> Experiment {
    crate::find("figure16").unwrap().experiment(100)
}

/// A finished run with these crashes.
fn entry(cell: &str, crashes: Vec<CrashTimes>, verdict: Verdict) -> Entry {
    let digest = Digest {
        crashes,
        observed: 10_000_000_000,
        stalled: 1_000_000_000,
        host_idle: Some(0.75),
        host_waiting: Some(0.1),
        ..Digest::default()
    };
    Entry {
        search: None,
        version: None,
        unit: RunId::default(),
        cell: cell.to_owned(),
        run: format!("{cell}-1"),
        began: String::new(),
        duration: 1,
        exit: if verdict == Verdict::Invalid { 1 } else { 0 },
        verdict: Some(verdict),
        sentence: "n2 and n4 were both elected leader of term 41".to_owned(),
        gist: Default::default(),
        network: String::new(),
        failures: Vec::new(),
        digest,
        folder: None,
    }
}

fn ended(micros: u32, split_rounds: u32) -> CrashTimes {
    let settled = 1_000_000;
    CrashTimes {
        settled,
        arrival: Some(micros),
        campaign: Some(20_000),
        watched: micros,
        split_rounds,
        ..CrashTimes::default()
    }
}

fn page_of(entries: &[Entry]) -> (Figure16, Experiment) {
    let (mut page, experiment) = (Figure16::default(), experiment());
    for entry in entries {
        let at = experiment.find(&entry.cell).unwrap();
        page.add(&experiment.cells[at], entry);
    }
    (page, experiment)
}

/// A sample that follows the published quantiles in straight lines, `factor` times as long.
fn like_published(range: &str, factor: f64) -> Vec<CrashTimes> {
    let points = &sample(ONGARO, range).unwrap().points;
    let time = |share: f64| {
        let at = points.partition_point(|point| point.1 < share).clamp(1, points.len() - 1);
        let ((a, p), (b, q)) = (points[at - 1], points[at]);
        a as f64 + (b as f64 - a as f64) * (share - p) / (q - p)
    };
    (0..500).map(|i| ended((time((f64::from(i) + 0.5) / 500.0) * factor) as u32, 0)).collect()
}

fn curve_of(page: &Figure16, range: &str) -> CurveResult {
    let curve = CURVES.iter().find(|curve| curve.range == range).unwrap();
    curve::result(curve, &page.cells[range])
}

#[test]
fn a_sample_like_the_published_one_is_near_it_and_one_a_third_longer_is_not() {
    let runs = |factor: f64| -> Vec<Entry> {
        let trials = like_published("150-300", factor);
        trials.chunks(25).map(|run| entry("150-300", run.to_vec(), Verdict::Valid)).collect()
    };
    let near = curve_of(&page_of(&runs(1.0)).0, "150-300");
    let against = near.against_ongaro().unwrap();
    assert!(against.distance < 0.01, "{against:?}");
    assert_eq!((near.trials, near.runs, near.censored, near.has_target, near.is_far()), (500, 20, 0, true, false));
    let ratio = against.ratios[0].unwrap();
    let [low, high] = ratio.interval.unwrap();
    assert!((ratio.ratio - 1.0).abs() < 0.01 && low < 1.0 && high > 1.0, "{ratio:?}");

    let (page, experiment) = page_of(&runs(1.33));
    let far = curve_of(&page, "150-300");
    assert!(far.is_far() && (far.against_ongaro().unwrap().ratios[0].unwrap().ratio - 1.33).abs() < 0.01, "{far:?}");
    let drawn = page.draw(&experiment).unwrap();
    assert!(drawn.sentences[0].contains("0 meet it (1 were measured)"), "{:?}", drawn.sentences);
    assert!(drawn.body.into_string().contains("Why not nearer"));
}

#[test]
fn a_few_trials_that_are_far_may_be_so_by_chance_and_many_are_not() {
    // The shortest 15 % are missing.
    let odd = |range: &str| like_published(range, 1.0).split_off(75);
    let few: Vec<CrashTimes> = odd("150-155").into_iter().step_by(9).collect();
    let (page, experiment) =
        page_of(&[entry("150-155", few, Verdict::Valid), entry("150-175", odd("150-175"), Verdict::Valid)]);
    let (few, many) = (curve_of(&page, "150-155"), curve_of(&page, "150-175"));
    let (few, many) = (few.against_ongaro().unwrap(), many.against_ongaro().unwrap());
    assert!(few.distance > TARGET && few.is_open() && (few.by_chance - 0.201).abs() < 0.001, "{few:?}");
    assert!(many.distance > TARGET && !many.is_open() && many.by_chance < 0.08, "{many:?}");
    let drawn = page.draw(&experiment).unwrap();
    assert!(drawn.sentences[0].contains("0 meet it") && drawn.sentences[1].starts_with("1 is farther"), "{drawn:?}");
    let body = drawn.body.into_string();
    assert!(body.contains("? over 0.12") && body.contains("✗ over 0.12"), "{body}");
    assert!(body.contains("Chance alone brings 48 trials as far as 0.201") && body.contains("to the right"), "{body}");
}

#[test]
fn trials_that_were_cut_off_are_known_to_have_lasted_longer_and_the_longest_ends_the_comparison() {
    let cut = |after: u32| CrashTimes { settled: 1_000_000, watched: after, ..CrashTimes::default() };
    let all = like_published("150-155", 1.0);
    let mut trials: Vec<CrashTimes> = all.iter().copied().filter(|crash| crash.arrival < Some(400_000)).collect();
    trials.extend(vec![cut(400_000); all.len() - trials.len()]);
    let result = curve_of(&page_of(&[entry("150-155", trials, Verdict::Valid)]).0, "150-155");
    let against = result.against_ongaro().unwrap();
    assert_eq!((result.trials, result.censored > 100), (500, true));
    assert!(against.distance < 0.01, "what was seen agrees: {against:?}");
    assert_eq!(against.compared_to, Some(400_000));
    assert_eq!(result.quantiles[1..], [None, None]);
    assert_eq!((against.ratios[1], against.ratios[2]), (None, None));

    // One that is cut off early hides nothing: a sample that is far is far.
    let mut far = like_published("150-155", 2.0);
    far.push(cut(10));
    let result = curve_of(&page_of(&[entry("150-155", far, Verdict::Valid)]).0, "150-155");
    let against = result.against_ongaro().unwrap();
    assert!(against.distance > 0.3 && against.compared_to.is_none(), "{against:?}");
}

#[test]
fn a_cluster_that_was_not_in_step_is_left_out_and_counted() {
    // Half of 150 ms is the heartbeat interval.
    let late = CrashTimes { settled: 74_999, ..ended(10_000, 0) };
    let just = CrashTimes { settled: 75_000, ..ended(10_000, 0) };
    let result = curve_of(&page_of(&[entry("150-300", vec![late, just], Verdict::Valid)]).0, "150-300");
    assert_eq!((result.trials, result.out_of_step), (1, 1));
}

#[test]
fn how_busy_the_host_was_is_told_for_each_curve() {
    let result = curve_of(&page_of(&[entry("150-300", vec![ended(1, 0)], Verdict::Valid)]).0, "150-300");
    assert_eq!(result.host, Busy { idle: Some(0.75), waiting: Some(0.1), stalled: 0.1 });
}

#[test]
fn split_rounds_stand_beside_the_formula() {
    let crashes: Vec<CrashTimes> = (0..200).map(|i| ended(200_000, u32::from(i % 20 == 0))).collect();
    let (page, _) = page_of(&[entry("split/1-down-0.10", crashes, Verdict::Valid)]);
    let none = Trials::default();
    let results = split::results(&|id: &str| page.cells.get(id).unwrap_or(&none));
    let result = results.iter().find(|result| result.id == "split/1-down-0.10").unwrap();
    let [share, low, high] = result.share.unwrap();
    assert_eq!((result.trials, result.split), (200, 10));
    assert!((share - 0.05).abs() < 1e-9 && low < result.formula && result.formula < high, "{result:?}");
    assert!((result.latency_seen.unwrap() - 0.1).abs() < 1e-9);
    assert!((result.rounds.unwrap() - 1.05).abs() < 1e-9);
    assert_eq!(results.iter().filter(|result| result.share.is_none()).count(), results.len() - 1);
}

#[test]
fn a_node_that_failed_is_an_alarm_but_not_where_no_leader_is_owed() {
    let (page, experiment) = page_of(&[
        entry("150-150", vec![], Verdict::Invalid),
        entry("150-300", vec![ended(200_000, 0)], Verdict::Invalid),
    ]);
    let drawn = page.draw(&experiment).unwrap();
    assert_eq!(drawn.alarms, ["150-300, run 150-300-1: n2 and n4 were both elected leader of term 41"]);
}

#[test]
fn an_empty_ledger_makes_a_page_that_says_so() {
    let (page, experiment) = page_of(&[]);
    let drawn = page.draw(&experiment).unwrap();
    assert_eq!(drawn.sentences, ["No trial yet of a curve that has a target."]);
    assert_eq!(
        drawn.plots.iter().map(|plot| plot.name).collect::<Vec<_>>(),
        ["figure16-1", "figure16-2", "split-votes"]
    );
    for plot in &drawn.plots {
        roxmltree::Document::parse(&plot.svg).unwrap();
    }
    let curves = drawn.numbers["curves"].as_array().unwrap();
    assert!(curves.iter().all(|curve| curve["trials"] == 0 && curve["against"].as_array().unwrap().is_empty()));
    let body = drawn.body.into_string();
    assert!(body.contains("not measured") && !body.contains("NaN"));
}
