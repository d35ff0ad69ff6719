//! The lab's third test: nine times three random nodes of seven are isolated or stopped and come back.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::take::{one_leader, rejoin, take_away};
use super::{By, Parameter, Request, RequestError, Script, Workload};
use crate::coverage::Coverage;
use crate::draw;
use crate::link::NodeName;
use crate::target::Target;

/// How often.
const ROUNDS: u32 = 9;

/// One leader; nine times: 3 random nodes away (drawn with replacement, so that it may be fewer), one leader, back; at
/// the end one leader. With another number of nodes than seven, as many as leave a majority.
pub(super) struct ManyElections;

impl Workload for ManyElections {
    fn name(&self) -> &'static str {
        "many-elections"
    }

    fn about(&self) -> &'static str {
        "nine times a random minority is isolated or stopped and comes back (MIT lab 2A)"
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter::By]
    }

    fn nodes(&self) -> usize {
        7
    }

    fn least_nodes(&self) -> usize {
        3
    }

    fn duration(&self, request: &Request) -> Duration {
        request.lab().saturating_mul(ROUNDS + 3).saturating_add(Duration::from_secs(10))
    }

    fn write(&self, request: &Request, rng: &mut ChaCha8Rng, script: &mut Script) -> Result<Coverage, RequestError> {
        one_leader(request, rng, script);
        for _ in 0..ROUNDS {
            let away = Target::Names(minority_by_lot(&request.nodes, rng));
            let fault = script.inject(Duration::from_millis(100), take_away(request.by(), away));
            script.go_on_from(fault);
            one_leader(request, rng, script);
            rejoin(fault, script);
        }
        one_leader(request, rng, script);
        let (expectations, faults) = script.counts();
        let cuts_proven = request.by() == By::Cut;
        Ok(Coverage {
            leader_hits: 0,
            elections: 1,
            windows: ROUNDS - 2,
            faults,
            expectations,
            cuts_proven,
            waits_in_vain: false,
        })
    }
}

/// As many draws, with replacement, as a minority has members; each node once, in the order of the cluster.
fn minority_by_lot(nodes: &[NodeName], rng: &mut ChaCha8Rng) -> Vec<NodeName> {
    let draws = nodes.len().saturating_sub(1) / 2;
    let drawn: Vec<&NodeName> = (0..draws).filter_map(|_| draw::pick(rng, nodes)).collect();
    nodes.iter().filter(|node| drawn.contains(node)).cloned().collect()
}
