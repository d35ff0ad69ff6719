//! What of the file system a node may change: its data, and what every program may use for a while (`/tmp` and the like).
//!
//! All this happens in a mount namespace of the calling thread's own. One call makes everything read-only, and copies of what
//! stays writable are laid over it. Over these, read-only again, lies the run's own folder, and in it the folder of the nodes'
//! data, but for those of other nodes. The node's own is no mount: it may be renamed or removed. The copies are taken before, so
//! that what was read-only already stays so. A device can be written on a read-only file system, and an existing socket or pipe
//! can be used. Only new ones need a folder that is writable.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::libc;
use nix::sched::{CloneFlags, unshare};

use super::launcher::Rights;

/// What programs expect to be writable, where it is there. A node may also write what its variables name for this.
const OPEN: [&str; 5] = ["/dev", "/proc", "/run", "/tmp", "/var/tmp"];

/// Variables that name more of it.
const NAMED: [&str; 3] = ["TMPDIR", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME"];

/// Settings of the kernel, which belong to root by their mode alone.
const SETTINGS: &str = "/proc/sys";

/// Leaves the mount namespace for one in which only this may be written; otherwise the reason, and all is as it was.
pub(super) fn close(rights: &Rights) -> Result<(), String> {
    unshare(CloneFlags::CLONE_NEWNS).map_err(|error| format!("a mount namespace was refused ({error})"))?;
    let said = |what: &str, error: io::Error| format!("{what} was refused ({error})");
    let mut layers = Vec::new();
    for (path, writable) in places(rights) {
        let Ok(path) = path.canonicalize() else { continue };
        let copy = copy(&path).map_err(|error| said("a copy of a mount", error))?;
        if !writable {
            read_only(copy.as_raw_fd(), c"").map_err(|error| said("a read-only mount", error))?;
        }
        layers.push((path, copy));
    }
    // A folder is laid over before what is in it; of two for one place the later counts.
    layers.sort_by_key(|(path, _)| path.components().count());
    read_only(libc::AT_FDCWD, c"/").map_err(|error| said("a read-only mount", error))?;
    for (path, copy) in &layers {
        lay(copy, path).map_err(|error| said("a mount", error))?;
    }
    Ok(())
}

/// Places and whether they may be written.
fn places(rights: &Rights) -> Vec<(PathBuf, bool)> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let open = OPEN.iter().map(PathBuf::from).chain(NAMED.into_iter().filter_map(variable));
    let caches = variable("HOME").map(|home| home.join(".cache"));
    let mut places: Vec<_> = open.chain(caches).map(|path| (path, true)).collect();
    places.extend([(SETTINGS.into(), false), (rights.evidence.clone(), false)]);
    places.extend(rights.writable.iter().map(|path| (path.clone(), true)));
    places.extend(rights.data.parent().map(|folder| (folder.to_owned(), true)));
    places.extend(rights.others.iter().map(|path| (path.clone(), false)));
    places
}

/// A copy of what is mounted at a place and below, as it is seen from there, mounted nowhere yet.
fn copy(path: &Path) -> io::Result<OwnedFd> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let flags = libc::OPEN_TREE_CLONE | libc::OPEN_TREE_CLOEXEC | libc::AT_RECURSIVE as libc::c_uint;
    // SAFETY: the path ends with a zero and outlives the call; the descriptor is new, so that its owner is the only one.
    unsafe {
        let copy = Errno::result(libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, path.as_ptr(), flags))?;
        Ok(OwnedFd::from_raw_fd(RawFd::try_from(copy).map_err(io::Error::other)?))
    }
}

/// Puts a copy over a place.
fn lay(copy: &OwnedFd, path: &Path) -> io::Result<()> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: both paths end with a zero and outlive the call.
    let laid = unsafe {
        libc::syscall(
            libc::SYS_move_mount,
            copy.as_raw_fd(),
            c"".as_ptr(),
            libc::AT_FDCWD,
            path.as_ptr(),
            libc::MOVE_MOUNT_F_EMPTY_PATH,
        )
    };
    Errno::result(laid)?;
    Ok(())
}

/// Makes a mount and all below it read-only: all of them or none.
fn read_only(folder: RawFd, path: &std::ffi::CStr) -> io::Result<()> {
    let flags = libc::AT_RECURSIVE | libc::AT_EMPTY_PATH;
    // SAFETY: an all-zero mount_attr is a valid value and asks for nothing. The call reads as much of it as it is told, and the
    // path ends with a zero.
    let done = unsafe {
        let mut attributes: libc::mount_attr = std::mem::zeroed();
        attributes.attr_set = libc::MOUNT_ATTR_RDONLY;
        let size = size_of::<libc::mount_attr>();
        libc::syscall(libc::SYS_mount_setattr, folder, path.as_ptr(), flags, &raw const attributes, size)
    };
    Errno::result(done)?;
    Ok(())
}
