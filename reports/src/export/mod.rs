//! The run for other tools, one format a file.

pub mod junit;
pub mod trace;

#[cfg(test)]
mod tests;
