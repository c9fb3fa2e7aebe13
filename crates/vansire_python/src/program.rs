//! The linked files of a project: their module names, and what an import means in each of them.

mod division;
mod installed;
mod layout;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::Symbol;
use crate::ir::{Body, BodyId, IrModule};
use crate::source::SourceFile;
use crate::stdlib::is_standard_library;
pub use division::{MINIMUM_PART, Part};
use installed::Installed;
pub use installed::absolute_name;
use layout::{Child, FolderId, Layout};

/// A file of a [`Program`]: numbers follow the order of the paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A file with its place among the modules.
#[derive(Debug)]
pub struct ProgramFile {
    pub source: Arc<SourceFile>,
    pub ir: Arc<IrModule>,
    /// What begins here is followed. In what a part of a project only imports, it is elsewhere.
    pub is_own: bool,
    /// Dotted and absolute: `package.module`; `package` for its `__init__`. Files under different
    /// roots may have the same name.
    pub module_name: Symbol,
    /// An `__init__` file.
    pub is_package: bool,
    /// A `.pyi` file: it has types and nothing that runs.
    pub is_stub: bool,
    /// Named or placed as a test.
    pub is_test: bool,
    /// A module of an installed package: it is there for what passes through it, not to be judged itself.
    pub is_installed: bool,
    /// Of an installed module it means nothing.
    folder: FolderId,
}

/// A file that was read and lowered; several programs may have it in common.
pub type SharedModule = (Arc<SourceFile>, Arc<IrModule>);
/// A module of an installed package. Where it was found is its place, whatever its path looks like.
#[derive(Debug)]
pub struct InstalledModule {
    pub source: SourceFile,
    pub ir: IrModule,
    /// Dotted and absolute; `package` for its `__init__`.
    pub name: Symbol,
    pub is_package: bool,
}

/// What an import leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resolution {
    File(FileId),
    /// A folder of the project that is imported as a package without having a file of its own. What
    /// is not a submodule of it may be of an installed package of this name.
    Namespace(Symbol),
    /// Nothing in the project: an absolute dotted name.
    External(Symbol),
}

/// All files of a project, linked.
#[derive(Debug)]
pub struct Program {
    files: Vec<ProgramFile>,
    layout: Layout,
    paths: FxHashMap<String, FileId>,
    /// Top-level modules that are known to be installed.
    installed_names: FxHashSet<String>,
    installed: Installed,
}

/// How a root comes to be searched; the order is that of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    /// The folder of a script is the first of its import path.
    Script,
    /// The root of the importing file's own module name.
    Own,
    /// Another root of the project.
    Other,
    /// Any folder: it may have been added to `sys.path` by means that can't be seen.
    LastResort,
}

impl Program {
    /// Links files, in whatever order they come.
    pub fn link(files: Vec<(SourceFile, IrModule)>) -> Self {
        Self::link_with(files, FxHashSet::default())
    }

    /// As [`Self::link`], with modules of installed packages: the files of the project come first, and an import
    /// means them first.
    pub fn link_installed(files: Vec<(SourceFile, IrModule)>, mut modules: Vec<InstalledModule>) -> Self {
        let mut program = Self::link_with(files, FxHashSet::default());
        modules.sort_by(|left, right| left.name.as_str().cmp(right.name.as_str()));
        modules.dedup_by(|later, earlier| later.name == earlier.name);
        for module in modules {
            let id = FileId(program.files.len() as u32);
            program.installed.add(module.name, id);
            program.paths.entry(module.source.path.clone()).or_insert(id);
            program.files.push(ProgramFile {
                module_name: module.name,
                is_package: module.is_package,
                is_stub: module.source.is_stub(),
                is_test: is_test(&module.source.path),
                is_own: true,
                is_installed: true,
                folder: layout::TOP,
                source: Arc::new(module.source),
                ir: Arc::new(module.ir),
            });
        }
        program
    }

    /// As [`Self::link`], told which top-level modules are known to be installed packages: these
    /// are taken for a file of the project only when it stands on the importing file's own path.
    pub fn link_with(files: Vec<(SourceFile, IrModule)>, installed_names: FxHashSet<String>) -> Self {
        let files = files.into_iter().map(|(source, ir)| ((Arc::new(source), Arc::new(ir)), true)).collect();
        Self::link_shared(files, installed_names)
    }

    /// Links files that other programs have as well. Of each is told whether it is the program's own or only
    /// there to be imported.
    pub fn link_part(files: Vec<(SharedModule, bool)>) -> Self {
        Self::link_shared(files, FxHashSet::default())
    }

