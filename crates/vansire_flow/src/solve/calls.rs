//! Calls: which bodies they enter, in which contexts, and what comes back.

use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use vansire_python::ir::Span;
use vansire_python::{Symbol, symbol};

use super::binding::{Arguments, Binding};
use super::deferred::Part;
use super::shapes::{Context, Shape, ShapeRef};
use super::{
    CallName, Exit, Frame, MAXIMUM_CONTEXTS, MAXIMUM_DEPTH, MAXIMUM_ROUNDS, Running, Solver, Summary,
};
use crate::domain::{
    BodyIndex, Fact, Facts, Identity, Labels, Object, ObjectId, ObjectKind, PathId, Ref, Root, State,
    StepKind, Value,
};

/// The same for what a decorator has put around functions of modules: one for each of them.
const MAXIMUM_CONTEXTS_OF_WRAPPERS: usize = 40;
/// A body that calls itself is told apart this often.
const MAXIMUM_RECURSION: usize = 3;
/// The same where it calls what it was wrapped around, by decorators that stand on top of each other.
const MAXIMUM_WRAPPED: usize = 8;
/// A body's inputs matter in at most this many places.
const MAXIMUM_DEMANDS: usize = 40;

impl<'p> Solver<'p> {
    /// Calls whatever a value refers to.
    pub(super) fn call(
        &mut self,
        frame: &mut Frame<'p>,
        callee: &Value,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        if !frame.state.alive {
            return Value::undefined();
        }
        let known: Vec<&Ref> = callee
            .refs
            .iter()
            .filter(|reference| !matches!(reference, Ref::Object(ObjectId::Path(path)) if !frame.kinds.contains_key(path)))
            .collect();
        if known.len() < callee.refs.len() || callee.other {
            Self::demand_value(frame, callee);
        }
        match known.as_slice() {
            [] => self.opaque_call(frame, callee, arguments, span),
            [reference] if !callee.other => self.call_reference(frame, reference, arguments, span),
            several => {
                let several: Vec<Ref> = several.iter().map(|&reference| reference.clone()).collect();
                let before = frame.state.clone();
                let mut result = Value::undefined();
                let mut after: Option<State> = None;
                for reference in &several {
                    frame.state = before.clone();
                    let value = self.call_reference(frame, reference, arguments, span);
                    if frame.state.alive {
                        result = result.join(&value);
                        let state = std::mem::replace(&mut frame.state, before.clone());
                        after = self.join_states(frame, after, Some(state));
                    }
                }
                if callee.other && !several.iter().any(|one| matches!(one, Ref::Function(..) | Ref::Bound(_)))
                {
                    frame.state = before.clone();
                    let value = self.opaque_call(frame, callee, arguments, span);
                    result = result.join(&value);
                    let state = frame.state.clone();
                    after = self.join_states(frame, after, Some(state));
                }
                frame.state = before;
                match after {
                    Some(state) => frame.state = state,
                    None => frame.state.alive = false,
                }
                result
            }
        }
    }

    fn call_reference(
        &mut self,
        frame: &mut Frame<'p>,
        reference: &Ref,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        // A class that is its own constructor, an object that is its own `__call__`.
        self.work += 1;
        if self.nesting >= 2 * MAXIMUM_DEPTH as u32 || self.work > 2 * self.maximum_work {
            self.count("calls beyond a bound");
            return self.opaque_call(frame, &Value::undefined(), arguments, span);
        }
        self.nesting += 1;
        let value = self.call_one(frame, reference, arguments, span);
        self.nesting -= 1;
        value
    }

