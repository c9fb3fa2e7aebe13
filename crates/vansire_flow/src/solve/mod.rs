//! The solver: bodies are interpreted abstractly, with what their callers bring left symbolic.
//!
//! A body is solved once for each *context*: what is known of the shapes (referents, constants,
//! layouts) of those of its inputs that its behaviour was seen to depend on (its *demands*). What
//! the inputs carry (taint, text) stays symbolic, as labels with access paths, and is put in where the
//! summary is instantiated. `ARCHITECTURE.md` tells why this takes the place of a bottom-up order.

mod aliases;
mod arithmetic;
mod attributes;
mod binding;
mod builtin_functions;
mod builtins;
mod caches;
mod calls;
mod carried;
mod characters;
mod checks;
mod classes;
mod comparisons;
mod comprehensions;
mod conditions;
mod configurations;
mod containers;
mod context_variables;
mod converters;
mod copies;
mod declarations;
mod defaults;
mod deferred;
mod definitions;
mod deletion;
mod dispatch;
mod doubts;
mod driver;
mod encodings;
mod entries;
mod enumerations;
mod exceptions;
mod expressions;
mod external;
mod fields;
mod files;
mod formats;
mod frameworks;
mod generators;
mod graph;
mod guards;
mod handlers;
mod hooks;
mod injection;
mod instantiate;
mod invocation;
mod iterators;
mod joins;
mod kept;
mod library;
mod loading;
mod lookups;
mod loops;
mod mappings;
pub(crate) mod members;
mod metaclasses;
mod mixins;
mod modules;
mod mutations;
mod named_tuples;
mod namespaces;
mod objects;
mod operations;
mod operators;
mod ordering;
mod overrides;
mod parameters;
mod parsers;
mod parts;
mod passes;
mod patterns;
mod pieces;
pub(crate) mod place;
mod ports;
mod proofs;
mod protocols;
pub(crate) mod purpose;
mod pyramids;
mod pyregex;
mod queries;
mod querysets;
mod raising;
mod reach;
mod records;
mod refusals;
mod relevance;
mod rendering;
mod report;
mod responses;
mod schemas;
mod scripts;
mod sequences;
mod sets;
mod shapes;
mod sinks;
mod slices;
mod statements;
mod strings;
mod structs;
mod tasks;
mod template_context;
mod template_values;
mod template_walk;
mod templates;
pub(crate) mod timing;
mod unknown;
mod validation;
mod views;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use vansire_python::ir::{Body, BodyId, Span, Stmt};
use vansire_python::{Program, Symbol};

use crate::Options;
use crate::domain::{
    BodyIndex, ClassRef, Facts, FileIndex, Identity, Label, Labels, Object, ObjectId, ObjectKind, Origin,
    PathId, PathStep, PathTable, Ref, Root, SourceId, State, Step, StepId, StepKind, Value,
};
use crate::model::{Base, ModelSet};
use crate::text::{KindSet, SinkKind};

pub use driver::analyze;
use entries::Pending;
use graph::CallName;
use shapes::Context;

/// Calls nest at most this deep; past that a call's result is unknown, with its arguments' labels.
pub const MAXIMUM_DEPTH: usize = 48;
/// A body is solved in at most this many contexts; past that the one without knowledge serves.
pub const MAXIMUM_CONTEXTS: usize = 12;
/// A recursive body is solved again at most this often until its summary is stable.
pub const MAXIMUM_ROUNDS: usize = 3;
/// A loop's body is interpreted at most this often until the state at its head is stable.
pub const MAXIMUM_ITERATIONS: usize = 5;
/// Loops over known elements, or with known conditions, are unrolled up to this many times.
pub const MAXIMUM_UNROLLING: usize = 12;
/// The same for loops over known characters with a single statement: what removes one after the other.
pub const MAXIMUM_UNROLLING_OF_CHARACTERS: usize = 48;
/// A summary keeps at most this many flows that end in a sink and start with the caller.
pub const MAXIMUM_HITS: usize = 32;
/// And at most this many that start with a known source.
pub const MAXIMUM_KNOWN_HITS: usize = 512;
/// At most this many expressions are interpreted, and values put into other terms, for one root; past
/// that calls are opaque.
pub const MAXIMUM_WORK: u64 = 60_000;
/// The same for a module's own body.
pub const MAXIMUM_WORK_OF_MODULE: u64 = 20_000;
/// The same for a body that is only asked whether its callers matter.
pub const MAXIMUM_WORK_OF_QUESTION: u64 = 8_000;
/// A summary tells the caller of at most this many objects.
pub const MAXIMUM_OBJECTS: usize = 64;

