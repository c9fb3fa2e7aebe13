//! Expressions.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::{self, Argument, ArgumentKind, Call, Expr, ExprKind, Span};

use super::binding::Arguments;
use super::builtin_functions::NAMESPACE;
use super::{Frame, Solver};
use crate::domain::{Constant, Data, Key, Labels, Object, ObjectId, ObjectKind, Ref, StepKind, Value};
use crate::text::CharSet;

impl<'p> Solver<'p> {
    pub(super) fn constant(constant: &ir::Constant) -> Value {
        match constant {
            ir::Constant::None => Value::none(),
            ir::Constant::True => Value::boolean(true),
            ir::Constant::False => Value::boolean(false),
            ir::Constant::Ellipsis => Value::constant(Constant::Ellipsis),
            ir::Constant::Integer(value) => Value::integer(*value),
            ir::Constant::Float(value) => Value::constant(Constant::Float(*value)),
            ir::Constant::BigInteger | ir::Constant::Complex => Value::unknown(),
            ir::Constant::String(text) => Value::string(text),
            ir::Constant::Bytes(bytes) => {
                Value::string(&bytes.iter().map(|&byte| char::from(byte)).collect::<String>())
            }
        }
    }

    pub(super) fn expression(&mut self, frame: &mut Frame<'p>, expression: &'p Expr) -> Value {
        if !frame.state.alive {
            return Value::undefined();
        }
        self.work += 1;
        let span = expression.span;
        match &expression.kind {
            ExprKind::Constant(constant) => Self::constant(constant),
            ExprKind::Name(variable, name) => {
                let value = self.variable(frame, *variable, *name);
                if value.is_undefined() { Value::unknown() } else { value }
            }
            ExprKind::Attribute(base, name) => {
                let base = self.expression(frame, base);
                let value = self.attribute(frame, &base, *name, span);
                // What may be data or a method is data where it isn't called.
                if value.other && value.has_labels() && value.refs.iter().any(is_external_method) {
                    return value.edit(|data| data.refs.retain(|reference| !is_external_method(reference)));
                }
                value
            }
            ExprKind::Subscript(base, index) => {
                let variable = base;
                let base = self.expression(frame, base);
                if let ExprKind::Slice(lower, upper, step) = &index.kind {
                    if let Some(piece) = self.cut_at_sign(frame, variable, &base, &index.kind, span) {
                        return piece;
                    }
                    let mut bound = |bound: &'p Option<Box<Expr>>| {
                        bound.as_ref().map(|bound| self.expression(frame, bound))
                    };
                    let (lower, upper, step) = (bound(lower), bound(upper), bound(step));
                    let part = self.slice(frame, &base, lower.as_ref(), upper.as_ref(), step.as_ref(), span);
                    let end = |bound: &Option<Value>| bound.as_ref().and_then(Value::as_integer);
                    return match base.identity {
                        Some(whole) if (end(&lower), end(&upper), &step) == (Some(1), Some(-1), &None) => {
                            Self::note_inside(frame, part, whole, span)
                        }
                        _ => part,
                    };
                }
                let separator = super::pieces::separator_beside(variable, index);
                let index = self.expression(frame, index);
                if let Some(character) = self.character_at(frame, &base, &index, span) {
                    return character;
                }
                let value = self.subscript(frame, &base, &index, span);
                self.found_item(frame, &base, &index);
                match separator {
                    Some(separator) => value.map_labels(|labels| labels.restrict(!separator, CharSet::EMPTY)),
                    None => value,
                }
            }
            ExprKind::Slice(lower, upper, step) => {
                let mut bound =
                    |bound: &'p Option<Box<Expr>>| bound.as_ref().map(|bound| self.expression(frame, bound));
                let (lower, upper, step) = (bound(lower), bound(upper), bound(step));
                self.slice_object(frame, [lower.as_ref(), upper.as_ref(), step.as_ref()], span)
            }
            ExprKind::Call(call) => self.call_expression(frame, call, span),
            ExprKind::Binary(operator, left, right) => {
                let left = self.expression(frame, left);
                let right = self.expression(frame, right);
                let value = self.binary(frame, *operator, &left, &right, span);
                if value.has_labels() { self.identified(frame, value, span, 57) } else { value }
            }
            ExprKind::Unary(operator, operand) => {
                let value = self.expression(frame, operand);
                self.unary(frame, *operator, &value, span)
            }
            ExprKind::Boolean(is_and, values) => self.boolean(frame, *is_and, values),
            ExprKind::Compare(first, rest) => self.compare(frame, first, rest, span),
            ExprKind::Conditional { test, body, or_else } => {
                let (yes, no) = self.condition(frame, test);
                let mut result = Value::undefined();
                let one = self.branch(frame, yes, |solver, frame| {
                    let value = solver.expression(frame, body);
                    result = result.join(&solver.read(frame, &value));
                });
                let mut other = Value::undefined();
                let two = self.branch(frame, no, |solver, frame| {
                    let value = solver.expression(frame, or_else);
                    other = solver.read(frame, &value);
                });
                self.resume(frame, one, two);
                result.join(&other)
            }
            ExprKind::Tuple(elements) => {
                let (elements, rest) = self.elements(frame, elements);
                match rest {
                    None => Value::tuple(elements),
                    Some(rest) => {
                        let mut object = Object::new(ObjectKind::List);
                        object.exact = false;
                        object.rest = elements.iter().fold(rest, |all, value| all.join(value));
                        Value::object(self.allocate(frame, span, 11, object))
                    }
                }
            }
            ExprKind::List(elements) => {
                let (elements, rest) = self.elements(frame, elements);
                let mut object = Object::new(ObjectKind::List);
                for value in elements {
                    object.push(value);
                }
                if let Some(rest) = rest {
                    // Those in front keep their places.
                    object.exact = false;
                    object.rest = object.rest.join(&rest);
                }
                Value::object(self.allocate(frame, span, 12, object))
            }
            ExprKind::Set(elements) => {
                let (elements, rest) = self.elements(frame, elements);
                let mut object = Object::new(ObjectKind::Set);
                for value in elements {
                    object.push(value);
                }
                if let Some(rest) = rest {
                    object.forget_positions();
                    object.rest = object.rest.join(&rest);
                }
                Value::object(self.allocate(frame, span, 13, object))
            }
            ExprKind::Dict(items) => {
                let id = self.allocate(frame, span, 14, Object::new(ObjectKind::Dictionary));
                let own = Value::object(id);
                for (key, value) in items {
                    if let Some(key) = key {
                        let key = self.expression(frame, key);
                        let value = self.expression(frame, value);
                        self.set_item(frame, &own, &key, &value, span);
                    } else {
                        let other = self.expression(frame, value);
                        self.update_mapping(frame, id, &other, span);
                    }
                }
                own
            }
            ExprKind::Starred(inner) => self.expression(frame, inner),
            ExprKind::Lambda(body) => self.function_value(frame, *body),
            ExprKind::Comprehension(comprehension) => self.comprehension(frame, comprehension, span),
            ExprKind::Interpolated(parts) => {
                let value = self.interpolated(frame, parts, span);
                self.identified(frame, value, span, 15)
            }
            ExprKind::Template(parts) => {
                // A template isn't text yet; what makes text of it decides. Its values pass through.
                let value = self.interpolated(frame, parts, span);
                Value::opaque(value.own_labels().inexact())
            }
            ExprKind::Named(variable, name, value) => {
                let value = self.expression(frame, value);
                let value = self.identified(frame, value, span, 16);
                let value = self.stored(frame, value, *name, span);
                self.set_variable(frame, *variable, value.clone());
                value
            }
            ExprKind::Yield(value) => {
                let value = match value {
                    Some(value) => self.expression(frame, value),
                    None => Value::none(),
                };
                if !frame.state.alive {
                    return Value::undefined();
                }
                self.yielded(frame, &value)
            }
            ExprKind::YieldFrom(value) => {
                let sequence = self.expression(frame, value);
                if !frame.state.alive {
                    return Value::undefined();
                }
                self.yielded_from(frame, &sequence, span)
            }
            ExprKind::Await(value) => {
                let value = self.expression(frame, value);
                self.awaited(frame, &value, span)
            }
            ExprKind::Invalid => Value::unknown(),
        }
    }

    fn awaited(&mut self, frame: &mut Frame<'p>, value: &Value, span: Span) -> Value {
        let mut data = (**value).clone();
        for reference in &mut data.refs {
            let kind = match reference {
                Ref::Instance(kind) => *kind,
                Ref::Object(id) => match self.kind(frame, *id) {
                    ObjectKind::External(kind) => kind,
                    _ => continue,
                },
                _ => continue,
            };
            let awaited = self
                .input
                .models
                .lineage(kind)
                .iter()
                .find_map(|name| self.input.models.types.get(name).and_then(|model| model.awaits));
            if let Some(awaited) = awaited {
                *reference = Ref::Instance(awaited);
            }
        }
        let value: Value = data.into();
        if let Some(method) = self.special_method(frame, &value, "__await__") {
            let iterator = self.call(frame, &method, &Arguments::default(), span);
            let returned = self.returned_by(frame, &iterator);
            return if returned == Value::unknown() {
                self.element(frame, &iterator, span)
            } else {
                returned
            };
        }
        value
    }

    /// Elements of a display; those of `*sequence` of unknown length apart.
    fn elements(&mut self, frame: &mut Frame<'p>, elements: &'p [Expr]) -> (Vec<Value>, Option<Value>) {
        let mut values = Vec::with_capacity(elements.len());
        let mut rest: Option<Value> = None;
        for element in elements {
            if let ExprKind::Starred(inner) = &element.kind {
                let sequence = self.expression(frame, inner);
                match self.iterated_elements(frame, &sequence, element.span) {
                    Some(known) if rest.is_none() => values.extend(known),
                    _ => {
                        let element = self.element(frame, &sequence, element.span);
                        rest = Some(rest.unwrap_or_default().join(&element));
                    }
                }
            } else {
                let value = self.expression(frame, element);
                match &rest {
                    Some(earlier) => rest = Some(earlier.join(&value)),
                    None => values.push(value),
                }
            }
        }
        (values, rest)
    }

    /// A list of which the elements in front are known, and what comes behind them isn't.
    fn list_with_beginning(&mut self, frame: &mut Frame<'p>, value: &Value) -> Option<Rc<Object>> {
        let [Ref::Object(id)] = value.refs.as_slice() else { return None };
        if value.other || matches!(id, ObjectId::Path(_)) {
            return None;
        }
        let object = self.object(frame, *id);
        (object.kind == ObjectKind::List && !object.elements.is_empty()).then_some(object)
    }

    pub(super) fn arguments(&mut self, frame: &mut Frame<'p>, arguments: &'p [Argument]) -> Arguments {
        let mut result = Arguments::default();
        for argument in arguments {
            let value = self.expression(frame, &argument.value);
            match argument.kind {
                ArgumentKind::Positional => match &result.rest {
                    Some(rest) => result.rest = Some(rest.join(&value)),
                    None => result.positional.push(value),
                },
                ArgumentKind::Keyword(name) => result.keywords.push((name, value)),
                ArgumentKind::Starred => {
                    let known = if result.rest.is_none() {
                        self.iterated_elements(frame, &value, argument.value.span)
                    } else {
                        None
                    };
                    if let Some(elements) = known {
                        result.positional.extend(elements);
                    } else if result.rest.is_none()
                        && let Some(list) = self.list_with_beginning(frame, &value)
                    {
                        // Those in front keep their places.
                        Self::demand_value(frame, &value);
                        result.positional.extend(list.elements.iter().cloned());
                        result.rest = Some(list.rest.clone());
                    } else {
                        Self::demand_value(frame, &value);
                        let element = self.element(frame, &value, argument.value.span);
                        result.rest = Some(result.rest.take().unwrap_or_default().join(&element));
                    }
                }
                ArgumentKind::DoubleStarred => {
                    if let Some((entries, exact)) = self.known_entries(frame, &value) {
                        for (key, value) in entries {
                            if let Key::Text(name) = key {
                                result.keywords.push((name, value));
                            }
                        }
                        if !exact {
                            // What stands under known keys has been given by name.
                            let others = self.others_of(frame, &value);
                            let chosen = !self.keys_of(frame, &value).own_labels().is_empty();
                            let others = if chosen { others } else { others.unsure() };
                            result.keyword_rest =
                                Some(result.keyword_rest.take().unwrap_or_default().join(&others));
                        }
                    } else if let Some(object) = self.dictionary_of(frame, &value)
                        && object.keys.is_undefined()
                    {
                        // Some of them may be absent.
                        let mut rest = object.rest.clone();
                        for (key, value) in &object.entries {
                            match key {
                                Key::Text(name) if object.surely_has(key) => {
                                    result.keywords.push((*name, value.clone()));
                                }
                                _ => rest = rest.join(value),
                            }
                        }
                        result.keyword_rest =
                            Some(result.keyword_rest.take().unwrap_or_default().join(&rest));
                    } else {
                        Self::demand_value(frame, &value);
                        let element = self.values_of(frame, &value);
                        result.keyword_names = result.keyword_names.join(&self.keys_of(frame, &value));
                        result.keyword_rest =
                            Some(result.keyword_rest.take().unwrap_or_default().join(&element));
                    }
                }
            }
        }
        result
    }

    fn call_expression(&mut self, frame: &mut Frame<'p>, call: &'p Call, span: Span) -> Value {
        // Only of this call, not of what stands in it or is called for it.
        let dropped = frame.dropped.take().filter(|(own, _)| *own == span);
        // `super()` needs to know where it stands.
        if let ExprKind::Name(_, name) = &call.callee.kind
            && name.as_str() == "super"
            && let Some(value) = self.super_value(frame, call)
        {
            return value;
        }
        if let ExprKind::Name(_, name) = &call.callee.kind
            && matches!(name.as_str(), "any" | "all")
            && let Some(value) = self.quantified(frame, call, name.as_str() == "all", span)
        {
            return value;
        }
        if let ExprKind::Name(ir::Variable::Global(_), name) = &call.callee.kind
            && matches!(name.as_str(), "locals" | "vars")
            && call.arguments.is_empty()
        {
            return self.locals_dictionary(frame, span);
        }
        if let ExprKind::Attribute(base, name) = &call.callee.kind {
            let receiver = self.expression(frame, base);
            let arguments = self.arguments(frame, &call.arguments);
            if !frame.state.alive {
                return Value::undefined();
            }
            frame.dropped = dropped;
            let result = self.call_method(frame, &receiver, *name, &arguments, span, call.callee.span);
            frame.dropped = None;
            let result = self.read(frame, &result);
            // A `bytearray` is taken for its text, which no other name of it has then.
            if name.as_str() == "clear"
                && arguments.positional.is_empty()
                && receiver.refs.is_empty()
                && !receiver.other
                && !receiver.texts.is_empty()
                && let ExprKind::Name(variable, _) = &base.kind
            {
                self.set_variable(frame, *variable, Value::string(""));
            }
            if name.as_str() == "extend"
                && receiver.refs.is_empty()
                && !receiver.texts.is_empty()
                && let ExprKind::Name(variable, _) = &base.kind
                && let [more] = arguments.positional.as_slice()
            {
                let value = self.binary(frame, ir::BinaryOperator::Add, &receiver, more, span);
                self.set_variable(frame, *variable, value);
            }
            if name.as_str() == "get" {
                return self.found_by_get(frame, &receiver, &arguments, result, span);
            }
            return self.tested_by_name(frame, *name, call, &arguments, result);
        }
        let callee = self.expression(frame, &call.callee);
        let arguments = self.arguments(frame, &call.arguments);
        if !frame.state.alive {
            return Value::undefined();
        }
        if let Some(body) = call.class
            && matches!(callee.refs.as_slice(), [Ref::External(name)] if name.as_str() == "builtins.type")
        {
            return self.class_of_call(frame, body, &arguments, span);
        }
        frame.dropped = dropped;
        let result = self.call(frame, &callee, &arguments, span);
        frame.dropped = None;
        let result = self.read(frame, &result);
        match &call.callee.kind {
            ExprKind::Name(_, name) => self.tested_by_name(frame, *name, call, &arguments, result),
            _ => result,
        }
    }

    /// Whether a model says what a method of a type does.
    fn has_method(&mut self, kind: Symbol, name: Symbol) -> bool {
        let models = self.input.models;
        models.lineage(kind).iter().any(|owner| models.functions.contains_key(&self.member(*owner, name)))
    }

    /// `receiver.name(…)`
    pub(super) fn call_method(
        &mut self,
        frame: &mut Frame<'p>,
        receiver: &Value,
        name: Symbol,
        arguments: &Arguments,
        span: Span,
        callee_span: Span,
    ) -> Value {
        // Objects of the caller's of which nothing is known, and values of which only labels are: what
        // the method's name tells.
        let unknown: Vec<ObjectId> = receiver
            .refs
            .iter()
            .filter_map(|reference| match reference {
                Ref::Object(id @ ObjectId::Path(_)) => Some(*id),
                _ => None,
            })
            .filter(|id| self.kind(frame, *id) == ObjectKind::Unknown)
            .collect();
        if unknown.is_empty() && (!receiver.other || self.is_declared(frame, receiver)) {
            let callee = self.attribute(frame, receiver, name, callee_span);
            return self.call(frame, &callee, arguments, span);
        }
        // An annotation is believed where its type has such a method.
        let declared = |reference: &Ref| match reference {
            Ref::Instance(kind) => !kind.as_str().starts_with("builtins."),
            Ref::Object(id) => unknown.contains(id),
            _ => false,
        };
        let hinted = |id: &ObjectId| matches!(id, ObjectId::Path(path) if frame.hints.contains_key(path));
        if !unknown.is_empty()
            && (!receiver.other || unknown.iter().all(hinted))
            && receiver.texts.is_empty()
            && receiver.constants.is_empty()
            && receiver.refs.iter().all(declared)
        {
            let kinds: Vec<Symbol> = receiver
                .refs
                .iter()
                .filter_map(|one| match one {
                    Ref::Instance(kind) => Some(*kind),
                    _ => None,
                })
                .collect();
            if let [kind] = kinds.as_slice()
                && self.has_method(*kind, name)
            {
                // A caller may have a subclass of the project's own.
                Self::demand_value(frame, receiver);
                let typed = receiver.edit(|data| {
                    data.refs = [Ref::Instance(*kind)].into_iter().collect();
                    data.other = false;
                });
                let callee = self.attribute(frame, &typed, name, callee_span);
                return self.call(frame, &callee, arguments, span);
            }
        }
        Self::demand_value(frame, receiver);
        let mut result = Value::undefined();
        let known = receiver.edit(|data| {
            data.refs.retain(|reference| !matches!(reference, Ref::Object(id) if unknown.contains(id)));
            data.other = false;
            // Text that is known and text that isn't have the same methods; what `None` has raises.
            data.texts.clear();
            data.constants.retain(|constant| *constant != Constant::None);
            if data.refs.is_empty() {
                data.labels = Labels::NONE;
            }
        });
        let before = frame.state.clone();
        let mut after = None;
        if !known.is_undefined() {
            let callee = self.attribute(frame, &known, name, callee_span);
            let value = self.call(frame, &callee, arguments, span);
            result = result.join(&value);
            after = frame.state.alive.then(|| frame.state.clone());
            frame.state = before.clone();
        }
        // A function stored in a field of it.
        let mut fields = Value::undefined();
        for id in &unknown {
            let object = self.object(frame, *id);
            if let Some(value) = object.field(name) {
                fields = fields.join(&value.clone());
            } else if let ObjectId::Path(path) = id {
                let step = self.path_step(*path, crate::domain::PathStep::Attribute(name));
                Self::demand(frame, step);
                if frame.context.shape(step).is_some() {
                    let value = self.path_value(frame, step);
                    fields = fields.join(&value);
                }
            }
        }
        // That it is a text of the caller's tells no more than the method's name: what the method proves, it proves of
        // the receiver as it is called here.
        let of_text = |one: &Ref| match one {
            Ref::Bound(bound) => {
                matches!(&bound.0, Ref::External(name) if name.as_str().starts_with("builtins.str."))
            }
            _ => false,
        };
        if fields.refs.iter().any(|one| !of_text(one) && !matches!(one, Ref::Object(ObjectId::Path(_)))) {
            let value = self.call(frame, &fields, arguments, span);
            result = result.join(&value);
        } else {
            let opaque: Value = Data {
                texts: receiver.texts.clone(),
                refs: unknown.iter().map(|id| Ref::Object(*id)).collect(),
                other: true,
                labels: receiver.labels.clone(),
                identity: receiver.identity,
                encoding: receiver.encoding.clone(),
                ..Data::default()
            }
            .into();
            let value = self.unknown_method(frame, &opaque, name, arguments, span);
            result = result.join(&value);
        }
        if after.is_some() {
            let state = frame.state.alive.then(|| frame.state.clone());
            self.resume(frame, after, state);
        }
        result
    }

    /// An input whose class an annotation tells, or the method that it is the receiver of: there's nothing
    /// else that it could be, but an instance of a subclass.
    fn is_declared(&mut self, frame: &mut Frame<'p>, value: &Value) -> bool {
        let [Ref::Object(id @ ObjectId::Path(path))] = value.refs.as_slice() else { return false };
        value.texts.is_empty()
            && value.constants.is_empty()
            && !frame.context.shape(*path).is_some_and(|shape| shape.other)
            && matches!(self.kind(frame, *id), ObjectKind::Instance(_))
    }

    fn super_value(&mut self, frame: &mut Frame<'p>, call: &'p Call) -> Option<Value> {
        self.note_call(frame, super::CallName::External(Symbol::new("builtins.super")));
        let arguments = self.arguments(frame, &call.arguments);
        if let [class, receiver] = arguments.positional.as_slice() {
            let class = class.refs.iter().find_map(|reference| match reference {
                Ref::Class(class) => Some(*class),
                _ => None,
            })?;
            return Some(Value::reference(Ref::Super(Rc::new((class, receiver.clone())))));
        }
        // The class whose method this is, possibly some functions further out.
        let mut at = frame.body;
        loop {
            let parent = self.parent(at)?;
            let (_, ir) = self.body(parent);
            if ir.kind == ir::BodyKind::Class {
                at = parent;
                break;
            }
            at = parent;
        }
        let receiver = if frame.ir.parameters.is_empty() {
            Value::unknown()
        } else {
            let path = self.parameter_path(0);
            self.path_value(frame, path)
        };
        let class = self.class_of_body(at).or_else(|| {
            receiver.refs.iter().find_map(|reference| match reference {
                Ref::Class(class) => Some(*class),
                Ref::Object(id) => match self.kind(frame, *id) {
                    ObjectKind::Instance(class) => Some(class),
                    _ => None,
                },
                _ => None,
            })
        })?;
        Some(Value::reference(Ref::Super(Rc::new((crate::domain::ClassRef { body: at, ..class }, receiver)))))
    }

    fn locals_dictionary(&mut self, frame: &mut Frame<'p>, span: Span) -> Value {
        let mut object = Object::new(ObjectKind::Dictionary);
        object.set_field(Symbol::new(NAMESPACE), Value::boolean(true));
        for (number, slot) in frame.ir.slots.iter().enumerate() {
            let variable = ir::Variable::Local(ir::SlotId(number as u32));
            if slot.name.as_str().starts_with('<') {
                continue;
            }
            let value = if frame.ir.parent.is_none() {
                frame.state.locals.get(number).cloned().unwrap_or_default()
            } else {
                self.variable(frame, variable, slot.name)
            };
            if !value.is_undefined() {
                object.set_entry(Key::Text(slot.name), value);
            }
        }
        Value::object(self.allocate(frame, span, 17, object))
    }

    pub(super) fn through_labels(
        &mut self,
        frame: &Frame<'p>,
        labels: &Labels,
        span: Span,
        name: Symbol,
    ) -> Labels {
        let concrete = labels.iter().any(|label| matches!(label.origin, crate::domain::Origin::Source(_)));
        if !concrete {
            return labels.clone();
        }
        self.stepped(labels, StepKind::Through, frame.file, span, name)
    }
}

/// A method of an external type, which is all that is known of an attribute that no model speaks of.
fn is_external_method(reference: &Ref) -> bool {
    matches!(reference, Ref::Bound(bound) if matches!(bound.0, Ref::External(_)))
}
