//! Reports to open: histories of runs that never were, written line by line, judged by the real checkers, and turned
//! into pages by the real writer.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

const MS: u64 = 1_000_000;

/// The history of a cluster of five whose leader is taken away again and again.
pub(crate) struct History {
    names: Vec<String>,
    lines: Vec<(u64, Value)>,
    header: Value,
    term: u64,
    leader: usize,
    fault: u32,
}

impl History {
    /// A cluster with these nodes, the first of which is elected after a quarter of a second.
    pub(crate) fn new(names: &[&str]) -> Self {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let header = json!({
            "schema": 1, "run": "chaos-7", "wall": "2026-11-22T04:20:11Z", "system": "reference", "nodes": names,
            "voters": names, "workload": "chaos", "seed": 7, "network": "switch", "bound": 5_000 * MS,
            "grade": "clean", "parameters": {"election": "150ms..300ms"}, "versions": {"interregnum": "0.1.0"},
            "observers": [{"name": "events", "fields": ["role", "term", "vote", "leader"], "evidence": "atomic",
                "durable": true, "complete": true}],
        });
        let mut history = Self { names, lines: Vec::new(), header, term: 0, leader: 0, fault: 0 };
        history.phase(0, "setup");
        for n in 0..history.names.len() {
            let at = (10 + n as u64) * MS;
            history.node(at, n, 1, "start");
            history.state(at + 20 * MS, n, 1, "follower", 0, None);
            history.node(at + 30 * MS, n, 1, "ready");
        }
        history.phase(100 * MS, "settle");
        history.elect(250 * MS, 0, &[]);
        history.phase(1_000 * MS, "faults");
        history
    }

    fn line(&mut self, t: u64, line: Value) {
        self.lines.push((t, line));
    }

    pub(crate) fn phase(&mut self, t: u64, phase: &str) {
        self.line(t, json!({"t": t, "type": "harness", "event": "phase", "phase": phase}));
    }

    fn node(&mut self, t: u64, node: usize, incarnation: u32, event: &str) {
        let line = json!({"t": t, "type": "node", "node": self.names[node], "incarnation": incarnation, "event": event,
            "span": [t, t]});
        self.line(t, line);
    }

    pub(crate) fn state(&mut self, t: u64, n: usize, incarnation: u32, role: &str, term: u64, leader: Option<usize>) {
        let name = |n: usize| self.names[n].clone();
        let vote = if role == "candidate" { Some(name(n)) } else { leader.map(name) };
        let known = if role == "candidate" { None } else { leader.map(name) };
        let line = json!({"t": t + MS / 20, "type": "observe", "node": self.names[n], "incarnation": incarnation,
            "observer": "events", "evidence": "atomic", "span": [t, t], "role": role, "term": term, "vote": vote,
            "leader": known});
        self.line(t + MS / 20, line);
    }

    /// `winner` becomes leader of the next term at `at`; those in `out` do not hear of it.
    pub(crate) fn elect(&mut self, at: u64, winner: usize, out: &[usize]) {
        self.term += 1;
        self.leader = winner;
        let term = self.term;
        self.state(at, winner, 1, "candidate", term, Some(winner));
        let voters: Vec<usize> = (0..self.names.len()).filter(|n| *n != winner && !out.contains(n)).collect();
        for (i, voter) in voters.iter().enumerate() {
            self.state(at + (2 + i as u64) * MS, *voter, 1, "follower", term, Some(winner));
        }
        self.state(at + 9 * MS, winner, 1, "leader", term, Some(winner));
    }

    /// The leader is paused or cut off at `at` for 2.2 s, and the next node is elected.
    pub(crate) fn round(&mut self, at: u64) {
        self.fault += 1;
        let (id, old, count) = (self.fault, self.leader, self.names.len());
        let name = self.names[old].clone();
        let links: Vec<String> = (0..count)
            .filter(|n| *n != old)
            .flat_map(|n| [format!("{name}->{}", self.names[n]), format!("{}->{name}", self.names[n])])
            .collect();
        let cut = id % 2 == 0;
        let kind = if cut {
            json!({"kind": "cut", "shape": "isolate", "target": "leader"})
        } else {
            json!({"kind": "pause", "target": "leader"})
        };
        self.line(at + MS, json!({"t": at + MS, "type": "fault", "id": id, "stage": "inject", "span": [at, at + MS],
            "fault": kind, "nodes": [name], "links": if cut { links.clone() } else { Vec::new() }, "outcome": "installed"}));
        if !cut {
            self.node(at + MS, old, 1, "stop");
        }
        let next = (old + 1 + id as usize % (count - 1)) % count;
        let next = if next == old { (old + 1) % count } else { next };
        self.elect(at + (180 + 70 * u64::from(id % 5)) * MS, next, &[old]);
        let back = at + 2_200 * MS;
        if cut {
            for link in links {
                self.line(
                    back,
                    json!({"t": back, "type": "link", "link": link, "span": [at + MS, back], "rule": "cut",
                    "passed": 0, "held": 1180, "dropped": 0}),
                );
            }
        } else {
            self.node(back, old, 1, "continue");
        }
        self.line(
            back + MS,
            json!({"t": back + MS, "type": "fault", "id": id, "stage": "lift",
            "span": [back, back + MS], "outcome": "installed"}),
        );
        let (term, leader) = (self.term, self.leader);
        self.state(back + 40 * MS, old, 1, "follower", term, Some(leader));
    }

