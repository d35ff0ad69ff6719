//! What a person sees on the command line, held as it is: the help of every command, and what is said of a mistake.
//!
//! Nothing is started here. `INSTA_UPDATE=always cargo test -p interregnum --test snapshots` writes it anew.
#![allow(clippy::unwrap_used)] // helpers of tests

use std::fmt::Write as _;

use clap::{CommandFactory, Parser};
use cluster::system::{Settings, System};
use harness::cli::{args::Cli, mistake};
use history::Reader;

#[test]
fn the_help_of_every_command_is_this() {
    let mut command = Cli::command().term_width(100);
    command.build();
    insta::assert_snapshot!("help", command.render_long_help().to_string());
    for sub in command.get_subcommands_mut().filter(|sub| sub.get_name() != "help") {
        let name = sub.get_name().to_owned();
        insta::assert_snapshot!(format!("help_{name}"), sub.render_long_help().to_string());
    }
}

#[test]
fn a_mistake_on_the_command_line_earns_this_sentence() {
    let lines = [
        "tset",
        "test --sede 1",
        "test calm --seed x",
        "test calm --seeds 5..1",
        "test calm --time banana",
        "test calm --time -5m",
        "test calm --nodes three",
        "test calm --network foo",
        "test calm --format xml",
        "check",
        "replay",
        "soak --for 0s",
        "compare one",
        "completions tcsh2",
        "explain nothing-of-the-kind",
        "merge",
    ];
    let mut said = String::new();
    for line in lines {
        let words: Vec<String> = format!("interregnum {line}").split(' ').map(str::to_owned).collect();
        let sentence = Cli::try_parse_from(&words).err().and_then(|error| mistake::sentence(&error, &words));
        writeln!(said, "interregnum {line}\n  {}\n", sentence.unwrap_or_else(|| "(taken)".to_owned())).unwrap();
    }
    insta::assert_snapshot!(said);
}

#[test]
fn a_mistake_in_a_system_file_or_a_setting_earns_this_sentence() {
    let small = include_str!("../../docs/examples/small.toml");
    let changed =
        [("schema = 1", "schema = 2"), ("schema = 1", ""), ("[cluster]", "[clsuter]"), ("nodes = ", "nodes = -")];
    let mut said = String::new();
    for (from, to) in changed {
        assert!(small.contains(from), "{from}");
        let error = System::parse("small.toml", &small.replacen(from, to, 1)).unwrap_err();
        writeln!(said, "{from:?} becomes {to:?}\n  {error}\n").unwrap();
    }
    writeln!(said, "--system refrence\n  {}\n", System::load("refrence").unwrap_err()).unwrap();
    writeln!(said, "--set foo\n  {}\n", Settings::parse(&["foo".to_owned()]).unwrap_err()).unwrap();
    insta::assert_snapshot!(said);
}

#[test]
fn what_is_no_history_earns_this_sentence() {
    const HEADER: &str = "{\"schema\":1,\"nodes\":[\"n1\"]}\n";
    let texts = [
        "",
        "hello\n",
        "{\"schema\":99,\"nodes\":[\"n1\"]}\n",
        "{\"schema\":1}\n",
        &format!("{HEADER}{{\"t\":1}}\n{{}}\n"),
        &format!("{HEADER}{{\"t\":-1,\"type\":\"observe\",\"node\":\"n1\"}}\n{{}}\n"),
        &format!("{HEADER}{{\"t\":1,\"type\":\"observe\"}}\n{{}}\n"),
        &format!("{HEADER}[1]\n{{}}\n"),
    ];
    let mut said = String::new();
    for text in texts {
        let read = Reader::new(text.as_bytes()).and_then(|mut reader| {
            while reader.next_event()?.is_some() {}
            Ok(())
        });
        writeln!(said, "{text:?}\n  {}\n", read.unwrap_err()).unwrap();
    }
    insta::assert_snapshot!(said);
}
