//! The plots: both panels of the figure, and split votes.
//!
//! What was measured is a line, what was published are marks at its quantiles: circles for the paper, crosses for the
//! reproduction. Lines are drawn first, so that a mark which lies on its line is seen to.

use crate::figure16::plan::{CURVES, Curve, SERVERS, split_probability};
use plotters::prelude::*;

use super::Trials;
use super::curve::{distribution, title};
use super::published::{HOWARD, ONGARO, sample};
use super::split::SplitResult;
use reports::file::ReportError;
use reports::plot::{Area, Drawn, Plot, axes, draw, nothing, palette, text};

/// So many corners of a line at the most: more cannot be seen.
const CORNERS: usize = 400;
/// The size of a panel, and of its legend.
const SIZE: (u32, u32) = (640, 400);
const LEGEND: u32 = 136;

/// Okabe and Ito's, those that stand out from light and dark alike.
const COLORS: [RGBColor; 6] = [
    palette::LEADER,
    palette::CANDIDATE,
    RGBColor(0x00, 0x9e, 0x73),
    palette::FAULT,
    RGBColor(0x56, 0xb4, 0xe9),
    palette::BAD,
];

/// A distribution: times, microseconds, with the share of the trials that took no longer.
type Steps = Vec<(u64, f64)>;

/// Panel 1 or 2.
pub(super) fn panel<'a>(number: u8, trials: &impl Fn(&str) -> &'a Trials) -> Result<Plot, ReportError> {
    let curves: Vec<&Curve> = CURVES.iter().filter(|curve| curve.panels.contains(&number)).collect();
    let measured: Vec<(&Curve, Steps)> =
        curves.iter().map(|curve| (*curve, distribution(trials(curve.range)))).collect();
    let (name, low, high) = if number == 1 { ("figure16-1", 60.0, 600_000.0) } else { ("figure16-2", 10.0, 1_000.0) };
    let svg = draw(name, SIZE, |area| {
        let (plot, legend) = area.split_horizontally(SIZE.0 - LEGEND);
        lines(&plot, &measured, (low, high))?;
        key(&legend, &curves)
    })?;
    let what = if number == 1 { "by how wide the range of the timeouts is" } else { "by how long the timeouts are" };
    let n: usize = curves.iter().map(|curve| trials(curve.range).each().count()).sum();
    let caption = format!(
        "Time without a leader after a crash, {what}: cumulative share of the trials. Lines: measured, {n} trials; \
         circles: the paper's quantiles; crosses: the reproduction's."
    );
    Ok(Plot { name, caption, svg })
}

fn lines(area: &Area<'_>, measured: &[(&Curve, Steps)], (low, high): (f64, f64)) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(48)
        .y_label_area_size(66)
        .build_cartesian_2d((low..high).log_scale(), 0f64..1f64)?;
    axes(&mut chart)
        .x_labels(8)
        .y_labels(6)
        .x_desc("time without leader (ms)")
        .y_desc("cumulative per cent")
        .x_label_formatter(&|ms| format!("{ms:.0}"))
        .y_label_formatter(&|share| format!("{:.0} %", share * 100.0))
        .draw()?;
    for ((_, steps), color) in measured.iter().zip(COLORS) {
        chart.draw_series(LineSeries::new(corners(steps, low, high), color.stroke_width(2)))?;
    }
    let within = |time: u64| Some(ms(time)).filter(|ms| (low..=high).contains(ms));
    for ((curve, _), color) in measured.iter().zip(COLORS) {
        let points = |dataset| sample(dataset, curve.range).into_iter().flat_map(|published| published.points.iter());
        let crosses = points(HOWARD).filter_map(|&(time, share)| Some((within(time)?, share)));
        chart.draw_series(crosses.map(|at| Cross::new(at, 3, color.stroke_width(1))))?;
        let circles = points(ONGARO).filter_map(|&(time, share)| Some((within(time)?, share)));
        chart.draw_series(circles.map(|at| Circle::new(at, 4, color.stroke_width(2))))?;
    }
    Ok(())
}

