//! The tables that the documentation shows of faults and split votes are those that the programs read.

use std::path::Path;

use workloads::bound::split_vote;
use workloads::fault::{Descriptor, KINDS, Sphere, UNKNOWN};

fn page(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name))
        .expect("the documentation is there")
}

fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|word| Some(word.as_str()?.to_owned())).expect("a word")
}

fn row(kind: &Descriptor) -> String {
    let names = match kind.acts_on {
        Sphere::Unknown => "any other".to_owned(),
        _ => [kind.word].iter().chain(kind.also).map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
    };
    let certain = if kind.certain { "yes" } else { "no" };
    let breaks = match kind.breaks {
        Some(breaks) if breaks.only_mended => format!("`{}` (only with `mended`) ", breaks.survives),
        Some(breaks) if breaks.only_unplugged => format!("`{}` (only with `power_cut`) ", breaks.survives),
        Some(breaks) => format!("`{}` ", breaks.survives),
        None => String::new(),
    };
    format!("| {names} | {} | {} | {certain} | {breaks}|", word(kind.acts_on), word(kind.ends))
}

#[test]
fn the_page_of_the_history_says_of_every_kind_what_the_checkers_take_it_to_mean() {
    let page = page("history.md");
    let mut place = 0;
    for kind in KINDS.iter().chain([&UNKNOWN]) {
        let row = row(kind);
        let found =
            page[place..].find(&row).unwrap_or_else(|| panic!("docs/history.md lacks, or has elsewhere: {row}"));
        place += found + row.len();
    }
}

#[test]
fn every_kind_of_a_schedule_and_every_claim_to_survive_one_is_in_the_documentation() {
    let (schedules, systems) = (page("schedules.md"), page("system-files.md"));
    for kind in KINDS.iter().filter(|kind| kind.kind.is_some()) {
        assert!(schedules.contains(&format!("| `{}` |", kind.word)), "{}", kind.word);
    }
    for claim in Descriptor::survivals() {
        assert!(systems.contains(&format!("`\"{claim}\"`")), "{claim}");
    }
}

#[test]
fn the_page_of_the_architecture_has_the_split_votes_that_the_bound_is_derived_from() {
    let page = page("architecture.md");
    let share = |down: usize, l: f64| {
        let percent = 100.0 * split_vote(5, 5 - down, l);
        if percent < 1.0 { format!("{percent:.2} %") } else { format!("{percent:.1} %") }
    };
    for (down, least) in [(1, 0.01), (2, 0.1)] {
        let shares = [0.01, 0.1, 0.2].map(|l| if l < least { String::new() } else { share(down, l) });
        let row = format!("| 5 | {down} | {} |", shares.join(" | ")).replace("|  |", "| |");
        assert!(page.contains(&row), "docs/architecture.md should have {row}");
    }
}
