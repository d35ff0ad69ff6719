//! The page's script and style sheet, compiled in: one list, in the order in which they stand on the page.

/// The style sheet of the run page, after the common one.
pub const STYLE: &str = include_str!("assets/report.css");

/// The script, in parts that share one function scope; the last starts it.
pub const SCRIPTS: [&str; 1] = [include_str!("assets/main.js")];