fn ms(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

/// The corners of a distribution function, thinned. Where it is known to its end it goes on at the top.
fn corners(steps: &[(u64, f64)], low: f64, high: f64) -> Vec<(f64, f64)> {
    let mut corners = vec![];
    let mut before = 0.0;
    let every = steps.len().div_ceil(CORNERS).max(1);
    for (index, &(time, share)) in steps.iter().enumerate() {
        if index % every == 0 || index + 1 == steps.len() {
            let at = ms(time).clamp(low, high);
            corners.extend([(at, before), (at, share)]);
            before = share;
        }
    }
    corners.extend((before > 1.0 - 1e-9).then_some((high, 1.0)));
    corners
}

fn key(area: &Area<'_>, curves: &[&Curve]) -> Drawn {
    let mut y = 30;
    for (curve, color) in curves.iter().zip(COLORS) {
        area.draw(&PathElement::new(vec![(4, y), (30, y)], color.stroke_width(3)))?;
        area.draw(&Text::new(title(curve.range), (38, y - 8), text(17, &palette::INK)))?;
        y += 24;
    }
    y += 14;
    area.draw(&Circle::new((17, y), 4, palette::INK.stroke_width(2)))?;
    area.draw(&Text::new("paper", (38, y - 8), text(17, &palette::MUTED)))?;
    area.draw(&Cross::new((17, y + 24), 4, palette::INK.stroke_width(1)))?;
    area.draw(&Text::new("reproduction", (38, y + 16), text(17, &palette::MUTED)))?;
    Ok(())
}

/// Split votes: the formula as lines, what was measured as points with intervals.
pub(super) fn split(results: &[SplitResult]) -> Result<Plot, ReportError> {
    let n: u64 = results.iter().map(|result| result.trials).sum();
    let svg = draw("split-votes", (620, 360), |area| {
        if n == 0 { nothing(area, "No trial with equal logs yet.") } else { formula(area, results) }
    })?;
    let caption = format!(
        "Share of first rounds after a crash that were split, with equal logs, by the one-way latency as a share of the range. Lines: \
         the dissertation's formula; points: measured, {n} trials, with 95 % intervals."
    );
    Ok(Plot { name: "split-votes", caption, svg })
}

fn formula(area: &Area<'_>, results: &[SplitResult]) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .margin_right(24)
        .x_label_area_size(48)
        .y_label_area_size(66)
        .build_cartesian_2d(0f64..0.26, 0f64..0.7)?;
    axes(&mut chart)
        .x_labels(6)
        .y_labels(8)
        .x_desc("latency ÷ range of the timeouts")
        .y_desc("split votes")
        .x_label_formatter(&|l| format!("{l:.2}"))
        .y_label_formatter(&|share| format!("{:.0} %", share * 100.0))
        .draw()?;
    for (down, color, label) in [(1, palette::LEADER, "one of five down"), (2, palette::CANDIDATE, "two of five down")]
    {
        let line = (0..=130).map(|step| f64::from(step) / 500.0).map(|l| (l, split_probability(SERVERS, down, l)));
        chart.draw_series(LineSeries::new(line, color.stroke_width(2)))?;
        let y = 0.64 - 0.05 * f64::from(down - 1);
        chart.draw_series([PathElement::new(vec![(0.006, y), (0.018, y)], color.stroke_width(3))])?;
        chart.draw_series([Text::new(label, (0.021, y + 0.016), text(17, &palette::INK))])?;
        for result in results.iter().filter(|result| result.down == down) {
            let Some([share, low, high]) = result.share else { continue };
            let at = result.latency_seen.unwrap_or(result.latency).min(0.26);
            chart.draw_series([PathElement::new(vec![(at, low), (at, high.min(0.7))], color.stroke_width(2))])?;
            chart.draw_series([Circle::new((at, share.min(0.7)), 5, color.filled())])?;
        }
    }
    Ok(())
}
