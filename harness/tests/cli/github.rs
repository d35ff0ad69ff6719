//! What GitHub Actions is told, by the real program.

use std::fs;

use crate::place::{Done, LEADER, Place, finish};

/// As a step of a workflow: what it printed, and its summary.
fn step(place: &Place, args: &[&str]) -> (Done, String) {
    let summary = place.path().join("summary.md");
    let mut command = place.bare(args);
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary);
    let done = finish(command);
    (done, fs::read_to_string(summary).unwrap_or_default())
}

/// A system whose node dies, so that a run of it is invalid.
fn mortal(place: &Place) -> String {
    place.system(&format!("{LEADER}; sleep 0.3; exit 5"))
}

fn commands(done: &Done) -> Vec<&str> {
    done.stderr.lines().filter(|line| line.trim_start().starts_with("::")).collect()
}

#[test]
fn an_invalid_run_is_an_error_and_a_summary_and_a_valid_one_only_a_summary() {
    let place = Place::new();
    let system = mortal(&place);
    let (done, summary) = step(&place, &["test", "calm", "--time", "1s", "--system", &system]);
    assert_eq!(done.code, 1, "{done:?}");
    let [error] = commands(&done)[..] else { panic!("{done:?}") };
    assert!(error.starts_with("::error title=invalid%3A calm-1::"), "{error}");
    assert!(!done.stdout.contains("::"), "{done:?}");
    assert!(summary.contains("### Interregnum: INVALID") && summary.contains("| **invalid** | process |"), "{summary}");

    let stays = place.system(&format!("{LEADER}; exec sleep 1000"));
    let (done, both) = step(&place, &["test", "calm", "--time", "1s", "--format", "json", "--system", &stays]);
    done.json();
    assert!(both.starts_with(&summary), "a step may have several commands: {both}");
    if done.code == 0 {
        assert!(commands(&done).is_empty() && both.contains("### Interregnum: VALID"), "{done:?} {both}");
    }
    let (done, summary) = step(&place, &["check", "interregnum-out/latest"]);
    assert!(summary.len() > both.len(), "{done:?}");
}

#[test]
fn the_runs_of_a_batch_and_of_a_campaign_leave_the_telling_to_it() {
    let place = Place::new();
    let system = mortal(&place);
    let (done, summary) = step(&place, &["test", "calm", "--time", "1s", "--seeds", "1..3", "--system", &system]);
    assert_eq!((done.code, commands(&done).len()), (1, 3), "{done:?}");
    assert_eq!(summary.matches("### Interregnum").count(), 1, "{summary}");
    assert!(summary.contains("3 runs&#58; 0 valid, 3 invalid."), "{summary}");
    fs::remove_file(place.path().join("summary.md")).unwrap();
    let soak = ["soak", "calm", "--runs", "2", "--time", "1s", "--system", &system];
    let (done, summary) = step(&place, &soak);
    let process: Vec<&str> = commands(&done).into_iter().filter(|line| line.contains("process in 2 runs")).collect();
    assert_eq!(process.len(), 1, "one way to fail is one annotation: {done:?}");
    assert!(process[0].contains("%0Ainterregnum replay "), "it says what shows it: {process:?}");
    assert_eq!(summary.matches("### Interregnum: INVALID").count(), 1, "{summary}");
}

/// A baseline of a machine on which elections took next to no time: `base.json`.
fn quick_baseline(place: &Place, workload: &str) {
    let minute = 60_000_000_000_u64;
    let baseline = serde_json::json!({
        "schema": 1, "system": "reference", "workloads": [workload], "networks": ["proxy"], "saved": "",
        "machine": {"work": minute, "step": minute}, "kinds": {"kill": {"runs": vec![[900]; 8]}},
    });
    fs::write(place.path().join("base.json"), baseline.to_string()).unwrap();
}

