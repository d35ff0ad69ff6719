//! Whether a process has the data of the one before it.
//!
//! *A life* is one set of data. It ends where the id of the node or of its cluster or the place of the data changes. It also ends
//! where an incarnation begins anew after terms had been shown: at term 0, with an empty log, or with the log of a restored
//! snapshot. Where a format does not say with which state a process begins, a fall of the term has to be taken for the end of a
//! life.
//!
//! The data is the same in three cases. A process shows the state with which it begins, and that is no state of new data. It
//! shows that its log was not empty before it heard of a leader. Or the node keeps an id with its data and it is the same id.
//! Behind a place where lines may be missing no start shows that: the start that began the other data may be among them. There
//! the data is the same if the process is, by its id, or if a long log goes on where that of before ended. Otherwise nobody
//! knows, though the term may not fall: two clusters one after the other may both have reached term 1 only.

use history::Role;
use history::entry::State;

use super::line_parser::{CONTRACT, LineParser};
use super::lives::{Incarnation, LineMeaning, follows};
use super::process::is_process;

/// The highest term at which new data begins, where a format does not say.
const FRESH: u64 = 1;

/// A log of so many entries is long. Where another one ends at the same place but for a hundredth of it, it is the same log.
const LONG: u64 = 1000;

/// What a node has shown in the life that goes on.
#[derive(Default)]
struct Before {
    /// It has said something, though perhaps no term.
    said: bool,
    term: Option<u64>,
    applied: Option<u64>,
    index: Option<u64>,
    cluster: Option<String>,
    own: Option<String>,
    data: Option<String>,
    process: Option<u64>,
    /// Lines that tell of another leader were kept, beside those that show a role.
    hears: bool,
}

/// Says of each incarnation which life it is of, and of which this is not known.
pub(super) fn split_lives(all: &mut [Incarnation], parser: &LineParser) {
    let hears = all.iter().flat_map(Incarnation::said).any(|(_, said)| hears(said));
    let (mut life, mut before) = (0, Before { hears, ..Before::default() });
    for one in all {
        if before.is_other(one, parser) {
            life += 1;
            (before.term, before.applied, before.index) = (None, None, None);
        } else {
            one.unsure = before.said && !before.is_same(one, parser);
        }
        one.life = life;
        before.take(one);
    }
}

impl Before {
    /// The data is certainly not the same.
    fn is_other(&self, one: &Incarnation, parser: &LineParser) -> bool {
        let differs =
            |before: &Option<String>, now: &Option<String>| before.is_some() && now.is_some() && before != now;
        let [term, index, applied] = one.state;
        let fresh = parser.import.fresh;
        let begun = term.or(one.terms().next());
        let fell = begun.zip(self.term).is_some_and(|(begun, before)| begun < before);
        let anew = self.term.is_some_and(|before| before > 0)
            && (term == Some(0)
                || index == Some(0)
                || begun.is_some_and(|begun| fell && fresh.is_none_or(|fresh| begun <= fresh))
                || self.is_empty(one));
        let older = applied.zip(self.applied).is_some_and(|(now, before)| now < before);
        differs(&self.cluster, &one.cluster)
            || differs(&self.own, &one.own)
            || differs(&self.data, &one.data)
            || anew
            || older
            || (one.anew && self.term.is_some())
    }

    /// It shows an empty log, and that of before was none, or its term is not above those of before.
    fn is_empty(&self, one: &Incarnation) -> bool {
        let Some((observer, said, [_, index])) = logs(one).next() else { return false };
        let again = said.term.zip(self.term).is_some_and(|(now, before)| now <= before);
        index == 0 && (self.index.is_some_and(|before| before > 0) || (observer != CONTRACT && again))
    }

