//! `interregnum check --from`: judges logs that exist already.

use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use campaign::batch::BatchRow;
use campaign::export::github::GithubReport;
use checkers::judge::judge_file;
use history::{Outcome, Verdict};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{CheckArgs, Format as Output, LogArgs};
use super::{CommandResult, Failure, check, github, print, print_json};
use cluster::import::source::ReadMeter;
use cluster::import::{Clocks, ImportError, Imported, Request, stamp, table, trace};
use cluster::system::Format;
use history::exit::ExitCode;
use reports::folder;

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        if error.is_of_the_surroundings() { Self::harness(error) } else { Self::usage(error) }
    }
}

pub(super) fn run(args: &CheckArgs, from: &str) -> CommandResult {
    let mut maps = trace::Maps::new();
    for map in &args.logs.maps {
        let Some((field, variable)) = map.split_once('=').filter(|(field, _)| FIELDS.contains(field)) else {
            return Err(Failure::usage(format!(
                "--map {map}: write what a variable is, such as vote=votedFor; fields are {}",
                FIELDS.join(", ")
            )));
        };
        maps.insert(field.to_owned(), variable.to_owned());
    }
    if !maps.is_empty() && from != "tlc" {
        return Err(Failure::usage(format!(
            "--map is for --from tlc; leave it out, for --from {from} has no variables"
        )));
    }
    let log_check = LogCheck { args, place: OutputFolder::new(args.logs.out.as_deref(), from)?, marks: Vec::new() };
    let ended = if trace::names().contains(&from) { log_check.traces(from, &maps) } else { log_check.logs(from) };
    if let Some(out) = &args.logs.out {
        refresh(out);
    }
    ended
}

/// Writes the page of the output folder anew.
pub(super) fn refresh(out: &Path) {
    super::index::refresh(out);
}

/// The page of lanes, beside the report.
const LANES: &str = "logs.html";

/// What `--map` may say of a variable.
const FIELDS: [&str; 4] = ["role", "term", "vote", "leader"];

/// Where what was read is judged and written down.
pub(super) struct LogCheck<'a> {
    pub(super) args: &'a CheckArgs,
    pub(super) place: OutputFolder,
    /// What an operator wrote down, and when: nanoseconds since 1970.
    pub(super) marks: Vec<(i64, String)>,
}

