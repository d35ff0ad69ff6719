//! How many distinct situations the runs showed: a number, a rate, and a curve that says whether more runs would show more.

use std::time::Duration;

use crate::results::Tally;
use maud::{Markup, PreEscaped, html};
use plotters::prelude::*;
use serde::{Deserialize, Serialize};

use reports::file::ReportError;
use reports::plot::{Drawn, Plot, axes, draw, nothing, palette};
use reports::text::{count, grouped};

/// The curve has so many points at most.
const POINTS: u64 = 60;

/// The distinct situations of a campaign's runs, as `verdict.json` has them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Distinct {
    /// How many.
    pub distinct: u64,
    /// False: there are too many to keep, and the number is an estimate, good to a half per cent.
    pub exact: bool,
    /// How many an hour that the campaign ran.
    pub an_hour: Option<u64>,
    /// After so many runs (by number) so many were known.
    pub curve: Vec<[u64; 2]>,
}

impl Distinct {
    /// None: no run showed any, or all are of versions before they were recorded.
    pub(super) fn of(tally: &Tally, spent: Option<Duration>) -> Option<Self> {
        let distinct = tally.situations.distinct();
        let ran = spent.or_else(|| tally.span.map(|(from, to)| Duration::from_secs(to.saturating_sub(from))));
        let hours = ran.map(|ran| ran.as_secs_f64() / 3600.0).filter(|hours| *hours > 0.0);
        (distinct > 0).then(|| Self {
            distinct,
            exact: tally.situations.is_exact(),
            an_hour: hours.map(|hours| (distinct as f64 / hours) as u64),
            curve: tally.situations.curve(POINTS),
        })
    }

    /// How many, and how fast.
    pub(super) fn sentence(&self) -> String {
        let about = if self.exact { "" } else { "about " };
        let rate = self.an_hour.map_or(String::new(), |rate| format!(", {} an hour", grouped(rate)));
        format!("The runs showed {about}{}{rate}.", count(self.distinct, "distinct situation"))
    }

    /// How many of them were new in the last tenth of the runs, where there are enough of these to say so.
    fn late(&self) -> Option<u64> {
        let &[runs, all] = self.curve.last()?;
        let before = self.curve.iter().rev().find(|point| point[0] <= runs - runs / 10)?;
        (runs >= 20).then(|| all.saturating_sub(before[1]))
    }
}

pub(super) fn section(distinct: &Distinct, curve: &Plot) -> Markup {
    html! {
        p {
            (distinct.sentence()) " "
            @if let Some(late) = distinct.late() {
                "In the last tenth of the runs " (grouped(late)) " were new."
            }
        }
        p.muted.small {
            "A situation is the state of the cluster in which a fault struck, a vote was split or a fault was answered: who is up, "
            "roles, the order of terms, and links. Names make no difference."
        }
        figure.card.plot { (PreEscaped(&curve.svg)) figcaption { (curve.caption) } }
    }
}

/// The curve.
///
/// # Errors
/// It cannot be drawn.
pub(super) fn curve(distinct: Option<&Distinct>) -> Result<Plot, ReportError> {
    let points: Vec<(f64, f64)> =
        distinct.iter().flat_map(|distinct| &distinct.curve).map(|&[x, y]| (x as f64, y as f64)).collect();
    let svg = draw("situations", (900, 260), |area| match points.last() {
        Some(&(runs, all)) => {
            let mut builder = ChartBuilder::on(area);
            builder.margin(14).margin_right(40).x_label_area_size(50).y_label_area_size(86);
            let mut chart = builder.build_cartesian_2d(0f64..runs.max(1.0), 0f64..all * 1.05)?;
            let number = |value: &f64| grouped(value.round() as u64);
            axes(&mut chart)
                .x_labels(8)
                .y_labels(5)
                .x_desc("runs, by number")
                .y_desc("situations")
                .x_label_formatter(&number)
                .y_label_formatter(&number)
                .draw()?;
            let line = std::iter::once((0.0, 0.0)).chain(points.iter().copied());
            chart.draw_series(LineSeries::new(line, palette::LEADER.stroke_width(2)))?;
            drawn()
        }
        None => nothing(area, "No run showed a situation."),
    })?;
    let caption = "Distinct situations known after so many runs. Where the curve is flat, more runs of this kind show little new.";
    Ok(Plot { name: "situations", caption: caption.to_owned(), svg })
}

fn drawn() -> Drawn {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_says_how_many_and_how_fast() {
        let mut tally = Tally::default();
        assert_eq!(Distinct::of(&tally, None), None);
        (0..40).for_each(|run| tally.situations.add(run, &[run / 2, 100 + run]));
        let distinct = Distinct::of(&tally, Some(Duration::from_secs(1800))).unwrap();
        assert_eq!(distinct.sentence(), "The runs showed 60 distinct situations, 120 an hour.");
        assert_eq!(distinct.late(), Some(6));
        let page = section(&distinct, &curve(Some(&distinct)).unwrap()).into_string();
        assert!(page.contains("120 an hour") && page.contains("<svg"), "{page}");
    }
}
