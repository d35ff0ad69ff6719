//! The one table of defects. First come those that can be run, in the order of the bugs in `docs/architecture.md`. Then come
//! those of the lab notes and of disks that are not there, and last those that cannot be run.

use super::{Broken, Defect, Promise, disk, majority, request, tenure, term, timer, vote, win};
use crate::rules::Rules;

const ONE_LEADER: Promise = promise("at most one leader a term", "election-safety");
const ONE_VOTE: Promise = promise("one vote a term", "election-safety");
const HAS_MAJORITY: Promise = promise("a leader has the votes of a majority in its term", "election-safety");
const KEPT: Promise = promise(DURABLE, "election-safety");
const KEPT_WITHOUT_POWER: Promise = promise("term and vote survive, across power cuts", "survives a power cut");
const ELECTED: Promise = promise("a leader is elected within the bound", "re-election");
const FOLLOWED: Promise = promise("every running node follows the leader within the bound", "re-election");
const NOT_NEEDLESS: Promise = promise("no needless elections", "stability");

const DURABLE: &str = "a node's term never falls and it votes once a term, across restarts";
const LOST_DISK: &str = "needs a lost disk, which breaks Raft's model; the fault `wipe` loses it for any node";
const SLOW_DISK: &str = "is no bug of a node: with a disk slower than its timeout every Raft campaigns for ever";

const PRE_VOTE_REPLY: &str =
    "a pre-vote counts though its voter's term lags, and a refusal brings a candidate whose term lags up to date";

