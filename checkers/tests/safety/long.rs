//! What is long past is kept as bytes: it must still convict, and still acquit.

use crate::histories::History;

/// So many terms that those of the beginning are old.
const TERMS: usize = 1_500;

/// Three nodes elect each other in turn. `voter`: for whom the voters of term 5 vote, if not for the leader, and the
/// log of one of them.
fn elected(voter: (&str, &str), mut history: History) -> History {
    for term in 1..=TERMS {
        let nodes = [0, 1, 2].map(|place| format!("n{}", (term + place) % 3 + 1));
        let [leader, voters @ ..] = &nodes;
        let (vote, log) = if term == 5 { voter } else { ("", "3/9") };
        let vote = if vote.is_empty() { leader } else { vote };
        history = history.says(leader, &format!("candidate {term} {leader} - 3/9"));
        for (voter, log) in voters.iter().zip([log, "3/9"]) {
            history = history.says(voter, &format!("follower {term} {vote} - {log}"));
        }
        history = history.says(leader, &format!("leader {term} {leader} {leader} 3/9"));
    }
    history
}

fn healthy() -> History {
    elected(("", "3/9"), History::of(3))
}

const SAFETY: [&str; 6] =
    ["election-safety", "term-monotonic", "vote-once", "leader-has-majority", "leader-agreement", "leader-log"];

#[test]
fn nothing_is_found_where_nothing_was() {
    let history = healthy();
    SAFETY.iter().for_each(|checker| history.accepted_by(checker));
    // A node that says again what it said long ago contradicts nobody but the order of terms.
    let history = history.says("n3", "leader 5 n3 n3 3/9");
    history.rejected_by("term-monotonic", "n3");
    let history = history.says("n1#2", "follower 5 n3 - 3/9");
    SAFETY.iter().filter(|checker| **checker != "term-monotonic").for_each(|checker| history.accepted_by(checker));
}

#[test]
fn a_second_leader_of_a_term_long_past_is_found() {
    let history = healthy().says("n2", "leader 5 n2 n2");
    history.rejected_by("election-safety", "n3 and n2 were both elected leader of term 5");
    history.rejected_by("leader-agreement", "term 5");
    // What the others had to say of term 5 is over only when they say more.
    let history = history.says("n1", "follower 1501 - -").says("n3", "follower 1501 - -");
    history.rejected_by("leader-has-majority", "n2 became leader of term 5 without a majority");
}

#[test]
fn a_vote_of_a_term_long_past_that_changes_is_found_within_a_life_and_across_a_restart() {
    healthy().says("n1", "follower 5 n2").rejected_by("vote-once", "n1 voted for n3 and then for n2 in term 5.");
    healthy().says("n1#2", "follower 5 n2").rejected_by("vote-once", "n1 voted for n3 and after a restart for n2");
}

#[test]
fn what_was_wrong_in_a_term_long_past_is_found_at_the_end() {
    elected(("-", "3/9"), History::of(3)).rejected_by("leader-has-majority", "n3 became leader of term 5");
    elected(("", "4/1"), History::of(3)).rejected_by("leader-log", "n3 was elected leader of term 5 with an older log");
}
