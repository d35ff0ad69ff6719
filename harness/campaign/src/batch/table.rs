//! The table that a terminal shows when a batch is done.

use history::Verdict;

use super::{BatchRow, BatchVerdict};
use crate::columns::{coloured, lines, time};
use reports::text::{clean, duration, name};

const HEADS: [&str; 8] = ["RUN", "VERDICT", "SEED", "ELECTIONS", "WINDOWS", "P50", "LONGEST", "TOOK"];

/// The runs as a table with a sentence below; a run that is not valid has its own sentence under its line. With
/// `colour` the verdict is coloured by ANSI escapes (the caller asks the terminal and `NO_COLOR`).
pub fn table(rows: &[BatchRow], colour: bool) -> String {
    let cells: Vec<[String; 8]> = std::iter::once(HEADS.map(str::to_owned)).chain(rows.iter().map(cells)).collect();
    let paint = |line: usize, column: usize, text: &str| match line.checked_sub(1).and_then(|run| rows.get(run)) {
        Some(row) if colour && column == 1 => coloured(text, row.verdict),
        _ => text.to_owned(),
    };
    let mut out = String::new();
    for (number, line) in lines(&cells, 2, paint).into_iter().enumerate() {
        out.push_str(&line);
        out.push('\n');
        let row = number.checked_sub(1).and_then(|run| rows.get(run));
        if let Some(row) = row.filter(|row| row.verdict != Some(Verdict::Valid) && !row.sentence.is_empty()) {
            out.push_str(&format!("    {}\n", clean(&row.sentence, 200)));
        }
    }
    out.push_str(&format!("\n{}\n", BatchVerdict::of(rows).sentence));
    out
}

fn cells(row: &BatchRow) -> [String; 8] {
    [
        name(&row.name),
        row.verdict.map_or("none", Verdict::as_str).to_owned(),
        row.seed.map_or("-".to_owned(), |seed| seed.to_string()),
        row.elections.to_string(),
        row.windows_passed.to_string(),
        time(row.p50),
        time(row.longest),
        duration(row.duration),
    ]
}
