//! The nemesis: carries a schedule out.
//!
//! It decides nothing that `workloads` could have decided. A step says when and what. Only the nodes that a symbolic target means
//! are found here, in the picture that the recorded lines give, and written down. Each step is a task that waits for its moment,
//! acts, records how that ended, and tells the steps that wait for it. What the faults in force add up to is kept by
//! [`crate::inforce`]; how each kind is installed, verified and undone is in [`install`].
//!
//! A fault ends `installed`, `skipped` or `indeterminate`, never silently.

mod disks;
mod install;
mod learn;
mod stutter;
mod wait;

use self::learn::Learnt;
use self::stutter::Stutter;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use history::entry::{self, Described};
use history::{Installed, Record, Span, Stage};
use tokio::sync::watch;
use tokio::task::JoinSet;
use workloads::{Action, Fault, Schedule, Step, StepId, View, When};

use crate::cluster::Cluster;
use crate::inforce::FaultsInForce;
use crate::network::Network;
use crate::record::Recorder;

/// Carries one schedule out.
pub struct Nemesis {
    schedule: Schedule,
    cluster: Arc<Cluster>,
    network: Arc<dyn Network>,
    recorder: Recorder,
    forces: Mutex<FaultsInForce>,
    stutters: Mutex<BTreeMap<StepId, Stutter>>,
    learnt: Mutex<Learnt>,
    done: BTreeMap<StepId, watch::Sender<Option<Done>>>,
    given_up: watch::Sender<bool>,
    begun: u64,
}

/// A step is over.
#[derive(Debug, Clone, Copy)]
struct Done {
    /// The highest term that any node had shown by then.
    highest_term: Option<u64>,
    /// The highest term of which a leader had been seen by then.
    highest_led: Option<u64>,
    /// There was nothing to do: what it is about does not exist.
    void: bool,
}

impl Done {
    fn now(view: &View) -> Self {
        Self { highest_term: view.highest_term(), highest_led: view.led, void: false }
    }
}

/// How an attempt ended, for the history.
#[derive(Debug, Clone, PartialEq, Eq)]
enum StepEnd {
    Installed,
    Skipped(String),
    Indeterminate(String),
}

/// An injection or a lift as it is recorded.
struct Report {
    span: [u64; 2],
    nodes: Vec<String>,
    links: Vec<workloads::Link>,
    ended: StepEnd,
    /// The operations at which nodes crashed.
    operations: Vec<String>,
    /// What disks lost with their power.
    lost: Vec<String>,
}

impl Report {
    fn new(span: [u64; 2], ended: StepEnd) -> Self {
        Self { span, ended, nodes: Vec::new(), links: Vec::new(), operations: Vec::new(), lost: Vec::new() }
    }
}

impl Nemesis {
    /// A nemesis whose faults phase begins now.
    pub fn new(schedule: Schedule, cluster: Arc<Cluster>, network: Arc<dyn Network>, recorder: Recorder) -> Arc<Self> {
        let done = schedule.steps.iter().map(|step| (step.id, watch::channel(None).0)).collect();
        let begun = recorder.clock().now();
        Arc::new(Self {
            schedule,
            cluster,
            network,
            recorder,
            forces: Mutex::default(),
            stutters: Mutex::default(),
            learnt: Mutex::default(),
            done,
            given_up: watch::Sender::new(false),
            begun,
        })
    }

    /// Carries out every step and ends when all are over. Not to be dropped before that, or a fault could be half done
    /// with nobody knowing: to end it early, [give up](Self::give_up) and wait.
    pub async fn carry_out(self: Arc<Self>) {
        let mut steps = JoinSet::new();
        for step in self.schedule.steps.clone() {
            let nemesis = Arc::clone(&self);
            steps.spawn(async move { nemesis.step(&step).await });
        }
        while let Some(ended) = steps.join_next().await {
            if let Some(panic) = ended.err().filter(tokio::task::JoinError::is_panic) {
                std::panic::resume_unwind(panic.into_panic());
            }
        }
    }

    /// What is being done is finished; what still waits for its moment is given up.
    pub fn give_up(&self) {
        self.given_up.send_replace(true);
    }

    /// Lets something happen unless everything is given up first.
    async fn unless_given_up<T>(&self, happening: impl Future<Output = T>) -> Option<T> {
        let mut given_up = self.given_up.subscribe();
        tokio::select! {
            biased;
            happened = happening => Some(happened),
            _ = given_up.wait_for(|given_up| *given_up) => None,
        }
    }

    /// Undoes everything that is in force, except nodes that are meant to stay down. First come the links, then the pauses, then
    /// the nodes that are down.
    pub async fn heal(self: &Arc<Self>) {
        let ids = self.forces().ids_in_healing_order();
        for id in ids {
            self.lift(id).await;
        }
    }

    /// The faults in force, in words, for the live line.
    pub fn in_force(&self) -> Vec<String> {
        let forces = self.forces();
        let steps = self.schedule.steps.iter().filter(|step| forces.get(step.id).is_some());
        let word = |step: &Step| match &step.action {
            Action::Inject(fault) => format!("{}#{}", fault.kind().word(), step.id),
            _ => String::new(),
        };
        steps.map(word).collect()
    }

