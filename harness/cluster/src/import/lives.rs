//! Incarnations and lives of one node, from its lines alone.
//!
//! *An incarnation* is one process. It begins at a line that says so (`begins`), at a reboot, or where the id of the process
//! changes. Such a line may be missing (filtered, rotated away). Then a line that *may* be the first of a process begins a new
//! incarnation as well, if the term did not rise with it. What is not certainly one process is not judged as one. What shows that
//! it is one: [`process`](super::process).
//!
//! *A life* is one set of data: [`data`] finds where it ends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use history::Role;
use history::entry::State;

use super::data;
use super::line_parser::{CONTRACT, Heard, LineParser, Mark};
use super::process::{Clash, Course, begun_unseen, goes_back, is_process};
use super::stamp::Stamp;
use super::story::StoryEntry;
use crate::observe::ids::Ids;

/// Something that a node's line says.
#[derive(Debug, Clone)]
pub enum LineMeaning {
    /// A state, as an observer sees it.
    Said(String, Box<State<'static>>),
    /// Lines may be missing before this one.
    Hole(String),
}

/// A line that says something.
#[derive(Debug, Clone)]
pub struct Line {
    /// Which entry of the node's story.
    pub entry: usize,
    /// What it says.
    pub what: LineMeaning,
}

impl Line {
    /// The term that it shows.
    pub(super) fn term(&self) -> Option<u64> {
        match &self.what {
            LineMeaning::Said(_, said) => said.term,
            LineMeaning::Hole(_) => None,
        }
    }
}

/// One process, as far as its lines tell.
#[derive(Debug, Clone, Default)]
pub struct Incarnation {
    /// A line says that it begins; which entry.
    pub begins: Option<usize>,
    /// It is only possible that another process begins here.
    pub possible: bool,
    /// No line looks like the first one of a process: nothing shows that it is the same one, and so nothing that its data is.
    pub unshown: bool,
    /// Were it the same process, its first state would accuse the node.
    pub accused: bool,
    /// Term, last index of the log, and applied index with which it begins, as far as known.
    pub state: [Option<u64>; 3],
    /// What it says.
    pub lines: Vec<Line>,
    /// The id of its cluster.
    pub cluster: Option<String>,
    /// The id by which it calls itself.
    pub own: Option<String>,
    /// A line says that its data begins anew.
    pub anew: bool,
    /// Where its data is.
    pub data: Option<String>,
    /// A line shows that it found the data of a process before it.
    pub kept: bool,
    /// The id of its process, where its last line has one.
    pub process: Option<u64>,
    /// It is unknown whether its data is that of the incarnation before it.
    pub unsure: bool,
    /// Which life of the node it is of, from 0.
    pub life: usize,
}

impl Incarnation {
    /// The states that it shows.
    pub fn said(&self) -> impl DoubleEndedIterator<Item = (usize, &State<'static>)> {
        self.lines.iter().filter_map(|line| match &line.what {
            LineMeaning::Said(_, said) => Some((line.entry, &**said)),
            LineMeaning::Hole(_) => None,
        })
    }

    /// Lines may be missing before its first one.
    pub(super) fn is_behind_hole(&self) -> bool {
        matches!(self.lines.first(), Some(Line { what: LineMeaning::Hole(_), .. }))
    }

