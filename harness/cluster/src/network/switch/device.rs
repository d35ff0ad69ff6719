//! A TUN device in the network namespace of the thread that makes it: IP packets in and out of a file.

#![allow(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;

use nix::errno::Errno;
use nix::libc;

use super::SwitchError;
use super::addresses::HostAddress;

/// How many packets wait in the kernel for the switch to read them.
const QUEUE: libc::c_int = 2000;

/// The name; the kernel puts a number in.
const NAME: &[u8] = b"irg%d";

/// The device goes when this does.
#[derive(Debug)]
pub(super) struct Device(File);

impl Device {
    /// Makes one with an address, up, in the namespace of this thread.
    pub(super) fn new(place: HostAddress, mtu: u16) -> Result<Self, SwitchError> {
        let failed = |what: &'static str| move |error: io::Error| SwitchError::Device(format!("{what} ({error})"));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK)
            .open("/dev/net/tun")
            .map_err(failed("/dev/net/tun cannot be opened"))?;
        let mut request = request(NAME);
        request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
        ioctl(file.as_fd(), libc::TUNSETIFF as libc::c_ulong, &mut request).map_err(|error| {
            let other = error.raw_os_error() == Some(libc::ENOTTY);
            failed(if other { "/dev/net/tun is something else than the TUN device" } else { "it cannot be made" })(
                error,
            )
        })?;
        let socket = socket().map_err(failed("there is no socket to set it up with"))?;
        let mut set = |what, call: libc::c_ulong, fill: &dyn Fn(&mut libc::ifreq)| {
            fill(&mut request);
            ioctl(socket.as_fd(), call, &mut request).map_err(failed(what))
        };
        set("its MTU was refused", libc::SIOCSIFMTU as _, &|request| {
            request.ifr_ifru.ifru_mtu = libc::c_int::from(mtu);
        })?;
        // A shorter queue still works.
        let _ = set("its queue was refused", libc::SIOCSIFTXQLEN as _, &|request| request.ifr_ifru.ifru_mtu = QUEUE);
        set("its address was refused", libc::SIOCSIFADDR as _, &|request| {
            request.ifr_ifru.ifru_addr = sockaddr(place.address);
        })?;
        set("its netmask was refused", libc::SIOCSIFNETMASK as _, &|request| {
            request.ifr_ifru.ifru_addr = sockaddr(place.netmask);
        })?;
        set("it cannot be brought up", libc::SIOCSIFFLAGS as _, &|request| {
            request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
        })?;
        Ok(Self(file))
    }

    /// Reads a packet; an error of kind `WouldBlock` when there is none.
    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.0).read(buffer)
    }

    /// Hands a packet to the kernel behind the device.
    pub(super) fn write(&self, packet: &[u8]) -> io::Result<()> {
        (&self.0).write(packet).map(drop)
    }
}

impl AsFd for Device {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn request(name: &[u8]) -> libc::ifreq {
    // SAFETY: an all-zero ifreq is a valid value.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    // One byte stays free, so that the name ends with a zero.
    for (to, from) in request.ifr_name[..libc::IFNAMSIZ - 1].iter_mut().zip(name) {
        *to = *from as libc::c_char;
    }
    request
}

fn socket() -> io::Result<OwnedFd> {
    // SAFETY: no pointers are involved; the descriptor is new, so that its owner is the only one.
    unsafe {
        let fd = libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0);
        Ok(OwnedFd::from_raw_fd(Errno::result(fd)?))
    }
}

fn ioctl(file: BorrowedFd<'_>, call: libc::c_ulong, request: &mut libc::ifreq) -> io::Result<()> {
    // SAFETY: every request made in this file reads, and may write, one ifreq, and keeps no pointer to it.
    Errno::result(unsafe { libc::ioctl(file.as_raw_fd(), call as _, std::ptr::from_mut(request)) })?;
    Ok(())
}

fn sockaddr(address: Ipv4Addr) -> libc::sockaddr {
    let mut data = [0; 14];
    for (to, from) in data[2..6].iter_mut().zip(address.octets()) {
        *to = from as libc::c_char;
    }
    libc::sockaddr { sa_family: libc::AF_INET as libc::sa_family_t, sa_data: data }
}
