//! **process**: invalid when a node died or panicked that no fault killed, after it was ready; before that it is the
//! harness or its environment that failed (exit 70), and the judgement is `unknown`.
//!
//! An exit was asked for if its line names the fault that did; if a fault whose kind ends processes names the node and was
//! begun before the exit was over, and the incarnation had been started before that fault was done; or if it may have
//! ended while the run was being torn down. A fault that may or may not have been carried out excuses as well: only
//! certainty accuses. A pause kills nobody.
//!
//! A fault of a disk may end a process or not, now or while it lasts: it excuses the end of an incarnation that had been
//! started before it was lifted, unless the system claims to survive it. A fault of a kind that nobody knows excuses
//! nothing; but nobody can say either that it had not ended such an incarnation, so that end is a suspicion, and the
//! judgement `unknown`.
//!
//! A fault that names somebody who is no node of the record, or nobody, may have been meant for any. Where it is not known what
//! was done to the cluster nobody is accused at all.
//!
//! A node whose disk went through a power cut, or that crashed at an operation, has to come back: if its next incarnation
//! ends before it is ready, with nothing else to blame, that is the node's own doing, and no failure of the harness; a
//! suspicion only, where the system does not claim to survive what its disk lost. The same goes for one that *hangs*: it never
//! ends by itself and is never seen to do anything, and for as long as the bound the harness knew that it ran, was not paused and had a
//! disk that answers ([`Life::Silent`]). Nobody else may have disturbed it: no fault was in force meanwhile, nothing stalled, and
//! an incarnation before it had been seen, and some observer shows a node that does nothing (a complete one, or a poll).
//!
//! Lines of faults are recorded after they are done, so all of this is decided at the end. A node was *ready* if the
//! history says so or if anything was observed of that incarnation.
//!
//! A node that somebody believed to be no voter any more may have been removed: it may end itself with status 0.
//!
//! A process that ended because it went on in another one (it *forked away*, as a daemon does) has not died, and its end
//! says nothing of the system: that is the harness's failure to be told to run it in the foreground, ready or not. Nor does
//! the end of one that died for want of what its machine had run out of, memory or disk.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::drawn::WholePicture;
use super::finding::{Findings, Seen, not_judged};
use super::{Checker, Descriptor, Kind, Make};
use crate::world::fault::Hit;
use crate::world::index::Least;
use history::finding::trust::{self, Finding, Lacked, Statement};
use history::finding::{self, Unjudged};
use history::run::Model;
use history::verdict::{Judgement, Verdict};
use history::{
    Body, Event, ExitReason, FaultEvent, Header, Installed, Life, Name, Names, NodeEvent, Phase, Span, Stage, Word,
};
use workloads::fault::{self, Ends, Sphere};

/// The checker's name.
pub const NAME: &str = "process";

/// What is to be known of it.
pub const CHECKER: Descriptor = Descriptor {
    name: NAME,
    kind: Kind::Trust,
    needs: "starts or exits of processes",
    claims: "no node died that no fault killed",
    told_first: true,
    make: Make::Fed(|header| Box::new(Process::new(header))),
};

/// The checker; its definition is the module's.
#[derive(Debug, Clone, Default)]
pub struct Process {
    lives: BTreeMap<(Name, u32), Incarnation>,
    /// The incarnation of each node that was observed last, to be fast.
    observed: Vec<u32>,
    /// The incarnations that showed nothing for as long as the line says.
    silent: Vec<(Name, u32, Seen)>,
    /// Within what time a leader is owed, nanoseconds; and a node has to show something.
    bound: Option<u64>,
    /// Some observer shows a node that runs and does nothing: a complete one shows its start, a poll its answers.
    attended: bool,
    killers: Vec<Killer>,
    /// The places of those that were not lifted, by the fault's number.
    open: BTreeMap<u32, VecDeque<usize>>,
    /// The faults whose injection was told, skipped ones included.
    injected: BTreeSet<u32>,
    /// How many names the header has.
    known: usize,
    whole: WholePicture,
    /// The faults that asked for the ends of incarnations, by their lines.
    ended_by: BTreeMap<(Name, u32), u32>,
    /// Disks kept what POSIX promises and no more.
    strict: bool,
    /// What the system claims to survive.
    survives: Vec<String>,
    /// Since when the run is being torn down, or over.
    teardown: Option<u64>,
    judged: bool,
}

