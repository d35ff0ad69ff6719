//! The options of `interregnum experiment`.

use clap::Args;
use history::run::{self, Options};

use super::args::OutputArgs;
use campaign::conduct::Jobs;

/// `interregnum experiment`.
#[derive(Debug, Clone, Args)]
pub struct ExperimentArgs {
    /// The experiment (see `interregnum list experiments`)
    #[arg(value_name = "NAME")]
    pub name: String,
    /// How many trials; usually one is a run of every cell [default: the experiment's]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub trials: Option<u64>,
    /// Only the cells whose id has one of these in it, separated by commas; `*` stands for anything
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    pub only: Vec<String>,
    /// How many clusters at once: a number, or `auto` for as many as the machine can carry [default: what the experiment
    /// allows, or auto]
    #[arg(long, short, value_name = "N|auto", value_parser = super::soak_args::parse_jobs)]
    pub jobs: Option<Jobs>,
    /// The seed of the first run of each cell
    #[arg(long, default_value_t = 1, value_parser = super::seeds::parse_one, allow_negative_numbers = true)]
    pub seed: u64,
    /// The network of cells that do not name one: `auto`, `switch` or `proxy`
    #[arg(long, default_value = "auto", value_name = "NETWORK")]
    pub network: cluster::network::Choice,
    /// Of how many runs of each cell the artifacts stay: so many valid ones, and so many that are not
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=1000))]
    pub keep: u64,
    /// How much disk the artifacts may take, such as 20GB; valid ones go first
    #[arg(long, value_name = "SIZE", value_parser = run::size)]
    pub max_disk: Option<u64>,
    /// What holds for each run.
    #[command(flatten)]
    pub each: Options,
    /// Where and how results go.
    #[command(flatten)]
    pub output: OutputArgs,
}
