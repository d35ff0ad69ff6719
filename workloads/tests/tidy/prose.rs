//! Prose is read once: no sentence is long, and few are longer than a reader keeps in mind.
//!
//! This holds the Markdown pages, and the texts in the quotes of the code: messages, findings, pages. A text that the code puts
//! together from several pieces is held piece by piece. So its sentences may be longer than what is counted. The texts of
//! `--help` are held beside the page of the command line (`harness/tests/docs/help.rs`). How sentences are cut is said in
//! `sentences.rs`.

use super::files;
use super::literals::literals;
use super::sentences::{Sentence, of_markdown, of_text};

/// No sentence has more words.
const LONGEST: usize = 35;

/// So many words a sentence has as a rule; one in [`EXCEPT`] may have more.
const LONG: usize = 25;

/// One sentence in so many may be longer than [`LONG`].
const EXCEPT: usize = 20;

/// Texts in quotes with fewer words are names and keys.
const MESSAGE: usize = 4;

/// What is wrong with these sentences: those that are too long, or all that are long where there are too many of them.
fn faults(sentences: &[Sentence]) -> Vec<&Sentence> {
    let long: Vec<&Sentence> = sentences.iter().filter(|sentence| sentence.words > LONG).collect();
    let many = long.len() > (sentences.len() / EXCEPT).max(1);
    long.into_iter().filter(|sentence| many || sentence.words > LONGEST).collect()
}

/// One line for each, to be found and mended.
fn told(place: &str, faults: &[&Sentence]) -> String {
    let lines = faults.iter().map(|fault| format!("{place}:{}: {} words: {}\n", fault.line, fault.words, fault.text));
    lines.collect()
}

#[test]
fn no_sentence_of_a_page_has_to_be_read_twice() {
    let mut wrong = String::new();
    let mut everything = Vec::new();
    for (place, text) in files(&[".md"]) {
        let sentences = of_markdown(&text);
        let faults = faults(&sentences);
        wrong += &told(&place, &faults);
        everything.extend(sentences);
    }
    assert!(wrong.is_empty(), "one condition a sentence, a list for a list:\n{wrong}");
    let long = everything.iter().filter(|sentence| sentence.words > LONG).count();
    assert!(long * EXCEPT <= everything.len(), "{long} of {} sentences are long", everything.len());
    assert!(everything.len() > 1000, "sentences are found: {}", everything.len());
}

/// The text with each `{…}` of a format as one word.
fn filled(text: &str) -> String {
    let mut all = String::new();
    let mut depth = 0usize;
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => {
                all.push_str(if depth == 1 { "X" } else { "" });
                depth = depth.saturating_sub(1);
            }
            _ if depth == 0 => all.push(c),
            _ => {}
        }
    }
    all
}

#[test]
fn no_sentence_that_the_code_prints_has_to_be_read_twice() {
    let mut wrong = String::new();
    let mut everything = Vec::new();
    for (place, text) in files(&[".rs"]) {
        if ["tests/", "benches/", "examples/", "tests.rs"].iter().any(|part| place.contains(part)) {
            continue;
        }
        let own = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        for (line, literal) in literals(own) {
            let paragraphs = literal.lines().flat_map(|text| of_text(line, &filled(text)));
            let sentences: Vec<Sentence> = paragraphs.filter(|sentence| sentence.words >= MESSAGE).collect();
            let longest = sentences.iter().filter(|sentence| sentence.words > LONGEST).collect::<Vec<_>>();
            wrong += &told(&place, &longest);
            everything.extend(sentences);
        }
    }
    assert!(wrong.is_empty(), "one condition a sentence:\n{wrong}");
    let long = everything.iter().filter(|sentence| sentence.words > LONG).count();
    assert!(long * EXCEPT <= everything.len(), "{long} of {} sentences are long", everything.len());
    assert!(everything.len() > 1000, "messages are found: {}", everything.len());
}

/// A sentence of so many words.
fn words(count: usize) -> String {
    format!("A{}.", " word".repeat(count - 1))
}

#[test]
fn a_sentence_of_36_words_is_found_and_one_of_35_is_not() {
    let found = |count| told("page", &faults(&of_markdown(&words(count))));
    assert!(found(36).starts_with("page:1: 36 words: A word"), "{}", found(36));
    assert_eq!(found(35), "");
    // A page of one sentence may have one that is long; a second is one too many.
    assert_eq!(faults(&of_markdown(&(words(26) + " " + &words(26)))).len(), 2);
    let page = format!("{} {} {}", words(26), words(30), "Short. ".repeat(38));
    assert_eq!(faults(&of_markdown(&page)), Vec::<&Sentence>::new(), "two of forty");
}

fn counted(page: &str) -> Vec<(usize, usize)> {
    of_markdown(page).iter().map(|sentence| (sentence.line, sentence.words)).collect()
}

#[test]
fn sentences_are_cut_where_a_reader_cuts_them() {
    assert_eq!(
        counted("One two. Three\nfour five! \"Six?\" Seven (eight.) Nine"),
        [(1, 2), (1, 3), (1, 1), (1, 2), (1, 1)]
    );
    assert_eq!(counted("See e.g. Raft 3.4 or i.e. so. etcd is small, as one sentence."), [(1, 13)]);
    assert_eq!(counted("One: two; three – four"), [(1, 4)]);
    let code = format!("Before:\n\n```sh\n{0}\n```\n\n    {0}\n    {0}\n\nafter it.", words(50));
    assert_eq!(counted(&code), [(1, 1), (10, 2)], "code is no prose");
    assert_eq!(counted(&format!("Say `{}` here.", words(50))), [(1, 3)], "code in a line is a word");
    assert_eq!(counted("## Two words\nA line\nof a paragraph.\n> A quotation"), [(1, 2), (2, 5), (2, 2)]);
    assert_eq!(
        counted("A list:\n\n- one item\n  of a list\n- two `x`\n1. three\n\n  more of it"),
        [(1, 2), (3, 5), (5, 2), (6, 1), (8, 3)]
    );
    assert_eq!(counted("| a b | `c|d` |\n| --- | :-- |\n| One. Two | |"), [(1, 2), (1, 1), (3, 1), (3, 1)]);
    assert_eq!(counted("A [link of words](https://a.b/c d) and ![a picture](x.png)"), [(1, 7)]);
}

#[test]
fn the_texts_of_code_are_found_where_they_stand() {
    let code = "// no \"text\"\nlet c = ['\"', '\\'', b'\"'];\nfn f<'a>(x: &'a str) { g(\"one \\\"two\\\" \\\n      three\", r#\"a \"raw\" one\"#) }";
    let found = literals(code);
    assert_eq!(found, [(3, "one \"two\" three".to_owned()), (4, "a \"raw\" one".to_owned())]);
    assert_eq!(filled("{} of {all:?} in {x:{y}}s {{}}"), "X of X in Xs X");
}
