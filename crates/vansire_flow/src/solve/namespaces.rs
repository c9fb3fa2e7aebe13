//! What has attributes under names that are data: `__dict__`, functions, classes made by a call, named tuples.

use vansire_python::ir::{BodyId, Span};
use vansire_python::{Symbol, symbol};

use super::binding::Arguments;
use super::builtin_functions::NAMESPACE;
use super::{Frame, Solver};
use crate::domain::{
    BodyIndex, ClassRef, FileIndex, Key, Object, ObjectId, ObjectKind, Partial, PathStep, Ref, Value,
};

/// Whose attributes a dictionary shows.
const OF: &str = "<of>";
/// The dictionary that an instance was given for its attributes.
const GIVEN: &str = "<dictionary>";

impl<'p> Solver<'p> {
    // ---- `__dict__`

    /// `instance.__dict__`: its fields as they are, which stay those of the instance.
    pub(super) fn fields_as_dictionary(&mut self, frame: &mut Frame<'p>, id: ObjectId, span: Span) -> Value {
        let object = self.object(frame, id);
        let mut copy = Object::new(ObjectKind::Dictionary);
        for (name, value) in &object.fields {
            copy.set_entry(Key::Text(*name), value.clone());
        }
        copy.exact = matches!(id, ObjectId::Local(_));
        // Writes through it are writes of fields: remembered by name.
        copy.fields.push((Symbol::new(OF), Value::object(id)));
        let id = self.allocate(frame, span, 62, copy);
        Value::object(id)
    }

    /// `dir(module)`: the names of its variables, of a module of the project with few of them.
    pub(super) fn names_of_module(&mut self, frame: &mut Frame<'p>, subject: &Value, span: Span) -> Value {
        let [Ref::Module(file)] = subject.refs.as_slice() else { return Value::unknown() };
        let (_, ir) = self.body(BodyIndex(self.input.bases[*file as usize]));
        if subject.other || ir.slots.len() > super::MAXIMUM_UNROLLING {
            return Value::unknown();
        }
        let mut names: Vec<&str> = ir.slots.iter().map(|slot| slot.name.as_str()).collect();
        names.sort_unstable();
        let mut list = Object::new(ObjectKind::List);
        list.elements = names.into_iter().map(Value::string).collect();
        Value::object(self.allocate(frame, span, 63, list))
    }

    /// The object whose attributes a dictionary is.
    pub(super) fn owner_of_dictionary(&self, object: &Object) -> Option<ObjectId> {
        if object.fields.is_empty() {
            return None;
        }
        match object.field(Symbol::new(OF))?.refs.as_slice() {
            [Ref::Object(of)] => Some(*of),
            _ => None,
        }
    }

    /// `instance.__dict__[name]`: the field itself, whatever the class says about its name.
    pub(super) fn raw_fields(
        &mut self,
        frame: &mut Frame<'p>,
        of: ObjectId,
        index: &Value,
        keys: Option<&[Key]>,
    ) -> Value {
        // The name is mostly kept by a descriptor, whose class has one method for all fields.
        Self::demand_constants(frame, index);
        let object = self.object(frame, of);
        let Some(keys) = keys else {
            return object.fields.iter().fold(object.rest.clone(), |all, (_, value)| all.join(value));
        };
        let mut result = Value::undefined();
        for key in keys {
            let Key::Text(name) = key else { continue };
            result = result.join(&match (object.field(*name), of) {
                (Some(value), _) => value.clone(),
                (None, ObjectId::Path(path)) => {
                    let step = self.path_step(path, PathStep::Attribute(*name));
                    self.path_value(frame, step)
                }
                (None, _) => Value::undefined(),
            });
        }
        result
    }

