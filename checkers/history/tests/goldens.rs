//! The record as it stands on disk: a file for each schema, and one for each kind of line.
//!
//! What is written today is what stands in `golden/`, byte for byte, and what stands there is read as what was meant. A
//! change of a golden file is a change of the record: others read it. To write them anew, set `WRITE_GOLDEN=1`.
#![allow(clippy::unwrap_used)] // helpers of tests

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use history::entry::{Described, Expect, Fault, Harness, Link, Miss, Node, Observe, Probe, State};
use history::finding::{Circumstance, Kind, Reservation, Safety, Statement, safety};
use history::header::BoundFrom;
use history::run::{self, DrawnFrom, Network, Options};
use history::verdict::{Evidence as Quoted, HistoryFacts, Judgement, Violation};
use history::{
    Answer, Cause, Claims, Decoder, EndReason, Entry, Evidence, ExitReason, Expectation, Fate, Faults, Grade, Header,
    Installed, Observer, Outcome, Phase, Record, Role, Rule, RunFile, SCHEMA, Span, Stage, Stream, Verdict, Voters,
    Word,
};
use serde_json::json;
use workloads::workload::{By, Parameters};

fn golden(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden", name].iter().collect()
}

/// Holds a text against its golden file.
#[track_caller]
fn holds(name: &str, text: &str) -> String {
    let path = golden(name);
    if std::env::var_os("WRITE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text, kept, "{name}");
    kept
}

/// Holds lines against their golden file, and reads them back.
#[track_caller]
fn lines<'a>(name: &str, entries: impl IntoIterator<Item = (Option<Span>, Entry<'a>)>) {
    let records: Vec<Record<'_>> =
        entries.into_iter().zip(1..).map(|((span, entry), t)| record(t * 1000, span, entry)).collect();
    let mut text = Vec::new();
    for record in &records {
        record.write(&mut text).unwrap();
        text.push(b'\n');
    }
    let kept = holds(name, std::str::from_utf8(&text).unwrap());
    let read: Vec<Record<'_>> = kept.lines().map(|line| Record::read_whole(line).unwrap()).collect();
    assert_eq!(read, records, "{name}");
    let mut decoder = Decoder::new(br#"{"schema":1,"nodes":["n1","n2","n3"]}"#).unwrap();
    for (line, number) in kept.lines().zip(2..) {
        decoder.decode(line.as_bytes(), number).unwrap();
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn record(t: u64, span: Option<Span>, entry: Entry<'_>) -> Record<'_> {
    Record { t: Some(t), span, ..Record::now(entry) }
}

fn now<'a>(entry: impl Into<Entry<'a>>) -> (Option<Span>, Entry<'a>) {
    (None, entry.into())
}

fn during<'a>(earliest: u64, latest: u64, entry: impl Into<Entry<'a>>) -> (Option<Span>, Entry<'a>) {
    (Some(Span::new(earliest, latest)), entry.into())
}

#[test]
fn node_lines() {
    let exit = || Node::new("n1", 1, Fate::Exit);
    lines(
        "node.jsonl",
        [
            during(900, 1000, Node::start("n1", 1, 4711)),
            now(Node::new("n1", 1, Fate::Ready)),
            during(2900, 3000, Node { fault: Some(4), ..Node::new("n1", 1, Fate::Stop) }),
            during(3900, 4000, Node { fault: Some(4), ..Node::new("n1", 1, Fate::Continue) }),
            now(Node::eof("n1", 1, Stream::Stdout)),
            during(
                5900,
                6000,
                Node {
                    reason: Some("stdout: a line of more than 65536 bytes".into()),
                    ..Node::new("n1", 1, Fate::Gap)
                },
            ),
            during(6900, 7000, Node { status: Some(0), reason: Some(ExitReason::Teardown.as_str().into()), ..exit() }),
            during(7900, 8000, Node { signal: Some(9), fault: Some(5), ..exit() }),
            now(Node { status: Some(0), reason: Some(ExitReason::Forked.as_str().into()), ..exit() }),
            now(Node { incarnation: None, event: Word::read("sneeze"), ..exit() }),
        ],
    );
}

#[test]
fn observe_lines() {
    let whole = Observe {
        node: "n2".into(),
        incarnation: Some(3),
        observer: Some("events".into()),
        evidence: Some(Evidence::Atomic.into()),
        seq: Some(12),
        state: State {
            role: Some(Role::Leader.into()),
            term: Some(u64::MAX),
            vote: Some(Some("n2".into())),
            leader: Some(Some("n2".into())),
            vote_id: None,
            leader_id: None,
            log: Some([2, 11]),
            counted: Some(names(&["n1", "n3"])),
            candidate_log: Some([2, 10]),
            other: BTreeMap::from([("mood".to_owned(), json!({"good": true}))]),
        },
    };
    let polled = Observe {
        incarnation: None,
        observer: Some("status".into()),
        evidence: Some(Evidence::Sampled.into()),
        seq: None,
        state: State { role: Some(Role::Follower.into()), vote: Some(None), leader: Some(None), ..State::default() },
        ..whole.clone()
    };
    let foreign = Observe {
        observer: None,
        evidence: None,
        state: State {
            role: Some(Word::read("learner")),
            vote_id: Some("5f1c".into()),
            leader_id: Some("".into()),
            ..State::default()
        },
        ..whole.clone()
    };
    lines("observe.jsonl", [during(100, 200, whole), during(1100, 1900, polled), now(foreign)]);
}

#[test]
fn voters_lines() {
    let whole = history::entry::Voters {
        node: "n2".into(),
        incarnation: Some(3),
        observer: Some("events".into()),
        evidence: Some(Evidence::Atomic.into()),
        voters: Some(Voters::Listed(names(&["n1", "n2", "n4"]))),
        outgoing: names(&["n1", "n2", "n3"]),
        learners: names(&["n5"]),
    };
    let unknown = history::entry::Voters {
        observer: None,
        evidence: None,
        voters: Some(Voters::Unknown),
        outgoing: vec![],
        learners: vec![],
        ..whole.clone()
    };
    lines("voters.jsonl", [during(100, 200, whole), now(unknown)]);
}

#[test]
fn miss_lines() {
    let miss = Miss {
        node: "n2".into(),
        incarnation: Some(1),
        observer: Some("status".into()),
        error: Some("timed out after 100ms".into()),
    };
    lines("miss.jsonl", [during(100, 200, miss)]);
}

#[test]
fn fault_lines() {
    let fault = serde_json::from_value(json!({"kind": "cut", "shape": "isolate", "target": "leader"})).unwrap();
    let links = vec![workloads::Link::new("n1", "n2"), workloads::Link::new("n2", "n1")];
    let inject = Fault {
        id: 4,
        stage: Stage::Inject.into(),
        fault: Described::of(&fault),
        nodes: Some(vec!["n1".to_owned()]),
        links: Some(links),
        outcome: Some(Installed::Installed.into()),
        reason: None,
        operations: None,
        lost: None,
    };
    let nothing = || Fault { fault: None, nodes: None, links: None, ..inject.clone() };
    let crash = Fault {
        operations: Some(vec!["n1: rename state.tmp state".to_owned()]),
        lost: Some(vec!["n1: no fsync covered bytes 0 to 24 of state".to_owned()]),
        ..nothing()
    };
    let skipped = Fault { outcome: Some(Installed::Skipped.into()), reason: Some("no leader".into()), ..nothing() };
    let unsure = Fault { stage: Stage::Lift.into(), outcome: Some(Installed::Indeterminate.into()), ..nothing() };
    let lift = Fault { stage: Stage::Lift.into(), ..nothing() };
    lines(
        "fault.jsonl",
        [
            during(900, 1000, inject),
            during(1900, 2000, lift),
            during(2000, 2000, skipped),
            during(3900, 4000, unsure),
            during(4900, 5000, crash),
        ],
    );
}

#[test]
fn link_lines() {
    let cut = Link {
        from: "n1".into(),
        to: "n2".into(),
        rule: Some(Rule::Cut.into()),
        passed: Some(0),
        held: Some(1180),
        dropped: Some(0),
        packets: None,
    };
    let open = Link { rule: Some(Rule::Open.into()), passed: Some(3782), packets: Some([31, 0, 0]), ..cut.clone() };
    let slow = Link { rule: Some(Rule::Degrade.into()), held: None, dropped: None, ..cut.clone() };
    lines("link.jsonl", [during(0, 900, open), during(900, 1900, cut), during(1900, 2900, slow)]);
}

#[test]
fn expect_lines() {
    let condition = serde_json::from_value(json!({"becomes": {"role": "candidate"}})).unwrap();
    let of = |outcome| Expect::of(7, &condition, outcome);
    let skipped = Expect { reason: Some("the time for faults was over".into()), ..of(Expectation::Skipped) };
    lines(
        "expect.jsonl",
        [during(0, 900, of(Expectation::Met)), during(0, 1900, of(Expectation::Unmet)), during(2900, 2900, skipped)],
    );
}

#[test]
fn probe_lines() {
    let answered = Probe {
        outcome: Answer::Answered.into(),
        attempts: Some(20),
        slowest: Some(4_100),
        node: Some("n2".into()),
        reason: None,
    };
    let failed = Probe {
        outcome: Answer::Failed.into(),
        attempts: Some(1),
        slowest: Some(200),
        node: None,
        reason: Some("n2: connection refused; n3: answered with status 503".into()),
    };
    let foreign = Probe { outcome: Word::read("shrugged"), attempts: None, slowest: None, node: None, reason: None };
    lines("probe.jsonl", [during(100, 900, answered), during(1700, 1900, failed), now(foreign)]);
}

#[test]
fn harness_lines() {
    let reason = |why: &'static str| Some(why.into());
    let phases = [Phase::Setup, Phase::Settle, Phase::Faults, Phase::Heal, Phase::Teardown];
    let mut all: Vec<_> = phases.into_iter().map(|phase| now(Harness::phase(phase))).collect();
    let nodes = Some(vec!["n1".to_owned(), "n3".to_owned()]);
    all.extend([
        now(Harness::Phase { phase: Some(Phase::Final.into()), nodes }),
        during(
            100,
            900,
            Harness::Stall { cause: Some(Cause::Harness.into()), reason: reason("the harness did not run") },
        ),
        during(100, 900, Harness::Stall { cause: Some(Cause::Disk.into()), reason: None }),
        during(7, 7, Harness::Pressure { cpu: Some(0.25), idle: Some(0.5), io: Some(0.125) }),
        now(Harness::OutputLost { reason: reason("the disk is full") }),
        now(Harness::CaptureLost { reason: reason("the disk is full") }),
        during(100, 900, Harness::Provoked { reason: reason("primary was paused") }),
        now(Harness::Uncarried { node: reason("n1"), reason: reason("n1 sent 3 packets of IPv6") }),
        now(Harness::Other { event: "hiccup".into(), node: None, reason: None }),
        now(Harness::End { reason: Some(EndReason::Interrupted.into()) }),
        now(Harness::End { reason: Some(Word::read("n1 was not ready within 20s")) }),
        now(Harness::End { reason: Some(EndReason::Complete.into()) }),
        during(7, 8, Harness::Messages { passed: Some(321) }),
    ]);
    lines("harness.jsonl", all);
}

#[test]
fn a_kind_of_line_that_nobody_knows() {
    lines("unknown.jsonl", [now(Entry::Unknown("omen".into()))]);
}

#[test]
fn the_header() {
    let words = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let header = Header {
        schema: SCHEMA,
        run: "chaos-7".into(),
        wall: Some("2026-11-22T04:20:11Z".into()),
        zero: Some(81_234_567_890_123),
        versions: words(&[("interregnum", "0.1.0"), ("kernel", "6.12.0")]),
        system: "reference".into(),
        parameters: words(&[("election", "150-300")]),
        node_parameters: BTreeMap::from([("n3".to_owned(), words(&[("log", "0/0")]))]),
        claims: Claims {
            grade: Grade::Clique,
            judged: Some(names(&["election-safety", "re-election"])),
            stability: Some(2),
            survives: names(&["wipe"]),
            ..Claims::default()
        },
        bound: Some(5_000_000_000),
        bound_from: Some(BoundFrom { k: 16, p: 0.25, d: 1_000_000, epsilon: 0.125, how: "heartbeat + k …".into() }),
        heal_cap: Some(1_000_000_000),
        nodes: names(&["n1", "n2", "n3"]),
        voters: Some(Voters::Listed(names(&["n1", "n2"]))),
        faults: Some(Faults::Recorded),
        group: Some("region 7".into()),
        observers: vec![Observer {
            name: "events".into(),
            fields: names(&["role", "term", "vote", "leader"]),
            evidence: Evidence::Atomic,
            durable: true,
            complete: true,
            source: Some(history::Origin::Stdout.into()),
            ..Observer::default()
        }],
        probe: Some(history::header::Probe {
            about: "a put".into(),
            kind: "http".into(),
            to: "any".into(),
            every: 50_000_000,
            timeout: 200_000_000,
        }),
        network: "switch".into(),
        network_why: Some("auto: it works here".into()),
        capabilities: Some(serde_json::from_value(json!({"cut": true, "degrade": ["delay"]})).unwrap()),
        link_delay: Some(1_000_000),
        disk: Some(run::Model::Torn.into()),
        workload: "chaos".into(),
        seed: Some(7),
        coverage: Some(workloads::Coverage::default()),
        logs: None,
    };
    let kept = holds("header.json", &(serde_json::to_string(&header).unwrap() + "\n"));
    assert_eq!(*Decoder::new(kept.as_bytes()).unwrap().header(), header);
}

#[test]
fn the_description_of_a_run() {
    let run = RunFile {
        schema: run::SCHEMA,
        run: "chaos-7".into(),
        system: "mine".into(),
        set: vec!["election=500".into()],
        nodes: 5,
        network: Network::Switch,
        options: Options {
            mtu: 1500,
            link_delay: Some(Duration::from_millis(5)),
            data_in_memory: true,
            disk: run::Disks::Simulated,
            disk_model: run::Model::Torn,
            pcap: true,
            until: Some("election-safety".into()),
            max_history: Some(4 << 30),
        },
        drawn_from: Some(DrawnFrom {
            workload: "re-election".into(),
            seed: 7,
            parameters: Parameters { by: Some(By::Pause), faults: vec!["+loss".into()], rounds: Some(3) },
            time: Some(Duration::from_secs(90)),
        }),
        brief: true,
        trial: true,
        bound: Some(Duration::from_secs(5)),
        system_file: Some("/tmp/mine.toml".into()),
        directory: "/tmp".into(),
        command: vec!["interregnum".into(), "test".into()],
        replay: "interregnum replay interregnum-out/latest".into(),
        began: "2026-11-22T04:20:11Z".into(),
        state: run::State::Valid.into(),
        exit: Some(0),
    };
    let kept = holds("run.json", &(serde_json::to_string_pretty(&run).unwrap() + "\n"));
    assert_eq!(serde_json::from_str::<RunFile>(&kept).unwrap(), run);
    assert_eq!(run::Command::read(kept.as_bytes()), Some(run::Command::Arguments(run.command)));
}

#[test]
fn a_run_file_of_an_earlier_version_lacks_what_came_later() {
    let text = r#"{"schema":1,"run":"r","system":"s","set":[],"nodes":3,"network":"auto","bound":null,"directory":"/",
        "command":[],"replay":"","began":"","state":"cannot write the history","exit":70}"#;
    let run: RunFile = serde_json::from_str(text).unwrap();
    assert_eq!((run.options, run.drawn_from, run.brief), (Options::default(), None, false));
    assert_eq!(run.state, Word::Foreign("cannot write the history".into()));
}

#[test]
fn a_run_is_asked_for_by_a_command_line() {
    let draw = DrawnFrom { workload: "chaos".into(), seed: 3, parameters: Parameters::default(), time: None };
    let plain = RunFile { nodes: 5, drawn_from: Some(draw), ..RunFile::default() };
    assert_eq!(plain.test_line("etcd"), ["test", "chaos", "--system=etcd", "--network=auto", "--nodes=5"]);
    let run: RunFile = serde_json::from_slice(&std::fs::read(golden("run.json")).unwrap()).unwrap();
    let all = "test re-election --system=mine.toml --network=switch --bound=5s --max-history=4294967296 --link-delay=5ms \
               --set=election=500 --nodes=5 --time=1m 30s --by=pause --faults=+loss --rounds=3 --mtu=1500 \
               --disk=simulated --disk-model=torn --until=election-safety --data-in-memory --pcap";
    assert_eq!(run.test_line("mine.toml").join(" "), all);
    let given = RunFile { drawn_from: None, options: Options::default(), ..run };
    let line = "test --system=mine --network=switch --bound=5s --set=election=500";
    assert_eq!(given.test_line("mine").join(" "), line);
}

#[test]
fn the_verdict() {
    let finding = safety::Finding::TermFell { node: "n1".into(), from: 7, to: 6, restarted: false }.into();
    let violation = Violation {
        checker: "term-monotonic".into(),
        kind: Kind::Safety,
        finding,
        circumstances: Vec::<Circumstance>::new(),
        sentence: "n1's term fell from 7 to 6.".into(),
        span: [100, 200],
        nodes: vec!["n1".into()],
        term: Some(7),
        faults: vec!["kill".into()],
        evidence: vec![Quoted { line: 4, text: "{}".into() }],
    };
    let statement = Statement::default();
    let judgement = Judgement {
        sentence: "n1's term fell from 7 to 6.".into(),
        counts: BTreeMap::from([("terms".to_owned(), 7)]),
        ..Judgement::new("term-monotonic", Verdict::Invalid, statement, vec![violation])
    };
    let outcome = Outcome {
        schema: history::verdict::SCHEMA,
        run: "chaos-7".into(),
        system: "reference".into(),
        version: None,
        workload: "chaos".into(),
        seed: Some(7),
        network: "switch".into(),
        nodes: vec!["n1".into(), "n2".into(), "n3".into()],
        verdict: Verdict::Invalid,
        safety: Safety::Judged,
        sentence: "n1's term fell from 7 to 6.".into(),
        headline: None,
        promises: 9,
        reservations: Vec::<Reservation>::new(),
        history: HistoryFacts {
            events: 12,
            length: 9_000_000_000,
            ended: true,
            end_reason: Some(EndReason::Complete.into()),
            torn: false,
        },
        checkers: vec![judgement],
        measures: history::measures::Measures::default(),
    };
    let kept = holds("verdict.json", &(serde_json::to_string_pretty(&outcome).unwrap() + "\n"));
    assert_eq!(serde_json::from_str::<Outcome>(&kept).unwrap(), outcome);
}
