//! What judges see of a history line.

use crate::vocabulary::{EndReason, ExitReason, Phase, Rule};
pub use crate::vocabulary::{Evidence, Installed, Role, Stage};
use crate::word::Word;

/// Not before the first, not after the second: nanoseconds since the run's zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The earliest instant at which it can have been.
    pub earliest: u64,
    /// The latest instant at which it can have been.
    pub latest: u64,
}

impl Span {
    /// A span from two instants in either order: a hostile file must not turn time around.
    pub fn new(a: u64, b: u64) -> Self {
        Self { earliest: a.min(b), latest: a.max(b) }
    }

    /// What is known exactly.
    pub fn at(instant: u64) -> Self {
        Self { earliest: instant, latest: instant }
    }

    /// It certainly was before `other`.
    pub fn before(&self, other: &Self) -> bool {
        self.latest < other.earliest
    }
}

/// A node's number: its place in the header, or beyond that for names that only observations mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(pub u32);

/// One line of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its line in the file; the header is line 1.
    pub line: u64,
    /// When it was recorded, nanoseconds since the run's zero.
    pub t: u64,
    /// What it says.
    pub body: Body,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Something became of a node's process.
    Node(NodeEvent),
    /// A node said or showed its state.
    Observe(Observation),
    /// A node's belief of who votes.
    Voters(VotersEvent),
    /// An observer asked in vain.
    Miss {
        /// Whom it asked.
        node: Name,
    },
    /// A fault was injected or lifted.
    Fault(FaultEvent),
    /// What crossed a link while one rule was in force.
    Link(LinkEvent),
    /// An expectation of the schedule was met or not.
    Expect {
        /// Its step.
        step: u32,
        /// Whether it was met.
        met: bool,
        /// It was of a leader that a majority follows.
        leader: bool,
        /// From when it was waited for until it was met, or was not.
        span: Span,
    },
    /// Something did not run for a while: what was seen then is not to be trusted to that precision.
    Stall(Stall),
    /// How busy the machine was, in shares of the time since the sample before.
    Pressure {
        /// Some task waited for a processor.
        cpu: Option<f64>,
        /// The processors were idle.
        idle: Option<f64>,
    },
    /// How many messages between nodes had crossed the network.
    Messages {
        /// At an instant within this span.
        span: Span,
        /// So many, of the whole run until then.
        passed: u64,
    },
    /// What clients saw: attempts of the probe that ended alike.
    Probe(Attempts),
    /// A phase begins.
    Phase {
        /// Which; none: the line does not say, or has a word that this version does not know.
        phase: Option<Phase>,
        /// For `final`: the chosen nodes; empty means all.
        nodes: Vec<Name>,
    },
    /// The run is over.
    End {
        /// How it ended, or what went wrong.
        reason: Word<'static, EndReason>,
    },
    /// A line of another group than the record is of.
    OtherGroup,
    /// A kind of event that this version does not know.
    Unknown,
}

/// Attempts of the probe, one after the other, that ended alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// From the beginning of the first to the end of the last.
    pub span: Span,
    /// They were answered as a client wants it.
    pub answered: bool,
    /// How many.
    pub count: u64,
    /// How long the longest took, nanoseconds.
    pub slowest: Option<u64>,
}

/// A time in which the harness, a node or the disk did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stall {
    /// A time that certainly contains it.
    pub span: Span,
    /// It was the disk: saves were slow all the time, and how slow nodes' own were is not known.
    pub disk: bool,
}

/// Something became of a node's process.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeEvent {
    /// Which node.
    pub node: Name,
    /// Which incarnation of it, from 1.
    pub incarnation: u32,
    /// When.
    pub span: Span,
    /// What.
    pub what: Life,
    /// The fault that asked for it.
    pub fault: Option<u32>,
    /// The line itself says which incarnation; otherwise it was counted, and a counted one proves nothing.
    pub told: bool,
}

/// What can become of a node's process.
#[derive(Debug, Clone, PartialEq)]
pub enum Life {
    /// It was started.
    Start,
    /// It is ready to take part.
    Ready,
    /// It was paused.
    Stop,
    /// It was continued.
    Continue,
    /// One of its pipes is at its end.
    Eof,
    /// It is over.
    Exit {
        /// Its exit status, if it exited.
        status: Option<i32>,
        /// The signal, if one ended it.
        signal: Option<i32>,
        /// Why, where the harness knows it.
        reason: Option<ExitReason>,
    },
    /// Lines of it were lost.
    Gap,
    /// It ran for all of the span, was not paused, its disk answered, and nothing of this incarnation had been seen by the end of it.
    Silent,
}

