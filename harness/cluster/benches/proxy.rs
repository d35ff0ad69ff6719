//! What the proxy costs, and how fast its rules come into force: against plain loopback, in one run.
//!
//! `cargo bench -p interregnum-cluster --bench proxy`; the targets are ratios or counts, so they hold on any otherwise idle machine.

use std::error::Error;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use cluster::clock::Clock;
use cluster::network::{Network, PortSpec, Proxy, Rule, Rules};
use workloads::Effect;

const NODES: usize = 5;
const ROUNDS: usize = 20_000;
const BULK: usize = 2 << 30;

fn main() -> Result<(), Box<dyn Error>> {
    let clock = Clock::start();
    let proxy = Proxy::new(clock, NODES, &[PortSpec::link("peer")])?;
    let address = proxy.listen(1, "peer").ok_or("no address")?;
    let proxied_address = proxy.dial(Some(0), 1, "peer").ok_or("no address")?;
    let listener = TcpListener::bind(address)?;
    proxy.set_alive(1, true)?;

    println!("{:<34}{:>12}{:>12}{:>10}   target", "", "loopback", "proxy", "ratio");
    // Turn about, so that whatever else the machine does burdens both.
    let (mut plain, mut proxied) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        plain.extend(round_trips(&listener, TcpStream::connect(address)?)?);
        proxied.extend(round_trips(&listener, TcpStream::connect(proxied_address)?)?);
    }
    for (name, share, target) in [("p50", 0.5, "ratio <= 3"), ("p99", 0.99, "")] {
        let (a, b) = (percentile(&mut plain, share), percentile(&mut proxied, share));
        let ratio = b.as_secs_f64() / a.as_secs_f64();
        let target = if target.is_empty() { String::new() } else { format!("{target}   {}", word(ratio <= 3.0)) };
        println!("{:<34}{a:>12.1?}{b:>12.1?}{ratio:>10.2}   {target}", format!("round trip of 100 bytes, {name}"));
    }
    let (a, b) =
        (bulk(&listener, TcpStream::connect(address)?)?, bulk(&listener, TcpStream::connect(proxied_address)?)?);
    let target = format!(">= 500 MB/s   {}", word(b >= 500.0));
    println!("{:<34}{:>7.0} MB/s{:>7.0} MB/s{:>10.2}   {target}", "one link, one way", a, b, b / a);

    let mut late = delays(&proxy, &listener, TcpStream::connect(proxied_address)?)?;
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let overshoot = percentile(&mut late, share);
        println!("{:<46}{overshoot:>12.1?}", format!("a delay of 5 ms overshoots by, {name}"));
    }
    let (mut times, share) = cuts()?;
    for (name, share, target) in [("p50", 0.5, ""), ("p99", 0.99, "p99 <= 5 ms"), ("max", 1.0, "")] {
        let time = percentile(&mut times, share);
        let reached = word(time <= Duration::from_millis(5));
        let target = if target.is_empty() { String::new() } else { format!("{target}   {reached}") };
        println!(
            "{:<46}{time:>12.1?}{:>10}   {target}",
            format!("a cut of 20 busy links is in force after, {name}"),
            ""
        );
    }
    println!("{:<46}{:>11.2}%", "CPU of the proxy, 20 links, 20 messages/s each", share * 100.0);
    Ok(())
}

fn word(reached: bool) -> &'static str {
    if reached { "ok" } else { "missed" }
}

fn percentile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * share) as usize]
}

fn echo(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut message = [0; 100];
    while stream.read_exact(&mut message).is_ok() {
        stream.write_all(&message)?;
    }
    Ok(())
}

fn round_trips(listener: &TcpListener, mut near: TcpStream) -> io::Result<Vec<Duration>> {
    near.set_nodelay(true)?;
    let (far, _) = listener.accept()?;
    let echo = thread::spawn(move || echo(far));
    let mut message = [0; 100];
    let mut times = Vec::with_capacity(ROUNDS / 4);
    for round in 0..ROUNDS / 4 + 500 {
        let sent = Instant::now();
        near.write_all(&message)?;
        near.read_exact(&mut message)?;
        if round >= 500 {
            times.push(sent.elapsed());
        }
    }
    drop(near);
    echo.join().map_err(|_| io::Error::other("the echo panicked"))??;
    Ok(times)
}

