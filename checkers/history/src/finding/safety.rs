//! What the checkers of safety find and say: each code with its parameters, its title and its sentence.
//!
//! Times and durations are nanoseconds; moments count from the run's zero.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use super::Circumstance;
use crate::Role;
use crate::numbers::{list, seconds};
use crate::words::parts::circumstances;

/// What broke a promise of safety.
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
        /// The candidates that counted it, in the order of the history.
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
        /// How many votes are a majority of these voters; none in verdicts of earlier versions.
        #[serde(default)]
        needed: u64,
        /// Those whose votes for it were seen.
        #[serde(default)]
        votes: Vec<String>,
        /// Those that had certainly not voted for it by then.
        without_vote: Vec<String>,
        /// The newest votes that are known of these, for others or in older terms.
        #[serde(default)]
        other_votes: Vec<OtherVote>,
    },
    /// Two leaders were named for one term.
    TwoLeadersNamed {
        /// The term.
        term: u64,
        /// Each node that named a leader, with that leader.
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
}

/// What a checker of safety says of a whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, VariantNames, IntoStaticStr)]
#[serde(tag = "code", content = "parameters", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Statement {
    /// `election-safety`: no term had two leaders.
    OneLeaderATerm {
        /// How many terms had one.
        terms: u64,
    },
    /// `term-monotonic`: no node's term went down.
    TermsRose,
    /// `vote-once`: no node voted twice in a term or forgot its vote.
    VotesKept,
    /// `leader-has-majority`: every leader can have had a majority's votes.
    MajoritiesPossible {
        /// How many leaders.
        leaders: u64,
    },
    /// `leader-agreement`: one leader was named for each term.
    OneLeaderNamed {
        /// For how many terms.
        terms: u64,
    },
    /// `lawful-transitions`: every node moved from role to role as it may.
    LawfulMoves,
    /// `no-leader-without-quorum`: for each leader a majority could have voted.
    QuorumsPossible {
        /// How many leaders.
        leaders: u64,
    },
    /// `leader-log`: no leader's log was older than that of a node which voted for it.
    NewestLogs,
}

/// Each code in a few words, without names and numbers: the title of a group of failures, and the table in `docs/verdict.md`.
pub(super) const TITLES: &[(&str, &str)] = &[
    ("two-leaders-in-one-term", "two nodes were elected leader of one term"),
    ("term-fell", "a node's term went down"),
    ("two-votes-in-one-term", "a node voted twice in one term"),
    ("vote-forgotten", "a node had voted and then had no vote in that term"),
    ("vote-counted-twice", "two candidates counted one node's vote of one term"),
    ("counted-vote-lost", "a node came back without a vote that had been counted"),
    ("leader-without-majority", "a leader cannot have had a majority's votes"),
    ("two-leaders-named", "two leaders were named for one term"),
    ("voted-for-another", "a candidate or leader had not voted for itself"),
    ("leader-without-candidacy", "a node became leader without having been candidate"),
    ("won-another-term", "a candidate of one term became leader of another"),
    ("term-changed-while-leading", "a leader's term changed while it led"),
    ("led-again", "a node led a term again after a restart"),
    ("elected-without-quorum", "a node won an election in which no majority could have voted"),
    ("leader-with-older-log", "a leader's log was older than that of a node which voted for it"),
    ("vote-for-older-log", "a node voted for a candidate whose log was older than its own"),
    ("one-leader-a-term", "no term had two leaders"),
    ("terms-rose", "no node's term went down"),
    ("votes-kept", "no node voted twice in a term or forgot its vote"),
    ("majorities-possible", "every leader can have had a majority's votes"),
    ("one-leader-named", "one leader was named for each term"),
    ("lawful-moves", "every node moved from role to role as it may"),
    ("quorums-possible", "for each leader a majority could have voted"),
    ("newest-logs", "no leader's log was older than that of a node which voted for it"),
];

