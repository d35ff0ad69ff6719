//! What a system promises, and the timing from which its bound is derived.
//!
//! A bound on re-election may be given outright (`reelection = "5s"`). It is better to say which parameters hold the system's
//! timing, so that the bound follows them: `timing = { election = "{param.election}", heartbeat = … }`. Any Raft can say that
//! much, and then `--set election=50ms..100ms` tightens the bound by itself. The arithmetic is that of `workloads::bound`; here
//! the words become durations.
//!
//! Where nodes have been given different timing, the cluster is judged by the most patient reading. That is the longest election
//! timeout, the narrowest range (most split votes), and the longest heartbeat and disk write.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use checkers::judge::{CHECKERS, Descriptor};
use history::finding::Kind;
use history::header::{self, Grade};
use workloads::fault;

use super::document::{Section, Value};
use super::parse::template;
use super::settings::{Parameters, Settings};
use super::suggest;
use super::template::{Names, Piece, Template, TemplateContext};
use super::{System, SystemError};

/// The checkers that `judged` may name.
fn checkers() -> Vec<&'static str> {
    CHECKERS.iter().map(|checker| checker.name).collect()
}

/// `[claims]` as it stands in the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claims {
    /// The windows in which re-election is owed.
    pub grade: Grade,
    /// Parameters whose values, when every node has them, raise the grade to `clique`.
    pub clique_when: BTreeMap<String, String>,
    /// The bound, where it is given outright.
    pub reelection: Option<Duration>,
    /// The checkers that apply; none: all that the evidence allows.
    pub judged: Option<Vec<String>>,
    /// How often leader or term may change in a window of unchanging full health.
    pub stability: Option<u32>,
    /// The share of the time in which there is a leader, in windows of `re-election` and from their first leader on.
    pub availability: Option<f64>,
    /// How many remote calls a cluster of so many nodes makes at most.
    pub messages: Option<(usize, header::MessageBudget)>,
    /// Faults outside Raft's model that the system claims to survive.
    pub survives: Vec<String>,
    /// A leader leads only while there is something that needs one, and none is owed at other times.
    pub occasional_leaders: bool,
    /// Where the system's timing stands.
    pub(super) timing: Option<TimingTemplates>,
}

/// `timing` of `[claims]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TimingTemplates {
    election: Template,
    /// The longest election timeout is so many times what `election` says.
    spread: u32,
    heartbeat: Template,
    persist: Option<Template>,
    check_quorum: Option<Template>,
}

/// A system's timing: what the bound is derived from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The election timeout: shortest and longest.
    pub election: (Duration, Duration),
    /// The interval of heartbeats.
    pub heartbeat: Duration,
    /// How long it takes to make a vote durable, beyond what the disk needs.
    pub persist: Duration,
    /// A leader that has not heard a majority for an election timeout steps down.
    pub check_quorum: bool,
}

