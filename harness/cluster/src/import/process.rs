//! What shows that two lines of a node are of one process.
//!
//! Two votes in a term, a term that falls, and two leaders of a term that one node names are violations within one process. They
//! are lawful where another process began in between. A log in which no line begins a process may be several logs, one after the
//! other: they were joined, and a query left out what begins them. So it has to be *shown* that it is one process:
//!
//! - by the id of the process, the same on both lines, if it is one of a host: in a container each process may have the
//!   same small number;
//! - or by a line that begins a process, before them and in the same file. Where that line was kept, one in between would
//!   have been kept as well. Of a format that has no such line, a line with which a process may begin does;
//! - and no stamp goes back in between, as it does where files are joined;
//! - and no line between says that others are missing: one that a process prints once stands there a second time, or a line tells
//!   another term than the one that was shown last.
//!
//! Two leaders of a term in the logs of two nodes contradict each other only if one of the logs can show where a process begins:
//! [`super::incomparable`].
//!
//! Elsewhere a line that would accuse the node may be the first of another process. A line that no process writes in this state
//! may be as well, such as one that stands again in the term in which it led.

use std::collections::{BTreeSet, HashMap};

use history::Role;
use history::entry::State;

use super::line_parser::{LineParser, Mark};
use super::stamp::Stamp;
use super::story::StoryEntry;

/// Ids up to this one are those of the first processes of a container, which are the same each time. The kernel gives them to
/// nobody else once it has counted through.
const RESERVED: u64 = 300;

/// Lines of one process may be out of order by so much: several threads write them. Nanoseconds.
const BACK: i64 = 100_000_000;

/// An id that two processes of a log do not share.
pub(super) fn is_process(id: u64) -> bool {
    id > RESERVED
}

/// A stamp goes back further than threads of one process may be apart.
pub(super) fn goes_back(before: Stamp, now: Stamp) -> bool {
    let alike = before.zone.is_some() == now.zone.is_some() && before.year == now.year;
    alike && now.nanos.saturating_add(now.width).saturating_add(BACK) < before.nanos
}

/// Where another process may have begun, of which no line was kept that says so: it printed what a process prints once. It
/// began somewhere between the first such line and the second. So there is a place after the one and a place before the other.
pub(super) fn begun_unseen(story: &[StoryEntry], parser: &LineParser) -> BTreeSet<usize> {
    let (mut places, mut printed): (BTreeSet<usize>, HashMap<String, usize>) = (BTreeSet::new(), HashMap::new());
    let mut process = None;
    for (at, entry) in story.iter().enumerate() {
        let (kept, before) = (&entry.kept, process);
        process = kept.process.or(process);
        let begins = matches!(parser.mark(&kept.text), Some(Mark::Begins(_) | Mark::Reboot | Mark::Anew));
        if begins || entry.seam || kept.hole.is_some() || (before.is_some() && before != process) {
            printed.clear();
        }
        let Some(text) = parser.once(&kept.text) else { continue };
        if let Some(before) = printed.get(&text) {
            places.extend([before + 1, at]);
            printed.clear();
        }
        printed.insert(text, at);
    }
    places
}

/// What a line means behind those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clash {
    /// Within one process it accuses the node.
    Accuses,
    /// A process of this state does not write it.
    Odd,
}

/// What an observer has shown of the process that runs.
#[derive(Debug, Default)]
pub(super) struct Course {
    term: Option<u64>,
    /// The last role was that of a leader.
    leads: bool,
    /// Each with its term.
    role: Option<(u64, Role)>,
    vote: Option<(u64, String)>,
    leader: Option<(u64, String)>,
}

impl Course {
    /// What follows does not go with what was shown.
    pub(super) fn clash(&self, node: &str, said: &State<'_>) -> Option<Clash> {
        let Some(term) = said.term else {
            // A leader gives way before it hears of another leader.
            let hears = role(said).is_none() && leader(node, said).is_some_and(|leader| leader != node);
            return (hears && self.leads).then_some(Clash::Odd);
        };
        let falls = self.term.is_some_and(|before| term < before);
        let other = |before: &Option<(u64, String)>, now: Option<&str>| {
            before.as_ref().is_some_and(|(of, before)| *of == term && now != Some(before.as_str()))
        };
        let votes = said.vote.as_ref().is_some_and(|vote| other(&self.vote, vote.as_deref()));
        let leads = leader(node, said).is_some_and(|leader| other(&self.leader, Some(leader)));
        if falls || votes || leads {
            return Some(Clash::Accuses);
        }
        let before = self.role.filter(|(of, _)| *of == term).map(|(_, role)| role);
        let again = role(said) == Some(Role::Candidate) && matches!(before, Some(Role::Follower | Role::Leader));
        again.then_some(Clash::Odd)
    }

    /// Takes what a line shows.
    pub(super) fn take(&mut self, node: &str, said: &State<'_>) {
        self.leads = role(said).map_or(self.leads, |role| role == Role::Leader);
        let Some(term) = said.term else { return };
        self.term = Some(term);
        self.role = role(said).map(|role| (term, role)).or(self.role.take());
        if let Some(Some(vote)) = &said.vote {
            self.vote = Some((term, vote.clone().into_owned()));
        }
        if let Some(leader) = leader(node, said) {
            self.leader = Some((term, leader.to_owned()));
        }
    }
}

fn role(said: &State<'_>) -> Option<Role> {
    said.role.as_ref().and_then(|role| role.known())
}

/// The node that a line calls the leader of its term.
fn leader<'a>(node: &'a str, said: &'a State<'_>) -> Option<&'a str> {
    match role(said) {
        Some(Role::Leader) => Some(node),
        _ => said.leader.as_ref()?.as_deref(),
    }
}
