//! How a large tree divides into parts that are analysed for themselves.
//!
//! A source root with what lies under it is mostly a distribution of its own: it depends on what it imports, and not
//! on who imports it. Where a tree holds several large ones, each of them is a *part*: its own files, and those that
//! they import, directly or through others. Parts can be analysed at the same time, and what was found in one holds
//! until one of its files is changed.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::{FileId, FolderId, Program, Resolution};
use crate::Symbol;
use crate::ir::IrModule;
use crate::source::SourceFile;

/// Roots with fewer bytes of source than this are joined with others, where that makes no circle: what is common to parts
/// is done again for each of them. A tree of less than two such parts stays whole.
pub const MINIMUM_PART: u64 = 1_000_000;

/// A part of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Sorted. Every file of a program is in exactly one part.
    pub own: Vec<FileId>,
    /// The files of other parts that this one's import; sorted.
    pub needed: Vec<FileId>,
}

/// Groups of files; those that were joined point to the one that has them now.
struct Groups {
    joined: Vec<usize>,
    sizes: Vec<u64>,
    /// From the group that imports to the one that is imported: how often.
    imports: BTreeMap<(usize, usize), u64>,
}

impl Program {
    /// A program without any code: enough to [`divide`](Self::divide) it. Paths, with what each file imports by
    /// absolute and by relative names.
    pub fn outline(files: Vec<(String, Vec<Symbol>, Vec<Symbol>)>) -> Self {
        let module = |(path, imports, relative_imports)| {
            let ir = IrModule { bodies: Vec::new(), exports: None, imports, relative_imports };
            (SourceFile::new(path, String::new()), ir)
        };
        Self::link(files.into_iter().map(module).collect())
    }

    /// Divides the program; `sizes` are the bytes of its files. What is imported from a top-level package that is
    /// `described` otherwise isn't needed, unless it's in the same part. The parts are in the order of their first
    /// files.
    pub fn divide(&self, sizes: &[u64], described: &dyn Fn(Symbol) -> bool) -> Vec<Part> {
        let group_of = self.source_roots();
        let mut groups = Groups::new(group_of.iter().copied().max().map_or(0, |last| last + 1));
        for (&group, size) in group_of.iter().zip(sizes) {
            groups.sizes[group] += size;
        }
        if groups.sizes.iter().sum::<u64>() < 2 * MINIMUM_PART || groups.sizes.len() < 2 {
            let own = (0..self.files.len() as u32).map(FileId).collect();
            return vec![Part { own, needed: Vec::new() }];
        }
        let mut imports: Vec<Vec<FileId>> = self.imported_files();
        let is_described = |file: &super::ProgramFile| {
            described(Symbol::new(file.module_name.as_str().split('.').next().unwrap_or_default()))
        };
        let described: Vec<bool> = self.files.iter().map(is_described).collect();
        for (&group, files) in group_of.iter().zip(&mut imports) {
            files.retain(|FileId(id)| group_of[*id as usize] == group || !described[*id as usize]);
            for FileId(file) in files.iter() {
                let target = group_of[*file as usize];
                if target != group {
                    *groups.imports.entry((group, target)).or_default() += 1;
                }
            }
        }
        groups.join_cycles();
        groups.join_small();
        groups.parts(&group_of, &imports)
    }

    /// The number of each file's source root, in the order in which roots first come.
    fn source_roots(&self) -> Vec<usize> {
        let mut numbers: BTreeMap<FolderId, usize> = BTreeMap::new();
        let number = |file: &super::ProgramFile| {
            let next = numbers.len();
            *numbers.entry(self.layout.root(file.folder)).or_insert(next)
        };
        self.files.iter().map(number).collect()
    }

