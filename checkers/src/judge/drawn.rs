//! Checkers that judge the picture of the whole run.
//!
//! The liveness checkers need to know when processes were up and links open, which a history tells late, and all need
//! the same. So the panel records one [`World`](crate::world::World), makes one [`Picture`] of it when the last event is in, and these
//! checkers, which take nothing from single events, look at that.

use std::sync::{Arc, OnceLock};

use crate::world::Picture;
use history::finding::Unjudged;
use history::verdict::Judgement;
use history::{Event, Names};

use super::{Checker, prose};

/// Where the panel puts the picture when there is one.
pub type WholePicture = Arc<OnceLock<Picture>>;

/// One of them.
#[derive(Clone)]
pub(super) struct Drawn {
    pub(super) name: &'static str,
    pub(super) judge: fn(&Picture) -> Judgement,
    pub(super) whole: WholePicture,
}

impl Checker for Drawn {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_blind_to_samples(&self) -> bool {
        true
    }

    fn feed(&mut self, _event: &Event) {}

    fn look_at(&mut self, picture: &WholePicture) {
        self.whole = picture.clone();
    }

    fn finish(&mut self, _names: &Names) -> Judgement {
        match self.whole.get() {
            Some(picture) => (self.judge)(picture),
            None => prose::not_judged(self.name, Unjudged::NotRecorded),
        }
    }
}