    /// The data is certainly the same.
    fn is_same(&self, one: &Incarnation, parser: &LineParser) -> bool {
        // Where a line begins a process it is another one: after a reboot it may have the same id.
        let goes_on = one.begins.is_none() && one.process.is_some_and(is_process);
        if goes_on && one.process == self.process {
            return true;
        }
        if parser.import.keeps_id && self.own.is_some() && self.own == one.own {
            return true;
        }
        if one.is_behind_hole() {
            return self.goes_on(one);
        }
        if one.kept {
            return true;
        }
        if one.unshown {
            // Its first line is none with which a process begins: it says nothing of the state in which it began.
            return false;
        }
        let first = one.lines.iter().find_map(|line| match &line.what {
            LineMeaning::Said(observer, said) => Some((observer.as_str(), &**said)),
            LineMeaning::Hole(_) => None,
        });
        let contract = first.is_some_and(|(observer, _)| observer == CONTRACT);
        // Formats of which this is known show the term with which a process begins at first, by a line that it follows.
        let follows = first.is_some_and(|(_, said)| follows(said));
        let shown = contract || one.state[0].is_some() || (parser.import.fresh.is_some() && follows);
        let begun = one.state[0].or(one.terms().next()).filter(|_| shown);
        let fell = begun.zip(self.term).is_some_and(|(begun, before)| begun < before);
        if fell && self.is_shorter(one) {
            return false;
        }
        let voted = contract && first.is_some_and(|(_, said)| matches!(said.vote, Some(Some(_))));
        voted
            || begun.is_some_and(|begun| begun > parser.import.fresh.unwrap_or(FRESH))
            || (one.begins.is_some() && parser.import.fresh.is_none() && self.shows_all(one) && begins_with_log(one))
    }

    /// Its log is shorter than that of before, by more than an entry that was written last.
    fn is_shorter(&self, one: &Incarnation) -> bool {
        one.state[1].zip(self.index).is_some_and(|(begun, before)| begun + 1 < before)
    }

    /// A long log goes on where that of before ended.
    fn goes_on(&self, one: &Incarnation) -> bool {
        let begun = one.state[1].or(logs(one).next().map(|(_, _, [_, index])| index));
        begun.zip(self.index).is_some_and(|(begun, before)| begun > LONG && before.abs_diff(begun) <= before / 100)
    }

    /// A line of a leader that might have filled the log would have been kept: others were, or such as have nothing to do with elections.
    fn shows_all(&self, one: &Incarnation) -> bool {
        self.hears || (one.data.is_some() && one.data == self.data)
    }

    fn take(&mut self, one: &Incarnation) {
        self.said |= one.said().next().is_some();
        self.term = one.terms().max().max(self.term);
        self.process = one.process;
        self.applied = one.state[2].max(self.applied);
        self.index = logs(one).map(|(_, _, [_, index])| index).max().max(one.state[1]).max(self.index);
        for (before, now) in [(&mut self.cluster, &one.cluster), (&mut self.own, &one.own), (&mut self.data, &one.data)]
        {
            *before = now.clone().or(before.take());
        }
    }
}

/// The logs that an incarnation shows as its own.
fn logs(one: &Incarnation) -> impl Iterator<Item = (&str, &State<'static>, [u64; 2])> {
    one.lines.iter().filter_map(|line| match &line.what {
        LineMeaning::Said(observer, said) => Some((observer.as_str(), &**said, said.log?)),
        LineMeaning::Hole(_) => None,
    })
}

/// Its log is not empty before it has heard of a leader, which might have filled it.
fn begins_with_log(one: &Incarnation) -> bool {
    for line in &one.lines {
        let LineMeaning::Said(_, said) = &line.what else { return false };
        if let Some([_, index]) = said.log {
            return index > 0;
        }
        if leads(said) || matches!(said.leader, Some(Some(_))) {
            return false;
        }
    }
    false
}

/// It tells of another leader, and of nothing else.
fn hears(said: &State<'_>) -> bool {
    said.role.is_none() && matches!(said.leader, Some(Some(_)))
}

fn leads(said: &State<'_>) -> bool {
    said.role.as_ref().and_then(|role| role.known()) == Some(Role::Leader)
}

/// A log is empty which was not: no process does that. A leader has written into its log, unless there is nothing to write.
pub(super) fn is_emptied(now: &Incarnation, observer: &str, said: &State<'static>) -> bool {
    if said.log.is_none_or(|[_, index]| index > 0) {
        return false;
    }
    let filled = logs(now).any(|(_, _, [_, index])| index > 0);
    let led = now.said().any(|(_, before)| leads(before) && said.term <= before.term);
    filled || (led && observer != CONTRACT)
}
