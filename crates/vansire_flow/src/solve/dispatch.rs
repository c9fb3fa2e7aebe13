//! Functions that choose their implementation by the class of an argument: `functools.singledispatch`.

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::classes::Ancestor;
use super::{Frame, Solver};
use crate::domain::{Constant, Data, Object, ObjectId, ObjectKind, Ref, State, Value};

/// A call of `register` that waits for the function.
pub(super) const REGISTER: &str = "<functools.singledispatch.register>";

const OF_METHODS: &str = "functools.singledispatchmethod";

/// What the builtin types are besides themselves.
const ABSTRACT: &[(&str, &[&str])] = &[
    ("builtins.str", &["Sequence", "Reversible", "Collection", "Iterable", "Sized", "Container", "Hashable"]),
    (
        "builtins.tuple",
        &["Sequence", "Reversible", "Collection", "Iterable", "Sized", "Container", "Hashable"],
    ),
    (
        "builtins.list",
        &["MutableSequence", "Sequence", "Reversible", "Collection", "Iterable", "Sized", "Container"],
    ),
    (
        "builtins.dict",
        &["MutableMapping", "Mapping", "Reversible", "Collection", "Iterable", "Sized", "Container"],
    ),
    ("builtins.set", &["MutableSet", "Set", "Collection", "Iterable", "Sized", "Container"]),
    ("builtins.bool", &["builtins.int", "Integral", "Rational", "Real", "Complex", "Number", "Hashable"]),
    ("builtins.int", &["Integral", "Rational", "Real", "Complex", "Number", "Hashable"]),
    ("builtins.float", &["Real", "Complex", "Number", "Hashable"]),
    ("types.NoneType", &["Hashable"]),
    ("builtins.function", &["types.FunctionType", "Callable", "Hashable"]),
];

/// Whether objects of this kind choose among implementations.
pub(super) fn is_dispatcher(name: &str) -> bool {
    matches!(name, "functools.singledispatch" | OF_METHODS)
}

pub(super) fn is_method_of_dispatcher(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(owner, _)| is_dispatcher(owner))
}

/// Whether a builtin type is a class that is registered under this name.
fn is_builtin_subclass(name: &str, of: &str) -> bool {
    let inherited = ABSTRACT.iter().find(|(own, _)| *own == name).map_or(&[][..], |(_, classes)| classes);
    name == of
        || of == "builtins.object"
        || inherited.iter().any(|one| {
            *one == of
                || ["collections.abc.", "typing.", "numbers."]
                    .iter()
                    .any(|package| of.strip_prefix(package).is_some_and(|rest| rest == *one))
        })
}

impl<'p> Solver<'p> {
    /// `@singledispatch`
    pub(super) fn dispatcher(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let function = arguments.get(0, "func")?;
        let mut object = Object::new(ObjectKind::External(name));
        let any = Value::external(Symbol::new("builtins.object"));
        object.elements.push(Value::tuple(vec![any, function]));
        Some(Value::object(self.allocate(frame, span, 66, object)))
    }

    pub(super) fn is_dispatching_method(&mut self, frame: &mut Frame<'p>, id: ObjectId) -> bool {
        matches!(self.kind(frame, id), ObjectKind::External(name) if name.as_str() == OF_METHODS)
    }

    pub(super) fn dispatcher_method(
        &mut self,
        frame: &mut Frame<'p>,
        method: &str,
        receiver: &Value,
        arguments: &Arguments,
    ) -> Option<Value> {
        match method {
            "register" => self.register_implementation(frame, Some(receiver), arguments),
            // The function that would be called; all of them will do.
            "dispatch" => {
                let [Ref::Object(id)] = receiver.refs.as_slice() else { return None };
                let implementations = self.implementations(frame, *id);
                let all = implementations.iter().fold(Value::undefined(), |all, (_, one)| all.join(one));
                Some(all)
            }
            _ => None,
        }
    }

