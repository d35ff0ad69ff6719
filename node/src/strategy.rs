//! How a candidate talks to its peers, and a leader to its followers.
//!
//! Figure 2 says what is asked and what an answer means; it does not say in what order peers are asked, nor whether
//! anybody waits. Two notes on a well-known course build elections step by step, and each step is a strategy here:
//!
//! - `sequential`: one RPC, its reply or its time limit, then the next; heartbeats too.
//! - `concurrent`: all at once, but the election waits until each peer has answered or run out of time.
//! - `early`: all at once, and leader at the moment of the majority. The default.
//! - `speculative`: as early; besides, what any outcome will need is made ready before the outcome is known.
//!
//! Where a strategy waits, the election waits. The candidate begins no further candidacy before all have answered or failed, as
//! the notes' code is held up in its loop over the peers. It still hears: a heartbeat or a higher term ends the candidacy at
//! once. The alternative, to let the election timer cut the round short, would make a fifth strategy. A peer that swallows for
//! longer than the timeout would then prevent every election, and not merely delay it. What is asked again after a failure
//! ([`crate::raft`]) is asked under the same strategy, and it is not waited for.
//!
//! A strategy is a few questions, which the core asks where it matters. None of them touches a rule of Figure 2, so all
//! four are equally safe; the simulation tries all of them.

use clap::ValueEnum;

/// See the module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Strategy {
    /// One peer after the other, each reply awaited; heartbeats too
    Sequential,
    /// All at once; the election waits until each has answered or timed out
    Concurrent,
    /// All at once; leader at the moment of the majority
    #[default]
    Early,
    /// As early, with the next step of every outcome made ready before the outcome
    Speculative,
    /// As early, in the loop that also waits. It stands still until the election is decided, and a candidate that all have
    /// answered in vain becomes a follower. The second lab note's; nothing to choose
    #[value(skip)]
    InTheLoop,
}

impl Strategy {
    /// Whether a peer is asked only once the one before has answered or failed.
    pub fn one_at_a_time(self) -> bool {
        self == Self::Sequential
    }

    /// Whether a candidate begins no other candidacy until each peer has answered or failed.
    pub fn stands_still(self) -> bool {
        self.awaits_everyone() || self == Self::InTheLoop
    }

    /// Whether a candidate that all have answered or failed, and that has not won, is a follower again, and asks no peer
    /// once more.
    pub fn gives_up(self) -> bool {
        self == Self::InTheLoop
    }

    /// Whether a candidate decides only once each peer has answered or failed.
    pub fn awaits_everyone(self) -> bool {
        matches!(self, Self::Sequential | Self::Concurrent)
    }

    /// Whether a candidate makes ready what it may need next.
    pub fn prepares(self) -> bool {
        self == Self::Speculative
    }
}
