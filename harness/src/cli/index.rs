//! `index.html` of an output folder, written anew after every invocation.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::args::Command;

/// How long one waits for another invocation that writes the same page.
const PATIENCE: Duration = Duration::from_secs(2);

/// The output folder that an invocation leaves something in; none for one that leaves nothing, or that a batch started.
pub(super) fn folder(command: &Command) -> Option<PathBuf> {
    let output = match command {
        Command::Test(args) => &args.output,
        Command::Replay(args) => &args.output,
        Command::Soak(args) => &args.output,
        Command::Compare(args) => &args.output,
        Command::Shrink(args) => &args.output,
        _ => return None,
    };
    (!campaign::child::is_one_of_many()).then(|| output.out.clone())
}

/// Writes the page of an output folder. It can always be written anew. So whatever keeps it from being written (a full disk, say)
/// is reported by the other things that could not be written, and not here.
pub(super) fn refresh(out: &Path) {
    // A campaign's own folder may be named too; it has a page of its own.
    if !out.is_dir() || out.join(campaign::part::IDENTITY).exists() {
        return;
    }
    // Of two who end at once the later one must see what the earlier one left.
    let lock = File::open(out).ok();
    let until = Instant::now() + PATIENCE;
    while lock.as_ref().is_some_and(|lock| lock.try_lock().is_err()) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = campaign::index::write(out);
}
