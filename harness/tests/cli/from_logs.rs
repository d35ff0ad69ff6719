//! `check --from`: logs and traces that exist already, through whatever kept them.

use std::fs;
use std::io::Write;

use crate::place::{Done, Place};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");

/// The log of a member of the cluster with two leaders.
fn log(node: &str) -> String {
    fs::read_to_string(format!("{CASES}/logs/etcd-two-leaders/{node}.log")).unwrap()
}

/// Logs that are lawful: as far as the first leader of term 4.
fn lawful(node: &str) -> String {
    match node {
        "n1" => log("n1"),
        "n2" => log("n2").lines().take(4).fold(String::new(), |all, line| all + line + "\n"),
        _ => log("n3").lines().take(2).fold(String::new(), |all, line| all + line + "\n"),
    }
}

/// What other programs put around a line.
type Wrap<'a> = &'a dyn Fn(&str) -> String;

/// Checks logs of etcd: the arguments name files of this place.
fn check(place: &Place, arguments: &[&str]) -> Done {
    let mut all = vec!["check", "--from", "etcd"];
    all.extend(arguments);
    place.run_bare(&all)
}

#[test]
fn two_leaders_of_a_term_are_proved_by_their_own_logs_and_the_lost_vote_by_a_witness() {
    let place = Place::new();
    let of = |node| format!("{node}={}", place.file(&format!("{node}.log"), &log(node)));
    let all = ["n1", "n2", "n3"].map(of);
    let done = check(&place, &[&all[0], &all[1], &all[2]]);
    done.ends(&[1], &[
        "n1 and n2 were both elected leader of term 4; proved by the order within n1 and n2 alone; no clock was used.",
        "n1 counted the vote of n2 in term 4, and after a restart n2 came back at term 3 and voted for n2 in that term",
        "the record does not say whether its data was lost or replaced",
        "n1.log:5: ",
    ]);
    for missing in 0..3 {
        let rest: Vec<&str> =
            all.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, of)| of.as_str()).collect();
        let done = check(&place, &rest);
        assert!(done.code == 0 || done.code == 2 || (missing == 2 && done.code == 1), "{done:?}");
        if done.code == 1 {
            done.ends(&[1], &["n1 and n2 were both elected leader of term 4"]);
        }
    }
}

