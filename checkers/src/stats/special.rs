//! The two special functions that the exact tests need.

/// The natural logarithm of `n`!. Summed up to 256, beyond that Stirling's series, whose first term left out is smaller
/// than 1e-15 there.
pub(super) fn ln_factorial(n: u64) -> f64 {
    if n < 256 {
        return (2..=n).map(|k| (k as f64).ln()).sum();
    }
    let n = n as f64;
    let inverse = 1.0 / n;
    let correction = inverse / 12.0 - inverse.powi(3) / 360.0 + inverse.powi(5) / 1260.0;
    n * n.ln() - n + 0.5 * (2.0 * std::f64::consts::PI * n).ln() + correction
}

/// The regularised incomplete beta function I_x(a, b) for whole `a` and `b` (given as floats), which is the distribution
/// function of Beta(a, b). By the continued fraction of Press et al., Numerical Recipes §6.4, with the method of Lentz.
pub(super) fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction converges fast on the near side of the mean; the other side is its mirror.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let ln_beta = ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
    let front = (a * x.ln() + b * (-x).ln_1p() - ln_beta).exp() / a;
    front * continued_fraction(x, a, b)
}

/// ln Γ at a whole number.
fn ln_gamma(whole: f64) -> f64 {
    ln_factorial(whole.round() as u64 - 1)
}

fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let apart = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / apart(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    // It takes about the square root of the larger argument; the cap is for a hundred million trials.
    for m in 1..20_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / apart(1.0 + term * d);
            c = apart(1.0 + term / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_meets_the_sum() {
        let summed: f64 = (2..=1000u64).map(|k| (k as f64).ln()).sum();
        assert!((ln_factorial(1000) - summed).abs() < 1e-9);
        assert!((ln_factorial(256) - ln_factorial(255) - 256f64.ln()).abs() < 1e-10);
        assert_eq!(ln_factorial(0), 0.0);
    }

    #[test]
    fn the_incomplete_beta_is_a_tail_of_the_binomial() {
        // I_x(k, n - k + 1) is the chance of k or more successes in n trials of chance x.
        let (n, k, x) = (12u64, 4u64, 0.3f64);
        let tail: f64 = (k..=n)
            .map(|i| {
                let ways = ln_factorial(n) - ln_factorial(i) - ln_factorial(n - i);
                (ways + i as f64 * x.ln() + (n - i) as f64 * (1.0 - x).ln()).exp()
            })
            .sum();
        assert!((incomplete_beta(x, k as f64, (n - k + 1) as f64) - tail).abs() < 1e-12);
    }
}
