//! Faults with their lifts. What each kind does is its [`Descriptor`]'s.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use history::event::Installed;
use history::{FaultEvent, Header, Name, Names, Span, Stage};
use smallvec::SmallVec;
use workloads::fault::Descriptor;

use super::Phase;
use super::timeline::union;
use crate::kept::List;

/// The nodes that a fault hits. Nearly always they are few, and a long run has a hundred thousand faults.
pub type Hit = SmallVec<[Name; 4]>;

/// A kind of fault, as the history has it: of those that are known no copy is kept.
pub(crate) fn word(kind: &str) -> Cow<'static, str> {
    let does = Descriptor::of(kind);
    if does.word == kind { Cow::Borrowed(does.word) } else { Cow::Owned(kind.to_owned()) }
}

/// The end of a fault.
#[derive(Debug, Clone)]
pub struct Lift {
    /// When it was lifted.
    pub span: Span,
    /// The line that says so.
    pub line: u64,
    /// It is not known whether it was.
    pub doubtful: bool,
}

/// A fault that was, or may have been, in force.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Its number in the schedule.
    pub id: u32,
    /// What faults of its kind do.
    pub does: &'static Descriptor,
    /// Its kind as the history has it.
    pub kind: Cow<'static, str>,
    /// Installed or indeterminate.
    pub outcome: Installed,
    /// When it was injected.
    pub inject: Span,
    /// The line that says so.
    pub line: u64,
    /// Its end; with none it stays to the end of the run.
    pub lift: Option<Lift>,
    /// The nodes hit; for faults of processes, none means that it is not known which.
    pub nodes: Hit,
    /// The links concerned.
    pub links: Vec<(Name, Name)>,
    /// It names something that is no node of the record and nobody known, so that it may have concerned any.
    pub vague: bool,
    /// Its injection is not told: it may have been in force from the beginning.
    pub orphan: bool,
    /// Its lift is not told though there must have been one: it may have been over at any time.
    pub lift_lost: bool,
}

impl Fault {
    pub(crate) fn new(event: FaultEvent, line: u64) -> Self {
        Self {
            vague: false,
            orphan: false,
            lift_lost: false,
            id: event.id,
            does: Descriptor::of(&event.kind),
            kind: word(&event.kind),
            outcome: event.outcome,
            inject: event.span,
            line,
            lift: None,
            nodes: event.nodes.into_iter().collect(),
            links: event.links,
        }
    }

    /// It hits the process of `node`, or may. A fault that names nobody may hit anybody; if nobody knows its kind, also where
    /// it names links.
    pub(crate) fn hits(&self, node: Name) -> bool {
        let anybody = self.nodes.is_empty() && (self.links.is_empty() || !self.does.is_known());
        anybody || self.vague || self.nodes.contains(&node)
    }

    /// It is certain that it was this node which it hit, if it was in force. A fault that is aimed at somebody and names nobody
    /// was aimed at nobody knows whom.
    pub(crate) fn names(&self, node: Name) -> bool {
        self.nodes.contains(&node) || (!self.vague && !self.does.aimed && self.hits(node))
    }

    /// Whether it concerns a link: certainly (`Some(true)`), perhaps, or not (`None`). A cut whose links the history
    /// leaves out may be any cut that touches its nodes, and so may a fault of a kind that nobody knows, whatever links it
    /// names.
    pub(crate) fn touches(&self, from: Name, to: Name) -> Option<bool> {
        if self.links.contains(&(from, to)) {
            return Some(true);
        }
        if self.vague {
            return Some(false);
        }
        if !self.links.is_empty() && self.does.is_known() {
            return None;
        }
        (self.nodes.is_empty() || self.nodes.contains(&from) || self.nodes.contains(&to)).then_some(false)
    }

    /// Where it may be in force and where it certainly is, each as `[from, to)`.
    pub(crate) fn in_force(&self) -> ((u64, u64), (u64, u64)) {
        let (earliest, latest) = match &self.lift {
            Some(lift) if lift.doubtful => (lift.span.earliest, u64::MAX),
            Some(lift) => (lift.span.earliest, lift.span.latest.saturating_add(1)),
            None => (u64::MAX, u64::MAX),
        };
        let certain = self.outcome == Installed::Installed && !self.lift_lost;
        let from = self.inject.latest.saturating_add(1);
        ((self.inject.earliest, latest), (from, if certain { earliest } else { from }))
    }
}

/// What the rest of a record says of its faults.
pub(crate) struct Told<'a> {
    pub(crate) header: &'a Header,
    pub(crate) phases: &'a [Phase],
    pub(crate) ended: bool,
    /// Other lines name faults that asked for what they tell, or rules that only a fault puts into force.
    pub(crate) blamed: bool,
}

impl Told<'_> {
    /// The faults with their lifts.
    pub(crate) fn pair(&self, events: Events) -> Vec<Fault> {
        let known = Names::of(self.header).len();
        let stranger = |name: &Name| name.0 as usize >= known;
        let mut faults = events.pair();
        // The harness lifts all that stands still or is cut before it lets a cluster heal.
        let healed = self.phases.iter().position(|phase| phase.name == Some(history::Phase::Heal));
        let healed = healed.filter(|&heal| self.ended || heal + 1 < self.phases.len()).map(|heal| self.phases[heal].at);
        for fault in &mut faults {
            fault.vague = fault.nodes.iter().chain(fault.links.iter().flat_map(|(a, b)| [a, b])).any(stranger);
            let lasts = fault.lift.is_none() && (fault.does.pauses() || fault.does.cuts());
            fault.lift_lost |= lasts && healed.is_some_and(|healed| fault.inject.earliest < healed);
        }
        faults
    }

    /// Whether all that was done is in the record: the header says so, or the record is one of the harness, or it tells of a
    /// fault. A record of the harness whose lines blame faults, and which tells of none, has lost them.
    pub(crate) fn recorded(&self, events: &Events) -> bool {
        let lost = self.header.faults.is_none() && self.blamed && !self.phases.is_empty() && events.is_empty();
        !lost && self.header.says_recorded().unwrap_or(!events.is_empty())
    }
}

