//! The voters, as far as the record names them: one reading for all judges.
//!
//! A header lists the voters, or says that nobody knows, or leaves them out. Then lines of type `voters` may tell what each
//! node believes, from when on. A cluster may change its members while it runs, and at no instant need all nodes know the same
//! *configuration*, so what is known is which configurations **may be in force** ([`Configurations`]):
//!
//! - those that a node believes, from its line on until its next one or its death;
//! - the header's, until a node's first line. If the record begins late and has such lines, an earlier one may be missing,
//!   and nobody knows what the node believed;
//! - of a node that came back from a death, or that lost lines, or that never says what it believes though others do: all that
//!   the record knows of, since it may have kept any of them.
//!
//! A majority is then asked for in two ways, and both err on the side of the cluster. To **owe** a leader it must be a quorum of
//! every configuration that may be in force. To **accuse** a leader of lacking votes, those who could have voted must be a
//! quorum of none, its own belief included. A joint configuration needs a majority of both its halves. A voter that is no node
//! of the record may have voted, and cannot be known to be up.

use std::collections::BTreeSet;

use history::event::Life;
use history::{Evidence, Header, Name, Span, VotersEvent};

use super::timeline::{Timeline, Tri};

/// So many configurations are told apart; a record with more of them knows none.
const MOST: usize = 64;

/// A set of voters of which a majority must agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Half {
    /// Those that are nodes of the record, by number, in order.
    pub nodes: Vec<usize>,
    /// How many are not.
    pub others: usize,
}

impl Half {
    fn new(names: &[Name], nodes: usize) -> Self {
        let mut own: Vec<usize> = names.iter().map(|name| name.0 as usize).filter(|&name| name < nodes).collect();
        own.sort_unstable();
        own.dedup();
        let others: BTreeSet<Name> = names.iter().copied().filter(|name| name.0 as usize >= nodes).collect();
        Self { nodes: own, others: others.len() }
    }

    /// How many vote.
    pub fn size(&self) -> usize {
        self.nodes.len() + self.others
    }

    /// How many are a majority.
    pub fn majority(&self) -> usize {
        self.size() / 2 + 1
    }

    fn agrees(&self, has: &impl Fn(usize) -> bool, others: bool) -> bool {
        let given = self.nodes.iter().filter(|&&node| has(node)).count();
        given + if others { self.others } else { 0 } >= self.majority()
    }
}

/// A configuration: one set of voters, or two while it changes (joint consensus).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Those that vote.
    pub voters: Half,
    /// Those that voted before and must agree as well.
    pub outgoing: Option<Half>,
}

impl Config {
    /// The halves: one, or two of a joint configuration.
    pub fn halves(&self) -> impl Iterator<Item = &Half> {
        std::iter::once(&self.voters).chain(&self.outgoing)
    }

    /// A node votes in it.
    pub fn has(&self, node: usize) -> bool {
        self.halves().any(|half| half.nodes.binary_search(&node).is_ok())
    }

    /// Somebody votes in it who is no node of the record.
    pub fn has_others(&self) -> bool {
        self.halves().any(|half| half.others > 0)
    }

    /// Those that `has` accepts are a quorum; `others`: so does everybody who is no node of the record.
    pub fn quorum(&self, has: impl Fn(usize) -> bool, others: bool) -> bool {
        self.halves().all(|half| half.agrees(&has, others))
    }
}

/// Which configurations may be in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Configurations {
    /// One that the record does not tell of may be.
    pub unknown: bool,
    /// Those that may be, a bit for each of [`Membership::configs`].
    bits: u64,
}

impl Configurations {
    const NONE: Self = Self { unknown: false, bits: 0 };
    const UNKNOWN: Self = Self { unknown: true, bits: 0 };

    fn one(config: usize) -> Self {
        Self { unknown: false, bits: 1 << config }
    }

    /// What may be in force here or there.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { unknown: self.unknown || other.unknown, bits: self.bits | other.bits }
    }
}

