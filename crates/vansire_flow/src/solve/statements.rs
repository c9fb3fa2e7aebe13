//! Statements.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::{
    ArgumentKind, Body, BodyId, Captured, Expr, Handler, SlotId, Span, Stmt, StmtKind, Target, TargetKind, Variable,
};

use super::binding::Arguments;
use super::{Frame, Loop, MAXIMUM_ITERATIONS, MAXIMUM_UNROLLING, Solver, Try};
use crate::domain::{
    ClassRef, Fact, Identity, Object, ObjectId, ObjectKind, Ref, Root, State, Value,
};

impl<'p> Solver<'p> {
    pub(super) fn block(&mut self, frame: &mut Frame<'p>, statements: &'p [Stmt]) {
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
        }
    }

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

    fn statement(&mut self, frame: &mut Frame<'p>, statement: &'p Stmt) {
        let span = statement.span;
        match &statement.kind {
            StmtKind::Expr(expression) => {
                self.expression(frame, expression);
            }
            StmtKind::Assign { targets, value, annotation } => {
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
                            Some(Ref::Class(_) | Ref::External(_)) if value.refs.len() == 1 => {
                                self.call(frame, &value, &Arguments::default(), exception.span)
                            }
                            _ => value,
                        }
                    }
                    None => Value::unknown(),
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
            StmtKind::Assert { test, message } => {
                // Compiled away under `-O`: it proves nothing.
                self.expression(frame, test);
                let _ = message;
            }
            StmtKind::If { test, body, or_else } => {
                let (yes, no) = self.condition(frame, test);
                let after_yes = self.branch(frame, yes, |solver, frame| solver.block(frame, body));
                let after_no = self.branch(frame, no, |solver, frame| solver.block(frame, or_else));
                self.resume(frame, after_yes, after_no);
            }
            StmtKind::While { test, body, or_else } => self.while_loop(frame, test, body, or_else),
            StmtKind::For { target, iterable, body, or_else, .. } => {
                self.for_loop(frame, target, iterable, body, or_else);
            }
            StmtKind::Try { body, handlers, or_else, finally, .. } => {
                self.attempt(frame, body, handlers, or_else, finally);
            }
            StmtKind::With { items, body, .. } => self.with_block(frame, items, body),
            StmtKind::Match { subject, cases } => self.match_statement(frame, subject, cases),
            StmtKind::Function { body, target } => {
                let value = self.function_value(frame, *body);
                let index = self.body_index(frame.file, *body);
                let (_, ir) = self.body(index);
                let value = self.decorated(frame, value, &ir.decorators, ir.name_span);
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

    fn free_cell(&mut self, frame: &Frame<'p>, index: u32) -> ObjectId {
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

    fn slot_value(&mut self, frame: &mut Frame<'p>, slot: SlotId) -> Value {
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
        let known = self.known_elements(frame, value);
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
                if let [Ref::Object(id @ ObjectId::Local(_))] = base.refs.as_slice() {
                    self.change(frame, *id, |object| object.fields.retain(|(own, _)| own != name));
                }
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

    // ---- loops

    fn while_loop(&mut self, frame: &mut Frame<'p>, test: &'p Expr, body: &'p [Stmt], or_else: &'p [Stmt]) {
        let mut breaks: Option<State> = None;
        // As long as the condition is surely true, one round after the other.
        for _ in 0..MAXIMUM_UNROLLING {
            let before = frame.state.clone();
            let (yes, no) = self.condition(frame, test);
            if no.is_some() || yes.is_none() || is_true(test) {
                frame.state = before;
                break;
            }
            let end = self.loop_body(frame, yes, body, &mut breaks);
            match end {
                Some(state) => frame.state = state,
                None => {
                    frame.state.alive = false;
                    break;
                }
            }
        }
        let mut exhausted = None;
        if frame.state.alive {
            let mut head = frame.state.clone();
            for round in 0..MAXIMUM_ITERATIONS {
                frame.state = head.clone();
                let (yes, no) = self.condition(frame, test);
                exhausted = no;
                let end = self.loop_body(frame, yes, body, &mut breaks);
                let Some(next) = self.join_states(frame, Some(head.clone()), end) else { break };
                if same_state(&next, &head) {
                    break;
                }
                head = if round >= 2 { self.widen(&head, next) } else { next };
            }
        }
        let after = self.branch(frame, exhausted, |solver, frame| solver.block(frame, or_else));
        self.resume(frame, after, breaks);
    }

    fn for_loop(
        &mut self,
        frame: &mut Frame<'p>,
        target: &'p Target,
        iterable: &'p Expr,
        body: &'p [Stmt],
        or_else: &'p [Stmt],
    ) {
        let sequence = self.expression(frame, iterable);
        if !frame.state.alive {
            return;
        }
        let mut breaks: Option<State> = None;
        let known = self.iterated_elements(frame, &sequence, iterable.span);
        let exhausted = match known {
            Some(elements) if elements.len() <= MAXIMUM_UNROLLING => {
                let mut state = Some(frame.state.clone());
                for element in elements {
                    let Some(from) = state else { break };
                    frame.state = from;
                    self.assign(frame, target, element);
                    let from = frame.state.clone();
                    state = self.loop_body(frame, Some(from), body, &mut breaks);
                }
                state
            }
            _ => {
                let mut head = frame.state.clone();
                // What is known of each element that came through the body.
                let mut tested: Option<Fact> = None;
                for round in 0..MAXIMUM_ITERATIONS {
                    frame.state = head.clone();
                    let element = self.element(frame, &sequence, iterable.span);
                    let element = self.identified_anew(frame, element, &sequence, target.span);
                    let identity = element.identity;
                    self.assign(frame, target, element);
                    let from = frame.state.clone();
                    let end = self.loop_body(frame, Some(from), body, &mut breaks);
                    tested = end.as_ref().and_then(|end| identity.and_then(|own| end.fact(own).cloned()));
                    let Some(next) = self.join_states(frame, Some(head.clone()), end) else { break };
                    if same_state(&next, &head) {
                        break;
                    }
                    head = if round >= 2 { self.widen(&head, next) } else { next };
                }
                if let (Some(fact), Some(whole)) = (tested, self.whole_of(frame, &sequence)) {
                    head.add_fact(whole, &fact.of_each_character());
                }
                Some(head)
            }
        };
        let after = self.branch(frame, exhausted, |solver, frame| solver.block(frame, or_else));
        self.resume(frame, after, breaks);
    }

    /// An element of a loop is another one each time round.
    pub(super) fn identified_anew(
        &mut self,
        frame: &mut Frame<'p>,
        value: Value,
        sequence: &Value,
        span: Span,
    ) -> Value {
        if value.is_constant() || value.is_undefined() {
            return value;
        }
        // Of a text, or of something that may be one, the elements are its characters.
        let text = sequence
            .refs
            .iter()
            .all(|one| matches!(one, Ref::Object(ObjectId::Path(path)) if !frame.kinds.contains_key(path)));
        let identity = Identity::Site(span.start, if text { Identity::CHARACTER } else { 10 });
        // Where the last one was kept under another name, what is proved of this one doesn't hold for it.
        for slot in 0..frame.state.locals.len() {
            let kept = &frame.state.locals[slot];
            if kept.identity == Some(identity) {
                let kept = self.read(frame, kept);
                frame.state.set_local(slot, kept.with_identity(None));
            }
        }
        frame.state.forget(identity);
        value.with_identity(Some(identity))
    }

    /// The identity under which facts about every element of a sequence are kept.
    pub(super) fn whole_of(&mut self, frame: &mut Frame<'p>, sequence: &Value) -> Option<Identity> {
        if sequence.identity.is_some() {
            return sequence.identity;
        }
        match sequence.refs.as_slice() {
            [Ref::Object(id)] if !sequence.other && sequence.texts.is_empty() => {
                matches!(self.kind(frame, *id), ObjectKind::List | ObjectKind::Set | ObjectKind::Iterator)
                    .then_some(Identity::Elements(*id))
            }
            _ => None,
        }
    }

    /// One round; gives the state behind it, `continue` included.
    fn loop_body(
        &mut self,
        frame: &mut Frame<'p>,
        from: Option<State>,
        body: &'p [Stmt],
        breaks: &mut Option<State>,
    ) -> Option<State> {
        let from = from?;
        frame.state = from;
        frame.loops.push(Loop { breaks: None, continues: None });
        self.block(frame, body);
        let end = frame.state.alive.then(|| frame.state.clone());
        let Some(done) = frame.loops.pop() else { return end };
        let earlier = breaks.take();
        *breaks = self.join_states(frame, earlier, done.breaks);
        self.join_states(frame, end, done.continues)
    }

    /// Texts that grow from round to round become "this beginning, then anything".
    fn widen(&mut self, before: &State, mut after: State) -> State {
        let locals = Rc::make_mut(&mut after.locals);
        for (own, earlier) in locals.iter_mut().zip(before.locals.iter()) {
            if own != earlier {
                *own = widen_value(own, earlier);
            }
        }
        let heap = Rc::make_mut(&mut after.heap);
        for (id, object) in heap.iter_mut() {
            let Some(earlier) = before.object(*id) else { continue };
            if Rc::ptr_eq(object, earlier) {
                continue;
            }
            let object = Rc::make_mut(object);
            for (name, value) in &mut object.fields {
                if let Some(earlier) = earlier.field(*name)
                    && earlier != value
                {
                    *value = widen_value(value, earlier);
                }
            }
            if object.rest != earlier.rest {
                object.rest = widen_value(&object.rest, &earlier.rest);
            }
        }
        after
    }

    // ---- exceptions

    fn attempt(
        &mut self,
        frame: &mut Frame<'p>,
        body: &'p [Stmt],
        handlers: &'p [Handler],
        or_else: &'p [Stmt],
        finally: &'p [Stmt],
    ) {
        let exits_before = frame.exits.len();
        let exit_before = frame.exit_state.clone();
        frame.tries.push(Try { state: Some(frame.state.clone()), raised: Value::undefined() });
        self.block(frame, body);
        let Some(attempt) = frame.tries.pop() else { return };
        let finished = frame.state.alive.then(|| frame.state.clone());
        let mut after = self.branch(frame, finished, |solver, frame| solver.block(frame, or_else));
        let raises = body.iter().any(can_raise);
        if raises {
            for handler in handlers {
                let state = attempt.state.clone();
                let raised = attempt.raised.clone();
                let end = self.branch(frame, state, |solver, frame| {
                    if let Some((variable, _)) = handler.name {
                        let value = solver.caught(frame, handler, &raised);
                        solver.set_variable(frame, variable, value);
                    }
                    solver.block(frame, &handler.body);
                });
                after = self.join_states(frame, after, end);
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
        if !finally.is_empty() {
            let exits = frame.exits.len();
            let exit_state = std::mem::replace(&mut frame.exit_state, exit_before);
            let comes_through = after.is_some();
            let normal = self.branch(frame, after, |solver, frame| solver.block(frame, finally));
            // Ways that don't come through: an exception, a return.
            let mut goes_on = normal.is_some() || !comes_through;
            if (raises && handlers.is_empty() || exits > exits_before)
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

    /// What `except … as name` binds.
    fn caught(&mut self, frame: &mut Frame<'p>, handler: &'p Handler, raised: &Value) -> Value {
        let Some(wanted) = handler.exception.as_ref().map(|expression| self.expression(frame, expression)) else {
            return raised.clone();
        };
        let mut classes = Vec::new();
        let mut externals = Vec::new();
        let mut collect = |value: &Value| {
            for reference in &value.refs {
                match reference {
                    Ref::Class(class) => classes.push(*class),
                    Ref::External(name) => externals.push(*name),
                    _ => {}
                }
            }
        };
        collect(&wanted);
        for reference in &wanted.refs {
            if let Ref::Tuple(elements) = reference {
                elements.iter().for_each(&mut collect);
            }
        }
        let mut result = Value::undefined();
        for reference in &raised.refs {
            let keep = match reference {
                Ref::Object(id) => match self.kind(frame, *id) {
                    ObjectKind::Instance(own) => {
                        let lineage = self.lineage(frame, own);
                        lineage.iter().any(|one| match one {
                            super::classes::Ancestor::Class(class) => classes.iter().any(|c| c.body == class.body),
                            super::classes::Ancestor::External(name) => {
                                externals.contains(name)
                                    || externals.iter().any(|one| one.as_str() == "builtins.Exception" || one.as_str() == "builtins.BaseException")
                            }
                        }) || !externals.is_empty() && lineage.len() == 1
                    }
                    _ => true,
                },
                _ => true,
            };
            if keep {
                result = result.join(&Value::reference(reference.clone()));
            }
        }
        if result.is_undefined() || !externals.is_empty() {
            let labels = raised.own_labels();
            let mut caught = Value::opaque(labels);
            for name in externals {
                caught = caught.join(&Value::reference(Ref::Instance(name)));
            }
            result = result.join(&caught);
        }
        result
    }

    fn with_block(&mut self, frame: &mut Frame<'p>, items: &'p [(Expr, Option<Target>)], body: &'p [Stmt]) {
        let mut exits = Vec::new();
        let mut suppresses = false;
        for (context, target) in items {
            let manager = self.expression(frame, context);
            let entered = self.enter(frame, &manager, context.span);
            if let Some(target) = target {
                self.assign(frame, target, entered);
            }
            suppresses |= self.is_suppression(frame, &manager) || self.special_method(frame, &manager, "__exit__").is_some();
            exits.push((manager, context.span));
        }
        if !frame.state.alive {
            return;
        }
        frame.tries.push(Try { state: Some(frame.state.clone()), raised: Value::undefined() });
        self.block(frame, body);
        let Some(attempt) = frame.tries.pop() else { return };
        if !attempt.raised.is_undefined() {
            self.note_raised(frame, &attempt.raised);
        }
        let mut after = frame.state.alive.then(|| frame.state.clone());
        if let Some(state) = attempt.state {
            if !frame.tries.is_empty() {
                let outer = state.clone();
                self.note_state(frame, outer);
            }
            // An exception that is suppressed goes on behind the block.
            if suppresses && body.iter().any(can_raise) && self.may_suppress(frame, &exits) {
                after = self.join_states(frame, after, Some(state));
            }
        }
        let after = self.branch(frame, after, |solver, frame| {
            for (manager, span) in exits.iter().rev() {
                if let Some(method) = solver.special_method(frame, manager, "__exit__") {
                    let arguments = Arguments::of(vec![Value::none(), Value::none(), Value::none()]);
                    solver.call(frame, &method, &arguments, *span);
                }
            }
        });
        self.resume(frame, after, None);
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

    fn may_suppress(&mut self, frame: &mut Frame<'p>, exits: &[(Value, Span)]) -> bool {
        for (manager, span) in exits {
            match self.special_method(frame, manager, "__exit__") {
                None => {
                    if self.is_suppression(frame, manager) {
                        return true;
                    }
                }
                Some(method) => {
                    let before = frame.state.clone();
                    frame.state.alive = true;
                    let arguments = Arguments::of(vec![Value::unknown(), Value::unknown(), Value::unknown()]);
                    let result = self.call(frame, &method, &arguments, *span);
                    frame.state = before;
                    if result.truth() != Some(false) {
                        return true;
                    }
                }
            }
        }
        false
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
                    ObjectKind::External(kind) => Some(kind),
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

    // ---- definitions

    pub(super) fn captured_cells(&mut self, frame: &mut Frame<'p>, ir: &'p Body) -> Vec<ObjectId> {
        ir.free
            .iter()
            .map(|free| match free.from {
                Captured::Slot(slot) => self.cell(frame, slot),
                Captured::Free(index) => self.free_cell(frame, index),
            })
            .collect()
    }

    pub(super) fn function_value(&mut self, frame: &mut Frame<'p>, body: BodyId) -> Value {
        let index = self.body_index(frame.file, body);
        let (_, ir) = self.body(index);
        let cells = self.captured_cells(frame, ir);
        let defaults: Vec<Value> = ir
            .parameters
            .iter()
            .map(|parameter| match &parameter.default {
                Some(default) => self.expression(frame, default),
                None => Value::undefined(),
            })
            .collect();
        let plain = defaults.iter().all(|value| value.is_undefined() || value.is_constant());
        if cells.is_empty() && plain {
            return Value::reference(Ref::Function(index, None));
        }
        let mut object = Object::new(ObjectKind::Environment(cells.into()));
        object.elements = defaults;
        let environment = self.allocate(frame, ir.name_span, 30_000, object);
        Value::reference(Ref::Function(index, Some(environment)))
    }

    pub(super) fn decorated(&mut self, frame: &mut Frame<'p>, value: Value, decorators: &'p [Expr], span: Span) -> Value {
        let mut value = value;
        for decorator in decorators.iter().rev() {
            let callee = self.expression(frame, decorator);
            value = self.decorate(frame, &callee, value, decorator.span);
        }
        let _ = span;
        value
    }

    fn class_value(&mut self, frame: &mut Frame<'p>, body: BodyId) -> Value {
        let index = self.body_index(frame.file, body);
        let (_, ir) = self.body(index);
        self.visited.insert(index);
        let mut bases = Vec::new();
        let mut keywords = Vec::new();
        for argument in &ir.bases {
            let value = self.expression(frame, &argument.value);
            match argument.kind {
                ArgumentKind::Positional => bases.push(value),
                ArgumentKind::Keyword(name) => keywords.push((name, value)),
                _ => {}
            }
        }
        // The body runs in place, with variables of its own.
        let cells = self.captured_cells(frame, ir);
        let namespace = self.allocate(
            frame,
            ir.name_span,
            20_000,
            Object::new(ObjectKind::Class(index, bases.clone().into())),
        );
        if matches!(namespace, ObjectId::Global(_)) {
            self.classes.insert(index, namespace);
        }
        let outer_ir = std::mem::replace(&mut frame.ir, ir);
        let outer_body = std::mem::replace(&mut frame.body, index);
        let outer_locals =
            std::mem::replace(&mut frame.state.locals, Rc::new(vec![Value::undefined(); ir.slots.len()]));
        let outer_cells = std::mem::take(&mut frame.cells);
        for (number, cell) in cells.into_iter().enumerate() {
            frame.cells.insert(1 << 24 | number as u32, cell);
        }
        let outer_statement = frame.statement;
        self.block(frame, &ir.block);
        let mut fields = Vec::new();
        for (number, slot) in ir.slots.iter().enumerate() {
            let value = self.slot_value(frame, SlotId(number as u32));
            if !value.is_undefined() {
                fields.push((slot.name, value));
            }
        }
        frame.statement = outer_statement;
        frame.ir = outer_ir;
        frame.body = outer_body;
        frame.state.locals = outer_locals;
        frame.cells = outer_cells;
        if !frame.state.alive {
            frame.state.alive = true;
        }
        let class = ClassRef { body: index, namespace };
        let metaclass = keywords.iter().find(|(name, _)| name.as_str() == "metaclass").map(|(_, value)| value.clone());
        self.change(frame, namespace, |object| {
            object.fields = fields;
            if let Some(metaclass) = metaclass {
                object.fields.push((Symbol::new("<metaclass>"), metaclass));
            }
        });
        self.finish_class(frame, class, &keywords, ir.name_span);
        let value = Value::reference(Ref::Class(class));
        let decorated = self.decorated(frame, value, &ir.decorators, ir.name_span);
        self.class_entries(frame, class);
        decorated
    }

    /// Enums, inherited markers, `__init_subclass__`, `__set_name__`.
    fn finish_class(&mut self, frame: &mut Frame<'p>, class: ClassRef, keywords: &[(Symbol, Value)], span: Span) {
        let lineage = self.lineage(frame, class);
        let mut is_enum = false;
        for ancestor in lineage.iter().skip(1) {
            match ancestor {
                super::classes::Ancestor::External(name) => {
                    is_enum |= matches!(
                        name.as_str(),
                        "enum.Enum" | "enum.IntEnum" | "enum.StrEnum" | "enum.Flag" | "enum.IntFlag"
                            | "django.db.models.TextChoices" | "django.db.models.IntegerChoices"
                    );
                }
                super::classes::Ancestor::Class(base) => {
                    let object = self.object(frame, base.namespace);
                    is_enum |= object.field(Symbol::new("<enum>")).is_some();
                    if let Some(metaclass) = object.field(Symbol::new("<metaclass>")).cloned() {
                        self.change(frame, class.namespace, |object| {
                            if object.field(Symbol::new("<metaclass>")).is_none() {
                                object.fields.push((Symbol::new("<metaclass>"), metaclass));
                            }
                        });
                    }
                }
            }
        }
        if is_enum {
            let fields = self.object(frame, class.namespace).fields.clone();
            for (number, (name, value)) in fields.iter().enumerate() {
                let callable = value
                    .refs
                    .iter()
                    .any(|one| matches!(one, Ref::Function(..)) || Self::descriptor(one).is_some());
                if callable || name.as_str().starts_with('_') || name.as_str().starts_with('<') {
                    continue;
                }
                let mut member = Object::new(ObjectKind::Instance(class));
                member.fields.push((Symbol::new("value"), value.clone()));
                member.fields.push((Symbol::new("name"), Value::string(name.as_str())));
                member.rest = value.clone();
                let id = self.allocate(frame, span, 21_000 + number as u32, member);
                let own = Value::object(id);
                self.change(frame, class.namespace, |object| object.set_field(*name, own));
            }
            self.change(frame, class.namespace, |object| {
                object.fields.push((Symbol::new("<enum>"), Value::boolean(true)));
            });
        }
        let fields = self.object(frame, class.namespace).fields.clone();
        for (name, value) in fields {
            if value.refs.iter().any(|one| matches!(one, Ref::Object(_)))
                && let Some(method) = self.special_method(frame, &value, "__set_name__")
            {
                let arguments =
                    Arguments::of(vec![Value::reference(Ref::Class(class)), Value::string(name.as_str())]);
                self.call(frame, &method, &arguments, span);
            }
        }
        if let Some((hook, _)) = self.lookup_in(frame, &lineage[1..], Symbol::new("__init_subclass__")) {
            let mut function = Value::undefined();
            for reference in &hook.refs {
                function = function.join(&match Self::descriptor(reference) {
                    Some((_, partial)) => partial.positional.first().cloned().unwrap_or_default(),
                    None => Value::reference(reference.clone()),
                });
            }
            let mut arguments = Arguments::of(vec![Value::reference(Ref::Class(class))]);
            arguments.keywords =
                keywords.iter().filter(|(name, _)| name.as_str() != "metaclass").cloned().collect();
            self.call(frame, &function, &arguments, span);
        }
        let metaclass = self.object(frame, class.namespace).field(Symbol::new("<metaclass>")).cloned();
        if let Some(metaclass) = metaclass
            && let Some(Ref::Class(meta)) = metaclass.refs.first()
        {
            for method in ["__new__", "__init__"] {
                if let Some((hook, _)) = self.class_lookup(frame, *meta, Symbol::new(method)) {
                    let first = if method == "__new__" { metaclass.clone() } else { Value::reference(Ref::Class(class)) };
                    let arguments = Arguments::of(vec![
                        first,
                        Value::string(self.body(class.body).1.name.as_str()),
                        Value::unknown(),
                        Value::object(class.namespace),
                    ]);
                    self.call(frame, &hook, &arguments, span);
                }
            }
        }
    }
}

fn widen_value(value: &Value, earlier: &Value) -> Value {
    if value.texts.len() <= earlier.texts.len() {
        return value.clone();
    }
    value.edit(|data| {
        let mut texts = std::mem::take(&mut data.texts).into_iter();
        if let Some(first) = texts.next() {
            let widened = texts.fold(first, |all, text| all.widen(&text));
            data.add_text(widened);
        }
    })
}

fn is_true(test: &Expr) -> bool {
    use vansire_python::ir::{Constant, ExprKind};
    matches!(&test.kind, ExprKind::Constant(Constant::True | Constant::Integer(1)))
}

fn same_state(left: &State, right: &State) -> bool {
    (Rc::ptr_eq(&left.locals, &right.locals) || left.locals == right.locals)
        && (Rc::ptr_eq(&left.heap, &right.heap) || left.heap == right.heap)
        && left.globals == right.globals
        && left.facts == right.facts
        && left.splits == right.splits
}

/// Whether an exception can leave a statement: all but the plainest can.
fn can_raise(statement: &Stmt) -> bool {
    use vansire_python::ir::ExprKind;
    match &statement.kind {
        StmtKind::Pass | StmtKind::Break | StmtKind::Continue | StmtKind::Function { .. } => false,
        StmtKind::Assign { targets, value, .. } => {
            !matches!(value.kind, ExprKind::Constant(_))
                || targets.iter().any(|target| !matches!(target.kind, TargetKind::Name(..)))
        }
        StmtKind::Return(value) => value
            .as_ref()
            .is_some_and(|value| !matches!(value.kind, ExprKind::Constant(_) | ExprKind::Name(..))),
        StmtKind::Expr(value) => !matches!(value.kind, ExprKind::Constant(_)),
        _ => true,
    }
}
