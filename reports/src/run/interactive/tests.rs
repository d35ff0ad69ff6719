use history::Answer;
use history::entry::Probe;
use serde_json::{Value, json};

use super::*;
use crate::sample::{self, MS, Sample};

fn document_of(sample: &Sample, outcome: Option<history::Outcome>) -> Value {
    let model = RunModel::from_history(sample.text().as_bytes(), outcome).unwrap();
    data_of(&page(&model, &[]).unwrap())
}

fn sums(column: &Value) -> Vec<i64> {
    let mut sum = 0;
    column
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            sum += step.as_i64().unwrap();
            sum
        })
        .collect()
}

/// The intervals of a `gap`/`length` pair.
fn intervals(columns: &Value) -> Vec<[i64; 2]> {
    let (mut end, mut out) = (0, Vec::new());
    for (gap, length) in columns["gap"].as_array().unwrap().iter().zip(columns["length"].as_array().unwrap()) {
        let start = end + gap.as_i64().unwrap();
        end = start + length.as_i64().unwrap();
        out.push([start, end]);
    }
    out
}

/// Columns that stand beside each other are of one length; every index into the strings is one.
fn sound(value: &Value) {
    if let Value::Object(map) = value {
        let lengths: Vec<usize> = map
            .values()
            .filter_map(|v| v.as_array().filter(|a| a.iter().all(Value::is_number)).map(Vec::len))
            .collect();
        let columns = map.contains_key("gap") || map.contains_key("line") || map.contains_key("begin");
        assert!(!columns || lengths.windows(2).all(|pair| pair[0] == pair[1]), "{:?} {lengths:?}", map.keys());
        map.values().for_each(sound);
    }
}

#[test]
fn the_document_says_what_the_contract_says() {
    let (sample, outcome) = sample::unsafe_run();
    let data = document_of(&sample, Some(outcome));
    sound(&data);
    assert_eq!(data["schema"], 1);
    let strings = data["strings"].as_array().unwrap();
    assert_eq!((&strings[0], &strings[1]), (&json!(""), &json!("none")));
    let text = |index: &Value| strings[index.as_u64().unwrap() as usize].as_str().unwrap();
    assert_eq!(data["run"]["headline"], "INVALID (safety)");
    assert_eq!(data["run"]["moment"], json!([14_600_000, 14_600_000]));
    assert_eq!(data["nodes"].as_array().unwrap().len(), 5);
    let n1 = &data["nodes"][0];
    assert_eq!(text(&n1["name"]), "n1");
    let roles = &n1["roles"];
    let at = intervals(roles);
    assert_eq!(at[0][0], 30_000, "it showed its first state 30 ms after the zero");
    let leading = roles["what"].as_array().unwrap().iter().position(|what| *what == 4).unwrap();
    assert_eq!(sums(&roles["term"])[leading], 2, "the term and one");
    assert_eq!(text(&roles["leader"][leading]), "n1");
    let life = intervals(&n1["life"]);
    assert_eq!(life[0], [0, 10_000], "it was down before its first start");
    assert_eq!(n1["life"]["what"][0], 3);
    let faults = &data["faults"];
    assert_eq!(text(&faults["kind"][0]), "kill");
    assert_eq!(sums(&faults["begin"])[1], 5_500_000);
    assert_eq!(faults["rise"][0], 2000);
    assert_eq!(faults["length"][0], 2_201_000);
    let links = data["links"].as_array().unwrap();
    assert!(links.iter().all(|link| link["from"].as_i64().unwrap() >= 0 && link["to"] != link["from"]));
    assert_eq!(data["findings"][0]["lines"].as_array().unwrap().len(), 2);
    let events = &data["events"];
    let states = events["kind"].as_array().unwrap().iter().filter(|kind| text(kind) == "state").count();
    assert_eq!(events["state"]["role"].as_array().unwrap().len(), states);
    assert_eq!(events["changes"].as_u64().unwrap() as usize, events["line"].as_array().unwrap().len());
    assert!(data["leaders"]["effective"]["count"].as_array().unwrap().contains(&json!(1)));
}

#[test]
fn what_clients_saw_is_a_lane_and_its_changes_are_rows() {
    let mut s = Sample::new(1);
    let mut probe = |from: u64, to: u64, outcome: Answer, attempts: u64| {
        let node = (outcome == Answer::Answered).then(|| "n1".into());
        let (outcome, attempts) = (outcome.into(), Some(attempts));
        s.during([from * MS, to * MS], Probe { outcome, attempts, slowest: None, node, reason: None });
    };
    probe(10, 12, Answer::Answered, 1);
    probe(60, 1000, Answer::Answered, 19);
    probe(1050, 1250, Answer::Failed, 1);
    probe(1300, 2100, Answer::Failed, 4);
    probe(2150, 2160, Answer::Answered, 1);
    let data = document_of(&s, None);
    let clients = &data["clients"];
    assert_eq!(intervals(clients), [[10_000, 1_000_000], [1_050_000, 2_100_000], [2_150_000, 2_160_000]]);
    assert_eq!((&clients["answered"], &clients["attempts"]), (&json!([1, 0, 1]), &json!([20, 5, 1])));
    assert_eq!(data["events"]["line"], json!([2, 2, 2]), "lines 2, 4 and 6");
    assert_eq!(document_of(&Sample::new(1), None)["clients"], Value::Null);
}

