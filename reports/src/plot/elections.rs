//! `elections.svg`: the empirical distribution of the times of re-elections, with the bound.

use plotters::prelude::*;

use super::{Drawn, Plot, axes, draw, nothing, palette, text};
use crate::file::ReportError;
use crate::model::RunModel;
use crate::text::{count, duration};

pub(super) fn plot(model: &RunModel) -> Result<Plot, ReportError> {
    let times = model.outcome.as_ref().map(|outcome| outcome.measures.re_election_times()).unwrap_or_default();
    let svg = draw("elections", (620, 330), |area| {
        if times.is_empty() {
            return nothing(area, "No re-election of this run has a known length.");
        }
        ecdf(area, &times, model.header.bound)
    })?;
    let bound = model.header.bound.map(|bound| format!("; the bound is {}", duration(bound))).unwrap_or_default();
    let caption = format!(
        "Share of {} done within a time: for how long a majority was without a leader{bound}.",
        count(times.len() as u64, "re-election")
    );
    Ok(Plot { name: "elections", caption, svg })
}

/// Election times spread over decades and the bound lies far to the right of most: the axis is logarithmic.
fn ecdf(area: &super::Area<'_>, times: &[u64], bound: Option<u64>) -> Drawn {
    let ms = |t: u64| (t as f64 / 1e6).max(0.1);
    let (Some(&least), Some(&most)) = (times.first(), times.last()) else { return Ok(()) };
    let low = ms(least) * 0.7;
    let high = ms(most).max(bound.map_or(0.0, ms)) * 1.4;
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .margin_right(24)
        .x_label_area_size(50)
        .y_label_area_size(72)
        .build_cartesian_2d((low..high).log_scale(), 0f64..1f64)?;
    axes(&mut chart)
        .x_labels(8)
        .y_labels(6)
        .x_desc("election time")
        .y_desc("share of elections")
        .x_label_formatter(&|ms| duration((*ms * 1e6) as u64))
        .y_label_formatter(&|share| format!("{:.0} %", share * 100.0))
        .draw()?;
    let n = times.len() as f64;
    let mut steps = vec![(low, 0.0)];
    for (index, time) in times.iter().enumerate() {
        steps.push((ms(*time), index as f64 / n));
        steps.push((ms(*time), (index + 1) as f64 / n));
    }
    steps.push((high, 1.0));
    chart.draw_series(LineSeries::new(steps, palette::LEADER.stroke_width(2)))?;
    if let Some(bound) = bound {
        chart
            .draw_series([PathElement::new(vec![(ms(bound), 0.0), (ms(bound), 1.0)], palette::BAD.stroke_width(2))])?;
        let label = text(17, &palette::BAD).pos(plotters::style::text_anchor::Pos::new(
            plotters::style::text_anchor::HPos::Right,
            plotters::style::text_anchor::VPos::Top,
        ));
        chart.draw_series([Text::new(format!("bound {}", duration(bound)), (ms(bound) * 0.97, 0.12), label)])?;
    }
    Ok(())
}