    fn link_shared(mut files: Vec<(SharedModule, bool)>, installed_names: FxHashSet<String>) -> Self {
        files.sort_by(|((left, _), _), ((right, _), _)| {
            left.path.cmp(&right.path).then_with(|| left.text.cmp(&right.text))
        });
        files.dedup_by(|((later, _), _), ((earlier, _), _)| later.path == earlier.path);
        let outlines: Vec<_> =
            files.iter().map(|((source, ir), _)| (source.path.as_str(), ir.imports.as_slice())).collect();
        let layout = Layout::new(&outlines);
        let mut paths = FxHashMap::default();
        let files = files
            .into_iter()
            .enumerate()
            .map(|(index, ((source, ir), is_own))| {
                paths.insert(source.path.clone(), FileId(index as u32));
                let (folder_path, file_name) = layout::split_path(&source.path);
                let folder = layout.folder(folder_path);
                let stem = layout::stem(file_name);
                ProgramFile {
                    module_name: layout.module_name(folder, stem),
                    is_package: stem == "__init__",
                    is_stub: source.is_stub(),
                    is_test: is_test(&source.path),
                    is_own,
                    is_installed: false,
                    folder,
                    source,
                    ir,
                }
            })
            .collect();
        Self { files, layout, paths, installed_names, installed: Installed::default() }
    }

