//! What the checkers of liveness find and say: each code with its parameters, its title and its sentence.
//!
//! Times and durations are nanoseconds; moments count from the run's zero.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use super::Circumstance;
use crate::numbers::{list, seconds, share};
use crate::words::parts::beliefs;

/// What broke a promise of liveness.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, VariantNames, IntoStaticStr)]
#[serde(tag = "code", content = "parameters", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Finding {
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
        /// The node that led it.
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
        /// The node that campaigned.
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
    /// A cluster to which nothing happened made more remote calls than it claims.
    TooManyCallsWhenIdle {
        /// How many.
        calls: u64,
        /// How many it may make in that time.
        allowed: u64,
        /// The node that led all the time.
        leader: String,
        /// When it was counted from.
        from: u64,
        /// Until when.
        to: u64,
    },
    /// A cluster made more remote calls up to its first leader than it claims.
    TooManyCallsToElect {
        /// How many.
        calls: u64,
        /// How many it may make.
        allowed: u64,
        /// The node that it elected.
        leader: String,
        /// Of which term.
        term: u64,
    },
    /// In the final phase not all nodes named an effective leader within the bound.
    NoFinalLeader {
        /// The nodes that should have one.
        members: Vec<String>,
        /// The bound.
        bound: u64,
        /// When it counts from.
        from: u64,
    },
}

/// What a checker of liveness says of a whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, VariantNames, IntoStaticStr)]
#[serde(tag = "code", content = "parameters", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Statement {
    /// `re-election`: no window went without a leader for too long.
    LeadersInTime {
        /// Windows in which a leader was seen.
        passed: u64,
        /// All windows.
        windows: u64,
        /// Windows that ended before a leader was owed.
        untested: u64,
        /// Windows that stalls split.
        #[serde(default)]
        split: u64,
        /// Within what time a leader was owed.
        #[serde(default)]
        bound: Option<u64>,
        /// The system claims a share of the time: how much of it could be judged, and of how much at least anything is said.
        #[serde(default)]
        availability: Option<[u64; 2]>,
    },
    /// `re-election`: windows went without a leader for too long, but the harness was stalled in them.
    StalledWindows {
        /// How many.
        windows: u64,
        /// The bound.
        bound: u64,
    },
    /// `re-election`: of some windows too little was seen to say whether they had a leader.
    UndecidedWindows {
        /// How many.
        undecided: u64,
        /// All windows.
        windows: u64,
        /// Where the first of them begins.
        from: u64,
        /// Where it ends.
        to: u64,
        /// Every observer prints transitions only, and not all of them.
        #[serde(default)]
        transitions_only: bool,
    },
    /// `stability`: the term of a healthy cluster changed no more often than its claim allows.
    Stable {
        /// Changes of term.
        changes: u64,
        /// Windows of full health.
        windows: u64,
    },
    /// `message-budget`: the cluster made no more remote calls than it claims.
    CallsWithinBudget {
        /// Up to the first leader, where that was counted.
        first: Option<u64>,
        /// The most in an idle second.
        most: u64,
        /// How many idle seconds were looked at.
        seconds: u64,
    },
    /// `final-leader`: at the end every running node named one leader.
    FinalLeader {
        /// The leader.
        leader: String,
        /// Its term, if it is known.
        term: Option<u64>,
    },
    /// `final-leader`: the final phase was shorter than the bound.
    FinalPhaseTooShort {
        /// The bound.
        bound: u64,
    },
    /// `final-leader`: in the final phase the nodes were not certainly up and linked for as long as the bound.
    FinalPhaseUnsettled {
        /// The bound.
        bound: u64,
    },
    /// `final-leader`: the harness was stalled in the final phase.
    FinalPhaseStalled,
    /// `final-leader`: too little was seen of the nodes.
    FinalLeaderUndecided,
}

/// Each code in a few words, without names and numbers: the title of a group of failures, and the table in `docs/verdict.md`.
pub(super) const TITLES: &[(&str, &str)] = &[
    ("no-leader-within-bound", "a majority had no effective leader for longer than the bound"),
    ("too-seldom-led", "a leader came again and again, and there was one for less of the time than claimed"),
    ("term-rose-in-health", "the term of a healthy cluster rose more often than allowed"),
    ("healthy-leader-unseated", "a node that no other could have answered unseated a healthy leader"),
    ("too-many-calls-when-idle", "an idle cluster made more remote calls than it claims"),
    ("too-many-calls-to-elect", "a cluster made more remote calls up to its first leader than it claims"),
    ("no-final-leader", "at the end not all nodes named an effective leader within the bound"),
    ("leaders-in-time", "no window went without a leader for too long"),
    ("stalled-windows", "a window went without a leader for too long, but the harness was stalled in it"),
    ("undecided-windows", "too little was seen of a window to say whether it had a leader"),
    ("stable", "the term of the healthy cluster changed no more often than allowed"),
    ("calls-within-budget", "the cluster made no more remote calls than it claims"),
    ("final-leader", "at the end every running node named one leader"),
    ("final-phase-too-short", "the final phase was shorter than the bound"),
    ("final-phase-unsettled", "in the final phase a majority was not certainly up and linked for the bound"),
    ("final-phase-stalled", "the harness was stalled in the final phase"),
    ("final-leader-undecided", "too little was seen to say whether all named one leader at the end"),
];

