//! Sides on disk, compared by the real program.

use std::fs;
use std::path::Path;

use campaign::results::Identity;
use history::measures::{Election, Measures};
use history::verdict::HistoryFacts;
use history::{Outcome, Verdict};
use serde_json::Value;

use crate::merge::{campaign, entry, identity};
use crate::place::{Done, Place};

/// The folder of a run with these election times, milliseconds.
pub(crate) fn run(folder: &Path, seed: u64, election: &str, verdict: Verdict, times: impl Iterator<Item = u64>) {
    fs::create_dir_all(folder).unwrap();
    let header = format!(
        r#"{{"schema":1,"run":"r","system":"reference","parameters":{{"election":"{election}"}},"nodes":["n1"],"network":"switch","workload":"leader-crash","seed":{seed}}}"#
    );
    fs::write(folder.join("history.jsonl"), header + "\n").unwrap();
    // For how long the fault leaves no majority is no business of the election's.
    let away = 1000 + seed * 700;
    let election = |time| Election {
        fault: Some(1),
        total: Some((away + time) * 1_000_000),
        without_leader: Some(time * 1_000_000),
        ..Election::default()
    };
    let outcome = Outcome {
        schema: 1,
        run: format!("leader-crash-{seed}"),
        system: "reference".into(),
        version: None,
        workload: "leader-crash".into(),
        seed: Some(seed),
        network: "switch".into(),
        nodes: vec![],
        verdict,
        safety: history::finding::Safety::Judged,
        sentence: "A sentence.".into(),
        headline: None,
        promises: 1,
        reservations: vec![],
        history: HistoryFacts::default(),
        checkers: vec![],
        measures: Measures { elections: times.map(election).collect(), ..Measures::default() },
    };
    fs::write(folder.join("verdict.json"), serde_json::to_string(&outcome).unwrap()).unwrap();
}

pub(crate) fn batch(place: &Place, name: &str, runs: u64, election: &str, slower: u64) -> String {
    for seed in 1..=runs {
        let times = (0..30).map(move |n| (150 + (n * 37 + seed * 11) % 150) * slower / 10);
        let folder = place.path().join(name).join(format!("runs/leader-crash-{seed}"));
        run(&folder, seed, election, Verdict::Valid, times);
    }
    name.to_owned()
}

pub(crate) fn compare(place: &Place, args: &[&str]) -> Done {
    place.run(&[&["compare"], args].concat())
}

pub(crate) fn only_folder(place: &Place) -> std::path::PathBuf {
    let folders: Vec<_> = fs::read_dir(place.out())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() && !path.is_symlink())
        .collect();
    assert_eq!(folders.len(), 1, "a comparison is one folder, and no run is the latest: {folders:?}");
    folders[0].clone()
}

#[test]
fn a_batch_with_longer_timeouts_is_worse_and_the_page_says_what_differs() {
    let place = Place::new();
    let a = batch(&place, "before", 12, "150ms..300ms", 10);
    let b = batch(&place, "after", 12, "300ms..600ms", 20);
    let done = compare(&place, &[&a, &b]);
    assert_eq!(done.code, 1, "{} {}", done.stdout, done.stderr);
    assert!(done.stdout.starts_with("B is worse than A: p50 of the election time is longer by 100"), "{}", done.stdout);
    assert!(done.stdout.contains("differs: parameter election (150ms..300ms in A, 300ms..600ms in B)"));
    assert!(!done.stdout.contains("more than one thing"), "{}", done.stdout);
    let folder = only_folder(&place);
    let json: Value = serde_json::from_slice(&fs::read(folder.join("compare.json")).unwrap()).unwrap();
    assert_eq!(json["answer"], "worse");
    assert_eq!(json["elections"]["in_a"], 360);
    assert!(fs::read_to_string(folder.join("report.html")).unwrap().contains("<svg"));
    assert!(folder.join("plots/elections.svg").exists());
}

#[test]
fn the_tolerance_decides_and_equals_are_not_worse() {
    let place = Place::new();
    let (a, b) = (batch(&place, "a", 12, "x", 10), batch(&place, "b", 12, "x", 20));
    assert_eq!(compare(&place, &[&a, &b, "--tolerance", "150"]).code, 0);
    assert_eq!(compare(&place, &[&a, &b, "--tolerance", "800%", "--elections", "1"]).code, 0);
    assert_eq!(compare(&place, &[&b, &a]).code, 0);
    let same = compare(&place, &[&a, &a]);
    assert_eq!(same.code, 0, "{}", same.stdout);
    assert!(same.stdout.starts_with("B is not shown to be worse than A"), "{}", same.stdout);
    assert!(same.stdout.contains("set up alike"), "{}", same.stdout);
}

