//! What the switch costs, against a kernel bridge with veth pairs in one run: round trips, throughput, setting up, and
//! the CPU of twenty clusters that only heartbeat.
//!
//! `cargo bench -p interregnum --bench switch`; it needs root, or `unshare -Ur` around it, and `ip` of iproute2. All of it
//! happens in network namespaces of its own.

#[path = "support/mod.rs"]
mod support;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use cluster::clock::Clock;
use cluster::network::switch::{Settings, Switch};
use cluster::network::{Namespace, Network};
use nix::sched::{CloneFlags, unshare};

use support::{Failure, line};

const ROUNDS: usize = 5000;
const BULK: usize = 2 << 30;
const CLUSTERS: usize = 20;
const NODES: usize = 5;

fn main() -> Result<(), Failure> {
    unshare(CloneFlags::CLONE_NEWNET).map_err(|error| format!("{error}; run it as root or under `unshare -Ur`"))?;
    println!("{}", support::load());
    let ports = [("peer".to_owned(), 7000)];
    let make = |nodes| Switch::new(Clock::start(), nodes, &ports, Settings::default());

    let mut times = Vec::new();
    for _ in 0..20 {
        let begun = Instant::now();
        let switch = make(NODES)?;
        times.push(begun.elapsed());
        drop(switch);
    }
    let set_up = percentile(&mut times, 0.5);
    line(
        "namespaces, devices and addresses of 5 nodes, p50",
        &ms(set_up),
        "< 30 ms",
        set_up < Duration::from_millis(30),
    );

    let switch = make(2)?;
    let address = switch.listen(1, "peer").ok_or("no address")?;
    let [one, two] = [0, 1].map(|node| switch.namespace(node));
    let (one, two) = (one.ok_or("no namespace")?, two.ok_or("no namespace")?);
    let over_switch = || pair(&one, &two, address);
    let bridged = make(2)?;
    let [three, four] = [0, 1].map(|node| bridged.namespace(node));
    let (three, four) = (three.ok_or("no namespace")?, four.ok_or("no namespace")?);
    bridge(&[&three, &four])?;
    let over_bridge = || pair(&three, &four, "10.9.0.2:7001".parse::<SocketAddr>().map_err(io::Error::other)?);

    let (mut kernel, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        kernel.extend(round_trips(over_bridge()?)?);
        ours.extend(round_trips(over_switch()?)?);
    }
    let (a, b) = (percentile(&mut kernel, 0.5), percentile(&mut ours, 0.5));
    let ratio = b.as_secs_f64() / a.as_secs_f64();
    line("round trip, p50: bridge with veth", &format!("{a:.1?}"), "", true);
    line("round trip, p50: switch", &format!("{b:.1?} ({ratio:.2}x)"), "within 2 times", ratio <= 2.0);
    line("throughput of one link: bridge with veth", &format!("{:.0} MB/s", bulk(over_bridge()?)?), "", true);
    let rate = bulk(over_switch()?)?;
    line("throughput of one link: switch", &format!("{rate:.0} MB/s"), ">= 600 MB/s", rate >= 600.0);
    drop((one, two, three, four, switch, bridged));
    let share = heartbeats()?;
    let what = "CPU of the switches of 20 clusters of 5, heartbeating";
    line(what, &format!("{:.1} %", share * 100.0), "< 15 % of one core", share < 0.15);
    Ok(())
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn percentile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * share) as usize]
}

/// A connection from one namespace to another.
fn pair(from: &Namespace, to: &Namespace, address: SocketAddr) -> io::Result<(TcpStream, TcpStream)> {
    let listener = to.run(move || TcpListener::bind(address))??;
    let near = from.run(move || TcpStream::connect(address))??;
    Ok((near, listener.accept()?.0))
}

/// Joins namespaces by a bridge in one of their own, each by a veth pair, as 10.9.0.1 and so on.
fn bridge(namespaces: &[&Namespace]) -> Result<(), Failure> {
    ip("link add br0 type bridge")?;
    ip("link set br0 up")?;
    for (number, namespace) in namespaces.iter().enumerate() {
        let thread = namespace.run(nix::unistd::gettid)?;
        ip(&format!("link add v{number} type veth peer name eth0 netns {thread}"))?;
        ip(&format!("link set v{number} master br0 up"))?;
        namespace.run(move || {
            ip(&format!("addr add 10.9.0.{}/24 dev eth0", number + 1)).and_then(|()| ip("link set eth0 up"))
        })??;
    }
    Ok(())
}

