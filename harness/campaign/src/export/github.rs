//! What GitHub Actions shows of an invocation: annotations on the page of the workflow's run, and a summary below them.
//!
//! Both are text that GitHub interprets, and both carry sentences with words that came from nodes. An annotation is a *workflow
//! command*, a line of the program's output that begins with `::`; a summary is Markdown. So in the first, everything that could
//! end the line or begin another command is escaped in the way that the runner unescapes. In the second, every character that
//! means something to Markdown is written as an entity, which CommonMark takes for text and never for structure.
//!
//! GitHub shows ten annotations of a kind for each step and drops the others without a word. It drops a whole summary that is
//! longer than a mebibyte. So the tenth annotation says how many there are in all, and the summary is cut in time.

use std::fmt::Write as _;
use std::path::Path;

use history::{Outcome, Verdict};

use crate::batch::BatchRow;
use crate::compare::{Answer, Beside};
use crate::page::CampaignVerdict;
use reports::text::{LONGEST, clean, count};

/// GitHub shows as many annotations of a kind for each step.
const ANNOTATIONS: usize = 10;

/// A step's summary may have as many bytes, 1024 KiB; somewhat less, for what else a step may write.
pub const SUMMARY: usize = 1_000_000;

/// More lines than this of one table are never read.
const LINES: usize = 200;

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A promise was broken, or the harness failed.
    Error,
    /// It cannot be said.
    Warning,
}

/// Something to be seen on the page of the workflow's run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How bad it is.
    pub level: Level,
    pub title: String,
    /// What is to be said, in lines.
    pub text: Vec<String>,
}

/// What is reported to GitHub of an invocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GithubReport {
    /// The annotations, worst first.
    pub annotations: Vec<Annotation>,
    /// The summary, in Markdown.
    pub summary: String,
}

impl GithubReport {
    /// Of runs that were judged: one, or those that `check` looked at. `page` is the folder of the report, if there is one.
    pub fn of_runs(outcomes: &[Outcome], page: Option<&Path>) -> Self {
        let mut told = Self::default();
        let mut rows = Vec::new();
        for outcome in outcomes {
            let mut text = vec![outcome.sentence.clone()];
            let objecting = outcome.checkers.iter().filter(|one| one.judged && one.verdict != Verdict::Valid);
            let first = outcome.headline().map(|headline| headline.checker);
            let news = objecting.filter(|one| Some(&one.checker) != first.as_ref());
            text.extend(news.map(|one| format!("{} {}: {}", one.verdict.as_str(), one.checker, one.sentence)));
            told.annotate(Some(outcome.verdict), &outcome.run, text);
            rows.push((Some(outcome.verdict), outcome.run.clone(), outcome.sentence.clone()));
        }
        let said = match outcomes {
            [one] => (one.verdict, one.sentence.clone()),
            all => {
                let merged = all.iter().map(|one| one.verdict).reduce(Verdict::merge).unwrap_or(Verdict::Unknown);
                (merged, count(all.len() as u64, "run") + " judged.")
            }
        };
        told.summarise(said.0, &said.1, page);
        if let [one] = outcomes {
            told.findings(one);
        } else {
            told.table(&rows);
        }
        told.finish()
    }

    /// Of a batch.
    pub fn of_batch(rows: &[BatchRow], page: &Path) -> Self {
        let mut told = Self::default();
        let merged = crate::batch::BatchVerdict::of(rows);
        for row in rows {
            told.annotate(row.verdict, &row.name, vec![row.sentence.clone()]);
        }
        told.summarise(merged.verdict, &merged.sentence, Some(page));
        let worst = crate::batch::worst_first(rows);
        let failed = worst.into_iter().filter(|row| row.verdict != Some(Verdict::Valid));
        told.table(&failed.map(|row| (row.verdict, row.name.clone(), row.sentence.clone())).collect::<Vec<_>>());
        told.finish()
    }

