//! What is written is read as it was: every kind of line, whatever stands in it.
#![allow(clippy::unwrap_used)] // helpers of tests

use std::borrow::Cow;
use std::collections::BTreeMap;

use history::entry::{Described, Expect, Fault, Harness, Link, Miss, Node, Observe, Probe, State, Voters};
use history::{Entry, Record, Span, Vocabulary, Word};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// Any text, those that look like words of the record among them.
fn text() -> impl Strategy<Value = Cow<'static, str>> {
    prop_oneof![
        "n[1-9]".prop_map(Cow::Owned),
        ".{0,12}".prop_map(Cow::Owned),
        select(vec!["", "leader", "Leader", "forked away", "\u{0}", "a\"b\\c\n", "ключ", "n1->n2"])
            .prop_map(Cow::Borrowed),
    ]
}

/// A word of a list, or whatever else somebody writes in its place.
fn word<T: Vocabulary + std::fmt::Debug>() -> impl Strategy<Value = Word<'static, T>> {
    prop_oneof![select(T::ALL).prop_map(Word::Known), text().prop_map(Word::read)]
}

fn names() -> impl Strategy<Value = Vec<String>> {
    vec(text().prop_map(Cow::into_owned), 0..4)
}

/// The name of a link's end: anything but an arrow.
fn end() -> impl Strategy<Value = Cow<'static, str>> {
    text().prop_filter("an arrow within a name", |name| !name.contains("->") && !name.contains(['-', '>']))
}

fn share() -> impl Strategy<Value = Option<f64>> {
    of((0..=1000u32).prop_map(|thousandths| f64::from(thousandths) / 1000.0))
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<u64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(json!([1, {"a": null}, -2])),
        Just(json!({"kind": "leader", "term": [3]})),
    ]
}

fn node() -> impl Strategy<Value = Node<'static>> {
    let numbers = (of(any::<u32>()), of(any::<u32>()), of(any::<i32>()), of(any::<i32>()), of(any::<u32>()));
    (text(), word(), numbers, of(text())).prop_map(
        |(node, event, (incarnation, pid, status, signal, fault), reason)| Node {
            node,
            incarnation,
            event,
            pid,
            status,
            signal,
            fault,
            reason,
        },
    )
}

fn state() -> impl Strategy<Value = State<'static>> {
    let other = btree_map("[a-z-]{1,9}", value(), 0..3);
    let beside = (of(names()), of(any::<[u64; 2]>()), of(text()), of(text()));
    (of(word()), of(any::<u64>()), of(of(text())), of(of(text())), of(any::<[u64; 2]>()), beside, other).prop_map(
        |(role, term, vote, leader, log, (counted, candidate_log, vote_id, leader_id), other)| {
            let other_fields = BTreeMap::new();
            let mut state = State {
                role,
                term,
                vote,
                leader,
                vote_id,
                leader_id,
                log,
                counted,
                candidate_log,
                other: other_fields,
            };
            other.into_iter().for_each(|(key, value)| state.keep(&key, value));
            state
        },
    )
}

fn observe() -> impl Strategy<Value = Observe<'static>> {
    (text(), of(any::<u32>()), of(text()), of(word()), of(any::<u64>()), state()).prop_map(
        |(node, incarnation, observer, evidence, seq, state)| Observe {
            node,
            incarnation,
            observer,
            evidence,
            seq,
            state,
        },
    )
}

/// Names, each once.
fn members(least: usize) -> impl Strategy<Value = Vec<String>> {
    proptest::collection::btree_set(text().prop_map(Cow::into_owned), least..4)
        .prop_map(|set| set.into_iter().collect())
}

fn voters() -> impl Strategy<Value = Voters<'static>> {
    let who = prop_oneof![members(1).prop_map(history::Voters::Listed), Just(history::Voters::Unknown)];
    (text(), of(any::<u32>()), of(text()), of(word()), of(who), members(0), members(0)).prop_map(
        |(node, incarnation, observer, evidence, voters, outgoing, learners)| Voters {
            node,
            incarnation,
            observer,
            evidence,
            voters,
            outgoing,
            learners,
        },
    )
}

fn miss() -> impl Strategy<Value = Miss<'static>> {
    (text(), of(any::<u32>()), of(text()), of(text())).prop_map(|(node, incarnation, observer, error)| Miss {
        node,
        incarnation,
        observer,
        error,
    })
}

fn fault() -> impl Strategy<Value = Fault<'static>> {
    let links = vec((end(), end()).prop_map(|(from, to)| workloads::Link::new(from, to)), 0..3);
    let what = value().prop_map(Described::read);
    (any::<u32>(), word(), of(what), of(names()), of(links), of(word()), of(text())).prop_map(
        |(id, stage, fault, nodes, links, outcome, reason)| {
            let (operations, lost) = (nodes.clone(), nodes.clone());
            Fault { id, stage, fault, nodes, links, outcome, reason, operations, lost }
        },
    )
}

fn link() -> impl Strategy<Value = Link<'static>> {
    let count = || of(any::<u64>());
    (end(), end(), of(word()), count(), count(), count(), of(any::<[u64; 3]>())).prop_map(
        |(from, to, rule, passed, held, dropped, packets)| Link { from, to, rule, passed, held, dropped, packets },
    )
}

fn expect() -> impl Strategy<Value = Expect<'static>> {
    let operations = of(prop::collection::vec("[a-z]{1,8}: [a-z ]{1,12}", 0..3));
    (any::<u32>(), of(value()), of(word()), of(text()), operations)
        .prop_map(|(id, condition, outcome, reason, operations)| Expect { id, condition, outcome, reason, operations })
}

