//! Tasks: functions that are sent their arguments, by themselves, by name, or in a signature that is run later.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::external::CallSite;
use super::{Frame, Solver};
use crate::domain::{BodyIndex, ClassRef, Key, Labels, Object, ObjectId, ObjectKind, Partial, Ref, Value};

/// Decorators that make a task of a function, with the type that has the task's methods.
const TASKS: &[(&str, &str)] = &[
    ("celery.Celery.task", TASK),
    ("celery.shared_task", TASK),
    ("dramatiq.actor", "dramatiq.Actor"),
    ("huey.Huey.task", "huey.api.TaskWrapper"),
    ("rq.decorators.job", "rq.decorators.job"),
];

const TASK: &str = "celery.Task";
const SIGNATURE: &str = "celery.canvas.Signature";
const CHAIN: &str = "celery.chain";
const GROUP: &str = "celery.group";
const CHORD: &str = "celery.chord";

/// What a signature calls, with the arguments it was made with.
const CALLEE: &str = "<task>";
/// The result of the task before isn't handed to it.
const IMMUTABLE: &str = "<immutable>";
/// The signatures that a chain, a group or a chord is made of.
const STEPS: &str = "<steps>";
/// What is run with the result.
const LINKED: &str = "<linked>";

/// Signatures stand in one another at most this deep.
const MAXIMUM_CANVAS_DEPTH: u32 = 6;

/// What is known of a function that is a task.
#[derive(Clone, Copy, Debug)]
struct Task {
    /// The type that has its methods.
    kind: Symbol,
    /// It is given the task as its first argument.
    bound: bool,
    /// The class of the project that the task is made with.
    base: Option<ClassRef>,
}

/// The tasks of the program.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    functions: FxHashMap<BodyIndex, Task>,
    /// Functions and classes by the names they are sent under.
    names: FxHashMap<Symbol, Value>,
}

impl Tasks {
    pub fn contains(&self, body: BodyIndex) -> bool {
        self.functions.contains_key(&body)
    }
}

/// Whether a name is that of a decorator that makes tasks.
pub(super) fn makes_tasks(name: Symbol) -> bool {
    TASKS.iter().any(|(decorator, _)| *decorator == name.as_str())
}

impl<'p> Solver<'p> {
    /// A function becomes a task: what stands under its name then.
    pub(super) fn task_made(&mut self, decorator: Symbol, arguments: &Arguments, function: &Value) -> Value {
        let Some((_, kind)) = TASKS.iter().find(|(name, _)| *name == decorator.as_str()) else {
            return function.clone();
        };
        let bound = arguments.keyword("bind").is_some_and(|one| one.truth() == Some(true));
        let base = arguments.keyword("base").and_then(|base| {
            base.refs.iter().find_map(|one| if let Ref::Class(class) = one { Some(*class) } else { None })
        });
        let task = Task { kind: Symbol::new(kind), bound, base };
        let given = arguments.keyword("name").and_then(|name| name.as_string().map(Symbol::new));
        for reference in &function.refs {
            let Ref::Function(body, environment) = reference else { continue };
            self.tasks.functions.insert(*body, task);
            // One that was made within a function is another one each time.
            if *kind == TASK && environment.is_none() {
                let name = given.unwrap_or_else(|| self.name_of_task(*body));
                self.tasks.names.insert(name, Value::reference(reference.clone()));
            }
        }
        function.clone()
    }

    /// The name of a task that isn't given one: its module's, and its own.
    fn name_of_task(&mut self, body: BodyIndex) -> Symbol {
        let (file, ir) = self.body(body);
        let module = self.input.program.file(vansire_python::FileId(file)).module_name;
        self.member(module, ir.name)
    }