pub(super) fn parse(
    root: &Section<'_>,
    names: &Names,
    params: &BTreeMap<String, String>,
) -> Result<Claims, SystemError> {
    let mut claims = Claims::default();
    let Some(table) = root.take("claims") else { return Ok(claims) };
    let table = table.section("")?;
    if let Some(grade) = table.take("grade") {
        claims.grade = grade.word(&[("clean", Grade::Clean), ("clique", Grade::Clique), ("hub", Grade::Hub)])?;
    }
    if let Some(when) = table.take("clique-when") {
        for entry in when.section("`clique-when` in [claims]")?.entries() {
            if !names.params.contains(&entry.key) {
                let hint = suggest::hint(&entry.key, names.params.iter().map(String::as_str));
                return Err(entry.fail_key(format!("is no parameter of [params]; {hint}")));
            }
            claims.clique_when.insert(entry.key.clone(), entry.text()?);
        }
    }
    claims.reelection = table.take("reelection").map(|bound| bound.duration()).transpose()?;
    claims.occasional_leaders = table.take("occasional-leaders").map_or(Ok(false), |value| value.boolean())?;
    if let Some(judged) = table.take("judged") {
        let words = words(&judged, &checkers(), "checker")?;
        if let Some(word) =
            words.iter().find(|word| claims.occasional_leaders && Descriptor::kind_of(word) == Kind::Liveness)
        {
            return Err(judged.fail(format!(
                "names `{word}`, which needs a leader that stands, beside `occasional-leaders = true`; remove one of them"
            )));
        }
        claims.judged = Some(words);
    }
    if let Some(stability) = table.take("stability") {
        claims.stability = Some(stability.integer(0..=1_000_000)?);
    }
    if let Some(availability) = table.take("availability") {
        claims.availability = Some(availability.share()?);
    }
    if let Some(messages) = table.take("messages") {
        let budget = messages.section("`messages` in [claims]")?;
        let number = |key: &'static str| budget.require(key, "60")?.integer(1..=1_000_000);
        let (nodes, idle, first) = (number("nodes")?, number("idle")?, number("first")?);
        let budget_of = header::MessageBudget { idle: u64::from(idle), first: u64::from(first) };
        claims.messages = Some((nodes as usize, budget_of));
        budget.finish()?;
    }
    if let Some(survives) = table.take("survives") {
        claims.survives = words(&survives, &fault::Descriptor::survivals(), "fault outside Raft's model")?;
    }
    if let Some(timing) = table.take("timing") {
        claims.timing = Some(timing_templates(&timing, names, params)?);
    }
    table.finish()?;
    Ok(claims)
}

fn words(value: &Value<'_>, known: &[&str], what: &str) -> Result<Vec<String>, SystemError> {
    let mut found = BTreeSet::new();
    let mut ordered = Vec::new();
    for element in value.array(&format!("an array of names such as [{:?}]", known[0]))? {
        let word = element.string()?;
        if !known.contains(&word) {
            let hint = suggest::hint(word, known.iter().copied());
            return Err(element.fail(format!("names `{word}`, which is no {what}; {hint}")));
        }
        if found.insert(word.to_owned()) {
            ordered.push(word.to_owned());
        }
    }
    Ok(ordered)
}

fn timing_templates(
    value: &Value<'_>,
    names: &Names,
    params: &BTreeMap<String, String>,
) -> Result<TimingTemplates, SystemError> {
    let table = value.section("`timing` in [claims]")?;
    // The defaults are tried at once, so that a mistake is reported with its line.
    let read = |value: Value<'_>, sound: fn(&str) -> Result<(), String>| {
        let template = template(&value, TemplateContext::Claim, names)?;
        sound(&fill(&template, |name| params.get(name).map(String::as_str))).map_err(|why| value.fail(why))?;
        Ok::<_, SystemError>(template)
    };
    let timing = TimingTemplates {
        election: read(table.require("election", "\"{param.election}\"")?, |text| range(text).map(drop))?,
        spread: table.take("spread").map_or(Ok(1), |spread| spread.integer(1..=1000))?,
        heartbeat: read(table.require("heartbeat", "\"{param.heartbeat}\"")?, |text| time(text).map(drop))?,
        persist: table.take("persist").map(|value| read(value, |text| time(text).map(drop))).transpose()?,
        check_quorum: table.take("check-quorum").map(|value| read(value, |text| truth(text).map(drop))).transpose()?,
    };
    table.finish()?;
    Ok(timing)
}

impl System {
    /// What a cluster of this system promises under these settings, as the header of a history has it.
    pub fn claims(&self, parameters: &Parameters) -> header::Claims {
        let raised = !self.claims.clique_when.is_empty()
            && parameters
                .everyone(|values| self.claims.clique_when.iter().all(|(name, value)| values.get(name) == Some(value)));
        header::Claims {
            grade: if raised { self.claims.grade.max(Grade::Clique) } else { self.claims.grade },
            judged: self.claims.judged.clone(),
            stability: self.claims.stability,
            availability: self.claims.availability,
            messages: None,
            survives: self.claims.survives.clone(),
            occasional_leaders: self.claims.occasional_leaders,
        }
    }