    /// `register(function)`, `register(class, function)`, and `register(class)` that waits for the function.
    pub(super) fn register_implementation(
        &mut self,
        frame: &mut Frame<'p>,
        receiver: Option<&Value>,
        arguments: &Arguments,
    ) -> Option<Value> {
        let mut given = arguments.positional.clone();
        let dispatcher = match receiver {
            Some(receiver) => receiver.clone(),
            None if given.is_empty() => return None,
            None => given.remove(0),
        };
        given.extend(arguments.keyword("cls"));
        given.extend(arguments.keyword("func"));
        let is_function = |value: &Value| {
            value.refs.iter().any(|one| {
                matches!(one, Ref::Function(..) | Ref::Bound(_) | Ref::Partial(_) | Ref::Object(_))
            })
        };
        let (class, function) = match given.as_slice() {
            [function] if is_function(function) => {
                let [Ref::Object(id)] = dispatcher.refs.as_slice() else { return None };
                let first = usize::from(self.is_dispatching_method(frame, *id));
                (self.annotated_class(function, first), function.clone())
            }
            [class] => return Some(Self::marker(Symbol::new(REGISTER), vec![dispatcher, class.clone()])),
            [class, function] => (class.clone(), function.clone()),
            _ => return None,
        };
        for reference in &dispatcher.refs {
            if let Ref::Object(id) = reference {
                let entry = Value::tuple(vec![class.clone(), function.clone()]);
                let own = class.clone();
                self.change(frame, *id, |object| {
                    // The last one for a class counts.
                    object.elements.retain(|one| {
                        own.other
                            || own.is_undefined()
                            || Self::parts_of(one).is_none_or(|(class, _)| *class != own)
                    });
                    object.push(entry);
                });
            }
        }
        Some(function)
    }

    fn parts_of(implementation: &Value) -> Option<(&Value, &Value)> {
        match implementation.refs.as_slice() {
            [Ref::Tuple(parts)] => match parts.as_slice() {
                [class, function] => Some((class, function)),
                _ => None,
            },
            _ => None,
        }
    }

    /// The classes that a function's parameter is annotated with.
    fn annotated_class(&mut self, function: &Value, parameter: usize) -> Value {
        let plain = match function.refs.first() {
            Some(reference) => match Self::descriptor(reference) {
                Some((_, partial)) => partial.positional.first().cloned().unwrap_or_default(),
                None => function.clone(),
            },
            None => function.clone(),
        };
        let is_static =
            function.refs.first().and_then(Self::descriptor).is_some_and(|(kind, _)| kind == "staticmethod");
        let Some(Ref::Function(body, _)) = plain.refs.first() else { return Value::unknown() };
        let (file, ir) = self.body(*body);
        let at = if is_static { 0 } else { parameter };
        match ir.parameters.get(at).and_then(|parameter| parameter.annotation.as_ref()) {
            // The classes themselves, not instances of them.
            Some(annotation) => self.annotated(file, annotation).edit(|data| {
                for reference in &mut data.refs {
                    if let Ref::Instance(name) = reference {
                        *reference = Ref::External(*name);
                    }
                }
            }),
            None => Value::unknown(),
        }
    }

    fn implementations(&mut self, frame: &mut Frame<'p>, id: ObjectId) -> Vec<(Value, Value)> {
        let object = self.object(frame, id);
        object
            .elements
            .iter()
            .filter_map(Self::parts_of)
            .map(|(class, function)| (class.clone(), function.clone()))
            .collect()
    }

