//! The judges: one checker a file, each fed event by event.
//!
//! A checker sees every line of a history once, in the order that the recorder fixed, and knows nothing else. The
//! same code judges while the run goes on and years later from the file; [`Panel`] holds the checkers in both cases
//! and [`judge_file`] is the second.
//!
//! Nothing here looks at a clock or at the cluster. What a checker cannot know it calls possible, and only what no
//! reading of the history allows is `invalid`. Each checker's file begins with its definition.

pub mod assumptions;
mod circumstances;
pub mod coverage;
mod descriptor;
mod drawn;
pub mod election_safety;
pub mod final_leader;
mod finding;
pub mod harness_health;
pub mod lawful_transitions;
pub mod leader_agreement;
pub mod leader_has_majority;
pub mod leader_log;
pub mod message_budget;
pub mod no_leader_without_quorum;
mod open;
pub mod process;
mod prose;
pub mod re_election;
pub mod stability;
mod streams;
mod sum_up;
pub mod term_monotonic;
mod until;
pub mod vote_once;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use assumptions::{Breach, Broken};
pub use descriptor::{Descriptor, Make};
pub use drawn::WholePicture;
pub use until::{NoChecker, Until};

use crate::measure;
use crate::world::World;
use crate::world::fault::InForce;
use history::finding::Kind;
use history::lines::{Found, Lines};
use history::verdict::{HistoryFacts, Judgement, Outcome, Violation};
use history::{Body, Event, Evidence, Header, HistoryError, Names, Reader};
use open::Open;

/// All checkers, in the order in which they judge and are listed. The order of kinds matters: checkers of the run itself
/// hear what those before them said.
pub const CHECKERS: &[&Descriptor] = &[
    &election_safety::CHECKER,
    &term_monotonic::CHECKER,
    &vote_once::CHECKER,
    &leader_has_majority::CHECKER,
    &leader_agreement::CHECKER,
    &lawful_transitions::CHECKER,
    &no_leader_without_quorum::CHECKER,
    &leader_log::CHECKER,
    &re_election::CHECKER,
    &stability::CHECKER,
    &message_budget::CHECKER,
    &final_leader::CHECKER,
    &coverage::CHECKER,
    &harness_health::CHECKER,
    &process::CHECKER,
];

/// The checkers of safety.
pub const SAFETY: [&str; descriptor::count(Kind::Safety)] = descriptor::names(Kind::Safety);

/// The checkers of liveness.
pub const LIVENESS: [&str; descriptor::count(Kind::Liveness)] = descriptor::names(Kind::Liveness);

/// The checkers of the run itself. They are no claims of a system and are always asked.
pub const TRUST: [&str; descriptor::count(Kind::Trust)] = descriptor::names(Kind::Trust);

/// One checker. It sees every event once, in the order of the history, live or offline.
pub trait Checker: Send + Duplicate {
    /// Its name, as its descriptor has it.
    fn name(&self) -> &'static str;

    /// Takes one event into account.
    fn feed(&mut self, event: &Event);

    /// It concludes nothing from an observation that is no atomic evidence, and is fed with none.
    fn is_blind_to_samples(&self) -> bool {
        false
    }

    /// What the checkers before it said. Called once, before [`Self::finish`].
    fn hear(&mut self, _others: &[Judgement]) {}

    /// Says what it found. Called once, after the last event.
    fn finish(&mut self, names: &Names) -> Judgement;

    /// Takes the picture of the run from this place, if it judges that or asks it something. Called before [`Self::finish`].
    fn look_at(&mut self, _picture: &WholePicture) {}

    /// Whether a node's lost memory can have caused this violation, which is not from before it. By default, if
    /// the node is among those that the violation concerns.
    fn could_be_caused(&self, by: &Broken, violation: &Violation, names: &Names) -> bool {
        violation.nodes.iter().any(|node| by.concerns(node, names))
    }
}

