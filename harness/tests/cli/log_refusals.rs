//! `check --from`: what cannot be judged ends with 64 and one sentence that names file and line.

use std::fs;
use std::io::Write;

use crate::place::{Done, Place};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");

fn log(node: &str) -> String {
    fs::read_to_string(format!("{CASES}/logs/etcd-two-leaders/{node}.log")).unwrap()
}

#[track_caller]
fn refused(done: &Done, said: &str) {
    assert!(done.code == 64 && done.stderr.contains(said), "{said:?}: {done:?}");
    assert_eq!(done.stderr.trim_end().lines().count(), 1, "one sentence: {done:?}");
    assert!(!done.stdout.contains("VALID") && !done.stdout.contains("UNKNOWN"), "{done:?}");
}

/// Writes bytes and answers `NODE=PATH`.
fn of(place: &Place, node: &str, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = place.path().join(name);
    fs::write(&path, bytes).unwrap();
    format!("{node}={}", path.display())
}

fn check(place: &Place, arguments: &[&str]) -> Done {
    place.run_bare(&[&["check", "--from", "etcd"], arguments].concat())
}

#[test]
fn packed_files_that_are_cut_off_are_damaged() {
    let place = Place::new();
    let good = of(&place, "n1", "n1.log", log("n1"));
    let text = (0u64..2000).fold(String::new(), |all, at| {
        all + &format!("{{\"msg\":\"b2 became follower at term {at}\",\"x\":\"{:x}\"}}\n", at * at * 7919)
    });
    let gzip = {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    let zstd = ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    let xz = fs::read(format!("{CASES}/packed/n2.log.xz")).unwrap();
    for (name, packed) in [("gz", gzip), ("zst", zstd), ("xz", xz)] {
        for part in [packed.len() / 2, packed.len() - 3] {
            let file = format!("n2-{part}.log.{name}");
            let cut = of(&place, "n2", &file, &packed[..part]);
            let done = check(&place, &[&good, &cut]);
            refused(&done, "the compressed file is damaged or cut off here");
            assert!(done.stderr.contains(&format!("{file}:")), "{done:?}");
        }
    }
    for (name, magic) in [("bz2", &b"BZh91AY&SY"[..]), ("lz4", &[4, 0x22, 0x4d, 0x18, 0]), ("zip", b"PK\x03\x04abc")] {
        let packed = of(&place, "n2", &format!("n2.{name}"), magic);
        refused(
            &check(&place, &[&good, &packed]),
            &format!("n2.{name}:1: this is packed in a way that is not read here"),
        );
    }
}

#[test]
fn what_is_no_log_of_this_node_and_system_is_refused() {
    let place = Place::new();
    let good = of(&place, "n1", "n1.log", log("n1"));
    for (name, bytes, said) in [
        ("empty.log", &b""[..], "empty.log:1: the file is empty"),
        ("bom.log", b"\xEF\xBB\xBF", "bom.log:1: the file is empty"),
        (
            "core",
            b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00>\x00",
            "core:1: this is binary data and no log",
        ),
        ("late", b"text\ntext\n\x00\x01\x02\x00\x01\x02\x00\x01\x02\x00", "late:3: this is binary data and no log"),
    ] {
        refused(&check(&place, &[&good, &of(&place, "n2", name, bytes)]), said);
    }
    let member = |id: &str, term: u64| format!("{{\"msg\":\"{id} became follower at term {term}\"}}\n");
    let other = of(&place, "n2", "other.log", log("n1"));
    refused(&check(&place, &[&good, &other]), "other.log:1: n2 calls itself aaaaaaaaaaaaaaa1 here, and so does n1 in ");
    let two = of(&place, "n2", "two.log", member("b2", 3) + &member("c3", 4));
    refused(&check(&place, &[&good, &two]), "two.log:2: n2 calls itself c3 here and b2 before");
    let nats = "[26] 2025/01/24 19:04:55.251280 [DBG] RAFT [LWhxtZZD - _meta_] Switching to leader\n";
    refused(&check(&place, &[&of(&place, "n1", "nats.log", nats)]), "nats.log:1: this looks like a log of nats");
    let prose = of(&place, "n1", "prose.log", "hello\nworld\n");
    refused(&check(&place, &[&prose]), "prose.log:1: none of 2 lines means anything in a log of etcd");
}

#[test]
fn files_that_cannot_be_put_in_order_are_refused() {
    let place = Place::new();
    let at =
        |stamp: &str, term: u64| format!("{stamp} host etcd[412]: {{\"msg\":\"b2 became follower at term {term}\"}}\n");
    let bare = |term: u64| format!("{{\"msg\":\"b2 became follower at term {term}\"}}\n");
    let paths = |first: &str, second: &str| {
        let files = [("old.log", first), ("new.log", second)].map(|(name, text)| place.file(name, text));
        format!("n2={},{}", files[0], files[1])
    };
    let none = paths(&at("2024-01-01T00:00:00Z", 3), &bare(4));
    refused(
        &check(&place, &[&none]),
        "new.log:1: this line has no time stamp, so that the files of n2 cannot be put in order",
    );
    let mixed = paths(&at("2024-01-01T00:00:00Z", 3), &at("2024-01-01T00:00:01", 4));
    refused(&check(&place, &[&mixed]), "new.log:1: this stamp says no zone and those of ");
    assert_eq!(check(&place, &[&mixed, "--zone", "n2=+00:00"]).code, 2, "the zone is told");
    let one = of(&place, "n2", "one.log", at("2024-01-01T00:00:00Z", 3) + &at("2024-01-01T00:00:01", 4));
    refused(&check(&place, &[&one]), "one.log:2: this stamp says no zone and that of line 1 does");
    refused(&check(&place, &[&one, "--zone", "n2=2"]), "--zone n2=2: write the node and its offset from UTC");
    refused(
        &check(&place, &[&mixed, "--zone", "n9=+00:00"]),
        "--zone n9=…: there is no log of n9; there are logs of n2",
    );
    refused(&check(&place, &[&mixed, "--map", "vote=x"]), "--map is for --from tlc");
}

#[test]
fn paths_and_names_that_mean_nothing_are_refused() {
    let place = Place::new();
    let good = of(&place, "n1", "n1.log", log("n1"));
    let path = good.strip_prefix("n1=").unwrap().to_owned();
    let folder = place.path().display().to_string();
    for (arguments, said) in [
        (vec![path.clone()], "which node's log is this? write NODE=FILE"),
        (vec![format!("={path}")], "which node's log is this?"),
        (vec!["n1=".to_owned()], "n1=: no file is named; write n1=FILE"),
        (vec![format!("n 1={path}")], "which node's log is this?"),
        (vec![format!("a/b={path}")], "which node's log is this?"),
        (vec![good.clone(), format!("n2={path}")], "n1.log:1: this file is given as that of n1 as well"),
        (vec![good.clone(), "n2=/nonexistent.log".to_owned()], "/nonexistent.log: cannot be read: "),
        (vec![good.clone(), format!("n2={path}/x")], "n1.log/x: cannot be read: "),
        (vec![good.clone(), format!("n2={folder}")], ":1: this is a folder; name the log files in it"),
        (vec!["n1=-".to_owned(), "n2=-".to_owned()], "standard input (`-`) is named twice"),
        (
            vec![good.clone(), "--split".to_owned(), "host=(?P<node>".to_owned()],
            "--split host=(?P<node>: this is no regular expression",
        ),
        (vec![good.clone(), "--group".to_owned(), "x".to_owned()], "--group x: the format etcd has no groups"),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        refused(&check(&place, &arguments), said);
    }
}

#[test]
fn groups_are_listed_and_judged_each_by_itself_and_one_that_is_not_there_is_refused() {
    let place = Place::new();
    let lines = |id: &str, group: &str, term: u64| {
        let at = |text: &str| format!("[7] 2026/11/29 19:01:10.000001 [DBG] RAFT [{id} - {group}] {text}\n");
        at(&format!("Sending out voteRequest {{term:{term} lastTerm:0 lastIndex:0 candidate:{id} reply:}}"))
            + &at("Switching to leader")
    };
    let n1 = of(&place, "n1", "n1.log", lines("fjFyEjc1", "_meta_", 3) + &lines("fjFyEjc1", "S-R3F-abc", 5));
    let n2 = of(&place, "n2", "n2.log", lines("44jzkV9D", "_meta_", 4) + &lines("44jzkV9D", "S-R3F-abc", 6));
    let nats = |more: &[&str]| place.run_bare(&[&["check", "--from", "nats", &n1, &n2], more].concat());
    let both = nats(&[]);
    for said in
        ["2 groups, of which each is judged by itself: S-R3F-abc, _meta_", "nats-logs-S-R3F-abc", "nats-logs-_meta_"]
    {
        assert!(both.stdout.contains(said), "{said}: {both:?}");
    }
    let one = nats(&["--group", "S-R3F-abc"]);
    assert!(one.stdout.contains("of which one is judged") && !one.stdout.contains("nats-logs-_meta_"), "{one:?}");
    refused(
        &nats(&["--group", "S-R3F-abd"]),
        "--group S-R3F-abd: no line is of that group; the files hold S-R3F-abc, _meta_",
    );
}
