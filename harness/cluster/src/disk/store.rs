//! A simulated disk as pure logic: a live image, which its node sees, and a durable one, which a power cut leaves.
//!
//! There is no I/O here and no clock: the caller says what time it is. The disk answers what a file system on Linux answers.
//! What it refuses, it refuses with the number that the kernel has for it.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::{Duration, SystemTime};

use history::run::Model;
use nix::errno::Errno;
use nix::libc;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::content::{PAGE, pages_of};
use super::durable::{Along, Change, Durable};
use super::image::{Attributes, Image, Kind, Node, Number, ROOT};
use super::loss::{Loss, lost};

/// The most bytes that a disk holds; what is more is refused with ENOSPC.
pub const CAPACITY: u64 = 4 << 30;

/// The longest file, holes included: as on ext4.
const LONGEST: u64 = 16 << 40;

/// What time it is, for code that has no clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Since a moment that stays the same for one disk.
    pub since: Duration,
    /// The time of day, for the times of files.
    pub wall: SystemTime,
}

/// What is wrong with a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ills {
    /// An fsync fails with EIO and counts the pages as clean.
    pub sync_fails: bool,
    /// There is no room for anything new.
    pub full: bool,
    /// Nothing may be changed.
    pub read_only: bool,
}

/// What a change of attributes asks for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Set {
    /// Permission bits.
    pub mode: Option<u32>,
    /// Owner.
    pub uid: Option<u32>,
    /// Group.
    pub gid: Option<u32>,
    /// Length of a file.
    pub size: Option<u64>,
    /// Last read.
    pub read: Option<SystemTime>,
    /// Last written.
    pub written: Option<SystemTime>,
}

/// What there is to know of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStatus {
    pub number: Number,
    /// Its type, as in `st_mode`.
    pub kind: u32,
    /// Bytes.
    pub size: u64,
    /// Bytes that are no holes.
    pub held: u64,
    pub names: u32,
    /// Device number.
    pub device: u32,
    /// Rights and times.
    pub attributes: Attributes,
}

/// What is to be made under a new name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum New {
    /// An empty file.
    File,
    Folder,
    /// A symbolic link to there.
    Symlink(OsString),
    /// A socket, pipe or device: type as in `st_mode`, device number.
    Special(u32, u32),
}

/// What may be done, or the number of the kernel's refusal.
pub(super) type Answer<T> = Result<T, Errno>;

/// One simulated disk.
#[derive(Debug)]
pub struct Store {
    pub(super) live: Image,
    pub(super) durable: Durable,
    next: Number,
    ills: Ills,
    held: u64,
    /// Something was refused because the disk is full, and not because it was to seem so.
    overflowed: bool,
}

impl Store {
    /// An empty disk whose topmost folder has these attributes.
    pub fn new(model: Model, root: Attributes) -> Self {
        let live = Image::empty(root);
        Self {
            durable: Durable::new(live.clone(), model),
            live,
            next: ROOT + 1,
            ills: Ills::default(),
            held: 0,
            overflowed: false,
        }
    }

    /// Says what is wrong with the disk from now on.
    pub fn set_ills(&mut self, ills: Ills) {
        self.ills = ills;
    }

    /// Lets the timers of the model run until now. Every other call that has a time does so as well.
    pub fn advance(&mut self, now: Now) {
        self.durable.advance(&self.live, now.since);
    }

    /// What there is to know of a number.
    pub fn about(&self, number: Number) -> Answer<FileStatus> {
        let node = self.node(number)?;
        let (kind, size, held, device) = match &node.kind {
            Kind::File(content) => (libc::S_IFREG, content.size(), content.held() as u64 * PAGE, 0),
            Kind::Folder(_) => (libc::S_IFDIR, PAGE, PAGE, 0),
            Kind::Symlink(to) => (libc::S_IFLNK, to.len() as u64, 0, 0),
            Kind::Special(kind, device) => (*kind, 0, 0, *device),
        };
        let folders = || {
            let inside = node.folder().into_iter().flatten().filter_map(|(_, number)| self.live.node(*number));
            2 + u32::try_from(inside.filter(|node| node.folder().is_some()).count()).unwrap_or(u32::MAX - 2)
        };
        let names = if node.folder().is_some() { folders() } else { node.names };
        Ok(FileStatus { number, kind, size, held, names, device, attributes: node.about })
    }

