//! The lines of the recorder that are frequent, read in one pass.
//!
//! What is read here the other reading ([`Record::slowly`]) takes for the same, and needs ten times as long. Whatever looks
//! otherwise is left to it: blanks, escapes, a field twice, a number with a sign or a fraction, a field of other lines.

use serde_json::Value;
use workloads::Link as LinkName;

use crate::Span;
use crate::digits;
use crate::entry::{Described, Entry, Fault, Link, Miss, Node, Observe, Record, State};
use crate::line::KEYS;
use crate::record::ends;
use crate::vocabulary::Kind;
use crate::word::{Vocabulary, Word};

/// A longer value of a fault is left to the other reading, which knows how deep a value may be.
const LONG: usize = 200;

/// What a line says; none where it has another form.
pub(crate) fn read(text: &str) -> Option<Record<'_>> {
    let mut line = Text(text);
    line.skip("{\"t\":")?;
    let t = line.number()?;
    line.skip(",\"type\":")?;
    let kind = Kind::exactly(line.string()?)?;
    if !matches!(kind, Kind::Observe | Kind::Link | Kind::Miss | Kind::Node | Kind::Fault) {
        return None;
    }
    let mut fields = Fields::default();
    while line.skip(",").is_some() {
        let key = line.string()?;
        line.skip(":")?;
        fields.take(key, &mut line)?;
    }
    if !matches!(line.0, "}" | "}\n") {
        return None;
    }
    let span = fields.span.map(|[earliest, latest]| Span::new(earliest, latest));
    let entry = match kind {
        Kind::Observe => Entry::Observe(fields.observe()?),
        Kind::Link => Entry::Link(fields.link()?),
        Kind::Miss => Entry::Miss(fields.miss()?),
        Kind::Node => Entry::Node(fields.node()?),
        Kind::Fault => Entry::Fault(fields.fault()?),
        _ => return None,
    };
    Some(Record { t: Some(t), span, group: None, entry })
}

/// What is left of a line.
struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    /// Passes over what has to stand here.
    fn skip(&mut self, what: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(what)?;
        Some(())
    }

    fn number(&mut self) -> Option<u64> {
        let (number, rest) = digits::number(self.0.as_bytes())?;
        self.0 = self.0.get(self.0.len() - rest.len()..)?;
        Some(number)
    }

    fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    /// A string without escapes.
    fn string(&mut self) -> Option<&'a str> {
        let rest = self.0.strip_prefix('"')?;
        let end = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
        let (string, rest) = rest.split_at_checked(end)?;
        self.0 = rest.strip_prefix('"')?;
        Some(string)
    }

    /// A string without escapes, or null.
    fn string_or_null(&mut self) -> Option<Option<&'a str>> {
        match self.skip("null") {
            Some(()) => Some(None),
            None => self.string().map(Some),
        }
    }

    /// Passes over the value of a field that nobody knows.
    fn pass(&mut self) -> Option<()> {
        match self.0.as_bytes().first()? {
            b'"' => self.string().map(drop),
            b'0'..=b'9' => self.number().map(drop),
            _ => ["true", "false", "null"].into_iter().find_map(|word| self.skip(word)),
        }
    }

    fn numbers<const SIZE: usize>(&mut self) -> Option<[u64; SIZE]> {
        let mut numbers = [0; SIZE];
        for (at, number) in numbers.iter_mut().enumerate() {
            self.skip(if at == 0 { "[" } else { "," })?;
            *number = self.number()?;
        }
        self.skip("]")?;
        Some(numbers)
    }

    fn strings(&mut self) -> Option<Vec<&'a str>> {
        let mut strings = Vec::new();
        self.skip("[")?;
        if self.skip("]").is_some() {
            return Some(strings);
        }
        loop {
            strings.push(self.string()?);
            if self.skip(",").is_none() {
                break;
            }
        }
        self.skip("]")?;
        Some(strings)
    }

    /// The number of a fault, or what it is.
    fn value(&mut self) -> Option<Value> {
        if !self.0.starts_with('{') {
            return self.number().map(Value::from);
        }
        let mut values = serde_json::Deserializer::from_str(self.0).into_iter();
        let value = values.next()?.ok()?;
        let end = values.byte_offset();
        self.0 = self.0.get(end..).filter(|_| end <= LONG)?;
        Some(value)
    }
}

