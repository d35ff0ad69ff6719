//! From incarnations to a history.
//!
//! Nothing is written that the lines do not prove. No start says that it is a node's first, and no observer is complete or
//! durable. What was done to the nodes and which nodes vote is unknown. A time of a node is its own stamp, and its span is as
//! wide as the uncertainty of its host's clock. Without any knowledge the span is the whole record, so that nothing orders lines
//! of two nodes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use history::Known;
use history::entry::{Harness, Node, Observe, State};
use history::header::{Claims, Doubt, Faults, Logs, Observer};
use history::{EndReason, Evidence, Fate, Header, Origin, Record, Span, Voters, Word};
use serde_json::Value;

use super::clocks::Clocks;
use super::incomparable::Incomparable;
use super::line_parser::{CONTRACT, LineParser, outer};
use super::lives::{Incarnation, Line, LineMeaning};
use super::messages::Offsets;
use super::read::quoted;
use super::story::StoryEntry;
use crate::system::Format;

/// What needs no clock, no faults and no membership.
pub const JUDGED: [&str; 5] = ["election-safety", "term-monotonic", "vote-once", "leader-agreement", "leader-log"];

/// One node's part in a history.
pub struct LoggedNode<'a> {
    pub node: &'a str,
    pub story: &'a [StoryEntry],
    /// Its incarnations in this history.
    pub incarnations: Vec<&'a Incarnation>,
}

/// What a history is made of.
pub struct HistoryInput<'a> {
    pub run: String,
    /// How the lines were read.
    pub parser: &'a LineParser,
    /// Of which system.
    pub format: &'a Format,
    /// The group, if it is of one of several.
    pub group: Option<String>,
    pub members: Vec<LoggedNode<'a>>,
    /// What may not be held against others.
    pub(super) incomparable: Incomparable,
    /// The names of the files.
    pub files: &'a [String],
    /// Nodes that were given and of which no line means anything.
    pub silent: Vec<String>,
    /// What is known of the hosts' clocks.
    pub clocks: &'a Clocks,
    /// What the lines tell of them.
    pub offsets: Option<&'a Offsets>,
    /// What an operator wrote down, and when.
    pub marks: &'a [(i64, String)],
}

/// A line of the history before its times are fixed. What it says is put into words when it is written: there may be many.
struct DraftLine<'a> {
    t: i64,
    what: Fact<'a>,
    /// How far from `t` it may have been; none: unknown.
    width: Option<u64>,
}

