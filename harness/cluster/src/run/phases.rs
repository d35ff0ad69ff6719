//! The phases of a run, in order, and how each may end early.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use history::entry::{Harness, Link};
use history::finding::{Lost, Trouble};
use history::{EndReason, Phase, Record, Role, RunFile, Span, Word};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle, JoinSet};
use workloads::{Condition, Schedule};

use super::{Cut, Progress, bypass, ready};
use crate::cluster::Cluster;
use crate::health::{Cause, Finding, Health};
use crate::nemesis::Nemesis;
use crate::network::{self, Network};
use crate::observe::exec;
use crate::probe::Prober;
use crate::record::Recorder;
use crate::shortage;
use crate::system::start::Once;
use crate::system::{NodePlan, Provoke};

/// How often the counters of the links and the live line are looked after.
const LOOK: Duration = Duration::from_millis(20);

/// The same where the live line is not watched, and how soon the end of a network is noticed.
const GLANCE: Duration = Duration::from_millis(100);

/// How long the final leader is watched after it was first seen.
const LINGER: Duration = Duration::from_millis(200);

/// Everything that the phases act with.
pub(super) struct Stage {
    pub(super) cluster: Arc<Cluster>,
    pub(super) auxiliaries: Vec<NodePlan>,
    pub(super) provoke: Option<Provoke>,
    /// What asks the cluster as a client would.
    pub(super) prober: Option<Prober>,
    pub(super) network: Arc<dyn Network>,
    pub(super) recorder: Recorder,
    pub(super) schedule: Schedule,
    /// Nothing but the schedule's time is waited for: not for a leader either.
    pub(super) watch: bool,
    pub(super) bound: Duration,
    pub(super) ready_timeout: Duration,
    /// What is done once, when all nodes are ready: its command.
    pub(super) once: Option<(Vec<String>, Once)>,
    /// Something is done to links: they had better be what nodes talk over.
    pub(super) links_matter: bool,
    /// A budget of messages is judged, so that they are counted.
    pub(super) counts_messages: bool,
    pub(super) folder: PathBuf,
    pub(super) interrupted: watch::Receiver<bool>,
    pub(super) found: watch::Receiver<bool>,
    /// What is asked of the run, with its options.
    pub(super) asked: RunFile,
    pub(super) progress: watch::Sender<Progress>,
}

impl Stage {
    /// Plays all phases. However they end, what was broken is healed, what was started is stopped, and the history
    /// gets its end.
    pub(super) async fn play(self) -> Result<(), Cut> {
        let recorder = self.recorder.clone();
        let health = Health::watch(self.recorder.clock(), &self.folder, self.bound, move |finding| {
            recorder.record(found(&finding));
        });
        let played = match health {
            Ok(health) => {
                self.cluster.watch_delays(health);
                self.play_watched().await
            }
            Err(error) => Err(Cut::trouble(Trouble::CannotWatch, format!("cannot watch the machine: {error}"))),
        };
        if let Some(prober) = &self.prober {
            prober.end().await;
        }
        self.phase(Phase::Teardown);
        self.cluster.teardown().await;
        self.cluster.close_disks();
        self.network.close();
        self.record_intervals();
        self.cluster.unwatch_delays();
        // Evidence is what is in the history; lost output of a node is reported, and changes nothing.
        if let Some(problem) = self.cluster.output_problem() {
            self.recorder.record(Record::now(Harness::OutputLost { reason: Some(problem.into()) }));
        }
        if let Some(problem) = self.network.capture_problem() {
            eprintln!("interregnum: {problem}");
            self.recorder.record(Record::now(Harness::CaptureLost { reason: Some(problem.into()) }));
        }
        self.record_uncarried();
        let reason = match &played {
            Ok(()) => Word::Known(EndReason::Complete),
            Err(Cut::Interrupted) => Word::Known(EndReason::Interrupted),
            Err(Cut::Found) => Word::Known(EndReason::Broken),
            // The recorder has written it.
            Err(Cut::Full) => Word::Known(EndReason::Full),
            Err(Cut::Trouble(lost)) => Word::Foreign(lost.sentence.as_str().into()),
        };
        self.recorder.record(Record::now(Harness::End { reason: Some(reason) }));
        let unwritten = |error| Cut::trouble(Trouble::CannotRecord, format!("cannot write the history: {error}"));
        let synced = self.recorder.sync().map_err(unwritten);
        played.and(synced)
    }