/// The checkers themselves, in order.
fn checkers_for(header: &Header, whole: &drawn::WholePicture) -> Vec<Box<dyn Checker>> {
    let judge = |checker: &&'static Descriptor| match checker.make {
        Make::Fed(make) => make(header),
        Make::Drawn(judge) | Make::Claimed(judge, _) => {
            Box::new(drawn::Drawn { name: checker.name, judge, whole: whole.clone() })
        }
    };
    let owed = |checker: &&&Descriptor| match checker.make {
        Make::Claimed(_, is_claimed) => is_claimed(&header.claims),
        Make::Fed(_) | Make::Drawn(_) => true,
    };
    CHECKERS.iter().filter(owed).map(judge).collect()
}

/// A checker can be copied as it stands, so that it can be asked what it would say while the run goes on. Every checker that
/// is `Clone` is this.
pub trait Duplicate {
    /// A copy.
    fn duplicate(&self) -> Box<dyn Checker>;
}

impl<T: Checker + Clone + 'static> Duplicate for T {
    fn duplicate(&self) -> Box<dyn Checker> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Checker> {
    fn clone(&self) -> Self {
        (**self).duplicate()
    }
}

/// Judges a history that is fed to it event by event.
#[derive(Clone)]
pub struct Panel {
    header: Header,
    checkers: Vec<Box<dyn Checker>>,
    /// The places of those that see samples.
    polled: Vec<usize>,
    assumptions: assumptions::Assumptions,
    world: World,
    whole: drawn::WholePicture,
    facts: HistoryFacts,
    open: Open,
    atomic: bool,
}

impl Panel {
    /// All checkers that the header's claims ask for.
    pub fn new(header: &Header) -> Self {
        // A system that promises no standing leader is held to none; the checkers of the run itself are always asked.
        let claims = &header.claims;
        let asked = |name: &str| match &claims.judged {
            _ if TRUST.contains(&name) => true,
            _ if claims.occasional_leaders && LIVENESS.contains(&name) => false,
            Some(judged) => judged.iter().any(|word| word == name),
            None => true,
        };
        let whole = drawn::WholePicture::default();
        let mut checkers = checkers_for(header, &whole);
        checkers.retain(|checker| asked(checker.name()));
        checkers.iter_mut().for_each(|checker| checker.look_at(&whole));
        let polled = (0..checkers.len()).filter(|at| !checkers[*at].is_blind_to_samples()).collect();
        Self {
            header: header.clone(),
            checkers,
            polled,
            assumptions: assumptions::Assumptions::new(header),
            world: World::new(header),
            whole,
            facts: HistoryFacts::default(),
            open: Open::new(header),
            atomic: false,
        }
    }

    /// Hands an event to every checker. Events come in the order of the history.
    pub fn feed(&mut self, event: &Event) {
        self.facts.events += 1;
        self.facts.length = self.facts.length.max(event.t);
        match &event.body {
            Body::End { reason } => {
                self.facts.ended = true;
                self.facts.end_reason = Some(reason.clone());
            }
            Body::Observe(seen) if seen.evidence == Evidence::Atomic => {
                self.atomic |= seen.role.is_some() || seen.term.is_some();
            }
            _ => {}
        }
        self.open.feed(event);
        self.assumptions.feed(event);
        self.world.feed(event);
        // Of whom there is no record nobody is accused.
        if self.open.is_about_a_stranger(event) {
            return;
        }
        if let Body::Observe(seen) = &event.body
            && let Some(gap) = seen.gap()
        {
            self.hand_on(&Event { body: Body::Node(gap), ..*event });
        }
        self.hand_on(event);
    }

    fn hand_on(&mut self, event: &Event) {
        match &event.body {
            Body::Observe(seen) if seen.evidence == Evidence::Sampled => {
                self.polled.iter().for_each(|&at| self.checkers[at].feed(event));
            }
            _ => self.checkers.iter_mut().for_each(|checker| checker.feed(event)),
        }
    }

    /// What they would say if the history ended here. More is fed afterwards as before. Lines of faults and of ends of
    /// processes are written a moment after the fact, so a finding that is made for the first time may yet be withdrawn.
    pub fn so_far(&self, names: &Names) -> Outcome {
        let mut copy = self.clone();
        copy.whole = drawn::WholePicture::default();
        for checker in &mut copy.checkers {
            checker.look_at(&copy.whole);
        }
        copy.finish(names, false)
    }

