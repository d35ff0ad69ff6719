//! `--baseline` and `--save-baseline`: runs are compared with times that were good, or become them.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use campaign::compare::{AGAINST, Against, Answer, Baseline, Beside, LEAST_RUNS_OF_BASELINE, Machine, Side, against};
use clap::Args;

use super::compare::sides;
use super::{CommandResult, Failure, print};
use campaign::calibrate;
use cluster::input;
use history::exit::ExitCode;

/// By how much, in per cent, election times may be longer than a baseline's unless the user says otherwise.
const TOLERANCE: f64 = 25.0;

/// What is done with a baseline.
#[derive(Debug, Clone, Default, Args)]
pub struct BaselineArgs {
    /// End with 1 if election times are certainly worse than this baseline's by more than the tolerance; with 2 if neither this
    /// nor the opposite is certain
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write the election times of these runs, a few kilobytes to be committed, if all is well with them; a file that is there is
    /// replaced
    #[arg(long, value_name = "FILE")]
    pub save_baseline: Option<PathBuf>,
    /// With --baseline: by how much, in per cent, election times may be longer [default: 25]
    #[arg(long, value_name = "PERCENT", value_parser = super::parse_percent, allow_hyphen_values = true, requires = "baseline")]
    pub tolerance: Option<f64>,
}

/// What runs are, as far as a baseline asks.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) system: String,
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
    /// Before the runs; none where no baseline is asked for. `runs`: how many there will be, if that is known.
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
        if let Some(path) = &args.save_baseline {
            reports::file::may_put(path).map_err(|why| {
                Failure::usage(format!(
                    "--save-baseline: cannot write {}: {why}; name a file in a folder that is there",
                    path.display()
                ))
            })?;
        }
        let known = args.baseline.as_deref().map(|path| read(path, &subject)).transpose()?;
        reports::folder::make(out).map_err(Failure::harness)?;
        let before = calibrate::machine(out);
        Ok(Some(Self { args: args.clone(), subject, known, before, out: out.to_owned() }))
    }

    /// After the runs, of which `folder` holds what is left; `code` is how they ended. What was found broken stays found. `told`
    /// is called once, with what they are beside the baseline and whether one was saved, as far as that is known.
    pub(super) fn end(
        self,
        folder: &Path,
        code: ExitCode,
        machines: bool,
        told: impl FnOnce(&Beside<'_>),
    ) -> CommandResult {
        let compared = self.compare(folder, machines);
        let against = compared.as_ref().ok().and_then(|(_, against)| against.as_ref());
        let saved = match (&self.args.save_baseline, &compared) {
            (Some(path), Ok((side, against))) => Some(self.save(path, side, merged(against.as_ref(), code), machines)),
            _ => None,
        };
        let unsaved = match &saved {
            Some(Ok(Saved::No(why))) => Some(why.clone()),
            Some(Err(failure)) => Some(failure.message.clone()),
            _ => None,
        };
        told(&Beside { against, unsaved: unsaved.as_deref() });
        let ended = match (saved, against) {
            (Some(Err(failure)), _) => Err(failure),
            (Some(Ok(Saved::No(_))), against) => Ok(merged(against, code).merge(ExitCode::Unknown)),
            (_, against) => Ok(merged(against, code)),
        };
        match compared.map(drop).and(ended) {
            Err(failure) if matches!(code, ExitCode::Invalid | ExitCode::Interrupted) => {
                eprintln!("interregnum: warning: {}", super::visible(&failure.message));
                Ok(code)
            }
            ended => ended,
        }
    }

    fn compare(&self, folder: &Path, machines: bool) -> Result<(Side, Option<Against>), Failure> {
        let side = sides::side(folder)?;
        let Some(known) = &self.known else { return Ok((side, None)) };
        let machine = calibrate::slower(self.before, calibrate::machine(&self.out));
        let against = against(known, &side, machine, self.args.tolerance.unwrap_or(TOLERANCE) / 100.0);
        tell(&against.sentence, machines);
        let path = folder.join(AGAINST);
        let json = serde_json::to_vec_pretty(&against).map_err(Failure::harness)?;
        reports::file::put_bytes(&path, &json)
            .map_err(|error| Failure::harness(format!("{}: {error}", path.display())))?;
        Ok((side, Some(against)))
    }

    /// Times of runs that broke a promise, or that could not be judged, are no measure of anything.
    fn save(&self, path: &Path, side: &Side, code: ExitCode, machines: bool) -> Result<Saved, Failure> {
        let no = |why: &str| {
            let sentence = format!("No baseline was saved to {}: {why}.", path.display());
            tell(&sentence, machines);
            Ok(Saved::No(sentence))
        };
        if matches!(code, ExitCode::Invalid | ExitCode::Harness | ExitCode::Interrupted | ExitCode::Usage) {
            return no("not all is well with these runs");
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
                Ok(Saved::Yes)
            }
            Err(error) => no(&error.to_string()),
        }
    }
}

/// Whether a baseline was saved.
enum Saved {
    Yes,
    /// Why not, one sentence.
    No(String),
}

/// How runs end that ended so, and are so beside a baseline.
fn merged(against: Option<&Against>, code: ExitCode) -> ExitCode {
    code.merge(match against.map(|against| against.answer) {
        Some(Answer::Worse) => ExitCode::Invalid,
        Some(Answer::NotWorse) | None => ExitCode::Valid,
        Some(Answer::Unknown) => ExitCode::Unknown,
    })
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