#[derive(Debug, Clone, Default)]
struct Incarnation {
    /// When it was started, at the earliest.
    started: Option<u64>,
    ready: bool,
    /// An exit that nothing on its own line explains.
    exit: Option<Box<Exit>>,
}

#[derive(Debug, Clone)]
struct Exit {
    status: Option<i32>,
    signal: Option<i32>,
    reason: Option<ExitReason>,
    seen: Seen,
}

/// A fault that ends processes, or may.
#[derive(Debug, Clone)]
struct Killer {
    /// Its number.
    id: u32,
    /// It was installed.
    certain: bool,
    does: &'static fault::Descriptor,
    /// Its word in the history.
    kind: Cow<'static, str>,
    /// It takes from the disk what the system does not claim to survive.
    excused: bool,
    /// Empty: the history does not say whom.
    nodes: Hit,
    begun: u64,
    /// No process that was started later can have been ended by it.
    over: u64,
    line: Seen,
}

impl Process {
    /// The checker before the first event.
    pub fn new(header: &Header) -> Self {
        let survives = header.claims.survives.clone();
        let strict = header.disk.as_ref().and_then(Word::known) == Some(Model::Strict);
        let attended = header.observers.iter().any(|observer| observer.complete || observer.period.is_some());
        Self { survives, strict, bound: header.bound, attended, known: Names::of(header).len(), ..Self::default() }
    }

    fn live(&mut self, event: &NodeEvent, line: Seen) {
        // A node whose pipes outlive it is reported late: what counts is when it ended, not when that was written down.
        let torn_down = self.teardown.is_some_and(|began| event.span.latest >= began);
        let life = self.lives.entry((event.node, event.incarnation)).or_default();
        match event.what {
            Life::Start => {
                self.judged = true;
                life.started = Some(event.span.earliest);
            }
            Life::Ready => life.ready = true,
            Life::Exit { status, signal, reason } => {
                self.judged = true;
                self.ended_by.extend(event.fault.map(|fault| ((event.node, event.incarnation), fault)));
                if event.fault.is_none() && !torn_down && reason != Some(ExitReason::Teardown) {
                    life.exit = Some(Box::new(Exit { status, signal, reason, seen: line }));
                }
            }
            Life::Silent => self.silent.push((event.node, event.incarnation, line)),
            Life::Stop | Life::Continue | Life::Eof | Life::Gap => {}
        }
    }

    fn fault(&mut self, fault: &FaultEvent, line: Seen) {
        // What is lifted and of which no injection is told may have ended a process at any time before.
        let orphan = fault.stage == Stage::Lift && !self.injected.contains(&fault.id);
        if fault.stage == Stage::Inject {
            self.injected.insert(fault.id);
        } else if !orphan {
            let lifted = fault.outcome != Installed::Skipped;
            let waiting = self.open.get_mut(&fault.id).filter(|_| lifted);
            let (first, done) = waiting.map_or((None, false), |open| (open.pop_front(), open.is_empty()));
            if done {
                self.open.remove(&fault.id);
            }
            if let (Some(place), Installed::Installed) = (first, fault.outcome) {
                let killer = &mut self.killers[place];
                killer.over = killer.over.min(fault.span.latest);
            }
            return;
        }
        let does = fault::Descriptor::of(&fault.kind);
        let survived = does.ends == Ends::May && self.survives.iter().any(|word| does.is_survived_by(word));
        if does.ends == Ends::Never || survived || fault.outcome == Installed::Skipped {
            return;
        }
        if !orphan {
            self.open.entry(fault.id).or_default().push_back(self.killers.len());
        }
        // Somebody who is no node of the record may be any of them.
        let vague = fault.nodes.iter().any(|node| node.0 as usize >= self.known);
        self.killers.push(Killer {
            id: fault.id,
            certain: !orphan && fault.outcome == Installed::Installed,
            does,
            kind: crate::world::fault::word(&fault.kind),
            excused: self.takes_too_much(does, fault),
            nodes: if does.aimed && !vague { fault.nodes.iter().copied().collect() } else { Hit::new() },
            begun: if orphan { 0 } else { fault.span.earliest },
            over: if does.kills() || orphan { fault.span.latest } else { u64::MAX },
            line,
        });
    }

    /// It takes from the disk what the system does not claim to survive, or what no system need survive.
    fn takes_too_much(&self, does: &fault::Descriptor, fault: &FaultEvent) -> bool {
        let breaks = does.breaks.is_some_and(|breaks| fault.unplugged || !breaks.only_unplugged);
        breaks && (self.strict || !self.survives.iter().any(|word| does.is_survived_by(word)))
    }

