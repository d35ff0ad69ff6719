//! One node over time: what its process was, and which role and term it showed.

use history::entry::State;
use history::{Evidence, Fate, Span, Word};

use super::names::{Name, Names};
use super::pieces;

/// Beyond so many states of one lane those too short to be seen are merged, so that memory is bounded.
const MOST_STATES: usize = 100_000;

/// Something that held from `start` to `end`, nanoseconds since the run's zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held<T> {
    /// From when.
    pub start: u64,
    /// Until when, not before `start`.
    pub end: u64,
    pub what: T,
}

impl<T> Held<T> {
    /// For how long, nanoseconds.
    pub fn length(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

/// What a node's process was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Life {
    /// No line has said.
    Unknown,
    /// Started, not exited, not paused.
    Up,
    /// Stopped by SIGSTOP.
    Paused,
    /// Not started, or exited.
    Down,
}

/// The role that a node showed, with its term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    /// The role; none when only the term was seen.
    pub role: Option<history::Role>,
    /// The term; none when only the role was seen.
    pub term: Option<u64>,
    /// The node that it voted for in the term.
    pub vote: Name,
    /// The node that it named as leader of the term.
    pub leader: Name,
    /// The line that showed it first.
    pub line: u64,
    /// How long before its start it may have begun, nanoseconds.
    pub slack: u64,
    /// How many states it stands for; see [`super::pieces`].
    pub states: u32,
}

/// As [`Role::rank`].
pub(super) fn rank(role: Option<history::Role>) -> u8 {
    use history::Role as R;
    match role {
        None => 0,
        Some(R::Follower) => 1,
        Some(R::Precandidate) => 2,
        Some(R::Candidate) => 3,
        Some(R::Leader) => 4,
    }
}

impl Role {
    /// `follower`, …, `leader`, or `unknown`.
    pub fn word(&self) -> &'static str {
        self.role.map_or("unknown", history::Role::as_str)
    }

    /// How much a reader cares when two roles share a pixel: leaders over candidates over followers.
    pub fn rank(&self) -> u8 {
        rank(self.role)
    }

    /// `leader t7`.
    pub fn label(&self) -> String {
        match self.term {
            Some(term) => format!("{} t{term}", self.word()),
            None => self.word().to_owned(),
        }
    }

    /// Whether the node claimed to lead.
    pub fn leads(&self) -> bool {
        self.role == Some(history::Role::Leader)
    }
}

#[derive(Debug, Clone, Default)]
pub struct Lane {
    /// Its name as the history has it, not cleaned.
    pub node: String,
    /// Its process, without gaps from zero to the end of the run.
    pub process: Vec<Held<Life>>,
    /// Its roles, while they were known.
    pub roles: Vec<Held<Role>>,
    /// Whether `roles` is drawn from atomic evidence.
    pub atomic: bool,
    /// How often it was started.
    pub starts: u32,
}

/// Builds a [`Lane`] line by line.
#[derive(Debug, Default)]
pub(super) struct LaneBuilder {
    node: String,
    life: Track<Life>,
    atomic: Track<Role>,
    sampled: Track<Role>,
    starts: u32,
    exited: bool,
}

impl LaneBuilder {
    pub(super) fn new(node: &str) -> Self {
        let mut lane = Self { node: node.to_owned(), ..Self::default() };
        lane.life.set(0, Life::Unknown, |a, b| a == b);
        lane
    }

    /// Something became of its process.
    pub(super) fn process(&mut self, event: Option<Fate>, at: u64) {
        let life = match event {
            Some(Fate::Start) => Life::Up,
            Some(Fate::Stop) => Life::Paused,
            Some(Fate::Continue) if !self.exited => Life::Up,
            Some(Fate::Exit) => Life::Down,
            _ => return,
        };
        match life {
            Life::Down => {
                self.exited = true;
                self.atomic.unset(at);
                self.sampled.unset(at);
            }
            Life::Up if event == Some(Fate::Start) => {
                // Before its first start a node was not there, and that is known.
                if self.starts == 0 {
                    self.life.amend(Life::Unknown, Life::Down);
                }
                self.starts += 1;
                self.exited = false;
                self.atomic.unset(at);
                self.sampled.unset(at);
            }
            _ => {}
        }
        self.life.set(at, life, |a, b| a == b);
    }

