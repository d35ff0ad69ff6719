//! Elections: what led to each, how long its parts took, and what became of its leader.

use std::collections::{BTreeMap, BTreeSet};

use crate::kept::Finder;
use crate::world::effective::{Effective, View, sweep};
use crate::world::fault::Fault;
use crate::world::index::Least;
use crate::world::{Candidacy, Picture, TermFacts, Tri};
use history::event::Installed;
use history::{Name, Span};

use history::measures::{Election, Interregnum};

/// A change counts as needless when the old leader had been up and linked to a majority for so long before the
/// first rival's candidacy: a fault that has only just ended may still be the cause.
const QUIET: u64 = 1_000_000_000;

/// Looks up what is known of terms.
type Terms<'a> = Finder<'a, u64, TermFacts>;

/// The wins in the order of terms.
fn wins(picture: &Picture) -> impl Iterator<Item = Candidacy> + '_ {
    picture.terms.iter().filter_map(|(_, facts)| facts.won.map(|won| won.0))
}

/// The candidacies in terms above `low` up to `high`, that began no earlier than `from`.
fn first_candidate(terms: &mut Terms<'_>, low: Option<u64>, high: u64, from: u64) -> Option<u64> {
    let terms = terms.range(low.map_or(0, |low| low + 1), high).into_iter();
    terms.filter_map(|(_, facts)| facts.candidate).map(|c| c.0.span.latest).filter(|&at| at >= from).min()
}

/// The terms that got a leader. `interregna` are the times in which there was a majority and no effective leader, `majorities`
/// those in which there was a majority.
pub(super) fn elections(picture: &Picture, interregna: &[Interregnum], majorities: &[(u64, u64)]) -> Vec<Election> {
    let mut adopted = BTreeMap::new();
    for &(at, effective) in picture.effective.changes() {
        if let Effective::Leader { term, .. } = effective {
            adopted.entry(term).or_insert(at);
        }
    }
    let mut faults: Vec<&Fault> = picture.faults.iter().filter(|f| f.does.takes_leader).collect();
    faults.sort_by_key(|fault| fault.inject.earliest);
    let after_kill = after_kill(picture);
    let mut terms = picture.terms.finder();
    let mut before: Option<Candidacy> = None;
    let mut elections = Vec::with_capacity(wins(picture).count());
    for won in wins(picture) {
        let fault = before.and_then(|old| cause(&faults, &old, &won));
        let fault_at = fault.map(|fault| fault.inject.earliest);
        let low = before.map(|old| old.term);
        let candidate = first_candidate(&mut terms, low, won.term, fault_at.unwrap_or(0));
        let adoption = adopted.get(&won.term).copied();
        let since = fault_at.or(candidate);
        let leaderless = adoption.and_then(|at| leaderless_before(interregna, fault_at, at));
        let to_win = fault_at.and_then(|fault| since_majority(majorities, fault, won.span.latest));
        let split = terms.range(low.map_or(0, |low| low + 1), won.term).into_iter();
        let split = split.filter(|(term, _)| *term < won.term);
        elections.push(Election {
            term: won.term,
            leader: picture.name(won.node.0 as usize).to_owned(),
            won: won.span.latest,
            fault: fault.map(|fault| fault.id),
            fault_at,
            detection: fault_at.zip(candidate).map(|(from, to)| to.saturating_sub(from)),
            campaign: candidate.map(|from| won.span.latest.saturating_sub(from)),
            adoption: adoption.map(|at| at.saturating_sub(won.span.latest)),
            total: since.zip(adoption).map(|(from, to)| to.saturating_sub(from)),
            without_leader: leaderless.map(|(from, to)| to - from),
            stalled: leaderless.is_some_and(|(from, to)| picture.blurred(from, to)),
            to_win: to_win.map(|(from, to)| to - from),
            win_stalled: to_win.is_some_and(|(from, to)| picture.blurred(from, to)),
            split_rounds: split.filter(|(_, facts)| facts.candidate.is_some() && facts.won.is_none()).count() as u64,
            after_kill: after_kill.contains(&won.term),
        });
        before = Some(won);
    }
    elections
}

/// The time without a leader that the one adopted at `adoption` ended: from the later of the fault and the instant from
/// which a majority could have elected one.
fn leaderless_before(interregna: &[Interregnum], fault: Option<u64>, adoption: u64) -> Option<(u64, u64)> {
    let ended = interregna.binary_search_by_key(&adoption, |time| time.end).ok().map(|i| &interregna[i])?;
    let from = ended.start.max(fault.unwrap_or(0));
    (!ended.censored && from < adoption).then_some((from, adoption))
}

/// The time that a win took: from the later of the fault and the instant since which there had been a majority at the win.
fn since_majority(majorities: &[(u64, u64)], fault: u64, won: u64) -> Option<(u64, u64)> {
    let begun = majorities.partition_point(|&(from, _)| from <= won);
    let &(from, until) = majorities[..begun].last()?;
    let from = from.max(fault);
    (won <= until && from < won).then_some((from, won))
}

