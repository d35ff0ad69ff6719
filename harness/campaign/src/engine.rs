//! Which part of a campaign is this? `--shard 3/8` says it; `--shard-from ENGINE` asks the engine that started us.
//!
//! A user with many machines has an engine that hands out work to them, so there is none here. Each of them starts many
//! copies of the same command and tells each copy its number through environment variables. Each counts in its own way: from 0,
//! from 1, or from wherever the user's range begins. That is all that differs, and it is settled here, once, so that no script
//! has to do arithmetic. Shards count from 1.
//!
//! | engine | number | how many | said by |
//! | --- | --- | --- | --- |
//! | Slurm array | `SLURM_ARRAY_TASK_ID`, from `…_MIN` in steps of `…_STEP` | `SLURM_ARRAY_TASK_COUNT` | slurm.schedmd.com/job_array.html |
//! | Kubernetes Indexed Job | `JOB_COMPLETION_INDEX`, from 0 | no variable: [`SHARDS`], set in the manifest beside `completions` | kubernetes.io/docs/tasks/job/indexed-parallel-processing-static |
//! | GitLab CI `parallel` | `CI_NODE_INDEX`, from 1 | `CI_NODE_TOTAL` | docs.gitlab.com/ci/variables/predefined_variables |
//! | Buildkite `parallelism` | `BUILDKITE_PARALLEL_JOB`, from 0 | `BUILDKITE_PARALLEL_JOB_COUNT` | buildkite.com/docs/pipelines/configure/environment-variables |
//! | GitHub Actions matrix | no variable: [`INDEX`], set to `${{ strategy.job-index }}`, from 0 | [`SHARDS`], set to `${{ strategy.job-total }}` | docs.github.com/en/actions/reference/workflows-and-actions/contexts |
//!
//! A wrong number is worse than none: two machines that run the same shard prove half of what they seem to. So a variable
//! that is missing or does not fit is an error and never a default.

use crate::results::Shard;

/// How many shards there are, for engines that do not say it.
pub const SHARDS: &str = "INTERREGNUM_SHARDS";
/// The number of this one from 0, for engines that have no variable for it.
pub const INDEX: &str = "INTERREGNUM_SHARD_INDEX";

/// What hands out shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// A Slurm job array
    Slurm,
    /// A Kubernetes Indexed Job; INTERREGNUM_SHARDS says how many completions it has
    Kubernetes,
    /// GitLab CI with `parallel`
    Gitlab,
    /// Buildkite with `parallelism`
    Buildkite,
    /// A GitHub Actions matrix; INTERREGNUM_SHARD_INDEX and INTERREGNUM_SHARDS hold strategy.job-index and job-total
    Github,
}

/// Reads `3/8`. The error says what to write.
pub fn shard(text: &str) -> Result<Shard, String> {
    let wrong = || format!("{text:?} is no shard; write its number and how many there are, such as 3/8");
    let (number, of) = text.split_once('/').ok_or_else(wrong)?;
    let whole = |text: &str| text.trim().parse::<u64>().map_err(|_| wrong());
    fit(whole(number)?, whole(of)?)
        .ok_or_else(|| format!("shard {text} is out of range; the first is 1/N, the last N/N"))
}

/// The shard that the engine's variables tell, as `variable` reads them. The error is a sentence that names the variable
/// and what to do.
pub fn parse(engine: Engine, variable: &dyn Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let read = Variables { engine, variable };
    match engine {
        Engine::Slurm => slurm(&read),
        Engine::Kubernetes => {
            let hint = "run it in a Job with completionMode: Indexed";
            let of = read.number(SHARDS, "Kubernetes does not give it to a pod; set it to the Job's completions")?;
            from_zero("JOB_COMPLETION_INDEX", read.number("JOB_COMPLETION_INDEX", hint)?, SHARDS, of)
        }
        Engine::Gitlab => {
            let hint = "give the job `parallel: N`";
            let (index, of) = (read.number("CI_NODE_INDEX", hint)?, read.number("CI_NODE_TOTAL", hint)?);
            fit(index, of).ok_or_else(|| format!("CI_NODE_INDEX={index} is out of range: CI_NODE_TOTAL={of}, from 1"))
        }
        Engine::Buildkite => {
            let (index, of) = ("BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT");
            let hint = "give the step `parallelism: N`";
            from_zero(index, read.number(index, hint)?, of, read.number(of, hint)?)
        }
        Engine::Github => {
            let index = read.number(INDEX, "set it in the step's env to ${{ strategy.job-index }}")?;
            let of = read.number(SHARDS, "set it in the step's env to ${{ strategy.job-total }}")?;
            from_zero(INDEX, index, SHARDS, of)
        }
    }
}

