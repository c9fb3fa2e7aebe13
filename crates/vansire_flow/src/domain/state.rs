//! The state at a point of a body: variables, objects, and what tests have proved.

use std::rc::Rc;

use vansire_python::Symbol;

use super::FileIndex;

use super::value::{Constant, Data, Identity};
use super::{Labels, Object, ObjectId, Part, Ref, Text, Value};
use crate::text::{CharSet, KindSet};

/// What is proved about a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fact {
    /// It has only these characters.
    pub chars: CharSet,
    pub cleared: KindSet,
    pub truth: Option<bool>,
    pub not_none: bool,
    /// It is one of these (constants only).
    pub one_of: Option<Value>,
    /// It isn't text of an attacker at all: it stands in a collection of ours.
    pub trusted: bool,
    /// It begins with this.
    pub prefix: Option<Symbol>,
    /// It was taken out of another value (the host of a URL): when this one is found good, that one
    /// is harmless for these kinds.
    pub implies: Option<(Identity, KindSet)>,
}

impl Default for Fact {
    fn default() -> Self {
        Self {
            chars: CharSet::ALL,
            cleared: KindSet::EMPTY,
            truth: None,
            not_none: false,
            one_of: None,
            trusted: false,
            prefix: None,
            implies: None,
        }
    }
}

impl Fact {
    /// Both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            chars: self.chars & other.chars,
            cleared: self.cleared.union(other.cleared),
            truth: self.truth.or(other.truth),
            not_none: self.not_none || other.not_none,
            one_of: self.one_of.clone().or_else(|| other.one_of.clone()),
            trusted: self.trusted || other.trusted,
            prefix: match (self.prefix, other.prefix) {
                (Some(one), Some(two)) if two.as_str().len() > one.as_str().len() => Some(two),
                (one, two) => one.or(two),
            },
            implies: self.implies.or(other.implies),
        }
    }

    /// One of the two holds.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            chars: self.chars | other.chars,
            cleared: self.cleared.intersection(other.cleared),
            truth: if self.truth == other.truth { self.truth } else { None },
            not_none: self.not_none && other.not_none,
            one_of: match (&self.one_of, &other.one_of) {
                (Some(one), Some(two)) => Some(one.join(two)),
                _ => None,
            },
            trusted: self.trusted && other.trusted,
            prefix: if self.prefix == other.prefix { self.prefix } else { None },
            implies: if self.implies == other.implies { self.implies } else { None },
        }
    }

    /// The value, as far as it agrees with the fact. Undefined when it can't.
    pub fn apply(&self, value: &Value) -> Value {
        if let Some(constants) = &self.one_of {
            if value.is_constant() {
                // Only those of its own that are among them.
                let mut data = Data { identity: value.identity, ..Data::default() };
                data.texts.extend(value.texts.iter().filter(|text| constants.texts.contains(text)).cloned());
                data.constants.extend(
                    value.constants.iter().filter(|constant| constants.constants.contains(constant)).cloned(),
                );
                return data.into();
            }
            if value.other || value.texts.iter().any(|text| text.as_constant().is_none()) {
                return constants.with_identity(value.identity);
            }
        }
        let restrict = |labels: &Labels| {
            if self.trusted {
                return Labels::NONE;
            }
            if self.chars == CharSet::ALL && self.cleared.is_empty() {
                return labels.clone();
            }
            labels.restrict(self.chars, CharSet::EMPTY).clear(self.cleared)
        };
        let mut value = value.map_labels(restrict);
        if self.truth.is_some() || self.not_none {
            let wanted = self.truth;
            value = value.edit(|data| {
                data.constants.retain(|constant| {
                    wanted.is_none_or(|wanted| constant.truth() == wanted)
                        && !(self.not_none && *constant == Constant::None)
                });
                if let Some(wanted) = wanted {
                    data.texts.retain(|text| {
                        text.as_constant().is_none_or(|text| text.is_empty() != wanted)
                            && (wanted
                                || !text
                                    .parts()
                                    .iter()
                                    .any(|part| matches!(part, Part::Literal(text) if !text.is_empty())))
                    });
                    if !wanted {
                        data.refs.retain(|reference| {
                            !matches!(
                                reference,
                                Ref::Function(..) | Ref::Class(_) | Ref::Bound(_) | Ref::Module(_) | Ref::Partial(_)
                            )
                        });
                    }
                }
            });
        }
        if let Some(prefix) = self.prefix
            && value.other
            && value.texts.is_empty()
            && value.constants.is_empty()
        {
            value = value.edit(|data| {
                let labels = std::mem::take(&mut data.labels);
                data.other = false;
                data.add_text(Text::from_parts(vec![
                    Part::Literal(prefix.as_str().into()),
                    Part::Hole { labels: labels.inexact(), identity: None },
                ]));
            });
        }
        value
    }
}

