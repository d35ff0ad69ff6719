//! The files in `docs/engines`: run for real where their engine is installed, and held together with what they say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::skipped::skipped;

/// How a trial says that its engine is not there.
const NOT_HERE: i32 = 77;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/engines").join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(file(name)).unwrap()
}

fn tried(script: &str, says: &str) {
    let output = Command::new(file(script)).arg(env!("CARGO_BIN_EXE_interregnum")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(NOT_HERE) => {
            assert!(said.contains("is missing: apt-get install"), "{said}");
            skipped(said.trim());
        }
        code => assert!(code == Some(0) && said.contains(says), "{code:?}: {said}"),
    }
}

#[test]
fn the_slurm_array_runs_loses_a_shard_and_is_merged() {
    if nix::unistd::geteuid().is_root() {
        tried("try-slurm.sh", "tried: an array of 3 shards, one of them lost and run again, merged to 6 runs");
    } else {
        assert!(text("try-slurm.sh").contains("As root"));
        skipped("only root can start Slurm's daemons");
    }
}

#[test]
fn gnu_parallel_runs_the_shards_that_are_missing_and_they_are_merged() {
    tried("try-parallel.sh", "tried: three shards, one of them lost and run again, merged to 6 runs");
}

#[test]
fn the_kubernetes_job_tells_its_pods_as_many_shards_as_it_has_completions() {
    let text = text("kubernetes.yaml");
    let after = |mark: &str| {
        let rest = text.split(mark).nth(1).unwrap_or_else(|| panic!("no {mark}"));
        rest.trim_start_matches(|c: char| !c.is_ascii_digit()).split(|c: char| !c.is_ascii_digit()).next().unwrap()
    };
    assert_eq!(after("\n  completions: "), "8");
    assert_eq!(after("- name: INTERREGNUM_SHARDS"), "8");
    assert!(text.contains("completionMode: Indexed") && text.contains("restartPolicy: Never"));
    assert!(text.contains("values: [64]") && text.contains(r#"[ "$code" -le 2 ] && exit 0"#));
}

#[test]
fn the_workflow_hands_on_the_index_and_the_total_that_shard_from_reads() {
    let text = text("github.yml");
    for (variable, value) in [("INTERREGNUM_SHARD_INDEX", "job-index"), ("INTERREGNUM_SHARDS", "job-total")] {
        assert!(text.contains(&format!("{variable}: ${{{{ strategy.{value} }}}}")), "{variable}");
    }
    assert!(text.contains("--shard-from github") && text.contains("fail-fast: false"));
}

#[test]
fn what_a_workflow_uploads_of_an_output_folder_leaves_out_the_link_to_the_newest() {
    for (name, out) in [("github-test.yml", "interregnum-out"), ("github.yml", "shard")] {
        let text = text(name);
        let uploads = text.split("actions/upload-artifact").skip(1).map(|step| step.split("- uses:").next().unwrap());
        let of_folder = |step: &&str| step.lines().any(|line| line.trim() == out);
        let uploads: Vec<_> = uploads.filter(of_folder).collect();
        assert_eq!(uploads.len(), 1, "{name}");
        for left_out in [format!("!{out}/latest"), format!("!{out}/latest/**")] {
            assert!(uploads[0].lines().any(|line| line.trim() == left_out), "{name}: {left_out}");
        }
        assert!(!text.lines().any(|line| line.trim() == format!("path: {out}")), "{name}");
    }
}
