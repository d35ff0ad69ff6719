//! Requests as they go over the wire, encoded once, and perhaps before they are needed.
//!
//! A request is the same for every peer but for the number that its connection gives it. So the body is encoded by itself and the
//! number written around it. [`Prepared`] keeps bodies that a speculative candidate may need. They stay in here until the core
//! sends that very request, so preparing can change neither what is sent nor when. Connections need no preparing: each is made
//! ahead and kept.

use std::sync::Arc;

use crate::raft::{Request, Role, State};

/// An encoded request.
pub type Body = Arc<[u8]>;

/// Encodes a request.
pub fn body(request: &Request) -> Body {
    serde_json::to_vec(request).unwrap_or_default().into()
}

/// The line that carries `body` as the request with number `id`: what [`super::Frame::Request`] would be.
pub fn line(id: u64, body: &[u8]) -> Vec<u8> {
    let mut line = format!("{{\"id\":{id},\"request\":").into_bytes();
    line.extend_from_slice(body);
    line.extend_from_slice(b"}\n");
    line
}

/// Requests that are ready in case they are sent.
#[derive(Debug, Default)]
pub struct Prepared(Vec<(Request, Body)>);

impl Prepared {
    /// Makes these ready; whatever was ready before is dropped.
    pub fn prepare(&mut self, requests: Vec<Request>) {
        self.0 = requests.into_iter().map(|request| (request.clone(), body(&request))).collect();
    }

    /// How it came out: keeps what this state may still send, drops the rest.
    pub fn outcome(&mut self, state: &State) {
        self.0.retain(|(request, _)| match request {
            Request::AppendEntries(append) => {
                append.term == state.term && matches!(state.role, Role::Candidate | Role::Leader)
            }
            Request::RequestVote(vote) | Request::PreVote(vote) => {
                vote.term >= state.term && !matches!(state.role, Role::Follower | Role::Leader)
            }
        });
    }

    /// The body of `request`, ready or encoded now.
    pub fn body(&self, request: &Request) -> Body {
        let ready = self.0.iter().find(|(known, _)| known == request);
        ready.map_or_else(|| body(request), |(_, body)| Arc::clone(body))
    }

    /// How many are ready.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::{AppendRequest, LogEnd, VoteRequest};
    use crate::transport::Frame;

    fn heartbeat() -> Request {
        let (entries, leader_id) = (Vec::new(), "n\"1".into());
        let (prev_log_index, prev_log_term, leader_commit) = (3, 1, 0);
        Request::AppendEntries(AppendRequest {
            term: 4,
            leader_id,
            prev_log_index,
            prev_log_term,
            entries,
            leader_commit,
        })
    }

    fn again() -> Request {
        Request::RequestVote(VoteRequest { term: 5, candidate_id: "n1".into(), last_log_index: 3, last_log_term: 1 })
    }

    fn state(role: Role, term: u64) -> State {
        State { role, term, vote: None, leader: None, log: LogEnd(1, 3) }
    }

    #[test]
    fn a_line_around_a_body_is_the_frame() {
        for request in [heartbeat(), again()] {
            let frame = Frame::Request { id: 17, request: request.clone() };
            assert_eq!(line(17, &body(&request)), frame.line());
            assert_eq!(serde_json::from_slice::<Frame>(&frame.line()).unwrap(), frame);
        }
    }

    #[test]
    fn the_outcome_keeps_one_future_and_drops_the_others() {
        for (role, term, kept) in [
            (Role::Leader, 4, vec![heartbeat()]),
            (Role::Follower, 4, vec![]),
            (Role::Follower, 9, vec![]),
            (Role::Precandidate, 4, vec![again()]),
            (Role::Candidate, 5, vec![again()]),
        ] {
            let mut prepared = Prepared::default();
            prepared.prepare(vec![heartbeat(), again()]);
            prepared.outcome(&state(role, term));
            let left: Vec<Request> = prepared.0.iter().map(|(request, _)| request.clone()).collect();
            assert_eq!(left, kept, "{role:?} of term {term}");
        }
    }

    #[test]
    fn what_is_ready_is_what_would_have_been_encoded() {
        let mut prepared = Prepared::default();
        prepared.prepare(vec![heartbeat()]);
        assert!(Arc::ptr_eq(&prepared.body(&heartbeat()), &prepared.0[0].1));
        assert_eq!(prepared.body(&again()), body(&again()));
    }
}
