//! What people and other programs see of many runs, held as it is: a change of it is shown to the reviewer.
//!
//! `INSTA_UPDATE=always cargo test -p interregnum-campaign snapshots` writes it anew.

use std::path::Path;

use history::Verdict;

use crate::batch::tests::row;
use crate::compare::tests::{runs, side};
use crate::page::tests::{entry, extras, identity, tally};
use crate::skeleton::skeleton;
use crate::{batch, compare, export, index, page, screen};

/// What a function writes into a folder, by the name of the file.
fn written(name: &str, write: impl FnOnce(&Path)) -> String {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    std::fs::read_to_string(folder.path().join(name)).unwrap()
}

fn rows() -> [batch::BatchRow; 3] {
    [row("chaos-1", Some(Verdict::Valid)), row("chaos-2", Some(Verdict::Invalid)), row("leader-crash-3", None)]
}

#[test]
fn a_campaign_is_told_so_in_openmetrics() {
    let live = export::openmetrics::Live { jobs: 26, lag: 1_500_000, disk_left: 1 << 34 };
    insta::assert_snapshot!(export::openmetrics::text(&identity(), &tally((0..600).map(entry)), Some(&live)));
}

#[test]
fn a_terminal_shows_a_campaign_so() {
    let tally = tally((0..600).map(entry));
    insta::assert_snapshot!(
        "terminal_soak",
        page::table(&page::CampaignVerdict::of(&identity(), &tally, &extras()), false)
    );
    insta::assert_snapshot!("terminal_progress", screen::Status::of(&tally).lines());
}

#[test]
fn a_terminal_shows_a_batch_so() {
    insta::assert_snapshot!(batch::table(&rows(), false));
}

fn sides() -> (compare::Side, compare::Side) {
    let one = |label, seed, version, slower| side(label, runs(seed, 30, 40, slower), &[("program", version)]);
    (one("one", 1, "1.0", 1.0), one("two", 2, "1.1", 1.5))
}

#[test]
fn a_terminal_shows_a_comparison_so() {
    let (a, b) = sides();
    insta::assert_snapshot!(compare::text(&compare::compare(&a, &b, &compare::Question::default())));
}

#[test]
fn github_shows_a_batch_so() {
    let github = export::github::GithubReport::of_batch(&rows(), Path::new("interregnum-out/report.html"));
    insta::assert_snapshot!("github_commands", github.commands());
    insta::assert_snapshot!("github_summary", github.summary(1 << 16));
}

#[test]
fn the_pages_of_many_runs_have_these_skeletons() {
    let page = |write: &dyn Fn(&Path)| skeleton(&written("report.html", write));
    let of_batch = page(&|folder| drop(batch::write(folder, &rows()).unwrap()));
    insta::assert_snapshot!("page_batch", of_batch);
    let runs = tally((0..600).map(entry));
    let of_campaign = page(&|folder| drop(page::write(folder, &identity(), &runs, &extras()).unwrap()));
    insta::assert_snapshot!("page_soak", of_campaign);
    let (a, b) = sides();
    let comparison = compare::compare(&a, &b, &compare::Question::default());
    let of_comparison = page(&|folder| drop(compare::write(folder, &a, &b, &comparison).unwrap()));
    insta::assert_snapshot!("page_compare", of_comparison);
    let out = index::tests::out();
    let of_index = std::fs::read_to_string(index::write(out.path()).unwrap()).unwrap();
    insta::assert_snapshot!("page_index", skeleton(&of_index));
}
