//! Lines of type `observe`, read quickly.
//!
//! Nearly all lines of a long history are observations, and [`Line`](crate::line::Line) has a field for everything that any
//! line may say. So what looks like an observation is first read into a form that has an observation's fields only. Where that
//! fails, for whatever reason, nothing is decided: the line is read as all others are, and that reading is the one that counts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::entry::{Entry, Observe, Record, State};
use crate::event::Span;
use crate::lenient;
use crate::line::Known;
use crate::vocabulary::Kind;
use crate::word::Word;

/// How an observation says that it is one, as the recorder writes it.
const MARK: &[u8] = br#""type":"observe""#;

/// The mark stands among so many first bytes of a line.
const NEAR: usize = 64;

/// The fields of an observation. Each is described where [`Line`](crate::line::Line) has it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Observed<'a> {
    t: Option<u64>,
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "lenient::text")]
    node: Option<Cow<'a, str>>,
    incarnation: Option<u32>,
    #[serde(borrow, deserialize_with = "lenient::text")]
    observer: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "lenient::text")]
    evidence: Option<Cow<'a, str>>,
    span: Option<[u64; 2]>,
    #[serde(borrow, deserialize_with = "lenient::text")]
    role: Option<Cow<'a, str>>,
    term: Option<u64>,
    #[serde(borrow, deserialize_with = "lenient::known_text")]
    vote: Known<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "lenient::known_text")]
    leader: Known<Cow<'a, str>>,
    #[serde(rename = "vote-id", borrow, deserialize_with = "lenient::text")]
    vote_id: Option<Cow<'a, str>>,
    #[serde(rename = "leader-id", borrow, deserialize_with = "lenient::text")]
    leader_id: Option<Cow<'a, str>>,
    log: Option<[u64; 2]>,
    #[serde(deserialize_with = "lenient::names")]
    counted: Option<Vec<String>>,
    #[serde(deserialize_with = "lenient::pair")]
    candidate_log: Option<[u64; 2]>,
    #[serde(deserialize_with = "lenient::whole")]
    seq: Option<u64>,
    #[serde(deserialize_with = "lenient::label")]
    group: Option<String>,
    /// The fields of other lines. What stands there may make the line no event, so it is not passed over here.
    #[serde(
        rename = "event",
        alias = "voters",
        alias = "outgoing",
        alias = "learners",
        alias = "pid",
        alias = "status",
        alias = "signal",
        alias = "id",
        alias = "stage",
        alias = "fault",
        alias = "nodes",
        alias = "links",
        alias = "outcome",
        alias = "reason",
        alias = "condition",
        alias = "error",
        alias = "link",
        alias = "rule",
        alias = "passed",
        alias = "held",
        alias = "dropped",
        alias = "cause",
        alias = "phase",
        alias = "cpu",
        alias = "idle",
        alias = "io",
        alias = "packets",
        alias = "operations",
        alias = "lost",
        alias = "attempts",
        alias = "slowest"
    )]
    _elsewhere: Elsewhere,
}

/// A field that this form does not have.
#[derive(Default)]
struct Elsewhere;

impl<'de> Deserialize<'de> for Elsewhere {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("not a field of an observation"))
    }
}

/// What an observation says; none where the line is to be read as all others are.
pub(crate) fn read(text: &str) -> Option<Record<'_>> {
    let near = &text.as_bytes()[..text.len().min(NEAR)];
    if near.first() != Some(&b'{') || !near.windows(MARK.len()).any(|piece| piece == MARK) {
        return None;
    }
    let line: Observed<'_> = serde_json::from_str(text).ok()?;
    if line.kind != Kind::Observe.as_str() {
        return None;
    }
    let state = State {
        role: line.role.map(Word::read),
        term: line.term,
        vote: line.vote,
        leader: line.leader,
        vote_id: line.vote_id,
        leader_id: line.leader_id,
        log: line.log,
        counted: line.counted,
        candidate_log: line.candidate_log,
        other: BTreeMap::new(),
    };
    let seen = Observe {
        node: line.node?,
        incarnation: line.incarnation,
        observer: line.observer,
        evidence: line.evidence.map(Word::read),
        seq: line.seq,
        state,
    };
    let span = line.span.map(|[earliest, latest]| Span::new(earliest, latest));
    Some(Record { t: line.t, span, group: line.group, entry: Entry::Observe(seen) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::KEYS;

    /// An observation with one more field.
    fn with(field: &str) -> String {
        format!(r#"{{"t":7,"type":"observe","node":"n1"{field}}}"#)
    }

    #[test]
    fn it_says_what_the_other_reading_says() {
        let fields = [
            "",
            r#","incarnation":2,"observer":"events","evidence":"atomic","span":[3,4],"role":"Leader","term":9"#,
            r#","vote":null,"leader":"n\u0032","vote-id":"","leader-id":"7f","log":[1,2]"#,
            r#","counted":["n2"],"candidate_log":[1,1],"seq":12,"group":3"#,
            r#","counted":"n2","candidate_log":7,"seq":"x","group":null,"role":"arbiter","evidence":"hearsay""#,
            r#","x-more":{"pid":[1,{"type":"observe"}]},"term":null"#,
        ];
        for line in fields.map(with) {
            let quickly = read(&line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(quickly, Record::read_slowly(&line).unwrap(), "{line}");
        }
    }

    #[test]
    fn what_it_does_not_understand_is_left_to_the_other_reading() {
        let own =
            ["t", "type", "node", "incarnation", "observer", "evidence", "span", "role", "term", "vote", "leader"];
        let more = ["vote-id", "leader-id", "log", "counted", "candidate_log", "seq", "group"];
        for key in KEYS.iter().filter(|key| !own.contains(key) && !more.contains(key)) {
            let line = with(&format!(r#","{key}":{{}}"#));
            assert!(read(&line).is_none(), "{line}");
        }
        let others = [
            with(r#","term":-1"#),
            with(r#","term":1,"term":1"#),
            with(r#","role":3"#),
            with("").replace("observe", "node"),
            r#"{"t":7,"type":"node","x":"\"type\":\"observe\""}"#.to_owned(),
            r#"{"t":7,"type":"observe"}"#.to_owned(),
            r#"[7,"type":"observe"]"#.to_owned(),
            with("").replace('}', ""),
        ];
        for line in others {
            assert!(read(&line).is_none(), "{line}");
        }
    }
}
