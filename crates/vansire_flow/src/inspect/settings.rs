//! Settings of frameworks in modules and classes that are read as configuration: `DEBUG = True`.

use rustc_hash::FxHashMap;
use vansire_finding::Confidence;
use vansire_python::ir::{Body, BodyKind, Constant, Expr, ExprKind, Span, StmtKind, TargetKind};
use vansire_python::walk;
use vansire_python::{FileId, ProgramFile, Symbol};

use super::by_default::{ByDefault, Known};
use super::{Inspector, Remark};
use crate::model::{Scalar, Setting};
use crate::solve::purpose::words;

/// A place where the project gives a setting its value.
struct Given<'p> {
    id: FileId,
    file: &'p ProgramFile,
    scope: &'p Body,
    name: Symbol,
    value: &'p Expr,
    span: Span,
    /// Whether it is one of several ways: under a condition, or set again in the same block.
    one_of_several: bool,
}

impl<'p> Inspector<'p> {
    /// Settings of all files at once: what one file sets another one may set right.
    pub(super) fn settings(&mut self) {
        let models = self.models;
        if models.settings.is_empty() {
            return;
        }
        let program = self.program;
        let mut given: FxHashMap<Symbol, Vec<Given<'p>>> = FxHashMap::default();
        let mut order = Vec::new();
        for (id, file) in program.files() {
            if file.is_stub || file.is_test {
                continue;
            }
            for body in &file.ir.bodies {
                let of_module =
                    body.parent.is_none_or(|parent| file.ir.bodies[parent.0 as usize].parent.is_none());
                let is_settings = match body.kind {
                    BodyKind::Module => true,
                    BodyKind::Class => of_module,
                    _ => false,
                };
                if is_settings {
                    self.gather((id, file), body, &mut given, &mut order);
                }
            }
        }
        for name in order {
            let all = &given[&name];
            for one in all {
                for setting in &models.settings[&name] {
                    self.judge(setting, one, all);
                }
            }
        }
    }

    fn gather(
        &self,
        (id, file): (FileId, &'p ProgramFile),
        body: &'p Body,
        given: &mut FxHashMap<Symbol, Vec<Given<'p>>>,
        order: &mut Vec<Symbol>,
    ) {
        let mut nested = Vec::new();
        for statement in &body.block {
            walk::blocks(statement, &mut |block| {
                walk::statements(block, &mut |inner| {
                    if let Some((name, ..)) = assigned(&inner.kind) {
                        nested.push(name);
                    }
                });
            });
        }
        let mut own: Vec<Given<'p>> = Vec::new();
        for statement in &body.block {
            let Some((name, value)) = assigned(&statement.kind) else { continue };
            if !self.models.settings.contains_key(&name) {
                continue;
            }
            let again = own.iter().any(|one| one.name == name);
            own.retain(|one| one.name != name);
            let one_of_several = again || nested.contains(&name);
            own.push(Given { id, file, scope: body, name, value, span: statement.span, one_of_several });
        }
        for one in own {
            let all = given.entry(one.name).or_default();
            if all.is_empty() {
                order.push(one.name);
            }
            all.push(one);
        }
    }

    fn judge(&mut self, setting: &Setting, given: &Given<'p>, all: &[Given<'p>]) {
        if is_for_development(given.file, given.scope) {
            return;
        }
        let stated = fits(setting, given.value);
        if !stated && !self.fits_by_default(setting, given) {
            return;
        }
        // A framework's own defaults have the lists of a project's settings, empty.
        let beside =
            |name: &Symbol| {
                given.scope.block.iter().any(|one| {
                    assigned(&one.kind).is_some_and(|(own, value)| own == *name && !is_empty(value))
                })
            };
        if !setting.beside.is_empty() && !setting.beside.iter().any(beside) {
            return;
        }
        if let Some((name, values)) = &setting.with {
            let together = given.scope.block.iter().any(|one| {
                assigned(&one.kind).is_some_and(|(own, value)| own == *name && is_one_of(value, values))
            });
            if !together {
                return;
            }
        }
        // What is taken up and set right: by a class below, or by another file of the same folder.
        let folder = |file: &ProgramFile| {
            file.source.path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned()
        };
        let own = folder(given.file);
        let set_right = all.iter().any(|other| {
            !std::ptr::eq(other.scope, given.scope)
                && !fits(setting, other.value)
                && !self.fits_by_default(setting, other)
                && (other.scope.kind == BodyKind::Class && std::ptr::eq(other.file, given.file)
                    || other.scope.kind == given.scope.kind && folder(other.file) == own)
        });
        if set_right && given.scope.kind == BodyKind::Class {
            return;
        }
        let mut confidence = setting.confidence.unwrap_or(Confidence::High);
        // What a later `from local_settings import *` brings takes its place.
        let mut replaced = false;
        walk::statements(&given.scope.block, &mut |one| {
            replaced |= matches!(one.kind, StmtKind::ImportStar { .. }) && one.span.start > given.span.start;
        });
        if given.one_of_several || replaced || set_right {
            confidence = Confidence::Low;
        }
        let Some((rule, _)) = self.rules.get_key_value(setting.rule.as_str()) else { return };
        let mut message = setting.message.to_string();
        if !stated {
            message.push_str(", unless something else is configured");
            confidence = confidence.min(Confidence::Medium);
        }
        let remark = Remark { rule, message, severity: setting.severity, confidence };
        let scope = given.scope.qualified_name;
        self.report(given.file, scope, given.span, remark);
    }
}

