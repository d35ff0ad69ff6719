//! Where a system's program is.
//!
//! A name without a slash is looked for beside `interregnum` first, then on PATH. That is how the reference node is found after
//! `cargo build` and after `cargo install` alike, with no path of its own in its system file. A relative path with a slash is
//! meant from the folder of the system file, so that a file and its program can be moved together. Where nothing is there, it is
//! meant from the working directory. The folders of servers, such as `/usr/sbin`, are looked through last.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::document::Section;
use super::{System, SystemError};

/// Where distributions put servers, and where the PATH of an ordinary user does not look.
const SERVERS: &str = ":/usr/local/sbin:/usr/sbin:/sbin";

/// The command that a program belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Node,
    Probe,
    /// What is done once.
    Once,
    /// What tells the version.
    Version,
    Observer,
    /// An auxiliary process's.
    Aux,
}

impl Whose {
    const ALL: [Self; 6] = [Self::Node, Self::Probe, Self::Once, Self::Version, Self::Observer, Self::Aux];

    fn key(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Probe => "probe",
            Self::Once => "once",
            Self::Version => "version",
            Self::Observer => "observe",
            Self::Aux => "aux",
        }
    }

    /// As the file has it.
    fn section(self) -> String {
        match self {
            Self::Observer | Self::Aux => format!("[[{}]]", self.key()),
            _ => format!("[{}]", self.key()),
        }
    }
}

/// A program as a file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    whose: Whose,
    /// As it is written, with its parameters.
    program: String,
    /// File, line and column.
    place: String,
}

/// Where a file names programs.
pub(super) fn named(root: &Section<'_>) -> Vec<Named> {
    let mut all = Vec::new();
    for whose in Whose::ALL {
        let Some(value) = root.take(whose.key()) else { continue };
        let tables = if value.is_array() { value.array("").unwrap_or_default() } else { vec![value] };
        for command in tables.iter().filter_map(|table| table.section("").ok()?.take("command")) {
            let first = command.array("").ok().and_then(|words| words.into_iter().next());
            let program = first.as_ref().and_then(|first| first.string().ok());
            all.extend(program.map(|program| Named { whose, program: program.to_owned(), place: command.place() }));
        }
    }
    all
}

impl System {
    /// The program that a command's first argument means.
    ///
    /// # Errors
    /// There is none, or none that can be executed: a sentence that names the command.
    pub fn locate(&self, program: &str, whose: Whose) -> Result<PathBuf, SystemError> {
        let exe = std::env::current_exe().ok();
        let beside = exe.as_deref().and_then(Path::parent);
        let folder = self.path.as_deref().and_then(Path::parent);
        let mut path = std::env::var_os("PATH").unwrap_or_default();
        path.push(SERVERS);
        locate(program, &whose.section(), folder, beside, Some(&path)).map_err(|message| {
            let place = self.place_of(program, whose).map(|place| format!("{place}: ")).unwrap_or_default();
            SystemError::Program(format!("{place}the system `{}` {message}", self.name))
        })
    }

    /// Where the file names a program; none for a system that is built in, whose file is not mended.
    fn place_of(&self, program: &str, whose: Whose) -> Option<&str> {
        self.path.as_ref()?;
        let of = || self.programs.iter().filter(|named| named.whose == whose);
        let is_it = |named: &&Named| named.program == program;
        // What is not written as it stands comes from a parameter.
        of().find(is_it).or_else(|| of().find(|named| named.program.contains('{'))).map(|named| named.place.as_str())
    }
}

pub(super) fn locate(
    program: &str,
    section: &str,
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
                 directory; build it, or correct `command` in {section}"
            )
        })?;
        runnable(&found, section)?;
        return std::path::absolute(&found).map_err(|error| format!("runs {program}, which has no path: {error}"));
    }
    let path = path.unwrap_or_default();
    let places = beside.map(Path::to_owned).into_iter().chain(std::env::split_paths(path));
    let mut refused = None;
    for place in places.map(|folder| folder.join(program)).filter(|place| place.is_file()) {
        match runnable(&place, section) {
            Ok(()) => return std::path::absolute(&place).map_err(|error| format!("runs {program}: {error}")),
            Err(message) => refused = refused.or(Some(message)),
        }
    }
    Err(refused.unwrap_or_else(|| {
        format!(
            "runs `{program}`, which is neither beside `interregnum` nor on PATH; install or build it, or give its \
             path in `command` in {section}"
        )
    }))
}

/// Whether a file can be executed by the user of this process.
fn runnable(file: &Path, section: &str) -> Result<(), String> {
    let shown = file.display();
    if !file.is_file() {
        return Err(format!("runs {shown}, which is not a file; correct `command` in {section}"));
    }
    access(file, Access::EXEC_OK)
        .map_err(|_| format!("runs {shown}, which may not be executed; allow it with: chmod +x {shown}"))
}
