//! From what the checkers said to what is said of the run.
//!
//! `invalid` over `unknown` over `valid`, and three reasons for which nothing may be called plain `valid`: no
//! atomic evidence was seen, so that safety was not judged; the history has no end, so that what came later is not
//! known; or its end says that the run was not completed. All of them are said in the sentence, whatever the
//! verdict, since a reader who sees only the sentence must not believe more than was shown.

use super::finding::not_judged;
use super::{Descriptor, Kind};
use history::finding::{Reservation, Safety, Unjudged};
use history::measures::Measures;
use history::verdict::{HistoryFacts, Judgement, Outcome, SCHEMA, Verdict};
use history::{EndReason, Header, words};

/// An entry for every word in the claims' `judged` that is no checker's name: a misspelt claim must not pass
/// unnoticed for one that was kept.
pub(super) fn not_checkers(header: &Header) -> Vec<Judgement> {
    let words = header.claims.judged.iter().flatten().filter(|word| Descriptor::of(word).is_none());
    words.map(|word| not_judged(word, Unjudged::NoSuchChecker)).collect()
}

pub(super) fn outcome(
    header: &Header,
    facts: HistoryFacts,
    open: Vec<Reservation>,
    safety_judged: bool,
    checkers: Vec<Judgement>,
    measures: Measures,
) -> Outcome {
    let counted = || checkers.iter().filter(|judgement| judgement.judged);
    let said = counted().map(|judgement| judgement.verdict).fold(Verdict::Valid, Verdict::merge);
    let promises = counted().filter(|judgement| judgement.kind != Kind::Trust).count() as u64;
    let mut reservations = reservations(header, &facts, safety_judged, promises);
    reservations.extend(open);
    let doubt = reservations.iter().any(Reservation::blocks);
    let verdict = if doubt { said.merge(Verdict::Unknown) } else { said };

    let mut outcome = Outcome {
        schema: SCHEMA,
        run: header.run.clone(),
        system: header.system.clone(),
        workload: header.workload.clone(),
        seed: header.seed,
        network: header.network.clone(),
        nodes: header.nodes.clone(),
        verdict,
        safety: if safety_judged { Safety::Judged } else { Safety::NotJudged },
        sentence: String::new(),
        headline: None,
        promises,
        reservations,
        history: facts,
        checkers,
        measures,
    };
    outcome.headline = outcome.first_told(|judgement| Descriptor::rank(&judgement.checker));
    // Everything is decided: what follows is for people.
    words::tell(&mut outcome);
    outcome
}

fn reservations(header: &Header, facts: &HistoryFacts, safety_judged: bool, promises: u64) -> Vec<Reservation> {
    let mut all = Vec::new();
    if !safety_judged {
        let claimed = match &header.claims.judged {
            Some(judged) => judged.iter().any(|word| Descriptor::kind_of(word) == Kind::Safety),
            None => true,
        };
        all.push(Reservation::SafetyNotJudged { claimed });
    }
    if promises == 0 && safety_judged {
        all.push(Reservation::NoEvidence);
    } else if promises == 0 {
        all.push(Reservation::NothingJudged);
    }
    match (&facts.end_reason, facts.torn) {
        (None, true) => all.push(Reservation::HistoryTorn),
        (None, false) => all.push(Reservation::HistoryCutOff),
        (Some(reason), _) if !reason.is(EndReason::Complete) => {
            all.push(Reservation::NotCompleted { reason: reason.text().to_owned() });
        }
        (Some(_), _) => {}
    }
    all
}
