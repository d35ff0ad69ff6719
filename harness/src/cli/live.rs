//! The live line: what is happening, on a terminal and only there.

use std::io::IsTerminal;

use history::{Phase, Role};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use cluster::run::Progress;

/// A line that is being shown.
pub(super) struct Live {
    bar: ProgressBar,
    task: JoinHandle<()>,
}

impl Live {
    /// Takes it away.
    pub(super) async fn end(self) {
        self.task.abort();
        let _ = self.task.await;
        self.bar.finish_and_clear();
    }
}

/// Shows a run's progress on standard error, if that is a terminal and no machine reads along.
pub(super) fn show(mut progress: watch::Receiver<Progress>) -> Option<Live> {
    if !std::io::stderr().is_terminal() || std::env::var_os("CI").is_some() {
        return None;
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    bar.set_style(ProgressStyle::with_template("{spinner} {wide_msg}").ok()?);
    let shown = bar.clone();
    let task = tokio::spawn(async move {
        while progress.changed().await.is_ok() {
            let now = progress.borrow_and_update().clone();
            shown.set_message(line(&now));
            shown.tick();
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    });
    Some(Live { bar, task })
}

/// Phase, time, each node's role and term, faults in force.
fn line(progress: &Progress) -> String {
    let nodes: Vec<String> = progress
        .view
        .nodes
        .iter()
        .map(|node| {
            let role = match (node.up, &node.role) {
                (false, _) => "down",
                (true, Some(role)) if role.is(Role::Leader) => "LEADER",
                (true, Some(role)) => role.text(),
                (true, None) => "?",
            };
            match node.term {
                Some(term) => format!("{} {role} t{term}", node.name),
                None => format!("{} {role}", node.name),
            }
        })
        .collect();
    let faults = if progress.faults.is_empty() { String::new() } else { format!(" | {}", progress.faults.join(" ")) };
    format!(
        "{:>6.1}s {:<7} {}{faults}",
        progress.elapsed.as_secs_f64(),
        progress.phase.map_or("", Phase::as_str),
        nodes.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use workloads::{NodeView, View};

    use super::*;

    #[test]
    fn the_line_shows_phase_time_roles_terms_and_faults() {
        let node = |name: &str, role: Role, up| NodeView {
            name: name.into(),
            up,
            role: Some(role.into()),
            term: Some(3),
            ..NodeView::default()
        };
        let view =
            View { nodes: vec![node("n1", Role::Leader, true), node("n2", Role::Follower, false)], ..View::default() };
        let progress = Progress {
            phase: Some(Phase::Faults),
            view,
            faults: vec!["kill#4".into()],
            elapsed: Duration::from_millis(1500),
        };
        assert_eq!(line(&progress), "   1.5s faults  n1 LEADER t3, n2 down t3 | kill#4");
    }
}