    /// Calls the implementations that the classes of the argument choose; all of them where those aren't known.
    pub(super) fn dispatch(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        let implementations = self.implementations(frame, id);
        let at = usize::from(self.is_dispatching_method(frame, id));
        let subject = arguments.positional.get(at).or(arguments.rest.as_ref()).cloned();
        let (Some(subject), false) = (subject, implementations.is_empty()) else {
            return self.opaque_call(frame, &Value::unknown(), arguments, span);
        };
        Self::demand_value(frame, &subject);
        let mut parts = vec![Value::undefined(); implementations.len()];
        for alternative in alternatives(&subject) {
            for number in self.chosen(frame, &implementations, &alternative) {
                let fact = self.class_fact(frame, &implementations[number].0);
                let part = match fact {
                    Some(fact) if alternative.other => fact.apply(&alternative),
                    _ => alternative.clone(),
                };
                parts[number] = parts[number].join(&part);
            }
        }
        let before = frame.state.clone();
        let mut after: Option<State> = None;
        let mut result = Value::undefined();
        for ((_, function), part) in implementations.iter().zip(parts) {
            if part.is_undefined() {
                continue;
            }
            let mut arguments = arguments.clone();
            if let Some(place) = arguments.positional.get_mut(at) {
                *place = part;
            }
            let function = if at == 1 && !arguments.positional.is_empty() {
                let receiver = arguments.positional.remove(0);
                let class = self.attribute(frame, &receiver, Symbol::new("__class__"), span);
                self.through_class(frame, function, Some(&receiver), &class, span)
            } else {
                function.clone()
            };
            frame.state = before.clone();
            let value = self.call(frame, &function, &arguments, span);
            if frame.state.alive {
                result = result.join(&value);
                let state = std::mem::replace(&mut frame.state, before.clone());
                after = self.join_states(frame, after, Some(state));
            }
        }
        frame.state = before;
        match after {
            Some(state) => frame.state = state,
            None => frame.state.alive = false,
        }
        result
    }

    /// The numbers of the implementations that a value may lead to.
    fn chosen(
        &mut self,
        frame: &mut Frame<'p>,
        implementations: &[(Value, Value)],
        value: &Value,
    ) -> Vec<usize> {
        let mut sure: Vec<usize> = Vec::new();
        let mut perhaps: Vec<usize> = Vec::new();
        for (number, (class, _)) in implementations.iter().enumerate() {
            match self.is_registered_for(frame, value, class) {
                Some(true) => sure.push(number),
                Some(false) => {}
                None => perhaps.push(number),
            }
        }
        // The nearest of its classes.
        let nearest: Vec<usize> = sure
            .iter()
            .copied()
            .filter(|&number| {
                !sure.iter().any(|&other| {
                    other != number
                        && self.comes_below(frame, &implementations[other].0, &implementations[number].0)
                        && !self.comes_below(frame, &implementations[number].0, &implementations[other].0)
                })
            })
            .collect();
        perhaps.extend(nearest);
        perhaps.sort_unstable();
        perhaps
    }

    /// Whether a value with a single alternative is an instance of one of these classes.
    fn is_registered_for(&mut self, frame: &mut Frame<'p>, value: &Value, class: &Value) -> Option<bool> {
        if class
            .refs
            .iter()
            .any(|one| matches!(one, Ref::External(name) if name.as_str() == "builtins.object"))
        {
            return Some(true);
        }
        if value.other || class.other || class.refs.is_empty() {
            return None;
        }
        let names: Vec<Symbol> = named(class);
        let kind = match (value.texts.is_empty(), value.constants.first(), value.refs.first()) {
            (false, ..) => {
                // Bytes are texts as well.
                let bytes =
                    names.iter().any(|name| matches!(name.as_str(), "builtins.bytes" | "builtins.bytearray"));
                let is = names.iter().any(|name| is_builtin_subclass("builtins.str", name.as_str()));
                return if bytes && !is { None } else { Some(is) };
            }
            (_, Some(constant), _) => match constant {
                Constant::None => "types.NoneType",
                Constant::Boolean(_) => "builtins.bool",
                Constant::Integer(_) => "builtins.int",
                Constant::Float(_) => "builtins.float",
                Constant::Ellipsis => "types.EllipsisType",
            },
            (.., Some(reference)) => match reference {
                Ref::Tuple(_) => "builtins.tuple",
                Ref::Function(..) | Ref::Bound(_) => "builtins.function",
                Ref::Instance(kind) => return self.is_external(*kind, &names),
                Ref::Object(id) => match self.kind(frame, *id) {
                    ObjectKind::List => "builtins.list",
                    ObjectKind::Dictionary => "builtins.dict",
                    ObjectKind::Set => "builtins.set",
                    ObjectKind::External(kind) => return self.is_external(kind, &names),
                    ObjectKind::Instance(own) => {
                        let lineage = self.lineage(frame, own);
                        let is = lineage.iter().any(|ancestor| match ancestor {
                            Ancestor::Class(own) => class
                                .refs
                                .iter()
                                .any(|one| matches!(one, Ref::Class(class) if class.body == own.body)),
                            Ancestor::External(name) => {
                                names.iter().any(|wanted| is_builtin_subclass(name.as_str(), wanted.as_str()))
                            }
                        });
                        // An abstract class may be asked what methods there are.
                        let asked = names.iter().any(|name| {
                            name.as_str().starts_with("collections.abc.")
                                || name.as_str().starts_with("typing.")
                        });
                        return if !is && asked { None } else { Some(is) };
                    }
                    _ => return None,
                },
                _ => return None,
            },
            _ => return None,
        };
        Some(names.iter().any(|name| is_builtin_subclass(kind, name.as_str())))
    }

