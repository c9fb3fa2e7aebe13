//! Statements.

use vansire_python::Symbol;
use vansire_python::ir::{
    CompareOperator, Constant, Expr, ExprKind, SlotId, Span, Stmt, StmtKind, Target, TargetKind, Variable,
};

use super::binding::Arguments;
use super::exceptions::can_raise;
use super::raising::is_foreseen;
use super::{Frame, Solver};
use crate::domain::{Object, ObjectId, ObjectKind, Ref, Root, State, Value};

impl<'p> Solver<'p> {
    pub(super) fn block(&mut self, frame: &mut Frame<'p>, statements: &'p [Stmt]) {
        if frame.resuming {
            self.block_from_yield(frame, statements);
            return;
        }
        for statement in statements {
            if !frame.state.alive {
                return;
            }
            if !frame.tries.is_empty() && can_raise(statement) {
                let state = frame.state.clone();
                self.note_state(frame, state);
            }
            frame.statement = statement.span;
            self.statement(frame, statement);
            if !frame.tries.is_empty() && can_raise(statement) && !is_foreseen(statement) {
                // A call that never comes back has said what it raises.
                let raises = !frame.state.alive
                    && matches!(statement.kind, StmtKind::Expr(_) | StmtKind::Assign { .. })
                    && frame.tries.last().is_some_and(|attempt| !attempt.raised.is_undefined());
                if !raises {
                    self.note_unforeseen(frame);
                }
            }
        }
    }

