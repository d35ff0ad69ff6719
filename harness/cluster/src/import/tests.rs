//! Whatever a file holds, reading it is no panic; and damage to lawful logs never convicts.

use std::io::Cursor;
use std::path::PathBuf;

use proptest::prelude::*;

use super::line_parser::LineParser;
use super::source::Source;
use super::*;

const LOGS: [&str; 3] = [
    include_str!("../../../tests/systems/logs/etcd-n1-1.log"),
    include_str!("../../../tests/systems/logs/etcd-n2-1.log"),
    include_str!("../../../tests/systems/logs/etcd-n3-1.log"),
];

fn parser(name: &str) -> LineParser {
    LineParser::new(&Format::load(name).unwrap(), None)
}

fn read_bytes(bytes: Vec<u8>, parser: &LineParser) -> Result<FileRead, ImportError> {
    read::file("x.log", Source { bytes: Box::new(Cursor::new(bytes)), packed: None }, parser, None)
}

/// The verdict on logs of etcd.
fn verdict(logs: &[String]) -> Option<history::Verdict> {
    verdict_of("etcd", logs)
}

/// The verdict on logs of a system.
fn verdict_of(system: &str, logs: &[String]) -> Option<history::Verdict> {
    let folder = tempfile::tempdir().unwrap();
    let files = logs.iter().zip(1..).map(|(log, number)| {
        let path = folder.path().join(format!("{number}.log"));
        std::fs::write(&path, log).unwrap();
        (Some(format!("n{number}")), path)
    });
    let files: Vec<(Option<String>, PathBuf)> = files.collect();
    let request = Request {
        format: Format::load(system).unwrap(),
        files,
        split: None,
        group: None,
        clocks: Clocks::default(),
        marks: Vec::new(),
        meter: ReadMeter::default(),
    };
    let imported = Imported::read(request).ok()?;
    let mut verdict = history::Verdict::Valid;
    for part in imported.parts().ok()? {
        let mut bytes = Vec::new();
        part.write(&mut bytes).unwrap();
        let outcome = checkers::judge::judge(history::Reader::new(bytes.as_slice()).unwrap()).unwrap();
        verdict = verdict.merge(outcome.verdict);
    }
    Some(verdict)
}

#[test]
fn lawful_logs_are_valid() {
    assert_eq!(verdict(&LOGS.map(str::to_owned)), Some(history::Verdict::Valid));
}

#[test]
fn every_format_loads_and_names_its_needles() {
    for name in Format::names().into_iter().chain(["etcd", "nats", "redis-sentinel", "reference", "consul"]) {
        let format = Format::load(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!LineParser::new(&format, None).observers.is_empty() || format.reads_contract(), "{name}");
    }
}

/// Their rules say nothing of where data ends, and need not: nothing is proved by their lines.
#[test]
fn formats_known_from_published_logs_never_prove_anything() {
    for name in Format::names() {
        let format = Format::load(name).unwrap();
        assert!(!format.import.confirmed, "{name}: say how its data is told: begins, fresh, data, kept or keeps-id");
        assert!(
            LineParser::new(&format, None).observers.iter().all(|each| each.evidence == history::Evidence::Sampled),
            "{name}"
        );
    }
}

/// A cluster, and after it another one of the same members whose data is new: each node's log of then is another node's of before.
/// `ids`: what the members call themselves, and `then`: in the other one. No line has a stamp or an id of a process that would tell.
fn one_after_the_other(logs: [&str; 3], ids: [&str; 3], then: [&str; 3], untold: &str) -> [String; 3] {
    let renamed = |log: &str, by: usize| {
        let marked = ids.iter().zip(0..).fold(log.to_owned(), |log, (id, at)| log.replace(id, &format!("<{at}>")));
        (0..3).fold(marked, |log, at| log.replace(&format!("<{at}>"), then[(at + by) % 3]))
    };
    let joined = |node: usize, by: usize| logs[node].to_owned() + &renamed(logs[(node + 3 - by) % 3], by);
    let untold = regex::Regex::new(untold).unwrap();
    [0, 1, 2].map(|node| untold.replace_all(&joined(node, 1), "").into_owned())
}

/// Lines of these kinds, which a query asks for.
fn kept(log: &str, kinds: &[&str], keep: &[bool]) -> String {
    let of = |line: &str| kinds.iter().position(|kind| line.contains(kind)).unwrap_or(kinds.len());
    log.lines().filter(|line| keep[of(line)]).fold(String::new(), |all, line| all + line + "\n")
}

const KINDS: [&str; 7] = [
    "newRaft",
    "became follower",
    "became candidate",
    "became leader",
    "cast MsgVote",
    "received MsgVoteResp",
    "elected leader",
];

