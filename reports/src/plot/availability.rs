//! `availability.svg`: every interregnum as a stem, where it began and how long it lasted.
//!
//! A share of time says little: a cluster may be down for 300 ms twenty times or for 6 s once. The stems show which it was, and
//! the bound shows which of them had to end.

use plotters::prelude::*;

use super::{Drawn, Plot, axes, draw, merge, nothing, palette, seconds, text};
use crate::file::ReportError;
use crate::model::RunModel;
use crate::text::{duration, percent};

const WIDTH: u32 = 620;

pub(super) fn plot(model: &RunModel) -> Result<Plot, ReportError> {
    let measures = model.outcome.as_ref().map(|outcome| &outcome.measures);
    let mut stems: Vec<(u64, u64, bool)> = measures
        .iter()
        .flat_map(|measures| &measures.interregna)
        .map(|i| (i.start.min(model.length), i.end.saturating_sub(i.start), i.censored))
        .collect();
    // The longest are what the picture is for.
    let pixel = |stem: &(u64, u64, bool)| (seconds(stem.0) / seconds(model.length.max(1)) * f64::from(WIDTH)) as i64;
    stems = merge::peaks(stems.into_iter(), pixel, |stem| stem.1);
    let occasional = model.header.claims.occasional_leaders;
    let svg = draw("availability", (WIDTH, 330), |area| {
        if stems.is_empty() {
            return nothing(
                area,
                if occasional {
                    "This system need not have a standing leader."
                } else {
                    "No time without a leader was measured."
                },
            );
        }
        chart(area, model, &stems)
    })?;
    let share = measures.and_then(|measures| measures.availability);
    let share = share.map(|share| format!(" A leader for {} of the time with a majority.", percent(share)));
    let caption = format!("Times without a leader; hollow: cut off before a leader came.{}", share.unwrap_or_default());
    Ok(Plot { name: "availability", caption, svg })
}

fn chart(area: &super::Area<'_>, model: &RunModel, stems: &[(u64, u64, bool)]) -> Drawn {
    let longest = stems.iter().map(|stem| stem.1).max().unwrap_or(1).max(1_000_000);
    // A bound far above everything would only press the stems flat.
    let bound = model.header.bound.filter(|bound| *bound < longest.saturating_mul(4));
    let top = seconds(longest.max(bound.unwrap_or(0))) * 1.12;
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .margin_right(24)
        .x_label_area_size(50)
        .y_label_area_size(86)
        .build_cartesian_2d(0f64..seconds(model.length.max(1)), 0f64..top)?;
    axes(&mut chart)
        .x_labels(8)
        .y_labels(6)
        .x_desc("time in the run, s")
        .y_desc("time without a leader")
        .x_label_formatter(&|s| format!("{s}"))
        .y_label_formatter(&|s| duration((*s * 1e9).round() as u64))
        .draw()?;
    chart.draw_series(stems.iter().map(|(start, length, _)| {
        let x = seconds(*start);
        PathElement::new(vec![(x, 0.0), (x, seconds(*length))], palette::CANDIDATE.stroke_width(2))
    }))?;
    chart.draw_series(stems.iter().map(|(start, length, censored)| {
        let fill = if *censored { palette::PAPER.filled() } else { palette::CANDIDATE.filled() };
        Circle::new((seconds(*start), seconds(*length)), 4, fill)
    }))?;
    chart.draw_series(stems.iter().filter(|stem| stem.2).map(|(start, length, _)| {
        Circle::new((seconds(*start), seconds(*length)), 4, palette::CANDIDATE.stroke_width(2))
    }))?;
    if let Some(bound) = bound {
        let y = seconds(bound);
        let line = vec![(0.0, y), (seconds(model.length.max(1)), y)];
        chart.draw_series([PathElement::new(line, palette::BAD.stroke_width(2))])?;
        let label = text(17, &palette::BAD);
        let at = (seconds(model.length) * 0.01, y + top * 0.07);
        chart.draw_series([Text::new(format!("bound {}", duration(bound)), at, label)])?;
    }
    Ok(())
}
