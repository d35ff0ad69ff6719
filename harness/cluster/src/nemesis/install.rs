//! How each kind of fault is installed, verified and undone.
//!
//! A kill is verified by waiting for the process, and a pause by `waitid(WSTOPPED)`. A cut is verified by the network's
//! acknowledgement and, over its whole length, by the counters of its links. A lift asks what is left in force: a node named by
//! two pauses continues when the second is over. A node is only ever continued in the incarnation that was paused.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use history::Stage;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use workloads::{Fault, Link, Shape, StepId, Target, View, target};

use super::stutter::Stutter;
use super::{Nemesis, Report, StepEnd};
use crate::cluster::ClusterError;
use crate::inforce::{FaultsInForce, Hold, Ill};
use crate::network::NodeIndex;

/// How a node is taken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Down {
    Kill,
    Stop,
    Wipe,
    PowerCut,
}

impl Nemesis {
    /// Injects a fault.
    pub(super) async fn inject(self: &Arc<Self>, id: StepId, fault: &Fault, trigger: Option<String>) {
        let view = View { trigger, ..self.recorder.view() };
        let report = match fault {
            Fault::Kill { target, forever } => self.take_down(id, &view, target, Down::Kill, *forever).await,
            Fault::Stop { target } => self.take_down(id, &view, target, Down::Stop, false).await,
            Fault::Wipe { target } => self.take_down(id, &view, target, Down::Wipe, false).await,
            Fault::RestartAll => {
                let all = Target::Names(self.schedule.nodes.clone());
                self.take_down(id, &view, &all, Down::Kill, false).await
            }
            Fault::Pause { target } => self.pause(id, &view, target).await,
            Fault::Stutter { target, pause, run } => self.stutter(id, &view, target, *pause, *run).await,
            Fault::Cut { .. } | Fault::Degrade { .. } => self.change_links(id, &view, fault),
            Fault::PowerCut { .. } if !self.cluster.has_disks() => self.without_disks(fault),
            Fault::PowerCut { target } => self.take_down(id, &view, target, Down::PowerCut, false).await,
            Fault::FsyncFails { .. }
            | Fault::DiskFull { .. }
            | Fault::SlowFsync { .. }
            | Fault::DiskHangs { .. }
            | Fault::ReadOnly { .. }
                if !self.cluster.has_disks() =>
            {
                self.without_disks(fault)
            }
            Fault::FsyncFails { target } => self.sicken(id, &view, target, Ill::FsyncFails),
            Fault::DiskFull { target } => self.sicken(id, &view, target, Ill::Full),
            Fault::SlowFsync { target, mean } => self.sicken(id, &view, target, Ill::Slow(*mean)),
            Fault::DiskHangs { target } => self.sicken(id, &view, target, Ill::Hangs),
            Fault::ReadOnly { target } => self.sicken(id, &view, target, Ill::ReadOnly),
            Fault::CrashAt { .. } => self.crash_at(id, &view, fault).await,
        };
        self.record(id, Stage::Inject, Some(fault), report);
    }

    /// Lifts a fault, if it is in force.
    pub(super) async fn lift(self: &Arc<Self>, id: StepId) {
        let begun = self.recorder.clock().now();
        let hold = self.forces().get(id).cloned();
        let Some(hold) = hold else { return };
        let mut failures = Vec::new();
        let (mut nodes, mut links) = (Vec::new(), Vec::new());
        let (mut span, mut unsure) = (None, None);
        match hold {
            Hold::Cut(pairs) | Hold::Degraded(pairs, _) => {
                links = self.link_names(&pairs);
                span = Some(self.change(|forces| drop(forces.remove(id))));
                unsure = self.network.failure();
            }
            Hold::Sick(sick, _) => {
                self.change_disks(&sick, |forces| drop(forces.remove(id)));
                nodes = sick.iter().map(|node| self.cluster.name(*node).to_owned()).collect();
            }
            Hold::Paused(paused) => {
                self.forces().remove(id);
                nodes = paused.iter().map(|(node, _)| self.cluster.name(*node).to_owned()).collect();
                failures = self.resume(id, paused).await;
            }
            Hold::Stuttering(stuttering) => {
                let stutter = self.stutters.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                if let Some(stutter) = stutter {
                    stutter.end().await;
                }
                self.forces().remove(id);
                nodes = stuttering.iter().map(|(node, _)| self.cluster.name(*node).to_owned()).collect();
                failures = self.resume(id, stuttering).await;
            }
            Hold::Down { nodes: down, .. } => {
                self.forces().remove(id);
                nodes = down.iter().map(|node| self.cluster.name(*node).to_owned()).collect();
                let starts = down.into_iter().map(|node| self.start_again(node));
                failures = join_all(starts).await.into_iter().filter_map(Result::err).collect();
                failures.extend(self.start_owed().await);
            }
        }
        let ended = match failures.first().map(ToString::to_string).or(unsure) {
            None => StepEnd::Installed,
            Some(why) => StepEnd::Indeterminate(why),
        };
        let span = span.unwrap_or_else(|| [begun, self.recorder.clock().now()]);
        self.record(id, Stage::Lift, None, Report { nodes, links, ..Report::new(span, ended) });
    }