const SERVER_KINDS: [&str; 6] = [
    "Started",
    "Sending out voteRequest",
    "Switching to leader",
    "Switching to follower",
    "updating leader",
    "stepping down",
];

const SENTINEL_KINDS: [&str; 6] =
    ["oO0OoO0OoO0Oo", "Running mode", "Sentinel ID", "+vote-for-leader", "+elected-leader", "failover-end"];

const SENTINELS: [&str; 3] = [
    include_str!("../../../tests/systems/logs/sentinel-n1.log"),
    include_str!("../../../tests/systems/logs/sentinel-n2.log"),
    include_str!("../../../tests/systems/logs/sentinel-n3.log"),
];

const NATS: [&str; 3] = [
    include_str!("../../../tests/systems/logs/nats-n1.log"),
    include_str!("../../../tests/systems/logs/nats-n2.log"),
    include_str!("../../../tests/systems/logs/nats-n3.log"),
];

/// No choice of kinds convicts a node.
#[track_caller]
fn no_query_convicts(system: &str, logs: &[String; 3], kinds: &[&str]) {
    let two = |log: &str| log.matches("eader").count() > 1;
    assert!(logs.iter().all(|log| two(log)), "{logs:?}");
    for bits in 0u32..1 << kinds.len() {
        let keep: Vec<bool> = (0..=kinds.len()).map(|kind| bits >> kind & 1 == 1).collect();
        let logs = logs.each_ref().map(|log| kept(log, kinds, &keep));
        let found = verdict_of(system, &logs);
        assert_ne!(found, Some(history::Verdict::Invalid), "{system}, {keep:?}:\n{}", logs.join("\n---\n"));
    }
}

