//! What a line of a history says, in words: the form in which the harness writes it, and everybody reads it.
//!
//! A [`Record`] is a line after the header: when, and an [`Entry`], one type for each type of line. The harness makes
//! them and the recorder writes them down; the live view, `observe`, pages and the [`Decoder`](crate::Decoder) read
//! them. Judges see an [`Event`](crate::Event) instead, in which names are numbers and what was left out is filled in.
//!
//! What a line may leave out is an `Option`; what makes it nothing without (whose state? which fault?) is not, and a line
//! that lacks it is no event. Words of closed lists are [`Word`]s: see there for what others may write in their place.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;
use workloads::{Condition, Fault as Planned, Link as LinkName};

use crate::event::Span;
use crate::line::Known;
use crate::vocabulary::{Answer, Cause, EndReason, HarnessEvent};
use crate::vocabulary::{Evidence, ExitReason, Expectation, Fate, Installed, Phase, Role, Rule, Stage, Stream};
use crate::word::Word;

/// A line of a history after its header.
#[derive(Debug, Clone, PartialEq)]
pub struct Record<'a> {
    /// When it was recorded, nanoseconds since the run's zero. The recorder sets it.
    pub t: Option<u64>,
    /// When what it says was so. Left out: at the instant of its recording.
    pub span: Option<Span>,
    /// The Raft group that it is of.
    pub group: Option<String>,
    /// What it says.
    pub entry: Entry<'a>,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry<'a> {
    /// Something became of a node's process.
    Node(Node<'a>),
    /// A node said or showed its state.
    Observe(Observe<'a>),
    /// A node's belief of who votes.
    Voters(Voters<'a>),
    /// An observer asked in vain.
    Miss(Miss<'a>),
    /// A fault was injected or lifted.
    Fault(Fault<'a>),
    /// What crossed a link while one rule was in force.
    Link(Link<'a>),
    /// An expectation of the schedule was met or not.
    Expect(Expect<'a>),
    /// What clients saw.
    Probe(Probe<'a>),
    /// The harness about itself.
    Harness(Harness<'a>),
    /// A type of line that this version does not know.
    Unknown(Cow<'a, str>),
}

/// Something became of a node's process.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'a> {
    /// Which node.
    pub node: Cow<'a, str>,
    /// Which incarnation of it, from 1. Left out: counted from its starts.
    pub incarnation: Option<u32>,
    /// What became of it.
    pub event: Word<'a, Fate>,
    /// Of a start: the process.
    pub pid: Option<u32>,
    /// Of an exit: its exit status, if it exited.
    pub status: Option<i32>,
    /// Of an exit: the signal, if one ended it.
    pub signal: Option<i32>,
    /// The fault that asked for it.
    pub fault: Option<u32>,
    /// Why, in words. Of an exit, [`ExitReason`]s mean something; of the end of a pipe, [`Stream`]s do.
    pub reason: Option<Cow<'a, str>>,
}

/// A node said or showed its state.
#[derive(Debug, Clone, PartialEq)]
pub struct Observe<'a> {
    /// Which node.
    pub node: Cow<'a, str>,
    /// Which incarnation of it. Left out: the one that runs as far as the lines have told.
    pub incarnation: Option<u32>,
    /// The name of the observer.
    pub observer: Option<Cow<'a, str>>,
    /// What it is worth. Left out: what the header declares of the observer.
    pub evidence: Option<Word<'a, Evidence>>,
    /// 1, 2, … per node and observer. The recorder sets it.
    pub seq: Option<u64>,
    /// What it said.
    pub state: State<'a>,
}

/// A node's belief of who votes, from then on until its next one or its death.
#[derive(Debug, Clone, PartialEq)]
pub struct Voters<'a> {
    /// Which node.
    pub node: Cow<'a, str>,
    /// Which incarnation of it. Left out: the one that runs as far as the lines have told.
    pub incarnation: Option<u32>,
    /// The name of the observer.
    pub observer: Option<Cow<'a, str>>,
    /// What it is worth. Left out: what the header declares of the observer.
    pub evidence: Option<Word<'a, Evidence>>,
    /// Those that vote.
    pub voters: Option<crate::Voters>,
    /// Those that voted before, while both must agree (joint consensus).
    pub outgoing: Vec<String>,
    /// Those that follow and do not vote.
    pub learners: Vec<String>,
}

/// What a node says of itself. A field that is `None` is unknown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State<'a> {
    /// Its role. A word beyond the four is kept and means nothing to checkers.
    pub role: Option<Word<'a, Role>>,
    /// Its term.
    pub term: Option<u64>,
    /// Its vote in that term.
    pub vote: Known<Cow<'a, str>>,
    /// The leader of that term as it knows it.
    pub leader: Known<Cow<'a, str>>,
    /// What stood in place of its vote and is no node's, so that the vote is unknown.
    pub vote_id: Option<Cow<'a, str>>,
    /// Likewise of its leader.
    pub leader_id: Option<Cow<'a, str>>,
    /// Last term and last index of its log.
    pub log: Option<[u64; 2]>,
    /// Whose granted votes for this term it has counted.
    pub counted: Option<Vec<String>>,
    /// Beside a vote that it granted: last term and last index of the candidate's log.
    pub candidate_log: Option<[u64; 2]>,
    /// What else it said, under keys that the history does not have itself: see [`State::keep`]. Filled in by
    /// [`Record::read_whole`] only: whoever judges has no use for it.
    pub other: BTreeMap<String, Value>,
}

/// An observer asked in vain.
#[derive(Debug, Clone, PartialEq)]
pub struct Miss<'a> {
    /// Whom.
    pub node: Cow<'a, str>,
    /// Which incarnation of it.
    pub incarnation: Option<u32>,
    /// The name of the observer.
    pub observer: Option<Cow<'a, str>>,
    /// What went wrong, in words.
    pub error: Option<Cow<'a, str>>,
}

/// A fault was injected or lifted.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault<'a> {
    /// Its number; a lift has the number of its injection.
    pub id: u32,
    /// Whether it begins or ends.
    pub stage: Word<'a, Stage>,
    /// What it is. A lift may leave it out, and the nodes and links as well.
    pub fault: Option<Described>,
    /// The nodes hit.
    pub nodes: Option<Vec<String>>,
    /// The links concerned.
    pub links: Option<Vec<LinkName>>,
    /// How that ended. Left out: nobody knows.
    pub outcome: Option<Word<'a, Installed>>,
    /// Why, in words.
    pub reason: Option<Cow<'a, str>>,
    /// The operations on disks at which nodes crashed, each as `n1: rename state.new state`.
    pub operations: Option<Vec<String>>,
    /// What disks lost, for people: each as `n1: no fsync covered bytes 0 to 24 of state`.
    pub lost: Option<Vec<String>>,
}

/// A fault as a history has it: as the schedule had it, or as somebody else would.
#[derive(Debug, Clone, PartialEq)]
pub struct Described(Value);

/// What crossed a link while one rule was in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Link<'a> {
    /// The sender.
    pub from: Cow<'a, str>,
    /// The receiver.
    pub to: Cow<'a, str>,
    /// The rule.
    pub rule: Option<Word<'a, Rule>>,
    /// Bytes that crossed.
    pub passed: Option<u64>,
    /// Bytes that were held back.
    pub held: Option<u64>,
    /// Bytes that were thrown away.
    pub dropped: Option<u64>,
    /// The same three in packets, where there are packets.
    pub packets: Option<[u64; 3]>,
}

/// An expectation of the schedule was met or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Expect<'a> {
    /// Its step.
    pub id: u32,
    /// The condition, as it stands in the schedule.
    pub condition: Option<Value>,
    /// What became of it.
    pub outcome: Option<Word<'a, Expectation>>,
    /// Why, in words.
    pub reason: Option<Cow<'a, str>>,
    /// What was learnt: the operations on disks, each as `voter: rename state.new state`.
    pub operations: Option<Vec<String>>,
}

/// What clients saw: attempts of the probe, one after the other, that all ended alike. The span is from the beginning of the first to
/// the end of the last.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe<'a> {
    /// How they ended.
    pub outcome: Word<'a, Answer>,
    /// How many there were. Left out: one.
    pub attempts: Option<u64>,
    /// How long the longest of them took, nanoseconds.
    pub slowest: Option<u64>,
    /// The node that answered them.
    pub node: Option<Cow<'a, str>>,
    /// Why the last of them failed, in words.
    pub reason: Option<Cow<'a, str>>,
}

/// The harness about itself. What is `reason` is for people.
#[derive(Debug, Clone, PartialEq)]
pub enum Harness<'a> {
    /// A phase begins.
    Phase {
        /// Which.
        phase: Option<Word<'a, Phase>>,
        /// Of `final`: the nodes that must agree; left out: all.
        nodes: Option<Vec<String>>,
    },
    /// The harness, a node or the disk did not run for this span.
    Stall {
        /// What did not run; left out: unknown, and no disk.
        cause: Option<Word<'a, Cause>>,
        /// Who.
        reason: Option<Cow<'a, str>>,
    },
    /// How busy the machine was, in shares of the time since the sample before.
    Pressure {
        /// Some task waited for a processor.
        cpu: Option<f64>,
        /// The processors were idle.
        idle: Option<f64>,
        /// Some task waited for the disk.
        io: Option<f64>,
    },
    /// How many messages between nodes have crossed the network so far: pieces of data as it forwarded them.
    Messages {
        /// So many.
        passed: Option<u64>,
    },
    /// Something that nodes printed could not be kept. Changes no verdict.
    OutputLost {
        /// Why.
        reason: Option<Cow<'a, str>>,
    },
    /// Packets could not be kept. Changes no verdict.
    CaptureLost {
        /// Why.
        reason: Option<Cow<'a, str>>,
    },
    /// An auxiliary process was paused to make the nodes elect.
    Provoked {
        /// Which.
        reason: Option<Cow<'a, str>>,
    },
    /// A node sent packets that the network does not carry.
    Uncarried {
        /// Which node.
        node: Option<Cow<'a, str>>,
        /// What they were.
        reason: Option<Cow<'a, str>>,
    },
    /// Something that a node had started and that had left it (a daemon) was paused or ended with it.
    Helper {
        /// Which node.
        node: Option<Cow<'a, str>>,
        /// Which incarnation of it.
        incarnation: Option<u32>,
        /// The fault that did it.
        fault: Option<u32>,
        /// What it was, and what became of it.
        reason: Option<Cow<'a, str>>,
    },
    /// Nodes may write everywhere, although there is a sandbox.
    Unprotected {
        /// Why.
        reason: Option<Cow<'a, str>>,
    },
    /// The run is over.
    End {
        /// How it ended.
        reason: Option<Word<'a, EndReason>>,
    },
    /// Something that this version does not know.
    Other {
        /// What; empty if the line does not say.
        event: Cow<'a, str>,
        /// Whom it is about.
        node: Option<Cow<'a, str>>,
        /// Why.
        reason: Option<Cow<'a, str>>,
    },
}

