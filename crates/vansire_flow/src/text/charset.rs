//! Sets of characters: exact for ASCII, one bit for all the rest.

use std::ops::{BitAnd, BitOr, Not};

/// The bits of ASCII stand in two halves: a `u128` would align everything that holds labels to 16
/// bytes, which costs memory and takes allocators off their fast path.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CharSet {
    low: u64,
    high: u64,
    /// Characters outside ASCII.
    other: bool,
}

impl CharSet {
    pub const EMPTY: Self = Self::from_bits(0, false);
    pub const ALL: Self = Self::from_bits(u128::MAX, true);
    pub const ASCII: Self = Self::from_bits(u128::MAX, false);

    const fn from_bits(ascii: u128, other: bool) -> Self {
        Self { low: ascii as u64, high: (ascii >> 64) as u64, other }
    }

    const fn ascii(self) -> u128 {
        self.low as u128 | (self.high as u128) << 64
    }

    const fn insert_ascii(&mut self, byte: u8) {
        if byte < 64 {
            self.low |= 1 << byte;
        } else {
            self.high |= 1 << (byte - 64);
        }
    }

    pub const fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut set = Self::EMPTY;
        let mut index = 0;
        while index < bytes.len() {
            if bytes[index] < 128 {
                set.insert_ascii(bytes[index]);
            } else {
                set.other = true;
            }
            index += 1;
        }
        set
    }

    pub const fn range(first: u8, last: u8) -> Self {
        let mut set = Self::EMPTY;
        let mut byte = first;
        while byte <= last && byte < 128 {
            set.insert_ascii(byte);
            byte += 1;
        }
        set
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self { low: self.low | other.low, high: self.high | other.high, other: self.other || other.other }
    }

    pub const DIGITS: Self = Self::range(b'0', b'9');
    pub const LETTERS: Self = Self::range(b'a', b'z').union(Self::range(b'A', b'Z'));
    /// What the text of a number consists of: `-1.5e+10`, `nan`, `inf`, `1_000`.
    pub const NUMBER: Self = Self::DIGITS.union(Self::of("+-._einfa"));
    pub const SPACE: Self = Self::of(" \t\n\r\x0b\x0c");

    /// With the characters outside ASCII.
    #[must_use]
    pub const fn with_other(self) -> Self {
        Self { other: true, ..self }
    }

    /// Parses the inside of a character class without escapes: `A-Za-z0-9_.-`; a `-` at either end
    /// stands for itself, `\n`, `\r`, `\t`, `\\`, `\0` are known, `\u` stands for all outside ASCII.
    pub fn class(text: &str) -> Self {
        let mut set = Self::EMPTY;
        let mut characters = Vec::new();
        let mut source = text.chars();
        while let Some(character) = source.next() {
            if character == '\\' {
                match source.next() {
                    Some('n') => characters.push(('\n', false)),
                    Some('r') => characters.push(('\r', false)),
                    Some('t') => characters.push(('\t', false)),
                    Some('0') => characters.push(('\0', false)),
                    Some('u') => set.other = true,
                    Some(other) => characters.push((other, false)),
                    None => characters.push(('\\', false)),
                }
            } else {
                characters.push((character, character == '-'));
            }
        }
        let mut index = 0;
        while index < characters.len() {
            let (first, _) = characters[index];
            if index + 2 < characters.len() && characters[index + 1].1 {
                let (last, _) = characters[index + 2];
                set = set | Self::range(first as u32 as u8, last as u32 as u8);
                index += 3;
            } else {
                set.insert(first);
                index += 1;
            }
        }
        set
    }

    pub fn insert(&mut self, character: char) {
        if character.is_ascii() {
            self.insert_ascii(character as u32 as u8);
        } else {
            self.other = true;
        }
    }

    pub const fn contains(self, character: char) -> bool {
        if (character as u32) < 128 { self.ascii() & (1 << (character as u32)) != 0 } else { self.other }
    }

    pub const fn has_other(self) -> bool {
        self.other
    }

    pub const fn is_empty(self) -> bool {
        self.low == 0 && self.high == 0 && !self.other
    }

    pub const fn intersects(self, other: Self) -> bool {
        self.ascii() & other.ascii() != 0 || (self.other && other.other)
    }

    pub const fn is_subset_of(self, other: Self) -> bool {
        self.ascii() & !other.ascii() == 0 && (!self.other || other.other)
    }

    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self::from_bits(self.ascii() & !other.ascii(), self.other && !other.other)
    }

    /// The ASCII characters, in order.
    pub fn iter(self) -> impl Iterator<Item = char> {
        (0u8..128).filter(move |&byte| self.ascii() & (1 << byte) != 0).map(char::from)
    }

    /// Letters with both cases of each letter that is in the set.
    #[must_use]
    pub fn both_cases(self) -> Self {
        let mut set = self;
        for character in self.iter() {
            set.insert(character.to_ascii_lowercase());
            set.insert(character.to_ascii_uppercase());
        }
        set
    }
}

impl BitOr for CharSet {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl BitAnd for CharSet {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self::from_bits(self.ascii() & other.ascii(), self.other && other.other)
    }
}

impl Not for CharSet {
    type Output = Self;

    fn not(self) -> Self {
        Self::from_bits(!self.ascii(), !self.other)
    }
}

impl std::fmt::Debug for CharSet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text: String = self.iter().collect();
        write!(formatter, "[{text:?}{}]", if self.other { " and others" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        let set = CharSet::class("A-Za-z0-9_.-");
        assert!(set.contains('-') && set.contains('Q') && set.contains('.'));
        assert!(!set.contains('/') && !set.has_other());
        assert!(CharSet::class("\\n\\u").contains('\n'));
        assert!(CharSet::class("\\u").has_other());
        assert_eq!(CharSet::class("-a"), CharSet::of("-a"));
    }

    #[test]
    fn complement_is_exact() {
        let set = CharSet::of("<>&\"'");
        assert_eq!(!!set, set);
        assert!(!set.intersects(!set));
        assert_eq!(set | !set, CharSet::ALL);
    }
}
