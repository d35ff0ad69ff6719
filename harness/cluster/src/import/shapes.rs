//! Files whose lines are not the program's lines yet: tables that a log service exports, and lines that a container's runtime has
//! cut into parts.
//!
//! A table has a row for each line, under a header that says which column holds it; a cell may go over several lines. containerd
//! and CRI-O cut a line at 16 KiB and mark its parts (`P`, and `F` for the last). Docker's files have an object for each part,
//! and only the last one's text ends a line. Each becomes one line here before it is searched for words. As many lines come
//! out as went in, so that a line keeps its number: the whole stands where its last part was.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};

use serde_json::Value;

use super::stamp;

/// What the lines of a file have to be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Table,
    /// Lines of which some are parts.
    Parts,
}

/// So many lines of a file are looked at to tell its shape.
const HEAD: usize = 50;

/// The longest record that is put together, bytes.
const LONGEST: usize = 1 << 20;

/// Columns that hold the program's line, the most telling first.
const LINES: [&str; 17] = [
    "line",
    "message",
    "_source.message",
    "log",
    "_source.log",
    "textpayload",
    "jsonpayload.message",
    "jsonpayload.msg",
    "jsonpayload.log",
    "jsonpayload",
    "@message",
    "body",
    "_raw",
    "log.message",
    "event.original",
    "content",
    "msg",
];

/// Columns that hold its time, the most exact first.
const TIMES: [&str; 13] = [
    "tsns",
    "@timestamp",
    "_source.@timestamp",
    "timestamp",
    "time",
    "_time",
    "date",
    "datetime",
    "eventtime",
    "ts",
    "receivetimestamp",
    "@ingestiontime",
    "ingestiontime",
];

impl Shape {
    /// The shape of a file that begins so, if it has one of these.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let lines = || head.split(|byte| *byte == b'\n').take(HEAD);
        if lines().filter(|line| !is_separator(line)).take(1).any(|line| Header::read(line, separator(head)).is_some())
        {
            return Some(Self::Table);
        }
        lines().any(|line| Part::read(line).is_some() || line.starts_with(DOCKER)).then_some(Self::Parts)
    }

    /// What such a file is called.
    pub(super) fn name(self) -> Option<&'static str> {
        (self == Self::Table).then_some(TABLE)
    }
}

/// What a table is called.
pub(super) const TABLE: &str = "CSV";

/// A file of a shape, as lines.
pub(super) struct Shaped<R: BufRead> {
    source: R,
    shape: Shape,
    header: Option<Header>,
    separator: Option<u8>,
    /// Parts that wait for the last one, by stream.
    waiting: BTreeMap<String, String>,
    out: Vec<u8>,
    at: usize,
    /// In the middle of a line that is too long to be looked at.
    passing: bool,
}

impl<R: BufRead> Shaped<R> {
    /// Of a file that begins as [`Shape::of`] was told.
    pub(super) fn new(source: R, shape: Shape) -> Self {
        let (waiting, out) = (BTreeMap::new(), Vec::new());
        Self { source, shape, header: None, separator: None, waiting, out, at: 0, passing: false }
    }

    /// Reads a line with its end, at most [`LONGEST`] bytes of it.
    fn line(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        (&mut self.source).take(LONGEST as u64).read_until(b'\n', into)
    }

    /// Fills `out` anew. False: there is nothing more.
    fn fill(&mut self) -> io::Result<bool> {
        self.out.clear();
        self.at = 0;
        let mut line = Vec::new();
        if self.line(&mut line)? == 0 {
            // A part whose last one never came.
            for (_, rest) in std::mem::take(&mut self.waiting) {
                self.out.extend_from_slice(rest.as_bytes());
                self.out.push(b'\n');
            }
            return Ok(!self.out.is_empty());
        }
        let whole = line.ends_with(b"\n") || line.len() < LONGEST;
        if self.passing || !whole {
            self.passing = !line.ends_with(b"\n");
            self.out = line;
            return Ok(true);
        }
        match self.shape {
            Shape::Table => self.row(line)?,
            Shape::Parts => self.part(line),
        }
        Ok(true)
    }

    /// A row of a table, from its first line on.
    fn row(&mut self, mut row: Vec<u8>) -> io::Result<()> {
        let Some(header) = &self.header else {
            if is_separator(&row) {
                self.separator = separator(&row);
            } else {
                self.header = Header::read(&row, self.separator);
            }
            self.out.push(b'\n');
            return Ok(());
        };
        let (mut quotes, mut looked) = (Quotes::new(header.separator), 0);
        loop {
            quotes.take(&row[looked..]);
            looked = row.len();
            if !quotes.quoted || looked >= LONGEST || self.line(&mut row)? == 0 {
                break;
            }
        }
        let lines = memchr::memchr_iter(b'\n', &row).count().max(1);
        if let Some(header) = &self.header {
            let text = header.line(&row);
            self.out.extend_from_slice(text.as_bytes());
        }
        let inside = memchr::memchr_iter(b'\n', &self.out).count();
        self.out.extend(std::iter::repeat_n(b'\n', lines.saturating_sub(inside)));
        Ok(())
    }

