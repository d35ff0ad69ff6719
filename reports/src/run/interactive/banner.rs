//! The banner: the verdict in words, and the one sentence that a person would say.
//!
//! The checkers' sentence tells what was broken. A person would go on: how far apart, and how long after what. That is
//! in the model, and it is an order of events and no more: "1.8 s after" claims no cause.

use std::collections::BTreeSet;

use history::finding::Safety;
use history::{EndReason, Verdict};
use maud::{Markup, html};

use super::before;
use super::document::{span, spoken_of};
use crate::model::{Finding, RunModel};
use crate::page::badge;
use crate::page::parts::class;
use crate::text::{LONGEST, clean, count, duration, name, shell};
use crate::verdict::headline;

/// So many settings stand in the banner; the facts have all.
const SETTINGS: usize = 12;
/// So many findings stand in the banner.
const LISTED: usize = 5;

/// The banner's sentence, cleaned.
pub(super) fn sentence(model: &RunModel) -> String {
    let Some(outcome) = &model.outcome else {
        return clean(model.unjudged.as_deref().unwrap_or("This run was not judged."), 2 * LONGEST);
    };
    let said = clean(&outcome.sentence, 2 * LONGEST);
    let told = spoken_of(model).filter(|finding| finding.certain && outcome.verdict == Verdict::Invalid);
    let Some(finding) = told else { return said };
    let mut words = said.trim_end_matches('.').to_owned();
    if let (Some(term), Some(apart)) = (finding.violation.term, apart(model, finding)) {
        // Where in the words it goes; whether it is told is decided.
        let place = format!("term {term}");
        let at = words.find(&place).map(|at| at + place.len());
        if let Some(at) = at.filter(|at| !words[*at..].starts_with(|c: char| c.is_ascii_digit())) {
            words.insert_str(at, &format!(", {} apart", duration(apart)));
        }
    }
    words.push_str(&before::told(model, finding));
    words.push('.');
    words
}

/// How far apart two nodes became leader of the finding's term.
fn apart(model: &RunModel, finding: &Finding) -> Option<u64> {
    let term = finding.violation.term?;
    let began = |node: &String| {
        let lane = model.lanes.iter().find(|lane| lane.node == *node)?;
        lane.roles.iter().find(|held| held.what.leads() && held.what.term == Some(term)).map(|held| held.start)
    };
    let [first, second] = finding.violation.nodes.as_slice() else { return None };
    began(first)?.checked_sub(began(second)?).or_else(|| began(second)?.checked_sub(began(first)?))
}

/// A link to the moment of a finding: the script moves the timeline there, without it the finding is shown.
pub(super) fn to_moment(finding: &Finding, words: &str) -> Markup {
    let [from, until] = span(finding);
    html! {
        a.moment href={ "#v" (finding.number) } data-from=(from) data-until=(until) data-finding=(finding.number) { (words) }
    }
}

pub(super) fn banner(model: &RunModel) -> Markup {
    let verdict = model.outcome.as_ref().map(|outcome| outcome.verdict);
    let words = model.outcome.as_ref().map_or_else(|| "NO VERDICT".to_owned(), headline);
    let sentence = sentence(model);
    html! {
        header.card.verdict.(class(verdict)) id="verdict" {
            (badge(verdict, &words))
            h1.sentence {
                @match spoken_of(model) {
                    Some(finding) => (to_moment(finding, &sentence)),
                    None => (sentence),
                }
            }
            p.muted.about { (about(model)) }
            @if model.findings.len() > 1 { (found(model)) }
            @for warning in warnings(model) { p { strong { "Note: " } (warning) } }
            (again(model))
            (brief(model))
        }
    }
}

/// What stands below the sentence that is about `spoken`: what each checker found first, then the rest, as far as there is
/// room; in the order of their numbers.
fn listed<'a>(findings: &'a [Finding], spoken: Option<&Finding>) -> Vec<&'a Finding> {
    let spoken = spoken.map(|finding| finding.number);
    let mut told = BTreeSet::new();
    let (mut first, rest): (Vec<_>, Vec<_>) = findings
        .iter()
        .filter(|finding| Some(finding.number) != spoken)
        .partition(|finding| told.insert(&finding.checker));
    first.extend(rest);
    first.truncate(LISTED);
    first.sort_by_key(|finding| finding.number);
    first
}

fn found(model: &RunModel) -> Markup {
    let spoken = spoken_of(model);
    let listed = listed(&model.findings, spoken);
    let left = model.findings.len() - listed.len() - usize::from(spoken.is_some());
    html! {
        ol.found {
            @for finding in listed {
                li value=(finding.number) {
                    (to_moment(finding, &clean(&finding.violation.sentence, LONGEST)))
                    span.muted { " — " (clean(&finding.checker, 60)) @if !finding.certain { " (suspected)" } }
                }
            }
        }
        @if left > 0 {
            p { a href="#findings" { "and " (left) " more" } }
        }
    }
}

