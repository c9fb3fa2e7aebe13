//! Generators that wait: nothing of their body runs before the first value is asked for.
//!
//! A call of a generator function, or a generator expression, makes an iterator that remembers how it was made. It is
//! carried out where something looks at what it gives, with the objects as they are then. A context manager made of a
//! generator runs in two parts: up to its first `yield` where it is entered, and from there on where it is left.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use vansire_python::ir::{Comprehension, Expr, ExprKind, SlotId, Span, Stmt, StmtKind, Variable};
use vansire_python::symbol;
use vansire_python::walk;

use super::binding::{Arguments, Binding};
use super::exceptions::{SWALLOWS, swallows_at_yield, yields};
use super::{Frame, Solver};
use crate::domain::{BodyIndex, Object, ObjectId, ObjectKind, Partial, PathId, Ref, Value};

/// Of so many inputs it is remembered that they were asked for their elements.
const MAXIMUM_ASKED: usize = 16;

/// What a body makes behind its first `yield` isn't what it made in front of it, at the same place of the caller.
const TAG_OF_REST: u32 = 1 << 19;

/// Which part of a body is interpreted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Part {
    #[default]
    Whole,
    /// Up to the first `yield`.
    Beginning,
    /// From the first `yield` on; the inputs are the local variables there.
    Rest,
}

/// A generator expression whose elements nobody has asked for yet.
#[derive(Clone)]
pub(super) struct Late<'p> {
    comprehension: &'p Comprehension,
    /// What its first clause goes through is known when it is made.
    sequence: Value,
    span: Span,
}

impl<'p> Solver<'p> {
    /// What a call of a generator function gives: an iterator that was asked for nothing yet.
    pub(super) fn deferred(
        &mut self,
        frame: &mut Frame<'p>,
        body: BodyIndex,
        environment: Option<ObjectId>,
        parameters: Vec<Value>,
        span: Span,
    ) -> Value {
        let callee = Value::reference(Ref::Function(body, environment));
        let made = Partial { callee, positional: parameters, keywords: Vec::new() };
        let mut object = Object::new(ObjectKind::Iterator);
        object.exact = false;
        object.set_field(symbol!("<deferred>"), Value::reference(Ref::Partial(Rc::new(made))));
        Value::object(self.allocate(frame, span, 200_000 + body.0, object))
    }

    /// A generator expression: the sequence of its first clause is looked at now, everything else later.
    pub(super) fn deferred_comprehension(
        &mut self,
        frame: &mut Frame<'p>,
        comprehension: &'p Comprehension,
        sequence: Value,
        span: Span,
    ) -> Value {
        let mut object = Object::new(ObjectKind::Iterator);
        object.exact = false;
        object.set_field(symbol!("<deferred>"), Value::boolean(true));
        let id = self.allocate(frame, span, 19, object);
        frame.late.insert(id, Late { comprehension, sequence, span });
        Value::object(id)
    }

    pub(super) fn is_deferred(object: &Object) -> bool {
        object.kind == ObjectKind::Iterator && object.field(symbol!("<deferred>")).is_some()
    }

