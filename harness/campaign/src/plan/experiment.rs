//! Experiments as data: what is run, so often, and what each run is an instance of.
//!
//! An experiment asks a question of many runs that differ on purpose: in the parameters of the system, in the faults, or in the
//! links between the nodes. Each combination is a [`Cell`]; a cell gets as many seeds as its numbers need. A campaign runs cells
//! and knows no experiment by name. The page that answers the question reads the finished runs by the cell's `id` and groups them
//! by its `axes`.
//!
//! **The order.** A machine is not the same at midnight as at noon. A cell that was run as one block would be measured on another
//! machine than the next. [`Spread`](super::Spread) interleaves. At every moment about the same share of each cell is done,
//! whatever its number of runs, and an experiment that is ended early has all its cells. Run `k` of every cell has the same seed,
//! so that cells are compared on the same draws.

use std::fmt;
use std::time::Duration;

use history::RunFile;
use history::run::{DrawnFrom, Network, Options};
use workloads::coverage::Coverage;
use workloads::link::NodeName;
use workloads::schedule::{SCHEMA, Schedule, Step};
use workloads::workload::Parameters;

use super::Hunt;

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// Its name, as the command line has it.
    pub name: String,
    /// One line on what it asks.
    pub about: String,
    /// The trials that the user asked for.
    pub trials: u64,
    /// At most so many clusters at once, where accuracy matters more than speed; none: as many as the machine carries. The
    /// user's `--jobs` goes before it.
    pub jobs: Option<usize>,
    /// What is run.
    pub cells: Vec<Cell>,
    /// It hunts: groups of its cells are campaigns that end when they have found something. None: every cell has its runs.
    pub hunt: Option<Hunt>,
}

/// One combination of system, parameters and treatment.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Unique in its experiment and stable: `150-300`, `ha-1/prevote`. Letters, digits, `.`, `_`, `-` and `/`; what a run's
    /// folder, its line in the ledger and `--only` name it by.
    pub id: String,
    /// What the page groups by: `("strategy", "early")`. The same keys in the same order in every cell.
    pub axes: Vec<(&'static str, String)>,
    /// The system, as `--system` takes it.
    pub system: String,
    /// How many nodes.
    pub nodes: usize,
    /// Parameters of the system, as `--set` takes them: `election=150-300`, `n4.log=0/0`.
    pub settings: Vec<String>,
    /// The network, as `--network` takes it; none: the user's, or the best that works.
    pub network: Option<String>,
    /// One-way delay of every link between nodes from the beginning to the end of the run. It is no fault: the links are
    /// certain, and the header has it.
    pub link_delay: Option<Duration>,
    /// What nodes persist is kept in memory: no disk has a say in what is measured.
    pub data_in_memory: bool,
    /// Its nodes have simulated disks, for faults that only these can do: where none can be mounted the cell is left out.
    pub disks: bool,
    /// What of such a disk survives a power cut, as `--disk-model` takes it; none: as usual.
    pub disk_model: Option<&'static str>,
    /// The time within which a leader is owed; none: as the system claims.
    pub bound: Option<Duration>,
    /// How long the faults phase may last; none: as the workload or the [`Steps`] say.
    pub time: Option<Duration>,
    /// What is done to the cluster.
    pub work: Work,
    /// How many runs, with a seed each.
    pub runs: u64,
    /// A run that takes longer hangs, and is ended; none: as the harness guesses.
    pub watchdog: Option<Duration>,
}

/// What is done to the cluster of a cell.
#[derive(Clone)]
pub enum Work {
    /// A named workload.
    Workload {
        /// Its name: `re-election`.
        name: String,
        /// What `--by`, `--faults` and `--rounds` set.
        parameters: Parameters,
    },
    /// A schedule of its own, the same for every seed but for the targets that are drawn at injection.
    Steps(Steps),
    /// A schedule drawn from the seed; pure.
    Drawn(Draw),
}

/// Draws the steps of a cell for a seed. It has to be pure; it may look at the cell's axes and settings.
pub type Draw = fn(&Cell, u64) -> Steps;

/// A schedule but for what the cell and the seed say.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps {
    pub steps: Vec<Step>,
    /// How long the faults phase may last at most.
    pub duration: Duration,
    /// What the run must have shown.
    pub coverage: Coverage,
}

/// A cell asks for what there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cell}: {why}")]
pub struct NotAsked {
    cell: String,
    why: String,
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workload { name, parameters } => {
                f.debug_struct("Workload").field("name", name).field("parameters", parameters).finish()
            }
            Self::Steps(steps) => f.debug_tuple("Steps").field(steps).finish(),
            Self::Drawn(_) => f.write_str("Drawn"),
        }
    }
}

