//! The pages for people who change the code say what is so: a recipe of CONTRIBUTING is carried out on a copy of the tree, and
//! the files that the recipes and the drawing name are there.
//!
//! A recipe rots as any example does: a file moves, a type gets another name, one more table wants a row. So the recipe for a
//! checker is whole. Its code blocks are applied as they stand to a copy of the crates that they touch; then the tests that the
//! recipe names must pass there. A block says in the words after its fence which file it is about:
//!
//! | fence | is |
//! | --- | --- |
//! | `rust FILE` | a new file |
//! | `diff FILE` | changes of a file: lines kept (` `), added (`+`), removed (`-`); `@@` stands between two places |
//!
//! It is always tried that the blocks fit the tree. The copy is compiled where `make recipe` asks for it: that takes a minute the
//! first time. The copy and what is built of it stay under the target folder.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "recipe/named.rs"]
mod named;
#[path = "../../harness/tests/skipped/mod.rs"]
mod skipped;
#[path = "recipe/tree.rs"]
mod tree;

use tree::Tree;

const PAGE: &str = "CONTRIBUTING.md";

/// The recipe that is carried out.
const RECIPE: &str = "## A checker";

/// What the recipe touches, and what that and its tests need to be compiled. The pages are among it because crates and their tests read them.
const COPIED: [&str; 7] = ["workloads", "checkers", "reports", "harness/campaign", "docs", "clippy.toml", "Cargo.lock"];

/// The crates of the copy.
const MEMBERS: &str = r#"members = ["workloads", "checkers", "checkers/history", "reports", "harness/campaign"]"#;

