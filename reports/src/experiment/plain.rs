//! The page of an experiment that has none of its own: the table of cells that every page ends with is all there is.

use checkers::campaign::Entry;
use workloads::plan::{Cell, Experiment};

use super::{Drawn, Page};
use crate::file::ReportError;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Plain;

impl Page for Plain {
    fn add(&mut self, _: &Cell, _: &Entry) {}

    fn draw(&self, _: &Experiment) -> Result<Drawn, ReportError> {
        Ok(Drawn::default())
    }
}