#[test]
fn runs_that_are_worse_than_a_baseline_are_an_error_though_each_is_valid() {
    let place = Place::new();
    quick_baseline(&place, "leader-crash");
    let args =
        ["test", "leader-crash", "--rounds", "1", "--network", "proxy", "--seeds", "1..5", "--baseline", "base.json"];
    let (done, summary) = step(&place, &args);
    // Stalls of a machine that is shared leave elections out, and then nothing is certain.
    let (word, level) = match done.code {
        1 => ("worse than the baseline", "error"),
        2 => ("undecided beside the baseline", "warning"),
        _ => panic!("{done:?}"),
    };
    let first = commands(&done)[0];
    assert!(first.starts_with(&format!("::{level} title={word}::")), "{first}");
    let head = summary.lines().next().unwrap();
    assert!(head.starts_with("### Interregnum: ") && head.ends_with(word), "{summary}");
    assert!(summary.lines().nth(2).unwrap().contains("than the baseline's"), "{summary}");
    assert_eq!(summary.matches("### Interregnum").count(), 1, "{summary}");
    let page = |file: &str| fs::read_to_string(place.path().join("interregnum-out").join(file)).unwrap();
    assert!(page("latest/report.html").contains(word) && page("index.html").contains("than the baseline"), "{word}");
}

#[test]
fn hostile_last_words_and_a_summary_that_cannot_be_written_harm_nothing() {
    let place = Place::new();
    let hostile = "<img src=x>%0A::error::owned ##[add-mask]x @everyone [a](b)|";
    let system = place.system(&format!("echo '{hostile}' >&2; exit 1"));
    let (done, summary) = step(&place, &["soak", "calm", "--runs", "1", "--time", "1s", "--system", &system]);
    assert_eq!(done.code, 70, "{done:?}");
    let [error] = commands(&done)[..] else { panic!("{done:?}") };
    assert!(error.starts_with("::error title=no verdict%3A ") && error.contains("owned"), "{error}");
    assert!(!error.contains("##[") && error.contains("%250A"), "{error}");
    assert!(summary.contains("owned") && summary.contains("&#60;img"), "{summary}");
    assert!(!summary.contains("<img") && !summary.contains("@everyone") && !summary.contains("](b)"), "{summary}");
    let mortal = mortal(&place);
    let mut command = place.bare(&["test", "calm", "--time", "1s", "--system", &mortal]);
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", "/nonexistent/summary.md");
    let done = finish(command);
    assert_eq!(done.code, 1, "the verdict is what it was: {done:?}");
    assert!(done.stderr.contains("cannot write the summary of this step, /nonexistent/summary.md"), "{done:?}");
}

#[test]
fn a_baseline_that_could_not_be_saved_is_told_wherever_the_runs_are_called_valid() {
    let place = Place::new();
    let args = ["test", "calm", "--time", "200ms", "--seeds", "1..5", "--save-baseline", "base.json"];
    let (done, summary) = step(&place, &args);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stdout.contains("No baseline was saved to base.json: no kind of fault"), "{done:?}");
    let head = summary.lines().next().unwrap();
    assert!(head.starts_with("### Interregnum: ") && head.ends_with(", and no baseline was saved"), "{summary}");
    assert!(commands(&done)[0].starts_with("::warning title=no baseline was saved::"), "{done:?}");
    let page = fs::read_to_string(place.path().join("interregnum-out/latest/report.html")).unwrap();
    assert!(page.contains("no baseline saved"), "{page}");
    assert!(!place.path().join("base.json").exists());
}

#[test]
fn the_page_of_a_campaign_says_what_it_is_beside_its_baseline_and_that_none_was_saved() {
    let place = Place::new();
    quick_baseline(&place, "calm");
    let soak = ["soak", "calm", "--time", "200ms", "--network", "proxy", "--runs", "5"];
    let (done, summary) =
        step(&place, &[&soak[..], &["--baseline", "base.json", "--save-baseline", "new.json"]].concat());
    assert_eq!(done.code, 2, "nothing to compare is no answer: {done:?}");
    let page = fs::read_to_string(place.path().join("interregnum-out/latest/report.html")).unwrap();
    assert!(page.contains("undecided beside the baseline") && page.contains("no baseline saved"), "{page}");
    assert!(
        summary.contains("undecided beside the baseline") && summary.contains("no baseline was saved"),
        "{summary}"
    );
    assert!(!place.path().join("new.json").exists());
    let json = [&soak[..], &["--seed", "9", "--baseline", "base.json", "--format", "json"]].concat();
    let told = place.run_bare(&json).json();
    assert_eq!(
        (&told["baseline"]["against"]["answer"], &told["baseline"]["unsaved"]),
        (&"unknown".into(), &().into()),
        "{told}"
    );
    let plain = place.run_bare(&["soak", "calm", "--time", "200ms", "--runs", "1", "--format", "json"]).json();
    assert!(plain.get("baseline").is_none() && plain["exit"].is_number(), "{plain}");
}
