//! The table that the documentation shows of partial networks is the one that the experiment reads.

use std::path::Path;

use experiments::topologies::plan::{Expected, TOPOLOGIES, Topology};

#[test]
fn the_page_of_the_architecture_has_what_the_model_expects_of_each_topology() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/architecture.md");
    let page = std::fs::read_to_string(page).expect("the documentation is there");
    let cell = |expected: &Expected| match *expected {
        Expected::Stable => "stable".to_owned(),
        Expected::Flapping(available, leaders) => format!("{:.0} %, {leaders:.0}", 100.0 * available),
        Expected::Deadlock => "deadlock".to_owned(),
        Expected::Recovers(least, most) if least == most => format!("{least} ms"),
        Expected::Recovers(least, most) => format!("{least}–{most} ms"),
    };
    let row = |topology: &Topology| {
        format!("| {} | {} |\n", topology.title, topology.expected.each_ref().map(cell).join(" | "))
    };
    let table: String = TOPOLOGIES.iter().map(row).collect();
    assert!(page.contains(&table), "docs/architecture.md should have these rows:\n{table}");
}

#[test]
fn the_score_card_of_the_page_is_what_findability_reads() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/experiments.md");
    let page = std::fs::read_to_string(page).expect("the documentation is there");
    let (_, card) = page.split_once("### Score card").expect("it has a score card");
    let (card, _) = card.split_once("\n## ").expect("and something after it");
    let mut told = Vec::new();
    for row in card.lines().filter(|line| line.starts_with("| `")) {
        let columns: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let found = columns.iter().find_map(|column| {
            let (found, of) = column.split_once(" of ")?;
            Some((found.parse::<u64>().ok()?, of.parse::<u64>().ok()?))
        });
        let (found, of) = found.expect(row);
        for name in columns[0].split(", ") {
            told.push((name.trim_matches('`').to_owned(), found, of));
        }
    }
    let measured: Vec<_> =
        campaign::findability::measured().iter().map(|bug| (bug.defect.clone(), bug.found, bug.runs)).collect();
    assert_eq!(measured, told, "harness/campaign/src/measured.json and docs/experiments.md say different things");
    let planted: Vec<&str> = experiments::detection::plan::DEFECTS.iter().map(|defect| defect.name).collect();
    assert!(measured.iter().all(|(name, ..)| planted.contains(&name.as_str())) && measured.len() == planted.len());
}