    fn statement(&mut self, frame: &mut Frame<'p>, statement: &'p Stmt) {
        let span = statement.span;
        match &statement.kind {
            StmtKind::Expr(expression) => {
                // Whether it comes back can hang on what it is told.
                frame.deciding = super::conditions::has_plain_arguments(expression);
                if matches!(expression.kind, ExprKind::Call(_)) {
                    frame.dropped = Some((expression.span, None));
                }
                let unknown = self.unknown_calls;
                self.expression(frame, expression);
                frame.deciding = false;
                if self.unknown_calls > unknown {
                    self.refused_by_name(frame, expression);
                }
            }
            // As if it were written with `if`: what is chosen is remembered with the condition.
            StmtKind::Assign {
                targets,
                value: Expr { kind: ExprKind::Conditional { test, body, or_else }, .. },
                ..
            } if matches!(targets.as_slice(), [Target { kind: TargetKind::Name(..), .. }]) => {
                let (yes, no) = self.condition(frame, test);
                let mut ends = [yes, no].into_iter().zip([body, or_else]).map(|(from, value)| {
                    self.branch(frame, from, |solver, frame| {
                        let result = solver.expression(frame, value);
                        let result = solver.identified(frame, result, value.span, 3);
                        for target in targets {
                            solver.assign(frame, target, result.clone());
                        }
                    })
                });
                let (one, two) = (ends.next().flatten(), ends.next().flatten());
                drop(ends);
                self.resume(frame, one, two);
            }
            StmtKind::Assign { targets, value, annotation } => {
                if let (
                    [Target { kind: TargetKind::Name(Variable::Local(slot), _), .. }],
                    ExprKind::Call(_),
                ) = (targets.as_slice(), &value.kind)
                {
                    frame.dropped = Some((value.span, Some(*slot)));
                }
                let mut result = self.expression(frame, value);
                if let Some(annotation) = annotation
                    && result.refs.is_empty()
                    && result.other
                {
                    let hint = self.annotated(frame.file, annotation);
                    let instances: Vec<Ref> =
                        hint.refs.iter().filter(|one| matches!(one, Ref::Instance(_))).cloned().collect();
                    if !instances.is_empty() {
                        result = result.edit(|data| data.refs.extend(instances));
                    }
                }
                let result = self.identified(frame, result, value.span, 3);
                for target in targets {
                    self.assign(frame, target, result.clone());
                }
            }
            StmtKind::Annotate { .. } | StmtKind::Pass => {}
            StmtKind::AugmentedAssign { target, operator, value } => {
                let before = self.target_value(frame, target);
                let operand = self.expression(frame, value);
                let result = self.augmented(frame, *operator, &before, &operand, span);
                let result = self.identified(frame, result, span, 4);
                self.assign(frame, target, result);
            }
            StmtKind::Delete(targets) => {
                for target in targets {
                    self.delete(frame, target);
                }
            }
            StmtKind::Return(value) => {
                let result = match value {
                    Some(value) => self.expression(frame, value),
                    None => Value::none(),
                };
                self.leave(frame, result);
            }
            StmtKind::Raise { exception, cause } => {
                let raised = match exception {
                    Some(exception) => {
                        let value = self.expression(frame, exception);
                        // A class is raised as an instance of it.
                        match value.refs.first() {
                            // Nobody wrote a call of a builtin class that is raised as it is.
                            Some(Ref::External(name))
                                if value.refs.len() == 1 && name.as_str().starts_with("builtins.") =>
                            {
                                let graph = self.call_graph.take();
                                let raised = self.call(frame, &value, &Arguments::default(), exception.span);
                                self.call_graph = graph;
                                raised
                            }
                            Some(Ref::Class(_) | Ref::External(_)) if value.refs.len() == 1 => {
                                self.call(frame, &value, &Arguments::default(), exception.span)
                            }
                            _ => value,
                        }
                    }
                    // What the handler has caught.
                    None => frame.caught.last().cloned().unwrap_or_else(Value::unknown),
                };
                if let Some(cause) = cause {
                    let cause = self.expression(frame, cause);
                    self.set_attribute(frame, &raised, Symbol::new("__cause__"), cause, span);
                }
                if frame.state.alive {
                    self.note_raised(frame, &raised);
                    let state = frame.state.clone();
                    self.note_state(frame, state);
                    frame.state.alive = false;
                }
            }
            StmtKind::Assert { test, .. } => {
                // Compiled away under `-O`: it proves nothing.
                self.expression(frame, test);
            }
            StmtKind::If { test, body, or_else }
                if or_else.is_empty() && is_main_guard(test) && self.puts_off_script(frame, body) => {}
            StmtKind::If { test, body, or_else } => {
                let (yes, no) = self.condition(frame, test);
                let for_types = yes.is_none() && is_type_checking(test);
                let after_yes = self.branch(frame, yes, |solver, frame| solver.block(frame, body));
                let after_no = self.branch(frame, no, |solver, frame| {
                    // What is imported for annotations only tells of which classes things are.
                    for statement in body.iter().filter(|_| for_types) {
                        if matches!(statement.kind, StmtKind::Import { .. } | StmtKind::ImportFrom { .. }) {
                            solver.statement(frame, statement);
                        }
                    }
                    solver.block(frame, or_else);
                });
                self.resume(frame, after_yes, after_no);
            }
            StmtKind::While { test, body, or_else } => self.while_loop(frame, test, body, or_else),
            StmtKind::For { target, iterable, body, or_else, .. } => {
                self.for_loop(frame, target, iterable, body, or_else);
            }
            StmtKind::Try { body, handlers, or_else, finally, is_star } => {
                self.attempt(frame, body, handlers, or_else, finally, *is_star);
            }
            StmtKind::With { items, body, .. } => self.with_block(frame, items, body),
            StmtKind::Match { subject, cases } => self.match_statement(frame, subject, cases),
            StmtKind::Function { body, target } => {
                let value = self.function_value(frame, *body);
                let index = self.body_index(frame.file, *body);
                let (_, ir) = self.body(index);
                let value = self.decorated(frame, value, &ir.decorators);
                self.set_variable(frame, *target, value);
            }
            StmtKind::Class { body, target } => {
                let value = self.class_value(frame, *body);
                self.set_variable(frame, *target, value);
            }
            StmtKind::Import { module, alias, target } => {
                let value = self.import(frame.file, *module, *alias);
                self.set_variable(frame, *target, value);
            }
            StmtKind::ImportFrom { level, module, name, target } => {
                let value = self.import_from(frame, *level, *module, *name);
                self.set_variable(frame, *target, value);
            }
            StmtKind::ImportStar { level, module } => self.import_star(frame, *level, *module),
            StmtKind::Break => {
                if let Some(innermost) = frame.loops.last_mut() {
                    let earlier = innermost.breaks.take();
                    let state = frame.state.clone();
                    let joined = self.join_states(frame, earlier, Some(state));
                    if let Some(innermost) = frame.loops.last_mut() {
                        innermost.breaks = joined;
                    }
                }
                frame.state.alive = false;
            }
            StmtKind::Continue => {
                if let Some(innermost) = frame.loops.last_mut() {
                    let earlier = innermost.continues.take();
                    let state = frame.state.clone();
                    let joined = self.join_states(frame, earlier, Some(state));
                    if let Some(innermost) = frame.loops.last_mut() {
                        innermost.continues = joined;
                    }
                }
                frame.state.alive = false;
            }
        }
    }

