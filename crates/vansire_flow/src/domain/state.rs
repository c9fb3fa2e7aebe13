//! The state at a point of a body: variables, objects, and what tests have proved.

use std::rc::Rc;

use vansire_python::Symbol;

use super::FileIndex;

use super::value::{Constant, Data, Identity};
use super::{Files, Label, Labels, MAXIMUM_SPLITS, Object, ObjectId, Origin, Part, PathId, Ref, Text, Value};
use crate::text::{CharSet, Form, KindSet, SinkKind};

/// What a number, or a part, tells of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// It is the number of this character.
    Code,
    /// Where something stands in it, -1 if nowhere. What holds of the text in that case are the characters
    /// and the form of the number's own fact.
    Place,
    /// How often something stands in it; the same holds if it is zero.
    Count,
    /// No number, but the text without its first and its last character.
    Inside,
}

/// What is proved about a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fact {
    /// It has only these characters.
    pub chars: CharSet,
    /// If there's a line break in it, it is the last character.
    pub break_at_end: bool,
    pub cleared: KindSet,
    pub form: Form,
    pub truth: Option<bool>,
    pub not_none: bool,
    /// It is one of these (constants only).
    pub one_of: Option<Value>,
    /// It is none of these (constants only).
    pub none_of: Option<Value>,
    /// A number within these bounds, both included. Whole numbers count twice, so that what lies between two of
    /// them has a place as well.
    pub range: Option<(i64, i64)>,
    /// It isn't text of an attacker at all: it stands in a collection of ours.
    pub trusted: bool,
    /// It may not be there at all, or not what it was taken for: one guess.
    pub unsure: bool,
    /// It was looked up by a key: where it is something, this holds of the key.
    pub found: Option<Rc<(Identity, Fact)>>,
    /// It lies in a folder that these inputs decide about: as a path only they can be dangerous.
    pub inside: Option<Rc<Vec<PathId>>>,
    /// It begins with this.
    pub prefix: Option<Symbol>,
    /// It was taken out of another value (the host of a URL): when this one is found good, that one
    /// is harmless for these kinds.
    pub implies: Option<(Identity, KindSet)>,
    /// It is another text without some characters: that one has these besides the characters of this one.
    pub without: Option<(Identity, CharSet)>,
    /// It is a number or a part that tells something of a text.
    pub measure: Option<(Measure, Identity)>,
}

impl Default for Fact {
    fn default() -> Self {
        Self {
            chars: CharSet::ALL,
            break_at_end: false,
            cleared: KindSet::EMPTY,
            form: Form::NONE,
            truth: None,
            not_none: false,
            one_of: None,
            none_of: None,
            range: None,
            trusted: false,
            unsure: false,
            found: None,
            inside: None,
            prefix: None,
            implies: None,
            without: None,
            measure: None,
        }
    }
}

impl Fact {
    /// Where the name of a file is used.
    pub const PATHS: KindSet =
        KindSet::EMPTY.with(SinkKind::Path).with(SinkKind::Archive).with(SinkKind::WritePath);

