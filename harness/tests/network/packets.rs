//! A capture against the counters of the links, with every effect and a cut in force.

use std::path::Path;

use cluster::network::Interval;
use workloads::Effect;

use self::read::{Link, Packets};
use crate::fixture::{Fixture as _, eventually, of};
use crate::switch_only::{MS, OnSwitch};

#[path = "../packets/read.rs"]
#[allow(dead_code, reason = "other tests need more of it")]
mod read;

/// What the counters say of the packets and bytes of a link, over all its intervals.
fn counted(intervals: &[Interval], link: (usize, usize)) -> [(u64, u64); 2] {
    let mut sums = [(0, 0); 2];
    for interval in intervals.iter().filter(|interval| interval.link == link) {
        let packets = interval.packets.unwrap();
        for (sum, (packets, bytes)) in
            sums.iter_mut().zip([(packets.passed, interval.passed), (packets.dropped, interval.dropped)])
        {
            *sum = (sum.0 + packets, sum.1 + bytes);
        }
    }
    sums
}

fn reasons(read: &Packets, why: &str) -> usize {
    read.packets.iter().filter(|packet| packet.dropped() == Some(why)).count()
}

#[test]
fn a_capture_and_the_counters_agree_packet_for_packet() {
    if OnSwitch::elsewhere("packets::a_capture_and_the_counters_agree_packet_for_packet") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("capture.pcapng");
    let fixture = OnSwitch::capturing(2, &file);
    let (near, _far) = fixture.sockets();
    let mut sent = 0;
    // What is sent is treated by the rule in force, and not by the next.
    let mut send = |count: u64, size: usize| {
        (0..count).for_each(|_| near.send(&vec![7; size]).map(drop).unwrap());
        sent += count;
        let all = || Packets::open(&file).links().get("n1->n2").is_some_and(|link| link.sent >= sent);
        eventually("all are sent", all);
    };
    send(20, 4);
    fixture.degrade(&[(0, 1)], Effect { loss: 0.3, duplicate: 0.3, corrupt: 0.3, ..Effect::default() });
    send(100, 100);
    fixture.degrade(&[(0, 1)], Effect { delay: 5 * MS, jitter: MS, reorder: 0.2, ..Effect::default() });
    send(100, 100);
    fixture.degrade(&[(0, 1)], Effect { rate: 5_000_000, ..Effect::default() });
    send(100, 60_000);
    // These wait when the cut comes.
    fixture.degrade(&[(0, 1)], Effect { delay: 60_000 * MS, duplicate: 0.5, ..Effect::default() });
    send(100, 100);
    fixture.cut(&[(0, 1)]);
    send(50, 10);
    fixture.heal();
    send(20, 10);
    fixture.network().close();
    assert_eq!(fixture.network().capture_problem(), None);

    let (read, intervals) = (Packets::open(&file), fixture.network().take_intervals());
    assert!(!read.torn);
    assert_eq!(read.interfaces.iter().map(|interface| interface.0.as_str()).collect::<Vec<_>>(), ["n1", "n2"]);
    let links = read.links();
    for (link, name) in [((0, 1), "n1->n2"), ((1, 0), "n2->n1")] {
        let Link { passed, dropped, .. } = links.get(name).copied().unwrap_or_default();
        assert_eq!([passed, dropped], counted(&intervals, link), "{name}");
    }
    assert_eq!(of(&intervals, (0, 1), "cut")[0].packets.unwrap().passed, 0);
    for why in ["cut", "cut while it waited", "loss", "queue full"] {
        assert!(reasons(&read, why) >= 10, "{why}: {}", reasons(&read, why));
    }
    assert_eq!(read.statistics.values().map(|(had, _)| *had).sum::<u64>(), read.packets.len() as u64);
    let says = |word: &str| read.packets.iter().filter(|packet| packet.comments.concat().contains(word)).count();
    assert!(says("delayed 60000 ms") >= 50 && says("duplicated") >= 20 && says("corrupted") >= 10, "{links:?}");
}

#[test]
fn what_the_switch_does_not_carry_was_sent_all_the_same() {
    if OnSwitch::elsewhere("packets::what_the_switch_does_not_carry_was_sent_all_the_same") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("capture.pcapng");
    let fixture = OnSwitch::capturing(1, &file);
    fixture.multicast(0);
    let multicast = |packet: &read::Packet| packet.bytes.get(16..20) == Some(&[239, 1, 2, 3]);
    eventually("it is there", || Packets::open(&file).packets.iter().any(multicast));
    let read = Packets::open(&file);
    let packet = read.packets.iter().find(|packet| multicast(packet)).unwrap();
    assert_eq!((packet.interface, packet.direction, packet.dropped()), (0, 2, Some("not carried")));
}

impl OnSwitch {
    /// A switch that captures.
    fn capturing(nodes: usize, file: &Path) -> Self {
        Self::made(Some(file), nodes, cluster::network::switch::Settings::default())
    }
}
