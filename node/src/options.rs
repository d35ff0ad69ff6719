//! The command line.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{ArgAction, Parser, ValueEnum};

use crate::announce::Show;
use crate::clock;
use crate::lab_notes::Note;
use crate::raft::{LogEnd, Name};
use crate::strategy::Strategy;

/// A reference Raft-election node: it elects leaders, and prints what it does, and nothing else.
#[derive(Debug, Parser)]
#[command(version, about, after_long_help = EXITS)]
pub struct Options {
    /// This node's name, such as n1
    #[arg(long, value_parser = name, required_unless_present = "list_defects")]
    pub name: Option<Name>,
    /// The address to listen on, such as 127.0.0.1:7001
    #[arg(long, value_name = "ADDRESS", required_unless_present = "list_defects")]
    pub listen: Option<String>,
    /// Another member and its address, such as n2=127.0.0.1:7002; once for each
    #[arg(long = "peer", value_name = "NAME=ADDRESS", value_parser = peer)]
    pub peers: Vec<(Name, String)>,
    /// The directory that holds term and vote; made when missing
    #[arg(long, value_name = "DIR", required_unless_present = "list_defects")]
    pub data: Option<PathBuf>,
    /// The election timeout, drawn anew from this range for each wait
    #[arg(long, value_name = "MIN..MAX", default_value = "150ms..300ms", value_parser = range)]
    pub election: RangeInclusive<Duration>,
    /// The time between a leader's heartbeats
    #[arg(long, value_name = "TIME", default_value = "50ms", value_parser = duration)]
    pub heartbeat: Duration,
    /// After this time without a reply a request has failed
    #[arg(long, value_name = "TIME", default_value = "100ms", value_parser = duration)]
    pub rpc_timeout: Duration,
    /// A connection that owes an answer and brings nothing for so long is replaced by a fresh one; `auto`: two of the
    /// longest election timeouts, at least four RPC timeouts
    #[arg(long, value_name = "TIME", default_value = "auto", value_parser = reconnect)]
    pub reconnect: Reconnect,
    /// Time added to the first wait for a leader: a head start for the others
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = duration)]
    pub first_delay: Duration,
    /// Time added to making term and vote durable
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = duration)]
    pub persist_delay: Duration,
    /// What --persist-delay delays
    #[arg(long, value_name = "WHAT", default_value = "grants")]
    pub persist_delay_on: DelayOn,
    /// The end of this node's log
    #[arg(long, value_name = "TERM/INDEX", default_value = "0/0", value_parser = log_end)]
    pub log: LogEnd,
    /// Ask whether an election could be won before raising the term (thesis, 9.6)
    #[arg(long, value_name = "BOOL", default_value = "false", action = ArgAction::Set)]
    pub prevote: bool,
    /// A leader that has not heard a majority for the longest election timeout steps down
    #[arg(long, value_name = "BOOL", default_value = "false", action = ArgAction::Set)]
    pub check_quorum: bool,
    /// Refuse to vote while a leader is heard (thesis, 4.2.3)
    #[arg(long, value_name = "BOOL", default_value = "false", action = ArgAction::Set)]
    pub sticky: bool,
    /// How a candidate talks to its peers
    #[arg(long, value_name = "NAME", default_value = "early")]
    pub strategy: Strategy,
    /// How the election timer waits
    #[arg(long, value_name = "NAME", default_value = "native")]
    pub timer: clock::Kind,
    /// Seed of the election timeouts, a number or `random`; each node draws its own by its name
    #[arg(long, value_name = "N", default_value = "random", value_parser = seed)]
    pub seed: u64,
    /// Break one rule; see --list-defects
    #[arg(long, value_name = "NAME", default_value = "none")]
    pub defect: String,
    /// Be a node of other people's: lab-note-1 (its stages: lab-note-1:sync, :async, :early) or lab-note-2, with a
    /// strategy and a timer of its own, whatever else is asked for, and several defects
    #[arg(long = "as", value_name = "WHOSE", default_value = "none", value_parser = whose)]
    pub like: Whose,
    /// How much to show of itself on standard output and in answer to a status request
    #[arg(long, value_name = "WHAT", default_value = "all")]
    pub show: Show,
    /// List the defects and end
    #[arg(long)]
    pub list_defects: bool,
    /// How to list them
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    /// How much to say on standard error
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub log_level: Level,
}

const EXITS: &str = "Exit codes:
  0   asked to end (SIGTERM, SIGINT)
  64  the command line is wrong
  70  the state file in --data is torn, foreign or unreadable, or cannot be written
  71  the --listen address cannot be had (taken, or not of this machine)
  74  nobody reads standard output, or the system refuses timers or signals";

