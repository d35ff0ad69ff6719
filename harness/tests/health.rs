//! The watches notice what they are there to notice.

#![allow(clippy::unwrap_used)]

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use cluster::clock::Clock;
use cluster::health::{Cause, Disk, Finding, Health, Processor, Stall, pressure};
use cluster::process::Waited;

fn watch(bound: Duration) -> (Health, Receiver<Finding>, Clock, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::start();
    let (tell, findings) = channel();
    let health = Health::watch(clock, dir.path(), bound, move |finding| drop(tell.send(finding))).unwrap();
    (health, findings, clock, dir)
}

/// The first stall that is wanted, within ten seconds.
fn stall(findings: &Receiver<Finding>, wanted: impl Fn(&Stall) -> bool) -> Stall {
    let limit = Instant::now() + Duration::from_secs(10);
    loop {
        let left = limit.saturating_duration_since(Instant::now());
        match findings.recv_timeout(left).expect("the stall is noticed within ten seconds") {
            Finding::Stall(stall) if wanted(&stall) => return stall,
            _ => {}
        }
    }
}

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_harness_that_was_stopped_notices_for_how_long() {
    let (_health, findings, clock, _dir) = watch(HOUR);
    let begun = clock.now();
    let script = format!("kill -STOP {0}; sleep 0.3; kill -CONT {0}", std::process::id());
    let mut helper = Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).spawn().unwrap();
    let long = |stall: &Stall| stall.cause == Cause::Timer && stall.span[1] - stall.span[0] >= 250_000_000;
    let stall = stall(&findings, long);
    assert!(helper.wait().unwrap().success());
    // Its span begins when the timer last began to sleep, 5 ms before the stop at the earliest.
    assert!(stall.span[0] + 60_000_000 >= begun && stall.span[1] <= clock.now());
}

#[test]
fn a_thread_that_waited_for_a_cpu_makes_a_stall_that_begins_when_its_wait_did() {
    let (health, findings, clock, _dir) = watch(HOUR);
    let looks = AtomicU64::new(0);
    // At the fourth look, one of three threads has waited 300 ms more; the others, which wait 20 ms each time, do not
    // add up to a stall.
    health.follow("n1", move || {
        let look = looks.fetch_add(1, Ordering::Relaxed);
        let busy = Waited { time: Duration::from_millis(20 * look), times: 20 * look };
        let late = if look >= 3 { Duration::from_millis(300) } else { Duration::ZERO };
        Some(vec![(1, busy), (2, busy), (3, Waited { time: late, times: 1 })])
    });
    let first = stall(&findings, |stall| matches!(stall.cause, Cause::RunQueue(_)));
    assert_eq!(first.cause, Cause::RunQueue("n1".to_owned()));
    assert!(first.span[1] - first.span[0] >= 300_000_000 || first.span[0] == 0);
    let again = |finding: &Finding| matches!(finding, Finding::Stall(Stall { cause: Cause::RunQueue(_), .. }));
    let limit = clock.now() + 500_000_000;
    while clock.now() < limit {
        let finding = findings.recv_timeout(Duration::from_millis(100));
        assert!(!finding.is_ok_and(|finding| again(&finding)), "the threads that wait a little make no stall");
    }
}

#[test]
fn a_thread_that_waits_a_little_each_time_for_a_second_makes_a_stall_of_that_second() {
    // Under a bound of 10 s the mean wait is to be under 20 ms.
    let (health, findings, _clock, _dir) = watch(Duration::from_secs(10));
    let follow = |name: &'static str, each: u64| {
        let looks = AtomicU64::new(0);
        health.follow(name, move || {
            let look = looks.fetch_add(1, Ordering::Relaxed);
            Some(vec![(1, Waited { time: Duration::from_millis(each * look), times: look })])
        });
    };
    follow("quick", 1);
    follow("slow", 30);
    let of = |name: &'static str| move |stall: &Stall| stall.cause == Cause::RunQueue(name.to_owned());
    for _ in 0..2 {
        let found = stall(&findings, |stall| of("slow")(stall) || of("quick")(stall));
        assert_eq!(found.cause, Cause::RunQueue("slow".to_owned()));
        assert!(found.span[1] - found.span[0] >= 1_000_000_000);
    }
}

