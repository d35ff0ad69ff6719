//! What is seen of a node's death: at once where the link is open, not before the heal where it is cut.

use std::io::{ErrorKind, Write};
use std::net::TcpListener;

use crate::fixture::{Fixture, Next, PATIENCE, WATCH, accept, accept_within, eventually, next, read};

const BOTH: [(usize, usize); 2] = [(0, 1), (1, 0)];

pub(crate) fn a_dead_destination_refuses<F: Fixture>() {
    let (fixture, mut listeners) = F::start(2);
    drop(listeners.pop());
    fixture.network().set_alive(1, false).unwrap();
    for _ in 0..3 {
        assert_eq!(fixture.dial(0, 1).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    }
    let listener = fixture.bind(1);
    fixture.network().set_alive(1, true).unwrap();
    fixture.connect(0, 1, &listener);
}

pub(crate) fn a_node_that_was_never_started_refuses<F: Fixture>() {
    let fixture = F::new(2);
    assert_eq!(fixture.dial(0, 1).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

pub(crate) fn a_death_on_an_open_link_is_seen_at_once<F: Fixture>() {
    let (fixture, mut listeners) = F::start(2);
    let (mut near, far) = fixture.connect(0, 1, &listeners[1]);
    drop(far);
    drop(listeners.pop());
    fixture.network().set_alive(1, false).unwrap();
    assert_eq!(next(&mut near, PATIENCE), Next::End);
}

pub(crate) fn a_death_behind_a_cut_is_seen_at_the_heal_as_a_reset<F: Fixture>() {
    let (fixture, mut listeners) = F::start(2);
    let (mut near, mut far) = fixture.connect(0, 1, &listeners[1]);
    fixture.cut(&BOTH);
    near.write_all(b"for the dead").unwrap();
    far.write_all(b"last words").unwrap();
    drop(far);
    drop(listeners.pop());
    fixture.network().set_alive(1, false).unwrap();
    assert_eq!(next(&mut near, WATCH), Next::Silence);

    let listener = fixture.bind(1);
    fixture.network().set_alive(1, true).unwrap();
    assert_eq!(next(&mut near, WATCH), Next::Silence);
    fixture.heal();
    if F::ONE_WAY_IS_MESSAGES {
        assert_eq!(read(&mut near, 10), b"last words");
    }
    let mut ending = next(&mut near, PATIENCE);
    while let Next::Byte(_) = ending {
        ending = next(&mut near, PATIENCE);
    }
    // On packets the end that the dead process left behind may come through before the reset.
    assert!(ending == Next::Reset || (F::CARRIES_PACKETS && ending == Next::End), "{ending:?}");
    assert!(accept_within(&listener, WATCH).is_none(), "nothing is handed to the next incarnation");
    fixture.connect(0, 1, &listener);
}

pub(crate) fn a_death_of_the_dialer_behind_a_cut_is_seen_at_the_heal<F: Fixture>() {
    let (fixture, listeners) = F::start(2);
    let (mut near, mut far) = fixture.connect(0, 1, &listeners[1]);
    fixture.cut(&BOTH);
    near.write_all(b"last words").unwrap();
    drop(near);
    fixture.network().set_alive(0, false).unwrap();
    assert_eq!(next(&mut far, WATCH), Next::Silence);
    fixture.network().set_alive(0, true).unwrap();
    fixture.heal();
    assert_eq!(read(&mut far, 10), b"last words");
    let ending = next(&mut far, PATIENCE);
    assert!(matches!(ending, Next::Reset | Next::End), "{ending:?}");
}

/// Only on a network that accepts attempts in the destination's name.
pub(crate) fn an_attempt_held_for_a_dead_incarnation_is_reset_and_never_handed_on<F: Fixture>() {
    if !F::ONE_WAY_IS_MESSAGES {
        return;
    }
    let (fixture, mut listeners) = F::start(2);
    fixture.cut(&[(1, 0)]);
    let mut for_the_first = fixture.dial(0, 1).unwrap();
    for_the_first.write_all(b"first").unwrap();
    drop(listeners.pop());
    fixture.network().set_alive(1, false).unwrap();
    let mut for_nobody = fixture.dial(0, 1).expect("a cut hides that the destination is down");
    let listener = fixture.bind(1);
    fixture.network().set_alive(1, true).unwrap();
    let mut for_the_second = fixture.dial(0, 1).unwrap();
    for_the_second.write_all(b"second").unwrap();
    for stream in [&mut for_the_first, &mut for_nobody, &mut for_the_second] {
        assert_eq!(next(stream, WATCH), Next::Silence);
    }
    fixture.heal();
    assert_eq!(next(&mut for_the_first, PATIENCE), Next::Reset);
    assert_eq!(next(&mut for_nobody, PATIENCE), Next::Reset);
    let mut far = accept(&listener).unwrap();
    assert_eq!(read(&mut far, 6), b"second");
    assert!(accept_within(&listener, WATCH).is_none());
}

pub(crate) fn an_attempt_to_a_node_that_stays_dead_is_reset_at_the_heal_and_later_ones_are_refused<F: Fixture>() {
    if !F::ONE_WAY_IS_MESSAGES {
        return;
    }
    let (fixture, mut listeners) = F::start(2);
    drop(listeners.pop());
    fixture.network().set_alive(1, false).unwrap();
    fixture.cut(&BOTH);
    let mut held = fixture.dial(0, 1).unwrap();
    assert_eq!(next(&mut held, WATCH), Next::Silence);
    fixture.heal();
    assert_eq!(next(&mut held, PATIENCE), Next::Reset);
    assert_eq!(fixture.dial(0, 1).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

pub(crate) fn an_attempt_of_a_dialer_that_died_behind_the_cut_is_never_made<F: Fixture>() {
    let (fixture, listeners) = F::start(2);
    fixture.cut(&BOTH);
    if F::ONE_WAY_IS_MESSAGES {
        fixture.dial(0, 1).unwrap().write_all(b"from the dead").unwrap();
    }
    fixture.network().set_alive(0, false).unwrap();
    fixture.heal();
    assert!(accept_within(&listeners[1], WATCH).is_none());
}

pub(crate) fn the_port_of_a_dead_node_is_kept<F: Fixture>() {
    let (fixture, mut listeners) = F::start(2);
    let (near, _far) = fixture.connect(0, 1, &listeners[1]);
    let proxied_address = near.peer_addr().unwrap();
    drop(listeners.pop());
    fixture.network().set_alive(1, false).unwrap();
    if F::ONE_WAY_IS_MESSAGES {
        assert!(TcpListener::bind(proxied_address).is_err(), "the port is closed but ours");
    }
    assert_eq!(fixture.dial(0, 1).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

pub(crate) fn two_networks_at_once_do_not_meet<F: Fixture>() {
    let (one, listeners_of_one) = F::start(3);
    let (two, listeners_of_two) = F::start(3);
    one.cut(&BOTH);
    two.connect(0, 1, &listeners_of_two[1]);
    let (mut near, far) = one.connect(0, 2, &listeners_of_one[2]);
    drop((two, listeners_of_two));
    drop(far);
    eventually("the other network goes on", || next(&mut near, PATIENCE) == Next::End);
}
