//! Names: which variable each one means.

use rustc_hash::FxHashMap;

use super::Lowerer;
use crate::Symbol;
use crate::ir::{Body, BodyId, BodyKind, Captured, FreeVariable, Slot, SlotId, Span, Stmt, Variable};
use crate::mentions;

/// What a body says about a name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Binding {
    Slot(SlotId),
    /// Declared `global`.
    Global,
    /// Declared `nonlocal`.
    Nonlocal,
}

/// A body that is being lowered.
pub(super) struct Scope {
    body: BodyId,
    pub(super) kind: BodyKind,
    qualified_name: Symbol,
    names: FxHashMap<Symbol, Binding>,
    /// Variables of the comprehensions (and type parameters) around the place that is being
    /// lowered, innermost last.
    hidden: Vec<(Symbol, SlotId)>,
    slots: Vec<Slot>,
    free: Vec<FreeVariable>,
    global_writes: Vec<Symbol>,
    pub(super) mentions: Vec<Symbol>,
    lambdas: u32,
    pub(super) is_generator: bool,
    /// The value of a `yield` is looked at.
    pub(super) receives: bool,
    /// The name of the innermost class around, without leading underscores: private names are
    /// mangled with it.
    class: Option<Symbol>,
}

impl Scope {
    fn hidden(&self, name: Symbol) -> Option<SlotId> {
        self.hidden.iter().rev().find(|(hidden, _)| *hidden == name).map(|&(_, slot)| slot)
    }

    fn push_slot(&mut self, name: Symbol) -> SlotId {
        let slot = SlotId(self.slots.len() as u32);
        self.slots.push(Slot { name, captured: false });
        slot
    }

    fn push_free(&mut self, name: Symbol, from: Captured) -> u32 {
        let known = self.free.iter().position(|free| free.from == from);
        known.unwrap_or_else(|| {
            self.free.push(FreeVariable { name, from });
            self.free.len() - 1
        }) as u32
    }
}

