//! The deal is fair, complete, and the same everywhere.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn deal(cells: usize, first: u64, runs: u64, part: Option<(u32, u32)>) -> Vec<PlannedRun> {
    let part = part.map(|(number, of)| Part { number, of });
    Deal::new(cells, first, Some(runs), part).unwrap().collect()
}

proptest! {
    #[test]
    fn the_shards_are_a_partition_of_the_units(cells in 1usize..20, first in 0u64..1000, runs in 0u64..600, of in 1u32..12) {
        let whole = deal(cells, first, runs, None);
        prop_assert_eq!(whole.len() as u64, runs);
        let mut together: Vec<PlannedRun> = (1..=of).flat_map(|number| deal(cells, first, runs, Some((number, of)))).collect();
        together.sort_unstable();
        prop_assert_eq!(together, whole);
    }

    #[test]
    fn every_shard_gets_every_cell_equally_often_within_one(
        cells in 1usize..20, first in 0u64..1000, runs in 0u64..2000, of in 1u32..12,
    ) {
        for cell in 0..cells {
            let counts: Vec<usize> = (1..=of)
                .map(|number| deal(cells, first, runs, Some((number, of))).iter().filter(|unit| unit.cell == cell).count())
                .collect();
            let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
            prop_assert!(most - least <= 1, "cell {}: {:?}", cell, counts);
        }
    }

    #[test]
    fn what_is_left_is_what_was_not_done(
        cells in 1usize..6, runs in 1u64..200, of in 1u32..5, done in proptest::collection::vec(0u64..220, 0..200),
    ) {
        let whole = Deal::new(cells, 1, Some(runs), Some(Part { number: 1, of })).unwrap();
        let mut remaining = Remaining::new(whole.clone());
        for number in &done {
            remaining.finished(*number);
        }
        let expected: Vec<PlannedRun> = whole.filter(|unit| !done.contains(&unit.number)).collect();
        prop_assert_eq!(remaining.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_shard_gets_every_place_of_a_period_alike() {
    // `chaos` draws its kinds with a period of seven; so many shards would each get one kind if dealt in turn.
    let mut places = BTreeMap::new();
    for unit in deal(1, 1, 7 * 7 * 200, Some((3, 7))) {
        *places.entry(unit.seed % 7).or_insert(0u32) += 1;
    }
    assert_eq!(places.len(), 7);
    // 1400 seeds, 200 expected each; six standard deviations of a binomial are 79.
    assert!(places.values().all(|count| (120..280).contains(count)), "{places:?}");
}

#[test]
fn a_few_runs_are_spread_over_the_shards() {
    let counts: Vec<usize> = (1..=4).map(|number| deal(8, 1, 8, Some((number, 4))).len()).collect();
    assert_eq!(counts, [2, 2, 2, 2]);
}

#[test]
fn the_units_of_a_shard_are_counted_without_dealing_them() {
    for (cells, runs, of) in [(3, 100, 4), (1, 7, 7), (14, 5, 8), (2, 0, 3)] {
        for number in 1..=of {
            let deal = Deal::new(cells, 3, Some(runs), Some(Part { number, of })).unwrap();
            assert_eq!(deal.count_all(), Some(deal.clone().count() as u64));
        }
    }
    let endless = Deal::new(14, 1, Some(u64::MAX), Some(Part { number: 2, of: 8 })).unwrap();
    assert!(endless.count_all().is_some_and(|count| count > u64::MAX / 9));
    assert_eq!(Deal::new(14, 1, None, None).unwrap().count_all(), None);
}

#[test]
fn the_deal_is_pinned() {
    let numbers: Vec<u64> = deal(2, 7, 24, Some((2, 3))).iter().map(|unit| unit.number).collect();
    assert_eq!(numbers, PINNED);
}

const PINNED: [u64; 8] = [3, 4, 7, 8, 12, 17, 18, 23];

#[test]
fn a_unit_is_a_cell_and_a_seed() {
    let all = deal(3, 10, 5, None);
    let cells: Vec<(usize, u64)> = all.iter().map(|unit| (unit.cell, unit.seed)).collect();
    assert_eq!(cells, [(0, 10), (1, 10), (2, 10), (0, 11), (1, 11)]);
}

#[test]
fn a_deal_without_an_end_goes_on_to_the_last_seed() {
    let mut deal = Deal::new(1, u64::MAX - 1, None, None).unwrap();
    assert_eq!(deal.by_ref().count(), 2);
    assert_eq!(deal.next(), None);
}

#[test]
fn a_shard_that_there_is_not_is_refused_with_a_sentence() {
    let part = |number, of| Deal::new(1, 1, None, Some(Part { number, of })).unwrap_err().to_string();
    assert!(part(9, 8).contains("9/8") && part(9, 8).contains("from 1 to 8"), "{}", part(9, 8));
    assert!(part(0, 8).contains("0/8"));
    assert!(part(1, 0).contains("not 0"));
    assert!(part(1, u32::MAX).contains("100000"));
    assert_eq!(Deal::new(0, 1, None, None).unwrap_err(), DealError::NoCells);
}

#[test]
fn what_was_done_long_ago_takes_no_memory() {
    let mut remaining = Remaining::new(Deal::new(2, 1, None, Some(Part { number: 1, of: 2 })).unwrap());
    let numbers: Vec<u64> =
        Deal::new(2, 1, None, Some(Part { number: 1, of: 2 })).unwrap().take(10_000).map(|unit| unit.number).collect();
    for pair in numbers.chunks(2) {
        for number in pair.iter().rev() {
            assert!(remaining.finished(*number));
            assert!(remaining.ahead.len() <= 1);
        }
    }
    assert!(!remaining.finished(numbers[5]), "twice is once");
}
