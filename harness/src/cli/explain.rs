//! `interregnum explain`: what a finding means, what usually causes it, and where to look.

use clap::Args;
use clap::builder::PossibleValuesParser;
use history::finding::explained::{Explanation, explanation, explanations};
use serde::Serialize;

use super::args::Format;
use super::{CommandResult, Failure, print, print_json};
use history::exit::ExitCode;

/// `interregnum explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The code of a finding, as it stands in the report and in verdict.json; all of them by default
    #[arg(value_parser = PossibleValuesParser::new(explanations().iter().map(|one| one.code)), hide_possible_values = true)]
    pub code: Option<String>,
    /// Text for people or JSON for machines
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// As it is written for machines.
#[derive(Serialize)]
struct Entry {
    code: &'static str,
    title: &'static str,
    why: &'static str,
    causes: &'static str,
    look: &'static str,
}

pub(super) fn run(args: &ExplainArgs) -> CommandResult {
    let chosen: Vec<&Explanation> = match &args.code {
        Some(code) => vec![explanation(code).ok_or_else(|| Failure::usage(format!("there is no finding `{code}`")))?],
        None => explanations().iter().collect(),
    };
    let entries = chosen.iter().map(|one| Entry {
        code: one.code,
        title: history::words::title(one.code).unwrap_or_default(),
        why: one.why,
        causes: one.causes,
        look: one.look,
    });
    match args.format {
        Format::Json => print_json(&entries.collect::<Vec<_>>())?,
        Format::Text => {
            let texts: Vec<String> = entries.map(|entry| text(&entry)).collect();
            print(texts.join("\n\n"));
        }
    }
    Ok(ExitCode::Valid)
}

/// One of them, as it stands in docs/findings.md.
fn text(entry: &Entry) -> String {
    let title = entry.title[..1].to_uppercase() + &entry.title[1..];
    format!(
        "## {}\n\n{title}.\n\n- **Why it matters.** {}\n- **Usual causes.** {}\n- **Where to look.** {}",
        entry.code, entry.why, entry.causes, entry.look
    )
}
