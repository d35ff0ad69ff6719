use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use workloads::Capabilities;
use workloads::shrink::{Size, faults, without};
use workloads::workload::{Parameters, Request, find};

use super::*;

/// A cluster that fails with a probability that depends on the schedule, in no time or nearly so.
struct Fake {
    fails: Box<dyn Fn(&Schedule) -> f64 + Send + Sync>,
    rng: Mutex<ChaCha8Rng>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    runs: AtomicUsize,
    /// From this run on none ends by itself.
    hangs_from: usize,
    took: Duration,
    void: bool,
}

impl Fake {
    fn new(seed: u64, fails: impl Fn(&Schedule) -> f64 + Send + Sync + 'static) -> Self {
        Self {
            fails: Box::new(fails),
            rng: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
            at_once: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
            runs: AtomicUsize::new(0),
            hangs_from: usize::MAX,
            took: Duration::ZERO,
            void: false,
        }
    }
}

impl Repeater for Fake {
    async fn repeat(&self, trial: Trial, mut stop: watch::Receiver<bool>) -> Repetition {
        trial.schedule.check().unwrap();
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        let reproduced = self.rng.lock().unwrap().random_bool((self.fails)(&trial.schedule));
        // Failures come early, as they do in earnest.
        let took = if reproduced { self.took / 4 } else { self.took };
        let hangs = self.runs.fetch_add(1, Ordering::SeqCst) >= self.hangs_from;
        tokio::select! {
            () = tokio::time::sleep(took), if !hangs => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        match (self.void, reproduced) {
            (true, _) => Repetition::Void("the disk is full".into()),
            (_, true) => Repetition::Reproduced,
            _ => Repetition::Passed,
        }
    }
}

fn chaos(seed: u64) -> Schedule {
    let request = Request {
        nodes: (1..=5).map(|number| format!("n{number}")).collect(),
        voters: None,
        capabilities: Capabilities { cut: true, ..Capabilities::default() },
        duration: Some(Duration::from_secs(75)),
        seed,
        parameters: Parameters::default(),
        bound: Duration::from_secs(5),
    };
    find("chaos").unwrap().schedule(&request).unwrap()
}

fn shrink(fake: Fake, jobs: usize, original: &Schedule) -> (Result<Reduced, String>, Arc<Fake>) {
    shrink_until(fake, jobs, original, Duration::from_secs(600), false)
}

/// A user who interrupts does so when the original has failed again and something smaller than it is there.
fn shrink_until(
    fake: Fake,
    jobs: usize,
    original: &Schedule,
    budget: Duration,
    interrupt: bool,
) -> (Result<Reduced, String>, Arc<Fake>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let repeater = Arc::new(fake);
    let found = runtime.block_on(async {
        let (tell, interrupted) = watch::channel(false);
        let reduction =
            Reduction { repeater: Arc::clone(&repeater), jobs, until: Instant::now() + budget, interrupted };
        let kept = AtomicUsize::new(0);
        let note = |_: &KeptSchedule, _: &Rate| {
            if kept.fetch_add(1, Ordering::SeqCst) > 0 && interrupt {
                tell.send_replace(true);
            }
        };
        reduction.shrink(original, Vec::new(), note).await
    });
    (found, repeater)
}

fn best(found: &Reduced) -> &Schedule {
    &found.trail.last().unwrap().schedule
}

#[test]
fn a_flaky_failure_is_brought_down_to_what_it_needs() {
    for seed in [3, 4, 5] {
        let original = chaos(seed);
        let all = faults(&original);
        let needed = [all[2], all[all.len() - 2]];
        for rate in [1.0, 0.7, 0.3] {
            let fake = Fake::new(seed, move |schedule| {
                let left = faults(schedule);
                if needed.iter().all(|fault| left.contains(fault)) { rate } else { 0.0 }
            });
            let (found, repeater) = shrink(fake, 4, &original);
            let found = found.unwrap();
            assert_eq!(found.stopped, Stopped::Minimal);
            assert_eq!(faults(best(&found)), needed, "seed {seed}, rate {rate}");
            assert!(repeater.most_at_once.load(Ordering::SeqCst) <= 4);
        }
    }
}

#[test]
fn what_is_kept_fails_often_enough_though_each_fault_adds_its_chance() {
    // Every fault has a chance of its own of one in five; thirty of them nearly always fail.
    let chance = |schedule: &Schedule| 1.0 - 0.8_f64.powf(faults(schedule).len() as f64);
    for seed in 1..5 {
        let original = chaos(seed);
        let (found, _) = shrink(Fake::new(seed, chance), 4, &original);
        let found = found.unwrap();
        let left = faults(best(&found)).len();
        assert!((1..=3).contains(&left), "seed {seed}: {left} faults are left");
        for pair in found.trail.windows(2) {
            assert!(Size::of(&pair[1].schedule) < Size::of(&pair[0].schedule));
        }
    }
}

#[test]
fn where_nothing_is_left_to_try_no_fault_can_go() {
    let original = chaos(7);
    let fails = |schedule: &Schedule| if faults(schedule).len() >= 3 { 1.0 } else { 0.0 };
    let (found, _) = shrink(Fake::new(1, fails), 3, &original);
    let found = found.unwrap();
    assert_eq!((found.stopped, faults(best(&found)).len()), (Stopped::Minimal, 3));
    for fault in faults(best(&found)) {
        let less = without(best(&found), &[fault].into()).unwrap();
        assert!(fails(&less) < 1.0);
    }
}

#[test]
fn what_never_fails_again_is_given_up_after_forty_runs() {
    let (found, _) = shrink(Fake::new(1, |_| 0.0), 4, &chaos(1));
    let found = found.unwrap();
    assert_eq!((found.original, found.stopped), (Rate { reproduced: 0, runs: 40 }, Stopped::NotReproduced));
    assert!(found.trail.is_empty());
}

#[test]
fn runs_that_leave_no_verdict_are_an_error_with_their_last_words() {
    let fake = Fake { void: true, ..Fake::new(1, |_| 1.0) };
    let why = shrink(fake, 2, &chaos(1)).0.unwrap_err();
    assert!(why.contains("the disk is full"), "{why}");
}

#[test]
fn the_time_is_kept_and_the_best_so_far_is_the_answer() {
    let fake = Fake { hangs_from: 9, ..Fake::new(1, |_| 1.0) };
    let (found, repeater) = shrink_until(fake, 2, &chaos(2), Duration::from_secs(3), false);
    let found = found.unwrap();
    assert_eq!(found.stopped, Stopped::Budget);
    assert!(found.trail.len() > 1, "{}", found.trail.len());
    assert_eq!(repeater.at_once.load(Ordering::SeqCst), 0, "nothing still runs");
}

#[test]
fn an_interrupt_ends_it_with_the_best_so_far() {
    let (found, repeater) = shrink_until(Fake::new(1, |_| 1.0), 2, &chaos(2), Duration::from_secs(600), true);
    let found = found.unwrap();
    assert_eq!(found.stopped, Stopped::Interrupted);
    assert_eq!(found.trail.len(), 2);
    assert_eq!(repeater.at_once.load(Ordering::SeqCst), 0, "nothing still runs");
}
