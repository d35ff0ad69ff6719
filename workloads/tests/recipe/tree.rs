//! A part of the tree in memory, and on its way to a folder of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Texts by their path from the root, and what is no text.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    texts: BTreeMap<String, String>,
    others: BTreeMap<String, Vec<u8>>,
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl Tree {
    /// These files and folders.
    pub(crate) fn read(root: &Path, parts: &[&str]) -> Self {
        let mut tree = Self::default();
        parts.iter().for_each(|part| tree.take(root, part));
        tree
    }

    fn take(&mut self, root: &Path, part: &str) {
        let path = root.join(part);
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                if name != "target" {
                    self.take(root, &format!("{part}/{name}"));
                }
            }
            return;
        }
        match String::from_utf8(fs::read(path).unwrap()) {
            Ok(text) => drop(self.texts.insert(part.to_owned(), text)),
            Err(other) => drop(self.others.insert(part.to_owned(), other.into_bytes())),
        }
    }

    pub(crate) fn get(&self, file: &str) -> Option<&str> {
        self.texts.get(file).map(String::as_str)
    }

    pub(crate) fn put(&mut self, file: &str, text: String) {
        self.texts.insert(file.to_owned(), text);
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &String> {
        self.texts.keys()
    }

    /// Makes the folder hold just this. A file that is there and the same is left alone, so that nothing is compiled again.
    pub(crate) fn write(&self, folder: &Path) {
        let texts = self.texts.iter().map(|(file, text)| (file, text.as_bytes()));
        let all: BTreeMap<&String, &[u8]> =
            texts.chain(self.others.iter().map(|(file, bytes)| (file, &**bytes))).collect();
        for (file, bytes) in &all {
            let path = folder.join(file);
            if fs::read(&path).is_ok_and(|there| there == **bytes) {
                continue;
            }
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let there = Self::read(folder, &["."]);
        for file in there.texts.keys().chain(there.others.keys()) {
            let file = file.strip_prefix("./").unwrap();
            if !all.contains_key(&file.to_owned()) {
                fs::remove_file(folder.join(file)).unwrap();
            }
        }
    }
}
