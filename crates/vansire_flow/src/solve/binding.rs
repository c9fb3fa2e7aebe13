//! Arguments to parameters, and what a callee's paths stand for in the caller.

use rustc_hash::FxHashMap;
use vansire_python::Symbol;
use vansire_python::ir::{Body, BodyKind, Expr, ExprKind, ParameterKind, Span};

use super::{Frame, Solver};
use crate::domain::{
    BodyIndex, Key, Label, Labels, Object, ObjectId, ObjectKind, Origin, PathId, PathStep, Ref, Root, Value,
};

/// Properties met while a path is followed are called this deep.
const MAXIMUM_PROJECTION: u32 = 3;

/// The labels of at most this many objects below a value are gathered.
const MAXIMUM_DEEP_OBJECTS: usize = 64;

/// The arguments of a call, evaluated.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    pub positional: Vec<Value>,
    /// Any element of `*sequence` whose length isn't known; stands behind the others.
    pub rest: Option<Value>,
    pub keywords: Vec<(Symbol, Value)>,
    /// Any value of `**mapping` whose keys aren't known.
    pub keyword_rest: Option<Value>,
    /// The keys of that mapping; undefined where nothing is known of them.
    pub keyword_names: Value,
}

impl Arguments {
    pub fn of(positional: Vec<Value>) -> Self {
        Self { positional, ..Self::default() }
    }

    /// By position, else by name.
    pub fn get(&self, position: usize, name: &str) -> Option<Value> {
        if let Some(value) = self.positional.get(position) {
            return Some(value.clone());
        }
        self.keyword(name).or_else(|| self.rest.clone())
    }

    pub fn keyword(&self, name: &str) -> Option<Value> {
        self.keywords
            .iter()
            .find(|(own, _)| own.as_str() == name)
            .map(|(_, value)| value.clone())
            .or_else(|| self.keyword_rest.clone())
    }

    pub fn all(&self) -> impl Iterator<Item = &Value> {
        self.positional
            .iter()
            .chain(self.rest.iter())
            .chain(self.keywords.iter().map(|(_, value)| value))
            .chain(self.keyword_rest.iter())
    }

    pub fn with_receiver(&self, receiver: Value) -> Self {
        let mut arguments = self.clone();
        arguments.positional.insert(0, receiver);
        arguments
    }

    /// That the callee gets them is a guess.
    pub fn guess(&mut self) {
        let guessed = |value: &mut Value| {
            if value.has_labels() {
                *value = value.map_labels(Labels::guessed);
            }
        };
        self.positional.iter_mut().skip(1).for_each(guessed);
        self.keywords.iter_mut().for_each(|(_, value)| guessed(value));
        self.rest.iter_mut().chain(&mut self.keyword_rest).for_each(guessed);
    }
}

/// What the inputs of a callee are in the caller.
pub struct Binding {
    pub parameters: Vec<Value>,
    pub cells: Vec<ObjectId>,
    /// What paths were found to be.
    pub known: FxHashMap<PathId, Value>,
    /// All labels below a path.
    pub deep: FxHashMap<PathId, Labels>,
    /// The first parameter is the receiver of a method, whose class the callee knows.
    pub has_receiver: bool,
}

