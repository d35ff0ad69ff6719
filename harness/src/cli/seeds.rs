//! Seeds as a user writes them: `7`, `1..20` (both ends included), `3,5,8..10`.

/// At most so many runs in one batch: more is a campaign.
const MOST: u64 = 1_000_000;

/// The seeds of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeds(pub Vec<u64>);

/// Reads one seed; the error is a sentence.
pub(crate) fn parse_one(text: &str) -> Result<u64, String> {
    text.trim().parse().map_err(|_| format!("{text:?} is not a seed: a seed is a whole number from 0, such as 7"))
}

/// Reads seeds; the error is a sentence.
pub fn parse(text: &str) -> Result<Seeds, String> {
    let number = |part: &str| {
        part.trim()
            .parse::<u64>()
            .map_err(|_| format!("{part:?} is not a seed: seeds are whole numbers from 0, such as 1..20 or 3,5,8"))
    };
    let mut seeds = Vec::new();
    for part in text.split(',') {
        let (first, last) = match part.split_once("..") {
            Some((first, last)) => (number(first)?, number(last.strip_prefix('=').unwrap_or(last))?),
            None => (number(part)?, number(part)?),
        };
        if last < first {
            return Err(format!("{part:?} holds no seed: write the lower number first"));
        }
        if last - first >= MOST || seeds.len() as u64 + (last - first) >= MOST {
            return Err(format!("{text:?} is more than {MOST} runs"));
        }
        seeds.extend(first..=last);
    }
    Ok(Seeds(seeds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_includes_both_its_ends() {
        assert_eq!(parse("1..3").unwrap().0, [1, 2, 3]);
        assert_eq!(parse("1..=3").unwrap().0, [1, 2, 3]);
        assert_eq!(parse("3,5,8..9").unwrap().0, [3, 5, 8, 9]);
        assert_eq!(parse("7").unwrap().0, [7]);
    }

    #[test]
    fn what_is_not_a_seed_is_refused_with_a_sentence() {
        for wrong in ["", "x", "1..", "-1", "5..3", "1.5", "0..18446744073709551615"] {
            let error = parse(wrong).unwrap_err();
            assert!(error.contains("seed") || error.contains("runs"), "{wrong}: {error}");
        }
    }
}
