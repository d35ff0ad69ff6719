//! `message-budget`: a cluster makes no more remote calls than it claims.
//!
//! The lab whose tests are the workloads `initial-election`, `re-election` and `many-elections` counts remote calls: of three
//! nodes at most 60 in a second in which nothing happens, and at most 30 up to the first leader. A node that asks too often
//! elects as well as another, and no other checker sees it.
//!
//! The network counts *messages*: each piece of data that it forwards, a packet with data or what one read of a
//! connection brought. A call is a request and its reply, so half of them is the number of calls. Where several messages
//! travel in one piece it counts too few, which convicts nobody. Where TCP sends a piece again it would count too many: so
//! nothing is judged across a stall, nor beside a fault or within an election round after its end.
//!
//! *Idle* is a second, or little more, at whose ends the messages were counted, in a window of full health as `stability` has it,
//! and throughout which, and for an election round before, one and the same leader certainly led. Both ends are instants within spans, and the time that lies between them
//! is taken to be the longest possible.
//!
//! *Up to the first leader* is what was counted certainly before its win, in a run to which nothing had been done by then.
//! Each round of an election takes a request to each peer of each candidate, and rounds are `re-election`'s to judge. So it
//! convicts only if it was also more than twice what the rounds account for.

use history::Span;
use history::finding::liveness::{Finding, Statement};
use history::finding::{self, Unjudged};
use history::header::{Claims, MessageBudget};
use history::verdict::{Judgement, Verdict, Violation};

use super::prose::{self, evidence};
use super::{Descriptor, Kind, Make, stability};
use crate::world::Picture;
use crate::world::effective::Effective;

/// The checker's name.
pub const NAME: &str = "message-budget";

/// What is to be known of it.
pub const CHECKER: Descriptor = Descriptor {
    name: NAME,
    kind: Kind::Liveness,
    needs: "a claim of it (`messages`), and a network that counts messages",
    claims: "a cluster makes no more remote calls than it claims",
    told_first: false,
    make: Make::Claimed(judge, is_claimed),
};

const SECOND: u64 = 1_000_000_000;

fn is_claimed(claims: &Claims) -> bool {
    claims.messages.is_some()
}

/// Judges a run.
pub fn judge(picture: &Picture) -> Judgement {
    let Some(budget) = picture.header.claims.messages else {
        return prose::not_judged(NAME, Unjudged::NoMessageBudget);
    };
    if !picture.faults_recorded {
        return prose::not_judged(NAME, Unjudged::FaultsUnknown);
    }
    let (first, to_elect) = up_to_the_first_leader(picture, budget);
    let idle = idle_seconds(picture);
    let most = idle.iter().map(Idle::calls_a_second).max();
    let mut violations: Vec<Violation> = to_elect.into_iter().collect();
    violations.extend(
        idle.iter()
            .filter(|second| second.is_over(budget))
            .max_by_key(|second| second.calls)
            .map(|second| second.violation(picture, budget)),
    );
    let statement = match (violations.as_slice(), first, most) {
        ([], None, None) => return prose::not_judged(NAME, Unjudged::MessagesNotCounted),
        ([], ..) => Statement::CallsWithinBudget { first, most: most.unwrap_or(0), seconds: idle.len() as u64 }.into(),
        _ => finding::Statement::Broken,
    };
    let verdict = if violations.is_empty() { Verdict::Valid } else { Verdict::Invalid };
    let counts = [
        ("calls-to-first-leader", first.unwrap_or(0)),
        ("most-calls-a-second", most.unwrap_or(0)),
        ("idle-seconds", idle.len() as u64),
    ];
    prose::judgement(NAME, verdict, true, statement, violations, &counts)
}

/// A second in which nothing happened.
struct Idle {
    calls: u64,
    from: u64,
    to: u64,
    leader: usize,
    term: u64,
}

impl Idle {
    fn calls_a_second(&self) -> u64 {
        self.calls.saturating_mul(SECOND) / (self.to - self.from).max(1)
    }

