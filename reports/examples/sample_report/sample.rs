//! Histories and outcomes for tests and for the sample pages, built line by line.

use std::path::PathBuf;

use history::build::Builder;
use history::entry::{Described, Fault, Harness, Node, Observe, State};
use history::finding::{Safety, Statement};
use history::header::{BoundFrom, Observer};
use history::measures::{Election, Interregnum, LinkHeal, Measures, Quantiles};
use history::verdict::{Evidence, HistoryFacts, Judgement, Outcome, Verdict, Violation};
use history::{Entry, Fate, Header, Installed, Reader, Record, Rule, Span, Stage, Word};
use serde_json::Value;
use workloads::{Choice, Coverage, Link, Shape};

pub(crate) const MS: u64 = 1_000_000;

/// A history being written.
pub(crate) struct Sample {
    pub(crate) nodes: Vec<String>,
    built: Builder,
}

impl Sample {
    pub(crate) fn new(nodes: usize) -> Self {
        let nodes: Vec<String> = (1..=nodes).map(|n| format!("n{n}")).collect();
        let built = Builder::new(&header(nodes.clone()));
        Self { nodes, built }
    }

    /// A line; answers its number in the file.
    pub(crate) fn add(&mut self, line: &Record<'_>) -> u64 {
        self.built.add(line)
    }

    /// What was so in this span and recorded at its end; answers the number of its line.
    pub(crate) fn during<'a>(&mut self, span: [u64; 2], entry: impl Into<Entry<'a>>) -> u64 {
        self.built.during(span[1], Span { earliest: span[0], latest: span[1] }, entry)
    }

    /// What a poll of the node showed at `t`, within this span.
    pub(crate) fn polled(&mut self, t: u64, span: Option<[u64; 2]>, node: &str, role: &str, term: u64) -> u64 {
        let state = State { role: Some(Word::read(role)), term: Some(term), ..State::default() };
        let observer = Some("status".into());
        let seen = Observe { node: node.into(), incarnation: None, observer, evidence: None, seq: None, state };
        let span = span.map(|[earliest, latest]| Span { earliest, latest });
        self.add(&Record { t: Some(t), span, ..Record::now(seen) })
    }

    /// A line as it stands, which the record cannot say; answers its number in the file.
    pub(crate) fn json(&mut self, line: Value) -> u64 {
        self.built.json(line)
    }

    /// The lines after the header.
    pub(crate) fn lines(&self) -> &[Value] {
        self.built.lines()
    }

    /// The lines after the header, to be changed.
    pub(crate) fn lines_mut(&mut self) -> &mut Vec<Value> {
        self.built.lines_mut()
    }

    /// Sets a field of the header.
    pub(crate) fn set(&mut self, field: &str, value: Value) {
        self.built.set(field, value);
    }

    pub(crate) fn phase(&mut self, t: u64, phase: &str) {
        self.now(t, Harness::Phase { phase: Some(Word::read(phase)), nodes: None });
    }

    pub(crate) fn node(&mut self, t: u64, node: &str, incarnation: u32, event: &str) {
        self.built.at(t, Node { event: Word::read(event), ..Node::new(node, incarnation, Fate::Start) });
    }

    pub(crate) fn role(&mut self, t: u64, node: &str, role: &str, term: u64, leader: Option<&str>) -> u64 {
        let named = Some(leader.map(Into::into));
        let (role, term) = (Some(Word::read(role)), Some(term));
        let state = State { role, term, vote: named.clone(), leader: named, ..State::default() };
        let (observer, evidence) = (Some("events".into()), Some(history::Evidence::Atomic.into()));
        let seen = Observe { node: node.into(), incarnation: Some(1), observer, evidence, seq: None, state };
        self.built.during(t + 40_000, Span::at(t), seen)
    }

    pub(crate) fn fault(&mut self, t: u64, id: u32, fault: Value, nodes: &[&str], links: &[String], outcome: &str) {
        let ends = links.iter().filter_map(|link| link.split_once("->"));
        let line = Fault {
            fault: Some(Described::read(fault)),
            nodes: Some(nodes.iter().map(|&node| node.to_owned()).collect()),
            links: Some(ends.map(|(from, to)| Link::new(from, to)).collect()),
            outcome: Some(Word::read(outcome)),
            ..Fault::new(id, Stage::Inject, Installed::Installed)
        };
        self.built.during(t + 2 * MS, Span { earliest: t, latest: t + 2 * MS }, line);
    }

    pub(crate) fn skip(&mut self, t: u64, id: u32, fault: Value, reason: &str) {
        let skipped = Fault {
            fault: Some(Described::read(fault)),
            reason: Some(reason.to_owned().into()),
            ..Fault::new(id, Stage::Inject, Installed::Skipped)
        };
        self.built.during(t, Span { earliest: t, latest: t }, skipped);
    }

    pub(crate) fn lift(&mut self, t: u64, id: u32) {
        self.lift_with(t, id, Installed::Installed);
    }

    pub(crate) fn lift_with(&mut self, t: u64, id: u32, outcome: Installed) {
        let span = Span { earliest: t, latest: t + MS };
        self.built.during(t + MS, span, Fault::new(id, Stage::Lift, outcome));
    }

    pub(crate) fn end(&mut self, t: u64, reason: &str) {
        self.now(t, Harness::End { reason: Some(Word::read(reason)) });
    }

    fn now(&mut self, t: u64, entry: Harness<'_>) {
        self.built.add(&Record { t: Some(t), ..Record::now(entry) });
    }

    pub(crate) fn text(&self) -> String {
        self.built.text()
    }

    pub(crate) fn header(&self) -> Header {
        serde_json::from_value(self.built.header().clone()).unwrap()
    }
}