impl<'a> Record<'a> {
    /// What is so at the instant of its recording.
    pub fn now(entry: impl Into<Entry<'a>>) -> Self {
        Self { t: None, span: None, group: None, entry: entry.into() }
    }

    /// What was so at an instant within this span.
    pub fn during(span: Span, entry: impl Into<Entry<'a>>) -> Self {
        Self { t: None, span: Some(span), group: None, entry: entry.into() }
    }
}

impl<'a> Node<'a> {
    /// An event, with nothing but what every one has.
    pub fn new(node: impl Into<Cow<'a, str>>, incarnation: u32, event: Fate) -> Self {
        Self {
            node: node.into(),
            incarnation: Some(incarnation),
            event: Word::Known(event),
            pid: None,
            status: None,
            signal: None,
            fault: None,
            reason: None,
        }
    }

    /// The process of this incarnation was started.
    pub fn start(node: impl Into<Cow<'a, str>>, incarnation: u32, pid: u32) -> Self {
        Self { pid: Some(pid), ..Self::new(node, incarnation, Fate::Start) }
    }

    /// A stream of the process is at its end.
    pub fn eof(node: impl Into<Cow<'a, str>>, incarnation: u32, stream: Stream) -> Self {
        Self { reason: Some(stream.as_str().into()), ..Self::new(node, incarnation, Fate::Eof) }
    }