    fn call_one(
        &mut self,
        frame: &mut Frame<'p>,
        reference: &Ref,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        match reference {
            Ref::Function(body, environment) => self.call_body(frame, *body, *environment, arguments, span),
            Ref::Bound(bound) => match &bound.0 {
                Ref::Function(body, environment) => {
                    let mut arguments = arguments.with_receiver(bound.1.clone());
                    if self.is_override(frame, *body, &bound.1) {
                        arguments.guess();
                    }
                    self.call_body(frame, *body, *environment, &arguments, span)
                }
                Ref::External(name) => {
                    let receiver = bound.1.clone();
                    self.call_external(frame, *name, Some(&receiver), arguments, span)
                }
                other => {
                    let arguments = arguments.with_receiver(bound.1.clone());
                    self.call_reference(frame, other, &arguments, span)
                }
            },
            Ref::Class(class) => self.construct(frame, *class, arguments, span),
            Ref::External(name) => self.call_external(frame, *name, None, arguments, span),
            Ref::Instance(name) => {
                let name = self.member(*name, symbol!("__call__"));
                self.call_external(frame, name, Some(&Value::reference(reference.clone())), arguments, span)
            }
            Ref::Object(id) => {
                let receiver = Value::reference(reference.clone());
                match self.kind(frame, *id) {
                    ObjectKind::Instance(_) => match self.special_method(frame, &receiver, "__call__") {
                        Some(method) => self.call(frame, &method, arguments, span),
                        None => self.opaque_call(frame, &receiver, arguments, span),
                    },
                    ObjectKind::External(name) if super::dispatch::is_dispatcher(name.as_str()) => {
                        self.dispatch(frame, *id, arguments, span)
                    }
                    ObjectKind::External(name) => {
                        let name = self.member(name, symbol!("__call__"));
                        self.call_external(frame, name, Some(&receiver), arguments, span)
                    }
                    _ => self.opaque_call(frame, &receiver, arguments, span),
                }
            }
            Ref::Partial(partial) => {
                let mut all = Arguments { positional: partial.positional.clone(), ..Arguments::default() };
                all.positional.extend(arguments.positional.iter().cloned());
                all.rest.clone_from(&arguments.rest);
                all.keyword_rest.clone_from(&arguments.keyword_rest);
                all.keyword_names.clone_from(&arguments.keyword_names);
                all.keywords.clone_from(&arguments.keywords);
                for (name, value) in &partial.keywords {
                    if !all.keywords.iter().any(|(own, _)| own == name) {
                        all.keywords.push((*name, value.clone()));
                    }
                }
                let callee = partial.callee.clone();
                self.call(frame, &callee, &all, span)
            }
            Ref::Tuple(_) | Ref::Module(_) | Ref::Namespace(_) | Ref::Super(_) | Ref::Frozen(_) => {
                self.opaque_call(frame, &Value::unknown(), arguments, span)
            }
        }
    }

    /// A call of which nothing is known: what goes in may come out.
    pub(super) fn opaque_call(
        &mut self,
        frame: &mut Frame<'p>,
        callee: &Value,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        self.start_response(frame, callee, arguments, span);
        self.unknown_calls += 1;
        let mut labels = callee.own_labels();
        for value in arguments.all() {
            labels = labels.union(&self.deep_labels(frame, value));
        }
        let labels = labels.guessed();
        let labels = self.stepped(&labels, StepKind::Through, frame.file, span, symbol!("an unknown call"));
        let identity = Identity::Site(span.start, 1);
        frame.state.forget(identity);
        Value::opaque(labels).with_identity(Some(identity))
    }

