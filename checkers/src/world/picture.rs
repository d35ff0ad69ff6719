//! A run as functions of time.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use history::run::Network;
use history::{Header, Name, Span};

use super::contact::Crossed;
use super::effective::Effective;
use super::expected::Met;
use super::fault::{self, Fault};
use super::index::{First, Last, Least, Most};
use super::link::{self, Cap, Link, Traffic};
use super::membership::{self, Configurations, Membership};
use super::probed::Stretch;
use super::process::{self, Mark, Process, Told, Turn};
use super::signs::Life;
use super::stall::Stalls;
use super::state::{self, Known};
use super::{Host, Timeline, Tri, World, effective};
use crate::kept::{List, Map, Series, row};

/// A phase of the run.
#[derive(Debug, Clone)]
pub struct Phase {
    /// When it began.
    pub at: u64,
    /// Which; none: one that nobody knows.
    pub name: Option<history::Phase>,
    /// For `final`: the chosen nodes; empty means all.
    pub nodes: Vec<Name>,
    /// The line that says so.
    pub line: u64,
}

/// A node was seen to be candidate, or leader, of a term.
#[derive(Debug, Clone, Copy)]
pub struct Candidacy {
    /// Which node.
    pub node: Name,
    /// Of which term.
    pub term: u64,
    /// Which incarnation of the node.
    pub incarnation: u32,
    /// When.
    pub span: Span,
    /// It cannot have begun before: the line need not be the first that there was of it.
    pub since: u64,
    /// The line that says so.
    pub line: u64,
}

/// What is known of a term: who was first seen as its candidate and as its leader, each with whether the evidence is
/// atomic.
#[derive(Debug, Clone, Copy, Default)]
pub struct TermFacts {
    /// The first candidate.
    pub candidate: Option<(Candidacy, bool)>,
    /// The leader.
    pub won: Option<(Candidacy, bool)>,
    /// When a node first named another as its leader: a message of that leader had arrived.
    pub heard: Option<u64>,
}

row!(Candidacy { node: Name, term: u64, incarnation: u32, span: Span, since: u64, line: u64 });

row!(TermFacts { candidate: Option<(Candidacy, bool)>, won: Option<(Candidacy, bool)>, heard: Option<u64> });

/// A run as functions of time, over `[0, end)`.
#[derive(Debug)]
pub struct Picture {
    /// The header of the history.
    pub header: Header,
    /// The end of what can be judged: the last event, or the beginning of the teardown.
    pub end: u64,
    /// All that was done to the cluster is in the record.
    pub faults_recorded: bool,
    /// Observations are missing somewhere, so that others may be, unseen, after the last of any stream.
    pub holed: bool,
    /// For each node: lines contradict each other about its incarnations, so that nothing follows from two lines of it.
    confused: Vec<bool>,
    /// Since when lines may be missing: from the beginning, unless each node's first line is its first start.
    missing: u64,
    /// Who votes.
    pub membership: Membership,
    /// For each node when its process was up.
    pub up: Vec<Timeline<Tri>>,
    /// For each node what is known of its state.
    pub(crate) known: Vec<Series<Known>>,
    /// When the cluster had an effective leader.
    pub effective: Timeline<Effective>,
    /// The faults that were or may have been in force.
    pub faults: Vec<Fault>,
    /// The pauses that did not hold: their processes wrote or answered meanwhile.
    pub refuted: BTreeSet<u32>,
    /// The phases in order.
    pub phases: Vec<Phase>,
    /// When the harness, a node or the disk did not run.
    pub stalls: Stalls,
    /// How busy the machine was.
    pub host: Host,
    /// How many messages between nodes had crossed the network, each at an instant within a span, in the order of the
    /// history.
    pub messages: Vec<(Span, u64)>,
    /// What clients saw: attempts that were answered and that failed, in turn, in the order of the history.
    pub probes: Vec<Stretch>,
    /// When nodes were started or became ready.
    pub(crate) readies: List<Span>,
    /// When a leader was expected and was there.
    pub expected: Vec<Met>,
    /// What is known of each term.
    pub(crate) terms: Map<u64, TermFacts>,
    /// Candidacies that won, with atomic evidence: the first line as candidate, the first as leader.
    pub(crate) wins: List<(Candidacy, Candidacy)>,
    pub(crate) marks: Vec<Vec<Mark>>,
    pub(crate) traffic: BTreeMap<(Name, Name), Traffic>,
    links: Vec<Link>,
    cap: Cap,
    others: Vec<String>,
    index: Index,
}

