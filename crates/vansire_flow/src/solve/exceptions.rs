//! `try`, `with`, and what handlers come to see.

use vansire_python::Symbol;
use vansire_python::ir::{Expr, Handler, Span, Stmt, StmtKind, Target, TargetKind};
use vansire_python::walk;

use super::binding::Arguments;
use super::deferred::Part;
use super::raising::Wanted;
use super::{Frame, Solver, Try};
use crate::domain::{Labels, ObjectKind, Ref, State, Value};

impl<'p> Solver<'p> {
    /// A handler of the innermost `try` can see this state.
    pub(super) fn note_state(&mut self, frame: &mut Frame<'p>, state: State) {
        if let Some(attempt) = frame.tries.last_mut() {
            let earlier = attempt.state.take();
            let joined = self.join_states(frame, earlier, Some(state));
            if let Some(attempt) = frame.tries.last_mut() {
                attempt.state = joined;
            }
        } else if !frame.raised.is_undefined() {
            // The caller sees what the exception carries.
            let earlier = frame.raise_state.take();
            frame.raise_state = self.join_states(frame, earlier, Some(state));
        }
    }

    pub(super) fn attempt(
        &mut self,
        frame: &mut Frame<'p>,
        body: &'p [Stmt],
        handlers: &'p [Handler],
        or_else: &'p [Stmt],
        finally: &'p [Stmt],
        is_star: bool,
    ) {
        // Up to the `yield` in it: what comes behind belongs to the other part.
        if frame.context.part == Part::Beginning && yields(body) {
            self.block(frame, body);
            return;
        }
        let exits_before = frame.exits.len();
        let exit_before = frame.exit_state.clone();
        frame.tries.push(Try {
            state: Some(frame.state.clone()),
            raised: Value::undefined(),
            unforeseen: false,
        });
        self.block(frame, body);
        let Some(mut attempt) = frame.tries.pop() else { return };
        // What a group holds isn't looked at.
        attempt.unforeseen |= is_star;
        let finished = frame.state.alive.then(|| frame.state.clone());
        let mut after = self.branch(frame, finished, |solver, frame| solver.block(frame, or_else));
        let raises = body.iter().any(can_raise) && !self.imports_surely(frame, body);
        if raises {
            let mut raised = attempt.raised.clone();
            for handler in handlers {
                // Its classes are looked up where it is entered.
                let Some(state) = attempt.state.clone() else { continue };
                frame.state = state;
                let wanted = self.wanted(frame, handler);
                let (here, past) = if is_star {
                    (raised.clone(), raised.clone())
                } else {
                    self.sorted_out(frame, wanted.as_ref(), &raised)
                };
                if !attempt.unforeseen {
                    // Nothing that it would take is raised, or all of it is taken before.
                    if here.is_undefined() {
                        continue;
                    }
                }
                // What a handler surely takes doesn't come to those behind it.
                if !is_star {
                    raised = past;
                }
                let state = frame.state.clone();
                let end = self.branch(frame, Some(state), |solver, frame| {
                    let value = solver.caught(wanted.as_ref(), here);
                    if let Some((variable, _)) = handler.name {
                        solver.set_variable(frame, variable, value.clone());
                    }
                    frame.caught.push(value);
                    solver.block(frame, &handler.body);
                    frame.caught.pop();
                });
                after = self.join_states(frame, after, end);
            }
            // What no handler takes goes on.
            if !handlers.is_empty() && !attempt.unforeseen && !raised.is_undefined() {
                self.note_raised(frame, &raised);
            }
        }
        if handlers.is_empty() {
            // Goes on to the next `try` outside.
            if !attempt.raised.is_undefined() {
                self.note_raised(frame, &attempt.raised.clone());
            }
            if let Some(state) = attempt.state.clone() {
                self.note_state(frame, state);
            }
        } else if !frame.tries.is_empty()
            && let Some(state) = attempt.state.clone()
        {
            self.note_state(frame, state);
        }
        if attempt.unforeseen {
            self.note_unforeseen(frame);
        }
        if !finally.is_empty() {
            let exits = frame.exits.len();
            let exit_state = std::mem::replace(&mut frame.exit_state, exit_before);
            let comes_through = after.is_some();
            let normal = self.branch(frame, after, |solver, frame| solver.block(frame, finally));
            // Ways that don't come through: an exception, a return.
            let mut goes_on = normal.is_some() || !comes_through;
            if (raises && (handlers.is_empty() || !comes_through) || exits > exits_before)
                && let Some(state) = attempt.state
            {
                let end = self.branch(frame, Some(state), |solver, frame| solver.block(frame, finally));
                goes_on = end.is_some();
            }
            if goes_on {
                let own = frame.exit_state.take();
                frame.exit_state = self.join_states(frame, exit_state, own);
            } else {
                // A `return` in the last block takes the place of any before.
                frame.exits.drain(exits_before..exits);
            }
            after = normal;
        }
        self.resume(frame, after, None);
    }

