//! A disk that fills up under a run.

use std::process::{Command, Stdio};

use crate::place::{Done, LEADER, Place, finish};

/// Puts the run in a mount namespace with a file system of its own that is this small; none where this user may not.
fn on_a_small_disk(place: &Place, kilobytes: u32, args: &[&str]) -> Option<Done> {
    let disk = place.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]);
        command.stdin(Stdio::null()).env_remove("INTERREGNUM_OUT").env_remove("CI");
        command
    };
    let mount = format!("mount -t tmpfs -o size={kilobytes}k tmpfs {}", disk.display());
    if !unshare(&mount).stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        eprintln!("not tried here: this user may not mount");
        return None;
    }
    let mut command = unshare(&format!(
        "{mount} && \"$@\"; code=$?; cp {}/out/latest/history.jsonl {}; exit $code",
        disk.display(),
        place.path().display()
    ));
    command.arg(env!("CARGO_BIN_EXE_interregnum")).args(args).arg("--out").arg(disk.join("out"));
    Some(finish(command))
}

#[test]
fn a_full_disk_ends_the_run_as_a_failure_of_the_machine_and_leaves_no_node() {
    let place = Place::new();
    let noise = format!("{LEADER}; while :; do echo 'all work and no play makes a long log line indeed'; done");
    let system = place.system(&noise);
    let Some(done) = on_a_small_disk(&place, 800, &["test", "calm", "--time", "40s", "--system", &system]) else {
        return;
    };
    done.refused(70, &["No space left on device"]);
    place.assert_empty();
    let history = place.path().join("history.jsonl").display().to_string();
    let check = place.run_bare(&["check", &history]);
    assert!([0, 2].contains(&check.code), "what was recorded is judged: {check:?}");
}

#[test]
fn a_disk_without_room_for_the_folder_is_said_to_be_full_before_any_node_is_started() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    let Some(done) = on_a_small_disk(&place, 8, &["test", "calm", "--system", &system]) else { return };
    assert_eq!(done.code, 70, "{done:?}");
    assert!(done.stderr.contains("No space left on device"), "{done:?}");
    place.assert_empty();
}

#[test]
fn a_limit_on_the_size_of_files_ends_the_run_with_a_sentence() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        eprintln!("not tried here: there is no prlimit");
        return;
    }
    let place = Place::new();
    let mut command = Command::new("prlimit");
    let limit = ["--fsize=60000:60000", env!("CARGO_BIN_EXE_interregnum")];
    command.args(limit).args(["test", "calm", "--time", "40s", "--nodes", "3", "--out"]).arg(place.out());
    command.stdin(Stdio::null());
    finish(command).refused(70, &["history"]);
    place.assert_empty();
    let check = place.run_bare(&["check", &place.latest().join("history.jsonl").display().to_string()]);
    assert!([0, 2].contains(&check.code), "{check:?}");
    assert!(check.stdout.contains("cut off"), "{check:?}");
}
