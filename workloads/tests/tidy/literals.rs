//! The texts in the quotes of a source file.

/// Each string literal of Rust code with its line, from 1. Comments, and single characters in quotes, are passed over.
pub(crate) fn literals(source: &str) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < source.len() {
        let rest = &source[at..];
        let long = match rest.as_bytes()[0] {
            b'/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            b'\'' => character(rest),
            b'"' => {
                let (long, text) = quoted(rest);
                all.push((line, text));
                long
            }
            b'r' if !ends_a_name(&source[..at]) => match raw(rest) {
                Some((long, text)) => {
                    all.push((line, text));
                    long
                }
                None => 1,
            },
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        line += rest[..long].matches('\n').count();
        at += long;
    }
    all
}

/// `b` before a raw string is a prefix of its own.
fn ends_a_name(before: &str) -> bool {
    let mut back = before.strip_suffix('b').unwrap_or(before).chars().rev();
    back.next().is_some_and(|c| c.is_alphanumeric() || c == '_')
}

/// How long a character in single quotes is; of a lifetime, only its mark.
fn character(rest: &str) -> usize {
    let mut inside = rest[1..].char_indices();
    let closed = match inside.next() {
        Some((_, '\\')) => rest[3..].find('\'').map(|end| end + 4),
        Some((_, first)) => rest[1 + first.len_utf8()..].starts_with('\'').then(|| first.len_utf8() + 2),
        None => None,
    };
    closed.unwrap_or(1)
}

/// How long a literal in double quotes is, and what it says.
fn quoted(rest: &str) -> (usize, String) {
    let mut text = String::new();
    let mut inside = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = inside.next() {
        match c {
            '"' => return (at + 1, text),
            '\\' => match inside.next() {
                // A line that is continued: the space before its rest does not count.
                Some((_, '\n')) => while inside.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                Some((_, 'n')) => text.push('\n'),
                Some((_, other)) => text.push(other),
                None => {}
            },
            _ => text.push(c),
        }
    }
    (rest.len(), text)
}

/// How long a raw literal is, and what it says; none if this is none.
fn raw(rest: &str) -> Option<(usize, String)> {
    let marks = rest[1..].len() - rest[1..].trim_start_matches('#').len();
    let inside = rest[1 + marks..].strip_prefix('"')?;
    let end = inside.find(&format!("\"{}", "#".repeat(marks)))?;
    Some((rest.len() - inside.len() + end + 1 + marks, inside[..end].to_owned()))
}