impl<'p> Inspector<'p> {
    /// Whether a setting has a wrong value where nothing is configured: `DEBUG = os.environ.get("DEBUG", "1") == "1"`.
    fn fits_by_default(&self, setting: &Setting, given: &Given<'p>) -> bool {
        let Some(scalars) = &setting.is else { return false };
        if matches!(given.value.kind, ExprKind::Constant(_)) {
            return false;
        }
        let lookup = ByDefault::new(self.program, self.models);
        let Some(known) = lookup.value(given.id, given.scope, given.value) else { return false };
        scalars.iter().any(|scalar| match (scalar, &known) {
            (Scalar::Boolean(wanted), Known::Boolean(value)) => wanted == value,
            (Scalar::Text(wanted), Known::None) => wanted == "None",
            (Scalar::Text(wanted), Known::Text(value)) => wanted == value,
            (Scalar::Integer(wanted), Known::Integer(value)) => wanted == value,
            _ => false,
        })
    }
}

/// `NAME = value`
fn assigned(statement: &StmtKind) -> Option<(Symbol, &Expr)> {
    let StmtKind::Assign { targets, value, .. } = statement else { return None };
    match targets.as_slice() {
        [target] => match &target.kind {
            TargetKind::Name(_, name) => Some((*name, value)),
            _ => None,
        },
        _ => None,
    }
}

fn is_empty(value: &Expr) -> bool {
    matches!(&value.kind, ExprKind::List(all) | ExprKind::Tuple(all) if all.is_empty())
}

fn fits(setting: &Setting, value: &Expr) -> bool {
    if let Some(scalars) = &setting.is {
        return is_one_of(value, scalars);
    }
    if let Some(wanted) = &setting.contains {
        return match &value.kind {
            ExprKind::List(all) | ExprKind::Tuple(all) | ExprKind::Set(all) => {
                all.iter().any(|one| text(one).is_some_and(|text| text == &**wanted))
            }
            _ => false,
        };
    }
    match (&setting.first, &value.kind) {
        (Some(wanted), ExprKind::List(all) | ExprKind::Tuple(all)) => {
            all.first().and_then(text).is_some_and(|text| wanted.iter().any(|one| **one == *text))
        }
        _ => false,
    }
}

fn text(expression: &Expr) -> Option<&str> {
    match &expression.kind {
        ExprKind::Constant(Constant::String(text)) => Some(text),
        _ => None,
    }
}

fn is_one_of(value: &Expr, scalars: &[Scalar]) -> bool {
    let ExprKind::Constant(constant) = &value.kind else { return false };
    scalars.iter().any(|scalar| match (scalar, constant) {
        (Scalar::Boolean(true), Constant::True) | (Scalar::Boolean(false), Constant::False) => true,
        (Scalar::Text(text), Constant::None) => text == "None",
        (Scalar::Text(text), Constant::String(own)) => **own == **text,
        (Scalar::Integer(number), Constant::Integer(own)) => number == own,
        _ => false,
    })
}

/// Settings that a developer's machine or the tests use, as their place says.
pub(super) fn is_for_development(file: &ProgramFile, scope: &Body) -> bool {
    let module = file.source.path.rsplit('/').next().unwrap_or_default();
    let names = [scope.qualified_name.as_str(), module.trim_end_matches(".py")];
    names.iter().flat_map(|name| words(name)).any(|word| {
        matches!(
            word.as_str(),
            "dev"
                | "devel"
                | "develop"
                | "development"
                | "local"
                | "test"
                | "tests"
                | "testing"
                | "debug"
                | "ci"
                | "example"
        )
    })
}
