//! The comparison for a terminal.

use super::decide::{probability, signed};
use super::page::signed_duration;
use super::{ComparedRate, Comparison, Paired, SideSummary, Times};
use reports::text::{LONGEST, clean, duration, name};

/// A summary of a few lines.
pub fn text(comparison: &Comparison) -> String {
    let mut lines = vec![clean(&comparison.sentence, 4 * LONGEST), String::new()];
    for (name, side) in [("A", &comparison.a), ("B", &comparison.b)] {
        lines.push(side_line(name, side));
        lines.extend(side.clients_words().map(|words| format!("   clients {words}")));
    }
    for difference in comparison.differences.iter().take(10) {
        lines.push(format!("differs: {}", difference.words()));
    }
    lines.push(String::new());
    lines.push(format!("{:<12} {:>22} {:>22}  p", "", "A", "B"));
    lines.push(rate_line("invalid", &comparison.rates.failed));
    lines.push(rate_line("not judged", &comparison.rates.undecided));
    for finding in comparison.rates.findings.iter().take(5) {
        lines.push(rate_line(&clean(&finding.checker, 40), &finding.rate));
        lines.push(format!("  {}", clean(&finding.text, 160)));
    }
    for kind in &comparison.by_fault {
        let to_win = if kind.to_win { ", to the win" } else { "" };
        lines.extend(times_lines(&format!("election times{}{to_win}", kind.after()), &kind.times));
    }
    lines.extend(times_lines("without a leader", &comparison.interregna));
    if let Some(paired) = &comparison.paired {
        lines.extend(paired_lines(paired));
    }
    if !comparison.warnings.is_empty() {
        lines.push(String::new());
    }
    for warning in &comparison.warnings {
        lines.push(format!("note: {}", clean(warning, 4 * LONGEST)));
    }
    lines.join("\n")
}

fn paired_lines(paired: &Paired) -> Vec<String> {
    let kind = |kind: &super::KindOfPairs| {
        format!(
            "  after a {:<8} {} pairs, {} and {} elections: {}",
            name(&kind.fault),
            kind.pairs,
            kind.in_a,
            kind.in_b,
            kind.change()
        )
    };
    let head = format!("in pairs: {} in {} of {}", paired.pairs, duration(paired.spent), duration(paired.budget));
    let mut lines: Vec<String> = std::iter::once(head).chain(paired.kinds.iter().map(kind)).collect();
    lines.extend(paired.notes.iter().map(|note| format!("different: {}", clean(note, 2 * LONGEST))));
    lines
}

fn side_line(name: &str, side: &SideSummary) -> String {
    format!("{name}  {}  ({}; {} elections timed)", clean(&side.label, 120), side.words(), side.elections)
}

fn rate_line(what: &str, rate: &ComparedRate) -> String {
    let tally = |tally: &super::Tally| {
        format!("{}/{} [{:.1}, {:.1}] %", tally.of, tally.all, tally.low * 100.0, tally.high * 100.0)
    };
    format!("{what:<12} {:>22} {:>22}  {}", tally(&rate.a), tally(&rate.b), probability(rate.p))
}

fn times_lines(what: &str, times: &Times) -> Vec<String> {
    let end = |end: Option<f64>| end.map_or("?".to_owned(), signed);
    let lines = times.quantiles.iter().map(|quantile| {
        let [low, high] = quantile.relative;
        let note = if quantile.judged { "" } else { "  (not judged)" };
        let more = signed_duration(quantile.b as f64 - quantile.a as f64);
        format!(
            "  {:<10} {:>22} {:>22}  {more}, {} [{}, {}]{note}",
            quantile.name(),
            duration(quantile.a),
            duration(quantile.b),
            signed(quantile.ratio()),
            end(low),
            end(high),
        )
    });
    std::iter::once(format!("{what}: {} and {}", times.in_a, times.in_b)).chain(lines).collect()
}
