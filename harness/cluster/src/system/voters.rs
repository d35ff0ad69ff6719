//! `voters` in `[cluster]`: which of the nodes vote.
//!
//! Left out, all do. A list names those that do, for a cluster with observers or learners. `"unknown"` is for a cluster that
//! changes its members by itself and does not tell. Nothing that depends on the voters is judged then.

use history::Voters;

use super::document::Value;
use super::{System, SystemError};

pub(super) fn parse(value: &Value<'_>) -> Result<Voters, SystemError> {
    if value.is_string() {
        return value.word(&[("unknown", ())]).map(|()| Voters::Unknown);
    }
    let mut names: Vec<String> = Vec::new();
    for element in value.array("a list of nodes such as [\"n1\", \"n2\", \"n3\"], or \"unknown\"")? {
        let name = element.string()?;
        if names.iter().any(|known| known == name) {
            return Err(element.fail(format!("names `{name}` twice; every voter votes once")));
        }
        names.push(name.to_owned());
    }
    if names.is_empty() {
        return Err(value.fail("is empty, and no node could be elected; leave it out if all nodes vote"));
    }
    Ok(Voters::Listed(names))
}

impl System {
    /// Those of these nodes that vote.
    ///
    /// # Errors
    /// The system file names a voter that is none of them.
    pub fn voters(&self, nodes: &[String]) -> Result<Voters, SystemError> {
        let Some(voters) = &self.voters else { return Ok(Voters::Listed(nodes.to_vec())) };
        if let Voters::Listed(names) = voters
            && let Some(stranger) = names.iter().find(|name| !nodes.contains(name))
        {
            return Err(SystemError::Cluster(format!(
                "the system `{}` says that {stranger} votes, and the nodes are {}; mend `voters` in [cluster], or ask for \
                 more nodes (--nodes)",
                self.name,
                nodes.join(", ")
            )));
        }
        Ok(voters.clone())
    }
}
