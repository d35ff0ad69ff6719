//! The rules of Figure 2, one by one, on a single core.

use super::*;
use crate::rules::Figure2;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn config() -> Config {
    Config {
        name: "n1".into(),
        peers: vec!["n2".into(), "n3".into()],
        election: ms(150)..=ms(300),
        heartbeat: ms(50),
        first_delay: ms(0),
        log: LogEnd(1, 5),
        prevote: false,
        check_quorum: false,
        sticky: false,
        strategy: Strategy::Early,
        seed: 1,
    }
}

fn node(config: Config, term: Term) -> Raft {
    Raft::new(config, Box::new(Figure2), HardState { term, vote: None }, ms(0)).0
}

fn vote(term: Term, candidate: &str) -> VoteRequest {
    VoteRequest { term, candidate_id: candidate.into(), last_log_index: 5, last_log_term: 1 }
}

fn heartbeat(term: Term, leader: &str) -> Input {
    Input::Request(Request::AppendEntries(AppendRequest {
        term,
        leader_id: leader.into(),
        prev_log_index: 5,
        prev_log_term: 1,
        entries: Vec::new(),
        leader_commit: 0,
    }))
}

fn ask(term: Term, candidate: &str) -> Input {
    Input::Request(Request::RequestVote(vote(term, candidate)))
}

fn grant(from: &str, call: Call, term: Term) -> Input {
    Input::Reply { from: from.into(), call, reply: Reply::RequestVote { term, vote_granted: true } }
}

fn granted(actions: &[Action]) -> bool {
    actions.iter().any(|action| {
        matches!(
            action,
            Action::Reply(Reply::RequestVote { vote_granted: true, .. } | Reply::PreVote { vote_granted: true, .. })
        )
    })
}

fn call_of(actions: &[Action]) -> Call {
    let call = actions.iter().find_map(|action| match action {
        Action::Send { call, .. } => Some(*call),
        _ => None,
    });
    call.expect("a request")
}

/// Starts an election; gives the time and the call.
fn campaign(raft: &mut Raft) -> (Duration, Call) {
    let now = raft.wake_at();
    let actions = raft.step(now, Input::Tick);
    (now, call_of(&actions))
}

fn elect(raft: &mut Raft) -> Duration {
    let (now, call) = campaign(raft);
    raft.step(now, grant("n2", call, call.term));
    assert_eq!(raft.state().role, Role::Leader);
    now
}

fn rank(action: &Action) -> u8 {
    match action {
        Action::Persist(..) => 0,
        Action::Print(_) => 1,
        Action::Send { .. } | Action::Prepare(_) | Action::Reply(_) => 2,
    }
}

#[test]
fn a_candidacy_is_persisted_then_printed_in_one_line_then_sent() {
    let mut raft = node(config(), 3);
    let now = raft.wake_at();
    let actions = raft.step(now, Input::Tick);
    assert_eq!(actions.iter().map(rank).collect::<Vec<_>>(), [0, 1, 2, 2]);
    assert_eq!(actions[0], Action::Persist(HardState { term: 4, vote: Some("n1".into()) }, Why::Candidacy));
    let Action::Print(state) = &actions[1] else { panic!("{actions:?}") };
    assert_eq!((state.role, state.term, &state.vote, &state.leader), (Role::Candidate, 4, &Some("n1".into()), &None));
}

