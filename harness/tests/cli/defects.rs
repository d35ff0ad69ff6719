//! The detection plan knows the bugs that the node has. The harness does not know the node, so both lists are compared here.

use std::path::Path;
use std::process::Command;

use experiments::detection::plan::{DEFECTS, NOT_RUN};
use serde_json::Value;

#[test]
fn the_detection_plan_has_every_bug_of_the_node_and_what_the_node_says_of_it() {
    let node = Path::new(env!("CARGO_BIN_EXE_interregnum")).with_file_name("interregnum-node");
    let listed = Command::new(&node).args(["--list-defects", "--format", "json"]).output();
    let listed = listed.unwrap_or_else(|error| panic!("{}: {error}; cargo build --workspace --bins", node.display()));
    let listed: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
    let word = |defect: &Value, field: &str| defect[field].as_str().unwrap_or_default().to_owned();
    let (run, not_run): (Vec<&Value>, Vec<&Value>) = listed.iter().partition(|defect| defect["runnable"] == true);
    let of_node: Vec<_> = run.iter().map(|d| (word(d, "name"), word(d, "claim"), word(d, "checker"))).collect();
    let of_plan: Vec<_> =
        DEFECTS.iter().map(|d| (d.name.to_owned(), d.claim.to_owned(), d.checker.to_owned())).collect();
    assert_eq!(of_plan, of_node);
    let of_node: Vec<_> = not_run.iter().map(|d| (word(d, "name"), word(d, "why"))).collect();
    let of_plan: Vec<_> = NOT_RUN.iter().map(|(name, why)| ((*name).to_owned(), (*why).to_owned())).collect();
    assert_eq!(of_plan, of_node);
}
