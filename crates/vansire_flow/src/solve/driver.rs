//! The order of work: modules, then the bodies that nobody calls.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use vansire_python::Program;
use vansire_python::ir::BodyKind;

use super::relevance::Relevance;
use super::shapes::Context;
use super::{CallName, Input, Solver};
use crate::domain::BodyIndex;
use crate::model::ModelSet;
use crate::{Analysis, FlowRule, Options, TemplateFile};

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
    let input = Input { program, models, options, templates, bases: &bases };
    let mut solver = Solver::new(&input);
    if options.call_graph {
        solver.call_graph = Some(BTreeMap::new());
    }
    let mut relevance = Relevance::of_words(&input, next);
    if !options.call_graph {
        solver.assume_relevant(&relevance);
    }
    let mut roots: Vec<BodyIndex> = Vec::new();
    let mut sources = None;
    for pass in 0..MAXIMUM_PASSES {
        solver.run_modules();
        if sources != Some(relevance.count_of_sources()) {
            sources = Some(relevance.count_of_sources());
            roots = if options.call_graph {
                (0..next).map(BodyIndex).collect()
            } else {
                solver.find_relevant(&relevance)
            };
        }
        solver.pass(&roots);
        if pass + 1 == MAXIMUM_PASSES || !solver.again(next, &mut relevance) {
            break;
        }
    }
    let mut statistics: BTreeMap<String, u64> =
        solver.statistics.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    statistics.insert("bodies".to_owned(), u64::from(next));
    statistics.insert("relevant bodies".to_owned(), roots.len() as u64);
    let call_graph = solver.named_graph(next);
    Analysis { findings: solver.report(rules), statistics, call_graph }
}

impl Solver<'_> {
    fn run_modules(&mut self) {
        let files: Vec<u32> = (0..self.input.bases.len() as u32).collect();
        for file in files {
            self.run_module(file);
        }
        self.run_middleware();
    }

    fn pass(&mut self, roots: &[BodyIndex]) {
        // Functions may still register classes: their methods come after them.
        let (methods, functions): (Vec<BodyIndex>, Vec<BodyIndex>) =
            roots.iter().partition(|&&body| self.is_view_method(body));
        for body in functions {
            if !self.visited.contains(&body) && !self.run_application(body) {
                self.solve_root(body);
            }
        }
        self.run_views();
        for body in methods {
            if !self.visited.contains(&body) && !self.run_application(body) {
                self.solve_root(body);
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
        let context = Rc::new(Context { shapes: Vec::new(), root: true, precise: false });
        // What is known of it without a caller serves, unless there's more to see without one.
        let known = self.known_summary(body, &Rc::new(Context::default()));
        let summary = match known {
            Some(summary) if !summary.partial => {
                self.visited.insert(body);
                summary
            }
            _ => {
                let Some(summary) = self.solve(body, &context) else { return };
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

    fn named_graph(&self, count: u32) -> BTreeMap<String, BTreeSet<String>> {
        let Some(graph) = &self.call_graph else { return BTreeMap::new() };
        let mut result: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for index in (0..count).map(BodyIndex) {
            let (file, body) = self.body(index);
            if self.input.program.file(vansire_python::FileId(file)).is_stub || body.kind == BodyKind::Class {
                continue;
            }
            let calls = result.entry(self.dotted(index)).or_default();
            for call in graph.get(&index).into_iter().flatten() {
                calls.insert(match call {
                    CallName::Body(body) => self.dotted(*body),
                    CallName::External(name) => match name.as_str().strip_prefix("builtins.") {
                        Some(name) => format!("<builtin>.{name}"),
                        None => name.to_string(),
                    },
                });
            }
        }
        result
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