/// What is asked of all lines of a kind again and again.
#[derive(Debug)]
struct Index {
    /// The first instant at which a fault began, or a process was paused or ended, or may have been.
    disturbed: u64,
    /// For each node its starts and exits.
    lives: Vec<Lives>,
    around: Around,
}

/// The starts and exits of a node, in the order of the history. A long run has hundreds of thousands.
#[derive(Debug)]
struct Lives {
    /// When each was, at the earliest.
    began: Vec<u64>,
    /// The fault that caused it.
    by: Vec<Option<u32>>,
    exits: Vec<bool>,
    /// For each the last before it that another fault caused.
    other: Vec<Option<NonZeroU32>>,
    last: Last,
}

impl Lives {
    fn new(marks: &[Mark]) -> Self {
        let lives = || marks.iter().filter(|m| matches!(m.turn, Turn::Start | Turn::Exit));
        let count = lives().count();
        let mut this = Self {
            began: Vec::with_capacity(count),
            by: Vec::with_capacity(count),
            exits: Vec::with_capacity(count),
            other: Vec::with_capacity(count),
            last: Last::new(lives().map(|mark| mark.span.earliest)),
        };
        for (i, mark) in lives().enumerate() {
            let before = i.checked_sub(1);
            let other =
                before.and_then(|before| if this.by[before] == mark.fault { this.other[before] } else { nth(before) });
            this.other.push(other);
            this.began.push(mark.span.earliest);
            this.by.push(mark.fault);
            this.exits.push(mark.turn == Turn::Exit);
        }
        this
    }

    /// The last that began before `instant` and that this fault did not cause is an exit.
    fn ended_before(&self, instant: u64, fault: u32) -> bool {
        let mut place = self.last.below(instant);
        while let Some(at) = place {
            let same = self.by[at] == Some(fault);
            if !same && self.began[at] < instant {
                return self.exits[at];
            }
            place = if same { self.other[at].map(|other| other.get() as usize - 1) } else { at.checked_sub(1) };
        }
        false
    }
}

/// A place, counted from one.
fn nth(place: usize) -> Option<NonZeroU32> {
    u32::try_from(place + 1).ok().and_then(NonZeroU32::new)
}

/// The lines next to an instant, for evidence.
#[derive(Debug)]
struct Around {
    /// For each node: its marks by their beginnings, and by their ends.
    nodes: Vec<(Last, First)>,
    /// By beginnings: the last lift and the last injection by their ends, and their lines.
    lifted: Most<(u64, u64)>,
    injected: Most<(u64, u64)>,
    /// By the ends of injections: the first by its beginning, and its line.
    next: Least<(u64, u64)>,
}

impl Index {
    /// `whole`: the record shows the beginning of the run.
    fn new(marks: &[Vec<Mark>], faults: &[Fault], whole: bool) -> Self {
        let disturbs = |mark: &&Mark| matches!(mark.turn, Turn::Stop | Turn::Exit);
        let began = marks.iter().flatten().filter(disturbs).map(|mark| mark.span.earliest);
        let ends = |marks: &Vec<Mark>| {
            let earliest = Last::new(marks.iter().map(|mark| mark.span.earliest));
            (earliest, First::new(marks.iter().map(|mark| mark.span.latest)))
        };
        let lifts = faults.iter().filter_map(|fault| fault.lift.as_ref());
        // What came before a record that begins late is not told.
        let untold = (!whole).then_some(0);
        let disturbed = began.chain(faults.iter().map(|fault| fault.inject.earliest)).chain(untold).min();
        Self {
            disturbed: disturbed.unwrap_or(u64::MAX),
            lives: marks.iter().map(|marks| Lives::new(marks)).collect(),
            around: Around {
                nodes: marks.iter().map(ends).collect(),
                lifted: Most::new(lifts.map(|lift| (lift.span.earliest, (lift.span.latest, lift.line)))),
                injected: Most::new(faults.iter().map(|f| (f.inject.earliest, (f.inject.latest, f.line)))),
                next: Least::new(faults.iter().map(|f| (f.inject.latest, (f.inject.earliest, f.line)))),
            },
        }
    }
}

