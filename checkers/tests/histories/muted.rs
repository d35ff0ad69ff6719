//! Nothing is decided by a sentence: whatever is judged in these tests comes to the same when every sentence is `x`.

use std::collections::BTreeSet;

use history::finding::{Finding, Statement};
use history::verdict::{Gist, Headline};
use history::{Outcome, Verdict, words};

/// Everything that is decided from an outcome.
fn decided(outcome: &Outcome) -> (Verdict, Option<Headline>, Gist, String) {
    (outcome.verdict, outcome.headline(), outcome.gist(), words::headline(outcome))
}

/// What the documentation says of the codes.
const DOCUMENTED: &str = include_str!("../../../docs/verdict.md");

/// The parameters of a value are those of its code's row in the documentation.
#[track_caller]
fn documented(value: &impl serde::Serialize, code: &str) {
    let json = serde_json::to_value(value).unwrap();
    let has: BTreeSet<&str> =
        json["parameters"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let row = format!("| `{code}` | ");
    let codes = DOCUMENTED.split("\n## Codes\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let row = codes.lines().find(|line| line.starts_with(&row)).unwrap_or_else(|| panic!("no row for {code}"));
    let parameters = row.rsplit_once(" | ").map_or("", |(_, last)| last);
    let told = parameters.split('`').skip(1).step_by(2).collect();
    assert_eq!(has, told, "{code}");
}

/// Replaces every sentence by `x`: no verdict and no headline changes. Its sentences come back from its values alone, every
/// value has a code of this version, and is read as it was written.
#[track_caller]
pub(crate) fn by_values(outcome: Outcome) -> Outcome {
    let mut muted = outcome.clone();
    words::mute(&mut muted);
    assert_eq!(decided(&muted), decided(&outcome));
    words::tell(&mut muted);
    assert_eq!((&muted.sentence, &muted.checkers), (&outcome.sentence, &outcome.checkers));
    for judgement in &outcome.checkers {
        let code = judgement.statement.code().unwrap();
        assert!(Statement::codes().any(|known| known == code), "{code}");
        documented(&judgement.statement, code);
        for violation in &judgement.violations {
            let code = violation.finding.code().unwrap();
            assert!(Finding::codes().any(|known| known == code), "{code}");
            documented(&violation.finding, code);
            assert_eq!((&violation.checker, violation.kind), (&judgement.checker, judgement.kind));
        }
    }
    let read: Outcome = serde_json::from_str(&serde_json::to_string(&outcome).unwrap()).unwrap();
    assert_eq!(
        (&read.checkers, &read.headline, read.promises, &read.reservations, read.safety),
        (&outcome.checkers, &outcome.headline, outcome.promises, &outcome.reservations, outcome.safety)
    );
    outcome
}