    /// The phases up to `final`, each ended early by an interrupt or by a history that cannot be written.
    async fn play_watched(&self) -> Result<(), Cut> {
        self.unless_cut(self.set_up()).await??;
        if self.asked.trial {
            return Ok(());
        }
        if let Some(prober) = &self.prober {
            prober.begin(&self.recorder).await;
        }
        // Dropped with this function, and with it what is provoked ends.
        let mut provoking = JoinSet::new();
        if let Some(provoke) = self.provoke.clone() {
            let cluster = Arc::clone(&self.cluster);
            provoking.spawn(async move { cluster.provoke(&provoke).await });
        }
        self.unless_cut(self.settle()).await??;
        // Once more, before the first fault is carried out and believed.
        if let Some(why) = self.bypassed() {
            return Err(Cut::trouble(Trouble::Misconfigured, why));
        }
        let nemesis = Nemesis::new(
            self.schedule.clone(),
            Arc::clone(&self.cluster),
            Arc::clone(&self.network),
            self.recorder.clone(),
        );
        self.phase(Phase::Faults);
        let mut breaking = tokio::spawn(Arc::clone(&nemesis).carry_out());
        let broken =
            self.unless_cut(self.with_progress(Phase::Faults, Some(&nemesis), self.time_for(&mut breaking))).await;
        nemesis.give_up();
        if !breaking.is_finished() {
            ended_well((&mut breaking).await);
        }
        self.phase(Phase::Heal);
        nemesis.heal().await;
        self.record_intervals();
        broken?;
        if self.watch {
            let led = self.recorder.view().nodes.iter().any(|node| node.is(Role::Leader));
            return self
                .oddity()
                .filter(|_| !led)
                .map_or(Ok(()), |oddity| Err(Cut::trouble(Trouble::Misconfigured, oddity)));
        }
        let chosen = self.phase_final(&nemesis);
        self.unless_cut(self.with_progress(Phase::Final, Some(&nemesis), self.await_leader(&chosen, LINGER))).await
    }

    /// Setup: every node runs and is ready.
    async fn set_up(&self) -> Result<(), Cut> {
        self.phase(Phase::Setup);
        let setup = async {
            let auxiliaries = self.cluster.start_auxiliaries(&self.auxiliaries).await;
            let unstarted = |error: crate::cluster::ClusterError| Cut::trouble(Trouble::CannotStart, error.to_string());
            auxiliaries.map_err(unstarted)?;
            for node in 0..self.cluster.len() {
                self.cluster.start(node).await.map_err(unstarted)?;
            }
            let told = || self.cluster.told().map(Cut::Trouble);
            let unready = |why| told().unwrap_or_else(|| Cut::trouble(Trouble::NotReadyInTime, why));
            ready::all(&self.cluster, &self.recorder, self.ready_timeout).await.map_err(unready)?;
            match &self.once {
                Some((argv, once)) => do_once(argv, once).await.map_err(|why| Cut::trouble(Trouble::CannotStart, why)),
                None => Ok(()),
            }
        };
        self.with_progress(Phase::Setup, None, setup).await
    }

    /// Settle: there is a leader, or was time for one.
    async fn settle(&self) -> Result<(), Cut> {
        self.phase(Phase::Settle);
        if self.watch || self.schedule.at_once {
            return Ok(());
        }
        let settle = async {
            tokio::select! {
                biased;
                () = self.await_leader(&self.schedule.nodes, Duration::ZERO) => Ok(()),
                oddity = self.await_oddity() => Err(Cut::trouble(Trouble::Misconfigured, oddity)),
            }
        };
        self.with_progress(Phase::Settle, None, settle).await
    }

    /// Nodes that cannot reach each other by any fault of their set-up cannot be expected to elect a leader. Half a bound without
    /// one is reason enough to look.
    async fn await_oddity(&self) -> String {
        tokio::time::sleep(self.bound / 2).await;
        match self.oddity() {
            Some(oddity) => oddity,
            None => std::future::pending().await,
        }
    }

    /// What may be the reason that there is no leader.
    fn oddity(&self) -> Option<String> {
        let (node, oddity) = (0..self.cluster.len()).find_map(|node| Some((node, self.cluster.oddities(node)?)))?;
        Some(format!("there is no leader; about {}: {oddity}", self.cluster.name(node)))
    }

