//! Histories made line by line, for tests.
//!
//! A [`Builder`] writes what the recorder would write: each line goes through the typed [`Record`]. What those types
//! cannot say (a hostile line, a field of a later version) is put in as JSON, and every line can be changed before the
//! text is taken. Shorthands that fit a family of tests belong beside these tests and sit on this.
//!
//! ```
//! use history::build::Builder;
//! use history::entry::{Harness, Node};
//! use history::{Fate, Phase, Reader};
//!
//! let mut history = Builder::of(3);
//! history.at(0, Harness::phase(Phase::Setup));
//! history.at(1_000, Node::new("n1", 1, Fate::Start));
//! history.complete(2_000);
//! let text = history.text();
//! let mut reader = Reader::new(text.as_bytes())?;
//! let mut events = 0;
//! while reader.next_event()?.is_some() {
//!     events += 1;
//! }
//! assert_eq!(events, 3);
//! # Ok::<(), history::HistoryError>(())
//! ```

use serde_json::Value;

use crate::SCHEMA;
use crate::entry::{Entry, Harness, Record};
use crate::event::Span;
use crate::header::{Faults, Header};
use crate::vocabulary::EndReason;
use crate::voters::Voters;

/// A history in the making. All times are nanoseconds since the run's zero.
#[derive(Debug, Clone)]
pub struct Builder {
    header: Value,
    lines: Vec<Value>,
}

impl Builder {
    /// Of `nodes` nodes, `n1` and so on, all of which vote; every fault is recorded.
    pub fn of(nodes: usize) -> Self {
        let nodes: Vec<String> = (1..=nodes).map(|number| format!("n{number}")).collect();
        let voters = Some(Voters::Listed(nodes.clone()));
        Self::new(&Header { schema: SCHEMA, nodes, voters, faults: Some(Faults::Recorded), ..Header::default() })
    }

    /// With this header.
    pub fn new(header: &Header) -> Self {
        Self { header: serde_json::to_value(header).unwrap_or_default(), lines: Vec::new() }
    }

    /// Sets a field of the header, also one that has no type.
    pub fn set(&mut self, field: &str, value: impl Into<Value>) -> &mut Self {
        self.header[field] = value.into();
        self
    }

    /// The header.
    pub fn header(&self) -> &Value {
        &self.header
    }

    /// Adds a line; answers its number in the file, of which the header is line 1.
    pub fn add(&mut self, record: &Record<'_>) -> u64 {
        self.json(serde_json::to_value(record).unwrap_or_default())
    }

    /// Adds what was so at `t` and recorded then.
    pub fn at<'a>(&mut self, t: u64, entry: impl Into<Entry<'a>>) -> u64 {
        self.during(t, Span::at(t), entry)
    }

    /// Adds what was so in this span and recorded at `t`.
    pub fn during<'a>(&mut self, t: u64, span: Span, entry: impl Into<Entry<'a>>) -> u64 {
        self.add(&Record { t: Some(t), ..Record::during(span, entry) })
    }

    /// Adds the end of a run that went through all its phases.
    pub fn complete(&mut self, t: u64) -> u64 {
        self.at(t, Harness::End { reason: Some(EndReason::Complete.into()) })
    }

    /// Adds a line as it stands.
    pub fn json(&mut self, line: Value) -> u64 {
        self.lines.push(line);
        self.lines.len() as u64 + 1
    }

    /// Puts these fields into the last line, over those that it has.
    pub fn also(&mut self, more: Value) -> &mut Self {
        if let (Some(Value::Object(line)), Value::Object(more)) = (self.lines.last_mut(), more) {
            line.extend(more);
        }
        self
    }

    /// The lines after the header.
    pub fn lines(&self) -> &[Value] {
        &self.lines
    }

    /// The lines after the header, to be changed at will.
    pub fn lines_mut(&mut self) -> &mut Vec<Value> {
        &mut self.lines
    }

    /// The file.
    pub fn text(&self) -> String {
        std::iter::once(&self.header).chain(&self.lines).map(|line| format!("{line}\n")).collect()
    }
}