fn probe() -> impl Strategy<Value = Probe<'static>> {
    let count = || of(any::<u64>());
    (word(), count(), count(), of(text()), of(text())).prop_map(|(outcome, attempts, slowest, node, reason)| Probe {
        outcome,
        attempts,
        slowest,
        node,
        reason,
    })
}

fn harness() -> impl Strategy<Value = Harness<'static>> {
    let reason = || of(text());
    // A word that the list has is an event of its own.
    let other = text().prop_filter("a word of the list", |event| history::HarnessEvent::meant(event).is_none());
    prop_oneof![
        (of(word()), of(names())).prop_map(|(phase, nodes)| Harness::Phase { phase, nodes }),
        (of(word()), reason()).prop_map(|(cause, reason)| Harness::Stall { cause, reason }),
        (share(), share(), share()).prop_map(|(cpu, idle, io)| Harness::Pressure { cpu, idle, io }),
        any::<Option<u64>>().prop_map(|passed| Harness::Messages { passed }),
        reason().prop_map(|reason| Harness::OutputLost { reason }),
        reason().prop_map(|reason| Harness::CaptureLost { reason }),
        reason().prop_map(|reason| Harness::Provoked { reason }),
        (of(text()), reason()).prop_map(|(node, reason)| Harness::Uncarried { node, reason }),
        (of(text()), of(any::<u32>()), of(any::<u32>()), reason())
            .prop_map(|(node, incarnation, fault, reason)| { Harness::Helper { node, incarnation, fault, reason } }),
        reason().prop_map(|reason| Harness::Unprotected { reason }),
        of(word()).prop_map(|reason| Harness::End { reason }),
        (other, of(text()), reason()).prop_map(|(event, node, reason)| Harness::Other { event, node, reason }),
    ]
}

/// Boxed: a strategy that holds all others is larger than a thread's stack.
fn entry() -> impl Strategy<Value = Entry<'static>> {
    prop_oneof![
        node().prop_map(Entry::Node).boxed(),
        observe().prop_map(Entry::Observe).boxed(),
        voters().prop_map(Entry::Voters).boxed(),
        miss().prop_map(Entry::Miss).boxed(),
        fault().prop_map(Entry::Fault).boxed(),
        link().prop_map(Entry::Link).boxed(),
        expect().prop_map(Entry::Expect).boxed(),
        probe().prop_map(Entry::Probe).boxed(),
        harness().prop_map(Entry::Harness).boxed(),
        "[A-Z][a-z]{0,6}".prop_map(|kind| Entry::Unknown(kind.into())).boxed(),
    ]
}

fn record() -> impl Strategy<Value = Record<'static>> {
    let span = any::<[u64; 2]>().prop_map(|[a, b]| Span::new(a, b));
    let group = of(text().prop_map(Cow::into_owned));
    (of(any::<u64>()), of(span), group, entry()).prop_map(|(t, span, group, entry)| Record { t, span, group, entry })
}

fn written(record: &Record<'_>) -> String {
    let mut line = Vec::new();
    record.write(&mut line).unwrap();
    String::from_utf8(line).unwrap()
}

/// As those see it who have no use for what a node said beside its state.
fn lean(mut record: Record<'static>) -> Record<'static> {
    if let Entry::Observe(seen) = &mut record.entry {
        seen.state.other.clear();
    }
    record
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_line_is_read_as_it_was_written(record in record()) {
        let line = written(&record);
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(&Record::read_whole(&line).unwrap(), &record);
        prop_assert_eq!(written(&Record::read_whole(&line).unwrap()), &*line);
        prop_assert_eq!(Record::read(&line).unwrap(), lean(record));
    }

    #[test]
    fn a_word_is_understood_in_every_spelling_and_another_keeps_its_text(word in word::<history::Role>(), case in any::<u64>()) {
        let shout = |(at, c): (usize, char)| if case >> (at % 64) & 1 == 1 { c.to_ascii_uppercase() } else { c };
        let spelt: String = word.text().chars().enumerate().map(shout).collect();
        match word {
            Word::Known(_) => prop_assert_eq!(Word::read(spelt), word),
            Word::Foreign(text) => prop_assert_eq!(Word::<history::Role>::read(text.clone()), Word::Foreign(text)),
        }
    }
}

#[test]
fn a_line_begins_with_its_time_and_its_type() {
    let entry = Node::start("n1", 1, 4711);
    let record = Record { t: Some(5), ..Record::during(Span::new(4, 3), entry) };
    assert_eq!(
        written(&record),
        r#"{"t":5,"type":"node","node":"n1","incarnation":1,"event":"start","span":[3,4],"pid":4711}"#
    );
}

#[test]
fn what_a_node_says_under_a_key_of_the_history_is_kept_under_another() {
    let mut state = State::default();
    state.keep("t", json!(7));
    state.keep("mood", json!("good"));
    let keys: Vec<_> = state.other.keys().map(String::as_str).collect();
    assert_eq!(keys, ["mood", "x-t"]);
}

#[test]
fn a_role_joined_in_another_way_is_the_same_role() {
    for spelling in ["precandidate", "Pre-Candidate", "PRE_CANDIDATE", "preCandidate", "pre candidate"] {
        assert_eq!(Word::read(spelling), Word::Known(history::Role::Precandidate), "{spelling}");
    }
    assert_eq!(Word::<history::Role>::read("learner"), Word::Foreign("learner".into()));
}