/// The names that models speak of, where they can be those of an installed package.
fn described(input: &Input<'_>) -> FxHashSet<Symbol> {
    let mut described = FxHashSet::default();
    if input.program.files().all(|(_, file)| !file.is_installed) {
        return described;
    }
    for name in input.models.names() {
        let mut rest = name.split(['(', '[']).next().unwrap_or_default();
        while rest.contains('.') && described.insert(Symbol::new(rest)) {
            rest = rest.rsplit_once('.').map_or("", |(owner, _)| owner);
        }
    }
    described
}

/// What the whole analysis shares, for reading only.
pub struct Input<'p> {
    pub program: &'p Program,
    pub models: &'p ModelSet,
    pub options: &'p Options,
    pub templates: &'p [crate::TemplateFile],
    /// The first body of each file.
    pub bases: &'p [u32],
    /// The names of the rules in force.
    pub rules: &'p [Symbol],
}

/// Data on its way to a sink.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    pub file: FileIndex,
    pub span: Span,
    /// The statement, for suppressions.
    pub scope: Symbol,
    pub sink: Symbol,
    pub kind: SinkKind,
    pub value: Value,
    /// A place in a template file instead.
    pub template: Option<(u32, u32, u32)>,
    /// Nothing is known of what is called: it counts where the text begins as a statement of SQL does.
    pub by_text: bool,
    /// Where the sink stands, when that is in an installed package: `file` and `span` are then the project's call.
    pub inside: Option<(FileIndex, Span)>,
}

/// What a body does, in terms of its inputs.
#[derive(Debug, Default)]
pub struct Summary {
    /// None when it never comes back.
    pub returns: Option<Value>,
    /// Objects that the caller comes to see, in the state at the end.
    pub objects: Vec<(ObjectId, Rc<Object>)>,
    /// Those of them that everybody sees, as they were when the body was solved: since then others may have
    /// changed them.
    pub entered: Vec<(ObjectId, Rc<Object>)>,
    pub globals: Vec<((FileIndex, Symbol), Value)>,
    /// What holds when it comes back.
    pub facts: Facts,
    pub raised: Value,
    /// What is in files that the caller can name.
    pub files: Vec<(Identity, Labels)>,
    pub hits: Vec<Hit>,
    pub pending: Vec<Pending>,
    /// Data from outside came in here, or out of what it calls.
    pub touched: bool,
    /// With nobody calling it, there would be more to see: fields of its object that hold data, or work that
    /// was cut short.
    pub partial: bool,
    /// When the result is found to be what it should, this input is harmless for these kinds.
    pub implies: Option<(Identity, KindSet)>,
    /// The inputs whose shapes matter; whether their constants always do, not only along a flow.
    pub demands: Vec<(PathId, bool)>,
    /// The inputs that are asked for their elements: what the caller has put off is carried out then.
    pub asked: Vec<PathId>,
}

struct Loop {
    breaks: Option<State>,
    continues: Option<State>,
}

/// What the handlers of a `try` can see.
struct Try {
    state: Option<State>,
    raised: Value,
    /// Other exceptions than those may come as well.
    unforeseen: bool,
}

struct Exit {
    value: Value,
    facts: Facts,
    implies: Option<(Identity, KindSet)>,
}

/// The solving of one body.
pub struct Frame<'p> {
    body: BodyIndex,
    file: FileIndex,
    ir: &'p Body,
    context: Rc<Context>,
    state: State,
    /// Of a module: the variables as others were last shown them.
    flushed: Vec<Value>,
    loops: Vec<Loop>,
    tries: Vec<Try>,
    /// What the handlers have caught in which control is: `raise` raises it again.
    caught: Vec<Value>,
    exits: Vec<Exit>,
    exit_state: Option<State>,
    /// Where exceptions leave the body.
    raise_state: Option<State>,
    /// Of a generator.
    yields: Option<generators::Yields>,
    raised: Value,
    hits: Vec<Hit>,
    pending: Vec<Pending>,
    demands: BTreeMap<PathId, bool>,
    asked: Vec<PathId>,
    allocations: FxHashMap<(u32, u32, u32), u32>,
    /// Which round of unrolled loops this is: what is made in each is an object of its own.
    round: u32,
    /// What objects behind paths are, as far as the context or an annotation tells.
    kinds: FxHashMap<PathId, ObjectKind>,
    /// Paths of which only an annotation, or the class that a method stands in, tells the class: a subclass may
    /// stand there as well.
    declared: Vec<PathId>,
    /// More referents of paths, from annotations.
    hints: FxHashMap<PathId, Value>,
    statement: Span,
    /// Which way control goes hangs on the call that is interpreted next: its constants matter.
    deciding: bool,
    /// No data had a say in the condition that was asked for last.
    neutral: bool,
    /// Loops over the places of a text: `for i in range(len(text))`.
    indexed: Vec<loops::Indexed>,
    /// The call whose result is let go, or kept in a variable that may never be looked at.
    dropped: Option<(Span, Option<vansire_python::ir::SlotId>)>,
    /// Generator expressions that nobody has asked for their elements yet.
    late: FxHashMap<ObjectId, deferred::Late<'p>>,
    /// The body goes on behind its first `yield`, which is still to be found.
    resuming: bool,
    /// Of a module: what it does when it's started as a script, as long as that hasn't been run.
    script: Option<&'p [Stmt]>,
    /// Temporary slots behind the body's own, for captured variables' cells.
    cells: FxHashMap<u32, ObjectId>,
}

