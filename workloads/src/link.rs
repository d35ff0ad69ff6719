//! Names of nodes and of the links between them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of a node, `n1` and so on.
pub type NodeName = String;

/// An ordered pair of nodes, written `n1->n2`: what `from` sends to `to`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// The sender.
    pub from: NodeName,
    /// The receiver.
    pub to: NodeName,
}

impl Link {
    /// The link that carries what `from` sends to `to`.
    pub fn new(from: impl Into<NodeName>, to: impl Into<NodeName>) -> Self {
        Self { from: from.into(), to: to.into() }
    }

    /// The same pair in the other direction.
    pub(crate) fn reversed(&self) -> Self {
        Self { from: self.to.clone(), to: self.from.clone() }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}->{}", self.from, self.to)
    }
}

/// A link was not written as `n1->n2`.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0:?} is not a link; write it as \"n1->n2\"")]
pub struct NotALink(String);

impl FromStr for Link {
    type Err = NotALink;

    fn from_str(text: &str) -> Result<Self, NotALink> {
        match text.split_once("->") {
            Some((from, to)) if !from.is_empty() && !to.is_empty() => Ok(Self::new(from, to)),
            _ => Err(NotALink(text.to_owned())),
        }
    }
}

impl Serialize for Link {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Link {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
