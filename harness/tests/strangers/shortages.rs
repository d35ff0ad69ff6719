//! What the harness runs out of is no fault of the nodes, and neither is a link that they never used.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::place::{Done, Place, finish};
use crate::skipped::skipped;

/// `interregnum ARGS` with so many descriptors; none where there is no `prlimit`.
fn with_files(place: &Place, most: u32, args: &[&str]) -> Option<Done> {
    if Command::new("prlimit").arg("--version").output().is_err() {
        skipped("there is no prlimit (util-linux)");
        return None;
    }
    let mut command = Command::new("prlimit");
    command.arg(format!("--nofile={most}:{most}")).arg(env!("CARGO_BIN_EXE_interregnum")).args(args);
    command.arg("--out").arg(place.out()).current_dir(place.path()).stdin(Stdio::null());
    for variable in ["CI", "INTERREGNUM_OUT", "INTERREGNUM_SANDBOX", "INTERREGNUM_BATCH"] {
        command.env_remove(variable);
    }
    Some(finish(command))
}

#[test]
fn a_cluster_that_needs_more_files_than_may_be_opened_is_refused_before_anything_is_started() {
    let place = Place::new();
    let Some(done) = with_files(&place, 80, &["test", "calm", "--nodes", "5", "--network", "proxy"]) else { return };
    done.refused(70, &["5 nodes", "`proxy`", "80", "ulimit -n"]);
    assert!(!place.out().exists(), "nothing was begun");
}

/// Two nodes, of which one connects to the other 150 times: twice as many sockets for the proxy as for either of them.
const GREEDY: &str = r#"#!/usr/bin/env python3
import json, os, socket, sys, time
name, listen, peer = sys.argv[1:4]
def say(role): os.write(1, json.dumps({"role": role, "term": 1, "vote": "n1", "leader": "n1"}).encode() + b"\n")
host, port = listen.rsplit(":", 1)
server = socket.create_server((host, int(port)), backlog=500)
say("leader" if name == "n1" else "follower")
held = []
if name == "n1":
    time.sleep(1)
    host, port = peer.rsplit(":", 1)
    for _ in range(150): held.append(socket.create_connection((host, int(port)), timeout=20)); held[-1].sendall(b"x")
else:
    while True: held.append(server.accept())
time.sleep(1000)
"#;

#[test]
fn a_proxy_that_runs_out_of_descriptors_ends_the_run_and_accuses_nobody() {
    let place = Place::new();
    let program = place.file("node.py", GREEDY);
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    let text = r#"schema = 1
name = "greedy"
[cluster]
nodes = 2
ports = { peer = 7000 }
addressing = "per-link"
[cluster.lists]
peers = { of = "others", each = "{dial.peer}" }
[node]
command = ["./node.py", "{name}", "{listen.peer}", "{peers...}"]
stop = { signal = "TERM", grace = "1s" }
[[observe]]
kind = "events"
"#;
    let system = place.file("system.toml", text);
    let args = ["test", "calm", "--time", "30s", "--network", "proxy", "--system", &system];
    let Some(done) = with_files(&place, 200, &args) else { return };
    // The part that asks for a descriptor first finds that there is none: mostly the proxy, now and then the one that looks into /proc.
    done.refused(70, &["no more files may be opened here", "`ulimit -n` is 200"]);
    assert_ne!(place.json("verdict.json")["verdict"], "invalid", "{done:?}");
    place.assert_empty();
}

/// A system file of nodes that are told where their peers listen, and not where to dial them.
fn past_the_proxy(place: &Place) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples");
    fs::copy(examples.join("pynode.py"), place.path().join("pynode.py")).unwrap();
    let text = fs::read_to_string(examples.join("pynode.toml")).unwrap();
    place.file("oops.toml", &text.replace("{name}={dial.peer}", "{name}={listen.peer}"))
}

#[test]
fn nodes_that_talk_past_the_proxy_are_found_before_a_cut_is_believed() {
    let place = Place::new();
    let system = past_the_proxy(&place);
    let args = ["test", "re-election", "--by", "cut", "--time", "5s", "--network", "proxy", "--system", &system];
    let done = place.run(&args);
    done.refused(70, &["no byte has crossed", "->", "{dial.PORT}", "{listen.PORT}", "--network switch"]);
    place.assert_empty();
    let history = fs::read_to_string(place.latest().join("history.jsonl")).unwrap();
    assert!(!history.contains(r#""outcome":"installed""#), "no cut is said to be in force: {history}");
}

#[test]
fn on_the_switch_there_is_no_way_past_and_without_faults_of_links_it_does_not_matter() {
    let place = Place::new();
    let system = past_the_proxy(&place);
    let on_switch = ["test", "re-election", "--by", "cut", "--time", "5s", "--network", "switch", "--system", &system];
    let done = place.run(&on_switch);
    if done.code == 70 && done.stderr.contains("the network `switch` cannot be made") {
        skipped(done.stderr.trim());
    } else {
        assert!([0, 2].contains(&done.code), "{done:?}");
    }
    let killed = ["test", "re-election", "--by", "kill", "--time", "5s", "--network", "proxy", "--system", &system];
    let done = place.run(&killed);
    assert!([0, 2].contains(&done.code), "{done:?}");
}
