//! The run for other tools, one format a file.

pub mod github;
pub mod junit;
pub mod openmetrics;
pub mod trace;

#[cfg(test)]
mod tests;
