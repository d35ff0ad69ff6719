//! What every plan owes.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use campaign::plan::Work;
use workloads::fault::Capabilities;
use workloads::workload::{self, Request};

#[test]
fn every_plan_is_found_by_its_name_and_speaks_in_sentences() {
    for plan in all() {
        assert_eq!(find(plan.name()).unwrap().name(), plan.name());
        assert!(!plan.about().is_empty() && plan.trials() > 0, "{}", plan.name());
        let experiment = plan.experiment(2);
        assert_eq!((experiment.name.as_str(), experiment.trials), (plan.name(), 2));
    }
}

#[test]
fn a_wrong_name_is_answered_with_the_nearest() {
    let error = find("strategy").map(|plan| plan.name()).unwrap_err();
    assert_eq!(error.nearest, "strategies");
    assert!(error.to_string().contains("there is no experiment \"strategy\""), "{error}");
}

#[test]
fn cells_have_ids_of_their_own_that_can_be_names_of_folders() {
    for plan in all() {
        let experiment = plan.experiment(3);
        let ids: BTreeSet<&str> = experiment.cells.iter().map(|cell| cell.id.as_str()).collect();
        assert_eq!(ids.len(), experiment.cells.len(), "{}", plan.name());
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "._-/".contains(letter);
        for id in ids {
            let parts_fit = id.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
            assert!(id.chars().all(fits) && parts_fit && id.len() <= 100, "{}: {id:?}", plan.name());
        }
    }
}

#[test]
fn cells_have_the_same_axes_and_runs_that_grow_with_the_trials() {
    for plan in all() {
        let (few, many) = (plan.experiment(1), plan.experiment(50));
        let axes = |at: usize| few.cells[at].axes.iter().map(|(axis, _)| *axis).collect::<Vec<_>>();
        assert!((0..few.cells.len()).all(|at| axes(at) == axes(0)), "{}", plan.name());
        assert!(few.cells.iter().all(|cell| cell.runs > 0), "{}: one trial is at least one run of each", plan.name());
        assert!(many.runs() > few.runs(), "{}", plan.name());
        let ids = |of: &campaign::plan::Experiment| of.cells.iter().map(|cell| cell.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&few), ids(&many), "{}: what is run depends on the trials", plan.name());
        let again = plan.experiment(50);
        assert_eq!(format!("{again:?}"), format!("{many:?}"), "{} draws something", plan.name());
        for (cell, again) in many.cells.iter().zip(&again.cells) {
            assert_eq!(cell.schedule(7), again.schedule(7), "{} {} draws more than its seed", plan.name(), cell.id);
        }
    }
}

#[test]
fn every_cell_has_a_schedule_that_can_be_run() {
    let capabilities = Capabilities {
        cut: true,
        degrade: ["delay", "jitter", "rate", "loss", "duplicate", "reorder", "corrupt"].map(Into::into).into(),
        disks: true,
    };
    for plan in all() {
        for cell in plan.experiment(1).cells {
            for seed in [1, 2, 77] {
                let schedule = match &cell.work {
                    Work::Workload { name, parameters } => {
                        let request = Request {
                            nodes: cell.node_names(),
                            voters: None,
                            capabilities: capabilities.clone(),
                            duration: cell.time,
                            seed,
                            parameters: parameters.clone(),
                            bound: cell.bound.unwrap_or(Duration::from_secs(5)),
                        };
                        workload::find(name).unwrap().schedule(&request).unwrap()
                    }
                    _ => cell.schedule(seed).unwrap(),
                };
                let checked = schedule.check();
                assert!(checked.is_ok(), "{} {}: {checked:?}", plan.name(), cell.id);
                assert_eq!(schedule.nodes.len(), cell.nodes);
            }
        }
    }
}