    /// The faults phase: until all steps are over, or the schedule's time is; without steps, for all of it.
    async fn time_for(&self, breaking: &mut JoinHandle<()>) {
        if self.schedule.steps.is_empty() {
            tokio::time::sleep(self.schedule.duration).await;
        } else if let Ok(ended) = tokio::time::timeout(self.schedule.duration, breaking).await {
            ended_well(ended);
        }
    }

    /// Waits until there is a leader that all of these nodes follow, or until the bound and a little more is over. Whether one
    /// was owed is for the checkers to say.
    async fn await_leader(&self, chosen: &[String], linger: Duration) {
        let (first, mut changes) = self.recorder.follow();
        let since = workloads::condition::Since { before: first.clone(), ..Default::default() };
        let agreed = |view: &workloads::View| {
            let Some(met) = Condition::Leader.holds(view, &since) else { return false };
            let Some(leader) = met.trigger.as_deref().and_then(|name| view.node(name)) else { return false };
            view.nodes.iter().filter(|node| chosen.contains(&node.name) && node.up).all(|node| node.goes_along(leader))
        };
        let seen = async {
            if agreed(&first) {
                return;
            }
            while let Some(change) = changes.recv().await {
                if agreed(&change.after) {
                    return;
                }
            }
        };
        let limit = self.bound + self.bound / 4;
        if tokio::time::timeout(limit, seen).await.is_ok() {
            tokio::time::sleep(linger).await;
        }
    }

    fn phase_final(&self, nemesis: &Nemesis) -> Vec<String> {
        let gone = nemesis.gone();
        let chosen: Vec<_> = self.schedule.nodes.iter().filter(|node| !gone.contains(node)).cloned().collect();
        let phase = Some(Phase::Final.into());
        self.recorder.record(Record::now(Harness::Phase { phase, nodes: Some(chosen.clone()) }));
        chosen
    }

    fn phase(&self, phase: Phase) {
        self.recorder.record(Record::now(Harness::phase(phase)));
    }

    /// Lets something happen unless the user interrupts, the history can no longer be written, or an auxiliary process
    /// ends by itself.
    async fn unless_cut<T>(&self, happening: impl Future<Output = T>) -> Result<T, Cut> {
        let mut interrupted = self.interrupted.clone();
        tokio::select! {
            biased;
            _ = interrupted.wait_for(|interrupted| *interrupted) => Err(Cut::Interrupted),
            () = self.found() => Err(Cut::Found),
            () = self.recorder.full() => Err(Cut::Full),
            why = self.cluster.auxiliary_lost() => Err(Cut::trouble(Trouble::AuxiliaryLost, why)),
            why = self.recorder.failure() => {
                Err(Cut::trouble(Trouble::CannotRecord, format!("cannot write the history: {why}")))
            }
            lost = self.cluster.trouble() => Err(Cut::Trouble(lost)),
            lost = self.failure_around() => Err(Cut::Trouble(lost)),
            why = self.past_the_network() => Err(Cut::trouble(Trouble::Misconfigured, why)),
            happened = happening => Ok(happened),
        }
    }

