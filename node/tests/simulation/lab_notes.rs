//! The mistakes of the two lab notes, one at a time and all together: each shows, and not in the node of Figure 2.

use std::time::Duration;

use node::defects;
use node::lab_notes::Note;
use node::raft::{Action, Config, HardState, Input, LogEnd, Name, Raft, Reply, Request, Role, Term, VoteRequest};

use crate::judge::Violation;
use crate::liveness::elected;
use crate::single::{ask, campaign, grant, heartbeat, lead, ms, node, node_that};
use crate::world::{Scenario, World};

const NOTES: [&str; 4] = ["lab-note-1:sync", "lab-note-1:async", "lab-note-1:early", "lab-note-2"];

/// `n1` of three at term 3, with an empty log, as a note would have it.
fn note(name: &str) -> Raft {
    let note = Note::named(name).expect("a name").expect("a note");
    let config = Config {
        name: "n1".into(),
        peers: vec!["n2".into(), "n3".into()],
        election: ms(150)..=ms(300),
        heartbeat: ms(120),
        first_delay: ms(0),
        log: LogEnd(0, 0),
        prevote: false,
        check_quorum: false,
        sticky: false,
        strategy: note.strategy(),
        seed: 1,
    };
    Raft::new(config, note.rules(), HardState { term: 3, vote: None }, ms(0)).0
}

/// A second candidate of a term.
fn ask_for_n3(term: Term) -> Input {
    let vote = VoteRequest { term, candidate_id: "n3".into(), last_log_index: 5, last_log_term: 1 };
    Input::Request(Request::RequestVote(vote))
}

fn grants(actions: &[Action]) -> bool {
    actions.iter().any(|action| matches!(action, Action::Reply(Reply::RequestVote { vote_granted: true, .. })))
}

fn requests(actions: &[Action]) -> Vec<VoteRequest> {
    let votes = actions.iter().filter_map(|action| match action {
        Action::Send { request: Request::RequestVote(vote), .. } => Some(vote.clone()),
        _ => None,
    });
    votes.collect()
}

fn written(actions: &[Action]) -> Vec<HardState> {
    let writes = actions.iter().filter_map(|action| match action {
        Action::Persist(state, _) => Some(state.clone()),
        _ => None,
    });
    writes.collect()
}

fn vote(raft: &Raft) -> Option<String> {
    raft.state().vote.map(|vote| vote.0)
}

#[test]
fn who_does_not_store_its_vote_grants_another_in_the_same_term() {
    for (defect, again) in [("none", false), ("vote-not-stored", true)] {
        let mut raft = node(defect);
        assert!(grants(&raft.step(ms(10), ask(7, 5))));
        assert_eq!(vote(&raft).is_none(), again, "{defect}");
        assert_eq!(grants(&raft.step(ms(11), ask_for_n3(7))), again, "{defect}");
    }
}

#[test]
fn a_heartbeat_changes_the_vote_only_of_a_node_whose_vote_is_the_leader() {
    for (defect, expected) in [("none", "n3"), ("vote-means-leader", "n2")] {
        let mut raft = node(defect);
        raft.step(ms(10), ask_for_n3(7));
        raft.step(ms(20), heartbeat(7));
        assert_eq!(vote(&raft).as_deref(), Some(expected), "{defect}");
    }
}

/// With PreVote it waits on in the old term, where it may be asked.
#[test]
fn a_timeout_clears_the_vote_of_the_broken_node_only_and_frees_it_for_another() {
    for (defect, again) in [("none", false), ("vote-cleared-on-timeout", true)] {
        let mut raft = node_that(defect, true);
        raft.step(ms(10), ask(7, 5));
        let (now, _) = campaign(&mut raft);
        assert_eq!((raft.state().role, raft.state().term), (Role::Precandidate, 7));
        assert_eq!(vote(&raft).is_none(), again, "{defect}");
        assert_eq!(grants(&raft.step(now, ask_for_n3(7))), again, "{defect}");
    }
}

#[test]
fn who_acknowledges_nobody_campaigns_at_once_and_the_correct_node_waits() {
    for (defect, waits) in [("none", true), ("no-leader-means-candidate", false)] {
        let mut raft = node(defect);
        assert_eq!(raft.wake_at() >= ms(150), waits, "{defect} at its start");
        raft.step(ms(10), ask(7, 5));
        assert_eq!(raft.wake_at() >= ms(160), waits, "{defect} after a grant");
        raft.step(ms(20), heartbeat(7));
        assert!(raft.wake_at() >= ms(170), "{defect} under a leader");
    }
}

