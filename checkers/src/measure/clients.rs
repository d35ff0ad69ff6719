//! What clients saw: how long they got no answer, beside how long there was no leader.
//!
//! Nothing is judged here. A probe that fails may be the probe's own fault, or the cluster's good right: a minority answers
//! nobody. What is wanted is the number that an operator is asked for, and it must not be more than was seen. So a time of
//! failing is counted from the beginning of the first attempt that failed to the end of the last, and what stalls cover of
//! it is no one's failure. How long it may have been at most, from answer to answer, stands beside it.

use history::measures::{Clients, Interregnum, Outage};

use crate::world::Picture;
use crate::world::effective::Effective;
use crate::world::probed::Stretch;
use crate::world::timeline::union;

/// What clients saw; none without a probe. `interregna` are known, and none where nobody can say.
pub(super) fn clients(picture: &Picture, interregna: Option<&[Interregnum]>) -> Option<Clients> {
    let all = picture.probes.as_slice();
    let (begin, last) = (all.first()?.from, all.last()?.to);
    let Some(first) = all.iter().position(|stretch| stretch.answered) else {
        return Some(Clients { attempts_before: attempts(all), ..Clients::default() });
    };
    let since = all[first].first;
    let counted = &all[first..];
    let failed: Vec<&Stretch> = counted.iter().filter(|stretch| !stretch.answered).collect();
    let outages: Vec<Outage> = failed.iter().map(|stretch| outage(picture, stretch, counted)).collect();
    let unstalled = |from: u64, to: u64| to.saturating_sub(from) - picture.stalls.covered(from, to);
    let at_most = |stretch: &&Stretch| {
        let before = counted.iter().rfind(|other| other.answered && other.to <= stretch.from);
        let after = counted.iter().find(|other| other.answered && other.from >= stretch.to);
        unstalled(before.map_or(since, |other| other.to), after.map_or(last, |other| other.first))
    };
    let faults = faults(picture);
    let in_faults = |stretch: &&Stretch| -> u64 {
        faults
            .iter()
            .map(|&(from, to)| unstalled(from.max(stretch.from), to.min(stretch.to).max(from.max(stretch.from))))
            .sum()
    };
    let without = |all: &[Interregnum]| -> u64 {
        all.iter().map(|one| leaderless(picture, one.start.max(since), one.end.min(last))).sum()
    };
    Some(Clients {
        attempts_before: attempts(&all[..first]),
        until_first: Some(since.saturating_sub(begin)),
        probed: last.saturating_sub(since),
        attempts: attempts(counted),
        failures: failed.iter().map(|stretch| stretch.count).fold(0, u64::saturating_add),
        failed: outages.iter().map(lasted).sum(),
        longest: outages.iter().map(lasted).max().unwrap_or(0),
        failed_in_faults: failed.iter().map(in_faults).sum(),
        failed_at_most: failed.iter().map(at_most).sum(),
        stalled: outages.iter().map(|outage| outage.stalled).sum(),
        slowest: counted.iter().filter(|stretch| stretch.answered).filter_map(|stretch| stretch.slowest).max(),
        without_leader: interregna.map(without),
        outages,
    })
}

/// How much of a time there was certainly no effective leader.
fn leaderless(picture: &Picture, from: u64, to: u64) -> u64 {
    if from >= to {
        return 0;
    }
    let stretches = picture.effective.between(from, to);
    stretches.filter(|(_, _, effective)| *effective == Effective::No).map(|(a, b, _)| b.min(to) - a.max(from)).sum()
}

fn attempts(stretches: &[Stretch]) -> u64 {
    stretches.iter().map(|stretch| stretch.count).fold(0, u64::saturating_add)
}

fn outage(picture: &Picture, stretch: &Stretch, all: &[Stretch]) -> Outage {
    let Stretch { from, to, count, .. } = *stretch;
    let next = all.iter().find(|other| other.answered && other.from >= to);
    Outage {
        from,
        to,
        answered: next.map(|next| next.first),
        attempts: count,
        stalled: picture.stalls.covered(from, to),
    }
}

fn lasted(outage: &Outage) -> u64 {
    (outage.to - outage.from) - outage.stalled
}

/// The times in which some fault may have been in force.
fn faults(picture: &Picture) -> Vec<(u64, u64)> {
    union(picture.faults.iter().map(|fault| fault.in_force().0).collect())
}

#[cfg(test)]
mod tests {
    use history::build::Builder;
    use history::entry::{Described, Fault, Harness, Probe};
    use history::{Answer, Cause, Installed, Span, Stage};
    use serde_json::json;

