//! What the reader takes and what it refuses.
#![allow(clippy::unwrap_used)] // helpers of tests

use checkers::judge;
use history::{
    Body, EndReason, Event, Evidence, HistoryError, Installed, Life, Name, Observation, Reader, Role, Span, Stage,
};

const HEADER: &str = r#"{"schema":1,"nodes":["n1","n2"]}"#;

fn read(text: &[u8]) -> Result<(Vec<Event>, bool), HistoryError> {
    let mut reader = Reader::new(text)?;
    let mut events = Vec::new();
    while let Some(event) = reader.next_event()? {
        events.push(event);
    }
    assert!(reader.next_event()?.is_none(), "the end is the end");
    Ok((events, reader.torn()))
}

/// The events of a history with this header and these lines.
fn with(header: &str, lines: &[&str]) -> Vec<Event> {
    read(format!("{header}\n{}\n", lines.join("\n")).as_bytes()).unwrap().0
}

fn one(line: &str) -> Event {
    with(HEADER, &[line]).remove(0)
}

fn observation(event: &Event) -> &Observation {
    match &event.body {
        Body::Observe(seen) => seen,
        other => panic!("not an observation: {other:?}"),
    }
}

#[track_caller]
fn refused(text: &[u8], sentence: &str) {
    let error = read(text).expect_err("it was read").to_string();
    assert!(error.contains(sentence), "{error}");
}

#[track_caller]
fn line_refused(line: &str, why: &str) {
    let text = format!("{HEADER}\n{line}\n{{\"type\":\"note\"}}\n");
    refused(text.as_bytes(), "line 2 is not an event: ");
    refused(text.as_bytes(), why);
}

#[test]
fn an_empty_file_is_refused() {
    assert!(matches!(read(b""), Err(HistoryError::Empty)));
    assert!(matches!(read(b"\n"), Err(HistoryError::Empty)));
}

#[test]
fn a_file_that_does_not_begin_with_a_header_is_refused() {
    for (text, why) in [
        (&b"hello\n"[..], "it is not JSON"),
        (b"[1,2]\n", "it is not a JSON object"),
        (b"{\"nodes\":[\"n1\"]}\n", "it has no \"schema\""),
        (b"{\"schema\":\"one\",\"nodes\":[\"n1\"]}\n", "its \"schema\" is not a number"),
        (b"{\"schema\":1}\n", "it has no \"nodes\""),
        (b"{\"schema\":1,\"nodes\":[]}\n", "its list of \"nodes\" is empty"),
        (b"{\"schema\":1,\"nodes\":[1]}\n", "invalid type"),
        (b"{\"schema\":1,\"nodes\":[\"n1\",\"n2\",\"n1\"]}\n", "it names the node n1 twice"),
        (b"{\"schema\":1,\"nodes\":[\"n1\"", "it is not JSON"),
        (b"\xff\xfe\x00\n", "it is not UTF-8"),
        (b"\x7fELF\x00\x01\n", "it is not JSON"),
    ] {
        assert!(matches!(read(text), Err(HistoryError::NotAHistory(_))), "{why}");
        refused(text, why);
    }
}

#[test]
fn another_schema_is_refused_by_its_number() {
    let text = b"{\"schema\":7,\"nodes\":[\"n1\"]}\n";
    assert!(matches!(read(text), Err(HistoryError::Schema { found: 7 })));
    refused(text, "the history has schema 7, and this version reads schema 1");
}