impl LogCheck<'_> {
    pub(super) fn logs(&self, from: &str) -> CommandResult {
        let format = Format::load(from).map_err(Failure::usage)?;
        let request = request(format, self.args)?;
        let bar = reading(&request.files);
        let meter = bar.clone().map_or_else(ReadMeter::default, |bar| ReadMeter::new(move |count| bar.inc(count)));
        let imported = Imported::read(Request { marks: self.marks.clone(), meter, ..request });
        bar.inspect(ProgressBar::finish_and_clear);
        let imported = imported?;
        if self.args.format == Output::Text {
            print(table::text(&imported.rows));
            if imported.groups.len() > 1 {
                let judged = if self.args.logs.group.is_some() { "one is judged" } else { "each is judged by itself" };
                print(format!("{} groups, of which {judged}: {}", imported.groups.len(), imported.groups.join(", ")));
            }
        }
        let parts = imported.parts()?;
        let mut outcomes = Vec::new();
        for part in &parts {
            if self.args.format == Output::Text {
                for (id, by) in part.without_log() {
                    print(format!("{}: {id} has no log here; it was named by {}", part.name, by.join(", ")));
                }
                part.clocks()
                    .iter()
                    .chain(&part.without_leader())
                    .for_each(|said| print(format!("{}: {said}", part.name)));
            }
            let write = |out: &mut dyn Write| part.write(out);
            let beside = |outcome: &Outcome| {
                vec![("system.toml", imported.system_file().to_owned()), (LANES, part.page(outcome))]
            };
            outcomes.push(self.judge((&part.name, parts.len() == 1), &write, &beside)?);
        }
        self.end(outcomes)
    }

    fn traces(&self, from: &str, maps: &trace::Maps) -> CommandResult {
        let mut outcomes = Vec::new();
        for path in &self.args.runs {
            let Some(traced) = trace::of(from, path, maps) else { continue };
            let traced = traced?;
            if self.args.format == Output::Text {
                traced.notes.iter().for_each(|note| print(format!("{}: {note}", path.display())));
            }
            let name = path.file_stem().map_or(from.to_owned(), |stem| stem.to_string_lossy().into_owned());
            let write = |out: &mut dyn Write| traced.write(out);
            outcomes.push(self.judge((&name, self.args.runs.len() == 1), &write, &|_| Vec::new())?);
        }
        self.end(outcomes)
    }

    /// Writes a history down, judges it, and says what came of it.
    fn judge(
        &self,
        (name, alone): (&str, bool),
        write: &HistoryOf<'_>,
        beside: &Beside<'_>,
    ) -> Result<(Outcome, PathBuf), Failure> {
        let folder = self.place.of(name, alone)?;
        let history = folder.join("history.jsonl");
        let file = std::fs::File::create_new(&history).map_err(|error| unwritable(&history, &error))?;
        let mut out = BufWriter::new(file);
        write(&mut out)?;
        out.flush().map_err(|error| unwritable(&history, &error))?;
        let outcome =
            judge_file(&history).map_err(|error| Failure::harness(format!("{}: {error}", history.display())))?;
        if self.args.format == Output::Text {
            print(format!("\n{}{}", check::text(&outcome), quoted(&outcome)));
        }
        if self.args.logs.out.is_some() {
            reports::verdict::write(&folder, &outcome).map_err(Failure::harness)?;
            let beside = beside(&outcome);
            for (name, text) in &beside {
                reports::file::put_bytes(&folder.join(name), text.as_bytes()).map_err(Failure::harness)?;
            }
            reports::run::write_judged(&folder, &outcome).map_err(Failure::harness)?;
            if self.args.format == Output::Text {
                print(format!("report: {}", folder.join("report.html").display()));
                if beside.iter().any(|(name, _)| *name == LANES) {
                    print(format!("lanes: {}", folder.join(LANES).display()));
                }
            }
        }
        Ok((outcome, folder))
    }

    fn end(&self, judged: Vec<(Outcome, PathBuf)>) -> CommandResult {
        if let (OutputFolder::Kept(root), true) = (&self.place, judged.len() > 1) {
            let row = |(outcome, folder): &(Outcome, PathBuf)| BatchRow {
                name: outcome.run.clone(),
                exit: ExitCode::from(outcome.verdict).code().into(),
                folder: folder.strip_prefix(root).unwrap_or(folder).to_owned(),
                ..BatchRow::of(outcome)
            };
            let rows: Vec<_> = judged.iter().map(row).collect();
            campaign::batch::write(root, &rows).map_err(Failure::harness)?;
            if self.args.format == Output::Text {
                print(format!("report of all: {}", root.join("report.html").display()));
            }
        }
        let outcomes: Vec<Outcome> = judged.into_iter().map(|(outcome, _)| outcome).collect();
        if self.args.format == Output::Json {
            match outcomes.as_slice() {
                [one] => print_json(one)?,
                all => print_json(&all)?,
            }
        }
        github::tell(|| GithubReport::of_runs(&outcomes, None));
        Ok(outcomes.iter().map(|outcome| ExitCode::from(outcome.verdict)).fold(ExitCode::Valid, ExitCode::merge))
    }
}

/// How far the reading is, on a terminal and only there.
fn reading(files: &[(Option<String>, PathBuf)]) -> Option<ProgressBar> {
    if !std::io::stderr().is_terminal() || std::env::var_os("CI").is_some() {
        return None;
    }
    // How much comes from standard input is unknown.
    let sizes = files.iter().map(|(_, path)| std::fs::metadata(path).ok().filter(|file| file.is_file()));
    let total: Option<u64> = sizes.map(|file| file.map(|file| file.len())).sum();
    let template = match total {
        Some(_) => "{spinner} reading logs {wide_bar} {bytes} of {total_bytes}, {eta} to go",
        None => "{spinner} reading logs: {bytes}",
    };
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(8));
    bar.set_style(ProgressStyle::with_template(template).ok()?);
    Some(bar)
}

/// What stands beside a history, by what came of it.
type Beside<'a> = dyn Fn(&Outcome) -> Vec<(&'static str, String)> + 'a;

/// Writes a history.
type HistoryOf<'a> = dyn Fn(&mut dyn Write) -> Result<(), ImportError> + 'a;

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::harness(format!("cannot write {}: {error}", path.display()))
}