impl<'p> Solver<'p> {
    pub(super) fn bind(
        &mut self,
        frame: &mut Frame<'p>,
        body: &'p Body,
        environment: Option<ObjectId>,
        arguments: &Arguments,
        span: Span,
        index: BodyIndex,
    ) -> Binding {
        let mut parameters: Vec<Value> = vec![Value::undefined(); body.parameters.len()];
        let mut taken = vec![false; arguments.keywords.len()];
        let mut next = 0;
        for (at, parameter) in body.parameters.iter().enumerate() {
            match parameter.kind {
                ParameterKind::PositionalOnly | ParameterKind::Positional => {
                    if let Some(value) = arguments.positional.get(next) {
                        parameters[at] = value.clone();
                        next += 1;
                        continue;
                    }
                    if let Some(rest) = &arguments.rest {
                        parameters[at] = rest.clone();
                    }
                    if parameter.kind == ParameterKind::Positional
                        && let Some(found) =
                            arguments.keywords.iter().position(|(name, _)| *name == parameter.name)
                    {
                        parameters[at] = arguments.keywords[found].1.clone();
                        taken[found] = true;
                        continue;
                    }
                    if let Some(rest) = &arguments.keyword_rest {
                        parameters[at] = parameters[at].join(rest);
                    }
                }
                ParameterKind::Starred => {
                    let surplus: Vec<Value> = arguments.positional.iter().skip(next).cloned().collect();
                    next = arguments.positional.len();
                    parameters[at] = match &arguments.rest {
                        None => Value::tuple(surplus),
                        Some(rest) => {
                            let mut object = Object::new(ObjectKind::List);
                            object.exact = false;
                            object.rest = surplus.iter().fold(rest.clone(), |all, value| all.join(value));
                            let id = self.allocate(frame, span, 90_000 + index.0, object);
                            Value::object(id)
                        }
                    };
                }
                ParameterKind::KeywordOnly => {
                    if let Some(found) =
                        arguments.keywords.iter().position(|(name, _)| *name == parameter.name)
                    {
                        parameters[at] = arguments.keywords[found].1.clone();
                        taken[found] = true;
                    } else if let Some(rest) = &arguments.keyword_rest {
                        parameters[at] = rest.clone();
                    }
                }
                ParameterKind::DoubleStarred => {
                    let mut object = Object::new(ObjectKind::Dictionary);
                    for (found, (name, value)) in arguments.keywords.iter().enumerate() {
                        if !taken[found]
                            && !body.parameters.iter().any(|own| {
                                own.name == *name
                                    && matches!(
                                        own.kind,
                                        ParameterKind::Positional | ParameterKind::KeywordOnly
                                    )
                            })
                        {
                            object.set_entry(Key::Text(*name), value.clone());
                        }
                    }
                    if let Some(rest) = &arguments.keyword_rest {
                        object.exact = false;
                        object.rest = rest.clone();
                        object.keys = match &arguments.keyword_names {
                            names if names.is_undefined() => Value::unknown(),
                            names => names.clone(),
                        };
                    }
                    let id = self.allocate(frame, span, 80_000 + index.0, object);
                    parameters[at] = Value::object(id);
                }
            }
        }
        // Defaults, where nothing was given.
        for (at, parameter) in body.parameters.iter().enumerate() {
            if let Some(default) = &parameter.default {
                let surely_given = !parameters[at].is_undefined()
                    && arguments.rest.is_none()
                    && arguments.keyword_rest.is_none();
                if !surely_given {
                    let value = self.default_value(frame, environment, at, default);
                    parameters[at] = parameters[at].join(&value);
                }
            }
            if parameters[at].is_undefined() {
                parameters[at] = Value::unknown();
            }
        }
        let cells = self.environment_cells(frame, environment, body.free.len());
        let has_receiver =
            self.parent(index).is_some_and(|parent| self.body(parent).1.kind == BodyKind::Class);
        Binding { parameters, cells, known: FxHashMap::default(), deep: FxHashMap::default(), has_receiver }
    }

    fn default_value(
        &mut self,
        frame: &mut Frame<'p>,
        environment: Option<ObjectId>,
        at: usize,
        default: &'p Expr,
    ) -> Value {
        if let Some(environment) = environment {
            let object = self.object(frame, environment);
            if let Some(value) = object.elements.get(at)
                && !value.is_undefined()
            {
                return value.clone();
            }
        }
        match (&default.kind, environment) {
            (ExprKind::Constant(constant), _) => Self::constant(constant),
            // A function of the caller's brings its defaults along.
            (_, Some(ObjectId::Path(path))) => {
                let step = self.path_step(path, PathStep::Argument(at as u16));
                self.path_value(frame, step)
            }
            _ => Value::unknown(),
        }
    }

