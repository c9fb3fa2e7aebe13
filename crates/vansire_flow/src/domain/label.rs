//! Labels: which data of an attacker a value carries, and what it can still contain.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::{MAXIMUM_LABELS, PathId};
use crate::text::{CharSet, Form, KindSet, SinkKind};

/// A place where data comes from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    Source(SourceId),
    /// Whatever the caller put there.
    Path(PathId),
}

/// A step of a trace, in the solver's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepKind {
    Source,
    Assigned,
    /// Passed to a function of the project, with the steps inside it.
    Call,
    /// Through a function of a library.
    Through,
    Stored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    pub kind: StepKind,
    pub file: u32,
    pub span: Span,
    pub name: Symbol,
    pub previous: Option<StepId>,
    /// For calls: the last step inside.
    pub inner: Option<StepId>,
}

/// What the value that carries a label is, where that decides how it is written into a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Nature {
    /// What the origin is: of what a caller gives, only the caller knows.
    #[default]
    Inherited,
    /// A text, or anything else.
    Plain,
    /// Bytes: as a text they are their own literal, without line breaks.
    Bytes,
    /// A whole decoded document, mostly a dictionary or a list.
    Document,
}

#[derive(Clone, Copy, Debug)]
pub struct Label {
    pub origin: Origin,
    pub chars: CharSet,
    /// Those of them that can be there whatever the origin contains: a decoding gives all back.
    pub adds: CharSet,
    /// The kinds of sinks that it is harmless for.
    pub cleared: KindSet,
    /// The text is that of the origin, unchanged (though perhaps tested).
    pub exact: bool,
    /// What is known of its form: holds as long as the text isn't changed.
    pub form: Form,
    /// A path without `.` and `..` inside.
    pub normalized: bool,
    /// If there's a line break in it, it is the last character: `$` of a regular expression lets it pass.
    pub break_at_end: bool,
    pub nature: Nature,
    /// How often something on the way was guessed, at most [`MAXIMUM_GUESSES`](super::MAXIMUM_GUESSES).
    pub guesses: u8,
    /// Doesn't take part in comparisons: the first way found is kept.
    pub step: Option<StepId>,
}

impl PartialEq for Label {
    fn eq(&self, other: &Self) -> bool {
        self.origin == other.origin
            && self.chars == other.chars
            && self.adds == other.adds
            && self.cleared == other.cleared
            && self.exact == other.exact
            && self.form == other.form
            && self.normalized == other.normalized
            && self.break_at_end == other.break_at_end
            && self.nature == other.nature
            && self.guesses == other.guesses
    }
}

impl Eq for Label {}

impl std::hash::Hash for Label {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.origin.hash(state);
        self.chars.hash(state);
    }
}

/// What a text is harmless for as long as its quotes stand around it.
const QUOTED: KindSet = KindSet::EMPTY.with(SinkKind::Shell).with(SinkKind::Command).with(SinkKind::Code);

impl Label {
    /// What is left of it when the text is changed.
    #[must_use]
    pub fn changed(&self) -> Self {
        Self { exact: false, form: Form::NONE, nature: Nature::Plain, ..*self }
    }

    /// What is left of it when quotes can have been taken away: what they made harmless no longer is.
    #[must_use]
    pub fn unquoted(&self) -> Self {
        Self { cleared: self.cleared.without(QUOTED), ..self.changed() }
    }

    /// What is left of it where something passes only by a guess.
    #[must_use]
    pub fn guessed(&self) -> Self {
        let chars = if self.guesses < super::MAXIMUM_GUESSES { self.chars } else { CharSet::EMPTY };
        Self { guesses: self.guesses + 1, chars, ..self.changed() }
    }

    /// What is left of it where it may not be this at all: one guess, however often it's asked.
    #[must_use]
    pub fn unsure(&self) -> Self {
        Self { guesses: self.guesses.max(1), ..*self }
    }

    pub fn new(origin: Origin, step: Option<StepId>) -> Self {
        Self {
            origin,
            chars: CharSet::ALL,
            adds: CharSet::EMPTY,
            cleared: KindSet::EMPTY,
            exact: true,
            form: Form::NONE,
            normalized: false,
            break_at_end: false,
            nature: match origin {
                Origin::Source(_) => Nature::Plain,
                Origin::Path(_) => Nature::Inherited,
            },
            guesses: 0,
            step,
        }
    }

    /// Whether it writes no line of its own into a log.
    fn is_one_line(&self) -> bool {
        self.cleared.contains(SinkKind::Log) || (self.chars & CharSet::of("\r\n")).is_empty()
    }

    /// What holds of a value that is this or the other; both have the same origin.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        Self {
            chars: self.chars | other.chars,
            adds: self.adds | other.adds,
            cleared: self.cleared.intersection(other.cleared),
            exact: self.exact && other.exact,
            form: self.form.intersection(other.form),
            normalized: self.normalized && other.normalized,
            break_at_end: self.break_at_end && other.break_at_end,
            // That of the way that was guessed less often.
            nature: match self.guesses.cmp(&other.guesses) {
                std::cmp::Ordering::Less => self.nature,
                std::cmp::Ordering::Greater => other.nature,
                std::cmp::Ordering::Equal if self.nature == other.nature => self.nature,
                // What is harmless where the nature matters has none of its own.
                std::cmp::Ordering::Equal if self.is_one_line() => other.nature,
                std::cmp::Ordering::Equal if other.is_one_line() => self.nature,
                std::cmp::Ordering::Equal => Nature::Plain,
            },
            guesses: self.guesses.min(other.guesses),
            ..*self
        }
    }
}

/// A small set of labels, at most one for each origin, shared.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Labels(Option<Rc<Vec<Label>>>);

