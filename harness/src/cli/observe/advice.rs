//! What a system file lacks, by what its observers saw: said at the end of `observe`.

use std::collections::{BTreeMap, BTreeSet};

use history::entry::Observe;
use history::{Entry, Evidence, Role, Word};

use cluster::system::{ObserverKind, System};

/// What was seen of a cluster without faults.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Fields by observer.
    fields: BTreeMap<String, BTreeSet<&'static str>>,
    /// Nodes of which an observer that is told understood something.
    nodes: BTreeSet<String>,
    /// Words that are no roles.
    foreign: BTreeSet<String>,
    /// Some node led.
    led: bool,
    /// By observer and node: its term, and what is known of whom it follows in that.
    followed: BTreeMap<(String, String), (u64, Followed)>,
}

/// What lines of one term have shown of the leader whom a node follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Followed {
    /// Nothing.
    Unnamed,
    /// The last line names it.
    Named,
    /// A line named it, and the last one leaves it out: nobody knows whether the node follows it still.
    Forgotten,
}

impl Seen {
    pub(super) fn take(&mut self, entry: &Entry<'_>) {
        let Entry::Observe(seen) = entry else { return };
        let state = &seen.state;
        let fields = self.fields.entry(seen.observer.as_deref().unwrap_or_default().to_owned()).or_default();
        let given = [
            ("role", state.role.is_some()),
            ("term", state.term.is_some()),
            ("vote", state.vote.is_some()),
            ("leader", state.leader.is_some()),
        ];
        fields.extend(given.into_iter().filter(|(_, given)| *given).map(|(field, _)| field));
        self.nodes.insert(seen.node.to_string());
        match &state.role {
            Some(Word::Known(role)) => self.led |= *role == Role::Leader,
            Some(Word::Foreign(foreign)) => drop(self.foreign.insert(foreign.to_string())),
            None => {}
        }
        self.follow(seen);
    }

    /// Each line is a whole state: what it leaves out is unknown from then on.
    fn follow(&mut self, seen: &Observe<'_>) {
        let (observer, state) = (seen.observer.as_deref().unwrap_or_default().to_owned(), &seen.state);
        let Some(term) = state.term else { return };
        let (last, followed) =
            self.followed.entry((observer, seen.node.to_string())).or_insert((term, Followed::Unnamed));
        let before = if *last == term { *followed } else { Followed::Unnamed };
        let follows = matches!(state.role, Some(Word::Known(Role::Follower)));
        *last = term;
        *followed = match state.leader {
            Some(Some(_)) => Followed::Named,
            None if state.leader_id.is_some() => Followed::Named,
            None if follows && before != Followed::Unnamed => Followed::Forgotten,
            Some(None) | None => Followed::Unnamed,
        };
    }

    /// By observer, nodes whose leader was named, and then left out for good.
    fn forgetful(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut nodes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for ((observer, node), _) in self.followed.iter().filter(|(_, (_, followed))| *followed == Followed::Forgotten)
        {
            nodes.entry(observer).or_default().push(node);
        }
        nodes
    }
}

/// Sentences without a full stop, what matters most first. `strangers`: names stood in lines that no node is known by.
pub(super) fn of(system: &System, names: &[String], seen: &Seen, strangers: bool) -> Vec<String> {
    let mut advice = Vec::new();
    let silent: Vec<_> = names.iter().filter(|name| !seen.nodes.contains(*name)).map(String::as_str).collect();
    if !silent.is_empty() {
        advice.push(format!("a rule that matches something of {}, of which nothing was understood", silent.join(", ")));
    }
    for word in &seen.foreign {
        advice.push(format!("what the word {word:?} means: roles = {{ {word:?} = \"follower\" }}, or another role"));
    }
    if !seen.led {
        advice.push(
            "a rule whose role is \"leader\": no node was seen to lead (or watch for longer, with --time)".to_owned(),
        );
    }
    if strangers {
        advice.push(
            "who is who: a rule with the group (?P<self>…) where a node says its own id; and `none` for what means nobody"
                .to_owned(),
        );
    }
    for (observer, nodes) in seen.forgetful() {
        advice.push(format!(
            "the leader to the rule of {observer} that shows a follower without one, or drop that rule: {} had named a leader of the \
             term, and what a later line leaves out is unknown",
            nodes.join(" and ")
        ));
    }
    let shows = |name: &str, field| seen.fields.get(name).is_some_and(|fields| fields.contains(field));
    let atomic: Vec<_> = system.observers.iter().filter(|one| one.evidence == Evidence::Atomic).collect();
    let judged =
        |checker: &str| system.claims.judged.as_ref().is_none_or(|judged| judged.iter().any(|one| one == checker));
    let has = |field| atomic.iter().any(|one| shows(&one.name, field));
    if atomic.is_empty() {
        advice.push(
            "evidence = \"atomic\", if a line is printed inside the transition itself: polls and the like prove no violation \
             of safety"
                .to_owned(),
        );
    } else if !(has("role") && has("term")) {
        advice.push(
            "a rule of an atomic observer that shows role and term: without both, safety is not judged".to_owned(),
        );
    } else if !has("vote") && judged("vote-once") {
        advice.push("a rule that shows a vote: `vote-once` has nothing to judge".to_owned());
    }
    let is_poll = |kind: &ObserverKind| !matches!(kind, ObserverKind::Events | ObserverKind::Lines(_));
    let lasts = system.observers.iter().any(|one| one.complete || is_poll(&one.kind));
    if !lasts && !system.claims.occasional_leaders {
        advice.push(
            "a poll (`status`, `http`, `exec`), or complete = true if every change is printed: now nothing shows that a state \
             lasts, and re-election cannot be judged"
                .to_owned(),
        );
    }
    advice
}

