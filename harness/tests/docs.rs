//! Every example in the README and in `docs/` is carried out.
//!
//! Documentation that is not run rots: a flag is renamed, a field gets another meaning, and the page still says what was
//! true once. So a fenced block says what it is, in the words after its fence, and is treated accordingly:
//!
//! | fence | is |
//! | --- | --- |
//! | `sh` | commands, each run with the built program, in a folder of the page's own; `exit=1` when it should end so |
//! | `jsonl history FILE` | a history, which must be readable, and is there for later commands; `torn`: without the last newline |
//! | `json schedule FILE` | likewise a schedule |
//! | `json faults`, `json contract` | one value a line |
//! | `toml` | a whole system file |
//! | `python FILE`, `toml FILE` | an excerpt, which must stand in that file |
//!
//! A block that is none of these fails. A command that is too long to be run here is in [`NOT_RUN`], with the reason, and is
//! still parsed. Besides, what is named in headings is compared with what the code has, so that nothing new goes unsaid.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::{CommandFactory, Parser};
use cluster::observe::events::{Reading, read as read_contract};
use cluster::system::System;
use harness::cli::args::Cli;
use history::Reader;
use history::exit::ExitCode;
use workloads::target::Choice;
use workloads::{Condition, Fault, Schedule, Shape, Target};

#[path = "docs/found.rs"]
mod found;
#[path = "docs/help.rs"]
mod help;
#[path = "docs/libraries.rs"]
mod libraries;
#[path = "docs/lists.rs"]
mod lists;
#[path = "docs/sentences.rs"]
mod sentences;
mod skipped;

/// Commands that are shown and not run: page, command, why.
const NOT_RUN: [(&str, &str, &str); 8] = [
    ("README.md", "make soak FOR=8h", "a night; soak.md has a shorter campaign"),
    ("docs/soak.md", "interregnum soak --for 8h", "a night; the same page has a shorter one"),
    ("README.md", "make test-chaos", "the main job, minutes long; CI runs it"),
    ("README.md", "make test", "it is what runs this test"),
    ("README.md", "interregnum test chaos --seed 7", "half a minute; workloads.md has a shorter one"),
    ("README.md", "interregnum test chaos --seeds 1..20 --jobs 4", "minutes; command-line.md has a smaller batch"),
    ("README.md", "interregnum replay interregnum-out/latest", "command-line.md replays a shorter run"),
    ("docs/workloads.md", "interregnum test re-election --by pause", "the README runs this workload"),
];

/// Commands in running text that stand for others.
const PATTERNS: [&str; 5] = [
    "interregnum test [WORKLOAD]…",
    "interregnum merge DIR… --out DIR",
    "interregnum compare A B",
    "interregnum COMMAND --help",
    "interregnum completions SHELL",
];