#[test]
fn voters_that_do_not_wait_for_the_one_they_elected_keep_no_leader() {
    let changes = |defect| {
        let mut world = World::new(Scenario::calm(5, 8, defect));
        world.advance(ms(5000));
        world.judge.elections
    };
    assert_eq!(changes("none"), 1);
    let broken = changes("no-leader-means-candidate");
    assert!(broken != 1, "{broken} elections");
}

#[test]
fn grants_of_a_lost_candidacy_make_a_leader_of_the_broken_node_only_and_of_no_term_that_they_are_for() {
    for (defect, role) in [("none", Role::Follower), ("lost-candidacy-wins", Role::Leader)] {
        let mut raft = node(defect);
        let (now, call) = campaign(&mut raft);
        raft.step(now + ms(1), ask(9, 5));
        assert_eq!((raft.state().role, raft.state().term), (Role::Follower, 9));
        raft.step(now + ms(2), grant("n3", call));
        assert_eq!((raft.state().role, raft.state().term), (role, 9), "{defect}");
        assert_eq!(vote(&raft).as_deref(), Some("n2"), "{defect}");
    }
}

/// That is what `stale-grants` does.
#[test]
fn grants_of_a_lost_candidacy_are_not_counted_with_those_of_the_next() {
    let mut raft = node("lost-candidacy-wins");
    raft.step(ms(0), heartbeat(3));
    let (_, first) = campaign(&mut raft);
    let (now, _) = campaign(&mut raft);
    raft.step(
        now,
        Input::Reply { from: "n2".into(), call: first, reply: Reply::RequestVote { term: 4, vote_granted: false } },
    );
    assert_eq!(raft.state().role, Role::Candidate);
    raft.step(now, grant("n3", first));
    assert_eq!((raft.state().role, raft.state().term), (Role::Leader, 5), "of three, one grant and itself");
}

#[test]
fn a_candidacy_that_was_won_does_not_win_again() {
    let mut raft = node("lost-candidacy-wins");
    let (now, call) = campaign(&mut raft);
    raft.step(now, grant("n2", call));
    raft.step(now + ms(1), ask(9, 5));
    raft.step(now + ms(2), grant("n3", call));
    assert_eq!((raft.state().role, raft.state().term), (Role::Follower, 9));
}

#[test]
fn a_leader_that_nobody_acknowledges_goes_on_unless_it_is_broken() {
    for (defect, role) in [("none", Role::Leader), ("steps-down-unacknowledged", Role::Follower)] {
        let mut raft = node(defect);
        let (now, _) = lead(&mut raft);
        for tenth in 1..=12 {
            raft.step(now + ms(10 * tenth), Input::Tick);
        }
        assert_eq!((raft.state().role, raft.state().term), (role, 4), "{defect}");
    }
}

#[test]
fn a_leader_that_a_majority_acknowledges_goes_on_though_it_is_broken() {
    let (mut world, leader) = elected(Scenario::calm(3, 1, "steps-down-unacknowledged")).expect("a first leader");
    world.kill((leader + 1) % 3);
    world.advance(ms(5000));
    assert_eq!((world.leader(), world.judge.elections), (Some(leader), 1));
}

#[test]
fn a_candidate_writes_its_term_and_vote_and_the_broken_one_only_what_it_grants() {
    for (defect, writes) in [("none", true), ("own-vote-not-persisted", false)] {
        let mut raft = node(defect);
        let now = raft.wake_at();
        let own = HardState { term: 4, vote: Some("n1".into()) };
        assert_eq!(written(&raft.step(now, Input::Tick)).contains(&own), writes, "{defect}");
        let other = HardState { term: 9, vote: Some("n2".into()) };
        assert_eq!(written(&raft.step(now, ask(9, 5))), [other], "{defect}");
    }
}