/// Of a record of the harness, which need not say that all faults are in it, and that all vote.
fn header(nodes: Vec<String>) -> Header {
    let words = |all: &[(&str, &str)]| all.iter().map(|&(key, word)| (key.to_owned(), word.to_owned())).collect();
    let observer = |name: &str, fields: &[&str], evidence| Observer {
        name: name.to_owned(),
        fields: fields.iter().map(|&field| field.to_owned()).collect(),
        evidence,
        ..Observer::default()
    };
    let events = observer("events", &["role", "term", "vote", "leader"], history::Evidence::Atomic);
    let status = observer("status", &["role", "term", "leader"], history::Evidence::Sampled);
    let how = "heartbeat + k(T_max + 2d + persist) + R".to_owned();
    Header {
        schema: history::SCHEMA,
        run: "chaos-7".to_owned(),
        wall: Some("2026-11-22T04:20:11Z".to_owned()),
        zero: Some(1_000_000_000),
        versions: words(&[("interregnum", "0.1.0"), ("kernel", "6.12.0"), ("interregnum-node", "sha256:9f86d081")]),
        system: "reference".to_owned(),
        parameters: words(&[("election", "150-300"), ("heartbeat", "50")]),
        bound: Some(5_000 * MS),
        bound_from: Some(BoundFrom { k: 16, p: 0.271, d: MS, epsilon: 1e-9, how }),
        nodes,
        observers: vec![
            Observer { durable: true, complete: true, ..events },
            Observer { period: Some(50 * MS), ..status },
        ],
        network: "proxy".to_owned(),
        network_why: Some("auto: the switch needs /dev/net/tun, which is not here".to_owned()),
        workload: "chaos".to_owned(),
        seed: Some(7),
        coverage: Some(Coverage {
            leader_hits: 3,
            elections: 5,
            windows: 5,
            faults: 10,
            cuts_proven: true,
            waits_in_vain: false,
            ..Coverage::default()
        }),
        ..Header::default()
    }
}

/// How the leader is taken away in this turn: a kill, a pause and a cut follow each other.
pub(crate) fn blow(turn: u64) -> Value {
    let target = || Choice::Leader.into();
    let fault = match turn % 3 {
        0 => workloads::Fault::Kill { target: target(), forever: false },
        1 => workloads::Fault::Pause { target: target() },
        _ => workloads::Fault::Cut { shape: Shape::Isolate, target: target() },
    };
    serde_json::to_value(fault).unwrap()
}

