//! Putting a disk over a folder, with mount(2) and without a helper program.
//!
//! The harness has the capability for it in its sandbox, as root or in a user namespace of its own. The device must be opened
//! there as well, since the kernel compares the two namespaces.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use nix::mount::{MntFlags, MsFlags, mount, umount2};

use super::Shared;
use super::image::Attributes;
use super::server::Server;

/// The device of FUSE.
pub const DEVICE: &str = "/dev/fuse";

/// A step on the way to a mounted disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The folder is looked at.
    Folder,
    /// The device is opened.
    Open,
    /// mount(2).
    Mount,
    /// The kernel's first request is answered.
    Handshake,
    /// The threads that serve it are started.
    Serve,
}

/// A disk could not be mounted.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct MountError {
    /// Where it failed.
    pub step: Step,
    /// What the kernel said.
    pub source: io::Error,
}

impl MountError {
    pub(super) fn new(step: Step, source: impl Into<io::Error>) -> Self {
        Self { step, source: source.into() }
    }

    fn sentence(&self) -> String {
        let source = &self.source;
        match self.step {
            Step::Folder => format!("the folder for a simulated disk cannot be read ({source})"),
            Step::Open => format!("{DEVICE} cannot be opened ({source})"),
            Step::Mount => format!("the kernel refused to mount a simulated disk ({source})"),
            Step::Handshake => format!("the kernel did not begin to talk to a simulated disk ({source})"),
            Step::Serve => format!("no thread can be started to serve a simulated disk ({source})"),
        }
    }
}

/// The owner of a folder.
pub(super) fn owner(folder: &Path) -> Result<Attributes, MountError> {
    let about = std::fs::metadata(folder).map_err(|error| MountError::new(Step::Folder, error))?;
    Ok(super::owned(about.mode() & 0o7777, about.uid(), about.gid()))
}

/// Opens the device.
fn device() -> Result<File, MountError> {
    OpenOptions::new().read(true).write(true).open(DEVICE).map_err(|error| MountError::new(Step::Open, error))
}

/// Mounts over a folder, and serves it on threads of its own from then on.
pub(super) fn serve(folder: &Path, name: &str, server: Server, shared: Arc<Shared>) -> Result<(), MountError> {
    let device = device()?;
    let (uid, gid) = (nix::unistd::geteuid(), nix::unistd::getegid());
    // The kernel checks rights by the modes of files, as on any disk, and for any user of this namespace.
    let options = format!(
        "fd={},rootmode=40000,user_id={uid},group_id={gid},default_permissions,allow_other",
        device.as_raw_fd()
    );
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(Some("interregnum-disk"), folder, Some("fuse.interregnum-disk"), flags, Some(options.as_str()))
        .map_err(|error| MountError::new(Step::Mount, error))?;
    let session =
        fuser::Session::from_fd(server, OwnedFd::from(device), fuser::SessionACL::All, fuser::Config::default());
    let served = session.map_err(|error| MountError::new(Step::Handshake, error)).and_then(|session| {
        std::thread::Builder::new()
            .name(format!("{name}-disk"))
            // It ends when the last mount is gone; what it ends with is of no interest then.
            .spawn(move || {
                let _ = shared.thread.set(nix::unistd::gettid().as_raw().unsigned_abs());
                drop(session.run());
            })
            .map_err(|error| MountError::new(Step::Serve, error))
    });
    match served {
        Ok(_) => Ok(()),
        Err(error) => {
            detach(folder);
            Err(error)
        }
    }
}

/// Takes the mount away from this mount namespace; it ends when no process has it any more.
pub(super) fn detach(folder: &Path) {
    let _ = umount2(folder, MntFlags::MNT_DETACH);
}
