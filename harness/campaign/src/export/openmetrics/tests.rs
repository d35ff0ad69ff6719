use std::collections::BTreeSet;

use crate::results::Cause;

use super::*;
use crate::page::tests::{entry, identity, searched, tally};

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Splits `{a="b",c="d\"e"}` into its labels, or fails.
fn labels(text: &str) -> Option<Vec<(String, String)>> {
    let mut rest = text.strip_prefix('{')?;
    let mut labels = Vec::new();
    loop {
        let (name, after) = rest.split_once("=\"")?;
        let mut value = String::new();
        let mut chars = after.char_indices();
        let end = loop {
            match chars.next()? {
                (_, '\\') => value.push(chars.next().map(|(_, c)| c).filter(|c| "\\\"n".contains(*c))?),
                (at, '"') => break at,
                (_, '\n') => return None,
                (_, c) => value.push(c),
            }
        };
        labels.push((name.to_owned(), value));
        rest = &after[end + 1..];
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return (rest == "}").then_some(labels),
        }
    }
}

/// The rules of OpenMetrics 1.0 that concern this file; gives back the samples.
fn check(text: &str) -> Vec<(String, f64)> {
    let body = text.strip_suffix("# EOF\n").expect("the file ends in # EOF");
    let mut samples = Vec::new();
    let mut families = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let (mut family, mut kind, mut described) = (String::new(), String::new(), false);
    for line in body.lines() {
        assert!(!line.is_empty(), "no empty lines");
        if let Some(meta) = line.strip_prefix("# ") {
            let words: Vec<&str> = meta.splitn(3, ' ').collect();
            match words[0] {
                "TYPE" => {
                    (family, kind, described) = (words[1].to_owned(), words[2].to_owned(), false);
                    assert!(is_name(&family) && families.insert(family.clone()), "{family} is a name and one block");
                    assert!(["counter", "gauge", "summary"].contains(&kind.as_str()), "{line}");
                    assert!(!family.ends_with("_total"), "{line}");
                }
                "UNIT" => {
                    assert!(words[1] == family && !described);
                    assert!(family.ends_with(&format!("_{}", words[2])), "{line}");
                }
                "HELP" => {
                    assert!(words[1] == family && !words[2].is_empty());
                    described = true;
                }
                other => panic!("no such line: {other}"),
            }
            continue;
        }
        assert!(described, "a family is described before its samples: {line}");
        let end = line.find(['{', ' ']).expect("a value");
        let (name, rest) = line.split_at(end);
        let (labelled, value) = rest.rsplit_once(' ').expect("a value");
        let labels =
            if labelled.is_empty() { Vec::new() } else { labels(labelled).unwrap_or_else(|| panic!("{line}")) };
        assert!(labels.iter().all(|(name, _)| is_name(name)), "{line}");
        let distinct: BTreeSet<&String> = labels.iter().map(|(name, _)| name).collect();
        assert_eq!(distinct.len(), labels.len(), "{line}");
        let suffix = name.strip_prefix(family.as_str()).unwrap_or_else(|| panic!("{line} is not of {family}"));
        let fits = match kind.as_str() {
            "counter" => suffix == "_total",
            "gauge" => suffix.is_empty(),
            _ => {
                suffix == "_count"
                    || suffix == "_sum"
                    || (suffix.is_empty() && distinct.iter().any(|name| *name == "quantile"))
            }
        };
        assert!(fits, "{line} is no sample of a {kind}");
        assert!(seen.insert(format!("{name}{labelled}")), "twice: {line}");
        let number: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
        assert!(number >= 0.0);
        samples.push((format!("{name}{labelled}"), number));
    }
    samples
}

#[test]
fn a_campaign_is_told_in_valid_openmetrics() {
    let live = Live { jobs: 26, lag: 1_500_000, disk_left: 1 << 34 };
    let samples = check(&text(&identity(), &tally((0..2000).map(entry)), Some(&live)));
    let value = |what: &str| samples.iter().find(|sample| sample.0 == what).unwrap_or_else(|| panic!("{what}")).1;
    assert_eq!(value("interregnum_jobs"), 26.0);
    assert_eq!(value("interregnum_lag_seconds"), 0.0015);
    let sum = |what: &str| samples.iter().filter(|s| s.0.starts_with(what)).map(|s| s.1).sum::<f64>();
    assert_eq!(sum("interregnum_client_failures_total"), 4000.0);
    assert!((sum("interregnum_client_failed_seconds_total") - 800.0).abs() < 1e-6, "0.4 s in each run");
    let invalid: f64 = samples
        .iter()
        .filter(|s| s.0.starts_with("interregnum_runs_total") && s.0.contains("\"invalid\""))
        .map(|s| s.1)
        .sum();
    assert_eq!(invalid, 20.0);
    let failures = samples.iter().filter(|sample| sample.0.starts_with("interregnum_failures_total"));
    assert_eq!(failures.map(|sample| sample.1).sum::<f64>(), 32.0);
}

#[test]
fn an_empty_campaign_is_valid_too_and_hostile_labels_cannot_break_out() {
    check(&text(&identity(), &Tally::default(), None));
    let mut bad = entry(96);
    bad.unit.workload = "a\"} 1\nevil_total{x=\"\\".to_owned();
    bad.unit.system = "\\".to_owned();
    let failure = &mut bad.failures[0];
    failure.signature.cause = Cause::Told("\u{200b}".to_owned());
    let mut other = bad.clone();
    other.failures[0].signature.cause = Cause::Told("\u{200c}".to_owned());
    let text = text(&identity(), &tally([bad, other]), None);
    check(&text);
    assert!(!text.contains("\nevil"), "{text}");
}

#[test]
fn what_a_search_drew_is_in_families_of_its_own() {
    let blind = text(&identity(), &tally((0..40).map(entry)), None);
    assert!(!blind.contains("searched"));
    let both = text(&identity(), &tally((0..40).map(entry).chain([searched(96), searched(193)])), None);
    let samples = check(&both);
    let apart = |sample: &&(String, f64)| sample.0.starts_with("interregnum_searched");
    let rest: Vec<(String, f64)> = samples.iter().filter(|sample| !apart(sample)).cloned().collect();
    // The signature of what only the search found stands there with none.
    let counted =
        |samples: &[(String, f64)]| samples.iter().filter(|sample| sample.1 > 0.0).cloned().collect::<Vec<_>>();
    assert_eq!(counted(&rest), counted(&check(&blind)));
    let sum = |what: &str| samples.iter().filter(|s| s.0.starts_with(what)).map(|s| s.1).sum::<f64>();
    assert_eq!((sum("interregnum_searched_runs_total"), sum("interregnum_searched_failures_total")), (2.0, 2.0));
}
