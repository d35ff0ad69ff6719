//! The simulated disks of a cluster, where it has any: what a node's life and its faults mean for its disk.

use std::path::Path;

use workloads::fault::Moment;

use super::{Cluster, ClusterError, Running};
use crate::disk::{Disk, Faults, Loss, Watch};
use crate::network::NodeIndex;
use crate::system::NodePlan;

/// A crash point that was armed.
pub struct Armed {
    /// Answers the text of the operation once it is reached; its disk is frozen then.
    pub reached: tokio::sync::oneshot::Receiver<String>,
}

impl Cluster {
    /// Gives the nodes simulated disks, one each, mounted already. To be called before anything is started.
    pub fn with_disks(mut self, disks: Vec<Disk>) -> Self {
        let all = disks.clone();
        self.memory.see_through(move |path: &Path| all.iter().find(|disk| path.starts_with(disk.folder())).cloned());
        self.disks = disks;
        self
    }

    /// The simulated disk of a node, if it has one.
    pub(super) fn disk(&self, node: NodeIndex) -> Option<&Disk> {
        self.disks.get(node)
    }

    /// Nodes have simulated disks.
    pub fn has_disks(&self) -> bool {
        !self.disks.is_empty()
    }

    /// Says what is wrong with a node's disk from now on.
    pub fn set_disk_faults(&self, node: NodeIndex, faults: Faults) {
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
    pub async fn power_back(&self, node: NodeIndex, seed: u64) -> Vec<String> {
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
    pub async fn arm(&self, node: NodeIndex, text: &str, nth: u32, moment: Moment) -> Option<Armed> {
        let disk = self.disk(node)?;
        self.incarnation(node).await?;
        let (tell, reached) = tokio::sync::oneshot::channel();
        disk.watch_for(Watch { text: text.to_owned(), nth, moment }, move |operation| drop(tell.send(operation.text)));
        Some(Armed { reached })
    }

    /// Waits for no operation any more. Answers whether one was still waited for: if not, it has been reached.
    pub fn disarm(&self, node: NodeIndex) -> bool {
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
    pub fn close_disks(&self) {
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
