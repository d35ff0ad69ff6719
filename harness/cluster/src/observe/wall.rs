//! Times that programs write into their log lines: wall clock, in one of the usual ways.
//!
//! Such a time is worth less than CLOCK_MONOTONIC: it may be cut off to milliseconds, and the clock may be set. So it can
//! only narrow a span, as a lower bound. And it can do so only while the wall clock runs as it did when the run began
//! ([`crate::clock::Clock::since_wall`]).

use serde_json::Value;

/// Nanoseconds since 1970 of a time in a line of JSON. The time is RFC 3339 with its zone (`+02:00`, `+0200` or `Z`), or a
/// number. Its size tells whether that is of seconds, milliseconds, microseconds or nanoseconds. None where it is none of these.
pub fn instant(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => rfc3339(text),
        Value::Number(number) => {
            let number = number.as_f64().filter(|number| *number > 0.0)?;
            let unit = match number {
                n if n < 1e11 => 1e9,
                n if n < 1e14 => 1e6,
                n if n < 1e17 => 1e3,
                _ => 1.0,
            };
            // A number of seconds in a double is good to a microsecond: cut off what is not known, downwards.
            let nanos = number * unit - 1e3;
            (nanos > 0.0 && nanos < 1.8e19).then_some(nanos as u64)
        }
        _ => None,
    }
}

fn rfc3339(text: &str) -> Option<u64> {
    let at = text.find(['T', ' '])?;
    let zone = text[at..].find(['Z', 'z', '+', '-']).map(|offset| at + offset)?;
    let (local, zone) = text.split_at(zone);
    let minutes = match zone {
        "Z" | "z" => 0,
        _ => {
            let digits: String = zone[1..].chars().filter(|c| *c != ':').collect();
            let (hours, minutes) = (digits.get(..2)?, digits.get(2..4)?);
            let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
            if digits.len() != 4 {
                return None;
            }
            if zone.starts_with('-') { -minutes } else { minutes }
        }
    };
    let time =
        humantime::parse_rfc3339_weak(&format!("{local}Z")).or_else(|_| humantime::parse_rfc3339_weak(local)).ok()?;
    let nanos = i128::try_from(time.duration_since(std::time::UNIX_EPOCH).ok()?.as_nanos()).ok()?;
    u64::try_from(nanos - i128::from(minutes) * 60_000_000_000).ok()
}
