//! The order of work: modules, then the bodies that nobody calls.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use vansire_finding::Finding;
use vansire_python::ir::BodyKind;
use vansire_python::{Program, Symbol};

use super::relevance::Relevance;
use super::shapes::Context;
use super::{Input, ModuleStatus, Solver};
use crate::domain::BodyIndex;
use crate::model::ModelSet;
use crate::{Analysis, Failure, FlowRule, Options, TemplateFile};

/// How often everything is solved again, with what functions stored in globals the last time.
const MAXIMUM_PASSES: usize = 2;

/// Analyses a linked program.
pub fn analyze(
    program: &Program,
    templates: &[TemplateFile],
    models: &ModelSet,
    rules: &[&'static FlowRule],
    options: &Options,
) -> Analysis {
    let mut bases = Vec::new();
    let mut next = 0;
    for (_, file) in program.files() {
        bases.push(next);
        next += file.ir.bodies.len() as u32;
    }
    let asked: Vec<Symbol> = rules.iter().map(|rule| Symbol::new(rule.metadata.name)).collect();
    let input = Input { program, models, options, templates, bases: &bases, rules: &asked };
    let mut solver = Solver::new(&input);
    if options.call_graph {
        solver.call_graph = Some(super::graph::CallGraph::default());
    }
    let mut relevance = Relevance::of_words(&input, next);
    if !options.call_graph {
        solver.assume_relevant(&relevance);
    }
    let mut roots = solver.passes(next, &mut relevance, true);
    if options.may_be_library && !solver.library && !options.call_graph && solver.is_library(next) {
        solver.begin_library(next, &mut relevance);
        roots = solver.passes(next, &mut relevance, false);
    }
    let mut statistics: BTreeMap<String, u64> =
        solver.statistics.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    let installed = program.files().filter(|(_, file)| file.is_installed);
    let (mut modules, mut bodies) = (0, 0);
    for (_, file) in installed {
        modules += 1;
        bodies += file.ir.bodies.len() as u64;
    }
    let own = program.files().filter(|(_, file)| file.is_own && !file.is_installed);
    statistics.insert("bodies".to_owned(), own.map(|(_, file)| file.ir.bodies.len() as u64).sum());
    if modules > 0 {
        statistics.insert("modules of installed packages".to_owned(), modules);
        statistics.insert("bodies of installed packages".to_owned(), bodies);
    }
    let own = solver.source_index.keys().filter(|(file, ..)| !solver.is_installed(*file)).count();
    statistics.insert("places where data comes in".to_owned(), own as u64);
    statistics.insert("relevant bodies".to_owned(), roots.len() as u64);
    let call_graph = solver.named_graph(next);
    let mut findings = solver.report(rules);
    add_remarks(&mut findings, crate::inspect::inspect(program, models, rules));
    Analysis { findings, statistics, call_graph, failures: solver.failures() }
}

/// What files say in themselves, where the solver had nothing to say of the same.
fn add_remarks(findings: &mut Vec<Finding>, remarks: Vec<Finding>) {
    for remark in remarks {
        let line = |finding: &Finding| (finding.location.start.line, finding.location.cell);
        let known = findings.iter().any(|own| {
            own.rule.name == remark.rule.name
                && own.location.path == remark.location.path
                && line(own) == line(&remark)
        });
        if !known {
            findings.push(remark);
        }
    }
}

impl Solver<'_> {
    /// Solves what matters, and again what reads what functions have stored. Tells the bodies to begin with.
    fn passes(&mut self, count: u32, relevance: &mut Relevance, first: bool) -> Vec<BodyIndex> {
        let options = self.input.options;
        let mut roots: Vec<BodyIndex> = Vec::new();
        let mut sources = None;
        for pass in 0..MAXIMUM_PASSES {
            self.run_modules();
            if first && pass == 0 && !options.call_graph {
                self.add_aliases(relevance);
                if options.threats.library {
                    self.begin_library(count, relevance);
                }
            }
            if sources != Some(relevance.count_of_sources()) {
                sources = Some(relevance.count_of_sources());
                roots = if options.call_graph {
                    (0..count).map(BodyIndex).collect()
                } else {
                    self.find_relevant(relevance)
                };
            }
            self.run_scripts(relevance);
            self.pass(&roots);
            if pass + 1 == MAXIMUM_PASSES || !self.again(count, relevance) {
                break;
            }
        }
        roots
    }

    fn run_modules(&mut self) {
        let files: Vec<u32> = (0..self.input.bases.len() as u32).collect();
        for file in files {
            // What the project's part only imports is run when it is needed.
            if !self.is_own(file) {
                continue;
            }
            let module = BodyIndex(self.input.bases[file as usize]);
            self.contained(Some(module), |solver| solver.run_module(file));
        }
        self.run_waiting();
        self.contained(None, Self::run_middleware);
    }

    /// Does something that a fault of ours costs only itself. The body is the one that is then named as not analysed.
    pub(super) fn contained<T>(
        &mut self,
        body: Option<BodyIndex>,
        work: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        let depths = (self.nesting, self.module_depth, self.projecting);
        if let Ok(done) = catch_unwind(AssertUnwindSafe(|| work(self))) {
            return Some(done);
        }
        // What was in progress stays as far as it came.
        self.running.clear();
        (self.nesting, self.module_depth, self.projecting) = depths;
        for status in self.modules.values_mut() {
            if let ModuleStatus::Running(values) = status {
                *status = ModuleStatus::Done(std::mem::take(values));
            }
        }
        self.failures.insert(body);
        None
    }

    /// Where the analysis failed, with the line.
    fn failures(&self) -> Vec<Failure> {
        let failure = |body: &Option<BodyIndex>| match body {
            Some(body) => {
                let (file, ir) = self.body(*body);
                let source = &self.input.program.file(vansire_python::FileId(file)).source;
                let name = ir.qualified_name.as_str();
                let what = if name.is_empty() { "the module".to_owned() } else { format!("`{name}`") };
                Failure { path: source.path.clone(), line: source.location(ir.span).0, what }
            }
            None => Failure { path: ".".to_owned(), line: 1, what: "what frameworks call".to_owned() },
        };
        self.failures.iter().map(failure).collect()
    }

    fn pass(&mut self, roots: &[BodyIndex]) {
        // Functions may still register classes: their methods come after them.
        let (methods, functions): (Vec<BodyIndex>, Vec<BodyIndex>) =
            roots.iter().partition(|&&body| self.is_view_method(body));
        for body in functions {
            if !self.visited.contains(&body) || self.takes_from_callers(body) {
                self.contained(Some(body), |solver| {
                    if !solver.run_application(body) {
                        solver.solve_root(body);
                    }
                });
            }
        }
        self.contained(None, Self::run_views);
        for body in methods {
            if !self.visited.contains(&body) || self.takes_from_callers(body) {
                self.contained(Some(body), |solver| {
                    if !solver.run_application(body) {
                        solver.solve_root(body);
                    }
                });
            }
        }
    }

    /// A body that nothing was seen to call: with nothing known of its inputs.
    fn solve_root(&mut self, body: BodyIndex) {
        let (_, ir) = self.body(body);
        if matches!(ir.kind, BodyKind::Module | BodyKind::Class) {
            return;
        }
        self.begin_work(super::MAXIMUM_WORK);
        let context = Rc::new(Context {
            shapes: Vec::new(),
            root: true,
            precise: false,
            part: super::deferred::Part::default(),
        });
        // What is known of it without a caller serves, unless there's more to see without one.
        let known = if self.takes_from_callers(body) {
            None
        } else {
            self.known_summary(body, &Rc::new(Context::default()))
        };
        let summary = match known {
            Some(summary) if !summary.partial => {
                self.visited.insert(body);
                self.note_root(body, &Rc::new(Context::default()));
                summary
            }
            _ => {
                let Some(summary) = self.solve(body, &context) else { return };
                self.note_root(body, &context);
                summary
            }
        };
        // Its effects, seen from nowhere.
        let mut frame = self.new_frame(body, context);
        frame.hits.clone_from(&summary.hits);
        frame.pending.clone_from(&summary.pending);
        for (id, object) in &summary.objects {
            frame.state.set_object(*id, (**object).clone());
        }
        frame.state.globals = Rc::new(summary.globals.clone());
        // Numbers of objects of the summary are taken.
        let used = summary
            .objects
            .iter()
            .filter_map(|(id, _)| match id {
                crate::domain::ObjectId::Local(number) => Some(*number + 1),
                _ => None,
            })
            .max()
            .unwrap_or(0);
        for number in 0..used {
            frame.allocations.insert((u32::MAX, number, 0), number);
        }
        self.run_pending(&mut frame);
        self.settle(&mut frame);
    }

    pub(super) fn dotted(&self, index: BodyIndex) -> String {
        let (file, body) = self.body(index);
        let module = self.input.program.file(vansire_python::FileId(file)).module_name;
        match (module.as_str(), body.qualified_name.as_str()) {
            (module, "") => module.to_owned(),
            ("", name) => name.to_owned(),
            (module, name) => format!("{module}.{name}"),
        }
    }
}
