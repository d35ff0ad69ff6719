//! Where a system's program is.
//!
//! A name without a slash is looked for beside `interregnum` first, then on PATH: that is how the reference node is
//! found after `cargo build` and after `cargo install` alike, with no path of its own in its system file. A relative
//! path with a slash is meant from the folder of the system file, so that a file and its program can be moved
//! together; where nothing is there, from the working directory. The folders of servers, such as `/usr/sbin`, are looked
//! through last.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::{System, SystemError};

/// Where distributions put servers, and where the PATH of an ordinary user does not look.
const SERVERS: &str = ":/usr/local/sbin:/usr/sbin:/sbin";

impl System {
    /// The program that a command's first argument means.
    pub fn locate(&self, program: &str) -> Result<PathBuf, SystemError> {
        let exe = std::env::current_exe().ok();
        let beside = exe.as_deref().and_then(Path::parent);
        let folder = self.path.as_deref().and_then(Path::parent);
        let mut path = std::env::var_os("PATH").unwrap_or_default();
        path.push(SERVERS);
        locate(program, folder, beside, Some(&path))
            .map_err(|message| SystemError::Program(format!("the system `{}` {message}", self.name)))
    }
}

pub(super) fn locate(
    program: &str,
    folder: Option<&Path>,
    beside: Option<&Path>,
    path: Option<&OsStr>,
) -> Result<PathBuf, String> {
    if program.contains('/') {
        let places = folder.map(|folder| folder.join(program)).into_iter().chain([PathBuf::from(program)]);
        let found = places.into_iter().find(|place| place.exists());
        let found = found.ok_or_else(|| {
            format!(
                "runs {program}, and there is no such file, neither beside the system file nor in the working \
                 directory; build it, or correct `command` in [node]"
            )
        })?;
        runnable(&found)?;
        return std::path::absolute(&found).map_err(|error| format!("runs {program}, which has no path: {error}"));
    }
    let path = path.unwrap_or_default();
    let places = beside.map(Path::to_owned).into_iter().chain(std::env::split_paths(path));
    let mut refused = None;
    for place in places.map(|folder| folder.join(program)).filter(|place| place.is_file()) {
        match runnable(&place) {
            Ok(()) => return std::path::absolute(&place).map_err(|error| format!("runs {program}: {error}")),
            Err(message) => refused = refused.or(Some(message)),
        }
    }
    Err(refused.unwrap_or_else(|| {
        format!(
            "runs `{program}`, which is neither beside `interregnum` nor on PATH; install or build it, or give its \
             path in `command` in [node]"
        )
    }))
}

/// Whether a file can be executed by whoever runs this.
fn runnable(file: &Path) -> Result<(), String> {
    let shown = file.display();
    if !file.is_file() {
        return Err(format!("runs {shown}, which is not a file; correct `command` in [node]"));
    }
    access(file, Access::EXEC_OK)
        .map_err(|_| format!("runs {shown}, which may not be executed; allow it with: chmod +x {shown}"))
}