/// What the persist delay applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DelayOn {
    /// Votes granted to others (the experiment of Figure 16).
    Grants,
    /// Every change of term or vote.
    All,
}

/// How the defects are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For machines
    Json,
}

/// How much goes to standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Only what ends the node
    Info,
    /// Every message sent and every change
    Debug,
}

/// A note, or none: a type of its own, since to the command line an option is one that may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whose(pub Option<Note>);

fn whose(text: &str) -> Result<Whose, String> {
    Note::named(text).map(Whose)
}

/// When a silent connection is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reconnect {
    /// As the other times have it.
    Auto,
    /// After this.
    After(Duration),
}

fn reconnect(text: &str) -> Result<Reconnect, String> {
    match text {
        "auto" => Ok(Reconnect::Auto),
        time => duration(time).map(Reconnect::After).map_err(|error| format!("{error}, or auto")),
    }
}

fn name(text: &str) -> Result<Name, String> {
    if text.is_empty() || text.len() > 256 || text.contains(|c: char| c.is_control()) {
        return Err("a name has 1 to 256 bytes and no control characters".into());
    }
    Ok(Name(text.to_owned()))
}

fn peer(text: &str) -> Result<(Name, String), String> {
    let (who, address) = text.split_once('=').ok_or("expected NAME=ADDRESS, such as n2=127.0.0.1:7002")?;
    if !address.contains(':') {
        return Err(format!("{address} is not an address: expected HOST:PORT"));
    }
    Ok((name(who)?, address.to_owned()))
}

/// `150ms`, `1m 30s` as humantime has it, and a decimal fraction of one unit, such as `2.5ms`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text} is not a time: expected a number and a unit, such as 150ms or 2.5ms");
    let Some((whole, rest)) = text.split_once('.') else {
        return humantime::parse_duration(text).map_err(|_| wrong());
    };
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (fraction, unit) = rest.split_at(digits);
    if fraction.is_empty() || fraction.len() > 9 {
        return Err(wrong());
    }
    let one = humantime::parse_duration(&format!("1{unit}")).map_err(|_| wrong())?;
    let parts = u128::from_str(fraction).map_err(|_| wrong())? * one.as_nanos() / 10_u128.pow(fraction.len() as u32);
    let parts = u64::try_from(parts).map_err(|_| wrong())?;
    let whole = humantime::parse_duration(&format!("{whole}{unit}")).map_err(|_| wrong())?;
    Ok(whole + Duration::from_nanos(parts))
}

fn range(text: &str) -> Result<RangeInclusive<Duration>, String> {
    let (least, most) = text.split_once("..").ok_or("expected MIN..MAX, such as 150ms..300ms")?;
    let (least, most) = (duration(least)?, duration(most.trim_start_matches('='))?);
    if least.is_zero() || least > most {
        return Err(format!("{text} is empty: expected MIN..MAX with 0 < MIN <= MAX"));
    }
    Ok(least..=most)
}

fn log_end(text: &str) -> Result<LogEnd, String> {
    let wrong = || format!("{text} is not the end of a log: expected TERM/INDEX, such as 2/7");
    let (term, index) = text.split_once('/').ok_or_else(wrong)?;
    Ok(LogEnd(term.parse().map_err(|_| wrong())?, index.parse().map_err(|_| wrong())?))
}

fn seed(text: &str) -> Result<u64, String> {
    match text {
        "random" => Ok(rand::random()),
        number => number.parse().map_err(|_| "write a whole number, or random".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_of_a_unit_are_exact() {
        assert_eq!(duration("2.5ms").unwrap(), Duration::from_micros(2500));
        assert_eq!(duration("0.05s").unwrap(), Duration::from_millis(50));
        assert_eq!(duration("150ms").unwrap(), Duration::from_millis(150));
        for wrong in ["", "5", "1.ms", "1.5", "-1ms", "x", ".5ms"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ranges_and_logs_are_read_and_nonsense_is_refused() {
        let millis = Duration::from_millis;
        assert_eq!(range("150ms..300ms").unwrap(), millis(150)..=millis(300));
        assert!(range("300ms..150ms").is_err() && range("0ms..1ms").is_err() && range("5ms").is_err());
        assert_eq!(log_end("2/7").unwrap(), LogEnd(2, 7));
        assert!(log_end("2").is_err() && log_end("a/b").is_err());
        assert!(peer("n2").is_err() && peer("=h:1").is_err() && peer("n2=7002").is_err());
    }
}