    /// A method of a task: `transcode.delay`.
    pub(super) fn task_method(
        &mut self,
        frame: &mut Frame<'p>,
        body: BodyIndex,
        function: &Ref,
        name: Symbol,
        span: Span,
    ) -> Option<Value> {
        let task = *self.tasks.functions.get(&body)?;
        let method = self.member(task.kind, name);
        if !self.input.models.functions.contains_key(&method) {
            return None;
        }
        let function = self.bound_task(frame, task, function, span);
        Some(Value::reference(Ref::Bound(Rc::new((Ref::External(method), function)))))
    }

    /// A task as it is called: with itself as the first argument where it wants that.
    fn bound_task(&mut self, frame: &mut Frame<'p>, task: Task, function: &Ref, span: Span) -> Value {
        if !task.bound {
            return Value::reference(function.clone());
        }
        let own = match task.base {
            Some(class) => self.bare_instance(frame, class, span),
            None => Value::instance(task.kind, Labels::NONE),
        };
        Value::reference(Ref::Bound(Rc::new((function.clone(), own))))
    }

    /// Calls of Celery with an effect of their own; none for all others.
    pub(super) fn celery_call(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        site: &CallSite<'_>,
    ) -> Option<Value> {
        let (owner, last) = name.as_str().rsplit_once('.')?;
        match (owner, last) {
            (
                TASK,
                "delay" | "apply_async" | "apply" | "s" | "si" | "signature" | "map" | "starmap" | "chunks",
            ) => {
                let callee = self.task_itself(frame, site.receiver?, site.span);
                self.task_used(frame, last, &callee, site)
            }
            (TASK, "replace") => {
                let signature = site.arguments.get(0, "sig")?;
                self.run_signature(frame, &signature, &Arguments::default(), site.span, 0);
                Some(Value::unknown())
            }
            ("celery.Celery", "register_task") => {
                let task = site.arguments.get(0, "task")?;
                self.task_registered(frame, &task);
                Some(task)
            }
            ("celery.Celery", "send_task") => {
                let callee = self.task_by_name(frame, &site.arguments.get(0, "name")?, site.span)?;
                let given = self.sent_arguments(frame, site, 1);
                self.run_linked(frame, &callee, &given, site);
                None
            }
            ("celery" | "celery.Celery", "signature") => {
                let task = site.arguments.get(0, "varies")?;
                let callee = match self.task_by_name(frame, &task, site.span) {
                    Some(callee) => callee,
                    None => self.task_itself(frame, &task, site.span),
                };
                let given = self.sent_arguments(frame, site, 1);
                let immutable = is_immutable(site.arguments);
                Some(self.signature_made(frame, &callee, given, immutable, site.span))
            }
            ("celery", "chain" | "group" | "chord") => Some(self.canvas_made(frame, name, site)),
            (SIGNATURE, "__or__") => {
                let right = site.arguments.positional.first()?.clone();
                let left = site.receiver?;
                let steps = match self.steps_of(frame, left, CHAIN) {
                    Some(mut steps) => {
                        steps.push(right);
                        steps
                    }
                    None => vec![left.clone(), right],
                };
                Some(self.canvas(frame, Symbol::new(CHAIN), steps, site.span))
            }
            (SIGNATURE, "link") => {
                let linked = site.arguments.get(0, "callback")?;
                let receiver = site.receiver?;
                for reference in &receiver.refs {
                    if let Ref::Object(id) = reference {
                        self.change(frame, *id, |object| {
                            let field = Symbol::new(LINKED);
                            let all = object.field(field).cloned().unwrap_or_default();
                            object.set_field(field, all.join(&linked));
                        });
                    }
                }
                Some(linked)
            }
            (SIGNATURE, "delay" | "apply_async" | "apply" | "__call__") => {
                let receiver = site.receiver?.clone();
                // `chord(header)(body)`
                if last == "__call__"
                    && let Some(mut steps) = self.steps_of(frame, &receiver, CHORD)
                    && steps.len() == 1
                {
                    steps.push(site.arguments.get(0, "body")?);
                    let whole = self.canvas(frame, Symbol::new(CHORD), steps, site.span);
                    self.run_signature(frame, &whole, &Arguments::default(), site.span, 0);
                    return Some(Value::unknown());
                }
                let given = match last {
                    "delay" | "__call__" => site.arguments.clone(),
                    _ => self.sent_arguments(frame, site, 0),
                };
                self.run_linked(frame, &receiver, &given, site);
                Some(Value::unknown())
            }
            _ => None,
        }
    }

