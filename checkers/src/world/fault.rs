//! Faults with their lifts. What each kind does is its [`Descriptor`]'s.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use history::event::Installed;
use history::{FaultEvent, Header, Name, Names, Span, Stage};
use workloads::fault::Descriptor;

use super::Phase;

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
    pub kind: String,
    /// Installed or indeterminate.
    pub outcome: Installed,
    /// When it was injected.
    pub inject: Span,
    /// The line that says so.
    pub line: u64,
    /// Its end; with none it stays to the end of the run.
    pub lift: Option<Lift>,
    /// The nodes hit; for faults of processes, none means that it is not known which.
    pub nodes: Vec<Name>,
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
            kind: event.kind,
            outcome: event.outcome,
            inject: event.span,
            line,
            lift: None,
            nodes: event.nodes,
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
    pub(crate) fn pair(&self, events: &[(FaultEvent, u64)]) -> Vec<Fault> {
        let known = Names::of(self.header).len();
        let stranger = |name: &Name| name.0 as usize >= known;
        let mut faults = pair(events);
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
    pub(crate) fn recorded(&self, events: &[(FaultEvent, u64)]) -> bool {
        let lost = self.header.faults.is_none() && self.blamed && !self.phases.is_empty() && events.is_empty();
        !lost && self.header.says_recorded().unwrap_or(!events.is_empty())
    }
}

/// Pairs injections with lifts: the k-th lift of a number belongs to its k-th injection.
///
/// A record may lack some of either. A lift without its injection may end what was in force from the beginning; where a
/// number has fewer lifts than injections and yet some, nobody knows which of them were lifted.
fn pair(events: &[(FaultEvent, u64)]) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    // Those that were injected, and have had no lift so far; a number may have been skipped only.
    let mut open: BTreeMap<u32, VecDeque<usize>> = BTreeMap::new();
    for (event, line) in events.iter().filter(|(event, _)| event.stage == Stage::Inject) {
        let waiting = open.entry(event.id).or_default();
        if event.outcome != Installed::Skipped {
            waiting.push_back(faults.len());
            faults.push(Fault::new(event.clone(), *line));
        }
    }
    let mut orphans = Vec::new();
    let mut lifted: BTreeSet<u32> = BTreeSet::new();
    for (event, line) in events.iter().filter(|(e, _)| e.stage == Stage::Lift && e.outcome != Installed::Skipped) {
        let doubtful = event.outcome == Installed::Indeterminate;
        let lift = Lift { span: event.span, line: *line, doubtful };
        match open.get_mut(&event.id) {
            None => orphans.push(orphan(event.clone(), *line, lift)),
            Some(waiting) => {
                let Some(fault) = waiting.pop_front() else { continue };
                lifted.insert(event.id);
                faults[fault].lift = Some(lift);
            }
        }
    }
    let unequal =
        |fault: &Fault| lifted.contains(&fault.id) && open.get(&fault.id).is_some_and(|rest| !rest.is_empty());
    let lost: Vec<usize> = (0..faults.len()).filter(|&fault| unequal(&faults[fault])).collect();
    lost.into_iter().for_each(|fault| faults[fault].lift_lost = true);
    faults.extend(orphans);
    faults
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
        for stretches in kinds.values_mut() {
            stretches.sort_unstable();
            stretches.dedup_by(|next, last| {
                let joins = next.0 <= last.1;
                if joins {
                    last.1 = last.1.max(next.1);
                }
                joins
            });
        }
        Self { kinds }
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
