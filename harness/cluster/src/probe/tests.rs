//! What is a success, what is not, and that nothing of an attempt outlives it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use regex::bytes::Regex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{Asker, ask};
use crate::clock::Clock;
use crate::observe::http::Answer;
use crate::system::ProbePlan;
use crate::system::probe::{Question, Step, Wanted};

/// Long enough for any machine.
const LONG: Duration = Duration::from_secs(20);

/// Too short for what never comes.
const SHORT: Duration = Duration::from_millis(100);

/// A server that says `hello`, then answers each piece it is sent with the same bytes, and closes after `answers` of them.
async fn server(hello: &'static [u8], answer: &'static [u8], answers: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.write_all(hello).await;
                for _ in 0..answers {
                    match stream.read(&mut [0; 512]).await {
                        Ok(0) | Err(_) => return,
                        Ok(_) => drop(stream.write_all(answer).await),
                    }
                }
            });
        }
    });
    address
}

fn expect(re: &str, refused: Option<&str>) -> Step {
    Step::Expect { re: Regex::new(re).unwrap(), refused: refused.map(|re| Regex::new(re).unwrap()) }
}

fn tcp(address: SocketAddr, exchange: Vec<Step>) -> Question {
    Question::Tcp { address: address.to_string(), exchange }
}

async fn asked(question: &Question, timeout: Duration) -> Result<(), String> {
    ask(question, timeout, Path::new("/"), Clock::start()).await
}

fn command(script: &str) -> Question {
    let argv = ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
    Question::Exec { argv, exit: 0, re: Some(regex::Regex::new("^OK\\s*$").unwrap()) }
}

#[tokio::test]
async fn an_exchange_goes_step_by_step_and_says_where_it_ended() {
    let address = server(b"HELLO 1\r\n", b"\x00\xffgranted\r\n", 2).await;
    let send = || Step::Send(b"x".to_vec());
    let whole = vec![expect("^HELLO .*\r\n", None), send(), expect("(?-u)\\x00\\xffgr", None), expect("^anted", None)];
    assert_eq!(asked(&tcp(address, whole), LONG).await, Ok(()));

    let again = vec![expect("HELLO", None), expect("HELLO", None)];
    assert_eq!(asked(&tcp(address, again), SHORT).await, Err("timed out after 100 ms".to_owned()));

    let refused = vec![expect("\r\n", None), send(), expect("never", Some("gr[a-z]*"))];
    assert_eq!(asked(&tcp(address, refused), LONG).await, Err("refused: \"granted\"".to_owned()));

    let closed = vec![expect("\r\n", None), send(), expect("ed\r\n", None), send(), expect("never", None)];
    let said = asked(&tcp(address, closed), LONG).await.unwrap_err();
    assert!(said.starts_with("closed the connection at step 5 after"), "{said}");

    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(asked(&tcp(nobody, vec![expect("x", None)]), LONG).await, Err("connection refused".to_owned()));
}

#[tokio::test]
async fn a_client_stays_with_who_answers_and_goes_on_when_told_no() {
    let well = server(b"", b"yes\n", 9).await;
    let ill = server(b"", b"no\n", 9).await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let steps = || vec![Step::Send(b"?".to_vec()), expect("yes\n", Some("no\n"))];
    let questions = [("n1", nobody), ("n2", ill), ("n3", well)];
    let questions: Vec<_> = questions.into_iter().map(|(n, at)| (n.to_owned(), tcp(at, steps()))).collect();
    let asker = |questions: &[(String, Question)]| Asker {
        plan: ProbePlan { every: SHORT, timeout: LONG, questions: questions.to_vec() },
        directory: "/".into(),
        clock: Clock::start(),
        next: 0,
    };
    let mut any = asker(&questions);
    assert_eq!(any.attempt().await, Ok("n3".to_owned()), "one attempt asks one after the other");
    assert_eq!(any.next, 2, "and the next begins with who answered");
    assert_eq!(any.attempt().await, Ok("n3".to_owned()));

    let mut none = asker(&questions[..2]);
    assert_eq!(none.attempt().await, Err("n1: connection refused; n2: refused: \"no\\n\"".to_owned()));
}