    /// It said or showed its state, on this line of the history.
    pub(super) fn observe(&mut self, state: &State<'_>, line: u64, evidence: Evidence, span: Span, names: &mut Names) {
        if self.exited {
            return;
        }
        let (role, term) = (state.role.as_ref().and_then(Word::known), state.term);
        if role.is_none() && term.is_none() {
            return;
        }
        let atomic = evidence == Evidence::Atomic;
        if !atomic && self.atomic.seen() {
            return;
        }
        let vote = names.known(state.vote.as_ref().map(Option::as_deref));
        let leader = names.known(state.leader.as_ref().map(Option::as_deref));
        let slack = span.latest - span.earliest;
        let seen = Role { role, term, vote, leader, line, slack, states: 1 };
        let track = if atomic { &mut self.atomic } else { &mut self.sampled };
        // What an observer leaves out could be what it was: it begins nothing new.
        track.set(span.latest, seen, |was, now| {
            let open = |now: Name, was: Name| now == Name::UNKNOWN || now == was;
            (now.role.is_none() || was.role == now.role)
                && (now.term.is_none() || was.term == now.term)
                && open(now.vote, was.vote)
                && open(now.leader, was.leader)
        });
        if track.past.len() >= 2 * MOST_STATES {
            let threshold = pieces::threshold([track.past.as_slice()].into_iter(), MOST_STATES);
            track.past = pieces::pieces(&track.past, threshold).collect();
        }
        if atomic {
            self.sampled = Track::default();
        }
    }

    pub(super) fn finish(self, end: u64) -> Lane {
        let atomic = self.atomic.seen();
        let roles = if atomic { self.atomic } else { self.sampled };
        Lane { node: self.node, process: self.life.finish(end), roles: roles.finish(end), atomic, starts: self.starts }
    }
}

/// A value over time. Time that runs backwards (other observers, a hostile file) is held at the latest seen.
#[derive(Debug)]
pub(super) struct Track<T> {
    past: Vec<Held<T>>,
    now: Option<Held<T>>,
}

impl<T> Default for Track<T> {
    fn default() -> Self {
        Self { past: Vec::new(), now: None }
    }
}

impl<T: Copy> Track<T> {
    /// From `at` on it is `what`, unless `same` says that this is what it was.
    pub(super) fn set(&mut self, at: u64, what: T, same: impl Fn(&T, &T) -> bool) {
        if let Some(now) = &mut self.now {
            if same(&now.what, &what) {
                return;
            }
            let at = at.max(now.start);
            self.past.push(Held { end: at, ..*now });
            *now = Held { start: at, end: at, what };
        } else {
            let at = at.max(self.past.last().map_or(0, |held| held.end));
            self.now = Some(Held { start: at, end: at, what });
        }
    }

    /// From `at` on it is not known.
    pub(super) fn unset(&mut self, at: u64) {
        if let Some(now) = self.now.take() {
            self.past.push(Held { end: at.max(now.start), ..now });
        }
    }

    fn seen(&self) -> bool {
        !self.past.is_empty() || self.now.is_some()
    }

    /// Everything that it was until `end`; what lasted no time at all is kept, it did happen.
    pub(super) fn finish(mut self, end: u64) -> Vec<Held<T>> {
        self.unset(end);
        self.past
    }
}

impl<T: Copy + PartialEq> Track<T> {
    /// What it is now was really `truly`.
    fn amend(&mut self, taken_for: T, truly: T) {
        if let Some(now) = &mut self.now
            && now.what == taken_for
        {
            now.what = truly;
        }
    }
}
