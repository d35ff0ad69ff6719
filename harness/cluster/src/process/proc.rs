//! What /proc tells about a process: whose child it is, in which group and state, how many threads it has.

use std::fs;

/// The entries of a folder that are numbers: processes, or threads.
pub(crate) fn numbers(dir: &str) -> Vec<u32> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The fields of /proc/PID/stat that matter here.
pub(crate) struct Stat {
    /// `R`, `S`, `D`, `T`, `Z` …
    pub(crate) state: char,
    pub(crate) parent: u32,
    /// The process group.
    pub(crate) group: u32,
    /// How many threads it has.
    pub(crate) threads: u32,
}

impl Stat {
    pub(crate) fn of(path: &str) -> Option<Self> {
        Self::parse(&fs::read_to_string(path).ok()?)
    }

    /// The program's name, in parentheses, may itself hold spaces and parentheses: fields are counted after the last.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut fields = line.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?.chars().next()?;
        let (parent, group) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(Self { state, parent, group, threads: fields.nth(14)?.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::Stat;

    #[test]
    fn a_name_with_spaces_and_parentheses_does_not_shift_the_fields() {
        let stat = Stat::parse("4711 (a) b (c)) T 12 34 34 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 12345 0").unwrap();
        assert_eq!((stat.state, stat.parent, stat.group, stat.threads), ('T', 12, 34, 9));
    }
}
