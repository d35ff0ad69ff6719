//! `check --from`: of logs of which parts are missing, and of which that was not said. What is left convicts no node, and where the other
//! lines show that nothing is missing in between, it does.

use crate::place::{Done, Place};

/// Checks the logs of n1, n2, …: each node's files.
fn check(logs: &[&[&str]]) -> Done {
    let place = Place::new();
    let node = |(files, number): (&&[&str], usize)| {
        let name = |at: usize| format!("n{number}-{at}.log");
        let files = files.iter().enumerate().map(|(at, log)| place.file(&name(at), log));
        format!("n{number}={}", files.collect::<Vec<_>>().join(","))
    };
    let nodes: Vec<String> = logs.iter().zip(1..).map(node).collect();
    let arguments = ["check", "--from", "etcd"].into_iter().chain(nodes.iter().map(String::as_str));
    place.run_bare(&arguments.collect::<Vec<_>>())
}

/// A line of etcd at a time: seconds.
fn at(second: u32, text: &str) -> String {
    format!("{{\"level\":\"info\",\"ts\":1500000{second:03}.5,\"msg\":\"{text}\"}}\n")
}

/// A process begins with this term and a log of so many entries.
fn begins(second: u32, id: &str, term: u64, index: u64) -> String {
    at(second, &format!("{id} became follower at term {term}"))
        + &at(
            second,
            &format!(
                "newRaft {id} [peers: [], term: {term}, commit: {index}, applied: 0, lastindex: {index}, lastterm: {term}]"
            ),
        )
}

fn wins(second: u32, id: &str, term: u64) -> String {
    at(second, &format!("{id} became candidate at term {term}"))
        + &at(second, &format!("{id} became leader at term {term}"))
}

fn votes(second: u32, id: &str, whom: &str, term: u64, index: u64) -> String {
    let log = format!("logterm: {}, index: {index}", term - 1);
    at(second, &format!("{id} became follower at term {term}"))
        + &at(second, &format!("{id} [{log}, vote: 0] cast MsgVote for {whom} [{log}] at term {term}"))
}

const TWO: &str = "n1 and n2 were both elected leader of term 2";

#[test]
fn logs_of_different_times_may_be_of_two_clusters_one_after_the_other() {
    let n1 = begins(1, "a1", 0, 0) + &wins(3, "a1", 2) + &at(5, "a1 became follower at term 3");
    let late = begins(11, "b2", 0, 0) + &wins(13, "b2", 2);
    check(&[&[&n1], &[&late]]).ends(&[2], &["/n1-0.log:4 (and 1 more)"]);
    let beside = begins(4, "b2", 0, 0) + &wins(13, "b2", 2);
    check(&[&[&n1], &[&beside]]).ends(&[1], &[TWO]);
    // A zone that is told and one that is not cannot be compared, unless the operator says it.
    let untold = beside.lines().zip(["04", "04", "13", "13"]).map(|(line, second)| {
        let message = line.split("\"msg\":\"").nth(1).unwrap().trim_end_matches("\"}");
        format!("2017-07-14 02:40:{second}.500000 I | raft: {message}\n")
    });
    check(&[&[&n1], &[&untold.collect::<String>()]]).ends(&[2], &["(and 1 more)"]);
}

#[test]
fn a_vote_that_was_counted_at_another_time_was_not_lost() {
    let counts = |second: u32, id: &str, whom: &str| {
        begins(second, id, 1, 3)
            + &at(second, &format!("{id} became candidate at term 2"))
            + &at(second + 2, &format!("{id} received MsgVoteResp from {whom} at term 2"))
    };
    let voter = |second: u32| begins(second, "c3", 1, 3);
    let n = |second: u32| counts(second, "b2", "c3");
    check(&[&[&counts(1, "a1", "c3")], &[&n(20)], &[&(voter(1) + &votes(2, "c3", "a1", 2, 3))]])
        .ends(&[2], &["n1-0.log:4 (and 1 more)"]);
    check(&[&[&counts(1, "a1", "c3")], &[&n(2)], &[&(voter(1) + &at(9, "c3 became follower at term 2"))]])
        .ends(&[1], &["n3's vote of term 2 was counted by n1 and by n2"]);
}