    pub(super) fn resolve(&self, id: StepId, view: &View, target: &Target) -> Vec<NodeIndex> {
        let names = target::resolve(target, view, &mut draw(self.schedule.seed, id));
        names.iter().filter_map(|name| self.cluster.index(name)).collect()
    }

    async fn take_down(&self, id: StepId, view: &View, target: &Target, how: Down, forever: bool) -> Report {
        let nodes = self.resolve(id, view, target);
        let begun = self.recorder.clock().now();
        // In force before it is done: a lift of another fault must not start the node again in between.
        self.forces().add(id, Hold::Down { nodes: nodes.clone(), forever });
        if how == Down::PowerCut {
            // The power of all of them is gone at one instant.
            nodes.iter().for_each(|&node| self.cluster.freeze(node));
        }
        let taken = join_all(nodes.iter().map(|&node| async move {
            let down = match how {
                Down::Kill | Down::Wipe | Down::PowerCut => self.cluster.kill(node, id).await,
                Down::Stop => self.cluster.stop(node, id).await,
            };
            if how == Down::Wipe && matches!(down, Ok(true)) {
                self.cluster.wipe(node).await?;
            }
            down
        }))
        .await;
        let end = self.recorder.clock().now();
        let hit: Vec<_> =
            nodes.iter().zip(&taken).filter(|(_, down)| matches!(down, Ok(true))).map(|(n, _)| *n).collect();
        let lost = if how == Down::PowerCut { self.power_back(id, &nodes, &hit).await } else { Vec::new() };
        let results = taken.into_iter().map(|down| down.map(drop)).collect();
        // It also holds those that it found down already: their own faults may be lifted before it is.
        let report = self.settle(id, &hit, results, [begun, end], |forces| {
            forces.add(id, Hold::Down { nodes, forever });
        });
        self.start_owed().await;
        Report { lost, ..report }
    }

    async fn pause(&self, id: StepId, view: &View, target: &Target) -> Report {
        let nodes = self.resolve(id, view, target);
        let begun = self.recorder.clock().now();
        // In force before it is done: a stutter must not continue the node in between.
        let running =
            join_all(nodes.iter().map(|&node| async move { Some((node, self.cluster.incarnation(node).await?)) }));
        let running = running.await.into_iter().flatten().collect();
        self.forces().add(id, Hold::Paused(running));
        let paused = join_all(nodes.iter().map(|&node| self.cluster.pause(node, id))).await;
        let end = self.recorder.clock().now();
        let held = with_incarnation(&nodes, &paused);
        let hit: Vec<_> = held.iter().map(|(node, _)| *node).collect();
        self.settle(id, &hit, paused.into_iter().map(|paused| paused.map(drop)).collect(), [begun, end], |forces| {
            forces.add(id, Hold::Paused(held));
        })
    }

    async fn stutter(
        self: &Arc<Self>,
        id: StepId,
        view: &View,
        target: &Target,
        pause: Duration,
        run: Duration,
    ) -> Report {
        let nodes = self.resolve(id, view, target);
        let begun = self.recorder.clock().now();
        let paused = join_all(nodes.iter().map(|&node| self.cluster.pause(node, id))).await;
        let end = self.recorder.clock().now();
        let held = with_incarnation(&nodes, &paused);
        let hit: Vec<_> = held.iter().map(|(node, _)| *node).collect();
        if !held.is_empty() {
            let nemesis = Arc::clone(self);
            let stutter = Stutter::begin(nemesis, id, held.clone(), pause, run);
            self.stutters.lock().unwrap_or_else(PoisonError::into_inner).insert(id, stutter);
        }
        self.settle(id, &hit, paused.into_iter().map(|paused| paused.map(drop)).collect(), [begun, end], |forces| {
            forces.add(id, Hold::Stuttering(held));
        })
    }