/// A link that was cut, and what was held back of it.
pub(crate) fn cut(link: &str, held: u64) -> history::entry::Link<'_> {
    let (from, to) = link.split_once("->").unwrap_or((link, ""));
    history::entry::Link {
        from: from.into(),
        to: to.into(),
        rule: Some(Rule::Cut.into()),
        passed: Some(0),
        held: Some(held),
        dropped: Some(0),
        packets: None,
    }
}

/// A busy, lawful run of five nodes: `rounds` rounds of 4 s, each of which takes the leader away by another means.
pub(crate) fn busy(rounds: u64) -> (Sample, Measures) {
    let mut s = Sample::new(5);
    let mut m = Measures::default();
    let names = s.nodes.clone();
    s.phase(0, "setup");
    for (i, node) in names.iter().enumerate() {
        s.node((10 + i as u64) * MS, node, 1, "start");
        s.role((30 + i as u64) * MS, node, "follower", 0, None);
    }
    s.phase(100 * MS, "settle");
    elect(&mut s, &mut m, 250 * MS, 1, 0, None, &[]);
    s.phase(1000 * MS, "faults");
    let mut leader = 0usize;
    for round in 0..rounds {
        let at = (1500 + round * 4000) * MS;
        let id = round as u32 + 1;
        let old = names[leader].clone();
        let next = (leader + 1 + round as usize % 3) % 5;
        let links: Vec<String> =
            names.iter().filter(|n| **n != old).flat_map(|n| [format!("{old}->{n}"), format!("{n}->{old}")]).collect();
        let cuts = round % 3 == 2;
        s.fault(at, id, blow(round), &[&old], if cuts { &links } else { &[] }, "installed");
        if !cuts {
            s.node(at + MS, &old, 1, if round % 3 == 0 { "exit" } else { "stop" });
        }
        let term = 2 + round * 2;
        elect(&mut s, &mut m, at + (180 + 40 * (round % 5)) * MS, term, next, Some((id, at)), &[leader]);
        let back = at + 2200 * MS;
        match round % 3 {
            0 => s.node(back, &old, 2, "start"),
            1 => s.node(back, &old, 1, "continue"),
            _ => {
                for link in &links {
                    s.during([at + MS, back], cut(link, 1180));
                    m.heal_to_first_byte.push(LinkHeal { link: link.clone(), lifted: back, first_byte: 210 * MS });
                }
            }
        }
        s.lift(back, id);
        s.role(back + 40 * MS, &old, "follower", term, Some(&names[next]));
        leader = next;
    }
    let end = (2000 + rounds * 4000) * MS;
    s.phase(end - 600 * MS, "heal");
    s.phase(end - 400 * MS, "final");
    s.end(end, "complete");
    m.observed = end;
    let without = m.interregna.iter().flat_map(|gone| [gone.start, gone.end]);
    let bounds: Vec<u64> = [0].into_iter().chain(without).chain([end]).collect();
    m.led = Some(bounds.chunks_exact(2).filter(|led| led[0] < led[1]).map(|led| [led[0], led[1]]).collect());
    m.availability = Some(0.957);
    m.majority_time = end;
    m.two_claimants = 2020 * MS;
    m.interregnum_quantiles = Some(Quantiles {
        n: rounds,
        censored: 1,
        p50: Some(250 * MS),
        p90: Some(400 * MS),
        p99: None,
        max: Some(460 * MS),
    });
    m.tenures = vec![3700 * MS; rounds as usize];
    (s, m)
}