    /// Both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            chars: self.chars & other.chars,
            break_at_end: self.break_at_end || other.break_at_end,
            cleared: self.cleared.union(other.cleared),
            form: self.form.union(other.form),
            truth: self.truth.or(other.truth),
            not_none: self.not_none || other.not_none,
            one_of: self.one_of.clone().or_else(|| other.one_of.clone()),
            none_of: match (&self.none_of, &other.none_of) {
                // As many as can be listed.
                (Some(one), Some(two)) => {
                    let both = one.join(two);
                    Some(if both.is_constant() { both } else { one.clone() })
                }
                (one, two) => one.clone().or_else(|| two.clone()),
            },
            range: match (self.range, other.range) {
                (Some(one), Some(two)) => Some((one.0.max(two.0), one.1.min(two.1))),
                (one, two) => one.or(two),
            },
            trusted: self.trusted || other.trusted,
            unsure: self.unsure || other.unsure,
            found: self.found.clone().or_else(|| other.found.clone()),
            inside: self.inside.clone().or_else(|| other.inside.clone()),
            prefix: match (self.prefix, other.prefix) {
                (Some(one), Some(two)) if two.as_str().len() > one.as_str().len() => Some(two),
                (one, two) => one.or(two),
            },
            implies: self.implies.or(other.implies),
            without: self.without.or(other.without),
            measure: self.measure.or(other.measure),
        }
    }

    /// One of the two holds.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        // Constants of ours can be what they like.
        let (ours, theirs) = (self.is_ours(), other.is_ours());
        fn choose<T>(ours: bool, theirs: bool, one: T, two: T, both: fn(T, T) -> T) -> T {
            match (ours, theirs) {
                (true, false) => two,
                (false, true) => one,
                _ => both(one, two),
            }
        }
        Self {
            chars: self.all_chars() | other.all_chars(),
            break_at_end: self.break_at_end && other.break_at_end,
            cleared: choose(ours, theirs, self.cleared, other.cleared, KindSet::intersection),
            form: choose(ours, theirs, self.form, other.form, Form::intersection),
            truth: if self.truth == other.truth { self.truth } else { None },
            not_none: self.not_none && other.not_none,
            one_of: match (&self.one_of, &other.one_of) {
                (Some(one), Some(two)) => Some(one.join(two)),
                _ => None,
            },
            none_of: if self.none_of == other.none_of { self.none_of.clone() } else { None },
            range: match (self.range, other.range) {
                (Some(one), Some(two)) => Some((one.0.min(two.0), one.1.max(two.1))),
                _ => None,
            },
            trusted: (self.trusted || self.is_empty())
                && (other.trusted || other.is_empty())
                && (self.trusted || other.trusted),
            unsure: choose(ours, theirs, self.unsure, other.unsure, |one, two| one && two),
            found: if self.found == other.found { self.found.clone() } else { None },
            inside: if self.inside == other.inside { self.inside.clone() } else { None },
            prefix: if self.prefix == other.prefix { self.prefix } else { None },
            implies: if self.implies == other.implies { self.implies } else { None },
            without: if self.without == other.without { self.without } else { None },
            measure: if self.measure == other.measure { self.measure } else { None },
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
            // The field of a form that may be an upload, and is equal to one of these, is a text.
            let foreign =
                !value.refs.is_empty() && value.refs.iter().all(|one| matches!(one, Ref::Instance(_)));
            if value.other || foreign || value.texts.iter().any(|text| text.as_constant().is_none()) {
                return constants.with_identity(value.identity);
            }
        }
        let listed;
        let value = match &self.none_of {
            Some(others) if !value.texts.is_empty() || !value.constants.is_empty() => {
                listed = value.edit(|data| {
                    data.texts.retain(|text| !others.texts.contains(text));
                    data.constants.retain(|constant| !others.constants.contains(constant));
                });
                &listed
            }
            _ => value,
        };
        let restrict = |labels: &Labels| {
            // Nothing is left of a text that is false, nor of anything else that is.
            if self.trusted || self.truth == Some(false) {
                return Labels::NONE;
            }
            self.restrict(labels)
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
                                Ref::Function(..)
                                    | Ref::Class(_)
                                    | Ref::Bound(_)
                                    | Ref::Module(_)
                                    | Ref::Partial(_)
                            )
                        });
                    }
                }
            });
        }
        match self.prefix {
            Some(prefix) if value.other || !value.texts.is_empty() => with_prefix(&value, prefix.as_str()),
            _ => value,
        }
    }

    /// Whether no value can have both.
    pub fn excludes(&self, other: &Self) -> bool {
        if let (Some(one), Some(two)) = (self.truth, other.truth)
            && one != two
        {
            return true;
        }
        if let (Some((low, high)), Some((other_low, other_high))) = (self.range, other.range)
            && (high < other_low || other_high < low)
        {
            return true;
        }
        if let (Some(one), Some(two)) = (&self.one_of, &other.one_of)
            && !members(one).any(|member| is_among(&member, two))
        {
            return true;
        }
        [(self, other), (other, self)].into_iter().any(|(own, other)| {
            own.one_of.as_ref().is_some_and(|own| {
                other.not_none && own.as_constant() == Some(&Constant::None)
                    || other.none_of.as_ref().is_some_and(|none| members(own).all(|one| is_among(&one, none)))
            })
        })
    }

    /// What another test can contradict.
    fn claim(&self) -> Self {
        Self {
            truth: self.truth,
            not_none: self.not_none,
            one_of: self.one_of.clone(),
            none_of: self.none_of.clone(),
            range: self.range,
            ..Self::default()
        }
    }

    /// It is a constant, or text of ours, or there is nothing in it.
    fn is_ours(&self) -> bool {
        self.trusted || self.one_of.is_some() || self.is_empty()
    }

    /// What isn't true is an empty text, nothing, or a number: there is no data in it.
    fn is_empty(&self) -> bool {
        self.truth == Some(false)
    }

    /// Labels of a value for which this holds.
    pub fn restrict(&self, labels: &Labels) -> Labels {
        if self.chars == CharSet::ALL
            && self.cleared.is_empty()
            && self.form == Form::NONE
            && !self.break_at_end
            && !self.unsure
            && self.inside.is_none()
        {
            return labels.clone();
        }
        labels.map(|label| Label {
            chars: label.chars & self.chars,
            adds: label.adds & self.chars,
            cleared: match (&self.inside, label.origin) {
                (Some(folder), Origin::Path(path)) if folder.contains(&path) => {
                    label.cleared.union(self.cleared)
                }
                (Some(_), _) => label.cleared.union(self.cleared).union(Self::PATHS),
                (None, _) => label.cleared.union(self.cleared),
            },
            form: label.form.union(self.form),
            break_at_end: label.break_at_end || self.break_at_end,
            guesses: if self.unsure { label.guesses.max(1) } else { label.guesses },
            ..*label
        })
    }

    /// The characters that a text can have for which this holds.
    pub fn all_chars(&self) -> CharSet {
        if self.is_empty() {
            return CharSet::EMPTY;
        }
        let Some(constants) = &self.one_of else { return self.chars };
        let listed = constants
            .texts
            .iter()
            .map(|text| text.as_constant().map_or(CharSet::ALL, CharSet::of))
            .fold(CharSet::EMPTY, |all, one| all | one);
        self.chars & listed
    }

    /// What follows for a text as a whole when this holds for each of its characters.
    #[must_use]
    pub fn of_each_character(&self) -> Self {
        Self { chars: self.all_chars(), cleared: self.cleared, trusted: self.trusted, ..Self::default() }
    }
}

