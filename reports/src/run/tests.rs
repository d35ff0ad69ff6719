use std::collections::BTreeSet;

use history::Verdict;

use super::*;
use crate::sample::{self, MS};
use serde_json::{Value, json};

struct Made {
    _guard: Option<tempfile::TempDir>,
    dir: PathBuf,
    page: String,
    data: Value,
}

fn make(name: &str, sample: &str, outcome: Option<&Outcome>) -> Made {
    let (guard, dir) = sample::folder(name, sample, outcome);
    let written = write(&dir).unwrap();
    let page = fs::read_to_string(&written.report).unwrap();
    sound(&dir, &page);
    let data = interactive::data_of(&page);
    Made { _guard: guard, dir, page, data }
}

/// What must hold of every report, whatever the run.
fn sound(dir: &Path, page: &str) {
    // The script and the packed data are what the policy's hashes are for; all else is looked at.
    let still = interactive::without_script(page);
    let lower = still.to_lowercase();
    for forbidden in [
        "<script",
        "javascript:",
        "http://",
        "https://",
        "<iframe",
        "<object",
        " onload=",
        " style=",
        "@import",
        "\u{1b}",
        "\0",
    ] {
        // The name space of SVG is a name, not an address.
        let found = lower.replace("http://www.w3.org/2000/svg", "").contains(forbidden);
        assert!(!found, "{forbidden:?} is on the page of {}", dir.display());
    }
    assert!(page.contains("default-src 'none'"));
    let page = still.as_str();
    let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "an id occurs twice");
    for anchor in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(unique.contains(anchor), "#{anchor} leads nowhere in {}", dir.display());
    }
    for name in ["timeline", "elections", "terms", "availability"] {
        let svg = fs::read_to_string(dir.join("plots").join(format!("{name}.svg"))).unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap_or_else(|why| panic!("{name}.svg: {why}"));
        assert_eq!(document.root_element().tag_name().name(), "svg");
    }
    // Every SVG of the page is XML by itself.
    for part in page.split("<svg").skip(1) {
        let svg = format!("<svg{}</svg>", part.split("</svg>").next().unwrap());
        roxmltree::Document::parse(&svg).unwrap_or_else(|why| panic!("{why} in {}", &svg[..svg.len().min(300)]));
    }
    let junit = fs::read_to_string(dir.join("junit.xml")).unwrap();
    roxmltree::Document::parse(&junit).unwrap();
    let trace: Value = serde_json::from_slice(&fs::read(dir.join("trace.json")).unwrap()).unwrap();
    assert!(trace["traceEvents"].is_array());
}

fn text_of(page: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in page.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

#[test]
fn a_valid_run_says_so_first_and_then_gives_its_facts() {
    let (sample, outcome) = sample::valid();
    let made = make("valid", &sample.text(), Some(&outcome));
    let text = text_of(&made.page);
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what:?} is not on the page"));
    assert!(at("VALID") < at("in every window that owed one"));
    let order = [
        "The whole run",
        "Who led when",
        "The network",
        "Elections",
        "Events",
        "Logs",
        "What was judged",
        "Numbers",
        "Facts",
        "Plots",
    ];
    assert!(at("in every window that owed one") < at(order[0]));
    assert!(order.windows(2).all(|pair| at(pair[0]) < at(pair[1])), "the sections stand in the order of the contract");
    for fact in
        ["reference", "proxy — auto: the switch needs /dev/net/tun", "within 5.00 s", "k = 16", "interregnum 0.1.0"]
    {
        at(fact);
    }
    assert!(!made.page.contains("id=\"findings\""));
    assert!(text.contains("--seed 7"));
}

#[test]
fn a_safety_violation_has_its_sentence_its_lines_and_links_to_the_moment() {
    let (sample, outcome) = sample::unsafe_run();
    let made = make("unsafe", &sample.text(), Some(&outcome));
    let text = text_of(&made.page);
    assert!(text.contains("INVALID (safety)"));
    assert!(text.contains("both elected leader of term 8"));
    assert!(made.page.contains("href=\"#v1\" data-from=\"14600000\" data-until=\"14600000\" data-finding=\"1\""));
    let evidence = &outcome.checkers[0].violations[0].evidence;
    for line in evidence {
        assert!(text.contains(&format!("line {}", line.line)));
        let quoted = maud::html! { (line.text) }.into_string();
        assert!(made.page.contains(&quoted), "the line itself is quoted");
    }
}

#[test]
fn a_liveness_violation_is_named_as_such() {
    let (sample, outcome) = sample::stuck_run();
    let made = make("stuck", &sample.text(), Some(&outcome));
    assert!(text_of(&made.page).contains("INVALID (liveness)"));
}