fn elect(
    s: &mut Sample,
    m: &mut Measures,
    at: u64,
    term: u64,
    winner: usize,
    fault: Option<(u32, u64)>,
    out: &[usize],
) {
    let names = s.nodes.clone();
    let leader = names[winner].clone();
    s.role(at, &leader, "candidate", term, None);
    let won = at + 9 * MS;
    s.role(won, &leader, "leader", term, Some(&leader));
    for (i, node) in names.iter().enumerate().filter(|(i, _)| *i != winner && !out.contains(i)) {
        s.role(won + (i as u64 + 1) * MS, node, "follower", term, Some(&leader));
    }
    let begin = fault.map_or(at, |(_, t)| t);
    m.interregna.push(Interregnum { start: begin, end: won + 4 * MS, censored: false });
    m.elections.push(Election {
        term,
        leader,
        won,
        fault: fault.map(|(id, _)| id),
        fault_at: fault.map(|(_, t)| t),
        detection: fault.map(|(_, t)| at - t),
        campaign: Some(9 * MS),
        adoption: Some(4 * MS),
        total: Some(won + 4 * MS - begin),
        without_leader: Some(won + 4 * MS - begin),
        stalled: false,
        to_win: fault.map(|_| won - begin),
        win_stalled: false,
        split_rounds: 0,
        after_kill: fault.is_some(),
    });
}

fn judgement(checker: &str, verdict: Verdict, sentence: &str) -> Judgement {
    Judgement {
        sentence: sentence.to_owned(),
        counts: [("windows-passed".to_owned(), 12)].into(),
        ..Judgement::new(checker, verdict, Statement::default(), Vec::new())
    }
}

pub(crate) fn outcome(sample: &Sample, measures: Measures, verdict: Verdict, sentence: &str) -> Outcome {
    let header = sample.header();
    Outcome {
        schema: history::verdict::SCHEMA,
        run: header.run,
        system: header.system,
        version: None,
        workload: header.workload,
        seed: header.seed,
        network: header.network,
        nodes: header.nodes,
        verdict,
        safety: Safety::Judged,
        sentence: sentence.to_owned(),
        headline: None,
        promises: 4,
        reservations: Vec::new(),
        history: HistoryFacts { events: sample.lines().len() as u64 + 1, ended: true, ..HistoryFacts::default() },
        checkers: vec![
            judgement("election-safety", Verdict::Valid, "no term had two leaders in 14 terms"),
            judgement("vote-once", Verdict::Valid, "nobody voted twice in a term"),
            Judgement { judged: false, ..judgement("leader-log", Verdict::Valid, "no observer shows logs") },
            judgement("re-election", Verdict::Valid, "12 of 12 windows passed"),
            Judgement {
                counts: [
                    ("leader-hits", 6),
                    ("elections", 7),
                    ("windows-passed", 12),
                    ("faults-installed", 6),
                    ("cuts", 2),
                    ("cuts-proven", 2),
                ]
                .map(|(k, v)| (k.to_owned(), v))
                .into(),
                ..judgement("coverage", Verdict::Valid, "the run did what chaos requires")
            },
        ],
        measures,
    }
}

pub(crate) fn valid() -> (Sample, Outcome) {
    let (sample, measures) = busy(9);
    let outcome = outcome(
        &sample,
        measures,
        Verdict::Valid,
        "5 nodes elected a leader in every window that owed one: 10 elections, the slowest 353 ms.",
    );
    (sample, outcome)
}

pub(crate) fn violated(mut outcome: Outcome, index: usize, violations: Vec<Violation>) -> Outcome {
    outcome.verdict = Verdict::Invalid;
    outcome.checkers[index].verdict = Verdict::Invalid;
    outcome.checkers[index].sentence = violations[0].sentence.clone();
    outcome.sentence = violations[0].sentence.clone();
    let own = |violation| Violation {
        checker: outcome.checkers[index].checker.clone(),
        kind: outcome.checkers[index].kind,
        ..violation
    };
    let violations = violations.into_iter().map(own).collect();
    outcome.checkers[index].violations = violations;
    outcome
}

pub(crate) fn unsafe_run() -> (Sample, Outcome) {
    let (mut sample, measures) = busy(6);
    let first = sample.lines().iter().position(|l| l["role"] == "leader" && l["term"] == 8).unwrap();
    let at = 14_600 * MS;
    let place = sample.lines().iter().position(|l| l["t"].as_u64() > Some(at)).unwrap();
    sample.role(at, "n4", "leader", 8, Some("n4"));
    let line = sample.lines_mut().pop().unwrap();
    sample.lines_mut().insert(place, line);
    let outcome = outcome(&sample, measures, Verdict::Valid, "");
    // The header is line 1.
    let quote = |place: usize| Evidence { line: place as u64 + 2, text: sample.lines()[place].to_string() };
    let violation = Violation {
        sentence: "n4 and another node were both elected leader of term 8.".to_owned(),
        span: [at, at],
        nodes: vec!["n4".to_owned()],
        term: Some(8),
        evidence: vec![quote(first), quote(place)],
        ..violation()
    };
    let outcome = violated(outcome, 0, vec![violation]);
    (sample, outcome)
}