    /// Of a campaign, or of a merge.
    pub fn of_campaign(verdict: &CampaignVerdict, page: &Path) -> Self {
        let mut told = Self::default();
        told.summarise(verdict.verdict, &verdict.sentence, Some(page));
        let _ = writeln!(told.summary, "{}\n", text(&verdict.statistics));
        let lists = [
            (Some(Verdict::Invalid), &verdict.failures),
            (None, &verdict.harness),
            (Some(Verdict::Unknown), &verdict.unknowns),
        ];
        let mut rows = Vec::new();
        for (verdict, found) in lists {
            for one in found {
                let title = format!("{} in {}", one.signature.checker, count(one.runs, "run"));
                told.annotate(verdict, &title, vec![one.first.sentence.clone(), one.first.command.clone()]);
                rows.push((verdict, title, format!("{} First: {}", one.first.sentence, one.first.run)));
            }
        }
        told.table(&rows);
        if let Some(why) = &verdict.cut_short {
            let _ = writeln!(told.summary, "Ended before its time: {}\n", text(why));
        }
        told.finish()
    }

    /// And of what they are beside a baseline, or that none was saved: a build may fail for that alone.
    pub fn beside(mut self, said: &Beside<'_>) -> Self {
        if let Some(why) = said.unsaved {
            self = self.first(", and no baseline was saved", why, Some((Level::Warning, "no baseline was saved")));
        }
        let Some(against) = said.against else { return self };
        let (words, annotated) = match against.answer {
            Answer::Worse => (", and worse than the baseline", Some((Level::Error, "worse than the baseline"))),
            Answer::Unknown => {
                (", and undecided beside the baseline", Some((Level::Warning, "undecided beside the baseline")))
            }
            Answer::NotWorse => ("", None),
        };
        self.first(words, &against.sentence, annotated)
    }

    /// Says something before all else: in the head, as the first sentence, and as the first annotation.
    fn first(mut self, words: &str, sentence: &str, annotated: Option<(Level, &str)>) -> Self {
        let (head, rest) = self.summary.split_once('\n').unwrap_or((&self.summary, ""));
        self.summary = format!("{head}{words}\n\n{}\n{rest}", text(sentence));
        if let Some((level, title)) = annotated {
            let text = vec![sentence.to_owned()];
            self.annotations.insert(0, Annotation { level, title: title.to_owned(), text });
        }
        self.finish()
    }

    fn annotate(&mut self, verdict: Option<Verdict>, title: &str, text: Vec<String>) {
        let (level, word) = match verdict {
            Some(Verdict::Valid) => return,
            Some(Verdict::Invalid) => (Level::Error, "invalid"),
            Some(Verdict::Unknown) => (Level::Warning, "unknown"),
            None => (Level::Error, "no verdict"),
        };
        self.annotations.push(Annotation { level, title: format!("{word}: {title}"), text });
    }

    fn summarise(&mut self, verdict: Verdict, sentence: &str, page: Option<&Path>) {
        let word = verdict.as_str().to_uppercase();
        let _ = writeln!(self.summary, "### Interregnum: {word}\n\n{}\n", text(sentence));
        if let Some(page) = page {
            let page = clean(&page.to_string_lossy(), LONGEST);
            let _ = writeln!(self.summary, "Page: {}, among the artifacts if the workflow keeps it.\n", text(&page));
        }
    }

    /// What the checkers found in one run.
    fn findings(&mut self, outcome: &Outcome) {
        let objecting = outcome.checkers.iter().filter(|one| one.judged && one.verdict != Verdict::Valid);
        let found = objecting.flat_map(|one| {
            let violations = one.violations.iter().take(5).map(|violation| violation.sentence.clone());
            let said = if one.violations.is_empty() { vec![one.sentence.clone()] } else { violations.collect() };
            said.into_iter().map(|said| (Some(one.verdict), one.checker.clone(), said)).collect::<Vec<_>>()
        });
        self.table(&found.collect::<Vec<_>>());
    }