    /// Carries out what was put off.
    pub(super) fn carry_out(&mut self, frame: &mut Frame<'p>, id: ObjectId) {
        if !frame.state.alive {
            return;
        }
        let waiting = self.peek(frame, id);
        let Some(made) = waiting.field(symbol!("<deferred>")).cloned() else { return };
        let begun = waiting.field(symbol!("<begun>")).is_some();
        self.change(frame, id, |object| {
            object.fields.retain(|(name, _)| *name != symbol!("<deferred>"));
            object.exact = true;
        });
        let mut result: Option<Object> = None;
        for reference in &made.refs {
            let Ref::Partial(partial) = reference else { continue };
            let Some(Ref::Function(body, environment)) = partial.callee.refs.first() else { continue };
            let object = if begun {
                let span = frame.statement;
                match self.run_rest(frame, *body, *environment, &partial.positional, None, span) {
                    Some(object) => object,
                    None => continue,
                }
            } else {
                self.run_generator(frame, *body, *environment, partial)
            };
            result = Some(match result {
                None => object,
                Some(earlier) => earlier.join(&object, |_| Value::undefined()),
            });
        }
        if !made.constants.is_empty()
            && let Some(late) = frame.late.get(&id).cloned()
        {
            let object = self.comprehended(frame, late.comprehension, Some(late.sequence), late.span);
            result = Some(match result {
                None => object,
                Some(earlier) => earlier.join(&object, |_| Value::undefined()),
            });
        }
        let Some(result) = result else { return };
        self.change(frame, id, |object| {
            object.elements = result.elements;
            object.rest = object.rest.join(&result.rest);
            object.exact = result.exact;
            for (name, value) in result.fields {
                object.set_field(name, value);
            }
        });
    }

    /// An input is asked for its elements: the caller may have put them off.
    pub(super) fn note_asked(frame: &mut Frame<'p>, id: ObjectId, object: &Object) {
        if let ObjectId::Path(path) = id
            && matches!(object.kind, ObjectKind::Unknown | ObjectKind::Iterator)
            && frame.asked.len() < MAXIMUM_ASKED
            && !frame.asked.contains(&path)
        {
            frame.asked.push(path);
        }
    }

    /// Carries out what a callee asks for.
    pub(super) fn carry_out_asked(&mut self, frame: &mut Frame<'p>, asked: &[PathId], binding: &mut Binding) {
        for &path in asked {
            let value = self.resolve(frame, binding, path);
            for reference in &value.refs {
                let Ref::Object(id) = reference else { continue };
                let object = self.object(frame, *id);
                Self::note_asked(frame, *id, &object);
            }
        }
    }

    fn run_generator(
        &mut self,
        frame: &mut Frame<'p>,
        body: BodyIndex,
        environment: Option<ObjectId>,
        partial: &Partial,
    ) -> Object {
        let span = frame.statement;
        let (_, ir) = self.body(body);
        let mut unknown = Object::new(ObjectKind::Iterator);
        unknown.exact = false;
        unknown.rest = Value::unknown();
        // Where no data from outside passes, what leads nowhere needn't be followed.
        if !frame.context.precise
            && self.calm.get(frame.body.0 as usize) == Some(&true)
            && self.quiet.get(body.0 as usize) == Some(&true)
            && !partial.positional.iter().any(|value| self.carries_source(frame, value))
        {
            self.called.insert(body);
            self.count("calls that lead nowhere");
            for value in &partial.positional {
                let labels = self.deep_labels(frame, value).guessed();
                unknown.rest = unknown.rest.join(&Value::opaque(labels));
            }
            return unknown;
        }
        let mut binding = self.bound_again(frame, ir.free.len(), environment, partial.positional.clone());
        if ir.receives {
            // Nothing was sent yet.
            binding.parameters.push(Value::none());
        }
        let Some(summary) = self.summary(frame, body, &mut binding, Part::Whole) else {
            self.count("calls beyond a bound");
            for value in &partial.positional {
                let labels = self.deep_labels(frame, value).guessed();
                unknown.rest = unknown.rest.join(&Value::opaque(labels));
            }
            return unknown;
        };
        let returned = self.instantiate(frame, &summary, &mut binding, span, ir.name, body.0);
        self.handed_on(frame, &Arguments::of(partial.positional.clone()));
        let Some(value) = returned else {
            frame.state.alive = false;
            return unknown;
        };
        let value = self.receive_files(frame, &summary, value, span);
        if ir.receives {
            self.note_made(frame, &value, Ref::Function(body, environment), &binding);
        }
        match value.refs.as_slice() {
            [Ref::Object(id)] => (*self.object(frame, *id)).clone(),
            _ => unknown,
        }
    }