    /// Merges what they say. `names` are those of the [`Reader`] or [`Decoder`](history::Decoder) that the
    /// events came from; `torn` says whether the last line was torn. The evidence has line numbers but no text yet:
    /// see [`quote`].
    pub fn finish(mut self, names: &Names, torn: bool) -> Outcome {
        self.facts.torn = torn;
        let open = self.open.reservations(names);
        self.world.name_strangers(names);
        let world = self.world;
        let picture = self.whole.get_or_init(|| world.close());
        let safety = self.atomic && self.checkers.iter().any(|checker| SAFETY.contains(&checker.name()));
        let mut judgements: Vec<Judgement> = Vec::with_capacity(self.checkers.len());
        // What a checker remembers goes with it.
        for mut checker in self.checkers {
            checker.hear(&judgements);
            let mut judgement = checker.finish(names).watching(Descriptor::kind_of(checker.name()));
            self.assumptions
                .temper(&mut judgement, |broken, violation| checker.could_be_caused(broken, violation, names));
            judgements.push(judgement);
        }
        in_force(&mut judgements, &InForce::new(&picture.faults));
        judgements.extend(sum_up::not_checkers(&self.header));
        let measures = measure::measure(picture);
        sum_up::outcome(&self.header, self.facts, open, safety, judgements, measures)
    }
}

/// Judges all that a reader holds. The evidence has line numbers but no text yet: see [`quote`].
///
/// # Errors
/// A line of the history is not an event, or reading fails.
pub fn judge<R: Read>(mut reader: Reader<R>) -> Result<Outcome, HistoryError> {
    let mut panel = Panel::new(reader.header());
    while let Some(event) = reader.lend()? {
        panel.feed(event);
    }
    let (names, torn) = (reader.names().clone(), reader.torn());
    // What it remembers of the lines takes room.
    drop(reader);
    Ok(panel.finish(&names, torn))
}

/// Judges a history file, and quotes the lines that are evidence.
///
/// # Errors
/// The file cannot be read or is not a history.
pub fn judge_file(path: &Path) -> Result<Outcome, HistoryError> {
    let mut outcome = judge(Reader::new(open(path)?)?)?;
    quote(&mut outcome, path)?;
    Ok(outcome)
}

/// Fills in the text of the lines that an outcome gives as evidence.
///
/// # Errors
/// The file cannot be read.
pub fn quote(outcome: &mut Outcome, path: &Path) -> Result<(), HistoryError> {
    let mut wanted: BTreeMap<u64, String> = BTreeMap::new();
    for evidence in all_evidence(outcome) {
        wanted.insert(evidence.line, String::new());
    }
    let Some(last) = wanted.keys().next_back().copied() else { return Ok(()) };
    let mut lines = Lines::new(open(path)?);
    for line in 1..=last {
        if lines.read().map_err(|source| HistoryError::Io { line, source })? == Found::Nothing {
            break;
        }
        if let Some(text) = wanted.get_mut(&line) {
            *text = String::from_utf8_lossy(lines.bytes()).trim_end().to_owned();
        }
    }
    for evidence in all_evidence(outcome) {
        if let Some(text) = wanted.get(&evidence.line) {
            evidence.text.clone_from(text);
        }
    }
    Ok(())
}

/// Says of every violation which kinds of faults may have been in force.
fn in_force(judgements: &mut [Judgement], faults: &InForce<'_>) {
    for violation in judgements.iter_mut().flat_map(|judgement| &mut judgement.violations) {
        violation.faults = faults.during(violation.span);
    }
}

fn all_evidence(outcome: &mut Outcome) -> impl Iterator<Item = &mut history::verdict::Evidence> {
    outcome
        .checkers
        .iter_mut()
        .flat_map(|judgement| judgement.violations.iter_mut())
        .flat_map(|violation| violation.evidence.iter_mut())
}

fn open(path: &Path) -> Result<File, HistoryError> {
    File::open(path).map_err(|source| HistoryError::Open { path: path.to_owned(), source })
}
