//! What of a disk would survive a power cut, and how more of it comes to be that.
//!
//! Changes of names, sizes and rights are *steps*. They wait in the order in which they were made, as in the journal of a file
//! system. Bytes wait as dirty pages in the live image. What moves either of them to the durable image is the [`Model`].

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::time::Duration;

use history::run::Model;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::content::{Content, PAGE, Page};
use super::image::{Attributes, Image, Kind, Node, Number, ROOT};

/// Names are committed when they are so old ([`Model::Strict`]: never).
const NAMES: Duration = Duration::from_secs(5);

/// Data is written when it is so old.
const DATA: Duration = Duration::from_secs(30);

/// One change that is not data.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// A name in a folder stands for something else now, or for nothing.
    Name { folder: Number, name: OsString, to: Option<(Number, Kind, Attributes)> },
    /// A file became so long.
    Size { file: Number, size: u64 },
    /// Zeros were made in a file.
    Zero { file: Number, offset: u64, length: u64 },
    /// The rights or times of something.
    About { number: Number, about: Attributes },
}

/// Dirty pages of a file, as they were at one moment.
#[derive(Debug, Clone)]
pub(super) struct Along {
    pub(super) file: Number,
    pub(super) pages: Vec<(u64, Option<Page>)>,
    pub(super) size: u64,
}

/// Changes that are made together or not at all.
#[derive(Debug, Clone)]
struct Step {
    at: Duration,
    changes: Vec<Change>,
    along: Option<Along>,
}

/// The pages of a file that were not synced, and since when there are any.
#[derive(Debug, Clone, Default)]
pub(super) struct Dirty {
    pub(super) pages: BTreeSet<u64>,
    pub(super) since: Duration,
}

/// The durable image and what waits to get into it.
#[derive(Debug)]
pub(super) struct Durable {
    pub(super) image: Image,
    pub(super) model: Model,
    steps: Vec<Step>,
    pub(super) dirty: BTreeMap<Number, Dirty>,
}

impl Durable {
    pub(super) fn new(image: Image, model: Model) -> Self {
        Self { image, model, steps: Vec::new(), dirty: BTreeMap::new() }
    }

    /// Takes note of changes that were made together.
    pub(super) fn note(&mut self, at: Duration, changes: Vec<Change>, along: Option<Along>) {
        // Only a journal with its heuristics takes the data along.
        let along = along.filter(|_| self.model == Model::Journal);
        self.steps.push(Step { at, changes, along });
    }

    /// Takes note of pages that were written.
    pub(super) fn wrote(&mut self, file: Number, pages: std::ops::Range<u64>, now: Duration) {
        let dirty = self.dirty.entry(file).or_insert_with(|| Dirty { since: now, ..Dirty::default() });
        dirty.pages.extend(pages);
    }

    /// The dirty pages of a file as they are now.
    pub(super) fn snapshot(&self, live: &Image, file: Number) -> Option<Along> {
        let content = live.node(file)?.file()?;
        let dirty = self.dirty.get(&file).map(|dirty| &dirty.pages);
        let pages = dirty.into_iter().flatten().map(|page| (*page, content.page(*page).cloned())).collect();
        Some(Along { file, pages, size: content.size() })
    }

    /// Something of this file is not durable.
    pub(super) fn is_dirty(&self, number: Number) -> bool {
        let touches = |change: &Change| match change {
            Change::Name { folder, to, .. } => {
                *folder == number || to.as_ref().is_some_and(|(named, ..)| *named == number)
            }
            Change::Size { file, .. } | Change::Zero { file, .. } => *file == number,
            Change::About { .. } => false,
        };
        self.dirty.contains_key(&number) || self.steps.iter().any(|step| step.changes.iter().any(touches))
    }

    /// Does what the timers of the model do by themselves until `now`.
    pub(super) fn advance(&mut self, live: &Image, now: Duration) {
        if self.model == Model::Strict {
            return;
        }
        let due = |since: Duration, wait| since.saturating_add(wait) <= now;
        if self.steps.first().is_some_and(|step| due(step.at, NAMES)) {
            self.commit(live);
        }
        let old: Vec<_> =
            self.dirty.iter().filter(|(_, dirty)| due(dirty.since, DATA)).map(|(file, _)| *file).collect();
        for file in old {
            self.flush(live, file);
        }
    }