    /// Rounds every `every`, the first at 1.5 s, up to `until`.
    pub(crate) fn rounds(mut self, every: u64, until: u64) -> Self {
        let mut at = 1_500 * MS;
        while at + 4_000 * MS < until {
            self.round(at);
            at += every;
        }
        self
    }

    /// A second leader of the term that `leader` leads, at `at`.
    pub(crate) fn second_leader(mut self, at: u64) -> Self {
        let other = (self.leader + 2) % self.names.len();
        let term = self.term;
        self.state(at, other, 1, "candidate", term, Some(other));
        self.state(at + 5 * MS, other, 1, "leader", term, Some(other));
        self
    }

    /// Ends the run at `at` and writes it with its logs into `folder`; returns the report.
    pub(crate) fn report(mut self, folder: &Path, end: u64, logs: &[(&str, &str)]) -> PathBuf {
        self.phase(end - 400 * MS, "final");
        self.line(end, json!({"t": end, "type": "harness", "event": "end", "reason": "complete"}));
        self.lines.sort_by_key(|(t, _)| *t);
        std::fs::create_dir_all(folder).unwrap();
        let mut file = std::io::BufWriter::new(std::fs::File::create(folder.join("history.jsonl")).unwrap());
        writeln!(file, "{}", self.header).unwrap();
        for (_, line) in &self.lines {
            writeln!(file, "{line}").unwrap();
        }
        file.into_inner().unwrap();
        for (node, text) in logs {
            let place = folder.join("nodes").join(node);
            std::fs::create_dir_all(&place).unwrap();
            std::fs::write(place.join("stdout.log"), text).unwrap();
        }
        let outcome = checkers::judge::judge_file(&folder.join("history.jsonl")).unwrap();
        reports::run::write_judged(folder, &outcome).unwrap().report
    }
}

const FIVE: [&str; 5] = ["n1", "n2", "n3", "n4", "n5"];
const SECOND: u64 = 1_000 * MS;

/// A run without a fault in it, forty seconds.
pub(crate) fn valid(folder: &Path) -> PathBuf {
    History::new(&FIVE).rounds(4 * SECOND, 40 * SECOND).report(folder, 40 * SECOND, &[])
}

/// Two leaders of one term at 39 s.
pub(crate) fn split_brain(folder: &Path) -> PathBuf {
    let history = History::new(&FIVE).rounds(4 * SECOND, 40 * SECOND).second_leader(39 * SECOND);
    history.report(folder, 40 * SECOND, &[("n1", "hello\n")])
}

/// The name that a hostile node has, and what it prints.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script>";

/// As `split_brain`, with a node and log lines that want to be markup.
pub(crate) fn hostile(folder: &Path) -> PathBuf {
    let names = ["n1", HOSTILE, "\u{1b}[31mred\u{1b}[0m", "n4", "n5"];
    let huge = "A".repeat(200_000);
    let log = format!(
        "</script><script>document.title='owned'</script>\n\u{1b}[31mred\u{1b}[0m <img src=x onerror=alert(1)>\n{{\"role\":\"leader\",\"term\":1,\"at\":1}}\n{huge}\n"
    );
    let history = History::new(&names).rounds(4 * SECOND, 20 * SECOND).second_leader(19 * SECOND);
    history.report(folder, 20 * SECOND, &[("n1", &log), ("n4", &log)])
}

/// Ten minutes, a fault about every second, five nodes.
pub(crate) fn ten_minutes(folder: &Path) -> PathBuf {
    History::new(&FIVE).rounds(2_400 * MS, 600 * SECOND).report(folder, 600 * SECOND, &[])
}

/// Ten hours with a fault every 2.4 s, and one violation of a moment.
pub(crate) fn ten_hours(folder: &Path) -> PathBuf {
    let history = History::new(&FIVE).rounds(2_400 * MS, 36_000 * SECOND).second_leader(35_999 * SECOND);
    history.report(folder, 36_000 * SECOND, &[])
}
