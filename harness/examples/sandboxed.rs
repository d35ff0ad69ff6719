//! A harness in miniature for the tests of the sandbox: enters it, starts nodes, says what it sees, and waits.
//!
//! `sandboxed MARK COMMAND`, where MARK is an argument by which a test finds the processes from outside, and COMMAND
//! is `exit:N`, `die` (kill -9 of itself) or `wait`, which prints a line for each signal and exits 0 on a line `end`.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

use cluster::clock::Clock;
use cluster::process::{Launch, Process};
use cluster::sandbox;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let sandbox = match sandbox::enter() {
        Ok(sandbox) => sandbox,
        Err(error) => {
            eprintln!("sandboxed: {error}");
            return ExitCode::from(70);
        }
    };
    println!("kind {}", sandbox.name());
    println!("about {sandbox}");
    println!("proc {}", sandbox.proc_is_ours());
    println!("pid {}", std::process::id());
    println!("ports {}", std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default().trim());
    let loopback = TcpListener::bind("127.0.0.1:0").and_then(|listener| TcpStream::connect(listener.local_addr()?));
    println!("loopback {}", loopback.is_ok());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let code = runtime.block_on(run());
    runtime.shutdown_background();
    code
}

async fn run() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let (mark, command) = (arguments[1].clone(), arguments[2].clone());
    // One plain node, one that has also forked away from its group.
    let scripts = ["exec python3 -c 'import time; time.sleep(1000)' MARK", "setsid sh -c 'sleep 1000; : MARK' & wait"];
    let nodes: Vec<_> = scripts
        .iter()
        .map(|script| {
            let argv = vec!["sh".to_owned(), "-c".to_owned(), script.replace("MARK", &mark)];
            let launch = Launch { argv, env: vec![], dir: "/".into(), namespace: None };
            Process::launch(&launch, Clock::start()).expect("a node")
        })
        .collect();
    let mut signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup(), SignalKind::quit()]
        .map(|kind| signal(kind).expect("a handler"));
    println!("delay {}", nodes[0].0.run_queue_delay().is_some());
    println!("ready");
    let _ = std::io::stdout().flush();
    match command.split_once(':') {
        Some(("exit", code)) => return ExitCode::from(code.parse::<u8>().expect("a code")),
        _ if command == "die" => {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
        _ => {}
    }
    let [interrupt, terminate, hangup, quit] = &mut signals;
    let (tell, mut lines) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || std::io::stdin().lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
    loop {
        let got = tokio::select! {
            _ = interrupt.recv() => "INT",
            _ = terminate.recv() => "TERM",
            _ = hangup.recv() => "HUP",
            _ = quit.recv() => "QUIT",
            line = lines.recv() => match line.as_deref() {
                Some("end") => return ExitCode::SUCCESS,
                Some(_) => "line",
                None => return ExitCode::from(3),
            },
        };
        println!("got {got}");
        let _ = std::io::stdout().flush();
    }
}
