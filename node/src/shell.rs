//! The shell around the core: hands in what happens, carries out what is asked, in order.
//!
//! One thread and one loop. An input is taken only when every action of the one before is done. So the order of the core's list
//! is the order of the world: durable, then printed, then sent. While the disk works the whole node waits. It has no answer to
//! give before its vote is durable. A thread for the disk would cost a start and two wake-ups for a save of a few hundred
//! microseconds, at a node that lives for a second. The connections and the status answer are tasks of their own, and show what
//! was printed last.
//!
//! When several things are due the loop takes messages before timers, and looks for them once more when a timer has run out. A
//! node that was paused, or starved on a busy machine, thus hears what its leader said in the meantime before it concludes that
//! the leader said nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::announce::Show;
use crate::clock::{self, Timer};
use crate::exit::{Exit, Fatal};
use crate::journal::Journal;
use crate::lab_notes::Note;
use crate::options::{DelayOn, Level, Options, Reconnect};
use crate::raft::{Action, Config, Input, Name, Raft, Reply, Request, State, Term, Why};
use crate::rules::Rules;
use crate::rules::Syncs;
use crate::storage::{Storage, StorageError};
use crate::transport::encoded::Prepared;
use crate::transport::peer::{Limits, Outbox, Peer};
use crate::transport::server::{Asked, Server};
use crate::{announce, defects};

/// Inputs that may wait for the loop before the tasks that bring them have to.
const WAITING: usize = 1024;

/// Runs a node until it is asked to end (`Ok`) or cannot go on.
pub async fn run(options: Options) -> Result<(), Fatal> {
    let config = config(&options)?;
    let rules = rules(&options)?;
    let data = options.data.as_deref().ok_or_else(|| Fatal::new(Exit::Usage, "--data is missing"))?;
    let storage = Storage::open(data, &config.name)?;
    let found = storage.load()?;
    let listen = options.listen.as_deref().unwrap_or_default();
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Fatal::new(Exit::Port, format!("cannot listen on {listen}: {error}; choose another --listen address"))
    })?;
    let io = |error| Fatal::new(Exit::Io, format!("the system refuses a timer or a signal handler: {error}"));
    let mut timer = Timer::new(options.like.0.map_or(options.timer, Note::timer)).map_err(io)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(io)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(io)?;

    let (inputs, mut inbox) = mpsc::channel(WAITING);
    let (asked, mut questions) = mpsc::channel(WAITING);
    let (show, shown) = watch::channel(None);
    let limits = limits(&options);
    let visited = Arc::new(Notify::new());
    let mut shell = Shell {
        name: config.name.clone(),
        outboxes: BTreeMap::new(),
        inputs: inputs.clone(),
        storage,
        syncs: rules.syncs(),
        prepared: Prepared::default(),
        stdout: stdout()?,
        show,
        show_what: options.show,
        delay: (options.persist_delay, options.persist_delay_on),
        rpc_timeout: limits.rpc,
        journal: Journal::new(options.log_level == Level::Debug),
    };
    let peers = config.peers.clone();
    let (mut raft, first) = Raft::new(config, rules, found, clock::now());
    shell.perform(first, None).await?;
    for (name, address) in options.peers {
        let outbox = Arc::new(Outbox::default());
        shell.outboxes.insert(name.clone(), Arc::clone(&outbox));
        tokio::spawn(
            Peer { name, address, limits, outbox, inbox: inputs.clone(), visited: Arc::clone(&visited) }.run(),
        );
    }
    tokio::spawn(Server { peers, asked, shown, show: options.show, visited }.run(listener));

    loop {
        let (input, reply) = tokio::select! {
            biased;
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            Some(Asked { request, reply }) = questions.recv() => (Input::Request(request), Some(reply)),
            Some(input) = inbox.recv() => (input, None),
            woken = due(&mut timer, raft.wake_at()) => {
                woken.map_err(io)?;
                (Input::Tick, None)
            }
        };
        shell.log_input(&input);
        let actions = raft.step(clock::now(), input);
        shell.perform(actions, reply).await?;
    }
}

