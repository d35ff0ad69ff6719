//! Figure 16 of the Raft paper: the time without a leader after a crash, by the range of the election timeout.
//!
//! There are five servers. The leader is killed at a random point of its heartbeat interval, after every follower has heard a
//! heartbeat. The heartbeat interval is half of the shortest timeout. The time until the new leader's first heartbeat arrives is
//! measured (`checkers::measure::Crash`). 2.5 ms of delay each way on every link and about 3 ms to persist a granted vote stand
//! for the paper's broadcast time of about 15 ms. Both were found by simulation to fit its curves, and not tuned here.
//!
//! **The logs.** "So that some candidates could not win": n1, n2 and n3 have a long log, n4 and n5 a short one. The leader is
//! always a long one, so that two long and two short survive it. A short one gets two votes at the most (its own and the other
//! short one's), a long one all four. The dead one is started again after each trial and keeps its log. So every trial is like
//! the first, and several fit into one run.
//!
//! **Independent trials.** A restarted node campaigns at once if it likes, and its first timer would be out of step. So the next
//! kill waits until all five are at one term under one leader, then two heartbeat intervals (at least 50 ms). Then it waits for a
//! time drawn evenly from one more whole interval. Wherever in the interval the wait began, the kill falls evenly into it. The
//! page leaves out, and counts, the trials in which some follower had not been in step for a whole interval.
//!
//! **Split votes.** The dissertation's formula assumes equal logs and simultaneous timers. Its cells have equal logs, a range of
//! 100 ms and no persist delay, and a link delay that is the wanted share of the range.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use crate::registry::NamedExperiment;
use campaign::plan::{Cell, Experiment, Steps, Work};
use workloads::condition::Condition;
use workloads::coverage::Coverage;
use workloads::draw;
use workloads::fault::Fault;
use workloads::target::{Choice, Target};
use workloads::workload::Script;

/// One curve of the figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Curve {
    /// The range of the election timeout, milliseconds: the cell's id, and the key of the published samples.
    pub range: &'static str,
    /// In which panels it stands: the first varies how wide the range is, the second how long its timeouts are.
    pub panels: &'static [u8],
    /// The most trials of one run.
    rounds: u64,
    /// The most trials of all, where a trial takes long.
    most: Option<u64>,
    /// How long a trial is watched, seconds; then it is censored.
    pub limit: u64,
}

const fn curve(range: &'static str, panels: &'static [u8], rounds: u64, limit: u64) -> Curve {
    Curve { range, panels, rounds, most: None, limit }
}

/// All curves of both panels.
pub(crate) const CURVES: [Curve; 10] = [
    Curve { most: Some(20), ..curve("150-150", &[1], 1, 90) },
    curve("150-151", &[1], 8, 60),
    curve("150-155", &[1], 25, 20),
    curve("150-175", &[1], 25, 20),
    curve("150-200", &[1], 25, 20),
    curve("150-300", &[1, 2], 25, 20),
    curve("12-24", &[2], 25, 20),
    curve("25-50", &[2], 25, 20),
    curve("50-100", &[2], 25, 20),
    curve("100-200", &[2], 25, 20),
];

/// A point of the formula for split votes: one link delay as a share of the range, and the number of servers of five that are
/// down after the crash.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    /// The cell's id.
    pub id: &'static str,
    /// Link delay, milliseconds, of a range of [`SPLIT_RANGE`].
    pub delay: u64,
    /// Servers that are down, the crashed leader among them.
    pub down: u32,
}

/// The range of the election timeouts of the split-vote cells, milliseconds: from 150 to 250.
pub(crate) const SPLIT_RANGE: u64 = 100;

/// How long a trial of the split-vote cells is watched.
const SPLIT_LIMIT: Duration = Duration::from_secs(20);

