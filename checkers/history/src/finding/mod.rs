//! What is found wrong with a run, as values.
//!
//! A [`Finding`] is what broke a promise, a [`Statement`] what a checker says of the whole run, a [`Reservation`] what must be
//! said beside the verdict, a [`Circumstance`] what was so at the time. Each is a *code* and its *parameters*. The code is
//! stable, in kebab-case, and means the same in every version; whoever decides something (an exit code, a group of failures, the class of a
//! test case) decides by it. The sentences that people read are rendered from these values in [`crate::words`],
//! and nothing reads them back.
//!
//! In JSON a value stands as `"code": "term-fell", "parameters": {"node": "n1", "from": 7, "to": 6, "restarted": false}`. Files of
//! other versions are read leniently: a code that this version does not know is kept as it is ([`Foreign`]), and a file from
//! before there were codes has none.
//!
//! A new code is a variant here, a sentence and a title in [`crate::words`], and a line in the table of `docs/verdict.md`;
//! tests hold the three against each other.

mod circumstance;
mod reservation;
mod statement;
mod trouble;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{IntoStaticStr, VariantNames};

pub use circumstance::{Belief, Circumstance};
pub use reservation::{LeftOpen, Reservation, Safety};
pub use statement::{Lack, Statement, Unjudged};
pub use trouble::{Lost, Trouble};

use crate::Role;

/// The words of an enum's variants but the last, which stands for what is not known.
const fn known(all: &'static [&'static str]) -> &'static [&'static str] {
    match all.split_last() {
        Some((_, known)) => known,
        None => all,
    }
}

/// Which kind of promise a checker watches over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Something bad never happens.
    Safety,
    /// Something good happens in time.
    Liveness,
    /// Whether the run can be trusted, and whether its processes survived.
    #[default]
    Trust,
}

impl Kind {
    /// The kind of a checker in files of versions that did not write it. Checkers that came later need not be here: their
    /// kind stands in their own row, and in what they write.
    pub fn unwritten(checker: &str) -> Self {
        match checker {
            "election-safety"
            | "term-monotonic"
            | "vote-once"
            | "leader-has-majority"
            | "leader-agreement"
            | "lawful-transitions"
            | "no-leader-without-quorum"
            | "leader-log" => Self::Safety,
            "re-election" | "stability" | "final-leader" => Self::Liveness,
            _ => Self::Trust,
        }
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safety => "safety",
            Self::Liveness => "liveness",
            Self::Trust => "trust",
        }
    }
}

