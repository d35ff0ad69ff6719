//! Words of closed lists: what each may be, and one reading of whatever else stands there.
//!
//! A schedule or a record has words of closed lists (a role, a phase, an outcome). A reader may meet another word there, written
//! by a newer version, another recorder, or a person. [`Word`] is both. A word is recognised whatever its capitals and however
//! its parts are joined (`Leader`, `pre-candidate`, `PreCandidate`). An unknown word keeps its text, so that a page can show it.
//! It is no word of the list, so it accuses no node.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// A closed list of words.
pub trait Vocabulary: Copy + Eq + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// As it is written.
    fn word(self) -> &'static str;

    /// The one that is written just so.
    fn exactly(text: &str) -> Option<Self>;

    /// The one that is meant, whatever its capitals and however its parts are joined.
    fn meant(text: &str) -> Option<Self> {
        Self::exactly(text).or_else(|| Self::ALL.iter().copied().find(|word| letters(word.word()).eq(letters(text))))
    }
}

/// What two spellings of a word have in common.
fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).map(|c| c.to_ascii_lowercase())
}

/// A word of a list, or another text in its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Word<'a, T> {
    /// One of the list.
    Known(T),
    /// Something else. [`Word::read`] makes it of nothing that the list has.
    Foreign(Cow<'a, str>),
}

impl<'a, T: Vocabulary> Word<'a, T> {
    /// What a text means.
    pub fn read(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        match T::meant(&text) {
            Some(known) => Self::Known(known),
            None => Self::Foreign(text),
        }
    }

    /// The word, if it is one of the list.
    pub fn known(&self) -> Option<T> {
        match self {
            Self::Known(known) => Some(*known),
            Self::Foreign(_) => None,
        }
    }

    /// Whether it is this one.
    pub fn is(&self, word: T) -> bool {
        self.known() == Some(word)
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        match self {
            Self::Known(known) => known.word(),
            Self::Foreign(text) => text,
        }
    }

    /// The same, borrowed from this one.
    pub fn borrowed(&self) -> Word<'_, T> {
        match self {
            Self::Known(known) => Word::Known(*known),
            Self::Foreign(text) => Word::Foreign(Cow::Borrowed(text)),
        }
    }

    /// The same, borrowed from nowhere.
    pub fn into_owned(self) -> Word<'static, T> {
        match self {
            Self::Known(known) => Word::Known(known),
            Self::Foreign(text) => Word::Foreign(Cow::Owned(text.into_owned())),
        }
    }
}

impl<T: Default> Default for Word<'_, T> {
    fn default() -> Self {
        Self::Known(T::default())
    }
}

impl<T> From<T> for Word<'_, T> {
    fn from(known: T) -> Self {
        Self::Known(known)
    }
}

impl<T: Vocabulary> PartialEq<T> for Word<'_, T> {
    fn eq(&self, other: &T) -> bool {
        self.is(*other)
    }
}

impl<T: Vocabulary> fmt::Display for Word<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text())
    }
}

impl<T: Vocabulary> Serialize for Word<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

impl<'de, T: Vocabulary> Deserialize<'de> for Word<'_, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text<T>(PhantomData<T>);

        impl<T: Vocabulary> Visitor<'_> for Text<T> {
            type Value = Word<'static, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Word::read(text).into_owned())
            }
        }

        deserializer.deserialize_str(Text(PhantomData))
    }
}

/// An enum that is a [`Vocabulary`](crate::Vocabulary).
#[macro_export]
macro_rules! vocabulary {
    ($(#[$about:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$of])* $variant,)+
        }

        impl $name {
            /// As it is written.
            #[inline]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl $crate::word::Vocabulary for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            #[inline]
            fn word(self) -> &'static str {
                self.as_str()
            }

            #[inline]
            fn exactly(text: &str) -> Option<Self> {
                match text {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = $crate::word::Word::<Self>::deserialize(deserializer)?;
                word.known().ok_or_else(|| {
                    serde::de::Error::custom(format!("there is no {} {:?}", stringify!($name), word.text()))
                })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