/// The points at which split votes are measured.
pub(crate) const POINTS: [Point; 6] = [
    Point { id: "split/1-down-0.05", delay: 5, down: 1 },
    Point { id: "split/1-down-0.10", delay: 10, down: 1 },
    Point { id: "split/1-down-0.20", delay: 20, down: 1 },
    Point { id: "split/2-down-0.05", delay: 5, down: 2 },
    Point { id: "split/2-down-0.10", delay: 10, down: 2 },
    Point { id: "split/2-down-0.20", delay: 20, down: 2 },
];

/// Servers of every cell.
pub(crate) const SERVERS: u32 = 5;
/// One-way delay of every link of the curves.
pub(crate) const LINK_DELAY: Duration = Duration::from_micros(2500);
/// The time added to what persisting a granted vote really takes, so that it comes to the 3 ms that fit. In memory, with the
/// wake-ups of two processes, it really takes about 1 ms. It is calibrated on the candidacy, not on the curves. One that is won
/// in its first round should take 8 ms (two links each way and a vote). It took 9.1 with 3 ms added and 8.1 with 2.
pub(crate) const PERSIST: Duration = Duration::from_millis(2);

/// How many clusters at once, unless the user says another number: so that most of a machine of two cores is idle.
pub(crate) const JOBS: usize = 8;

pub(crate) struct Figure16;

impl NamedExperiment for Figure16 {
    fn name(&self) -> &'static str {
        "figure16"
    }

    fn about(&self) -> &'static str {
        "Figure 16 of the Raft paper: how long there is no leader after a crash, by the range of the election timeout"
    }

    fn trials(&self) -> u64 {
        1000
    }

    fn experiment(&self, trials: u64) -> Experiment {
        let curves = CURVES.iter().map(|curve| of_curve(curve, trials));
        let cells = curves.chain(POINTS.iter().map(|point| of_point(point, trials))).collect();
        Experiment { name: self.name().into(), about: self.about().into(), trials, jobs: Some(JOBS), cells, hunt: None }
    }
}

/// The shortest timeout of a range, milliseconds; the first number of its name.
pub(crate) fn shortest(range: &str) -> u64 {
    range.split('-').next().and_then(|low| low.parse().ok()).unwrap_or_default()
}

/// The heartbeat interval of a range: half of the shortest timeout.
pub(crate) fn heartbeat(range: &str) -> Duration {
    Duration::from_micros(shortest(range) * 500)
}

/// The dissertation's probability (chapter 9) that a round ends in a split vote. Of `n` servers `down` are down, and `l` is the
/// latency as a share of the range.
pub(crate) fn split_probability(n: u32, down: u32, l: f64) -> f64 {
    let s = n.saturating_sub(down);
    let c = (s + 1).saturating_sub(n / 2);
    let choose = |k: u32| (0..k).fold(1.0, |product, i| product * f64::from(s - i) / f64::from(i + 1));
    let term = |k: u32| choose(k) * l.powi(k.cast_signed()) * (1.0 - l).powi((s - k).cast_signed());
    (c.saturating_sub(1)..=s).map(term).sum()
}

fn of_curve(curve: &Curve, trials: u64) -> Cell {
    let trials = trials.min(curve.most.unwrap_or(u64::MAX)).max(1);
    let mut cell = cell(curve.range, "curve", curve.range, trials, curve.rounds);
    cell.settings
        .extend(["log=0/0", "n1.log=1/5", "n2.log=1/5", "n3.log=1/5", "persist-delay-on=grants"].map(Into::into));
    cell.settings.push(format!("persist-delay={}ms", PERSIST.as_millis()));
    cell.link_delay = Some(LINK_DELAY);
    cell.axes.extend([("down", "1".into()), ("limit", curve.limit.to_string())]);
    cell.bound = Some(owed(curve));
    cell
}

