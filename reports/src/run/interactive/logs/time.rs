//! The time of a log line.
//!
//! Read are: `"at":N` of the node contract (CLOCK_MONOTONIC), RFC 3339 and its cousins with a space or slashes (`2026/11/22
//! 04:20:11.123456`), `22 Nov 2026 04:20:11.123`, and `"ts":` with a number of seconds. The first is exact. The others are the
//! wall clock, which begins where the header says that the run began and which may be set: good enough to place a line beside
//! others, and never used for more.

use history::Header;

/// A time is looked for in the beginning of a line.
const LOOKED_AT: usize = 400;

/// When the run began, by both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    zero: Option<u64>,
    wall: Option<i128>,
}

/// A time that was found in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FoundTime {
    /// Nanoseconds since the run's zero.
    pub(super) t: i128,
    /// It says which zone it is of, or needs none.
    pub(super) zoned: bool,
}

impl Clock {
    pub(super) fn of(header: &Header) -> Self {
        let wall = header.wall.as_deref().and_then(|wall| dated(wall.as_bytes())).map(|(t, _)| t);
        Self { zero: header.zero, wall }
    }

    /// The time of a line, if it has one that can be placed.
    pub(super) fn read(&self, line: &[u8]) -> Option<FoundTime> {
        let line = &line[..line.len().min(8192)];
        if let Some(zero) = self.zero
            && line.first() == Some(&b'{')
            && let Some(at) = number_after(line, b"\"at\":")
        {
            return Some(FoundTime { t: at as i128 - i128::from(zero), zoned: true });
        }
        let wall = self.wall?;
        let head = &line[..line.len().min(LOOKED_AT)];
        if let Some((t, zoned)) = dated(head) {
            return Some(FoundTime { t: t - wall, zoned });
        }
        let seconds = number_after(head, b"\"ts\":").filter(|ts| (1e9..1e11).contains(ts))?;
        Some(FoundTime { t: (seconds * 1e6) as i128 * 1000 - wall, zoned: true })
    }
}

fn number_after(line: &[u8], key: &[u8]) -> Option<f64> {
    let at = line.windows(key.len()).position(|window| window == key)? + key.len();
    let rest = &line[at..];
    let rest = &rest[rest.iter().position(|b| *b != b' ')?..];
    let end = rest.iter().position(|b| !b.is_ascii_digit() && *b != b'.').unwrap_or(rest.len());
    std::str::from_utf8(rest.get(..end.min(32))?).ok()?.parse().ok()
}

/// The first date with a time of day, as nanoseconds since 1970, and whether it has a zone.
fn dated(text: &[u8]) -> Option<(i128, bool)> {
    (0..text.len().saturating_sub(18)).filter(|at| text[*at].is_ascii_digit()).find_map(|at| {
        let before = at.checked_sub(1).map(|before| text[before]);
        if before.is_some_and(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        date_at(&text[at..])
    })
}

fn date_at(text: &[u8]) -> Option<(i128, bool)> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.iter().all(u8::is_ascii_digit).then(|| digits.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')))
    };
    let is = |at: usize, what: &[u8]| text.get(at).is_some_and(|b| what.contains(b));
    let (year, month, day, rest) = if is(4, b"-/") && is(7, b"-/") && is(10, b"T t") {
        (number(0, 4)?, number(5, 7)?, number(8, 10)?, 11)
    } else if is(2, b" ") && is(6, b" ") && is(11, b" ") {
        const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
        let month = MONTHS.chunks(3).position(|month| text.get(3..6) == Some(month))? as i64 + 1;
        (number(7, 11)?, month, number(0, 2)?, 12)
    } else {
        return None;
    };
    if !is(rest + 2, b":") || !is(rest + 5, b":") || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (hour, minute, second) = (number(rest, rest + 2)?, number(rest + 3, rest + 5)?, number(rest + 6, rest + 8)?);
    let mut at = rest + 8;
    let mut nanos = 0i64;
    if is(at, b".,") {
        let mut unit = 100_000_000;
        at += 1;
        while let Some(digit) = text.get(at).filter(|b| b.is_ascii_digit()) {
            nanos += i64::from(digit - b'0') * unit;
            unit /= 10;
            at += 1;
        }
    }
    let (zone, zoned) = match text.get(at) {
        Some(b'Z' | b'z') => (0, true),
        Some(sign @ (b'+' | b'-')) => {
            let hours = number(at + 1, at + 3)?;
            let minutes = number(at + 4, at + 6).filter(|_| is(at + 3, b":")).or_else(|| number(at + 3, at + 5));
            let minutes = hours * 60 + minutes.unwrap_or(0);
            (if *sign == b'-' { -minutes } else { minutes }, true)
        }
        _ => (0, false),
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - zone * 60;
    Some((i128::from(seconds) * 1_000_000_000 + i128::from(nanos), zoned))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar (Howard Hinnant's algorithm).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        let wall = Some("2026-11-22T13:37:52.500Z".to_owned());
        Clock::of(&Header { wall, zero: Some(1_000), ..Header::default() })
    }

    #[test]
    fn the_usual_forms_of_a_time_are_read() {
        let at = |line: &str| clock().read(line.as_bytes()).map(|found| (found.t, found.zoned));
        assert_eq!(at(r#"{"role":"leader","term":1,"at":5000}"#), Some((4000, true)));
        let second = 1_000_000_000;
        assert_eq!(at(r#"{"level":"info","ts":"2026-11-22T13:37:54.5Z","msg":"x"}"#), Some((2 * second, true)));
        assert_eq!(at(r#"{"level":"info","ts":"2026-11-22T15:37:54.500+0200"}"#), Some((2 * second, true)));
        assert_eq!(at("[71] 2026/11/22 13:37:53.500000 [INF] Server is ready"), Some((second, false)));
        assert_eq!(at("71:X 22 Nov 2026 13:37:53.500 # +elected-leader"), Some((second, false)));
        assert_eq!(at("2026-11-22 13:37:53,500 WARN x"), Some((second, false)));
        assert_eq!(at(r#"{"ts":1795354673.5,"msg":"x"}"#), Some((second, true)));
    }

    #[test]
    fn what_only_looks_like_a_time_is_none() {
        for line in ["", "{", "at 12:30:11 we", "2026-13-45T99", "99999999999999999999999999999999", "\"at\":7"] {
            assert_eq!(clock().read(line.as_bytes()), None, "{line}");
        }
    }
}
