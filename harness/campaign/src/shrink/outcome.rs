//! What is said of repetitions and of a search: rates with intervals, and `shrink.json`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use checkers::judge::SAFETY;
use checkers::stats::{none_found, wilson};
use serde::{Deserialize, Serialize};
use workloads::shrink::Size;

use super::reduction::Stopped;
use reports::asked::SCHEDULE;
use reports::text::{count, shell};

/// The two-sided 95 % point of the normal distribution.
const Z: f64 = 1.96;

/// How often something was reproduced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// So often.
    pub reproduced: u64,
    /// In so many runs that were judged.
    pub runs: u64,
}

impl Rate {
    /// One run more.
    #[must_use]
    pub fn and(self, reproduced: bool) -> Self {
        Self { reproduced: self.reproduced + u64::from(reproduced), runs: self.runs + 1 }
    }

    /// The share; 0 of no runs.
    pub fn share(self) -> f64 {
        if self.runs == 0 { 0.0 } else { self.reproduced as f64 / self.runs as f64 }
    }

    /// Wilson's interval at 95 %.
    pub fn interval(self) -> (f64, f64) {
        wilson(self.reproduced, self.runs, Z)
    }

    /// For `shrink.json` and for `replay --format json`.
    pub fn stated(self) -> Stated {
        let (low, high) = self.interval();
        let round = |share: f64| (share * 1e4).round() / 1e4;
        Stated { counted: self, rate: round(self.share()), low: round(low), high: round(high) }
    }
}

/// `reproduced 7 of 20: 35 % [18 %, 57 %]`, or `not reproduced in 40 runs: rate below 7 % at 95 %`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        if self.reproduced == 0 {
            let s = if self.runs == 1 { "" } else { "s" };
            let below = (none_found(self.runs, 0.95) * 100.0).ceil();
            return write!(f, "not reproduced in {} run{s}: rate below {below:.0} % at 95 %", self.runs);
        }
        let (low, high) = self.interval();
        let (reproduced, runs) = (self.reproduced, self.runs);
        write!(f, "reproduced {reproduced} of {runs}: {} [{}, {}]", percent(self.share()), percent(low), percent(high))
    }
}

/// A rate with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stated {
    /// The counts.
    #[serde(flatten)]
    pub counted: Rate,
    /// Their share, 0 to 1.
    pub rate: f64,
    /// The lower end of Wilson's 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What repetitions broke, for people: ` (vote-once 3); also broken: …`, and nothing where nothing was broken. What was not looked
/// for is reported separately, so that it is not taken for what was: above all a promise of safety where others were looked for.
pub(super) fn broken(wanted: &[String], tripped: &BTreeMap<String, u64>) -> String {
    let (looked_for, beside): (Vec<_>, Vec<_>) = tripped.iter().partition(|(checker, _)| wanted.contains(checker));
    let list = |counts: &[(&String, &u64)]| {
        counts.iter().map(|(checker, count)| format!("{checker} {count}")).collect::<Vec<_>>().join(", ")
    };
    let mut text = if looked_for.is_empty() { String::new() } else { format!(" ({})", list(&looked_for)) };
    let is_safety = |checker: &String| SAFETY.contains(&checker.as_str());
    if !beside.is_empty() {
        let worse = !wanted.iter().any(is_safety) && beside.iter().any(|(checker, _)| is_safety(checker));
        text += if worse { "; worse, and not looked for: " } else { "; also broken: " };
        text += &list(&beside);
    }
    text
}

/// A schedule as `shrink.json` tells of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    #[serde(flatten)]
    pub size: Size,
    /// When it was known to be good, since the search began.
    #[serde(with = "humantime_serde")]
    pub after: Duration,
}

