//! Real processes, started, paused and killed.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use cluster::clock::Clock;
use cluster::process::{ChangeOutcome, Exit, Launch, LaunchError, Process, Streams};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

fn launch_in(dir: &Path, argv: &[&str]) -> Result<(Process, Streams), LaunchError> {
    let argv = argv.iter().map(|&word| word.to_owned()).collect();
    Process::launch(&Launch { argv, env: vec![], dir: dir.to_owned(), namespace: None }, Clock::start())
}

fn launch(argv: &[&str]) -> (Process, Streams) {
    launch_in(Path::new("/"), argv).unwrap()
}

/// Polls a condition for at most ten seconds.
async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < limit, "still not so after ten seconds: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn first_line(streams: &mut Streams) -> String {
    let mut line = String::new();
    BufReader::new(&mut streams.stdout).read_line(&mut line).await.unwrap();
    line.trim().to_owned()
}

/// The states of all threads, `T` when stopped; empty when there is no such process.
fn states(pid: u32) -> Vec<char> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let stat = tasks.filter_map(|task| fs::read_to_string(task.path().join("stat")).ok());
    stat.filter_map(|stat| stat.rsplit_once(')')?.1.trim().chars().next()).collect()
}

fn running(pid: u32) -> bool {
    states(pid).iter().any(|state| !matches!(state, 'Z' | 'X'))
}

const THREADS: &str = "
import threading, sys
def spin():
    while True: pass
for _ in range(8): threading.Thread(target=spin, daemon=True).start()
print('up', flush=True)
threading.Event().wait()
";

#[tokio::test]
async fn a_pause_is_in_force_for_every_thread_when_it_returns() {
    let (process, mut streams) = launch(&["python3", "-c", THREADS]);
    assert_eq!(first_line(&mut streams).await, "up");
    for _ in 0..20 {
        assert!(matches!(process.pause().await, ChangeOutcome::Installed([a, b]) if a <= b));
        let states = states(process.pid());
        assert_eq!(states, vec!['T'; 9]);
        assert!(matches!(process.resume().await, ChangeOutcome::Installed(_)));
        assert!(states.len() == 9 && self::states(process.pid()).iter().any(|state| *state != 'T'));
    }
}

#[tokio::test]
async fn a_pause_also_stops_what_a_wrapper_script_started() {
    let (process, mut streams) =
        launch(&["sh", "-c", "python3 -c 'import os\nprint(os.getpid(), flush=True)\nwhile True: pass' & wait"]);
    let inner: u32 = first_line(&mut streams).await.parse().unwrap();
    assert!(matches!(process.pause().await, ChangeOutcome::Installed(_)));
    assert_eq!(states(inner), ['T']);
    assert!(matches!(process.kill().await, ChangeOutcome::Installed(_)));
    assert!(!running(inner));
}

/// What really works, and starts processes without end; it says its id first.
const BUSY: &str = "sh -c 'echo $$; while :; do sleep 0.01; done'";

/// Ways to start it that leave the process group, the session, the environment or the family.
fn wrapped() -> Vec<(&'static str, Vec<String>)> {
    let python = format!("import subprocess; subprocess.Popen({BUSY:?}, shell=True, start_new_session=True).wait()");
    let shell = |script: &str| ["sh", "-c", &script.replace("NODE", BUSY)].map(str::to_owned).to_vec();
    vec![
        ("plain", shell("exec NODE")),
        ("an empty environment", shell("exec env -i NODE")),
        ("timeout", shell("exec timeout 1h NODE")),
        ("a shell with jobs", shell("set -m; NODE & wait")),
        ("a session of its own", shell("setsid NODE & wait")),
        ("Python's start_new_session", ["python3", "-c", &python].map(str::to_owned).to_vec()),
        ("a session of its own and an empty environment", shell("setsid env -i NODE & wait")),
        ("a daemon beside it", shell("(setsid env -i NODE &); exec sleep 1000")),
    ]
}

/// Starts one and waits until what it wraps has said its id.
async fn start(argv: &[String]) -> (Process, Streams, u32) {
    let argv: Vec<_> = argv.iter().map(String::as_str).collect();
    let (process, mut streams) = launch(&argv);
    let inner = first_line(&mut streams).await.parse().unwrap();
    (process, streams, inner)
}

#[tokio::test]
async fn a_pause_stops_what_works_whatever_it_is_wrapped_in_and_a_lift_continues_it() {
    for (how, argv) in wrapped() {
        let (process, _streams, inner) = start(&argv).await;
        for _ in 0..5 {
            assert!(matches!(process.pause().await, ChangeOutcome::Installed(_)), "{how}");
            assert_eq!(states(inner), ['T'], "{how}");
            let now = fs::read_to_string(format!("/proc/{inner}/stat")).unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(fs::read_to_string(format!("/proc/{inner}/stat")).unwrap(), now, "nothing happened: {how}");
            assert!(matches!(process.resume().await, ChangeOutcome::Installed(_)), "{how}");
            eventually(how, || states(inner) != ['T']).await;
        }
    }
}

