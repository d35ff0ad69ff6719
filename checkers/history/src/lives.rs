//! Which incarnation a line is of that does not say so.
//!
//! Incarnations are counted by `start` lines. A record may lack those: one that begins late, one made of logs. Two lives that are
//! taken for one make a crime of what was none, so a new one is counted wherever there may be one: at the first start after lines
//! of a life that no start had begun, and at a line of a time after the node certainly ended. Lines may stand in another
//! order than what they tell of: times decide.
//!
//! Some lines may say their incarnation and others not. Then what is said goes before what was counted.

use super::{Name, Span};

/// The incarnations of all nodes.
#[derive(Debug, Default)]
pub(super) struct Lives {
    nodes: Vec<Counted>,
}

/// The incarnations of a node.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    /// The one that runs; 0: none was seen.
    running: u32,
    /// Since when, as far as is known.
    since: u64,
    /// A start told of it.
    started: bool,
    /// A line said that it is this one; otherwise it was counted.
    told: bool,
    /// It ended, and this is by when.
    ended: Option<u64>,
}

impl Lives {
    fn of(&mut self, node: Name) -> &mut Counted {
        let at = node.0 as usize;
        if self.nodes.len() <= at {
            self.nodes.resize(at + 1, Counted::default());
        }
        &mut self.nodes[at]
    }

    /// The incarnation of a line that shows the node alive.
    pub(super) fn seen(&mut self, node: Name, span: Span) -> u32 {
        let life = self.of(node);
        if life.running == 0 || life.ended.is_some_and(|ended| span.earliest > ended) {
            let running = life.running.saturating_add(1);
            *life = Counted { running, since: span.earliest, ..Counted::default() };
        }
        if life.started && span.latest < life.since {
            return life.before();
        }
        life.since = if life.started { life.since } else { life.since.min(span.earliest) };
        life.running
    }

    /// The incarnation that a start begins, which may say itself which it is.
    pub(super) fn started(&mut self, node: Name, span: Span, given: Option<u32>) -> u32 {
        let life = self.of(node);
        // The start of a life that was seen before its start was told.
        let late = life.running > 0 && !life.started && span.latest <= life.since && life.ended.is_none();
        let counted = if late { life.running } else { life.running.saturating_add(1) };
        let running = given.unwrap_or(counted);
        *life = Counted { running, since: span.earliest, started: true, told: given.is_some(), ended: None };
        life.running
    }

    /// A line says itself of which incarnation it is, and shows the node alive.
    pub(super) fn told(&mut self, node: Name, span: Span, given: u32) {
        let life = self.of(node);
        if given > life.running {
            *life = Counted { running: given, since: span.earliest, told: true, ..Counted::default() };
        } else if given == life.running {
            life.told = true;
        } else if !(life.told || life.started && span.latest < life.since) {
            // Counted too high.
            *life = Counted { running: given, told: true, ..*life };
        }
    }

    /// A line says itself which incarnation ended.
    pub(super) fn told_end(&mut self, node: Name, span: Span, given: u32) {
        self.told(node, span, given);
        if self.of(node).running == given {
            self.ended(node, span);
        }
    }

    /// The incarnation that ended.
    pub(super) fn ended(&mut self, node: Name, span: Span) -> u32 {
        let life = self.of(node);
        if life.running > 0 && span.latest < life.since {
            return life.before();
        }
        life.running = life.running.max(1);
        life.ended = Some(life.ended.map_or(span.latest, |ended| ended.max(span.latest)));
        life.running
    }
}

impl Counted {
    /// The one before.
    fn before(&self) -> u32 {
        self.running.saturating_sub(1).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: Name = Name(0);

    #[test]
    fn starts_are_counted() {
        let mut lives = Lives::default();
        assert_eq!(lives.started(NODE, Span::at(1), None), 1);
        assert_eq!(lives.seen(NODE, Span::at(2)), 1);
        assert_eq!(lives.ended(NODE, Span::at(3)), 1);
        assert_eq!(lives.seen(NODE, Span::new(2, 3)), 1, "what was written before the end");
        assert_eq!(lives.started(NODE, Span::at(4), None), 2);
        assert_eq!(lives.seen(NODE, Span::at(5)), 2);
        assert_eq!(lives.started(NODE, Span::at(6), Some(7)), 7);
        assert_eq!(lives.started(NODE, Span::at(8), None), 8);
    }

    #[test]
    fn a_life_that_no_start_began_is_one_of_its_own() {
        let mut lives = Lives::default();
        assert_eq!(lives.seen(NODE, Span::at(5)), 1);
        assert_eq!(lives.started(NODE, Span::at(9), None), 2);
        let mut lives = Lives::default();
        assert_eq!(lives.seen(NODE, Span::at(5)), 1);
        assert_eq!(lives.started(NODE, Span::new(3, 4), None), 1, "its start, told late");
        assert_eq!(lives.started(NODE, Span::at(9), None), 2);
    }

    #[test]
    fn what_comes_after_the_end_is_another_life_though_no_start_is_told() {
        let mut lives = Lives::default();
        assert_eq!(lives.started(NODE, Span::at(1), None), 1);
        lives.ended(NODE, Span::new(3, 4));
        assert_eq!(lives.seen(NODE, Span::new(4, 6)), 1, "it may be of before");
        assert_eq!(lives.seen(NODE, Span::new(5, 6)), 2);
        assert_eq!(lives.started(NODE, Span::at(5), None), 2, "the start of that");
        assert_eq!(lives.ended(NODE, Span::at(8)), 2);
        let mut lives = Lives::default();
        assert_eq!(lives.ended(NODE, Span::at(3)), 1);
        assert_eq!(lives.seen(NODE, Span::at(4)), 2);
    }

    #[test]
    fn what_lines_say_goes_before_what_was_counted() {
        let mut lives = Lives::default();
        assert_eq!(lives.seen(NODE, Span::at(1)), 1);
        assert_eq!(lives.started(NODE, Span::at(3), None), 2, "lines of a life that no start had begun stand before");
        lives.told(NODE, Span::at(4), 1);
        assert_eq!(lives.seen(NODE, Span::at(5)), 1, "it was the start of that life");
        lives.told_end(NODE, Span::at(6), 1);
        assert_eq!(lives.seen(NODE, Span::at(7)), 2, "a life of which no start is told");
        lives.told(NODE, Span::at(9), 4);
        assert_eq!(lives.seen(NODE, Span::at(10)), 4);
        lives.told(NODE, Span::at(8), 3);
        assert_eq!(lives.seen(NODE, Span::at(11)), 4, "a late line of an earlier life");
    }

    #[test]
    fn what_was_before_a_start_is_of_the_life_before_wherever_its_line_stands() {
        let mut lives = Lives::default();
        assert_eq!(lives.started(NODE, Span::at(1), None), 1);
        assert_eq!(lives.started(NODE, Span::at(9), None), 2);
        assert_eq!(lives.ended(NODE, Span::at(5)), 1);
        assert_eq!(lives.seen(NODE, Span::at(4)), 1);
        assert_eq!(lives.seen(NODE, Span::at(12)), 2);
    }
}
