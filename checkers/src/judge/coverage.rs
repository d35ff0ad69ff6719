//! **coverage**: `unknown` when the run did not do what its workload declares that it requires.
//!
//! A run that passes because nothing happened proves nothing. A workload therefore declares the least that a run of
//! it must show (`coverage` in the header): faults installed, leaders hit by one, terms that got a leader, re-election
//! windows passed, expectations met, and cuts that were proved by counters. A fault that was skipped was not injected,
//! and a cut of which no counter tells, or during which a byte passed, was not a cut; nor is it certain that one was where no
//! link of it carried anything at any time, for what nodes say to each other may then go another way.
//!
//! A pause during which the process wrote or answered did not hold, and counts as none.
//!
//! A leader was hit if a node whose last shown role was leader when the fault began is among the fault's nodes, or,
//! for faults of links, at an end of one of its links. Coverage accuses nobody, so any observer will do.
//!
//! **Occasional leaders.** Workloads are written for leaders that stand: "a leader is there again", "the leader is cut
//! off". A system whose leaders lead only while there is something to do (`occasional-leaders` of its claims, such as
//! Redis Sentinel) owes none of that, at any time, so its runs are not held to expectations, windows and hits, nor to
//! faults that wait for a leader or are aimed at one. It must not follow that its runs need show nothing, for there
//! is one thing they are about: elections under faults. So what is asked for instead is stricter than for others: a fault
//! was installed, and after it began as many terms got a leader as the workload wants elections beside the first (one
//! at least), each shown by atomic evidence, since a poll of such a leader proves nothing about who was elected.

use std::collections::{BTreeMap, BTreeSet};

use workloads::{Coverage, fault};

use super::drawn::WholePicture;
use super::finding::Findings;
use super::{Checker, Descriptor, Kind, Make};
use crate::world::index::Least;
use history::finding::Lack;
use history::finding::trust::Statement;
use history::verdict::{Judgement, Verdict};
use history::{Body, Event, Evidence, FaultEvent, Header, Installed, Name, Names, Observation, Role, Span, Stage};

/// The checker's name.
pub const NAME: &str = "coverage";

/// What is to be known of it.
pub const CHECKER: Descriptor = Descriptor {
    name: NAME,
    kind: Kind::Trust,
    needs: "what the workload requires, in the header",
    claims: "the run did what its workload requires",
    told_first: false,
    make: Make::Fed(|header| Box::new(Covered::new(header))),
};

/// The checker; its definition is the module's.
#[derive(Debug, Clone)]
pub struct Covered {
    required: Option<Coverage>,
    /// The system is judged by `re-election`, so that there are windows to be passed.
    windows_owed: bool,
    /// The system's leaders lead on occasion: nothing is owed that needs one to stand.
    occasional: bool,
    /// When the first fault that was installed began.
    first_fault: Option<u64>,
    /// Terms that atomic evidence shows to have got a leader after that.
    led_after: BTreeSet<u64>,
    tenures: Vec<Tenure>,
    /// Terms with a leader; a set, because observers repeat themselves.
    led: BTreeSet<u64>,
    last_led: Option<u64>,
    faults: u32,
    leader_hits: u32,
    met: u32,
    unmet: u32,
    cuts: BTreeMap<u32, Cut>,
    /// What the counters of cut links said: when, and how much passed.
    counted: BTreeMap<(Name, Name), Vec<(Span, u64)>>,
    /// Links that carried something at some time.
    used: BTreeSet<(Name, Name)>,
    windows: u64,
    /// The pauses that were installed, and whether each hit a leader.
    pauses: Vec<(u32, bool)>,
    whole: WholePicture,
}

/// When a node was last seen to lead.
#[derive(Debug, Clone, Copy, Default)]
struct Tenure {
    /// An atomic observer watches it; what polls show of its role is then not needed.
    atomic: bool,
    since: Option<u64>,
    until: Option<u64>,
}

#[derive(Debug, Clone)]
struct Cut {
    links: Vec<(Name, Name)>,
    from: u64,
    until: u64,
}

impl Covered {
    /// The checker before the first event.
    pub fn new(header: &Header) -> Self {
        let judged = header.claims.judged.as_ref();
        Self {
            required: header.coverage,
            windows_owed: judged.is_none_or(|judged| judged.iter().any(|word| word == super::re_election::NAME)),
            occasional: header.claims.occasional_leaders,
            first_fault: None,
            led_after: BTreeSet::new(),
            tenures: Vec::new(),
            led: BTreeSet::new(),
            last_led: None,
            faults: 0,
            leader_hits: 0,
            met: 0,
            unmet: 0,
            cuts: BTreeMap::new(),
            counted: BTreeMap::new(),
            used: BTreeSet::new(),
            windows: 0,
            pauses: Vec::new(),
            whole: WholePicture::default(),
        }
    }

