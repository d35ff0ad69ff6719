//! One image of a disk: files, folders and what else has a name, without a word on what of it would survive.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::time::SystemTime;

use super::content::Content;

/// The number of a file, never used twice on one disk.
pub(super) type Number = u64;

/// The number of the topmost folder.
pub(super) const ROOT: Number = 1;

/// What stands under a number.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    File(Content),
    Folder(BTreeMap<OsString, Number>),
    Symlink(OsString),
    /// A socket, a pipe or a device: its type as in `st_mode`, and its device number.
    Special(u32, u32),
}

impl Kind {
    /// The same without what a file or folder holds.
    pub(super) fn bare(&self) -> Self {
        match self {
            Self::File(_) => Self::File(Content::default()),
            Self::Folder(_) => Self::Folder(BTreeMap::new()),
            Self::Symlink(to) => Self::Symlink(to.clone()),
            Self::Special(kind, device) => Self::Special(*kind, *device),
        }
    }
}

/// The owner and the mode of a file, and when it was last used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes {
    /// The permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Last read.
    pub read: SystemTime,
    /// Last written.
    pub written: SystemTime,
    /// Last changed in any way.
    pub changed: SystemTime,
}

/// A file, folder or other thing.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) about: Attributes,
    /// How many names it has.
    pub(super) names: u32,
    /// How often it is open.
    pub(super) opened: u64,
    /// Its folder, and the name that it last got there.
    pub(super) parent_entry: (Number, OsString),
    /// The number under which it was made. It stays over power cuts, where the number itself does not.
    pub(super) origin: Number,
    /// It was made empty, and not closed since.
    pub(super) emptied: bool,
}

impl Node {
    pub(super) fn new(kind: Kind, about: Attributes, parent_entry: (Number, OsString), origin: Number) -> Self {
        Self { kind, about, names: 0, opened: 0, parent_entry, origin, emptied: false }
    }

    pub(super) fn file(&self) -> Option<&Content> {
        if let Kind::File(content) = &self.kind { Some(content) } else { None }
    }

    pub(super) fn file_mut(&mut self) -> Option<&mut Content> {
        if let Kind::File(content) = &mut self.kind { Some(content) } else { None }
    }

    pub(super) fn folder(&self) -> Option<&BTreeMap<OsString, Number>> {
        if let Kind::Folder(names) = &self.kind { Some(names) } else { None }
    }

    pub(super) fn folder_mut(&mut self) -> Option<&mut BTreeMap<OsString, Number>> {
        if let Kind::Folder(names) = &mut self.kind { Some(names) } else { None }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Image {
    pub(super) nodes: BTreeMap<Number, Node>,
}

impl Image {
    pub(super) fn empty(about: Attributes) -> Self {
        let root = Node::new(Kind::Folder(BTreeMap::new()), about, (ROOT, OsString::new()), ROOT);
        Self { nodes: BTreeMap::from([(ROOT, root)]) }
    }

    pub(super) fn node(&self, number: Number) -> Option<&Node> {
        self.nodes.get(&number)
    }

    pub(super) fn named(&self, folder: Number, name: &OsStr) -> Option<Number> {
        self.node(folder)?.folder()?.get(name).copied()
    }

    /// What stands at a path relative to the topmost folder; `.` and `..` mean nothing here.
    pub(super) fn at(&self, path: &std::path::Path) -> Option<Number> {
        path.components().try_fold(ROOT, |folder, part| self.named(folder, part.as_os_str()))
    }

    /// The path of a number, relative to the topmost folder; `.` for that.
    pub(super) fn path(&self, number: Number) -> String {
        let mut parts = Vec::new();
        let mut at = number;
        while at != ROOT {
            let Some(node) = self.node(at) else { break };
            parts.push(node.parent_entry.1.to_string_lossy().into_owned());
            at = node.parent_entry.0;
        }
        if parts.is_empty() {
            return ".".to_owned();
        }
        parts.reverse();
        parts.join("/")
    }

    /// All that has a name, by path; a file with two names twice.
    pub(super) fn paths(&self) -> BTreeMap<String, Number> {
        let mut found = BTreeMap::new();
        let mut open = vec![(ROOT, String::new())];
        while let Some((folder, prefix)) = open.pop() {
            for (name, number) in self.node(folder).and_then(Node::folder).into_iter().flatten() {
                let path = format!("{prefix}{}", name.to_string_lossy());
                if self.node(*number).is_some_and(|node| node.folder().is_some()) {
                    open.push((*number, format!("{path}/")));
                }
                found.insert(path, *number);
            }
        }
        found
    }

    /// How many pages are held by files.
    pub(super) fn held(&self) -> usize {
        self.nodes.values().filter_map(Node::file).map(Content::held).sum()
    }
}
