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
