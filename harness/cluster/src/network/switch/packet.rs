//! What the switch needs to know of a packet, and how to damage one. Pure, and total: a packet is hostile input.

use std::sync::atomic::{AtomicU64, Ordering};

const TCP: u8 = 6;
const UDP: u8 = 17;

/// The source and the destination of an IPv4 packet; none if it is no whole IPv4 packet.
pub(super) fn addresses(packet: &[u8]) -> Option<([u8; 4], [u8; 4])> {
    let header = header(packet)?;
    Some((header[12..16].try_into().ok()?, header[16..20].try_into().ok()?))
}

/// The IPv4 header, options included.
fn header(packet: &[u8]) -> Option<&[u8]> {
    let first = *packet.first()?;
    let length = usize::from(first & 15) * 4;
    let whole = packet.len() >= 20 && usize::from(u16::from_be_bytes([packet[2], packet[3]])) == packet.len();
    if first >> 4 == 4 && length >= 20 && whole { packet.get(..length) } else { None }
}

/// Where a packet's data begins: behind the header of TCP or UDP, which a later fragment does not have. And where the checksum is
/// that covers it.
fn data(packet: &[u8]) -> Option<(usize, Option<usize>)> {
    let begin = header(packet)?.len();
    if u16::from_be_bytes([packet[6], packet[7]]) & 0x1fff != 0 {
        return Some((begin, None));
    }
    Some(match packet[9] {
        TCP => (begin + usize::from(packet.get(begin + 12)? >> 4) * 4, Some(begin + 16)),
        UDP => (begin + 8, Some(begin + 6)),
        _ => (begin, None),
    })
}

/// Whether it carries a byte for a program; acknowledgements, handshakes and ends of streams do not.
pub(super) fn carries_data(packet: &[u8]) -> bool {
    data(packet).is_some_and(|(begin, _)| begin < packet.len())
}

/// Flips one bit behind the IP header, chosen by `random`. With `mended` it is a bit of the data, and the checksum is made to
/// fit. A packet without data, or in fragments, is then left as it is.
pub(super) fn corrupt(packet: &mut [u8], random: u64, mended: bool) {
    let Some((data, checksum)) = data(packet) else { return };
    let fragment = u16::from_be_bytes([packet[6], packet[7]]) & 0x3fff != 0;
    let begin = match (mended, checksum, header(packet)) {
        (true, Some(_), _) if !fragment => data,
        (false, _, Some(header)) => header.len(),
        _ => return,
    };
    if begin >= packet.len() {
        return;
    }
    let bits = (packet.len() - begin) as u64 * 8;
    let bit = usize::try_from(random % bits).unwrap_or(0);
    let at = begin + bit / 8;
    let before = packet[at];
    packet[at] ^= 1 << (bit % 8);
    if let (true, Some(checksum)) = (mended, checksum) {
        let whole = u16::from_be_bytes([packet[checksum], packet[checksum + 1]]);
        if packet[9] == UDP && whole == 0 {
            return;
        }
        // Words are counted from the header of TCP or UDP, whose length is even.
        let word = |byte: u8| if (at - data) % 2 == 0 { u16::from(byte) << 8 } else { u16::from(byte) };
        let fits = match mend(whole, word(before), word(packet[at])) {
            // A zero would say that there is no checksum.
            0 if packet[9] == UDP => 0xffff,
            fits => fits,
        };
        packet[checksum..checksum + 2].copy_from_slice(&fits.to_be_bytes());
    }
}

/// The checksum after a word has changed (RFC 1624, equation 3).
fn mend(checksum: u16, before: u16, after: u16) -> u16 {
    let sum = u32::from(!checksum) + u32::from(!before) + u32::from(after);
    let folded = (sum & 0xffff) + (sum >> 16);
    !(((folded & 0xffff) + (folded >> 16)) as u16)
}

/// How many packets each node sent that the switch does not carry.
#[derive(Debug)]
pub(super) struct Strangers(Vec<[AtomicU64; 3]>);

/// What they were.
const KINDS: [&str; 3] = ["over IPv6", "to IPv4 multicast or broadcast addresses", "to or from addresses of no node"];

impl Strangers {
    pub(super) fn new(nodes: usize) -> Self {
        Self((0..nodes).map(|_| Default::default()).collect())
    }

    /// Counts one, unless it is the chatter of a kernel about itself.
    pub(super) fn count(&self, node: usize, packet: &[u8]) {
        let (Some(counters), Some(kind)) = (self.0.get(node), kind(packet)) else { return };
        counters[kind].fetch_add(1, Ordering::Relaxed);
    }

    /// What a node sent in vain, if it did.
    pub(super) fn describe(&self, node: usize) -> Option<String> {
        let counted = KINDS.iter().zip(self.0.get(node)?).map(|(kind, count)| (count.load(Ordering::Relaxed), kind));
        let (count, kind) = counted.max_by_key(|(count, _)| *count).filter(|(count, _)| *count > 0)?;
        let s = if count == 1 { "" } else { "s" };
        Some(format!(
            "sent {count} packet{s} {kind}, which the switch does not carry: it takes IPv4 between the nodes' own \
             addresses (`{{listen.PORT}}`, `{{dial.PORT}}`)"
        ))
    }
}

