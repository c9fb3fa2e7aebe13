//! What names stand for: imports seen so far, in the order of the text, wherever they stand. A later import takes over
//! for the whole file; assignments don't count.

use rustc_hash::{FxHashMap, FxHashSet};
use vansire_python::Symbol;
use vansire_python::ir::{Expr, ExprKind};

/// Modules that some tests ask about: whether the name of anything imported so far contains this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Package {
    Flask,
    Paramiko,
    DjangoModels,
    DjangoSafeString,
    HuggingFace,
}

const PACKAGES: [(Package, &[&str]); 5] = [
    (Package::Flask, &["flask"]),
    (Package::Paramiko, &["paramiko"]),
    (Package::DjangoModels, &["django.db.models"]),
    (Package::DjangoSafeString, &["django.utils.safestring"]),
    (Package::HuggingFace, &["transformers", "datasets", "huggingface_hub"]),
];

#[derive(Debug, Default)]
pub struct Imports {
    /// From a name of the file to the full name.
    aliases: FxHashMap<Symbol, Symbol>,
    names: FxHashSet<Symbol>,
    packages: [bool; PACKAGES.len()],
}

impl Imports {
    /// `import module`, or `from . import module`
    pub fn import(&mut self, module: Symbol, alias: Option<Symbol>) {
        if let Some(alias) = alias {
            self.aliases.insert(alias, module);
        }
        self.note(module);
    }

    /// `from module import name`
    pub fn import_from(&mut self, module: Symbol, name: Symbol, bound: Symbol) {
        let full = Symbol::new(&format!("{module}.{name}"));
        self.aliases.insert(bound, full);
        self.note(full);
    }

    fn note(&mut self, name: Symbol) {
        if self.names.insert(name) {
            let text = name.as_str();
            for ((_, parts), seen) in PACKAGES.iter().zip(&mut self.packages) {
                *seen |= parts.iter().any(|part| text.contains(part));
            }
        }
    }

    pub fn has_package(&self, package: Package) -> bool {
        PACKAGES.iter().zip(self.packages).any(|((one, _), seen)| *one == package && seen)
    }

    /// Whether `import name` was seen.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(&Symbol::new(name))
    }

    pub fn alias(&self, name: Symbol) -> Option<Symbol> {
        self.aliases.get(&name).copied()
    }

    /// Writes the full name of what is called: `os.path.join`; `.strip` where it begins with something else than a
    /// name; nothing for other callees.
    pub fn qualify(&self, callee: &Expr, name: &mut String) {
        match &callee.kind {
            ExprKind::Name(_, root) => {
                name.push_str(self.aliases.get(root).unwrap_or(root).as_str());
            }
            ExprKind::Attribute(inner, attribute) => {
                self.qualify(inner, name);
                name.push('.');
                name.push_str(attribute.as_str());
            }
            _ => {}
        }
    }
}
