//! What run this was, and its numbers.

use checkers::stats::shown_quantile;
use history::header::Grade;
use history::measures::Measures;
use maud::{Markup, html};

use crate::model::{Life, RunModel};
use crate::text::{LONGEST, clean, count, duration, grouped, name, percent};

/// The facts, as a list of terms and descriptions.
pub(super) fn facts(model: &RunModel) -> Markup {
    let header = &model.header;
    let pairs = |map: &std::collections::BTreeMap<String, String>| {
        map.iter().map(|(k, v)| format!("{} {}", name(k), clean(v, 120))).collect::<Vec<_>>().join(" · ")
    };
    let mut facts: Vec<(&str, String)> = vec![
        ("Workload", or_unknown(&header.workload)),
        ("Seed", header.seed.map_or("none".to_owned(), |seed| seed.to_string())),
        ("System", or_unknown(&header.system)),
    ];
    if !header.parameters.is_empty() {
        facts.push(("Parameters", pairs(&header.parameters)));
    }
    for (node, parameters) in header.node_parameters.iter().take(50) {
        facts.push(("Only on", format!("{}: {}", name(node), pairs(parameters))));
    }
    facts.push(("Nodes", nodes(model)));
    let why = header.network_why.as_deref().map(|why| format!(" — {}", clean(why, LONGEST))).unwrap_or_default();
    facts.push(("Network", format!("{}{why}", or_unknown(&header.network))));
    facts.push(("There must be a leader", bound(model)));
    facts.push(("Observers", observers(model)));
    facts.push(("Host stalls", stalls(model)));
    if let Some(wall) = &header.wall {
        facts.push(("Began", clean(wall, 60)));
    }
    let length = format!("{}, {}", duration(model.length), count(model.end.lines.saturating_sub(1), "event"));
    facts.push(("Length", length));
    if !header.versions.is_empty() {
        facts.push(("Versions", pairs(&header.versions)));
    }
    html! {
        dl.facts.card {
            @for (term, description) in facts { dt { (term) } dd { (description) } }
        }
    }
}

fn or_unknown(text: &str) -> String {
    if text.is_empty() { "not recorded".to_owned() } else { clean(text, 120) }
}

fn nodes(model: &RunModel) -> String {
    let names: Vec<String> = model.header.nodes.iter().take(40).map(|node| name(node)).collect();
    let mut words = format!("{} ({})", model.header.nodes.len(), names.join(" "));
    if let Some(voters) = model.header.listed_voters()
        && voters.len() != model.header.nodes.len()
    {
        words.push_str(&format!(", {} vote", voters.len()));
    }
    words
}

fn bound(model: &RunModel) -> String {
    let grade = match model.header.claims.grade {
        Grade::Clean => "clean: a majority that no outsider can reach, or everyone linked",
        Grade::Clique => "clique: a fully linked majority, outsiders arbitrary",
        Grade::Hub => "hub: one node that sees a majority",
    };
    if model.header.claims.occasional_leaders {
        return "at no time: its leaders lead only while there is something to do, and only their safety is judged"
            .to_owned();
    }
    let Some(bound) = model.header.bound else {
        return format!("no bound is known, so nothing that needs one was judged (grade {grade})");
    };
    let how = model.header.bound_from.as_ref().map(|from| {
        let words = if from.how.is_empty() { String::new() } else { format!(": {}", clean(&from.how, LONGEST)) };
        let (d, k) = (duration(from.d), from.k);
        format!("{words} (k = {k} rounds, p = {}, d = {d}, ε = {:e})", short(from.p), from.epsilon)
    });
    format!("within {}{}; grade {grade}", duration(bound), how.unwrap_or_default())
}

