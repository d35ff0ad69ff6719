//! `no-fsync`: Nothing is synced: what was written survives the process and not the
//! machine. Seen in robustmq#2039, tikv#1610. Exposed by a power cut of a simulated disk.

use super::Defect;
use crate::rules::{Rules, Syncs};

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "no-fsync",
    row: Some(5),
    rule: "what is written is synced before anything depends on it",
    property: "term and vote survive, across power cuts",
    claim: "survives a power cut",
    checker: "term-monotonic",
    needs: &["--faults", "+power-cut"],
    rules: Ok(|| Box::new(NoFsync)),
};

#[derive(Debug)]
pub(crate) struct NoFsync;

impl Rules for NoFsync {
    fn syncs(&self) -> Syncs {
        Syncs { file: false, folder: false, exchange: true }
    }
}
