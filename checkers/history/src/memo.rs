//! Observations that differ from one before in nothing but numbers.
//!
//! Most lines of a long history are answers to polls, and most answers say what the one before said. The recorder writes them
//! all in one order: the time, who saw whom, the span, what was seen, the number. So a line is taken apart at its numbers:
//! the incarnation, the times, the term, the end of the log. If what stands between them was read before, byte for byte, it
//! means what it meant then.
//!
//! A line that does not look so is read as all lines are. What is remembered was read that way first, and its numbers
//! were found to be those of the line.

use crate::entry;
use crate::event::{Observation, Span};

/// So many different observations are remembered.
const SLOTS: usize = 2048;

/// After so many lines it is known whether remembering pays.
const TRIED: u64 = 10_000;

/// The numbers that a line of the recorder may have, and what stands around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape<'a> {
    /// When it was recorded.
    pub t: u64,
    /// Its span, as it stands there.
    pub span: [u64; 2],
    /// Its number.
    pub seq: Option<u64>,
    incarnation: u32,
    term: Option<u64>,
    log: Option<[u64; 2]>,
    /// What stands before the incarnation, the span, the term, the log and the number.
    between: [&'a [u8]; 5],
}

impl<'a> Shape<'a> {
    /// Takes a line apart; none where it has another form.
    pub(crate) fn of(line: &'a [u8]) -> Option<Self> {
        let (t, rest) = number(line.strip_prefix(br#"{"t":"#)?)?;
        // No list and no object stands before the span: what is found there is the line's own.
        let open = memchr::memchr2(b'[', b'{', rest)?;
        let head = &rest[..open];
        if rest[open] != b'[' || !head.starts_with(br#","type":"observe","#) {
            return None;
        }
        let at = memchr::memmem::find(head, INCARNATION)? + INCARNATION.len();
        let (who, rest_of_head) = head.split_at(at);
        let (incarnation, by_whom) = number(rest_of_head)?;
        if !by_whom.starts_with(b",") || !by_whom.ends_with(br#","span":"#) {
            return None;
        }
        let (earliest, rest) = number(&rest[open + 1..])?;
        let (latest, rest) = number(rest.strip_prefix(b",")?)?;
        let seen = rest.strip_prefix(b"]")?.trim_ascii_end().strip_suffix(b"}")?;
        let (term, before_term, seen) = term(seen)?;
        let (log, before_log, seen) = log(seen)?;
        let (seq, after) = sequence_number(seen);
        Some(Self {
            t,
            span: [earliest, latest],
            seq,
            incarnation: u32::try_from(incarnation).ok()?,
            term,
            log,
            between: [who, by_whom, before_term, before_log, after],
        })
    }

    /// The line was read as saying just these numbers.
    pub(crate) fn is_of(&self, t: Option<u64>, span: Option<Span>, seen: &entry::Observe<'_>) -> bool {
        let times = span.map(|span| [span.earliest, span.latest]);
        (Some(self.t), Some(self.span), self.seq) == (t, times, seen.seq)
            && (Some(self.incarnation), self.term, self.log) == (seen.incarnation, seen.state.term, seen.state.log)
    }

    /// Where it is remembered.
    fn slot(&self) -> usize {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut mix = |bytes: [u8; 8]| {
            hash = (hash ^ u64::from_le_bytes(bytes)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        };
        for part in self.between {
            let (pieces, rest) = part.as_chunks::<8>();
            pieces.iter().for_each(|piece| mix(*piece));
            // What is left, with the bytes before it: nothing is copied byte by byte.
            match part.last_chunk::<8>() {
                Some(last) if !rest.is_empty() => mix(*last),
                Some(_) => {}
                None => mix(std::array::from_fn(|at| part.get(at).copied().unwrap_or(0))),
            }
        }
        (hash % SLOTS as u64) as usize
    }
}

const INCARNATION: &[u8] = br#","incarnation":"#;

/// Numbers that a text may have, what stands before them, and what follows them. Without them all of it follows.
type Apart<'a, T> = (Option<T>, &'a [u8], &'a [u8]);

/// The term.
fn term(seen: &[u8]) -> Option<Apart<'_, u64>> {
    let after_role = match seen.strip_prefix(br#","role":"#) {
        Some(role) => value(role)?,
        None => seen,
    };
    numbers_after(seen, after_role, br#","term":"#, |text| {
        let (term, rest) = number(text)?;
        Some((term, rest))
    })
}

/// The end of the log, which follows the vote and the leader.
fn log(seen: &[u8]) -> Option<Apart<'_, [u64; 2]>> {
    let mut rest = seen;
    for key in [&br#","vote":"#[..], br#","leader":"#] {
        if let Some(after) = rest.strip_prefix(key) {
            rest = value(after)?;
        }
    }
    numbers_after(seen, rest, br#","log":["#, |text| {
        let (term, rest) = number(text)?;
        let (index, rest) = number(rest.strip_prefix(b",")?)?;
        Some(([term, index], rest.strip_prefix(b"]")?))
    })
}

