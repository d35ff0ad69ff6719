//! What a cut lets across (nothing), and what a heal brings back (everything, in order).

use std::io::Write;
use std::net::Shutdown;

use crate::fixture::{Fixture, Next, PATIENCE, WATCH, accept, accept_within, eventually, next, of, read, reset};

type Links = Vec<(usize, usize)>;

/// Links between every node of one side and every node of the other, both ways.
fn between(one: &[usize], other: &[usize]) -> Links {
    one.iter().flat_map(|&a| other.iter().flat_map(move |&b| [(a, b), (b, a)])).collect()
}

/// Every partition shape of five nodes around n1, as links.
fn shapes() -> Vec<(&'static str, Links)> {
    let all = || (0..5).flat_map(|a| (0..5).filter(move |&b| b != a).map(move |b| (a, b)));
    let apart = |a: usize, b: usize| a.abs_diff(b);
    vec![
        ("isolate", between(&[0], &[1, 2, 3, 4])),
        ("split", between(&[0, 1], &[2, 3, 4])),
        ("bridge", between(&[1, 2], &[3, 4])),
        ("majorities-ring", all().filter(|&(a, b)| apart(a, b).min(5 - apart(a, b)) == 2).collect()),
        ("chain", all().filter(|&(a, b)| apart(a, b) > 1).collect()),
        ("star", all().filter(|&(a, b)| a != 0 && b != 0).collect()),
        ("link", between(&[0], &[1])),
        ("one-way", vec![(0, 1)]),
        ("deaf", (1..5).map(|node| (node, 0)).collect()),
        ("mute", (1..5).map(|node| (0, node)).collect()),
        ("everything", all().collect()),
    ]
}

/// A message each way on every pair, in every shape: exactly the open directions carry it, and at the heal the others do.
pub(crate) fn a_cut_of_any_shape_stops_its_links_and_no_others<F: Fixture>() {
    let (fixture, listeners) = F::start(5);
    let connect = || {
        let pairs = (0..5).flat_map(|from| (from + 1..5).map(move |to| (from, to)));
        pairs.map(|(from, to)| ((from, to), fixture.connect(from, to, &listeners[to]))).collect::<Vec<_>>()
    };
    let mut pairs = connect();
    for (shape, links) in shapes() {
        if F::CARRIES_PACKETS {
            // What the cut before has made TCP wait for must not be mistaken for an effect of this one.
            pairs = connect();
        }
        let is_cut = |link| links.contains(&link);
        // On packets a cut takes the acknowledgements of the other direction, which may or may not stall for that.
        let is_open = |(from, to)| !(is_cut((from, to)) || F::CARRIES_PACKETS && is_cut((to, from)));
        fixture.network().take_intervals();
        let [_, after] = fixture.cut(&links);
        for (_, (near, far)) in &mut pairs {
            near.write_all(b"a").unwrap();
            far.write_all(b"b").unwrap();
        }
        for (link, (near, far)) in &mut pairs {
            for (way, stream, byte) in [(*link, &mut *far, b'a'), ((link.1, link.0), &mut *near, b'b')] {
                if is_open(way) {
                    assert_eq!(next(stream, PATIENCE), Next::Byte(byte), "{shape}: {way:?} is open");
                }
            }
        }
        std::thread::sleep(WATCH);
        for (link, (near, far)) in &pairs {
            for (way, stream) in [(*link, far), ((link.1, link.0), near)] {
                if is_cut(way) {
                    stream.set_nonblocking(true).unwrap();
                    assert!(stream.peek(&mut [0]).is_err(), "{shape}: {way:?} is cut");
                    stream.set_nonblocking(false).unwrap();
                }
            }
        }
        let [before, _] = fixture.heal();
        for (link, (near, far)) in &mut pairs {
            for (way, stream, byte) in [(*link, &mut *far, b'a'), ((link.1, link.0), &mut *near, b'b')] {
                if !is_open(way) {
                    assert_eq!(next(stream, PATIENCE), Next::Byte(byte), "{shape}: {way:?} has healed");
                }
            }
        }
        let mut intervals = fixture.network().take_intervals();
        eventually("a byte is counted once it has crossed", || {
            intervals.extend(fixture.network().take_intervals());
            links.iter().all(|&link| of(&intervals, link, "open").iter().any(|open| open.span[0] >= before))
        });
        for &link in &links {
            let cut = of(&intervals, link, "cut");
            assert_eq!(cut.len(), 1, "{shape}: {intervals:?}");
            assert_eq!(cut[0].passed, 0, "{shape}: nothing crossed");
            let (kept, other) =
                if F::CARRIES_PACKETS { (cut[0].dropped, cut[0].held) } else { (cut[0].held, cut[0].dropped) };
            assert!(kept > 0 && other == 0, "{shape}: something would have crossed: {cut:?}");
            assert!(cut[0].span[0] <= after && cut[0].span[1] >= before, "{shape}: it covers the cut");
            let back = of(&intervals, link, "open").into_iter().find(|open| open.span[0] >= cut[0].span[1]);
            assert!(back.is_some_and(|back| back.passed > 0), "{shape}: the first byte after the heal is dated");
        }
    }
}

