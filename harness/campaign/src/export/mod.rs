//! Many runs for other tools, one format a file.

pub mod github;
pub mod openmetrics;
