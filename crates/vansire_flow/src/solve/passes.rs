//! From one pass to the next: what functions stored where others can see it, and who has to be solved
//! again because of that.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use vansire_python::Symbol;

use super::Solver;
use super::relevance::Relevance;
use crate::domain::{BodyIndex, FileIndex, Object, ObjectId, Value};

/// Who read what that functions can change, and who used whose summary.
#[derive(Debug, Default)]
pub(super) struct Dependencies {
    variables: FxHashMap<(FileIndex, Symbol), Bodies>,
    objects: FxHashMap<ObjectId, Bodies>,
    users: FxHashMap<BodyIndex, Bodies>,
}

/// A set of bodies that is written often and read once: a list that is cleared of repetitions when it would grow.
#[derive(Debug, Default)]
struct Bodies(Vec<BodyIndex>);

impl Bodies {
    fn insert(&mut self, body: BodyIndex) {
        // The same body mostly asks several times in a row.
        if self.0.last() == Some(&body) {
            return;
        }
        if self.0.len() == self.0.capacity() && self.0.len() >= 8 {
            self.0.sort_unstable();
            self.0.dedup();
        }
        self.0.push(body);
    }
}

impl Dependencies {
    pub fn reads_variable(&mut self, file: FileIndex, name: Symbol, reader: BodyIndex) {
        self.variables.entry((file, name)).or_default().insert(reader);
    }

    pub fn reads_object(&mut self, id: ObjectId, reader: BodyIndex) {
        self.objects.entry(id).or_default().insert(reader);
    }

    fn readers_of_variable(&self, file: FileIndex, name: Symbol) -> &[BodyIndex] {
        self.variables.get(&(file, name)).map_or(&[], |bodies| &bodies.0)
    }

    fn readers_of_object(&self, id: ObjectId) -> &[BodyIndex] {
        self.objects.get(&id).map_or(&[], |bodies| &bodies.0)
    }

    fn users_of(&self, body: BodyIndex) -> &[BodyIndex] {
        self.users.get(&body).map_or(&[], |bodies| &bodies.0)
    }

    /// The second was solved with what is known of the first.
    pub fn uses(&mut self, used: BodyIndex, user: BodyIndex) {
        if used != user {
            self.users.entry(used).or_default().insert(user);
        }
    }
}

/// What is changed by what frameworks call, in the order in which modules registered it. Requests come in any
/// order: who was called before may come to see it as well.
#[derive(Debug, Default)]
pub(super) struct Late {
    /// Whether such calls are being followed.
    pub active: bool,
    /// How many objects of everybody's there were before: what such calls make is nobody else's.
    pub objects_before: Option<u32>,
    /// Objects of everybody's, as they were before.
    pub objects: FxHashMap<u32, Rc<Object>>,
    pub variables: FxHashMap<(FileIndex, Symbol), Value>,
}

