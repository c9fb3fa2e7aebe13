//! Values: what an expression can be.

use std::rc::Rc;

use smallvec::SmallVec;
use vansire_python::Symbol;

use super::FileIndex;

use super::encoding::{Encoding, are_alike, join_encodings};
use super::heap::{ClassRef, Object, ObjectId};
use super::{
    Facts, Labels, MAXIMUM_ALTERNATIVES, MAXIMUM_POINTEES, MAXIMUM_REFERENTS, MAXIMUM_WEIGHT, Part, PathId,
    Text, meet_facts,
};

/// A body of the program, numbered over all files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BodyIndex(pub u32);

/// Which value it is, at run time: two values with the same identity are the same, so that what a
/// test proves about one holds for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Identity {
    Path(PathId),
    /// Made at this place (an offset in the file) of the body; the second number tells apart several
    /// values made there.
    Site(u32, u32),
    /// What an external entity holds, by its name: `flask.request.args["x"]`.
    Entity(Symbol),
    /// Each element of a container: what is proved holds for all of them.
    Elements(ObjectId),
}

impl Identity {
    /// The second number of values that are one character of a text.
    pub const CHARACTER: u32 = 110;

    /// The second number of values that are one segment of a path.
    pub const SEGMENT: u32 = 111;

    /// The second number of a folder with a path behind it.
    pub const JOINED: u32 = 179;

    /// The second numbers from here on are those of parts of the value that was made at the place.
    pub const PARTS: u32 = 1 << 31;

    /// What a value that nothing is known of holds under a constant key or as an attribute: the same each
    /// time that it's asked for.
    pub fn part(self, kind: char, name: &str) -> Option<Self> {
        match self {
            Self::Entity(entity) if kind == '.' => {
                Some(Self::Entity(Symbol::new(&format!("{entity}.{name}"))))
            }
            Self::Entity(entity) => Some(Self::Entity(Symbol::new(&format!("{entity}[{name}]")))),
            Self::Site(place, number) => {
                // FNV: the same number in every run.
                let bytes = number.to_le_bytes().into_iter().chain([kind as u8]).chain(name.bytes());
                let hash = bytes
                    .fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
                Some(Self::Site(place, hash | Self::PARTS))
            }
            Self::Path(_) | Self::Elements(_) => None,
        }
    }

    /// One segment of a path, where a loop gives one after the other.
    pub fn is_segment(self) -> bool {
        matches!(self, Self::Site(_, Self::SEGMENT))
    }

    /// A folder with a path behind it.
    pub fn is_joined(self) -> bool {
        matches!(self, Self::Site(_, Self::JOINED))
    }

    /// One character of a text, where a loop gives one after the other.
    pub fn is_character(self) -> bool {
        matches!(self, Self::Site(_, Self::CHARACTER))
    }
}

#[derive(Clone, Debug)]
pub enum Constant {
    None,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Ellipsis,
}

impl PartialEq for Constant {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) | (Self::Ellipsis, Self::Ellipsis) => true,
            (Self::Boolean(left), Self::Boolean(right)) => left == right,
            (Self::Integer(left), Self::Integer(right)) => left == right,
            (Self::Float(left), Self::Float(right)) => left.to_bits() == right.to_bits(),
            _ => false,
        }
    }
}

impl Eq for Constant {}

impl std::hash::Hash for Constant {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match self {
            Self::None => 0u8.hash(state),
            Self::Ellipsis => 1u8.hash(state),
            Self::Boolean(value) => value.hash(state),
            Self::Integer(value) => value.hash(state),
            Self::Float(value) => value.to_bits().hash(state),
        }
    }
}

