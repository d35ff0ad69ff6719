//! Simulated disks: what they lose, what is found of it, and that nothing of them is left behind.

use std::process::{Command, Stdio};
use std::time::Instant;

use history::entry::{Entry, Harness};
use history::run::Model;
use history::{Fate, Installed, Stage};
use serde_json::{Value, json};

use crate::place::{Done, History, LEADER, PATIENCE, Place, finish};
use crate::skipped::{is_wide, skipped};

/// Whether a run could not have simulated disks here.
fn none_here(done: &Done) -> bool {
    let none = done.code == 70 && done.stderr.contains("needs simulated disks, and none can be mounted here");
    if none {
        skipped("no simulated disk can be mounted here");
    }
    none
}

/// The terms that the node showed.
fn terms(history: &History) -> Vec<u64> {
    history.observed().map(|seen| seen.state.term.unwrap()).collect()
}

/// A cluster of one whose node is this shell script, and a schedule of these steps for it.
fn one_node(script: &str, steps: &Value) -> (Place, Vec<String>) {
    let place = Place::new();
    let system = place.system(script);
    let schedule = json!({
        "schema": 1, "workload": "mine", "seed": 1, "nodes": ["n1"], "duration": "20s", "parameters": {},
        "coverage": {"leader-hits": 0, "elections": 0, "windows": 0, "faults": 1, "expectations": 0, "cuts-proven": false},
        "steps": steps,
    });
    let schedule = place.file("schedule.json", &schedule.to_string());
    let args = ["test", "--schedule", &schedule, "--system", &system].map(str::to_owned);
    (place, args.to_vec())
}

fn cut_then_back(fault: &Value) -> Value {
    json!([
        {"id": 1, "when": {"at": "300ms"}, "do": {"inject": fault}},
        {"id": 2, "when": {"after": {"step": 1, "delay": "50ms"}}, "do": {"lift": 1}},
        {"id": 3, "when": {"after": {"step": 2, "delay": "500ms"}}, "do": {"expect": {"condition": "leader", "within": "5s"}}},
    ])
}