    /// What each file imports, with the `__init__` files of the packages around it.
    fn imported_files(&self) -> Vec<Vec<FileId>> {
        // The same few names come again and again from the same folder.
        let mut known: FxHashMap<(FolderId, Symbol), Option<FileId>> = FxHashMap::default();
        let files = self.files.iter().enumerate().map(|(index, file)| {
            let mut found: Vec<FileId> = file
                .ir
                .imports
                .iter()
                .chain(&file.ir.relative_imports)
                .filter_map(|name| {
                    *known.entry((file.folder, *name)).or_insert_with(|| {
                        match self.resolve_import(FileId(index as u32), *name) {
                            Resolution::File(file) => Some(file),
                            Resolution::Namespace(_) | Resolution::External(_) => None,
                        }
                    })
                })
                .collect();
            found.sort_unstable();
            found.dedup();
            let folders: BTreeSet<FolderId> =
                found.iter().map(|FileId(id)| self.files[*id as usize].folder).collect();
            for folder in folders {
                let mut at = Some(folder);
                while let Some(folder) = at {
                    found.extend(self.layout.init(folder));
                    at = self.layout.parent(folder).filter(|_| folder != self.layout.root(folder));
                }
            }
            found.sort_unstable();
            found.dedup();
            found
        });
        files.collect()
    }
}

impl Groups {
    fn new(count: usize) -> Self {
        Self { joined: (0..count).collect(), sizes: vec![0; count], imports: BTreeMap::new() }
    }

    fn find(&self, mut group: usize) -> usize {
        while self.joined[group] != group {
            group = self.joined[group];
        }
        group
    }

    /// The first of them keeps its number.
    fn join(&mut self, one: usize, two: usize) {
        let (one, two) = (self.find(one), self.find(two));
        if one != two {
            let (first, second) = (one.min(two), one.max(two));
            self.joined[second] = first;
            self.sizes[first] += std::mem::take(&mut self.sizes[second]);
        }
    }

    /// The edges between groups as they are now.
    fn edges(&self) -> BTreeMap<(usize, usize), u64> {
        let mut edges = BTreeMap::new();
        for (&(from, to), count) in &self.imports {
            let (from, to) = (self.find(from), self.find(to));
            if from != to {
                *edges.entry((from, to)).or_default() += count;
            }
        }
        edges
    }

    fn heads(&self) -> Vec<usize> {
        (0..self.joined.len()).filter(|&group| self.joined[group] == group).collect()
    }

    /// Groups that import each other become one.
    fn join_cycles(&mut self) {
        let edges = self.edges();
        let mut targets: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &(from, to) in edges.keys() {
            targets.entry(from).or_default().push(to);
        }
        for component in components(&self.heads(), &targets) {
            for pair in component.windows(2) {
                self.join(pair[0], pair[1]);
            }
        }
    }

    /// Small groups go to the one with which they have most imports in common; those that have none, together.
    fn join_small(&mut self) {
        while let Some((one, other)) = self.next_pair() {
            self.join(one, other);
        }
        let mut open: Option<usize> = None;
        let edges = self.edges();
        let alone = |group: usize| !edges.keys().any(|&(from, to)| from == group || to == group);
        for group in self.heads() {
            if self.sizes[group] >= MINIMUM_PART || !alone(group) {
                continue;
            }
            if let Some(first) = open {
                self.join(first, group);
            }
            let head = self.find(group);
            open = (self.sizes[head] < MINIMUM_PART).then_some(head);
        }
    }

    /// A small group and the nearest one that it can be joined with: no other way leads from one to the other, which
    /// would become a circle.
    fn next_pair(&self) -> Option<(usize, usize)> {
        let edges = self.edges();
        let mut near: BTreeMap<usize, Vec<_>> = BTreeMap::new();
        for (&(from, to), &count) in &edges {
            near.entry(from).or_default().push((count, (from, to)));
            near.entry(to).or_default().push((count, (from, to)));
        }
        let leads = |from: usize, to: usize| {
            let mut reached: Vec<usize> = vec![from];
            let mut at = 0;
            while let Some(&here) = reached.get(at) {
                for &(_, next) in edges.range((here, 0)..(here + 1, 0)).map(|(edge, _)| edge) {
                    if (here, next) != (from, to) && !reached.contains(&next) {
                        reached.push(next);
                    }
                }
                at += 1;
            }
            reached.contains(&to)
        };
        for (group, mut others) in near {
            if self.sizes[group] >= MINIMUM_PART {
                continue;
            }
            others.sort_by_key(|&(count, edge)| (std::cmp::Reverse(count), edge));
            if let Some((_, edge)) = others.into_iter().find(|&(_, (from, to))| !leads(from, to)) {
                return Some(edge);
            }
        }
        None
    }

