//! `interregnum shrink`: from the folder of a failed run to the smallest schedule that fails as it did.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use campaign::batch::About;
use tokio::sync::watch;
use workloads::Schedule;
use workloads::shrink::{Size, by_text};

use super::args::{Format, ShrinkArgs};
use super::{Ended, Failure, batch, print, print_json, replay, single};
use campaign::shrink::hints::tripped;
use campaign::shrink::outcome::{Stage, broken};
use campaign::shrink::{Found, Hunt, Kept, Original, Processes, Rate, Repeated, Stopped, Summary, Wanted, lab, words};
use cluster::run::{self, Plan, Script};
use cluster::system;
use history::exit::ExitCode;
use reports::folder;

/// So often is the result repeated for its rate.
const FRESH: usize = 20;

/// Of the budget, so much is kept for that.
const RESERVE: u32 = 5;

/// Everything that is known before the first run.
struct Task {
    run: PathBuf,
    folder: PathBuf,
    plan: Plan,
    schedule: Schedule,
    original: Original,
    checkers: Vec<String>,
    jobs: usize,
    budget: Duration,
    machines: bool,
    began: Instant,
}

pub(super) fn run(args: &ShrinkArgs) -> Ended {
    let began = Instant::now();
    let run = one_run(replay::recorded(&args.run)?);
    let name = run.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let plan = run::read_plan(&run, name.clone(), Path::new("")).map_err(Failure::usage)?;
    single::vet(&plan)?;
    let original = Original::read(&run).map_err(Failure::usage)?;
    let checkers = wanted(args, &run, &original)?;
    let Script::Given(schedule) = &plan.script else { return Err(Failure::harness("a recorded run has a schedule")) };
    let mut schedule = by_text(schedule, &original.hits());
    // Seed and workload together name what the workload draws, and this is something else.
    if !schedule.workload.ends_with("-shrunk") {
        schedule.workload += "-shrunk";
    }
    let folder = folder::claim(&args.output.out, &format!("shrink-{name}"), SystemTime::now());
    let task = Task {
        run,
        folder: folder.map_err(Failure::harness)?,
        plan,
        schedule,
        original,
        checkers,
        jobs: args.jobs.map_or_else(batch::default_jobs, usize::from),
        budget: args.budget,
        machines: args.output.format == Format::Json,
        began,
    };
    let work = task.folder.join("candidates");
    let done = super::runtime()?.block_on(async {
        let interrupts = super::interrupts()?;
        let found = task.hunt(&work, interrupts.clone()).await?;
        task.conclude(found, interrupts).await
    });
    let _ = std::fs::remove_dir_all(&work);
    done
}

/// A run; of the folder of several, the first that was invalid.
fn one_run(folder: PathBuf) -> PathBuf {
    if folder.join("history.jsonl").exists() {
        return folder;
    }
    let invalid = |run: &PathBuf| reports::verdict::read(run).is_ok_and(|outcome| !tripped(&outcome).is_empty());
    let runs = std::fs::read_dir(folder.join("runs")).into_iter().flatten().flatten().map(|entry| entry.path());
    runs.filter(invalid).min().unwrap_or(folder)
}

/// The checkers of which one must be tripped.
fn wanted(args: &ShrinkArgs, run: &Path, original: &Original) -> Result<Vec<String>, Failure> {
    let tripped = tripped(&original.outcome);
    let (run, verdict) = (run.display(), original.outcome.verdict.as_str());
    if tripped.is_empty() {
        return Err(Failure::usage(format!("{run} is {verdict}: no checker was tripped, there is nothing to shrink")));
    }
    if let Some(other) = args.checkers.iter().find(|checker| !tripped.contains(checker)) {
        let tripped = tripped.join(", ");
        return Err(Failure::usage(format!("{run} did not trip {other:?}; it tripped {tripped}")));
    }
    Ok(if args.checkers.is_empty() { tripped } else { args.checkers.clone() })
}

impl Task {
    async fn hunt(&self, work: &Path, interrupted: watch::Receiver<bool>) -> Result<Found, Failure> {
        let say = |text: String| {
            if !self.machines {
                print(text);
            }
        };
        let (name, checkers) = (&self.original.outcome.run, self.checkers.join(", "));
        say(format!("shrinking {name}: {}; it tripped {checkers}", size(&self.schedule)));
        let hunt = Hunt {
            lab: Arc::new(Processes {
                run: self.run.clone(),
                folder: work.to_owned(),
                checkers: self.checkers.clone(),
            }),
            jobs: self.jobs,
            until: self.began + (self.budget - self.budget / RESERVE),
            interrupted,
        };
        let hints = self.original.suspects(&self.checkers);
        let tell = |kept: &Kept, rate: &Rate| {
            say(format!("{:>6.1}s  {}: {rate}", kept.after.as_secs_f64(), size(&kept.schedule)));
        };
        hunt.shrink(&self.schedule, hints, tell).await.map_err(Failure::harness)
    }