    fn table(&mut self, rows: &[(Option<Verdict>, String, String)]) {
        if rows.is_empty() {
            return;
        }
        self.summary.push_str("| | | |\n| --- | --- | --- |\n");
        for (verdict, what, said) in rows.iter().take(LINES) {
            let word = verdict.map_or("no verdict", Verdict::as_str);
            let _ = writeln!(self.summary, "| **{word}** | {} | {} |", text(what), text(said));
        }
        if rows.len() > LINES {
            let _ = writeln!(self.summary, "\nand {} more", rows.len() - LINES);
        }
        self.summary.push('\n');
    }

    fn finish(mut self) -> Self {
        self.annotations.sort_by_key(|one| one.level);
        self
    }

    /// The workflow commands, one a line: at most as many of each kind as are shown.
    pub fn commands(&self) -> String {
        let mut out = String::new();
        for level in [Level::Error, Level::Warning] {
            let all: Vec<&Annotation> = self.annotations.iter().filter(|one| one.level == level).collect();
            let room = if all.len() > ANNOTATIONS { ANNOTATIONS - 1 } else { ANNOTATIONS };
            for one in all.iter().take(room) {
                out.push_str(&command(one));
            }
            if all.len() > room {
                let more = format!("{} more: see the summary of this step.", all.len() - room);
                out.push_str(&command(&Annotation { level, title: "and more".into(), text: vec![more] }));
            }
        }
        out
    }

    /// The summary, no longer than so many bytes.
    pub fn summary(&self, most: usize) -> String {
        const CUT: &str = "\n\nThe rest did not fit here; the page has it.\n";
        if self.summary.len() <= most {
            return self.summary.clone();
        }
        let Some(room) = most.checked_sub(CUT.len()) else { return String::new() };
        // A line that is cut in two could be half of an entity.
        let end = (0..=room).rev().find(|&end| self.summary.is_char_boundary(end)).unwrap_or(0);
        let end = self.summary[..end].rfind('\n').unwrap_or(0);
        format!("{}{CUT}", &self.summary[..end])
    }
}

fn command(annotation: &Annotation) -> String {
    let level = match annotation.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let text: Vec<String> = annotation.text.iter().map(|line| message(line)).collect();
    format!("::{level} title={}::{}\n", property(&clean(&annotation.title, 120)), text.join("%0A"))
}

/// A line of a command's message. The older form of commands, `##[`, is looked for anywhere in a line.
fn message(line: &str) -> String {
    clean(line, LONGEST).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace("##[", "# #[")
}

/// The value of a command's property.
fn property(value: &str) -> String {
    message(value).replace(':', "%3A").replace(',', "%2C")
}

