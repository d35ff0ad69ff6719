//! `rename-without-fsync`: The folder is synced and the bytes are not: a journal that brings
//! the data of a rename along hides it, POSIX does not. Exposed by a power cut of a simulated disk of the model `torn`, or `strict`.

use super::Defect;
use crate::rules::{Rules, Syncs};

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "rename-without-fsync",
    row: None,
    rule: "the bytes of a file are synced before it gets its name",
    property: "term and vote survive, across power cuts",
    claim: "survives a power cut",
    checker: "process",
    needs: &["--faults", "+power-cut", "--disk-model", "torn"],
    rules: Ok(|| Box::new(RenameWithoutFsync)),
};

#[derive(Debug)]
pub(crate) struct RenameWithoutFsync;

impl Rules for RenameWithoutFsync {
    fn syncs(&self) -> Syncs {
        Syncs { file: false, folder: true, exchange: false }
    }
}
