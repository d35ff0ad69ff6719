use super::*;
use history::finding::{Finding, Lack, Reservation, Safety, Statement, liveness, safety, trust};
use history::measures::Measures;
use history::verdict::{HistoryFacts, SCHEMA};

pub(crate) fn outcome(verdict: Verdict, checkers: Vec<Judgement>) -> Outcome {
    Outcome {
        schema: SCHEMA,
        run: "chaos-7".to_owned(),
        system: "reference".to_owned(),
        version: None,
        workload: "chaos".to_owned(),
        seed: Some(7),
        network: "switch".to_owned(),
        nodes: ["n1", "n2", "n3", "n4", "n5"].map(str::to_owned).to_vec(),
        verdict,
        safety: Safety::Judged,
        sentence: "what is said of it.".to_owned(),
        headline: None,
        promises: 12,
        reservations: Vec::new(),
        history: HistoryFacts::default(),
        checkers,
        measures: Measures::default(),
    }
}

pub(crate) fn judgement(checker: &str, verdict: Verdict, found: &[(&str, &[&str])]) -> Judgement {
    let violation = |(sentence, faults): &(&str, &[&str])| Violation {
        sentence: (*sentence).to_owned(),
        faults: faults.iter().map(|&kind| kind.to_owned()).collect(),
        ..Violation::default()
    };
    Judgement {
        sentence: found.first().map_or("nothing was found", |first| first.0).to_owned(),
        ..Judgement::new(checker, verdict, Statement::default(), found.iter().map(violation).collect())
    }
}

/// A judgement of these findings under these faults, with its sentences.
pub(crate) fn found(checker: &str, verdict: Verdict, found: &[(Finding, &[&str])]) -> Judgement {
    let violation = |(finding, faults): &(Finding, &[&str])| Violation {
        finding: finding.clone(),
        faults: faults.iter().map(|&kind| kind.to_owned()).collect(),
        ..Violation::default()
    };
    let statement = match verdict {
        Verdict::Invalid => Statement::Broken,
        _ => Statement::AssumptionBroken,
    };
    Judgement::new(checker, verdict, statement, found.iter().map(violation).collect())
}

fn coded(code: &str, details: &[&str]) -> Cause {
    Cause::Coded { code: code.to_owned(), details: details.iter().map(|&one| one.to_owned()).collect() }
}

fn leaders(term: u64, leaders: [&str; 2]) -> Finding {
    safety::Finding::TwoLeadersInOneTerm { term, leaders: leaders.map(str::to_owned) }.into()
}

fn leaderless(members: &[&str]) -> Finding {
    let members = members.iter().map(|&member| member.to_owned()).collect();
    liveness::Finding::NoLeaderWithinBound { from: 12, to: 17, bound: 5, members, stalled: 0 }.into()
}

#[test]
fn a_double_vote_under_any_fault_is_one_signature() {
    let findings: [(Finding, &[&str]); 3] = [
        (leaders(41, ["n2", "n4"]), &["cut"]),
        (leaders(7, ["n5", "n1"]), &["kill", "pause"]),
        (leaders(9, ["n5", "n1"]), &[]),
    ];
    let mut outcome = outcome(Verdict::Invalid, vec![found("election-safety", Verdict::Invalid, &findings)]);
    words::tell(&mut outcome);
    let failures = failures("reference", &outcome);
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0].signature.cause, coded("two-leaders-in-one-term", &[]));
    assert_eq!(failures[0].signature.cause.label(), "two nodes were elected leader of one term");
    assert_eq!((failures[0].count, failures[0].signature.faults.len()), (3, 0));
    assert_eq!(failures[0].faults, ["cut", "kill", "pause"]);
    assert_eq!(failures[0].sentence, "n2 and n4 were both elected leader of term 41.");
}