    /// The fault of its disk that ended the incarnation before this one: a node has to come back from that.
    fn shaken(&self, node: Name, incarnation: u32, life: &Incarnation) -> Option<&Killer> {
        let before = incarnation.checked_sub(1).filter(|before| self.lives.contains_key(&(node, *before)))?;
        let ended = self.ended_by.get(&(node, before))?;
        let fault = self.killers.iter().find(|killer| killer.id == *ended)?;
        let certain = fault.certain && fault.nodes.contains(&node) && life.started.is_some();
        (certain && fault.does.acts_on == Sphere::Disk && fault.does.kills()).then_some(fault)
    }

    /// It ended itself in good order, and somebody believed by then that it was no voter: whoever is removed from a cluster may
    /// end.
    fn was_removed(&self, node: Name, exit: &Exit) -> bool {
        let Some(picture) = self.whole.get() else { return false };
        let at = node.0 as usize;
        let believed = || picture.membership.of(at, exit.seen.span.earliest, exit.seen.span.latest);
        let in_good_order = exit.status == Some(0) && exit.signal.is_none() && exit.reason.is_none();
        in_good_order && at < picture.nodes() && picture.membership.configs(believed()).any(|config| !config.has(at))
    }

    /// The first time in which an incarnation that was never seen hung, with nobody else to blame.
    fn hung(&self, node: Name, incarnation: u32) -> Option<Seen> {
        let seen_before = self.lives.range((node, 0)..(node, incarnation)).any(|(_, life)| life.ready);
        let picture = self.whole.get().filter(|_| seen_before && self.attended)?;
        let bound = self.bound.filter(|bound| *bound > 0)?;
        let undisturbed = |span: Span| {
            let in_force = |fault: &crate::world::fault::Fault| {
                let lifted = fault.lift.as_ref().filter(|lift| !lift.doubtful && !fault.lift_lost);
                fault.inject.earliest < span.latest && lifted.is_none_or(|lift| lift.span.latest > span.earliest)
            };
            !picture.stalls.overlap(span.earliest, span.latest) && !picture.faults.iter().any(in_force)
        };
        let of_it = self.silent.iter().filter(|silent| (silent.0, silent.1) == (node, incarnation));
        let mut long = of_it.map(|silent| silent.2).filter(|seen| seen.span.latest - seen.span.earliest >= bound);
        long.find(|seen| seen.span.latest <= picture.end && undisturbed(seen.span))
    }

    fn observed(&mut self, node: Name, incarnation: u32) {
        let at = node.0 as usize;
        if self.observed.len() <= at {
            self.observed.resize(at + 1, 0);
        }
        if self.observed[at] != incarnation {
            self.observed[at] = incarnation;
            self.lives.entry((node, incarnation)).or_default().ready = true;
        }
    }
}

/// For each node, by when a fault could no longer end anything: when the first of them began, and its place.
struct Killers {
    of_anybody: Least<(u64, usize)>,
    of_node: BTreeMap<Name, Least<(u64, usize)>>,
}

impl Killers {
    /// Those of a kind that is known, or those of kinds that nobody knows.
    fn new(killers: &[Killer], known: bool) -> Self {
        let (mut of_anybody, mut of_node) = (Vec::new(), BTreeMap::<Name, Vec<_>>::new());
        for (place, killer) in killers.iter().enumerate().filter(|(_, killer)| killer.does.is_known() == known) {
            let pair = (killer.over, (killer.begun, place));
            of_anybody.extend(killer.nodes.is_empty().then_some(pair));
            killer.nodes.iter().for_each(|&node| of_node.entry(node).or_default().push(pair));
        }
        let of_node = of_node.into_iter().map(|(node, pairs)| (node, Least::new(pairs))).collect();
        Self { of_anybody: Least::new(of_anybody), of_node }
    }

    /// The first that can have ended this incarnation: begun before the exit was over, and not over before the
    /// incarnation had been started.
    fn first(&self, node: Name, life: &Incarnation, exit: &Exit) -> Option<usize> {
        let started = life.started.unwrap_or(0);
        let candidates = [Some(&self.of_anybody), self.of_node.get(&node)];
        let first = candidates.into_iter().flatten().filter_map(|killers| killers.from(started)).min();
        first.filter(|(begun, _)| *begun <= exit.seen.span.latest).map(|(_, place)| place)
    }
}