/// What a line of the history is made of.
enum Fact<'a> {
    Mark(&'a str),
    /// Of which node, and which incarnation of it.
    Start(usize, u32),
    Line(usize, u32, &'a Line),
}

impl HistoryInput<'_> {
    /// Writes the history.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut told = self.told();
        told.sort_by_key(|told| told.t);
        let zero = told.first().map_or(0, |told| told.t);
        let length = told.last().map_or(0, |told| u64::try_from(told.t - zero).unwrap_or(0)) + 1;
        serde_json::to_writer(&mut *out, &self.header(zero))?;
        out.write_all(b"\n")?;
        let mut line = Vec::new();
        for DraftLine { t, what, width } in told {
            let at = u64::try_from(t - zero).unwrap_or(0);
            let mut record = self.record(&what);
            record.t = Some(at);
            record.span = Some(match width {
                Some(width) => Span::new(at.saturating_sub(width), at.saturating_add(width).min(length)),
                None => Span::new(0, length),
            });
            line.clear();
            record.write(&mut line)?;
            line.push(b'\n');
            out.write_all(&line)?;
        }
        line.clear();
        let end = Harness::End { reason: Some(Word::Known(EndReason::Complete)) };
        Record { t: Some(length), ..Record::now(end) }.write(&mut line)?;
        line.push(b'\n');
        out.write_all(&line)
    }

    fn told(&self) -> Vec<DraftLine<'_>> {
        let marks = self.marks.iter();
        let mut all: Vec<DraftLine<'_>> =
            marks.map(|(t, text)| DraftLine { t: *t, what: Fact::Mark(text), width: None }).collect();
        for (place, member) in self.members.iter().enumerate() {
            let mut last = i64::MIN;
            for (incarnation, number) in member.incarnations.iter().zip(1..) {
                let mut when = |entry: usize| {
                    let offset = self.clocks.offset(self.offsets.and_then(|offsets| offsets.at(place, entry)));
                    let ahead = offset.map_or(0, |offset| offset.ahead);
                    let stamp = member.story[entry].kept.stamp;
                    // What a stamp cuts off is not known either.
                    let cut = stamp.map_or(0, |stamp| u64::try_from(stamp.width).unwrap_or(0));
                    let stamp = stamp.map(|stamp| stamp.nanos.saturating_sub(ahead));
                    // A line is not earlier than the one before it, whatever a clock did.
                    last = stamp.unwrap_or(last.saturating_add(1)).max(last).max(0);
                    (last, offset.map(|offset| offset.width.saturating_add(cut)))
                };
                if number > 1 || incarnation.begins.is_some() {
                    let first = incarnation.begins.or(incarnation.lines.first().map(|line| line.entry));
                    let (t, width) = first.map_or((0, None), |_| {
                        when(incarnation.lines.first().map_or(0, |line| line.entry).min(first.unwrap_or(0)))
                    });
                    all.push(DraftLine { t, what: Fact::Start(place, number), width });
                }
                for line in &incarnation.lines {
                    let (t, width) = when(line.entry);
                    all.push(DraftLine { t, what: Fact::Line(place, number, line), width });
                }
            }
        }
        all
    }

    fn record<'b>(&'b self, what: &Fact<'b>) -> Record<'b> {
        match *what {
            Fact::Mark(text) => {
                Record::now(Harness::Other { event: "mark".into(), node: None, reason: Some(text.into()) })
            }
            Fact::Start(place, number) => {
                let member = &self.members[place];
                let mut start = Node::new(member.node, number, Fate::Start);
                // Of the first one it may not be concluded that there was none before it.
                start.incarnation = (number > 1).then_some(number);
                let possible = member.incarnations.get(number as usize - 1).is_some_and(|one| one.possible);
                start.reason = possible.then(|| "another process may begin here: no line says so".into());
                Record::now(start)
            }
            Fact::Line(place, number, line) => self.line(place, number, line),
        }
    }

    fn line<'b>(&'b self, node: usize, incarnation: u32, Line { entry, what }: &'b Line) -> Record<'b> {
        let member = &self.members[node];
        let StoryEntry { file, kept, .. } = &member.story[*entry];
        let place = || format!("{}:{}", self.files[*file], kept.line);
        match what {
            LineMeaning::Hole(why) => {
                let mut gap = Node::new(member.node, incarnation, Fate::Gap);
                gap.reason = Some(format!("{}: {why}", place()).into());
                Record::now(gap)
            }
            LineMeaning::Said(observer, said) => {
                let counted = said.counted.as_ref().filter(|_| self.parser.import.survives_power_cut);
                let is_sure = |voter: &&str| self.incomparable.is_counted(node, *entry, voter);
                let named = |whom: &Known<Cow<'static, str>>| -> Known<Cow<'b, str>> {
                    whom.as_ref().map(|whom| whom.as_deref().map(|whom| outer(whom).to_owned().into()))
                };
                let mut state = State {
                    vote: named(&said.vote),
                    leader: named(&said.leader),
                    counted: counted
                        .map(|nodes| nodes.iter().map(|node| outer(node)).filter(is_sure).map(str::to_owned).collect()),
                    ..(**said).clone()
                };
                state.keep("file", self.files[*file].clone().into());
                state.keep("line", kept.line.into());
                state.keep("text", quoted(&kept.text).into());
                if let Some(stamp) = kept.stamp {
                    state.keep("stamp", Value::from(super::stamp::shown(stamp.nanos)));
                }
                Record::now(Observe {
                    node: member.node.into(),
                    incarnation: Some(incarnation),
                    observer: Some(observer.into()),
                    evidence: self.incomparable.holds(node, *entry).then(|| Evidence::Sampled.into()),
                    seq: None,
                    state,
                })
            }
        }
    }

    fn header(&self, zero: i64) -> Header {
        let judged =
            |name: &&&str| self.format.judged.as_ref().is_none_or(|judged| judged.iter().any(|word| word == **name));
        let observer = |name: &str, evidence| Observer {
            name: name.to_owned(),
            fields: ["role", "term", "vote", "leader"].map(str::to_owned).to_vec(),
            evidence,
            source: Some(Word::Known(Origin::File)),
            ..Observer::default()
        };
        let mut observers: Vec<Observer> =
            self.parser.observers.iter().map(|each| observer(&each.name, each.evidence)).collect();
        observers.extend(self.parser.contract.then(|| observer(CONTRACT, Evidence::Atomic)));
        Header {
            schema: history::SCHEMA,
            run: self.run.clone(),
            wall: (zero > 0).then(|| format!("{}Z", super::stamp::shown(zero).replace(' ', "T"))),
            versions: BTreeMap::from([("importer".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]),
            system: self.format.name.clone(),
            claims: Claims {
                judged: Some(JUDGED.iter().filter(judged).map(|&name| name.to_owned()).collect()),
                occasional_leaders: self.format.occasional_leaders,
                ..Claims::default()
            },
            nodes: self.members.iter().map(|member| member.node.to_owned()).collect(),
            voters: Some(Voters::Unknown),
            faults: Some(Faults::Unknown),
            group: None,
            observers,
            network: "unknown".to_owned(),
            workload: "logs".to_owned(),
            logs: Some(Logs {
                clocks: self.clocks.word().into(),
                group: self.group.clone(),
                silent: self.silent.clone(),
                doubts: self.doubts(),
                confirmed: self.parser.import.confirmed,
            }),
            ..Header::default()
        }
    }

    /// Where lines that may be missing, or a start or other data that may not be shown, keep something from being judged.
    fn doubts(&self) -> Vec<Doubt> {
        let doubt = |(node, entry): (usize, usize)| {
            let (member, StoryEntry { file, kept, .. }) = (&self.members[node], &self.members[node].story[entry]);
            Doubt { node: member.node.to_owned(), file: self.files[*file].clone(), line: kept.line }
        };
        let mut doubts: Vec<Doubt> = Vec::new();
        for (node, member) in self.members.iter().enumerate() {
            // What was shown before something that may be missing, and what since.
            let (mut before, mut since) = (Shown::default(), Shown::default());
            for one in &member.incarnations {
                doubts.extend(one.lines.first().filter(|_| one.accused).map(|line| doubt((node, line.entry))));
                match one.begins {
                    Some(_) if !one.possible => (before, since) = (Shown::default(), Shown::default()),
                    _ => before.take(&mut since),
                }
                for line in &one.lines {
                    let said = match &line.what {
                        LineMeaning::Said(_, said) => said,
                        LineMeaning::Hole(_) => {
                            before.take(&mut since);
                            continue;
                        }
                    };
                    let Some(term) = said.term else { continue };
                    let vote = said.vote.as_ref().and_then(|vote| vote.as_deref());
                    let falls = since.term.is_none() && before.term.is_some_and(|before| term < before);
                    let voted = before.votes.get(&term).filter(|_| said.vote.is_some());
                    let other = voted.is_some_and(|before| vote != Some(before.as_str()));
                    if falls || other {
                        doubts.push(doubt((node, line.entry)));
                    }
                    since.term = Some(term);
                    since.votes.extend(vote.map(|vote| (term, vote.to_owned())));
                }
            }
        }
        doubts.extend(self.incomparable.doubts().map(doubt));
        let mut told = BTreeSet::new();
        doubts.retain(|doubt| told.insert((doubt.node.clone(), doubt.file.clone(), doubt.line)));
        doubts
    }
}

/// What a node showed of its terms and votes.
#[derive(Default)]
struct Shown {
    term: Option<u64>,
    votes: BTreeMap<u64, String>,
}

impl Shown {
    /// Takes what was shown since.
    fn take(&mut self, since: &mut Self) {
        self.term = since.term.take().or(self.term);
        self.votes.append(&mut since.votes);
    }
}
