//! What arrives through delays, limits and cuts: every byte, in order, and when it should.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use workloads::Effect;

use crate::fixture::{Fixture, Next, PATIENCE, WATCH, next, of, read};

const BOTH: [(usize, usize); 2] = [(0, 1), (1, 0)];
const MS: Duration = Duration::from_millis(1);

/// A stream that never repeats within its length, so that a byte lost, doubled or moved is seen.
fn byte(position: usize) -> u8 {
    let x = (position as u64 / 8).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (x >> (position % 8 * 8)) as u8
}

pub(crate) fn a_bulk_transfer_survives_cuts_and_delays_byte_for_byte<F: Fixture>() {
    const TOTAL: usize = 64 << 20;
    let (fixture, listeners) = F::start(2);
    let (mut near, mut far) = fixture.connect(0, 1, &listeners[1]);
    far.set_read_timeout(Some(PATIENCE)).unwrap();
    let intervals = std::thread::scope(|scope| {
        scope.spawn(move || {
            let block: Vec<u8> = (0..TOTAL).map(byte).collect();
            near.write_all(&block).unwrap();
        });
        let reader = scope.spawn(move || {
            let (mut seen, mut buffer) = (0, vec![0; 1 << 18]);
            loop {
                let count = far.read(&mut buffer).unwrap();
                if count == 0 {
                    return seen;
                }
                for (offset, &got) in buffer[..count].iter().enumerate() {
                    assert_eq!(got, byte(seen + offset), "at {}", seen + offset);
                }
                seen += count;
            }
        });
        for round in 0..8 {
            fixture.cut(if round % 3 == 0 { &BOTH[..1] } else { &BOTH });
            std::thread::sleep(10 * MS);
            let delay = if round % 2 == 0 { MS } else { Duration::ZERO };
            fixture.degrade(&BOTH, Effect { delay, jitter: delay, ..Effect::default() });
            std::thread::sleep(10 * MS);
        }
        fixture.heal();
        assert_eq!(reader.join().unwrap(), TOTAL);
        fixture.network().close();
        fixture.network().take_intervals()
    });
    assert!(
        of(&intervals, (0, 1), "cut").iter().all(|cut| cut.passed == 0 && (F::CARRIES_PACKETS || cut.dropped == 0))
    );
    let passed: u64 = intervals.iter().filter(|interval| interval.link == (0, 1)).map(|interval| interval.passed).sum();
    if F::CARRIES_PACKETS {
        assert!(passed > TOTAL as u64, "headers and retransmissions are counted too: {passed}");
    } else {
        assert_eq!(passed, TOTAL as u64 + 1, "every byte is counted once");
    }
}

/// Sends marks one by one and answers how long each took, sorted.
fn ways<F: Fixture>(effect: Effect, count: usize) -> Vec<Duration> {
    let (fixture, listeners) = F::start(2);
    let (mut near, mut far) = fixture.connect(0, 1, &listeners[1]);
    fixture.degrade(&[(0, 1)], effect);
    let mut took: Vec<_> = (0..count)
        .map(|_| {
            let sent = Instant::now();
            near.write_all(&[7; 100]).unwrap();
            read(&mut far, 100);
            sent.elapsed()
        })
        .collect();
    took.sort_unstable();
    took
}

pub(crate) fn a_delay_is_never_short_and_at_best_precise<F: Fixture>() {
    let took = ways::<F>(Effect { delay: 10 * MS, ..Effect::default() }, 41);
    assert!(took[0] >= 10 * MS, "{took:?}");
    // A tenth of them, not the median, so that a busy machine is no failure; the bench shows the percentiles.
    assert!(took[4] < 11 * MS, "{took:?}");
}

pub(crate) fn jitter_varies_the_delay_within_its_band<F: Fixture>() {
    let took = ways::<F>(Effect { delay: 10 * MS, jitter: 8 * MS, ..Effect::default() }, 41);
    assert!(took[0] >= 2 * MS, "{took:?}");
    assert!(took[0] < 9 * MS && took[40] > 12 * MS, "it varies: {took:?}");
}

pub(crate) fn jitter_keeps_the_order_of_a_stream<F: Fixture>() {
    let (fixture, listeners) = F::start(2);
    let (mut near, mut far) = fixture.connect(0, 1, &listeners[1]);
    fixture.degrade(&BOTH, Effect { delay: 3 * MS, jitter: 3 * MS, ..Effect::default() });
    let sent: Vec<u8> = (0..200).collect();
    for byte in &sent {
        near.write_all(&[*byte]).unwrap();
        std::thread::sleep(MS / 10);
    }
    assert_eq!(read(&mut far, 200), sent);
}

