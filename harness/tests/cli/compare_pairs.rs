//! Both sides of a comparison are run for it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::compare::{batch, compare, only_folder, run};
use crate::place::Place;
use history::Verdict;

/// What is asked of pairs, with the rest of the options.
fn pairs(place: &Place, rest: &str) -> crate::place::Done {
    let args: Vec<&str> = ["--system", "reference"].into_iter().chain(rest.split(' ')).collect();
    compare(place, &args)
}

#[test]
fn what_pairs_cannot_be_of_is_one_sentence_that_says_what_to_do() {
    let place = Place::new();
    pairs(&place, "--a election=1s").refused(64, &["--b is missing", "write --b election=150ms..300ms"]);
    pairs(&place, "--b n1.election=1s").refused(64, &["--a is missing", "write --a n1.election=150ms..300ms"]);
    pairs(&place, "--a nonsense=1").refused(64, &["--b is missing, so nothing says what the other side is"]);
    let two = "--a election=1s --b election=2s --workload";
    pairs(&place, &format!("{two} chaos,leader-crash")).refused(64, &["one workload", "--workload chaos"]);
    pairs(&place, &format!("{two} chaos@1..5")).refused(64, &["seed of its own", "--workload chaos", "--seed"]);
    compare(&place, &["--a", "election=1s"]).refused(64, &["--a says how runs are to be", "--system etcd"]);
    compare(&place, &["--a", "election=1s", "x", "y"]).refused(64, &["--a says how runs are to be"]);
    compare(&place, &[]).refused(64, &["name two folders, A and B"]);
    assert!(!place.out().exists());
}

#[test]
fn a_folder_of_a_comparison_is_no_side_and_its_sides_are_named() {
    let place = Place::new();
    let a = batch(&place, "c/a", 2, "x", 10);
    batch(&place, "c/b", 2, "x", 10);
    fs::write(place.path().join("c/compare.json"), "{}").unwrap();
    let says = ["c: this is the folder of a comparison", "name one of them, c/a or c/b"];
    compare(&place, &["c", &a]).refused(64, &says);
    compare(&place, &[&a, "c"]).refused(64, &says);
    assert_eq!(compare(&place, &["c/a", "c/b"]).code, 2);
}

/// How a run that was interrupted says so.
fn interrupted(folder: &Path) {
    let file = serde_json::json!({
        "schema": 1, "run": "leader-crash-1", "system": "reference", "set": [], "nodes": 3, "network": "switch",
        "directory": "/", "command": [], "replay": "", "began": "", "state": "valid", "exit": 130,
    });
    fs::write(folder.join("run.json"), file.to_string()).unwrap();
}

#[test]
fn runs_that_were_interrupted_do_not_count_and_neither_do_pairs_that_were_cut_short_by_a_kill() {
    let place = Place::new();
    let (a, b) = (batch(&place, "c/a", 12, "x", 10), batch(&place, "c/b", 12, "x", 10));
    let folder = |side: &str, seed: u64| place.path().join(format!("{side}/runs/leader-crash-{seed}"));
    interrupted(&folder("c/a", 3));
    let runs = |place: &Place| -> Value {
        let done = compare(place, &[&a, &b, "--format", "json"]);
        let json: Value = serde_json::from_str(&done.stdout).unwrap_or_else(|_| panic!("{done:?}"));
        serde_json::json!([
            json["a"]["endings"],
            json["b"]["endings"],
            json["a"]["elections"],
            json["rates"]["undecided"]["a"]["all"]
        ])
    };
    let all = runs(&place);
    assert_eq!(
        (&all[0]["interrupted"], &all[0]["valid"], &all[1]["valid"]),
        (&1.into(), &11.into(), &12.into()),
        "{all}"
    );
    assert_eq!((&all[2], &all[3]), (&(11 * 30).into(), &11.into()), "neither its times nor its failure: {all}");
    fs::write(place.path().join("c/under-way"), "").unwrap();
    // Killed: one run of a pair has no verdict yet, another has not begun.
    fs::remove_file(folder("c/b", 12).join("verdict.json")).unwrap();
    fs::remove_dir_all(folder("c/a", 11)).unwrap();
    let killed = runs(&place);
    assert_eq!((&killed[0]["valid"], &killed[1]["valid"]), (&9.into(), &10.into()), "{killed}");
    assert_eq!((&killed[0]["harness"], &killed[1]["harness"]), (&0.into(), &0.into()), "{killed}");
    // A comparison that ended has set them apart itself: a run without verdict is one that could not be judged.
    fs::remove_file(place.path().join("c/under-way")).unwrap();
    assert_eq!(runs(&place)[1]["harness"], 1);
    run(&place.path().join("alone/runs/leader-crash-1"), 1, "x", Verdict::Valid, 0..30);
    assert_eq!(compare(&place, &["alone", &a]).code, 2, "no folder of a comparison");
}