    /// An fsync that goes well.
    pub(super) fn sync(&mut self, live: &Image, number: Number) {
        match self.model {
            Model::Journal | Model::Torn => self.commit(live),
            Model::Strict => self.apply_only(live, |change| match change {
                Change::Name { folder, .. } => *folder == number,
                Change::Size { file, .. } | Change::Zero { file, .. } => *file == number,
                Change::About { number: about, .. } => *about == number,
            }),
        }
        self.flush(live, number);
    }

    /// An fsync that fails as on Linux: the pages count as clean, and nothing of them is durable.
    pub(super) fn forget_dirty(&mut self, file: Number) {
        self.dirty.remove(&file);
        self.drop_along(file);
    }

    /// Makes all steps durable that wait.
    fn commit(&mut self, live: &Image) {
        for step in std::mem::take(&mut self.steps) {
            self.apply(live, step);
        }
    }

    /// Newer bytes of this file have gone their own way.
    fn drop_along(&mut self, file: Number) {
        for step in &mut self.steps {
            step.along.take_if(|along| along.file == file);
        }
    }

    /// Makes those changes durable, wherever they stand.
    fn apply_only(&mut self, live: &Image, wanted: impl Fn(&Change) -> bool) {
        let mut now = Vec::new();
        for step in &mut self.steps {
            let (apply, wait) = std::mem::take(&mut step.changes).into_iter().partition::<Vec<_>, _>(&wanted);
            step.changes = wait;
            now.extend(apply);
        }
        self.steps.retain(|step| !step.changes.is_empty() || step.along.is_some());
        now.into_iter().for_each(|change| self.change(live, change));
    }

    fn apply(&mut self, live: &Image, step: Step) {
        if let Some(Along { file, pages, size }) = step.along {
            let content = self.file(file);
            for (number, page) in &pages {
                content.take_page(*number, page.as_ref());
            }
            content.set_size(size);
        }
        step.changes.into_iter().for_each(|change| self.change(live, change));
    }

    fn change(&mut self, live: &Image, change: Change) {
        match change {
            Change::Name { folder, name, to } => {
                if let Some((number, kind, about)) = &to {
                    let parent_entry = (folder, name.clone());
                    let fresh = || Node::new(kind.bare(), *about, parent_entry.clone(), *number);
                    let node = self.image.nodes.entry(*number).or_insert_with(fresh);
                    node.names += 1;
                    node.parent_entry = parent_entry;
                }
                let before = match to {
                    Some((number, ..)) => self.folder(folder).insert(name, number),
                    None => self.folder(folder).remove(&name),
                };
                let Some(before) = before else { return };
                if let Some(node) = self.image.nodes.get_mut(&before) {
                    node.names = node.names.saturating_sub(1);
                    if node.names == 0 && !live.nodes.contains_key(&before) {
                        self.image.nodes.remove(&before);
                    }
                }
            }
            Change::Size { file, size } => self.file(file).resize(size),
            Change::Zero { file, offset, length } => self.file(file).zero(offset, length),
            Change::About { number, about } => {
                if let Some(node) = self.image.nodes.get_mut(&number) {
                    node.about = about;
                }
            }
        }
    }

    /// Writes the dirty pages of a file, and its size. What was cut off or made zeros before that cannot come after it.
    fn flush(&mut self, live: &Image, file: Number) {
        self.apply_only(live, |change| cuts(change) == Some(file));
        self.drop_along(file);
        let along = self.snapshot(live, file);
        self.dirty.remove(&file);
        let (Some(Along { pages, size, .. }), Some(node)) = (along, live.node(file)) else { return };
        let about = node.about;
        let content = self.file(file);
        for (number, page) in &pages {
            content.take_page(*number, page.as_ref());
        }
        content.set_size(size);
        if let Some(node) = self.image.nodes.get_mut(&file) {
            node.about = about;
        }
    }

