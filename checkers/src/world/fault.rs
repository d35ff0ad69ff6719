//! Faults with their lifts. What each kind does is its [`Descriptor`]'s.

use history::event::Installed;
use history::{FaultEvent, Name, Span, Stage};
use workloads::fault::Descriptor;

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
}

impl Fault {
    pub(crate) fn new(event: FaultEvent, line: u64) -> Self {
        Self {
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

    /// It hits the process of `node`. A fault that names nobody may hit anybody; if nobody knows its kind, also where it
    /// names links.
    pub(crate) fn hits(&self, node: Name) -> bool {
        let anybody = self.nodes.is_empty() && (self.links.is_empty() || !self.does.is_known());
        anybody || self.nodes.contains(&node)
    }

    /// Whether it concerns a link: certainly (`Some(true)`), perhaps, or not (`None`). A cut whose links the history
    /// leaves out may be any cut that touches its nodes, and so may a fault of a kind that nobody knows, whatever links it
    /// names.
    pub(crate) fn touches(&self, from: Name, to: Name) -> Option<bool> {
        if !self.links.is_empty() && self.does.is_known() {
            return self.links.contains(&(from, to)).then_some(true);
        }
        if self.links.contains(&(from, to)) {
            return Some(true);
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
        let certain = self.outcome == Installed::Installed;
        let from = self.inject.latest.saturating_add(1);
        ((self.inject.earliest, latest), (from, if certain { earliest } else { from }))
    }
}

/// Pairs injections with lifts: the k-th lift of a number belongs to its k-th injection.
pub(crate) fn pair(events: &[(FaultEvent, u64)]) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    let mut open: std::collections::BTreeMap<u32, std::collections::VecDeque<usize>> = Default::default();
    for (event, line) in events.iter().filter(|(e, _)| e.stage == Stage::Inject && e.outcome != Installed::Skipped) {
        open.entry(event.id).or_default().push_back(faults.len());
        faults.push(Fault::new(event.clone(), *line));
    }
    for (event, line) in events.iter().filter(|(e, _)| e.stage == Stage::Lift && e.outcome != Installed::Skipped) {
        let Some(fault) = open.get_mut(&event.id).and_then(|queue| queue.pop_front()) else { continue };
        let doubtful = event.outcome == Installed::Indeterminate;
        faults[fault].lift = Some(Lift { span: event.span, line: *line, doubtful });
    }
    faults
}

/// When faults of each kind may have been in force.
#[derive(Debug, Default)]
pub(crate) struct InForce<'a> {
    /// For each kind disjoint stretches `[from, to)` in the order of time.
    kinds: std::collections::BTreeMap<&'a str, Vec<(u64, u64)>>,
}

impl<'a> InForce<'a> {
    pub(crate) fn new(faults: &'a [Fault]) -> Self {
        let mut kinds: std::collections::BTreeMap<&str, Vec<(u64, u64)>> = Default::default();
        for fault in faults {
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
