//! How many clusters the machine carries.
//!
//! Most of an election is waiting, so a core carries many clusters. How many depends on the system, the faults and whatever else
//! the machine does, and changes during a night. So the number is found by trying, the way TCP finds the rate of a path: more as
//! long as nothing is wrong, much fewer at once when something is.
//!
//! *Wrong* is what spoils verdicts, a stall of more than 50 ms: in the campaign's own process, or reported by a run that ended. A
//! verdict should not suffer even so, and three signs come earlier. One is how busy the processors are. The second is the
//! kernel's CPU pressure: the share of time in which a task that could have run had to wait. Both are there only where the kernel
//! tells. The third is a lag of half a stall. They stop the climb, and much of the first two turns it round. Stalls begin at
//! about four fifths of the processors' time, long before all of it is used. The rest lets every node run at once when it has to.
//!
//! Runs tell of their stalls late, when they end. Those that began before the last retreat say nothing about the load after it:
//! what they report is not counted again. A number at which runs had stalls is remembered. The next climb ends half way to it. It
//! goes beyond by a little whenever two generations of runs have ended without a stall, and by more where the processors are half
//! idle. Otherwise it would climb to the same number again before the first run there has ended, all night long.
//!
//! A stall of a half idle machine has another cause. A hypervisor that takes all processors away for a tenth of a second does so
//! whether few clusters run or many. This was seen some ten times a minute, at a fifth of the processors' time. Fewer clusters
//! would not help, so it changes nothing; only where the processors have lately been busy does a stall count.
//!
//! What others do to the machine is not helped by doing less and less. So pressure alone leaves two clusters a core, with which
//! it began, and stalls leave one; only memory has no such bottom.
//!
//! The climb is steep (a sixth more every two seconds). A campaign of ten minutes should not spend five of them climbing, and
//! clusters are started a little apart anyway.
//!
//! There is no clock in here: the caller of [`Controller::decide`] does so every [`PERIOD`].

use std::collections::VecDeque;
use std::time::Duration;

/// A thread that was to run and did not for longer says that the machine has too much to do; a run calls the same a stall.
pub const STALL: Duration = Duration::from_millis(50);

/// The ticks since boot that processors were idle, and all of them; none where the kernel does not tell.
pub type Ticks = Option<(u64, u64)>;

/// What the machine is asked, by the code that watches over single runs too.
#[derive(Debug, Clone, Copy)]
pub struct Meters {
    /// The time since boot in which some task waited for a resource, such as `cpu`.
    pub waited: fn(&str) -> Option<Duration>,
    /// What the processors did.
    pub processors: fn() -> Ticks,
    /// The share that was idle between two such readings.
    pub idle: fn(Ticks, Ticks) -> Option<f64>,
}

/// The time between two decisions.
pub(crate) const PERIOD: Duration = Duration::from_secs(2);

/// At most so many clusters: beyond, the campaign's own housekeeping is what is measured.
pub const MOST: usize = 400;

/// Below this share of time in which a task waited for a CPU, more clusters are tried.
const EASY: f64 = 0.60;

/// Above this one, there are too many.
const HARD: f64 = 0.90;

/// With the processors busy for less than this share of the time, more clusters are tried.
const ROOM: f64 = 0.68;

/// Above this one, there are too many.
const NO_ROOM: f64 = 0.82;

/// With the processors busy for less than this share of the time, a stall is none that fewer clusters would have prevented.
const IDLE: f64 = 0.55;

/// Over so many decisions (16 s) this is averaged: a start or two are a burst, and a run tells of its stalls when it ends.
const LATELY: usize = 8;

/// With less than this share of its memory available, the machine carries no more.
const LITTLE_MEMORY: f64 = 0.15;

/// With less than this, it carries fewer.
const NO_MEMORY: f64 = 0.07;

/// Decisions to wait after a retreat, until its effect shows.
const REST: u32 = 5;

