//! Folders, source roots and module names, all told from the paths and the imports of the files.

use rustc_hash::{FxHashMap, FxHashSet};

use super::FileId;
use crate::Symbol;
use crate::source::has_extension;

/// The path of a file, and what it imports by absolute names.
pub(super) type File<'a> = (&'a str, &'a [Symbol]);

/// A folder that holds Python files, somewhere beneath it. Numbers follow the order of the paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct FolderId(u32);

#[derive(Debug)]
struct Folder {
    name: Symbol,
    parent: Option<FolderId>,
    depth: u32,
    /// Its `__init__` file.
    init: Option<FileId>,
    /// The folder from which the modules here are named.
    root: FolderId,
    is_root: bool,
    /// Part of a package that the project imports by its name.
    is_inside_used_package: bool,
    /// No package, but imported by its dotted name like one.
    is_used_namespace: bool,
}

/// What a folder has under one name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Child {
    pub(super) module: Option<FileId>,
    pub(super) folder: Option<FolderId>,
}

#[derive(Debug)]
pub(super) struct Layout {
    folders: Vec<Folder>,
    ids: FxHashMap<String, FolderId>,
    children: FxHashMap<(FolderId, Symbol), Child>,
    /// The folders that have a child of a name, in order.
    holders: FxHashMap<Symbol, Vec<FolderId>>,
}

/// The top of the scan.
pub(super) const TOP: FolderId = FolderId(0);

