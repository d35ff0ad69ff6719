//! Counterexamples that TLC prints: one state after the other, each with the value of every variable.
//!
//! Which variable is the role, the term and the vote is found by what it holds, or said with `--map`. A role is a function from
//! nodes to words such as `Leader`, a term one to numbers. The *vote* needs care. A variable called `votedFor` may keep the vote
//! of a past term, keep a candidate's own vote elsewhere, or take the leader that a node follows. It is taken for the vote of the
//! term only where the user says so, or where the trace itself bears that out. That is: every candidate and every leader shows
//! its own name in it, and it changes in no step that handles entries. *The leader* that a node knows is taken only where the
//! user says so: many models keep that of the last term.

use super::value::Value;
use super::{Maps, Step, Text, Trace};
use crate::import::ImportError;

/// A state: its line, what led to it, and the variables.
struct Shown<'a> {
    line: u64,
    action: &'a str,
    variables: Vec<(&'a str, String)>,
}

/// What means no node.
const NOBODY: [&str; 8] = ["Nil", "NULL", "None", "Null", "nil", "none", "NoNode", "-1"];

/// Words in the names of variables that say that the voters may change.
const MEMBERSHIP: [&str; 7] = ["config", "member", "voter", "quorum", "learner", "peers", "servers"];

pub(super) fn read(text: &Text<'_>, maps: &Maps) -> Result<Trace, ImportError> {
    let shown = states(text.text);
    if shown.is_empty() {
        let what = "there is no state of a counterexample in this file; give TLC's output, in which states begin with `State 1:` or `1: <`";
        return Err(ImportError::at(text.file, 1, what));
    }
    let parsed: Vec<Vec<(&str, Value)>> = shown
        .iter()
        .map(|state| state.variables.iter().filter_map(|(name, text)| Some((*name, Value::read(text)?))).collect())
        .collect();
    let model = Model::find(&parsed, maps).map_err(|what| ImportError::at(text.file, shown[0].line, what))?;
    let nodes = model.nodes.clone();
    let mut trace = Trace { complete: true, voters: model.voters(&parsed), nodes, ..Trace::default() };
    let looked = maps.contains_key("vote") || model.vote_is_of_the_term(&shown, &parsed);
    trace.notes.push(format!("role: {}; term: {}; vote: {}", model.role, model.term, match (&model.vote, looked) {
        (Some(vote), true) => vote.clone(),
        (Some(vote), false) => format!("unknown ({vote} does not always hold a candidate's own vote, or changes with entries; say --map vote={vote} if it is the vote of the term)"),
        (None, _) => "unknown".to_owned(),
    }));
    let mut before: Vec<Option<Step>> = vec![None; trace.nodes.len()];
    let mut held: Vec<Held> = vec![Held::default(); trace.nodes.len()];
    for (state, variables) in shown.iter().zip(&parsed) {
        for (node, name) in trace.nodes.clone().iter().enumerate() {
            let term = model.of(variables, &model.term, name).and_then(Value::number);
            let vote = model.vote.as_ref().filter(|_| looked).and_then(|vote| model.of(variables, vote, name));
            let vote = vote.and_then(|vote| whom(vote, &trace.nodes));
            let last = before[node].as_ref();
            let stale = held[node].is_stale(term, &vote);
            let leader = maps.get("leader").and_then(|leader| model.of(variables, leader, name));
            let step = Step {
                node,
                line: state.line,
                role: model.of(variables, &model.role, name).and_then(Value::atom).and_then(role),
                term,
                vote: vote.filter(|_| !stale),
                leader: leader.and_then(|leader| whom(leader, &trace.nodes)),
                action: state.action.to_owned(),
                ..Step::default()
            };
            let same = last.is_some_and(|last| {
                (&last.role, last.term, &last.vote, &last.leader) == (&step.role, step.term, &step.vote, &step.leader)
            });
            if !same {
                trace.steps.push(step.clone());
                before[node] = Some(step);
            }
        }
    }
    Ok(trace)
}

/// What the variable of the vote holds.
#[derive(Debug, Clone, Default)]
struct Held {
    term: Option<u64>,
    vote: Option<Option<String>>,
    stale: bool,
}

