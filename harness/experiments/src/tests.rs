//! The frame, and what all pages owe.

use campaign::plan::{Cell, Experiment, ExperimentAnswer, ExperimentFacts, REPORT, RESULTS, Work};
use campaign::results::{Cause, Digest, Entry, Failure, RunId, Signature};
use history::Verdict;
use workloads::workload::Parameters;

use crate::pages::write;

/// A finished run of a cell: `invalid` names the checkers that it tripped.
pub(super) fn entry(cell: &str, number: u64, digest: Digest, invalid: &[&str]) -> Entry {
    let failure = |checker: &&str| Failure {
        signature: Signature {
            system: "reference".into(),
            checker: (*checker).into(),
            faults: vec![],
            cause: Cause::Coded { code: "it-broke".into(), details: vec![] },
        },
        verdict: Verdict::Invalid,
        count: 1,
        sentence: format!("{checker} was broken"),
        faults: vec!["kill".into()],
    };
    let verdict = if invalid.is_empty() { Verdict::Valid } else { Verdict::Invalid };
    Entry {
        search: None,
        version: None,
        unit: RunId { number, system: "reference".into(), workload: "re-election:kill".into(), seed: number },
        cell: cell.into(),
        run: format!("run-{number}"),
        began: "2026-11-22T04:00:00Z".into(),
        duration: 1,
        exit: u8::from(!invalid.is_empty()),
        verdict: Some(verdict),
        sentence: "what was said".into(),
        gist: Default::default(),
        network: "switch".into(),
        failures: invalid.iter().map(failure).collect(),
        digest,
        folder: None,
    }
}

fn unknown_experiment() -> Experiment {
    let work = Work::Workload { name: "calm".into(), parameters: Parameters::default() };
    let cell = |id: &str| Cell::new(id, 3, work.clone(), 2);
    let cells = vec![cell("a/<b>"), cell("c")];
    Experiment { name: "mine".into(), about: "what is it?".into(), trials: 2, jobs: None, cells, hunt: None }
}

#[test]
fn an_experiment_without_a_page_of_its_own_is_told_cell_by_cell() {
    let folder = tempfile::tempdir().unwrap();
    let digest = Digest { expectations_met: 3, ..Digest::default() };
    let mut lost = entry("c", 3, Digest::default(), &[]);
    (lost.verdict, lost.exit, lost.sentence) = (None, 70, "no <room>".into());
    let entries = [entry("a/<b>", 0, digest.clone(), &[]), entry("c", 1, digest, &["stability"]), lost];
    let told = ExperimentFacts { cut_short: Some("it was interrupted".into()), ..ExperimentFacts::default() };
    let answer = write(folder.path(), &unknown_experiment(), entries, &told).unwrap();
    assert_eq!((answer.wanted, answer.done, answer.failed, answer.complete), (4, 2, 1, false));
    assert_eq!((answer.cells[0].valid, answer.cells[1].invalid, answer.cells[1].failed), (1, 1, 1));
    let page = std::fs::read_to_string(folder.path().join(REPORT)).unwrap();
    assert!(page.contains("a/&lt;b&gt;") && page.contains("no &lt;room&gt;") && page.contains("it was interrupted"));
    let read: ExperimentAnswer = serde_json::from_slice(&std::fs::read(folder.path().join(RESULTS)).unwrap()).unwrap();
    assert_eq!(read, answer);
}

#[test]
fn every_plan_has_a_page_before_its_first_run() {
    for plan in crate::all() {
        let folder = tempfile::tempdir().unwrap();
        let answer = write(folder.path(), &plan.experiment(1), [], &ExperimentFacts::default()).unwrap();
        assert_eq!((answer.done, answer.complete), (0, false), "{}", plan.name());
        assert!(answer.alarms.is_empty(), "{}: {:?}", plan.name(), answer.alarms);
        let page = std::fs::read_to_string(folder.path().join(REPORT)).unwrap();
        assert!(page.contains("default-src 'none'") && !page.contains("NaN"), "{}", plan.name());
    }
}
