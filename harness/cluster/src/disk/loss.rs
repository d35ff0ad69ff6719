//! What a power cut took: the files whose bytes or names no fsync had covered.

use super::content::{Content, PAGE};
use super::image::{Image, Node};

/// So many losses are reported; the rest are counted.
pub const TOLD: usize = 8;

/// One thing that a power cut took.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// Bytes of a file are what they were before.
    Bytes {
        /// Its path in the data directory.
        file: String,
        /// The first byte that differs from what was written.
        from: u64,
        /// The byte after the last one.
        to: u64,
    },
    /// A file has the content that it had before another was renamed over it.
    Replacement {
        /// Its path in the data directory.
        file: String,
    },
    /// A name that was made is gone.
    Name {
        /// Its path in the data directory.
        file: String,
    },
    /// A name that was removed is back.
    Removal {
        /// Its path in the data directory.
        file: String,
    },
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes { file, from, to } => write!(f, "no fsync covered bytes {from} to {to} of {file}"),
            Self::Replacement { file } => write!(f, "no fsync covered the rename to {file}"),
            Self::Name { file } => write!(f, "no fsync covered the new name {file}"),
            Self::Removal { file } => write!(f, "no fsync covered the removal of {file}"),
        }
    }
}

/// What is in the one image and not in the other, which survived.
pub(super) fn lost(seen: &Image, kept: &Image) -> Vec<Loss> {
    let (before, after) = (seen.paths(), kept.paths());
    let mut losses = Vec::new();
    for (path, number) in &before {
        let file = path.clone();
        let (Some(node), other) = (seen.node(*number), after.get(path).and_then(|number| kept.node(*number))) else {
            continue;
        };
        match other {
            None => losses.push(Loss::Name { file }),
            Some(other) if node.origin != other.origin => losses.push(Loss::Replacement { file }),
            Some(other) => losses.extend(bytes(file, node, other)),
        }
    }
    losses.extend(
        after.keys().filter(|path| !before.contains_key(*path)).map(|path| Loss::Removal { file: path.clone() }),
    );
    losses
}

fn bytes(file: String, seen: &Node, kept: &Node) -> Option<Loss> {
    let (seen, kept) = (seen.file()?, kept.file()?);
    let size = seen.size().max(kept.size());
    // Holes are the same in both, and a file may be nothing but a long one.
    let differs = |page: &u64| !seen.same_page(kept, *page);
    let pages: std::collections::BTreeSet<u64> = seen.numbers().chain(kept.numbers()).collect();
    let first = pages.iter().copied().find(differs);
    let last = pages.iter().copied().rev().find(differs);
    let changed = first.zip(last).map(|(first, last)| [exact(seen, kept, first, true), exact(seen, kept, last, false)]);
    let sizes = (seen.size() != kept.size()).then(|| [seen.size().min(kept.size()), size]);
    let [from, to] = match (changed, sizes) {
        (Some([a, b]), Some([c, d])) => [a.min(c), b.max(d)],
        (Some(range), None) | (None, Some(range)) => range,
        (None, None) => return None,
    };
    Some(Loss::Bytes { file, from, to })
}

/// The first byte of a page that differs, or the byte behind the last one.
fn exact(seen: &Content, kept: &Content, page: u64, first: bool) -> u64 {
    let zeros = [0; PAGE as usize];
    let of = |content: &Content| content.page(page).map_or(zeros, |page| **page);
    let (one, two) = (of(seen), of(kept));
    let mut differing = one.iter().zip(&two).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at as u64);
    let at = if first { differing.next() } else { differing.next_back().map(|at| at + 1) };
    page * PAGE + at.unwrap_or(0)
}
