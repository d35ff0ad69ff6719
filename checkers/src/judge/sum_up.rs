//! From what the checkers said to what is said of the run.
//!
//! `invalid` over `unknown` over `valid`, and three reasons for which nothing may be called plain `valid`: no
//! atomic evidence was seen, so that safety was not judged; the history has no end, so that what came later is not
//! known; or its end says that the run was not completed. All of them are said in the sentence, whatever the
//! verdict, since a reader who sees only the sentence must not believe more than was shown.

use super::finding::not_judged;
use super::{Descriptor, Kind};
use history::finding::{Reservation, Safety, Unjudged};
use history::header::{Doubt, Logs};
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
    reservations.extend(header.logs.iter().flat_map(|logs| of_logs(header, logs, &checkers)));
    let doubt = reservations.iter().any(Reservation::blocks);
    let verdict = if doubt { said.merge(Verdict::Unknown) } else { said };

    let mut outcome = Outcome {
        schema: SCHEMA,
        run: header.run.clone(),
        system: header.system.clone(),
        version: header.program_version().map(str::to_owned),
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

/// What is left open by logs. Only the order within a node convicts, whatever is known of clocks.
fn of_logs(header: &Header, logs: &Logs, checkers: &[Judgement]) -> Vec<Reservation> {
    let proved = checkers.iter().filter(|judgement| judgement.judged && judgement.verdict == Verdict::Invalid);
    let first = proved.flat_map(|judgement| &judgement.violations).next();
    let nodes = first.map_or(Vec::new(), |violation| violation.nodes.clone());
    let mut all = vec![Reservation::FromLogs { clocks: logs.clocks.clone(), nodes }];
    if let [node] = header.nodes.as_slice() {
        all.push(Reservation::OneLogOnly { node: node.clone() });
    }
    let led = |judgement: &Judgement| judgement.counts.get("terms-led").is_some_and(|terms| *terms > 0);
    if !checkers.iter().any(|judgement| judgement.judged && led(judgement)) {
        all.push(Reservation::NoLeaderWithTerm);
    }
    if !logs.silent.is_empty() {
        all.push(Reservation::LogsWithoutMatch { nodes: logs.silent.clone() });
    }
    if let Some(Doubt { node, file, line }) = logs.doubts.first().cloned() {
        all.push(Reservation::HoleInQuestion { count: logs.doubts.len() as u64, node, file, line });
    }
    if !logs.confirmed {
        all.push(Reservation::RulesUnconfirmed);
    }
    all
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
            all.push(Reservation::NotCompleted { reason: reason.clone() });
        }
        (Some(_), _) => {}
    }
    all
}
