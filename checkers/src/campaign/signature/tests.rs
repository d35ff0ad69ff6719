use super::*;
use history::finding::{Safety, Statement};
use history::measures::Measures;
use history::verdict::{HistoryFacts, SCHEMA};

pub(crate) fn outcome(verdict: Verdict, checkers: Vec<Judgement>) -> Outcome {
    Outcome {
        schema: SCHEMA,
        run: "chaos-7".to_owned(),
        system: "reference".to_owned(),
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

#[test]
fn a_double_vote_under_any_fault_is_one_signature() {
    let found: [(&str, &[&str]); 3] = [
        ("n2 and n4 were both elected leader of term 41; n4 was cut off from n1 and n2 at the time.", &["cut"]),
        ("n5 and n1 were both elected leader of term 7; n3 was paused.", &["kill", "pause"]),
        ("n5 and n1 were both elected leader of term 9.", &[]),
    ];
    let failures =
        failures("reference", &outcome(Verdict::Invalid, vec![judgement("election-safety", Verdict::Invalid, &found)]));
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0].signature.text, "NODE was both elected leader of term #");
    assert_eq!((failures[0].count, failures[0].signature.faults.len()), (3, 0));
    assert_eq!(failures[0].faults, ["cut", "kill", "pause"]);
    assert_eq!(failures[0].sentence, found[0].0);
}

#[test]
fn a_cluster_without_leader_is_told_apart_by_the_class_of_faults_and_by_nothing_else_of_the_moment() {
    let of = |sentence: &str, faults: &[&str]| {
        let outcome =
            outcome(Verdict::Invalid, vec![judgement("re-election", Verdict::Invalid, &[(sentence, faults)])]);
        failures("reference", &outcome).remove(0).signature
    };
    let stuck = "no effective leader for 5.2 s (bound 5 s) from 12 s to 17.2 s although n1, n2 and n3 were up and linked; n1 was candidate in term 7, n2 was not seen";
    let other = "no effective leader for 7 s (bound 5 s) from 3 s to 10 s although n2, n3, n4 and n5 were up and linked; n2 was follower in term 9 naming n3";
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
    let lacking = |sentence: &str| {
        let coverage = Judgement { sentence: sentence.to_owned(), ..judgement("coverage", Verdict::Unknown, &[]) };
        failures("reference", &outcome(Verdict::Unknown, vec![coverage])).remove(0).signature
    };
    assert_eq!(
        lacking("the run did too little to be judged: 1 of at least 5 elections"),
        lacking("the run did too little to be judged: 3 of at least 5 elections")
    );
    let mut cut_off = outcome(Verdict::Unknown, vec![judgement("vote-once", Verdict::Valid, &[])]);
    cut_off.sentence = "12 promises judged, none broken; the history is cut off: it has no end.".to_owned();
    let failures = failures("reference", &cut_off);
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0].signature.checker, RUN);
    assert_eq!(failures[0].signature.text, "the history is cut off: it has no end.");
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