    pub(super) fn call_body(
        &mut self,
        frame: &mut Frame<'p>,
        body: BodyIndex,
        environment: Option<ObjectId>,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        self.note_call(frame, CallName::Body(body));
        let (_, ir) = self.body(body);
        if self.module_depth > 0 {
            self.flush(frame);
        }
        if ir.is_async && !ir.is_generator && ir.decorators.is_empty() && self.is_dropped(frame, span) {
            return Value::unknown();
        }
        // A model of the user's may describe functions of the project itself.
        let known = if let Some(known) = self.own_models.get(&body) {
            *known
        } else {
            let models = self.input.models;
            let known = models.functions.get(&Symbol::new(&self.dotted(body)));
            self.own_models.insert(body, known);
            known
        };
        if let Some(model) = known {
            // Positions don't count the receiver.
            let mut own = arguments.clone();
            let receives = self.is_method(body) && !self.decorated_as(body, "staticmethod");
            let receiver = (receives && !own.positional.is_empty()).then(|| own.positional.remove(0));
            let site = super::external::CallSite { receiver: receiver.as_ref(), arguments: &own, span };
            self.apply_sinks(frame, model, &site);
        }
        // Nothing of a generator runs before it is asked; what modules make is there for everybody.
        if ir.is_generator && !self.is_shared(frame) {
            let binding = self.bind(frame, ir, environment, arguments, span, body);
            return self.deferred(frame, body, environment, binding.parameters, span);
        }
        // Where no data from outside passes, what leads nowhere needn't be followed. Constructors are:
        // what they store tells what objects are.
        if !frame.context.precise
            && self.calm.get(frame.body.0 as usize) == Some(&true)
            && self.quiet.get(body.0 as usize) == Some(&true)
            && !matches!(ir.name.as_str(), "__init__" | "__new__" | "__enter__" | "__init_subclass__")
            && !arguments.all().any(|value| self.carries_source(frame, value))
        {
            self.called.insert(body);
            self.count("calls that lead nowhere");
            let result = self.opaque_call(frame, &Value::undefined(), arguments, span);
            // Of what type it is, its annotation tells.
            let (file, _) = self.body(body);
            let declared = ir.returns.as_ref().map(|returns| self.annotated(file, returns));
            return match declared.as_ref().map(|declared| declared.refs.as_slice()) {
                Some([Ref::Instance(kind)]) => Self::typed(*kind, &result),
                _ => result,
            };
        }
        if self.work > 2 * self.maximum_work {
            self.count("calls beyond a bound");
            return self.opaque_call(frame, &Value::undefined(), arguments, span);
        }
        let mut binding = self.bind(frame, ir, environment, arguments, span, body);
        if ir.receives {
            // Nothing was sent yet.
            binding.parameters.push(Value::none());
        }
        let Some(summary) = self.summary(frame, body, &mut binding, Part::Whole) else {
            self.count("calls beyond a bound");
            return self.opaque_call(frame, &Value::undefined(), arguments, span);
        };
        let returned = self.instantiate(frame, &summary, &mut binding, span, ir.name, body.0);
        self.handed_on(frame, arguments);
        if let Some(value) = returned {
            let value = self.receive_files(frame, &summary, value, span);
            if ir.receives {
                self.note_made(frame, &value, Ref::Function(body, environment), &binding);
            }
            if value.identity.is_none() && !value.is_constant() {
                let identity = Identity::Site(span.start, 2);
                frame.state.forget(identity);
                if let Some((base, kinds)) = summary.implies
                    && let Some(base) = self.identity_of_input(frame, &mut binding, base)
                {
                    let fact = Fact { implies: Some((base, kinds)), ..Fact::default() };
                    frame.state.add_fact(identity, &fact);
                }
                value.with_identity(Some(identity))
            } else {
                value
            }
        } else {
            frame.state.alive = false;
            Value::undefined()
        }
    }

    /// A call of a body with what its parameters are, found before.
    pub(super) fn call_bound(
        &mut self,
        frame: &mut Frame<'p>,
        body: BodyIndex,
        environment: Option<ObjectId>,
        parameters: Vec<Value>,
        span: Span,
    ) -> Option<Value> {
        let (_, ir) = self.body(body);
        let cells = self.environment_cells(frame, environment, ir.free.len());
        let (known, deep) = (FxHashMap::default(), FxHashMap::default());
        let mut binding = Binding { parameters, cells, known, deep, has_receiver: false };
        let summary = self.summary(frame, body, &mut binding, Part::Whole)?;
        self.instantiate(frame, &summary, &mut binding, span, ir.name, body.0)
    }

    /// What is in the caller what a callee calls so.
    fn identity_of_input(
        &mut self,
        frame: &mut Frame<'p>,
        binding: &mut Binding,
        identity: Identity,
    ) -> Option<Identity> {
        match identity {
            Identity::Path(path) => self.resolve(frame, binding, path).identity,
            Identity::Entity(_) => Some(identity),
            Identity::Site(..) | Identity::Elements(_) => None,
        }
    }

