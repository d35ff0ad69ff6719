//! `[version]`: which version of its program a cluster runs, and claims that depend on it.
//!
//! A program may keep a promise from one version on, or answer a question from one version on. So a system file says how its
//! version is learnt. An observer says from which version on what it shows was durable first, or from which on it is there at
//! all. A version that cannot be learnt fulfils nothing: less is claimed then, and nothing is convicted by it.

use std::time::Duration;

use regex::Regex;
use semver::{Version, VersionReq};

use super::document::{Section, Value};
use super::parse::arguments;
use super::template::Names;
use super::{System, SystemError, Template};

/// How the version of a program is learnt.
#[derive(Debug, Clone)]
pub struct VersionOf {
    /// What is run, once before a run begins.
    pub command: Vec<Template>,
    /// Its group `version`, in what that prints.
    pub re: Regex,
}

/// So long the command may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a command gave no version: a fragment such as "did not answer within 10s".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untold {
    /// It went on for longer than it may.
    #[error("did not answer within {}", humantime::format_duration(*.0))]
    Silent(Duration),
    /// It could not be run, or did not end well.
    #[error("{0}")]
    Failed(String),
}

/// What a command that tells a version prints.
///
/// # Errors
/// When it cannot be run, fails, or takes longer than [`PATIENCE`].
pub async fn ask(argv: &[String]) -> Result<Vec<u8>, Untold> {
    let asked = tokio::time::timeout(PATIENCE, crate::observe::exec::output(argv, 2 * PATIENCE)).await;
    asked.map_err(|_| Untold::Silent(PATIENCE))?.map_err(Untold::Failed)
}

pub(super) fn parse(root: &Section<'_>, names: &Names) -> Result<Option<VersionOf>, SystemError> {
    let Some(value) = root.take("version") else { return Ok(None) };
    let table = value.section("")?;
    let command = arguments(&table.require("command", "[\"my-node\", \"--version\"]")?, names)?;
    let re_value = table.require("re", "'version (?P<version>[0-9.]+)'")?;
    let re = Regex::new(re_value.string()?).map_err(|_| re_value.fail("is no regular expression"))?;
    if !re.capture_names().flatten().any(|group| group == "version") {
        return Err(re_value.fail("has no group `version`; name it, such as (?P<version>[0-9.]+)"));
    }
    table.finish()?;
    Ok(Some(VersionOf { command, re }))
}

/// `durable-when`: any of these holds.
pub(super) fn requirements(value: &Value<'_>, has_version: bool) -> Result<Vec<VersionReq>, SystemError> {
    if !has_version {
        return Err(value.fail_key("needs to know the version; say in [version] how it is learnt"));
    }
    let wanted = "an array of versions such as [\">=2.11.11, <2.12.0\", \">=2.12.1\"]";
    let read = |element: &Value<'_>| {
        let text = element.string()?;
        VersionReq::parse(text).map_err(|error| element.fail(format!("is {text:?}: {error}; write {wanted}")))
    };
    let all: Vec<_> = value.array(wanted)?.iter().map(read).collect::<Result<_, _>>()?;
    if all.is_empty() { Err(value.fail(format!("is empty; write {wanted}"))) } else { Ok(all) }
}

/// A version as programs print it: `3.4` is `3.4.0`, and what follows three numbers does not count.
pub(super) fn read(text: &str) -> Option<Version> {
    let mut numbers = text.trim_start_matches('v').split('.').map(|part| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    let major = numbers.next()??;
    let mut next = || numbers.next().map_or(Some(0), |number| number);
    Some(Version::new(major, next()?, next()?))
}

/// `needs`: the oldest version of this program that reads the file. Looked at first, so that no user is told of keys that this
/// version does not know yet.
pub(super) fn needed(root: &Section<'_>) -> Result<(), SystemError> {
    let Some(value) = root.take("needs") else { return Ok(()) };
    let text = value.string()?;
    let (own, wanted) = (env!("CARGO_PKG_VERSION"), read(text));
    match wanted {
        None => Err(value.fail(format!(
            "is {text:?}; write the oldest version of interregnum that reads this file, such as \"{own}\""
        ))),
        Some(_) if wanted > read(own) => {
            Err(value.fail(format!("is {text}, and this is interregnum {own}; read the file with a newer one")))
        }
        Some(_) => Ok(()),
    }
}

impl System {
    /// The version in what `[version]` printed, if its expression finds one.
    pub fn version_in(&self, printed: &str) -> Option<String> {
        let found = self.version_of.as_ref()?.re.captures(printed)?.name("version")?.as_str();
        read(found).map(|_| found.to_owned())
    }

    /// Takes what `[version]` printed, which is nothing where there is none: the version, if its expression finds one. Observers that
    /// are there from some version on are gone unless the version is known to be one of those.
    pub(crate) fn learn_version(&mut self, printed: &str) -> Option<String> {
        let text = self.version_in(printed);
        let version = text.as_deref().and_then(read);
        let is_any =
            |wanted: &[VersionReq]| version.as_ref().is_some_and(|is| wanted.iter().any(|one| one.matches(is)));
        self.observers.retain(|observer| observer.when.is_empty() || is_any(&observer.when));
        for observer in &mut self.observers {
            observer.durable |= is_any(&observer.durable_when);
        }
        text
    }
}