/// A program for the parameter `program`.
fn script(place: &Place, name: &str, text: &str) -> String {
    let file = place.path().join(name);
    fs::write(&file, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    file.display().to_string()
}

#[test]
fn a_program_that_only_says_a_version_is_refused_before_the_first_pair() {
    let place = Place::new();
    let liar = script(
        &place,
        "liar",
        "[ \"$1\" = --version ] && exec echo interregnum-node 9.9.9\necho I am no node >&2; exit 3",
    );
    let done = pairs(&place, &format!("--a defect=none --b program={liar} --budget 60s"));
    done.refused(64, &["--b: no cluster of it starts", "exited with status 3", "I am no node"]);
    assert!(!done.stdout.contains("pair 1"), "{done:?}");
    let done = pairs(&place, "--a election=1s --b defect=none --budget 60s");
    done.refused(64, &["--a: no cluster of it starts", "invalid value '1s'"]);
}

#[test]
fn a_program_that_hangs_when_it_is_asked_for_its_version_is_told_so() {
    let place = Place::new();
    let mute = script(&place, "mute", "exec sleep 1000");
    let done = pairs(&place, &format!("--a defect=none --b program={mute}"));
    done.refused(64, &["--b: this is not the program", "did not answer within 10s"]);
    assert!(!done.stderr.contains("reports no version"), "{done:?}");
    let failing = script(&place, "failing", "exit 7");
    pairs(&place, &format!("--a defect=none --b program={failing}")).refused(64, &["--b", "exit status: 7"]);
}

#[test]
fn pairs_have_pages_and_one_number_of_elections_and_what_was_cut_short_is_set_apart() {
    let place = Place::new();
    let done = pairs(
        &place,
        "--a election=150ms..300ms --b election=151ms..301ms --nodes 3 --rounds 1 --tolerance 500 --elections 1 --budget 60s",
    );
    assert!(matches!(done.code, 0..=2), "{done:?}");
    let folder = only_folder(&place);
    let json: Value = serde_json::from_slice(&fs::read(folder.join("compare.json")).unwrap()).unwrap();
    let counted = json["paired"]["pairs"].as_u64().unwrap();
    assert!(counted > 0, "{done:?}");
    assert!(!folder.join("under-way").exists());
    for side in ["a", "b"] {
        let runs: Vec<_> =
            fs::read_dir(folder.join(side).join("runs")).unwrap().map(|run| run.unwrap().path()).collect();
        assert_eq!(runs.len() as u64, counted, "what does not count is elsewhere: {runs:?}");
        let pages = runs.iter().filter(|run| run.join("report.html").is_file()).count() as u64;
        assert_eq!(pages, counted.min(20), "the first twenty");
        // And the second command counts the same runs.
        assert_eq!(json[side]["runs"], counted);
    }
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(page.contains("href=\"a/runs/leader-crash-1/report.html\""), "{page}");
    let last = done.stdout.lines().rfind(|line| line.contains("] pair ")).unwrap();
    let [a, b] = ["a", "b"].map(|side| json[side]["elections"].as_u64().unwrap());
    assert!(last.ends_with(&format!("{a} and {b} elections timed")), "{last} and then {a} and {b}");
    assert!(done.stdout.contains(&format!("pairs, {a} and {b} elections:")), "{}", done.stdout);
    place.assert_empty();
}
