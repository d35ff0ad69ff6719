//! The page of an output folder.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use history::Verdict;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::{FolderKind, Index, IndexLine};
use reports::page::parts::table;
use reports::page::{badge, style};
use reports::text::{LONGEST, clean, count, grouped, name};

const SCRIPT: &str = include_str!("index.js");

/// What the common style sheet does not have.
const STYLE: &str = "
form.filter{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:end;margin:18px 0 10px}
form.filter label{font-size:13px;color:var(--muted);display:grid;gap:2px}
form.filter select,form.filter input,form.filter button{font:inherit;font-size:14px;height:32px;color:var(--ink);background:var(--paper);border:1px solid var(--line);border-radius:6px;padding:4px 8px;max-width:220px}
form.filter[hidden]{display:none}
#shown{margin-left:auto;font-size:13px;color:var(--muted);align-self:center}
#invocations .scroll{max-height:none}
#invocations tr[hidden]{display:none}
tr.part td{border-top:0;font-size:13px;padding-top:2px;padding-bottom:2px}tr.part td:nth-child(2){padding-left:32px}
#invocations td:nth-child(4),#invocations td:nth-child(5){overflow-wrap:normal;min-width:84px}
@media(min-width:900px){#invocations td:nth-child(2) a{white-space:nowrap}}
td.when{white-space:nowrap;color:var(--muted);font-variant-numeric:tabular-nums}
button.fold{font:inherit;font-size:12.5px;color:var(--link);background:none;border:1px solid var(--line);border-radius:5px;padding:0 7px;margin-left:8px;cursor:pointer}
button.fold[hidden]{display:none}
:focus-visible{outline:2px solid var(--link);outline-offset:1px}
@media print{form.filter{display:none}}
";

/// The names of one filter, numbered.
struct Names {
    field: &'static str,
    label: &'static str,
    numbers: BTreeMap<String, usize>,
}

impl Names {
    fn of(field: &'static str, label: &'static str, index: &Index, names: impl Fn(&IndexLine) -> Vec<String>) -> Self {
        let lines = index.lines.iter().flat_map(|line| std::iter::once(line).chain(&line.parts));
        let all: std::collections::BTreeSet<String> = lines.flat_map(names).collect();
        Self { field, label, numbers: all.into_iter().zip(1..).collect() }
    }

    fn numbers(&self, names: &[String]) -> String {
        let numbers = names.iter().filter_map(|name| self.numbers.get(name));
        numbers.map(usize::to_string).collect::<Vec<_>>().join(" ")
    }

    fn select(&self) -> Markup {
        html! {
            label {
                (self.label)
                select name=(self.field) {
                    option value="" { "any" }
                    @for (one, number) in &self.numbers { option value=(number) { (clean(one, 60)) } }
                }
            }
        }
    }
}

fn verdict(line: &IndexLine) -> Vec<String> {
    vec![line.verdict.map_or("none", Verdict::as_str).to_owned()]
}

pub(super) fn page(index: &Index) -> String {
    let verdicts = Names::of("verdict", "Verdict", index, verdict);
    let workloads = Names::of("workload", "Workload", index, |line| line.workloads.clone());
    let systems = Names::of("system", "System", index, |line| line.systems.clone());
    let checkers = Names::of("checker", "Not valid by", index, |line| line.checkers.clone());
    let row = |line: &IndexLine| {
        html! {
            tr class=[line.began.is_empty().then_some("part")] data-verdict=(verdicts.numbers(&verdict(line)))
                data-workload=(workloads.numbers(&line.workloads)) data-system=(systems.numbers(&line.systems))
                data-checker=(checkers.numbers(&line.checkers)) { (cells(line)) }
        }
    };
    let body = html! {
        header { h1 { "All runs" } p.muted { (sentence(index)) } }
        form #filter .filter hidden role="search" aria-label="Filter" {
            (verdicts.select()) (workloads.select()) (systems.select()) (checkers.select())
            label { "Words" input #words type="search" name="words" placeholder="seed, name, sentence"; }
            button type="reset" { "Clear" }
            output #shown aria-live="polite" {}
        }
        section #invocations {
            (table(&["When (UTC)", "What", "Verdict", "Workload", "System", "#Seed", "Said of it"], html! {
                @for line in &index.lines {
                    (row(line))
                    @for part in &line.parts { (row(part)) }
                }
            }))
        }
        @if index.left_out > 0 { p.small.muted { (count(index.left_out as u64, "older invocation")) " not shown; the folders are there." } }
        footer { "Written by interregnum after every invocation; " code { "interregnum report --index DIR" } " writes it anew." }
    };
    whole(&body)
}

