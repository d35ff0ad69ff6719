//! What is said of logs beside their verdict: how far the hosts' clocks are apart, and when each node saw no leader.

use history::Role;
use history::entry::State;
use history::numbers::seconds;

use super::lives::LineMeaning;
use super::messages::{Offset, Offsets};
use super::record::LoggedNode;
use super::stamp::{self, Stamp};

/// So many times without a leader are reported: the longest.
const MOST: usize = 5;

/// A clock against another one's, in words.
pub(super) fn offset(offset: Offset, reference: &str) -> String {
    let far = seconds(offset.ahead.unsigned_abs());
    let width = seconds(offset.width);
    match offset.ahead {
        0 => format!("as {reference}'s, give or take {width}"),
        1.. => format!("{far} ahead of {reference}'s, give or take {width}"),
        _ => format!("{far} behind {reference}'s, give or take {width}"),
    }
}

/// What is known of each clock, and where it contradicts itself.
pub(super) fn clocks(members: &[LoggedNode<'_>], offsets: &Offsets) -> Vec<String> {
    let Some(reference) = members.get(offsets.reference).map(|member| member.node) else { return Vec::new() };
    let mut said = Vec::new();
    for (node, member) in members.iter().enumerate().filter(|(node, _)| *node != offsets.reference) {
        let known: Vec<Option<Offset>> = offsets.of_node(node).collect();
        let words: Vec<String> = known.iter().flatten().map(|known| offset(*known, reference)).collect();
        said.push(match words.as_slice() {
            [] => format!("the clock of {}: no lines bound it from both sides", member.node),
            [only] if known.len() == 1 => format!("the clock of {} was {only}", member.node),
            [first, ..] => {
                format!("the clock of {} was {first}; {} stretches differ", member.node, known.len())
            }
        });
    }
    for jump in &offsets.jumps {
        let [first, second] = jump.nodes.map(|node| members[node].node);
        let at = stamp::shown(jump.at);
        said.push(format!(
            "a clock jumped or drifted: {first} and {second} contradict what was before {at} on {second}"
        ));
    }
    said
}

/// A time in which a node saw no leader.
struct Gap {
    from: Stamp,
    to: Stamp,
}

/// The longest times in which a node saw no leader, by its own clock.
pub(super) fn without_leader(members: &[LoggedNode<'_>]) -> Vec<String> {
    let mut all: Vec<(i64, String)> = Vec::new();
    for member in members {
        for Gap { from, to } in gaps(member) {
            let long = to.nanos - from.nanos;
            let shown = |stamp: Stamp| match stamp.year {
                true => stamp::shown(stamp.nanos),
                false => stamp::shown(stamp.nanos)[5..].to_owned(),
            };
            let lasted = seconds(u64::try_from(long).unwrap_or(0));
            let blur = match from.width.max(to.width) {
                0 | 1 => String::new(),
                width => format!(", give or take {}", seconds(width.unsigned_abs())),
            };
            all.push((
                long,
                format!(
                    "{} saw no leader from {} to {} by its own clock: {lasted}{blur}",
                    member.node,
                    shown(from),
                    shown(to)
                ),
            ));
        }
    }
    all.sort_by_key(|(long, _)| std::cmp::Reverse(*long));
    all.truncate(MOST);
    all.into_iter().map(|(_, said)| said).collect()
}

/// When a node saw no leader: from the first line that shows it without one to the next that shows one. Nothing is concluded
/// across a start, or across lines that may be missing. The same holds where the node's lines never name another leader: it may
/// have followed one without a word.
fn gaps(member: &LoggedNode<'_>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let all = member.incarnations.iter().flat_map(|one| one.said());
    if !all.into_iter().any(|(_, said)| role(said) != Some(Role::Leader) && matches!(said.leader, Some(Some(_)))) {
        return gaps;
    }
    for one in &member.incarnations {
        let (mut led, mut since): (Option<u64>, Option<Stamp>) = (None, None);
        for line in &one.lines {
            let LineMeaning::Said(_, said) = &line.what else {
                (led, since) = (None, None);
                continue;
            };
            let Some(stamp) = member.story[line.entry].kept.stamp else { continue };
            if sees_leader(said) {
                gaps.extend(since.take().filter(|from| from.nanos < stamp.nanos).map(|from| Gap { from, to: stamp }));
                led = said.term.or(led).or(Some(0));
            } else if led.is_some_and(|led| shows_none(said, led)) {
                since = Some(stamp);
                led = None;
            }
        }
    }
    gaps
}

fn role(said: &State<'_>) -> Option<Role> {
    said.role.as_ref().and_then(|role| role.known())
}

fn sees_leader(said: &State<'_>) -> bool {
    role(said) == Some(Role::Leader) || matches!(said.leader, Some(Some(_)))
}

/// A node that followed a leader of this term shows that it follows no node now.
fn shows_none(said: &State<'_>, led: u64) -> bool {
    let stands = matches!(role(said), Some(Role::Candidate | Role::Precandidate));
    stands || said.leader == Some(None) || said.term.is_some_and(|term| term > led)
}