/// Waits for the timer, then lets the connections hand in what the kernel already has. The first round finds the sockets
/// readable, the next has them read, and the third is for what that set in motion.
async fn due(timer: &mut Timer, at: Duration) -> std::io::Result<()> {
    timer.until(at).await?;
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    Ok(())
}

fn config(options: &Options) -> Result<Config, Fatal> {
    let usage = |sentence: String| Err(Fatal::new(Exit::Usage, sentence));
    let Some(name) = options.name.clone() else { return usage("--name is missing".into()) };
    let mut peers: Vec<Name> = options.peers.iter().map(|(peer, _)| peer.clone()).collect();
    peers.sort();
    if let Some(twice) = peers.windows(2).find(|pair| pair[0] == pair[1]) {
        return usage(format!("--peer {} is given twice; each member has one name", twice[0]));
    }
    if peers.contains(&name) {
        return usage(format!("--peer {name} is this node itself; name only the others"));
    }
    let reconnects_at_once = options.reconnect == Reconnect::After(Duration::ZERO);
    if options.heartbeat.is_zero() || options.rpc_timeout.is_zero() || reconnects_at_once {
        return usage("--heartbeat, --rpc-timeout and --reconnect must be longer than nothing".into());
    }
    Ok(Config {
        name,
        peers,
        election: options.election.clone(),
        heartbeat: options.heartbeat,
        first_delay: options.first_delay,
        log: options.log,
        prevote: options.prevote,
        check_quorum: options.check_quorum,
        sticky: options.sticky,
        strategy: options.like.0.map_or(options.strategy, Note::strategy),
        seed: options.seed,
    })
}

fn rules(options: &Options) -> Result<Box<dyn Rules>, Fatal> {
    let usage = |sentence: String| Fatal::new(Exit::Usage, sentence);
    match options.like.0 {
        None => defects::rules(&options.defect).map_err(usage),
        Some(note) if options.defect == "none" => Ok(note.rules()),
        Some(_) => Err(usage(format!("--as brings its own defects; leave out --defect {}", options.defect))),
    }
}

/// A connection is given up after two of the longest election timeouts. By then every candidacy that waited for it is over, while
/// replies that are merely late still get through. Giving up a connection matters where messages are lost one way only: the fresh
/// one needs both ways, and so ends what did get through.
fn limits(options: &Options) -> Limits {
    let longest = *options.election.end();
    Limits {
        rpc: options.rpc_timeout,
        connect: longest.max(options.rpc_timeout).max(Duration::from_millis(100)),
        silence: match options.reconnect {
            Reconnect::Auto => (2 * longest).max(4 * options.rpc_timeout).max(Duration::from_millis(200)),
            Reconnect::After(time) => time,
        },
    }
}

/// Standard output as a bare descriptor, without Rust's buffer.
fn stdout() -> Result<File, Fatal> {
    let copy = std::io::stdout().as_fd().try_clone_to_owned();
    copy.map(File::from).map_err(|error| Fatal::new(Exit::Io, format!("cannot use standard output: {error}")))
}

struct Shell {
    name: Name,
    outboxes: BTreeMap<Name, Arc<Outbox>>,
    inputs: mpsc::Sender<Input>,
    storage: Storage,
    syncs: Syncs,
    /// What a speculative candidate may send next.
    prepared: Prepared,
    stdout: File,
    show: watch::Sender<Option<State>>,
    show_what: Show,
    delay: (Duration, DelayOn),
    rpc_timeout: Duration,
    journal: Journal,
}

impl Shell {
    /// Carries out `actions` one after the other; `reply` is the way back for the request that led to them.
    async fn perform(&mut self, actions: Vec<Action>, mut reply: Option<oneshot::Sender<Reply>>) -> Result<(), Fatal> {
        for action in actions {
            match action {
                Action::Persist(state, why) => {
                    // What was sent before is on its way before the disk works.
                    tokio::task::yield_now().await;
                    self.storage.save(&state, self.syncs)?;
                    self.delay(why).await?;
                }
                Action::Print(state) => self.print(state)?,
                Action::Send { to, call, request } => {
                    self.log(|| format!("sending {} to peer {}", kind(&request), number(&to)));
                    let body = self.prepared.body(&request);
                    let outbox = self.outboxes.get(&to);
                    if let Some(call) = outbox.and_then(|outbox| outbox.put(call, body, self.rpc_timeout)) {
                        // It was never sent. Should there be no room for the news, nothing depends on it.
                        let _ = self.inputs.try_send(Input::Failed { to, call });
                    }
                }
                Action::Prepare(requests) => {
                    self.log(|| "preparing to lead, to follow and to campaign again".to_owned());
                    self.prepared.prepare(requests);
                }
                Action::Reply(answer) => {
                    if let Some(reply) = reply.take() {
                        // The asking task may be gone.
                        let _ = reply.send(answer);
                    }
                }
            }
        }
        Ok(())
    }

