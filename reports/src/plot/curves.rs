//! Distributions side by side: the share of elections done within a time, one curve for each of a few groups, over a
//! logarithmic axis of time.

use plotters::prelude::*;

use super::{Area, Drawn, axes, draw, nothing, palette, text};
use crate::file::ReportError;
use crate::text::duration;

/// The most steps of a curve: more than this no eye tells apart.
const STEPS: usize = 1500;

#[derive(Debug, Clone, Copy)]
pub struct Curve<'a> {
    pub label: &'a str,
    /// Its times in nanoseconds, sorted; of none there is no curve.
    pub times: &'a [u64],
    /// The colour of its curve.
    pub color: RGBColor,
    /// The width of its curve.
    pub width: u32,
    /// Where its name stands, as a height from 0 to 1.
    pub height: f64,
}

/// What holds for all curves of a picture.
#[derive(Debug, Clone, Copy)]
pub struct Curves<'a> {
    /// The name of the file, without `.svg`.
    pub name: &'static str,
    /// What the times are.
    pub time: &'a str,
    /// What is said where no group has a time.
    pub none: &'a str,
    /// How far from the right the names stand, as a share of the axis, and their size.
    pub key: (f64, i32),
}

impl Curves<'_> {
    /// Draws groups, the first below the others.
    ///
    /// # Errors
    /// They cannot be drawn.
    pub fn draw(&self, groups: &[Curve<'_>]) -> Result<String, ReportError> {
        let ends = groups.iter().flat_map(|group| group.times.first().into_iter().chain(group.times.last()));
        let ends = ends.clone().min().zip(ends.max());
        draw(self.name, (900, 380), |area| match ends {
            Some((least, most)) => self.draw_on(area, (ms(*least) * 0.7, ms(*most) * 1.4), groups),
            None => nothing(area, self.none),
        })
    }

    fn draw_on(&self, area: &Area<'_>, (low, high): (f64, f64), groups: &[Curve<'_>]) -> Drawn {
        let mut chart = ChartBuilder::on(area)
            .margin(14)
            .margin_right(24)
            .x_label_area_size(50)
            .y_label_area_size(72)
            .build_cartesian_2d((low..high).log_scale().with_key_points(ticks(low, high)), 0f64..1f64)?;
        axes(&mut chart)
            .x_labels(20)
            .y_labels(6)
            .x_desc(self.time)
            .y_desc("share of elections")
            .x_label_formatter(&|ms| duration((*ms * 1e6) as u64))
            .y_label_formatter(&|share| format!("{:.0} %", share * 100.0))
            .draw()?;
        for Curve { label, times, color, width, height } in groups.iter().filter(|group| !group.times.is_empty()) {
            let points = steps(times).into_iter().map(|(time, share)| (ms(time), share));
            let points = std::iter::once((low, 0.0)).chain(points).chain([(high, 1.0)]);
            chart.draw_series(LineSeries::new(points, color.stroke_width(*width)))?;
            let along = |from: f64, share: f64| from * (high / low).powf(share);
            let x = high / (high / low).powf(self.key.0);
            let key = vec![(x, *height), (along(x, 0.04), *height)];
            chart.draw_series([PathElement::new(key, color.stroke_width(*width))])?;
            let at = (along(x, 0.05), height + 0.025);
            chart.draw_series([Text::new((*label).to_owned(), at, text(self.key.1, &palette::INK))])?;
        }
        Ok(())
    }
}

fn ms(nanoseconds: u64) -> f64 {
    (nanoseconds as f64 / 1e6).max(0.1)
}

/// 1, 2 and 5 of every power of ten between the ends.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let powers = (-2..8).map(|power| 10f64.powi(power));
    let ticks = powers.flat_map(|power| [power, 2.0 * power, 5.0 * power]);
    ticks.filter(|tick| (low..=high).contains(tick)).collect()
}

/// The corners of an empirical distribution function, thinned to what can be seen.
fn steps(sorted: &[u64]) -> Vec<(u64, f64)> {
    let n = sorted.len();
    let every = n.div_ceil(STEPS).max(1);
    let mut corners = Vec::new();
    let mut before = 0.0;
    for index in (0..n).filter(|index| (index + 1) % every == 0 || index + 1 == n) {
        corners.push((sorted[index], before));
        before = (index + 1) as f64 / n as f64;
        corners.push((sorted[index], before));
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_climbs_at_its_times_and_a_long_one_is_thinned_to_what_can_be_seen() {
        assert_eq!(steps(&[3, 5]), [(3, 0.0), (3, 0.5), (5, 0.5), (5, 1.0)]);
        let many: Vec<u64> = (0..10_000).collect();
        let corners = steps(&many);
        assert!(corners.len() <= 2 * STEPS && corners.last() == Some(&(9_999, 1.0)), "{}", corners.len());
        assert!(corners.is_sorted_by(|a, b| a.0 <= b.0 && a.1 <= b.1));
    }

    #[test]
    fn a_group_without_a_time_has_no_curve_and_no_group_with_one_is_said() {
        let curves = Curves { name: "curves", time: "election time", none: "No election.", key: (0.1, 19) };
        let group = |label, times| Curve { label, times, color: palette::LEADER, width: 2, height: 0.3 };
        let svg = curves.draw(&[group("this", &[100_000_000, 300_000_000]), group("that", &[])]).unwrap();
        assert!(svg.contains("this") && !svg.contains("that") && svg.contains("election time"), "{svg}");
        assert!(curves.draw(&[group("that", &[])]).unwrap().contains("No election."));
    }
}