#[tokio::test]
async fn of_a_hundred_nodes_an_attempt_asks_ten_and_the_next_goes_on_from_there() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let well = server(b"", b"yes\n", 9).await;
    let steps = || vec![Step::Send(b"?".to_vec()), expect("yes\n", None)];
    let question = |n: usize| (format!("n{n}"), tcp(if n == 35 { well } else { nobody }, steps()));
    let plan = ProbePlan { every: SHORT, timeout: LONG, questions: (1..=100).map(question).collect() };
    let mut asker = Asker { plan, directory: "/".into(), clock: Clock::start(), next: 0 };
    for _ in 0..3 {
        let why = asker.attempt().await.unwrap_err();
        assert_eq!(why.matches("refused").count(), 3, "of three the reasons are told: {why}");
    }
    assert_eq!(asker.attempt().await, Ok("n35".to_owned()));
}

#[test]
fn an_http_answer_counts_by_its_status_and_by_what_stands_where() {
    let answer = |status, body: &str| Answer { status, body: body.as_bytes().to_vec() };
    let wanted = |json: Option<&str>, equals: Option<&str>| Wanted {
        status: 201,
        json: json.map(str::to_owned),
        equals: equals.map(str::to_owned),
    };
    let check = |answer: &Answer, wanted: &Wanted| super::check(answer, wanted);
    assert_eq!(check(&answer(201, "no JSON"), &wanted(None, None)), Ok(()));
    assert_eq!(check(&answer(200, ""), &wanted(None, None)), Err("answered with status 200".to_owned()));
    let put = answer(201, r#"{"ok":true,"n":7}"#);
    assert_eq!(check(&put, &wanted(Some("/n"), None)), Ok(()));
    assert_eq!(check(&put, &wanted(Some("/ok"), Some("true"))), Ok(()));
    assert_eq!(check(&put, &wanted(Some("/ok"), Some("false"))), Err("answered true at /ok, not false".to_owned()));
    assert_eq!(check(&put, &wanted(Some("/rev"), None)), Err("answered without /rev".to_owned()));
}

#[tokio::test]
async fn a_command_counts_by_its_status_and_by_what_it_prints() {
    assert_eq!(asked(&command("echo OK; echo warning >&2"), LONG).await, Ok(()));
    let failed = command("echo no key >&2; echo OK; exit 3");
    assert_eq!(asked(&failed, LONG).await, Err("exited with status 3: no key".to_owned()));
    assert_eq!(asked(&command("echo OK; exit 3"), LONG).await, Err("exited with status 3".to_owned()));
    assert_eq!(asked(&command("echo READONLY"), LONG).await, Err("printed \"READONLY\"".to_owned()));
    assert_eq!(asked(&command("kill -9 $$"), LONG).await, Err("was killed by signal 9 (SIGKILL)".to_owned()));
    let nowhere = Question::Exec { argv: vec!["/no/such/cli".to_owned()], exit: 0, re: None };
    assert!(asked(&nowhere, LONG).await.unwrap_err().contains("no such program"));
}

/// Whether any process has this word on its command line.
fn lives(word: &str) -> bool {
    let numbers = std::fs::read_dir("/proc").unwrap().flatten();
    let line = |entry: std::fs::DirEntry| std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
    numbers.map(line).any(|line| line.split(|byte| *byte == 0).any(|argument| argument == word.as_bytes()))
}

#[tokio::test]
async fn a_command_that_hangs_prints_without_end_or_forks_leaves_nothing_behind() {
    // The argument of a `sleep` that nothing else on this machine has.
    let unique = |number: u32| format!("{}.{number}", 40_000 + std::process::id());
    let [hangs, forks, daemon] = [1, 2, 3].map(unique);

    let hanging = command(&format!("sleep {hangs}"));
    assert_eq!(asked(&hanging, SHORT).await, Err("timed out after 100 ms".to_owned()));
    assert!(!lives(&hangs));

    let forking = command(&format!("(setsid sleep {forks} >/dev/null 2>&1 &) ; sleep {forks}"));
    assert_eq!(asked(&forking, SHORT).await, Err("timed out after 100 ms".to_owned()));
    assert!(!lives(&forks));

    let leaving = command(&format!("(setsid sleep {daemon} >/dev/null 2>&1 &) ; echo OK"));
    assert_eq!(asked(&leaving, LONG).await, Ok(()));
    assert!(!lives(&daemon));

    let endless = command("yes");
    assert_eq!(asked(&endless, LONG).await, Err("printed more than 1048576 bytes".to_owned()));
}
