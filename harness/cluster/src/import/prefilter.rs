//! Which lines are worth a look: a search for words that a line must have to mean anything.
//!
//! Of a log of a million lines perhaps one in a hundred means something, and a regular expression tried on each is slow. But
//! each of ours needs certain words (`became`, `MsgVoteResp`), and a search for all of them at once runs at the speed of
//! memory. The words are read off the expressions themselves; an expression that needs none makes every line worth a look.

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::{memchr, memchr_iter, memrchr};
use regex_syntax::hir::{Hir, HirKind};

/// Searches blocks of whole lines.
#[derive(Debug)]
pub(super) struct Prefilter {
    finder: Option<AhoCorasick>,
}

/// The shortest word that is searched for.
const SHORTEST: usize = 3;

impl Prefilter {
    /// For lines that any of these expressions may match, or that have any of these words.
    pub(super) fn new<'a>(expressions: impl IntoIterator<Item = &'a str>, words: &[&str]) -> Self {
        let mut all: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        for expression in expressions {
            match needed(expression) {
                Some(needed) => all.extend(needed),
                None => return Self { finder: None },
            }
        }
        all.sort();
        all.dedup();
        Self { finder: AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(&all).ok() }
    }

    /// Hands over every line of a block that is worth a look, with its number, counted from `line`. The number of the line after
    /// the block.
    pub(super) fn search(&self, block: &[u8], mut line: u64, mut take: impl FnMut(u64, &[u8])) -> u64 {
        let mut at = 0;
        // Colours may stand in the middle of a word: lines with them are looked at.
        let mut coloured = memchr(0x1b, block);
        while at < block.len() {
            let found = match &self.finder {
                Some(finder) => finder.find(&block[at..]).map(|found| at + found.start()),
                None => Some(at),
            };
            if coloured.is_some_and(|colour| colour < at) {
                coloured = memchr(0x1b, &block[at..]).map(|colour| at + colour);
            }
            let Some(hit) = [found, coloured].into_iter().flatten().min() else { break };
            let from = memrchr(b'\n', &block[at..hit]).map_or(at, |newline| at + newline + 1);
            let to = memchr(b'\n', &block[hit..]).map_or(block.len(), |newline| hit + newline);
            line += memchr_iter(b'\n', &block[at..from]).count() as u64;
            take(line, &block[from..to]);
            line += u64::from(to < block.len());
            at = to + 1;
        }
        line + block.get(at..).map_or(0, |rest| memchr_iter(b'\n', rest).count() as u64)
    }
}

/// Words of which a text that an expression matches has one at least; none where nothing is needed.
fn needed(expression: &str) -> Option<Vec<Vec<u8>>> {
    of(&regex_syntax::parse(expression).ok()?).filter(|all| all.iter().all(|word| word.len() >= SHORTEST))
}

fn of(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![plain(&literal.0)]),
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => of(&repetition.sub),
        HirKind::Concat(parts) => {
            let shortest = |words: &Vec<Vec<u8>>| words.iter().map(Vec::len).min().unwrap_or(0);
            parts.iter().filter_map(of).max_by_key(|words| (shortest(words), std::cmp::Reverse(words.len())))
        }
        HirKind::Alternation(branches) => {
            let all: Option<Vec<_>> = branches.iter().map(of).collect();
            all.map(|all| all.concat())
        }
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

/// The longest part of a literal that stands in a line as it is, also where the line is a string of JSON.
fn plain(literal: &[u8]) -> Vec<u8> {
    let safe = |byte: &u8| byte.is_ascii_alphanumeric() || b" _-.:=()[]{}+,*#$|;".contains(byte);
    literal.split(|byte| !safe(byte)).max_by_key(|part| part.len()).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(expressions: &[&str], text: &str) -> Vec<u64> {
        let mut lines = Vec::new();
        Prefilter::new(expressions.iter().copied(), &["Suppressed "])
            .search(text.as_bytes(), 1, |line, _| lines.push(line));
        lines
    }

    #[test]
    fn lines_with_a_needed_word_are_found_with_their_numbers() {
        let text = "a\nb became leader at term 4\n\nSuppressed 4 messages\nx\nz became follower at term 1";
        let rules = [r"^(?P<self>[0-9a-f]+) became (?P<role>leader|follower) at term (?P<term>\d+)$"];
        assert_eq!(found(&rules, text), [2, 4, 6]);
        assert_eq!(found(&[r"\d+"], text), [1, 2, 3, 4, 5, 6]);
        assert_eq!(found(&rules, "x\n\x1b[1mbec\x1b[0mame\ny\n"), [2]);
    }

    #[test]
    fn what_json_escapes_is_not_searched_for() {
        assert_eq!(needed(r#"state from "(?P<leader>\w+)" now"#), Some(vec![b"state from ".to_vec()]));
        assert_eq!(needed("(?i)leader"), None);
    }
}