    /// Why a process ended, where that is a word of the list.
    pub(crate) fn exit_reason(&self) -> Option<ExitReason> {
        self.reason.as_deref().and_then(|reason| Word::read(reason).known())
    }
}

impl State<'_> {
    /// Keeps something that the history has no field for. A key that it uses itself gets another name, so that a node
    /// cannot write history by its own hand.
    pub fn keep(&mut self, key: &str, value: Value) {
        let key = if crate::line::KEYS.contains(&key) { format!("x-{key}") } else { key.to_owned() };
        self.other.insert(key, value);
    }
}

impl Fault<'_> {
    /// A fault of this number that began or ended so, with nothing that may be left out.
    pub fn new(id: u32, stage: Stage, outcome: Installed) -> Self {
        let (stage, outcome) = (Word::Known(stage), Some(Word::Known(outcome)));
        Self { id, stage, fault: None, nodes: None, links: None, outcome, reason: None, operations: None, lost: None }
    }
}

impl Described {
    /// A fault of a schedule.
    pub fn of(fault: &Planned) -> Option<Self> {
        serde_json::to_value(fault).ok().map(Self)
    }

    /// Whatever stands there.
    pub fn read(value: Value) -> Self {
        Self(value)
    }

    /// As it stands there.
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// `kill`, `cut` …: its `kind`, or all of it where it is a plain string.
    pub fn kind(&self) -> Option<&str> {
        self.0.get("kind").unwrap_or(&self.0).as_str()
    }