    /// Resolves when what the run was to go on until was found.
    async fn found(&self) {
        if self.found.clone().wait_for(|found| *found).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Resolves when the network has failed, or the harness has run out of something.
    async fn failure_around(&self) -> Lost {
        loop {
            if let Some(why) = self.network.failure() {
                return Lost::new(Trouble::NetworkFailed, why);
            }
            if let Some(lost) = self.cluster.overflowed() {
                return lost;
            }
            if let Some(why) = shortage::look(&self.folder) {
                return Lost::new(Trouble::OutOfResources, why);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Resolves when nodes talk to each other past the network, in a run that is about its links.
    async fn past_the_network(&self) -> String {
        if !self.links_matter {
            return std::future::pending().await;
        }
        loop {
            if let Some(why) = self.bypassed() {
                return why;
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    fn bypassed(&self) -> Option<String> {
        self.links_matter.then(|| bypass::found(&*self.network, &self.recorder.view())).flatten()
    }

    /// Looks after counters and the live line while something happens.
    async fn with_progress<T>(
        &self,
        phase: Phase,
        nemesis: Option<&Arc<Nemesis>>,
        happening: impl Future<Output = T>,
    ) -> T {
        let look = async {
            let mut last_counted = tokio::time::Instant::now();
            loop {
                self.record_intervals();
                if last_counted.elapsed() >= GLANCE {
                    last_counted = tokio::time::Instant::now();
                    self.record_messages();
                }
                let is_watched = !self.progress.is_closed();
                if is_watched {
                    self.progress.send_replace(Progress {
                        phase: Some(phase),
                        view: self.recorder.view(),
                        faults: nemesis.map(|nemesis| nemesis.in_force()).unwrap_or_default(),
                        elapsed: Duration::from_nanos(self.recorder.clock().now()),
                    });
                }
                tokio::time::sleep(if is_watched { LOOK } else { GLANCE }).await;
            }
        };
        tokio::select! {
            happened = happening => happened,
            () = look => unreachable!("looking never ends"),
        }
    }

    /// What nodes sent in vain is reported for all of the run: a reader should not have to guess.
    fn record_uncarried(&self) {
        for node in 0..self.cluster.len() {
            if let Some(what) = self.network.uncarried(node) {
                let reason = format!("{} {what}", self.cluster.name(node));
                let node = Some(self.cluster.name(node).into());
                self.recorder.record(Record::now(Harness::Uncarried { node, reason: Some(reason.into()) }));
            }
        }
    }

    fn record_messages(&self) {
        let clock = self.recorder.clock();
        let before = clock.now();
        if let Some(passed) = self.network.messages().filter(|_| self.counts_messages) {
            let span = Span::new(before, clock.now());
            self.recorder.record(Record::during(span, Harness::Messages { passed: Some(passed) }));
        }
    }

    fn record_intervals(&self) {
        let name = |node| self.cluster.name(node);
        // Links of auxiliary processes do not matter here.
        let nodes = self.cluster.len();
        let ours = |interval: &network::Interval| interval.link.0 < nodes && interval.link.1 < nodes;
        for interval in self.network.take_intervals().into_iter().filter(ours) {
            let [earliest, latest] = interval.span;
            let link = Link {
                from: name(interval.link.0).into(),
                to: name(interval.link.1).into(),
                rule: Some(interval.rule.into()),
                passed: Some(interval.passed),
                held: Some(interval.held),
                dropped: Some(interval.dropped),
                packets: interval.packets.map(|packets| [packets.passed, packets.held, packets.dropped]),
            };
            self.recorder.record(Record::during(Span::new(earliest, latest), link));
        }
    }
}

/// A panic of the task is one of the run.
fn ended_well(ended: Result<(), JoinError>) {
    if let Some(panic) = ended.err().filter(JoinError::is_panic) {
        std::panic::resume_unwind(panic.into_panic());
    }
}

/// What the watch of the machine found, as a line.
fn found(finding: &Finding) -> Record<'static> {
    match finding {
        Finding::Stall(stall) => {
            let (cause, who) = match &stall.cause {
                Cause::Timer => (history::Cause::Harness.into(), "the harness did not run".to_owned()),
                Cause::RunQueue(node) => (history::Cause::Processor.into(), format!("{node} waited for a processor")),
                Cause::Fsync => (history::Cause::Disk.into(), "the disk did not answer".to_owned()),
                Cause::Simulated(node) => {
                    (history::Cause::Disk.into(), format!("the simulated disk of {node} answered late"))
                }
            };
            let [earliest, latest] = stall.span;
            let (cause, reason) = (Some(cause), Some(who.into()));
            Record::during(Span::new(earliest, latest), Harness::Stall { cause, reason })
        }
        Finding::Pressure(pressure) => {
            let (cpu, idle, io) = (pressure.cpu, pressure.idle, pressure.io);
            Record::during(Span::at(pressure.at), Harness::Pressure { cpu, idle, io })
        }
    }
}

/// Does what is to be done once: until it ends well.
async fn do_once(argv: &[String], once: &Once) -> Result<(), String> {
    let deadline = tokio::time::Instant::now() + once.timeout;
    loop {
        let left = deadline.saturating_duration_since(tokio::time::Instant::now());
        let Err(why) = exec::output(argv, left).await else { return Ok(()) };
        if tokio::time::Instant::now() + once.every >= deadline {
            let (command, timeout) = (argv.join(" "), humantime::format_duration(once.timeout));
            return Err(format!("[once] of the system file did not end well within {timeout}: `{command}` {why}"));
        }
        tokio::time::sleep(once.every).await;
    }
}
