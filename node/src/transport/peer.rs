//! The calling side: one connection to one peer, kept for ever.
//!
//! The node leaves at most one request at a time in a peer's [`Outbox`]. A newer one takes the place of one not yet sent, so that
//! nothing piles up for a peer that is dead, cut off or paused. Each peer has a task of its own, and no task ever waits for
//! another's peer.
//!
//! *Refused or swallowed.* A peer that is not there refuses the connection, and the request that waited for it has failed at
//! once. A peer that is paused or cut off swallows: the request fails when its time is up. To be told at once, a request that has
//! something new to ask is tried at once; one that has just been refused waits a little. While nothing is asked, a peer that is
//! not there is tried ever less often. A connection made ahead saves the first request a round trip. But trying for it all the
//! time costs a cluster with a dead node more than its heartbeats do. It is also tried when a peer connects to this node: that
//! is what a node does first when it is back.
//!
//! *Time limits.* A request unanswered for the RPC timeout is reported as failed. Its number is remembered
//! all the same: should the reply come yet, it is handed in, and the core's rules say what it is worth.
//!
//! *Half-open connections.* After a cut, TCP waits longer and longer before it tries again; a fresh connection is quicker. So a
//! connection that owes an answer and brings not one byte for a while ([`Limits::silence`]) is replaced. If the next one is
//! silent too the patience doubles, up to eightfold. A paused peer's kernel accepts connections that are never read, and they
//! should not heap up there.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::Frame;
use super::encoded::{self, Body};
use super::frame::Lines;
use crate::raft::{Call, Input, Name};

/// The first wait before connecting again; it doubles up to [`LAST_RETRY`].
const FIRST_RETRY: Duration = Duration::from_millis(10);
/// The longest such wait: below any election timeout in common use, and below the usual time between heartbeats.
const LAST_RETRY: Duration = Duration::from_millis(40);
/// The first wait before connecting ahead, to a peer of which nothing is wanted; it doubles up to [`LAST_IDLE`].
const FIRST_IDLE: Duration = Duration::from_millis(40);
/// The longest such wait.
const LAST_IDLE: Duration = Duration::from_millis(640);
/// How many requests may be waiting for a reply on one connection before the oldest is forgotten.
const REMEMBERED: usize = 256;
/// A moment that never comes.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// How patient a node is with a peer.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// After this a request has failed.
    pub rpc: Duration,
    /// After this an attempt to connect has failed.
    pub connect: Duration,
    /// A connection that owes an answer and is silent for so long is replaced.
    pub silence: Duration,
}

#[derive(Debug)]
struct Unsent {
    call: Call,
    body: Body,
    due: Instant,
}

/// The one request that waits to be sent to a peer.
#[derive(Debug, Default)]
pub struct Outbox {
    unsent: Mutex<Option<Unsent>>,
    arrived: Notify,
}

impl Outbox {
    /// Puts a request in, in place of one that has not been sent yet; that one is given back: it has failed.
    pub fn put(&self, call: Call, body: Body, rpc_timeout: Duration) -> Option<Call> {
        let due = Instant::now() + rpc_timeout;
        let mut unsent = self.unsent.lock().unwrap_or_else(PoisonError::into_inner);
        let displaced = unsent.replace(Unsent { call, body, due });
        self.arrived.notify_one();
        displaced.map(|unsent| unsent.call)
    }

    fn take(&self) -> Option<Unsent> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn due(&self) -> Option<Instant> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|unsent| unsent.due)
    }

    /// Returns when there is a request in it.
    async fn filled(&self) {
        while self.due().is_none() {
            self.arrived.notified().await;
        }
    }
}

/// The task that talks to one peer.
#[derive(Debug)]
pub struct Peer {
    /// The node that it talks to.
    pub name: Name,
    /// `host:port`.
    pub address: String,
    /// How patient it is.
    pub limits: Limits,
    /// Where its requests come from.
    pub outbox: Arc<Outbox>,
    /// Where replies and failures go.
    pub inbox: mpsc::Sender<Input>,
    /// Notified when a peer has connected to this node: perhaps a peer that was not there.
    pub visited: Arc<Notify>,
}

/// A request that was sent.
#[derive(Debug)]
struct Sent {
    call: Call,
    due: Instant,
    failed: bool,
}

/// Why a connection was given up.
enum End {
    Closed,
    Silent,
    Heard,
}

impl Peer {
    /// Connects, talks, connects again. Ends when the node does.
    pub async fn run(self) {
        let (mut retry, mut idle) = (FIRST_RETRY, FIRST_IDLE);
        let mut patience = 1;
        loop {
            let Some(stream) = self.connect().await else {
                self.refused(retry, idle).await;
                retry = (retry * 2).min(LAST_RETRY);
                idle = (idle * 2).min(LAST_IDLE);
                continue;
            };
            idle = FIRST_IDLE;
            match self.talk(stream, self.limits.silence * patience).await {
                End::Silent => patience = (patience * 2).min(8),
                End::Heard => {
                    patience = 1;
                    retry = FIRST_RETRY;
                }
                End::Closed => {
                    self.while_requests_expire(sleep(retry)).await;
                    retry = (retry * 2).min(LAST_RETRY);
                }
            }
            if self.inbox.is_closed() {
                return;
            }
        }
    }

