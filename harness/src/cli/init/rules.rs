//! Rules proposed from lines that contain a role or a term.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::literal;
use cluster::observe::rules::uncoloured;

/// How many rules are proposed.
const MOST: usize = 12;

/// The end of a phrase after which a role stands that the node takes itself.
static ROLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:became|become|becomes|becoming|switch(?:ed|ing)? to|transition(?:ed|ing)? to|changed? to|enter(?:ed|ing)?|now(?: a| the)?|as|role|state|->|=>)\W{0,3}(?:a |the )?(?P<role>leader|pre-?candidate|candidate|follower)\b",
    )
    .ok()
});

/// A term, and the words that programs have for it.
static TERM: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:term|epoch)\W{1,3}(?P<term>0x[0-9a-f]+|\d+)\b").ok());

/// What stands before a message: time stamps, levels, places in the source.
static HEAD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^[\[\](){}0-9TZ:/., +|-]{8,}(?:\[?(?i:trace|debug|info|notice|warn(?:ing)?|error)\]?[: |-]*)?").ok()
});

/// A line of a stack trace: names in it are those of the program's own classes.
static TRACE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:\s+at [\w.$/<>]+\(|\s*\.\.\. \d+ more|Caused by: |[\w.$]+(?:Exception|Error)(?::|$))").ok()
});

/// Keys under which loggers keep a message, and its time.
const MESSAGES: [&str; 4] = ["msg", "message", "event", "text"];
const TIMES: [&str; 4] = ["ts", "time", "timestamp", "@timestamp"];

/// The `[[observe]]` tables for a log.
pub(super) fn observers(log: Option<&str>, source: &str) -> String {
    let Some(log) = log else {
        return format!(
            "# MISSING: what the node's lines mean; give init a log, or let the node print the node contract\n{}",
            "[[observe]]\nkind = \"events\"\n"
        );
    };
    let log = &*uncoloured(log);
    let objects: Vec<Map<String, Value>> =
        log.lines().filter_map(|line| serde_json::from_str(line.trim()).ok()).collect();
    if objects.iter().any(is_contract) {
        return "# Lines of the node contract were found.\n[[observe]]\nkind = \"events\"\n".to_owned();
    }
    let lines = log.lines().filter(|line| !line.trim().is_empty()).count();
    let in_json = objects.len() * 2 > lines;
    let key = |keys: &[&'static str]| {
        keys.iter()
            .copied()
            .find(|key| objects.iter().filter(|object| object.contains_key(*key)).count() * 2 > objects.len())
    };
    let (message, time) = if in_json { (key(&MESSAGES), key(&TIMES)) } else { (None, None) };
    let messages: Vec<String> = match message {
        Some(key) => objects.iter().filter_map(|object| Some(object.get(key)?.as_str()?.to_owned())).collect(),
        None => log
            .lines()
            .filter(|line| !TRACE.as_ref().is_some_and(|trace| trace.is_match(line)))
            .map(|line| HEAD.as_ref().map_or(line.into(), |head| head.replace(line, "")).into_owned())
            .collect(),
    };
    let mut text = format!("[[observe]]\nkind = \"lines\"\nsource = {source:?}\n");
    text += "evidence = \"sampled\"          # \"atomic\" if these lines are printed inside the transition itself, in its order\n";
    text += "complete = false\n";
    if let Some(message) = message {
        let time = time.map(|time| format!(", time = \"/{time}\"")).unwrap_or_default();
        text += &format!("json = {{ message = \"/{message}\"{time} }}\n");
    }
    text + &proposed(&messages)
}

/// A line of the node contract, by its keys.
pub(super) fn contract(line: &str) -> bool {
    serde_json::from_str(line.trim()).is_ok_and(|object: Map<String, Value>| is_contract(&object))
}

fn is_contract(object: &Map<String, Value>) -> bool {
    object.contains_key("role") && object.contains_key("term")
}

/// The rules, those that say most first; lines with a term and no role are left for a person to read.
fn proposed(messages: &[String]) -> String {
    let mut found: BTreeMap<String, (u8, usize, &str)> = BTreeMap::new();
    for message in messages {
        if let Some((re, worth)) = rule(message) {
            found.entry(re).or_insert((worth, 0, message)).1 += 1;
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|(_, (worth, count, _))| (std::cmp::Reverse(*worth), *count));
    let mut text = String::from("rules = [\n");
    let sure = found.iter().filter(|(_, (worth, ..))| *worth >= 2).count();
    for (re, (worth, count, example)) in found.iter().take(MOST) {
        let example: String = example.chars().filter(|c| !c.is_control()).take(100).collect();
        text += &format!("    # {count} times, guessed: {example}\n");
        let off = if *worth >= 2 { "" } else { "# MISSING: what this line means: " };
        text += &format!("    {off}{{ re = {} }},\n", literal(re));
    }
    if sure == 0 {
        text += "    # MISSING: a rule for a line that says which role a node has taken, and in which term\n";
        text += "    { re = 'became (?P<role>leader|candidate|follower) in term (?P<term>\\d+)' },\n";
    }
    text + "]\n"
}

/// An expression for a message, and how much it says: 3 role and term, 2 role, 1 term.
fn rule(message: &str) -> Option<(String, u8)> {
    let role = ROLE.as_ref()?.captures(message).and_then(|captures| captures.name("role"));
    let term = TERM.as_ref()?.captures(message).and_then(|captures| captures.name("term"));
    let worth = match (role.is_some(), term.is_some()) {
        (true, true) => 3,
        (true, false) => 2,
        (false, true) => 1,
        (false, false) => return None,
    };
    let mut groups: Vec<_> = [("role", role, "[\\w-]+"), ("term", term, "\\w+")]
        .into_iter()
        .filter_map(|(name, found, class)| Some((found?, name, class)))
        .collect();
    groups.sort_by_key(|(found, ..)| found.start());
    let (first, last) = (groups.first()?.0.start(), groups.last()?.0.end());
    // Long messages are matched by what stands around the groups: the rest is data.
    let from = message.char_indices().map(|(at, _)| at).find(|at| at + 24 >= first).unwrap_or(0);
    let from = message[..from].rfind(' ').map_or(if from == 0 { 0 } else { from }, |space| space + 1);
    let (mut re, mut at) = (String::new(), from);
    for (found, name, class) in groups {
        re += &escaped(&message[at..found.start()]);
        re += &format!("(?P<{name}>{class})");
        at = found.end();
    }
    debug_assert_eq!(at, last);
    Some((re, worth))
}

/// A text that is matched as it stands, but for its numbers and ids.
fn escaped(text: &str) -> String {
    let mut re = String::new();
    for word in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let plain = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        let is_id = plain.chars().any(|c| c.is_ascii_digit());
        re += if is_id { "\\w+" } else { plain };
        re += &regex::escape(&word[plain.len()..]);
    }
    re
}
