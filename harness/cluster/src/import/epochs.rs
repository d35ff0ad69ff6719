//! Deals the incarnations of all nodes out to lives of the cluster.

use super::lives::Incarnation;
use super::story::Entry;

/// A history.
pub(super) struct Epoch {
    /// What it is called besides.
    pub(super) name: Option<String>,
    /// Who is in it, with which incarnations.
    pub(super) cast: Vec<(usize, Vec<Incarnation>)>,
    /// They are of one life of the cluster, as far as the data of each node is certain. Else their lives only have the same number.
    pub(super) sure: bool,
}

/// Deals the incarnations out by lives. No finding is made across lives, and whose life cannot be told is judged apart.
pub(super) fn epochs(lived: Vec<(usize, Vec<Incarnation>)>, stories: &[(String, Vec<Entry>)]) -> Vec<Epoch> {
    let lives = |lived: &[Incarnation]| lived.iter().map(|one| one.life).max().unwrap_or(0) + 1;
    let most = lived.iter().map(|(_, lived)| lives(lived)).max().unwrap_or(1);
    if most == 1 {
        return vec![Epoch { name: None, cast: lived, sure: true }];
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
    let (mut across, mut apart): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
    for (at, lived) in rest {
        let own = when(at, &lived);
        let meets =
            |times: &Option<(i64, i64)>| own.zip(*times).map(|(own, times)| own.0 <= times.1 && times.0 <= own.1);
        let met: Option<Vec<bool>> = times.iter().map(meets).collect();
        match met {
            Some(met) if lives(&lived) == 1 && met.iter().filter(|met| **met).count() == 1 => {
                if let Some(part) = met.iter().position(|met| *met) {
                    parts[part].push((at, lived));
                }
            }
            Some(met) if lives(&lived) == 1 && met.iter().all(|met| *met) => across.push((at, lived)),
            _ => apart.push((at, lived)),
        }
    }
    let mut all: Vec<Epoch> = Vec::new();
    for (cast, number) in parts.into_iter().zip(1..) {
        all.push(Epoch { name: Some(format!("life-{number}")), cast, sure });
    }
    if !across.is_empty() {
        all.push(Epoch { name: Some("unchanged".to_owned()), cast: across, sure: true });
    }
    for (at, lived) in apart {
        let count = lives(&lived);
        for life in 0..count {
            let of: Vec<Incarnation> = lived.iter().filter(|one| one.life == life).cloned().collect();
            let name = if count == 1 { stories[at].0.clone() } else { format!("{}-life-{}", stories[at].0, life + 1) };
            all.push(Epoch { name: Some(name), cast: vec![(at, of)], sure: true });
        }
    }
    for epoch in &mut all {
        epoch.cast.sort_by_key(|(at, _)| *at);
    }
    all
}