enum ModuleStatus {
    Running(FxHashMap<Symbol, Value>),
    Done(FxHashMap<Symbol, Value>),
}

/// Something in progress on the stack of calls.
struct Running {
    body: BodyIndex,
    context: Rc<Context>,
    /// What inner calls are told meanwhile.
    assumed: Rc<Summary>,
    used: bool,
}

/// A context in which a body was solved, and what came out.
type Solved = (Rc<Context>, Rc<Summary>);

type Findings = BTreeMap<(FileIndex, Span, SinkKind, Option<(u32, u32, u32)>), report::Found>;

pub struct Solver<'p> {
    input: &'p Input<'p>,
    paths: PathTable,
    plain_paths: Vec<Option<Value>>,
    /// The names of sources.
    sources: Vec<Symbol>,
    source_index: FxHashMap<(FileIndex, Span, Symbol), SourceId>,
    steps: Vec<Step>,
    step_index: FxHashMap<Step, StepId>,
    memo: FxHashMap<BodyIndex, Vec<Solved>>,
    demands: FxHashMap<BodyIndex, Vec<(PathId, bool)>>,
    running: Vec<Running>,
    modules: FxHashMap<FileIndex, ModuleStatus>,
    globals: Vec<Rc<Object>>,
    classes: FxHashMap<BodyIndex, ObjectId>,
    class_fields: FxHashMap<(BodyIndex, Symbol), Option<Value>>,
    /// Made when it is first asked for.
    classes_by_base: Option<FxHashMap<Symbol, Vec<BodyIndex>>>,
    /// What classes below a class have in place of its methods, by name.
    overrides: FxHashMap<(BodyIndex, Symbol), Rc<[Value]>>,
    field_writers: FxHashMap<BodyIndex, Rc<FxHashMap<Symbol, Vec<BodyIndex>>>>,
    /// What functions wrote into module variables and global objects, from the last round.
    stored_globals: FxHashMap<(FileIndex, Symbol), Value>,
    stored_objects: BTreeMap<ObjectId, Object>,
    new_globals: FxHashMap<(FileIndex, Symbol), Value>,
    /// What frameworks call changed this after the modules had been run.
    late: passes::Late,
    new_objects: BTreeMap<ObjectId, Object>,
    /// Who depends on what, so that only what another pass can change is solved again.
    dependencies: passes::Dependencies,
    findings: Findings,
    checks: BTreeMap<(FileIndex, Span, Symbol), checks::Remark>,
    /// Defaults of parameters that are no literals: what they were when the function was defined.
    parameter_defaults: FxHashMap<(BodyIndex, u16), Value>,
    /// Variables of bodies of which a rule's check holds in one place and not in another.
    refuted: FxHashMap<(BodyIndex, Symbol, Symbol), Vec<Span>>,
    /// Files in which a rule's check is right in some place.
    right_elsewhere: FxHashMap<(FileIndex, Symbol), Vec<Span>>,
    visited: FxHashSet<BodyIndex>,
    called: FxHashSet<BodyIndex>,
    members: FxHashMap<(Symbol, Symbol), Symbol>,
    statistics: BTreeMap<&'static str, u64>,
    call_graph: Option<graph::CallGraph>,
    /// The context in which the body that was asked for last was solved.
    solved_context: Rc<Context>,
    mutable_types: FxHashSet<Symbol>,
    /// Types whose attributes or methods give data from outside.
    source_types: FxHashSet<Symbol>,
    /// What `from … import *` brought into files.
    stars: FxHashMap<FileIndex, Vec<vansire_python::Resolution>>,
    /// Functions whose result a framework sends on.
    results: FxHashMap<BodyIndex, SinkKind>,
    /// Methods whose result is sent as JSON unless it is a response.
    responders: FxHashSet<BodyIndex>,
    /// Objects of module bodies, by place.
    global_index: FxHashMap<(FileIndex, u32, u32, u32), u32>,
    /// Templates by file, engine and escaping.
    parsed_templates: FxHashMap<(u32, crate::markup::Engine, Option<bool>), Rc<templates::Parsed>>,
    /// Classes whose methods a framework calls, with their files.
    views: Vec<(ClassRef, FileIndex)>,
    routes: FxHashMap<BodyIndex, frameworks::Route>,
    hooks: hooks::Hooks,
    tasks: tasks::Tasks,
    /// The names in installed packages that models speak of, with what stands before a dot in them.
    described: FxHashSet<Symbol>,
    /// What a model says of functions of the project itself.
    own_models: FxHashMap<BodyIndex, Option<&'p crate::model::FunctionModel>>,
    /// What the names of functions say of what they test.
    test_names: FxHashMap<Symbol, doubts::Tests>,
    /// How many calls led to nothing that is known.
    unknown_calls: u64,
    /// Bodies in which no data from outside can come up from what they call.
    calm: Vec<bool>,
    /// Templates that views' results are handed to.
    renderers: FxHashMap<BodyIndex, Vec<(Symbol, crate::markup::Engine)>>,
    /// Bodies that lead neither to a source nor to a check.
    quiet: Vec<bool>,
    module_depth: u32,
    /// Modules that have been run, with what frameworks will call in them.
    waiting: Vec<Frame<'p>>,
    /// Modules that have been left but for what they do when they're started.
    scripts: Vec<Frame<'p>>,
    /// Of the bodies that were asked: whether data that comes in there has to do with anything but themselves.
    concerning: FxHashMap<BodyIndex, bool>,
    /// Bodies in which a fault of ours came up; none for what belongs to no single one.
    failures: BTreeSet<Option<BodyIndex>>,
    /// How deep paths are being followed through properties.
    projecting: u32,
    /// The attribute that is asked for next is what the object's `__getattribute__` reads, not what it gives.
    looked_through: bool,
    /// What the function that writes next writes, and what it's given to make something plain of what isn't.
    encoding_hook: Option<(Value, Value)>,
    /// Some instance was given a dictionary of its attributes.
    shares_dictionaries: bool,
    /// Data from outside was met in the body that is being interpreted.
    touched: bool,
    /// Sources that are arguments of public functions.
    handed_over: FxHashSet<Symbol>,
    /// Whether what callers hand to public functions counts.
    library: bool,
    /// The functions of a large library whose arguments are looked at.
    handed_to: Option<FxHashSet<BodyIndex>>,
    partial: bool,
    /// How deep calls nest, known bodies included.
    nesting: u32,
    /// What was done for this root, and how much may be.
    work: u64,
    maximum_work: u64,
}