/// Text in Markdown, as nothing but text. A mention is looked for after the entities are read, so the `@` is parted from its name.
fn text(words: &str) -> String {
    let mut out = String::new();
    for character in clean(words, 1000).chars() {
        match character {
            '@' => out.push_str("@&#8203;"),
            c if c.is_ascii_alphanumeric() || " .,;'-/%=".contains(c) || !c.is_ascii() => out.push(c),
            c => {
                let _ = write!(out, "&#{};", c as u32);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(verdict: Option<Verdict>, name: &str, sentence: &str, times: usize) -> GithubReport {
        let row = BatchRow { name: name.into(), verdict, sentence: sentence.into(), ..BatchRow::default() };
        GithubReport::of_batch(&vec![row; times], Path::new("out/latest"))
    }

    #[test]
    fn what_a_node_said_is_neither_a_command_nor_the_end_of_one() {
        let hostile = "50 %\n::stop-commands::x\r\n##[add-mask]secret %0A";
        let commands = told(Some(Verdict::Invalid), "a:b,title=c::d", hostile, 1).commands();
        assert_eq!(commands.lines().count(), 1, "{commands}");
        assert!(commands.starts_with("::error title=invalid%3A a%3Ab%2Ctitle=c%3A%3Ad::50 %25"), "{commands}");
        assert!(!commands.contains("##[") && commands.contains("%250A"), "{commands}");
    }

    #[test]
    fn what_runs_are_beside_a_baseline_stands_first_and_fails_as_the_exit_code_does() {
        let against = |answer| crate::compare::Against {
            schema: 1,
            answer,
            sentence: "Of <b>: ::x".into(),
            tolerance: 0.25,
            slower: 1.0,
            later: 0,
            kinds: vec![],
        };
        let valid = || told(Some(Verdict::Valid), "n", "s", 3);
        let of = |answer| valid().beside(&Beside { against: Some(&against(answer)), unsaved: None });
        let worse = of(Answer::Worse);
        assert!(worse.summary.starts_with(
            "### Interregnum: VALID, and worse than the baseline\n\nOf &#60;b&#62;&#58; &#58;&#58;x\n\n3 runs"
        ));
        assert_eq!(worse.commands(), "::error title=worse than the baseline::Of <b>: ::x\n");
        let unknown = of(Answer::Unknown);
        assert!(unknown.summary.starts_with("### Interregnum: VALID, and undecided beside the baseline\n"));
        assert!(unknown.commands().starts_with("::warning title=undecided beside the baseline::"));
        let good = of(Answer::NotWorse);
        assert!(good.summary.starts_with("### Interregnum: VALID\n\nOf ") && good.commands().is_empty());
        assert_eq!(valid().beside(&Beside::default()), valid());
        let unsaved = valid().beside(&Beside { against: None, unsaved: Some("No baseline was saved to b: few.") });
        assert!(
            unsaved.summary.starts_with("### Interregnum: VALID, and no baseline was saved\n\nNo baseline was saved")
        );
        assert_eq!(unsaved.commands(), "::warning title=no baseline was saved::No baseline was saved to b: few.\n");
        let worst = against(Answer::Worse);
        let many = told(Some(Verdict::Invalid), "n", "s", 25).beside(&Beside { against: Some(&worst), unsaved: None });
        assert!(many.commands().starts_with("::error title=worse than the baseline::"), "it is not among the dropped");
    }

    #[test]
    fn what_a_node_said_is_no_markup() {
        let hostile = "<script>x</script> [a](javascript:b) ![c](d) | `e` @somebody #1 \\ *f* _g_ ~h~ &lt;";
        let summary = told(Some(Verdict::Invalid), "n", hostile, 1).summary(SUMMARY);
        let line = summary.lines().find(|line| line.starts_with("| **invalid**")).unwrap();
        assert_eq!(line.matches('|').count(), 4, "{line}");
        let said = line.rsplit("| ").next().unwrap();
        assert!(!said.contains(['<', '>', '[', ']', '(', ')', '`', '\\', '*', '_', '~', '!']), "{said}");
        assert!(said.contains("&#60;script&#62;") && said.contains("@&#8203;somebody"), "{said}");
    }

    #[test]
    fn more_than_are_shown_are_counted_in_the_last_one() {
        let commands = told(Some(Verdict::Unknown), "n", "s", 25).commands();
        assert_eq!(commands.lines().count(), ANNOTATIONS);
        assert!(commands.lines().last().unwrap().contains("16 more"), "{commands}");
        assert!(commands.lines().all(|line| line.starts_with("::warning title=")));
        assert_eq!(told(Some(Verdict::Unknown), "n", "s", 10).commands().lines().count(), 10);
        assert_eq!(told(Some(Verdict::Valid), "n", "s", 3).commands(), "");
        assert!(told(None, "n", "s", 1).commands().starts_with("::error title=no verdict"));
    }

    #[test]
    fn a_summary_that_does_not_fit_is_cut_at_a_line_and_says_so() {
        let told = told(Some(Verdict::Invalid), &"ä".repeat(200), &"<".repeat(400), 300);
        let whole = told.summary(SUMMARY);
        assert!(whole.contains("and 100 more") && whole.len() > 100_000);
        let cut = told.summary(50_000);
        assert!(cut.len() <= 50_000 && cut.ends_with("the page has it.\n"), "{}", cut.len());
        let last = cut.lines().rfind(|line| line.starts_with("| **")).unwrap();
        assert!(last.ends_with(" |"), "{last}");
        assert_eq!(told.summary(10), "");
    }
}