#[test]
fn behind_files_that_are_missing_a_start_does_not_show_that_the_data_is_the_same() {
    // In between the data was replaced, and the file that says so is lost: n2 begins a second time in its second life.
    let n1 = begins(1, "a1", 3, 9)
        + &wins(3, "a1", 5)
        + &at(4, "a1 received MsgVoteResp from b2 at term 5")
        + &begins(20, "a1", 5, 9);
    let first = begins(1, "b2", 3, 9) + &votes(3, "b2", "a1", 5, 9);
    let second = |index| begins(30, "b2", 4, index) + &wins(31, "b2", 5);
    check(&[&[&n1], &[&first, &second(8)]]).ends(&[2], &["may be missing"]);
    // A long log that goes on is that of before.
    let long = |log: String| log.replace("index: 9", "index: 90000");
    check(&[&[&long(n1)], &[&long(first), &second(89_999)]])
        .ends(&[1], &["n1 and n2 were both elected leader of term 5"]);
}

#[test]
fn january_comes_after_december_where_no_stamp_tells_its_year() {
    let at = |stamp: &str, text: &str| format!("{stamp} host etcd[12]: {text}\n");
    let begins = |id: &str| {
        let state = "term: 3, commit: 90000, applied: 0, lastindex: 90000, lastterm: 3";
        at("Dec 31 23:50:00", &format!("{id} became follower at term 3"))
            + &at("Dec 31 23:50:00", &format!("newRaft {id} [peers: [], {state}]"))
    };
    let n1 = begins("a1")
        + &at("Jan  1 00:09:59", "a1 became candidate at term 5")
        + &at("Jan  1 00:10:00", "a1 received MsgVoteResp from b2 at term 5");
    let log = "logterm: 3, index: 90001";
    let january = at("Jan  1 00:10:00", "b2 became follower at term 5")
        + &at("Jan  1 00:10:00", &format!("b2 [{log}, vote: 0] cast MsgVote for a1 [{log}] at term 5"));
    for files in [[&january, &begins("b2")], [&begins("b2"), &january]] {
        let done = check(&[&[&n1], &[files[0], files[1]]]);
        assert!(matches!(done.code, 0 | 2), "{done:?}");
    }
}

#[test]
fn a_member_that_was_replaced_is_judged_with_those_that_went_on() {
    // n2 comes back with new data at 20 s.
    let n1 = |second: u32| begins(1, "a1", 1, 3) + &at(2, "a1 became follower at term 5") + &wins(second, "a1", 6);
    let n2 =
        begins(1, "b2", 1, 3) + &at(2, "b2 became follower at term 5") + &begins(20, "b2", 0, 0) + &wins(22, "b2", 6);
    let n1 = |second: u32| n1(second) + &at(60, "a1 became follower at term 7");
    check(&[&[&n1(30)], &[&n2]])
        .ends(&[1], &["INVALID etcd-logs-life-2: n2 and n1 were both elected leader of term 6"]);
    // Or the whole cluster came back with new data, and the lines of n1 that say so are lost.
    check(&[&[&n1(10)], &[&n2]]).ends(&[2], &["may be missing"]);
    // What one node did needs no other.
    let twice =
        n1(30) + &votes(61, "a1", "b2", 8, 9) + &votes(61, "a1", "c3", 8, 9).lines().skip(1).collect::<String>();
    let n3 = begins(1, "c3", 1, 3) + &at(62, "c3 became follower at term 8");
    check(&[&[&twice], &[&n2.replace("became leader", "x")], &[&n3]])
        .ends(&[1], &["n1 voted for n2 and then for n3 in term 8"]);
}

#[test]
fn a_line_that_only_some_processes_print_shows_no_other_start() {
    let crime = at(5, "a1 became candidate at term 5")
        + &at(6, "a1 became leader at term 5")
        + &at(7, "a1 became candidate at term 4");
    let other = begins(1, "b2", 3, 9);
    let some = at(1, "server has been already initialized") + &crime;
    check(&[&[&some], &[&other]]).ends(&[2], &["n1-0.log:4"]);
    let each = at(1, "starting an etcd server") + &crime;
    check(&[&[&each], &[&other]]).ends(&[1], &["n1 lost its term"]);
}

