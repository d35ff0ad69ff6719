use super::*;

fn percent(nodes: usize, up: usize, l: f64) -> f64 {
    (split_vote(nodes, up, l) * 10_000.0).round() / 100.0
}

#[test]
fn split_votes_are_as_likely_as_the_dissertation_says() {
    assert_eq!(percent(5, 4, 0.01), 0.06);
    assert_eq!(percent(5, 4, 0.1), 5.23);
    assert_eq!(percent(5, 4, 0.2), 18.08);
    assert_eq!(percent(5, 3, 0.1), 27.1);
    assert_eq!(percent(5, 3, 0.2), 48.8);
}

#[test]
fn a_chance_stays_a_chance_for_every_input() {
    for nodes in 1..30 {
        for up in nodes / 2 + 1..=nodes {
            for l in [-1.0, 0.0, 0.3, 1.0, 7.0] {
                let p = split_vote(nodes, up, l);
                assert!((0.0..=1.0).contains(&p), "{nodes} {up} {l}: {p}");
            }
        }
    }
}

#[test]
fn one_of_five_down_needs_eight_rounds_and_two_need_sixteen() {
    assert_eq!(rounds(0.052, 1e-9), Some(8));
    assert_eq!(rounds(0.271, 1e-9), Some(16));
    assert_eq!(rounds(0.0, 1e-9), Some(1));
    assert_eq!(rounds(1.0, 1e-9), None);
    assert_eq!(rounds(f64::NAN, 1e-9), None);
}

#[test]
fn the_reference_node_owes_a_leader_within_five_seconds() {
    let bound = reelection(&Settings::default()).unwrap();
    assert_eq!((bound.k, bound.bound), (16, Duration::from_secs(5)));
    assert!((bound.p - 0.271).abs() < 1e-6);
    assert_eq!(bound.exact, Duration::from_millis(5090));
    assert!(bound.how.contains("16 rounds"), "{}", bound.how);
}

#[test]
fn one_down_owes_it_within_about_two_and_a_half() {
    let bound = reelection(&Settings { down: 1, ..Settings::default() }).unwrap();
    assert_eq!(bound.k, 8);
    assert_eq!(bound.bound, Duration::from_millis(2500));
}

#[test]
fn check_quorum_and_recovery_are_added() {
    let plain = reelection(&Settings::default()).unwrap();
    let later = Settings { check_quorum: true, recovery: Duration::from_secs(1), ..Settings::default() };
    assert_eq!(reelection(&later).unwrap().exact, plain.exact + Duration::from_millis(1300));
}

#[test]
fn a_bound_grows_with_the_cluster_and_a_single_node_needs_one_round() {
    let of = |nodes| reelection(&Settings::default().for_nodes(nodes)).unwrap();
    assert_eq!(of(1).k, 1);
    assert!(of(3).bound < of(5).bound && of(5).bound < of(7).bound);
}

#[test]
fn settings_that_allow_no_bound_say_so() {
    let error = |settings: Settings| reelection(&settings).unwrap_err().to_string();
    assert!(error(Settings { down: 3, ..Settings::default() }).contains("no majority"));
    assert!(error(Settings { nodes: 0, down: 0, ..Settings::default() }).contains("no majority"));
    let fixed = Settings { timeout_max: Duration::from_millis(150), ..Settings::default() };
    assert!(error(fixed).contains("not spread wider"));
    let slow = Settings { persist: Duration::from_millis(500), ..Settings::default() };
    assert!(error(slow).contains("not spread wider"));
    assert!(error(Settings { epsilon: 0.0, ..Settings::default() }).contains("not above 0"));
    assert!(error(Settings { epsilon: f64::NAN, ..Settings::default() }).contains("not above 0"));
}

#[test]
fn extreme_settings_do_not_panic() {
    let endless = Settings { timeout_max: Duration::MAX, ..Settings::default() };
    assert_eq!(reelection(&endless).unwrap().exact, Duration::MAX);
}
