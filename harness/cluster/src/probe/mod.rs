//! The probe: the cluster is asked as a client would, over and over, from when it is ready to the end of the run.
//!
//! It asks from outside, over links that no fault ever touches. So what it sees is the cluster's doing, or the harness's where
//! that stalled (see `harness-health`). One attempt is outstanding at a time. What it sees is measured and never judged, and
//! nothing in the harness acts on it.
//!
//! *An attempt* asks one node or, where the file says `any`, the node that answered last. A node that says no is followed at once
//! by the next, as long as there is time, up to ten. A client with a list of addresses does the same. An attempt that is not
//! answered within the timeout has failed, and the next one begins with another node.
//!
//! *The record* has a line where the outcome changes, and one a second for what goes on as before. So it is known
//! to the attempt when clients failed, and an hour of a healthy cluster is a few hundred kilobytes.

mod exec;
mod tally;
mod tcp;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use history::Record;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::observe::http;
use crate::record::Recorder;
use crate::system::ProbePlan;
use crate::system::probe::{Question, Wanted};

use tally::{Attempt, Tally};

/// So many nodes are asked in one attempt at most. A client of a hundred does not ask them all at once, and the machine has other
/// things to do.
const MOST: usize = 10;

/// So many nodes' reasons are given for an attempt that failed.
const REASONS: usize = 3;

/// Carries a plan out between [`Prober::begin`] and [`Prober::end`].
#[derive(Debug)]
pub struct Prober {
    plan: ProbePlan,
    directory: PathBuf,
    tasks: Mutex<JoinSet<()>>,
}

impl Prober {
    /// Commands are run in `directory`.
    pub fn new(plan: ProbePlan, directory: PathBuf) -> Self {
        Self { plan, directory, tasks: Mutex::default() }
    }

    /// Begins to ask.
    pub async fn begin(&self, recorder: &Recorder) {
        let recorder = recorder.clone();
        let asker = self.asker(recorder.clock());
        let sink = move |record: Record<'static>| recorder.record(record);
        self.tasks.lock().await.spawn(asker.run(sink));
    }

    /// Asks no more; what was seen is on record when this returns. The attempt that is under way counts as none.
    pub async fn end(&self) {
        self.tasks.lock().await.shutdown().await;
    }

    fn asker(&self, clock: Clock) -> Asker {
        Asker { plan: self.plan.clone(), directory: self.directory.clone(), clock, next: 0 }
    }
}

/// Asks over and over.
struct Asker {
    plan: ProbePlan,
    directory: PathBuf,
    clock: Clock,
    /// The node that is asked first.
    next: usize,
}

impl Asker {
    /// Until it is aborted; what is not yet on record then follows.
    async fn run(mut self, sink: impl FnMut(Record<'static>) + Send) {
        let mut tally = Tally::new(sink);
        loop {
            let from = self.clock.now();
            let answer = self.attempt().await;
            let (now, limit) = (self.clock.now(), from.saturating_add(nanoseconds(self.plan.timeout)));
            // What it took to be rid of a command is no longer the client's time.
            let to = if answer.is_err() { now.min(limit) } else { now };
            tally.add(Attempt { span: [from, to], answer });
            tokio::time::sleep(self.clock.until_next(self.plan.every)).await;
        }
    }

    /// One attempt: the node that answered, or why none did.
    async fn attempt(&mut self) -> Result<String, String> {
        let deadline = Instant::now() + self.plan.timeout;
        let count = self.plan.questions.len();
        let mut reasons: Vec<String> = Vec::new();
        for _ in 0..count.min(MOST) {
            let (node, question) = &self.plan.questions[self.next];
            let left = deadline.saturating_duration_since(Instant::now());
            let answer = ask(question, left, &self.directory, self.clock).await;
            let late = Instant::now() >= deadline;
            match answer {
                Ok(()) => return Ok(node.clone()),
                Err(_) if late => reasons.push(format!("{node}: no answer in time")),
                Err(why) if reasons.len() < REASONS => reasons.push(format!("{node}: {why}")),
                Err(_) => {}
            }
            self.next = (self.next + 1) % count;
            if late {
                break;
            }
        }
        Err(reasons.join("; "))
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Asks one node. The error is a fragment such as "connection refused".
async fn ask(question: &Question, timeout: Duration, directory: &std::path::Path, clock: Clock) -> Result<(), String> {
    match question {
        Question::Http { method, url, body, wanted } => {
            let answer = http::ask(method, url, body, timeout).await?;
            check(&answer, wanted)
        }
        Question::Tcp { address, exchange } => tcp::exchange(address, exchange, timeout).await,
        Question::Exec { argv, exit, re } => exec::run(argv, (*exit, re.as_ref()), timeout, (directory, clock)).await,
    }
}

/// Whether an answer is what a client wants.
fn check(answer: &http::Answer, wanted: &Wanted) -> Result<(), String> {
    if answer.status != wanted.status {
        return Err(format!("answered with status {}", answer.status));
    }
    let Some(pointer) = &wanted.json else { return Ok(()) };
    let found = http::value_at(&answer.body, pointer)?;
    match &wanted.equals {
        Some(equals) if found != *equals => Err(format!("answered {found} at {pointer}, not {equals}")),
        _ => Ok(()),
    }
}
