//! Random faults that overlap, drawn by swarm, and between them the quiet in which a cluster has to show itself.
//!
//! Pure noise is a poor test. Faults without pause leave no window in which re-election is owed, so that a cluster that never
//! elects passes. Faults that ignore the leader mostly hit followers. So a run is a row of *acts*. Each begins with a quiet
//! stretch that waits for a leader and lets it settle, then does its worst, then lifts everything. Every other act goes for the
//! leader. The acts are made after the bugs that real projects had (each act says which). What they use, on which nodes and for
//! how long is drawn.
//!
//! Some acts strike at a moment that is observed, or last until the cluster has answered them: they are in `watched`, which says
//! why. The last act leaves a node behind, so that the final phase sees what becomes of it.
//!
//! Waiting is done on conditions, with fixed times only where the fault needs them. An honest cluster is through a run in about
//! two thirds of the duration. One that does not elect is left alone, in the same state, for two seconds longer than the bound,
//! which convicts it.
//!
//! Holding times are made for the reference node's 150–300 ms and a bound of five seconds; a system with a longer bound
//! gets proportionally longer ones, and a longer run.

mod acts;
mod palette;
mod watched;

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use self::acts::Stage;
use self::palette::Swarm;
use super::{Parameter, Request, RequestError, Script, Workload};
use crate::coverage::Coverage;
use crate::fault::{Fault, FaultKind};
use crate::schedule::Action;

/// What an act takes an honest cluster, about, its quiet stretch included.
const ACT: Duration = Duration::from_millis(1800);

/// Acts, as many as there is time for.
pub(super) struct Chaos;

impl Workload for Chaos {
    fn name(&self) -> &'static str {
        "chaos"
    }

    fn about(&self) -> &'static str {
        "random overlapping kills, pauses, cuts and more, drawn anew for each seed"
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter::Faults]
    }

    fn nodes(&self) -> usize {
        5
    }

    fn duration(&self, request: &Request) -> Duration {
        scaled(Duration::from_secs(30), request)
    }

    fn write(&self, request: &Request, rng: &mut ChaCha8Rng, script: &mut Script) -> Result<Coverage, RequestError> {
        let swarm = Swarm::draw(request, rng)?;
        // Two thirds of the time: the rest is for machines that are slow.
        let room = script.duration().as_millis() * 2 / 3;
        let acts = u32::try_from(room / scaled(ACT, request).as_millis().max(1)).unwrap_or(u32::MAX).clamp(1, 5000);
        let mut stage = Stage::new(request, swarm, rng, script);
        for act in 0..acts {
            match act {
                0 => stage.take_the_leader(true),
                1 => stage.overlap(),
                _ if act % 2 == 0 => stage.leaders_turn(),
                _ => stage.any(),
            }
        }
        stage.straggler();
        stage.quiet();
        let aimed = stage.aimed_at_leader();
        Ok(coverage(request, acts, aimed, script))
    }
}

/// What an honest run shows even when a fault or two miss.
fn coverage(request: &Request, acts: u32, aimed: u32, script: &Script) -> Coverage {
    let (expectations, injections) = script.counts();
    let cuts = |action: &Action| matches!(action, Action::Inject(fault) if Fault::kind(fault) == FaultKind::Cut);
    Coverage {
        leader_hits: (aimed - aimed.div_ceil(4).min(aimed.saturating_sub(1))).min(3),
        // The first act waits for a new leader, where one can be elected without the old one.
        elections: if request.nodes.len() > 2 { 2 } else { 1 },
        windows: acts.min(5),
        faults: injections.div_ceil(3),
        expectations: expectations / 2,
        cuts_proven: script.steps().iter().any(|step| cuts(&step.action)),
        waits_in_vain: false,
    }
}

/// A time that is meant for a bound of five seconds, for this request's bound: never shorter, at most twenty times as long.
fn scaled(time: Duration, request: &Request) -> Duration {
    let percent = (request.bound.as_millis() / 50).clamp(100, 2000);
    time.saturating_mul(u32::try_from(percent).unwrap_or(100)) / 100
}

#[cfg(test)]
mod tests;
