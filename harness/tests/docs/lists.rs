//! Lists in the documentation have every thing that the code has.

use std::collections::BTreeSet;

use super::*;

/// The values in the first column of the tables of a section of schedules.md.
fn first_column(heading: &str) -> Vec<String> {
    let section = section("docs/schedules.md", heading);
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| quoted(row.split(" | ").next().unwrap_or(""))).collect()
}

#[test]
fn the_page_of_schedules_has_every_condition_target_and_shape() {
    for condition in first_column("## Conditions") {
        serde_json::from_str::<Condition>(&condition).map(drop).unwrap_or_else(|error| panic!("{condition}: {error}"));
    }
    assert_eq!(first_column("## Conditions").len(), 9);

    let targets = first_column("## Targets");
    targets.iter().for_each(|target| each_line::<Target>(target, "schedules.md"));
    for (word, _) in Choice::ALL {
        assert!(targets.contains(&format!("\"{word}\"")), "the target {word} is missing");
    }

    let shapes = first_column("## Shapes");
    shapes.iter().for_each(|shape| each_line::<Shape>(shape, "schedules.md"));
    for shape in Shape::ALL {
        let word = serde_json::to_string(&shape).unwrap();
        assert!(shapes.contains(&word), "the shape {word} is missing");
    }

    let faults = first_column("## Faults");
    let kinds: BTreeSet<&str> = workloads::FaultKind::all().map(|(word, _)| word).collect();
    assert_eq!(faults.iter().map(String::as_str).collect::<BTreeSet<_>>(), kinds);
}

fn headings(page: &str, depth: &str) -> BTreeSet<String> {
    text(page).lines().filter_map(|line| line.strip_prefix(depth)?.strip_prefix(' ').map(str::to_owned)).collect()
}

#[test]
fn every_checker_and_every_workload_has_its_paragraph() {
    let judges: BTreeSet<String> = checkers::judge::CHECKERS.iter().map(|checker| checker.name.to_owned()).collect();
    assert_eq!(headings("docs/checkers.md", "###"), judges);

    let known: BTreeSet<String> = workloads::workload::all().iter().map(|known| known.name().to_owned()).collect();
    assert_eq!(headings("docs/workloads.md", "##"), known);
}

#[test]
fn the_page_of_the_command_line_has_every_command_every_option_and_every_exit_code() {
    let page = text("docs/command-line.md");
    let command = Cli::command();
    for sub in command.get_subcommands() {
        let name = sub.get_name();
        let heading = page.lines().any(|line| line.starts_with("## ") && line.contains(name));
        assert!(heading, "{name} has no heading");
        for option in sub.get_arguments().filter(|option| !option.is_hide_set()) {
            let Some(long) = option.get_long() else { continue };
            assert!(page.contains(&format!("--{long}")), "{name} --{long} is missing");
        }
    }
    let codes = section("docs/command-line.md", "## Exit codes");
    let all = [
        ExitCode::Valid,
        ExitCode::Invalid,
        ExitCode::Unknown,
        ExitCode::Usage,
        ExitCode::Harness,
        ExitCode::Interrupted,
    ];
    for code in all {
        assert!(codes.contains(&format!("| **{}** |", code.code())), "{code:?} is missing");
    }
}

#[test]
fn every_field_that_a_run_records_is_documented() {
    let workspace = Workspace::new();
    let (code, said) = workspace.run("interregnum test leader-crash --rounds 1 --nodes 3");
    assert!(code == 0 || code == 2, "{code}: {said}");
    let history =
        std::fs::read_to_string(workspace.folder.path().join("interregnum-out/latest/history.jsonl")).unwrap();
    let page: BTreeSet<String> = quoted(&text("docs/history.md")).into_iter().collect();
    let mut fields = BTreeSet::new();
    for line in history.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let line = line.as_object().unwrap();
        let for_people = line.get("event").is_some_and(|event| event == "pressure");
        fields.extend(line.keys().filter(|_| !for_people).cloned());
    }
    let missing: Vec<_> = fields.iter().filter(|field| !page.contains(*field)).collect();
    assert!(missing.is_empty(), "docs/history.md says nothing of {missing:?}");
    assert!(fields.contains("fault") && fields.contains("passed"), "the run did too little: {fields:?}");
}
