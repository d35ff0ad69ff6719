//! How fast this machine is, in what an election needs besides its timeouts.
//!
//! A baseline may have been measured on another machine, or on this one on a worse day. So a fixed piece of work is timed, and so
//! is each step that an election takes. These are: a timer wakes a thread, a message is exchanged on loopback, a page is made
//! durable where the nodes' data will be. Medians: one bad moment says nothing. It takes about half a second.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::compare::Machine;

/// How often each thing is tried.
const TRIES: usize = 15;
/// A sleep whose end is watched.
const NAP: Duration = Duration::from_millis(5);
/// As many bytes are hashed.
const WORK: usize = 8 << 20;

/// Measures this machine; files are made in `folder`, and gone afterwards.
pub fn machine(folder: &Path) -> Machine {
    let step = median(wake) + exchange().unwrap_or(0) + durable(folder).unwrap_or(0);
    Machine { work: median(work), step }
}

/// The slower of two measurements.
pub fn slower(a: Machine, b: Machine) -> Machine {
    Machine { work: a.work.max(b.work), step: a.step.max(b.step) }
}

fn median(mut of: impl FnMut() -> u64) -> u64 {
    let mut times: Vec<u64> = (0..TRIES).map(|_| of()).collect();
    times.sort_unstable();
    times[TRIES / 2]
}

fn since(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

fn work() -> u64 {
    let block = [0x5a_u8; 4096];
    let begun = Instant::now();
    let mut hash = crc32fast::Hasher::new();
    for _ in 0..WORK / block.len() {
        hash.update(std::hint::black_box(&block));
    }
    std::hint::black_box(hash.finalize());
    since(begun)
}

fn wake() -> u64 {
    let begun = Instant::now();
    std::thread::sleep(NAP);
    since(begun).saturating_sub(u64::try_from(NAP.as_nanos()).unwrap_or(0))
}

fn exchange() -> Option<u64> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).ok()?;
    let mut near = TcpStream::connect(listener.local_addr().ok()?).ok()?;
    let (mut far, _) = listener.accept().ok()?;
    near.set_nodelay(true).ok()?;
    far.set_nodelay(true).ok()?;
    let echo = std::thread::spawn(move || {
        let mut byte = [0];
        while far.read_exact(&mut byte).is_ok() && far.write_all(&byte).is_ok() {}
    });
    let mut byte = [0];
    let mut fine = true;
    let time = median(|| {
        let begun = Instant::now();
        fine &= near.write_all(&byte).and_then(|()| near.read_exact(&mut byte)).is_ok();
        since(begun)
    });
    drop(near);
    let _ = echo.join();
    fine.then_some(time)
}

fn durable(folder: &Path) -> Option<u64> {
    let mut file = tempfile::tempfile_in(folder).ok()?;
    let mut fine = true;
    let time = median(|| {
        let begun = Instant::now();
        fine &= file.write_all(&[0; 4096]).and_then(|()| file.sync_data()).is_ok();
        since(begun)
    });
    fine.then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_measured_and_nothing_stays_behind() {
        let folder = tempfile::tempdir().unwrap();
        let measured = machine(folder.path());
        assert!(measured.work > 0 && measured.step > 0, "{measured:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let worse = slower(measured, Machine { work: 1, step: u64::MAX });
        assert_eq!(worse, Machine { work: measured.work, step: u64::MAX });
    }
}
