//! Bugs of the catalogue that no kill, pause or cut can show: they are listed, with the reason, and cannot be run.

use super::Defect;

const DURABLE: &str = "a node's term never falls and it votes once a term, across restarts";

/// All of them.
pub(super) const ALL: &[Defect] = &[
    Defect {
        name: "term-lost-on-recovery",
        row: Some(10),
        rule: "a node whose metadata are gone does not begin again at term 0",
        property: DURABLE,
        claim: "survives a lost metadata file",
        checker: "term-monotonic",
        needs: &["--faults", "+wipe"],
        rules: Err("needs a lost disk, which breaks Raft's model; the fault `wipe` loses it for any node"),
    },
    Defect {
        name: "wiped-node-rejoins",
        row: Some(11),
        rule: "a node that has lost its state does not vote again under its old name",
        property: DURABLE,
        claim: "survives a lost disk",
        checker: "vote-once",
        needs: &["--faults", "+wipe"],
        rules: Err("needs a lost disk, which breaks Raft's model; the fault `wipe` loses it for any node"),
    },
    Defect {
        name: "slow-disk",
        row: Some(29),
        rule: "an election timeout is longer than a write takes",
        property: "a leader is elected within the bound",
        claim: "none: shown, not judged",
        checker: "none",
        needs: &["--set", "persist-delay=400ms", "--set", "persist-delay-on=all"],
        rules: Err("is no bug of a node: with a disk slower than its timeout every Raft campaigns for ever"),
    },
];