impl<'p> Solver<'p> {
    fn new(input: &'p Input<'p>) -> Self {
        let mut mutable_types = FxHashSet::default();
        for (name, function) in &input.models.functions {
            if function.steps.iter().any(|step| step.to.base == Base::Receiver && !step.to.is_content())
                && let Some((owner, _)) = name.as_str().rsplit_once('.')
            {
                mutable_types.insert(Symbol::new(owner));
            }
        }
        let mut source_types = FxHashSet::default();
        for (name, source) in &input.models.sources {
            if source.active
                && let Some((owner, _)) = name.as_str().trim_end_matches("()").rsplit_once('.')
            {
                source_types.insert(Symbol::new(owner));
            }
        }
        for (name, model) in &input.models.types {
            if model.bases.iter().any(|base| source_types.contains(base)) {
                source_types.insert(*name);
            }
        }
        Self {
            input,
            paths: PathTable::default(),
            plain_paths: Vec::new(),
            sources: Vec::new(),
            source_index: FxHashMap::default(),
            steps: Vec::new(),
            step_index: FxHashMap::default(),
            memo: FxHashMap::default(),
            demands: FxHashMap::default(),
            running: Vec::new(),
            modules: FxHashMap::default(),
            globals: Vec::new(),
            classes: FxHashMap::default(),
            class_fields: FxHashMap::default(),
            classes_by_base: None,
            overrides: FxHashMap::default(),
            field_writers: FxHashMap::default(),
            stored_globals: FxHashMap::default(),
            stored_objects: BTreeMap::new(),
            new_globals: FxHashMap::default(),
            late: passes::Late::default(),
            new_objects: BTreeMap::new(),
            dependencies: passes::Dependencies::default(),
            findings: BTreeMap::new(),
            renderers: FxHashMap::default(),
            checks: BTreeMap::new(),
            parameter_defaults: FxHashMap::default(),
            refuted: FxHashMap::default(),
            right_elsewhere: FxHashMap::default(),
            visited: FxHashSet::default(),
            called: FxHashSet::default(),
            members: FxHashMap::default(),
            statistics: BTreeMap::new(),
            call_graph: None,
            solved_context: Rc::default(),
            mutable_types,
            source_types,
            stars: FxHashMap::default(),
            results: FxHashMap::default(),
            responders: FxHashSet::default(),
            global_index: FxHashMap::default(),
            parsed_templates: FxHashMap::default(),
            views: Vec::new(),
            routes: FxHashMap::default(),
            hooks: hooks::Hooks::default(),
            tasks: tasks::Tasks::default(),
            described: described(input),
            own_models: FxHashMap::default(),
            test_names: FxHashMap::default(),
            unknown_calls: 0,
            calm: Vec::new(),
            quiet: Vec::new(),
            module_depth: 0,
            waiting: Vec::new(),
            scripts: Vec::new(),
            concerning: FxHashMap::default(),
            failures: BTreeSet::new(),
            projecting: 0,
            looked_through: false,
            encoding_hook: None,
            shares_dictionaries: false,
            touched: false,
            handed_over: FxHashSet::default(),
            library: false,
            handed_to: None,
            partial: false,
            nesting: 0,
            work: 0,
            maximum_work: MAXIMUM_WORK,
        }
    }

