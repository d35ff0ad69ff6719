//! Judging while the run goes on, and ending it when a promise is broken.
//!
//! The recorder hands every line to a thread that feeds the same panel of checkers as [`checkers::judge::judge_file`] does,
//! in the same order. Every [`LOOK`] the panel is asked what it would say if the history ended now. A fault is written down
//! after it was carried out, and so is the end of a process, so that a finding may be withdrawn a moment later: only what two
//! looks in a row find ends a run. The verdict that counts is the one of the whole history, in the end.
//!
//! This is for those who repeat runs by the thousand: a run that has shown what was looked for has nothing more to say.

use std::str::FromStr;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use checkers::judge::{Bench, CHECKERS};
use history::{Decoder, Header, Outcome, Verdict};
use tokio::sync::watch;

use crate::record::Recorder;

/// How often the panel is asked, at most.
const LOOK: Duration = Duration::from_millis(250);

/// The panel is asked so rarely that asking takes no more than this share of the time: a long history takes long to judge.
const SHARE: u32 = 10;

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
    fn holds(&self, outcome: &Outcome) -> bool {
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

/// Judges what is recorded from now on; what is returned becomes true when what is looked for was found. With nothing to look
/// for it never does.
///
/// # Errors
/// When no thread can be started, or the header cannot be read back.
pub(super) fn watch(
    until: Option<Until>,
    header: &Header,
    recorder: &Recorder,
) -> std::io::Result<watch::Receiver<bool>> {
    let (found, seen) = watch::channel(false);
    let Some(until) = until else { return Ok(seen) };
    let header = serde_json::to_vec(header)?;
    let decoder = Decoder::new(&header).map_err(std::io::Error::other)?;
    let lines = recorder.lines();
    std::thread::Builder::new().name("judge".into()).spawn(move || {
        // The nodes have elections to win meanwhile. Who is refused it works as before.
        let _ = rustix::process::nice(10);
        if judge(&until, decoder, &lines, LOOK) {
            found.send_replace(true);
        }
    })?;
    Ok(seen)
}

/// Feeds the panel until what is looked for was found twice in a row (true) or nobody writes any more (false).
fn judge(until: &Until, mut decoder: Decoder, lines: &Receiver<Vec<u8>>, look: Duration) -> bool {
    let mut bench = Bench::new(decoder.header());
    let (mut number, mut pause, mut looked, mut before) = (1, look, Instant::now(), false);
    loop {
        match lines.recv_timeout(pause.saturating_sub(looked.elapsed())) {
            Ok(line) => {
                number += 1;
                // A line that cannot be read is told when the whole history is judged.
                if let Ok(event) = decoder.decode(line.trim_ascii_end(), number) {
                    bench.feed(&event);
                }
                if looked.elapsed() < pause {
                    continue;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        let began = Instant::now();
        let now = until.holds(&bench.so_far(decoder.names()));
        if now && before {
            return true;
        }
        (before, looked) = (now, Instant::now());
        pause = look.max(began.elapsed() * SHARE);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const HEADER: &[u8] =
        br#"{"schema":1,"nodes":["n1","n2","n3"],"versions":{"interregnum":"0"},"observers":[{"name":"events","evidence":"atomic","durable":true,"complete":true}]}"#;

    fn leader(t: u64, node: &str) -> Vec<u8> {
        format!(
            r#"{{"t":{t},"type":"observe","node":"{node}","incarnation":1,"observer":"events","span":[{t},{t}],"role":"leader","term":3}}"#
        )
        .into_bytes()
    }

    /// What is judged of these leaders of one term. Where nothing is expected, the history ends after two looks at least.
    fn judged(until: &Until, nodes: &[&str], expected: bool) -> bool {
        let decoder = Decoder::new(HEADER).unwrap();
        let (sender, receiver) = mpsc::channel();
        for (at, node) in nodes.iter().enumerate() {
            sender.send(leader(at as u64 + 1, node)).unwrap();
        }
        // Lines that say nothing new keep it looking.
        let going_on = std::thread::spawn(move || {
            let end = Instant::now() + Duration::from_millis(500);
            while expected || Instant::now() < end {
                let line = r#"{"t":10,"type":"harness","event":"pressure"}"#;
                if sender.send(line.as_bytes().to_vec()).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let found = judge(until, decoder, &receiver, Duration::ZERO);
        drop(receiver);
        going_on.join().unwrap();
        found
    }

    #[test]
    fn two_leaders_of_a_term_end_a_run_and_one_does_not() {
        assert!(judged(&Until::Invalid, &["n1", "n2"], true));
        assert!(!judged(&Until::Invalid, &["n1"], false));
    }

    #[test]
    fn only_the_checkers_that_are_named_end_a_run() {
        assert!(judged(&Until::Checkers(vec!["election-safety".to_owned()]), &["n1", "n2"], true));
        assert!(!judged(&Until::Checkers(vec!["re-election".to_owned()]), &["n1", "n2"], false));
    }

    #[test]
    fn a_word_that_is_no_checker_is_refused() {
        assert_eq!("invalid".parse(), Ok(Until::Invalid));
        assert_eq!("vote-once,re-election".parse::<Until>().unwrap().to_string(), "vote-once,re-election");
        assert!("valid".parse::<Until>().unwrap_err().to_string().contains("valid"));
    }
}
