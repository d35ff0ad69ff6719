//! A file that its program writes anew now and then, as databases do with their logs: what it holds then was shown before.
//!
//! After a rewrite, lines are state and no news, up to the first term or vote that was not shown before. That no vote was cast in
//! a term is no news either: the record of the term may stand before that of the vote. A file that ends below the highest
//! shown term lacks something that was there: that is a gap.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use history::entry::State;

/// The highest term that a file has shown, with its votes; kept from one incarnation to the next.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    term: Option<u64>,
    votes: Vec<Cow<'static, str>>,
}

/// How far the replay of a rewritten file has come.
#[derive(Debug)]
pub(super) struct Replay {
    shown: Arc<Mutex<Shown>>,
    /// A rewrite was seen, and nothing new since: the highest term since then.
    since: Option<Option<u64>>,
    /// It has been reported that the file is short of something.
    told: bool,
}

impl Replay {
    pub(super) fn new(shown: Arc<Mutex<Shown>>) -> Self {
        Self { shown, since: None, told: false }
    }

    /// The file was rewritten: from its beginning on, lines repeat what was shown.
    pub(super) fn begin(&mut self) {
        self.since = Some(None);
        self.told = false;
    }

    /// Whether a line says something that is news.
    pub(super) fn is_news(&mut self, said: &State<'static>) -> bool {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(highest) = &mut self.since {
            *highest = (*highest).max(said.term);
            let higher = said.term.is_some() && said.term > shown.term;
            let same = said.term.is_some() && said.term == shown.term;
            let vote = said.vote.as_ref().and_then(Option::as_ref).is_some_and(|vote| !shown.votes.contains(vote));
            let is_news = higher || (same && vote);
            if !is_news {
                return false;
            }
            self.since = None;
        }
        if said.term.is_some() && said.term > shown.term {
            *shown = Shown { term: said.term, votes: Vec::new() };
        }
        if said.term.is_some()
            && said.term == shown.term
            && let Some(Some(vote)) = &said.vote
            && !shown.votes.contains(vote)
        {
            shown.votes.push(vote.clone());
        }
        true
    }

    /// The file was read to its end: what it lacks of what was shown, in a sentence, once.
    pub(super) fn end(&mut self) -> Option<String> {
        let highest = self.since?;
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner).term;
        if highest >= shown {
            self.since = None;
            return None;
        }
        let number = |term: Option<u64>| term.map_or_else(|| "no term".to_owned(), |term| format!("term {term}"));
        (!std::mem::replace(&mut self.told, true)).then(|| {
            format!("it was written anew and ends at {}, below {} that it had shown", number(highest), number(shown))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(term: u64, vote: Option<&str>) -> State<'static> {
        State { term: Some(term), vote: vote.map(|vote| Some(vote.to_owned().into())), ..State::default() }
    }

    #[test]
    fn a_rewritten_file_repeats_until_a_term_or_vote_that_was_not_shown() {
        let mut replay = Replay::new(Arc::default());
        assert!(replay.is_news(&said(1, None)) && replay.is_news(&said(3, Some("n1"))));
        replay.begin();
        assert!(!replay.is_news(&said(1, None)) && !replay.is_news(&said(3, Some("n1"))));
        assert_eq!(replay.end(), None);
        assert!(
            replay.is_news(&said(2, None)),
            "after the end of what was rewritten, lines are news, falling terms too"
        );
        replay.begin();
        assert!(replay.is_news(&said(3, Some("n2"))), "another vote of the term is news");
    }

    #[test]
    fn a_rewritten_file_that_holds_all_records_of_the_last_term_repeats_them_all() {
        let none = State { vote: Some(None), ..said(9, None) };
        let mut replay = Replay::new(Arc::default());
        assert!(replay.is_news(&none) && replay.is_news(&said(9, Some("n2"))));
        replay.begin();
        assert!(!replay.is_news(&none), "that it had not voted yet is as old as the term");
        assert!(!replay.is_news(&said(9, Some("n2"))));
        assert_eq!(replay.end(), None);
        replay.begin();
        assert!(replay.is_news(&said(9, Some("n3"))), "a second vote is news all the same");
        replay.begin();
        assert!(
            !replay.is_news(&said(9, Some("n2"))) && !replay.is_news(&said(9, Some("n3"))),
            "and neither is it twice"
        );
        assert!(replay.is_news(&said(10, None)));
    }

    #[test]
    fn a_rewritten_file_that_ends_below_what_was_shown_is_a_gap_told_once() {
        let mut replay = Replay::new(Arc::default());
        assert!(replay.is_news(&said(7, None)));
        replay.begin();
        assert!(!replay.is_news(&said(5, None)));
        let told = replay.end().unwrap();
        assert!(told.contains("ends at term 5, below term 7"), "{told}");
        assert_eq!(replay.end(), None);
        assert!(!replay.is_news(&said(6, None)) && replay.is_news(&said(8, None)));
    }
}
