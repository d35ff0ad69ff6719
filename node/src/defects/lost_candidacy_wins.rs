//! `lost-candidacy-wins`: Each candidacy counts its own grants to the end, and whoever comes to a majority leads now: also in a term that the
//! candidacy was not for, and though it has stepped down. Seen in both lab notes. (Under `stale-grants` such a grant counts for the present candidacy.) Exposed
//! by grants that arrive after a newer term.

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "lost-candidacy-wins",
    row: None,
    rule: "a candidacy that is over wins nothing",
    property: "a leader has the votes of a majority in its term",
    claim: "election-safety",
    checker: "leader-has-majority",
    needs: &[],
    rules: Ok(|| Box::new(LostCandidacyWins)),
};

#[derive(Debug)]
pub(crate) struct LostCandidacyWins;

impl Rules for LostCandidacyWins {
    fn lost_candidacy_wins(&self) -> bool {
        true
    }
}
