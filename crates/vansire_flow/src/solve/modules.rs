//! Modules: their variables, imports, and names known without running anything.

use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use vansire_python::ir::{Constant, Expr, ExprKind, SlotId, Stmt, StmtKind, Variable};
use vansire_python::{FileId, Resolution, Symbol, symbol};

use super::binding::Arguments;
use super::{Frame, ModuleStatus, Solver};
use crate::domain::{FileIndex, ObjectId, ObjectKind, Ref, Value};

/// So many objects at most are looked through for data that is kept under keys that aren't known.
const MAXIMUM_KEPT: usize = 256;

impl<'p> Solver<'p> {
    /// A global name as a body of a file sees it: its module's variable, a star import, or a builtin.
    pub(super) fn global(&mut self, frame: &mut Frame<'p>, name: Symbol) -> Value {
        let file = frame.file;
        if let Some((_, value)) = frame.state.globals.iter().find(|(key, _)| *key == (file, name)) {
            return value.clone();
        }
        if let Some(value) = self.module_variable(frame, file, name) {
            return value;
        }
        match name.as_str() {
            "__name__" => {
                let module = self.input.program.file(FileId(file)).module_name;
                let scripted = Value::string("__main__");
                return scripted.join(&Value::string(module.as_str()));
            }
            "__file__" => return Value::unknown(),
            _ => {}
        }
        Value::external(self.member(symbol!("builtins"), name))
    }

    /// A variable of a module. None when there is none of that name.
    pub(super) fn module_variable(
        &mut self,
        frame: &mut Frame<'p>,
        file: FileIndex,
        name: Symbol,
    ) -> Option<Value> {
        if let Some((_, value)) = frame.state.globals.iter().find(|(key, _)| *key == (file, name)) {
            return Some(value.clone());
        }
        self.dependencies.reads_variable(file, name, frame.body);
        self.run_module(file);
        let own = match self.modules.get(&file) {
            Some(ModuleStatus::Running(values) | ModuleStatus::Done(values)) => values.get(&name).cloned(),
            None => None,
        };
        let stored = self.stored_globals.get(&(file, name)).cloned();
        match (own, stored) {
            (Some(own), Some(stored)) => {
                self.meet(&stored);
                self.meet(&own);
                Some(own.join(&stored))
            }
            (Some(value), None) | (None, Some(value)) => {
                self.meet(&value);
                Some(value)
            }
            (None, None) => {
                let stars = self.stars.get(&file).cloned().unwrap_or_default();
                for resolution in stars.iter().rev() {
                    match resolution {
                        Resolution::File(FileId(other)) if *other != file => {
                            if self.exports(*other, name)
                                && let Some(value) = self.module_variable(frame, *other, name)
                            {
                                return Some(value);
                            }
                        }
                        Resolution::External(module) => {
                            let full = self.member(*module, name);
                            let models = self.input.models;
                            if models.types.contains_key(&full)
                                || models.functions.contains_key(&full)
                                || models.sources.contains_key(&full)
                                || models.source_words.contains_key(&name)
                            {
                                return Some(Value::external(full));
                            }
                        }
                        _ => {}
                    }
                }
                None
            }
        }
    }

    pub(super) fn set_global(&mut self, frame: &mut Frame<'p>, file: FileIndex, name: Symbol, value: Value) {
        if frame.ir.parent.is_none() && frame.file == file {
            // The module's own body: its variables are slots.
            if let Some(slot) = frame.ir.slots.iter().position(|slot| slot.name == name) {
                self.set_slot(frame, slot, value);
                return;
            }
        }
        let globals = Rc::make_mut(&mut frame.state.globals);
        match globals.iter_mut().find(|(key, _)| *key == (file, name)) {
            Some((_, own)) => *own = value,
            None => globals.push(((file, name), value)),
        }
    }

