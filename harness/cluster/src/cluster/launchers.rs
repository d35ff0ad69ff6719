//! Where the processes of each node are started: on a thread in the node's part of the network, which has given up what a node
//! has no need of ([`Launcher`]). It is made once for each node, and its next incarnations are started there too.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use history::{Record, entry};

use super::Cluster;
use crate::network::NodeIndex;
use crate::process::{Launch, LaunchError, Process, Streams};
use crate::sandbox::{Launcher, Rights};
use crate::system::NodePlan;

/// All of a cluster, auxiliary processes included.
#[derive(Debug, Default)]
pub(super) struct Launchers {
    made: Mutex<BTreeMap<NodeIndex, Arc<Launcher>>>,
    /// It has been reported that nodes may write everywhere.
    told: AtomicBool,
}

impl Cluster {
    /// Starts a process by the launcher of its node. Its data directory must be there.
    pub(super) fn launch(
        &self,
        node: NodeIndex,
        plan: &NodePlan,
        launch: Launch,
    ) -> io::Result<Result<(Process, Streams), LaunchError>> {
        let launcher = self.launcher(node, plan)?;
        let (clock, runtime, namespace) =
            (self.recorder.clock(), tokio::runtime::Handle::current(), launcher.namespace);
        launcher.run(move || {
            let _inside = runtime.enter();
            Process::launch(&Launch { namespace, ..launch }, clock)
        })
    }

    fn launcher(&self, node: NodeIndex, plan: &NodePlan) -> io::Result<Arc<Launcher>> {
        let mut made = self.launchers.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(launcher) = made.get(&node) {
            return Ok(Arc::clone(launcher));
        }
        // What is not there cannot be closed to a node. A folder with a disk over it is there, and is not to be touched.
        if !self.has_disks() {
            self.plans.iter().try_for_each(|plan| std::fs::create_dir_all(&plan.data_dir))?;
        }
        let (name, rights) = (plan.name.clone(), self.rights(plan));
        let (launcher, open) = match self.network.namespace(node) {
            Some(namespace) => namespace.run(move || Launcher::make(&name, rights, true))??,
            None => Launcher::make(&name, rights, false)?,
        };
        if let Some(why) = open {
            let reason = format!("nodes may write everywhere, and not only in their data: {why}");
            if !self.launchers.told.swap(true, Ordering::Relaxed) {
                self.recorder.record(Record::now(entry::Harness::Unprotected { reason: Some(reason.into()) }));
            }
        }
        let launcher = Arc::new(launcher);
        made.insert(node, Arc::clone(&launcher));
        Ok(launcher)
    }

    fn rights(&self, plan: &NodePlan) -> Rights {
        let written = plan.writable.iter().map(|path| self.resolve(path));
        // A node is to write what the harness is to read.
        let logs = plan.files().filter_map(Path::parent).filter(|folder| folder.is_dir()).map(Path::to_path_buf);
        let program = plan.argv.first().map(PathBuf::from).filter(|program| program.components().count() > 1);
        Rights {
            capabilities: plan.capabilities,
            data: plan.data_dir.clone(),
            others: self
                .plans
                .iter()
                .map(|other| &other.data_dir)
                .filter(|data| **data != plan.data_dir)
                .cloned()
                .collect(),
            writable: written.chain(logs).collect(),
            // The folder of the nodes' output is in that of the run.
            evidence: self.folder.parent().unwrap_or(&self.folder).to_owned(),
            needed: program.into_iter().chain([self.directory.clone()]).collect(),
        }
    }

    /// A path as a system file may write it.
    fn resolve(&self, path: &Path) -> PathBuf {
        match (path.strip_prefix("~"), std::env::home_dir()) {
            (Ok(rest), Some(folder)) => folder.join(rest),
            _ => self.directory.join(path),
        }
    }
}