/// Pieces of a system file, and what makes them whole: page, first line, the rest.
const PIECES: [(&str, &str, &str); 1] = [(
    "docs/system-files.md",
    "[claims.timing]",
    "schema = 1\nname = \"whole\"\n[params]\nelection = \"150ms..300ms\"\nheartbeat = \"50\"\npersist-delay = \"0ms\"\n\
     check-quorum = \"false\"\n[cluster]\nnodes = 3\nports = { peer = 7000 }\n[node]\ncommand = [\"true\"]\n\
     [[observe]]\nkind = \"events\"\n",
)];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn text(page: &str) -> String {
    std::fs::read_to_string(repository().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// The README and every page of `docs/`, as paths from the repository.
fn pages() -> Vec<String> {
    let docs = std::fs::read_dir(repository().join("docs")).unwrap();
    let names = docs.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut pages: Vec<String> =
        names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}")).collect();
    pages.push("README.md".to_owned());
    pages.sort();
    pages
}

/// A fenced block.
struct Block {
    place: String,
    language: String,
    words: Vec<String>,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in text(page).lines().enumerate() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(words), None) => {
                let mut words = words.split_whitespace().map(str::to_owned);
                open = Some(Block {
                    place: format!("{page}:{}", number + 1),
                    language: words.next().unwrap_or_default(),
                    words: words.collect(),
                    text: String::new(),
                });
            }
            (Some(_), Some(block)) => blocks.push(block),
            (None, Some(mut block)) => {
                block.text += line;
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{page}: a block is not closed");
    blocks
}

/// What is in backticks outside of blocks.
fn quoted(text: &str) -> Vec<String> {
    let mut inside = false;
    let prose = text.lines().filter(|line| {
        let fence = line.starts_with("```");
        inside ^= fence;
        !inside && !fence
    });
    let prose = prose.collect::<Vec<_>>().join("\n");
    prose.split('`').skip(1).step_by(2).map(|span| span.replace('\n', " ").replace("\\|", "|")).collect()
}

/// The part of a page under a heading, up to the next one of the same kind.
fn section(page: &str, heading: &str) -> String {
    let text = text(page);
    let mut lines = text.lines().skip_while(|line| *line != heading);
    lines.next().unwrap_or_else(|| panic!("{page} has no {heading:?}"));
    lines.take_while(|line| !line.starts_with("## ")).collect::<Vec<_>>().join("\n")
}

/// The page of one test: a folder of its own, in which `docs` is where a reader has it.
struct Workspace {
    folder: tempfile::TempDir,
    /// How the last run ended.
    last: Option<i32>,
}

impl Workspace {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(repository().join("docs"), folder.path().join("docs")).unwrap();
        Self { folder, last: None }
    }

    /// Runs a command as a reader would, and says how it ended and what it printed.
    fn run(&self, line: &str) -> (i32, String) {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let mut command = Command::new(env!("CARGO_BIN_EXE_interregnum"));
        while let Some((name, value)) = words[0].split_once('=') {
            command.env(name, value);
            words.remove(0);
        }
        assert_eq!(words.remove(0), "interregnum", "{line}");
        let output = command.args(words).current_dir(self.folder.path()).env("CI", "1").output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        let code = output.status.code().unwrap_or_else(|| panic!("`{line}` was ended by a signal: {said}"));
        (code, said)
    }

    fn carry_out(&mut self, block: &Block, line: &str) {
        let place = &block.place;
        let (code, said) = self.run(line);
        assert!(!said.trim().is_empty(), "{place}: `{line}` says nothing");
        let runs = line.contains(" test ") || line.contains(" replay ");
        match block.words.iter().find_map(|word| word.strip_prefix("exit=")) {
            Some(wanted) => assert_eq!(code.to_string(), wanted, "{place}: `{line}`: {said}"),
            // A machine that is busy with other tests may starve a run, which is then unknown and never invalid.
            None if runs => assert!(code == 0 || code == 2, "{place}: `{line}` ended with {code}: {said}"),
            None if line.contains(" check ") => assert_eq!(Some(code), self.last, "{place}: `{line}`: {said}"),
            None => assert_eq!(code, 0, "{place}: `{line}`: {said}"),
        }
        if runs {
            self.last = Some(code);
        }
    }

    fn keep(&self, block: &Block) {
        let name = block.words.get(1).unwrap_or_else(|| panic!("{}: name the file", block.place));
        let torn = block.words.iter().any(|word| word == "torn");
        let text = if torn { block.text.trim_end() } else { &block.text };
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }
}

fn commands(block: &Block) -> impl Iterator<Item = &str> {
    assert!(!block.text.contains(['"', '\'', '\\', '$']), "{}: keep commands plain", block.place);
    block.text.lines().map(|line| line.split(" #").next().unwrap_or("").trim()).filter(|line| !line.is_empty())
}

fn not_run(page: &str, line: &str) -> bool {
    NOT_RUN.iter().any(|(on, command, _)| (*on, *command) == (page, line))
}

