//! A TOML document read with an eye on where everything stands.
//!
//! Deriving `Deserialize` would be shorter. But its errors speak of fields and enums, lose their place inside tagged tables, and
//! cannot say what to write instead. The reader of a system file is a person in the middle of something else, so the file is
//! walked by hand. A [`Section`] is asked for each key it may hold and remembers what it was asked for. [`Section::finish`] then
//! complains of every key that was never asked for. That makes "unknown keys are errors that name the line" a property of the
//! walk and not of a list to keep up to date.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::SystemError;
use super::suggest;

/// The text of a document and what to call it.
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// An error at a place of the text.
    pub(super) fn fail(&self, at: usize, message: impl Into<String>) -> SystemError {
        let [line, column] = self.place(at);
        SystemError::At { file: self.file.to_owned(), line, column, message: message.into() }
    }

    /// Line and column, from 1.
    fn place(&self, at: usize) -> [usize; 2] {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        [before.matches('\n').count() + 1, before[line_start..].chars().count() + 1]
    }
}

/// Parses the text; what is not TOML at all is said in one sentence.
pub(super) fn parse<'a>(source: &Source<'a>) -> Result<Spanned<DeTable<'a>>, SystemError> {
    DeTable::parse(source.text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        let here = source.text.get(span.clone()).filter(|text| !text.trim().is_empty() && !text.contains('\n'));
        let here = here.map(|text| format!(" at `{text}`")).unwrap_or_default();
        let why = error.message().replace('\n', ", ");
        source.fail(span.start, format!("this is not TOML{here}: {why}; correct that line"))
    })
}

/// One table of the document.
pub(super) struct Section<'a> {
    source: &'a Source<'a>,
    title: String,
    at: usize,
    table: &'a DeTable<'a>,
    asked: RefCell<BTreeSet<&'static str>>,
    /// Keys that the user made up and that were asked for.
    named: RefCell<BTreeSet<String>>,
}

impl<'a> Section<'a> {
    pub(super) fn root(source: &'a Source<'a>, table: &'a DeTable<'a>) -> Self {
        Self {
            source,
            title: "the file".to_owned(),
            at: 0,
            table,
            asked: RefCell::default(),
            named: RefCell::default(),
        }
    }

    /// An error about the section as a whole.
    pub(super) fn fail(&self, message: impl Into<String>) -> SystemError {
        self.source.fail(self.at, message)
    }

    /// The value of a key that may be left out.
    pub(super) fn take(&self, key: &'static str) -> Option<Value<'a>> {
        self.asked.borrow_mut().insert(key);
        self.entries().find(|value| value.key == key)
    }

    /// The value of a key that must be there; `example` is what it could be.
    pub(super) fn require(&self, key: &'static str, example: &str) -> Result<Value<'a>, SystemError> {
        self.take(key).ok_or_else(|| {
            let slip = self.entries().find(|value| suggest::nearest(&value.key, [key]).is_some());
            match slip {
                Some(value) => self.unknown(&value, &format!("did you mean `{key}`?")),
                None => self.fail(format!("{} has no `{key}`; add for example: {key} = {example}", self.title)),
            }
        })
    }

    /// A key that the user made up, such as the name of a node, is meant.
    pub(super) fn asked_by_name(&self, key: &str) {
        self.named.borrow_mut().insert(key.to_owned());
    }

    fn unknown(&self, value: &Value<'_>, hint: &str) -> SystemError {
        self.source.fail(value.key_at, format!("unknown key `{}` in {}; {hint}", value.key, self.title))
    }

    /// All keys with their values: for tables whose keys the user makes up.
    pub(super) fn entries(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let (source, section) = (self.source, self.title.clone());
        self.table.iter().map(move |(key, value)| Value {
            source,
            section: section.clone(),
            key: key.get_ref().to_string(),
            key_at: key.span().start,
            span: value.span(),
            value: value.get_ref(),
        })
    }

    /// Complains of the first key that was not asked for.
    pub(super) fn finish(self) -> Result<(), SystemError> {
        let (asked, named) = (self.asked.borrow(), self.named.borrow());
        let unknown = self.entries().filter(|value| !asked.contains(value.key.as_str()) && !named.contains(&value.key));
        match unknown.min_by_key(|value| value.key_at) {
            None => Ok(()),
            Some(value) => Err(self.unknown(&value, &suggest::hint(&value.key, asked.iter().copied()))),
        }
    }
}

/// One value of the document, with the words for a complaint about it.
pub(super) struct Value<'a> {
    source: &'a Source<'a>,
    section: String,
    pub(super) key: String,
    key_at: usize,
    span: Range<usize>,
    value: &'a DeValue<'a>,
}

impl<'a> Value<'a> {
    /// An error at the value: "`key` in [section] …".
    pub(super) fn fail(&self, what: impl std::fmt::Display) -> SystemError {
        self.source.fail(self.span.start, format!("`{}` in {} {what}", self.key, self.section))
    }