impl Constant {
    pub fn truth(&self) -> bool {
        match self {
            Self::None => false,
            Self::Ellipsis => true,
            Self::Boolean(value) => *value,
            Self::Integer(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
        }
    }

    /// As `str()` writes it.
    pub fn text(&self) -> String {
        match self {
            Self::None => "None".to_owned(),
            Self::Ellipsis => "Ellipsis".to_owned(),
            Self::Boolean(true) => "True".to_owned(),
            Self::Boolean(false) => "False".to_owned(),
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => {
                if value.fract() == 0.0 && value.abs() < 1e16 {
                    format!("{value:.1}")
                } else {
                    value.to_string()
                }
            }
        }
    }

    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Boolean(value) => Some(f64::from(u8::from(*value))),
            Self::Integer(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }
}

/// `functools.partial(function, …)`
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Partial {
    pub callee: Value,
    pub positional: Vec<Value>,
    pub keywords: Vec<(Symbol, Value)>,
}

/// What a value refers to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ref {
    /// A function of the project, with its environment when it has one.
    Function(BodyIndex, Option<ObjectId>),
    Class(ClassRef),
    Object(ObjectId),
    /// A method with its receiver.
    Bound(Rc<(Ref, Value)>),
    Tuple(Rc<Vec<Value>>),
    Module(FileIndex),
    /// A package of the project without a file of its own.
    Namespace(Symbol),
    /// An entity outside the project, builtins included, by its dotted name.
    External(Symbol),
    /// An instance of an external type; its data hangs on the value's labels.
    Instance(Symbol),
    Partial(Rc<Partial>),
    /// `super()`: look-up starts behind this class.
    Super(Rc<(ClassRef, Value)>),
    /// A container as it was when it was written into a text: only inside an [`Encoding`].
    Frozen(Rc<Object>),
}

/// What the truth of a value proves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Predicate {
    pub when_true: Facts,
    pub when_false: Facts,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Data {
    /// Strings (and bytes) with some known part.
    pub texts: SmallVec<[Text; 1]>,
    pub constants: SmallVec<[Constant; 1]>,
    pub refs: SmallVec<[Ref; 1]>,
    /// It can be something else as well, of which only the labels are known.
    pub other: bool,
    /// The data that hangs on the unknown part, or on the external instances.
    pub labels: Labels,
    pub identity: Option<Identity>,
    pub predicate: Option<Rc<Predicate>>,
    /// What the text was made of.
    pub encoding: Option<Rc<Encoding>>,
    /// How many values are inside of it, tuples within tuples and receivers included.
    pub weight: u32,
}