/// What a key that stands at the beginning of `rest`, a part of `whole`, has for a value, with what is before and behind it.
fn numbers_after<'a, T>(
    whole: &'a [u8],
    rest: &'a [u8],
    key: &[u8],
    read: impl Fn(&'a [u8]) -> Option<(T, &'a [u8])>,
) -> Option<Apart<'a, T>> {
    let Some(text) = rest.strip_prefix(key) else { return Some((None, &[], whole)) };
    let (value, rest) = read(text)?;
    let ends = rest.is_empty() || rest.starts_with(b",");
    ends.then(|| (Some(value), &whole[..whole.len() - text.len()], rest))
}

/// What follows a word without escapes, or null.
fn value(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"null") {
        return Some(rest);
    }
    let word = text.strip_prefix(b"\"")?;
    let end = memchr::memchr2(b'"', b'\\', word)?;
    (word[end] == b'"').then(|| &word[end + 1..])
}

/// The number of the line at its end, and what stands before it.
fn sequence_number(seen: &[u8]) -> (Option<u64>, &[u8]) {
    let digits = seen.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, last) = seen.split_at(seen.len() - digits);
    match (before.strip_suffix(br#","seq":"#), number(last)) {
        (Some(before), Some((seq, []))) => (Some(seq), before),
        _ => (None, seen),
    }
}

/// The whole number at the beginning, as JSON writes it, and what follows. One of more than 19 digits is left to others.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let (mut value, mut digits) = (0_u64, 0);
    while let Some(digit) = text.get(digits).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        digits += 1;
    }
    let is_one = digits == 1 || (2..=19).contains(&digits) && text[0] != b'0';
    is_one.then(|| (value, &text[digits..]))
}

/// What was read before.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    slots: Vec<Known>,
    /// How many lines were recognised, and how many had to be remembered.
    recalled: u64,
    kept: u64,
}

/// A slot: what stood there, and what it meant. An empty one has no meaning.
#[derive(Debug, Default)]
struct Known {
    /// What stood between the numbers, in one piece, and where each part of it ends.
    text: Vec<u8>,
    ends: [usize; 5],
    seen: Option<Observation>,
}

impl Known {
    fn is_of(&self, shape: &Shape<'_>) -> bool {
        let mut begin = 0;
        shape.between.iter().zip(self.ends).all(|(part, end)| {
            let same = self.text.get(begin..end) == Some(part);
            begin = end;
            same
        })
    }
}

impl Memo {
    /// What a line of this shape says, if one that differs in its numbers only was read before. Its hole is not told.
    pub(crate) fn recall(&mut self, shape: &Shape<'_>) -> Option<Observation> {
        let known = self.slots.get(shape.slot()).filter(|known| known.is_of(shape))?;
        let seen = known.seen.clone()?;
        self.recalled += 1;
        let span = Span::new(shape.span[0], shape.span[1]);
        let (term, log) = (shape.term, shape.log.map(|[term, index]| (term, index)));
        Some(Observation { incarnation: shape.incarnation, span, term, log, hole: None, ..seen })
    }

    /// Hardly a line was recognised: looking for one costs more than it saves.
    pub(crate) fn is_idle(&self) -> bool {
        self.kept > TRIED && self.recalled < self.kept
    }