    /// What `except … as name` binds, of the exceptions that come to the handler.
    fn caught(&mut self, wanted: Option<&Wanted>, here: Value) -> Value {
        let Some(wanted) = wanted else { return if here.is_undefined() { Value::unknown() } else { here } };
        let mut result = here.edit(|data| {
            data.other = false;
            data.labels = Labels::NONE;
        });
        if result.is_undefined() || !wanted.externals.is_empty() {
            let labels = here.own_labels();
            if wanted.externals.is_empty() {
                result = result.join(&Value::opaque(labels.clone()));
            }
            for name in &wanted.externals {
                result = result.join(&Value::instance(*name, labels.clone()));
            }
        }
        result
    }

    pub(super) fn with_block(
        &mut self,
        frame: &mut Frame<'p>,
        items: &'p [(Expr, Option<Target>)],
        body: &'p [Stmt],
    ) {
        let mut exits = Vec::new();
        let mut suppresses = false;
        for (context, target) in items {
            let manager = self.expression(frame, context);
            // Only here is it known where a generator is left again.
            let in_parts = match manager.refs.as_slice() {
                [Ref::Object(id)] if !manager.other => self.enter_generator(frame, *id, context.span),
                _ => None,
            };
            let entered = match in_parts {
                Some(entered) => entered,
                None => self.enter(frame, &manager, context.span),
            };
            if let Some(target) = target {
                self.assign(frame, target, entered);
            }
            suppresses |= self.is_suppression(frame, &manager)
                || self.is_swallowing_generator(frame, &manager)
                || self.exit_method(frame, &manager).is_some();
            exits.push((manager, context.span));
        }
        if !frame.state.alive {
            return;
        }
        frame.tries.push(Try {
            state: Some(frame.state.clone()),
            raised: Value::undefined(),
            unforeseen: false,
        });
        self.block(frame, body);
        let Some(attempt) = frame.tries.pop() else { return };
        if !attempt.raised.is_undefined() {
            self.note_raised(frame, &attempt.raised);
        }
        if attempt.unforeseen {
            self.note_unforeseen(frame);
        }
        let mut after = frame.state.alive.then(|| frame.state.clone());
        let mut interrupted = None;
        let mut left_early = None;
        if let Some(state) = attempt.state {
            if after.is_none() {
                left_early = Some(state.clone());
            }
            if !frame.tries.is_empty() {
                let outer = state.clone();
                self.note_state(frame, outer);
            }
            let waits = exits.iter().any(|(manager, _)| self.waits(frame, manager));
            if (suppresses || waits) && body.iter().any(can_raise) {
                interrupted = Some(state);
            }
        }
        let mut raised = attempt.raised;
        if attempt.unforeseen || raised.is_undefined() {
            raised = raised.join(&Value::unknown());
        }
        let interrupted_before = interrupted.is_some();
        // Either way the managers are left one after the other; an exception that one of them suppresses goes on
        // behind the block.
        for (manager, span) in exits.iter().rev() {
            if self.waits(frame, manager) {
                let left = after.take();
                after = self.branch(frame, left, |solver, frame| {
                    solver.leave_generator(frame, manager, None, *span);
                });
                if let Some(state) = interrupted.take() {
                    let swallows = self.is_swallowing_generator(frame, manager);
                    let end = self.branch(frame, Some(state), |solver, frame| {
                        solver.leave_generator(frame, manager, Some(&raised), *span);
                    });
                    if swallows {
                        after = self.join_states(frame, after, end.clone());
                    }
                    interrupted = end;
                }
                continue;
            }
            let method = self.exit_method(frame, manager);
            let leave = |solver: &mut Self, frame: &mut Frame<'p>, given: [Value; 3]| match &method {
                Some(method) => solver.call(frame, method, &Arguments::of(given.to_vec()), *span),
                None => Value::boolean(false),
            };
            if method.is_some() {
                after = self.branch(frame, after, |solver, frame| {
                    leave(solver, frame, [Value::none(), Value::none(), Value::none()]);
                });
            }
            if let Some(state) = interrupted.take() {
                let mut suppressed = Some(true);
                let end = self.branch(frame, Some(state), |solver, frame| {
                    if method.is_some() {
                        let class = solver.exception_class(frame, &raised);
                        suppressed = leave(solver, frame, [class, raised.clone(), Value::unknown()]).truth();
                    } else if !solver.is_suppression(frame, manager)
                        && !solver.is_swallowing_generator(frame, manager)
                    {
                        suppressed = Some(false);
                    }
                });
                if suppressed != Some(false) {
                    after = self.join_states(frame, after, end.clone());
                }
                interrupted = end;
            }
        }
        // Left by a `return` or by what is raised: the managers are left all the same, and control goes elsewhere.
        if let Some(state) = left_early.filter(|_| after.is_none() && !interrupted_before) {
            frame.state = state;
            for (manager, span) in exits.iter().rev() {
                if self.waits(frame, manager) {
                    self.leave_generator(frame, manager, None, *span);
                } else if let Some(method) = self.exit_method(frame, manager) {
                    let nothing = vec![Value::none(), Value::none(), Value::none()];
                    self.call(frame, &method, &Arguments::of(nothing), *span);
                }
            }
        }
        self.resume(frame, after, None);
    }

    /// What a manager does at the end of its block.
    pub(super) fn exit_method(&mut self, frame: &mut Frame<'p>, manager: &Value) -> Option<Value> {
        self.special_method(frame, manager, "__exit__")
            .or_else(|| self.special_method(frame, manager, "__aexit__"))
            .or_else(|| self.library_exit(frame, manager))
    }

    fn is_suppression(&mut self, frame: &mut Frame<'p>, manager: &Value) -> bool {
        manager.refs.iter().any(|reference| {
            let kind = match reference {
                Ref::Instance(name) => Some(*name),
                Ref::Object(id) => match self.kind(frame, *id) {
                    ObjectKind::External(name) => Some(name),
                    _ => None,
                },
                _ => None,
            };
            kind.is_some_and(|name| name.as_str() == "contextlib.suppress")
        })
    }

    /// A generator made a context manager, with a handler around its `yield` that goes on.
    fn is_swallowing_generator(&mut self, frame: &mut Frame<'p>, manager: &Value) -> bool {
        manager.refs.iter().any(|reference| {
            let Ref::Object(id) = reference else { return false };
            let object = self.peek(frame, *id);
            object.kind == ObjectKind::Iterator && object.field(Symbol::new(SWALLOWS)).is_some()
        })
    }

    /// What `with manager as target` binds.
    pub(super) fn enter(&mut self, frame: &mut Frame<'p>, manager: &Value, span: Span) -> Value {
        let mut result = Value::undefined();
        for reference in &manager.refs {
            let one = Value::reference(reference.clone());
            let kind = match reference {
                Ref::Object(id) => match self.kind(frame, *id) {
                    ObjectKind::Instance(_) => {
                        if let Some(method) = self
                            .special_method(frame, &one, "__enter__")
                            .or_else(|| self.special_method(frame, &one, "__aenter__"))
                        {
                            let value = self.call(frame, &method, &Arguments::default(), span);
                            result = result.join(&value);
                            continue;
                        }
                        None
                    }
                    ObjectKind::External(kind) => {
                        if let Some(value) = self.enter_library(frame, *id) {
                            result = result.join(&value);
                            continue;
                        }
                        Some(kind)
                    }
                    ObjectKind::Iterator => {
                        // A generator function made a context manager.
                        let value = self.element(frame, &one, span);
                        result = result.join(&value);
                        continue;
                    }
                    _ => None,
                },
                Ref::Instance(kind) => Some(*kind),
                _ => None,
            };
            let entered = kind.and_then(|kind| {
                self.input
                    .models
                    .lineage(kind)
                    .iter()
                    .find_map(|name| self.input.models.types.get(name).and_then(|model| model.enters))
            });
            result = result.join(&match entered {
                Some(kind) => Value::instance(kind, manager.labels.clone()),
                None => match reference {
                    Ref::Instance(_) => manager.clone(),
                    _ => one,
                },
            });
        }
        if manager.other || result.is_undefined() {
            result = result.join(&Value::opaque(manager.own_labels()));
        }
        result
    }
}

