//! What `chaos` may draw from, and what one run of it does draw from.
//!
//! *Swarm testing* (Groce and others, 2012): a run that may use every feature uses each only a little, and faults that undo each
//! other hide bugs. Where everything is restarted all the time, nothing stays paused for long. So each run draws from a random
//! subset of the kinds, shapes and effects, with random weights, and many runs together cover what no single one does. The kind
//! and the shape whose turn it is by the seed are always in. So as many consecutive seeds as there are kinds use them all.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;

use super::super::{Request, RequestError};
use crate::draw;
use crate::fault::{Descriptor, FaultKind, KINDS, Need};
use crate::shape::Shape;

/// How likely a kind, shape or effect is in the subset of a run, in percent.
const IN_SWARM: u64 = 60;

/// The effects there are; the first two are drawn unless left out.
const EFFECTS: [&str; 8] = ["delay", "jitter", "rate", "loss", "duplicate", "reorder", "corrupt", "mended"];

/// What a request allows to be drawn.
struct Palette {
    kinds: Vec<FaultKind>,
    effects: Vec<&'static str>,
    /// Words that the user added: always in the swarm.
    added: BTreeSet<&'static str>,
}

impl Palette {
    /// Every kind that every network can do, delays where this one can delay, plus and minus what the user says.
    fn of(request: &Request) -> Result<Self, RequestError> {
        let linked = request.nodes.len() > 1;
        let can = |effect: &str| linked && request.capabilities.degrade.contains(network_word(effect));
        let drawn_unasked = |kind: &&Descriptor| match kind.needs {
            None => true,
            Some(Need::Cut) => linked && request.capabilities.cut,
            // Its effects are asked for one by one.
            Some(Need::Degrade) => false,
            Some(Need::Disk) => request.capabilities.disks,
        };
        let defaults = KINDS.iter().filter(|kind| kind.by_default).filter(drawn_unasked);
        let mut words: BTreeSet<&'static str> = defaults.map(|kind| kind.word).collect();
        words.extend(EFFECTS[..2].iter().filter(|effect| can(effect)));
        let mut added = BTreeSet::new();
        for given in &request.parameters.faults {
            let (name, adds) = match given.strip_prefix('-') {
                Some(name) => (name, false),
                None => (given.strip_prefix('+').unwrap_or(given), true),
            };
            let word = known().find(|word| *word == name).ok_or_else(|| unknown(name))?;
            let needs_cut = Descriptor::of(word).needs == Some(Need::Cut);
            let cannot = (needs_cut && !request.capabilities.cut) || (EFFECTS.contains(&word) && !can(word));
            if !adds {
                words.remove(word);
            } else if Descriptor::of(word).needs == Some(Need::Disk) && !request.capabilities.disks {
                return Err(RequestError::NoDisks { given: format!("--faults +{word}") });
            } else if cannot {
                return Err(RequestError::NetworkCannot { given: word.to_owned() });
            } else {
                words.insert(word);
                added.insert(word);
            }
        }
        let effects: Vec<&'static str> = EFFECTS.into_iter().filter(|effect| words.contains(effect)).collect();
        let drawn = |(word, kind): &(&str, FaultKind)| match kind {
            FaultKind::Degrade => !effects.is_empty(),
            _ => words.contains(word),
        };
        let kinds: Vec<FaultKind> = FaultKind::all().filter(drawn).map(|(_, kind)| kind).collect();
        if !kinds.iter().any(|kind| takes_away(*kind)) {
            return Err(RequestError::NothingLeft);
        }
        Ok(Self { kinds, effects, added })
    }

    fn asked_for(&self, kind: FaultKind) -> bool {
        match kind {
            FaultKind::Degrade => EFFECTS.iter().any(|effect| self.added.contains(effect)),
            _ => self.added.contains(kind.word()),
        }
    }
}

/// What the network calls it: a mended checksum is a way to corrupt.
fn network_word(effect: &str) -> &str {
    if effect == "mended" { "corrupt" } else { effect }
}

/// The words that `--faults` knows. `degrade` is not one: its effects are.
fn known() -> impl Iterator<Item = &'static str> {
    let kinds = FaultKind::all().filter(|(_, kind)| *kind != FaultKind::Degrade).map(|(word, _)| word);
    kinds.chain(EFFECTS)
}

fn unknown(given: &str) -> RequestError {
    let mut words: Vec<&str> = known().collect();
    words.sort_by_key(|word| strsim::levenshtein(given, word));
    RequestError::UnknownFault { given: given.to_owned(), known: words.join(", ") }
}

