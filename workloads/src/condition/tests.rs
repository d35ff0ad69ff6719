use super::*;

/// `role term leader`, with `-` for what is unknown and `null` for a leader that is known to be none.
fn node(name: &str, state: &str) -> NodeView {
    let mut words = state.split(' ').map(|word| (word != "-").then(|| word.to_owned()));
    NodeView {
        name: name.to_owned(),
        up: true,
        isolated: false,
        role: words.next().flatten().map(Word::read),
        term: words.next().flatten().and_then(|term| term.parse().ok()),
        leader: words.next().flatten().map(|leader| (leader != "null").then_some(leader)),
        vote: words.next().flatten(),
    }
}

fn view(states: &[&str]) -> View {
    let nodes = states.iter().enumerate().map(|(place, state)| node(&format!("n{}", place + 1), state)).collect();
    View { nodes, ..View::default() }
}

fn since(before: View, highest_term: u64) -> Since {
    Since { before, highest_term: Some(highest_term), highest_led: Some(highest_term) }
}

fn trigger(condition: &Condition, now: &View, since: &Since) -> Option<String> {
    condition.holds(now, since).and_then(|met| met.trigger)
}

#[test]
fn a_leader_with_its_majority_is_one_leader() {
    let now = view(&["leader 2 n1", "follower 2 n1", "follower 1 -"]);
    assert_eq!(trigger(&Condition::Leader, &now, &Since::default()).as_deref(), Some("n1"));
}

#[test]
fn a_leader_without_a_majority_at_its_term_is_none() {
    let now = view(&["leader 2 n1", "follower 1 -", "follower 1 -"]);
    assert_eq!(Condition::Leader.holds(&now, &Since::default()), None);
}

#[test]
fn only_those_who_vote_are_counted() {
    let mut now = view(&["leader 2 n1", "follower 2 n1", "follower 1 -", "follower 1 -", "follower 1 -"]);
    assert_eq!(Condition::Leader.holds(&now, &Since::default()), None, "two of five");
    now.voters = Some(["n1", "n2", "n3"].map(str::to_owned).to_vec());
    assert_eq!(trigger(&Condition::Leader, &now, &Since::default()).as_deref(), Some("n1"), "two of three voters");
    now.voters = Some(["n1", "n3", "n4"].map(str::to_owned).to_vec());
    assert_eq!(Condition::Leader.holds(&now, &Since::default()), None, "one of three voters");
}

#[test]
fn nodes_that_name_another_do_not_count_for_a_leader() {
    let now = view(&["leader 2 n1", "follower 2 n3", "follower 2 n3"]);
    assert_eq!(Condition::Leader.holds(&now, &Since::default()), None);
}

#[test]
fn nodes_that_say_that_they_follow_nobody_do_not_count_for_a_leader() {
    let now = view(&["leader 2 n1", "follower 2 null", "precandidate 2 null"]);
    assert_eq!(Condition::Leader.holds(&now, &Since::default()), None);
}

#[test]
fn nodes_that_do_not_say_whom_they_follow_count_for_a_leader() {
    let now = view(&["leader 2 -", "follower 2 -", "follower 2 -"]);
    assert_eq!(trigger(&Condition::Leader, &now, &Since::default()).as_deref(), Some("n1"));
}

#[test]
fn a_node_that_shows_no_term_goes_along_by_naming_the_leader() {
    let mut now = view(&["leader 2 n1", "follower 2 n1", "follower 1 -"]);
    now.nodes[1].term = None;
    assert_eq!(trigger(&Condition::Leader, &now, &Since::default()).as_deref(), Some("n1"));
    now.nodes[1].leader = None;
    assert_eq!(Condition::Leader.holds(&now, &Since::default()), None);
}

#[test]
fn a_stale_leader_of_an_older_term_does_not_disturb() {
    let now = view(&["leader 2 n1", "leader 3 n2", "follower 3 n2"]);
    assert_eq!(trigger(&Condition::Leader, &now, &Since::default()).as_deref(), Some("n2"));
}

