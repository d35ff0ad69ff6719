//! When a cluster is ready: every node has shown the sign that its system file names.

use std::path::Path;
use std::time::Duration;

use history::entry::Node;
use history::{Fate, Record};

use crate::cluster::Cluster;
use crate::observe::http;
use crate::record::Recorder;
use crate::system::ReadyPlan;

/// How often a node that does not accept connections yet is tried again.
const ASK: Duration = Duration::from_millis(20);

/// How a node ends that has nothing to complain of.
const DONE: &str = "exited with status 0";

/// How long an answer to the question may take.
const ANSWER: Duration = Duration::from_secs(1);

/// Waits until every node is ready, and records it. The error is a sentence about the first that is not.
pub(super) async fn all(cluster: &Cluster, recorder: &Recorder, timeout: Duration) -> Result<(), String> {
    let waits = (0..cluster.len()).map(|node| one(cluster, recorder, node, timeout));
    futures_util::future::try_join_all(waits).await.map(drop)
}

async fn one(cluster: &Cluster, recorder: &Recorder, node: usize, timeout: Duration) -> Result<(), String> {
    let name = cluster.name(node);
    let output = cluster.output(node);
    tokio::select! {
        biased;
        ready = tokio::time::timeout(timeout, shows(cluster, recorder, node)) => match ready {
            Ok(()) => {
                recorder.record(Record::now(Node::new(name, 1, Fate::Ready)));
                Ok(())
            }
            Err(_) => Err(format!(
                "{name} was not ready within {}{}{}; its output is in {}",
                humantime::format_duration(timeout),
                cluster.oddities(node).map(|oddity| format!(": {oddity}")).unwrap_or_default(),
                unread(recorder.unread(name), cluster.sign(node), &output),
                output.display(),
            )),
        },
        how = cluster.over(node) => {
            // Its last words are on their way to the disk until both its pipes are at their end.
            cluster.ended(node).await;
            cluster.output_written().await;
            let hint = if how == DONE { "; if it puts itself into the background, have it run in the foreground" } else { "" };
            let words = last_words(&output);
            Err(format!("{name} {how} before it was ready{words}{hint}; its output is in {}", output.display()))
        }
    }
}

/// Waits until a node shows its sign.
async fn shows(cluster: &Cluster, recorder: &Recorder, node: usize) {
    match cluster.sign(node) {
        ReadyPlan::Observation => {
            let (first, mut changes) = recorder.follow();
            let seen = |view: &workloads::View| view.nodes[node].term.is_some() || view.nodes[node].role.is_some();
            if seen(&first) {
                return;
            }
            while let Some(change) = changes.recv().await {
                if seen(&change.after) {
                    return;
                }
            }
        }
        ReadyPlan::Tcp(address) => {
            while tokio::net::TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(ASK).await;
            }
        }
        ReadyPlan::Http { url, json, equals } => {
            while http::is_ready(url, json.as_deref(), equals.as_deref(), ANSWER).await.is_err() {
                tokio::time::sleep(ASK).await;
            }
        }
    }
}

/// What a node printed that may have been meant for the harness, and was not understood: the end of a sentence.
fn unread(gap: Option<String>, sign: &ReadyPlan, output: &Path) -> String {
    if let Some(gap) = gap {
        return format!("; of what it printed, this could not be read: {gap}");
    }
    let alike = match sign {
        ReadyPlan::Observation => looks_like_an_event(output),
        ReadyPlan::Tcp(_) | ReadyPlan::Http { .. } => None,
    };
    alike
        .map(|line| format!("; of what it printed, this looked like an event and is none: {line:?}"))
        .unwrap_or_default()
}

/// The last line of a node's output that has both words of an event in it.
fn looks_like_an_event(output: &Path) -> Option<String> {
    let texts = ["stdout.log", "stderr.log"].map(|log| std::fs::read(output.join(log)).unwrap_or_default());
    texts.iter().find_map(|text| {
        let text = String::from_utf8_lossy(text);
        let line = text.lines().rev().find(|line| {
            let line = line.to_lowercase();
            line.contains("role") && line.contains("term")
        })?;
        Some(line.chars().filter(|c| !c.is_control()).take(200).collect())
    })
}

/// The last line that a node wrote on standard error, if it wrote one. That there is a help is not what it had to say.
fn last_words(output: &Path) -> String {
    let text = std::fs::read(output.join("stderr.log")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines().rev().filter(|line| !line.trim().is_empty());
    let last = lines.clone().find(|line| !line.contains("--help")).or_else(|| lines.next()).unwrap_or_default();
    let plain: String = last.chars().filter(|c| !c.is_control()).take(200).collect();
    if plain.is_empty() { String::new() } else { format!(" and said last: {plain:?}") }
}
