//! The table of checkers that the documentation shows is the one that the programs read.

use std::path::Path;

use checkers::judge::{CHECKERS, Descriptor, LIVENESS, SAFETY, TRUST};

#[test]
fn the_page_of_the_checkers_has_the_table_row_by_row_and_in_order() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/checkers.md")).unwrap();
    let row = |checker: &&Descriptor| {
        let Descriptor { name, kind, claims, needs, .. } = checker;
        format!("| [`{name}`](#{name}) | {} | {claims} | {needs} |\n", kind.as_str())
    };
    let table: String = CHECKERS.iter().map(row).collect();
    assert!(page.contains(&table), "docs/checkers.md should have these rows:\n{table}");
}

#[test]
fn every_checker_has_one_row_and_the_kinds_stand_together() {
    let names: Vec<&str> = CHECKERS.iter().map(|checker| checker.name).collect();
    assert_eq!(names, [&SAFETY[..], &LIVENESS, &TRUST].concat());
    for name in names {
        assert_eq!(CHECKERS.iter().filter(|checker| checker.name == name).count(), 1, "{name}");
        assert_eq!(Descriptor::of(name).map(|checker| checker.name), Some(name));
    }
    assert!(Descriptor::of("vote-twice").is_none());
}
