//! Machines that refuse what the harness would like, and programs that were not written for it: each ends with one
//! sentence and an exit code, and leaves nothing behind.

#![allow(clippy::unwrap_used)]

#[path = "../cli/place.rs"]
#[allow(dead_code)]
mod place;
mod privileges;
mod programs;
mod shortages;
#[path = "../skipped/mod.rs"]
mod skipped;
mod surroundings;
mod wrappers;
