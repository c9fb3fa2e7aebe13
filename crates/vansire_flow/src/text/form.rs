//! What a text's form rules out, where its characters alone don't: how it can't begin, which segments it lacks.

use super::CharSet;

/// A set of properties of a text that is used as a path or as an argument of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Form(u8);

impl Form {
    pub const NONE: Self = Self(0);
    /// No segment is `..`.
    pub const NO_PARENTS: Self = Self(1);
    /// It doesn't begin with a separator.
    pub const RELATIVE: Self = Self(2);
    /// It doesn't begin with a dash: no program takes it for an option.
    pub const NO_OPTION: Self = Self(4);
    /// It begins with a slash.
    pub const ROOTED: Self = Self(8);
    /// As an address it has no scheme, or one under which browsers load pages.
    pub const NO_SCRIPT: Self = Self(16);

    /// What a text has that begins with none of these characters.
    #[must_use]
    pub fn without_first(chars: CharSet) -> Self {
        let mut form = Self::NONE;
        if chars.contains('/') {
            form = form.union(Self::RELATIVE);
        }
        if chars.contains('-') {
            form = form.union(Self::NO_OPTION);
        }
        form
    }

    /// Whether all of these hold.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These and those hold.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What holds in both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}