    /// Interprets a module's body, once.
    pub(super) fn run_module(&mut self, file: FileIndex) {
        if self.modules.contains_key(&file) {
            return;
        }
        self.modules.insert(file, ModuleStatus::Running(FxHashMap::default()));
        let program_file = self.input.program.file(FileId(file));
        if program_file.is_stub
            || program_file.ir.bodies.is_empty()
            || self.running.len() > super::MAXIMUM_DEPTH
        {
            self.modules.insert(file, ModuleStatus::Done(FxHashMap::default()));
            return;
        }
        let index = self.body_index(file, vansire_python::ir::BodyId(0));
        self.visited.insert(index);
        let root = Rc::new(super::Context {
            shapes: Vec::new(),
            root: true,
            precise: true,
            part: super::deferred::Part::default(),
        });
        let mut frame = self.new_frame(index, root);
        let ir = frame.ir;
        self.run_in_module(&mut frame, &ir.block);
        if self.is_own(file) {
            self.let_wait(frame);
        }
    }

    /// Statements of a module, and what they leave.
    pub(super) fn run_in_module(&mut self, frame: &mut Frame<'p>, block: &'p [Stmt]) {
        // Modules are run when they're first needed, in the middle of something else.
        let before = (self.work, self.maximum_work);
        (self.work, self.maximum_work) = (0, super::MAXIMUM_WORK_OF_MODULE);
        self.module_depth += 1;
        self.block(frame, block);
        frame.state.alive = true;
        self.module_depth -= 1;
        self.leave_module(frame);
        (self.work, self.maximum_work) = before;
    }

    /// Keeps what is still to be done in a module that was left.
    pub(super) fn let_wait(&mut self, frame: Frame<'p>) {
        let made = |value: &Value| value.refs.iter().any(|one| matches!(one, Ref::Function(_, Some(_))));
        if !frame.pending.is_empty() || frame.state.locals.iter().any(made) {
            self.waiting.push(frame);
        } else if frame.script.is_some() {
            self.scripts.push(frame);
        }
    }

    /// What frameworks call comes after all modules: those may still register what it looks up.
    pub(super) fn run_waiting(&mut self) {
        self.late.objects_before.get_or_insert(self.globals.len() as u32);
        while !self.waiting.is_empty() {
            for mut frame in std::mem::take(&mut self.waiting) {
                let module = frame.body;
                self.contained(Some(module), |solver| {
                    solver.begin_work(super::MAXIMUM_WORK_OF_MODULE);
                    solver.module_depth += 1;
                    // What one of them stores in the module's variables, the next one sees.
                    if let Some(ModuleStatus::Done(values)) = solver.modules.remove(&frame.file) {
                        solver.modules.insert(frame.file, ModuleStatus::Running(values));
                    }
                    // Other modules may have changed them since.
                    frame.state.forget_shared();
                    let before = frame.state.locals.clone();
                    solver.late.active = true;
                    solver.run_pending(&mut frame);
                    solver.run_made_functions(&mut frame);
                    solver.module_depth -= 1;
                    solver.leave_module(&mut frame);
                    solver.late.active = false;
                    solver.note_late_variables(&frame, &before);
                    if frame.script.is_some() {
                        solver.scripts.push(frame);
                    }
                });
            }
        }
    }

    /// Lets everybody see what a module holds.
    fn leave_module(&mut self, frame: &mut Frame<'p>) {
        self.flush(frame);
        self.settle(frame);
        let mut values = FxHashMap::default();
        for (number, slot) in frame.ir.slots.iter().enumerate() {
            let value = if slot.captured {
                let cell = self.cell(frame, vansire_python::ir::SlotId(number as u32));
                self.cell_content(frame, cell)
            } else {
                frame.state.locals.get(number).cloned().unwrap_or_default()
            };
            if !value.is_undefined() {
                values.insert(slot.name, value.edit(|data| data.predicate = None));
            }
        }
        self.modules.insert(frame.file, ModuleStatus::Done(values));
    }

