//! `no-dir-fsync`: The bytes are synced and the new name is not: after a power cut the old file
//! may stand in its place. Exposed by a power cut of a simulated disk.

use super::Defect;
use crate::rules::{Rules, Syncs};

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "no-dir-fsync",
    row: None,
    rule: "the folder is synced after a rename",
    property: "term and vote survive, across power cuts",
    claim: "survives a power cut",
    checker: "term-monotonic",
    needs: &["--faults", "+power-cut"],
    rules: Ok(|| Box::new(NoDirFsync)),
};

#[derive(Debug)]
pub(crate) struct NoDirFsync;

impl Rules for NoDirFsync {
    fn syncs(&self) -> Syncs {
        Syncs { file: true, folder: false, exchange: true }
    }
}