/// What broke a promise. Times and durations are nanoseconds; moments count from the run's zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, VariantNames, IntoStaticStr)]
#[serde(tag = "code", content = "parameters", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Finding {
    /// Two nodes were elected leader of one term.
    TwoLeadersInOneTerm {
        /// The term.
        term: u64,
        /// Both of them, in the order of the history.
        leaders: [String; 2],
    },
    /// A node's term went down.
    TermFell {
        /// The node.
        node: String,
        /// The higher term, which it showed first.
        from: u64,
        /// The lower one.
        to: u64,
        /// Another incarnation showed the lower one.
        restarted: bool,
    },
    /// A node voted for two candidates of one term.
    TwoVotesInOneTerm {
        /// The node.
        node: String,
        /// The term.
        term: u64,
        /// For whom it voted, in the order of its stream.
        votes: [String; 2],
        /// Another incarnation showed the second vote.
        restarted: bool,
    },
    /// A node had voted and then had no vote in the same term.
    VoteForgotten {
        /// The node.
        node: String,
        /// The term.
        term: u64,
        /// For whom it had voted.
        vote: String,
        /// Another incarnation had forgotten it.
        restarted: bool,
    },
    /// Two candidates counted one voter's vote of one term.
    VoteCountedTwice {
        /// The voter.
        node: String,
        /// The term.
        term: u64,
        /// Who counted it, in the order of the history.
        candidates: [String; 2],
    },
    /// A voter came back without a vote that a candidate had counted.
    CountedVoteLost {
        /// The voter.
        node: String,
        /// The term.
        term: u64,
        /// For whom it had voted, who counted it.
        vote: String,
        /// The term at which it came back, where that is lower.
        below: Option<u64>,
        /// For whom it voted in the same term then.
        other: Option<String>,
        /// The record says what was done to the cluster; else nobody knows whether data was lost or replaced.
        faults_known: bool,
    },
    /// A leader cannot have had the votes of a majority.
    LeaderWithoutMajority {
        /// The leader.
        leader: String,
        /// Its term.
        term: u64,
        /// How many voters there are; of several configurations that may have been in force, in the smallest.
        voters: u64,
        /// How many configurations of voters may have been in force.
        #[serde(default = "one")]
        configurations: u64,
        /// Those that had certainly not voted for it by then.
        without_vote: Vec<String>,
    },
    /// Two leaders were named for one term.
    TwoLeadersNamed {
        /// The term.
        term: u64,
        /// Who named whom.
        named: [Naming; 2],
    },
    /// A candidate or leader had not voted for itself.
    VotedForAnother {
        /// The node.
        node: String,
        /// Its term, if it is known.
        term: Option<u64>,
        /// What it was.
        role: Role,
        /// For whom it had voted; none: for nobody.
        vote: Option<String>,
    },
    /// A node became leader without having been candidate.
    LeaderWithoutCandidacy {
        /// The node.
        node: String,
        /// The term that it led, if it is known.
        term: Option<u64>,
    },
    /// A candidate of one term became leader of another.
    WonAnotherTerm {
        /// The node.
        node: String,
        /// The term of its candidacy.
        candidate_of: u64,
        /// The term that it led, if it is known.
        term: Option<u64>,
    },
    /// A leader's term changed while it led.
    TermChangedWhileLeading {
        /// The node.
        node: String,
        /// The term that it led first.
        from: u64,
        /// The term that it led then, if it is known.
        term: Option<u64>,
    },
    /// The leader of a term led it again after a restart.
    LedAgain {
        /// The node.
        node: String,
        /// The term, if it is known.
        term: Option<u64>,
    },
    /// A node won an election in which no majority could have voted.
    ElectedWithoutQuorum {
        /// The leader.
        leader: String,
        /// Its term.
        term: u64,
        /// When it was seen to have won.
        won: u64,
        /// How long after its candidacy began that was.
        took: u64,
        /// The voters that could not have voted all that time.
        out_of_reach: Vec<String>,
        /// The voters that are left, itself included.
        in_reach: Vec<String>,
    },
    /// A leader's log was older than that of a node which voted for it.
    LeaderWithOlderLog {
        /// The leader.
        leader: String,
        /// Its term.
        term: u64,
        /// Its last term and last index.
        log: [u64; 2],
        /// The voter.
        voter: String,
        /// The voter's last term and last index.
        voter_log: [u64; 2],
    },
    /// A node granted its vote to a candidate whose log was older than its own.
    VoteForOlderLog {
        /// The voter.
        node: String,
        /// The term.
        term: u64,
        /// The candidate.
        candidate: String,
        /// The voter's last term and last index.
        log: [u64; 2],
        /// The candidate's.
        candidate_log: [u64; 2],
    },
    /// A majority that could elect a leader had none for longer than the bound.
    NoLeaderWithinBound {
        /// Since when there was none.
        from: u64,
        /// Until when.
        to: u64,
        /// The bound.
        bound: u64,
        /// The majority.
        members: Vec<String>,
        /// How much of the time was stalled and does not count.
        #[serde(default)]
        stalled: u64,
    },
    /// A leader came again and again, and there was one for a smaller share of the time than the system claims.
    TooSeldomLed {
        /// How long there was, or may have been, a leader.
        led: u64,
        /// Of how much time.
        of: u64,
        /// The share that is claimed, in thousandths.
        claimed_per_mille: u64,
        /// Since when there was none, for the longest time.
        from: u64,
        /// Until when.
        to: u64,
    },
    /// The term of a healthy cluster rose more often than its claim allows.
    TermRoseInHealth {
        /// How often.
        times: u64,
        /// How often it may.
        allowed: u64,
        /// The term at first.
        from_term: u64,
        /// Who led it.
        leader: String,
        /// The term at last.
        to_term: u64,
        /// When it was counted from.
        from: u64,
        /// Until when.
        to: u64,
    },
    /// A node that nobody could have encouraged unseated a healthy leader.
    HealthyLeaderUnseated {
        /// Who campaigned.
        outsider: String,
        /// Up to this term.
        campaigned_to: u64,
        /// Since when.
        since: u64,
        /// The leader.
        leader: String,
        /// The leader's term.
        term: u64,
        /// When it gave way.
        at: u64,
        /// The healthy majority.
        members: Vec<String>,
    },
    /// In the final phase not all nodes named an effective leader within the bound.
    NoFinalLeader {
        /// Who should have.
        members: Vec<String>,
        /// The bound.
        bound: u64,
        /// When it counts from.
        from: u64,
    },
    /// A node that had been ready died, and no fault had asked for it.
    DiedUnasked {
        /// The node.
        node: String,
        /// Which incarnation of it.
        incarnation: u32,
        /// How it ended.
        exit: Exit,
    },
    /// A node ended before it was ready: the harness or its environment failed.
    NotReady {
        /// The node.
        node: String,
        /// Which incarnation of it.
        incarnation: u32,
        /// How it ended.
        exit: Exit,
    },
    /// A node's process put itself into the background: the harness was told to run it wrongly.
    ForkedAway {
        /// The node.
        node: String,
        /// Which incarnation of it.
        incarnation: u32,
    },
    /// A node died for want of something that its machine had run out of.
    Starved {
        /// The node.
        node: String,
        /// Which incarnation of it.
        incarnation: u32,
        /// How it ended.
        exit: Exit,
        /// Of what.
        of: Lacked,
    },
    /// A node died under a fault of a kind that nobody knows, which may have asked for it.
    DiedUnderUnknownFault {
        /// The node.
        node: String,
        /// Which incarnation of it.
        incarnation: u32,
        /// How it ended.
        exit: Exit,
        /// The kind of the fault.
        fault: String,
    },
    /// A code of another version, or none.
    #[serde(untagged)]
    Foreign(Foreign),
}

