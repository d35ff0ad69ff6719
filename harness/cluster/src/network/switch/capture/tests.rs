use std::net::Ipv4Addr;
use std::time::Duration;

use self::read::Packets;
use super::*;

#[path = "../../../../../tests/packets/read.rs"]
#[allow(dead_code, reason = "the tests of the whole program need more of it")]
mod read;

fn place(last: u8) -> HostAddress {
    HostAddress { address: Ipv4Addr::new(10, 77, 0, last), netmask: Ipv4Addr::new(255, 255, 0, 0) }
}

fn capture(folder: &Path) -> Capture {
    Capture { file: folder.join("capture.pcapng"), names: vec!["left".into()], about: "a test".into() }
}

/// The first bytes of an IP packet between two nodes.
fn bytes(from: u8, to: u8, length: usize) -> Vec<u8> {
    let mut bytes = vec![7; length];
    bytes[0] = 0x45;
    bytes[12..20].copy_from_slice(&[10, 77, 0, from, 10, 77, 0, to]);
    bytes
}

fn wait_until(holds: impl Fn() -> bool) {
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(std::time::Instant::now() < end);
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_capture_reads_back_as_what_was_sent_received_and_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let (capture, clock) = (capture(folder.path()), Clock::start());
    let (mut tap, recording) = begin(&capture, clock, &[place(1), place(2)]).unwrap();
    let packets: Vec<_> = (20..29).map(|length| bytes(1, 2, length)).collect();
    let late = Note::Treated { delay: 20_000_000, twice: true, corrupted: true, mended: false };
    tap.sent(0, &packets[0], Note::Plain);
    tap.arrived((0, 1), &packets[0], true);
    tap.sent(0, &packets[1], Note::Dropped("cut"));
    tap.sent(0, &packets[2], late);
    tap.dropped((0, 1), &packets[2], "cut while it waited");
    tap.arrived((0, 1), &packets[3], false);
    tap.sent(2, &packets[4], Note::Plain);
    tap.arrived((0, 2), &packets[5], false);
    tap.hand_over();
    let over = clock.wall_zero() + clock.now();
    drop(tap);
    recording.finish();
    assert_eq!(recording.problem(), None);

    let read = Packets::open(&capture.file);
    assert!(!read.torn && read.comment.starts_with("a test: time 0 of its history is "), "{}", read.comment);
    assert_eq!(read.interfaces, [("left".into(), [10, 77, 0, 1]), ("n2".into(), [10, 77, 0, 2])]);
    let seen: Vec<_> = read
        .packets
        .iter()
        .map(|packet| (packet.interface, packet.direction, packet.bytes.len(), packet.comments.join("; ")))
        .collect();
    let expected = [
        (0, 2, 20, ""),
        (1, 1, 20, ""),
        (0, 2, 21, "dropped: cut"),
        (0, 2, 22, "delayed 20 ms, duplicated, corrupted"),
        (1, 0, 22, "dropped: cut while it waited"),
        (1, 0, 23, "dropped: its receiver's device did not take it"),
        (0, 0, 25, "dropped: its receiver's device did not take it"),
    ];
    assert_eq!(
        seen,
        expected.map(|(interface, direction, length, comment)| (interface, direction, length, comment.into()))
    );
    assert!(read.packets.iter().all(|packet| packet.missing == 0));
    assert!(read.packets.is_sorted_by_key(|packet| packet.at));
    assert!(read.packets[0].at >= clock.wall_zero() && read.packets[6].at <= over);
    assert_eq!(read.statistics, [(0, (4, 0)), (1, (3, 0))].into());
}

#[test]
fn what_finds_no_room_is_missing_and_said_at_the_next_packet_at_the_end_and_to_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let capture = capture(folder.path());
    let (mut tap, recording) = begin(&capture, Clock::start(), &[place(1), place(2)]).unwrap();
    let packet = bytes(1, 2, 40);
    recording.shared.waiting.fetch_add(ROOM, Ordering::Relaxed);
    (0..3).for_each(|_| tap.sent(0, &packet, Note::Plain));
    recording.shared.waiting.fetch_sub(ROOM, Ordering::Relaxed);
    tap.sent(0, &packet, Note::Dropped("cut"));
    tap.sent(0, &packet, Note::Plain);
    tap.hand_over();
    drop(tap);
    recording.finish();

    let read = Packets::open(&capture.file);
    assert_eq!(read.packets.iter().map(|packet| packet.missing).collect::<Vec<_>>(), [3, 0]);
    assert!(read.packets[0].comments[0].contains("3 packets"), "{:?}", read.packets[0].comments);
    assert_eq!(read.packets[0].dropped(), Some("cut"));
    assert_eq!(read.statistics, [(0, (5, 3)), (1, (0, 0))].into());
    assert!(recording.problem().unwrap().starts_with("capture.pcapng is not whole: 3 packets"));
}

#[test]
fn a_full_disk_is_told_and_keeps_nobody_waiting() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let (mut tap, recording) = begin_in(full, &capture(Path::new("")), Clock::start(), &[place(1)]).unwrap();
    wait_until(|| recording.shared.broken.load(Ordering::Relaxed));
    tap.sent(0, &bytes(1, 2, 40), Note::Plain);
    tap.hand_over();
    drop(tap);
    recording.finish();
    let problem = recording.problem().unwrap();
    assert!(problem.contains("No space left") && !problem.contains('\n'), "{problem}");
    assert_eq!(recording.shared.counts[0].lost.load(Ordering::Relaxed), 1);
}

#[test]
fn what_was_handed_over_is_in_the_file_soon_and_a_torn_end_spoils_nothing_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let capture = capture(folder.path());
    let (mut tap, recording) = begin(&capture, Clock::start(), &[place(1), place(2)]).unwrap();
    (0..10).for_each(|_| tap.sent(0, &bytes(1, 2, 41), Note::Plain));
    tap.hand_over();
    // Nothing is closed: this is what a harness that is killed leaves.
    wait_until(|| Packets::open(&capture.file).packets.len() == 10);
    let whole = std::fs::read(&capture.file).unwrap();
    for kept in whole.len() - 200..whole.len() {
        let read = Packets::parse(&whole[..kept]);
        assert!((7..10).contains(&read.packets.len()), "{} packets of the first {kept} bytes", read.packets.len());
    }
    drop(tap);
    recording.finish();
}

#[test]
fn a_file_that_is_there_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let capture = capture(folder.path());
    std::fs::write(&capture.file, "mine").unwrap();
    assert!(begin(&capture, Clock::start(), &[place(1)]).is_err());
    assert_eq!(std::fs::read(&capture.file).unwrap(), b"mine");
}

#[test]
fn a_turn_that_ends_with_the_switch_is_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let capture = capture(folder.path());
    let (mut tap, recording) = begin(&capture, Clock::start(), &[place(1), place(2)]).unwrap();
    tap.sent(0, &bytes(1, 2, 20), Note::Plain);
    tap.arrived((0, 1), &bytes(1, 2, 20), true);
    drop(tap);
    recording.finish();
    let read = Packets::open(&capture.file);
    assert_eq!((read.packets.len(), recording.problem()), (2, None));
}
