//! etcd 3.4: its zap log and its status.

use std::borrow::Cow;

use cluster::observe::http::poller::understand;
use cluster::observe::ids::Ids;
use cluster::system::{ObserverKind, System};
use history::entry::State;
use history::verdict::Verdict;
use history::{Evidence, Word};

use super::{judged, recorded, terms, three, understood, verdict};

fn named(name: &str) -> Option<Option<Cow<'static, str>>> {
    Some(Some(name.to_owned().into()))
}

#[test]
fn roles_terms_votes_and_leaders_are_read_and_ids_are_learnt_from_whoever_speaks_of_itself() {
    let ids = three();
    let (first, _) = understood("etcd", "n1", "etcd-n1-1.log", &ids);
    let (second, _) = understood("etcd", "n2", "etcd-n2-1.log", &ids);
    assert_eq!((terms(&first, "candidate"), terms(&first, "leader")), (vec![2], vec![2]));
    let candidacy = first.iter().find(|said| said.role.as_ref().map(Word::text) == Some("candidate")).unwrap();
    assert_eq!(candidacy.vote, named("n1"), "a candidate votes for itself");
    let votes: Vec<_> = second.iter().filter(|said| said.vote.is_some()).map(|said| (said.term, &said.vote)).collect();
    assert_eq!(votes[0], (Some(2), &named("n1")));
    let named_leader = second.iter().find(|said| said.leader.is_some()).unwrap();
    assert_eq!((named_leader.term, &named_leader.leader, &named_leader.role), (Some(2), &named("n1"), &None));
}

#[test]
fn an_id_that_has_not_been_learnt_is_an_unknown_node_and_no_accusation() {
    let (second, _) = understood("etcd", "n2", "etcd-n2-1.log", &three());
    let vote = second.iter().find(|said| said.vote_id.is_some()).unwrap();
    assert_eq!((vote.term, &vote.vote), (Some(2), &None));
    assert_eq!(vote.vote_id.as_deref(), Some("1e6f28c707bcda5b"));
}

#[test]
fn an_id_that_two_nodes_claim_belongs_to_neither() {
    let ids = three();
    ids.learn("log", "c0ffee", "n1");
    assert_eq!(ids.resolve("log", "c0ffee"), Some(Some("n1".to_owned())));
    assert_eq!(ids.resolve("status", "c0ffee"), None, "learnt by another observer");
    ids.learn("log", "c0ffee", "n2");
    ids.learn("log", "c0ffee", "n1");
    assert_eq!(ids.resolve("log", "c0ffee"), None);
}

#[test]
fn the_poll_says_0_for_nobody_and_elsewhere_0_is_an_id_like_any_other() {
    let system = System::load("etcd").unwrap();
    let ids = Ids::seen_by(vec!["n1".to_owned()], &system.observers);
    assert_eq!((ids.resolve("status", "0"), ids.resolve("log", "0")), (Some(None), None));
    ids.learn("log", "0", "n1");
    assert_eq!(ids.resolve("log", "0"), Some(Some("n1".to_owned())));
}

#[test]
fn a_lost_leader_is_not_a_leader() {
    let ids = three();
    understood("etcd", "n1", "etcd-n1-1.log", &ids);
    let (third, _) = understood("etcd", "n3", "etcd-n3-1.log", &ids);
    let text = recorded("etcd-n3-1.log");
    assert!(text.contains("lost leader 1e6f28c707bcda5b at term 3"), "the recorded log has no such line");
    let of_three: Vec<_> =
        third.iter().filter(|said| said.term == Some(3) && said.leader.is_some()).map(|said| &said.leader).collect();
    assert_eq!(of_three, [&Some(None), &named("n3"), &named("n3")], "lost n1; leads; names itself");
    assert_eq!(terms(&third, "leader"), [3]);
}

#[test]
fn a_grant_of_a_pre_vote_is_no_vote() {
    let text = recorded("etcd-prevote-n2.log");
    assert!(text.contains("cast MsgPreVote for"));
    let (all, _) = understood("etcd", "n2", "etcd-prevote-n2.log", &three());
    let votes = all.iter().filter(|said| said.vote.is_some() || said.vote_id.is_some()).count();
    assert_eq!(votes, text.matches("cast MsgVote for").count() + terms(&all, "candidate").len());
}

/// etcd prints a candidacy before it has written its term: killed in between, it comes back with the term before.
#[test]
fn a_term_that_was_printed_and_not_yet_written_may_be_lost_by_a_kill() {
    let ids = three();
    let (before, _) = understood("etcd", "n1", "etcd-killed-1.log", &ids);
    let (after, _) = understood("etcd", "n1", "etcd-killed-2.log", &ids);
    assert_eq!((before.last().unwrap().term, after[0].term), (Some(4), Some(3)), "not the log of such a kill");
    let lives = before.iter().map(|said| ("n1", 1, said)).chain(after.iter().map(|said| ("n1", 2, said)));
    let lives: Vec<_> = lives.collect();
    let observe = System::load("etcd").unwrap().observers.into_iter().find(|observe| observe.name == "log").unwrap();
    assert_eq!(verdict(&judged(&lives, Evidence::Atomic, observe.durable), "term-monotonic"), Verdict::Valid);
    assert_eq!(
        verdict(&judged(&lives, Evidence::Atomic, true), "term-monotonic"),
        Verdict::Invalid,
        "the trap is none"
    );
}

/// Both answers were given by honest leaders: the old one of term 2 before it was paused, the new one of term 3 before
/// it had applied its first entry.
#[test]
fn two_polled_leaders_of_one_term_convict_nobody() {
    let ids = three();
    let system = System::load("etcd").unwrap();
    let observe = system.observers.iter().find(|observe| observe.name == "status").unwrap();
    let ObserverKind::Http { fields, words, .. } = &observe.kind else { panic!("{observe:?}") };
    let answer = |node: &str, file: &str| -> State<'static> {
        let json = serde_json::from_str(&recorded(file)).unwrap();
        understand(&json, (fields, words), (node, "status"), &ids).unwrap()
    };
    let (old, new) = (answer("n3", "etcd-polled-old.json"), answer("n1", "etcd-polled-new.json"));
    for said in [&old, &new] {
        assert_eq!((said.role.as_ref().map(Word::text), said.term), (Some("leader"), Some(2)), "the trap is none");
    }
    let seen = [("n3", 1, &old), ("n1", 1, &new)];
    let outcome = judged(&seen, Evidence::Sampled, false);
    assert_ne!(verdict(&outcome, "election-safety"), Verdict::Invalid);
    assert_ne!(outcome.verdict, Verdict::Invalid);
    assert_eq!(
        verdict(&judged(&seen, Evidence::Atomic, false), "election-safety"),
        Verdict::Invalid,
        "the trap is none"
    );
}
