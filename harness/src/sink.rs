//! From what observers see to lines of the history.

use history::entry::{Miss as Missed, Node, Observe, State};
use history::{Fate, Record, Span, Word};

use crate::observe::{Gap, Miss, Sighting, Sink};
use crate::record::Recorder;

impl Sink for Recorder {
    fn sighting(&self, seen: Sighting) {
        let [earliest, latest] = seen.span;
        let entry = Observe {
            node: seen.who.node.into(),
            incarnation: Some(seen.who.incarnation),
            observer: Some(seen.observer.into()),
            evidence: Some(seen.evidence.into()),
            seq: None,
            state: State {
                role: seen.role.map(Word::read),
                term: seen.term,
                vote: seen.vote.map(|vote| vote.map(Into::into)),
                leader: seen.leader.map(|leader| leader.map(Into::into)),
                log: seen.log,
                counted: seen.counted,
                candidate_log: seen.candidate_log,
                other: seen.other,
            },
        };
        self.record(Record::during(Span::new(earliest, latest), entry));
    }

    fn miss(&self, miss: Miss) {
        let [earliest, latest] = miss.span;
        let entry = Missed {
            node: miss.who.node.into(),
            incarnation: Some(miss.who.incarnation),
            observer: Some(miss.observer.into()),
            error: Some(miss.error.into()),
        };
        self.record(Record::during(Span::new(earliest, latest), entry));
    }

    fn gap(&self, gap: Gap) {
        let [earliest, latest] = gap.span;
        let reason = Some(format!("{}: {}", gap.stream.word(), gap.reason).into());
        let entry = Node { reason, ..Node::new(gap.who.node, gap.who.incarnation, Fate::Gap) };
        self.record(Record::during(Span::new(earliest, latest), entry));
    }
}
