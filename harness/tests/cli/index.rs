//! The index of an output folder, written by the real program and opened in a real browser where there is one.

use std::fs;
use std::process::Command;

use crate::place::{LEADER, Place, finish};
use crate::skipped::skipped;

/// An output folder with a valid run, an invalid one, a batch and a campaign; the invalid run is of a system with a hostile name.
fn filled() -> Place {
    let place = Place::new();
    let stays = place.system(&format!("{LEADER}; exec sleep 1000"));
    place.run(&["test", "calm", "--time", "1s", "--system", &stays]).valid();
    place.run(&["test", "calm", "--time", "1s", "--seeds", "5,6", "--system", &stays]).valid();
    place.run(&["soak", "calm", "--runs", "1", "--time", "1s", "--system", &stays]).valid();
    let dies = place.system(&format!("{LEADER}; sleep 0.3; exit 5"));
    assert_eq!(place.run(&["test", "calm", "--time", "1s", "--system", &dies]).code, 1);
    // As a run of a hostile system file of another version would have left it.
    let verdict = place.latest().join("verdict.json");
    let text = fs::read_to_string(&verdict).unwrap();
    assert!(text.contains("\"system\": \"mine\""), "{text}");
    let hostile = text.replacen("\"mine\"", "\"</script><script>document.title='owned'</script>\"", 1);
    fs::write(&verdict, hostile).unwrap();
    place.run_bare(&["report", "--index", "out"]).valid();
    place
}

#[test]
fn it_is_there_after_every_invocation_and_filters_in_a_browser() {
    let place = filled();
    let path = place.out().join("index.html");
    let page = fs::read_to_string(&path).unwrap();
    assert!(page.contains("4 invocations.") && page.contains("And 1 campaign."), "{page}");
    assert!(page.contains("&lt;/script&gt;") && page.matches("<script").count() == 1);
    for link in page.split("href=\"./").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(place.out().join(link.replace("%3A", ":")).exists(), "a dead link: {link}");
    }
    // Written anew for a folder that was copied.
    fs::remove_file(&path).unwrap();
    let done = place.run_bare(&["report", "--index", "out"]);
    assert_eq!((done.code, done.stdout.trim()), (0, "out/index.html"), "{done:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), page);

    let Some(all) = rows(&place, "") else { return };
    assert_eq!(all.iter().filter(|(shown, _)| *shown).count(), 4, "runs of a batch are folded away: {all:?}");
    let invalid = rows(&place, "#verdict=invalid").unwrap();
    let shown: Vec<&String> = invalid.iter().filter(|(shown, _)| *shown).map(|(_, row)| row).collect();
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert!(shown[0].contains("process"), "{shown:?}");
    let sixth = rows(&place, "#words=calm-6").unwrap();
    assert_eq!(sixth.iter().filter(|(shown, _)| *shown).count(), 2, "the run and its batch: {sixth:?}");
    let none = rows(&place, "#verdict=invalid&words=nowhere").unwrap();
    assert!(none.iter().all(|(shown, _)| !shown));
}

/// The rows of the table as the browser has them after the script ran: whether each is shown, and its text.
fn rows(place: &Place, hash: &str) -> Option<Vec<(bool, String)>> {
    let url = format!("file://{}{hash}", place.out().join("index.html").display());
    let mut command = Command::new("chromium");
    command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom", "--virtual-time-budget=3000"]);
    command.arg(format!("--user-data-dir={}", place.path().join("browser").display())).arg(url);
    if Command::new("chromium").arg("--version").output().is_err() {
        skipped("chromium is not on PATH");
        return None;
    }
    let done = finish(command);
    assert!(!done.stdout.contains("owned</title>"), "{done:?}");
    let table = done.stdout.split("<tbody>").nth(1).unwrap_or_else(|| panic!("{done:?}"));
    let rows = table.split("<tr").skip(1).map(|row| {
        let (tag, text) = row.split_once('>').unwrap();
        (!tag.contains("hidden"), text.to_owned())
    });
    Some(rows.collect())
}

#[test]
fn a_folder_that_is_not_there_has_no_index() {
    let place = Place::new();
    place.run_bare(&["report", "--index", "nowhere"]).refused(64, &["nowhere", "no such folder"]);
    place.run_bare(&["report"]).refused(64, &["RUN"]);
    assert!(!place.path().join("interregnum-out").exists());
    // An invocation that is refused makes none.
    place.run(&["test", "nonsense"]).refused(64, &["nonsense"]);
    assert!(!place.out().exists());
}
