//! How sure is a difference between two samples of durations? Draw again, and see how much it changes.
//!
//! Elections of one run are not independent: they share a machine, a moment and a schedule, and an election leaves a
//! cluster in the state from which the next begins. Drawing single elections again would count ten elections of one slow
//! run as ten proofs, and find differences where there are none. So whole *blocks* are drawn with replacement, and all
//! elections of a block come along (the cluster bootstrap: Davison & Hinkley, Bootstrap Methods and their Application,
//! 1997, §3.8; Field & Welsh, J. R. Statist. Soc. B 69, 2007). A block is a run where there are enough runs. Of a single
//! run it can only be a stretch of consecutive elections ([`blocks`]; Carlstein, Ann. Statist. 14, 1986): then the
//! interval says how sure the difference between *these two runs* is, and nothing about any other.
//!
//! The interval is the percentile interval (Efron & Tibshirani, 1993, ch. 13): crude for few blocks, but it respects
//! the scale, never leaves the range of what can happen, and needs no formula for the spread of a quantile. With
//! durations that were cut off, the quantile is that of the product-limit estimate.
//!
//! The draws come from ChaCha8 with a fixed seed, and through functions whose stream is pinned: the same samples give
//! the same interval on every machine, so that a comparison can be repeated to the letter.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use workloads::draw::below;

use super::survival::reached;

/// How often the samples are drawn again. The end of a 98 % interval is then the 20th value from the edge.
const DRAWS: usize = 2000;

/// Durations in blocks, sorted once so that each draw is a single walk.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Ascending; at one duration what ended comes before what was cut off.
    sorted: Vec<Duration>,
    blocks: usize,
    censored: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Duration {
    length: u64,
    censored: bool,
    block: u32,
}

/// How a quantile of the second sample differs from that of the first. An end that is infinite says that the quantile
/// was often not reached: too many were cut off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The quantile of the first sample.
    pub a: u64,
    /// The quantile of the second sample.
    pub b: u64,
    /// The interval of `b - a`, in the unit of the durations.
    pub difference: Interval,
    /// The interval of `b / a - 1`.
    pub relative: Interval,
}

/// An interval, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Sample {
    /// The durations of each block, each with whether it was cut off. A block without durations counts: that a run may
    /// have none is part of what is drawn.
    pub fn new(blocks: &[Vec<(u64, bool)>]) -> Self {
        let mut sorted: Vec<Duration> = Vec::with_capacity(blocks.iter().map(Vec::len).sum());
        for (block, durations) in (0u32..).zip(blocks) {
            sorted.extend(durations.iter().map(|&(length, censored)| Duration { length, censored, block }));
        }
        sorted.sort_unstable();
        let censored = sorted.iter().any(|duration| duration.censored);
        Self { sorted, blocks: blocks.len(), censored }
    }

    /// How many durations there are.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// How many blocks.
    pub fn blocks(&self) -> usize {
        self.blocks
    }

    /// The quantiles `qs` (ascending), each none where the estimate does not reach so far.
    pub fn quantiles(&self, qs: &[f64]) -> Vec<Option<u64>> {
        self.weighed(qs, &vec![1; self.blocks])
    }

    /// The same, each block taken so often as its weight says.
    fn weighed(&self, qs: &[f64], weights: &[u32]) -> Vec<Option<u64>> {
        let weight = |duration: &Duration| u64::from(weights[duration.block as usize]);
        let total: u64 = self.sorted.iter().map(weight).sum();
        let mut found = vec![None; qs.len()];
        if !self.censored {
            // Where nothing was cut off the estimate is the plain one, and counting is all there is to do.
            let rank = |q: f64| (((q - 1e-9) * total as f64).ceil() as u64).max(1);
            let mut ranks = qs.iter().map(|&q| rank(q)).enumerate().peekable();
            let mut passed = 0;
            for duration in &self.sorted {
                passed += weight(duration);
                while let Some((place, _)) = ranks.next_if(|&(_, rank)| passed >= rank) {
                    found[place] = Some(duration.length);
                }
                if ranks.peek().is_none() {
                    break;
                }
            }
            return found;
        }
        let (mut next, mut passed, mut survival) = (0, 0u64, 1.0);
        for duration in &self.sorted {
            if next == qs.len() {
                break;
            }
            let weight = weight(duration);
            if weight > 0 && !duration.censored {
                // One factor for each duration that ended: at ties their product telescopes to the textbook's.
                survival *= 1.0 - weight as f64 / (total - passed) as f64;
                while next < qs.len() && reached(survival, qs[next]) {
                    found[next] = Some(duration.length);
                    next += 1;
                }
            }
            passed += weight;
        }
        found
    }

    /// How often each block is taken in one draw.
    fn draw(&self, rng: &mut ChaCha8Rng) -> Vec<u32> {
        let mut weights = vec![0; self.blocks];
        for _ in 0..self.blocks {
            weights[below(rng, self.blocks as u64) as usize] += 1;
        }
        weights
    }
}

