//! Options of each run, whoever starts it: `test`, `soak` and `experiment` take the same, and hand them on in one way.

use std::time::Duration;

use clap::Args;
use history::Vocabulary;
use history::run::{Disks, Model};

use cluster::network::switch;

/// How large packets are.
#[derive(Debug, Clone, Args)]
pub struct PacketArgs {
    /// The largest packet between nodes on the network `switch`, bytes; at 1500 throughput falls tenfold
    #[arg(long, default_value_t = switch::MTU, value_name = "BYTES",
        value_parser = clap::value_parser!(u16).range(i64::from(switch::LEAST_MTU)..))]
    pub mtu: u16,
}

/// Which disks nodes have.
#[derive(Debug, Clone, Default, Args)]
pub struct DiskArgs {
    /// `simulated`: a disk that the harness simulates in memory lies over each node's data; `none`: the machine's disk;
    /// `auto`: simulated where the schedule has a disk fault
    #[arg(long, value_name = "DISK", default_value = "auto")]
    pub disk: Disks,
    /// What of a simulated disk survives a power cut: `journal`, as a default ext4; `strict`, what POSIX promises; `torn`, a seeded
    /// choice
    #[arg(long, value_name = "MODEL", default_value = "journal")]
    pub disk_model: Model,
}

/// What holds for each run.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// How large packets are.
    #[command(flatten)]
    pub packets: PacketArgs,
    /// Delay every link between nodes by this much, in each direction, all the time: the network, not a fault
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    pub link_delay: Option<Duration>,
    /// Keep what nodes persist in memory, so that no disk has a say in how long things take. It is gone after the run. Only
    /// where the sandbox has namespaces
    #[arg(long)]
    pub data_in_memory: bool,
    /// Which disks nodes have.
    #[command(flatten)]
    pub disks: DiskArgs,
    /// End a run when this is found: `invalid` for any broken promise, or checkers separated by commas
    #[arg(long, value_name = "invalid|CHECKER")]
    pub until: Option<checkers::judge::Until>,
    /// End a run when its history has this size, such as 500MB [default: 4GiB]
    #[arg(long, value_name = "SIZE", value_parser = campaign::keep::parse_size)]
    pub max_history: Option<u64>,
    /// Write every packet of every node to capture.pcapng, for Wireshark; only on the network `switch`
    #[arg(long)]
    pub pcap: bool,
}

impl RunArgs {
    /// The options that were given, as the command line of a run has them. Without `--max-history`: campaigns of before
    /// are known by their options in order, and it has a place of its own in it, see [`Self::max_history`].
    pub(super) fn line(&self) -> Vec<String> {
        let Self { packets, link_delay, data_in_memory, disks, until, max_history: _, pcap } = self;
        let options = [
            ("mtu", (packets.mtu != switch::MTU).then(|| packets.mtu.to_string())),
            ("link-delay", link_delay.map(|delay| humantime::format_duration(delay).to_string())),
            ("disk", (disks.disk != Disks::Auto).then(|| disks.disk.word().to_owned())),
            ("disk-model", (disks.disk_model != Model::Journal).then(|| disks.disk_model.word().to_owned())),
            ("until", until.as_ref().map(ToString::to_string)),
        ];
        let given = options.into_iter().filter_map(|(name, value)| Some(format!("--{name}={}", value?)));
        let flags = [("data-in-memory", *data_in_memory), ("pcap", *pcap)];
        given.chain(flags.into_iter().filter(|flag| flag.1).map(|(name, _)| format!("--{name}"))).collect()
    }

    /// How large a history may be, as the command line of a run has it.
    pub(super) fn max_history(&self) -> Option<String> {
        self.max_history.map(|bytes| bytes.to_string())
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::super::args::{Cli, Command};
    use super::*;

    #[test]
    fn test_soak_and_experiment_take_what_holds_for_each_run() {
        let shared = RunArgs::augment_args(clap::Command::new("each"));
        let cli = Cli::command();
        for command in ["test", "soak", "experiment"] {
            let command = cli.find_subcommand(command).unwrap();
            for option in shared.get_arguments() {
                assert!(command.get_arguments().any(|one| one.get_long() == option.get_long()), "{option:?}");
            }
        }
        assert!(shared.get_arguments().count() >= 8);
    }

    #[test]
    fn what_was_given_is_handed_on_and_nothing_else() {
        let line = |options: &[&str]| {
            let line = ["interregnum", "soak", "chaos"].iter().chain(options);
            let Command::Soak(args) = Cli::try_parse_from(line).unwrap().command else { panic!("no campaign") };
            args.each.line()
        };
        assert!(line(&["--max-history=5MB"]).is_empty());
        let all = [
            "--mtu=1500",
            "--link-delay=5ms",
            "--disk=simulated",
            "--disk-model=torn",
            "--until=election-safety",
            "--data-in-memory",
            "--pcap",
        ];
        assert_eq!(line(&all), all);
    }
}
