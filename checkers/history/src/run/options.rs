//! The options of a run: what can be asked of one run can be asked of thousands.
//!
//! An option is one field. Its comment is the line of help, its attributes say how it is written on a command line, and its
//! place in [`Options`] puts it into `run.json`. Every command that starts runs takes all of them, and whoever writes a command
//! line reads them off ([`Options::line`]). An option that an older `run.json` lacks has its usual value.

use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Disks, Model};

/// The largest packet on the network `switch` where nobody asked for another, bytes.
pub const MTU: u16 = 65535;

/// The smallest one that IPv4 knows of.
pub const LEAST_MTU: u16 = 576;

/// What holds for each run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Args)]
#[serde(default)]
pub struct Options {
    /// The largest packet between nodes on the network `switch`, bytes; at 1500 throughput falls tenfold
    #[arg(long, default_value_t = MTU, value_name = "BYTES",
        value_parser = clap::value_parser!(u16).range(i64::from(LEAST_MTU)..))]
    pub mtu: u16,
    /// Delay every link between nodes by this much, in each direction, all the time: the network, not a fault
    #[arg(long, value_name = "TIME", value_parser = time)]
    #[serde(with = "humantime_serde::option", skip_serializing_if = "Option::is_none")]
    pub link_delay: Option<Duration>,
    /// Keep what nodes persist in memory, so that no disk has a say in how long things take. It is gone after the run. Only
    /// where the sandbox has namespaces
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub data_in_memory: bool,
    /// `simulated`: a disk that the harness simulates in memory lies over each node's data; `none`: the machine's disk;
    /// `auto`: simulated where the schedule has a disk fault
    #[arg(long, value_name = "DISK", default_value = "auto")]
    #[serde(skip_serializing_if = "super::is_default")]
    pub disk: Disks,
    /// What of a simulated disk survives a power cut: `journal`, as a default ext4; `strict`, what POSIX promises; `torn`, a seeded
    /// choice
    #[arg(long, value_name = "MODEL", default_value = "journal")]
    #[serde(skip_serializing_if = "super::is_default")]
    pub disk_model: Model,
    /// End a run when this is found: `invalid` for any broken promise, or checkers separated by commas
    #[arg(long, value_name = "invalid|CHECKER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// End a run when its history has this size, such as 500MB [default: 4GiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_history: Option<u64>,
    /// Write every packet of every node to capture.pcapng, for Wireshark; only on the network `switch`
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pcap: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mtu: MTU,
            link_delay: None,
            data_in_memory: false,
            disk: Disks::default(),
            disk_model: Model::default(),
            until: None,
            max_history: None,
            pcap: false,
        }
    }
}

impl Options {
    /// The options that were given, as a command line has them; those without a value come last.
    pub fn line(&self) -> Vec<String> {
        let all = Self::augment_args(clap::Command::new("each"));
        let [given, usual] = [self, &Self::default()].map(|options| serde_json::to_value(options).unwrap_or_default());
        let (mut values, mut flags) = (Vec::new(), Vec::new());
        for name in all.get_arguments().filter_map(clap::Arg::get_long) {
            let of = |options: &Value| options.get(name.replace('-', "_")).cloned();
            match of(&given).filter(|value| of(&usual).as_ref() != Some(value)) {
                Some(Value::Bool(_)) => flags.push(format!("--{name}")),
                Some(Value::String(text)) => values.push(format!("--{name}={text}")),
                Some(value) => values.push(format!("--{name}={value}")),
                None => {}
            }
        }
        values.extend(flags);
        values
    }
}

/// What is no time or no size: a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotWritten(String);

/// Reads a time such as `1m30s`.
///
/// # Errors
/// It is none.
pub fn time(text: &str) -> Result<Duration, NotWritten> {
    humantime::parse_duration(text).map_err(|_| {
        NotWritten(match text.starts_with('-') {
            true => "it is less than no time; write a longer one, such as 10m".to_owned(),
            false => "write a number and a unit, such as 500ms, 10s or 1m30s".to_owned(),
        })
    })
}

/// Reads a size such as `500MB` or `20GiB`, in bytes.
///
/// # Errors
/// It is none.
pub fn size(text: &str) -> Result<u64, NotWritten> {
    let wrong = || NotWritten(format!("{text:?} is no size: write a number and a unit, such as 500MB or 20GiB"));
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let unit = unit.trim().to_ascii_lowercase();
    let (letter, base) = match unit.strip_suffix("ib") {
        Some(letter) => (letter, 1024.0_f64),
        None => (unit.strip_suffix('b').unwrap_or(&unit), 1000.0),
    };
    let power = ["", "k", "m", "g", "t"].iter().position(|known| *known == letter).ok_or_else(wrong)?;
    if power == 0 && base > 1000.0 {
        return Err(wrong());
    }
    let bytes = number * base.powi(i32::try_from(power).unwrap_or(0));
    if (1.0..1e18).contains(&bytes) { Ok(bytes as u64) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches;

    use super::*;

    fn parsed(options: &[&str]) -> Options {
        let command = Options::augment_args(clap::Command::new("each").no_binary_name(true));
        Options::from_arg_matches(&command.try_get_matches_from(options).unwrap()).unwrap()
    }

    #[test]
    fn what_was_given_is_handed_on_and_nothing_else() {
        assert_eq!(parsed(&[]), Options::default());
        assert!(parsed(&["--mtu=65535", "--disk=auto"]).line().is_empty());
        let all = [
            "--mtu=1500",
            "--link-delay=5ms",
            "--disk=simulated",
            "--disk-model=torn",
            "--until=election-safety",
            "--max-history=5000000",
            "--data-in-memory",
            "--pcap",
        ];
        assert_eq!(parsed(&all).line(), all);
        assert_eq!(parsed(&["--max-history=5MB"]).line(), ["--max-history=5000000"]);
    }

    #[test]
    fn every_option_stands_in_run_json_by_the_name_that_it_has_on_a_command_line() {
        let all = Options::augment_args(clap::Command::new("each"));
        let given = parsed(&["--mtu=576", "--link-delay=1s", "--data-in-memory", "--disk=none", "--disk-model=torn"]);
        let rest = parsed(&["--until=invalid", "--max-history=1", "--pcap"]);
        let [given, rest] = [given, rest].map(|options| serde_json::to_value(options).unwrap());
        for name in all.get_arguments().filter_map(clap::Arg::get_long) {
            let key = name.replace('-', "_");
            assert!(given.get(&key).or(rest.get(&key)).is_some(), "{name}");
        }
    }

    #[test]
    fn a_size_is_a_number_with_a_unit_or_without() {
        for (text, bytes) in [("20GB", 20_000_000_000), ("1.5 GiB", 1_610_612_736), ("100", 100), ("5k", 5000)] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for wrong in ["", "GB", "-1GB", "0", "1 parsec", "1e300GB", "5iB"] {
            assert!(size(wrong).unwrap_err().to_string().contains("500MB"), "{wrong}");
        }
    }
}
