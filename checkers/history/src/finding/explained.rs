//! What a code means to who meets it for the first time: why it matters, what usually causes it, and where to look.
//!
//! The page, the terminal (`interregnum explain`), JUnit files and `docs/findings.md` tell it from here. Only what can be a
//! violation is explained: a statement says itself what it means.

/// The explanation of one code. All texts are plain sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// The code of the finding, such as `term-fell`.
    pub code: &'static str,
    /// What goes wrong in a system that does this.
    pub why: &'static str,
    /// What usually causes it.
    pub causes: &'static str,
    /// Where to look first.
    pub look: &'static str,
}

/// The explanation of a code; none for one that is no violation, or of another version.
pub fn explanation(code: &str) -> Option<&'static Explanation> {
    EXPLANATIONS.iter().find(|explanation| explanation.code == code)
}

/// All of them: safety, liveness, trust.
pub const EXPLANATIONS: &[Explanation] = &[
    Explanation {
        code: "two-leaders-in-one-term",
        why: "Raft's first promise is one leader a term. Two leaders accept writes at the same time, and one of the two \
              histories is lost later. But clients believe that those writes are safe.",
        causes: "A node votes twice in a term: the vote is not stored before the answer, or it is cleared at a timeout. \
                 A candidate counts votes of an older term, or answers that were no grants. The majority is counted of \
                 the wrong number: of the nodes that are up, or with a division that rounds down.",
        look: "See which nodes voted for both leaders: vote-once often names one. If a node restarted between its two \
               votes, look at what is written to disk before a vote is answered. If none restarted, look at how votes \
               are counted.",
    },
    Explanation {
        code: "term-fell",
        why: "A node that forgets its term can vote again in a term in which it has voted, and it obeys leaders that were \
              deposed. Two leaders of a term are then a matter of time.",
        causes: "The term is not written to disk, or it is written after the answer. The write is not flushed with fsync \
                 (a power cut shows this, a kill does not). A term and a vote stand in two files, and only one of them \
                 was written. Without a restart: the term is copied from a message without looking whether it is higher.",
        look: "Look whether an incarnation began between the two lines. If so, follow the write of the term: written, \
               flushed, renamed, and only then answered. If not, find the code that sets the term.",
    },
    Explanation {
        code: "two-votes-in-one-term",
        why: "Two candidates of one term can each have a majority if one voter gives its vote to both.",
        causes: "The vote is not stored, or it is cleared in the same term: at a timeout, when a leader is seen, or when a \
                 message of the same term arrives. After a restart: the vote was not on disk when it was answered.",
        look: "Compare the two lines. With a restart between them, look at the order of write, flush and answer. Without \
               one, find every place that clears the vote: only a higher term may.",
    },
    Explanation {
        code: "vote-forgotten",
        why: "A node without its vote may give it again to another node in the same term.",
        causes: "The vote is not stored before it is answered, or something other than a higher term clears it.",
        look: "See what the node did between the two lines: a restart, a timeout, a message of a leader.",
    },
    Explanation {
        code: "vote-counted-twice",
        why: "The same vote stood behind two candidates of one term. With it both can have a majority.",
        causes: "The voter granted twice. Or a candidate counts something that is no grant of this term: a rejection, a \
                 grant of a pre-vote, an answer to an older request.",
        look: "Compare what the voter's own log says with what the candidates counted. If it granted once, the fault is in \
               the counting.",
    },
    Explanation {
        code: "counted-vote-lost",
        why: "A candidate won with a vote that its voter no longer knows of. The voter can vote again in that term.",
        causes: "The voter answered before its vote was durable. Or its data was replaced or restored from a copy: then \
                 the node must join as a new member.",
        look: "Look at the voter's restart: was its data kept? Then follow the vote to the disk: written, flushed, renamed, \
               and only then answered.",
    },
    Explanation {
        code: "leader-without-majority",
        why: "A leader that no majority voted for does not know what a majority has stored. Another one can be elected in \
              the same term, and entries that were committed can be lost.",
        causes: "The quorum is wrong: half of the nodes, or a majority of those that are connected. Votes are counted \
                 twice when an answer is repeated. Answers of an older term, or pre-votes, count as votes.",
        look: "See who had certainly not voted for it by then. Then look at how the node counts answers and against which \
               number.",
    },
    Explanation {
        code: "two-leaders-named",
        why: "Two nodes follow different leaders of one term. So the term had two leaders, or a node takes another for \
              its leader that is none.",
        causes: "Two nodes won the term. Or a follower takes the sender of any message for its leader, or keeps the name of \
                 an old leader in a new term.",
        look: "See whether both that are named say that they lead. If only one does, look at where the other node sets its \
               leader.",
    },
    Explanation {
        code: "voted-for-another",
        why: "A candidate votes for itself first. If its vote of that term belongs to another node, one vote counts twice.",
        causes: "A node becomes candidate in a term in which it has already voted. The term is not raised, or it is raised \
                 and the old vote is kept.",
        look: "Look at the step from follower to candidate: a new term, a vote for itself and the role change at once.",
    },
    Explanation {
        code: "leader-without-candidacy",
        why: "Only a candidate can win an election. A node that leads without being one was elected by no node.",
        causes: "A late answer is counted after the node has stepped down. Or a node names itself leader at its start or \
                 after a configuration change.",
        look: "See what the node was when the winning answer arrived. An answer must be dropped if the role or the term has \
               changed since the request.",
    },
    Explanation {
        code: "won-another-term",
        why: "The votes of one term made a leader of another. In that other term a different node may have won.",
        causes: "The term rises while votes are counted, and the count is not begun anew. The term is read again after a \
                 lock was given up.",
        look: "Look at what an answer is compared with: the term of its request, not the term of now.",
    },
    Explanation {
        code: "term-changed-while-leading",
        why: "A leader leads one term. Who carries its leadership into a new term leads without an election.",
        causes: "A higher term is taken over from a message or an answer, and the role stays.",
        look: "Find where an answer raises the term, and see whether the node becomes follower there.",
    },
    Explanation {
        code: "led-again",
        why: "After a restart the node leads a term that it led before. It must win a new term first: in between another \
              can have done what it does not know of.",
        causes: "The role is stored, or a node that is alone after its start takes itself for elected. Or the term was not \
                 stored, and the node won the same number again.",
        look: "Look at what a node does between its start and its first timeout, and at which term it starts.",
    },
    Explanation {
        code: "elected-without-quorum",
        why: "No majority could have voted when this node won. Its votes are not what they should be.",
        causes: "A wrong quorum: of the reachable nodes instead of all. Votes of an earlier candidacy are counted. A \
                 timeout of a request counts as a vote.",
        look: "See who was within reach during the candidacy. Then look at every way in which the count of votes can rise.",
    },
    Explanation {
        code: "leader-with-older-log",
        why: "A leader that lacks entries of its voters can overwrite what was committed.",
        causes: "A voter does not compare logs, or it compares only their lengths. The last term comes first, then the \
                 index.",
        look: "Look at the comparison of logs in the answer to a request for a vote.",
    },
    Explanation {
        code: "vote-for-older-log",
        why: "A vote for an older log helps a leader that lacks committed entries.",
        causes: "The voter does not compare logs, or it compares only their lengths. The last term comes first, then the \
                 index. Or the candidate sends a wrong last entry.",
        look: "Compare the two logs in the line. Then look at the comparison in the answer to a request for a vote.",
    },
    Explanation {
        code: "no-leader-within-bound",
        why: "A majority was up and connected and had no leader for longer than it may. The cluster takes no writes for \
              that time.",
        causes: "Votes are split again and again: the random part of the timeout is too small for the network. A node that \
                 cannot win keeps raising the term (pre-vote helps). A leader that has lost its majority continues, and \
                 others believe it (check-quorum helps). A lock or a blocking call stops the node's timer.",
        look: "Look at the terms in this time. If they rise quickly, elections fail: see who was candidate and who refused. \
               If they stand still, no node stands for election: see which node each took for its leader.",
    },
    Explanation {
        code: "too-seldom-led",
        why: "Each leader came in time, but none stayed. For clients that is nearly as bad as having none.",
        causes: "A node that hears no other unseats leaders with its higher term. Heartbeats come later than the shortest \
                 election timeout. A leader steps down too soon.",
        look: "See what ended each leader's time: a higher term of whom, or its own decision.",
    },
    Explanation {
        code: "term-rose-in-health",
        why: "Nothing was wrong, and the cluster still elected. Each such election is a short outage without a cause.",
        causes: "Heartbeats are too slow for the shortest timeout. A node's timer is not reset by a heartbeat or by a vote \
                 that it gave. A pause of the runtime (garbage collection, a blocked thread) is longer than the timeout.",
        look: "See which node became candidate first, and when it last heard from the leader.",
    },
    Explanation {
        code: "healthy-leader-unseated",
        why: "A node that no other could have answered forced an election on a healthy majority. One bad link is then \
              enough to stop a cluster again and again.",
        causes: "There is no pre-vote, or nodes raise their term at once when a request with a higher term arrives, \
                 although they hear from a leader.",
        look: "Turn pre-vote on, or the rule that a node which hears from a leader refuses votes (Raft thesis, 4.2.3 and \
               9.6).",
    },
    Explanation {
        code: "too-many-calls-when-idle",
        why: "A cluster with nothing to do should send its heartbeats and nothing else. More calls cost processor time and \
              hide real trouble.",
        causes: "The heartbeat is faster than was agreed. Failed calls are repeated without a pause. Each thread that waits \
                 starts a round of its own.",
        look: "Count calls by kind in one idle second.",
    },
    Explanation {
        code: "too-many-calls-to-elect",
        why: "A first election should need one round of votes, or a few. Many more show that rounds are lost.",
        causes: "Votes are split, because timeouts are too much alike. Requests are repeated without a pause.",
        look: "See how many terms went by before the first leader.",
    },
    Explanation {
        code: "no-final-leader",
        why: "All faults were over, all nodes were up, and still they did not agree on a leader within the bound. What a \
              fault broke stayed broken.",
        causes: "A node does not connect again after a cut. A stale leader never learns of the new term. A node waits for \
                 something that was lost.",
        look: "See whom each node named at the end, and at which term. The one that differs is where to look.",
    },
    Explanation {
        code: "died-unasked",
        why: "A process ended that no fault had ended. A fault of the network or a crash of another node must not crash \
              this one.",
        causes: "A panic or a failed assertion. A limit that was reached. An error of the disk or network that is not \
                 handled.",
        look: "Read the end of the node's stderr in the folder `nodes/` of the run, at the time of its death.",
    },
    Explanation {
        code: "did-not-come-back",
        why: "A node that cannot start after a power cut or a crash is lost until a person repairs it. With a few of them the \
              cluster has no majority.",
        causes: "A file was half written, or two files do not fit each other. The program checks them at its start and gives up. \
                 A file was renamed before its data was flushed.",
        look: "Read the node's stderr after its last start. Then look at what its disk had lost: the fault's line in the history \
               names the files.",
    },
    Explanation {
        code: "not-ready",
        why: "The node never came up, so nothing could be tested. This is no finding about elections.",
        causes: "A wrong command or argument. A port that was taken. A missing file or library.",
        look: "Read the node's stderr in the folder `nodes/` of the run.",
    },
    Explanation {
        code: "forked-away",
        why: "The process that was started ended and left another in the background. The harness then cannot know when the \
              node itself ends.",
        causes: "The program makes a daemon of itself.",
        look: "Use the program's option to stay in the foreground.",
    },
    Explanation {
        code: "starved",
        why: "The machine had run out of something, so the death of the node says nothing about it.",
        causes: "No memory, no space on the disk, or too many open files.",
        look: "Run fewer clusters at a time, or give the machine more of it.",
    },
    Explanation {
        code: "died-under-unknown-fault",
        why: "A node died while a fault was in force that this version does not know. The fault may have killed it, so \
              nobody is accused.",
        causes: "The history was written by another version or another recorder.",
        look: "Judge the history with the version that wrote it.",
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::finding::Finding;

    #[test]
    fn every_code_of_a_violation_is_explained_once_and_in_short_sentences() {
        let explained: Vec<&str> = EXPLANATIONS.iter().map(|one| one.code).collect();
        let known: BTreeSet<&str> = Finding::codes().collect();
        assert_eq!(explained.iter().copied().collect::<BTreeSet<_>>(), known);
        assert_eq!(explained.len(), known.len(), "each once");
        for one in EXPLANATIONS {
            for text in [one.why, one.causes, one.look] {
                assert!(text.ends_with('.') && !text.contains("  "), "{}: {text}", one.code);
                let long = text.split(['.', ':', '?']).find(|sentence| sentence.split_whitespace().count() > 25);
                assert_eq!(long, None, "{}", one.code);
            }
        }
    }

    #[test]
    fn what_is_no_violation_is_not_explained() {
        assert_eq!(explanation("term-fell").map(|one| one.code), Some("term-fell"));
        assert_eq!(explanation("terms-rose"), None);
        assert_eq!(explanation(""), None);
    }
}