    /// The module's variables that were changed by what frameworks call.
    fn note_late_variables(&mut self, frame: &Frame<'p>, before: &[Value]) {
        if frame.state.locals.as_slice() == before {
            return;
        }
        let objects: Vec<_> = frame.state.heap.iter().cloned().collect();
        for (slot, (now, old)) in frame.ir.slots.iter().zip(frame.state.locals.iter().zip(before)) {
            if now == old || slot.captured || !now.has_labels() && now.refs.is_empty() {
                continue;
            }
            let value = self.detach(&objects, now);
            let key = (frame.file, slot.name);
            let stored = self.new_globals.entry(key).or_default();
            *stored = stored.join(&value);
            self.late.variables.insert(key, old.clone());
        }
    }

    /// Functions that decorators have put in the place of others, where data comes in: perhaps nobody in the
    /// project calls them, and only here is known what they wrap.
    fn run_made_functions(&mut self, frame: &mut Frame<'p>) {
        for number in 0..frame.ir.slots.len() {
            let Some(value) = frame.state.locals.get(number).cloned() else { continue };
            for reference in &value.refs {
                let Ref::Function(body, Some(_)) = reference else { continue };
                let made_here = self.parent(*body).is_some_and(|parent| self.body(parent).1.parent.is_some());
                if !made_here || self.called.contains(body) || self.calm.get(body.0 as usize) != Some(&false)
                {
                    continue;
                }
                let before = frame.state.clone();
                let given = Arguments { keyword_rest: Some(Value::unknown()), ..Arguments::default() };
                self.call(frame, &Value::reference(reference.clone()), &given, frame.statement);
                let after = frame.state.alive.then(|| frame.state.clone());
                if let Some(state) = self.join_states(frame, Some(before), after) {
                    frame.state = state;
                }
            }
        }
    }

    /// Lets everybody see what a module has made so far.
    pub(super) fn flush(&mut self, frame: &mut Frame<'p>) {
        if frame.ir.parent.is_some() && frame.body.0 != self.input.bases[frame.file as usize] {
            return;
        }
        for (id, object) in frame.state.heap.iter() {
            if let ObjectId::Global(index) = id
                && let Some(own) = self.globals.get_mut(*index as usize)
                && !Rc::ptr_eq(own, object)
            {
                let before = std::mem::replace(own, object.clone());
                if self.late.active && self.late.objects_before.is_some_and(|count| *index < count) {
                    self.late.objects.entry(*index).or_insert(before);
                }
                // Data of a request that a handler keeps under a key that isn't known: others mostly read others.
                if object.kind == ObjectKind::Dictionary && !object.rest.is_undefined() {
                    Rc::make_mut(own).rest = object.rest.unsure();
                }
            }
        }
        self.flush_kept(frame);
        if frame.body.0 == self.input.bases[frame.file as usize]
            && let Some(ModuleStatus::Running(values)) = self.modules.get_mut(&frame.file)
        {
            // This happens at each call of a module, and a module may have thousands of both.
            frame.flushed.resize(frame.ir.slots.len(), Value::undefined());
            for (number, slot) in frame.ir.slots.iter().enumerate() {
                let value = &frame.state.locals[number];
                if !slot.captured && !value.is_same(&frame.flushed[number]) && !value.is_undefined() {
                    frame.flushed[number] = value.clone();
                    values.insert(slot.name, value.clone());
                }
            }
        }
    }

