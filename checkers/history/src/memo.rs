//! Observations that differ from one before in nothing but times and numbers.
//!
//! Most lines of a long history are answers to polls, and most answers say what the one before said. The recorder writes them all in
//! one order: the time, who saw whom, the span, what was seen, the number. So a line is taken apart at its times, without
//! looking into the rest. If the rest was read before, byte for byte, it means what it meant then.
//!
//! A line that does not look so is read as all lines are. What is remembered was read that way first, and its times were
//! found to be those of the line.

use crate::event::{Observation, Span};

/// So many different observations are remembered.
const SLOTS: usize = 256;

/// A line of the recorder's form, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape<'a> {
    /// When it was recorded.
    pub t: u64,
    /// Its span, as it stands there.
    pub span: [u64; 2],
    /// Its number.
    pub seq: Option<u64>,
    /// What stands between the time and the span.
    head: &'a [u8],
    /// What stands between the span and the number.
    tail: &'a [u8],
}

impl<'a> Shape<'a> {
    /// Takes a line apart; none where it has another form.
    pub(crate) fn of(line: &'a [u8]) -> Option<Self> {
        let (t, rest) = number(line.strip_prefix(br#"{"t":"#)?)?;
        let open = memchr::memchr2(b'[', b'{', rest)?;
        let head = &rest[..open];
        if rest[open] != b'[' || !head.starts_with(br#","type":"observe","#) || !head.ends_with(br#","span":"#) {
            return None;
        }
        let (earliest, rest) = number(&rest[open + 1..])?;
        let (latest, rest) = number(rest.strip_prefix(b",")?)?;
        let tail = rest.strip_prefix(b"]")?.trim_ascii_end().strip_suffix(b"}")?;
        let digits = tail.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let (before, last) = tail.split_at(tail.len() - digits);
        let (seq, tail) = match (before.strip_suffix(br#","seq":"#), number(last)) {
            (Some(tail), Some((seq, []))) => (Some(seq), tail),
            _ => (None, tail),
        };
        Some(Self { t, span: [earliest, latest], seq, head, tail })
    }

    /// Where it is remembered.
    fn slot(&self) -> usize {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for part in [self.head, self.tail] {
            for piece in part.chunks(8) {
                let mut bytes = [0; 8];
                bytes[..piece.len()].copy_from_slice(piece);
                hash = (hash ^ u64::from_le_bytes(bytes)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
            }
        }
        (hash % SLOTS as u64) as usize
    }
}

/// The whole number at the beginning, as JSON writes it, and what follows. One of more than 19 digits is left to others.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || digits > 19 || (digits > 1 && text[0] == b'0') {
        return None;
    }
    let value = text[..digits].iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
    Some((value, &text[digits..]))
}

/// What was read before.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    slots: Vec<Known>,
}

/// A slot: what stood there, and what it meant. An empty one has no meaning.
#[derive(Debug, Default)]
struct Known {
    head: Vec<u8>,
    tail: Vec<u8>,
    seen: Option<Observation>,
}

impl Memo {
    /// What a line of this shape says, if it was read before. Its span is this line's; its hole is not told.
    pub(crate) fn recall(&self, shape: &Shape<'_>) -> Option<Observation> {
        let known = self.slots.get(shape.slot())?;
        if known.head != shape.head || known.tail != shape.tail {
            return None;
        }
        let span = Span::new(shape.span[0], shape.span[1]);
        Some(Observation { span, hole: None, ..known.seen.clone()? })
    }

    /// Remembers what a line says that was read with these times.
    pub(crate) fn keep(&mut self, shape: &Shape<'_>, seen: &Observation) {
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, Known::default);
        }
        // The buffers stay: where hardly a line repeats, nothing is allocated for that.
        let known = &mut self.slots[shape.slot()];
        known.head.clear();
        known.head.extend_from_slice(shape.head);
        known.tail.clear();
        known.tail.extend_from_slice(shape.tail);
        known.seen = Some(seen.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(line: &str) -> Option<([u64; 4], Option<u64>)> {
        let shape = Shape::of(line.as_bytes())?;
        Some(([shape.t, shape.span[0], shape.span[1], (shape.head.len() + shape.tail.len()) as u64], shape.seq))
    }

    #[test]
    fn a_line_of_the_recorder_is_taken_apart_at_its_times() {
        let line = r#"{"t":12,"type":"observe","node":"n1","span":[3,11],"term":4,"seq":7}"#;
        assert_eq!(shape(line), Some(([12, 3, 11, 37 + 9], Some(7))));
        let plain = "{\"t\":0,\"type\":\"observe\",\"node\":\"n1\",\"span\":[0,0],\"term\":4}\n";
        assert_eq!(shape(plain), Some(([0, 0, 0, 37 + 9], None)));
    }

    #[test]
    fn whatever_looks_otherwise_is_left_to_the_other_reading() {
        for line in [
            r#"{"t":1,"type":"node","node":"n1","span":[3,11]}"#,
            r#"{"t":-1,"type":"observe","node":"n1","span":[3,11]}"#,
            r#"{"t":01,"type":"observe","node":"n1","span":[3,11]}"#,
            r#"{"t":1.5,"type":"observe","node":"n1","span":[3,11]}"#,
            r#"{"t":1,"type":"observe","node":"n1","span":[3, 11]}"#,
            r#"{"t":1,"type":"observe","node":"n1","span":[3,11,12]}"#,
            r#"{"t":1,"type":"observe","x":{"node":"n1","span":[3,11]}}"#,
            r#"{"t":1,"type":"observe","node":"n1","log":[3,11],"span":[1,2]}"#,
            r#"{"t":1,"type":"observe","node":"n1","span":[3,11]"#,
            r#"{"t":12345678901234567890,"type":"observe","node":"n1","span":[3,11]}"#,
            r#"{"type":"observe","t":1,"node":"n1","span":[3,11]}"#,
            r#"{"t":1,"type":"observe","node":"n1"}"#,
            "",
        ] {
            assert_eq!(shape(line), None, "{line}");
        }
    }
}
