//! Dependency injection: what a framework puts into a parameter by its annotation and default.

use vansire_python::ir::{Expr, ExprKind, ParameterKind, Span, StmtKind, TargetKind};
use vansire_python::{Resolution, Symbol, symbol};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{ClassRef, Fact, Identity, Labels, Object, ObjectKind, Ref, StepKind, Value};
use crate::model::Entry;

impl<'p> Solver<'p> {
    /// A parameter that a framework fills in by its annotation and default.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn injected(
        &mut self,
        frame: &mut Frame<'p>,
        file: u32,
        annotation: Option<&'p Expr>,
        default: Option<&'p Expr>,
        span: Span,
        name: Symbol,
        entry: &Entry,
        depth: usize,
    ) -> Option<Value> {
        let (file, annotation) = match annotation {
            Some(annotation) => {
                let (file, annotation) = self.unaliased(file, annotation, 0);
                (file, Some(annotation))
            }
            None => (file, None),
        };
        // `= Depends(function)`, also inside `Annotated`.
        let mut calls: Vec<&'p Expr> = default.into_iter().collect();
        let mut inner = annotation;
        if let Some(ExprKind::Subscript(base, index)) = annotation.map(|one| &one.kind) {
            let head = self.static_value(file, base);
            if head
                .refs
                .iter()
                .any(|one| matches!(one, Ref::External(name) if name.as_str().ends_with(".Annotated")))
                && let ExprKind::Tuple(elements) = &index.kind
            {
                inner = elements.first();
                calls.extend(elements.iter().skip(1));
            }
        }
        let mut pattern = None;
        for call in calls {
            let ExprKind::Call(call) = &call.kind else { continue };
            let callee = self.static_value(file, &call.callee);
            let last = callee.refs.iter().find_map(|one| match one {
                Ref::External(name) => name.as_str().rsplit('.').next(),
                _ => None,
            });
            match last {
                Some("Depends" | "Security") => {
                    let function = match call.arguments.first() {
                        Some(argument) => self.static_value(file, &argument.value),
                        None => inner.map(|inner| self.static_value(file, inner)).unwrap_or_default(),
                    };
                    return Some(self.dependency(frame, &function, entry, span, depth));
                }
                Some("Query" | "Path" | "Form" | "Body" | "Header" | "Cookie" | "File") => {
                    for argument in &call.arguments {
                        if let vansire_python::ir::ArgumentKind::Keyword(key) = argument.kind
                            && matches!(key.as_str(), "pattern" | "regex")
                        {
                            pattern = match &argument.value.kind {
                                ExprKind::Constant(vansire_python::ir::Constant::String(text)) => {
                                    Some(text.to_string())
                                }
                                // The name of a constant.
                                _ => self.static_value(file, &argument.value).as_string().map(str::to_owned),
                            };
                        }
                    }
                }
                _ => {}
            }
        }
        let mut value = self.typed_source(frame, file, inner, span, name, entry, depth);
        if let Some(pattern) = pattern
            && let Some(facts) =
                crate::text::regex::facts(&pattern, crate::text::regex::RegexFlags::default())
        {
            // Pydantic searches, without Python's exception for a line break at the end.
            let proof = facts.proved(crate::text::regex::MatchMode::Search);
            let fact = Fact { chars: proof.chars, ..Fact::default() };
            value = fact.apply(&value);
        }
        Some(value)
    }

    /// What a name in an annotation was assigned, where it stands for `Annotated[…]`:
    /// `SessionDep = Annotated[Session, Depends(session)]`.
    fn unaliased(&self, file: u32, annotation: &'p Expr, depth: usize) -> (u32, &'p Expr) {
        let ExprKind::Name(_, wanted) = &annotation.kind else { return (file, annotation) };
        let id = vansire_python::FileId(file);
        let block = self.input.program.file(id).ir.bodies.first().map_or(&[][..], |body| &body.block);
        for statement in block {
            match &statement.kind {
                StmtKind::Assign { targets, value, .. } => {
                    let named = targets
                        .iter()
                        .any(|target| matches!(&target.kind, TargetKind::Name(_, name) if name == wanted));
                    if named && matches!(value.kind, ExprKind::Subscript(..)) {
                        return (file, value);
                    }
                }
                StmtKind::ImportFrom { level, module, name, .. } if name == wanted && depth < 4 => {
                    let found = self.input.program.resolve_module(id, *level, module.as_str());
                    if let Resolution::File(other) = found
                        && other != id
                    {
                        let (file, found) = self.unaliased(other.0, annotation, depth + 1);
                        if !std::ptr::eq(found, annotation) {
                            return (file, found);
                        }
                    }
                }
                _ => {}
            }
        }
        (file, annotation)
    }

    pub(super) fn dependency(
        &mut self,
        frame: &mut Frame<'p>,
        function: &Value,
        entry: &Entry,
        span: Span,
        depth: usize,
    ) -> Value {
        if depth > 4 {
            return Value::unknown();
        }
        let target = if let Some(target) = Self::function_of(function) {
            target
        } else {
            // A class: its constructor's parameters.
            let Some(Ref::Class(class)) = function.refs.first() else { return Value::unknown() };
            let Some((constructor, _)) = self.class_lookup(frame, *class, Symbol::new("__init__")) else {
                let lineage = self.lineage(frame, *class);
                let fields = self.annotated_fields(frame, &lineage);
                let mut arguments = Arguments::default();
                for (name, _) in fields {
                    let value = self.parameter_source(frame.file, span, name, entry);
                    arguments.keywords.push((name, value));
                }
                return self.call(frame, function, &arguments, span);
            };
            let Some(target) = Self::function_of(&constructor) else { return Value::unknown() };
            target
        };
        let (file, ir) = self.body(target);
        let mut arguments = Arguments::default();
        let skip = usize::from(matches!(function.refs.first(), Some(Ref::Class(_) | Ref::Bound(_))));
        for parameter in ir.parameters.iter().skip(skip) {
            if matches!(parameter.kind, ParameterKind::Starred | ParameterKind::DoubleStarred) {
                continue;
            }
            let value = self.injected(
                frame,
                file,
                parameter.annotation.as_ref(),
                parameter.default.as_ref(),
                parameter.span,
                parameter.name,
                entry,
                depth + 1,
            );
            if let Some(value) = value {
                arguments.keywords.push((parameter.name, value));
            }
        }
        let value = self.call(frame, function, &arguments, span);
        // A generator gives one value.
        if value
            .refs
            .iter()
            .any(|one| matches!(one, Ref::Object(id) if self.kind(frame, *id) == ObjectKind::Iterator))
        {
            return self.element(frame, &value, span);
        }
        value
    }

    /// What a framework makes of text for an annotation.
    pub(super) fn typed_source(
        &mut self,
        frame: &mut Frame<'p>,
        file: u32,
        annotation: Option<&'p Expr>,
        span: Span,
        name: Symbol,
        entry: &Entry,
        depth: usize,
    ) -> Value {
        let Some(annotation) = annotation else {
            return self.parameter_source(file, span, name, entry);
        };
        match &annotation.kind {
            ExprKind::Subscript(base, index) => {
                let head = self.static_value(file, base);
                let last = head.refs.iter().find_map(|one| match one {
                    Ref::External(name) => name.as_str().rsplit('.').next(),
                    _ => None,
                });
                match last {
                    Some("Literal") => {
                        let elements: Vec<&'p Expr> = match &index.kind {
                            ExprKind::Tuple(elements) => elements.iter().collect(),
                            _ => vec![&**index],
                        };
                        elements.iter().fold(Value::undefined(), |all, one| match &one.kind {
                            ExprKind::Constant(constant) => all.join(&Self::constant(constant)),
                            _ => all.join(&Value::unknown()),
                        })
                    }
                    Some("list" | "List" | "set" | "Set" | "Sequence" | "tuple" | "Tuple") => {
                        let element = self.typed_source(frame, file, Some(index), span, name, entry, depth);
                        self.loose_list(frame, element, span, 111)
                    }
                    Some("dict" | "Dict" | "Mapping" | "MutableMapping") => {
                        let (keys, values) = match &index.kind {
                            ExprKind::Tuple(elements) => (elements.first(), elements.get(1)),
                            _ => (None, None),
                        };
                        let keys = self.typed_source(frame, file, keys, span, name, entry, depth);
                        let mut object = Object::new(ObjectKind::Dictionary);
                        object.exact = false;
                        // Who chooses the keys of a document chooses its operators.
                        object.keys = self.decoded(file, span, &keys);
                        object.rest = self.typed_source(frame, file, values, span, name, entry, depth + 1);
                        Value::object(self.allocate(frame, span, 114 + depth as u32, object))
                    }
                    Some("Optional") => self.typed_source(frame, file, Some(index), span, name, entry, depth),
                    Some("Annotated") => match &index.kind {
                        ExprKind::Tuple(elements) => {
                            self.typed_source(frame, file, elements.first(), span, name, entry, depth)
                        }
                        _ => self.parameter_source(file, span, name, entry),
                    },
                    _ => self.parameter_source(file, span, name, entry),
                }
            }
            ExprKind::Binary(_, left, right) => {
                let left = self.typed_source(frame, file, Some(left), span, name, entry, depth);
                let right = self.typed_source(frame, file, Some(right), span, name, entry, depth);
                let identity = left.identity.or(right.identity);
                left.join(&right).with_identity(identity)
            }
            ExprKind::Constant(vansire_python::ir::Constant::None) => Value::none(),
            _ => {
                let value = self.static_value(file, annotation);
                for reference in &value.refs {
                    match reference {
                        Ref::External(kind) => {
                            let kind = self.input.models.canonical(*kind);
                            return match kind.as_str() {
                                "builtins.int"
                                | "builtins.float"
                                | "builtins.bool"
                                | "uuid.UUID"
                                | "decimal.Decimal"
                                | "datetime.datetime"
                                | "datetime.date"
                                | "datetime.time"
                                | "datetime.timedelta"
                                | "ipaddress.IPv4Address"
                                | "pydantic.PositiveInt"
                                | "pydantic.UUID4"
                                | "pydantic.NonNegativeInt"
                                | "pydantic.conint" => Value::unknown(),
                                "builtins.str" | "builtins.bytes" => {
                                    self.parameter_source(file, span, name, entry)
                                }
                                // A bare parameter without a type is a text of the query.
                                "typing.Any" if depth == 0 => self.parameter_source(file, span, name, entry),
                                "builtins.dict" | "builtins.list" | "typing.Any" => {
                                    let value = self.parameter_source(file, span, name, entry);
                                    self.decoded(file, span, &value)
                                }
                                _ if self.input.models.types.contains_key(&kind) => {
                                    // The models say what of it comes from outside.
                                    Value::instance(kind, Labels::NONE).with_identity(Some(Identity::Entity(
                                        Symbol::new(&format!("<{file}:{}:{name}>", span.start)),
                                    )))
                                }
                                _ => self.parameter_source(file, span, name, entry),
                            };
                        }
                        Ref::Class(class) => {
                            return self.model_source(frame, *class, span, entry, depth);
                        }
                        _ => {}
                    }
                }
                self.parameter_source(file, span, name, entry)
            }
        }
    }

    /// Data that came as a document: dictionaries and lists of the client's own making.
    fn decoded(&mut self, file: u32, span: Span, value: &Value) -> Value {
        let labels = value.own_labels();
        let decoded = self.stepped(&labels, StepKind::Through, file, span, Symbol::new("json"));
        value.map_labels(|own| if own.is_empty() { own.clone() } else { decoded.clone() })
    }

    /// An instance of a project's class, filled from outside by the types of its fields.
    pub(super) fn model_source(
        &mut self,
        frame: &mut Frame<'p>,
        class: ClassRef,
        span: Span,
        entry: &Entry,
        depth: usize,
    ) -> Value {
        let namespace = self.object(frame, class.namespace);
        if namespace.field(Symbol::new("<enum>")).is_some() {
            return self.construct(frame, class, &Arguments::of(vec![Value::unknown()]), span);
        }
        let mut object = Object::new(ObjectKind::Instance(class));
        if depth < 3 {
            let lineage = self.lineage(frame, class);
            for ancestor in lineage.iter().rev() {
                let super::classes::Ancestor::Class(own) = ancestor else { continue };
                let (file, ir) = self.body(own.body);
                for statement in &ir.block {
                    let (target, annotation, default) = match &statement.kind {
                        vansire_python::ir::StmtKind::Annotate { target, annotation } => {
                            (target, annotation, None)
                        }
                        vansire_python::ir::StmtKind::Assign {
                            targets,
                            annotation: Some(annotation),
                            value,
                        } => match targets.first() {
                            Some(target) => (target, &**annotation, Some(value)),
                            None => continue,
                        },
                        _ => continue,
                    };
                    let vansire_python::ir::TargetKind::Name(_, field) = &target.kind else { continue };
                    let mut value = self
                        .injected(
                            frame,
                            file,
                            Some(annotation),
                            None,
                            statement.span,
                            *field,
                            entry,
                            depth + 1,
                        )
                        .unwrap_or_default();
                    if value.has_labels()
                        && let Some(fact) = super::validation::annotation_fact(annotation)
                    {
                        value = fact.apply(&value);
                    }
                    // `Field(pattern=…)`
                    if let Some(ExprKind::Call(call)) = default.map(|one| &one.kind) {
                        for argument in &call.arguments {
                            if let vansire_python::ir::ArgumentKind::Keyword(key) = argument.kind
                                && matches!(key.as_str(), "pattern" | "regex")
                                && let ExprKind::Constant(vansire_python::ir::Constant::String(text)) =
                                    &argument.value.kind
                                && let Some(facts) =
                                    crate::text::regex::facts(text, crate::text::regex::RegexFlags::default())
                            {
                                let proof = facts.proved(crate::text::regex::MatchMode::Search);
                                value = Fact { chars: proof.chars, ..Fact::default() }.apply(&value);
                            }
                        }
                    }
                    object.set_field(*field, value);
                }
            }
        }
        let lineage = self.lineage(frame, class);
        let extra = lineage.iter().any(
            |one| matches!(one, super::classes::Ancestor::Class(class) if self.allows_extra(frame, *class)),
        );
        if extra {
            let (file, _) = self.body(class.body);
            object.rest = self.parameter_source(file, span, symbol!("extra"), entry);
        }
        let id = self.allocate(frame, span, 112 + depth as u32, object);
        let instance = Value::object(id);
        if depth < 3 {
            self.validate_fields(frame, class, &lineage, &instance, &Arguments::default(), span);
        }
        instance
    }
}