    /// The durable bytes of a file, which has none yet where it was not synced.
    fn file(&mut self, number: Number) -> &mut Content {
        let node = self.node(number, || Kind::File(Content::default()));
        if node.file().is_none() {
            node.kind = Kind::File(Content::default());
        }
        match &mut node.kind {
            Kind::File(content) => content,
            _ => unreachable!("it has just been made a file"),
        }
    }

    fn folder(&mut self, number: Number) -> &mut BTreeMap<OsString, Number> {
        let node = self.node(number, || Kind::Folder(BTreeMap::new()));
        if node.folder().is_none() {
            node.kind = Kind::Folder(BTreeMap::new());
        }
        match &mut node.kind {
            Kind::Folder(names) => names,
            _ => unreachable!("it has just been made a folder"),
        }
    }

    fn node(&mut self, number: Number, kind: impl FnOnce() -> Kind) -> &mut Node {
        let root = self.image.nodes.get(&ROOT).map(|root| root.about);
        self.image.nodes.entry(number).or_insert_with(|| {
            let epoch = std::time::SystemTime::UNIX_EPOCH;
            let nobody = Attributes { mode: 0o600, uid: 0, gid: 0, read: epoch, written: epoch, changed: epoch };
            Node::new(kind(), root.unwrap_or(nobody), (ROOT, OsString::new()), number)
        })
    }

    /// A file has gone from the live image: it is forgotten here too where no name keeps it.
    pub(super) fn gone(&mut self, number: Number) {
        self.dirty.remove(&number);
        let waits = |change: &Change| match change {
            Change::Name { folder, name, to } => {
                to.as_ref().is_some_and(|(named, ..)| *named == number)
                    || self.image.named(*folder, name) == Some(number)
            }
            _ => false,
        };
        let named = self.image.node(number).is_some_and(|node| node.names > 0);
        if !named && !self.steps.iter().any(|step| step.changes.iter().any(waits)) {
            self.image.nodes.remove(&number);
        }
    }

    /// What a cut at this moment leaves: under [`Model::Torn`] a choice of what waits, else nothing of it.
    pub(super) fn cut(&mut self, live: &Image, rng: &mut ChaCha8Rng) {
        let mut steps = std::mem::take(&mut self.steps);
        let dirty = std::mem::take(&mut self.dirty);
        if self.model != Model::Torn {
            return;
        }
        let lost = steps.split_off(rng.random_range(0..=steps.len()));
        steps.into_iter().for_each(|step| self.apply(live, step));
        let lost: BTreeSet<_> = lost.iter().flat_map(|step| step.changes.iter().filter_map(cuts)).collect();
        for (file, Dirty { pages, .. }) in dirty {
            let Some(content) = live.node(file).and_then(Node::file) else { continue };
            // What was written after a cut that did not survive went to other blocks.
            if self.image.nodes.contains_key(&file) && !lost.contains(&file) {
                tear(self.file(file), content, &pages, rng);
            }
        }
    }
}

/// The file that a change makes shorter, longer or empty in places.
fn cuts(change: &Change) -> Option<Number> {
    match change {
        Change::Size { file, .. } | Change::Zero { file, .. } => Some(*file),
        Change::Name { .. } | Change::About { .. } => None,
    }
}

/// Some of the pages that were overwritten in place, and the first of those that were added.
fn tear(durable: &mut Content, live: &Content, dirty: &BTreeSet<u64>, rng: &mut ChaCha8Rng) {
    let (old, new) = (durable.size(), live.size());
    let ends = new.saturating_sub(old).div_ceil(PAGE);
    let end = match rng.random_range(0..=ends) {
        0 => old,
        more => new.min((old / PAGE + more) * PAGE),
    };
    for number in dirty {
        let added = *number >= old.div_ceil(PAGE);
        if if added { number * PAGE < end } else { rng.random_bool(0.5) || end > old && *number == old / PAGE } {
            durable.take_page(*number, live.page(*number));
        }
    }
    durable.set_size(old.max(new));
    durable.resize(end);
}
