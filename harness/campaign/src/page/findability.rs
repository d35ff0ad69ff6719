//! What a green campaign is worth: how likely so many runs would have found each bug that can be planted.
//!
//! A bug that is found in a share p of the runs is missed by n of them with the chance (1 − p)ⁿ. p was measured with the
//! reference node and the mix of `make detection`. So the figures stand only on the page of a campaign of the reference node with
//! all workloads and no settings. What another node does with the same bug was never measured.

use crate::findability::{Measured, measured};
use crate::results::{Identity, odds};
use maud::{Markup, html};
use workloads::workload;

use super::CampaignVerdict;
use reports::text::{count, grouped, percent};

pub(super) fn section(verdict: &CampaignVerdict) -> Markup {
    let runs = verdict.totals.counts.iter().filter(|(ending, _)| ["valid", "invalid"].contains(&ending.as_str()));
    let runs: u64 = runs.map(|(_, runs)| runs).sum();
    html! {
        @if let Some(why) = other_than_measured(&verdict.campaign) {
            p.muted {
                "How often planted bugs are found was measured with the reference node, all workloads and no settings. It does not "
                "apply here: " (why) "."
            }
        } @else if runs == 0 {
            p.muted { "No run drawn blind was judged, so none would have found anything." }
        } @else {
            p {
                "If the reference node had one of these bugs, how likely would as many runs as were judged here ("
                (count(runs, "run")) ", drawn blind) of the mix of " code { "make detection" } " have found it?"
            }
            details {
                summary { "Each bug, and what was measured of it" }
                (table(runs))
            }
            p.muted.small {
                "In brackets what follows from the 95 % interval (Wilson) of the measured share. The mix has settings, such as PreVote, "
                "that this campaign has not: a bug that shows only there is less likely to be found here than the table says."
            }
        }
    }
}

/// Why the measured rates say nothing of this campaign.
fn other_than_measured(campaign: &Identity) -> Option<&'static str> {
    let has = |name: &str| campaign.workloads.iter().any(|one| one.split(':').next() == Some(name));
    // Workloads that cannot be run on this machine are left out of a campaign that asks for all.
    let needed = workload::all().iter().map(|one| one.name()).filter(|name| *name != "crash-points");
    if campaign.systems != ["reference"] {
        Some("this campaign is of another system")
    } else if campaign.options.iter().any(|option| !option.starts_with("--network=")) {
        Some("this campaign has settings of its own")
    } else if !needed.into_iter().all(has) {
        Some("this campaign has not all workloads")
    } else {
        None
    }
}

/// The chance that so many runs find a bug that a run finds with the chance `share`.
fn chance(share: f64, runs: u64) -> f64 {
    1.0 - (1.0 - share).powf(runs as f64)
}

fn table(runs: u64) -> Markup {
    let row = |bug: &Measured| {
        let (low, high) = odds::Rate::of(bug.found, bug.runs).interval;
        let share = bug.found as f64 / bug.runs.max(1) as f64;
        html! {
            tr {
                td { code { (bug.defect) } }
                td.num { (grouped(bug.found)) " of " (grouped(bug.runs)) }
                td.num {
                    @if bug.found == 0 { "not known, at most " (percent(chance(high, runs))) }
                    @else { (percent(chance(share, runs))) " [" (percent(chance(low, runs))) ", " (percent(chance(high, runs))) "]" }
                }
            }
        }
    };
    html! {
        div.scroll tabindex="0" { table {
            thead { tr { th { "Bug" } th.num { "Measured: found in" } th.num { "Found by so many runs" } } }
            tbody { @for bug in measured() { (row(bug)) } }
        } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::identity;

    fn of_everything() -> Identity {
        let workloads = workload::all().iter().map(|one| one.name().to_owned()).collect();
        Identity { systems: vec!["reference".into()], workloads, options: vec!["--network=auto".into()], ..identity() }
    }

    #[test]
    fn measured_rates_apply_to_the_default_mix_of_the_reference_node_and_to_nothing_else() {
        assert_eq!(other_than_measured(&of_everything()), None);
        let set = Identity { options: vec!["--set=prevote=true".into()], ..of_everything() };
        assert!(other_than_measured(&set).unwrap().contains("settings"));
        let etcd = Identity { systems: vec!["etcd".into()], ..of_everything() };
        assert!(other_than_measured(&etcd).unwrap().contains("another system"));
        let chaos = Identity { workloads: vec!["chaos".into()], ..of_everything() };
        assert!(other_than_measured(&chaos).unwrap().contains("not all workloads"));
    }

    #[test]
    fn more_runs_find_more_and_a_bug_that_was_never_found_is_promised_nothing() {
        assert!((chance(0.1, 1) - 0.1).abs() < 1e-12 && chance(0.1, 30) > 0.95 && chance(0.0, 1000) == 0.0);
        let text = table(50).into_string();
        assert!(text.contains("not known, at most") && !text.contains("NaN"), "{text}");
    }
}
