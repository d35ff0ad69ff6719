//! Is there a difference between the two of a pair? Asked as often as one likes.
//!
//! Whoever looks at a test after each pair and stops at the first p < 0.05 is fooled by chance far more often than once in
//! twenty. Here a gambler begins with one coin and bets, before each pair, on which of the two will be the larger. If the
//! differences are symmetric about nothing, no way of betting wins in the mean, and by Ville's inequality the chance to *ever* have
//! 1/α coins is at most α: whoever has them may stop there and then (Ville 1939; Shafer, "Testing by Betting", JRSS A 184, 2021;
//! Ramdas et al., "Admissible Anytime-Valid Sequential Inference Must Rely on Nonnegative Martingales", 2020).
//!
//! *What is bet.* Given how large a difference is, its sign is a coin toss under the null hypothesis, so a bet may grow with the size:
//! the share tanh(κ |d − c|) of all coins is put on "above c". That is the ratio of likelihoods of two normal distributions on both
//! sides of c, and right for any symmetric one. κ is not known, so the coins are dealt to three gamblers of different
//! courage, and their sum is what counts.
//!
//! *What is assumed.* That the differences of pairs are independent, and symmetric about some centre: where both of a pair were
//! made alike and at the same time, they could as well be exchanged. No distribution, no variance. Pairs must come in the order
//! in which they were *begun*: in that of their ends the quick ones would come first.

/// The courage of the gamblers, for logarithms of ratios of times. At 1 / κ a bet is three quarters of what it can be: ratios of 1.65,
/// 1.18 and 1.06.
const KAPPAS: [f64; 3] = [2.0, 6.0, 18.0];

/// At most so much is put on one pair: whoever bets everything may lose everything.
const MOST: f64 = 0.98;

/// The highest number of coins that bets on "above `centre`" ever had: evidence against a centre of `centre` or less.
pub fn evidence_above(differences: &[f64], centre: f64) -> f64 {
    let mut coins = KAPPAS.map(|_| 1.0 / KAPPAS.len() as f64);
    let mut most: f64 = 1.0;
    for difference in differences {
        for (own, kappa) in coins.iter_mut().zip(KAPPAS) {
            *own *= 1.0 + MOST * (kappa * (difference - centre)).tanh();
        }
        most = most.max(coins.iter().sum());
    }
    most
}

/// The same against a centre of `centre` or more.
pub fn evidence_below(differences: &[f64], centre: f64) -> f64 {
    let turned: Vec<f64> = differences.iter().map(|difference| -difference).collect();
    evidence_above(&turned, -centre)
}

/// Between what the centre lies; infinite where nothing is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ends {
    /// It is not below this.
    pub low: f64,
    /// It is not above this.
    pub high: f64,
}

/// The two ends. Each errs with a chance of at most `alpha`, over all looks together.
pub fn ends(differences: &[f64], alpha: f64) -> Ends {
    let wanted = 1.0 / alpha.clamp(1e-9, 1.0);
    let finite = differences.iter().copied().filter(|difference| difference.is_finite());
    let (least, most) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), d| (a.min(d), b.max(d)));
    if least > most {
        return Ends { low: f64::NEG_INFINITY, high: f64::INFINITY };
    }
    // Far enough out every bet on the right side wins all that it can.
    let (out, inside) = (least - 5.0, most + 5.0);
    let low = if evidence_above(differences, out) < wanted {
        f64::NEG_INFINITY
    } else {
        edge(out, inside, |centre| evidence_above(differences, centre) >= wanted)
    };
    let high = if evidence_below(differences, inside) < wanted {
        f64::INFINITY
    } else {
        edge(inside, out, |centre| evidence_below(differences, centre) >= wanted)
    };
    Ends { low, high }
}

