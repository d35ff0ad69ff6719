//! The table that a terminal shows when a batch is done.

use history::Verdict;

use super::{BatchVerdict, Row};
use reports::text::{clean, duration, name};

const HEADS: [&str; 8] = ["RUN", "VERDICT", "SEED", "ELECTIONS", "WINDOWS", "P50", "LONGEST", "TOOK"];
/// Columns whose values are numbers.
const RIGHT: [bool; 8] = [false, false, true, true, true, true, true, true];

/// The runs as a table with a sentence below; a run that is not valid has its own sentence under its line. With
/// `colour` the verdict is coloured by ANSI escapes (the caller asks the terminal and `NO_COLOR`).
pub fn table(rows: &[Row], colour: bool) -> String {
    let lines: Vec<[String; 8]> = rows.iter().map(cells).collect();
    let mut widths = HEADS.map(|head| head.chars().count());
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    push(&mut out, &HEADS.map(str::to_owned), &widths, None);
    for (row, line) in rows.iter().zip(&lines) {
        push(&mut out, line, &widths, colour.then_some(row.verdict));
        if row.verdict != Some(Verdict::Valid) && !row.sentence.is_empty() {
            out.push_str(&format!("    {}\n", clean(&row.sentence, 200)));
        }
    }
    out.push_str(&format!("\n{}\n", BatchVerdict::of(rows).sentence));
    out
}

fn cells(row: &Row) -> [String; 8] {
    let time = |value: Option<u64>| value.map_or("-".to_owned(), duration);
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

fn push(out: &mut String, cells: &[String; 8], widths: &[usize; 8], verdict: Option<Option<Verdict>>) {
    let mut line = String::new();
    for (index, ((cell, width), right)) in cells.iter().zip(widths).zip(RIGHT).enumerate() {
        let space = " ".repeat(width.saturating_sub(cell.chars().count()));
        let cell = match verdict {
            Some(verdict) if index == 1 => format!("\u{1b}[{}m{cell}\u{1b}[0m", code(verdict)),
            _ => cell.clone(),
        };
        line.push_str(&if right { format!("{space}{cell}") } else { format!("{cell}{space}") });
        line.push_str("  ");
    }
    out.push_str(line.trim_end());
    out.push('\n');
}

fn code(verdict: Option<Verdict>) -> u8 {
    match verdict {
        Some(Verdict::Valid) => 32,
        Some(Verdict::Invalid) => 31,
        Some(Verdict::Unknown) | None => 33,
    }
}