    async fn connect(&self) -> Option<TcpStream> {
        let attempt = self.while_requests_expire(timeout(self.limits.connect, TcpStream::connect(&self.address)));
        let stream = attempt.await.ok()?.ok()?;
        stream.set_nodelay(true).ok()?;
        Some(stream)
    }

    /// Tells a waiting request that there is no connection, and leaves the peer alone. If there was such a request, that is for
    /// `retry`, and then until a request or a connection comes, but not for longer than `idle`.
    async fn refused(&self, retry: Duration, idle: Duration) {
        if let Some(unsent) = self.outbox.take() {
            self.failed(unsent.call).await;
            self.while_requests_expire(sleep(retry)).await;
        }
        // Either way the next thing is to try again.
        tokio::select! {
            () = self.outbox.filled() => {}
            () = self.visited.notified() => {}
            () = sleep(idle) => {}
        }
    }

    /// Waits for `work`; a request whose time runs out in the outbox meanwhile has failed.
    async fn while_requests_expire<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        loop {
            let due = self.outbox.due().unwrap_or_else(|| Instant::now() + NEVER);
            tokio::select! {
                done = &mut work => {
                    // The notice may have been for this request; let the connection look at the outbox.
                    self.outbox.arrived.notify_one();
                    return done;
                }
                () = self.outbox.arrived.notified() => {}
                () = sleep_until(due) => {
                    if self.outbox.due().is_some_and(|due| due <= Instant::now())
                        && let Some(unsent) = self.outbox.take()
                    {
                        self.failed(unsent.call).await;
                    }
                }
            }
        }
    }

    async fn failed(&self, call: Call) {
        // There is no listener any more only when the node is ending.
        let _ = self.inbox.send(Input::Failed { to: self.name.clone(), call }).await;
    }

    /// Sends and receives until the connection ends; what was then unanswered has failed.
    async fn talk(&self, stream: TcpStream, silence: Duration) -> End {
        let mut waiting = BTreeMap::new();
        let mut lines = Lines::default();
        let end = self.converse(stream, silence, &mut lines, &mut waiting).await;
        for sent in waiting.into_values().filter(|sent| !sent.failed) {
            self.failed(sent.call).await;
        }
        match end {
            Err(_) if lines.received() == 0 => End::Closed,
            Ok(()) if lines.received() == 0 => End::Silent,
            _ => End::Heard,
        }
    }

    /// Ends well when the connection has been silent for too long, with an error when it broke.
    async fn converse(
        &self,
        mut stream: TcpStream,
        silence: Duration,
        lines: &mut Lines,
        waiting: &mut BTreeMap<u64, Sent>,
    ) -> io::Result<()> {
        let (mut read, mut write) = stream.split();
        let mut next_id = 0;
        let mut silent_since = Instant::now();
        loop {
            let far = Instant::now() + NEVER;
            let due = waiting.values().filter(|sent| !sent.failed).map(|sent| sent.due).min().unwrap_or(far);
            let given_up = if waiting.is_empty() { far } else { silent_since + silence };
            tokio::select! {
                line = lines.next(&mut read) => {
                    silent_since = Instant::now();
                    let line = line?.ok_or(io::ErrorKind::UnexpectedEof)?;
                    let frame = serde_json::from_slice(&line).map_err(io::Error::from)?;
                    if let Frame::Reply { id, reply } = frame && let Some(sent) = waiting.remove(&id) {
                        let _ = self.inbox.send(Input::Reply { from: self.name.clone(), call: sent.call, reply }).await;
                    }
                }
                () = self.outbox.arrived.notified() => {
                    let Some(unsent) = self.outbox.take() else { continue };
                    if waiting.is_empty() {
                        silent_since = Instant::now();
                    }
                    let line = encoded::line(next_id, &unsent.body);
                    waiting.insert(next_id, Sent { call: unsent.call, due: unsent.due, failed: false });
                    next_id += 1;
                    // It blocks only when the peer has not read for ages.
                    timeout(silence, write.write_all(&line)).await.map_err(io::Error::from)??;
                    if waiting.len() > REMEMBERED {
                        waiting.pop_first();
                    }
                }
                () = sleep_until(due) => {
                    let now = Instant::now();
                    for sent in waiting.values_mut().filter(|sent| !sent.failed && sent.due <= now) {
                        sent.failed = true;
                        self.failed(sent.call).await;
                    }
                }
                () = sleep_until(given_up) => return Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests;
