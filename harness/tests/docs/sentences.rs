//! The sentences that `docs/checkers.md` gives as examples are what the checkers say.
//!
//! Each of these histories is wrong in one way. What its checker says of it, word for word, must stand on the page.

use checkers::judge::judge;
use history::build::Builder;
use history::entry::{Described, Fault, Harness, Node, Observe, State};
use history::{Entry, Evidence, Fate, Installed, Known, Phase, Reader, Record, Role, Stage, Verdict};
use serde_json::json;

const SECOND: u64 = 1_000_000_000;

const UNKNOWN: Known<&str> = None;
const NOBODY: Known<&str> = Some(None);

fn named(node: &str) -> Known<&str> {
    Some(Some(node))
}

/// A node shows its state.
fn seen(
    node: &'static str,
    role: Role,
    term: u64,
    vote: Known<&'static str>,
    leader: Known<&'static str>,
) -> Observe<'static> {
    let name = |known: Known<&'static str>| known.map(|name| name.map(Into::into));
    let (role, term, vote, leader) = (Some(role.into()), Some(term), name(vote), name(leader));
    let state = State { role, term, vote, leader, ..State::default() };
    Observe { node: node.into(), incarnation: None, observer: Some("events".into()), evidence: None, seq: None, state }
}

/// The same with the end of its log.
fn logged(seen: Observe<'static>, log: [u64; 2]) -> Entry<'static> {
    let state = State { log: Some(log), ..seen.state };
    Observe { state, ..seen }.into()
}

/// Something became of a node's process, in an incarnation that is not told.
fn life(node: &'static str, what: Fate) -> Node<'static> {
    Node { incarnation: None, ..Node::new(node, 1, what) }
}

/// Every node is started at time 0, each of these is shown a second after the one before, and then all is over.
fn history(shown: Vec<Entry<'static>>) -> String {
    let mut history = Builder::of(3);
    let events = json!({"name": "events", "evidence": Evidence::Atomic, "durable": true, "complete": true});
    history.set("bound", 5 * SECOND).set("bound_from", json!({"k": 10})).set("heal_cap", SECOND);
    history.set("coverage", json!({"leader-hits": 3})).set("observers", json!([events]));
    for node in ["n1", "n2", "n3"] {
        history.add(&Record { t: Some(0), ..Record::now(Node { incarnation: Some(1), ..life(node, Fate::Start) }) });
    }
    let mut t = 0;
    for entry in shown {
        t += SECOND;
        history.add(&Record { t: Some(t), ..Record::now(entry) });
    }
    history.add(&Record { t: Some(t + SECOND), ..Record::now(Harness::End { reason: None }) });
    history.text()
}

/// Each checker, its wrong history, and the verdict on that.
fn cases() -> Vec<(&'static str, Verdict, Vec<Entry<'static>>)> {
    let restart: Entry<'static> = Node { incarnation: Some(2), ..life("n3", Fate::Start) }.into();
    let killed: Entry<'static> = Node { signal: Some(9), ..life("n3", Fate::Exit) }.into();
    let leaderless = |node| seen(node, Role::Follower, 2, UNKNOWN, NOBODY).into();
    let nodes = Some(vec!["n2".to_owned(), "n3".to_owned()]);
    vec![
        (
            "election-safety",
            Verdict::Invalid,
            vec![
                seen("n1", Role::Leader, 1, UNKNOWN, UNKNOWN).into(),
                seen("n2", Role::Leader, 1, UNKNOWN, UNKNOWN).into(),
            ],
        ),
        (
            "term-monotonic",
            Verdict::Invalid,
            vec![
                seen("n3", Role::Follower, 9, UNKNOWN, UNKNOWN).into(),
                killed,
                restart,
                Observe { incarnation: Some(2), ..seen("n3", Role::Follower, 1, UNKNOWN, UNKNOWN) }.into(),
            ],
        ),
        (
            "vote-once",
            Verdict::Invalid,
            vec![
                seen("n2", Role::Follower, 12, named("n1"), UNKNOWN).into(),
                seen("n2", Role::Follower, 12, named("n3"), UNKNOWN).into(),
            ],
        ),
        (
            "leader-has-majority",
            Verdict::Invalid,
            vec![
                seen("n2", Role::Follower, 2, NOBODY, NOBODY).into(),
                seen("n3", Role::Follower, 2, NOBODY, NOBODY).into(),
                seen("n1", Role::Candidate, 3, named("n1"), NOBODY).into(),
                seen("n1", Role::Leader, 3, named("n1"), named("n1")).into(),
                seen("n2", Role::Follower, 4, NOBODY, NOBODY).into(),
                seen("n3", Role::Follower, 4, NOBODY, NOBODY).into(),
            ],
        ),
        (
            "leader-agreement",
            Verdict::Invalid,
            vec![
                seen("n2", Role::Follower, 4, UNKNOWN, named("n1")).into(),
                seen("n3", Role::Leader, 4, UNKNOWN, named("n3")).into(),
            ],
        ),
        (
            "lawful-transitions",
            Verdict::Invalid,
            vec![
                seen("n2", Role::Follower, 5, NOBODY, UNKNOWN).into(),
                seen("n2", Role::Leader, 5, named("n2"), UNKNOWN).into(),
            ],
        ),
        (
            "no-leader-without-quorum",
            Verdict::Invalid,
            vec![
                Fault {
                    fault: Some(Described::read(json!({"kind": "kill"}))),
                    nodes,
                    ..Fault::new(1, Stage::Inject, Installed::Installed)
                }
                .into(),
                Node { signal: Some(9), fault: Some(1), ..life("n2", Fate::Exit) }.into(),
                Node { signal: Some(9), fault: Some(1), ..life("n3", Fate::Exit) }.into(),
                seen("n1", Role::Follower, 7, NOBODY, NOBODY).into(),
                seen("n1", Role::Candidate, 8, named("n1"), NOBODY).into(),
                seen("n1", Role::Leader, 8, named("n1"), named("n1")).into(),
            ],
        ),
        (
            "leader-log",
            Verdict::Invalid,
            vec![
                logged(seen("n3", Role::Follower, 5, NOBODY, NOBODY), [2, 9]),
                logged(seen("n3", Role::Follower, 6, named("n1"), NOBODY), [2, 9]),
                logged(seen("n1", Role::Leader, 6, named("n1"), named("n1")), [1, 3]),
            ],
        ),
        ("re-election", Verdict::Invalid, ["n1", "n2", "n3"].repeat(3).into_iter().map(leaderless).collect()),
        (
            "stability",
            Verdict::Invalid,
            vec![
                seen("n2", Role::Leader, 4, named("n2"), named("n2")).into(),
                seen("n1", Role::Follower, 4, UNKNOWN, named("n2")).into(),
                seen("n3", Role::Follower, 4, UNKNOWN, named("n2")).into(),
                seen("n1", Role::Candidate, 5, named("n1"), NOBODY).into(),
                seen("n1", Role::Candidate, 6, named("n1"), NOBODY).into(),
                seen("n1", Role::Candidate, 7, named("n1"), NOBODY).into(),
            ],
        ),
        (
            "final-leader",
            Verdict::Invalid,
            ["n1", "n2", "n3"]
                .map(leaderless)
                .into_iter()
                .chain([Harness::phase(Phase::Final).into()])
                .chain(["n1"; 5].map(leaderless))
                .collect(),
        ),
        ("coverage", Verdict::Unknown, vec![seen("n1", Role::Leader, 1, UNKNOWN, UNKNOWN).into()]),
        (
            "process",
            Verdict::Invalid,
            vec![life("n2", Fate::Ready).into(), Node { status: Some(101), ..life("n2", Fate::Exit) }.into()],
        ),
    ]
}

#[test]
fn the_checkers_say_what_their_page_says_that_they_say() {
    let page = super::text("docs/checkers.md").replace('\n', " ");
    let mut missing = Vec::new();
    for (checker, verdict, shown) in cases() {
        let text = history(shown);
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