/// A node said or showed its state. A field that is `None` is unknown.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Which node.
    pub node: Name,
    /// Which incarnation of it.
    pub incarnation: u32,
    /// The line itself says which; otherwise it was counted, and a counted one proves nothing.
    pub told: bool,
    /// Which observer: its place in [`super::Reader::observers`].
    pub observer: u16,
    /// What it is worth.
    pub evidence: Evidence,
    /// What is shown was made durable first.
    pub durable: bool,
    /// The observer shows every change.
    pub complete: bool,
    /// When the node was in this state (sampled), or came into it (atomic).
    pub span: Span,
    /// Its role.
    pub role: Option<Role>,
    /// Its term.
    pub term: Option<u64>,
    /// Its vote in that term; `Some(None)`: it has not voted. A vote that names no node is unknown.
    pub vote: Option<Option<Name>>,
    /// The leader of that term as it knows it; `Some(None)`: it knows of none. A leader that names no node is unknown.
    pub leader: Option<Option<Name>>,
    /// What stood there when `vote` is unknown because it names no node.
    pub foreign_vote: Option<Name>,
    /// What stood there when `leader` is unknown because it names no node.
    pub foreign_leader: Option<Name>,
    /// A vote or leader is a *name* that no node of the file has. An id that nobody had learnt may well be that of a node.
    pub outsider: bool,
    /// Last term and last index of its log.
    pub log: Option<(u64, u64)>,
    /// The nodes whose granted votes for `term` it has counted.
    pub counted: Vec<Name>,
    /// The last term and last index of the log of the candidate that it granted its vote.
    pub candidate_log: Option<(u64, u64)>,
    /// The process may have written it itself or answered over its own port; see [`super::Observer::may_show_life`].
    pub alive: bool,
    /// It came through a pipe of the process; see [`super::Observer::is_of_a_pipe`].
    pub piped: bool,
    /// Lines of this observer before this one are missing: when they were written.
    pub hole: Option<Span>,
    /// Nobody says who saw it. It may have been an observer that shows every change, and then that one's lines lack it.
    pub stray: bool,
}

impl Body {
    /// When it was, as far as the line can say.
    pub(super) fn moment(&mut self) -> Option<&mut Span> {
        match self {
            Self::Node(event) => Some(&mut event.span),
            Self::Observe(seen) => Some(&mut seen.span),
            Self::Voters(event) => Some(&mut event.span),
            Self::Fault(fault) => Some(&mut fault.span),
            Self::Link(link) => Some(&mut link.span),
            Self::Expect { span, .. } | Self::Messages { span, .. } => Some(span),
            Self::Stall(stall) => Some(&mut stall.span),
            Self::Probe(attempts) => Some(&mut attempts.span),
            Self::Miss { .. }
            | Self::Pressure { .. }
            | Self::Phase { .. }
            | Self::End { .. }
            | Self::OtherGroup
            | Self::Unknown => None,
        }
    }
}

impl Observation {
    /// The hole before it, where the observer says of itself that it shows every change: lines of the node were lost. What
    /// [strays](Self::stray) leaves one, too.
    pub fn gap(&self) -> Option<NodeEvent> {
        let span = self.hole.filter(|_| self.complete).or(self.stray.then_some(self.span))?;
        let Self { node, incarnation, .. } = *self;
        Some(NodeEvent { node, incarnation, span, what: Life::Gap, fault: None, told: false })
    }
}

/// A node's belief of who votes, from then on until its next one or its death.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VotersEvent {
    /// Which node.
    pub node: Name,
    /// Which incarnation of it.
    pub incarnation: u32,
    /// When it came to believe it (atomic), or believed it (sampled).
    pub span: Span,
    /// What it is worth.
    pub evidence: Evidence,
    /// Those that vote; none: unknown.
    pub voters: Option<Vec<Name>>,
    /// Those that voted before, where a majority of both must agree (joint consensus).
    pub outgoing: Vec<Name>,
    /// Those that follow and do not vote.
    pub learners: Vec<Name>,
}

/// A fault was injected or lifted.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultEvent {
    /// Its number; a lift has the number of its injection.
    pub id: u32,
    /// Whether it begins or ends.
    pub stage: Stage,
    /// How that ended.
    pub outcome: Installed,
    /// When it was done.
    pub span: Span,
    /// `kill`, `pause`, `cut` … as the history has it; empty when a lift left it out.
    pub kind: String,
    /// Corruption whose checksum was mended.
    pub mended: bool,
    /// A crash that took the power away as well.
    pub unplugged: bool,
    /// A crash at an operation on a disk: its text, and which of these it was.
    pub operation: Option<(String, u32)>,
    /// The nodes hit.
    pub nodes: Vec<Name>,
    /// The links concerned, as (from, to).
    pub links: Vec<(Name, Name)>,
}

/// What crossed a link while one rule was in force.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkEvent {
    /// The sender.
    pub from: Name,
    /// The receiver.
    pub to: Name,
    /// For how long the rule was in force.
    pub span: Span,
    /// The rule; none: the line does not say.
    pub rule: Option<Word<'static, Rule>>,
    /// Bytes that crossed.
    pub passed: u64,
}

impl LinkEvent {
    /// Nothing was to cross.
    pub fn is_cut(&self) -> bool {
        self.rule.as_ref().is_some_and(|rule| rule.is(Rule::Cut))
    }
}