    fn body(&self, index: BodyIndex) -> (FileIndex, &'p Body) {
        let file = self.input.bases.partition_point(|&base| base <= index.0) - 1;
        let program_file = self.input.program.file(vansire_python::FileId(file as u32));
        let body = &program_file.ir.bodies[(index.0 - self.input.bases[file]) as usize];
        (file as FileIndex, body)
    }

    /// Whether a file is a module of an installed package: nobody is told what is wrong with it.
    fn is_installed(&self, file: FileIndex) -> bool {
        self.input.program.file(vansire_python::FileId(file)).is_installed
    }

    fn body_index(&self, file: FileIndex, body: BodyId) -> BodyIndex {
        BodyIndex(self.input.bases[file as usize] + body.0)
    }

    fn parent(&self, index: BodyIndex) -> Option<BodyIndex> {
        let (file, body) = self.body(index);
        body.parent.map(|parent| self.body_index(file, parent))
    }

    /// A new root.
    fn begin_work(&mut self, maximum: u64) {
        self.work = 0;
        self.maximum_work = maximum;
        self.running.clear();
    }

    fn count(&mut self, what: &'static str) {
        *self.statistics.entry(what).or_default() += 1;
    }

    fn step(&mut self, step: Step) -> StepId {
        let next = StepId(self.steps.len() as u32);
        let id = *self.step_index.entry(step).or_insert(next);
        if id == next {
            self.steps.push(step);
        }
        id
    }

    /// Labels that took another step.
    fn stepped(
        &mut self,
        labels: &Labels,
        kind: StepKind,
        file: FileIndex,
        span: Span,
        name: Symbol,
    ) -> Labels {
        if labels.is_empty() {
            return Labels::NONE;
        }
        let changed: Vec<Label> = labels
            .iter()
            .map(|label| {
                let step = self.step(Step { kind, file, span, name, previous: label.step, inner: None });
                Label { step: Some(step), ..*label }
            })
            .collect();
        Labels::of(changed)
    }

    /// Notes that a body came to see a value that others left, if there's data from outside in it.
    fn meet(&mut self, value: &Value) {
        if !self.touched && value.has_labels() {
            self.touched = value.own_labels().iter().any(|label| matches!(label.origin, Origin::Source(_)));
        }
    }

    fn path_step(&mut self, path: PathId, step: PathStep) -> PathId {
        self.paths.step(path, step)
    }

    fn parameter_path(&mut self, index: usize) -> PathId {
        self.paths.root(Root::Parameter(index as u16))
    }

