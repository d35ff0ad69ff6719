use std::collections::BTreeSet;

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;

fn names(count: usize) -> Vec<NodeName> {
    (1..=count).map(|number| format!("n{number}")).collect()
}

fn draw_links(shape: &Shape, count: usize, pivot: &[&str], seed: u64) -> Vec<Link> {
    let pivot: Vec<NodeName> = pivot.iter().map(|name| (*name).to_owned()).collect();
    shape.links(&names(count), &pivot, &mut ChaCha8Rng::seed_from_u64(seed))
}

fn written(links: &[Link]) -> Vec<String> {
    links.iter().map(Link::to_string).collect()
}

/// The nodes that a node still exchanges messages with, both ways, itself included.
fn sees(node: &str, count: usize, cut: &[Link]) -> BTreeSet<NodeName> {
    let open = |from: &str, to: &str| !cut.contains(&Link::new(from, to));
    names(count).into_iter().filter(|other| open(node, other) && open(other, node)).collect()
}

#[test]
fn isolate_leaves_the_pivot_alone_and_the_rest_whole() {
    let links = draw_links(&Shape::Isolate, 3, &["n2"], 0);
    assert_eq!(written(&links), ["n1->n2", "n2->n1", "n2->n3", "n3->n2"]);
}

#[test]
fn isolated_pivots_do_not_see_each_other_and_split_pivots_do() {
    let isolated = draw_links(&Shape::Isolate, 5, &["n1", "n2"], 0);
    let split = draw_links(&Shape::Split, 5, &["n1", "n2"], 0);
    assert!(isolated.contains(&Link::new("n1", "n2")));
    assert!(!split.contains(&Link::new("n1", "n2")));
    assert_eq!(isolated.len(), 14);
    assert_eq!(split.len(), 12);
}

#[test]
fn halves_of_five_are_two_with_the_pivot_and_three() {
    for seed in 0..20 {
        let links = draw_links(&Shape::Halves, 5, &["n4"], seed);
        assert_eq!(sees("n4", 5, &links).len(), 2);
        assert_eq!(links.len(), 12);
    }
}

#[test]
fn a_minority_of_four_is_one_and_halves_are_two() {
    assert_eq!(draw_links(&Shape::Minority, 4, &["n1"], 1).len(), 6);
    assert_eq!(draw_links(&Shape::Halves, 4, &["n1"], 1).len(), 8);
}

#[test]
fn in_a_bridge_only_the_pivot_sees_everyone() {
    let links = draw_links(&Shape::Bridge, 5, &["n3"], 7);
    assert_eq!(sees("n3", 5, &links).len(), 5);
    for other in ["n1", "n2", "n4", "n5"] {
        assert_eq!(sees(other, 5, &links).len(), 3, "{other}");
    }
}

#[test]
fn on_a_majorities_ring_everyone_sees_a_majority_and_no_two_the_same() {
    for count in 4..12 {
        let links = draw_links(&Shape::MajoritiesRing, count, &[], 3);
        let views: BTreeSet<_> = names(count).iter().map(|node| sees(node, count, &links)).collect();
        assert_eq!(views.len(), count, "{count} nodes");
        assert!(views.iter().all(|view| view.len() > count / 2 && view.len() < count), "{count} nodes");
    }
}

#[test]
fn a_chain_begins_at_its_pivot() {
    let links = draw_links(&Shape::Chain, 5, &["n5"], 9);
    let mut sizes: Vec<usize> = names(5).iter().map(|node| sees(node, 5, &links).len()).collect();
    assert_eq!(sees("n5", 5, &links).len(), 2);
    sizes.sort_unstable();
    assert_eq!(sizes, [2, 2, 3, 3, 3]);
}

#[test]
fn in_a_star_nobody_sees_anyone_but_the_pivot() {
    let links = draw_links(&Shape::Star, 4, &["n2"], 5);
    assert_eq!(sees("n2", 4, &links).len(), 4);
    assert_eq!(sees("n3", 4, &links), BTreeSet::from(["n2".to_owned(), "n3".to_owned()]));
}

#[test]
fn one_link_is_two_directions_and_one_way_is_one() {
    assert_eq!(written(&draw_links(&Shape::Link, 4, &["n1", "n3"], 0)), ["n1->n3", "n3->n1"]);
    assert_eq!(written(&draw_links(&Shape::OneWay, 4, &["n3", "n1"], 0)), ["n3->n1"]);
}

#[test]
fn the_deaf_hear_nothing_and_the_mute_say_nothing() {
    assert_eq!(written(&draw_links(&Shape::Deaf, 3, &["n1"], 0)), ["n2->n1", "n3->n1"]);
    assert_eq!(written(&draw_links(&Shape::Mute, 3, &["n1"], 0)), ["n1->n2", "n1->n3"]);
}

#[test]
fn a_list_of_links_keeps_only_links_of_the_cluster() {
    let list = vec![Link::new("n2", "n1"), Link::new("n1", "n9"), Link::new("n1", "n1"), Link::new("n2", "n1")];
    assert_eq!(written(&draw_links(&Shape::Links(list), 3, &[], 0)), ["n2->n1"]);
}

#[test]
fn shapes_are_written_in_kebab_case() {
    assert_eq!(serde_json::to_string(&Shape::MajoritiesRing).unwrap(), r#""majorities-ring""#);
    assert_eq!(serde_json::to_string(&Shape::OneWay).unwrap(), r#""one-way""#);
    let list = Shape::Links(vec![Link::new("n1", "n2")]);
    assert_eq!(serde_json::to_string(&list).unwrap(), r#"{"links":["n1->n2"]}"#);
}

fn any_shape() -> impl Strategy<Value = Shape> {
    let list = Shape::Links(vec![Link::new("n1", "n2"), Link::new("n2", "n2"), Link::new("n3", "n8")]);
    (0..=Shape::ALL.len()).prop_map(move |place| Shape::ALL.get(place).cloned().unwrap_or(list.clone()))
}

proptest! {
    #[test]
    fn any_cluster_and_any_pivot_give_sorted_links_of_the_cluster(
        shape in any_shape(), count in 1..9usize, pivot in prop::collection::vec(0..12usize, 0..12), seed: u64,
    ) {
        let (nodes, pivot): (_, Vec<NodeName>) = (names(count), pivot.iter().map(|number| format!("n{number}")).collect());
        let links = shape.links(&nodes, &pivot, &mut ChaCha8Rng::seed_from_u64(seed));
        prop_assert!(links.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(links.iter().all(|link| link.from != link.to));
        prop_assert!(links.iter().all(|link| nodes.contains(&link.from) && nodes.contains(&link.to)));
        let again = shape.links(&nodes, &pivot, &mut ChaCha8Rng::seed_from_u64(seed));
        prop_assert_eq!(links, again);
    }

    #[test]
    fn a_shape_with_a_pivot_cuts_something_from_its_least_number_of_nodes_on(
        place in 0..Shape::ALL.len(), count in 1..9usize, seed: u64,
    ) {
        let shape = &Shape::ALL[place];
        let links = shape.links(&names(count), &["n1".to_owned()], &mut ChaCha8Rng::seed_from_u64(seed));
        prop_assert_eq!(!links.is_empty(), count >= shape.least_nodes(), "{:?} of {}: {:?}", shape, count, links);
    }
}