impl Layout {
    /// The files must be sorted by path.
    pub(super) fn new(files: &[File<'_>]) -> Self {
        let mut paths: Vec<&str> = files.iter().flat_map(|(path, _)| ancestors(path)).collect();
        paths.sort_unstable();
        paths.dedup();
        if paths.first() != Some(&"") {
            paths.insert(0, "");
        }
        let ids: FxHashMap<String, FolderId> = paths
            .iter()
            .enumerate()
            .map(|(index, path)| ((*path).to_owned(), FolderId(index as u32)))
            .collect();
        let folders = paths
            .iter()
            .map(|path| {
                let (parent, name) = split_path(path);
                Folder {
                    name: Symbol::new(name),
                    parent: if path.is_empty() { None } else { ids.get(parent).copied() },
                    depth: if path.is_empty() { 0 } else { path.matches('/').count() as u32 + 1 },
                    init: None,
                    root: TOP,
                    is_root: false,
                    is_inside_used_package: false,
                    is_used_namespace: false,
                }
            })
            .collect();
        let mut layout = Self { folders, ids, children: FxHashMap::default(), holders: FxHashMap::default() };
        layout.add_children(files);
        layout.find_roots(files);
        layout
    }

    fn add_children(&mut self, files: &[File<'_>]) {
        for index in 1..self.folders.len() {
            let folder = &self.folders[index];
            if let Some(parent) = folder.parent {
                let child = self.children.entry((parent, folder.name)).or_default();
                child.folder = Some(FolderId(index as u32));
            }
        }
        for (index, (path, _)) in files.iter().enumerate() {
            let id = FileId(index as u32);
            let (folder, file_name) = split_path(path);
            let folder = self.folder(folder);
            let stem = stem(file_name);
            // A stub stands in for a module only where there is no other; in the order of paths,
            // `.py` comes before `.pyi`. Notebooks and scripts of other names can't be imported.
            let is_importable = file_name.len() > stem.len() && !has_extension(path, "ipynb");
            if !is_importable {
                continue;
            }
            if stem == "__init__" {
                self.folders[folder.0 as usize].init.get_or_insert(id);
            } else {
                let child = self.children.entry((folder, Symbol::new(stem))).or_default();
                child.module.get_or_insert(id);
            }
        }
        let mut pairs: Vec<(Symbol, FolderId)> =
            self.children.keys().map(|&(folder, name)| (name, folder)).collect();
        pairs.sort_unstable_by_key(|&(_, folder)| folder);
        for (name, folder) in pairs {
            self.holders.entry(name).or_default().push(folder);
        }
    }

    /// Roots are the top of the scan, the parents of topmost packages, `src` folders, and what holds
    /// a `setup.py` or a `manage.py`.
    fn find_roots(&mut self, files: &[File<'_>]) {
        let imported = imported_prefixes(files);
        // Parents come before their children, so each can take over what its parent has.
        let mut package_roots: Vec<Option<FolderId>> = Vec::with_capacity(self.folders.len());
        self.folders[0].is_root = true;
        for index in 0..self.folders.len() {
            let id = FolderId(index as u32);
            let folder = &self.folders[index];
            let around = folder.parent.and_then(|parent| package_roots[parent.0 as usize]);
            if folder.init.is_none() {
                package_roots.push(around);
                if folder.name.as_str() == "src" && around.is_none() {
                    self.folders[index].is_root = true;
                }
            } else if let (Some(root), true) = (around, self.is_inside_package(id)) {
                package_roots.push(Some(root));
            } else {
                let root = self.package_root(id, around, &imported);
                package_roots.push(Some(root));
                self.folders[root.0 as usize].is_root = true;
            }
        }
        for name in ["setup", "manage"] {
            for folder in self.holders(Symbol::new(name)).to_vec() {
                let has_module =
                    self.child(folder, Symbol::new(name)).is_some_and(|child| child.module.is_some());
                if has_module && self.init(folder).is_none() {
                    self.folders[folder.0 as usize].is_root = true;
                }
            }
        }
        for (index, package_root) in package_roots.into_iter().enumerate() {
            let id = FolderId(index as u32);
            let folder = &self.folders[index];
            let parent = folder.parent.map(|parent| &self.folders[parent.0 as usize]);
            let root = match (package_root, parent) {
                (Some(root), _) if folder.init.is_some() => root,
                (_, Some(parent)) if !folder.is_root => parent.root,
                _ => id,
            };
            let is_imported = imported.contains(self.name_from(id, root).as_str());
            let is_inside_used_package = package_root.is_some()
                && (is_imported || parent.is_some_and(|parent| parent.is_inside_used_package));
            let folder = &mut self.folders[index];
            folder.root = root;
            folder.is_inside_used_package = is_inside_used_package;
            folder.is_used_namespace = folder.init.is_none() && is_imported;
        }
    }

    /// The root of a topmost package: its parent, unless the project imports it only by a longer
    /// name, as a part of a namespace. `around` is the root of a package further up, if any.
    fn package_root(
        &self,
        package: FolderId,
        around: Option<FolderId>,
        imported: &FxHashSet<&str>,
    ) -> FolderId {
        let parent = self.parent(package).unwrap_or(TOP);
        let mut root = parent;
        loop {
            if imported.contains(self.name_from(package, root).as_str()) {
                return root;
            }
            match self.parent(root) {
                Some(next) => root = next,
                None => return around.unwrap_or(parent),
            }
        }
    }

    fn is_inside_package(&self, folder: FolderId) -> bool {
        self.parent(folder).is_some_and(|parent| self.init(parent).is_some())
    }

    /// The dotted name of a folder, counted from a root above it.
    fn name_from(&self, folder: FolderId, root: FolderId) -> String {
        let mut parts = Vec::new();
        let mut current = folder;
        while current != root {
            let folder = &self.folders[current.0 as usize];
            parts.push(folder.name.as_str());
            match folder.parent {
                Some(parent) => current = parent,
                None => break,
            }
        }
        parts.reverse();
        parts.join(".")
    }

    pub(super) fn folder(&self, path: &str) -> FolderId {
        self.ids.get(path).copied().unwrap_or(TOP)
    }

    pub(super) fn parent(&self, folder: FolderId) -> Option<FolderId> {
        self.folders[folder.0 as usize].parent
    }

    pub(super) fn init(&self, folder: FolderId) -> Option<FileId> {
        self.folders[folder.0 as usize].init
    }

    pub(super) fn root(&self, folder: FolderId) -> FolderId {
        self.folders[folder.0 as usize].root
    }

    pub(super) fn is_root(&self, folder: FolderId) -> bool {
        self.folders[folder.0 as usize].is_root
    }

    pub(super) fn is_inside_used_package(&self, folder: FolderId) -> bool {
        self.folders[folder.0 as usize].is_inside_used_package
    }

    pub(super) fn is_used_namespace(&self, folder: FolderId) -> bool {
        self.folders[folder.0 as usize].is_used_namespace
    }

    pub(super) fn depth(&self, folder: FolderId) -> u32 {
        self.folders[folder.0 as usize].depth
    }

    pub(super) fn holders(&self, name: Symbol) -> &[FolderId] {
        self.holders.get(&name).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn child(&self, folder: FolderId, name: Symbol) -> Option<Child> {
        self.children.get(&(folder, name)).copied()
    }

    /// Whether a child is a folder without `__init__`, and nothing else.
    pub(super) fn is_namespace(&self, child: Child) -> bool {
        child.module.is_none() && child.folder.is_none_or(|folder| self.init(folder).is_none())
    }

    /// Follows a dotted name down from a folder.
    pub(super) fn descend(&self, folder: FolderId, dotted: &str) -> Option<Child> {
        let mut folder = folder;
        let mut parts = dotted.split('.').peekable();
        while let Some(part) = parts.next() {
            let child = self.child(folder, Symbol::new(part))?;
            if parts.peek().is_none() {
                return Some(child);
            }
            folder = child.folder?;
        }
        None
    }

    /// The dotted name of a folder, counted from its own root.
    pub(super) fn folder_name(&self, folder: FolderId) -> String {
        self.name_from(folder, self.root(folder))
    }

    pub(super) fn module_name(&self, folder: FolderId, stem: &str) -> Symbol {
        let mut name = self.folder_name(folder);
        // The name of a package at the very top of the scan is not known.
        if stem != "__init__" || name.is_empty() {
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(stem);
        }
        Symbol::new(&name)
    }

    /// How many folders two paths share, from the top.
    pub(super) fn common_depth(&self, left: FolderId, right: FolderId) -> u32 {
        let (mut left, mut right) = (left, right);
        while left != right {
            let (deeper, other) =
                if self.depth(left) >= self.depth(right) { (left, right) } else { (right, left) };
            match self.parent(deeper) {
                Some(parent) => (left, right) = (parent, other),
                None => return 0,
            }
        }
        self.depth(left)
    }
}

/// The folders above a file, the top of the scan included.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    let separators = path.match_indices('/').map(|(index, _)| &path[..index]);
    std::iter::once("").chain(separators)
}

/// Every absolute dotted name that is imported, with all its prefixes.
fn imported_prefixes(files: &[File<'_>]) -> FxHashSet<&'static str> {
    let mut imported = FxHashSet::default();
    for (_, imports) in files {
        for name in *imports {
            let mut rest = name.as_str();
            // Where a name is known, so are its prefixes.
            while imported.insert(rest)
                && let Some((prefix, _)) = rest.rsplit_once('.')
            {
                rest = prefix;
            }
        }
    }
    imported
}

/// Folder and file name of a path; the folder is empty at the top.
pub(super) fn split_path(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A file's name without an extension that Python knows.
pub(super) fn stem(file_name: &str) -> &str {
    for extension in [".py", ".pyi", ".pyw", ".ipynb"] {
        if let Some(stem) = file_name.strip_suffix(extension) {
            return stem;
        }
    }
    file_name
}
