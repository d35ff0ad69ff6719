//! Rules: what a message means, and how its words become roles and terms.

use std::collections::BTreeMap;
use std::sync::Arc;

use history::{Role, Vocabulary, Word};
use regex::Regex;

use super::SystemError;
use super::document::{Section, Value};
use super::observer::{FIELDS, WITNESSED};
use super::parse::pointer;
use super::suggest;
use crate::observe::events::shown;

/// What a message means.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its named groups are fields: `self`, `role`, `term`, `vote`, `leader`.
    pub re: Regex,
    /// JSON pointers by field, for those that stand elsewhere in a line of JSON.
    pub fields: BTreeMap<String, String>,
    /// It has no expression of its own: it matches a line that has something at every one of its pointers.
    pub by_fields: bool,
    /// The role that a match means, where no group captures one.
    pub role: Option<String>,
    /// Its term is the one that sticky rules keep.
    pub remember: bool,
    /// Where it says no term, the remembered one is meant.
    pub sticky: bool,
    /// It counts only where the vote that it captures, or else the leader, is the node itself.
    pub own: bool,
    /// The vote that a match means, where no group says it.
    pub vote: Option<Whom>,
    /// The leader that a match means, where no group says it.
    pub leader: Option<Whom>,
    /// After a match, lines are passed over until this matches one.
    pub skip_until: Option<Regex>,
    /// How the words that it captures are read.
    pub words: Words,
}

impl Rule {
    /// A match says nothing itself: it only begins what is passed over.
    pub fn is_mute(&self) -> bool {
        let fixed = self.role.is_some() || self.vote.is_some() || self.leader.is_some() || self.sticky;
        !fixed && self.fields.is_empty() && self.re.capture_names().flatten().next().is_none()
    }
}

/// The node that a rule means without capturing a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// The node that said the line.
    Itself,
    /// No node: known to be none.
    None,
}

/// How the words of a program become roles and terms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// The roles that its words mean, by the word in small letters.
    pub roles: Arc<BTreeMap<String, Role>>,
    /// How its terms are written.
    pub number: Number,
}

/// How terms are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// 10 or 16.
    pub radix: u32,
    /// The term is what is left when so many bits are cut off at the lower end.
    pub shift: u32,
}

impl Default for Number {
    fn default() -> Self {
        Self { radix: 10, shift: 0 }
    }
}

/// Each rule is a compiled expression of half a megabyte.
const MOST_RULES: usize = 500;

/// `roles` of an observer: what the words of its program mean.
pub(super) fn roles(table: &Section<'_>) -> Result<Arc<BTreeMap<String, Role>>, SystemError> {
    let mut roles = BTreeMap::new();
    if let Some(value) = table.take("roles") {
        for entry in value.section("`roles` in [[observe]]")?.entries() {
            let role = entry.string()?;
            let Word::Known(known) = Word::<Role>::read(role) else {
                return Err(entry
                    .fail(format!("is {role:?}; {}", suggest::hint(role, Role::ALL.iter().map(|role| role.word())))));
            };
            roles.insert(entry.key.to_lowercase(), known);
        }
    }
    Ok(Arc::new(roles))
}

/// `radix` and `shift`: how terms are written.
pub(super) fn number(table: &Section<'_>, default: Number) -> Result<Number, SystemError> {
    let mut number = default;
    if let Some(radix) = table.take("radix") {
        number.radix = radix.integer(10..=16)?;
        if number.radix != 10 && number.radix != 16 {
            return Err(radix.fail(format!("is {}; write 10 or 16", number.radix)));
        }
    }
    if let Some(shift) = table.take("shift") {
        number.shift = shift.integer(1..=63)?;
    }
    Ok(number)
}

/// The rules of an observer; `wrapped`: its lines are objects of JSON.
pub(super) fn parse(
    table: &Section<'_>,
    wrapped: bool,
    roles: &Arc<BTreeMap<String, Role>>,
) -> Result<Vec<Rule>, SystemError> {
    let value = table.require("rules", "[{ re = 'became (?P<role>\\w+) at term (?P<term>\\d+)' }]")?;
    let rules = value.array("an array of tables such as { re = '…' }")?;
    if rules.is_empty() {
        return Err(value.fail("is empty, so nothing would be seen; add at least one rule"));
    }
    if rules.len() > MOST_RULES {
        return Err(value.fail(format!("has {} rules; give at most {MOST_RULES} to an observer", rules.len())));
    }
    rules.iter().map(|value| rule(value, wrapped, roles, &[])).collect()
}

/// The rules of `[import]`, which see more.
pub(super) fn of_import(value: &Value<'_>) -> Result<Vec<Rule>, SystemError> {
    let rules = value.array("an array of tables such as { re = '…' }")?;
    if rules.len() > MOST_RULES {
        return Err(value.fail(format!("has {} rules; give at most {MOST_RULES} of them", rules.len())));
    }
    rules.iter().map(|value| rule(value, true, &Arc::default(), &WITNESSED)).collect()
}

