//! Each code in a few words: the title of a group of failures, and the table in `docs/verdict.md`.

/// What a code means, in a few words without names and numbers; none for one that this version does not know.
pub fn title(code: &str) -> Option<&'static str> {
    TITLES.iter().find(|(known, _)| *known == code).map(|(_, title)| *title)
}

/// Every code of this version with its title.
const TITLES: &[(&str, &str)] = &[
    // Findings.
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
    ("no-leader-within-bound", "a majority had no effective leader for longer than the bound"),
    ("too-seldom-led", "a leader came again and again, and there was one for less of the time than claimed"),
    ("term-rose-in-health", "the term of a healthy cluster rose more often than allowed"),
    ("healthy-leader-unseated", "a node that nobody could have answered unseated a healthy leader"),
    ("no-final-leader", "at the end not all nodes named an effective leader within the bound"),
    ("died-unasked", "a node died, and no fault had asked for it"),
    ("not-ready", "the harness failed: a node ended before it was ready"),
    ("forked-away", "the harness failed: a node's process put itself into the background"),
    ("starved", "the harness failed: a node died when its machine had run out of something"),
    ("died-under-unknown-fault", "a node died under a fault that nobody knows"),
    // Statements.
    ("broken", "a promise was broken"),
    ("harness-failed", "the harness or its environment failed"),
    ("assumption-broken", "a fault broke an assumption and may have caused what was found"),
    ("suspected", "what was done to the cluster is not known and may have caused what was found"),
    ("not-judged", "there was nothing to judge"),
    ("one-leader-a-term", "no term had two leaders"),
    ("terms-rose", "no node's term went down"),
    ("votes-kept", "no node voted twice in a term or forgot its vote"),
    ("majorities-possible", "every leader can have had a majority's votes"),
    ("one-leader-named", "one leader was named for each term"),
    ("lawful-moves", "every node moved from role to role as it may"),
    ("quorums-possible", "for each leader a majority could have voted"),
    ("newest-logs", "no leader's log was older than that of a node which voted for it"),
    ("leaders-in-time", "no window went without a leader for too long"),
    ("stalled-windows", "a window went without a leader for too long, but the harness was stalled in it"),
    ("undecided-windows", "too little was seen of a window to say whether it had a leader"),
    ("stable", "the term of the healthy cluster changed no more often than allowed"),
    ("final-leader", "at the end every running node named one leader"),
    ("final-phase-too-short", "the final phase ended before a leader was owed"),
    ("final-phase-stalled", "the harness was stalled in the final phase"),
    ("final-leader-undecided", "too little was seen to say whether all named one leader at the end"),
    ("nothing-required", "nothing was required"),
    ("did-enough", "the run did what its workload requires"),
    ("too-little-happened", "the run did too little to be judged"),
    ("never-stalled", "the harness was never stalled"),
    ("stalled", "the harness stalled"),
    ("no-deaths", "no node died that no fault had killed"),
    // Reservations.
    ("safety-not-judged", "safety was not judged"),
    ("no-evidence", "there was no evidence for any checker"),
    ("nothing-judged", "nothing was judged"),
    ("history-torn", "the history is cut off in the middle of its last line"),
    ("history-cut-off", "the history is cut off: it has no end"),
    ("not-completed", "the run was not completed"),
    ("unknown-names", "names that are no node's count as unknown"),
    ("lines-missing", "lines are missing, and what they showed is open"),
    ("other-group", "lines of another group were passed over"),
    // What was lacking.
    ("too-few-elections", "too few terms got a leader"),
    ("too-few-elections-after-faults", "too few terms got a leader after the first fault"),
    ("too-few-leader-hits", "faults hit a leader too seldom"),
    ("too-few-windows", "too few re-election windows passed"),
    ("too-few-faults", "too few faults were installed"),
    ("too-few-expectations-met", "too few expectations were met"),
    ("expectations-unmet", "expectations were not met"),
    ("cuts-unproven", "cuts were not proved by their counters"),
    // Troubles of the harness.
    ("overdue", "the run took longer than it may, and the watchdog ended it"),
    ("killed-from-outside", "somebody else killed the run's process"),
    ("interrupted-from-outside", "somebody else interrupted the run's process"),
    ("no-verdict", "the run left no verdict behind"),
    ("cannot-watch", "the machine could not be watched for stalls"),
    ("cannot-record", "the history could not be written"),
    ("cannot-start", "a process could not be started"),
    ("not-ready-in-time", "a node was not ready in time"),
    ("auxiliary-lost", "a process beside the nodes ended"),
    ("misconfigured", "the nodes cannot reach each other as they were set up"),
    ("no-network", "the network between the nodes could not be made"),
    ("network-failed", "the network between the nodes failed"),
    ("out-of-resources", "the harness or its machine ran out of something that it needs"),
    ("cannot-judge", "the history could not be judged"),
    ("cannot-report", "the verdict or a page could not be written"),
    ("failed", "the harness or its environment failed"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::finding::{Finding, Lack, Reservation, Statement, Trouble};

    #[test]
    fn every_code_has_one_title_and_every_title_a_code() {
        let codes = [Finding::CODES, Statement::CODES, Reservation::CODES, Lack::CODES, Trouble::CODES].concat();
        let known: BTreeSet<&str> = codes.iter().copied().collect();
        assert_eq!(known.len(), codes.len(), "a code means one thing");
        let titled: Vec<&str> = TITLES.iter().map(|(code, _)| *code).collect();
        assert_eq!(titled.iter().copied().collect::<BTreeSet<_>>(), known);
        assert_eq!(titled.len(), known.len(), "each once");
        assert!(!known.contains("foreign"));
    }
}