impl Experiment {
    /// How many runs there are in all.
    pub fn runs(&self) -> u64 {
        self.cells.iter().fold(0, |sum, cell| sum.saturating_add(cell.runs))
    }

    /// The experiment with those of its cells that are kept. None: its groups would no longer have as many cells each.
    pub fn only(self, keep: impl Fn(&Cell) -> bool) -> Option<Self> {
        let Some(hunt) = &self.hunt else {
            return Some(Self { cells: self.cells.into_iter().filter(|cell| keep(cell)).collect(), ..self });
        };
        let groups = self.cells.chunks(hunt.parts.max(1)).zip(&hunt.searches);
        let kept =
            groups.map(|(cells, searches)| (cells.iter().filter(|cell| keep(cell)).cloned().collect(), *searches));
        let kept: Vec<(Vec<Cell>, bool)> = kept.filter(|(cells, _): &(Vec<Cell>, bool)| !cells.is_empty()).collect();
        let parts = kept.first().map_or(0, |(cells, _)| cells.len());
        let budget = hunt.budget / (hunt.parts as u64).max(1) * parts as u64;
        let hunt = Hunt { budget, parts, searches: kept.iter().map(|(_, searches)| *searches).collect() };
        let even = kept.iter().all(|(cells, _)| cells.len() == parts);
        even.then(|| Self { cells: kept.into_iter().flat_map(|(cells, _)| cells).collect(), hunt: Some(hunt), ..self })
    }

    /// Where the cell of this id stands.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.cells.iter().position(|cell| cell.id == id)
    }
}

impl Cell {
    /// A cell of the reference node with `runs` runs of `work`, and everything else as usual.
    pub fn new(id: impl Into<String>, nodes: usize, work: Work, runs: u64) -> Self {
        Self {
            id: id.into(),
            axes: Vec::new(),
            system: "reference".into(),
            nodes,
            settings: Vec::new(),
            network: None,
            link_delay: None,
            data_in_memory: false,
            disks: false,
            disk_model: None,
            bound: None,
            time: None,
            work,
            runs,
            watchdog: None,
        }
    }

    /// What is asked of its runs, but for the system's file, the folder and the seed. `each`: what the user asks of all runs; what
    /// a cell is about is the experiment's. `network`: of a cell that names none.
    ///
    /// # Errors
    /// The cell names a network or a model of disks that there is not.
    pub fn asked(&self, each: &Options, network: Network) -> Result<RunFile, NotAsked> {
        let wrong = |error: &dyn fmt::Display| NotAsked { cell: self.id.clone(), why: error.to_string() };
        let network = self.network.as_deref().map_or(Ok(network), str::parse).map_err(|error| wrong(&error))?;
        let disk_model = self.disk_model.map_or(Ok(each.disk_model), str::parse).map_err(|error| wrong(&error))?;
        let drawn_from = match &self.work {
            Work::Workload { name, parameters } => {
                let (workload, parameters) = (name.clone(), parameters.clone());
                Some(DrawnFrom { workload, seed: 0, parameters, time: self.time })
            }
            Work::Steps(_) | Work::Drawn(_) => None,
        };
        let options = Options {
            link_delay: self.link_delay.or(each.link_delay),
            data_in_memory: self.data_in_memory || each.data_in_memory,
            disk_model,
            ..each.clone()
        };
        let (set, nodes, bound) = (self.settings.clone(), self.nodes, self.bound);
        Ok(RunFile { set, nodes, network, options, drawn_from, bound, ..RunFile::default() })
    }

    /// The value of an axis.
    pub fn axis(&self, name: &str) -> Option<&str> {
        self.axes.iter().find(|(axis, _)| *axis == name).map(|(_, value)| value.as_str())
    }

    /// Its id as a part of a file's name.
    pub fn label(&self) -> String {
        self.id.replace('/', "-")
    }

    /// The names of its nodes: `n1` and so on.
    pub fn node_names(&self) -> Vec<NodeName> {
        (1..=self.nodes).map(|number| format!("n{number}")).collect()
    }

    /// The schedule of its run with this seed; none when a workload draws it, which knows the network by then.
    pub fn schedule(&self, seed: u64) -> Option<Schedule> {
        let steps = match &self.work {
            Work::Workload { .. } => return None,
            Work::Steps(steps) => steps.clone(),
            Work::Drawn(draw) => draw(self, seed),
        };
        Some(Schedule {
            schema: SCHEMA,
            workload: self.label(),
            seed,
            nodes: self.node_names(),
            duration: self.time.unwrap_or(steps.duration),
            parameters: Parameters::default(),
            coverage: steps.coverage,
            at_once: false,
            steps: steps.steps,
        })
    }
}