pub const CATALOGUE: &[Defect] = &[
    broken("vote-cleared-by-heartbeat", || Box::new(vote::VoteClearedByHeartbeat))
        .row(1)
        .rule("the vote stays through a heartbeat of the same term")
        .promise(ONE_VOTE)
        .found_by("vote-once"),
    broken("vote-cleared-on-step-down", || Box::new(vote::VoteClearedOnStepDown))
        .row(2)
        .rule("the vote stays when a leader steps down in its own term")
        .promise(ONE_VOTE)
        .found_by("vote-once")
        .needs(&["--set", "check-quorum=true"]),
    broken("vote-not-persisted", || Box::new(disk::VoteNotPersisted))
        .row(3)
        .rule("term and vote are durable before anything depends on them")
        .promise(KEPT)
        .found_by("term-monotonic"),
    broken("term-and-vote-apart", || Box::new(disk::TermAndVoteApart))
        .row(4)
        .rule("term and vote are written together")
        .promise(promise("one vote a term, across restarts", "election-safety"))
        .found_by("vote-once"),
    broken("stale-grants", || Box::new(win::StaleGrants))
        .row(6)
        .rule("a grant counts only for the candidacy that asked for it")
        .promise(HAS_MAJORITY)
        .found_by("leader-has-majority"),
    broken("duplicate-grants", || Box::new(win::DuplicateGrants))
        .row(7)
        .rule("a voter counts once however often it answers")
        .promise(HAS_MAJORITY)
        .found_by("leader-has-majority"),
    broken("no-own-vote", || Box::new(vote::NoOwnVote))
        .row(8)
        .rule("a candidate votes for itself")
        .promise(ONE_VOTE)
        .found_by("lawful-transitions"),
    broken("term-lowered", || Box::new(term::TermLowered))
        .row(9)
        .rule("the higher term is kept")
        .promise(promise("a node's term never falls", "election-safety"))
        .found_by("term-monotonic"),
    broken("connected-quorum", || Box::new(majority::ConnectedQuorum))
        .row(12)
        .rule("a majority is one of all members, whether they can be reached or not")
        .promise(ONE_LEADER)
        .found_by("leader-has-majority"),
    broken("even-quorum", || Box::new(majority::EvenQuorum))
        .row(12)
        .rule("a leader needs the votes of more than half, also where the number of members is even")
        .promise(ONE_LEADER)
        .found_by("leader-has-majority")
        .needs(&["--nodes", "4"]),
    broken("late-win", || Box::new(win::LateWin))
        .row(13)
        .rule("a candidate that has stepped down does not lead")
        .promise(HAS_MAJORITY)
        .found_by("leader-has-majority"),
    broken("leader-keeps-leading", || Box::new(term::LeaderKeepsLeading))
        .row(14)
        .rule("a leader that learns a higher term becomes follower")
        .promise(promise("a leader's term does not change while it leads", "election-safety"))
        .found_by("lawful-transitions"),
    broken("logs-not-compared", || Box::new(vote::LogsNotCompared))
        .row(15)
        .rule("a voter refuses a candidate whose log is behind its own")
        .promise(promise("no leader's log is older than that of one who voted for it", "election-safety"))
        .found_by("leader-log")
        .needs(&["--set", "n1.log=1/5"]),
    broken("half-quorum", || Box::new(majority::HalfQuorum))
        .row(16)
        .rule("a leader needs the votes of a majority")
        .promise(ONE_LEADER)
        .found_by("leader-has-majority"),
    broken("unanimous-quorum", || Box::new(majority::UnanimousQuorum))
        .row(16)
        .rule("a majority suffices to make a leader")
        .promise(ELECTED)
        .found_by("re-election"),
    broken("double-vote", || Box::new(vote::DoubleVote))
        .rule("one vote a term")
        .promise(ONE_LEADER)
        .found_by("vote-once"),
    broken("fixed-timeout", || Box::new(timer::FixedTimeout))
        .row(17)
        .rule("election timeouts are drawn anew for each wait")
        .promise(ELECTED)
        .found_by("re-election"),
    broken("timer-reset-by-refusal", || Box::new(timer::TimerResetByRefusal))
        .row(18)
        .rule("refusing a vote does not restart the election timer")
        .promise(ELECTED)
        .found_by("re-election")
        .needs(&["--set", "log=1/5", "--set", "n1.log=0/0", "--set", "n1.election=50ms..100ms"]),
    broken("timer-kept-on-grant", || Box::new(timer::TimerKeptOnGrant))
        .row(19)
        .rule("granting a vote restarts the election timer")
        .promise(ELECTED)
        .found_by("re-election"),
    broken("timer-reset-by-stale-leader", || Box::new(timer::TimerResetByStaleLeader))
        .row(20)
        .rule("only a heartbeat of the current term restarts the election timer")
        .promise(ELECTED)
        .found_by("re-election"),
    broken("candidate-ignores-leader", || Box::new(term::CandidateIgnoresLeader))
        .row(21)
        .rule("a candidate yields to the leader of its own term")
        .promise(FOLLOWED)
        .found_by("final-leader")
        .needs(&["--set", "prevote=true"]),
    broken("leader-ignores-reply-term", || Box::new(term::LeaderIgnoresReplyTerm))
        .row(22)
        .rule("a higher term in a reply is adopted")
        .promise(promise("a node with a higher term rejoins within the bound", "re-election"))
        .found_by("final-leader"),
    broken("disruptive-rejoin", || Box::new(request::DisruptiveRejoin))
        .row(23)
        .rule("where PreVote is claimed, an election is preceded by it")
        .promise(promise("no needless elections", "clique"))
        .found_by("stability")
        .needs(&["--set", "prevote=true", "--set", "check-quorum=true"]),
    broken("isolated-leader-stays", || Box::new(tenure::IsolatedLeaderStays))
        .row(24)
        .rule("where CheckQuorum is claimed, a leader that no majority answers steps down")
        .promise(promise("a leader is elected within the bound", "clique"))
        .found_by("re-election")
        .needs(&["--set", "prevote=true", "--set", "check-quorum=true"]),
    broken("pre-vote-reply-lags", || Box::new(request::PreVoteReplyLags))
        .row(25)
        .rule(PRE_VOTE_REPLY)
        .promise(ELECTED)
        .found_by("re-election")
        .needs(&["--set", "prevote=true"]),
    broken("waits-for-all", || Box::new(win::WaitsForAll))
        .row(26)
        .rule("a majority makes a leader; outstanding replies are not awaited")
        .promise(ELECTED)
        .found_by("re-election"),
    broken("peer-left-busy", || Box::new(request::PeerLeftBusy))
        .row(27)
        .rule("a peer is asked again after a request to it has failed")
        .promise(FOLLOWED)
        .found_by("re-election"),
    broken("abdicates", || Box::new(tenure::Abdicates))
        .row(28)
        .rule("failed heartbeats to single peers do not unseat a leader")
        .promise(NOT_NEEDLESS)
        .found_by("stability"),
    broken("vote-not-stored", || Box::new(vote::VoteNotStored))
        .rule("a granted vote is the voter's vote in that term")
        .promise(HAS_MAJORITY)
        .found_by("leader-has-majority"),
    broken("vote-means-leader", || Box::new(vote::VoteMeansLeader))
        .rule("a heartbeat leaves the vote of its term as it is")
        .promise(ONE_VOTE)
        .found_by("vote-once"),
    broken("vote-cleared-on-timeout", || Box::new(vote::VoteClearedOnTimeout))
        .rule("the vote of a term stays when the wait for a leader is over")
        .promise(ONE_VOTE)
        .found_by("vote-once")
        .needs(&["--set", "prevote=true"]),
    broken("no-leader-means-candidate", || Box::new(timer::NoLeaderMeansCandidate))
        .rule("a follower waits as long for a leader that it does not know yet")
        .promise(ELECTED)
        .found_by("re-election"),
    broken("lost-candidacy-wins", || Box::new(win::LostCandidacyWins))
        .rule("a candidacy that is over wins nothing")
        .promise(HAS_MAJORITY)
        .found_by("leader-has-majority"),
    broken("steps-down-unacknowledged", || Box::new(tenure::StepsDownUnacknowledged))
        .rule("a leader leads on though heartbeats are not acknowledged; with CheckQuorum, for an election timeout")
        .promise(NOT_NEEDLESS)
        .found_by("stability"),
    broken("own-vote-not-persisted", || Box::new(disk::OwnVoteNotPersisted))
        .rule("a candidate's term and vote are durable before it asks")
        .promise(KEPT)
        .found_by("term-monotonic"),
    broken("request-term-reread", || Box::new(request::RequestTermReread))
        .rule("a candidate asks for votes in the term of its candidacy")
        .promise(ELECTED)
        .found_by("re-election"),
    broken("reply-term-ignored", || Box::new(term::ReplyTermIgnored))
        .rule("the higher term in a reply is adopted, in every role")
        .promise(promise("all follow one leader after the last heal", "re-election"))
        .found_by("final-leader")
        .needs(&["--set", "check-quorum=true", "--set", "sticky=true"]),
    broken("last-log-always-zero", || Box::new(request::LastLogAlwaysZero))
        .rule("a candidate tells where its log ends")
        .promise(ELECTED)
        .found_by("re-election")
        .needs(&["--set", "log=1/5"]),
    broken("fixed-wait-short-slices", || Box::new(timer::FixedWaitShortSlices))
        .rule("a follower's wait is drawn anew for each wait, and as long as it is said to be")
        .promise(ELECTED)
        .found_by("re-election"),
    broken("no-fsync", || Box::new(disk::NoFsync))
        .row(5)
        .rule("what is written is synced before anything depends on it")
        .promise(KEPT_WITHOUT_POWER)
        .found_by("term-monotonic")
        .needs(&["--faults", "+power-cut"]),
    broken("no-dir-fsync", || Box::new(disk::NoDirFsync))
        .rule("the folder is synced after a rename")
        .promise(KEPT_WITHOUT_POWER)
        .found_by("term-monotonic")
        .needs(&["--faults", "+power-cut"]),
    broken("vote-after-answer", || Box::new(disk::VoteAfterAnswer))
        .rule("what is persisted is durable before it is shown or sent")
        .promise(promise("term and vote survive, across crashes", "survives a power cut"))
        .found_by("term-monotonic")
        .needs(&["--faults", "+power-cut,+crash-at"]),
    broken("rename-without-fsync", || Box::new(disk::RenameWithoutFsync))
        .rule("the bytes of a file are synced before it gets its name")
        .promise(KEPT_WITHOUT_POWER)
        .found_by("process")
        .needs(&["--faults", "+power-cut", "--disk-model", "torn"]),
    listed_only("term-lost-on-recovery", LOST_DISK)
        .row(10)
        .rule("a node whose metadata are gone does not begin again at term 0")
        .promise(promise(DURABLE, "survives a lost metadata file"))
        .found_by("term-monotonic")
        .needs(&["--faults", "+wipe"]),
    listed_only("wiped-node-rejoins", LOST_DISK)
        .row(11)
        .rule("a node that has lost its state does not vote again under its old name")
        .promise(promise(DURABLE, "survives a lost disk"))
        .found_by("vote-once")
        .needs(&["--faults", "+wipe"]),
    listed_only("slow-disk", SLOW_DISK)
        .row(29)
        .rule("an election timeout is longer than a write takes")
        .promise(promise("a leader is elected within the bound", "none: shown, not judged"))
        .found_by("none")
        .needs(&["--set", "persist-delay=400ms", "--set", "persist-delay-on=all"]),
];

const fn promise(property: &'static str, claim: &'static str) -> Promise {
    Promise { property, claim }
}

/// A row, of which the rest has yet to be given.
const fn defect(name: &'static str, rules: Broken) -> Defect {
    Defect { name, row: None, rule: "", promise: promise("", ""), checker: "", needs: &[], rules }
}

const fn broken(name: &'static str, rules: fn() -> Box<dyn Rules>) -> Defect {
    defect(name, Ok(rules))
}

const fn listed_only(name: &'static str, why: &'static str) -> Defect {
    defect(name, Err(why))
}

impl Defect {
    const fn row(self, row: u8) -> Self {
        Self { row: Some(row), ..self }
    }

    const fn rule(self, rule: &'static str) -> Self {
        Self { rule, ..self }
    }

    const fn promise(self, promise: Promise) -> Self {
        Self { promise, ..self }
    }

    const fn found_by(self, checker: &'static str) -> Self {
        Self { checker, ..self }
    }

    const fn needs(self, needs: &'static [&'static str]) -> Self {
        Self { needs, ..self }
    }
}
