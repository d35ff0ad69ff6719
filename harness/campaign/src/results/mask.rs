//! A sentence without what differs from run to run.
//!
//! Two failures of one bug say the same with other nodes, terms and times. What is left when those are masked is what
//! happened: `n3 voted for n1 and then for n2 in term 41.` becomes `NODE voted for NODE and then for NODE in term #.`
//!
//! Nodes are not told apart. Numbering them in the order of their appearance would keep "for itself, then for another" apart from
//! "for another, then for itself", which is chance and not a bug. A list of nodes is one `NODE`, however long it is, because how
//! many there were depends on the partition of the moment. For the same reason singular and plural are made equal. The unmasked
//! sentence of the first failure is kept beside the mask for people to read.
//!
//! The text is hostile (a node's last words may be in it). So the work is linear in its length, the length of the result is
//! bounded, and control characters do not survive.

/// The longest masked text, in characters.
const LONGEST: usize = 240;
/// No more than so much of a text is looked at, in bytes.
const READ: usize = 4096;

/// `text` with the names of `nodes`, numbers, times, ids and paths masked, on one line.
pub(super) fn mask(text: &str, nodes: &[String]) -> String {
    let mut end = text.len().min(READ);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut names: Vec<&str> = nodes.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    names.sort_unstable_by_key(|name| (std::cmp::Reverse(name.len()), *name));
    let words = words(&text[..end], &names);
    join(&numberless(one_node_for_lists(words)))
}

/// A word, what is between words, or what stands for something masked.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Word<'a> {
    Plain(&'a str),
    Between(&'a str),
    Node,
    Number,
    Time,
    Id,
    Path,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn words<'a>(mut rest: &'a str, names: &[&str]) -> Vec<Word<'a>> {
    let mut words = Vec::new();
    let mut after_word = false;
    while let Some(first) = rest.chars().next() {
        let (word, length) = if !after_word && let Some(length) = name(rest, names) {
            (Word::Node, length)
        } else if !after_word && let Some(length) = path(rest) {
            (Word::Path, length)
        } else if first.is_ascii_digit() && !after_word {
            number(rest)
        } else if is_word(first) {
            plain(rest)
        } else {
            let length = first.len_utf8();
            (Word::Between(&rest[..length]), length)
        };
        rest = &rest[length..];
        after_word = !matches!(word, Word::Between(_));
        words.push(word);
    }
    words
}

/// The length of the name that `rest` begins with.
fn name(rest: &str, names: &[&str]) -> Option<usize> {
    let whole = |name: &&&str| rest.strip_prefix(**name).is_some_and(|after| !after.starts_with(is_word));
    names.iter().find(whole).map(|name| name.len())
}

/// The length of the absolute path that `rest` begins with.
fn path(rest: &str) -> Option<usize> {
    let part_of = |c: char| is_word(c) || matches!(c, '/' | '.' | '-' | '+' | '@' | '%' | '~');
    let begins = rest.strip_prefix('/').is_some_and(|after| after.starts_with(is_word));
    let whole = rest.find(|c: char| !part_of(c)).unwrap_or(rest.len());
    begins.then(|| rest[..whole].trim_end_matches(['.', '-']).len())
}

/// A number, a time if a unit follows, or an id that begins with a digit (`7f3a…`, `0x1f`, `10.0.0.1:2380`).
fn number(rest: &str) -> (Word<'static>, usize) {
    let part_of = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
    let digits = rest.find(|c: char| !part_of(c)).unwrap_or(rest.len());
    let digits = rest[..digits].trim_end_matches(['.', ',']).len();
    let after = &rest[digits..];
    let spaced = after.strip_prefix(' ').unwrap_or(after);
    let unit = spaced.find(|c: char| !is_word(c)).unwrap_or(spaced.len());
    let skipped = after.len() - spaced.len();
    let is_time = matches!(&spaced[..unit], "ns" | "µs" | "us" | "ms" | "s" | "sec" | "seconds" | "min" | "h");
    if is_time {
        return (Word::Time, digits + skipped + unit);
    }
    let tail = after.find(|c: char| !is_word(c)).unwrap_or(after.len());
    if tail > 0 {
        return (Word::Id, digits + tail);
    }
    (Word::Number, digits)
}

/// A word that begins with no digit: an id if it is long and of hexadecimal digits; digits at its end are masked.
fn plain(rest: &str) -> (Word<'_>, usize) {
    let length = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
    let word = &rest[..length];
    let hex = length >= 8 && word.chars().all(|c| c.is_ascii_hexdigit()) && word.contains(|c: char| c.is_ascii_digit());
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if hex || (length >= 12 && digits >= 4) { (Word::Id, length) } else { (Word::Plain(word), length) }
}

/// `n1, n2 and n4` is one node.
fn one_node_for_lists(words: Vec<Word<'_>>) -> Vec<Word<'_>> {
    use Word::{Between, Node, Plain};
    let mut out: Vec<Word<'_>> = Vec::with_capacity(words.len());
    for word in words {
        out.push(word);
        let joins = match out.as_slice() {
            [.., Node, Between(","), Between(" "), Node] => 3,
            [.., Node, Between(" "), Plain("and" | "or"), Between(" "), Node] => 4,
            [.., Node, Between(","), Between(" "), Plain("and" | "or"), Between(" "), Node] => 5,
            [.., Node, Between("-"), Between(">"), Node] => 3,
            _ => 0,
        };
        out.truncate(out.len() - joins);
    }
    out
}

/// Singular and plural made equal: `2 times` as `1 time`, `were` as `was`.
fn numberless(words: Vec<Word<'_>>) -> Vec<Word<'_>> {
    use Word::{Between, Number, Plain};
    let mut out: Vec<Word<'_>> = Vec::with_capacity(words.len());
    for word in words {
        let counted = matches!(out.as_slice(), [.., Number, Between(" ")]);
        out.push(match word {
            Plain(noun) if counted && noun.len() > 2 => Plain(noun.strip_suffix('s').unwrap_or(noun)),
            Plain("were") => Plain("was"),
            Plain("are") => Plain("is"),
            other => other,
        });
    }
    out
}

fn join(words: &[Word<'_>]) -> String {
    let mut out = String::new();
    let mut length = 0;
    for word in words {
        let text = match word {
            Word::Plain(text) | Word::Between(text) => text,
            Word::Node => "NODE",
            Word::Number => "#",
            Word::Time => "TIME",
            Word::Id => "ID",
            Word::Path => "PATH",
        };
        for c in text.chars() {
            let c = if c.is_whitespace() || c.is_control() { ' ' } else { c };
            if c == ' ' && (out.is_empty() || out.ends_with(' ')) {
                continue;
            }
            if length == LONGEST {
                out.push('…');
                return out;
            }
            out.push(c);
            length += 1;
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests;