    /// The groups as parts, each with what its files import.
    fn parts(&self, group_of: &[usize], imports: &[Vec<FileId>]) -> Vec<Part> {
        let mut own: BTreeMap<usize, Vec<FileId>> = BTreeMap::new();
        for (index, &group) in group_of.iter().enumerate() {
            own.entry(self.find(group)).or_default().push(FileId(index as u32));
        }
        own.into_values()
            .map(|own| {
                let mut seen = vec![false; group_of.len()];
                own.iter().for_each(|FileId(id)| seen[*id as usize] = true);
                let mut work = own.clone();
                let mut needed = Vec::new();
                while let Some(FileId(id)) = work.pop() {
                    for &target in &imports[id as usize] {
                        if !std::mem::replace(&mut seen[target.0 as usize], true) {
                            needed.push(target);
                            work.push(target);
                        }
                    }
                }
                needed.sort_unstable();
                Part { own, needed }
            })
            .collect()
    }
}

/// The strongly connected components of a graph: Tarjan's algorithm ("Depth-First Search and Linear Graph Algorithms",
/// 1972), with a stack of its own.
fn components(nodes: &[usize], targets: &BTreeMap<usize, Vec<usize>>) -> Vec<Vec<usize>> {
    let mut numbers: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    let mut stack: Vec<usize> = Vec::new();
    let mut found = Vec::new();
    for &start in nodes {
        if numbers.contains_key(&start) {
            continue;
        }
        let mut work: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some((node, next)) = work.pop() {
            if next == 0 {
                let number = numbers.len();
                numbers.insert(node, (number, number));
                stack.push(node);
            }
            let below = targets.get(&node).map_or(&[][..], Vec::as_slice);
            if let Some(&target) = below.get(next) {
                work.push((node, next + 1));
                if !numbers.contains_key(&target) {
                    work.push((target, 0));
                    continue;
                }
            }
            // What was seen below counts as soon as it is known.
            let low = below[..next.min(below.len())]
                .iter()
                .chain(below.get(next))
                .filter(|target| stack.contains(target))
                .filter_map(|target| numbers.get(target).map(|(_, low)| *low))
                .min();
            let Some(own) = numbers.get_mut(&node) else { continue };
            own.1 = own.1.min(low.unwrap_or(own.1));
            if next >= below.len() && own.0 == own.1 {
                let at = stack.iter().position(|&one| one == node).unwrap_or(stack.len());
                found.push(stack.split_off(at));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Divides files given as `path`, what it imports, and its size in hundredths of the smallest part.
    fn divide(files: &[(&str, &str, u64)], described: &str) -> Vec<(Vec<String>, Vec<String>)> {
        let outline = |(path, imports, _): &(&str, &str, u64)| {
            let (relative, absolute): (Vec<&str>, Vec<&str>) =
                imports.split_whitespace().partition(|name| name.starts_with('.'));
            let names = |names: Vec<&str>| names.into_iter().map(Symbol::new).collect();
            ((*path).to_owned(), names(absolute), names(relative))
        };
        let program = Program::outline(files.iter().map(outline).collect());
        let size = |(_, file): (FileId, &super::super::ProgramFile)| {
            let found = files.iter().find(|(path, ..)| *path == file.source.path);
            found.map_or(0, |(.., size)| size * MINIMUM_PART / 100)
        };
        let sizes: Vec<u64> = program.files().map(size).collect();
        let names = |ids: Vec<FileId>| -> Vec<String> {
            ids.into_iter().map(|id| program.file(id).source.path.clone()).collect()
        };
        let parts = program.divide(&sizes, &|top| top.as_str() == described);
        parts.into_iter().map(|part| (names(part.own), names(part.needed))).collect()
    }

    fn part(own: &[&str], needed: &[&str]) -> (Vec<String>, Vec<String>) {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        (owned(own), owned(needed))
    }

    #[test]
    fn small_trees_stay_whole() {
        let files = [("x/a/__init__.py", "", 90), ("y/b/__init__.py", "a", 90)];
        assert_eq!(divide(&files, ""), [part(&["x/a/__init__.py", "y/b/__init__.py"], &[])]);
    }

    #[test]
    fn roots_that_import_are_parts_with_what_they_import() {
        let files = [
            ("x/a/__init__.py", "", 100),
            ("x/a/m.py", "", 1),
            ("x/a/n.py", ".o", 1),
            ("x/a/o.py", "", 1),
            ("y/b/__init__.py", "a.n", 100),
            ("z/c/__init__.py", "b", 100),
        ];
        let own = ["x/a/__init__.py", "x/a/m.py", "x/a/n.py", "x/a/o.py"];
        let below = ["x/a/__init__.py", "x/a/n.py", "x/a/o.py"];
        let all = [&below[..], &["y/b/__init__.py"]].concat();
        let expected =
            [part(&own, &[]), part(&["y/b/__init__.py"], &below), part(&["z/c/__init__.py"], &all)];
        assert_eq!(divide(&files, ""), expected);
        // What models describe isn't needed.
        let expected = [
            part(&own, &[]),
            part(&["y/b/__init__.py"], &[]),
            part(&["z/c/__init__.py"], &["y/b/__init__.py"]),
        ];
        assert_eq!(divide(&files, "a"), expected);
    }

    #[test]
    fn circles_are_one_part() {
        let files = [
            ("v/d/__init__.py", "c", 100),
            ("x/a/__init__.py", "b", 100),
            ("y/b/__init__.py", "c", 100),
            ("z/c/__init__.py", "a", 100),
        ];
        let circle = ["x/a/__init__.py", "y/b/__init__.py", "z/c/__init__.py"];
        assert_eq!(divide(&files, ""), [part(&["v/d/__init__.py"], &circle), part(&circle, &[])]);
    }

    #[test]
    fn small_roots_are_joined_where_that_makes_no_circle() {
        // `c` has most in common with `a`, but `a` comes to it by way of `b` as well.
        let files = [
            ("x/a/__init__.py", "b c c.one c.two", 100),
            ("y/b/__init__.py", "c", 100),
            ("z/c/__init__.py", "", 10),
            ("z/c/one.py", "", 1),
            ("z/c/two.py", "", 1),
        ];
        let small = ["y/b/__init__.py", "z/c/__init__.py", "z/c/one.py", "z/c/two.py"];
        assert_eq!(divide(&files, ""), [part(&["x/a/__init__.py"], &small), part(&small, &[])]);
        // Those that nobody imports go together.
        let files = [("x/a/__init__.py", "", 200), ("y/b/__init__.py", "", 10), ("z/c/__init__.py", "", 10)];
        let small = ["y/b/__init__.py", "z/c/__init__.py"];
        assert_eq!(divide(&files, ""), [part(&["x/a/__init__.py"], &[]), part(&small, &[])]);
    }

    #[test]
    fn components_of_a_graph() {
        let targets: BTreeMap<usize, Vec<usize>> =
            [(0, vec![1]), (1, vec![2, 3]), (2, vec![0]), (3, vec![4]), (4, vec![3, 5])]
                .into_iter()
                .collect();
        let mut found = components(&[0, 1, 2, 3, 4, 5], &targets);
        found.iter_mut().for_each(|one| one.sort_unstable());
        found.sort();
        assert_eq!(found, [vec![0, 1, 2], vec![3, 4], vec![5]]);
    }
}