impl std::fmt::Debug for Labels {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl Labels {
    pub const NONE: Self = Self(None);

    pub fn one(label: Label) -> Self {
        if label.chars.is_empty() {
            return Self::NONE;
        }
        Self(Some(Rc::new(vec![label])))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Label> {
        self.0.as_ref().map_or([].iter(), |labels| labels.iter())
    }

    /// What at least one of them can contain.
    pub fn chars(&self) -> CharSet {
        self.iter().fold(CharSet::EMPTY, |chars, label| chars | label.chars)
    }

    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (_, None) => self.clone(),
            (None, _) => other.clone(),
            (Some(left), Some(right)) => {
                if Rc::ptr_eq(left, right) {
                    return self.clone();
                }
                let mut result: Option<Vec<Label>> = None;
                for label in right.iter() {
                    let labels = result.as_deref().unwrap_or(left);
                    if let Some(at) = labels.iter().position(|own| own.origin == label.origin) {
                        let own = labels[at];
                        let joined = own.joined(label);
                        if joined != own {
                            result.get_or_insert_with(|| (**left).clone())[at] = joined;
                        }
                    } else if labels.len() < MAXIMUM_LABELS {
                        result.get_or_insert_with(|| (**left).clone()).push(*label);
                    }
                }
                match result {
                    None => self.clone(),
                    Some(mut labels) => {
                        labels.sort_by_key(|label| label.origin);
                        Self(Some(Rc::new(labels)))
                    }
                }
            }
        }
    }

    /// Each label changed; those that can contain nothing any more are dropped.
    #[must_use]
    pub fn map(&self, change: impl Fn(&Label) -> Label) -> Self {
        let Some(labels) = &self.0 else { return Self::NONE };
        let changed: Vec<Label> = labels.iter().map(change).filter(|label| !label.chars.is_empty()).collect();
        if changed.is_empty() {
            return Self::NONE;
        }
        if changed == **labels && changed.iter().zip(labels.iter()).all(|(one, two)| one.step == two.step) {
            return self.clone();
        }
        Self(Some(Rc::new(changed)))
    }

    /// Only some of the characters can be left; others can have been added.
    #[must_use]
    pub fn restrict(&self, keeps: CharSet, adds: CharSet) -> Self {
        self.map(|label| Label {
            chars: (label.chars & keeps) | adds,
            adds: (label.adds & keeps) | adds,
            break_at_end: label.break_at_end && !adds.contains('\n'),
            form: Form::NONE,
            ..*label
        })
    }

    /// Those of data that comes in here, not through the caller.
    #[must_use]
    pub fn of_sources(&self) -> Self {
        if !self.iter().any(|label| matches!(label.origin, Origin::Source(_))) {
            return Self::NONE;
        }
        self.map(|label| match label.origin {
            Origin::Source(_) => *label,
            Origin::Path(_) => Label { chars: CharSet::EMPTY, ..*label },
        })
    }

    /// The labels of a value of which more is known than that of their origin.
    #[must_use]
    pub fn of_nature(&self, nature: Nature) -> Self {
        self.map(|label| Label { nature, ..*label })
    }

    #[must_use]
    pub fn inexact(&self) -> Self {
        self.map(Label::changed)
    }

    /// Where quotes can have been taken away.
    #[must_use]
    pub fn unquoted(&self) -> Self {
        self.map(Label::unquoted)
    }

    /// No longer the text itself, with what its maker says of its form.
    #[must_use]
    pub fn mapped(&self) -> Self {
        self.map(|label| Label { exact: false, nature: Nature::Plain, ..*label })
    }

    /// Where something passes only by a guess.
    #[must_use]
    pub fn guessed(&self) -> Self {
        self.map(Label::guessed)
    }

    /// Where it may not be this at all.
    #[must_use]
    pub fn unsure(&self) -> Self {
        self.map(Label::unsure)
    }

    /// What an attribute has of what its object had: where that was a guess, it's one more.
    #[must_use]
    pub fn of_attribute(&self) -> Self {
        self.map(|label| if label.guesses > 0 { label.guessed() } else { label.changed() })
    }

    #[must_use]
    pub fn clear(&self, kinds: KindSet) -> Self {
        if kinds.is_empty() {
            return self.clone();
        }
        self.map(|label| Label { cleared: label.cleared.union(kinds), ..*label })
    }

    pub fn of(labels: impl IntoIterator<Item = Label>) -> Self {
        let mut set = LabelSet::default();
        for label in labels {
            set.add(label);
        }
        set.finish()
    }

    /// Tells apart sets that are stored apart: the same address, the same set.
    pub fn address(&self) -> usize {
        self.0.as_ref().map_or(0, |labels| Rc::as_ptr(labels) as usize)
    }
}

/// Labels as they're gathered.
#[derive(Default)]
struct LabelSet(Vec<Label>);

impl LabelSet {
    /// Adds a label; of those of one origin, the way of the first is kept.
    fn add(&mut self, label: Label) {
        if label.chars.is_empty() {
            return;
        }
        let full = self.0.len() >= MAXIMUM_LABELS;
        match self.0.iter_mut().find(|own| own.origin == label.origin) {
            Some(own) => *own = own.joined(&label),
            None if full => {}
            None => self.0.push(label),
        }
    }

    fn finish(mut self) -> Labels {
        if self.0.is_empty() {
            return Labels::NONE;
        }
        self.0.sort_by_key(|label| label.origin);
        Labels(Some(Rc::new(self.0)))
    }
}

impl<'l> IntoIterator for &'l Labels {
    type Item = &'l Label;
    type IntoIter = std::slice::Iter<'l, Label>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
