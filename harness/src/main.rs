//! `interregnum`: see the library for everything that is not a line of this page.

use std::process::ExitCode;

use clap::Parser;
use harness::cli;

fn main() -> ExitCode {
    cluster::sandbox::give_memory_back();
    let cli = match cli::args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let mistake = cli::mistake::sentence(&error, &cli::command_line());
            match &mistake {
                Some(sentence) => eprintln!("interregnum: {}", cli::visible(sentence)),
                None => {
                    if let Some(why) = cli::unwritten(error.print()).filter(|_| !error.use_stderr()) {
                        eprintln!("interregnum: {why}");
                        return history::exit::ExitCode::Harness.into();
                    }
                }
            }
            let usage = history::exit::ExitCode::Usage;
            return if error.use_stderr() { usage.into() } else { ExitCode::SUCCESS };
        }
    };
    std::panic::set_hook(Box::new(|panic| eprintln!("interregnum: a bug of the harness: {panic}")));
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cli::run(cli)));
    match ended {
        Ok(Ok(code)) => code.into(),
        Ok(Err(failure)) => {
            eprintln!("interregnum: {}", cli::visible(&failure.message));
            failure.code.into()
        }
        Err(_) => history::exit::ExitCode::Harness.into(),
    }
}
