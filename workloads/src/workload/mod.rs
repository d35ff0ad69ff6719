//! The named workloads: each a pure function from a request to a schedule.
//!
//! A workload knows *what* is done to a cluster, the nemesis knows *how*. It says what it needs (nodes, capabilities of the
//! network), what it takes (parameters), and what a run of it must have shown to mean anything ([`Coverage`]). It draws from a
//! generator seeded with the seed and its own name. So two workloads with the same seed have nothing in common and adding one
//! changes no other.
//!
//! Coverage is declared with a margin. A run that falls short of it is `unknown`. That is right when faults missed and wrong when
//! an honest cluster merely was slow, so each workload schedules more than it demands.

mod by_name;
mod calm;
mod chaos;
mod crash_points;
mod cut_after_prevote;
mod first_leader;
mod flapping;
mod initial_election;
mod leader_crash;
mod many_elections;
mod pre_vote_lag;
mod re_election;
mod request;
mod rolling_restart;
mod script;
mod take;

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

pub use by_name::{LAB, UnknownWorkload, all, find};
pub use request::{By, Parameters, Request, RequestError};
pub use script::Script;

use crate::coverage::Coverage;
use crate::draw;
use crate::schedule::{SCHEMA, Schedule};

/// A parameter that a workload takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parameter {
    /// [`Parameters::by`].
    By,
    /// [`Parameters::faults`].
    Faults,
    /// [`Parameters::rounds`].
    Rounds,
}

impl Parameter {
    /// Its name on the command line, without dashes.
    pub fn name(self) -> &'static str {
        match self {
            Self::By => "by",
            Self::Faults => "faults",
            Self::Rounds => "rounds",
        }
    }

    /// One line of help.
    pub fn about(self) -> &'static str {
        match self {
            Self::By => "how nodes are isolated or stopped: cut, pause or kill",
            Self::Faults => "kinds and effects added to those drawn from (+loss,+wipe) or left out (-cut)",
            Self::Rounds => "how many rounds, instead of as many as the duration has room for",
        }
    }
}

/// A named way to treat a cluster.
pub trait Workload: Sync {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    /// One line on what it does.
    fn about(&self) -> &'static str;

    /// The parameters that it takes; any other is an error.
    fn parameters(&self) -> &'static [Parameter] {
        &[]
    }

    /// How many nodes it is run with when the user does not say.
    fn nodes(&self) -> usize;

    /// The fewest nodes with which it makes sense.
    fn least_nodes(&self) -> usize {
        1
    }

    /// How long its faults phase may last when the user does not say. An honest cluster is usually done well before.
    fn duration(&self, request: &Request) -> Duration;

    /// Whether its steps begin as soon as the nodes are ready, without waiting for a leader.
    fn at_once(&self) -> bool {
        false
    }

    /// Whether it cannot do without cutting links.
    fn cuts(&self, request: &Request) -> bool {
        self.parameters().contains(&Parameter::By) && request.by() == By::Cut
    }

    /// Writes the steps and says what a run of them must have shown.
    ///
    /// # Errors
    /// When a parameter has a value that it cannot use.
    fn write(&self, request: &Request, rng: &mut ChaCha8Rng, script: &mut Script) -> Result<Coverage, RequestError>;

    /// The schedule that this workload draws for a request: the same one for the same request, always.
    ///
    /// # Errors
    /// One sentence: a parameter that it does not take or cannot use, too few nodes, a network that cannot cut.
    fn schedule(&self, request: &Request) -> Result<Schedule, RequestError> {
        request.check(self.name(), self.parameters(), self.least_nodes(), self.cuts(request))?;
        let duration = request.duration.unwrap_or_else(|| self.duration(request));
        let mut script = Script::new(duration);
        let coverage = self.write(request, &mut draw::generator(request.seed, self.name()), &mut script)?;
        Ok(Schedule {
            schema: SCHEMA,
            workload: self.name().to_owned(),
            seed: request.seed,
            nodes: request.nodes.clone(),
            duration,
            parameters: request.parameters.clone(),
            coverage,
            at_once: self.at_once(),
            steps: script.into_steps(),
        })
    }
}

#[cfg(test)]
mod tests;
