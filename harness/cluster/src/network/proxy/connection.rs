//! One connection through the proxy: two sockets and two [`Pipe`]s.
//!
//! End 0 is the dialer's socket, end 1 the destination's; pipe 0 carries what the dialer sends, pipe 1 the answers. The sockets
//! are where the link ends. A byte has *crossed* once it was written to the socket on the far side. What lies in that socket's
//! kernel buffers belongs to the far host, as it would after a real network.
//!
//! What an end does, dying included, only ever *enters* a pipe; what comes out of a pipe is done to the other end. So no FIN and
//! no reset crosses a cut, and each direction has an end of its own (half-closes survive). A dead incarnation's last bytes still
//! arrive, followed by the reset that its host would have answered with.
//!
//! An attempt to connect is held where either direction is cut, since a handshake needs both. It remembers the incarnation
//! it was meant for; if that one is gone when its turn comes it is reset, never handed to the next. If the dialer dies
//! or gives up first, the destination never learns of it. A handshake under way when a cut falls is undone.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use nix::sys::epoll::EpollFlags;
use rustix::net::sockopt::set_socket_linger;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};

use super::abandoned::Ports;
use super::engine::World;
use super::ledger::NodePair;
use super::pace;
use super::pipe::{Crossing, Pipe};
use crate::network::NodeIndex;

/// Reads of one turn before others get theirs.
const TURN: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The attempt to connect has not crossed.
    Waiting,
    Connecting,
    Established,
    /// There is no destination, and the dialer will learn it.
    Refused,
}

/// What is to become of a connection after its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Lives,
    /// It had enough for now but could go on at once.
    Continues,
    Over,
}

/// One socket, with what epoll said of it and has not been used up (it speaks once: edge-triggered).
#[derive(Debug, Default)]
struct End {
    stream: Option<TcpStream>,
    readable: bool,
    writable: bool,
    /// Nothing may be inferred from a short read: an end or an error lies behind it.
    hangs_up: bool,
    /// Its stream was read to the end.
    is_read: bool,
    /// It was reset: nothing can be written any more.
    is_broken: bool,
    /// Its process died behind a cut.
    is_dead: bool,
}

/// A connection from one node to another.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) from: NodeIndex,
    pub(super) to: NodeIndex,
    ports: Ports,
    target: SocketAddr,
    /// Of the destination, when the attempt was made; none if it was down.
    incarnation: Option<u64>,
    token: u64,
    phase: Phase,
    ends: [End; 2],
    pipes: [Pipe; 2],
    /// When a timer will look after this connection.
    pub(super) timer: Option<u64>,
}

impl Connection {
    /// A connection just accepted from `from`. `token` is what epoll calls end 0; end 1 is one more.
    pub(super) fn new(
        way: NodePair,
        target: SocketAddr,
        listener: u16,
        stream: TcpStream,
        token: u64,
        world: &mut World,
    ) -> Self {
        let (from, to) = way;
        let dialer = stream.peer_addr().map_or(0, |address| address.port());
        let now = world.clock.now();
        let arrives = world.ledger.due(way, now, 0);
        let answered = world.ledger.due((to, from), arrives, 0);
        let mut pipes = [Pipe::new(), Pipe::new()];
        pipes[0].connect(arrives, world.ledger.due(way, answered, 0));
        Self {
            from,
            to,
            ports: (dialer, listener),
            target,
            incarnation: world.nodes[to].incarnation(),
            token,
            phase: Phase::Waiting,
            ends: [End { stream: Some(stream), writable: true, ..End::default() }, End::default()],
            pipes,
            timer: None,
        }
    }

    fn way(&self, pipe: usize) -> NodePair {
        if pipe == 0 { (self.from, self.to) } else { (self.to, self.from) }
    }

    pub(super) fn stream(&self, end: usize) -> Option<&TcpStream> {
        self.ends[end].stream.as_ref()
    }