#[test]
fn identical_polls_are_one_interval_and_one_row() {
    let mut s = Sample::new(1);
    for n in 1..=10_000u64 {
        s.polled(n * MS, Some([n * MS - 900, n * MS]), "n1", "follower", 3);
    }
    let data = document_of(&s, None);
    let roles = &data["nodes"][0]["roles"];
    assert_eq!(intervals(roles), [[1000, 10_000_000]]);
    assert_eq!(roles["slack"], json!([0]), "900 ns are no microsecond");
    assert_eq!(data["events"]["line"], json!([2]));
    assert_eq!(data["events"]["total"], 10_000);
    assert_eq!(data["leaders"]["effective"], Value::Null);
}

#[test]
fn a_system_that_shows_only_role_and_term_has_unknown_votes_and_leaders() {
    let mut s = Sample::new(3);
    s.polled(5 * MS, None, "n2", "leader", 3);
    s.polled(9 * MS, None, "n2", "observer-only", 4);
    let data = document_of(&s, None);
    let roles = &data["nodes"][1]["roles"];
    assert_eq!((&roles["vote"], &roles["leader"]), (&json!([0, 0]), &json!([0, 0])));
    assert_eq!(roles["what"], json!([4, 0]));
    let last = data["events"]["text"].as_array().unwrap().last().unwrap().as_u64().unwrap() as usize;
    assert_eq!(data["strings"][last], "says it is observer-only, term 4 — status");
}

#[test]
fn the_policy_names_the_hash_of_the_script_and_of_the_style_sheet_and_nothing_else() {
    let model = RunModel::from_history(&b"{\"schema\":1,\"nodes\":[\"n1\"]}\n"[..], None).unwrap();
    let page = page(&model, &[]).unwrap();
    let policy = page.split("content=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().replace("&#39;", "'");
    let part =
        |from: &str, to: &str| page.split(from).nth(1).and_then(|rest| rest.split(to).next()).unwrap().to_owned();
    assert!(policy.contains(&format!("script-src {};", pack::source(&part("<script>", "</script>")))), "{policy}");
    assert!(policy.contains(&format!("style-src {};", pack::source(&part("<style>", "</style>")))), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"));
}

#[test]
fn the_script_cannot_end_its_element() {
    let script = sections::script().to_lowercase();
    assert!(!script.contains("</script") && !script.contains("<!--"));
}

#[test]
fn what_waited_for_a_condition_is_a_trigger() {
    let (sample, outcome) = sample::valid();
    let (_guard, dir) = sample::folder("trigger", &sample.text(), Some(&outcome));
    let schedule = json!({"schema": 1, "steps": [
        {"id": 1, "when": {"at": "1s"}, "do": {"inject": {"kind": "kill"}}},
        {"id": 2, "when": {"on": {"condition": {"becomes": {"role": "candidate"}}}}, "do": {"inject": {"kind": "pause"}}},
    ]});
    std::fs::write(dir.join("schedule.json"), schedule.to_string()).unwrap();
    let model = RunModel::read(&dir).unwrap();
    let data = data_of(&page(&model, &[]).unwrap());
    assert_eq!(data["triggers"], json!([{"at": [5_500_000, 5_502_000], "fault": 2, "text": "becomes role candidate"}]));
}

#[test]
fn the_script_has_every_kind_of_fault_and_every_checker_from_the_document_and_no_list_of_its_own() {
    let (sample, outcome) = sample::valid();
    let data = document_of(&sample, Some(outcome));
    let kinds = data["kinds"].as_array().unwrap();
    let words: Vec<&Value> = kinds.iter().flat_map(|kind| kind["words"].as_array().unwrap()).collect();
    for kind in &workloads::fault::KINDS {
        assert!(words.contains(&&json!(kind.word)), "{}", kind.word);
    }
    assert_eq!(kinds.last().unwrap()["words"], json!([]), "what is said of all others comes last");
    let checkers: Vec<&str> =
        data["checkers"].as_array().unwrap().iter().map(|checker| checker["name"].as_str().unwrap()).collect();
    assert!(checkers::judge::CHECKERS.iter().map(|checker| checker.name).eq(checkers.iter().copied()));
    // A colour needs its variable for the canvas, and its classes for the legend and the table.
    let style = format!("{}{}", crate::page::style::sheet(), super::assets::STYLE);
    for colour in data["colours"].as_array().unwrap() {
        let name = colour["name"].as_str().unwrap();
        for rule in [format!("--{name}:#"), format!(".swatch.{name}{{"), format!(".dot.f-{name}{{")] {
            assert!(style.contains(&rule), "no {rule} in the style sheets");
        }
    }
    let colours: Vec<&Value> = data["colours"].as_array().unwrap().iter().map(|colour| &colour["name"]).collect();
    assert!(kinds.iter().all(|kind| colours.contains(&&kind["colour"])), "{kinds:?}");
    for (script, text) in super::assets::MODULES {
        let listed = words.iter().filter_map(|word| word.as_str()).chain(checkers.iter().copied());
        // Words that are also something else in the page.
        let own = listed.filter(|word| !["cut", "process", "coverage"].contains(word));
        let named: Vec<&str> = own.filter(|word| text.contains(&format!("\"{word}\""))).collect();
        assert!(named.is_empty(), "{script} names {named:?}, which the document's tables tell it");
    }
}