pub(crate) fn a_cut_lets_no_fin_across<F: Fixture>() {
    let (fixture, listeners) = F::start(2);
    let (near, mut far) = fixture.connect(0, 1, &listeners[1]);
    fixture.cut(&between(&[0], &[1]));
    drop(near);
    assert_eq!(next(&mut far, WATCH), Next::Silence);
    fixture.heal();
    assert_eq!(next(&mut far, PATIENCE), Next::End);
}

pub(crate) fn a_cut_lets_no_reset_across<F: Fixture>() {
    let (fixture, listeners) = F::start(2);
    let (near, mut far) = fixture.connect(0, 1, &listeners[1]);
    let (mut asking, answering) = fixture.connect(0, 1, &listeners[1]);
    fixture.cut(&between(&[0], &[1]));
    reset(near);
    reset(answering);
    asking.write_all(b"into the void").unwrap();
    assert_eq!(next(&mut far, WATCH), Next::Silence);
    assert_eq!(next(&mut asking, WATCH), Next::Silence);
    fixture.heal();
    if F::ONE_WAY_IS_MESSAGES {
        // On packets a reset that was lost is not sent again until it is asked for.
        assert_eq!(next(&mut far, PATIENCE), Next::Reset);
    }
    assert_eq!(next(&mut asking, PATIENCE), Next::Reset);
}

pub(crate) fn a_cut_lets_no_handshake_across_whichever_direction_it_takes<F: Fixture>() {
    for links in [vec![(0, 1)], vec![(1, 0)], between(&[0], &[1])] {
        let (fixture, listeners) = F::start(2);
        fixture.cut(&links);
        std::thread::scope(|scope| {
            let dialer = scope.spawn(|| {
                let mut stream = fixture.dial(0, 1).unwrap();
                stream.write_all(b"hello").unwrap();
                stream
            });
            assert!(accept_within(&listeners[1], WATCH).is_none(), "a cut of {links:?}");
            fixture.heal();
            let mut far = accept(&listeners[1]).expect("the attempt is let through at the heal");
            assert_eq!(read(&mut far, 5), b"hello");
            drop(dialer.join().unwrap());
            assert_eq!(next(&mut far, PATIENCE), Next::End);
        });
    }
}