fn ip(arguments: &str) -> io::Result<()> {
    let output = Command::new("ip").args(arguments.split(' ')).output()?;
    let said = || io::Error::other(format!("ip {arguments}: {}", String::from_utf8_lossy(&output.stderr).trim()));
    output.status.success().then_some(()).ok_or_else(said)
}

fn round_trips((mut near, mut far): (TcpStream, TcpStream)) -> io::Result<Vec<Duration>> {
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let echo = thread::spawn(move || {
        let mut message = [0; 100];
        while far.read_exact(&mut message).and_then(|()| far.write_all(&message)).is_ok() {}
    });
    let mut message = [0; 100];
    let mut times = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS + 500 {
        let sent = Instant::now();
        near.write_all(&message)?;
        near.read_exact(&mut message)?;
        if round >= 500 {
            times.push(sent.elapsed());
        }
    }
    drop(near);
    echo.join().map_err(|_| io::Error::other("the echo panicked"))?;
    Ok(times)
}

/// Megabytes a second.
fn bulk((mut near, mut far): (TcpStream, TcpStream)) -> io::Result<f64> {
    let begun = Instant::now();
    let sender = thread::spawn(move || {
        let block = vec![7; 1 << 20];
        (0..BULK / block.len()).try_for_each(|_| near.write_all(&block))
    });
    let (mut buffer, mut seen) = (vec![0; 1 << 20], 0);
    while seen < BULK {
        match far.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => seen += count,
        }
    }
    let rate = BULK as f64 / 1e6 / begun.elapsed().as_secs_f64();
    sender.join().map_err(|_| io::Error::other("the sender panicked"))??;
    Ok(rate)
}

/// The share of one core that the switches of twenty clusters of real nodes take while these heartbeat.
fn heartbeats() -> Result<f64, Failure> {
    let scratch = support::scratch(false)?;
    let out = scratch.path().join("out");
    let mut runs = Command::new(support::program()?)
        .args(["test", "calm", "--network", "switch", "--time", "14s", "--jobs", &CLUSTERS.to_string()])
        .args(["--seeds", &format!("1..{CLUSTERS}"), "--nodes", &NODES.to_string()])
        .arg("--out")
        .arg(&out)
        .stdout(std::process::Stdio::null())
        .spawn()?;
    // All of them have begun and elected by then, and none is over.
    thread::sleep(Duration::from_secs(8));
    let (begun, (used, switches)) = (Instant::now(), busy(runs.id()));
    thread::sleep(Duration::from_secs(4));
    let share = (busy(runs.id()).0.saturating_sub(used)).as_secs_f64() / begun.elapsed().as_secs_f64();
    println!(
        "{}: the busier the machine, the more packets a wake-up finds, and the less a switch takes",
        support::load()
    );
    let status = runs.wait()?;
    println!("{switches} switches were looked at; the batch ended with {status}");
    if switches == CLUSTERS { Ok(share) } else { Err("not every cluster had begun; the machine is too busy".into()) }
}

/// CPU time of the threads named `switch` of a process and all that it has started, and how many these are.
fn busy(root: u32) -> (Duration, usize) {
    let tasks = std::fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|process| {
        let number = process.file_name().to_str()?.parse::<u32>().ok()?;
        std::iter::successors(Some(number), |&number| parent(number)).find(|&number| number == root)?;
        std::fs::read_dir(process.path().join("task")).ok()
    });
    let times: Vec<Duration> = tasks
        .flat_map(|tasks| tasks.flatten())
        .filter_map(|task| {
            let name = std::fs::read_to_string(task.path().join("comm")).ok()?;
            let schedule = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
            let nanos = schedule.split_whitespace().next()?.parse().ok()?;
            (name.trim() == "switch").then_some(Duration::from_nanos(nanos))
        })
        .collect();
    (times.iter().sum(), times.len())
}

/// The process that started another, as /proc has it.
fn parent(process: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in parentheses, may have anything in it.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok().filter(|&parent| parent > 0)
}
