//! Objects: what has fields and elements and can be changed through any of its names.

use std::rc::Rc;

use vansire_python::Symbol;

use super::value::{BodyIndex, Constant};
use super::{Facts, MAXIMUM_ELEMENTS, PathId, Ref, Value};

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
    Tuple(Rc<[Key]>),
    /// A member of an enumeration.
    Member(ObjectId),
}

impl Key {
    /// All the constant keys that a value can be, when it can be nothing else.
    pub fn of(value: &Value) -> Option<Vec<Self>> {
        if let ([Ref::Tuple(elements)], false) = (value.refs.as_slice(), value.other)
            && value.is_only_references()
        {
            let one = |element: &Value| match Self::of(element)?.as_slice() {
                [key] => Some(key.clone()),
                _ => None,
            };
            return elements.iter().map(one).collect::<Option<_>>().map(|key| vec![Self::Tuple(key)]);
        }
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
            Self::Tuple(keys) => Value::tuple(keys.iter().map(Self::value).collect()),
            Self::Member(id) => Value::object(*id),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Object {
    pub kind: ObjectKind,
    /// Attributes, in the order in which they were first written.
    pub fields: Vec<(Symbol, Value)>,
    /// Elements of a list by position: all of them (`exact`), or those in front of the others.
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

    /// A value under a key that isn't known: any of the entries may be the one, as a guess where nobody chooses the
    /// key.
    pub fn set_unknown(&mut self, key: &Value, value: &Value) {
        if !self.entries.is_empty() {
            let perhaps = if key.own_labels().is_empty() { value.unsure() } else { value.clone() };
            for (_, own) in &mut self.entries {
                *own = own.join(&perhaps);
            }
        }
        self.rest = self.rest.join(value);
        self.keys = self.keys.join(key);
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
        if !self.exact {
            // Those in front keep their places.
            self.rest = self.rest.join(&value);
        } else if self.elements.len() < MAXIMUM_ELEMENTS {
            self.elements.push(value);
        } else {
            self.forget_positions();
            self.rest = self.rest.join(&value);
        }
    }

    /// What is different from an earlier version of the same object; what isn't known by position or key counts
    /// as not known to be absent either.
    #[must_use]
    pub fn changed_since(&self, before: &Self) -> Self {
        let mut changed = Self::new(self.kind.clone());
        changed.exact = false;
        for (name, value) in &self.fields {
            if before.field(*name) != Some(value) {
                changed.fields.push((*name, value.clone()));
            }
        }
        for (at, value) in self.elements.iter().enumerate() {
            if before.elements.get(at) != Some(value) {
                changed.elements.push(value.clone());
            }
        }
        for (key, value) in &self.entries {
            if before.entry(key) != Some(value) {
                changed.entries.push((key.clone(), value.clone()));
            }
        }
        if self.rest != before.rest {
            changed.rest = self.rest.clone();
        }
        if self.keys != before.keys {
            changed.keys = self.keys.clone();
        }
        changed
    }

    /// A value is put in, nobody knows where.
    pub fn take_in(&mut self, value: &Value) {
        if matches!(self.kind, ObjectKind::List | ObjectKind::Set | ObjectKind::Iterator) {
            self.forget_positions();
        }
        self.rest = self.rest.join(value);
    }

    /// Whether taking an element out of this position changes what is known.
    pub fn can_take(&self, at: i64) -> bool {
        self.place(at).is_some() || at < 0 && !self.exact && !self.elements.is_empty()
    }

    /// Where a position is, when it's one of those that are known.
    pub fn place(&self, at: i64) -> Option<usize> {
        let at = match at {
            0.. => at,
            _ if self.exact => at + self.elements.len() as i64,
            _ => return None,
        };
        usize::try_from(at).ok().filter(|&at| at < self.elements.len())
    }

    /// Takes out the element at a position, if it's known.
    pub fn take(&mut self, at: i64) -> Option<Value> {
        if let Some(place) = self.place(at) {
            return Some(self.elements.remove(place));
        }
        // Counted from an end that isn't known it may have been any of them.
        if at < 0 && !self.exact {
            self.forget_positions();
        }
        None
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
            // Those in front are there on both ways, and stand where they stood.
            let common = match result.kind {
                ObjectKind::List | ObjectKind::Iterator => result.elements.len().min(other.elements.len()),
                _ => 0,
            };
            for (own, value) in result.elements.iter_mut().zip(&other.elements) {
                *own = own.join(value);
            }
            for value in result.elements.drain(common..) {
                result.rest = result.rest.join(&value);
            }
            for value in &other.elements[common..] {
                result.rest = result.rest.join(value);
            }
            result.exact = false;
        }
        // What one of them has under a key the other one may have among those that aren't known.
        let among = |rest: &Value, keys: &Value, value: &Value| {
            if keys.is_undefined() { value.clone() } else { value.join(rest) }
        };
        for (key, value) in &mut result.entries {
            *value = match other.entry(key) {
                Some(own) => value.join(own),
                None => among(&other.rest, &other.keys, value),
            };
        }
        for (key, value) in &other.entries {
            if self.entry(key).is_none() {
                result.entries.push((key.clone(), among(&self.rest, &self.keys, value)));
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
