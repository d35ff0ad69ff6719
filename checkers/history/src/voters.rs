//! The voters, as a header or a line names them.
//!
//! Either a list of names, or the word `unknown`. An empty list and one that names somebody twice say nothing that could
//! be counted with, and are errors: whoever reads a wrong majority from them accuses an honest leader.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Those that vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "Value")]
pub enum Voters {
    /// These.
    Listed(Vec<String>),
    /// Nobody knows.
    Unknown,
}

impl Voters {
    /// Reads the value of a key `voters`. The error says what is wrong with it.
    pub(super) fn read(value: &Value) -> Result<Self, String> {
        let names = match value {
            Value::String(word) if word == "unknown" => return Ok(Self::Unknown),
            Value::Array(names) => names,
            _ => return Err("its \"voters\" are neither a list of names nor \"unknown\"".to_owned()),
        };
        if names.is_empty() {
            return Err("its list of \"voters\" is empty; leave it out or write \"unknown\"".to_owned());
        }
        list("voters", names).map(Self::Listed)
    }
}

/// Reads a list of names, each once.
pub(super) fn list(key: &str, names: &[Value]) -> Result<Vec<String>, String> {
    let mut all: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let name = name.as_str().ok_or_else(|| format!("its list of \"{key}\" holds something that is not a name"))?;
        if all.iter().any(|known| known == name) {
            return Err(format!("its list of \"{key}\" names {name} twice"));
        }
        all.push(name.to_owned());
    }
    Ok(all)
}

impl From<Voters> for Value {
    fn from(voters: Voters) -> Self {
        match voters {
            Voters::Listed(names) => names.into(),
            Voters::Unknown => "unknown".into(),
        }
    }
}

impl<'de> Deserialize<'de> for Voters {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(&Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
