use super::*;

fn from(engine: Engine, variables: &[(&str, &str)]) -> Result<Shard, String> {
    parse(engine, &|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
}

fn is(found: Result<Shard, String>, number: u32, of: u32) {
    assert_eq!(found, Ok(Shard { number, of }));
}

fn fails(found: Result<Shard, String>, words: &[&str]) {
    let sentence = found.unwrap_err();
    for word in words {
        assert!(sentence.contains(word), "{sentence:?} does not say {word:?}");
    }
}

fn array(id: &str, least: &str, most: &str, count: &str, step: &str) -> Result<Shard, String> {
    from(
        Engine::Slurm,
        &[
            ("SLURM_ARRAY_TASK_ID", id),
            ("SLURM_ARRAY_TASK_MIN", least),
            ("SLURM_ARRAY_TASK_MAX", most),
            ("SLURM_ARRAY_TASK_COUNT", count),
            ("SLURM_ARRAY_TASK_STEP", step),
        ],
    )
}

#[test]
fn a_shard_is_its_number_and_how_many_there_are() {
    is(shard("3/8"), 3, 8);
    is(shard("1/1"), 1, 1);
    for wrong in ["3", "3/", "/8", "a/b", "-1/8", "3/8/2", "1.5/3"] {
        fails(shard(wrong), &["such as 3/8"]);
    }
    for outside in ["0/8", "9/8", "0/0", "1/99999999999"] {
        fails(shard(outside), &["out of range"]);
    }
}

#[test]
fn an_array_of_slurm_counts_from_wherever_it_begins() {
    is(array("1", "1", "8", "8", "1"), 1, 8);
    is(array("8", "1", "8", "8", "1"), 8, 8);
    is(array("0", "0", "7", "8", "1"), 1, 8);
    is(array("30", "10", "80", "8", "10"), 3, 8);
    is(array("5", "5", "5", "1", ""), 1, 1);
}

#[test]
fn an_array_of_slurm_with_holes_is_refused_unless_the_number_of_shards_is_said() {
    fails(array("5", "1", "6", "3", "1"), &["--array=1-8", "INTERREGNUM_SHARDS"]);
    fails(array("9", "1", "8", "8", "1"), &["no place"]);
    fails(array("1", "8", "1", "8", "1"), &["no place"]);
    let again = [("SLURM_ARRAY_TASK_ID", "5"), ("INTERREGNUM_SHARDS", "8")];
    is(from(Engine::Slurm, &again), 5, 8);
    fails(from(Engine::Slurm, &[("SLURM_ARRAY_TASK_ID", "0"), ("INTERREGNUM_SHARDS", "8")]), &["out of range"]);
}

#[test]
fn the_others_count_from_0_or_from_1() {
    is(from(Engine::Kubernetes, &[("JOB_COMPLETION_INDEX", "0"), ("INTERREGNUM_SHARDS", "5")]), 1, 5);
    is(from(Engine::Gitlab, &[("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "5")]), 1, 5);
    is(from(Engine::Gitlab, &[("CI_NODE_INDEX", "5"), ("CI_NODE_TOTAL", "5")]), 5, 5);
    is(from(Engine::Buildkite, &[("BUILDKITE_PARALLEL_JOB", "4"), ("BUILDKITE_PARALLEL_JOB_COUNT", "5")]), 5, 5);
    is(from(Engine::Github, &[("INTERREGNUM_SHARD_INDEX", "2"), ("INTERREGNUM_SHARDS", "3")]), 3, 3);
}

#[test]
fn what_is_missing_is_named_with_what_to_do() {
    fails(from(Engine::Slurm, &[]), &["slurm", "SLURM_ARRAY_TASK_ID", "sbatch --array=1-8"]);
    fails(from(Engine::Kubernetes, &[("JOB_COMPLETION_INDEX", "0")]), &["INTERREGNUM_SHARDS", "completions"]);
    fails(from(Engine::Kubernetes, &[("INTERREGNUM_SHARDS", "3")]), &["JOB_COMPLETION_INDEX", "Indexed"]);
    // A job of GitLab that is not parallel is told that it is one of one, but not which.
    fails(from(Engine::Gitlab, &[("CI_NODE_TOTAL", "1")]), &["CI_NODE_INDEX", "parallel: N"]);
    fails(from(Engine::Buildkite, &[("BUILDKITE", "true")]), &["BUILDKITE_PARALLEL_JOB", "parallelism: N"]);
    fails(from(Engine::Github, &[("INTERREGNUM_SHARD_INDEX", "")]), &["strategy.job-index"]);
}

#[test]
fn what_does_not_fit_is_never_guessed() {
    fails(from(Engine::Gitlab, &[("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "5")]), &["CI_NODE_INDEX=0", "from 1"]);
    let past = [("BUILDKITE_PARALLEL_JOB", "5"), ("BUILDKITE_PARALLEL_JOB_COUNT", "5")];
    fails(from(Engine::Buildkite, &past), &["BUILDKITE_PARALLEL_JOB=5", "counts from 0"]);
    let words = [("JOB_COMPLETION_INDEX", "two"), ("INTERREGNUM_SHARDS", "5")];
    fails(from(Engine::Kubernetes, &words), &["JOB_COMPLETION_INDEX", "\"two\"", "whole number"]);
    let huge = [("INTERREGNUM_SHARD_INDEX", "18446744073709551615"), ("INTERREGNUM_SHARDS", "5")];
    fails(from(Engine::Github, &huge), &["out of range"]);
}
