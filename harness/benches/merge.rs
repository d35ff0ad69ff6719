//! The morning after: 10,000 finished runs in 20 shards, merged, and two such nights compared.
//!
//! `cargo bench -p interregnum --bench merge`. The real program reads folders with generated entries, 40 elections each; the
//! times are wall time and include reading, writing, the page and the plots.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use campaign::plan::{Deal, Part};
use campaign::results::{Entry, Identity, RunId, Shard};
use history::Verdict;
use support::Failure;

const RUNS: u64 = 10_000;
const SHARDS: u32 = 20;
const LIMIT: Duration = Duration::from_secs(5);

fn main() -> Result<(), Failure> {
    let scratch = support::scratch(false)?;
    for night in ["a", "b"] {
        for number in 1..=SHARDS {
            shard(&scratch.path().join(night).join(number.to_string()), Shard { number, of: SHARDS })?;
        }
    }
    println!("{RUNS} runs of 40 elections in {SHARDS} shards ({})", support::load());
    let merged = timed(scratch.path(), &["merge", "a", "--out", "merged"])?;
    let again = timed(scratch.path(), &["merge", "merged", "a/1", "--out", "again"])?;
    let compared = timed(scratch.path(), &["compare", "a", "b", "--out", "out"])?;
    for (what, took) in [("merge the shards", merged), ("merge the merge and a shard", again)] {
        support::line(what, &format!("{took:.2?}"), &format!("under {LIMIT:?}"), took < LIMIT);
    }
    println!("{:<58}{:>16}", "compare two nights", format!("{compared:.2?}"));
    Ok(())
}

fn timed(folder: &Path, arguments: &[&str]) -> Result<Duration, Failure> {
    let began = Instant::now();
    let status =
        Command::new(support::program()?).args(arguments).current_dir(folder).stdout(Stdio::null()).status()?;
    let took = began.elapsed();
    // 1: there are failures in it.
    if matches!(status.code(), Some(0..=2)) {
        Ok(took)
    } else {
        Err(format!("{arguments:?} ended with {status}").into())
    }
}

fn shard(folder: &Path, shard: Shard) -> Result<(), Failure> {
    let identity = Identity {
        schema: 1,
        version: env!("CARGO_PKG_VERSION").into(),
        id: "bench".into(),
        systems: vec!["reference".into()],
        workloads: vec!["chaos".into(), "leader-crash".into()],
        options: vec![],
        seed: 1,
        runs: Some(RUNS),
        cells: vec![],
        experiment: None,
        search: false,
        shard: Some(shard),
    };
    fs::create_dir_all(folder)?;
    fs::write(folder.join("campaign.json"), serde_json::to_string(&identity)?)?;
    let mut lines = String::new();
    for unit in Deal::new(2, identity.seed, identity.runs, Some(Part { number: shard.number, of: shard.of }))? {
        let bad = unit.number.is_multiple_of(500);
        let unit_of = RunId {
            number: unit.number,
            system: "reference".into(),
            workload: identity.workloads[unit.cell].clone(),
            seed: unit.seed,
        };
        let run = format!("{}-{}", unit_of.workload, unit.seed);
        let mut entry = Entry::of(unit_of, run, "2026-11-22T04:20:00Z".into(), 5_000_000_000, 0, None, None);
        (entry.exit, entry.verdict) = if bad { (1, Some(Verdict::Invalid)) } else { (0, Some(Verdict::Valid)) };
        entry.failures.clear();
        entry.digest.election_times =
            (0..40).map(|n| 150_000 + (n * 7919 + unit.number as u32 * 31) % 150_000).collect();
        entry.digest.interregna = entry.digest.election_times.clone();
        if bad {
            let place = format!("runs/{}", entry.run);
            fs::create_dir_all(folder.join(&place))?;
            fs::write(folder.join(&place).join("history.jsonl"), vec![b'x'; 300_000])?;
            entry.folder = Some(place);
        }
        lines += &serde_json::to_string(&entry)?;
        lines.push('\n');
    }
    fs::write(folder.join("runs.jsonl"), lines)?;
    Ok(())
}
