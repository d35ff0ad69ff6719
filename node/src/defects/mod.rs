//! Nodes with one broken rule, to prove that a harness notices.
//!
//! Each file holds one election bug that real projects had: an implementation of [`Rules`] that overrides exactly
//! one method, and the [`Defect`] that describes it. The description says which rule is broken, what it can
//! violate, under which claim it is judged and which checker should find it, so that a harness can score itself from
//! `interregnum-node --list-defects --format json` without knowing any of them.
//!
//! Some bugs have no place in a running node: they take a lost disk. They are listed too, as such.

pub(crate) mod abdicates;
pub(crate) mod candidate_ignores_leader;
pub(crate) mod connected_quorum;
pub(crate) mod disruptive_rejoin;
pub(crate) mod double_vote;
pub(crate) mod duplicate_grants;
pub(crate) mod even_quorum;
pub(crate) mod fixed_timeout;
pub(crate) mod fixed_wait_short_slices;
pub(crate) mod half_quorum;
pub(crate) mod isolated_leader_stays;
pub(crate) mod last_log_always_zero;
pub(crate) mod late_win;
pub(crate) mod leader_ignores_reply_term;
pub(crate) mod leader_keeps_leading;
pub(crate) mod logs_not_compared;
pub(crate) mod lost_candidacy_wins;
pub(crate) mod no_dir_fsync;
pub(crate) mod no_fsync;
pub(crate) mod no_leader_means_candidate;
pub(crate) mod no_own_vote;
mod out_of_reach;
pub(crate) mod own_vote_not_persisted;
pub(crate) mod peer_left_busy;
pub(crate) mod pre_vote_reply_lags;
pub(crate) mod rename_without_fsync;
pub(crate) mod reply_term_ignored;
pub(crate) mod request_term_reread;
pub(crate) mod stale_grants;
pub(crate) mod steps_down_unacknowledged;
pub(crate) mod term_and_vote_apart;
pub(crate) mod term_lowered;
pub(crate) mod timer_kept_on_grant;
pub(crate) mod timer_reset_by_refusal;
pub(crate) mod timer_reset_by_stale_leader;
pub(crate) mod unanimous_quorum;
pub(crate) mod vote_after_answer;
pub(crate) mod vote_cleared_by_heartbeat;
pub(crate) mod vote_cleared_on_step_down;
pub(crate) mod vote_cleared_on_timeout;
pub(crate) mod vote_means_leader;
pub(crate) mod vote_not_persisted;
pub(crate) mod vote_not_stored;
pub(crate) mod waits_for_all;

use serde::Serialize;

use crate::rules::{Figure2, Rules};

/// The rules with one broken, or why no run can show the bug.
pub type Broken = Result<fn() -> Box<dyn Rules>, &'static str>;

/// A rule that can be broken.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Defect {
    /// As `--defect` takes it.
    pub name: &'static str,
    /// Its row in the catalogue of bugs that real projects had, where it has one.
    pub row: Option<u8>,
    /// The rule that it breaks, as it should be.
    pub rule: &'static str,
    /// What it can violate.
    pub property: &'static str,
    /// The claim of a system under which that is judged; `clique` is a grade, which PreVote and CheckQuorum raise.
    pub claim: &'static str,
    /// The checker that should find it.
    pub checker: &'static str,
    /// Without these arguments of `interregnum test` it breaks a rule that nothing depends on.
    pub needs: &'static [&'static str],
    /// The rules so broken.
    #[serde(skip)]
    pub rules: Broken,
}

/// All that can be run, in the order of the catalogue; then those of the lab notes that are not in it.
pub const ALL: &[Defect] = &[
    vote_cleared_by_heartbeat::DEFECT,
    vote_cleared_on_step_down::DEFECT,
    vote_not_persisted::DEFECT,
    term_and_vote_apart::DEFECT,
    stale_grants::DEFECT,
    duplicate_grants::DEFECT,
    no_own_vote::DEFECT,
    term_lowered::DEFECT,
    connected_quorum::DEFECT,
    even_quorum::DEFECT,
    late_win::DEFECT,
    leader_keeps_leading::DEFECT,
    logs_not_compared::DEFECT,
    half_quorum::DEFECT,
    unanimous_quorum::DEFECT,
    double_vote::DEFECT,
    fixed_timeout::DEFECT,
    timer_reset_by_refusal::DEFECT,
    timer_kept_on_grant::DEFECT,
    timer_reset_by_stale_leader::DEFECT,
    candidate_ignores_leader::DEFECT,
    leader_ignores_reply_term::DEFECT,
    disruptive_rejoin::DEFECT,
    isolated_leader_stays::DEFECT,
    pre_vote_reply_lags::DEFECT,
    waits_for_all::DEFECT,
    peer_left_busy::DEFECT,
    abdicates::DEFECT,
    vote_not_stored::DEFECT,
    vote_means_leader::DEFECT,
    vote_cleared_on_timeout::DEFECT,
    no_leader_means_candidate::DEFECT,
    lost_candidacy_wins::DEFECT,
    steps_down_unacknowledged::DEFECT,
    own_vote_not_persisted::DEFECT,
    request_term_reread::DEFECT,
    reply_term_ignored::DEFECT,
    last_log_always_zero::DEFECT,
    fixed_wait_short_slices::DEFECT,
    no_fsync::DEFECT,
    no_dir_fsync::DEFECT,
    vote_after_answer::DEFECT,
    rename_without_fsync::DEFECT,
];

/// A defect as it is listed.
#[derive(Debug, Serialize)]
pub struct Listed {
    #[serde(flatten)]
    defect: Defect,
    /// Whether `--defect` takes it.
    runnable: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}

impl std::fmt::Display for Listed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Defect { name, checker, rule, .. } = self.defect;
        match self.why {
            None => write!(f, "{name:28} {checker:20} {rule}"),
            Some(why) => write!(f, "{name:28} {:20} {why}", "(cannot be run)"),
        }
    }
}

/// All of the catalogue: what can be run, then what cannot.
pub fn listed() -> Vec<Listed> {
    let list = |defect: &Defect| Listed { defect: *defect, runnable: defect.rules.is_ok(), why: defect.rules.err() };
    ALL.iter().chain(out_of_reach::ALL).map(list).collect()
}

/// The rules under a defect's name; `none` is the correct node. An error is a sentence.
pub fn rules(name: &str) -> Result<Box<dyn Rules>, String> {
    if name == "none" {
        return Ok(Box::new(Figure2));
    }
    let known = ALL.iter().chain(out_of_reach::ALL).find(|defect| defect.name == name);
    let defect = known.ok_or_else(|| format!("there is no defect {name:?}; --list-defects lists them"))?;
    let broken = defect.rules.map_err(|why| format!("the defect {name} cannot be run: {why}"))?;
    Ok(broken())
}
