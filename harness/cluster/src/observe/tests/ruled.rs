//! Rules: sticky terms, own votes, wrappers, times, and what cannot be.

use std::sync::Arc;
use std::time::Duration;

use history::Word;
use serde_json::json;

use super::super::exec;
use super::super::http::poller::understand;
use super::super::ids::Ids;
use super::super::rules::{Interpreter, Meaning};
use super::super::taker::{Grammar, SourceObserver, Taker};
use super::super::wall;
use super::super::{Stream, Who};
use super::three;
use crate::clock::Clock;
use crate::system::rule::{Rule, Words};
use crate::system::{ObserverKind, System};

const HEAD: &str = "schema = 1\nname = \"x\"\n[cluster]\nnodes = 3\n[node]\ncommand = [\"x\"]\n[[observe]]\n";

fn rules(rules: &str) -> Vec<Rule> {
    let text = format!("{HEAD}kind = \"lines\"\nsource = \"stderr\"\nrules = [\n{rules}\n]\n");
    let system = System::parse("x.toml", &text).unwrap();
    let ObserverKind::Lines(lines) = &system.observers[0].kind else { panic!("{system:?}") };
    lines.rules.clone()
}

fn ids() -> Arc<Ids> {
    three()
}

/// Role and term of each line.
fn read(by: &[Rule], lines: &[&str]) -> Vec<(Option<String>, Option<u64>)> {
    let mut interpreter = Interpreter::new(("n1", "log"), (None, None), by, &ids());
    let meanings = lines.iter().map(|line| interpreter.read(line.as_bytes()));
    meanings
        .map(|meaning| {
            if let Meaning::Said(said, _) = meaning {
                (said.role.map(|role| role.text().to_owned()), said.term)
            } else {
                (None, None)
            }
        })
        .collect()
}

fn is(role: &str, term: impl Into<Option<u64>>) -> (Option<String>, Option<u64>) {
    (Some(role.to_owned()), term.into())
}

