//! Distributions side by side: the share of elections done within a time, one curve for each of a few groups.

use plotters::prelude::*;

use campaign::compare::plot::{steps, ticks};
use reports::file::ReportError;
use reports::plot::{Drawn, Plot, axes, draw, nothing, palette, text};
use reports::text::duration;

/// The colours of curves, in the order in which they are given out, and their widths: the first are drawn widest and first,
/// so that curves which run together are all seen.
const LOOKS: [(RGBColor, u32); 6] = [
    (palette::FAULT, 7),
    (palette::CANDIDATE, 5),
    (palette::LEADER, 3),
    (palette::INK, 1),
    (palette::BAD, 1),
    (palette::MUTED, 1),
];

/// A group: its name, and its times in nanoseconds, sorted.
pub(super) type Curve = (String, Vec<u64>);

/// Draws curves over a logarithmic axis of time. `name` is the file's, without `.svg`.
pub(super) fn plot(name: &'static str, caption: String, curves: &[Curve]) -> Result<Plot, ReportError> {
    let svg = draw(name, (900, 380), |area| {
        let ends = curves.iter().flat_map(|(_, times)| times.first().into_iter().chain(times.last()));
        let (Some(least), Some(most)) = (ends.clone().min(), ends.max()) else {
            return nothing(area, "No election was timed.");
        };
        let ms = |time: u64| (time as f64 / 1e6).max(0.1);
        let (low, high) = (ms(*least) * 0.7, ms(*most) * 1.4);
        draw_all(area, (low, high), curves)
    })?;
    Ok(Plot { name, caption, svg })
}

fn draw_all(area: &reports::plot::Area<'_>, (low, high): (f64, f64), curves: &[Curve]) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .margin_right(24)
        .x_label_area_size(50)
        .y_label_area_size(72)
        .build_cartesian_2d((low..high).log_scale().with_key_points(ticks(low, high)), 0f64..1f64)?;
    axes(&mut chart)
        .x_labels(20)
        .y_labels(6)
        .x_desc("time that a majority has no leader")
        .y_desc("share of elections")
        .x_label_formatter(&|ms| duration((*ms * 1e6) as u64))
        .y_label_formatter(&|share| format!("{:.0} %", share * 100.0))
        .draw()?;
    let shown = curves.iter().filter(|(_, times)| !times.is_empty());
    for (row, ((label, times), (color, width))) in shown.zip(LOOKS).enumerate() {
        let points = steps(times).into_iter().map(|(time, share)| ((time as f64 / 1e6).max(0.1), share));
        let points = std::iter::once((low, 0.0)).chain(points).chain([(high, 1.0)]);
        chart.draw_series(LineSeries::new(points, color.stroke_width(width)))?;
        let (x, height) = (high / (high / low).powf(0.28), 0.44 - 0.09 * row as f64);
        let key = vec![(x, height), (x * (high / low).powf(0.04), height)];
        chart.draw_series([PathElement::new(key, color.stroke_width(width))])?;
        let at = (x * (high / low).powf(0.05), height + 0.025);
        chart.draw_series([Text::new(label.clone(), at, text(18, &palette::INK))])?;
    }
    Ok(())
}
