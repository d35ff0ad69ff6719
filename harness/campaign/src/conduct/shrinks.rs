//! For each new way to fail, the smallest schedule that still fails so: `soak --shrink`.
//!
//! Shrinking is a program of its own (`interregnum shrink`). It is started like a run, one at a time, beside the runs, and the
//! runs leave it room while it works. It takes minutes, and a campaign has an end. So a shrink is only begun when there is time
//! left, and its budget is that time. What was found is kept in `shrunk.json`, so that a continued campaign does not
//! look for it again.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::page::Shrunk;
use crate::results::{Entry, FailureClass, Signature, Tally};
use history::Verdict;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::campaign_folder;
use crate::child::{self, Patience};
use crate::merged::SHRUNK as FILE;
use crate::shrink::words;

/// The longest that one may take.
const BUDGET: Duration = Duration::from_secs(300);

/// With less time left than this, none is begun.
const LEAST: Duration = Duration::from_secs(30);

/// So many signatures are shrunk; more are never read.
const MOST: usize = 30;

/// The shrinks of a campaign.
pub(super) struct Shrinks {
    folder: PathBuf,
    jobs: usize,
    queue: VecDeque<(Signature, String)>,
    known: Vec<Signature>,
    working: JoinSet<(Signature, Result<Shrunk, String>)>,
    /// Told when they are to end.
    pub(super) end: watch::Sender<bool>,
    /// What was found.
    pub(super) done: BTreeMap<Signature, Shrunk>,
}

impl Shrinks {
    /// `jobs`: how many clusters a shrink may have at once.
    pub(super) fn new(folder: &Path, jobs: usize, tally: &Tally) -> Self {
        let found = std::fs::read(folder.join(FILE)).ok();
        let found: Vec<(Signature, Shrunk)> =
            found.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
        let mut shrinks = Self {
            folder: folder.to_owned(),
            jobs: jobs.max(1),
            queue: VecDeque::new(),
            known: found.iter().map(|(signature, _)| signature.clone()).collect(),
            working: JoinSet::new(),
            end: watch::channel(false).0,
            done: found.into_iter().collect(),
        };
        for (signature, group) in tally.groups(FailureClass::Invalid) {
            if let Some(run) = group.kept.as_ref().and_then(|kept| kept.folder.as_deref()) {
                shrinks.want(signature, run);
            }
        }
        shrinks
    }

    /// A run failed: what is new about it is to be shrunk.
    pub(super) fn failed(&mut self, entry: &Entry) {
        let Some(run) = &entry.folder else { return };
        for failure in entry.failures.iter().filter(|failure| failure.verdict == Verdict::Invalid) {
            self.want(&failure.signature, run);
        }
    }

    fn want(&mut self, signature: &Signature, run: &str) {
        if self.known.len() < MOST && !self.known.contains(signature) {
            self.known.push(signature.clone());
            self.queue.push_back((signature.clone(), run.to_owned()));
        }
    }

    /// How many clusters are its own at the moment.
    pub(super) fn clusters(&self) -> usize {
        if self.working.is_empty() { 0 } else { self.jobs }
    }

    /// Begins the next one, if it is time to. `left`: how much time the campaign has; none: as much as it takes. What there is
    /// no time for any more is forgotten; answers how many.
    pub(super) fn go_on(&mut self, left: Option<Duration>) -> usize {
        if *self.end.borrow() || left.is_some_and(|left| left < LEAST) {
            return std::mem::take(&mut self.queue).len();
        }
        if self.working.is_empty()
            && let Some((signature, run)) = self.queue.pop_front()
        {
            let budget = share(left, self.queue.len() + 1);
            self.working.spawn(shrink(self.folder.clone(), signature, run, budget, self.jobs, self.end.subscribe()));
        }
        0
    }

    /// One that works, or waits to.
    pub(super) fn is_busy(&self) -> bool {
        !self.working.is_empty() || !self.queue.is_empty()
    }

    /// Waits for one to end, and answers what is to be said of it: what it found, or why nothing. Only call it when one works.
    pub(super) async fn ended(&mut self) -> Option<Result<String, String>> {
        let (signature, found) = self.working.join_next().await?.ok()?;
        match found {
            Ok(shrunk) => {
                let said = format!(
                    "shrunk from {} faults to {}: {}: {}",
                    shrunk.steps_before,
                    shrunk.steps_after,
                    signature.checker,
                    signature.cause.label()
                );
                self.done.insert(signature, shrunk);
                let all: Vec<_> = self.done.iter().collect();
                let kept = campaign_folder::put(&self.folder.join(FILE), &all);
                Some(match kept {
                    Ok(()) => Ok(said),
                    Err(error) => Err(format!("{said} (it cannot be kept: {error})")),
                })
            }
            Err(_) if *self.end.borrow() => None,
            Err(why) => Some(Err(format!("not shrunk: {}: {}: {why}", signature.checker, signature.cause.label()))),
        }
    }

    /// Whether one works.
    pub(super) fn works(&self) -> bool {
        !self.working.is_empty()
    }
}