    fn observe(&mut self, seen: &Observation) {
        let at = seen.node.0 as usize;
        if self.tenures.len() <= at {
            self.tenures.resize(at + 1, Tenure::default());
        }
        let tenure = &mut self.tenures[at];
        let atomic = seen.evidence == Evidence::Atomic;
        tenure.atomic |= atomic;
        let Some(role) = seen.role.filter(|_| atomic || !tenure.atomic) else { return };
        let leads = tenure.since.is_some() && tenure.until.is_none();
        if role != Role::Leader {
            if leads {
                tenure.until = Some(seen.span.latest);
            }
            return;
        }
        if !leads {
            *tenure = Tenure { since: Some(seen.span.earliest), until: None, ..*tenure };
        }
        if let Some(term) = seen.term.filter(|term| self.last_led != Some(*term)) {
            let new = self.led.insert(term);
            self.last_led = Some(term);
            if new && atomic && self.first_fault.is_some_and(|began| began < seen.span.earliest) {
                self.led_after.insert(term);
            }
        }
    }

    fn fault(&mut self, fault: &FaultEvent) {
        match (fault.stage, fault.outcome) {
            (Stage::Inject, Installed::Installed) => {}
            (Stage::Lift, _) => {
                if let Some(cut) = self.cuts.get_mut(&fault.id) {
                    cut.until = fault.span.latest;
                }
                return;
            }
            (Stage::Inject, _) => return,
        }
        self.faults += 1;
        self.first_fault.get_or_insert(fault.span.earliest);
        let ends = fault.links.iter().flat_map(|(from, to)| [*from, *to]);
        let does = fault::Descriptor::of(&fault.kind);
        let hit: Vec<Name> = if does.on_process() { fault.nodes.clone() } else { ends.collect() };
        let leads = |node: &Name| self.tenures.get(node.0 as usize).is_some_and(|tenure| tenure.overlaps(fault.span));
        let hit_a_leader = hit.iter().any(leads);
        if hit_a_leader {
            self.leader_hits += 1;
        }
        if does.pauses() {
            self.pauses.push((fault.id, hit_a_leader));
        }
        if does.cuts() {
            let cut = Cut { links: fault.links.clone(), from: fault.span.earliest, until: u64::MAX };
            self.cuts.insert(fault.id, cut);
        }
    }

    /// The cuts of which every link was counted meanwhile, and carried nothing, and one carried something at another time.
    fn proven(&self) -> usize {
        let ends = |span: &Span| (span.latest, span.earliest);
        let counted = |spans: &Vec<(Span, u64)>| {
            let all = Least::new(spans.iter().map(|(span, _)| ends(span)));
            (all, Least::new(spans.iter().filter(|(_, passed)| *passed > 0).map(|(span, _)| ends(span))))
        };
        let counted: BTreeMap<(Name, Name), (Least<u64>, Least<u64>)> =
            self.counted.iter().map(|(link, spans)| (*link, counted(spans))).collect();
        let proven = |cut: &&Cut| {
            let meanwhile = |spans: &Least<u64>| spans.from(cut.from).is_some_and(|earliest| earliest <= cut.until);
            cut.links.iter().any(|link| self.used.contains(link))
                && cut.links.iter().all(|link| {
                    counted.get(link).is_some_and(|(counted, passed)| meanwhile(counted) && !meanwhile(passed))
                })
        };
        self.cuts.values().filter(proven).count()
    }

    /// What was required and not shown.
    fn lacking(&self, required: &Coverage, proven: usize) -> Vec<Lack> {
        let mut lacking = if self.occasional { self.occasions(required) } else { self.standing(required) };
        if required.cuts_proven && proven < self.cuts.len() {
            lacking.push(Lack::CutsUnproven { proven: proven as u64, cuts: self.cuts.len() as u64 });
        }
        lacking
    }

    /// What is lacking where leaders lead on occasion: the module's words say why it is this.
    fn occasions(&self, required: &Coverage) -> Vec<Lack> {
        let mut lacking = Vec::new();
        need(&mut lacking, required.elections.min(1), self.led.len() as u64, elections);
        if required.faults > 0 {
            need(&mut lacking, 1, u64::from(self.faults), faults);
            let after = required.elections.saturating_sub(1).max(1);
            let few = |shown, least| Lack::TooFewElectionsAfterFaults { shown, least };
            need(&mut lacking, after, self.led_after.len() as u64, few);
        }
        lacking
    }