    /// So is what stands in objects that are kept in such a way.
    fn flush_kept(&mut self, frame: &Frame<'p>) {
        if !self.late.active {
            return;
        }
        let mut kept: BTreeSet<u32> = BTreeSet::new();
        let mut waiting: Vec<&Value> = frame
            .state
            .heap
            .iter()
            .filter(|(id, object)| matches!(id, ObjectId::Global(_)) && object.kind == ObjectKind::Dictionary)
            .map(|(_, object)| &object.rest)
            .collect();
        while let Some(value) = waiting.pop() {
            for reference in &value.refs {
                let Ref::Object(id @ ObjectId::Global(index)) = reference else { continue };
                if kept.len() >= MAXIMUM_KEPT || !kept.insert(*index) {
                    continue;
                }
                let Some(object) = frame.state.object(*id) else { continue };
                waiting.extend(object.fields.iter().map(|(_, value)| value));
                waiting.extend(object.entries.iter().map(|(_, value)| value));
                waiting.extend(object.elements.iter().chain([&object.rest]));
            }
        }
        for index in kept {
            let Some(object) = self.globals.get_mut(index as usize) else { continue };
            let object = Rc::make_mut(object);
            let fields = object.fields.iter_mut().map(|(_, value)| value);
            let entries = object.entries.iter_mut().map(|(_, value)| value);
            let all = fields.chain(entries).chain(&mut object.elements).chain([&mut object.rest]);
            all.filter(|value| value.has_labels()).for_each(|value| *value = value.unsure());
        }
    }

    // ---- imports

    pub(super) fn import(&mut self, file: FileIndex, module: Symbol, alias: bool) -> Value {
        let text = module.as_str();
        let wanted = if alias { text } else { text.split('.').next().unwrap_or(text) };
        let resolution = self.input.program.resolve_module(FileId(file), 0, wanted);
        self.resolved(resolution)
    }

    pub(super) fn resolved(&mut self, resolution: Resolution) -> Value {
        match resolution {
            Resolution::File(FileId(file)) => Value::reference(Ref::Module(file)),
            Resolution::Namespace(name) => Value::reference(Ref::Namespace(name)),
            Resolution::External(name) => Value::external(self.input.models.canonical(name)),
        }
    }

    pub(super) fn import_from(
        &mut self,
        frame: &mut Frame<'p>,
        level: u32,
        module: Symbol,
        name: Symbol,
    ) -> Value {
        let from = FileId(frame.file);
        let resolution = self.input.program.resolve_module(from, level, module.as_str());
        match resolution {
            Resolution::File(FileId(file)) => self.module_attribute(frame, file, name),
            Resolution::Namespace(prefix) => self.submodule(prefix, name),
            Resolution::External(prefix) => {
                let full = self.member(prefix, name);
                match super::members::constant_value(full.as_str()) {
                    Some(constant) => constant,
                    None => Value::external(full),
                }
            }
        }
    }

    pub(super) fn import_star(&mut self, frame: &mut Frame<'p>, level: u32, module: Symbol) {
        let resolution = self.input.program.resolve_module(FileId(frame.file), level, module.as_str());
        let stars = self.stars.entry(frame.file).or_default();
        if !stars.contains(&resolution) {
            stars.push(resolution);
        }
        // It takes the place of what had the name before.
        let Resolution::File(FileId(other)) = resolution else { return };
        if other == frame.file || frame.ir.parent.is_some() {
            return;
        }
        for slot in 0..frame.ir.slots.len() {
            let name = frame.ir.slots[slot].name;
            if self.slot_value(frame, SlotId(slot as u32)).is_undefined() || !self.exports(other, name) {
                continue;
            }
            if let Some(value) = self.module_variable(frame, other, name) {
                self.set_slot(frame, slot, value);
            }
        }
    }

    /// Whether `from module import *` brings this name.
    fn exports(&self, file: FileIndex, name: Symbol) -> bool {
        match &self.input.program.file(FileId(file)).ir.exports {
            Some(names) => names.contains(&name),
            None => !name.as_str().starts_with('_'),
        }
    }

