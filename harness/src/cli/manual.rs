//! `interregnum doctor`, `completions` and `man`.

use clap::CommandFactory;

use super::args::{Cli, DoctorArgs, Format};
use super::{CommandResult, Failure, print, print_json};
use cluster::doctor;
use history::exit::ExitCode;

/// Tries everything; 70 when something is missing that every run needs.
pub(super) fn doctor(args: &DoctorArgs) -> CommandResult {
    let checks = doctor::examine(&std::env::temp_dir());
    if args.format == Format::Json {
        print_json(&checks)?;
    } else {
        for check in &checks {
            print(format!("{:<4} {:<28} {}", if check.ok { "ok" } else { "no" }, check.ability, check.detail));
            if let Some(remedy) = &check.remedy {
                print(format!("     to allow it: {remedy}"));
            }
        }
    }
    let needed = ["loopback", "verified kills and pauses"];
    let fit = checks.iter().all(|check| check.ok || !needed.contains(&check.ability));
    Ok(if fit { ExitCode::Valid } else { ExitCode::Harness })
}

/// Prints a completion script.
pub(super) fn completions(shell: clap_complete::Shell) -> CommandResult {
    // Into memory first: the generator panics when its reader goes away (`… | head`).
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "interregnum", &mut script);
    print(String::from_utf8_lossy(&script).trim_end());
    Ok(ExitCode::Valid)
}

/// Prints the manual page, all commands in one.
pub(super) fn man() -> CommandResult {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(Failure::harness)?;
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help" && !sub.is_hide_set()) {
        let man = clap_mangen::Man::new(sub.clone());
        man.render_name_section(&mut page)
            .and_then(|()| man.render_synopsis_section(&mut page))
            .and_then(|()| man.render_options_section(&mut page))
            .map_err(Failure::harness)?;
    }
    print(String::from_utf8_lossy(&page));
    Ok(ExitCode::Valid)
}
