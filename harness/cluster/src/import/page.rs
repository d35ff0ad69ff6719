//! The page of a history that was made of logs. It has a lane for each node on its own clock. It has each term with its
//! candidates, voters and leaders, with the lines that say so, and with the nodes that are missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use history::entry::State;
use history::verdict::Judgement;
use history::{Outcome, Role, Verdict};
use serde_json::Value;

use super::line_parser::outer;
use super::lives::LineMeaning;
use super::messages::Offsets;
use super::record::LoggedNode;
use super::{remarks, stamp};

/// What is shown of a term: the node, and where it stands.
#[derive(Default)]
struct Term {
    candidates: Vec<(String, String)>,
    votes: Vec<(String, String)>,
    leaders: Vec<(String, String)>,
    heard: BTreeSet<String>,
}

/// How many terms are shown at most: the last ones.
const MOST: usize = 500;

/// The width of a lane, in units of its picture.
const WIDTH: f64 = 1000.0;

/// How the page looks, also on a narrow screen.
const STYLE: &str = "body{font:14px sans-serif;margin:2em;max-width:75em}td,th{text-align:left;vertical-align:top;\
padding:.2em .8em .2em 0}code{color:#555;overflow-wrap:anywhere}svg{width:100%;height:2.2em;background:#f4f4f4}\
.missing{color:#a00}.verdict{font-size:1.15em;padding:.6em .8em;border-left:.4em solid #888;background:#f4f4f4}\
.invalid{border-color:#c00}.valid{border-color:#2a2}pre{white-space:pre-wrap;overflow-wrap:anywhere}\
i{display:inline-block;width:.8em;height:.8em;margin-right:.4em}\
@media(max-width:45em){body{margin:1em}table,tbody,tr,td{display:block}th{display:none}tr{margin-bottom:1em}\
td:not(:empty):before{content:attr(data-of);display:block;color:#555}}";

/// Writes the page. `missing`: ids that have no log here, each with those that named it.
pub(super) fn page(
    (title, outcome): (&str, &Outcome),
    members: &[LoggedNode<'_>],
    files: &[String],
    missing: &BTreeMap<String, Vec<String>>,
    offsets: Option<&Offsets>,
) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style><main><h1>{title}</h1>",
        title = escaped(title)
    );
    verdict(&mut page, outcome);
    page.push_str("<p>Each lane is on its own host's clock: what stands one below the other need not have been at the same time. A colour is a term, and the table below says which. A tall bar is a leader. A red line is the start of a process, and where it is black lines may be missing.</p>");
    for member in members {
        lane(&mut page, member, files);
    }
    let clocks = offsets.map_or_else(Vec::new, |offsets| remarks::clocks(members, offsets));
    for said in clocks.iter().chain(&remarks::without_leader(members)) {
        let _ = write!(page, "<p>{}.</p>", escaped(said));
    }
    for (id, by) in missing {
        let _ = write!(
            page,
            "<p class=\"missing\">{} has no log here; it was named by {}.</p>",
            escaped(id),
            escaped(&by.join(", "))
        );
    }
    terms(&mut page, members, files);
    page.push_str("</main>");
    page
}

/// The verdict, and the lines that prove it.
fn verdict(page: &mut String, outcome: &Outcome) {
    let word = outcome.verdict.as_str();
    let _ =
        write!(page, "<p class=\"verdict {word}\"><b>{}</b>: {}</p>", word.to_uppercase(), escaped(&outcome.sentence));
    let invalid = |judgement: &&Judgement| judgement.judged && judgement.verdict == Verdict::Invalid;
    for judgement in outcome.checkers.iter().filter(invalid) {
        for violation in judgement.violations.iter().take(3) {
            let lines: Vec<String> = violation.evidence.iter().filter_map(|evidence| quoted(&evidence.text)).collect();
            let _ = write!(
                page,
                "<p><b>{}</b>: {}</p><pre>{}</pre>",
                escaped(&judgement.checker),
                escaped(&violation.sentence),
                escaped(&lines.join("\n"))
            );
        }
    }
}

/// A line of the history as it stands in its file.
pub fn quoted(evidence: &str) -> Option<String> {
    let line: Value = serde_json::from_str(evidence).ok()?;
    let of = |key| line.get(key).and_then(Value::as_str);
    Some(format!("{}:{}: {}", of("file")?, line.get("line")?, of("text")?))
}

fn place(member: &LoggedNode<'_>, files: &[String], entry: usize) -> String {
    let entry = &member.story[entry];
    format!("{}:{}", files[entry.file], entry.kept.line)
}

