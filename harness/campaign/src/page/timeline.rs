//! `night.svg`: percentiles of the election times over the time of a campaign, and when runs failed.
//!
//! A cluster that becomes slower by the hour, or a machine that was busy at three, is seen here and nowhere else. The times
//! spread over decades, so their axis is logarithmic. A stretch in which nothing ran is a gap in the lines.

use crate::results::tally::{STRETCH, TimeStretch};
use crate::results::{Ending, Tally};
use plotters::prelude::*;

use reports::file::ReportError;
use reports::plot::{Area, Drawn, Plot, axes, draw, nothing, palette, text};
use reports::text::{count, duration};

/// The percentiles and their colours.
const LINES: [(f64, &str, RGBColor); 3] =
    [(0.99, "p99", palette::FAULT), (0.9, "p90", palette::CANDIDATE), (0.5, "p50", palette::LEADER)];

/// The plot of a campaign over its time.
///
/// # Errors
/// It cannot be drawn.
pub(super) fn timeline(tally: &Tally) -> Result<Plot, ReportError> {
    let stretches: Vec<(u64, &TimeStretch)> = tally.timeline.iter().collect();
    let width = tally.timeline.width() * STRETCH;
    let svg = draw("night", (1180, 340), |area| {
        if stretches.iter().all(|(_, stretch)| stretch.times.shown_quantile(0.5).is_none()) {
            return nothing(area, "Too few elections after a fault have a known length for a median.");
        }
        chart(area, &stretches, tally.timeline.width())
    })?;
    let caption = format!(
        "Times of {} after a fault by the time at which their run began, in stretches of {}; red marks below: runs that broke \
         a promise.",
        count(tally.runs.times.total(), "election"),
        duration(width.saturating_mul(1_000_000_000)),
    );
    Ok(Plot { name: "night", caption, svg })
}

/// A range of times at least so many times its lower end is shown on a logarithmic axis.
const WIDE: f64 = 30.0;

fn chart(area: &Area<'_>, stretches: &[(u64, &TimeStretch)], width: u64) -> Drawn {
    let medians = stretches.iter().filter_map(|(_, stretch)| stretch.times.shown_quantile(0.5));
    let low = medians.map(milliseconds).fold(f64::MAX, f64::min) * 0.6;
    let all = stretches.iter().flat_map(|(_, stretch)| LINES.map(|(q, ..)| stretch.times.shown_quantile(q)));
    let tops = all.flatten();
    let high = tops.map(milliseconds).fold(low, f64::max) * 1.15;
    let mut builder = ChartBuilder::on(area);
    builder.margin(14).margin_right(70).x_label_area_size(50).y_label_area_size(86);
    let timeline = TimelineChart::of(stretches, width);
    if high / low > WIDE {
        let foot = low * (high / low).powf(0.05);
        let chart = builder.build_cartesian_2d(0f64..timeline.end, (low..high).log_scale())?;
        timeline.draw(area, chart, (low, foot))
    } else {
        let chart = builder.build_cartesian_2d(0f64..timeline.end, 0f64..high)?;
        timeline.draw(area, chart, (0.0, high * 0.05))
    }
}

fn milliseconds(micros: u32) -> f64 {
    (f64::from(micros) / 1e3).max(0.1)
}

/// The stretches and the unit in which their time is shown.
struct TimelineChart<'a> {
    stretches: &'a [(u64, &'a TimeStretch)],
    width: u64,
    first: u64,
    unit: (f64, &'static str),
    end: f64,
}

impl<'a> TimelineChart<'a> {
    fn of(stretches: &'a [(u64, &'a TimeStretch)], width: u64) -> Self {
        let (first, last) = (stretches.first().map_or(0, |s| s.0), stretches.last().map_or(0, |s| s.0));
        let seconds = (last - first + width) as f64 * STRETCH as f64;
        let unit = match seconds {
            s if s >= 3.0 * 86_400.0 => (86_400.0, "d"),
            s if s >= 3.0 * 3600.0 => (3600.0, "h"),
            s if s >= 180.0 => (60.0, "min"),
            _ => (1.0, "s"),
        };
        Self { stretches, width, first, unit, end: seconds / unit.0 }
    }

    /// A mark stands in the middle of its stretch.
    fn middle(&self, at: u64) -> f64 {
        ((at - self.first) as f64 + self.width as f64 / 2.0) * STRETCH as f64 / self.unit.0
    }

    fn draw<Y>(
        &self,
        area: &Area<'_>,
        mut chart: ChartContext<'_, SVGBackend<'_>, Cartesian2d<plotters::coord::types::RangedCoordf64, Y>>,
        foot: (f64, f64),
    ) -> Drawn
    where
        Y: Ranged<ValueType = f64> + plotters::coord::ranged1d::ValueFormatter<f64>,
    {
        axes(&mut chart)
            .x_labels(10)
            .y_labels(6)
            .x_desc("time since the campaign began")
            .y_desc("election time")
            .x_label_formatter(&|x| format!("{} {}", (x * 100.0).round() / 100.0, self.unit.1))
            .y_label_formatter(&|ms| duration((*ms * 1e6) as u64))
            .draw()?;
        let mut free = i32::MIN;
        for (q, label, colour) in LINES {
            let mut ends: Option<(f64, f64)> = None;
            for run in self.stretches.chunk_by(|a, b| b.0 - a.0 == self.width) {
                let at = |(at, stretch): &(u64, &TimeStretch)| {
                    stretch.times.shown_quantile(q).map(|time| (self.middle(*at), milliseconds(time)))
                };
                let points: Vec<(f64, f64)> = run.iter().filter_map(at).collect();
                ends = points.last().copied().or(ends);
                chart.draw_series(points.iter().map(|&point| Circle::new(point, 3, colour.filled())))?;
                chart.draw_series(LineSeries::new(points, colour.stroke_width(2)))?;
            }
            if let Some((x, y)) = ends {
                let (left, top) = chart.backend_coord(&(x, y));
                // Two percentiles may be the same; their labels are written one below the other.
                free = (top - 8).max(free);
                area.draw_text(label, &text(17, &colour), (left + 8, free))?;
                free += 15;
            }
        }
        let failed = self.stretches.iter().filter(|(_, stretch)| stretch.endings.contains_key(&Ending::Invalid));
        chart.draw_series(failed.map(|(at, _)| {
            let x = self.middle(*at);
            PathElement::new(vec![(x, foot.0), (x, foot.1)], palette::BAD.stroke_width(3))
        }))?;
        Ok(())
    }
}
