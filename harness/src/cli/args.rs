//! The command line: what may be said. What it means is the commands' business.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use history::run::{self, LEAST_MTU, MTU, Options};

use super::seeds::Seeds;
use super::soak_args::SoakArgs;

/// Does this cluster elect leaders correctly, and how long is it without one?
#[derive(Debug, Parser)]
#[command(name = "interregnum", version, long_version = version(), max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    valid
  1    invalid: a promise was certainly broken
  2    unknown: too little happened, or too little was seen
  64   the command line or one of your files is wrong
  70   the harness or its environment failed
  130  interrupted";

/// What `--version` prints behind the name: the version, the commit that `make` built it from, and the schemas of the files
/// that this version writes and reads.
fn version() -> String {
    let schemas = [
        ("history.jsonl", history::SCHEMA),
        ("verdict.json", history::verdict::SCHEMA),
        ("run.json", history::run::SCHEMA),
        ("schedule.json", workloads::schedule::SCHEMA),
        ("system files", cluster::system::SCHEMA),
        ("campaigns", campaign::SCHEMA),
        ("experiment.json", campaign::plan::SCHEMA),
        ("compare.json", campaign::compare::SCHEMA),
    ];
    let schemas: Vec<String> = schemas.map(|(file, schema)| format!("{file} {schema}")).into();
    let commit = option_env!("INTERREGNUM_COMMIT").unwrap_or("not known; `make build` records it");
    format!("{}\ncommit: {commit}\nschemas: {}", env!("CARGO_PKG_VERSION"), schemas.join(", "))
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a cluster, break it on a schedule, judge what it did, write a report
    Test(TestArgs),
    /// Carry out the run that a folder asks for: how the runs of a batch or a campaign are started
    #[command(hide = true)]
    Run {
        /// The folder, with its run.json
        #[arg(value_name = "RUN")]
        folder: PathBuf,
    },
    /// Judge recorded histories again
    Check(CheckArgs),
    /// Write the report of a recorded run anew
    Report(ReportArgs),
    /// Run the schedule of a recorded run again, and say how often it ends the same way
    Replay(ReplayArgs),
    /// Start thousands of runs (a campaign); the same command continues an unfinished campaign
    Soak(SoakArgs),
    /// Carry out an experiment: many runs that differ on purpose, and one page that answers its question
    Experiment(super::experiment_args::ExperimentArgs),
    /// Join the parts of a campaign that ran on several machines
    Merge(super::merge::MergeArgs),
    /// Say whether runs are worse than others: two versions, two settings
    Compare(super::compare::CompareArgs),
    /// Find the smallest schedule that still breaks what a recorded run broke
    Shrink(ShrinkArgs),
    /// List workloads, systems, checkers, faults and experiments
    List(ListArgs),
    /// Say what a finding means, what usually causes it, and where to look
    Explain(super::explain::ExplainArgs),
    /// Run a system without faults and print what each observer understands
    Observe(ObserveArgs),
    /// Read what a running cluster prints, without touching it, and judge it at the end
    Watch(WatchArgs),
    /// Write a system file to start from, guessed from a command and a log
    Init(InitArgs),
    /// Try everything that the harness needs, and say what this machine can do
    Doctor(DoctorArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Text for people or JSON for machines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For machines
    Json,
}

/// Which cluster to run.
#[derive(Debug, Clone, Args)]
pub struct ClusterArgs {
    /// A built-in system (see `interregnum list systems`) or the path of a system file
    #[arg(long, short, default_value = "reference", value_name = "NAME|FILE")]
    pub system: String,
    /// How many nodes [default: the system's]
    #[arg(long, short, value_name = "N", value_parser = super::parse_count)]
    pub nodes: Option<usize>,
    /// Set a parameter of the system, for all nodes or for one (`--set n4.log=0/0`)
    #[arg(long = "set", value_name = "[NODE.]PARAM=VALUE")]
    pub settings: Vec<String>,
    /// The network between the nodes: `auto`, `switch`, `proxy` or `direct`
    #[arg(long, default_value = "auto", value_name = "NETWORK")]
    pub network: cluster::network::Choice,
}

/// How results are put out.
#[derive(Debug, Clone, Args)]
pub struct OutputArgs {
    /// The folder that holds the folders of invocations
    #[arg(long, default_value = reports::folder::OUT, value_name = "DIR", env = "INTERREGNUM_OUT")]
    pub out: PathBuf,
    /// Text for people or JSON for machines
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `interregnum test`.
#[derive(Debug, Clone, Args)]
pub struct TestArgs {
    /// The workloads (see `interregnum list workloads`), separated by commas; `re-election:pause@1..5` sets --by and
    /// --seeds for one of them
    #[arg(value_name = "WORKLOAD", default_value = "chaos", value_delimiter = ',')]
    pub workloads: Vec<String>,
    /// The cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// The seed of the schedule [default: 1]
    #[arg(long, conflicts_with = "seeds", value_parser = super::seeds::parse_one, allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// Several seeds, one run each: `1..20` (both ends included) or `3,5,8`
    #[arg(long, value_name = "SEEDS", value_parser = super::seeds::parse)]
    pub seeds: Option<Seeds>,
    /// How many runs at once, with --seeds or several workloads [default: two a core]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub jobs: Option<u16>,
    /// How a node is isolated or stopped, in workloads that let you choose: `cut`, `pause` or `kill`
    #[arg(long, value_name = "WAY", value_parser = super::parse_by)]
    pub by: Option<workloads::workload::By>,
    /// Faults that chaos draws besides its own (`+loss,+wipe`) or leaves out (`-cut`); for crash-points, `+power-cut`
    #[arg(long, value_name = "+FAULT", value_delimiter = ',', allow_hyphen_values = true)]
    pub faults: Vec<String>,
    /// How many rounds to go through, in leader-crash, rolling-restart, flapping and crash-points
    #[arg(long, value_name = "N")]
    pub rounds: Option<u32>,
    /// How long the faults phase may last [default: the workload's]
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    pub time: Option<Duration>,
    /// Within which time the cluster must have a leader [default: the system's claim]
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    pub bound: Option<Duration>,
    /// Run this schedule.json in place of a workload; another --seed, or --seeds, draws its random targets anew
    #[arg(long, value_name = "FILE", conflicts_with_all = ["by", "faults", "rounds", "time", "nodes"])]
    pub schedule: Option<PathBuf>,
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

/// `interregnum check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Run folders, folders of several runs, or history files; with --from: logs, each node's as `n1=FILE[,FILE…]`
    #[arg(required = true, value_name = "RUN|NODE=FILE")]
    pub runs: Vec<PathBuf>,
    /// Judge existing logs of this system: a built-in system or format, or the path of a system file. Or the trace of a model
    /// or an implementation (`tlc`, `etcd-raft-trace`, `ccf-trace`)
    #[arg(long, value_name = "SYSTEM|FORMAT")]
    pub from: Option<String>,
    /// How logs are read.
    #[command(flatten)]
    pub logs: LogArgs,
    /// Text for people or JSON for machines
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How logs are read, with `--from`.
#[derive(Debug, Default, Args)]
pub struct LogArgs {
    /// The group to judge, where files hold several [default: each by itself]
    #[arg(long, value_name = "GROUP", requires = "from")]
    pub group: Option<String>,
    /// A file holds several nodes: what matches `(?P<node>…)` in a line is the name of its node
    #[arg(long, value_name = "REGEX", requires = "from")]
    pub split: Option<String>,
    /// The zone of a node's stamps where they do not say it
    #[arg(long = "zone", value_name = "NODE=+HH:MM", requires = "from")]
    pub zones: Vec<String>,
    /// Where times of different hosts come from; for display only, it proves nothing
    #[arg(long, value_enum, default_value_t, requires = "from")]
    pub clocks: ClocksBy,
    /// How far apart the hosts' clocks are at most; for display only, it proves nothing
    #[arg(long, value_name = "TIME", value_parser = super::parse_time, requires = "from")]
    pub skew: Option<Duration>,
    /// A mapping for --from tlc: which variable of the model is what
    #[arg(long = "map", value_name = "FIELD=VARIABLE", requires = "from")]
    pub maps: Vec<String>,
    /// Write a run folder here: history, verdict and report
    #[arg(long, value_name = "DIR", requires = "from")]
    pub out: Option<PathBuf>,
}

/// `interregnum report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Run folders, or folders of several runs
    #[arg(required_unless_present = "index", value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// Write the index.html of an output folder: all that is in it, newest first, with a filter. Every invocation writes it
    /// when it ends; use this for folders that were copied together [default: interregnum-out]
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = reports::folder::OUT)]
    pub index: Option<PathBuf>,
}