/// A fault of this kind makes a leader unable to lead, for certain.
fn takes_away(kind: FaultKind) -> bool {
    let kind = kind.descriptor();
    kind.takes_leader && kind.aimed && kind.breaks.is_none()
}

/// What one run draws from.
pub(super) struct Swarm {
    kinds: Vec<(FaultKind, u32)>,
    shapes: Vec<(Shape, u32)>,
    effects: Vec<&'static str>,
    used: BTreeSet<FaultKind>,
    /// Links may be cut, whether or not this run draws cuts.
    cuts_allowed: bool,
    /// The kind whose turn it is and those that the user asked for: drawn before all others.
    due: Vec<FaultKind>,
}

impl Swarm {
    pub(super) fn draw(request: &Request, rng: &mut ChaCha8Rng) -> Result<Self, RequestError> {
        let palette = Palette::of(request)?;
        let shapes: Vec<Shape> =
            Shape::ALL.into_iter().filter(|shape| shape.least_nodes() <= request.nodes.len()).collect();
        let mut kinds = subset(&palette.kinds, request.seed, |kind| palette.asked_for(*kind), rng);
        if !kinds.iter().any(|(kind, _)| takes_away(*kind)) {
            let takers: Vec<FaultKind> = palette.kinds.iter().copied().filter(|kind| takes_away(*kind)).collect();
            kinds.extend(draw::pick(rng, &takers).map(|kind| (*kind, 1)));
        }
        let asked = palette.kinds.iter().copied().filter(|kind| palette.asked_for(*kind));
        let due = asked.chain(turn(&palette.kinds, request.seed)).collect();
        let effects = subset(&palette.effects, request.seed, |effect| palette.added.contains(effect), rng);
        Ok(Self {
            kinds,
            shapes: subset(&shapes, request.seed, |_| false, rng),
            effects: effects.into_iter().map(|(effect, _)| effect).collect(),
            used: BTreeSet::new(),
            cuts_allowed: palette.kinds.contains(&FaultKind::Cut),
            due,
        })
    }

    pub(super) fn has(&self, kind: FaultKind) -> bool {
        self.kinds.iter().any(|(member, _)| *member == kind)
    }

    pub(super) fn cuts_allowed(&self) -> bool {
        self.cuts_allowed
    }

    pub(super) fn effects(&self) -> &[&'static str] {
        &self.effects
    }

    pub(super) fn shape(&self, rng: &mut ChaCha8Rng) -> Shape {
        draw::weighted(rng, &self.shapes).cloned().unwrap_or(Shape::Isolate)
    }

    /// How many kinds have to be drawn at least, for this run to use those that it must.
    pub(super) fn due(&self) -> u64 {
        self.due.len() as u64
    }

    /// A kind by weight, but first those that are due, and then those that this run has not used yet.
    pub(super) fn kind(&mut self, rng: &mut ChaCha8Rng) -> FaultKind {
        if let Some(kind) = self.due.pop() {
            self.used.insert(kind);
            return kind;
        }
        let fresh: Vec<_> = self.kinds.iter().filter(|(kind, _)| !self.used.contains(kind)).cloned().collect();
        let among = if fresh.is_empty() { &self.kinds } else { &fresh };
        let kind = draw::weighted(rng, among).copied().unwrap_or(FaultKind::Kill);
        self.used.insert(kind);
        kind
    }

    /// A kind that takes a node away for certain, by weight.
    pub(super) fn taker(&mut self, rng: &mut ChaCha8Rng) -> FaultKind {
        let takers: Vec<_> = self.kinds.iter().filter(|(kind, _)| takes_away(*kind)).cloned().collect();
        let kind = draw::weighted(rng, &takers).copied().unwrap_or(FaultKind::Kill);
        self.used.insert(kind);
        kind
    }
}

/// Some of these, with weights from 1 to 4: each by chance, the one whose turn it is by the seed and those `sure` always.
fn subset<T: Clone>(all: &[T], seed: u64, sure: impl Fn(&T) -> bool, rng: &mut ChaCha8Rng) -> Vec<(T, u32)> {
    let turn = turn(&(0..all.len()).collect::<Vec<_>>(), seed);
    let mut drawn = Vec::new();
    for (place, item) in all.iter().enumerate() {
        let (chosen, weight) = (draw::chance(rng, IN_SWARM), draw::between(rng, 1, 4));
        if chosen || turn == Some(place) || sure(item) {
            drawn.push((item.clone(), u32::try_from(weight).unwrap_or(1)));
        }
    }
    drawn
}

/// The one whose turn it is by the seed.
fn turn<T: Copy>(all: &[T], seed: u64) -> Option<T> {
    let place = seed.checked_rem(all.len() as u64)?;
    all.get(usize::try_from(place).ok()?).copied()
}