fn rule(
    value: &Value<'_>,
    wrapped: bool,
    roles: &Arc<BTreeMap<String, Role>>,
    more: &[&str],
) -> Result<Rule, SystemError> {
    let table = value.section("a rule of [[observe]]")?;
    let fields = rule_fields(&table, wrapped)?;
    let given = match table.take("re") {
        None if !fields.is_empty() => None,
        _ => Some(table.require("re", "'term (?P<term>\\d+)'")?),
    };
    let re = match &given {
        Some(value) => expression(value, more)?,
        None => Regex::new("").map_err(|error| table.fail(error.to_string()))?,
    };
    let groups: Vec<&str> = re.capture_names().flatten().collect();
    let has = |field: &str| groups.contains(&field) || fields.contains_key(field);
    let role = table.take("role").map(|role| role.string().map(str::to_owned)).transpose()?;
    let flag = |key| table.take(key).map_or(Ok(false), |value: Value<'_>| value.boolean());
    let (remember, sticky, own) = (flag("remember")?, flag("sticky")?, flag("own")?);
    let whom = |key| table.take(key).map(|whom| whom.word(&[("self", Whom::Itself), ("none", Whom::None)])).transpose();
    let (vote, leader) = (whom("vote")?, whom("leader")?);
    let skip_until = table.take("skip-until").map(|value| plain_expression(&value)).transpose()?;
    let words = Words { roles: Arc::clone(roles), number: number(&table, Number::default())? };
    if let Some(re) = &given {
        let fixed = role.is_some() || vote.is_some() || leader.is_some() || skip_until.is_some();
        if groups.is_empty() && fields.is_empty() && !fixed {
            return Err(re.fail("has no named group and its rule no `role`; name one, such as (?P<term>\\d+)"));
        }
        if own && !has("vote") && !has("leader") {
            return Err(re.fail("has no group `vote` or `leader`, which `own` needs; name one, such as (?P<vote>\\w+)"));
        }
        if remember && !has("term") {
            return Err(re.fail("has no group `term`, which `remember` needs; name one, such as (?P<term>\\d+)"));
        }
        if words.number != Number::default() && !has("term") {
            return Err(
                re.fail("has no group `term`, which `radix` and `shift` are about; name one, such as (?P<term>\\w+)")
            );
        }
    }
    table.finish()?;
    Ok(Rule { by_fields: given.is_none(), re, fields, role, remember, sticky, own, vote, leader, skip_until, words })
}

pub(super) fn plain_expression(value: &Value<'_>) -> Result<Regex, SystemError> {
    Regex::new(value.string()?).map_err(|error| no_expression(value, &error))
}

/// The complaint about an expression that is none.
pub(super) fn no_expression(value: &Value<'_>, error: &regex::Error) -> SystemError {
    let why = error.to_string();
    let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
    value.fail(format!("is no regular expression: {why}"))
}

/// An expression whose named groups are fields.
fn expression(value: &Value<'_>, more: &[&str]) -> Result<Regex, SystemError> {
    let re = plain_expression(value)?;
    match re.capture_names().flatten().find(|group| !FIELDS.contains(group) && !more.contains(group)) {
        None => Ok(re),
        Some(group) => {
            let hint = suggest::hint(group, FIELDS);
            Err(value.fail(format!("has the group `{group}`, which is no field; {hint}")))
        }
    }
}

/// `fields` of a rule: what stands elsewhere in a line of JSON.
fn rule_fields(table: &Section<'_>, wrapped: bool) -> Result<BTreeMap<String, String>, SystemError> {
    let Some(value) = table.take("fields") else { return Ok(BTreeMap::new()) };
    if !wrapped {
        return Err(
            value.fail_key("needs lines of JSON; add to the observer for example: json = { message = \"/msg\" }")
        );
    }
    let section = value.section("`fields` of a rule")?;
    let mut fields = BTreeMap::new();
    for field in FIELDS {
        if let Some(value) = section.take(field) {
            fields.insert(field.to_owned(), pointer(&value)?);
        }
    }
    section.finish()?;
    Ok(fields)
}

impl Words {
    /// The word that histories have for a role.
    pub(crate) fn role(&self, word: &str) -> Word<'static, Role> {
        self.roles.get(&word.to_lowercase()).map_or_else(|| role(word), |role| Word::Known(*role))
    }

    /// A term as text: a whole number, hexadecimal after `0x` or where it says so.
    ///
    /// # Errors
    /// Where it is none: a sentence that begins with what was read.
    pub(crate) fn term(&self, text: &str) -> Result<u64, String> {
        let Number { radix, shift } = self.number;
        let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        let digits = hexadecimal.unwrap_or(text);
        let is_plain = digits.starts_with(|first: char| first.is_ascii_hexdigit());
        let term = u64::from_str_radix(digits, if hexadecimal.is_some() { 16 } else { radix });
        term.ok().filter(|_| is_plain).map(|term| term >> shift).ok_or_else(|| {
            format!("a line whose term {:?} is not a whole number", text.chars().take(40).collect::<String>())
        })
    }
}

/// The word that histories have for a role that no map knows.
pub(crate) fn role(word: &str) -> Word<'static, Role> {
    match Word::read(word) {
        Word::Known(role) => Word::Known(role),
        Word::Foreign(word) => Word::Foreign(shown(&word).into()),
    }
}
