//! Generators: what they yield at which place, what is sent into them, and what they give in the end.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::{Arguments, Binding};
use super::{Frame, Solver};
use crate::domain::{Object, ObjectId, ObjectKind, Partial, Ref, State, Value};

/// What `yield from` gives, on an iterator.
const RETURNED: &str = "<returned>";

/// The call that made a generator, to be carried out again with what is sent into it.
const MADE_BY: &str = "<made by>";

/// How many values were taken out of a generator that something can be sent into.
const TAKEN: &str = "<taken>";

/// What a generator was seen to yield, while its body is interpreted.
pub(super) struct Yields {
    /// An object of the body's state that counts what was yielded so far: one element for each value, positions
    /// known as long as all ways agree.
    count: ObjectId,
    /// What is yielded as the first value, as the second, and so on.
    positions: Vec<Value>,
    /// From this position on nothing is told apart.
    limit: usize,
    rest: Value,
    /// The least number of values with which it ends, and whether it always ends with so many. None if it never ends.
    end: Option<(usize, bool)>,
    /// The state in which it waits: whoever has it may never ask for more.
    state: Option<State>,
}

impl<'p> Solver<'p> {
    pub(super) fn begin_generator(&mut self, frame: &mut Frame<'p>) {
        let span = frame.ir.name_span;
        let count = self.allocate(frame, span, 98, Object::new(ObjectKind::Iterator));
        frame.yields = Some(Yields {
            count,
            positions: Vec::new(),
            limit: usize::MAX,
            rest: Value::undefined(),
            end: None,
            state: None,
        });
    }

    /// `yield value`; gives what is sent.
    pub(super) fn yielded(&mut self, frame: &mut Frame<'p>, value: &Value) -> Value {
        let value = self.read(frame, value);
        if frame.context.part == super::deferred::Part::Beginning {
            self.stop_at_yield(frame, value);
            return Value::undefined();
        }
        self.carry_out_seen(frame, &value);
        self.note_yield(frame, value);
        self.wait(frame);
        if !frame.ir.receives || frame.context.part != super::deferred::Part::Whole {
            return Value::none();
        }
        // What is sent is an input behind the parameters.
        let sent = self.parameter_path(frame.ir.parameters.len());
        self.path_value(frame, sent)
    }

    fn note_yield(&mut self, frame: &mut Frame<'p>, value: Value) {
        let Some(mut yields) = frame.yields.take() else { return };
        let counted = self.object(frame, yields.count);
        let at = counted.elements.len();
        if !counted.exact {
            yields.forget_from(at);
        }
        if at >= yields.limit {
            yields.rest = yields.rest.join(&value);
        } else {
            if yields.positions.len() <= at {
                yields.positions.resize(at + 1, Value::undefined());
            }
            yields.positions[at] = yields.positions[at].join(&value);
        }
        self.change(frame, yields.count, |object| object.push(Value::none()));
        frame.yields = Some(yields);
    }

    /// Control is with whoever has the generator.
    fn wait(&mut self, frame: &mut Frame<'p>) {
        let state = frame.state.clone();
        let earlier = frame.yields.as_mut().and_then(|yields| yields.state.take());
        let joined = self.join_states(frame, earlier, Some(state));
        if let Some(yields) = &mut frame.yields {
            yields.state = joined;
        }
    }

    /// `yield from sequence`; gives what the inner generator returns.
    pub(super) fn yielded_from(&mut self, frame: &mut Frame<'p>, sequence: &Value, span: Span) -> Value {
        let returned = self.returned_by(frame, sequence);
        if let Some(elements) = self.iterated_elements(frame, sequence, span) {
            elements.into_iter().for_each(|element| self.note_yield(frame, element));
            self.wait(frame);
            return returned;
        }
        // The first ones may be known all the same.
        if let [Ref::Object(id)] = sequence.refs.as_slice()
            && !sequence.other
            && self.kind(frame, *id) == ObjectKind::Iterator
        {
            let elements = self.object(frame, *id).elements.clone();
            elements.into_iter().for_each(|element| self.note_yield(frame, element));
        }
        let element = self.element(frame, sequence, span);
        if let Some(count) = frame.yields.as_ref().map(|yields| yields.count) {
            self.change(frame, count, |object| object.exact = false);
        }
        self.note_yield(frame, element);
        self.wait(frame);
        returned
    }