/// The tasks of an array are its numbers in order, wherever they begin: `--array=0-7`, `1-8`, `10-80:10`. A list with holes
/// (`1,5,6`) does not say which of how many a task is, unless [`SHARDS`] does: then the task's id is its shard. So a
/// lost shard can be run again alone.
fn slurm(read: &Variables<'_>) -> Result<Shard, String> {
    const ID: &str = "SLURM_ARRAY_TASK_ID";
    let hint = "submit it as an array: sbatch --array=1-8";
    let id = read.number(ID, hint)?;
    if let Some(of) = read.optional(SHARDS)? {
        return fit(id, of).ok_or_else(|| format!("{ID}={id} is out of range: {SHARDS}={of}, from 1"));
    }
    let count = read.number("SLURM_ARRAY_TASK_COUNT", hint)?;
    let (least, most) = (read.number("SLURM_ARRAY_TASK_MIN", hint)?, read.number("SLURM_ARRAY_TASK_MAX", hint)?);
    let step = read.optional("SLURM_ARRAY_TASK_STEP")?.unwrap_or(1).max(1);
    let even = most.checked_sub(least).is_some_and(|width| width % step == 0 && width / step + 1 == count);
    let place = id.checked_sub(least).filter(|from| even && id <= most && from % step == 0).map(|from| from / step);
    place.and_then(|place| fit(place + 1, count)).ok_or_else(|| {
        format!(
            "task {id} of an array of {count} from {least} to {most} in steps of {step} has no place in it. Submit a plain \
             range such as --array=1-8. Or set {SHARDS} to how many shards there are; a task's id is then its shard"
        )
    })
}

fn from_zero(index_name: &str, index: u64, of_name: &str, of: u64) -> Result<Shard, String> {
    let number = index.checked_add(1);
    number
        .and_then(|number| fit(number, of))
        .ok_or_else(|| format!("{index_name}={index} is out of range: {of_name}={of}, and the index counts from 0"))
}

/// A shard, if there is such a one.
fn fit(number: u64, of: u64) -> Option<Shard> {
    let (number, of) = (u32::try_from(number).ok()?, u32::try_from(of).ok()?);
    (1..=of).contains(&number).then_some(Shard { number, of })
}

struct Variables<'a> {
    engine: Engine,
    variable: &'a dyn Fn(&str) -> Option<String>,
}

impl Variables<'_> {
    fn number(&self, name: &str, hint: &str) -> Result<u64, String> {
        let missing = || format!("--shard-from {} needs {name}, which is not set: {hint}", self.engine.word());
        self.optional(name)?.ok_or_else(missing)
    }

    /// One that is empty counts as not set: that is how workflow files leave a variable out.
    fn optional(&self, name: &str) -> Result<Option<u64>, String> {
        let Some(text) = (self.variable)(name).filter(|text| !text.trim().is_empty()) else { return Ok(None) };
        let whole = text.trim().parse().map_err(|_| format!("{name} is {text:?}, which is not a whole number"))?;
        Ok(Some(whole))
    }
}

impl Engine {
    /// The word on the command line.
    fn word(self) -> &'static str {
        match self {
            Self::Slurm => "slurm",
            Self::Kubernetes => "kubernetes",
            Self::Gitlab => "gitlab",
            Self::Buildkite => "buildkite",
            Self::Github => "github",
        }
    }
}

#[cfg(test)]
mod tests;
