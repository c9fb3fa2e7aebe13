//! The order of work: modules, then the bodies that nobody calls.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use vansire_python::ir::{BodyKind, Expr, ExprKind};
use vansire_python::{Program, Symbol};

use super::shapes::Context;
use super::{CallName, Input, Solver};
use crate::domain::BodyIndex;
use crate::model::ModelSet;
use crate::{Analysis, FlowRule, Options, TemplateFile, Versions};

/// How often everything is solved again, with what functions stored in globals the last time.
const MAXIMUM_PASSES: usize = 2;

/// Callers of callers of bodies where data comes in are roots this far up.
const MAXIMUM_CALLERS: u32 = 4;
/// The same for bodies that only call what a rule about values looks at: a constant seldom comes from further away.
const MAXIMUM_CALLERS_OF_CHECKS: u32 = 2;

/// Whether an annotation names one of these.
fn names_type(annotation: &Expr, words: &FxHashSet<Symbol>) -> bool {
    match &annotation.kind {
        ExprKind::Name(_, name) | ExprKind::Attribute(_, name) => words.contains(name),
        ExprKind::Subscript(base, index) => names_type(base, words) || names_type(index, words),
        ExprKind::Binary(_, left, right) => names_type(left, words) || names_type(right, words),
        ExprKind::Tuple(elements) => elements.iter().any(|one| names_type(one, words)),
        _ => false,
    }
}

