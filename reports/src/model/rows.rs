//! The lines worth a row, so many of them as a page can carry.
//!
//! Most runs have a few thousand changes and all of them are rows. A history of a broken cluster may have millions. Then the rows
//! are thinned by weight. What a violation cites or what happened around one stays before what the harness and the processes did,
//! and that before a follower's new term. A class that is too large keeps every second of its rows, then every fourth …. So what
//! is left is spread over the whole run, and memory stays bounded while the file is read. How many changes there were is counted,
//! and the page says how many it left out.

use std::collections::BTreeSet;

use super::row::{Row, RowContent, RowKind};
use crate::model::Finding;

/// So many rows are kept.
pub const MOST: usize = 100_000;
/// Rows so near to a finding, nanoseconds, weigh as much as evidence.
const NEAR: u64 = 5_000_000_000;
/// Only the first findings draw their neighbourhood; a flood of them would draw everything.
const DRAWING: usize = 50;
const CLASSES: usize = 5;

/// Collects rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: Vec<(u8, Row)>,
    seen: [u64; CLASSES],
    strides: [u64; CLASSES],
    cited: BTreeSet<u64>,
    near: Vec<[u64; 2]>,
}

impl Rows {
    pub(super) fn new(findings: &[Finding]) -> Self {
        let cited =
            findings.iter().take(1000).flat_map(|f| f.violation.evidence.iter().take(100).map(|e| e.line)).collect();
        let near = findings
            .iter()
            .take(DRAWING)
            .map(|f| [f.violation.span[0].saturating_sub(NEAR), f.violation.span[1].saturating_add(NEAR)])
            .collect();
        Self { strides: [1; CLASSES], cited, near, ..Self::default() }
    }

    fn class(&self, row: &Row) -> u8 {
        if self.cited.contains(&row.line) || self.near.iter().any(|[from, until]| (*from..=*until).contains(&row.t)) {
            return 0;
        }
        match (row.kind, &row.what) {
            (
                RowKind::Harness | RowKind::Fault | RowKind::Node | RowKind::Expect | RowKind::Probe | RowKind::Strange,
                _,
            ) => 1,
            (RowKind::State, RowContent::State(state)) if state.leads() => 2,
            (RowKind::State, _) => 3,
            (RowKind::Link | RowKind::Miss, _) => 4,
        }
    }

    pub(super) fn push(&mut self, row: Row) {
        let class = self.class(&row);
        let at = usize::from(class);
        let number = self.seen[at];
        self.seen[at] += 1;
        if number.is_multiple_of(self.strides[at]) {
            self.rows.push((class, row));
            if self.rows.len() >= 2 * MOST {
                self.thin();
            }
        }
    }

    /// Halves the lightest class that still holds more than a tenth, until the rest is few enough.
    fn thin(&mut self) {
        while self.rows.len() > MOST {
            let mut counts = [0usize; CLASSES];
            for (class, _) in &self.rows {
                counts[usize::from(*class)] += 1;
            }
            let Some(victim) = (0..CLASSES).rev().find(|class| counts[*class] * 10 > self.rows.len()) else { return };
            self.strides[victim] = self.strides[victim].saturating_mul(2);
            let mut number = 0u64;
            self.rows.retain(|(class, _)| {
                if usize::from(*class) != victim {
                    return true;
                }
                number += 1;
                number % 2 == 1
            });
        }
    }

    /// The rows in the order of the file, and how many changes there were.
    pub(super) fn finish(mut self) -> (Vec<Row>, u64) {
        self.thin();
        (self.rows.into_iter().map(|(_, row)| row).collect(), self.seen.iter().sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::names::Name;
    use history::verdict::{Evidence, Violation};

    fn row(line: u64, kind: RowKind) -> Row {
        Row { line, t: line * 1_000_000_000, kind, node: Name::UNKNOWN, what: RowContent::Text("x".into()) }
    }

    #[test]
    fn a_million_misses_are_thinned_evenly_and_no_fault_and_no_evidence_is_lost() {
        let violation =
            Violation { evidence: vec![Evidence { line: 77_777, text: String::new() }], ..Violation::default() };
        let finding = Finding {
            number: 1,
            checker: "c".into(),
            place: 0,
            kind: crate::verdict::Kind::Safety,
            certain: true,
            violation,
        };
        let mut rows = Rows::new(&[finding]);
        for line in 10..1_000_010 {
            rows.push(row(line, if line % 1000 == 0 { RowKind::Fault } else { RowKind::Miss }));
        }
        let (kept, changes) = rows.finish();
        assert_eq!(changes, 1_000_000);
        assert!(kept.len() <= MOST && kept.len() > MOST / 4, "{}", kept.len());
        assert_eq!(kept.iter().filter(|row| row.kind == RowKind::Fault).count(), 1000);
        assert!(kept.iter().any(|row| row.line == 77_777));
        let first_half = kept.iter().filter(|row| row.line < 500_000).count();
        assert!(first_half * 10 / kept.len() >= 4 && first_half * 10 / kept.len() <= 6);
        assert!(kept.windows(2).all(|pair| pair[0].line < pair[1].line));
    }
}
