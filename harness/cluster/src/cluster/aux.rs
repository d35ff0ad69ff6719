//! Auxiliary processes: what nodes need and what is not under test, such as the servers that Redis Sentinel watches.
//!
//! To the network they are nodes beyond the cluster's, with addresses of their own. No fault ever names them, and links to and
//! from them are never cut. They are started before the nodes and killed after them. What they print is kept and not read.
//!
//! One that dies takes away what the nodes need, and whatever they do after that says nothing about them. So the run is cut short
//! there and is a failure of its surroundings, not a finding, in a sentence that names the process. Some do their work and end,
//! such as a command that joins nodes to a cluster. One that names no sign of readiness may end with status 0.
//!
//! A system file may have them [provoke](crate::system::Provoke) elections. That is no fault either: the history has it
//! as a line of the harness.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use history::entry::{Harness, Observe};
use history::{Record, Span};
use tokio::sync::watch;

use super::{Cluster, ClusterError, PIPES, prepare};
use crate::observe::{Gap, Means, Miss, Sink, Stream, Watch, Who};
use crate::process::{ChangeOutcome, Exit, Launch, Process};
use crate::system::{NodePlan, Provoke, ReadyPlan};

/// How often an auxiliary process is asked whether it is ready.
const ASK: Duration = Duration::from_millis(10);

/// How long it may take to become ready.
const READY: Duration = Duration::from_secs(20);

/// All of a run.
#[derive(Debug, Default)]
pub(super) struct Auxiliaries {
    running: Mutex<Vec<Auxiliary>>,
    /// They are being stopped: an end is no loss any more.
    stopping: Arc<AtomicBool>,
    /// The first that was lost, in a sentence.
    lost: watch::Sender<Option<String>>,
}

/// One that runs.
#[derive(Debug)]
struct Auxiliary {
    name: String,
    process: Arc<Process>,
    watch: Watch,
}

/// They are not observed.
struct NotObserved;

impl Sink for NotObserved {
    fn sighting(&self, _: Span, _: Observe<'static>) {}
    fn miss(&self, _: Miss) {}
    fn gap(&self, _: Gap) {}
}

impl Auxiliaries {
    fn running(&self) -> MutexGuard<'_, Vec<Auxiliary>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cluster {
    /// Starts them in order, each when the one before is ready.
    ///
    /// # Errors
    /// When one does not start, ends, or is not ready after 20 s.
    pub(crate) async fn start_auxiliaries(&self, plans: &[NodePlan]) -> Result<(), ClusterError> {
        for (at, plan) in plans.iter().enumerate() {
            self.start_auxiliary(self.len() + at, plan).await?;
        }
        Ok(())
    }

    async fn start_auxiliary(&self, index: usize, plan: &NodePlan) -> Result<(), ClusterError> {
        let io = |source| ClusterError::Io { node: plan.name.clone(), source };
        prepare(plan).map_err(io)?;
        self.network.set_alive(index, true).map_err(io)?;
        let env = plan.env.clone().into_iter().collect();
        let launch = Launch { argv: plan.argv.clone(), env, dir: self.directory.clone(), namespace: None };
        let clock = self.recorder.clock();
        let started = clock.now();
        let launched = self.launch(index, plan, launch).map_err(io)?;
        let (process, streams) = launched.map_err(|source| ClusterError::Launch { node: plan.name.clone(), source })?;
        let process = Arc::new(process);
        let output = self.folder.join(&plan.name);
        std::fs::create_dir_all(&output).map_err(io)?;
        let sink: Arc<dyn Sink> = Arc::new(NotObserved);
        let means = Means { clock, journal: &self.journal, logs: &output, memory: &self.memory, sink: &sink };
        let who = Who { node: plan.name.clone(), incarnation: 1 };
        let watch = Watch::start(plan, streams, (who, started), means);
        let ready = tokio::time::timeout(READY, is_ready(plan, &process)).await;
        let ready = ready.unwrap_or_else(|_| Err(format!("was not ready after {}", humantime::format_duration(READY))));
        self.auxiliaries.running().push(Auxiliary { name: plan.name.clone(), process: Arc::clone(&process), watch });
        ready.map_err(|why| ClusterError::Unsure {
            node: plan.name.clone(),
            why: format!("this auxiliary process {why}; its output is in {}", output.display()),
        })?;
        let may_be_done = plan.ready == ReadyPlan::Observation;
        let (stopping, lost) = (Arc::clone(&self.auxiliaries.stopping), self.auxiliaries.lost.clone());
        let name = plan.name.clone();
        tokio::spawn(async move {
            let exit = process.exited().await.exit;
            if stopping.load(Ordering::Acquire) || (may_be_done && exit == Exit::Status(0)) {
                return;
            }
            lost.send_replace(Some(format!(
                "the auxiliary process {name} {exit}, and nothing had asked it to: what the nodes do without it says \
                 nothing about them; its output is in {}",
                output.display()
            )));
        });
        Ok(())
    }

    /// Waits until an auxiliary process ends that was not stopped, and says so in a sentence. Never ends otherwise.
    pub(crate) async fn auxiliary_lost(&self) -> String {
        let mut lost = self.auxiliaries.lost.subscribe();
        let found = lost.wait_for(Option::is_some).await.ok().and_then(|lost| lost.clone());
        match found {
            Some(lost) => lost,
            None => std::future::pending().await,
        }
    }

    /// Pauses auxiliary processes in turn, over and over: to be dropped when that is enough. One that is paused then
    /// stays so until it is stopped.
    pub(crate) async fn provoke(&self, provoke: &Provoke) {
        let apart = provoke.every.saturating_sub(provoke.lasting);
        for name in provoke.pause.iter().cycle() {
            tokio::time::sleep(apart).await;
            let found = self.auxiliaries.running().iter().find(|one| one.name == *name).map(|one| one.process.clone());
            // A plan that names none was refused when the system file was read.
            let Some(process) = found else { return };
            let begun = self.recorder.clock().now();
            let paused = process.pause().await;
            tokio::time::sleep(provoke.lasting).await;
            let resumed = process.resume().await;
            let sure = matches!((&paused, &resumed), (ChangeOutcome::Installed(_), ChangeOutcome::Installed(_)));
            let how = if sure { "was" } else { "may have been" };
            let provoked = Harness::Provoked { reason: Some(format!("{name} {how} paused").into()) };
            self.recorder.record(Record::during(Span::new(begun, self.recorder.clock().now()), provoked));
        }
    }

    /// Kills them all.
    pub(super) async fn stop_auxiliaries(&self) {
        self.auxiliaries.stopping.store(true, Ordering::Release);
        let all = std::mem::take(&mut *self.auxiliaries.running());
        for mut auxiliary in all {
            let _ = auxiliary.process.kill().await;
            for stream in [Stream::Stdout, Stream::Stderr] {
                let _ = tokio::time::timeout(PIPES, auxiliary.watch.end_of(stream)).await;
            }
            auxiliary.watch.end_of_files().await;
        }
    }
}

async fn is_ready(plan: &NodePlan, process: &Process) -> Result<(), String> {
    let ReadyPlan::Tcp(address) = &plan.ready else { return Ok(()) };
    while tokio::net::TcpStream::connect(address).await.is_err() {
        if process.ended().is_some() {
            return Err(format!("{} before it was ready", process.exited().await.exit));
        }
        tokio::time::sleep(ASK).await;
    }
    Ok(())
}
