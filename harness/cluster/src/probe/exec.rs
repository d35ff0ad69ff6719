//! A command: what it must exit with and print. Nothing of it outlives its attempt, whatever it starts, and whether it ends,
//! hangs or prints without end. It is launched as a node is, and ended as one.

use std::path::Path;
use std::time::Duration;

use regex::Regex;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::clock::Clock;
use crate::process::{Exit, Launch, Process, Streams};

/// The most that is read of what it prints, bytes.
const LONGEST: usize = 1 << 20;

/// How long its end may take when it has been killed: only what is stuck in the kernel takes longer, and is not waited for.
const KILLED: Duration = Duration::from_secs(1);

/// Runs it once. The error is a fragment such as "exited with status 1".
pub(super) async fn run(
    argv: &[String],
    (exit, re): (i32, Option<&Regex>),
    timeout: Duration,
    (directory, clock): (&Path, Clock),
) -> Result<(), String> {
    let launch = Launch { argv: argv.to_vec(), env: Vec::new(), dir: directory.to_owned(), namespace: None };
    let (process, streams) = Process::launch(&launch, clock).map_err(|error| error.to_string())?;
    let ended = tokio::time::timeout(timeout, output(&process, streams)).await;
    let result = match ended {
        Err(_) => Err(format!("timed out after {} ms", timeout.as_millis())),
        Ok(Err(why)) => Err(why),
        Ok(Ok((Exit::Status(status), printed, _))) if status == exit => {
            let text = String::from_utf8_lossy(&printed);
            match re {
                Some(re) if !re.is_match(&text) => {
                    Err(format!("printed {:?}", text.trim().chars().take(80).collect::<String>()))
                }
                _ => Ok(()),
            }
        }
        Ok(Ok((how, _, words))) => {
            let words = String::from_utf8_lossy(&words);
            let last = words.lines().rev().find(|line| !line.trim().is_empty()).map(str::trim);
            Err(last.map_or(how.to_string(), |last| format!("{how}: {}", last.chars().take(120).collect::<String>())))
        }
    };
    if process.ended().is_none() {
        let _ = tokio::time::timeout(KILLED, process.kill()).await;
    }
    result
}

/// Waits until it is over, and all that it had started; what it printed, and what it said of it.
async fn output(process: &Process, streams: Streams) -> Result<(Exit, Vec<u8>, Vec<u8>), String> {
    let ended = async { Ok(process.exited().await) };
    let (ended, printed, words) = tokio::try_join!(ended, read(streams.stdout), read(streams.stderr))?;
    Ok((ended.exit, printed, words))
}

/// All that a stream holds. An endless one fails at once, and its writer with it.
async fn read(mut stream: impl AsyncRead + Unpin) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    while stream.read_buf(&mut text).await.map_err(|error| error.to_string())? > 0 {
        if text.len() > LONGEST {
            return Err(format!("printed more than {LONGEST} bytes"));
        }
    }
    Ok(text)
}