    /// Measures the rate of what was found, writes everything and prints it.
    async fn conclude(&self, found: Found, interrupts: watch::Receiver<bool>) -> Ended {
        let mut best = None;
        // What was kept by chance does not fail again; then what it was made from is the result.
        for kept in found.trail.iter().rev() {
            lab::write_plan(&self.run, &self.folder, &kept.schedule).map_err(Failure::harness)?;
            let measured = self.measure(kept, interrupts.clone()).await?;
            let fails = measured.as_ref().is_some_and(|repeated| repeated.rate.counted.reproduced > 0);
            let over = *interrupts.borrow() || self.left().is_zero();
            best = Some((kept, measured));
            if fails || over {
                break;
            }
        }
        let interrupted = *interrupts.borrow();
        let summary = self.summary(&found, best.as_ref());
        let json = serde_json::to_string_pretty(&summary).map_err(Failure::harness)? + "\n";
        reports::file::put_bytes(&self.folder.join("shrink.json"), json.as_bytes()).map_err(Failure::harness)?;
        if self.machines {
            print_json(&summary)?;
        } else {
            print(self.text(&summary, interrupted));
        }
        let fails = summary.shrunk_rate.is_none_or(|rate| rate.counted.reproduced > 0);
        Ok(match (interrupted, summary.shrunk) {
            (true, _) => ExitCode::Interrupted,
            (_, Some(_)) if fails => ExitCode::Valid,
            _ => ExitCode::Unknown,
        })
    }

    /// Repeats a schedule, whole runs, as often as was settled beforehand: none is left out for how it ended.
    async fn measure(&self, kept: &Kept, interrupts: watch::Receiver<bool>) -> Result<Option<Repeated>, Failure> {
        if *interrupts.borrow() {
            return Ok(None);
        }
        // Runs of the search were ended early; a whole one takes longer.
        let one = kept.longest.mul_f64(1.5) + Duration::from_secs(1);
        let rounds = self.left().as_secs_f64() / one.as_secs_f64();
        let times = ((rounds * self.jobs as f64) as usize).clamp(self.jobs.clamp(3, FRESH), FRESH);
        let arguments = vec!["replay".to_owned(), self.folder.display().to_string()];
        let tasks = (1..=times).map(|time| (format!("fresh-{time}"), arguments.clone())).collect();
        let rows = campaign::batch::run(&self.folder, tasks, self.jobs, interrupts, |_, _, _| ()).await;
        let repeated = Wanted::Tripped(self.checkers.clone()).count(&self.folder, &rows);
        let about = self.about(kept, &repeated);
        campaign::batch::write_about(&self.folder, &rows, Some(&about)).map_err(Failure::harness)?;
        Ok((repeated.rate.counted.runs > 0).then_some(repeated))
    }

    /// What the page says above the repetitions.
    fn about(&self, kept: &Kept, repeated: &Repeated) -> About {
        let before = Size::of(&self.schedule);
        let steps = serde_json::to_value(&kept.schedule).map(|schedule| words::steps(&schedule)).unwrap_or_default();
        let name = &self.original.outcome.run;
        About {
            title: format!("{name} shrunk: {} to {}", faults(&before), faults(&Size::of(&kept.schedule))),
            lines: vec![
                format!(
                    "The smallest schedule found that still trips {}: {}.",
                    self.checkers.join(", "),
                    size(&kept.schedule)
                ),
                format!("Run again as a whole: {}.", repeated.sentence()),
            ],
            steps,
            command: self.command(),
        }
    }

    fn left(&self) -> Duration {
        self.budget.saturating_sub(self.began.elapsed())
    }

