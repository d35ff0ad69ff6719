//! The histories, by name.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use history::entry::{Described, Fault, Harness, Node, Observe, State};
use history::measures::{Election, Interregnum, Measures};
use history::verdict::Violation;
use history::{EndReason, Entry, Evidence, Fate, Installed, Outcome, Phase, Record, Role, Span, Stage, Verdict};
use serde_json::json;
use workloads::Link;

use crate::judged;
use crate::sample::{self, MS, Sample};

pub(crate) const ALL: [&str; 11] = [
    "valid",
    "safety-invalid",
    "liveness-invalid",
    "unknown",
    "unjudged",
    "empty",
    "hostile",
    "ten-minute",
    "ten-hour",
    "ten-hour-storm",
    "ten-hour-faults",
];

/// A schedule in which the second fault waits for a candidate.
pub(crate) const SCHEDULE: &str = r#"{"schema": 1, "steps": [
  {"id": 1, "when": {"at": "1s"}, "do": {"inject": {"kind": "kill", "target": "leader"}}},
  {"id": 2, "when": {"on": {"condition": {"becomes": {"role": "candidate"}}}}, "do": {"inject": {"kind": "pause", "target": "leader"}}}
]}"#;

/// Writes the history and the logs of a kind; answers its outcome, if it was judged.
pub(crate) fn write(kind: &str, history: &mut impl Write, nodes: &Path) -> io::Result<Option<Outcome>> {
    let (sample, outcome) = match kind {
        "valid" => some(sample::valid()),
        "safety-invalid" => some(sample::unsafe_run()),
        "liveness-invalid" => some(sample::stuck_run()),
        "unknown" => (sample::busy(2).0, Some(sample::unknown_outcome())),
        "unjudged" => (sample::busy(3).0, None),
        "empty" => (Sample::new(1), None),
        "hostile" => some(hostile()),
        "ten-minute" => some(ten_minute()?),
        "ten-hour" => return long(history, 20_000 * MS, 93 * MS, false).map(Some),
        "ten-hour-storm" => return long(history, 20_000 * MS, 0, true).map(Some),
        "ten-hour-faults" => return long(history, 3_000 * MS, 0, false).map(Some),
        other => return Err(io::Error::other(format!("no kind {other:?}; there are: {}", ALL.join(" ")))),
    };
    logs(&sample, nodes, kind == "hostile")?;
    history.write_all(sample.text().as_bytes())?;
    Ok(outcome)
}

fn some((sample, outcome): (Sample, Outcome)) -> (Sample, Option<Outcome>) {
    (sample, Some(outcome))
}

/// A log for each node: what it showed, and a chatty line every 20 ms.
fn logs(sample: &Sample, nodes: &Path, hostile: bool) -> io::Result<()> {
    let zero = sample.header().zero.unwrap_or(0);
    let text = sample.text();
    let length =
        sample.lines().iter().filter_map(|line| line["t"].as_u64()).filter(|t| *t < 1 << 50).max().unwrap_or(0);
    for (number, node) in sample.nodes.iter().take(5).enumerate() {
        let folder = nodes.join(node);
        fs::create_dir_all(&folder)?;
        let mut out = io::BufWriter::new(fs::File::create(folder.join("stdout.log"))?);
        for record in text.lines().skip(1).filter_map(|line| Record::read(line).ok()) {
            let Entry::Observe(seen) = &record.entry else { continue };
            if seen.node != *node.as_str() {
                continue;
            }
            let at = zero + record.span.map_or(0, |span| span.earliest);
            let State { role, term, leader, .. } = &seen.state;
            writeln!(out, "{}", json!({"role": role, "term": term, "vote": leader, "leader": leader, "at": at}))?;
        }
        let mut err = io::BufWriter::new(fs::File::create(folder.join("stderr.log"))?);
        for n in 0..(length / (20 * MS)).min(40_000) {
            let at = n * 20 + number as u64;
            let (second, milli) = (11 + at / 1000, at % 1000);
            let clock = format!("{:02}:{:02}:{:02}.{milli:03}", 4 + second / 3600 / 60, 20 + second / 60, second % 60);
            if hostile && n % 100 == 7 {
                writeln!(err, "2026-11-22T{clock}Z </script><script>alert(1)</script><img src=x onerror=alert(2)>")?;
                writeln!(err, "\u{1b}[31mred\u{1b}[0m {}", "huge ".repeat(20_000))?;
                err.write_all(b"\xff\xfe\x00 not text\n")?;
            }
            writeln!(err, "2026-11-22T{clock}Z INFO sent heartbeat {n} to 4 peers")?;
        }
        out.flush()?;
        err.flush()?;
    }
    Ok(())
}

