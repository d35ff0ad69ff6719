//! Observations that differ from one before in nothing but numbers.
//!
//! Most lines of a long history are answers to polls, and most answers say what the one before said. The recorder writes them
//! all in one order: the time, who saw whom, the span, what was seen, the number. So a line is taken apart at its numbers:
//! the incarnation, the times, the term, the end of the log. If what stands between them was read before, byte for byte, it
//! means what it meant then.
//!
//! Polls go round, so what followed a line the last time is tried first: where it fits, nothing is looked for.
//!
//! A line that does not look so is read as all lines are. What is remembered was read that way first, and its numbers
//! were found to be those of the line.

use crate::digits::number;
use crate::entry;
use crate::event::{Body, Event, Span};

/// So many different observations are remembered.
const SLOTS: usize = 2048;

/// After so many lines it is known whether remembering pays.
const TRIED: u64 = 10_000;

/// The numbers that a line of the recorder may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// When it was recorded.
    pub t: u64,
    /// Its span, as it stands there.
    pub span: [u64; 2],
    /// Its number.
    pub seq: Option<u64>,
    incarnation: u32,
    term: Option<u64>,
    log: Option<[u64; 2]>,
}

/// The numbers of a line, and what stands around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape<'a> {
    numbers: Numbers,
    /// What stands before the incarnation, the span, the term, the log and the number.
    between: [&'a [u8]; 5],
}

impl<'a> Shape<'a> {
    /// Takes a line apart; none where it has another form.
    pub(crate) fn of(line: &'a [u8]) -> Option<Self> {
        let (t, rest) = number(line.strip_prefix(TIME)?)?;
        // No list and no object stands before the span: what is found there is the line's own.
        let open = memchr::memchr2(b'[', b'{', rest)?;
        let head = &rest[..open];
        if rest[open] != b'[' {
            return None;
        }
        let named = value(head.strip_prefix(br#","type":"observe","node":"#)?)?;
        let at = head.len() - named.strip_prefix(INCARNATION)?.len();
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
        let incarnation = u32::try_from(incarnation).ok()?;
        Some(Self {
            numbers: Numbers { t, span: [earliest, latest], seq, incarnation, term, log },
            between: [who, by_whom, before_term, before_log, after],
        })
    }

    /// The line was read as saying just these numbers.
    pub(crate) fn is_of(&self, t: Option<u64>, span: Option<Span>, seen: &entry::Observe<'_>) -> bool {
        let Numbers { t: own, span: [earliest, latest], seq, incarnation, term, log } = self.numbers;
        (Some(own), Some(Span::new(earliest, latest)), seq) == (t, span, seen.seq)
            && (Some(incarnation), term, log) == (seen.incarnation, seen.state.term, seen.state.log)
    }

    /// The places in which it may be remembered.
    fn places(&self) -> [usize; 2] {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut mix = |bytes: [u8; 16]| {
            let product = u128::from_le_bytes(bytes) ^ u128::from(hash);
            let (low, high) = (product as u64, (product >> 64) as u64);
            let product = u128::from(low ^ 0x9e37_79b9_7f4a_7c15) * u128::from(high ^ 0xbf58_476d_1ce4_e5b9);
            hash = product as u64 ^ (product >> 64) as u64;
        };
        for part in self.between {
            let (pieces, rest) = part.as_chunks::<16>();
            pieces.iter().for_each(|piece| mix(*piece));
            // What is left, with the bytes before it: nothing is copied byte by byte.
            match part.last_chunk::<16>() {
                Some(last) if !rest.is_empty() => mix(*last),
                Some(_) => {}
                None if part.is_empty() => {}
                None => mix(std::array::from_fn(|at| part.get(at).copied().unwrap_or(0))),
            }
        }
        let first = (hash % SLOTS as u64) as usize;
        [first, first ^ 1]
    }
}

/// What every line of the recorder begins with.
const TIME: &[u8] = br#"{"t":"#;

const INCARNATION: &[u8] = br#","incarnation":"#;

const NUMBER: &[u8] = br#","seq":"#;

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
    match (before.strip_suffix(NUMBER), number(last)) {
        (Some(before), Some((seq, []))) => (Some(seq), before),
        _ => (None, seen),
    }
}

/// What was read before.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    places: Vec<Known>,
    /// Where the line before is remembered.
    last: usize,
    /// How many lines were recognised, and how many had to be remembered.
    recalled: u64,
    kept: u64,
}

/// What is known of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Look<'a> {
    /// It was read before in all but its numbers, and is remembered in this place.
    Known(usize, Numbers),
    /// It may be remembered.
    New(Shape<'a>),
    /// It has another form.
    Other,
}

/// A place: what stood there, and what it meant.
#[derive(Debug)]
struct Known {
    /// What stood between the numbers, in one piece, and where each part of it ends. In an empty place nothing.
    text: Vec<u8>,
    ends: [usize; 5],
    event: Event,
    /// The place of the line that came next the last time.
    next: usize,
}

impl Known {
    fn empty() -> Self {
        let event = Event { line: 0, t: 0, body: Body::Unknown };
        Self { text: Vec::new(), ends: [0; 5], event, next: 0 }
    }