fn has_python() -> bool {
    Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Does what a page shows, from its first block to its last.
fn follow(page: &str) {
    let mut workspace = Workspace::new();
    for block in blocks(page) {
        match block.language.as_str() {
            "json" | "jsonl" if block.words.len() > 1 => workspace.keep(&block),
            "sh" => {
                for line in commands(&block).filter(|line| !not_run(page, line)) {
                    // Without Python its node cannot run, and then there is nothing yet that could be judged again.
                    let needs_python =
                        line.contains("pynode") || (line.contains("/latest") && workspace.last.is_none());
                    if has_python() || !needs_python {
                        workspace.carry_out(&block, line);
                    } else {
                        skipped::skipped(format!("python3 is not on PATH: {line}"));
                    }
                }
            }
            _ => {}
        }
    }
}

#[test]
fn the_commands_of_the_readme_work() {
    follow("README.md");
}

#[test]
fn the_commands_of_the_command_line_page_work() {
    follow("docs/command-line.md");
}

#[test]
fn the_commands_of_the_experiments_page_work() {
    follow("docs/experiments.md");
}

#[test]
fn the_commands_of_the_comparing_page_work() {
    follow("docs/compare.md");
}

#[test]
fn the_commands_of_the_machines_page_work() {
    follow("docs/machines.md");
}

#[test]
fn the_commands_of_the_history_page_work() {
    follow("docs/history.md");
}

#[test]
fn the_commands_of_the_networks_page_work() {
    follow("docs/networks.md");
}

#[test]
fn the_commands_of_the_node_contract_page_work() {
    follow("docs/node-contract.md");
}

#[test]
fn the_commands_of_the_reference_node_page_work() {
    follow("docs/node.md");
}

#[test]
fn the_commands_of_the_schedules_page_work() {
    follow("docs/schedules.md");
}

#[test]
fn the_commands_of_the_campaigns_page_work() {
    follow("docs/soak.md");
    follow("docs/search.md");
}

#[test]
fn the_commands_of_the_workloads_page_work() {
    follow("docs/workloads.md");
}

#[test]
fn the_commands_of_the_shrinking_page_work() {
    follow("docs/shrink.md");
}

#[test]
fn no_page_with_commands_is_left_out() {
    let this = std::fs::read_to_string(repository().join("harness/tests/docs.rs")).unwrap();
    for page in pages() {
        let has_commands = blocks(&page).iter().any(|block| block.language == "sh");
        assert_eq!(has_commands, this.contains(&format!("follow(\"{page}\")")), "{page}");
    }
}

#[test]
fn what_is_not_run_is_shown_and_could_be_run() {
    let makefile = text("Makefile");
    for (page, command, why) in NOT_RUN {
        let shown =
            blocks(page).iter().any(|block| block.language == "sh" && commands(block).any(|line| line == command));
        assert!(shown, "{page} does not show `{command}` ({why})");
    }
    for page in pages() {
        for block in blocks(&page).iter().filter(|block| block.language == "sh") {
            for line in commands(block).filter_map(|line| line.strip_prefix("make ")) {
                let target = line.split(' ').next().unwrap_or(line);
                assert!(makefile.contains(&format!("\n{target}: ")), "{}: the Makefile has no {target}", block.place);
                assert!(not_run(&page, &format!("make {line}")), "{}: make is not run from here", block.place);
            }
        }
    }
}

#[test]
fn every_command_line_in_the_text_is_one() {
    let mut seen = 0;
    for page in pages() {
        let text = text(&page);
        let lines = text.lines().map(|line| line.split(" #").next().unwrap_or("").trim().to_owned());
        let lines = lines.map(|line| line.split("  ").next().unwrap_or("").to_owned());
        for line in lines.chain(quoted(&text)).filter(|line| line.starts_with("interregnum ")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            // A command's bare name is a name, not a line to be typed.
            if words.len() == 2 && Cli::command().find_subcommand(words[1]).is_some()
                || PATTERNS.contains(&line.as_str())
            {
                continue;
            }
            let parsed = Cli::try_parse_from(words);
            assert!(parsed.is_ok(), "{page}: `{line}`: {}", parsed.unwrap_err());
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen} command lines were found");
}

#[test]
fn every_block_that_is_data_is_what_it_is_said_to_be() {
    for page in pages() {
        for block in blocks(&page) {
            let (place, text) = (&block.place, block.text.as_str());
            let first = block.words.first().map_or("", String::as_str);
            match (block.language.as_str(), first) {
                ("sh", _) => assert!(commands(&block).count() > 0, "{place} is empty"),
                ("jsonl", "history") => assert!(events_of(text, place) > 1, "{place} has no events"),
                ("json", "schedule") => {
                    let schedule = Schedule::from_json(text).unwrap_or_else(|error| panic!("{place}: {error}"));
                    assert!(!schedule.steps.is_empty(), "{place}");
                }
                ("json", "faults") => each_line::<Fault>(text, place),
                ("json", "contract") => {
                    for line in text.lines() {
                        let reading = read_contract(line.as_bytes());
                        assert!(matches!(reading, Reading::Event(..)), "{place}: {line} is {reading:?}");
                    }
                }
                ("toml", "") => {
                    let rest = PIECES.iter().find(|(on, first, _)| *on == page && text.starts_with(first));
                    let whole = rest.map_or(String::new(), |(_, _, rest)| (*rest).to_owned()) + text;
                    System::parse(place, &whole).unwrap_or_else(|error| panic!("{place}: {error}"));
                }
                ("toml" | "python", file) if !file.is_empty() => {
                    assert!(self::text(file).contains(text), "{place}: this does not stand in {file}");
                }
                (language, _) => panic!("{place}: nothing is known of blocks marked {language:?} {:?}", block.words),
            }
        }
    }
}

fn events_of(text: &str, place: &str) -> usize {
    let mut reader = Reader::new(text.trim_end().as_bytes()).unwrap_or_else(|error| panic!("{place}: {error}"));
    let mut events = 0;
    while reader.next_event().unwrap_or_else(|error| panic!("{place}: {error}")).is_some() {
        events += 1;
    }
    events
}

fn each_line<T: serde::de::DeserializeOwned>(text: &str, place: &str) {
    for line in text.lines() {
        serde_json::from_str::<T>(line).map(drop).unwrap_or_else(|error| panic!("{place}: {line}: {error}"));
    }
}

/// The anchor that a heading has on the web.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut seen = 0;
    for page in pages() {
        let text = text(&page);
        let folder = repository().join(&page).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") {
                continue;
            }
            let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { repository().join(&page) } else { folder.join(file) };
            assert!(target.exists(), "{page} links to {link}, which is not there");
            if !fragment.is_empty() {
                let target = std::fs::read_to_string(&target).unwrap();
                let found = target.lines().any(|line| line.starts_with('#') && anchor(line) == fragment);
                assert!(found, "{page} links to {link}, which has no such heading");
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen} links were found");
}

#[test]
fn every_page_is_in_the_index() {
    let index = text("docs/README.md");
    for page in pages() {
        let name = page.trim_start_matches("docs/");
        assert!(page == "docs/README.md" || index.contains(&format!("{name})")), "docs/README.md does not link {page}");
    }
}
