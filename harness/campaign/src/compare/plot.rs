//! `elections.svg`: the distributions of the election times of both sides, one over the other.

use plotters::prelude::*;

use super::{OfKind, Side, times};
use reports::file::ReportError;
use reports::plot::{Area, Drawn, Plot, axes, draw, nothing, palette, text};
use reports::text::{count, duration};

/// The most kinds of faults that have curves.
const MOST_KINDS: usize = 6;

/// The most steps of a curve: more than this no eye tells apart.
const STEPS: usize = 1500;

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
    let svg = draw("elections", (900, 380), |area| {
        if times_a.is_empty() && times_b.is_empty() {
            return nothing(area, "No election after a fault was timed on either side.");
        }
        curves(area, &times_a, &times_b)
    })?;
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

fn curves(area: &Area<'_>, a: &[u64], b: &[u64]) -> Drawn {
    let ms = |t: u64| (t as f64 / 1e6).max(0.1);
    let least = a.first().into_iter().chain(b.first()).min().copied().unwrap_or(0);
    let most = a.last().into_iter().chain(b.last()).max().copied().unwrap_or(0);
    let (low, high) = (ms(least) * 0.7, ms(most) * 1.4);
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .margin_right(24)
        .x_label_area_size(50)
        .y_label_area_size(72)
        .build_cartesian_2d((low..high).log_scale().with_key_points(ticks(low, high)), 0f64..1f64)?;
    axes(&mut chart)
        .x_labels(20)
        .y_labels(6)
        .x_desc("election time")
        .y_desc("share of elections")
        .x_label_formatter(&|ms| duration((*ms * 1e6) as u64))
        .y_label_formatter(&|share| format!("{:.0} %", share * 100.0))
        .draw()?;
    // The second is drawn wider and below, so that where both run together both are seen.
    let both = [("B", b, palette::CANDIDATE, 5u32, 0.16), ("A", a, palette::LEADER, 2, 0.26)];
    for (label, times, color, width, height) in both.into_iter().filter(|side| !side.1.is_empty()) {
        let points = steps(times).into_iter().map(|(time, share)| (ms(time), share));
        let points = std::iter::once((low, 0.0)).chain(points).chain([(high, 1.0)]);
        chart.draw_series(LineSeries::new(points, color.stroke_width(width)))?;
        let x = high / (high / low).powf(0.1);
        chart.draw_series([PathElement::new(
            vec![(x, height), (x * (high / low).powf(0.04), height)],
            color.stroke_width(width),
        )])?;
        let at = (x * (high / low).powf(0.05), height + 0.025);
        chart.draw_series([Text::new(label, at, text(19, &palette::INK))])?;
    }
    Ok(())
}

/// 1, 2 and 5 of every power of ten between the ends.
pub fn ticks(low: f64, high: f64) -> Vec<f64> {
    let powers = (-2..8).map(|power| 10f64.powi(power));
    let ticks = powers.flat_map(|power| [power, 2.0 * power, 5.0 * power]);
    ticks.filter(|tick| (low..=high).contains(tick)).collect()
}

/// The corners of an empirical distribution function, thinned to what can be seen.
pub fn steps(sorted: &[u64]) -> Vec<(u64, f64)> {
    let n = sorted.len();
    let every = n.div_ceil(STEPS).max(1);
    let mut corners = Vec::new();
    let mut before = 0.0;
    for index in (0..n).filter(|index| (index + 1) % every == 0 || index + 1 == n) {
        corners.push((sorted[index], before));
        before = (index + 1) as f64 / n as f64;
        corners.push((sorted[index], before));
    }
    corners
}
