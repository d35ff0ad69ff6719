//! `terms.svg`: the term of every node over the run. Elections are steps, split votes are stairs, and a node that raises
//! its term alone leaves the others.

use plotters::prelude::*;

use super::{Drawn, Plot, axes, draw, nothing, palette, seconds};
use crate::file::ReportError;
use crate::model::RunModel;

/// A pixel more or less is all that thinning costs; without it a long run's lines would fill megabytes.
const POINTS: usize = 1500;

pub(super) fn plot(model: &RunModel) -> Result<Plot, ReportError> {
    let lines: Vec<Vec<(u64, u64)>> = model.lanes.iter().map(|lane| steps(lane, POINTS)).collect();
    let svg = draw("terms", (620, 330), |area| {
        if lines.iter().all(Vec::is_empty) {
            return nothing(area, "No node of this run showed its term.");
        }
        chart(area, model, &lines)
    })?;
    let caption = "The term of every node over time; dots: a node became leader of the term.".to_owned();
    Ok(Plot { name: "terms", caption, svg })
}

/// Where the lane's term changes: (time, new term), and its last moment.
fn steps(lane: &crate::model::Lane, most: usize) -> Vec<(u64, u64)> {
    let mut steps: Vec<(u64, u64)> = Vec::new();
    for held in &lane.roles {
        let Some(term) = held.what.term else { continue };
        match steps.last() {
            Some((_, last)) if *last == term => {}
            Some((_, last)) => {
                let last = *last;
                steps.push((held.start, last));
                steps.push((held.start, term));
            }
            None => steps.push((held.start, term)),
        }
    }
    if let (Some((_, last)), Some(held)) = (steps.last().copied(), lane.roles.last()) {
        steps.push((held.end, last));
    }
    let keep = steps.len().div_ceil(most).max(1);
    let end = steps.len().saturating_sub(1);
    steps.into_iter().enumerate().filter(|(i, _)| i % keep == 0 || *i == end).map(|(_, step)| step).collect()
}

fn chart(area: &super::Area<'_>, model: &RunModel, lines: &[Vec<(u64, u64)>]) -> Drawn {
    let all = || lines.iter().flatten().map(|(_, term)| *term as f64);
    let low = all().fold(f64::INFINITY, f64::min);
    let high = all().fold(0.0, f64::max);
    let pad = ((high - low) * 0.06).max(0.5);
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .margin_right(24)
        .x_label_area_size(50)
        .y_label_area_size(72)
        .build_cartesian_2d(0f64..seconds(model.length.max(1)), (low - pad)..(high + pad))?;
    axes(&mut chart)
        .x_labels(8)
        .y_labels((high - low).clamp(1.0, 8.0) as usize + 1)
        .x_desc("time in the run, s")
        .y_desc("term")
        .x_label_formatter(&|s| format!("{s}"))
        .y_label_formatter(&|term| {
            if (term - term.round()).abs() < 1e-6 { format!("{term:.0}") } else { String::new() }
        })
        .draw()?;
    for line in lines {
        let points = line.iter().map(|(t, term)| (seconds(*t), *term as f64));
        chart.draw_series(LineSeries::new(points, palette::MUTED.mix(0.7).stroke_width(1)))?;
    }
    let keep = model.elections.len().div_ceil(POINTS).max(1);
    let won = model.elections.iter().step_by(keep).map(|e| (seconds(e.won.min(model.length)), e.term as f64));
    chart.draw_series(
        won.filter(|(_, term)| *term <= high + pad && *term >= low - pad)
            .map(|point| Circle::new(point, 3, palette::LEADER.filled())),
    )?;
    Ok(())
}
