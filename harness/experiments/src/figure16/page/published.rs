//! The published samples: quantiles of Ongaro's (dissertation, chapter 9, and the paper's Figure 16), and of the independent
//! reproduction "Raft Refloated" (Howard, Schwarzkopf, Madhavapeddy and Crowcroft, 2015).

use std::sync::LazyLock;

/// The samples of the paper.
pub(super) const ONGARO: &str = "ongaro2014";
/// The reproduction's first experiment, which repeats the paper's.
pub(super) const HOWARD: &str = "howard2015-org";

const CSV: &str = include_str!("../published.csv");

static ALL: LazyLock<Vec<Published>> = LazyLock::new(|| parse(CSV));

/// One published sample.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Published {
    pub(super) dataset: String,
    pub(super) range: String,
    /// How many trials.
    pub(super) n: u64,
    /// Each a time, microseconds, with the share of trials that took no longer.
    pub(super) points: Vec<(u64, f64)>,
}

impl Published {
    /// The time by which a share `q` had a leader, microseconds; none where it is not published.
    pub(super) fn quantile(&self, q: f64) -> Option<u64> {
        self.points.iter().find(|(_, share)| (share - q).abs() < 1e-9).map(|(time, _)| *time)
    }
}

/// The sample of a dataset for a range, if it has one.
pub(super) fn sample(dataset: &str, range: &str) -> Option<&'static Published> {
    ALL.iter().find(|published| published.dataset == dataset && published.range == range)
}

fn parse(csv: &str) -> Vec<Published> {
    let mut lines = csv.lines();
    let columns: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let quantile = |column: &str| column.strip_prefix('p').and_then(|percent| percent.parse::<f64>().ok());
    lines
        .filter_map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            let of =
                |name: &str| columns.iter().position(|column| *column == name).and_then(|at| fields.get(at).copied());
            let n: u64 = of("n")?.parse().ok()?;
            let points = columns.iter().zip(&fields).filter_map(|(column, field)| {
                let (percent, ms) = (quantile(column)?, field.parse::<f64>().ok()?);
                // The least of n is the one of which a share 1/n took no longer.
                let share = (percent / 100.0).max(1.0 / n as f64);
                Some(((ms * 1000.0).round() as u64, share))
            });
            let (dataset, range) = (of("dataset")?.to_owned(), of("timeout_ms")?.to_owned());
            Some(Published { dataset, range, n, points: points.collect() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::figure16::plan::CURVES;

    use super::*;

    #[test]
    fn every_curve_has_the_papers_sample_and_all_but_one_the_reproductions() {
        for curve in CURVES {
            let sample_of = |dataset| sample(dataset, curve.range);
            assert_eq!(sample_of(ONGARO).map(|published| published.points.len()), Some(12), "{}", curve.range);
            assert_eq!(sample_of(HOWARD).is_some(), curve.range != "150-150");
        }
    }

    #[test]
    fn quantiles_are_those_of_the_file() {
        let published = sample(ONGARO, "150-155").unwrap();
        assert_eq!(
            (published.n, published.quantile(0.5), published.quantile(0.99)),
            (1000, Some(287_300), Some(1_224_200))
        );
        assert_eq!(published.points[0], (85_300, 0.001));
        assert_eq!(published.quantile(0.33), None);
        assert!(published.points.is_sorted());
    }

    #[test]
    fn a_line_that_is_none_is_left_out() {
        assert_eq!(parse("dataset,timeout_ms,n,p50\nx,1-2\ny,1-2,10,7.5").len(), 1);
        assert_eq!(parse(""), []);
    }
}
