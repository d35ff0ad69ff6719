//! Programs that bind the wrong address, fork away, or speak what the switch does not carry.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

use crate::place::{Done, Place};

/// What every program begins with. `say` prints a line of the node contract.
const HEAD: &str = r#"#!/usr/bin/env python3
import json, os, socket, sys, time
name, listen, data = sys.argv[1:4]
host, port = listen.rsplit(":", 1)
def say(role, term, leader): os.write(1, json.dumps({"role": role, "term": term, "vote": leader, "leader": leader}).encode() + b"\n")
def serve(family, address):
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6: server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    server.bind(address); server.listen()
    return server
"#;

const TCP: &str = "tcp = \"{listen.peer}\"";

/// One that goes into the background like a daemon of old: two forks, a session of its own.
const DAEMON: &str = "
def daemonise():
    if os.fork(): os._exit(0)
    os.setsid()
    if os.fork(): os._exit(0)
";

/// A system of this program.
fn system(place: &Place, nodes: usize, ready: &str, body: &str) -> String {
    let program = place.file("node.py", &format!("{HEAD}{body}\n"));
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    place.file(
        "system.toml",
        &format!(
            r#"schema = 1
name = "stranger"
[cluster]
nodes = {nodes}
ports = {{ peer = 7000 }}
addressing = "per-link"
[node]
command = ["./node.py", "{{name}}", "{{listen.peer}}", "{{data}}"]
stop = {{ signal = "TERM", grace = "1s" }}
[ready]
{ready}
timeout = "3s"
[[observe]]
kind = "events"
"#
        ),
    )
}

/// Runs it in a `calm` run. Afterwards no process, mount or socket of it is there.
fn run(place: &Place, network: &str, system: &str) -> Done {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    let done = place.run(&["test", "calm", "--time", "1s", "--network", network, "--system", system]);
    place.assert_empty();
    assert_eq!(fs::read_to_string("/proc/self/mounts").unwrap(), mounts, "no mount is left");
    assert_eq!(sockets(place.path()), 0, "no socket is left");
    assert!(!done.stderr.contains("panic") && !done.stderr.contains("backtrace"), "{done:?}");
    done
}

fn sockets(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| match entry.file_type().unwrap() {
            kind if kind.is_dir() => sockets(&entry.path()),
            kind => usize::from(kind.is_socket() || kind.is_fifo()),
        })
        .sum()
}

/// Runs it on these networks; each run is refused with 70 and one sentence that says all of this.
fn refused_on(networks: &[&str], nodes: usize, ready: &str, body: &str, says: &[&str]) {
    for network in networks {
        let place = Place::new();
        let done = run(&place, network, &system(&place, nodes, ready, body));
        done.refused(70, says);
        assert_eq!(place.json("verdict.json")["verdict"], "unknown", "nothing is said against the system: {done:?}");
        assert_eq!(place.json("run.json")["exit"], 70);
    }
}

#[test]
fn a_program_that_binds_another_address_is_told_where_it_listens_and_where_it_is_looked_for() {
    let body = "server = serve(socket.AF_INET, ('127.0.0.1', 7000)); time.sleep(1000)";
    let says = ["n1", "not ready within 3s", "127.0.0.1:7000", "10.77.0.1:7000", "{listen.PORT}"];
    refused_on(&["switch"], 1, TCP, body, &says);
    let says = ["n1", "not ready within 3s", "does not listen on 127.0.0.1:", "{listen.peer}"];
    refused_on(&["proxy"], 1, TCP, body, &says);
}

#[test]
fn a_program_that_takes_only_ipv6_is_told_that_only_ipv4_is_carried() {
    let body = "server = serve(socket.AF_INET6, ('::', int(port))); time.sleep(1000)";
    refused_on(&["switch"], 1, TCP, body, &["n1 was not ready", "IPv6 address", "IPv4 only", "10.77.0.1:7000"]);
    refused_on(&["proxy"], 1, TCP, body, &["n1 was not ready", "does not listen on 127.0.0.1:", "TCP over IPv4"]);
}