/// What a line holds, of the fields that are read here.
#[derive(Default)]
struct Fields<'a> {
    span: Option<[u64; 2]>,
    node: Option<&'a str>,
    incarnation: Option<u32>,
    event: Option<&'a str>,
    observer: Option<&'a str>,
    error: Option<&'a str>,
    evidence: Option<&'a str>,
    role: Option<&'a str>,
    term: Option<u64>,
    vote: Option<Option<&'a str>>,
    leader: Option<Option<&'a str>>,
    vote_id: Option<&'a str>,
    leader_id: Option<&'a str>,
    log: Option<[u64; 2]>,
    counted: Option<Vec<&'a str>>,
    candidate_log: Option<[u64; 2]>,
    seq: Option<u64>,
    pid: Option<u32>,
    status: Option<u64>,
    signal: Option<u64>,
    reason: Option<&'a str>,
    id: Option<u32>,
    stage: Option<&'a str>,
    fault: Option<Value>,
    nodes: Option<Vec<&'a str>>,
    links: Option<Vec<&'a str>>,
    outcome: Option<&'a str>,
    link: Option<&'a str>,
    rule: Option<&'a str>,
    passed: Option<u64>,
    held: Option<u64>,
    dropped: Option<u64>,
    packets: Option<[u64; 3]>,
}

impl<'a> Fields<'a> {
    /// Takes the value of a key that did not occur before.
    fn take(&mut self, key: &str, line: &mut Text<'a>) -> Option<()> {
        match key {
            "span" => once(&mut self.span, line.numbers()?),
            "node" => once(&mut self.node, line.string()?),
            "incarnation" => once(&mut self.incarnation, line.small()?),
            "link" => once(&mut self.link, line.string()?),
            "rule" => once(&mut self.rule, line.string()?),
            "passed" => once(&mut self.passed, line.number()?),
            "held" => once(&mut self.held, line.number()?),
            "dropped" => once(&mut self.dropped, line.number()?),
            "packets" => once(&mut self.packets, line.numbers()?),
            "observer" => once(&mut self.observer, line.string()?),
            "evidence" => once(&mut self.evidence, line.string()?),
            "role" => once(&mut self.role, line.string()?),
            "term" => once(&mut self.term, line.number()?),
            "vote" => once(&mut self.vote, line.string_or_null()?),
            "leader" => once(&mut self.leader, line.string_or_null()?),
            "log" => once(&mut self.log, line.numbers()?),
            "seq" => once(&mut self.seq, line.number()?),
            "error" => once(&mut self.error, line.string()?),
            "event" => once(&mut self.event, line.string()?),
            "pid" => once(&mut self.pid, line.small()?),
            "status" => once(&mut self.status, line.number()?),
            "signal" => once(&mut self.signal, line.number()?),
            "fault" => once(&mut self.fault, line.value()?),
            "reason" => once(&mut self.reason, line.string()?),
            "id" => once(&mut self.id, line.small()?),
            "stage" => once(&mut self.stage, line.string()?),
            "nodes" => once(&mut self.nodes, line.strings()?),
            "links" => once(&mut self.links, line.strings()?),
            "outcome" => once(&mut self.outcome, line.string()?),
            "vote-id" => once(&mut self.vote_id, line.string()?),
            "leader-id" => once(&mut self.leader_id, line.string()?),
            "counted" => once(&mut self.counted, line.strings()?),
            "candidate_log" => once(&mut self.candidate_log, line.numbers()?),
            _ if KEYS.contains(&key) => None,
            _ => line.pass(),
        }
    }

