//! `check --from`: lines that mean something with what stands before them, lines that were cut in half, and processes with one id.

use crate::place::{Done, Place};

fn check(from: &str, logs: &[String]) -> Done {
    Place::new().check_logs(from, logs)
}

const IDS: [&str; 2] = ["8e9e05c52164694d", "91bc3c398fb3c146"];

/// What a member of etcd prints, as zap's JSON: it begins with new data and leads term 2.
fn leads(second: u32, id: &str) -> Vec<String> {
    let line = |part: u32, text: &str, more: &str| {
        format!(r#"{{"level":"info","ts":"2026-11-29T19:00:{second:02}.{part:03}Z","msg":"{text}"{more}}}"#)
    };
    vec![
        line(1, "etcd Version: 3.5.9", ""),
        line(2, "starting an etcd server", r#","data-dir":"/var/lib/etcd""#),
        line(3, "starting local member", &format!(r#","local-member-id":"{id}","cluster-id":"cdf818194e3a8c32""#)),
        line(4, &format!("{id} became follower at term 0"), ""),
        line(5, &format!("newRaft {id} [peers: [], term: 0, commit: 0, applied: 0, lastindex: 0, lastterm: 0]"), ""),
        line(6, &format!("{id} became follower at term 1"), ""),
        line(7, &format!("{id} became candidate at term 2"), ""),
        line(8, &format!("{id} became leader at term 2"), ""),
    ]
}

#[test]
fn a_line_that_means_something_as_it_stands_has_its_own_time_all_the_same() {
    let syslog = |node: u32, second: u32| {
        let lines = leads(second, IDS[node as usize - 1]);
        lines.iter().fold(String::new(), |all, line| {
            all + &format!("Nov 29 19:00:{second:02} host-{node} etcd[80{node}]: {line}\n")
        })
    };
    check("etcd", &[syslog(1, 1), syslog(2, 1)]).ends(&[1], &["n1 and n2 were both elected leader of term 2"]);
    let one = syslog(2, 1).lines().take(6).fold(String::new(), |all, line| all + line + "\n");
    check("etcd", &[syslog(1, 1), one]).ends(&[0], &["no clock was used"]);
}

#[test]
fn a_line_that_was_cut_in_half_is_a_hole_though_its_time_has_no_zone() {
    let kept = |line: &str| {
        format!("{{\"log\":\"{line}\\n\",\"stream\":\"stderr\",\"time\":\"2026-11-29T19:00:01.000000001Z\"}}")
    };
    let nats = |text: &str| format!("[7] 2026/11/29 19:00:01.000001 {text}");
    let raft = |id: &str, text: &str| kept(&nats(&format!("[DBG] RAFT [{id} - _meta_] {text}")));
    let log = |id: &str, cut: bool| {
        let asks = format!("Sending out voteRequest {{term:1 lastTerm:0 lastIndex:0 candidate:{id} reply:}}");
        let mut lines = vec![kept(&nats("[INF] Starting nats-server")), raft(id, "Started"), raft(id, &asks)];
        let leads = raft(id, "Switching to leader");
        lines.push(if cut { leads[..leads.len() / 2].to_owned() } else { leads });
        lines.join("\n") + "\n"
    };
    check("nats", &[log("fjFyEjc1", false), log("44jzkV9D", false)]).ends(&[1], &["both elected leader of term 1"]);
    let done = check("nats", &[log("fjFyEjc1", false), log("44jzkV9D", true)]);
    assert!(matches!(done.code, 0 | 2), "{done:?}");
}

/// A server of NATS begins.
fn starts(minute: u32, pid: u32, id: &str) -> String {
    let at = |text: &str| format!("[{pid}] 2026/11/29 19:{minute:02}:00.000001 {text}\n");
    at("[INF] Starting nats-server")
        + &at("[INF]   Store Directory: \"/data\"")
        + &at(&format!("[DBG] RAFT [{id} - _meta_] Started"))
}

fn says(minute: u32, pid: u32, id: &str, text: &str) -> String {
    format!("[{pid}] 2026/11/29 19:{minute:02}:10.000001 [DBG] RAFT [{id} - _meta_] {text}\n")
}

fn wins(minute: u32, pid: u32, id: &str, [last, index]: [u64; 2]) -> String {
    let asks = format!("Sending out voteRequest {{term:1 lastTerm:{last} lastIndex:{index} candidate:{id} reply:}}");
    says(minute, pid, id, &asks) + &says(minute, pid, id, "Switching to leader")
}

fn hears(minute: u32, pid: u32, id: &str, leader: &str) -> String {
    says(minute, pid, id, &format!("AppendEntry updating leader to \"{leader}\""))
}

const SERVERS: [&str; 2] = ["fjFyEjc1", "44jzkV9D"];

#[test]
fn a_process_that_a_line_begins_is_another_one_though_its_id_is_the_same() {
    let [a, b] = SERVERS;
    // Two clusters, one after the other; a host that was started anew gives out the same ids.
    let two = |pids: [u32; 2]| {
        [
            starts(1, pids[0], a) + &wins(1, pids[0], a, [0, 0]) + &starts(9, pids[1], a) + &hears(9, pids[1], a, b),
            starts(1, pids[0], b) + &hears(1, pids[0], b, a) + &starts(9, pids[1], b) + &wins(9, pids[1], b, [0, 0]),
        ]
    };
    for pids in [[801, 801], [801, 812], [1, 1]] {
        let done = check("nats", &two(pids));
        assert!(matches!(done.code, 0 | 2), "{pids:?}: {done:?}");
    }
    // Of one cluster, without a start between.
    let one = [starts(1, 801, a) + &wins(1, 801, a, [0, 0]), starts(1, 801, b) + &wins(1, 801, b, [0, 0])];
    check("nats", &one).ends(&[1], &["both elected leader of term 1"]);
}

#[test]
fn a_start_that_was_lost_was_before_the_first_line_of_its_process() {
    let [a, b] = SERVERS;
    // n1's second start is missing, and its first line after that comes later than n2's victory.
    let n1 = starts(1, 801, a) + &wins(1, 801, a, [0, 0]) + &hears(10, 812, a, b);
    let n2 = |second: &str| starts(1, 801, b) + &hears(1, 801, b, a) + second + &wins(9, 812, b, [0, 0]);
    let done = check("nats", &[n1.clone(), n2(&starts(9, 812, b))]);
    assert!(matches!(done.code, 0 | 2), "{done:?}");
    // n2 came back with its log, and won the term that n1 had won before; nobody else came back between.
    let kept = says(9, 812, b, "Update peers from leader to map[]") + &starts(9, 812, b);
    let n1 = starts(1, 801, a) + &wins(1, 801, a, [0, 0]) + &hears(10, 801, a, b);
    check("nats", &[n1, n2(&kept)]).ends(&[1], &["both elected leader of term 1"]);
}
