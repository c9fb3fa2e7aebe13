//! What a file does when it's started as a script: the block under `if __name__ == "__main__":`.
//!
//! It mostly calls everything that there is, and leaves little that others see. So it waits until the bodies in which
//! data comes in have been asked, and runs only where such data, or something that a rule about values looks at, may have
//! to do with it, or where it seems to set what others read.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use vansire_python::ir::{Body, BodyKind, Expr, ExprKind, Stmt, StmtKind, Target, TargetKind, Variable};
use vansire_python::{FileId, Symbol, walk};

use super::passes::covers;
use super::relevance::{MAXIMUM_NAMESAKES, Relevance};
use super::{Context, Frame, ModuleStatus, Solver};
use crate::domain::{BodyIndex, ObjectId, Value};

impl<'p> Solver<'p> {
    /// Whether the block waits: it does in a module's own code, where nothing stands around it.
    pub(super) fn puts_off_script(&mut self, frame: &mut Frame<'p>, block: &'p [Stmt]) -> bool {
        let waits = !self.input.options.call_graph
            && self.body(frame.body).1.kind == BodyKind::Module
            && frame.tries.is_empty()
            && frame.loops.is_empty()
            && frame.script.is_none();
        if waits {
            frame.script = Some(block);
        }
        waits
    }

    /// The modules that may have to do with data from outside: those that lead, by the names that they mention, to a
    /// body in which data comes in, unless it keeps it to itself.
    pub(super) fn modules_near_sources(&self, relevance: &Relevance) -> FxHashSet<u32> {
        let class_of = |index: u32| {
            let parent = self.parent(BodyIndex(index))?;
            (self.body(parent).1.kind == BodyKind::Class).then_some(parent.0)
        };
        let concerns = |index: u32| self.concerning.get(&BodyIndex(index)).copied().unwrap_or(true);
        let near = relevance.leading_to_sources(&concerns, &class_of);
        (0u32..)
            .zip(self.input.bases)
            .filter(|(_, base)| near.get(**base as usize) == Some(&true))
            .map(|(file, _)| file)
            .collect()
    }

