//! What the checkers say of histories: `cargo run -p checkers --example judge FILE…`. The verdict and its sentence
//! for each, then every checker's, with the lines that prove it.

use checkers::judge;

fn main() {
    for path in std::env::args().skip(1) {
        let outcome = match judge::judge_file(path.as_ref()) {
            Ok(outcome) => outcome,
            Err(error) => {
                println!("{path}: {error}");
                continue;
            }
        };
        println!("{path}: {}: {}", outcome.verdict.as_str(), outcome.sentence);
        for judgement in &outcome.checkers {
            let judged = if judgement.judged { judgement.verdict.as_str() } else { "not judged" };
            println!("  {}: {judged}: {}", judgement.checker, judgement.sentence);
            for evidence in judgement.violations.iter().flat_map(|violation| &violation.evidence) {
                println!("    {}: {}", evidence.line, evidence.text);
            }
        }
    }
}
