//! The times of a few groups side by side.

use plotters::style::RGBColor;
use reports::file::ReportError;
use reports::plot::curves::{Curve, Curves};
use reports::plot::{Plot, palette};

/// The colours of curves, in the order in which they are given out, and their widths. The first are drawn widest and first, so
/// that curves which run together are all seen.
const LOOKS: [(RGBColor, u32); 6] = [
    (palette::FAULT, 7),
    (palette::CANDIDATE, 5),
    (palette::LEADER, 3),
    (palette::INK, 1),
    (palette::BAD, 1),
    (palette::MUTED, 1),
];

/// A group: its name, and its times in nanoseconds, sorted.
pub(super) type Group = (String, Vec<u64>);

/// Draws the groups that have times. `name` is the file's, without `.svg`.
pub(super) fn plot(name: &'static str, caption: String, groups: &[Group]) -> Result<Plot, ReportError> {
    let shown = groups.iter().filter(|(_, times)| !times.is_empty()).zip(LOOKS).enumerate();
    let curves: Vec<_> = shown
        .map(|(row, ((label, times), (color, width)))| Curve {
            label,
            times,
            color,
            width,
            height: 0.44 - 0.09 * row as f64,
        })
        .collect();
    let (time, none) = ("time that a majority has no leader", "No election was timed.");
    let svg = Curves { name, time, none, key: (0.28, 18) }.draw(&curves)?;
    Ok(Plot { name, caption, svg })
}
