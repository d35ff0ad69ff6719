//! The document that the page carries: [`super`] describes it field by field, this builds it from the model.
//!
//! Nothing is computed here that is not in the model; it is put into columns. What is too much for a page is merged or left out
//! in a way that the document tells.

mod events;
mod faults;
mod nodes;
mod tables;

use serde::Serialize;

use super::columns::{Delta, Spans, Strings, micros, optional, safe};
use super::logs::Logs;
use crate::model::{Finding, RunModel};
use crate::text::{LONGEST, clean, name};
use crate::verdict::headline;

/// Everything; see [`super`].
#[derive(Debug, Serialize)]
pub(super) struct Document {
    schema: u32,
    run: Run,
    kinds: Vec<tables::Kind>,
    colours: Vec<tables::Class>,
    checkers: Vec<tables::Checker>,
    nodes: Vec<nodes::Node>,
    leaders: Leaders,
    clients: Option<Clients>,
    phases: Phases,
    stalls: Stalls,
    faults: faults::Faults,
    links: Vec<faults::Link>,
    elections: Elections,
    findings: Vec<FindingRow>,
    triggers: Vec<Trigger>,
    events: events::Events,
    logs: Vec<Log>,
    files: Vec<File>,
    strings: Vec<String>,
    sets: Vec<Vec<i64>>,
}

#[derive(Debug, Serialize)]
struct Run {
    name: String,
    system: String,
    workload: String,
    network: String,
    seed: Option<String>,
    length: i64,
    bound: Option<i64>,
    verdict: Option<&'static str>,
    headline: String,
    sentence: String,
    moment: Option<[i64; 2]>,
    finding: Option<usize>,
    ended: Option<String>,
}

#[derive(Debug, Serialize)]
struct Leaders {
    claimed: Counts,
    effective: Option<Counts>,
}

#[derive(Debug, Default, Serialize)]
struct Counts {
    gap: Vec<i64>,
    length: Vec<i64>,
    count: Vec<u32>,
}

#[derive(Debug, Default, Serialize)]
struct Clients {
    gap: Vec<i64>,
    length: Vec<i64>,
    answered: Vec<u8>,
    attempts: Vec<i64>,
}

#[derive(Debug, Serialize)]
struct Phases {
    name: Vec<i64>,
    start: Vec<i64>,
    length: Vec<i64>,
}

#[derive(Debug, Serialize)]
struct Stalls {
    start: Vec<i64>,
    length: Vec<i64>,
}

#[derive(Debug, Default, Serialize)]
struct Elections {
    term: Vec<i64>,
    leader: Vec<i64>,
    won: Vec<i64>,
    fault: Vec<i64>,
    fault_at: Vec<i64>,
    detection: Vec<i64>,
    campaign: Vec<i64>,
    adoption: Vec<i64>,
    total: Vec<i64>,
    without: Vec<i64>,
    stalled: Vec<u8>,
    split: Vec<i64>,
}

