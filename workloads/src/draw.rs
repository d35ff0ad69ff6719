//! Draws from a random generator, with a stream that stays.
//!
//! A schedule is named by its seed, in bug reports and in stored examples, so the way from random words to choices
//! must never change under us. Generators such as ChaCha promise a stable stream; the sampling functions of `rand`
//! do not. These few do, because they are ours: each takes one 64-bit word for each choice and uses nothing else.
//! The price is a bias of at most n / 2⁶⁴ for a choice among n, which will never be seen.

use std::hash::Hasher;
use std::time::Duration;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The generator of whatever has this name, for one seed. Its key is spelt out, for the stream has to stay: the seed, then
/// an FNV-1a hash of the name, both little-endian, then zeros.
pub fn generator(seed: u64, name: &str) -> ChaCha8Rng {
    let mut hash = fnv::FnvHasher::default();
    hash.write(name.as_bytes());
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&hash.finish().to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// A whole number below `n`; 0 when `n` is 0.
pub fn below(rng: &mut (impl Rng + ?Sized), n: u64) -> u64 {
    let product = u128::from(rng.next_u64()) * u128::from(n);
    u64::try_from(product >> 64).unwrap_or_default()
}

/// A whole number from `low` to `high`, both included; `low` when the range is empty.
pub fn between(rng: &mut (impl Rng + ?Sized), low: u64, high: u64) -> u64 {
    low + below(rng, high.saturating_sub(low).saturating_add(1))
}

/// A time of whole milliseconds from `low` to `high`, both included.
pub fn millis(rng: &mut (impl Rng + ?Sized), low: u64, high: u64) -> Duration {
    Duration::from_millis(between(rng, low, high))
}

/// True `percent` times in a hundred.
pub fn chance(rng: &mut (impl Rng + ?Sized), percent: u64) -> bool {
    below(rng, 100) < percent
}

/// One of these; none of none.
pub(crate) fn pick<'a, T>(rng: &mut (impl Rng + ?Sized), among: &'a [T]) -> Option<&'a T> {
    let index = below(rng, among.len() as u64);
    among.get(usize::try_from(index).unwrap_or_default())
}

/// One of these, each as likely as its weight says; none when all weights are zero.
pub(crate) fn weighted<'a, T>(rng: &mut (impl Rng + ?Sized), among: &'a [(T, u32)]) -> Option<&'a T> {
    let total = among.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let mut ticket = below(rng, total);
    for (choice, weight) in among {
        match ticket.checked_sub(u64::from(*weight)) {
            Some(left) => ticket = left,
            None => return Some(choice),
        }
    }
    None
}

/// Puts these in a random order (Fisher and Yates).
pub fn shuffle<T>(rng: &mut (impl Rng + ?Sized), items: &mut [T]) {
    for last in (1..items.len()).rev() {
        let other = usize::try_from(below(rng, last as u64 + 1)).unwrap_or_default();
        items.swap(last, other);
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const PINNED_NUMBERS: [u64; 8] = [402, 80, 596, 219, 283, 710, 461, 152];
    const PINNED_ORDER: [u32; 8] = [1, 7, 3, 0, 5, 2, 4, 6];

    #[test]
    fn the_stream_of_a_seed_is_pinned() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut order: Vec<u32> = (0..8).collect();
        let numbers: Vec<u64> = (0..8).map(|_| below(&mut rng, 1000)).collect();
        shuffle(&mut rng, &mut order);
        assert_eq!(numbers, PINNED_NUMBERS);
        assert_eq!(order, PINNED_ORDER);
    }

    #[test]
    fn every_number_of_a_range_is_drawn_and_no_other() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut seen: Vec<u64> = (0..500).map(|_| between(&mut rng, 3, 7)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [3, 4, 5, 6, 7]);
    }

    #[test]
    fn nothing_is_picked_from_nothing() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        assert_eq!(pick::<u32>(&mut rng, &[]), None);
        assert_eq!(weighted(&mut rng, &[("a", 0)]), None);
        assert_eq!(below(&mut rng, 0), 0);
    }

    #[test]
    fn a_weight_of_nought_is_never_drawn_and_weights_are_shares() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let drawn: Vec<&str> =
            (0..4000).filter_map(|_| weighted(&mut rng, &[("rare", 1), ("never", 0), ("often", 3)]).copied()).collect();
        let rare = drawn.iter().filter(|name| **name == "rare").count();
        assert!(!drawn.contains(&"never"));
        assert!((800..1200).contains(&rare), "{rare} of 4000");
    }

    #[test]
    fn a_shuffle_keeps_everything() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut items: Vec<u32> = (0..50).collect();
        shuffle(&mut rng, &mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
