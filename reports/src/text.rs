//! Hostile text made harmless. Numbers are worded in [`history::numbers`].

pub use history::numbers::{by_percent, bytes, count, duration, grouped, moment, percent};
use history::{Vocabulary, Word};

/// The longest text that a page shows of anything that came from a node or a file, in characters.
pub const LONGEST: usize = 400;

/// `text` with its control characters made visible and cut to `longest` characters.
///
/// Escape sequences lose their power (ESC becomes `\x1b`). Characters that turn the direction of writing or that no font shows
/// become `�`. What is left can be shown anywhere once the format's own escaping is done.
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
    fn an_argument_with_a_quote_survives_the_shell() {
        assert_eq!(shell("chaos-7"), "chaos-7");
        assert_eq!(shell("it's"), "'it'\\''s'");
    }
}
