use std::collections::BTreeSet;

use super::*;
use workloads::workload;

#[test]
fn every_bug_faces_the_same_mix_and_nothing_but_the_node_is_told_which_it_is() {
    let experiment = Detection.experiment(2);
    let without = |cell: &Cell| {
        let settings: Vec<String> = cell.settings.iter().filter(|word| !word.starts_with("defect=")).cloned().collect();
        (
            cell.axis("part").map(str::to_owned),
            settings,
            format!("{:?}", cell.work),
            cell.nodes,
            cell.bound,
            cell.link_delay,
        )
    };
    for shown in SHOWN {
        let of = |name: &str| -> Vec<_> {
            let mine = |cell: &&Cell| cell.axis("defect") == Some(name) && cell.axis("shown") == Some(shown);
            experiment.cells.iter().filter(mine).map(without).collect()
        };
        let unbroken = of(NONE);
        assert_eq!(unbroken.len(), mix().len());
        for defect in DEFECTS {
            assert_eq!(of(defect.name), unbroken, "{}", defect.name);
        }
    }
}

#[test]
fn the_unbroken_node_is_run_more_often_and_ids_are_unique() {
    let experiment = Detection.experiment(3);
    for cell in &experiment.cells {
        let unbroken = cell.axis("defect") == Some(NONE);
        assert_eq!(cell.runs, if unbroken { 3 * UNBROKEN } else { 3 }, "{}", cell.id);
    }
    let ids: BTreeSet<&str> = experiment.cells.iter().map(|cell| cell.id.as_str()).collect();
    assert_eq!(ids.len(), experiment.cells.len());
}

#[test]
fn the_mix_is_made_of_workloads_that_everybody_has() {
    for part in mix() {
        let found = workload::all().iter().find(|workload| workload.name() == part.workload);
        assert!(found.is_some(), "{}", part.name);
    }
    let names: BTreeSet<&str> = mix().iter().map(|part| part.name).collect();
    assert_eq!(names.len(), mix().len());
}

#[test]
fn a_bug_is_listed_once() {
    let names: BTreeSet<&str> = DEFECTS.iter().map(|defect| defect.name).collect();
    assert_eq!(names.len(), DEFECTS.len());
    assert!(NOT_RUN.iter().all(|(name, _)| !names.contains(name)));
}