fn sentence(index: &Index) -> String {
    let runs = index.lines.iter().filter(|line| line.kind == FolderKind::Run);
    let runs: Vec<&IndexLine> = runs.chain(index.lines.iter().flat_map(|line| &line.parts)).collect();
    let of = |verdict| runs.iter().filter(|line| line.verdict == verdict).count() as u64;
    let mut parts = vec![format!("{} valid", grouped(of(Some(Verdict::Valid))))];
    for (verdict, said) in
        [(Some(Verdict::Invalid), "invalid"), (Some(Verdict::Unknown), "unknown"), (None, "without verdict")]
    {
        if of(verdict) > 0 {
            parts.push(format!("{} {said}", grouped(of(verdict))));
        }
    }
    let campaigns = index.lines.iter().filter(|line| line.kind == FolderKind::Campaign).count() as u64;
    let campaigns = if campaigns > 0 { format!(" And {}.", count(campaigns, "campaign")) } else { String::new() };
    let (invocations, runs) = (count(index.lines.len() as u64, "invocation"), count(runs.len() as u64, "run"));
    format!("{invocations}. {runs}: {}.{campaigns}", parts.join(", "))
}

fn cells(line: &IndexLine) -> Markup {
    let kind = line.kind.as_str();
    let kind = if line.kind == FolderKind::Run || line.name.contains(kind) { "" } else { kind };
    let word = match (line.kind, line.verdict) {
        (FolderKind::Comparison, Some(Verdict::Valid)) => "not worse",
        (FolderKind::Comparison, Some(Verdict::Invalid)) => "worse",
        (_, verdict) => verdict.map_or("none", Verdict::as_str),
    };
    html! {
        td.when { (line.began) }
        td {
            @if line.has_report { a href=(crate::batch::href(&line.folder)) { (clean(&line.name, 80)) } }
            @else { (clean(&line.name, 80)) }
            @if !kind.is_empty() { span.muted { " " (kind) } }
            @if !line.parts.is_empty() { button.fold type="button" hidden aria-expanded="false" { (count(line.parts.len() as u64, "run")) } }
        }
        td.keep { (badge(line.verdict, word)) }
        td { (some(&line.workloads)) }
        td { (some(&line.systems)) }
        td.num { @if let Some(seed) = line.seed { (seed) } }
        td {
            (clean(&line.sentence, LONGEST))
            @if !line.checkers.is_empty() { span.muted.small { " (" (some(&line.checkers)) ")" } }
        }
    }
}

/// A few names, and how many more.
fn some(names: &[String]) -> String {
    let mut words: Vec<String> = names.iter().take(4).map(|one| name(one)).collect();
    if names.len() > 4 {
        words.push(format!("{} more", names.len() - 4));
    }
    words.join(", ")
}

/// The hash by which the content policy knows a script or a style sheet.
pub(super) fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

fn whole(body: &Markup) -> String {
    let sheet = style::sheet() + STYLE;
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(&sheet)
    );
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { "Interregnum: all runs" }
                style { (PreEscaped(&sheet)) }
            }
            body {
                main { (body) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
    .into_string()
}
