//! Rows of numbers, and their bytes: of each number how much it differs from the one in the row before, in as many bytes as that
//! needs (zigzag and LEB128, as protobuf has them).

use history::{Name, Role, Span};
use workloads::Vocabulary;

/// It can be taken apart into numbers, and put together from them.
pub(crate) trait Row: Copy {
    /// How many numbers there are at most; each has a place of its own.
    const NUMBERS: usize;

    /// Puts all its numbers, in order, or passes their places by.
    fn put(self, out: &mut Packer);

    /// What [`Row::put`] had put there.
    fn take(from: &mut Unpacker<'_>) -> Self;
}

/// The row of a structure: its fields, one after the other.
macro_rules! row {
    ($name:ty { $($field:ident: $of:ty),+ $(,)? }) => {
        impl $crate::kept::Row for $name {
            const NUMBERS: usize = 0 $(+ <$of as $crate::kept::Row>::NUMBERS)+;

            fn put(self, out: &mut $crate::kept::Packer) {
                $(<$of as $crate::kept::Row>::put(self.$field, out);)+
            }

            fn take(from: &mut $crate::kept::Unpacker<'_>) -> Self {
                Self { $($field: <$of as $crate::kept::Row>::take(from)),+ }
            }
        }
    };
}

pub(crate) use row;

/// Writes rows of one kind.
#[derive(Debug)]
pub(crate) struct Packer {
    /// The numbers of the row before.
    before: Vec<u64>,
    place: usize,
    bytes: Vec<u8>,
}

impl Packer {
    /// The bytes of these rows.
    pub(crate) fn pack<R: Row>(rows: &[R]) -> Vec<u8> {
        let mut out = Self { before: vec![0; R::NUMBERS], place: 0, bytes: Vec::with_capacity(rows.len() * 16) };
        for row in rows {
            out.place = 0;
            row.put(&mut out);
        }
        out.bytes
    }

    /// Puts the next number.
    pub(crate) fn put(&mut self, number: u64) {
        let before = std::mem::replace(&mut self.before[self.place], number);
        self.place += 1;
        let by = number.wrapping_sub(before).cast_signed();
        let mut rest = ((by << 1) ^ (by >> 63)).cast_unsigned();
        while rest >= 0x80 {
            self.bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
    }

    /// Passes so many places by.
    pub(crate) fn pass(&mut self, places: usize) {
        self.place += places;
    }
}

/// Reads what a [`Packer`] wrote.
#[derive(Debug)]
pub(crate) struct Unpacker<'a> {
    before: Vec<u64>,
    place: usize,
    bytes: &'a [u8],
}

impl<'a> Unpacker<'a> {
    /// The rows whose bytes these are.
    pub(crate) fn unpack<R: Row>(bytes: &'a [u8]) -> Vec<R> {
        let mut from = Self { before: vec![0; R::NUMBERS], place: 0, bytes };
        let mut rows = Vec::with_capacity(super::TOGETHER);
        while !from.bytes.is_empty() {
            from.place = 0;
            rows.push(R::take(&mut from));
        }
        rows
    }

    /// The next number.
    pub(crate) fn take(&mut self) -> u64 {
        let (mut by, mut shift) = (0u64, 0);
        while let Some((&byte, rest)) = self.bytes.split_first() {
            self.bytes = rest;
            by |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                break;
            }
        }
        let by = (by >> 1) ^ (by & 1).wrapping_neg();
        let number = &mut self.before[self.place];
        self.place += 1;
        *number = number.wrapping_add(by);
        *number
    }

    /// Passes so many places by.
    pub(crate) fn pass(&mut self, places: usize) {
        self.place += places;
    }
}

impl Row for u64 {
    const NUMBERS: usize = 1;

    fn put(self, out: &mut Packer) {
        out.put(self);
    }

    fn take(from: &mut Unpacker<'_>) -> Self {
        from.take()
    }
}

impl Row for u32 {
    const NUMBERS: usize = 1;