pub(crate) fn a_delay_is_not_a_rate_limit<F: Fixture>() {
    const TOTAL: usize = 32 << 20;
    // On packets TCP's own windows need many round trips, which are made short.
    let delay = if F::CARRIES_PACKETS { 50 * MS } else { 1000 * MS };
    let (fixture, listeners) = F::start(2);
    fixture.degrade(&BOTH, Effect { delay, ..Effect::default() });
    // Only now, so that no congestion control takes the undelayed round trip for the true one.
    let (mut near, mut far) = fixture.connect(0, 1, &listeners[1]);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(move || near.write_all(&vec![1; TOTAL]).unwrap());
        read(&mut far, TOTAL);
    });
    let took = begun.elapsed();
    assert!(took >= delay, "{took:?}");
    if F::CARRIES_PACKETS {
        let round_trips = round_trips(TOTAL);
        // Three times that, for a busy machine. With a window of 256 KiB it would be 128 round trips, with 64 KiB 512.
        let most = delay * 2 * 3 * round_trips;
        assert!(took < most, "{took:?}, and TCP needs no more than {round_trips} round trips of {:?}", delay * 2);
        fixture.heal();
        let intervals = fixture.network().take_intervals();
        for link in BOTH {
            let delayed = of(&intervals, link, "degrade")[0];
            assert!(delayed.packets.unwrap().passed > 0 && delayed.dropped == 0, "nothing is lost: {delayed:?}");
        }
    } else {
        // With a window of 4 MiB it would take 8 s, with one of 256 KiB two minutes; without one, a little over a second.
        assert!(took < 6000 * MS, "{took:?}");
    }
}

/// How many round trips Linux's TCP needs for so many bytes where nothing is lost. What it may have under way begins
/// with the 64 KiB that a receiver first offers. Autotuning doubles that, but looks only once in a round trip, which it
/// measures late and long: two for each doubling. It ends at what the sender may keep until it is acknowledged, half of
/// the largest send buffer, the other half being overhead.
fn round_trips(bytes: usize) -> u32 {
    let limits = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_wmem").unwrap();
    let largest: usize = limits.split_whitespace().nth(2).unwrap().parse().unwrap();
    let (mut window, mut left, mut trips) = (64 << 10, bytes, 0);
    while left > 0 {
        left = left.saturating_sub(2 * window);
        trips += 2;
        window = (2 * window).min(largest / 2);
    }
    trips
}

pub(crate) fn a_rate_is_kept<F: Fixture>() {
    let (fixture, listeners) = F::start(2);
    let (mut near, mut far) = fixture.connect(0, 1, &listeners[1]);
    fixture.degrade(&[(0, 1)], Effect { rate: 1_000_000, ..Effect::default() });
    let begun = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(move || near.write_all(&vec![1; 300_000]).unwrap());
        read(&mut far, 300_000);
    });
    let took = begun.elapsed();
    assert!(took >= 290 * MS && took < 2000 * MS, "{took:?}");
}

pub(crate) fn a_cut_also_holds_what_waits_in_a_delay<F: Fixture>() {
    let (fixture, listeners) = F::start(2);
    let (mut near, mut far) = fixture.connect(0, 1, &listeners[1]);
    fixture.degrade(&BOTH, Effect { delay: 300 * MS, ..Effect::default() });
    near.write_all(b"on its way").unwrap();
    std::thread::sleep(50 * MS);
    fixture.network().take_intervals();
    fixture.cut(&BOTH);
    assert_eq!(next(&mut far, 400 * MS), Next::Silence);
    fixture.heal();
    assert_eq!(read(&mut far, 10), b"on its way");
    let intervals = fixture.network().take_intervals();
    let cut = of(&intervals, (0, 1), "cut");
    assert_eq!((cut.len(), cut[0].passed), (1, 0));
    if F::CARRIES_PACKETS {
        assert!(cut[0].dropped > 10 && cut[0].held == 0, "{cut:?}");
    } else {
        assert_eq!(cut[0].held, 10);
    }
}

pub(crate) fn a_lifted_delay_is_over_at_once<F: Fixture>() {
    let (fixture, listeners) = F::start(2);
    let (mut near, mut far) = fixture.connect(0, 1, &listeners[1]);
    fixture.degrade(&BOTH, Effect { delay: Duration::from_secs(3600), ..Effect::default() });
    near.write_all(b"slow").unwrap();
    assert_eq!(next(&mut far, WATCH), Next::Silence);
    fixture.heal();
    assert_eq!(read(&mut far, 4), b"slow");
}
