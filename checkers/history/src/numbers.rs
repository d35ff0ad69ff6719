//! Numbers, shares, times and names in words, for people: the one room in which they are worded.
//!
//! The functions differ in what their place needs. A page has room for three digits and no more ([`duration`],
//! [`percent`]); a sentence of a verdict is exact to the millisecond ([`seconds`]) and never says *all* of what is less
//! ([`share`]); an estimate of a small rate keeps the digits that count ([`rate`]).

/// A length of time given in nanoseconds, with about three digits: `450 µs`, `12 ms`, `1.23 s`, `3 min 20 s`.
pub fn duration(nanoseconds: u64) -> String {
    let ns = nanoseconds as f64;
    match nanoseconds {
        0 => "0 s".to_owned(),
        1..=999_999 => format!("{:.0} µs", (ns / 1e3).max(1.0)),
        1_000_000..=9_999_999 => format!("{:.1} ms", ns / 1e6),
        10_000_000..=999_499_999 => format!("{:.0} ms", ns / 1e6),
        999_500_000..=9_999_999_999 => format!("{:.2} s", ns / 1e9),
        10_000_000_000..=119_999_999_999 => format!("{:.1} s", ns / 1e9),
        _ => {
            let seconds = nanoseconds / 1_000_000_000;
            match seconds {
                0..=7199 => format!("{} min {:02} s", seconds / 60, seconds % 60),
                _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
            }
        }
    }
}

/// A moment of a run, nanoseconds since its zero, in seconds with three decimals.
pub fn moment(nanoseconds: u64) -> String {
    format!("{}.{:03} s", nanoseconds / 1_000_000_000, nanoseconds / 1_000_000 % 1000)
}

/// A time or a duration given in nanoseconds, in seconds to the nearest millisecond: `12.301 s`, `5 s`.
pub fn seconds(nanoseconds: u64) -> String {
    let milliseconds = nanoseconds.saturating_add(500_000) / 1_000_000;
    let text = format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

/// What something took at most, given in nanoseconds; rounded up: `434 ms`, `1.204 s`.
pub fn at_most(nanoseconds: u64) -> String {
    let milliseconds = nanoseconds.div_ceil(1_000_000);
    if milliseconds < 1000 { format!("{milliseconds} ms") } else { seconds(milliseconds * 1_000_000) }
}

/// A length of time in whole seconds as a clock shows it: `1:02:03`.
pub fn clock(seconds: u64) -> String {
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// `1 election`, `3 elections`.
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{} {noun}s", grouped(number)) }
}

/// Digits in groups of three: `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes: `17 B`, `12 kB`, `3.4 MB`, `1.2 GB`.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1000),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// A share, 0 to 1, as per cent with one decimal; a share that is not whole is never rounded up to 100 %.
pub fn percent(share: f64) -> String {
    let percent = share.clamp(0.0, 1.0) * 100.0;
    if percent > 99.95 && percent < 100.0 { "99.9 %".to_owned() } else { format!("{percent:.1} %") }
}

/// What may be more than all, such as a tolerance, as per cent with one decimal: `800.0 %`.
pub fn by_percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A share, 0 to 1, for a sentence: `97 %`, rounded down, so that no share that is less than all is called all.
pub fn share(share: f64) -> String {
    let tenths = (share.clamp(0.0, 1.0) * 1000.0 + 1e-9).floor();
    match tenths {
        t if t < 10.0 || (t > 990.0 && t < 1000.0) => format!("{:.1} %", t / 10.0),
        t => format!("{:.0} %", (t / 10.0).floor()),
    }
}

/// A rate, 0 to 1, as per cent with the digits that count: `12.3 %`, `0.12 %`, `0.00012 %`.
pub fn rate(share: f64) -> String {
    let percent = share.clamp(0.0, 1.0) * 100.0;
    let digits = if percent == 0.0 || percent >= 10.0 { 1 } else { (1 - percent.log10().floor() as i32).clamp(1, 6) };
    format!("{percent:.*} %", digits as usize)
}

/// Names in a sentence: `nobody`, `n1`, `n1 and n2`, `n1, n2 and n3`.
pub fn list(names: &[impl AsRef<str>]) -> String {
    if names.is_empty() { "nobody".to_owned() } else { joined(names, "and") }
}

/// What may be chosen, each in quotation marks: `"a", "b" or "c"`.
pub fn alternatives(words: &[&str]) -> String {
    joined(&words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>(), "or")
}

fn joined(words: &[impl AsRef<str>], last_by: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [rest @ .., last] => {
            let rest: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
            format!("{} {last_by} {}", rest.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_well_at_every_scale() {
        assert_eq!(duration(0), "0 s");
        assert_eq!(duration(450_000), "450 µs");
        assert_eq!(duration(2_340_000), "2.3 ms");
        assert_eq!(duration(171_400_000), "171 ms");
        assert_eq!(duration(1_234_000_000), "1.23 s");
        assert_eq!(duration(200_000_000_000), "3 min 20 s");
        assert_eq!(moment(61_002_999_999), "61.002 s");
        assert_eq!([12_300_600_000, 5_000_000_000].map(seconds), ["12.301 s", "5 s"]);
        assert_eq!(clock(3723), "1:02:03");
    }

    #[test]
    fn a_most_is_rounded_up() {
        assert_eq!([433_000_001, 999_500_000, 1_203_400_000].map(at_most), ["434 ms", "1 s", "1.204 s"]);
    }

    #[test]
    fn no_share_that_is_less_than_all_is_called_all() {
        assert_eq!(percent(0.99999), "99.9 %");
        assert_eq!([percent(1.0), percent(8.0)], ["100.0 %"; 2]);
        assert_eq!([0.25, 1.0, 8.0].map(by_percent), ["25.0 %", "100.0 %", "800.0 %"]);
        let all = [1.0, 0.9999, 0.994, 0.979, 0.12, 0.004, 0.0].map(share);
        assert_eq!(all, ["100 %", "99.9 %", "99.4 %", "97 %", "12 %", "0.4 %", "0.0 %"]);
    }

    #[test]
    fn small_rates_keep_their_digits() {
        let all = [0.0, 0.123, 0.0123, 0.001_23, 0.000_001_23].map(rate);
        assert_eq!(all, ["0.0 %", "12.3 %", "1.2 %", "0.12 %", "0.00012 %"]);
    }

    #[test]
    fn numbers_are_grouped_and_nouns_agree() {
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(count(1, "election"), "1 election");
        assert_eq!(count(1000, "election"), "1,000 elections");
        assert_eq!([17, 12_345, 3_400_000, 1_200_000_000].map(bytes), ["17 B", "12 kB", "3.4 MB", "1.2 GB"]);
    }

    #[test]
    fn names_are_listed_as_in_a_sentence() {
        assert_eq!(list(&[""; 0]), "nobody");
        assert_eq!(list(&["n1", "n2", "n3"]), "n1, n2 and n3");
        assert_eq!(alternatives(&["a", "b"]), "\"a\" or \"b\"");
    }
}
