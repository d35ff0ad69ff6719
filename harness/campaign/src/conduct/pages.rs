//! What is written for people of what the ledger holds by now: the page of a campaign, or that of an experiment.
//!
//! A campaign's page is drawn from its sums. An experiment asks more of its runs than sums, and asks it at the end. So its page
//! is drawn from the ledger itself, line by line, and nothing is kept for it meanwhile.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::page::{CampaignVerdict, Extras};
use crate::plan::{ExperimentAnswer, ExperimentFacts, ExperimentQuestion};
use crate::results::{Identity, Tally};

use super::{Conductor, Stop};
use crate::{ledger, publish};

/// How often the page of a campaign is written.
const CAMPAIGN: Duration = Duration::from_secs(60);

/// How often that of an experiment is: the whole ledger is read for it.
const EXPERIMENT: Duration = Duration::from_secs(180);

/// Everything that is needed to write the page, beside the loop.
pub(super) struct Pages {
    pub(super) folder: PathBuf,
    pub(super) identity: Identity,
    pub(super) tally: Tally,
    extras: Extras,
    experiment: Option<(ExperimentQuestion, ExperimentFacts)>,
}

impl Pages {
    /// Writes the page. Answers what an experiment's says.
    pub(super) fn write(&self) -> io::Result<Option<ExperimentAnswer>> {
        let Some((question, told)) = &self.experiment else {
            return publish::page(&self.folder, &self.identity, &self.tally, &self.extras).map(|_| None);
        };
        let mut entries = ledger::entries(&self.folder)?;
        (question.answering)(&self.folder, &question.experiment, &mut entries, told).map(Some).map_err(io::Error::other)
    }

    /// What a campaign's page says.
    pub(super) fn verdict(&self) -> CampaignVerdict {
        CampaignVerdict::of(&self.identity, &self.tally, &self.extras)
    }
}

impl Conductor<'_> {
    /// How often the page is written.
    pub(super) fn page_period(&self) -> Duration {
        if self.orders.experiment.is_some() { EXPERIMENT } else { CAMPAIGN }
    }

    /// What there is to write by now.
    pub(super) fn pages(&self) -> Pages {
        let extras = self.extras();
        let experiment = self.orders.experiment.as_ref().map(|question| {
            let told = ExperimentFacts {
                folder: extras.folder.clone(),
                version: self.orders.identity.version.clone(),
                seed: self.orders.identity.seed,
                spent: self.spent(),
                running: self.stop.is_none(),
                cut_short: match &self.stop {
                    None | Some(Stop::Complete) => None,
                    _ => extras.cut_short.clone(),
                },
                notes: self.notes.clone(),
            };
            (question.clone(), told)
        });
        Pages {
            folder: self.campaign.folder.clone(),
            identity: self.orders.identity.clone(),
            tally: self.tally.clone(),
            extras,
            experiment,
        }
    }
}
