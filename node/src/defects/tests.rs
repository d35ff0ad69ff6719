//! Each defect, asked for every decision, answers one of them otherwise than Figure 2.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::time::Duration;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{rules, runnable};
use crate::lab_notes::Note;
use crate::raft::{HardState, LogEnd, Name, Role, Why};
use crate::rules::{Contact, Figure2, Grant, Rules};

/// What some rules answer, by the decision that they are asked for.
type Answers = BTreeMap<&'static str, String>;

const ROLES: [Role; 4] = [Role::Follower, Role::Precandidate, Role::Candidate, Role::Leader];
const FLAGS: [bool; 2] = [false, true];

fn each<A, B: Debug>(asked: impl IntoIterator<Item = A>, answer: impl FnMut(A) -> B) -> String {
    format!("{:?}", asked.into_iter().map(answer).collect::<Vec<_>>())
}

fn pairs<A: Copy, B: Copy>(left: &[A], right: &[B]) -> Vec<(A, B)> {
    left.iter().flat_map(|a| right.iter().map(move |b| (*a, *b))).collect()
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Of majorities, waiting and leading.
fn of_time_and_number(rules: &dyn Rules) -> Answers {
    use Contact::{GrantedVote, Heartbeat, RefusedVote, StaleCandidate, StaleHeartbeat};
    let name = Name::from("n1");
    let contacts = [GrantedVote, RefusedVote, StaleCandidate, Heartbeat, StaleHeartbeat];
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    Answers::from([
        ("quorum", each(1..=7, |members| rules.quorum(members))),
        ("electorate", each(0..=5, |silent| rules.electorate(5, silent))),
        ("election_timeout", each(ROLES, |role| rules.election_timeout(role, &(ms(150)..=ms(300)), &mut rng))),
        ("waits_for", each([None, Some(&name)], |leader| rules.waits_for(leader))),
        ("hesitates", each([()], |()| rules.hesitates())),
        ("restarts_timer", each(contacts, |contact| rules.restarts_timer(contact))),
        ("leads_unanswered", each(FLAGS, |check_quorum| rules.leads_unanswered(check_quorum, ms(300), ms(50)))),
        ("abdicates", each([0, 1, 19, 20, 1000], |failures| rules.abdicates(failures))),
    ])
}

/// Of votes, and of what is durable.
fn of_votes(rules: &dyn Rules) -> Answers {
    let (one, two) = (Name::from("n1"), Name::from("n2"));
    let votes = [None, Some(&one), Some(&two)];
    let states = votes.map(|vote| HardState { term: 3, vote: vote.cloned() });
    let next = HardState { term: 4, vote: Some(two.clone()) };
    let logs = [LogEnd(0, 0), LogEnd(1, 5), LogEnd(2, 3)];
    let saves = pairs(&[0, 1, 2], &[Why::Grant, Why::Candidacy, Why::Other]);
    Answers::from([
        ("vote_is_free", each(votes, |vote| rules.vote_is_free(vote, &two))),
        ("log_is_current", each(pairs(&logs, &logs), |(candidate, voter)| rules.log_is_current(candidate, voter))),
        ("own_vote", each([&one, &two], |name| rules.own_vote(name))),
        ("vote_after_grant", each(votes, |vote| rules.vote_after_grant(vote.cloned(), &two))),
        ("vote_after_heartbeat", each(votes, |vote| rules.vote_after_heartbeat(vote.cloned(), &two))),
        ("vote_after_timeout", each(votes, |vote| rules.vote_after_timeout(vote.cloned()))),
        ("vote_after_stepping_down", each(votes, |vote| rules.vote_after_stepping_down(vote.cloned()))),
        ("writes", each(saves, |(before, why)| rules.writes(&states[before], &next, why))),
        ("persists_first", each([()], |()| rules.persists_first())),
        ("syncs", each([()], |()| rules.syncs())),
        ("log_told", each(logs, |log| rules.log_told(log))),
    ])
}

/// Of requests, grants and terms.
fn of_messages(rules: &dyn Rules) -> Answers {
    let name = Name::from("n1");
    let terms = pairs(&[3, 5], &[2, 3, 5, 6]);
    let grants = pairs(&terms, &[6, 7]);
    let grants =
        grants.into_iter().map(|((request_term, reply_term), round)| Grant { request_term, reply_term, round });
    let replies = pairs(&ROLES, &terms);
    let pre_votes = pairs(&terms, &FLAGS);
    Answers::from([
        ("pre_votes", each([()], |()| rules.pre_votes())),
        ("pre_vote_reply_term", each(pre_votes, |((own, asked), to)| rules.pre_vote_reply_term(own, asked, to))),
        ("asks_after", each([()], |()| rules.asks_after())),
        ("failure_is_forgiven", each([()], |()| rules.failure_is_forgiven())),
        ("grant_counts", each(grants, |grant| rules.grant_counts(grant, 5, 7))),
        ("lost_candidacy_wins", each([()], |()| rules.lost_candidacy_wins())),
        ("tally", each(0..3, |count| rules.tally(&vec![name.clone(); count]))),
        ("may_lead_before_answers", each(0..3, |unanswered| rules.may_lead_before_answers(unanswered))),
        ("leads_after", each([()], |()| rules.leads_after())),
        ("term_after_reply", each(replies, |(role, (own, reply))| rules.term_after_reply(role, own, reply))),
        ("role_in_newer_term", each(ROLES, |role| rules.role_in_newer_term(role))),
        ("candidate_yields", each([()], |()| rules.candidate_yields())),
    ])
}

fn answers(rules: &dyn Rules) -> Answers {
    [of_time_and_number, of_votes, of_messages].into_iter().flat_map(|ask| ask(rules)).collect()
}

/// The decisions that `rules` take otherwise than Figure 2.
fn broken(rules: &dyn Rules) -> Vec<&'static str> {
    let right = answers(&Figure2);
    answers(rules).into_iter().filter(|(name, answer)| right[name] != *answer).map(|(name, _)| name).collect()
}

#[test]
fn every_defect_breaks_exactly_one_rule_and_the_correct_node_none() {
    assert_eq!(broken(&*rules("none").expect("the correct node")), Vec::<&str>::new());
    for defect in runnable() {
        let broken = broken(&*rules(defect.name).expect("runnable"));
        assert_eq!(broken.len(), 1, "{} breaks {broken:?}", defect.name);
    }
}

#[test]
fn no_defect_is_another_one_under_a_second_name() {
    let mut known = BTreeMap::new();
    for defect in runnable() {
        let answers = answers(&*rules(defect.name).expect("runnable"));
        assert_eq!(known.insert(answers, defect.name), None, "{} is that too", defect.name);
    }
}

#[test]
fn a_lab_note_breaks_several_rules_at_once() {
    for (name, count) in [("lab-note-1", 10), ("lab-note-2", 6)] {
        let note = Note::named(name).expect("a name").expect("a note");
        assert_eq!(broken(&*note.rules()).len(), count, "{name} breaks {:?}", broken(&*note.rules()));
    }
}

/// Else a defect that breaks a rule added later would seem to break none.
#[test]
fn every_decision_is_asked_for() {
    let text = include_str!("../rules.rs");
    let (_, text) = text.split_once("pub trait Rules").expect("the trait");
    let (text, _) = text.split_once("\n}\n").expect("its end");
    let decisions: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("    fn ")?.split_once("(&self"))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(answers(&Figure2).into_keys().collect::<BTreeSet<_>>(), decisions);
}
