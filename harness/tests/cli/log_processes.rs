//! `check --from`: what accuses one process accuses no node where it may have been two, and nothing shows that it was one.

use crate::place::{Done, Place};

fn check(from: &str, logs: &[String]) -> Done {
    Place::new().check_logs(from, logs)
}

/// A line of etcd.
fn line(text: &str) -> String {
    format!("{{\"msg\":\"{text}\"}}\n")
}

fn became(id: &str, role: &str, term: u64) -> String {
    line(&format!("{id} became {role} at term {term}"))
}

fn votes(id: &str, whom: &str, term: u64) -> String {
    line(&format!("{id} [logterm: 1, index: 3, vote: 0] cast MsgVote for {whom} [logterm: 1, index: 3] at term {term}"))
}

/// A process begins with this term.
fn begins(id: &str, term: u64) -> String {
    became(id, "follower", term)
        + &line(&format!(
            "newRaft {id} [peers: [], term: {term}, commit: 9, applied: 9, lastindex: 9, lastterm: {term}]"
        ))
}

/// As journald keeps lines of this process.
fn by(process: u32, log: &str) -> String {
    log.lines().map(|line| format!("Jul 14 02:40:00 host-1 etcd[{process}]: {line}\n")).collect()
}

/// With a stamp each: seconds.
fn at(seconds: &[u64], log: &str) -> String {
    let stamped = log.lines().zip(seconds);
    stamped.map(|(line, second)| format!("{{\"ts\":{second}.5,{}\n", line.strip_prefix('{').unwrap())).collect()
}

