//! `check --from`: two clusters one after the other in the same files are no cluster with two leaders of a term; and one cluster is.

use crate::place::{Done, Place};

fn check(from: &str, logs: &[String]) -> Done {
    Place::new().check_logs(from, logs)
}

const TWO: &str = "n1 and n2 were both elected leader of term 1";

/// What a node of the contract prints: it begins at this term with this vote, and then another leads.
fn follows(term: u64, vote: &str, leader: &str) -> String {
    let line = |vote: &str, leader: &str| {
        format!("{{\"role\":\"follower\",\"term\":{term},\"vote\":{vote},\"leader\":{leader},\"log\":[0,0]}}\n")
    };
    let voted = format!("\"{leader}\"");
    line(vote, "null") + &line(&voted, "null") + &line(&voted, &voted)
}

/// It begins at term 0 and leads term 1.
fn leads(node: &str) -> String {
    let line = |role: &str, term: u64, vote: &str, leader: &str| {
        format!("{{\"role\":\"{role}\",\"term\":{term},\"vote\":{vote},\"leader\":{leader},\"log\":[0,0]}}\n")
    };
    let me = format!("\"{node}\"");
    line("follower", 0, "null", "null") + &line("candidate", 1, &me, "null") + &line("leader", 1, &me, &me)
}

const BORN: &str = "{\"role\":\"follower\",\"term\":0,\"vote\":null,\"leader\":null,\"log\":[0,0]}\n";

#[test]
fn of_the_contract_two_clusters_one_after_the_other_convict_nobody() {
    let n1 = leads("n1") + BORN + &follows(1, "null", "n2");
    let n2 = BORN.to_owned() + &follows(1, "null", "n1") + &leads("n2");
    let done = check("reference", &[n1.clone(), n2.clone()]);
    done.ends(&[0], &["reference-logs-life-2"]);
    // The first line of the second cluster is lost on one node or on both.
    let cut = |log: &str| {
        let mut kept = String::new();
        for (at, line) in log.lines().enumerate() {
            kept += if at > 0 && format!("{line}\n") == BORN { "" } else { line };
            kept += "\n";
        }
        kept
    };
    check("reference", &[cut(&n1), n2.clone()]).ends(&[0, 2], &["logs"]);
    // Data that was restored from a backup with the vote of then.
    let restored = leads("n1").replace("\"term\":1", "\"term\":8") + &follows(5, "\"n2\"", "n2");
    check("reference", &[restored, n2]).ends(&[0, 2], &["logs"]);
}

#[test]
fn of_the_contract_two_leaders_of_a_term_convict_also_across_a_restart_with_the_same_data() {
    check("reference", &[leads("n1"), leads("n2")]).ends(&[1], &[TWO]);
    let again = "{\"role\":\"follower\",\"term\":1,\"vote\":\"n1\",\"leader\":null,\"log\":[0,0]}\n";
    check("reference", &[leads("n1") + again, leads("n2")]).ends(&[1], &[TWO]);
    let twice = BORN.to_owned() + &follows(1, "null", "n1") + &follows(1, "\"n1\"", "n2");
    check("reference", &[leads("n1"), twice]).ends(&[1], &["n2 voted for n1 and then for n2 in term 1"]);
}

/// A server of NATS that begins at this minute with its data in this folder.
fn starts(minute: u32, id: &str, folder: &str) -> String {
    let at = |text: &str| format!("[7] 2026/11/29 19:{minute:02}:00.000001 {text}\n");
    at("[INF] Starting nats-server")
        + &at(&format!("[INF]   Store Directory: \"{folder}\""))
        + &at(&format!("[DBG] RAFT [{id} - _meta_] Started"))
}

/// It asks for votes with this log and leads.
fn wins(minute: u32, id: &str, term: u64, log: [u64; 2]) -> String {
    let at = |text: &str| format!("[7] 2026/11/29 19:{minute:02}:10.000001 [DBG] RAFT [{id} - _meta_] {text}\n");
    let [last, index] = log;
    at(&format!("Sending out voteRequest {{term:{term} lastTerm:{last} lastIndex:{index} candidate:{id} reply:}}"))
        + &at("Switching to leader")
}