/// The field of a generator that goes on after an exception at its `yield`.
pub(super) const SWALLOWS: &str = "<swallows>";

/// Whether a `yield` stands in a `try` with a handler that doesn't raise again.
pub(super) fn swallows_at_yield(block: &[Stmt]) -> bool {
    let mut found = false;
    walk::statements(block, &mut |statement| {
        if let StmtKind::Try { body, handlers, .. } = &statement.kind {
            let goes_on = handlers.iter().any(|handler| {
                !matches!(handler.body.last().map(|last| &last.kind), Some(StmtKind::Raise { .. }))
            });
            found |= goes_on && yields(body);
        }
    });
    found
}

pub(super) fn yields(block: &[Stmt]) -> bool {
    let mut found = false;
    walk::block(block, &mut |one| found |= matches!(one.kind, vansire_python::ir::ExprKind::Yield(_)));
    found
}

/// Whether an expression can raise: not a constant, nor `int("12")`.
fn can_fail(expression: &Expr) -> bool {
    use vansire_python::ir::{Constant, ExprKind, Variable};
    let ExprKind::Call(call) = &expression.kind else {
        return !matches!(expression.kind, ExprKind::Constant(_));
    };
    let (ExprKind::Name(Variable::Global(function), _), [argument]) =
        (&call.callee.kind, call.arguments.as_slice())
    else {
        return true;
    };
    match (function.as_str(), &argument.value.kind) {
        ("int", ExprKind::Constant(Constant::String(text))) => text.parse::<i64>().is_err(),
        ("float", ExprKind::Constant(Constant::String(text))) => text.parse::<f64>().is_err(),
        ("int" | "float", ExprKind::Constant(Constant::Integer(_))) => false,
        _ => true,
    }
}

/// Whether an exception can leave a statement: all but the plainest can.
pub(super) fn can_raise(statement: &Stmt) -> bool {
    use vansire_python::ir::ExprKind;
    match &statement.kind {
        StmtKind::Pass | StmtKind::Break | StmtKind::Continue | StmtKind::Function { .. } => false,
        StmtKind::Assign { targets, value, .. } => {
            can_fail(value) || targets.iter().any(|target| !matches!(target.kind, TargetKind::Name(..)))
        }
        StmtKind::Return(value) => value
            .as_ref()
            .is_some_and(|value| !matches!(value.kind, ExprKind::Constant(_) | ExprKind::Name(..))),
        StmtKind::Expr(value) => can_fail(value),
        _ => true,
    }
}
