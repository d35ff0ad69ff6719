//! What the benches that run the real programs share: where these are, and how a line of results looks.

use std::error::Error;
use std::path::PathBuf;

/// Whatever went wrong, in words.
pub(crate) type Failure = Box<dyn Error>;

/// The `interregnum` that was built with this bench, if the reference node is beside it.
pub(crate) fn program() -> Result<PathBuf, Failure> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_interregnum"));
    let node = program.with_file_name("interregnum-node");
    match node.exists() {
        true => Ok(program),
        false => Err(format!("{} does not exist; run `make build` first", node.display()).into()),
    }
}

/// A folder that is removed when the bench is over: on the disk, or in memory where there is a /dev/shm. In memory the
/// harness is measured and not the disk: a process that is killed inside an fsync dies only when the disk lets go of it.
pub(crate) fn scratch(in_memory: bool) -> Result<tempfile::TempDir, Failure> {
    let on_disk = || tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"));
    Ok(if in_memory { tempfile::tempdir_in("/dev/shm").or_else(|_| on_disk())? } else { on_disk()? })
}

/// One line of results: what, how much, the target, and whether it was reached.
pub(crate) fn line(what: &str, value: &str, target: &str, reached: bool) {
    println!("{what:<58}{value:>16}   {target:<34}{}", if reached { "ok" } else { "missed" });
}

/// The load of the machine, which benches share with whatever else runs: a missed target on a busy one says little.
pub(crate) fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("load {} on {cores} cores", text.split_whitespace().next().unwrap_or("unknown"))
}
