//! Modules of installed packages: told apart by their dotted names alone.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{FileId, Resolution};
use crate::Symbol;

#[derive(Debug, Default)]
pub(super) struct Installed {
    modules: FxHashMap<Symbol, FileId>,
    /// What stands before a dot in their names.
    prefixes: FxHashSet<Symbol>,
}

impl Installed {
    pub(super) fn add(&mut self, name: Symbol, file: FileId) {
        self.modules.insert(name, file);
        let mut rest = name.as_str();
        while let Some((prefix, _)) = rest.rsplit_once('.')
            && self.prefixes.insert(Symbol::new(prefix))
        {
            rest = prefix;
        }
    }

    /// The module of this name, or a package that has no file of its own.
    pub(super) fn find(&self, dotted: &str) -> Option<Resolution> {
        if self.modules.is_empty() {
            return None;
        }
        let name = Symbol::new(dotted);
        match self.modules.get(&name) {
            Some(&file) => Some(Resolution::File(file)),
            None => self.prefixes.contains(&name).then_some(Resolution::Namespace(name)),
        }
    }

    /// What `from ..dotted import …` means in a module.
    pub(super) fn relative(&self, module: &str, is_package: bool, level: u32, dotted: &str) -> Resolution {
        let name = absolute_name(module, is_package, level, dotted);
        self.find(&name).unwrap_or_else(|| Resolution::External(Symbol::new(&name)))
    }
}

/// The absolute name of what a module imports with `level` dots.
pub fn absolute_name(module: &str, is_package: bool, level: u32, dotted: &str) -> String {
    let mut package = module;
    // The first dot is the module's own package.
    for _ in u32::from(is_package)..level {
        package = package.rsplit_once('.').map_or("", |(parent, _)| parent);
    }
    match (package, dotted) {
        ("", dotted) => dotted.to_owned(),
        (package, "") => package.to_owned(),
        (package, dotted) => format!("{package}.{dotted}"),
    }
}
