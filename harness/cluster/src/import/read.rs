//! Reads one file: keeps the lines that mean something, and what the table at the start says of the file.

use std::io::{BufReader, Cursor, Read};

use serde_json::Value;

use super::ImportError;
use super::line_parser::{LineFilter, LineParser};
use super::prefilter::Prefilter;
use super::repeats::KeptLines;
use super::shapes::{Shape, Shaped, TABLE};
use super::source::Source;
use super::stamp::{self, Stamp};
use super::strip::{self, Stripped};

/// A line that means something.
#[derive(Debug, Clone)]
pub struct KeptLine {
    /// Its number in its file, from 1.
    pub line: u64,
    /// The program's own line.
    pub text: String,
    /// When it was written, as far as it says.
    pub stamp: Option<Stamp>,
    /// The finest of the times that stand on it, nanoseconds: that of the program that kept it, where the program's own are coarse. It orders lines
    /// of which the times are the same.
    pub fine: Option<i64>,
    /// The process that wrote it, where a layer or the line says so.
    pub process: Option<u64>,
    /// Lines may be missing here, and why.
    pub hole: Option<String>,
    /// Of which node it is, where one file holds several.
    pub node: Option<String>,
    /// What it says of its node's state, if it says nothing else: that of lines which say the same is the same.
    pub says: Option<u64>,
}

/// What a file holds.
#[derive(Debug, Clone, Default)]
pub struct FileRead {
    /// As it was given.
    pub name: String,
    pub lines: u64,
    /// How many of them mean something.
    pub meant: u64,
    /// The lines that mean something, in the order in which they were written. Of many that say the same one after the other the first
    /// ones and the last.
    pub kept: Vec<KeptLine>,
    /// What stood before the lines, the outermost first, and how the file was packed.
    pub layers: Vec<String>,
    /// The first and the last time in it.
    pub first: Option<Stamp>,
    pub last: Option<Stamp>,
    /// The zones of its stamps: given, not given.
    pub zones: [bool; 2],
    /// It was written newest first, and is read backwards.
    pub backwards: bool,
    /// Lines with one stamp may stand in any order, as in what a log service answers to a question.
    pub export: bool,
}

/// So many lines from the beginning are looked at whatever they say, for the table.
const SAMPLE: usize = 400;

/// The longest line, bytes. A longer one is a hole.
const LONGEST: usize = 1 << 20;

/// The largest document of JSON that is read as a whole, bytes.
const LARGEST: usize = 1 << 30;

const CHUNK: usize = 1 << 20;

/// A line before it is looked at: its number, its bytes, the time that a document gives it.
struct Raw {
    line: u64,
    bytes: Vec<u8>,
    stamp: Option<Stamp>,
    too_long: bool,
}

/// Reads a file. `split` finds the node of a line where one file holds several.
///
/// # Errors
/// The file is empty, binary, damaged, or mixes stamps with zones and without.
pub fn file(
    name: &str,
    source: Source,
    parser: &LineParser,
    split: Option<&regex::Regex>,
) -> Result<FileRead, ImportError> {
    let (prefilter, own, line_filter) = (parser.prefilter(), parser.own_keys(), parser.line_filter());
    let means = |text: &str| line_filter.means(text);
    let mut read = FileRead { name: name.to_owned(), ..FileRead::default() };
    read.layers.extend(source.packed.map(str::to_owned));
    let mut collector = LineCollector {
        parser,
        line_filter: &line_filter,
        split,
        own: &own,
        layers: Vec::new(),
        meant: 0,
        kept: KeptLines::default(),
    };
    let sample = scan(&mut read, source.bytes, &prefilter, &mut collector)?;
    let LineCollector { layers, meant, kept, .. } = collector;
    read.layers.extend(layers);
    (read.meant, read.kept) = (meant, kept.all());
    damaged_stamps(&mut read.kept);
    let stamps: Vec<Stamp> =
        sample.iter().filter_map(|raw| stamp_of(&strip::strip(&raw.bytes, &own, &means), raw.stamp)).collect();
    in_order(&mut read, &stamps);
    for stamp in stamps.iter().chain(read.kept.iter().filter_map(|kept| kept.stamp.as_ref())) {
        if read.first.is_none_or(|first| stamp.nanos < first.nanos) {
            read.first = Some(*stamp);
        }
        if read.last.is_none_or(|last| stamp.nanos > last.nanos) {
            read.last = Some(*stamp);
        }
    }
    for stamp in read.kept.iter().filter_map(|kept| kept.stamp) {
        read.zones[usize::from(stamp.zone.is_none())] = true;
    }
    mixed_zones(&read)?;
    Ok(read)
}

