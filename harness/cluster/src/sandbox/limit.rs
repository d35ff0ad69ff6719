//! A resource limit of another process, asked for by its number. This is a system call: a file of /proc would cost ten times as
//! much, and hundreds are asked in a row.

use std::io;

use nix::errno::Errno;
use nix::libc;

/// How many file locks a process may hold, its soft limit.
///
/// # Errors
/// `ESRCH` where there is no such process, `EPERM` where it belongs to another user.
pub(crate) fn file_locks(pid: u32) -> io::Result<u64> {
    let pid = i32::try_from(pid).map_err(|_| Errno::ESRCH)?;
    // SAFETY: an all-zero rlimit64 is a valid value, a null new limit only asks, and the call writes one rlimit64.
    let limit = unsafe {
        let mut limit: libc::rlimit64 = std::mem::zeroed();
        Errno::result(libc::prlimit64(pid, libc::RLIMIT_LOCKS, std::ptr::null(), &raw mut limit))?;
        limit.rlim_cur
    };
    Ok(limit)
}
