//! Access paths: names for what a body gets from outside, before anybody knows what it is.

use rustc_hash::FxHashMap;
use vansire_python::Symbol;

use super::value::BodyIndex;
use super::{Key, MAXIMUM_PATH};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PathId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Root {
    Parameter(u16),
    /// The cell of a captured variable.
    Free(u16),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PathStep {
    Attribute(Symbol),
    Index(i32),
    Key(Key),
    /// Any element.
    Element,
    /// The keys of a dictionary.
    Keys,
    /// The values of a dictionary.
    Values,
    /// What a cell holds.
    Content,
    /// The environment of a function with this body.
    Environment(BodyIndex),
    /// A cell of an environment.
    Cell(u16),
    /// The receiver of a bound method.
    Receiver,
    /// The function of a partial application.
    Callee,
    /// An argument of a partial application; of an environment, the default of a parameter.
    Argument(u16),
    Keyword(Symbol),
    /// The namespace of the class with this body.
    Class(BodyIndex),
    /// What the caller has written to the file at this path.
    Stored,
    /// What reading the text in this format gives, as this function does.
    Decoded(Symbol, Symbol),
    /// The instances of the class with this body, where instances of several stand.
    As(BodyIndex),
}

/// All access paths of one solver, interned.
#[derive(Default)]
pub struct PathTable {
    nodes: Vec<(Result<Root, PathId>, Option<PathStep>, u8)>,
    index: FxHashMap<(PathId, PathStep), PathId>,
    roots: FxHashMap<Root, PathId>,
}

impl PathTable {
    pub fn root(&mut self, root: Root) -> PathId {
        if let Some(&path) = self.roots.get(&root) {
            return path;
        }
        let path = PathId(self.nodes.len() as u32);
        self.nodes.push((Ok(root), None, 0));
        self.roots.insert(root, path);
        path
    }

    /// The path one step further; where it would get too long, or goes in circles, it stays where it is.
    pub fn step(&mut self, parent: PathId, step: PathStep) -> PathId {
        if let Some(&path) = self.index.get(&(parent, step.clone())) {
            return path;
        }
        let depth = self.nodes[parent.0 as usize].2;
        if depth as usize >= MAXIMUM_PATH {
            return parent;
        }
        // `node.next.next`: a recursive structure is one thing.
        if matches!(step, PathStep::Attribute(_) | PathStep::Element) && self.repeats(parent, &step) {
            return parent;
        }
        let path = PathId(self.nodes.len() as u32);
        self.nodes.push((Err(parent), Some(step.clone()), depth + 1));
        self.index.insert((parent, step), path);
        path
    }

    fn repeats(&self, path: PathId, step: &PathStep) -> bool {
        let mut count = 0;
        let mut at = path;
        while let (Err(parent), Some(own), _) = &self.nodes[at.0 as usize] {
            if own == step {
                count += 1;
            }
            at = *parent;
        }
        count >= 2
    }

    pub fn node(&self, path: PathId) -> (Result<Root, PathId>, Option<&PathStep>) {
        let (parent, step, _) = &self.nodes[path.0 as usize];
        (*parent, step.as_ref())
    }

    pub fn root_of(&self, path: PathId) -> Root {
        let mut at = path;
        loop {
            match self.nodes[at.0 as usize].0 {
                Ok(root) => return root,
                Err(parent) => at = parent,
            }
        }
    }
}
