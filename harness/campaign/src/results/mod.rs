//! What many runs say together.
//!
//! A campaign runs for a night and must not grow with it. So it keeps in memory what its page shows: counts, and failures grouped
//! by [`Signature`]. Everything that is known of a finished run is one line of `runs.jsonl`, its [`Entry`]. A [`Tally`] takes
//! entries in any order and comes to the same sums. So a killed campaign continues by reading the lines it has, and shards are
//! merged by reading the lines of all of them. The page of a merged campaign is the page of the whole.

pub mod bounded;
mod digest;
mod entry;
mod histogram;
mod identity;
mod mask;
mod merge;
pub(crate) mod odds;
mod signature;
mod situations;
pub mod tally;

pub use bounded::{Coarse, Smallest};
pub(crate) use digest::UNKNOWN_KIND;
pub use digest::{ClientTimes, CrashTimes, Digest, FaultTimes};
pub use entry::{Ending, Entry, Failure, Origin, RunId};
pub use histogram::Histogram;
pub use history::finding::Lost;
pub use identity::{Identity, Shard};
pub use merge::{EntryMark, Merge, MergeError, Merged, Record, Repeated};
pub use signature::{Cause, HARNESS, RUN, Signature};
pub use situations::Situations;
pub use tally::{FailureClass, Group, Tally};
