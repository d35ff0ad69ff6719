//! A reader of pcapng files that knows nothing of how the harness writes them, and forgives nothing but a torn end.

use std::collections::BTreeMap;
use std::path::Path;

/// A packet at an interface.
#[derive(Debug, Clone)]
pub(crate) struct Packet {
    pub(crate) interface: usize,
    /// Nanoseconds since 1970.
    pub(crate) at: u64,
    /// 0 unknown, 1 inbound, 2 outbound.
    pub(crate) direction: u32,
    pub(crate) bytes: Vec<u8>,
    pub(crate) comments: Vec<String>,
    pub(crate) missing: u64,
}

/// What a file holds.
#[derive(Debug, Default)]
pub(crate) struct Packets {
    pub(crate) comment: String,
    /// Name and address.
    pub(crate) interfaces: Vec<(String, [u8; 4])>,
    pub(crate) packets: Vec<Packet>,
    /// Had and lost, of each interface.
    pub(crate) statistics: BTreeMap<usize, (u64, u64)>,
    /// The last block is not whole.
    pub(crate) torn: bool,
}

impl Packet {
    /// It is dropped, and says why.
    pub(crate) fn dropped(&self) -> Option<&str> {
        self.comments.iter().find_map(|comment| comment.strip_prefix("dropped: "))
    }
}

impl Packets {
    pub(crate) fn open(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::parse(&bytes)
    }

    pub(crate) fn parse(mut rest: &[u8]) -> Self {
        let mut all = Self::default();
        while !rest.is_empty() {
            let length = if rest.len() < 12 { usize::MAX } else { word(rest, 4) as usize };
            if length > rest.len() {
                all.torn = true;
                break;
            }
            assert_eq!(length % 4, 0, "blocks are a whole number of words long");
            assert_eq!(word(rest, length - 4) as usize, length, "a block's length stands at both its ends");
            all.block(word(rest, 0), &rest[8..length - 4]);
            rest = &rest[length..];
        }
        all
    }

    fn block(&mut self, kind: u32, body: &[u8]) {
        match kind {
            0x0a0d_0d0a => {
                assert_eq!((word(body, 0), half(body, 4), half(body, 6)), (0x1a2b_3c4d, 1, 0));
                self.comment = texts(&options(&body[16..]), 1).concat();
            }
            1 => {
                assert_eq!((half(body, 0), word(body, 4)), (101, 0), "raw IP, kept whole");
                let options = options(&body[8..]);
                let one = |code| options.iter().find(|option| option.0 == code).unwrap().1.clone();
                assert_eq!(one(9), [9], "nanoseconds");
                self.interfaces.push((texts(&options, 2).concat(), one(4)[..4].try_into().unwrap()));
            }
            6 => {
                let length = word(body, 12) as usize;
                assert_eq!(word(body, 16) as usize, length, "kept whole");
                let options = options(&body[20 + length.next_multiple_of(4)..]);
                let number = |code| options.iter().find(|option| option.0 == code).map(|option| option.1.clone());
                let interface = word(body, 0) as usize;
                assert!(interface < self.interfaces.len(), "an interface is described before it has packets");
                self.packets.push(Packet {
                    interface,
                    at: time(&body[4..]),
                    direction: word(&number(2).unwrap(), 0),
                    bytes: body[20..20 + length].to_vec(),
                    comments: texts(&options, 1),
                    missing: number(4).map_or(0, |count| u64::from_le_bytes(count.try_into().unwrap())),
                });
            }
            5 => {
                let options = options(&body[12..]);
                let count = |code| {
                    let option = options.iter().find(|option| option.0 == code).unwrap();
                    u64::from_le_bytes(option.1.clone().try_into().unwrap())
                };
                self.statistics.insert(word(body, 0) as usize, (count(4), count(5)));
            }
            other => panic!("a block of kind {other:#x}"),
        }
    }

    /// The node that has this address, by the number of its interface.
    pub(crate) fn owner(&self, address: &[u8]) -> Option<usize> {
        self.interfaces.iter().position(|interface| interface.1 == address)
    }

    /// How many packets each ordered pair of nodes sent, got across and lost, and the bytes of the last two, by names.
    pub(crate) fn links(&self) -> BTreeMap<String, Link> {
        let mut links: BTreeMap<String, Link> = BTreeMap::new();
        for packet in self.packets.iter().filter(|packet| packet.bytes[0] >> 4 == 4) {
            let ends = self.owner(&packet.bytes[12..16]).zip(self.owner(&packet.bytes[16..20]));
            let Some((from, to)) = ends.filter(|(from, to)| from != to) else { continue };
            let link = links.entry(format!("{}->{}", self.interfaces[from].0, self.interfaces[to].0)).or_default();
            let bytes = packet.bytes.len() as u64;
            match packet.direction {
                1 => assert_eq!(packet.interface, to, "inbound at who receives it"),
                2 => assert_eq!(packet.interface, from, "outbound at who sends it"),
                _ => assert!(packet.dropped().is_some() && packet.interface == to, "{packet:?}"),
            }
            link.sent += u64::from(packet.direction == 2);
            if packet.direction == 1 {
                (link.passed.0, link.passed.1) = (link.passed.0 + 1, link.passed.1 + bytes);
            }
            if packet.dropped().is_some() {
                assert_ne!(packet.direction, 1, "nobody received it");
                (link.dropped.0, link.dropped.1) = (link.dropped.0 + 1, link.dropped.1 + bytes);
            }
        }
        links
    }
}

/// What a file says of one direction of a link.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) sent: u64,
    /// Packets and bytes.
    pub(crate) passed: (u64, u64),
    /// Packets and bytes.
    pub(crate) dropped: (u64, u64),
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap())
}

fn time(bytes: &[u8]) -> u64 {
    u64::from(word(bytes, 0)) << 32 | u64::from(word(bytes, 4))
}

fn options(mut rest: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut all = Vec::new();
    loop {
        let (code, length) = (half(rest, 0), usize::from(half(rest, 2)));
        if code == 0 {
            assert_eq!((length, rest.len()), (0, 4), "the end of the options is the end of the block");
            return all;
        }
        all.push((code, rest[4..4 + length].to_vec()));
        rest = &rest[4 + length.next_multiple_of(4)..];
    }
}

fn texts(options: &[(u16, Vec<u8>)], code: u16) -> Vec<String> {
    let texts = options.iter().filter(|option| option.0 == code);
    texts.map(|option| String::from_utf8(option.1.clone()).unwrap()).collect()
}