    pub(super) fn environment_cells(
        &mut self,
        frame: &mut Frame<'p>,
        environment: Option<ObjectId>,
        count: usize,
    ) -> Vec<ObjectId> {
        let Some(environment) = environment else {
            return Vec::new();
        };
        if let ObjectKind::Environment(cells) = &self.object(frame, environment).kind {
            return cells.to_vec();
        }
        match environment {
            ObjectId::Path(path) => (0..count)
                .map(|index| ObjectId::Path(self.path_step(path, PathStep::Cell(index as u16))))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// What a path of the callee is in the caller.
    pub(super) fn resolve(&mut self, frame: &mut Frame<'p>, binding: &mut Binding, path: PathId) -> Value {
        if let Some(value) = binding.known.get(&path) {
            return value.clone();
        }
        let (parent, step) = self.paths.node(path);
        let step = step.cloned();
        let value = match parent {
            Ok(Root::Parameter(index)) => {
                binding.parameters.get(index as usize).cloned().unwrap_or_else(Value::unknown)
            }
            Ok(Root::Free(index)) => match binding.cells.get(index as usize) {
                Some(cell) => Value::object(*cell),
                None => Value::unknown(),
            },
            Err(parent) => {
                let base = self.resolve(frame, binding, parent);
                match step {
                    Some(step) => {
                        self.work += 1;
                        let calls = matches!(
                            step,
                            PathStep::Attribute(_)
                                | PathStep::Index(_)
                                | PathStep::Key(_)
                                | PathStep::Element
                        );
                        if !calls {
                            self.project(frame, &base, &step)
                        } else if self.projecting >= MAXIMUM_PROJECTION {
                            // A property or `__getitem__` may lead to further paths, in circles.
                            match step {
                                PathStep::Attribute(name) => self.plain_attribute(frame, &base, name),
                                _ => Value::opaque(base.own_labels().inexact()),
                            }
                        } else {
                            self.projecting += 1;
                            // A method called its receiver's `__getattribute__` itself: its path is what that read.
                            let looked_through = binding.has_receiver
                                && matches!(self.paths.node(parent).0, Ok(Root::Parameter(0)));
                            let value = if looked_through {
                                self.project_through(frame, &base, &step)
                            } else {
                                self.project(frame, &base, &step)
                            };
                            self.projecting -= 1;
                            value
                        }
                    }
                    None => base,
                }
            }
        };
        binding.known.insert(path, value.clone());
        value
    }

    /// One step into a value, past the `__getattribute__` of each object that it can be.
    fn project_through(&mut self, frame: &mut Frame<'p>, base: &Value, step: &PathStep) -> Value {
        let mut result = Value::undefined();
        for reference in &base.refs {
            self.looked_through = true;
            result = result.join(&self.project(frame, &Value::reference(reference.clone()), step));
            self.looked_through = false;
        }
        let rest = base.edit(|data| data.refs.clear());
        if rest.is_undefined() { result } else { result.join(&self.project(frame, &rest, step)) }
    }

    /// One step into a value.
    fn project(&mut self, frame: &mut Frame<'p>, base: &Value, step: &PathStep) -> Value {
        let span = frame.statement;
        let mut result = Value::undefined();
        match step {
            PathStep::Attribute(name) => {
                return self.attribute(frame, base, *name, span);
            }
            PathStep::Index(index) => {
                return self.subscript(frame, base, &Value::integer(i64::from(*index)), span);
            }
            PathStep::Key(key) => return self.subscript(frame, base, &key.value(), span),
            PathStep::Element => return self.element(frame, base, span),
            PathStep::Keys => return self.keys_of(frame, base),
            PathStep::Stored => return self.file_content(frame, base),
            PathStep::Values => return self.values_of(frame, base),
            PathStep::Decoded(format, name) => return self.project_decoded(frame, base, *format, *name),
            PathStep::Content => {
                for reference in &base.refs {
                    if let Ref::Object(cell) = reference {
                        // What the caller has proved of the variable holds for those who captured it.
                        let content = self.cell_content(frame, *cell);
                        result = result.join(&self.read(frame, &content));
                    }
                }
            }
            PathStep::Environment(body) => {
                for reference in Self::functions_within(base) {
                    if let Ref::Function(own, Some(environment)) = reference
                        && own == *body
                    {
                        result = result.join(&Value::object(environment));
                    }
                }
            }
            PathStep::Cell(index) => {
                for reference in &base.refs {
                    let Ref::Object(environment) = reference else { continue };
                    if let ObjectKind::Environment(cells) = &self.object(frame, *environment).kind {
                        if let Some(cell) = cells.get(*index as usize) {
                            result = result.join(&Value::object(*cell));
                        }
                    } else if let ObjectId::Path(path) = environment {
                        let path = self.path_step(*path, PathStep::Cell(*index));
                        result = result.join(&Value::object(ObjectId::Path(path)));
                    }
                }
            }
            PathStep::Receiver => {
                for reference in &base.refs {
                    if let Ref::Bound(bound) = reference {
                        result = result.join(&bound.1);
                    }
                }
            }
            PathStep::Callee => {
                for reference in &base.refs {
                    match reference {
                        Ref::Bound(bound) => result = result.join(&Value::reference(bound.0.clone())),
                        Ref::Partial(partial) => result = result.join(&partial.callee),
                        _ => {}
                    }
                }
            }
            PathStep::Argument(index) => {
                for reference in &base.refs {
                    match reference {
                        Ref::Partial(partial) => {
                            if let Some(value) = partial.positional.get(*index as usize) {
                                result = result.join(value);
                            }
                        }
                        // The default of a parameter, in the environment of a function.
                        Ref::Object(id) => {
                            let object = self.object(frame, *id);
                            if let Some(value) = object.elements.get(*index as usize) {
                                result = result.join(value);
                            } else if let ObjectId::Path(path) = id {
                                let step = self.path_step(*path, step.clone());
                                result = result.join(&self.path_value(frame, step));
                            }
                        }
                        _ => {}
                    }
                }
            }
            PathStep::Keyword(name) => {
                for reference in &base.refs {
                    if let Ref::Partial(partial) = reference
                        && let Some((_, value)) = partial.keywords.iter().find(|(own, _)| own == name)
                    {
                        result = result.join(value);
                    }
                }
            }
            PathStep::As(body) => result = self.instances_among(frame, base, *body),
            PathStep::Class(body) => {
                for reference in &base.refs {
                    match reference {
                        Ref::Class(class) if class.body == *body => {
                            result = result.join(&Value::object(class.namespace));
                        }
                        Ref::Object(id) => {
                            if let ObjectKind::Instance(class) = self.kind(frame, *id)
                                && class.body == *body
                            {
                                result = result.join(&Value::object(class.namespace));
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
        if result.is_undefined() { Value::opaque(base.own_labels().inexact()) } else { result }
    }

    fn functions_within(base: &Value) -> Vec<Ref> {
        base.refs
            .iter()
            .map(|reference| match reference {
                Ref::Bound(bound) => bound.0.clone(),
                other => other.clone(),
            })
            .collect()
    }

    /// A field as it stands, without calling anything.
    pub(super) fn plain_attribute(&mut self, frame: &mut Frame<'p>, base: &Value, name: Symbol) -> Value {
        let mut result = Value::undefined();
        for reference in &base.refs {
            if let Ref::Object(id) = reference {
                let object = self.object(frame, *id);
                if let Some(value) = object.field(name) {
                    result = result.join(value);
                }
            }
        }
        if result.is_undefined() { Value::opaque(base.own_labels().inexact()) } else { result }
    }

    pub(super) fn cell_content(&mut self, frame: &mut Frame<'p>, cell: ObjectId) -> Value {
        if let Some(object) = frame.state.object(cell) {
            return object.rest.clone();
        }
        match cell {
            ObjectId::Path(path) => {
                let content = self.path_step(path, PathStep::Content);
                self.path_value(frame, content)
            }
            _ => self.entry_object(frame, cell).rest.clone(),
        }
    }

    /// All labels on a value and inside the containers that it refers to.
    pub(super) fn deep_labels(&mut self, frame: &mut Frame<'p>, value: &Value) -> Labels {
        let mut seen = Vec::new();
        self.deep_labels_within(frame, value, 0, &mut seen)
    }

    fn deep_labels_within(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        depth: usize,
        seen: &mut Vec<ObjectId>,
    ) -> Labels {
        let mut labels = value.own_labels();
        if depth > 4 || seen.len() > MAXIMUM_DEEP_OBJECTS {
            return labels;
        }
        for reference in &value.refs {
            match reference {
                Ref::Tuple(elements) => {
                    for element in elements.iter() {
                        labels = labels.union(&self.deep_labels_within(frame, element, depth + 1, seen));
                    }
                }
                Ref::Object(id) if !seen.contains(id) => {
                    seen.push(*id);
                    let object = self.object(frame, *id);
                    if matches!(object.kind, ObjectKind::Instance(_) | ObjectKind::Class(..)) {
                        continue;
                    }
                    let inner = object.elements.iter().chain(object.entries.iter().map(|(_, value)| value));
                    for value in inner.chain([&object.rest]) {
                        if value.has_labels() || !value.refs.is_empty() {
                            labels = labels.union(&self.deep_labels_within(frame, value, depth + 1, seen));
                        }
                    }
                    if !object.keys.is_undefined() {
                        labels = labels.union(&object.keys.own_labels());
                    }
                    // What the caller put there, where its layout isn't known.
                    if let (ObjectId::Path(path), false) = (id, object.exact)
                        && is_container(&object.kind)
                    {
                        let inside = Label::new(Origin::Path(*path), None);
                        labels = labels.union(&Labels::one(inside).inexact());
                    }
                }
                Ref::Bound(bound) if matches!(bound.0, Ref::External(_)) => {
                    labels = labels.union(&bound.1.own_labels());
                }
                // What a regular expression has found is part of its text.
                Ref::Partial(partial) if matches!(partial.callee.refs.as_slice(), [Ref::External(name)] if name.as_str() == "re.Match") => {
                    for value in &partial.positional {
                        labels = labels.union(&value.own_labels().inexact());
                    }
                }
                _ => {}
            }
        }
        labels
    }
}

fn is_container(kind: &ObjectKind) -> bool {
    matches!(kind, ObjectKind::List | ObjectKind::Set | ObjectKind::Dictionary | ObjectKind::Iterator)
}
