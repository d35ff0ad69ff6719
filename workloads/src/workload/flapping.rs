//! A node or a link that comes and goes, faster than an election takes, and then a quiet stretch.
//!
//! A flapping link is what a bad cable, an overloaded switch or a half-dead network card looks like. Each flap is shorter than an
//! election timeout or about as long, so that elections begin and are overtaken. What counts is that they end once the flapping
//! does.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::take::take_away;
use super::{By, Parameter, Request, RequestError, Script, Workload};
use crate::condition::Condition;
use crate::coverage::Coverage;
use crate::draw;
use crate::fault::Fault;
use crate::link::{Link, NodeName};
use crate::shape::Shape;
use crate::target::{Choice, Target};

/// How many stretches of flapping when the user does not say.
const ROUNDS: u32 = 6;

/// Off, on, off, on …, then quiet.
pub(super) struct Flapping;

impl Workload for Flapping {
    fn name(&self) -> &'static str {
        "flapping"
    }

    fn about(&self) -> &'static str {
        "a node or a link goes off and on in quick succession, then all is quiet"
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter::By, Parameter::Rounds]
    }

    fn nodes(&self) -> usize {
        3
    }

    fn least_nodes(&self) -> usize {
        2
    }

    fn duration(&self, request: &Request) -> Duration {
        Duration::from_secs(3).saturating_add(request.patience()).saturating_mul(rounds(request) + 1)
    }

    fn write(&self, request: &Request, rng: &mut ChaCha8Rng, script: &mut Script) -> Result<Coverage, RequestError> {
        script.expect(Duration::ZERO, Condition::Leader, request.patience());
        for round in 0..rounds(request) {
            script.expect(draw::millis(rng, 300, 600), Condition::Leader, request.patience());
            let fault = flap(round, request, rng);
            // The first of a round waits for a leader to be there, so that a flap that is aimed at it hits it.
            let mut last = script.inject_on(Condition::Leader, request.patience(), fault.clone());
            for _ in 0..draw::between(rng, 2, 6) {
                script.lift_after(last, draw::millis(rng, 30, 250));
                script.go_on_from(last);
                last = script.inject(draw::millis(rng, 280, 500), fault.clone());
            }
            script.go_on_from(last);
            script.lift(last, draw::millis(rng, 30, 250));
            script.expect(Duration::ZERO, Condition::Leader, request.patience());
        }
        script.expect(draw::millis(rng, 300, 600), Condition::Leader, request.patience());
        let (expectations, _) = script.counts();
        let rounds = rounds(request);
        let cuts_proven = request.by() == By::Cut;
        // Flaps that aim at a leader may find none; each round's first one does not.
        Ok(Coverage {
            leader_hits: rounds.div_ceil(4),
            elections: 1,
            windows: rounds,
            faults: rounds,
            expectations,
            cuts_proven,
            waits_in_vain: false,
        })
    }
}

fn rounds(request: &Request) -> u32 {
    request.parameters.rounds.unwrap_or(ROUNDS).min(1000)
}

/// What comes and goes in this round: in turn the leader, a node by name, and (where links can be cut) one link.
fn flap(round: u32, request: &Request, rng: &mut ChaCha8Rng) -> Fault {
    match round % 3 {
        0 => take_away(request.by(), Choice::Leader),
        1 if request.by() == By::Cut => {
            let mut ends: Vec<&NodeName> = request.nodes.iter().collect();
            draw::shuffle(rng, &mut ends);
            let there = Link::new(ends[0], ends[1]);
            let links = vec![there.reversed(), there];
            Fault::Cut { shape: Shape::Links(links), target: Choice::All.into() }
        }
        _ => take_away(request.by(), Target::Names(draw::pick(rng, &request.nodes).cloned().into_iter().collect())),
    }
}
