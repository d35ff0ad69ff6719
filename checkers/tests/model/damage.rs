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
    UntoldEnds,
    LateAfterALift,
    FewPolls,
    FaultsLast,
    RepeatedCandidacies,
}

impl Damage {
    pub(crate) const ALL: [Self; 23] = [
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
        Self::UntoldEnds,
        Self::LateAfterALift,
        Self::FewPolls,
        Self::FaultsLast,
        Self::RepeatedCandidacies,
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
            // No line is left that says when a fault was over. (Who was ended by the teardown is `process`'s to say.)
            Self::UntoldEnds => lines.retain(|line| {
                let phase = is("harness")(line) && line["event"] == "phase" && line["phase"] != "teardown";
                !(stage("lift")(line) || event("continue")(line) || is("link")(line) || phase)
            }),
            Self::LateAfterALift => {
                let ends = |line: &Value| stage("lift")(line) || event("continue")(line);
                let ends: Vec<usize> = (0..lines.len()).filter(|&at| ends(&lines[at])).collect();
                if !ends.is_empty() {
                    drop(lines.drain(..=ends[rng.random_range(0..ends.len())]));
                }
            }
            Self::FewPolls => few_polls(&mut lines, &mut rng),
            Self::FaultsLast => {
                let faults: Vec<Value> = lines.extract_if(.., |line| is("fault")(line)).collect();
                let last = lines.len() - 1;
                lines.splice(last..last, faults);
            }
            Self::RepeatedCandidacies => repeat_candidacies(&mut lines, &mut rng),
        }
        std::iter::once(&header).chain(&lines).map(|line| format!("{line}\n")).collect()
    }
}

/// If there are polls they are all that is left, and of ten of them nine are misses.
fn few_polls(lines: &mut Vec<Value>, rng: &mut ChaCha8Rng) {
    if !lines.iter().any(|line| line["evidence"] == "sampled") {
        return;
    }
    lines.retain(|line| line["type"] != "observe" || line["evidence"] == "sampled");
    for line in lines.iter_mut().filter(|line| line["type"] == "observe") {
        if rng.random_bool(0.9) {
            let [t, span, node, observer] = ["t", "span", "node", "observer"].map(|field| line[field].clone());
            *line =
                json!({"t": t, "type": "miss", "span": span, "node": node, "observer": observer, "error": "timed out"});
        }
    }
}

/// Each candidacy that wins is shown again just before; of some the first line is missing, as the numbers say.
fn repeat_candidacies(lines: &mut Vec<Value>, rng: &mut ChaCha8Rng) {
    let mut campaigns: BTreeMap<String, Value> = BTreeMap::new();
    let mut all = Vec::with_capacity(lines.len());
    for line in lines.drain(..) {
        let node = line["node"].to_string();
        match line["role"].as_str().filter(|_| line["evidence"] != "sampled") {
            Some("candidate") => drop(campaigns.insert(node, line.clone())),
            Some("leader") => {
                if let Some(mut again) = campaigns.remove(&node).filter(|campaign| campaign["term"] == line["term"]) {
                    (again["t"], again["span"]) = (line["t"].clone(), line["span"].clone());
                    all.push(again);
                }
            }
            _ => {}
        }
        all.push(line);
    }
    number(&mut all);
    let mut again: Vec<(Value, Value)> = Vec::new();
    all.retain(|line| {
        let campaign = (line["node"].clone(), line["term"].clone());
        if line["role"] != "candidate" || line["evidence"] == "sampled" || again.contains(&campaign) {
            return true;
        }
        again.push(campaign);
        rng.random_bool(0.3)
    });
    *lines = all;
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