impl Solver<'_> {
    /// These, and all who used what was found out about one of them.
    pub(super) fn with_users(&self, bodies: &FxHashSet<BodyIndex>) -> FxHashSet<BodyIndex> {
        let mut all = bodies.clone();
        let mut work: Vec<BodyIndex> = bodies.iter().copied().collect();
        while let Some(body) = work.pop() {
            for &user in self.dependencies.users_of(body) {
                if all.insert(user) {
                    work.push(user);
                }
            }
        }
        all
    }

    /// Solves again what has seen these variables and objects, when it is needed.
    pub(super) fn forget_readers(&mut self, variables: &[(FileIndex, Symbol)], objects: &[ObjectId]) {
        let of_variables =
            variables.iter().map(|(file, name)| self.dependencies.readers_of_variable(*file, *name));
        let of_objects = objects.iter().map(|id| self.dependencies.readers_of_object(*id));
        let readers: FxHashSet<BodyIndex> = of_variables.chain(of_objects).flatten().copied().collect();
        let stale = self.with_users(&readers);
        if !stale.is_empty() {
            self.memo.retain(|body, _| !stale.contains(body));
        }
    }

    /// Prepares for another pass. False when it would bring nothing new.
    pub(super) fn again(&mut self, count: u32, relevance: &mut Relevance) -> bool {
        self.stored_globals = std::mem::take(&mut self.new_globals);
        self.stored_objects = std::mem::take(&mut self.new_objects);
        // Who reads it had no part in the first pass, if no other data comes in there.
        let readers = self.readers_of_stored();
        let woken = if readers.is_empty() {
            FxHashSet::default()
        } else {
            relevance.add_readers(&readers, &self.calm)
        };
        let mut dirty = vec![false; count as usize];
        let mut work: Vec<BodyIndex> = Vec::new();
        let mut mark = |bodies: &[BodyIndex], work: &mut Vec<BodyIndex>| {
            for &body in bodies {
                if !std::mem::replace(&mut dirty[body.0 as usize], true) {
                    work.push(body);
                }
            }
        };
        let late = std::mem::take(&mut self.late);
        for ((file, name), value) in &self.stored_globals {
            let own = match self.modules.get(file) {
                _ if late.variables.contains_key(&(*file, *name)) => late.variables.get(&(*file, *name)),
                Some(super::ModuleStatus::Done(values) | super::ModuleStatus::Running(values)) => {
                    values.get(name)
                }
                None => None,
            };
            if !own.is_some_and(|own| own.covers(value)) {
                mark(self.dependencies.readers_of_variable(*file, *name), &mut work);
            }
        }
        for (id, object) in &self.stored_objects {
            let own = match id {
                ObjectId::Global(index) => {
                    late.objects.get(index).or_else(|| self.globals.get(*index as usize))
                }
                _ => None,
            };
            if !own.is_some_and(|own| covers(own, object)) {
                mark(self.dependencies.readers_of_object(*id), &mut work);
            }
        }
        let woken: Vec<BodyIndex> = woken.into_iter().map(BodyIndex).collect();
        mark(&woken, &mut work);
        while let Some(body) = work.pop() {
            mark(self.dependencies.users_of(body), &mut work);
        }
        if !dirty.contains(&true) {
            return false;
        }
        if !woken.is_empty() {
            self.assume_relevant(relevance);
        }
        self.memo.retain(|body, _| !dirty[body.0 as usize]);
        self.class_fields.retain(|(body, _), _| !dirty[body.0 as usize]);
        self.visited = (0..count).map(BodyIndex).filter(|body| !dirty[body.0 as usize]).collect();
        let bases = self.input.bases;
        // Modules that lead to no place where data comes in have done what they do before functions were called.
        let near = self.modules_near_sources(relevance);
        let far = (0..bases.len() as u32).filter(|file| !near.contains(file));
        self.visited.extend(far.map(|file| BodyIndex(bases[file as usize])));
        self.modules.retain(|file, _| !near.contains(file) || !dirty[bases[*file as usize] as usize]);
        self.running.clear();
        self.statistics.insert("bodies of the second pass", dirty.iter().filter(|&&one| one).count() as u64);
        true
    }
}

/// Whether an object holds already all that was stored in another version of it.
pub(super) fn covers(own: &Object, stored: &Object) -> bool {
    stored.fields.iter().all(|(name, value)| own.field(*name).is_some_and(|own| own.covers(value)))
        && stored.entries.iter().all(|(key, value)| own.entry(key).is_some_and(|own| own.covers(value)))
        && stored.elements.iter().all(|value| own.rest.covers(value))
        && (stored.rest.is_undefined() || covers_rest(own, &stored.rest))
}

fn covers_rest(own: &Object, value: &Value) -> bool {
    // Data may have come into the place of any of them.
    own.rest.covers(value) || !value.has_labels() && own.elements.iter().any(|own| own.covers(value))
}