#[test]
fn two_leaders_of_the_highest_term_are_not_one_leader() {
    let now = view(&["leader 3 -", "leader 3 -", "follower 3 -"]);
    assert_eq!(Condition::Leader.holds(&now, &Since::default()), None);
}

#[test]
fn an_isolated_or_stopped_leader_is_no_leader_and_does_not_hide_another() {
    let mut now = view(&["leader 9 n1", "leader 3 n2", "follower 3 n2"]);
    assert_eq!(Condition::Leader.holds(&now, &Since::default()), None);
    now.nodes[0].isolated = true;
    assert_eq!(trigger(&Condition::Leader, &now, &Since::default()).as_deref(), Some("n2"));
    now.nodes[0].isolated = false;
    now.nodes[0].up = false;
    assert_eq!(trigger(&Condition::Leader, &now, &Since::default()).as_deref(), Some("n2"));
}

#[test]
fn the_majority_is_one_of_all_nodes_not_of_those_connected() {
    let mut now = view(&["leader 3 n1", "follower 3 n1", "follower 3 n1", "follower 3 n1"]);
    assert!(Condition::Leader.holds(&now, &Since::default()).is_some());
    now.nodes[2].up = false;
    now.nodes[3].isolated = true;
    assert_eq!(Condition::Leader.holds(&now, &Since::default()), None);
}

#[test]
fn a_new_leader_leads_a_higher_term_than_any_leader_before() {
    let condition = Condition::NewLeader { since: 4 };
    let now = view(&["leader 3 n1", "follower 3 n1", "follower 3 n1"]);
    assert_eq!(trigger(&condition, &now, &since(View::default(), 2)).as_deref(), Some("n1"));
    assert_eq!(condition.holds(&now, &since(View::default(), 3)), None);
    assert_eq!(condition.since(), Some(4));
    assert_eq!(Condition::Leader.since(), None);
}

#[test]
fn a_candidacy_that_was_under_way_does_not_age_the_leader_whom_it_makes() {
    let condition = Condition::NewLeader { since: 4 };
    let since = Since { highest_term: Some(33), highest_led: Some(32), ..Since::default() };
    let now = view(&["candidate 33 null", "leader 33 n2", "follower 33 n2"]);
    assert_eq!(trigger(&condition, &now, &since).as_deref(), Some("n2"));
    let old = view(&["candidate 33 null", "leader 32 n2", "follower 32 n2"]);
    assert_eq!(condition.holds(&old, &since), None);
}

#[test]
fn the_only_leader_is_one_beside_whom_no_connected_node_claims_to_lead() {
    let mut now = view(&["leader 3 n1", "leader 4 n2", "follower 4 n2"]);
    assert!(Condition::Leader.holds(&now, &Since::default()).is_some());
    assert_eq!(Condition::OnlyLeader.holds(&now, &Since::default()), None);
    now.nodes[0].isolated = true;
    let met = Condition::OnlyLeader.holds(&now, &Since::default()).unwrap();
    assert_eq!(met.trigger.as_deref(), Some("n2"));
}

#[test]
fn no_leader_asks_the_connected_only() {
    let mut now = view(&["leader 3 n1", "candidate 5 -", "follower 3 n1"]);
    assert_eq!(Condition::NoLeader.holds(&now, &Since::default()), None);
    now.nodes[0].isolated = true;
    assert_eq!(Condition::NoLeader.holds(&now, &Since::default()), Some(Met::default()));
}

#[test]
fn no_new_leader_asks_the_isolated_too_but_lets_the_old_leader_stand() {
    let condition = Condition::NoNewLeader { since: 1 };
    let mut now = view(&["leader 3 n1", "candidate 9 -", "candidate 8 -"]);
    now.nodes.iter_mut().for_each(|node| node.isolated = true);
    assert!(condition.holds(&now, &since(View::default(), 3)).is_some());
    now.nodes[1].role = Some(Role::Leader.into());
    assert_eq!(condition.holds(&now, &since(View::default(), 3)), None);
}

