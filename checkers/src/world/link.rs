//! When a link was open, and when it had carried bytes again after a cut.
//!
//! A link is cut while any installed cut names it. Under `degrade` it is neither open nor cut. That a cut was lifted
//! does not mean that the link carries: TCP doubles its pauses while nothing comes through. So a window's clock waits
//! until a byte has been seen to cross, or until a cap has passed: what the header says; else on `proxy` and
//! `direct` one second (they hold connections, which resume at once); else as long as the cut lasted, at least one
//! second and at most the bound.

use std::collections::BTreeMap;

use history::event::Installed;
use history::{Name, Span};

use super::contact::Crossed;
use super::fault::Fault;
use super::index::Least;
use super::timeline::{Spread, Timeline, Tri};

const SECOND: u64 = 1_000_000_000;

/// What was seen to cross a link, and under which rule.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traffic {
    /// Spans outside cuts in which bytes crossed.
    pub(crate) carried: Vec<Span>,
    /// Spans in which bytes crossed though a cut was in force: the cut is not to be believed.
    pub(crate) leaked: Vec<Span>,
    /// Spans in which its rule was a cut.
    pub(crate) cut: Vec<Span>,
    /// Spans in which its rule was neither a cut nor `open`.
    pub(crate) weak: Vec<Span>,
    /// When, at the latest, its rule was one under which it was not cut.
    pub(crate) uncut: u64,
}

/// A time in which a link was not certainly open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// When it began.
    pub from: u64,
    /// When its end may have begun.
    pub lifting: u64,
    /// When it was over.
    pub to: u64,
    /// When a byte had crossed again, if one was seen to.
    pub carried: Option<u64>,
}

/// What befell a link before the record began is not told, and may have just ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before {
    until: u64,
    /// When a byte had crossed, if one was seen to.
    carried: Option<u64>,
}

/// One link over the whole run.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) open: Timeline<Tri>,
    pub(crate) troubles: Vec<Trouble>,
    before: Option<Before>,
}

/// What is known of a link beside its faults.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) traffic: &'a Traffic,
    /// What nodes showed that must have crossed it.
    pub(crate) crossed: Option<&'a Crossed>,
    /// When bytes crossed a cut, nobody knows which.
    pub(crate) leaks: &'a [Span],
    /// When the record began, if its beginning does not show that nothing was before.
    pub(crate) begun: Option<u64>,
}

impl Link {
    pub(crate) fn new<'a>(from: Name, to: Name, faults: impl Iterator<Item = &'a Fault>, known: Known<'_>) -> Self {
        let Known { traffic, crossed, leaks, begun } = known;
        let mut cut = Spread::default();
        let mut lifts: Vec<Span> = Vec::new();
        let mut told = Spread::default();
        let mut unknown: Vec<(u64, u64)> = Vec::new();
        for fault in faults {
            let Some(certainly) = fault.touches(from, to) else { continue };
            let (may, must) = fault.in_force();
            cut.may(may.0, may.1);
            told.must(may.0, may.1);
            // A lift that was not recorded may have been done all the same: another rule was in force later.
            let over = fault.lift.is_none() && traffic.uncut > fault.inject.latest;
            let certainly = certainly && fault.does.cuts();
            if certainly && !over {
                cut.must(must.0, must.1);
            } else if certainly && fault.outcome == Installed::Installed {
                let from = fault.inject.latest.saturating_add(1);
                let told = traffic.cut.iter().map(|span| (span.earliest.max(from), span.latest));
                let held = |&(from, to): &(u64, u64)| !crossed.is_some_and(|crossed| crossed.within(from, to));
                told.filter(held).for_each(|(from, to)| cut.must(from, to));
            }
            unknown.extend((!fault.does.is_known()).then_some(may));
            lifts.extend(fault.lift.as_ref().filter(|lift| !lift.doubtful).map(|lift| lift.span));
        }
        // A rule that no fault accounts for: its line is missing.
        let told = told.negation();
        for rule in traffic.cut.iter().chain(&traffic.weak) {
            if told.between(rule.earliest, rule.latest).any(|(_, _, untold)| untold == Tri::Yes) {
                cut.may(rule.earliest, rule.latest.saturating_add(1));
            }
        }
        // What nobody knows may also have undone a cut.
        let leaks = traffic.leaked.iter().chain(leaks).map(|leak| (leak.earliest, leak.latest.saturating_add(1)));
        cut.doubt(unknown.into_iter().chain(leaks));
        let open = cut.negation();
        // The earliest beginning of the lifts that are over at an instant.
        let mut lifting: BTreeMap<u64, u64> = BTreeMap::new();
        for lift in lifts {
            let earliest = lifting.entry(lift.latest.saturating_add(1)).or_insert(lift.earliest);
            *earliest = lift.earliest.min(*earliest);
        }
        let carried = Least::new(traffic.carried.iter().map(|span| (span.earliest, span.latest)));
        let before = begun.map(|until| Before { until, carried: carried.from(until) });
        let mut troubles = Vec::new();
        let mut since = None;
        for &(at, value) in open.changes() {
            match (value, since) {
                (Tri::Yes, Some(from)) => {
                    let lifting = lifting.get(&at).copied().unwrap_or(at);
                    let carried = carried.from(lifting);
                    troubles.push(Trouble { from, lifting, to: at, carried });
                    since = None;
                }
                (Tri::No | Tri::Maybe, None) => since = Some(at),
                _ => {}
            }
        }
        Self { open, troubles, before }
    }

    /// When the link, open at `instant`, counts as healed from the trouble before that.
    pub(crate) fn healed(&self, instant: u64, cap: &Cap) -> u64 {
        let healed = |over: u64, after: u64, carried: Option<u64>| {
            let capped = over.saturating_add(after);
            carried.map_or(capped, |carried| carried.min(capped)).max(over)
        };
        let told = self.troubles.partition_point(|trouble| trouble.to <= instant).checked_sub(1);
        let told = told.map(|last| self.troubles[last]);
        let told = told.map_or(0, |last| healed(last.to, cap.after(last.to - last.from), last.carried));
        let untold = self.before.map_or(0, |before| healed(before.until, cap.after(u64::MAX), before.carried));
        told.max(untold)
    }
}

/// How long after a lift a link counts as healed though no byte was seen to cross.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cap {
    /// The header's word.
    pub(crate) declared: Option<u64>,
    /// The network holds connections and lets them go on at once.
    pub(crate) resumes: bool,
    /// The header's bound.
    pub(crate) bound: Option<u64>,
}

impl Cap {
    fn after(&self, lasted: u64) -> u64 {
        match self.declared {
            Some(cap) => cap,
            None if self.resumes => SECOND,
            None => lasted.max(SECOND).min(self.bound.unwrap_or(u64::MAX)),
        }
    }
}
