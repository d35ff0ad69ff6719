//! The tables of codes in `docs/verdict.md` are those of the code.

use std::collections::BTreeSet;
use std::path::Path;

use history::finding::{
    Finding, Kind, Lack, Reservation, Safety, Statement, Trouble, Unjudged, liveness, safety, trust,
};
use history::verdict::{Judgement, Violation};
use history::words::{self, title};
use history::{Outcome, Verdict};

fn documentation() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verdict.md");
    std::fs::read_to_string(path).expect("the documentation is there")
}

/// The code and the meaning of each row of the table under a heading.
fn rows(text: &str, heading: &str) -> Vec<(String, String)> {
    let section = text.split(&format!("\n### {heading}\n")).nth(1).unwrap_or_else(|| panic!("no section {heading}"));
    let section = section.split("\n#").next().expect("a section has a beginning");
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `"));
    cells
        .map(|line| {
            let mut cells = line.split(" | ");
            let code = cells.next().expect("a row has a code").trim_end_matches('`');
            (code.to_owned(), cells.next().expect("a row has a meaning").trim_end_matches(" |").to_owned())
        })
        .collect()
}

#[test]
fn the_tables_of_codes_in_the_documentation_are_those_of_the_code() {
    let text = documentation();
    for (heading, codes) in [
        ("Findings", Finding::codes().collect()),
        ("Statements", Statement::codes().collect()),
        ("What was lacking", Lack::CODES.to_vec()),
        ("Reservations", Reservation::CODES.to_vec()),
        ("Troubles of the harness", Trouble::CODES.to_vec()),
    ] {
        let rows = rows(&text, heading);
        let documented: BTreeSet<&str> = rows.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(documented, codes.iter().copied().collect(), "{heading}");
        assert_eq!(rows.len(), codes.len(), "{heading}: each once");
        for (code, meaning) in &rows {
            assert_eq!(Some(meaning.as_str()), title(code), "{code}");
        }
    }
    for why in Unjudged::CODES {
        assert!(text.contains(&format!("`{why}`")), "the reason {why} is not in the documentation");
    }
}

/// `verdict.json` of a version that knew no codes.
const BEFORE: &str = include_str!("golden/verdict-before-codes.json");

#[test]
fn a_verdict_from_before_there_were_codes_is_read_and_says_no_more_than_it_did() {
    let outcome: Outcome = serde_json::from_str(BEFORE).unwrap();
    let headline = outcome.headline().unwrap();
    assert_eq!((headline.checker.as_str(), headline.violation), ("election-safety", Some(0)), "by the rule of then");
    let (judgement, violation) = outcome.spoken().unwrap();
    assert_eq!((judgement.kind, judgement.statement.code()), (Kind::Safety, None));
    let violation = violation.unwrap();
    assert_eq!((violation.kind, violation.finding.code()), (Kind::Safety, None));
    assert_eq!((outcome.safety, outcome.gist().code), (Safety::Judged, None));

    // Whoever renders its sentences anew has no words for it, and leaves those that are there.
    let mut told = outcome.clone();
    words::tell(&mut told);
    assert_eq!(told.checkers, outcome.checkers);
    let again: Outcome = serde_json::from_str(&serde_json::to_string(&outcome).unwrap()).unwrap();
    assert_eq!(again, outcome);
}

#[test]
fn a_code_of_a_later_version_is_kept_as_it_is() {
    let mut json: serde_json::Value = serde_json::from_str(BEFORE).unwrap();
    let judgement = &mut json["checkers"][0];
    judgement["code"] = "a-later-statement".into();
    judgement["violations"][0]["code"] = "a-later-finding".into();
    judgement["violations"][0]["parameters"] = serde_json::json!({"nodes": ["n1"], "why": null});
    judgement["violations"][0]["circumstances"] = serde_json::json!([{"what": "later", "x": 1}]);
    json["reservations"] = serde_json::json!([{"code": "a-later-reservation"}]);
    let outcome: Outcome = serde_json::from_value(json).unwrap();
    let found = &outcome.checkers[0].violations[0];
    assert_eq!(found.finding.code(), Some("a-later-finding"));
    assert!(!outcome.reservations[0].blocks(), "its verdict stands");
    let written = serde_json::to_value(&outcome).unwrap();
    let violation = &written["checkers"][0]["violations"][0];
    assert_eq!(violation["parameters"], serde_json::json!({"nodes": ["n1"], "why": null}));
    assert_eq!(violation["circumstances"], serde_json::json!([{"what": "later", "x": 1}]));
    assert_eq!(written["reservations"][0]["code"], "a-later-reservation");
}

#[test]
fn values_of_every_kind_stand_in_the_same_form_and_are_read_as_what_they_were() {
    let died = trust::Finding::DiedUnasked { node: "n1".into(), incarnation: 2, exit: trust::Exit::Signal(11) };
    let findings = [
        Finding::from(safety::Finding::LedAgain { node: "n1".into(), term: None }),
        liveness::Finding::NoFinalLeader { members: vec!["n1".into()], bound: u64::MAX, from: 7 }.into(),
        died.into(),
    ];
    for finding in findings {
        let violation = Violation { finding: finding.clone(), ..Violation::default() };
        let json = serde_json::to_value(&violation).unwrap();
        assert_eq!(json["code"].as_str(), finding.code());
        assert!(json["parameters"].is_object(), "{json}");
        assert_eq!(serde_json::from_value::<Violation>(json).unwrap().finding, finding);
    }
    let statements = [
        Statement::Broken,
        Statement::NotJudged { why: Unjudged::NoLogs },
        safety::Statement::TermsRose.into(),
        liveness::Statement::Stable { changes: 1, windows: 2 }.into(),
        trust::Statement::NoDeaths.into(),
    ];
    for statement in statements {
        let judgement = Judgement::new("any", Verdict::Valid, statement.clone(), Vec::new());
        let json = serde_json::to_value(&judgement).unwrap();
        assert_eq!(json["code"].as_str(), statement.code());
        assert_eq!(serde_json::from_value::<Judgement>(json).unwrap().statement, statement);
    }
}
