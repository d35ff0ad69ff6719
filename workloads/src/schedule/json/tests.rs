use super::*;

const GOOD: &str = r#"{
  "schema": 1, "workload": "custom", "seed": 7, "nodes": ["n1", "n2", "n3"], "duration": "10s",
  "steps": [
    { "id": 1, "when": { "at": "1s" }, "do": { "inject": { "kind": "kill", "target": "leader" } } },
    { "id": 2, "when": { "after": { "step": 1, "delay": "500ms" } }, "do": { "lift": 1 } },
    { "id": 3, "when": { "on": { "condition": "leader", "after": 2, "timeout": "5s" } },
      "do": { "inject": { "kind": "cut", "shape": { "links": ["n1->n2"] }, "target": "all" } } },
    { "id": 4, "when": { "after": { "step": 3, "delay": "1s" } },
      "do": { "expect": { "condition": { "new-leader": { "since": 1 } }, "within": "5s" } } }
  ]
}"#;

fn error(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    Schedule::from_json(&GOOD.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn a_schedule_written_by_hand_is_read_and_round_trips() {
    let schedule = Schedule::from_json(GOOD).unwrap();
    assert_eq!(schedule.steps.len(), 4);
    assert_eq!(Schedule::from_json(&schedule.to_json()).unwrap(), schedule);
}

#[test]
fn what_is_not_json_is_said_to_be_none_with_its_place() {
    let error = Schedule::from_json("{ nodes: }").unwrap_err().to_string();
    assert!(error.starts_with("this is not JSON") && error.contains("line 1"), "{error}");
    assert!(Schedule::from_json("").unwrap_err().to_string().starts_with("this is not JSON"));
}

#[test]
fn another_schema_is_refused() {
    assert!(error("\"schema\": 1", "\"schema\": 2").contains("its schema is 2; this version reads schema 1"));
    assert!(error("\"schema\": 1, ", "").contains("has no \"schema\""));
}

#[test]
fn an_unknown_key_is_an_error_that_names_key_and_step() {
    let text = error("\"kind\": \"kill\", \"target\"", "\"kind\": \"kill\", \"wen\": 1, \"target\"");
    assert!(text.starts_with("step 1: ") && text.contains("`wen`"), "{text}");
    let text = error("\"seed\": 7", "\"sead\": 7");
    assert!(text.starts_with("this is not a schedule") && text.contains("`sead`"), "{text}");
    let text = error("\"delay\": \"500ms\"", "\"delay\": \"500ms\", \"jitter\": 1");
    assert!(text.starts_with("step 2: ") && text.contains("`jitter`"), "{text}");
}

#[test]
fn a_wrong_word_is_an_error_that_names_step_and_word() {
    let text = error("\"target\": \"leader\"", "\"target\": \"boss\"");
    assert!(text.starts_with("step 1: ") && text.contains("boss") && text.contains("follower"), "{text}");
    let text = error("\"500ms\"", "\"soon\"");
    assert!(text.starts_with("step 2: "), "{text}");
    let text = error("n1->n2", "n1-n2");
    assert!(text.starts_with("step 3: ") && text.contains("write it as \"n1->n2\""), "{text}");
}

#[test]
fn a_schedule_that_makes_no_sense_is_refused_when_it_is_read() {
    assert!(error("{ \"lift\": 1 }", "{ \"lift\": 3 }").starts_with("step 2: it refers to step 3"));
}

#[test]
fn a_step_without_a_number_is_named_by_its_place() {
    let text = error("\"id\": 2, ", "");
    assert!(text.starts_with("step at place 2: ") && text.contains("`id`"), "{text}");
}