impl Picture {
    pub(crate) fn new(world: World, end: u64) -> Self {
        let World {
            header,
            tracks,
            marks,
            firsts,
            readies,
            traffic,
            stalls,
            host,
            messages,
            probes,
            phases,
            terms,
            wins,
            ..
        } = world;
        let marks: Vec<Vec<Mark>> = marks.into_iter().map(List::into_vec).collect();
        let told = fault::Told { header: &header, phases: &phases, ended: world.ended, blamed: world.blamed };
        let (mut faults, recorded) = {
            let recorded = told.recorded(&world.faults);
            (told.pair(world.faults), recorded)
        };
        let crossed = world.contacts.crossed();
        refute(&mut faults, &crossed);
        let mut signs = world.signs;
        world.contacts.sign(&mut signs);
        drop(world.contacts);
        let lives: Vec<Process> = signs
            .into_iter()
            .enumerate()
            .map(|(node, life)| of_process(node, life, (&marks, &firsts), &faults))
            .collect();
        let begun = firsts.iter().all(|first| first.is_some_and(|first| first.born));
        let missing = if begun && !world.holed { world.gap.unwrap_or(u64::MAX) } else { 0 };
        let refuted = lives.iter().flat_map(|life| life.refuted.iter().copied()).collect();
        let (up, alive): (Vec<_>, Vec<_>) = lives.into_iter().map(|life| (life.up, life.alive)).unzip();
        let born = born(&firsts, &phases);
        let beside = membership::Known { header: &header, strangers: world.strangers, alive: &alive, born: &born };
        let membership = Membership::new(&world.beliefs, &beside);
        let known = tracks.into_iter().map(state::combine).collect();
        let begun = Begun { at: world.begun.unwrap_or(0), born: &born };
        let links = links(&faults, &traffic, &crossed, &leaks(&header, &traffic), &begun);
        let resumes = matches!(header.network(), Some(Network::Proxy | Network::Direct));
        let cap = Cap { declared: header.heal_cap, resumes, bound: header.bound };
        let index = Index::new(&marks, &faults, born.iter().all(|born| *born));
        let mut picture = Self {
            end,
            faults_recorded: recorded,
            holed: world.holed,
            confused: world.counts.iter().map(|count| count.confused).collect(),
            missing,
            membership,
            up,
            known,
            effective: Timeline::constant(Effective::No),
            faults,
            refuted,
            phases,
            stalls: Stalls::of(&stalls),
            host,
            messages,
            probes,
            readies,
            expected: world.expected.into_met(),
            terms,
            wins,
            marks,
            traffic,
            links,
            cap,
            index,
            others: world.others,
            header,
        };
        picture.effective = effective::timeline(&picture);
        picture
    }

    /// How many nodes the header names.
    pub fn nodes(&self) -> usize {
        self.up.len()
    }

    /// A node's name, or what stood there where it is none's.
    pub fn name(&self, node: usize) -> &str {
        let other = || self.others.get(node - self.header.nodes.len());
        self.header.nodes.get(node).or_else(other).map_or("?", String::as_str)
    }

    /// Which configurations may be in force at an instant.
    pub fn in_force(&self, at: u64) -> Configurations {
        self.membership.in_force().at(at)
    }

