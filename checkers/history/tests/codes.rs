//! The tables of codes in `docs/verdict.md` are those of the code.

use std::collections::BTreeSet;
use std::path::Path;

use history::finding::{Finding, Lack, Reservation, Statement, Trouble, Unjudged};
use history::words::title;

fn documentation() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verdict.md");
    std::fs::read_to_string(path).expect("the documentation is there")
}

/// The code and the meaning of each row of the table under a heading.
fn rows(text: &str, heading: &str) -> Vec<(String, String)> {
    let section = text.split(&format!("\n### {heading}\n")).nth(1).unwrap_or_else(|| panic!("no section {heading}"));
    let section = section.split("\n#").next().expect("a section has a beginning");
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `"));
    cells
        .map(|line| {
            let mut cells = line.split(" | ");
            let code = cells.next().expect("a row has a code").trim_end_matches('`');
            (code.to_owned(), cells.next().expect("a row has a meaning").trim_end_matches(" |").to_owned())
        })
        .collect()
}

#[test]
fn the_tables_of_codes_in_the_documentation_are_those_of_the_code() {
    let text = documentation();
    for (heading, codes) in [
        ("Findings", Finding::CODES),
        ("Statements", Statement::CODES),
        ("What was lacking", Lack::CODES),
        ("Reservations", Reservation::CODES),
        ("Troubles of the harness", Trouble::CODES),
    ] {
        let rows = rows(&text, heading);
        let documented: BTreeSet<&str> = rows.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(documented, codes.iter().copied().collect(), "{heading}");
        assert_eq!(rows.len(), codes.len(), "{heading}: each once");
        for (code, meaning) in &rows {
            assert_eq!(Some(meaning.as_str()), title(code), "{code}");
        }
    }
    for why in Unjudged::CODES {
        assert!(text.contains(&format!("`{why}`")), "the reason {why} is not in the documentation");
    }
}