    fn bound_again(
        &mut self,
        frame: &mut Frame<'p>,
        free: usize,
        environment: Option<ObjectId>,
        parameters: Vec<Value>,
    ) -> Binding {
        let cells = self.environment_cells(frame, environment, free);
        let (known, deep) = (FxHashMap::default(), FxHashMap::default());
        Binding { parameters, cells, known, deep, has_receiver: false }
    }

    /// What is put off in this body and seen from outside of it is carried out before the body is left.
    pub(super) fn carry_out_seen(&mut self, frame: &mut Frame<'p>, value: &Value) {
        if frame.late.is_empty() && !frame.context.root || !frame.state.alive {
            return;
        }
        for (id, object) in Self::reachable(frame, value) {
            // Nobody of the project is seen to ask what a root gives: who else has it will.
            if Self::is_deferred(&object) && (frame.context.root || frame.late.contains_key(&id)) {
                self.carry_out(frame, id);
            }
        }
    }

    /// Whether nobody awaits the coroutine that a call makes: its result is let go, or stands in a variable that is
    /// only closed.
    pub(super) fn is_dropped(&self, frame: &Frame<'p>, span: Span) -> bool {
        let Some((own, slot)) = frame.dropped else { return false };
        if own != span {
            return false;
        }
        let Some(slot) = slot else { return true };
        if frame.ir.slots.get(slot.0 as usize).is_none_or(|slot| slot.captured) || frame.ir.parent.is_none() {
            return false;
        }
        let mut used = false;
        let mut see = |expression: &'p Expr| used |= uses(expression, slot);
        walk::outermost(&frame.ir.block, &mut see);
        !used
    }

    /// The first value of a generator whose body can be taken apart: what stands behind its `yield` hasn't run.
    pub(super) fn first_of_deferred(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        span: Span,
    ) -> Option<Value> {
        let value = self.enter_generator(frame, id, span)?;
        self.change(frame, id, |object| {
            object.rest = Value::undefined();
            let Some(waiting) = object.field(symbol!("<waiting>")).cloned() else { return };
            object.fields.retain(|(name, _)| *name != symbol!("<waiting>"));
            object.set_field(symbol!("<deferred>"), waiting);
            object.set_field(symbol!("<begun>"), Value::boolean(true));
        });
        Some(value)
    }

    /// `generator.throw(exception)`: the body goes on behind its first `yield`, with the exception.
    pub(super) fn thrown(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        exception: &Value,
        span: Span,
    ) -> Option<Value> {
        let object = self.peek(frame, id);
        object.field(symbol!("<begun>"))?;
        let made = object.field(symbol!("<deferred>"))?.clone();
        let [Ref::Partial(partial)] = made.refs.as_slice() else { return None };
        let Some(Ref::Function(body, environment)) = partial.callee.refs.first() else { return None };
        // A class is thrown as an instance of it.
        let exception = match exception.refs.as_slice() {
            [Ref::Class(_) | Ref::External(_)] => self.call(frame, exception, &Arguments::default(), span),
            _ => exception.clone(),
        };
        let rest = self.run_rest(frame, *body, *environment, &partial.positional, Some(&exception), span);
        self.change(frame, id, |object| {
            object.fields.retain(|(name, _)| *name != symbol!("<deferred>"));
            if let Some(rest) = rest {
                object.elements = rest.elements;
                object.rest = rest.rest;
                object.exact = rest.exact;
            }
        });
        Some(self.next_of(frame, &Value::object(id), None, span))
    }

