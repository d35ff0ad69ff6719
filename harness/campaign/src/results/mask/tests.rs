use super::*;

fn masked(text: &str) -> String {
    mask(text, &["n1", "n2", "n3", "n4", "n5", "n11"].map(str::to_owned))
}

#[test]
fn other_nodes_terms_and_times_leave_the_same_text() {
    for (a, b, expected) in [
        (
            "n3 voted for n1 and then for n2 in term 41.",
            "n1 voted for n1 and then for n11 in term 7.",
            "NODE voted for NODE and then for NODE in term #.",
        ),
        (
            "no effective leader for 5.2 s (bound 5 s) from 12 s to 17.2 s although n1, n2 and n4 were up and linked",
            "no effective leader for 6 s (bound 5 s) from 3.001 s to 9 s although n1, n2, n3, n4 and n5 were up and linked",
            "no effective leader for TIME (bound TIME) from TIME to TIME although NODE was up and linked",
        ),
        (
            "n2 (incarnation 3) was ended by signal 6, and no fault had asked for it.",
            "n4 (incarnation 12) was ended by signal 11, and no fault had asked for it.",
            "NODE (incarnation #) was ended by signal #, and no fault had asked for it.",
        ),
        (
            "the harness stalled 1 time, 80 ms in all",
            "the harness stalled 12 times, 1200 ms in all",
            "the harness stalled # time, TIME in all",
        ),
        ("n1->n2 is cut", "n4->n5 is cut", "NODE is cut"),
    ] {
        assert_eq!(masked(a), expected);
        assert_eq!(masked(b), expected);
    }
}

#[test]
fn paths_addresses_and_ids_are_masked() {
    assert_eq!(masked("cannot open /tmp/x-1/n1/stdout.log: No space"), "cannot open PATH: No space");
    assert_eq!(masked("member 8e9e05c52164694d of deadbeef01 at 0x7ffd left"), "member ID of ID at ID left");
    assert_eq!(masked("10.0.0.1:2380 is taken"), "#:# is taken");
    assert_eq!(masked("run chaos-17 took 12.3s"), "run chaos-# took TIME");
}

#[test]
fn a_node_is_masked_as_a_word_and_not_within_one() {
    assert_eq!(mask("a and an apple", &["a".to_owned()]), "NODE and an apple");
    assert_eq!(mask("node 7 of café", &["7".to_owned(), "café".to_owned()]), "node NODE of NODE");
    assert_eq!(mask("n1x n1_ xn1", &["n1".to_owned()]), "n1x n1_ xn1");
}

#[test]
fn hostile_text_is_bounded_and_on_one_line() {
    let long = mask(&"é\u{1b}[31m\n".repeat(100_000), &[]);
    assert!(long.chars().count() <= LONGEST + 1, "{long}");
    assert!(!long.contains(|c: char| c.is_control()), "{long:?}");
    assert_eq!(mask("", &[]), "");
    assert_eq!(mask("\0\n\t", &["".to_owned()]), "");
    assert_eq!(mask("日本1語", &[]), "日本1語");
}