impl Finding {
    /// The sentence for people.
    pub(super) fn sentence(&self, at_the_time: &[Circumstance]) -> String {
        match self {
            Self::TwoLeadersInOneTerm { term, leaders: [first, second] } => {
                let at_the_time = circumstances(at_the_time);
                format!("{first} and {second} were both elected leader of term {term}{at_the_time}.")
            }
            Self::TermFell { node, from, to, restarted } => {
                let later = if *restarted { "after a restart" } else { "later" };
                format!("{node} lost its term: it had reported term {from}, and {later} it reported term {to}.")
            }
            Self::TwoVotesInOneTerm { node, term, votes: [first, second], restarted } => {
                format!("{node} voted for {first} and {} for {second} in term {term}.", then(*restarted))
            }
            Self::VoteForgotten { node, term, vote, restarted } => {
                format!("{node} voted for {vote} in term {term} and {} had no vote in that term.", then(*restarted))
            }
            Self::VoteCountedTwice { node, term, candidates: [first, second] } => {
                format!("{node}'s vote of term {term} was counted by {first} and by {second}.")
            }
            Self::CountedVoteLost { node, term, vote, below, other, faults_known } => {
                let back = below.map(|below| format!("came back at term {below}"));
                let again = other.as_ref().map(|other| format!("voted for {other} in that term"));
                let then: Vec<String> = back.into_iter().chain(again).collect();
                let lost =
                    if *faults_known { "" } else { "; the record does not say whether its data was lost or replaced" };
                format!(
                    "{vote} counted the vote of {node} in term {term}, and after a restart {node} {}{lost}.",
                    then.join(" and ")
                )
            }
            Self::LeaderWithoutMajority { .. } => self.of_a_majority(),
            Self::TwoLeadersNamed { term, named: [first, second] } => {
                format!("{}, and {}.", says(first, *term), says(second, *term))
            }
            Self::VotedForAnother { .. }
            | Self::LeaderWithoutCandidacy { .. }
            | Self::WonAnotherTerm { .. }
            | Self::TermChangedWhileLeading { .. }
            | Self::LedAgain { .. } => self.of_a_move(),
            Self::ElectedWithoutQuorum { leader, term, won, took, out_of_reach, in_reach } => format!(
                "{leader} became leader of term {term} at {}, {} after its candidacy began, though {} could not have voted \
             all that time. That leaves only {} of {} voters",
                seconds(*won),
                seconds(*took),
                list(out_of_reach),
                list(in_reach),
                out_of_reach.len() + in_reach.len(),
            ),
            Self::LeaderWithOlderLog { leader, term, log, voter, voter_log } => format!(
                "{leader} was elected leader of term {term} with an older log ({}) than that of {voter}, which voted for it \
             ({}).",
                log_of(*log),
                log_of(*voter_log),
            ),
            Self::VoteForOlderLog { node, term, candidate, log, candidate_log } => format!(
                "{node} voted for {candidate} in term {term}, whose log was older ({}) than its own ({}).",
                log_of(*candidate_log),
                log_of(*log),
            ),
        }
    }

    /// What `leader-has-majority` finds.
    fn of_a_majority(&self) -> String {
        let Self::LeaderWithoutMajority {
            leader,
            term,
            voters,
            configurations,
            needed,
            votes,
            without_vote,
            other_votes,
        } = self
        else {
            return String::new();
        };
        let majority = match configurations {
            0 | 1 => format!("a majority of the {voters} voters"),
            several => format!("a majority in any of the {several} configurations that may have been in force"),
        };
        let most = voters.saturating_sub(without_vote.len() as u64);
        let had = match (configurations, needed) {
            (2.., _) | (_, 0) => String::new(),
            _ if most == 0 => format!(" it had no vote, and {needed} are needed."),
            // Whether the others had voted is not known.
            _ if votes.len() as u64 != most => format!(" it had {most} votes at most, and {needed} are needed."),
            _ => {
                let s = if most == 1 { "" } else { "s" };
                format!(" it had {most} vote{s} ({}), and {needed} are needed.", list(votes))
            }
        };
        let with_vote = |node: &String| match other_votes.iter().find(|other| other.node == *node) {
            Some(OtherVote { vote, term: of, .. }) => {
                let vote = if vote == node { "itself" } else { vote };
                format!("{node} (which had voted for {vote} in term {of})")
            }
            None => node.clone(),
        };
        let out: Vec<String> = without_vote.iter().map(with_vote).collect();
        let out = list(&out);
        format!("{leader} became leader of term {term} without {majority}:{had} {out} had not voted for it by then.")
    }