#[test]
fn an_unknown_run_without_atomic_evidence_says_that_safety_was_not_judged() {
    let (sample, _) = sample::busy(2);
    let made = make("unknown", &sample.text(), Some(&sample::unknown_outcome()));
    let text = text_of(&made.page);
    assert!(text.contains("UNKNOWN") && text.contains("safety was not judged"));
}

#[test]
fn what_the_workload_requires_stands_beside_what_there_was() {
    let (sample, outcome) = sample::valid();
    let made = make("coverage", &sample.text(), Some(&outcome));
    let table = made.page.split("id=\"coverage\"").nth(1).and_then(|rest| rest.split("</table>").next()).unwrap();
    assert_eq!(table.matches("too few").count(), 1, "six faults of ten, and nothing else: {table}");
    assert!(!table.contains('–'), "every requirement has its count: {table}");
}

#[test]
fn a_run_that_was_cut_off_still_has_a_report_which_says_so() {
    let (sample, _) = sample::busy(3);
    let whole = sample.text();
    let torn = &whole[..whole.len() - 90];
    let made = make("cut-off", torn, None);
    let text = text_of(&made.page);
    assert!(text.contains("NO VERDICT") && text.contains("there is no verdict.json"));
    assert!(text.contains("no end line") && text.contains("torn"));
    assert!(made.page.contains("id=\"elections\""), "elections are drawn from the lanes");
    let junit = fs::read_to_string(made.dir.join("junit.xml")).unwrap();
    assert!(junit.contains("<error"), "{junit}");
}

#[test]
fn a_hostile_history_is_shown_as_text() {
    let evil = "<script>alert(1)</script>\u{1b}[31m\u{0}\u{202e}\"'>&";
    let mut sample = sample::Sample::new(3);
    sample.set("nodes", json!([evil, "n2", "x".repeat(100_000)]));
    for field in ["run", "system", "workload", "network", "network_why", "wall"] {
        sample.set(field, json!(evil.repeat(50)));
    }
    sample.set("versions", json!({evil: evil}));
    sample.node(MS, evil, 1, "start");
    sample.role(2 * MS, evil, evil, 1, Some(evil));
    sample.role(3 * MS, evil, "leader", u64::MAX, Some(evil));
    sample.json(json!({"t": 4 * MS, "type": evil, "node": evil, "event": evil}));
    sample.json(json!({"t": 5 * MS, "type": "miss", "node": evil, "observer": evil, "error": evil.repeat(9000)}));
    sample.fault(
        6 * MS,
        1,
        json!({"kind": evil, "target": [evil], "x": {"y": evil}}),
        &[evil],
        &[format!("{evil}->n2")],
        evil,
    );
    sample.json(json!({"t": 7 * MS, "type": "link", "link": evil, "span": [9 * MS, MS], "rule": evil}));
    sample.phase(8 * MS, evil);
    sample.end(u64::MAX, evil);
    let (_, mut outcome) = sample::unsafe_run();
    outcome.sentence = evil.to_owned();
    outcome.checkers[0].checker = evil.to_owned();
    let violation = &mut outcome.checkers[0].violations[0];
    violation.sentence = evil.to_owned();
    violation.nodes = vec![evil.to_owned()];
    violation.span = [u64::MAX, 0];
    violation.evidence[0].text = evil.repeat(5000);
    let text = format!("{}not json <script>\n[1,2]\n\n{}", sample.text(), "{\"t\": 1, \"type\":");
    let made = make("hostile", &text, Some(&outcome));
    assert!(made.page.contains("&lt;script&gt;alert(1)"));
    assert!(!interactive::data_of(&made.page).to_string().contains('\u{1b}'));
    assert!(made.page.len() < 600_000, "{} bytes", made.page.len());
    // The link that is none, at which a judge would stop as well, and the two that are not JSON objects.
    assert!(text_of(&made.page).contains("3 lines of the history could not be read"));
}

#[test]
fn bytes_that_are_not_text_and_lines_without_end_do_not_stop_a_report() {
    let (sample, outcome) = sample::valid();
    let (_guard, dir) = sample::folder("bytes", "", Some(&outcome));
    let mut bytes = sample.text().into_bytes();
    bytes.extend_from_slice(b"\xff\xfe\x00garbage\n");
    bytes.extend_from_slice(&vec![b'a'; 9 << 20]);
    bytes.extend_from_slice(b"\n{\"t\":99,\"type\":\"harness\",\"event\":\"end\",\"reason\":\"complete\"}\n");
    fs::write(dir.join("history.jsonl"), bytes).unwrap();
    let model = RunModel::read(&dir).unwrap();
    assert_eq!(model.end.unreadable, 2);
    assert_eq!(model.end.reason, Some(history::EndReason::Complete.into()));
    let page = fs::read_to_string(write(&dir).unwrap().report).unwrap();
    assert!(page.len() < 1_000_000);
}

