//! `elections.svg`: the distributions of the election times of both sides, one over the other.

use super::{OfKind, Side, times};
use reports::file::ReportError;
use reports::plot::curves::{Curve, Curves};
use reports::plot::{Plot, palette};
use reports::text::count;

/// The most kinds of faults that have curves.
const MOST_KINDS: usize = 6;

/// The curves of each kind of fault, each with the name of its file; where there is none, a sheet that says so.
pub(super) fn elections(a: &Side, b: &Side, kinds: &[OfKind]) -> Result<Vec<(String, Plot)>, ReportError> {
    let of = |place: usize, kind: Option<&OfKind>| {
        let name = if place == 0 { "elections".to_owned() } else { format!("elections-{}", place + 1) };
        Ok((name, of_kind(a, b, kind)?))
    };
    match kinds {
        [] => Ok(vec![of(0, None)?]),
        kinds => kinds.iter().take(MOST_KINDS).enumerate().map(|(place, kind)| of(place, Some(kind))).collect(),
    }
}

fn of_kind(a: &Side, b: &Side, kind: Option<&OfKind>) -> Result<Plot, ReportError> {
    let sorted = |side| kind.map_or(Vec::new(), |kind| times::sorted(side, &kind.fault, kind.to_win));
    let (times_a, times_b) = (sorted(a), sorted(b));
    // The second is drawn wider and below, so that where both run together both are seen.
    let both = [("B", &times_b, palette::CANDIDATE, 5, 0.16), ("A", &times_a, palette::LEADER, 2, 0.26)];
    let none = "No election after a fault was timed on either side.";
    let svg = Curves { name: "elections", time: "election time", none, key: (0.1, 19) }
        .draw(&both.map(|(label, times, color, width, height)| Curve { label, times, color, width, height }))?;
    let caption = format!(
        "Share of elections{} done within a time, {}: A, {}, and B, {}.",
        kind.map_or_else(String::new, OfKind::after),
        if kind.is_some_and(|kind| kind.to_win) {
            "from the fault to the win"
        } else {
            "for which a majority was without a leader"
        },
        count(times_a.len() as u64, "election"),
        count(times_b.len() as u64, "election")
    );
    Ok(Plot { name: "elections", caption, svg })
}