    /// A line that may be a part.
    fn part(&mut self, line: Vec<u8>) {
        let part = match line.starts_with(DOCKER) {
            true if is_whole(&line) && self.waiting.is_empty() => None,
            true => Part::object(&line),
            false => Part::read(&line),
        };
        let Some(Part { stream, before, text, last }) = part else {
            self.out = line;
            return;
        };
        match self.waiting.remove(&stream) {
            None if last => self.out = line,
            waited => {
                let mut all = waited.unwrap_or(before);
                if all.len() < LONGEST {
                    all += &text;
                }
                match last {
                    true => self.out.extend_from_slice(all.as_bytes()),
                    false => drop(self.waiting.insert(stream, all)),
                }
                self.out.push(b'\n');
            }
        }
    }
}

impl<R: BufRead> Read for Shaped<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.out.len() {
            if !self.fill()? {
                return Ok(0);
            }
        }
        let count = into.len().min(self.out.len() - self.at);
        into[..count].copy_from_slice(&self.out[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// `sep=,`: a table for spreadsheets.
fn is_separator(line: &[u8]) -> bool {
    separator(line).is_some()
}

fn separator(line: &[u8]) -> Option<u8> {
    match line.strip_prefix(b"sep=")? {
        [separator, b'\n' | b'\r', ..] | [separator] => Some(*separator),
        _ => None,
    }
}

/// Which columns of a table hold lines and times.
struct Header {
    separator: u8,
    lines: Vec<usize>,
    times: Vec<usize>,
}

impl Header {
    /// The header of a table of log lines: columns of which one holds lines, and one more at least.
    fn read(line: &[u8], separator: Option<u8>) -> Option<Self> {
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        let separators = separator.map_or(vec![b',', b';', b'\t'], |separator| vec![separator]);
        separators.into_iter().find_map(|separator| {
            let cells = cells(line.trim_ascii_end(), separator);
            let names: Vec<String> = cells.iter().map(|cell| cell.trim().to_ascii_lowercase()).collect();
            let is_name = |name: &String| name.len() <= 100 && !name.contains(['{', '}', '=', '\n']);
            if !(2..=500).contains(&names.len()) || !names.iter().all(is_name) {
                return None;
            }
            let of = |known: &[&str]| -> Vec<usize> {
                known.iter().filter_map(|known| names.iter().position(|name| name == known)).collect()
            };
            let (lines, times) = (of(&LINES), of(&TIMES));
            (!lines.is_empty() && (!times.is_empty() || names.iter().all(|name| !name.contains(' ')))).then_some(Self {
                separator,
                lines,
                times,
            })
        })
    }

    /// The line that a row holds, behind its time.
    fn line(&self, row: &[u8]) -> String {
        let cells = cells(row.trim_ascii_end(), self.separator);
        let cell = |at: &usize| cells.get(*at).map(|cell| cell.trim()).filter(|cell| !cell.is_empty() && *cell != "-");
        let Some(line) = self.lines.iter().find_map(cell) else { return String::new() };
        let read = |cell: &str| stamp::read(cell).filter(|stamp| stamp.year);
        let time = self.times.iter().filter_map(cell).find_map(read);
        time.map_or_else(|| line.to_owned(), |time| format!("{} {line}", stamp::exact(time)))
    }
}

/// Where a row stands: in quotes it goes on in the next line.
struct Quotes {
    separator: u8,
    quoted: bool,
    /// A quote has just closed: a second one opens it again.
    closed: bool,
    empty: bool,
}

impl Quotes {
    fn new(separator: u8) -> Self {
        Self { separator, quoted: false, closed: false, empty: true }
    }

    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let opens = self.closed || self.empty;
            self.closed = *byte == b'"' && self.quoted;
            self.quoted = if *byte == b'"' { !self.quoted && opens } else { self.quoted };
            self.empty = *byte == self.separator && !self.quoted;
        }
    }
}

/// The cells of a row: what stands in quotes may hold separators, line ends, and quotes twice.
fn cells(row: &[u8], separator: u8) -> Vec<String> {
    let (mut all, mut cell, mut quoted) = (Vec::new(), Vec::new(), false);
    let mut bytes = row.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted && bytes.peek() == Some(&b'"') => {
                bytes.next();
                cell.push(b'"');
            }
            b'"' if quoted => quoted = false,
            b'"' if cell.is_empty() => quoted = true,
            byte if byte == separator && !quoted => all.push(std::mem::take(&mut cell)),
            byte => cell.push(byte),
        }
    }
    all.push(cell);
    all.into_iter().map(|cell| String::from_utf8_lossy(&cell).into_owned()).collect()
}

/// How an object of Docker's files begins.
const DOCKER: &[u8] = b"{\"log\":\"";

/// The text of such an object ends a line. Only where that is in doubt the object is read.
fn is_whole(line: &[u8]) -> bool {
    memchr::memmem::find(line, b"\\n\",\"").is_some()
}