/// The terms whose effective leader came after an installed `kill` of the effective leader before: begun when that one
/// was effective already, and over before the new one was.
fn after_kill(picture: &Picture) -> BTreeSet<u64> {
    let mut kills: BTreeMap<Name, Vec<Span>> = BTreeMap::new();
    for fault in &picture.faults {
        if fault.does.crash && fault.outcome == Installed::Installed {
            fault.nodes.iter().for_each(|&node| kills.entry(node).or_default().push(fault.inject));
        }
    }
    // By its beginning: when the first kill from there on was over.
    let ends = |kills: Vec<Span>| Least::new(kills.into_iter().map(|kill| (kill.earliest, kill.latest)));
    let kills: BTreeMap<Name, Least<u64>> = kills.into_iter().map(|(node, kills)| (node, ends(kills))).collect();
    let mut found = BTreeSet::new();
    let mut before: Option<(u64, u32, u64)> = None;
    for &(at, effective) in picture.effective.changes() {
        let Effective::Leader { node, term } = effective else { continue };
        match before {
            Some((_, _, old)) if term <= old => continue,
            Some((since, old, _)) => {
                let over = kills.get(&Name(old)).and_then(|kills| kills.from(since));
                if over.is_some_and(|over| over <= at) {
                    found.insert(term);
                }
            }
            None => {}
        }
        before = Some((at, node, term));
    }
    found
}

/// The last fault that hit the old leader, or a link of it, after it had won and before the new one did.
fn cause<'a>(faults: &[&'a Fault], old: &Candidacy, new: &Candidacy) -> Option<&'a Fault> {
    let until = faults.partition_point(|fault| fault.inject.earliest <= new.span.latest);
    let of_links = |fault: &Fault| fault.links.iter().any(|&(from, to)| from == old.node || to == old.node);
    faults[..until]
        .iter()
        .rev()
        .take_while(|fault| fault.inject.earliest >= old.span.earliest)
        .find(|fault| if fault.does.on_process() { fault.hits(old.node) } else { of_links(fault) })
        .copied()
}

/// Terms in which somebody was a candidate and no one became leader.
pub(super) fn split_terms(picture: &Picture) -> u64 {
    picture.terms.iter().filter(|(_, facts)| facts.candidate.is_some() && facts.won.is_none()).count() as u64
}

/// New leaders though the old one was up and linked to a majority all the time that led to it.
pub(super) fn needless(picture: &Picture) -> u64 {
    let mut terms = picture.terms.finder();
    let mut before: Option<Candidacy> = None;
    let mut count = 0;
    for won in wins(picture) {
        if let Some(old) = before {
            let began = first_candidate(&mut terms, Some(old.term), won.term, 0).unwrap_or(won.span.earliest);
            let from = began.saturating_sub(QUIET).max(old.span.latest);
            count +=
                u64::from(from < won.span.earliest && connected(picture, old.node.0 as usize, from, won.span.earliest));
        }
        before = Some(won);
    }
    count
}

fn connected(picture: &Picture, node: usize, from: u64, to: u64) -> bool {
    let always = |timeline: &crate::world::Timeline<Tri>| timeline.throughout(from, to, Tri::certain);
    let peer = |peer: usize| {
        always(&picture.up[peer])
            && (peer == node || (always(picture.open(node, peer)) && always(picture.open(peer, node))))
    };
    always(&picture.up[node]) && picture.membership.led(picture.membership.of(node, from, to), peer)
}

/// How long each leader led: until its own state or the end of its process says otherwise.
pub(super) fn tenures(picture: &Picture) -> Vec<u64> {
    let exits: Vec<Least<u64>> =
        (0..picture.nodes()).map(|node| Least::new(picture.exits(node).map(|at| (at, at)))).collect();
    let tenure = |won: Candidacy| {
        let (node, from) = (won.node.0 as usize, won.span.latest);
        let still = |state: &crate::world::state::State| {
            state.role() == Some(history::Role::Leader) && state.term().is_none_or(|term| term == won.term)
        };
        let left = picture.known[node]
            .between(from, picture.end)
            .find(|(_, _, (know, _))| know.exact().is_some_and(|state| !still(state)));
        let died = exits[node].from(from);
        let until = left.map_or(picture.end, |left| left.0).min(died.unwrap_or(picture.end));
        until.saturating_sub(from)
    };
    wins(picture).map(tenure).collect()
}

/// Time between two instants in which two nodes claimed to lead, in different terms.
pub(super) fn two_claimants(picture: &Picture, from: u64, to: u64) -> u64 {
    let mut time = 0;
    sweep(picture, from, to, |from, to, view| {
        if two_claim(view) {
            time += to - from;
        }
        true
    });
    time
}

/// Two nodes claim to lead, in different terms.
pub(super) fn two_claim(view: &View<'_>) -> bool {
    let mut terms = (0..view.up.len()).filter(|&node| view.up[node].certain()).filter_map(|node| {
        let state = view.know[node].exact()?;
        (state.role() == Some(history::Role::Leader)).then(|| state.term()).flatten()
    });
    terms.next().is_some_and(|first| terms.any(|term| term != first))
}
