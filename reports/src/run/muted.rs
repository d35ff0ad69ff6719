//! Nothing that is shown is chosen by a sentence: with every sentence replaced by `x` pages and exports say the same.

use campaign::results::{Entry, Identity, Tally, Unit};
use history::entry::Node;
use history::{Fate, Outcome, Reader, Record, words};
use serde_json::{Value, json};

use crate::export::Export as _;
use crate::export::junit::Junit;
use crate::model::RunModel;
use crate::run::interactive::{self, data_of};
use crate::sample::{self, MS, Sample};
use crate::verdict::headline;
use campaign::export::github::{Level, Told};
use campaign::export::openmetrics;

/// Histories with their outcomes: valid, unsafe, leaderless, too little, cut off, and dead before it was ready.
fn judged() -> Vec<(Sample, Outcome)> {
    let mut two_leaders = Sample::new(3);
    two_leaders.fault(998 * MS, 3, json!({"kind": "pause"}), &["n3"], &[], "installed");
    two_leaders.role(2_000 * MS, "n1", "leader", 41, Some("n1"));
    two_leaders.role(2_312 * MS, "n2", "leader", 41, Some("n2"));
    two_leaders.end(3_000 * MS, "complete");
    let mut cut_off = Sample::new(3);
    cut_off.role(2_000 * MS, "n1", "leader", 41, Some("n1"));
    let mut unready = Sample::new(3);
    let line = |t: u64, event: Node<'static>| Record { t: Some(t), ..Record::now(event) };
    unready.add(&line(MS, Node::new("n1", 1, Fate::Start)));
    unready.add(&line(5 * MS, Node { signal: Some(6), ..Node::new("n1", 1, Fate::Exit) }));
    unready.end(3_000 * MS, "complete");
    let samples = [sample::valid().0, sample::unsafe_run().0, sample::stuck_run().0, two_leaders, cut_off, unready];
    let judge = |sample: Sample| {
        let outcome = checkers::judge::judge(Reader::new(sample.text().as_bytes()).unwrap()).unwrap();
        (sample, outcome)
    };
    samples.into_iter().map(judge).collect()
}

/// A document without its sentences.
fn silent(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("sentence");
            map.values_mut().for_each(silent);
        }
        Value::Array(all) => all.iter_mut().for_each(silent),
        _ => {}
    }
}

/// Everything of the page's document but its sentences: the banner's headline, its finding and its moment among it.
fn page(sample: &Sample, outcome: &Outcome) -> Value {
    let model = RunModel::from_history(sample.text().as_bytes(), Some(outcome.clone())).unwrap();
    let mut document = data_of(&interactive::page(&model, &[]).unwrap());
    silent(&mut document);
    document
}

/// Name, class, code and status of every test case.
fn cases(sample: &Sample, outcome: &Outcome) -> Vec<String> {
    let model = RunModel::from_history(sample.text().as_bytes(), Some(outcome.clone())).unwrap();
    let mut xml = Vec::new();
    Junit.write(&model, &mut xml).unwrap();
    let xml = String::from_utf8(xml).unwrap();
    let tags = ["<testcase", "<failure", "<skipped", "<error", "<property"];
    let kept = xml.lines().map(str::trim).filter(|line| tags.iter().any(|tag| line.starts_with(tag)));
    kept.map(|line| line.split(" message=").next().unwrap().to_owned()).collect()
}

fn annotations(outcome: &Outcome) -> Vec<(Level, String, usize)> {
    let told = Told::of_runs(std::slice::from_ref(outcome), None);
    told.annotations.into_iter().map(|one| (one.level, one.title, one.text.len())).collect()
}

fn identity() -> Identity {
    Identity {
        schema: 1,
        version: "0.1.0".to_owned(),
        id: "3f9c2a7d10b4".to_owned(),
        systems: vec!["reference".to_owned()],
        workloads: vec!["chaos".to_owned()],
        options: vec![],
        seed: 1,
        runs: None,
        cells: vec![],
        experiment: None,
        shard: None,
    }
}

fn metrics(outcome: &Outcome) -> String {
    let mut tally = Tally::default();
    tally.add(&Entry::of(Unit::default(), "r".into(), String::new(), 1, 1, Some(outcome), None));
    openmetrics::text(&identity(), &tally, None)
}

#[test]
fn with_every_sentence_replaced_nothing_else_of_pages_and_exports_changes() {
    let mut codes = Vec::new();
    for (sample, outcome) in judged() {
        let mut muted = outcome.clone();
        words::mute(&mut muted);
        assert_ne!(muted, outcome);
        assert_eq!(headline(&muted), headline(&outcome));
        assert_eq!(page(&sample, &muted), page(&sample, &outcome));
        assert_eq!(cases(&sample, &muted), cases(&sample, &outcome));
        assert_eq!(annotations(&muted), annotations(&outcome));
        assert_eq!(metrics(&muted), metrics(&outcome));
        codes.extend(outcome.gist().code);
        codes.extend(outcome.gist().reservations);
    }
    for code in ["two-leaders-in-one-term", "history-cut-off", "not-ready"] {
        assert!(codes.iter().any(|found| found == code), "{code} is not among {codes:?}");
    }
}
