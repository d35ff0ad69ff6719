use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;

fn view(roles: &[&str]) -> View {
    let node = |(place, role): (usize, &&str)| NodeView {
        name: format!("n{}", place + 1),
        up: true,
        role: Some(Word::read(*role).into_owned()),
        term: Some(3),
        ..NodeView::default()
    };
    View { nodes: roles.iter().enumerate().map(node).collect(), ..View::default() }
}

fn resolved(choice: Choice, view: &View, seed: u64) -> Vec<NodeName> {
    resolve(&choice.into(), view, &mut ChaCha8Rng::seed_from_u64(seed))
}

#[test]
fn leader_means_every_node_that_claims_to_lead_and_runs() {
    let mut cluster = view(&["leader", "follower", "leader", "leader"]);
    cluster.nodes[3].up = false;
    assert_eq!(resolved(Choice::Leader, &cluster, 0), ["n1", "n3"]);
    assert!(resolved(Choice::Leader, &view(&["follower", "candidate"]), 0).is_empty());
}

#[test]
fn a_follower_that_others_see_is_preferred() {
    let mut cluster = view(&["leader", "follower", "follower"]);
    cluster.nodes[1].isolated = true;
    for seed in 0..20 {
        assert_eq!(resolved(Choice::Follower, &cluster, seed), ["n3"]);
    }
    cluster.nodes[2].up = false;
    assert_eq!(resolved(Choice::Follower, &cluster, 0), ["n2"]);
    cluster.nodes[1].up = false;
    assert!(resolved(Choice::Follower, &cluster, 0).is_empty());
}

#[test]
fn candidates_are_all_candidates_and_precandidates() {
    let cluster = view(&["candidate", "follower", "precandidate"]);
    assert_eq!(resolved(Choice::Candidate, &cluster, 0), ["n1", "n3"]);
}

#[test]
fn the_trigger_is_the_node_that_fulfilled_the_condition() {
    let mut cluster = view(&["follower", "follower"]);
    assert!(resolved(Choice::Trigger, &cluster, 0).is_empty());
    cluster.trigger = Some("n2".to_owned());
    assert_eq!(resolved(Choice::Trigger, &cluster, 0), ["n2"]);
}

#[test]
fn one_is_a_running_node_and_each_has_its_turn() {
    let mut cluster = view(&["leader", "follower", "follower"]);
    cluster.nodes[0].up = false;
    let mut seen: Vec<NodeName> = (0..50).flat_map(|seed| resolved(Choice::One, &cluster, seed)).collect();
    assert_eq!(seen.len(), 50);
    seen.sort();
    seen.dedup();
    assert_eq!(seen, ["n2", "n3"]);
}

#[test]
fn minority_and_majority_have_the_right_size_for_every_cluster() {
    for size in 0..10 {
        let cluster = view(&vec!["follower"; size]);
        let minority = resolved(Choice::Minority, &cluster, 1).len();
        let majority = resolved(Choice::Majority, &cluster, 1).len();
        assert_eq!(majority, if size == 0 { 0 } else { size / 2 + 1 });
        assert!(size == 0 || size - minority > size / 2, "what a minority leaves is a majority: {size}");
        assert!(size == 0 || size - (minority + 1) <= size / 2, "it is the largest such: {size}");
    }
}

#[test]
fn a_minority_and_a_majority_are_drawn_of_those_who_vote() {
    let mut cluster = view(&["follower"; 5]);
    cluster.voters = Some(["n1", "n2", "n4"].map(str::to_owned).to_vec());
    for seed in 0..20 {
        let minority = resolved(Choice::Minority, &cluster, seed);
        assert!(minority.len() == 1 && cluster.voters.as_ref().unwrap().contains(&minority[0]), "{minority:?}");
        let majority = resolved(Choice::Majority, &cluster, seed);
        assert!(majority.len() == 2 && majority.iter().all(|name| cluster.voters.as_ref().unwrap().contains(name)));
    }
}

#[test]
fn names_are_taken_in_the_order_of_the_cluster_once_each_and_strangers_are_left_out() {
    let names = Target::Names(["n3", "n1", "n3", "n9"].map(str::to_owned).to_vec());
    let cluster = view(&["leader", "follower", "follower"]);
    assert_eq!(resolve(&names, &cluster, &mut ChaCha8Rng::seed_from_u64(0)), ["n1", "n3"]);
}

#[test]
fn targets_round_trip_and_a_wrong_one_is_told_what_would_be_right() {
    for (word, choice) in Choice::ALL {
        let text = format!("\"{word}\"");
        assert_eq!(serde_json::to_string(&Target::Choice(choice)).unwrap(), text);
        assert_eq!(serde_json::from_str::<Target>(&text).unwrap(), Target::Choice(choice));
    }
    let names: Target = serde_json::from_str(r#"["n1","n2"]"#).unwrap();
    assert_eq!(names, Target::Names(vec!["n1".to_owned(), "n2".to_owned()]));
    let error = serde_json::from_str::<Target>("\"leadr\"").unwrap_err().to_string();
    assert!(error.contains("leadr") && error.contains("\"leader\"") && error.contains("list of node names"), "{error}");
}

#[test]
fn all_followers_and_everyone_but_the_leader_are_meant_by_a_word_each() {
    let mut cluster = view(&["leader", "follower", "candidate", "follower", "follower"]);
    cluster.nodes[4].up = false;
    assert_eq!(resolved(Choice::Followers, &cluster, 1), ["n2", "n4"]);
    assert_eq!(resolved(Choice::NotLeader, &cluster, 1), ["n2", "n3", "n4"]);
    assert!(resolved(Choice::NotLeader, &view(&["follower", "candidate"]), 1).is_empty(), "but whom?");
}