    /// The simulated part of a slow disk.
    async fn delay(&self, why: Why) -> Result<(), Fatal> {
        let (time, on) = self.delay;
        if time.is_zero() || (on == DelayOn::Grants && why != Why::Grant) {
            return Ok(());
        }
        let until = clock::now() + time;
        let mut timer = Timer::new(clock::Kind::Native).map_err(|e| Fatal::new(Exit::Io, format!("no timer: {e}")))?;
        timer.until(until).await.map_err(|e| Fatal::new(Exit::Io, format!("no timer: {e}")))
    }

    fn print(&mut self, state: State) -> Result<(), Fatal> {
        if self.show_what.tells(self.show.borrow().as_ref(), &state) {
            let line = self.show_what.line(&state, clock::nanoseconds(clock::now()));
            announce::write(&self.stdout, &line)
                .map_err(|error| Fatal::new(Exit::Io, format!("standard output is not read any more: {error}")))?;
        }
        let ready = self.prepared.len();
        self.prepared.outcome(&state);
        self.show.send_replace(Some(state));
        self.log(|| "has a new state".to_owned());
        if self.prepared.len() < ready {
            self.log(|| "dropping what was prepared for other outcomes".to_owned());
        }
        Ok(())
    }

    /// What has become of a request; where a strategy waits, this is what it waited for.
    fn log_input(&self, input: &Input) {
        match input {
            Input::Reply { from, reply, .. } => {
                let term = self.show.borrow().as_ref().map(|state| state.term);
                self.log(|| format!("received {} from peer {}", answer(*reply, term), number(from)));
            }
            Input::Failed { to, .. } => self.log(|| format!("received no answer from peer {}", number(to))),
            Input::Tick | Input::Request(_) => {}
        }
    }

    /// A line such as the lab notes have: `[Peer 1 Leader term 2] sending heartbeat signal to peer 2`.
    fn log(&self, text: impl FnOnce() -> String) {
        if let Some(state) = &*self.show.borrow() {
            let (name, role, term) = (number(&self.name), state.role.title(), state.term);
            self.journal.write(|| format!("[Peer {name} {role} term {term}] {}", text()));
        }
    }
}

fn kind(request: &Request) -> &'static str {
    match request {
        Request::PreVote(_) => "pre-vote request",
        Request::RequestVote(_) => "vote request",
        Request::AppendEntries(_) => "heartbeat signal",
    }
}

/// What a reply is; `term`: that of the node. A vote of another term is a case of its own: it must not be taken for one that counts.
fn answer(reply: Reply, now: Option<Term>) -> &'static str {
    match reply {
        Reply::PreVote { vote_granted: true, .. } => "pre-vote",
        Reply::PreVote { vote_granted: false, .. } => "refusal of a pre-vote",
        Reply::RequestVote { vote_granted: true, term } if Some(term) != now => "vote of another term",
        Reply::RequestVote { vote_granted: true, .. } => "vote",
        Reply::RequestVote { vote_granted: false, .. } => "refusal of a vote",
        Reply::AppendEntries { .. } => "answer to heartbeat signal",
    }
}

/// `n1` is Peer 1 in the log lines; any other name is itself.
fn number(name: &Name) -> &str {
    match name.0.strip_prefix('n') {
        Some(number) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => number,
        _ => &name.0,
    }
}

impl From<StorageError> for Fatal {
    fn from(error: StorageError) -> Self {
        Self::new(Exit::State, error.to_string())
    }
}
