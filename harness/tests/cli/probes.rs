//! Probes: measured, never judged, and gone when the run is.

use crate::place::Place;

/// The reference system with another probe.
fn with(place: &Place, probe: &str) -> String {
    let text = include_str!("../../systems/reference.toml");
    let begin = text.find("[probe]").unwrap();
    let end = begin + text[begin..].find("\n# Its lines on standard error").unwrap();
    place.file("probed.toml", &format!("{}[probe]\n{probe}\n{}", &text[..begin], &text[end..]))
}

#[test]
fn a_probe_that_fails_all_the_time_changes_no_verdict() {
    let place = Place::new();
    // It hangs, and would go its own way.
    let script = "(setsid sleep 4711.5 >/dev/null 2>&1 &); sleep 4711.5";
    let file = with(&place, &format!("kind = \"exec\"\ncommand = [\"sh\", \"-c\", \"{script}\"]\ntimeout = \"100ms\""));
    place.run(&["test", "leader-crash", "--rounds", "1", "--nodes", "3", "--system", &file]).valid();
    let verdict = place.json("verdict.json");
    let clients = &verdict["measures"]["clients"];
    assert!(clients["until_first"].is_null() && clients["attempts_before"].as_u64().unwrap() > 3, "{clients}");
    assert!(verdict["sentence"].as_str().unwrap().contains("clients were never answered"), "{verdict}");
    let history = std::fs::read_to_string(place.latest().join("history.jsonl")).unwrap();
    assert!(history.contains("\"reason\":\"n1: no answer in time\""), "{history}");
    let numbers = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = numbers.map(|entry| std::fs::read(entry.path().join("cmdline")).unwrap_or_default());
    assert!(!lines.into_iter().any(|line| line.split(|byte| *byte == 0).any(|word| word == b"4711.5")));
    place.assert_empty();
}

#[test]
fn a_leader_that_crashes_is_seen_by_clients_too() {
    let place = Place::new();
    let done = place.run(&["test", "leader-crash", "--rounds", "2", "--nodes", "3"]);
    assert!(done.stdout.contains("clients failed for "), "{done:?}");
    let verdict = place.json("verdict.json");
    let clients = &verdict["measures"]["clients"];
    let number = |field: &str| clients[field].as_u64().unwrap();
    assert!(number("failures") >= 2 && number("failed") > 0, "{clients}");
    assert!(
        number("failed") <= number("failed_at_most") && number("failed_in_faults") <= number("failed"),
        "{clients}"
    );
    let header = std::fs::read_to_string(place.latest().join("history.jsonl")).unwrap();
    assert!(header.lines().next().unwrap().contains("\"probe\":{\"about\":\"a node that says it leads\""), "{header}");
    let page = std::fs::read_to_string(place.latest().join("report.html")).unwrap();
    assert!(page.contains("a node that says it leads: "), "the page tells what was asked");
    place.assert_empty();
}

#[test]
fn a_probe_whose_program_is_nowhere_is_refused_before_anything_is_started() {
    let place = Place::new();
    let file = with(&place, "kind = \"exec\"\ncommand = [\"no-such-cli\"]");
    place
        .run(&["test", "calm", "--system", &file])
        .refused(64, &["probed.toml:", "runs `no-such-cli`", "neither beside", "`command` in [probe]"]);
}
