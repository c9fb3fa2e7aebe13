//! Objects: what has fields and elements and can be changed through any of its names.

use std::rc::Rc;

use vansire_python::Symbol;

use super::value::{BodyIndex, Constant};
use super::{Facts, MAXIMUM_ELEMENTS, PathId, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectId {
    /// Made in the body that is being solved.
    Local(u32),
    /// What the caller put there.
    Path(PathId),
    /// Made by a module body, seen by everybody.
    Global(u32),
    /// The attributes of an external entity: `flask.g`.
    External(Symbol),
}

/// A class of the project: its body, and the object that is its namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassRef {
    pub body: BodyIndex,
    pub namespace: ObjectId,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// Of which only what was written here is known.
    Unknown,
    Instance(ClassRef),
    /// An instance of an external type; what it carries is in `rest`.
    External(Symbol),
    List,
    Set,
    Dictionary,
    /// A captured variable; its content is `rest`.
    Cell,
    /// The cells that a function captured, and its default values in `elements`.
    Environment(Rc<[ObjectId]>),
    /// A generator or another iterator: what it gives is in `rest`.
    Iterator,
    /// The namespace of a class; its bases.
    Class(BodyIndex, Rc<[Value]>),
}

/// A constant key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    Text(Symbol),
    Integer(i64),
    None,
    Boolean(bool),
}

impl Key {
    /// All the constant keys that a value can be, when it can be nothing else.
    pub fn of(value: &Value) -> Option<Vec<Self>> {
        if value.other || !value.refs.is_empty() {
            return None;
        }
        let mut keys = Vec::new();
        for text in &value.texts {
            keys.push(Self::Text(Symbol::new(text.as_constant()?)));
        }
        for constant in &value.constants {
            keys.push(match constant {
                Constant::None => Self::None,
                Constant::Boolean(value) => Self::Boolean(*value),
                Constant::Integer(value) => Self::Integer(*value),
                _ => return None,
            });
        }
        if keys.is_empty() { None } else { Some(keys) }
    }

