//! The sentences of statements.

use super::seconds;
use crate::finding::{Lack, Statement, Unjudged};

/// The sentence of what a checker says; `first` is the sentence of the violation that it tells of. None for a statement of
/// another version.
pub(super) fn sentence<'a>(statement: &Statement, checker: &str, first: impl Fn() -> &'a str) -> Option<String> {
    Some(match statement {
        Statement::Broken | Statement::HarnessFailed | Statement::Suspected => first().to_owned(),
        Statement::AssumptionBroken => format!("unknown (assumption broken): {}", first()),
        Statement::NotJudged { why: Unjudged::NoSuchChecker } => {
            format!("there is no checker named {checker:?}; ignored")
        }
        Statement::NotJudged { why } => unjudged(*why)?.to_owned(),
        Statement::OneLeaderATerm { terms } => format!("{terms} terms had a leader, and none had two"),
        Statement::TermsRose => "no node's term went down".to_owned(),
        Statement::VotesKept => "no node voted twice in a term or forgot its vote".to_owned(),
        Statement::MajoritiesPossible { leaders } => format!("{leaders} leaders can have had a majority's votes"),
        Statement::OneLeaderNamed { terms } => format!("one leader was named for each of {terms} terms"),
        Statement::LawfulMoves => "every node moved from role to role as Raft allows".to_owned(),
        Statement::QuorumsPossible { leaders } => format!("for each of {leaders} leaders a majority could have voted"),
        Statement::NewestLogs => "no leader's log was older than that of a node which voted for it".to_owned(),
        Statement::LeadersInTime { .. } | Statement::StalledWindows { .. } | Statement::UndecidedWindows { .. } => {
            of_windows(statement)?
        }
        Statement::Stable { changes, windows } => {
            format!("{changes} changes of term in {windows} windows of full health")
        }
        Statement::FinalLeader { leader, term } => {
            let term = term.map_or(String::new(), |term| format!(" of term {term}"));
            format!("at the end every running node named {leader} as the leader{term}")
        }
        Statement::FinalPhaseTooShort { bound } => {
            format!("untested: the final phase ended before a leader was owed (bound {})", seconds(*bound))
        }
        Statement::FinalPhaseStalled => "untested: the harness was stalled in the final phase".to_owned(),
        Statement::FinalLeaderUndecided => {
            "too little was seen of the nodes to say whether they all named one leader at the end".to_owned()
        }
        Statement::NothingRequired => "nothing was required".to_owned(),
        Statement::DidEnough => "the run did what its workload requires".to_owned(),
        Statement::TooLittleHappened { lacking } => {
            let lacking: Vec<String> = lacking.iter().filter_map(lack).collect();
            format!("the run did too little to be judged: {}", lacking.join(", "))
        }
        Statement::NeverStalled => "the harness was never stalled".to_owned(),
        Statement::Stalled { .. } => of_stalls(statement)?,
        Statement::NoDeaths => "no node died that no fault had killed".to_owned(),
        Statement::Foreign(_) => return None,
    })
}

fn of_windows(statement: &Statement) -> Option<String> {
    Some(match statement {
        Statement::LeadersInTime { passed, windows, untested, split, availability, .. } => {
            let by_stalls = match split {
                0 => String::new(),
                1 => "; a stall split 1 window".to_owned(),
                split => format!("; stalls split {split} windows"),
            };
            let share = match availability {
                Some([of, least]) if of < least => {
                    format!("; the claimed availability is untested: {} of {}", seconds(*of), seconds(*least))
                }
                Some(_) => "; the claimed availability was kept".to_owned(),
                None => String::new(),
            };
            format!(
                "in {passed} of {windows} windows a leader was seen, {untested} ended before one was owed{by_stalls}{share}"
            )
        }
        Statement::StalledWindows { windows, bound } => {
            let (words, them) = if *windows == 1 { ("window", "it") } else { ("windows", "them") };
            format!(
                "{windows} {words} went without a leader for longer than {}, but the harness was stalled in {them}",
                seconds(*bound)
            )
        }
        Statement::UndecidedWindows { undecided, windows, from, to, transitions_only } => format!(
            "{undecided} of {windows} windows cannot be decided: from {} to {} too little was seen of the nodes to say \
             whether they had a leader{}",
            seconds(*from),
            seconds(*to),
            if *transitions_only {
                ". The system prints only transitions, and not all of them: that shows when a state began, and not how long it \
                 lasted. Add a poll to its file (an observer of kind `http`, `status` or `exec`)"
            } else {
                ""
            }
        ),
        _ => return None,
    })
}