fn hostile() -> (Sample, Outcome) {
    let evil = "<script>alert(1)</script></script><img src=x onerror=alert(2)>\u{1b}[31m\u{202e}\"'&";
    let (mut sample, mut outcome) = sample::unsafe_run();
    let nodes: Vec<String> = sample.nodes.iter().cloned().chain([evil.to_owned(), "x".repeat(100_000)]).collect();
    sample.set("nodes", json!(nodes));
    for field in ["run", "system", "workload", "network", "network_why", "wall"] {
        sample.set(field, json!(evil.repeat(20)));
    }
    sample.set("wall", json!("2026-11-22T04:20:11Z"));
    sample.set("versions", json!({evil: evil}));
    sample.node(MS, evil, 1, "start");
    sample.role(2 * MS, evil, evil, 1, Some(evil));
    sample.role(3 * MS, evil, "leader", u64::MAX, Some(evil));
    sample.json(json!({"t": 4 * MS, "type": evil, "node": evil, "event": evil}));
    sample.json(json!({"t": 5 * MS, "type": "miss", "node": evil, "observer": evil, "error": evil.repeat(9000)}));
    let links = [format!("{evil}->n2")];
    sample.fault(6 * MS, 99, json!({"kind": evil, "target": [evil], "x": {"y": evil}}), &[evil], &links, evil);
    sample.json(json!({"t": 7 * MS, "type": "link", "link": evil, "span": [9 * MS, MS], "rule": evil}));
    sample.phase(8 * MS, evil);
    let violation = &mut outcome.checkers[0].violations[0];
    violation.sentence = format!("{evil} {}", violation.sentence);
    violation.nodes.push(evil.to_owned());
    violation.evidence[0].text = evil.repeat(500);
    outcome.sentence = format!("{evil} was elected twice.");
    (sample, outcome)
}

/// Five nodes, a fault every second, each of which takes the leader away.
fn ten_minute() -> io::Result<(Sample, Outcome)> {
    let (mut s, mut m) = (Sample::new(5), Measures::default());
    // Six hundred seconds, no polls: the page is as large as with them.
    let story = Story::new(1000 * MS, 600_000 * MS);
    let mut add = |record: &Record<'_>| {
        s.add(record);
        Ok(())
    };
    story.tell(&mut add, &mut m)?;
    let sentence = "600 faults in ten minutes, and a leader after each of them.";
    let outcome = judged(sample::outcome(&s, m, Verdict::Valid, sentence), Verdict::Valid, sentence);
    Ok((s, outcome))
}

/// Ten hours of five nodes with a fault every `step`: with polls or a storm of terms two million events.
fn long(history: &mut impl Write, step: u64, poll: u64, storm: bool) -> io::Result<Outcome> {
    let s = Sample::new(5);
    history.write_all(s.text().as_bytes())?;
    let mut m = Measures::default();
    let hours = 36_000_000 * MS;
    let story = Story { poll, storm, ..Story::new(step, hours) };
    let mut line = Vec::new();
    let mut write = |record: &Record<'_>| {
        line.clear();
        record.write(&mut line)?;
        line.push(b'\n');
        history.write_all(&line)
    };
    story.tell(&mut write, &mut m)?;
    let sentence = "n2 and n4 were both elected leader of term 41.";
    let violation = |at: u64| Violation {
        sentence: sentence.to_owned(),
        span: [at, at + 3 * MS],
        nodes: vec!["n2".to_owned(), "n4".to_owned()],
        term: Some(41),
        ..Violation::default()
    };
    let outcome = sample::outcome(&s, m, Verdict::Valid, sentence);
    Ok(sample::violated(outcome, 0, vec![violation(7_000_123 * MS), violation(29_000_456 * MS)]))
}

