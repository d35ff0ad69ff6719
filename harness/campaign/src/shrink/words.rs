//! The steps of a schedule as a person reads them: "1. when leader: kill leader", "36ms after step 2: undo step 2".
//!
//! The words are read from the JSON and not from the types. So a schedule of another version, or with an unknown fault, still has
//! words for whatever this version has names for.

use serde_json::Value;

/// The steps of a `schedule.json`, one sentence each.
pub fn steps(schedule: &Value) -> Vec<String> {
    let steps = schedule.get("steps").and_then(Value::as_array).into_iter().flatten();
    steps.map(step).collect()
}

fn step(step: &Value) -> String {
    let number = step.get("id").map(words).unwrap_or_default();
    let when = step.get("when").map(when).unwrap_or_default();
    let action = step.get("do").map(action).unwrap_or_default();
    format!("step {number}, {when}: {action}")
}

fn when(when: &Value) -> String {
    let of = |value: &Value, key: &str| value.get(key).map(words).unwrap_or_default();
    if let Some(after) = when.get("after") {
        return format!("{} after step {}", of(after, "delay"), of(after, "step"));
    }
    let Some(on) = when.get("on") else { return words(when) };
    let after = if on.get("after").is_some() { format!("after step {}, ", of(on, "after")) } else { String::new() };
    format!("{after}when {}, at most {}", of(on, "condition"), of(on, "timeout"))
}

fn action(action: &Value) -> String {
    if let Some(Value::Object(fault)) = action.get("inject") {
        // What it is and which nodes it hits first; the rest is detail.
        let first = ["kind", "target"].into_iter().filter_map(|key| fault.get(key)).map(words);
        let rest = fault.iter().filter(|(key, _)| !["kind", "target"].contains(&key.as_str()));
        let rest = rest.map(|(key, value)| format!("{key} {}", words(value)));
        return first.chain(rest).collect::<Vec<_>>().join(" ");
    }
    match action.get("lift") {
        Some(step) => format!("undo step {}", words(step)),
        None => words(action),
    }
}

/// Any JSON as words: names beside their values, without punctuation.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(all) => {
            all.iter().map(|(key, value)| format!("{key} {}", words(value))).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_sentences() {
        let schedule = serde_json::json!({"steps": [
            {"id": 2, "when": {"on": {"condition": "leader", "timeout": "5s"}}, "do": {"inject": {"kind": "kill", "target": "leader"}}},
            {"id": 4, "when": {"after": {"delay": "36ms", "step": 2}}, "do": {"lift": 2}},
            {"id": 5, "when": {"at": "2s"}, "do": {"inject": {"kind": "cut", "target": ["n1", "n2"], "shape": "isolate"}}},
            {"id": 6, "when": {"on": {"condition": {"new-leader": {"since": 2}}, "after": 4, "timeout": "1s"}},
                "do": {"expect": {"condition": "leader", "within": "5s"}}},
        ]});
        assert_eq!(
            steps(&schedule),
            [
                "step 2, when leader, at most 5s: kill leader",
                "step 4, 36ms after step 2: undo step 2",
                "step 5, at 2s: cut n1, n2 shape isolate",
                "step 6, after step 4, when new-leader since 2, at most 1s: expect condition leader within 5s",
            ]
        );
        assert!(steps(&Value::Null).is_empty());
    }
}