/// Between `refuted` and `open` the last value that is refuted: the evidence falls from one to the other.
fn edge(mut refuted: f64, mut open: f64, is_refuted: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = 0.5 * (refuted + open);
        if is_refuted(middle) { refuted = middle } else { open = middle }
    }
    refuted
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use workloads::draw::below;

    use super::*;

    fn uniform(rng: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
        low + (high - low) * below(rng, 1 << 20) as f64 / f64::from(1 << 20)
    }

    /// The mean of the logarithms of three election times of which each is the least of four waits of 150 to 300 ms; every run has a
    /// mood of its own.
    fn run(rng: &mut ChaCha8Rng, factor: f64) -> f64 {
        let mood = uniform(rng, 0.95, 1.05);
        let election = |rng: &mut ChaCha8Rng| (0..4).map(|_| uniform(rng, 150.0, 300.0)).fold(1e9, f64::min);
        (0..3).map(|_| (election(rng) * mood * factor).ln()).sum::<f64>() / 3.0
    }

    fn pairs(seed: u64, n: usize, factor: f64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..n).map(|_| run(&mut rng, factor) - run(&mut rng, 1.0)).collect()
    }

    #[test]
    fn of_equals_no_more_than_alpha_are_ever_told_apart_however_often_one_looks() {
        // After each of 60 pairs somebody looks: the highest evidence so far is what he would have stopped at.
        let wrong = (0..1000).filter(|&seed| evidence_above(&pairs(seed, 60, 1.0), 0.0) >= 20.0).count();
        assert!(wrong <= 50, "{wrong} of 1000");
        // The same looks with a test that is made for one look.
        let peeking = (0..1000).filter(|&seed| {
            let all = pairs(seed, 60, 1.0);
            (5..60).any(|n| {
                let mean = all[..n].iter().sum::<f64>() / n as f64;
                let var = all[..n].iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
                mean / (var / n as f64).sqrt() > 1.645
            })
        });
        assert!(peeking.count() > 150, "what the bets are for");
    }

    #[test]
    fn the_tolerance_itself_is_not_called_more_than_the_tolerance() {
        let worse = 1.25f64.ln();
        let wrong = (0..1000).filter(|&seed| evidence_above(&pairs(seed, 60, 1.25), worse) >= 20.0).count();
        assert!(wrong <= 50, "{wrong} of 1000");
    }

    #[test]
    fn three_times_slower_is_found_within_ten_pairs_and_equals_are_told_from_a_quarter_within_twenty_five() {
        let tolerance = 1.25f64.ln();
        for seed in 0..200 {
            assert!(evidence_above(&pairs(seed, 10, 3.0), tolerance) >= 25.0, "{seed}");
        }
        let told = (0..200).filter(|&seed| evidence_below(&pairs(seed, 25, 1.0), tolerance) >= 25.0).count();
        assert!(told >= 190, "{told} of 200");
    }

    #[test]
    fn the_ends_enclose_the_truth_and_of_little_nothing_is_known() {
        let outside = (0..500).filter(|&seed| {
            let Ends { low, high } = ends(&pairs(seed, 30, 2.0), 0.025);
            low > 2f64.ln() || high < 2f64.ln()
        });
        assert!(outside.count() <= 25);
        let Ends { low, high } = ends(&pairs(1, 30, 2.0), 0.025);
        assert!(low > 1.5f64.ln() && high < 2.5f64.ln(), "{low} {high}");
        assert_eq!(ends(&[], 0.05), Ends { low: f64::NEG_INFINITY, high: f64::INFINITY });
        assert_eq!(ends(&[0.1, 0.2], 0.05), Ends { low: f64::NEG_INFINITY, high: f64::INFINITY });
    }

    #[test]
    fn pairs_that_say_nothing_change_nothing_and_a_side_that_always_fails_is_found() {
        assert!((evidence_above(&[0.0; 50], 0.0) - 1.0).abs() < 1e-9);
        assert!(evidence_above(&[1.0; 8], 0.0) >= 100.0);
        assert!(evidence_below(&[1.0; 8], 0.0) <= 1.0 + 1e-9);
    }
}
