//! An honest node's stream, and what other threads, loggers and odd values do to it.
//!
//! Two things must hold whatever is done. An event that stands whole on a line, alone or among whole objects, is read as it was
//! written. One that was torn leaves a gap, or itself, but never nothing. Then no history of honest nodes is invalid.

use checkers::judge::judge_file;
use history::verdict::Verdict;
use history::{Word, entry};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::events::{Reading, read_line};

const NODES: [&str; 3] = ["n1", "n2", "n3"];

/// One state of a node.
#[derive(Debug, Clone, PartialEq)]
struct State {
    node: usize,
    role: &'static str,
    term: u64,
    vote: Option<usize>,
    leader: Option<usize>,
}

impl State {
    fn said(&self) -> entry::State<'static> {
        let name = |node: Option<usize>| Some(node.map(|node| NODES[node].into()));
        let (role, term) = (Some(Word::read(self.role)), Some(self.term));
        entry::State { role, term, vote: name(self.vote), leader: name(self.leader), ..entry::State::default() }
    }

    fn text(&self) -> String {
        let name = |node: Option<usize>| node.map(|node| NODES[node]);
        let State { role, term, .. } = self;
        json!({"role": role, "term": term, "vote": name(self.vote), "leader": name(self.leader)}).to_string()
    }
}

/// Elections without a fault: of each term, who stands, and which of the others vote for it.
fn elections(terms: &[(usize, [bool; 2])]) -> Vec<State> {
    let follower = |node, term, vote| State { node, role: "follower", term, vote, leader: None };
    let mut all: Vec<State> = (0..3).map(|node| follower(node, 0, None)).collect();
    for (&(stands, votes), term) in terms.iter().zip(1..) {
        let others = [(stands + 1) % 3, (stands + 2) % 3];
        all.push(State { role: "candidate", ..follower(stands, term, Some(stands)) });
        for (other, votes) in others.into_iter().zip(votes) {
            all.push(follower(other, term, votes.then_some(stands)));
        }
        if votes.contains(&true) {
            all.push(State { role: "leader", leader: Some(stands), ..follower(stands, term, Some(stands)) });
            for (other, votes) in others.into_iter().zip(votes) {
                all.push(State { leader: Some(stands), ..follower(other, term, votes.then_some(stands)) });
            }
        }
    }
    all
}

