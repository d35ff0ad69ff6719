//! What is guessed of commands and logs, and that a guess is always a system file.

use super::*;

fn command(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

#[test]
fn ports_peers_names_and_folders_of_a_command_are_found() {
    let line = "./my-node --id 1 --listen=127.0.0.1:7000 --http-port 8080 --peers 127.0.0.1:7001,127.0.0.1:7002 --data-dir /var/lib/my --json={}";
    let guessed = command::guess(&command(line));
    let arguments = guessed.arguments.join(" ");
    assert_eq!(
        arguments,
        "./my-node --id {id} --listen={listen.peer} --http-port {port.client} --peers {peers} --data-dir {data} --json={{}}"
    );
    assert_eq!(guessed.ports, [("peer".to_owned(), 7000), ("client".to_owned(), 8080)]);
    assert_eq!((guessed.peers.as_deref(), guessed.peers_are_all, guessed.has_data), (Some(","), false, true));
}

#[test]
fn a_node_by_position_and_its_peers_one_by_one_are_found() {
    let guessed =
        command::guess(&command("./node n1 127.0.0.1:27901 /tmp/raft/d1 10 n2=127.0.0.1:27902 n3=127.0.0.1:27903"));
    assert_eq!(guessed.arguments.join(" "), "./node {name} {listen.peer} {data} 10 {peers...}");
    assert_eq!(guessed.ports, [("peer".to_owned(), 27901)]);
    let text = write("mine", &command("./node n1 127.0.0.1:1001 n2=127.0.0.1:1002"), None, "stdout");
    assert!(text.contains("peers = { of = \"others\", each = '{name}={dial.peer}' }"), "{text}");
    // What stands before an address in a list stays there.
    for (list, each) in [
        ("nats://127.0.0.1:1,nats://127.0.0.1:22", "nats://{dial.peer}"),
        ("n1=http://127.0.0.1:11,n2=http://127.0.0.1:12", "{name}=http://{dial.peer}"),
        ("1@127.0.0.1:11,2@127.0.0.1:12", "{id}@{dial.peer}"),
        ("127.0.0.1:11;127.0.0.1:12", "{dial.peer}"),
    ] {
        assert_eq!(command::guess(&command(&format!("x --peers {list}"))).each, each, "{list}");
    }
    // A flag, a word and a path that is no folder of a node are left alone.
    let guessed = command::guess(&command("./node --n2=1 name n /opt/my/plugin.so http://10.0.0.1/d1"));
    assert_eq!(guessed.arguments.join(" "), "./node --n2=1 name n /opt/my/plugin.so http://10.0.0.1/d1");
}

#[test]
fn peers_that_each_stand_behind_the_same_flag_are_one_list() {
    let own = "./node --name=n1 --listen=127.0.0.1:7001 --data=/tmp/d1";
    for (peers, each, all) in [
        ("--peer=n2=127.0.0.1:7002 --peer=n3=127.0.0.1:7003", "--peer={name}={dial.peer}", false),
        ("--peer=n1=127.0.0.1:7001 --peer=n2=127.0.0.1:7002", "--peer={name}={dial.peer}", true),
        ("--peer=n2=127.0.0.1:7002 --peer=n1=127.0.0.1:7001", "--peer={name}={dial.peer}", true),
        ("--join=http://127.0.0.1:7002 --join=http://127.0.0.1:7003", "--join=http://{dial.peer}", false),
    ] {
        let guessed = command::guess(&command(&format!("{own} {peers}")));
        let arguments = guessed.arguments.join(" ");
        assert_eq!(arguments, "./node --name={name} --listen={listen.peer} --data={data} {peers...}", "{peers}");
        assert_eq!((guessed.each.as_str(), guessed.peers_are_all), (each, all), "{peers}");
        assert_eq!(guessed.ports, [("peer".to_owned(), 7001)], "{peers}");
        let text = write("mine", &command(&format!("{own} {peers}")), None, "stdout");
        System::parse("mine.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    }
}

#[test]
fn an_address_to_listen_at_is_no_list_of_peers() {
    let line = "etcd --name n1 --initial-cluster n1=http://127.0.0.1:2380,n2=http://127.0.0.1:2382 --listen-peer-urls http://127.0.0.1:2380 \
                --initial-advertise-peer-urls http://127.0.0.1:2380 --listen-client-urls http://127.0.0.1:2379";
    for line in [line.to_owned(), line.replace("2382 --listen", "2382,n3=http://127.0.0.1:2384 --listen")] {
        let guessed = command::guess(&command(&line));
        assert_eq!(
            guessed.arguments.join(" "),
            "etcd --name {name} --initial-cluster {peers} --listen-peer-urls http://{listen.peer} --initial-advertise-peer-urls \
             http://{listen.peer} --listen-client-urls http://{listen.client}"
        );
        assert_eq!((guessed.each.as_str(), guessed.peers_are_all), ("{name}=http://{dial.peer}", true), "{line}");
    }
    let guessed = command::guess(&command("x --listen 127.0.0.1:7000 --join 127.0.0.1:7001"));
    assert_eq!(guessed.arguments.join(" "), "x --listen {listen.peer} --join {peers}");
}

#[test]
fn whether_a_node_is_in_its_own_list_is_seen_by_address_name_or_number() {
    for (line, all) in [
        ("x --listen 127.0.0.1:7000 --peers 127.0.0.1:7001,127.0.0.1:7002", false),
        ("x --listen 127.0.0.1:7000 --peers 127.0.0.1:7000,127.0.0.1:7001,127.0.0.1:7002", true),
        ("x --listen 0.0.0.0:7000 --peers 127.0.0.1:7000,127.0.0.1:7001,127.0.0.1:7002", true),
        ("x --name n1 --listen 0.0.0.0:7000 --peers n2=10.0.0.2:7000,n3=10.0.0.3:7000", false),
        ("x --name n1 --listen 0.0.0.0:7000 --peers n1=10.0.0.1:7000,n2=10.0.0.2:7000,n3=10.0.0.3:7000", true),
        ("x --listen 0.0.0.0:7000 --peers 10.0.0.2:7000,10.0.0.3:7000", false),
        ("x --listen 0.0.0.0:7000 --peers 10.0.0.1:7000,10.0.0.2:7000,10.0.0.3:7000", true),
        ("x --listen 10.0.0.1:7000 --peers 10.0.0.1:7000,10.0.0.2:7000", true),
        ("x --id=2 --listen 0.0.0.0:7000 --peers 1@10.0.0.1:7000,2@10.0.0.2:7000", true),
    ] {
        assert_eq!(command::guess(&command(line)).peers_are_all, all, "{line}");
    }
    let guessed = command::guess(&command("x --listen 127.0.0.1:7000 --http :8080 --time 10:30 --label :x"));
    assert_eq!(guessed.arguments.join(" "), "x --listen {listen.peer} --http :{port.client} --time 10:30 --label :x");
}

#[test]
fn a_file_of_settings_is_named_as_missing() {
    let text = write("mine", &command("./node -D -c /etc/my/s1.conf"), None, "stderr");
    assert!(text.contains("# MISSING: every node reads the same s1.conf as it stands"), "{text}");
    System::parse("mine.toml", &text).unwrap();
}

#[test]
fn what_a_log_of_the_contract_says_is_counted() {
    let log = "{\"role\":\"leader\",\"term\":1}\nstarting\n";
    let system = System::parse("mine.toml", &write("mine", &command("x"), Some(log), "stdout")).unwrap();
    assert_eq!(understood(&system, log), "of 2 lines of the log, 1 are events of the node contract");
    assert!(understood(&system, "\n").contains("the log is empty"));
}

#[test]
fn lines_with_a_role_and_a_term_become_rules_that_understand_them() {
    let log = "2026-01-02T03:04:05Z INFO [raft] node 3 became candidate at term 7\n2026-01-02T03:04:06Z INFO [raft] node 3 became leader at \
               term 7\n2026-01-02T03:04:06Z INFO heartbeat sent\n2026-01-02T03:04:07Z INFO got append of term 7 from 2\n";
    let text = write("mine", &command("./my-node --listen 127.0.0.1:7000"), Some(log), "stderr");
    let system = System::parse("mine.toml", &text).unwrap();
    assert_eq!(understood(&system, log), "of 4 lines of the log, 2 are understood and 0 cannot be read", "{text}");
    assert!(text.contains("MISSING: what this line means") && text.contains("evidence = \"sampled\""), "{text}");
}

#[test]
fn the_lines_of_a_stack_trace_become_no_rules() {
    let log = "12:00:01 WARN call failed\njava.lang.IllegalStateException: state: leader, term 9\n\tat com.example.raft.Leader.becomeLeader(Leader.java:3)\n\
               Caused by: java.io.IOException: became leader, term 7\n\t... 12 more\n12:00:02 INFO became leader in term 4\n";
    let text = write("mine", &command("x"), Some(log), "stdout");
    assert_eq!(text.matches("guessed: ").count(), 1, "{text}");
    assert!(text.contains("{ re = 'became (?P<role>[\\w-]+) in term (?P<term>\\w+)' }"), "{text}");
}

#[test]
fn colours_of_a_log_are_no_part_of_its_lines() {
    // As Rust's `tracing` prints on a terminal.
    let log = "\x1b[2m2026-12-01T04:42:30.1Z\x1b[0m \x1b[32m INFO\x1b[0m \x1b[2mraft::core\x1b[0m\x1b[2m:\x1b[0m became \x1b[3mrole\x1b[0m\x1b[2m=\x1b[0mLeader \
               \x1b[3mterm\x1b[0m\x1b[2m=\x1b[0m4\n";
    let text = write("mine", &command("x"), Some(log), "stdout");
    assert!(text.contains("became role=(?P<role>[\\w-]+) term=(?P<term>\\w+)' }"), "{text}");
    let system = System::parse("mine.toml", &text).unwrap();
    assert_eq!(understood(&system, log), "of 1 lines of the log, 1 are understood and 0 cannot be read", "{text}");
}

#[test]
fn messages_in_json_are_found_and_the_node_contract_is_known() {
    let log = "{\"ts\":1.5,\"level\":\"info\",\"msg\":\"8e9e05c52164694d became follower at term 4\"}\n{\"ts\":1.6,\"msg\":\"ready\"}\n";
    let text = write("mine", &command("etcd"), Some(log), "stderr");
    assert!(text.contains("json = { message = \"/msg\", time = \"/ts\" }"), "{text}");
    let system = System::parse("mine.toml", &text).unwrap();
    assert_eq!(understood(&system, log), "of 2 lines of the log, 1 are understood and 0 cannot be read", "{text}");
    let text = write("mine", &command("x"), Some("{\"role\":\"leader\",\"term\":1}\n"), "stdout");
    assert!(text.contains("kind = \"events\""), "{text}");
}

#[test]
fn whatever_is_given_a_system_file_comes_out() {
    let logs =
        [None, Some(""), Some("became leader"), Some("term 5 {'x'} \\d"), Some("state: 'leader' (term=0x1f) \"q\"")];
    for log in logs {
        for line in ["x", "x {a} }", "x --name='a' --port 0", "x --peers [::1]:80 --bind 10.0.0.1 --peer=a:1"] {
            let text = write(&name_of("./"), &command(line), log, "stdout");
            System::parse("x.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        }
    }
}