/// Facts by the identity of the value, sorted.
pub type Facts = Rc<Vec<(Identity, Fact)>>;

/// What holds in both.
pub fn meet_facts(left: &Facts, right: &Facts) -> Facts {
    if Rc::ptr_eq(left, right) || left.is_empty() {
        return left.clone();
    }
    if right.is_empty() {
        return right.clone();
    }
    let mut result = Vec::new();
    for (identity, fact) in left.iter() {
        if let Ok(at) = right.binary_search_by_key(identity, |(identity, _)| *identity) {
            let joined = fact.or(&right[at].1);
            if joined != Fact::default() {
                result.push((*identity, joined));
            }
        }
    }
    Rc::new(result)
}

type Heap = Vec<(ObjectId, Rc<Object>)>;
type Globals = Vec<((FileIndex, Symbol), Value)>;

#[derive(Clone, Debug)]
pub struct State {
    /// False where control can't come.
    pub alive: bool,
    pub locals: Rc<Vec<Value>>,
    /// Sorted by identity.
    pub heap: Rc<Heap>,
    /// Module variables written by this body or by what it called.
    pub globals: Rc<Globals>,
    pub facts: Facts,
}

impl State {
    pub fn new(slots: usize) -> Self {
        Self {
            alive: true,
            locals: Rc::new(vec![Value::undefined(); slots]),
            heap: Rc::default(),
            globals: Rc::default(),
            facts: Rc::default(),
        }
    }

    pub fn object(&self, id: ObjectId) -> Option<&Rc<Object>> {
        self.heap.binary_search_by_key(&id, |(id, _)| *id).ok().map(|at| &self.heap[at].1)
    }

    pub fn set_object(&mut self, id: ObjectId, object: Object) {
        let heap = Rc::make_mut(&mut self.heap);
        match heap.binary_search_by_key(&id, |(id, _)| *id) {
            Ok(at) => heap[at].1 = Rc::new(object),
            Err(at) => heap.insert(at, (id, Rc::new(object))),
        }
    }

    /// Changes an object that is in the heap.
    pub fn change_object(&mut self, id: ObjectId, change: impl FnOnce(&mut Object)) {
        let heap = Rc::make_mut(&mut self.heap);
        if let Ok(at) = heap.binary_search_by_key(&id, |(id, _)| *id) {
            change(Rc::make_mut(&mut heap[at].1));
        }
    }

    pub fn fact(&self, identity: Identity) -> Option<&Fact> {
        if self.facts.is_empty() {
            return None;
        }
        self.facts.binary_search_by_key(&identity, |(identity, _)| *identity).ok().map(|at| &self.facts[at].1)
    }

    pub fn add_fact(&mut self, identity: Identity, fact: &Fact) {
        let facts = Rc::make_mut(&mut self.facts);
        match facts.binary_search_by_key(&identity, |(identity, _)| *identity) {
            Ok(at) => facts[at].1 = facts[at].1.and(fact),
            Err(at) => facts.insert(at, (identity, fact.clone())),
        }
    }

    pub fn add_facts(&mut self, facts: &Facts) {
        for (identity, fact) in facts.iter() {
            self.add_fact(*identity, fact);
        }
    }

    /// The value of this identity is made anew: what was proved about the last one holds no longer.
    pub fn forget(&mut self, identity: Identity) {
        if let Ok(at) = self.facts.binary_search_by_key(&identity, |(identity, _)| *identity) {
            Rc::make_mut(&mut self.facts).remove(at);
        }
    }

    pub fn set_local(&mut self, slot: usize, value: Value) {
        if let Some(place) = Rc::make_mut(&mut self.locals).get_mut(slot) {
            *place = value;
        }
    }
}
