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
    pub fn outline(files: Vec<(String, Vec<Symbol>, Vec<(u32, Symbol)>)>) -> Self {
        let module = |(path, imports, relative_imports)| {
            let ir = IrModule { bodies: Vec::new(), exports: None, imports, relative_imports };
            (SourceFile::new(path, String::new()), ir)
        };
        Self::link(files.into_iter().map(module).collect())
    }

    /// Divides the program; `sizes` are the bytes of its files. The parts are in the order of their first files.
    pub fn divide(&self, sizes: &[u64]) -> Vec<Part> {
        let group_of = self.source_roots();
        let mut groups = Groups::new(group_of.iter().copied().max().map_or(0, |last| last + 1));
        for (&group, size) in group_of.iter().zip(sizes) {
            groups.sizes[group] += size;
        }
        if groups.sizes.iter().sum::<u64>() < 2 * MINIMUM_PART || groups.sizes.len() < 2 {
            let own = (0..self.files.len() as u32).map(FileId).collect();
            return vec![Part { own, needed: Vec::new() }];
        }
        let imports: Vec<Vec<FileId>> = self.imported_files();
        for (&group, files) in group_of.iter().zip(&imports) {
            for FileId(file) in files {
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
        let mut known: FxHashMap<(FolderId, u32, Symbol), Option<FileId>> = FxHashMap::default();
        let files = self.files.iter().enumerate().map(|(index, file)| {
            let absolute = file.ir.imports.iter().map(|name| (0, *name));
            let mut found: Vec<FileId> = absolute
                .chain(file.ir.relative_imports.iter().copied())
                .filter_map(|(level, name)| {
                    *known.entry((file.folder, level, name)).or_insert_with(|| {
                        match self.resolve_module(FileId(index as u32), level, name.as_str()) {
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
        let mut near: BTreeMap<usize, Vec<(u64, (usize, usize))>> = BTreeMap::new();
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