    /// The summary of a body for what its inputs are in the caller.
    pub(super) fn summary(
        &mut self,
        frame: &mut Frame<'p>,
        body: BodyIndex,
        binding: &mut Binding,
        part: Part,
    ) -> Option<Rc<Summary>> {
        self.dependencies.uses(body, frame.body);
        let mut demands = self.demands.get(&body).cloned().unwrap_or_default();
        // Only of this call: what it calls in turn is as precise as ever.
        let deciding = std::mem::take(&mut frame.deciding);
        let mut precise = frame.context.precise
            || frame.ir.parent.is_none()
            || binding.parameters.iter().any(|value| self.carries_source(frame, value))
            || binding.cells.iter().any(|cell| self.carries_source(frame, &Value::object(*cell)));
        // Flags among the constants are told: `None`, a truth, a number, but no text.
        let mut flags = false;
        let is_flag = |value: &Value| value.is_constant() && !value.is_undefined() && value.texts.is_empty();
        let mut last = None;
        for _ in 0..6 {
            let mut shapes: Vec<(PathId, Shape)> = Vec::new();
            self.work += demands.len() as u64;
            for &(path, strong) in &demands {
                let actual = self.resolve(frame, binding, path);
                // A caller that knows no more than its own caller tells asks it.
                if !actual.is_constant() {
                    Self::demand_with(frame, &actual, strong);
                }
                if let Some(shape) =
                    self.shape_of(frame, &actual, precise || strong || deciding || flags && is_flag(&actual))
                    && !self.is_default(frame, body, path, &shape)
                {
                    shapes.push((path, shape));
                }
            }
            shapes.sort_by_key(|(path, _)| *path);
            let context = Rc::new(Context { shapes, root: false, precise, part });
            let summary = self.solve(body, &context)?;
            let mut grown = add_demands(&mut demands, &summary.demands);
            let own = self.demands.entry(body).or_default();
            add_demands(own, &demands);
            grown |= add_demands(&mut demands, own);
            let settled = !precise && !grown;
            let chooses = settled && Self::chooses_code(&summary);
            let gives = settled && !flags && Self::gives_data(&summary);
            let demanded: Vec<PathId> =
                if chooses || gives { demands.iter().map(|(path, _)| *path).collect() } else { Vec::new() };
            last = Some(summary);
            let mut known = demanded.into_iter().map(|path| self.resolve(frame, binding, path));
            // Which function or class comes back is decided by the constants that go in.
            if chooses {
                if known.any(|actual| actual.is_constant() && !actual.is_undefined()) {
                    precise = true;
                    continue;
                }
            } else if known.any(|actual| is_flag(&actual)) {
                // So is by flags what becomes of data that comes in there.
                flags = true;
                continue;
            }
            if !grown {
                break;
            }
        }
        let context = self.solved_context.clone();
        self.note_context(frame, body, &context);
        last
    }

    /// Whether one of several functions or classes comes back, or an instance of one of several classes.
    fn chooses_code(summary: &Summary) -> bool {
        let Some(value) = &summary.returns else { return false };
        if value.refs.len() < 2 {
            return false;
        }
        let code = |reference: &&Ref| match reference {
            Ref::Function(..) | Ref::Class(_) | Ref::Bound(_) => true,
            Ref::Object(id @ ObjectId::Local(_)) => summary
                .objects
                .binary_search_by_key(id, |(own, _)| *own)
                .is_ok_and(|at| matches!(summary.objects[at].1.kind, ObjectKind::Instance(_))),
            _ => false,
        };
        value.refs.iter().filter(code).count() >= 2
    }

    /// Whether data from outside that came in within comes back.
    fn gives_data(summary: &Summary) -> bool {
        summary.returns.as_ref().is_some_and(|value| !value.own_labels().of_sources().is_empty())
    }

    /// The receiver of a method is an instance of the class that holds the method, or of one below it: no news.
    fn is_default(&mut self, frame: &mut Frame<'p>, body: BodyIndex, path: PathId, shape: &Shape) -> bool {
        let (Ok(Root::Parameter(0)), _) = self.paths.node(path) else { return false };
        if shape.other {
            return false;
        }
        let Some(parent) = self.parent(body) else { return false };
        match shape.refs.as_slice() {
            [ShapeRef::Instance(class, _)] => parent == *class && !self.has_subclasses(*class),
            [ShapeRef::Declared(class, _)] => parent == *class || self.is_below(frame, parent, *class),
            _ => false,
        }
    }