#[test]
fn whatever_kept_the_lines_is_peeled_off() {
    let place = Place::new();
    let docker = |line: &str| {
        serde_json::json!({ "log": format!("{line}\n"), "stream": "stderr", "time": "2017-07-14T02:40:00.1Z" })
            .to_string()
    };
    let wraps: [(&str, Wrap<'_>); 11] = [
        ("journald", &|line| format!("Jul 14 02:40:00 host-1 etcd[412]: {line}")),
        ("journald-iso", &|line| format!("2017-07-14T02:40:00+0200 host-1 etcd[412]: {line}")),
        ("docker-t", &|line| format!("2017-07-14T02:40:00.000000001Z {line}")),
        ("json-file", &docker),
        ("cri", &|line| format!("2017-07-14T02:40:00.1Z stderr F {line}")),
        ("kubectl", &|line| format!("[pod/etcd-0/etcd] 2017-07-14T02:40:00.1Z {line}")),
        ("stern", &|line| format!("etcd-0 etcd {line}")),
        ("compose", &|line| format!("etcd1-1  | {line}")),
        ("cri-in-json", &|line| docker(&format!("2017-07-14T02:40:00.1Z stderr F {line}"))),
        ("crlf", &|line| format!("{line}\r")),
        ("colours", &|line| {
            format!(
                "\u{1b}[36metcd-0\u{1b}[0m \u{1b}[35metcd\u{1b}[0m {}",
                line.replace("became", "\u{1b}[1mbecame\u{1b}[0m")
            )
        }),
    ];
    for (name, wrap) in wraps {
        let of = |node: &str, with: bool| {
            let text = if with { log(node) } else { lawful(node) };
            let text: String = text.lines().map(|line| wrap(line) + "\n").collect();
            format!("{node}={}", place.file(&format!("{name}-{node}.log"), &text))
        };
        let done = check(&place, &[&of("n1", true), &of("n2", true), &of("n3", true)]);
        assert_eq!(done.code, 1, "{name}: {done:?}");
        let done = check(&place, &[&of("n1", false), &of("n2", false), &of("n3", false)]);
        assert_eq!(done.code, 0, "{name}: {done:?}");
    }
}

#[test]
fn exports_that_begin_with_the_newest_line_are_read_backwards() {
    let place = Place::new();
    let entries = |node: &str| -> Vec<(String, String)> {
        log(node)
            .lines()
            .zip(0u64..)
            .map(|(line, at)| (format!("{}", 1_500_000_000_000_000_000 + at * 1_000_000), line.to_owned()))
            .collect()
    };
    let loki = |node: &str| {
        let values: Vec<_> =
            entries(node).into_iter().rev().map(|(time, line)| serde_json::json!([time, line])).collect();
        serde_json::json!({ "status": "success", "data": { "resultType": "streams", "result": [{ "stream": { "app": "etcd" }, "values": values }] } }).to_string()
    };
    let kibana = |node: &str| {
        let hits: Vec<_> = entries(node)
            .into_iter()
            .rev()
            .map(|(time, line)| serde_json::json!({ "_source": { "@timestamp": time, "message": line } }))
            .collect();
        serde_json::to_string_pretty(&hits).unwrap()
    };
    let logcli = |node: &str| {
        entries(node)
            .into_iter()
            .rev()
            .map(|(time, line)| format!("{}\n", serde_json::json!({ "labels": {}, "line": line, "timestamp": time })))
            .collect::<String>()
    };
    for (name, export) in [("loki", &loki as &dyn Fn(&str) -> String), ("kibana", &kibana), ("logcli", &logcli)] {
        let of = |node: &str| format!("{node}={}", place.file(&format!("{name}-{node}.json"), &export(node)));
        let done = check(&place, &[&of("n1"), &of("n2"), &of("n3")]);
        done.ends(&[1], &["n1 counted the vote of n2 in term 4", "newest first"]);
    }
}

#[test]
fn a_journal_that_begins_with_the_newest_line_convicts_nobody() {
    let place = Place::new();
    // Lines of the raft library have whole seconds there, all others microseconds.
    let restored = |node: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/systems/logs");
        fs::read_to_string(format!("{folder}/etcd-restored-{node}.log")).unwrap()
    };
    let prefixed = |node: &str| -> Vec<String> {
        let second = |line: &str| {
            line.split(' ').find(|word| word.len() >= 8 && word.as_bytes()[2] == b':').map(|word| word[..8].to_owned())
        };
        let lines = restored(node);
        lines.lines().filter_map(|line| Some(format!("Nov 30 {} h etcd: {line}", second(line)?))).collect()
    };
    let of = |node: &str, name: &str, lines: &[String]| {
        format!("{node}={}", place.file(&format!("{name}-{node}.log"), &lines.join("\n")))
    };
    let forwards = ["n1", "n2", "n3"].map(|node| of(node, "forwards", &prefixed(node)));
    check(&place, &forwards.each_ref().map(String::as_str)).ends(&[0], &[]);
    let backwards = ["n1", "n2", "n3"].map(|node| {
        let mut lines = prefixed(node);
        lines.reverse();
        of(node, "backwards", &lines)
    });
    let done = check(&place, &backwards.each_ref().map(String::as_str));
    assert!([0, 2].contains(&done.code), "{done:?}");
    assert!(done.stdout.contains("newest first"), "{done:?}");
    // Two stamps, one fall: newest first, or a clock that was set back.
    let line = |at: &str, text: &str| {
        format!(
            "2026-11-30T23:59:55+0000 h etcd[7]: {{\"level\":\"info\",\"ts\":\"2026-11-30T23:59:55.{at}+0000\",\"msg\":\"{text}\"}}"
        )
    };
    let id = "220a653e96bee1c3";
    let few = [
        line("676265", &format!("raft.node: {id} elected leader 6550d22a653e96be at term 2")),
        line("676265", &format!("{id} became follower at term 2")),
        line("468993", &format!("{id} became follower at term 1")),
        line("468993", &format!("newRaft {id} [peers: [], term: 0, commit: 0, applied: 0, lastindex: 0, lastterm: 0]")),
        line("468993", &format!("{id} became follower at term 0")),
    ];
    let one = of("n1", "few", &few);
    let done = check(&place, &[&one]);
    assert!([0, 2].contains(&done.code), "{done:?}");
    // The same lines with a stamp of each their own, newest first: nothing is lost by turning them.
    let ats = ["676265", "676264", "468993", "468992", "468991"];
    let apart: Vec<String> =
        few.iter().zip(ats).map(|(line, at)| line.replace("676265", at).replace("468993", at)).collect();
    let done = check(&place, &[&of("n1", "apart", &apart)]);
    assert!([0, 2].contains(&done.code) && done.stdout.contains("newest first"), "{done:?}");
}