    /// A body from its first `yield` on; what it gives from there.
    fn run_rest(
        &mut self,
        frame: &mut Frame<'p>,
        body: BodyIndex,
        environment: Option<ObjectId>,
        variables: &[Value],
        raised: Option<&Value>,
        span: Span,
    ) -> Option<Object> {
        let (_, ir) = self.body(body);
        let mut variables = variables.to_vec();
        variables.push(raised.cloned().unwrap_or_else(Value::none));
        let mut binding = self.bound_again(frame, ir.free.len(), environment, variables);
        let Some(summary) = self.summary(frame, body, &mut binding, Part::Rest) else {
            self.count("calls beyond a bound");
            return None;
        };
        // It need not come back: what it raises goes on.
        let tag = body.0.wrapping_add(TAG_OF_REST);
        let returned = self.instantiate(frame, &summary, &mut binding, span, ir.name, tag)?;
        match returned.refs.as_slice() {
            [Ref::Object(id)] => Some((*self.object(frame, *id)).clone()),
            _ => None,
        }
    }

    // ---- context managers

    /// Enters a context manager that a generator function has made, where its body can be taken apart.
    pub(super) fn enter_generator(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        span: Span,
    ) -> Option<Value> {
        let object = self.peek(frame, id);
        let made = object.field(symbol!("<deferred>"))?.clone();
        if object.field(symbol!("<begun>")).is_some() {
            return None;
        }
        let [Ref::Partial(partial)] = made.refs.as_slice() else { return None };
        let Some(Ref::Function(body, environment)) = partial.callee.refs.first() else { return None };
        let (_, ir) = self.body(*body);
        if ir.receives || ir.slots.iter().any(|slot| slot.captured) || !can_be_taken_apart(&ir.block) {
            return None;
        }
        let mut binding = self.bound_again(frame, ir.free.len(), *environment, partial.positional.clone());
        let summary = self.summary(frame, *body, &mut binding, Part::Beginning)?;
        let returned = self.instantiate(frame, &summary, &mut binding, span, ir.name, body.0);
        let Some(returned) = returned else {
            frame.state.alive = false;
            return Some(Value::undefined());
        };
        let returned = self.receive_files(frame, &summary, returned, span);
        let [Ref::Tuple(elements)] = returned.refs.as_slice() else { return None };
        let (given, variables) = elements.split_first()?;
        let waiting =
            Partial { callee: partial.callee.clone(), positional: variables.to_vec(), keywords: Vec::new() };
        self.change(frame, id, |object| {
            object.fields.retain(|(name, _)| *name != symbol!("<deferred>"));
            object.rest = given.clone();
            object.set_field(symbol!("<waiting>"), Value::reference(Ref::Partial(Rc::new(waiting))));
            if swallows_at_yield(&ir.block) {
                object.set_field(vansire_python::Symbol::new(SWALLOWS), Value::boolean(true));
            }
        });
        Some(given.clone())
    }

    /// Whether a manager is a generator that waits to be left.
    pub(super) fn waits(&mut self, frame: &mut Frame<'p>, manager: &Value) -> bool {
        manager.refs.iter().any(|reference| match reference {
            Ref::Object(id) => self.peek(frame, *id).field(symbol!("<waiting>")).is_some(),
            _ => false,
        })
    }

    /// Leaves a context manager that a generator has made: its body goes on behind the `yield`, or with the exception
    /// that it is told of.
    pub(super) fn leave_generator(
        &mut self,
        frame: &mut Frame<'p>,
        manager: &Value,
        raised: Option<&Value>,
        span: Span,
    ) {
        for reference in &manager.refs {
            let Ref::Object(id) = reference else { continue };
            let Some(waiting) = self.peek(frame, *id).field(symbol!("<waiting>")).cloned() else { continue };
            for reference in &waiting.refs {
                let Ref::Partial(partial) = reference else { continue };
                let Some(Ref::Function(body, environment)) = partial.callee.refs.first() else { continue };
                self.run_rest(frame, *body, *environment, &partial.positional, raised, span);
            }
        }
    }

