//! `--baseline` and `--save-baseline`: runs are compared with times that were good, or become them.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use campaign::compare::{Answer, Baseline, LEAST_RUNS_OF_BASELINE, Machine, Side, against};
use clap::Args;

use super::compare::sides;
use super::{Ended, Failure, print};
use campaign::calibrate;
use cluster::input;
use history::exit::ExitCode;

/// By how much, in per cent, election times may be longer than a baseline's unless somebody says otherwise.
const TOLERANCE: f64 = 25.0;

/// What is done with a baseline.
#[derive(Debug, Clone, Default, Args)]
pub struct BaselineArgs {
    /// End with 1 if election times are certainly worse than this baseline's by more than the tolerance; with 2 if neither this
    /// nor the opposite is certain
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write the election times of these runs, a few kilobytes to be committed, if all is well with them
    #[arg(long, value_name = "FILE")]
    pub save_baseline: Option<PathBuf>,
    /// With --baseline: by how much, in per cent, election times may be longer [default: 25]
    #[arg(long, value_name = "PERCENT", value_parser = super::parse_percent, requires = "baseline")]
    pub tolerance: Option<f64>,
}

/// What runs are, as far as a baseline asks.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// The system.
    pub(super) system: String,
    /// The workloads.
    pub(super) workloads: Vec<String>,
    /// How many nodes, where that is asked for.
    pub(super) nodes: Option<usize>,
}

/// A baseline that was read and found to fit, and the machine before the runs.
pub(super) struct Watch {
    args: BaselineArgs,
    subject: Subject,
    known: Option<Baseline>,
    before: Machine,
    out: PathBuf,
}

impl Watch {
    /// Before the runs; none where nobody asks for a baseline. `runs`: how many there will be, if that is known.
    pub(super) fn begin(
        args: &BaselineArgs,
        mut subject: Subject,
        runs: Option<usize>,
        out: &Path,
    ) -> Result<Option<Self>, Failure> {
        let Some(option) =
            args.baseline.as_ref().map(|_| "--baseline").or(args.save_baseline.as_ref().map(|_| "--save-baseline"))
        else {
            return Ok(None);
        };
        subject.workloads.sort();
        subject.workloads.dedup();
        if let Some(runs) = runs.filter(|runs| *runs < LEAST_RUNS_OF_BASELINE) {
            return Err(Failure::usage(format!(
                "{option} needs at least {LEAST_RUNS_OF_BASELINE} runs to know how much runs differ among themselves, and {runs} was \
                 asked for; give more seeds, such as --seeds 1..8"
            )));
        }
        let known = args.baseline.as_deref().map(|path| read(path, &subject)).transpose()?;
        reports::folder::make(out).map_err(Failure::harness)?;
        let before = calibrate::machine(out);
        Ok(Some(Self { args: args.clone(), subject, known, before, out: out.to_owned() }))
    }

    /// After the runs, of which `folder` holds what is left; `code` is how they ended. What was found broken stays found.
    pub(super) fn end(self, folder: &Path, code: ExitCode, machines: bool) -> Ended {
        match self.compare_and_save(folder, code, machines) {
            Err(failure) if matches!(code, ExitCode::Invalid | ExitCode::Interrupted) => {
                eprintln!("interregnum: warning: {}", super::visible(&failure.message));
                Ok(code)
            }
            ended => ended,
        }
    }

    fn compare_and_save(self, folder: &Path, code: ExitCode, machines: bool) -> Ended {
        let side = sides::side(folder)?;
        let machine = calibrate::slower(self.before, calibrate::machine(&self.out));
        let mut code = code;
        if let Some(known) = &self.known {
            let tolerance = self.args.tolerance.unwrap_or(TOLERANCE) / 100.0;
            let against = against(known, &side, machine, tolerance);
            tell(&against.sentence, machines);
            let path = folder.join("baseline.json");
            let json = serde_json::to_vec_pretty(&against).map_err(Failure::harness)?;
            reports::file::put_bytes(&path, &json)
                .map_err(|error| Failure::harness(format!("{}: {error}", path.display())))?;
            code = code.merge(match against.answer {
                Answer::Worse => ExitCode::Invalid,
                Answer::NotWorse => ExitCode::Valid,
                Answer::Unknown => ExitCode::Unknown,
            });
        }
        match &self.args.save_baseline {
            Some(path) => Ok(code.merge(self.save(path, &side, code, machines)?)),
            None => Ok(code),
        }
    }

    /// Times of runs that broke a promise, or that nobody could judge, are no measure of anything.
    fn save(&self, path: &Path, side: &Side, code: ExitCode, machines: bool) -> Ended {
        if matches!(code, ExitCode::Invalid | ExitCode::Harness | ExitCode::Interrupted | ExitCode::Usage) {
            tell(&format!("No baseline was saved to {}: not all is well with these runs.", path.display()), machines);
            return Ok(code);
        }
        let saved = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let Subject { system, workloads, nodes } = self.subject.clone();
        match Baseline::of(side, &system, workloads, nodes, self.before, saved) {
            Ok(baseline) => {
                let mut json = serde_json::to_vec(&baseline).map_err(Failure::harness)?;
                json.push(b'\n');
                reports::file::put_bytes(path, &json)
                    .map_err(|error| Failure::harness(format!("{}: {error}", path.display())))?;
                tell(&format!("baseline: {}", path.display()), machines);
                Ok(code)
            }
            Err(error) => {
                tell(&format!("No baseline was saved to {}: {error}.", path.display()), machines);
                Ok(code.merge(ExitCode::Unknown))
            }
        }
    }
}

fn read(path: &Path, subject: &Subject) -> Result<Baseline, Failure> {
    let text = input::text(path, input::SCHEDULE)
        .map_err(|error| Failure::usage(format!("cannot read the baseline {error}; write one with --save-baseline")))?;
    let wrong = |error: campaign::compare::BaselineError| Failure::usage(format!("{}: {error}", path.display()));
    let baseline = Baseline::read(&text).map_err(wrong)?;
    baseline.fits(&subject.system, &subject.workloads, subject.nodes).map_err(wrong)?;
    Ok(baseline)
}

/// Beside JSON for machines nothing else goes to standard output.
fn tell(sentence: &str, machines: bool) {
    if machines {
        eprintln!("interregnum: {}", super::visible(sentence));
    } else {
        print(sentence);
    }
}