#[test]
fn single_runs_are_unknown_unless_they_are_all_that_is_asked_about() {
    let place = Place::new();
    for (name, slower) in [("a", 1), ("b", 2)] {
        run(&place.path().join(name), 1, "x", Verdict::Valid, (0..60).map(|n| (150 + n * 37 % 150) * slower));
    }
    let done = compare(&place, &["a", "b"]);
    assert_eq!(done.code, 2, "{}", done.stdout);
    assert!(
        done.stdout.contains("--within-runs") && done.stdout.contains("nothing about other runs"),
        "{}",
        done.stdout
    );
    assert_eq!(compare(&place, &["a", "b", "--within-runs"]).code, 1);
}

#[test]
fn a_run_without_verdict_counts_as_not_judged() {
    let place = Place::new();
    let (a, b) = (batch(&place, "a", 12, "x", 10), batch(&place, "b", 12, "x", 10));
    for seed in 1..=8 {
        fs::remove_file(place.path().join(format!("b/runs/leader-crash-{seed}/verdict.json"))).unwrap();
    }
    let done = compare(&place, &[&a, &b, "--format", "json"]);
    assert_eq!(done.code, 2, "{}", done.stdout);
    let json: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((&json["answer"], &json["b"]["endings"]["harness"]), (&"unknown".into(), &8.into()));
}

#[test]
fn campaigns_are_compared_with_campaigns_merged_or_in_shards() {
    let place = Place::new();
    let whole = identity(Some(40), None);
    campaign(&place.path().join("a"), &whole, &|_| 0);
    let failing = Identity { options: vec!["--set=defect=double-vote".into()], ..whole };
    campaign(&place.path().join("b"), &failing, &|number| u8::from(number % 3 == 0));
    let done = compare(&place, &["a", "b"]);
    assert_eq!(done.code, 1, "{}", done.stdout);
    assert!(done.stdout.contains("14 of 40 runs failed against 0 of 40 runs of A"), "{}", done.stdout);
    assert!(done.stdout.contains("differs: options (none in A, --set=defect=double-vote in B)"), "{}", done.stdout);
    assert_eq!(compare(&place, &["b", "a"]).code, 0);
    assert_eq!(entry(4, 12, 0).exit, 0);
}

#[test]
fn a_baseline_of_other_runs_or_of_too_few_is_refused_before_anything_is_run() {
    let place = Place::new();
    let baseline = |schema: u32, system: &str, workload: &str| {
        let runs = vec![[150_000]; 5];
        let json = serde_json::json!({
            "schema": schema, "system": system, "workloads": [workload], "networks": ["switch"], "saved": "",
            "machine": {"work": 10_000_000, "step": 200_000}, "kinds": {"kill": {"runs": runs}},
        });
        fs::write(place.path().join("base.json"), json.to_string()).unwrap();
        json
    };
    let test = |more: &[&str]| place.run(&[&["test", "leader-crash", "--baseline", "base.json"], more].concat());
    test(&["--seeds", "1..8"]).refused(64, &["base.json", "--save-baseline"]);
    baseline(1, "etcd", "leader-crash");
    test(&["--seeds", "1..8"]).refused(64, &["base.json", "of the system etcd", "of reference"]);
    baseline(1, "reference", "chaos");
    test(&["--seeds", "1..8"]).refused(64, &["of the workload chaos", "leader-crash"]);
    baseline(7, "reference", "leader-crash");
    test(&["--seeds", "1..8"]).refused(64, &["schema 7"]);
    test(&["--seeds", "1..4"]).refused(64, &["at least 5 runs", "--seeds 1..8"]);
    test(&[]).refused(64, &["at least 5 runs"]);
    place
        .run(&["test", "leader-crash", "--save-baseline", "new.json"])
        .refused(64, &["--save-baseline", "at least 5 runs"]);
    assert!(!place.path().join("new.json").exists());
    place.run(&["soak", "leader-crash", "--runs", "9", "--baseline", "base.json"]).refused(64, &["schema 7"]);
    let empty = Value::Object(serde_json::Map::new());
    let [none, zero] = [("/kinds", empty), ("/machine/work", Value::from(0))].map(|(pointer, value)| {
        let mut json = baseline(1, "reference", "leader-crash");
        *json.pointer_mut(pointer).unwrap() = value;
        json.to_string()
    });
    for (text, says) in [(none, "holds no election times"), (zero, "the work of its machine took 0 ns")] {
        fs::write(place.path().join("base.json"), text).unwrap();
        test(&["--seeds", "1..8"]).refused(64, &["base.json: it", says, "--save-baseline"]);
    }
    assert!(!place.out().exists());
}

