//! What changes names on a simulated disk: making, linking, renaming and removing.

use std::ffi::{OsStr, OsString};

use nix::errno::Errno;
use nix::libc;

use super::content::Content;
use super::durable::Change;
use super::image::{Attributes, Kind, Node, Number, ROOT};
use super::store::{Answer, New, Now, Store};

/// The longest name, bytes.
const LONGEST: usize = 255;

/// How a rename treats what has the new name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// It is replaced.
    Replace,
    /// The rename is refused.
    Refuse,
    /// It gets the old name.
    Exchange,
}

impl Store {
    /// Makes something under a name that is free.
    pub fn make(&mut self, folder: Number, name: &OsStr, new: New, about: [u32; 3], now: Now) -> Answer<Number> {
        self.advance(now);
        self.changeable()?;
        self.free(folder, name)?;
        self.has_room()?;
        let [mode, uid, gid] = about;
        let parent = self.folder(folder)?.about;
        // A folder with this bit hands its group on.
        let inherits = parent.mode & libc::S_ISGID != 0;
        let folder_bit = if inherits && new == New::Folder { libc::S_ISGID } else { 0 };
        let about = Attributes {
            mode: (mode & 0o7777) | folder_bit,
            uid,
            gid: if inherits { parent.gid } else { gid },
            read: now.wall,
            written: now.wall,
            changed: now.wall,
        };
        let kind = match new {
            New::File => Kind::File(Content::default()),
            New::Folder => Kind::Folder(std::collections::BTreeMap::new()),
            New::Symlink(to) => Kind::Symlink(to),
            New::Special(kind, device) => Kind::Special(kind, device),
        };
        let number = self.number();
        self.live.nodes.insert(number, Node::new(kind, about, (folder, name.to_owned()), number));
        let change = self.point(folder, name, Some(number), now);
        self.durable.note(now.since, vec![change], None);
        Ok(number)
    }

    /// Gives a file one more name.
    pub fn link(&mut self, number: Number, folder: Number, name: &OsStr, now: Now) -> Answer<()> {
        self.advance(now);
        self.changeable()?;
        if self.node(number)?.folder().is_some() {
            return Err(Errno::EPERM);
        }
        if self.node(number)?.names == 0 {
            return Err(Errno::ENOENT);
        }
        self.free(folder, name)?;
        self.has_room()?;
        let change = self.point(folder, name, Some(number), now);
        self.durable.note(now.since, vec![change], None);
        Ok(())
    }

    /// Removes a name: of a folder, which must be empty, or of anything else.
    pub fn remove(&mut self, folder: Number, name: &OsStr, is_folder: bool, now: Now) -> Answer<()> {
        self.advance(now);
        self.changeable()?;
        let number = self.look_up(folder, name)?;
        match (self.node(number)?.folder(), is_folder) {
            (Some(names), true) if !names.is_empty() => return Err(Errno::ENOTEMPTY),
            (Some(_), false) => return Err(Errno::EISDIR),
            (None, true) => return Err(Errno::ENOTDIR),
            _ => {}
        }
        let change = self.point(folder, name, None, now);
        self.durable.note(now.since, vec![change], None);
        self.drop_if_unused(number);
        Ok(())
    }

    pub fn rename(&mut self, from: (Number, &OsStr), to: (Number, &OsStr), over: Over, now: Now) -> Answer<()> {
        self.advance(now);
        self.changeable()?;
        let number = self.look_up(from.0, from.1)?;
        let there = match self.look_up(to.0, to.1) {
            Ok(there) => Some(there),
            Err(Errno::ENOENT) => None,
            Err(error) => return Err(error),
        };
        self.may_rename(number, to, there, over)?;
        if there == Some(number) {
            return Ok(());
        }
        if over == Over::Exchange {
            let changes = vec![self.point(to.0, to.1, Some(number), now), self.point(from.0, from.1, there, now)];
            self.durable.note(now.since, changes, None);
            return Ok(());
        }
        // A program that renames over a file means to replace what is in it, and a journal takes care of that.
        let along = there.and_then(|_| self.along(number));
        let new = self.point(to.0, to.1, Some(number), now);
        let old = self.point(from.0, from.1, None, now);
        if let Ok(node) = self.node_mut(number) {
            node.parent_entry = (to.0, to.1.to_owned());
        }
        self.durable.note(now.since, vec![new, old], along);
        if let Some(there) = there {
            self.drop_if_unused(there);
        }
        Ok(())
    }

    fn may_rename(&self, number: Number, to: (Number, &OsStr), there: Option<Number>, over: Over) -> Answer<()> {
        if to.1.len() > LONGEST {
            return Err(Errno::ENAMETOOLONG);
        }
        let is_folder = |number: Number| self.node(number).map(|node| node.folder().is_some());
        match (there, over) {
            (Some(_), Over::Refuse) => return Err(Errno::EEXIST),
            (None, Over::Exchange) => return Err(Errno::ENOENT),
            (Some(there), Over::Replace) if there != number => {
                let names = self.node(there)?.folder();
                match (is_folder(number)?, names) {
                    (true, None) => return Err(Errno::ENOTDIR),
                    (false, Some(_)) => return Err(Errno::EISDIR),
                    (true, Some(names)) if !names.is_empty() => return Err(Errno::ENOTEMPTY),
                    _ => {}
                }
            }
            _ => {}
        }
        // A folder cannot be put into itself.
        let mut at = to.0;
        while at != ROOT {
            if at == number {
                return Err(Errno::EINVAL);
            }
            at = self.node(at)?.parent_entry.0;
        }
        Ok(())
    }

    /// Lets a name stand for something in the live image, and answers the change for the durable one.
    fn point(&mut self, folder: Number, name: &OsStr, to: Option<Number>, now: Now) -> Change {
        let name: OsString = name.to_owned();
        let before = match (self.live.nodes.get_mut(&folder), to) {
            (Some(node), to) => {
                (node.about.written, node.about.changed) = (now.wall, now.wall);
                let names = node.folder_mut();
                match (names, to) {
                    (Some(names), Some(to)) => names.insert(name.clone(), to),
                    (Some(names), None) => names.remove(&name),
                    (None, _) => None,
                }
            }
            (None, _) => None,
        };
        let mut kind = None;
        if let Some((number, node)) = to.and_then(|number| Some((number, self.live.nodes.get_mut(&number)?))) {
            node.names += 1;
            node.about.changed = now.wall;
            node.parent_entry = (folder, name.clone());
            kind = Some((number, node.kind.bare(), node.about));
        }
        if let Some(node) = before.and_then(|number| self.live.nodes.get_mut(&number)) {
            node.names = node.names.saturating_sub(1);
            node.about.changed = now.wall;
        }
        Change::Name { folder, name, to: kind }
    }

    /// Whether a name in a folder can be given.
    fn free(&self, folder: Number, name: &OsStr) -> Answer<()> {
        if name.len() > LONGEST {
            return Err(Errno::ENAMETOOLONG);
        }
        let node = self.folder(folder)?;
        if folder != ROOT && node.names == 0 {
            return Err(Errno::ENOENT);
        }
        let taken = node.folder().is_some_and(|names| names.contains_key(name));
        if taken { Err(Errno::EEXIST) } else { Ok(()) }
    }
}
