//! From what observers see to lines of the history.

use history::{Evidence, Line};

use crate::observe::{Gap, Miss, Sighting, Sink};
use crate::record::Recorder;

impl Sink for Recorder {
    fn sighting(&self, seen: Sighting) {
        let evidence = match seen.evidence {
            Evidence::Atomic => "atomic",
            Evidence::Sampled => "sampled",
        };
        self.record(Line {
            kind: "observe".into(),
            node: Some(seen.who.node.into()),
            incarnation: Some(seen.who.incarnation),
            observer: Some(seen.observer.into()),
            evidence: Some(evidence.into()),
            span: Some(seen.span),
            role: seen.role.map(Into::into),
            term: seen.term,
            vote: seen.vote.map(|vote| vote.map(Into::into)),
            leader: seen.leader.map(|leader| leader.map(Into::into)),
            log: seen.log,
            other: seen.other,
            ..Line::default()
        });
    }

    fn miss(&self, miss: Miss) {
        self.record(Line {
            kind: "miss".into(),
            node: Some(miss.who.node.into()),
            incarnation: Some(miss.who.incarnation),
            observer: Some(miss.observer.into()),
            span: Some(miss.span),
            error: Some(miss.error.into()),
            ..Line::default()
        });
    }

    fn gap(&self, gap: Gap) {
        self.record(Line {
            kind: "node".into(),
            event: Some("gap".into()),
            node: Some(gap.who.node.into()),
            incarnation: Some(gap.who.incarnation),
            span: Some(gap.span),
            reason: Some(format!("{}: {}", gap.stream.word(), gap.reason).into()),
            ..Line::default()
        });
    }
}
