//! `metrics.prom` in the program that it is for: the textfile collector of Debian's `prometheus-node-exporter`. It reads a
//! file whole or not at all.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::place::{Place, await_that};
use crate::skipped::skipped;
use crate::stayer;

const PROGRAM: &str = "prometheus-node-exporter";

struct Exporter {
    child: Child,
    address: String,
}

impl Drop for Exporter {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Exporter {
    /// Collects the files of this folder and nothing else.
    fn of(folder: &std::path::Path) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut command = Command::new(PROGRAM);
        command.args(["--collector.disable-defaults", "--collector.textfile"]);
        command.arg(format!("--collector.textfile.directory={}", folder.display()));
        command.arg(format!("--web.listen-address={address}")).stdout(Stdio::null()).stderr(Stdio::null());
        Self { child: command.spawn().unwrap(), address }
    }

    fn metrics(&self) -> Option<String> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// What it serves of a `metrics.prom` with this text.
    fn serves(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("metrics.prom"), text).unwrap();
        let (exporter, mut served) = (Self::of(folder.path()), None);
        await_that("the exporter answers", || {
            served = exporter.metrics().filter(|text| text.contains("node_textfile_scrape_error"));
            served.is_some()
        });
        served.unwrap()
    }
}

/// Whether it is on PATH; on CI it must be.
fn is_installed() -> bool {
    let found = Command::new(PROGRAM).arg("--version").output().is_ok();
    assert!(found || std::env::var_os("CI").is_none(), "{PROGRAM} is not installed; .ci/run installs it");
    if !found {
        skipped(format!("{PROGRAM} is not on PATH; Debian has a package of it"));
    }
    found
}

#[test]
fn the_node_exporter_of_debian_serves_the_metrics_of_a_campaign() {
    if !is_installed() {
        return;
    }
    let place = Place::new();
    let system = stayer(&place);
    let done = place.run(&["soak", "calm", "--runs", "2", "--time", "1s", "--keep", "0", "--system", &system]);
    assert!([0, 2].contains(&done.code), "{done:?}");
    let text = fs::read_to_string(place.latest().join("metrics.prom")).unwrap();
    let served = Exporter::serves(&text);
    assert!(served.contains("node_textfile_scrape_error 0"), "{text}");
    let mut samples = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        assert!(served.lines().any(|line| line.starts_with(name)), "{name} is not served");
        samples += 1;
    }
    assert!(samples > 10 && served.contains("interregnum_runs_total"), "{served}");

    let broken = format!("# TYPE x info\n{text}");
    assert!(
        Exporter::serves(&broken).contains("node_textfile_scrape_error 1"),
        "it refuses what is no metric of its own"
    );
}
