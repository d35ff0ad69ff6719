//! What the panel makes of its checkers.

use std::io::Write as _;

use checkers::judge::{self, Panel};
use history::Decoder;
use history::Verdict;
use history::finding::Safety;
use serde_json::json;

use crate::histories::{History, model};

fn valid() -> History {
    History::of(3)
        .says("n1", "candidate 1 n1 -")
        .says("n2", "follower 1 n1 -")
        .says("n1", "leader 1 n1 n1")
        .says("n3", "follower 1 - n1")
}

#[test]
fn a_whole_history_with_nothing_wrong_is_valid() {
    let outcome = valid().end().judge();
    assert_eq!((outcome.verdict, outcome.safety), (Verdict::Valid, Safety::Judged), "{}", outcome.sentence);
    assert!(outcome.history.ended);
}

#[test]
fn without_atomic_evidence_the_verdict_is_unknown_and_says_why() {
    let outcome = History::of(3).seen("status", "n1", "leader 1 n1 n1").end().judge();
    assert_eq!((outcome.verdict, outcome.safety), (Verdict::Unknown, Safety::NotJudged));
    assert!(outcome.sentence.contains("safety not judged"), "{}", outcome.sentence);
}

#[test]
fn atomic_lines_without_role_and_term_are_no_evidence() {
    let outcome = History::of(3).says("n1", "? ? n1").end().judge();
    assert_eq!(outcome.safety, Safety::NotJudged);
}

#[test]
fn a_history_without_an_end_is_cut_off() {
    let outcome = valid().judge();
    assert_eq!(outcome.verdict, Verdict::Unknown);
    assert!(outcome.sentence.contains("the history is cut off"), "{}", outcome.sentence);
}

#[test]
fn a_torn_history_is_cut_off_and_its_violations_count() {
    let text = valid().says("n2", "leader 1 n2 n2").text() + r#"{"t":99,"type":"obs"#;
    let outcome = judge::judge(history::Reader::new(text.as_bytes()).unwrap()).unwrap();
    assert!(outcome.history.torn);
    assert_eq!(outcome.verdict, Verdict::Invalid);
    assert!(outcome.sentence.starts_with("n1 and n2 were both elected leader of term 1"), "{}", outcome.sentence);
    assert!(outcome.sentence.contains("the history is cut off"), "{}", outcome.sentence);
}

#[test]
fn an_interrupted_run_is_not_valid() {
    let end = json!({"type": "harness", "event": "end", "reason": "interrupted"});
    let outcome = valid().line(end).judge();
    assert_eq!(outcome.verdict, Verdict::Unknown);
    assert!(outcome.sentence.contains("the run was not completed (interrupted)"), "{}", outcome.sentence);
}

#[test]
fn claims_choose_the_checkers_but_not_those_of_the_run_itself() {
    let claims = json!({"judged": ["vote-once", "vote-onec"]});
    let outcome = valid().says("n2", "leader 1 n1 n2").end().header("claims", claims).judge();
    let asked: Vec<_> = outcome.checkers.iter().map(|judgement| judgement.checker.as_str()).collect();
    assert_eq!(asked, ["vote-once", "coverage", "harness-health", "process", "vote-onec"]);
    assert_eq!(outcome.verdict, Verdict::Valid, "two leaders are not this claim's business");
    let unknown = outcome.checkers.last().unwrap();
    assert!(!unknown.judged && unknown.sentence.contains("no checker named \"vote-onec\""), "{}", unknown.sentence);
}

#[test]
fn a_system_that_claims_no_safety_is_told_that_none_was_judged() {
    let outcome = valid().end().header("claims", json!({"judged": ["final-leader"]})).judge();
    assert_eq!(outcome.safety, Safety::NotJudged);
    assert!(outcome.sentence.contains("safety not judged"), "{}", outcome.sentence);
}

#[test]
fn where_nothing_was_judged_nothing_is_valid() {
    let outcome = History::of(3).end().header("claims", json!({"judged": ["re-election"]})).judge();
    assert_eq!(outcome.verdict, Verdict::Unknown, "{}", outcome.sentence);
}

#[test]
fn the_file_and_its_lines_as_they_are_written_give_the_same_outcome() {
    let history = model::history(7, 5, 80).says("n1#900", "leader 1 n2 n1");
    let text = history.text();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let stored = judge::judge_file(file.path()).unwrap();

    let mut lines = text.lines();
    let mut decoder = Decoder::new(lines.next().unwrap().as_bytes()).unwrap();
    let mut panel = Panel::new(decoder.header());
    for (at, line) in lines.enumerate() {
        panel.feed(&decoder.decode(line.as_bytes(), at as u64 + 2).unwrap());
    }
    let mut live = panel.finish(decoder.names(), false);
    judge::quote(&mut live, file.path()).unwrap();
    assert_eq!(stored, live);
    assert_eq!(stored.verdict, Verdict::Invalid);
}

#[test]
fn evidence_is_quoted_from_the_file() {
    let history = valid().says("n2", "leader 1 n2 n2");
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(history.text().as_bytes()).unwrap();
    let outcome = judge::judge_file(file.path()).unwrap();
    let evidence = &outcome.checkers[0].violations[0].evidence;
    let lines: Vec<&str> = evidence.iter().map(|evidence| evidence.text.as_str()).collect();
    let text = history.text();
    let written: Vec<&str> = text.lines().collect();
    assert_eq!(lines, [written[3], written[5]]);
    assert_eq!(evidence.iter().map(|evidence| evidence.line).collect::<Vec<_>>(), [4, 6]);
}