/// Where the lines of a story go.
type Out<'a> = &'a mut dyn FnMut(&Record<'_>) -> io::Result<()>;

/// A leader that is taken away again and again.
struct Story {
    nodes: Vec<String>,
    /// From one fault to the next.
    step: u64,
    length: u64,
    /// Between two polls of a node; 0: none.
    poll: u64,
    /// Terms follow each other as fast as two million lines allow.
    storm: bool,
}

/// One fault, and the election after it.
#[derive(Clone, Copy)]
struct Round {
    id: u32,
    begin: u64,
    lift: u64,
    /// When the next leader won.
    won: u64,
    term: u64,
    /// The node that the fault hit, and the one that leads after it.
    old: usize,
    leader: usize,
    /// No two rounds are alike.
    jitter: u64,
}

impl Round {
    /// From the fault until the harness knew that it was in force.
    fn span(&self) -> Span {
        Span { earliest: self.begin, latest: self.begin + 1_713_211 + self.jitter * 7919 }
    }
}

impl Story {
    /// Of five nodes, without polls and storms.
    fn new(step: u64, length: u64) -> Self {
        Self { nodes: (1..=5).map(|n| format!("n{n}")).collect(), step, length, poll: 0, storm: false }
    }

    fn tell(&self, out: Out<'_>, m: &mut Measures) -> io::Result<()> {
        out(&at(0, Harness::phase(Phase::Faults)))?;
        for node in &self.nodes {
            out(&at(MS, Node::new(node, 1, Fate::Start)))?;
        }
        let (mut term, mut leader, mut polled) = (1u64, 0usize, 0u64);
        for id in 1..=(self.length / self.step) as u32 {
            let old = leader;
            leader = (leader + 1 + id as usize % 3) % self.nodes.len();
            let jitter = u64::from(id).wrapping_mul(2_654_435_761) % 97;
            let begin = u64::from(id - 1) * self.step + self.step / 10;
            let (lift, won) = (begin + self.step * 6 / 10, begin + (150 + jitter) * MS);
            term += 1 + u64::from(jitter % 11 == 0);
            let round = Round { id, begin, lift, won, term, old, leader, jitter };
            self.strike(out, round)?;
            self.elect(out, round)?;
            m.interregna.push(Interregnum { start: begin, end: won + 4 * MS, censored: false });
            m.elections.push(self.election(round));
            if self.storm {
                self.storm(out, round, &mut term)?;
            }
            self.lift(out, Round { term, ..round })?;
            self.polls(out, Round { term, ..round }, &mut polled)?;
        }
        m.observed = self.length;
        m.availability = Some(0.98);
        m.majority_time = self.length;
        out(&at(self.length, Harness::End { reason: Some(EndReason::Complete.into()) }))
    }

    /// Every link of the node that a cut isolates; none of another fault.
    fn links(&self, Round { id, old, .. }: Round) -> Vec<String> {
        let isolated = &self.nodes[old];
        let others = self.nodes.iter().filter(|node| *node != isolated && id % 3 == 2);
        others.flat_map(|node| [format!("{isolated}->{node}"), format!("{node}->{isolated}")]).collect()
    }

    /// The leader is hit.
    fn strike(&self, out: Out<'_>, round: Round) -> io::Result<()> {
        let (span, node) = (round.span(), &self.nodes[round.old]);
        let links = self.links(round);
        let ends = links.iter().filter_map(|link| link.split_once("->"));
        let fault = Fault {
            fault: Some(Described::read(sample::blow(round.id.into()))),
            nodes: Some(vec![node.clone()]),
            links: Some(ends.map(|(from, to)| Link::new(from, to)).collect()),
            ..Fault::new(round.id, Stage::Inject, Installed::Installed)
        };
        out(&during(span, span.latest, fault))?;
        match round.id % 3 {
            0 => out(&during(span, span.latest, of_a_fault(node, Fate::Exit, round.id))),
            1 => out(&during(span, span.latest, of_a_fault(node, Fate::Stop, round.id))),
            _ => Ok(()),
        }
    }

    /// Another node leads.
    fn elect(&self, out: Out<'_>, round: Round) -> io::Result<()> {
        let Round { won, old, leader, jitter, .. } = round;
        self.state(out, round, won - 7 * MS - jitter * 3001, leader, Role::Candidate, false)?;
        self.state(out, round, won, leader, Role::Leader, true)?;
        for node in (0..self.nodes.len()).filter(|node| *node != leader && *node != old) {
            let heard = won + (node as u64 + 1) * MS + jitter * 991;
            self.state(out, round, heard, node, Role::Follower, true)?;
        }
        Ok(())
    }

    fn election(&self, Round { id, begin, won, term, leader, jitter, .. }: Round) -> Election {
        Election {
            term,
            leader: self.nodes[leader].clone(),
            won,
            fault: Some(id),
            fault_at: Some(begin),
            detection: Some(won - begin - 7 * MS),
            campaign: Some(7 * MS),
            adoption: Some(4 * MS),
            total: Some(won - begin + 4 * MS),
            without_leader: Some(won - begin + 4 * MS),
            stalled: false,
            to_win: Some(won - begin),
            win_stalled: false,
            split_rounds: jitter % 3 / 2,
            after_kill: id % 3 == 0,
        }
    }

    /// Terms of ten milliseconds until the lift.
    fn storm(&self, out: Out<'_>, round: Round, term: &mut u64) -> io::Result<()> {
        let mut t = round.won + 20 * MS;
        while t < round.begin + self.step - 100 * MS {
            *term += 1;
            let now = Round { term: *term, ..round };
            for node in 0..self.nodes.len() {
                let stands = (*term as usize + node).is_multiple_of(self.nodes.len());
                let role = if stands { Role::Candidate } else { Role::Follower };
                self.state(out, now, t + node as u64 * 173_003, node, role, false)?;
            }
            t += 90 * MS;
        }
        Ok(())
    }

    /// The node that was hit comes back and follows.
    fn lift(&self, out: Out<'_>, round: Round) -> io::Result<()> {
        let Round { id, lift, old, jitter, .. } = round;
        let (node, span) = (&self.nodes[old], |length| Span { earliest: lift, latest: lift + length });
        match id % 3 {
            0 => out(&during(span(600_000), lift, of_a_fault(node, Fate::Start, id)))?,
            1 => out(&during(span(600_000), lift, of_a_fault(node, Fate::Continue, id)))?,
            _ => {}
        }
        for link in &self.links(round) {
            let was_cut = Span { earliest: round.span().latest, latest: lift };
            out(&during(was_cut, lift, sample::cut(link, 1180 + jitter * 60)))?;
        }
        out(&during(span(MS), lift + MS, Fault::new(id, Stage::Lift, Installed::Installed)))?;
        self.state(out, round, lift + (40 + jitter) * MS, old, Role::Follower, true)
    }

    /// Every node is asked over and over until the next fault.
    fn polls(&self, out: Out<'_>, Round { id, term, leader, .. }: Round, polled: &mut u64) -> io::Result<()> {
        let until = u64::from(id) * self.step;
        while self.poll > 0 && *polled < until {
            for (index, node) in self.nodes.iter().enumerate() {
                let role = if index == leader { Role::Leader } else { Role::Follower };
                let named = Some(Some(self.nodes[leader].as_str().into()));
                let state = State { role: Some(role.into()), term: Some(term), leader: named, ..State::default() };
                let observer = Some("status".into());
                let seen = Observe { node: node.into(), incarnation: None, observer, evidence: None, seq: None, state };
                out(&during(Span { earliest: *polled, latest: *polled + 400_000 }, *polled, seen))?;
            }
            *polled += self.poll;
        }
        Ok(())
    }

    /// What a node prints at `t`, in the term of a round; `led`: it names the leader, and has voted for it.
    fn state(&self, out: Out<'_>, round: Round, t: u64, node: usize, role: Role, led: bool) -> io::Result<()> {
        let span = Span { earliest: t - 312_007 - round.jitter * 1009, latest: t };
        let named = Some(led.then(|| self.nodes[round.leader].as_str().into()));
        let (role, term, log) = (Some(role.into()), Some(round.term), Some([0, 0]));
        let state = State { role, term, vote: named.clone(), leader: named, log, ..State::default() };
        let (observer, evidence) = (Some("events".into()), Some(Evidence::Atomic.into()));
        let node = self.nodes[node].as_str().into();
        let seen = Observe { node, incarnation: Some(1), observer, evidence, seq: None, state };
        out(&during(span, t + 41_000, seen))
    }
}

fn at<'a>(t: u64, entry: impl Into<Entry<'a>>) -> Record<'a> {
    Record { t: Some(t), ..Record::now(entry) }
}

fn during<'a>(span: Span, t: u64, entry: impl Into<Entry<'a>>) -> Record<'a> {
    Record { t: Some(t), ..Record::during(span, entry) }
}

/// Something that a fault did to a process, of an incarnation that is not told.
fn of_a_fault(node: &str, what: Fate, fault: u32) -> Node<'_> {
    Node { incarnation: None, fault: Some(fault), ..Node::new(node, 1, what) }
}
