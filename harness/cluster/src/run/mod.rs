//! One run: one cluster, one schedule, one history.
//!
//! A run goes through its phases in order (setup, settle, faults, heal, final, teardown), and whatever happens in
//! between (an interrupt, a full disk, a node that never becomes ready) it still heals, stops what it started, ends
//! its history and judges it: what was recorded is never lost. What went wrong in the harness or its surroundings is
//! kept apart from what the checkers say of the cluster, because the two have different exit codes and only one of
//! them is a bug of the system under test.

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

use checkers::judge::Until;
use history::finding::{Lost, Trouble};
use history::run::{Disks, Model};
use history::{Header, Phase};
use history::{Outcome, Verdict};
use tokio::sync::watch;
use workloads::fault::Sphere;
use workloads::workload::Parameters;
use workloads::{Action, NodeName, Schedule, Step};

use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::network::{self, Network};
use crate::probe::Prober;
use crate::record::{self, Recorder};
use crate::system::{self, Settings, System, SystemError, Whose};
use history::exit::ExitCode;

pub use disks::no_disks;
pub use files::read_plan;

/// The file of a run's packets, in its folder.
pub const CAPTURE: &str = "capture.pcapng";

/// What a run is to be. Everything that a replay needs.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The run's name, such as `chaos-7`.
    pub name: String,
    /// Its folder: made, and empty.
    pub folder: PathBuf,
    pub system: System,
    /// Its settings as the user wrote them.
    pub set: Vec<String>,
    /// How many nodes.
    pub nodes: usize,
    /// The network asked for.
    pub network: network::Choice,
    /// The largest packet on the network `switch`, bytes.
    pub mtu: u16,
    /// One-way delay of every link between nodes, from the beginning to the end.
    pub link_delay: Option<Duration>,
    /// What nodes persist is kept in memory, and gone after the run.
    pub data_in_memory: bool,
    /// Which disks nodes have.
    pub disk: Disks,
    /// What of simulated ones survives a power cut.
    pub disk_model: Model,
    /// Every packet of every node is written to [`CAPTURE`]; only on the network `switch`.
    pub pcap: bool,
    /// What is done to the cluster.
    pub script: Script,
    /// The bound, where the user gave one.
    pub bound: Option<Duration>,
    /// Where nodes are started: the working directory of whoever asked for the run.
    pub directory: PathBuf,
    /// The command line that asked for it.
    pub command: Vec<String>,
    /// What the harness lives in, in words.
    pub surroundings: String,
    /// Write pages, plots and exports only if the run is not valid: nobody will look at it.
    pub brief: bool,
    /// The run is over as soon as all nodes are ready: whether they start is all that is asked. It has no pages.
    pub trial: bool,
    /// The run is ended when this is found.
    pub until: Option<Until>,
    /// The run is ended when its history has so many bytes; none: [`crate::record::MOST`].
    pub max_history: Option<u64>,
}

/// Where the schedule comes from.
#[derive(Debug, Clone)]
pub enum Script {
    /// Drawn from a workload.
    Workload {
        name: String,
        seed: u64,
        parameters: Parameters,
        /// How long the faults phase may last.
        duration: Option<Duration>,
    },
    /// Given, by a file or by an earlier run.
    Given(Schedule),
    /// A schedule without steps: nothing is done, and nothing but its time is waited for.
    Watch(Schedule),
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
    /// A file of the run could not be written. What is certain stays so: an invalid run is invalid, and whoever interrupted
    /// knows it; any other run is one of which the harness failed to leave what it owes.
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
    plan: Plan,
    header: Header,
    wanted: bool,
}