/// `interregnum replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The folder of the run to do again
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Aim at the nodes and links that were hit in that run, not at the nodes that lead or follow now
    #[arg(long)]
    pub resolved: bool,
    /// Run it this often, and print how often it breaks the same promise again
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub times: u16,
    /// How many runs at once, with --times
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub jobs: Option<u16>,
    /// End the run when this is found: `invalid` for any broken promise, or checkers separated by commas
    #[arg(long, value_name = "invalid|CHECKER")]
    pub until: Option<String>,
    /// End the run when its history has this size, such as 500MB [default: that of the recorded run]
    #[arg(long, value_name = "SIZE", value_parser = run::size)]
    pub max_history: Option<u64>,
    /// Write every packet of every node to capture.pcapng, whether or not the recorded run did
    #[arg(long)]
    pub pcap: bool,
    /// Where and how results go.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `interregnum shrink`.
#[derive(Debug, Args)]
pub struct ShrinkArgs {
    /// The folder of a run that was invalid, or of several
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// How long it may take, the repetitions of the result included
    #[arg(long, default_value = "5m", value_name = "TIME", value_parser = super::parse_budget, allow_hyphen_values = true)]
    pub budget: Duration,
    /// How many clusters at once [default: two a core]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub jobs: Option<u16>,
    /// Look for these checkers only [default: any of those that the run tripped]
    #[arg(long = "checker", value_name = "CHECKER", value_delimiter = ',')]
    pub checkers: Vec<String>,
    /// Where and how results go.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `interregnum list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// What to list; all of it by default
    #[arg(value_enum)]
    pub what: Option<Listing>,
    /// Text for people or JSON for machines
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Where times of different hosts come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ClocksBy {
    /// Nowhere: lines are ordered within a node only
    #[default]
    None,
    /// From what nodes send each other: a vote is given after it was asked for, and before it is counted
    Messages,
}

/// What can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Listing {
    /// What can be done to a cluster
    Workloads,
    /// Clusters that come built in
    Systems,
    /// The judges
    Checkers,
    /// What can be injected
    Faults,
    /// Questions that many runs answer
    Experiments,
}