    pub(super) fn returned_by(&mut self, frame: &mut Frame<'p>, sequence: &Value) -> Value {
        let mut result = Value::undefined();
        for reference in &sequence.refs {
            let one = match reference {
                Ref::Tuple(_) => Value::none(),
                Ref::Object(id) => {
                    let object = self.object(frame, *id);
                    match (object.field(Symbol::new(RETURNED)), &object.kind) {
                        (Some(value), _) => value.clone(),
                        (None, ObjectKind::List | ObjectKind::Set | ObjectKind::Dictionary) => Value::none(),
                        _ => Value::unknown(),
                    }
                }
                _ => Value::unknown(),
            };
            result = result.join(&one);
        }
        if result.is_undefined() { Value::unknown() } else { self.read(frame, &result) }
    }

    /// A generator's body ends here, with what it has yielded on this way.
    pub(super) fn note_end(&mut self, frame: &mut Frame<'p>) {
        let Some(count) = frame.yields.as_ref().map(|yields| yields.count) else { return };
        let counted = self.object(frame, count);
        if let Some(yields) = &mut frame.yields {
            let least = counted.elements.len();
            yields.end = Some(match yields.end {
                None => (least, counted.exact),
                Some((earlier, exact)) => (earlier.min(least), exact && counted.exact && earlier == least),
            });
        }
    }

    /// The state behind a call of a generator, which may be left anywhere.
    pub(super) fn left_waiting(&mut self, frame: &mut Frame<'p>) {
        let waiting = frame.yields.as_mut().and_then(|yields| yields.state.take());
        let earlier = frame.exit_state.take();
        frame.exit_state = self.join_states(frame, earlier, waiting);
    }

    /// What a call of a generator function gives.
    pub(super) fn generator(&mut self, frame: &mut Frame<'p>, yields: Yields, returned: &Value) -> Value {
        let Yields { mut positions, mut rest, end, .. } = yields;
        let (least, exact) = end.unwrap_or((positions.len(), false));
        for value in positions.drain(least.min(positions.len())..) {
            rest = rest.join(&value);
        }
        let mut object = Object::new(ObjectKind::Iterator);
        object.exact = exact && rest.is_undefined() && positions.len() == least;
        object.elements = positions;
        object.rest = rest;
        object.set_field(Symbol::new(RETURNED), returned.clone());
        if super::exceptions::swallows_at_yield(&frame.ir.block) {
            object.set_field(Symbol::new(super::exceptions::SWALLOWS), Value::boolean(true));
        }
        let span = frame.ir.name_span;
        Value::object(self.allocate(frame, span, 99, object))
    }

    /// Remembers how a generator was made, where something can be sent into it.
    pub(super) fn note_made(
        &mut self,
        frame: &mut Frame<'p>,
        generator: &Value,
        callee: Ref,
        binding: &Binding,
    ) {
        let [Ref::Object(id)] = generator.refs.as_slice() else { return };
        // What comes behind the parameters is what is sent.
        let mut positional = binding.parameters.clone();
        positional.pop();
        let made = Partial { callee: Value::reference(callee), positional, keywords: Vec::new() };
        let made = Value::reference(Ref::Partial(Rc::new(made)));
        self.change(frame, *id, |object| {
            object.set_field(Symbol::new(MADE_BY), made);
            object.set_field(Symbol::new(TAKEN), Value::integer(0));
        });
    }

