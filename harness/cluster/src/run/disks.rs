//! Whether the nodes of a run have simulated disks, and making them.

use std::sync::LazyLock;

use history::finding::Trouble;
use history::run::{Disks, Model};
use workloads::fault::Need;
use workloads::{Action, Fault, Schedule};

use super::{RunError, RunPlan};
use crate::disk::Disk;
use crate::sandbox;
use crate::system::NodePlan;

/// Whether a simulated disk can be mounted here, tried once.
static DISK: LazyLock<Result<String, String>> = LazyLock::new(sandbox::probe::disk);

/// The first fault of a schedule that needs simulated disks.
fn needed_by(schedule: &Schedule) -> Option<&Fault> {
    schedule.steps.iter().find_map(|step| match &step.action {
        Action::Inject(fault) if fault.kind().descriptor().needs == Some(Need::Disk) => Some(fault),
        _ => None,
    })
}

/// Finds out before a run whether it can have the disks that it needs.
pub(super) fn vet(plan: &RunPlan, schedule: &Schedule) -> Result<(), RunError> {
    if !wanted(plan, schedule)? {
        return Ok(());
    }
    let Err(why) = &*DISK else { return Ok(()) };
    let what =
        needed_by(schedule).map_or_else(|| "--disk simulated".to_owned(), |fault| format!("`{}`", fault.kind().word()));
    Err(RunError::lost(
        Trouble::NoDisks,
        format!("{what} needs simulated disks, and none can be mounted here: {why}; see `interregnum doctor`"),
    ))
}

/// Why no simulated disk can be mounted here, if none can.
pub fn no_disks() -> Option<String> {
    match sandbox::current().map(sandbox::Sandbox::kind) {
        Some(sandbox::SandboxKind::Warden { reason }) => Some(format!("there is no sandbox, because {reason}")),
        _ => DISK.as_ref().err().cloned(),
    }
}

/// Nodes are to have simulated disks.
///
/// # Errors
/// The schedule needs them, and the user wants none; or data are to be in memory without them.
pub(super) fn wanted(plan: &RunPlan, schedule: &Schedule) -> Result<bool, RunError> {
    match (plan.file.options.disk, needed_by(schedule)) {
        (Disks::Simulated, _) | (Disks::Auto, Some(_)) if plan.file.options.data_in_memory => Err(RunError::Option(
            "--data-in-memory keeps data in the memory of the machine, and this run has simulated disks, which are in memory anyway; \
             leave it out, or use --disk none"
                .to_owned(),
        )),
        (Disks::Simulated, _) | (Disks::Auto, Some(_)) => Ok(true),
        (Disks::Auto | Disks::None, None) => Ok(false),
        (Disks::None, Some(fault)) => Err(RunError::Option(format!(
            "`{}` needs simulated disks, and --disk none asks for none; use --disk simulated, or leave the fault out",
            fault.kind().word()
        ))),
    }
}

/// Mounts one over the data directory of each node.
pub(super) fn mount(plans: &[NodePlan], model: Model, seed: u64) -> Result<Vec<Disk>, RunError> {
    if let Some(sandbox::SandboxKind::Warden { reason }) = sandbox::current().map(sandbox::Sandbox::kind) {
        let why = format!("simulated disks cannot be mounted without a sandbox, and there is none because {reason}");
        return Err(RunError::lost(Trouble::NoDisks, why));
    }
    let mounted = plans.iter().zip(0..).map(|(plan, number)| {
        std::fs::create_dir_all(&plan.data_dir).map_err(|error| format!("{}: {error}", plan.data_dir.display()))?;
        Disk::mount(&plan.data_dir, &plan.name, model, seed.wrapping_add(number)).map_err(|error| error.to_string())
    });
    mounted.collect::<Result<_, String>>().map_err(|why| RunError::lost(Trouble::NoDisks, why))
}
