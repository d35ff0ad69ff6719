//! The same schedule again: how often it ends the same way, and which nodes it is aimed at.

use std::fs;

use history::Stage;
use workloads::{Action, Schedule, Target};

use crate::forgetful;
use crate::place::{LEADER, Place};

#[test]
fn repetitions_say_how_often_what_was_broken_is_broken_again() {
    let (place, run) = forgetful();
    let done = place.run(&["replay", &run, "--times", "2", "--jobs", "2"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stdout.contains("reproduced 2 of 2: 100 % [34 %, 100 %]"), "{done:?}");
    let done = place.run(&["replay", &run, "--times", "2", "--jobs", "2", "--format", "json"]);
    let said = done.json();
    assert_eq!((said["reproduced"].as_u64(), said["runs"].as_array().map(Vec::len)), (Some(2), Some(2)), "{said}");
    assert_eq!((said["rate"].as_f64(), said["high"].as_f64()), (Some(1.0), Some(1.0)));
    assert_eq!(said["tripped"]["term-monotonic"].as_u64(), Some(2));
    place.assert_empty();
}

#[test]
fn of_a_valid_run_it_is_counted_how_often_it_is_not() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    place.run(&["test", "calm", "--time", "1s", "--system", &system]).valid();
    let run = place.latest().display().to_string();
    let done = place.run(&["replay", &run, "--times", "2"]);
    done.valid();
    let starved = done.code == 2;
    assert!(starved || done.stdout.contains("not valid in 0 of 2"), "{done:?}");
}

#[test]
fn a_resolved_replay_is_aimed_at_whom_the_run_hit() {
    let (place, run) = forgetful();
    let history = place.history();
    let hit = |id: u32| {
        let mut faults = history.faults().filter(|fault| fault.id == id && fault.stage.is(Stage::Inject));
        faults.next().unwrap().nodes.unwrap()
    };
    let symbolic = Schedule::from_json(&fs::read_to_string(place.latest().join("schedule.json")).unwrap()).unwrap();
    let done = place.run(&["replay", &run, "--resolved"]);
    assert!(done.code == 1 || done.code == 2, "{done:?}");
    let resolved = Schedule::from_json(&fs::read_to_string(place.latest().join("schedule.json")).unwrap()).unwrap();
    let mut aimed = 0;
    for (then, now) in symbolic.steps.iter().zip(&resolved.steps) {
        assert_eq!((then.id, &then.when), (now.id, &now.when), "the waits stay");
        if let Action::Inject(fault) = &now.action {
            assert_eq!(fault.target(), Some(&Target::Names(hit(now.id))));
            aimed += 1;
        }
    }
    assert_eq!(aimed, 3);
}