#[test]
fn a_program_that_speaks_only_multicast_is_told_how_many_packets_went_nowhere() {
    let body = "
say('follower', 0, None)
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(host))
while True: out.sendto(b'who leads?', ('239.1.2.3', 7000)); time.sleep(.02)";
    let says = ["there is no leader", "n1: it sent", "multicast", "{dial.PORT}"];
    refused_on(&["switch"], 2, "", body, &says);
    refused_on(&["proxy"], 2, "", body, &["there is no leader", "n1: it does not listen on 127.0.0.1:"]);
}

/// A leader of a cluster of one, which also multicasts over IPv6.
const CHATTY: &str = "
say('leader', 1, name)
out = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
[device] = [index for index, other in socket.if_nameindex() if other.startswith('node') or other.startswith('tun') or other != 'lo'][:1]
while True:
    try: out.sendto(b'hello', ('ff02::1234', 7000, 0, device))
    except OSError: pass
    time.sleep(.02)";

#[test]
fn ipv6_packets_beside_a_working_cluster_are_noted_and_change_no_verdict() {
    let place = Place::new();
    let done = run(&place, "switch", &system(&place, 1, "", CHATTY));
    done.valid();
    assert!(done.stdout.contains("note: n1 sent ") && done.stdout.contains("packets over IPv6"), "{done:?}");
    let history = fs::read_to_string(place.latest().join("history.jsonl")).unwrap();
    assert!(history.contains(r#""event":"uncarried""#), "{history}");
}

#[test]
fn a_program_that_speaks_only_ipv6_among_its_nodes_is_told_so_when_there_is_no_leader() {
    let body = CHATTY.replace("say('leader', 1, name)", "say('follower', 0, None)");
    refused_on(&["switch"], 2, "", &body, &["there is no leader", "n1: it sent", "packets over IPv6"]);
}

const FORKED: [&str; 3] = ["n1 forked away", "node.py", "in the foreground"];

#[test]
fn a_program_that_forks_away_and_keeps_its_pipes_is_no_death() {
    let body = format!(
        "{DAEMON}
daemonise()
server = serve(socket.AF_INET, (host, int(port)))
say('leader', 1, name)
time.sleep(1000)"
    );
    refused_on(&["switch", "proxy"], 1, "", &body, &FORKED);
}

#[test]
fn a_program_that_forks_away_and_closes_its_pipes_is_found_too() {
    let body = format!(
        "{DAEMON}
daemonise()
null = os.open(os.devnull, os.O_RDWR)
for file in (0, 1, 2): os.dup2(null, file)
server = serve(socket.AF_INET, (host, int(port)))
time.sleep(1000)"
    );
    refused_on(&["switch", "direct"], 1, TCP, &body, &FORKED);
}

#[test]
fn a_program_that_forks_away_when_it_was_ready_already_is_no_death_either() {
    let body = format!("{DAEMON}\nsay('leader', 1, name)\ntime.sleep(.3)\ndaemonise()\ntime.sleep(1000)");
    refused_on(&["switch", "proxy"], 1, "", &body, &FORKED);
}

#[test]
fn without_a_sandbox_what_forked_away_is_found_and_killed_as_well() {
    let place = Place::new();
    let body = format!("{DAEMON}\ndaemonise()\ntime.sleep(1000)");
    let system = system(&place, 1, TCP, &body);
    let mut command = place.command(&["test", "calm", "--time", "1s", "--network", "proxy", "--system", &system]);
    command.env("INTERREGNUM_SANDBOX", "off");
    crate::place::finish(command).refused(70, &FORKED);
    place.assert_empty();
}

#[test]
fn a_program_that_is_simply_done_is_told_about_the_foreground_and_accused_of_nothing_else() {
    refused_on(&["proxy"], 1, TCP, "", &["n1 exited with status 0 before it was ready", "foreground"]);
}
