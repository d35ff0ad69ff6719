//! What the table at the start says of each file.

use super::read::FileRead;
use super::stamp::{self, Stamp};

#[derive(Debug, Clone)]
pub struct Row {
    /// Whose it is; none: of several nodes.
    pub node: Option<String>,
    /// As it was given.
    pub file: String,
    /// What stood before the lines.
    pub prefix: String,
    /// How the lines were read.
    pub format: String,
    /// What its stamps say of the zone.
    pub zone: &'static str,
    /// The first and the last stamp.
    pub times: [Option<Stamp>; 2],
    pub lines: u64,
    /// How many of them mean something.
    pub meant: u64,
    /// The ids by which its node calls itself.
    pub ids: Vec<String>,
}

impl Row {
    /// Of a file that has been read.
    pub fn of(file: &FileRead, node: Option<&str>, format: &str) -> Self {
        let mut layers = file.layers.clone();
        if file.backwards {
            layers.push("newest first".to_owned());
        }
        Self {
            node: node.map(str::to_owned),
            file: file.name.clone(),
            prefix: if layers.is_empty() { "none".to_owned() } else { layers.join(", ") },
            format: format.to_owned(),
            zone: match file.zones {
                [true, false] => "told",
                [false, true] => "not told",
                [true, true] => "told by some",
                [false, false] => "no stamps",
            },
            times: [file.first, file.last],
            lines: file.lines,
            meant: file.meant,
            ids: Vec::new(),
        }
    }

    fn cells(&self) -> [String; 8] {
        let time = |stamp: &Option<Stamp>| match stamp {
            Some(stamp) if stamp.year => stamp::shown(stamp.nanos),
            Some(stamp) => stamp::shown(stamp.nanos)[5..].to_owned(),
            None => "-".to_owned(),
        };
        let share = if self.lines == 0 { 0.0 } else { self.meant as f64 * 100.0 / self.lines as f64 };
        let ids = if self.ids.is_empty() { "-".to_owned() } else { self.ids.join(", ") };
        let node = self.node.clone().unwrap_or_else(|| "(several)".to_owned());
        let meant = format!("{} of {} ({share:.1} %)", self.meant, self.lines);
        [
            node,
            self.file.clone(),
            self.prefix.clone(),
            self.zone.to_owned(),
            time(&self.times[0]),
            time(&self.times[1]),
            meant,
            ids,
        ]
    }
}

const TITLES: [&str; 8] =
    ["node", "file", "prefix", "zone", "first stamp", "last stamp", "lines that mean something", "ids"];

/// The table, for people.
pub fn text(rows: &[Row]) -> String {
    let cells: Vec<[String; 8]> =
        std::iter::once(TITLES.map(str::to_owned)).chain(rows.iter().map(Row::cells)).collect();
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..8).map(width).collect();
    let line = |row: &[String; 8]| {
        let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    cells.iter().map(line).collect::<Vec<_>>().join("\n")
}
