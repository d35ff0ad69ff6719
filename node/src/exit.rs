//! The exit codes of `interregnum-node`, all of them.

use std::process::ExitCode;

/// Why the node ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It was asked to (SIGTERM, SIGINT), or only listed something.
    Asked,
    /// The command line is wrong.
    Usage,
    /// The state file is torn, foreign or unreadable, or cannot be written.
    State,
    /// The address to listen on cannot be had: the environment's fault, not the node's.
    Port,
    /// Standard output is not read any more, or the system refuses a timer or a signal handler.
    Io,
}

impl Exit {
    /// What the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Asked => 0,
            Self::Usage => 64,
            Self::State => 70,
            Self::Port => 71,
            Self::Io => 74,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A failure that ends the node: one sentence, and the exit code that goes with it.
#[derive(Debug, thiserror::Error)]
#[error("{sentence}")]
pub struct Fatal {
    /// The exit code.
    pub exit: Exit,
    /// What, where, what to do.
    pub sentence: String,
}

impl Fatal {
    /// A failure with its sentence.
    pub fn new(exit: Exit, sentence: impl Into<String>) -> Self {
        Self { exit, sentence: sentence.into() }
    }
}