/// An abstract value; cheap to clone. The default value is none at all: what stands in a variable
/// that was never assigned.
#[derive(Clone, Debug, Eq)]
pub struct Value(Rc<Data>);

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl std::hash::Hash for Value {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

thread_local! {
    static UNDEFINED: Value = Value(Rc::new(Data::default()));
    static UNKNOWN: Value = Value(Rc::new(Data { other: true, ..Data::default() }));
    static NONE: Value = Value::from_constant(Constant::None);
    static TRUE: Value = Value::from_constant(Constant::Boolean(true));
    static FALSE: Value = Value::from_constant(Constant::Boolean(false));
    static EITHER: Value = Value(Rc::new(Data {
        constants: SmallVec::from_vec(vec![Constant::Boolean(false), Constant::Boolean(true)]),
        ..Data::default()
    }));
}

impl Default for Value {
    fn default() -> Self {
        Self::undefined()
    }
}

impl From<Data> for Value {
    fn from(mut data: Data) -> Self {
        data.weight = data.refs.iter().map(Ref::weight).sum::<u32>().saturating_add(1);
        if let Some(encoding) = &data.encoding {
            let weight = data.weight.saturating_add(encoding.content.weight);
            if weight > MAXIMUM_WEIGHT {
                data.encoding = None;
            } else {
                data.weight = weight;
            }
        }
        if data.weight > MAXIMUM_WEIGHT {
            // Structure that grows without end: what it carries stays, how it was laid out is forgotten.
            let mut labels = data.labels.clone();
            for reference in &data.refs {
                reference.nested(&mut |value| labels = labels.union(&value.own_labels()));
            }
            data.refs.retain(|reference| reference.weight() <= 1);
            data.labels = labels.inexact();
            data.other = true;
            data.weight = 1;
        }
        Self(Rc::new(data))
    }
}

impl Ref {
    /// Whether it stands for data, not for code.
    fn is_pointee(&self) -> bool {
        matches!(
            self,
            Self::Object(_)
                | Self::Bound(_)
                | Self::Tuple(_)
                | Self::Partial(_)
                | Self::Super(_)
                | Self::Frozen(_)
        )
    }
}

impl std::ops::Deref for Value {
    type Target = Data;

    fn deref(&self) -> &Data {
        &self.0
    }
}

impl Value {
    /// Whether it is the very same value: cheaper than equality, and no more than a hint when false.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    pub fn undefined() -> Self {
        UNDEFINED.with(Clone::clone)
    }

    /// Anything, with no data of an attacker.
    pub fn unknown() -> Self {
        UNKNOWN.with(Clone::clone)
    }

    pub fn none() -> Self {
        NONE.with(Clone::clone)
    }

    pub fn boolean(value: bool) -> Self {
        if value { TRUE.with(Clone::clone) } else { FALSE.with(Clone::clone) }
    }

    /// True or false.
    pub fn either() -> Self {
        EITHER.with(Clone::clone)
    }

    fn from_constant(constant: Constant) -> Self {
        Data { constants: SmallVec::from_elem(constant, 1), ..Data::default() }.into()
    }

    pub fn constant(constant: Constant) -> Self {
        match constant {
            Constant::None => Self::none(),
            Constant::Boolean(value) => Self::boolean(value),
            other => Self::from_constant(other),
        }
    }

    pub fn integer(value: i64) -> Self {
        Self::from_constant(Constant::Integer(value))
    }

    pub fn string(text: &str) -> Self {
        Self::text(Text::literal(text))
    }

    pub fn text(text: Text) -> Self {
        Self::texts(std::iter::once(text))
    }

    pub fn texts(texts: impl IntoIterator<Item = Text>) -> Self {
        let mut data = Data::default();
        for text in texts {
            data.add_text(text);
        }
        data.normalize();
        data.into()
    }

    pub fn reference(reference: Ref) -> Self {
        Data { refs: SmallVec::from_elem(reference, 1), ..Data::default() }.into()
    }

    pub fn object(id: ObjectId) -> Self {
        Self::reference(Ref::Object(id))
    }

    pub fn external(name: Symbol) -> Self {
        Self::reference(Ref::External(name))
    }

    pub fn instance(name: Symbol, labels: Labels) -> Self {
        Data { refs: SmallVec::from_elem(Ref::Instance(name), 1), labels, ..Data::default() }.into()
    }

    /// Something unknown that carries these labels.
    pub fn opaque(labels: Labels) -> Self {
        if labels.is_empty() {
            return Self::unknown();
        }
        Data { other: true, labels, ..Data::default() }.into()
    }

    pub fn tuple(elements: Vec<Self>) -> Self {
        Self::reference(Ref::Tuple(Rc::new(elements)))
    }

    pub fn is_undefined(&self) -> bool {
        self.texts.is_empty() && self.constants.is_empty() && self.refs.is_empty() && !self.other
    }

    #[must_use]
    pub fn edit(&self, change: impl FnOnce(&mut Data)) -> Self {
        let mut data = (*self.0).clone();
        change(&mut data);
        data.into()
    }

    #[must_use]
    pub fn with_identity(&self, identity: Option<Identity>) -> Self {
        if self.identity == identity { self.clone() } else { self.edit(|data| data.identity = identity) }
    }

    #[must_use]
    pub fn with_predicate(&self, when_true: Facts, when_false: Facts) -> Self {
        if when_true.is_empty() && when_false.is_empty() {
            return self.clone();
        }
        self.edit(|data| data.predicate = Some(Rc::new(Predicate { when_true, when_false })))
    }

    #[must_use]
    pub fn with_labels(&self, labels: &Labels) -> Self {
        if labels.is_empty() {
            return self.clone();
        }
        self.edit(|data| {
            data.labels = data.labels.union(labels);
            if data.refs.is_empty() {
                data.other = true;
            }
        })
    }

    /// The functions that it can be: a class in the place of a constructor would construct without end.
    #[must_use]
    pub fn without_classes(&self) -> Self {
        if !self.refs.iter().any(|reference| matches!(reference, Ref::Class(_))) {
            return self.clone();
        }
        self.edit(|data| data.refs.retain(|reference| !matches!(reference, Ref::Class(_))))
    }

    /// Nothing but what it refers to.
    pub fn is_only_references(&self) -> bool {
        !self.other && self.texts.is_empty() && self.constants.is_empty()
    }

    /// Only constants and known texts: nothing that needs to be told apart at run time.
    pub fn is_constant(&self) -> bool {
        !self.other && self.refs.is_empty() && self.texts.iter().all(|text| text.as_constant().is_some())
    }

    /// The one known string that it is.
    /// Only referents, and no text, constant or anything else.
    pub fn is_reference(&self) -> bool {
        !self.other && self.texts.is_empty() && self.constants.is_empty() && !self.refs.is_empty()
    }

    pub fn as_string(&self) -> Option<&str> {
        if self.other || !self.constants.is_empty() || !self.refs.is_empty() || self.texts.len() != 1 {
            return None;
        }
        self.texts[0].as_constant()
    }

    /// All the strings that it can be, when it can be nothing else.
    pub fn as_strings(&self) -> Option<Vec<&str>> {
        if self.other || !self.constants.is_empty() || !self.refs.is_empty() || self.texts.is_empty() {
            return None;
        }
        self.texts.iter().map(Text::as_constant).collect()
    }

    pub fn as_constant(&self) -> Option<&Constant> {
        if self.other || !self.texts.is_empty() || !self.refs.is_empty() || self.constants.len() != 1 {
            return None;
        }
        self.constants.first()
    }

    pub fn as_integer(&self) -> Option<i64> {
        match self.as_constant()? {
            Constant::Integer(value) => Some(*value),
            Constant::Boolean(value) => Some(i64::from(*value)),
            _ => None,
        }
    }

    /// The labels of its own text, without what is inside objects that it refers to.
    pub fn own_labels(&self) -> Labels {
        self.texts.iter().fold(self.labels.clone(), |labels, text| labels.union(&text.labels()))
    }

    pub fn has_labels(&self) -> bool {
        !self.labels.is_empty()
            || self.texts.iter().any(|text| {
                text.parts()
                    .iter()
                    .any(|part| matches!(part, Part::Hole { labels, .. } if !labels.is_empty()))
            })
    }

    /// The texts that it can be, with a hole for what isn't known. Objects are left out.
    pub fn as_texts(&self) -> Vec<Text> {
        let mut texts: Vec<Text> = self.texts.to_vec();
        texts.extend(self.constants.iter().map(|constant| Text::literal(&constant.text())));
        if self.other
            || !self.labels.is_empty()
            || self.refs.iter().any(|reference| matches!(reference, Ref::Instance(_))) && texts.is_empty()
        {
            let identity = if texts.is_empty() { self.identity } else { None };
            texts.push(Text::hole(self.labels.clone(), identity));
        }
        texts
    }

    /// Each text changed: literals by the first, labels by the second function.
    #[must_use]
    pub fn map_text(&self, literal: impl Fn(&str) -> String, hole: impl Fn(&Labels) -> Labels) -> Self {
        let mut data = Data { other: self.other, labels: hole(&self.labels).mapped(), ..Data::default() };
        for text in &self.texts {
            data.add_text(text.map(&literal, &hole));
        }
        if data.labels.is_empty() && data.texts.is_empty() {
            data.other = true;
        }
        if !data.labels.is_empty() {
            data.other = true;
        }
        data.normalize();
        data.into()
    }

    /// The labels of texts and of the unknown part changed, all else as it is.
    #[must_use]
    pub fn map_labels(&self, change: impl Fn(&Labels) -> Labels) -> Self {
        if !self.has_labels() {
            return self.clone();
        }
        self.edit(|data| {
            data.labels = change(&data.labels);
            for text in &mut data.texts {
                *text = Text::from_parts(
                    text.parts()
                        .iter()
                        .map(|part| match part {
                            Part::Hole { labels, identity } => {
                                Part::Hole { labels: change(labels), identity: *identity }
                            }
                            part @ Part::Literal(_) => part.clone(),
                        })
                        .collect(),
                );
            }
        })
    }

    /// What it carries, tuples included, may not be there at all.
    #[must_use]
    pub fn unsure(&self) -> Self {
        let value = self.map_labels(Labels::unsure);
        if !value.refs.iter().any(|one| matches!(one, Ref::Tuple(_))) {
            return value;
        }
        value.edit(|data| {
            for reference in &mut data.refs {
                if let Ref::Tuple(elements) = reference {
                    *reference = Ref::Tuple(Rc::new(elements.iter().map(Self::unsure).collect()));
                }
            }
        })
    }

    /// Whether it can be already all that the other can be.
    pub fn covers(&self, other: &Self) -> bool {
        other.texts.iter().all(|text| self.texts.contains(text))
            && other.constants.iter().all(|constant| self.constants.contains(constant))
            && other.refs.iter().all(|reference| self.refs.contains(reference))
            && (self.other || !other.other)
            && self.encoding == other.encoding
            && self.labels.union(&other.labels) == self.labels
    }

    /// Surely true, surely false, or either.
    pub fn truth(&self) -> Option<bool> {
        if self.other || self.is_undefined() {
            return None;
        }
        let mut result = None;
        let mut see = |truth: Option<bool>| match (truth, result) {
            (None, _) => false,
            (Some(truth), None) => {
                result = Some(truth);
                true
            }
            (Some(truth), Some(earlier)) => truth == earlier,
        };
        for constant in &self.constants {
            if !see(Some(constant.truth())) {
                return None;
            }
        }
        for text in &self.texts {
            let truth = match text.as_constant() {
                Some(text) => Some(!text.is_empty()),
                None => text
                    .parts()
                    .iter()
                    .any(|part| matches!(part, Part::Literal(text) if !text.is_empty()))
                    .then_some(true),
            };
            if !see(truth) {
                return None;
            }
        }
        for reference in &self.refs {
            let truth = match reference {
                Ref::Function(..) | Ref::Class(_) | Ref::Bound(_) | Ref::Module(_) | Ref::Partial(_) => {
                    Some(true)
                }
                Ref::Tuple(elements) => Some(!elements.is_empty()),
                _ => None,
            };
            if !see(truth) {
                return None;
            }
        }
        result
    }

    /// What the truth of one of two values proves, when it isn't known which of them it is: a value
    /// that is surely false has no say in what truth proves.
    fn joined_predicate(&self, other: &Self) -> Option<Rc<Predicate>> {
        let side = |truth: bool| -> Facts {
            let facts = |value: &Self| match &value.predicate {
                Some(predicate) if truth => predicate.when_true.clone(),
                Some(predicate) => predicate.when_false.clone(),
                None => Facts::default(),
            };
            match (self.truth() == Some(!truth), other.truth() == Some(!truth)) {
                (true, true) => Facts::default(),
                (true, false) => facts(other),
                (false, true) => facts(self),
                (false, false) => meet_facts(&facts(self), &facts(other)),
            }
        };
        let (when_true, when_false) = (side(true), side(false));
        if when_true.is_empty() && when_false.is_empty() {
            return None;
        }
        Some(Rc::new(Predicate { when_true, when_false }))
    }

    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        if Rc::ptr_eq(&self.0, &other.0) || other.is_undefined() {
            return self.clone();
        }
        if self.is_undefined() || self.0 == other.0 {
            return other.clone();
        }
        let mut data = (*self.0).clone();
        if data.encoding.is_some() || other.encoding.is_some() {
            data.encoding = join_encodings(self, other);
        }
        for text in &other.texts {
            data.add_text(text.clone());
        }
        for constant in &other.constants {
            if !data.constants.contains(constant) {
                data.constants.push(constant.clone());
            }
        }
        for reference in &other.refs {
            if data.refs.contains(reference) {
                continue;
            }
            if let Ref::Tuple(elements) = reference
                && let Some(Ref::Tuple(own)) = data
                    .refs
                    .iter_mut()
                    .find(|own| matches!(own, Ref::Tuple(own) if own.len() == elements.len()))
            {
                *own = Rc::new(own.iter().zip(elements.iter()).map(|(one, two)| one.join(two)).collect());
                continue;
            }
            if let Ref::Frozen(object) = reference
                && let Some(Ref::Frozen(own)) =
                    data.refs.iter_mut().find(|own| matches!(own, Ref::Frozen(own) if are_alike(own, object)))
            {
                *own = Rc::new(own.join(object, |_| Self::undefined()));
                continue;
            }
            data.push_reference(reference.clone());
        }
        data.other |= other.other;
        data.labels = data.labels.union(&other.labels);
        if data.identity != other.identity {
            data.identity = None;
        }
        if data.predicate != other.predicate {
            data.predicate = self.joined_predicate(other);
        }
        data.normalize();
        if data == *self.0 { self.clone() } else { data.into() }
    }
}

