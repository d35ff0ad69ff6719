//! What is shown at a terminal and nowhere else. `script` of util-linux gives the terminal.

use std::process::{Command, Stdio};

use crate::place::{Done, LEADER, Place, finish};
use crate::skipped::skipped;

/// Runs at a terminal of its own; none where there is no `script`.
fn at_a_terminal(place: &Place, variables: &[(&str, &str)], args: &[&str]) -> Option<Done> {
    if Command::new("script").arg("--version").output().is_err() {
        skipped("`script` is not on PATH (util-linux)");
        return None;
    }
    let quoted: Vec<_> = args.iter().map(|arg| format!("'{arg}'")).collect();
    let out = place.out().display().to_string();
    let line = format!("'{}' {} --out '{out}'", env!("CARGO_BIN_EXE_interregnum"), quoted.join(" "));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null()).env("TERM", "xterm");
    for variable in ["CI", "NO_COLOR", "INTERREGNUM_OUT"] {
        command.env_remove(variable);
    }
    command.envs(variables.iter().copied());
    Some(finish(command))
}

fn calm(place: &Place, variables: &[(&str, &str)]) -> Option<Done> {
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    let done = at_a_terminal(place, variables, &["test", "calm", "--time", "1s", "--system", &system])?;
    done.valid();
    place.assert_empty();
    Some(done)
}

#[test]
fn the_live_line_is_shown_at_a_terminal() {
    let Some(done) = calm(&Place::new(), &[]) else { return };
    assert!(done.stdout.contains("n1 LEADER t1"), "{done:?}");
}

#[test]
fn there_is_no_live_line_in_ci() {
    let Some(done) = calm(&Place::new(), &[("CI", "true")]) else { return };
    assert!(!done.stdout.contains("LEADER t1") && done.stdout.contains("VALID"), "{done:?}");
    assert!(!done.stdout.contains('\u{1b}'), "no escape sequence: {done:?}");
}

#[test]
fn there_is_no_live_line_and_no_colour_in_a_pipe() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    for args in [&["--seed", "1"][..], &["--seeds", "1..2"]] {
        let done = place.run(&[&["test", "calm", "--time", "1s", "--system", &system], args].concat());
        assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{done:?}");
        assert!(!done.stdout.contains('\u{1b}') && !done.stdout.contains("LEADER t1"), "{done:?}");
    }
}

#[test]
fn no_color_takes_the_colours_away() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    let args = ["test", "calm", "--time", "1s", "--seeds", "1..2", "--system", &system];
    let coloured = |text: &str| text.contains("\u{1b}[3") || text.contains("\u{1b}[1;3");
    let Some(plain) = at_a_terminal(&place, &[("NO_COLOR", "1")], &args) else { return };
    assert!(plain.code == 0 && !coloured(&plain.stdout), "{plain:?}");
    let colour = at_a_terminal(&place, &[], &args).unwrap();
    assert!(colour.code == 0 && coloured(&colour.stdout), "{colour:?}");
}

/// Lines of etcd that mean nothing, and one that does: enough to take a moment.
fn long_log(place: &Place) -> String {
    let other = "{\"level\":\"info\",\"msg\":\"request stats\",\"request\":\"range of keys\"}\n".repeat(200_000);
    place.file("n1.log", &format!("{{\"msg\":\"a1 became leader at term 3\"}}\n{other}"))
}

#[test]
fn how_far_the_reading_of_logs_is_is_shown_at_a_terminal_and_nowhere_else() {
    let place = Place::new();
    let n1 = format!("n1={}", long_log(&place));
    let Some(shown) = at_a_terminal(&place, &[], &["check", "--from", "etcd", &n1]) else { return };
    assert!(shown.code == 2 && shown.stdout.contains("reading logs"), "{shown:?}");
    let in_ci = at_a_terminal(&place, &[("CI", "true")], &["check", "--from", "etcd", &n1]).unwrap();
    assert!(in_ci.code == 2 && !in_ci.stdout.contains("reading logs"), "{in_ci:?}");
    let piped = place.run(&["check", "--from", "etcd", &n1]);
    assert!(piped.code == 2 && piped.stderr.is_empty() && !piped.stdout.contains("reading logs"), "{piped:?}");
}
