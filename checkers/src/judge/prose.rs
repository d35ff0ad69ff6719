//! Words that several judges share.

use std::collections::BTreeMap;

use crate::world::Picture;
use history::Role;
use history::verdict::{Evidence, Judgement, Verdict, Violation};

/// A time or a duration given in nanoseconds, in seconds: `12.301 s`.
pub(crate) fn seconds(nanoseconds: u64) -> String {
    let milliseconds = nanoseconds.saturating_add(500_000) / 1_000_000;
    let text = format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

/// `n1`, `n1 and n2`, `n1, n2 and n3`.
pub(crate) fn list(names: &[String]) -> String {
    match names {
        [] => "nobody".to_owned(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// What some nodes believed at an instant, in words.
pub(crate) fn beliefs(picture: &Picture, members: &[usize], instant: u64) -> String {
    let one = |&member: &usize| {
        let name = picture.name(member);
        let (know, _) = picture.known[member].at(instant);
        let Some(state) = know.exact() else { return format!("{name} was not seen") };
        let role = match state.role() {
            Some(Role::Leader) => "was leader",
            Some(Role::Follower) => "was follower",
            Some(Role::Candidate) => "was candidate",
            Some(Role::Precandidate) => "was precandidate",
            None => "was",
        };
        let term = state.term().map_or(String::new(), |term| format!(" in term {term}"));
        let named = state.leader().filter(|leader| leader.0 as usize != member);
        let named = named.map_or(String::new(), |leader| format!(" naming {}", picture.name(leader.0 as usize)));
        format!("{name} {role}{term}{named}")
    };
    members.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Lines as evidence: in order, each once, without text.
pub(crate) fn evidence(mut lines: Vec<u64>) -> Vec<Evidence> {
    lines.sort_unstable();
    lines.dedup();
    lines.into_iter().map(|line| Evidence { line, text: String::new() }).collect()
}

/// A checker that had nothing to judge.
pub(crate) fn not_judged(checker: &str, why: &str) -> Judgement {
    judgement(checker, Verdict::Valid, false, format!("not judged: {why}"), Vec::new(), &[])
}

/// A judgement from its parts.
pub(crate) fn judgement(
    checker: &str,
    verdict: Verdict,
    judged: bool,
    sentence: String,
    violations: Vec<Violation>,
    counts: &[(&str, u64)],
) -> Judgement {
    let counts: BTreeMap<String, u64> = counts.iter().map(|&(name, count)| (name.to_owned(), count)).collect();
    Judgement { checker: checker.to_owned(), verdict, judged, sentence, violations, counts }
}
