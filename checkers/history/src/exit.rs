//! The exit codes of `interregnum`, all of them.

use crate::Verdict;

/// How an invocation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// The verdict is `valid`, or the command did what it was asked.
    Valid,
    /// The verdict is `invalid`.
    Invalid,
    /// The verdict is `unknown`.
    Unknown,
    /// The command line or a file of the user's is wrong.
    Usage,
    /// The harness or its environment failed.
    Harness,
    /// The user interrupted it.
    Interrupted,
}

impl ExitCode {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Unknown => 2,
            Self::Usage => 64,
            Self::Harness => 70,
            Self::Interrupted => 130,
        }
    }

    /// What a process that ended with this number meant; a number that is none of ours is a failure of the harness.
    pub fn of(code: i32) -> Self {
        let all = [Self::Valid, Self::Invalid, Self::Unknown, Self::Usage, Self::Interrupted];
        all.into_iter().find(|known| i32::from(known.code()) == code).unwrap_or(Self::Harness)
    }

    /// Of several: 130 over 1 over 70 over 2 over 0.
    pub fn merge(self, other: Self) -> Self {
        let rank = |code: Self| match code {
            Self::Interrupted => 5,
            Self::Invalid => 4,
            Self::Harness => 3,
            Self::Usage => 2,
            Self::Unknown => 1,
            Self::Valid => 0,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Valid => Self::Valid,
            Verdict::Invalid => Self::Invalid,
            Verdict::Unknown => Self::Unknown,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.code())
    }
}
