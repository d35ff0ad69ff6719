//! Nothing that is shown is chosen by a sentence: with every sentence replaced by `x` pages and exports say the same.

use history::{Outcome, words};
use serde_json::Value;

use crate::export::Export as _;
use crate::export::junit::Junit;
use crate::model::RunModel;
use crate::run::interactive::{self, data_of};
use crate::sample::{Sample, judged};
use crate::verdict::headline;

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
        codes.extend(outcome.gist().code);
        codes.extend(outcome.gist().reservations);
    }
    for code in ["two-leaders-in-one-term", "history-cut-off", "not-ready"] {
        assert!(codes.iter().any(|found| found == code), "{code} is not among {codes:?}");
    }
}
