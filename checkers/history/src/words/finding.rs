//! The sentences of findings.

use super::{beliefs, circumstances, list, seconds};
use crate::Role;
use crate::finding::{Circumstance, Exit, Finding, Lacked, Naming};

/// The sentence; none for a finding of another version.
pub(super) fn sentence(finding: &Finding, at_the_time: &[Circumstance]) -> Option<String> {
    Some(match finding {
        Finding::TwoLeadersInOneTerm { term, leaders: [first, second] } => {
            let at_the_time = circumstances(at_the_time);
            format!("{first} and {second} were both elected leader of term {term}{at_the_time}.")
        }
        Finding::TermFell { node, from, to, restarted } => {
            let again = if *restarted { "came back after a restart" } else { "later" };
            format!("{node} was at term {from} and {again} at term {to}.")
        }
        Finding::TwoVotesInOneTerm { node, term, votes: [first, second], restarted } => {
            format!("{node} voted for {first} and {} for {second} in term {term}.", then(*restarted))
        }
        Finding::VoteForgotten { node, term, vote, restarted } => {
            format!("{node} voted for {vote} in term {term} and {} had no vote in that term.", then(*restarted))
        }
        Finding::VoteCountedTwice { node, term, candidates: [first, second] } => {
            format!("{node}'s vote of term {term} was counted by {first} and by {second}.")
        }
        Finding::CountedVoteLost { node, term, vote, below, other, faults_known } => {
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
        Finding::VoteForOlderLog { node, term, candidate, log, candidate_log } => format!(
            "{node} voted for {candidate} in term {term}, whose log was older ({}) than its own ({}).",
            self::log(*candidate_log),
            self::log(*log),
        ),
        Finding::LeaderWithoutMajority { leader, term, voters, configurations, without_vote } => {
            let majority = match configurations {
                0 | 1 => format!("a majority of the {voters} voters"),
                several => format!("a majority in any of the {several} configurations that may have been in force"),
            };
            let out = list(without_vote);
            format!("{leader} became leader of term {term} without {majority}: {out} had not voted for it by then.")
        }
        Finding::TwoLeadersNamed { term, named: [first, second] } => {
            format!("{}, and {}.", says(first, *term), says(second, *term))
        }
        Finding::LeaderWithOlderLog { leader, term, log, voter, voter_log } => format!(
            "{leader} was elected leader of term {term} with an older log ({}) than that of {voter}, which voted for it \
             ({}).",
            self::log(*log),
            self::log(*voter_log),
        ),
        Finding::TooSeldomLed { led, of, claimed_per_mille, from, to } => format!(
            "there was a leader for only {} of {} in which one was owed ({} % claimed), though one came again and again; none \
             for the longest from {} to {}; {}",
            super::percent(*led as f64 / (*of).max(1) as f64),
            seconds(*of),
            *claimed_per_mille as f64 / 10.0,
            seconds(*from),
            seconds(*to),
            beliefs(at_the_time),
        ),
        Finding::ElectedWithoutQuorum { .. } | Finding::NoLeaderWithinBound { .. } | Finding::NoFinalLeader { .. } => {
            of_a_majority(finding, at_the_time)?
        }
        Finding::TermRoseInHealth { .. } | Finding::HealthyLeaderUnseated { .. } => of_a_healthy_cluster(finding)?,
        Finding::DiedUnasked { node, incarnation, exit } => {
            format!("{} {}, and no fault had asked for it.", life(node, *incarnation), how(*exit))
        }
        Finding::NotReady { node, incarnation, exit } => {
            format!("harness failure: {} {} before it was ready.", life(node, *incarnation), how(*exit))
        }
        Finding::ForkedAway { node, incarnation } => {
            format!("harness failure: {} forked away; run it in the foreground.", life(node, *incarnation))
        }
        Finding::Starved { node, incarnation, exit, of } => {
            let lacked = match of {
                Lacked::Memory => "the machine had run out of memory",
                Lacked::Disk => "there was no room left on the disk",
            };
            format!("harness failure: {} {} when {lacked}.", life(node, *incarnation), how(*exit))
        }
        Finding::DiedUnderUnknownFault { node, incarnation, exit, fault } => format!(
            "{} {} under a fault {fault:?}: nobody knows what that does, so it may have asked for it.",
            life(node, *incarnation),
            how(*exit),
        ),
        Finding::VotedForAnother { .. }
        | Finding::LeaderWithoutCandidacy { .. }
        | Finding::WonAnotherTerm { .. }
        | Finding::TermChangedWhileLeading { .. }
        | Finding::LedAgain { .. } => of_a_move(finding)?,
        Finding::Foreign(_) => return None,
    })
}

/// What `lawful-transitions` finds.
fn of_a_move(finding: &Finding) -> Option<String> {
    let of = |term: &Option<u64>| term.map_or("an unknown term".to_owned(), |term| format!("term {term}"));
    Some(match finding {
        Finding::VotedForAnother { node, term, role, vote } => {
            let role = if *role == Role::Leader { "leader" } else { "candidate" };
            let vote = vote.as_ref().map_or("had not voted".to_owned(), |vote| format!("had voted for {vote}"));
            format!("{node} was {role} of {} and {vote} instead of for itself.", of(term))
        }
        Finding::LeaderWithoutCandidacy { node, term } => {
            format!("{node} became leader of {} without having been its candidate.", of(term))
        }
        Finding::WonAnotherTerm { node, candidate_of, term } => {
            format!("{node} was candidate of term {candidate_of} and became leader of {}.", of(term))
        }
        Finding::TermChangedWhileLeading { node, from, term } => {
            format!("{node} led term {from} and went on leading in {}.", of(term))
        }
        Finding::LedAgain { node, term } => {
            format!("{node} led {}, was restarted, and led the same term again.", of(term))
        }
        _ => return None,
    })
}

/// What is found of a majority that could, or could not, elect a leader.
fn of_a_majority(finding: &Finding, at_the_time: &[Circumstance]) -> Option<String> {
    Some(match finding {
        Finding::ElectedWithoutQuorum { leader, term, won, took, out_of_reach, in_reach } => format!(
            "{leader} became leader of term {term} at {}, {} after its candidacy began, though {} could not have voted \
             all that time, which leaves only {} of {} voters",
            seconds(*won),
            seconds(*took),
            list(out_of_reach),
            list(in_reach),
            out_of_reach.len() + in_reach.len(),
        ),
        Finding::NoLeaderWithinBound { from, to, bound, members, stalled } => format!(
            "no effective leader for {} (bound {}{}) from {} to {} although {} were up and linked; {}",
            seconds(to.saturating_sub(*from)),
            seconds(*bound),
            if *stalled == 0 { String::new() } else { format!("; {} of it stalled", seconds(*stalled)) },
            seconds(*from),
            seconds(*to),
            list(members),
            beliefs(at_the_time),
        ),
        Finding::NoFinalLeader { members, bound, from } => format!(
            "in the final phase {} did not all name an effective leader within {} from {}; at the end of it {}",
            list(members),
            seconds(*bound),
            seconds(*from),
            beliefs(at_the_time),
        ),
        _ => return None,
    })
}

/// What `stability` finds.
fn of_a_healthy_cluster(finding: &Finding) -> Option<String> {
    Some(match finding {
        Finding::TermRoseInHealth { times, allowed, from_term, leader, to_term, from, to } => format!(
            "the term rose {times} times (allowed: {allowed}), from {from_term} under {leader} to {to_term}, between {} \
             and {}, although all voters were up and linked and nothing was done to them",
            seconds(*from),
            seconds(*to),
        ),
        Finding::HealthyLeaderUnseated { outsider, campaigned_to, since, leader, term, at, members } => format!(
            "{outsider} campaigned up to term {campaigned_to} from {} on, though no majority could have answered it; at \
             {} that unseated {leader}, the leader of term {term}, although {} were up, linked and of one mind",
            seconds(*since),
            seconds(*at),
            list(members),
        ),
        _ => return None,
    })
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

fn log([term, index]: [u64; 2]) -> String {
    format!("last term {term}, last index {index}")
}

fn life(node: &str, incarnation: u32) -> String {
    if incarnation > 1 { format!("{node} (incarnation {incarnation})") } else { node.to_owned() }
}

fn how(exit: Exit) -> String {
    match exit {
        Exit::Signal(signal) => format!("was ended by signal {signal}"),
        Exit::Status(status) => format!("exited with status {status}"),
        Exit::Unknown => "ended".to_owned(),
    }
}
