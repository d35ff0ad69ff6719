//! Faults that waited for a condition of the cluster.
//!
//! The history says when a fault was injected and not what it waited for; the schedule, which lies beside it, does. A
//! schedule that is missing, foreign or absurdly large only means that no trigger is shown.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::Fault;
use crate::text::{LONGEST, clean};

/// A schedule is a few hundred steps; more than that many bytes is none.
const LARGEST: u64 = 64 << 20;

/// A condition that came true, and the fault that waited for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    pub fault: u32,
    /// From the beginning of its injection to its being in force, nanoseconds.
    pub span: [u64; 2],
    /// What it waited for, in words.
    pub condition: String,
}

/// The triggers among `faults`, by the schedule of the run's folder.
pub(super) fn read(run_dir: &Path, faults: &[Fault]) -> Vec<Trigger> {
    let path = run_dir.join("schedule.json");
    if fs::metadata(&path).map_or(true, |about| about.len() > LARGEST) {
        return Vec::new();
    }
    let Some(schedule) = fs::read(path).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()) else {
        return Vec::new();
    };
    let waits: HashMap<u64, String> = schedule["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|step| step["do"].get("inject").is_some())
        .filter_map(|step| Some((step["id"].as_u64()?, words(step["when"].get("on")?.get("condition")?))))
        .collect();
    let happened = faults.iter().filter(|fault| fault.happened());
    happened
        .filter_map(|fault| {
            let condition = waits.get(&u64::from(fault.id))?.clone();
            Some(Trigger { fault: fault.id, span: [fault.begin, fault.in_force.max(fault.begin)], condition })
        })
        .collect()
}

/// `{"becomes":{"role":"candidate"}}` as `becomes role candidate`.
fn words(condition: &Value) -> String {
    let mut out = Vec::new();
    spell(condition, &mut out);
    clean(&out.join(" "), LONGEST)
}

fn spell(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                out.push(key.clone());
                spell(value, out);
            }
        }
        Value::Array(all) => all.iter().for_each(|value| spell(value, out)),
        Value::String(word) => out.push(word.clone()),
        Value::Null => {}
        other => out.push(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_condition_is_words() {
        assert_eq!(words(&json!("leader")), "leader");
        assert_eq!(words(&json!({"becomes": {"role": "candidate"}})), "becomes role candidate");
    }
}
