use super::*;
use history::Evidence;

fn seen(complete: bool, (earliest, latest): (u64, u64), incarnation: u32, term: u64) -> Observation {
    Observation {
        node: Name(0),
        incarnation,
        told: true,
        observer: 0,
        evidence: if complete { Evidence::Atomic } else { Evidence::Sampled },
        durable: complete,
        complete,
        span: Span::new(earliest, latest),
        role: Some(Role::Follower),
        term: Some(term),
        vote: None,
        leader: Some(None),
        foreign_vote: None,
        foreign_leader: None,
        outsider: false,
        log: None,
        counted: Vec::new(),
        candidate_log: None,
        alive: true,
        piped: complete,
        hole: None,
        stray: false,
    }
}

fn knowledge(observations: &[Observation]) -> Vec<(u64, &'static str, u64)> {
    let mut track = Track::new(&observations[0], None);
    for (line, seen) in observations.iter().enumerate() {
        track.feed(seen, line as u64 + 2);
    }
    let told = combine(vec![track]);
    let word = |know: &Know| match know {
        Know::Nothing => ("nothing", 0),
        Know::Terms(low, high) => ("terms", low * 100 + high),
        Know::OneOf(a, b) => ("one of", a.term * 100 + b.term),
        Know::Exact(state) => ("exact", state.term),
    };
    told.iter().map(|(at, (know, _))| (at, word(&know).0, word(&know).1)).collect()
}

#[test]
fn a_complete_observer_is_in_doubt_only_within_the_spans() {
    let told = knowledge(&[seen(true, (10, 12), 1, 1), seen(true, (20, 22), 1, 2)]);
    assert_eq!(told, [(0, "nothing", 0), (13, "exact", 1), (20, "one of", 102), (23, "exact", 2)]);
}

#[test]
fn spans_that_reach_back_over_several_lines_keep_their_order() {
    let told = knowledge(&[seen(true, (10, 10), 1, 1), seen(true, (5, 40), 1, 2), seen(true, (8, 30), 1, 3)]);
    assert_eq!(told, [(0, "nothing", 0), (11, "terms", 103), (31, "exact", 3)]);
}

#[test]
fn another_incarnation_is_another_story() {
    let told = knowledge(&[seen(true, (10, 10), 1, 1), seen(true, (20, 20), 2, 1)]);
    assert_eq!(told, [(0, "nothing", 0), (11, "nothing", 0), (21, "exact", 1)]);
}

#[test]
fn equal_polls_hold_between_and_different_ones_bound_the_term() {
    let told = knowledge(&[
        seen(false, (10, 12), 1, 1),
        seen(false, (20, 22), 1, 1),
        seen(false, (30, 32), 1, 4),
        seen(false, (40, 42), 1, 4),
    ]);
    assert_eq!(told, [(0, "nothing", 0), (12, "exact", 1), (20, "terms", 104), (32, "exact", 4), (40, "nothing", 0)]);
}

#[test]
fn a_poll_is_put_in_its_place_whenever_it_comes() {
    let told = knowledge(&[seen(false, (10, 12), 1, 1), seen(false, (50, 52), 1, 1), seen(false, (30, 32), 1, 2)]);
    assert!(told.iter().all(|(_, word, _)| *word != "exact"), "{told:?}");
}

#[test]
fn equal_polls_too_far_apart_prove_nothing() {
    let told = knowledge(&[seen(false, (10, 12), 1, 1), seen(false, (FAR + 20, FAR + 22), 1, 1)]);
    assert!(told.iter().all(|(_, word, _)| *word != "exact"), "{told:?}");
}

/// The state of a follower that names a leader.
fn led(mut seen: Observation) -> Observation {
    seen.leader = Some(Some(Name(1)));
    seen
}

#[test]
fn a_leader_that_is_named_is_kept_and_a_term_without_one_may_have_had_one_between() {
    let (first, second) = ((10, 12), (NEAR + 20, NEAR + 22));
    let told = knowledge(&[led(seen(false, first, 1, 1)), led(seen(false, second, 1, 1))]);
    assert_eq!(told, [(0, "nothing", 0), (12, "exact", 1), (NEAR + 20, "nothing", 0)]);
    let told = knowledge(&[seen(false, first, 1, 1), seen(false, second, 1, 1)]);
    assert_eq!(told, [(0, "nothing", 0), (10, "nothing", 0), (12, "terms", 101), (NEAR + 20, "nothing", 0)]);
}

#[test]
fn a_poll_that_was_missing_between_two_makes_them_one() {
    let at = |place: u64| (place * NEAR * 2 / 3, place * NEAR * 2 / 3 + 2);
    let told = knowledge(&[seen(false, at(1), 1, 1), seen(false, at(3), 1, 1), seen(false, at(2), 1, 1)]);
    assert_eq!(told, [(0, "nothing", 0), (at(1).1, "exact", 1), (at(3).0, "nothing", 0)]);
}