    /// What a model says of a name in an installed package counts, and not what the package does.
    fn described(&self, file: FileIndex, name: Symbol) -> Option<Value> {
        if self.described.is_empty() || !self.is_installed(file) {
            return None;
        }
        let id = FileId(file);
        let full = Symbol::new(&format!("{}.{name}", self.input.program.file(id).module_name));
        let is_module =
            || self.input.program.resolve_submodule(id, Resolution::File(id), name.as_str()).is_some();
        (self.described.contains(&full) && !is_module())
            .then(|| Value::external(self.input.models.canonical(full)))
    }

    pub(super) fn module_attribute(&mut self, frame: &mut Frame<'p>, file: FileIndex, name: Symbol) -> Value {
        if let Some(value) = self.described(file, name) {
            return value;
        }
        if let Some(value) = self.module_variable(frame, file, name) {
            return value;
        }
        let id = FileId(file);
        if let Some(resolution) =
            self.input.program.resolve_submodule(id, Resolution::File(id), name.as_str())
        {
            return self.resolved(resolution);
        }
        // A module with a function that answers for what it doesn't have.
        if let Some(answer) = self.module_variable(frame, file, symbol!("__getattr__"))
            && name.as_str() != "__getattr__"
            && !name.as_str().starts_with("__")
        {
            let span = frame.statement;
            let arguments = super::binding::Arguments::of(vec![Value::string(name.as_str())]);
            return self.call(frame, &answer, &arguments, span);
        }
        if name.as_str() == "__name__" {
            return Value::string(self.input.program.file(id).module_name.as_str());
        }
        Value::unknown()
    }

    /// Whether a block only imports what is there: names of modules of the project, which need nothing but those
    /// and the standard library themselves.
    pub(super) fn imports_surely(&mut self, frame: &mut Frame<'p>, block: &[Stmt]) -> bool {
        block.iter().all(|statement| {
            let (level, module, name) = match &statement.kind {
                StmtKind::Import { module, .. } => (0, *module, None),
                StmtKind::ImportFrom { level, module, name, .. } => (*level, *module, Some(*name)),
                _ => return false,
            };
            let from = FileId(frame.file);
            let Resolution::File(FileId(file)) =
                self.input.program.resolve_module(from, level, module.as_str())
            else {
                return false;
            };
            let found = self.input.program.file(FileId(file));
            let available = |import: &Symbol| {
                let top = import.as_str().split('.').next().unwrap_or_default();
                vansire_python::is_standard_library(top)
                    || !matches!(
                        self.input.program.resolve_module(FileId(file), 0, top),
                        Resolution::External(_)
                    )
            };
            !found.is_stub
                && found.ir.imports.iter().all(available)
                && name.is_none_or(|name| self.module_variable(frame, file, name).is_some())
        })
    }

    /// `sys.modules[name]`
    pub(super) fn module_by_name(&mut self, frame: &Frame<'p>, name: &Value) -> Option<Value> {
        let file = FileId(frame.file);
        let own = self.input.program.file(file).module_name;
        let mut result = Value::undefined();
        for name in name.as_strings()? {
            result = result.join(&match name {
                // An import of its own name would look for another module.
                _ if name == "__main__" || name == own.as_str() => Value::reference(Ref::Module(frame.file)),
                "" => return None,
                _ => {
                    let resolution = self.input.program.resolve_module(file, 0, name);
                    self.resolved(resolution)
                }
            });
        }
        Some(result)
    }

    pub(super) fn submodule(&mut self, prefix: Symbol, name: Symbol) -> Value {
        match self.input.program.resolve_submodule(FileId(0), Resolution::Namespace(prefix), name.as_str()) {
            Some(resolution) => self.resolved(resolution),
            None => Value::external(self.member(prefix, name)),
        }
    }

    // ---- names that stand in annotations and bases