impl Exit {
    /// What the machine had run out of, for want of which the node died.
    fn lacked(&self) -> Option<Lacked> {
        match self.reason? {
            ExitReason::OutOfMemory => Some(Lacked::Memory),
            ExitReason::DiskFull => Some(Lacked::Disk),
            ExitReason::Forked | ExitReason::Teardown => None,
        }
    }

    fn how(&self) -> trust::Exit {
        match (self.signal, self.status) {
            (Some(signal), _) => trust::Exit::Signal(signal),
            (None, Some(status)) => trust::Exit::Status(status),
            (None, None) => trust::Exit::Unknown,
        }
    }
}

impl Checker for Process {
    fn name(&self) -> &'static str {
        NAME
    }

    fn feed(&mut self, event: &Event) {
        match &event.body {
            Body::Observe(seen) => self.observed(seen.node, seen.incarnation),
            Body::Node(node) => self.live(node, Seen::new(event, node.span)),
            Body::Fault(fault) => self.fault(fault, Seen::new(event, fault.span)),
            Body::Phase { phase: Some(Phase::Teardown), .. } => drop(self.teardown.get_or_insert(event.t)),
            Body::End { .. } => drop(self.teardown.get_or_insert(event.t)),
            _ => {}
        }
    }

    fn look_at(&mut self, picture: &WholePicture) {
        self.whole = picture.clone();
    }

    fn finish(&mut self, names: &Names) -> Judgement {
        if !self.judged {
            return not_judged(self.name(), Unjudged::NoProcess);
        }
        if self.whole.get().is_some_and(|picture| !picture.faults_recorded) {
            return not_judged(self.name(), Unjudged::FaultsUnknown);
        }
        let [known, unknown] = [true, false].map(|known| Killers::new(&self.killers, known));
        let [mut deaths, mut failures, mut suspicions] = [(); 3].map(|()| Findings::default());
        for ((node, incarnation), life) in &self.lives {
            let (name, incarnation) = (names.text(*node).to_owned(), *incarnation);
            if let Some(seen) = self.hung(*node, incarnation).filter(|_| !life.ready)
                && let Some(fault) = self.shaken(*node, incarnation, life)
            {
                let (found, fault) =
                    (if fault.excused { &mut suspicions } else { &mut deaths }, fault.kind.to_string());
                let finding = Finding::DidNotComeBack { node: name, incarnation, exit: trust::Exit::Hung, fault };
                found.push(names, finding, seen.span, &[*node], None, [seen]);
                continue;
            }
            let Some(exit) = &life.exit else { continue };
            if known.first(*node, life, exit).is_some() || self.was_removed(*node, exit) {
                continue;
            }
            let how = exit.how();
            let unknown = unknown.first(*node, life, exit).map(|place| &self.killers[place]);
            let (found, finding) = if exit.reason == Some(ExitReason::Forked) {
                (&mut failures, Finding::ForkedAway { node: name, incarnation })
            } else if let Some(fault) = self.shaken(*node, incarnation, life).filter(|_| !life.ready) {
                let finding =
                    Finding::DidNotComeBack { node: name, incarnation, exit: how, fault: fault.kind.to_string() };
                (if fault.excused { &mut suspicions } else { &mut deaths }, finding)
            } else if let Some(of) = exit.lacked() {
                (&mut failures, Finding::Starved { node: name, incarnation, exit: how, of })
            } else if let Some(fault) = unknown {
                let fault = fault.kind.to_string();
                (&mut suspicions, Finding::DiedUnderUnknownFault { node: name, incarnation, exit: how, fault })
            } else if life.ready {
                (&mut deaths, Finding::DiedUnasked { node: name, incarnation, exit: how })
            } else {
                (&mut failures, Finding::NotReady { node: name, incarnation, exit: how })
            };
            let lines = [exit.seen].into_iter().chain(unknown.map(|fault| fault.line));
            found.push(names, finding, exit.seen.span, &[*node], None, lines);
        }
        let doubt = match (deaths.is_empty(), failures.is_empty()) {
            (false, _) => None,
            (true, false) => Some(finding::Statement::HarnessFailed),
            (true, true) => Some(finding::Statement::Suspected),
        };
        let found = [deaths, failures, suspicions].into_iter().find(|found| !found.is_empty()).unwrap_or_default();
        let mut judgement = found.judge(self.name(), Statement::NoDeaths);
        if let Some(doubt) = doubt.filter(|_| judgement.verdict == Verdict::Invalid) {
            (judgement.verdict, judgement.statement) = (Verdict::Unknown, doubt);
        }
        judgement
    }
}