    /// What is written into the dictionary of something's attributes is one of them from then on.
    pub(super) fn write_through(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        index: &Value,
        keys: Option<&[Key]>,
        value: &Value,
        strong: bool,
    ) {
        let object = self.object(frame, id);
        if object.fields.is_empty() {
            return;
        }
        if let Some(of) = self.owner_of_dictionary(&object) {
            Self::demand_constants(frame, index);
            for key in keys.unwrap_or_default() {
                if let Key::Text(name) = key {
                    self.write_field(frame, of, *name, value, strong);
                }
            }
        } else if let Some(namespace) = object.field(Symbol::new(NAMESPACE))
            && let Some(Ref::Module(file)) = namespace.refs.first()
        {
            for key in keys.unwrap_or_default() {
                if let Key::Text(name) = key {
                    self.set_global(frame, *file, *name, value.clone());
                }
            }
        }
    }

    /// `instance.__dict__.update(…)`
    pub(super) fn update_through(&mut self, frame: &mut Frame<'p>, id: ObjectId, other: &Value) {
        let object = self.object(frame, id);
        if let Some(of) = self.owner_of_dictionary(&object)
            && let Some((entries, _)) = self.known_entries(frame, other)
        {
            for (key, value) in entries {
                if let Key::Text(name) = key {
                    self.write_field(frame, of, name, &value, true);
                }
            }
        }
    }

    /// `instance.__dict__ = dictionary`
    pub(super) fn give_dictionary(&mut self, frame: &mut Frame<'p>, id: ObjectId, given: &Value) {
        self.shares_dictionaries = true;
        self.change(frame, id, |object| object.set_field(symbol!(GIVEN), given.clone()));
    }

    /// The dictionary that an instance shares with others.
    pub(super) fn given_dictionary(&mut self, frame: &mut Frame<'p>, id: ObjectId) -> Option<Value> {
        if !self.shares_dictionaries {
            return None;
        }
        self.object(frame, id).field(symbol!(GIVEN)).cloned()
    }

    /// An attribute that stands in a dictionary that was given for all of them.
    pub(super) fn shared_attribute(
        &mut self,
        frame: &mut Frame<'p>,
        given: &Value,
        name: Symbol,
        span: Span,
    ) -> Option<Value> {
        let key = Key::Text(name);
        let mut result = Value::undefined();
        for reference in &given.refs {
            if let Ref::Object(id) = reference {
                let object = self.object(frame, *id);
                if object.kind == ObjectKind::Dictionary
                    && (object.entry(&key).is_some() || !object.rest.is_undefined())
                {
                    let keys = std::slice::from_ref(&key);
                    result = result.join(&self.dictionary_item(frame, *id, &object, Some(keys), span));
                }
            }
        }
        (!result.is_undefined()).then_some(result)
    }

    // ---- functions

    /// The object that holds the attributes of all functions of a body that have no environment.
    fn attributes_of(body: BodyIndex) -> ObjectId {
        ObjectId::External(Symbol::new(&format!("<function {}>", body.0)))
    }

    pub(super) fn function_attribute(
        &mut self,
        frame: &mut Frame<'p>,
        body: BodyIndex,
        environment: Option<ObjectId>,
        name: Symbol,
    ) -> Option<Value> {
        if let Some(environment) = environment
            && let Some(value) = self.object(frame, environment).field(name)
        {
            return Some(value.clone());
        }
        self.object(frame, Self::attributes_of(body)).field(name).cloned()
    }

    /// A function made several times has its attributes in its environment; where that was lost on the way,
    /// all that were made of its body share them.
    pub(super) fn set_function_attribute(
        &mut self,
        frame: &mut Frame<'p>,
        body: BodyIndex,
        environment: Option<ObjectId>,
        name: Symbol,
        value: &Value,
        strong: bool,
    ) {
        if let Some(environment) = environment {
            self.write_field(frame, environment, name, value, strong);
        }
        self.write_field(frame, Self::attributes_of(body), name, value, strong && environment.is_none());
    }

    /// `functools.wraps(wrapped)(function)`
    pub(super) fn note_wrapped(&mut self, frame: &mut Frame<'p>, function: &Value, wrapped: &Value) {
        for reference in &function.refs {
            if let Ref::Function(body, environment) = reference {
                let id = environment.unwrap_or_else(|| Self::attributes_of(*body));
                let strong = environment.is_some();
                self.write_field(frame, id, symbol!("__wrapped__"), wrapped, strong);
            }
        }
    }