/// A line that a container's runtime keeps, and whether it is the last part of one.
struct Part {
    stream: String,
    /// What goes before the text where the parts are put together.
    before: String,
    text: String,
    last: bool,
}

impl Part {
    /// `2026-11-30T08:00:00.1Z stderr P the first part of a line`.
    fn read(line: &[u8]) -> Option<Self> {
        let digits = line.first().is_some_and(u8::is_ascii_digit);
        let time = memchr::memchr(b' ', &line[..line.len().min(60)]).filter(|at| digits && *at >= 19)?;
        let rest = &line[time + 1..];
        let (stream, rest) =
            [&b"stdout "[..], b"stderr "].iter().find_map(|stream| Some((*stream, rest.strip_prefix(*stream)?)))?;
        let (last, text) = match rest {
            [b'F', b' ', text @ ..] => (true, text),
            [b'P', b' ', text @ ..] => (false, text),
            _ => return None,
        };
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let before = format!("{} {}F ", string(&line[..time]), string(stream));
        Some(Self { stream: string(stream), before, text: string(text), last })
    }

    /// An object of Docker's files.
    fn object(line: &[u8]) -> Option<Self> {
        let object: Value = serde_json::from_slice(line).ok()?;
        let of = |key: &str| object.get(key).and_then(Value::as_str);
        let text = of("log")?;
        let last = text.ends_with('\n');
        let before = of("time").map_or_else(String::new, |time| format!("{time} "));
        let stream = of("stream").unwrap_or_default().to_owned();
        Some(Self { stream, before, text: text.trim_end_matches(['\n', '\r']).to_owned(), last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaped(text: &str) -> String {
        let shape = Shape::of(text.as_bytes()).unwrap();
        let mut out = String::new();
        Shaped::new(text.as_bytes(), shape).read_to_string(&mut out).unwrap();
        assert_eq!(out.matches('\n').count(), text.matches('\n').count(), "{out}");
        out
    }

    #[test]
    fn a_table_is_lines_with_their_times_at_the_places_of_its_rows() {
        let grafana = "\u{feff}\"labels\",\"Time\",\"Line\",\"tsNs\"\n\"{\"\"app\"\":\"\"x\"\"}\",\"2026-11-30 08:00:00\",\"{\"\"msg\"\":\"\"a, b\"\"}\",\"1785998924033000001\"\n";
        assert_eq!(shaped(grafana), "\n2026-08-06T06:48:44.033000001Z {\"msg\":\"a, b\"}\n");
        let kibana = "\"@timestamp\",message\n\"Aug 6, 2026 @ 06:48:44.033\",\"one\ntwo\"\n\"Aug 6, 2026 @ 06:48:44.034\",three\n";
        assert_eq!(shaped(kibana), "\n2026-08-06T06:48:44.033000000 one\ntwo\n2026-08-06T06:48:44.034000000 three\n");
        let google =
            "sep=;\r\ninsertId;jsonPayload.message;textPayload;timestamp\r\n1;;x;2026-08-06T06:48:44.033Z\r\n2;y;;\r\n";
        assert_eq!(shaped(google), "\n\n2026-08-06T06:48:44.033000000Z x\ny\n");
    }

    #[test]
    fn parts_of_a_line_are_one_line_at_the_place_of_the_last() {
        let cri = "2026-11-30T08:00:00.1Z stderr P one \n2026-11-30T08:00:00.1Z stdout F other\n2026-11-30T08:00:00.2Z stderr P two \n2026-11-30T08:00:00.3Z stderr F three\n2026-11-30T08:00:00.4Z stderr F four\n";
        assert_eq!(
            shaped(cri),
            "\n2026-11-30T08:00:00.1Z stdout F other\n\n2026-11-30T08:00:00.1Z stderr F one two three\n2026-11-30T08:00:00.4Z stderr F four\n"
        );
        let docker = "{\"log\":\"one \",\"stream\":\"stderr\",\"time\":\"2026-11-30T08:00:00.1Z\"}\n{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"t\"}\n{\"log\":\"two\\n\",\"stream\":\"stderr\",\"time\":\"t\"}\n{\"log\":\"y\\n\",\"stream\":\"stderr\",\"time\":\"t\"}\n";
        let whole =
            |text: &str, stream: &str| format!("{{\"log\":\"{text}\\n\",\"stream\":\"{stream}\",\"time\":\"t\"}}\n");
        assert_eq!(
            shaped(docker),
            format!("\n{}2026-11-30T08:00:00.1Z one two\n{}", whole("x", "stdout"), whole("y", "stderr"))
        );
    }

    #[test]
    fn what_is_neither_stays_as_it_is() {
        for text in [
            "2026-11-30T08:00:00.1Z host etcd[1]: x, message, y\n",
            "{\"level\":\"info\",\"msg\":\"x\"}\n",
            "[26] 2025/01/24 19:04:55.251280 [DBG] time, line\n",
            "message\n",
            "",
        ] {
            assert_eq!(Shape::of(text.as_bytes()), None, "{text}");
        }
    }
}
