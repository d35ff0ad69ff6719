//! Broken rules of how many votes make a leader, and of how many members.

use crate::rules::Rules;

/// `connected-quorum`: The majority is one of the peers that seem to be connected: those of which nothing has been
/// heard since a request to them failed do not count. Seen in leifdb#73. Exposed by isolating a node.
#[derive(Debug)]
pub(crate) struct ConnectedQuorum;

impl Rules for ConnectedQuorum {
    fn electorate(&self, members: usize, silent: usize) -> usize {
        members.saturating_sub(silent).max(1)
    }
}

/// `even-quorum`: Half of an even number of votes suffices: n/2 rounded up, which is right for odd clusters only.
/// Seen in leifdb#73. Exposed by splitting four nodes in halves.
#[derive(Debug)]
pub(crate) struct EvenQuorum;

impl Rules for EvenQuorum {
    fn quorum(&self, members: usize) -> usize {
        members.div_ceil(2)
    }
}

/// `half-quorum`: Half of the votes suffice: n/2 in place of n/2 + 1, so that each half of four nodes, and each one
/// of three, may have a leader of its own. Exposed by splitting four in halves.
#[derive(Debug)]
pub(crate) struct HalfQuorum;

impl Rules for HalfQuorum {
    fn quorum(&self, members: usize) -> usize {
        (members / 2).max(1)
    }
}

/// `unanimous-quorum`: A leader needs the votes of all others. Exposed by killing one of three.
#[derive(Debug)]
pub(crate) struct UnanimousQuorum;

impl Rules for UnanimousQuorum {
    fn quorum(&self, members: usize) -> usize {
        members
    }
}
