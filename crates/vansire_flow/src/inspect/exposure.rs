//! Texts of exceptions and stack traces that are answered to clients.

use vansire_finding::Confidence;
use vansire_python::ir::{
    Argument, ArgumentKind, BinaryOperator, Body, BodyKind, Call, Constant, Expr, ExprKind, Handler, Stmt,
    StmtKind, StringPart, TargetKind,
};
use vansire_python::{ProgramFile, Symbol};

use super::{Inspector, Names, Remark, last_name};
use vansire_python::walk;

const RULE: &str = "exception-text-returned";

/// Exceptions that everything can raise, with texts that were not written for clients.
const BROAD: [&str; 3] = ["Exception", "BaseException", "StandardError"];

/// Exceptions of Python itself that tell of the program's inside.
const INNER: [&str; 12] = [
    "OSError",
    "IOError",
    "EnvironmentError",
    "KeyError",
    "TypeError",
    "AttributeError",
    "LookupError",
    "IndexError",
    "RuntimeError",
    "NameError",
    "ImportError",
    "MemoryError",
];

/// Decorators under which a function answers requests.
const ROUTES: [&str; 14] = [
    "route",
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "api_view",
    "view_config",
    "expose",
    "action",
    "api_route",
    "websocket",
    "json_out",
    "view",
];

/// Decorators under which a function answers for what was raised.
const HANDLERS: [&str; 7] = [
    "errorhandler",
    "app_errorhandler",
    "exception_handler",
    "exception",
    "error_handler",
    "exception_view_config",
    "view_config",
];

/// Calls that make a function answer for what was raised.
const REGISTRATIONS: [&str; 4] =
    ["add_error_handler", "register_error_handler", "add_exception_handler", "set_error_handler"];

/// How much of an exception a text tells.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tells {
    Message,
    Trace,
}

/// What is known in a body of what has been caught.
struct Caught<'p> {
    names: Vec<(Symbol, Confidence)>,
    /// Variables that hold a text of it.
    texts: Vec<(Symbol, Tells, Confidence)>,
    answers: Vec<(&'p Expr, Tells, Confidence)>,
    is_view: bool,
}

impl<'p> Inspector<'p> {
    pub(super) fn exposures(&mut self, file: &'p ProgramFile, names: &Names) {
        if !self.rules.contains_key(RULE) || self.models.answers.is_empty() {
            return;
        }
        let registered = registered_handlers(file, names);
        for body in &file.ir.bodies {
            if body.kind != BodyKind::Function {
                continue;
            }
            let mut caught = Caught {
                names: Vec::new(),
                texts: Vec::new(),
                answers: Vec::new(),
                is_view: is_view(file, body),
            };
            if let Some(exception) = exception_of_handler(body, names, &registered) {
                caught.names.push(exception);
                caught.is_view = true;
            }
            self.block(&body.block, names, &mut caught);
            for (expression, tells, confidence) in caught.answers {
                let (message, confidence) = match tells {
                    Tells::Trace => ("the client is sent a stack trace", Confidence::High),
                    Tells::Message => ("the client is sent the text of an exception", confidence),
                };
                self.report(
                    file,
                    body.qualified_name,
                    expression.span,
                    Remark::new(RULE, message, confidence),
                );
            }
        }
    }

    fn block(&self, block: &'p [Stmt], names: &Names, caught: &mut Caught<'p>) {
        for statement in block {
            self.statement(statement, names, caught);
            if let StmtKind::Try { body, handlers, or_else, finally, .. } = &statement.kind {
                self.block(body, names, caught);
                for handler in handlers {
                    let known = (caught.names.len(), caught.texts.len());
                    if let (Some((_, name)), Some(confidence)) = (&handler.name, breadth(handler, names)) {
                        caught.names.push((*name, confidence));
                    }
                    self.block(&handler.body, names, caught);
                    caught.names.truncate(known.0);
                    caught.texts.truncate(known.1);
                }
                self.block(or_else, names, caught);
                self.block(finally, names, caught);
            } else {
                walk::blocks(statement, &mut |inner| self.block(inner, names, caught));
            }
        }
    }