/// One node: its incarnations, terms as colours, starts, holes.
fn lane(page: &mut String, member: &LoggedNode<'_>, files: &[String]) {
    let times: Vec<i64> = member
        .incarnations
        .iter()
        .flat_map(|one| &one.lines)
        .filter_map(|line| member.story[line.entry].kept.stamp)
        .map(|stamp| stamp.nanos)
        .collect();
    let (first, last) = (times.iter().min().copied().unwrap_or(0), times.iter().max().copied().unwrap_or(0));
    let at = |entry: usize, fallback: f64| match member.story[entry].kept.stamp {
        Some(stamp) if last > first => WIDTH * (stamp.nanos - first) as f64 / (last - first) as f64,
        _ => fallback,
    };
    let shown = |nanos: i64| if nanos == 0 { "no stamps".to_owned() } else { stamp::shown(nanos) };
    let _ = write!(
        page,
        "<h2>{}</h2><p>{} to {} (its own clock); {} {}</p><svg viewBox=\"0 0 1000 30\" preserveAspectRatio=\"none\">",
        escaped(member.node),
        shown(first),
        shown(last),
        member.incarnations.len(),
        if member.incarnations.len() == 1 { "incarnation" } else { "incarnations" }
    );
    let all = member.incarnations.iter().map(|one| one.lines.len()).sum::<usize>().max(1) as f64;
    let mut count = 0.0;
    for one in &member.incarnations {
        let lines: Vec<_> = one.lines.iter().collect();
        for (number, line) in lines.iter().enumerate() {
            let x = at(line.entry, WIDTH * count / all);
            count += 1.0;
            let to = lines.get(number + 1).map_or(x + 2.0, |next| at(next.entry, WIDTH * count / all)).max(x + 0.5);
            let (colour, height, what) = match &line.what {
                LineMeaning::Hole(why) => ("#000".to_owned(), 30, format!("lines may be missing: {why}")),
                LineMeaning::Said(_, said) => {
                    (colour(said.term), if is(said, Role::Leader) { 26 } else { 12 }, told(said))
                }
            };
            let _ = write!(
                page,
                "<rect x=\"{x:.1}\" y=\"{}\" width=\"{:.1}\" height=\"{height}\" fill=\"{colour}\"><title>{} {}</title></rect>",
                30 - height,
                to - x,
                escaped(&place(member, files, line.entry)),
                escaped(&what)
            );
        }
        if let Some(begins) = one.begins {
            let x = at(begins, WIDTH * count / all);
            let _ = write!(
                page,
                "<rect x=\"{x:.1}\" y=\"0\" width=\"1.5\" height=\"30\" fill=\"#c00\"><title>{} a process begins</title></rect>",
                escaped(&place(member, files, begins))
            );
        }
    }
    page.push_str("</svg>");
}

/// The terms, the last first.
fn terms(page: &mut String, members: &[LoggedNode<'_>], files: &[String]) {
    let mut all: BTreeMap<u64, Term> = BTreeMap::new();
    for member in members {
        for (entry, said) in member.incarnations.iter().flat_map(|one| one.said()) {
            let Some(term) = said.term else { continue };
            let (term, place) = (all.entry(term).or_default(), place(member, files, entry));
            term.heard.insert(member.node.to_owned());
            if is(said, Role::Leader) {
                term.leaders.push((member.node.to_owned(), place.clone()));
            }
            if is(said, Role::Candidate) {
                term.candidates.push((member.node.to_owned(), place.clone()));
            }
            if let Some(Some(vote)) = &said.vote {
                term.votes.push((format!("{} for {}", member.node, outer(vote)), place));
            }
        }
    }
    page.push_str("<h2>Terms</h2><table><tr><th>term<th>leaders<th>candidates<th>votes<th>no line of it</tr>");
    for (number, term) in all.iter().rev().take(MOST) {
        let silent: Vec<&str> =
            members.iter().map(|member| member.node).filter(|node| !term.heard.contains(*node)).collect();
        let _ = write!(
            page,
            "<tr><td data-of=\"term\"><i style=\"background:{}\"></i>{number}<td data-of=\"leaders\">{}<td data-of=\"candidates\">{}<td data-of=\"votes\">{}<td class=\"missing\" data-of=\"no line of it\">{}</tr>",
            colour(Some(*number)),
            cell(&term.leaders),
            cell(&term.candidates),
            cell(&term.votes),
            escaped(&silent.join(", "))
        );
    }
    page.push_str("</table>");
}

/// Each once, with its first place.
fn cell(all: &[(String, String)]) -> String {
    let mut seen = BTreeSet::new();
    let first = all.iter().filter(|(who, _)| seen.insert(who.clone()));
    first
        .map(|(who, place)| format!("{} <code>{}</code>", escaped(who), escaped(place)))
        .collect::<Vec<_>>()
        .join("<br>")
}

fn is(said: &State<'_>, role: Role) -> bool {
    said.role.as_ref().and_then(|word| word.known()) == Some(role)
}

fn told(said: &State<'_>) -> String {
    let role = said.role.as_ref().map_or("", |role| role.text());
    said.term.map_or_else(|| role.to_owned(), |term| format!("{role} term {term}"))
}

/// Terms as colours: neighbours differ.
fn colour(term: Option<u64>) -> String {
    term.map_or_else(|| "#bbb".to_owned(), |term| format!("hsl({},60%,55%)", term.wrapping_mul(137) % 360))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
