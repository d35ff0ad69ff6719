//! Which id belongs to which node, and which files cannot be of one cluster: one member under two names, two members in one log,
//! two clusters.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::line_parser::Heard;
use super::lives::{self, Incarnation};
use super::story::StoryEntry;
use super::{ImportError, Imported};

/// An id, and where it stands: the file and its line.
type IdSighting = (String, usize, u64);

impl Imported {
    /// Learns which id belongs to which node, and finds files of another node.
    pub(super) fn learn_ids(&mut self) -> Result<(), ImportError> {
        // Each id: the node that has it, and where it stood first.
        let mut owners: BTreeMap<String, (usize, usize, u64)> = BTreeMap::new();
        let mut told: Vec<(usize, String)> = Vec::new();
        for (at, (node, story)) in self.stories.iter().enumerate() {
            let ids = Arc::new(self.parser.ids(std::iter::empty()));
            let mut line_reader = self.parser.line_reader(node, &ids);
            for entry in story {
                for heard in line_reader.read(&entry.kept.text) {
                    let Heard::Said { own: Some(own), .. } = heard else { continue };
                    let here = (at, entry.file, entry.kept.line);
                    let (owner, file, line) = *owners.entry(own.clone()).or_insert(here);
                    if owner != at {
                        let (other, this) = (&self.stories[owner].0, node);
                        let what = format!(
                            "{this} calls itself {own} here, and so does {other} in {}:{line}: these are logs of one member; give each node its own files",
                            self.files[file]
                        );
                        return Err(ImportError::at(&self.files[entry.file], entry.kept.line, what));
                    }
                    if !told.contains(&(entry.file, own.clone())) {
                        told.push((entry.file, own));
                    }
                }
            }
        }
        for (file, own) in told {
            self.rows[file].ids.push(own);
        }
        let mut of: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        owners.into_iter().for_each(|(id, (owner, _, _))| of.entry(owner).or_default().push(id));
        self.former = of.into_values().filter(|ids| ids.len() > 1).flatten().collect();
        self.contradicting()?;
        self.two_clusters()
    }

    /// A node that calls itself by two ids without having been started anew in between.
    fn contradicting(&self) -> Result<(), ImportError> {
        for (node, story) in &self.stories {
            let ids = Arc::new(self.parser.ids(std::iter::empty()));
            let lived = lives::live(node, story, &self.parser, &ids, None);
            self.returning(node, story, &lived)?;
            for pair in lived.windows(2) {
                let [before, after] = pair else { continue };
                let (Some(old), Some(new)) = (&before.own, &after.own) else { continue };
                let Some(first) = after.lines.first().filter(|_| old != new && after.begins.is_none()) else {
                    continue;
                };
                let StoryEntry { file, kept, .. } = &story[first.entry];
                let what = format!(
                    "{node} calls itself {new} here and {old} before, and no line says that it was started anew: these are logs of two members; give each its own node"
                );
                return Err(ImportError::at(&self.files[*file], kept.line, what));
            }
        }
        Ok(())
    }

    /// An id that comes back after another one: two members write into one log.
    fn returning(&self, node: &str, story: &[StoryEntry], lived: &[Incarnation]) -> Result<(), ImportError> {
        let mut ids: Vec<&String> = Vec::new();
        for (one, own) in lived.iter().filter_map(|one| Some((one, one.own.as_ref()?))) {
            match ids.iter().position(|id| *id == own) {
                None => ids.push(own),
                Some(at) if at + 1 == ids.len() => {}
                Some(_) => {
                    let entry = one.begins.or(one.lines.first().map(|line| line.entry)).unwrap_or(0);
                    let StoryEntry { file, kept, .. } = &story[entry];
                    let last = ids.last().map_or("", |id| id.as_str());
                    let what = format!(
                        "{node} calls itself {own} again here, and {last} in between: two members write into this log; take the lines of each apart, with --split or by their process"
                    );
                    return Err(ImportError::at(&self.files[*file], kept.line, what));
                }
            }
        }
        Ok(())
    }

    /// Logs of two clusters: no line of one has anything to do with one of the other.
    fn two_clusters(&self) -> Result<(), ImportError> {
        let mut known: Vec<(usize, Vec<IdSighting>)> = Vec::new();
        for (at, (node, story)) in self.stories.iter().enumerate() {
            let mut own: Vec<IdSighting> = Vec::new();
            for entry in story {
                if let Some(cluster) = self.parser.cluster(&entry.kept.text)
                    && !own.iter().any(|(known, _, _)| *known == cluster)
                {
                    own.push((cluster, entry.file, entry.kept.line));
                }
            }
            let Some((cluster, file, line)) = own.first() else { continue };
            for (other, theirs) in &known {
                if theirs.iter().all(|(their, _, _)| own.iter().all(|(mine, _, _)| mine != their)) {
                    let (their, their_file, their_line) = &theirs[0];
                    let what = format!(
                        "{node} is of the cluster {cluster} here, and {} of {their} in {}:{their_line}: give the logs of one cluster at a time",
                        self.stories[*other].0, self.files[*their_file]
                    );
                    return Err(ImportError::at(&self.files[*file], *line, what));
                }
            }
            known.push((at, own));
        }
        Ok(())
    }
}
