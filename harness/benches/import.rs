//! A million lines of a log of which one in a hundred means something, read and judged.
//!
//! `cargo bench -p interregnum --bench import`. The real program reads a file of etcd's old plain form, the same as lines of JSON, and both
//! packed by gzip. Beside it, where it is installed, ripgrep with one rule on the plain file: a search and nothing else.

mod support;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::{Compression, write::GzEncoder};
use support::Failure;

const LINES: u32 = 1_000_000;
const RULE: &str =
    r"^raft\S+ \S+ INFO: (?P<self>[0-9a-f]+) became (?P<role>leader|follower|candidate) at term (?P<term>\d+)$";

fn main() -> Result<(), Failure> {
    let scratch = support::scratch(false)?;
    let of = |name: &str| scratch.path().join(name);
    for (name, json) in [("plain", false), ("json", true)] {
        write(&mut BufWriter::new(File::create(of(name))?), json)?;
        let mut packed = GzEncoder::new(File::create(of(&format!("{name}.gz")))?, Compression::new(6));
        std::io::copy(&mut File::open(of(name))?, &mut packed)?;
        packed.finish()?;
    }
    println!("{LINES} lines, one in a hundred means something ({})", support::load());
    for name in ["plain", "json", "plain.gz", "json.gz"] {
        let took = check(&of(name))?;
        let speed = f64::from(LINES) / took.as_secs_f64() / 1e6;
        support::line(name, &format!("{speed:.2} M lines/s"), "1 of plain text", name != "plain" || speed >= 1.0);
    }
    let started = Instant::now();
    match Command::new("rg").args(["-c", RULE]).arg(of("plain")).stdout(Stdio::null()).status() {
        Ok(_) => println!("{:<58}{:>16}", "rg, one rule on the plain file", format!("{:.2?}", started.elapsed())),
        Err(_) => println!("rg is not installed: nothing to compare with"),
    }
    Ok(())
}

fn write(out: &mut dyn Write, json: bool) -> std::io::Result<()> {
    for line in 0..LINES {
        let (second, micros) = (line / 1000 % 60, line % 1000 * 1000);
        let says = line % 100 == 0;
        let term = 2 + line / 3000;
        match (says, json) {
            (true, false) => writeln!(out, "raft2023/11/14 22:10:{second:02} INFO: a1 became follower at term {term}")?,
            (true, true) => writeln!(
                out,
                r#"{{"level":"info","ts":"2023-11-14T22:10:{second:02}.{micros:06}Z","msg":"a1 became follower at term {term}"}}"#
            )?,
            (false, false) => writeln!(
                out,
                "2023-11-14 22:10:{second:02}.{micros:06} I | etcdserver/api/v3rpc: request stats: time spent = 120us, remote = 127.0.0.1:43210, response type = /etcdserverpb.KV/Range, request {line}"
            )?,
            (false, true) => writeln!(
                out,
                r#"{{"level":"info","ts":"2023-11-14T22:10:{second:02}.{micros:06}Z","caller":"v3rpc/interceptor.go:182","msg":"request stats","time spent":"120us","remote":"127.0.0.1:43210","request":{line}}}"#
            )?,
        }
    }
    out.flush()
}

fn check(file: &Path) -> Result<Duration, Failure> {
    let started = Instant::now();
    let mut command = Command::new(support::program()?);
    command.args(["check", "--from", "etcd"]).arg(format!("n1={}", file.display())).stdout(Stdio::null());
    let status = command.status()?;
    if status.code() != Some(2) {
        return Err(format!("{}: ended with {status}, and one node's log is unknown (2)", file.display()).into());
    }
    Ok(started.elapsed())
}
