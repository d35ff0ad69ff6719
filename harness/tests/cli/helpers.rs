//! The files of `docs/libraries/helpers`, each in its language, where the tools are at hand: whole lines in order, whoever prints.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::skipped::skipped;

fn helpers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/libraries/helpers").canonicalize().unwrap()
}

/// Runs a command; none where its program is not installed.
fn printed(program: &str, arguments: &[&str], folder: &Path) -> Option<String> {
    let output = match Command::new(program).args(arguments).current_dir(folder).output() {
        Ok(output) => output,
        Err(_) => {
            skipped(format!("{program} is not on PATH"));
            return None;
        }
    };
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Four times fifty terms, each told once, and in each the vote and a leader that is known to be none.
fn judge(text: &str, dated: bool) {
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    assert_eq!(lines.len(), 200, "{text}");
    let mut last = 0;
    for line in &lines {
        assert_eq!((&line["role"], &line["vote"]), (&"follower".into(), &"n\"1".into()), "{line}");
        assert!(line["term"].is_u64() && line.as_object().unwrap()["leader"].is_null(), "{line}");
        assert!(line.get("log").is_none(), "{line}");
        if dated {
            let at = line["at"].as_u64().unwrap();
            assert!(at >= last, "lines keep the order of the changes");
            last = at;
        }
    }
}

#[test]
fn threads_of_python_print_whole_lines_in_order() {
    let program = "import sys, threading; sys.path.insert(0, '.')\nfrom interregnum import say\n\
                   def tell(t):\n    for i in range(50):\n        say('follower', 1000 * t + i, vote='n\"1', leader=None)\n\
                   all = [threading.Thread(target=tell, args=(t,)) for t in range(4)]\n[t.start() for t in all]; [t.join() for t in all]";
    let folder = tempfile::tempdir().unwrap();
    fs::copy(helpers().join("interregnum.py"), folder.path().join("interregnum.py")).unwrap();
    if let Some(text) = printed("python3", &["-c", program], folder.path()) {
        judge(&text, true);
    }
}

#[test]
fn javascript_prints_whole_lines_in_order_and_no_state_twice() {
    let program = "const { say } = require('./interregnum');\
                   for (let i = 0; i < 400; i++) say({ role: 'follower', term: i >> 1, vote: 'n\"1', leader: null });";
    if let Some(text) = printed("node", &["-e", program], &helpers()) {
        judge(&text, true);
    }
}

#[test]
fn threads_of_java_print_whole_lines_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let program = "public class Try { public static void main(String[] a) throws Exception { Thread[] all = new Thread[4];\
                   for (int t = 0; t < 4; t++) { int id = t; all[t] = new Thread(() -> { for (int i = 0; i < 50; i++)\
                   Interregnum.say(\"follower\", 1000L * id + i, \"n\\\"1\", null); }); all[t].start(); }\
                   for (Thread t : all) t.join(); } }";
    fs::write(folder.path().join("Try.java"), program).unwrap();
    fs::copy(helpers().join("Interregnum.java"), folder.path().join("Interregnum.java")).unwrap();
    if printed("javac", &["Try.java", "Interregnum.java"], folder.path()).is_none() {
        return;
    }
    if let Some(text) = printed("java", &["-XX:TieredStopAtLevel=1", "-cp", ".", "Try"], folder.path()) {
        judge(&text, true);
    }
}

#[test]
fn threads_of_rust_print_whole_lines() {
    let folder = tempfile::tempdir().unwrap();
    let program = "mod interregnum; fn main() { std::thread::scope(|s| for t in 0..4 { s.spawn(move || for i in 0..50 {\
                   interregnum::say(\"follower\", 1000 * t + i, Some(Some(\"n\\\"1\")), Some(None)); }); }); }";
    fs::write(folder.path().join("main.rs"), program).unwrap();
    fs::copy(helpers().join("interregnum.rs"), folder.path().join("interregnum.rs")).unwrap();
    if printed("rustc", &["--edition=2021", "main.rs"], folder.path()).is_some() {
        judge(&printed("./main", &[], folder.path()).unwrap(), false);
    }
}

#[test]
fn goroutines_print_whole_lines_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let program = "package main\nimport (\"sync\"; \"try/interregnum\")\nfunc main() { var all sync.WaitGroup\nfor t := 0; t < 4; t++ { all.Add(1)\n\
                   go func(t int) { defer all.Done()\nfor i := 0; i < 50; i++ { interregnum.Say(interregnum.State{Role: \"follower\", \
                   Term: uint64(1000*t + i), Vote: interregnum.Node(\"n\\\"1\"), Leader: interregnum.None()}) } }(t) }\nall.Wait() }\n";
    fs::create_dir(folder.path().join("interregnum")).unwrap();
    fs::copy(helpers().join("interregnum.go"), folder.path().join("interregnum/interregnum.go")).unwrap();
    fs::write(folder.path().join("main.go"), program).unwrap();
    fs::write(folder.path().join("go.mod"), "module try\n\ngo 1.18\n").unwrap();
    if let Some(text) = printed("go", &["run", "."], folder.path()) {
        judge(&text, true);
    }
}

#[test]
fn interregnum_can_be_called_from_a_test_of_node() {
    let test = helpers().join("../from-tests/election.test.js").display().to_string();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples").canonicalize().unwrap();
    let system = examples.join("pynode.toml");
    let mut command = Command::new("node");
    command.args(["--test", &test]).env("INTERREGNUM", env!("CARGO_BIN_EXE_interregnum")).env("SYSTEM", system);
    match command.output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(_) => skipped("node is not on PATH"),
    }
}