fn kind(packet: &[u8]) -> Option<usize> {
    match packet.first()? >> 4 {
        // Neighbour discovery and group membership: ICMPv6 itself, or behind hop-by-hop options.
        6 if matches!(packet.get(6), Some(0 | 58)) => None,
        6 => Some(0),
        // IGMP is not the program's either.
        4 if packet.get(9) == Some(&2) => None,
        4 if packet.get(16).is_some_and(|&first| first >= 224) || packet.get(18..20) == Some(&[255, 255]) => Some(1),
        _ => Some(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(bytes: &[u8]) -> u16 {
        let words = bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0)));
        let sum: u32 = words.sum();
        let folded = (sum & 0xffff) + (sum >> 16);
        ((folded & 0xffff) + (folded >> 16)) as u16
    }

    /// A packet of a protocol with so many bytes of data and a checksum that fits (without the pseudo-header, which a
    /// change of data leaves alone).
    fn packet(protocol: u8, data: usize) -> Vec<u8> {
        let header = if protocol == TCP { 20 } else { 8 };
        let total = 20 + header + data;
        let mut packet = vec![0; total];
        packet[0] = 0x45;
        packet[2..4].copy_from_slice(&(total as u16).to_be_bytes());
        packet[9] = protocol;
        packet[12..20].copy_from_slice(&[10, 77, 0, 1, 10, 77, 0, 2]);
        if protocol == TCP {
            packet[32] = 0x50;
        }
        for (index, byte) in packet[20 + header..].iter_mut().enumerate() {
            *byte = (index * 7 + 1) as u8;
        }
        let at = 20 + if protocol == TCP { 16 } else { 6 };
        let fits = !sum(&packet[20..]);
        packet[at..at + 2].copy_from_slice(&fits.to_be_bytes());
        packet
    }

    #[test]
    fn a_mended_packet_differs_in_one_bit_of_its_data_and_its_checksum_fits() {
        for protocol in [TCP, UDP] {
            for length in [1, 2, 3, 100, 101] {
                let whole = packet(protocol, length);
                let begin = whole.len() - length;
                for random in 0..length as u64 * 8 {
                    let mut damaged = whole.clone();
                    corrupt(&mut damaged, random, true);
                    let flipped: u32 =
                        whole[begin..].iter().zip(&damaged[begin..]).map(|(a, b)| (a ^ b).count_ones()).sum();
                    assert_eq!(flipped, 1);
                    assert_eq!(sum(&damaged[20..]), 0xffff, "protocol {protocol}, {length} bytes, bit {random}");
                }
            }
        }
    }

    #[test]
    fn a_packet_that_is_not_mended_differs_in_one_bit_and_its_checksum_does_not_fit() {
        let whole = packet(TCP, 10);
        for random in 0..30 * 8 {
            let mut damaged = whole.clone();
            corrupt(&mut damaged, random, false);
            assert_eq!(whole.iter().zip(&damaged).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>(), 1);
            assert_eq!(whole[..20], damaged[..20], "the IP header is left alone");
            assert_ne!(sum(&damaged[20..]), 0xffff);
        }
    }

    #[test]
    fn only_a_packet_with_data_carries_a_byte() {
        assert!(carries_data(&packet(TCP, 1)) && carries_data(&packet(UDP, 1)));
        assert!(!carries_data(&packet(TCP, 0)) && !carries_data(&packet(UDP, 0)));
    }

    #[test]
    fn no_bytes_at_all_make_it_panic() {
        let whole = packet(TCP, 40);
        for length in 0..whole.len() {
            for byte in [0, 0x40, 0x4f, 0x45, 0x60, 0xff] {
                let mut torn = whole[..length].to_vec();
                if let Some(first) = torn.first_mut() {
                    *first = byte;
                }
                if torn.len() >= 4 {
                    torn[2..4].copy_from_slice(&(length as u16).to_be_bytes());
                }
                carries_data(&torn);
                let _ = (addresses(&torn), kind(&torn));
                for mended in [false, true] {
                    corrupt(&mut torn.clone(), u64::MAX, mended);
                }
            }
        }
        assert_eq!(addresses(&whole[..30]), None);
    }

    #[test]
    fn what_is_not_carried_is_counted_by_its_kind_and_the_kernels_own_chatter_is_not() {
        let strangers = Strangers::new(1);
        let mut discovery = [0; 48];
        (discovery[0], discovery[6]) = (0x60, 58);
        strangers.count(0, &discovery);
        assert_eq!(strangers.describe(0), None);
        discovery[6] = UDP;
        strangers.count(0, &discovery);
        assert!(strangers.describe(0).unwrap().starts_with("sent 1 packet over IPv6, "));
        let mut multicast = packet(UDP, 4);
        multicast[16] = 224;
        (0..2).for_each(|_| strangers.count(0, &multicast));
        assert!(strangers.describe(0).unwrap().contains("multicast"));
        assert_eq!(strangers.describe(7), None);
    }
}
