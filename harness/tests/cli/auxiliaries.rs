//! Auxiliary processes of a user's own system, and the log files that are kept of them and of nodes.

use super::place::{LEADER, Place};

/// A system of one node, with this auxiliary process.
fn with(place: &Place, node: &str, aux: &str) -> String {
    let file = place.system(node);
    let text = std::fs::read_to_string(&file).unwrap();
    place.file("with.toml", &format!("{text}\n{aux}"))
}

fn aux(script: &str) -> String {
    format!("[[aux]]\nname = \"helper\"\ncommand = [\"sh\", \"-c\", '''{script}''']\n")
}

#[test]
fn an_auxiliary_process_that_dies_unasked_is_a_failure_of_the_surroundings_that_names_it() {
    let place = Place::new();
    let file = with(&place, &format!("{LEADER}\nsleep 60"), &aux("echo last words; sleep 1; kill -9 $$"));
    let done = place.run(&["test", "calm", "--system", &file]);
    assert_eq!(done.code, 70, "{done:?}");
    for part in ["the auxiliary process helper was killed by signal 9 (SIGKILL)", "nodes/helper"] {
        assert!(done.stderr.contains(part), "{part:?} is missing: {done:?}");
    }
    let said = std::fs::read_to_string(place.latest().join("nodes/helper/stdout.log")).unwrap();
    assert_eq!(said, "last words\n");
    assert_ne!(place.json("verdict.json")["verdict"], "valid");
    place.assert_empty();
}

#[test]
fn an_auxiliary_process_may_do_its_work_and_be_done() {
    let place = Place::new();
    let file = with(&place, &format!("{LEADER}\nsleep 60"), &aux("echo joined"));
    place.run(&["test", "calm", "--system", &file, "--time", "2s"]).valid();
    let said = std::fs::read_to_string(place.latest().join("nodes/helper/stdout.log")).unwrap();
    assert_eq!(said, "joined\n");
    place.assert_empty();
}

#[test]
fn log_files_are_kept_with_the_output_of_whoever_wrote_them() {
    let place = Place::new();
    let helper = r#"[[aux]]
name = "helper"
command = ["sh", "-c", 'echo helped > "$0"; sleep 60', "{data}/helper.log"]
logs = ["{data}/helper.log"]
"#;
    let file = with(&place, &format!("{LEADER}\necho noted > \"$1/node.log\"\nsleep 60"), helper);
    let text = std::fs::read_to_string(&file).unwrap();
    let file = place.file("logs.toml", &text.replace("stop = ", "logs = [\"{data}/node.log\"]\nstop = "));
    place.run(&["test", "calm", "--system", &file, "--time", "2s"]).valid();
    let kept = |name: &str| std::fs::read_to_string(place.latest().join("nodes").join(name)).unwrap();
    assert_eq!((&*kept("n1/node.log"), &*kept("helper/helper.log")), ("noted\n", "helped\n"));
    let clash = std::fs::read_to_string(&file).unwrap().replace("node.log", "stdout.log");
    let file = place.file("clash.toml", &clash);
    place.run(&["test", "calm", "--system", &file]).refused(64, &["n1 writes", "stdout.log", "called differently"]);
}