    /// An error at the key itself.
    pub(super) fn fail_key(&self, what: impl std::fmt::Display) -> SystemError {
        self.source.fail(self.key_at, format!("`{}` in {} {what}", self.key, self.section))
    }

    /// Where it stands: file, line and column.
    pub(super) fn place(&self) -> String {
        let [line, column] = self.source.place(self.span.start);
        format!("{}:{line}:{column}", self.source.file)
    }

    fn wrong(&self, wanted: &str) -> SystemError {
        let found = match self.value {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        self.fail(format!("is {found}; write {wanted}"))
    }

    pub(super) fn string(&self) -> Result<&'a str, SystemError> {
        self.value.as_str().ok_or_else(|| self.wrong("a string in quotes"))
    }

    /// A string, or a number or a boolean as its text.
    pub(super) fn text(&self) -> Result<String, SystemError> {
        match self.value {
            DeValue::String(text) => Ok(text.to_string()),
            DeValue::Integer(number) => Ok(number.as_str().to_owned()),
            DeValue::Float(number) => Ok(number.as_str().to_owned()),
            DeValue::Boolean(value) => Ok(value.to_string()),
            _ => Err(self.wrong("a string in quotes")),
        }
    }

    pub(super) fn boolean(&self) -> Result<bool, SystemError> {
        self.value.as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    /// A whole number within a range.
    pub(super) fn integer(&self, range: std::ops::RangeInclusive<u32>) -> Result<u32, SystemError> {
        let wanted = format!("an integer from {} to {}", range.start(), range.end());
        let DeValue::Integer(number) = self.value else { return Err(self.wrong(&wanted)) };
        i64::from_str_radix(number.as_str(), number.radix())
            .ok()
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| range.contains(number))
            .ok_or_else(|| self.fail(format!("is {}; write {wanted}", number.as_str())))
    }

    /// A share above 0 and at most 1.
    pub(super) fn share(&self) -> Result<f64, SystemError> {
        let wanted = "a share above 0 and at most 1, such as 0.9";
        let text = match self.value {
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) => number.as_str(),
            _ => return Err(self.wrong(wanted)),
        };
        let share = text.replace('_', "").parse().ok().filter(|share| *share > 0.0 && *share <= 1.0);
        share.ok_or_else(|| self.fail(format!("is {text}; write {wanted}")))
    }

    /// A time such as `"50ms"`, longer than nothing.
    pub(super) fn duration(&self) -> Result<Duration, SystemError> {
        let wanted = "a time in quotes such as \"50ms\" or \"5s\"";
        let text = self.value.as_str().ok_or_else(|| self.wrong(wanted))?;
        match humantime::parse_duration(text) {
            Ok(time) if time > Duration::ZERO && time <= Duration::from_secs(86_400) => Ok(time),
            Ok(_) => Err(self.fail(format!("is {text:?}; write a time of more than 0 and at most 24h"))),
            Err(_) => Err(self.fail(format!("is {text:?}, which is not a time; write {wanted}"))),
        }
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, SystemError> {
        let text = self.string()?;
        words.iter().find(|(word, _)| *word == text).map(|&(_, value)| value).ok_or_else(|| {
            let known = words.iter().map(|&(word, _)| word).collect::<Vec<_>>();
            self.fail(format!("is {text:?}; write {}", history::numbers::alternatives(&known)))
        })
    }

    pub(super) fn is_array(&self) -> bool {
        self.value.is_array()
    }

    pub(super) fn is_table(&self) -> bool {
        self.value.is_table()
    }

    pub(super) fn is_string(&self) -> bool {
        self.value.is_str()
    }

    /// The elements of an array, each with its own place.
    pub(super) fn array(&self, wanted: &str) -> Result<Vec<Value<'a>>, SystemError> {
        let array = self.value.as_array().ok_or_else(|| self.wrong(wanted))?;
        Ok(array.iter().map(|element| self.element(element)).collect())
    }

    fn element(&self, element: &'a Spanned<DeValue<'a>>) -> Value<'a> {
        Value {
            source: self.source,
            section: self.section.clone(),
            key: self.key.clone(),
            key_at: element.span().start,
            span: element.span(),
            value: element.get_ref(),
        }
    }

    /// A table under this key. `title` is what errors call it, `[key]` where it is empty.
    pub(super) fn section(&self, title: &str) -> Result<Section<'a>, SystemError> {
        let table = self.value.as_table().ok_or_else(|| self.wrong("a table"))?;
        let title = if title.is_empty() { format!("[{}]", self.key) } else { title.to_owned() };
        Ok(Section {
            source: self.source,
            title,
            at: self.key_at.min(self.span.start),
            table,
            asked: RefCell::default(),
            named: RefCell::default(),
        })
    }
}