    /// The nodes that stay down for good.
    pub fn gone(&self) -> Vec<String> {
        self.forces().gone().into_iter().map(|node| self.cluster.name(node).to_owned()).collect()
    }

    async fn step(self: &Arc<Self>, step: &Step) {
        let over = self.act(step).await.unwrap_or_else(|| Done { void: true, ..Done::now(&self.recorder.view()) });
        if let Some(done) = self.done.get(&step.id) {
            done.send_replace(Some(over));
        }
    }

    /// Does a step at its moment; none where what it is about does not exist.
    async fn act(self: &Arc<Self>, step: &Step) -> Option<Done> {
        // Steps of a crash point that does not exist are over at once, one after the other.
        if let (Some(_), When::After { step: before, .. }) = (step.only_with, &step.when) {
            self.unless_given_up(self.done(*before)).await;
        }
        if self.is_void(step) {
            return None;
        }
        let given_up = || Err("the time for faults was over before its moment came".to_owned());
        let came = self.unless_given_up(self.moment(&step.when)).await.unwrap_or_else(given_up);
        if self.is_void(step) {
            return None;
        }
        // What a fault brings about must count as newer than it, also when the fault takes a while to be confirmed.
        let before = Done::now(&self.recorder.view());
        match (&step.action, came) {
            (Action::Inject(fault), Ok(trigger)) => {
                let meant = self.learnt().meant(fault);
                match meant {
                    Ok(fault) => self.inject(step.id, &fault, trigger).await,
                    Err(why) => {
                        self.skip(step.id, fault, why.to_string());
                        return None;
                    }
                }
            }
            (Action::Inject(fault), Err(_)) if self.learnt().meant(fault).is_err() => return None,
            (Action::Inject(fault), Err(why)) => self.skip(step.id, fault, why),
            (Action::Lift(id), _) => {
                // A lift that overtook a slow injection would undo nothing, and the fault would stay in force.
                self.done(*id).await;
                self.lift(*id).await;
            }
            (Action::Expect { condition, within }, Ok(_)) => self.expect(step.id, condition, *within).await,
            (Action::Expect { condition, .. }, Err(why)) => self.not_asked(step.id, condition, &why),
            (Action::Learn { within }, Ok(_)) => self.learn(step.id, *within).await,
            (Action::Learn { .. }, Err(_)) => {}
        }
        Some(match step.action {
            Action::Inject(_) => before,
            _ => Done::now(&self.recorder.view()),
        })
    }

    /// The crash point that a step belongs to does not exist.
    fn is_void(&self, step: &Step) -> bool {
        let point = step.only_with.and_then(|point| self.done.get(&point));
        point.is_some_and(|done| done.borrow().is_some_and(|done| done.void))
    }

    /// Waits for the moment of a step. Answers the node that triggered it, if one did, or why it never came.
    async fn moment(&self, when: &When) -> Result<Option<String>, String> {
        match when {
            When::At(time) => {
                let at = self.begun.saturating_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
                tokio::time::sleep(self.recorder.clock().until(at)).await;
                Ok(None)
            }
            When::After { step, delay } => {
                self.done(*step).await;
                tokio::time::sleep(*delay).await;
                Ok(None)
            }
            When::On { condition, after, timeout } => {
                if let Some(step) = after {
                    self.done(*step).await;
                }
                match self.wait_for(condition, *timeout).await {
                    Some(met) => Ok(met.trigger),
                    None => Err(format!("its condition was not seen within {}", humantime::format_duration(*timeout))),
                }
            }
        }
    }

    async fn done(&self, step: StepId) -> Option<Done> {
        let mut done = self.done.get(&step)?.subscribe();
        done.wait_for(Option::is_some).await.ok().and_then(|done| *done)
    }

    fn skip(&self, id: StepId, fault: &Fault, why: String) {
        let now = self.recorder.clock().now();
        self.record(id, Stage::Inject, Some(fault), Report::new([now, now], StepEnd::Skipped(why)));
    }

    fn record(&self, id: StepId, stage: Stage, fault: Option<&Fault>, report: Report) {
        let (outcome, reason) = match report.ended {
            StepEnd::Installed => (Installed::Installed, None),
            StepEnd::Skipped(why) => (Installed::Skipped, Some(why)),
            StepEnd::Indeterminate(why) => (Installed::Indeterminate, Some(why)),
        };
        let [earliest, latest] = report.span;
        let entry = entry::Fault {
            id,
            stage: stage.into(),
            fault: fault.and_then(Described::of),
            nodes: (!report.nodes.is_empty()).then_some(report.nodes),
            links: (!report.links.is_empty()).then_some(report.links),
            outcome: Some(outcome.into()),
            reason: reason.map(Into::into),
            operations: (!report.operations.is_empty()).then_some(report.operations),
            lost: (!report.lost.is_empty()).then_some(report.lost),
        };
        self.recorder.record(Record::during(Span::new(earliest, latest), entry));
    }

    fn learnt(&self) -> MutexGuard<'_, Learnt> {
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forces(&self) -> MutexGuard<'_, FaultsInForce> {
        self.forces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