fn of_stalls(statement: &Statement) -> Option<String> {
    let Statement::Stalled { stalls, total, longest, windows, excused } = statement else { return None };
    let ms = |nanoseconds: &u64| nanoseconds.div_ceil(1_000_000);
    let told = match stalls {
        0 => "the harness was never stalled".to_owned(),
        _ => format!(
            "the harness stalled {stalls} time{}, {} ms in all, {} ms at the longest; {windows} window{} untested for it",
            if *stalls == 1 { "" } else { "s" },
            ms(total),
            ms(longest),
            if *windows == 1 { " is" } else { "s are" },
        ),
    };
    Some(if *excused { format!("a stalled machine may have caused a finding: {told}") } else { told })
}

/// Why a checker had nothing to judge; none for a reason of another version.
fn unjudged(why: Unjudged) -> Option<&'static str> {
    Some(match why {
        Unjudged::NoRoleWithTerm => "no atomic observation shows a role with its term",
        Unjudged::NoTerm => "no atomic observation shows a term",
        Unjudged::NoVoteWithTerm => "no atomic observation shows a vote with its term",
        Unjudged::NoCompleteDurableObserver => "no atomic observer shows every change and only what is durable",
        Unjudged::NoLeaderNamed => "no atomic observation names a leader with its term",
        Unjudged::NoCompleteRole => "no atomic observer that shows every change shows a role",
        Unjudged::NoCandidacyAndWin => {
            "not judged: no candidacy and win of one node were both seen with atomic evidence"
        }
        Unjudged::NoLogs => "no election shows the logs of the leader and of a voter",
        Unjudged::NoBound => "not judged: the history names no bound within which a leader is owed",
        Unjudged::NothingObserved => "not judged: no node's role and term was observed",
        Unjudged::TooManyNodes => {
            "not judged: the cluster has more than 128 nodes, too many to follow their majorities"
        }
        Unjudged::NeverHealthy => "not judged: at no time were all voters up, linked and of one mind",
        Unjudged::NoFinalPhase => "not judged: the run had no final phase",
        Unjudged::NoProcess => "the history tells of no process",
        Unjudged::NotRecorded => "not judged: the run was not recorded",
        Unjudged::FaultsUnknown => "not judged: the record does not say what was done to the cluster",
        Unjudged::VotersUnknown => "not judged: the record does not say who votes",
        Unjudged::FaultsAndVotersUnknown => {
            "not judged: the record says neither what was done to the cluster nor who votes"
        }
        Unjudged::NoSuchChecker => "there is no such checker; ignored",
        Unjudged::Foreign => return None,
    })
}

/// What was required and not shown; none for one of another version.
fn lack(lack: &Lack) -> Option<String> {
    let few = |shown: &u64, least: &u64, what: &str| Some(format!("{shown} of at least {least} {what}"));
    match lack {
        Lack::TooFewElections { shown, least } => few(shown, least, "elections"),
        Lack::TooFewElectionsAfterFaults { shown, least } => few(shown, least, "elections after the first fault"),
        Lack::TooFewLeaderHits { shown, least } => few(shown, least, "leader hits"),
        Lack::TooFewWindows { shown, least } => few(shown, least, "re-election windows passed"),
        Lack::TooFewFaults { shown, least } => few(shown, least, "faults installed"),
        Lack::TooFewExpectationsMet { shown, least } => few(shown, least, "expectations met"),
        Lack::ExpectationsUnmet { unmet } => {
            Some(format!("{unmet} expectation{} not met", if *unmet == 1 { "" } else { "s" }))
        }
        Lack::CutsUnproven { proven, cuts } => Some(format!("{proven} of {cuts} cuts proved by their counters")),
        Lack::Foreign(_) => None,
    }
}