    /// The cluster's timing, where the system says where it stands.
    pub fn timing(&self, settings: &Settings, n: usize) -> Result<Option<Timing>, SystemError> {
        let Some(templates) = &self.claims.timing else { return Ok(None) };
        let parameters = self.parameters(settings, n)?;
        let mut merged: Option<Timing> = None;
        for index in 0..n {
            let one = templates.of(&parameters, index)?;
            merged = Some(merged.map_or(one, |other| other.patient(one)));
        }
        Ok(merged)
    }
}

impl TimingTemplates {
    fn of(&self, parameters: &Parameters, node: usize) -> Result<Timing, SystemError> {
        let text = |template: &Template| fill(template, |name| parameters.get(node, name));
        let wrong = |key: &str, template: &Template, why: String| {
            let params = template.params().map(|name| format!(", set by `{name}`")).collect::<String>();
            SystemError::Cluster(format!("`{key}` of the system's timing{params}, {why}"))
        };
        let optional =
            |template: &Option<Template>| template.as_ref().map(|template| (template.clone(), text(template)));
        let persist = match optional(&self.persist) {
            Some((template, text)) => time(&text).map_err(|why| wrong("persist", &template, why))?,
            None => Duration::ZERO,
        };
        let check_quorum = match optional(&self.check_quorum) {
            Some((template, text)) => truth(&text).map_err(|why| wrong("check-quorum", &template, why))?,
            None => false,
        };
        let (low, high) = range(&text(&self.election)).map_err(|why| wrong("election", &self.election, why))?;
        Ok(Timing {
            election: (low, high.saturating_mul(self.spread)),
            heartbeat: time(&text(&self.heartbeat)).map_err(|why| wrong("heartbeat", &self.heartbeat, why))?,
            persist,
            check_quorum,
        })
    }
}

impl Timing {
    /// The timing that excuses whatever either of two would excuse.
    fn patient(self, other: Self) -> Self {
        let width = |timing: &Self| timing.election.1.saturating_sub(timing.election.0);
        let longest = self.election.1.max(other.election.1);
        Self {
            election: (longest.saturating_sub(width(&self).min(width(&other))), longest),
            heartbeat: self.heartbeat.max(other.heartbeat),
            persist: self.persist.max(other.persist),
            check_quorum: self.check_quorum || other.check_quorum,
        }
    }
}

fn fill<'a>(template: &'a Template, param: impl Fn(&'a str) -> Option<&'a str>) -> String {
    let piece = |piece: &'a Piece| match piece {
        Piece::Text(text) => text.as_str(),
        Piece::Param(name) => param(name).unwrap_or_default(),
        _ => "",
    };
    template.pieces.iter().map(piece).collect()
}

fn time(text: &str) -> Result<Duration, String> {
    duration(text).ok_or_else(|| format!("is {text:?}, which is not a time; write one such as 50ms"))
}

/// As `humantime` has it, and a decimal fraction of one unit, such as `2.5ms`.
fn duration(text: &str) -> Option<Duration> {
    let Some((whole, rest)) = text.split_once('.') else { return humantime::parse_duration(text).ok() };
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (fraction, unit) = rest.split_at(digits);
    if digits == 0 || digits > 9 {
        return None;
    }
    let one = humantime::parse_duration(&format!("1{unit}")).ok()?;
    let parts = fraction.parse::<u128>().ok()? * one.as_nanos() / 10_u128.pow(u32::try_from(digits).ok()?);
    let whole = humantime::parse_duration(&format!("{whole}{unit}")).ok()?;
    whole.checked_add(Duration::from_nanos(u64::try_from(parts).ok()?))
}

/// `150ms..300ms`, or one time for both ends.
fn range(text: &str) -> Result<(Duration, Duration), String> {
    let wrong = || format!("is {text:?}, which is no range of times; write one such as 150ms..300ms");
    let (low, high) = text.split_once("..").unwrap_or((text, text));
    let end = |text: &str| duration(text).ok_or_else(wrong);
    let (low, high) = (end(low)?, end(high)?);
    if low > high || high.is_zero() { Err(wrong()) } else { Ok((low, high)) }
}

fn truth(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("is {text:?}; write true or false"))
}