    fn change_links(&self, id: StepId, view: &View, fault: &Fault) -> Report {
        let now = self.recorder.clock().now();
        let skipped = |why: String| Report::new([now, now], StepEnd::Skipped(why));
        let (shape, target, effect) = match fault {
            Fault::Cut { shape, target } => (shape, target, None),
            Fault::Degrade { shape, target, effect } => (shape, target, Some(*effect)),
            _ => return skipped("it does nothing to links".into()),
        };
        if let Some(what) = fault.missing(&self.network.capabilities()) {
            return skipped(format!("the network `{}` cannot {what}", self.network.name()));
        }
        let mut rng = draw(self.schedule.seed, id);
        let pivot = target::resolve(target, view, &mut rng);
        let links: Vec<Link> = shape.links(&self.schedule.nodes, &pivot, &mut rng);
        let needs_pivot = !matches!(shape, Shape::Links(_));
        if links.is_empty() || (needs_pivot && pivot.is_empty()) {
            return skipped("no node or link fits its target".into());
        }
        let pairs: Vec<_> = links
            .iter()
            .filter_map(|link| Some((self.cluster.index(&link.from)?, self.cluster.index(&link.to)?)))
            .collect();
        let names = self.link_names(&pairs);
        let hold = match effect {
            None => Hold::Cut(pairs),
            Some(effect) => Hold::Degraded(pairs, effect),
        };
        let span = self.change(|forces| forces.add(id, hold));
        let ended = self.network.failure().map_or(StepEnd::Installed, StepEnd::Indeterminate);
        Report { nodes: if needs_pivot { pivot } else { vec![] }, links: names, ..Report::new(span, ended) }
    }

    /// Changes the account of links and puts the sum into force, as one step for all that do so.
    fn change(&self, how: impl FnOnce(&mut FaultsInForce)) -> [u64; 2] {
        let mut forces = self.forces();
        how(&mut forces);
        self.network.apply(forces.rules())
    }

    fn link_names(&self, pairs: &[(NodeIndex, NodeIndex)]) -> Vec<Link> {
        pairs.iter().map(|(from, to)| Link::new(self.cluster.name(*from), self.cluster.name(*to))).collect()
    }

    /// Puts down what an attempt on some nodes came to.
    pub(super) fn settle(
        &self,
        id: StepId,
        hit: &[NodeIndex],
        results: Vec<Result<(), ClusterError>>,
        span: [u64; 2],
        keep: impl FnOnce(&mut FaultsInForce),
    ) -> Report {
        let failure = results.into_iter().find_map(Result::err);
        let mut forces = self.forces();
        forces.remove(id);
        let ended = match failure {
            Some(error) => {
                keep(&mut forces);
                StepEnd::Indeterminate(error.to_string())
            }
            None if hit.is_empty() => StepEnd::Skipped("no running node fits its target".into()),
            None => {
                keep(&mut forces);
                StepEnd::Installed
            }
        };
        let nodes = hit.iter().map(|node| self.cluster.name(*node).to_owned()).collect();
        Report { nodes, ..Report::new(span, ended) }
    }

    /// Continues nodes that nothing keeps paused any more.
    pub(super) async fn resume(&self, id: StepId, paused: Vec<(NodeIndex, u32)>) -> Vec<ClusterError> {
        let free: Vec<_> = {
            let forces = self.forces();
            paused.into_iter().filter(|(node, incarnation)| !forces.is_paused(*node, *incarnation)).collect()
        };
        let resumed = free.into_iter().map(|(node, incarnation)| self.cluster.resume(node, incarnation, id));
        join_all(resumed).await.into_iter().filter_map(Result::err).collect()
    }

    /// Starts a node that nothing keeps down any more.
    async fn start_again(&self, node: NodeIndex) -> Result<(), ClusterError> {
        self.cluster.ended(node).await;
        let may_start = self.forces().may_start(node);
        if may_start { self.cluster.start(node).await.map(drop) } else { Ok(()) }
    }

    /// Starts the nodes whose start another fault has prevented that is over or did not come about.
    pub(super) async fn start_owed(&self) -> Vec<ClusterError> {
        let owed = self.forces().take_owed();
        let starts = owed.into_iter().map(|node| self.start_again(node));
        join_all(starts).await.into_iter().filter_map(Result::err).collect()
    }
}

/// The generator of what one step draws at its injection: the same for the same schedule, whatever happened before.
pub(super) fn draw(seed: u64, step: StepId) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..12].copy_from_slice(&step.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

fn with_incarnation(nodes: &[NodeIndex], paused: &[Result<Option<u32>, ClusterError>]) -> Vec<(NodeIndex, u32)> {
    nodes.iter().zip(paused).filter_map(|(node, paused)| Some((*node, (*paused.as_ref().ok()?)?))).collect()
}