    pub(super) fn is_on(&self, (one, other): NodePair) -> bool {
        (self.from, self.to) == (one, other) || (self.from, self.to) == (other, one)
    }

    /// Bytes on their way over one direction of the link, those that were not even read among them.
    pub(super) fn waiting(&self, way: NodePair) -> u64 {
        let pipe = usize::from(way != self.way(0));
        let end = &self.ends[pipe];
        let unread = match &end.stream {
            Some(stream) if !end.is_read => rustix::io::ioctl_fionread(stream).unwrap_or(0),
            _ => 0,
        };
        self.pipes[pipe].waiting() as u64 + unread
    }

    /// The ports of an attempt that is held and whose dialer has ended its stream: perhaps it gave up.
    pub(super) fn perhaps_given_up(&self) -> Option<Ports> {
        (self.phase == Phase::Waiting && self.ends[0].is_read).then_some(self.ports)
    }

    /// Reads whatever a held attempt's dialer has sent by now, whether epoll has told us or not.
    pub(super) fn look(&mut self, world: &mut World) {
        if self.phase == Phase::Waiting {
            self.ends[0].readable = true;
            self.ends[0].hangs_up = true;
            while self.fill(0, world) {}
        }
    }

    /// The rules of the link have changed.
    pub(super) fn rules_changed(&mut self, world: &mut World, now: u64) {
        for pipe in 0..2 {
            let effect = world.ledger.rule(self.way(pipe)).effect;
            self.pipes[pipe].hasten(&effect, now);
        }
        if self.phase == Phase::Connecting && self.stream(1).is_some_and(|stream| stream.peer_addr().is_ok()) {
            // It crossed before the cut, and epoll has not told us yet.
            self.connected(world);
        }
        if self.phase == Phase::Connecting && world.ledger.is_cut_either_way(self.way(0)) {
            self.ends[1] = End::default();
            self.phase = Phase::Waiting;
            self.pipes[0].connect(now, now);
        }
    }

    /// A node's process is over. Answers whether the connection lives on.
    pub(super) fn node_died(&mut self, node: NodeIndex, world: &mut World) -> bool {
        let end = usize::from(node == self.to);
        match self.phase {
            Phase::Waiting if end == 0 => return false,
            Phase::Waiting | Phase::Refused => {}
            Phase::Connecting if end == 1 => self.refuse(world),
            Phase::Connecting | Phase::Established => {
                if world.ledger.is_cut_either_way(self.way(0)) {
                    self.ends[end].is_dead = true;
                    self.ends[end].readable = true;
                    if self.ends[end].is_read {
                        self.end_stream(end, true, world);
                    }
                }
            }
        }
        true
    }

    /// Epoll has something to say of an end.
    pub(super) fn event(&mut self, end: usize, events: EpollFlags, world: &mut World) {
        if end == 1 && self.phase == Phase::Connecting {
            self.connected(world);
        }
        let here = &mut self.ends[end];
        here.writable |= events.contains(EpollFlags::EPOLLOUT);
        here.readable |= events.intersects(EpollFlags::EPOLLIN | EpollFlags::EPOLLRDHUP | EpollFlags::EPOLLHUP);
        here.hangs_up |= events.intersects(EpollFlags::EPOLLRDHUP | EpollFlags::EPOLLHUP | EpollFlags::EPOLLERR);
        let failed = |stream: &TcpStream| stream.take_error().ok().flatten().is_some();
        if events.contains(EpollFlags::EPOLLERR) && here.stream.as_ref().is_some_and(failed) {
            self.broke(end, world);
        }
    }

    fn connected(&mut self, world: &mut World) {
        let Some(stream) = &self.ends[1].stream else { return };
        if !matches!(stream.take_error(), Ok(None)) {
            self.refuse(world);
        } else if stream.peer_addr().is_ok() {
            self.phase = Phase::Established;
            self.ends[1].writable = true;
        }
    }