/// Analyses a linked program.
pub fn analyze(
    program: &Program,
    templates: &[TemplateFile],
    models: &ModelSet,
    versions: &Versions,
    rules: &[&'static FlowRule],
    options: &Options,
) -> Analysis {
    let mut bases = Vec::new();
    let mut next = 0;
    for (_, file) in program.files() {
        bases.push(next);
        next += file.ir.bodies.len() as u32;
    }
    let input = Input { program, models, options, versions, templates, bases: &bases };
    let mut solver = Solver::new(&input);
    if options.call_graph {
        solver.call_graph = Some(BTreeMap::new());
    }
    let Relevance { roots: relevant, calm, quiet } = relevant_bodies(&input, next);
    if !options.call_graph {
        solver.calm = calm;
        solver.quiet = quiet;
    }
    for pass in 0..MAXIMUM_PASSES {
        solver.pass(&relevant, next);
        if pass + 1 == MAXIMUM_PASSES || !solver.again(next) {
            break;
        }
    }
    let mut statistics: BTreeMap<String, u64> =
        solver.statistics.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    statistics.insert("bodies".to_owned(), u64::from(next));
    statistics.insert("relevant bodies".to_owned(), relevant.len() as u64);
    let call_graph = solver.named_graph(next);
    Analysis { findings: solver.report(rules), statistics, call_graph }
}

/// The bodies in which something can begin that matters, and those that may call them; callers first.
fn relevant_bodies(input: &Input<'_>, count: u32) -> Relevance {
    let models = input.models;
    let mut by_name: FxHashMap<Symbol, Vec<u32>> = FxHashMap::default();
    let (mut sources, mut checks) = (Vec::new(), Vec::new());
    let mut bodies = Vec::with_capacity(count as usize);
    let reach = packages_in_reach(input);
    for (number, (_, file)) in input.program.files().enumerate() {
        let packages = &reach[number];
        let near = |words: &crate::model::Words, name: &Symbol| {
            words.get(name).is_some_and(|owners| owners.iter().any(|owner| packages.contains(owner)))
        };
        for (at, body) in file.ir.bodies.iter().enumerate() {
            let index = input.bases[number] + at as u32;
            bodies.push((body, file.is_stub));
            if !body.name.as_str().is_empty() {
                by_name.entry(body.name).or_default().push(index);
            }
            let source = body.mentions.iter().any(|name| near(&models.source_words, name))
                || body.parameters.iter().any(|one| {
                    models.parameter_sources.contains_key(&one.name)
                        || one.name.as_str() == "start_response"
                        || one
                            .annotation
                            .as_ref()
                            .is_some_and(|one| names_type(one, &models.source_type_words))
                });
            // Middleware is handed its request by a framework that its file needn't import.
            let source = source
                || body.parameters.iter().any(|one| one.name.as_str() == "request")
                    && body.mentions.iter().any(|name| models.source_words.get(name).is_some());
            let check = body.mentions.iter().any(|name| near(&models.check_words, name));
            if file.is_stub {
                continue;
            }
            if source {
                sources.push(index);
            }
            if check {
                checks.push(index);
            }
        }
    }
    // Who mentions a name that few functions have may call them.
    let mut callers: FxHashMap<Symbol, Vec<u32>> = FxHashMap::default();
    for (index, (body, _)) in bodies.iter().enumerate() {
        for name in &body.mentions {
            if by_name.get(name).is_some_and(|bodies| bodies.len() <= 3) {
                callers.entry(*name).or_default().push(index as u32);
            }
        }
    }
    let spread = |start: &[u32], maximum: u32| -> Vec<u32> {
        let mut level = vec![u32::MAX; count as usize];
        let mut work = start.to_vec();
        for &index in start {
            level[index as usize] = 0;
        }
        let mut at = 0;
        while let Some(&index) = work.get(at) {
            at += 1;
            if level[index as usize] >= maximum {
                continue;
            }
            let name = bodies[index as usize].0.name;
            for &caller in callers.get(&name).into_iter().flatten() {
                if level[caller as usize] == u32::MAX && !bodies[caller as usize].1 {
                    level[caller as usize] = level[index as usize] + 1;
                    work.push(caller);
                }
            }
        }
        level
    };
    let from_source = spread(&sources, MAXIMUM_CALLERS);
    let from_check = spread(&checks, MAXIMUM_CALLERS_OF_CHECKS);
    let mut roots: Vec<u32> = (0..count)
        .filter(|&index| from_source[index as usize] != u32::MAX || from_check[index as usize] != u32::MAX)
        .collect();
    // The furthest from the beginning first: they bring the others what they call them with.
    let distance = |index: u32| {
        let (one, two) = (from_source[index as usize], from_check[index as usize]);
        if one == u32::MAX { two } else { one }
    };
    roots.sort_by_key(|&index| (std::cmp::Reverse(distance(index)), index));
    let calm = from_source.iter().map(|&level| level == u32::MAX).collect();
    let quiet =
        from_source.iter().zip(&from_check).map(|(&one, &two)| one == u32::MAX && two == u32::MAX).collect();
    Relevance { roots: roots.into_iter().map(BodyIndex).collect(), calm, quiet }
}

/// What the words in bodies tell before anything is solved.
struct Relevance {
    /// Bodies to begin with; callers first.
    roots: Vec<BodyIndex>,
    /// Bodies in which no data from outside can come up from what they call.
    calm: Vec<bool>,
    /// Bodies that lead neither to a source nor to a check.
    quiet: Vec<bool>,
}

/// For each file the top-level packages that it imports, itself or through a module of the project.
fn packages_in_reach(input: &Input<'_>) -> Vec<FxHashSet<Symbol>> {
    let builtins = Symbol::new("builtins");
    let direct: Vec<FxHashSet<Symbol>> = input
        .program
        .files()
        .map(|(_, file)| {
            let tops = file
                .ir
                .imports
                .iter()
                .map(|name| Symbol::new(name.as_str().split('.').next().unwrap_or_default()));
            tops.chain([builtins]).collect()
        })
        .collect();
    input
        .program
        .files()
        .enumerate()
        .map(|(number, (id, file))| {
            let mut reach = direct[number].clone();
            let mut see = |level: u32, module: &str| {
                if let vansire_python::Resolution::File(other) =
                    input.program.resolve_module(id, level, module)
                {
                    reach.extend(&direct[other.0 as usize]);
                }
            };
            for name in &file.ir.imports {
                see(0, name.as_str());
            }
            for statement in file.ir.bodies.first().map_or(&[][..], |body| &body.block) {
                if let vansire_python::ir::StmtKind::ImportFrom { level, module, name, .. } = &statement.kind
                    && *level > 0
                {
                    see(*level, module.as_str());
                    let full = match module.as_str() {
                        "" => name.as_str().to_owned(),
                        module => format!("{module}.{name}"),
                    };
                    see(*level, &full);
                }
            }
            reach
        })
        .collect()
}

impl<'p> Solver<'p> {
    fn pass(&mut self, relevant: &[BodyIndex], count: u32) {
        let files: Vec<u32> = (0..self.input.bases.len() as u32).collect();
        for file in files {
            self.work = 0;
            self.run_module(file);
        }
        self.run_middleware();
        let all: Vec<BodyIndex>;
        let roots = if self.call_graph.is_some() {
            all = (0..count).map(BodyIndex).collect();
            &all[..]
        } else {
            relevant
        };
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
        self.work = 0;
        self.running.clear();
        let context = Rc::new(Context { shapes: Vec::new(), root: true, precise: false });
        let Some(summary) = self.solve(body, &context) else { return };
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
            frame.allocations.insert((u32::MAX, number), number);
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
