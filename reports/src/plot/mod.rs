//! Plots as SVG files that stand on their own.
//!
//! Each is drawn with a handful of fixed colours ([`palette`]). A file has a white ground. Where a page embeds a plot, its style
//! sheet replaces those colours one by one, so that the same picture is light or dark as its reader wishes.

mod availability;
pub mod curves;
mod elections;
mod merge;
pub mod palette;
mod slim;
mod terms;
mod timeline;

use plotters::chart::MeshStyle;
use plotters::coord::Shift;
use plotters::coord::ranged1d::ValueFormatter;
use plotters::prelude::*;

use crate::file::ReportError;
use crate::model::RunModel;

#[derive(Debug, Clone)]
pub struct Plot {
    /// The name of its file, without `.svg`.
    pub name: &'static str,
    /// What it shows, one sentence for the page.
    pub caption: String,
    pub svg: String,
}

/// Drawing failed; the backend writes to memory, so this is a defect rather than a misfortune.
pub type Drawn = Result<(), Box<dyn std::error::Error>>;
/// The sheet that is drawn on.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// All plots of a run: `timeline`, `elections`, `terms`, `availability`.
///
/// # Errors
/// One cannot be drawn.
pub fn all(model: &RunModel) -> Result<Vec<Plot>, ReportError> {
    let mut plots =
        vec![timeline::plot(model)?, elections::plot(model)?, terms::plot(model)?, availability::plot(model)?];
    for plot in &mut plots {
        plot.svg = slim::slim(&plot.svg);
    }
    Ok(plots)
}

/// Draws on a white sheet of the given size, pixels.
///
/// # Errors
/// It cannot be drawn.
pub fn draw(name: &'static str, size: (u32, u32), on: impl FnOnce(&Area<'_>) -> Drawn) -> Result<String, ReportError> {
    let mut svg = String::new();
    let failed = |why: String| ReportError::Make { what: format!("plots/{name}.svg"), why };
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&palette::PAPER).map_err(|error| failed(error.to_string()))?;
        on(&area).map_err(|error| failed(error.to_string()))?;
        area.present().map_err(|error| failed(error.to_string()))?;
    }
    Ok(svg)
}

/// A line of text in the middle of an empty plot: an absent picture must say why it is absent.
///
/// # Errors
/// It cannot be drawn.
pub fn nothing(area: &Area<'_>, sentence: &str) -> Drawn {
    use plotters::style::text_anchor::{HPos, Pos, VPos};
    let (width, height) = area.dim_in_pixel();
    let style = text(18, &palette::MUTED).pos(Pos::new(HPos::Center, VPos::Center));
    area.draw_text(sentence, &style, (width as i32 / 2, height as i32 / 2))?;
    Ok(())
}

/// The lines and letters of a chart's axes, as every chart has them; what they say is still to be set, and drawn.
pub fn axes<'a, 'b, 's, X, Y>(
    chart: &'b mut ChartContext<'a, SVGBackend<'s>, Cartesian2d<X, Y>>,
) -> MeshStyle<'a, 'b, X, Y, SVGBackend<'s>>
where
    X: Ranged<ValueType = f64> + ValueFormatter<f64>,
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    let mut mesh = chart.configure_mesh();
    mesh.light_line_style(TRANSPARENT)
        .bold_line_style(palette::GRID)
        .axis_style(palette::MUTED)
        .label_style(text(17, &palette::MUTED))
        .axis_desc_style(text(17, &palette::INK));
    mesh
}

/// Sizes are in plotters' measure, which writes 1.24 for what SVG calls 1.
pub fn text(size: i32, color: &RGBColor) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(color)
}

fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}

#[cfg(test)]
mod tests;