/// The time within which a leader is owed: as long as a trial is watched. Timeouts that are all the same owe none, however long
/// the votes split; what the limit cuts off there is censored, and no fault.
fn owed(curve: &Curve) -> Duration {
    let limit = Duration::from_secs(curve.limit);
    let spread = curve.range.split_once('-').is_some_and(|(low, high)| low != high);
    if spread { limit } else { 10 * limit }
}

fn of_point(point: &Point, trials: u64) -> Cell {
    let range = format!("150-{}", 150 + SPLIT_RANGE);
    let mut cell = cell(point.id, "split", &range, trials, 25);
    cell.axes.extend([("down", point.down.to_string()), ("limit", SPLIT_LIMIT.as_secs().to_string())]);
    cell.link_delay = Some(Duration::from_millis(point.delay));
    cell.bound = Some(SPLIT_LIMIT);
    cell
}

fn cell(id: &str, kind: &str, range: &str, trials: u64, most_rounds: u64) -> Cell {
    let rounds = trials.min(most_rounds).max(1);
    let mut cell = Cell::new(id, SERVERS as usize, Work::Drawn(steps), trials.div_ceil(rounds));
    let (low, high) = range.split_once('-').unwrap_or((range, range));
    cell.settings = vec![
        format!("election={low}ms..{high}ms"),
        format!("heartbeat={}us", heartbeat(range).as_micros()),
        // n1 gets a head start, so that no run spends its time on electing the first one to be killed.
        "first-delay=2s".into(),
        "n1.first-delay=0ms".into(),
    ];
    cell.data_in_memory = true;
    cell.axes = vec![("kind", kind.into()), ("range", range.into()), ("rounds", rounds.to_string())];
    cell
}

/// The crashes of one run.
fn steps(cell: &Cell, seed: u64) -> Steps {
    let number = |axis: &str| cell.axis(axis).and_then(|value| value.parse::<u64>().ok());
    let rounds = number("rounds").unwrap_or(1);
    let interval = heartbeat(cell.axis("range").unwrap_or_default());
    let limit = Duration::from_secs(number("limit").unwrap_or_default());
    let in_step = Duration::from_secs(10);
    let mut rng = draw::generator(seed, &cell.id);
    let duration = (limit + in_step) * u32::try_from(rounds + 1).unwrap_or(u32::MAX);
    let mut script = Script::new(duration);
    script.expect(Duration::ZERO, Condition::Leader, limit);
    for down in 1..number("down").unwrap_or(1) {
        let last = Target::Names(vec![format!("n{}", u64::from(SERVERS) + 1 - down)]);
        let gone = script.inject(Duration::ZERO, Fault::Kill { target: last, forever: true });
        script.go_on_from(gone);
    }
    for _ in 0..rounds {
        script.expect(Duration::ZERO, Condition::TermsAgree, in_step);
        script.expect(pause(interval, &mut rng), Condition::Leader, in_step);
        let kill = Fault::Kill { target: Choice::Leader.into(), forever: false };
        let crash = script.inject_on(Condition::Leader, in_step, kill);
        script.expect(Duration::ZERO, Condition::NewLeader { since: crash }, limit);
        // A majority may have voted before the first heartbeat has arrived; the trial ends with that.
        script.lift(crash, 2 * cell.link_delay.unwrap_or_default() + draw::millis(&mut rng, 20, 30));
    }
    let (_, faults) = script.counts();
    let half = u32::try_from(rounds.div_ceil(2)).unwrap_or(u32::MAX);
    let coverage = Coverage { leader_hits: half, faults: faults.div_ceil(2), elections: half, ..Coverage::default() };
    Steps { steps: script.into_steps(), duration, coverage }
}

/// From the moment at which all agree to the kill.
fn pause(interval: Duration, rng: &mut ChaCha8Rng) -> Duration {
    let whole = u64::try_from(interval.as_micros()).unwrap_or(u64::MAX);
    (2 * interval).max(Duration::from_millis(50)) + Duration::from_micros(draw::below(rng, whole))
}

#[cfg(test)]
mod tests;
