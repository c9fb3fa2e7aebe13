//! What a text was made of, so that reading it back gives that again: `json.loads(json.dumps(x))`.
//!
//! A text that was written from data remembers that data, container by container, as it was at the time: later changes of
//! the containers don't show in the text. The memory is a part of the value, of no consequence for anything but the
//! decoder of the same format: whatever makes another text of it makes a new value, without a memory.

use std::rc::Rc;

use vansire_python::Symbol;

use super::{Data, Labels, Object, ObjectKind, Ref, Value};
use crate::text::CharSet;

/// What a format keeps of the structure that it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kept {
    /// Keys become texts, tuples become lists, and there is nothing but dictionaries, lists, texts and numbers.
    Plain,
    /// All is given back as it was.
    Whole,
}

/// What a text was made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Encoding {
    /// Only what reads the same format gives the content back.
    pub format: Symbol,
    pub kept: Kept,
    /// Containers in it are [`Ref::Frozen`].
    pub content: Value,
}

impl Value {
    /// The same text, with what it was made of.
    #[must_use]
    pub fn with_encoding(&self, encoding: Option<Rc<Encoding>>) -> Self {
        if self.encoding == encoding { self.clone() } else { self.edit(|data| data.encoding = encoding) }
    }

    /// What reading a text gives of which isn't known what it was made of.
    fn read_back(labels: &Labels) -> Self {
        Self::opaque(labels.restrict(CharSet::ALL, CharSet::ALL).inexact())
    }
}

/// What a text that is one or the other was made of: where that isn't known of one of them, of anything that its data
/// can be.
pub(super) fn join_encodings(own: &Data, other: &Data) -> Option<Rc<Encoding>> {
    let is_text = |data: &Data| data.other || !data.texts.is_empty() || !data.labels.is_empty();
    let labels =
        |data: &Data| data.texts.iter().fold(data.labels.clone(), |all, text| all.union(&text.labels()));
    let beside = |known: &Rc<Encoding>, data: &Data| {
        if !is_text(data) {
            return known.clone();
        }
        let content = known.content.join(&Value::read_back(&labels(data)));
        Rc::new(Encoding { content, ..(**known).clone() })
    };
    match (&own.encoding, &other.encoding) {
        (None, None) => None,
        (Some(known), None) => Some(beside(known, other)),
        (None, Some(known)) => Some(beside(known, own)),
        (Some(one), Some(two)) if Rc::ptr_eq(one, two) || one == two => Some(one.clone()),
        (Some(one), Some(two)) if one.format == two.format && one.kept == two.kept => {
            let content = one.content.join(&two.content);
            Some(Rc::new(Encoding { content, ..(**one).clone() }))
        }
        // Whatever reads one of them can't read the other.
        (Some(_), Some(_)) => None,
    }
}

/// Whether two containers as they were written can be told as one: their parts joined.
pub(super) fn are_alike(one: &Object, two: &Object) -> bool {
    one.kind == two.kind
        && matches!(
            one.kind,
            ObjectKind::Dictionary | ObjectKind::List | ObjectKind::Set | ObjectKind::Instance(_)
        )
}

impl Ref {
    /// The values in a container that was written down.
    pub fn frozen_values(object: &Object) -> impl Iterator<Item = &Value> {
        object
            .elements
            .iter()
            .chain(object.entries.iter().map(|(_, value)| value))
            .chain(object.fields.iter().map(|(_, value)| value))
            .chain([&object.rest, &object.keys])
    }
}
