use std::fs;

use history::Verdict;

use super::*;

/// An output folder with one invocation of each kind, and things that are none.
pub(crate) fn out() -> tempfile::TempDir {
    let out = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = out.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let run = r#"{"schema":1,"run":"chaos-7","workload":"chaos","system":"etcd","seed":7,"verdict":"invalid","sentence":"n2 voted twice.",
        "checkers":[{"checker":"vote-once","verdict":"invalid","judged":true},{"checker":"re-election","verdict":"valid","judged":true}]}"#;
    put("2026-11-22T04-20-11Z-chaos/run.json", "{}");
    put("2026-11-22T04-20-11Z-chaos/verdict.json", run);
    put("2026-11-22T04-20-11Z-chaos/report.html", "");
    let batch = r#"{"verdict":"unknown","sentence":"2 runs: 1 valid, 1 unknown.","runs":[
        {"name":"calm-1","workload":"calm","system":"reference","seed":1,"verdict":"valid","folder":"runs/calm-1"},
        {"name":"calm-2","workload":"calm","system":"reference","seed":2,"verdict":"unknown","checkers":["coverage"],"folder":"../../etc"}]}"#;
    put("2026-11-22T05-00-00Z-batch/verdict.json", batch);
    put("2026-11-22T05-00-00Z-batch/report.html", "");
    let campaign = r#"{"verdict":"valid","sentence":"9 runs: 9 valid.","campaign":{"workloads":["calm","chaos"],"systems":["etcd"]}}"#;
    put("2026-11-22T06-00-00Z-soak/campaign.json", "{}");
    put("2026-11-22T06-00-00Z-soak/verdict.json", campaign);
    put("2026-11-22T07-00-00Z-compare/compare.json", r#"{"answer":"worse","sentence":"B is worse."}"#);
    put(
        "2026-11-22T08-00-00Z-shrink-chaos/shrink.json",
        r#"{"checkers":["vote-once"],"original":{"faults":30},"shrunk":{"faults":1}}"#,
    );
    put("2026-11-22T09-00-00Z-<script>alert(1)/run.json", "{}");
    put(
        "2026-11-22T09-00-00Z-<script>alert(1)/verdict.json",
        r#"{"verdict":"valid","sentence":"<img src=x onerror=alert(1)>"}"#,
    );
    put("2026-11-22T10-00-00Z-killed/history.jsonl", "{}");
    put("notes/mine.txt", "mine");
    std::os::unix::fs::symlink("2026-11-22T04-20-11Z-chaos", out.path().join("latest")).unwrap();
    out
}

#[test]
fn what_runs_are_beside_a_baseline_is_said_first_unless_they_are_not_worse() {
    let out = out();
    let batch = |answer: &str| {
        let json = format!(
            r#"{{"schema":1,"answer":"{answer}","sentence":"Longer.","tolerance":0.25,"slower":1.0,"later":0,"kinds":[]}}"#
        );
        fs::write(out.path().join("2026-11-22T05-00-00Z-batch/baseline.json"), json).unwrap();
        let lines = read(out.path()).unwrap().lines;
        lines.into_iter().find(|line| line.kind == FolderKind::Batch).unwrap().sentence
    };
    let runs = "2 runs: 1 valid, 1 unknown.";
    assert_eq!(batch("worse"), format!("Longer. {runs}"));
    assert_eq!(batch("unknown"), format!("Longer. {runs}"));
    assert_eq!([batch("not-worse"), batch("of another version")], [runs, runs]);
}

#[test]
fn every_invocation_is_there_once_and_the_newest_first() {
    let out = out();
    let index = read(out.path()).unwrap();
    let lines: Vec<_> = index.lines.iter().map(|line| (line.kind, line.name.as_str(), line.verdict)).collect();
    assert_eq!(
        lines,
        [
            (FolderKind::Run, "killed", None),
            (FolderKind::Run, "<script>alert(1)", Some(Verdict::Valid)),
            (FolderKind::Shrink, "shrink-chaos", None),
            (FolderKind::Comparison, "compare", Some(Verdict::Invalid)),
            (FolderKind::Campaign, "soak", Some(Verdict::Valid)),
            (FolderKind::Batch, "batch", Some(Verdict::Unknown)),
            (FolderKind::Run, "chaos", Some(Verdict::Invalid)),
        ]
    );
    let run = &index.lines[6];
    assert_eq!((run.began.as_str(), run.seed), ("2026-11-22 04:20:11", Some(7)));
    assert_eq!((run.checkers.as_slice(), run.has_report), (["vote-once".to_owned()].as_slice(), true));
    assert_eq!(index.lines[2].sentence, "From 30 to 1 fault that still trip vote-once.");
    assert_eq!(index.lines[4].workloads, ["calm", "chaos"]);
}

#[test]
fn the_runs_of_a_batch_are_below_it_and_none_elsewhere_is_linked() {
    let out = out();
    let index = read(out.path()).unwrap();
    let [one, other] = index.lines[5].parts.as_slice() else { panic!("{:?}", index.lines[5]) };
    assert_eq!(one.folder, Path::new("2026-11-22T05-00-00Z-batch/runs/calm-1"));
    assert!(!other.has_report && other.checkers == ["coverage"]);
    let page = fs::read_to_string(write(out.path()).unwrap()).unwrap();
    assert!(page.contains("./2026-11-22T05-00-00Z-batch/runs/calm-1/report.html"));
    assert!(!page.contains("../") && !page.contains("/etc"));
}

#[test]
fn names_and_sentences_are_text_and_the_only_script_is_ours() {
    let out = out();
    let page = fs::read_to_string(write(out.path()).unwrap()).unwrap();
    assert_eq!(page.matches("<script").count(), 1, "one script");
    assert!(page.contains("&lt;script&gt;alert(1)") && page.contains("&lt;img src=x"));
    let script = page.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
    let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
    for text in [script, style] {
        assert!(policy.contains(&page::hash(text)), "{policy}");
    }
    assert!(!page.contains(" style=") && !page.contains("onclick"));
}

#[test]
fn of_too_many_the_oldest_are_left_out_and_counted() {
    let out = out();
    let index = scan::scan(out.path(), 3).unwrap();
    assert_eq!((index.lines.len(), index.left_out), (3, 4));
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(read(empty.path()).unwrap(), Index::default());
    assert!(read(Path::new("/nonexistent")).is_err());
}