    /// There is no destination (any more); the dialer learns it when that may cross.
    fn refuse(&mut self, world: &mut World) {
        self.phase = Phase::Refused;
        self.ends[1] = End::default();
        self.end_stream(1, true, world);
    }

    /// An end was reset. What it sent before that can still be read.
    fn broke(&mut self, end: usize, world: &mut World) {
        let here = &mut self.ends[end];
        here.is_broken = true;
        here.readable = true;
        here.hangs_up = true;
        if here.is_read {
            self.end_stream(end, true, world);
        }
    }

    fn end_stream(&mut self, end: usize, is_reset: bool, world: &mut World) {
        let now = world.clock.now();
        let due = world.ledger.due(self.way(end), now, 0);
        self.pipes[end].end(due, is_reset);
    }

    /// Moves what can be moved.
    pub(super) fn turn(&mut self, world: &mut World) -> Fate {
        for _ in 0..TURN {
            let mut moved = false;
            for pipe in 0..2 {
                moved |= self.fill(pipe, world);
                match self.drain(pipe, world) {
                    Fate::Lives => {}
                    Fate::Continues => moved = true,
                    Fate::Over => return Fate::Over,
                }
            }
            if self.phase == Phase::Waiting && self.ends[0].is_broken || self.pipes.iter().all(|pipe| pipe.is_finished)
            {
                return Fate::Over;
            }
            if !moved {
                return Fate::Lives;
            }
        }
        Fate::Continues
    }

    /// Reads once into a pipe, or straight through it. Answers whether anything was read.
    fn fill(&mut self, pipe: usize, world: &mut World) -> bool {
        let way = self.way(pipe);
        let here = &mut self.ends[pipe];
        let Some(stream) = here.stream.as_mut().filter(|_| here.readable && !here.is_read) else { return false };
        let rule = *world.ledger.rule(way);
        if self.pipes[pipe].is_full(&rule.effect, world.clock.now()) {
            return false;
        }
        match stream.read(&mut world.scratch) {
            Ok(0) => {
                here.is_read = true;
                let is_reset = here.is_broken || here.is_dead;
                self.end_stream(pipe, is_reset, world);
                true
            }
            Ok(count) => {
                here.readable = here.hangs_up || count == world.scratch.len();
                let crossed = self.straight_through(pipe, count, world);
                self.queue(pipe, crossed..count, world);
                true
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => true,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                here.readable = false;
                false
            }
            Err(_) => {
                here.is_read = true;
                here.is_broken = true;
                self.end_stream(pipe, true, world);
                true
            }
        }
    }

    /// Writes what was just read if nothing stands before it. Answers how much of it crossed.
    fn straight_through(&mut self, pipe: usize, count: usize, world: &mut World) -> usize {
        let way = self.way(pipe);
        let rule = world.ledger.rule(way);
        let there = &mut self.ends[1 - pipe];
        if self.phase != Phase::Established
            || rule.cut
            || !pace::is_immediate(&rule.effect)
            || !there.writable
            || there.is_broken
            || !self.pipes[pipe].is_idle(world.clock.now())
        {
            return 0;
        }
        let Some(stream) = there.stream.as_mut() else { return 0 };
        let result = stream.write(&world.scratch[..count]);
        self.wrote(pipe, result, count, world)
    }