/// The tests that hold a checker, beside those of the command line's own documentation: the manifest, and what cargo is told.
const TESTS: [(&str, &[&str]); 2] = [
    ("checkers/Cargo.toml", &["--test", "safety", "--test", "docs"]),
    ("checkers/history/Cargo.toml", &["--test", "codes", "--lib"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A fenced block that is about a file.
struct Block {
    line: usize,
    is_new: bool,
    file: String,
    text: String,
}

/// The blocks of a section of a page.
fn blocks(page: &str, heading: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut is_within, mut is_code, mut is_taken) = (false, false, false);
    for (number, line) in page.lines().enumerate() {
        if let Some(fence) = line.strip_prefix("```") {
            is_code = !is_code;
            let named = fence.split_once(' ').filter(|_| is_code && is_within);
            is_taken = named.is_some();
            blocks.extend(named.map(|(language, file)| {
                assert!(["rust", "diff"].contains(&language), "{PAGE}:{}: {fence}", number + 1);
                let (is_new, file) = (language == "rust", file.to_owned());
                Block { line: number + 1, is_new, file, text: String::new() }
            }));
        } else if let Some(block) = blocks.last_mut().filter(|_| is_taken) {
            block.text.extend([line, "\n"]);
        } else if !is_code && line.starts_with("## ") {
            is_within = line == heading;
        }
    }
    blocks
}

/// A text after the changes of a diff; or which place is not in it, or there twice.
fn changed(text: &str, diff: &str) -> Result<String, String> {
    let mut text = text.to_owned();
    for place in diff.split("@@\n") {
        let side = |other: char| -> String {
            let kept = place.lines().filter(|line| !line.starts_with(other));
            kept.map(|line| line.get(1..).unwrap_or_default().to_owned() + "\n").collect()
        };
        let (before, after) = (side('+'), side('-'));
        match text.matches(&before).count() {
            1 => text = text.replacen(&before, &after, 1),
            found => return Err(format!("{found} places have:\n{before}")),
        }
    }
    Ok(text)
}

/// The tree as the recipe leaves it.
fn followed(mut tree: Tree) -> Tree {
    let blocks = blocks(&tree::read(&root().join(PAGE)), RECIPE);
    assert!(blocks.len() >= 3, "the recipe has blocks");
    for Block { line, is_new, file, text } in blocks {
        let before = tree.get(&file);
        let after = match (is_new, before) {
            (true, None) => text,
            (false, Some(before)) => {
                changed(before, &text).unwrap_or_else(|why| panic!("{PAGE}:{line}: in {file}, {why}"))
            }
            (true, Some(_)) => panic!("{PAGE}:{line}: {file} is there already"),
            (false, None) => panic!("{PAGE}:{line}: there is no {file}"),
        };
        tree.put(&file, after);
    }
    tree
}

/// What is copied, as it is now.
fn copied() -> Tree {
    let mut tree = Tree::read(&root(), &COPIED);
    let manifest = tree::read(&root().join("Cargo.toml"));
    let members = |line: &str| if line.starts_with("members = ") { MEMBERS.to_owned() } else { line.to_owned() };
    tree.put("Cargo.toml", manifest.lines().map(|line| members(line) + "\n").collect());
    tree
}

#[test]
fn the_blocks_of_the_recipe_for_a_checker_fit_the_tree() {
    let tree = followed(copied());
    let before = copied();
    let changed: Vec<&String> = tree.files().filter(|file| before.get(file) != tree.get(file)).collect();
    assert!(changed.iter().any(|file| before.get(file).is_none()), "a new file: {changed:?}");
    let code = changed.iter().filter(|file| file.contains("/src/")).count();
    assert!(code <= 3, "a checker is its own file, its place among the others, and its words: {changed:?}");
}

#[test]
fn a_checker_written_by_the_recipe_is_compiled_and_passes_the_tests_that_the_recipe_names() {
    if std::env::var_os("INTERREGNUM_RECIPES").is_none_or(|how| how != "all") {
        return skipped::left("it compiles a copy of five crates; `make recipe` does it");
    }
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recipe");
    followed(copied()).write(&place.join("tree"));
    let mut passed = String::new();
    for (manifest, what) in TESTS {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
        cargo.args(["test", "--offline", "--manifest-path"]).arg(place.join("tree").join(manifest)).args(what);
        // The copy is not looked at with a debugger.
        cargo.env("CARGO_TARGET_DIR", place.join("target")).env("CARGO_PROFILE_DEV_DEBUG", "0");
        let ended = cargo.output().unwrap();
        let said = String::from_utf8_lossy(&ended.stdout);
        let errors = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{manifest} {what:?}: {said}\n{errors}");
        passed += &said;
    }
    let new =
        blocks(&tree::read(&root().join(PAGE)), RECIPE).into_iter().filter(|block| block.file.contains("/tests/"));
    for test in new.filter(|block| block.is_new).flat_map(|block| named::tests(&block.text)) {
        assert!(passed.contains(&format!("::{test} ... ok")), "{test} was not run: {passed}");
    }
}

#[test]
fn a_change_is_made_only_where_its_place_is_there_once() {
    let diff = " one\n+and a half\n two\n@@\n-three\n+four\n";
    assert_eq!(changed("one\ntwo\nthree\n", diff).unwrap(), "one\nand a half\ntwo\nfour\n");
    assert!(changed("one\n\ntwo\nthree\n", diff).is_err(), "the first place is not there");
    assert!(changed("one\ntwo\nthree\nthree\n", diff).is_err(), "the second is there twice");
}

#[test]
fn blocks_are_those_of_one_section() {
    let page = "## A\n```rust a.rs\nx\n```\n```sh\ny\n```\n## B\n```diff b.rs\n z\n```\n";
    let of =
        |heading| blocks(page, heading).into_iter().map(|block| (block.line, block.is_new, block.file, block.text));
    assert_eq!(of("## A").collect::<Vec<_>>(), [(2, true, "a.rs".to_owned(), "x\n".to_owned())]);
    assert_eq!(of("## B").collect::<Vec<_>>(), [(9, false, "b.rs".to_owned(), " z\n".to_owned())]);
}
