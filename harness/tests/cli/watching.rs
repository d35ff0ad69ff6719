//! `watch`: reads along what commands print, and judges it when they end.

use crate::place::Place;

#[test]
fn what_commands_print_is_judged_in_the_end_and_kept_in_a_run_folder() {
    let place = Place::new();
    let log =
        |node: &str| format!("{node}=cat {}/tests/cases/logs/etcd-two-leaders/{node}.log", env!("CARGO_MANIFEST_DIR"));
    let out = place.out().display().to_string();
    let done = place.run_bare(&["watch", "--from", "etcd", "--out", &out, &log("n1"), &log("n2"), &log("n3")]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(
        done.stdout.contains("n1  leader, term 4") && done.stdout.contains("both elected leader of term 4"),
        "{done:?}"
    );
    for file in ["history.jsonl", "verdict.json", "report.html", "nodes/n1/stdout.log"] {
        assert!(place.latest().join(file).exists(), "{file}");
    }
    let none = place.run_bare(&["watch", "--from", "etcd", "--out", &out, "n1=true"]);
    assert!(none.code == 64 && none.stderr.contains("no command gave a line"), "{none:?}");
    let wrong = place.run_bare(&["watch", "--from", "etcd", "--out", &out, "journalctl"]);
    assert!(wrong.code == 64 && wrong.stderr.contains("n1='ssh a journalctl -fu etcd'"), "{wrong:?}");
}
