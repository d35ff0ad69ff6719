//! How much disk and memory there is.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// With less than this free, bytes, a campaign begins no run: the runs under way still have to write theirs.
pub const LEAST: u64 = 256 << 20;

/// The bytes that are free where this path is; none when that cannot be said.
pub fn free(path: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(path).ok()?;
    stat.f_bavail.checked_mul(stat.f_frsize)
}

/// The bytes that a folder takes on its disk.
pub fn taken(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => taken(&entry.path()),
        Ok(metadata) => metadata.blocks() * 512,
        Err(_) => 0,
    });
    sizes.sum()
}

/// The share of the machine's memory that is available, 0 to 1; none where the kernel does not tell.
pub fn memory() -> Option<f64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let kilobytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    Some(kilobytes("MemAvailable")? / kilobytes("MemTotal")?.max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_takes_what_its_files_take() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(folder.path().join("deep/file"), vec![1; 100_000]).unwrap();
        assert!(taken(folder.path()) >= 100_000);
        assert!(free(folder.path()).is_some());
        assert!(memory().is_some_and(|share| (0.0..=1.0).contains(&share)));
    }
}
