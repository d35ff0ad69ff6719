//! From what observers see to lines of the history.

use history::entry::{Miss as Missed, Node, Observe};
use history::{Fate, Record, Span};

use crate::observe::{Gap, Miss, Sink};
use crate::record::Recorder;

impl Sink for Recorder {
    fn sighting(&self, span: Span, seen: Observe<'static>) {
        self.record(Record::during(span, seen));
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
        let reason = Some(format!("{}: {}", gap.stream.as_str(), gap.reason).into());
        let entry = Node { reason, ..Node::new(gap.who.node, gap.who.incarnation, Fate::Gap) };
        self.record(Record::during(Span::new(earliest, latest), entry));
    }
}