/// The voters, over time.
#[derive(Debug)]
pub struct Membership {
    /// All configurations that the record tells of.
    configs: Vec<Config>,
    /// What measures go by where it is not known who votes: all nodes.
    assumed: Config,
    /// Which may be in force in the cluster.
    in_force: Timeline<Configurations>,
    /// What each node may believe.
    beliefs: Vec<Timeline<Configurations>>,
}

/// What is told of the voters, while the record is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Beliefs {
    nodes: Vec<Vec<Told>>,
    /// What those said who are no nodes of the record, and of whose lives nothing is known.
    others: Vec<Told>,
}

/// One line about one node's belief, or about the end of what is known of it.
#[derive(Debug, Clone)]
enum Told {
    Believes(VotersEvent),
    /// It died.
    Dies(Span),
    /// Lines of it were lost.
    Loses(Span),
}

impl Beliefs {
    pub(crate) fn new(nodes: usize) -> Self {
        Self { nodes: vec![Vec::new(); nodes], others: Vec::new() }
    }

    /// A node says what it believes.
    pub(crate) fn told(&mut self, event: &VotersEvent) {
        let told = self.nodes.get_mut(event.node.0 as usize).unwrap_or(&mut self.others);
        told.push(Told::Believes(event.clone()));
    }

    /// Something became of a node's process. Only what comes after a line of it matters.
    pub(crate) fn lived(&mut self, node: Name, what: &Life, span: Span) {
        let Some(told) = self.nodes.get_mut(node.0 as usize) else { return };
        match (what, told.last()) {
            (Life::Exit { .. } | Life::Start, Some(Told::Believes(_) | Told::Loses(_))) => told.push(Told::Dies(span)),
            (Life::Gap, Some(Told::Believes(_))) => told.push(Told::Loses(span)),
            _ => {}
        }
    }
}

/// What is known beside the lines of type `voters`.
pub(crate) struct Known<'a> {
    pub(crate) header: &'a Header,
    /// Somebody is named who is no node of the record: where the header does not list the voters, he may be one.
    pub(crate) strangers: bool,
    /// For each node when there was a process.
    pub(crate) alive: &'a [Timeline<Tri>],
    /// For each node: nothing was before its first line.
    pub(crate) born: &'a [bool],
}

impl Membership {
    pub(crate) fn new(beliefs: &Beliefs, known: &Known<'_>) -> Self {
        let names = history::Names::of(known.header);
        let nodes = known.header.nodes.len();
        let assumed = Config { voters: Half { nodes: (0..nodes).collect(), others: 0 }, outgoing: None };
        let mut configs: Vec<Config> = Vec::new();
        let listed = known.header.listed_voters().filter(|_| known.header.voters.is_some() || !known.strangers);
        let initial = listed.map_or(Configurations::UNKNOWN, |voters| {
            let voters: Vec<Name> = voters.iter().filter_map(|voter| names.get(voter)).collect();
            configs.push(Config { voters: Half::new(&voters, nodes), outgoing: None });
            Configurations::one(0)
        });
        let told: Vec<Vec<Step>> = beliefs.nodes.iter().map(|told| steps(told, nodes, &mut configs)).collect();
        let others = steps(&beliefs.others, nodes, &mut configs);
        let silent = told.iter().all(Vec::is_empty) && others.is_empty();
        let all = (0..configs.len()).fold(initial, |all, config| all.or(Configurations::one(config)));
        let untold = |born: bool| if born { Configurations::NONE } else { Configurations::UNKNOWN };
        let beliefs: Vec<Timeline<Configurations>> = told
            .iter()
            .zip(known.born)
            .enumerate()
            .map(|(node, (steps, &born))| match steps.as_slice() {
                // Who stands for election although the header does not list it believes another list.
                _ if silent && !configs.is_empty() && !configs.iter().any(|config| config.has(node)) => {
                    Timeline::constant(Configurations::UNKNOWN)
                }
                _ if silent => Timeline::constant(initial),
                [] => Timeline::constant(all.or(untold(born))),
                steps => belief(steps, initial.or(untold(born)), all),
            })
            .collect();
        let in_force = if silent { Timeline::constant(initial) } else { union(&beliefs, known.alive, &others) };
        Self { configs, assumed, in_force, beliefs }
    }