    fn statement(&self, statement: &'p Stmt, names: &Names, caught: &mut Caught<'p>) {
        if let StmtKind::Assign { targets, value, .. } = &statement.kind
            && let Some((tells, confidence)) = caught.tells(value, names)
        {
            for target in targets {
                match &target.kind {
                    TargetKind::Name(_, name) => caught.texts.push((*name, tells, confidence)),
                    TargetKind::Attribute(base, name)
                        if matches!(name.as_str(), "media" | "text" | "body" | "data")
                            && last_name(base)
                                .is_some_and(|base| matches!(base.as_str(), "resp" | "response" | "res")) =>
                    {
                        caught.answers.push((value, tells, confidence));
                    }
                    _ => {}
                }
            }
        }
        if let (true, StmtKind::Return(Some(value))) = (caught.is_view, &statement.kind)
            && is_answer_itself(value, names)
            && let Some((tells, confidence)) = caught.tells(value, names)
        {
            caught.answers.push((value, tells, confidence));
            return;
        }
        walk::expressions(statement, &mut |expression| {
            walk::within(expression, &mut |one| {
                let ExprKind::Call(call) = &one.kind else { return };
                if !self.is_answer(call, names) {
                    return;
                }
                let told = call.arguments.iter().filter_map(|argument| caught.given(argument, names)).max();
                if let Some((tells, confidence)) = told {
                    caught.answers.push((one, tells, confidence));
                }
            });
        });
    }

    /// Whether what a call is given is read by clients.
    fn is_answer(&self, call: &Call, names: &Names) -> bool {
        if let Some(name) = names.dotted(self.models, &call.callee) {
            return self.models.answers.contains(&name);
        }
        // Methods of the request's handler.
        matches!(&call.callee.kind, ExprKind::Attribute(base, name)
            if matches!(name.as_str(), "write" | "finish" | "send_error")
                && matches!(&base.kind, ExprKind::Name(_, base) if base.as_str() == "self")
                && self.models.answers.contains(&Symbol::new("tornado.web.RequestHandler.write")))
    }
}

