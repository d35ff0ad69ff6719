//! The observer `http`: a question that a node answers with JSON.
//!
//! What a client sees is not what is: an answer may be put together from values that were never true together. etcd's status
//! names the leader of now beside the term of the last *applied* entry. So two honest leaders of terms 15 and 16 both read as
//! "leader of 15". That is why a poll is sampled evidence, whatever a system file says.
//!
//! A node that names itself as the leader is shown as one. Any other role is left open unless the answer has it: who
//! is not the leader may be candidate as well as follower.

use std::collections::BTreeMap;
use std::time::Duration;

use history::Role;
use history::entry::State;
use serde_json::Value;

use super::ask;
use crate::observe::events;
use crate::observe::ids::Ids;
use crate::observe::poll::{Answer, Ask, Poll};
use crate::system::rule::Words;

/// What is asked, and where the answer has what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// `GET` or `POST`.
    pub method: String,
    pub url: String,
    /// What is sent.
    pub body: String,
    /// JSON pointers by field: `self`, `role`, `term`, `vote`, `leader`.
    pub fields: BTreeMap<String, String>,
    /// How roles and terms are written.
    pub words: Words,
    /// How often it is asked.
    pub every: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
}

impl Ask for Question {
    async fn ask(&mut self, poll: &Poll) -> Result<Option<Answer>, String> {
        let Self { method, url, body, timeout, fields, words, .. } = self;
        let answer = ask(method, url, body, *timeout).await?;
        if answer.status != 200 {
            return Err(format!("answered with status {}", answer.status));
        }
        let json = serde_json::from_slice(&answer.body).map_err(|_| "answered what is not JSON".to_owned())?;
        understand(&json, (fields, words), poll.names(), &poll.ids).map(Answer::of)
    }
}

/// What an answer of `node` says. The error says why it says nothing.
pub fn understand(
    json: &Value,
    (fields, words): (&BTreeMap<String, String>, &Words),
    (node, observer): (&str, &str),
    ids: &Ids,
) -> Result<State<'static>, String> {
    let found = |field: &str| fields.get(field).and_then(|pointer| json.pointer(pointer));
    let text = |field: &str| found(field).and_then(plain);
    if fields.keys().all(|field| text(field).is_none() && !found(field).is_some_and(Value::is_null)) {
        let pointers: Vec<_> = fields.values().map(String::as_str).collect();
        return Err(format!("answered without {}", pointers.join(", ")));
    }
    if let Some(own) = text("self") {
        ids.learn(observer, &own, node);
    }
    let mut said = State { role: text("role").as_deref().map(|word| words.role(word)), ..State::default() };
    if let Some(term) = text("term") {
        said.term = Some(words.term(&term).map_err(|why| why.replace("a line", "answered"))?);
    }
    let whom = |field: &str| match found(field)? {
        Value::Null => Some(None),
        value => plain(value).map(|text| Some(text.into())),
    };
    let said = State { vote: whom("vote"), leader: whom("leader"), ..said };
    let mut said = events::named(said, observer, ids);
    if said.role.is_none() && said.leader.as_ref().is_some_and(|leader| leader.as_deref() == Some(node)) {
        said.role = Some(Role::Leader.into());
    }
    Ok(said)
}

/// A value as text. Null, which means no one, is none.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
