//! Observers against pipes and sockets that behave badly.

mod asked;
mod disturbed;
mod followed;
mod ruled;
mod told;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use history::Span;
use history::entry::Observe;

use super::ids::Ids;
use super::{Gap, Miss, Sink, Stream, Who};

/// Keeps what it is given.
#[derive(Default)]
struct Kept {
    sightings: Mutex<Vec<(Span, Observe<'static>)>>,
    misses: Mutex<Vec<Miss>>,
    gaps: Mutex<Vec<Gap>>,
    lines: Mutex<Vec<String>>,
}

impl Sink for Kept {
    fn sighting(&self, span: Span, seen: Observe<'static>) {
        self.sightings.lock().unwrap().push((span, seen));
    }

    fn miss(&self, miss: Miss) {
        self.misses.lock().unwrap().push(miss);
    }

    fn gap(&self, gap: Gap) {
        self.gaps.lock().unwrap().push(gap);
    }

    fn line(&self, _who: &Who, _stream: Stream, text: &[u8]) {
        self.lines.lock().unwrap().push(String::from_utf8_lossy(text).into_owned());
    }
}

fn n1() -> Who {
    Who { node: "n1".to_owned(), incarnation: 1 }
}

/// The ids of a cluster of three of which nothing is known yet.
fn three() -> Arc<Ids> {
    Arc::new(Ids::new(["n1", "n2", "n3"].map(str::to_owned).to_vec()))
}

/// Waits until something holds; ten seconds are enough for anything on a busy machine.
async fn until(holds: impl Fn() -> bool) {
    let all = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), all).await.expect("it never came to hold");
}

fn kept() -> (Arc<Kept>, Arc<dyn Sink>) {
    let kept = Arc::new(Kept::default());
    (Arc::clone(&kept), kept)
}