    /// The number that a name in a folder stands for.
    pub fn look_up(&self, folder: Number, name: &OsStr) -> Answer<Number> {
        self.folder(folder)?.folder().and_then(|names| names.get(name)).copied().ok_or(Errno::ENOENT)
    }

    /// The number at a path relative to the topmost folder.
    pub fn at(&self, path: &Path) -> Option<Number> {
        self.live.at(path)
    }

    /// The path of a number as texts of operations have it: `.` for the topmost folder.
    pub fn path(&self, number: Number) -> String {
        self.live.path(number)
    }

    /// The number that a file had when it was made, which power cuts leave.
    pub fn origin(&self, number: Number) -> Option<Number> {
        self.live.node(number).map(|node| node.origin)
    }

    /// Where a symbolic link leads.
    pub fn read_link(&self, number: Number) -> Answer<&OsStr> {
        if let Kind::Symlink(to) = &self.node(number)?.kind { Ok(to) } else { Err(Errno::EINVAL) }
    }

    /// The names in a folder, with their numbers and types, `.` and `..` first.
    pub fn list(&self, folder: Number) -> Answer<Vec<(OsString, Number, u32)>> {
        let node = self.folder(folder)?;
        let entry =
            |(name, number): (&OsString, &Number)| Some((name.clone(), *number, self.about(*number).ok()?.kind));
        let dots = [(".".into(), folder, libc::S_IFDIR), ("..".into(), node.parent_entry.0, libc::S_IFDIR)];
        Ok(dots.into_iter().chain(node.folder().into_iter().flatten().filter_map(entry)).collect())
    }

    /// Opens a file: from now on it stays even without a name.
    pub fn open(&mut self, number: Number) -> Answer<()> {
        self.node_mut(number)?.opened += 1;
        Ok(())
    }

    /// Closes a file.
    pub fn release(&mut self, number: Number, now: Now) {
        let Ok(node) = self.node_mut(number) else { return };
        node.opened = node.opened.saturating_sub(1);
        // A program that empties a file and writes it anew means to replace what is in it, and a journal takes care of that as well.
        if std::mem::take(&mut node.emptied) {
            let along = self.along(number);
            self.durable.note(now.since, Vec::new(), along);
        }
        self.drop_if_unused(number);
    }

    pub fn read(&self, number: Number, offset: u64, length: u64) -> Answer<Vec<u8>> {
        let node = self.node(number)?;
        if node.folder().is_some() {
            return Err(Errno::EISDIR);
        }
        node.file().map(|content| content.read(offset, length)).ok_or(Errno::EINVAL)
    }

    /// Writes. `through`: the write is durable when it returns, or fails (`O_SYNC`, `O_DSYNC`).
    pub fn write(&mut self, number: Number, offset: u64, bytes: &[u8], through: bool, now: Now) -> Answer<()> {
        self.advance(now);
        self.changeable()?;
        let length = bytes.len() as u64;
        self.room(number, offset, length)?;
        let node = self.live.nodes.get_mut(&number).ok_or(Errno::ESTALE)?;
        (node.about.written, node.about.changed) = (now.wall, now.wall);
        let content = node.file_mut().ok_or(Errno::EINVAL)?;
        let before = content.held();
        content.write(offset, bytes);
        self.held += (content.held() - before) as u64;
        self.durable.wrote(number, pages_of(offset, length), now.since);
        if through { self.sync(number, now) } else { Ok(()) }
    }

    /// Makes a file durable, or a folder's names. Whether it fails, and how, depends on what is wrong with the disk.
    pub fn sync(&mut self, number: Number, now: Now) -> Answer<()> {
        self.advance(now);
        self.node(number)?;
        if self.ills.read_only && self.durable.is_dirty(number) {
            return Err(Errno::EROFS);
        }
        if self.ills.sync_fails {
            self.durable.forget_dirty(number);
            return Err(Errno::EIO);
        }
        self.durable.sync(&self.live, number);
        Ok(())
    }

