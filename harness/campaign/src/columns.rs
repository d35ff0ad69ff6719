//! Tables for a terminal.

use history::Verdict;
use reports::text::duration;

/// Rows as lines of a table: the first `left` columns begin at the left, the others end at the right. `paint` may colour a cell,
/// by its row and its column.
pub(crate) fn lines<const N: usize>(
    rows: &[[String; N]],
    left: usize,
    paint: impl Fn(usize, usize, &str) -> String,
) -> Vec<String> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |(number, row): (usize, &[String; N])| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (text, width))| {
            let space = " ".repeat(width.saturating_sub(text.chars().count()));
            let text = paint(number, column, text);
            if column < left { format!("{text}{space}") } else { format!("{space}{text}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().enumerate().map(line).collect()
}

/// A text in the colour of a verdict; none: of a run that has none.
pub(crate) fn coloured(text: &str, verdict: Option<Verdict>) -> String {
    let code = match verdict {
        Some(Verdict::Valid) => 32,
        Some(Verdict::Invalid) => 31,
        Some(Verdict::Unknown) | None => 33,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// A time in a cell.
pub(crate) fn time(value: Option<u64>) -> String {
    value.map_or("-".to_owned(), duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_at_the_left_and_numbers_end_at_the_right() {
        let rows = [["RUN", "TOOK"], ["chaos-1", "5 s"]].map(|row| row.map(str::to_owned));
        assert_eq!(lines(&rows, 1, |_, _, text| text.to_owned()), ["RUN      TOOK", "chaos-1   5 s"]);
        let painted = lines(&rows, 1, |row, _, text| if row == 1 { coloured(text, None) } else { text.to_owned() });
        assert_eq!(painted[1], "\u{1b}[33mchaos-1\u{1b}[0m   \u{1b}[33m5 s\u{1b}[0m");
    }
}
