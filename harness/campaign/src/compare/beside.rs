//! What runs are beside a baseline, or that none became of them, on the page of a batch or of a campaign.
//!
//! Both are known only when the page is there, so a page has a mark for them. A campaign that goes on writes its page anew, with
//! the mark and without what was said of fewer runs.

use std::path::Path;

use history::Verdict;
use maud::{Markup, PreEscaped, html};

use super::{Against, Answer};
use reports::file::{self, ReportError};
use reports::page::badge;
use reports::text::{LONGEST, clean};

/// Where it is said. Nothing that comes from a run is written as it stands, so no page has it twice.
const MARK: &str = "<!-- beside a baseline -->";

/// What is to be said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// What the runs are beside a baseline.
    pub against: Option<&'a Against>,
    /// Why no baseline was made of them though one was asked for: a sentence.
    pub unsaved: Option<&'a str>,
}

impl Beside<'_> {
    /// Says it on a page that is there.
    ///
    /// # Errors
    /// The page cannot be read or written.
    pub fn on_page(&self, folder: &Path) -> Result<(), ReportError> {
        if self.against.is_none() && self.unsaved.is_none() {
            return Ok(());
        }
        let path = folder.join("report.html");
        let page = std::fs::read_to_string(&path);
        let page = page.map_err(|source| ReportError::Write { path: path.clone(), source })?;
        file::put(&path, page.replacen(MARK, &self.markup().into_string(), 1).as_bytes())
    }

    fn markup(&self) -> Markup {
        html! {
            @if let Some(against) = self.against { (line(against)) }
            @if let Some(why) = self.unsaved { p { (badge(Some(Verdict::Unknown), "no baseline saved")) " " (clean(why, 4 * LONGEST)) } }
        }
    }
}

/// Where [`Beside::on_page`] says it.
pub(crate) fn mark() -> Markup {
    PreEscaped(MARK.to_owned())
}

/// What runs are beside a baseline: a build fails for that as for a verdict.
pub(crate) fn line(against: &Against) -> Markup {
    let (verdict, word) = match against.answer {
        Answer::Worse => (Verdict::Invalid, "worse than the baseline"),
        Answer::Unknown => (Verdict::Unknown, "undecided beside the baseline"),
        Answer::NotWorse => (Verdict::Valid, "not worse than the baseline"),
    };
    html! { p { (badge(Some(verdict), word)) " " (clean(&against.sentence, 4 * LONGEST)) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_once_and_nothing_else_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        let page = html! { p { "<!-- beside a baseline -->" } (mark()) p { "end" } }.into_string();
        std::fs::write(&path, &page).unwrap();
        Beside::default().on_page(folder.path()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), page);
        let against = Against {
            schema: 1,
            answer: Answer::Worse,
            sentence: "Elections take longer than the baseline's.".into(),
            tolerance: 0.25,
            slower: 1.0,
            later: 0,
            kinds: vec![],
        };
        let beside = Beside { against: Some(&against), unsaved: Some("No baseline was saved to <b>.") };
        beside.on_page(folder.path()).unwrap();
        let said = std::fs::read_to_string(&path).unwrap();
        assert!(said.contains("✗</span> worse than the baseline</span> Elections take longer"), "{said}");
        assert!(said.contains("no baseline saved</span> No baseline was saved to &lt;b&gt;.</p><p>end</p>"), "{said}");
        assert_eq!(said.matches("beside a baseline").count(), 1, "the text that looks like the mark: {said}");
        beside.on_page(folder.path()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), said, "there is no mark any more");
    }
}
