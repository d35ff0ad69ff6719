//! `no-leader-without-quorum`: nobody wins an election that a majority could not have taken part in.
//!
//! Invalid when a node whose candidacy certainly began after quorum was certainly lost became leader of that term
//! certainly before quorum could have been restored. Only atomic evidence counts.
//!
//! The first line that shows a candidacy need not be the first that there was of it. So what counts is since when it can have
//! lasted: after the last line that shows the node at a lower term, or its start; with a complete observer that misses nothing,
//! since its own line.
//!
//! A vote takes three things, not necessarily at one instant: the request crosses to the voter, the voter runs, the answer
//! crosses back. So a voter could have taken part unless, all the time from the beginning of the candidacy to the
//! leader's line, it was certainly not up, or the link to it was certainly cut, or the link from it was. Votes add up over that
//! time, and therefore the voters that could have taken part are counted over the whole of it and not instant by
//! instant. They must be a quorum of no configuration that may have been in force meanwhile, nor of what the candidate believed
//! ([`crate::world::membership`]). Nothing is in flight from before: a candidacy's requests are sent after it began, and a cut holds what waits on
//! the way. Restarts, continues and lifts are no cases of their own: from the earliest instant at which they may have begun the
//! process may be up or the link may be open.

use crate::world::{Candidacy, Picture, Tri};
use history::finding::safety::{Finding, Statement};
use history::finding::{self, Unjudged};
use history::verdict::{Judgement, Verdict, Violation};

use super::finding::KEPT;
use super::prose::{self, evidence};
use super::{Descriptor, Kind, Make};

/// The checker's name.
pub const NAME: &str = "no-leader-without-quorum";

/// What is to be known of it.
pub const CHECKER: Descriptor = Descriptor {
    name: NAME,
    kind: Kind::Safety,
    needs: "atomic evidence, and faults that took quorum away",
    claims: "no node is elected while no majority can be reached",
    told_first: false,
    make: Make::Drawn(judge),
};

/// Judges a run.
pub fn judge(picture: &Picture) -> Judgement {
    if !picture.faults_recorded {
        return prose::not_judged(NAME, Unjudged::FaultsUnknown);
    }
    if picture.wins.is_empty() {
        return prose::not_judged(NAME, Unjudged::NoCandidacyAndWin);
    }
    // What came after the end of what can be judged is not all told: of a record that was cut off the line of a restart may
    // be missing that was written a moment later.
    let told = picture.wins.iter().filter(|(_, won)| won.span.latest <= picture.end);
    let alone = told.filter_map(|(began, won)| Some((began, won, without(picture, &began, &won)?)));
    let alone = alone.take(KEPT);
    let violations: Vec<Violation> =
        alone.map(|(began, won, voters)| violation(picture, &began, &won, &voters)).collect();
    let wins = picture.wins.len() as u64;
    let (verdict, statement) = match violations.as_slice() {
        [] => (Verdict::Valid, Statement::QuorumsPossible { leaders: wins }.into()),
        _ => (Verdict::Invalid, finding::Statement::Broken),
    };
    prose::judgement(NAME, verdict, true, statement, violations, &[("wins", wins)])
}

/// From the earliest beginning that the candidacy can have had to the latest instant of the win.
fn campaign(began: &Candidacy, won: &Candidacy) -> (u64, u64) {
    (began.since, won.span.latest.max(began.span.earliest))
}

/// The voters that could not have voted and those that could, if these were no majority.
fn without(picture: &Picture, began: &Candidacy, won: &Candidacy) -> Option<(Vec<usize>, Vec<usize>)> {
    let candidate = began.node.0 as usize;
    let (from, to) = campaign(began, won);
    let never = |timeline: &crate::world::Timeline<Tri>| timeline.throughout(from, to, |value| value == Tri::No);
    let apart = |voter: usize| {
        never(&picture.up[voter]) || never(picture.open(candidate, voter)) || never(picture.open(voter, candidate))
    };
    let (members, of) = (&picture.membership, picture.membership.of(candidate, from, to));
    let (out, able): (Vec<usize>, Vec<usize>) =
        members.voters(of).into_iter().partition(|&voter| voter != candidate && apart(voter));
    members.denied(of, |voter| able.contains(&voter)).then_some((out, able))
}

fn violation(
    picture: &Picture,
    began: &Candidacy,
    won: &Candidacy,
    (out, able): &(Vec<usize>, Vec<usize>),
) -> Violation {
    let candidate = began.node.0 as usize;
    let (from, to) = campaign(began, won);
    let mut lines = vec![began.line, won.line];
    for fault in picture.faults.iter().filter(|fault| fault.inject.earliest <= from) {
        let over = fault.lift.as_ref().is_some_and(|lift| lift.span.latest < from);
        let concerns = |&node: &usize| {
            let (a, b) = (began.node, crate::world::name(node));
            if fault.does.on_process() { fault.hits(b) } else { fault.touches(a, b).or(fault.touches(b, a)).is_some() }
        };
        if !over && out.iter().any(concerns) {
            lines.push(fault.line);
        }
    }
    let finding = Finding::ElectedWithoutQuorum {
        leader: picture.name(candidate).to_owned(),
        term: won.term,
        won: won.span.latest,
        took: to - began.span.earliest,
        out_of_reach: prose::names(picture, out),
        in_reach: prose::names(picture, able),
    };
    Violation {
        finding: finding.into(),
        span: [from, to],
        nodes: out.iter().chain([&candidate]).map(|&node| picture.name(node).to_owned()).collect(),
        term: Some(won.term),
        evidence: evidence(lines),
        ..Violation::default()
    }
}