impl Lowerer<'_> {
    pub(super) fn scope(&mut self) -> &mut Scope {
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    /// Opens a body: names are resolved in it until [`Self::finish`].
    pub(super) fn begin(&mut self, kind: BodyKind, name: Symbol, span: Span, name_span: Span) -> BodyId {
        let id = BodyId(self.bodies.len() as u32);
        let outer = self.scopes.last();
        let qualified_name = match outer {
            Some(outer) if !outer.qualified_name.as_str().is_empty() => {
                self.buffer.clear();
                self.buffer.push_str(outer.qualified_name.as_str());
                self.buffer.push('.');
                self.buffer.push_str(name.as_str());
                Symbol::new(&self.buffer)
            }
            _ => name,
        };
        let class = if kind == BodyKind::Class {
            let stripped = name.as_str().trim_start_matches('_');
            // In a class whose name is all underscores nothing is mangled, even within another class.
            (!stripped.is_empty()).then(|| Symbol::new(stripped))
        } else {
            outer.and_then(|outer| outer.class)
        };
        self.bodies.push(Body {
            kind,
            name,
            qualified_name,
            parent: outer.map(|outer| outer.body),
            span,
            name_span,
            parameters: Vec::new(),
            slots: Vec::new(),
            free: Vec::new(),
            global_writes: Vec::new(),
            is_async: false,
            is_generator: false,
            receives: false,
            returns: None,
            decorators: Vec::new(),
            bases: Vec::new(),
            block: Vec::new(),
            mentions: Vec::new(),
        });
        self.scopes.push(Scope {
            body: id,
            kind,
            qualified_name,
            names: self.spare_tables.pop().unwrap_or_default(),
            hidden: Vec::new(),
            slots: Vec::new(),
            free: Vec::new(),
            global_writes: Vec::new(),
            mentions: Vec::new(),
            lambdas: 0,
            is_generator: false,
            receives: false,
            class,
        });
        id
    }

    /// Closes the body opened last. What the caller knows of it is filled in by `complete`.
    pub(super) fn finish(&mut self, block: Vec<Stmt>, complete: impl FnOnce(&mut Body)) -> Option<BodyId> {
        let mut scope = self.scopes.pop()?;
        scope.names.clear();
        self.spare_tables.push(scope.names);
        let body = &mut self.bodies[scope.body.0 as usize];
        body.slots = scope.slots;
        body.free = scope.free;
        body.global_writes = scope.global_writes;
        body.mentions = mentions::sorted(scope.mentions);
        body.is_generator = scope.is_generator;
        body.receives = scope.receives;
        body.block = block;
        complete(body);
        Some(scope.body)
    }

    /// The name of the next lambda in this body: `<lambda1>`.
    pub(super) fn lambda_name(&mut self) -> Symbol {
        self.scope().lambdas += 1;
        Symbol::new(&format!("<lambda{}>", self.scope().lambdas))
    }

    /// An identifier as Python stores it: private names of a class are mangled.
    pub(super) fn symbol(&mut self, identifier: &str) -> Symbol {
        if !identifier.starts_with("__") {
            return Symbol::new(identifier);
        }
        match self.scope().class {
            Some(class) => mangle(class, identifier, &mut self.buffer),
            None => Symbol::new(identifier),
        }
    }

    /// As [`Self::symbol`], for an identifier that stands in the code of this body.
    pub(super) fn mention(&mut self, identifier: &str) -> Symbol {
        let symbol = self.symbol(identifier);
        self.scope().mentions.push(symbol);
        symbol
    }

    /// A function's own variables mention nothing: what is imported or defined in it is mentioned there.
    pub(super) fn mention_unless_own(&mut self, name: Symbol, variable: Variable) {
        let scope = self.scope();
        let own = matches!(variable, Variable::Local(_)) && scope.kind == BodyKind::Function;
        if !own {
            scope.mentions.push(name);
        }
    }

    /// A variable of this body.
    pub(super) fn declare(&mut self, name: Symbol) {
        let scope = self.scope();
        if !scope.names.contains_key(&name) {
            let slot = scope.push_slot(name);
            scope.names.insert(name, Binding::Slot(slot));
        }
    }

    /// A parameter: always a slot of its own, as the first slots are the parameters.
    pub(super) fn declare_parameter(&mut self, name: Symbol) {
        let scope = self.scope();
        let slot = scope.push_slot(name);
        scope.names.insert(name, Binding::Slot(slot));
    }

    /// A `global` or `nonlocal` declaration.
    pub(super) fn declare_as(&mut self, name: Symbol, binding: Binding) {
        if self.scope().kind == BodyKind::Module {
            // There `global` changes nothing, and `nonlocal` is an error.
            self.declare(name);
        } else {
            self.scope().names.insert(name, binding);
        }
    }

    /// How many hidden variables there are now, for [`Self::leave_hidden`].
    pub(super) fn enter_hidden(&mut self) -> usize {
        self.scope().hidden.len()
    }

    /// A variable that only the code up to the matching [`Self::leave_hidden`] sees.
    pub(super) fn declare_hidden(&mut self, name: Symbol) -> SlotId {
        let scope = self.scope();
        let slot = scope.push_slot(name);
        scope.hidden.push((name, slot));
        slot
    }

    /// Whether a name is one of the hidden variables declared since [`Self::enter_hidden`].
    pub(super) fn is_hidden_since(&mut self, count: usize, name: Symbol) -> bool {
        self.scope().hidden.iter().skip(count).any(|&(hidden, _)| hidden == name)
    }

    /// The hidden variable of this name.
    pub(super) fn load_hidden(&mut self, name: Symbol) -> Variable {
        match self.scope().hidden(name) {
            Some(slot) => Variable::Local(slot),
            None => self.store(name),
        }
    }

    pub(super) fn leave_hidden(&mut self, count: usize) {
        self.scope().hidden.truncate(count);
    }

    /// The variable that a name means where it is read.
    pub(super) fn load(&mut self, name: Symbol) -> Variable {
        let scope = self.scope();
        if let Some(slot) = scope.hidden(name) {
            return Variable::Local(slot);
        }
        match scope.names.get(&name) {
            Some(&Binding::Slot(slot)) if scope.kind == BodyKind::Class => Variable::ClassThenGlobal(slot),
            Some(&Binding::Slot(slot)) => Variable::Local(slot),
            Some(Binding::Global) => Variable::Global(name),
            Some(Binding::Nonlocal) | None => self.enclosing(name),
        }
    }

    /// The variable that a name means where it is assigned or deleted. Variables of comprehensions
    /// are assigned by their own clauses only.
    pub(super) fn store(&mut self, name: Symbol) -> Variable {
        let scope = self.scope();
        match scope.names.get(&name) {
            Some(&Binding::Slot(slot)) => Variable::Local(slot),
            Some(Binding::Global) => {
                if !scope.global_writes.contains(&name) {
                    scope.global_writes.push(name);
                }
                Variable::Global(name)
            }
            Some(Binding::Nonlocal) => self.enclosing(name),
            None => {
                // Only broken code gets here: everything that binds was declared.
                let slot = scope.push_slot(name);
                scope.names.insert(name, Binding::Slot(slot));
                Variable::Local(slot)
            }
        }
    }

    /// Looks a name up in the functions around this body, and captures it through those between.
    fn enclosing(&mut self, name: Symbol) -> Variable {
        let current = self.scopes.len() - 1;
        for index in (0..current).rev() {
            let scope = &mut self.scopes[index];
            let slot = match scope.hidden(name) {
                Some(slot) => slot,
                // Functions don't see the names of the class around them.
                None if matches!(scope.kind, BodyKind::Class | BodyKind::Module) => continue,
                None => match scope.names.get(&name) {
                    Some(&Binding::Slot(slot)) => slot,
                    Some(Binding::Global) => break,
                    Some(Binding::Nonlocal) | None => continue,
                },
            };
            scope.slots[slot.0 as usize].captured = true;
            let mut from = Captured::Slot(slot);
            let mut free = 0;
            for scope in &mut self.scopes[index + 1..] {
                free = scope.push_free(name, from);
                from = Captured::Free(free);
            }
            return Variable::Free(free);
        }
        Variable::Global(name)
    }
}

/// `__name` in a class `_Class` is `_Class__name`.
pub(super) fn mangle(class: Symbol, identifier: &str, buffer: &mut String) -> Symbol {
    if !identifier.starts_with("__") || identifier.ends_with("__") || identifier.contains('.') {
        return Symbol::new(identifier);
    }
    buffer.clear();
    buffer.push('_');
    buffer.push_str(class.as_str());
    buffer.push_str(identifier);
    Symbol::new(buffer)
}
