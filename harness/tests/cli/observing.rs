//! `interregnum observe`: how long it watches, and what it says of what it cannot read.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::place::{LEADER, Place, finish, system_text};

#[test]
fn observe_watches_for_its_time_and_does_not_wait_for_a_leader() {
    let place = Place::new();
    let system = place.system(r#"printf '{"role":"follower","term":1}\n'; exec sleep 1000"#);
    let slow = fs::read_to_string(&system).unwrap() + "[claims]\nreelection = \"300s\"\n";
    let system = place.file("slow.toml", &slow);
    let begun = Instant::now();
    let done = place.run_bare(&["observe", "--system", &system, "--time", "1s"]);
    assert_eq!(done.code, 0, "{done:?}");
    // Waiting for a leader, at the beginning or at the end, would be minutes.
    assert!(begun.elapsed() < Duration::from_secs(55) && begun.elapsed() > Duration::from_secs(1), "{done:?}");
    assert!(done.stdout.contains("1 lines understood"), "{done:?}");
    place.assert_empty();
}

#[test]
fn observe_says_what_it_waits_for_and_its_folder_is_there_when_it_names_it() {
    let place = Place::new();
    let system = place.system(r#"printf 'hello\n{"role":"leader","te\n'; exec sleep 1000"#);
    let patient = fs::read_to_string(&system).unwrap().replace("timeout = \"1s\"", "timeout = \"4s\"");
    let system = place.file("patient.toml", &patient);
    let mut command = place.bare(&["observe", "--system", &system, "--time", "1s"]);
    command.env("TMPDIR", place.path());
    let done = finish(command);
    assert_eq!(done.code, 70, "{done:?}");
    for part in ["waiting for a first observation of n1", "n1 was not ready within 4s", r#": {"role":"leader","te"#] {
        assert!(done.stderr.contains(part), "{part:?} is missing: {done:?}");
    }
    assert!(done.stdout.contains("gap: stdout: what may be part of an event line"), "{done:?}");
    assert!(done.stdout.contains("0 lines understood, 1 unreadable"), "{done:?}");
    let named = done.stderr.split("its output is in ").nth(1).unwrap().trim();
    let kept = fs::read_to_string(Path::new(named).join("stdout.log")).unwrap();
    assert!(kept.starts_with("hello\n"), "{kept}");
    place.assert_empty();
}

#[test]
fn observe_counts_the_names_that_no_node_is_known_by() {
    let place = Place::new();
    let event = |vote: &str| format!(r#"printf '{{"role":"follower","term":1,"vote":"{vote}"}}\n'"#);
    let system = place.system(&format!("{}; {}; {}; exec sleep 1000", event("N1"), event(""), event("N1")));
    let done = place.run_bare(&["observe", "--system", &system, "--time", "1s"]);
    assert_eq!(done.code, 0, "{done:?}");
    for part in
        ["vote \"N1\" (no node is known by it)", "3 times a name stood there", "2 × vote \"N1\"", "1 × vote \"\""]
    {
        assert!(done.stdout.contains(part), "{part:?} is missing: {done:?}");
    }
}

#[test]
fn an_honest_leader_is_not_convicted_for_what_stands_beside_its_events() {
    let place = Place::new();
    let lines = [
        r#"{"role":"follower","term":0,"vote":null,"leader":null}"#,
        r#"2025-01-23T10:00:01Z INFO {"role":"candidate","term":1,"vote":"n1","leader":null,"x":NaN}{"msg":"x"}"#,
        r#"{"role":"leader","term":1,"vote":"n1","leader":"n1","who":"\\ud800","n":1e400}"#,
    ];
    let printed: Vec<_> = lines.iter().map(|line| format!("printf '%s\\n' '{line}'")).collect();
    let system = place.system(&format!("{}; exec sleep 1000", printed.join("; ")));
    let done = place.run(&["test", "calm", "--time", "1s", "--system", &system]);
    done.valid();
    let history = fs::read_to_string(place.latest().join("history.jsonl")).unwrap();
    assert!(!history.contains("\"gap\""), "{history}");
    assert_eq!(history.matches("\"type\":\"observe\"").count(), 3, "{history}");
}

#[test]
fn nodes_are_asked_not_to_colour_what_they_print_unless_the_file_says_otherwise() {
    let place = Place::new();
    let system = place.system(&format!("echo \"colours: <$NO_COLOR>\"; {LEADER}; exec sleep 1000"));
    let colours = |env: &str, wanted: &str| {
        let text = system_text("1", &format!("[\"./node.sh\", \"{{data}}\", \"{{listen.peer}}\"]\n{env}"));
        let done = place.run(&["test", "calm", "--time", "1s", "--system", &place.file("env.toml", &text)]);
        done.valid();
        let printed = fs::read_to_string(place.latest().join("nodes/n1/stdout.log")).unwrap();
        assert!(printed.contains(wanted), "{printed}");
    };
    colours("", "colours: <1>");
    colours("env = { NO_COLOR = \"\" }", "colours: <>");
    assert!(system.ends_with("system.toml"));
}