    /// Runs what has waited, where it matters.
    pub(super) fn run_scripts(&mut self, relevance: &Relevance) {
        if self.scripts.is_empty() {
            return;
        }
        let near = self.modules_near_sources(relevance);
        let setters = self.setters(&near);
        let quiet = &self.quiet;
        let matters = |frame: &Frame<'_>| {
            near.contains(&frame.file)
                || quiet.get(frame.body.0 as usize) != Some(&true)
                || setters.contains(&frame.file)
        };
        let mut scripts = std::mem::take(&mut self.scripts);
        let all = scripts.len();
        scripts.retain(matters);
        for _ in scripts.len()..all {
            self.count("scripts that lead nowhere");
        }
        if scripts.is_empty() {
            return;
        }
        let shared = self.globals.clone();
        let variables = |solver: &Self| -> FxHashMap<(u32, Symbol), Value> {
            let of = |(file, status): (&u32, &ModuleStatus)| {
                let (ModuleStatus::Done(values) | ModuleStatus::Running(values)) = status;
                values.iter().map(|(name, value)| ((*file, *name), value.clone())).collect::<Vec<_>>()
            };
            solver.modules.iter().flat_map(of).collect()
        };
        let before = variables(self);
        for mut frame in scripts {
            let (module, file) = (frame.body, frame.file);
            let Some(block) = frame.script.take() else { continue };
            self.contained(Some(module), |solver| {
                if let Some(ModuleStatus::Done(values)) = solver.modules.remove(&file) {
                    solver.modules.insert(file, ModuleStatus::Running(values));
                }
                // Constants matter in it only along a flow, and where it sets them.
                if !setters.contains(&file) && solver.calm.get(module.0 as usize) == Some(&true) {
                    frame.context = Rc::new(Context { precise: false, ..(*frame.context).clone() });
                }
                frame.state.forget_shared();
                solver.run_in_module(&mut frame, block);
                solver.let_wait(frame);
            });
        }
        self.run_waiting();
        // Who was asked before has seen them as they were.
        let changed: Vec<(u32, Symbol)> = variables(self)
            .into_iter()
            .filter(|(key, now)| !before.get(key).is_some_and(|before| before.covers(now)))
            .map(|(key, _)| key)
            .collect();
        let objects: Vec<ObjectId> = (0u32..)
            .zip(shared.iter().zip(&self.globals))
            .filter(|(_, (before, now))| !Rc::ptr_eq(before, now) && !covers(before, now))
            .map(|(index, _)| ObjectId::Global(index))
            .collect();
        self.forget_readers(&changed, &objects);
    }

    /// The files of those waiting scripts that call a function, directly or through another of its file, which sets a
    /// variable of a module, an attribute of something global, or an entry of it.
    fn setters(&self, near: &FxHashSet<u32>) -> FxHashSet<u32> {
        let far: Vec<&Frame<'_>> = self.scripts.iter().filter(|frame| !near.contains(&frame.file)).collect();
        let mut named: FxHashMap<Symbol, Vec<(u32, &Body)>> =
            far.iter().flat_map(|frame| &frame.ir.mentions).map(|name| (*name, Vec::new())).collect();
        for (FileId(file), one) in
            self.input.program.files().filter(|(_, one)| !one.is_stub && !one.is_installed)
        {
            for body in one.ir.bodies.iter().filter(|body| body.kind == BodyKind::Function) {
                if let Some(all) = named.get_mut(&body.name) {
                    all.push((file, body));
                }
            }
        }
        let sets = |(file, body): &(u32, &Body)| {
            sets_shared(body)
                || self.input.program.file(FileId(*file)).ir.bodies.iter().any(|inner| {
                    inner.kind == BodyKind::Function && body.mentions_name(inner.name) && sets_shared(inner)
                })
        };
        let calls_setter = |frame: &&&Frame<'_>| {
            let called = frame.ir.mentions.iter().filter_map(|name| named.get(name));
            called.filter(|all| all.len() <= MAXIMUM_NAMESAKES).flatten().any(sets) || self.sets_itself(frame)
        };
        far.iter().filter(calls_setter).map(|frame| frame.file).collect()
    }

    /// Whether the block itself sets something that a function may read: what an object holds, or a variable that one of
    /// the file mentions.
    fn sets_itself(&self, frame: &Frame<'_>) -> bool {
        let bodies = &self.input.program.file(FileId(frame.file)).ir.bodies;
        let read = |name: Symbol| {
            bodies.iter().any(|body| body.kind == BodyKind::Function && body.mentions_name(name))
        };
        let sets = |target: &Target| match &target.kind {
            TargetKind::Name(_, name) => read(*name),
            TargetKind::Attribute(..) | TargetKind::Subscript(..) => true,
            TargetKind::Sequence(_) | TargetKind::Starred(_) | TargetKind::Invalid => false,
        };
        let mut found = false;
        walk::statements(frame.script.unwrap_or_default(), &mut |statement| {
            if let StmtKind::Assign { targets, .. } = &statement.kind {
                found |= targets.iter().any(sets);
            }
        });
        found
    }
}

fn sets_shared(body: &Body) -> bool {
    let mut found = false;
    walk::statements(&body.block, &mut |statement| match &statement.kind {
        StmtKind::Assign { targets, .. } => found |= targets.iter().any(is_shared),
        StmtKind::AugmentedAssign { target, .. } | StmtKind::For { target, .. } => found |= is_shared(target),
        StmtKind::Expr(Expr { kind: ExprKind::Call(call), .. }) => {
            if let ExprKind::Attribute(base, name) = &call.callee.kind {
                found |= MUTATORS.contains(&name.as_str()) && is_global(base);
            }
        }
        _ => {}
    });
    found
}

/// What puts something into a container that others hold.
const MUTATORS: [&str; 7] = ["append", "add", "update", "setdefault", "extend", "insert", "register"];

fn is_shared(target: &Target) -> bool {
    match &target.kind {
        TargetKind::Name(variable, _) => matches!(variable, Variable::Global(_)),
        TargetKind::Attribute(base, _) | TargetKind::Subscript(base, _) => is_global(base),
        TargetKind::Sequence(all) => all.iter().any(is_shared),
        TargetKind::Starred(one) => is_shared(one),
        TargetKind::Invalid => false,
    }
}

fn is_global(expression: &Expr) -> bool {
    match &expression.kind {
        ExprKind::Name(variable, _) => matches!(variable, Variable::Global(_)),
        ExprKind::Attribute(base, _) | ExprKind::Subscript(base, _) => is_global(base),
        _ => false,
    }
}
