//! The violations with the lines that prove them.

use maud::{Markup, html};

use super::banner::to_moment;
use crate::model::{Finding, RunModel};
use crate::page::badge;
use crate::text::{LONGEST, clean, moment, name};
use history::Verdict;
use history::finding::explained::explanation;

/// So many findings are shown with their evidence; the rest one line each.
const IN_FULL: usize = 60;
/// So many lines of evidence for one finding; `verdict.json` has them all.
const LINES: usize = 30;

/// All findings; none is left out.
pub(super) fn all(model: &RunModel) -> Markup {
    html! {
        @for finding in model.findings.iter().take(IN_FULL) { (in_full(finding)) }
        @if model.findings.len() > IN_FULL {
            p { "The evidence of the following is in " a href="verdict.json" { "verdict.json" } "." }
            div.scroll tabindex="0" {
                table {
                    tbody {
                        @for finding in model.findings.iter().skip(IN_FULL) {
                            tr id={ "v" (finding.number) } {
                                td.keep { (to_moment(finding, &moment(finding.violation.span[1]))) }
                                td.keep { (clean(&finding.checker, 60)) @if !finding.certain { " (suspected)" } }
                                td { (clean(&finding.violation.sentence, LONGEST)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn in_full(finding: &Finding) -> Markup {
    let violation = &finding.violation;
    let words = if finding.certain { "violation" } else { "suspicion" };
    let verdict = if finding.certain { Verdict::Invalid } else { Verdict::Unknown };
    let [earliest, latest] = violation.span;
    html! {
        article.card.finding.suspicion[!finding.certain] id={ "v" (finding.number) } {
            h3 { (finding.number) ". " (clean(&finding.violation.sentence, 2 * LONGEST)) }
            p.small.muted {
                (badge(Some(verdict), words)) " "
                (clean(&finding.checker, 60)) " (" (finding.kind.as_str()) ") · "
                (to_moment(finding, &format!("at {}", moment(latest))))
                @if earliest != latest { " (from " (moment(earliest)) ")" }
                @if let Some(term) = violation.term { " · term " (term) }
                @if !violation.nodes.is_empty() {
                    " · " (violation.nodes.iter().take(20).map(|node| name(node)).collect::<Vec<_>>().join(" "))
                }
            }
            @if let Some(one) = violation.finding.code().and_then(explanation) {
                details.small {
                    summary { "What this means (" (one.code) ")" }
                    p { b { "Why it matters. " } (one.why) }
                    p { b { "Usual causes. " } (one.causes) }
                    p { b { "Where to look. " } (one.look) }
                }
            }
            @if violation.evidence.is_empty() {
                p.small.muted { "No single line proves this; it is what the history does not have." }
            } @else {
                div.evidence {
                    @for line in violation.evidence.iter().take(LINES) {
                        div {
                            span.small.muted { "line " (line.line) }
                            code { (clean(&line.text, 1200)) }
                        }
                    }
                    @if violation.evidence.len() > LINES {
                        p.small.muted { "and " (violation.evidence.len() - LINES) " more lines in verdict.json" }
                    }
                }
            }
        }
    }
}
