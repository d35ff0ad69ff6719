//! Coverage: what was done to which nodes. A night that killed only followers has shown little.

use std::collections::{BTreeMap, BTreeSet};

use history::Vocabulary;
use history::measures::Whom;
use maud::{Markup, html};

use super::CampaignVerdict;
use reports::text::{grouped, name};

/// The most rows and columns of a table.
const MOST: usize = 40;

/// Both tables.
pub(super) fn coverage(verdict: &CampaignVerdict) -> Markup {
    html! {
        @if verdict.hits.is_empty() {
            p.muted { "No fault was installed in any run." }
        } @else {
            div.pair {
                figure { (hits(&verdict.hits)) figcaption { "How often which fault hit which role: the role that its target certainly had when it began. A fault of links counts for the node that it isolates, else as links." } }
                @if !verdict.overlaps.is_empty() {
                    figure { (overlaps(&verdict.overlaps)) figcaption { "How often two faults were certainly in force at once." } }
                }
            }
        }
    }
}

/// `kill leader` → 3 as rows of kinds and columns of roles.
fn hits(hits: &BTreeMap<String, u64>) -> Markup {
    let split = |what: &str| what.rsplit_once(' ').map(|(kind, role)| (kind.to_owned(), role.to_owned()));
    let cells: BTreeMap<(String, String), u64> =
        hits.iter().filter_map(|(what, &count)| split(what).map(|cell| (cell, count))).collect();
    let kinds: BTreeSet<&str> = cells.keys().map(|(kind, _)| kind.as_str()).collect();
    let hit = |role: &&str| cells.keys().any(|(_, other)| other == role);
    // The columns come in the order of the list; others follow.
    let known = Whom::ALL.iter().map(|whom| whom.as_str()).filter(hit);
    let other: BTreeSet<&str> =
        cells.keys().map(|(_, role)| role.as_str()).filter(|role| Whom::exactly(role).is_none()).collect();
    let roles: Vec<&str> = known.chain(other).take(MOST).collect();
    table("Fault", &kinds, &roles, &|kind, role| cells.get(&(kind.to_owned(), role.to_owned())).copied().unwrap_or(0))
}

/// `cut + kill` → 2 as a triangle.
fn overlaps(overlaps: &BTreeMap<String, u64>) -> Markup {
    let split = |what: &str| what.split_once(" + ").map(|(a, b)| (a.to_owned(), b.to_owned()));
    let cells: BTreeMap<(String, String), u64> =
        overlaps.iter().filter_map(|(what, &count)| split(what).map(|cell| (cell, count))).collect();
    let rows: BTreeSet<&str> = cells.keys().map(|(a, _)| a.as_str()).collect();
    let columns: BTreeSet<&str> = cells.keys().map(|(_, b)| b.as_str()).collect();
    let columns: Vec<&str> = columns.into_iter().take(MOST).collect();
    table("With", &rows, &columns, &|a, b| cells.get(&(a.to_owned(), b.to_owned())).copied().unwrap_or(0))
}

fn table(corner: &str, rows: &BTreeSet<&str>, columns: &[&str], at: &dyn Fn(&str, &str) -> u64) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table {
                thead { tr { th { (corner) } @for column in columns { th.num { (name(column)) } } } }
                tbody {
                    @for row in rows.iter().take(MOST) {
                        tr {
                            td.keep { (name(row)) }
                            @for column in columns {
                                @match at(row, column) {
                                    0 => { td.num.muted { "–" } }
                                    count => { td.num { (grouped(count)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
