use campaign::plan::{ExperimentAnswer, ExperimentFacts, Hunts};
use campaign::results::Digest;

use super::*;
use crate::pages::write;
use crate::tests::entry;

/// Hunts every bug: a run at this step of its hunt finds it, if the side says so.
fn carried_out(trials: u64, finds: impl Fn(&str, &str, u64) -> bool) -> (ExperimentAnswer, String) {
    let experiment = crate::find("search").unwrap().experiment(trials);
    let hunt = experiment.hunt.clone().unwrap();
    let mut over = std::collections::BTreeSet::new();
    let mut entries = Vec::new();
    for unit in Hunts::new(&hunt, trials, 1) {
        let cell = &experiment.cells[unit.cell];
        let found = finds(cell.axis("defect").unwrap(), cell.axis("side").unwrap(), hunt.step(unit.number));
        if over.contains(&hunt.of(unit.number)) {
            continue;
        }
        if found {
            over.insert(hunt.of(unit.number));
        }
        let tripped: &[&str] = if found { &["vote-once"] } else { &[] };
        entries.push(entry(&cell.id, unit.number, Digest::default(), tripped));
    }
    let folder = tempfile::tempdir().unwrap();
    let answer = write(folder.path(), &experiment, entries, &ExperimentFacts::default()).unwrap();
    (answer, std::fs::read_to_string(folder.path().join("report.html")).unwrap())
}

#[test]
fn runs_to_detection_are_counted_until_the_first_find_and_the_ratio_says_who_was_sooner() {
    let (answer, page) =
        carried_out(5, |defect, side, step| defect != NONE && step == if side == "search" { 4 } else { 19 });
    assert!(answer.complete && answer.alarms.is_empty(), "{answer:?}");
    let row = &answer.answer["bugs"][0];
    assert_eq!((row["blind"]["runs"].as_u64(), row["blind"]["found"].as_u64()), (Some(100), Some(5)));
    assert_eq!((row["search"]["runs"].as_u64(), row["search"]["hunts"].as_u64()), (Some(25), Some(5)));
    let pooled = &answer.answer["pooled"];
    assert!((pooled["ratio"].as_f64().unwrap() - 0.25).abs() < 1e-9, "{pooled}");
    assert!(pooled["high"].as_f64().unwrap() < 0.5 && row["ratio"]["high"].as_f64().unwrap() > 0.5);
    assert!(answer.sentences[0].contains("0.25"), "{:?}", answer.sentences);
    assert!(page.contains("abdicates"));
}

#[test]
fn a_search_that_takes_longer_is_named_and_one_that_finds_nothing_has_a_ratio_too() {
    let (answer, _) = carried_out(20, |defect, side, step| defect == "abdicates" && side == "blind" && step == 0);
    let rows = answer.answer["bugs"].as_array().unwrap();
    let row = rows.iter().find(|row| row["defect"] == "abdicates").unwrap();
    assert_eq!(row["search"]["found"], 0);
    assert!(row["ratio"]["low"].as_f64().unwrap() > 1.25, "{row}");
    assert!(answer.sentences.iter().any(|said| said.contains("longer to abdicates")), "{:?}", answer.sentences);
    assert!(rows.iter().filter(|row| row["defect"] != "abdicates").all(|row| row["ratio"].is_null()));
}

#[test]
fn a_finding_on_the_unbroken_node_is_an_alarm() {
    let (answer, page) = carried_out(1, |defect, _, step| defect == NONE && step == 3);
    assert_eq!(answer.alarms.len(), 1, "{:?}", answer.alarms);
    assert!(page.contains("ALARM"));
}