/// `shrink.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShrinkSummary {
    /// 1.
    pub schema: u32,
    /// The folder of the run that was shrunk.
    pub run: PathBuf,
    pub seed: Option<u64>,
    /// A run reproduces it when one of these checkers says `invalid`.
    pub checkers: Vec<String>,
    /// Why the search ended.
    pub stopped: Stopped,
    /// The schedule of that run: its size, and how often it failed when it was repeated.
    pub original: Size,
    /// How often it failed when it was repeated; where that is not often, the true rate may be somewhat lower.
    pub original_rate: Stated,
    /// The smallest schedule found; none when nothing was reproduced.
    pub shrunk: Option<Size>,
    /// How often it failed in runs made for this number only.
    pub shrunk_rate: Option<Stated>,
    /// The same, for each checker that was tripped in these runs.
    pub tripped: BTreeMap<String, u64>,
    /// What was kept on the way, each smaller than the one before.
    pub trail: Vec<Stage>,
    /// Candidates tried.
    pub candidates: u32,
    /// Runs begun.
    pub runs: u64,
    /// How long it took.
    #[serde(with = "humantime_serde")]
    pub took: Duration,
    /// This folder; `interregnum replay` takes it.
    pub folder: PathBuf,
    /// The folder of a run of the smallest schedule that reproduced it.
    pub example: Option<PathBuf>,
    /// The command that runs the smallest schedule.
    pub command: Option<String>,
}

impl ShrinkSummary {
    /// The result, for people. `interrupted`: the user ended it.
    pub fn text(&self, name: &str, interrupted: bool) -> String {
        let took = humantime::format_duration(Duration::from_secs(self.took.as_secs()));
        let effort = format!("{} candidates, {} runs, {took}", self.candidates, self.runs);
        let Some(shrunk) = &self.shrunk else {
            let said = self.original_rate.counted;
            return match interrupted {
                true => format!("NOT SHRUNK {name}: interrupted before it was reproduced; {effort}"),
                false => format!("NOT SHRUNK {name}: {said}; {effort}"),
            };
        };
        let why = match self.stopped {
            Stopped::Minimal => "no fault, wait, node or delay of it can be left out",
            Stopped::Interrupted => "interrupted; this is the smallest so far",
            Stopped::Budget | Stopped::NotReproduced => "the time was over; there may be a smaller one",
        };
        let rate = match &self.shrunk_rate {
            Some(rate) => format!("{}, in fresh runs{}", rate.counted, broken(&self.checkers, &self.tripped)),
            None => "its rate was not measured".to_owned(),
        };
        let (old, new) = (faults(&self.original), faults(shrunk));
        let report = match &self.example {
            Some(example) => format!("\nreport: {}", example.join("report.html").display()),
            None => String::new(),
        };
        format!(
            "SHRUNK {name}: {old} to {new}, {} steps to {}, {} nodes to {}; {effort}\n  {why}\n  {rate}\nschedule: \
             {}\nrun it: {}\nagain:  interregnum replay {} --times 20{report}",
            self.original.steps,
            shrunk.steps,
            self.original.nodes,
            shrunk.nodes,
            self.folder.join(SCHEDULE).display(),
            self.command.as_deref().unwrap_or_default(),
            shell(&self.folder.display().to_string()),
        )
    }
}

pub(super) fn faults(size: &Size) -> String {
    count(size.faults as u64, "fault")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_told_with_its_interval() {
        let rate = Rate { reproduced: 7, runs: 20 };
        assert_eq!(rate.to_string(), "reproduced 7 of 20: 35 % [18 %, 57 %]");
        assert_eq!(rate.stated().low, 0.1812);
    }

    #[test]
    fn what_was_not_seen_may_still_be_there() {
        assert_eq!(Rate { reproduced: 0, runs: 40 }.to_string(), "not reproduced in 40 runs: rate below 8 % at 95 %");
        assert_eq!(Rate { reproduced: 0, runs: 1 }.to_string(), "not reproduced in 1 run: rate below 95 % at 95 %");
        assert_eq!(Rate::default().share(), 0.0);
    }

    #[test]
    fn what_was_broken_and_not_looked_for_is_told_apart_and_nothing_is_no_empty_list() {
        let counts = |all: &[(&str, u64)]| all.iter().map(|(checker, count)| ((*checker).to_owned(), *count)).collect();
        let stability = ["stability".to_owned()];
        assert_eq!(broken(&stability, &counts(&[])), "");
        assert_eq!(broken(&stability, &counts(&[("stability", 3)])), " (stability 3)");
        let worse = broken(&stability, &counts(&[("stability", 3), ("vote-once", 2)]));
        assert_eq!(worse, " (stability 3); worse, and not looked for: vote-once 2");
        let also = broken(&["vote-once".to_owned()], &counts(&[("stability", 1)]));
        assert_eq!(also, "; also broken: stability 1");
    }
}