    /// The summary of a body in a context; none past the bounds.
    pub(super) fn solve(&mut self, body: BodyIndex, context: &Rc<Context>) -> Option<Rc<Summary>> {
        let mut context = context.clone();
        self.visited.insert(body);
        if let Some(summary) = self.known_summary(body, &context) {
            self.solved_context = context;
            return Some(summary);
        }
        // Captured functions are what a decorator was put around; those that modules have made are as many as they are.
        let wraps = context.shapes.iter().any(|(path, shape)| {
            let captured = matches!(self.paths.root_of(*path), Root::Free(_));
            shape.refs.iter().any(|one| match one {
                ShapeRef::Same(Ref::Function(..)) => true,
                ShapeRef::Function(..) => captured,
                _ => false,
            })
        });
        let most = if wraps { MAXIMUM_CONTEXTS_OF_WRAPPERS } else { MAXIMUM_CONTEXTS };
        if self.memo.get(&body).is_some_and(|known| known.len() >= most) {
            self.count("contexts beyond the bound");
            context = Rc::new(Context { shapes: Vec::new(), root: context.root, ..(*context).clone() });
            if let Some(summary) = self.known_summary(body, &context) {
                self.solved_context = context;
                return Some(summary);
            }
        }
        let same: Vec<usize> = (0..self.running.len()).filter(|&at| self.running[at].body == body).collect();
        if let Some(&at) = same.iter().find(|&&at| self.running[at].context == context) {
            self.running[at].used = true;
            self.solved_context = context;
            return Some(self.running[at].assumed.clone());
        }
        let most = if wraps { MAXIMUM_WRAPPED } else { MAXIMUM_RECURSION };
        if same.len() >= most {
            // Recursion that always brings something new: from here on nothing of it is known.
            context = Rc::new(Context { shapes: Vec::new(), root: false, ..(*context).clone() });
            if let Some(&at) = same.iter().find(|&&at| self.running[at].context == context) {
                self.running[at].used = true;
                self.solved_context = context;
                return Some(self.running[at].assumed.clone());
            }
            if let Some(summary) = self.known_summary(body, &context) {
                self.solved_context = context;
                return Some(summary);
            }
        }
        if self.running.len() >= MAXIMUM_DEPTH || self.work > self.maximum_work {
            return None;
        }
        self.running.push(Running { body, context: context.clone(), assumed: Rc::default(), used: false });
        let depth = self.running.len();
        let mut summary = Rc::new(self.solve_once(body, &context));
        for _ in 1..MAXIMUM_ROUNDS {
            let running = &mut self.running[depth - 1];
            if !running.used || Self::same_outcome(&running.assumed, &summary) {
                break;
            }
            running.assumed = summary.clone();
            running.used = false;
            summary = Rc::new(self.solve_once(body, &context));
        }
        self.running.truncate(depth - 1);
        self.memo.entry(body).or_default().push((context.clone(), summary.clone()));
        self.solved_context = context;
        Some(summary)
    }

    pub(super) fn known_summary(&self, body: BodyIndex, context: &Rc<Context>) -> Option<Rc<Summary>> {
        let known = self.memo.get(&body)?;
        known.iter().find(|(own, _)| own == context).map(|(_, summary)| summary.clone())
    }

    fn same_outcome(left: &Summary, right: &Summary) -> bool {
        left.returns == right.returns
            && left.hits.len() == right.hits.len()
            && left.objects.len() == right.objects.len()
            && left.objects.iter().zip(&right.objects).all(|(one, two)| one.0 == two.0 && one.1 == two.1)
    }

