//! What is said of logs beside their verdict: how far the hosts' clocks are apart, and when each node saw no leader.

use history::Role;
use history::entry::State;
use history::numbers::seconds;

use super::lives::What;
use super::messages::{Offset, Offsets};
use super::record::Cast;
use super::stamp::{self, Stamp};

/// So many times without a leader are told: the longest.
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
pub(super) fn clocks(cast: &[Cast<'_>], offsets: &Offsets) -> Vec<String> {
    let Some(reference) = cast.get(offsets.reference).map(|cast| cast.node) else { return Vec::new() };
    let mut said = Vec::new();
    for (node, cast) in cast.iter().enumerate().filter(|(node, _)| *node != offsets.reference) {
        let known: Vec<Option<Offset>> = offsets.of_node(node).collect();
        let words: Vec<String> = known.iter().flatten().map(|known| offset(*known, reference)).collect();
        said.push(match words.as_slice() {
            [] => format!("the clock of {}: no lines bound it from both sides", cast.node),
            [only] if known.len() == 1 => format!("the clock of {} was {only}", cast.node),
            [first, ..] => {
                format!("the clock of {} was {first}; {} stretches differ", cast.node, known.len())
            }
        });
    }
    for jump in &offsets.jumps {
        let [first, second] = jump.nodes.map(|node| cast[node].node);
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
pub(super) fn without_leader(cast: &[Cast<'_>]) -> Vec<String> {
    let mut all: Vec<(i64, String)> = Vec::new();
    for cast in cast {
        for Gap { from, to } in gaps(cast) {
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
                    cast.node,
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
/// across a start, or across lines that may be missing, or where the node's lines never name another leader: it may have
/// followed one without a word.
fn gaps(cast: &Cast<'_>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let all = cast.incarnations.iter().flat_map(|one| one.said());
    if !all.into_iter().any(|(_, said)| role(said) != Some(Role::Leader) && matches!(said.leader, Some(Some(_)))) {
        return gaps;
    }
    for one in &cast.incarnations {
        let (mut led, mut since): (Option<u64>, Option<Stamp>) = (None, None);
        for line in &one.lines {
            let What::Said(_, said) = &line.what else {
                (led, since) = (None, None);
                continue;
            };
            let Some(stamp) = cast.story[line.entry].kept.stamp else { continue };
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

/// A node that followed a leader of this term shows that it follows nobody now.
fn shows_none(said: &State<'_>, led: u64) -> bool {
    let stands = matches!(role(said), Some(Role::Candidate | Role::Precandidate));
    stands || said.leader == Some(None) || said.term.is_some_and(|term| term > led)
}
