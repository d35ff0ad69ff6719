//! One line of a history as it stands in the file.
//!
//! All kinds of events share one flat record whose fields are optional, because that is what the file is, and
//! because a flat record of borrowed strings is read several times faster than a tagged enum. What a line means, and what
//! else may stand in it, is [`crate::entry`]'s to say; nobody else looks at this form.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lenient;

/// A field that may be absent (unknown), null (known to be none) or a value.
pub type Known<T> = Option<Option<T>>;

/// One event line. Times and spans are nanoseconds since the run's zero on CLOCK_MONOTONIC.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Line<'a> {
    /// When it was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t: Option<u64>,
    /// `node`, `observe`, `miss`, `voters`, `fault`, `link`, `expect`, `probe`, `harness`.
    #[serde(rename = "type", borrow)]
    pub kind: Cow<'a, str>,
    /// The node it is about.
    #[serde(borrow, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub node: Option<Cow<'a, str>>,
    /// The incarnation of that node, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incarnation: Option<u32>,
    /// For `node` and `harness`: which event.
    #[serde(borrow, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub event: Option<Cow<'a, str>>,
    /// For `observe` and `miss`: who saw it.
    #[serde(borrow, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub observer: Option<Cow<'a, str>>,
    /// For `observe`: `atomic` or `sampled`.
    #[serde(borrow, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Cow<'a, str>>,
    /// Not before the first, not after the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<[u64; 2]>,
    /// For `observe`: `follower`, `precandidate`, `candidate`, `leader`.
    #[serde(borrow, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub role: Option<Cow<'a, str>>,
    /// For `observe`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<u64>,
    /// For `observe`: whom the node voted for in `term`.
    #[serde(borrow, deserialize_with = "lenient::known_text", skip_serializing_if = "Option::is_none")]
    pub vote: Known<Cow<'a, str>>,
    /// For `observe`: who leads `term`.
    #[serde(borrow, deserialize_with = "lenient::known_text", skip_serializing_if = "Option::is_none")]
    pub leader: Known<Cow<'a, str>>,
    /// For `observe`, where `vote` is unknown: what stood there and is no node's.
    #[serde(rename = "vote-id", borrow, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub vote_id: Option<Cow<'a, str>>,
    /// For `observe`, where `leader` is unknown: what stood there and is no node's.
    #[serde(rename = "leader-id", borrow, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub leader_id: Option<Cow<'a, str>>,
    /// For `observe`: last term and last index of the node's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<[u64; 2]>,
    /// For `observe`: whose granted votes for `term` the node has counted.
    #[serde(deserialize_with = "lenient::names", skip_serializing_if = "Option::is_none")]
    pub counted: Option<Vec<String>>,
    /// For `observe`, where it shows a granted vote: last term and last index of the candidate's log.
    #[serde(deserialize_with = "lenient::pair", skip_serializing_if = "Option::is_none")]
    pub candidate_log: Option<[u64; 2]>,
    /// For `observe`: 1, 2, … per node and observer.
    #[serde(deserialize_with = "lenient::whole", skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The Raft group that the line is of.
    #[serde(deserialize_with = "lenient::label", skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// For `voters`: those that vote, or `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voters: Option<serde_json::Value>,
    /// For `voters`: those that voted before, while both must agree (joint consensus).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outgoing: Option<serde_json::Value>,
    /// For `voters`: those that follow and do not vote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learners: Option<serde_json::Value>,
    /// For `node` `start`: the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// For `node` `exit`: its exit status.
    #[serde(deserialize_with = "lenient::number", skip_serializing_if = "Option::is_none")]
    pub status: Option<i32>,
    /// For `node` `exit`: the signal that ended it.
    #[serde(deserialize_with = "lenient::number", skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// For `fault` and `expect`: the number of the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// For `fault`: `inject` or `lift`.
    #[serde(borrow, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub stage: Option<Cow<'a, str>>,
    /// For `fault`: the fault. For `node` events that a fault asked for: the fault's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<serde_json::Value>,
    /// For `fault`: the nodes it hits, resolved. For the phase `final`: the chosen nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes: Option<Vec<String>>,
    /// For `fault`: the links it concerns, resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Vec<String>>,
    /// For `fault`: `installed`, `skipped` or `indeterminate`. For `expect`: `met`, `unmet` or `skipped`. For `probe`: `answered` or
    /// `failed`.
    #[serde(borrow, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Cow<'a, str>>,
    /// Why, in words: a skipped fault, the reason of the end.
    #[serde(borrow, deserialize_with = "lenient::words", skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'a, str>>,
    /// For `fault` `crash-at`: the operations on disks at which nodes crashed, each as `n1: rename state.new state`. For `expect` of
    /// a step that learns: what it learnt, each as `voter: rename state.new state`.
    #[serde(deserialize_with = "lenient::names", skip_serializing_if = "Option::is_none")]
    pub operations: Option<Vec<String>>,
    /// For `fault`: what disks lost with their power, in words.
    #[serde(deserialize_with = "lenient::names", skip_serializing_if = "Option::is_none")]
    pub lost: Option<Vec<String>>,
    /// For `expect`: the condition, as it stands in the schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<serde_json::Value>,
    /// For `miss`: what went wrong.
    #[serde(borrow, deserialize_with = "lenient::words", skip_serializing_if = "Option::is_none")]
    pub error: Option<Cow<'a, str>>,
    /// For `link`: which link, `n1->n2`.
    #[serde(borrow, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub link: Option<Cow<'a, str>>,
    /// For `link`: the rule that was in force for the whole span (`open`, `cut`, `degrade`).
    #[serde(borrow, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub rule: Option<Cow<'a, str>>,
    /// For `link`: bytes that crossed in that span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed: Option<u64>,
    /// For `link`: bytes that were held back in that span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<u64>,
    /// For `link`: bytes that were thrown away in that span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropped: Option<u64>,
    /// For `harness` `stall`: what did not run: `harness`, `processor` (a node waited for one) or `disk`.
    #[serde(borrow, deserialize_with = "lenient::words", skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cow<'a, str>>,
    /// For `harness` `phase`: `setup`, `settle`, `faults`, `heal`, `final`, `teardown`.
    #[serde(borrow, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub phase: Option<Cow<'a, str>>,
    /// For `harness` `pressure`: the share of the time in which some task waited for a processor.
    #[serde(deserialize_with = "lenient::share", skip_serializing_if = "Option::is_none")]
    pub cpu: Option<f64>,
    /// For `harness` `pressure`: the share of the host's processors that was idle.
    #[serde(deserialize_with = "lenient::share", skip_serializing_if = "Option::is_none")]
    pub idle: Option<f64>,
    /// For `harness` `pressure`: the share of the time in which some task waited for the disk.
    #[serde(deserialize_with = "lenient::share", skip_serializing_if = "Option::is_none")]
    pub io: Option<f64>,
    /// For `link`: packets that crossed, were held back, were thrown away.
    #[serde(deserialize_with = "lenient::counts", skip_serializing_if = "Option::is_none")]
    pub packets: Option<[u64; 3]>,
    /// For `probe`: how many attempts it tells of.
    #[serde(deserialize_with = "lenient::whole", skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u64>,
    /// For `probe`: how long the longest of them took, nanoseconds.
    #[serde(deserialize_with = "lenient::whole", skip_serializing_if = "Option::is_none")]
    pub slowest: Option<u64>,
    /// Whatever else the line holds; kept, never judged.
    #[serde(flatten, skip_deserializing)]
    pub other: Cow<'a, BTreeMap<String, serde_json::Value>>,
}

