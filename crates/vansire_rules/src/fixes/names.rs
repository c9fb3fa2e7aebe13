//! What names stand for by the imports of a file, wherever they are.

use rustc_hash::FxHashMap;
use vansire_python::Symbol;
use vansire_python::ir::{BodyKind, Call, Expr, ExprKind, IrModule, StmtKind};

use super::{Change, Fixer, change};
use vansire_python::walk;

/// From a name to what is imported under it; none where a file imports several things under one name.
#[derive(Debug, Default)]
pub(super) struct Names(FxHashMap<Symbol, Option<String>>);

impl Names {
    pub fn of(module: &IrModule) -> Self {
        let mut names = Self::default();
        for body in &module.bodies {
            walk::statements(&body.block, &mut |statement| match &statement.kind {
                StmtKind::Import { module, alias: true, target } => {
                    names.bind(body.name_of(*target), module.as_str().to_owned());
                }
                StmtKind::Import { module, alias: false, .. } => {
                    let top = module.as_str().split('.').next().unwrap_or_default();
                    names.bind(Some(Symbol::new(top)), top.to_owned());
                }
                StmtKind::ImportFrom { level: 0, module, name, target } => {
                    names.bind(body.name_of(*target), format!("{module}.{name}"));
                }
                StmtKind::ImportFrom { target, name, .. } => {
                    names.bind(body.name_of(*target), format!(".{name}"));
                }
                _ => {}
            });
        }
        names
    }

    fn bind(&mut self, name: Option<Symbol>, full: String) {
        let Some(name) = name else { return };
        self.0
            .entry(name)
            .and_modify(|known| {
                if known.as_ref() != Some(&full) {
                    *known = None;
                }
            })
            .or_insert(Some(full));
    }

    /// The full name of a dotted name: `numpy.load` for `np.load`. What isn't imported stands for itself.
    pub fn resolve(&self, expression: &Expr) -> Option<String> {
        match &expression.kind {
            ExprKind::Name(_, name) => match self.0.get(name) {
                Some(known) => known.clone(),
                None => Some(name.as_str().to_owned()),
            },
            ExprKind::Attribute(base, name) => Some(format!("{}.{name}", self.resolve(base)?)),
            _ => None,
        }
    }
}

impl<'a> Fixer<'a> {
    /// The module and the name of what is called: `("yaml", "load")`, whatever the file calls them.
    pub(super) fn called(&self, call: &'a Call) -> Option<(String, String)> {
        let full = self.names.resolve(&call.callee)?;
        let (module, name) = full.rsplit_once('.')?;
        Some((module.to_owned(), name.to_owned()))
    }

    /// Puts another function of a module in place of what is called.
    pub(super) fn call_instead(&self, call: &Call, module: &str, name: &str) -> Option<Vec<Change>> {
        if let ExprKind::Attribute(base, old) = &call.callee.kind
            && self.names.resolve(base).as_deref() == Some(module)
        {
            return Some(vec![Self::rename(call, old.as_str(), name)]);
        }
        let mut changes = vec![change(call.callee.span, format!("{module}.{name}"))];
        changes.extend(self.import(module)?);
        Some(changes)
    }

    /// Whether some code of the file has another use for a name than to import the module of that name.
    pub(super) fn is_taken(&self, module: &str) -> bool {
        let top = module.split('.').next().unwrap_or(module);
        self.module.bodies.iter().filter(|body| body.kind != BodyKind::Class).any(|body| {
            if !body.slots.iter().any(|slot| slot.name.as_str() == top) {
                return false;
            }
            let mut imports = false;
            walk::statements(&body.block, &mut |statement| {
                imports |= matches!(&statement.kind, StmtKind::Import { module, alias: false, .. }
                    if module.as_str().split('.').next() == Some(top));
            });
            !imports
        })
    }
}
