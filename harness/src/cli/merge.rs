//! `interregnum merge`: parts of a campaign, from wherever they were run, become one.

use std::path::PathBuf;

use campaign::export::github::GithubReport;
use clap::Args;

use super::args::Format;
use super::{CommandResult, Failure, github, print, print_json};
use campaign::merged;
use history::exit::ExitCode;

/// `interregnum merge`.
#[derive(Debug, Clone, Args)]
pub struct MergeArgs {
    /// Folders of campaigns, of shards, or of earlier merges; or folders that hold such
    #[arg(required = true, value_name = "DIR")]
    pub parts: Vec<PathBuf>,
    /// The folder of the merged campaign; made new
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Text for people or JSON for machines
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

pub(super) fn run(args: &MergeArgs) -> CommandResult {
    let failed = |trouble: merged::Trouble| match trouble.is_usage() {
        true => Failure::usage(trouble),
        false => Failure::harness(trouble),
    };
    let joined = merged::join(&args.parts).map_err(failed)?;
    for note in &joined.notes {
        eprintln!("interregnum: {note}");
    }
    let verdict = merged::write(&args.out, &joined).map_err(failed)?;
    github::tell(|| GithubReport::of_campaign(&verdict, &args.out));
    if args.format == Format::Json {
        print_json(&verdict)?;
    } else {
        let record = &joined.merged.record;
        print(&record.sentence);
        for hole in &record.holes {
            print(format!("  missing: unit {}, {} {} seed {}", hole.number, hole.system, hole.workload, hole.seed));
        }
        if !record.complete {
            print(
                "  to complete it, run what is missing with the campaign's own command (--shard says which part), and merge that \
                 folder with this one",
            );
        }
        print(campaign::page::table(&verdict, super::colour()));
        print(format!("report: {}", args.out.join("report.html").display()));
    }
    Ok(code(verdict.exit))
}

fn code(exit: u8) -> ExitCode {
    match exit {
        0 => ExitCode::Valid,
        1 => ExitCode::Invalid,
        2 => ExitCode::Unknown,
        _ => ExitCode::Harness,
    }
}
