//! One run: one cluster, one schedule, one history.
//!
//! A run goes through its phases in order: setup, settle, faults, heal, final, teardown. Whatever happens in between (an
//! interrupt, a full disk, a node that never becomes ready), it still heals, stops what it started, ends its history and judges
//! it. What was recorded is never lost. What went wrong in the harness or its surroundings is kept apart from what the checkers
//! say of the cluster. The two have different exit codes, and only one of them is a bug of the system under test.

mod bypass;
mod disks;
mod facts;
mod files;
mod phases;
mod ready;
mod until;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use checkers::judge::{NoChecker, Until};
use history::finding::{Lost, Trouble};
use history::{Outcome, Phase, RunFile, Verdict};
use reports::asked::{self, Asked};
use tokio::sync::watch;
use workloads::fault::Sphere;
use workloads::{Action, NodeName, Schedule, Step};

use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::network::Network;
use crate::probe::Prober;
use crate::record::{self, Recorder};
use crate::system::{self, Settings, System, SystemError, Whose};
use history::exit::ExitCode;

pub use disks::no_disks;
pub use files::{again, read};

/// The file of a run's packets, in its folder.
pub const CAPTURE: &str = "capture.pcapng";

/// What a run is to be, and where.
#[derive(Debug, Clone)]
pub struct RunPlan {
    /// What is asked for: the contents of its `run.json`.
    pub file: RunFile,
    /// The schedule, where it is given, by a file or by an earlier run; none: drawn as [`RunFile::drawn_from`] says.
    pub schedule: Option<Schedule>,
    pub system: System,
    /// Its folder: made, and empty but for what was asked for.
    pub folder: PathBuf,
    /// Nothing is done to the cluster, and nothing but the time of the schedule is waited for.
    pub watched: bool,
    /// What the harness lives in, in words.
    pub surroundings: String,
}

impl RunPlan {
    /// The plan of a run that has no folder yet.
    pub fn new(file: RunFile, system: System, schedule: Option<Schedule>) -> Self {
        let name = system.name.clone();
        let path = system.path.as_ref().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()));
        Self {
            file: RunFile { system: name, system_file: path, ..file },
            schedule,
            system,
            folder: PathBuf::new(),
            watched: false,
            surroundings: String::new(),
        }
    }

    /// What another process needs to carry it out.
    pub fn asked(self) -> Asked {
        Asked { file: self.file, system: self.system.text.into(), schedule: self.schedule }
    }

    /// Packets between nodes are slowed by this much at all times.
    fn link_delay(&self) -> Option<Duration> {
        self.file.options.link_delay.filter(|delay| !delay.is_zero())
    }

    /// What ends the run when it is found.
    fn until(&self) -> Result<Option<Until>, RunError> {
        let until = self.file.options.until.as_deref().map(str::parse).transpose();
        until.map_err(|error: NoChecker| RunError::Option(format!("--until: {error}")))
    }

    /// The seed of whatever is drawn.
    fn seed(&self) -> u64 {
        let drawn = self.file.drawn_from.as_ref().map(|draw| draw.seed);
        self.schedule.as_ref().map(|schedule| schedule.seed).or(drawn).unwrap_or_default()
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Finished {
    /// What the checkers say.
    pub outcome: Outcome,
    /// How the process should end.
    pub exit: ExitCode,
    /// What went wrong in the harness or around it.
    pub trouble: Option<Lost>,
    /// What a reader of the verdict should know of the run: whole sentences without a full stop.
    pub notes: Vec<String>,
    /// What could not be written and does not change how an invalid run ends.
    pub warnings: Vec<String>,
}

impl Finished {
    /// A file of the run could not be written. What is certain stays so: an invalid run is invalid, and a user who interrupted
    /// one knows it. Any other run is one of which the harness failed to leave what it owes.
    fn unwritten(&mut self, why: String) {
        match self.exit {
            ExitCode::Valid | ExitCode::Unknown => {
                self.exit = ExitCode::Harness;
                self.trouble.get_or_insert_with(|| Lost::new(Trouble::CannotReport, why));
            }
            // What went wrong first has been said, and is why this could not be written either.
            ExitCode::Harness => {}
            _ => self.warnings.push(why),
        }
    }
}

/// What a run that is over and judged has yet to write: its pages, plots and exports, and how it ended.
#[must_use = "the run has no pages yet, and run.json says that it is running"]
#[derive(Debug)]
pub struct Pages {
    plan: RunPlan,
    wanted: bool,
}

impl Pages {
    /// Writes them. The verdict is on disk by now, so whatever fails here loses no verdict.
    pub async fn write(self, finished: &mut Finished) {
        let Self { plan, wanted } = self;
        if wanted {
            let (folder, outcome) = (plan.folder.clone(), finished.outcome.clone());
            let written = behind_others(move || reports::run::write_judged(&folder, &outcome)).await;
            let failed = match written {
                Ok(Ok(_)) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(error) => Some(error.to_string()),
            };
            if let Some(why) = failed {
                finished.unwritten(format!("the pages of the run are not whole: {why}"));
            }
        }
        if let Err(error) = files::finish(&plan, finished) {
            finished.unwritten(format!("{}: {error}", plan.folder.join(asked::RUN).display()));
        }
    }
}

/// A run did not come about.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The system, its settings or the network do not fit together.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The workload or its parameters are wrong.
    #[error("{0}")]
    Workload(String),
    /// An option does not go with the rest.
    #[error("{0}")]
    Option(String),
    /// The harness or the machine failed.
    #[error("{}", .0.sentence)]
    Lost(Lost),
}

