//! Where a sentence begins and ends, in Markdown and in plain text.
//!
//! The rule about long sentences is worth what this counting is worth, so it is plain:
//!
//! - Blocks of code, fenced or indented, are no prose and are not counted.
//! - A paragraph, a heading, a list item and a cell of a table each begin and end a sentence.
//! - Within one, a sentence ends at `.`, `?` or `!` at the end of a word, with or without a closing quote or bracket, unless the next word
//!   begins with a small letter. Neither a colon nor a semicolon ends one.
//! - A word is what stands between spaces and has a letter or digit in it. Code in backticks is one word, and so is a link's target with
//!   the last word of its text.

/// A sentence, and the line on which its block begins, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) line: usize,
    pub(crate) words: usize,
    pub(crate) text: String,
}

/// They end with a full stop, and no sentence ends with them.
const SHORT_FORMS: [&str; 4] = ["e.g.", "i.e.", "cf.", "vs."];

/// What may stand around a word.
const AROUND: [char; 15] = ['"', '\'', '“', '”', '‘', '’', '(', ')', '[', ']', '*', '_', '«', '»', ','];

/// The text with each piece of code in backticks as one word.
fn code_as_words(text: &str) -> String {
    let mut rest = text;
    let mut all = String::new();
    while let Some(at) = rest.find('`') {
        let opened = &rest[at..];
        let marks = &opened[..opened.len() - opened.trim_start_matches('`').len()];
        let inside = &opened[marks.len()..];
        let Some(end) = inside.find(marks) else { break };
        all += &rest[..at];
        all += "Code";
        rest = &inside[end + marks.len()..];
    }
    all + rest
}

/// The text without the targets of links.
fn without_targets(text: &str) -> String {
    let mut rest = text;
    let mut all = String::new();
    while let Some((before, after)) = rest.split_once("](") {
        all += before;
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    all + rest
}

/// The sentences of one paragraph.
pub(crate) fn of_text(line: usize, text: &str) -> Vec<Sentence> {
    let text = without_targets(&code_as_words(text));
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut all = Vec::new();
    let mut begin = 0;
    for (at, word) in words.iter().enumerate() {
        let bare = word.trim_end_matches(AROUND);
        let stops = bare.ends_with(['.', '?', '!']) && !SHORT_FORMS.contains(&bare.trim_start_matches(AROUND));
        let next = words.get(at + 1).and_then(|next| next.trim_start_matches(AROUND).chars().next());
        if at + 1 == words.len() || stops && !next.is_some_and(char::is_lowercase) {
            let own = &words[begin..=at];
            let counted = own.iter().filter(|word| word.contains(char::is_alphanumeric)).count();
            all.extend((counted > 0).then(|| Sentence { line, words: counted, text: own.join(" ") }));
            begin = at + 1;
        }
    }
    all
}

/// The text of a list item's first line behind its mark.
fn item(line: &str, may_be_numbered: bool) -> Option<&str> {
    let bare = ["- ", "* ", "+ "].iter().find_map(|mark| line.strip_prefix(mark));
    bare.or_else(|| {
        let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let marked = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "));
        marked.filter(|_| may_be_numbered && rest.len() < line.len())
    })
}

/// The cells of a row of a table; none of the row that only draws a line.
fn cells(row: &str) -> Vec<String> {
    if row.chars().all(|c| "|:- ".contains(c)) {
        return Vec::new();
    }
    code_as_words(row).replace("\\|", "/").split('|').map(str::to_owned).collect()
}

/// The paragraph, heading or item that is being read.
#[derive(Default)]
struct Open {
    line: usize,
    text: String,
}

impl Open {
    fn begin(&mut self, line: usize, text: &str, all: &mut Vec<Sentence>) {
        self.end(all);
        *self = Self { line, text: text.to_owned() };
    }

    fn end(&mut self, all: &mut Vec<Sentence>) {
        all.extend(of_text(self.line, &std::mem::take(&mut self.text)));
    }
}

/// The sentences of a Markdown page.
pub(crate) fn of_markdown(page: &str) -> Vec<Sentence> {
    let mut all = Vec::new();
    let mut open = Open::default();
    let mut fence = None;
    let mut in_list = false;
    let mut after_blank = true;
    for (at, line) in page.lines().enumerate() {
        let text = line.trim_start_matches(['>', ' ']).trim_end();
        if let Some(mark) = fence {
            fence = (!text.starts_with(mark)).then_some(mark);
            continue;
        }
        let blank = std::mem::replace(&mut after_blank, text.is_empty());
        in_list &= !blank || line.starts_with(' ') || text.is_empty() || item(text, true).is_some();
        fence = ["```", "~~~"].into_iter().find(|mark| text.starts_with(mark));
        if fence.is_some() || text.is_empty() {
            open.end(&mut all);
        } else if line.starts_with("    ") && blank && !in_list {
            // An indented block of code: it goes on after it as if a blank line stood there.
            after_blank = true;
        } else if text.starts_with('|') {
            open.end(&mut all);
            all.extend(cells(text).iter().flat_map(|cell| of_text(at + 1, cell)));
        } else if text.starts_with('#') {
            open.begin(at + 1, text.trim_start_matches(['#', ' ']), &mut all);
            open.end(&mut all);
        } else if let Some(item) = item(text, in_list || open.text.is_empty()) {
            in_list = true;
            open.begin(at + 1, item, &mut all);
        } else if open.text.is_empty() {
            open.begin(at + 1, text, &mut all);
        } else {
            open.text.push(' ');
            open.text += text;
        }
    }
    open.end(&mut all);
    all
}