impl Data {
    pub fn add_text(&mut self, text: Text) {
        // A text of nothing but one hole is the unknown part.
        if let [Part::Hole { labels, identity }] = text.parts() {
            if !self.other && self.texts.is_empty() && self.constants.is_empty() && self.refs.is_empty() {
                self.identity = *identity;
            }
            self.labels = self.labels.union(labels);
            self.other = true;
            return;
        }
        if !self.texts.contains(&text) {
            self.texts.push(text);
        }
    }

    /// Adds a referent, within the bounds.
    pub fn add_reference(&mut self, reference: Ref) {
        if !self.refs.contains(&reference) {
            self.push_reference(reference);
        }
    }

    fn push_reference(&mut self, reference: Ref) {
        let full = self.refs.len() >= MAXIMUM_POINTEES
            && (self.refs.len() >= MAXIMUM_REFERENTS
                || reference.is_pointee()
                    && self.refs.iter().filter(|one| one.is_pointee()).count() >= MAXIMUM_POINTEES);
        if full {
            self.other = true;
        } else {
            self.refs.push(reference);
        }
    }

    /// Keeps within the bounds.
    pub fn normalize(&mut self) {
        if self.constants.len() > MAXIMUM_ALTERNATIVES {
            self.constants.clear();
            self.other = true;
        }
        if self.texts.len() > MAXIMUM_ALTERNATIVES {
            let texts = std::mem::take(&mut self.texts);
            let mut widened: Option<Text> = None;
            for text in texts {
                widened = Some(match widened {
                    None => text,
                    Some(earlier) => earlier.widen(&text),
                });
            }
            if let Some(text) = widened {
                // Where in the text the data stands is known no longer.
                let parts = text.parts().iter().map(|part| match part {
                    Part::Hole { labels, identity } => {
                        Part::Hole { labels: labels.unsure(), identity: *identity }
                    }
                    literal @ Part::Literal(_) => literal.clone(),
                });
                self.add_text(Text::from_parts(parts.collect()));
            }
        }
    }
}
