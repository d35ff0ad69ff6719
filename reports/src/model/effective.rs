//! When somebody led effectively, as far as the outcome and the lanes together tell.
//!
//! The outcome has the interregna: the times in which a majority existed and no effective leader was seen. It
//! does not list the times in which no majority existed, and there no leader is effective either. Those are told by the
//! lanes: a stretch counts as led when it is no interregnum and some claimant runs, and as many voters as make a
//! majority run with it, linked to it both ways. This is a picture and judges nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use history::measures::Interregnum;
use workloads::fault::Descriptor;

use super::{Held, Life, RunModel};
use crate::text::name;

#[derive(Clone, Copy)]
enum Step {
    Up(usize, bool),
    Leads(usize, bool),
    Cut(usize, usize, bool),
    Gone(bool),
}

pub(super) fn effective(model: &RunModel, interregna: &[Interregnum]) -> Vec<Held<u32>> {
    let mut steps: Vec<(u64, Step)> = Vec::new();
    let mut span = |start: u64, end: u64, make: &dyn Fn(bool) -> Step| {
        if end > start {
            steps.push((start, make(true)));
            steps.push((end, make(false)));
        }
    };
    let index: HashMap<String, usize> = model.lanes.iter().enumerate().map(|(i, lane)| (name(&lane.node), i)).collect();
    for (i, lane) in model.lanes.iter().enumerate() {
        for held in lane.process.iter().filter(|held| matches!(held.what, Life::Up | Life::Unknown)) {
            span(held.start, held.end, &|on| Step::Up(i, on));
        }
        for held in lane.roles.iter().filter(|held| held.what.leads()) {
            span(held.start, held.end, &|on| Step::Leads(i, on));
        }
    }
    for lane in &model.links {
        let Some((from, to)) = lane.link.split_once("->") else { continue };
        let (Some(&from), Some(&to)) = (index.get(from), index.get(to)) else { continue };
        for held in lane.rules.iter().filter(|held| Descriptor::of(&held.what.rule).cuts()) {
            span(held.start, held.end, &|on| Step::Cut(from, to, on));
        }
    }
    for gone in interregna {
        span(gone.start, gone.end, &|on| Step::Gone(on));
    }
    steps.sort_by_key(|(at, _)| *at);
    let voters = model.header.listed_voters().unwrap_or(&model.header.nodes);
    let voters: HashSet<usize> = voters.iter().filter_map(|voter| index.get(&name(voter)).copied()).collect();
    sweep(&steps, &voters, model.length)
}

fn sweep(steps: &[(u64, Step)], voters: &HashSet<usize>, end: u64) -> Vec<Held<u32>> {
    let majority = voters.len() / 2 + 1;
    let mut up: HashSet<usize> = HashSet::new();
    let mut leads: BTreeMap<usize, u32> = BTreeMap::new();
    let mut cuts: HashMap<(usize, usize), u32> = HashMap::new();
    let mut gone = 0u32;
    let mut out: Vec<Held<u32>> = vec![Held { start: 0, end: 0, what: 0 }];
    for (number, (at, step)) in steps.iter().enumerate() {
        let count = |was: &mut u32, on: bool| *was = if on { *was + 1 } else { was.saturating_sub(1) };
        match *step {
            Step::Up(node, true) => drop(up.insert(node)),
            Step::Up(node, false) => drop(up.remove(&node)),
            Step::Leads(node, on) => count(leads.entry(node).or_default(), on),
            Step::Cut(from, to, on) => count(cuts.entry((from, to)).or_default(), on),
            Step::Gone(on) => count(&mut gone, on),
        }
        if steps.get(number + 1).is_some_and(|next| next.0 == *at) {
            continue;
        }
        let open = |from: usize, to: usize| cuts.get(&(from, to)).is_none_or(|cuts| *cuts == 0);
        let led = gone == 0
            && leads.iter().any(|(leader, claims)| {
                let with = |voter: &&usize| {
                    up.contains(voter) && (*voter == leader || (open(*leader, **voter) && open(**voter, *leader)))
                };
                *claims > 0 && up.contains(leader) && voters.iter().filter(with).count() >= majority
            });
        if let Some(last) = out.last_mut()
            && last.what != u32::from(led)
        {
            last.end = *at;
            out.push(Held { start: *at, end: *at, what: u32::from(led) });
        }
    }
    if let Some(last) = out.last_mut() {
        last.end = end.max(last.start);
    }
    out.retain(|held| held.length() > 0);
    out
}

#[cfg(test)]
mod tests {
    use crate::model::RunModel;
    use crate::sample::{self, MS};

    #[test]
    fn an_interregnum_is_not_led_and_a_run_that_was_not_judged_says_nothing() {
        let (sample, outcome) = sample::valid();
        let gone = outcome.measures.interregna[1].clone();
        let read = |outcome| RunModel::from_history(sample.text().as_bytes(), outcome).unwrap();
        let effective = read(Some(outcome)).effective.unwrap();
        let at = |t: u64| effective.iter().find(|held| held.start <= t && t < held.end).unwrap().what;
        assert_eq!(at(gone.start + MS), 0);
        assert_eq!(at(gone.end + MS), 1);
        assert!(read(None).effective.is_none());
    }
}