    fn put(self, out: &mut Packer) {
        out.put(self.into());
    }

    fn take(from: &mut Unpacker<'_>) -> Self {
        from.take() as u32
    }
}

impl Row for bool {
    const NUMBERS: usize = 1;

    fn put(self, out: &mut Packer) {
        out.put(self.into());
    }

    fn take(from: &mut Unpacker<'_>) -> Self {
        from.take() != 0
    }
}

impl Row for Name {
    const NUMBERS: usize = 1;

    fn put(self, out: &mut Packer) {
        self.0.put(out);
    }

    fn take(from: &mut Unpacker<'_>) -> Self {
        Self(u32::take(from))
    }
}

/// The width is nearly always much the same.
impl Row for Span {
    const NUMBERS: usize = 2;

    fn put(self, out: &mut Packer) {
        out.put(self.earliest);
        out.put(self.latest.wrapping_sub(self.earliest));
    }

    fn take(from: &mut Unpacker<'_>) -> Self {
        let earliest = from.take();
        Self { earliest, latest: earliest.wrapping_add(from.take()) }
    }
}

impl Row for Role {
    const NUMBERS: usize = 1;

    fn put(self, out: &mut Packer) {
        out.put(Self::ALL.iter().position(|role| *role == self).unwrap_or(0) as u64);
    }

    fn take(from: &mut Unpacker<'_>) -> Self {
        Self::ALL[(from.take() as usize).min(Self::ALL.len() - 1)]
    }
}

/// Where there is none, the places are passed by: the next row that has one is told by the last that had.
impl<T: Row> Row for Option<T> {
    const NUMBERS: usize = 1 + T::NUMBERS;

    fn put(self, out: &mut Packer) {
        self.is_some().put(out);
        match self {
            Some(value) => value.put(out),
            None => out.pass(T::NUMBERS),
        }
    }

    fn take(from: &mut Unpacker<'_>) -> Self {
        if bool::take(from) {
            return Some(T::take(from));
        }
        from.pass(T::NUMBERS);
        None
    }
}

impl<A: Row, B: Row> Row for (A, B) {
    const NUMBERS: usize = A::NUMBERS + B::NUMBERS;

    fn put(self, out: &mut Packer) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(from: &mut Unpacker<'_>) -> Self {
        (A::take(from), B::take(from))
    }
}

impl<A: Row, B: Row, C: Row> Row for (A, B, C) {
    const NUMBERS: usize = A::NUMBERS + B::NUMBERS + C::NUMBERS;

    fn put(self, out: &mut Packer) {
        self.0.put(out);
        self.1.put(out);
        self.2.put(out);
    }

    fn take(from: &mut Unpacker<'_>) -> Self {
        (A::take(from), B::take(from), C::take(from))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Mixed = (u64, Option<(Name, Span)>, (bool, Option<Role>));

    fn mixed() -> impl Strategy<Value = Mixed> {
        let span = (any::<u64>(), any::<u64>()).prop_map(|(earliest, latest)| Span { earliest, latest });
        let role = (0..Role::ALL.len()).prop_map(|role| Role::ALL[role]);
        let named = (any::<u32>().prop_map(Name), span);
        let rest = (any::<bool>(), prop::option::of(role));
        (any::<u64>(), prop::option::of(named), rest)
    }

    proptest! {
        #[test]
        fn rows_are_read_as_they_were_written(rows in prop::collection::vec(mixed(), 0..40)) {
            prop_assert_eq!(Unpacker::unpack::<Mixed>(&Packer::pack(&rows)), rows);
        }
    }

    #[test]
    fn rows_that_follow_each_other_take_few_bytes() {
        let rows: Vec<(u64, Span)> =
            (0..100).map(|n| (n, Span { earliest: n * 50_000_000, latest: n * 50_000_000 + 7 })).collect();
        let bytes = Packer::pack(&rows).len();
        assert!(bytes < 700, "{bytes} bytes for 100 rows");
    }
}
