//! What others read while a campaign runs and after it: the page, and the metrics for users who watch it with Prometheus.
//!
//! Both are drawn from the sums and replaced by rename, so a reader finds them whole. The metrics are cheap and are
//! written often; the page is for people.

use std::io;
use std::path::Path;

use crate::export::openmetrics::{self, Live};
use crate::page::{CampaignVerdict, Extras};
use crate::results::{Identity, Tally};

use super::campaign_folder;

/// The name of the metrics.
pub(crate) const METRICS: &str = "metrics.prom";

/// Writes `report.html` and `verdict.json`.
///
/// # Errors
/// A file cannot be written.
pub(crate) fn page(folder: &Path, identity: &Identity, tally: &Tally, extras: &Extras) -> io::Result<CampaignVerdict> {
    crate::page::write(folder, identity, tally, extras).map(|written| written.verdict).map_err(io::Error::other)
}

/// Writes the metrics, as OpenMetrics text. `live`: what there is to say of the moment, while the campaign runs.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn metrics(folder: &Path, identity: &Identity, tally: &Tally, live: Option<&Live>) -> io::Result<()> {
    campaign_folder::put_bytes(&folder.join(METRICS), openmetrics::text(identity, tally, live).as_bytes())
}