#[test]
fn packed_and_rotated_files_are_one_log_and_overlaps_count_once() {
    let place = Place::new();
    let text = log("n2");
    let lines: Vec<&str> = text.lines().collect();
    let pack = |name: &str, lines: &[&str]| {
        let path = place.path().join(name);
        let mut packed = flate2::write::GzEncoder::new(fs::File::create(&path).unwrap(), flate2::Compression::fast());
        lines.iter().for_each(|line| writeln!(packed, "{line}").unwrap());
        packed.finish().unwrap();
        path.display().to_string()
    };
    let (old, new) = (pack("n2.log.1.gz", &lines[..7]), place.file("n2.log", &(lines[4..].join("\n") + "\n")));
    let n1 = format!("n1={}", place.file("n1.log", &log("n1")));
    let done = check(&place, &[&n1, &format!("n2={new},{old}")]);
    done.ends(&[1], &["n1 and n2 were both elected leader of term 4", "n1 counted the vote of n2 in term 4", "gzip"]);
}

#[test]
fn a_restored_snapshot_and_a_lost_line_convict_nobody() {
    let place = Place::new();
    let start = |node: &str, term: u64, index: u64| {
        format!(
            "{{\"msg\":\"{node} became follower at term {term}\"}}\n{{\"msg\":\"newRaft {node} [peers: [], term: {term}, commit: {index}, applied: {index}, lastindex: {index}, lastterm: {term}]\"}}\n"
        )
    };
    let leads = |node: &str, term: u64| {
        format!(
            "{{\"msg\":\"{node} became candidate at term {term}\"}}\n{{\"msg\":\"{node} became leader at term {term}\"}}\n"
        )
    };
    let follows = |node: &str, term: u64| format!("{{\"msg\":\"{node} became follower at term {term}\"}}\n");
    let (a, b, c) = ("a1", "b2", "c3");
    let n1 = start(a, 0, 0) + &leads(a, 2) + &follows(a, 3) + &start(a, 1, 3) + &follows(a, 2);
    let n2 = start(b, 0, 0) + &follows(b, 2) + &leads(b, 3) + &start(b, 1, 3) + &leads(b, 2);
    let n3 = start(c, 0, 0) + &follows(c, 2) + &follows(c, 3) + &start(c, 1, 3) + &follows(c, 2);
    let of = |node: &str, text: &str| format!("{node}={}", place.file(&format!("{node}.log"), text));
    let done = check(&place, &[&of("n1", &n1), &of("n2", &n2), &of("n3", &n3)]);
    done.ends(&[0], &["etcd-logs-life-2", "etcd-logs-life-1"]);

    // The same member votes twice in a term, once before and once after lines that were suppressed.
    let votes = |for_whom: &str| {
        format!(
            "{{\"msg\":\"c3 [logterm: 1, index: 3, vote: 0] cast MsgVote for {for_whom} [logterm: 1, index: 3] at term 7\"}}\n"
        )
    };
    let n1 = start(a, 6, 9) + &leads(a, 7);
    let n2 = start(b, 6, 9) + &follows(b, 7);
    let once = start(c, 6, 9) + &votes("a1") + &votes("b2");
    let lost = start(c, 6, 9) + &votes("a1") + "Suppressed 12 messages from etcd.service\n" + &votes("b2");
    let twice = check(&place, &[&of("n1", &n1), &of("n2", &n2), &of("n3", &once)]);
    twice.ends(
        &[1],
        &[
            "vote-once",
            "n3 voted for n1 and then for n2 in term 7; proved by the order within n3 alone; no clock was used.",
        ],
    );
    let open = check(&place, &[&of("n1", &n1), &of("n2", &n2), &of("n3", &lost)]);
    open.ends(&[2], &["lines of n3 may be missing before", "n3.log:5"]);
}

