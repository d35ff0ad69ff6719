//! The plot: availability and new leaders a minute side by side, a line for each topology, a mark for each variant.

use crate::topologies::plan::{TOPOLOGIES, VARIANTS};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::cell::{CellResult, Mean};
use reports::file::ReportError;
use reports::plot::{Area, Drawn, Plot, axes, draw, nothing, palette, text};

const SIZE: (u32, u32) = (1120, 560);
/// The room for the names of the topologies, and above for the key.
const NAMES: u32 = 170;
const KEY: u32 = 34;
const COLORS: [RGBColor; 5] =
    [palette::BAD, palette::LEADER, palette::CANDIDATE, palette::FAULT, RGBColor(0x00, 0x9e, 0x73)];

pub(super) fn plot(cells: &[CellResult]) -> Result<Plot, ReportError> {
    let runs: u64 = cells.iter().map(|cell| cell.runs).sum();
    let svg = draw("topologies", SIZE, |area| {
        if runs == 0 {
            return nothing(area, "No cell was measured yet.");
        }
        let (above, below) = area.split_vertically(KEY);
        key(&above)?;
        let (left, right) = below.split_horizontally(NAMES + (SIZE.0 - NAMES) / 2);
        let most = cells.iter().filter_map(|cell| cell.leaders).map(|leaders| leaders.high).fold(10.0, f64::max);
        panel(&left, NAMES, cells, (100.0, "availability (%)"), &|cell| cell.availability.map(|m| scaled(m, 100.0)))?;
        panel(&right, 20, cells, (most * 1.05, "new leaders a minute"), &|cell| cell.leaders)
    })?;
    let caption = format!(
        "Availability and leader changes over {runs} runs, with 95 % intervals. A cluster on the right of both panels has a leader nearly always, and \
         never for long."
    );
    Ok(Plot { name: "topologies", caption, svg })
}

fn scaled(mean: Mean, by: f64) -> Mean {
    Mean { mean: mean.mean * by, low: mean.low * by, high: (mean.high * by).min(by), ..mean }
}

fn key(area: &Area<'_>) -> Drawn {
    let mut x = i32::try_from(NAMES).unwrap_or_default();
    for (variant, color) in VARIANTS.iter().zip(COLORS) {
        area.draw(&Circle::new((x + 6, 20), 5, color.filled()))?;
        area.draw(&Text::new(variant.title, (x + 18, 12), text(18, &palette::INK)))?;
        x += 130;
    }
    Ok(())
}

/// Line `y` is topology `y`, from above; the variants lie next to each other on it.
fn panel(
    area: &Area<'_>,
    names: u32,
    cells: &[CellResult],
    (most, what): (f64, &str),
    value: &dyn Fn(&CellResult) -> Option<Mean>,
) -> Drawn {
    let rows = TOPOLOGIES.len();
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .margin_right(20)
        .x_label_area_size(46)
        .y_label_area_size(names)
        .build_cartesian_2d(0f64..most, rows as f64..0f64)?;
    axes(&mut chart)
        .label_style(text(16, &palette::MUTED))
        .disable_y_mesh()
        .y_labels(0)
        .x_labels(6)
        .x_desc(what)
        .x_label_formatter(&|x| format!("{x:.0}"))
        .draw()?;
    for (at, row) in TOPOLOGIES.iter().enumerate() {
        let top = at as f64;
        chart.draw_series([PathElement::new(vec![(0.0, top), (most, top)], palette::GRID.stroke_width(1))])?;
        for (place, (variant, color)) in VARIANTS.iter().zip(COLORS).enumerate() {
            let cell = cells.iter().find(|cell| cell.topology == row.id && cell.variant == variant.name);
            let Some(mean) = cell.and_then(value) else { continue };
            let y = top + (place as f64 + 1.0) / 6.0;
            chart.draw_series([PathElement::new(
                vec![(mean.low, y), (mean.high.min(most), y)],
                color.stroke_width(2),
            )])?;
            chart.draw_series([Circle::new((mean.mean.min(most), y), 4, color.filled())])?;
        }
        if names > 100 {
            let (x, y) = chart.backend_coord(&(0.0, top + 0.5));
            let style = text(17, &palette::INK).pos(Pos::new(HPos::Right, VPos::Center));
            area.draw_text(row.id, &style, (x - 10, y - i32::try_from(KEY).unwrap_or_default()))?;
        }
    }
    Ok(())
}