#[test]
fn what_is_no_chance_tells_two_bugs_of_one_code_apart() {
    let vote = |restarted| {
        let votes = ["n1", "n2"].map(str::to_owned);
        safety::Finding::TwoVotesInOneTerm { node: "n1".to_owned(), term: 4, votes, restarted }.into()
    };
    let findings: [(Finding, &[&str]); 2] = [(vote(false), &[]), (vote(true), &[])];
    let outcome = outcome(Verdict::Invalid, vec![found("vote-once", Verdict::Invalid, &findings)]);
    let causes: Vec<Cause> = failures("reference", &outcome).into_iter().map(|one| one.signature.cause).collect();
    assert_eq!(causes, [coded("two-votes-in-one-term", &[]), coded("two-votes-in-one-term", &["restarted"])]);
}

#[test]
fn no_sentence_enters_a_signature() {
    let findings: [(Finding, &[&str]); 2] = [(leaders(41, ["n2", "n4"]), &["cut"]), (leaderless(&["n1"]), &["kill"])];
    let judgements = vec![
        found("election-safety", Verdict::Invalid, &findings[..1]),
        found("re-election", Verdict::Invalid, &findings[1..]),
    ];
    let mut outcome = outcome(Verdict::Invalid, judgements);
    words::tell(&mut outcome);
    let signatures = |outcome: &Outcome| -> Vec<Signature> {
        failures("reference", outcome).into_iter().map(|failure| failure.signature).collect()
    };
    let before = signatures(&outcome);
    outcome.sentence = "x".to_owned();
    for judgement in &mut outcome.checkers {
        judgement.sentence = "x".to_owned();
        judgement.violations.iter_mut().for_each(|violation| violation.sentence = "x".to_owned());
    }
    assert_eq!(signatures(&outcome), before);
}

#[test]
fn a_suspicion_is_grouped_as_such_with_what_is_suspected() {
    let suspicion = found("election-safety", Verdict::Unknown, &[(leaders(4, ["n1", "n2"]), &["wipe"])]);
    let failures = failures("reference", &outcome(Verdict::Unknown, vec![suspicion]));
    assert_eq!(failures[0].signature.cause, coded("assumption-broken", &["two-leaders-in-one-term"]));
    assert_eq!(failures[0].faults, ["wipe"]);
}

#[test]
fn a_signature_reads_back_as_it_was_written_and_one_of_an_earlier_version_keeps_its_name() {
    let signature = Signature {
        faults: vec!["links".to_owned()],
        ..Signature::plain("s", "c", coded("term-fell", &["restarted"]))
    };
    let json = serde_json::to_value(&signature).unwrap();
    assert_eq!(json["text"], "a node's term went down (restarted)", "for people and for scripts of before");
    assert_eq!(serde_json::from_value::<Signature>(json).unwrap(), signature);
    let old = r#"{"system":"reference","checker":"vote-once","faults":[],"text":"NODE voted for NODE in term #"}"#;
    let old: Signature = serde_json::from_str(old).unwrap();
    assert_eq!(old.cause, Cause::Told("NODE voted for NODE in term #".to_owned()));
    assert_eq!(old.cause.label(), "NODE voted for NODE in term # (grouped by an earlier version)");
    assert_eq!(serde_json::from_str::<Signature>(&serde_json::to_string(&old).unwrap()).unwrap(), old);
}

#[test]
fn what_an_earlier_version_judged_is_grouped_as_it_was_then() {
    let found: [(&str, &[&str]); 3] = [
        ("n2 and n4 were both elected leader of term 41; n4 was cut off from n1 and n2 at the time.", &["cut"]),
        ("n5 and n1 were both elected leader of term 7; n3 was paused.", &["kill", "pause"]),
        ("n5 and n1 were both elected leader of term 9.", &[]),
    ];
    let failures =
        failures("reference", &outcome(Verdict::Invalid, vec![judgement("election-safety", Verdict::Invalid, &found)]));
    assert_eq!(failures.len(), 1, "{failures:?}");
    let text = "NODE was both elected leader of term #".to_owned();
    assert_eq!(failures[0].signature.cause, Cause::Told(text));
    assert_eq!((failures[0].count, failures[0].signature.faults.len()), (3, 0));
    assert_eq!(failures[0].faults, ["cut", "kill", "pause"]);
    assert_eq!(failures[0].sentence, found[0].0);
}