impl RunError {
    /// The exit code that goes with it.
    pub fn code(&self) -> ExitCode {
        match self {
            Self::System(_) | Self::Workload(_) | Self::Option(_) => ExitCode::Usage,
            Self::Lost(_) => ExitCode::Harness,
        }
    }

    /// The harness or the machine failed.
    pub(crate) fn lost(trouble: Trouble, why: impl Into<String>) -> Self {
        Self::Lost(Lost::new(trouble, why))
    }
}

/// Why the phases of a run did not all come to pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The user interrupted it.
    Interrupted,
    /// What was looked for was found ([`Until`]).
    Found,
    /// The history has the size that it may have.
    Full,
    /// The harness or its surroundings failed.
    Trouble(Lost),
}

impl Cut {
    fn trouble(trouble: Trouble, why: impl Into<String>) -> Self {
        Self::Trouble(Lost::new(trouble, why))
    }
}

/// What the live line shows: the phase, and the picture of the cluster.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    pub phase: Option<Phase>,
    pub view: workloads::View,
    /// The faults in force.
    pub faults: Vec<String>,
    /// Since the run's zero.
    pub elapsed: Duration,
}

/// Finds what is wrong with a plan as far as that can be known before anything is made or started. A user's mistake should leave
/// no folder behind.
pub fn vet(plan: &RunPlan) -> Result<(), RunError> {
    facts::vet(plan)
}

/// What can be said of a run before it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// It takes no longer than this, if nothing hangs.
    pub longest: Duration,
    /// The program of its nodes.
    pub program: PathBuf,
    /// What asks the program for its version, where the system says how; its own program is found.
    pub version: Option<Vec<String>>,
    /// The kinds of faults in its schedule that may take a leader.
    pub kinds: BTreeSet<String>,
    pub nodes: Vec<NodeName>,
    /// How many faults its schedule has.
    pub faults: usize,
}

/// Looks ahead to a run.
///
/// # Errors
/// As [`vet`].
pub fn outlook(plan: &RunPlan) -> Result<Outlook, RunError> {
    facts::outlook(plan)
}

