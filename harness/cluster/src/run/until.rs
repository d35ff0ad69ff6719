//! Judging while the run goes on, and ending it when a promise is broken.
//!
//! The recorder hands every line to a thread that feeds the same panel of checkers as [`checkers::judge::judge_file`] does, in
//! the same order. Every [`LOOK`] the panel is asked what it would say if the history ended now. A fault is written down after it
//! was carried out, and so is the end of a process. So a finding may be withdrawn a moment later, and only what two looks in a
//! row find ends a run. The verdict that counts is the one of the whole history, in the end.
//!
//! This is for those who repeat runs by the thousand: a run that has shown what was looked for has nothing more to say.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use checkers::judge::{Panel, Until};
use history::{Decoder, Header};
use tokio::sync::watch;

use crate::record::Recorder;

/// How often the panel is asked, at most.
const LOOK: Duration = Duration::from_millis(250);

/// The panel is asked so rarely that asking takes no more than this share of the time: a long history takes long to judge.
const SHARE: u32 = 10;

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

/// Feeds the panel until what is looked for was found twice in a row (true) or the writers are gone (false).
fn judge(until: &Until, mut decoder: Decoder, lines: &Receiver<Vec<u8>>, look: Duration) -> bool {
    let mut panel = Panel::new(decoder.header());
    let (mut number, mut pause, mut looked, mut before) = (1, look, Instant::now(), false);
    loop {
        match lines.recv_timeout(pause.saturating_sub(looked.elapsed())) {
            Ok(line) => {
                number += 1;
                // A line that cannot be read is reported when the whole history is judged.
                if let Ok(event) = decoder.decode(line.trim_ascii_end(), number) {
                    panel.feed(&event);
                }
                if looked.elapsed() < pause {
                    continue;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        let began = Instant::now();
        let now = until.holds(&panel.so_far(decoder.names()));
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
}
