//! What stands in the header, in `verdict.json` and in `run.json` is read as it was written, whatever it is.
#![allow(clippy::unwrap_used)] // helpers of tests

use std::collections::BTreeMap;
use std::time::Duration;

use history::finding::{Safety, Statement, safety};
use history::header::BoundFrom;
use history::measures::{Crash, Election, Held, Interregnum, Measures};
use history::run::{self, Disks, DrawnFrom, Model, Network, Options};
use history::verdict::{Evidence as Quoted, HistoryFacts, Judgement, Violation};
use history::{
    Claims, Decoder, Evidence, Grade, Header, Observer, Outcome, RunFile, SCHEMA, Verdict, Vocabulary, Word,
};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use workloads::workload::Parameters;

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["n[1-9]", ".{0,12}", Just("a\"b\\c\n\u{0}".to_owned()), Just(String::new())]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    vec(text(), 0..3)
}

fn words() -> impl Strategy<Value = BTreeMap<String, String>> {
    btree_map(text(), text(), 0..3)
}

/// A number that JSON holds to the last digit.
fn share() -> impl Strategy<Value = f64> {
    (0..=1000u32).prop_map(|thousandths| f64::from(thousandths) / 1000.0)
}

fn observer() -> impl Strategy<Value = Observer> {
    (text(), texts(), select(Evidence::ALL), any::<bool>(), any::<bool>(), of(any::<u64>())).prop_map(
        |(name, fields, evidence, durable, complete, period)| Observer {
            name,
            fields,
            evidence,
            durable,
            complete,
            period,
            ..Observer::default()
        },
    )
}

fn claims() -> impl Strategy<Value = Claims> {
    let grade = select(vec![Grade::Clean, Grade::Clique, Grade::Hub]);
    (grade, of(texts()), of(any::<u32>()), texts(), any::<bool>()).prop_map(
        |(grade, judged, stability, survives, occasional_leaders)| Claims {
            grade,
            judged,
            stability,
            survives,
            occasional_leaders,
            ..Claims::default()
        },
    )
}

fn header() -> impl Strategy<Value = Header> {
    let who = (text(), of(text()), of(any::<u64>()), text(), text(), of(any::<u64>()));
    let how = (words(), words(), btree_map(text(), words(), 0..2), claims(), vec(observer(), 0..3));
    let when = (of(any::<u64>()), of((any::<u32>(), share(), any::<u64>(), share(), text())), of(any::<u64>()));
    let network = (text(), of(text()), of(any::<u64>()));
    let nodes = (1..6usize).prop_map(|n| (1..=n).map(|node| format!("n{node}")).collect::<Vec<_>>());
    let faults = of(select(vec![history::Faults::Recorded, history::Faults::Unknown]));
    (who, how, when, network, nodes, (of(1..3usize), faults, of(text()))).prop_map(
        |(
            (run, wall, zero, system, workload, seed),
            (versions, parameters, node_parameters, claims, observers),
            (bound, bound_from, heal_cap),
            (network, network_why, link_delay),
            nodes,
            (voters, faults, group),
        )| Header {
            schema: SCHEMA,
            run,
            wall,
            zero,
            versions,
            system,
            parameters,
            node_parameters,
            claims,
            bound,
            bound_from: bound_from.map(|(k, p, d, epsilon, how)| BoundFrom { k, p, d, epsilon, how }),
            heal_cap,
            voters: voters.map(|voters| history::Voters::Listed(nodes.iter().take(voters).cloned().collect())),
            faults,
            group,
            nodes,
            observers,
            network,
            network_why,
            link_delay,
            workload,
            seed,
            ..Header::default()
        },
    )
}

fn run_file() -> impl Strategy<Value = RunFile> {
    // Times are written in words: whole nanoseconds.
    let time = || of((0..1_000_000_000_000u64).prop_map(Duration::from_nanos));
    let state = prop_oneof![select(run::State::ALL).prop_map(Word::Known), text().prop_map(Word::read)];
    let names = (text(), text(), texts(), texts(), text(), text(), of(text()));
    let numbers =
        (0..9usize, select(Network::ALL), any::<u16>(), any::<[bool; 2]>(), of(any::<u8>()), of(any::<u64>()));
    (names, numbers, time(), time(), of(text()), text(), state).prop_map(
        |(
            (run, system, set, command, replay, began, until),
            (nodes, network, mtu, [data_in_memory, pcap], exit, max_history),
            link_delay,
            bound,
            system_file,
            directory,
            state,
        )| RunFile {
            schema: run::SCHEMA,
            run,
            system,
            set,
            nodes,
            network,
            options: Options {
                mtu,
                link_delay,
                data_in_memory,
                disk: Disks::default(),
                disk_model: Model::default(),
                pcap,
                until,
                max_history,
            },
            drawn_from: link_delay.map(|time| DrawnFrom {
                workload: "chaos".into(),
                seed: nodes as u64,
                parameters: Parameters::default(),
                time: Some(time),
            }),
            brief: pcap,
            trial: data_in_memory,
            bound,
            system_file: system_file.map(Into::into),
            directory: directory.into(),
            command,
            replay,
            began,
            state,
            exit,
        },
    )
}

