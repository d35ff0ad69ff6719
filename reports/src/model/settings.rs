//! The settings of a system with which a run differs from most runs of it.
//!
//! `run.json` has what was asked for, and the system's file beside it has what is usual. A setting that is asked for and usual is left
//! out. The file is read line by line and for this alone: what is not understood stays in the list.

use std::fs;
use std::path::Path;

use crate::asked::{SYSTEM, run_of};
use crate::text;

/// The settings of the run in a folder; none where nothing says what was asked for.
pub(super) fn read(run_dir: &Path) -> Vec<String> {
    let Some(asked) = run_of(run_dir) else { return Vec::new() };
    let system = fs::read_to_string(run_dir.join(SYSTEM)).unwrap_or_default();
    unusual(&asked.set, &system)
}

fn unusual(asked: &[String], system: &str) -> Vec<String> {
    let usual = usual(system);
    let is_usual = |setting: &str| setting.split_once('=').is_some_and(|setting| usual.contains(&setting));
    // Of several settings of one parameter the last holds.
    let key = |setting: &str| setting.split('=').next().unwrap_or_default().to_owned();
    let holds = |(at, setting): &(usize, &String)| asked[at + 1..].iter().all(|later| key(later) != key(setting));
    let all = asked.iter().enumerate().filter(holds).map(|(_, setting)| setting);
    all.filter(|setting| !is_usual(setting)).map(|setting| text::clean(setting, 80)).collect()
}

/// The lines `name = "value"` of the section `[params]`.
fn usual(system: &str) -> Vec<(&str, &str)> {
    let section = system.lines().map(str::trim).skip_while(|line| *line != "[params]").skip(1);
    let section = section.take_while(|line| !line.starts_with('['));
    let value = |text: &str| {
        let end = text.strip_prefix('"')?.find('"')?;
        Some((end, !text[1..=end].contains('\\')))
    };
    section
        .filter_map(|line| {
            let (name, text) = line.split_once('=')?;
            let (name, text) = (name.trim(), text.trim());
            value(text).filter(|(_, plain)| *plain).map(|(end, _)| (name, &text[1..=end]))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEM: &str = "name = \"x\"\n[params]\nprevote = \"false\"  # thesis, 9.6\n\nlog=\"0/0\"\nas = \"\"\nodd = 'x'\n[node]\nshow = \"all\"\n";

    fn of(asked: &[&str]) -> Vec<String> {
        unusual(&asked.iter().map(|setting| (*setting).to_owned()).collect::<Vec<_>>(), SYSTEM)
    }

    #[test]
    fn what_is_usual_is_left_out_and_what_is_not_understood_is_told() {
        assert_eq!(of(&["prevote=true", "log=0/0", "n1.log=0/0", "as="]), ["prevote=true", "n1.log=0/0"]);
        assert_eq!(of(&["odd=x", "show=all", "strange"]), ["odd=x", "show=all", "strange"]);
        assert_eq!(unusual(&["a=b".to_owned()], ""), ["a=b"], "without the file nothing is usual");
    }

    #[test]
    fn the_last_setting_of_a_parameter_holds() {
        assert_eq!(of(&["prevote=true", "log=1/5", "prevote=false"]), ["log=1/5"]);
    }

    #[test]
    fn a_folder_without_a_description_has_none() {
        assert_eq!(read(Path::new("/no/such/folder")), Vec::<String>::new());
    }
}
