//! `--pcap`: the packets of whole runs, against their histories.

use std::collections::BTreeMap;
use std::process::Stdio;

use history::{Rule, Span};

use self::read::Packets;
use crate::place::{History, LEADER, Place, await_that, finish};

#[path = "../packets/read.rs"]
mod read;

/// A link's packets and bytes that passed, and that were dropped.
type Counts = [(u64, u64); 2];

fn counted(history: &History) -> BTreeMap<String, Counts> {
    let mut links: BTreeMap<String, Counts> = BTreeMap::new();
    for (_, link) in history.links() {
        let counts = links.entry(format!("{}->{}", link.from, link.to)).or_default();
        let [passed, _, dropped] = link.packets.unwrap();
        let of_line = [(passed, link.passed.unwrap()), (dropped, link.dropped.unwrap())];
        for (count, (packets, bytes)) in counts.iter_mut().zip(of_line) {
            *count = (count.0 + packets, count.1 + bytes);
        }
    }
    links
}

#[test]
fn the_packets_of_a_run_with_cuts_are_those_that_its_history_counts() {
    let place = Place::new();
    let done = place.run(&["test", "re-election", "--by", "cut", "--network", "switch", "--pcap", "--seed", "1"]);
    done.valid();
    let file = place.latest().join("capture.pcapng");
    assert!(done.stdout.contains(&format!("packets: {}", file.display())), "{done:?}");
    let (read, history) = (Packets::open(&file), place.history());
    let names: Vec<_> = read.interfaces.iter().map(|interface| interface.0.as_str()).collect();
    assert_eq!(names, ["n1", "n2", "n3"]);
    assert!(!read.torn && read.statistics.len() == 3, "it is whole");
    assert!(read.packets.iter().all(|packet| packet.missing == 0));

    let links = read.links();
    let counted = counted(&history);
    assert_eq!(counted.len(), 6, "every ordered pair");
    for (name, counts) in &counted {
        let link = links.get(name).copied().unwrap_or_default();
        assert_eq!([link.passed, link.dropped], *counts, "{name}");
    }

    // The time of a packet is a time of the history: what a cut dropped lies in a cut of its link.
    let zero: u64 = {
        let said = read.comment.split("time 0 of its history is ").nth(1).unwrap();
        said.split(' ').next().unwrap().replace('.', "").parse().unwrap()
    };
    let cuts: Vec<(String, Span)> = history
        .links()
        .filter(|(_, link)| link.rule == Some(Rule::Cut.into()))
        .map(|(span, link)| (format!("{}->{}", link.from, link.to), span))
        .collect();
    let dropped: Vec<_> = read.packets.iter().filter(|packet| packet.dropped() == Some("cut")).collect();
    assert!(dropped.len() >= 10, "a cut of a leader that heartbeats drops packets: {}", dropped.len());
    for packet in dropped {
        let [from, to] = [12, 16].map(|at| &read.interfaces[read.owner(&packet.bytes[at..at + 4]).unwrap()].0);
        let (link, at) = (format!("{from}->{to}"), packet.at - zero);
        assert!(
            cuts.iter().any(|(cut, span)| *cut == link && (span.earliest..=span.latest).contains(&at)),
            "{link} at {at}"
        );
    }
    let wall = history.header().wall.unwrap();
    let said = humantime::format_rfc3339_millis(std::time::UNIX_EPOCH + std::time::Duration::from_nanos(zero));
    assert_eq!(said.to_string()[..16], wall[..16], "the same minute");
}

#[test]
fn every_run_of_a_batch_and_a_replay_of_one_have_packets_of_their_own() {
    let place = Place::new();
    let run = ["test", "calm", "--seeds", "1..2", "--time", "1s", "--network", "switch", "--nodes", "3", "--pcap"];
    place.run(&run).valid();
    let batch = place.latest();
    for name in ["calm-1", "calm-2"] {
        let read = Packets::open(&batch.join("runs").join(name).join("capture.pcapng"));
        assert!(read.comment.starts_with(&format!("{name}: ")), "{}", read.comment);
        assert!(read.packets.len() > 50, "{} packets", read.packets.len());
        assert_eq!(read.interfaces.len(), 3);
    }
    place.run(&["replay", &batch.join("runs/calm-1").display().to_string()]).valid();
    assert!(place.latest().join("capture.pcapng").exists(), "the recorded run had packets");
}

#[test]
fn packets_are_refused_where_there_are_none_and_no_folder_is_made() {
    let place = Place::new();
    for network in ["proxy", "direct"] {
        let done = place.run(&["test", "calm", "--network", network, "--pcap"]);
        done.refused(64, &["--pcap", network, "--network switch"]);
        assert!(!place.out().exists());
    }
    // Without a sandbox `auto` leaves the host's own network alone.
    let mut command = place.command(&["test", "calm", "--time", "1s", "--pcap"]);
    command.env("INTERREGNUM_SANDBOX", "off");
    finish(command).refused(64, &["--pcap", "auto", "proxy", "doctor"]);
}

#[test]
fn without_the_option_there_are_no_packets() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    place.run(&["test", "calm", "--time", "1s", "--system", &system]).valid();
    assert!(!place.latest().join("capture.pcapng").exists());
}

#[test]
fn the_packets_of_a_run_that_is_killed_can_be_read() {
    let place = Place::new();
    let mut command =
        place.command(&["test", "calm", "--time", "60s", "--network", "switch", "--nodes", "3", "--pcap"]);
    let mut run = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let file = place.out().join("latest/capture.pcapng");
    await_that("there are packets", || file.exists() && Packets::open(&file).packets.len() > 100);
    run.kill().unwrap();
    run.wait().unwrap();
    place.assert_empty();
    let read = Packets::open(&file);
    assert!(read.packets.len() > 100 && read.statistics.is_empty(), "it was cut off");
}