    fn is_external(&self, kind: Symbol, names: &[Symbol]) -> Option<bool> {
        let models = self.input.models;
        // A field of a form, which is asked whether it's an upload.
        if self.may_be_text(kind) {
            return None;
        }
        let known = kind == Symbol::new("builtins.str") || models.types.contains_key(&kind);
        let is = names.iter().any(|name| {
            let name = models.canonical(*name);
            models.lineage(kind).contains(&name) || is_builtin_subclass(kind.as_str(), name.as_str())
        });
        if is || known { Some(is) } else { None }
    }

    /// Whether all instances of one class are instances of the other.
    fn comes_below(&mut self, frame: &mut Frame<'p>, class: &Value, of: &Value) -> bool {
        let names = named(of);
        class.refs.iter().all(|reference| match reference {
            Ref::Class(own) => {
                let lineage = self.lineage(frame, *own);
                lineage.iter().any(|ancestor| match ancestor {
                    Ancestor::Class(own) => {
                        of.refs.iter().any(|one| matches!(one, Ref::Class(of) if of.body == own.body))
                    }
                    Ancestor::External(name) => {
                        names.iter().any(|of| is_builtin_subclass(name.as_str(), of.as_str()))
                    }
                }) || names.iter().any(|name| name.as_str() == "builtins.object")
            }
            Ref::External(name) => {
                let lineage = self.input.models.lineage(*name);
                names.iter().any(|of| lineage.contains(of) || is_builtin_subclass(name.as_str(), of.as_str()))
            }
            _ => false,
        })
    }
}

fn named(class: &Value) -> Vec<Symbol> {
    class
        .refs
        .iter()
        .filter_map(|one| match one {
            Ref::External(name) => Some(*name),
            _ => None,
        })
        .collect()
}

/// A value's alternatives one by one; what isn't known of it stays together.
fn alternatives(value: &Value) -> Vec<Value> {
    let mut result = Vec::new();
    let unknown = |reference: &Ref| matches!(reference, Ref::Object(ObjectId::Path(_)));
    let part = |data: Data| -> Value { data.into() };
    for reference in &value.refs {
        if value.other && unknown(reference) {
            continue;
        }
        let labels = match reference {
            Ref::Instance(_) => value.labels.clone(),
            _ => crate::domain::Labels::NONE,
        };
        let refs = [reference.clone()].into_iter().collect();
        result.push(part(Data { refs, labels, identity: value.identity, ..Data::default() }));
    }
    if !value.texts.is_empty() {
        result.push(part(Data { texts: value.texts.clone(), identity: value.identity, ..Data::default() }));
    }
    for constant in &value.constants {
        let constants = [constant.clone()].into_iter().collect();
        result.push(part(Data { constants, identity: value.identity, ..Data::default() }));
    }
    if value.other {
        result.push(value.edit(|data| {
            data.texts.clear();
            data.constants.clear();
            data.refs.retain(|one| unknown(one));
        }));
    }
    result
}