/// Which run this is, in one line.
fn about(model: &RunModel) -> String {
    let header = &model.header;
    let mut parts = vec![clean(&header.run, 80)];
    parts.push(name(&header.workload));
    parts.push(count(header.nodes.len() as u64, "node"));
    parts.push(duration(model.length));
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// What a reader needs to know before believing the rest.
fn brief(model: &RunModel) -> Markup {
    let header = &model.header;
    let or_unknown = |text: &str| if text.is_empty() { "not recorded".to_owned() } else { name(text) };
    let versions: Vec<String> = header
        .versions
        .iter()
        .take(12)
        .map(|(what, version)| format!("{} {}", name(what), clean(version, 80)))
        .collect();
    let facts = [
        ("Seed", header.seed.map_or("none".to_owned(), |seed| seed.to_string())),
        ("System", or_unknown(&header.system)),
        ("Network", or_unknown(&header.network)),
        ("Versions", if versions.is_empty() { "not recorded".to_owned() } else { versions.join(" · ") }),
        ("Availability", availability(model)),
        ("Host stalls", super::facts::stalls(model)),
    ];
    let clients = super::clients::words(model);
    let (before, after) = facts.split_at(2);
    let facts = before.iter().cloned().chain(settings(model).map(|settings| ("Settings", settings)));
    let facts = facts.chain(after.iter().cloned()).chain(clients.map(|clients| ("Clients", clients)));
    html! { dl.facts.brief { @for (term, description) in facts { dt { (term) } dd { (description) } } } }
}

/// The settings that make this run differ from most of its system.
fn settings(model: &RunModel) -> Option<String> {
    let shown = model.settings.iter().take(SETTINGS).map(String::as_str).collect::<Vec<_>>().join(" · ");
    let more = model.settings.len().saturating_sub(SETTINGS);
    match more {
        0 => (!shown.is_empty()).then_some(shown),
        more => Some(format!("{shown} and {more} more")),
    }
}

/// It stands beside the verdict, whatever that is.
fn availability(model: &RunModel) -> String {
    let measures = model.outcome.as_ref().map(|outcome| &outcome.measures);
    match measures.and_then(|measures| Some((measures.availability?, measures.majority_time))) {
        Some((share, of)) => {
            format!("a leader for {} of the time with a majority, {}", history::numbers::share(share), duration(of))
        }
        None if measures.is_some_and(|measures| measures.majority_time > 0) => {
            format!("not known: {}", history::words::LEAD_UNKNOWN)
        }
        None => "not known: no majority was certain at any time".to_owned(),
    }
}

/// What makes the file less than whole, each one sentence.
fn warnings(model: &RunModel) -> Vec<String> {
    let mut out = Vec::new();
    match &model.end.reason {
        None => out.push(
            "the history has no end line: the harness was cut off, and what is shown stops where the file does."
                .to_owned(),
        ),
        Some(reason) if !reason.is(EndReason::Complete) => out.push(format!("the run did not complete: {reason}.")),
        Some(_) => {}
    }
    if model.end.torn {
        out.push("the last line of the history is torn; it was left out.".to_owned());
    }
    if model.end.unreadable > 0 {
        out.push(format!("{} of the history could not be read as events.", count(model.end.unreadable, "line")));
    }
    if model.outcome.as_ref().is_some_and(|outcome| outcome.safety != Safety::Judged) {
        out.push("safety was not judged, so nothing here says that it held.".to_owned());
    }
    out
}

/// The commands that make and judge it again.
fn again(model: &RunModel) -> Markup {
    let folder = shell(&model.folder.to_string_lossy());
    let line = |id: &str, what: &str, command: &str| {
        html! {
            p.small.muted { (what) }
            div.command {
                pre id=(id) { code { (command) } }
                button.live type="button" data-copy=(id) hidden { "Copy" }
            }
        }
    };
    html! {
        div.again id="replay" {
            @if model.schedule {
                (line("replay-command", "The same schedule on a new cluster (real processes: the same faults, not the same interleaving):",
                    &format!("interregnum replay {folder}")))
            } @else {
                (line("replay-command", "The same workload and seed:",
                    model.command.as_deref().unwrap_or(&test_command(model))))
            }
            details {
                summary { "Other commands" }
                @if let Some(command) = &model.command {
                    (line("made-command", "The command that made this run:", command))
                }
                (line("check-command", "This history, judged again:", &format!("interregnum check {folder}")))
            }
        }
    }
}

/// The command that would make such a run, from what the header knows.
fn test_command(model: &RunModel) -> String {
    let header = &model.header;
    let mut words = vec!["interregnum".to_owned(), "test".to_owned(), shell(&header.workload)];
    if !header.system.is_empty() {
        words.extend(["--system".to_owned(), shell(&header.system)]);
    }
    words.extend(["--nodes".to_owned(), header.nodes.len().to_string()]);
    if !header.network.is_empty() {
        words.extend(["--network".to_owned(), shell(&header.network)]);
    }
    if let Some(seed) = header.seed {
        words.extend(["--seed".to_owned(), seed.to_string()]);
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, MS, Sample};
    use history::verdict::Violation;
    use serde_json::json;

    fn told(fault: Option<(serde_json::Value, &[&str], &[String])>) -> String {
        let mut s = Sample::new(5);
        if let Some((fault, nodes, links)) = fault {
            s.fault(998 * MS, 3, fault, nodes, links, "installed");
        }
        s.role(2_000 * MS, "n2", "leader", 41, Some("n2"));
        s.role(2_312 * MS, "n4", "leader", 41, Some("n4"));
        s.end(3_000 * MS, "complete");
        let said = "n2 and n4 were both elected leader of term 41.".to_owned();
        let violation = Violation {
            sentence: said.clone(),
            span: [2_312 * MS, 2_312 * MS],
            nodes: vec!["n2".into(), "n4".into()],
            term: Some(41),
            ..Violation::default()
        };
        let outcome = sample::outcome(&s, history::measures::Measures::default(), Verdict::Valid, &said);
        let outcome = sample::violated(outcome, 0, vec![violation]);
        sentence(&RunModel::from_history(s.text().as_bytes(), Some(outcome)).unwrap())
    }

    #[test]
    fn the_sentence_says_how_far_apart_and_how_long_after_which_cut() {
        let links: Vec<String> = ["n1", "n2"]
            .iter()
            .flat_map(|a| ["n3", "n4", "n5"].iter().flat_map(move |b| [format!("{a}->{b}"), format!("{b}->{a}")]))
            .collect();
        assert_eq!(
            told(Some((json!({"kind": "cut", "shape": "halves"}), &[], &links))),
            "n2 and n4 were both elected leader of term 41, 312 ms apart, 1.31 s after {n1, n2} was cut from {n3, n4, n5}."
        );
    }

    #[test]
    fn the_list_has_something_of_every_checker_however_much_one_of_them_found() {
        let s = Sample::new(3);
        let outcome = sample::outcome(&s, history::measures::Measures::default(), Verdict::Valid, "many");
        let many = |n: usize, what: &str| {
            let one = |i| Violation { sentence: format!("{what} {i}"), ..Violation::default() };
            (0..n).map(one).collect::<Vec<_>>()
        };
        let outcome = sample::violated(sample::violated(outcome, 0, many(9, "much")), 2, many(1, "little"));
        let model = RunModel::from_history(s.text().as_bytes(), Some(outcome)).unwrap();
        let told: Vec<_> =
            listed(&model.findings, None).iter().map(|finding| finding.violation.sentence.clone()).collect();
        assert_eq!(told.len(), LISTED);
        assert!(told.contains(&"little 0".to_owned()) && told.contains(&"much 3".to_owned()), "{told:?}");
        let rest = listed(&model.findings, model.findings.first());
        assert!(rest.len() == LISTED && rest.iter().all(|finding| finding.number != model.findings[0].number));
    }

    #[test]
    fn another_fault_is_told_in_its_own_words_and_none_is_not_told() {
        assert!(told(Some((json!({"kind": "kill"}), &["n3"], &[]))).ends_with("1.31 s after n3 was killed."));
        assert_eq!(told(None), "n2 and n4 were both elected leader of term 41, 312 ms apart.");
    }

    #[test]
    fn a_sentence_that_is_about_no_finding_leads_to_none() {
        let (sample, mut outcome) = sample::valid();
        outcome.checkers[3].violations = vec![Violation { sentence: "a suspicion".into(), ..Violation::default() }];
        let read = |outcome| RunModel::from_history(sample.text().as_bytes(), Some(outcome)).unwrap();
        assert!(spoken_of(&read(outcome.clone())).is_none(), "a valid run has no moment");
        outcome.verdict = Verdict::Unknown;
        assert!(spoken_of(&read(outcome.clone())).is_none(), "that too little happened is not at a moment");
        outcome.checkers[3].verdict = Verdict::Unknown;
        assert!(spoken_of(&read(outcome)).is_some());
    }

    #[test]
    fn settings_that_are_not_usual_stand_in_the_banner() {
        let (sample, outcome) = sample::valid();
        let mut model = RunModel::from_history(sample.text().as_bytes(), Some(outcome)).unwrap();
        assert!(!brief(&model).into_string().contains("Settings"));
        model.settings = vec!["prevote=true".into(), "n1.log=1/2".into()];
        assert!(brief(&model).into_string().contains("<dt>Settings</dt><dd>prevote=true · n1.log=1/2</dd>"));
        model.settings = (0..14).map(|n| format!("n{n}.log=1/2")).collect();
        assert!(brief(&model).into_string().contains("n11.log=1/2 and 2 more</dd>"));
    }

    #[test]
    fn a_link_cut_in_one_direction_divides_nothing() {
        let links = ["n1->n2".to_owned()];
        assert!(
            told(Some((json!({"kind": "cut", "shape": "one-way"}), &[], &links))).contains("after the cut one-way")
        );
    }
}