/// What n1 shows that is a crime of one process, and how it is said.
fn crimes() -> [(String, &'static str); 3] {
    [
        (
            became("a1", "candidate", 5) + &became("a1", "leader", 5) + &became("a1", "candidate", 4),
            "n1 lost its term: it had reported term 5, and later it reported term 4",
        ),
        (votes("a1", "b2", 7) + &votes("a1", "c3", 7), "n1 voted for n2 and then for n3 in term 7"),
        (
            line("raft.node: a1 elected leader b2 at term 7") + &line("raft.node: a1 elected leader c3 at term 7"),
            "n1 names n2 as leader of term 7",
        ),
    ]
}

/// The others, which say their ids.
fn others() -> [String; 2] {
    [begins("b2", 3), begins("c3", 3)]
}

#[test]
fn without_a_line_that_begins_a_process_nobody_knows_that_it_was_one() {
    let [b, c] = others();
    for (crime, said) in crimes() {
        let logs = |n1: String| [n1, b.clone(), c.clone()];
        let open = check("etcd", &logs(crime.clone()));
        open.ends(&[2], &["lines of n1 may be missing before "]);
        assert!(open.stdout.contains("/n1.log:2") || open.stdout.contains("/n1.log:3"), "{open:?}");
        assert!(!open.stdout.contains(said), "{open:?}");
        // A container's first processes have the same number each time, and so has the daemon that keeps its lines.
        check("etcd", &logs(by(7, &crime))).ends(&[2], &["n1.log:"]);
        let daemon = by(4711, &crime).replace("etcd[", "9f2ab3c4d5e6[");
        check("etcd", &logs(daemon)).ends(&[2], &["n1.log:"]);
        // The line that begins a process stands in another file.
        let place = Place::new();
        let start = place.file("old.log", &at(&[1_500_000_000, 1_500_000_000], &begins("a1", 3)));
        let rest = place.file("new.log", &at(&[1_500_000_100, 1_500_000_101, 1_500_000_102], &crime));
        let n1 = format!("n1={start},{rest}");
        let files = [("n2", &b), ("n3", &c)].map(|(node, log)| format!("{node}={}", place.file(node, log)));
        place.run_bare(&["check", "--from", "etcd", &n1, &files[0], &files[1]]).ends(&[2], &["new.log:"]);
    }
}

#[test]
fn one_process_is_shown_by_its_id_or_by_the_line_with_which_it_began() {
    let [b, c] = others();
    for (crime, said) in crimes() {
        let logs = |n1: String| [n1, b.clone(), c.clone()];
        check("etcd", &logs(by(4711, &crime))).ends(&[1], &[said]);
        check("etcd", &logs(begins("a1", 3) + &crime)).ends(&[1], &[said]);
        let stamps = [1_500_000_000, 1_500_000_000, 1_500_000_001, 1_500_000_002, 1_500_000_003];
        check("etcd", &logs(at(&stamps, &(begins("a1", 3) + &crime)))).ends(&[1], &[said]);
        // Where a stamp goes back, two files were joined.
        let mut back = stamps;
        back[3..].iter_mut().for_each(|stamp| *stamp -= 1000);
        check("etcd", &logs(at(&back, &(begins("a1", 3) + &crime)))).ends(&[2], &["n1.log:"]);
    }
}

#[test]
fn a_format_of_which_no_line_begins_a_process_needs_one_with_which_it_may_begin() {
    let line = |role: &str, term: u64, vote: &str| {
        format!("{{\"role\":\"{role}\",\"term\":{term},\"vote\":\"{vote}\",\"leader\":null}}\n")
    };
    let first = "{\"role\":\"follower\",\"term\":3,\"vote\":null,\"leader\":null}\n".to_owned();
    let other = first.clone();
    for (crime, said) in [
        (line("candidate", 5, "n1") + &line("candidate", 4, "n1"), "n1 lost its term"),
        (line("candidate", 5, "n1") + &line("candidate", 5, "n2"), "n1 voted for n1 and then for n2 in term 5"),
        (
            line("candidate", 5, "n1") + &line("candidate", 5, "n1").replace("\"n1\"", "null"),
            "n1 voted for n1 in term 5 and then had no vote in that term",
        ),
    ] {
        check("reference", &[crime.clone(), other.clone()]).ends(&[2], &["n1.log:2"]);
        check("reference", &[first.clone() + &crime, other.clone()]).ends(&[1], &[said]);
    }
    // Lines on standard error.
    let line = |role: &str, term: u64| format!("[Peer n1 {role} term {term}] has a new state\n");
    let crime = line("Leader", 5) + &line("Candidate", 4);
    let other = "[Peer n2 Follower term 3] has a new state\n".to_owned();
    check("reference", &[crime.clone(), other.clone()]).ends(&[2], &["n1.log:2"]);
    check("reference", &[line("Follower", 3) + &crime, other]).ends(&[1], &["n1 lost its term"]);
}

#[test]
fn two_leaders_of_a_term_need_one_log_that_shows_where_processes_begin() {
    let led = |id: &str| became(id, "candidate", 2) + &became(id, "leader", 2);
    let two = "were both elected leader of term 2";
    check("etcd", &[led("a1"), led("b2")]).ends(&[2], &["n1.log:2 (and 1 more)"]);
    check("etcd", &[led("a1"), becomes_follower_first("b2") + &led("b2")]).ends(&[1], &[two]);
    check("etcd", &[by(4711, &led("a1")), by(17, &led("b2"))]).ends(&[1], &[two]);
    // Of logs with time stamps and without, it is unknown whether they are of the same time.
    check("etcd", &[by(4711, &led("a1")), led("b2")]).ends(&[2], &["n1.log:2 (and 1 more)"]);
    // That n1 had the vote of n2 does not tell in which of two clusters.
    let counted = line("a1 received MsgVoteResp from b2 at term 2");
    let n1 = became("a1", "candidate", 2) + &counted + &became("a1", "leader", 2);
    check("etcd", &[n1, led("b2")]).ends(&[2], &["n1.log:3 (and 1 more)"]);
}

fn becomes_follower_first(id: &str) -> String {
    became(id, "follower", 1)
}
