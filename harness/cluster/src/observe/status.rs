//! Asks a node for its status: a JSON line over TCP, as a client would.
//!
//! One poll is outstanding at a time. Its answer's span is `[sent, received]`, so an answer must belong to its
//! question: whatever arrives unasked, or after its question was given up, ends the connection, and the next poll
//! makes a new one.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use history::entry::State;
use history::{Evidence, Span};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::events::{self, Reading};
use super::ids::Ids;
use super::{LONGEST_LINE, Miss, Sink, Who};
use crate::clock::Clock;

/// What is asked.
const QUESTION: &[u8] = b"{\"type\":\"status\"}\n";

/// Polls one life of one node.
pub struct Poller {
    /// The node that it asks.
    pub who: Who,
    /// The observer's name.
    pub observer: String,
    /// Where it answers.
    pub address: SocketAddr,
    /// How often it is asked.
    pub every: Duration,
    /// How long an answer may take, the connection included.
    pub timeout: Duration,
    /// The ids of the nodes.
    pub ids: Arc<Ids>,
    /// The run's clock.
    pub clock: Clock,
    /// Where the observations go.
    pub sink: Arc<dyn Sink>,
}

impl Poller {
    /// Polls until it is aborted.
    pub async fn run(self) {
        let mut connection = None;
        loop {
            self.poll(&mut connection).await;
            tokio::time::sleep(self.clock.until_next(self.every)).await;
        }
    }

    /// Asks once.
    async fn poll(&self, connection: &mut Option<TcpStream>) {
        let begun = self.clock.now();
        // Taken out, so that whatever goes wrong leaves no connection behind.
        let asked = tokio::time::timeout(self.timeout, self.ask(connection.take())).await;
        let error = match asked {
            Ok(Ok((answered, said, span))) => {
                *connection = answered;
                let said = events::named(said, &self.observer, &self.ids);
                return self.sink.sighting(
                    Span::new(span[0], span[1]),
                    events::seen(said, &self.who, &self.observer, Evidence::Sampled),
                );
            }
            Ok(Err(error)) => error,
            Err(_) => format!("timed out after {}", humantime::format_duration(self.timeout)),
        };
        let span = [begun, self.clock.now()];
        self.sink.miss(Miss { who: self.who.clone(), observer: self.observer.clone(), span, error });
    }

    async fn ask(
        &self,
        connection: Option<TcpStream>,
    ) -> Result<(Option<TcpStream>, State<'static>, [u64; 2]), String> {
        let words = |error: io::Error| match error.kind() {
            io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
            io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
            _ => error.to_string(),
        };
        let mut stream = match connection.filter(is_quiet) {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await.map_err(words)?;
                stream.set_nodelay(true).map_err(words)?;
                stream
            }
        };
        let sent = self.clock.now();
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
        let received = self.clock.now();
        let kept = (answer.len() == length + 1).then_some(stream);
        match events::read(&answer[..length]) {
            Reading::Event(said, _) => Ok((kept, said, [sent, received])),
            Reading::Unreadable(why) => Err(format!("answered {why}")),
            Reading::Ordinary => Err("answered what is not a status; see the node contract".to_owned()),
        }
    }
}

/// Nothing waits on the connection, not even its end.
fn is_quiet(stream: &TcpStream) -> bool {
    matches!(stream.try_read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}
