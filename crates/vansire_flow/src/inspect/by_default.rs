//! What an expression is where nothing is configured: no variable of the environment set, no option given.
//!
//! The solver takes such a value for anything. Rules about values ask here what whoever installs the program gets.

use std::cell::Cell;

use vansire_python::ir::{
    Argument, ArgumentKind, BinaryOperator, Body, BodyKind, Call, CompareOperator, Constant, Expr, ExprKind,
    Parameter, Stmt, StmtKind, StringPart, TargetKind, UnaryOperator, Variable,
};
use vansire_python::{FileId, Program, ProgramFile, Resolution, Symbol};

use super::last_name;
use crate::model::{Base, ModelSet};
use crate::solve::members::constant_value;
use vansire_python::walk;

/// Names and functions are followed this far.
const MAXIMUM_FOLLOWED_NAMES: usize = 8;

/// A value that is known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Known {
    None,
    Boolean(bool),
    Integer(i64),
    Text(String),
    Many(Vec<Self>),
    /// A number of which these bits are set, whatever the others are.
    Bits(i64),
}

impl Known {
    fn truth(&self) -> bool {
        match self {
            Self::None => false,
            Self::Boolean(value) => *value,
            Self::Integer(value) => *value != 0,
            Self::Text(text) => !text.is_empty(),
            Self::Many(all) => !all.is_empty(),
            Self::Bits(bits) => *bits != 0,
        }
    }

    fn number(&self) -> Option<i64> {
        match self {
            Self::Boolean(value) => Some(i64::from(*value)),
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }
}

pub(crate) struct ByDefault<'a> {
    pub program: &'a Program,
    pub models: &'a ModelSet,
    /// Whether something that can be configured was met.
    pub open: Cell<bool>,
}

/// Where an expression stands, and what the parameters and variables there are.
struct Scope<'a> {
    file: FileId,
    body: &'a Body,
    given: Vec<(Symbol, Option<Known>)>,
}

impl<'a> ByDefault<'a> {
    pub fn new(program: &'a Program, models: &'a ModelSet) -> Self {
        Self { program, models, open: Cell::new(false) }
    }

    /// What an expression of a body is, if nothing is configured and callers leave the rest to its defaults.
    pub fn value(&self, file: FileId, body: &'a Body, expression: &Expr) -> Option<Known> {
        self.expression(expression, &Scope { file, body, given: Vec::new() }, 0)
    }