/// `interregnum observe`.
#[derive(Debug, Args)]
pub struct ObserveArgs {
    /// The cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// The largest packet between nodes on the network `switch`, bytes; at 1500 throughput falls tenfold
    #[arg(long, default_value_t = MTU, value_name = "BYTES",
        value_parser = clap::value_parser!(u16).range(i64::from(LEAST_MTU)..))]
    pub mtu: u16,
    /// How long to watch
    #[arg(long, default_value = "10s", value_name = "TIME", value_parser = super::parse_time)]
    pub time: Duration,
    /// Show at the end the nodes' lines that this regular expression matches, and whether a rule understands each
    #[arg(long, value_name = "REGEX")]
    pub grep: Option<regex::Regex>,
    /// Text for people or JSON for machines
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `interregnum watch`.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// The built-in system or format, or the system file, by whose rules lines are read
    #[arg(long, value_name = "SYSTEM|FORMAT")]
    pub from: String,
    /// Nodes, each with the command that prints its log as it is written: n1='ssh a journalctl -fu etcd'
    #[arg(required = true, value_name = "NODE=COMMAND")]
    pub nodes: Vec<String>,
    /// The group to judge, where logs hold several [default: each by itself]
    #[arg(long, value_name = "GROUP")]
    pub group: Option<String>,
    /// The folder that holds the folders of invocations
    #[arg(long, default_value = reports::folder::OUT, value_name = "DIR", env = "INTERREGNUM_OUT")]
    pub out: PathBuf,
    /// Text for people or JSON for machines
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `interregnum init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// A log of a node, from which rules are proposed
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Where a node writes such a log: `stdout`, `stderr`, or a file such as `{data}/node.log`
    #[arg(long, default_value = "stderr", value_name = "SOURCE")]
    pub source: String,
    /// The name of the system [default: the program's]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The file to write [default: NAME.toml]
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The command that starts one node, as you would type it
    #[arg(required = true, last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// `interregnum doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Text for people or JSON for machines
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[cfg(test)]
mod tests {
    use clap::{Args, CommandFactory};

    use super::Options;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn test_soak_and_experiment_take_what_holds_for_each_run() {
        let shared = Options::augment_args(clap::Command::new("each"));
        let cli = super::Cli::command();
        for command in ["test", "soak", "experiment"] {
            let command = cli.find_subcommand(command).unwrap();
            for option in shared.get_arguments() {
                assert!(command.get_arguments().any(|one| one.get_long() == option.get_long()), "{option:?}");
            }
        }
        assert!(shared.get_arguments().count() >= 8);
    }
}
