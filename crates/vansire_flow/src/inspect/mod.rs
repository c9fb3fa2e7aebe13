//! What code says in itself, without any flow: literals under the names of secrets, settings, and what is done with an
//! exception. Each file is read once, and nothing is interpreted.

pub(crate) mod by_default;
mod characters;
mod comparisons;
mod contexts;
mod environment;
mod exposure;
mod protection;
mod races;
mod refusals;
mod secrets;
mod settings;
mod shared;

use rustc_hash::FxHashMap;
use vansire_finding::{Confidence, Finding, Location, Position, RuleMetadata, Severity};
use vansire_python::ir::{Body, Expr, ExprKind, Span, StmtKind};
use vansire_python::walk;
use vansire_python::{FileId, Program, ProgramFile, Resolution, Symbol};

use crate::FlowRule;
use crate::model::ModelSet;

/// Everything that is found in this way, in no particular order.
pub(crate) fn inspect(program: &Program, models: &ModelSet, rules: &[&'static FlowRule]) -> Vec<Finding> {
    let mut inspector = Inspector {
        program,
        models,
        rules: rules.iter().map(|rule| (rule.metadata.name, rule.metadata)).collect(),
        findings: Vec::new(),
        secret_names: FxHashMap::default(),
    };
    inspector.settings();
    for (id, file) in program.files() {
        if file.is_stub {
            continue;
        }
        let names = Names::of(program, id, file);
        inspector.secrets(id, file);
        inspector.exposures(file, &names);
        inspector.protections(file, &names);
        inspector.refusals(file, &names);
        inspector.comparisons(file);
        inspector.shared_state(file);
        inspector.contexts(file, &names);
        inspector.races(file, &names);
        inspector.environment(file, &names);
        inspector.characters(file);
        inspector.dangerous_options(id, file);
    }
    inspector.findings
}

struct Inspector<'p> {
    program: &'p Program,
    models: &'p ModelSet,
    rules: FxHashMap<&'static str, &'static RuleMetadata>,
    findings: Vec<Finding>,
    /// Which names may be those of secrets that are compared.
    secret_names: FxHashMap<Symbol, bool>,
}

/// What is wrong somewhere, and how sure that is.
struct Remark {
    rule: &'static str,
    message: String,
    severity: Option<Severity>,
    confidence: Confidence,
}

impl Remark {
    fn new(rule: &'static str, message: impl Into<String>, confidence: Confidence) -> Self {
        Self { rule, message: message.into(), severity: None, confidence }
    }
}

impl Inspector<'_> {
    fn report(&mut self, file: &ProgramFile, scope: Symbol, span: Span, remark: Remark) {
        let Some(&rule) = self.rules.get(remark.rule) else { return };
        let (start_line, start_column, end_line, end_column, cell) = file.source.location(span);
        let location = Location {
            path: file.source.path.clone(),
            start: Position { line: start_line, column: start_column },
            end: Position { line: end_line, column: end_column },
            cell,
        };
        if self
            .findings
            .iter()
            .rev()
            .take(8)
            .any(|own| own.rule.name == rule.name && own.location == location)
        {
            return;
        }
        self.findings.push(Finding {
            rule,
            code: None,
            severity: remark.severity.unwrap_or(rule.severity),
            confidence: remark.confidence,
            message: remark.message,
            location,
            trace: Vec::new(),
            related: Vec::new(),
            fingerprint: scope.to_string(),
            content_fingerprint: String::new(),
            snippet: String::new(),
            fix: None,
            suppression: None,
        });
    }
}

/// What the imports of a file give a name to, outside the project.
struct Names {
    external: FxHashMap<Symbol, Symbol>,
}

impl Names {
    fn of(program: &Program, id: FileId, file: &ProgramFile) -> Self {
        let mut external = FxHashMap::default();
        let is_external = |module: Symbol| {
            matches!(program.resolve_module(id, 0, module.as_str()), Resolution::External(_))
        };
        let mut see = |body: &Body| {
            walk::statements(&body.block, &mut |statement| match &statement.kind {
                StmtKind::Import { module, alias, target } if is_external(*module) => {
                    let bound = if *alias {
                        *module
                    } else {
                        Symbol::new(module.as_str().split('.').next().unwrap_or_default())
                    };
                    if let Some(name) = body.name_of(*target) {
                        external.insert(name, bound);
                    }
                }
                StmtKind::ImportFrom { level: 0, module, name, target } if is_external(*module) => {
                    if let Some(bound) = body.name_of(*target) {
                        external.insert(bound, Symbol::new(&format!("{module}.{name}")));
                    }
                }
                _ => {}
            });
        };
        // Imports within functions are few, and their names are those of the module in almost every case.
        for body in &file.ir.bodies {
            if body.parent.is_none() || body.mentions.len() < MAXIMUM_IMPORTER {
                see(body);
            }
        }
        Self { external }
    }

    /// The dotted name of what an expression stands for, where that is of another package.
    fn dotted(&self, models: &ModelSet, expression: &Expr) -> Option<Symbol> {
        self.plain(expression).map(|name| models.canonical(name))
    }

    fn plain(&self, expression: &Expr) -> Option<Symbol> {
        match &expression.kind {
            ExprKind::Name(_, name) => self.external.get(name).copied(),
            ExprKind::Attribute(inner, name) => Some(Symbol::new(&format!("{}.{name}", self.plain(inner)?))),
            _ => None,
        }
    }
}

/// In functions with more names than this, imports aren't looked for.
const MAXIMUM_IMPORTER: usize = 60;

/// The last part of a dotted expression: `route` of `app.route`.
fn last_name(expression: &Expr) -> Option<Symbol> {
    match &expression.kind {
        ExprKind::Name(_, name) | ExprKind::Attribute(_, name) => Some(*name),
        _ => None,
    }
}

/// Whether a file imports one of these packages.
fn imports(file: &ProgramFile, packages: &[&str]) -> bool {
    file.ir.imports.iter().any(|name| {
        let top = name.as_str().split('.').next().unwrap_or_default();
        packages.contains(&top)
    })
}
