use super::*;
use crate::stats::{kaplan_meier, quantile, survival_quantile};

const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];

/// Runs of elections whose length has a share of the run's own: what makes elections of a run alike.
fn runs(seed: u64, count: usize, elections: usize, slower: f64) -> Vec<Vec<(u64, bool)>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..count)
        .map(|_| {
            let mood = below(&mut rng, 150_000) as f64;
            let mut one = || ((150_000.0 + mood + below(&mut rng, 150_000) as f64) * slower) as u64;
            (0..elections).map(|_| (one(), false)).collect()
        })
        .collect()
}

#[test]
fn without_censoring_its_quantiles_are_the_plain_ones() {
    for count in [1, 2, 7, 10, 99, 100, 1000] {
        let runs = runs(count as u64, 1, count, 1.0);
        let mut sorted: Vec<u64> = runs[0].iter().map(|d| d.0).collect();
        sorted.sort_unstable();
        let wanted: Vec<_> = QUANTILES.iter().map(|&q| quantile(&sorted, q)).collect();
        assert_eq!(Sample::new(&runs).quantiles(&QUANTILES), wanted, "{count}");
    }
}

#[test]
fn with_censoring_its_quantiles_are_those_of_kaplan_and_meier() {
    let ended = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(|at| (at, false));
    let censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(|at| (at, true));
    let all = [&ended[..], &censored[..]].concat();
    let curve = kaplan_meier(&all);
    let sample = Sample::new(&all.chunks(5).map(<[_]>::to_vec).collect::<Vec<_>>());
    let wanted: Vec<_> = [0.1, 0.25, 0.5, 0.9].iter().map(|&q| survival_quantile(&curve, q)).collect();
    assert_eq!(sample.quantiles(&[0.1, 0.25, 0.5, 0.9]), wanted);
}

#[test]
fn the_same_samples_give_the_same_interval_to_the_last_digit() {
    let (a, b) = (Sample::new(&runs(1, 20, 30, 1.0)), Sample::new(&runs(2, 20, 30, 1.2)));
    let first = bootstrap(&a, &b, &QUANTILES, 0.95, 4);
    assert_eq!(first, bootstrap(&a, &b, &QUANTILES, 0.95, 4));
    assert_ne!(first, bootstrap(&a, &b, &QUANTILES, 0.95, 5));
    assert!(first.iter().all(Option::is_some));
}

#[test]
fn a_difference_that_is_there_is_found_and_measured() {
    let (a, b) = (Sample::new(&runs(1, 60, 30, 1.0)), Sample::new(&runs(2, 60, 30, 1.5)));
    for change in bootstrap(&a, &b, &QUANTILES, 0.95, 1).into_iter().flatten() {
        assert!(change.relative.low > 0.3 && change.relative.high < 0.75, "{change:?}");
        let ratio = change.b as f64 / change.a as f64 - 1.0;
        assert!(change.relative.low <= ratio && ratio <= change.relative.high, "{change:?}");
    }
}

/// The point of drawing runs: with elections drawn one by one, two halves of one and the same distribution of runs differ
/// "significantly" most of the time.
#[test]
fn equal_clusters_differ_as_seldom_as_the_confidence_says_when_runs_are_drawn_and_often_when_elections_are() {
    let apart = |blocks_are_runs: bool| {
        let sample = |seed| {
            let runs = runs(seed, 12, 40, 1.0);
            Sample::new(&if blocks_are_runs { runs } else { runs.concat().into_iter().map(|d| vec![d]).collect() })
        };
        let differs = |trial: u64| {
            let found = redraw(&sample(2 * trial), &sample(2 * trial + 1), &[0.5], 0.95, trial, 200);
            let relative = found[0].expect("a median").relative;
            relative.low > 0.0 || relative.high < 0.0
        };
        (0..50).filter(|&trial| differs(trial)).count()
    };
    let (runs, elections) = (apart(true), apart(false));
    assert!(runs <= 6 && elections >= 3 * runs && elections >= 15, "of 50: {runs} by runs, {elections} by elections");
}

#[test]
fn what_was_cut_off_too_often_has_no_quantile() {
    let cut = Sample::new(&vec![vec![(10, false), (20, true), (20, true), (20, true)]; 20]);
    let whole = Sample::new(&runs(1, 20, 4, 1.0));
    assert_eq!(bootstrap(&cut, &whole, &[0.5], 0.95, 1), [None]);
    assert_eq!(bootstrap(&whole, &Sample::new(&[]), &[0.5], 0.95, 1), [None]);
}

#[test]
fn a_run_is_cut_into_blocks_of_neighbours_and_nothing_is_lost() {
    let run: Vec<u32> = (0..40).collect();
    let cut = blocks(&run);
    assert_eq!(cut.len(), 10);
    assert_eq!(cut.concat(), run);
    assert!(blocks(&[0u8; 0]).is_empty());
}
