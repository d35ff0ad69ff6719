//! Rare planted bugs, hunted by campaigns that draw blind and by campaigns that search.

pub(crate) mod page;
pub mod plan;
