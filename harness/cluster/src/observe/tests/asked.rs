//! What nodes answer when they are asked.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use history::entry::State;
use history::{Evidence, Span};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::super::http;
use super::super::poll::{Answer, Ask, Poll};
use super::super::status::Status;
use super::{Kept, kept, n1, three, until};
use crate::clock::Clock;

/// A node that gives the same bytes for every question; how often it was connected to and asked.
async fn node(answer: &'static [u8]) -> (SocketAddr, Arc<[AtomicUsize; 2]>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let counts: Arc<[AtomicUsize; 2]> = Arc::default();
    let counted = Arc::clone(&counts);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted[0].fetch_add(1, Ordering::SeqCst);
            let counted = Arc::clone(&counted);
            tokio::spawn(async move {
                let mut lines = BufReader::new(stream).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    assert_eq!(line, "{\"type\":\"status\"}");
                    counted[1].fetch_add(1, Ordering::SeqCst);
                    if lines.get_mut().write_all(answer).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    (address, counts)
}

/// Asks every 5 ms.
fn poll(address: SocketAddr, timeout: Duration) -> (Arc<Kept>, JoinHandle<()>) {
    let (kept, sink) = kept();
    let poll = Poll {
        who: n1(),
        observer: "status".to_owned(),
        every: Duration::from_millis(5),
        ids: three(),
        clock: Clock::start(),
        sink,
    };
    (kept, tokio::spawn(poll.run(Status { address, timeout, connection: None })))
}

const LONG: Duration = Duration::from_secs(5);

/// The first error that a poller of this node meets.
async fn error(answer: &'static [u8], timeout: Duration) -> String {
    let (address, _) = node(answer).await;
    let (kept, polls) = poll(address, timeout);
    until(|| !kept.misses.lock().unwrap().is_empty()).await;
    polls.abort();
    assert!(kept.sightings.lock().unwrap().is_empty());
    let misses = kept.misses.lock().unwrap();
    assert!(misses[0].span[0] <= misses[0].span[1]);
    misses[0].error.clone()
}

#[tokio::test]
async fn one_connection_serves_many_polls_and_answers_are_sampled() {
    let (address, counts) = node(b"{\"type\":\"status\",\"role\":\"leader\",\"term\":4,\"vote\":null}\n").await;
    let (kept, polls) = poll(address, LONG);
    until(|| kept.sightings.lock().unwrap().len() >= 20).await;
    polls.abort();
    assert_eq!(counts[0].load(Ordering::SeqCst), 1);
    let sightings = kept.sightings.lock().unwrap();
    assert!(
        sightings.iter().all(|(_, one)| one.evidence == Some(Evidence::Sampled.into()) && one.state.vote == Some(None))
    );
    // One poll is outstanding at a time.
    assert!(sightings.windows(2).all(|pair| pair[0].0.latest <= pair[1].0.earliest));
    assert!(kept.misses.lock().unwrap().is_empty());
}

#[tokio::test]
async fn every_failed_poll_is_a_miss_that_says_why() {
    assert_eq!(error(b"", Duration::from_millis(20)).await, "timed out after 20ms");
    assert_eq!(error(b"{\"role\":\"lead", Duration::from_millis(20)).await, "timed out after 20ms");
    assert_eq!(error(b"HTTP/1.1 400\n", LONG).await, "answered what is not a status; see the node contract");
    let wrong = error(b"{\"role\":\"leader\",\"term\":-4}\n", LONG).await;
    assert!(
        wrong.starts_with("answered an event line whose `term` is not a whole number from 0: {\"role\""),
        "{wrong}"
    );
    static ENDLESS: [u8; 100_000] = [b'x'; 100_000];
    assert_eq!(error(&ENDLESS, LONG).await, "answered a line of more than 65536 bytes");

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (kept, polls) = poll(closed, LONG);
    until(|| kept.misses.lock().unwrap().len() >= 3).await;
    polls.abort();
    assert_eq!(kept.misses.lock().unwrap()[0].error, "connection refused");
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_never_taken_for_the_next_one() {
    let (address, counts) = node(b"{\"role\":\"leader\",\"term\":4}\n{\"role\":\"follower\",\"term\":9}\n").await;
    let (kept, polls) = poll(address, LONG);
    until(|| kept.sightings.lock().unwrap().len() >= 10).await;
    polls.abort();
    assert!(kept.sightings.lock().unwrap().iter().all(|(_, one)| one.state.term == Some(4)));
    assert!(counts[0].load(Ordering::SeqCst) >= 10);
}

#[test]
fn an_http_answer_is_whole_by_its_length_its_last_chunk_or_its_end() {
    let parse =
        |text: &str, ended| http::parse(text.as_bytes(), ended).map(|answer| answer.map(|a| (a.status, a.body)));
    let whole = Ok(Some((200, b"{}".to_vec())));
    assert_eq!(parse("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", false), whole);
    assert_eq!(parse("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{", false), Ok(None));
    assert_eq!(
        parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x\r\n}\r\n0\r\n\r\n", false),
        whole
    );
    assert_eq!(parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}", false), Ok(None));
    assert_eq!(parse("HTTP/1.0 200 OK\r\n\r\n{}", true), whole);
    assert_eq!(parse("HTTP/1.0 200 OK\r\n\r\n{}", false), Ok(None));
    assert_eq!(parse("SSH-2.0\r\n\r\n", true), Err("answered what is not HTTP".to_owned()));
    let huge = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n";
    assert_eq!(parse(huge, false), Err("answered more than 1048576 bytes".to_owned()));
}

/// A server that gives one answer to each connection.
async fn server(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut lines = BufReader::new(stream).lines();
            while lines.next_line().await.is_ok_and(|line| line.is_some_and(|line| !line.is_empty())) {}
            let _ = lines.get_mut().write_all(answer.as_bytes()).await;
        }
    });
    address
}