    fn observe(self) -> Option<Observe<'a>> {
        let named = |name: Option<Option<&'a str>>| name.map(|name| name.map(Into::into));
        Some(Observe {
            node: self.node?.into(),
            incarnation: self.incarnation,
            observer: self.observer.map(Into::into),
            evidence: self.evidence.map(Word::read),
            seq: self.seq,
            state: State {
                role: self.role.map(Word::read),
                term: self.term,
                vote: named(self.vote),
                leader: named(self.leader),
                vote_id: self.vote_id.map(Into::into),
                leader_id: self.leader_id.map(Into::into),
                log: self.log,
                counted: self.counted.map(owned),
                candidate_log: self.candidate_log,
                ..State::default()
            },
        })
    }

    fn link(self) -> Option<Link<'a>> {
        let (from, to) = ends(self.link?).ok()?;
        let Self { rule, passed, held, dropped, packets, .. } = self;
        Some(Link { from: from.into(), to: to.into(), rule: rule.map(Word::read), passed, held, dropped, packets })
    }

    fn miss(self) -> Option<Miss<'a>> {
        let (observer, error) = (self.observer.map(Into::into), self.error.map(Into::into));
        Some(Miss { node: self.node?.into(), incarnation: self.incarnation, observer, error })
    }

    fn node(self) -> Option<Node<'a>> {
        let fitting = |number: Option<u64>| number.and_then(|number| i32::try_from(number).ok());
        Some(Node {
            node: self.node?.into(),
            incarnation: self.incarnation,
            event: Word::read(self.event?),
            pid: self.pid,
            status: fitting(self.status),
            signal: fitting(self.signal),
            fault: self.fault.as_ref().and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok()),
            reason: self.reason.map(Into::into),
        })
    }

    fn fault(self) -> Option<Fault<'a>> {
        let link = |link: &str| ends(link).ok().map(|(from, to)| LinkName::new(from, to));
        let links = match self.links {
            None => None,
            Some(links) => Some(links.into_iter().map(link).collect::<Option<_>>()?),
        };
        Some(Fault {
            id: self.id?,
            stage: Word::read(self.stage?),
            fault: self.fault.map(Described::read),
            nodes: self.nodes.map(owned),
            links,
            outcome: self.outcome.map(Word::read),
            reason: self.reason.map(Into::into),
            operations: None,
            lost: None,
        })
    }
}

fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// Fills a place that is empty.
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINES: [&str; 18] = [
        r#"{"t":13948933537,"type":"link","span":[13368035330,13880438317],"link":"n3->n1","rule":"cut","passed":0,"held":0,"dropped":60,"packets":[0,0,1]}"#,
        r#"{"t":1,"type":"link","span":[9,3],"link":"n3->n1->n2","rule":"sieve","passed":9999999999999999999}"#,
        r#"{"t":1,"type":"link","link":"n3-n1","passed":1}"#,
        r#"{"t":2,"type":"miss","node":"n1","incarnation":3,"observer":"status","span":[1,2],"error":"timed out after 100ms"}"#,
        r#"{"t":3,"type":"node","node":"n1","incarnation":1,"event":"start","span":[1,2],"pid":4711}"#,
        r#"{"t":3,"type":"node","node":"n1","incarnation":1,"event":"Exit","span":[1,2],"status":99999999999,"signal":9,"fault":7}"#,
        r#"{"t":3,"type":"node","node":"n1","event":"eof","reason":"stdout"}"#,
        r#"{"t":4,"type":"fault","span":[1,2],"id":4,"stage":"inject","fault":{"kind":"pause","target":"leader"},"nodes":["n2","n1"],"outcome":"installed"}"#,
        r#"{"t":4,"type":"fault","id":4,"stage":"lift","nodes":[],"links":["a->b","b->a"],"outcome":"gone","reason":"x"}"#,
        r#"{"t":4,"type":"fault","id":4,"stage":"lift","links":["ab"],"fault":9}"#,
        r#"{"t":4,"type":"fault","id":4,"stage":"lift","operations":["n1: rename a b"]}"#,
        r#"{"t":12,"type":"observe","node":"n1","incarnation":2,"observer":"o","evidence":"atomic","span":[3,11],"role":"leader","term":4,"vote":"n1","leader":null,"log":[5,6],"seq":7}"#,
        r#"{"t":12,"type":"observe","node":"n1","role":"chief","vote-id":"a","leader-id":"b","counted":["n1","n2"],"candidate_log":[1,2],"x":5,"y":"z","z":true}"#,
        r#"{"t":12,"type":"observe","node":"n1","x":{"term":4},"term":5,"counted":[]}"#,
        r#"{"t":12,"type":"observe","node":"n1","term":4,"x":null,"x":false,"nodes":["n1"],"cpu":4}"#,
        r#"{"t":5,"type":"node","node":"n\u0031","incarnation":1,"incarnation":1,"event":"ready"}"#,
        r#"{"t":5,"type":"node","node":"ä","pid":4294967296,"event":"ready","group":"g"}"#,
        r#"{"t":5,"type":"link","link":"a->b","passed":1e3,"held":-1,"dropped":007,"rule":null}"#,
    ];

    /// It is read as slowly, or not at all.
    fn agrees(text: &str) -> bool {
        read(text).is_none_or(|record| Record::slowly(text).as_ref() == Ok(&record))
    }

    #[test]
    fn lines_of_the_recorder_are_read() {
        for (at, line) in LINES.iter().enumerate() {
            assert_eq!(read(line).is_some(), [0, 1, 3, 4, 5, 6, 7, 8, 11, 12].contains(&at), "{line}");
            assert!(agrees(line), "{line}");
            assert!(agrees(&format!("{line}\n")) && agrees(&format!("{line} ")) && agrees(&line.replace(':', ": ")));
        }
    }

    #[test]
    fn a_list_without_its_brackets_is_no_list() {
        for list in ["]", "[", "[,]", "[\"n1\",]", "\"n1\"]", "[\"n1\""] {
            let line = format!(r#"{{"t":4,"type":"fault","id":4,"stage":"inject","nodes":{list}}}"#);
            assert_eq!(read(&line), None, "{line}");
            assert!(Record::slowly(&line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_value_that_is_deep_is_left_to_the_other_reading() {
        for depth in [20, 120, 126, 127, 128] {
            let value = format!("{}{}", "{\"a\":".repeat(depth) + "1", "}".repeat(depth));
            let line = format!(r#"{{"t":1,"type":"fault","id":1,"stage":"lift","fault":{value}}}"#);
            assert!(agrees(&line), "{depth}");
            assert_eq!(read(&line).is_some(), depth == 20, "{depth}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn whatever_stands_there_is_read_as_slowly_or_not_at_all(
            (line, other) in (0..LINES.len(), 0..LINES.len()),
            (from, size, at) in (0usize..200, 0usize..12, 0usize..200),
            put in "[-0-9a-zä\"\\\\,:{}\\[\\] \n\t.]{0,3}",
        ) {
            // A piece of one line, or a few letters, in the place of a piece of another.
            let (text, piece) = (LINES[line].as_bytes(), LINES[other].as_bytes());
            let (from, at) = (from.min(text.len()), at.min(piece.len()));
            let until = (from + size).min(text.len());
            for put in [put.as_bytes(), &piece[at..(at + size).min(piece.len())]] {
                let changed = [&text[..from], put, &text[until..]].concat();
                if let Ok(changed) = std::str::from_utf8(&changed) {
                    prop_assert!(agrees(changed), "{}", changed);
                }
            }
        }
    }
}