#[test]
fn a_sticky_rule_takes_the_term_that_was_to_be_remembered_and_no_other() {
    let by = rules(
        r"{ re = 'asking for votes of term (?P<term>\d+)', role = 'candidate', remember = true },
          { re = 'heard of term (?P<term>\d+)' },
          { re = 'leading', role = 'leader', sticky = true },
          { re = 'following', role = 'follower' }",
    );
    let said =
        read(&by, &["leading", "asking for votes of term 3", "heard of term 2", "leading", "following", "leading"]);
    let expected = [
        is("leader", None),
        is("candidate", 3),
        (None, Some(2)),
        is("leader", 3),
        is("follower", None),
        // The term is unknown: the line that asked for votes is missing.
        is("leader", None),
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_kept_term_is_forgotten_where_a_line_shows_a_higher_one() {
    // A candidate that stands again says so in words of its own, or in none: the term that it leads is not the kept one.
    let by = rules(
        r"{ re = 'asking for votes of term (?P<term>\d+)', role = 'candidate', remember = true },
          { re = 'term is (?P<term>\d+)' },
          { re = 'leading', role = 'leader', sticky = true }",
    );
    let said = read(&by, &["term is 3", "asking for votes of term 3", "term is 3", "leading", "term is 4", "leading"]);
    let term = |term| (None, Some(term));
    assert_eq!(said, [term(3), is("candidate", 3), term(3), is("leader", 3), term(4), is("leader", None)]);
}

#[test]
fn an_own_rule_counts_only_where_the_vote_is_the_node_itself() {
    let by = rules(
        r"{ re = 'I am (?P<self>\w+)' },
          { re = 'voted (?P<vote>\w+) (?P<term>\d+)', own = true, remember = true, role = 'candidate' },
          { re = 'voted (?P<vote>\w+) (?P<term>\d+)' },
          { re = 'elected', role = 'leader', sticky = true }",
    );
    let said = read(&by, &["voted aa 4", "I am aa", "voted aa 5", "voted bb 6", "elected"]);
    let expected = [(None, Some(4)), (None, None), is("candidate", 5), (None, Some(6)), is("leader", 5)];
    assert_eq!(said, expected);
}

#[test]
fn roles_are_taken_without_regard_to_case_and_hyphens_and_other_words_are_kept() {
    let by = rules(r"{ re = 'is (?P<role>[\w-]+)' }");
    let said = read(&by, &["is Leader", "is pre-candidate", "is PRE_CANDIDATE", "is learner"]);
    assert_eq!(said, [is("leader", None), is("precandidate", None), is("precandidate", None), is("learner", None)]);
}

#[test]
fn a_term_that_is_no_number_is_a_gap_and_bytes_that_are_no_text_hide_nothing() {
    let by = rules(r"{ re = 'term (?P<term>\S+)' }");
    let mut interpreter = Interpreter::new(("n1", "log"), (None, None), &by, &ids());
    for line in ["term -1", "term x", "term +7", "term 0x", "term 18446744073709551616"] {
        assert!(matches!(interpreter.read(line.as_bytes()), Meaning::Unreadable(_)), "{line}");
    }
    assert!(matches!(interpreter.read(b"term \xff"), Meaning::Unreadable(_)));
    assert!(matches!(interpreter.read(b"caf\xe9: term 7"), Meaning::Said(said, None) if said.term == Some(7)));
    assert!(matches!(interpreter.read(b"term 7\r"), Meaning::Said(said, None) if said.term == Some(7)));
}

#[test]
fn a_wrapped_line_is_its_message_and_its_time() {
    let by = rules(r"{ re = '^term (?P<term>\d+)$' }");
    let mut interpreter = Interpreter::new(("n1", "log"), (Some("/msg"), Some("/ts")), &by, &ids());
    let line = br#"{"ts":"2026-11-22T13:21:58.041+0100","msg":"term 4"}"#;
    let Meaning::Said(said, time) = interpreter.read(line) else { panic!("not understood") };
    assert_eq!((said.term, time), (Some(4), Some(1_795_350_118_041_000_000)));
    for line in ["term 4", "{}", r#"{"msg":4}"#, "{", r#"{"message":"term 4"}"#] {
        assert_eq!(interpreter.read(line.as_bytes()), Meaning::Nothing, "{line}");
    }
}

#[test]
fn a_wrapped_line_is_understood_whatever_stands_beside_its_message() {
    let by = rules(r"{ re = '^(?P<role>\w+) of (?P<term>\d+)$' }");
    let mut interpreter = Interpreter::new(("n1", "log"), (Some("/msg"), None), &by, &ids());
    let both =
        interpreter.read_line(b"{\"msg\":\"leader of 4\",\"x\":NaN,\"who\":\"Jos\xe9\"}{\"msg\":\"follower of 5\"}");
    let terms: Vec<_> =
        both.iter().map(|meaning| if let Meaning::Said(said, _) = meaning { said.term } else { None }).collect();
    assert_eq!(terms, [Some(4), Some(5)]);
    for line in ["{\"msg\":\"leader of", "sent {\"msg\":\"leader of 4\"}", "{\"x\":1,{\"msg\":\"leader of 4\"}"] {
        let read = interpreter.read_line(line.as_bytes());
        assert!(matches!(read[..], [Meaning::Unreadable(_)]), "{line}: {read:?}");
    }
    for line in ["sent {\"msg\":\"hello\"}", "{\"msg\":\"hello\",\"more\":\"cut of"] {
        assert_eq!(interpreter.read_line(line.as_bytes()), [], "{line}");
    }
}

#[test]
fn a_rule_finds_fields_elsewhere_in_its_line() {
    let text = format!(
        "{HEAD}kind = \"lines\"\nsource = \"stderr\"\njson = {{ message = \"/msg\" }}\nrules = [{{ re = 'elected', role = \
         \"leader\", fields = {{ self = \"/id\", term = \"/attr/term\", vote = \"/attr/vote\" }} }}]\n"
    );
    let system = System::parse("x.toml", &text).unwrap();
    assert_eq!(system.header_observers()[0].fields, ["role", "term", "vote"]);
    let ObserverKind::Lines(lines) = &system.observers[0].kind else { panic!("{system:?}") };
    let mut interpreter = Interpreter::new(("n1", "log"), (Some("/msg"), None), &lines.rules, &ids());
    let line = br#"{"msg":"elected","id":0,"attr":{"term":282,"vote":0}}"#;
    let Meaning::Said(said, _) = interpreter.read(line) else { panic!("not understood") };
    assert_eq!(
        (said.role.as_ref().map(Word::text), said.term, said.vote),
        (Some("leader"), Some(282), Some(Some("n1".into())))
    );
    let Meaning::Said(said, _) = interpreter.read(br#"{"msg":"elected","attr":{"vote":null}}"#) else { panic!() };
    assert_eq!((said.term, said.vote), (None, Some(None)));
    let plain = text.replace("json = { message = \"/msg\" }\n", "");
    let refused = System::parse("x.toml", &plain).unwrap_err().to_string();
    assert!(refused.contains("`fields`") && refused.contains("json = { message = "), "{refused}");
}

#[test]
fn terms_may_be_hexadecimal_and_colours_are_no_part_of_a_line() {
    let by = rules(r"{ re = 'became (?P<role>\w+), term=(?P<term>\w+)' }");
    let said = read(&by, &["became leader, term=0xa", "\u{1b}[1mbecame\u{1b}[0m leader, \u{1b}[3mterm\u{1b}[0m=0X10"]);
    assert_eq!(said, [is("leader", 10), is("leader", 16)]);
}

#[test]
fn an_id_of_zero_is_a_nodes_and_only_the_file_says_what_means_nobody() {
    let by = rules(r"{ re = 'I am (?P<self>\w+)' }, { re = 'voted (?P<vote>\w*) in (?P<term>\d+)' }");
    let ids = ids();
    let read =
        |node: &str, line: &str| match Interpreter::new((node, "log"), (None, None), &by, &ids).read(line.as_bytes()) {
            Meaning::Said(said, _) => (said.vote, said.vote_id.map(std::borrow::Cow::into_owned)),
            other => panic!("{line}: {other:?}"),
        };
    assert_eq!(read("n2", "voted 0 in 3"), (None, Some("0".to_owned())));
    read("n1", "I am 0");
    assert_eq!(read("n2", "voted 0 in 3"), (Some(Some("n1".into())), None));
    assert_eq!(read("n2", "voted  in 3"), (None, Some(String::new())));

    let text = format!(
        "none = [\"\", 0]\n{HEAD}kind = \"lines\"\nsource = \"stderr\"\nnone = [\"-\"]\nrules = [{{ re = '(?P<vote>.)' }}]\n\
                        [[observe]]\nkind = \"events\"\n"
    );
    let system = System::parse("x.toml", &text).unwrap();
    let known = Ids::seen_by(vec!["n1".to_owned()], &system.observers);
    assert_eq!((known.resolve("lines", "-"), known.resolve("lines", "0")), (Some(None), None));
    assert_eq!((known.resolve("events", "-"), known.resolve("events", "0")), (None, Some(None)));
}

#[test]
fn times_are_read_in_the_usual_ways_and_never_guessed() {
    let at = 1_795_350_118_041_000_000;
    for text in ["2026-11-22T12:21:58.041Z", "2026-11-22T12:21:58.041+00:00", "2026-11-22T07:21:58.041-0500"] {
        assert_eq!(wall::instant(&json!(text)), Some(at), "{text}");
    }
    for number in [json!(1_795_350_118.041), json!(1_795_350_118_041_u64), json!(1_795_350_118_041_000_u64)] {
        let read = wall::instant(&number).unwrap();
        assert!(read.abs_diff(at) < 3_000 && read <= at, "{number}: {read}");
    }
    for value in
        [json!("2026-11-22T12:21:58.041"), json!("noon"), json!(-1), json!(null), json!("é+0100"), json!(1e300)]
    {
        assert_eq!(wall::instant(&value), None, "{value}");
    }
}

#[test]
fn an_answer_without_any_of_the_fields_is_a_miss() {
    let fields = [("self", "/id"), ("leader", "/leader"), ("term", "/term")];
    let fields = fields.map(|(field, pointer)| (field.to_owned(), pointer.to_owned())).into();
    let (ids, words) = (ids(), Words::default());
    let read = |json| understand(&json, (&fields, &words), ("n1", "status"), &ids);
    assert_eq!(read(json!({"x": 1})).unwrap_err(), "answered without /leader, /id, /term");
    assert!(read(json!({"term": "x"})).unwrap_err().contains("is not a whole number"));
    let said = read(json!({"id": 77, "leader": "77", "term": "3"})).unwrap();
    assert_eq!(
        (said.role.as_ref().map(Word::text), said.term, said.leader),
        (Some("leader"), Some(3), Some(Some("n1".into())))
    );
    let said = read(json!({"id": 77, "leader": null})).unwrap();
    assert_eq!((said.role, said.leader), (None, Some(None)), "null is no one");
    let said = read(json!({"id": 77, "leader": 0})).unwrap();
    assert_eq!((said.leader, said.leader_id.as_deref()), (None, Some("0")), "nobody said that 0 is no one");
    let ids = Ids::new(vec!["n1".to_owned()]).none("status", &["0".to_owned()]);
    let said = understand(&json!({"id": 0, "leader": 0}), (&fields, &words), ("n1", "status"), &ids).unwrap();
    assert_eq!(said.leader, Some(None));
    let said = read(json!({"leader": "88"})).unwrap();
    assert_eq!((said.leader, said.leader_id.as_deref()), (None, Some("88")));
}

#[tokio::test]
async fn a_command_that_hangs_is_killed_and_its_failure_is_a_miss() {
    let run = |script: &str, limit| {
        let argv = ["sh", "-c", script].map(str::to_owned);
        async move { exec::output(&argv, Duration::from_millis(limit)).await }
    };
    assert_eq!(run("echo term 3", 10_000).await.unwrap(), b"term 3\n");
    assert_eq!(run("exit 3", 10_000).await.unwrap_err(), "ended with exit status: 3");
    assert_eq!(run("sleep 600", 50).await.unwrap_err(), "timed out after 50ms");
    let by = rules(r"{ re = 'term (?P<term>\d+)' }, { re = 'I (?P<role>lead)', role = 'leader' }");
    let said = exec::understand(b"noise\nterm 3\nterm 4\n", ("n1", "cli"), &by, &ids()).unwrap();
    assert_eq!(said.term, Some(3), "the first mention counts");
    assert_eq!(exec::understand(b"x", ("n1", "cli"), &by, &ids()).unwrap_err(), "printed nothing that a rule matches");
}

#[test]
fn terms_may_be_hexadecimal_without_saying_so_and_the_upper_half_of_a_number() {
    let by =
        rules(r"{ re = 'zxid 0x(?P<term>\w+)', radix = 16, shift = 32 }, { re = 'epoch (?P<term>\w+)', radix = 16 }");
    let said = read(&by, &["zxid 0xa00000003", "epoch 10", "zxid 0x3", "epoch 0x1f"]);
    assert_eq!(said, [10, 16, 0, 31].map(|term| (None, Some(term))));
}

/// An observer of kind `lines` with these lines in its table.
fn observer(table: &str) -> System {
    System::parse("x.toml", &format!("{HEAD}kind = \"lines\"\nsource = \"stderr\"\n{table}\n")).unwrap()
}

#[test]
fn words_and_numbers_of_a_program_become_roles_by_a_map() {
    let system = observer(
        "roles = { LEADING = \"leader\", 2 = \"follower\" }\nrules = [{ re = 'state (?P<role>\\w+) (?P<term>\\d+)' }]",
    );
    let ObserverKind::Lines(lines) = &system.observers[0].kind else { panic!("{system:?}") };
    let said = read(&lines.rules, &["state leading 3", "state 2 4", "state candidate 5", "state 7 6"]);
    assert_eq!(said, [is("leader", 3), is("follower", 4), is("candidate", 5), is("7", 6)]);
}

#[test]
fn an_own_rule_may_be_about_the_leader() {
    let by = rules(
        r"{ re = 'I am (?P<self>\w+)' },
          { re = 'leader (?P<leader>\w+) (?P<term>\d+)', role = 'leader', own = true },
          { re = 'leader (?P<leader>\w+) (?P<term>\d+)', role = 'follower' }",
    );
    let said = read(&by, &["leader aa 4", "I am aa", "leader aa 5", "leader bb 6"]);
    assert_eq!(said, [is("follower", 4), (None, None), is("leader", 5), is("follower", 6)]);
}

#[test]
fn what_follows_a_line_may_be_passed_over_until_another() {
    let by = rules(
        r"{ re = 'by hand', role = 'follower', skip-until = 'over$' },
          { re = 'over', role = 'follower' },
          { re = 'elected (?P<term>\d+)', role = 'leader' }",
    );
    let said = read(&by, &["elected 1", "by hand", "elected 2", "is over", "elected 3"]);
    assert_eq!(said, [is("leader", 1), is("follower", None), (None, None), is("follower", None), is("leader", 3)]);
}

#[test]
fn a_line_that_means_nothing_itself_may_begin_what_is_passed_over() {
    let by = rules(
        r"{ re = 'journal begins', skip-until = 'journal ends' }, { re = 'elected (?P<term>\d+)', role = 'leader' }",
    );
    let lines = ["elected 1", "journal begins", "elected 1", "journal ends", "elected 2"];
    assert_eq!(read(&by, &lines), [is("leader", 1), (None, None), (None, None), (None, None), is("leader", 2)]);
    let mut interpreter = Interpreter::new(("n1", "log"), (None, None), &by, &ids());
    assert_eq!(
        interpreter.read(b"journal begins"),
        Meaning::Nothing,
        "no observation, which would make the node ready"
    );
}

#[test]
fn a_line_of_json_may_be_read_by_its_fields_alone() {
    let system = observer(
        "json = { time = \"/ts\" }\nrules = [{ fields = { role = \"/state\", term = \"/raft/term\", vote = \"/raft/vote\" } }]",
    );
    let ObserverKind::Lines(lines) = &system.observers[0].kind else { panic!("{system:?}") };
    let mut interpreter =
        Interpreter::new(("n1", "log"), (lines.message.as_deref(), lines.time.as_deref()), &lines.rules, &ids());
    let line = br#"{"ts":"2026-11-22T12:21:58.041Z","state":"leader","raft":{"term":7,"vote":"n1"}}"#;
    let Meaning::Said(said, Some(_)) = interpreter.read(line) else { panic!("not understood") };
    assert_eq!(
        (said.role.as_ref().map(Word::text), said.term, said.vote),
        (Some("leader"), Some(7), Some(Some("n1".into())))
    );
    for line in [r#"{"state":"leader"}"#, "plain", r#"{"x":{"state":"leader"}}"#] {
        assert_eq!(interpreter.read_line(line.as_bytes()), [], "{line}");
    }
    let torn = interpreter.read_line(br#"{"state":"leader","raft":{"term":7,"vo"#);
    assert!(matches!(torn[..], [Meaning::Unreadable(_)]), "{torn:?}");
}

#[test]
fn a_whole_output_is_one_observation() {
    let by = rules(r"{ re = '(?s)Server (?P<self>\w+).*Role: (?P<role>\w+)\nTerm: (?P<term>\d+)', leader = 'none' }");
    let said = exec::understand_whole(b"Server aa\nx\nRole: follower\nTerm: 3\n", ("n1", "cli"), &by, &ids()).unwrap();
    assert_eq!((said.role.as_ref().map(Word::text), said.term, said.leader), (Some("follower"), Some(3), Some(None)));
    assert!(exec::understand_whole(b"Role: follower", ("n1", "cli"), &by, &ids()).is_err());
}

/// What the observer `log` of these nodes hands on of these lines, in turn: (node, vote, term).
fn handed_on(lines: &[(&str, &str)]) -> Vec<(String, Option<Option<String>>, Option<u64>)> {
    let by =
        rules(r"{ re = 'I am (?P<self>\w+)' }, { re = 'voted (?P<vote>\w+) in (?P<term>\d+)', role = 'follower' }");
    let (ids, (kept, sink)) = (ids(), super::kept());
    let mut takers: std::collections::BTreeMap<&str, Taker> = std::collections::BTreeMap::new();
    for (at, (node, line)) in lines.iter().enumerate() {
        let taker = takers.entry(node).or_insert_with(|| {
            let grammar = Grammar::Rules(Interpreter::new((node, "log"), (None, None), &by, &ids));
            let reader = SourceObserver {
                observer: "log".to_owned(),
                evidence: history::Evidence::Atomic,
                grammar,
                replay: None,
            };
            let who = Who { node: (*node).to_owned(), incarnation: 1 };
            Taker::new(who, Stream::Stderr, vec![reader], (Clock::start(), 0), Arc::clone(&sink))
        });
        let at = at as u64 * 100;
        if line.is_empty() {
            taker.end();
        } else if *line == "lost" {
            taker.lost([at, at + 10], "lost".to_owned());
        } else {
            taker.take(format!("{line}\n").as_bytes(), at, at + 10);
        }
    }
    let sightings = kept.sightings.lock().unwrap();
    assert!(sightings.iter().filter(|(_, seen)| seen.node == "n1").all(|(span, _)| span.latest < 50), "{sightings:?}");
    let shown = sightings.iter().filter(|(_, seen)| seen.state.term.is_some());
    shown
        .map(|(_, seen)| {
            let vote = seen.state.vote.as_ref().map(|vote| vote.as_ref().map(|vote| vote.clone().into_owned()));
            (seen.node.to_string(), vote, seen.state.term)
        })
        .collect()
}

#[test]
fn a_vote_that_was_read_before_its_node_told_its_id_is_told_when_that_is_learnt() {
    let n2 = Some(Some("n2".to_owned()));
    let all = handed_on(&[("n1", "voted c0ffee in 3"), ("n2", "I am c0ffee"), ("n2", "nothing")]);
    assert_eq!(all, [("n1".to_owned(), None, Some(3)), ("n1".to_owned(), n2, Some(3))]);
}

#[test]
fn what_another_line_a_gap_or_the_end_has_followed_is_not_told_afterwards() {
    for after in ["lost", ""] {
        let all = handed_on(&[("n1", "voted c0ffee in 3"), ("n1", after), ("n2", "I am c0ffee")]);
        assert_eq!(all, [("n1".to_owned(), None, Some(3))], "{after:?}");
    }
    let all = handed_on(&[("n1", "voted c0ffee in 3"), ("n3", "I am beef"), ("n2", "hello")]);
    assert_eq!(all, [("n1".to_owned(), None, Some(3))], "another's id");
}
