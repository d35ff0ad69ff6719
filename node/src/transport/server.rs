//! The listening side: requests of peers, questions of clients.
//!
//! A connection is served one line at a time, in order. A peer that does not read its replies stalls its own connection and no
//! other. A connection whose other end has vanished without a word is found by TCP's keep-alive. Those that merely have nothing
//! to say may stay for ever.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use super::frame::Lines;
use super::{Frame, Question};
use crate::announce::Show;
use crate::clock;
use crate::raft::{Name, Reply, Request, State};

/// How long to leave the system alone when it has no descriptor for another connection.
const BREATH: Duration = Duration::from_millis(20);

/// A request and the way back for its reply.
#[derive(Debug)]
pub struct Asked {
    /// What a peer asks.
    pub request: Request,
    /// Where the reply goes.
    pub reply: oneshot::Sender<Reply>,
}

/// What every connection needs.
#[derive(Debug)]
pub struct Server {
    /// The other members; requests of anyone else end their connection.
    pub peers: Vec<Name>,
    /// To the node.
    pub asked: mpsc::Sender<Asked>,
    /// What it printed last.
    pub shown: watch::Receiver<Option<State>>,
    /// How much of it is shown.
    pub show: Show,
    /// Notified of every connection.
    pub visited: Arc<Notify>,
}

impl Server {
    /// Serves every connection that comes in. Never returns.
    pub async fn run(self, listener: TcpListener) {
        let server = Arc::new(self);
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    server.visited.notify_waiters();
                    let server = Arc::clone(&server);
                    tokio::spawn(async move {
                        // Whatever ends a connection, its other end learns of it by the end.
                        let _ = server.serve(stream).await;
                    });
                }
                Err(_) => tokio::time::sleep(BREATH).await,
            }
        }
    }

    async fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        keep_alive(&stream)?;
        let (mut read, mut write) = stream.split();
        let mut lines = Lines::default();
        while let Some(line) = lines.next(&mut read).await? {
            let Some(answer) = self.answer(&line).await else { break };
            write.write_all(&answer).await?;
        }
        Ok(())
    }

    /// The answering line; nothing when the connection deserves to end.
    async fn answer(&self, line: &[u8]) -> Option<Vec<u8>> {
        match serde_json::from_slice(line).ok()? {
            Frame::Question(Question::Status) => {
                let state = self.shown.borrow().clone()?;
                Some(self.show.line(&state, clock::nanoseconds(clock::now())))
            }
            Frame::Request { id, request } if self.peers.contains(request.sender()) => {
                let (sender, reply) = oneshot::channel();
                self.asked.send(Asked { request, reply: sender }).await.ok()?;
                let reply = reply.await.ok()?;
                Some(Frame::Reply { id, reply }.line())
            }
            Frame::Request { .. } | Frame::Reply { .. } => None,
        }
    }
}

fn keep_alive(stream: &TcpStream) -> io::Result<()> {
    use nix::sys::socket::{setsockopt, sockopt};
    setsockopt(stream, sockopt::KeepAlive, &true)?;
    #[cfg(target_os = "linux")]
    {
        setsockopt(stream, sockopt::TcpKeepIdle, &10)?;
        setsockopt(stream, sockopt::TcpKeepInterval, &5)?;
        setsockopt(stream, sockopt::TcpKeepCount, &4)?;
    }
    Ok(())
}
