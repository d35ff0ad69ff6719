//! A cluster: the processes of one run, started, paused, killed and watched.
//!
//! What happens to one node happens in turn. Every operation on it holds that node's lock, so that a restart cannot overtake the
//! kill before it. An incarnation is over only when its process has ended *and* both its pipes are at their end. Only then is its
//! `exit` recorded, and only after that may the next one start. That is why a node's lines are ordered by (incarnation, place in
//! the stream) in every history.

mod aux;
mod disks;
mod end;
mod helpers;
mod launchers;
mod trouble;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use history::entry::Node;
use history::finding::{Lost, Trouble};
use history::{Fate, Record, Span};
use tokio::sync::watch;

use crate::disk::Disk;
use crate::health::Health;
use crate::network::{Network, NodeIndex};
use crate::observe::journal::Journal;
use crate::observe::{Means, Memory, Sink, Watch, Who};
use crate::process::{ChangeOutcome, Launch, Process};
use crate::record::Recorder;
use crate::system::{NodePlan, ReadyPlan, Stop};

/// Pipes that are still open so long after their process ended belong to a stranger; they are given up.
const PIPES: Duration = Duration::from_secs(2);

/// Something could not be done to a node.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// It cannot be started.
    #[error("{node}: {source}")]
    Launch { node: String, source: crate::process::LaunchError },
    /// Something else.
    #[error("{node}: {source}")]
    Io { node: String, source: std::io::Error },
    /// It was asked for, and it is unknown whether it was done.
    #[error("{node}: {why}")]
    Unsure { node: String, why: String },
}

/// The processes of one run.
pub struct Cluster {
    /// What runs, node by node.
    plans: Vec<NodePlan>,
    auxiliaries: aux::Auxiliaries,
    stop: Stop,
    slots: Vec<tokio::sync::Mutex<Slot>>,
    network: Arc<dyn Network>,
    recorder: Recorder,
    journal: Journal,
    memory: Memory,
    disks: Vec<Disk>,
    /// Within what time a node on such a disk has to show something.
    patience: Option<Duration>,
    folder: PathBuf,
    directory: PathBuf,
    health: Mutex<Option<Health>>,
    trouble: trouble::FirstTrouble,
    launchers: launchers::Launchers,
    surroundings: end::Surroundings,
}

#[derive(Default)]
struct Slot {
    incarnation: u32,
    /// Its data directory has been used.
    has_data: bool,
    running: Option<Running>,
}

struct Running {
    process: Arc<Process>,
    asked: Arc<Mutex<Asked>>,
    ended: watch::Receiver<bool>,
    paused: bool,
    /// The last fault of which the history tells which daemons it paused.
    told: Option<u32>,
}

/// What asked for the end of an incarnation.
#[derive(Debug, Clone, Copy, Default)]
enum Asked {
    #[default]
    NoOne,
    /// A fault, and when it asked, nanoseconds since the run's zero: the node ran then.
    Fault {
        id: u32,
        at: u64,
    },
    Teardown,
}

impl Cluster {
    /// A cluster that is not started yet; `folder` will hold a folder for each node's output, and
    /// `directory` is where nodes are started.
    pub fn new(
        plans: Vec<NodePlan>,
        stop: Stop,
        network: Arc<dyn Network>,
        recorder: Recorder,
        folder: &Path,
        directory: &Path,
    ) -> Self {
        let slots = plans.iter().map(|_| tokio::sync::Mutex::default()).collect();
        let journal = Journal::start();
        let (folder, directory) = (folder.to_owned(), directory.to_owned());
        let memory = Memory::new(&plans);
        let surroundings = end::Surroundings::at_first(folder.clone());
        Self {
            plans,
            auxiliaries: aux::Auxiliaries::default(),
            stop,
            slots,
            network,
            recorder,
            journal,
            memory,
            disks: Vec::new(),
            patience: None,
            folder,
            directory,
            health: Mutex::default(),
            trouble: trouble::FirstTrouble::default(),
            launchers: launchers::Launchers::default(),
            surroundings,
        }
    }