    /// Books what a write did. Answers how much crossed.
    fn wrote(&mut self, pipe: usize, result: io::Result<usize>, wanted: usize, world: &mut World) -> usize {
        match result {
            Ok(count) => {
                self.ends[1 - pipe].writable = count == wanted;
                world.ledger.passed(self.way(pipe), count);
                count
            }
            Err(error) => {
                match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock => self.ends[1 - pipe].writable = false,
                    _ => self.broke(1 - pipe, world),
                }
                0
            }
        }
    }

    fn queue(&mut self, pipe: usize, range: std::ops::Range<usize>, world: &mut World) {
        let way = self.way(pipe);
        let now = world.clock.now();
        let chunk = pace::chunk(&world.ledger.rule(way).effect);
        for part in world.scratch[range].chunks(chunk) {
            let due = world.ledger.due(way, now, part.len());
            self.pipes[pipe].push(due, part);
        }
    }

    /// Lets cross what may cross: `Lives` if nothing could, `Continues` if something did.
    fn drain(&mut self, pipe: usize, world: &mut World) -> Fate {
        let way = self.way(pipe);
        let mut fate = Fate::Lives;
        while let Some(front) = self.pipes[pipe].front() {
            if world.ledger.is_cut(way) {
                break;
            }
            let now = world.clock.now();
            if front.due > now {
                let due = front.due;
                if self.timer.is_none_or(|timer| due < timer) {
                    self.timer = Some(due);
                    world.wake_at(due, self.token);
                }
                break;
            }
            match front.what {
                Crossing::Syn if world.ledger.is_cut_either_way(way) => break,
                Crossing::Syn => {
                    self.pipes[pipe].pop();
                    self.dial(world);
                }
                Crossing::Reset => {
                    self.reset(1 - pipe);
                    return Fate::Over;
                }
                _ if self.phase != Phase::Established => break,
                Crossing::Fin => {
                    self.pipes[pipe].pop();
                    self.pipes[pipe].is_finished = true;
                    if let Some(stream) = &self.ends[1 - pipe].stream {
                        // Fails only where the other end is gone, which its own events tell.
                        stream.shutdown(Shutdown::Write).ok();
                    }
                }
                Crossing::Bytes(..) if self.ends[1 - pipe].is_broken => {
                    let lost = self.pipes[pipe].due(now).iter().map(|slice| slice.len()).sum();
                    self.pipes[pipe].advance(lost);
                    world.ledger.dropped(way, lost);
                }
                Crossing::Bytes(..) => {
                    let there = &mut self.ends[1 - pipe];
                    let Some(stream) = there.stream.as_mut().filter(|_| there.writable) else { break };
                    let slices = self.pipes[pipe].due(now);
                    let wanted = slices.iter().map(|slice| slice.len()).sum();
                    let result = stream.write_vectored(&slices);
                    let crossed = self.wrote(pipe, result, wanted, world);
                    self.pipes[pipe].advance(crossed);
                    if crossed == 0 {
                        continue;
                    }
                }
            }
            fate = Fate::Continues;
        }
        fate
    }

    /// Lets the attempt to connect cross, if the incarnation that it was meant for still lives.
    fn dial(&mut self, world: &mut World) {
        let meant = self.incarnation.is_some() && self.incarnation == world.nodes[self.to].incarnation();
        let dialled = if meant { dial(self.target) } else { Err(io::ErrorKind::ConnectionRefused.into()) };
        match dialled.and_then(|stream| world.watch(&stream, self.token + 1).map(|()| stream)) {
            Ok(stream) => {
                self.ends[1] = End { stream: Some(stream), ..End::default() };
                self.phase = Phase::Connecting;
            }
            Err(error) => {
                world.lack.note(&error);
                self.refuse(world);
            }
        }
    }

    fn reset(&mut self, end: usize) {
        if let Some(stream) = self.ends[end].stream.take() {
            // With a linger time of zero closing sends a reset. It fails only on a socket that is gone already.
            set_socket_linger(&stream, Some(Duration::ZERO)).ok();
        }
    }

    /// What is lost with the connection.
    pub(super) fn lose(&self, world: &mut World) {
        for pipe in 0..2 {
            world.ledger.dropped(self.way(pipe), self.pipes[pipe].waiting());
        }
    }
}

/// Begins to connect.
fn dial(target: SocketAddr) -> io::Result<TcpStream> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    match connect(&socket, &target) {
        Ok(()) | Err(rustix::io::Errno::INPROGRESS) => {}
        Err(error) => return Err(error.into()),
    }
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    Ok(stream)
}