/// Each of the constants that a value can be.
fn members(value: &Value) -> impl Iterator<Item = Value> {
    let texts = value.texts.iter().map(|text| Value::text(text.clone()));
    texts.chain(value.constants.iter().map(|constant| Value::constant(constant.clone())))
}

/// Whether one constant is, or may be equal to, one of several.
fn is_among(one: &Value, several: &Value) -> bool {
    if several.other || !several.refs.is_empty() {
        return true;
    }
    one.texts.iter().any(|text| several.texts.contains(text))
        || one.constants.iter().any(|constant| {
            several.constants.iter().any(|other| match (constant.number(), other.number()) {
                (Some(one), Some(two)) => one.total_cmp(&two).is_eq(),
                _ => constant == other,
            })
        })
}

/// The texts of a value that can begin with this.
fn with_prefix(value: &Value, prefix: &str) -> Value {
    let known = |labels: &Labels, rest: &[Part]| {
        // What no segment of the whole is, none of the rest is; how the whole begins says nothing of the rest.
        let labels =
            labels.map(|label| Label { form: label.form.intersection(Form::NO_PARENTS), ..label.changed() });
        let mut parts = vec![Part::Literal(prefix.into()), Part::Hole { labels, identity: None }];
        parts.extend_from_slice(rest);
        Text::from_parts(parts)
    };
    value.edit(|data| {
        let labels = std::mem::take(&mut data.labels);
        let texts = std::mem::take(&mut data.texts);
        let other = std::mem::take(&mut data.other);
        data.constants.clear();
        for text in texts {
            match text.parts() {
                [Part::Hole { labels, .. }, rest @ ..] => data.add_text(known(labels, rest)),
                _ if text.prefix().starts_with(prefix) => data.add_text(text),
                // The beginning of what is wanted, and then a hole: it holds the rest of it.
                [Part::Literal(first), Part::Hole { labels, .. }, rest @ ..]
                    if prefix.starts_with(&**first) =>
                {
                    data.add_text(known(labels, rest));
                }
                _ => {}
            }
        }
        if other {
            data.add_text(known(&labels, &[]));
        } else {
            data.labels = labels;
        }
    })
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

/// What holds in the first and isn't known in the second.
fn only_in(facts: &Facts, other: &Facts) -> Facts {
    if Rc::ptr_eq(facts, other) {
        return Facts::default();
    }
    Rc::new(facts.iter().filter(|fact| !other.contains(fact)).cloned().collect())
}

/// What holds of this or the other: all facts of both.
pub fn all_facts(left: &Facts, right: &Facts) -> Facts {
    if left.is_empty() {
        return right.clone();
    }
    let mut result = (**left).clone();
    for (identity, fact) in right.iter() {
        match result.binary_search_by_key(identity, |(own, _)| *own) {
            Ok(at) => result[at].1 = result[at].1.and(fact),
            Err(at) => result.insert(at, (*identity, fact.clone())),
        }
    }
    Rc::new(result)
}

/// A value, as far as it agrees with what was proved of it.
pub fn refined(value: &Value, facts: &Facts) -> Value {
    let Some(identity) = value.identity else { return value.clone() };
    match facts.binary_search_by_key(&identity, |(own, _)| *own) {
        Ok(at) => facts[at].1.apply(value),
        Err(_) => value.clone(),
    }
}

/// A variable where control comes together, with what each way has proved. A flag that only one way
/// can have left true (or false) proves, when it's tested, all that this way had proved.
fn joined_variable(own: &Value, own_facts: &Facts, other: &Value, other_facts: &Facts) -> Value {
    let joined = own.join(other);
    if Rc::ptr_eq(own_facts, other_facts) || own.is_undefined() || other.is_undefined() {
        return joined;
    }
    let (one, two) = (own.truth(), other.truth());
    let side = |truth: bool| -> Facts {
        let predicate = joined.predicate.as_ref();
        let known = predicate.map(|known| if truth { &known.when_true } else { &known.when_false });
        let known = known.cloned().unwrap_or_default();
        match (one == Some(!truth), two == Some(!truth)) {
            (false, true) => all_facts(&known, &only_in(own_facts, other_facts)),
            (true, false) => all_facts(&known, &only_in(other_facts, own_facts)),
            _ => known,
        }
    };
    if one.is_none() && two.is_none() {
        return joined;
    }
    let (when_true, when_false) = (side(true), side(false));
    joined.with_predicate(when_true, when_false)
}

/// A variable that holds different values, by which way control came: found again when the condition
/// is tested a second time, or another that contradicts what one of the ways had found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    pub condition: Identity,
    pub slot: usize,
    /// What held of the condition on the first way, and on the second.
    pub claims: Rc<(Fact, Fact)>,
    pub first: Value,
    pub second: Value,
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
    pub files: Files,
    /// The newest last.
    pub splits: Rc<Vec<Split>>,
}