/// The lines of faults, as they come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Events {
    /// All that were injected, or may have been.
    injected: Vec<Fault>,
    /// The numbers of those that were skipped.
    skipped: BTreeSet<u32>,
    /// Number, span, line and whether it is not known if it was, of every lift.
    lifts: List<(u32, Span, (u64, bool))>,
    /// Lifts of which no injection had been told by then, by their lines.
    early: BTreeMap<u64, FaultEvent>,
    /// The numbers that were injected, skipped ones included.
    known: BTreeSet<u32>,
    any: bool,
}

impl Events {
    /// A line tells of a fault.
    pub(crate) fn take(&mut self, event: &FaultEvent, line: u64) {
        self.any = true;
        let skipped = event.outcome == Installed::Skipped;
        match event.stage {
            Stage::Inject => {
                self.known.insert(event.id);
                if skipped {
                    self.skipped.insert(event.id);
                } else {
                    self.injected.push(Fault::new(event.clone(), line));
                }
            }
            Stage::Lift if skipped => {}
            Stage::Lift => {
                let doubtful = event.outcome == Installed::Indeterminate;
                self.lifts.push((event.id, event.span, (line, doubtful)));
                if !self.known.contains(&event.id) {
                    self.early.insert(line, event.clone());
                }
            }
        }
    }

    /// No line tells of a fault.
    pub(crate) fn is_empty(&self) -> bool {
        !self.any
    }

    /// Pairs injections with lifts: the k-th lift of a number belongs to its k-th injection.
    ///
    /// A record may lack some of either. A lift without its injection may end what was in force from the beginning; where a
    /// number has fewer lifts than injections and yet some, nobody knows which of them were lifted.
    fn pair(mut self) -> Vec<Fault> {
        let mut faults = self.injected;
        // Those of one number stand together, in the order of the file.
        let mut places: Vec<(u32, usize)> = faults.iter().enumerate().map(|(at, fault)| (fault.id, at)).collect();
        places.sort_unstable();
        let mut lifts = self.lifts.into_vec();
        lifts.sort_by_key(|lift| lift.0);
        let mut orphans: Vec<Fault> = Vec::new();
        let mut from = 0;
        for lifts in lifts.chunk_by(|a, b| a.0 == b.0) {
            let id = lifts[0].0;
            from += places[from..].partition_point(|place| place.0 < id);
            let own = &places[from..from + places[from..].partition_point(|place| place.0 == id)];
            let unequal = lifts.len() < own.len();
            for (place, &(_, span, (line, doubtful))) in own.iter().zip(lifts) {
                faults[place.1].lift = Some(Lift { span, line, doubtful });
            }
            if unequal {
                own.iter().for_each(|place| faults[place.1].lift_lost = true);
            }
            if own.is_empty() && !self.skipped.contains(&id) {
                let orphan = |&(_, span, (line, doubtful)): &(u32, Span, (u64, bool))| {
                    let event = self.early.remove(&line)?;
                    Some(orphan(event, line, Lift { span, line, doubtful }))
                };
                orphans.extend(lifts.iter().filter_map(orphan));
            }
        }
        orphans.sort_by_key(|orphan| orphan.line);
        faults.extend(orphans);
        faults
    }
}

/// What a lift ends of which no injection is told.
fn orphan(event: FaultEvent, line: u64, lift: Lift) -> Fault {
    let fault = Fault::new(event, line);
    Fault { outcome: Installed::Indeterminate, inject: Span::at(0), lift: Some(lift), orphan: true, ..fault }
}

/// When faults of each kind may have been in force.
#[derive(Debug, Default)]
pub(crate) struct InForce<'a> {
    /// For each kind disjoint stretches `[from, to)` in the order of time.
    kinds: BTreeMap<&'a str, Vec<(u64, u64)>>,
}

impl<'a> InForce<'a> {
    pub(crate) fn new(faults: &'a [Fault]) -> Self {
        let mut kinds: BTreeMap<&str, Vec<(u64, u64)>> = Default::default();
        for fault in faults.iter().filter(|fault| !fault.kind.is_empty()) {
            kinds.entry(&fault.kind).or_default().push(fault.in_force().0);
        }
        Self { kinds: kinds.into_iter().map(|(kind, stretches)| (kind, union(stretches))).collect() }
    }

    /// The kinds that may have been in force at an instant of the span, both ends included; in alphabetical order.
    pub(crate) fn during(&self, [earliest, latest]: [u64; 2]) -> Vec<String> {
        let at_some_time = |stretches: &[(u64, u64)]| {
            let begun = stretches.partition_point(|stretch| stretch.0 <= latest);
            stretches[..begun].last().is_some_and(|stretch| earliest < stretch.1)
        };
        self.kinds.iter().filter(|(_, stretches)| at_some_time(stretches)).map(|(kind, _)| (*kind).to_owned()).collect()
    }
}