#[test]
fn a_cluster_without_leader_is_told_apart_by_the_class_of_faults_and_by_nothing_else_of_the_moment() {
    let of = |members: &[&str], faults: &[&str]| {
        let findings = [(leaderless(members), faults)];
        let outcome = outcome(Verdict::Invalid, vec![found("re-election", Verdict::Invalid, &findings)]);
        failures("reference", &outcome).remove(0).signature
    };
    let (stuck, other) = (&["n1", "n2", "n3"], &["n2", "n3", "n4", "n5"][..]);
    assert_eq!(of(stuck, &["cut"]), of(other, &["cut", "degrade"]));
    assert_eq!(of(stuck, &["cut"]).faults, ["links"]);
    assert_eq!(of(stuck, &["kill", "stutter"]).faults, ["processes"]);
    assert_eq!(of(stuck, &["cut", "kill"]).faults, ["links", "processes"]);
    assert_ne!(of(stuck, &["kill"]), of(stuck, &["cut"]));
    assert_eq!(of(stuck, &[]).faults, [""; 0]);
}

#[test]
fn an_invalid_run_is_grouped_by_its_findings_alone() {
    let checkers = vec![
        judgement("vote-once", Verdict::Invalid, &[("n1 voted for n1 and then for n2 in term 4.", &["kill"])]),
        Judgement { sentence: "the run did too little".to_owned(), ..judgement("coverage", Verdict::Unknown, &[]) },
        Judgement { judged: false, ..judgement("leader-log", Verdict::Invalid, &[("n1", &[])]) },
    ];
    let failures = failures("reference", &outcome(Verdict::Invalid, checkers));
    assert_eq!(failures.iter().map(|f| f.signature.checker.as_str()).collect::<Vec<_>>(), ["vote-once"]);
}

#[test]
fn an_unknown_run_is_grouped_by_what_keeps_it_from_being_valid() {
    let lacking = |shown: u64, more: Option<Lack>| {
        let lacking = [Lack::TooFewElections { shown, least: 5 }].into_iter().chain(more).collect();
        let statement = trust::Statement::TooLittleHappened { lacking }.into();
        let coverage = Judgement::new("coverage", Verdict::Unknown, statement, Vec::new());
        failures("reference", &outcome(Verdict::Unknown, vec![coverage])).remove(0).signature
    };
    assert_eq!(lacking(1, None), lacking(3, None));
    assert_ne!(lacking(1, None), lacking(1, Some(Lack::ExpectationsUnmet { unmet: 1 })));
    assert_eq!(lacking(1, None).cause, coded("too-little-happened", &["too-few-elections"]));

    let mut cut_off = outcome(Verdict::Unknown, vec![judgement("vote-once", Verdict::Valid, &[])]);
    cut_off.sentence = "12 promises judged, none broken; the history is cut off: it has no end.".to_owned();
    let old = failures("reference", &cut_off);
    assert_eq!((old.len(), old[0].signature.checker.as_str()), (1, RUN));
    assert_eq!(old[0].signature.cause, Cause::Told("the history is cut off: it has no end.".to_owned()));
    cut_off.reservations = vec![Reservation::SafetyNotJudged { claimed: false }, Reservation::HistoryCutOff];
    let new = failures("reference", &cut_off);
    assert_eq!(new[0].signature.cause, coded("history-cut-off", &[]), "what does not block is no cause");
}

#[test]
fn a_run_with_many_kinds_of_findings_keeps_a_bounded_number_and_counts_all() {
    let sentences: Vec<String> =
        (0..500u32).map(|n| format!("broken {}", char::from_u32(0x4e00 + n).unwrap())).collect();
    let found: Vec<(&str, &[&str])> = sentences.iter().map(|sentence| (sentence.as_str(), &[][..])).collect();
    let outcome = outcome(Verdict::Invalid, vec![judgement("vote-once", Verdict::Invalid, &found)]);
    let failures = failures("reference", &outcome);
    assert_eq!(failures.len(), MOST);
    assert_eq!(failures.iter().map(|failure| failure.count).sum::<u64>(), 500);
}