/// What was measured since the decision before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Clusters that run now.
    pub running: usize,
    /// The worst lag of the campaign's own timer.
    pub lag: Duration,
    /// The share of time in which some task waited for a CPU, 0 to 1; none where the kernel does not tell.
    pub pressure: Option<f64>,
    /// The share of time in which the processors worked, 0 to 1; none where the kernel does not tell.
    pub busy: Option<f64>,
    /// The share of memory that is available, 0 to 1; none where the kernel does not tell.
    pub memory: Option<f64>,
    /// What the runs say that ended.
    pub told: EndedCounts,
}

/// What runs say that ended since the decision before, and that began after the last retreat (see
/// [`Controller::retreats`]).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EndedCounts {
    /// How many.
    pub ended: usize,
    /// How many of them had a stall.
    pub stalled: usize,
}

/// Finds the number.
#[derive(Debug, Clone)]
pub struct Controller {
    target: usize,
    cores: usize,
    retreats: u32,
    rest: u32,
    /// No climb goes beyond: more than this had stalls.
    ceiling: usize,
    /// Runs without a stall in a row that ended since the ceiling was set.
    calm: usize,
    /// How busy the processors were of late, the latest last; empty where the kernel does not tell.
    busy: VecDeque<f64>,
}

impl Controller {
    /// Begins with two clusters a core.
    pub fn new(cores: usize) -> Self {
        let cores = cores.clamp(1, MOST / 2);
        Self { target: 2 * cores, cores, retreats: 0, rest: 0, ceiling: MOST, calm: 0, busy: VecDeque::new() }
    }

    /// How many clusters there should be.
    pub fn target(&self) -> usize {
        self.target
    }

    /// How often it had to retreat. The value at the beginning of a run tells runs apart.
    pub(crate) fn retreats(&self) -> u32 {
        self.retreats
    }

    /// How many clusters there should be from now on.
    pub fn decide(&mut self, reading: &Reading) -> usize {
        let pressed = reading.pressure.is_some_and(|share| share > HARD);
        let worn = reading.busy.is_some_and(|share| share > NO_ROOM);
        let starved = reading.memory.is_some_and(|share| share < NO_MEMORY);
        self.busy.extend(reading.busy);
        while self.busy.len() > LATELY {
            self.busy.pop_front();
        }
        let busy = self.busy.is_empty() || self.busy.iter().sum::<f64>() >= IDLE * self.busy.len() as f64;
        if busy && (reading.told.stalled > 0 || reading.lag > STALL) {
            let stalled = self.target.min(reading.running.max(1));
            self.retreat(reading.running, 7, self.cores);
            self.ceiling = usize::midpoint(self.target, stalled);
            self.calm = 0;
            return self.target;
        }
        self.stay_calm(reading.told.ended, busy);
        if starved {
            self.retreat(reading.running, 9, 1);
        } else if self.rest > 0 {
            self.rest -= 1;
        } else if pressed || worn {
            self.retreat(reading.running, 9, 2 * self.cores);
            self.rest = 1;
        } else if self.is_easy(reading, busy) {
            self.target = (self.target + (self.target / 6).max(1)).min(self.ceiling.max(self.target));
        }
        self.target
    }

    /// So many runs have ended well. Two generations of them at the ceiling raise it by a little. Where the processors are half
    /// idle the ceiling had another cause, and one generation raises it by a quarter.
    fn stay_calm(&mut self, ended: usize, busy: bool) {
        let (generations, part) = if busy { (2, 12) } else { (1, 4) };
        self.calm += ended;
        if self.calm >= generations * self.target {
            self.calm = 0;
            if self.target >= self.ceiling {
                self.ceiling = (self.ceiling + (self.ceiling / part).max(1)).min(MOST);
            }
        }
    }

    /// Nothing speaks against more, and what there should be is there, or nearly: some run has always just ended.
    fn is_easy(&self, reading: &Reading, busy: bool) -> bool {
        reading.running + self.target / 8 + 1 >= self.target
            && (reading.lag < STALL / 2 || !busy)
            && reading.pressure.is_none_or(|share| share < EASY)
            && reading.busy.is_none_or(|share| share < ROOM)
            && reading.memory.is_none_or(|share| share > LITTLE_MEMORY)
    }

