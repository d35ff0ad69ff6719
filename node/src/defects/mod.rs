//! Nodes with one broken rule, to prove that a harness notices.
//!
//! Each file holds one election bug that real projects had: an implementation of [`Rules`] that overrides exactly
//! one method, and the [`Defect`] that describes it. The description says which rule is broken, what it can
//! violate, under which claim it is judged and which checker should find it, so that a harness can score itself from
//! `interregnum-node --list-defects --format json` without knowing any of them.

mod abdicates;
mod candidate_ignores_leader;
mod double_vote;
mod duplicate_grants;
mod fixed_timeout;
mod half_quorum;
mod leader_ignores_reply_term;
mod leader_keeps_leading;
mod logs_not_compared;
mod no_own_vote;
mod stale_grants;
mod term_lowered;
mod timer_kept_on_grant;
mod timer_reset_by_refusal;
mod timer_reset_by_stale_leader;
mod vote_cleared_by_heartbeat;
mod vote_cleared_on_step_down;
mod vote_not_persisted;
mod waits_for_all;

use serde::Serialize;

use crate::rules::{Figure2, Rules};

/// A rule that can be broken.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Defect {
    /// As `--defect` takes it.
    pub name: &'static str,
    /// The rule that it breaks, as it should be.
    pub rule: &'static str,
    /// What it can violate.
    pub property: &'static str,
    /// The claim of a system under which that is judged.
    pub claim: &'static str,
    /// The checker that should find it.
    pub checker: &'static str,
    /// The rules so broken.
    #[serde(skip)]
    pub rules: fn() -> Box<dyn Rules>,
}

/// All of them.
pub const ALL: &[Defect] = &[
    vote_not_persisted::DEFECT,
    stale_grants::DEFECT,
    half_quorum::DEFECT,
    fixed_timeout::DEFECT,
    double_vote::DEFECT,
    vote_cleared_by_heartbeat::DEFECT,
    vote_cleared_on_step_down::DEFECT,
    duplicate_grants::DEFECT,
    no_own_vote::DEFECT,
    term_lowered::DEFECT,
    leader_keeps_leading::DEFECT,
    logs_not_compared::DEFECT,
    timer_reset_by_refusal::DEFECT,
    timer_kept_on_grant::DEFECT,
    timer_reset_by_stale_leader::DEFECT,
    candidate_ignores_leader::DEFECT,
    leader_ignores_reply_term::DEFECT,
    waits_for_all::DEFECT,
    abdicates::DEFECT,
];

/// The rules under a defect's name; `none` is the correct node. Nothing when there is no such defect.
pub fn rules(name: &str) -> Option<Box<dyn Rules>> {
    if name == "none" {
        return Some(Box::new(Figure2));
    }
    ALL.iter().find(|defect| defect.name == name).map(|defect| (defect.rules)())
}