#[test]
fn what_is_no_history_is_a_sentence_that_says_why() {
    for (text, why) in [
        ("", "history is empty"),
        ("hello\n", "line 1"),
        ("{\"schema\":99,\"nodes\":[]}\n", "schema 99"),
        ("{\"nodes\":[\"n1\"]}\n", "line 1 is not the header"),
        ("{\"schema\":1,\"nodes\":7}\n", "line 1"),
    ] {
        let (_guard, dir) = sample::folder("no-history", text, None);
        let error = write(&dir).unwrap_err().to_string();
        assert!(error.contains("history.jsonl") && error.contains(why), "{error}");
        assert!(!dir.join("report.html").exists());
    }
    let error = write(Path::new("/nonexistent")).unwrap_err().to_string();
    assert!(error.starts_with("cannot read /nonexistent/history.jsonl"), "{error}");
}

#[test]
fn a_verdict_that_cannot_be_read_is_said_and_not_guessed() {
    let (sample, _) = sample::busy(1);
    let (_guard, dir) = sample::folder("bad-verdict", &sample.text(), None);
    fs::write(dir.join("verdict.json"), "{\"schema\": 1").unwrap();
    let page = fs::read_to_string(write(&dir).unwrap().report).unwrap();
    assert!(page.contains("NO VERDICT") && page.contains("verdict.json cannot be read"));
}

#[test]
fn an_outcome_that_is_not_on_disk_yet_is_reported_before_verdict_json_is_there() {
    let (sample, outcome) = sample::valid();
    let (_guard, dir) = sample::folder("judged", &sample.text(), None);
    let _ = fs::remove_file(dir.join("verdict.json"));
    let written = write_judged(&dir, &outcome).unwrap();
    assert!(fs::read_to_string(&written.report).unwrap().contains("> VALID<"));
    assert!(!dir.join("verdict.json").exists());
    assert_eq!(written.files.len(), 7);
    assert!(written.files.iter().all(|file| file.is_file()));
}

#[test]
fn the_command_of_run_json_and_the_schedule_make_the_run_again() {
    let (sample, outcome) = sample::valid();
    let (_guard, dir) = sample::folder("again", &sample.text(), Some(&outcome));
    fs::write(dir.join("run.json"), r#"{"command": ["interregnum", "test", "chaos", "--set", "a b"]}"#).unwrap();
    fs::write(dir.join("schedule.json"), "[]").unwrap();
    let page = text_of(&fs::read_to_string(write(&dir).unwrap().report).unwrap());
    assert!(page.contains("interregnum test chaos --set 'a b'"));
    assert!(page.contains("interregnum replay "));
}

#[test]
fn the_same_run_gives_the_same_files() {
    let (sample, outcome) = sample::unsafe_run();
    let (_guard, dir) = sample::folder("same", &sample.text(), Some(&outcome));
    let read = |files: &[PathBuf]| files.iter().map(|file| fs::read(file).unwrap()).collect::<Vec<_>>();
    let first = read(&write(&dir).unwrap().files);
    assert!(first == read(&write(&dir).unwrap().files));
}

#[test]
fn ten_minutes_of_chaos_with_a_hundred_thousand_changes_stay_under_a_megabyte_and_hide_no_violation() {
    let (mut sample, measures) = sample::busy(150);
    let end = sample.lines_mut().pop().unwrap();
    for n in 0..100_000u64 {
        let role = if n % 2 == 0 { "candidate" } else { "follower" };
        sample.role(300_000 * MS + n * MS, &format!("n{}", n % 5 + 1), role, 200 + n / 10, None);
    }
    sample.json(end);
    let outcome = sample::outcome(&sample, measures, Verdict::Valid, "");
    let violations = (0..300)
        .map(|n| history::verdict::Violation {
            sentence: format!("violation number {n} of many"),
            span: [400_000 * MS + n * 1000, 400_000 * MS + n * 1000],
            ..sample::violation()
        })
        .collect();
    let outcome = sample::violated(outcome, 0, violations);
    let made = make("long", &sample.text(), Some(&outcome));
    assert!(made.page.len() < 1_000_000, "{} bytes", made.page.len());
    for n in 0..300 {
        assert!(made.page.contains(&format!("violation number {n} of many")), "violation {n} is hidden");
        assert_eq!(made.data["findings"][n]["number"], n + 1, "violation {n} is not in the timeline");
    }
    let rows = made.data["events"]["line"].as_array().unwrap().len() as u64;
    assert!(rows <= crate::model::rows::MOST as u64 && rows < made.data["events"]["changes"].as_u64().unwrap());
    assert!(made.page.contains("that weigh least"));
}

#[test]
fn a_run_in_which_nothing_happened_has_a_report() {
    let made = make("nothing", "{\"schema\":1,\"nodes\":[\"n1\"]}\n", None);
    assert!(text_of(&made.page).contains("NO VERDICT"));
}
