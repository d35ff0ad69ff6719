//! Words of faults that a reader may not know, told where they stand: shapes of cuts, and whom a fault is aimed at.

use maud::{Markup, html};

use crate::model::{Fault, RunModel};

/// What the links of a fault have in common. The target is whom the fault is aimed at.
const SHAPES: [(&str, &str); 13] = [
    ("isolate", "each target alone, cut from every other node"),
    ("split", "the targets cut from the rest; they still see each other"),
    ("halves", "half of the nodes cut from the other half"),
    ("minority", "the largest minority, the target in it, cut from the majority"),
    ("bridge", "two halves that only the target connects"),
    ("majorities-ring", "every node sees a majority, and no two see the same one"),
    ("chain", "nodes in a row, each sees its neighbours only"),
    ("star", "only the target sees everyone, the others see nobody else"),
    ("tether", "the target keeps too few links for a majority; those at their ends see everyone"),
    ("link", "one link in both directions, between the target and one other node"),
    ("one-way", "one direction of one link, from the target to one other node"),
    ("deaf", "nothing reaches the target"),
    ("mute", "nothing leaves the target"),
];

/// Whom a fault is aimed at. Those that say it themselves are not here.
const TARGETS: [(&str, &str); 5] = [
    ("trigger", "the node that fulfilled the condition for which the fault waited"),
    ("minority", "nodes drawn at random, as many as can be without a majority"),
    ("majority", "the smallest majority, drawn at random"),
    ("not-leader", "every node that does not claim to lead"),
    ("one", "one node, whichever"),
];

/// The words that stand in the run's faults, in one line; empty if there are none.
pub(super) fn glossary(model: &RunModel) -> Markup {
    let told = |list: &[(&'static str, &'static str)], of: fn(&Fault) -> Option<&str>| {
        let stands = |word: &str| model.faults.iter().any(|fault| of(fault) == Some(word));
        list.iter().filter(|(word, _)| stands(word)).copied().collect::<Vec<_>>()
    };
    let shapes = told(&SHAPES, |fault| fault.shape.as_deref());
    let targets = told(&TARGETS, |fault| fault.target.as_deref());
    html! {
        @for (what, words) in [("Shapes of links: ", shapes), ("Whom a fault is aimed at: ", targets)] {
            @if !words.is_empty() {
                p.small.muted {
                    (what)
                    @for (index, (word, about)) in words.iter().enumerate() {
                        @if index > 0 { "; " }
                        b { (word) } ", " (about)
                    }
                    "."
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use workloads::{Choice, Shape};

    use super::*;
    use crate::sample::{MS, Sample};

    #[test]
    fn every_shape_is_told_and_every_target_is_a_word_of_schedules() {
        let shapes: Vec<_> = Shape::ALL.iter().map(|shape| serde_json::to_value(shape).unwrap()).collect();
        assert_eq!(shapes, SHAPES.map(|(word, _)| json!(word)));
        assert!(TARGETS.iter().all(|(word, _)| Choice::ALL.iter().any(|(known, _)| known == word)));
    }

    #[test]
    fn a_page_tells_the_words_of_its_own_faults_and_no_others() {
        let mut s = Sample::new(3);
        s.fault(500 * MS, 1, json!({"kind": "cut", "shape": "tether", "target": "trigger"}), &[], &[], "installed");
        s.fault(500 * MS, 2, json!({"kind": "pause", "target": "leader"}), &["n1"], &[], "installed");
        s.end(3_000 * MS, "complete");
        let told = glossary(&RunModel::from_history(s.text().as_bytes(), None).unwrap()).into_string();
        assert!(told.contains("<b>tether</b>, the target keeps"), "{told}");
        assert!(told.contains("<b>trigger</b>, the node") && !told.contains("star"), "{told}");
        let none = Sample::new(3);
        let none = RunModel::from_history(none.text().as_bytes(), None).unwrap();
        assert_eq!(glossary(&none).into_string(), "");
    }
}