impl Caught<'_> {
    /// What an expression tells of an exception.
    fn tells(&self, expression: &Expr, names: &Names) -> Option<(Tells, Confidence)> {
        match &expression.kind {
            ExprKind::Name(_, name) => {
                self.texts.iter().rev().find(|(own, ..)| own == name).map(|(_, tells, sure)| (*tells, *sure))
            }
            ExprKind::Interpolated(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    StringPart::Value { value, .. } => self.shown(value, names),
                    StringPart::Literal(_) => None,
                })
                .max(),
            ExprKind::Binary(BinaryOperator::Modulo, left, right) => {
                let shown = match &right.kind {
                    ExprKind::Tuple(all) => all.iter().filter_map(|one| self.shown(one, names)).max(),
                    _ => self.shown(right, names),
                };
                shown.or_else(|| self.tells(left, names))
            }
            ExprKind::Binary(BinaryOperator::Add, left, right) => {
                self.tells(left, names).max(self.tells(right, names))
            }
            ExprKind::Dict(entries) => entries.iter().filter_map(|(_, value)| self.tells(value, names)).max(),
            ExprKind::List(all) | ExprKind::Tuple(all) => {
                all.iter().filter_map(|one| self.tells(one, names)).max()
            }
            ExprKind::Attribute(base, name) => {
                let sure = self.exception(base)?;
                match name.as_str() {
                    "args" | "message" | "output" | "stdout" | "stderr" => Some((Tells::Message, sure)),
                    "traceback" | "__traceback__" => Some((Tells::Trace, sure)),
                    _ => None,
                }
            }
            ExprKind::Subscript(base, _) => self.tells(base, names),
            ExprKind::Call(call) => self.told_by_call(call, names),
            _ => None,
        }
    }

    fn told_by_call(&self, call: &Call, names: &Names) -> Option<(Tells, Confidence)> {
        if let Some(name) = names.plain(&call.callee) {
            return matches!(
                name.as_str(),
                "traceback.format_exc"
                    | "traceback.format_exception"
                    | "traceback.format_tb"
                    | "traceback.format_exception_only"
            )
            .then_some((Tells::Trace, Confidence::High));
        }
        match &call.callee.kind {
            ExprKind::Name(_, name) if matches!(name.as_str(), "str" | "repr") => {
                call.arguments.first().and_then(|argument| self.shown(&argument.value, names))
            }
            ExprKind::Attribute(base, name) if matches!(name.as_str(), "format" | "join") => {
                let given =
                    call.arguments.iter().filter_map(|argument| self.shown(&argument.value, names)).max();
                given.or_else(|| self.tells(base, names))
            }
            // Other methods of a text.
            ExprKind::Attribute(base, name)
                if matches!(name.as_str(), "strip" | "replace" | "encode" | "splitlines" | "lower") =>
            {
                self.tells(base, names)
            }
            _ => None,
        }
    }

    /// The same of what is made a text: the exception itself, too.
    fn shown(&self, expression: &Expr, names: &Names) -> Option<(Tells, Confidence)> {
        match self.exception(expression) {
            Some(sure) => Some((Tells::Message, sure)),
            None => self.tells(expression, names),
        }
    }

    fn exception(&self, expression: &Expr) -> Option<Confidence> {
        let ExprKind::Name(_, name) = &expression.kind else { return None };
        self.names.iter().rev().find(|(own, _)| own == name).map(|(_, sure)| *sure)
    }

    fn given(&self, argument: &Argument, names: &Names) -> Option<(Tells, Confidence)> {
        match argument.kind {
            // An object of the caller's as a whole is mostly no text.
            ArgumentKind::Starred | ArgumentKind::DoubleStarred => None,
            _ => self.tells(&argument.value, names),
        }
    }
}

/// What a view returns and a framework sends as it is.
fn is_answer_itself(expression: &Expr, names: &Names) -> bool {
    match &expression.kind {
        ExprKind::Tuple(all) => all.first().is_some_and(|one| is_answer_itself(one, names)),
        ExprKind::Dict(_) | ExprKind::Interpolated(_) | ExprKind::Binary(..) | ExprKind::Name(..) => true,
        ExprKind::Call(call) => {
            matches!(&call.callee.kind, ExprKind::Name(_, name) if matches!(name.as_str(), "str" | "repr"))
                || names.plain(&call.callee).is_some_and(|name| name.as_str().starts_with("traceback."))
        }
        _ => false,
    }
}

/// How sure the text of what a handler catches isn't meant for clients; none for exceptions of the project's own.
fn breadth(handler: &Handler, names: &Names) -> Option<Confidence> {
    let Some(exception) = &handler.exception else { return Some(Confidence::Medium) };
    breadth_of(exception, names)
}

fn breadth_of(exception: &Expr, names: &Names) -> Option<Confidence> {
    match &exception.kind {
        ExprKind::Tuple(all) => all.iter().filter_map(|one| breadth_of(one, names)).max(),
        ExprKind::Name(_, name) if BROAD.contains(&name.as_str()) => Some(Confidence::Medium),
        ExprKind::Name(_, name) if INNER.contains(&name.as_str()) => Some(Confidence::Medium),
        ExprKind::Name(_, name) if name.as_str() == "ValueError" => Some(Confidence::Low),
        _ => names.plain(exception).map(|_| Confidence::Low),
    }
}