    /// A new value that comes from outside.
    fn source_labels(&mut self, file: FileIndex, span: Span, name: Symbol) -> Labels {
        self.touched = true;
        let next = SourceId(self.sources.len() as u32);
        let id = *self.source_index.entry((file, span, name)).or_insert(next);
        if id == next {
            self.sources.push(name);
        }
        let step = self.step(Step { kind: StepKind::Source, file, span, name, previous: None, inner: None });
        Labels::one(Label::new(Origin::Source(id), Some(step)))
    }

    // ---- what comes from outside a body

    /// What an input holds on entry.
    fn path_value(&mut self, frame: &mut Frame<'p>, path: PathId) -> Value {
        if let Some(shape) = frame.context.shape(path) {
            let shape = shape.clone();
            return self.realize(frame, path, &shape);
        }
        let mut value = self.plain_path(path);
        if let Some(hint) = frame.hints.get(&path) {
            let hint = hint.clone();
            value = value.edit(|data| data.refs.extend(hint.refs.iter().cloned()));
        }
        if let Some(known) = self.field_of_self(frame, path) {
            self.meet(&known);
            self.partial |= known.has_labels() || !known.texts.is_empty();
            value = value.edit(|data| {
                for reference in &known.refs {
                    if !data.refs.contains(reference) {
                        data.refs.push(reference.clone());
                    }
                }
                if frame.context.root {
                    data.labels = data.labels.union(&known.labels);
                    for text in &known.texts {
                        data.add_text(text.clone());
                    }
                }
            });
        }
        value
    }

    /// An input of which nothing is known; the same value each time.
    fn plain_path(&mut self, path: PathId) -> Value {
        let number = path.0 as usize;
        if let Some(Some(value)) = self.plain_paths.get(number) {
            return value.clone();
        }
        let value: Value = crate::domain::Data {
            refs: [Ref::Object(ObjectId::Path(path))].into_iter().collect(),
            other: true,
            labels: Labels::one(Label::new(Origin::Path(path), None)),
            identity: Some(Identity::Path(path)),
            ..crate::domain::Data::default()
        }
        .into();
        if self.plain_paths.len() <= number {
            self.plain_paths.resize(number + 1, None);
        }
        self.plain_paths[number] = Some(value.clone());
        value
    }

    /// For `self.field`, what the methods of the class are known to put there.
    fn field_of_self(&mut self, frame: &Frame<'p>, path: PathId) -> Option<Value> {
        let (Err(parent), Some(PathStep::Attribute(name))) = self.paths.node(path) else { return None };
        let name = *name;
        let Some(ObjectKind::Instance(class)) = frame.kinds.get(&parent) else { return None };
        let class = *class;
        self.dependencies.uses(class.body, frame.body);
        self.class_field(class, name)
    }

    /// The shape of an input matters to this body.
    fn demand(frame: &mut Frame<'p>, path: PathId) {
        frame.demands.entry(path).or_insert(false);
    }

    /// Demands the inputs that a value is.
    fn demand_value(frame: &mut Frame<'p>, value: &Value) {
        Self::demand_with(frame, value, false);
    }

    /// Data is written into an object of the caller's: what happens then, its class says.
    fn demand_written(frame: &mut Frame<'p>, id: ObjectId, value: &Value) {
        if let ObjectId::Path(path) = id
            && value.has_labels()
        {
            Self::demand(frame, path);
        }
    }

    /// Demands inputs whose constants decide about a rule, not just about which way control goes.
    fn demand_constants(frame: &mut Frame<'p>, value: &Value) {
        Self::demand_with(frame, value, true);
    }

    fn demand_with(frame: &mut Frame<'p>, value: &Value, strong: bool) {
        if let Some(Identity::Path(path)) = value.identity {
            *frame.demands.entry(path).or_insert(false) |= strong;
        }
        // What a text is put together of.
        let holes = value.texts.iter().flat_map(crate::domain::Text::parts);
        for part in holes {
            if let crate::domain::Part::Hole { identity: Some(Identity::Path(path)), .. } = part {
                *frame.demands.entry(*path).or_insert(false) |= strong;
            }
        }
        for reference in &value.refs {
            if let Ref::Object(ObjectId::Path(path)) = reference {
                *frame.demands.entry(*path).or_insert(false) |= strong;
            }
        }
    }

    /// The class whose body this is, when it is known to everybody.
    fn class_of_body(&self, body: BodyIndex) -> Option<ClassRef> {
        self.classes.get(&body).map(|&namespace| ClassRef { body, namespace })
    }
}