    /// Which configurations may be in force, over time.
    pub fn in_force(&self) -> &Timeline<Configurations> {
        &self.in_force
    }

    /// Which configurations may be in force at some instant of `[from, to]`, or be what `node` believes then.
    pub fn of(&self, node: usize, from: u64, to: u64) -> Configurations {
        let until = to.saturating_add(1);
        let own = self.beliefs.get(node).into_iter().flat_map(|own| own.between(from, until));
        let all = self.in_force.between(from, until).chain(own);
        all.map(|(_, _, in_force)| in_force).fold(Configurations::NONE, Configurations::or)
    }

    /// The configurations of a set.
    pub fn configs(&self, of: Configurations) -> impl Iterator<Item = &Config> {
        self.configs.iter().enumerate().filter(move |(at, _)| of.bits & (1 << at) != 0).map(|(_, config)| config)
    }

    /// A leader is owed: those that `has` accepts are a quorum of every configuration that may be in force.
    pub fn owed(&self, of: Configurations, has: impl Fn(usize) -> bool) -> bool {
        !of.unknown && of.bits != 0 && self.configs(of).all(|config| config.quorum(&has, false))
    }

    /// Nobody can have been elected: those that `could` accepts are a quorum of no configuration that may be in force, even with
    /// everybody who is no node of the record.
    pub fn denied(&self, of: Configurations, could: impl Fn(usize) -> bool) -> bool {
        !of.unknown && of.bits != 0 && !self.configs(of).any(|config| config.quorum(&could, true))
    }

    /// As [`Self::owed`], for measures: where it is not known who votes, all nodes do.
    pub fn led(&self, of: Configurations, has: impl Fn(usize) -> bool) -> bool {
        if of.unknown || of.bits == 0 { self.assumed.quorum(has, false) } else { self.owed(of, has) }
    }

    /// As the opposite of [`Self::denied`], for measures.
    pub fn possible(&self, of: Configurations, could: impl Fn(usize) -> bool) -> bool {
        of.unknown || of.bits == 0 || self.configs(of).any(|config| config.quorum(&could, true))
    }

    /// Those that vote in some configuration that may be in force; all nodes where it is not known.
    pub fn voters(&self, of: Configurations) -> BTreeSet<usize> {
        if of.unknown || of.bits == 0 {
            return self.assumed.voters.nodes.iter().copied().collect();
        }
        self.configs(of).flat_map(Config::halves).flat_map(|half| half.nodes.iter().copied()).collect()
    }

    /// Somebody may vote who is no node of the record.
    pub fn has_others(&self, of: Configurations) -> bool {
        of.unknown || of.bits == 0 || self.configs(of).any(Config::has_others)
    }

    /// A node that votes in none of them may stand for election all the same: it may believe that it votes, as one that was
    /// removed and has not heard of it. Where all nodes believe the one that is in force, none does.
    pub fn may_be_disturbed(&self, of: Configurations) -> bool {
        of.unknown || of.bits.count_ones() != 1 || self.configs.iter().any(Config::has_others)
    }

    /// Whether a node may be the only one that votes.
    pub fn may_be_alone(&self, of: Configurations, node: usize) -> bool {
        let alone = |config: &Config| config.quorum(|other| other == node, true);
        of.unknown || of.bits == 0 || self.configs(of).any(alone)
    }
}

/// A change of what is known of one node's belief.
#[derive(Debug, Clone, Copy)]
struct Step {
    span: Span,
    /// What it believes from then on; none: any that the record knows of, because it died or lost lines.
    believes: Option<Configurations>,
    /// It was only seen to believe it, and may have come to do so at any time since the step before.
    sampled: bool,
}

