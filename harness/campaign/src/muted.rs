//! No report of runs is chosen by a sentence: with every sentence replaced by `x` groups, annotations and metrics say
//! the same.

use history::{Outcome, words};

use crate::export::github::{GithubReport, Level};
use crate::export::openmetrics;
use crate::results::{Entry, Failure, Identity, RunId, Tally};
use crate::sample;

fn entry(outcome: &Outcome) -> Entry {
    let exit = history::exit::ExitCode::from(outcome.verdict).code();
    Entry::of(RunId::default(), "r".into(), String::new(), 1, exit, Some(outcome), None)
}

fn groups(outcome: &Outcome) -> Vec<Failure> {
    let silent = |failure: Failure| Failure { sentence: String::new(), ..failure };
    entry(outcome).failures.into_iter().map(silent).collect()
}

fn annotations(outcome: &Outcome) -> Vec<(Level, String, usize)> {
    let told = GithubReport::of_runs(std::slice::from_ref(outcome), None);
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
        search: false,
        shard: None,
    }
}

fn metrics(outcome: &Outcome) -> String {
    let mut tally = Tally::default();
    tally.add(&entry(outcome));
    openmetrics::text(&identity(), &tally, None)
}

/// Replaces every sentence by `x`: the run counts as before.
#[track_caller]
pub(crate) fn by_values(outcome: Outcome) -> Outcome {
    let mut muted = outcome.clone();
    words::mute(&mut muted);
    assert_ne!(muted, outcome);
    assert_eq!(groups(&muted), groups(&outcome));
    assert_eq!(annotations(&muted), annotations(&outcome));
    assert_eq!(metrics(&muted), metrics(&outcome));
    outcome
}

#[test]
fn with_every_sentence_replaced_runs_are_grouped_and_told_alike() {
    let mut grouped = 0;
    for (_, outcome) in sample::judged() {
        grouped += groups(&by_values(outcome)).len();
    }
    assert!(grouped >= 4, "{grouped}");
}
