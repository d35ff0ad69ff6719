use campaign::results::{Digest, RunId};
use history::Verdict;

use super::*;

const SECOND: u64 = 1_000_000_000;

fn experiment() -> Experiment {
    crate::find("topologies").unwrap().experiment(8)
}

fn entry(cell: &str, held: Option<Held>) -> Entry {
    Entry {
        search: None,
        version: None,
        unit: RunId::default(),
        cell: cell.to_owned(),
        run: format!("{cell}-1"),
        began: String::new(),
        duration: 1,
        exit: 0,
        verdict: Some(Verdict::Valid),
        sentence: String::new(),
        gist: Default::default(),
        network: String::new(),
        failures: Vec::new(),
        digest: Digest { held, ..Digest::default() },
        folder: None,
    }
}

/// A minute with a leader for `led` seconds, and so many new ones.
fn held(leader: &str, led: u64, leaders: u64) -> Held {
    Held {
        to: 60 * SECOND,
        led: led * SECOND,
        leader_before: Some(leader.to_owned()),
        leaders,
        recovery: (led > 0).then_some(0),
        without_at_end: if led == 0 { 60 * SECOND } else { 0 },
        ..Held::default()
    }
}

fn results(entries: &[Entry]) -> (Topologies, Drawn) {
    let (mut page, experiment) = (Topologies::default(), experiment());
    for entry in entries {
        let at = experiment.find(&entry.cell).unwrap();
        page.add(&experiment.cells[at], entry);
    }
    let drawn = page.draw(&experiment).unwrap();
    (page, drawn)
}

fn cell<'a>(drawn: &'a Drawn, topology: &str, variant: &str) -> &'a serde_json::Value {
    let cells = drawn.numbers["cells"].as_array().unwrap();
    cells.iter().find(|cell| cell["topology"] == topology && cell["variant"] == variant).unwrap()
}

fn agrees(id: &str, runs: &[Held]) -> Option<bool> {
    let entries: Vec<Entry> = runs.iter().map(|held| entry(id, Some(held.clone()))).collect();
    let (topology, variant) = id.split_once('/').unwrap();
    cell(&results(&entries).1, topology, variant)["agrees"].as_bool()
}

#[test]
fn a_cell_agrees_by_the_rule_of_its_kind() {
    let steady = Held { led_on: true, ..held("n1", 60, 0) };
    assert_eq!(agrees("one-link/prevote", &[steady.clone(), steady.clone()]), Some(true));
    assert_eq!(agrees("one-link/prevote", &[held("n1", 60, 5)]), Some(false), "changes for nothing");
    assert_eq!(agrees("one-link/vanilla", &[held("n1", 59, 220)]), Some(true));
    assert_eq!(agrees("one-link/vanilla", &[held("n1", 59, 20)]), Some(false), "too few changes");
    assert_eq!(agrees("one-link/vanilla", &[held("n1", 40, 220)]), Some(false), "too little availability");
    let dead = held("n4", 0, 0);
    assert_eq!(agrees("ha-2/prevote", &vec![dead.clone(); 4]), Some(true));
    assert_eq!(
        agrees("ha-2/prevote", &[dead.clone(), held("n4", 60, 1)]),
        Some(false),
        "a deadlock in half of the runs"
    );
    let late = |ms: u64| Held { recovery: Some(ms * 1_000_000), ..held("n4", 59, 1) };
    assert_eq!(agrees("ha-2/vanilla", &[late(200), late(300)]), Some(true));
    assert_eq!(agrees("ha-2/vanilla", &[late(2_000), late(2_001)]), Some(false), "far too late");
    assert_eq!(agrees("ha-2/vanilla", &[late(250), dead]), Some(false), "a deadlock in one run is one too many");
}

#[test]
fn runs_with_another_leader_are_left_out_and_counted() {
    let (_, drawn) = results(&[
        entry("ha-1/prevote", Some(held("n3", 60, 0))),
        entry("ha-1/prevote", Some(held("n1", 60, 0))),
        entry("ha-1/prevote", None),
    ]);
    let cell = cell(&drawn, "ha-1", "prevote");
    assert_eq!((cell["runs"].as_u64(), cell["unfit"].as_u64()), (Some(1), Some(2)));
}

#[test]
fn runs_on_a_stalled_machine_are_left_out_and_counted_and_a_blink_is_no_stall() {
    let stalled = |ms: u64| Held { stalled: ms * 1_000_000, ..held("n4", 60, 1) };
    let dead = held("n4", 0, 0);
    let runs = [stalled(100), stalled(3_000), Held { stalled: 99_999_999, ..dead.clone() }, dead.clone(), dead];
    let entries: Vec<Entry> = runs.into_iter().map(|held| entry("ha-2/prevote", Some(held))).collect();
    let (_, drawn) = results(&entries);
    let cell = cell(&drawn, "ha-2", "prevote");
    assert_eq!((cell["runs"].as_u64(), cell["stalled"].as_u64(), cell["unfit"].as_u64()), (Some(3), Some(2), Some(0)));
    assert_eq!(cell["agrees"].as_bool(), Some(true));
}

#[test]
fn a_cell_that_disagrees_is_named_on_the_page_with_what_is_known_of_why() {
    let (_, drawn) = results(&[entry("bridge/all-three", Some(held("n1", 10, 300)))]);
    assert_eq!(
        drawn.sentences,
        ["Of 1 cell measured, 0 agree with what was expected, 1 not (1 unexplained); 69 not measured."]
    );
    let body = drawn.body.into_string();
    assert!(body.contains("Cells that disagree") && body.contains("Not explained."), "{body}");
}

#[test]
fn an_empty_ledger_makes_a_page_that_says_so() {
    let (_, drawn) = results(&[]);
    assert_eq!(drawn.sentences, ["No cell was measured yet."]);
    assert_eq!((drawn.numbers["not_measured"].as_u64(), drawn.numbers["agree"].as_u64()), (Some(70), Some(0)));
    let body = drawn.body.into_string();
    assert!(body.contains("not measured") && !body.contains("NaN"));
    roxmltree::Document::parse(&drawn.plots[0].svg).unwrap();
}
