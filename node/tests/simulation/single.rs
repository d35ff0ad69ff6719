//! One broken rule at a time on a single core: the same input, answered by Figure 2 and by a node with a defect.

use std::time::Duration;

use node::defects;
use node::raft::{
    Action, AppendRequest, Call, Config, HardState, Input, LogEnd, Raft, Reply, Request, Role, VoteRequest,
};
use node::strategy::Strategy;

pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// `n1` of three, at term 3, whose log ends at 1/5.
pub(crate) fn node(defect: &str) -> Raft {
    node_that(defect, false)
}

pub(crate) fn node_that(defect: &str, prevote: bool) -> Raft {
    let config = Config {
        name: "n1".into(),
        peers: vec!["n2".into(), "n3".into()],
        election: ms(150)..=ms(300),
        heartbeat: ms(50),
        first_delay: ms(0),
        log: LogEnd(1, 5),
        prevote,
        check_quorum: false,
        sticky: false,
        strategy: Strategy::Early,
        seed: 1,
    };
    Raft::new(config, defects::rules(defect).expect("a defect"), HardState { term: 3, vote: None }, ms(0)).0
}

pub(crate) fn ask(term: u64, index: u64) -> Input {
    let vote = VoteRequest { term, candidate_id: "n2".into(), last_log_index: index, last_log_term: 1 };
    Input::Request(Request::RequestVote(vote))
}

pub(crate) fn heartbeat(term: u64) -> Input {
    Input::Request(Request::AppendEntries(AppendRequest {
        term,
        leader_id: "n2".into(),
        prev_log_index: 5,
        prev_log_term: 1,
        entries: Vec::new(),
        leader_commit: 0,
    }))
}

/// Starts an election; gives the time and its call.
pub(crate) fn campaign(raft: &mut Raft) -> (Duration, Call) {
    let now = raft.wake_at();
    let actions = raft.step(now, Input::Tick);
    let call = actions.iter().find_map(|action| match action {
        Action::Send { call, .. } => Some(*call),
        _ => None,
    });
    (now, call.expect("a request"))
}

pub(crate) fn grant(from: &str, call: Call) -> Input {
    Input::Reply { from: from.into(), call, reply: Reply::RequestVote { term: call.term, vote_granted: true } }
}

pub(crate) fn lead(raft: &mut Raft) -> (Duration, Call) {
    let (now, call) = campaign(raft);
    let actions = raft.step(now, grant("n2", call));
    assert_eq!(raft.state().role, Role::Leader);
    let call = actions.iter().find_map(|action| match action {
        Action::Send { call, .. } => Some(*call),
        _ => None,
    });
    (now, call.expect("a heartbeat"))
}

/// Whether `input` at 100 ms restarts the timer.
fn restarts(defect: &str, input: Input) -> bool {
    let mut raft = node(defect);
    let before = raft.wake_at();
    raft.step(ms(100), input);
    raft.wake_at() != before
}

#[test]
fn a_refused_vote_restarts_the_timer_of_the_broken_node_only() {
    assert!(restarts("timer-reset-by-refusal", ask(9, 4)));
    assert!(!restarts("none", ask(9, 4)));
}

#[test]
fn a_granted_vote_restarts_the_timer_but_of_the_broken_node() {
    assert!(!restarts("timer-kept-on-grant", ask(9, 5)));
    assert!(restarts("none", ask(9, 5)));
}

#[test]
fn a_heartbeat_of_an_old_term_restarts_the_timer_of_the_broken_node_only() {
    assert!(restarts("timer-reset-by-stale-leader", heartbeat(2)));
    assert!(!restarts("none", heartbeat(2)));
}

#[test]
fn a_candidate_follows_the_leader_of_its_own_term_unless_it_is_broken() {
    for (defect, role) in [("none", Role::Follower), ("candidate-ignores-leader", Role::Candidate)] {
        let mut raft = node(defect);
        let (now, _) = campaign(&mut raft);
        raft.step(now, heartbeat(4));
        assert_eq!(raft.state().role, role, "{defect}");
    }
}

#[test]
fn a_precandidate_follows_the_leader_of_its_term_unless_it_is_broken() {
    for (defect, role) in [("none", Role::Follower), ("candidate-ignores-leader", Role::Precandidate)] {
        let mut raft = node_that(defect, true);
        let (now, _) = campaign(&mut raft);
        assert_eq!(raft.state().role, Role::Precandidate, "{defect}");
        raft.step(now, heartbeat(3));
        assert_eq!(raft.state().role, role, "{defect}");
    }
}

#[test]
fn a_leader_believes_the_higher_term_in_a_reply_unless_it_is_broken() {
    for (defect, expected) in [("none", (Role::Follower, 9)), ("leader-ignores-reply-term", (Role::Leader, 4))] {
        let mut raft = node(defect);
        let (now, call) = lead(&mut raft);
        let reply = Reply::AppendEntries { term: 9, success: false };
        raft.step(now, Input::Reply { from: "n3".into(), call, reply });
        assert_eq!((raft.state().role, raft.state().term), expected, "{defect}");
    }
}

#[test]
fn twenty_failures_of_one_peer_unseat_the_broken_leader_only() {
    for (defect, role) in [("none", Role::Leader), ("abdicates", Role::Follower)] {
        let mut raft = node(defect);
        let (now, call) = lead(&mut raft);
        for _ in 0..20 {
            raft.step(now, Input::Failed { to: "n3".into(), call });
        }
        assert_eq!(raft.state().role, role, "{defect}");
    }
}

#[test]
fn a_majority_that_has_answered_suffices_unless_the_node_waits_for_all() {
    for (defect, role) in [("none", Role::Leader), ("waits-for-all", Role::Candidate)] {
        let mut raft = node(defect);
        let (now, call) = campaign(&mut raft);
        raft.step(now, Input::Failed { to: "n3".into(), call });
        raft.step(now, grant("n2", call));
        assert_eq!(raft.state().role, role, "{defect}");
    }
}

/// The winner has stepped down in favour of a newer term before the win is carried out.
#[test]
fn a_late_win_makes_a_leader_of_a_node_that_has_stepped_down() {
    let mut raft = node("late-win");
    let (now, call) = campaign(&mut raft);
    raft.step(now, grant("n2", call));
    raft.step(now + ms(5), ask(7, 5));
    assert_eq!((raft.state().role, raft.state().term), (Role::Follower, 7));
    assert_eq!(raft.wake_at(), now + ms(10));
    raft.step(now + ms(10), Input::Tick);
    assert_eq!((raft.state().role, raft.state().term), (Role::Leader, 7));
    assert_eq!(raft.state().vote, Some("n2".into()));
}

#[test]
fn term_and_vote_are_one_write_unless_they_are_written_apart() {
    let writes = |defect| {
        let actions = node(defect).step(ms(10), ask(7, 5));
        let writes = actions.into_iter().filter_map(|action| match action {
            Action::Persist(state, _) => Some((state.term, state.vote)),
            _ => None,
        });
        writes.collect::<Vec<_>>()
    };
    assert_eq!(writes("none"), [(7, Some("n2".into()))]);
    assert_eq!(writes("term-and-vote-apart"), [(3, Some("n2".into())), (7, Some("n2".into()))]);
}
