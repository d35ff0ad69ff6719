use super::*;

pub(crate) fn row(name: &str, verdict: Option<Verdict>) -> BatchRow {
    BatchRow {
        name: name.to_owned(),
        workload: "chaos".to_owned(),
        system: "reference".to_owned(),
        network: "proxy".to_owned(),
        seed: Some(7),
        verdict,
        exit: 0,
        sentence: format!("what is said of {name}"),
        gist: Gist::default(),
        trouble: None,
        checkers: Vec::new(),
        elections: 12,
        windows_passed: 9,
        p50: Some(210_000_000),
        p99: Some(812_000_000),
        longest: Some(900_000_000),
        times: Vec::new(),
        duration: 41_000_000_000,
        folder: PathBuf::from(format!("runs/{name}")),
    }
}

#[test]
fn what_the_runs_are_for_stands_above_them() {
    let (_guard, folder) = crate::sample::folder("batch", "", None);
    let about = BatchFacts { title: "30 faults to 1".into(), steps: vec!["kill <b>".into()], ..BatchFacts::default() };
    let written = write_about(&folder, &[row("fresh-1", Some(Verdict::Invalid))], Some(&about)).unwrap();
    let page = std::fs::read_to_string(written.report).unwrap();
    assert!(page.find("30 faults to 1").unwrap() < page.find("fresh-1").unwrap());
    assert!(page.contains("kill &lt;b&gt;"));
}

#[test]
fn what_the_runs_are_beside_a_baseline_stands_before_the_numbers() {
    let (_guard, folder) = crate::sample::folder("batch", "", None);
    let against = serde_json::json!({
        "schema": 1, "answer": "worse", "sentence": "Longer <i>.", "tolerance": 0.25, "slower": 1.0, "later": 0, "kinds": [],
    });
    std::fs::write(folder.join(crate::compare::AGAINST), against.to_string()).unwrap();
    let page = || std::fs::read_to_string(write(&folder, &[row("a-1", Some(Verdict::Valid))]).unwrap().report).unwrap();
    let said = page();
    let at = said.find("Longer &lt;i&gt;.").unwrap();
    assert!(at < said.find("Numbers").unwrap() && said.contains("worse than the baseline"), "{said}");
    std::fs::write(folder.join(crate::compare::AGAINST), "{").unwrap();
    assert!(!page().contains("the baseline"));
}

#[test]
fn one_invalid_run_makes_the_batch_invalid_and_comes_first_on_the_page() {
    let (_guard, folder) = crate::sample::folder("batch", "", None);
    let rows = [row("chaos-1", Some(Verdict::Valid)), row("chaos-2", Some(Verdict::Invalid)), row("chaos-3", None)];
    let written = write(&folder, &rows).unwrap();
    let page = std::fs::read_to_string(written.report).unwrap();
    let at = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what} is not on the page"));
    assert!(at("./runs/chaos-2/report.html") < at("./runs/chaos-3/report.html"));
    assert!(at("./runs/chaos-3/report.html") < at("./runs/chaos-1/report.html"));
    let verdict: BatchVerdict = serde_json::from_slice(&std::fs::read(written.verdict).unwrap()).unwrap();
    assert_eq!(verdict.verdict, Verdict::Invalid);
    assert_eq!(verdict.sentence, "3 runs: 1 valid, 1 invalid, 1 without verdict.");
    assert_eq!(verdict.runs, rows);
}

#[test]
fn a_run_without_verdict_keeps_the_batch_from_being_valid_and_so_do_no_runs() {
    assert_eq!(BatchVerdict::of(&[row("a", Some(Verdict::Valid)), row("b", None)]).verdict, Verdict::Unknown);
    assert_eq!(BatchVerdict::of(&[]).verdict, Verdict::Unknown);
    assert_eq!(BatchVerdict::of(&[row("a", Some(Verdict::Valid))]).verdict, Verdict::Valid);
}

#[test]
fn the_table_is_aligned_and_plain_without_colour() {
    let rows = [row("chaos-1", Some(Verdict::Valid)), row("a-long-name-12", Some(Verdict::Invalid))];
    let plain = table(&rows, false);
    assert!(!plain.contains('\u{1b}'));
    assert!(plain.contains("    what is said of a-long-name-12\n"), "{plain}");
    assert!(!plain.contains("what is said of chaos-1"), "a valid run needs no sentence:\n{plain}");
    let seeds: Vec<usize> =
        plain.lines().filter(|line| line.contains("alid  ")).map(|l| l.rfind(" 7 ").unwrap()).collect();
    assert_eq!(seeds.len(), 2);
    assert_eq!(seeds[0], seeds[1], "{plain}");
    let coloured = table(&rows, true);
    assert!(coloured.contains("\u{1b}[31minvalid\u{1b}[0m"));
    assert_eq!(strip(&coloured), plain);
}

fn strip(text: &str) -> String {
    ["\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[0m"].iter().fold(text.to_owned(), |t, code| t.replace(code, ""))
}

#[test]
fn a_hostile_name_can_neither_become_markup_nor_a_link_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut row = row("x", Some(Verdict::Invalid));
    row.name = "<script>alert(1)</script>\u{1b}[31m".to_owned();
    row.folder = PathBuf::from("javascript:alert(1)?\"><b>");
    write(folder.path(), &[row.clone()]).unwrap();
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(!page.contains("<script"), "{page}");
    assert!(!page.contains("<b>\""));
    assert!(page.contains("href=\"./javascript%3Aalert%281%29%3F%22%3E%3Cb%3E/report.html\""));
    assert!(!table(&[row], false).contains('\u{1b}'));
}
