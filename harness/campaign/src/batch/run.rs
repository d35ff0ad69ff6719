//! A batch carried out: several runs at once, each a process of its own, so that nothing one run does can hurt another.
//!
//! The batch claims a folder for each run, starts it, and reads what that left behind. It never looks at a history itself.
//! Interrupted, it asks its runs to end and waits for them: a user who interrupts a batch wants its pages.

use std::path::Path;

use history::exit::ExitCode;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::BatchRow;
use crate::child::{self, Left, NO_VERDICT, Patience};
use reports::asked::Asked;
use reports::folder::claim_name;

/// A run to be done: the name of its folder and of its row, and what is asked.
pub type Task = (String, Asked);

/// Carries out all tasks, so many at once, each in a folder of its own below `folder/runs`. `tell` hears of each run that
/// ended, of how many have, and of how many there are.
pub async fn run(
    folder: &Path,
    tasks: Vec<Task>,
    jobs: usize,
    interrupts: watch::Receiver<bool>,
    mut tell: impl FnMut(&BatchRow, usize, usize),
) -> Vec<BatchRow> {
    let total = tasks.len();
    let mut waiting = tasks.into_iter().enumerate();
    let mut running = JoinSet::new();
    let mut rows = Vec::new();
    loop {
        while running.len() < jobs.max(1) && !*interrupts.borrow() {
            let Some((number, task)) = waiting.next() else { break };
            let (folder, interrupts) = (folder.to_owned(), interrupts.clone());
            running.spawn(async move { (number, one(&folder, task, interrupts).await) });
        }
        let Some(ended) = running.join_next().await else { break };
        if let Ok((number, row)) = ended {
            tell(&row, rows.len() + 1, total);
            rows.push((number, row));
        }
    }
    rows.sort_by_key(|(number, _)| *number);
    rows.into_iter().map(|(_, row)| row).collect()
}

async fn one(folder: &Path, (name, asked): Task, interrupts: watch::Receiver<bool>) -> BatchRow {
    let failed = |sentence| BatchRow {
        name: name.clone(),
        exit: ExitCode::Harness.code().into(),
        sentence,
        ..BatchRow::default()
    };
    let run_folder = match claim_name(&folder.join("runs"), &name) {
        Ok(run_folder) => run_folder,
        Err(error) => return failed(format!("cannot make its folder: {error}")),
    };
    match child::carry_out(&run_folder, &asked, Patience::default(), interrupts).await {
        Ok(left) => row(name, folder, &left),
        Err(error) => failed(format!("cannot start its process: {error}")),
    }
}

/// What a finished run left behind, as a row.
fn row(name: String, folder: &Path, left: &Left) -> BatchRow {
    let exit = match left.ended.code() {
        0 if left.outcome.is_none() => ExitCode::Harness.code(),
        exit => exit,
    };
    let silent = || BatchRow { sentence: NO_VERDICT.into(), ..BatchRow::default() };
    let mut row = BatchRow {
        name,
        exit: exit.into(),
        duration: left.ended.nanos(),
        folder: left.folder.strip_prefix(folder).unwrap_or(&left.folder).to_owned(),
        ..left.outcome.as_ref().map_or_else(silent, BatchRow::of)
    };
    let failed = exit == ExitCode::Harness.code() || row.verdict.is_none();
    if failed && let Some(lost) = left.lost() {
        (row.sentence, row.trouble) = (lost.sentence, Some(lost.code));
    }
    row
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use history::finding::{Lost, Trouble};

    use super::*;
    use crate::child::{ChildEnd, HowChildEnded};
    use crate::sample;

    fn left(batch: &Path, name: &str, exit: Option<u8>) -> Left {
        let folder = claim_name(&batch.join("runs"), name).unwrap();
        Left { folder, ended: ChildEnd { exit, why: HowChildEnded::Done, took: Duration::from_secs(2) }, outcome: None }
    }

    #[test]
    fn what_was_said_of_a_run_is_its_row() {
        let batch = tempfile::tempdir().unwrap();
        let outcome = Some(sample::unsafe_outcome());
        let told = row("a".into(), batch.path(), &Left { outcome, ..left(batch.path(), "a", Some(1)) });
        assert_eq!((told.exit, told.verdict, told.trouble.as_deref()), (1, Some(history::Verdict::Invalid), None));
        assert_eq!((told.folder.to_str(), told.duration), (Some("runs/a"), 2_000_000_000));
        assert_eq!(told.sentence, sample::unsafe_outcome().sentence);
        assert!(!told.checkers.is_empty() && !told.gist.is_empty());
    }

    #[test]
    fn a_run_without_a_verdict_failed_whatever_its_exit_code_says() {
        let batch = tempfile::tempdir().unwrap();
        for exit in [Some(0), None] {
            let told = row("b".into(), batch.path(), &left(batch.path(), "b", exit));
            assert_eq!((told.exit, told.verdict, told.sentence.as_str()), (70, None, NO_VERDICT));
        }
    }

    #[test]
    fn why_a_run_failed_is_what_it_left_and_else_what_it_said_last() {
        let batch = tempfile::tempdir().unwrap();
        let outcome = Some(sample::valid_outcome());
        let left = Left { outcome, ..left(batch.path(), "c", Some(70)) };
        std::fs::write(left.folder.join("harness.log"), "one\ninterregnum: the disk is on fire\ntwo\n").unwrap();
        assert_eq!(row("c".into(), batch.path(), &left).sentence, "the disk is on fire");
        child::leave(&left.folder, &Lost::new(Trouble::NoVerdict, "no clock"));
        let told = row("c".into(), batch.path(), &left);
        assert_eq!((told.sentence.as_str(), told.trouble.as_deref()), ("no clock", Some(Trouble::NoVerdict.code())));
    }
}
