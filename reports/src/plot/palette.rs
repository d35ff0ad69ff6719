//! The colours of the plots. Roles take theirs from the palette of Okabe and Ito, which colour-blind readers can tell
//! apart; [`crate::page`] maps each to its like for dark pages by matching these very values.

use plotters::style::RGBColor;

pub(crate) const PAPER: RGBColor = RGBColor(255, 255, 255);
/// Text and axes.
pub const INK: RGBColor = RGBColor(0x1b, 0x1c, 0x1d);
/// Lesser text.
pub const MUTED: RGBColor = RGBColor(0x5c, 0x65, 0x70);
/// Grid lines.
pub const GRID: RGBColor = RGBColor(0xdf, 0xe3, 0xe8);
pub const LEADER: RGBColor = RGBColor(0x00, 0x72, 0xb2);
pub const CANDIDATE: RGBColor = RGBColor(0xe6, 0x9f, 0x00);
pub(crate) const PRECANDIDATE: RGBColor = RGBColor(0xf3, 0xcf, 0x7a);
pub(crate) const FOLLOWER: RGBColor = RGBColor(0xc5, 0xd0, 0xda);
/// A role that is not known.
pub const UNKNOWN: RGBColor = RGBColor(0xe9, 0xed, 0xf1);
/// A fault in force.
pub const FAULT: RGBColor = RGBColor(0xcc, 0x79, 0xa7);
/// A violation, a bound.
pub const BAD: RGBColor = RGBColor(0xc4, 0x32, 0x1f);

/// What goes well.
pub const OK: RGBColor = RGBColor(0x0a, 0x7a, 0x50);

/// Every colour with the name of the variable that the page's style sheet has for it.
pub(crate) const VARIABLES: [(RGBColor, &str); 12] = [
    (PAPER, "--paper"),
    (INK, "--ink"),
    (MUTED, "--muted"),
    (GRID, "--line"),
    (LEADER, "--leader"),
    (CANDIDATE, "--candidate"),
    (PRECANDIDATE, "--precandidate"),
    (FOLLOWER, "--follower"),
    (UNKNOWN, "--unknown"),
    (FAULT, "--fault"),
    (BAD, "--bad"),
    (OK, "--ok"),
];