    /// Changes attributes, the length included.
    pub fn set(&mut self, number: Number, set: Set, now: Now) -> Answer<()> {
        self.advance(now);
        self.changeable()?;
        if let Some(size) = set.size {
            self.resize(number, size, now)?;
        }
        let node = self.node_mut(number)?;
        let about = Attributes {
            mode: set.mode.map_or(node.about.mode, |mode| mode & 0o7777),
            uid: set.uid.unwrap_or(node.about.uid),
            gid: set.gid.unwrap_or(node.about.gid),
            read: set.read.unwrap_or(node.about.read),
            written: set.written.unwrap_or(node.about.written),
            changed: now.wall,
        };
        node.about = about;
        self.durable.note(now.since, vec![Change::About { number, about }], None);
        Ok(())
    }

    fn resize(&mut self, number: Number, size: u64, now: Now) -> Answer<()> {
        if size > LONGEST {
            return Err(Errno::EFBIG);
        }
        let node = self.live.nodes.get_mut(&number).ok_or(Errno::ESTALE)?;
        node.about.written = now.wall;
        node.emptied |= size == 0;
        let content = node.file_mut().ok_or(Errno::EINVAL)?;
        let before = content.held();
        content.resize(size);
        self.held = self.held.saturating_sub((before - content.held()) as u64);
        if let Some(dirty) = self.durable.dirty.get_mut(&number) {
            dirty.pages.retain(|page| page * PAGE < size);
        }
        self.durable.note(now.since, vec![Change::Size { file: number, size }], None);
        Ok(())
    }

    /// Reserves room, or makes zeros; `mode` as of fallocate(2). What cannot be done answers EOPNOTSUPP.
    pub fn allocate(&mut self, number: Number, offset: u64, length: u64, mode: i32, now: Now) -> Answer<()> {
        self.advance(now);
        self.changeable()?;
        let end = offset.checked_add(length).filter(|end| *end <= LONGEST).ok_or(Errno::EFBIG)?;
        let size = self.node(number)?.file().ok_or(Errno::ENODEV)?.size();
        let keep = mode & libc::FALLOC_FL_KEEP_SIZE != 0;
        match mode & !libc::FALLOC_FL_KEEP_SIZE {
            0 if self.ills.full => return Err(Errno::ENOSPC),
            0 => {}
            libc::FALLOC_FL_PUNCH_HOLE if keep => self.zero(number, offset, length, now)?,
            libc::FALLOC_FL_ZERO_RANGE => self.zero(number, offset, length, now)?,
            _ => return Err(Errno::EOPNOTSUPP),
        }
        if !keep && end > size { self.resize(number, end, now) } else { Ok(()) }
    }

    fn zero(&mut self, number: Number, offset: u64, length: u64, now: Now) -> Answer<()> {
        let content = self.node_mut(number)?.file_mut().ok_or(Errno::ENODEV)?;
        let before = content.held();
        content.zero(offset, length);
        let freed = before - content.held();
        self.held = self.held.saturating_sub(freed as u64);
        self.durable.note(now.since, vec![Change::Zero { file: number, offset, length }], None);
        Ok(())
    }

    /// What a file would bring along at the next commit: all its dirty pages as they are now.
    pub(super) fn along(&self, number: Number) -> Option<Along> {
        self.durable.snapshot(&self.live, number)
    }

    /// Bytes in all, and bytes that are free, as statfs(2) tells.
    pub fn space(&self) -> (u64, u64) {
        let free = if self.ills.full { 0 } else { CAPACITY.saturating_sub(self.held * PAGE) };
        (CAPACITY, free)
    }

    /// Bytes of memory that the pages of both images take, those that they share counted twice.
    #[cfg(test)]
    pub fn memory(&self) -> u64 {
        (self.live.held() + self.durable.image.held()) as u64 * PAGE
    }

    /// Nothing has a name on it.
    pub fn is_empty(&self) -> bool {
        self.live.node(ROOT).and_then(Node::folder).is_none_or(std::collections::BTreeMap::is_empty)
    }

    /// The power is gone and comes back: what the node sees from now on is what survived. Every file has another number
    /// afterwards, but for the topmost folder. The seed decides only where the model leaves a choice.
    pub fn cut(&mut self, seed: u64, now: Now) -> Vec<Loss> {
        self.advance(now);
        self.durable.cut(&self.live, &mut ChaCha8Rng::seed_from_u64(seed));
        let image = self.renumbered();
        let losses = lost(&self.live, &image);
        self.live = image.clone();
        self.held = self.live.held() as u64;
        self.durable = Durable::new(image, self.durable.model);
        losses
    }