#[test]
fn whatever_a_query_keeps_of_two_clusters_of_etcd_one_after_the_other_convicts_nobody() {
    let ids = ["1e6f28c707bcda5b", "5299d63a0ff6368b", "c91651b9a8f03304"];
    let logs = one_after_the_other(LOGS, ids, ids, r#""ts":"[^"]*","#);
    assert!(logs[0].contains("became leader at term 2") && logs[1].contains("became leader at term 2"));
    no_query_convicts("etcd", &logs, &KINDS);
}

#[test]
fn whatever_a_query_keeps_of_two_clusters_of_other_systems_one_after_the_other_convicts_nobody() {
    let ids = ["fjFyEjc1", "44jzkV9D", "BXScrY9i"];
    let logs = one_after_the_other(NATS, ids, ids, r"(?m)^\[\d+\] [\d/]+ [\d:.]+ ");
    no_query_convicts("nats", &logs, &SERVER_KINDS);
    // A sentinel with new data makes up another id.
    let ids = [
        "cc0d7c95ad9a8fc52a32bac0752ab2272f21210a",
        "5f34f42c4e9bc10470b0739e6ae61779d9e1771d",
        "f472f6675fbc9c761ebe7e7455a6c9e58f1adace",
    ];
    let then = ["a", "b", "d"].map(|letter| letter.repeat(40));
    let logs = one_after_the_other(SENTINELS, ids, then.each_ref().map(String::as_str), r"(?m)^\d+:X .{24} ");
    no_query_convicts("redis-sentinel", &logs, &SENTINEL_KINDS);
    let follows = concat!(
        "{\"role\":\"follower\",\"term\":0,\"vote\":null,\"leader\":null}\n",
        "{\"role\":\"follower\",\"term\":1,\"vote\":\"n1\",\"leader\":null}\n",
        "{\"role\":\"follower\",\"term\":1,\"vote\":\"n1\",\"leader\":\"n1\"}\n",
    );
    let leads = concat!(
        "{\"role\":\"follower\",\"term\":0,\"vote\":null,\"leader\":null}\n",
        "{\"role\":\"candidate\",\"term\":1,\"vote\":\"n1\",\"leader\":null}\n",
        "{\"role\":\"leader\",\"term\":1,\"vote\":\"n1\",\"leader\":\"n1\"}\n",
    );
    let ids = ["n1", "n2", "n3"];
    let logs = one_after_the_other([leads, follows, follows], ids, ids, "^$");
    no_query_convicts("reference", &logs, &["\"role\":\"follower\"", "\"role\":\"candidate\"", "\"role\":\"leader\""]);
}

/// Three members of etcd 3.4.23, whose data was twice replaced by a snapshot of the first life: so there are three leaders of term 2.
const RESTORED: [&str; 3] = [
    include_str!("../../../tests/systems/logs/etcd-restored-n1.log"),
    include_str!("../../../tests/systems/logs/etcd-restored-n2.log"),
    include_str!("../../../tests/systems/logs/etcd-restored-n3.log"),
];

/// These lines of a log.
fn lines(log: &str, from: usize, to: usize) -> String {
    log.lines().skip(from).take(to.saturating_sub(from)).fold(String::new(), |all, line| all + line + "\n")
}

#[test]
fn logs_over_a_restored_snapshot_are_of_several_lives_and_lawful() {
    let led = |log: &str| log.matches("became leader at term 2").count();
    assert!(RESTORED.iter().map(|log| led(log)).sum::<usize>() > 1);
    assert_eq!(verdict(&RESTORED.map(str::to_owned)), Some(history::Verdict::Valid));
    // The log of one is of before, and those of the others are of afterwards.
    for log in RESTORED {
        let restored = log.lines().position(|line| line.contains("term: 1, commit: ")).unwrap();
        let before = lines(log, 0, restored - 12);
        for other in RESTORED {
            let restored = other.lines().position(|line| line.contains("term: 1, commit: ")).unwrap();
            let after = lines(other, restored - 1, usize::MAX);
            let found = verdict(&[before.clone(), after]);
            assert_ne!(found, Some(history::Verdict::Invalid), "{other}");
        }
    }
}

/// A program may say its state with each heartbeat: what is kept grows with terms and not with lines.
#[test]
fn of_lines_that_say_the_same_some_are_kept_and_all_are_counted() {
    let line = |at: usize| {
        let (stamp, term) = (1_500_000_000 + at, at / 5_000);
        format!("{{\"ts\":{stamp}.5,\"msg\":\"a1 became follower at term {term}\"}}\n")
    };
    let text: String = (0..15_000).map(line).collect();
    let read = read_bytes(text.into_bytes(), &parser("etcd")).unwrap();
    assert_eq!((read.lines, read.meant), (15_000, 15_000));
    let numbers: Vec<u64> = read.kept.iter().map(|kept| kept.line).collect();
    assert!(numbers.len() < 1000, "{}", numbers.len());
    for needed in [1, 5_000, 5_001, 10_000, 10_001, 15_000] {
        assert!(numbers.contains(&needed), "{needed}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..3000), at in 0usize..4) {
        let parser = parser(["etcd", "nats", "redis-sentinel", "reference"][at]);
        let _ = read_bytes(bytes.clone(), &parser);
        // Among lines that mean something.
        let mut mixed = LOGS[0].as_bytes()[..2000].to_vec();
        mixed.extend(bytes);
        mixed.extend(&LOGS[0].as_bytes()[1000..3000]);
        let _ = read_bytes(mixed, &parser);
    }

    /// What is left of logs over a restored snapshot: the middle of each, without one of them, and of some kinds only.
    #[test]
    fn parts_of_logs_over_a_restored_snapshot_never_convict(
        cuts in proptest::array::uniform3((0usize..125, 0usize..125)),
        without in 0usize..6,
        bits in 0u32..256,
    ) {
        let keep: Vec<bool> = (0..=KINDS.len()).map(|kind| bits >> kind & 1 == 1 || bits > 128).collect();
        let logs = RESTORED.iter().zip(cuts).enumerate().filter(|(node, _)| *node != without);
        let logs: Vec<String> = logs.map(|(_, (log, (from, length)))| {
            kept(&lines(log, from, from + length.max(20)), &KINDS, &keep)
        }).collect();
        prop_assert_ne!(verdict(&logs), Some(history::Verdict::Invalid), "{}", logs.join("\n---\n"));
    }

    /// Lines that are lost, doubled, cut or put elsewhere in a file leave it open what was; no node is accused.
    #[test]
    fn lines_that_are_lost_or_cut_never_convict(
        lost in proptest::collection::vec((0usize..3, 0usize..400), 0..40),
        cut in proptest::collection::vec((0usize..3, 0usize..400, 0usize..200), 0..4),
        from in proptest::array::uniform3(0usize..60),
    ) {
        let damaged: Vec<String> = LOGS.iter().enumerate().map(|(node, log)| {
            let mut lines: Vec<String> = log.lines().skip(from[node]).map(str::to_owned).collect();
            for (_, line, at) in cut.iter().filter(|(of, _, _)| *of == node) {
                if let Some(line) = lines.get_mut(*line) {
                    *line = line.chars().take(*at).collect();
                }
            }
            let mut gone: Vec<usize> = lost.iter().filter(|(of, _)| *of == node).map(|(_, line)| *line).collect();
            gone.sort_unstable();
            gone.dedup();
            for line in gone.into_iter().rev().filter(|line| *line < lines.len()).collect::<Vec<_>>() {
                lines.remove(line);
            }
            lines.join("\n") + "\n"
        }).collect();
        prop_assert_ne!(verdict(&damaged), Some(history::Verdict::Invalid));
    }
}