#[tokio::test]
async fn a_kill_leaves_nothing_of_what_works_whatever_it_is_wrapped_in_paused_or_not() {
    for (how, argv) in wrapped() {
        for paused in [false, true] {
            let (process, _streams, inner) = start(&argv).await;
            if paused {
                assert!(matches!(process.pause().await, ChangeOutcome::Installed(_)), "{how}");
            }
            assert!(matches!(process.kill().await, ChangeOutcome::Installed(_)), "{how}");
            assert!(!running(inner) && states(process.pid()).is_empty(), "{how}, paused: {paused}");
        }
    }
}

#[tokio::test]
async fn what_a_wrapper_leaves_when_it_ends_by_itself_is_gone_before_that_counts_as_its_end() {
    let (process, _streams, inner) =
        start(&["sh", "-c", &format!("setsid env -i {BUSY} & sleep 0.3; exit 3")].map(str::to_owned)).await;
    let end = process.exited().await;
    assert!(!running(inner) && end.noticed <= end.at);
    assert_eq!(end.exit, Exit::Status(3));
    assert!(process.left().iter().any(|what| what.contains("sleep 0.01")), "{:?}", process.left());
}

#[tokio::test]
async fn a_gentle_stop_reaches_what_a_wrapper_started_and_gives_it_the_time_to_end() {
    let trap = r#"trap "sleep 0.3; echo well; exit 0" TERM; echo $$; while :; do sleep 0.01; done"#;
    let (process, mut streams) = launch(&["sh", "-c", &format!("setsid sh -c '{trap}' & wait")]);
    first_line(&mut streams).await.parse::<u32>().unwrap();
    let stop = process.terminate(15, Duration::from_secs(20)).await;
    assert!(!stop.forced && matches!(stop.outcome, ChangeOutcome::Installed(_)), "{stop:?}");
    let mut rest = String::new();
    streams.stdout.read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest.trim(), "well");
}

#[tokio::test]
async fn a_daemon_is_told_from_what_only_works_for_its_parent() {
    let (process, _streams, _) = start(&wrapped()[7].1).await;
    eventually("its parent is gone", || process.daemons().len() == 1).await;
    assert!(process.daemons()[0].contains("sleep 0.01"), "{:?}", process.daemons());
    let (wrapped, _more, _) = start(&wrapped()[6].1).await;
    assert_eq!(wrapped.daemons(), Vec::<String>::new());
}

#[tokio::test]
async fn what_belongs_to_one_node_is_not_another_s() {
    let all = wrapped();
    let (one, _streams, first) = start(&all[6].1).await;
    let (other, _others, second) = start(&all[6].1).await;
    assert!(matches!(one.pause().await, ChangeOutcome::Installed(_)));
    assert!(states(first) == ['T'] && states(second) != ['T']);
    assert!(matches!(one.kill().await, ChangeOutcome::Installed(_)));
    assert!(running(second) && other.ended().is_none());
}

#[tokio::test]
async fn a_kill_returns_when_the_process_is_dead_and_reaped() {
    let (process, _streams) = launch(&["sleep", "1000"]);
    assert!(running(process.pid()));
    assert!(matches!(process.kill().await, ChangeOutcome::Installed([a, b]) if a < b));
    assert!(states(process.pid()).is_empty());
    assert_eq!(process.exited().await.exit, Exit::Signal(9));
}

#[tokio::test]
async fn a_paused_process_can_be_killed() {
    let (process, _streams) = launch(&["sleep", "1000"]);
    assert!(matches!(process.pause().await, ChangeOutcome::Installed(_)));
    assert!(matches!(process.kill().await, ChangeOutcome::Installed(_)));
    assert!(states(process.pid()).is_empty());
}

#[tokio::test]
async fn what_is_done_to_a_dead_process_says_that_it_had_ended() {
    let (process, _streams) = launch(&["sh", "-c", "exit 3"]);
    let end = process.exited().await;
    assert_eq!(end.exit, Exit::Status(3));
    assert_eq!(process.pause().await, ChangeOutcome::Exited(end));
    assert_eq!(process.resume().await, ChangeOutcome::Exited(end));
    assert_eq!(process.kill().await, ChangeOutcome::Exited(end));
    assert_eq!(process.terminate(15, Duration::from_secs(1)).await.outcome, ChangeOutcome::Exited(end));
    assert_eq!(process.run_queue_delay(), None);
}

#[tokio::test]
async fn many_tasks_can_wait_for_one_exit() {
    let (process, _streams) = launch(&["sleep", "1000"]);
    let (a, b, killed) = tokio::join!(process.exited(), process.exited(), process.kill());
    assert_eq!(a, b);
    assert_eq!(a.exit, Exit::Signal(9));
    assert!(matches!(killed, ChangeOutcome::Installed(_)));
}

