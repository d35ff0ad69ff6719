//! Words and numbers as a person reads them, and hostile text made harmless.

use history::{Vocabulary, Word};

/// The longest text that a page shows of anything that came from a node or a file, in characters.
pub const LONGEST: usize = 400;

/// `text` with its control characters made visible and cut to `longest` characters.
///
/// Escape sequences lose their power (ESC becomes `\x1b`), and characters that turn the direction of
/// writing or that no font shows become `�`: what is left can be shown anywhere once the format's own escaping is done.
pub fn clean(text: &str, longest: usize) -> String {
    let mut out = String::with_capacity(text.len().min(longest * 2));
    let mut characters = text.chars();
    for character in characters.by_ref().take(longest) {
        out.push(match character {
            '\t' => ' ',
            c if c.is_ascii_control() => {
                out.push_str(&format!("\\x{:02x}", c as u32));
                continue;
            }
            '\u{80}'..='\u{9f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => {
                '\u{fffd}'
            }
            '\u{feff}' | '\u{fff0}'..='\u{fffc}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
            c => c,
        });
    }
    let rest = characters.count();
    if rest > 0 {
        out.push_str(&format!("… ({rest} more characters)"));
    }
    out
}

/// A name (of a node, a system, a fault): cleaned, and short enough for a label.
pub fn name(text: &str) -> String {
    if text.chars().count() <= 24 {
        return clean(text, 24);
    }
    let head: String = text.chars().take(23).collect();
    format!("{}…", clean(&head, 23))
}

/// A word of the record, to be shown: what is not one of its list is cleaned.
pub fn word<T: Vocabulary>(word: &Word<'_, T>, longest: usize) -> Word<'static, T> {
    match word {
        Word::Known(known) => Word::Known(*known),
        Word::Foreign(text) => Word::Foreign(clean(text, longest).into()),
    }
}

/// A length of time given in nanoseconds: `450 µs`, `12.3 ms`, `1.234 s`, `3 min 20 s`.
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

/// A share, 0 to 1, as per cent; a share that is not whole is never rounded up to 100 %.
pub fn percent(share: f64) -> String {
    let percent = share.clamp(0.0, 1.0) * 100.0;
    if percent > 99.95 && percent < 100.0 { "99.9 %".to_owned() } else { format!("{percent:.1} %") }
}

/// An argument as a shell wants it, so that a command can be copied from a page.
pub fn shell(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:+,@%".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", clean(argument, LONGEST).replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_visible_and_long_text_is_cut() {
        assert_eq!(clean("a\u{1b}[31m\0b\u{202e}", 99), "a\\x1b[31m\\x00b\u{fffd}");
        assert_eq!(clean("abcdef", 2), "ab… (4 more characters)");
        assert_eq!(name(&"x".repeat(100)).chars().count(), 24);
    }

    #[test]
    fn times_read_well_at_every_scale() {
        assert_eq!(duration(0), "0 s");
        assert_eq!(duration(450_000), "450 µs");
        assert_eq!(duration(2_340_000), "2.3 ms");
        assert_eq!(duration(171_400_000), "171 ms");
        assert_eq!(duration(1_234_000_000), "1.23 s");
        assert_eq!(duration(200_000_000_000), "3 min 20 s");
        assert_eq!(moment(61_002_999_999), "61.002 s");
    }

    #[test]
    fn almost_always_is_not_shown_as_always() {
        assert_eq!(percent(0.99999), "99.9 %");
        assert_eq!(percent(1.0), "100.0 %");
    }

    #[test]
    fn numbers_are_grouped_and_nouns_agree() {
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(count(1, "election"), "1 election");
        assert_eq!(count(1000, "election"), "1,000 elections");
    }

    #[test]
    fn an_argument_with_a_quote_survives_the_shell() {
        assert_eq!(shell("chaos-7"), "chaos-7");
        assert_eq!(shell("it's"), "'it'\\''s'");
    }
}