fn verdict() -> impl Strategy<Value = Verdict> {
    select(vec![Verdict::Valid, Verdict::Unknown, Verdict::Invalid])
}

fn judgement() -> impl Strategy<Value = Judgement> {
    let evidence = vec((any::<u64>(), text()).prop_map(|(line, text)| Quoted { line, text }), 0..3);
    let finding = (text(), any::<u64>(), any::<u64>(), any::<bool>())
        .prop_map(|(node, from, to, restarted)| safety::Finding::TermFell { node, from, to, restarted }.into());
    let violation = (finding, text(), any::<[u64; 2]>(), texts(), of(any::<u64>()), texts(), evidence).prop_map(
        |(finding, sentence, span, nodes, term, faults, evidence)| Violation {
            finding,
            sentence,
            span,
            nodes,
            term,
            faults,
            evidence,
            ..Violation::default()
        },
    );
    let checker = select(vec!["election-safety", "term-monotonic", "re-election", "process", "somebody's"]);
    (checker, verdict(), vec(violation, 0..3), text(), btree_map(text(), any::<u64>(), 0..3)).prop_map(
        |(checker, verdict, violations, sentence, counts)| Judgement {
            sentence,
            counts,
            ..Judgement::new(checker, verdict, Statement::default(), violations)
        },
    )
}

fn measures() -> impl Strategy<Value = Measures> {
    let time = || of(any::<u64>());
    let election = (any::<u64>(), text(), time(), time()).prop_map(|(term, leader, detection, total)| Election {
        term,
        leader,
        detection,
        total,
        ..Election::default()
    });
    let interregnum = (any::<u64>(), any::<u64>(), any::<bool>()).prop_map(|(start, end, censored)| Interregnum {
        start,
        end,
        censored,
    });
    let crash = (any::<u32>(), time()).prop_map(|(fault, detection)| Crash { fault, detection, ..Crash::default() });
    let held = (any::<u64>(), of(text())).prop_map(|(to, leader_before)| Held { to, leader_before, ..Held::default() });
    let led = of(vec([any::<u64>(), any::<u64>()], 0..3));
    (vec(election, 0..3), vec(interregnum, 0..3), led, vec(crash, 0..2), of(held), of(share()), of(share())).prop_map(
        |(elections, interregna, led, crashes, held, availability, host_idle)| Measures {
            elections,
            interregna,
            led,
            crashes,
            held,
            availability,
            host_idle,
            ..Measures::default()
        },
    )
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let names = (text(), text(), text(), text(), of(any::<u64>()), texts());
    let facts = (any::<u64>(), any::<u64>(), any::<bool>(), of(text()), any::<bool>()).prop_map(
        |(events, length, ended, reason, torn)| {
            let end_reason = reason.map(Word::read);
            HistoryFacts { events, length, ended, end_reason, torn }
        },
    );
    let safety = select(vec![Safety::Judged, Safety::NotJudged]);
    (names, verdict(), safety, text(), facts, vec(judgement(), 0..3).boxed(), measures().boxed()).prop_map(
        |((run, system, workload, network, seed, nodes), verdict, safety, sentence, history, checkers, measures)| {
            Outcome {
                schema: history::verdict::SCHEMA,
                run,
                system,
                version: None,
                workload,
                seed,
                network,
                nodes,
                verdict,
                safety,
                sentence,
                headline: None,
                promises: checkers.len() as u64,
                reservations: Vec::new(),
                history,
                checkers,
                measures,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_header_is_read_as_it_was_written(header in header().boxed()) {
        let line = serde_json::to_string(&header).unwrap();
        prop_assert!(!line.contains('\n'));
        let decoder = Decoder::new(line.as_bytes()).unwrap();
        prop_assert_eq!(decoder.header(), &header);
    }

    #[test]
    fn a_description_of_a_run_is_read_as_it_was_written(run in run_file().boxed()) {
        let text = serde_json::to_string_pretty(&run).unwrap();
        prop_assert_eq!(serde_json::from_str::<RunFile>(&text).unwrap(), run);
    }

    #[test]
    fn a_verdict_is_read_as_it_was_written(outcome in outcome().boxed()) {
        let text = serde_json::to_string_pretty(&outcome).unwrap();
        prop_assert_eq!(serde_json::from_str::<Outcome>(&text).unwrap(), outcome);
    }
}