/// The budget of one of so many that wait: its share of the time that is left, and at least as much as makes sense.
fn share(left: Option<Duration>, waiting: usize) -> Duration {
    let waiting = u32::try_from(waiting).unwrap_or(u32::MAX).max(1);
    left.map_or(BUDGET, |left| (left / waiting).clamp(LEAST, BUDGET))
}

async fn shrink(
    folder: PathBuf,
    signature: Signature,
    run: String,
    budget: Duration,
    jobs: usize,
    end: watch::Receiver<bool>,
) -> (Signature, Result<Shrunk, String>) {
    let found = try_to(&folder, &signature, &run, budget, jobs, end).await;
    (signature, found)
}

async fn try_to(
    folder: &Path,
    signature: &Signature,
    run: &str,
    budget: Duration,
    jobs: usize,
    end: watch::Receiver<bool>,
) -> Result<Shrunk, String> {
    let name = Path::new(run).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let out = reports::folder::claim_name(&folder.join("shrunk"), &name).map_err(|error| error.to_string())?;
    let arguments = [
        "shrink".to_owned(),
        folder.join(run).display().to_string(),
        format!("--budget={}", humantime::format_duration(Duration::from_secs(budget.as_secs()))),
        format!("--jobs={jobs}"),
        format!("--checker={}", signature.checker),
        format!("--out={}", out.display()),
    ];
    // Its last repetitions may go on for a while after its budget.
    let patience = Patience { work: Some(2 * budget + BUDGET), end: Some(super::END) };
    let ended = child::carry_out_in(&out, &arguments, patience, end).await.map_err(|error| error.to_string())?;
    let place = out.join("latest").canonicalize().map_err(|_| said(&out, ended.exit))?;
    let json = std::fs::read(place.join("shrink.json")).map_err(|_| said(&out, ended.exit))?;
    let summary: Value = serde_json::from_slice(&json).map_err(|error| error.to_string())?;
    let steps = std::fs::read(place.join("schedule.json")).ok();
    let steps = steps.and_then(|json| serde_json::from_slice::<Value>(&json).ok()).unwrap_or_default();
    let place = place.strip_prefix(folder).map(Path::to_owned).unwrap_or(place);
    read(&summary, &steps, place).ok_or_else(|| "it was not reproduced".to_owned())
}

fn said(out: &Path, exit: Option<u8>) -> String {
    child::last_words(out).unwrap_or_else(|| format!("it ended with {exit:?} and found nothing"))
}

/// What a `shrink.json` and the schedule beside it say; none when nothing was reproduced.
fn read(summary: &Value, schedule: &Value, folder: PathBuf) -> Option<Shrunk> {
    let faults = |of: &str| summary.get(of)?.get("faults")?.as_u64();
    let counted = summary.get("shrunk_rate").map(|rate| rate.get("counted").unwrap_or(rate));
    let rate = |what: &str| counted.and_then(|rate| rate.get(what)?.as_u64()).unwrap_or(0);
    Some(Shrunk {
        steps_before: faults("original")?,
        steps_after: faults("shrunk")?,
        rate: (rate("reproduced"), rate("runs")),
        command: summary.get("command")?.as_str()?.to_owned(),
        folder,
        steps: words::steps(schedule),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shrink_wrote_is_read() {
        let summary = serde_json::json!({
            "original": {"faults": 30}, "shrunk": {"faults": 2}, "command": "interregnum replay x",
            "shrunk_rate": {"counted": {"reproduced": 7, "runs": 20}, "low": 0.1},
        });
        let schedule = serde_json::json!({"steps": [{"id": 1}, {"id": 2}]});
        let shrunk = read(&summary, &schedule, "shrunk/chaos-1".into()).unwrap();
        assert_eq!((shrunk.steps_before, shrunk.steps_after, shrunk.rate), (30, 2, (7, 20)));
        assert_eq!(shrunk.steps, words::steps(&schedule));
        assert_eq!(shrunk.steps.len(), 2);
        let nothing = serde_json::json!({"original": {"faults": 30}, "shrunk": null, "command": null});
        assert_eq!(read(&nothing, &schedule, PathBuf::new()), None);
    }

    #[test]
    fn those_that_wait_share_the_time_that_is_left() {
        let seconds = Duration::from_secs;
        assert_eq!(share(None, 7), BUDGET);
        assert_eq!(share(Some(seconds(28_800)), 4), BUDGET);
        assert_eq!(share(Some(seconds(400)), 4), seconds(100));
        assert_eq!(share(Some(seconds(45)), 2), LEAST);
    }

    #[test]
    fn each_signature_is_shrunk_once_and_none_without_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut shrinks = Shrinks::new(folder.path(), 2, &Tally::default());
        let signature = |checker: &str| Signature {
            system: "mine".into(),
            checker: checker.into(),
            faults: Vec::new(),
            cause: crate::results::Cause::Told("two votes".into()),
        };
        for checker in ["vote-once", "vote-once", "stability"] {
            shrinks.want(&signature(checker), "runs/chaos-1");
        }
        assert_eq!(shrinks.queue.len(), 2);
        assert!(shrinks.is_busy() && !shrinks.works() && shrinks.clusters() == 0);
        assert_eq!(shrinks.go_on(Some(Duration::from_secs(5))), 2);
        assert!(!shrinks.is_busy());
    }
}