pub(crate) fn stuck_run() -> (Sample, Outcome) {
    let (sample, measures) = busy(3);
    let outcome = outcome(&sample, measures, Verdict::Valid, "");
    let violation = Violation {
        sentence: "n1, n2 and n3 were up and linked for 5.1 s without a leader that all of them follow.".to_owned(),
        span: [9_000 * MS, 9_200 * MS],
        nodes: vec!["n1".to_owned(), "n2".to_owned(), "n3".to_owned()],
        ..violation()
    };
    (sample, violated(outcome, 3, vec![violation]))
}

pub(crate) fn violation() -> Violation {
    Violation::default()
}

pub(crate) fn valid_outcome() -> Outcome {
    valid().1
}

pub(crate) fn unsafe_outcome() -> Outcome {
    unsafe_run().1
}

pub(crate) fn stuck_outcome() -> Outcome {
    stuck_run().1
}

pub(crate) fn unknown_outcome() -> Outcome {
    let (sample, measures) = busy(2);
    let mut outcome = outcome(&sample, measures, Verdict::Unknown, "Too little happened to judge: 2 of 5 windows.");
    outcome.checkers[4].verdict = Verdict::Unknown;
    outcome.safety = Safety::NotJudged;
    outcome
}

/// Histories with their outcomes: valid, unsafe, leaderless, too little, cut off, and dead before it was ready.
pub(crate) fn judged() -> Vec<(Sample, Outcome)> {
    let mut two_leaders = Sample::new(3);
    two_leaders.fault(998 * MS, 3, serde_json::json!({"kind": "pause"}), &["n3"], &[], "installed");
    two_leaders.role(2_000 * MS, "n1", "leader", 41, Some("n1"));
    two_leaders.role(2_312 * MS, "n2", "leader", 41, Some("n2"));
    two_leaders.end(3_000 * MS, "complete");
    let mut cut_off = Sample::new(3);
    cut_off.role(2_000 * MS, "n1", "leader", 41, Some("n1"));
    let mut unready = Sample::new(3);
    let line = |t: u64, event: Node<'static>| Record { t: Some(t), ..Record::now(event) };
    unready.add(&line(MS, Node::new("n1", 1, Fate::Start)));
    unready.add(&line(5 * MS, Node { signal: Some(6), ..Node::new("n1", 1, Fate::Exit) }));
    unready.end(3_000 * MS, "complete");
    let samples = [valid().0, unsafe_run().0, stuck_run().0, two_leaders, cut_off, unready];
    let judge = |sample: Sample| {
        let outcome = checkers::judge::judge(Reader::new(sample.text().as_bytes()).unwrap()).unwrap();
        (sample, outcome)
    };
    samples.into_iter().map(judge).collect()
}

/// Puts a history and perhaps an outcome into a folder. To look at what the tests write, set `KEEP_SAMPLES` to a
/// folder: `KEEP_SAMPLES=/tmp/samples cargo test -p interregnum-reports`.
pub(crate) fn folder(name: &str, history: &str, outcome: Option<&Outcome>) -> (Option<tempfile::TempDir>, PathBuf) {
    let (guard, path) = match std::env::var_os("KEEP_SAMPLES") {
        Some(keep) => (None, PathBuf::from(keep).join(name)),
        None => {
            let guard = tempfile::tempdir().unwrap();
            let path = guard.path().join(name);
            (Some(guard), path)
        }
    };
    std::fs::create_dir_all(&path).unwrap();
    std::fs::write(path.join("history.jsonl"), history).unwrap();
    if let Some(outcome) = outcome {
        crate::verdict::write(&path, outcome).unwrap();
    }
    (guard, path)
}
