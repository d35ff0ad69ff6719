use campaign::results::Digest;

use super::*;
use crate::pages::write;
use crate::tests::entry;
use campaign::plan::{ExperimentAnswer, ExperimentFacts};

/// Every cell has `each` runs; those of which `finds` says so trip these checkers.
fn carried_out(each: u64, finds: impl Fn(&str, &str, &str) -> &'static [&'static str]) -> (ExperimentAnswer, String) {
    let experiment = crate::find("detection").unwrap().experiment(each);
    let mut entries = Vec::new();
    for cell in &experiment.cells {
        let axis = |name| cell.axis(name).unwrap();
        for _ in 0..cell.runs {
            let found = finds(axis("defect"), axis("shown"), axis("part"));
            let mut entry = entry(&cell.id, entries.len() as u64, Digest::default(), found);
            entry.duration = 10_000_000_000;
            entries.push(entry);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let answer = write(folder.path(), &experiment, entries, &ExperimentFacts::default()).unwrap();
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    (answer, page)
}

#[test]
fn a_bug_that_is_found_is_told_with_its_checker_and_one_that_is_not_with_what_can_be_said() {
    let (answer, page) = carried_out(2, |defect, shown, part| match (defect, shown, part) {
        ("even-quorum", "all", "chaos-4") => &["leader-has-majority"],
        _ => &[],
    });
    assert!(answer.alarms.is_empty(), "{:?}", answer.alarms);
    assert!(
        answer.sentences[0].starts_with("With all that the node prints: 1 of 24 bugs of safety found"),
        "{answer:?}"
    );
    assert!(answer.sentences[1].starts_with("With role and term alone: 0 of 24"), "{:?}", answer.sentences);
    assert!(page.contains("chaos-4 2/2") && page.contains("slow-disk"), "the part that finds it, and what is not run");
    let scores = answer.answer["scores"].as_array().unwrap();
    assert_eq!(scores.len(), 2 * (DEFECTS.len() + 1));
    let even = scores.iter().find(|row| row["defect"] == "even-quorum" && row["shown"] == "all").unwrap();
    assert_eq!(
        (even["score"]["found"].as_u64(), even["score"]["runs"].as_u64()),
        (Some(2), Some(2 * mix().len() as u64))
    );
    assert_eq!(even["score"]["faults"]["kill"], 2);
}

#[test]
fn a_finding_on_the_unbroken_node_is_an_alarm() {
    let (answer, page) = carried_out(1, |defect, shown, part| match (defect, shown, part) {
        (NONE, "role-and-term", "chaos-5") => &["stability"],
        _ => &[],
    });
    assert_eq!(answer.alarms.len(), 1, "{:?}", answer.alarms);
    assert!(answer.alarms[0].contains("of the unbroken node are invalid (role-and-term)") && page.contains("ALARM"));
}

#[test]
fn the_median_is_that_of_drawing_without_putting_back() {
    let score = |runs, found| Score { runs, found, time: runs * 1_000_000_000, ..Score::default() };
    assert_eq!(score(10, 10).median_runs(), Some(1));
    assert_eq!(score(10, 5).median_runs(), Some(1));
    assert_eq!(score(10, 1).median_runs(), Some(5));
    assert_eq!(score(1000, 1).median_runs(), Some(500));
    assert_eq!(score(10, 0).median_runs(), None);
    assert_eq!(score(10, 1).median_time(5.0), Some(1_000_000_000));
}

#[test]
fn of_many_parts_the_table_says_how_many_and_lists_them_for_who_asks() {
    let (_, page) = carried_out(1, |defect, shown, _| match (defect, shown) {
        ("double-vote", "all") => &["vote-once"],
        _ => &[],
    });
    let parts = mix().len();
    let row = page.split("<details>").nth(1).unwrap_or_default().split("</details>").next().unwrap_or_default();
    assert!(row.starts_with(&format!("<summary>{parts} of {parts} parts</summary>")), "{row}");
    assert!(mix().iter().all(|part| row.contains(&format!("{} 1/1", part.name))), "{row}");
}
