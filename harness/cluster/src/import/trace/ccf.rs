//! The trace of CCF's consensus (`raft_trace`): one object of JSON a line, each with the node's state at a step.
//!
//! Its state has view and leadership, and no vote; so leaders of views are what can be judged. It is atomic, and neither complete
//! nor durable.

use serde_json::Value;

use super::{Maps, Step, Text, Trace};
use crate::import::ImportError;

pub(super) fn read(text: &Text<'_>, _: &Maps) -> Result<Trace, ImportError> {
    let mut trace = Trace::default();
    for (line, number) in text.text.lines().zip(1u64..) {
        let Some(at) = line.find('{') else { continue };
        let Ok(object) = serde_json::from_str::<Value>(&line[at..]) else { continue };
        if let Some(step) = step(object.get("msg").unwrap_or(&object), number, &mut trace.nodes) {
            trace.steps.push(step);
        }
    }
    if trace.steps.is_empty() {
        let what = "no line is an event of CCF's trace, such as {\"tag\":\"raft_trace\",\"msg\":{\"function\":…,\"state\":{\"node_id\":…,\"current_view\":…}}}";
        return Err(ImportError::at(text.file, 1, what));
    }
    Ok(trace)
}

fn step(message: &Value, line: u64, nodes: &mut Vec<String>) -> Option<Step> {
    let state = message.get("state")?;
    let node = match state.get("node_id")? {
        Value::String(node) => node.clone(),
        other => other.to_string(),
    };
    let term = state.get("current_view")?.as_u64()?;
    let role = state.get("leadership_state").and_then(Value::as_str).map(|role| {
        let plain: String = role.chars().filter(char::is_ascii_alphabetic).flat_map(char::to_lowercase).collect();
        if plain == "prevotecandidate" { "precandidate".to_owned() } else { plain }
    });
    let action = message.get("function").and_then(Value::as_str).unwrap_or_default().to_owned();
    let at = nodes.iter().position(|known| *known == node).unwrap_or_else(|| {
        nodes.push(node);
        nodes.len() - 1
    });
    Some(Step { node: at, line, role, term: Some(term), action, ..Step::default() })
}
