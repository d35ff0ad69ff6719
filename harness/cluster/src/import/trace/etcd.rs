//! The trace of etcd-io/raft (`trace_logger`): one object of JSON a line, each with the node's hard state and role at a step.
//!
//! What it shows is true when it is printed, and not complete. A grant is sent before the vote is set, so the line of a voter
//! that grants still shows no vote. So it is atomic, and neither complete nor durable. `InitState` begins a process. A response
//! that a candidate has received, of its own term and not rejected, has been counted.

use serde_json::Value;

use super::{Maps, Step, Text, Trace};
use crate::import::ImportError;

pub(super) fn read(text: &Text<'_>, _: &Maps) -> Result<Trace, ImportError> {
    let mut trace = Trace::default();
    let (mut read, mut torn) = (0u64, None);
    for (line, number) in text.text.lines().zip(1u64..) {
        if line.trim().is_empty() {
            continue;
        }
        let Some(at) = line.find('{') else { continue };
        let Ok(object) = serde_json::from_str::<Value>(&line[at..]) else {
            torn.get_or_insert(number);
            continue;
        };
        let event = object.get("event").unwrap_or(&object);
        if let Some(step) = step(event, number, &mut trace.nodes) {
            read += 1;
            trace.steps.push(step);
        }
    }
    if read == 0 {
        let what = "no line is an event of etcd-io/raft's trace, such as {\"tag\":\"trace\",\"event\":{\"name\":\"BecomeLeader\",\"nid\":…}}; is this the trace that raft writes when it is built with its tag `with_tla`?";
        return Err(ImportError::at(text.file, 1, what));
    }
    if let Some(line) = torn.filter(|line| (*line as usize) < text.text.lines().count()) {
        return Err(ImportError::at(
            text.file,
            line,
            "this line is no whole object of JSON; a trace with lines that are lost proves nothing about its order",
        ));
    }
    Ok(trace)
}

fn step(event: &Value, line: u64, nodes: &mut Vec<String>) -> Option<Step> {
    let name = event.get("name")?.as_str()?;
    let node = text(event.get("nid")?)?;
    let state = event.get("state")?;
    let term = state.get("term")?.as_u64()?;
    let role = event.get("role").and_then(Value::as_str).map(|role| role.trim_start_matches("State").to_lowercase());
    let vote = match text(state.get("vote")?)?.as_str() {
        "0" | "" => Some(None),
        vote => Some(Some(vote.to_owned())),
    };
    let counted = counted(event, name, &node, term, role.as_deref());
    let at = nodes.iter().position(|known| *known == node).unwrap_or_else(|| {
        nodes.push(node);
        nodes.len() - 1
    });
    Some(Step {
        node: at,
        line,
        begins: name == "InitState",
        role,
        term: Some(term),
        vote,
        leader: None,
        counted,
        action: name.to_owned(),
    })
}

/// The node whose vote this step has counted.
fn counted(event: &Value, name: &str, node: &str, term: u64, role: Option<&str>) -> Vec<String> {
    let message = event.get("msg");
    let of = |key| message.and_then(|message| message.get(key));
    let granted = name == "ReceiveRequestVoteResponse"
        && of("type").and_then(Value::as_str) == Some("MsgVoteResp")
        && of("term").and_then(Value::as_u64) == Some(term)
        && of("reject").and_then(Value::as_bool) == Some(false)
        && role == Some("candidate");
    let from = of("from").and_then(text).filter(|from| granted && from != node);
    from.into_iter().collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
