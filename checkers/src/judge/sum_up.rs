//! From what the checkers said to what is said of the run.
//!
//! `invalid` over `unknown` over `valid`, and three reasons for which nothing may be called plain `valid`: no
//! atomic evidence was seen, so that safety was not judged; the history has no end, so that what came later is not
//! known; or its end says that the run was not completed. All of them are said in the sentence, whatever the
//! verdict, since a reader who sees only the sentence must not believe more than was shown.

use super::finding::not_judged;
use super::{LIVENESS, SAFETY, TRUST};
use history::Header;
use history::measures::Measures;
use history::verdict::{HistoryFacts, Judgement, Outcome, SCHEMA, Verdict};

/// An entry for every word in the claims' `judged` that is no checker's name: a misspelt claim must not pass
/// unnoticed for one that was kept.
pub(super) fn not_checkers(header: &Header) -> Vec<Judgement> {
    let known = |word: &String| [&SAFETY[..], &LIVENESS, &TRUST].iter().any(|some| some.contains(&word.as_str()));
    let words = header.claims.judged.iter().flatten().filter(|word| !known(word));
    words.map(|word| not_judged(word, format!("there is no checker named {word:?}; ignored"))).collect()
}

pub(super) fn outcome(
    header: &Header,
    facts: HistoryFacts,
    safety_judged: bool,
    checkers: Vec<Judgement>,
    measures: Measures,
) -> Outcome {
    let counted = || checkers.iter().filter(|judgement| judgement.judged);
    let said = counted().map(|judgement| judgement.verdict).fold(Verdict::Valid, Verdict::merge);
    let promises = counted().filter(|judgement| !TRUST.contains(&judgement.checker.as_str())).count();
    let reservations = reservations(header, &facts, safety_judged, promises);
    let doubt = reservations.iter().any(|reservation| reservation.blocks);
    let verdict = if doubt { said.merge(Verdict::Unknown) } else { said };

    let mut parts: Vec<String> = Vec::new();
    if said == Verdict::Valid {
        let held = format!("{promises} promise{} judged, none broken", if promises == 1 { "" } else { "s" });
        parts.push(held);
    } else if let Some(first) = counted().filter(|judgement| judgement.verdict == said).min_by_key(tells_less) {
        parts.push(first.sentence.trim_end_matches('.').to_owned());
    }
    parts.extend(reservations.into_iter().map(|reservation| reservation.words));
    let sentence = format!("{}.", parts.join("; "));

    Outcome {
        schema: SCHEMA,
        run: header.run.clone(),
        system: header.system.clone(),
        workload: header.workload.clone(),
        seed: header.seed,
        network: header.network.clone(),
        nodes: header.nodes.clone(),
        verdict,
        safety: if safety_judged { "judged" } else { "not judged" }.to_owned(),
        sentence,
        history: facts,
        checkers,
        measures,
    }
}

/// Which finding is told first: a broken promise of safety, then a node that died by itself (what liveness finds after
/// that follows from it), then the rest.
fn tells_less(judgement: &&Judgement) -> u8 {
    match judgement.checker.as_str() {
        name if SAFETY.contains(&name) => 0,
        "process" => 1,
        _ => 2,
    }
}

/// Something that must be said beside the verdict.
struct Reservation {
    words: String,
    /// It keeps a run from being `valid`.
    blocks: bool,
}

fn reservations(header: &Header, facts: &HistoryFacts, safety_judged: bool, promises: usize) -> Vec<Reservation> {
    let mut all = Vec::new();
    let mut say = |words: &str, blocks: bool| all.push(Reservation { words: words.to_owned(), blocks });
    if !safety_judged {
        let asked = match &header.claims.judged {
            Some(judged) => judged.iter().any(|word| SAFETY.contains(&word.as_str())),
            None => true,
        };
        let why = if asked { "there was no atomic evidence" } else { "the system claims none" };
        say(&format!("safety not judged ({why})"), asked);
    }
    if promises == 0 && safety_judged {
        say("there was no evidence for any checker", true);
    } else if promises == 0 {
        say("nothing was judged", true);
    }
    match (&facts.end_reason, facts.torn) {
        (None, true) => say("the history is cut off in the middle of its last line", true),
        (None, false) => say("the history is cut off: it has no end", true),
        (Some(reason), _) if reason != "complete" => say(&format!("the run was not completed ({reason})"), true),
        (Some(_), _) => {}
    }
    all
}