    /// It corrupts packets and gives them a checksum that fits.
    pub(crate) fn is_mended(&self) -> bool {
        let effect = self.0.get("effect").unwrap_or(&self.0);
        let mended = effect.get("mended").and_then(Value::as_bool).unwrap_or(false);
        let corrupt = effect.get("corrupt").and_then(Value::as_f64).unwrap_or(1.0);
        mended && corrupt > 0.0
    }

    /// The operation at which it crashes nodes, by its text, and which of these it is.
    pub fn operation(&self) -> Option<(&str, u32)> {
        let text = self.0.get("operation")?.as_str()?;
        let nth = self.0.get("nth").and_then(Value::as_u64).unwrap_or(1);
        Some((text, u32::try_from(nth).ok()?))
    }

    /// It takes the power away as well.
    pub fn is_unplugged(&self) -> bool {
        self.0.get("power_cut").and_then(Value::as_bool).unwrap_or(false)
    }
}

impl Expect<'_> {
    /// What became of a step's condition.
    pub fn of(id: u32, condition: &Condition, outcome: Expectation) -> Self {
        let condition = serde_json::to_value(condition).ok();
        Self { id, condition, outcome: Some(Word::Known(outcome)), reason: None, operations: None }
    }

    /// What became of a step that learns operations.
    pub fn lesson(id: u32, operations: Vec<String>, outcome: Expectation) -> Self {
        let (condition, outcome) = (Some(Value::String("learn".to_owned())), Some(Word::Known(outcome)));
        Self { id, condition, outcome, reason: None, operations: (!operations.is_empty()).then_some(operations) }
    }
}

impl<'a> Harness<'a> {
    /// A phase begins.
    pub fn phase(phase: Phase) -> Self {
        Self::Phase { phase: Some(Word::Known(phase)), nodes: None }
    }

    /// Which event it is, if it is one of the list.
    pub fn event(&self) -> Option<HarnessEvent> {
        Some(match self {
            Self::Phase { .. } => HarnessEvent::Phase,
            Self::Stall { .. } => HarnessEvent::Stall,
            Self::Pressure { .. } => HarnessEvent::Pressure,
            Self::Messages { .. } => HarnessEvent::Messages,
            Self::OutputLost { .. } => HarnessEvent::OutputLost,
            Self::CaptureLost { .. } => HarnessEvent::CaptureLost,
            Self::Provoked { .. } => HarnessEvent::Provoked,
            Self::Uncarried { .. } => HarnessEvent::Uncarried,
            Self::Helper { .. } => HarnessEvent::Helper,
            Self::Unprotected { .. } => HarnessEvent::Unprotected,
            Self::End { .. } => HarnessEvent::End,
            Self::Other { .. } => return None,
        })
    }

    /// Its word.
    pub fn word(&self) -> &str {
        match self {
            Self::Other { event, .. } => event,
            known => known.event().map_or("", HarnessEvent::as_str),
        }
    }

    /// Whom it is about.
    pub fn node(&self) -> Option<&Cow<'a, str>> {
        match self {
            Self::Uncarried { node, .. } | Self::Helper { node, .. } | Self::Other { node, .. } => node.as_ref(),
            _ => None,
        }
    }

    /// Why, in words.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Stall { reason, .. }
            | Self::OutputLost { reason }
            | Self::CaptureLost { reason }
            | Self::Provoked { reason }
            | Self::Uncarried { reason, .. }
            | Self::Helper { reason, .. }
            | Self::Unprotected { reason }
            | Self::Other { reason, .. } => reason.as_deref(),
            Self::End { reason } => reason.as_ref().map(Word::text),
            Self::Phase { .. } | Self::Pressure { .. } | Self::Messages { .. } => None,
        }
    }
}

macro_rules! entries {
    ($($entry:ident),+) => {
        $(impl<'a> From<$entry<'a>> for Entry<'a> {
            fn from(entry: $entry<'a>) -> Self {
                Self::$entry(entry)
            }
        })+
    };
}
entries!(Node, Observe, Voters, Miss, Fault, Link, Expect, Probe, Harness);
