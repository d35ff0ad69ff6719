//! What the probe saw, among the first facts of a page.

use history::numbers::grouped;

use crate::model::RunModel;
use crate::text::{clean, count, duration};

/// What the probe saw, in words.
pub(super) fn words(model: &RunModel) -> Option<String> {
    let clients = model.outcome.as_ref()?.measures.clients.as_ref()?;
    let seen = match clients.until_first {
        Some(_) if clients.failures > 0 => format!(
            "{} of {} failed, for {} in all, at most {}; the longest {}",
            grouped(clients.failures),
            count(clients.attempts, "attempt"),
            duration(clients.failed),
            duration(clients.failed_at_most),
            duration(clients.longest)
        ),
        Some(_) => format!("none of {} failed", count(clients.attempts, "attempt")),
        None => {
            let last = model.client_trouble.as_ref().map(|why| format!("; the last: {}", clean(why, 300)));
            format!("none of {} was answered{}", count(clients.attempts_before, "attempt"), last.unwrap_or_default())
        }
    };
    let about = model.header.probe.as_ref().map(|probe| clean(&probe.about, 100)).filter(|about| !about.is_empty());
    Some(about.map_or(seen.clone(), |about| format!("{about}: {seen}")))
}

#[cfg(test)]
mod tests {
    use history::Verdict;

    use super::*;
    use crate::sample::{self, Sample};

    #[test]
    fn why_clients_were_never_answered_stands_among_the_first_facts() {
        use history::entry::Probe;
        use history::measures::{Clients, Measures};

        let mut s = Sample::new(3);
        for (at, reason) in [(10, "n1: connection refused"), (60, "n2: answered with status <404>")] {
            let outcome = history::Answer::Failed.into();
            let (attempts, reason) = (Some(2), Some(reason.into()));
            s.during(
                [at * 1_000_000, (at + 40) * 1_000_000],
                Probe { outcome, attempts, slowest: None, node: None, reason },
            );
        }
        let clients = Clients { attempts_before: 4, ..Clients::default() };
        let measures = Measures { clients: Some(clients), ..Measures::default() };
        let outcome = sample::outcome(&s, measures, Verdict::Valid, "s");
        let model = RunModel::from_history(s.text().as_bytes(), Some(outcome)).unwrap();
        let said = words(&model).unwrap();
        assert!(said.ends_with("none of 4 attempts was answered; the last: n2: answered with status <404>"), "{said}");
    }
}
