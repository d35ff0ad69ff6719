//! The reference Raft-election node; see the library for what it does and why.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use node::defects;
use node::exit::{Exit, Fatal};
use node::options::{Format, Options};

fn main() -> ExitCode {
    let options = match Options::try_parse() {
        Ok(options) => options,
        Err(error) => {
            // Printing help to a closed terminal is no failure.
            let _ = error.print();
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return if asked { Exit::Asked } else { Exit::Usage }.into();
        }
    };
    if options.list_defects {
        return list(options.format).into();
    }
    match run(options) {
        Ok(()) => Exit::Asked.into(),
        Err(fatal) => {
            let _ = writeln!(std::io::stderr(), "interregnum-node: {fatal}");
            fatal.exit.into()
        }
    }
}

fn run(options: Options) -> Result<(), Fatal> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Fatal::new(Exit::Io, format!("cannot start the runtime: {error}")))?;
    // This is a task like the connections. The runtime asks the kernel for news before it goes from one of them to what it blocks
    // on, but not before it goes to another task.
    let node = runtime.block_on(async { tokio::spawn(node::shell::run(options)).await });
    node.unwrap_or_else(|error| Err(Fatal::new(Exit::Io, format!("a bug of the node: {error}"))))
}

fn list(format: Format) -> Exit {
    let defects = defects::listed();
    let text = match format {
        Format::Json => serde_json::to_string_pretty(&defects).unwrap_or_default() + "\n",
        Format::Text => defects.iter().map(|defect| format!("{defect}\n")).collect(),
    };
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => Exit::Asked,
        Err(_) => Exit::Io,
    }
}