    /// All files, by number.
    pub fn files(&self) -> impl ExactSizeIterator<Item = (FileId, &ProgramFile)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId(index as u32), file))
    }

    pub fn file(&self, file: FileId) -> &ProgramFile {
        &self.files[file.0 as usize]
    }

    /// The file at a path relative to the root of the scan.
    pub fn file_at(&self, path: &str) -> Option<FileId> {
        self.paths.get(path).copied()
    }

    pub fn body(&self, file: FileId, body: BodyId) -> &Body {
        &self.file(file).ir.bodies[body.0 as usize]
    }

    /// All bodies of all files, in order.
    pub fn bodies(&self) -> impl Iterator<Item = (FileId, BodyId, &Body)> {
        self.files().flat_map(|(id, file)| {
            file.ir.bodies.iter().enumerate().map(move |(index, body)| (id, BodyId(index as u32), body))
        })
    }

    /// The module that `import dotted`, or `from ..dotted import …` with `level` dots, means in a
    /// file.
    pub fn resolve_module(&self, from: FileId, level: u32, dotted: &str) -> Resolution {
        if level > 0 {
            self.resolve_relative(from, level, dotted)
        } else {
            self.resolve_absolute(from, dotted)
        }
    }

    /// The same for a name with its dots, as in [`IrModule::relative_imports`].
    pub fn resolve_import(&self, from: FileId, name: Symbol) -> Resolution {
        let dotted = name.as_str().trim_start_matches('.');
        self.resolve_module(from, (name.as_str().len() - dotted.len()) as u32, dotted)
    }

    /// The submodule `name` of a package, as seen from a file.
    pub fn resolve_submodule(&self, from: FileId, package: Resolution, name: &str) -> Option<Resolution> {
        match package {
            Resolution::File(id) => {
                let file = self.file(id);
                if !file.is_package {
                    return None;
                }
                if file.is_installed {
                    return self.installed.find(&format!("{}.{name}", file.module_name));
                }
                let child = self.layout.child(file.folder, Symbol::new(name))?;
                self.resolution_of(child, || {
                    if file.module_name.as_str().is_empty() {
                        Symbol::new(name)
                    } else {
                        Symbol::new(&format!("{}.{name}", file.module_name))
                    }
                })
            }
            Resolution::Namespace(package) => {
                let found = self.resolve_absolute(from, &format!("{package}.{name}"));
                (!matches!(found, Resolution::External(_))).then_some(found)
            }
            Resolution::External(_) => None,
        }
    }

    fn resolve_relative(&self, from: FileId, level: u32, dotted: &str) -> Resolution {
        if self.file(from).is_installed {
            let file = self.file(from);
            return self.installed.relative(file.module_name.as_str(), file.is_package, level, dotted);
        }
        let mut folder = self.file(from).folder;
        for _ in 1..level {
            let Some(parent) = self.layout.parent(folder) else {
                // Beyond the top of the project.
                return Resolution::External(Symbol::new(dotted));
            };
            folder = parent;
        }
        let base = self.layout.folder_name(folder);
        let name = || {
            let separator = if base.is_empty() || dotted.is_empty() { "" } else { "." };
            Symbol::new(&format!("{base}{separator}{dotted}"))
        };
        let found = if dotted.is_empty() {
            let init = self.layout.init(folder);
            Some(init.map_or_else(|| Resolution::Namespace(name()), Resolution::File))
        } else {
            self.layout.descend(folder, dotted).and_then(|child| self.resolution_of(child, name))
        };
        found.unwrap_or_else(|| Resolution::External(name()))
    }

    fn resolve_absolute(&self, from: FileId, dotted: &str) -> Resolution {
        let name = Symbol::new(dotted);
        let first = Symbol::new(dotted.split('.').next().unwrap_or_default());
        let is_standard = is_standard_library(first.as_str());
        let elsewhere = if is_standard { None } else { self.installed.find(dotted) };
        if self.file(from).is_installed {
            // A package knows nothing of who uses it.
            return elsewhere.unwrap_or(Resolution::External(name));
        }
        let external = || elsewhere.unwrap_or(Resolution::External(name));
        let holders = self.layout.holders(first);
        if holders.is_empty() {
            return external();
        }
        let is_installed = is_standard || self.installed_names.contains(first.as_str());
        let mut namespace = None;
        let mut attempt = |folder: FolderId, tier: Tier| -> Option<Resolution> {
            if is_standard
                && self.layout.child(folder, first).is_none_or(|child| self.layout.is_namespace(child))
            {
                // A folder without `__init__` gives way to any package or module.
                return None;
            }
            match self.resolution_of(self.layout.descend(folder, dotted)?, || name)? {
                // A script called `redis.py` that imports `redis` means the installed one.
                Resolution::File(found) if found == from && !self.file(from).is_package && name == first => {
                    None
                }
                Resolution::File(found) => Some(Resolution::File(found)),
                found => {
                    if tier != Tier::LastResort {
                        namespace.get_or_insert(found);
                    }
                    None
                }
            }
        };
        let own = self.file(from).folder;
        let root = self.layout.root(own);
        // Most imports end here, and a common name may stand in very many folders.
        // The files of a folder that is imported as a namespace are modules rather than scripts, but
        // may be both.
        let is_script =
            self.layout.init(own).is_none() && !(is_installed && self.layout.is_used_namespace(own));
        if is_script && let Some(found) = attempt(own, Tier::Script) {
            return found;
        }
        if !(is_script && own == root)
            && let Some(found) = attempt(root, Tier::Own)
        {
            return found;
        }
        if !is_installed {
            let mut others: Vec<_> = holders
                .iter()
                .filter(|&&folder| folder != root && !(is_script && folder == own))
                .filter_map(|&folder| {
                    let tier = if self.layout.is_root(folder) {
                        Tier::Other
                    } else if self.layout.is_inside_used_package(folder) {
                        // Its modules are imported with the package's name, not by their own.
                        return None;
                    } else {
                        Tier::LastResort
                    };
                    // The nearest first; numbers of folders follow the order of their paths.
                    let common = self.layout.common_depth(own, folder);
                    Some((tier, std::cmp::Reverse(common), self.layout.depth(folder), folder))
                })
                .collect();
            others.sort_unstable();
            for (tier, _, _, folder) in others {
                // What is installed is surely there, on anybody's path.
                if tier == Tier::LastResort && matches!(elsewhere, Some(Resolution::File(_))) {
                    break;
                }
                if let Some(found) = attempt(folder, tier) {
                    return found;
                }
            }
        }
        namespace.unwrap_or_else(external)
    }

    /// A package before a module of the same name, and a folder without `__init__` after both.
    fn resolution_of(&self, child: Child, name: impl FnOnce() -> Symbol) -> Option<Resolution> {
        if let Some(init) = child.folder.and_then(|folder| self.layout.init(folder)) {
            return Some(Resolution::File(init));
        }
        if let Some(module) = child.module {
            return Some(Resolution::File(module));
        }
        child.folder.map(|_| Resolution::Namespace(name()))
    }
}

/// Whether a file is a test by its name or by its folder's.
fn is_test(path: &str) -> bool {
    let (folders, file_name) = layout::split_path(path);
    let stem = layout::stem(file_name);
    stem.starts_with("test_")
        || stem.ends_with("_test")
        || matches!(stem, "conftest" | "tests")
        || folders.split('/').any(|folder| matches!(folder, "tests" | "test"))
}

#[cfg(test)]
mod tests;