/// Hands the lines that are worth a look over. The first ones, whatever they are.
fn scan(
    read: &mut FileRead,
    mut bytes: Box<dyn Read>,
    prefilter: &Prefilter,
    collector: &mut LineCollector<'_>,
) -> Result<Vec<Raw>, ImportError> {
    let mut sample: Vec<Raw> = Vec::new();
    let mut block: Vec<u8> = Vec::with_capacity(2 * CHUNK);
    let (mut line, mut first, mut skipping, mut whole) = (1, true, false, false);
    loop {
        let before = block.len();
        fill(&mut bytes, &mut block).map_err(|error| ImportError::Damaged {
            file: read.name.clone(),
            line: line + memchr::memchr_iter(b'\n', &block).count() as u64,
            why: error.to_string(),
        })?;
        let end = block.len() == before;
        if std::mem::take(&mut first) {
            whole = begins(read, &mut block, &mut bytes)?;
            let head = &block[..block.len().min(1 << 16)];
            if let Some(shape) = Shape::of(head).filter(|_| !whole) {
                read.layers.extend(shape.name().map(str::to_owned));
                let all = Cursor::new(std::mem::take(&mut block)).chain(bytes);
                bytes = Box::new(Shaped::new(BufReader::with_capacity(CHUNK, all), shape));
                continue;
            }
        }
        if whole && !end && block.len() < LARGEST {
            continue;
        }
        if whole && let Some(entries) = document(&block, collector.parser) {
            entries.into_iter().zip(1..).for_each(|((stamp, text), line)| {
                let raw_line = || Raw { line, bytes: text.clone().into_bytes(), stamp, too_long: false };
                if sample.len() < SAMPLE {
                    sample.push(raw_line());
                }
                collector.take(&raw_line());
                read.lines = line;
            });
            read.layers.push(DOCUMENT.to_owned());
            break;
        }
        whole = false;
        let to = if end { block.len() } else { memchr::memrchr(b'\n', &block).map_or(0, |at| at + 1) };
        if sample.len() < SAMPLE {
            let lines = block[..to].split(|byte| *byte == b'\n').zip(line..).take(SAMPLE - sample.len());
            sample.extend(lines.filter(|(bytes, _)| bytes.len() < LONGEST).map(|(bytes, line)| Raw {
                line,
                bytes: bytes.to_vec(),
                stamp: None,
                too_long: false,
            }));
        }
        let from = if skipping { memchr::memchr(b'\n', &block[..to]).map_or(to, |at| at + 1) } else { 0 };
        line += u64::from(from > 0);
        skipping &= from == 0 || from > to;
        line = prefilter.search(&block[from..to], line, |line, bytes| {
            let too_long = bytes.len() > LONGEST;
            let kept = if too_long { &bytes[..LONGEST / 1024] } else { bytes };
            collector.take(&Raw { line, bytes: kept.to_vec(), stamp: None, too_long });
        });
        if end {
            read.lines = line - u64::from(block[..to].last().is_none_or(|byte| *byte == b'\n'));
            break;
        }
        block.drain(..to);
        if block.len() > LONGEST {
            collector.take(&Raw { line, bytes: block[..1024].to_vec(), stamp: None, too_long: true });
            block.clear();
            skipping = true;
        }
    }
    if read.lines == 0 {
        return Err(ImportError::at(&read.name, 1, "the file is empty; name the file in which the log is"));
    }
    Ok(sample)
}

