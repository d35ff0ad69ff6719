//! What a process keeps that nodes otherwise give up: capabilities, and folders outside its data that it may write in.

use rustix::thread::CapabilitySet;

use super::document::{Section, Value};
use super::parse::template;
use super::template::{Names, TemplateContext};
use super::{SystemError, Template, suggest};

/// What a process may do beyond what every node may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Privileges {
    /// Capabilities that it keeps, where the harness has them.
    pub capabilities: CapabilitySet,
    /// Folders and files that it may write, beside its data.
    pub writable: Vec<Template>,
}

pub(super) fn parse(node: &Section<'_>, names: &Names) -> Result<Privileges, SystemError> {
    let mut capabilities = CapabilitySet::empty();
    if let Some(value) = node.take("capabilities") {
        for element in value.array("an array of capabilities such as [\"net_bind_service\"]")? {
            capabilities |= capability(&element)?;
        }
    }
    let mut writable = Vec::new();
    if let Some(value) = node.take("writable") {
        for element in value.array("an array of folders such as [\"/var/lib/mine\"]")? {
            let path = element.string()?;
            if !["/", "~", "./", "{data}"].iter().any(|start| path.starts_with(start)) {
                return Err(element.fail(format!("is {path:?}; begin it with `/`, `~/` (the home directory) or `./`")));
            }
            writable.push(template(&element, TemplateContext::Text, names)?);
        }
    }
    Ok(Privileges { capabilities, writable })
}

/// A name as capabilities(7) has it, with or without `CAP_`.
fn capability(value: &Value<'_>) -> Result<CapabilitySet, SystemError> {
    let name = value.string()?.to_ascii_lowercase();
    let name = name.strip_prefix("cap_").unwrap_or(&name);
    let known: Vec<_> = CapabilitySet::all().iter_names().map(|(name, one)| (name.to_ascii_lowercase(), one)).collect();
    known.iter().find(|(known, _)| known == name).map(|(_, one)| *one).ok_or_else(|| {
        let hint = suggest::hint(name, known.iter().map(|(name, _)| name.as_str()));
        value.fail(format!("names the capability {name:?}, which there is not; {hint}; see capabilities(7)"))
    })
}
