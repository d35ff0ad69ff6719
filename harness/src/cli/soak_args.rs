//! The options of `interregnum soak`.

use std::time::Duration;

use clap::Args;
use history::run::{self, Options};

use super::args::OutputArgs;
use super::shard::ShardArgs;
use campaign::conduct::Jobs;
use campaign::keep::{self, Keep};

/// `interregnum soak`.
#[derive(Debug, Clone, Args)]
pub struct SoakArgs {
    /// The workloads, separated by commas (`chaos,re-election:pause`) [default: all of them, by every way of isolating or
    /// stopping a node that the network allows]
    #[arg(value_name = "WORKLOAD", value_delimiter = ',', conflicts_with = "workload")]
    pub workloads: Vec<String>,
    /// The same as an option
    #[arg(long, value_name = "WORKLOAD", value_delimiter = ',')]
    pub workload: Vec<String>,
    /// The systems, separated by commas: built-in ones or paths of system files
    #[arg(long, short, default_value = "reference", value_name = "NAME|FILE", value_delimiter = ',')]
    pub system: Vec<String>,
    /// For how long, over all invocations of the same campaign [default: 10m, unless --runs is given]
    #[arg(long = "for", value_name = "TIME", value_parser = parse_some_time)]
    pub time_in_all: Option<Duration>,
    /// How many runs, over all shards
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub runs: Option<u64>,
    /// The first seed
    #[arg(long, default_value_t = 1, value_parser = super::seeds::parse_one, allow_negative_numbers = true)]
    pub seed: u64,
    /// How many clusters at once: a number, or `auto` for as many as the machine can carry
    #[arg(long, short, default_value = "auto", value_name = "N|auto", value_parser = parse_jobs)]
    pub jobs: Jobs,
    /// Which artifacts stay: `all`, those of `failed` runs, `none`, or failed ones and so many valid ones
    #[arg(long, default_value = "20", value_name = "all|failed|none|N", value_parser = keep::parse)]
    pub keep: Keep,
    /// How much disk the artifacts may take, such as 20GB; valid ones go first
    #[arg(long, value_name = "SIZE", value_parser = run::size)]
    pub max_disk: Option<u64>,
    /// Stop after so many invalid runs
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub fail_fast: Option<u64>,
    /// Let what runs showed decide what is drawn next, for four of five runs; every rate is of the fifth, which is drawn blind
    #[arg(long)]
    pub search: bool,
    /// Look for the smallest schedule of each new way to fail, while there is time left
    #[arg(long)]
    pub shrink: bool,
    /// A run that takes longer hangs, and is ended [default: twice what its schedule takes at most, and half a minute]
    #[arg(long, value_name = "TIME", value_parser = parse_some_time)]
    pub watchdog: Option<Duration>,
    /// Which part of it.
    #[command(flatten)]
    pub shard: ShardArgs,
    /// How many nodes [default: the system's, or what a lab workload is made for]
    #[arg(long, short, value_name = "N", value_parser = super::parse_count)]
    pub nodes: Option<usize>,
    /// Set a parameter of the system, for all nodes or for one (`--set n4.log=0/0`)
    #[arg(long = "set", value_name = "[NODE.]PARAM=VALUE")]
    pub settings: Vec<String>,
    /// The network between the nodes: `auto`, `switch`, `proxy` or `direct`
    #[arg(long, default_value = "auto", value_name = "NETWORK")]
    pub network: cluster::network::Choice,
    /// Faults that chaos draws from besides its own (`+loss,+wipe`), or not at all (`-cut`)
    #[arg(long, value_name = "+FAULT", value_delimiter = ',', allow_hyphen_values = true)]
    pub faults: Vec<String>,
    /// How many rounds leader-crash, rolling-restart and flapping go through
    #[arg(long, value_name = "N")]
    pub rounds: Option<u32>,
    /// How long the faults phase of a run may last [default: the workload's]
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    pub time: Option<Duration>,
    /// Within which time the cluster must have a leader [default: the system's claim]
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    pub bound: Option<Duration>,
    /// What holds for each run.
    #[command(flatten)]
    pub each: Options,
    /// What is done with a baseline.
    #[command(flatten)]
    pub baseline: super::baseline::BaselineArgs,
    /// Where and how results go.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// A time in which something can be done.
fn parse_some_time(text: &str) -> Result<Duration, String> {
    match super::parse_time(text)? {
        Duration::ZERO => Err("in no time nothing can be run; write a longer one, such as 10m".into()),
        time => Ok(time),
    }
}

pub(super) fn parse_jobs(text: &str) -> Result<Jobs, String> {
    match text {
        "auto" => Ok(Jobs::Auto),
        _ => match text.parse() {
            Ok(jobs @ 1..=1000) => Ok(Jobs::Fixed(jobs)),
            _ => Err("write auto, or how many clusters at once, 1 to 1000".into()),
        },
    }
}