/// Carries a plan out, judges what was recorded and writes the verdict. The pages are yet to be written: see [`Pages`].
pub async fn run(
    mut plan: RunPlan,
    interrupted: watch::Receiver<bool>,
    progress: watch::Sender<Progress>,
) -> Result<(Finished, Pages), RunError> {
    let clock = Clock::start();
    let settings = Settings::parse(&plan.file.set)?;
    let names = plan.system.names(plan.file.nodes)?;
    let folder = plan.folder.clone();
    let unwritten =
        |error: std::io::Error| RunError::lost(Trouble::CannotRecord, format!("{}: {error}", folder.display()));
    let (network, why) = facts::network(&plan, &names, clock)?;
    let network: Arc<dyn Network> = Arc::from(network);
    let bound = facts::bound(&plan, &settings)?;
    let capabilities = facts::with_disks(&plan, network.capabilities());
    let schedule = facts::schedule(&plan, &names, capabilities, bound.time)?;
    let simulated = disks::wanted(&plan, &schedule)?;
    let places = facts::Places(&*network);
    let data = plan.folder.join("data");
    if plan.file.options.data_in_memory {
        crate::sandbox::keep_in_memory(&data).map_err(|why| RunError::lost(Trouble::CannotStart, why))?;
    }
    // Before the nodes are planned: which observers they have may hang on it.
    let asked = system::Planner::plan_version(&plan.system, plan.file.nodes, &settings, &places, &data)?;
    let version = learn_version(&mut plan.system, asked).await?;
    let mut node_plans = system::Planner::plan(&plan.system, plan.file.nodes, &settings, &places, &data)?;
    let mut auxiliaries = system::Planner::plan_aux(&plan.system, plan.file.nodes, &settings, &places, &data)?;
    let nodes = node_plans.iter_mut().flat_map(|node| node.programs(Whose::Node));
    for (whose, program) in nodes.chain(auxiliaries.iter_mut().flat_map(|aux| aux.programs(Whose::Aux))) {
        *program = plan.system.locate(program, whose)?.display().to_string();
    }
    let once = system::Planner::plan_once(&plan.system, plan.file.nodes, &settings, &places, &data)?;
    let once = once.map(|argv| located(&plan.system, argv, Whose::Once)).transpose()?.zip(plan.system.once.clone());
    let mut probe = system::Planner::plan_probe(&plan.system, plan.file.nodes, &settings, &places, &data)?;
    for program in probe.iter_mut().flat_map(system::ProbePlan::programs) {
        *program = plan.system.locate(program, Whose::Probe)?.display().to_string();
    }
    let mut header = facts::header(&plan, &settings, &schedule, &*network, &why, &bound, clock, &node_plans)?;
    header.disk = simulated.then(|| plan.file.options.disk_model.into());
    header.versions.extend(version.map(|version| (history::header::PROGRAM_VERSION.to_owned(), version)));
    files::write_inputs(&mut plan, &schedule, &header).map_err(unwritten)?;

    let history = plan.folder.join("history.jsonl");
    let most = plan.file.options.max_history.unwrap_or(record::MOST);
    let recorder = Recorder::create(&history, &header, clock, most).map_err(unwritten)?;
    let mounted =
        if simulated { disks::mount(&node_plans, plan.file.options.disk_model, schedule.seed)? } else { Vec::new() };
    let patience = bound.time.max(plan.system.ready.timeout);
    let cluster = Arc::new(cluster(&plan, node_plans, &network, &recorder, (mounted, patience)));
    let found = until::watch(plan.until()?, &header, &recorder).map_err(unwritten)?;
    let stage = phases::Stage {
        cluster,
        auxiliaries,
        network: Arc::clone(&network),
        provoke: plan.system.provoke.clone(),
        prober: probe.map(|probe| Prober::new(probe, plan.file.directory.clone())),
        recorder,
        links_matter: plan.link_delay().is_some() || schedule.steps.iter().any(about_links),
        counts_messages: header.claims.messages.is_some(),
        schedule,
        watch: plan.watched,
        bound: bound.time,
        ready_timeout: plan.system.ready.timeout,
        once,
        folder: plan.folder.clone(),
        interrupted,
        found,
        asked: plan.file.clone(),
        progress,
    };
    let cut = stage.play().await.err();
    let note = |(node, name): (usize, &String)| Some(format!("{name} {}", network.uncarried(node)?));
    let full = (cut == Some(Cut::Full)).then(|| {
        format!("the history had reached {most} bytes, so that the run was ended; --max-history allows for more")
    });
    let notes = names.iter().enumerate().filter_map(note).chain(full).collect();
    conclude(plan, cut, notes).await
}

