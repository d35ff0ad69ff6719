//! Times as log lines have them. Read without a clock: what a stamp does not say (its zone, its year) stays unknown, and is
//! told in the table. A verdict never rests on one; they order the files of one node, and are shown.

use std::sync::LazyLock;

use regex::bytes::{Captures, Regex};

/// A time that a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Nanoseconds since 1970. Where the zone is not given, as if it were UTC; where the year is not given, in 1972.
    pub nanos: i64,
    /// The offset from UTC in seconds, where it is given.
    pub zone: Option<i32>,
    /// The year is given.
    pub year: bool,
    /// How much is cut off, nanoseconds: a stamp of whole seconds has a width of a second.
    pub width: i64,
}

const SECOND: i64 = 1_000_000_000;

/// How far into a line a stamp is looked for.
const WITHIN: usize = 200;

/// The first time that a line says.
pub fn find(text: &[u8]) -> Option<Stamp> {
    let head = &text[..text.len().min(WITHIN)];
    let forms = FORMS.as_ref()?;
    let found = forms.iter().filter_map(|(re, read)| {
        let captures = re.captures(head)?;
        let at = captures.get(0)?.start();
        Some((at, read(&captures)?))
    });
    found.min_by_key(|(at, _)| *at).map(|(_, stamp)| stamp)
}

/// A text that is a time and nothing else, or a number of seconds, milliseconds, microseconds or nanoseconds since 1970.
pub fn read(text: &str) -> Option<Stamp> {
    let text = text.trim();
    number(text).or_else(|| find(text.as_bytes()))
}

fn number(text: &str) -> Option<Stamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !(9..=19).contains(&whole.len()) || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let unit = match whole.len() {
        9..=10 => SECOND,
        12..=13 => 1_000_000,
        15..=16 => 1_000,
        18..=19 => 1,
        _ => return None,
    };
    let (part, width) = part(fraction);
    let nanos = whole.parse::<i64>().ok()?.checked_mul(unit)?.checked_add(part / (SECOND / unit))?;
    Some(Stamp { nanos, zone: Some(0), year: true, width: (width / (SECOND / unit)).max(1) })
}

