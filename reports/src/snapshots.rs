//! What people and other programs see of a run, held as it is: a change of it is shown to the reviewer.
//!
//! `INSTA_UPDATE=always cargo test -p interregnum-reports snapshots` writes it anew.

use history::Outcome;

use crate::export::junit::Junit;
use crate::export::{EXPORTS, Export};
use crate::model::RunModel;
use crate::sample::{self, Sample};
use crate::skeleton::skeleton;

fn runs() -> [(&'static str, (Sample, Outcome)); 4] {
    let unknown = (sample::valid().0, sample::unknown_outcome());
    [
        ("valid", sample::valid()),
        ("safety", sample::unsafe_run()),
        ("liveness", sample::stuck_run()),
        ("unknown", unknown),
    ]
}

fn model(sample: &Sample, outcome: &Outcome) -> RunModel {
    RunModel::from_history(sample.text().as_bytes(), Some(outcome.clone())).unwrap()
}

#[test]
fn the_files_beside_the_page_have_these_names() {
    let names: Vec<&str> = EXPORTS.iter().map(|export| export.file()).collect();
    insta::assert_snapshot!(names.join("\n"));
}

#[test]
fn junit_says_this_of_each_kind_of_run() {
    for (name, (sample, outcome)) in runs() {
        let mut text = Vec::new();
        Junit.write(&model(&sample, &outcome), &mut text).unwrap();
        insta::assert_snapshot!(format!("junit_{name}"), String::from_utf8(text).unwrap());
    }
}

#[test]
fn the_page_of_each_kind_of_run_has_this_skeleton() {
    for (name, (sample, outcome)) in runs() {
        let page = crate::run::interactive::page(&model(&sample, &outcome), &[]).unwrap();
        insta::assert_snapshot!(format!("page_{name}"), skeleton(&page));
    }
}