impl Finding {
    /// The sentence for people.
    pub(super) fn sentence(&self, at_the_time: &[Circumstance]) -> String {
        match self {
            Self::NoLeaderWithinBound { from, to, bound, members, stalled } => format!(
                "no effective leader for {} (bound {}{}) from {} to {} although {} were up and linked; {}",
                seconds(to.saturating_sub(*from)),
                seconds(*bound),
                if *stalled == 0 { String::new() } else { format!("; {} of it stalled", seconds(*stalled)) },
                seconds(*from),
                seconds(*to),
                list(members),
                beliefs(at_the_time),
            ),
            Self::TooSeldomLed { led, of, claimed_per_mille, from, to } => format!(
                "there was a leader for only {} of {} in which there had to be one ({} % claimed), though one came again and \
             again. The longest time without one was from {} to {}; {}",
                share(*led as f64 / (*of).max(1) as f64),
                seconds(*of),
                *claimed_per_mille as f64 / 10.0,
                seconds(*from),
                seconds(*to),
                beliefs(at_the_time),
            ),
            Self::TermRoseInHealth { times, allowed, from_term, leader, to_term, from, to } => format!(
                "the term rose {times} times (allowed: {allowed}), from {from_term} under {leader} to {to_term}, between {} \
             and {}. All voters were up and linked, and nothing was done to them",
                seconds(*from),
                seconds(*to),
            ),
            Self::HealthyLeaderUnseated { outsider, campaigned_to, since, leader, term, at, members } => format!(
                "{outsider} campaigned up to term {campaigned_to} from {} on, though no majority could have answered it. At \
             {} that unseated {leader}, the leader of term {term}, although {} were up, linked and of one mind",
                seconds(*since),
                seconds(*at),
                list(members),
            ),
            Self::TooManyCallsWhenIdle { calls, allowed, leader, from, to } => format!(
                "the nodes made {calls} remote calls (allowed: {allowed}) between {} and {}, although {leader} led all the time \
                 and nothing happened",
                seconds(*from),
                seconds(*to),
            ),
            Self::TooManyCallsToElect { calls, allowed, leader, term } => format!(
                "the nodes made {calls} remote calls (allowed: {allowed}) until their first leader was elected, {leader} of term \
                 {term}"
            ),
            Self::NoFinalLeader { members, bound, from } => format!(
                "in the final phase {} did not all name an effective leader within {} from {}; at the end of it {}",
                list(members),
                seconds(*bound),
                seconds(*from),
                beliefs(at_the_time),
            ),
        }
    }
}

impl Statement {
    /// The sentence for people.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::LeadersInTime { passed, windows, untested, split, availability, .. } => {
                let by_stalls = match split {
                    0 => String::new(),
                    1 => "; a stall split 1 of them".to_owned(),
                    split => format!("; stalls split {split} of them"),
                };
                let (s, each) = match windows {
                    1 => ("", "it".to_owned()),
                    _ if passed == windows => ("s", "each".to_owned()),
                    _ => ("s", passed.to_string()),
                };
                let short = match untested {
                    0 => String::new(),
                    1 => "; 1 was too short to judge".to_owned(),
                    more => format!("; {more} were too short to judge"),
                };
                let share = match availability {
                    Some([of, least]) if of < least => {
                        format!("; the claimed availability is untested: {} of {}", seconds(*of), seconds(*least))
                    }
                    Some(_) => "; the claimed availability was kept".to_owned(),
                    None => String::new(),
                };
                format!("{windows} period{s} with a healthy majority: a leader in {each}{short}{by_stalls}{share}")
            }
            Self::StalledWindows { windows, bound } => {
                let (words, them) = if *windows == 1 { ("window", "it") } else { ("windows", "them") };
                format!(
                    "{windows} {words} went without a leader for longer than {}, but the harness was stalled in {them}",
                    seconds(*bound)
                )
            }
            Self::UndecidedWindows { undecided, windows, from, to, transitions_only } => format!(
                "{undecided} of {windows} windows cannot be decided: from {} to {} too little was seen of the nodes to say \
             whether they had a leader{}",
                seconds(*from),
                seconds(*to),
                if *transitions_only {
                    ". The system prints only transitions, and not all of them: that shows when a state began, and not how long it \
                 lasted. Add a poll to its file (an observer of kind `http`, `status` or `exec`). Or add to the \
                 schedule an expectation of a leader in each such window"
                } else {
                    ""
                }
            ),
            Self::Stable { changes, windows } => {
                format!("{changes} changes of term in {windows} windows of full health")
            }
            Self::CallsWithinBudget { first, most, seconds } => {
                let first =
                    first.map_or(String::new(), |first| format!("{first} remote calls up to the first leader; "));
                format!("{first}at most {most} in each of {seconds} idle seconds")
            }
            Self::FinalLeader { leader, term } => {
                let term = term.map_or(String::new(), |term| format!(" of term {term}"));
                format!("at the end every running node named {leader} as the leader{term}")
            }
            Self::FinalPhaseTooShort { bound } => {
                format!("untested: the final phase was shorter than the bound ({})", seconds(*bound))
            }
            Self::FinalPhaseUnsettled { bound } => format!(
                "untested: in the final phase the nodes were not certainly up and linked for as long as the bound ({})",
                seconds(*bound)
            ),
            Self::FinalPhaseStalled => "untested: the harness was stalled in the final phase".to_owned(),
            Self::FinalLeaderUndecided => {
                "too little was seen of the nodes to say whether they all named one leader at the end".to_owned()
            }
        }
    }
}