    /// Remembers what a line says that was read with these numbers.
    pub(crate) fn keep(&mut self, shape: &Shape<'_>, seen: &Observation) {
        self.kept += 1;
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, Known::default);
        }
        // The buffers stay: where hardly a line repeats, nothing is allocated for that.
        let known = &mut self.slots[shape.slot()];
        known.text.clear();
        for (part, end) in shape.between.iter().zip(&mut known.ends) {
            known.text.extend_from_slice(part);
            *end = known.text.len();
        }
        known.seen = Some(seen.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers, and what stands between them.
    fn shape(line: &str) -> Option<(Vec<u64>, String)> {
        let shape = Shape::of(line.as_bytes())?;
        let numbers = [shape.t, u64::from(shape.incarnation), shape.span[0], shape.span[1]];
        let more = shape.term.into_iter().chain(shape.log.into_iter().flatten()).chain(shape.seq);
        let between = shape.between.map(|part| String::from_utf8_lossy(part).into_owned());
        Some((numbers.into_iter().chain(more).collect(), between.join("#")))
    }

    #[test]
    fn a_line_of_the_recorder_is_taken_apart_at_its_numbers() {
        for (line, numbers, between) in [
            (
                r#"{"t":12,"type":"observe","node":"n1","incarnation":2,"observer":"o","span":[3,11],"role":"leader","term":4,"vote":"n1","leader":null,"log":[5,6],"seq":7}"#,
                &[12, 2, 3, 11, 4, 5, 6, 7][..],
                r#","type":"observe","node":"n1","incarnation":#,"observer":"o","span":#,"role":"leader","term":#,"vote":"n1","leader":null,"log":[#"#,
            ),
            (
                "{\"t\":0,\"type\":\"observe\",\"node\":\"n1\",\"incarnation\":1,\"span\":[0,0],\"term\":4}\n",
                &[0, 1, 0, 0, 4],
                r#","type":"observe","node":"n1","incarnation":#,"span":#,"term":##"#,
            ),
            (
                r#"{"t":1,"type":"observe","node":"n1","incarnation":1,"span":[3,11],"leader":"n2","x":5,"seq":6}"#,
                &[1, 1, 3, 11, 6],
                r#","type":"observe","node":"n1","incarnation":#,"span":###,"leader":"n2","x":5"#,
            ),
            (
                r#"{"t":1,"type":"observe","node":"n1","incarnation":1,"span":[3,11],"counted":["n2"],"term":4}"#,
                &[1, 1, 3, 11],
                r#","type":"observe","node":"n1","incarnation":#,"span":###,"counted":["n2"],"term":4"#,
            ),
        ] {
            assert_eq!(shape(line), Some((numbers.to_vec(), between.to_owned())), "{line}");
        }
    }

    #[test]
    fn whatever_looks_otherwise_is_left_to_the_other_reading() {
        let who = r#""type":"observe","node":"n1","incarnation":1"#;
        for line in [
            r#"{"t":1,"type":"node","node":"n1","incarnation":1,"span":[3,11]}"#.to_owned(),
            r#"{"t":1,"type":"observe","node":"n1","span":[3,11]}"#.to_owned(),
            r#"{"t":1,"type":"observe","node":"n1","incarnation":1.5,"span":[3,11]}"#.to_owned(),
            r#"{"t":1,"type":"observe","node":"n1","incarnation":5000000000,"span":[3,11]}"#.to_owned(),
            format!(r#"{{"t":-1,{who},"span":[3,11]}}"#),
            format!(r#"{{"t":01,{who},"span":[3,11]}}"#),
            format!(r#"{{"t":1.5,{who},"span":[3,11]}}"#),
            format!(r#"{{"t":1,{who},"span":[3, 11]}}"#),
            format!(r#"{{"t":1,{who},"span":[3,11,12]}}"#),
            format!(r#"{{"t":1,"x":{{{who},"span":[3,11]}}}}"#),
            format!(r#"{{"t":1,{who},"log":[3,11],"span":[1,2]}}"#),
            format!(r#"{{"t":1,{who},"span":[3,11]"#),
            format!(r#"{{"t":12345678901234567890,{who},"span":[3,11]}}"#),
            format!(r#"{{{who},"t":1,"span":[3,11]}}"#),
            format!(r#"{{"t":1,{who}}}"#),
            format!(r#"{{"t":1,{who},"span":[3,11],"term":4.5}}"#),
            format!(r#"{{"t":1,{who},"span":[3,11],"term":"4"}}"#),
            format!(r#"{{"t":1,{who},"span":[3,11],"role":"a\"b","term":4}}"#),
            format!(r#"{{"t":1,{who},"span":[3,11],"role":["a"],"term":4}}"#),
            format!(r#"{{"t":1,{who},"span":[3,11],"term":4,"vote":7}}"#),
            format!(r#"{{"t":1,{who},"span":[3,11],"term":4,"log":[1,2,3]}}"#),
            String::new(),
        ] {
            assert_eq!(shape(&line), None, "{line}");
        }
    }
}
