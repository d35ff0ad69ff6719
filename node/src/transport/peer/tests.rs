use tokio::net::{TcpListener, tcp::OwnedWriteHalf};

use super::*;
use crate::raft::{Reply, Request, VoteRequest};

const RPC: Duration = Duration::from_millis(30);
/// Only a broken transport waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

struct Fixture {
    rpc: Duration,
    listener: TcpListener,
    outbox: Arc<Outbox>,
    inbox: mpsc::Receiver<Input>,
}

impl Fixture {
    async fn new() -> Self {
        Self::with(RPC).await
    }

    async fn with(rpc: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let outbox = Arc::new(Outbox::default());
        let (sender, inbox) = mpsc::channel(16);
        let limits = Limits { rpc, connect: PATIENCE, silence: RPC * 4 };
        let peer = Peer {
            name: "n2".into(),
            address,
            limits,
            outbox: Arc::clone(&outbox),
            inbox: sender,
            visited: Arc::default(),
        };
        tokio::spawn(peer.run());
        Self { rpc, listener, outbox, inbox }
    }

    fn ask(&self, term: u64) -> Call {
        let call = Call { term, round: term };
        let vote = VoteRequest { term, candidate_id: "n1".into(), last_log_index: 0, last_log_term: 0 };
        self.outbox.put(call, encoded::body(&Request::RequestVote(vote)), self.rpc);
        call
    }

    async fn heard(&mut self) -> Input {
        timeout(PATIENCE, self.inbox.recv()).await.unwrap().unwrap()
    }

    async fn accept(&self) -> TcpStream {
        timeout(PATIENCE, self.listener.accept()).await.unwrap().unwrap().0
    }
}

async fn request(stream: &mut TcpStream) -> (u64, u64) {
    let line = timeout(PATIENCE, Lines::default().next(stream)).await.unwrap().unwrap().unwrap();
    match serde_json::from_slice(&line).unwrap() {
        Frame::Request { id, request: Request::RequestVote(vote) } => (id, vote.term),
        other => panic!("{other:?}"),
    }
}

async fn grant(write: &mut OwnedWriteHalf, id: u64, term: u64) {
    let reply = Reply::RequestVote { term, vote_granted: true };
    write.write_all(&Frame::Reply { id, reply }.line()).await.unwrap();
}

#[tokio::test]
async fn a_late_reply_is_handed_in_after_its_request_has_failed() {
    let mut fixture = Fixture::new().await;
    let mut stream = fixture.accept().await;
    let asked = fixture.ask(5);
    let (id, _) = request(&mut stream).await;
    assert!(matches!(fixture.heard().await, Input::Failed { call, .. } if call == asked));
    let (_read, mut write) = stream.into_split();
    grant(&mut write, id, 5).await;
    assert!(matches!(fixture.heard().await, Input::Reply { call, .. } if call == asked));
}

#[tokio::test]
async fn a_connection_that_owes_an_answer_and_is_silent_is_replaced() {
    let mut fixture = Fixture::new().await;
    let mut silent = fixture.accept().await;
    fixture.ask(5);
    request(&mut silent).await;
    let mut fresh = fixture.accept().await;
    assert!(matches!(fixture.heard().await, Input::Failed { .. }));
    let asked = fixture.ask(6);
    let (id, term) = request(&mut fresh).await;
    assert_eq!(term, 6);
    let (_read, mut write) = fresh.into_split();
    grant(&mut write, id, 6).await;
    loop {
        match fixture.heard().await {
            Input::Reply { call, .. } => return assert_eq!(call, asked),
            // On a busy machine the test itself may have been too slow.
            other => assert!(matches!(other, Input::Failed { .. }), "{other:?}"),
        }
    }
}

#[tokio::test]
async fn only_the_latest_request_waits_for_a_connection() {
    let fixture = Fixture::with(PATIENCE).await;
    for term in 1..=9 {
        fixture.ask(term);
    }
    let mut stream = fixture.accept().await;
    assert_eq!(request(&mut stream).await.1, 9);
}

#[tokio::test]
async fn a_broken_connection_fails_its_requests_at_once_and_is_made_anew() {
    let mut fixture = Fixture::new().await;
    let mut stream = fixture.accept().await;
    let asked = fixture.ask(5);
    request(&mut stream).await;
    drop(stream);
    assert!(matches!(fixture.heard().await, Input::Failed { call, .. } if call == asked));
    fixture.accept().await;
}

/// The RPC timeout is longer than the test's patience: only the refusal can have told.
#[tokio::test]
async fn a_request_to_nobody_fails_at_once_and_so_does_the_next() {
    let mut fixture = Fixture::with(2 * PATIENCE).await;
    drop(fixture.accept().await);
    let listener = std::mem::replace(&mut fixture.listener, TcpListener::bind("127.0.0.1:0").await.unwrap());
    drop(listener);
    for term in 5..8 {
        let asked = fixture.ask(term);
        assert!(matches!(fixture.heard().await, Input::Failed { call, .. } if call == asked));
    }
}

#[tokio::test]
async fn a_request_to_one_who_swallows_fails_after_the_rpc_timeout_and_not_before() {
    let mut fixture = Fixture::with(3 * RPC).await;
    let _swallows = fixture.accept().await;
    let before = Instant::now();
    let asked = fixture.ask(5);
    assert!(matches!(fixture.heard().await, Input::Failed { call, .. } if call == asked));
    assert!(before.elapsed() >= 3 * RPC);
}

#[tokio::test]
async fn a_peer_that_was_not_there_is_tried_again_when_somebody_connects_to_this_node() {
    let visited = Arc::new(Notify::new());
    let (inbox, _) = mpsc::channel(16);
    let limits = Limits { rpc: RPC, connect: PATIENCE, silence: RPC * 4 };
    let (name, address, outbox) = ("n2".into(), "127.0.0.1:1".into(), Arc::default());
    let peer = Peer { name, address, limits, outbox, inbox, visited: Arc::clone(&visited) };
    let refused = peer.refused(FIRST_RETRY, NEVER);
    tokio::pin!(refused);
    tokio::select! {
        biased;
        () = &mut refused => panic!("nobody asked, nobody connected, and the time is not up"),
        () = tokio::task::yield_now() => {}
    }
    visited.notify_waiters();
    timeout(PATIENCE, refused).await.unwrap();
}