/// Runs it to its end, however busy the machine is.
fn patiently(place: &Place, args: &[&str]) -> Done {
    let output = place.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Done { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

fn run(place: &Place, args: &[String]) -> Done {
    place.run(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Says in its term how often it was started, as far as it remembers.
fn counting(sync: &str) -> String {
    format!(
        r#"cd "$1"; n=$(cat count 2>/dev/null || echo 0); n=$((n+1)); echo $n > count; {sync}
printf '{{"role":"leader","term":%d,"vote":"n1","leader":"n1"}}\n' $n; exec sleep 1000"#
    )
}

#[test]
fn a_node_that_does_not_sync_forgets_in_a_power_cut_what_it_had_written_and_the_line_says_what() {
    let (place, args) = one_node(&counting(""), &cut_then_back(&json!({"kind": "power-cut", "target": "all"})));
    let done = run(&place, &args);
    if none_here(&done) {
        return;
    }
    let history = place.history();
    assert_eq!(history.header().disk, Some(Model::Journal.into()));
    let fault = history.fault("power-cut");
    assert_eq!(fault.outcome, Some(Installed::Installed.into()), "{fault:?}");
    assert_eq!(fault.lost, Some(vec!["n1: no fsync covered the new name count".to_owned()]), "{fault:?}");
    assert_eq!(terms(&history), [1, 1], "it began again");
    place.assert_empty();
}

#[test]
fn a_node_that_syncs_remembers_after_a_power_cut_and_a_killed_one_remembers_anyway() {
    let kill = json!({"kind": "kill", "target": "all"});
    let cut = json!({"kind": "power-cut", "target": "all"});
    // `sync FILE` is fsync(2) of that file.
    for (sync, fault, disk) in [("sync count", &cut, "auto"), ("", &kill, "simulated")] {
        let (place, mut args) = one_node(&counting(sync), &cut_then_back(fault));
        args.extend(["--disk".to_owned(), disk.to_owned()]);
        let done = run(&place, &args);
        if none_here(&done) {
            return;
        }
        assert_eq!(terms(&place.history()), [1, 2], "{fault}: {done:?}");
        place.assert_empty();
    }
}

#[test]
fn a_crash_point_holds_its_operation_back_until_the_node_is_dead() {
    let script = r#"cd "$1"; printf '{"role":"leader","term":1,"vote":"n1","leader":"n1"}\n'
test -e one && { printf '{"role":"leader","term":%d,"vote":"n1","leader":"n1"}\n' $(ls | wc -l); exec sleep 1000; }
sleep 1; : > one; : > two; : > three; exec sleep 1000"#;
    let fault =
        json!({"kind": "crash-at", "target": "all", "operation": "create two", "moment": "before", "within": "10s"});
    let (place, args) = one_node(script, &cut_then_back(&fault));
    let done = run(&place, &args);
    if none_here(&done) {
        return;
    }
    let history = place.history();
    let fault = history.fault("crash-at");
    assert_eq!(fault.operations, Some(vec!["n1: create two".to_owned()]), "{fault:?}");
    assert_eq!(terms(&history).last(), Some(&1), "there was one file");
    let page = std::fs::read_to_string(place.latest().join("report.html")).unwrap();
    assert!(page.contains("Crash points") && page.contains("create two"));
    place.assert_empty();
}

#[test]
fn a_crash_point_of_a_node_that_another_fault_kills_is_given_up() {
    let script = format!("cd \"$1\"; {LEADER}; exec sleep 1000");
    let never =
        json!({"kind": "crash-at", "target": "all", "operation": "create never", "moment": "before", "within": "8s"});
    let steps = json!([
        {"id": 1, "when": {"at": "100ms"}, "do": {"inject": never}},
        {"id": 2, "when": {"at": "600ms"}, "do": {"inject": {"kind": "kill", "target": "all"}}},
        {"id": 3, "when": {"after": {"step": 2, "delay": "50ms"}}, "do": {"lift": 2}},
    ]);
    let (place, args) = one_node(&script, &steps);
    let done = run(&place, &args);
    if none_here(&done) {
        return;
    }
    assert_ne!(done.code, 70, "{done:?}");
    let history = place.history();
    assert_eq!(history.fault("kill").outcome, Some(Installed::Installed.into()));
    let crash = history.fault("crash-at");
    assert_eq!(crash.outcome, Some(Installed::Skipped.into()));
    // It was not the operation that was late.
    assert!(crash.reason.as_ref().is_some_and(|why| why.contains("ended before")), "{crash:?}");
    place.assert_empty();
}

#[test]
fn a_hanging_disk_lets_go_of_its_node_when_that_is_killed_and_is_gone_with_a_killed_harness() {
    let script = format!("cd \"$1\"; {LEADER}; while :; do echo x > file; sleep 0.02; done");
    let hang = json!([
        {"id": 1, "when": {"at": "100ms"}, "do": {"inject": {"kind": "disk-hangs", "target": "all"}}},
        {"id": 2, "when": {"at": "600ms"}, "do": {"inject": {"kind": "kill", "target": "all"}}},
        {"id": 3, "when": {"after": {"step": 2, "delay": "10ms"}}, "do": {"lift": 1}},
        {"id": 4, "when": {"after": {"step": 3, "delay": "10ms"}}, "do": {"lift": 2}},
    ]);
    let (place, args) = one_node(&script, &hang);
    let done = run(&place, &args);
    if none_here(&done) {
        return;
    }
    let history = place.history();
    let kill = history.fault("kill");
    assert_eq!(kill.outcome, Some(Installed::Installed.into()), "{kill:?}");
    place.assert_empty();

    // The same with no process left that could let go.
    let hang = json!([{"id": 1, "when": {"at": "0s"}, "do": {"inject": {"kind": "disk-hangs", "target": "all"}}},
        {"id": 2, "when": {"at": "19s"}, "do": {"lift": 1}}]);
    let (place, args) = one_node(&script, &hang);
    let mut harness = place.command(&args.iter().map(String::as_str).collect::<Vec<_>>()).spawn().unwrap();
    let begun = Instant::now();
    let hangs = || {
        std::fs::read_to_string(place.out().join("latest/history.jsonl")).is_ok_and(|text| text.contains("disk-hangs"))
    };
    while !hangs() {
        assert!(begun.elapsed() < PATIENCE, "the fault is injected");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    harness.kill().unwrap();
    harness.wait().unwrap();
    while !place.processes().is_empty() {
        assert!(begun.elapsed() < PATIENCE, "{:?}", place.processes());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap();
    assert!(!mounts.contains(&place.path().display().to_string()), "{mounts}");
}

#[test]
fn a_fault_of_disks_without_disks_is_refused_by_its_name() {
    let place = Place::new();
    let done = place.run(&["test", "chaos", "--faults", "+power-cut", "--disk", "none"]);
    done.refused(64, &["power-cut", "simulated disks"]);
    place.run(&["test", "crash-points", "--disk", "none"]).refused(64, &["crash-points", "simulated disks"]);
    let mut without = Command::new(env!("CARGO_BIN_EXE_interregnum"));
    without.args(["test", "crash-points", "--out"]).arg(place.out()).env("INTERREGNUM_SANDBOX", "off");
    let done = finish(without);
    assert_eq!(done.code, 70, "{done:?}");
    assert!(done.stderr.contains("simulated disks cannot be mounted without a sandbox"), "{done:?}");
}

/// The cells of the rows of the page's table of crash points.
fn crash_rows(place: &Place) -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(place.latest().join("report.html")).unwrap();
    let section = page.split("id=\"crash-points\"").nth(1).expect("the page has a table of crash points");
    let body = section.split("<tbody>").nth(1).and_then(|rest| rest.split("</tbody>").next()).unwrap();
    let plain = |cell: &str| {
        let mut text = String::new();
        let mut inside = false;
        // What comes before the first `>` is the rest of the cell's own tag.
        for letter in cell.split_once('>').map_or("", |cell| cell.1).chars() {
            match letter {
                '<' => inside = true,
                '>' => inside = false,
                letter if !inside => text.push(letter),
                _ => {}
            }
        }
        text
    };
    let rows = body.split("<tr>").skip(1);
    rows.map(|row| row.split("<td").skip(1).map(plain).collect()).collect()
}

#[test]
fn term_and_vote_apart_are_found_between_the_two_writes_and_found_again_by_the_text() {
    if !is_wide("it learns and crashes for more than a minute") {
        return;
    }
    let place = Place::new();
    let broken = ["--set", "defect=term-and-vote-apart"];
    let done = patiently(&place, &[&["test", "crash-points"][..], &broken, &["--until", "invalid"]].concat());
    if none_here(&done) {
        return;
    }
    assert_eq!(done.code, 1, "{done:?}");
    let history = place.history();
    let lessons = history.records().filter_map(|record| match record.entry {
        Entry::Expect(expect) => expect.operations,
        _ => None,
    });
    let lessons: Vec<Vec<String>> = lessons.collect();
    assert!(!lessons.is_empty());
    // A candidate that had voted for itself in the term before writes the same vote once more, which is no write. Not so the voters:
    // a majority had voted for another, and one of these votes for the winner now.
    for operations in &lessons {
        let renames = operations.iter().filter(|text| *text == "voter: rename state.tmp state").count();
        assert!(renames >= 2, "term and vote are saved one after the other: {operations:?}");
    }
    // Every crash is recorded by the text of its operation.
    for crash in history.faults() {
        let Some((reached, described)) = crash.operations.as_deref().and_then(<[_]>::first).zip(crash.fault.as_ref())
        else {
            continue;
        };
        let (text, _) = described.operation().unwrap();
        assert!(reached.ends_with(text) && described.value()["learnt"].is_null(), "{crash:?}");
    }
    let rows = crash_rows(&place);
    let found: Vec<_> = rows.iter().filter(|row| row[6].contains("vote-once")).collect();
    assert!(!found.is_empty(), "{rows:?}");
    for row in found {
        let between =
            row[0].starts_with("rename") && row[1] == "after" || row[0].contains("(no. 2)") || row[0] == "fsync .";
        assert!(between, "it breaks after the first rename and before the second: {row:?}");
    }
    let run = place.latest().display().to_string();
    let again = patiently(&place, &["replay", &run, "--resolved", "--until", "invalid"]);
    // Aimed at the same nodes, which may have other parts this time: then too little comes about, and no node is accused of it.
    assert!([0, 1, 2].contains(&again.code), "{again:?}");
    let schedule = std::fs::read_to_string(place.latest().join("schedule.json")).unwrap();
    assert!(schedule.contains("\"operation\": \"rename state.tmp state\""), "{schedule}");
    place.assert_empty();
}

#[test]
fn the_unbroken_node_stands_wherever_it_crashes() {
    if !is_wide("it crashes an honest cluster for half a minute") {
        return;
    }
    let place = Place::new();
    let done = patiently(&place, &["test", "crash-points", "--rounds", "3"]);
    if none_here(&done) {
        return;
    }
    assert!([0, 2].contains(&done.code), "{done:?}");
    let rows = crash_rows(&place);
    let parts: std::collections::BTreeSet<&str> = rows.iter().map(|row| row[2].as_str()).collect();
    assert_eq!(parts, ["candidate", "leader", "voter"].into(), "{rows:?}");
    assert!(rows.iter().all(|row| !row[6].contains("vote-once")), "{rows:?}");
    place.assert_empty();
}

/// A dying process writes back what it had changed in mapped memory, and so does a process that looks at it just then. A disk without power
/// answered that only after the kill, which waited for the answer.
#[test]
fn power_cuts_of_a_node_that_maps_its_files_end() {
    const CUTS: u64 = 12;
    let script = r#"cd "$1"; exec python3 -c '
import mmap, os, sys
size = 1 << 20
file = os.open("mapped", os.O_RDWR | os.O_CREAT)
os.ftruncate(file, size)
os.fsync(file)
memory = mmap.mmap(file, size)
print("{\"role\":\"leader\",\"term\":1,\"vote\":\"n1\",\"leader\":\"n1\"}", flush=True)
n = 0
while True:
    n += 1
    for page in range(0, size, 4096):
        memory[page] = n & 255
'"#;
    let mut steps = Vec::new();
    for cut in 0..CUTS {
        let [fault, lift, led] = [1, 2, 3].map(|step| 3 * cut + step);
        let when =
            if cut == 0 { json!({"at": "500ms"}) } else { json!({"after": {"step": fault - 1, "delay": "20ms"}}) };
        steps.push(json!({"id": fault, "when": when, "do": {"inject": {"kind": "power-cut", "target": "all"}}}));
        steps.push(json!({"id": lift, "when": {"after": {"step": fault, "delay": "0s"}}, "do": {"lift": fault}}));
        let expect = json!({"condition": "leader", "within": "20s"});
        steps.push(json!({"id": led, "when": {"after": {"step": lift, "delay": "0s"}}, "do": {"expect": expect}}));
    }
    let (place, args) = one_node(script, &json!(steps));
    let done = patiently(&place, &args.iter().map(String::as_str).collect::<Vec<_>>());
    if none_here(&done) {
        return;
    }
    let history = place.history();
    let installed = history.records().filter(|record| {
        matches!(&record.entry, Entry::Fault(fault) if fault.stage == Stage::Inject && fault.outcome == Some(Installed::Installed.into()))
    });
    assert_eq!(installed.count() as u64, CUTS, "{done:?}");
    place.assert_empty();
}

#[test]
fn a_node_that_hangs_after_a_power_cut_did_not_come_back() {
    let script = r#"cd "$1"; test -e kept && exec sleep 1000
echo x > kept; sync kept; sync .; printf '{"role":"leader","term":1,"vote":"n1","leader":"n1"}\n'; exec sleep 1000"#;
    let steps = json!([
        {"id": 1, "when": {"at": "300ms"}, "do": {"inject": {"kind": "power-cut", "target": "all"}}},
        {"id": 2, "when": {"after": {"step": 1, "delay": "50ms"}}, "do": {"lift": 1}},
        {"id": 3, "when": {"after": {"step": 2, "delay": "0s"}}, "do": {"expect": {"condition": "leader", "within": "8s"}}},
    ]);
    let (place, mut args) = one_node(script, &steps);
    args.extend(["--bound", "1s"].map(str::to_owned));
    let done = run(&place, &args);
    if none_here(&done) {
        return;
    }
    let history = place.history();
    let lives = |fate: Fate| {
        history.records().filter_map(move |record| match record.entry {
            Entry::Node(node) if node.event.is(fate) => Some(node.incarnation),
            _ => None,
        })
    };
    let silent: Vec<Option<u32>> = lives(Fate::Silent).collect();
    assert!(!silent.is_empty() && silent.iter().all(|incarnation| *incarnation == Some(2)), "{silent:?}");
    let stalls =
        history.records().filter(|record| matches!(record.entry, Entry::Harness(Harness::Stall { .. }))).count();
    let verdict = std::fs::read_to_string(place.latest().join("verdict.json")).unwrap();
    // A machine that stalls all the time accuses no node.
    assert!(verdict.contains("did-not-come-back") || stalls >= silent.len(), "{verdict}");
    place.assert_empty();
}

/// What a node forgets to sync is found by power cuts, in one of a few seeds: where they fall is random.
#[test]
fn what_is_not_synced_is_found_by_power_cuts() {
    if !is_wide("it tries four defects by up to five seeds each") {
        return;
    }
    let defects = [
        ("no-fsync", "journal"),
        ("no-dir-fsync", "journal"),
        ("vote-after-answer", "journal"),
        ("rename-without-fsync", "torn"),
    ];
    for (defect, model) in defects {
        let broken = |seed: &str| {
            let place = Place::new();
            let defect = format!("defect={defect}");
            let chaos = ["test", "chaos", "--faults", "+power-cut", "--disk-model", model, "--until", "invalid"];
            let done = place.run(&[&chaos[..], &["--set", &defect, "--seed", seed]].concat());
            place.assert_empty();
            done
        };
        let first = broken("1");
        if none_here(&first) {
            return;
        }
        let found = first.code == 1 || ["2", "3", "4", "5"].iter().any(|seed| broken(seed).code == 1);
        assert!(found, "{defect}: {first:?}");
    }
}
