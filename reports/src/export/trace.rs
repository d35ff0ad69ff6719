//! `trace.json`: the run as Chrome trace events, which <https://ui.perfetto.dev> opens.
//!
//! There is a process for each node with two threads (its role, its process). One more process is for the faults, one for the
//! links, and one for what the harness did and what the checkers found. Slices of one thread must nest, and faults overlap as
//! they like; so overlapping faults are laid on as many threads as they need. Times are microseconds since the run's zero.

use std::io::{self, Write};

use history::Answer;
use serde_json::{Value, json};

use super::Export;
use crate::model::{Held, Life, RunModel, pieces};
use crate::text::{LONGEST, clean, name};

/// Pids of what is not a node; nodes count from 1.
const FAULTS: usize = 100_001;
const LINKS: usize = 100_002;
const HARNESS: usize = 100_003;

/// So many states of nodes; see [`pieces`].
const STATES: usize = 200_000;

/// `trace.json`, written event by event.
pub(crate) struct Trace;

impl Export for Trace {
    fn file(&self) -> &'static str {
        "trace.json"
    }

    fn hint(&self) -> Option<&'static str> {
        Some("opens in ui.perfetto.dev")
    }

    fn write(&self, model: &RunModel, out: &mut dyn Write) -> io::Result<()> {
        let facts = json!({
            "run": clean(&model.header.run, LONGEST),
            "system": clean(&model.header.system, LONGEST),
            "workload": clean(&model.header.workload, LONGEST),
        });
        write!(out, "{{\"displayTimeUnit\":\"ms\",\"otherData\":{facts},\"traceEvents\":[")?;
        let mut events = Events { out, first: true, failed: None };
        nodes(&mut events, model);
        faults(&mut events, model);
        harness(&mut events, model);
        match events.failed {
            Some(why) => Err(why),
            None => out.write_all(b"]}"),
        }
    }
}

/// Where events go. The first failure to write is kept, and nothing is written after it.
struct Events<'a> {
    out: &'a mut dyn Write,
    first: bool,
    failed: Option<io::Error>,
}

impl Events<'_> {
    fn push(&mut self, event: &Value) {
        if self.failed.is_none() {
            let comma = if std::mem::take(&mut self.first) { "" } else { ",\n" };
            self.failed = write!(self.out, "{comma}{event}").err();
        }
    }

    fn process(&mut self, pid: usize, name: &str, sort: usize) {
        self.push(&json!({"ph": "M", "name": "process_name", "pid": pid, "tid": 0, "args": {"name": name}}));
        self.push(
            &json!({"ph": "M", "name": "process_sort_index", "pid": pid, "tid": 0, "args": {"sort_index": sort}}),
        );
    }

    fn thread(&mut self, pid: usize, tid: usize, name: &str) {
        self.push(&json!({"ph": "M", "name": "thread_name", "pid": pid, "tid": tid, "args": {"name": name}}));
    }

    fn slice<T>(&mut self, (pid, tid): (usize, usize), held: &Held<T>, name: &str, args: Value) {
        self.push(&json!({
            "ph": "X", "pid": pid, "tid": tid, "ts": micros(held.start), "dur": micros(held.length()),
            "name": name, "args": args,
        }));
    }
}

fn micros(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e3
}

fn nodes(trace: &mut Events<'_>, model: &RunModel) {
    let threshold = pieces::threshold(model.lanes.iter().map(|lane| lane.roles.as_slice()), STATES);
    for (index, lane) in model.lanes.iter().enumerate() {
        let pid = index + 1;
        trace.process(pid, &name(&lane.node), index + 10);
        trace.thread(pid, 1, "role");
        trace.thread(pid, 2, "process");
        for held in pieces::pieces(&lane.roles, threshold) {
            let args = json!({"term": held.what.term, "line": held.what.line, "states": held.what.states});
            trace.slice((pid, 1), &held, &held.what.label(), args);
        }
        for held in &lane.process {
            let word = match held.what {
                Life::Up => "up",
                Life::Paused => "paused",
                Life::Down => "down",
                Life::Unknown => continue,
            };
            trace.slice((pid, 2), held, word, json!({}));
        }
    }
}

fn faults(trace: &mut Events<'_>, model: &RunModel) {
    trace.process(FAULTS, "faults", 1);
    let mut free_from: Vec<u64> = Vec::new();
    for fault in model.faults.iter().filter(|fault| fault.happened()) {
        let held = Held { start: fault.begin, end: fault.end.unwrap_or(model.length).max(fault.begin), what: () };
        let row = free_from.iter().position(|end| *end <= held.start).unwrap_or(free_from.len());
        if row == free_from.len() {
            free_from.push(0);
            trace.thread(FAULTS, row + 1, &format!("faults {}", row + 1));
        }
        free_from[row] = held.end.max(held.start + 1);
        let args = json!({
            "id": fault.id, "nodes": fault.nodes, "links": fault.links, "outcome": fault.outcome,
            "in_force_us": micros(fault.in_force), "lift": fault.lifted,
        });
        trace.slice((FAULTS, row + 1), &held, &fault.label(), args);
    }
    if model.links.is_empty() {
        return;
    }
    trace.process(LINKS, "links", 2);
    for (row, lane) in model.links.iter().enumerate() {
        trace.thread(LINKS, row + 1, &lane.link);
        let mut end = 0;
        for held in &lane.rules {
            // Rules of one link follow each other; a file that says otherwise is trimmed so that slices nest.
            let held = Held { start: held.start.max(end), end: held.end.max(end), what: &held.what };
            end = held.end;
            let args = json!({"passed": held.what.passed, "held": held.what.held, "dropped": held.what.dropped});
            trace.slice((LINKS, row + 1), &held, &held.what.rule, args);
        }
    }
}

fn harness(trace: &mut Events<'_>, model: &RunModel) {
    trace.process(HARNESS, "harness", 0);
    trace.thread(HARNESS, 1, "phases");
    trace.thread(HARNESS, 2, "stalls");
    trace.thread(HARNESS, 3, "violations");
    for phase in &model.phases {
        trace.slice((HARNESS, 1), phase, &phase.what, json!({}));
    }
    // Two stalls may overlap (a timer and a disk are late of one and the same), and slices of one thread must not. The time that
    // they cover together is shown.
    let stalls = model.stalls.iter().map(|stall| (stall.start, stall.end));
    for (start, end) in checkers::world::timeline::union(stalls.collect()) {
        trace.slice((HARNESS, 2), &Held { start, end, what: () }, "stall", json!({}));
    }
    for finding in &model.findings {
        let lines: Vec<u64> = finding.violation.evidence.iter().map(|evidence| evidence.line).collect();
        trace.push(&json!({
            "ph": "i", "s": "g", "pid": HARNESS, "tid": 3, "ts": micros(finding.violation.span[1]),
            "name": format!("{}{}", finding.checker, if finding.certain { "" } else { " (suspected)" }),
            "args": {"code": finding.violation.finding.code().map(|code| clean(code, 80)), "sentence": clean(&finding.violation.sentence, LONGEST), "lines": lines, "term": finding.violation.term},
        }));
    }
    if !model.clients.is_empty() {
        trace.thread(HARNESS, 4, "clients");
    }
    for held in &model.clients {
        let words = if held.what.answered { Answer::Answered } else { Answer::Failed };
        trace.slice((HARNESS, 4), held, words.as_str(), json!({"attempts": held.what.attempts}));
    }
    for held in &model.claimants {
        trace.push(&json!({
            "ph": "C", "pid": HARNESS, "tid": 0, "ts": micros(held.start), "name": "claimants",
            "args": {"leaders": held.what},
        }));
    }
}