/// How the quantiles `qs` (ascending, 0 to 1) of `b` differ from those of `a`, with percentile intervals at
/// `confidence` (0.95). None for a quantile that one of the samples, or more than a hundredth of the draws of both, does
/// not reach.
pub fn bootstrap(a: &Sample, b: &Sample, qs: &[f64], confidence: f64, seed: u64) -> Vec<Option<Change>> {
    redraw(a, b, qs, confidence, seed, DRAWS)
}

fn redraw(a: &Sample, b: &Sample, qs: &[f64], confidence: f64, seed: u64, draws: usize) -> Vec<Option<Change>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = vec![Vec::with_capacity(draws); qs.len()];
    if !a.is_empty() && !b.is_empty() {
        for _ in 0..draws {
            let of_a = a.weighed(qs, &a.draw(&mut rng));
            let of_b = b.weighed(qs, &b.draw(&mut rng));
            for (pairs, pair) in drawn.iter_mut().zip(of_a.into_iter().zip(of_b)) {
                pairs.extend((pair != (None, None)).then_some(pair));
            }
        }
    }
    let seen = a.quantiles(qs).into_iter().zip(b.quantiles(qs));
    seen.zip(drawn)
        .map(|(seen, pairs)| {
            let (Some(a), Some(b)) = seen else { return None };
            (pairs.len() * 100 >= draws * 99).then(|| Change {
                a,
                b,
                difference: percentile(pairs.iter().map(|&(a, b)| number(b) - number(a)), confidence),
                relative: percentile(pairs.iter().map(|&(a, b)| ratio(a, b)), confidence),
            })
        })
        .collect()
}

/// A quantile as a number; one that was not reached is longer than everything.
fn number(quantile: Option<u64>) -> f64 {
    quantile.map_or(f64::INFINITY, |quantile| quantile as f64)
}

fn ratio(a: Option<u64>, b: Option<u64>) -> f64 {
    match (a, b) {
        (Some(0), Some(0)) => 0.0,
        _ => number(b) / number(a) - 1.0,
    }
}

fn percentile(values: impl Iterator<Item = f64>, confidence: f64) -> Interval {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    // Rounded outwards.
    let out = ((1.0 - confidence) / 2.0 * sorted.len() as f64).floor() as usize;
    let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    Interval { low: at(out.min(last)), high: at(last - out.min(last)) }
}

/// A run cut into blocks of consecutive elections, the cube root of their number long (the order of the best length for
/// quantities of this kind: Hall, Horowitz & Jing, Biometrika 82, 1995).
pub fn blocks<T: Clone>(run: &[T]) -> Vec<Vec<T>> {
    let length = (run.len() as f64).cbrt().ceil().max(1.0) as usize;
    run.chunks(length).map(<[T]>::to_vec).collect()
}

#[cfg(test)]
mod tests;
