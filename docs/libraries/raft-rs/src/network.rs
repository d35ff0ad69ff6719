//! Messages over TCP, each with its length before it. Raft bears lost messages, so nobody waits for an answer.

use std::io::{self, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{sync_channel, Receiver, Sender, SyncSender};
use std::thread;
use std::time::Duration;

use protobuf::Message as _;
use raft::prelude::Message;

/// How long a connection, or data on it, may stay unanswered before another is tried.
const PATIENCE: Duration = Duration::from_millis(200);

/// The longest message that is read.
const LONGEST: u32 = 16 << 20;

/// One who is sent messages, by a thread of his own.
pub struct Peer(SyncSender<Message>);

impl Peer {
    pub fn new(address: &str) -> Self {
        let (outbox, messages) = sync_channel(64);
        let address = address.parse().expect("an address and a port");
        thread::spawn(move || forward(address, &messages));
        Self(outbox)
    }

    /// Sends, or loses the message: the library sends again what is still needed.
    pub fn send(&self, message: Message) {
        drop(self.0.try_send(message));
    }
}

fn forward(address: SocketAddr, messages: &Receiver<Message>) {
    let mut line = None;
    for message in messages {
        let body = message.write_to_bytes().expect("a message can be written");
        let mut frame = (body.len() as u32).to_be_bytes().to_vec();
        frame.extend(body);
        line = match line.take().map_or_else(|| connect(address), Ok) {
            Ok(mut stream) => stream.write_all(&frame).is_ok().then_some(stream),
            Err(_) => None,
        };
    }
}

/// A connection that breaks when what was sent stays unacknowledged: after a cut, TCP alone would wait for seconds.
fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    socket2::SockRef::from(&stream).set_tcp_user_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Hands on what peers send.
pub fn serve(listen: &str, inbox: Sender<Message>) {
    let listener = TcpListener::bind(listen).expect("the address is free");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let inbox = inbox.clone();
            // A peer that goes away ends its own connection only.
            thread::spawn(move || receive(stream, &inbox));
        }
    });
}

fn receive(stream: TcpStream, inbox: &Sender<Message>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length);
        if length > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut body = vec![0; length as usize];
        stream.read_exact(&mut body)?;
        if inbox.send(Message::parse_from_bytes(&body).map_err(io::Error::other)?).is_err() {
            return Ok(());
        }
    }
}
