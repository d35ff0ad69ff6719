//! Redis Sentinel 7.0: its log.

use history::verdict::Verdict;
use history::{Evidence, Word};

use super::{judged, recorded, terms, three, understood, verdict};

#[test]
fn the_epoch_that_is_led_is_the_one_in_which_a_sentinel_voted_for_itself() {
    let ids = three();
    let nodes = [("n1", "sentinel-n1.log"), ("n2", "sentinel-n2.log"), ("n3", "sentinel-n3.log")];
    let _learnt = nodes.map(|(node, log)| understood("redis-sentinel", node, log, &ids));
    let lives = nodes.map(|(node, log)| (node, understood("redis-sentinel", node, log, &ids).0));
    let (first, second) = (&lives[0].1, &lives[1].1);
    assert_eq!((terms(second, "candidate"), terms(second, "leader")), (vec![1], vec![1]));
    assert!(terms(first, "candidate").is_empty() && terms(first, "leader").is_empty());
    let vote = first.iter().find(|said| said.vote.is_some()).unwrap();
    assert_eq!((vote.term, &vote.vote), (Some(1), &Some(Some("n2".into()))));
    let seen: Vec<_> = lives.iter().flat_map(|(node, all)| all.iter().map(move |said| (*node, 1, said))).collect();
    assert_eq!(verdict(&judged(&seen, Evidence::Atomic, false), "election-safety"), Verdict::Valid);
}

/// The same logs, as if n1 had won the epoch as well: its own vote, its own victory.
#[test]
fn two_sentinels_elected_in_one_epoch_are_found() {
    let ids = three();
    let (mut first, _) = understood("redis-sentinel", "n1", "sentinel-n1.log", &ids);
    let (second, _) = understood("redis-sentinel", "n2", "sentinel-n2.log", &ids);
    let mut planted = second.iter().find(|said| said.role.as_ref().map(Word::text) == Some("leader")).unwrap().clone();
    planted.leader = Some(Some("n1".into()));
    first.push(planted);
    let both = [("n1", &first), ("n2", &second)];
    let seen: Vec<_> = both.iter().flat_map(|(node, all)| all.iter().map(move |said| (*node, 1, said))).collect();
    assert_eq!(verdict(&judged(&seen, Evidence::Atomic, false), "election-safety"), Verdict::Invalid);
}

#[test]
fn a_sentinel_leads_until_its_failover_ends() {
    assert!(recorded("sentinel-n2.log").contains("+failover-end master"));
    let (all, _) = understood("redis-sentinel", "n2", "sentinel-n2.log", &three());
    assert_eq!(all.last().unwrap().role.as_ref().map(Word::text), Some("follower"));
}
