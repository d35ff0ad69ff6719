//! The texts of `--help` are read once, as the pages are: see `workloads/tests/tidy/prose.rs`, whose measures these are.

use clap::{Command, CommandFactory};
use harness::cli::args::Cli;

#[allow(dead_code)]
#[path = "../../../workloads/tests/tidy/sentences.rs"]
mod sentences;

/// As for pages: no sentence has more words than the first, and one in twenty may have more than the second.
const LONGEST: usize = 35;
const LONG: usize = 25;

/// Each text of a command and of those below it, with the name of what it speaks of.
fn texts(command: &Command, name: &str, all: &mut Vec<(String, String)>) {
    let own = [command.get_about(), command.get_long_about(), command.get_after_help(), command.get_after_long_help()];
    all.extend(own.into_iter().flatten().map(|text| (name.to_owned(), text.to_string())));
    for option in command.get_arguments() {
        let of = format!("{name} {}", option.get_id());
        let help = [option.get_help(), option.get_long_help()];
        all.extend(help.into_iter().flatten().map(|text| (of.clone(), text.to_string())));
        let values = option.get_possible_values();
        all.extend(values.iter().filter_map(|value| value.get_help()).map(|text| (of.clone(), text.to_string())));
    }
    for sub in command.get_subcommands() {
        texts(sub, &format!("{name} {}", sub.get_name()), all);
    }
}

#[test]
fn no_sentence_of_the_help_has_to_be_read_twice() {
    let mut all = Vec::new();
    texts(&Cli::command(), "interregnum", &mut all);
    let (mut read, mut long) = (0, Vec::new());
    for (place, text) in all {
        for sentence in text.split('\n').flat_map(|line| sentences::of_text(0, line)) {
            read += 1;
            if sentence.words > LONG {
                long.push(format!("{place}: {} words: {}", sentence.words, sentence.text));
                assert!(sentence.words <= LONGEST, "{}", long.last().unwrap());
            }
        }
    }
    assert!(read > 150, "texts are found: {read}");
    assert!(long.len() * 20 <= read, "{} of {read} sentences are long: {long:#?}", long.len());
}
