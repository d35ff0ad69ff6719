//! The page of an experiment that has none of its own: the table of cells that every page ends with is all there is.

use campaign::plan::{Cell, Experiment};
use campaign::results::Entry;

use crate::pages::{Drawn, Page};
use reports::file::ReportError;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Plain;

impl Page for Plain {
    fn add(&mut self, _: &Cell, _: &Entry) {}

    fn draw(&self, _: &Experiment) -> Result<Drawn, ReportError> {
        Ok(Drawn::default())
    }
}
