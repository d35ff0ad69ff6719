//! How far apart runs are started, so that they do not all end together.
//!
//! A run is busiest where it begins (namespaces, processes) and where it ends (its judgement); in between it mostly waits. Runs
//! of one workload take about equally long. So those that begin together end together, and their successors begin together, for
//! the rest of the campaign. A machine that carries them with ease on average then has a storm every few seconds, and a storm is
//! what stalls nodes. So starts are spread evenly over the time that a run takes. They come a little closer than the wanted
//! number of runs needs, so that a place is not empty for long after a run ends.

use std::time::Duration;

/// What a run is taken to last before one has ended.
const FIRST: Duration = Duration::from_secs(8);

/// So many runs are started without delay: no storm.
const FEW: usize = 4;

/// How long runs take of late.
#[derive(Debug, Default)]
pub(super) struct Pace(Option<Duration>);

impl Pace {
    /// A run has ended that took so long.
    pub(super) fn ended(&mut self, took: Duration) {
        self.0 = Some(self.0.map_or(took, |usual| (usual * 7 + took) / 8));
    }

    /// How long to wait after a start before the next, when so many run and so many should.
    pub(super) fn between(&self, running: usize, wanted: usize) -> Duration {
        if running < FEW {
            return Duration::ZERO;
        }
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX).max(1);
        self.0.unwrap_or(FIRST) * 3 / 4 / wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Carries out runs of about a second for so long. Returns how many began in the worst tenth of a second of the last half,
    /// and how many there were in all.
    fn play(pace: &mut Pace, wanted: usize, seconds: u64) -> (usize, usize) {
        let (mut ends, mut starts, mut next) = (Vec::<(u64, u64)>::new(), Vec::new(), 0);
        for now in (0..seconds * 1000).step_by(10) {
            for (_, took) in ends.extract_if(.., |(end, _)| *end <= now) {
                pace.ended(Duration::from_millis(took));
            }
            while ends.len() < wanted && now >= next {
                let took = 950 + (starts.len() as u64 * 37) % 100;
                starts.push(now);
                ends.push((now + took, took));
                next = now + pace.between(ends.len(), wanted).as_millis() as u64;
            }
        }
        let late = |from: u64| starts.iter().filter(|at| (from..from + 100).contains(*at)).count();
        ((seconds * 500..seconds * 1000 - 100).step_by(10).map(late).max().unwrap_or(0), starts.len())
    }

    #[test]
    fn starts_are_spread_evenly_and_hardly_any_place_stays_empty() {
        let (worst, all) = play(&mut Pace::default(), 20, 60);
        assert!(worst <= 3, "{worst} of 20 began within a tenth of what a run takes");
        assert!(all > 20 * 60 * 9 / 10 - 200, "{all}");
    }

    #[test]
    fn a_few_runs_begin_at_once() {
        assert_eq!(Pace::default().between(3, 30), Duration::ZERO);
        assert_eq!(Pace::default().between(4, 30), FIRST / 40);
    }

    #[test]
    fn the_pace_follows_what_runs_take_of_late() {
        let mut pace = Pace::default();
        (0..50).for_each(|_| pace.ended(Duration::from_secs(30)));
        (0..50).for_each(|_| pace.ended(Duration::from_secs(3)));
        let between = pace.between(10, 10);
        assert!(between > Duration::from_millis(220) && between < Duration::from_millis(240), "{between:?}");
    }
}