#[cfg(test)]
mod tests {
    use history::Record;

    use super::*;

    const FILE: &str = "schema = 1\nname = \"x\"\n[cluster]\nnodes = 2\n[node]\ncommand = [\"x\"]\n[[observe]]\n\
                        kind = \"lines\"\nsource = \"stderr\"\nevidence = \"atomic\"\n\
                        rules = [{ re = '(?P<role>\\w+) (?P<term>\\d+)' }]\n";

    fn seen(lines: &[&str]) -> Seen {
        let mut seen = Seen::default();
        for line in lines {
            let text =
                format!("{{\"t\":1,\"type\":\"observe\",\"observer\":\"lines\",\"evidence\":\"atomic\",{line}}}");
            seen.take(&Record::read_whole(&text).unwrap().entry);
        }
        seen
    }

    #[test]
    fn what_is_missing_is_named_and_what_is_there_is_not() {
        let system = System::parse("x.toml", FILE).unwrap();
        let names = ["n1", "n2"].map(str::to_owned);
        let said = of(&system, &names, &seen(&["\"node\":\"n1\",\"role\":\"boss\",\"term\":3"]), true).join("\n");
        for part in [
            "of n2, of which",
            "the word \"boss\"",
            "no node was seen to lead",
            "(?P<self>",
            "shows a vote",
            "complete = true",
        ] {
            assert!(said.contains(part), "{part:?} is not in:\n{said}");
        }
        let whole = System::parse("x.toml", &FILE.replace("evidence =", "complete = true\nevidence =")).unwrap();
        let lines = [
            "\"node\":\"n1\",\"role\":\"leader\",\"term\":3,\"vote\":\"n1\"",
            "\"node\":\"n2\",\"role\":\"follower\",\"term\":3",
        ];
        assert_eq!(of(&whole, &names, &seen(&lines), false), [] as [String; 0]);
    }

    #[test]
    fn no_vote_is_missed_where_votes_are_not_judged() {
        let names = ["n1", "n2"].map(str::to_owned);
        let lines =
            ["\"node\":\"n1\",\"role\":\"leader\",\"term\":3", "\"node\":\"n2\",\"role\":\"follower\",\"term\":3"];
        let told = |claims: &str| {
            let file = FILE
                .replace("evidence =", "complete = true\nevidence =")
                .replace("[[observe]]", &format!("{claims}\n[[observe]]"));
            of(&System::parse("x.toml", &file).unwrap(), &names, &seen(&lines), false).join("\n")
        };
        assert!(told("").contains("shows a vote"));
        assert!(told("[claims]\njudged = [\"vote-once\"]").contains("shows a vote"));
        assert_eq!(told("[claims]\njudged = [\"term-monotonic\"]"), "");
    }

    #[test]
    fn a_leader_that_a_later_line_of_the_term_leaves_out_is_told() {
        let system = System::parse("x.toml", &FILE.replace("evidence =", "complete = true\nevidence =")).unwrap();
        let names = ["n1", "n2"].map(str::to_owned);
        let told = |last: &str| {
            let leads = "\"node\":\"n1\",\"role\":\"leader\",\"term\":3,\"vote\":\"n1\"";
            let follows = "\"node\":\"n2\",\"role\":\"follower\",\"term\":3,\"leader\":\"n1\"";
            of(&system, &names, &seen(&[leads, follows, last]), false)
        };
        let forgets = "\"node\":\"n2\",\"role\":\"follower\",\"term\":3";
        let said = told(forgets).join("\n");
        assert!(said.contains("rule of lines that") && said.contains("n2 had named a leader"), "{said}");
        for keeps in [
            "\"node\":\"n2\",\"role\":\"follower\",\"term\":3,\"leader\":\"n1\"",
            "\"node\":\"n2\",\"role\":\"follower\",\"term\":3,\"leader\":null",
            "\"node\":\"n2\",\"role\":\"follower\",\"term\":4",
            "\"node\":\"n2\",\"role\":\"candidate\",\"term\":3",
            "\"node\":\"n1\",\"role\":\"leader\",\"term\":3,\"vote\":\"n1\"",
        ] {
            assert_eq!(told(keeps), [] as [String; 0], "{keeps}");
        }
    }
}
