//! Two sides in pairs: a run of each on the same schedule, over and over, until a caller who looks says that it is enough.
//!
//! The two runs of a pair run at the same time, so that they share the moment. With room for one cluster only they run in turn,
//! and take turns at being first. The pairs are shown in the order in which they were *begun*, up to the first that has not
//! ended. In the order of their ends, quick pairs would come first, and a slow side would look as quick as they are.
//!
//! A pair that was cut short, by the end of the budget or by an interrupt, counts for nothing, and neither does one after
//! it. Their folders go to [`NOT_COUNTED`] in the end, so that the two sides hold the pairs that the answer rests on, and no other.

pub mod notes;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::compare::Unfinished;
use crate::results::{Ending, Entry, RunId};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::child::{self, HowChildEnded, Patience};
use reports::asked::Asked;
use reports::folder;

/// How long a run may take to end once it was asked to.
const FAREWELL: Duration = Duration::from_secs(30);

/// Where runs go whose pair does not count, in the comparison's folder.
pub(crate) const NOT_COUNTED: &str = "not-counted";

/// A file in the comparison's folder while pairs are run: where it stays, the comparison was killed.
pub const UNDER_WAY: &str = "under-way";

/// The runs of the first so many pairs have pages though they are valid, as the first of a campaign have by default.
const SAMPLE: u64 = super::keep::SAMPLE;

/// The folders of the sides.
pub const SIDES: [&str; 2] = ["a", "b"];

/// So many pairs in which a side did not come about are enough.
const HOPELESS: usize = 2;

/// What is to be run.
#[derive(Debug, Clone)]
pub struct PairOrders {
    /// Where: runs go to `a/runs` and `b/runs` below it.
    pub folder: PathBuf,
    /// The system, as it was named.
    pub system: String,
    pub workload: String,
    /// What is asked of runs of A and of B, but for the seed.
    pub sides: [Asked; 2],
    /// The seed of the first pair.
    pub seed: u64,
    /// How many pairs at once.
    pub at_once: usize,
    /// The two of a pair run one after the other.
    pub in_turn: bool,
    /// How long all of it may take.
    pub budget: Duration,
    /// A run that takes longer hangs.
    pub watchdog: Duration,
}

/// A run of A and one of B.
pub type Pair = (Entry, Entry);

/// What came of it.
#[derive(Debug, Default)]
pub struct PairsEnd {
    /// The pairs in the order in which they were begun, up to the first that did not end.
    pub pairs: Vec<Pair>,
    /// How long it took.
    pub spent: Duration,
    /// Why it ended, if not because the caller had seen enough.
    pub unfinished: Option<Unfinished>,
}

/// Runs pairs until `enough` says so of those that there are, or the budget is spent.
pub async fn run(
    orders: &PairOrders,
    mut interrupts: watch::Receiver<bool>,
    mut enough: impl FnMut(&[Pair], Duration) -> bool,
) -> PairsEnd {
    let began = Instant::now();
    let _ = std::fs::write(orders.folder.join(UNDER_WAY), b"");
    let deadline = tokio::time::sleep(orders.budget);
    tokio::pin!(deadline);
    let (stop, stopped) = watch::channel(false);
    let mut ended = PairsEnd::default();
    let mut waiting: BTreeMap<u64, Option<Pair>> = BTreeMap::new();
    let mut running: JoinSet<(u64, Option<Pair>)> = JoinSet::new();
    let (mut next, mut longest, mut over) = (0, Duration::ZERO, false);
    loop {
        // A pair that will not end in time need not begin.
        while !over && running.len() < orders.at_once.max(1) && began.elapsed() + longest < orders.budget {
            let (orders, number, stopped) = (orders.clone(), next, stopped.clone());
            running.spawn(async move { (number, pair(&orders, number, stopped).await) });
            next += 1;
        }
        let joined = tokio::select! {
            joined = running.join_next() => joined,
            () = &mut deadline, if !over => {
                over = true;
                ended.unfinished = Some(Unfinished::Budget);
                stop.send_replace(true);
                continue;
            }
            told = interrupts.wait_for(|told| *told), if !over => {
                if told.is_ok() {
                    ended.unfinished = Some(Unfinished::Interrupted);
                }
                drop(told);
                over = true;
                stop.send_replace(true);
                continue;
            }
        };
        let Some(joined) = joined else { break };
        let Ok((number, pair)) = joined else { continue };
        if let Some((a, b)) = &pair {
            longest = longest.max(Duration::from_nanos(a.duration.max(b.duration)));
        }
        waiting.insert(number, pair);
        while let Some(entry) = waiting.first_entry().filter(|entry| *entry.key() == ended.pairs.len() as u64) {
            let Some(pair) = entry.remove() else { break };
            ended.pairs.push(pair);
            // Also of a pair that came to its end after the answer was known: it counts.
            let known = enough(&ended.pairs, began.elapsed());
            if !over && (known || is_hopeless(&mut ended)) {
                over = true;
                stop.send_replace(true);
            }
        }
    }
    set_apart(&orders.folder, &ended.pairs);
    ended.spent = began.elapsed();
    if !over {
        ended.unfinished = Some(Unfinished::Budget);
    }
    ended
}