/// Asks the program for its version, by the command that the system file has for it.
async fn learn_version(system: &mut System, asked: Option<Vec<String>>) -> Result<Option<String>, RunError> {
    let printed = match asked.map(|argv| located(system, argv, Whose::Version)).transpose()? {
        Some(argv) => system::version::ask(&argv).await.unwrap_or_default(),
        None => Vec::new(),
    };
    Ok(system.learn_version(&String::from_utf8_lossy(&printed)))
}

/// The cluster, with the disks that were mounted for it.
fn cluster(
    plan: &RunPlan,
    nodes: Vec<system::NodePlan>,
    network: &Arc<dyn Network>,
    recorder: &Recorder,
    (disks, patience): (Vec<crate::disk::Disk>, Duration),
) -> Cluster {
    let (output, network, recorder) = (plan.folder.join("nodes"), Arc::clone(network), recorder.clone());
    let cluster = Cluster::new(nodes, plan.system.stop, network, recorder, &output, &plan.file.directory);
    if disks.is_empty() { cluster } else { cluster.with_disks(disks, patience) }
}

/// A command with its program found.
pub(crate) fn located(system: &system::System, mut argv: Vec<String>, whose: Whose) -> Result<Vec<String>, RunError> {
    if let Some(program) = argv.first_mut() {
        *program = system.locate(program, whose)?.display().to_string();
    }
    Ok(argv)
}

/// Whether a step does something to links.
fn about_links(step: &Step) -> bool {
    matches!(&step.action, Action::Inject(fault) if fault.kind().descriptor().acts_on == Sphere::Link)
}

/// Judges the history and writes the verdict, before a page can fill the disk.
async fn conclude(plan: RunPlan, cut: Option<Cut>, notes: Vec<String>) -> Result<(Finished, Pages), RunError> {
    let history = plan.folder.join("history.jsonl");
    let judge = move || {
        checkers::judge::judge_file(&history)
            .map_err(|error| RunError::lost(Trouble::CannotJudge, format!("{}: {error}", history.display())))
    };
    let judged = behind_others(judge).await;
    let panicked = |error: tokio::task::JoinError| RunError::lost(Trouble::CannotJudge, error.to_string());
    let outcome = match (judged.map_err(panicked).flatten(), &cut) {
        (Ok(outcome), _) => outcome,
        // What went wrong first is the sentence that helps: a full disk takes no verdict either.
        (Err(_), Some(Cut::Trouble(lost))) => return Err(RunError::Lost(lost.clone())),
        (Err(error), _) => return Err(error),
    };
    let trouble = match &cut {
        Some(Cut::Trouble(lost)) => Some(lost.clone()),
        _ => facts::harness_failure(&outcome),
    };
    let exit = match (&cut, &trouble) {
        (Some(Cut::Interrupted), _) => ExitCode::Interrupted,
        (_, Some(_)) if outcome.verdict != Verdict::Invalid => ExitCode::Harness,
        _ => outcome.verdict.into(),
    };
    let wanted = !plan.file.trial && (!plan.file.brief || !is_dull(&outcome, cut == Some(Cut::Interrupted)));
    let mut finished = Finished { outcome, exit, trouble, notes, warnings: Vec::new() };
    if let Err(error) = reports::verdict::write(&plan.folder, &finished.outcome) {
        finished.unwritten(error.to_string());
    }
    Ok((finished, Pages { plan, wanted }))
}

/// A run of a campaign that is valid, or that was interrupted and will be done again: its pages will not be looked at.
fn is_dull(outcome: &Outcome, interrupted: bool) -> bool {
    match outcome.verdict {
        Verdict::Invalid => false,
        Verdict::Unknown => interrupted,
        Verdict::Valid => interrupted || facts::harness_failure(outcome).is_none(),
    }
}

/// Works on a thread of its own that gives way to others. While this run is judged, the nodes of other runs on this machine still
/// have elections to win.
async fn behind_others<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, tokio::task::JoinError> {
    let polite = move || {
        // On Linux the niceness is the thread's. Who is refused it works as before.
        let _ = rustix::process::nice(10);
        work()
    };
    tokio::task::spawn_blocking(polite).await
}