    use super::*;

    const MS: u64 = 1_000_000;

    fn line(history: &mut Builder, [from, to]: [u64; 2], outcome: Answer, attempts: u64) {
        let (attempts, slowest) = (Some(attempts), Some(to - from));
        let probe = Probe { outcome: outcome.into(), attempts, slowest, node: None, reason: None };
        history.during(to * MS, Span::new(from * MS, to * MS), probe);
    }

    fn measured(history: &Builder) -> Option<Clients> {
        let text = history.text();
        let mut reader = history::Reader::new(text.as_bytes()).unwrap();
        let mut meter = crate::measure::Meter::new(reader.header());
        while let Some(event) = reader.next_event().unwrap() {
            meter.feed(&event);
        }
        meter.finish().clients
    }

    #[test]
    fn without_a_probe_nothing_is_said_of_clients() {
        let mut history = Builder::of(3);
        history.complete(MS);
        assert_eq!(measured(&history), None);
    }

    #[test]
    fn failing_is_counted_from_the_first_answer_on_and_from_the_first_failed_attempt_to_the_last() {
        let mut history = Builder::of(3);
        line(&mut history, [0, 90], Answer::Failed, 2);
        line(&mut history, [100, 101], Answer::Answered, 1);
        line(&mut history, [150, 900], Answer::Answered, 15);
        line(&mut history, [950, 1150], Answer::Failed, 1);
        line(&mut history, [1150, 2000], Answer::Failed, 4);
        line(&mut history, [2050, 2060], Answer::Answered, 1);
        line(&mut history, [2100, 3000], Answer::Answered, 18);
        history.complete(3100 * MS);
        let clients = measured(&history).unwrap();
        assert_eq!((clients.attempts_before, clients.until_first), (2, Some(101 * MS)));
        assert_eq!((clients.attempts, clients.failures), (40, 5));
        assert_eq!((clients.failed, clients.longest, clients.failed_at_most), (1050 * MS, 1050 * MS, 1160 * MS));
        assert_eq!(clients.probed, 2899 * MS);
        let outage = Outage { from: 950 * MS, to: 2000 * MS, answered: Some(2060 * MS), attempts: 5, stalled: 0 };
        assert_eq!(clients.outages, [outage]);
        assert_eq!(clients.failed_in_faults, 0);
    }

    #[test]
    fn time_in_a_stall_is_no_failing_and_that_in_a_fault_is_told() {
        let mut history = Builder::of(3);
        line(&mut history, [0, 10], Answer::Answered, 1);
        let kill = Fault {
            fault: Some(Described::read(json!({"kind": "kill"}))),
            nodes: Some(vec!["n1".to_owned()]),
            ..Fault::new(1, Stage::Inject, Installed::Installed)
        };
        history.during(60 * MS, Span::new(40 * MS, 50 * MS), kill);
        history.during(
            400 * MS,
            Span::new(300 * MS, 400 * MS),
            Harness::Stall { cause: Some(Cause::Harness.into()), reason: None },
        );
        history.during(700 * MS, Span::new(600 * MS, 600 * MS), Fault::new(1, Stage::Lift, Installed::Installed));
        line(&mut history, [100, 900], Answer::Failed, 5);
        history.complete(1000 * MS);
        let clients = measured(&history).unwrap();
        assert_eq!((clients.failed, clients.stalled), (700 * MS, 100 * MS));
        assert_eq!(clients.failed_in_faults, 400 * MS + 1, "until the lift, which may have been at its end");
        assert_eq!(clients.outages[0].answered, None);
    }

    #[test]
    fn a_probe_that_never_had_an_answer_has_no_time_of_failing() {
        let mut history = Builder::of(3);
        line(&mut history, [0, 900], Answer::Failed, 18);
        history.complete(1000 * MS);
        assert_eq!(measured(&history), Some(Clients { attempts_before: 18, ..Clients::default() }));
    }

    #[test]
    fn times_that_run_backwards_do_no_harm() {
        let mut history = Builder::of(3);
        line(&mut history, [500, 600], Answer::Answered, 1);
        line(&mut history, [100, 200], Answer::Failed, u64::MAX);
        line(&mut history, [50, 700], Answer::Failed, u64::MAX);
        line(&mut history, [0, 1], Answer::Answered, u64::MAX);
        history.complete(MS);
        let clients = measured(&history).unwrap();
        assert_eq!((clients.failed, clients.failures), (100 * MS, u64::MAX));
    }
}