/// It hears of a leader.
fn hears(minute: u32, id: &str, leader: &str) -> String {
    format!(
        "[7] 2026/11/29 19:{minute:02}:20.000001 [DBG] RAFT [{id} - _meta_] AppendEntry updating leader to \"{leader}\"\n"
    )
}

const IDS: [&str; 2] = ["fjFyEjc1", "44jzkV9D"];

/// n1 leads term 1 of a cluster, and n2 that of another one, in these folders.
fn two_of_nats(folders: [&str; 2]) -> [String; 2] {
    let [a, b] = IDS;
    [
        starts(1, a, folders[0]) + &wins(1, a, 1, [0, 0]) + &starts(9, a, folders[1]) + &hears(9, a, b),
        starts(1, b, folders[0]) + &hears(1, b, a) + &starts(9, b, folders[1]) + &wins(9, b, 1, [0, 0]),
    ]
}

#[test]
fn of_nats_two_clusters_one_after_the_other_convict_nobody() {
    let without = |logs: [String; 2], words: &[&str]| {
        logs.map(|log| {
            let kept = log.lines().filter(|line| words.iter().all(|word| !line.contains(word)));
            kept.fold(String::new(), |all, line| all + line + "\n")
        })
    };
    // Other folders; the same one, with an empty log; and the lines left out that say so.
    for logs in [
        two_of_nats(["/a", "/b"]),
        two_of_nats(["/a", "/a"]),
        without(two_of_nats(["/a", "/b"]), &["Starting nats", "Started"]),
        without(two_of_nats(["/a", "/a"]), &["Store Directory"]),
        without(two_of_nats(["/a", "/a"]), &["Starting nats", "Store Directory"]),
    ] {
        check("nats", &logs).ends(&[0, 2], &["nats-logs"]);
    }
    // The second cluster went further, so that no log is empty: it is unknown, and that is said.
    let [a, b] = IDS;
    let n1 = starts(1, a, "/a") + &wins(1, a, 5, [4, 9]) + &starts(9, a, "/a") + &hears(9, a, b);
    let n2 = starts(1, b, "/a") + &hears(1, b, a) + &starts(9, b, "/a") + &hears(9, b, a) + &wins(10, b, 5, [4, 7]);
    check("nats", &[n1, n2]).ends(&[2], &["or a start of its process or of other data"]);
}

#[test]
fn of_nats_two_leaders_of_a_term_convict_also_across_a_restart_with_the_same_data() {
    let [a, b] = IDS;
    let led = |id: &str| starts(1, id, "/a") + &wins(1, id, 1, [0, 0]);
    check("nats", &[led(a), led(b)]).ends(&[1], &[TWO]);
    // A candidate whose log was not empty when it began, and a server that found entries of its log before it was up.
    let voted = starts(9, a, "/a") + &wins(9, a, 2, [1, 4]);
    let found = starts(9, b, "/a").replace(
        "[DBG] RAFT [44jzkV9D - _meta_] Started",
        "[DBG] RAFT [44jzkV9D - _meta_] Update peers from leader to map[]\n[7] 2026/11/29 19:09:00.000001 [DBG] RAFT [44jzkV9D - _meta_] Started",
    );
    check("nats", &[led(a) + &voted, led(b) + &found]).ends(&[1], &[TWO]);
}

/// A sentinel that begins with this id and leads epoch 1.
fn sentinel(minute: u32, id: &str, elected: bool) -> String {
    let at = |text: &str| format!("7:X 22 Nov 2026 12:{minute:02}:00.000 # {text}\n");
    let begins = at("oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo") + &at(&format!("Sentinel ID is {id}"));
    if !elected {
        return begins;
    }
    begins + &at(&format!("+vote-for-leader {id} 1")) + &at("+elected-leader master main 127.0.0.1 6379")
}