#[test]
fn a_grant_in_a_newer_term_is_one_write_and_one_line_before_the_reply() {
    let mut raft = node(config(), 3);
    let actions = raft.step(ms(10), ask(7, "n2"));
    assert_eq!(actions.iter().map(rank).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(actions[0], Action::Persist(HardState { term: 7, vote: Some("n2".into()) }, Why::Grant));
    assert!(granted(&actions));
}

#[test]
fn a_win_is_one_line_that_names_itself_and_comes_before_the_heartbeats() {
    let mut raft = node(config(), 3);
    let (now, call) = campaign(&mut raft);
    let actions = raft.step(now, grant("n3", call, 4));
    assert_eq!(actions.iter().map(rank).collect::<Vec<_>>(), [1, 2, 2]);
    let Action::Print(state) = &actions[0] else { panic!("{actions:?}") };
    assert_eq!((state.role, &state.leader), (Role::Leader, &Some("n1".into())));
}

#[test]
fn one_vote_a_term_and_the_same_one_again() {
    let mut raft = node(config(), 3);
    assert!(granted(&raft.step(ms(1), ask(4, "n2"))));
    assert!(!granted(&raft.step(ms(2), ask(4, "n3"))));
    assert!(granted(&raft.step(ms(3), ask(4, "n2"))));
    assert!(!granted(&raft.step(ms(4), ask(3, "n2"))));
}

#[test]
fn an_older_log_gets_no_vote_but_its_term_is_adopted_and_the_timer_runs_on() {
    let mut raft = node(config(), 3);
    let before = raft.wake_at();
    let request = VoteRequest { last_log_index: 4, ..vote(9, "n2") };
    assert!(!granted(&raft.step(ms(1), Input::Request(Request::RequestVote(request)))));
    assert_eq!((raft.state().term, raft.state().vote), (9, None));
    assert_eq!(raft.wake_at(), before);
}

#[test]
fn only_a_heartbeat_of_the_current_term_restarts_the_timer() {
    let mut raft = node(config(), 3);
    let before = raft.wake_at();
    raft.step(ms(100), heartbeat(2, "n2"));
    assert_eq!(raft.wake_at(), before);
    raft.step(ms(100), heartbeat(3, "n2"));
    assert!(raft.wake_at() >= ms(250));
}

#[test]
fn replies_of_another_term_candidacy_or_voter_do_not_count() {
    let mut five = config();
    five.peers.extend(["n4".into(), "n5".into()]);
    let mut raft = node(five, 3);
    let (_, old) = campaign(&mut raft);
    let (now, call) = campaign(&mut raft);
    assert_eq!((old.term, call.term), (4, 5));
    raft.step(now, grant("n2", old, 4));
    raft.step(now, grant("n2", old, 5));
    raft.step(now, grant("n2", call, 4));
    raft.step(now, grant("stranger", call, 5));
    raft.step(now, grant("n3", call, 5));
    raft.step(now, grant("n3", call, 5));
    assert_eq!(raft.state().role, Role::Candidate);
    raft.step(now, grant("n2", call, 5));
    assert_eq!(raft.state().role, Role::Leader);
}

#[test]
fn a_higher_term_in_any_reply_unseats_a_leader() {
    let mut raft = node(config(), 3);
    let now = elect(&mut raft);
    let call = Call { term: 1, round: 0 };
    let reply = Reply::AppendEntries { term: 9, success: false };
    raft.step(now, Input::Reply { from: "n2".into(), call, reply });
    assert_eq!((raft.state().role, raft.state().term, raft.state().vote), (Role::Follower, 9, None));
}

#[test]
fn a_pre_vote_changes_nothing_and_is_refused_while_a_leader_is_heard() {
    let mut raft = node(config(), 3);
    raft.step(ms(10), heartbeat(3, "n2"));
    let (state, wake) = (raft.state(), raft.wake_at());
    let request = || Input::Request(Request::PreVote(vote(4, "n3")));
    assert!(!granted(&raft.step(ms(159), request())));
    assert!(granted(&raft.step(ms(160), request())));
    assert_eq!((raft.state(), raft.wake_at()), (state, wake));
}

#[test]
fn a_pre_election_raises_the_term_only_once_it_is_won() {
    let mut raft = node(Config { prevote: true, ..config() }, 3);
    let (now, call) = campaign(&mut raft);
    assert_eq!((raft.state().role, raft.state().term, call.term), (Role::Precandidate, 3, 4));
    let reply = Reply::PreVote { term: 4, vote_granted: true };
    raft.step(now, Input::Reply { from: "n2".into(), call, reply });
    assert_eq!((raft.state().role, raft.state().term), (Role::Candidate, 4));
}

#[test]
fn a_refused_pre_vote_brings_a_lagging_node_up_to_date() {
    let mut raft = node(Config { prevote: true, ..config() }, 3);
    let (now, call) = campaign(&mut raft);
    let reply = Reply::PreVote { term: 8, vote_granted: false };
    raft.step(now, Input::Reply { from: "n2".into(), call, reply });
    assert_eq!((raft.state().role, raft.state().term), (Role::Follower, 8));
}

#[test]
fn sticky_ignores_even_the_term_of_a_request_while_a_leader_is_heard() {
    let mut raft = node(Config { sticky: true, ..config() }, 3);
    raft.step(ms(10), heartbeat(3, "n2"));
    assert!(!granted(&raft.step(ms(159), ask(9, "n3"))));
    assert_eq!(raft.state().term, 3);
    assert!(granted(&raft.step(ms(160), ask(9, "n3"))));
}

#[test]
fn a_leader_without_a_majority_steps_down_after_the_longest_timeout_and_keeps_its_vote() {
    let mut raft = node(Config { check_quorum: true, ..config() }, 3);
    let mut now = elect(&mut raft);
    let lost = now + ms(300);
    while now < lost {
        assert_eq!(raft.state().role, Role::Leader);
        now = raft.wake_at();
        raft.step(now, Input::Tick);
    }
    let state = raft.state();
    assert_eq!((now, state.role, state.term, state.vote), (lost, Role::Follower, 4, Some("n1".into())));
}

#[test]
fn a_candidate_asks_again_when_a_request_fails_but_not_for_a_lost_candidacy() {
    let mut raft = node(config(), 3);
    let (now, call) = campaign(&mut raft);
    let failed = |call| Input::Failed { to: "n2".into(), call };
    assert_eq!(call_of(&raft.step(now, failed(call))), call);
    campaign(&mut raft);
    assert_eq!(raft.step(now, failed(call)), []);
}

#[test]
fn a_log_newer_than_the_stored_term_lifts_the_term_durably_before_the_first_line() {
    let config = Config { log: LogEnd(6, 9), ..config() };
    let (_, actions) = Raft::new(config, Box::new(Figure2), HardState::default(), ms(0));
    assert_eq!(actions.iter().map(rank).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(actions[0], Action::Persist(HardState { term: 6, vote: None }, Why::Other));
}

#[test]
fn waits_are_drawn_anew_from_the_range_and_differ_between_names() {
    let waits = |name: &str| {
        let mut raft = node(Config { name: name.into(), ..config() }, 0);
        let mut last = ms(0);
        let mut waits = Vec::new();
        for _ in 0..20 {
            waits.push(raft.wake_at() - last);
            last = raft.wake_at();
            raft.step(last, Input::Tick);
        }
        waits
    };
    let (first, second) = (waits("n1"), waits("n9"));
    assert!(first.iter().chain(&second).all(|wait| (ms(150)..=ms(300)).contains(wait)));
    assert!(first.windows(2).all(|pair| pair[0] != pair[1]));
    assert_ne!(first, second);
}
