//! How the faults of disks are installed and undone.
//!
//! A power cut is in force when the disk answers nothing more, which takes no time, and is verified as a kill is. The image of
//! its node is thrown away only when nothing of the node runs any more. A crash point is armed first, and in force when its
//! operation has been reached. The disk holds that operation back until the node has been sent SIGKILL.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch;
use workloads::{Fault, StepId, Target, View};

use super::install::draw;
use super::{Nemesis, Report, StepEnd};
use crate::cluster::ClusterError;
use crate::disk;
use crate::inforce::{Hold, Ill};
use crate::network::NodeIndex;

/// One node that crashed at an operation.
struct Crash {
    node: NodeIndex,
    begun: u64,
    operation: String,
    lost: Vec<String>,
    killed: Result<bool, ClusterError>,
}

/// Why a node did not crash where it should have; the first that is so of any node is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Missed {
    /// Its operation did not come in time.
    Late,
    /// The node ended before, and not by this fault.
    Ended,
    /// The time for faults was over.
    Over,
    /// Another node of the race was first, or it has no disk.
    Beaten,
}

impl Missed {
    fn words(self, within: Duration) -> String {
        match self {
            Self::Late => format!("no such operation came within {}", humantime::format_duration(within)),
            Self::Ended => "the node ended before such an operation came, and not by this fault".to_owned(),
            Self::Over => "the time for faults was over before such an operation came".to_owned(),
            Self::Beaten => "no node was there to crash".to_owned(),
        }
    }
}

impl Nemesis {
    /// Something is wrong with disks until it is lifted.
    pub(super) fn sicken(&self, id: StepId, view: &View, target: &Target, ill: Ill) -> Report {
        let begun = self.recorder.clock().now();
        let nodes = self.resolve(id, view, target);
        self.change_disks(&nodes, |forces| forces.add(id, Hold::Sick(nodes.clone(), ill)));
        let names = nodes.iter().map(|node| self.cluster.name(*node).to_owned()).collect();
        let ended = if nodes.is_empty() {
            self.forces().remove(id);
            StepEnd::Skipped("no node fits its target".into())
        } else {
            StepEnd::Installed
        };
        Report { nodes: names, ..Report::new([begun, self.recorder.clock().now()], ended) }
    }

    /// What is wrong with these disks changes, and is put into force as one step.
    pub(super) fn change_disks(&self, nodes: &[NodeIndex], how: impl FnOnce(&mut crate::inforce::FaultsInForce)) {
        let mut forces = self.forces();
        how(&mut forces);
        for &node in nodes {
            self.cluster.set_disk_faults(node, faults(&forces.ills(node)));
        }
    }

    pub(super) fn without_disks(&self, fault: &Fault) -> Report {
        let now = self.recorder.clock().now();
        let why = format!("there are no simulated disks to do `{}` with", fault.kind().word());
        Report::new([now, now], StepEnd::Skipped(why))
    }

    /// Nodes crash, each at an operation of its own disk that is still to come.
    pub(super) async fn crash_at(self: &Arc<Self>, id: StepId, view: &View, fault: &Fault) -> Report {
        let Fault::CrashAt { target, part, within, .. } = fault else { return self.without_disks(fault) };
        if !self.cluster.has_disks() {
            return self.without_disks(fault);
        }
        let nodes = self.resolve(id, view, target);
        let asked = self.recorder.clock().now();
        let race = part.map(|part| Arc::new(disk::Race::new(part, self.learnt().opening())));
        let over = watch::Sender::new(false);
        let waits = nodes.iter().map(|&node| self.crash_one(id, node, fault, (race.clone(), &over)));
        let (mut crashed, mut missed) = (Vec::new(), None);
        for one in join_all(waits).await {
            match one {
                Ok(crash) => crashed.push(crash),
                Err(why) => missed = Some(missed.map_or(why, |first: Missed| first.min(why))),
            }
        }
        let end = self.recorder.clock().now();
        if crashed.is_empty() {
            self.forces().remove(id);
            let why = missed.map_or_else(|| "no node fits its target".to_owned(), |missed| missed.words(*within));
            return Report::new([asked, end], StepEnd::Skipped(why));
        }
        let begun = crashed.iter().map(|crash| crash.begun).min().unwrap_or(asked);
        let operations = crashed.iter().map(|crash| format!("{}: {}", self.cluster.name(crash.node), crash.operation));
        let operations = operations.collect();
        let lost = crashed.iter().flat_map(|crash| crash.lost.clone()).collect();
        let hit: Vec<_> = crashed.iter().map(|crash| crash.node).collect();
        let results = crashed.into_iter().map(|crash| crash.killed.map(drop)).collect();
        let down = hit.clone();
        let report = self.settle(id, &hit, results, [begun, end], |forces| {
            forces.add(id, Hold::Down { nodes: down, forever: false });
        });
        self.start_owed().await;
        Report { operations, lost, ..report }
    }