    // ---- items of instances

    /// `super().__getitem__(key)` of a container's subclass.
    pub(super) fn inherited_item(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        index: &Value,
        span: Span,
    ) -> Value {
        Self::demand_value(frame, index);
        let keys = Key::of(index);
        let object = self.object(frame, id);
        if !object.elements.is_empty() {
            return Self::at(&object.elements, keys.as_deref());
        }
        let value = self.dictionary_item(frame, id, &object, keys.as_deref(), span);
        if value.is_undefined() { Value::unknown() } else { value }
    }

    /// `super().__setitem__(key, value)` of a container's subclass.
    pub(super) fn set_inherited_item(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        index: &Value,
        value: &Value,
    ) {
        Self::demand_value(frame, index);
        let keys = Key::of(index);
        self.change(frame, id, |object| match keys.as_deref() {
            Some([Key::Integer(at)]) if !object.elements.is_empty() => {
                let place = usize::try_from(*at).ok().and_then(|at| object.elements.get_mut(at));
                match place {
                    Some(own) => *own = value.clone(),
                    None => object.rest = object.rest.join(value),
                }
            }
            Some([key]) => object.set_entry(key.clone(), value.clone()),
            Some(keys) => keys.iter().for_each(|key| object.set_entry_perhaps(key.clone(), value)),
            None => {
                object.rest = object.rest.join(value);
                object.keys = object.keys.join(index);
            }
        });
    }

    /// `partial(…).keywords`
    pub(super) fn keywords_of(&mut self, frame: &mut Frame<'p>, partial: &Partial, span: Span) -> Value {
        let mut object = Object::new(ObjectKind::Dictionary);
        for (name, value) in &partial.keywords {
            object.set_entry(Key::Text(*name), value.clone());
        }
        Value::object(self.allocate(frame, span, 63, object))
    }

    // ---- classes

    /// `type(name, bases, namespace)`
    pub(super) fn class_of_call(
        &mut self,
        frame: &mut Frame<'p>,
        body: BodyId,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        self.note_call(frame, super::CallName::External(symbol!("builtins.type")));
        let index = self.body_index(frame.file, body);
        let bases = match arguments.positional.get(1) {
            Some(bases) => match self.known_elements(frame, bases) {
                Some(known) => known,
                None => vec![self.element(frame, bases, span)],
            },
            None => Vec::new(),
        };
        let mut object = Object::new(ObjectKind::Class(index, bases.into()));
        if let Some(namespace) = arguments.positional.get(2)
            && let Some((entries, _)) = self.known_entries(frame, namespace)
        {
            for (key, value) in entries {
                if let Key::Text(name) = key {
                    object.fields.push((name, value));
                }
            }
        }
        let namespace = self.allocate(frame, span, 20_000, object);
        if matches!(namespace, ObjectId::Global(_)) {
            self.classes.insert(index, namespace);
        }
        self.flush(frame);
        let class = ClassRef { body: index, namespace };
        self.finish_class(frame, class, &arguments.keywords, span);
        Value::reference(Ref::Class(class))
    }

    // ---- what everybody shares

    /// What a callee left in a module's variable: it may have kept the object that was made for it before.
    pub(super) fn kept_global(
        &mut self,
        frame: &Frame<'p>,
        file: FileIndex,
        name: Symbol,
        value: Value,
    ) -> Value {
        match frame.state.globals.iter().find(|(key, _)| *key == (file, name)) {
            Some((_, now)) if is_made_here(now) && is_made_here(&value) => now.join(&value),
            _ => value,
        }
    }
}

/// Whether a value is an object that was made by the body itself or by what it called.
fn is_made_here(value: &Value) -> bool {
    value.refs.iter().any(|one| matches!(one, Ref::Object(ObjectId::Local(_))))
}