    /// The terms that it shows, in order.
    pub(super) fn terms(&self) -> impl Iterator<Item = u64> {
        self.state[0].into_iter().chain(self.said().filter_map(|(_, said)| said.term))
    }
}

/// Takes a node's lines apart into incarnations, each with its life.
pub fn live(
    node: &str,
    story: &[StoryEntry],
    parser: &LineParser,
    ids: &Arc<Ids>,
    group: Option<&str>,
) -> Vec<Incarnation> {
    let mut finder = LifeFinder {
        node,
        parser,
        ids,
        all: vec![Incarnation::default()],
        cluster: None,
        process: None,
        opened: None,
        stamp: None,
        current: Current::default(),
        beginnings: Vec::new(),
        unseen: begun_unseen(story, parser),
    };
    let mut line_reader = parser.line_reader(node, ids);
    for (at, entry) in story.iter().enumerate() {
        if finder.begins(at, entry) {
            line_reader = parser.line_reader(node, ids);
        }
        if let (Some(wanted), Some(found)) = (group, parser.group(&entry.kept.text))
            && wanted != found
        {
            continue;
        }
        for heard in line_reader.read(&entry.kept.text) {
            finder.take(at, entry, heard);
        }
    }
    let mut all = finder.all;
    all.retain(|one| !one.lines.is_empty() || one.begins.is_some());
    data::split_lives(&mut all, parser);
    all
}

/// What is known of the process that runs.
#[derive(Default)]
struct Current {
    term: Option<u64>,
    /// What each observer has shown of it.
    courses: BTreeMap<String, Course>,
}

/// It says that the node follows.
pub(super) fn follows(said: &State<'_>) -> bool {
    said.role.as_ref().and_then(|role| role.known()) == Some(Role::Follower)
}

struct LifeFinder<'a> {
    node: &'a str,
    parser: &'a LineParser,
    ids: &'a Arc<Ids>,
    all: Vec<Incarnation>,
    /// A cluster's id that came after the last state.
    cluster: Option<String>,
    process: Option<u64>,
    /// In this file lines that begin a process were kept: one was seen, and nothing since that shows that others were not.
    opened: Option<usize>,
    /// The last time, and in which file.
    stamp: Option<(usize, Stamp)>,
    current: Current,
    /// The expressions of `begins` that matched since something was said.
    beginnings: Vec<usize>,
    /// Where another process may have begun, by what processes print once.
    unseen: BTreeSet<usize>,
}

