//! What can be wrong with a system file, with `--set`, or with a program: one sentence each.

use std::path::PathBuf;

/// Something the user wrote, or something it names, cannot be used. Each message is one sentence that says what is
/// wrong, where, and what to do; all of them end an invocation with exit code 64.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SystemError {
    /// Something in a system file.
    #[error("{file}:{line}:{column}: {message}")]
    At {
        /// The file, as the user gave it, or `systems/NAME.toml` of a built-in one.
        file: String,
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
        /// What is wrong and what to do.
        message: String,
    },
    /// A system file cannot be read.
    #[error("cannot read the system file {path}: {why}", path = .path.display())]
    Unreadable { path: PathBuf, why: String },
    /// No system has this name.
    #[error(
        "there is no system `{name}`; built in: {known}; a file of your own is given by its path, such as ./{name}.toml"
    )]
    NoSuchSystem {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A `--set` that cannot be carried out.
    #[error("--set {setting}: {message}")]
    Setting {
        /// As it was given.
        setting: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// A cluster that cannot be built.
    #[error("{0}")]
    Cluster(String),
    /// A network that cannot carry this system.
    #[error("{0}")]
    Network(String),
    /// A program that cannot be run.
    #[error("{0}")]
    Program(String),
}