    /// Runs a branch from a state; gives the state behind it, if control gets there.
    pub(super) fn branch(
        &mut self,
        frame: &mut Frame<'p>,
        from: Option<State>,
        run: impl FnOnce(&mut Self, &mut Frame<'p>),
    ) -> Option<State> {
        let from = from?;
        frame.state = from;
        run(self, frame);
        frame.state.alive.then(|| frame.state.clone())
    }

    /// Control goes on where either branch ends.
    pub(super) fn resume(&mut self, frame: &mut Frame<'p>, one: Option<State>, two: Option<State>) {
        match self.join_states(frame, one, two) {
            Some(state) => frame.state = state,
            None => frame.state.alive = false,
        }
    }

    // ---- variables

    pub(super) fn cell(&mut self, frame: &mut Frame<'p>, slot: SlotId) -> ObjectId {
        if let Some(&cell) = frame.cells.get(&slot.0) {
            if frame.state.object(cell).is_none() {
                frame.state.set_object(cell, Object::new(ObjectKind::Cell));
            }
            return cell;
        }
        let span = Span { start: u32::MAX - slot.0, end: 0 };
        let cell = self.allocate(frame, span, 50_000 + frame.body.0, Object::new(ObjectKind::Cell));
        frame.cells.insert(slot.0, cell);
        cell
    }

    pub(super) fn free_cell(&mut self, frame: &Frame<'p>, index: u32) -> ObjectId {
        // Free variables of a class body, which runs within its function, are found under other keys.
        if let Some(&cell) = frame.cells.get(&(1 << 24 | index)) {
            return cell;
        }
        ObjectId::Path(self.paths.root(Root::Free(index as u16)))
    }

    pub(super) fn set_slot(&mut self, frame: &mut Frame<'p>, slot: usize, value: Value) {
        if frame.ir.slots.get(slot).is_some_and(|slot| slot.captured) {
            let cell = self.cell(frame, SlotId(slot as u32));
            frame.state.change_object(cell, |object| object.rest = value);
        } else {
            frame.state.set_local(slot, value);
        }
    }

    pub(super) fn set_variable(&mut self, frame: &mut Frame<'p>, variable: Variable, value: Value) {
        if !frame.state.alive {
            return;
        }
        match variable {
            Variable::Local(slot) | Variable::ClassThenGlobal(slot) => {
                self.set_slot(frame, slot.0 as usize, value);
            }
            Variable::Free(index) => {
                let cell = self.free_cell(frame, index);
                self.change(frame, cell, |object| {
                    object.kind = ObjectKind::Cell;
                    object.rest = value;
                });
            }
            Variable::Global(name) => {
                let file = frame.file;
                self.set_global(frame, file, name, value);
            }
        }
    }

    pub(super) fn variable(&mut self, frame: &mut Frame<'p>, variable: Variable, name: Symbol) -> Value {
        let value = match variable {
            Variable::Local(slot) => {
                let value = self.slot_value(frame, slot);
                if value.is_undefined() && frame.ir.parent.is_none() {
                    // A module's own variable that a function wrote, or a builtin of that name before.
                    self.global(frame, name)
                } else {
                    value
                }
            }
            Variable::ClassThenGlobal(slot) => {
                let value = self.slot_value(frame, slot);
                if value.is_undefined() { self.global(frame, name) } else { value }
            }
            Variable::Free(index) => {
                let cell = self.free_cell(frame, index);
                self.cell_content(frame, cell)
            }
            Variable::Global(name) => self.global(frame, name),
        };
        self.read(frame, &value)
    }

    pub(super) fn slot_value(&mut self, frame: &mut Frame<'p>, slot: SlotId) -> Value {
        if frame.ir.slots.get(slot.0 as usize).is_some_and(|slot| slot.captured) {
            let cell = self.cell(frame, slot);
            self.cell_content(frame, cell)
        } else {
            frame.state.locals.get(slot.0 as usize).cloned().unwrap_or_default()
        }
    }

    pub(super) fn assign(&mut self, frame: &mut Frame<'p>, target: &'p Target, value: Value) {
        match &target.kind {
            TargetKind::Name(variable, name) => {
                let value = self.identified(frame, value, target.span, 6);
                let value = self.stored(frame, value, *name, target.span);
                self.set_variable(frame, *variable, value);
            }
            TargetKind::Attribute(base, name) => {
                let base = self.expression(frame, base);
                let value = self.stored(frame, value, *name, target.span);
                self.set_attribute(frame, &base, *name, value, target.span);
            }
            TargetKind::Subscript(base, index) if matches!(index.kind, ExprKind::Slice(..)) => {
                let base = self.expression(frame, base);
                self.write_slice(frame, &base, index, Some(&value), target.span);
            }
            TargetKind::Subscript(base, index) => {
                let base = self.expression(frame, base);
                let index = self.expression(frame, index);
                let value = self.identified(frame, value, target.span, 7);
                self.set_item(frame, &base, &index, &value, target.span);
            }
            TargetKind::Sequence(targets) => self.unpack(frame, targets, &value, target.span),
            TargetKind::Starred(inner) => self.assign(frame, inner, value),
            TargetKind::Invalid => {}
        }
    }

    pub(super) fn unpack(&mut self, frame: &mut Frame<'p>, targets: &'p [Target], value: &Value, span: Span) {
        let star = targets.iter().position(|target| matches!(target.kind, TargetKind::Starred(_)));
        let known = self.iterated_elements(frame, value, span);
        if let Some(elements) = known
            && (elements.len() == targets.len() || star.is_some() && elements.len() + 1 >= targets.len())
        {
            match star {
                None => {
                    for (target, element) in targets.iter().zip(elements) {
                        self.assign(frame, target, element);
                    }
                }
                Some(star) => {
                    let behind = targets.len() - star - 1;
                    let end = elements.len() - behind;
                    for (target, element) in targets[..star].iter().zip(&elements) {
                        self.assign(frame, target, element.clone());
                    }
                    let mut object = Object::new(ObjectKind::List);
                    object.elements = elements[star..end].to_vec();
                    let id = self.allocate(frame, span, 8, object);
                    self.assign(frame, &targets[star], Value::object(id));
                    for (target, element) in targets[star + 1..].iter().zip(&elements[end..]) {
                        self.assign(frame, target, element.clone());
                    }
                }
            }
            return;
        }
        for (index, target) in targets.iter().enumerate() {
            if star == Some(index) {
                let element = self.element(frame, value, span);
                let mut object = Object::new(ObjectKind::List);
                object.exact = false;
                object.rest = element;
                let id = self.allocate(frame, span, 9 + index as u32, object);
                self.assign(frame, target, Value::object(id));
            } else if star.is_some() {
                let element = self.element(frame, value, span);
                self.assign(frame, target, element);
            } else {
                let element = self.subscript(frame, value, &Value::integer(index as i64), target.span);
                self.assign(frame, target, element);
            }
        }
    }

    fn target_value(&mut self, frame: &mut Frame<'p>, target: &'p Target) -> Value {
        match &target.kind {
            TargetKind::Name(variable, name) => self.variable(frame, *variable, *name),
            TargetKind::Attribute(base, name) => {
                let base = self.expression(frame, base);
                self.attribute(frame, &base, *name, target.span)
            }
            TargetKind::Subscript(base, index) => {
                let base = self.expression(frame, base);
                let index = self.expression(frame, index);
                self.subscript(frame, &base, &index, target.span)
            }
            _ => Value::unknown(),
        }
    }

    fn delete(&mut self, frame: &mut Frame<'p>, target: &'p Target) {
        match &target.kind {
            TargetKind::Name(variable, _) => self.set_variable(frame, *variable, Value::undefined()),
            TargetKind::Attribute(base, name) => {
                let base = self.expression(frame, base);
                if let Some(method) = self.special_method(frame, &base, "__delattr__") {
                    let arguments = Arguments::of(vec![Value::string(name.as_str())]);
                    self.call(frame, &method, &arguments, target.span);
                    return;
                }
                if self.attribute_deleted(frame, &base, *name, target.span) {
                    return;
                }
                if let [Ref::Object(id @ ObjectId::Local(_))] = base.refs.as_slice() {
                    self.change(frame, *id, |object| object.fields.retain(|(own, _)| own != name));
                }
            }
            TargetKind::Subscript(base, index) if matches!(index.kind, ExprKind::Slice(..)) => {
                let base = self.expression(frame, base);
                self.write_slice(frame, &base, index, None, target.span);
            }
            TargetKind::Subscript(base, index) => {
                let base = self.expression(frame, base);
                let index = self.expression(frame, index);
                self.delete_item(frame, &base, &index);
            }
            TargetKind::Sequence(targets) => targets.iter().for_each(|target| self.delete(frame, target)),
            TargetKind::Starred(_) | TargetKind::Invalid => {}
        }
    }
}

/// `__name__ == "__main__"`
fn is_main_guard(test: &Expr) -> bool {
    let ExprKind::Compare(left, rest) = &test.kind else { return false };
    matches!(&left.kind, ExprKind::Name(_, name) if name.as_str() == "__name__")
        && matches!(rest.as_slice(), [(CompareOperator::Equal, right)]
            if matches!(&right.kind, ExprKind::Constant(Constant::String(text)) if &**text == "__main__"))
}

fn is_type_checking(test: &Expr) -> bool {
    matches!(&test.kind, ExprKind::Name(_, name) | ExprKind::Attribute(_, name) if name.as_str() == "TYPE_CHECKING")
}