impl LifeFinder<'_> {
    fn now(&mut self) -> &mut Incarnation {
        if self.all.is_empty() {
            self.all.push(Incarnation::default());
        }
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    /// Begins an incarnation, unless nothing has been said in the one that runs.
    fn begin(&mut self, fresh: Incarnation) {
        if self.now().said().next().is_some() {
            self.all.push(fresh);
        } else {
            let now = self.now();
            let (lines, cluster) = (std::mem::take(&mut now.lines), now.cluster.take());
            let state = [0, 1, 2].map(|at| fresh.state[at].or(now.state[at]));
            let begins = fresh.begins.or(now.begins);
            let own = fresh.own.clone().or(now.own.take());
            let (anew, kept) = (now.anew, now.kept);
            let data = fresh.data.clone().or(now.data.take());
            *now = Incarnation {
                lines,
                cluster: fresh.cluster.clone().or(cluster),
                state,
                begins,
                own,
                anew,
                data,
                kept,
                possible: fresh.possible && begins.is_none(),
                ..fresh
            };
        }
        self.current = Current::default();
    }

    /// What a line says besides its state. True: another process begins.
    fn begins(&mut self, at: usize, entry: &StoryEntry) -> bool {
        let mut fresh = false;
        let (process, text) = (entry.kept.process, &entry.kept.text);
        if let (Some(before), Some(now)) = (self.process, process)
            && before != now
        {
            self.begin(Incarnation { begins: Some(at), ..Incarnation::default() });
            (fresh, self.opened) = (true, None);
        }
        self.process = process.or(self.process);
        if let Some(stamp) = entry.kept.stamp {
            if self.stamp.is_some_and(|(file, before)| file == entry.file && goes_back(before, stamp)) && !fresh {
                self.begin(Incarnation { possible: true, unshown: true, ..Incarnation::default() });
                (fresh, self.opened) = (true, None);
            }
            self.stamp = Some((entry.file, stamp));
        }
        if let Some(why) = self.missing(at, entry) {
            // Whatever was lost, a restart may be among it.
            self.begin(Incarnation { possible: !(fresh && entry.seam), ..Incarnation::default() });
            self.now().lines.push(Line { entry: at, what: LineMeaning::Hole(why) });
            fresh = true;
        }
        if let Some(cluster) = self.parser.cluster(text) {
            if self.now().said().next().is_none() {
                self.now().cluster = Some(cluster.clone());
            }
            self.cluster = Some(cluster);
        }
        match self.parser.mark(text) {
            Some(Mark::Reboot) => {
                self.begin(Incarnation { begins: Some(at), ..Incarnation::default() });
                fresh = true;
            }
            Some(Mark::Begins(by)) => {
                self.begins_by(at, by, text);
                fresh = true;
                if self.parser.import.begins[by].each {
                    self.opened = Some(entry.file);
                }
            }
            Some(Mark::Anew) => {
                self.begin(Incarnation { begins: Some(at), ..Incarnation::default() });
                self.now().anew = true;
                fresh = true;
            }
            Some(Mark::Lost) | None => {}
        }
        fresh | self.finds_data(text)
    }

    /// Lines may be missing before this one, and why.
    fn missing(&mut self, at: usize, entry: &StoryEntry) -> Option<String> {
        if entry.seam {
            return Some("another file begins, or lines with one stamp were put in order by somebody else".to_owned());
        }
        let hole = entry.kept.hole.clone();
        let again = || {
            let again = self.unseen.contains(&at);
            again.then(|| {
                "what a process prints once stands in the file twice, and no line between begins a process".to_owned()
            })
        };
        let leaps = || {
            let (known, told) = (self.current.term?, self.parser.current(&entry.kept.text)?);
            (known != told).then(|| format!("the line tells of term {told}, and term {known} was shown last"))
        };
        hole.or_else(|| {
            let why = again().or_else(leaps);
            // Where such a line was lost, one that begins a process may be lost as well.
            self.opened = self.opened.filter(|_| why.is_none());
            why
        })
    }

    /// What a line says of the data. True: another process may begin.
    fn finds_data(&mut self, text: &str) -> bool {
        let mut fresh = false;
        if let Some(data) = self.parser.data(text) {
            // A process says it when it begins, and no line before said that it does.
            if self.now().data.as_ref() != Some(&data) && self.now().said().next().is_some() {
                self.begin(Incarnation { possible: true, ..Incarnation::default() });
                fresh = true;
            }
            self.now().data = Some(data);
        }
        if self.now().begins.is_some() && self.now().said().next().is_none() && self.parser.keeps_data(text) {
            self.now().kept = true;
        }
        fresh
    }

    /// A line that begins an incarnation, by an expression of `begins`.
    fn begins_by(&mut self, at: usize, by: usize, text: &str) {
        let begin = &self.parser.import.begins[by];
        if self.beginnings.contains(&by) {
            // What the process before it found, which said nothing, is not found by this one.
            self.beginnings.clear();
            self.now().kept = false;
        }
        self.beginnings.push(by);
        let message = self.parser.message(text);
        let captures = begin.re.captures(&message);
        let number = |name| captures.as_ref()?.name(name)?.as_str().parse().ok();
        let own = captures.as_ref().and_then(|captures| Some(captures.name("self")?.as_str().to_owned()));
        if let Some(own) = &own {
            self.parser.observers.iter().for_each(|each| self.ids.learn(&each.name, own, self.node));
        }
        let mut fresh = Incarnation {
            begins: Some(at),
            state: [number("term"), number("index"), number("applied")],
            cluster: self.cluster.take(),
            own,
            ..Incarnation::default()
        };
        fresh.lines = self.pulled(begin.before as usize);
        if fresh.lines.is_empty() {
            return self.begin(fresh);
        }
        // The lines before it belong to the new process.
        let pulled = std::mem::take(&mut fresh.lines);
        let emptied = self.now().said().next().is_none();
        if !emptied {
            self.all.push(fresh);
        } else {
            let now = self.now();
            now.begins = fresh.begins;
            now.state = fresh.state;
            now.possible = false;
            now.own = fresh.own.or(now.own.take());
            now.cluster = fresh.cluster.or(now.cluster.take());
        }
        self.current = Current { term: pulled.iter().rev().find_map(Line::term), ..Current::default() };
        self.now().lines.extend(pulled);
    }

    /// Takes up to so many of the last lines that may be the first of a process.
    fn pulled(&mut self, most: usize) -> Vec<Line> {
        let mut pulled = Vec::new();
        let may_begin = self.parser.import.may_begin.is_empty();
        while pulled.len() < most {
            let now = self.now();
            let takes = now.lines.last().is_some_and(|line| match &line.what {
                LineMeaning::Said(_, said) => follows(said) || may_begin,
                LineMeaning::Hole(_) => false,
            });
            match now.lines.pop() {
                Some(line) if takes => pulled.insert(0, line),
                Some(line) => {
                    now.lines.push(line);
                    break;
                }
                None => break,
            }
        }
        pulled
    }

    /// A state, or something that cannot be read.
    fn take(&mut self, at: usize, entry: &StoryEntry, heard: Heard) {
        let (observer, said, own) = match heard {
            Heard::Unreadable(why) => {
                let line = Line { entry: at, what: LineMeaning::Hole(why) };
                return self.now().lines.push(line);
            }
            Heard::Said { observer, said, own } => (observer, said, own),
        };
        self.beginnings.clear();
        let text = &entry.kept.text;
        if data::is_emptied(self.now(), &observer, &said) {
            self.begin(Incarnation { possible: true, ..Incarnation::default() });
            self.now().anew = true;
        } else if let Some(fresh) = self.may_begin(&observer, entry, &said) {
            self.begin(fresh);
        }
        if let (Some(before), Some(own)) = (self.now().own.clone(), &own)
            && before != *own
        {
            self.begin(Incarnation { possible: true, ..Incarnation::default() });
            self.opened = None;
        }
        if self.parser.import.begins.is_empty()
            && self.now().said().next().is_none()
            && self.is_first(&observer, text, &said)
        {
            self.opened = Some(entry.file);
        }
        self.cluster = None;
        self.current.term = said.term.or(self.current.term);
        let node = self.node;
        self.current.courses.entry(observer.clone()).or_default().take(node, &said);
        let now = self.now();
        now.own = own.or(now.own.take());
        now.process = entry.kept.process;
        now.lines.push(Line { entry: at, what: LineMeaning::Said(observer, said) });
    }

    /// Another process may begin with this line, of which no line says that it does.
    fn may_begin(&mut self, observer: &str, entry: &StoryEntry, said: &State<'static>) -> Option<Incarnation> {
        self.now().said().next()?;
        let StoryEntry { kept, file, .. } = entry;
        if kept.process.is_some_and(is_process) && self.parser.knows_beginnings() {
            return None;
        }
        let falls = said.term.zip(self.current.term).is_some_and(|(now, before)| now < before);
        let same = said.term == self.current.term || said.term.is_none();
        if self.is_first(observer, &kept.text, said) {
            // A process that falls back to an older term has other data, and that may hold a vote.
            let holds = !self.says_first(observer) && matches!(said.vote, Some(Some(_)));
            return (falls || (same && !holds)).then(|| Incarnation { possible: true, ..Incarnation::default() });
        }
        let clash = self.current.courses.get(observer)?.clash(self.node, said)?;
        let accused = clash == Clash::Accuses;
        (self.opened != Some(*file)).then(|| Incarnation {
            possible: true,
            unshown: true,
            accused,
            ..Incarnation::default()
        })
    }

    /// The format says by expressions which lines may be the first of a process.
    fn says_first(&self, observer: &str) -> bool {
        observer != CONTRACT && !self.parser.import.may_begin.is_empty()
    }

    /// A line looks like the first one of a process.
    fn is_first(&self, observer: &str, text: &str, said: &State<'static>) -> bool {
        if self.says_first(observer) {
            let message = self.parser.message(text);
            return self.parser.import.may_begin.iter().any(|re| re.is_match(&message));
        }
        let durable =
            observer == CONTRACT || self.parser.observers.iter().any(|each| each.name == observer && each.durable);
        (self.parser.knows_beginnings() || durable) && said.term.is_some() && follows(said)
    }
}
