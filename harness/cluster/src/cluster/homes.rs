//! Where the processes of each node are started: on a thread that is where the network has the node, and that has given up
//! what a node has no need of ([`Home`]). It is made once for each node, and its next incarnations are started there too.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use history::{Record, entry};

use super::Cluster;
use crate::network::NodeIndex;
use crate::process::{Launch, LaunchError, Process, Streams};
use crate::sandbox::{Home, Rights};
use crate::system::NodePlan;

/// All of a cluster, auxiliary processes included.
#[derive(Debug, Default)]
pub(super) struct Homes {
    made: Mutex<BTreeMap<NodeIndex, Arc<Home>>>,
    /// It has been told that nodes may write everywhere.
    told: AtomicBool,
}

impl Cluster {
    /// Starts a process in the home of its node. Its data directory must be there.
    pub(super) fn launch(
        &self,
        node: NodeIndex,
        plan: &NodePlan,
        launch: Launch,
    ) -> io::Result<Result<(Process, Streams), LaunchError>> {
        let home = self.home(node, plan)?;
        let (clock, runtime, namespace) = (self.recorder.clock(), tokio::runtime::Handle::current(), home.namespace);
        home.run(move || {
            let _inside = runtime.enter();
            Process::launch(&Launch { namespace, ..launch }, clock)
        })
    }

    fn home(&self, node: NodeIndex, plan: &NodePlan) -> io::Result<Arc<Home>> {
        let mut made = self.homes.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(home) = made.get(&node) {
            return Ok(Arc::clone(home));
        }
        // What is not there cannot be kept from anybody. A folder with a disk over it is there, and is not to be touched.
        if !self.has_disks() {
            self.plans.iter().try_for_each(|plan| std::fs::create_dir_all(&plan.data_dir))?;
        }
        let (name, rights) = (plan.name.clone(), self.rights(plan));
        let (home, open) = match self.network.namespace(node) {
            Some(namespace) => namespace.run(move || Home::make(&name, rights, true))??,
            None => Home::make(&name, rights, false)?,
        };
        if let Some(why) = open {
            let reason = format!("nodes may write everywhere, and not only in their data: {why}");
            if !self.homes.told.swap(true, Ordering::Relaxed) {
                self.recorder.record(Record::now(entry::Harness::Unprotected { reason: Some(reason.into()) }));
            }
        }
        let home = Arc::new(home);
        made.insert(node, Arc::clone(&home));
        Ok(home)
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
            (Ok(rest), Some(home)) => home.join(rest),
            _ => self.directory.join(path),
        }
    }
}