fn one() -> u64 {
    1
}

/// A code that this version does not know, with whatever stands beside it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Foreign {
    /// The code; none in files from before there were codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
}

/// A node names a leader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Naming {
    /// Who names it.
    pub by: String,
    /// Whom; itself where it leads.
    pub leader: String,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// A signal ended it.
    Signal(i32),
    /// It exited with this status.
    Status(i32),
    /// The history does not say.
    Unknown,
}

/// What a machine can run out of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lacked {
    /// Memory.
    Memory,
    /// Room on a disk.
    Disk,
}

impl Default for Finding {
    fn default() -> Self {
        Self::Foreign(Foreign::default())
    }
}

impl Finding {
    /// All codes of this version.
    pub const CODES: &'static [&'static str] = known(Self::VARIANTS);

    /// The code; none in files from before there were codes.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Foreign(foreign) => foreign.code.as_deref(),
            known => Some(known.into()),
        }
    }

    /// What else tells two bugs with this code apart and is not chance, as short words: a vote that was lost across a
    /// restart is another bug than one that was lost without. Names, terms and times are chance.
    pub fn details(&self) -> Vec<String> {
        let restarted = |restarted: &bool| restarted.then(|| "restarted".to_owned());
        let detail = match self {
            Self::TermFell { restarted: again, .. }
            | Self::TwoVotesInOneTerm { restarted: again, .. }
            | Self::VoteForgotten { restarted: again, .. } => restarted(again),
            Self::VotedForAnother { role, vote, .. } => {
                Some(format!("{}-{}", role.as_str(), if vote.is_some() { "for-another" } else { "for-nobody" }))
            }
            Self::DiedUnasked { exit, .. } | Self::NotReady { exit, .. } | Self::DiedUnderUnknownFault { exit, .. } => {
                match exit {
                    Exit::Signal(signal) => Some(format!("signal-{signal}")),
                    Exit::Status(status) => Some(format!("status-{status}")),
                    Exit::Unknown => None,
                }
            }
            Self::Starved { of: Lacked::Memory, .. } => Some("memory".to_owned()),
            Self::Starved { of: Lacked::Disk, .. } => Some("disk".to_owned()),
            _ => None,
        };
        detail.into_iter().collect()
    }
}
