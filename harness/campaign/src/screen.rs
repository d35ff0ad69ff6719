//! What a person sees of a campaign while it runs.
//!
//! On a terminal a few lines that change in place. Elsewhere (CI, a log, a pipe) there are lines that stay: one for each failure,
//! and one for the state every half minute. There is one for each run only where runs are few, because ten thousand lines of
//! "valid" are never read. All of it goes to standard error; standard output is for the result.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use crate::results::{Ending, Entry, FailureClass, Tally};
use history::numbers::{bytes, clock};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often the lines on a terminal change.
const REDRAW: Duration = Duration::from_millis(250);

/// How often a line is printed elsewhere.
const LINE: Duration = Duration::from_secs(30);

/// Campaigns of so many runs have a line for each.
const FEW: u64 = 40;

/// So many signatures are shown.
const SIGNATURES: usize = 5;

/// The numbers of the moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Status {
    /// For how long it has run.
    pub spent: Duration,
    /// For how long it is to run.
    pub limit: Option<Duration>,
    /// Units in all.
    pub total: Option<u64>,
    /// Clusters that run.
    pub running: usize,
    /// Clusters that should.
    pub wanted: usize,
    /// The worst lag of late.
    pub lag: Duration,
    /// Bytes free on the disk.
    pub free: Option<u64>,
    /// Elections judged a minute, of late.
    pub rate: f64,
    /// It waits for the last runs.
    pub ending: bool,
    /// Runs done.
    pub done: u64,
    /// Of these, valid.
    pub valid: u64,
    pub invalid: u64,
    pub unknown: u64,
    /// Failures of the harness.
    pub harness: u64,
    /// Elections judged.
    pub judged: u64,
    /// Signatures of failures and in how many runs they were seen, worst first.
    pub signatures: Vec<(String, u64)>,
}

impl Status {
    /// What the sums say.
    pub fn of(tally: &Tally) -> Self {
        let classes = [FailureClass::Invalid, FailureClass::Harness, FailureClass::Unknown];
        let groups = classes.into_iter().flat_map(|class| {
            let named = move |(signature, group): (&crate::results::Signature, &crate::results::Group)| {
                (format!("{} {}: {}", class.as_str(), signature.checker, signature.cause.label()), group.runs)
            };
            tally.groups(class).into_iter().map(named)
        });
        Self {
            done: tally.total(),
            valid: tally.ended(Ending::Valid),
            invalid: tally.ended(Ending::Invalid),
            unknown: tally.ended(Ending::Unknown),
            harness: tally.ended(Ending::Harness),
            judged: tally.runs.judged,
            signatures: groups.take(SIGNATURES).collect(),
            ..Self::default()
        }
    }

    pub fn line(&self) -> String {
        let of = self.total.map_or(String::new(), |total| format!("/{total}"));
        let mut text = format!(
            "{} | {}{of} runs: {} valid, {} invalid, {} unknown, {} harness | {} elections judged, {:.0} a minute | {} of {} \
             clusters, lag {} ms",
            clock(self.spent.as_secs()),
            self.done,
            self.valid,
            self.invalid,
            self.unknown,
            self.harness,
            self.judged,
            self.rate,
            self.running,
            self.wanted,
            self.lag.as_millis(),
        );
        if let Some(free) = self.free {
            text += &format!(" | {} free", bytes(free));
        }
        if self.ending {
            text += " | waiting for the last runs";
        } else if let Some(left) = self.left() {
            text += &format!(" | {} left", clock(left.as_secs()));
        }
        text
    }

    pub fn lines(&self) -> String {
        let mut text = self.line().replace(" | ", "\n  ");
        for (signature, runs) in &self.signatures {
            text += &format!("\n  {runs:>6} × {signature}");
        }
        text
    }

    /// How long it will take yet: by the clock, or as many runs as are left at the rate so far; whichever is sooner.
    fn left(&self) -> Option<Duration> {
        let by_clock = self.limit.map(|limit| limit.saturating_sub(self.spent));
        let by_runs = self.total.filter(|_| self.done > 0).map(|total| {
            let left = total.saturating_sub(self.done) as f64;
            Duration::try_from_secs_f64(self.spent.as_secs_f64() * left / self.done as f64).unwrap_or(Duration::MAX)
        });
        by_clock.into_iter().chain(by_runs).min()
    }
}

pub struct Screen {
    bar: Option<ProgressBar>,
    quiet: bool,
    drawn: Instant,
}

impl Screen {
    /// On a terminal if standard error is one and `CI` is not set. `quiet`: machines read along, failures are theirs.
    pub fn new(quiet: bool) -> Self {
        let is_live = std::io::stderr().is_terminal() && std::env::var_os("CI").is_none() && !quiet;
        let style = ProgressStyle::with_template("{spinner} {msg}").ok().filter(|_| is_live);
        let bar = style.map(|style| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
            bar.set_style(style);
            bar
        });
        Self { bar, quiet, drawn: Instant::now() }
    }

    /// Says a line that stays.
    pub fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    /// A run ended, as one of so many.
    pub fn ended(&self, entry: &Entry, done: u64, total: Option<u64>) {
        let ending = entry.ending();
        let is_failure = matches!(ending, Ending::Invalid | Ending::Harness | Ending::Unknown);
        let are_few = total.is_some_and(|total| total <= FEW);
        if self.quiet || !(is_failure || are_few) {
            return;
        }
        let of = total.map_or(String::new(), |total| format!("/{total}"));
        let kept =
            entry.folder.as_deref().filter(|_| is_failure).map_or(String::new(), |folder| format!(" ({folder})"));
        self.say(&format!("[{done}{of}] {:<7} {}: {}{kept}", ending.as_str(), entry.run, entry.sentence));
    }

    /// Whether it is time to draw.
    pub fn is_due(&self, now: Instant) -> bool {
        !self.quiet && now - self.drawn >= if self.bar.is_some() { REDRAW } else { LINE }
    }

    pub fn draw(&mut self, status: &Status, now: Instant) {
        self.drawn = now;
        match &self.bar {
            Some(bar) => {
                bar.set_message(status.lines());
                bar.tick();
            }
            None => eprintln!("{}", status.line()),
        }
    }

    /// Takes the changing lines away.
    pub fn close(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_done_how_fast_and_how_long_yet() {
        let status = Status {
            spent: Duration::from_secs(600),
            limit: Some(Duration::from_secs(28_800)),
            total: Some(1000),
            running: 11,
            wanted: 12,
            lag: Duration::from_millis(7),
            free: Some(12_300_000_000),
            rate: 5123.4,
            done: 100,
            valid: 97,
            invalid: 2,
            unknown: 1,
            judged: 2900,
            ..Status::default()
        };
        assert_eq!(
            status.line(),
            "0:10:00 | 100/1000 runs: 97 valid, 2 invalid, 1 unknown, 0 harness | 2900 elections judged, 5123 a minute | 11 of \
             12 clusters, lag 7 ms | 12.3 GB free | 1:30:00 left"
        );
        let ending = Status { ending: true, ..status };
        assert!(ending.line().ends_with("waiting for the last runs"));
    }

    #[test]
    fn failures_are_shown_by_signature_on_a_terminal() {
        let status = Status { signatures: vec![("invalid vote-once: two votes".into(), 300)], ..Status::default() };
        assert!(status.lines().ends_with("\n     300 × invalid vote-once: two votes"), "{}", status.lines());
    }

    #[test]
    fn a_campaign_without_an_end_does_not_say_how_long_it_takes() {
        assert!(!Status { done: 5, spent: Duration::from_secs(5), ..Status::default() }.line().contains("left"));
    }
}