impl Held {
    /// It is left over from a term before, and has not changed since.
    fn is_stale(&mut self, term: Option<u64>, vote: &Option<Option<String>>) -> bool {
        let names = vote.as_ref().is_some_and(Option::is_some);
        let same = self.vote == *vote && names;
        self.stale = same && (self.stale || self.term != term);
        (self.term, self.vote) = (term, vote.clone());
        self.stale
    }
}

/// The states of a counterexample; of several in one file the last.
fn states(text: &str) -> Vec<Shown<'_>> {
    let mut all: Vec<Shown<'_>> = Vec::new();
    let mut inside = false;
    for (line, number) in text.lines().zip(1..) {
        if let Some((place, action)) = head(line) {
            if place == 1 {
                all.clear();
            }
            inside = !action.contains("Stuttering") && !line.starts_with("Back to state");
            if inside {
                all.push(Shown { line: number, action, variables: Vec::new() });
            }
            continue;
        }
        let Some(state) = all.last_mut().filter(|_| inside) else { continue };
        if line.starts_with("@!@!@") || line.trim().is_empty() {
            inside = line.trim().is_empty() && state.variables.is_empty();
            continue;
        }
        let conjunct =
            line.strip_prefix("/\\ ").or((state.variables.is_empty() && !line.starts_with(' ')).then_some(line));
        match conjunct.and_then(|conjunct| conjunct.split_once(" =")) {
            Some((name, value)) => state.variables.push((name.trim(), value.to_owned())),
            None => {
                if let Some((_, value)) = state.variables.last_mut() {
                    value.push('\n');
                    value.push_str(line);
                }
            }
        }
    }
    all
}

/// `State 3: <Timeout line 5 …>` or `3: <Timeout line 5 …>`.
fn head(line: &str) -> Option<(u64, &str)> {
    let rest = line.strip_prefix("State ").unwrap_or(line);
    let (number, action) = rest.split_once(": ").or_else(|| Some((rest.strip_suffix(':')?, "")))?;
    let number = number.parse().ok()?;
    (action.is_empty() || action.starts_with('<') || action.starts_with("Stuttering") || line.starts_with("State "))
        .then_some((number, action))
}

/// Which variable is what.
struct Model {
    nodes: Vec<String>,
    role: String,
    term: String,
    vote: Option<String>,
}

impl Model {
    fn find(parsed: &[Vec<(&str, Value)>], maps: &Maps) -> Result<Self, String> {
        let all: Vec<(String, &Value)> = parsed[0].iter().flat_map(|(name, value)| paths(name, value)).collect();
        let holds = |path: &str, what: &dyn Fn(&Value) -> bool| {
            let found: Vec<(String, &Value)> = parsed
                .iter()
                .flatten()
                .flat_map(|(name, value)| paths(name, value))
                .filter(|(name, _)| name == path)
                .collect();
            let entries = |value: &Value| {
                value
                    .entries()
                    .is_some_and(|entries| !entries.is_empty() && entries.iter().all(|(_, value)| what(value)))
            };
            !found.is_empty() && found.iter().all(|(_, value)| entries(value))
        };
        let names: Vec<&String> = all.iter().map(|(name, _)| name).collect();
        let mapped = |field: &str| -> Result<Option<String>, String> {
            match maps.get(field) {
                Some(name) if names.contains(&name) => Ok(Some(name.clone())),
                Some(name) => Err(format!(
                    "--map {field}={name}: the states have no variable {name}; they have {}",
                    listed(&names)
                )),
                None => Ok(None),
            }
        };
        let is_role = |value: &Value| value.atom().is_some_and(|word| role(word).is_some() || is_other_role(word));
        let role_name = mapped("role")?.or_else(|| {
            let mut roles = names.iter().filter(|name| holds(name.as_str(), &is_role));
            roles.next().map(|name| (*name).clone())
        });
        let Some(role_name) = role_name else {
            return Err(format!(
                "no variable holds the role of each node (Follower, Candidate, Leader); say which with --map role=NAME, of {}",
                listed(&names)
            ));
        };
        let is_number = |value: &Value| value.number().is_some();
        let term = mapped("term")?.or_else(|| {
            let plain = |name: &str| name.rsplit('.').next().unwrap_or(name).to_lowercase().replace('_', "");
            let known = ["currentterm", "term", "currentview", "epoch", "currentepoch"];
            known
                .iter()
                .find_map(|known| names.iter().find(|name| plain(name) == *known && holds(name.as_str(), &is_number)))
                .map(|name| (*name).clone())
        });
        let Some(term) = term else {
            return Err(format!(
                "no variable holds the term of each node; say which with --map term=NAME, of {}",
                listed(&names)
            ));
        };
        let vote = mapped("vote")?.or_else(|| {
            let plain = |name: &str| name.rsplit('.').next().unwrap_or(name).to_lowercase().replace('_', "");
            names
                .iter()
                .find(|name| matches!(plain(name).as_str(), "votedfor" | "votefor" | "vote"))
                .map(|name| (*name).clone())
        });
        mapped("leader")?;
        let nodes = all.iter().find(|(name, _)| *name == role_name).and_then(|(_, value)| value.entries());
        let nodes = nodes.unwrap_or_default().into_iter().map(|(node, _)| node).collect();
        Ok(Self { nodes, role: role_name, term, vote })
    }