/// Reads on, about a megabyte.
fn fill(bytes: &mut dyn Read, block: &mut Vec<u8>) -> std::io::Result<()> {
    let target = block.len() + CHUNK;
    let from = block.len();
    block.resize(target, 0);
    let mut at = from;
    while at < target {
        match bytes.read(&mut block[at..]) {
            Ok(0) => break,
            Ok(count) => at += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                block.truncate(at);
                return Err(error);
            }
        }
        // Standard input that waits must not keep what has come.
        if at - from >= CHUNK / 2 {
            break;
        }
    }
    block.truncate(at);
    Ok(())
}

/// Looks at the beginning of a file: whether it is text, and whether it is one document of JSON.
fn begins(read: &mut FileRead, block: &mut Vec<u8>, rest: &mut Box<dyn Read>) -> Result<bool, ImportError> {
    if block.starts_with(&[0xff, 0xfe]) || block.starts_with(&[0xfe, 0xff]) {
        let big = block[0] == 0xfe;
        rest.read_to_end(block).map_err(|error| ImportError::at(&read.name, 1, error.to_string()))?;
        let units = block[2..].chunks_exact(2).map(|pair| {
            let pair = [pair[0], pair[1]];
            if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
        });
        *block = char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
            .into_bytes();
        read.layers.push("UTF-16".to_owned());
    }
    if block.starts_with(b"\xEF\xBB\xBF") {
        block.drain(..3);
    }
    let head = &block[..block.len().min(1 << 16)];
    let odd = head.iter().filter(|byte| matches!(**byte, 0..=8 | 14..=26 | 28..=31)).count();
    if head.len() > 8 && odd * 20 > head.len() {
        let line = 1 + head
            .iter()
            .take_while(|byte| !matches!(**byte, 0..=8 | 14..=26))
            .filter(|byte| **byte == b'\n')
            .count();
        return Err(ImportError::at(
            &read.name,
            line as u64,
            "this is binary data and no log; name a text file, or one packed by gzip, zstd or xz",
        ));
    }
    let head = head.trim_ascii_start();
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
    let is_whole_line =
        serde_json::from_slice::<Value>(line).is_ok_and(|value| value.is_object() && !is_export(&value));
    let list = line.strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    Ok(list.is_some_and(|list| list.is_empty() || list.starts_with(b"{") || list.starts_with(b"[["))
        || (head.starts_with(b"{") && !is_whole_line))
}

/// An answer of a log service on one line.
fn is_export(value: &Value) -> bool {
    let places = ["/data/result", "/hits/hits", "/rawResponse/hits/hits", "/streams", "/entries", "/events"];
    places.iter().any(|place| value.pointer(place).is_some_and(Value::is_array))
}

/// The entries of a document, if it is one.
fn document(block: &[u8], parser: &LineParser) -> Option<Vec<(Option<Stamp>, String)>> {
    // Or of several, one after the other: so journald and `jq` write objects for people.
    let values: Vec<Value> = serde_json::Deserializer::from_slice(block).into_iter().collect::<Result<_, _>>().ok()?;
    let entries: Vec<_> = values.iter().flat_map(|value| strip::entries(value, &parser.own_keys())).collect();
    (!entries.is_empty()).then_some(entries)
}

/// Takes the lines of a file that mean something.
struct LineCollector<'a> {
    parser: &'a LineParser,
    line_filter: &'a LineFilter<'a>,
    split: Option<&'a regex::Regex>,
    own: &'a [String],
    layers: Vec<String>,
    meant: u64,
    kept: KeptLines,
}