/// Megabytes a second.
fn bulk(listener: &TcpListener, mut near: TcpStream) -> io::Result<f64> {
    let (mut far, _) = listener.accept()?;
    let begun = Instant::now();
    let sender = thread::spawn(move || {
        let block = vec![7; 1 << 20];
        (0..BULK / block.len()).try_for_each(|_| near.write_all(&block))
    });
    let mut buffer = vec![0; 1 << 20];
    let mut seen = 0;
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

fn delays(proxy: &Proxy, listener: &TcpListener, mut near: TcpStream) -> io::Result<Vec<Duration>> {
    const DELAY: Duration = Duration::from_millis(5);
    near.set_nodelay(true)?;
    let (mut far, _) = listener.accept()?;
    proxy.apply(Rules::from([((0, 1), Rule { cut: false, effect: Effect { delay: DELAY, ..Effect::default() } })]));
    let mut times = Vec::new();
    for _ in 0..400 {
        let sent = Instant::now();
        near.write_all(&[1; 100])?;
        far.read_exact(&mut [0; 100])?;
        times.push(sent.elapsed() - DELAY);
    }
    proxy.apply(Rules::new());
    Ok(times)
}

/// How long 500 cuts of all 20 links took while each carried a message every 50 ms; and the proxy's share of one core.
fn cuts() -> Result<(Vec<Duration>, f64), Box<dyn Error>> {
    let proxy = Proxy::new(Clock::start(), NODES, &[PortSpec::link("peer")])?;
    let mut pairs = Vec::new();
    for to in 0..NODES {
        let listener = TcpListener::bind(proxy.listen(to, "peer").ok_or("no address")?)?;
        proxy.set_alive(to, true)?;
        for from in (0..NODES).filter(|&from| from != to) {
            let near = TcpStream::connect(proxy.dial(Some(from), to, "peer").ok_or("no address")?)?;
            pairs.push(((from, to), near, listener.accept()?.0));
        }
    }
    let all: Rules = pairs.iter().map(|(link, ..)| (*link, Rule { cut: true, effect: Effect::default() })).collect();
    let echoes: Vec<_> = pairs
        .into_iter()
        .map(|(_, mut near, far)| {
            thread::spawn(move || {
                let echo = thread::spawn(move || echo(far));
                let end = Instant::now() + Duration::from_secs(6);
                while Instant::now() < end {
                    thread::sleep(Duration::from_millis(50));
                    near.write_all(&[0; 100])?;
                    near.read_exact(&mut [0; 100])?;
                }
                drop(near);
                echo.join().map_err(|_| io::Error::other("the echo panicked"))?
            })
        })
        .collect();
    let (begun, used) = (Instant::now(), busy()?);
    thread::sleep(Duration::from_secs(2));
    let share = (busy()? - used).as_secs_f64() / begun.elapsed().as_secs_f64();
    let mut times = Vec::new();
    for _ in 0..500 {
        thread::sleep(Duration::from_millis(3));
        let begun = Instant::now();
        proxy.apply(all.clone());
        times.push(begun.elapsed());
        thread::sleep(Duration::from_millis(2));
        proxy.apply(Rules::new());
    }
    for echo in echoes {
        echo.join().map_err(|_| "a client panicked")??;
    }
    Ok((times, share))
}

/// CPU time of all threads named `proxy`.
fn busy() -> io::Result<Duration> {
    let mut total = Duration::ZERO;
    for task in fs::read_dir("/proc/self/task")? {
        let task = task?.path();
        if fs::read_to_string(task.join("comm"))?.trim() == "proxy" {
            let schedule = fs::read_to_string(task.join("schedstat"))?;
            let nanos = schedule.split_whitespace().next().and_then(|word| word.parse().ok());
            total += Duration::from_nanos(nanos.unwrap_or(0));
        }
    }
    Ok(total)
}
