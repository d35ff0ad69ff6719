//! Verdicts and histories turned into pages, plots and exports.
//!
//! A run leaves a folder behind, and this crate turns what is in it into what a person or another tool can read. It
//! works in two steps that are kept apart. [`model`] reads the history (and the verdict, where there is one) into
//! lanes, faults, findings and rows: what happened, with no idea of a page. [`page`], [`plot`] and `export` turn
//! that model into one format each, and none of them reads a file. So a richer page can replace this one without
//! touching the model, and every page tells the same story as every export.
//!
//! Nothing here judges. The `checkers` decide what is wrong with a run, and it stands in their `Outcome`. This crate only shows
//! it, and says so when it is missing. Everything that came from a node or from a file is hostile until it has passed through
//! [`text::clean`] and the escaping of the format it goes into. `clean` makes control characters visible and bounds the length.
//!
//! [`run`] is the way in; [`asked`] and [`verdict`] write `run.json` and `verdict.json`. Every file is written beside its place
//! and renamed into it, so that a reader never sees half of one.

#![allow(missing_docs, reason = "used by this workspace alone: a field whose name says it all has no second line")]

pub mod asked;
mod export;
pub mod file;
pub mod folder;
pub mod model;
pub mod page;
pub mod plot;
pub mod run;
pub mod text;
pub mod verdict;

#[cfg(test)]
#[path = "../examples/sample_report/sample.rs"]
#[allow(dead_code)]
pub(crate) mod sample;
#[cfg(test)]
mod skeleton;
#[cfg(test)]
mod snapshots;

pub use file::ReportError;