    /// `generator.send(value)`: the body goes on with the value, from where it stood.
    pub(super) fn sent(&mut self, frame: &mut Frame<'p>, id: ObjectId, value: &Value, span: Span) -> Value {
        let own = Value::object(id);
        let object = self.object(frame, id);
        let Some(made) = object.field(Symbol::new(MADE_BY)).cloned() else {
            return self.next_of(frame, &own, None, span);
        };
        let taken = object.field(Symbol::new(TAKEN)).and_then(Value::as_integer);
        for reference in &made.refs {
            let Ref::Partial(partial) = reference else { continue };
            let Some(Ref::Function(body, environment)) = partial.callee.refs.first() else { continue };
            let mut parameters = partial.positional.clone();
            parameters.push(value.clone());
            let Some(again) = self.call_bound(frame, *body, *environment, parameters, span) else { continue };
            let [Ref::Object(again)] = again.refs.as_slice() else { continue };
            let mut again = (*self.object(frame, *again)).clone();
            match taken.and_then(|taken| usize::try_from(taken).ok()) {
                Some(taken) => {
                    again.elements.drain(..taken.min(again.elements.len()));
                }
                None => again.forget_positions(),
            }
            self.change(frame, id, |object| {
                // What was sent before is still in there.
                let joined = object.join(&again, |_| Value::undefined());
                object.elements = joined.elements;
                object.rest = joined.rest;
                object.exact = joined.exact;
            });
        }
        self.next_of(frame, &own, None, span)
    }

    /// `next(iterator, default)`
    pub(super) fn next_of(
        &mut self,
        frame: &mut Frame<'p>,
        iterator: &Value,
        default: Option<&Value>,
        span: Span,
    ) -> Value {
        let default = default.cloned().unwrap_or_default();
        if let [Ref::Object(id)] = iterator.refs.as_slice()
            && !iterator.other
            && self.kind(frame, *id) == ObjectKind::Iterator
        {
            if let Some(value) = self.first_of_deferred(frame, *id, span) {
                return value;
            }
            let own = match id {
                ObjectId::Local(_) => true,
                ObjectId::Global(_) => self.is_shared(frame),
                _ => false,
            };
            let object = self.object(frame, *id);
            if own && !object.elements.is_empty() {
                let mut element = Value::undefined();
                self.change(frame, *id, |object| {
                    element = object.take(0).unwrap_or_default();
                    if let Some(taken) = object.field(Symbol::new(TAKEN)).cloned() {
                        let taken =
                            taken.as_integer().map_or_else(Value::unknown, |taken| Value::integer(taken + 1));
                        object.set_field(Symbol::new(TAKEN), taken);
                    }
                });
                return self.read(frame, &element);
            }
            if own && object.exact && !default.is_undefined() {
                return default;
            }
            // There may be no more of them: the exception tells what the generator returns.
            if default.is_undefined()
                && !frame.tries.is_empty()
                && (!object.exact || object.elements.is_empty())
                && let Some(returned) = object.field(Symbol::new(RETURNED)).cloned()
            {
                self.raise_builtin(frame, "StopIteration", vec![returned], span);
                if own && object.exact && object.rest.is_undefined() {
                    frame.state.alive = false;
                    return Value::undefined();
                }
            }
            // Whoever else has it doesn't see what was taken.
            if !object.elements.is_empty() || matches!(id, ObjectId::Path(_)) {
                self.change(frame, *id, Object::forget_positions);
            }
        }
        self.element(frame, iterator, span).join(&default)
    }

    /// What is asked for its elements has given them: which of them come next isn't known.
    pub(super) fn used_up(&mut self, frame: &mut Frame<'p>, id: ObjectId) {
        if let Some(object) = frame.state.object(id)
            && object.kind == ObjectKind::Iterator
            && !object.elements.is_empty()
        {
            frame.state.change_object(id, Object::forget_positions);
        }
    }

    /// What was handed to a function of the project may have been used up there.
    pub(super) fn handed_on(&mut self, frame: &mut Frame<'p>, arguments: &Arguments) {
        for value in arguments.all() {
            for reference in &value.refs {
                if let Ref::Object(id) = reference {
                    self.used_up(frame, *id);
                }
            }
        }
    }
}

impl Yields {
    /// From this position on it isn't known which value comes when.
    fn forget_from(&mut self, at: usize) {
        self.limit = self.limit.min(at);
        let from = at.min(self.positions.len());
        for value in self.positions.drain(from..) {
            self.rest = self.rest.join(&value);
        }
    }
}
