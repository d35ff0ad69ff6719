use super::*;
use crate::sample;

#[test]
fn every_colour_of_every_plot_is_one_that_a_dark_page_replaces() {
    let (sample, outcome) = sample::unsafe_run();
    let model = RunModel::from_history(sample.text().as_bytes(), Some(outcome)).unwrap();
    let known: Vec<String> =
        palette::VARIABLES.iter().map(|(c, _)| format!("#{:02X}{:02X}{:02X}", c.0, c.1, c.2)).collect();
    for plot in all(&model).unwrap() {
        for property in ["fill=\"#", "stroke=\"#"] {
            for rest in plot.svg.split(property).skip(1) {
                let color = format!("#{}", rest.split('"').next().unwrap());
                assert!(known.contains(&color), "{color} in {}", plot.name);
            }
        }
    }
}

#[test]
fn the_distribution_of_election_times_shows_the_bound() {
    let (sample, outcome) = sample::valid();
    let model = RunModel::from_history(sample.text().as_bytes(), Some(outcome)).unwrap();
    let plots = all(&model).unwrap();
    let elections = plots.iter().find(|plot| plot.name == "elections").unwrap();
    assert!(elections.svg.contains("bound 5.00 s"));
    assert!(elections.caption.contains("9 re-elections"));
}

#[test]
fn an_empty_run_gives_pictures_that_say_why_they_are_empty() {
    let model = RunModel::from_history("{\"schema\":1,\"nodes\":[\"n1\"]}\n".as_bytes(), None).unwrap();
    for plot in all(&model).unwrap().iter().filter(|plot| plot.name != "timeline") {
        assert!(plot.svg.contains("No "), "{}", plot.name);
    }
}