#[tokio::test]
async fn a_node_is_ready_when_its_http_answer_says_so() {
    let healthy = server("HTTP/1.1 200 OK\r\n\r\n{\"health\":\"true\"}").await;
    let url = format!("http://{healthy}/health");
    assert_eq!(http::is_ready(&url, Some("/health"), Some("true"), LONG).await, Ok(()));
    assert_eq!(http::is_ready(&url, None, None, LONG).await, Ok(()));
    let not = http::is_ready(&url, Some("/health"), Some("false"), LONG).await;
    assert_eq!(not, Err(format!("{url} answered true at /health, not false")));
    let not = http::is_ready(&url, Some("/ready"), Some("true"), LONG).await;
    assert_eq!(not, Err(format!("{url} answered without /ready")));
    let sick = format!("http://{}/health", server("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n").await);
    assert_eq!(http::is_ready(&sick, None, None, LONG).await, Err(format!("{sick} answered with status 503")));
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let not = http::is_ready(&format!("http://{closed}/"), None, None, LONG).await;
    assert_eq!(not, Err("connection refused".to_owned()));
}

/// Gives its answers in turn, and then none.
struct Turns(Vec<Result<Option<Answer>, String>>);

impl Ask for Turns {
    async fn ask(&mut self, poll: &Poll) -> Result<Option<Answer>, String> {
        assert_eq!(poll.names(), ("n1", "turns"));
        self.0.pop().unwrap_or(Ok(None))
    }
}

#[tokio::test]
async fn what_is_not_there_yet_is_neither_seen_nor_missed_and_a_span_that_is_known_better_counts() {
    let (kept, sink) = kept();
    let clock = Clock::start();
    let every = Duration::from_millis(1);
    let poll = Poll { who: n1(), observer: "turns".to_owned(), every, ids: three(), clock, sink };
    let exact = Answer { said: State::default(), span: Some(Span::new(1, 2)) };
    // The last comes first.
    let turns = vec![Ok(Some(exact)), Err("connection refused".to_owned()), Ok(Answer::of(State::default())), Ok(None)];
    let before = clock.now();
    let polls = tokio::spawn(poll.run(Turns(turns)));
    until(|| kept.sightings.lock().unwrap().len() == 2).await;
    polls.abort();
    let spans: Vec<_> = kept.sightings.lock().unwrap().iter().map(|(span, _)| *span).collect();
    assert!(spans[0].earliest >= before && spans[0].earliest <= spans[0].latest);
    assert_eq!(spans[1], Span::new(1, 2));
    let misses = kept.misses.lock().unwrap();
    assert_eq!((misses.len(), misses[0].error.as_str()), (1, "connection refused"));
}
