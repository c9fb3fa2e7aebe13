//! Parameters: what is known of them without any caller.

use super::{Frame, Solver};
use crate::domain::{ClassRef, ObjectKind, Ref, Value};
use vansire_python::ir::{BodyKind, Constant, Expr, ExprKind, ParameterKind};
use vansire_python::{FileId, Symbol};

/// Of what class a parameter named `request` is in a file that imports a framework.
const REQUESTS: &[(&str, &str)] = &[("flask", "flask.Request")];

/// What an application or a blueprint is in a file that imports a framework, where a function registers routes on
/// its parameter and nothing else tells what that is.
const ROUTERS: &[(&str, &str)] = &[
    ("flask", "flask.Flask"),
    ("quart", "quart.Quart"),
    ("fastapi", "fastapi.FastAPI"),
    ("sanic", "sanic.Sanic"),
    ("bottle", "bottle.Bottle"),
];

/// The methods by which routes are registered on applications: as a decorator, with the route in front.
const REGISTERING: &[&str] =
    &["route", "get", "post", "put", "patch", "delete", "api_route", "websocket", "errorhandler"];

/// What parameters are called that hold an application or a part of one.
const NAMES_OF_ROUTERS: &[&str] = &["app", "application", "flask_app", "bp", "blueprint", "router", "server"];

/// Whether a decorator registers a route on this variable: `@app.route("/…")`.
fn registers_on(decorator: &Expr, variable: Symbol) -> bool {
    let ExprKind::Call(call) = &decorator.kind else { return false };
    let ExprKind::Attribute(base, method) = &call.callee.kind else { return false };
    let on = match &base.kind {
        ExprKind::Name(_, name) => *name == variable,
        _ => false,
    };
    on && REGISTERING.contains(&method.as_str())
        && call.arguments.first().is_some_and(|first| match &first.value.kind {
            ExprKind::Constant(Constant::String(text)) => text.starts_with('/'),
            _ => false,
        })
}

impl<'p> Solver<'p> {
    /// The framework's class of applications, for a parameter on which the function registers routes:
    /// `def init(app): @app.route("/") def index(): …`.
    fn router_by_convention(&self, frame: &Frame<'p>, index: usize) -> Option<Value> {
        let ir = frame.ir;
        let parameter = ir.parameters.get(index)?;
        if parameter.annotation.is_some() || ir.kind != BodyKind::Function {
            return None;
        }
        let added = NAMES_OF_ROUTERS.contains(&parameter.name.as_str())
            && ir.mentions_name(Symbol::new("add_url_rule"));
        let decorated =
            || {
                if !REGISTERING.iter().any(|name| ir.mentions_name(Symbol::new(name))) {
                    return false;
                }
                let first = self.input.bases[frame.file as usize];
                let own = vansire_python::ir::BodyId(frame.body.0 - first);
                let file = self.input.program.file(FileId(frame.file));
                file.ir.bodies.iter().filter(|body| body.parent == Some(own)).any(|body| {
                    body.decorators.iter().any(|decorator| registers_on(decorator, parameter.name))
                })
            };
        if !added && !decorated() {
            return None;
        }
        let (_, class) = ROUTERS.iter().find(|(package, _)| self.imports_package(frame.file, package))?;
        let class = Symbol::new(class);
        self.input.models.types.contains_key(&class).then(|| Value::reference(Ref::Instance(class)))
    }

    fn imports_package(&self, file: u32, package: &str) -> bool {
        let imports = &self.input.program.file(FileId(file)).ir.imports;
        imports.iter().any(|name| name.as_str().split('.').next().is_some_and(|top| top == package))
    }

    /// The class of a parameter that the convention of a framework's views tells: the first one, named `request`.
    fn request_by_convention(&self, frame: &Frame<'p>, index: usize) -> Option<Value> {
        let ir = frame.ir;
        let parameter = ir.parameters.get(index)?;
        let receiver = ir.parameters.first().is_some_and(|one| matches!(one.name.as_str(), "self" | "cls"));
        if index != usize::from(receiver)
            || parameter.name.as_str() != "request"
            || parameter.annotation.is_some()
            || ir.kind != BodyKind::Function
        {
            return None;
        }
        let (_, class) = REQUESTS.iter().find(|(package, _)| self.imports_package(frame.file, package))?;
        let class = Symbol::new(class);
        self.input.models.types.contains_key(&class).then(|| Value::reference(Ref::Instance(class)))
    }

    /// What is known of parameters without any caller: the receiver, annotations.
    pub(super) fn prepare_parameters(&mut self, frame: &mut Frame<'p>) {
        let ir = frame.ir;
        if let Some(parent) = self.parent(frame.body)
            && self.body(parent).1.kind == BodyKind::Class
            && ir.kind == BodyKind::Function
            && let Some(first) = ir.parameters.first()
            && matches!(first.kind, ParameterKind::Positional | ParameterKind::PositionalOnly)
        {
            let path = self.parameter_path(0);
            if frame.context.shape(path).is_none() {
                let decorated = |name: &str| {
                    ir.decorators.iter().any(|decorator| {
                        matches!(&decorator.kind, vansire_python::ir::ExprKind::Name(_, own) if own.as_str() == name)
                    })
                };
                if decorated("staticmethod") {
                } else if let Some(class) = self.class_of_body(parent) {
                    if decorated("classmethod")
                        || matches!(ir.name.as_str(), "__new__" | "__init_subclass__" | "__class_getitem__")
                    {
                        frame.hints.insert(path, Value::reference(Ref::Class(class)));
                    } else {
                        frame.kinds.insert(path, ObjectKind::Instance(class));
                        frame.declared.push(path);
                    }
                }
            }
        }
        for (index, parameter) in ir.parameters.iter().enumerate() {
            let path = self.parameter_path(index);
            if frame.context.shape(path).is_some() || frame.kinds.contains_key(&path) {
                continue;
            }
            match parameter.kind {
                ParameterKind::Starred => {
                    frame.kinds.insert(path, ObjectKind::List);
                }
                ParameterKind::DoubleStarred => {
                    frame.kinds.insert(path, ObjectKind::Dictionary);
                }
                _ => {}
            }
            let conventional = self.request_by_convention(frame, index);
            if let Some(hint) = conventional.or_else(|| self.router_by_convention(frame, index)) {
                frame.hints.insert(path, hint);
            }
            if let Some(annotation) = &parameter.annotation
                && !matches!(parameter.kind, ParameterKind::Starred | ParameterKind::DoubleStarred)
            {
                let hint = self.annotated(frame.file, annotation);
                if hint.refs.is_empty() {
                    continue;
                }
                match hint.refs.as_slice() {
                    [Ref::Object(_)] | [] => {}
                    _ => {
                        let instances: Vec<ClassRef> = hint
                            .refs
                            .iter()
                            .filter_map(|reference| match reference {
                                Ref::Class(class) => Some(*class),
                                _ => None,
                            })
                            .collect();
                        if let [class] = instances.as_slice() {
                            frame.kinds.insert(path, ObjectKind::Instance(*class));
                            frame.declared.push(path);
                        }
                        let externals: Vec<Ref> = hint
                            .refs
                            .iter()
                            .filter(|reference| matches!(reference, Ref::Instance(_)))
                            .cloned()
                            .collect();
                        if !externals.is_empty() {
                            let hint = Value::default().edit(|data| data.refs.extend(externals));
                            frame.hints.insert(path, hint);
                        }
                    }
                }
            }
        }
    }
}