fn steps(told: &[Told], nodes: usize, configs: &mut Vec<Config>) -> Vec<Step> {
    if !told.iter().any(|told| matches!(told, Told::Believes(_))) {
        return Vec::new();
    }
    let mut steps = Vec::with_capacity(told.len());
    for told in told {
        steps.push(match told {
            Told::Dies(span) | Told::Loses(span) => Step { span: *span, believes: None, sampled: false },
            Told::Believes(event) => {
                let believes = event.voters.as_ref().map_or(Configurations::UNKNOWN, |voters| {
                    let outgoing = (!event.outgoing.is_empty()).then(|| Half::new(&event.outgoing, nodes));
                    number(configs, Config { voters: Half::new(voters, nodes), outgoing })
                });
                let sampled = event.evidence == Evidence::Sampled;
                Step { span: event.span, believes: Some(believes), sampled }
            }
        });
    }
    steps
}

fn number(configs: &mut Vec<Config>, config: Config) -> Configurations {
    match configs.iter().position(|known| *known == config) {
        Some(at) => Configurations::one(at),
        None if configs.len() == MOST => Configurations::UNKNOWN,
        None => {
            configs.push(config);
            Configurations::one(configs.len() - 1)
        }
    }
}

/// What one node may believe over time.
fn belief(steps: &[Step], initial: Configurations, all: Configurations) -> Timeline<Configurations> {
    // Step k may hold from its own earliest instant to the latest of the next one.
    let mut pieces: Vec<(u64, u64, Configurations)> = Vec::with_capacity(steps.len() + 1);
    let mut before = (0, initial);
    for step in steps {
        let now = step.believes.unwrap_or(all);
        pieces.push((before.0, step.span.latest.saturating_add(1), before.1));
        if step.sampled && now != before.1 {
            // Between the two it may have believed something that nobody saw.
            pieces.push((before.0, step.span.latest.saturating_add(1), Configurations::UNKNOWN));
        }
        before = (step.span.earliest, now);
    }
    pieces.push((before.0, u64::MAX, before.1));
    merge(&pieces)
}

/// What may be in force in the cluster: what somebody who may be alive may believe.
fn union(beliefs: &[Timeline<Configurations>], alive: &[Timeline<Tri>], others: &[Step]) -> Timeline<Configurations> {
    let lasting = others.iter().filter_map(|step| Some((step.span.earliest, u64::MAX, step.believes?)));
    let mut pieces: Vec<(u64, u64, Configurations)> = lasting.collect();
    for (belief, alive) in beliefs.iter().zip(alive) {
        for (from, to, alive) in alive.between(0, u64::MAX) {
            if alive.possible() {
                pieces.extend(belief.between(from, to));
            }
        }
    }
    merge(&pieces)
}

/// At each instant all that one of the pieces says.
fn merge(pieces: &[(u64, u64, Configurations)]) -> Timeline<Configurations> {
    let mut marks: Vec<(u64, bool, Configurations)> = Vec::with_capacity(2 * pieces.len());
    for &(from, to, value) in pieces.iter().filter(|(from, to, _)| from < to) {
        marks.extend([(from, true, value), (to, false, value)]);
    }
    marks.sort_unstable();
    let mut held = [0_u32; MOST];
    let mut unknown = 0_u32;
    let mut timeline = Timeline::constant(Configurations::NONE);
    let mut at = 0;
    while at < marks.len() {
        let instant = marks[at].0;
        if instant == u64::MAX {
            break;
        }
        while let Some(&(_, begins, value)) = marks.get(at).filter(|mark| mark.0 == instant) {
            let change = |count: &mut u32| *count = if begins { *count + 1 } else { *count - 1 };
            if value.unknown {
                change(&mut unknown);
            }
            (0..MOST).filter(|config| value.bits & (1 << config) != 0).for_each(|config| change(&mut held[config]));
            at += 1;
        }
        let bits = (0..MOST).filter(|&config| held[config] > 0).fold(0, |bits, config| bits | 1 << config);
        timeline.push(instant, Configurations { unknown: unknown > 0, bits });
    }
    timeline
}
