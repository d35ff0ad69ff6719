use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// Rows of repetitions with this rate: how many were accepted, and how long they were on average.
fn simulated(test: &Sprt, rate: f64, rows: u32, rng: &mut ChaCha8Rng) -> (f64, f64) {
    let (mut accepted, mut length) = (0, 0);
    for _ in 0..rows {
        let mut row = Vec::new();
        let decision = loop {
            row.push(Some(rng.random_bool(rate)));
            match test.decide(&row) {
                Decision::Open => {}
                decided => break decided,
            }
        };
        accepted += u32::from(decision == Decision::Accepted);
        length += row.len();
    }
    (f64::from(accepted) / f64::from(rows), length as f64 / f64::from(rows))
}

#[test]
fn both_errors_are_as_rare_as_was_asked() {
    let mut rng = ChaCha8Rng::seed_from_u64(1945);
    for (low, high) in [(0.05, 0.3), (0.02, 0.1), (0.1, 0.5), (0.4, 0.9)] {
        let test = Sprt::new(low, high, 0.05, 0.05, 10_000);
        let (wrongly, _) = simulated(&test, low, 4000, &mut rng);
        let (rightly, _) = simulated(&test, high, 4000, &mut rng);
        // Wald: α/(1−β) and β/(1−α) bound the true errors; what is over is the noise of 4000 rows (three sigma: 0.0107).
        assert!(wrongly <= 0.0527 + 0.0107, "{low} {high}: accepted {wrongly} of the rows with the lower rate");
        assert!(1.0 - rightly <= 0.0527 + 0.0107, "{low} {high}: rejected {} of those with the higher", 1.0 - rightly);
    }
}

#[test]
fn what_is_clear_takes_few_repetitions() {
    let test = Sprt::new(0.05, 0.3, 0.05, 0.05, 60);
    assert_eq!(test.decide(&[Some(true); 2]), Decision::Accepted);
    assert_eq!(test.decide(&[Some(false); 9]), Decision::Open);
    assert_eq!(test.decide(&[Some(false); 10]), Decision::Rejected);
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for rate in [0.0, 0.05, 0.3, 0.6, 1.0] {
        let (_, length) = simulated(&test, rate, 2000, &mut rng);
        assert!(length < 16.0, "a rate of {rate} took {length} repetitions on average");
    }
}

#[test]
fn a_row_ends_at_the_latest_where_it_was_said() {
    let test = Sprt::new(0.4, 0.6, 0.05, 0.05, 6);
    let row = |successes| (0..6).map(|place| Some(place < successes)).collect::<Vec<_>>();
    assert_eq!(test.decide(&row(2)), Decision::Rejected);
    assert_eq!(test.decide(&row(4)), Decision::Accepted);
    assert_eq!(test.decide(&row(4)[..5]), Decision::Open);
}

#[test]
fn a_gap_is_waited_for_only_where_it_matters() {
    let test = Sprt::new(0.05, 0.3, 0.05, 0.05, 60);
    assert_eq!(test.decide(&[None, Some(true), Some(true)]), Decision::Accepted);
    assert_eq!(test.decide(&[None, Some(true)]), Decision::Open);
    let mut row = vec![Some(false); 10];
    assert_eq!(test.decide(&[&[None], &row[..]].concat()), Decision::Open);
    row.extend([Some(false); 6]);
    assert_eq!(test.decide(&[&[None], &row[..]].concat()), Decision::Rejected);
}

/// Successes end after one tick, failures after ten; eight run at once.
#[test]
fn that_successes_end_sooner_does_not_bias_the_row() {
    let test = Sprt::new(0.05, 0.3, 0.05, 0.05, 60);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut accepted = 0;
    for _ in 0..4000 {
        let mut row: Vec<Option<bool>> = Vec::new();
        let mut running: Vec<(usize, u32, bool)> = Vec::new();
        let decision = loop {
            while running.len() < 8 {
                let succeeds = rng.random_bool(0.05);
                running.push((row.len(), if succeeds { 1 } else { 10 }, succeeds));
                row.push(None);
            }
            for (place, left, succeeds) in &mut running {
                *left -= 1;
                if *left == 0 {
                    row[*place] = Some(*succeeds);
                }
            }
            running.retain(|(_, left, _)| *left > 0);
            match test.decide(&row) {
                Decision::Open => {}
                decided => break decided,
            }
        };
        accepted += u32::from(decision == Decision::Accepted);
    }
    let wrongly = f64::from(accepted) / 4000.0;
    assert!(wrongly <= 0.0527 + 0.0107, "accepted {wrongly} of the rows with the lower rate");
}

#[test]
fn no_more_need_run_at_once_than_could_decide() {
    let test = Sprt::new(0.05, 0.3, 0.05, 0.05, 60);
    assert_eq!(test.soonest(&[]), 2);
    assert_eq!(test.soonest(&[None]), 1);
    assert_eq!(test.soonest(&[None, None]), 0);
    assert_eq!(test.soonest(&[Some(false); 9]), 1);
    assert_eq!(test.soonest(&[Some(true)]), 1);
}

#[test]
fn rates_out_of_range_decide_nothing_by_themselves() {
    for test in [Sprt::new(0.0, 1.0, 0.05, 0.05, 9), Sprt::new(0.9, 0.1, 2.0, -1.0, 0)] {
        let (all, none) = (vec![Some(true); 20], vec![Some(false); 20]);
        assert_eq!(test.decide(&[]), Decision::Open);
        assert_ne!(test.decide(&all), Decision::Open);
        assert_eq!(test.decide(&none), Decision::Rejected);
    }
}