    /// From now on, every process that is started is watched for how long it waits for a processor.
    pub(crate) fn watch_delays(&self, health: Health) {
        self.watch_disks(&health);
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) = Some(health);
    }

    /// Ends that watch.
    pub(crate) fn unwatch_delays(&self) {
        drop(self.health.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// What went wrong with the files of the nodes' output, if anything did.
    pub(crate) fn output_problem(&self) -> Option<String> {
        self.journal.problem()
    }

    /// The folder of a node's output.
    pub fn output(&self, node: NodeIndex) -> PathBuf {
        self.folder.join(self.name(node))
    }

    /// How many nodes.
    pub fn len(&self) -> usize {
        self.plans.len()
    }

    /// There are no nodes.
    pub fn is_empty(&self) -> bool {
        self.plans.is_empty()
    }

    /// A node's name.
    pub fn name(&self, node: NodeIndex) -> &str {
        &self.plans[node].name
    }

    /// A node's number.
    pub fn index(&self, name: &str) -> Option<NodeIndex> {
        self.plans.iter().position(|plan| plan.name == name)
    }

    /// The incarnation that runs, if one does.
    pub async fn incarnation(&self, node: NodeIndex) -> Option<u32> {
        let slot = self.slots[node].lock().await;
        slot.running.as_ref().filter(|running| !*running.ended.borrow()).map(|_| slot.incarnation)
    }

    /// Starts the next incarnation of a node, unless one runs. Answers whether it did. That it cannot be started is never the
    /// node's doing: the run ends then.
    pub async fn start(&self, node: NodeIndex) -> Result<bool, ClusterError> {
        let started = self.start_next(node).await;
        if let Err(error) = &started {
            self.trouble.tell(Lost::new(Trouble::CannotStart, error.to_string()));
        }
        started
    }

    async fn start_next(&self, node: NodeIndex) -> Result<bool, ClusterError> {
        let mut slot = self.slots[node].lock().await;
        if slot.running.as_ref().is_some_and(|running| !*running.ended.borrow()) {
            return Ok(false);
        }
        let plan = &self.plans[node];
        let io = |source| ClusterError::Io { node: plan.name.clone(), source };
        slot.incarnation += 1;
        let incarnation = slot.incarnation;
        self.network.set_alive(node, true).map_err(io)?;
        self.prepare(node, plan).map_err(io)?;
        let env = plan.env.clone().into_iter().collect();
        let first = plan.first_argv.as_ref().filter(|_| !std::mem::replace(&mut slot.has_data, true));
        let launch =
            Launch { argv: first.unwrap_or(&plan.argv).clone(), env, dir: self.directory.clone(), namespace: None };
        let begun = self.recorder.clock().now();
        let (process, streams) = self.launch(node, plan, launch).map_err(io)?.map_err(|source| {
            let _ = self.network.set_alive(node, false);
            ClusterError::Launch { node: plan.name.clone(), source }
        })?;
        let process = Arc::new(process);
        let span = Span::new(begun, self.recorder.clock().now());
        self.recorder.record(Record::during(span, Node::start(&plan.name, incarnation, process.pid())));
        let output = self.output(node);
        std::fs::create_dir_all(&output).map_err(io)?;
        let who = Who { node: plan.name.clone(), incarnation };
        let sink: Arc<dyn Sink> = Arc::new(self.recorder.clone());
        let clock = self.recorder.clock();
        let means = Means { clock, journal: &self.journal, logs: &output, memory: &self.memory, sink: &sink };
        let watched = Watch::start(plan, streams, (who, begun), means);
        if let Some(health) = &*self.health.lock().unwrap_or_else(PoisonError::into_inner) {
            health.follow(&plan.name, process.run_queue());
        }
        let (over, ended) = watch::channel(false);
        let asked = Arc::default();
        let end = end::End {
            name: plan.name.clone(),
            node,
            incarnation,
            process: Arc::clone(&process),
            watched,
            asked: Arc::clone(&asked),
            network: Arc::clone(&self.network),
            recorder: self.recorder.clone(),
            trouble: self.trouble.clone(),
            surroundings: self.surroundings.clone(),
            disk: self.disk(node).cloned(),
            over,
        };
        tokio::spawn(end.await_and_record());
        let running = Running { process, asked, ended, paused: false, told: None };
        self.tie(node, &running);
        self.mind(node, incarnation, &running.process);
        slot.running = Some(running);
        Ok(true)
    }

    /// What the network finds strange about a node that runs, such as that it listens where no node looks for it.
    pub fn oddities(&self, node: NodeIndex) -> Option<String> {
        // A node that has ended, or is just being changed, listens nowhere, and that is not strange.
        let runs = self.slots[node].try_lock().is_ok_and(|mut slot| slot.alive().is_some());
        runs.then(|| self.network.oddities(node)).flatten()
    }

    /// Kills a node. Answers whether a running one was killed; it is certainly dead then.
    pub async fn kill(&self, node: NodeIndex, fault: u32) -> Result<bool, ClusterError> {
        let mut slot = self.slots[node].lock().await;
        let Some(running) = slot.alive() else { return Ok(false) };
        let daemons = running.process.daemons();
        running.ask(Asked::Fault { id: fault, at: self.recorder.clock().now() });
        let killed = running.process.kill().await;
        self.tell_of(&daemons, (node, slot.incarnation), fault, "was killed with it");
        self.done(node, killed)
    }

    /// Stops a node the way its system wants to be stopped; kills it when it does not end in time.
    pub async fn stop(&self, node: NodeIndex, fault: u32) -> Result<bool, ClusterError> {
        let mut slot = self.slots[node].lock().await;
        let Some(running) = slot.alive() else { return Ok(false) };
        let daemons = running.process.daemons();
        running.ask(Asked::Fault { id: fault, at: self.recorder.clock().now() });
        let stopped = running.process.terminate(self.stop.signal as i32, self.stop.grace).await;
        self.tell_of(&daemons, (node, slot.incarnation), fault, "was stopped with it");
        self.done(node, stopped.outcome)
    }

    /// Waits until the nodes' output so far is on the disk, but not for a disk that hangs.
    pub(crate) async fn output_written(&self) {
        let _ = tokio::time::timeout(PIPES, self.journal.written()).await;
    }

    /// Waits until the incarnation before is over and recorded.
    pub async fn ended(&self, node: NodeIndex) {
        let ended = self.slots[node].lock().await.running.as_ref().map(|running| running.ended.clone());
        if let Some(mut ended) = ended {
            let _ = ended.wait_for(|over| *over).await;
        }
    }

    /// Removes what a node has stored. It must not be running.
    pub async fn wipe(&self, node: NodeIndex) -> Result<(), ClusterError> {
        self.ended(node).await;
        self.slots[node].lock().await.has_data = false;
        self.memory.forget(&self.plans[node]);
        self.clear_data(node)
    }

    /// Pauses a node. Answers its incarnation if it is certainly paused now, by whomever.
    pub async fn pause(&self, node: NodeIndex, fault: u32) -> Result<Option<u32>, ClusterError> {
        let mut slot = self.slots[node].lock().await;
        let incarnation = slot.incarnation;
        let Some(running) = slot.alive() else { return Ok(None) };
        if !running.paused {
            let begun = self.recorder.clock().now();
            let paused = running.process.pause().await;
            // A pause that is not confirmed may come true later: it is undone like one that is.
            running.paused = !matches!(paused, ChangeOutcome::Exited(_));
            if running.told.replace(fault) != Some(fault) {
                let daemons = running.process.daemons();
                self.tell_of(&daemons, (node, incarnation), fault, "is paused whenever it is");
            }
            if !self.done(node, paused)? {
                return Ok(None);
            }
            self.life(node, incarnation, Fate::Stop, begun, fault);
        }
        Ok(Some(incarnation))
    }

    /// Continues a node, if this incarnation of it is paused.
    pub async fn resume(&self, node: NodeIndex, incarnation: u32, fault: u32) -> Result<(), ClusterError> {
        let mut slot = self.slots[node].lock().await;
        if slot.incarnation != incarnation {
            return Ok(());
        }
        let Some(running) = slot.alive().filter(|running| running.paused) else { return Ok(()) };
        let begun = self.recorder.clock().now();
        let resumed = running.process.resume().await;
        running.paused = false;
        if !self.done(node, resumed)? {
            return Ok(());
        }
        self.life(node, incarnation, Fate::Continue, begun, fault);
        Ok(())
    }

    /// How a node's incarnation ended, once it has.
    pub async fn over(&self, node: NodeIndex) -> String {
        let process = self.slots[node].lock().await.running.as_ref().map(|running| Arc::clone(&running.process));
        match process {
            Some(process) => process.exited().await.exit.to_string(),
            None => "was never started".to_owned(),
        }
    }

    /// The sign by which a node shows that it is ready.
    pub fn sign(&self, node: NodeIndex) -> &ReadyPlan {
        &self.plans[node].ready
    }

    /// Ends every node, gently where it listens, and waits until that is recorded.
    pub async fn teardown(&self) {
        let ends = (0..self.len()).map(|node| async move {
            let mut slot = self.slots[node].lock().await;
            if let Some(running) = slot.alive() {
                running.ask(Asked::Teardown);
                if running.paused {
                    let _ = running.process.kill().await;
                } else {
                    let _ = running.process.terminate(self.stop.signal as i32, self.stop.grace).await;
                }
            }
            drop(slot);
            self.ended(node).await;
        });
        join_all(ends).await;
        self.stop_auxiliaries().await;
    }

    fn life(&self, node: NodeIndex, incarnation: u32, event: Fate, begun: u64, fault: u32) {
        let span = Span::new(begun, self.recorder.clock().now());
        let entry = Node { fault: Some(fault), ..Node::new(self.name(node), incarnation, event) };
        self.recorder.record(Record::during(span, entry));
    }

    /// Whether something was done to a running process; an error if that is unknown.
    fn done(&self, node: NodeIndex, outcome: ChangeOutcome) -> Result<bool, ClusterError> {
        match outcome {
            ChangeOutcome::Installed(_) => Ok(true),
            ChangeOutcome::Exited(_) => Ok(false),
            ChangeOutcome::Indeterminate { why, .. } => {
                Err(ClusterError::Unsure { node: self.name(node).to_owned(), why })
            }
        }
    }

    fn failed(&self, node: NodeIndex, source: std::io::Error) -> ClusterError {
        ClusterError::Io { node: self.name(node).to_owned(), source }
    }
}

impl Slot {
    fn alive(&mut self) -> Option<&mut Running> {
        self.running.as_mut().filter(|running| !*running.ended.borrow() && running.process.ended().is_none())
    }
}

impl Running {
    fn ask(&self, who: Asked) {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = who;
    }
}

/// Removes what is in a folder. The folder itself stays: other nodes have it mounted, not to be written.
fn clear(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        } else {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Makes a data directory, and writes what is missing in it.
fn prepare(plan: &NodePlan) -> std::io::Result<()> {
    std::fs::create_dir_all(&plan.data_dir)?;
    plan.written.iter().try_for_each(|(path, text)| write_missing(path, text))
}

/// Writes a file that is not there.
fn write_missing(path: &Path, text: &str) -> std::io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    std::fs::write(path, text)
}
