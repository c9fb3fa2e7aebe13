//! Expressions.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::{
    self, Argument, ArgumentKind, BinaryOperator, Call, Comprehension, ComprehensionKind, Expr, ExprKind, Span,
    StringPart, UnaryOperator,
};

use super::binding::Arguments;
use super::{Frame, MAXIMUM_UNROLLING, Solver};
use crate::domain::{
    Constant, Data, Facts, Identity, Key, Labels, Object, ObjectId, ObjectKind, Part, Ref, StepKind, Text, Value,
};
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
            ir::Constant::Bytes(bytes) => Value::string(&bytes.iter().map(|&byte| char::from(byte)).collect::<String>()),
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
                self.attribute(frame, &base, *name, span)
            }
            ExprKind::Subscript(base, index) => {
                let base = self.expression(frame, base);
                if let ExprKind::Slice(lower, upper, step) = &index.kind {
                    let mut bound = |bound: &'p Option<Box<Expr>>| {
                        bound.as_ref().map(|bound| self.expression(frame, bound))
                    };
                    let (lower, upper, step) = (bound(lower), bound(upper), bound(step));
                    return self.slice(frame, &base, lower.as_ref(), upper.as_ref(), step.as_ref(), span);
                }
                let index = self.expression(frame, index);
                self.subscript(frame, &base, &index, span)
            }
            ExprKind::Slice(lower, upper, step) => {
                for bound in [lower, upper, step].into_iter().flatten() {
                    self.expression(frame, bound);
                }
                Value::unknown()
            }
            ExprKind::Call(call) => self.call_expression(frame, call, span),
            ExprKind::Binary(operator, left, right) => {
                let left = self.expression(frame, left);
                let right = self.expression(frame, right);
                self.binary(frame, *operator, &left, &right, span)
            }
            ExprKind::Unary(operator, operand) => {
                let value = self.expression(frame, operand);
                self.unary(frame, *operator, &value, span)
            }
            ExprKind::Boolean(is_and, values) => self.boolean(frame, *is_and, values, span),
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
                    match key {
                        Some(key) => {
                            let key = self.expression(frame, key);
                            let value = self.expression(frame, value);
                            self.set_item(frame, &own, &key, &value, span);
                        }
                        None => {
                            let other = self.expression(frame, value);
                            self.update_mapping(frame, id, &other, span);
                        }
                    }
                }
                own
            }
            ExprKind::Starred(inner) => self.expression(frame, inner),
            ExprKind::Lambda(body) => {
                let value = self.function_value(frame, *body);
                value
            }
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
                let value = self.read(frame, &value);
                frame.yields = frame.yields.join(&value);
                Value::unknown()
            }
            ExprKind::YieldFrom(value) => {
                let sequence = self.expression(frame, value);
                let value = self.element(frame, &sequence, span);
                frame.yields = frame.yields.join(&value);
                Value::unknown()
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
            return self.element(frame, &iterator, span);
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
                match self.known_elements(frame, &sequence) {
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
                    let known = if result.rest.is_none() { self.known_elements(frame, &value) } else { None };
                    match known {
                        Some(elements) => result.positional.extend(elements),
                        None => {
                            Self::demand_value(frame, &value);
                            let element = self.element(frame, &value, argument.value.span);
                            result.rest = Some(result.rest.take().unwrap_or_default().join(&element));
                        }
                    }
                }
                ArgumentKind::DoubleStarred => match self.known_entries(frame, &value) {
                    Some((entries, exact)) => {
                        for (key, value) in entries {
                            if let Key::Text(name) = key {
                                result.keywords.push((name, value));
                            }
                        }
                        if !exact {
                            let element = self.values_of(frame, &value, argument.value.span);
                            result.keyword_rest = Some(element);
                        }
                    }
                    None => {
                        Self::demand_value(frame, &value);
                        let element = self.values_of(frame, &value, argument.value.span);
                        result.keyword_rest = Some(result.keyword_rest.take().unwrap_or_default().join(&element));
                    }
                },
            }
        }
        result
    }

    fn call_expression(&mut self, frame: &mut Frame<'p>, call: &'p Call, span: Span) -> Value {
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
            let result = self.call_method(frame, &receiver, *name, &arguments, span, call.callee.span);
            return self.read(frame, &result);
        }
        let callee = self.expression(frame, &call.callee);
        let arguments = self.arguments(frame, &call.arguments);
        if !frame.state.alive {
            return Value::undefined();
        }
        let result = self.call(frame, &callee, &arguments, span);
        self.read(frame, &result)
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
        if unknown.is_empty() && !receiver.other {
            let callee = self.attribute(frame, receiver, name, callee_span);
            return self.call(frame, &callee, arguments, span);
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
        if fields.refs.iter().any(|one| !matches!(one, Ref::Object(ObjectId::Path(_)))) {
            let value = self.call(frame, &fields, arguments, span);
            result = result.join(&value);
        } else {
            let opaque: Value = Data {
                texts: receiver.texts.clone(),
                refs: unknown.iter().map(|id| Ref::Object(*id)).collect(),
                other: true,
                labels: receiver.labels.clone(),
                identity: receiver.identity,
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

    fn super_value(&mut self, frame: &mut Frame<'p>, call: &'p Call) -> Option<Value> {
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

    /// `all(test(c) for c in text)`: what holds for each character holds for the text.
    fn quantified(&mut self, frame: &mut Frame<'p>, call: &'p Call, all: bool, span: Span) -> Option<Value> {
        let [argument] = call.arguments.as_slice() else { return None };
        let ExprKind::Comprehension(comprehension) = &argument.value.kind else { return None };
        let [clause] = comprehension.clauses.as_slice() else { return None };
        if !clause.conditions.is_empty() {
            return None;
        }
        let iterable = self.expression(frame, &clause.iterable);
        let whole = self.whole_of(frame, &iterable);
        let element = self.element(frame, &iterable, clause.iterable.span);
        let element = self.identified_anew(frame, element, &iterable, clause.target.span);
        let identity = element.identity;
        if let Some(elements) = self.known_elements(frame, &iterable)
            && elements.len() <= MAXIMUM_UNROLLING
            && !elements.is_empty()
        {
            // Known elements: each is tested, and what is proved of each holds.
            let mut result: Option<bool> = Some(all);
            let mut facts: Facts = Rc::default();
            for element in elements {
                self.assign(frame, &clause.target, element);
                let value = self.expression(frame, &comprehension.element);
                match value.truth() {
                    Some(truth) if truth != all => {
                        return Some(Value::boolean(!all));
                    }
                    Some(_) => {}
                    None => result = None,
                }
                if let Some(predicate) = &value.predicate {
                    let side = if all { &predicate.when_true } else { &predicate.when_false };
                    let mut merged = frame.state.clone();
                    merged.facts = facts;
                    merged.add_facts(side);
                    facts = merged.facts;
                }
            }
            return Some(match result {
                Some(truth) => Value::boolean(truth),
                None if all => Value::either().with_predicate(facts, Rc::default()),
                None => Value::either().with_predicate(Rc::default(), facts),
            });
        }
        self.assign(frame, &clause.target, element);
        let tested = self.expression(frame, &comprehension.element);
        let mut result = Value::either();
        if let (Some(whole), Some(identity), Some(predicate)) = (whole, identity, &tested.predicate) {
            let side = if all { &predicate.when_true } else { &predicate.when_false };
            let facts: Vec<_> = side
                .iter()
                .filter(|(own, _)| *own == identity)
                .map(|(_, fact)| (whole, fact.of_each_character()))
                .collect();
            let facts: Facts = Rc::new(facts);
            result = if all {
                result.with_predicate(facts, Rc::default())
            } else {
                result.with_predicate(Rc::default(), facts)
            };
        }
        let identity = Identity::Site(span.start, 18);
        frame.state.forget(identity);
        Some(result.with_identity(Some(identity)))
    }

    // ---- comprehensions

    fn comprehension(&mut self, frame: &mut Frame<'p>, comprehension: &'p Comprehension, span: Span) -> Value {
        let kind = match comprehension.kind {
            ComprehensionKind::List => ObjectKind::List,
            ComprehensionKind::Set => ObjectKind::Set,
            ComprehensionKind::Dict => ObjectKind::Dictionary,
            ComprehensionKind::Generator => ObjectKind::Iterator,
        };
        let mut result = Object::new(kind);
        self.clause(frame, comprehension, 0, &mut result, span);
        Value::object(self.allocate(frame, span, 19, result))
    }

    fn clause(
        &mut self,
        frame: &mut Frame<'p>,
        comprehension: &'p Comprehension,
        at: usize,
        result: &mut Object,
        span: Span,
    ) {
        let Some(clause) = comprehension.clauses.get(at) else {
            let key = comprehension.key.as_ref().map(|key| self.expression(frame, key));
            let value = self.expression(frame, &comprehension.element);
            let value = self.read(frame, &value);
            match key {
                Some(key) => match Key::of(&key) {
                    Some(keys) if result.exact && keys.len() == 1 => result.set_entry(keys[0].clone(), value),
                    _ => {
                        result.forget_positions();
                        result.rest = result.rest.join(&value);
                        result.keys = result.keys.join(&key);
                    }
                },
                None => result.push(value),
            }
            return;
        };
        let sequence = self.expression(frame, &clause.iterable);
        let known = self.iterated_elements(frame, &sequence, clause.iterable.span);
        match known {
            Some(elements) if elements.len() <= MAXIMUM_UNROLLING => {
                for element in elements {
                    self.assign(frame, &clause.target, element);
                    self.filtered(frame, comprehension, at, result, span);
                }
            }
            _ => {
                let element = self.element(frame, &sequence, clause.iterable.span);
                let element = self.identified_anew(frame, element, &sequence, clause.target.span);
                result.forget_positions();
                if !frame.state.alive {
                    return;
                }
                self.assign(frame, &clause.target, element);
                self.filtered(frame, comprehension, at, result, span);
            }
        }
    }

    /// Behind the conditions of a clause.
    fn filtered(
        &mut self,
        frame: &mut Frame<'p>,
        comprehension: &'p Comprehension,
        at: usize,
        result: &mut Object,
        span: Span,
    ) {
        let clause = &comprehension.clauses[at];
        let mut out: Option<crate::domain::State> = None;
        let mut unsure = false;
        for condition in &clause.conditions {
            let (yes, no) = self.condition(frame, condition);
            unsure |= yes.is_some() && no.is_some();
            out = self.join_states(frame, out, no);
            match yes {
                Some(state) => frame.state = state,
                None => {
                    frame.state.alive = false;
                    break;
                }
            }
        }
        if frame.state.alive {
            if unsure {
                result.forget_positions();
            }
            self.clause(frame, comprehension, at + 1, result, span);
            if unsure {
                result.forget_positions();
            }
        }
        let state = frame.state.alive.then(|| frame.state.clone());
        self.resume(frame, state, out);
    }

    // ---- operators

    fn unary(&mut self, frame: &mut Frame<'p>, operator: UnaryOperator, value: &Value, span: Span) -> Value {
        match operator {
            UnaryOperator::Not => {
                let truth = match value.truth() {
                    Some(truth) => Value::boolean(!truth),
                    None => Value::either(),
                };
                match &value.predicate {
                    Some(predicate) => {
                        truth.with_predicate(predicate.when_false.clone(), predicate.when_true.clone())
                    }
                    None => truth,
                }
            }
            UnaryOperator::Negative => match value.as_constant() {
                Some(Constant::Integer(number)) => Value::integer(number.wrapping_neg()),
                Some(Constant::Float(number)) => Value::constant(Constant::Float(-number)),
                _ => match self.special_method(frame, value, "__neg__") {
                    Some(method) => self.call(frame, &method, &Arguments::default(), span),
                    None => Value::opaque(value.own_labels().restrict(CharSet::NUMBER, CharSet::EMPTY)),
                },
            },
            UnaryOperator::Positive => value.clone(),
            UnaryOperator::Invert => Value::opaque(value.own_labels().inexact()),
        }
    }

    pub(super) fn augmented(
        &mut self,
        frame: &mut Frame<'p>,
        operator: BinaryOperator,
        before: &Value,
        operand: &Value,
        span: Span,
    ) -> Value {
        let name = format!("__i{}", operator_name(operator));
        if let Some(method) = self.special_method(frame, before, &name) {
            return self.call(frame, &method, &Arguments::of(vec![operand.clone()]), span);
        }
        // Lists, sets and dictionaries change in place.
        let objects: Vec<(ObjectId, ObjectKind)> = before
            .refs
            .iter()
            .filter_map(|reference| match reference {
                Ref::Object(id) => Some(*id),
                _ => None,
            })
            .map(|id| (id, self.kind(frame, id)))
            .collect();
        let mut in_place = false;
        for (id, kind) in &objects {
            match (kind, operator) {
                (ObjectKind::List, BinaryOperator::Add) => {
                    self.extend_list(frame, *id, operand, span);
                    in_place = true;
                }
                (ObjectKind::Set, BinaryOperator::BitOr) => {
                    let element = self.element(frame, operand, span);
                    self.change(frame, *id, |object| object.push(element));
                    in_place = true;
                }
                (ObjectKind::Dictionary, BinaryOperator::BitOr) => {
                    self.update_mapping(frame, *id, operand, span);
                    in_place = true;
                }
                _ => {}
            }
        }
        if in_place {
            return before.clone();
        }
        self.binary(frame, operator, before, operand, span)
    }

    pub(super) fn binary(
        &mut self,
        frame: &mut Frame<'p>,
        operator: BinaryOperator,
        left: &Value,
        right: &Value,
        span: Span,
    ) -> Value {
        // Methods of the project's classes.
        let name = operator_name(operator);
        if let Some(method) = self.special_method(frame, left, &format!("__{name}")) {
            return self.call(frame, &method, &Arguments::of(vec![right.clone()]), span);
        }
        if let Some(method) = self.special_method(frame, right, &format!("__r{name}")) {
            return self.call(frame, &method, &Arguments::of(vec![left.clone()]), span);
        }
        // Methods of library types.
        for (value, other, reflected) in [(left, right, false), (right, left, true)] {
            let kinds: Vec<Symbol> = self.external_kinds(frame, value);
            for kind in kinds {
                let method = Symbol::new(&format!("__{}{name}", if reflected { "r" } else { "" }));
                let lineage: Vec<Symbol> = self.input.models.lineage(kind).to_vec();
                for owner in lineage {
                    let full = self.member(owner, method);
                    if self.input.models.functions.contains_key(&full) {
                        let receiver = value.clone();
                        return self.call_external(
                            frame,
                            full,
                            Some(&receiver),
                            &Arguments::of(vec![other.clone()]),
                            span,
                        );
                    }
                }
            }
        }
        if let (Some(one), Some(two)) = (left.as_constant(), right.as_constant())
            && let Some(value) = fold(operator, one, two)
        {
            return value;
        }
        if !left.constants.is_empty()
            && !right.constants.is_empty()
            && left.texts.is_empty()
            && right.texts.is_empty()
            && left.is_constant()
            && right.is_constant()
        {
            let mut result = Value::undefined();
            for one in &left.constants {
                for two in &right.constants {
                    result = result.join(&fold(operator, one, two).unwrap_or_else(Value::unknown));
                }
            }
            return result;
        }
        match operator {
            BinaryOperator::Add => self.add(frame, left, right, span),
            BinaryOperator::Modulo if !left.texts.is_empty() || left.other => self.percent(frame, left, right, span),
            BinaryOperator::Multiply => self.multiply(frame, left, right, span),
            BinaryOperator::BitOr
                if left.refs.iter().any(|reference| {
                    matches!(reference, Ref::Object(id) if matches!(self.kind(frame, *id), ObjectKind::Dictionary | ObjectKind::Set))
                }) =>
            {
                let copy = self.copy_container(frame, left, span, 20);
                if let Some(Ref::Object(id)) = copy.refs.first() {
                    if self.kind(frame, *id) == ObjectKind::Dictionary {
                        self.update_mapping(frame, *id, right, span);
                    } else {
                        let element = self.element(frame, right, span);
                        self.change(frame, *id, |object| object.push(element));
                    }
                }
                copy
            }
            _ => {
                let labels = left.own_labels().union(&right.own_labels());
                // Set operations keep elements; arithmetic leaves numbers.
                let containers = left.refs.iter().any(|reference| matches!(reference, Ref::Object(_)));
                if containers && !left.other {
                    if let Some(fact) = self.combine_sets(frame, operator, left, right) {
                        let labels = self.deep_labels(frame, left);
                        let element = Value::opaque(labels.inexact());
                        let rest = self.loose_list(frame, element, span, 26);
                        return rest.with_predicate(Facts::default(), Rc::new(vec![fact]));
                    }
                    return left.clone();
                }
                Value::opaque(labels.restrict(CharSet::NUMBER, CharSet::EMPTY).inexact())
            }
        }
    }

    fn external_kinds(&mut self, frame: &mut Frame<'p>, value: &Value) -> Vec<Symbol> {
        value
            .refs
            .iter()
            .filter_map(|reference| match reference {
                Ref::Instance(kind) => Some(*kind),
                Ref::Object(id) => match self.kind(frame, *id) {
                    ObjectKind::External(kind) => Some(kind),
                    _ => None,
                },
                _ => None,
            })
            .collect()
    }

    fn add(&mut self, frame: &mut Frame<'p>, left: &Value, right: &Value, span: Span) -> Value {
        let mut result = Value::undefined();
        for one in &left.refs {
            match one {
                Ref::Tuple(elements) => {
                    if let Some(more) = self.known_elements(frame, right) {
                        let mut elements = (**elements).clone();
                        elements.extend(more);
                        result = result.join(&Value::tuple(elements));
                    }
                }
                Ref::Object(id) if self.kind(frame, *id) == ObjectKind::List => {
                    let copy = self.copy_container(frame, &Value::object(*id), span, 21);
                    if let Some(Ref::Object(copy)) = copy.refs.first() {
                        self.extend_list(frame, *copy, right, span);
                    }
                    result = result.join(&copy);
                }
                _ => {}
            }
        }
        if !result.is_undefined() {
            return result;
        }
        if left.refs.is_empty() && right.refs.iter().any(|one| matches!(one, Ref::Object(id) if self.kind(frame, *id) == ObjectKind::List)) {
            let labels = self.deep_labels(frame, left).union(&self.deep_labels(frame, right));
            let mut object = Object::new(ObjectKind::List);
            object.exact = false;
            object.rest = Value::opaque(labels.inexact());
            return Value::object(self.allocate(frame, span, 22, object));
        }
        let value = self.concatenate(frame, left, right);
        self.identified(frame, value, span, 23)
    }

    /// The text of one behind the text of the other.
    pub(super) fn concatenate(&mut self, frame: &mut Frame<'p>, left: &Value, right: &Value) -> Value {
        let (left, right) = (self.texts_of(frame, left), self.texts_of(frame, right));
        if left.len() * right.len() <= 12 {
            return Value::texts(left.iter().flat_map(|one| right.iter().map(move |two| one.concat(two))));
        }
        let widen = |texts: &[Text]| texts.iter().skip(1).fold(texts[0].clone(), |all, text| all.widen(text));
        if left.is_empty() || right.is_empty() {
            return Value::unknown();
        }
        Value::text(widen(&left).concat(&widen(&right)))
    }

    /// The texts that a value turns into as a string, objects by their methods.
    pub(super) fn texts_of(&mut self, frame: &mut Frame<'p>, value: &Value) -> Vec<Text> {
        let mut texts = value.as_texts();
        for reference in &value.refs {
            match reference {
                Ref::Object(id) => {
                    if matches!(id, ObjectId::Path(_)) && value.other {
                        continue;
                    }
                    let object = self.object(frame, *id);
                    match &object.kind {
                        ObjectKind::Instance(_) | ObjectKind::External(_) => {
                            if object.rest.is_undefined() {
                                if let ObjectId::Path(path) = id {
                                    let label = crate::domain::Label::new(crate::domain::Origin::Path(*path), None);
                                    texts.push(Text::hole(Labels::one(label), Some(Identity::Path(*path))));
                                } else {
                                    texts.push(Text::unknown());
                                }
                            } else {
                                let rest = object.rest.clone();
                                texts.extend(rest.as_texts());
                            }
                        }
                        ObjectKind::Unknown => texts.push(Text::unknown()),
                        _ => {
                            let labels = self.deep_labels(frame, &Value::object(*id));
                            texts.push(Text::hole(labels.inexact(), None));
                        }
                    }
                }
                Ref::Tuple(_) => {
                    let labels = self.deep_labels(frame, &Value::reference(reference.clone()));
                    texts.push(Text::hole(labels.inexact(), None));
                }
                Ref::Instance(_) => {}
                _ => texts.push(Text::unknown()),
            }
        }
        if texts.is_empty() {
            texts.push(Text::unknown());
        }
        texts
    }

    /// `str(value)`: objects of the project by their own method.
    pub(super) fn text_value(&mut self, frame: &mut Frame<'p>, value: &Value) -> Value {
        if value.refs.is_empty() {
            if value.constants.is_empty() {
                return value.clone();
            }
            return Value::texts(value.as_texts());
        }
        for name in ["__str__", "__repr__"] {
            if let Some(method) = self.special_method(frame, value, name) {
                let span = frame.statement;
                let result = self.call(frame, &method, &Arguments::default(), span);
                let rest = value.edit(|data| {
                    data.refs.retain(|one| !matches!(one, Ref::Object(_)));
                });
                return if rest.is_undefined() { result } else { result.join(&Value::texts(rest.as_texts())) };
            }
        }
        let texts = self.texts_of(frame, value);
        let mut result = Value::texts(texts);
        if result.identity.is_none() {
            result = result.with_identity(value.identity);
        }
        result
    }

    fn multiply(&mut self, frame: &mut Frame<'p>, left: &Value, right: &Value, span: Span) -> Value {
        let (sequence, count) = if right.as_integer().is_some() { (left, right) } else { (right, left) };
        if let Some(count) = count.as_integer() {
            if let Some(text) = sequence.as_string()
                && (0..=64).contains(&count)
                && text.len() < 256
            {
                return Value::string(&text.repeat(count as usize));
            }
            if let Some(elements) = self.known_elements(frame, sequence)
                && (0..=8).contains(&count)
            {
                let mut object = Object::new(ObjectKind::List);
                for _ in 0..count {
                    for element in &elements {
                        object.push(element.clone());
                    }
                }
                return Value::object(self.allocate(frame, span, 24, object));
            }
        }
        for value in [left, right] {
            if value.refs.iter().any(|one| matches!(one, Ref::Object(id) if self.kind(frame, *id) == ObjectKind::List)) {
                let element = self.element(frame, value, span);
                let mut object = Object::new(ObjectKind::List);
                object.exact = false;
                object.rest = element;
                return Value::object(self.allocate(frame, span, 25, object));
            }
        }
        let labels = left.own_labels().union(&right.own_labels());
        Value::opaque(labels.inexact())
    }

    // ---- interpolation

    fn interpolated(&mut self, frame: &mut Frame<'p>, parts: &'p [StringPart], span: Span) -> Value {
        let mut result = Value::string("");
        for part in parts {
            let piece = match part {
                StringPart::Literal(text) => Value::string(text),
                StringPart::Value { value, conversion, format } => {
                    let value = self.expression(frame, value);
                    let specification = if format.is_empty() {
                        Value::string("")
                    } else {
                        self.interpolated(frame, format, span)
                    };
                    self.formatted(frame, &value, *conversion, &specification, span)
                }
            };
            if let (Some(one), Some(two)) = (result.as_string(), piece.as_string()) {
                result = Value::string(&format!("{one}{two}"));
            } else {
                result = self.concatenate(frame, &result, &piece);
            }
        }
        result
    }

    /// A value as a format puts it into text.
    pub(super) fn formatted(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        conversion: Option<char>,
        specification: &Value,
        span: Span,
    ) -> Value {
        match conversion {
            Some('r' | 'a') => {
                if let Some(method) = self.special_method(frame, value, "__repr__") {
                    return self.call(frame, &method, &Arguments::default(), span);
                }
                return self.represented(frame, value);
            }
            Some(_) => {
                let value = self.text_value(frame, value);
                return value;
            }
            None => {}
        }
        if let Some(text) = specification.as_string() {
            let kind = text.chars().last();
            if matches!(kind, Some('d' | 'b' | 'o' | 'x' | 'X' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%'))
                && !value.texts.iter().any(|text| text.as_constant().is_some())
            {
                // Only numbers pass; anything else raises.
                return match value.as_constant() {
                    Some(Constant::Integer(number)) if text == "d" => Value::string(&number.to_string()),
                    _ => Value::unknown(),
                };
            }
        }
        if let Some(method) = self.special_method(frame, value, "__format__") {
            return self.call(frame, &method, &Arguments::of(vec![specification.clone()]), span);
        }
        let text = self.text_value(frame, value);
        if specification.as_string() == Some("") {
            return text;
        }
        let padding = specification.own_labels();
        text.map_text(str::to_owned, Clone::clone).with_labels(&padding.inexact())
    }

    /// `repr(value)`: line breaks and other controls are written as escapes.
    pub(super) fn represented(&mut self, frame: &mut Frame<'p>, value: &Value) -> Value {
        let labels = self.deep_labels(frame, value);
        if let Some(constant) = value.as_constant() {
            return Value::string(&constant.text());
        }
        if let Some(text) = value.as_string()
            && text.chars().all(|one| one.is_ascii_graphic() && !matches!(one, '\'' | '\\'))
        {
            return Value::string(&format!("'{text}'"));
        }
        let controls = CharSet::range(0, 31);
        let labels = labels.restrict(!controls, CharSet::of("\\'")).inexact();
        Value::text(Text::from_parts(vec![
            Part::Literal("'".into()),
            Part::Hole { labels, identity: None },
            Part::Literal("'".into()),
        ]))
    }

    pub(super) fn through_labels(&mut self, frame: &Frame<'p>, labels: &Labels, span: Span, name: Symbol) -> Labels {
        let concrete = labels.iter().any(|label| matches!(label.origin, crate::domain::Origin::Source(_)));
        if !concrete {
            return labels.clone();
        }
        self.stepped(labels, StepKind::Through, frame.file, span, name)
    }
}

fn operator_name(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Add => "add__",
        BinaryOperator::Subtract => "sub__",
        BinaryOperator::Multiply => "mul__",
        BinaryOperator::MatrixMultiply => "matmul__",
        BinaryOperator::Divide => "truediv__",
        BinaryOperator::FloorDivide => "floordiv__",
        BinaryOperator::Modulo => "mod__",
        BinaryOperator::Power => "pow__",
        BinaryOperator::LeftShift => "lshift__",
        BinaryOperator::RightShift => "rshift__",
        BinaryOperator::BitAnd => "and__",
        BinaryOperator::BitOr => "or__",
        BinaryOperator::BitXor => "xor__",
    }
}

fn fold(operator: BinaryOperator, left: &Constant, right: &Constant) -> Option<Value> {
    let integers = match (left, right) {
        (Constant::Integer(one), Constant::Integer(two)) => Some((*one, *two)),
        (Constant::Boolean(one), Constant::Integer(two)) => Some((i64::from(*one), *two)),
        (Constant::Integer(one), Constant::Boolean(two)) => Some((*one, i64::from(*two))),
        (Constant::Boolean(one), Constant::Boolean(two)) => Some((i64::from(*one), i64::from(*two))),
        _ => None,
    };
    if let Some((one, two)) = integers {
        return match operator {
            BinaryOperator::Add => one.checked_add(two).map(Value::integer),
            BinaryOperator::Subtract => one.checked_sub(two).map(Value::integer),
            BinaryOperator::Multiply => one.checked_mul(two).map(Value::integer),
            BinaryOperator::Divide if two != 0 => {
                Some(Value::constant(Constant::Float(one as f64 / two as f64)))
            }
            // Python rounds towards minus infinity, and the remainder has the sign of the divisor.
            BinaryOperator::FloorDivide if two != 0 => {
                let quotient = one.checked_div(two)?;
                let exact = one % two == 0 || (one < 0) == (two < 0);
                Some(Value::integer(if exact { quotient } else { quotient - 1 }))
            }
            BinaryOperator::Modulo if two != 0 => {
                let remainder = one.checked_rem(two)?;
                let fits = remainder == 0 || (remainder < 0) == (two < 0);
                Some(Value::integer(if fits { remainder } else { remainder + two }))
            }
            BinaryOperator::Power => u32::try_from(two).ok().and_then(|two| one.checked_pow(two)).map(Value::integer),
            BinaryOperator::LeftShift => {
                u32::try_from(two).ok().filter(|&two| two < 63).and_then(|two| one.checked_shl(two)).map(Value::integer)
            }
            BinaryOperator::RightShift => {
                u32::try_from(two).ok().and_then(|two| one.checked_shr(two)).map(Value::integer)
            }
            BinaryOperator::BitAnd => Some(Value::integer(one & two)),
            BinaryOperator::BitOr => Some(Value::integer(one | two)),
            BinaryOperator::BitXor => Some(Value::integer(one ^ two)),
            _ => None,
        };
    }
    let (one, two) = (left.number()?, right.number()?);
    let number = match operator {
        BinaryOperator::Add => one + two,
        BinaryOperator::Subtract => one - two,
        BinaryOperator::Multiply => one * two,
        BinaryOperator::Divide if two != 0.0 => one / two,
        _ => return None,
    };
    Some(Value::constant(Constant::Float(number)))
}