    /// What stood between the numbers.
    fn between(&self) -> [&[u8]; 5] {
        let mut begin = 0;
        self.ends.map(|end| self.text.get(std::mem::replace(&mut begin, end)..end).unwrap_or_default())
    }

    fn is_of(&self, shape: &Shape<'_>) -> bool {
        self.between() == shape.between
    }

    /// The numbers of a line that says what stood there with other numbers.
    fn read(&self, line: &[u8]) -> Option<Numbers> {
        let [who, by_whom, before_term, before_log, after] = self.between();
        let (t, rest) = number(line.strip_prefix(TIME)?)?;
        let (incarnation, rest) = number(rest.strip_prefix(who)?)?;
        let (earliest, rest) = number(rest.strip_prefix(by_whom)?.strip_prefix(b"[")?)?;
        let (latest, rest) = number(rest.strip_prefix(b",")?)?;
        let (mut term, mut log, mut seq, mut rest) = (None, None, None, rest.strip_prefix(b"]")?);
        if !before_term.is_empty() {
            let (found, after_term) = number(rest.strip_prefix(before_term)?)?;
            (term, rest) = (Some(found), after_term);
        }
        if !before_log.is_empty() {
            let (of_term, after_term) = number(rest.strip_prefix(before_log)?)?;
            let (index, after_index) = number(after_term.strip_prefix(b",")?)?;
            (log, rest) = (Some([of_term, index]), after_index.strip_prefix(b"]")?);
        }
        rest = rest.strip_prefix(after)?;
        if let Some(numbered) = rest.strip_prefix(NUMBER) {
            let (found, after_number) = number(numbered)?;
            (seq, rest) = (Some(found), after_number);
        }
        let incarnation = u32::try_from(incarnation).ok()?;
        matches!(rest, b"}" | b"}\n").then_some(Numbers { t, span: [earliest, latest], seq, incarnation, term, log })
    }
}

impl Memo {
    /// Looks for a line that differs from this one in its numbers only.
    pub(crate) fn look<'a>(&mut self, line: &'a [u8]) -> Look<'a> {
        if self.is_idle() {
            return Look::Other;
        }
        let expected = self.places.get(self.last).map(|last| last.next);
        let follows = |place: usize| self.places.get(place)?.read(line).map(|numbers| (place, numbers));
        if let Some((place, numbers)) = expected.and_then(follows) {
            self.last = place;
            self.recalled += 1;
            return Look::Known(place, numbers);
        }
        let Some(shape) = Shape::of(line) else { return Look::Other };
        let is_of = |place: &usize| self.places.get(*place).is_some_and(|known| known.is_of(&shape));
        let Some(place) = shape.places().into_iter().find(is_of) else { return Look::New(shape) };
        self.recalled += 1;
        self.follow(place);
        Look::Known(place, shape.numbers)
    }

    /// A line that is remembered in this place came.
    fn follow(&mut self, place: usize) {
        self.places[self.last].next = place;
        self.last = place;
    }

    /// What a line of this place says with these numbers. Where it stands is not told, nor its hole.
    pub(crate) fn recall(&mut self, place: usize, numbers: &Numbers) -> &mut Event {
        let Numbers { t, span: [earliest, latest], incarnation, term, log, .. } = *numbers;
        let event = &mut self.places[place].event;
        event.t = t;
        if let Body::Observe(seen) = &mut event.body {
            (seen.incarnation, seen.span, seen.term) = (incarnation, Span::new(earliest, latest), term);
            seen.log = log.map(|[term, index]| (term, index));
        }
        event
    }

    /// What the line said that was recalled from this place last.
    pub(crate) fn event(&self, place: usize) -> &Event {
        &self.places[place].event
    }

    /// Hardly a line was recognised: looking for one costs more than it saves.
    fn is_idle(&self) -> bool {
        self.kept > TRIED && self.recalled < self.kept
    }

    /// Remembers what a line says, an observation, that was read with these numbers.
    pub(crate) fn keep(&mut self, shape: &Shape<'_>, event: &Event) {
        self.kept += 1;
        if self.places.is_empty() {
            self.places.resize_with(SLOTS, Known::empty);
        }
        let places = shape.places();
        let free = places.into_iter().find(|place| self.places[*place].text.is_empty());
        let place = free.unwrap_or(places[0]);
        // The buffers stay: where hardly a line repeats, nothing is allocated for that.
        let known = &mut self.places[place];
        known.text.clear();
        for (part, end) in shape.between.iter().zip(&mut known.ends) {
            known.text.extend_from_slice(part);
            *end = known.text.len();
        }
        known.event = event.clone();
        self.follow(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers, and what stands between them.
    fn shape(line: &str) -> Option<(Vec<u64>, String)> {
        let shape = Shape::of(line.as_bytes())?;
        let Numbers { t, span: [earliest, latest], seq, incarnation, term, log } = shape.numbers;
        let numbers = [t, u64::from(incarnation), earliest, latest];
        let more = term.into_iter().chain(log.into_iter().flatten()).chain(seq);
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