    /// What a variable says of a node.
    fn of<'a>(&self, variables: &'a [(&str, Value)], path: &str, node: &str) -> Option<&'a Value> {
        let (name, field) = path.split_once('.').unwrap_or((path, ""));
        let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
        let value = value.entries()?.into_iter().find(|(key, _)| key == node)?.1;
        if field.is_empty() {
            Some(value)
        } else {
            value.entries()?.into_iter().find(|(key, _)| key == field).map(|(_, value)| value)
        }
    }

    /// The voters: all, unless a variable may say otherwise, or a role is none of those that vote.
    fn voters(&self, states: &[Vec<(&str, Value)>]) -> Option<Vec<String>> {
        let may_change = |name: &str| MEMBERSHIP.iter().any(|word| name.to_lowercase().contains(word));
        let listens = |variables: &[(&str, Value)]| {
            let roles = self.nodes.iter().filter_map(|node| self.of(variables, &self.role, node)?.atom());
            roles.map(str::to_lowercase).any(|word| matches!(word.as_str(), "learner" | "observer" | "nonvoter"))
        };
        let variables = states.iter().flatten().map(|(name, _)| *name);
        let unsure = variables.into_iter().any(may_change) || states.iter().any(|state| listens(state));
        (!unsure).then(|| self.nodes.clone())
    }

    /// The variable holds the vote of the current term, as far as the trace shows.
    fn vote_is_of_the_term(&self, shown: &[Shown<'_>], parsed: &[Vec<(&str, Value)>]) -> bool {
        let Some(vote) = &self.vote else { return false };
        let mut before: Vec<Option<(Option<u64>, Value)>> = vec![None; self.nodes.len()];
        for (state, variables) in shown.iter().zip(parsed) {
            for (at, node) in self.nodes.iter().enumerate() {
                let Some(held) = self.of(variables, vote, node) else { return false };
                let role = self.of(variables, &self.role, node).and_then(Value::atom).and_then(role);
                let stands = matches!(role.as_deref(), Some("candidate" | "leader"));
                if stands && held.atom() != Some(node) {
                    return false;
                }
                let term = self.of(variables, &self.term, node).and_then(Value::number);
                let moved = before[at].as_ref().is_some_and(|(then, last)| *then == term && last != held);
                let entries = ["append", "handlemsgae", "heartbeat", "snapshot", "entries"];
                if moved && entries.iter().any(|word| state.action.to_lowercase().contains(word)) {
                    return false;
                }
                before[at] = Some((term, held.clone()));
            }
        }
        true
    }
}

/// A variable that holds something for each node, and the fields of records that it holds for each.
fn paths<'a>(name: &str, value: &'a Value) -> Vec<(String, &'a Value)> {
    let mut all = vec![(name.to_owned(), value)];
    if let Value::Map(entries) = value
        && let Some((_, Value::Map(fields))) = entries.first()
        && entries.iter().all(|(_, value)| matches!(value, Value::Map(_)))
    {
        all.extend(fields.iter().map(|(field, _)| (format!("{name}.{field}"), value)));
    }
    all
}

