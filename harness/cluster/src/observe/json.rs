//! JSON as programs really print it.
//!
//! A parser that refuses a line for a lone surrogate in some label loses the vote that stands beside it. A lost vote turns an
//! honest leader into a suspect. So a line is searched for whole objects, and their contents are read as far as possible. That
//! holds for text that is no UTF-8, half a surrogate pair, `NaN`, `1e400`, a number of a hundred digits, and a nest of a thousand
//! brackets. What JSON has no value for is kept as its text.
//!
//! What stands around the objects matters as well. A time stamp or a level word before an object changes nothing. Any other text
//! may mean that the object is another program's, or that two threads have written into each other. Text that belongs to no whole
//! object may be half of one. [`LineValues::torn`] says where a key that was asked for stands in such text.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::bytes::Regex;
use serde_json::{Number, Value};

/// So deep may a value be nested and be kept as such: readers of JSON give up somewhere above a hundred. Deeper ones are
/// kept as their text.
const DEEPEST: usize = 48;

/// The fields of an object in their order. A key may stand there twice.
pub(super) type Object = Vec<(String, Value)>;

/// What a line holds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct LineValues {
    /// Its whole objects that stand in no other value.
    pub(super) objects: Vec<Object>,
    /// Its lists that hold objects and stand in no other value.
    pub(super) lists: Vec<Vec<Value>>,
    /// Beside them stands more than white space, time stamps and level words.
    pub(super) other_text: bool,
    /// One of the keys that were asked for stands outside of every whole value, as if half of an object were there.
    pub(super) torn: bool,
}

/// How many brackets of a line are tried as the beginning of a list.
const LISTS: usize = 16;

/// Finds the objects of a line, and whether one of `keys` stands in what is no whole value.
pub(super) fn find(line: &[u8], keys: &[&str]) -> LineValues {
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    let mut found = LineValues::default();
    // Where the text began that belongs to no value.
    let (mut text, mut at, mut lists) = (0, 0, 0);
    while let Some(open) = line[at..].iter().position(|byte| matches!(byte, b'{' | b'[')).map(|offset| at + offset) {
        let is_object = line[open] == b'{';
        lists += usize::from(!is_object);
        if lists > LISTS && !is_object {
            at = open + 1;
            continue;
        }
        let mut parser = Parser { line, at: open };
        let value = parser.value(0);
        match value {
            Some(Read::Object(object)) => {
                found.between(&line[text..open], keys);
                found.objects.push(object);
                (text, at) = (parser.at, parser.at);
            }
            // Objects in a list are nested. A word in brackets is no list that was meant.
            Some(Read::Value(Value::Array(list))) if holds_object(&list) => {
                found.between(&line[text..open], keys);
                found.other_text = true;
                found.lists.push(list);
                (text, at) = (parser.at, parser.at);
            }
            // Not from the bracket on, but from where it went wrong: a line is read once, whatever it holds.
            _ if is_object => at = parser.at.max(open + 1),
            _ => at = open + 1,
        }
    }
    let rest = &line[text..];
    found.other_text |= !rest.trim_ascii().is_empty();
    found.torn |= has_key(rest, keys);
    found
}

impl LineValues {
    /// Text before an object.
    fn between(&mut self, text: &[u8], keys: &[&str]) {
        self.other_text |= !is_stamp(text);
        self.torn |= has_key(text, keys);
    }
}

fn holds_object(list: &[Value]) -> bool {
    list.iter().any(|value| match value {
        Value::Object(_) => true,
        Value::Array(list) => holds_object(list),
        _ => false,
    })
}

/// Whether any of these keys stands in a text.
fn has_key(text: &[u8], keys: &[&str]) -> bool {
    keys.iter().any(|key| after_key(text, key).next().is_some())
}

/// What follows a key wherever it stands in a text: in quotes that nothing escapes, before a colon.
fn after_key<'a>(text: &'a [u8], key: &'a str) -> impl Iterator<Item = &'a [u8]> {
    let quotes = text.iter().enumerate().filter(|&(at, &byte)| byte == b'"' && (at == 0 || text[at - 1] != b'\\'));
    quotes.filter_map(move |(at, _)| {
        let after = text[at + 1..].strip_prefix(key.as_bytes())?.strip_prefix(b"\"")?;
        after.trim_ascii_start().strip_prefix(b":")
    })
}

