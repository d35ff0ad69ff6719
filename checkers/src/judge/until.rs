//! What ends a run before its time: a promise that is broken, of any checker or of those that are named.

use std::str::FromStr;

use history::{Outcome, Verdict};

use super::CHECKERS;

/// What ends a run early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// Any checker says `invalid`.
    Invalid,
    /// One of these does.
    Checkers(Vec<String>),
}

impl Until {
    /// Whether this is what was looked for.
    pub fn holds(&self, outcome: &Outcome) -> bool {
        let found = |name: &str| match self {
            Self::Invalid => true,
            Self::Checkers(names) => names.iter().any(|known| known == name),
        };
        let mut broken = outcome.checkers.iter().filter(|judgement| judgement.verdict == Verdict::Invalid);
        broken.any(|judgement| judgement.judged && found(&judgement.checker))
    }
}

/// What was written in place of [`Until`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither `invalid` nor a checker; `interregnum list checkers` names them")]
pub struct NoChecker(String);

impl FromStr for Until {
    type Err = NoChecker;

    /// `invalid`, or checkers separated by commas.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == Verdict::Invalid.as_str() {
            return Ok(Self::Invalid);
        }
        let known = |name: &str| CHECKERS.iter().any(|checker| checker.name == name);
        match text.split(',').find(|name| !known(name)) {
            Some(other) => Err(NoChecker(other.to_owned())),
            None => Ok(Self::Checkers(text.split(',').map(str::to_owned).collect())),
        }
    }
}

impl std::fmt::Display for Until {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Invalid => f.write_str(Verdict::Invalid.as_str()),
            Self::Checkers(names) => f.write_str(&names.join(",")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_checker_is_refused() {
        assert_eq!("invalid".parse(), Ok(Until::Invalid));
        assert_eq!("vote-once,re-election".parse::<Until>().unwrap().to_string(), "vote-once,re-election");
        assert!("valid".parse::<Until>().unwrap_err().to_string().contains("valid"));
    }
}