    /// At some time it is known who votes.
    pub fn knows_voters(&self) -> bool {
        self.membership.in_force().changes().iter().any(|(_, of)| !of.unknown)
    }

    /// When the link from one node to another was open.
    pub fn open(&self, from: usize, to: usize) -> &Timeline<Tri> {
        &self.link(from, to).open
    }

    pub(crate) fn link(&self, from: usize, to: usize) -> &Link {
        &self.links[from * self.up.len() + to]
    }

    /// When the link, open at `instant`, counts as healed from what befell it before.
    pub fn healed(&self, from: usize, to: usize, instant: u64) -> u64 {
        self.link(from, to).healed(instant, &self.cap)
    }

    /// It is told that no fault began before `instant`, and that no process had been paused or ended by then.
    pub fn undisturbed_before(&self, instant: u64) -> bool {
        self.index.disturbed >= instant
    }

    /// All that became of the cluster until `instant` is in the record, as far as anybody can tell.
    pub fn whole_until(&self, instant: u64) -> bool {
        instant < self.missing
    }

    /// What lines say of a node's incarnations is not what was counted, and nothing follows from two lines of it.
    pub(crate) fn is_confused(&self, node: Name) -> bool {
        self.confused.get(node.0 as usize).copied().unwrap_or(false)
    }

    /// A stall overlaps `[from, to)`.
    pub fn stalled(&self, from: u64, to: u64) -> bool {
        self.stalls.overlap(from, to)
    }

    /// The length of `[from, to)` is not to be trusted: stalls cover more than a 64th of it, or one of the disk overlaps it.
    pub fn blurred(&self, from: u64, to: u64) -> bool {
        self.stalls.of_disk(from, to) || self.stalls.covered(from, to).saturating_mul(64) > to.saturating_sub(from)
    }

    /// The lines that tell of changes of these nodes' processes, and of their links, in or next to `[from, to)`: the
    /// last before its beginning and the first after its end for each kind.
    pub fn around(&self, members: &[usize], from: u64, to: u64) -> Vec<u64> {
        let around = &self.index.around;
        let mut lines = Vec::new();
        for &member in members {
            let (marks, (last, first)) = (&self.marks[member], &around.nodes[member]);
            let before = from.checked_add(1).map_or(marks.len().checked_sub(1), |after| last.below(after));
            lines.extend(before.map(|place| marks[place].line));
            let after = first.at_least(to).map(|place| marks[place]).filter(|mark| mark.span.earliest <= self.end);
            lines.extend(after.map(|mark| mark.line));
        }
        lines.extend([around.lifted.to(from), around.injected.to(from)].into_iter().flatten().map(|last| last.1));
        lines.extend(around.next.from(to).filter(|next| next.0 <= self.end).map(|next| next.1));
        lines
    }

    /// The lines that show what these nodes believed last before `instant`.
    pub fn beliefs(&self, members: &[usize], instant: u64) -> Vec<u64> {
        members.iter().map(|&member| self.known[member].at(instant).1).filter(|&line| line > 0).collect()
    }

    /// When a fault was injected, this node's process may have ended already, and not by that fault.
    pub(crate) fn may_be_dead_before(&self, fault: &Fault, node: Name) -> bool {
        let lives = self.index.lives.get(node.0 as usize);
        lives.is_some_and(|lives| lives.ended_before(fault.inject.earliest, fault.id))
    }

    /// When an incarnation of this node ended, for each end the earliest instant.
    pub(crate) fn exits(&self, node: usize) -> impl Iterator<Item = u64> + '_ {
        self.marks[node].iter().filter(|m| m.turn == Turn::Exit).map(|m| m.span.earliest)
    }
}

/// A node's number as a name.
pub(crate) fn name(node: usize) -> Name {
    Name(u32::try_from(node).unwrap_or(u32::MAX))
}

/// For each node: nothing was before its first line, because that is its first start or the setup is in the record.
fn born(firsts: &[Option<process::First>], phases: &[Phase]) -> Vec<bool> {
    let setup = phases.iter().any(|phase| phase.name == Some(history::Phase::Setup));
    firsts.iter().map(|first| setup || first.is_some_and(|first| first.born)).collect()
}

