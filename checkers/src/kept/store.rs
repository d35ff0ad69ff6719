//! The bytes of old rows.
//!
//! They lie in pages, and not each piece for itself: of a hundred thousand small pieces that are freed one after the other no
//! room is left that a long list could use.

/// A page has at most so many bytes, unless one piece has more.
pub(super) const PAGE: usize = 1 << 20;

/// Bytes of pieces.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store {
    pages: Vec<Vec<u8>>,
    /// Bytes that were put there.
    put: usize,
    /// Those of them that were given up since.
    lost: usize,
}

/// Where a piece lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    page: u32,
    from: u32,
    to: u32,
}

impl Store {
    /// Puts a piece there.
    pub(crate) fn keep(&mut self, bytes: &[u8]) -> Place {
        let room = |page: &Vec<u8>| page.capacity() - page.len() >= bytes.len();
        if !self.pages.last().is_some_and(room) {
            // As much again as there is, so that little takes little.
            let size = self.put.clamp(1 << 10, PAGE).max(bytes.len());
            self.pages.push(Vec::with_capacity(size));
        }
        self.put += bytes.len();
        let at = self.pages.len() - 1;
        let page = &mut self.pages[at];
        let from = page.len();
        page.extend_from_slice(bytes);
        Place { page: at as u32, from: from as u32, to: page.len() as u32 }
    }

    /// A piece.
    pub(crate) fn get(&self, place: Place) -> &[u8] {
        &self.pages[place.page as usize][place.from as usize..place.to as usize]
    }

    /// A piece is needed no more.
    pub(crate) fn give_up(&mut self, place: Place) {
        self.lost += (place.to - place.from) as usize;
    }

    /// How many there are.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.pages.iter().map(Vec::len).sum()
    }

    /// Most of it is needed no more.
    pub(crate) fn is_wasteful(&self) -> bool {
        self.lost > self.put / 2 + PAGE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_found_where_they_were_put() {
        let mut store = Store::default();
        let piece = |n: usize| vec![n as u8; n * 7 % 3_000];
        let places: Vec<Place> = (0..2_000).map(|n| store.keep(&piece(n))).collect();
        assert!((0..2_000).all(|n| store.get(places[n]) == piece(n)));
        assert!(store.pages.len() < 20, "{} pages", store.pages.len());
        let large = vec![7; 3 * PAGE];
        let place = store.keep(&large);
        assert_eq!(store.get(place), large);
        assert!(!store.is_wasteful());
        store.give_up(place);
        places.iter().for_each(|place| store.give_up(*place));
        assert!(store.is_wasteful());
    }
}