/// The strings under a key in a text that is no whole object; none for one that is cut off.
pub(super) fn strings<'a>(text: &'a [u8], key: &'a str) -> impl Iterator<Item = Option<String>> {
    after_key(text, key).map(|line| Parser { line, at: 0 }.string())
}

/// A line without the codes that colour it on a terminal.
pub(super) fn peeled(line: &[u8]) -> Cow<'_, [u8]> {
    // Whole sequences only: one that has no end must not swallow the line.
    static CODES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?-u)\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B])").ok()
    });
    match &*CODES {
        Some(codes) if line.contains(&b'\x1b') => codes.replace_all(line, &b""[..]),
        _ => Cow::Borrowed(line),
    }
}

/// The beginning of a line, for a sentence.
pub(super) fn excerpt(line: &[u8]) -> String {
    const MOST: usize = 160;
    let text = String::from_utf8_lossy(&line[..line.len().min(4 * MOST)]);
    let mut plain = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut shown: String = plain.by_ref().take(MOST).collect();
    if plain.next().is_some() {
        shown.push('…');
    }
    shown
}

/// What was read, and of an object its fields with those that stand there twice.
enum Read {
    Object(Object),
    Value(Value),
}

struct Parser<'a> {
    line: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&mut self) -> Option<u8> {
        while self.line.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.line.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn value(&mut self, depth: usize) -> Option<Read> {
        match self.peek()? {
            b'{' | b'[' if depth >= DEEPEST => self.nested().map(Read::Value),
            b'{' => self.object(depth).map(Read::Object),
            b'[' => self.list(depth).map(|list| Read::Value(Value::Array(list))),
            b'"' => self.string().map(|text| Read::Value(Value::String(text))),
            _ => self.scalar().map(Read::Value),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Object> {
        let mut fields = Vec::new();
        self.take(b'{')?;
        loop {
            if self.peek()? == b'}' {
                self.at += 1;
                return Some(fields);
            }
            let key = self.string()?;
            self.take(b':')?;
            let value = match self.value(depth + 1)? {
                Read::Object(fields) => Value::Object(fields.into_iter().collect()),
                Read::Value(value) => value,
            };
            fields.push((key, value));
            if self.peek()? != b'}' {
                self.take(b',')?;
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<Vec<Value>> {
        let mut values = Vec::new();
        self.take(b'[')?;
        loop {
            if self.peek()? == b']' {
                self.at += 1;
                return Some(values);
            }
            values.push(match self.value(depth + 1)? {
                Read::Object(fields) => Value::Object(fields.into_iter().collect()),
                Read::Value(value) => value,
            });
            if self.peek()? != b']' {
                self.take(b',')?;
            }
        }
    }

    /// A value that is too deep to be taken apart: its text, if its brackets match.
    fn nested(&mut self) -> Option<Value> {
        let (from, mut open) = (self.at, Vec::new());
        loop {
            match self.peek()? {
                b'"' => drop(self.string()?),
                bracket @ (b'{' | b'[') => {
                    open.push(if bracket == b'{' { b'}' } else { b']' });
                    self.at += 1;
                }
                bracket @ (b'}' | b']') => {
                    (open.pop() == Some(bracket)).then_some(())?;
                    self.at += 1;
                    if open.is_empty() {
                        return Some(self.text_since(from));
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    /// A string. Half of a surrogate pair, and bytes that are no text, become U+FFFD.
    fn string(&mut self) -> Option<String> {
        self.take(b'"')?;
        let mut bytes = Vec::new();
        loop {
            let byte = *self.line.get(self.at)?;
            self.at += 1;
            match byte {
                b'"' => return Some(String::from_utf8_lossy(&bytes).into_owned()),
                b'\\' => {
                    let escaped = self.escaped()?;
                    bytes.extend_from_slice(escaped.encode_utf8(&mut [0; 4]).as_bytes());
                }
                byte => bytes.push(byte),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let byte = *self.line.get(self.at)?;
        self.at += 1;
        Some(match byte {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => self.unicode(),
            byte if byte.is_ascii() => char::from(byte),
            _ => char::REPLACEMENT_CHARACTER,
        })
    }

    fn unicode(&mut self) -> char {
        let Some(first) = self.hex(self.at) else { return char::REPLACEMENT_CHARACTER };
        self.at += 4;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER);
        }
        let follows = self.line[self.at..].starts_with(b"\\u");
        match self.hex(self.at + 2).filter(|second| follows && (0xdc00..0xe000).contains(second)) {
            Some(second) => {
                self.at += 6;
                let joined = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            None => char::REPLACEMENT_CHARACTER,
        }
    }

    fn hex(&self, from: usize) -> Option<u32> {
        let digits = std::str::from_utf8(self.line.get(from..from + 4)?).ok()?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }

    /// A number, true, false, null, or one of the words that programs write for what is no number.
    fn scalar(&mut self) -> Option<Value> {
        let from = self.at;
        let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_');
        while self.line.get(self.at).is_some_and(belongs) {
            self.at += 1;
        }
        let word = std::str::from_utf8(&self.line[from..self.at]).ok()?;
        Some(match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ if is_number(word) => number(word),
            _ => return None,
        })
    }

    fn text_since(&self, from: usize) -> Value {
        Value::String(String::from_utf8_lossy(&self.line[from..self.at]).into_owned())
    }
}

fn is_number(word: &str) -> bool {
    const WORDS: [&str; 5] = ["nan", "inf", "infinity", "undefined", "none"];
    let unsigned = word.trim_start_matches(['+', '-']);
    unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        || WORDS.iter().any(|known| unsigned.eq_ignore_ascii_case(known))
}

/// A number where JSON can say it to the digit or nearly so; else its text.
fn number(word: &str) -> Value {
    let whole = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    match serde_json::from_str::<Number>(word) {
        Ok(number) if !whole || number.is_u64() || number.is_i64() => Value::Number(number),
        _ => Value::String(word.to_owned()),
    }
}

/// White space, time stamps and level words: what loggers put before a message.
fn is_stamp(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| text.split_ascii_whitespace().all(is_stamp_word))
}

fn is_stamp_word(word: &str) -> bool {
    const LEVELS: [&str; 24] = [
        "trace", "trc", "debug", "dbg", "debg", "info", "inf", "notice", "warn", "wrn", "warning", "error", "err",
        "erro", "eror", "fatal", "ftl", "critical", "crit", "panic", "emerg", "alert", "verbose", "severe",
    ];
    const DATES: [&str; 24] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mon", "tue", "wed", "thu",
        "fri", "sat", "sun", "utc", "gmt", "z", "am", "pm",
    ];
    const KEYS: [&str; 9] = ["level", "lvl", "severity", "time", "ts", "timestamp", "date", "t", "m"];
    if word.bytes().all(|byte| matches!(byte, b'-' | b'|' | b':' | b'>')) {
        return true;
    }
    let bare = word.trim_matches(|c: char| "[](){}<>:;,|\"'-".contains(c)).to_ascii_lowercase();
    if let Some((key, value)) = bare.split_once('=') {
        return KEYS.contains(&key) && is_stamp_word(value);
    }
    let is_time = bare.contains(|c: char| c.is_ascii_digit())
        && bare.chars().all(|c| c.is_ascii_digit() || "-/:.,+tz_".contains(c));
    // The way of klog: `I0123 10:00:01.000000`.
    let is_klog =
        bare.len() == 5 && bare.starts_with(['i', 'w', 'e', 'f', 'd']) && bare[1..].bytes().all(|b| b.is_ascii_digit());
    is_time || is_klog || LEVELS.contains(&&*bare) || DATES.contains(&&*bare)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(line: &[u8]) -> LineValues {
        find(line, &["role", "term"])
    }

    /// The one object of a line.
    fn one(line: &[u8]) -> Value {
        let mut found = found(line);
        assert_eq!(found.objects.len(), 1, "{}", String::from_utf8_lossy(line));
        assert!(!found.other_text && !found.torn, "{}", String::from_utf8_lossy(line));
        Value::Object(found.objects.remove(0).into_iter().collect())
    }

    #[test]
    fn what_json_has_no_value_for_is_kept_as_its_text() {
        let digits = "9".repeat(400);
        for (text, value) in [
            ("NaN", json!("NaN")),
            ("-Infinity", json!("-Infinity")),
            ("1e400", json!("1e400")),
            (&digits, json!(digits)),
            ("18446744073709551615", json!(u64::MAX)),
            ("0.5", json!(0.5)),
            ("007", json!("007")),
            (r#""\ud800 x""#, json!("\u{fffd} x")),
            (r#""\ud83d\ude00""#, json!("😀")),
            (r#""\q\"""#, json!("q\"")),
            ("\"a\tb\"", json!("a\tb")),
            ("[1,]", json!([1])),
        ] {
            assert_eq!(one(format!(r#"{{"x":{text},"term":1}}"#).as_bytes()), json!({"x": value, "term": 1}), "{text}");
        }
        assert_eq!(one(b"{\"x\":\"Jos\xe9\"}"), json!({"x": "Jos\u{fffd}"}));
    }

    #[test]
    fn a_nest_that_no_reader_of_json_takes_is_kept_as_its_text() {
        let deep = "[".repeat(5000) + &"]".repeat(5000);
        let mut value = &one(format!(r#"{{"x":{deep},"term":1}}"#).as_bytes())["x"];
        let mut depth = 0;
        while let Value::Array(list) = value {
            (value, depth) = (&list[0], depth + 1);
        }
        let rest = value.as_str().unwrap();
        assert_eq!((rest.len() / 2 + depth, &rest[..2]), (5000, "[["));
        assert!(found(format!(r#"{{"x":{}"#, "[".repeat(60_000)).as_bytes()).objects.is_empty());
    }

    #[test]
    fn a_stamp_or_a_level_before_an_object_is_no_other_text() {
        for stamp in [
            "2025-01-23T10:00:01.000001Z  INFO ",
            "[2025-01-23 10:00:01,424] ",
            "Jan 23 10:00:01 ",
            "time=\"2025-01-23T10:00:01+02:00\" level=info ",
            "I0123 10:00:01.000000 ",
            "INFO - ",
            "[INFO]: ",
            "2025/01/23 10:00:01 DEBUG",
            "2025-01-23 10:00:01 +0000 UTC m=+0.001 ",
            "\u{feff}",
        ] {
            assert_eq!(one(format!("{stamp}{{\"term\":1}}").as_bytes()), json!({"term": 1}), "{stamp}");
        }
        for other in ["received ", "n2: ", "[", "\"", "x=", "to n2 at 10:00:01 "] {
            assert!(found(format!("{other}{{\"term\":1}}").as_bytes()).other_text, "{other}");
        }
        assert!(found(b"{\"term\":1} sent").other_text);
    }

    #[test]
    fn objects_that_share_a_line_are_found_one_by_one() {
        let two = found(b"{\"term\":1}{\"msg\":\"x\"} INFO {\"term\":2}\r");
        assert_eq!((two.objects.len(), two.other_text, two.torn), (3, false, false));
        let nested = found(b"[{\"role\":\"x\",\"term\":1}]");
        assert_eq!((nested.objects.len(), nested.other_text, nested.torn), (0, true, false));
    }

    #[test]
    fn half_an_object_shows_by_its_keys_outside_of_every_value() {
        for torn in ["{\"role\":\"lead", "er\",\"term\" : 3}", "{\"msg\":\"he{\"role\":\"leader\"", "\"term\":"] {
            assert!(found(torn.as_bytes()).torn, "{torn}");
        }
        for whole in ["{\"a\":{\"term\":1}}", "{\"a\":\"\\\"term\\\":1\"}", "got {\\\"term\\\":1", "{", "term: 1", ""] {
            assert!(!found(whole.as_bytes()).torn, "{whole}");
        }
    }

    #[test]
    fn colour_codes_are_peeled_and_half_a_code_swallows_nothing() {
        assert_eq!(&*peeled(b"\x1b[2ma\x1b[0m \x1b[38;5;1mb\x1b]8;;http://x\x1b\\c\x1b]8;;\x07"), b"a bc");
        assert_eq!(&*peeled(b"\x1b]0;title {\"term\":1}"), b"\x1b]0;title {\"term\":1}");
    }

    #[test]
    fn a_hostile_line_is_read_in_one_go() {
        let started = std::time::Instant::now();
        for part in ["{\"a\":", "{", "[", "{\"a\":[", "\"", "{\"a\":1}x"] {
            found(part.repeat(64 * 1024 / part.len()).as_bytes());
        }
        // Squared, this would be minutes.
        assert!(started.elapsed().as_secs() < 20);
    }
}