    fn standing(&self, required: &Coverage) -> Vec<Lack> {
        let mut lacking = Vec::new();
        let hits = |shown, least| Lack::TooFewLeaderHits { shown, least };
        let windows = |shown, least| Lack::TooFewWindows { shown, least };
        let met = |shown, least| Lack::TooFewExpectationsMet { shown, least };
        need(&mut lacking, required.leader_hits, u64::from(self.leader_hits), hits);
        need(&mut lacking, required.elections, self.led.len() as u64, elections);
        if self.windows_owed {
            need(&mut lacking, required.windows, self.windows, windows);
        }
        need(&mut lacking, required.faults, u64::from(self.faults), faults);
        need(&mut lacking, required.expectations, u64::from(self.met), met);
        if self.unmet > 0 && !required.waits_in_vain {
            lacking.push(Lack::ExpectationsUnmet { unmet: u64::from(self.unmet) });
        }
        lacking
    }
}

fn elections(shown: u64, least: u64) -> Lack {
    Lack::TooFewElections { shown, least }
}

fn faults(shown: u64, least: u64) -> Lack {
    Lack::TooFewFaults { shown, least }
}

/// Adds what is `few`, made of what was shown and what had to be, where less was shown.
fn need(lacking: &mut Vec<Lack>, least: u32, shown: u64, few: impl FnOnce(u64, u64) -> Lack) {
    if shown < u64::from(least) {
        lacking.push(few(shown, u64::from(least)));
    }
}

impl Tenure {
    /// It was, or may have been, during this time.
    fn overlaps(&self, span: Span) -> bool {
        self.since.is_some_and(|since| since <= span.latest) && self.until.is_none_or(|until| until >= span.earliest)
    }
}

impl Checker for Covered {
    fn name(&self) -> &'static str {
        NAME
    }

    fn feed(&mut self, event: &Event) {
        match &event.body {
            Body::Observe(seen) => self.observe(seen),
            Body::Fault(fault) => self.fault(fault),
            Body::Expect { met: true, .. } => self.met += 1,
            Body::Expect { met: false, .. } => self.unmet += 1,
            Body::Link(link) => {
                if link.passed > 0 {
                    self.used.insert((link.from, link.to));
                }
                if link.is_cut() {
                    self.counted.entry((link.from, link.to)).or_default().push((link.span, link.passed));
                }
            }
            _ => {}
        }
    }

    fn hear(&mut self, others: &[Judgement]) {
        let count = |judgement: &Judgement| judgement.counts.get("windows-passed").copied();
        self.windows = others.iter().filter(|judgement| judgement.judged).filter_map(count).sum();
    }

    fn look_at(&mut self, picture: &WholePicture) {
        self.whole = picture.clone();
    }

    fn finish(&mut self, _: &Names) -> Judgement {
        let whole = self.whole.clone();
        for (id, hit_a_leader) in std::mem::take(&mut self.pauses) {
            if whole.get().is_some_and(|picture| picture.refuted.contains(&id)) {
                self.faults -= 1;
                self.leader_hits -= u32::from(hit_a_leader);
            }
        }
        let proven = self.proven();
        let (statement, verdict) = match &self.required {
            None if self.unmet == 0 || self.occasional => (Statement::NothingRequired, Verdict::Valid),
            required => {
                let lacking = self.lacking(&required.unwrap_or_default(), proven);
                if lacking.is_empty() {
                    (Statement::DidEnough, Verdict::Valid)
                } else {
                    (Statement::TooLittleHappened { lacking }, Verdict::Unknown)
                }
            }
        };
        let mut judgement = Findings::default().judge(self.name(), statement);
        judgement.verdict = verdict;
        judgement.counts = [
            ("leader-hits", u64::from(self.leader_hits)),
            ("elections", self.led.len() as u64),
            ("elections-after-a-fault", self.led_after.len() as u64),
            ("windows-passed", self.windows),
            ("faults-installed", u64::from(self.faults)),
            ("expectations-met", u64::from(self.met)),
            ("expectations-unmet", u64::from(self.unmet)),
            ("cuts", self.cuts.len() as u64),
            ("cuts-proven", proven as u64),
        ]
        .map(|(what, count)| (what.to_owned(), count))
        .into();
        judgement
    }
}