    fn task_used(
        &mut self,
        frame: &mut Frame<'p>,
        method: &str,
        callee: &Value,
        site: &CallSite<'_>,
    ) -> Option<Value> {
        let given = match method {
            "delay" | "s" | "si" => site.arguments.clone(),
            "map" | "starmap" | "chunks" => {
                let all = site.arguments.positional.first()?;
                let one = self.element(frame, all, site.span);
                match self.known_elements(frame, &one).filter(|_| method != "map") {
                    Some(parts) => Arguments::of(parts),
                    None => Arguments::of(vec![one]),
                }
            }
            _ => self.sent_arguments(frame, site, 0),
        };
        Some(match method {
            "delay" | "apply_async" | "apply" => {
                self.run_linked(frame, callee, &given, site);
                Value::unknown()
            }
            _ => {
                let immutable =
                    matches!(method, "si" | "map" | "starmap" | "chunks") || is_immutable(site.arguments);
                self.signature_made(frame, callee, given, immutable, site.span)
            }
        })
    }

    /// What runs when a task is: the function, or the method `run` of a class of tasks.
    fn task_itself(&mut self, frame: &mut Frame<'p>, task: &Value, span: Span) -> Value {
        let mut result = Value::undefined();
        for reference in &task.refs {
            let own = Value::reference(reference.clone());
            let one = match reference {
                Ref::Function(body, _) => match self.tasks.functions.get(body).copied() {
                    Some(known) => self.bound_task(frame, known, reference, span),
                    None => own,
                },
                Ref::Class(class) => {
                    let instance = self.bare_instance(frame, *class, span);
                    self.special_method(frame, &instance, "run").unwrap_or(instance)
                }
                _ => self.special_method(frame, &own, "run").unwrap_or(own),
            };
            result = result.join(&one);
        }
        if result.is_undefined() { task.clone() } else { result }
    }

    fn task_by_name(&mut self, frame: &mut Frame<'p>, name: &Value, span: Span) -> Option<Value> {
        let mut found = Value::undefined();
        for name in name.as_strings()? {
            if let Some(task) = self.tasks.names.get(&Symbol::new(name)).cloned() {
                found = found.join(&self.task_itself(frame, &task, span));
            }
        }
        (!found.is_undefined()).then_some(found)
    }

    /// `app.register_task(Report())`: it is sent under the name that its class says.
    fn task_registered(&mut self, frame: &mut Frame<'p>, task: &Value) {
        for reference in &task.refs {
            let class = match reference {
                Ref::Class(class) => *class,
                Ref::Object(id) => match self.kind(frame, *id) {
                    ObjectKind::Instance(class) => class,
                    _ => continue,
                },
                _ => continue,
            };
            let said = self.class_lookup(frame, class, vansire_python::symbol!("name"));
            let name = match said.and_then(|(name, _)| name.as_string().map(Symbol::new)) {
                Some(name) => name,
                None => self.name_of_task(class.body),
            };
            self.tasks.names.insert(name, Value::reference(Ref::Class(class)));
        }
    }

    /// `args` and `kwargs`, as arguments; `args` stands at this place.
    fn sent_arguments(&mut self, frame: &mut Frame<'p>, site: &CallSite<'_>, at: usize) -> Arguments {
        let mut given = Arguments::default();
        if let Some(sequence) = site.arguments.get(at, "args").filter(|one| one.truth() != Some(false)) {
            match self.known_elements(frame, &sequence) {
                Some(elements) => given.positional = elements,
                None => given.rest = Some(self.element(frame, &sequence, site.span)),
            }
        }
        if let Some(mapping) = site.arguments.get(at + 1, "kwargs").filter(|one| one.truth() != Some(false)) {
            match self.known_entries(frame, &mapping) {
                Some((entries, _)) => {
                    for (key, value) in entries {
                        if let Key::Text(name) = key {
                            given.keywords.push((name, value));
                        }
                    }
                }
                None => given.keyword_rest = Some(self.values_of(frame, &mapping)),
            }
        }
        given
    }