    fn allowed(&self, budget: MessageBudget) -> u64 {
        let exact = u128::from(budget.idle) * u128::from(self.to - self.from);
        u64::try_from(exact.div_ceil(u128::from(SECOND))).unwrap_or(u64::MAX)
    }

    fn is_over(&self, budget: MessageBudget) -> bool {
        self.calls > self.allowed(budget)
    }

    fn violation(&self, picture: &Picture, budget: MessageBudget) -> Violation {
        let (from, to) = (self.from, self.to);
        let leader = picture.name(self.leader).to_owned();
        Violation {
            finding: Finding::TooManyCallsWhenIdle {
                calls: self.calls,
                allowed: self.allowed(budget),
                leader: leader.clone(),
                from,
                to,
            }
            .into(),
            span: [from, to],
            nodes: vec![leader],
            term: Some(self.term),
            evidence: evidence(picture.beliefs(&[self.leader], from)),
            ..Violation::default()
        }
    }
}

/// Stretches of a second, as short as the counts allow, one after the other.
fn idle_seconds(picture: &Picture) -> Vec<Idle> {
    let mut found = Vec::new();
    for (from, to, of) in picture.membership.in_force().between(0, picture.end) {
        if picture.membership.has_others(of) {
            continue;
        }
        let voters: Vec<usize> = picture.membership.voters(of).into_iter().collect();
        for (start, end) in stability::healthy(picture, &voters, from, to) {
            let since = stability::counting_from(picture, &voters, start);
            let counted: Vec<(Span, u64)> = picture
                .messages
                .iter()
                .copied()
                .filter(|(span, _)| span.earliest >= since && span.latest < end)
                .collect();
            let mut next = 0;
            while let Some(&(begins, before)) = counted.get(next) {
                let later = |(span, _): &(Span, u64)| span.earliest >= begins.latest.saturating_add(SECOND);
                let Some(at) = counted.iter().skip(next).position(later).map(|at| at + next) else { break };
                let (ends, after) = counted[at];
                next = at;
                let (from, to) = (begins.earliest, ends.latest);
                let Effective::Leader { node, term } = picture.effective.at(from) else { continue };
                let led_since = from.saturating_sub(stability::round(picture));
                let leads = |now| now == Effective::Leader { node, term };
                if picture.stalled(from, to) || !picture.effective.throughout(led_since, to, leads) {
                    continue;
                }
                let calls = after.saturating_sub(before) / 2;
                found.push(Idle { calls, from, to, leader: node as usize, term });
            }
        }
    }
    found
}

/// How many calls were made up to the first leader, and whether that was too many.
fn up_to_the_first_leader(picture: &Picture, budget: MessageBudget) -> (Option<u64>, Option<Violation>) {
    let wins = picture.terms.iter().filter_map(|(term, facts)| facts.won.map(|(win, _)| (win, term)));
    let Some((win, term)) = wins.min_by_key(|(win, _)| win.span.earliest) else { return (None, None) };
    let won = win.span.earliest;
    let before = picture.messages.iter().rfind(|(span, _)| span.latest <= won);
    let Some(&(_, passed)) = before else { return (None, None) };
    // A record that begins late, or lacks lines, may lack the first leader and not what was sent before.
    if picture.stalled(0, won) || !picture.undisturbed_before(won) || !picture.whole_until(won) {
        return (None, None);
    }
    let calls = passed / 2;
    let nodes = picture.nodes() as u64;
    let of_rounds = term.saturating_mul(nodes).saturating_mul(nodes.saturating_sub(1));
    if calls <= budget.first || calls <= of_rounds.saturating_mul(2) {
        return (Some(calls), None);
    }
    let leader = picture.name(win.node.0 as usize).to_owned();
    let violation = Violation {
        finding: Finding::TooManyCallsToElect { calls, allowed: budget.first, leader: leader.clone(), term }.into(),
        span: [0, won],
        nodes: vec![leader],
        term: Some(term),
        evidence: evidence(vec![win.line]),
        ..Violation::default()
    };
    (Some(calls), Some(violation))
}
