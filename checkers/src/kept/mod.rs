//! What the judges keep of a run: rows of a few numbers, one or more for each term.
//!
//! A long run has a hundred thousand terms, and what two nodes did in a term may have to be put side by side at the end. So
//! nothing is forgotten; but rows that follow each other differ by little, and hardly any of them is looked at again before
//! the end. Old rows are kept as bytes ([`row`]), the newest as they are.

mod list;
mod map;
mod row;
mod series;
mod store;

pub(crate) use list::List;
pub(crate) use map::{Finder, Map};
pub(crate) use row::{Packer, Row, Unpacker, row};
pub(crate) use series::{Growing, Series};

/// So many rows become bytes together.
const TOGETHER: usize = 128;