pub(crate) fn an_attempt_given_up_during_a_cut_is_never_made<F: Fixture>() {
    let (fixture, listeners) = F::start(2);
    fixture.cut(&between(&[0], &[1]));
    let mut half = None;
    if F::ONE_WAY_IS_MESSAGES {
        for _ in 0..300 {
            let mut given_up = fixture.dial(0, 1).unwrap();
            given_up.write_all(b"old").unwrap();
        }
        let mut waiting = fixture.dial(0, 1).unwrap();
        waiting.write_all(b"new").unwrap();
        waiting.shutdown(Shutdown::Write).unwrap();
        half = Some(waiting);
    }
    fixture.heal();
    if let Some(mut half) = half {
        let mut far = accept(&listeners[1]).expect("a half-closed attempt is still wanted");
        assert_eq!(read(&mut far, 3), b"new");
        assert_eq!(next(&mut far, PATIENCE), Next::End);
        far.write_all(b"!").unwrap();
        assert_eq!(next(&mut half, PATIENCE), Next::Byte(b'!'));
    }
    assert!(accept_within(&listeners[1], WATCH).is_none());
}

pub(crate) fn a_one_way_cut_holds_one_way_and_lets_the_other_flow<F: Fixture>() {
    if !F::ONE_WAY_IS_MESSAGES {
        return;
    }
    let (fixture, listeners) = F::start(2);
    let (mut near, mut far) = fixture.connect(0, 1, &listeners[1]);
    fixture.cut(&[(0, 1)]);
    near.write_all(b"held").unwrap();
    far.write_all(b"flows").unwrap();
    assert_eq!(read(&mut near, 5), b"flows");
    far.shutdown(Shutdown::Write).unwrap();
    assert_eq!(next(&mut near, PATIENCE), Next::End, "the end of a stream flows too");
    assert_eq!(next(&mut far, WATCH), Next::Silence);
    fixture.heal();
    assert_eq!(read(&mut far, 4), b"held");
}

pub(crate) fn a_half_closed_connection_goes_on_in_the_other_direction<F: Fixture>() {
    let (fixture, listeners) = F::start(2);
    let (mut near, mut far) = fixture.connect(0, 1, &listeners[1]);
    near.shutdown(Shutdown::Write).unwrap();
    assert_eq!(next(&mut far, PATIENCE), Next::End);
    fixture.cut(&between(&[0], &[1]));
    far.write_all(b"still here").unwrap();
    fixture.heal();
    assert_eq!(read(&mut near, 10), b"still here");
    drop(far);
    assert_eq!(next(&mut near, PATIENCE), Next::End);
}

pub(crate) fn the_times_of_a_change_enclose_it<F: Fixture>() {
    let (fixture, _listeners) = F::start(3);
    let begun = fixture.clock().now();
    let [before, after] = fixture.cut(&between(&[0], &[1, 2]));
    let done = fixture.clock().now();
    assert!(begun <= before && before <= after && after <= done, "{begun} {before} {after} {done}");
    let intervals = fixture.network().take_intervals();
    assert_eq!(intervals.len(), 4, "those links and no others changed");
    assert!(intervals.iter().all(|open| open.rule.as_str() == "open" && (before..=after).contains(&open.span[1])));
    fixture.cut(&between(&[0], &[1, 2]));
    assert!(fixture.network().take_intervals().is_empty(), "the same table changes nothing");
}

pub(crate) fn closing_ends_every_interval<F: Fixture>() {
    let (fixture, listeners) = F::start(3);
    let (_near, _far) = fixture.connect(0, 1, &listeners[1]);
    fixture.cut(&[(1, 2)]);
    fixture.network().take_intervals();
    fixture.network().close();
    let intervals = fixture.network().take_intervals();
    assert_eq!(intervals.len(), 6);
    let open = of(&intervals, (0, 1), "open")[0];
    match open.packets {
        Some(packets) => assert!(packets.passed >= 3 && open.passed > 100, "a handshake and a byte: {open:?}"),
        None => assert_eq!(open.passed, 1),
    }
    assert_eq!(of(&intervals, (1, 2), "cut").len(), 1);
    fixture.network().close();
    assert!(fixture.network().take_intervals().is_empty(), "and only once");
}
