//! The four blocks of a pcapng file that a capture needs (draft-ietf-opsawg-pcapng), put into a buffer.
//!
//! The format is written here because there is so little to it, and because a switch cannot wait for more. A packet is put into
//! bytes on the thread that carries it, while the writer of the crate `pcap-file` takes a list of options for each packet. Its
//! released version (2.0, of 2023) also knows nothing of the resolution of time stamps, and brings six crates along.

use std::net::Ipv4Addr;

/// Raw IP, version 4 or 6 by its first bits.
const LINKTYPE_RAW: u16 = 101;

/// Which way a packet goes at an interface: the first two bits of `epb_flags`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// It was on its way, and the interface never had it.
    None = 0,
    /// To the node.
    Inbound = 1,
    /// From the node.
    Outbound = 2,
}

/// An enhanced packet block.
#[derive(Debug)]
pub(super) struct Packet<'a> {
    /// The interface's number, in the order in which they were described.
    pub(super) interface: u32,
    /// Nanoseconds since 1970.
    pub(super) at: u64,
    pub(super) direction: Direction,
    pub(super) bytes: &'a [u8],
    /// Empty: none.
    pub(super) comment: &'a str,
    /// How many packets before this one, at this interface, are missing.
    pub(super) missing: u64,
}

/// The beginning of the file.
pub(super) fn section(to: &mut Vec<u8>, comment: &str) {
    block(to, 0x0a0d_0d0a, |to| {
        to.extend(0x1a2b_3c4d_u32.to_le_bytes());
        to.extend(1_u16.to_le_bytes());
        to.extend(0_u16.to_le_bytes());
        // How long the section will be is not known.
        to.extend(u64::MAX.to_le_bytes());
        option(to, 1, comment.as_bytes());
        option(to, 3, std::env::consts::OS.as_bytes());
        option(to, 4, concat!("interregnum ", env!("CARGO_PKG_VERSION")).as_bytes());
        end(to);
    });
}

/// An interface with raw IP packets and times in nanoseconds.
pub(super) fn interface(to: &mut Vec<u8>, name: &str, address: Ipv4Addr, netmask: Ipv4Addr) {
    block(to, 1, |to| {
        to.extend(LINKTYPE_RAW.to_le_bytes());
        to.extend(0_u16.to_le_bytes());
        // Packets are kept whole.
        to.extend(0_u32.to_le_bytes());
        option(to, 2, name.as_bytes());
        option(to, 4, &[address.octets(), netmask.octets()].concat());
        option(to, 9, &[9]);
        end(to);
    });
}

pub(super) fn packet(to: &mut Vec<u8>, packet: &Packet<'_>) {
    block(to, 6, |to| {
        to.extend(packet.interface.to_le_bytes());
        time(to, packet.at);
        let length = u32::try_from(packet.bytes.len()).unwrap_or(u32::MAX);
        to.extend(length.to_le_bytes());
        to.extend(length.to_le_bytes());
        padded(to, packet.bytes);
        option(to, 2, &(packet.direction as u32).to_le_bytes());
        if packet.missing > 0 {
            option(to, 4, &packet.missing.to_le_bytes());
            option(to, 1, missing(packet.missing).as_bytes());
        }
        if !packet.comment.is_empty() {
            option(to, 1, packet.comment.as_bytes());
        }
        end(to);
    });
}

/// How many packets an interface had between two times (nanoseconds since 1970), and how many of them are missing.
pub(super) fn statistics(to: &mut Vec<u8>, interface: u32, [begin, over]: [u64; 2], had: u64, lost: u64) {
    block(to, 5, |to| {
        to.extend(interface.to_le_bytes());
        time(to, over);
        for (code, at) in [(2, begin), (3, over)] {
            let mut halves = Vec::with_capacity(8);
            time(&mut halves, at);
            option(to, code, &halves);
        }
        option(to, 4, &had.to_le_bytes());
        option(to, 5, &lost.to_le_bytes());
        if lost > 0 {
            option(to, 1, missing(lost).as_bytes());
        }
        end(to);
    });
}

fn missing(count: u64) -> String {
    format!("{count} packets of this interface are missing here: the capture was not written fast enough")
}

/// A block: its kind, its length before and after it, and what is in it.
fn block(to: &mut Vec<u8>, kind: u32, fill: impl FnOnce(&mut Vec<u8>)) {
    let begin = to.len();
    to.extend(kind.to_le_bytes());
    to.extend([0; 4]);
    fill(to);
    let length = u32::try_from(to.len() - begin + 4).unwrap_or(u32::MAX).to_le_bytes();
    to.extend(length);
    to[begin + 4..begin + 8].copy_from_slice(&length);
}

/// The upper half of a time comes first, whatever the order of bytes.
fn time(to: &mut Vec<u8>, at: u64) {
    to.extend(((at >> 32) as u32).to_le_bytes());
    to.extend((at as u32).to_le_bytes());
}

fn option(to: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    to.extend(code.to_le_bytes());
    to.extend((value.len() as u16).to_le_bytes());
    padded(to, value);
}

fn end(to: &mut Vec<u8>) {
    to.extend([0; 4]);
}

fn padded(to: &mut Vec<u8>, bytes: &[u8]) {
    to.extend_from_slice(bytes);
    to.extend(&[0; 3][..bytes.len().wrapping_neg() & 3]);
}