    /// At the first `yield` of a body of which only the beginning is wanted: it ends here, and gives its variables.
    pub(super) fn stop_at_yield(&mut self, frame: &mut Frame<'p>, value: Value) {
        let mut all = vec![value];
        for at in 0..frame.ir.slots.len() {
            let value = frame.state.locals.get(at).cloned().unwrap_or_default();
            let value = self.read(frame, &value);
            // A variable that isn't set holds nothing.
            all.push(if value.is_undefined() { Value::opaque(self.no_labels()) } else { value });
        }
        let all = Value::tuple(all);
        self.carry_out_seen(frame, &all);
        self.leave(frame, all);
    }

    /// The variables of a body that goes on behind its first `yield`.
    pub(super) fn take_up(&mut self, frame: &mut Frame<'p>) {
        for at in 0..frame.ir.slots.len() {
            let path = self.parameter_path(at);
            let value = self.path_value(frame, path);
            self.set_slot(frame, at, value);
        }
        frame.resuming = true;
    }

    /// Statements of a body that goes on behind its first `yield`: those in front of it are done.
    pub(super) fn block_from_yield(&mut self, frame: &mut Frame<'p>, statements: &'p [Stmt]) {
        let Some(at) = statements.iter().position(|one| yields(std::slice::from_ref(one))) else { return };
        let statement = &statements[at];
        frame.statement = statement.span;
        match &statement.kind {
            StmtKind::If { body, or_else, .. } => {
                let state = frame.state.clone();
                let mut ends = [body, or_else].into_iter().filter(|block| yields(block)).map(|block| {
                    frame.resuming = true;
                    self.branch(frame, Some(state.clone()), |solver, frame| solver.block(frame, block))
                });
                let (one, two) = (ends.next().flatten(), ends.next().flatten());
                drop(ends);
                self.resume(frame, one, two);
            }
            // What it has entered is left behind it; nothing is known of that here.
            StmtKind::With { body, .. } => self.block(frame, body),
            StmtKind::Try { body, handlers, or_else, finally, is_star } => {
                self.attempt(frame, body, handlers, or_else, finally, *is_star);
            }
            kind => {
                // What its `with` block has raised is raised at the `yield`.
                frame.resuming = false;
                if !frame.tries.is_empty() {
                    let path = self.parameter_path(frame.ir.slots.len());
                    let raised = self.path_value(frame, path);
                    let state = frame.state.clone();
                    self.note_state(frame, state);
                    self.note_raised(frame, &raised);
                    self.note_unforeseen(frame);
                }
                if let StmtKind::Assign { targets, .. } = kind {
                    for target in targets {
                        self.assign(frame, target, Value::none());
                    }
                }
            }
        }
        frame.resuming = false;
        self.block(frame, &statements[at + 1..]);
    }
}

/// Whether an expression looks at a variable, other than to close what it holds.
fn uses(expression: &Expr, slot: SlotId) -> bool {
    if let ExprKind::Call(call) = &expression.kind
        && let ExprKind::Attribute(base, name) = &call.callee.kind
        && name.as_str() == "close"
        && matches!(&base.kind, ExprKind::Name(Variable::Local(own), _) if *own == slot)
    {
        return false;
    }
    let mut used = matches!(&expression.kind, ExprKind::Name(Variable::Local(own), _) if *own == slot);
    walk::children(expression, &mut |one| used |= uses(one, slot));
    used
}

/// Whether it can be told where a body goes on behind its first `yield`: a statement of its own, in no loop.
fn can_be_taken_apart(block: &[Stmt]) -> bool {
    let Some(first) = block.iter().find(|one| yields(std::slice::from_ref(one))) else { return false };
    match &first.kind {
        StmtKind::Expr(Expr { kind: ExprKind::Yield(_), .. }) => true,
        StmtKind::Assign { value: Expr { kind: ExprKind::Yield(_), .. }, .. } => true,
        StmtKind::With { body, .. } => can_be_taken_apart(body),
        StmtKind::Try { body, .. } => yields(body) && can_be_taken_apart(body),
        StmtKind::If { body, or_else, .. } => {
            [body, or_else].into_iter().all(|block| !yields(block) || can_be_taken_apart(block))
        }
        _ => false,
    }
}
