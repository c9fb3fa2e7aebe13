//! Texts: what is known of a string, as literal parts and holes.

use std::rc::Rc;

use super::{Identity, Labels, MAXIMUM_PARTS, MAXIMUM_TEXT};
use crate::text::CharSet;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    Literal(Rc<str>),
    /// Text that isn't known; without labels nobody outside has a say in it.
    Hole {
        labels: Labels,
        identity: Option<Identity>,
    },
}

/// A string, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Text(Rc<[Part]>);

impl Text {
    pub fn literal(text: &str) -> Self {
        if text.len() > MAXIMUM_TEXT {
            return Self::from_parts(vec![Part::Literal(text.into())]);
        }
        Self(Rc::new([Part::Literal(text.into())]))
    }

    pub fn hole(labels: Labels, identity: Option<Identity>) -> Self {
        Self(Rc::new([Part::Hole { labels, identity }]))
    }

    pub fn unknown() -> Self {
        Self::hole(Labels::NONE, None)
    }

    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The text, when all of it is known.
    pub fn as_constant(&self) -> Option<&str> {
        match &*self.0 {
            [Part::Literal(text)] => Some(text),
            [] => Some(""),
            _ => None,
        }
    }

    /// Merges neighbours, and keeps within the bounds.
    pub fn from_parts(parts: Vec<Part>) -> Self {
        let mut merged: Vec<Part> = Vec::with_capacity(parts.len());
        for part in parts {
            match (merged.last_mut(), part) {
                (_, Part::Literal(text)) if text.is_empty() => {}
                (Some(Part::Literal(last)), Part::Literal(text)) => *last = format!("{last}{text}").into(),
                (
                    Some(Part::Hole { labels: last, identity: last_identity }),
                    Part::Hole { labels, identity: _ },
                ) if labels.is_empty() && last.is_empty() => *last_identity = None,
                (_, part) => merged.push(part),
            }
        }
        if merged.len() > MAXIMUM_PARTS {
            let tail = merged.split_off(merged.len() - 4);
            let middle = merged.split_off(MAXIMUM_PARTS - 6);
            let labels = middle.iter().fold(Labels::NONE, |labels, part| match part {
                Part::Hole { labels: own, .. } => labels.union(own),
                Part::Literal(_) => labels,
            });
            merged.push(Part::Hole { labels: labels.inexact(), identity: None });
            merged.extend(tail);
        }
        let mut cut = Vec::with_capacity(merged.len());
        for part in merged {
            match part {
                Part::Literal(text) if text.len() > MAXIMUM_TEXT => {
                    let start = text.floor_char_boundary(MAXIMUM_TEXT / 2);
                    let end = text.ceil_char_boundary(text.len() - MAXIMUM_TEXT / 2);
                    cut.push(Part::Literal(text[..start].into()));
                    cut.push(Part::Hole { labels: Labels::NONE, identity: None });
                    cut.push(Part::Literal(text[end..].into()));
                }
                part => cut.push(part),
            }
        }
        if cut.is_empty() {
            cut.push(Part::Literal("".into()));
        }
        Self(cut.into())
    }

    #[must_use]
    pub fn concat(&self, other: &Self) -> Self {
        let mut parts = self.0.to_vec();
        parts.extend_from_slice(&other.0);
        Self::from_parts(parts)
    }

    pub fn labels(&self) -> Labels {
        self.0.iter().fold(Labels::NONE, |labels, part| match part {
            Part::Hole { labels: own, .. } => labels.union(own),
            Part::Literal(_) => labels,
        })
    }

    /// The known beginning.
    pub fn prefix(&self) -> &str {
        match self.0.first() {
            Some(Part::Literal(text)) => text,
            _ => "",
        }
    }

    pub fn suffix(&self) -> &str {
        match self.0.last() {
            Some(Part::Literal(text)) => text,
            _ => "",
        }
    }

    /// Each part changed: literals by the first function, the labels of holes by the second.
    #[must_use]
    pub fn map(&self, literal: impl Fn(&str) -> String, hole: impl Fn(&Labels) -> Labels) -> Self {
        Self::from_parts(
            self.0
                .iter()
                .map(|part| match part {
                    Part::Literal(text) => Part::Literal(literal(text).into()),
                    Part::Hole { labels, .. } => Part::Hole { labels: hole(labels).mapped(), identity: None },
                })
                .collect(),
        )
    }

    /// All that is common to two texts: the same beginning and end, with a hole between them.
    #[must_use]
    pub fn widen(&self, other: &Self) -> Self {
        let mut parts = Vec::new();
        for (own, theirs) in self.0.iter().zip(other.0.iter()) {
            match (own, theirs) {
                (Part::Hole { labels: one, .. }, Part::Hole { labels: two, .. })
                    if one.is_empty() && two.is_empty() =>
                {
                    parts.push(Part::Hole { labels: Labels::NONE, identity: None });
                }
                (Part::Literal(left), Part::Literal(right)) => {
                    let mut common =
                        left.bytes().zip(right.bytes()).take_while(|(one, two)| one == two).count();
                    while !left.is_char_boundary(common) {
                        common -= 1;
                    }
                    parts.push(Part::Literal(left[..common].into()));
                    if left != right {
                        break;
                    }
                }
                _ => break,
            }
        }
        let labels = self.labels().union(&other.labels()).inexact();
        parts.push(Part::Hole { labels, identity: None });
        Self::from_parts(parts)
    }

    /// Every character that can stand in it, where that is known: holes count by their labels, those
    /// without labels as anything.
    pub fn chars(&self) -> CharSet {
        self.0.iter().fold(CharSet::EMPTY, |chars, part| match part {
            Part::Literal(text) => chars | CharSet::of(text),
            Part::Hole { labels, .. } if labels.is_empty() => CharSet::ALL,
            Part::Hole { labels, .. } => chars | labels.chars(),
        })
    }
}