#[test]
fn a_sentinel_keeps_its_id_with_its_epochs_and_with_another_id_it_is_another() {
    let [a, b, c] = ["a", "b", "c"].map(|letter| letter.repeat(40));
    let same = sentinel(1, &a, true) + &sentinel(9, &a, false);
    check("redis-sentinel", &[same, sentinel(1, &b, true)]).ends(&[1], &[TWO]);
    let other = sentinel(1, &a, true) + &sentinel(9, &c, false);
    let late = sentinel(9, &b, true);
    check("redis-sentinel", &[other, late]).ends(&[0, 2], &["logs"]);
}

#[test]
fn lives_that_only_have_the_same_number_are_not_held_against_each_other() {
    // n1 was wiped and came back into its cluster; all data of n2 is of another cluster from its second life on. No line has a time.
    let born = |id: &str| {
        format!(
            "{{\"msg\":\"{id} became follower at term 0\"}}\n{{\"msg\":\"newRaft {id} [peers: [], term: 0, commit: 0, applied: 0, lastindex: 0, lastterm: 0]\"}}\n"
        )
    };
    let wins = |id: &str, term: u64| {
        format!(
            "{{\"msg\":\"{id} became candidate at term {term}\"}}\n{{\"msg\":\"{id} became leader at term {term}\"}}\n"
        )
    };
    let n1 = born("a1") + &wins("a1", 2) + &born("a1") + &wins("a1", 4);
    let n2 = born("b2") + &wins("b2", 3) + &born("b2") + &wins("b2", 4);
    check("etcd", &[n1.clone(), n2]).ends(&[2], &["or a start of its process or of other data"]);
    // Within one life there are two leaders.
    check("etcd", &[born("a1") + &wins("a1", 4), born("b2") + &wins("b2", 4)]).ends(&[1], &["leader of term 4"]);
}

#[test]
fn understood_lines_that_tell_no_state_end_with_a_sentence() {
    let etcd = "{\"level\":\"info\",\"msg\":\"started\"}\n{\"level\":\"info\",\"msg\":\"x\",\"cluster-id\":\"c1\"}\n";
    let sentinel = "7:X 22 Nov 2026 12:00:00.000 # +sdown master main 127.0.0.1 6379\n";
    let nats = "[7] 2026/11/29 19:00:00.000001 [INF]   Store Directory: \"/a\"\n";
    for (from, log, line) in [("etcd", etcd, 2), ("redis-sentinel", sentinel, 1), ("nats", nats, 1)] {
        let done = check(from, &[log.to_owned()]);
        done.ends(&[64], &[&format!("n1.log:{line}: ")]);
        assert!(!done.stderr.contains("history.jsonl"), "{done:?}");
    }
    check("etcd", &[etcd.to_owned()])
        .ends(&[64], &["no line of any file tells the role, term, vote or leader of a node"]);
}

#[test]
fn half_of_the_events_in_another_notation_are_gaps() {
    // n2's first vote stands in a line that cannot be read.
    let n1 = leads("n1");
    let n2 = BORN.to_owned()
        + "{'role': 'follower', 'term': 1, 'vote': 'n1', 'leader': None}\n"
        + "{\"role\":\"follower\",\"term\":1,\"vote\":\"n1\",\"leader\":\"n1\"}\n";
    let place = Place::new();
    let files =
        [("n1", n1), ("n2", n2)].map(|(node, log)| format!("{node}={}", place.file(&format!("{node}.log"), &log)));
    let out = place.out().display().to_string();
    let done = place.run_bare(&["check", "--from", "reference", &files[0], &files[1], "--out", &out]);
    assert_eq!(done.code, 0, "{done:?}");
    let history = std::fs::read_to_string(place.out().join("latest/history.jsonl")).unwrap();
    assert!(history.lines().any(|line| line.contains("\"gap\"") && line.contains("another notation")), "{history}");
}
