//! `--set`, wrong and right.

use super::super::{Planner, Settings, System};
use super::{Fixed, SMALL};

fn sentence(setting: &str) -> String {
    let system = System::parse("my.toml", SMALL).unwrap();
    Settings::parse(&[setting.to_owned()])
        .and_then(|settings| Planner::plan(&system, 3, &settings, &Fixed, "/d".as_ref()))
        .map_or_else(|error| error.to_string(), |_| "(nothing)".to_owned())
}

#[test]
fn every_bad_setting_earns_a_sentence() {
    assert_eq!(sentence("election"), "--set election: has no `=`; write it as NAME=VALUE or NODE.NAME=VALUE");
    assert_eq!(sentence("=5"), "--set =5: has no name before the `=`; write it as NAME=VALUE or NODE.NAME=VALUE");
    assert_eq!(
        sentence("elections=5"),
        "--set elections=5: the system `small` has no parameter `elections`; did you mean `election`?"
    );
    assert_eq!(
        sentence("n9.election=5"),
        "--set n9.election=5: there is no node `n9` in this cluster; its nodes are `n1` to `n3`"
    );
    assert_eq!(sentence("n2.election=1s"), "(nothing)");
}

#[test]
fn the_timing_of_a_cluster_is_that_of_its_most_patient_reading() {
    let system = System::load("reference").unwrap();
    let settings = |list: &[&str]| Settings::parse(&list.iter().map(|&s| s.to_owned()).collect::<Vec<_>>()).unwrap();
    let ms = std::time::Duration::from_millis;
    let timing = system.timing(&settings(&[]), 5).unwrap().unwrap();
    assert_eq!((timing.election, timing.heartbeat, timing.check_quorum), ((ms(150), ms(300)), ms(50), false));
    let set = settings(&["n2.election=500ms..510ms", "check-quorum=true", "n3.persist-delay=7ms"]);
    let timing = system.timing(&set, 5).unwrap().unwrap();
    assert_eq!((timing.election, timing.persist, timing.check_quorum), ((ms(500), ms(510)), ms(7), true));
    let timing = system.timing(&settings(&["election=12.5ms..25ms"]), 5).unwrap().unwrap();
    assert_eq!(timing.election, (std::time::Duration::from_micros(12_500), ms(25)));
    let sentence = system.timing(&settings(&["election=soon"]), 5).unwrap_err().to_string();
    assert_eq!(
        sentence,
        "`election` of the system's timing, set by `election`, is \"soon\", which is no range of times; write one such as \
         150ms..300ms"
    );
}

#[test]
fn the_grade_is_raised_only_when_every_node_has_what_it_takes() {
    use history::header::Grade;
    let system = System::load("reference").unwrap();
    let grade = |list: &[&str]| {
        let settings = Settings::parse(&list.iter().map(|&s| s.to_owned()).collect::<Vec<_>>()).unwrap();
        system.claims(&system.parameters(&settings, 5).unwrap()).grade
    };
    assert_eq!(grade(&[]), Grade::Clean);
    assert_eq!(grade(&["prevote=true"]), Grade::Clean);
    assert_eq!(grade(&["prevote=true", "check-quorum=true"]), Grade::Clique);
    assert_eq!(grade(&["prevote=true", "check-quorum=true", "n5.prevote=false"]), Grade::Clean);
}
