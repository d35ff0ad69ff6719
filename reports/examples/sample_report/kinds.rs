//! The histories, by name.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use history::measures::{Election, Interregnum, Measures};
use history::verdict::Violation;
use history::{Outcome, Verdict};
use serde_json::json;

use crate::judged;
use crate::sample::{self, MS, Sample};

/// The names.
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
        "ten-minute" => some(ten_minute()),
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
    let length =
        sample.lines().iter().filter_map(|line| line["t"].as_u64()).filter(|t| *t < 1 << 50).max().unwrap_or(0);
    for (number, node) in sample.nodes.iter().take(5).enumerate() {
        let folder = nodes.join(node);
        fs::create_dir_all(&folder)?;
        let mut out = io::BufWriter::new(fs::File::create(folder.join("stdout.log"))?);
        for line in sample.lines().iter().filter(|line| line["type"] == "observe" && line["node"] == *node.as_str()) {
            let at = zero + line["span"][0].as_u64().unwrap_or(0);
            let (role, term, leader) = (&line["role"], &line["term"], &line["leader"]);
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
    sample.add(json!({"t": 4 * MS, "type": evil, "node": evil, "event": evil}));
    sample.add(json!({"t": 5 * MS, "type": "miss", "node": evil, "observer": evil, "error": evil.repeat(9000)}));
    let links = [format!("{evil}->n2")];
    sample.fault(6 * MS, 99, json!({"kind": evil, "target": [evil], "x": {"y": evil}}), &[evil], &links, evil);
    sample.add(json!({"t": 7 * MS, "type": "link", "link": evil, "span": [9 * MS, MS], "rule": evil}));
    sample.phase(8 * MS, evil);
    let violation = &mut outcome.checkers[0].violations[0];
    violation.sentence = format!("{evil} {}", violation.sentence);
    violation.nodes.push(evil.to_owned());
    violation.evidence[0].text = evil.repeat(500);
    outcome.sentence = format!("{evil} was elected twice.");
    (sample, outcome)
}

/// Five nodes, a fault every second, each of which takes the leader away.
fn ten_minute() -> (Sample, Outcome) {
    let (mut s, mut m) = (Sample::new(5), Measures::default());
    let mut text = Vec::new();
    // Six hundred seconds, no polls: the page is as large as with them.
    let _ = Story { nodes: 5, step: 1000 * MS, length: 600_000 * MS, poll: 0, storm: false }.tell(&mut text, &mut m);
    s.lines_mut().clear();
    let lines = String::from_utf8_lossy(&text).into_owned();
    s.lines_mut().extend(lines.lines().filter_map(|line| serde_json::from_str(line).ok()));
    let sentence = "600 faults in ten minutes, and a leader after each of them.";
    let outcome = judged(sample::outcome(&s, m, Verdict::Valid, sentence), Verdict::Valid, sentence);
    (s, outcome)
}

/// Ten hours of five nodes with a fault every `step`: with polls or a storm of terms two million events.
fn long(history: &mut impl Write, step: u64, poll: u64, storm: bool) -> io::Result<Outcome> {
    let s = Sample::new(5);
    history.write_all(s.text().as_bytes())?;
    let mut m = Measures::default();
    let hours = 36_000_000 * MS;
    let story = Story { nodes: 5, step, length: hours, poll, storm };
    story.tell(history, &mut m)?;
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

struct Story {
    nodes: usize,
    step: u64,
    length: u64,
    /// Between two polls of a node; 0: none.
    poll: u64,
    /// Terms follow each other as fast as two million lines allow.
    storm: bool,
}

impl Story {
    fn tell(&self, out: &mut impl Write, m: &mut Measures) -> io::Result<()> {
        let names: Vec<String> = (1..=self.nodes).map(|n| format!("n{n}")).collect();
        writeln!(out, "{}", json!({"t": 0, "type": "harness", "event": "phase", "phase": "faults"}))?;
        for node in &names {
            writeln!(out, "{}", json!({"t": MS, "type": "node", "node": node, "incarnation": 1, "event": "start"}))?;
        }
        let (mut term, mut leader, mut polled) = (1u64, 0usize, 0u64);
        for id in 1..=(self.length / self.step) as u32 {
            let begin = u64::from(id - 1) * self.step + self.step / 10;
            let old = leader;
            leader = (leader + 1 + id as usize % 3) % self.nodes;
            let jitter = u64::from(id).wrapping_mul(2_654_435_761) % 97;
            let lift = begin + self.step * 6 / 10;
            let links: Vec<String> = names
                .iter()
                .filter(|n| **n != names[old])
                .flat_map(|n| [format!("{}->{n}", names[old]), format!("{n}->{}", names[old])])
                .collect();
            let (kind, links) = match id % 3 {
                0 => (json!({"kind": "kill", "target": "leader"}), Vec::new()),
                1 => (json!({"kind": "pause", "target": "leader"}), Vec::new()),
                _ => (json!({"kind": "cut", "shape": "isolate", "target": "leader"}), links),
            };
            let event = ["exit", "stop", ""][id as usize % 3];
            let span = [begin, begin + 1_713_211 + jitter * 7919];
            writeln!(
                out,
                "{}",
                json!({"t": span[1], "type": "fault", "id": id, "stage": "inject", "span": span, "fault": kind, "nodes": [names[old]], "links": links, "outcome": "installed"})
            )?;
            if !event.is_empty() {
                writeln!(
                    out,
                    "{}",
                    json!({"t": span[1], "type": "node", "node": names[old], "event": event, "span": span, "fault": id})
                )?;
            }
            term += 1 + u64::from(jitter % 11 == 0);
            let won = begin + (150 + jitter) * MS;
            let state = |out: &mut dyn Write, t: u64, node: &str, role: &str, term: u64, leader: Option<&str>| {
                let span = [t - 312_007 - jitter * 1009, t];
                writeln!(
                    out,
                    "{}",
                    json!({"t": t + 41_000, "type": "observe", "node": node, "incarnation": 1, "observer": "events", "evidence": "atomic", "span": span, "role": role, "term": term, "vote": leader, "leader": leader, "log": [0, 0]})
                )
            };
            state(out, won - 7 * MS - jitter * 3001, &names[leader], "candidate", term, None)?;
            state(out, won, &names[leader], "leader", term, Some(&names[leader]))?;
            for (index, node) in names.iter().enumerate().filter(|(index, _)| *index != leader && *index != old) {
                state(out, won + (index as u64 + 1) * MS + jitter * 991, node, "follower", term, Some(&names[leader]))?;
            }
            m.interregna.push(Interregnum { start: begin, end: won + 4 * MS, censored: false });
            m.elections.push(Election {
                term,
                leader: names[leader].clone(),
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
            });
            if self.storm {
                // Terms of ten milliseconds until the lift.
                let mut t = won + 20 * MS;
                while t < begin + self.step - 100 * MS {
                    term += 1;
                    for (index, node) in names.iter().enumerate() {
                        let role =
                            if (term as usize + index).is_multiple_of(self.nodes) { "candidate" } else { "follower" };
                        state(out, t + index as u64 * 173_003, node, role, term, None)?;
                    }
                    t += 90 * MS;
                }
            }
            let back = ["start", "continue", ""][id as usize % 3];
            if !back.is_empty() {
                writeln!(
                    out,
                    "{}",
                    json!({"t": lift, "type": "node", "node": names[old], "event": back, "span": [lift, lift + 600_000], "fault": id})
                )?;
            }
            for link in &links {
                writeln!(
                    out,
                    "{}",
                    json!({"t": lift, "type": "link", "link": link, "span": [span[1], lift], "rule": "cut", "passed": 0, "held": 1180 + jitter * 60, "dropped": 0})
                )?;
            }
            writeln!(
                out,
                "{}",
                json!({"t": lift + MS, "type": "fault", "id": id, "stage": "lift", "span": [lift, lift + MS], "outcome": "installed"})
            )?;
            state(out, lift + (40 + jitter) * MS, &names[old], "follower", term, Some(&names[leader]))?;
            let until = u64::from(id) * self.step;
            while self.poll > 0 && polled < until {
                for node in &names {
                    let role = if *node == names[leader] { "leader" } else { "follower" };
                    writeln!(
                        out,
                        "{}",
                        json!({"t": polled, "type": "observe", "node": node, "observer": "status", "span": [polled, polled + 400_000], "role": role, "term": term, "leader": names[leader]})
                    )?;
                }
                polled += self.poll;
            }
        }
        m.observed = self.length;
        m.availability = Some(0.98);
        m.majority_time = self.length;
        writeln!(out, "{}", json!({"t": self.length, "type": "harness", "event": "end", "reason": "complete"}))
    }
}