    pub(super) fn new_frame(&mut self, body: BodyIndex, context: Rc<Context>) -> Frame<'p> {
        let (file, ir) = self.body(body);
        Frame {
            body,
            file,
            ir,
            context,
            state: State::new(ir.slots.len()),
            flushed: Vec::new(),
            loops: Vec::new(),
            tries: Vec::new(),
            caught: Vec::new(),
            exits: Vec::new(),
            exit_state: None,
            raise_state: None,
            yields: None,
            raised: Value::undefined(),
            hits: Vec::new(),
            pending: Vec::new(),
            demands: BTreeMap::new(),
            asked: Vec::new(),
            allocations: FxHashMap::default(),
            round: 0,
            kinds: FxHashMap::default(),
            declared: Vec::new(),
            hints: FxHashMap::default(),
            statement: ir.span,
            deciding: false,
            neutral: false,
            indexed: Vec::new(),
            dropped: None,
            late: FxHashMap::default(),
            resuming: false,
            script: None,
            cells: FxHashMap::default(),
        }
    }

    fn solve_once(&mut self, body: BodyIndex, context: &Rc<Context>) -> Summary {
        self.count("bodies solved");
        // The callee's paths are a matter of their own.
        let projecting = std::mem::take(&mut self.projecting);
        let touched = std::mem::take(&mut self.touched);
        let partial = std::mem::take(&mut self.partial);
        let mut summary = self.interpret(body, context);
        summary.touched = std::mem::replace(&mut self.touched, touched);
        summary.partial = std::mem::replace(&mut self.partial, partial) || self.work > self.maximum_work;
        self.projecting = projecting;
        summary
    }

    fn interpret(&mut self, body: BodyIndex, context: &Rc<Context>) -> Summary {
        let mut frame = self.new_frame(body, context.clone());
        self.prepare_parameters(&mut frame);
        let ir = frame.ir;
        let parent = self.parent(body).map(|parent| self.body(parent).1);
        let signature = self.input.models.signature(ir, parent);
        for index in 0..ir.parameters.len() {
            let path = self.parameter_path(index);
            let mut value = self.path_value(&mut frame, path);
            let parameter = &ir.parameters[index];
            if let Some(source) = self.input.models.parameter_sources.get(&parameter.name)
                && source.active
            {
                let file = frame.file;
                let labels = self.source_labels(file, parameter.span, source.name);
                value = value.join(&Value::opaque(labels));
            }
            if let Some(signature) = signature.filter(|one| one.position() == index) {
                let file = frame.file;
                let labels = self.source_labels(file, parameter.span, signature.source.name);
                // Nobody else calls it.
                value = Value::opaque(labels);
            }
            if let Some(handed) = self.handed_over(&frame, index) {
                // What is proved of the parameter is proved of it as well.
                let identity = value.identity;
                value = value.join(&handed).with_identity(identity);
            }
            self.set_slot(&mut frame, index, value);
        }
        if ir.is_generator {
            self.begin_generator(&mut frame);
        }
        if context.part == Part::Rest {
            self.take_up(&mut frame);
        }
        self.begin_admitted(&mut frame);
        self.block(&mut frame, &ir.block);
        if frame.state.alive {
            self.leave(&mut frame, Value::none());
        }
        self.finish(frame)
    }

    /// Control leaves the body here, with this value.
    pub(super) fn leave(&mut self, frame: &mut Frame<'p>, value: Value) {
        if !frame.state.alive {
            return;
        }
        let value = self.read(frame, &value);
        self.carry_out_seen(frame, &value);
        let value = self.with_implied(frame, &value);
        let value = if frame.state.files.is_empty() { value } else { self.keep_files(frame, value) };
        self.respond(frame, &value);
        self.note_end(frame);
        let implies = value.identity.and_then(|own| frame.state.fact(own)).and_then(|fact| fact.implies);
        let facts: Vec<(Identity, Fact)> = frame
            .state
            .facts
            .iter()
            .filter(|(identity, _)| matches!(identity, Identity::Path(_) | Identity::Entity(_)))
            .cloned()
            .collect();
        frame.exits.push(Exit { value, facts: Rc::new(facts), implies });
        let state = frame.state.clone();
        let earlier = frame.exit_state.take();
        frame.exit_state = self.join_states(frame, earlier, Some(state));
        frame.state.alive = false;
    }

    /// The summary of a body that was interpreted to its end.
    pub(super) fn finish(&mut self, mut frame: Frame<'p>) -> Summary {
        if frame.yields.is_some() && frame.context.part != Part::Beginning {
            self.left_waiting(&mut frame);
        }
        let Some(mut state) = frame.exit_state.take() else {
            let mut objects = Vec::new();
            if let Some(state) = frame.raise_state.take() {
                frame.state = state;
                let raised = frame.raised.clone();
                objects = Self::reachable(&frame, &raised);
            }
            let raised = std::mem::take(&mut frame.raised);
            return Summary {
                returns: None,
                raised,
                entered: self.entered(&objects),
                objects,
                hits: frame.hits,
                pending: frame.pending,
                demands: frame.demands.into_iter().collect(),
                asked: frame.asked,
                ..Summary::default()
            };
        };
        // Exceptions were made on ways that don't come to the end.
        if let Some(raised) = frame.raise_state.take() {
            for (id, object) in raised.heap.iter() {
                if matches!(id, ObjectId::Local(_)) && state.object(*id).is_none() {
                    state.set_object(*id, (**object).clone());
                }
            }
        }
        frame.state = state;
        let mut value = Value::undefined();
        for exit in &frame.exits {
            value = value.join(&exit.value);
        }
        if let Some(yields) = frame.yields.take().filter(|_| frame.context.part != Part::Beginning) {
            value = self.generator(&mut frame, yields, &value);
        } else {
            value = Self::with_exit_facts(&frame.exits, value);
        }
        let mut facts = frame
            .exits
            .iter()
            .map(|exit| exit.facts.clone())
            .reduce(|left, right| crate::domain::meet_facts(&left, &right))
            .unwrap_or_default();
        if let Some(doubted) = self.doubts(&frame, &value, &mut facts) {
            value = doubted;
        }
        let objects = Self::reachable(&frame, &value);
        let implies = frame.exits.first().and_then(|exit| exit.implies);
        Summary {
            implies: implies.filter(|_| frame.exits.iter().all(|exit| exit.implies == implies)),
            returns: Some(value),
            entered: self.entered(&objects),
            objects,
            globals: (*frame.state.globals).clone(),
            facts,
            raised: frame.raised,
            files: Self::files_told(&frame.state.files),
            hits: frame.hits,
            pending: frame.pending,
            touched: false,
            partial: false,
            demands: frame.demands.into_iter().collect(),
            asked: frame.asked,
        }
    }

    /// The objects among these that everybody sees, as they are before this body changes them.
    fn entered(&self, objects: &[(ObjectId, Rc<Object>)]) -> Vec<(ObjectId, Rc<Object>)> {
        objects
            .iter()
            .filter(|(id, _)| matches!(id, ObjectId::Global(_) | ObjectId::External(_)))
            .map(|(id, _)| (*id, self.shared_object(*id)))
            .collect()
    }

    /// What the truth of the result proves about the inputs; of a tuple, that of each of its elements.
    fn with_exit_facts(exits: &[Exit], value: Value) -> Value {
        if let [Ref::Tuple(elements)] = value.refs.as_slice()
            && exits.len() > 1
        {
            let mut elements = (**elements).clone();
            for (at, element) in elements.iter_mut().enumerate() {
                let inner: Option<Vec<Exit>> = exits
                    .iter()
                    .map(|exit| match exit.value.refs.as_slice() {
                        [Ref::Tuple(elements)] if !exit.value.other => {
                            let value = elements.get(at)?.clone();
                            Some(Exit { value, facts: exit.facts.clone(), implies: None })
                        }
                        _ => None,
                    })
                    .collect();
                if let Some(inner) = inner {
                    *element = Self::with_exit_facts(&inner, element.clone());
                }
            }
            return value.edit(|data| data.refs = [Ref::Tuple(Rc::new(elements))].into_iter().collect());
        }
        let side = |truth: bool| -> Option<Facts> {
            exits
                .iter()
                .filter(|exit| exit.value.truth() != Some(!truth))
                .map(|exit| {
                    let mut facts = (*exit.facts).clone();
                    if let Some(predicate) = &exit.value.predicate {
                        let more = if truth { &predicate.when_true } else { &predicate.when_false };
                        for (identity, fact) in more.iter() {
                            if matches!(identity, Identity::Path(_) | Identity::Entity(_)) {
                                match facts.binary_search_by_key(identity, |(own, _)| *own) {
                                    Ok(at) => facts[at].1 = facts[at].1.and(fact),
                                    Err(at) => facts.insert(at, (*identity, fact.clone())),
                                }
                            }
                        }
                    }
                    Rc::new(facts)
                })
                .reduce(|left, right| crate::domain::meet_facts(&left, &right))
        };
        let (when_true, when_false) = (side(true).unwrap_or_default(), side(false).unwrap_or_default());
        let value = value.edit(|data| data.predicate = None);
        value.with_predicate(when_true, when_false)
    }

    pub(super) fn note_raised(&mut self, frame: &mut Frame<'p>, value: &Value) {
        match frame.tries.last_mut() {
            Some(attempt) => attempt.raised = attempt.raised.join(value),
            None => frame.raised = frame.raised.join(value),
        }
    }

    pub(super) fn no_labels(&self) -> Labels {
        Labels::NONE
    }
}

impl Solver<'_> {
    /// What a body does depends on this input of it, even if its code alone doesn't tell.
    pub(super) fn demand_of(&mut self, body: BodyIndex, path: PathId) {
        add_demands(self.demands.entry(body).or_default(), &[(path, false)]);
    }
}

/// Adds demands; whether there were new ones.
fn add_demands(demands: &mut Vec<(PathId, bool)>, more: &[(PathId, bool)]) -> bool {
    let mut grown = false;
    for &(path, strong) in more {
        match demands.iter_mut().find(|(own, _)| *own == path) {
            Some((_, own)) => {
                grown |= strong && !*own;
                *own |= strong;
            }
            None => {
                if demands.len() < MAXIMUM_DEMANDS {
                    demands.push((path, strong));
                    grown = true;
                }
            }
        }
    }
    grown
}
