//! How fast `check` reads and judges: a synthetic history of five nodes, streamed from memory.
//!
//! `cargo run --release -p checkers --example throughput [EVENTS [TERMS]]` prints events a second, once for reading
//! alone and once with all checkers (processor time, where Linux tells it), and the greatest memory that the process had (Linux). The history is made a
//! term at a time while it is read, so that its own size is not counted.

use std::fmt::Write as _;
use std::io::{BufRead, Read};
use std::time::{Duration, Instant};

use checkers::history::{HistoryError, Reader};
use checkers::judge;

const NODES: usize = 5;

/// A history that is written while it is read.
struct Synthetic {
    chunk: String,
    read: usize,
    term: u64,
    terms: u64,
    polls: u64,
    t: u64,
}

impl Synthetic {
    fn new(events: u64, terms: u64) -> Self {
        let nodes: Vec<String> = (1..=NODES).map(|at| format!("\"n{at}\"")).collect();
        let chunk = format!(
            "{{\"schema\":1,\"run\":\"synthetic\",\"system\":\"reference\",\"nodes\":[{}],\"bound\":5000000000,\"claims\":{{\"stability\":4000000000}},\
             \"observers\":[{{\"name\":\"events\",\"evidence\":\"atomic\",\"durable\":true,\"complete\":true}},\
             {{\"name\":\"status\",\"evidence\":\"sampled\"}}]}}\n",
            nodes.join(",")
        );
        let polls = (events / terms.max(1)).saturating_sub(2 + 2 * (NODES as u64 - 1));
        Self { chunk, read: 0, term: 0, terms, polls, t: 0 }
    }

    fn line(&mut self, node: usize, observer: &str, role: &str, vote: usize, leader: Option<usize>) {
        self.t += 40_000;
        let (t, before, term) = (self.t, self.t - 30_000, self.term);
        let evidence = if observer == "events" { "atomic" } else { "sampled" };
        let leader = leader.map_or("null".to_owned(), |leader| format!("\"n{leader}\""));
        let _ = writeln!(
            self.chunk,
            "{{\"t\":{t},\"type\":\"observe\",\"node\":\"n{node}\",\"incarnation\":1,\"observer\":\"{observer}\",\
             \"evidence\":\"{evidence}\",\"span\":[{before},{t}],\"role\":\"{role}\",\"term\":{term},\
             \"vote\":\"n{vote}\",\"leader\":{leader},\"log\":[0,0]}}"
        );
    }

    /// One term: an election, and then polls and events in which nothing changes.
    fn next_term(&mut self) {
        self.chunk.clear();
        self.read = 0;
        if self.term == self.terms {
            self.terms = 0;
            let t = self.t;
            let _ =
                writeln!(self.chunk, "{{\"t\":{t},\"type\":\"harness\",\"event\":\"end\",\"reason\":\"complete\"}}");
            return;
        }
        self.term += 1;
        let leader = self.term as usize % NODES + 1;
        self.line(leader, "events", "candidate", leader, None);
        for other in (1..=NODES).filter(|other| *other != leader) {
            self.line(other, "events", "follower", leader, None);
        }
        self.line(leader, "events", "leader", leader, Some(leader));
        for other in (1..=NODES).filter(|other| *other != leader) {
            self.line(other, "events", "follower", leader, Some(leader));
        }
        for poll in 0..self.polls {
            let node = poll as usize % NODES + 1;
            let role = if node == leader { "leader" } else { "follower" };
            let observer = if poll % 2 == 0 { "status" } else { "events" };
            self.line(node, observer, role, leader, Some(leader));
        }
    }
}

impl Read for Synthetic {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let some = self.fill_buf()?;
        let length = some.len().min(into.len());
        into[..length].copy_from_slice(&some[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Synthetic {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.read == self.chunk.len() && self.terms > 0 {
            self.next_term();
        }
        Ok(&self.chunk.as_bytes()[self.read..])
    }

    fn consume(&mut self, amount: usize) {
        self.read += amount;
    }
}

/// Processor time where Linux tells it (other programs then do no harm), else the time that passed.
struct Stopwatch {
    begin: Instant,
    cpu: Option<Duration>,
}

impl Stopwatch {
    fn start() -> Self {
        Self { begin: Instant::now(), cpu: Self::cpu() }
    }

    /// In units of 10 ms.
    fn cpu() -> Option<Duration> {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let (user, system) = (fields.next()?.parse::<u64>().ok()?, fields.next()?.parse::<u64>().ok()?);
        Some(Duration::from_millis(10 * (user + system)))
    }

    fn elapsed(&self) -> Duration {
        match (self.cpu, Self::cpu()) {
            (Some(then), Some(now)) => now - then,
            _ => self.begin.elapsed(),
        }
    }
}

fn main() -> Result<(), HistoryError> {
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse::<u64>().ok());
    let (events, terms) = (numbers.next().unwrap_or(10_000_000), numbers.next().unwrap_or(20_000));

    let begin = Stopwatch::start();
    let mut synthetic = Synthetic::new(events, terms);
    let mut bytes = 0_u64;
    loop {
        let length = synthetic.fill_buf().map_or(0, <[u8]>::len);
        if length == 0 {
            break;
        }
        bytes += length as u64;
        synthetic.consume(length);
    }
    let making = begin.elapsed();

    let begin = Stopwatch::start();
    let mut reader = Reader::new(Synthetic::new(events, terms))?;
    let mut read = 0_u64;
    while reader.next_event()?.is_some() {
        read += 1;
    }
    let reading = begin.elapsed().saturating_sub(making);
    println!("{read} events, {} bytes each", bytes / read.max(1));
    println!("reading: {:.2} million events a second", read as f64 / reading.as_secs_f64() / 1e6);

    let begin = Stopwatch::start();
    let outcome = judge::judge(Reader::new(Synthetic::new(events, terms))?)?;
    let judging = begin.elapsed().saturating_sub(making);
    println!("judging: {:.2} million events a second", read as f64 / judging.as_secs_f64() / 1e6);
    println!("verdict: {} ({})", outcome.verdict.as_str(), outcome.sentence);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(peak) = status.lines().find(|line| line.starts_with("VmHWM")) {
        println!("peak memory: {}", peak.trim_start_matches("VmHWM:").trim());
    }
    Ok(())
}