    /// What `lawful-transitions` finds.
    fn of_a_move(&self) -> String {
        match self {
            Self::VotedForAnother { node, term, role, vote } => {
                let role = if *role == Role::Leader { "leader" } else { "candidate" };
                let vote = vote.as_ref().map_or("had not voted".to_owned(), |vote| format!("had voted for {vote}"));
                format!("{node} was {role} of {} and {vote} instead of for itself.", of(*term))
            }
            Self::LeaderWithoutCandidacy { node, term } => {
                format!("{node} became leader of {} without having been its candidate.", of(*term))
            }
            Self::WonAnotherTerm { node, candidate_of, term } => {
                format!("{node} was candidate of term {candidate_of} and became leader of {}.", of(*term))
            }
            Self::TermChangedWhileLeading { node, from, term } => {
                format!("{node} led term {from} and continued to lead in {}.", of(*term))
            }
            Self::LedAgain { node, term } => {
                format!("{node} led {}, was restarted, and led the same term again.", of(*term))
            }
            _ => String::new(),
        }
    }

    /// What else tells two bugs with this code apart and is not chance: see [`super::Finding::details`].
    pub(super) fn detail(&self) -> Option<String> {
        match self {
            Self::TermFell { restarted: true, .. }
            | Self::TwoVotesInOneTerm { restarted: true, .. }
            | Self::VoteForgotten { restarted: true, .. } => Some("restarted".to_owned()),
            Self::VotedForAnother { role, vote, .. } => {
                Some(format!("{}-{}", role.as_str(), if vote.is_some() { "for-another" } else { "for-nobody" }))
            }
            _ => None,
        }
    }
}

impl Statement {
    /// The sentence for people.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::OneLeaderATerm { terms: 0 } => "no term had a leader".to_owned(),
            Self::OneLeaderATerm { terms: 1 } => "one term had a leader, and only one".to_owned(),
            Self::OneLeaderATerm { terms } => format!("{terms} terms had a leader, and none had two"),
            Self::TermsRose => "no node's term went down".to_owned(),
            Self::VotesKept => "no node voted twice in a term or forgot its vote".to_owned(),
            Self::MajoritiesPossible { leaders: 0 } | Self::QuorumsPossible { leaders: 0 } => {
                "no node was seen to be elected".to_owned()
            }
            Self::MajoritiesPossible { leaders: 1 } => "the leader can have had a majority's votes".to_owned(),
            Self::MajoritiesPossible { leaders } => format!("{leaders} leaders can have had a majority's votes"),
            Self::OneLeaderNamed { terms: 0 } => "no leader was named".to_owned(),
            Self::OneLeaderNamed { terms: 1 } => "one leader was named for the one term".to_owned(),
            Self::OneLeaderNamed { terms } => format!("one leader was named for each of {terms} terms"),
            Self::LawfulMoves => "every node moved from role to role as Raft allows".to_owned(),
            Self::QuorumsPossible { leaders: 1 } => "for the leader a majority could have voted".to_owned(),
            Self::QuorumsPossible { leaders } => format!("for each of {leaders} leaders a majority could have voted"),
            Self::NewestLogs => "no leader's log was older than that of a node which voted for it".to_owned(),
        }
    }
}

/// The newest vote that is known of a voter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherVote {
    /// The voter.
    pub node: String,
    /// For whom it voted.
    pub vote: String,
    /// In which term.
    pub term: u64,
}

/// A node names a leader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Naming {
    /// The node that names it.
    pub by: String,
    /// The leader that it names; itself where it leads.
    pub leader: String,
}

fn one() -> u64 {
    1
}

fn then(restarted: bool) -> &'static str {
    if restarted { "after a restart" } else { "then" }
}

fn says(naming: &Naming, term: u64) -> String {
    let Naming { by, leader } = naming;
    if by == leader {
        format!("{by} says that it leads term {term}")
    } else {
        format!("{by} names {leader} as leader of term {term}")
    }
}

fn of(term: Option<u64>) -> String {
    term.map_or("an unknown term".to_owned(), |term| format!("term {term}"))
}

fn log_of([term, index]: [u64; 2]) -> String {
    format!("last term {term}, last index {index}")
}
