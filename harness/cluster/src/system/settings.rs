//! `--set`: values for a system's parameters, for all nodes or for one.

use std::collections::BTreeMap;

use super::{System, SystemError, suggest};

/// What `--set` asks for, not yet compared with any system.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    settings: Vec<Setting>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Setting {
    node: Option<String>,
    param: String,
    value: String,
}

impl Setting {
    fn fail(&self, message: String) -> SystemError {
        let node = self.node.as_ref().map(|node| format!("{node}.")).unwrap_or_default();
        SystemError::Setting { setting: format!("{node}{}={}", self.param, self.value), message }
    }
}

impl Settings {
    /// Reads settings: `election=500` for all nodes, `n4.log=0/0` for one. The last of several for one name counts.
    pub fn parse(settings: &[String]) -> Result<Self, SystemError> {
        let read = |text: &String| {
            let fail = |message: &str| SystemError::Setting { setting: text.clone(), message: message.to_owned() };
            let (name, value) =
                text.split_once('=').ok_or_else(|| fail("has no `=`; write it as NAME=VALUE or NODE.NAME=VALUE"))?;
            let (node, param) = match name.split_once('.') {
                Some((node, param)) => (Some(node.to_owned()), param),
                None => (None, name),
            };
            if param.is_empty() || node.as_deref() == Some("") {
                return Err(fail("has no name before the `=`; write it as NAME=VALUE or NODE.NAME=VALUE"));
            }
            Ok(Setting { node, param: param.to_owned(), value: value.to_owned() })
        };
        Ok(Self { settings: settings.iter().map(read).collect::<Result<_, _>>()? })
    }
}

/// The parameters of a cluster: those of all nodes, and where single nodes differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    /// What all nodes have unless they differ.
    pub common: BTreeMap<String, String>,
    /// What was set for one node only, by its name.
    pub per_node: BTreeMap<String, BTreeMap<String, String>>,
    names: Vec<String>,
}

impl Parameters {
    /// A parameter of one node.
    pub fn get(&self, node: usize, param: &str) -> Option<&str> {
        self.names
            .get(node)
            .and_then(|name| self.per_node.get(name)?.get(param))
            .or_else(|| self.common.get(param))
            .map(String::as_str)
    }

    /// Whether something holds of the parameters of every node.
    pub(super) fn everyone(&self, holds: impl Fn(&BTreeMap<String, String>) -> bool) -> bool {
        self.names.iter().all(|name| {
            let mut values = self.common.clone();
            values.extend(self.per_node.get(name).cloned().unwrap_or_default());
            holds(&values)
        })
    }
}

impl System {
    /// Lays settings over the defaults, for a cluster of `n`.
    pub fn parameters(&self, settings: &Settings, n: usize) -> Result<Parameters, SystemError> {
        let names = self.names(n)?;
        let mut parameters = Parameters { common: self.params.clone(), per_node: BTreeMap::new(), names };
        for setting in &settings.settings {
            if !self.params.contains_key(&setting.param) {
                let hint = suggest::hint(&setting.param, self.params.keys().map(String::as_str));
                let message = format!("the system `{}` has no parameter `{}`; {hint}", self.name, setting.param);
                return Err(setting.fail(message));
            }
            let values = match &setting.node {
                None => &mut parameters.common,
                Some(node) if parameters.names.contains(node) => parameters.per_node.entry(node.clone()).or_default(),
                Some(node) => {
                    let first = parameters.names.first().map_or("", String::as_str);
                    let last = parameters.names.last().map_or("", String::as_str);
                    let message =
                        format!("there is no node `{node}` in this cluster; its nodes are `{first}` to `{last}`");
                    return Err(setting.fail(message));
                }
            };
            values.insert(setting.param.clone(), setting.value.clone());
        }
        Ok(parameters)
    }
}