#[test]
fn what_is_printed_once_and_stands_there_twice_is_of_two_processes() {
    let once = "published local member to cluster through raft";
    let crime = |again: &str| {
        begins(1, "a1", 3, 9)
            + &at(2, once)
            + &at(3, "a1 became candidate at term 5")
            + &at(4, "a1 became candidate at term 4")
            + &at(5, again)
    };
    let other = begins(1, "b2", 3, 9);
    check(&[&[&crime(once)], &[&other]]).ends(&[2], &["lines of n1 may be missing"]);
    check(&[&[&crime("x")], &[&other]]).ends(&[1], &["n1 lost its term"]);
}

#[test]
fn a_line_that_tells_another_term_than_was_shown_says_that_lines_are_missing() {
    let n1 = begins(1, "a1", 1, 3) + &wins(3, "a1", 2) + &at(40, "a1 became follower at term 3");
    let n2 = |tells: &str| begins(2, "b2", 1, 3) + &at(8, tells) + &wins(9, "b2", 2);
    // Of these two the first one fits.
    check(&[&[&n1], &[&n2("b2 is starting a new election at term 1")]]).ends(&[1], &[TWO]);
    let fell = begins(2, "b2", 3, 3) + &at(8, "b2 is starting a new election at term 1") + &wins(9, "b2", 2);
    check(&[&[&n1], &[&fell]]).ends(&[2], &["lines of n2 may be missing"]);
}

#[test]
fn a_vote_for_an_older_log_needs_no_more_than_its_own_line() {
    let older = at(3, "c3 [logterm: 4, index: 9, vote: 0] cast MsgVote for a1 [logterm: 3, index: 9] at term 5");
    check(&[&[&begins(1, "a1", 3, 9)], &[&begins(1, "b2", 3, 9)], &[&older]]).ends(&[1], &["older"]);
}

#[test]
fn several_lives_have_one_page_and_one_verdict_between_them() {
    let place = Place::new();
    let log = |id: &str| {
        begins(1, id, 0, 0)
            + &at(3, &format!("{id} became follower at term 2"))
            + &begins(9, id, 0, 0)
            + &at(11, &format!("{id} became follower at term 2"))
    };
    let files = [("n1", "a1"), ("n2", "b2")].map(|(node, id)| format!("{node}={}", place.file(node, &log(id))));
    let out = place.out().display().to_string();
    let done = place.run_bare(&["check", "--from", "etcd", &files[0], &files[1], "--out", &out]);
    done.ends(&[2], &["report of all: "]);
    let all = place.json("verdict.json");
    assert_eq!(all["runs"].as_array().map(Vec::len), Some(2), "{all}");
    let page = std::fs::read_to_string(place.latest().join("report.html")).unwrap();
    assert!(page.contains("etcd-logs-life-2"), "{page}");
    let index = std::fs::read_to_string(place.out().join("index.html")).unwrap();
    assert!(!index.contains("It has no verdict"), "{index}");
}

#[test]
fn the_page_says_the_verdict_and_quotes_the_lines_that_prove_it() {
    let place = Place::new();
    let n1 = begins(1, "a1", 1, 3) + &wins(3, "a1", 2);
    let n2 = begins(2, "b2", 1, 3) + &wins(4, "b2", 2);
    let files = [("n1", n1), ("n2", n2)].map(|(node, log)| format!("{node}={}", place.file(node, &log)));
    let out = place.out().display().to_string();
    let done = place.run_bare(&["check", "--from", "etcd", &files[0], &files[1], "--out", &out]);
    done.ends(&[1], &[TWO]);
    let page = std::fs::read_to_string(place.latest().join("logs.html")).unwrap();
    assert!(page.contains("<b>INVALID</b>") && page.contains(TWO), "{page}");
    assert!(page.contains("n2:4: {&quot;level&quot;") && page.contains("1 incarnation<"), "{page}");
}