type Form = (Regex, fn(&Captures<'_>) -> Option<Stamp>);

static FORMS: LazyLock<Option<Vec<Form>>> = LazyLock::new(|| {
    let form = |text: &str, read: fn(&Captures<'_>) -> Option<Stamp>| Some((Regex::new(text).ok()?, read));
    let clock = r"(?P<h>\d\d):(?P<mi>\d\d):(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?";
    let zone = r"(?: ?(?P<z>Z|UTC\b|GMT\b|[+-]\d\d:?\d\d\b))?";
    let month = r"(?P<mon>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
    Some(vec![
        form(&format!(r"(?-u)(?:^|[^\d])(?P<y>\d{{4}})[-/](?P<mo>\d\d)[-/](?P<d>\d\d)[T _]{clock}{zone}"), dated)?,
        form(&format!(r"(?-u)\b(?P<d>\d{{1,2}})[ /]{month}[ /](?P<y>\d{{4}})[ :]{clock}{zone}"), dated)?,
        form(&format!(r"(?-u)\b{month} +(?P<d>\d{{1,2}}) {clock}(?: (?P<y>\d{{4}}))?"), dated)?,
        // Kibana shows times so, in the zone of the viewer.
        form(&format!(r"(?-u)\b{month} +(?P<d>\d{{1,2}}), (?P<y>\d{{4}}) @ {clock}{zone}"), dated)?,
        form(&format!(r"(?-u)^[IWEF](?P<mo>\d\d)(?P<d>\d\d) {clock}"), dated)?,
        form(r#"(?-u)"(?:ts|time|timestamp|t)":(?P<n>\d{9,19}(?:\.\d+)?)(?:[eE][+-]?\d+)?"#, counted)?,
        form(r"(?-u)^(?P<n>\d{10}\.\d{3,9})\b", counted)?,
    ])
});

fn counted(captures: &Captures<'_>) -> Option<Stamp> {
    number(text(captures, "n")?)
}

fn text<'a>(captures: &'a Captures<'_>, name: &str) -> Option<&'a str> {
    std::str::from_utf8(captures.name(name)?.as_bytes()).ok()
}

fn dated(captures: &Captures<'_>) -> Option<Stamp> {
    let number = |name| text(captures, name).and_then(|text| text.parse::<i64>().ok());
    let month = match text(captures, "mon") {
        Some(name) => 1 + MONTHS.iter().position(|month| *month == name)? as i64,
        None => number("mo")?,
    };
    let (year, day) = (number("y"), number("d")?);
    let (hour, minute, second) = (number("h")?, number("mi")?, number("s")?);
    let sound = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    if !sound || year.is_some_and(|year| !(1971..=2200).contains(&year)) {
        return None;
    }
    let zone = text(captures, "z").and_then(zone);
    let (part, width) = part(text(captures, "f").unwrap_or(""));
    let days = days(year.unwrap_or(1972), month, day);
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - i64::from(zone.unwrap_or(0));
    Some(Stamp { nanos: seconds * SECOND + part, zone, year: year.is_some(), width })
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A part of a second, from its digits; and how much they leave open.
fn part(digits: &str) -> (i64, i64) {
    let digits = &digits[..digits.len().min(9)];
    let unit = 10_i64.pow(9 - digits.len() as u32);
    (digits.parse::<i64>().unwrap_or(0) * unit, unit)
}

/// `Z`, `+02:00`, `+0200`: seconds east of UTC.
pub fn zone(text: &str) -> Option<i32> {
    if matches!(text, "Z" | "UTC" | "GMT") {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 {
        return None;
    }
    let (hours, minutes): (i32, i32) = (digits[..2].parse().ok()?, digits[2..].parse().ok()?);
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// A time to the nanosecond, as it would stand before a line.
pub fn exact(stamp: Stamp) -> String {
    let whole = shown(stamp.nanos).replace(' ', "T");
    let zone = if stamp.zone.is_some() { "Z" } else { "" };
    format!("{}.{:09}{zone}", &whole[..whole.len().min(19)], stamp.nanos.rem_euclid(SECOND))
}

/// Puts January behind December where no stamp tells its year. There must be stamps of the turn of a year and none of the summer
/// between.
pub(super) fn turn_of_year<'a>(all: impl Iterator<Item = &'a mut Stamp>) {
    let mut untold: Vec<&mut Stamp> = all.filter(|stamp| !stamp.year).collect();
    let day = |stamp: &Stamp| stamp.nanos.div_euclid(86_400 * SECOND) - days(1972, 1, 1);
    let any = |from: i64, to: i64| untold.iter().any(|stamp| (from..to).contains(&day(stamp)));
    if any(i64::MIN, 91) && any(274, i64::MAX) && !any(91, 274) {
        untold.iter_mut().filter(|stamp| day(stamp) < 91).for_each(|stamp| stamp.nanos += 366 * 86_400 * SECOND);
    }
}

/// The same day and time of the year that stands for one that is not given.
pub(super) fn within_year(stamp: Stamp) -> i64 {
    let part = stamp.nanos.rem_euclid(SECOND);
    let told = shown(stamp.nanos);
    let day = told.get(4..19).and_then(|day| find(format!("1972{day}Z").as_bytes()));
    day.map_or(stamp.nanos, |day| day.nanos + part)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// A time for people, in UTC: `2026-08-06 10:48:44.033`.
pub fn shown(nanos: i64) -> String {
    let (seconds, part) = (nanos.div_euclid(SECOND), nanos.rem_euclid(SECOND));
    let time = std::time::UNIX_EPOCH + std::time::Duration::new(u64::try_from(seconds).unwrap_or(0), part as u32);
    let text = humantime::format_rfc3339_millis(time).to_string();
    text.trim_end_matches('Z').replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_form_is_the_same_instant() {
        let instant = 1_785_998_924_033_000_000;
        for line in [
            "2026-08-06T06:48:44.033Z x",
            "9:X 06 Aug 2026 06:48:44.033 * Running",
            "[2026-08-06 06:48:44,033] INFO x",
            "[26] 2026/08/06 06:48:44.033000 [DBG] RAFT",
            r#"{"level":"info","ts":1785998924.033,"msg":"x"}"#,
            r#"{"t":{"$date":"2026-08-06T08:48:44.033+02:00"},"s":"I"}"#,
            "raft2026/08/06 06:48:44.033 INFO: a became follower at term 3",
            "2026-08-06T08:48:44.033+0200 host etcd[1]: x",
            "Aug 6, 2026 @ 06:48:44.033 x",
        ] {
            assert_eq!(find(line.as_bytes()).map(|stamp| stamp.nanos), Some(instant), "{line}");
        }
        let unzoned = find(b"2026/08/06 06:48:44.033").unwrap();
        assert_eq!((unzoned.zone, unzoned.width), (None, 1_000_000));
        let syslog = find(b"Aug  6 06:48:44 host x: y").unwrap();
        assert_eq!((syslog.year, syslog.width), (false, SECOND));
        assert_eq!(shown(instant), "2026-08-06 06:48:44.033");
        let dated = find(b"2026-08-06T06:48:44Z").unwrap();
        assert_eq!(within_year(dated), syslog.nanos);
        let turned = |lines: [&str; 3]| {
            let mut all = lines.map(|line| find(line.as_bytes()).unwrap());
            turn_of_year(all.iter_mut());
            all.map(|stamp| stamp.nanos).is_sorted()
        };
        assert!(turned(["Dec 31 23:59:59 x", "Jan  1 00:00:01 x", "Feb  3 00:00:00 x"]));
        assert!(!turned(["Dec 31 23:59:59 x", "Jan  1 00:00:01 x", "Aug  3 00:00:00 x"]));
        assert_eq!(within_year(syslog), syslog.nanos);
    }

    #[test]
    fn what_is_no_time_is_none() {
        for line in ["", "became leader at term 4", "2026-13-06T06:48:44Z", "99:99:99", "1785998924", "\u{fffd}"] {
            assert_eq!(find(line.as_bytes()), None, "{line}");
        }
        assert_eq!(read("1785998924033000000").map(|stamp| stamp.nanos), Some(1_785_998_924_033_000_000));
        assert_eq!(read("1785998924033").map(|stamp| stamp.nanos), Some(1_785_998_924_033_000_000));
    }
}