#[test]
fn what_cannot_be_judged_is_a_sentence_with_file_and_line() {
    let place = Place::new();
    let good = place.file("good.log", &log("n1"));
    let other = place.file("other.log", &log("n2"));
    let damaged = place.path().join("cut.log.gz").display().to_string();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(log("n2").repeat(50).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    fs::write(&damaged, &packed[..packed.len() / 2]).unwrap();
    let mixed = place.file("mixed.log", "2024-01-01T00:00:00Z host etcd[1]: {\"msg\":\"b2 became leader at term 3\"}\n2024-01-01T00:00:01 host etcd[1]: {\"msg\":\"b2 became follower at term 4\"}\n");
    for (arguments, parts) in [
        (vec![format!("n1={}", place.file("empty.log", ""))], vec!["empty.log:1: the file is empty"]),
        (
            vec![format!("n1={}", place.file("binary.log", "\u{0}\u{1}\u{2}\u{0}\u{7}\u{0}\u{0}\u{0}\u{0}\u{0}"))],
            vec!["binary.log:1: this is binary data"],
        ),
        (vec![format!("n1={good}"), format!("n2={damaged}")], vec!["cut.log.gz:", "damaged or cut off"]),
        (
            vec![format!("n1={good}"), format!("n2={}", place.file("copy.log", &log("n1")))],
            vec!["copy.log:1:", "good.log:1: these are logs of one member"],
        ),
        (vec![format!("n1={good},{other}")], vec!["good.log:4:", "two members write into this log"]),
        (
            vec![format!("n1={good}"), format!("n2={good}")],
            vec!["good.log:1: this file is given as that of n1 as well"],
        ),
        (
            vec![format!("n1={}", place.file("prose.log", "hello\nworld\n"))],
            vec!["prose.log:1:", "means anything in a log of etcd"],
        ),
        (
            vec![format!(
                "n1={}",
                place.file(
                    "nats.log",
                    "[26] 2025/01/24 19:04:55.251280 [DBG] RAFT [LWhxtZZD - _meta_] Switching to leader\n"
                )
            )],
            vec!["say --from nats"],
        ),
        (vec![format!("n1={mixed}")], vec!["mixed.log:2: this stamp says no zone"]),
        (vec![format!("n1={good}"), "--group".to_owned(), "x".to_owned()], vec!["--group x"]),
        (vec![good.clone()], vec!["which node's log is this?"]),
        (vec!["n1=/nonexistent.log".to_owned()], vec!["/nonexistent.log: cannot be read"]),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        check(&place, &arguments).ends(&[64], &parts);
    }
    let member = |id: &str, cluster: &str| {
        format!(
            "{{\"msg\":\"starting local member\",\"local-member-id\":\"{id}\",\"cluster-id\":\"{cluster}\"}}\n{{\"msg\":\"{id} became leader at term 3\"}}\n"
        )
    };
    let (one, two) = (place.file("one.log", &member("a1", "c1")), place.file("two.log", &member("b2", "c2")));
    check(&place, &[&format!("n1={one}"), &format!("n2={two}")])
        .ends(&[64], &["two.log:1: n2 is of the cluster c2 here, and n1 of c1"]);
    let line = |pid: u32, id: &str, term: u64| {
        format!("Jul 14 02:40:00 h etcd[{pid}]: {{\"msg\":\"{id} became candidate at term {term}\"}}\n")
    };
    let both = place.file("both.log", &(line(7, "a1", 3) + &line(8, "b2", 3) + &line(7, "a1", 4)));
    check(&place, &[&format!("n1={both}")]).ends(&[64], &["both.log:3:", "two members write into this log"]);
    // One file that means nothing beside others leaves it open, and so does one node's log alone.
    let silent = place.file("silent.log", "{\"msg\":\"nothing of elections\"}\n");
    check(&place, &[&format!("n1={good}"), &format!("n2={silent}")])
        .ends(&[2], &["no line of the files of n2 means anything"]);
    check(&place, &[&format!("n1={good}")]).ends(&[2], &["there is the log of n1 only"]);
}

#[test]
fn a_name_that_an_operator_gives_is_no_id() {
    let place = Place::new();
    // A user who calls the members b2 and a1 the other way round accuses no node by that.
    let a = place.file("a.log", "{\"msg\":\"a1 became candidate at term 3\"}\n{\"msg\":\"a1 became leader at term 3\"}\n{\"msg\":\"raft.node: a1 elected leader a1 at term 3\"}\n");
    let b = place.file(
        "b.log",
        "{\"msg\":\"b2 became follower at term 3\"}\n{\"msg\":\"raft.node: b2 elected leader a1 at term 3\"}\n",
    );
    check(&place, &[&format!("b2={a}"), &format!("a1={b}")]).ends(&[0], &["one leader was named for the one term"]);
}

#[test]
fn one_file_of_all_nodes_is_split_by_an_expression() {
    let place = Place::new();
    let mut text = String::new();
    for node in ["n1", "n2", "n3"] {
        log(node).lines().for_each(|line| text += &format!("2017-07-14T02:40:00Z host={node} {line}\n"));
    }
    let file = place.file("all.log", &text);
    check(&place, &["--split", r"host=(?P<node>\S+)", &file])
        .ends(&[1], &["n1 and n2 were both elected leader of term 4"]);
    check(&place, &["--split", r"host=\S+", &file]).ends(&[64], &["(?P<node>"]);
}

#[test]
fn a_run_folder_of_logs_is_one_for_report_check_and_index() {
    let place = Place::new();
    let of = |node| format!("{node}={}", place.file(&format!("{node}.log"), &log(node)));
    let out = place.out().display().to_string();
    check(&place, &[&of("n1"), &of("n2"), &of("n3"), "--out", &out]).ends(&[1], &["report: "]);
    let run = place.out().join("latest");
    for file in ["history.jsonl", "verdict.json", "report.html", "system.toml", "logs.html"] {
        assert!(run.join(file).exists(), "{file}");
    }
    let again = place.run_bare(&["check", &run.display().to_string()]);
    again.ends(&[1], &["n1 and n2 were both elected leader of term 4; proved by the order within n1 and n2 alone"]);
    place.run_bare(&["report", &run.display().to_string()]).ends(&[0], &[]);
    assert!(fs::read_to_string(place.out().join("index.html")).unwrap().contains("etcd"));
}

#[test]
fn traces_of_models_and_of_implementations_are_judged_as_they_deserve() {
    let place = Place::new();
    let judged =
        |from: &str, name: &str| place.run_bare(&["check", "--from", from, &format!("{CASES}/traces/{name}.gz")]);
    judged("tlc", "xraft-election-safety.MC.out").ends(
        &[1],
        &[
            "n1 and n3 were both elected leader of term 2",
            "n1 became leader of term 2 without a majority of the 3 voters",
        ],
    );
    judged("tlc", "wraft-term-falls.MC.out").ends(&[1], &["it had reported term 2, and later it reported term 1"]);
    for lawful in [
        "daosraft-leader-grants",
        "pysyncobj-next-index",
        "raftos-erased-entries",
        "wraft-next-index",
        "xraft-linearizability",
    ] {
        judged("tlc", &format!("{lawful}.MC.out")).ends(&[0], &[]);
    }
    judged("etcd-raft-trace", "etcd-raft-example.ndjson").ends(&[0], &[]);
    let text = place.file("no.out", "TLC found nothing\n");
    place.run_bare(&["check", "--from", "tlc", &text]).ends(&[64], &["no.out:1: there is no state"]);
}

#[test]
fn the_clocks_of_hosts_are_worked_out_from_what_nodes_send_each_other() {
    let place = Place::new();
    // n2's clock is 20 s ahead; a vote is asked for, given and counted within 9 ms.
    let line = |at: &str, text: &str| format!("{{\"level\":\"info\",\"ts\":{at},\"msg\":\"{text}\"}}\n");
    let (n1, n2) = ("aaaaaaaaaaaaaaa1", "bbbbbbbbbbbbbbb2");
    let first = [
        line("1500000000.100", &format!("{n1} became follower at term 3")),
        line("1500000000.101", &format!("raft.node: {n1} elected leader {n2} at term 3")),
        line("1500000010.000", &format!("{n1} became candidate at term 4")),
        line("1500000010.001", &format!("{n1} received MsgVoteResp from {n1} at term 4")),
        line("1500000010.009", &format!("{n1} received MsgVoteResp from {n2} at term 4")),
        line("1500000010.010", &format!("{n1} became leader at term 4")),
    ]
    .concat();
    let second = [
        line("1500000030.004", &format!("{n2} became follower at term 4")),
        line(
            "1500000030.005",
            &format!("{n2} [logterm: 3, index: 7, vote: 0] cast MsgVote for {n1} [logterm: 3, index: 7] at term 4"),
        ),
        line("1500000030.012", &format!("raft.node: {n2} elected leader {n1} at term 4")),
    ]
    .concat();
    let files = [format!("n1={}", place.file("n1.log", &first)), format!("n2={}", place.file("n2.log", &second))];
    let done = check(&place, &["--clocks", "messages", &files[0], &files[1]]);
    done.ends(
        &[0],
        &[
            "n1 saw no leader from 2017-07-14 02:40:10.000 to 2017-07-14 02:40:10.010 by its own clock: 0.01 s",
            "the clock of n2 was 19.999 s ahead of n1's, give or take 0.004 s",
        ],
    );
    let silent = check(&place, &[&files[0], &files[1]]);
    assert!(!silent.stdout.contains("the clock of"), "{silent:?}");
}

#[test]
fn of_a_node_whose_lines_name_no_leader_nothing_is_said_of_leaders_that_it_saw() {
    let place = Place::new();
    let n1 = "aaaaaaaaaaaaaaa1";
    let line = |at: u32, text: &str| format!("{{\"level\":\"info\",\"ts\":15000000{at}.5,\"msg\":\"{n1} {text}\"}}\n");
    // In term 5 it may have followed a leader all the time.
    let log = [
        line(10, "became leader at term 4"),
        line(20, "became follower at term 5"),
        line(90, "became leader at term 6"),
    ];
    let done = check(&place, &[&format!("n1={}", place.file("n1.log", &log.concat()))]);
    assert!(!done.stdout.contains("saw no leader"), "{done:?}");
}