#[derive(Debug, Serialize)]
struct FindingRow {
    number: usize,
    checker: String,
    kind: &'static str,
    code: Option<String>,
    certain: bool,
    sentence: String,
    span: [i64; 2],
    nodes: Vec<i64>,
    term: Option<String>,
    lines: Vec<i64>,
    log: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Trigger {
    at: [i64; 2],
    fault: u32,
    text: String,
}

#[derive(Debug, Serialize)]
struct Log {
    findings: Vec<usize>,
    from: i64,
    until: i64,
    t: Vec<i64>,
    exact: Vec<u8>,
    node: Vec<i64>,
    stream: Vec<i64>,
    text: Vec<i64>,
    left_out: u64,
}

#[derive(Debug, Serialize)]
struct File {
    node: i64,
    stream: i64,
    path: String,
    bytes: i64,
}

/// A finding's span in microseconds, in order.
pub(super) fn span(finding: &Finding) -> [i64; 2] {
    let [a, b] = finding.violation.span;
    [safe(micros(a.min(b))), safe(micros(a.max(b)))]
}

/// The finding that the banner's sentence is about: the one that the outcome's headline names, else one of the checker that
/// it names, else the first that is certain. A valid run's sentence is about none.
pub(super) fn spoken_of(model: &RunModel) -> Option<&Finding> {
    let outcome = model.outcome.as_ref().filter(|outcome| outcome.verdict != history::Verdict::Valid)?;
    let headline = outcome.headline();
    let of_speaker = |finding: &&Finding| headline.as_ref().is_some_and(|headline| headline.checker == finding.checker);
    let named = headline.as_ref().and_then(|headline| headline.violation);
    let findings = || model.findings.iter();
    findings()
        .filter(of_speaker)
        .find(|finding| Some(finding.place) == named)
        .or_else(|| findings().find(of_speaker))
        .or_else(|| findings().find(|finding| finding.certain))
}

/// The document of a run.
pub(super) fn document(model: &RunModel, logs: &Logs) -> Document {
    let mut strings = Strings::new();
    let nodes = nodes::nodes(model, &mut strings);
    let faults = faults::faults(model, &mut strings);
    let links = faults::links(model, &mut strings);
    let counts = |held: &[crate::model::Held<u32>]| {
        let (mut spans, mut count) = (Spans::default(), Vec::new());
        for held in held {
            spans.push(held.start, held.end);
            count.push(held.what);
        }
        Counts { gap: spans.gap, length: spans.length, count }
    };
    let leaders = Leaders { claimed: counts(&model.claimants), effective: model.effective.as_deref().map(counts) };
    let phases = Phases {
        name: model.phases.iter().map(|held| strings.add(&held.what)).collect(),
        start: Delta::of(model.phases.iter().map(|held| micros(held.start))),
        length: model.phases.iter().map(|held| safe(micros(held.length()))).collect(),
    };
    let stalls = Stalls {
        start: Delta::of(model.stalls.iter().map(|held| micros(held.start))),
        length: model.stalls.iter().map(|held| safe(micros(held.length()))).collect(),
    };
    let elections = elections(model, &mut strings);
    let findings = findings(model, logs, &mut strings);
    let triggers = model
        .triggers
        .iter()
        .map(|t| Trigger { at: t.span.map(|at| safe(micros(at))), fault: t.fault, text: t.condition.clone() })
        .collect();
    let events = events::events(model, &mut strings);
    let (logs, files) = excerpts(logs, &mut strings);
    let (strings, sets) = (strings.all, strings.sets);
    Document {
        schema: 1,
        run: run(model),
        kinds: tables::kinds(),
        colours: tables::colours(),
        checkers: tables::checkers(),
        nodes,
        leaders,
        clients: clients(model),
        phases,
        stalls,
        faults,
        links,
        elections,
        findings,
        triggers,
        events,
        logs,
        files,
        strings,
        sets,
    }
}

/// None without a probe.
fn clients(model: &RunModel) -> Option<Clients> {
    let (mut spans, mut clients) = (Spans::default(), Clients::default());
    for held in &model.clients {
        spans.push(held.start, held.end);
        clients.answered.push(u8::from(held.what.answered));
        clients.attempts.push(safe(held.what.attempts));
    }
    (clients.gap, clients.length) = (spans.gap, spans.length);
    (!model.clients.is_empty()).then_some(clients)
}

fn run(model: &RunModel) -> Run {
    let header = &model.header;
    let finding = spoken_of(model);
    Run {
        name: clean(&header.run, 200),
        system: name(&header.system),
        workload: name(&header.workload),
        network: name(&header.network),
        seed: header.seed.map(|seed| seed.to_string()),
        length: safe(micros(model.length)),
        bound: header.bound.map(|bound| safe(micros(bound))),
        verdict: model.outcome.as_ref().map(|outcome| outcome.verdict.as_str()),
        headline: model.outcome.as_ref().map_or_else(|| "NO VERDICT".to_owned(), headline),
        sentence: super::banner::sentence(model),
        moment: finding.map(span),
        finding: finding.map(|finding| finding.number),
        ended: model.end.reason.as_ref().map(|reason| reason.text().to_owned()),
    }
}

fn elections(model: &RunModel, strings: &mut Strings) -> Elections {
    let all = &model.elections;
    let column =
        |of: &dyn Fn(&history::measures::Election) -> Option<u64>| all.iter().map(|e| optional(of(e))).collect();
    Elections {
        term: Delta::of(all.iter().map(|e| e.term)),
        leader: all.iter().map(|e| strings.add(&name(&e.leader))).collect(),
        won: Delta::of(all.iter().map(|e| micros(e.won))),
        fault: all.iter().map(|e| e.fault.map_or(-1, i64::from)).collect(),
        fault_at: column(&|e| e.fault_at),
        detection: column(&|e| e.detection),
        campaign: column(&|e| e.campaign),
        adoption: column(&|e| e.adoption),
        total: column(&|e| e.total),
        without: column(&|e| e.without_leader),
        stalled: all.iter().map(|e| u8::from(e.stalled)).collect(),
        split: all.iter().map(|e| safe(e.split_rounds)).collect(),
    }
}

fn findings(model: &RunModel, logs: &Logs, strings: &mut Strings) -> Vec<FindingRow> {
    model
        .findings
        .iter()
        .map(|finding| FindingRow {
            number: finding.number,
            checker: clean(&finding.checker, 60),
            kind: finding.kind.as_str(),
            code: finding.violation.finding.code().map(|code| clean(code, 80)),
            certain: finding.certain,
            sentence: clean(&finding.violation.sentence, LONGEST),
            span: span(finding),
            nodes: finding.violation.nodes.iter().take(50).map(|node| strings.add(&name(node))).collect(),
            term: finding.violation.term.map(|term| term.to_string()),
            lines: finding.violation.evidence.iter().take(50).map(|line| safe(line.line)).collect(),
            log: logs.excerpts.iter().position(|excerpt| excerpt.findings.contains(&finding.number)),
        })
        .collect()
}

fn excerpts(logs: &Logs, strings: &mut Strings) -> (Vec<Log>, Vec<File>) {
    let excerpts = logs
        .excerpts
        .iter()
        .map(|excerpt| Log {
            findings: excerpt.findings.clone(),
            from: safe(micros(excerpt.span[0])),
            until: safe(micros(excerpt.span[1])),
            t: Delta::of(excerpt.lines.iter().map(|line| micros(line.t))),
            exact: excerpt.lines.iter().map(|line| u8::from(line.exact)).collect(),
            node: excerpt.lines.iter().map(|line| strings.add(&line.node)).collect(),
            stream: excerpt.lines.iter().map(|line| strings.add(&line.stream)).collect(),
            text: excerpt.lines.iter().map(|line| strings.add(&line.text)).collect(),
            left_out: excerpt.left_out,
        })
        .collect();
    let files = logs
        .files
        .iter()
        .map(|file| File {
            node: strings.add(&file.node),
            stream: strings.add(&file.stream),
            path: file.href.clone(),
            bytes: safe(file.bytes),
        })
        .collect();
    (excerpts, files)
}
