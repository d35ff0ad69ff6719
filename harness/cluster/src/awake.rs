//! Keeping a virtual machine's processors from halting while a run lasts.
//!
//! An idle processor halts. The hypervisor gives a halted virtual processor away, and on a crowded host it may not come back in
//! time. The machine that this was written on stood still for 40 to 120 ms, all of its processors at once, some ten times a
//! minute. Four fifths of its time were unused then, and no *steal* was counted. Each time is a stall in every run under way. A
//! processor that waits by polling is never given away; on the same machine the pauses were gone, and an election cost a quarter
//! less.
//!
//! Linux has a switch for it, made for audio and used by `cyclictest`. As long as a process holds `/dev/cpu_dma_latency` open
//! with a zero written to it, no idle processor goes to sleep. It is let go with the last process that holds it, however that
//! ends. An idle processor still counts as idle, so what the harness says about load stays true.
//!
//! It is held only under a hypervisor: bare metal wakes up within 0.2 ms, and polling would be heat for nothing. A machine that
//! is paid for by what it uses (burstable ones) may rather have the pauses: `INTERREGNUM_AWAKE=off`. Where the device cannot be
//! had (it is root's, and containers have none), only the number of stalls changes; `interregnum doctor` says which it is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};

/// The variable that lets the processors halt: `INTERREGNUM_AWAKE=off`.
pub(crate) const SWITCH: &str = "INTERREGNUM_AWAKE";

/// The kernel's switch: the latency of waking up that its holder bears, 32 bits, microseconds.
pub(crate) const DEVICE: &str = "/dev/cpu_dma_latency";

/// Why nothing is held.
#[derive(Debug)]
pub(crate) enum Halting {
    /// [`SWITCH`] says so.
    Asked,
    /// No hypervisor can be seen.
    BareMetal,
    /// The device cannot be opened.
    Refused(io::Error),
}

/// As long as this lives, no idle processor halts.
#[derive(Debug)]
#[must_use = "dropping it lets the processors halt"]
pub(crate) struct Awake {
    _device: File,
}

impl Awake {
    /// Holds the machine awake, if that is of use.
    ///
    /// # Errors
    ///
    /// Why it is not held; a run goes on without.
    pub(crate) fn hold() -> Result<Self, Halting> {
        if std::env::var_os(SWITCH).is_some_and(|value| value == "off") {
            return Err(Halting::Asked);
        }
        if !is_guest() {
            return Err(Halting::BareMetal);
        }
        let held = OpenOptions::new().write(true).open(DEVICE).and_then(|mut device| {
            device.write_all(&0_i32.to_ne_bytes())?;
            Ok(Self { _device: device })
        });
        held.map_err(Halting::Refused)
    }
}

/// Whether a hypervisor runs below. x86 says so among the processor's flags. A guest that knows how to poll before it halts (the
/// `haltpoll` driver) has one anywhere.
fn is_guest() -> bool {
    let flagged = fs::read_to_string("/proc/cpuinfo").is_ok_and(|text| has_hypervisor(&text));
    let driver = fs::read_to_string("/sys/devices/system/cpu/cpuidle/current_driver");
    flagged || driver.is_ok_and(|name| name.trim() == "haltpoll")
}

fn has_hypervisor(cpuinfo: &str) -> bool {
    let flags = cpuinfo.lines().find(|line| line.starts_with("flags"));
    flags.is_some_and(|line| line.split_whitespace().any(|flag| flag == "hypervisor"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hypervisor_is_seen_by_its_flag_and_by_nothing_else() {
        assert!(has_hypervisor("processor\t: 0\nflags\t\t: fpu vme hypervisor lahf_lm\nbugs\t\t:\n"));
        assert!(!has_hypervisor("processor\t: 0\nmodel name\t: hypervisor\nflags\t\t: fpu vme lahf_lm\n"));
        assert!(!has_hypervisor("Processor\t: ARMv8\nFeatures\t: fp asimd\n"));
    }
}