impl State {
    /// Takes objects that others change, too, as these left them.
    pub fn forget_shared(&mut self) {
        let kept = self.heap.iter().filter(|(id, _)| !matches!(id, ObjectId::Global(_)));
        self.heap = Rc::new(kept.cloned().collect());
    }

    pub fn new(slots: usize) -> Self {
        Self {
            alive: true,
            locals: Rc::new(vec![Value::undefined(); slots]),
            heap: Rc::default(),
            globals: Rc::default(),
            facts: Rc::default(),
            files: Rc::default(),
            splits: Rc::default(),
        }
    }

    /// The variables of two states; both have come to the same place.
    pub fn join_locals(&mut self, other: &Self, place: u32) {
        if Rc::ptr_eq(&self.locals, &other.locals) {
            if !Rc::ptr_eq(&self.splits, &other.splits) {
                Rc::make_mut(&mut self.splits).retain(|split| other.splits.contains(split));
            }
            return;
        }
        let facts = self.facts.clone();
        let locals = Rc::make_mut(&mut self.locals);
        let mut changed: Vec<(usize, Value, Value)> = Vec::new();
        let mut flags: Vec<(Identity, Rc<(Fact, Fact)>)> = Vec::new();
        let mut made: Vec<(usize, Identity)> = Vec::new();
        for (slot, (own, value)) in locals.iter_mut().zip(other.locals.iter()).enumerate() {
            if own == value {
                continue;
            }
            let (one, two) = (refined(own, &facts), refined(value, &other.facts));
            *own = joined_variable(&one, &facts, &two, &other.facts);
            if let (Some(truth), Some(false)) = (one.truth(), two.truth().map(|two| Some(two) == one.truth()))
            {
                let identity = Identity::Site(place, Self::FLAG + slot as u32);
                *own = own.with_identity(Some(identity));
                let claim = |truth: bool| Fact { truth: Some(truth), ..Fact::default() };
                flags.push((identity, Rc::new((claim(truth), claim(!truth)))));
            } else if own.identity.is_none() && !own.is_constant() && !own.is_undefined() {
                // Whichever it is, what is proved of it from here on holds for this variable.
                let identity = Identity::Site(place, Self::JOINED + slot as u32);
                *own = own.with_identity(Some(identity));
                made.push((slot, identity));
            }
            changed.push((slot, one, two));
        }
        // In a loop, the value of the round before may be kept under another name.
        for (slot, own) in locals.iter_mut().enumerate() {
            if made.iter().any(|(new, identity)| *new != slot && own.identity == Some(*identity)) {
                *own = refined(own, &facts).with_identity(None);
            }
        }
        for identity in
            flags.iter().map(|(identity, _)| *identity).chain(made.into_iter().map(|(_, own)| own))
        {
            self.forget(identity);
        }
        // Conditions that held on one way and not on the other.
        for (identity, fact) in facts.iter() {
            if let Some(theirs) = other.fact(*identity)
                && fact.excludes(theirs)
            {
                flags.push((*identity, Rc::new((fact.claim(), theirs.claim()))));
            }
        }
        let mut splits: Vec<Split> =
            self.splits.iter().filter(|split| other.splits.contains(split)).cloned().collect();
        splits.retain(|split| changed.iter().all(|(slot, ..)| *slot != split.slot));
        for (condition, claims) in flags {
            for (slot, one, two) in &changed {
                splits.push(Split {
                    condition,
                    slot: *slot,
                    claims: claims.clone(),
                    first: one.clone(),
                    second: two.clone(),
                });
            }
        }
        if splits.len() > MAXIMUM_SPLITS {
            splits.drain(..splits.len() - MAXIMUM_SPLITS);
        }
        self.splits = Rc::new(splits);
    }