fn decorator_names(body: &Body) -> impl Iterator<Item = (Symbol, &[Argument])> {
    body.decorators.iter().filter_map(|decorator| match &decorator.kind {
        ExprKind::Call(call) => last_name(&call.callee).map(|name| (name, call.arguments.as_slice())),
        _ => last_name(decorator).map(|name| (name, &[][..])),
    })
}

/// Whether a function answers requests, by its decorators or its class.
pub(super) fn is_view(file: &ProgramFile, body: &Body) -> bool {
    if decorator_names(body).any(|(name, _)| ROUTES.contains(&name.as_str())) {
        return true;
    }
    let Some(parent) = body.parent.map(|parent| &file.ir.bodies[parent.0 as usize]) else { return false };
    let verbs = ["get", "post", "put", "patch", "delete", "dispatch_request", "list", "create", "retrieve"];
    parent.kind == BodyKind::Class
        && verbs.contains(&body.name.as_str())
        && parent.bases.iter().filter_map(|base| last_name(&base.value)).any(|base| {
            ["View", "ViewSet", "Resource", "Handler", "Endpoint", "Controller"]
                .iter()
                .any(|end| base.as_str().ends_with(end))
        })
}

/// Functions that are registered to answer for anything that was raised.
fn registered_handlers(file: &ProgramFile, names: &Names) -> Vec<Symbol> {
    let mut found = Vec::new();
    for body in &file.ir.bodies {
        let mentions = |name: &&str| body.mentions.iter().any(|own| own.as_str() == *name);
        if !REGISTRATIONS.iter().chain(&["exception_handlers"]).any(mentions) {
            continue;
        }
        walk::block(&body.block, &mut |one| {
            let ExprKind::Call(call) = &one.kind else { return };
            let registers =
                last_name(&call.callee).is_some_and(|name| REGISTRATIONS.contains(&name.as_str()));
            if let (true, [class, function, ..]) = (registers, call.arguments.as_slice())
                && breadth_of(&class.value, names).is_some()
            {
                found.extend(last_name(&function.value));
            }
            for argument in &call.arguments {
                if let ArgumentKind::Keyword(name) = argument.kind
                    && name.as_str() == "exception_handlers"
                    && let ExprKind::Dict(entries) = &argument.value.kind
                {
                    for (class, function) in entries {
                        if class.as_ref().is_some_and(|class| breadth_of(class, names).is_some()) {
                            found.extend(last_name(function));
                        }
                    }
                }
            }
        });
    }
    found
}

/// The parameter under which a handler of errors is given what was raised.
fn exception_of_handler(body: &Body, names: &Names, registered: &[Symbol]) -> Option<(Symbol, Confidence)> {
    let decorated = decorator_names(body).find_map(|(name, arguments)| {
        let class = arguments.iter().find(|argument| match argument.kind {
            ArgumentKind::Positional => name.as_str() != "view_config",
            ArgumentKind::Keyword(name) => matches!(name.as_str(), "context" | "exception"),
            _ => false,
        });
        if !HANDLERS.contains(&name.as_str()) {
            return None;
        }
        match class {
            // Those of packages have texts for clients as often as not: those of HTTP's errors.
            Some(class) if names.plain(&class.value).is_some() => None,
            Some(class) => breadth_of(&class.value, names),
            None => (name.as_str() == "exception_view_config").then_some(Confidence::Medium),
        }
    });
    // Bottle hands over the error with its trace.
    let of_bottle = decorator_names(body).any(|(name, arguments)| {
        name.as_str() == "error"
            && arguments
                .first()
                .is_some_and(|one| matches!(one.value.kind, ExprKind::Constant(Constant::Integer(500))))
    });
    let otherwise = of_bottle || registered.contains(&body.name);
    let confidence = decorated.or(otherwise.then_some(Confidence::Medium))?;
    let known = ["e", "ex", "exc", "err", "error", "exception", "problem"];
    let name = body.parameters.iter().map(|one| one.name).find(|name| known.contains(&name.as_str()))?;
    Some((name, confidence))
}