    pub fn value(&self) -> Value {
        match self {
            Self::Text(text) => Value::string(text.as_str()),
            Self::Integer(value) => Value::integer(*value),
            Self::None => Value::none(),
            Self::Boolean(value) => Value::boolean(*value),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    pub kind: ObjectKind,
    /// Attributes, in the order in which they were first written.
    pub fields: Vec<(Symbol, Value)>,
    /// Elements of a list by position, as long as they're known (`exact`).
    pub elements: Vec<Value>,
    /// Entries of a dictionary by constant key, in order.
    pub entries: Vec<(Key, Value)>,
    /// Keys of entries that may be absent as well. Sorted, unique.
    pub optional: Vec<Key>,
    /// Keys known to be absent: deleted, or never there.
    pub exact: bool,
    /// All other elements or entries; the content of cells and external objects.
    pub rest: Value,
    /// The keys of a dictionary that aren't constant.
    pub keys: Value,
    /// Something was added, and nothing taken away since.
    pub filled: bool,
    /// What holds if it's empty: where errors are gathered, that there were none.
    pub when_empty: Option<Facts>,
}

impl Object {
    pub fn new(kind: ObjectKind) -> Self {
        Self {
            kind,
            fields: Vec::new(),
            elements: Vec::new(),
            entries: Vec::new(),
            optional: Vec::new(),
            exact: true,
            rest: Value::undefined(),
            keys: Value::undefined(),
            filled: false,
            when_empty: None,
        }
    }

    /// Whether a container surely has nothing in it, or surely has something.
    pub fn emptiness(&self) -> Option<bool> {
        let filled = self.filled
            || !self.elements.is_empty()
            || self.entries.iter().any(|(key, _)| !self.optional.contains(key));
        if filled {
            return Some(false);
        }
        (self.exact && self.entries.is_empty() && self.rest.is_undefined() && self.keys.is_undefined())
            .then_some(true)
    }

    pub fn field(&self, name: Symbol) -> Option<&Value> {
        self.fields.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    pub fn set_field(&mut self, name: Symbol, value: Value) {
        match self.fields.iter_mut().find(|(own, _)| *own == name) {
            Some((_, own)) => *own = value,
            None => self.fields.push((name, value)),
        }
    }

    pub fn entry(&self, key: &Key) -> Option<&Value> {
        self.entries.iter().find(|(own, _)| own == key).map(|(_, value)| value)
    }

    /// Whether a key is there on every way.
    pub fn surely_has(&self, key: &Key) -> bool {
        self.entry(key).is_some() && !self.optional.contains(key)
    }

    /// All keys, when there are no others and each of them is there on every way.
    pub fn has_fixed_keys(&self) -> bool {
        self.exact && self.optional.is_empty() && self.rest.is_undefined() && self.keys.is_undefined()
    }

    /// An entry that may be written or not.
    pub fn set_entry_perhaps(&mut self, key: Key, value: &Value) {
        let sure = self.surely_has(&key);
        let value = match self.entry(&key) {
            Some(before) => before.join(value),
            None if self.exact => value.clone(),
            None => value.join(&self.rest),
        };
        self.set_entry(key.clone(), value);
        if !sure {
            self.make_optional(key);
        }
    }

    fn make_optional(&mut self, key: Key) {
        if let Err(at) = self.optional.binary_search(&key) {
            self.optional.insert(at, key);
        }
    }

    pub fn set_entry(&mut self, key: Key, value: Value) {
        if !self.optional.is_empty() {
            self.optional.retain(|own| *own != key);
        }
        match self.entries.iter_mut().find(|(own, _)| *own == key) {
            Some((_, own)) => *own = value,
            None => self.entries.push((key, value)),
        }
        if self.entries.len() > MAXIMUM_ELEMENTS * 4 {
            self.forget_positions();
        }
    }

    /// All elements, joined: what iteration over a list gives, or the values of a dictionary.
    pub fn all(&self) -> Value {
        let mut all = self.rest.clone();
        for value in &self.elements {
            all = all.join(value);
        }
        for (_, value) in &self.entries {
            all = all.join(value);
        }
        all
    }

    /// All keys, joined.
    pub fn all_keys(&self) -> Value {
        self.entries.iter().fold(self.keys.clone(), |keys, (key, _)| keys.join(&key.value()))
    }

    /// Positions and keys are known no longer.
    pub fn forget_positions(&mut self) {
        self.rest = self.all();
        self.keys = self.all_keys();
        self.elements.clear();
        self.entries.clear();
        self.optional.clear();
        self.exact = false;
    }

    pub fn push(&mut self, value: Value) {
        self.filled = true;
        if self.exact && self.elements.len() < MAXIMUM_ELEMENTS {
            self.elements.push(value);
        } else {
            self.forget_positions();
            self.rest = self.rest.join(&value);
        }
    }

    /// Joins with another version of the same object, both fully known.
    #[must_use]
    pub fn join(&self, other: &Self, missing: impl Fn(Symbol) -> Value) -> Self {
        let mut result = self.clone();
        if result.kind == ObjectKind::Unknown {
            result.kind = other.kind.clone();
        }
        for (name, value) in &mut result.fields {
            *value = match other.field(*name) {
                Some(own) => value.join(own),
                None => value.join(&missing(*name)),
            };
        }
        for (name, value) in &other.fields {
            if self.field(*name).is_none() {
                result.fields.push((*name, value.join(&missing(*name))));
            }
        }
        if result.exact && other.exact && result.elements.len() == other.elements.len() {
            for (own, value) in result.elements.iter_mut().zip(&other.elements) {
                *own = own.join(value);
            }
        } else if !result.elements.is_empty() || !other.elements.is_empty() {
            for value in result.elements.drain(..) {
                result.rest = result.rest.join(&value);
            }
            for value in &other.elements {
                result.rest = result.rest.join(value);
            }
            result.exact = false;
        }
        for (key, value) in &mut result.entries {
            if let Some(own) = other.entry(key) {
                *value = value.join(own);
            }
        }
        for (key, value) in &other.entries {
            if self.entry(key).is_none() {
                result.entries.push((key.clone(), value.clone()));
                result.make_optional(key.clone());
            }
        }
        for (key, _) in &self.entries {
            if !other.surely_has(key) {
                result.make_optional(key.clone());
            }
        }
        for key in &other.optional {
            result.make_optional(key.clone());
        }
        result.exact &= other.exact;
        result.filled = self.emptiness() == Some(false) && other.emptiness() == Some(false);
        result.when_empty = None;
        result.rest = result.rest.join(&other.rest);
        result.keys = result.keys.join(&other.keys);
        result
    }
}