    /// Everything is gone, as with a new disk.
    pub fn wipe(&mut self) {
        let root = self.live.node(ROOT).map(|root| root.about);
        if let Some(root) = root {
            self.live = Image::empty(root);
            self.durable = Durable::new(self.live.clone(), self.durable.model);
            self.held = 0;
        }
    }

    /// All that has a durable name, under new numbers.
    fn renumbered(&mut self) -> Image {
        let old = &self.durable.image;
        let Some(root) = old.node(ROOT) else { return self.live.clone() };
        let mut new = Image::empty(root.about);
        let mut numbers = std::collections::BTreeMap::from([(ROOT, ROOT)]);
        let mut open = vec![ROOT];
        while let Some(folder) = open.pop() {
            let place = numbers[&folder];
            for (name, number) in old.node(folder).and_then(Node::folder).into_iter().flatten() {
                let Some(node) = old.node(*number) else { continue };
                let fresh = !numbers.contains_key(number);
                let at = *numbers.entry(*number).or_insert_with(|| {
                    self.next += 1;
                    self.next - 1
                });
                if fresh {
                    let kind = if node.folder().is_some() { node.kind.bare() } else { node.kind.clone() };
                    let origin = self.live.node(*number).map_or(node.origin, |live| live.origin);
                    new.nodes.insert(at, Node::new(kind, node.about, (place, name.clone()), origin));
                    open.extend(node.folder().map(|_| *number));
                }
                if let Some(node) = new.nodes.get_mut(&at) {
                    node.names += 1;
                }
                if let Some(names) = new.nodes.get_mut(&place).and_then(Node::folder_mut) {
                    names.insert(name.clone(), at);
                }
            }
        }
        new
    }

    pub(super) fn node(&self, number: Number) -> Answer<&Node> {
        self.live.node(number).ok_or(Errno::ESTALE)
    }

    pub(super) fn node_mut(&mut self, number: Number) -> Answer<&mut Node> {
        self.live.nodes.get_mut(&number).ok_or(Errno::ESTALE)
    }

    pub(super) fn folder(&self, number: Number) -> Answer<&Node> {
        let node = self.node(number)?;
        if node.folder().is_some() { Ok(node) } else { Err(Errno::ENOTDIR) }
    }

    pub(super) fn changeable(&self) -> Answer<()> {
        if self.ills.read_only { Err(Errno::EROFS) } else { Ok(()) }
    }

    /// Whether something new finds room.
    pub(super) fn has_room(&mut self) -> Answer<()> {
        self.spare(PAGE)
    }

    /// Whether so many bytes are free.
    fn spare(&mut self, needed: u64) -> Answer<()> {
        if needed <= self.space().1 {
            return Ok(());
        }
        self.overflowed |= !self.ills.full;
        Err(Errno::ENOSPC)
    }

    /// Whether something was refused for want of room although no fault asked for that.
    pub fn overflowed(&self) -> bool {
        self.overflowed
    }

    fn room(&mut self, number: Number, offset: u64, length: u64) -> Answer<()> {
        let content = self.node(number)?.file().ok_or(Errno::EINVAL)?;
        let end = offset.checked_add(length).ok_or(Errno::EFBIG)?;
        if end > LONGEST {
            return Err(Errno::EFBIG);
        }
        let needed = content.holes(offset, length) as u64 * PAGE;
        self.spare(needed)
    }

    pub(super) fn number(&mut self) -> Number {
        self.next += 1;
        self.next - 1
    }

    /// Forgets a file that has no name and that no process has open.
    pub(super) fn drop_if_unused(&mut self, number: Number) {
        let unused = self.live.node(number).is_some_and(|node| node.names == 0 && node.opened == 0);
        if unused && number != ROOT {
            let held = self.live.node(number).and_then(Node::file).map_or(0, super::content::Content::held);
            self.held = self.held.saturating_sub(held as u64);
            self.live.nodes.remove(&number);
            self.durable.gone(number);
        }
    }
}

#[cfg(test)]
mod tests;