#[test]
fn terms_agree_when_all_connected_nodes_show_one_term() {
    let mut now = view(&["leader 3 -", "follower 3 -", "follower 2 -"]);
    assert_eq!(Condition::TermsAgree.holds(&now, &Since::default()), None);
    now.nodes[2].isolated = true;
    assert!(Condition::TermsAgree.holds(&now, &Since::default()).is_some());
    now.nodes[1].term = None;
    assert_eq!(Condition::TermsAgree.holds(&now, &Since::default()), None);
    assert_eq!(Condition::TermsAgree.holds(&View::default(), &Since::default()), None);
}

#[test]
fn becoming_a_candidate_is_an_edge() {
    let condition = Condition::becomes(Role::Candidate);
    let before = view(&["candidate 4 -", "follower 4 -"]);
    assert_eq!(condition.holds(&before, &since(before.clone(), 0)), None);
    let again = view(&["candidate 5 -", "follower 4 -"]);
    assert_eq!(trigger(&condition, &again, &since(before.clone(), 0)).as_deref(), Some("n1"));
    let other = view(&["candidate 4 -", "candidate 5 -"]);
    assert_eq!(trigger(&condition, &other, &since(before, 0)).as_deref(), Some("n2"));
}

#[test]
fn a_follower_that_hears_of_a_newer_term_has_not_become_one() {
    let condition = Condition::becomes(Role::Follower);
    let before = view(&["follower 4 -", "leader 4 -"]);
    assert_eq!(condition.holds(&view(&["follower 5 -", "leader 4 -"]), &since(before.clone(), 0)), None);
    let stepped_down = view(&["follower 5 -", "follower 5 -"]);
    assert_eq!(trigger(&condition, &stepped_down, &since(before, 0)).as_deref(), Some("n2"));
}

#[test]
fn a_vote_for_oneself_is_no_trigger_and_a_new_vote_for_another_is() {
    let before = view(&["follower 4 - n2", "follower 4 - -", "follower 4 - -"]);
    let same = since(before.clone(), 0);
    assert_eq!(Condition::Votes.holds(&before, &same), None);
    assert_eq!(Condition::Votes.holds(&view(&["follower 4 - n2", "candidate 5 - n2", "follower 4 - -"]), &same), None);
    let granted = view(&["follower 4 - n2", "candidate 5 - n2", "follower 5 - n2"]);
    assert_eq!(trigger(&Condition::Votes, &granted, &same).as_deref(), Some("n3"));
    let once_more = view(&["follower 5 - n2", "candidate 5 - n2", "follower 4 - -"]);
    assert_eq!(trigger(&Condition::Votes, &once_more, &same).as_deref(), Some("n1"));
}

#[test]
fn a_node_that_cannot_be_reached_triggers_nothing() {
    let mut now = view(&["candidate 5 - n1", "follower 5 - n1"]);
    now.nodes[0].up = false;
    now.nodes[1].isolated = true;
    assert_eq!(Condition::becomes(Role::Candidate).holds(&now, &Since::default()), None);
    assert_eq!(Condition::Votes.holds(&now, &Since::default()), None);
}

#[test]
fn conditions_are_written_as_the_design_has_them() {
    let text = |condition: &Condition| serde_json::to_string(condition).unwrap();
    assert_eq!(text(&Condition::Leader), r#""leader""#);
    assert_eq!(text(&Condition::NewLeader { since: 3 }), r#"{"new-leader":{"since":3}}"#);
    assert_eq!(text(&Condition::becomes(Role::Leader)), r#"{"becomes":{"role":"leader"}}"#);
}

#[test]
fn somebody_leads_before_anybody_goes_along() {
    let alone = view(&["leader 5 - n1", "follower 4 - -", "follower 4 - -"]);
    assert_eq!(trigger(&Condition::Leads, &alone, &Since::default()).as_deref(), Some("n1"));
    assert_eq!(Condition::Leader.holds(&alone, &Since::default()), None);
    assert_eq!(Condition::Leads.holds(&view(&["candidate 5 - n1", "follower 4 - -"]), &Since::default()), None);
}