    // ---- signatures

    fn signature_made(
        &mut self,
        frame: &mut Frame<'p>,
        callee: &Value,
        given: Arguments,
        immutable: bool,
        span: Span,
    ) -> Value {
        let mut object = Object::new(ObjectKind::External(Symbol::new(SIGNATURE)));
        let mut positional = given.positional;
        positional.extend(given.rest);
        let partial = Partial { callee: callee.clone(), positional, keywords: given.keywords };
        object.set_field(Symbol::new(CALLEE), Value::reference(Ref::Partial(Rc::new(partial))));
        object.set_field(Symbol::new(IMMUTABLE), Value::boolean(immutable));
        Value::object(self.allocate(frame, span, 151, object))
    }

    /// `chain(a, b)`, `group([a, b])`, `chord(header, body)`
    fn canvas_made(&mut self, frame: &mut Frame<'p>, name: Symbol, site: &CallSite<'_>) -> Value {
        let given = &site.arguments.positional;
        let mut steps = given.clone();
        if name.as_str() == CHORD {
            if let Some(header) = steps.first().cloned()
                && self.canvas_kind(frame, &header).is_none()
            {
                let header = self.parallel(frame, &header, site.span);
                steps[0] = self.canvas(frame, Symbol::new(GROUP), header, site.span);
            }
            if let (1, Some(body)) = (steps.len(), site.arguments.keyword("body")) {
                steps.push(body);
            }
        } else if let [only] = given.as_slice()
            && self.canvas_kind(frame, only).is_none()
        {
            steps = self.parallel(frame, only, site.span);
        } else if let Some(rest) = &site.arguments.rest {
            steps.push(rest.clone());
        }
        self.canvas(frame, name, steps, site.span)
    }

    /// The signatures in a sequence; any of them where it isn't known to its end.
    fn parallel(&mut self, frame: &mut Frame<'p>, sequence: &Value, span: Span) -> Vec<Value> {
        match self.known_elements(frame, sequence) {
            Some(elements) => elements,
            None => vec![self.element(frame, sequence, span)],
        }
    }

    fn canvas(&mut self, frame: &mut Frame<'p>, kind: Symbol, steps: Vec<Value>, span: Span) -> Value {
        let mut object = Object::new(ObjectKind::External(kind));
        object.set_field(Symbol::new(STEPS), Value::tuple(steps));
        // `a | b | c` makes two at places that begin alike.
        let tag = if kind.as_str() == GROUP { 152 } else { 154 };
        Value::object(self.allocate(frame, Span { start: span.end, end: span.end }, tag, object))
    }