#[test]
fn a_request_carries_the_term_of_its_candidacy_unless_the_term_is_read_anew() {
    let mut right = node("none");
    let now = right.wake_at();
    assert_eq!(requests(&right.step(now, Input::Tick)).iter().map(|vote| vote.term).collect::<Vec<_>>(), [4, 4]);

    let mut broken = node("request-term-reread");
    assert_eq!(requests(&broken.step(now, Input::Tick)), [], "not yet");
    broken.step(now, ask(9, 5));
    assert_eq!((broken.state().role, vote(&broken).as_deref()), (Role::Follower, Some("n2")));
    let late = requests(&broken.step(broken.wake_at(), Input::Tick));
    assert_eq!(late.iter().map(|vote| vote.term).collect::<Vec<_>>(), [9, 9], "a term in which it has voted for n2");
}

#[test]
fn the_term_in_a_reply_is_adopted_in_every_role_unless_it_is_never_looked_at() {
    let refusal =
        |call| Input::Reply { from: "n3".into(), call, reply: Reply::RequestVote { term: 9, vote_granted: false } };
    let ignored =
        |call| Input::Reply { from: "n3".into(), call, reply: Reply::AppendEntries { term: 9, success: false } };
    for (defect, candidate, leader) in [
        ("none", (Role::Follower, 9), (Role::Follower, 9)),
        ("reply-term-ignored", (Role::Candidate, 4), (Role::Leader, 4)),
    ] {
        let mut raft = node(defect);
        let (now, call) = campaign(&mut raft);
        raft.step(now, refusal(call));
        assert_eq!((raft.state().role, raft.state().term), candidate, "{defect}");
        let mut raft = node(defect);
        let (now, call) = lead(&mut raft);
        raft.step(now, ignored(call));
        assert_eq!((raft.state().role, raft.state().term), leader, "{defect}");
    }
}

#[test]
fn a_candidate_tells_of_its_log_unless_that_is_always_empty() {
    for (defect, log) in [("none", LogEnd(1, 5)), ("last-log-always-zero", LogEnd(0, 0))] {
        let mut raft = node(defect);
        let now = raft.wake_at();
        let told: Vec<LogEnd> = requests(&raft.step(now, Input::Tick)).iter().map(VoteRequest::log).collect();
        assert_eq!(told, [log, log], "{defect}");
    }
    let elects = |defect| {
        let mut world = World::new(Scenario { unequal_logs: true, ..Scenario::calm(3, 4, defect) });
        world.advance(ms(10_000));
        world.leader().is_some()
    };
    assert!(elects("none") && !elects("last-log-always-zero"));
}

/// The first wait of each of three nodes, and the second, as a candidate.
#[test]
fn all_followers_wait_for_as_long_where_the_wait_is_fixed_and_candidates_do_not() {
    let waits = |defect| {
        let of = |name: &str| {
            let peers = ["n1", "n2", "n3"].into_iter().filter(|peer| *peer != name).map(Name::from).collect();
            let config = Config {
                name: name.into(),
                peers,
                election: ms(150)..=ms(300),
                heartbeat: ms(50),
                first_delay: ms(0),
                log: LogEnd(0, 0),
                prevote: false,
                check_quorum: false,
                sticky: false,
                strategy: node::strategy::Strategy::Early,
                seed: 1,
            };
            let rules = defects::rules(defect).expect("a defect");
            let (mut raft, _) = Raft::new(config, rules, HardState::default(), ms(0));
            let first = raft.wake_at();
            raft.step(first, Input::Tick);
            (first, raft.wake_at() - first)
        };
        ["n1", "n2", "n3"].map(of)
    };
    let differ = |waits: &[Duration]| waits.windows(2).all(|pair| pair[0] != pair[1]);
    let (right, broken) = (waits("none"), waits("fixed-wait-short-slices"));
    assert!(differ(&right.map(|(first, _)| first)) && differ(&right.map(|(_, next)| next)));
    assert_eq!(broken.map(|(first, _)| first), [ms(200); 3], "of 300 ms, 200 slices of 1 ms");
    assert!(differ(&broken.map(|(_, next)| next)));
}

#[test]
fn every_stage_of_both_notes_elects_a_first_leader_and_again_after_a_crash() {
    for note in NOTES {
        let (mut world, leader) = elected(Scenario::calm(3, 6, note)).expect(note);
        world.kill(leader);
        world.advance(ms(5000));
        assert!(world.leader().is_some_and(|other| other != leader), "{note}");
    }
}