/// Sets the runs apart that are in no pair that counts.
fn set_apart(folder: &Path, pairs: &[Pair]) {
    let counted: BTreeSet<&str> =
        pairs.iter().flat_map(|(a, b)| [a, b]).filter_map(|run| run.folder.as_deref()).collect();
    for side in SIDES {
        let runs = std::fs::read_dir(folder.join(side).join("runs")).into_iter().flatten().flatten();
        for run in runs.map(|run| run.path()).filter(|run| !counted.contains(&*run.to_string_lossy())) {
            let away = folder.join(NOT_COUNTED).join(side);
            // What cannot be moved was cut short, and says so itself.
            let _ = std::fs::create_dir_all(&away)
                .and_then(|()| std::fs::rename(&run, away.join(run.file_name().unwrap_or_default())));
        }
    }
    let _ = std::fs::remove_file(folder.join(UNDER_WAY));
}

/// Whether a side does not come about at all; then it is written down.
fn is_hopeless(ended: &mut PairsEnd) -> bool {
    let none = |of: fn(&Pair) -> &Entry| {
        ended.pairs.len() >= HOPELESS && ended.pairs.iter().all(|pair| of(pair).ending() == Ending::Harness)
    };
    let side = match (none(|pair| &pair.0), none(|pair| &pair.1)) {
        (true, _) => "A",
        (_, true) => "B",
        _ => return false,
    };
    let why = ended.pairs.last().map(|pair| if side == "A" { &pair.0 } else { &pair.1 });
    let why = why.map(|run| run.sentence.trim_end_matches('.').to_owned()).unwrap_or_default();
    ended.unfinished = Some(Unfinished::DoesNotRun { side: side.to_owned(), why });
    true
}

/// Both runs of a pair; none if one of them was cut short.
async fn pair(orders: &PairOrders, number: u64, stopped: watch::Receiver<bool>) -> Option<Pair> {
    let run = |side| one(orders, side, number, stopped.clone());
    let (a, b) = match (orders.in_turn, number % 2) {
        (false, _) => tokio::join!(run(0), run(1)),
        (true, 0) => {
            let a = run(0).await;
            (a, run(1).await)
        }
        (true, _) => {
            let b = run(1).await;
            (run(0).await, b)
        }
    };
    Some((a?, b?))
}

/// One run as a process of its own; none if it was cut short.
async fn one(orders: &PairOrders, side: usize, number: u64, stopped: watch::Receiver<bool>) -> Option<Entry> {
    let seed = orders.seed.wrapping_add(number);
    let unit = RunId { number, system: orders.system.clone(), workload: orders.workload.clone(), seed };
    let name = format!("{}-{seed}", orders.workload.replace(':', "-"));
    let began = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
    let runs = orders.folder.join(SIDES[side]).join("runs");
    let run_folder = folder::claim_name(&runs, &name).ok()?;
    let mut asked = orders.sides[side].clone().with_seed(seed);
    asked.file.brief = number >= SAMPLE;
    let patience = Patience { work: Some(orders.watchdog), end: Some(FAREWELL) };
    let left = child::carry_out(&run_folder, &asked, patience, stopped).await.ok()?;
    if left.ended.why == HowChildEnded::Interrupted {
        return None;
    }
    let (took, exit, lost) = (left.ended.nanos(), left.ended.code(), left.lost());
    let entry = Entry::of(unit, name, began, took, exit, left.outcome.as_ref(), lost.as_ref());
    Some(Entry { folder: Some(run_folder.display().to_string()), ..entry })
}
