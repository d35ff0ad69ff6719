use super::*;
use crate::sample::{self, MS};

/// A safety-invalid run with two logs: one of the node contract, one of a program with a wall clock of another zone.
fn folder(n1: &[u8], n2: &[u8]) -> (Option<tempfile::TempDir>, RunModel) {
    let (mut sample, outcome) = sample::unsafe_run();
    sample.set("zero", serde_json::json!(1_000_000_000u64));
    let (guard, dir) = sample::folder("logs", &sample.text(), Some(&outcome));
    for (node, bytes) in [("n1", n1), ("n2", n2)] {
        fs::create_dir_all(dir.join("nodes").join(node)).unwrap();
        fs::write(dir.join("nodes").join(node).join("stdout.log"), bytes).unwrap();
    }
    (guard, RunModel::read(&dir).unwrap())
}

fn contract(times: impl Iterator<Item = u64>) -> Vec<u8> {
    times.flat_map(|t| format!("{{\"role\":\"follower\",\"at\":{}}}\n", t + 1_000_000_000).into_bytes()).collect()
}

#[test]
fn the_lines_around_a_finding_are_found_in_a_long_file_and_merged_by_time() {
    // The finding is at 14.6 s. Twelve megabytes of log, a line every 100 µs.
    let n1 = contract((0..300_000).map(|n| n * 100_000));
    // The run began at 04:20:11; this clock is two hours ahead of it.
    let n2 = b"[7] 2026/11/22 06:20:11.020 started\n[7] 2026/11/22 06:20:25.600001 elected\n\tat main\n[7] 2026/11/22 06:21:00.0 late\n";
    let (_guard, model) = folder(&n1, n2);
    let logs = read(&model);
    assert_eq!(logs.files.len(), 2);
    assert_eq!(logs.files[0].href, "nodes/n1/stdout.log");
    let excerpt = &logs.excerpts[0];
    assert_eq!(excerpt.findings, [1]);
    assert!(excerpt.lines.iter().all(|line| (12_100 * MS..=17_100 * MS).contains(&line.t)));
    assert!(excerpt.lines.windows(2).all(|pair| pair[0].t <= pair[1].t));
    let of = |node: &str| excerpt.lines.iter().filter(|line| line.node == node).collect::<Vec<_>>();
    assert_eq!(of("n1").len(), LINES_OF_FILE);
    assert_eq!(excerpt.left_out, 50_001 - LINES_OF_FILE as u64);
    let n2 = of("n2");
    assert_eq!(n2.len(), 2);
    assert!(n2[0].exact && n2[0].text.contains("elected"));
    assert!(!n2[1].exact && n2[1].t == n2[0].t, "a line without a time stands at that of the line before it");
}

#[test]
fn a_line_of_ten_megabytes_and_bytes_that_are_no_text_are_bounded_text() {
    let mut n1 = contract([14_000 * MS].into_iter());
    n1.extend_from_slice(b"\x1b[31m\xff\xfe<script>alert(1)</script>");
    n1.extend(std::iter::repeat_n(b'x', 10 << 20));
    n1.push(b'\n');
    n1.extend(contract([14_700 * MS].into_iter()));
    let (_guard, model) = folder(&n1, b"no time at all\n");
    let excerpt = &read(&model).excerpts[0];
    assert_eq!(excerpt.lines.len(), 3);
    assert!(excerpt.lines[1].text.starts_with("\\x1b[31m"));
    assert!(excerpt.lines.iter().all(|line| line.text.chars().count() < 400));
}

#[test]
fn a_run_without_logs_or_findings_has_no_excerpts() {
    let (sample, outcome) = sample::valid();
    let (_guard, dir) = sample::folder("no-logs", &sample.text(), Some(&outcome));
    let logs = read(&RunModel::read(&dir).unwrap());
    assert!(logs.excerpts.is_empty() && logs.files.is_empty());
}

#[test]
fn a_path_is_encoded_for_an_address() {
    assert_eq!(encoded("n 1\"<é"), "n%201%22%3C%C3%A9");
}