/// What the arguments ask for.
fn request(format: Format, args: &CheckArgs) -> Result<Request, Failure> {
    let split = args.logs.split.as_deref().map(split).transpose()?;
    let mut files: Vec<(Option<String>, PathBuf)> = Vec::new();
    for given in &args.runs {
        let text = given.to_string_lossy();
        if split.is_some() {
            files.push((None, given.clone()));
            continue;
        }
        let named = text.split_once('=').filter(|(node, _)| is_name(node));
        if let Some((node, "")) = named {
            return Err(Failure::usage(format!(
                "{node}=: no file is named; write {node}=FILE, or {node}=- for standard input"
            )));
        }
        let Some((node, paths)) = named else {
            return Err(Failure::usage(format!(
                "{text}: which node's log is this? write NODE=FILE, for example n1={text}, or say with --split how a line names its node"
            )));
        };
        // A comma may be a part of a name.
        if Path::new(paths).is_file() {
            files.push((Some(node.to_owned()), PathBuf::from(paths)));
            continue;
        }
        files.extend(
            paths.split(',').filter(|path| !path.is_empty()).map(|path| (Some(node.to_owned()), PathBuf::from(path))),
        );
    }
    if files.iter().filter(|(_, path)| path.as_os_str() == "-").count() > 1 {
        return Err(Failure::usage("standard input (`-`) is named twice, and can be read once"));
    }
    let (group, clocks) = (args.logs.group.clone(), clocks(&args.logs)?);
    Ok(Request { format, files, split, group, clocks, marks: Vec::new(), meter: ReadMeter::default() })
}

/// A node's name: what no shell, no file and no page has another use for.
pub(super) fn is_name(node: &str) -> bool {
    !node.is_empty() && node.len() <= 80 && node.chars().all(|c| c.is_alphanumeric() || "-_.:@".contains(c))
}

fn split(text: &str) -> Result<regex::Regex, Failure> {
    let split = regex::Regex::new(text).map_err(|error| {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Failure::usage(format!("--split {text}: this is no regular expression: {why}"))
    })?;
    if !split.capture_names().flatten().any(|name| name == "node") {
        return Err(Failure::usage(format!(
            "--split {text}: it has no group for the node; write (?P<node>…), such as 'host=(?P<node>\\S+)'"
        )));
    }
    Ok(split)
}

fn clocks(args: &LogArgs) -> Result<Clocks, Failure> {
    let skew = args.skew.map(|skew| u64::try_from(skew.as_nanos()).unwrap_or(u64::MAX));
    let mut clocks = Clocks { skew, by_messages: args.clocks == super::args::ClocksBy::Messages, ..Clocks::default() };
    for zone in &args.zones {
        let read = zone.split_once('=').and_then(|(node, zone)| Some((node, stamp::zone(zone)?)));
        let Some((node, seconds)) = read else {
            return Err(Failure::usage(format!(
                "--zone {zone}: write the node and its offset from UTC, such as n2=+02:00"
            )));
        };
        clocks.zones.insert(node.to_owned(), i64::from(seconds) * 1_000_000_000);
    }
    Ok(clocks)
}

/// The convicting lines, as they stand in their files.
fn quoted(outcome: &Outcome) -> String {
    let mut text = String::new();
    for judgement in
        outcome.checkers.iter().filter(|judgement| judgement.judged && judgement.verdict == Verdict::Invalid)
    {
        for violation in judgement.violations.iter().take(3) {
            text += &format!("\n  {}: the lines that prove it:", judgement.checker);
            for evidence in &violation.evidence {
                if let Some(line) = cluster::import::quoted(&evidence.text) {
                    text += &format!("\n    {line}");
                }
            }
        }
    }
    text
}

/// Where histories are written.
pub(super) enum OutputFolder {
    /// In a folder of this invocation.
    Kept(PathBuf),
    /// In a folder that is gone afterwards.
    Passing(tempfile::TempDir),
}

impl OutputFolder {
    fn new(out: Option<&Path>, from: &str) -> Result<Self, Failure> {
        let name = Path::new(from).file_stem().map_or("logs".into(), |stem| stem.to_string_lossy().into_owned());
        match out {
            Some(out) => {
                folder::claim(out, &format!("{name}-logs"), SystemTime::now()).map(Self::Kept).map_err(Failure::harness)
            }
            None => tempfile::tempdir()
                .map(Self::Passing)
                .map_err(|error| Failure::harness(format!("there is no temporary folder: {error}"))),
        }
    }

    fn of(&self, name: &str, alone: bool) -> Result<PathBuf, Failure> {
        let root = match self {
            Self::Kept(folder) => folder.as_path(),
            Self::Passing(folder) => folder.path(),
        };
        if alone {
            return Ok(root.to_owned());
        }
        let plain: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
        folder::claim_name(&root.join("runs"), &plain)
            .map_err(|error| Failure::harness(format!("cannot make a folder: {error}")))
    }
}
