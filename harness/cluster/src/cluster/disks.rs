//! The simulated disks of a cluster, where it has any: what a node's life and its faults mean for its disk.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use history::entry::Node;
use history::finding::{Lost, Trouble};
use history::{Fate, Record, Span};

use super::{Cluster, ClusterError, Running};
use crate::disk::{self, Disk, Faults, Loss, OperationWatch};
use crate::health::Health;
use crate::network::NodeIndex;
use crate::process::{self, Process};
use crate::system::NodePlan;

/// It is reported so often that a node shows nothing.
const SILENCES: u32 = 20;

/// A crash point that was armed.
pub struct Armed {
    /// Answers the text of the operation once it is reached; its disk is frozen then.
    pub reached: tokio::sync::oneshot::Receiver<String>,
}

impl Cluster {
    /// Gives the nodes simulated disks, one each, mounted already. To be called before anything is started. Who comes back from what
    /// was done to its disk must show something of itself within `patience`, or that is reported.
    pub fn with_disks(mut self, disks: Vec<Disk>, patience: Duration) -> Self {
        self.patience = Some(patience);
        let all = disks.clone();
        self.memory.see_through(move |path: &Path| all.iter().find(|disk| path.starts_with(disk.folder())).cloned());
        self.disks = disks;
        self
    }

    /// Has the harness's own part in the disks watched: the threads that serve them, and how long answers take.
    pub(super) fn watch_disks(&self, health: &Health) {
        for (node, disk) in self.disks.iter().enumerate() {
            let (name, late) = (self.name(node).to_owned(), health.of_disks());
            if let Some(thread) = disk.thread() {
                health.follow(&format!("the disk of {name}"), process::of_own_thread(thread));
            }
            disk.time_answers(move |took| late(&name, took));
        }
    }

    /// What there is to say of the first disk that was too small for its node.
    pub(crate) fn overflowed(&self) -> Option<Lost> {
        let node = self.disks.iter().position(Disk::overflowed)?;
        let sentence = format!(
            "the simulated disk of {} is full: it is in the harness's memory and holds {} GiB at most; have the node store less, or use \
             --disk none",
            self.name(node),
            disk::CAPACITY >> 30,
        );
        Some(Lost::new(Trouble::OutOfResources, sentence))
    }

    /// Tells for how long an incarnation that came after another shows nothing of itself, each time for as long as it may take.
    pub(super) fn mind(&self, node: NodeIndex, incarnation: u32, process: &Arc<Process>) {
        let (Some(disk), Some(patience), true) = (self.disk(node).cloned(), self.patience, incarnation > 1) else {
            return;
        };
        let (recorder, process, name) = (self.recorder.clone(), Arc::clone(process), self.name(node).to_owned());
        tokio::spawn(async move {
            for _ in 0..SILENCES {
                let (begun, sound) = (recorder.clock().now(), disk.soundness());
                // A little more: a timer knows whole milliseconds.
                if tokio::time::timeout(patience + Duration::from_millis(2), process.exited()).await.is_ok() {
                    return;
                }
                let seen = recorder.view().node(&name).is_none_or(|seen| seen.role.is_some() || seen.term.is_some());
                if seen || recorder.unread(&name).is_some() {
                    return;
                }
                if sound.is_some() && disk.soundness() == sound {
                    let span = Span::new(begun, recorder.clock().now());
                    recorder.record(Record::during(span, Node::new(name.as_str(), incarnation, Fate::Silent)));
                }
            }
        });
    }

    /// The simulated disk of a node, if it has one.
    pub(super) fn disk(&self, node: NodeIndex) -> Option<&Disk> {
        self.disks.get(node)
    }

    /// Nodes have simulated disks.
    pub(crate) fn has_disks(&self) -> bool {
        !self.disks.is_empty()
    }

    /// Says what is wrong with a node's disk from now on.
    pub(crate) fn set_disk_faults(&self, node: NodeIndex, faults: Faults) {
        if let Some(disk) = self.disk(node) {
            disk.set_faults(faults);
        }
    }