fn short(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn observers(model: &RunModel) -> String {
    let words: Vec<String> = model
        .header
        .observers
        .iter()
        .take(20)
        .map(|o| {
            let mut about = vec![o.evidence.to_string()];
            if o.durable {
                about.push("durable".to_owned());
            }
            if o.complete {
                about.push("complete".to_owned());
            }
            if let Some(period) = o.period {
                about.push(format!("every {}", duration(period)));
            }
            format!("{} ({})", name(&o.name), about.join(", "))
        })
        .collect();
    let seen = format!("{}, {} unanswered", count(model.observations, "observation"), grouped(model.misses));
    if words.is_empty() { seen } else { format!("{}; {seen}", words.join(" · ")) }
}

pub(super) fn stalls(model: &RunModel) -> String {
    if model.stalls.is_empty() {
        let no_delay = "none: no delay of the harness was longer than 50 ms";
        return if model.header.is_of_the_harness() { no_delay } else { "none recorded" }.to_owned();
    }
    let longest = model.stalls.iter().map(|held| held.length()).max().unwrap_or(0);
    format!(
        "{}, the longest {}; the time inside them is no time without a leader",
        count(model.stalls.len() as u64, "stall"),
        duration(longest)
    )
}

/// The numbers, each a tile: value first, then what it is.
pub(super) fn numbers(model: &RunModel) -> Markup {
    let mut tiles: Vec<(String, String)> =
        vec![(grouped(model.elections.len() as u64), "terms that got a leader".into())];
    if let Some(outcome) = &model.outcome {
        measured(&mut tiles, &outcome.measures);
    }
    let installed = model.faults.iter().filter(|fault| fault.installed()).count() as u64;
    tiles.push((grouped(installed), of_faults(model, installed)));
    let paused: u64 = model
        .lanes
        .iter()
        .flat_map(|lane| &lane.process)
        .filter(|held| held.what == Life::Paused)
        .map(|held| held.length())
        .sum();
    if paused > 0 {
        tiles.push((duration(paused), "paused, summed over nodes".into()));
    }
    html! { div.tiles { @for (value, what) in tiles { div.tile { b { (value) } span { (what) } } } } }
}

fn of_faults(model: &RunModel, installed: u64) -> String {
    let rest = model.faults.len() as u64 - installed;
    if rest == 0 { "faults installed".to_owned() } else { format!("faults installed; {rest} skipped or indeterminate") }
}

fn measured(tiles: &mut Vec<(String, String)>, measures: &Measures) {
    let optional = |value: Option<u64>| value.map_or("–".to_owned(), duration);
    spread(tiles, measures.re_election_times(), "election time", "a majority without a leader, after the first");
    if let Some(first) = measures.elections.first().and_then(|first| first.without_leader) {
        tiles.push((duration(first), "from the first majority to the first leader".into()));
    }
    if let Some(share) = measures.availability {
        tiles.push((percent(share), format!("availability, of {} with a majority", duration(measures.majority_time))));
    }
    if let Some(q) = &measures.interregnum_quantiles {
        if q.p50.is_some() {
            let about = format!("interregnum, median of {}; p90 {}, p99 {}", q.n, optional(q.p90), optional(q.p99));
            tiles.push((optional(q.p50), about));
        }
        tiles.push((optional(q.max), format!("longest interregnum; {} of {} cut off", q.censored, q.n)));
    }
    spread(tiles, measures.tenures.clone(), "tenure", "");
    if let Some(clients) = measures.clients.as_ref().filter(|clients| clients.until_first.is_some()) {
        let (failures, attempts) = (grouped(clients.failures), grouped(clients.attempts));
        let about = format!(
            "clients failed, {failures} of {attempts} attempts; the longest {}, {} while a fault may have been in force",
            duration(clients.longest),
            duration(clients.failed_in_faults)
        );
        tiles.push((duration(clients.failed), about));
        if let Some(slowest) = clients.slowest {
            tiles.push((duration(slowest), "the slowest answer to a client".into()));
        }
    }
    tiles.push((grouped(measures.split_terms), "split votes: terms with candidates and no leader".into()));
    tiles.push((grouped(measures.term_inflation), "terms spent in vain".into()));
    tiles.push((grouped(measures.needless_changes), "needless changes: the old leader was well".into()));
    tiles.push((duration(measures.two_claimants), "with two claimants in different terms (lawful)".into()));
    let heals = measures.heal_to_first_byte.iter().map(|heal| heal.first_byte).collect();
    spread(tiles, heals, "heal to first byte", "");
    let delays = measures.fault_to_effect.iter().map(|fault| fault.delay).collect();
    spread(tiles, delays, "fault to effect", "");
}

/// A tile for some times: their median, if enough lie beyond it, and the longest.
fn spread(tiles: &mut Vec<(String, String)>, mut times: Vec<u64>, what: &str, note: &str) {
    times.sort_unstable();
    let Some(&longest) = times.last() else { return };
    let note = if note.is_empty() { String::new() } else { format!(": {note}") };
    let more = |q| shown_quantile(&times, q).map(|value| format!("; p{:.0} {}", q * 100.0, duration(value)));
    let more: String = [0.9, 0.99].into_iter().filter_map(more).collect();
    let n = grouped(times.len() as u64);
    tiles.push(match shown_quantile(&times, 0.5) {
        Some(p50) => (duration(p50), format!("{what}, median of {n}{more}; longest {}{note}", duration(longest))),
        None => (duration(longest), format!("{what}, longest of {n}{note}")),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_of_few_times_is_not_shown() {
        let tile = |n: u64| {
            let mut tiles = Vec::new();
            spread(&mut tiles, (1..=n).map(|time| time * 1_000_000).collect(), "tenure", "");
            tiles.pop()
        };
        assert_eq!(tile(0), None);
        assert_eq!(tile(9), Some(("9.0 ms".into(), "tenure, longest of 9".into())));
        assert_eq!(tile(10), Some(("5.0 ms".into(), "tenure, median of 10; longest 10 ms".into())));
    }
}