    fn summary(&self, found: &Found, best: Option<&(&Kept, Option<Repeated>)>) -> Summary {
        let measured = best.and_then(|(_, measured)| measured.as_ref());
        let stage = |kept: &Kept| Stage { size: Size::of(&kept.schedule), after: kept.after };
        Summary {
            schema: 1,
            run: self.run.clone(),
            seed: self.original.outcome.seed,
            checkers: self.checkers.clone(),
            stopped: found.stopped,
            original: Size::of(&self.schedule),
            original_rate: found.original.stated(),
            shrunk: best.map(|(kept, _)| Size::of(&kept.schedule)),
            shrunk_rate: measured.map(|repeated| repeated.rate),
            tripped: measured.map(|repeated| repeated.tripped.clone()).unwrap_or_default(),
            trail: found.trail.iter().map(stage).collect(),
            candidates: found.candidates,
            runs: found.runs + measured.map_or(0, |repeated| repeated.rate.counted.runs + repeated.left_out),
            took: Duration::from_millis(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)),
            folder: self.folder.clone(),
            example: measured.and_then(|repeated| repeated.example.clone()),
            command: best.map(|_| self.command()),
        }
    }

    /// The command that runs the result, from wherever the nodes were started.
    fn command(&self) -> String {
        let plan = &self.plan;
        let built_in = system::System::built_in().into_iter().any(|(name, _)| name == plan.system.name);
        let system = match &plan.system.path {
            Some(path) => path.display().to_string(),
            None if built_in => plan.system.name.clone(),
            None => self.folder.join("system.toml").display().to_string(),
        };
        let mut words = vec!["interregnum".to_owned(), "test".to_owned(), "--schedule".to_owned()];
        words.push(self.folder.join("schedule.json").display().to_string());
        words.extend(["--system".to_owned(), system]);
        words.extend(plan.set.iter().flat_map(|setting| ["--set".to_owned(), setting.clone()]));
        words.extend(["--network".to_owned(), plan.network.to_string()]);
        if plan.mtu != cluster::network::switch::MTU {
            words.extend(["--mtu".to_owned(), plan.mtu.to_string()]);
        }
        if plan.disk != history::run::Disks::Auto {
            words.extend(["--disk".to_owned(), plan.disk.word().to_owned()]);
        }
        if plan.disk_model != history::run::Model::default() {
            words.extend(["--disk-model".to_owned(), plan.disk_model.as_str().to_owned()]);
        }
        if let Some(bound) = plan.bound {
            words.extend(["--bound".to_owned(), humantime::format_duration(bound).to_string().replace(' ', "")]);
        }
        words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }

    /// The result, for people.
    fn text(&self, summary: &Summary, interrupted: bool) -> String {
        let name = &self.original.outcome.run;
        let took = humantime::format_duration(Duration::from_secs(summary.took.as_secs()));
        let effort = format!("{} candidates, {} runs, {took}", summary.candidates, summary.runs);
        let Some(shrunk) = &summary.shrunk else {
            let said = summary.original_rate.counted;
            return match interrupted {
                true => format!("NOT SHRUNK {name}: interrupted before it was reproduced; {effort}"),
                false => format!("NOT SHRUNK {name}: {said}; {effort}"),
            };
        };
        let why = match summary.stopped {
            Stopped::Minimal => "no fault, wait, node or delay of it can be left out",
            Stopped::Interrupted => "interrupted; this is the smallest so far",
            Stopped::Budget | Stopped::NotReproduced => "the time was over; there may be a smaller one",
        };
        let rate = match &summary.shrunk_rate {
            Some(rate) => format!("{}, in fresh runs{}", rate.counted, broken(&summary.checkers, &summary.tripped)),
            None => "its rate was not measured".to_owned(),
        };
        let (old, new) = (faults(&summary.original), faults(shrunk));
        let report = match &summary.example {
            Some(example) => format!("\nreport: {}", example.join("report.html").display()),
            None => String::new(),
        };
        format!(
            "SHRUNK {name}: {old} to {new}, {} steps to {}, {} nodes to {}; {effort}\n  {why}\n  {rate}\nschedule: \
             {}\nrun it: {}\nagain:  interregnum replay {} --times 20{report}",
            summary.original.steps,
            shrunk.steps,
            summary.original.nodes,
            shrunk.nodes,
            self.folder.join("schedule.json").display(),
            summary.command.as_deref().unwrap_or_default(),
            quoted(&self.folder.display().to_string()),
        )
    }
}

fn faults(size: &Size) -> String {
    format!("{} fault{}", size.faults, if size.faults == 1 { "" } else { "s" })
}

fn size(schedule: &Schedule) -> String {
    let size = Size::of(schedule);
    let delays = humantime::format_duration(size.time.saturating_sub(schedule.duration));
    let s = if size.steps == 1 { "" } else { "s" };
    format!("{}, {} step{s}, {} nodes, delays of {delays}", faults(&size), size.steps, size.nodes)
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_word_reaches_the_shell_whole() {
        assert_eq!(quoted("n4.log=1/5"), "n4.log=1/5");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