#[test]
fn many_waits_of_a_512th_of_the_bound_are_too_many_and_a_few_are_not() {
    let processor = Processor::of(Duration::from_millis(5120));
    let busy = |ms, times| processor.is_busy(Waited { time: Duration::from_millis(ms), times });
    assert!(busy(1001, 100) && !busy(1000, 100));
    assert!(busy(400, 8) && !busy(350, 7) && !busy(0, 0));
}

#[test]
fn a_node_that_is_gone_is_not_followed_any_more() {
    let (health, _findings, _clock, _dir) = watch(HOUR);
    let (tell, looked) = channel();
    health.follow("n1", move || {
        let _ = tell.send(());
        None
    });
    assert!(looked.recv_timeout(Duration::from_secs(10)).is_ok());
    // The probe is dropped, and its end of the channel with it.
    assert!(looked.recv_timeout(Duration::from_secs(10)).is_err());
}

#[test]
fn an_fsync_beyond_the_limit_is_a_stall() {
    let (_health, findings, clock, _dir) = watch(Duration::ZERO);
    let stall = stall(&findings, |stall| stall.cause == Cause::Fsync);
    assert!(stall.span[0] < stall.span[1] && stall.span[1] <= clock.now());
}

#[test]
fn one_save_of_a_64th_of_the_bound_is_a_stall_and_so_are_two_of_a_256th() {
    let disk = Disk::of(Duration::from_secs(5));
    let save = |from: u64, took: u64| [from * 1_000_000, (from + took) * 1_000_000];
    assert_eq!(disk.judge(None, save(0, 79)), Some(save(0, 79)));
    assert_eq!(disk.judge(None, save(0, 78)), None);
    assert!(disk.is_slow(save(0, 20)) && !disk.is_slow(save(0, 19)));
    // The stall reaches from the first to the end of the second: what lies between was no quicker.
    assert_eq!(disk.judge(Some(0), save(120, 25)), Some(save(0, 145)));
    assert_eq!(disk.judge(Some(0), save(120, 19)), None);
    let ms = Duration::from_millis;
    assert!(disk.bears(ms(19), ms(78)) && !disk.bears(ms(20), ms(21)) && !disk.bears(ms(1), ms(79)));
}

#[test]
fn pressure_is_sampled_as_a_share() {
    let (_health, findings, _clock, _dir) = watch(HOUR);
    let limit = Instant::now() + Duration::from_secs(10);
    let sample = loop {
        if let Finding::Pressure(sample) =
            findings.recv_timeout(limit.saturating_duration_since(Instant::now())).unwrap()
        {
            break sample;
        }
    };
    assert_eq!(sample.cpu.is_some(), pressure("cpu").is_some());
    assert!(sample.cpu.is_none_or(|share| (0.0..=1.0).contains(&share)));
    assert!(sample.io.is_none_or(|share| (0.0..=1.0).contains(&share)));
    assert!(sample.idle.is_none_or(|share| (0.0..=1.0).contains(&share)));
}

#[test]
fn an_answer_of_a_simulated_disk_that_takes_longer_than_the_bound_allows_is_a_stall_of_the_disk() {
    // Under a bound of 10 s a 64th is 156 ms.
    let (health, findings, clock, _dir) = watch(Duration::from_secs(10));
    let late = health.of_disks();
    late("n1", Duration::from_millis(100));
    late("n2", Duration::from_millis(400));
    let found = stall(&findings, |stall| matches!(stall.cause, Cause::Simulated(_)));
    assert_eq!(found.cause, Cause::Simulated("n2".to_owned()), "the other was in time");
    assert!(found.span[1] <= clock.now() && found.span[1] - found.span[0] <= 400_000_000);
    drop(health);
    late("n3", Duration::from_secs(1));
    assert!(
        !findings.try_iter().any(|finding| matches!(finding, Finding::Stall(Stall { cause: Cause::Simulated(_), .. })))
    );
}