    /// The power of a node is gone as of now: its disk answers nothing more. It is to be [killed](Self::kill) at once.
    pub fn freeze(&self, node: NodeIndex) {
        if let Some(disk) = self.disk(node) {
            disk.freeze();
        }
    }

    /// Nothing came of taking the power of a node away, as when it did not run.
    pub fn thaw(&self, node: NodeIndex) {
        if let Some(disk) = self.disk(node) {
            disk.open();
        }
    }

    /// The power of a node that was killed comes back. Answers what its disk lost, in words.
    pub(crate) async fn power_back(&self, node: NodeIndex, seed: u64) -> Vec<String> {
        self.ended(node).await;
        let Some(disk) = self.disk(node) else { return Vec::new() };
        let losses = disk.cut(seed);
        self.memory.rolled_back(&self.plans[node]);
        if disk.is_empty() {
            self.slots[node].lock().await.has_data = false;
        }
        let name = self.name(node);
        let told = losses.iter().take(crate::disk::TOLD).map(|loss: &Loss| format!("{name}: {loss}"));
        let more = losses.len().saturating_sub(crate::disk::TOLD);
        told.chain((more > 0).then(|| format!("{name}: and {more} more"))).collect()
    }

    /// Freezes a node's disk at an operation that is still to come. None: there is no disk, or the node does not run.
    pub async fn arm(&self, node: NodeIndex, watch: OperationWatch) -> Option<Armed> {
        let disk = self.disk(node)?;
        self.incarnation(node).await?;
        let (tell, reached) = tokio::sync::oneshot::channel();
        disk.watch_for(watch, move |operation| drop(tell.send(operation.text)));
        Some(Armed { reached })
    }

    /// Notes from now on what nodes do on their disks.
    pub(crate) fn note_operations(&self) {
        self.disks.iter().for_each(Disk::note);
    }

    /// How many operations have been noted of each node.
    pub fn noted(&self) -> Vec<usize> {
        self.disks.iter().map(Disk::noted).collect()
    }

    /// What each node did since, in the order of nodes.
    pub(crate) fn take_noted(&self) -> Vec<Vec<String>> {
        self.disks.iter().map(Disk::take_noted).collect()
    }

    /// Waits for no operation any more. Answers whether one was still waited for: if not, it has been reached.
    pub(crate) fn disarm(&self, node: NodeIndex) -> bool {
        self.disk(node).is_none_or(Disk::watch_for_nothing)
    }

    /// Lets the disk of a node that begins to run know when it is killed.
    pub(super) fn tie(&self, node: NodeIndex, running: &Running) {
        if let Some(disk) = self.disk(node).cloned() {
            running.process.when_killed(move || disk.killed());
        }
    }

    /// Makes what a node needs before it starts: on its disk without touching the mount, or in its folder.
    pub(super) fn prepare(&self, node: NodeIndex, plan: &NodePlan) -> std::io::Result<()> {
        let Some(disk) = self.disk(node) else { return super::prepare(plan) };
        disk.open();
        for (path, text) in &plan.written {
            match path.strip_prefix(disk.folder()) {
                Ok(inside) => disk.put(inside, text.as_bytes())?,
                Err(_) => super::write_missing(path, text)?,
            }
        }
        Ok(())
    }

    /// Nothing asks the disks any more.
    pub(crate) fn close_disks(&self) {
        self.disks.iter().for_each(Disk::close);
    }

    /// Removes what a node has stored.
    pub(super) fn clear_data(&self, node: NodeIndex) -> Result<(), ClusterError> {
        let plan = &self.plans[node];
        if let Some(disk) = self.disk(node) {
            disk.wipe();
            self.memory.rolled_back(plan);
            return Ok(());
        }
        match super::clear(&plan.data_dir) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(self.failed(node, error)),
            _ => Ok(()),
        }
    }
}