    fn canvas_kind(&mut self, frame: &mut Frame<'p>, value: &Value) -> Option<&'static str> {
        value.refs.iter().find_map(|reference| {
            let Ref::Object(id) = reference else { return None };
            let ObjectKind::External(kind) = self.kind(frame, *id) else { return None };
            [SIGNATURE, CHAIN, GROUP, CHORD].into_iter().find(|one| *one == kind.as_str())
        })
    }

    /// What a chain, a group or a chord is made of.
    fn steps_of(&mut self, frame: &mut Frame<'p>, value: &Value, kind: &str) -> Option<Vec<Value>> {
        let [Ref::Object(id)] = value.refs.as_slice() else { return None };
        let object = self.object(frame, *id);
        if !matches!(&object.kind, ObjectKind::External(own) if own.as_str() == kind) {
            return None;
        }
        let steps = object.field(Symbol::new(STEPS)).cloned()?;
        self.known_elements(frame, &steps)
    }

    /// Runs something with these arguments, then what `link=` names with its result.
    fn run_linked(&mut self, frame: &mut Frame<'p>, callee: &Value, given: &Arguments, site: &CallSite<'_>) {
        let result = self.run_signature(frame, callee, given, site.span, 0);
        if let Some(linked) = site.arguments.keyword("link").filter(|one| one.truth() != Some(false)) {
            self.run_following(frame, &linked, &result, site.span, 0);
        }
    }

    fn run_following(
        &mut self,
        frame: &mut Frame<'p>,
        linked: &Value,
        result: &Value,
        span: Span,
        depth: u32,
    ) {
        let all = match self.canvas_kind(frame, linked) {
            Some(_) => vec![linked.clone()],
            None => self.parallel(frame, linked, span),
        };
        for one in all {
            self.run_signature(frame, &one, &Arguments::of(vec![result.clone()]), span, depth + 1);
        }
    }

    /// What comes of a signature, or of a task itself, that a worker runs with these arguments in front of its own.
    fn run_signature(
        &mut self,
        frame: &mut Frame<'p>,
        signature: &Value,
        given: &Arguments,
        span: Span,
        depth: u32,
    ) -> Value {
        if depth > MAXIMUM_CANVAS_DEPTH {
            return Value::unknown();
        }
        Self::demand_value(frame, signature);
        let mut result = Value::undefined();
        for reference in &signature.refs {
            let one = match reference {
                Ref::Object(id) => self.run_object(frame, *id, given, span, depth),
                Ref::Function(..) | Ref::Bound(_) => {
                    let before = frame.state.clone();
                    let one = self.call(frame, &Value::reference(reference.clone()), given, span);
                    if !frame.state.alive {
                        // It fails in the worker.
                        frame.state = before;
                    }
                    one
                }
                _ => Value::unknown(),
            };
            result = result.join(&one);
        }
        if result.is_undefined() { Value::unknown() } else { result }
    }

    fn run_object(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        given: &Arguments,
        span: Span,
        depth: u32,
    ) -> Value {
        let object = self.object(frame, id);
        let ObjectKind::External(kind) = object.kind else { return Value::unknown() };
        let steps = match object.field(Symbol::new(STEPS)).cloned() {
            Some(steps) => self.known_elements(frame, &steps).unwrap_or_default(),
            None => Vec::new(),
        };
        let result = match kind.as_str() {
            CHAIN | CHORD => {
                let mut result: Option<Value> = None;
                for step in &steps {
                    let given = match result {
                        Some(result) => Arguments::of(vec![result]),
                        None => given.clone(),
                    };
                    result = Some(self.run_signature(frame, step, &given, span, depth + 1));
                }
                result.unwrap_or_default()
            }
            GROUP => {
                let mut all = Value::undefined();
                for step in &steps {
                    all = all.join(&self.run_signature(frame, step, given, span, depth + 1));
                }
                self.loose_list(frame, all, span, 153)
            }
            SIGNATURE => {
                let Some(callee) = object.field(Symbol::new(CALLEE)) else { return Value::unknown() };
                let [Ref::Partial(partial)] = callee.refs.as_slice() else { return Value::unknown() };
                let immutable = object.field(Symbol::new(IMMUTABLE)).and_then(Value::truth) == Some(true);
                let mut whole = if immutable { Arguments::default() } else { given.clone() };
                whole.positional.extend(partial.positional.iter().cloned());
                for (name, value) in &partial.keywords {
                    if !whole.keywords.iter().any(|(own, _)| own == name) {
                        whole.keywords.push((*name, value.clone()));
                    }
                }
                let callee = partial.callee.clone();
                self.run_signature(frame, &callee, &whole, span, depth + 1)
            }
            _ => Value::unknown(),
        };
        if let Some(linked) = object.field(Symbol::new(LINKED)).cloned() {
            self.run_following(frame, &linked, &result, span, depth);
        }
        result
    }
}

fn is_immutable(arguments: &Arguments) -> bool {
    arguments.keyword("immutable").is_some_and(|one| one.truth() == Some(true))
}
