//! Auxiliary processes: what nodes need and what is not under test, such as the servers that Redis Sentinel watches.
//!
//! To the network they are nodes beyond the cluster's, with addresses of their own; no fault ever names them, and links to
//! and from them are never cut. They are started before the nodes and killed after them. What they print is kept and not
//! read.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::{Cluster, ClusterError, prepare};
use crate::observe::{Gap, Means, Miss, Sighting, Sink, Watch, Who};
use crate::process::{Launch, Process};
use crate::system::{NodePlan, ReadyPlan};

/// How often an auxiliary process is asked whether it is ready.
const ASK: Duration = Duration::from_millis(10);

/// How long it may take to become ready.
const READY: Duration = Duration::from_secs(20);

/// One that runs.
#[derive(Debug)]
pub(super) struct Auxiliary {
    process: Process,
    _watch: Watch,
}

/// Nobody observes them.
struct Nobody;

impl Sink for Nobody {
    fn sighting(&self, _: Sighting) {}
    fn miss(&self, _: Miss) {}
    fn gap(&self, _: Gap) {}
}

impl Cluster {
    /// Starts them in order, each when the one before is ready.
    ///
    /// # Errors
    /// When one does not start, ends, or is not ready after 20 s.
    pub async fn start_auxiliaries(&self, plans: &[NodePlan]) -> Result<(), ClusterError> {
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
        let launch = Launch { argv: plan.argv.clone(), env, dir: self.directory.clone() };
        let clock = self.recorder.clock();
        let started = clock.now();
        let launched = self.launch(index, launch).map_err(io)?;
        let (process, streams) = launched.map_err(|source| ClusterError::Launch { node: plan.name.clone(), source })?;
        let output = self.folder.join(&plan.name);
        std::fs::create_dir_all(&output).map_err(io)?;
        let sink: Arc<dyn Sink> = Arc::new(Nobody);
        let means = Means { clock, journal: &self.journal, logs: &output, memory: &self.memory, sink: &sink };
        let who = Who { node: plan.name.clone(), incarnation: 1 };
        let watch = Watch::start(plan, streams, (who, started), means);
        let ready = tokio::time::timeout(READY, is_ready(plan, &process)).await;
        let ready = ready.unwrap_or_else(|_| Err(format!("was not ready after {}", humantime::format_duration(READY))));
        self.auxiliaries.lock().unwrap_or_else(PoisonError::into_inner).push(Auxiliary { process, _watch: watch });
        ready.map_err(|why| ClusterError::Unsure {
            node: plan.name.clone(),
            why: format!("this auxiliary process {why}; its output is in {}", output.display()),
        })
    }

    /// Kills them all.
    pub(super) async fn stop_auxiliaries(&self) {
        let all = std::mem::take(&mut *self.auxiliaries.lock().unwrap_or_else(PoisonError::into_inner));
        for auxiliary in all {
            let _ = auxiliary.process.kill().await;
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