    fn file(&self, file: FileId) -> &'a ProgramFile {
        self.program.file(file)
    }

    fn module(&self, file: FileId) -> &'a Body {
        &self.file(file).ir.bodies[0]
    }

    fn expression(&self, expression: &Expr, scope: &Scope<'a>, depth: usize) -> Option<Known> {
        if depth > MAXIMUM_FOLLOWED_NAMES {
            return None;
        }
        let of = |one: &Expr| self.expression(one, scope, depth);
        match &expression.kind {
            ExprKind::Constant(constant) => literal(constant),
            ExprKind::Name(variable, name) => self.name(*variable, *name, scope, depth + 1),
            ExprKind::Attribute(base, name) => self.attribute(base, *name, scope, depth + 1),
            ExprKind::Call(call) => self.call(call, scope, depth + 1),
            ExprKind::Tuple(all) | ExprKind::List(all) | ExprKind::Set(all) => {
                Some(Known::Many(all.iter().map(of).collect::<Option<_>>()?))
            }
            ExprKind::Unary(UnaryOperator::Not, inner) => Some(Known::Boolean(!of(inner)?.truth())),
            ExprKind::Unary(UnaryOperator::Negative, inner) => {
                Some(Known::Integer(of(inner)?.number()?.checked_neg()?))
            }
            ExprKind::Boolean(all_of, parts) => {
                let (last, before) = parts.split_last()?;
                for part in before {
                    let value = of(part)?;
                    if value.truth() != *all_of {
                        return Some(value);
                    }
                }
                of(last)
            }
            ExprKind::Conditional { test, body, or_else } => {
                if of(test)?.truth() {
                    of(body)
                } else {
                    of(or_else)
                }
            }
            ExprKind::Compare(left, others) => {
                if let [(operator @ (CompareOperator::In | CompareOperator::NotIn), table)] =
                    others.as_slice()
                    && self.external(scope, table).is_some_and(|name| name.as_str() == "os.environ")
                {
                    self.open.set(true);
                    return Some(Known::Boolean(*operator == CompareOperator::NotIn));
                }
                let mut left = of(left)?;
                for (operator, right) in others {
                    let right = of(right)?;
                    if !compare(*operator, &left, &right)? {
                        return Some(Known::Boolean(false));
                    }
                    left = right;
                }
                Some(Known::Boolean(true))
            }
            ExprKind::Binary(operator, left, right) => binary(*operator, of(left), of(right)),
            ExprKind::Interpolated(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part {
                        StringPart::Literal(literal) => text.push_str(literal),
                        StringPart::Value { value, conversion: None, format } if format.is_empty() => {
                            match of(value)? {
                                Known::Text(own) => text.push_str(&own),
                                Known::Integer(own) => text.push_str(&own.to_string()),
                                _ => return None,
                            }
                        }
                        StringPart::Value { .. } => return None,
                    }
                }
                Some(Known::Text(text))
            }
            ExprKind::Named(_, _, inner) => of(inner),
            _ => None,
        }
    }

    fn name(&self, variable: Variable, name: Symbol, scope: &Scope<'a>, depth: usize) -> Option<Known> {
        if let Some((_, value)) = scope.given.iter().rev().find(|(own, _)| *own == name) {
            return value.clone();
        }
        match (variable, scope.body.kind) {
            (Variable::Local(slot), BodyKind::Function | BodyKind::Lambda) => {
                let mut assigned = assignments(&scope.body.block, name);
                if let Some(parameter) = scope.body.parameters.get(slot.0 as usize) {
                    return if assigned.is_empty() { self.parameter(parameter, scope, depth) } else { None };
                }
                match (assigned.pop(), assigned.is_empty()) {
                    (Some(Some(value)), true) => self.expression(value, scope, depth),
                    _ => None,
                }
            }
            (Variable::Local(_) | Variable::ClassThenGlobal(_), BodyKind::Class) => {
                self.variable(scope.file, scope.body, name, depth)
            }
            (Variable::Global(_) | Variable::Local(_) | Variable::ClassThenGlobal(_), _) => {
                self.variable(scope.file, self.module(scope.file), name, depth)
            }
            (Variable::Free(_), _) => None,
        }
    }

    /// What a parameter is that nobody gives.
    fn parameter(&self, parameter: &Parameter, scope: &Scope<'a>, depth: usize) -> Option<Known> {
        let module = Scope { file: scope.file, body: self.module(scope.file), given: Vec::new() };
        if let Some(default) = &parameter.default {
            // `Option("md5")` of a command's parameter.
            if let ExprKind::Call(call) = &default.kind
                && last_name(&call.callee).is_some_and(|name| matches!(name.as_str(), "Option" | "Argument"))
            {
                return self.expression(argument(call, 0, "default")?, &module, depth);
            }
            return match self.expression(default, &module, depth)? {
                // It mostly stands for something else.
                Known::None => None,
                known => Some(known),
            };
        }
        // `@click.option("--name", default=…)`
        scope.body.decorators.iter().find_map(|decorator| {
            let ExprKind::Call(call) = &decorator.kind else { return None };
            last_name(&call.callee).filter(|name| name.as_str() == "option")?;
            self.option(call, parameter.name, &module, depth)
        })
    }

    /// The default of an option that is declared by a call, if it is the one of this name.
    fn option(&self, call: &Call, name: Symbol, scope: &Scope<'a>, depth: usize) -> Option<Known> {
        let named = call.arguments.iter().any(|one| match (&one.kind, &one.value.kind) {
            (ArgumentKind::Positional, ExprKind::Constant(Constant::String(text))) => {
                let plain = text.split('/').next().unwrap_or(text).trim_start_matches('-');
                plain.replace('-', "_") == name.as_str()
            }
            (ArgumentKind::Keyword(key), ExprKind::Constant(Constant::String(text))) => {
                key.as_str() == "dest" && **text == *name.as_str()
            }
            _ => false,
        });
        if !named {
            return None;
        }
        self.open.set(true);
        if let Some(default) = keyword(call, "default") {
            return self.expression(default, scope, depth);
        }
        let action = keyword(call, "action").and_then(text_of)?;
        match action {
            "store_true" => Some(Known::Boolean(false)),
            "store_false" => Some(Known::Boolean(true)),
            _ => None,
        }
    }

    /// A variable of a module or a class, if it is set in one place.
    fn variable(&self, file: FileId, body: &'a Body, name: Symbol, depth: usize) -> Option<Known> {
        if depth > MAXIMUM_FOLLOWED_NAMES {
            return None;
        }
        let all = &self.file(file).ir.bodies;
        if all.iter().any(|one| one.global_writes.contains(&name)) {
            return None;
        }
        let mut assigned = assignments(&body.block, name);
        match (assigned.pop(), assigned.is_empty()) {
            (Some(Some(value)), true) => {
                return self.expression(value, &Scope { file, body, given: Vec::new() }, depth);
            }
            (Some(_), _) => return None,
            (None, _) => {}
        }
        let (module, name) = self.imported(file, body, name)?;
        let Resolution::File(other) = module else { return None };
        self.variable(other, self.module(other), name, depth + 1)
    }

    /// `from module import name`: the module, and the name that it has there.
    fn imported(&self, file: FileId, body: &Body, wanted: Symbol) -> Option<(Resolution, Symbol)> {
        let mut found = None;
        walk::statements(&body.block, &mut |statement| {
            if let StmtKind::ImportFrom { level, module, name, target } = &statement.kind
                && body.name_of(*target) == Some(wanted)
            {
                found = Some((self.program.resolve_module(file, *level, module.as_str()), *name));
            }
        });
        found
    }

    fn attribute(&self, base: &Expr, name: Symbol, scope: &Scope<'a>, depth: usize) -> Option<Known> {
        let ExprKind::Name(_, owner) = &base.kind else { return None };
        if let Some(outside) = self.external(scope, base) {
            let value = constant_value(&format!("{outside}.{name}"))?;
            return match value.as_constant()? {
                crate::domain::Constant::Integer(number) => Some(Known::Integer(*number)),
                _ => None,
            };
        }
        if let Some(parsed) = self.parsed_option(*owner, name, scope, depth) {
            return Some(parsed);
        }
        let module = self.module(scope.file);
        // A class of the file, or a module of the project.
        let class = self.file(scope.file).ir.bodies.iter().find(|body| {
            body.kind == BodyKind::Class && body.name == *owner && body.parent.is_some_and(|one| one.0 == 0)
        });
        if let Some(class) = class {
            return self.variable(scope.file, class, name, depth);
        }
        let (package, child) = self.imported(scope.file, module, *owner)?;
        match self.program.resolve_submodule(scope.file, package, child.as_str())? {
            Resolution::File(file) => self.variable(file, self.module(file), name, depth),
            _ => None,
        }
    }

    /// `arguments.name`, where the variable is what a parser gave.
    fn parsed_option(&self, owner: Symbol, name: Symbol, scope: &Scope<'a>, depth: usize) -> Option<Known> {
        let mut assigned = assignments(&scope.body.block, owner);
        if assigned.is_empty() {
            assigned = assignments(&self.module(scope.file).block, owner);
        }
        let parsed = assigned.iter().flatten().any(|value| {
            matches!(&value.kind, ExprKind::Call(call)
                if last_name(&call.callee).is_some_and(|name| name.as_str() == "parse_args"))
        });
        if !parsed {
            return None;
        }
        for body in &self.file(scope.file).ir.bodies {
            if !body.mentions.iter().any(|name| name.as_str() == "add_argument") {
                continue;
            }
            let mut found = None;
            let scope = Scope { file: scope.file, body, given: Vec::new() };
            walk::statements(&body.block, &mut |statement| {
                walk::expressions(statement, &mut |expression| {
                    if let ExprKind::Call(call) = &expression.kind
                        && last_name(&call.callee).is_some_and(|name| name.as_str() == "add_argument")
                        && found.is_none()
                    {
                        found = self.option(call, name, &scope, depth);
                    }
                });
            });
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// The dotted name of what is outside the project.
    fn external(&self, scope: &Scope<'a>, expression: &Expr) -> Option<Symbol> {
        match &expression.kind {
            ExprKind::Attribute(inner, name) => {
                Some(Symbol::new(&format!("{}.{name}", self.external(scope, inner)?)))
            }
            ExprKind::Name(_, name) => [scope.body, self.module(scope.file)].iter().find_map(|body| {
                if let Some((Resolution::External(module), own)) = self.imported(scope.file, body, *name) {
                    return Some(Symbol::new(&format!("{module}.{own}")));
                }
                let mut found = None;
                walk::statements(&body.block, &mut |statement| {
                    if let StmtKind::Import { module, alias, target } = &statement.kind
                        && body.name_of(*target) == Some(*name)
                    {
                        let top = module.as_str().split('.').next().unwrap_or_default();
                        found = Some(if *alias { *module } else { Symbol::new(top) });
                    }
                });
                found
            }),
            _ => None,
        }
    }

    fn call(&self, call: &Call, scope: &Scope<'a>, depth: usize) -> Option<Known> {
        let of = |one: &Expr| self.expression(one, scope, depth);
        if let Some(name) = self.external(scope, &call.callee) {
            let name = self.models.canonical(name);
            if let Some(port) = self.models.defaults.get(&name) {
                let Base::Argument { position, name } = port.base else { return None };
                let name = name.map_or("", |name| name.as_str());
                self.open.set(true);
                return match position.and_then(|at| positional(call, at as usize)).or(keyword(call, name)) {
                    Some(default) => cast(of(default)?, call),
                    None => Some(Known::None),
                };
            }
        }
        // An option by its name, with what it is where nobody sets it: `env.bool("DEBUG", default=True)`.
        if let Some(default) = keyword(call, "default").or_else(|| keyword(call, "fallback"))
            && positional(call, 0).is_some_and(|one| text_of(one).is_some())
        {
            self.open.set(true);
            return cast(of(default)?, call);
        }
        match &call.callee.kind {
            ExprKind::Attribute(base, method) => {
                let Known::Text(text) = of(base)? else { return None };
                Some(Known::Text(match method.as_str() {
                    "lower" | "casefold" => text.to_lowercase(),
                    "upper" => text.to_uppercase(),
                    "strip" if call.arguments.is_empty() => text.trim().to_owned(),
                    "title" | "capitalize" => {
                        let mut all = text.chars();
                        let first = all.next().map(|one| one.to_uppercase().to_string()).unwrap_or_default();
                        first + &all.as_str().to_lowercase()
                    }
                    "encode" | "decode" => text,
                    _ => return None,
                }))
            }
            ExprKind::Name(_, name) => {
                if let Some((file, function)) = self.function(scope, *name) {
                    return self.returned(file, function, call, scope, depth);
                }
                let given = positional(call, 0);
                match (name.as_str(), given) {
                    ("bool", Some(one)) => Some(Known::Boolean(of(one)?.truth())),
                    ("int", Some(one)) => match of(one)? {
                        Known::Text(text) => text.trim().parse().ok().map(Known::Integer),
                        known => known.number().map(Known::Integer),
                    },
                    ("str", Some(one)) => match of(one)? {
                        Known::Text(text) => Some(Known::Text(text)),
                        Known::Integer(number) => Some(Known::Text(number.to_string())),
                        Known::Boolean(true) => Some(Known::Text("True".to_owned())),
                        Known::Boolean(false) => Some(Known::Text("False".to_owned())),
                        _ => None,
                    },
                    ("strtobool", Some(one)) => match of(one)? {
                        Known::Text(text) => Some(Known::Boolean(says_yes(&text))),
                        known => Some(Known::Boolean(known.truth())),
                    },
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A function of the project by the name that it has here.
    fn function(&self, scope: &Scope<'a>, name: Symbol) -> Option<(FileId, &'a Body)> {
        let of = |file: FileId, name: Symbol| {
            let mut all = self.file(file).ir.bodies.iter().filter(|body| {
                body.kind == BodyKind::Function
                    && body.name == name
                    && body.parent.is_some_and(|parent| parent.0 == 0)
            });
            all.next().filter(|_| all.next().is_none()).map(|body| (file, body))
        };
        if let Some(own) = of(scope.file, name) {
            return Some(own);
        }
        match self.imported(scope.file, self.module(scope.file), name)? {
            (Resolution::File(other), name) => of(other, name),
            _ => None,
        }
    }

    /// What a function without loops returns for what it is given.
    fn returned(
        &self,
        file: FileId,
        function: &'a Body,
        call: &Call,
        scope: &Scope<'a>,
        depth: usize,
    ) -> Option<Known> {
        if !function.decorators.is_empty() || function.is_async || function.is_generator {
            return None;
        }
        let mut own = Scope { file, body: function, given: Vec::new() };
        for (at, parameter) in function.parameters.iter().enumerate() {
            let value = match positional(call, at).or_else(|| keyword(call, parameter.name.as_str())) {
                Some(given) => self.expression(given, scope, depth),
                None => parameter.default.as_ref().and_then(|default| {
                    let module = Scope { file, body: self.module(file), given: Vec::new() };
                    self.expression(default, &module, depth)
                }),
            };
            own.given.push((parameter.name, value));
        }
        self.run(&function.block, &mut own, depth).flatten()
    }

    /// The value that a block returns, none where it can't be told; the outer option is none where it goes on.
    fn run(&self, block: &'a [Stmt], scope: &mut Scope<'a>, depth: usize) -> Option<Option<Known>> {
        for statement in block {
            match &statement.kind {
                StmtKind::Return(value) => {
                    return Some(match value {
                        Some(value) => self.expression(value, scope, depth),
                        None => Some(Known::None),
                    });
                }
                StmtKind::Assign { targets, value, .. } => {
                    let value = self.expression(value, scope, depth);
                    for target in targets {
                        if let TargetKind::Name(_, name) = &target.kind {
                            scope.given.push((*name, value.clone()));
                        }
                    }
                }
                StmtKind::If { test, body, or_else } => {
                    let Some(test) = self.expression(test, scope, depth) else { return Some(None) };
                    let way = if test.truth() { body } else { or_else };
                    if let Some(value) = self.run(way, scope, depth) {
                        return Some(value);
                    }
                }
                StmtKind::Expr(_) | StmtKind::Pass | StmtKind::Assert { .. } => {}
                _ => return Some(None),
            }
        }
        None
    }
}

/// Values that a name is set to in a block; none for one that is set in another way.
fn assignments(block: &[Stmt], name: Symbol) -> Vec<Option<&Expr>> {
    let mut all = Vec::new();
    walk::statements(block, &mut |statement| match &statement.kind {
        StmtKind::Assign { targets, value, .. } => {
            for target in targets {
                match &target.kind {
                    TargetKind::Name(_, own) if *own == name => all.push(Some(value)),
                    TargetKind::Sequence(inner)
                        if inner
                            .iter()
                            .any(|one| matches!(&one.kind, TargetKind::Name(_, own) if *own == name)) =>
                    {
                        all.push(None);
                    }
                    _ => {}
                }
            }
        }
        StmtKind::AugmentedAssign { target, .. } | StmtKind::For { target, .. } if matches!(&target.kind, TargetKind::Name(_, own) if *own == name) =>
        {
            all.push(None);
        }
        StmtKind::With { items, .. } => {
            for (_, target) in items {
                if target
                    .as_ref()
                    .is_some_and(|one| matches!(&one.kind, TargetKind::Name(_, own) if *own == name))
                {
                    all.push(None);
                }
            }
        }
        _ => {}
    });
    all
}

fn positional(call: &Call, at: usize) -> Option<&Expr> {
    let plain = call.arguments.iter().take_while(|one| one.kind == ArgumentKind::Positional);
    plain.take(at + 1).nth(at).map(|one| &one.value)
}

fn keyword<'c>(call: &'c Call, name: &str) -> Option<&'c Expr> {
    let is = |one: &&Argument| matches!(one.kind, ArgumentKind::Keyword(own) if own.as_str() == name);
    call.arguments.iter().find(is).map(|one| &one.value)
}

fn argument<'c>(call: &'c Call, at: usize, name: &str) -> Option<&'c Expr> {
    positional(call, at).or_else(|| keyword(call, name))
}

fn text_of(expression: &Expr) -> Option<&str> {
    match &expression.kind {
        ExprKind::Constant(Constant::String(text)) => Some(text),
        _ => None,
    }
}

fn literal(constant: &Constant) -> Option<Known> {
    Some(match constant {
        Constant::None => Known::None,
        Constant::True => Known::Boolean(true),
        Constant::False => Known::Boolean(false),
        Constant::Integer(number) => Known::Integer(*number),
        Constant::String(text) => Known::Text(text.to_string()),
        Constant::Bytes(bytes) => Known::Text(String::from_utf8_lossy(bytes).into_owned()),
        _ => return None,
    })
}

/// `cast=bool`, and getters that give booleans and numbers of a text.
fn cast(value: Known, call: &Call) -> Option<Known> {
    let getter = last_name(&call.callee)?;
    let target = keyword(call, "cast").or_else(|| keyword(call, "type")).and_then(last_name);
    let target = target.map_or_else(|| getter.as_str().to_owned(), |name| name.as_str().to_owned());
    match (value, target.as_str()) {
        (Known::Text(text), "bool" | "getboolean" | "strtobool") => Some(Known::Boolean(says_yes(&text))),
        (Known::Integer(number), "bool" | "getboolean") => Some(Known::Boolean(number != 0)),
        (Known::Text(text), "int" | "getint") => text.trim().parse().ok().map(Known::Integer),
        (value, _) => Some(value),
    }
}

fn says_yes(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on" | "y" | "t")
}

fn compare(operator: CompareOperator, left: &Known, right: &Known) -> Option<bool> {
    let is_equal = |one: &Known, two: &Known| match (one.number(), two.number()) {
        (Some(one), Some(two)) => one == two,
        _ => one == two,
    };
    if matches!(left, Known::Bits(_)) || matches!(right, Known::Bits(_)) {
        return None;
    }
    let contains = || match right {
        Known::Many(all) => Some(all.iter().any(|one| is_equal(one, left))),
        Known::Text(text) => match left {
            Known::Text(part) => Some(text.contains(part.as_str())),
            _ => None,
        },
        _ => None,
    };
    Some(match operator {
        CompareOperator::Equal | CompareOperator::Is => is_equal(left, right),
        CompareOperator::NotEqual | CompareOperator::IsNot => !is_equal(left, right),
        CompareOperator::In => contains()?,
        CompareOperator::NotIn => !contains()?,
        CompareOperator::Less => left.number()? < right.number()?,
        CompareOperator::LessEqual => left.number()? <= right.number()?,
        CompareOperator::Greater => left.number()? > right.number()?,
        CompareOperator::GreaterEqual => left.number()? >= right.number()?,
    })
}

fn binary(operator: BinaryOperator, left: Option<Known>, right: Option<Known>) -> Option<Known> {
    if operator == BinaryOperator::BitOr {
        // What is set stays set, whatever the other side is.
        let bits = |known: &Option<Known>| match known {
            Some(Known::Integer(number)) => Some((*number, true)),
            Some(Known::Bits(bits)) => Some((*bits, false)),
            _ => None,
        };
        return match (bits(&left), bits(&right)) {
            (Some((one, true)), Some((two, true))) => Some(Known::Integer(one | two)),
            (Some((one, _)), Some((two, _))) => Some(Known::Bits(one | two)),
            (Some((one, _)), None) | (None, Some((one, _))) => Some(Known::Bits(one)),
            (None, None) => None,
        };
    }
    match (operator, left?, right?) {
        (BinaryOperator::Add, Known::Text(one), Known::Text(two)) => Some(Known::Text(one + &two)),
        (operator, one, two) => {
            let (one, two) = (one.number()?, two.number()?);
            Some(Known::Integer(match operator {
                BinaryOperator::Add => one.checked_add(two)?,
                BinaryOperator::Subtract => one.checked_sub(two)?,
                BinaryOperator::Multiply => one.checked_mul(two)?,
                BinaryOperator::Power => one.checked_pow(u32::try_from(two).ok()?)?,
                BinaryOperator::LeftShift => {
                    one.checked_shl(u32::try_from(two).ok().filter(|two| *two < 62)?)?
                }
                BinaryOperator::BitAnd => one & two,
                _ => return None,
            }))
        }
    }
}