fn listed(names: &[&String]) -> String {
    names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The role that a word means.
fn role(word: &str) -> Option<String> {
    let plain: String = word.chars().filter(char::is_ascii_alphabetic).flat_map(char::to_lowercase).collect();
    let plain = plain.strip_prefix("state").or(plain.strip_prefix("role")).unwrap_or(&plain);
    matches!(plain, "follower" | "candidate" | "leader" | "precandidate").then(|| plain.to_owned())
}

/// A word that stands where a role may stand, and means none of the four.
fn is_other_role(word: &str) -> bool {
    matches!(
        word.to_lowercase().as_str(),
        "learner"
            | "observer"
            | "down"
            | "crashed"
            | "stopped"
            | "unattached"
            | "voted"
            | "resigned"
            | "retired"
            | "none"
            | "nonvoter"
            | "shutdown"
    )
}

/// The node that a value means.
fn whom(value: &Value, nodes: &[String]) -> Option<Option<String>> {
    let text = match value {
        Value::Atom(text) => text,
        Value::List(list) if list.is_empty() => return Some(None),
        Value::List(list) if list.len() == 1 => return whom(&list[0], nodes),
        _ => return None,
    };
    if nodes.contains(text) {
        return Some(Some(text.clone()));
    }
    NOBODY.contains(&text.as_str()).then_some(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["n1", "n2", "n3"];

    /// A trace in which each state is the terms, roles and votes of three nodes.
    fn trace(states: &[([u64; 3], [&str; 3], [&str; 3])]) -> Trace {
        let map = |of: &dyn Fn(usize) -> String| {
            let all: Vec<String> = (0..3).map(|node| format!("{} :> {}", NAMES[node], of(node))).collect();
            format!("({})", all.join(" @@ "))
        };
        let text: String = states
            .iter()
            .zip(1..)
            .map(|((terms, roles, votes), number)| {
                format!(
                    "State {number}: <Step line 1>\n/\\ currentTerm = {}\n/\\ state = {}\n/\\ votedFor = {}\n\n",
                    map(&|node| terms[node].to_string()),
                    map(&|node| roles[node].to_owned()),
                    map(&|node| votes[node].to_owned())
                )
            })
            .collect();
        read(&Text { file: "x.out", text: &text }, &Maps::new()).unwrap()
    }

    /// The terms and votes that a node shows.
    fn votes(trace: &Trace, node: usize) -> Vec<(u64, Option<String>)> {
        let of = trace.steps.iter().filter(|step| step.node == node);
        of.map(|step| (step.term.unwrap(), step.vote.clone().flatten())).collect()
    }

    #[test]
    fn a_vote_that_a_model_does_not_forget_with_the_term_is_none_of_the_new_term() {
        let (follow, stand) = (["Follower"; 3], ["Candidate", "Follower", "Follower"]);
        let later = ["Leader", "Follower", "Candidate"];
        let all = trace(&[
            ([1, 1, 1], follow, ["Nil"; 3]),
            ([2, 2, 1], stand, ["n1", "n1", "Nil"]),
            ([2, 2, 3], later, ["n1", "n1", "n3"]),
            ([2, 3, 3], later, ["n1", "n1", "n3"]),
            // Another node does something.
            ([2, 3, 4], later, ["n1", "n1", "n3"]),
            ([2, 3, 4], later, ["n1", "n3", "n3"]),
        ]);
        let n = |name: &str| Some(name.to_owned());
        assert_eq!(votes(&all, 1), [(1, None), (2, n("n1")), (3, None), (3, n("n3"))]);
        assert_eq!(all.voters.as_deref(), Some(&NAMES.map(str::to_owned)[..]));
    }

    #[test]
    fn where_a_role_is_that_of_a_learner_nobody_knows_who_votes() {
        let all = trace(&[([1; 3], ["Follower", "Follower", "Learner"], ["Nil"; 3])]);
        assert_eq!(all.voters, None);
    }
}
