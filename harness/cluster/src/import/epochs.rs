//! Deals the incarnations of all nodes out to lives of the cluster.

use super::lives::Incarnation;
use super::stamp::Stamp;
use super::story::StoryEntry;

pub(super) struct Epoch {
    /// What it is called besides.
    pub(super) name: Option<String>,
    /// The nodes in it, with their incarnations.
    pub(super) members: Vec<(usize, Vec<Incarnation>)>,
    /// They are of one life of the cluster, as far as the data of each node is certain. Else their lives only have the same number.
    pub(super) sure: bool,
}

/// When nodes have come back with other data, by their own clocks: not before the first, not after the second.
pub(super) fn changes(
    lived: &[(usize, Vec<Incarnation>)],
    stories: &[(String, Vec<StoryEntry>)],
) -> Vec<(Stamp, Stamp)> {
    let mut all = Vec::new();
    for (at, lived) in lived {
        let changed = lived.windows(2).filter(|pair| pair[0].life != pair[1].life).map(|pair| &pair[1]);
        all.extend(changed.filter_map(|one| begun(one, &stories[*at].1)));
    }
    all
}

/// When an incarnation began: with the line that begins it, else after the line before its first one.
pub(super) fn begun(one: &Incarnation, story: &[StoryEntry]) -> Option<(Stamp, Stamp)> {
    let stamp = |at: usize| story.get(at)?.kept.stamp;
    if let Some(begins) = one.begins.and_then(stamp) {
        return Some((begins, begins));
    }
    let first = one.lines.first()?.entry;
    let after = one.lines.iter().find_map(|line| stamp(line.entry))?;
    let before = (0..first).rev().find_map(stamp).filter(|before| before.nanos <= after.nanos);
    Some((before.unwrap_or(after), after))
}

/// Deals the incarnations out by lives. No finding is made across lives, and an incarnation whose life is unknown is judged by itself.
pub(super) fn epochs(lived: Vec<(usize, Vec<Incarnation>)>, stories: &[(String, Vec<StoryEntry>)]) -> Vec<Epoch> {
    let lives = |lived: &[Incarnation]| lived.iter().map(|one| one.life).max().unwrap_or(0) + 1;
    let most = lived.iter().map(|(_, lived)| lives(lived)).max().unwrap_or(1);
    if most == 1 {
        return vec![Epoch { name: None, members: lived, sure: true }];
    }
    let when = |at: usize, lived: &[Incarnation]| {
        let stamps = lived.iter().flat_map(|one| &one.lines).filter_map(|line| stories[at].1[line.entry].kept.stamp);
        let nanos: Vec<i64> = stamps.map(|stamp| stamp.nanos).collect();
        Some((*nanos.iter().min()?, *nanos.iter().max()?))
    };
    let (whole, rest): (Vec<_>, Vec<_>) = lived.into_iter().partition(|(_, lived)| lives(lived) == most);
    let mut parts: Vec<Vec<(usize, Vec<Incarnation>)>> = (0..most).map(|_| Vec::new()).collect();
    for (at, lived) in whole {
        for one in lived {
            let part = &mut parts[one.life];
            match part.last_mut().filter(|(last, _)| *last == at) {
                Some((_, all)) => all.push(one),
                None => part.push((at, vec![one])),
            }
        }
    }
    let times: Vec<Option<(i64, i64)>> = parts
        .iter()
        .map(|part| {
            let all: Option<Vec<_>> = part.iter().map(|(at, lived)| when(*at, lived)).collect();
            let all = all?;
            Some((all.iter().map(|times| times.0).min()?, all.iter().map(|times| times.1).max()?))
        })
        .collect();
    // One life ends on all nodes before the next one begins on any.
    let sure = times.windows(2).all(|pair| matches!(pair, [Some(before), Some(after)] if before.1 <= after.0));
    let mut separate: Vec<(usize, Vec<Incarnation>)> = Vec::new();
    for (at, lived) in rest {
        let Some(places) = places(&lived, &times, &|lived| when(at, lived)) else {
            separate.push((at, lived));
            continue;
        };
        for (part, life) in parts.iter_mut().zip(places) {
            let of: Vec<Incarnation> = lived.iter().filter(|one| Some(one.life) == life).cloned().collect();
            part.extend((!of.is_empty()).then_some((at, of)));
        }
    }
    let mut all: Vec<Epoch> = Vec::new();
    for (members, number) in parts.into_iter().zip(1..) {
        all.push(Epoch { name: Some(format!("life-{number}")), members, sure });
    }
    for (at, lived) in separate {
        let count = lives(&lived);
        for life in 0..count {
            let of: Vec<Incarnation> = lived.iter().filter(|one| one.life == life).cloned().collect();
            let name = if count == 1 { stories[at].0.clone() } else { format!("{}-life-{}", stories[at].0, life + 1) };
            all.push(Epoch { name: Some(name), members: vec![(at, of)], sure: true });
        }
    }
    for epoch in &mut all {
        epoch.members.sort_by_key(|(at, _)| *at);
    }
    all
}

/// Which life of a node belongs to each part, by the times in which they went on. A member of which the data was not replaced is in the
/// parts of before and of afterwards. None: a life is of no part, or two are of one.
fn places(
    lived: &[Incarnation],
    parts: &[Option<Span>],
    when: &dyn Fn(&[Incarnation]) -> Option<Span>,
) -> Option<Vec<Option<usize>>> {
    let count = lived.iter().map(|one| one.life).max().unwrap_or(0) + 1;
    let mut places = vec![None; parts.len()];
    for life in 0..count {
        let of: Vec<Incarnation> = lived.iter().filter(|one| one.life == life).cloned().collect();
        let own = when(&of)?;
        let mut met = false;
        for (place, part) in places.iter_mut().zip(parts) {
            let part = (*part)?;
            if own.0 <= part.1 && part.0 <= own.1 {
                met = true;
                if place.replace(life).is_some() {
                    return None;
                }
            }
        }
        if !met {
            return None;
        }
    }
    Some(places)
}

/// From when to when: nanoseconds.
type Span = (i64, i64);