#[test]
fn the_plain_name_of_the_first_note_is_its_last_stage() {
    assert_eq!(Note::named("lab-note-1"), Note::named("lab-note-1:early"));
    for wrong in ["lab-note-1:", "lab-note-1:late", "lab-note-2:sync", "lab-note-3"] {
        assert!(Note::named(wrong).is_err(), "{wrong}");
    }
}

/// It waits 200 ms for a leader that it knows, then for a random time with its vote gone, and only then raises the term.
#[test]
fn the_first_note_waits_twice_and_loses_its_vote_between() {
    let mut raft = note("lab-note-1");
    raft.step(ms(10), heartbeat(4));
    assert_eq!(vote(&raft).as_deref(), Some("n2"), "whom it acknowledges");
    assert_eq!(raft.wake_at(), ms(210));
    raft.step(ms(210), Input::Tick);
    assert_eq!((raft.state().role, raft.state().term, vote(&raft)), (Role::Follower, 4, None));
    let again = raft.wake_at() - ms(210);
    assert!((ms(150)..=ms(300)).contains(&again), "{again:?}");
    let asked = requests(&raft.step(raft.wake_at(), Input::Tick));
    assert_eq!(asked.iter().map(|vote| vote.term).collect::<Vec<_>>(), [5, 5]);
}

#[test]
fn the_first_note_goes_back_to_its_fixed_wait_when_it_hears_a_leader() {
    let mut raft = note("lab-note-1");
    raft.step(ms(0), Input::Tick);
    assert!(raft.wake_at() >= ms(150), "it knows nobody: the random wait");
    raft.step(ms(20), heartbeat(4));
    assert_eq!(raft.wake_at(), ms(220));
}

/// In the loop: leader at the majority; follower, and no more asking, when all have answered or failed.
#[test]
fn a_candidate_of_the_second_note_whom_all_have_answered_in_vain_is_a_follower_in_the_same_term() {
    let mut raft = note("lab-note-2");
    let now = raft.wake_at();
    raft.step(now, Input::Tick);
    let asked = raft.step(now + ms(1), Input::Tick);
    let call = asked.iter().find_map(|action| match action {
        Action::Send { call, .. } => Some(*call),
        _ => None,
    });
    let call = call.expect("it asks a moment later");
    let failed = raft.step(now + ms(2), Input::Failed { to: "n2".into(), call });
    assert_eq!(requests(&failed), [], "a failure is an answer");
    assert_eq!(raft.state().role, Role::Candidate);
    let refusal = Reply::RequestVote { term: 9, vote_granted: false };
    raft.step(now + ms(3), Input::Reply { from: "n3".into(), call, reply: refusal });
    assert_eq!((raft.state().role, raft.state().term, vote(&raft).as_deref()), (Role::Follower, 4, Some("n1")));
}

#[test]
fn the_second_note_leads_in_a_term_in_which_it_has_voted_for_another() {
    let mut raft = note("lab-note-2");
    let now = raft.wake_at();
    raft.step(now, Input::Tick);
    raft.step(now, ask(7, 0));
    let late = raft.step(now + ms(1), Input::Tick);
    assert!(requests(&late).iter().all(|vote| vote.term == 7));
    let call = late.iter().find_map(|action| match action {
        Action::Send { call, .. } => Some(*call),
        _ => None,
    });
    raft.step(now + ms(2), grant("n3", call.expect("a request")));
    assert_eq!((raft.state().role, raft.state().term, vote(&raft).as_deref()), (Role::Leader, 7, Some("n2")));
}

#[test]
fn the_second_note_restarts_its_timer_for_a_refusal_but_not_for_an_older_term() {
    let restarts = |input| {
        let mut raft = note("lab-note-2");
        raft.step(ms(50), ask_for_n3(3));
        let before = raft.wake_at();
        raft.step(ms(100), input);
        raft.wake_at() != before
    };
    assert!(restarts(ask(3, 0)), "refused, of its own term");
    assert!(!restarts(ask(2, 0)), "refused, of an older term");
}

/// What the notes leave right stays right: a node that votes by storing it never votes twice without a crash.
#[test]
fn voters_of_the_second_note_vote_once_while_nobody_crashes() {
    for seed in 0..40 {
        let world = World::run(Scenario { crash: 0.0, ..Scenario::rough(3, seed, "lab-note-2") }, Duration::ZERO);
        assert!(!world.judge.violations.contains(&Violation::VotedTwice), "seed {seed}");
    }
}