    /// To so many tenths of what runs (a target that was not reached yet is no measure), but not below the least.
    fn retreat(&mut self, running: usize, tenths: usize, least: usize) {
        let fewer = self.target.min(running.max(1)) * tenths / 10;
        self.target = fewer.max(least.min(self.target));
        self.retreats += 1;
        self.rest = REST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Reading = Reading {
        running: 0,
        lag: Duration::from_millis(1),
        pressure: Some(0.2),
        busy: Some(0.6),
        memory: Some(0.5),
        told: EndedCounts { ended: 0, stalled: 0 },
    };

    /// A controller that has come as far as this.
    fn at(target: usize) -> Controller {
        Controller { target, ..Controller::new(2) }
    }

    /// A machine on which pressure grows with the clusters, and which stalls when there are too many.
    fn settle(carries: usize, mut controller: Controller, decisions: u32) -> (Controller, usize) {
        let mut most = 0;
        for _ in 0..decisions {
            let running = controller.target();
            let load = running as f64 / carries as f64;
            let lag = if load > 1.0 { Duration::from_millis(80) } else { Duration::from_millis(2) };
            controller.decide(&Reading { running, lag, pressure: Some((load * 0.8).min(1.0)), ..CALM });
            most = most.max(running);
        }
        (controller, most)
    }

    #[test]
    fn the_capacity_is_reached_within_the_first_minute_and_not_passed() {
        let (controller, most) = settle(44, Controller::new(2), 30);
        assert!((30..=44).contains(&controller.target()), "{controller:?}");
        assert!(most <= 44, "{most}");
    }

    #[test]
    fn without_pressure_to_go_by_it_swings_below_and_around_what_the_machine_carries() {
        let mut controller = Controller::new(2);
        let mut sum = 0;
        for _ in 0..300 {
            let running = controller.target();
            let lag = Duration::from_millis(if running > 40 { 80 } else { 2 });
            controller.decide(&Reading { running, lag, pressure: None, busy: None, memory: None, ..CALM });
            sum += running;
        }
        assert!((20..40).contains(&(sum / 300)), "{}", sum / 300);
    }

    #[test]
    fn a_stall_that_a_run_tells_of_means_a_third_fewer_at_once_and_a_rest() {
        let mut controller = at(30);
        assert_eq!(controller.decide(&Reading { running: 30, told: EndedCounts { ended: 4, stalled: 1 }, ..CALM }), 21);
        assert_eq!(controller.retreats(), 1);
        for _ in 0..REST {
            assert_eq!(controller.decide(&Reading { running: 21, ..CALM }), 21);
        }
        assert!(controller.decide(&Reading { running: 21, ..CALM }) > 21);
    }

    #[test]
    fn a_stall_of_a_machine_that_is_half_idle_changes_nothing_and_one_of_a_busy_one_does() {
        let late = Reading {
            running: 20,
            lag: Duration::from_millis(120),
            told: EndedCounts { ended: 3, stalled: 2 },
            ..CALM
        };
        let mut controller = at(20);
        for _ in 0..30 {
            let running = controller.target();
            controller.decide(&Reading { running, busy: Some(0.4), ..late });
        }
        assert_eq!(controller.retreats(), 0);
        assert!(controller.target() > 20);
        let mut controller = at(20);
        controller.decide(&Reading { busy: Some(0.8), ..CALM });
        assert_eq!(controller.decide(&Reading { lag: Duration::ZERO, busy: Some(0.4), ..late }), 14, "told late");
    }

    #[test]
    fn a_retreat_starts_from_what_runs_and_not_from_what_was_hoped_for() {
        let mut controller = at(100);
        assert_eq!(controller.decide(&Reading { running: 10, lag: Duration::from_millis(60), ..CALM }), 7);
    }

    #[test]
    fn pressure_stops_the_climb_and_then_turns_it() {
        let mut controller = at(20);
        assert_eq!(controller.decide(&Reading { running: 20, pressure: Some(0.7), ..CALM }), 20);
        assert_eq!(controller.decide(&Reading { running: 20, pressure: Some(0.95), ..CALM }), 18);
    }

    #[test]
    fn a_machine_short_of_memory_gets_no_more_and_then_fewer() {
        let mut controller = at(20);
        assert_eq!(controller.decide(&Reading { running: 20, memory: Some(0.1), ..CALM }), 20);
        assert_eq!(controller.decide(&Reading { running: 20, memory: Some(0.05), ..CALM }), 18);
    }

    #[test]
    fn a_target_that_is_not_reached_is_not_raised() {
        let mut controller = at(20);
        assert_eq!(controller.decide(&Reading { running: 12, ..CALM }), 20);
    }

    #[test]
    fn a_machine_that_others_keep_busy_still_gets_some() {
        let settle = |reading: Reading| {
            let mut controller = Controller::new(4);
            for _ in 0..50 {
                controller.decide(&Reading { running: controller.target(), ..reading });
            }
            controller.target()
        };
        assert_eq!(settle(Reading { pressure: Some(1.0), ..CALM }), 8, "pressure alone spoils no verdict");
        assert_eq!(
            settle(Reading { told: EndedCounts { ended: 3, stalled: 3 }, ..CALM }),
            4,
            "fewer than one a core would not help"
        );
        assert_eq!(settle(Reading { memory: Some(0.01), ..CALM }), 1, "but they may all need memory");
    }

    #[test]
    fn busy_processors_stop_the_climb_long_before_they_are_used_up() {
        let mut controller = Controller::new(2);
        for _ in 0..60 {
            let running = controller.target();
            controller.decide(&Reading { running, busy: Some(running as f64 * 0.025), ..CALM });
        }
        let busy = controller.target() as f64 * 0.025;
        assert!((ROOM..NO_ROOM).contains(&busy), "{controller:?}");
        assert_eq!(at(20).decide(&Reading { running: 20, busy: Some(0.9), ..CALM }), 18);
    }

    /// A machine whose runs have stalls from `bad` clusters on, and tell of them when they end, fifteen seconds later.
    /// Answers how many runs of the last three quarters had stalls, out of how many, and the mean number of clusters.
    fn night(bad: usize) -> (usize, usize, usize) {
        let mut controller = Controller::new(2);
        let mut running: Vec<(u32, u32, bool)> = Vec::new();
        let (mut stalled, mut ended, mut sum) = (0, 0, 0);
        for now in 0..1200 {
            let mut told = EndedCounts::default();
            for (_, retreats, had) in running.extract_if(.., |(end, ..)| *end <= now) {
                if retreats == controller.retreats() {
                    told.ended += 1;
                    told.stalled += usize::from(had);
                }
                if now > 300 {
                    ended += 1;
                    stalled += usize::from(had);
                }
            }
            controller.decide(&Reading { running: running.len(), busy: None, pressure: None, told, ..CALM });
            // A third of a generation each two seconds, at most.
            for start in 0..(controller.target() / 4).max(1) {
                if running.len() < controller.target() {
                    running.push((now + 7 + u32::try_from(start % 2).unwrap(), controller.retreats(), false));
                }
            }
            // Once in a while a run stalls there.
            if running.len() > bad && now % 3 == 0 {
                let last = running.len() - 1;
                running[last].2 = true;
            }
            sum += usize::from(now > 300) * running.len();
        }
        (stalled, ended, sum / 899)
    }

    #[test]
    fn a_number_at_which_runs_had_stalls_is_not_tried_again_every_minute() {
        let (stalled, ended, mean) = night(24);
        assert!(stalled * 50 < ended, "{stalled} of {ended} runs had stalls");
        assert!((15..=25).contains(&mean), "{mean} clusters on average");
    }

    #[test]
    fn a_stall_by_somebody_elses_fault_is_forgotten_in_time() {
        let mut controller = at(30);
        controller.decide(&Reading { running: 30, told: EndedCounts { ended: 9, stalled: 1 }, ..CALM });
        for _ in 0..300 {
            let told = EndedCounts { ended: controller.target() / 7, stalled: 0 };
            controller.decide(&Reading { running: controller.target(), told, ..CALM });
        }
        assert!(controller.target() > 30, "{controller:?}");
    }
}
