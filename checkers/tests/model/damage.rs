//! A whole record, less some of it: one kind of damage at a time, as recorders that come late, lose lines or know little leave it.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// A kind of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    End,
    LateBeginning,
    HalfNotComplete,
    HalfNumbered,
    OnlyOne,
    AllButOne,
    Starts,
    SomeStarts,
    Continues,
    Lifts,
    Injections,
    FaultLines,
    LinkLines,
    NodeLines,
    UnlistedVoter,
    Unlisted,
    UnknownLeader,
    Incarnations,
}

impl Damage {
    pub(crate) const ALL: [Self; 18] = [
        Self::End,
        Self::LateBeginning,
        Self::HalfNotComplete,
        Self::HalfNumbered,
        Self::OnlyOne,
        Self::AllButOne,
        Self::Starts,
        Self::SomeStarts,
        Self::Continues,
        Self::Lifts,
        Self::Injections,
        Self::FaultLines,
        Self::LinkLines,
        Self::NodeLines,
        Self::UnlistedVoter,
        Self::Unlisted,
        Self::UnknownLeader,
        Self::Incarnations,
    ];

    /// The record with this damage; `text` is whole and true.
    pub(crate) fn done_to(self, text: &str, seed: u64) -> String {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut header = lines.remove(0);
        let names: Vec<String> =
            header["nodes"].as_array().unwrap().iter().map(|n| n.as_str().unwrap().to_owned()).collect();
        let one = names[rng.random_range(0..names.len())].clone();
        let is = |kind: &'static str| move |line: &Value| line["type"] == kind;
        let event = |event: &'static str| move |line: &Value| line["type"] == "node" && line["event"] == event;
        let stage = |stage: &'static str| move |line: &Value| line["type"] == "fault" && line["stage"] == stage;
        match self {
            Self::End => lines.truncate(rng.random_range(0..lines.len())),
            Self::LateBeginning => drop(lines.drain(..rng.random_range(0..lines.len()))),
            Self::HalfNotComplete => {
                for observer in header["observers"].as_array_mut().unwrap() {
                    observer["complete"] = json!(false);
                }
                lines.retain(|line| line["type"] != "observe" || rng.random_bool(0.5));
            }
            Self::HalfNumbered => {
                number(&mut lines);
                lines.retain(|line| line["type"] != "observe" || rng.random_bool(0.5));
            }
            Self::OnlyOne => lines.retain(|line| line["type"] != "observe" || line["node"] == one.as_str()),
            Self::AllButOne => lines.retain(|line| line["type"] != "observe" || line["node"] != one.as_str()),
            Self::Starts => lines.retain(|line| !(event("start")(line) && line["incarnation"] != 1)),
            Self::SomeStarts => {
                lines.retain(|line| !(event("start")(line) && line["incarnation"] != 1 && rng.random_bool(0.5)))
            }
            Self::Continues => lines.retain(|line| !event("continue")(line)),
            Self::Lifts => lines.retain(|line| !stage("lift")(line)),
            Self::Injections => lines.retain(|line| !stage("inject")(line)),
            Self::FaultLines => {
                header.as_object_mut().unwrap().remove("faults");
                lines.retain(|line| !is("fault")(line));
            }
            Self::LinkLines => lines.retain(|line| !is("link")(line)),
            Self::NodeLines => lines.retain(|line| !is("node")(line)),
            Self::UnlistedVoter | Self::Unlisted => {
                header["nodes"] = names.iter().filter(|name| **name != one).cloned().collect();
                if self == Self::Unlisted {
                    header.as_object_mut().unwrap().remove("voters");
                    header["versions"] = json!({"interregnum": "0.1.0"});
                }
            }
            Self::UnknownLeader => {
                for line in &mut lines {
                    for field in ["leader", "vote"] {
                        if line[field] == one.as_str() {
                            line[field] = json!("10.0.0.1:2380");
                        }
                    }
                }
            }
            Self::Incarnations => {
                lines.iter_mut().for_each(|line| drop(line.as_object_mut().unwrap().remove("incarnation")))
            }
        }
        std::iter::once(&header).chain(&lines).map(|line| format!("{line}\n")).collect()
    }
}

/// A number is missing of some node and observer.
pub(crate) fn has_a_hole(text: &str) -> bool {
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    lines.filter(|line| line["type"] == "observe").any(|line| {
        let count = counts.entry((line["node"].to_string(), line["observer"].to_string())).or_default();
        *count += 1;
        line["seq"] != *count
    })
}

/// Numbers the observations as a recorder does.
fn number(lines: &mut [Value]) {
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    for line in lines.iter_mut().filter(|line| line["type"] == "observe") {
        let count = counts.entry((line["node"].to_string(), line["observer"].to_string())).or_default();
        *count += 1;
        line["seq"] = json!(*count);
    }
}
