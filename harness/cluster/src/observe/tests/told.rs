//! What nodes tell on their standard output.

use history::entry::State;
use history::{Evidence, Span, Word};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe;

use super::super::events::{self, Reading};
use super::super::journal::{Journal, Log};
use super::super::splitter::{Piece, Splitter};
use super::super::stream::Drain;
use super::super::taker::{Grammar, SourceObserver, Taker};
use super::super::{LONGEST_LINE, Stream};
use super::{Kept, kept, n1, three, until};
use crate::clock::Clock;
use std::sync::Arc;

fn said(line: &str) -> State<'static> {
    dated(line).0
}

/// With the time that it says.
fn dated(line: &str) -> (State<'static>, Option<u64>) {
    match events::read(line.as_bytes()) {
        Reading::Event(said, at) => (said, at),
        other => panic!("{line} is {other:?}"),
    }
}

#[test]
fn an_absent_key_is_unknown_and_a_null_is_known_to_be_none() {
    let (all, at) = dated(r#"{"role":"leader","term":7,"vote":"n1","leader":"n1","at":81234,"log":[3,9]}"#);
    assert_eq!(
        (all.role.as_ref().map(Word::text), all.term, at, all.log),
        (Some("leader"), Some(7), Some(81234), Some([3, 9]))
    );
    assert_eq!((all.vote, all.leader), (Some(Some("n1".into())), Some(Some("n1".into()))));
    let some = said(r#"  {"role":"Pre-Candidate","term":7,"vote":null}"#);
    assert_eq!((some.role.as_ref().map(Word::text), some.vote, some.leader), (Some("precandidate"), Some(None), None));
}

#[test]
fn unknown_fields_are_kept_and_cannot_pass_for_fields_of_the_history() {
    let other = said(r#"{"term":7,"load":0.5,"role":"learner","type":"harness","span":[0,1],"event":"end"}"#);
    assert_eq!(other.role.as_ref().map(Word::text), Some("learner"));
    let keys: Vec<_> = other.other.iter().collect();
    let (load, end, span) = (json!(0.5), json!("end"), json!([0, 1]));
    let (a, b, c) = ("load".to_owned(), "x-event".to_owned(), "x-span".to_owned());
    assert_eq!(keys, [(&a, &load), (&b, &end), (&c, &span)]);
}

#[test]
fn whatever_is_not_an_event_is_an_ordinary_line() {
    for line in [
        "",
        "{",
        "hello",
        "{}",
        "[1]",
        "{\"msg\":\"x\"}",
        "{\"term\":7}",
        "{\"role\":\"leader\"}",
        "{\"state\":{\"role\":\"leader\",\"term\":3}}",
        "[{\"role\":\"leader\",\"term\":3}]",
        "{\"msg\":\"{\\\"role\\\":\\\"leader\\\",\\\"term\\\":3}\"}",
        "got {\\\"role\\\":\\\"leader\\\",\\\"term\\\":3}",
        "peers: [{\"role\":\"leader\",\"term\":3},{\"role\":\"follower\",\"term\":3}]",
        "{'state': {'role': 'leader', 'term': 3}}",
        "[{'role': 'leader', 'term': 3}]",
        "{\"msg\":\"{'role': 'leader', 'term': 3}\"}",
        "the 'role' of 'n1' is 'leader', its 'term': 3",
        "\"role\"",
        "role: leader, term: 3",
    ] {
        assert_eq!(events::read(line.as_bytes()), Reading::Ordinary, "{line}");
    }
}

#[test]
fn what_may_be_an_event_or_half_of_one_is_a_gap_that_quotes_it() {
    for line in [
        "{\"role\":\"leader\",\"term\":3",
        "{\"role\":\"lea",
        "er\",\"term\":3,\"vote\":\"n1\"}",
        "{\"msg\":\"he{\"role\":\"leader\",\"term\":3}",
        "received {\"role\":\"leader\",\"term\":3} from n2",
        "{\"role\":\"leader\",\"term\":3}done",
        "{\"role\":leader,\"term\":3}",
        "{'role': 'leader', 'term': 3}",
        "state: {'role': 'leader', 'term': 3}",
        "[\"info\",{\"role\":\"leader\",\"term\":3}]",
        "{\"role\":\"leader\",\"term\":1e400}",
        "{\"role\":\"leader\",\"term\":99999999999999999999}",
        "{\"role\":\"leader\",\"term\":3,\"term\":4}",
    ] {
        let Reading::Unreadable(why) = events::read(line.as_bytes()) else { panic!("{line} is no gap") };
        assert!(why.ends_with(&format!(": {line}")), "{why}");
    }
    let Reading::Unreadable(why) = events::read(b"{\"role\":\"\xe9\",\"term\":-1}") else { panic!("no gap") };
    assert!(why.contains('\u{fffd}'), "{why}");
}

#[test]
fn an_event_is_read_whatever_its_own_fields_hold() {
    let deep = "[".repeat(20_000) + &"]".repeat(20_000);
    for value in [r#""\ud800""#, "NaN", "1e400", &"1".repeat(500), &deep, r#"{"role":"x","term":-1}"#] {
        let all = said(&format!(r#"{{"role":"follower","term":1,"x":{value},"vote":"n1"}}"#));
        assert_eq!((all.term, all.vote), (Some(1), Some(Some("n1".into()))), "{value}");
        assert!(all.other.contains_key("x"), "{value}");
    }
    let Reading::Event(latin, _) = events::read(b"{\"role\":\"follower\",\"term\":1,\"who\":\"Jos\xe9\"}") else {
        panic!()
    };
    assert_eq!(latin.other["who"], "Jos\u{fffd}");
    for line in [
        r#"2025-01-23T10:00:00Z INFO {"role":"follower","term":1}"#,
        r#"{"msg":"x"}{"role":"follower","term":1}"#,
        r#"{"role":"follower","term":1}{"msg":"x"}"#,
        "\u{1b}[32mINFO\u{1b}[0m {\"role\":\"follower\",\"term\":1}\r",
    ] {
        assert_eq!(said(line).term, Some(1), "{line}");
    }
    let two = events::read_line(br#"{"role":"follower","term":1}{"role":"candidate","term":2}"#);
    assert!(
        matches!(&two[..], [Reading::Event(one, _), Reading::Event(two, _)] if (one.term, two.term) == (Some(1), Some(2)))
    );
}

#[test]
fn a_name_that_no_node_has_is_unknown_and_is_kept_beside_the_field() {
    for name in ["", "N2", "127.0.0.1:7000", "n2 ", "n\\ud800"] {
        let all = said(&format!(r#"{{"role":"follower","term":1,"vote":"{name}","leader":"n1"}}"#));
        let all = events::named(all, "events", &three());
        assert_eq!((&all.vote, &all.leader), (&None, &Some(Some("n1".into()))), "{name}");
        assert!(all.vote_id.is_some(), "{name}");
    }
}

#[test]
fn an_event_with_a_wrong_type_is_a_gap_and_a_wrong_clock_is_no_clock() {
    for (line, why) in [
        (r#"{"role":3,"term":1}"#, "an event line whose `role` is not a string"),
        (r#"{"role":"x","term":-1}"#, "an event line whose `term` is not a whole number from 0"),
        (r#"{"role":"x","term":"7"}"#, "an event line whose `term` is not a whole number from 0"),
        (r#"{"role":"x","term":1.5}"#, "an event line whose `term` is not a whole number from 0"),
        (r#"{"role":"x","term":1,"vote":2}"#, "an event line whose `vote` is not a node's name or null"),
        (r#"{"role":"x","term":1,"log":[1]}"#, "an event line whose `log` is not [lastTerm, lastIndex]"),
    ] {
        assert_eq!(events::read(line.as_bytes()), Reading::Unreadable(format!("{why}: {line}")), "{line}");
    }
    for at in ["-5", "\"now\"", "1.5", "null", "[1]"] {
        assert_eq!(dated(&format!("{{\"role\":\"x\",\"term\":1,\"at\":{at}}}")).1, None);
    }
}

#[test]
fn a_nodes_clock_can_only_narrow_a_span_never_leave_it() {
    assert_eq!(events::span(100, None, 200), [100, 200]);
    assert_eq!(events::span(100, Some(150), 200), [150, 200]);
    assert_eq!(events::span(100, Some(50), 200), [100, 200]);
    assert_eq!(events::span(100, Some(200), 200), [200, 200]);
    assert_eq!(events::span(100, Some(201), 200), [100, 200]);
    assert_eq!(events::span(100, Some(u64::MAX), 200), [100, 200]);
    assert_eq!(events::span(300, Some(250), 200), [200, 200]);
}

#[test]
fn lines_are_the_same_however_the_stream_is_cut_up() {
    let text = b"one\n\ntwo three\nfour is too long for it\nfive\nrest";
    let expected = ["one", "", "two three", "!", "five"];
    for size in 1..=text.len() {
        let mut splitter = Splitter::new(12);
        let mut found = Vec::new();
        for (mark, chunk) in text.chunks(size).enumerate() {
            splitter.feed(chunk, mark as u64, |piece| match piece {
                Piece::Line(line, _) => found.push(String::from_utf8_lossy(line).into_owned()),
                Piece::TooLong(_) => found.push("!".to_owned()),
            });
        }
        assert_eq!(found, expected, "in chunks of {size}");
        assert_eq!(splitter.rest(), b"rest");
    }
}

#[test]
fn a_line_is_marked_by_the_chunk_in_which_it_began() {
    let mut splitter = Splitter::new(100);
    let mut marks = Vec::new();
    for (mark, chunk) in [(1, &b"a"[..]), (2, b"b"), (3, b"c\nd\n")] {
        splitter.feed(chunk, mark, |piece| {
            if let Piece::Line(_, mark) = piece {
                marks.push(mark);
            }
        });
    }
    assert_eq!(marks, [1, 3]);
}

/// A drain of events with what it hands over.
fn drain(log: Log, clock: Clock) -> (pipe::Sender, Arc<Kept>, tokio::task::JoinHandle<u64>) {
    let (kept, sink) = kept();
    let (sender, receiver) = pipe::pipe().unwrap();
    let contract = SourceObserver {
        observer: "events".into(),
        evidence: Evidence::Atomic,
        grammar: Grammar::Contract(three()),
        replay: None,
    };
    let started = clock.now();
    let taker = Taker::new(n1(), Stream::Stdout, vec![contract], (clock, started), sink);
    let drain = Drain { taker, clock, started, log };
    (sender, kept, drain.spawn(receiver))
}

#[tokio::test]
async fn events_come_in_order_with_spans_that_hold_the_moment_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::start();
    let path = folder.path().join("nodes/n1/stdout.log");
    let clock = Clock::start();
    let (mut sender, kept, end) = drain(journal.open(path.clone()), clock);
    let mut written = Vec::new();
    let mut text = String::new();
    for term in 0..50 {
        let before = clock.now();
        let at = clock.zero() + before;
        let line = match term % 3 {
            0 => format!("{{\"role\":\"follower\",\"term\":{term},\"at\":{at}}}\n"),
            1 => format!("{{\"role\":\"follower\",\"term\":{term}}}\nordinary\n"),
            _ => format!("{{\"role\":\"follower\",\"term\":{term},\"at\":{}}}\n", u64::MAX),
        };
        sender.write_all(line.as_bytes()).await.unwrap();
        written.push([before, clock.now()]);
        text.push_str(&line);
        if term % 5 == 0 {
            until(|| kept.sightings.lock().unwrap().len() > term).await;
        }
    }
    drop(sender);
    end.await.unwrap();
    drop(journal);
    let sightings = kept.sightings.lock().unwrap();
    assert_eq!(sightings.len(), 50);
    for (term, ((span, seen), [before, after])) in sightings.iter().zip(written).enumerate() {
        assert_eq!(seen.state.term, Some(term as u64));
        let Span { earliest, latest } = *span;
        assert!(earliest <= after && before <= latest, "term {term}: {span:?} against {before}..{after}");
        assert!(earliest >= sightings[term.saturating_sub(1)].0.earliest, "spans go back at {term}");
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
    assert_eq!(kept.lines.lock().unwrap().len(), 17);
}

#[tokio::test]
async fn a_torrent_without_a_newline_is_one_gap_and_what_follows_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    // A log that cannot be written: its folder is a file.
    std::fs::write(folder.path().join("n1"), "").unwrap();
    let journal = Journal::start();
    let (mut sender, kept, end) = drain(journal.open(folder.path().join("n1/stdout.log")), Clock::start());
    let noise = vec![b'x'; 1 << 20];
    for _ in 0..64 {
        sender.write_all(&noise).await.unwrap();
    }
    sender.write_all(b"\n{\"role\":\"leader\",\"term\":3}\n{\"role\":\"lea").await.unwrap();
    drop(sender);
    end.await.unwrap();
    until(|| journal.problem().is_some()).await;
    let gaps = kept.gaps.lock().unwrap();
    assert_eq!(
        gaps.iter().map(|gap| gap.reason.clone()).collect::<Vec<_>>(),
        [format!("a line of more than {LONGEST_LINE} bytes")]
    );
    assert_eq!(kept.sightings.lock().unwrap().len(), 1);
    assert_eq!(*kept.lines.lock().unwrap(), ["{\"role\":\"lea"]);
    assert!(journal.problem().unwrap().starts_with("cannot write "), "{:?}", journal.problem());
}

#[test]
fn the_splitter_keeps_no_more_than_one_line() {
    let mut splitter = Splitter::new(LONGEST_LINE);
    let chunk = vec![b'x'; 60_000];
    for _ in 0..10_000 {
        splitter.feed(&chunk, 0, |_| {});
        assert!(splitter.rest().len() <= LONGEST_LINE);
    }
}

#[test]
fn logs_of_later_incarnations_are_appended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stderr.log");
    for text in [&b"first\n"[..], b"second\n"] {
        let journal = Journal::start();
        journal.open(path.clone()).append(text);
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), "first\nsecond\n");
}
