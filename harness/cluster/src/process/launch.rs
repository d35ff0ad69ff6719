//! Starting a process, and saying plainly why one did not start.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::pipe::fcntl_setpipe_size;
use tokio::net::unix::pipe;

use super::mark::{Mark, marked};
use crate::shortage::explain;

/// What a pipe holds, bytes: enough that a node is not stopped by a harness that is late by a few milliseconds.
const PIPE_SIZE: usize = 256 * 1024;

/// How long a program file may be busy being written.
const BUSY: Duration = Duration::from_millis(200);

/// What to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The program and its arguments; never a shell line. A program without a slash is looked for on PATH, one with
    /// a slash from the harness's own folder.
    pub argv: Vec<String>,
    /// Variables that are added to the harness's environment.
    pub env: Vec<(String, String)>,
    /// The folder it starts in.
    pub dir: PathBuf,
    /// The network namespace that it is started in, by its inode, if nothing else lives there: what does belongs to it.
    pub namespace: Option<u64>,
}

/// What a process prints. Both must be drained: a full pipe stops a process.
#[derive(Debug)]
pub struct Streams {
    pub stdout: pipe::Receiver,
    pub stderr: pipe::Receiver,
}

/// Why a process was not started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The command has no program.
    #[error("cannot start a node: its command is empty; put the program first in `command`")]
    Empty,
    /// The program is nowhere.
    #[error(
        "cannot start `{program}`: there is no such program {place}; install it, or give its full path in `command`"
    )]
    NotFound {
        /// As it was given.
        program: String,
        /// Where it was looked for.
        place: String,
    },
    /// The program may not be run.
    #[error("cannot start `{program}`: {path} is not executable by this user; try `chmod +x {path}`", path = path.display())]
    NotExecutable {
        /// As it was given.
        program: String,
        /// The file in question.
        path: PathBuf,
    },
    /// A script's first line names a program that does not exist.
    #[error("cannot start `{program}`: its first line asks for the interpreter `{interpreter}`, which does not exist")]
    NoInterpreter {
        /// As it was given.
        program: String,
        /// What follows `#!`, or a description of the loader.
        interpreter: String,
    },
    /// The folder to start in does not exist.
    #[error("cannot start `{program}`: its folder {dir} does not exist", dir = dir.display())]
    NoFolder {
        /// As it was given.
        program: String,
        dir: PathBuf,
    },
    /// The kernel refused.
    #[error("cannot start `{program}`: {}", explain(.source))]
    Refused {
        /// As it was given.
        program: String,
        /// What it said.
        source: io::Error,
    },
    /// It was started, could not be watched, and was killed.
    #[error("cannot watch `{program}`, which was killed again: {}", explain(.source))]
    Watch {
        /// As it was given.
        program: String,
        /// What went wrong.
        source: io::Error,
    },
}

impl Launch {
    /// Starts it; returns the child, what it prints, and its mark.
    pub(super) fn spawn(&self) -> Result<(Child, Streams, Option<Mark>), LaunchError> {
        let program = self.argv.first().filter(|program| !program.is_empty()).ok_or(LaunchError::Empty)?;
        // A relative path means the same wherever the node starts.
        let path = if program.contains('/') { std::path::absolute(program).ok() } else { None };
        let mut command = Command::new(path.as_deref().unwrap_or(Path::new(program)));
        command
            .args(&self.argv[1..])
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.dir)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let (mut child, mark) = spawn(&mut command).map_err(|source| self.explain(program, path.as_deref(), source))?;
        match (drain(child.stdout.take()), drain(child.stderr.take())) {
            (Ok(stdout), Ok(stderr)) => Ok((child, Streams { stdout, stderr }, mark)),
            (Err(source), _) | (_, Err(source)) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(LaunchError::Watch { program: program.clone(), source })
            }
        }
    }

    /// The kernel says only "no such file" or "permission denied": find out of what.
    fn explain(&self, program: &str, path: Option<&Path>, source: io::Error) -> LaunchError {
        let program = program.to_owned();
        if !self.dir.is_dir() {
            return LaunchError::NoFolder { program, dir: self.dir.clone() };
        }
        let found = path.map(Path::to_path_buf).filter(|path| path.exists()).or_else(|| on_path(&program));
        match (source.kind(), found) {
            (io::ErrorKind::NotFound, Some(file)) => {
                LaunchError::NoInterpreter { program, interpreter: interpreter(&file) }
            }
            (io::ErrorKind::NotFound, None) => {
                let place = if path.is_some() { "at that path" } else { "on PATH" };
                LaunchError::NotFound { program, place: place.to_owned() }
            }
            (io::ErrorKind::PermissionDenied, Some(path)) => LaunchError::NotExecutable { program, path },
            _ => LaunchError::Refused { program, source },
        }
    }
}

/// A program that was written a moment ago is "busy" while any process that was forked meanwhile still holds it open.
fn spawn(command: &mut Command) -> io::Result<(Child, Option<Mark>)> {
    let (limit, mark) = (Instant::now() + BUSY, Mark::next());
    loop {
        match marked(mark, || command.spawn()) {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && Instant::now() < limit => {
                std::thread::sleep(Duration::from_millis(1));
            }
            other => return other,
        }
    }
}

/// A file of that name on PATH, executable or not, the executable ones first.
fn on_path(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return None;
    }
    let path = std::env::var_os("PATH")?;
    let files: Vec<PathBuf> =
        std::env::split_paths(&path).map(|dir| dir.join(program)).filter(|file| file.is_file()).collect();
    let runs = |file: &&PathBuf| fs::metadata(file).is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0);
    files.iter().find(runs).or(files.first()).cloned()
}

/// What a file that exists, and yet was "not found", is missing.
fn interpreter(file: &Path) -> String {
    let head = fs::read(file).unwrap_or_default();
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match line.strip_prefix(b"#!") {
        Some(line) => String::from_utf8_lossy(line).trim().chars().take(200).collect(),
        None => "the dynamic loader it was linked for".to_owned(),
    }
}

fn drain(stream: Option<impl Into<OwnedFd>>) -> io::Result<pipe::Receiver> {
    let fd: OwnedFd = stream.ok_or_else(|| io::Error::other("the pipe is missing"))?.into();
    // A user may be over the limit for large pipes; the usual 64 KiB does as well.
    let _ = fcntl_setpipe_size(&fd, PIPE_SIZE);
    pipe::Receiver::from_owned_fd(fd)
}