/// The keys that lines have, in the order in which they are written.
pub(crate) const KEYS: [&str; 49] = [
    "t",
    "type",
    "node",
    "incarnation",
    "event",
    "observer",
    "evidence",
    "span",
    "role",
    "term",
    "vote",
    "leader",
    "vote-id",
    "leader-id",
    "log",
    "counted",
    "candidate_log",
    "seq",
    "group",
    "voters",
    "outgoing",
    "learners",
    "pid",
    "status",
    "signal",
    "id",
    "stage",
    "fault",
    "nodes",
    "links",
    "outcome",
    "reason",
    "operations",
    "lost",
    "condition",
    "error",
    "link",
    "rule",
    "passed",
    "held",
    "dropped",
    "cause",
    "phase",
    "cpu",
    "idle",
    "io",
    "packets",
    "attempts",
    "slowest",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_those_that_are_written() {
        let text = || Some(Cow::Borrowed("x"));
        let json = || Some(serde_json::json!({}));
        let names = || Some(vec!["x".to_owned()]);
        let full = Line {
            t: Some(1),
            kind: "x".into(),
            node: text(),
            incarnation: Some(1),
            event: text(),
            observer: text(),
            evidence: text(),
            span: Some([1, 1]),
            role: text(),
            term: Some(1),
            vote: Some(text()),
            leader: Some(text()),
            vote_id: text(),
            leader_id: text(),
            log: Some([1, 1]),
            counted: names(),
            candidate_log: Some([1, 1]),
            seq: Some(1),
            group: Some("x".to_owned()),
            voters: json(),
            outgoing: json(),
            learners: json(),
            pid: Some(1),
            status: Some(1),
            signal: Some(1),
            id: Some(1),
            stage: text(),
            fault: json(),
            nodes: names(),
            links: names(),
            outcome: text(),
            reason: text(),
            operations: names(),
            lost: names(),
            condition: json(),
            error: text(),
            link: text(),
            rule: text(),
            passed: Some(1),
            held: Some(1),
            dropped: Some(1),
            cause: text(),
            phase: text(),
            cpu: Some(1.0),
            idle: Some(1.0),
            io: Some(1.0),
            packets: Some([1, 1, 1]),
            attempts: Some(1),
            slowest: Some(1),
            other: Cow::default(),
        };
        let written = serde_json::to_string(&full).unwrap();
        let places: Vec<_> = KEYS.iter().map(|key| written.find(&format!("\"{key}\":"))).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{written}");
        let keys: BTreeMap<String, serde_json::Value> = serde_json::from_str(&written).unwrap();
        assert_eq!(keys.len(), KEYS.len());
    }
}
