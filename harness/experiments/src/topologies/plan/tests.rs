use std::collections::BTreeSet;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;
use workloads::schedule::Action;

/// The pairs that still talk both ways, as `1-2 2-3`.
fn whole(row: &Topology) -> String {
    let nodes: Vec<String> = (1..=row.nodes).map(|node| format!("n{node}")).collect();
    let (shape, target) = row.cut();
    let Target::Names(pivot) = target else { return whole_of(&nodes, &shape, &[]) };
    whole_of(&nodes, &shape, &pivot)
}

fn whole_of(nodes: &[String], shape: &Shape, pivot: &[String]) -> String {
    let cut: BTreeSet<Link> = shape.links(nodes, pivot, &mut ChaCha8Rng::seed_from_u64(1)).into_iter().collect();
    let open = |a: &str, b: &str| !cut.contains(&Link::new(a, b)) && !cut.contains(&Link::new(b, a));
    let pairs = nodes.iter().flat_map(|a| nodes.iter().map(move |b| (a, b))).filter(|(a, b)| a < b);
    pairs.filter(|(a, b)| open(a, b)).map(|(a, b)| format!("{}-{}", &a[1..], &b[1..])).collect::<Vec<_>>().join(" ")
}

fn row(id: &str) -> &'static Topology {
    TOPOLOGIES.iter().find(|row| row.id == id).unwrap()
}

#[test]
fn who_still_talks_to_whom() {
    for (id, pairs) in [
        ("one-link", "1-3 1-4 1-5 2-3 2-4 2-5 3-4 3-5 4-5"),
        ("chain-3", "1-2 2-3"),
        ("ha-1", "1-2 1-3 2-3 2-4 3-5"),
        ("ha-2", "1-2 1-3 2-3 2-4"),
        ("quorum-loss", "1-2 2-3 2-4 2-5"),
        ("constrained", "1-2 2-3 2-4 2-5"),
        ("majorities-ring", "1-2 1-5 2-3 3-4 4-5"),
        ("bridge", "1-2 1-3 2-3 3-4 3-5 4-5"),
        ("deaf-follower", "1-3 1-4 1-5 3-4 3-5 4-5"),
        ("deaf-leader-once", "2-3 2-4 2-5 3-4 3-5 4-5"),
        ("mute-leader", "2-3 2-4 2-5 3-4 3-5 4-5"),
        ("minority-leader", "1-2 3-4 3-5 4-5"),
    ] {
        assert_eq!(whole(row(id)), pairs, "{id}");
    }
}

#[test]
fn every_row_is_run_with_every_variant() {
    let experiment = Topologies.experiment(8);
    assert_eq!(experiment.cells.len(), TOPOLOGIES.len() * VARIANTS.len());
    assert!(experiment.cells.iter().all(|cell| cell.runs == 8));
    let all = experiment.find("ha-2/all-three").map(|at| &experiment.cells[at]).unwrap();
    for setting in ["prevote=true", "check-quorum=true", "sticky=true", "first-delay=2s", "n4.first-delay=0ms"] {
        assert!(all.settings.iter().any(|own| own == setting), "{setting}: {:?}", all.settings);
    }
}

#[test]
fn loss_of_one_direction_is_measured_where_it_exists() {
    for cell in Topologies.experiment(1).cells {
        let one_way = ["deaf", "mute"].iter().any(|word| cell.id.starts_with(word));
        assert_eq!(cell.network.as_deref(), one_way.then_some("proxy"), "{}", cell.id);
        assert_eq!(cell.settings.iter().any(|setting| setting == "reconnect=1h"), one_way, "{}", cell.id);
    }
}

#[test]
fn the_links_stay_broken_for_a_minute_and_the_dead_stay_dead() {
    let schedule =
        Topologies.experiment(1).cells.iter().find(|cell| cell.id == "ha-2/vanilla").unwrap().schedule(1).unwrap();
    let faults: Vec<&Action> = schedule.steps.iter().map(|step| &step.action).skip(3).collect();
    assert!(matches!(faults[0], Action::Inject(Fault::Kill { forever: true, .. })));
    assert!(matches!(faults[1], Action::Inject(Fault::Cut { .. })));
    let workloads::schedule::When::After { delay, .. } = schedule.steps[5].when else { panic!("{schedule:?}") };
    assert_eq!(delay, HELD);
}

#[test]
fn an_explanation_names_a_cell_that_there_is() {
    for (topology, variant, why) in EXPLAINED {
        assert!(TOPOLOGIES.iter().any(|row| row.id == topology), "{topology}");
        assert!(VARIANTS.iter().any(|known| known.name == variant) && !why.is_empty(), "{topology}/{variant}");
    }
}

#[test]
fn who_asks_once_differs_from_who_asks_again_in_nothing_else() {
    let experiment = Topologies.experiment(1);
    let settings = |id: &str| experiment.cells[experiment.find(id).unwrap()].settings.clone();
    for row in ["deaf-follower", "deaf-leader"] {
        let once = settings(&format!("{row}-once/vanilla"));
        let rest: Vec<String> = once.iter().filter(|setting| *setting != "rpc-timeout=10s").cloned().collect();
        assert_eq!((rest.len() + 1, rest), (once.len(), settings(&format!("{row}/vanilla"))));
    }
}
