//! nats-server 2.9: the debug log of its meta group.

use history::Evidence;
use history::verdict::Verdict;

use super::{judged, recorded, terms, three, understood, verdict};

/// The answers that elect the leader of term 1 carry the term of the node that answers, which is 0.
#[test]
fn the_term_of_an_answer_is_not_the_term_that_is_led() {
    let text = recorded("nats-n2.log");
    let answer = text.find("Received a voteResponse &{term:0").unwrap();
    assert!(answer < text.find("Switching to leader").unwrap(), "the trap is none");
    let (all, _) = understood("nats", "n2", "nats-n2.log", &three());
    assert_eq!((terms(&all, "candidate"), terms(&all, "leader")), (vec![1], vec![1]));
    assert!(all.iter().all(|said| said.term != Some(0)));
}

#[test]
fn leaders_are_named_by_ids_that_their_own_lines_tell() {
    let ids = three();
    let logs = [("n2", "nats-n2.log"), ("n1", "nats-n1.log"), ("n3", "nats-n3.log")];
    let lives = logs.map(|(node, log)| (node, understood("nats", node, log, &ids).0));
    let leaders: Vec<_> = lives[2].1.iter().filter_map(|said| said.leader.clone()).collect();
    assert_eq!(leaders, [Some("n2".into()), Some("n1".into())]);
    assert_eq!(terms(&lives[1].1, "leader"), [2]);
    let seen: Vec<_> = lives.iter().flat_map(|(node, all)| all.iter().map(move |said| (*node, 1, said))).collect();
    assert_eq!(verdict(&judged(&seen, Evidence::Atomic, false), "election-safety"), Verdict::Valid);
}