#[test]
fn a_place_where_no_baseline_can_be_saved_is_refused_before_anything_is_run() {
    let place = Place::new();
    fs::create_dir(place.path().join("folder")).unwrap();
    for (file, says) in [
        ("/proc/x/b.json", "its folder is missing"),
        ("/proc/b.json", "cannot write /proc/b.json"),
        ("missing/b.json", "its folder is missing"),
        ("folder", "it is a folder"),
        ("new/", "no name of a file"),
        ("/dev/null", "no regular file"),
    ] {
        place
            .run(&["test", "leader-crash", "--seeds", "1..8", "--save-baseline", file])
            .refused(64, &["--save-baseline: cannot write", file, says]);
    }
    place.run(&["soak", "leader-crash", "--runs", "8", "--save-baseline", "folder"]).refused(64, &["it is a folder"]);
    assert!(!place.out().exists());
}

#[test]
fn numbers_that_mean_nothing_are_refused_in_a_sentence_that_is_not_the_parsers() {
    let place = Place::new();
    fs::create_dir(place.path().join("run")).unwrap();
    let pairs = ["compare", "--system", "reference", "--a", "election=1s", "--b", "election=2s"];
    let test = ["test", "leader-crash", "--seeds", "1..8", "--baseline", "b.json"];
    let shrink = ["shrink", "run"];
    let wrong: [(&[&str], [&str; 2], &str); 13] = [
        (&pairs, ["--tolerance", "-1"], "less than 0; write a percentage"),
        (&test, ["--tolerance", "-1"], "less than 0; write a percentage"),
        (&test, ["--tolerance", "-1%"], "less than 0; write a percentage"),
        (&test, ["--tolerance", "-x"], "write a percentage, such as 10"),
        (&test, ["--tolerance", "1e9"], "more than 1,000,000"),
        (&pairs, ["--budget", "-5m"], "less than no time"),
        (&pairs, ["--budget", "0"], "in no time nothing can be run"),
        (&pairs, ["--budget", "0s"], "in no time nothing can be run"),
        (&pairs, ["--budget", "31d"], "more than 30 days"),
        (&shrink, ["--budget", "-5m"], "less than no time"),
        (&shrink, ["--budget", "0s"], "in no time nothing can be run"),
        (&pairs, ["--elections", "0"], "a whole number from 1 on"),
        (&pairs, ["--elections", "-3"], "a whole number from 1 on"),
    ];
    for (command, option, says) in wrong {
        let done = place.run(&[command, option.as_slice()].concat());
        done.refused(64, &[option[0], option[1], says]);
        assert!(!done.stderr.contains("tip:") && !done.stderr.contains("-- -"), "{done:?}");
    }
    assert!(!place.out().exists());
}

#[test]
fn what_holds_nothing_to_compare_is_refused() {
    let place = Place::new();
    let a = batch(&place, "a", 2, "x", 10);
    fs::create_dir(place.path().join("empty")).unwrap();
    compare(&place, &[&a, "nowhere"]).refused(64, &["nowhere", "no such folder"]);
    compare(&place, &["empty", &a]).refused(64, &["empty", "holds no run"]);
    compare(&place, &[&a]).refused(64, &["name a second folder, B"]);
    let pairs = |a: &str, b: &str| compare(&place, &["--system", "reference", "--a", a, "--b", b]);
    pairs("program=/no/such", "election=1s").refused(64, &["--a", "/no/such", "no such file"]);
    pairs("election=1s", "program=/bin/true")
        .refused(64, &["--b", "not the program of the system `reference`", "reports no version"]);
    pairs("election=1s", "elction=2s").refused(64, &["--b", "has no parameter `elction`", "election"]);
    pairs("election=1s", "election=1s").refused(64, &["A and B are the same"]);
    compare(&place, &[&a, &a, "--budget", "1m"]).refused(64, &["--budget says how runs are to be"]);
    compare(&place, &[&a, &a, "--tolerance", "much"]).refused(64, &["tolerance", "such as 10"]);
    fs::write(place.path().join("a/runs/leader-crash-1/verdict.json"), "{").unwrap();
    compare(&place, &[&a, &a]).refused(64, &["verdict.json"]);
    assert!(!place.out().exists());
}