#[test]
fn a_header_needs_no_more_than_schema_and_nodes_and_may_hold_more() {
    let header = r#"{"schema":1,"nodes":["n1"],"bound":null,"parameters":{"election":500},"moon":{"phase":3}}"#;
    let reader = Reader::new(header.as_bytes()).unwrap();
    assert_eq!(reader.header().nodes, ["n1"]);
    assert_eq!(reader.header().parameters["election"], "500");
    assert_eq!(reader.header().bound, None);
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let error = judge::judge_file("/nowhere/history.jsonl".as_ref()).unwrap_err().to_string();
    assert!(error.contains("cannot open /nowhere/history.jsonl"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(judge::judge_file(folder.path()), Err(HistoryError::Io { line: 1, .. })));
}

#[test]
fn a_torn_last_line_is_the_end() {
    for torn in [&br#"{"t":5,"type":"obs"#[..], b"{\"t\":5,\"type\":\"miss\",\"node\":\"\xc3", b"\x00\x00"] {
        let mut text = format!("{HEADER}\n{{\"t\":1,\"type\":\"miss\",\"node\":\"n1\"}}\n").into_bytes();
        text.extend_from_slice(torn);
        let (events, is_torn) = read(&text).unwrap();
        assert_eq!((events.len(), is_torn), (1, true));
    }
}

#[test]
fn a_whole_last_line_needs_no_newline() {
    let text = format!("{HEADER}\n{}", r#"{"t":5,"type":"harness","event":"end","reason":"complete"}"#);
    let (events, torn) = read(text.as_bytes()).unwrap();
    assert_eq!((events.len(), torn), (1, false));
    assert_eq!(events[0].body, Body::End { reason: EndReason::Complete.into() });
}

#[test]
fn blank_lines_and_foreign_line_ends_are_passed_over() {
    let text = format!("{HEADER}\r\n\r\n{}\r\n\n", r#"{"t":5,"type":"miss","node":"n2"}"#);
    let (events, _) = read(text.as_bytes()).unwrap();
    assert_eq!(events, [Event { line: 3, t: 5, body: Body::Miss { node: Name(1) } }]);
}

#[test]
fn a_line_in_the_middle_that_is_not_an_event_is_named() {
    line_refused("garbage", "expected value (column 1)");
    line_refused("[]", "it is not a JSON object");
    line_refused(r#"{"t":1,"type":"observe","node":"n1","term":"five"}"#, "invalid type: string \"five\"");
    line_refused(r#"{"t":-1,"type":"miss","node":"n1"}"#, "invalid value");
    line_refused(r#"{"t":1}"#, "it has no \"type\"");
    line_refused(r#"{"t":1,"type":"observe","term":5}"#, "names its \"node\"");
    line_refused(r#"{"t":1,"type":"node","node":"n1"}"#, "says which \"event\"");
    line_refused(r#"{"t":1,"type":"fault","stage":"lift"}"#, "has the fault's \"id\"");
    line_refused(r#"{"t":1,"type":"fault","id":1}"#, "has a \"stage\"");
    line_refused(r#"{"t":1,"type":"fault","id":1,"stage":"inject","links":["n1"]}"#, "\"n1\" is not a link");
    line_refused(r#"{"t":1,"type":"link","link":"n1-n2","passed":0}"#, "\"n1-n2\" is not a link");
    let text = [HEADER.as_bytes(), b"\n{\"type\":\"\xff\"}\n"].concat();
    refused(&text, "line 2 is not an event: it is not UTF-8");
}

#[test]
fn a_line_without_end_is_refused_before_it_fills_the_memory() {
    let text = [HEADER.as_bytes(), b"\n", &vec![b'x'; 17 << 20]].concat();
    refused(&text, "it is longer than 16 MiB");
}

#[test]
fn what_this_version_does_not_know_is_unknown() {
    for line in [
        r#"{"t":1,"type":"omen","span":"yesterday","node":17}"#,
        r#"{"t":1,"type":"node","node":"n1","event":"sneeze"}"#,
        r#"{"t":1,"type":"harness","event":"hiccup"}"#,
        r#"{"t":1,"type":"fault","id":1,"stage":"rehearse"}"#,
        r#"{"t":1,"type":"expect","id":1,"outcome":"skipped"}"#,
    ] {
        assert_eq!(one(line), Event { line: 2, t: 1, body: Body::Unknown }, "{line}");
    }
    let event = one(r#"{"t":1,"type":"observe","node":"n1","observer":"events","role":"learner","mood":"good"}"#);
    assert_eq!(observation(&event).role, None);
}

#[test]
fn a_full_observation_is_read_as_it_is_written() {
    let event = one(
        r#"{"t":9,"type":"observe","node":"n2","incarnation":3,"observer":"events","evidence":"atomic","span":[7,8],"role":"precandidate","term":4,"vote":"n1","leader":null,"log":[2,11]}"#,
    );
    let expected = Observation {
        node: Name(1),
        incarnation: 3,
        told: true,
        observer: 0,
        evidence: Evidence::Atomic,
        durable: true,
        complete: true,
        span: Span { earliest: 7, latest: 8 },
        role: Some(Role::Precandidate),
        term: Some(4),
        vote: Some(Some(Name(0))),
        leader: Some(None),
        foreign_vote: None,
        foreign_leader: None,
        outsider: false,
        log: Some((2, 11)),
        counted: Vec::new(),
        candidate_log: None,
        alive: true,
        piped: false,
        hole: None,
        stray: false,
    };
    assert_eq!(event, Event { line: 2, t: 9, body: Body::Observe(expected) });
}

#[test]
fn escaped_names_are_the_same_names() {
    let event = one(r#"{"t":1,"type":"observe","node":"\u006e2","observer":"events","vote":"n\u0031"}"#);
    assert_eq!((observation(&event).node, observation(&event).vote), (Name(1), Some(Some(Name(0)))));
}

#[test]
fn absent_fields_are_unknown_and_null_is_known_only_for_votes_and_leaders() {
    let seen = one(r#"{"t":1,"type":"observe","node":"n1"}"#);
    let seen = observation(&seen);
    assert_eq!((seen.role, seen.term, seen.vote, seen.leader, seen.log), (None, None, None, None, None));
    let seen =
        one(r#"{"t":1,"type":"observe","node":"n1","role":null,"term":null,"vote":null,"leader":null,"log":null}"#);
    let seen = observation(&seen);
    assert_eq!((seen.role, seen.term, seen.log), (None, None, None));
    assert_eq!((seen.vote, seen.leader), (Some(None), Some(None)));
}

#[test]
fn absent_times_are_taken_from_what_is_there() {
    let lines = [
        r#"{"type":"observe","node":"n1","span":[3,8]}"#,
        r#"{"type":"observe","node":"n1"}"#,
        r#"{"t":12,"type":"observe","node":"n1"}"#,
        r#"{"t":13,"type":"observe","node":"n1","span":[11,10]}"#,
    ];
    let events = with(HEADER, &lines);
    let times: Vec<_> = events.iter().map(|event| (event.t, observation(event).span)).collect();
    let span = |earliest, latest| Span { earliest, latest };
    assert_eq!(times, [(8, span(3, 8)), (8, span(0, 12)), (12, span(12, 12)), (13, span(10, 11))]);
}

#[test]
fn absent_incarnations_are_counted_by_starts() {
    let observe = r#"{"t":1,"type":"observe","node":"n1"}"#;
    let start = r#"{"t":1,"type":"node","node":"n1","event":"start"}"#;
    let exit = r#"{"t":1,"type":"node","node":"n1","event":"exit","signal":"SIGKILL"}"#;
    let fourth = r#"{"t":1,"type":"node","node":"n1","incarnation":4,"event":"start"}"#;
    let events = with(HEADER, &[observe, start, observe, exit, start, observe, fourth, observe, start]);
    let incarnation = |event: &Event| match &event.body {
        Body::Observe(seen) => seen.incarnation,
        Body::Node(node) => node.incarnation,
        other => panic!("{other:?}"),
    };
    assert_eq!(events.iter().map(incarnation).collect::<Vec<_>>(), [1, 1, 1, 1, 2, 2, 4, 4, 5]);
    let Body::Node(exit) = &events[3].body else { panic!("not a node event") };
    assert_eq!(exit.what, Life::Exit { status: None, signal: None, reason: None }, "a signal by name is no number");
}

#[test]
fn observers_are_what_the_header_declares_and_the_line_overrides_its_evidence() {
    let header = r#"{"schema":1,"nodes":["n1"],"observers":[{"name":"log","evidence":"atomic","complete":true}]}"#;
    let lines = [
        r#"{"t":1,"type":"observe","node":"n1","observer":"log"}"#,
        r#"{"t":1,"type":"observe","node":"n1","observer":"log","evidence":"sampled"}"#,
        r#"{"t":1,"type":"observe","node":"n1","observer":"other","evidence":"atomic"}"#,
        r#"{"t":1,"type":"observe","node":"n1","observer":"third"}"#,
        r#"{"t":1,"type":"observe","node":"n1","observer":"events"}"#,
    ];
    let events = with(header, &lines);
    let worth = |event: &Event| {
        let seen = observation(event);
        (seen.observer, seen.evidence == Evidence::Atomic, seen.durable, seen.complete)
    };
    assert_eq!(
        events.iter().map(worth).collect::<Vec<_>>(),
        [
            (0, true, false, true),
            (0, false, false, true),
            (1, true, false, false),
            (2, false, false, false),
            (3, true, true, true)
        ]
    );
}

#[test]
fn a_bound_of_zero_is_none() {
    let bound = |value: &str| {
        let header = format!(r#"{{"schema":1,"nodes":["n1"],"bound":{value}}}"#);
        Reader::new(header.as_bytes()).map(|reader| reader.header().bound)
    };
    assert_eq!((bound("0").unwrap(), bound("null").unwrap(), bound("7").unwrap()), (None, None, Some(7)));
    assert!(bound("-1").is_err());
}

#[test]
fn observers_may_be_a_map() {
    let header = r#"{"schema":1,"nodes":["n1"],"observers":{"log":{"evidence":"atomic"}}}"#;
    let reader = Reader::new(header.as_bytes()).unwrap();
    assert_eq!((reader.observers()[0].name.as_str(), reader.observers()[0].evidence), ("log", Evidence::Atomic));
}

#[test]
fn names_outside_the_list_are_known_from_their_first_use() {
    let text = format!("{HEADER}\n{}\n", r#"{"t":1,"type":"observe","node":"n7","vote":"n8","leader":"n1"}"#);
    let mut reader = Reader::new(text.as_bytes()).unwrap();
    let event = reader.next_event().unwrap().unwrap();
    let seen = observation(&event);
    assert_eq!((seen.node, seen.leader), (Name(2), Some(Some(Name(0)))));
    assert_eq!((seen.vote, seen.foreign_vote), (None, Some(Name(3))), "a vote for no node is unknown");
    assert_eq!(reader.names().text(Name(3)), "n8");
}

#[test]
fn a_lift_is_of_what_was_injected() {
    let lines = [
        r#"{"t":1,"type":"fault","id":4,"stage":"inject","fault":{"kind":"cut"},"nodes":["n1"],"links":["n1->n2"],"outcome":"installed"}"#,
        r#"{"t":2,"type":"fault","id":4,"stage":"lift","outcome":"installed"}"#,
        r#"{"t":3,"type":"fault","id":5,"stage":"lift"}"#,
    ];
    let events = with(HEADER, &lines);
    let Body::Fault(lift) = &events[1].body else { panic!("not a fault") };
    assert_eq!((lift.stage, lift.outcome, lift.kind.as_str()), (Stage::Lift, Installed::Installed, "cut"));
    assert_eq!((&lift.nodes[..], &lift.links[..]), (&[Name(0)][..], &[(Name(0), Name(1))][..]));
    let Body::Fault(stray) = &events[2].body else { panic!("not a fault") };
    assert_eq!((stray.outcome, stray.kind.as_str()), (Installed::Indeterminate, ""));
}

#[test]
fn the_fault_of_a_node_event_is_its_number() {
    let event = one(r#"{"t":1,"type":"node","node":"n1","event":"exit","signal":9,"fault":4}"#);
    let Body::Node(node) = event.body else { panic!("not a node event") };
    assert_eq!((node.fault, node.what), (Some(4), Life::Exit { status: None, signal: Some(9), reason: None }));
}

#[test]
fn a_counter_that_was_left_out_is_no_zero() {
    assert_eq!(one(r#"{"t":1,"type":"link","link":"n1->n2","rule":"cut"}"#).body, Body::Unknown);
    let Body::Link(link) = one(r#"{"t":1,"type":"link","link":"n1->n2","rule":"cut","passed":0}"#).body else {
        panic!("not a link")
    };
    assert_eq!((link.from, link.to, link.passed), (Name(0), Name(1), 0));
}
