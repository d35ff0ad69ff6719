//! `interregnum compare`: is B worse than A?
//!
//! Either both exist already, `compare A B`: a side may be a run, a batch or a campaign, or folders of them. All become the
//! entries that a campaign keeps of its runs, so that a batch can be compared with a night. Or both are run for it, `compare
//! --system nats --a program=… --b program=…`: in pairs, until the answer is known.

mod paired;
pub(super) mod sides;
mod trial;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use campaign::compare::{Answer, Comparison, Question, Side, compare, text, write};
use clap::Args;

use super::args::Format;
use super::args::OutputArgs;
use super::{CommandResult, Failure, print, print_json};
use history::exit::ExitCode;
use reports::folder;

/// By how much election times may certainly be longer before B is worse, of folders that exist, per cent.
const TOLERANCE: f64 = 10.0;

/// The same of pairs that are run for it: fewer elections have to do.
const TOLERANCE_OF_PAIRS: f64 = 25.0;

/// `interregnum compare`.
#[derive(Debug, Clone, Args)]
pub struct CompareArgs {
    /// What B is measured against: the folder of a run, a batch or a campaign
    #[arg(value_name = "A")]
    pub left: Option<PathBuf>,
    /// What is compared with it: likewise
    #[arg(value_name = "B")]
    pub right: Option<PathBuf>,
    /// Run both sides, in pairs, on the same schedules: a built-in system or the path of a system file
    #[arg(long, short, value_name = "NAME|FILE", conflicts_with_all = ["left", "right", "within_runs"])]
    pub system: Option<String>,
    /// With --system: a parameter of A, such as program=/opt/old/nats-server
    #[arg(long, value_name = "PARAM=VALUE")]
    pub a: Vec<String>,
    /// With --system: a parameter of B
    #[arg(long, value_name = "PARAM=VALUE")]
    pub b: Vec<String>,
    /// With --system: a parameter of both
    #[arg(long = "set", value_name = "[NODE.]PARAM=VALUE")]
    pub settings: Vec<String>,
    /// With --system: how long it may take [default: 10m]
    #[arg(long, value_name = "TIME", value_parser = super::parse_budget, allow_hyphen_values = true)]
    pub budget: Option<Duration>,
    /// With --system: what is done to both [default: leader-crash]
    #[arg(long, value_name = "WORKLOAD")]
    pub workload: Option<String>,
    /// With --system: how many rounds a run goes through, where the workload has rounds [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: Option<u32>,
    /// With --system: how many nodes [default: the system's]
    #[arg(long, short, value_name = "N", value_parser = super::parse_count)]
    pub nodes: Option<usize>,
    /// With --system: the seed of the first pair; the next have the next [default: 1]
    #[arg(long, value_parser = super::seeds::parse_one, allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// With --system: the network between the nodes [default: auto]
    #[arg(long, value_name = "NETWORK")]
    pub network: Option<cluster::network::Choice>,
    /// With --system: how many clusters at once; with 1 the two of a pair run in turn [default: two a core]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub jobs: Option<u16>,
    /// By how much, in per cent, election times may certainly be longer before B is worse [default: 10; with --system 25]
    #[arg(long, value_name = "PERCENT", value_parser = super::parse_percent, allow_hyphen_values = true)]
    pub tolerance: Option<f64>,
    /// The fewest elections of a side of which anything is said
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = super::parse_least, allow_negative_numbers = true)]
    pub elections: u64,
    /// With fewer than eight runs on a side: decide for these very runs, though others may differ
    #[arg(long)]
    pub within_runs: bool,
    /// Where and how results go.
    #[command(flatten)]
    pub output: OutputArgs,
}

impl CompareArgs {
    /// An option that says how runs are to be, if one was given.
    fn of_runs(&self) -> Option<&'static str> {
        let given = [
            ("--a", !self.a.is_empty()),
            ("--b", !self.b.is_empty()),
            ("--set", !self.settings.is_empty()),
            ("--budget", self.budget.is_some()),
            ("--workload", self.workload.is_some()),
            ("--rounds", self.rounds.is_some()),
            ("--nodes", self.nodes.is_some()),
            ("--seed", self.seed.is_some()),
            ("--network", self.network.is_some()),
            ("--jobs", self.jobs.is_some()),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
    }

    fn question(&self, tolerance: f64) -> Question {
        let tolerance = self.tolerance.unwrap_or(tolerance) / 100.0;
        Question { tolerance, elections: self.elections, within_runs: self.within_runs }
    }
}

pub(super) fn run(args: &CompareArgs) -> CommandResult {
    let (left, right) = match (&args.system, &args.left, &args.right) {
        (Some(system), _, _) => return paired::run(args, system),
        (None, Some(left), Some(right)) => (left, right),
        _ => return Err(Failure::usage(incomplete(args))),
    };
    if let Some(option) = args.of_runs() {
        return Err(Failure::usage(format!(
            "{option} says how runs are to be, and {} was run already; leave it out, or name a --system in place of folders",
            left.display()
        )));
    }
    let (a, b) = (sides::side(left)?, sides::side(right)?);
    let comparison = compare(&a, &b, &args.question(TOLERANCE));
    let folder = claim(args)?;
    tell(args, &folder, (&a, &b), &comparison)
}

/// What is missing where there is neither a system nor two folders.
fn incomplete(args: &CompareArgs) -> String {
    match (args.of_runs(), &args.left) {
        (Some(option), _) => {
            format!("{option} says how runs are to be; name the system that is run for it, such as --system etcd")
        }
        (None, Some(a)) => format!("{} is compared with nothing; name a second folder, B", a.display()),
        (None, None) => "name two folders, A and B, or a system that both sides are run of, with --system".to_owned(),
    }
}

/// The folder of a comparison.
fn claim(args: &CompareArgs) -> Result<PathBuf, Failure> {
    let stamp = humantime::format_rfc3339_seconds(SystemTime::now()).to_string().replace(':', "-");
    let out = &args.output.out;
    folder::claim_name(out, &format!("{stamp}-compare")).map_err(|error| {
        Failure::harness(format!("cannot make a folder in {}: {error}; name another with --out", out.display()))
    })
}

/// Writes and prints what came of it.
fn tell(args: &CompareArgs, folder: &Path, (a, b): (&Side, &Side), comparison: &Comparison) -> CommandResult {
    let written = write(folder, a, b, comparison).map_err(Failure::harness)?;
    if args.output.format == Format::Json {
        print_json(comparison)?;
    } else {
        print(text(comparison));
        print(format!("\nreport: {}", written.report.display()));
    }
    Ok(match comparison.answer {
        Answer::NotWorse => ExitCode::Valid,
        Answer::Worse => ExitCode::Invalid,
        Answer::Unknown => ExitCode::Unknown,
    })
}