    /// The value of a plain dotted name in the scope of a module, without running anything else.
    pub(super) fn static_value(&mut self, file: FileIndex, expression: &'p Expr) -> Value {
        match &expression.kind {
            ExprKind::Name(variable, name) => match variable {
                Variable::Global(_) | Variable::Local(_) | Variable::ClassThenGlobal(_) => {
                    let base = self.input.bases[file as usize];
                    let mut frame = self.new_frame(crate::domain::BodyIndex(base), Rc::default());
                    self.global(&mut frame, *name)
                }
                Variable::Free(_) => Value::unknown(),
            },
            ExprKind::Attribute(base, name) => {
                let base = self.static_value(file, base);
                if base.other || base.refs.is_empty() {
                    return Value::unknown();
                }
                let first = self.input.bases[file as usize];
                let mut frame = self.new_frame(crate::domain::BodyIndex(first), Rc::default());
                self.attribute(&mut frame, &base, *name, expression.span)
            }
            ExprKind::Subscript(base, _) => self.static_value(file, base),
            _ => Value::unknown(),
        }
    }

    /// The types that an annotation names: classes, and instances of external types.
    pub(super) fn annotated(&mut self, file: FileIndex, annotation: &'p Expr) -> Value {
        match &annotation.kind {
            ExprKind::Name(..) | ExprKind::Attribute(..) => {
                let value = self.static_value(file, annotation);
                Self::instances_of(&value)
            }
            ExprKind::Constant(Constant::String(text)) => {
                let mut value = Value::undefined();
                for part in text.split('|') {
                    let part = part.trim();
                    let base = self.input.bases[file as usize];
                    let mut frame = self.new_frame(crate::domain::BodyIndex(base), Rc::default());
                    let mut names = part.split('.');
                    let Some(first) = names.next() else { continue };
                    if first.is_empty() || !first.chars().all(|one| one.is_alphanumeric() || one == '_') {
                        continue;
                    }
                    let mut one = self.global(&mut frame, Symbol::new(first));
                    for name in names {
                        one = self.attribute(&mut frame, &one, Symbol::new(name), annotation.span);
                    }
                    value = value.join(&Self::instances_of(&one));
                }
                value
            }
            ExprKind::Binary(_, left, right) => {
                let left = self.annotated(file, left);
                left.join(&self.annotated(file, right))
            }
            ExprKind::Subscript(base, index) => {
                let head = self.static_value(file, base);
                let name = head.refs.iter().find_map(|one| match one {
                    Ref::External(name) => Some(name.as_str()),
                    _ => None,
                });
                match name {
                    Some(
                        "typing.Optional"
                        | "typing.Union"
                        | "typing.Annotated"
                        | "typing_extensions.Annotated",
                    ) => match &index.kind {
                        ExprKind::Tuple(elements) if name == Some("typing.Union") => elements
                            .iter()
                            .fold(Value::undefined(), |all, one| all.join(&self.annotated(file, one))),
                        ExprKind::Tuple(elements) => match elements.first() {
                            Some(first) => self.annotated(file, first),
                            None => Value::undefined(),
                        },
                        _ => self.annotated(file, index),
                    },
                    Some(_) => Value::undefined(),
                    None => Self::instances_of(&head),
                }
            }
            _ => Value::undefined(),
        }
    }

    fn instances_of(value: &Value) -> Value {
        let mut result = Value::undefined();
        for reference in &value.refs {
            result = result.join(&match reference {
                Ref::Class(_) => Value::reference(reference.clone()),
                Ref::External(name) => Value::reference(Ref::Instance(*name)),
                _ => continue,
            });
        }
        result
    }

    /// Objects of a body that everybody may see: those of module bodies.
    pub(super) fn is_shared(&self, frame: &Frame<'p>) -> bool {
        self.input.bases.get(frame.file as usize).is_some_and(|&base| {
            let mut at = frame.body;
            // A class body runs within its module's.
            loop {
                if at.0 == base {
                    return true;
                }
                let (_, ir) = self.body(at);
                if ir.kind != vansire_python::ir::BodyKind::Class {
                    return false;
                }
                match self.parent(at) {
                    Some(parent) => at = parent,
                    None => return false,
                }
            }
        })
    }
}
