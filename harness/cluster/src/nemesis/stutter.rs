//! A stutter: a node that is paused and continued in turn.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use workloads::StepId;

use super::Nemesis;
use crate::network::NodeIndex;

/// A stutter in force. Its task is asked to end, never aborted: a pause that was begun must be known to be undone.
pub(super) struct Stutter {
    over: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Stutter {
    /// Begins with the nodes paused.
    pub(super) fn begin(
        nemesis: Arc<Nemesis>,
        id: StepId,
        nodes: Vec<(NodeIndex, u32)>,
        pause: Duration,
        run: Duration,
    ) -> Self {
        let (over, ended) = watch::channel(false);
        let task = tokio::spawn(beat(nemesis, id, nodes, [pause, run], ended));
        Self { over, task }
    }

    /// Ends it; its nodes may be left paused.
    pub(super) async fn end(self) {
        self.over.send_replace(true);
        let _ = self.task.await;
    }
}

async fn beat(
    nemesis: Arc<Nemesis>,
    id: StepId,
    nodes: Vec<(NodeIndex, u32)>,
    [pause, run]: [Duration; 2],
    mut over: watch::Receiver<bool>,
) {
    loop {
        if tokio::time::timeout(pause, over.wait_for(|over| *over)).await.is_ok() {
            return;
        }
        nemesis.resume(id, nodes.clone()).await;
        if tokio::time::timeout(run, over.wait_for(|over| *over)).await.is_ok() {
            return;
        }
        for &(node, incarnation) in &nodes {
            if nemesis.cluster.incarnation(node).await == Some(incarnation) {
                let _ = nemesis.cluster.pause(node, id).await;
            }
        }
    }
}