    /// One of those that a crash point is aimed at. Where they race, the first ends it for all.
    async fn crash_one(
        self: &Arc<Self>,
        id: StepId,
        node: NodeIndex,
        fault: &Fault,
        (race, over): (Option<Arc<disk::Race>>, &watch::Sender<bool>),
    ) -> Result<Crash, Missed> {
        let Fault::CrashAt { operation, nth, moment, power_cut, within, .. } = fault else {
            return Err(Missed::Beaten);
        };
        let races = race.is_some();
        let race = race.map(|race| (node, race));
        let watch = disk::OperationWatch { text: operation.clone(), nth: *nth, moment: *moment, race };
        let armed = self.cluster.arm(node, watch).await.ok_or(Missed::Beaten)?;
        let mut reached = armed.reached;
        let mut ended = over.subscribe();
        let waited = self.unless_given_up(async {
            tokio::select! {
                biased;
                // A kill of the node for another reason takes its crash point away.
                reached = &mut reached => Ok(reached.map_err(|_| Missed::Ended)),
                _ = ended.wait_for(|over| *over) => Err(Missed::Beaten),
                () = tokio::time::sleep(*within) => Err(Missed::Late),
            }
        });
        let operation = match waited.await.unwrap_or(Err(Missed::Over)) {
            Ok(answer) => answer?,
            // Disarming tells whether the operation came in the last moment.
            Err(why) if self.cluster.disarm(node) => return Err(why),
            Err(_) => reached.await.map_err(|_| Missed::Ended)?,
        };
        over.send_replace(races);
        let begun = self.recorder.clock().now();
        // In force before it is done: a lift of another fault must not start the node again in between.
        self.forces().hold_down(id, node);
        let killed = self.cluster.kill(node, id).await;
        let lost = if *power_cut && matches!(killed, Ok(true)) {
            self.cluster.power_back(node, self.cut_seed(id, node)).await
        } else {
            Vec::new()
        };
        if !matches!(killed, Ok(true)) {
            self.cluster.thaw(node);
        }
        Ok(Crash { node, begun, operation, lost, killed })
    }

    /// The power comes back for those that it was taken from. Answers what their disks lost.
    pub(super) async fn power_back(&self, id: StepId, frozen: &[NodeIndex], hit: &[NodeIndex]) -> Vec<String> {
        frozen.iter().filter(|node| !hit.contains(node)).for_each(|&node| self.cluster.thaw(node));
        let back = hit.iter().map(|&node| self.cluster.power_back(node, self.cut_seed(id, node)));
        join_all(back).await.into_iter().flatten().collect()
    }

    /// What a disk is torn by: the same for the same step of the same schedule.
    pub(super) fn cut_seed(&self, id: StepId, node: NodeIndex) -> u64 {
        use rand::RngExt;
        draw(self.schedule.seed, id).random::<u64>().wrapping_add(node as u64)
    }
}

/// What is wrong with a disk in all.
fn faults(ills: &[Ill]) -> disk::Faults {
    let has = |ill: Ill| ills.contains(&ill);
    let slow = ills.iter().filter_map(|ill| if let Ill::Slow(mean) = ill { Some(*mean) } else { None });
    disk::Faults {
        ills: disk::Ills { sync_fails: has(Ill::FsyncFails), full: has(Ill::Full), read_only: has(Ill::ReadOnly) },
        hangs: has(Ill::Hangs),
        slow: slow.reduce(|one, other| one + other),
    }
}
