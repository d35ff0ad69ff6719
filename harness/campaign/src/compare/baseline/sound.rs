//! Whether a baseline holds what one that was saved can hold.
//!
//! It is a file that people commit, merge and edit. One that is empty would call everything good, and one whose times are 0
//! everything bad. So what no measurement gives is refused before anything is run.

use std::ops::RangeInclusive;

use workloads::fault::Descriptor;

use super::{Baseline, LEAST_RUNS, Machine, Times};
use reports::text::{clean, count, grouped};

/// What the piece of work can take: no processor is done in less than the least, and none needs a minute. Nanoseconds.
const WORK: RangeInclusive<u64> = 10_000..=60_000_000_000;
/// What a step can take, nanoseconds.
const STEP: RangeInclusive<u64> = 1..=60_000_000_000;

/// What is wrong with a baseline, as it follows the name of its file; none where nothing is.
pub(super) fn unsound(baseline: &Baseline) -> Option<String> {
    if baseline.kinds.is_empty() {
        return Some("it holds no election times (its kinds are empty)".to_owned());
    }
    baseline.kinds.iter().find_map(|(kind, times)| of_kind(kind, times)).or_else(|| of_machine(baseline.machine))
}

fn of_kind(kind: &str, times: &Times) -> Option<String> {
    let shown = clean(kind, 40);
    let runs = times.runs.len();
    if !Descriptor::of(kind).is_known() {
        return Some(format!("its kind {shown:?} is none of the kinds of faults that there are"));
    }
    if runs < LEAST_RUNS {
        let runs = count(runs as u64, "run");
        return Some(format!("of the kind {shown:?} it has {runs}, and fewer than {LEAST_RUNS} say nothing"));
    }
    if times.runs.iter().any(Vec::is_empty) {
        return Some(format!("of the kind {shown:?} it has a run without a time"));
    }
    let none = times.runs.iter().flatten().any(|&time| time == 0);
    none.then(|| format!("of the kind {shown:?} it has a time of 0, and no election takes none"))
}

fn of_machine(machine: Machine) -> Option<String> {
    let parts = [("work", machine.work, WORK), ("step", machine.step, STEP)];
    parts.into_iter().find(|(_, nanoseconds, sane)| !sane.contains(nanoseconds)).map(|(name, nanoseconds, sane)| {
        format!(
            "it says that the {name} of its machine took {} ns, and {} to {} are possible",
            grouped(nanoseconds),
            grouped(*sane.start()),
            grouped(*sane.end())
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::Baseline;

    fn sound() -> Value {
        json!({
            "schema": 1, "system": "reference", "workloads": ["leader-crash"], "networks": ["switch"], "saved": "",
            "machine": {"work": 10_000_000, "step": 200_000},
            "kinds": {"kill": {"runs": vec![[150_000, 1]; 5]}},
        })
    }

    /// What is said of a baseline that is sound but for what is at `pointer`.
    fn with(pointer: &str, value: Value) -> String {
        let mut json = sound();
        *json.pointer_mut(pointer).unwrap() = value;
        match Baseline::read(&json.to_string()) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_a_measurement_gives_is_read_to_the_last_that_may_be() {
        assert_eq!(with("/schema", json!(1)), "");
        assert_eq!(with("/kinds", json!({"slow-fsync": {"runs": vec![[u32::MAX]; 24]}})), "");
        for (work, step) in [(10_000_u64, 1_u64), (60_000_000_000, 60_000_000_000)] {
            assert_eq!(with("/machine", json!({"work": work, "step": step})), "");
        }
    }

    #[test]
    fn what_no_measurement_gives_is_refused_in_a_sentence() {
        let wrong = [
            ("/kinds", json!({}), "holds no election times"),
            ("/kinds", json!({"explode": {"runs": vec![[150_000]; 8]}}), "\"explode\" is none of the kinds of faults"),
            ("/kinds", json!({"unknown": {"runs": vec![[150_000]; 8]}}), "\"unknown\" is none of the kinds"),
            ("/kinds/kill/runs", json!([]), "\"kill\" it has 0 runs, and fewer than 5 say nothing"),
            ("/kinds/kill/runs", json!(vec![[150_000]; 4]), "4 runs"),
            ("/kinds/kill/runs/4", json!([]), "a run without a time"),
            ("/kinds/kill/runs/4/1", json!(0), "a time of 0"),
            ("/kinds/kill/runs/4/1", json!(1_u64 << 63), "no baseline (invalid value"),
            ("/kinds/kill/runs/4/1", json!(-1), "no baseline (invalid value"),
            ("/machine", json!({"work": 0, "step": 0}), "the work of its machine took 0 ns"),
            ("/machine/work", json!(9_999), "took 9,999 ns, and 10,000 to 60,000,000,000 are possible"),
            ("/machine/work", json!(1_u64 << 63), "the work of its machine took 9,223,372,036,854,775,808 ns"),
            ("/machine/step", json!(0), "the step of its machine took 0 ns"),
            ("/machine/step", json!(1_u64 << 63), "the step of its machine"),
        ];
        for (pointer, value, says) in wrong {
            let error = with(pointer, value.clone());
            assert!(error.contains(says) && error.ends_with("; save one with --save-baseline"), "{value}: {error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
