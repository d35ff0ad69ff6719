use super::junit::Junit;
use super::trace::Trace;
use super::*;
use crate::model::RunModel;
use crate::sample;
use history::Outcome;
use serde_json::Value;

fn model(sample: &sample::Sample, outcome: &Outcome) -> RunModel {
    RunModel::from_history(sample.text().as_bytes(), Some(outcome.clone())).unwrap()
}

#[test]
fn a_trace_has_a_process_for_each_node_with_its_roles_and_one_for_the_faults() {
    let (sample, outcome) = sample::unsafe_run();
    let trace: Value = traced(&model(&sample, &outcome));
    let events = trace["traceEvents"].as_array().unwrap();
    let pid_of = |name: &str| {
        let of = |e: &&Value| e["ph"] == "M" && e["name"] == "process_name" && e["args"]["name"] == name;
        events.iter().find(of).map(|e| e["pid"].clone()).unwrap_or_else(|| panic!("no process {name}"))
    };
    for node in &sample.nodes {
        let pid = pid_of(node);
        let role = |e: &&Value| e["ph"] == "X" && e["pid"] == pid && e["tid"] == 1;
        assert!(events.iter().any(|e| role(&e)), "{node} has no role");
    }
    let leader = events.iter().find(|e| e["name"] == "leader t8" && e["pid"] == pid_of("n4")).unwrap();
    assert_eq!(leader["ts"], 14_600_000.0, "microseconds");
    assert_eq!(events.iter().filter(|e| e["pid"] == pid_of("faults") && e["ph"] == "X").count(), 6);
    let instant = events.iter().find(|e| e["ph"] == "i").unwrap();
    assert_eq!((&instant["name"], &instant["s"]), (&Value::from("election-safety"), &Value::from("g")));
}

#[test]
fn slices_of_one_thread_of_a_trace_never_overlap_though_faults_do() {
    let mut sample = sample::Sample::new(3);
    for (id, at) in [(1, 10), (2, 20), (3, 30)] {
        sample.fault(at * sample::MS, id, serde_json::json!({"kind": "pause"}), &["n1"], &[], "installed");
    }
    for (id, at) in [(1, 40), (2, 35), (3, 70)] {
        sample.lift(at * sample::MS, id);
    }
    let model = RunModel::from_history(sample.text().as_bytes(), None).unwrap();
    let trace: Value = traced(&model);
    let mut slices: Vec<(u64, u64, f64, f64)> = trace["traceEvents"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|e| e["ph"] == "X")
        .map(|e| {
            let number = |key: &str| e[key].as_f64().unwrap();
            (number("pid") as u64, number("tid") as u64, number("ts"), number("ts") + number("dur"))
        })
        .collect();
    slices.sort_by(|a, b| a.partial_cmp(b).unwrap());
    for pair in slices.windows(2).filter(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1)) {
        assert!(pair[0].3 <= pair[1].2, "{pair:?}");
    }
    assert!(slices.len() >= 3);
}

#[test]
fn junit_has_a_failure_for_invalid_and_skips_what_could_not_be_judged() {
    let (sample, mut outcome) = sample::unsafe_run();
    outcome.checkers[4].verdict = history::Verdict::Unknown;
    let text = text(&Junit, &model(&sample, &outcome));
    let xml = roxmltree::Document::parse(&text).unwrap();
    let case = |name: &str| {
        xml.descendants().find(|n| n.has_tag_name("testcase") && n.attribute("name") == Some(name)).unwrap()
    };
    let child = |name: &str, tag: &str| case(name).children().any(|n| n.has_tag_name(tag));
    assert!(child("election-safety", "failure"));
    assert!(child("leader-log", "skipped") && child("coverage", "skipped"));
    assert!(!child("vote-once", "failure") && !child("vote-once", "skipped"));
    let suite = xml.descendants().find(|n| n.has_tag_name("testsuite")).unwrap();
    let counted = ["tests", "failures", "errors"].map(|name| suite.attribute(name).unwrap());
    assert_eq!((counted, suite.attribute("disabled").or(suite.attribute("skipped"))), (["5", "1", "0"], Some("2")));
    let failure = case("election-safety").children().find(|n| n.has_tag_name("failure")).unwrap();
    assert!(failure.text().unwrap().contains("  line "), "the proof is in the failure");
}

fn text(export: &dyn Export, model: &RunModel) -> String {
    let mut bytes = Vec::new();
    export.write(model, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn traced(model: &RunModel) -> Value {
    serde_json::from_str(&text(&Trace, model)).unwrap()
}