#[tokio::test]
async fn a_process_that_ignores_the_request_to_stop_is_killed_after_the_grace() {
    let (process, mut streams) = launch(&["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.01; done"]);
    assert_eq!(first_line(&mut streams).await, "up");
    let stop = process.terminate(15, Duration::from_millis(100)).await;
    assert!(stop.forced);
    assert!(matches!(stop.outcome, ChangeOutcome::Installed([a, b]) if b - a >= 100_000_000));
    assert_eq!(process.exited().await.exit, Exit::Signal(9));
}

#[tokio::test]
async fn a_paused_process_hears_the_request_to_stop() {
    let (process, mut streams) = launch(&["sh", "-c", "trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done"]);
    assert_eq!(first_line(&mut streams).await, "up");
    assert!(matches!(process.pause().await, ChangeOutcome::Installed(_)));
    let stop = process.terminate(15, Duration::from_secs(10)).await;
    assert!(!stop.forced);
    assert_eq!(process.exited().await.exit, Exit::Status(7));
}

#[tokio::test]
async fn what_a_dead_leader_leaves_in_its_group_is_killed_so_that_its_pipes_end() {
    let (process, mut streams) = launch(&["sh", "-c", "sleep 1000 & echo $!; exit 0"]);
    let mut output = String::new();
    let read = streams.stdout.read_to_string(&mut output);
    tokio::time::timeout(Duration::from_secs(10), read).await.unwrap().unwrap();
    assert_eq!(process.exited().await.exit, Exit::Status(0));
    let left: u32 = output.trim().parse().unwrap();
    eventually("what was left is dead", || !running(left)).await;
}

#[tokio::test]
async fn a_process_that_forked_away_from_its_group_is_killed_with_it() {
    let (process, mut streams) = launch(&["sh", "-c", "setsid sh -c 'echo $$; exec sleep 1000' & wait"]);
    let stray: u32 = first_line(&mut streams).await.parse().unwrap();
    assert!(running(stray));
    assert!(matches!(process.kill().await, ChangeOutcome::Installed(_)));
    eventually("the stray is dead", || !running(stray)).await;
}

#[tokio::test]
async fn a_dropped_process_is_killed() {
    let (process, mut streams) = launch(&["sh", "-c", "echo $$; exec sleep 1000"]);
    let pid = first_line(&mut streams).await.parse().unwrap();
    drop(process);
    eventually("the process is gone", || states(pid).is_empty()).await;
}

#[test]
fn a_process_does_not_outlive_its_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (process, streams) = runtime.block_on(async { launch(&["sleep", "1000"]) });
    let pid = process.pid();
    drop(streams);
    drop(runtime);
    drop(process);
    assert!(states(pid).is_empty());
}

#[tokio::test]
async fn a_process_sees_its_folder_its_variables_and_an_empty_standard_input() {
    let dir = tempfile::tempdir().unwrap();
    let launch = Launch {
        argv: ["sh", "-c", "cat; echo $WORD; pwd; echo oops >&2"].map(str::to_owned).to_vec(),
        env: vec![("WORD".to_owned(), "hello".to_owned())],
        dir: dir.path().canonicalize().unwrap(),
        namespace: None,
    };
    let (process, mut streams) = Process::launch(&launch, Clock::start()).unwrap();
    let (mut out, mut err) = (String::new(), String::new());
    streams.stdout.read_to_string(&mut out).await.unwrap();
    streams.stderr.read_to_string(&mut err).await.unwrap();
    assert_eq!(out, format!("hello\n{}\n", launch.dir.display()));
    assert_eq!(err, "oops\n");
    assert_eq!(process.exited().await.exit, Exit::Status(0));
}

#[tokio::test]
async fn what_cannot_be_started_is_named_with_the_reason() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("script");
    let path = script.to_str().unwrap();
    let why = |argv: &[&str]| launch_in(dir.path(), argv).map(drop).unwrap_err().to_string();

    assert!(why(&[]).contains("its command is empty"));
    assert!(why(&["no-such-program-x"]).contains("`no-such-program-x`: there is no such program on PATH"));
    assert!(why(&["./nowhere/x"]).contains("`./nowhere/x`: there is no such program at that path"));
    fs::write(&script, "#!/no/such/shell -e\n").unwrap();
    assert!(why(&[path]).contains("is not executable by this user"));
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(why(&[path]).contains("the interpreter `/no/such/shell -e`, which does not exist"));
    let elsewhere = dir.path().join("elsewhere");
    let error = launch_in(&elsewhere, &["sleep", "1"]).map(drop).unwrap_err().to_string();
    assert!(error.contains("its folder") && error.contains("elsewhere"), "{error}");
}

#[tokio::test]
async fn a_busy_process_reports_how_long_it_waited_for_a_cpu() {
    let (process, mut streams) = launch(&["python3", "-c", THREADS]);
    assert_eq!(first_line(&mut streams).await, "up");
    let cores = u32::try_from(std::thread::available_parallelism().unwrap().get()).unwrap();
    assert!(process.run_queue_delay().is_some());
    assert!(process.run_queue()().unwrap().len() == 9 && cores > 0);
    let before = process.run_queue_delay().unwrap();
    eventually("eight spinning threads wait for each other", || process.run_queue_delay().unwrap() > before).await;
}