impl Pages {
    /// Writes them. The verdict is on disk by now, so whatever fails here loses no verdict.
    pub async fn write(self, finished: &mut Finished) {
        let Self { plan, header, wanted } = self;
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
        if let Err(error) = files::finish(&plan, &header, finished) {
            finished.unwritten(format!("{}: {error}", plan.folder.join("run.json").display()));
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

/// Finds what is wrong with a plan as far as that can be known before anything is made or started: a user's mistake
/// should leave no folder behind.
pub fn vet(plan: &Plan) -> Result<(), RunError> {
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
    /// Its nodes.
    pub nodes: Vec<NodeName>,
    /// How many faults its schedule has.
    pub faults: usize,
}

/// Looks ahead to a run.
///
/// # Errors
/// As [`vet`].
pub fn outlook(plan: &Plan) -> Result<Outlook, RunError> {
    facts::outlook(plan)
}

/// Carries a plan out, judges what was recorded and writes the verdict. The pages are yet to be written: see [`Pages`].
pub async fn run(
    mut plan: Plan,
    interrupted: watch::Receiver<bool>,
    progress: watch::Sender<Progress>,
) -> Result<(Finished, Pages), RunError> {
    let clock = Clock::start();
    let settings = Settings::parse(&plan.set)?;
    let names = plan.system.names(plan.nodes)?;
    let unwritten =
        |error: std::io::Error| RunError::lost(Trouble::CannotRecord, format!("{}: {error}", plan.folder.display()));
    let (network, why) = facts::network(&plan, &names, clock)?;
    let network: Arc<dyn Network> = Arc::from(network);
    let bound = facts::bound(&plan, &settings)?;
    let capabilities = facts::with_disks(&plan, network.capabilities());
    let schedule = facts::schedule(&plan, &names, capabilities, bound.time)?;
    let simulated = disks::wanted(&plan, &schedule)?;
    let places = facts::Places(&*network);
    let data = plan.folder.join("data");
    if plan.data_in_memory {
        crate::sandbox::keep_in_memory(&data).map_err(|why| RunError::lost(Trouble::CannotStart, why))?;
    }
    // Before the nodes are planned: which observers they have may hang on it.
    let asked = system::Cluster::plan_version(&plan.system, plan.nodes, &settings, &places, &data)?;
    let version = learn_version(&mut plan.system, asked).await?;
    let mut node_plans = system::Cluster::plan(&plan.system, plan.nodes, &settings, &places, &data)?;
    let mut auxiliaries = system::Cluster::plan_aux(&plan.system, plan.nodes, &settings, &places, &data)?;
    let nodes = node_plans.iter_mut().flat_map(|node| node.programs(Whose::Node));
    for (whose, program) in nodes.chain(auxiliaries.iter_mut().flat_map(|aux| aux.programs(Whose::Aux))) {
        *program = plan.system.locate(program, whose)?.display().to_string();
    }
    let once = system::Cluster::plan_once(&plan.system, plan.nodes, &settings, &places, &data)?;
    let once = once.map(|argv| located(&plan.system, argv, Whose::Once)).transpose()?.zip(plan.system.once.clone());
    let mut probe = system::Cluster::plan_probe(&plan.system, plan.nodes, &settings, &places, &data)?;
    for program in probe.iter_mut().flat_map(system::ProbePlan::programs) {
        *program = plan.system.locate(program, Whose::Probe)?.display().to_string();
    }
    let mut header = facts::header(&plan, &settings, &schedule, &*network, &why, &bound, clock, &node_plans)?;
    header.disk = simulated.then(|| plan.disk_model.into());
    header.versions.extend(version.map(|version| (history::header::PROGRAM_VERSION.to_owned(), version)));
    files::write_inputs(&plan, &schedule, &header).map_err(unwritten)?;

    let history = plan.folder.join("history.jsonl");
    let most = plan.max_history.unwrap_or(record::MOST);
    let recorder = Recorder::create(&history, &header, clock, most).map_err(unwritten)?;
    let mounted = if simulated { disks::mount(&node_plans, plan.disk_model, schedule.seed)? } else { Vec::new() };
    let patience = bound.time.max(plan.system.ready.timeout);
    let cluster = Arc::new(cluster(&plan, node_plans, &network, &recorder, (mounted, patience)));
    let found = until::watch(plan.until.clone(), &header, &recorder).map_err(unwritten)?;
    let stage = phases::Stage {
        cluster,
        auxiliaries,
        network: Arc::clone(&network),
        provoke: plan.system.provoke.clone(),
        prober: probe.map(|probe| Prober::new(probe, plan.directory.clone())),
        recorder,
        links_matter: plan.link_delay.is_some() || schedule.steps.iter().any(about_links),
        counts_messages: header.claims.messages.is_some(),
        schedule,
        watch: matches!(plan.script, Script::Watch(_)),
        bound: bound.time,
        ready_timeout: plan.system.ready.timeout,
        once,
        folder: plan.folder.clone(),
        interrupted,
        found,
        trial: plan.trial,
        progress,
    };
    let cut = stage.play().await.err();
    let note = |(node, name): (usize, &String)| Some(format!("{name} {}", network.uncarried(node)?));
    let full = (cut == Some(Cut::Full)).then(|| {
        format!("the history had reached {most} bytes, so that the run was ended; --max-history allows for more")
    });
    let notes = names.iter().enumerate().filter_map(note).chain(full).collect();
    conclude(plan, header, cut, notes).await
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
    plan: &Plan,
    nodes: Vec<system::NodePlan>,
    network: &Arc<dyn Network>,
    recorder: &Recorder,
    (disks, patience): (Vec<crate::disk::Disk>, Duration),
) -> Cluster {
    let (output, network, recorder) = (plan.folder.join("nodes"), Arc::clone(network), recorder.clone());
    let cluster = Cluster::new(nodes, plan.system.stop, network, recorder, &output, &plan.directory);
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
async fn conclude(
    plan: Plan,
    header: Header,
    cut: Option<Cut>,
    notes: Vec<String>,
) -> Result<(Finished, Pages), RunError> {
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
    let wanted = !plan.trial && (!plan.brief || !is_dull(&outcome, cut == Some(Cut::Interrupted)));
    let mut finished = Finished { outcome, exit, trouble, notes, warnings: Vec::new() };
    if let Err(error) = reports::verdict::write(&plan.folder, &finished.outcome) {
        finished.unwritten(error.to_string());
    }
    Ok((finished, Pages { plan, header, wanted }))
}

/// A run of a campaign that is valid, or that was interrupted and will be done again: nobody will look at its pages.
fn is_dull(outcome: &Outcome, interrupted: bool) -> bool {
    match outcome.verdict {
        Verdict::Invalid => false,
        Verdict::Unknown => interrupted,
        Verdict::Valid => interrupted || facts::harness_failure(outcome).is_none(),
    }
}

/// Works on a thread of its own that gives way to others: while this run is judged, the nodes of other runs on this machine
/// still have elections to win.
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
