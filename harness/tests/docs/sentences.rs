//! The sentences that `docs/checkers.md` gives as examples are what the checkers say.
//!
//! Each of these histories is wrong in one way. What its checker says of it, word for word, must stand on the page.

use checkers::judge::judge;
use history::Reader;
use history::Verdict;

const HEADER: &str = r#"{"schema":1,"nodes":["n1","n2","n3"],"faults":"recorded","voters":["n1","n2","n3"],"bound":5000000000,"bound_from":{"k":10},"heal_cap":1000000000,"coverage":{"leader-hits":3},"observers":[{"name":"events","evidence":"atomic","durable":true,"complete":true}]}"#;

/// Every node is started at time 0, each of these is shown a second after the one before, and then all is over.
fn history(shown: &[&str]) -> String {
    let mut lines = vec![HEADER.to_owned()];
    for node in ["n1", "n2", "n3"] {
        lines.push(format!(r#"{{"t":0,"type":"node","node":"{node}","event":"start"}}"#));
    }
    let mut second = 0;
    for line in shown {
        second += 1;
        let is_whole = line.starts_with("\"type\"");
        let kind = if is_whole { "" } else { r#""type":"observe","observer":"events","# };
        lines.push(format!(r#"{{"t":{second}000000000,{kind}{line}}}"#));
    }
    lines.push(format!(r#"{{"t":{}000000000,"type":"harness","event":"end"}}"#, second + 1));
    lines.join("\n") + "\n"
}

/// Each checker, its wrong history, and the verdict on that.
fn cases() -> Vec<(&'static str, Verdict, Vec<&'static str>)> {
    let restart = r#""type":"node","node":"n3","incarnation":2,"event":"start""#;
    let killed = r#""type":"node","node":"n3","event":"exit","signal":9"#;
    vec![
        (
            "election-safety",
            Verdict::Invalid,
            vec![r#""node":"n1","role":"leader","term":1"#, r#""node":"n2","role":"leader","term":1"#],
        ),
        (
            "term-monotonic",
            Verdict::Invalid,
            vec![
                r#""node":"n3","role":"follower","term":9"#,
                killed,
                restart,
                r#""node":"n3","incarnation":2,"role":"follower","term":1"#,
            ],
        ),
        (
            "vote-once",
            Verdict::Invalid,
            vec![
                r#""node":"n2","role":"follower","term":12,"vote":"n1""#,
                r#""node":"n2","role":"follower","term":12,"vote":"n3""#,
            ],
        ),
        (
            "leader-has-majority",
            Verdict::Invalid,
            vec![
                r#""node":"n2","role":"follower","term":2,"vote":null,"leader":null"#,
                r#""node":"n3","role":"follower","term":2,"vote":null,"leader":null"#,
                r#""node":"n1","role":"candidate","term":3,"vote":"n1","leader":null"#,
                r#""node":"n1","role":"leader","term":3,"vote":"n1","leader":"n1""#,
                r#""node":"n2","role":"follower","term":4,"vote":null,"leader":null"#,
                r#""node":"n3","role":"follower","term":4,"vote":null,"leader":null"#,
            ],
        ),
        (
            "leader-agreement",
            Verdict::Invalid,
            vec![
                r#""node":"n2","role":"follower","term":4,"leader":"n1""#,
                r#""node":"n3","role":"leader","term":4,"leader":"n3""#,
            ],
        ),
        (
            "lawful-transitions",
            Verdict::Invalid,
            vec![
                r#""node":"n2","role":"follower","term":5,"vote":null"#,
                r#""node":"n2","role":"leader","term":5,"vote":"n2""#,
            ],
        ),
        (
            "no-leader-without-quorum",
            Verdict::Invalid,
            vec![
                r#""type":"fault","id":1,"stage":"inject","outcome":"installed","fault":{"kind":"kill"},"nodes":["n2","n3"]"#,
                r#""type":"node","node":"n2","event":"exit","signal":9,"fault":1"#,
                r#""type":"node","node":"n3","event":"exit","signal":9,"fault":1"#,
                r#""node":"n1","role":"candidate","term":8,"vote":"n1","leader":null"#,
                r#""node":"n1","role":"leader","term":8,"vote":"n1","leader":"n1""#,
            ],
        ),
        (
            "leader-log",
            Verdict::Invalid,
            vec![
                r#""node":"n3","role":"follower","term":6,"vote":"n1","leader":null,"log":[2,9]"#,
                r#""node":"n1","role":"leader","term":6,"vote":"n1","leader":"n1","log":[1,3]"#,
            ],
        ),
        (
            "re-election",
            Verdict::Invalid,
            [
                r#""node":"n1","role":"follower","term":2,"leader":null"#,
                r#""node":"n2","role":"follower","term":2,"leader":null"#,
                r#""node":"n3","role":"follower","term":2,"leader":null"#,
            ]
            .repeat(3),
        ),
        (
            "stability",
            Verdict::Invalid,
            vec![
                r#""node":"n2","role":"leader","term":4,"vote":"n2","leader":"n2""#,
                r#""node":"n1","role":"follower","term":4,"leader":"n2""#,
                r#""node":"n3","role":"follower","term":4,"leader":"n2""#,
                r#""node":"n1","role":"candidate","term":5,"vote":"n1","leader":null"#,
                r#""node":"n1","role":"candidate","term":6,"vote":"n1","leader":null"#,
                r#""node":"n1","role":"candidate","term":7,"vote":"n1","leader":null"#,
            ],
        ),
        (
            "final-leader",
            Verdict::Invalid,
            [
                r#""node":"n1","role":"follower","term":2,"leader":null"#,
                r#""node":"n2","role":"follower","term":2,"leader":null"#,
                r#""node":"n3","role":"follower","term":2,"leader":null"#,
                r#""type":"harness","event":"phase","phase":"final""#,
            ]
            .into_iter()
            .chain([r#""node":"n1","role":"follower","term":2,"leader":null"#].repeat(5))
            .collect(),
        ),
        ("coverage", Verdict::Unknown, vec![r#""node":"n1","role":"leader","term":1"#]),
        (
            "process",
            Verdict::Invalid,
            vec![
                r#""type":"node","node":"n2","event":"ready""#,
                r#""type":"node","node":"n2","event":"exit","status":101"#,
            ],
        ),
    ]
}

#[test]
fn the_checkers_say_what_their_page_says_that_they_say() {
    let page = super::text("docs/checkers.md").replace('\n', " ");
    let mut missing = Vec::new();
    for (checker, verdict, shown) in cases() {
        let text = history(&shown);
        let outcome = judge(Reader::new(text.as_bytes()).unwrap()).unwrap();
        let judgement = outcome.checkers.iter().find(|judgement| judgement.checker == checker).unwrap();
        assert_eq!(judgement.verdict, verdict, "{checker}: {}", judgement.sentence);
        let paragraph = page.split("### ").find(|part| part.starts_with(checker)).unwrap();
        // A quotation may break off: "n1 became leader …".
        let said = |quoted: &str| match quoted.strip_suffix(" …") {
            Some(beginning) => judgement.sentence.starts_with(beginning),
            None => judgement.sentence == quoted,
        };
        if !paragraph.split('"').skip(1).step_by(2).any(said) {
            missing.push(format!("{checker}: {}", judgement.sentence));
        }
    }
    assert!(missing.is_empty(), "docs/checkers.md does not have\n{}", missing.join("\n"));
}