impl LineCollector<'_> {
    fn take(&mut self, raw: &Raw) {
        let means = |text: &str| self.line_filter.means(text);
        let Some(kept) = keep(&mut self.layers, raw, (self.parser, self.line_filter), self.split, (self.own, &means))
        else {
            return;
        };
        self.meant += u64::from(kept.hole.is_none());
        self.kept.push(kept);
    }
}

type Means<'a> = (&'a [String], &'a dyn Fn(&str) -> bool);

/// A line that means something, without what others put around it.
fn keep(
    layers: &mut Vec<String>,
    raw: &Raw,
    (parser, line_filter): (&LineParser, &LineFilter<'_>),
    split: Option<&regex::Regex>,
    (own, means): Means<'_>,
) -> Option<KeptLine> {
    let (line, whole) = (raw.line, String::from_utf8_lossy(&raw.bytes));
    let found = split.map(|split| split.captures(&whole));
    let node = match &found {
        Some(Some(captures)) => captures.name("node").map(|node| node.as_str().to_owned()),
        Some(None) => return None,
        None => None,
    };
    let mut stripped = strip::strip(&raw.bytes, own, means);
    let meant = means(&stripped.text);
    if let Some(Some(captures)) = found.filter(|_| !meant)
        && let Some(all) = captures.get(0)
        && !whole[..all.start()].contains('{')
    {
        let outside = std::mem::take(&mut stripped.stamps);
        stripped = strip::strip(whole[all.end()..].trim_start().as_bytes(), own, means);
        stripped.stamps.extend(outside);
        stripped.stamps.extend(stamp::find(whole[..all.start()].as_bytes()));
    }
    let hole = match parser.mark(&stripped.text).or(parser.mark(&whole)) {
        Some(super::line_parser::Mark::Lost) => Some(quoted(&stripped.text)),
        _ if raw.too_long => Some(format!("a line of more than {LONGEST} bytes")),
        _ => None,
    };
    let meant = means(&stripped.text);
    let unreadable = if hole.is_none() && !meant { line_filter.unreadable(&stripped.text) } else { None };
    if hole.is_none() && unreadable.is_none() && !meant {
        let shared = parser.import.groups.as_ref().is_some_and(|groups| groups.shared);
        parser.group(&stripped.text).filter(|_| shared)?;
    }
    for layer in &stripped.layers {
        if layers.len() < 8 && !layers.iter().any(|known| known == layer) {
            layers.push((*layer).to_owned());
        }
    }
    let stamp = stamp_of(&stripped, raw.stamp);
    let fine = stamps(&stripped, raw.stamp).into_iter().min_by_key(|stamp| stamp.width).map(|stamp| stamp.nanos);
    let hole = hole.or(unreadable);
    let says = line_filter.says(&stripped.text);
    Some(KeptLine { says, line, stamp, fine, process: stripped.process, hole, node, text: stripped.text })
}

/// The times that a line has: the program's own before others'.
fn stamps(stripped: &Stripped, given: Option<Stamp>) -> Vec<Stamp> {
    let own = stamp::find(stripped.text.as_bytes());
    own.into_iter().chain(given).chain(stripped.stamps.iter().rev().copied()).collect()
}

/// The time of a line: one that tells its zone before one that does not, the program's own before others'.
fn stamp_of(stripped: &Stripped, given: Option<Stamp>) -> Option<Stamp> {
    let all = stamps(stripped, given);
    let best = all
        .iter()
        .find(|stamp| stamp.zone.is_some() && stamp.year)
        .or(all.iter().find(|stamp| stamp.year))
        .or(all.first());
    best.copied()
}

/// Which way the stamps of a file go: how often they rise and fall for sure. Of a coarse stamp only its beginning is known.
fn ways(stamps: impl Iterator<Item = Stamp>) -> (u64, u64) {
    let later = |one: Stamp, other: Stamp| other.nanos.saturating_add(other.width.max(1)) <= one.nanos;
    let (mut rises, mut falls, mut last) = (0u64, 0u64, None);
    for stamp in stamps {
        if let Some(last) = last.replace(stamp) {
            rises += u64::from(later(stamp, last));
            falls += u64::from(later(last, stamp));
        }
    }
    (rises, falls)
}

/// Turns a file round that was written newest first. Of a few lines with one fall nobody knows whether they are that, or whether the clock was
/// set back: then nothing is known of the order of lines with one stamp.
fn in_order(read: &mut FileRead, sample: &[Stamp]) {
    let (rises, falls) = ways(sample.iter().copied());
    let (kept_rises, kept_falls) = ways(read.kept.iter().filter_map(|kept| kept.stamp));
    let only_falls = rises * 20 <= falls && kept_rises * 20 <= kept_falls.max(1);
    if (falls >= 2 || (falls == 1 && sample.len() == 2)) && only_falls {
        read.kept.reverse();
        read.backwards = true;
    }
    let service = read.layers.iter().any(|layer| EXPORTS.contains(&layer.as_str()));
    let sorted = read.backwards || service;
    // A stamp of whole seconds is earlier than a finer one of that second, and its line need not be.
    let widths: std::collections::BTreeSet<i64> =
        read.kept.iter().filter_map(|kept| kept.stamp).map(|stamp| stamp.width).collect();
    if sorted && read.kept.iter().all(|kept| kept.stamp.is_some()) && (service || widths.len() < 2) {
        read.kept.sort_by_key(|kept| (kept.stamp.map(|stamp| stamp.nanos), kept.fine));
    }
    read.export = sorted || (falls > 0 && only_falls);
}

/// Layers of log services that are asked for lines and sort them by their stamps.
const EXPORTS: [&str; 9] =
    [DOCUMENT, TABLE, "Elasticsearch", "Loki", "logcli", "Kibana", "Cloud Logging", "CloudWatch", "OpenTelemetry"];

/// What a whole document of JSON is called.
const DOCUMENT: &str = "JSON document";

/// Of a line that was cut in half the stamp may be that of another layer than those of whole lines, without its zone. Then it is of
/// the time of the line before it.
fn damaged_stamps(kept: &mut [KeptLine]) {
    let told = |kept: &KeptLine| kept.stamp.map(|stamp| stamp.zone.is_some());
    let whole: Vec<bool> = kept.iter().filter(|kept| kept.hole.is_none()).filter_map(told).collect();
    let Some(&one) = whole.first().filter(|one| whole.iter().all(|other| other == *one)) else { return };
    let other = |kept: &KeptLine| kept.hole.is_some() && told(kept) == Some(!one);
    let mut before = kept.iter().find(|kept| !other(kept)).and_then(|kept| kept.stamp);
    for kept in kept {
        if other(kept) {
            (kept.stamp, kept.fine) = (before, before.map(|before| before.nanos));
        }
        before = kept.stamp.or(before);
    }
}

/// Stamps that say their zone and stamps that do not, side by side, have no order.
fn mixed_zones(read: &FileRead) -> Result<(), ImportError> {
    let mut first: [Option<&KeptLine>; 2] = [None, None];
    for kept in &read.kept {
        if let Some(stamp) = kept.stamp {
            first[usize::from(stamp.zone.is_none())].get_or_insert(kept);
        }
    }
    let [Some(told), Some(untold)] = first else { return Ok(()) };
    let what = format!(
        "this stamp says no zone and that of line {} does, so that nobody can say which was first; export the log again with one form of time stamps",
        told.line
    );
    Err(ImportError::at(&read.name, untold.line, what))
}

/// The beginning of a line, for people.
pub fn quoted(text: &str) -> String {
    let mut plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut shown: String = plain.by_ref().take(300).collect();
    if plain.next().is_some() {
        shown.push('…');
    }
    shown
}
