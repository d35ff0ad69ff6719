//! Asks a node for its status: a JSON line over TCP, as a client would.
//!
//! The answer's span is `[sent, received]`, so an answer must belong to its question. Whatever arrives unasked, or after its
//! question was given up, ends the connection, and the next poll makes a new one.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use history::Span;
use history::entry::State;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::LONGEST_LINE;
use super::events::{self, Reading};
use super::poll::{Answer, Ask, Poll};
use crate::clock::Clock;

/// What is asked.
const QUESTION: &[u8] = b"{\"type\":\"status\"}\n";

/// A node that answers over TCP.
pub(super) struct Status {
    /// Where it answers.
    pub(super) address: SocketAddr,
    /// How long an answer may take, the connection included.
    pub(super) timeout: Duration,
    /// The connection of the question before.
    pub(super) connection: Option<TcpStream>,
}

impl Ask for Status {
    async fn ask(&mut self, poll: &Poll) -> Result<Option<Answer>, String> {
        // Taken out, so that whatever goes wrong leaves no connection behind.
        let asked = exchange(self.address, self.connection.take(), &poll.clock);
        let asked = tokio::time::timeout(self.timeout, asked).await;
        let late = |_| format!("timed out after {}", humantime::format_duration(self.timeout));
        let (answered, said, span) = asked.map_err(late)??;
        self.connection = answered;
        Ok(Some(Answer { said: events::named(said, &poll.observer, &poll.ids), span: Some(span) }))
    }
}

/// Asks once: the connection if it can be used again, what was said, and from when to when it was asked.
async fn exchange(
    address: SocketAddr,
    connection: Option<TcpStream>,
    clock: &Clock,
) -> Result<(Option<TcpStream>, State<'static>, Span), String> {
    let words = |error: io::Error| match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
        _ => error.to_string(),
    };
    let mut stream = match connection.filter(is_quiet) {
        Some(stream) => stream,
        None => {
            let stream = TcpStream::connect(address).await.map_err(words)?;
            stream.set_nodelay(true).map_err(words)?;
            stream
        }
    };
    let sent = clock.now();
    stream.write_all(QUESTION).await.map_err(words)?;
    let mut answer = Vec::with_capacity(512);
    let length = loop {
        if let Some(newline) = answer.iter().position(|&byte| byte == b'\n') {
            break newline;
        }
        if answer.len() > LONGEST_LINE {
            return Err(format!("answered a line of more than {LONGEST_LINE} bytes"));
        }
        if stream.read_buf(&mut answer).await.map_err(words)? == 0 {
            return Err("closed the connection without an answer".to_owned());
        }
    };
    let received = clock.now();
    let kept = (answer.len() == length + 1).then_some(stream);
    match events::read(&answer[..length]) {
        Reading::Event(said, _) => Ok((kept, said, Span::new(sent, received))),
        Reading::Unreadable(why) => Err(format!("answered {why}")),
        Reading::Ordinary => Err("answered what is not a status; see the node contract".to_owned()),
    }
}

/// Nothing waits on the connection, not even its end.
fn is_quiet(stream: &TcpStream) -> bool {
    matches!(stream.try_read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}
