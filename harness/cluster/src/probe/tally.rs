//! From attempts to lines: one where the outcome changes, and one a second for what goes on as before.

use std::borrow::Cow;

use history::entry::Probe;
use history::{Answer, Record, Span};

/// How long attempts that end alike wait for their line, nanoseconds.
const TOLD: u64 = 1_000_000_000;

/// The longest reason that is kept, characters.
const LONGEST: usize = 300;

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attempt {
    /// From its beginning to its end, nanoseconds since the run's zero.
    pub(super) span: [u64; 2],
    /// The node that answered, or why none did.
    pub(super) answer: Result<String, String>,
}

/// Attempts in a row that ended alike, and have no line yet.
struct Series {
    span: [u64; 2],
    attempts: u64,
    slowest: u64,
}

/// Makes lines of attempts. Dropped, it tells of those that have none yet.
pub(super) struct Tally<S: FnMut(Record<'static>)> {
    sink: S,
    /// How the last attempt ended: the node that answered, if one did.
    last: Option<Option<String>>,
    /// Why the last one failed.
    reason: Option<String>,
    waiting: Option<Series>,
}

impl<S: FnMut(Record<'static>)> Tally<S> {
    pub(super) fn new(sink: S) -> Self {
        Self { sink, last: None, reason: None, waiting: None }
    }

    /// Takes one into account.
    pub(super) fn add(&mut self, attempt: Attempt) {
        let [from, to] = attempt.span;
        let how = attempt.answer.as_ref().ok().cloned();
        let changed = self.last.as_ref() != Some(&how);
        if changed {
            self.tell();
            self.last = Some(how);
        }
        self.reason = attempt.answer.err();
        let series = self.waiting.get_or_insert(Series { span: attempt.span, attempts: 0, slowest: 0 });
        series.span[1] = to;
        series.attempts += 1;
        series.slowest = series.slowest.max(to.saturating_sub(from));
        // The first has a line of its own: it says when things changed, also to a reader who looks on or survives the harness.
        if changed || to.saturating_sub(series.span[0]) >= TOLD {
            self.tell();
        }
    }

    fn tell(&mut self) {
        let (Some(series), Some(how)) = (self.waiting.take(), &self.last) else { return };
        let outcome = if how.is_some() { Answer::Answered } else { Answer::Failed };
        let short = |why: &String| why.chars().filter(|c| !c.is_control()).take(LONGEST).collect::<String>();
        let probe = Probe {
            outcome: outcome.into(),
            attempts: Some(series.attempts),
            slowest: Some(series.slowest),
            node: how.clone().map(Cow::Owned),
            reason: self.reason.as_ref().map(short).map(Cow::Owned),
        };
        let [from, to] = series.span;
        (self.sink)(Record::during(Span::new(from, to), probe));
    }
}

impl<S: FnMut(Record<'static>)> Drop for Tally<S> {
    fn drop(&mut self) {
        self.tell();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn lines(attempts: impl IntoIterator<Item = (u64, Result<&'static str, &'static str>)>) -> Vec<String> {
        let mut lines = Vec::new();
        let mut tally = Tally::new(|record: Record<'static>| {
            lines.push(serde_json::to_string(&record).unwrap());
        });
        for (at, answer) in attempts {
            let answer = answer.map(str::to_owned).map_err(str::to_owned);
            tally.add(Attempt { span: [at * MS, (at + 2) * MS], answer });
        }
        drop(tally);
        lines
    }

    #[test]
    fn a_change_has_a_line_of_its_own_and_the_rest_has_one_a_second() {
        let well = (0..60).map(|n| (n * 50, Ok("n1")));
        let ill = (60..70).map(|n| (n * 50, Err("n1: connection refused")));
        let again = (70..72).map(|n| (n * 50, Ok("n2")));
        let lines = lines(well.chain(ill).chain(again));
        let counts: Vec<u64> = lines
            .iter()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["attempts"].as_u64().unwrap())
            .collect();
        assert_eq!(counts, [1, 21, 21, 17, 1, 9, 1, 1]);
        assert_eq!(
            lines[4],
            r#"{"type":"probe","span":[3000000000,3002000000],"outcome":"failed","reason":"n1: connection refused","attempts":1,"slowest":2000000}"#
        );
        assert!(lines[6].contains(r#""node":"n2""#), "{}", lines[6]);
    }

    #[test]
    fn another_node_that_answers_is_a_change() {
        assert_eq!(lines([(0, Ok("n1")), (50, Ok("n1")), (100, Ok("n2"))]).len(), 3);
    }

    #[test]
    fn a_reason_is_bounded_and_one_line() {
        let lines = lines([(0, Err("a\nb\u{1b}"))]);
        assert!(lines[0].contains(r#""reason":"ab""#), "{}", lines[0]);
    }
}