    /// The second number of flags that were set on one way only, plus their slot.
    const FLAG: u32 = 9000;

    /// The same for variables that have come by several ways.
    const JOINED: u32 = 100_000;

    /// More is known of a condition now: so is which way the variables that it chose went, where what is known
    /// contradicts one of the ways.
    pub fn choose(&mut self, condition: Identity, fact: &Fact) {
        if self.splits.iter().all(|split| split.condition != condition) {
            return;
        }
        let splits = self.splits.clone();
        let mut chosen = Vec::new();
        for split in splits.iter().filter(|split| split.condition == condition) {
            let value = if fact.excludes(&split.claims.1) {
                &split.first
            } else if fact.excludes(&split.claims.0) {
                &split.second
            } else {
                continue;
            };
            chosen.push(split.slot);
            if let Some(place) = Rc::make_mut(&mut self.locals).get_mut(split.slot) {
                *place = value.clone();
            }
        }
        if chosen.is_empty() {
            return;
        }
        // What was chosen isn't chosen by anything else any longer.
        Rc::make_mut(&mut self.splits).retain(|split| !chosen.contains(&split.slot));
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
        self.forget_file(identity);
        if let Ok(at) = self.facts.binary_search_by_key(&identity, |(identity, _)| *identity) {
            Rc::make_mut(&mut self.facts).remove(at);
        }
        if !matches!(identity, Identity::Site(_, number) if number >= Identity::PARTS) {
            self.forget_parts(identity);
        }
        if self.splits.iter().any(|split| split.condition == identity) {
            Rc::make_mut(&mut self.splits).retain(|split| split.condition != identity);
        }
    }

    /// The value of this identity is changed within: what was proved about its parts holds no longer.
    pub fn forget_parts(&mut self, identity: Identity) {
        if let Identity::Entity(entity) = identity {
            self.forget_parts_of_entity(entity);
            return;
        }
        let Identity::Site(place, _) = identity else { return };
        let first = Identity::Site(place, Identity::PARTS);
        let from = self.facts.partition_point(|(identity, _)| *identity < first);
        let is_part = |identity: &Identity| {
            matches!(identity, Identity::Site(own, _) if *own == place) && *identity >= first
        };
        let count = self.facts[from..].iter().take_while(|(identity, _)| is_part(identity)).count();
        if count > 0 {
            Rc::make_mut(&mut self.facts).drain(from..from + count);
        }
        if self.splits.iter().any(|split| is_part(&split.condition)) {
            Rc::make_mut(&mut self.splits).retain(|split| !is_part(&split.condition));
        }
    }

    /// The same where the whole has a name, with which those of its parts begin.
    fn forget_parts_of_entity(&mut self, entity: Symbol) {
        let is_part = |identity: &Identity| {
            matches!(identity, Identity::Entity(own) if own
                .as_str()
                .strip_prefix(entity.as_str())
                .is_some_and(|rest| rest.starts_with(['[', '.'])))
        };
        if self.facts.iter().any(|(identity, _)| is_part(identity)) {
            Rc::make_mut(&mut self.facts).retain(|(identity, _)| !is_part(identity));
        }
    }

    pub fn set_local(&mut self, slot: usize, value: Value) {
        if let Some(place) = Rc::make_mut(&mut self.locals).get_mut(slot) {
            *place = value;
        }
        if self.splits.iter().any(|split| split.slot == slot) {
            Rc::make_mut(&mut self.splits).retain(|split| split.slot != slot);
        }
    }
}