/// What can happen to a line.
#[derive(Debug, Clone)]
enum Disturbance {
    Nothing,
    /// It stands behind this.
    Behind(&'static str),
    /// It has a field of its own with this value.
    Field(Vec<u8>),
    /// Other lines come first.
    After(Vec<&'static [u8]>),
    /// Whole objects share its line.
    Shared(bool, bool),
    /// It is coloured.
    Coloured,
    /// Another thread's text, or a newline, in the middle of it.
    Torn(prop::sample::Index, &'static str),
    /// Text follows on the same line, or comes first.
    InText(&'static str, &'static str),
}

const ORDINARY: [&[u8]; 12] = [
    b"started",
    b"",
    b"{",
    b"{\"msg\":\"caf\xe9\",\"n\":NaN}",
    b"{\"role\":\"admin\"}",
    b"{\"msg\":\"term\",\"term\":9}",
    b"{\"from\":\"n2\",\"state\":{\"role\":\"leader\",\"term\":99,\"vote\":\"n2\"}}",
    b"[{\"role\":\"leader\",\"term\":99}]",
    b"{\"msg\":\"got {\\\"role\\\":\\\"leader\\\",\\\"term\\\":99}\"}",
    b"level=info msg=\"got {\\\"role\\\":\\\"leader\\\",\\\"term\\\":99}\"",
    b"\xff\xfe\x00",
    b"role: leader, term: 99",
];

fn disturbance() -> impl Strategy<Value = Disturbance> {
    use Disturbance::{After, Behind, Coloured, Field, InText, Nothing, Shared, Torn};
    let stamps =
        prop::sample::select(vec!["2025-01-23T10:00:01.000001Z INFO ", "[10:00:01] ", "\u{feff}", "  ", "WARN: "]);
    let values: Vec<Vec<u8>> = vec![
        br#""\ud800""#.to_vec(),
        b"NaN".to_vec(),
        b"-Infinity".to_vec(),
        b"1e400".to_vec(),
        vec![b'7'; 400],
        b"\"caf\xe9 \x01\"".to_vec(),
        [vec![b'['; 3000], vec![b']'; 3000]].concat(),
        br#"{"role":"leader","term":99,"vote":"n3"}"#.to_vec(),
        br#""{\"role\":\"leader\",\"term\":99}""#.to_vec(),
    ];
    let torn = (any::<prop::sample::Index>(), prop::sample::select(vec!["\n", "{\"msg\":\"x\"}", "{\"msg\":\"x\"}\n"]));
    let texts =
        prop::sample::select(vec![("", "compacted"), ("received ", ""), ("{\"msg\":\"he", ""), ("", "{\"msg\":\"")]);
    prop_oneof![
        4 => Just(Nothing),
        1 => stamps.prop_map(Behind),
        2 => prop::sample::select(values).prop_map(Field),
        2 => prop::collection::vec(prop::sample::select(ORDINARY.to_vec()), 1..4).prop_map(After),
        1 => any::<(bool, bool)>().prop_map(|(before, after)| Shared(before, after)),
        1 => Just(Coloured),
        1 => torn.prop_map(|(at, by)| Torn(at, by)),
        1 => texts.prop_map(|(before, after)| InText(before, after)),
    ]
}

impl Disturbance {
    /// The line as it arrives, and whether it is still whole.
    fn done_to(&self, line: &str) -> (Vec<u8>, bool) {
        let text = |text: String, whole| (text.into_bytes(), whole);
        match self {
            Self::Nothing => text(line.to_owned(), true),
            Self::Behind(stamp) => text(format!("{stamp}{line}"), true),
            Self::Field(value) => {
                let open = &line.as_bytes()[..line.len() - 1];
                ([open, b",\"x\":", value, b"}"].concat(), true)
            }
            Self::After(lines) => ([&lines.join(&b'\n')[..], b"\n", line.as_bytes()].concat(), true),
            Self::Shared(before, after) => {
                let other = |is: &bool| if *is { "{\"msg\":\"x\"}" } else { "" };
                text(format!("{}{line}{}", other(before), other(after)), true)
            }
            Self::Coloured => {
                text(format!("\x1b[2m10:00:01\x1b[0m \x1b[32m{}\x1b[0m", line.replace(':', "\x1b[1m:\x1b[0m")), true)
            }
            Self::Torn(at, by) => {
                let at = at.index(line.len() - 1) + 1;
                text(format!("{}{by}{}", &line[..at], &line[at..]), false)
            }
            Self::InText(before, after) => text(format!("{before}{line}{after}"), false),
        }
    }
}

proptest! {
    #[test]
    fn no_disturbance_of_an_honest_node_loses_a_whole_line_or_convicts(
        terms in prop::collection::vec((0..3_usize, any::<[bool; 2]>()), 1..6),
        disturbances in prop::collection::vec(disturbance(), 40),
    ) {
        let mut history = vec![json!({
            "schema": 1, "run": "disturbed", "system": "honest", "nodes": NODES, "network": "direct", "workload": "calm",
            "bound": 5_000_000_000_u64, "claims": { "stability": 1000 },
            "observers": [{ "name": "events", "fields": ["role", "term", "vote", "leader"], "evidence": "atomic",
                            "durable": true, "complete": true }],
        })];
        for node in NODES {
            history.push(json!({"type": "node", "t": 0, "node": node, "incarnation": 1, "event": "start"}));
        }
        let mut t = 0_u64;
        for (state, disturbance) in elections(&terms).iter().zip(disturbances.iter().cycle()) {
            let (arrived, whole) = disturbance.done_to(&state.text());
            let mut heard = 0;
            for reading in arrived.split(|byte| *byte == b'\n').flat_map(read_line) {
                t += 1000;
                heard += 1;
                let mut line = json!({"t": t, "node": NODES[state.node], "incarnation": 1, "span": [t, t]});
                match reading {
                    Reading::Event(said, _) => {
                        let plain = entry::State { other: Default::default(), ..said };
                        prop_assert_eq!(&plain, &state.said(), "{:?}", disturbance);
                        line["type"] = json!("observe");
                        line["observer"] = json!("events");
                        for (key, value) in serde_json::from_str::<serde_json::Map<String, Value>>(&state.text()).unwrap() {
                            line[key] = value;
                        }
                    }
                    Reading::Unreadable(why) => {
                        prop_assert!(!whole, "{disturbance:?}: {why}");
                        line["type"] = json!("node");
                        line["event"] = json!("gap");
                    }
                    Reading::Ordinary => {}
                }
                history.push(line);
            }
            prop_assert!(heard > 0, "{disturbance:?} of {} left nothing", state.text());
            prop_assert!(!whole || heard == 1, "{disturbance:?} is heard {heard} times");
        }
        history.push(json!({"t": t + 1, "type": "harness", "event": "end", "reason": "complete"}));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.jsonl");
        std::fs::write(&path, history.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        let outcome = judge_file(&path).unwrap();
        prop_assert!(outcome.verdict != Verdict::Invalid, "{:?}", outcome.checkers);
    }
}