/// How a record began.
struct Begun<'a> {
    at: u64,
    /// For each node: nothing was before its first line.
    born: &'a [bool],
}

/// What is known of the process of a node.
fn of_process(
    node: usize,
    life: Life,
    (marks, firsts): (&[Vec<Mark>], &[Option<process::First>]),
    faults: &[Fault],
) -> Process {
    let (marks, first, node) = (&marks[node], firsts[node], name(node));
    let signs = life.sorted(&turns(node, marks, faults));
    let mine: Vec<&Fault> = faults.iter().filter(|fault| fault.does.on_process() && fault.hits(node)).collect();
    process::process(Told { node, first, marks, signs: &signs }, &mine)
}

/// When a node may have gone down or come up, or stood still or gone on.
fn turns(node: Name, marks: &[Mark], faults: &[Fault]) -> Vec<u64> {
    let faults = faults.iter().filter(|fault| fault.does.on_process() && fault.hits(node));
    let faults = faults.flat_map(|fault| [Some(fault.inject), fault.lift.as_ref().map(|lift| lift.span)]).flatten();
    let spans = marks.iter().map(|mark| mark.span).chain(faults);
    let mut turns: Vec<u64> = spans.flat_map(|span| [span.earliest, span.latest]).collect();
    turns.sort_unstable();
    turns
}

/// What crossed a cut all the same.
fn refute(faults: &mut [Fault], crossed: &BTreeMap<(Name, Name), Crossed>) {
    for fault in faults.iter_mut().filter(|fault| fault.does.cuts()) {
        let refuted = |link| crossed.get(link).is_some_and(|crossed| crossed.refutes(fault));
        fault.lift_lost |= fault.links.iter().any(refuted);
    }
}

fn links(
    faults: &[Fault],
    traffic: &BTreeMap<(Name, Name), Traffic>,
    crossed: &BTreeMap<(Name, Name), Crossed>,
    leaks: &[Span],
    begun: &Begun<'_>,
) -> Vec<Link> {
    let nodes = begun.born.len();
    // Faults that name their links are looked up by them; the few that do not are tried on every link.
    let mut named: BTreeMap<(Name, Name), Vec<usize>> = BTreeMap::new();
    let mut vague = Vec::new();
    for (i, fault) in faults.iter().enumerate().filter(|(_, f)| f.does.on_link()) {
        match fault.links.as_slice() {
            _ if fault.vague || !fault.does.is_known() => vague.push(i),
            [] => vague.push(i),
            links => links.iter().for_each(|&link| named.entry(link).or_default().push(i)),
        }
    }
    let nothing = Traffic::default();
    let mut links = Vec::with_capacity(nodes * nodes);
    for (a, b) in (0..nodes).flat_map(|a| (0..nodes).map(move |b| (a, b))) {
        let (from, to) = (name(a), name(b));
        let known = link::Known {
            traffic: traffic.get(&(from, to)).unwrap_or(&nothing),
            crossed: crossed.get(&(from, to)),
            leaks,
            begun: (a != b && !(begun.born[a] && begun.born[b])).then_some(begun.at),
        };
        let own = named.get(&(from, to)).into_iter().flatten();
        let these = own.chain(&vague).map(|&i| &faults[i]);
        links.push(Link::new(from, to, these, known));
    }
    links
}

/// When bytes crossed a cut somewhere, and where is not known: that speaks against every cut.
fn leaks(header: &Header, traffic: &BTreeMap<(Name, Name), Traffic>) -> Vec<Span> {
    let known = history::Names::of(header).len();
    let stranger = |(from, to): (Name, Name)| from.0 as usize >= known || to.0 as usize >= known;
    traffic
        .iter()
        .filter(|(link, _)| stranger(**link))
        .flat_map(|(_, traffic)| traffic.leaked.iter().copied())
        .collect()
}
